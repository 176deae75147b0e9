//! A restart changes nothing: under random streams of everything that writes to a store, an engine that opens the store
//! again gives the very bytes that the one before gave: order, scores, reasons, explanations, home screens and cards.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};
use vrec::domain::{
    AgeLimit, CallOptions, CancelToken, Company, Context, Device, Event, EventKind, Feature, FeatureWeights, HomeQuery,
    HouseholdProfile, Kind, ProfileKind, Query, Ranking, RowKind, RowQuery, Video,
};
use vrec::engine::{Engine, EngineOptions, PackExport, PackImport, StoreOptions};
use vrec::learning::{PackOptions, SequenceFiles};
use vrec::store::pack_file::{PackFile, PackLimits, PackSection, SigningKey, write_pack};
use vrec::store::{Durability, OpenOptions, Retention};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
const NOW: i64 = 1_700_000_000_000;
const VIDEOS: usize = 40;
const PROFILES: [&str; 6] = ["zoe", "adam", "mia", "bo", "guest", "nobody"];
const GUEST: &str = "guest";

/// Some of them nearly alike, episodes and tags among them; another version has another vector.
fn video(number: usize, version: usize) -> Video {
    let turn = |axis: usize| ((number * (7 + axis) + version * 5 + axis * axis) % 13) as f32 - 5.5;
    let is_episode = number % 5 == 2;
    Video {
        id: format!("v{:02}", number * 17 % VIDEOS),
        title: format!("Film {number}"),
        tags: vec![format!("tag{}", number % 3), format!("tag{}", number % 7)],
        vector: Some((0..6).map(turn).collect()),
        kind: Some(if is_episode { Kind::Episode } else { Kind::Movie }),
        series_id: if is_episode { format!("s{}", number % 2) } else { String::new() },
        season_number: u32::from(is_episode),
        episode_number: if is_episode { 1 + number as u32 / 5 } else { 0 },
        available_from_utc_ms: number.is_multiple_of(3).then_some(NOW - number as i64 * DAY),
        available_until_utc_ms: (number % 11 == 5).then_some(NOW + number as i64 * HOUR),
        duration_ms: HOUR,
        ..Video::default()
    }
}

fn event(kind: EventKind, profile: usize, number: usize, time: i64) -> Event {
    Event {
        kind,
        profile: PROFILES[profile].to_owned(),
        video_id: format!("v{number:02}"),
        time_utc_ms: NOW - 90 * DAY + time * HOUR,
        position_ms: if kind == EventKind::Stop { 40 * HOUR / 60 } else { 0 },
        duration_ms: 0,
        rating: if kind == EventKind::Rate { 4.5 } else { 0.0 },
        context: Context {
            device: [Device::Unknown, Device::Tv, Device::Phone][number % 3],
            company: [Company::Unknown, Company::Alone][number % 2],
            ..Context::default()
        },
        watched: None,
        until_utc_ms: if kind == EventKind::Snooze { NOW + DAY } else { 0 },
        propensity: if kind == EventKind::Impression { 0.5 } else { 0.0 },
    }
}

#[derive(Debug, Clone)]
enum Op {
    Add(Vec<(usize, usize)>),
    Remove(usize),
    Happens(Vec<(EventKind, usize, usize)>, Durability),
    /// Videos are shown to a profile, which picks one of them.
    Chooses(usize, Vec<usize>, EventKind),
    Train,
    /// A training that is given up.
    TrainInVain,
    Forget(usize),
    Retain(u64),
    Create(usize),
    /// One of the packs, in place of the one in use.
    Import(usize),
    Revert,
    Reopen,
}

const PACKS: usize = 4;

/// What another household's engine learned and trained, in packs of one line: two whole ones, the second with a network, a
/// delta to the second and one more.
fn packs() -> &'static [Vec<u8>; PACKS] {
    static MADE: OnceLock<[Vec<u8>; PACKS]> = OnceLock::new();
    MADE.get_or_init(|| {
        let first = pack(1, None);
        let second = with_network(&pack(2, None));
        let (third, fourth) = (pack(3, Some(&second)), pack(4, None));
        [first, second, third, fourth]
    })
}

fn signing_key() -> SigningKey {
    SigningKey::new([1; 32]).unwrap()
}

/// Of videos, some of which the sets do not have, and of people who watch the more of them the lower their numbers.
fn pack(number: u64, base: Option<&[u8]>) -> Vec<u8> {
    let (call, step) = (CallOptions::default(), number as usize);
    let service =
        Engine::new(EngineOptions { feature_weights: Some(every_feature()), ..EngineOptions::default() }).unwrap();
    let videos: Vec<Video> = (0..VIDEOS).map(|of| Video { series_id: String::new(), ..video(of, step) }).collect();
    let mut stranger = Video { id: "stranger".to_owned(), ..video(0, 0) };
    stranger.title = "Nobody's at home".to_owned();
    service.add_videos(&videos, &call).unwrap();
    service.add_videos(&[stranger], &call).unwrap();
    let watch = |profile: usize, at: usize| {
        let video = (profile + at * (at + step)) % (VIDEOS / 2);
        let event = event(EventKind::Complete, 0, video, at as i64);
        let video_id = if video == 3 { "stranger".to_owned() } else { event.video_id.clone() };
        Event { profile: format!("p{profile}"), video_id, ..event }
    };
    let watches: Vec<Event> = (0..30).flat_map(|profile| (0..8).map(move |at| watch(profile, at))).collect();
    service.record(&watches).unwrap();
    service.train(&call).unwrap();
    // What counts differs from pack to pack.
    let weights = FeatureWeights::default().with(Feature::Popularity, 0.2 * number as f32).with(Feature::Context, 0.1);
    let export = PackExport {
        line: "films".to_owned(),
        number,
        created_utc_ms: NOW,
        key: signing_key(),
        learned: PackOptions { least_profiles: 1, weights, ..PackOptions::default() },
        has_vectors: false,
        has_sequence: true,
    };
    service.export_pack(&export, base, &call).unwrap()
}

/// The same with a network, which nothing runs here: videos have their numbers for it all the same.
fn with_network(pack: &[u8]) -> Vec<u8> {
    let (call, key) = (CallOptions::default(), signing_key());
    let file = PackFile::open(pack, &[key.public_key()], &PackLimits::default()).unwrap();
    let mut sections = file.sections(None, &call).unwrap();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/tiny-sequence");
    let bytes = SequenceFiles::read_folder(folder.into()).unwrap().to_bytes();
    sections.push(PackSection { kind: 101, bytes: bytes.into() });
    write_pack(file.info(), &sections, None, &key, &call).unwrap()
}

fn every_feature() -> FeatureWeights {
    Feature::ALL.iter().fold(FeatureWeights::NONE, |weights, feature| weights.with(*feature, 0.2))
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    use EventKind::{
        Complete, Dislike, Hide, HideSeed, Impression, Like, Rate, Search, Select, Snooze, Stop, Unhide, Unwatch,
    };
    let kind = prop_oneof![
        8 => prop_oneof![Just(Complete), Just(Like), Just(Stop)],
        4 => prop_oneof![Just(Impression), Just(Select), Just(Rate), Just(Dislike)],
        1 => prop_oneof![Just(Hide), Just(Unhide), Just(Unwatch), Just(HideSeed), Just(Snooze), Just(Search)],
    ];
    let profile = || prop_oneof![9 => 0..4_usize, 1 => Just(4_usize)];
    let happens = prop::collection::vec((kind, profile(), 0..VIDEOS), 1..12);
    let durability = prop_oneof![Just(Durability::Now), Just(Durability::Relaxed)];
    let chosen = prop_oneof![Just(Select), Just(Complete), Just(Like)];
    let op = prop_oneof![
        5 => prop::collection::vec((0..VIDEOS, 0..3_usize), 1..8).prop_map(Op::Add),
        3 => (0..VIDEOS).prop_map(Op::Remove),
        12 => (happens, durability).prop_map(|(events, durability)| Op::Happens(events, durability)),
        8 => (profile(), prop::collection::vec(0..VIDEOS, 1..9), chosen)
            .prop_map(|(profile, shown, chosen)| Op::Chooses(profile, shown, chosen)),
        2 => Just(Op::Train),
        1 => Just(Op::TrainInVain),
        2 => (0..5_usize).prop_map(Op::Forget),
        1 => (1..30_u64).prop_map(Op::Retain),
        1 => (0..5_usize).prop_map(Op::Create),
        2 => (0..PACKS).prop_map(Op::Import),
        1 => Just(Op::Revert),
        2 => Just(Op::Reopen),
    ];
    prop::collection::vec(op, 1..40)
}

/// All features count or, as by default, some; vectors are centred by the catalogue's mean or taken as they are.
fn options(folder: &Path, all_features: bool, centre_vectors: bool) -> EngineOptions {
    let store = StoreOptions { path: folder.join("store"), device_key: None, open: OpenOptions::default() };
    EngineOptions {
        feature_weights: all_features.then(every_feature),
        centre_vectors,
        store: Some(store),
        ..EngineOptions::default()
    }
}

/// What is refused leaves the engine as it was: whether an operation is does not matter here.
fn carry_out(engine: &Engine, op: &Op, time: i64) {
    let call = CallOptions::default();
    let id = |number: &usize| format!("v{number:02}");
    match op {
        Op::Add(videos) => {
            let mut videos: Vec<Video> = videos.iter().map(|(number, version)| video(*number, *version)).collect();
            videos.sort_by(|one, other| one.title.cmp(&other.title));
            videos.dedup_by(|one, other| one.id == other.id);
            engine.add_videos(&videos, &call).unwrap();
        }
        Op::Remove(number) => drop(engine.remove_videos(&[&id(number)])),
        Op::Happens(events, durability) => {
            let of = |(kind, profile, number): &(EventKind, usize, usize)| {
                let event = event(*kind, *profile, *number, time);
                if *kind == EventKind::Search { Event { video_id: String::new(), ..event } } else { event }
            };
            // One call a profile, so that a video or a profile that is not there refuses few.
            for event in events.iter().map(of) {
                drop(engine.record_durably(std::slice::from_ref(&event), *durability));
            }
            let together: Vec<Event> = events.iter().map(of).collect();
            drop(engine.record_durably(&together, *durability));
        }
        Op::Chooses(profile, shown, kind) => {
            for number in shown {
                drop(engine.record(&[event(EventKind::Impression, *profile, *number, time)]));
            }
            drop(engine.record(&[event(*kind, *profile, shown[shown.len() / 2], time)]));
        }
        // While a pack is in use nothing is trained.
        Op::Train => assert_eq!(engine.train(&call).is_ok(), engine.pack_info().is_err()),
        Op::TrainInVain => {
            let cancel = CancelToken::default();
            cancel.cancel();
            drop(engine.train(&CallOptions { cancel: Some(cancel), ..CallOptions::default() }));
        }
        Op::Forget(profile) => drop(engine.forget_profile(PROFILES[*profile])),
        Op::Retain(most) => {
            engine.retain(&Retention { max_age_ms: None, max_events: Some(*most) }, NOW).unwrap();
        }
        Op::Create(profile) => {
            let id = PROFILES[*profile].to_owned();
            let kind = if id == GUEST { ProfileKind::Guest } else { ProfileKind::Adult };
            let profile = HouseholdProfile { name: id.clone(), id, kind, age_limit: AgeLimit::OfKind };
            drop(engine.create_profile(&profile));
        }
        Op::Import(number) => {
            let trusted_keys = vec![signing_key().public_key()];
            let import = PackImport { trusted_keys, ..PackImport::default() };
            drop(engine.import_pack(&packs()[*number], &import, &call));
        }
        Op::Revert => drop(engine.revert_pack(&CallOptions::default())),
        Op::Reopen => {}
    }
}

/// Everything that is said to each profile but a guest, which ends with the engine: as text that tells any two values
/// apart.
fn said(engine: &Engine) -> String {
    let call = CallOptions::default();
    let mut text = format!("pack: {:?}\n", engine.pack_info().ok());
    for profile in PROFILES.into_iter().filter(|profile| *profile != GUEST) {
        let query = Query { now_utc_ms: NOW, limit: 10, ..Query::for_profile(profile) };
        for ranking in Ranking::ALL {
            let query = Query { ranking, ..query.clone() };
            writeln!(text, "{profile} {ranking:?}: {:?}", engine.recommend(&query, &call)).unwrap();
            for number in [3, 11, 30] {
                let explained = engine.explain(&format!("v{number:02}"), &query, &call);
                writeln!(text, "{profile} {ranking:?} v{number:02}: {explained:?}").unwrap();
            }
        }
        let rows = RowKind::ALL.map(RowQuery::of).to_vec();
        let home = HomeQuery { rows, query: query.clone(), ..HomeQuery::for_profile(profile, NOW) };
        writeln!(text, "{profile} home: {:?}", engine.home(&home, &call)).unwrap();
        writeln!(text, "{profile} cards: {:?}", engine.watch_next(&query, &call)).unwrap();
    }
    text
}

fn compare(before: &str, after: &str, when: &str) -> Result<(), TestCaseError> {
    for (before, after) in before.lines().zip(after.lines()) {
        let Some(place) = before.bytes().zip(after.bytes()).position(|(one, other)| one != other) else { continue };
        let around = |text: &str| {
            String::from_utf8_lossy(&text.as_bytes()[place.saturating_sub(90)..text.len().min(place + 90)]).into_owned()
        };
        let what = before.split(':').next().unwrap_or_default();
        return Err(TestCaseError::fail(format!("{when}, {what}:\n …{}…\n …{}…", around(before), around(after))));
    }
    prop_assert_eq!(before.len(), after.len(), "{}", when);
    Ok(())
}

/// A folder of this test, emptied.
fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("vrec restart {name} {}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir(&folder).unwrap();
    folder
}

fn check(ops: &[Op], all_features: bool, centre_vectors: bool) -> Result<(), TestCaseError> {
    let folder = folder(if centre_vectors { "centred" } else { "plain" });
    let open = || Engine::new(options(&folder, all_features, centre_vectors)).unwrap();
    let mut engine = open();
    for (index, op) in ops.iter().enumerate() {
        carry_out(&engine, op, index as i64);
        if let Op::Reopen = op {
            let before = said(&engine);
            drop(engine);
            engine = open();
            compare(&before, &said(&engine), &format!("after operation {index}"))?;
        }
    }
    let before = said(&engine);
    drop(engine);
    compare(&before, &said(&open()), "at the end")?;
    let _ = std::fs::remove_dir_all(&folder);
    Ok(())
}

/// So many streams as `VREC_RESTART_CASES` says, 24 where it says nothing.
fn check_streams(all_features: bool, centre_vectors: bool) {
    let cases = std::env::var("VREC_RESTART_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(24);
    let mut runner = TestRunner::new(ProptestConfig {
        cases,
        failure_persistence: None,
        max_shrink_iters: 400,
        ..ProptestConfig::default()
    });
    runner.run(&ops(), |ops| check(&ops, all_features, centre_vectors)).unwrap();
}

#[test]
fn a_restart_changes_nothing_whatever_came_before() {
    check_streams(true, false);
    check_streams(false, false);
}

#[test]
fn nor_where_vectors_are_centred() {
    check_streams(true, true);
}
