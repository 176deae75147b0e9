//! Blended lists through the engine: places for new videos, choices that teach, what training leaves on the disk and
//! what forgetting takes, and that the same events leave the same lists.

mod support;

use vrec::domain::{
    CallOptions, Event, EventKind, Feature, FeatureWeights, Progress, Query, Ranking, Recommendation, Status, Video,
};
use vrec::engine::{Engine, EngineOptions};

use support::StoreFolder;

fn event(kind: EventKind, profile: &str, video_id: &str, time_utc_ms: i64) -> Event {
    Event { profile: profile.to_owned(), video_id: video_id.to_owned(), time_utc_ms, ..Event::of(kind) }
}

/// Forty videos of two kinds, told by their vector and their tag; the last four of each kind are watched by nobody.
fn videos() -> Vec<Video> {
    let of = |number: usize| {
        let (kind, turn) = (number % 2, number as f32 * 0.01);
        let vector = if kind == 0 { vec![1.0, turn, 0.3] } else { vec![turn, 1.0, 0.3] };
        let tag = if kind == 0 { "crime" } else { "nature" };
        Video { id: format!("v{number:02}"), vector: Some(vector), tags: vec![tag.to_owned()], ..Video::default() }
    };
    (0..40).map(of).collect()
}

/// Each profile watches eight of the first thirty-two videos, of one kind.
fn watches(profiles: usize) -> Vec<Event> {
    let of = |profile: usize| {
        (0..8).map(move |at| {
            let number = profile % 2 + 2 * ((profile * 5 + at * 3) % 16);
            let time = (profile * 100 + at) as i64 * 1_000;
            event(EventKind::Complete, &format!("p{profile:02}"), &format!("v{number:02}"), time)
        })
    };
    (0..profiles).flat_map(of).collect()
}

fn filled(options: EngineOptions, profiles: usize) -> Engine {
    fill(Engine::new(options).unwrap(), profiles)
}

fn fill(engine: Engine, profiles: usize) -> Engine {
    engine.add_videos(&videos(), &CallOptions::default()).unwrap();
    engine.record(&watches(profiles)).unwrap();
    engine
}

fn query(profile: &str) -> Query {
    Query { ranking: Ranking::Blend, ..Query::for_profile(profile) }
}

fn ask(engine: &Engine, query: &Query) -> Vec<Recommendation> {
    engine.recommend(query, &CallOptions::default()).unwrap()
}

fn ids(list: &[Recommendation]) -> Vec<&str> {
    list.iter().map(|item| item.id.as_str()).collect()
}

fn number(id: &str) -> usize {
    id[1..].parse().unwrap()
}

#[test]
fn new_videos_get_places_by_content_and_none_when_refused() {
    let engine = filled(EngineOptions::default(), 40);
    engine.train(&CallOptions::default()).unwrap();
    let list = ask(&engine, &Query { limit: 5, ..query("p00") });
    let new: Vec<&str> = ids(&list).into_iter().filter(|id| number(id) >= 32).collect();
    // A fifth of the videos is new: three times that is more than the largest share, 0.3 of 5 places.
    assert!((2..5).contains(&new.len()), "{:?}", ids(&list));
    assert!(new.iter().all(|id| number(id).is_multiple_of(2)), "{new:?}: of the kind that p00 watches");
    // Added after the training, and just as new.
    let late = Video { id: "v98".to_owned(), ..videos()[0].clone() };
    engine.add_videos(&[late], &CallOptions::default()).unwrap();
    let all = ask(&engine, &Query { limit: 40, ..query("p00") });
    assert!(ids(&all).contains(&"v98"));
    let none = ask(&engine, &Query { limit: 5, new_video_share: 0.0, ..query("p00") });
    let by_score = ask(&engine, &Query { limit: 40, new_video_share: 0.0, ..query("p00") });
    assert_eq!(ids(&none), ids(&by_score)[..5]);
    assert!(by_score.windows(2).all(|pair| pair[0].score >= pair[1].score));
}

#[test]
fn choices_among_what_was_shown_move_the_weights() {
    let weights = FeatureWeights::NONE.with(Feature::Taste, 0.5).with(Feature::Popularity, 0.5);
    let engine = filled(EngineOptions { feature_weights: Some(weights), ..EngineOptions::default() }, 6);
    // v00 is watched by three profiles, v36 and v38 by nobody; "me" watches crime.
    engine.record(&[event(EventKind::Complete, "me", "v00", 0)]).unwrap();
    // How far a video like those that are chosen stands above one that is watched by many.
    let lead = |query: Query| {
        let list = ask(&engine, &Query { limit: 40, ..query });
        let score = |id: &str| list.iter().find(|item| item.id == id).unwrap().score;
        score("v34") - score("v01")
    };
    let with = |weights| Query { feature_weights: weights, ..query("me") };
    assert_eq!(lead(with(None)), lead(with(Some(weights))), "no choice yet: as given");
    for round in 0..12 {
        let liked = format!("v{:02}", 2 * round + 2);
        let popular = format!("v{:02}", 2 * round + 3);
        let events = [
            event(EventKind::Impression, "me", &liked, round * 10 + 1),
            event(EventKind::Impression, "me", &popular, round * 10 + 2),
            event(EventKind::Select, "me", &liked, round * 10 + 3),
        ];
        engine.record(&events).unwrap();
    }
    // Weights that a query gives are taken as they are.
    assert!(lead(with(None)) > lead(with(Some(weights))) + 0.01, "taste counts more, popularity less");
}

#[test]
fn the_same_events_leave_the_same_lists() {
    let lists = || {
        let engine = filled(EngineOptions::default(), 30);
        engine.train(&CallOptions::default()).unwrap();
        let all = (0..30).map(|profile| ask(&engine, &Query { limit: 40, ..query(&format!("p{profile:02}")) }));
        all.map(|list| {
            list.into_iter().map(|item| (item.id, item.score.to_bits(), item.because_id)).collect::<Vec<_>>()
        })
        .collect::<Vec<_>>()
    };
    assert_eq!(lists(), lists());
}

#[test]
fn a_forgotten_profile_leaves_the_lists_as_they_were() {
    let engine = filled(EngineOptions::default(), 10);
    let before = ask(&engine, &Query { limit: 40, ..query("p00") });
    let extra = watches(40).into_iter().filter(|event| event.profile == "p33");
    engine.record(&extra.collect::<Vec<_>>()).unwrap();
    assert_ne!(ask(&engine, &Query { limit: 40, ..query("p00") }), before);
    engine.forget_profile("p33").unwrap();
    let after = ask(&engine, &Query { limit: 40, ..query("p00") });
    assert_eq!(after, before, "scores and reasons, too");
}

#[test]
fn what_was_trained_is_there_after_opening_and_goes_with_a_profile_of_few() {
    for (profiles, stays) in [(30, true), (6, false)] {
        let folder = StoreFolder::new();
        let engine = fill(folder.open(EngineOptions::default()), profiles);
        let untrained = ask(&engine, &Query { limit: 40, ..query("p00") });
        engine.train(&CallOptions::default()).unwrap();
        let trained = ask(&engine, &Query { limit: 40, ..query("p00") });
        assert_ne!(trained, untrained);
        drop(engine);
        let engine = folder.open(EngineOptions::default());
        assert_eq!(ask(&engine, &Query { limit: 40, ..query("p00") }), trained);
        // Trained weights alone score nothing once they are gone.
        let ease = Query { feature_weights: Some(FeatureWeights::only(Feature::Ease)), limit: 40, ..query("p00") };
        let says_something = |engine: &Engine| {
            let list = ask(engine, &ease);
            list.iter().any(|item| item.score != list[0].score)
        };
        engine.forget_profile("p01").unwrap();
        assert_eq!(says_something(&engine), stays);
        drop(engine);
        let engine = folder.open(EngineOptions::default());
        assert_eq!(says_something(&engine), stays, "and so after opening");
    }
}

#[test]
fn watches_without_times_are_not_read_as_a_sequence() {
    let engine = Engine::new(EngineOptions::default()).unwrap();
    engine.add_videos(&videos(), &CallOptions::default()).unwrap();
    let timeless: Vec<Event> = watches(30).into_iter().map(|event| Event { time_utc_ms: 0, ..event }).collect();
    engine.record(&timeless).unwrap();
    engine.train(&CallOptions::default()).unwrap();
    let weights = |ease: f32, transitions: f32| {
        Some(FeatureWeights::NONE.with(Feature::Ease, ease).with(Feature::Transitions, transitions))
    };
    let ease = ask(&engine, &Query { feature_weights: weights(2.0, 0.0), ..query("p00") });
    let both = ask(&engine, &Query { feature_weights: weights(1.0, 1.0), ..query("p00") });
    assert_eq!(both, ease, "EASE has the weight of the sequences too");
    let sequences = ask(&engine, &Query { feature_weights: weights(0.0, 1.0), ..query("p00") });
    assert!(!sequences.is_empty(), "where EASE does not count nothing stands in");
}

#[test]
fn a_feature_by_itself_orders_a_list() {
    let weights = FeatureWeights::NONE.with(Feature::Popularity, 1.0);
    let engine = filled(EngineOptions { feature_weights: Some(weights), ..EngineOptions::default() }, 30);
    let list = ask(&engine, &Query { limit: 40, new_video_share: 0.0, ..query("nobody") });
    let watches = watches(30);
    let counts: Vec<usize> =
        list.iter().map(|item| watches.iter().filter(|event| event.video_id == item.id).count()).collect();
    assert!(counts.len() > 10 && counts.windows(2).all(|pair| pair[0] >= pair[1]), "{counts:?}");
}

#[test]
fn fresh_videos_come_first_where_freshness_counts() {
    let day = 86_400_000;
    let weights = FeatureWeights::NONE.with(Feature::Freshness, 1.0).with(Feature::Popularity, 0.01);
    let engine = Engine::new(EngineOptions { feature_weights: Some(weights), ..EngineOptions::default() }).unwrap();
    let dated = |(number, video): (i64, Video)| Video { available_from_utc_ms: Some(number * 10 * day), ..video };
    let videos: Vec<Video> = (0..).zip(videos()).map(dated).collect();
    engine.add_videos(&videos, &CallOptions::default()).unwrap();
    engine.record(&watches(15)).unwrap();
    let list = ask(&engine, &Query { now_utc_ms: 400 * day, limit: 5, new_video_share: 0.0, ..query("p00") });
    assert!(
        list.len() == 5 && list.windows(2).all(|pair| number(&pair[0].id) > number(&pair[1].id)),
        "{:?}",
        ids(&list)
    );
}

/// A progress that forgets a profile in the middle of a training.
#[test]
fn a_profile_of_few_that_is_forgotten_during_a_training_stays_forgotten() {
    let engine = std::sync::Arc::new(filled(EngineOptions::default(), 6));
    let within = std::sync::Arc::clone(&engine);
    let once = std::sync::Once::new();
    let progress = Progress::new(move |_, _| once.call_once(|| within.forget_profile("p01").unwrap()));
    let call = CallOptions { progress: Some(progress), ..CallOptions::default() };
    assert_eq!(engine.train(&call).unwrap_err().status, Status::Cancelled);
    engine.train(&CallOptions::default()).unwrap();
}
