//! What a whole training of a million events costs, part by part: from columns of events to all that lists count.
//! `benches/pack/train.py` sets implicit's ALS beside it on the same events.
//!
//! `events FILE` writes the events, one a line: profile, video, minute. `train FILE THREADS [FEATURE...]` trains on a file of
//! them what counts by default and the features that are named, and prints the seconds of each part, EASE's by its
//! steps, too: of the processor on one thread, by the clock on several. Beside them stands what the products of EASE's
//! inverse would take at the speed at which this machine multiplies matrices. `precision FILE` tells how far EASE's
//! weights are from those of the dual form, which is solved in double precision.

#[path = "../processor_time.rs"]
mod processor_time;
#[path = "../recommend/synthetic/mod.rs"]
mod synthetic;

use std::fs;
use std::io::{BufWriter, Write};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use ndarray::Array2;
use processor_time::{processor_seconds, seconds_of, thread_seconds};
use synthetic::{Random, Shape, draw_all, event};
use vrec::domain::{CallOptions, Feature, FeatureWeights, Progress, Video};
use vrec::engine::{Engine, EngineOptions, TrainOptions};
use vrec::ffi::thread_host;
use vrec::learning::training::{Crew, EaseForm, EaseOptions, EventColumns, Means, train_ease};

/// That of MovieLens 1M.
const SHAPE: Shape = Shape { profiles: 6_040, videos: 3_706, events: 1_000_000, clusters: 40 };
/// Of a text vector, as the shipped model gives them.
const DIMENSIONS: usize = 384;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["events", path] => write_events(path),
        ["train", path, threads, ref features @ ..] => train(path, threads, features),
        ["precision", path] => precision(path),
        _ => {
            println!("usage: events FILE, train FILE THREADS [FEATURE...] or precision FILE; see benches/pack/train.py")
        }
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
    let clock = Clock::new(threads);
    let (start, processor, caller) = (Instant::now(), processor_seconds(), thread_seconds());
    let mut last = clock.seconds();
    let mut part = |name: &str| {
        println!("{name} {:.3}", clock.seconds() - last);
        last = clock.seconds();
    };
    let (items, histories) = engine.histories(columns, &options, &call).expect("histories");
    let mut training = engine.training(items, histories, &engine.feature_weights()).expect("a training");
    part("histories");
    let crew = Crew::new(threads, host).expect("a crew");
    for feature in training.parts().to_vec() {
        let steps = EaseSteps::new(clock);
        let watched = if feature == Feature::Ease { steps.call() } else { call.clone() };
        training.train(feature, Means::new(&crew, &watched)).expect("it trains");
        part(feature.name());
        steps.print();
    }
    let knowledge = training.finish();
    part("places");
    println!("seconds {:.3}", start.elapsed().as_secs_f64());
    println!("processor_seconds {:.3}", processor_seconds() - processor);
    println!("caller_seconds {:.3}", thread_seconds() - caller);
    println!("peak_mb {:.0}", memory_of("VmHWM:") - before);
    println!("ease_limit {:.3}", products_limit() / f64::from(threads));
    assert_eq!(knowledge.watched_items(), SHAPE.videos);
}

/// Seconds of the processor on one thread, which programs beside take little part in; by the clock on several.
#[derive(Clone, Copy)]
struct Clock {
    start: Instant,
    is_of_processor: bool,
}

impl Clock {
    fn new(threads: u32) -> Clock {
        Clock { start: Instant::now(), is_of_processor: threads == 1 }
    }

    fn seconds(&self) -> f64 {
        if self.is_of_processor { processor_seconds() } else { self.start.elapsed().as_secs_f64() }
    }
}

/// When each step of EASE ended, by its progress: the rows of its matrix, those of the inverse, and items.
struct EaseSteps {
    clock: Clock,
    start: f64,
    ends: Arc<Mutex<Vec<f64>>>,
}

impl EaseSteps {
    fn new(clock: Clock) -> EaseSteps {
        EaseSteps { clock, start: clock.seconds(), ends: Arc::default() }
    }

    fn call(&self) -> CallOptions {
        let (clock, ends) = (self.clock, Arc::clone(&self.ends));
        let listener = move |done: u64, total: u64| {
            let mut ends = ends.lock().expect("nobody panics");
            if 3 * done >= (ends.len() as u64 + 1) * total {
                ends.push(clock.seconds());
            }
        };
        CallOptions { progress: Some(Progress::new(listener)), ..CallOptions::default() }
    }

    fn print(&self) {
        let mut before = self.start;
        for (name, end) in ["gram", "inverse", "rows"].into_iter().zip(self.ends.lock().expect("nobody panics").iter())
        {
            println!("ease_{name} {:.3}", end - before);
            before = *end;
        }
    }
}

fn precision(path: &str) {
    let (engine, call) = (Engine::new(EngineOptions::default()).expect("an engine"), CallOptions::default());
    let mut columns = engine.event_columns();
    read_events(path, &mut columns);
    let (items, histories) = engine.histories(columns, &TrainOptions::default(), &call).expect("histories");
    let of = |form| {
        let options = EaseOptions { form, ..EaseOptions::default() };
        train_ease(&histories.all(), items.len(), &options, &call).expect("it trains")
    };
    let (primal, dual) = (of(EaseForm::Primal), of(EaseForm::Dual));
    let cells =
        (0..items.len() as u32).flat_map(|row| dual.row(row).map(move |(column, weight)| (row, column, weight)));
    let (mut largest, mut difference, mut others) = (0.0_f32, 0.0_f32, 0);
    for (row, column, weight) in cells {
        largest = largest.max(weight.abs());
        match primal.get(row, column) {
            0.0 => others += 1,
            found => difference = difference.max((found - weight).abs()),
        }
    }
    println!("ease_weights {}", dual.cells());
    println!("ease_other_weights {others}");
    println!("ease_largest_weight {largest:e}");
    println!("ease_largest_difference {difference:e}");
}

/// Seconds of the processor that order³ operations in single precision take in products of matrices alone.
fn products_limit() -> f64 {
    const ORDER: usize = 512;
    let matrix = Array2::from_elem((ORDER, ORDER), 0.5_f32);
    let product = |_| {
        seconds_of(|| {
            std::hint::black_box(matrix.dot(&matrix));
        })
    };
    let least = (0..20).map(product).fold(f64::INFINITY, f64::min);
    least * (SHAPE.videos as f64 / ORDER as f64).powi(3) / 2.0
}

/// A line of this process's status, in megabytes.
fn memory_of(name: &str) -> f64 {
    let status = fs::read_to_string("/proc/self/status").expect("the system tells");
    let line = status.lines().find(|line| line.starts_with(name)).expect("it has the line");
    let kilobytes = line.split_whitespace().nth(1).expect("a number");
    kilobytes.parse::<f64>().expect("a number") * 1024.0 / 1e6
}
