//! What a whole training of a million events costs, part by part: from columns of events to all that lists count.
//! `benches/pack/train.py` sets implicit's ALS beside it on the same events.
//!
//! `events FILE` writes the events, one a line: profile, video, minute. `train FILE THREADS [FEATURE...]` trains on a file of
//! them what counts by default and the features that are named, and prints the seconds of each part.

#[path = "../recommend/synthetic/mod.rs"]
mod synthetic;

use std::fs;
use std::io::{BufWriter, Write};
use std::time::Instant;

use synthetic::{Random, Shape, draw_all, event};
use vrec::domain::{CallOptions, Feature, FeatureWeights, Video};
use vrec::engine::{Engine, EngineOptions, TrainOptions};
use vrec::ffi::thread_host;
use vrec::learning::training::{Crew, EventColumns, Means};

/// That of MovieLens 1M.
const SHAPE: Shape = Shape { profiles: 6_040, videos: 3_706, events: 1_000_000, clusters: 40 };
/// Of a text vector, as the shipped model gives them.
const DIMENSIONS: usize = 384;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["events", path] => write_events(path),
        ["train", path, threads, ref features @ ..] => train(path, threads, features),
        _ => println!("usage: events FILE or train FILE THREADS [FEATURE...]; see benches/pack/train.py"),
    }
}

fn write_events(path: &str) {
    let mut file = BufWriter::new(fs::File::create(path).expect("the file can be created"));
    for (minute, (profile, video)) in draw_all(SHAPE, 1).into_iter().enumerate() {
        writeln!(file, "{profile} {video} {minute}").expect("it can be written");
    }
    file.flush().expect("it can be written");
}

fn read_events(path: &str, columns: &mut EventColumns) {
    let text = fs::read_to_string(path).expect("the events are there");
    for line in text.lines() {
        let mut numbers = line.split(' ').map(|number| number.parse().expect("a number"));
        let mut next = || numbers.next().expect("three numbers");
        let (profile, video, minute): (i64, i64, i64) = (next(), next(), next());
        columns.push(&event(profile as usize, video as usize, minute), usize::MAX).expect("it is an event");
    }
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

fn train(path: &str, threads: &str, features: &[&str]) {
    let named = features.iter().map(|name| Feature::from_name(name).expect("a feature"));
    let feature_weights = named.fold(FeatureWeights::default(), |weights, feature| weights.with(feature, 0.1));
    let engine = Engine::new(EngineOptions { feature_weights: Some(feature_weights), ..EngineOptions::default() })
        .expect("an engine");
    engine.add_videos(&videos(), &CallOptions::default()).expect("videos are added");
    let mut columns = engine.event_columns();
    read_events(path, &mut columns);
    let threads = threads.parse().expect("a number of threads");
    let (host, call) = (Some(thread_host()), CallOptions::default());
    let options = TrainOptions { threads, host, ..TrainOptions::default() };
    let before = memory_of("VmRSS:");
    let start = Instant::now();
    let mut last = start;
    let mut part = |name: &str| {
        println!("{name} {:.3}", last.elapsed().as_secs_f64());
        last = Instant::now();
    };
    let (items, histories) = engine.histories(columns, &options, &call).expect("histories");
    let mut training = engine.training(items, histories).expect("a training");
    part("histories");
    let crew = Crew::new(threads, host).expect("a crew");
    for feature in training.parts().to_vec() {
        training.train(feature, Means::new(&crew, &call)).expect("it trains");
        part(feature.name());
    }
    let knowledge = training.finish();
    part("places");
    println!("seconds {:.3}", start.elapsed().as_secs_f64());
    println!("peak_mb {:.0}", memory_of("VmHWM:") - before);
    assert_eq!(knowledge.watched_items(), SHAPE.videos);
}

/// A line of this process's status, in megabytes.
fn memory_of(name: &str) -> f64 {
    let status = fs::read_to_string("/proc/self/status").expect("the system tells");
    let line = status.lines().find(|line| line.starts_with(name)).expect("it has the line");
    let kilobytes = line.split_whitespace().nth(1).expect("a number");
    kilobytes.parse::<f64>().expect("a number") * 1024.0 / 1e6
}
