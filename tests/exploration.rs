//! Places that explore, through the engine's Rust face: what may stand in them, what they may cost, how probable they are,
//! and that what was learned from showings follows from the events alone.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use vrec::domain::{
    BlockKind, CallOptions, DiversityMethod, Event, EventKind, ExplorationMethod, Filter, HomeItem, HomeQuery, HomeRow,
    Kind, Query, Ranking, ReasonKind, Recommendation, RowKind, RowQuery, Rule, RuleAction, RuleTarget, Status, Video,
};
use vrec::engine::{Engine, EngineOptions, StoreOptions};
use vrec::store::OpenOptions;

const NOW: i64 = 1_700_000_000_000;
const VIDEOS: usize = 600;
const METHODS: [ExplorationMethod; 2] = [ExplorationMethod::LinUcb, ExplorationMethod::Thompson];

/// Numbers that look random and are the same each time.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

fn event(kind: EventKind, video_id: &str, propensity: f32) -> Event {
    Event { profile: "p".to_owned(), video_id: video_id.to_owned(), time_utc_ms: NOW, propensity, ..Event::of(kind) }
}

fn videos() -> Vec<Video> {
    let mut random = Random(3);
    let mut video = |number: usize| Video {
        id: format!("v{number:03}"),
        title: format!("Video {number}"),
        vector: Some((0..8).map(|_| random.below(2_001) as f32 / 1_000.0 - 1.0).collect()),
        series_id: if number.is_multiple_of(3) { format!("s{}", number % 20) } else { String::new() },
        min_age: Some((number % 19) as u8),
        ..Video::default()
    };
    (0..VIDEOS).map(&mut video).collect()
}

fn fill(engine: &Engine, videos: &[Video]) {
    engine.add_videos(videos, &CallOptions::default()).unwrap();
    let watched = ["v001", "v010", "v100"].map(|id| event(EventKind::Complete, id, 0.0));
    engine.record(&watched).unwrap();
}

fn house() -> Engine {
    let engine = Engine::new(EngineOptions::default()).unwrap();
    fill(&engine, &videos());
    engine
}

fn query(method: ExplorationMethod, seed: u64) -> Query {
    Query {
        ranking: Ranking::Blend,
        now_utc_ms: NOW,
        exploration_method: method,
        exploration_seed: seed,
        ..Query::for_profile("p")
    }
}

fn ask(engine: &Engine, query: &Query) -> Vec<Recommendation> {
    engine.recommend(query, &CallOptions::default()).unwrap()
}

fn ids(list: &[Recommendation]) -> Vec<&str> {
    list.iter().map(|item| item.id.as_str()).collect()
}

fn explores(item: &Recommendation) -> bool {
    item.reasons.iter().any(|reason| reason.kind == ReasonKind::ExplorePlace)
}

/// Shows a list and chooses every third time one of it.
fn live(engine: &Engine, method: ExplorationMethod, rounds: u64) {
    for round in 0..rounds {
        let list = ask(engine, &query(method, round));
        let shown: Vec<Event> =
            list.iter().map(|item| event(EventKind::Impression, &item.id, item.propensity)).collect();
        engine.record(&shown).unwrap();
        if round % 3 == 0 {
            engine.record(&[event(EventKind::Select, &list[round as usize % list.len()].id, 0.0)]).unwrap();
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_list_whatever_the_order_of_videos() {
    let engine = house();
    let turned = Engine::new(EngineOptions::default()).unwrap();
    fill(&turned, &videos().into_iter().rev().collect::<Vec<_>>());
    for method in METHODS {
        let lists: BTreeSet<String> = (0..6)
            .map(|seed| {
                let list = ask(&engine, &query(method, seed));
                assert_eq!(list, ask(&engine, &query(method, seed)));
                assert_eq!(list, ask(&turned, &query(method, seed)));
                ids(&list).join(" ")
            })
            .collect();
        assert!(lists.len() > 1, "{method:?}: other seeds give other lists");
    }
}

#[test]
fn places_explore_and_the_others_stay() {
    let engine = house();
    let plain = ask(&engine, &query(ExplorationMethod::None, 0));
    assert!(plain.iter().all(|item| item.propensity == 1.0 && !explores(item)));
    for method in METHODS {
        let mut explored = 0;
        for seed in 0..20 {
            let list = ask(&engine, &Query { exploration_slots: 3, ..query(method, seed) });
            let kept: Vec<&str> = ids(&list).into_iter().filter(|id| ids(&plain)[..7].contains(id)).collect();
            assert_eq!(kept, ids(&plain)[..7], "in their order");
            assert_eq!((list.len(), ids(&list).into_iter().collect::<BTreeSet<_>>().len()), (10, 10));
            for (place, item) in list.iter().enumerate() {
                let sum: f32 = item.reasons.iter().map(|reason| reason.weight).sum();
                assert!((sum - item.score).abs() < 1e-5);
                let is_slot = [3, 6, 9].contains(&place);
                assert!(is_slot || (item.propensity == 1.0 && !explores(item)), "{place}: {item:?}");
                assert!(item.propensity > 0.0 && item.propensity <= 1.0);
                explored += usize::from(explores(item));
            }
        }
        assert!(explored > 10, "{method:?}: {explored}");
    }
    let none = ask(&engine, &Query { exploration_slots: 0, ..query(ExplorationMethod::Thompson, 1) });
    assert_eq!(none, plain);
    let all = ask(&engine, &Query { exploration_slots: 16, ..query(ExplorationMethod::Thompson, 1) });
    assert_eq!(all.len(), 10, "every place may explore");
}

#[test]
fn the_budget_bounds_what_is_lost() {
    let engine = house();
    let plain = ask(&engine, &query(ExplorationMethod::None, 0));
    let all = ask(&engine, &Query { limit: VIDEOS, ..query(ExplorationMethod::None, 0) });
    let sum = |list: &[Recommendation]| list.iter().map(|item| item.score).sum::<f32>();
    // The mean is known by a sample of the videos.
    let lead = sum(&plain) - 10.0 * sum(&all) / all.len() as f32;
    for method in METHODS {
        for (budget, seed) in [0.0, 0.05, 0.3].into_iter().flat_map(|budget| (0..4).map(move |seed| (budget, seed))) {
            let asked = Query { exploration_budget: budget, exploration_slots: 4, ..query(method, seed) };
            let lost = sum(&plain) - sum(&ask(&engine, &asked));
            assert!(lost <= budget * lead * 1.15 + 1e-4, "{lost} of {lead} with {budget}");
        }
        let free = Query { exploration_budget: 0.0, ..query(method, 4) };
        assert_eq!(
            ids(&ask(&engine, &free)).into_iter().collect::<BTreeSet<_>>(),
            ids(&plain).into_iter().collect::<BTreeSet<_>>()
        );
    }
}

#[test]
fn what_is_forbidden_pinned_or_of_a_listed_series_stays_so() {
    let engine = house();
    engine.record(&[event(EventKind::Hide, "v200", 0.0), event(EventKind::Hide, "v201", 0.0)]).unwrap();
    let filter = Filter { viewer_age: Some(6), ..Filter::default() };
    let pin = Rule { target: RuleTarget::Video("v003".to_owned()), action: RuleAction::Pin { position: 4 } };
    let pinned = Query { filter: Some(filter), rules: vec![pin], exploration_slots: 4, ..query(METHODS[0], 0) };
    for (method, seed) in METHODS.into_iter().flat_map(|method| (0..6).map(move |seed| (method, seed))) {
        let asked = Query { exploration_method: method, exploration_seed: seed, ..pinned.clone() };
        let list = ask(&engine, &asked);
        assert_eq!(list[3].id, "v003");
        assert_eq!(list[3].propensity, 1.0);
        let series = |item: &Recommendation| {
            let number: usize = item.id[1..].parse().unwrap();
            number.is_multiple_of(3).then_some(number % 20)
        };
        for item in &list {
            let number: usize = item.id[1..].parse().unwrap();
            assert!(number % 19 <= 6 && ![1, 10, 100, 200, 201].contains(&number), "{item:?}");
            let alike = list.iter().filter(|other| series(other).is_some() && series(other) == series(item)).count();
            assert!(!explores(item) || alike <= 1, "one card a series: {list:?}");
            if !explores(item) {
                continue;
            }
            let explained = engine.explain(&item.id, &asked, &CallOptions::default()).unwrap();
            assert!(explained.blocks.iter().all(|block| block.kind == BlockKind::NoTaste));
            assert_eq!(explained.rank, list.iter().position(|other| other.id == item.id).map(|place| place + 1));
            assert_eq!(explained.reasons, item.reasons);
        }
    }
    let varied = Query {
        diversity_method: DiversityMethod::MaximalMarginalRelevance,
        diversity: 0.5,
        ..query(ExplorationMethod::Thompson, 3)
    };
    assert_eq!(ask(&engine, &varied).len(), 10);
}

/// How often each video stands in the first place that explores is what its propensity says.
#[test]
fn propensities_are_how_often_it_happens() {
    for method in METHODS {
        let engine = house();
        live(&engine, method, 12);
        // Drawn candidates differ from seed to seed, so they are left out: one place, and what costs next to nothing.
        let asked = |seed| Query { exploration_slots: 1, exploration_budget: 0.02, limit: 5, ..query(method, seed) };
        let mut counts: BTreeMap<String, (f64, f64)> = BTreeMap::new();
        let rounds = 80;
        for seed in 0..rounds {
            let item = ask(&engine, &asked(seed)).swap_remove(4);
            let (times, propensities) = counts.entry(item.id).or_default();
            *times += 1.0;
            *propensities += f64::from(item.propensity);
        }
        for (id, (times, propensities)) in counts {
            let (share, told) = (times / rounds as f64, propensities / times);
            let error = 4.0 * (told * (1.0 - told) / rounds as f64).sqrt() + 0.05;
            assert!((share - told).abs() < error, "{method:?}: {id} in {share}, told {told}");
        }
    }
}

#[test]
fn values_out_of_range_are_refused() {
    let engine = house();
    let plain = query(ExplorationMethod::LinUcb, 0);
    let refused = [
        (Query { ranking: Ranking::Taste, ..plain.clone() }, Status::InvalidArgument, "exploration_method"),
        (Query { exploration_slots: 17, ..plain.clone() }, Status::Limit, "exploration_slots"),
        (Query { exploration_budget: 1.1, ..plain.clone() }, Status::InvalidArgument, "exploration_budget is 1.1"),
        (Query { exploration_budget: f32::NAN, ..plain.clone() }, Status::InvalidArgument, "exploration_budget"),
    ];
    for (query, status, named) in refused {
        let error = engine.recommend(&query, &CallOptions::default()).unwrap_err();
        assert!(error.status == status && error.message.contains(named), "{error}");
    }
    for wrong in [
        event(EventKind::Impression, "v001", 1.5),
        event(EventKind::Impression, "v001", -0.5),
        event(EventKind::Impression, "v001", f32::NAN),
        event(EventKind::Select, "v001", 0.5),
    ] {
        let error = engine.record(&[wrong]).unwrap_err();
        assert!(error.status == Status::InvalidArgument && error.message.contains("propensity"), "{error}");
    }
    let ended = CallOptions { cancel: Some(Default::default()), ..CallOptions::default() };
    ended.cancel.as_ref().unwrap().cancel();
    assert_eq!(engine.recommend(&plain, &ended).unwrap_err().status, Status::Cancelled);
    let home = HomeQuery { query: Query { exploration_slots: 17, ..plain }, ..HomeQuery::for_profile("p", NOW) };
    assert_eq!(engine.home(&home, &CallOptions::default()).unwrap_err().status, Status::Limit);
}

/// A screen whose rows hold ten items; the ranking of its query does not count.
fn screen(engine: &Engine, query: Query, kinds: &[RowKind]) -> Vec<HomeRow> {
    let rows = kinds.iter().copied().map(RowQuery::of).collect();
    let query = Query { ranking: Ranking::Taste, ..query };
    let home = HomeQuery { query, rows, row_size: 10, ..HomeQuery::for_profile("p", NOW) };
    engine.home(&home, &CallOptions::default()).unwrap()
}

fn items(row: &HomeRow) -> Vec<&Recommendation> {
    row.items.iter().map(|item| &item.recommendation).collect()
}

const ROWS: [RowKind; 4] = [RowKind::BecauseYouWatched, RowKind::ForYou, RowKind::Popular, RowKind::Explore];

#[test]
fn a_home_screen_explores_in_its_row_for_the_viewer_alone() {
    let engine = house();
    let plain = screen(&engine, query(ExplorationMethod::None, 0), &ROWS);
    let kinds: Vec<RowKind> = plain.iter().map(|row| row.kind).collect();
    assert_eq!(kinds, [RowKind::BecauseYouWatched, RowKind::ForYou, RowKind::Explore]);
    assert!(plain.iter().flat_map(items).all(|item| item.propensity == 1.0 && !explores(item)));
    for method in METHODS {
        let (mut explored, mut screens) = (0, BTreeSet::new());
        for seed in 0..7 {
            let asked = Query { exploration_slots: 3, ..query(method, seed) };
            let rows = screen(&engine, asked.clone(), &ROWS);
            assert_eq!(rows, screen(&engine, asked, &ROWS), "the same seed gives the same screen");
            assert_eq!(rows[0], plain[0], "the rows before stay");
            assert!(rows.iter().filter(|row| row.kind != RowKind::ForYou).flat_map(items).all(|item| !explores(item)));
            let (own, before) = (items(&rows[1]), items(&plain[1]));
            let kept: Vec<&str> = own.iter().map(|item| item.id.as_str()).collect();
            let kept: Vec<&str> = kept.into_iter().filter(|id| before[..7].iter().any(|item| item.id == *id)).collect();
            assert_eq!(kept, before[..7].iter().map(|item| item.id.as_str()).collect::<Vec<_>>(), "in their order");
            for (place, item) in own.iter().enumerate() {
                let sum: f32 = item.reasons.iter().map(|reason| reason.weight).sum();
                assert!((sum - item.score).abs() < 1e-5);
                let is_slot = [3, 6, 9].contains(&place);
                assert!(is_slot || (item.propensity == 1.0 && !explores(item)), "{place}: {item:?}");
                assert!(item.propensity > 0.0 && item.propensity <= 1.0);
                explored += usize::from(explores(item));
            }
            // One card a series and a video, on the whole screen.
            let all: Vec<&HomeItem> = rows.iter().flat_map(|row| &row.items).collect();
            let ids: BTreeSet<&str> = all.iter().map(|item| item.recommendation.id.as_str()).collect();
            let series: Vec<&str> =
                all.iter().map(|item| item.series_id.as_str()).filter(|id| !id.is_empty()).collect();
            assert_eq!(ids.len(), all.len());
            assert_eq!(series.iter().collect::<BTreeSet<_>>().len(), series.len());
            screens.insert(own.iter().map(|item| item.id.as_str()).collect::<Vec<_>>().join(" "));
        }
        assert!(explored > 5 && screens.len() > 1, "{method:?}: {explored}");
    }
}

#[test]
fn a_home_row_explores_as_a_list_does() {
    let engine = house();
    live(&engine, METHODS[0], 9);
    for (method, seed) in METHODS.into_iter().flat_map(|method| (0..3).map(move |seed| (method, seed))) {
        let free = Query { exploration_budget: 0.0, ..query(method, seed) };
        let ids = |query: Query| -> BTreeSet<String> {
            let rows = screen(&engine, query, &[RowKind::ForYou]);
            items(&rows[0]).into_iter().map(|item| item.id.clone()).collect()
        };
        assert_eq!(ids(free), ids(query(ExplorationMethod::None, 0)), "what costs nothing stands in the row already");
        let none = Query { exploration_slots: 0, ..query(method, seed) };
        assert_eq!(ids(none), ids(query(ExplorationMethod::None, 0)));
        // Pins, filters and variety are those of a row that does not explore.
        let pin = Rule { target: RuleTarget::Video("v007".to_owned()), action: RuleAction::Pin { position: 4 } };
        let asked = Query {
            filter: Some(Filter { viewer_age: Some(9), ..Filter::default() }),
            rules: vec![pin],
            exploration_slots: 5,
            diversity_method: DiversityMethod::MaximalMarginalRelevance,
            diversity: 0.3,
            ..query(method, seed)
        };
        let rows = screen(&engine, asked, &[RowKind::ForYou]);
        let own = items(&rows[0]);
        assert_eq!((own.len(), own[3].id.as_str(), own[3].propensity), (10, "v007", 1.0));
        assert!(own.iter().all(|item| item.id[1..].parse::<usize>().unwrap() % 19 <= 9), "{own:?}");
    }
}

/// An explored series is shown by its entry or by the episode to watch next, and what is told of the showing is learned.
#[test]
fn what_a_home_screen_explored_is_learned() {
    let engine = house();
    let entries = ["s3", "s6"].map(|id| Video {
        id: id.to_owned(),
        kind: Some(Kind::Series),
        vector: Some(vec![0.5; 8]),
        ..Video::default()
    });
    engine.add_videos(&entries, &CallOptions::default()).unwrap();
    let rows = |seed| screen(&engine, Query { exploration_slots: 4, ..query(METHODS[1], seed) }, &[RowKind::ForYou]);
    let last_of = |rows: &[HomeRow]| items(&rows[0]).into_iter().map(|item| item.id.clone()).collect::<Vec<_>>();
    let before = last_of(&rows(0));
    let memory = engine.statistics().memory_bytes;
    for seed in 1..20 {
        let shown = rows(seed);
        for item in &shown[0].items {
            assert!(!["s3", "s6"].contains(&item.series_id.as_str()) || item.recommendation.id == item.series_id);
        }
        let told: Vec<Event> =
            items(&shown[0]).into_iter().map(|item| event(EventKind::Impression, &item.id, item.propensity)).collect();
        engine.record(&told).unwrap();
        if seed % 4 == 0 {
            let chosen = items(&shown[0]).into_iter().find(|item| explores(item)).map(|item| item.id.clone());
            engine.record(&chosen.iter().map(|id| event(EventKind::Select, id, 0.0)).collect::<Vec<_>>()).unwrap();
        }
    }
    assert!(engine.statistics().memory_bytes > memory + 5_000, "there is a model now");
    let unrepeated = Query { impression_strength: 0.0, exploration_slots: 4, ..query(METHODS[1], 0) };
    assert_ne!(last_of(&screen(&engine, unrepeated, &[RowKind::ForYou])), before);
}

/// A folder of the test's own, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("vrec exploration {} {number}", std::process::id()));
        fs::create_dir(&path).unwrap();
        Folder(path)
    }

    fn open(&self) -> Engine {
        let store = StoreOptions { path: self.0.join("store"), device_key: None, open: OpenOptions::default() };
        Engine::new(EngineOptions { store: Some(store), ..EngineOptions::default() }).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn what_was_learned_follows_from_the_stored_events_and_goes_with_the_profile() {
    let folder = Folder::new();
    let engine = folder.open();
    fill(&engine, &videos());
    let memory = engine.statistics().memory_bytes;
    let unlearned = ask(&engine, &query(ExplorationMethod::LinUcb, 5));
    live(&engine, ExplorationMethod::Thompson, 25);
    let lists =
        |engine: &Engine| METHODS.map(|method| ask(engine, &Query { impression_strength: 0.0, ..query(method, 5) }));
    let before = lists(&engine);
    let learned = engine.statistics().memory_bytes;
    assert!(learned > memory + 5_000, "{memory} to {learned}");
    drop(engine);
    let engine = folder.open();
    for (one, other) in before.iter().zip(lists(&engine)) {
        let exploring = |list: &[Recommendation]| -> Vec<(String, f32)> {
            list.iter().filter(|item| item.propensity < 1.0).map(|item| (item.id.clone(), item.propensity)).collect()
        };
        assert!(!exploring(one).is_empty());
        assert_eq!(exploring(one), exploring(&other), "bit by bit");
    }
    assert_eq!(engine.statistics().memory_bytes, learned);
    let exported = String::from_utf8(engine.export_profile("p", None).unwrap()).unwrap();
    let told = exported.lines().filter(|line| line.contains(r#""kind":"impression""#));
    assert!(told.clone().count() == 250 && told.clone().all(|line| line.contains(r#""propensity":"#)));
    engine.forget_profile("p").unwrap();
    let watched = ["v001", "v010", "v100"].map(|id| event(EventKind::Complete, id, 0.0));
    engine.record(&watched).unwrap();
    assert_eq!(ask(&engine, &query(ExplorationMethod::LinUcb, 5)), unlearned, "nothing of it is left");
    assert_eq!(engine.statistics().memory_bytes, memory);
}

#[test]
fn showings_without_a_probability_teach_nothing() {
    let engine = house();
    let asked = Query { impression_strength: 0.0, feature_weights: Some(Default::default()), ..query(METHODS[0], 1) };
    let before = ask(&engine, &asked);
    let shown: Vec<Event> = before.iter().map(|item| event(EventKind::Impression, &item.id, 0.0)).collect();
    (0..30).for_each(|_| engine.record(&shown).unwrap());
    assert_eq!(ask(&engine, &asked), before);
    let told: Vec<Event> = before.iter().map(|item| event(EventKind::Impression, &item.id, item.propensity)).collect();
    (0..30).for_each(|_| engine.record(&told).unwrap());
    assert_ne!(ask(&engine, &asked), before);
}
