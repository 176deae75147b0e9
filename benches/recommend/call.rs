//! What a blended list and a learned event cost: 10,000 videos of 384 elements with tags, 600 profiles with 100,000
//! events of skewed and clustered tastes, trained, and a viewer who watched 200 videos. A list's time is set beside
//! that of the plain scan, `Engine::nearest` with one vector, in the same engine and in turns.
//!
//! `cargo bench --bench recommend_call`; with the argument `blend`, blended lists alone, for a profiler. Everything is
//! made from fixed seeds.

mod synthetic;

use std::hint::black_box;
use std::time::Instant;

use synthetic::{Random, Shape, draw_all, event};
use vrec::domain::{CallOptions, Event, Feature, FeatureWeights, Fusion, Query, Ranking, VectorQuery, Video};
use vrec::engine::{Engine, EngineOptions};

const DIMENSIONS: usize = 384;
const SHAPE: Shape = Shape { profiles: 600, videos: 10_000, events: 100_000, clusters: 40 };
/// The number of the viewer of the lists, past those of the others.
const VIEWER: usize = SHAPE.profiles;
/// Videos that the viewer of the lists watched.
const HISTORY: usize = 200;
const ROUNDS: usize = 400;
const LEARNED: usize = 4_000;

fn main() {
    let weights = FeatureWeights::default();
    let engine = engine(weights);
    let (videos, empty) = (add_videos(&engine), engine.statistics().memory_bytes);
    println!("figure recommend.bytes_per_video {}", empty / SHAPE.videos as u64);
    record_all(&engine, &events(SHAPE, 1));
    record_viewer(&engine);
    let learned = engine.statistics().memory_bytes;
    println!("figure recommend.bytes_per_user {}", (learned - empty) / (SHAPE.profiles as u64 + 1));
    engine.train(&CallOptions::default()).expect("it trains");
    let trained = engine.statistics().memory_bytes - learned;
    println!("figure recommend.trained_bytes_per_video {}", trained / SHAPE.videos as u64);
    if std::env::args().any(|argument| argument == "blend") {
        let query = Query { ranking: Ranking::Blend, feature_weights: Some(weights), ..by_viewer() };
        return (0..50 * ROUNDS).for_each(|_| recommend(&engine, &query));
    }
    lists(&engine, &videos, weights);
    learn(&engine);
}

fn events(shape: Shape, seed: u64) -> Vec<Event> {
    let drawn = draw_all(shape, seed).into_iter().zip(0..);
    drawn.map(|((profile, video), minute)| event(profile, video, minute)).collect()
}

fn engine(weights: FeatureWeights) -> Engine {
    Engine::new(EngineOptions { feature_weights: Some(weights), ..EngineOptions::default() }).expect("an engine")
}

/// Videos with unit vectors in all directions and the tags of their clusters; gives the vectors.
fn add_videos(engine: &Engine) -> Vec<Vec<f32>> {
    let mut random = Random::new(7);
    let mut vectors = Vec::with_capacity(SHAPE.videos);
    let mut videos = Vec::with_capacity(SHAPE.videos);
    for number in 0..SHAPE.videos {
        let mut vector: Vec<f32> = (0..DIMENSIONS).map(|_| random.unit() - 0.5).collect();
        vrec::vectors::normalise(&mut vector);
        vectors.push(vector.clone());
        let tags = vec![format!("cluster {}", SHAPE.cluster(number)), format!("decade {}", number % 10)];
        let title = format!("The title of video {number}");
        videos.push(Video { id: synthetic::video(number), title, tags, vector: Some(vector), ..Video::default() });
    }
    videos.chunks(5_000).for_each(|some| engine.add_videos(some, &CallOptions::default()).expect("videos are added"));
    vectors
}

fn record_all(engine: &Engine, events: &[Event]) {
    events.chunks(5_000).for_each(|some| engine.record(some).expect("events are recorded"));
}

fn record_viewer(engine: &Engine) {
    let mut random = Random::new(3);
    let mut watched = std::collections::BTreeSet::new();
    while watched.len() < HISTORY {
        let video = SHAPE.draw(&mut random, 5);
        if watched.insert(video) {
            engine.record(&[event(VIEWER, video, watched.len() as i64)]).expect("an event is recorded");
        }
    }
}

/// Times of one kind of call.
struct Times {
    name: &'static str,
    seconds: Vec<f64>,
}

impl Times {
    fn least(&self) -> f64 {
        self.seconds.iter().copied().fold(f64::INFINITY, f64::min)
    }

    fn of_sorted(&self, share: f64) -> f64 {
        let mut sorted = self.seconds.clone();
        sorted.sort_by(f64::total_cmp);
        sorted[((sorted.len() - 1) as f64 * share) as usize]
    }

    fn median(&self) -> f64 {
        self.of_sorted(0.5)
    }

    fn print(&self, beside: f64) {
        let (least, median) = (1e6 * self.least(), 1e6 * self.median());
        println!("{:<22} least {least:7.1} us  median {median:7.1} us  {:5.2} scans", self.name, median / 1e6 / beside);
    }
}

/// One kind of call, in turns with the others.
type Call<'a> = (&'static str, Box<dyn Fn(usize) + 'a>);

fn lists(engine: &Engine, vectors: &[Vec<f32>], weights: FeatureWeights) {
    let blended = |name, weights: FeatureWeights| -> Call<'_> {
        let query = Query { ranking: Ranking::Blend, feature_weights: Some(weights), ..by_viewer() };
        (name, Box::new(move |_| recommend(engine, &query)))
    };
    let by_taste = by_viewer();
    let mut calls: Vec<Call<'_>> = vec![
        ("scan", Box::new(|round| nearest(engine, &vectors[round * 13 % vectors.len()]))),
        ("taste", Box::new(|_| recommend(engine, &by_taste))),
        blended("blend", weights),
        blended("blend, no content", weights.with(Feature::Content, 0.0)),
    ];
    for (feature, weight) in weights.counting() {
        // As the only feature, after what every blended call does.
        calls.push(blended(feature.name(), FeatureWeights::only(feature).with(feature, weight)));
    }
    let mut times: Vec<Times> = calls.iter().map(|(name, _)| Times { name, seconds: Vec::new() }).collect();
    for round in 0..ROUNDS {
        for ((_, call), times) in calls.iter().zip(&mut times) {
            let start = Instant::now();
            call(round);
            times.seconds.push(start.elapsed().as_secs_f64());
        }
    }
    let scan = times[0].median();
    times.iter().for_each(|times| times.print(scan));
    println!("figure recommend.scan_us {:.1}", 1e6 * scan);
    println!("figure recommend.taste_over_scan {:.2}", times[1].median() / scan);
    println!("figure recommend.blend_over_scan {:.2}", times[2].median() / scan);
    println!("figure recommend.blend_without_content_over_scan {:.2}", times[3].median() / scan);
}

fn by_viewer() -> Query {
    Query::for_profile(&event(VIEWER, 0, 0).profile)
}

fn recommend(engine: &Engine, query: &Query) {
    let list = engine.recommend(query, &CallOptions::default()).expect("a list");
    assert_eq!(black_box(list).len(), query.limit);
}

fn nearest(engine: &Engine, vector: &[f32]) {
    let query = VectorQuery {
        vectors: vec![vector.to_vec()],
        fusion: Fusion::None,
        weights: Vec::new(),
        limit: 10,
        min_score: None,
        language: String::new(),
        filter: None,
        centred: false,
    };
    let lists = engine.nearest(&query, &CallOptions::default()).expect("a list");
    assert_eq!(black_box(lists)[0].len(), 10);
}

/// Events one at a time, each known to the next list when its call returns.
fn learn(engine: &Engine) {
    let more = events(Shape { events: LEARNED, ..SHAPE }, 2);
    let mut times = Times { name: "an event", seconds: Vec::new() };
    for event in &more {
        let start = Instant::now();
        engine.record(std::slice::from_ref(event)).expect("an event is recorded");
        times.seconds.push(start.elapsed().as_secs_f64());
    }
    println!("figure recommend.event_us_median {:.1}", 1e6 * times.median());
    println!("figure recommend.event_us_p99 {:.1}", 1e6 * times.of_sorted(0.99));
}
