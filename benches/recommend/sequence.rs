//! What the network costs: 10,000 videos, 600 profiles with 100,000 events, trained. Again and again a viewer watches a
//! video and then asks for a blended list, in turns with the network in it, which makes its step for the new watch
//! then, and without. Time of the processor, which the runtime's threads would count in; the medians.
//!
//! `cargo bench --bench recommend_sequence -- FOLDER RUNTIME`, FOLDER being what
//! `tools/train/make_tiny.py --random 10000 --output FOLDER` makes. Everything else is made from fixed seeds.

#[path = "../processor_time.rs"]
mod processor_time;
mod synthetic;

use std::hint::black_box;
use std::path::PathBuf;

use processor_time::seconds_of;
use synthetic::{Random, Shape, draw_all, event};
use vrec::domain::{CallOptions, Event, Feature, FeatureWeights, Query, Ranking, Video};
use vrec::engine::{Engine, EngineOptions};

const DIMENSIONS: usize = 384;
const SHAPE: Shape = Shape { profiles: 600, videos: 10_000, events: 100_000, clusters: 40 };
/// The viewer of the lists, past the numbers of the others.
const VIEWER: usize = SHAPE.profiles;
/// Videos that the viewer watched before.
const HISTORY: usize = 200;
const ROUNDS: usize = 400;

fn main() {
    let paths: Vec<PathBuf> =
        std::env::args().skip(1).filter(|path| path.starts_with('/')).map(PathBuf::from).collect();
    let [folder, runtime] = &paths[..] else { panic!("recommend_sequence FOLDER RUNTIME, both absolute") };
    let engine = Engine::new(EngineOptions { runtime_path: Some(runtime.clone()), ..EngineOptions::default() });
    let engine = engine.expect("an engine");
    add_videos(&engine);
    let drawn = draw_all(SHAPE, 1).into_iter().zip(0..);
    let events: Vec<Event> = drawn.map(|((profile, video), minute)| event(profile, video, minute)).collect();
    events.chunks(5_000).for_each(|some| engine.record(some).expect("events are recorded"));
    engine.train(&CallOptions::default()).expect("it trains");
    let without_network = engine.statistics().memory_bytes;
    engine.load_sequence(folder, &CallOptions::default()).expect("the network is taken");
    let with_network = engine.statistics().memory_bytes - without_network;
    println!("figure pack.gru_bytes_per_video {}", with_network / SHAPE.videos as u64);
    (0..HISTORY).for_each(|minute| watch(&engine, minute));

    let with = FeatureWeights::default();
    let without = with.with(Feature::Sequence, 0.0);
    let first = time(&engine, with);
    let (mut by_all, mut by_others) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        watch(&engine, HISTORY + round);
        // Who comes first finds less in the caches.
        if round % 2 == 0 {
            by_all.push(time(&engine, with));
            by_others.push(time(&engine, without));
        } else {
            by_others.push(time(&engine, without));
            by_all.push(time(&engine, with));
        }
    }
    let (by_all, by_others) = (median(by_all), median(by_others));
    println!("figure pack.gru_call_us {:.1}", 1e6 * by_all);
    println!("figure pack.gru_call_ratio {:.2}", by_all / by_others);
    println!("figure pack.gru_first_call_ratio {:.2}", first / by_others);
}

fn add_videos(engine: &Engine) {
    let mut random = Random::new(7);
    let video = |number: usize| {
        let vector = (0..DIMENSIONS).map(|_| random.unit() - 0.5).collect();
        let tags = vec![format!("cluster {}", SHAPE.cluster(number))];
        Video { id: synthetic::video(number), tags, vector: Some(vector), ..Video::default() }
    };
    let videos: Vec<Video> = (0..SHAPE.videos).map(video).collect();
    videos.chunks(5_000).for_each(|some| engine.add_videos(some, &CallOptions::default()).expect("videos are added"));
}

/// The viewer watches one more video, another each time.
fn watch(engine: &Engine, minute: usize) {
    engine.record(&[event(VIEWER, minute * 7 % SHAPE.videos, minute as i64)]).expect("an event is recorded");
}

fn time(engine: &Engine, weights: FeatureWeights) -> f64 {
    let query = Query {
        ranking: Ranking::Blend,
        feature_weights: Some(weights),
        ..Query::for_profile(&event(VIEWER, 0, 0).profile)
    };
    seconds_of(|| {
        let list = engine.recommend(&query, &CallOptions::default()).expect("a list");
        assert_eq!(black_box(list).len(), query.limit);
    })
}

fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}
