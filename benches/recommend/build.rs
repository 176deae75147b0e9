//! What it costs to learn a million events: recording all of them into an engine in memory, and training with the
//! weights that lists have by default. `benches/recommend/build.py` sets implicit's ALS beside it on the same events.
//!
//! `events FILE` writes the events, one a line: profile, video, minute. `build FILE` learns a file of them and prints
//! the seconds of each part and the most memory that the process held.

mod synthetic;

use std::fs;
use std::io::{BufWriter, Write};
use std::time::Instant;

use synthetic::{Random, Shape, draw_all, event};
use vrec::domain::{CallOptions, Event, Query, Ranking, Video};
use vrec::engine::{Engine, EngineOptions};

/// That of MovieLens 1M.
const SHAPE: Shape = Shape { profiles: 6_040, videos: 3_700, events: 1_000_000, clusters: 40 };
const DIMENSIONS: usize = 32;
const BATCH: usize = 10_000;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["events", path] => write_events(path),
        ["build", path] => build(path),
        _ => println!("usage: events FILE or build FILE; see benches/recommend/build.py"),
    }
}

fn write_events(path: &str) {
    let mut file = BufWriter::new(fs::File::create(path).expect("the file can be created"));
    for (minute, (profile, video)) in draw_all(SHAPE, 1).into_iter().enumerate() {
        writeln!(file, "{profile} {video} {minute}").expect("it can be written");
    }
    file.flush().expect("it can be written");
}

fn read_events(path: &str) -> Vec<Event> {
    let text = fs::read_to_string(path).expect("the events are there");
    let number = |text: Option<&str>| text.and_then(|text| text.parse().ok()).expect("a number");
    let of_line = |line: &str| {
        let mut numbers = line.split(' ');
        let mut next = || number(numbers.next());
        let (profile, video, minute) = (next(), next(), next());
        event(profile as usize, video as usize, minute)
    };
    text.lines().map(of_line).collect()
}

fn videos() -> Vec<Video> {
    let mut random = Random::new(7);
    let mut video = |number| {
        let vector = (0..DIMENSIONS).map(|_| random.unit() - 0.5).collect();
        let tags = vec![format!("cluster {}", SHAPE.cluster(number))];
        Video { id: synthetic::video(number), tags, vector: Some(vector), ..Video::default() }
    };
    (0..SHAPE.videos).map(&mut video).collect()
}

fn build(path: &str) {
    let events = read_events(path);
    let before = memory_of("VmRSS:");
    let options = EngineOptions::default();
    let engine = Engine::new(options).expect("an engine");
    engine.add_videos(&videos(), &CallOptions::default()).expect("videos are added");
    let start = Instant::now();
    events.chunks(BATCH).for_each(|some| engine.record(some).expect("events are recorded"));
    let recorded = start.elapsed().as_secs_f64();
    engine.train(&CallOptions::default()).expect("it trains");
    let whole = start.elapsed().as_secs_f64();
    let query = Query { ranking: Ranking::Blend, ..Query::for_profile(&events[0].profile) };
    assert_eq!(engine.recommend(&query, &CallOptions::default()).expect("a list").len(), query.limit);
    println!("record {recorded:.2}");
    println!("train {:.2}", whole - recorded);
    println!("seconds {whole:.2}");
    println!("peak_mb {:.0}", memory_of("VmHWM:") - before);
    println!("kept_mb {:.0}", engine.statistics().memory_bytes as f64 / 1e6);
}

/// A line of this process's status, in megabytes.
fn memory_of(name: &str) -> f64 {
    let status = fs::read_to_string("/proc/self/status").expect("the system tells");
    let line = status.lines().find(|line| line.starts_with(name)).expect("it has the line");
    let kilobytes = line.split_whitespace().nth(1).expect("a number");
    kilobytes.parse::<f64>().expect("a number") * 1024.0 / 1e6
}
