//! What a home screen costs beside a plain list: 10,000 videos of 384 elements, films and episodes of series, some new,
//! some leaving, some on now; 600 profiles with 100,000 events, trained; and the default screen of several of them. A
//! screen's time is set beside that of `Engine::recommend` for the same profile, in turns. One thread.
//!
//! `cargo bench --bench home_screen`; with the argument `screens`, screens alone, for a profiler. Everything is made from
//! fixed seeds.

#[path = "../recommend/synthetic/mod.rs"]
mod synthetic;

use std::hint::black_box;
use std::time::Instant;

use synthetic::{Random, Shape, draw_all, event};
use vrec::domain::{CallOptions, Event, HomeQuery, Kind, Query, RowKind, RowQuery, Video};
use vrec::engine::{Engine, EngineOptions};

const DIMENSIONS: usize = 384;
const SHAPE: Shape = Shape { profiles: 600, videos: 10_000, events: 100_000, clusters: 40 };
/// From this number on videos are episodes.
const FIRST_EPISODE: usize = 6_000;
const EPISODES: usize = 10;
const VIEWERS: usize = 45;
const ROUNDS: usize = 25;
/// A day past all events, of which one is made each minute.
const NOW: i64 = 1_700_000_000_000 + SHAPE.events as i64 * 60_000 + DAY;
const DAY: i64 = 86_400_000;

fn main() {
    let engine = Engine::new(EngineOptions::default()).expect("an engine");
    add_videos(&engine);
    let drawn = draw_all(SHAPE, 1).into_iter().zip(0..);
    let events: Vec<Event> = drawn.map(|((profile, video), minute)| event(profile, video, minute)).collect();
    events.chunks(5_000).for_each(|some| engine.record(some).expect("events are recorded"));
    engine.train(&CallOptions::default()).expect("it trains");
    let viewers: Vec<String> = (0..VIEWERS).map(|viewer| event(viewer * 13, 0, 0).profile).collect();
    if std::env::args().any(|argument| argument == "screens") {
        let items: usize = (0..50 * ROUNDS).map(|round| screen(&engine, &viewers[round % VIEWERS], Vec::new())).sum();
        return println!("{items} items");
    }
    let (mut screens, mut lists, mut filled) = (Vec::new(), Vec::new(), 0);
    for viewer in &viewers {
        // The least of several times: what is left is the work, not what else the machine did.
        let (mut of_screen, mut of_list) = (f64::INFINITY, f64::INFINITY);
        for _ in 0..ROUNDS {
            of_list = of_list.min(seconds_of(|| recommend(&engine, viewer)));
            of_screen = of_screen.min(seconds_of(|| filled += screen(&engine, viewer, Vec::new())));
        }
        screens.push(of_screen);
        lists.push(of_list);
    }
    for kind in RowKind::ALL {
        let mut items = 0;
        let row = |_| seconds_of(|| items = screen(&engine, &viewers[0], vec![RowQuery::of(kind)]));
        let least = (0..4 * ROUNDS).map(row).fold(f64::INFINITY, f64::min);
        println!("{:<22} least {:8.1} us by itself, {} items", kind.name(), 1e6 * least, items);
    }
    println!("{:.1} items on a screen", filled as f64 / (screens.len() * ROUNDS) as f64);
    println!("figure home.recommend_us {:.1}", 1e6 * share(&mut lists, 0.5));
    println!("figure home.median_us {:.1}", 1e6 * share(&mut screens, 0.5));
    println!("figure home.p95_us {:.1}", 1e6 * share(&mut screens, 0.95));
    println!("figure home.p95_over_recommend {:.2}", share(&mut screens, 0.95) / share(&mut lists, 0.5));
}

fn add_videos(engine: &Engine) {
    let mut random = Random::new(7);
    let mut videos = Vec::with_capacity(SHAPE.videos);
    for number in 0..SHAPE.videos {
        let mut vector: Vec<f32> = (0..DIMENSIONS).map(|_| random.unit() - 0.5).collect();
        // Videos of a cluster are alike.
        vector[SHAPE.cluster(number)] += 1.5;
        let tags = vec![format!("cluster {}", SHAPE.cluster(number)), format!("decade {}", number % 10)];
        let film = Video {
            id: synthetic::video(number),
            title: format!("The title of video {number}"),
            tags,
            vector: Some(vector),
            kind: Some(if number % 100 == 99 { Kind::LiveEvent } else { Kind::Movie }),
            available_from_utc_ms: (number % 20 == 3).then_some(NOW - (number % 29 + 1) as i64 * DAY),
            available_until_utc_ms: (number % 30 == 4).then_some(NOW + (number % 7 + 1) as i64 * DAY),
            duration_ms: 90 * 60_000,
            ..Video::default()
        };
        videos.push(if number < FIRST_EPISODE { film } else { as_episode(film, number - FIRST_EPISODE) });
    }
    videos.chunks(5_000).for_each(|some| engine.add_videos(some, &CallOptions::default()).expect("videos are added"));
}

fn as_episode(video: Video, number: usize) -> Video {
    Video {
        kind: Some(Kind::Episode),
        series_id: format!("series {}", number / EPISODES),
        season_number: 1,
        episode_number: (number % EPISODES + 1) as u32,
        ..video
    }
}

fn screen(engine: &Engine, profile: &str, rows: Vec<RowQuery>) -> usize {
    let query = HomeQuery { rows, ..HomeQuery::for_profile(profile, NOW) };
    let rows = engine.home(&query, &CallOptions::default()).expect("a screen");
    rows.iter().map(|row| row.items.len()).sum()
}

fn recommend(engine: &Engine, profile: &str) {
    let list = engine.recommend(&Query::for_profile(profile), &CallOptions::default()).expect("a list");
    assert!(!black_box(list).is_empty());
}

fn seconds_of(work: impl FnOnce()) -> f64 {
    let begin = Instant::now();
    work();
    begin.elapsed().as_secs_f64()
}

fn share(times: &mut [f64], part: f64) -> f64 {
    times.sort_by(f64::total_cmp);
    times[((times.len() - 1) as f64 * part) as usize]
}
