//! Training on the events of a whole service: what an engine learns that records the same events one by one, on one
//! thread and on several, cut anywhere and taken up again; and what it refuses.

use std::sync::Arc;

use proptest::prelude::*;
use vrec::domain::{
    CallOptions, CancelToken, Context, Device, Event, EventKind, Feature, FeatureWeights, Kind, Status, Video,
    WatchedVideo,
};
use vrec::engine::{Engine, EngineOptions, PackExport, PackImport, TrainOptions};
use vrec::ffi::thread_host;
use vrec::learning::training::{Crew, EventColumns, Histories, Means, Training};
use vrec::learning::{Items, Knowledge, PackOptions, Profile, SectionKind, WatchRules};
use vrec::store::pack_file::{PackFile, PackLimits, SigningKey};

const KINDS: [EventKind; 10] = [
    EventKind::Impression,
    EventKind::Select,
    EventKind::Play,
    EventKind::Progress,
    EventKind::Stop,
    EventKind::Complete,
    EventKind::Like,
    EventKind::Rate,
    EventKind::Hide,
    EventKind::Unhide,
];

fn event((user, video, kind, position, minute): (u8, u8, usize, u32, u16)) -> Event {
    let kind = KINDS[kind];
    Event {
        profile: format!("user {user}"),
        video_id: format!("v{video}"),
        time_utc_ms: 1_700_000_000_000 + 60_000 * i64::from(minute),
        position_ms: if kind.is_playback() { i64::from(position) } else { 0 },
        duration_ms: if kind.is_playback() { 600_000 } else { 0 },
        rating: if kind == EventKind::Rate { 4.5 } else { 0.0 },
        context: Context { device: Device::ALL[usize::from(user) % Device::ALL.len()], ..Context::default() },
        ..Event::of(kind)
    }
}

fn events(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Event>> {
    let one = (0u8..6, 0u8..12, 0..KINDS.len(), 0u32..600_000, 0u16..400);
    prop::collection::vec(one.prop_map(event), count).prop_map(|mut events| {
        // An engine hears of events in their order.
        events.sort_by_key(|event| event.time_utc_ms);
        events
    })
}

fn all_features() -> FeatureWeights {
    Feature::ALL.into_iter().fold(FeatureWeights::NONE, |weights, feature| weights.with(feature, 1.0))
}

fn is_episode(number: u32) -> bool {
    number.is_multiple_of(4)
}

/// What the catalogue says of a video.
fn known(id: &str) -> Arc<WatchedVideo> {
    let number = id[1..].parse().unwrap();
    let (kind, series_id) = if is_episode(number) { (Kind::Episode, Some("s".into())) } else { (Kind::Movie, None) };
    Arc::new(WatchedVideo { kind: Some(kind), series_id, ..WatchedVideo::default() })
}

/// Those that are learned watch by watch.
fn learned_features() -> FeatureWeights {
    let trained = [Feature::Ease, Feature::Factors, Feature::Content];
    trained.into_iter().fold(all_features(), |weights, feature| weights.with(feature, 0.0))
}

/// With videos of which some are episodes, which start later than films do.
fn engine(feature_weights: FeatureWeights) -> Engine {
    let options = EngineOptions { feature_weights: Some(feature_weights), ..EngineOptions::default() };
    let engine = Engine::new(options).unwrap();
    let video = |number: u32| Video {
        id: format!("v{number}"),
        tags: vec![format!("g{}", number % 2)],
        vector: Some(vec![number as f32, 1.0, (number % 3) as f32]),
        kind: Some(if is_episode(number) { Kind::Episode } else { Kind::Movie }),
        series_id: if is_episode(number) { "s".to_owned() } else { String::new() },
        ..Video::default()
    };
    engine.add_videos(&(0..12).map(video).collect::<Vec<_>>(), &CallOptions::default()).unwrap();
    engine
}

/// What a knowledge learns that is told the same events one by one; the series of a video does not matter to it.
fn one_by_one(items: &Items, events: &[Event]) -> (Knowledge, Histories) {
    let mut knowledge = Knowledge::new(&learned_features());
    knowledge.begin_training(items.ids());
    let mut profiles: Vec<(String, Profile)> = Vec::new();
    for event in events {
        let place = profiles.iter().position(|(id, _)| *id == event.profile).unwrap_or_else(|| {
            profiles.push((event.profile.clone(), knowledge.new_profile()));
            profiles.len() - 1
        });
        let mut event = event.clone();
        event.watched = Some(known(&event.video_id)).filter(|_| event.kind.is_playback());
        let profile = &mut profiles[place].1;
        if profile.observe(&event, &WatchRules::default()).is_watch {
            let item = knowledge.number_watched(&event.video_id, None);
            let place = knowledge.append(profile, &event, item);
            place.into_iter().for_each(|place| knowledge.learn(&[(&*profile, place)]));
        }
    }
    profiles.retain(|(_, profile)| !profile.history().is_empty());
    profiles.sort_by_key(|(_, profile)| profile.number());
    let (mut starts, mut watches, mut contexts) = (vec![0], Vec::new(), Vec::new());
    for (_, profile) in &profiles {
        watches.extend_from_slice(profile.history());
        contexts.extend((0..profile.history().len()).map(|place| profile.context(place)));
        starts.push(watches.len());
    }
    let histories = Histories::new(starts, watches, contexts, items.len()).unwrap();
    (knowledge, histories)
}

fn columns(engine: &Engine, events: &[Event]) -> EventColumns {
    let mut columns = engine.event_columns();
    events.iter().for_each(|event| columns.push(event, usize::MAX).unwrap());
    columns
}

fn training(engine: &Engine, events: &[Event], threads: u32) -> Training {
    let options = TrainOptions { threads, host: Some(thread_host()), ..TrainOptions::default() };
    let (items, histories) = engine.histories(columns(engine, events), &options, &CallOptions::default()).unwrap();
    engine.training(items, histories, &engine.feature_weights()).unwrap()
}

fn crew(threads: u32) -> Crew {
    Crew::new(threads, Some(thread_host())).unwrap()
}

fn train_all(training: &mut Training, threads: u32) {
    let (crew, call) = (crew(threads), CallOptions::default());
    for part in training.parts().to_vec() {
        training.train(part, Means::new(&crew, &call)).unwrap();
    }
}

fn states(training: &Training) -> Vec<Vec<u8>> {
    training.parts().iter().map(|part| training.state(*part)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_service_teaches_what_its_events_teach_one_by_one(events in events(0..150), threads in 1u32..4) {
        let engine = engine(learned_features());
        let mut training = training(&engine, &events, threads);
        let (expected, histories) = one_by_one(training.items(), &events);
        // Users are numbered by their first events, profiles by their first watches.
        let mut by_first: Vec<(u32, Vec<u32>)> = (0..histories.profiles() as u32)
            .map(|profile| (profile, histories.history(profile).iter().map(|watch| watch.item).collect()))
            .collect();
        by_first.sort();
        let mut found: Vec<Vec<u32>> = (0..training.histories().profiles() as u32)
            .map(|profile| training.histories().history(profile).iter().map(|watch| watch.item).collect())
            .collect();
        let mut wanted: Vec<Vec<u32>> = by_first.into_iter().map(|(_, items)| items).collect();
        found.sort();
        wanted.sort();
        prop_assert_eq!(found, wanted);
        train_all(&mut training, threads);
        let rows_of_profiles = [Feature::UserNeighbours, Feature::GraphWalk];
        for recommender in expected.recommenders() {
            if !rows_of_profiles.contains(&recommender.feature()) {
                prop_assert!(training.state(recommender.feature()) == recommender.save(), "{}", recommender.name());
            }
        }
        let knowledge = training.finish();
        prop_assert_eq!(knowledge.profiles(), expected.profiles());
        prop_assert_eq!(knowledge.watched_items(), expected.watched_items());
        prop_assert_eq!(knowledge.watches(12), expected.watches(12));
    }
}

/// Enough that every part has something to say.
fn many_events() -> Vec<Event> {
    (0..400).map(|at: u32| event(((at * 7 % 40) as u8, (at * at % 13 % 12) as u8, 5, 0, (at % 400) as u16))).collect()
}

#[test]
fn threads_change_no_byte() {
    let engine = engine(all_features());
    let events = many_events();
    let mut alone = training(&engine, &events, 1);
    train_all(&mut alone, 1);
    assert_eq!(alone.parts().len(), 10);
    assert!(states(&alone).iter().all(|state| state.len() > 8));
    let mut shared = training(&engine, &events, 3);
    train_all(&mut shared, 3);
    assert!(states(&shared) == states(&alone));
}

#[test]
fn a_training_is_taken_up_after_any_part() {
    let engine = engine(all_features());
    let events = many_events();
    let mut whole = training(&engine, &events, 1);
    train_all(&mut whole, 1);
    let parts = whole.parts().to_vec();
    for done in [0, 6, parts.len()] {
        let read = training(&engine, &events, 1);
        let histories = Histories::load(&read.histories().save()).unwrap();
        let mut again = engine.training(read.items().clone(), histories, &engine.feature_weights()).unwrap();
        let (crew, call) = (Crew::default(), CallOptions::default());
        for (place, part) in parts.iter().enumerate() {
            match place < done {
                true => again.restore(*part, &whole.state(*part)).unwrap(),
                false => again.train(*part, Means::new(&crew, &call)).unwrap(),
            }
        }
        assert!(states(&again) == states(&whole), "after {done} parts");
    }
    let mut again = training(&engine, &events, 1);
    for part in parts {
        let state = whole.state(part);
        let error = again.restore(part, &state[..state.len() - 3]).unwrap_err();
        assert_eq!(error.status, Status::Corrupt, "{}", part.name());
    }
}

#[test]
fn an_engine_counts_what_was_trained_and_has_no_more_profiles() {
    let engine = engine(all_features());
    let mut training = training(&engine, &many_events(), 1);
    train_all(&mut training, 1);
    let knowledge = training.finish();
    engine.take_trained(&knowledge).unwrap();
    let statistics = engine.statistics();
    assert_eq!((statistics.profiles, statistics.events), (0, 0));
    assert!(statistics.memory_bytes > 0);
}

fn export(number: u64) -> PackExport {
    PackExport {
        line: "films".to_owned(),
        number,
        created_utc_ms: 5,
        key: SigningKey::new([1; 32]).unwrap(),
        learned: PackOptions { least_profiles: 2, weights: all_features(), ..PackOptions::default() },
        has_vectors: false,
        has_sequence: true,
    }
}

fn packed_training(engine: &Engine, events: &[Event], number: u64) -> Vec<u8> {
    let mut training = training(engine, events, 1);
    train_all(&mut training, 1);
    engine.export_training(&export(number), training, None, &CallOptions::default()).unwrap()
}

#[test]
fn a_pack_of_events_is_that_of_profiles_that_did_the_same() {
    let (call, events) = (CallOptions::default(), many_events());
    let recorded = engine(all_features());
    recorded.record(&events).unwrap();
    recorded.train(&call).unwrap();
    let expected = recorded.export_pack(&export(1), None, &call).unwrap();
    let trusted = PackImport { trusted_keys: vec![export(1).key.public_key()], ..PackImport::default() };
    let file = PackFile::open(&expected, &trusted.trusted_keys, &PackLimits::default()).unwrap();
    for kind in SectionKind::ALL {
        assert!(file.has_section(kind as u32), "{kind:?}");
    }
    // The engine of the events gives videos their numbers in the catalogue's order, the other one in that of watches.
    let service = engine(all_features());
    assert!(packed_training(&service, &events, 1) == expected);
    assert_eq!(service.statistics().profiles, 0);
    // Whoever comes first in the files.
    let mut by_user = events.clone();
    by_user.sort_by(|one, other| other.profile.cmp(&one.profile).then(one.time_utc_ms.cmp(&other.time_utc_ms)));
    assert!(packed_training(&service, &by_user, 1) == expected);
    // Also where a pack is in use, of which nothing goes in.
    service.import_pack(&expected, &trusted, &call).unwrap();
    let of_few = packed_training(&service, &events[..200], 2);
    assert!(of_few == packed_training(&engine(all_features()), &events[..200], 2));
    let nothing = training(&service, &[], 1);
    let refused = service.export_training(&export(3), nothing, None, &call).unwrap_err();
    assert_eq!(refused.status, Status::NotFound);
}

#[test]
fn each_part_heeds_its_memory_and_the_call() {
    let engine = engine(all_features());
    let mut training = training(&engine, &many_events(), 1);
    let before = states(&training);
    let crew = crew(2);
    let cancel = CancelToken::new();
    cancel.cancel();
    let cancelled = CallOptions { cancel: Some(cancel), ..CallOptions::default() };
    let call = CallOptions::default();
    for part in training.parts().to_vec() {
        if matches!(
            part,
            Feature::Transitions | Feature::ItemNeighbours | Feature::Ease | Feature::Factors | Feature::Content
        ) {
            let small = Means { memory_limit_bytes: 10, ..Means::new(&crew, &call) };
            assert_eq!(training.train(part, small).unwrap_err().status, Status::MemoryLimit, "{}", part.name());
            let ended = training.train(part, Means::new(&crew, &cancelled)).unwrap_err();
            assert_eq!(ended.status, Status::Cancelled, "{}", part.name());
        }
    }
    assert!(states(&training) == before);
    let mut columns = engine.event_columns();
    let refused = many_events().iter().find_map(|event| columns.push(event, 20_000).err()).unwrap();
    assert_eq!(refused.status, Status::MemoryLimit);
    assert!(columns.push(&Event { video_id: String::new(), ..many_events()[0].clone() }, usize::MAX).is_err());
    assert!(columns.users() <= 40);
}

#[test]
fn events_out_of_their_order_are_put_in_order() {
    let engine = engine(all_features());
    let mut events = many_events();
    events.sort_by_key(|event| (event.profile.clone(), event.time_utc_ms, event.video_id.clone()));
    events.dedup_by(|a, b| (&a.profile, a.time_utc_ms) == (&b.profile, b.time_utc_ms));
    let sorted = training(&engine, &events, 1);
    events.reverse();
    let reversed = training(&engine, &events, 1);
    let items = |training: &Training| {
        let of = |profile| training.histories().history(profile).to_vec();
        let mut all: Vec<_> = (0..training.histories().profiles() as u32).map(of).collect();
        all.sort_by_key(|history| history.iter().map(|watch| (watch.time_utc_ms, watch.item)).collect::<Vec<_>>());
        all
    };
    assert_eq!(items(&sorted), items(&reversed));
}
