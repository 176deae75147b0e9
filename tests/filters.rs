//! Filters against a naive reading of their rules: catalogues and filters that look random, through
//! replacing and removing, and no list may hold a video that a rule leaves out, or miss one.

mod support;

use std::collections::BTreeMap;

use vrec::domain::{CallOptions, Event, EventKind, Filter, Kind, Query, Video, Watched};
use vrec::engine::{Engine, EngineOptions};

use support::Random;

const LANGUAGES: [&str; 7] = ["zh", "zh-Hans", "ZH-HANT-TW", "en", "en-GB", "fr", "fra"];
const RANGES: [&str; 8] = ["zh", "zh-hans", "zh-Hant", "EN", "en-gb", "fr", "de", "*"];
const TAGS: [&str; 8] = ["space", " Space", "科幻", "news", "News ", "sport", "rare", "Ärger"];
const ASKED_TAGS: [&str; 7] = ["SPACE", "科幻", "news ", "sport", "rare", "ärger", "unheard of"];
const RIGHTS: [&str; 4] = ["basic", "sport", "Sport", "film"];

fn video(random: &mut Random, id: usize) -> Video {
    let from = random.one_in(3).then(|| random.below(100) as i64 - 20);
    let until = random.one_in(3).then(|| from.unwrap_or(0) + 1 + random.below(60) as i64);
    let angle = id as f32;
    Video {
        id: format!("v{id:05}"),
        vector: Some(vec![angle.cos(), angle.sin()]),
        tags: random.texts(&TAGS, 3),
        kind: random.some(&Kind::ALL, 1).first().copied(),
        min_age: random.some(&[0_u8, 6, 12, 16, 18, 99], 1).first().copied(),
        available_from_utc_ms: from,
        available_until_utc_ms: until,
        audio_languages: random.texts(&LANGUAGES, 2),
        subtitle_languages: random.texts(&LANGUAGES, 2),
        entitlements: random.texts(&RIGHTS, 2),
        ..Video::default()
    }
}

/// Each rule is in it now and then, mostly few together, since many leave nothing.
fn filter(random: &mut Random) -> Filter {
    let mut set = |rule: u64| (rule, random.one_in(4)).1;
    let [time, age, rights, kinds, audio, subtitle, any, all, none] = [0, 1, 2, 3, 4, 5, 6, 7, 8].map(&mut set);
    let mut texts = |is_set: bool, of: &[&str]| if is_set { random.texts(of, 2) } else { Vec::new() };
    Filter {
        audio_languages: texts(audio, &RANGES),
        subtitle_languages: texts(subtitle, &RANGES),
        any_tags: texts(any, &ASKED_TAGS),
        all_tags: texts(all, &ASKED_TAGS),
        no_tags: texts(none, &ASKED_TAGS),
        time_utc_ms: time.then(|| random.below(140) as i64 - 30),
        viewer_age: age.then(|| [1, 6, 11, 17, 40, u32::MAX][random.below(6)]),
        entitlements: rights.then(|| random.texts(&RIGHTS, 2)),
        kinds: if kinds { random.some(&Kind::ALL, 3) } else { Vec::new() },
    }
}

/// RFC 4647, section 3.3.1, word for word.
fn matches(range: &str, tag: &str) -> bool {
    let (range, tag) = (range.to_lowercase(), tag.to_lowercase());
    range == "*" || tag == range || tag.strip_prefix(&range).is_some_and(|rest| rest.starts_with('-'))
}

fn keeps(video: &Video, filter: &Filter) -> bool {
    let speaks = |tags: &[String], ranges: &[String]| {
        ranges.is_empty() || ranges.iter().any(|range| tags.iter().any(|tag| matches(range, tag)))
    };
    let has = |asked: &String| video.tags.iter().any(|tag| tag.trim().to_lowercase() == asked.trim().to_lowercase());
    filter.time_utc_ms.is_none_or(|time| {
        video.available_from_utc_ms.is_none_or(|from| from <= time)
            && video.available_until_utc_ms.is_none_or(|until| time < until)
    }) && filter.viewer_age.is_none_or(|age| video.min_age.is_some_and(|least| u32::from(least) <= age))
        && filter.entitlements.as_ref().is_none_or(|given| {
            video.entitlements.is_empty() || video.entitlements.iter().any(|needed| given.contains(needed))
        })
        && (filter.kinds.is_empty() || video.kind.is_some_and(|kind| filter.kinds.contains(&kind)))
        && speaks(&video.audio_languages, &filter.audio_languages)
        && speaks(&video.subtitle_languages, &filter.subtitle_languages)
        && (filter.any_tags.is_empty() || filter.any_tags.iter().any(has))
        && filter.all_tags.iter().all(has)
        && !filter.no_tags.iter().any(has)
}

fn event(kind: EventKind, video_id: &str) -> Event {
    Event { profile: "p".to_owned(), video_id: video_id.to_owned(), time_utc_ms: 0, ..Event::of(kind) }
}

fn sorted_ids(list: Vec<vrec::domain::Recommendation>) -> Vec<String> {
    let mut ids: Vec<String> = list.into_iter().map(|item| item.id).collect();
    ids.sort_unstable();
    ids
}

/// What a list holds at most: the videos that keep the filter, less the liked one and the hidden ones.
fn expected(videos: &BTreeMap<String, Video>, filter: &Filter, hidden: &[String]) -> Vec<String> {
    let kept = videos.values().filter(|video| keeps(video, filter) && !hidden.contains(&video.id));
    kept.map(|video| video.id.clone()).filter(|id| id != "liked").collect()
}

#[test]
fn lists_hold_what_the_filter_keeps_and_nothing_else() {
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let engine = Engine::new(EngineOptions::default()).unwrap();
    let call = CallOptions::default();
    let liked = Video { id: "liked".to_owned(), vector: Some(vec![1.0, 0.0]), ..Video::default() };
    engine.add_videos(&[liked], &call).unwrap();
    engine.record(&[event(EventKind::Like, "liked"), event(EventKind::Complete, "liked")]).unwrap();
    let (mut videos, mut hidden) = (BTreeMap::new(), Vec::new());
    let (mut sizes, mut empty) = (0, 0);
    for round in 0..40 {
        // New ones, new descriptions of known ones, and gaps that others fill.
        let mut batch: BTreeMap<String, Video> = BTreeMap::new();
        for _ in 0..200 {
            let id = random.below(4_000);
            let video = video(&mut random, id);
            batch.insert(video.id.clone(), video);
        }
        let list: Vec<Video> = batch.values().cloned().collect();
        engine.add_videos(&list, &call).unwrap();
        videos.extend(batch);
        let removed: Vec<String> = videos.keys().filter(|_| random.one_in(30)).cloned().collect();
        engine.remove_videos(&removed.iter().map(String::as_str).collect::<Vec<_>>()).unwrap();
        removed.iter().for_each(|id| drop(videos.remove(id)));
        if round % 10 == 0 {
            let id = videos.keys().next().unwrap().clone();
            engine.record(&[event(EventKind::Hide, &id)]).unwrap();
            hidden.push(id);
        }
        for _ in 0..25 {
            let filter = filter(&mut random);
            let expected = expected(&videos, &filter, &hidden);
            let query = Query {
                limit: 10_000,
                watched: Watched::Exclude,
                filter: Some(filter.clone()),
                ..Query::for_profile("p")
            };
            let recommended = sorted_ids(engine.recommend(&query, &call).unwrap());
            assert_eq!(recommended, expected, "{filter:?}");
            assert_eq!(sorted_ids(engine.similar("liked", &query, &call).unwrap()), expected, "{filter:?}");
            let few = Query { limit: 3, ..query };
            let best = sorted_ids(engine.recommend(&few, &call).unwrap());
            assert!(best.len() == expected.len().min(3) && best.iter().all(|id| expected.contains(id)));
            sizes += expected.len();
            empty += usize::from(expected.is_empty());
        }
    }
    assert!(videos.len() > 1_000 && sizes > 50_000, "{} videos, {sizes} results", videos.len());
    assert!((50..900).contains(&empty), "{empty} of 1,000 filters left nothing");
}

#[test]
fn a_failed_batch_leaves_no_attributes_behind() {
    let engine = Engine::new(EngineOptions::default()).unwrap();
    let call = CallOptions::default();
    let tagged = |id: &str, vector: &[f32]| Video {
        id: id.to_owned(),
        vector: Some(vector.to_vec()),
        tags: vec!["space".to_owned()],
        available_until_utc_ms: Some(100),
        ..Video::default()
    };
    engine.add_videos(&[tagged("a", &[1.0, 0.0]), tagged("b", &[0.0, 1.0])], &call).unwrap();
    let bytes = engine.statistics().memory_bytes;
    let changed = Video { tags: vec!["news".to_owned()], ..tagged("b", &[0.0, 1.0]) };
    engine.add_videos(&[changed, tagged("c", &[1.0, 0.0, 0.0])], &call).unwrap_err();
    engine.remove_videos(&["b", "nobody"]).unwrap_err();
    let asked = |filter: Filter| Query { filter: Some(filter), ..Query::for_profile("p") };
    let ids = |filter: Filter| sorted_ids(engine.similar("a", &asked(filter), &call).unwrap());
    let space = Filter { all_tags: vec!["space".to_owned()], ..Filter::default() };
    assert_eq!(ids(space), ["b"]);
    assert!(ids(Filter { any_tags: vec!["news".to_owned()], ..Filter::default() }).is_empty());
    assert_eq!(ids(Filter { time_utc_ms: Some(99), ..Filter::default() }), ["b"]);
    assert!(ids(Filter { time_utc_ms: Some(100), ..Filter::default() }).is_empty());
    assert_eq!(engine.statistics().memory_bytes, bytes);
}

#[test]
fn attributes_are_counted_and_given_back() {
    let engine = Engine::new(EngineOptions::default()).unwrap();
    let call = CallOptions::default();
    let plain = |id: usize| Video { id: format!("v{id}"), vector: Some(vec![1.0, id as f32]), ..Video::default() };
    let batch = |tagged: bool| {
        let tags = |id: usize| if tagged { vec![format!("tag {id}"), "common".to_owned()] } else { Vec::new() };
        (0..1_000).map(|id| Video { tags: tags(id), ..plain(id) }).collect::<Vec<Video>>()
    };
    engine.add_videos(&batch(false), &call).unwrap();
    let before = engine.statistics().memory_bytes;
    engine.add_videos(&batch(true), &call).unwrap();
    let tagged = engine.statistics().memory_bytes;
    assert!(tagged > before + 1_000 * 200 && tagged < before + 1_000 * 600, "{} bytes", tagged - before);
    engine.add_videos(&batch(false), &call).unwrap();
    assert_eq!(engine.statistics().memory_bytes, before);
}
