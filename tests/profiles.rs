//! The profiles of a household through the engine's Rust face: who there is, what each may see, that nobody's history
//! reaches another, and that a guest leaves no trace.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use vrec::domain::{
    AgeLimit, CallOptions, Event, EventKind, Feature, FeatureWeights, Filter, HomeQuery, HouseholdProfile, Kind,
    ListedProfile, ProfileKind, Query, Ranking, Recommendation, RowKind, RowQuery, SearchWays, Status, Video, Watched,
};
use vrec::engine::{Anonymisation, Engine, EngineOptions, StoreOptions};
use vrec::store::{Durability, OpenOptions, Retention};

use EventKind::{Complete, Impression, Like, Search, Select, Stop};
use ProfileKind::{Adult, Child, Everyone, Guest, Teen};

const HOUR: i64 = 3_600_000;
const NOW: i64 = 1_700_000_000_000;

/// A directory that is removed with it.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("vrec-profiles-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        Folder(std::env::temp_dir().join(name))
    }

    fn open_with(&self, open: OpenOptions) -> Engine {
        let store = StoreOptions { path: self.0.clone(), device_key: None, open };
        Engine::new(EngineOptions {
            store: Some(store),
            feature_weights: Some(all_features()),
            ..EngineOptions::default()
        })
        .unwrap()
    }

    fn open(&self) -> Engine {
        self.open_with(OpenOptions::default())
    }

    fn bytes(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let files = fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().path());
        files.map(|path| (path.file_name().unwrap().into(), fs::read(&path).unwrap())).collect()
    }

    fn copy(&self) -> Folder {
        let copy = Folder::new();
        fs::create_dir(&copy.0).unwrap();
        self.bytes().into_iter().for_each(|(name, bytes)| fs::write(copy.0.join(name), bytes).unwrap());
        copy
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Every recommender has something to learn.
fn all_features() -> FeatureWeights {
    Feature::ALL.into_iter().fold(FeatureWeights::NONE, |weights, feature| weights.with(feature, 0.5))
}

fn engine() -> Engine {
    Engine::new(EngineOptions { feature_weights: Some(all_features()), ..EngineOptions::default() }).unwrap()
}

fn video(id: &str, min_age: Option<u8>) -> Video {
    let spread = id.bytes().map(f32::from).sum::<f32>() % 17.0;
    Video {
        id: id.to_owned(),
        title: format!("Story {id}"),
        kind: Some(Kind::Movie),
        vector: Some(vec![1.0, spread / 8.0, 0.3 * spread % 2.0]),
        duration_ms: 2 * HOUR,
        min_age,
        ..Video::default()
    }
}

/// Videos for every age, and one that says nothing of it.
fn add_ages(engine: &Engine) {
    let ages =
        [("a0", Some(0)), ("a8", Some(8)), ("a9", Some(9)), ("a12", Some(12)), ("a16", Some(16)), ("a18", Some(18))];
    let mut videos: Vec<Video> = ages.into_iter().map(|(id, age)| video(id, age)).collect();
    videos.push(video("unknown", None));
    engine.add_videos(&videos, &CallOptions::default()).unwrap();
}

/// Forty videos for everyone.
fn add_many(engine: &Engine) {
    let videos: Vec<Video> = (0..40).map(|number| video(&format!("v{number}"), Some(0))).collect();
    engine.add_videos(&videos, &CallOptions::default()).unwrap();
}

fn profile(id: &str, kind: ProfileKind) -> HouseholdProfile {
    HouseholdProfile { id: id.to_owned(), name: format!("name of {id}"), kind, age_limit: AgeLimit::OfKind }
}

fn create(engine: &Engine, id: &str, kind: ProfileKind) {
    engine.create_profile(&profile(id, kind)).unwrap();
}

fn event(profile: &str, kind: EventKind, video_id: &str) -> Event {
    Event { profile: profile.to_owned(), video_id: video_id.to_owned(), time_utc_ms: NOW, ..Event::of(kind) }
}

fn record(engine: &Engine, profile: &str, kind: EventKind, video_id: &str) {
    engine.record(&[event(profile, kind, video_id)]).unwrap();
}

fn ask(profile: &str) -> Query {
    Query { limit: 100, now_utc_ms: NOW, watched: Watched::Include, ..Query::for_profile(profile) }
}

fn ids(mut list: Vec<String>) -> Vec<String> {
    list.sort();
    list
}

fn ids_of(list: &[Recommendation]) -> Vec<String> {
    ids(list.iter().map(|item| item.id.clone()).collect())
}

/// A list of every kind; each as sorted ids.
fn lists(engine: &Engine, query: &Query) -> Vec<(&'static str, Vec<String>)> {
    let call = CallOptions::default();
    let blend = Query { ranking: Ranking::Blend, ..query.clone() };
    let titles = Query { search_ways: Some(SearchWays::TITLES), ..query.clone() };
    let cards = engine.watch_next(query, &call).unwrap();
    vec![
        ("recommend", ids_of(&engine.recommend(query, &call).unwrap())),
        ("blend", ids_of(&engine.recommend(&blend, &call).unwrap())),
        ("similar", ids_of(&engine.similar("seed", query, &call).unwrap())),
        ("search", ids_of(&engine.search("story", &titles, &call).unwrap())),
        ("watch_next", ids(cards.into_iter().map(|card| card.id).collect())),
    ]
}

fn status<T>(outcome: vrec::domain::Result<T>) -> Status {
    outcome.map_or_else(|error| error.status, |_| Status::Ok)
}

/// Id, kind, years and whether it is current, of each.
fn listed(engine: &Engine) -> Vec<(String, ProfileKind, Option<u8>, bool)> {
    let row = |listed: ListedProfile| (listed.profile.id, listed.profile.kind, listed.years, listed.is_current);
    engine.profiles().into_iter().map(row).collect()
}

fn rows<const N: usize>(
    rows: [(&str, ProfileKind, Option<u8>, bool); N],
) -> Vec<(String, ProfileKind, Option<u8>, bool)> {
    rows.into_iter().map(|(id, kind, years, is_current)| (id.to_owned(), kind, years, is_current)).collect()
}

#[test]
fn every_kind_is_listed_with_its_age_limit_and_comes_back_with_the_store() {
    let folder = Folder::new();
    let engine = folder.open();
    assert_eq!((listed(&engine), engine.current_profile().as_deref()), (vec![], Some("default")));
    create(&engine, "zoe", Adult);
    create(&engine, "all", Everyone);
    assert_eq!(listed(&engine)[1].2, None, "nobody has an age limit yet");
    create(&engine, "mia", Teen);
    create(&engine, "小雨", Child);
    let tom =
        HouseholdProfile { age_limit: AgeLimit::Years(5), name: "Tömchen 🐻".to_owned(), ..profile("tom", Child) };
    engine.create_profile(&tom).unwrap();
    let free = HouseholdProfile { age_limit: AgeLimit::None, ..profile("kim", Teen) };
    engine.create_profile(&free).unwrap();
    let expected = rows([
        ("zoe", Adult, None, false),
        ("all", Everyone, Some(5), false),
        ("mia", Teen, Some(16), false),
        ("小雨", Child, Some(8), false),
        ("tom", Child, Some(5), false),
        ("kim", Teen, None, false),
    ]);
    assert_eq!(listed(&engine), expected);
    assert_eq!(engine.profiles()[4].profile, tom);
    assert_eq!(engine.current_profile(), None, "nobody was switched to");
    let before = engine.statistics().memory_bytes;
    drop(engine);
    let engine = folder.open();
    assert_eq!((listed(&engine), &engine.profiles()[4].profile), (expected, &tom));
    assert_eq!(engine.statistics().memory_bytes, before);
    assert!(engine.verify().unwrap().is_sound());
    // The limit of everyone follows its youngest member, unless it has one of its own.
    engine.forget_profile("tom").unwrap();
    assert_eq!(listed(&engine)[1].2, Some(8));
    engine.set_profile_kind("all", Everyone, AgeLimit::Years(12)).unwrap();
    assert_eq!(listed(&engine)[1].2, Some(12));
    engine.set_profile_kind("all", Everyone, AgeLimit::None).unwrap();
    assert_eq!(listed(&engine)[1].2, None);
}

#[test]
fn an_age_limit_holds_in_every_list() {
    let engine = engine();
    add_ages(&engine);
    engine.add_videos(&[video("seed", Some(0))], &CallOptions::default()).unwrap();
    for (id, kind) in [("adult", Adult), ("teen", Teen), ("child", Child), ("all", Everyone), ("guest", Guest)] {
        create(&engine, id, kind);
        // Half of every video was watched, also of those that a limit hides afterwards.
        for video in ["seed", "a0", "a8", "a9", "a12", "a16", "a18", "unknown"] {
            engine.record(&[Event { position_ms: HOUR, ..event(id, Stop, video) }, event(id, Like, video)]).unwrap();
        }
    }
    let young = ["a0", "a8"];
    let teens = ["a0", "a12", "a16", "a8", "a9"];
    let everything = ["a0", "a12", "a16", "a18", "a8", "a9", "unknown"];
    let check = |query: &Query, expected: &[&str]| {
        for (kind, found) in lists(&engine, query) {
            let found: Vec<&str> = found.iter().map(String::as_str).filter(|id| *id != "seed").collect();
            assert_eq!(found, expected, "{kind} of {}", query.profile);
        }
    };
    let cases: [(&str, &[&str]); 5] =
        [("adult", &everything), ("teen", &teens), ("child", &young), ("all", &young), ("guest", &young)];
    for (id, expected) in cases {
        check(&ask(id), expected);
        engine.switch_profile(id).unwrap();
        check(&ask(""), expected);
    }
    // Of the query's age and the profile's the lower counts, whatever else the filter asks.
    let aged = |id: &str, age| Query { filter: Some(Filter { viewer_age: Some(age), ..Filter::default() }), ..ask(id) };
    check(&aged("child", 99), &young);
    check(&aged("child", 7), &["a0"]);
    check(&aged("teen", 9), &["a0", "a8", "a9"]);
    check(&aged("adult", 16), &teens);
    let courses = Filter { kinds: vec![Kind::Course], ..Filter::default() };
    check(&Query { filter: Some(courses), ..ask("child") }, &[]);
    // A change counts from the next list on.
    engine.set_profile_kind("child", Teen, AgeLimit::Years(12)).unwrap();
    check(&ask("child"), &["a0", "a12", "a8", "a9"]);
    check(&ask("all"), &["a0", "a12", "a8", "a9"]);
}

#[test]
fn an_engine_in_which_nobody_was_created_has_a_profile_for_every_id() {
    let engine = engine();
    add_ages(&engine);
    record(&engine, "mia", Complete, "a18");
    record(&engine, "", Complete, "a0");
    assert!(engine.recommend(&ask("nobody"), &CallOptions::default()).unwrap().is_empty());
    assert_eq!(listed(&engine), rows([("default", Adult, None, true), ("mia", Adult, None, false)]));
    engine.switch_profile("mia").unwrap();
    assert_eq!(engine.current_profile().as_deref(), Some("mia"));
    assert_eq!(status(engine.switch_profile("nobody")), Status::NotFound);
    engine.forget_profile("mia").unwrap();
    assert_eq!(engine.current_profile().as_deref(), Some("default"));
    record(&engine, "mia", Complete, "a18");
}

#[test]
fn profiles_that_events_made_stay_and_may_be_created_with_their_history() {
    let folder = Folder::new();
    let engine = folder.open();
    add_ages(&engine);
    for id in ["tom", "default", "anna"] {
        record(&engine, id, Complete, "a18");
    }
    create(&engine, "mia", Child);
    // Who named nobody meant this one until now.
    let expected = rows([
        ("mia", Child, Some(8), false),
        ("anna", Adult, None, false),
        ("default", Adult, None, true),
        ("tom", Adult, None, false),
    ]);
    assert_eq!(listed(&engine), expected);
    assert_eq!(engine.profiles()[1].profile.name, "anna");
    drop(engine);
    let engine = folder.open();
    assert_eq!(listed(&engine), expected);
    let refused = engine.create_profile(&profile("tom", Guest)).unwrap_err();
    assert!(refused.status == Status::InvalidArgument && refused.message.contains("history"), "{refused}");
    create(&engine, "tom", Teen);
    engine.rename_profile("anna", "安娜").unwrap();
    drop(engine);
    let engine = folder.open();
    let expected = rows([
        ("mia", Child, Some(8), false),
        ("tom", Teen, Some(16), false),
        ("anna", Adult, None, false),
        ("default", Adult, None, true),
    ]);
    assert_eq!(listed(&engine), expected);
    assert_eq!(engine.profiles()[2].profile.name, "安娜");
    let seen = |id: &str| String::from_utf8(engine.export_profile(id, None).unwrap()).unwrap().contains("a18");
    assert!(["tom", "default", "anna"].into_iter().all(seen) && !seen("mia"));
}

#[test]
fn in_a_household_an_unknown_profile_is_told_by_its_id() {
    let folder = Folder::new();
    for engine in [engine(), folder.open()] {
        add_ages(&engine);
        engine.add_videos(&[video("seed", Some(0))], &CallOptions::default()).unwrap();
        create(&engine, "mia", Adult);
        let told = |outcome: vrec::domain::Result<()>, words: &str| {
            let error = outcome.unwrap_err();
            assert!(error.status == Status::NotFound && error.message.contains(words), "{error}");
        };
        let call = CallOptions::default();
        let events = [event("mia", Complete, "a0"), event("小红", Complete, "a0")];
        told(engine.record(&events), "events[1]: \"小红\" is no profile");
        told(engine.record(&[event("", Complete, "a0")]), "no profile is current");
        told(engine.record(&[event("default", Search, "")]), "default");
        assert_eq!(engine.statistics().events, 0, "none of a batch");
        for (named, words) in [("小红", "小红"), ("", "no profile is current")] {
            told(engine.recommend(&ask(named), &call).map(drop), words);
            told(engine.recommend(&Query { ranking: Ranking::Blend, ..ask(named) }, &call).map(drop), words);
            told(engine.similar("seed", &ask(named), &call).map(drop), words);
            told(engine.search("story", &ask(named), &call).map(drop), words);
            told(engine.watch_next(&ask(named), &call).map(drop), words);
        }
        told(engine.switch_profile("小红"), "小红");
        told(engine.rename_profile("小红", "n"), "小红");
        told(engine.set_profile_kind("小红", Adult, AgeLimit::OfKind), "小红");
        told(engine.forget_profile("小红"), "小红");
        told(engine.export_profile("小红", None).map(drop), "小红");
        assert_eq!(listed(&engine), rows([("mia", Adult, None, false)]));
    }
}

#[test]
fn a_late_event_cannot_bring_back_who_was_forgotten() {
    let folder = Folder::new();
    let engine = folder.open();
    add_ages(&engine);
    create(&engine, "mia", Adult);
    record(&engine, "mia", Complete, "a0");
    engine.record_durably(&[event("mia", Complete, "a8")], Durability::Relaxed).unwrap();
    engine.forget_profile("mia").unwrap();
    assert_eq!(status(engine.record(&[event("mia", Complete, "a9")])), Status::NotFound);
    drop(engine);
    let engine = folder.open();
    assert!(listed(&engine).is_empty(), "nobody is left, and still it is a household's");
    assert_eq!(status(engine.record(&[event("mia", Complete, "a9")])), Status::NotFound);
    assert_eq!(status(engine.recommend(&Query::for_profile("default"), &CallOptions::default())), Status::NotFound);
    create(&engine, "mia", Teen);
    drop(engine);
    let engine = folder.open();
    assert_eq!(listed(&engine), rows([("mia", Teen, Some(16), false)]));
    let lines = String::from_utf8(engine.export_profile("mia", None).unwrap()).unwrap();
    assert_eq!(
        lines,
        "{\"record\":\"profile\",\"format\":1,\"id\":\"mia\",\"name\":\"name of mia\",\"kind\":\"teen\",\"age_limit\":16}\n"
    );
    assert!(engine.verify().unwrap().is_sound());
    // In memory as well.
    let engine = self::engine();
    create(&engine, "mia", Adult);
    engine.forget_profile("mia").unwrap();
    assert_eq!(status(engine.record(&[event("mia", Search, "")])), Status::NotFound);
}

#[test]
fn the_current_profile_comes_back_unless_it_is_a_guest_or_forgotten() {
    let folder = Folder::new();
    let current = |engine: &Engine| engine.current_profile();
    let engine = folder.open();
    add_ages(&engine);
    [("mia", Adult), ("tom", Teen)].into_iter().for_each(|(id, kind)| create(&engine, id, kind));
    engine.switch_profile("mia").unwrap();
    engine.switch_profile("tom").unwrap();
    record(&engine, "", Complete, "a0");
    drop(engine);
    let engine = folder.open();
    assert_eq!(current(&engine).as_deref(), Some("tom"));
    assert!(String::from_utf8(engine.export_profile("tom", None).unwrap()).unwrap().contains("a0"));
    create(&engine, "visitor", Guest);
    engine.switch_profile("visitor").unwrap();
    assert_eq!(current(&engine).as_deref(), Some("visitor"));
    drop(engine);
    let engine = folder.open();
    assert_eq!(current(&engine).as_deref(), Some("tom"), "the one before the guest");
    // The end of a guest is no other than that of the engine.
    create(&engine, "visitor", Guest);
    engine.switch_profile("visitor").unwrap();
    engine.forget_profile("visitor").unwrap();
    assert_eq!(current(&engine).as_deref(), Some("tom"));
    engine.switch_profile("mia").unwrap();
    engine.switch_profile("tom").unwrap();
    engine.forget_profile("tom").unwrap();
    assert_eq!(current(&engine), None, "nobody else sees what was meant for the one who is gone");
    drop(engine);
    let engine = folder.open();
    assert_eq!(current(&engine), None);
    engine.switch_profile("mia").unwrap();
    drop(engine);
    assert_eq!(current(&folder.open()).as_deref(), Some("mia"));
}

#[test]
fn a_name_changes_and_an_id_does_not() {
    let folder = Folder::new();
    let engine = folder.open();
    add_ages(&engine);
    create(&engine, "mia", Child);
    record(&engine, "mia", Complete, "a0");
    engine.switch_profile("mia").unwrap();
    engine.rename_profile("mia", "米娅").unwrap();
    engine.set_profile_kind("mia", Teen, AgeLimit::OfKind).unwrap();
    drop(engine);
    let engine = folder.open();
    let expected = HouseholdProfile { name: "米娅".to_owned(), ..profile("mia", Teen) };
    assert_eq!(engine.profiles(), [ListedProfile { profile: expected, years: Some(16), is_current: true }]);
    assert!(String::from_utf8(engine.export_profile("mia", None).unwrap()).unwrap().contains("\"name\":\"米娅\""));
    for wrong in ["", "  ", "a\u{7}b", &"x".repeat(256)] {
        let error = engine.rename_profile("mia", wrong).unwrap_err();
        assert!(error.message.contains("name"), "{error}");
    }
    assert_eq!(engine.profiles()[0].profile.name, "米娅");
}

#[test]
fn what_no_household_has_is_refused_and_changes_nothing() {
    let engine = engine();
    create(&engine, "all", Everyone);
    create(&engine, "mia", Child);
    create(&engine, "visitor", Guest);
    let before = (engine.profiles(), engine.statistics().memory_bytes);
    let refused = |outcome: vrec::domain::Result<()>, words: &str| {
        let error = outcome.unwrap_err();
        assert!(error.status == Status::InvalidArgument && error.message.contains(words), "{error}");
    };
    refused(engine.create_profile(&profile("mia", Adult)), "created already");
    refused(engine.create_profile(&profile("others", Everyone)), "\"all\"");
    refused(engine.create_profile(&profile("", Adult)), "id is empty");
    refused(engine.create_profile(&profile("a\0b", Adult)), "NUL");
    refused(engine.create_profile(&HouseholdProfile { age_limit: AgeLimit::None, ..profile("tom", Child) }), "a child");
    refused(engine.set_profile_kind("mia", Child, AgeLimit::None), "a child");
    refused(engine.set_profile_kind("mia", Everyone, AgeLimit::OfKind), "cannot become");
    refused(engine.set_profile_kind("mia", Guest, AgeLimit::OfKind), "cannot become");
    refused(engine.set_profile_kind("visitor", Adult, AgeLimit::OfKind), "cannot become");
    refused(engine.set_profile_kind("all", Adult, AgeLimit::OfKind), "cannot become");
    refused(engine.export_profile("visitor", None).map(drop), "guest");
    let how = Anonymisation { salt: [7; 32], profile_salt: None, time_step_ms: HOUR };
    refused(engine.export_profile("visitor", Some(&how)).map(drop), "guest");
    let long = HouseholdProfile { id: "x".repeat(256), ..profile("x", Adult) };
    assert_eq!(status(engine.create_profile(&long)), Status::Limit);
    assert_eq!((engine.profiles(), engine.statistics().memory_bytes), before);
    // What was counted is given back.
    create(&engine, "tom", Adult);
    engine.rename_profile("tom", "a longer name than before").unwrap();
    engine.forget_profile("tom").unwrap();
    assert_eq!((engine.profiles(), engine.statistics().memory_bytes), before);
}

#[test]
fn a_store_for_reading_has_the_household_and_changes_nothing_of_it() {
    let folder = Folder::new();
    let engine = folder.open();
    add_ages(&engine);
    create(&engine, "mia", Child);
    engine.switch_profile("mia").unwrap();
    record(&engine, "mia", Complete, "a0");
    drop(engine);
    let engine = folder.open_with(OpenOptions { read_only: true, ..OpenOptions::default() });
    assert_eq!(listed(&engine), rows([("mia", Child, Some(8), true)]));
    assert_eq!(status(engine.create_profile(&profile("tom", Adult))), Status::ReadOnly);
    assert_eq!(status(engine.create_profile(&profile("visitor", Guest))), Status::ReadOnly);
    assert_eq!(status(engine.switch_profile("mia")), Status::ReadOnly);
    assert_eq!(status(engine.rename_profile("mia", "n")), Status::ReadOnly);
    assert_eq!(status(engine.set_profile_kind("mia", Teen, AgeLimit::OfKind)), Status::ReadOnly);
    let list = engine.recommend(&ask(""), &CallOptions::default()).unwrap();
    assert_eq!(ids_of(&list), ["a0", "a8"]);
}

#[test]
fn profiles_do_not_leak_into_each_other() {
    let engine = engine();
    add_ages(&engine);
    engine.add_videos(&[video("seed", Some(0))], &CallOptions::default()).unwrap();
    [("mia", Adult), ("tom", Adult), ("all", Everyone)].into_iter().for_each(|(id, kind)| create(&engine, id, kind));
    engine.record(&[Event { position_ms: HOUR, ..event("all", Stop, "a9") }, event("all", Like, "a9")]).unwrap();
    let call = CallOptions::default();
    for id in ["mia", "tom"] {
        assert!(engine.recommend(&ask(id), &call).unwrap().is_empty(), "{id} liked nothing");
        assert!(engine.watch_next(&ask(id), &call).unwrap().is_empty());
        assert!(!String::from_utf8(engine.export_profile(id, None).unwrap()).unwrap().contains("a9"));
    }
    assert!(!engine.recommend(&ask("all"), &call).unwrap().is_empty());
    record(&engine, "mia", EventKind::Hide, "a0");
    let found = |id: &str| ids_of(&engine.similar("seed", &ask(id), &call).unwrap()).contains(&"a0".to_owned());
    assert_eq!(["mia", "tom", "all"].map(found), [false, true, true]);
    // Forgetting the one everyone shares takes nothing from anybody else.
    engine.forget_profile("all").unwrap();
    assert_eq!(["mia", "tom"].map(found), [false, true]);
}

/// What a viewer does in an evening: shown, chosen, watched, liked and searched for.
fn evening(profile: &str, from: usize) -> Vec<Event> {
    let mut events = vec![event(profile, Search, "")];
    for number in (from..from + 12).map(|number| format!("v{}", number % 40)) {
        events.push(event(profile, Impression, &number));
        events.push(event(profile, Select, &number));
        events.push(event(profile, Complete, &number));
    }
    events
}

/// Everything that others' lists are made from, as their lists tell it.
fn others_lists(engine: &Engine) -> Vec<Recommendation> {
    let blend = |profile: &str| Query { ranking: Ranking::Blend, watched: Watched::Default, ..ask(profile) };
    let queries = [blend("mia"), blend("tom"), ask("mia"), ask("tom")];
    queries.iter().flat_map(|query| engine.recommend(query, &CallOptions::default()).unwrap()).collect()
}

/// A household on which a guest may call.
fn home(engine: &Engine) {
    add_many(engine);
    [("mia", Adult), ("tom", Adult)].into_iter().for_each(|(id, kind)| create(engine, id, kind));
    engine.record(&evening("mia", 0)).unwrap();
    engine.record(&evening("tom", 6)).unwrap();
    engine.switch_profile("mia").unwrap();
}

fn guest_session(engine: &Engine) {
    create(engine, "visitor", Guest);
    engine.switch_profile("visitor").unwrap();
    engine.record(&evening("visitor", 20)).unwrap();
    engine.record_durably(&evening("", 3), Durability::Relaxed).unwrap();
    engine.rename_profile("visitor", "Aunt May").unwrap();
    engine.set_profile_kind("visitor", Guest, AgeLimit::Years(18)).unwrap();
    let own = Query { ranking: Ranking::Blend, ..ask("visitor") };
    assert!(!engine.recommend(&own, &CallOptions::default()).unwrap().is_empty());
}

#[test]
fn a_guest_leaves_no_byte_in_the_store() {
    let folder = Folder::new();
    let engine = folder.open();
    home(&engine);
    drop(engine);
    let (with, without, ended) = (folder.copy(), folder.copy(), folder.copy());
    // The files as they are while the guest is there, the log of writes included, and after closing.
    let engine = with.open();
    let other = without.open();
    guest_session(&engine);
    assert!(with.bytes().contains_key(&PathBuf::from("store.sqlite-wal")), "the log of writes is looked at, too");
    assert_eq!(with.bytes(), without.bytes());
    engine.flush().unwrap();
    assert_eq!(with.bytes(), without.bytes());
    drop(engine);
    drop(other);
    assert_eq!(with.bytes(), without.bytes());
    // So it is when the guest is seen off, and when the others go on meanwhile.
    let engine = ended.open();
    guest_session(&engine);
    engine.forget_profile("visitor").unwrap();
    drop(engine);
    assert_eq!(ended.bytes(), without.bytes());
    let engine = with.open();
    guest_session(&engine);
    create(&engine, "a guest", Guest);
    let order: Vec<String> = engine.profiles().into_iter().map(|listed| listed.profile.id).collect();
    assert_eq!(order, ["mia", "tom", "a guest", "visitor"]);
    let mixed = [event("visitor", Like, "v30"), event("mia", Like, "v31")];
    engine.record(&mixed).unwrap();
    assert_eq!(engine.store_statistics().unwrap().unwrap().events, 1);
    drop(engine);
    let engine = with.open();
    assert_eq!(listed(&engine), rows([("mia", Adult, None, true), ("tom", Adult, None, false)]));
    assert_eq!(engine.statistics().events, 2 * 37 + 1);
    let all = with.bytes().into_values().flatten().collect::<Vec<u8>>();
    for text in ["visitor", "Aunt May"] {
        assert!(!all.windows(text.len()).any(|window| window == text.as_bytes()), "{text}");
    }
    assert_eq!(status(engine.record(&[event("visitor", Like, "v1")])), Status::NotFound);
}

/// Equal with every score; tells the first difference only.
fn same(found: &[Recommendation], expected: &[Recommendation], when: &str) {
    let differs = |(one, other): &(&Recommendation, &Recommendation)| one != other;
    assert_eq!(found.iter().zip(expected).find(differs), None, "{when}");
    assert_eq!(found.len(), expected.len(), "{when}");
}

#[test]
fn a_guest_teaches_nothing_to_others() {
    let (with, without) = (engine(), engine());
    [&with, &without].into_iter().for_each(home);
    let check = |when: &str| same(&others_lists(&with), &others_lists(&without), when);
    guest_session(&with);
    check("while the guest is there");
    // Nor does it change what is learned afterwards, or trained.
    for engine in [&with, &without] {
        engine.record(&evening("tom", 25)).unwrap();
    }
    check("after more events");
    [&with, &without].into_iter().for_each(|engine| engine.train(&CallOptions::default()).unwrap());
    check("after training");
    with.forget_profile("visitor").unwrap();
    check("after the guest");
    assert_eq!(with.statistics().memory_bytes, without.statistics().memory_bytes);
}

#[test]
fn a_guest_has_lists_of_its_own_until_its_end() {
    let folder = Folder::new();
    let engine = folder.open();
    home(&engine);
    create(&engine, "visitor", Guest);
    let list = || engine.recommend(&ask("visitor"), &CallOptions::default()).unwrap();
    assert!(list().is_empty());
    record(&engine, "visitor", Complete, "v20");
    assert_eq!(list()[0].because_id, "v20");
    let unwatched = Query { watched: Watched::Exclude, ..ask("visitor") };
    let left = ids_of(&engine.recommend(&unwatched, &CallOptions::default()).unwrap());
    assert_eq!((left.len(), left.contains(&"v20".to_owned())), (39, false));
    // Others' old events go, the guest's are no others'.
    let before = list();
    let limits = Retention { max_events: Some(1), ..Retention::default() };
    engine.record(&evening("mia", 3)).unwrap();
    assert!(engine.retain(&limits, NOW).unwrap() > 0);
    assert_eq!(list(), before);
    assert_eq!(engine.profiles().len(), 3, "descriptions are no events");
    engine.forget_profile("visitor").unwrap();
    assert_eq!(status(engine.forget_profile("visitor")), Status::NotFound);
    // The next guest of that name is another one.
    create(&engine, "visitor", Guest);
    assert!(list().is_empty());
    drop(engine);
    assert_eq!(folder.open().profiles().len(), 2);
}

#[test]
fn a_guest_makes_a_household_too() {
    let folder = Folder::new();
    let engine = folder.open();
    add_ages(&engine);
    record(&engine, "", Complete, "a0");
    create(&engine, "visitor", Guest);
    assert_eq!(listed(&engine), rows([("visitor", Guest, None, false), ("default", Adult, None, true)]));
    drop(engine);
    let engine = folder.open();
    assert_eq!(listed(&engine), rows([("default", Adult, None, true)]));
    assert_eq!(status(engine.record(&[event("visitor", Like, "a0")])), Status::NotFound);
}

/// A child whose description is damaged is lost; it does not become a profile that may see everything.
#[test]
fn damage_takes_no_age_limit_away() {
    let folder = Folder::new();
    let engine = folder.open();
    add_ages(&engine);
    create(&engine, "mia", Child);
    create(&engine, "tom", Adult);
    record(&engine, "mia", Complete, "a0");
    engine.switch_profile("mia").unwrap();
    drop(engine);
    let database = rusqlite::Connection::open(folder.0.join("store.sqlite")).unwrap();
    let flip = "UPDATE profiles SET sealed = zeroblob(length(sealed)) WHERE id = (SELECT min(id) FROM profiles)";
    assert_eq!(database.execute(flip, []).unwrap(), 1);
    drop(database);
    let store = |open| StoreOptions { path: folder.0.clone(), device_key: None, open };
    let closed = EngineOptions { store: Some(store(OpenOptions::default())), ..EngineOptions::default() };
    assert_eq!(Engine::new(closed).map(drop).unwrap_err().status, Status::Corrupt);
    let engine = folder.open_with(OpenOptions { quarantine: true, ..OpenOptions::default() });
    assert_eq!(listed(&engine), rows([("tom", Adult, None, false)]));
    assert_eq!(engine.current_profile(), None);
    assert_eq!(status(engine.recommend(&ask("mia"), &CallOptions::default())), Status::NotFound);
}

/// The order of recording counts, not what a clock said that was set wrong.
#[test]
fn a_clock_that_jumps_is_survived() {
    let folder = Folder::new();
    let engine = folder.open();
    add_many(&engine);
    create(&engine, "mia", Adult);

    let times = [NOW, NOW - 50 * 365 * 24 * HOUR, i64::MAX, 0, i64::MIN, NOW + 1_000 * 365 * 24 * HOUR, -1, NOW + 1];
    for (number, time_utc_ms) in times.into_iter().enumerate() {
        let video = format!("v{number}");
        let watched = |kind, position_ms| Event { time_utc_ms, position_ms, ..event("mia", kind, &video) };
        engine.record(&[watched(Impression, 0), watched(Stop, HOUR), watched(Like, 0)]).unwrap();
    }
    let cards = |engine: &Engine, now_utc_ms| -> Vec<String> {
        let query = Query { now_utc_ms, ..ask("mia") };
        engine.watch_next(&query, &CallOptions::default()).unwrap().into_iter().map(|card| card.id).collect()
    };
    let newest_first = ["v7", "v6", "v5", "v4", "v3", "v2", "v1", "v0"];
    let blended = |engine: &Engine| {
        let lists = [0, 1, NOW, i64::MIN, i64::MAX].map(|now_utc_ms| {
            let query = Query { ranking: Ranking::Blend, now_utc_ms, ..ask("mia") };
            engine.recommend(&query, &CallOptions::default()).unwrap()
        });
        assert!(lists.iter().all(|list| !list.is_empty() && list.iter().all(|item| item.score.is_finite())));
        lists.concat()
    };
    let before = blended(&engine);
    for now_utc_ms in [1, NOW, i64::MIN, i64::MAX] {
        assert_eq!(cards(&engine, now_utc_ms), newest_first, "at {now_utc_ms}");
    }
    drop(engine);
    let engine = folder.open();
    assert_eq!(cards(&engine, NOW), newest_first);
    same(&blended(&engine), &before, "after opening");
    let exported = String::from_utf8(engine.export_profile("mia", None).unwrap()).unwrap();
    assert!(times.iter().all(|time| exported.contains(&format!("\"time_utc_ms\":{time},"))));
}

#[test]
fn a_title_above_the_limit_is_told_in_no_reason_and_no_row() {
    let engine = engine();
    add_ages(&engine);
    create(&engine, "child", ProfileKind::Child);
    create(&engine, "adult", ProfileKind::Adult);
    for profile in ["child", "adult"] {
        record(&engine, profile, EventKind::Complete, "a18");
    }
    let call = CallOptions::default();
    let titles = |profile: &str| {
        let query = Query { watched: Watched::Exclude, ..ask(profile) };
        let mut lists = vec![engine.recommend(&query, &call).unwrap(), engine.similar("a18", &query, &call).unwrap()];
        lists.push(engine.recommend(&Query { ranking: Ranking::Blend, ..query.clone() }, &call).unwrap());
        let rows = vec![RowQuery::of(RowKind::ForYou), RowQuery::of(RowKind::MoreLikeThis).with_seed("a18")];
        let home = HomeQuery { query, rows, ..HomeQuery::for_profile(profile, NOW) };
        let rows = engine.home(&home, &call).unwrap();
        let mut told: Vec<String> = rows.iter().map(|row| row.title_en.clone()).collect();
        lists.extend(rows.into_iter().map(|row| row.items.into_iter().map(|item| item.recommendation).collect()));
        assert!(lists.iter().all(|list| !list.is_empty()));
        told.extend(
            lists.into_iter().flatten().flat_map(|item| item.reasons).map(|reason| reason.evidence.video_title),
        );
        told
    };
    assert!(titles("adult").iter().any(|title| title.contains("Story a18")));
    assert!(!titles("child").iter().any(|title| title.contains("Story a18")));
}
