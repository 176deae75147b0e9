//! Learning what each feature counts: events in which one recommender is right move the weights to it, events that say
//! nothing move none; and what becomes of the weights in a pack.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use vrec::domain::{
    CallOptions, CancelToken, Event, EventKind, Feature, FeatureWeights, Progress, Query, Ranking, Status, Video,
};
use vrec::engine::weights::{LEAST_LISTS, LearnedWeights, WeightsOutcome};
use vrec::engine::{Engine, EngineOptions, PackExport, PackImport, TrainOptions};
use vrec::ffi::thread_host;
use vrec::learning::training::Histories;
use vrec::learning::{Items, PackOptions};
use vrec::store::pack_file::{PackLimits, SigningKey};

const VIDEOS: u64 = 30;

/// Numbers that look drawn at random, the same in each run.
struct Draws(u64);

impl Draws {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

fn event(user: u64, video: u64, place: u64) -> Event {
    Event {
        profile: format!("user {user}"),
        video_id: format!("v{video}"),
        time_utc_ms: 1_700_000_000_000 + 86_400_000 * (place as i64) + user as i64,
        ..Event::of(EventKind::Complete)
    }
}

/// A dozen videos for each user, drawn as by chance.
fn drawn(users: u64, order: impl Fn(&mut Draws, u64) -> u64) -> Vec<Event> {
    let mut draws = Draws(5);
    let mut events = Vec::new();
    for user in 0..users {
        let mut videos: Vec<u64> = (0..VIDEOS).collect();
        videos.sort_by_cached_key(|_| draws.below(1 << 30));
        videos.truncate(12);
        let turn = draws.below(VIDEOS);
        videos.sort_by_cached_key(|video| order(&mut draws, (video + turn) % VIDEOS));
        events.extend((0..).zip(videos).map(|(place, video)| event(user, video, place)));
    }
    events
}

/// Each user goes by the numbers of the videos, from some number on: what was watched last tells what comes next, and what
/// was watched together tells nothing.
fn in_order(users: u64) -> Vec<Event> {
    drawn(users, |_, turned| turned)
}

/// Nothing tells anything.
fn at_random(users: u64) -> Vec<Event> {
    drawn(users, |draws, _| draws.below(1 << 30))
}

/// Users whose events are enough to choose by.
const USERS: u64 = 52;

fn engine(weights: Option<FeatureWeights>) -> Engine {
    let engine = Engine::new(EngineOptions { feature_weights: weights, ..EngineOptions::default() }).unwrap();
    let mut draws = Draws(3);
    let mut video = |number: u64| Video {
        id: format!("v{number}"),
        vector: Some((0..8).map(|_| draws.below(1_000) as f32 - 500.0).collect()),
        ..Video::default()
    };
    engine.add_videos(&(0..VIDEOS).map(&mut video).collect::<Vec<_>>(), &CallOptions::default()).unwrap();
    engine
}

/// Weights by which what is watched together counts most, as where data say nothing.
fn start() -> FeatureWeights {
    FeatureWeights::only(Feature::ItemNeighbours).with(Feature::Transitions, 0.1).with(Feature::Taste, 0.4)
}

fn histories(engine: &Engine, events: &[Event]) -> (Items, Arc<Histories>) {
    let mut columns = engine.event_columns();
    events.iter().for_each(|event| columns.push(event, usize::MAX).unwrap());
    let (items, histories) = engine.histories(columns, &TrainOptions::default(), &CallOptions::default()).unwrap();
    (items, Arc::new(histories))
}

/// Of [`in_order`], on one thread.
fn learned_in_order() -> &'static LearnedWeights {
    static LEARNED: OnceLock<LearnedWeights> = OnceLock::new();
    LEARNED.get_or_init(|| learned_from(&in_order(USERS), &TrainOptions::default()))
}

fn learned_from(events: &[Event], options: &TrainOptions) -> LearnedWeights {
    let engine = engine(Some(start()));
    let (items, histories) = histories(&engine, events);
    engine.learn_weights_from(&items, &histories, options, &CallOptions::default()).unwrap()
}

#[test]
fn what_tells_the_next_video_comes_to_count_more() {
    let learned = learned_in_order();
    assert_eq!(learned.outcome, WeightsOutcome::Learned, "{learned:?}");
    let share = |weights: &FeatureWeights| weights.of(Feature::Transitions) / weights.of(Feature::ItemNeighbours);
    assert!(share(&learned.weights) > 2.0 * share(&start()), "{learned:?}");
    assert!(learned.gain.mean > learned.gain.plus_minus && learned.ndcg_after() > learned.ndcg_before);
    assert!(learned.choosing_lists >= LEAST_LISTS && learned.confirming_lists >= LEAST_LISTS);
    assert!(learned.steps.iter().all(|step| step.gain.mean > step.gain.plus_minus), "{learned:?}");
}

#[test]
fn where_events_say_nothing_the_weights_stay() {
    let learned = learned_from(&at_random(USERS), &TrainOptions::default());
    assert_eq!((learned.outcome, learned.weights), (WeightsOutcome::Kept, start()), "{learned:?}");
    assert_eq!(learned.ndcg_after(), learned.ndcg_before);
}

#[test]
fn the_weights_are_the_same_each_time_on_one_thread_and_on_three() {
    let events = in_order(USERS);
    assert_eq!(*learned_in_order(), learned_from(&events, &TrainOptions::default()));
    let three = TrainOptions { threads: 3, host: Some(thread_host()), ..TrainOptions::default() };
    assert_eq!(*learned_in_order(), learned_from(&events, &three));
}

#[test]
fn profiles_teach_what_the_same_events_of_a_service_teach() {
    let events = in_order(USERS);
    let own = engine(Some(start()));
    own.record(&events).unwrap();
    let learned = own.learn_weights(&TrainOptions::default(), &CallOptions::default()).unwrap();
    assert_eq!(learned, *learned_in_order());
    assert_eq!(own.feature_weights(), start(), "nothing of the engine changes");
}

#[test]
fn few_watches_choose_nothing() {
    let learned = learned_from(&in_order(20), &TrainOptions::default());
    assert_eq!((learned.outcome, learned.weights), (WeightsOutcome::TooFew, start()));
    let lists = learned.choosing_lists.min(learned.confirming_lists);
    assert!((1..LEAST_LISTS).contains(&lists), "{lists}");
    let none = engine(None).learn_weights(&TrainOptions::default(), &CallOptions::default()).unwrap();
    assert_eq!((none.outcome, none.weights), (WeightsOutcome::TooFew, FeatureWeights::default()));
}

#[test]
fn what_was_watched_last_does_not_tell_what_a_network_or_new_videos_are_worth() {
    let weights = start().with(Feature::Sequence, 1.0).with(Feature::Content, 0.1).with(Feature::Trend, 0.05);
    let engine = engine(Some(weights));
    let (items, histories) = histories(&engine, &in_order(USERS));
    let learned = engine.learn_weights_from(&items, &histories, &TrainOptions::default(), &CallOptions::default());
    let learned = learned.unwrap();
    assert_eq!([Feature::Sequence, Feature::Trend].map(|feature| learned.weights.of(feature)), [1.0, 0.05]);
    let is_dropped = |feature| learned.weights.of(feature) == 0.0;
    assert!(!is_dropped(Feature::Content) && !is_dropped(Feature::Taste), "{learned:?}");
    let home = [Feature::UserNeighbours, Feature::GraphWalk];
    assert!(learned.steps.iter().all(|step| !home.contains(&step.feature) && step.feature != Feature::Sequence));
}

#[test]
fn a_call_that_was_cancelled_or_ran_out_of_time_or_memory_gives_nothing() {
    let own = engine(Some(start()));
    own.record(&in_order(USERS)).unwrap();
    let options = TrainOptions::default();
    // Cancelled in the training of the first cut, and far into the search.
    for after in [1, 40] {
        let (cancel, heard) = (CancelToken::new(), AtomicU64::new(0));
        let token = cancel.clone();
        let listener = move |_, _| {
            if heard.fetch_add(1, Ordering::Relaxed) == after {
                token.cancel();
            }
        };
        let call =
            CallOptions { cancel: Some(cancel), progress: Some(Progress::new(listener)), ..CallOptions::default() };
        assert_eq!(own.learn_weights(&options, &call).unwrap_err().status, Status::Cancelled, "{after}");
    }
    let late = CallOptions::with_timeout(std::time::Duration::ZERO);
    assert_eq!(own.learn_weights(&options, &late).unwrap_err().status, Status::TimedOut);
    let little = TrainOptions { memory_limit_bytes: 20_000, ..options };
    let error = own.learn_weights(&little, &CallOptions::default()).unwrap_err();
    assert_eq!(error.status, Status::MemoryLimit);
    assert!(error.message.contains("memory_limit_bytes, which is 20000"), "{}", error.message);
    let many = TrainOptions { threads: 65, ..options };
    assert_eq!(own.learn_weights(&many, &CallOptions::default()).unwrap_err().status, Status::Limit);
}

fn export(number: u64, weights: FeatureWeights) -> PackExport {
    PackExport {
        line: "films".to_owned(),
        number,
        created_utc_ms: 1_700_000_000_000,
        key: SigningKey::new([7; 32]).unwrap(),
        learned: PackOptions { weights, least_profiles: 1, ..PackOptions::default() },
        has_vectors: false,
        has_sequence: false,
    }
}

fn blended(engine: &Engine, weights: Option<FeatureWeights>) -> Vec<(String, f32)> {
    let query = Query { ranking: Ranking::Blend, feature_weights: weights, ..Query::for_profile("at home") };
    let list = engine.recommend(&query, &CallOptions::default()).unwrap();
    list.into_iter().map(|item| (item.id, item.score)).collect()
}

#[test]
fn a_pack_brings_the_weights_and_they_count_where_the_host_says_none() {
    let events = in_order(USERS);
    let service = engine(Some(start()));
    let (items, histories) = histories(&service, &events);
    let (options, call) = (TrainOptions::default(), CallOptions::default());
    let learned = learned_in_order().weights;
    assert_ne!(learned, start());
    let training = service.training(items, histories, &learned).unwrap();
    let pack = service.export_training(&export(1, learned), training, None, &call).unwrap();
    let import = PackImport {
        trusted_keys: vec![SigningKey::new([7; 32]).unwrap().public_key()],
        line: None,
        limits: PackLimits::default(),
    };
    let own = FeatureWeights::only(Feature::ItemNeighbours).with(Feature::Taste, 1.0);
    for of_host in [None, Some(own)] {
        let set = engine(of_host);
        set.import_pack(&pack, &import, &call).unwrap();
        set.record(&[Event { profile: "at home".to_owned(), ..event(0, 10, 0) }]).unwrap();
        assert_eq!(set.feature_weights(), of_host.unwrap_or(learned));
        assert_eq!(blended(&set, None), blended(&set, Some(of_host.unwrap_or(learned))));
        let error = set.learn_weights(&options, &call).unwrap_err();
        assert_eq!(error.status, Status::InvalidArgument);
        assert!(error.message.contains("pack in use"), "{}", error.message);
    }
}
