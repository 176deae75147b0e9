//! The engine through its Rust face: promises that need thousands of videos, or vectors made to
//! measure, and are awkward to set up from C.

use std::time::Duration;

use vrec::domain::{
    CallOptions, CancelToken, Event, EventKind, Feature, FeatureWeights, Query, Ranking, Status, Video,
};
use vrec::engine::{Engine, EngineOptions};

fn engine() -> Engine {
    Engine::new(EngineOptions::default()).expect("an engine without a model opens")
}

fn video(id: &str, vector: &[f32]) -> Video {
    Video { id: id.to_owned(), vector: Some(vector.to_vec()), ..Video::default() }
}

fn event(kind: EventKind, video_id: &str) -> Event {
    Event { profile: "p".to_owned(), video_id: video_id.to_owned(), time_utc_ms: 0, ..Event::of(kind) }
}

fn query(limit: usize) -> Query {
    Query { limit, ..Query::for_profile("p") }
}

#[test]
fn only_what_attracts_is_named_as_a_reason() {
    let engine = engine();
    let videos =
        [video("liked", &[1.0, 0.0]), video("hated", &[-1.0, 0.01]), video("a", &[0.9, 0.1]), video("b", &[0.8, -0.1])];
    engine.add_videos(&videos, &CallOptions::default()).unwrap();
    let events = [
        event(EventKind::Like, "liked"),
        event(EventKind::Complete, "liked"),
        event(EventKind::Dislike, "hated"),
        event(EventKind::Hide, "hated"),
    ];
    engine.record(&events).unwrap();
    let list = engine.recommend(&query(10), &CallOptions::default()).unwrap();
    assert_eq!(list.iter().map(|item| item.id.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    assert!(list.iter().all(|item| item.because_id == "liked"), "{list:?}");
}

#[test]
fn hiding_a_neighbour_does_not_turn_a_taste_round() {
    let engine = engine();
    let at = |degrees: f32| [degrees.to_radians().cos(), degrees.to_radians().sin()];
    let videos = [("liked", 0.0), ("hidden", 10.0), ("near", 20.0), ("opposite", 180.0)];
    let videos = videos.map(|(id, degrees)| video(id, &at(degrees)));
    engine.add_videos(&videos, &CallOptions::default()).unwrap();
    engine.record(&[event(EventKind::Like, "liked"), event(EventKind::Hide, "hidden")]).unwrap();
    let list = engine.recommend(&query(10), &CallOptions::default()).unwrap();
    let order: Vec<&str> = list.iter().map(|item| item.id.as_str()).collect();
    assert_eq!(order, ["liked", "near", "opposite"]);
}

/// Explaining ten thousand results to a viewer of thousands of videos takes far longer than a
/// millisecond, and so ends at the deadline; the time it takes without one is bounded by the number
/// of terms looked at, not by the history.
#[test]
fn explaining_a_long_list_heeds_the_deadline() {
    let engine = engine();
    let videos: Vec<Video> = (0..12_000u32)
        .map(|index| {
            let vector: Vec<f32> = (0..128u32).map(|axis| f32::from((index * 31 + axis * 17) as u8) - 127.0).collect();
            video(&format!("v{index}"), &vector)
        })
        .collect();
    engine.add_videos(&videos, &CallOptions::default()).unwrap();
    let events: Vec<Event> = (0..3_000).map(|index| event(EventKind::Like, &format!("v{index}"))).collect();
    engine.record(&events).unwrap();
    let in_time = CallOptions::with_timeout(Duration::from_millis(1));
    let error = engine.recommend(&query(10_000), &in_time).unwrap_err();
    assert_eq!(error.status, Status::TimedOut);
    assert_eq!(engine.recommend(&query(10_000), &CallOptions::default()).unwrap().len(), 10_000);
}

#[test]
fn vectors_brought_together_must_agree() {
    let engine = engine();
    let videos = [video("a", &[1.0, 0.0]), video("b", &[1.0, 0.0, 0.0])];
    let error = engine.add_videos(&videos, &CallOptions::default()).unwrap_err();
    assert_eq!(error.status, Status::InvalidArgument);
    assert!(error.message.starts_with("videos[1]: "), "{error}");
    assert_eq!(engine.count(), 0);
}

#[test]
fn an_impression_leaves_no_trace() {
    let engine = engine();
    engine.add_videos(&[video("a", &[1.0, 0.0])], &CallOptions::default()).unwrap();
    engine.record(&[event(EventKind::Impression, "a")]).unwrap();
    let before = engine.statistics().memory_bytes;
    engine.record(&[event(EventKind::Impression, "a")]).unwrap();
    assert_eq!(engine.statistics().memory_bytes, before);
    assert_eq!(engine.statistics().events, 2);
}

/// Videos that have nothing to do with each other by their vectors.
fn corners() -> Vec<Video> {
    let corner = |(at, id): (usize, &&str)| {
        let mut vector = [0.0; 4];
        vector[at] = 1.0;
        video(id, &vector)
    };
    ["a", "b", "c", "d"].iter().enumerate().map(corner).collect()
}

fn watched_by(engine: &Engine, profile: &str, videos: &[&str]) {
    for id in videos {
        engine.record(&[Event { profile: profile.to_owned(), ..event(EventKind::Complete, id) }]).unwrap();
    }
}

fn blended(engine: &Engine) -> Vec<(String, String)> {
    // Content would tell little of four videos.
    let weights = FeatureWeights::default().with(Feature::Content, 0.0);
    let query = Query { ranking: Ranking::Blend, feature_weights: Some(weights), ..query(10) };
    let list = engine.recommend(&query, &CallOptions::default()).unwrap();
    list.into_iter().map(|item| (item.id, item.because_id)).collect()
}

#[test]
fn what_others_watched_next_comes_first_and_says_why() {
    let engine = engine();
    engine.add_videos(&corners(), &CallOptions::default()).unwrap();
    watched_by(&engine, "p", &["a"]);
    let alone = blended(&engine);
    for other in ["q", "r"] {
        watched_by(&engine, other, &["a", "c", "d"]);
    }
    assert_eq!(blended(&engine)[0], ("c".to_owned(), "a".to_owned()), "directly after a");
    engine.train(&CallOptions::default()).unwrap();
    assert_eq!(blended(&engine)[0], ("c".to_owned(), "a".to_owned()));
    for other in ["q", "r"] {
        engine.forget_profile(other).unwrap();
    }
    engine.train(&CallOptions::default()).unwrap();
    assert_eq!(blended(&engine), alone, "who is forgotten teaches nothing");
}

#[test]
fn a_blend_has_no_threshold_and_a_training_can_be_cancelled() {
    let engine = engine();
    engine.add_videos(&corners(), &CallOptions::default()).unwrap();
    watched_by(&engine, "p", &["a", "b"]);
    let query = Query { ranking: Ranking::Blend, min_score: Some(0.1), ..query(10) };
    let refused = engine.recommend(&query, &CallOptions::default()).unwrap_err();
    assert_eq!(refused.status, Status::InvalidArgument);
    let token = CancelToken::default();
    token.cancel();
    let cancelled = CallOptions { cancel: Some(token), ..CallOptions::default() };
    assert_eq!(engine.train(&cancelled).unwrap_err().status, Status::Cancelled);
}
