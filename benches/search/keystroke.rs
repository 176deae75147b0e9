//! What a keystroke costs: 10,000 titles made from the words and characters of the example catalogue, half of them
//! Chinese, and somebody who types the beginnings of titles letter by letter, as they are written, in pinyin, by
//! initials, on a keypad and with mistakes. No model takes part, and one thread.
//!
//! `cargo bench --bench search_keystroke`. Everything is made from fixed seeds.

use std::hint::black_box;
use std::time::Instant;

use pinyin::ToPinyin;
use serde::Deserialize;
use vrec::domain::{CallOptions, Query, SearchWays, Video};
use vrec::engine::{Engine, EngineOptions};
use vrec::text::{SearchKeys, Signature};

const TITLES: usize = 10_000;
const TYPED: usize = 100;
const ROUNDS: usize = 5;

#[derive(Deserialize)]
struct Known {
    title: String,
    #[serde(default)]
    translated_title: String,
}

/// Numbers that look random and are the same each time (xorshift, Marsaglia 2003).
struct Random(u64);

impl Random {
    fn below(&mut self, count: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 32) as usize % count
    }

    fn of<'a, T>(&mut self, values: &'a [T]) -> &'a T {
        &values[self.below(values.len())]
    }
}

fn main() {
    let titles = titles();
    let build = || -> usize {
        let keys = titles.iter().filter_map(|title| SearchKeys::of(title));
        keys.map(|keys| keys.bytes() + size_of_val(&Signature::of(&keys))).sum()
    };
    let mut bytes = 0;
    let seconds = (0..ROUNDS).map(|_| seconds_of(|| bytes = build())).fold(f64::INFINITY, f64::min);
    println!("figure search.keys_us_per_title {:.2}", 1e6 * seconds / TITLES as f64);
    println!("figure search.key_bytes_per_title {}", bytes / TITLES);
    let engine = engine(&titles);
    let mut all = Vec::new();
    for (name, texts) in typed(&titles) {
        let mut times = time(&engine, &texts);
        print(name, &mut times);
        all.extend(times);
    }
    all.sort_by(f64::total_cmp);
    println!("figure search.keystroke_median_ms {:.3}", 1e3 * share(&all, 0.5));
    println!("figure search.keystroke_p95_ms {:.3}", 1e3 * share(&all, 0.95));
    println!("figure search.keystroke_worst_ms {:.3}", 1e3 * share(&all, 1.0));
}

/// Half Chinese, half English; the words and characters of known titles in new orders.
fn titles() -> Vec<String> {
    let known = include_str!("../../examples/data/catalog.jsonl").lines();
    let known: Vec<Known> = known.map(|line| serde_json::from_str(line).expect("a line is a video")).collect();
    let both = known.iter().flat_map(|known| [&known.title, &known.translated_title]);
    let (chinese, english): (Vec<&String>, Vec<&String>) = both.partition(|title| !title.is_ascii());
    let characters: Vec<char> = chinese.iter().flat_map(|title| title.chars()).filter(|one| !one.is_ascii()).collect();
    let words: Vec<&str> = english.iter().flat_map(|title| title.split(' ')).collect();
    let mut random = Random(88_172_645_463_325_252);
    let made = |number: usize| match number % 2 {
        0 => (0..3 + random.below(6)).map(|_| *random.of(&characters)).collect(),
        _ => (0..2 + random.below(4)).map(|_| *random.of(&words)).collect::<Vec<&str>>().join(" "),
    };
    (0..TITLES).map(made).collect()
}

fn engine(titles: &[String]) -> Engine {
    let engine = Engine::new(EngineOptions::default()).expect("an engine opens");
    let video = |(number, title): (usize, &String)| Video {
        id: format!("video-{number:05}"),
        title: title.clone(),
        vector: Some(vec![1.0, number as f32]),
        ..Video::default()
    };
    let videos: Vec<Video> = titles.iter().enumerate().map(video).collect();
    engine.add_videos(&videos, &CallOptions::default()).expect("videos are added");
    engine
}

/// What is typed, each kind of typing for itself.
fn typed(titles: &[String]) -> Vec<(&'static str, Vec<String>)> {
    let mut random = Random(7);
    let mut some = |rest: usize| -> Vec<&String> {
        (0..TYPED / 4).map(|_| &titles[2 * random.below(TITLES / 2) + rest]).collect()
    };
    let (chinese, english) = (some(0), some(1));
    let all = |titles: &[&String], typed: fn(&str) -> String| -> Vec<String> {
        titles.iter().flat_map(|title| beginnings(&typed(title))).collect()
    };
    vec![
        ("words", all(&english, str::to_owned)),
        ("words with a mistake", all(&english, swapped)),
        ("characters", all(&chinese, str::to_owned)),
        ("initials", all(&chinese, |title| pinyin_of(title, 1))),
        ("pinyin", all(&chinese, |title| pinyin_of(title, 6))),
        ("keypad", all(&chinese, |title| keys_of(&pinyin_of(title, 1)))),
        ("what is nowhere", all(&english, |title| format!("{title} zqxj"))),
    ]
}

/// What stands on the screen after each key.
fn beginnings(text: &str) -> Vec<String> {
    let ends = text.char_indices().map(|(at, character)| at + character.len_utf8());
    ends.map(|end| text[..end].to_owned()).filter(|typed| !typed.trim().is_empty()).collect()
}

fn pinyin_of(title: &str, letters: usize) -> String {
    title.to_pinyin().flatten().flat_map(|reading| reading.plain().chars().take(letters)).collect()
}

fn keys_of(letters: &str) -> String {
    let key = |letter: char| "22233344455566677778889999".chars().nth((letter as usize).wrapping_sub('a' as usize));
    letters.chars().filter_map(key).collect()
}

/// The second and the third letter of every word change places.
fn swapped(title: &str) -> String {
    let swap = |word: &str| {
        let mut letters: Vec<char> = word.chars().collect();
        if letters.len() > 2 {
            letters.swap(1, 2);
        }
        letters.into_iter().collect::<String>()
    };
    title.split(' ').map(swap).collect::<Vec<String>>().join(" ")
}

/// The least of several times for each text: what is left is the work, not what else the machine did.
fn time(engine: &Engine, texts: &[String]) -> Vec<f64> {
    let query = Query { search_ways: Some(SearchWays::TITLES), limit: 20, ..Query::for_profile("viewer") };
    let search = |text: &String| drop(black_box(engine.search(text, &query, &CallOptions::default()).expect("a list")));
    let least = |text: &String| (0..ROUNDS).map(|_| seconds_of(|| search(text))).fold(f64::INFINITY, f64::min);
    texts.iter().map(least).collect()
}

fn seconds_of(work: impl FnOnce()) -> f64 {
    let begin = Instant::now();
    work();
    begin.elapsed().as_secs_f64()
}

fn print(name: &str, times: &mut [f64]) {
    times.sort_by(f64::total_cmp);
    let [median, most, worst] = [0.5, 0.95, 1.0].map(|part| 1e3 * share(times, part));
    println!(
        "{name:<22} {:>5} keystrokes  median {median:6.3} ms  p95 {most:6.3} ms  worst {worst:6.3} ms",
        times.len()
    );
}

fn share(sorted: &[f64], part: f64) -> f64 {
    sorted[((sorted.len() - 1) as f64 * part) as usize]
}
