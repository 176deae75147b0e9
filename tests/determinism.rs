//! The same bytes for the same question: every list is asked for again and again, with one thread and four, with every
//! instruction set that this CPU has, after its store was opened again, and with videos that were added in another order.

mod support;

use std::fmt::Write;

use vrec::domain::{
    CallOptions, Company, Context, Device, DiversityMethod, Event, EventKind, Feature, FeatureWeights, InstructionSet,
    Kind, Query, Ranking, SearchWays, Video,
};
use vrec::engine::{Engine, EngineOptions};

use support::{Random, StoreFolder};

const DAY: i64 = 86_400_000;
const NOW: i64 = 1_700_000_000_000;
const VIDEOS: usize = 220;
const PROFILES: usize = 12;
const DIMENSIONS: usize = 19;

/// Some with the vector of another, so that scores tie; episodes among them.
fn videos() -> Vec<Video> {
    let mut random = Random(11);
    let topics: Vec<Vec<f32>> = (0..9).map(|_| random.vector(DIMENSIONS)).collect();
    let words = ["Planet", "River", "人工智能", "Night", "重庆", "Café", "大江", "Heat"];
    let mut videos: Vec<Video> = Vec::new();
    for number in 0..VIDEOS {
        let own = random.vector(DIMENSIONS);
        let near: Vec<f32> = topics[number % 9].iter().zip(&own).map(|(topic, own)| topic + 0.7 * own).collect();
        let vector = if number % 7 == 3 { videos[random.below(number)].vector.clone() } else { Some(near) };
        let is_episode = number % 4 == 1;
        videos.push(Video {
            id: format!("v{:03}", number * 37 % 1_000),
            title: format!("{} {}", words[random.below(8)], words[random.below(8)]),
            tags: vec![format!("tag{}", number % 9), format!("tag{}", random.below(20))],
            vector,
            kind: Some(if is_episode { Kind::Episode } else { Kind::Movie }),
            series_id: if is_episode { format!("s{}", number % 10) } else { String::new() },
            season_number: u32::from(is_episode),
            episode_number: if is_episode { 1 + number as u32 / 10 } else { 0 },
            available_from_utc_ms: (number % 3 == 0).then_some(NOW - number as i64 * DAY),
            duration_ms: 3_600_000,
            ..Video::default()
        });
    }
    videos
}

fn events() -> Vec<Event> {
    let mut random = Random(5);
    let videos = videos();
    let kinds = [EventKind::Complete, EventKind::Complete, EventKind::Stop, EventKind::Like, EventKind::Impression];
    let mut events = Vec::new();
    for number in 0..PROFILES * 30 {
        let kind = kinds[random.below(kinds.len())];
        let profile = random.below(PROFILES);
        let video = &videos[(profile % 9 + 9 * random.below(40)) % VIDEOS];
        events.push(Event {
            profile: format!("p{profile}"),
            video_id: video.id.clone(),
            time_utc_ms: NOW - 40 * DAY + number as i64 * 3_600_000,
            position_ms: if kind == EventKind::Stop { 600_000 } else { 0 },
            context: Context {
                device: [Device::Unknown, Device::Tv, Device::Phone][number % 3],
                company: [Company::Unknown, Company::Alone][number % 2],
                ..Context::default()
            },
            ..Event::of(kind)
        });
    }
    events
}

/// All features count, so that all of them are learned.
fn options() -> EngineOptions {
    let weights = Feature::ALL.iter().fold(FeatureWeights::NONE, |weights, feature| weights.with(*feature, 0.1));
    EngineOptions { feature_weights: Some(weights), ..EngineOptions::default() }
}

fn fill(engine: &Engine, videos: &[Video]) {
    let call = CallOptions::default();
    videos.chunks(64).for_each(|batch| engine.add_videos(batch, &call).unwrap());
    engine.record(&events()).unwrap();
    engine.train(&call).unwrap();
}

fn filled(options: EngineOptions) -> Engine {
    let engine = Engine::new(options).unwrap();
    fill(&engine, &videos());
    engine
}

/// How scores by all that is known are told.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Blended {
    Exactly,
    ToRounding,
}

/// Every kind of list, as text that tells any two values apart. Without weights those of the profile count.
fn lists(engine: &Engine, feature_weights: Option<FeatureWeights>, blended: Blended) -> String {
    let call = CallOptions::default();
    let mut text = String::new();
    for diversity_method in DiversityMethod::ALL {
        for profile in ["p1", "p4", "nobody"] {
            let of_time = Query { now_utc_ms: NOW, limit: 12, feature_weights, ..Query::for_profile(profile) };
            let query = Query { diversity_method, diversity: 0.6, ..of_time };
            for ranking in Ranking::ALL {
                let mut list = engine.recommend(&Query { ranking, ..query.clone() }, &call).unwrap();
                if ranking == Ranking::Blend && blended == Blended::ToRounding {
                    for item in &mut list {
                        item.score = (item.score * 1e4).round() / 1e4;
                        // Terms of the score, to the same rounding.
                        item.reasons.clear();
                    }
                }
                writeln!(text, "{profile} {ranking:?} {diversity_method:?}: {list:?}").unwrap();
            }
            let list = engine.similar("v037", &query, &call).unwrap();
            writeln!(text, "{profile} similar {diversity_method:?}: {list:?}").unwrap();
        }
    }
    for typed in ["pla", "rgzn", "7496", "night heat", "cafe", "plamet"] {
        let query = Query { limit: 50, search_ways: Some(SearchWays::TITLES), ..Query::for_profile("p1") };
        writeln!(text, "{typed}: {:?}", engine.search(typed, &query, &call).unwrap()).unwrap();
    }
    for profile in 0..PROFILES {
        let query = Query { now_utc_ms: NOW, limit: 100, ..Query::for_profile(&format!("p{profile}")) };
        writeln!(text, "cards of p{profile}: {:?}", engine.watch_next(&query, &call).unwrap()).unwrap();
    }
    text
}

/// The first line in which two texts differ is told, and where.
fn assert_same(expected: &str, found: &str, case: &str) {
    for (expected, found) in expected.lines().zip(found.lines()) {
        let place = expected.bytes().zip(found.bytes()).position(|(one, other)| one != other);
        if let Some(place) = place.or((expected.len() != found.len()).then_some(expected.len().min(found.len()))) {
            let around = |text: &str| {
                String::from_utf8_lossy(&text.as_bytes()[place.saturating_sub(120)..text.len().min(place + 120)])
                    .into_owned()
            };
            let head = expected.split(':').next().unwrap_or_default();
            panic!("{case}, {head}:\n  …{}…\nand\n  …{}…", around(expected), around(found));
        }
    }
    assert_eq!(expected.len(), found.len(), "{case}");
}

#[test]
fn a_hundred_times_the_same() {
    let engine = filled(options());
    let first = lists(&engine, None, Blended::Exactly);
    assert!(first.contains("New") || first.contains("Next"), "there are cards");
    assert!(first.lines().filter(|line| line.ends_with(": []")).count() < 20, "most lists have something:\n{first}");
    for run in 1..100 {
        assert_same(&first, &lists(&engine, None, Blended::Exactly), &format!("run {run}"));
    }
    // And another engine that was told the same.
    assert_same(&first, &lists(&filled(options()), None, Blended::Exactly), "another engine");
}

#[test]
fn the_same_with_every_instruction_set() {
    let of = |set| Engine::new(EngineOptions { instruction_set: Some(set), ..options() });
    let sets: Vec<Engine> = InstructionSet::ALL.into_iter().filter_map(|set| of(set).ok()).collect();
    assert!(!sets.is_empty());
    let expected = lists(&filled(options()), None, Blended::Exactly);
    for engine in sets {
        fill(&engine, &videos());
        let set = engine.statistics().instruction_set;
        assert_same(&expected, &lists(&engine, None, Blended::Exactly), &format!("{set:?}"));
    }
}

#[test]
fn the_same_with_videos_in_another_order() {
    // A blended score is a sum over deviations of all videos, which are added up in the order of their numbers: what comes
    // out is the same but for rounding.
    let expected = lists(&filled(options()), None, Blended::ToRounding);
    let mut turned = videos();
    turned.reverse();
    let mut mixed = videos();
    let mut random = Random(99);
    (1..mixed.len()).for_each(|place| mixed.swap(place, random.below(place + 1)));
    for (case, videos) in [("from the last to the first", turned), ("mixed", mixed)] {
        let engine = Engine::new(options()).unwrap();
        fill(&engine, &videos);
        assert_same(&expected, &lists(&engine, None, Blended::ToRounding), case);
    }
    // Rows that were given up and taken again.
    let engine = Engine::new(options()).unwrap();
    let call = CallOptions::default();
    let others: Vec<Video> =
        videos().into_iter().map(|video| Video { id: format!("x{}", video.id), ..video }).collect();
    engine.add_videos(&others, &call).unwrap();
    let ids: Vec<&str> = others.iter().map(|video| video.id.as_str()).collect();
    engine.add_videos(&videos()[..150], &call).unwrap();
    engine.remove_videos(&ids).unwrap();
    fill(&engine, &videos());
    assert_same(&expected, &lists(&engine, None, Blended::ToRounding), "rows taken again");
}

#[test]
fn the_same_after_the_store_was_opened_again() {
    let folder = StoreFolder::new();
    let open = || folder.open(options());
    let engine = open();
    fill(&engine, &videos());
    let expected = [None, options().feature_weights].map(|weights| lists(&engine, weights, Blended::Exactly));
    assert_ne!(expected[0], expected[1], "profiles learned weights from their choices");
    drop(engine);
    for time in 1..=3 {
        let engine = open();
        for (expected, weights) in expected.iter().zip([None, options().feature_weights]) {
            assert_same(expected, &lists(&engine, weights, Blended::Exactly), &format!("opened {time} times"));
        }
    }
}

#[test]
fn the_same_with_four_threads() {
    // A search is shared where it has 50,000 rows to go through.
    let mut random = Random(3);
    let many: Vec<Video> = (0..60_000)
        .map(|number| {
            let vector = (0..4).map(|_| random.below(15) as f32 - 6.9).collect();
            Video { id: format!("m{number:05}"), vector: Some(vector), ..Video::default() }
        })
        .collect();
    let asked = |search_threads| {
        let search_host = (search_threads > 1).then(vrec::ffi::thread_host);
        let engine = Engine::new(EngineOptions { search_threads, search_host, ..EngineOptions::default() }).unwrap();
        engine.add_videos(&many, &CallOptions::default()).unwrap();
        let mut text = String::new();
        for number in 0..10 {
            let methods = DiversityMethod::ALL;
            for diversity_method in methods {
                let query = Query { limit: 40, diversity_method, diversity: 0.5, ..Query::for_profile("p") };
                let list = engine.similar(&many[number * 991].id, &query, &CallOptions::default()).unwrap();
                writeln!(text, "{number} {diversity_method:?}: {list:?}").unwrap();
            }
        }
        text
    };
    let expected = asked(1);
    assert_same(&expected, &asked(4), "four threads");
}
