//! Hard rules under a hundred thousand random queries: whatever the list, the ranking and the diversity, no video is in it
//! that a plain reading of `docs/filters.md` on what its owner said leaves out. `tests/filters.rs` also sees catalogues
//! change, and that no video is missing.

mod support;

use std::collections::{BTreeMap, BTreeSet};

use vrec::domain::{
    CallOptions, DiversityMethod, Event, EventKind, Filter, HomeQuery, Kind, Query, Ranking, RowKind, RowQuery,
    SearchWays, Video, Watched,
};
use vrec::engine::{Engine, EngineOptions};

use support::Random;

/// In a build without optimisation a tenth takes as long.
const QUERIES: usize = if cfg!(debug_assertions) { 20_000 } else { 100_000 };
const CATALOGUES: usize = 10;
const VIDEOS: usize = 90;
const PROFILES: usize = 4;
const DIMENSIONS: usize = 8;

const LANGUAGES: [&str; 6] = ["zh-Hans", "ZH-Hant", "en", "en-GB", "fr", "zha"];
const RANGES: [&str; 6] = ["zh", "zh-hans", "EN", "fr", "de", "*"];
const TAGS: [&str; 6] = ["space", " Space ", "科幻", "News", "sport", "rare"];
const ASKED_TAGS: [&str; 6] = ["SPACE", "科幻", " news", "sport", "rare", "unheard of"];
const RIGHTS: [&str; 3] = ["basic", "sport", "Sport"];
const WORDS: [&str; 5] = ["Planet", "人工智能", "Night", "重庆", "River"];

fn video(random: &mut Random, number: usize) -> Video {
    let from = random.one_in(3).then(|| random.below(100) as i64 + 1);
    let until = random.one_in(3).then(|| from.unwrap_or(0) + 1 + random.below(60) as i64);
    let series = random.below(4);
    Video {
        id: format!("v{number:02}"),
        title: format!("{} {}", random.pick(&WORDS), random.pick(&WORDS)),
        vector: Some((0..DIMENSIONS).map(|_| random.below(100) as f32 - 49.5).collect()),
        tags: random.texts(&TAGS, 3),
        kind: (!random.one_in(4)).then(|| random.pick(&Kind::ALL)),
        min_age: (!random.one_in(4)).then(|| random.pick(&[0, 6, 12, 16, 18])),
        available_from_utc_ms: from,
        available_until_utc_ms: until,
        audio_languages: random.texts(&LANGUAGES, 2),
        subtitle_languages: random.texts(&LANGUAGES, 2),
        entitlements: random.texts(&RIGHTS, 2),
        series_id: if series < 2 { format!("s{series}") } else { String::new() },
        season_number: u32::from(series == 0),
        episode_number: 1 + random.below(12) as u32,
        duration_ms: 3_600_000,
        ..Video::default()
    }
}

/// Rules of which each is set now and then, mostly few together, since many leave nothing.
fn filter(random: &mut Random) -> Option<Filter> {
    let mut some = |of: &[&str]| if random.one_in(5) { random.texts(of, 2) } else { Vec::new() };
    let (audio_languages, subtitle_languages) = (some(&RANGES), some(&RANGES));
    let (any_tags, all_tags, no_tags) = (some(&ASKED_TAGS), some(&ASKED_TAGS), some(&ASKED_TAGS));
    let filter = Filter {
        audio_languages,
        subtitle_languages,
        any_tags,
        all_tags,
        no_tags,
        time_utc_ms: random.one_in(3).then(|| random.below(160) as i64 + 1),
        viewer_age: random.one_in(3).then(|| random.pick(&[1, 6, 11, 17, 40])),
        entitlements: random.one_in(4).then(|| random.texts(&RIGHTS, 2)),
        kinds: if random.one_in(4) { vec![random.pick(&Kind::ALL), random.pick(&Kind::ALL)] } else { Vec::new() },
    };
    (!random.one_in(6)).then_some(filter)
}

/// The first rule that a video breaks.
fn broken(filter: &Filter, video: &Video) -> Option<&'static str> {
    let normal = |tag: &String| tag.trim().to_lowercase();
    let tags: BTreeSet<String> = video.tags.iter().map(normal).collect();
    let has = |tag: &String| tags.contains(&normal(tag));
    let matches = |range: &String, language: &String| {
        let (range, language) = (range.to_lowercase(), language.to_lowercase());
        range == "*" || language == range || language.starts_with(&format!("{range}-"))
    };
    let speaks = |ranges: &[String], languages: &[String]| {
        ranges.is_empty() || ranges.iter().any(|range| languages.iter().any(|language| matches(range, language)))
    };
    let may = |rights: &Vec<String>| {
        video.entitlements.is_empty() || video.entitlements.iter().any(|needed| rights.contains(needed))
    };
    let rules = [
        ("time", filter.time_utc_ms.is_none_or(|time| is_available(video, time))),
        ("age", filter.viewer_age.is_none_or(|age| video.min_age.is_some_and(|least| u32::from(least) <= age))),
        ("entitlements", filter.entitlements.as_ref().is_none_or(may)),
        ("kinds", filter.kinds.is_empty() || video.kind.is_some_and(|kind| filter.kinds.contains(&kind))),
        ("audio", speaks(&filter.audio_languages, &video.audio_languages)),
        ("subtitles", speaks(&filter.subtitle_languages, &video.subtitle_languages)),
        ("any tags", filter.any_tags.is_empty() || filter.any_tags.iter().any(has)),
        ("all tags", filter.all_tags.iter().all(has)),
        ("no tags", !filter.no_tags.iter().any(has)),
    ];
    rules.into_iter().find(|(_, is_kept)| !is_kept).map(|(rule, _)| rule)
}

fn is_available(video: &Video, time: i64) -> bool {
    video.available_from_utc_ms.is_none_or(|from| from <= time)
        && video.available_until_utc_ms.is_none_or(|until| time < until)
}

/// What a profile did, as far as lists leave videos out for it.
#[derive(Default)]
struct Done {
    watched: BTreeSet<String>,
    hidden: BTreeSet<String>,
    /// What was hidden and not watched since.
    hidden_cards: BTreeSet<String>,
}

struct World {
    engine: Engine,
    videos: BTreeMap<String, Video>,
    profiles: Vec<Done>,
}

fn event(kind: EventKind, profile: usize, video_id: &str, time_utc_ms: i64) -> Event {
    Event {
        profile: format!("p{profile}"),
        video_id: video_id.to_owned(),
        time_utc_ms,
        position_ms: if kind == EventKind::Stop { 600_000 } else { 0 },
        ..Event::of(kind)
    }
}

fn world(random: &mut Random) -> World {
    let engine = Engine::new(EngineOptions::default()).unwrap();
    let videos: Vec<Video> = (0..VIDEOS).map(|number| video(random, number)).collect();
    engine.add_videos(&videos, &CallOptions::default()).unwrap();
    let mut profiles: Vec<Done> = (0..PROFILES).map(|_| Done::default()).collect();
    for time in 0..60 * PROFILES {
        let (profile, video) = (random.below(PROFILES - 1), random.pick(&videos));
        let kind = random.pick(&[
            EventKind::Complete,
            EventKind::Complete,
            EventKind::Stop,
            EventKind::Like,
            EventKind::Hide,
            EventKind::Unhide,
        ]);
        engine.record(&[event(kind, profile, &video.id, time as i64)]).unwrap();
        let done = &mut profiles[profile];
        if kind == EventKind::Hide {
            done.hidden_cards.insert(video.id.clone());
        } else if kind != EventKind::Like {
            done.hidden_cards.remove(&video.id);
        }
        match kind {
            EventKind::Complete | EventKind::Stop => done.watched.insert(video.id),
            EventKind::Hide => done.hidden.insert(video.id),
            EventKind::Unhide => done.hidden.remove(&video.id),
            _ => false,
        };
    }
    World { engine, videos: videos.into_iter().map(|video| (video.id.clone(), video)).collect(), profiles }
}

fn query(random: &mut Random, profile: usize) -> Query {
    Query {
        limit: random.pick(&[1, 5, 10, 40, 100]),
        ranking: random.pick(&Ranking::ALL),
        watched: random.pick(&[Watched::Default, Watched::Include, Watched::Exclude]),
        now_utc_ms: random.below(160) as i64 + 1,
        exclude: (0..random.below(4)).map(|_| format!("v{:02}", random.below(VIDEOS + 5))).collect(),
        filter: filter(random),
        diversity_method: random.pick(&DiversityMethod::ALL),
        diversity: random.pick(&[0.0, 0.2, 0.7, 1.0]),
        ..Query::for_profile(&format!("p{profile}"))
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum List {
    Recommended,
    Similar,
    Titles,
    Cards,
    Home,
}

impl List {
    const ALL: [List; 5] = [List::Recommended, List::Similar, List::Titles, List::Cards, List::Home];

    /// Whether it holds only what can be watched at the query's time.
    fn has_time(self) -> bool {
        matches!(self, List::Cards | List::Home)
    }
}

/// Every kind of row that is none of cards, which are lists of their own.
fn screen(random: &mut Random, query: &Query) -> HomeQuery {
    let scored = RowKind::ALL.into_iter().filter(|kind| !matches!(kind, RowKind::ContinueWatching | RowKind::NextUp));
    let mut rows: Vec<RowQuery> = scored.map(RowQuery::of).collect();
    let first = random.below(rows.len());
    rows.rotate_left(first);
    let row_size = random.pick(&[1, 5, 10, 40]);
    HomeQuery { query: query.clone(), rows, row_size, ..HomeQuery::for_profile("", query.now_utc_ms) }
}

/// The ids of one list, and those that no rule leaves out.
fn ask(
    world: &World,
    random: &mut Random,
    list: List,
    profile: usize,
    query: &Query,
) -> (Vec<String>, BTreeSet<String>) {
    let call = CallOptions::default();
    let seed = format!("v{:02}", random.below(VIDEOS));
    let titles = Query { search_ways: Some(SearchWays::TITLES), ..query.clone() };
    let found: Vec<String> = match list {
        List::Recommended => world.engine.recommend(query, &call).unwrap().into_iter().map(|item| item.id).collect(),
        List::Similar => world.engine.similar(&seed, query, &call).unwrap().into_iter().map(|item| item.id).collect(),
        List::Titles => {
            let typed = random.pick(&["p", "night", "rgzn", "重", "7", "plamet", "ri"]);
            world.engine.search(typed, &titles, &call).unwrap().into_iter().map(|item| item.id).collect()
        }
        List::Cards => world.engine.watch_next(query, &call).unwrap().into_iter().map(|card| card.id).collect(),
        List::Home => {
            let rows = world.engine.home(&screen(random, query), &call).unwrap();
            rows.into_iter().flat_map(|row| row.items).map(|item| item.recommendation.id).collect()
        }
    };
    let done = &world.profiles[profile];
    let leaves_out_watched = match (query.watched, list) {
        (_, List::Cards) | (Watched::Include, _) => false,
        (Watched::Exclude, _) => true,
        (Watched::Default, list) => matches!(list, List::Recommended | List::Home),
    };
    let hidden = if list == List::Cards { &done.hidden_cards } else { &done.hidden };
    let may_stand = |video: &&Video| {
        query.filter.as_ref().is_none_or(|filter| broken(filter, video).is_none())
            && !query.exclude.contains(&video.id)
            && !hidden.contains(&video.id)
            && (!leaves_out_watched || !done.watched.contains(&video.id))
            && (list != List::Similar || video.id != seed)
            && (!list.has_time() || is_available(video, query.now_utc_ms))
    };
    (found, world.videos.values().filter(may_stand).map(|video| video.id.clone()).collect())
}

#[test]
fn no_list_breaks_a_rule() {
    let mut random = Random(2_026);
    let mut places = BTreeMap::new();
    for _ in 0..CATALOGUES {
        let world = world(&mut random);
        for number in 0..QUERIES / CATALOGUES {
            let profile = random.below(PROFILES);
            let query = query(&mut random, profile);
            let list = List::ALL[number % List::ALL.len()];
            let (found, allowed) = ask(&world, &mut random, list, profile, &query);
            *places.entry(number % List::ALL.len()).or_insert(0) += found.len();
            assert!(list == List::Home || found.len() <= query.limit);
            assert_eq!(found.iter().collect::<BTreeSet<_>>().len(), found.len(), "one stands twice: {found:?}");
            if let Some(id) = found.iter().find(|id| !allowed.contains(*id)) {
                let video = &world.videos[id];
                let rule = query.filter.as_ref().and_then(|filter| broken(filter, video));
                panic!("{list:?} with {id} against {rule:?}: {query:?}, {video:?}");
            }
            if list == List::Similar {
                assert_eq!(found.len(), allowed.len().min(query.limit), "as many as there are: {query:?}");
            }
        }
    }
    assert!(
        places.len() == List::ALL.len() && places.values().all(|count| *count > QUERIES / 10),
        "most lists are empty: {places:?}"
    );
}

#[test]
fn what_expires_between_two_calls_is_gone_from_the_second() {
    let mut random = Random(77);
    let world = world(&mut random);
    let mut gone = [0; List::ALL.len()];
    for video in world.videos.values() {
        let Some(until) = video.available_until_utc_ms else { continue };
        for (kind, list) in List::ALL.into_iter().enumerate() {
            for diversity_method in DiversityMethod::ALL {
                let at = |time_utc_ms: i64| {
                    let filter = Filter { time_utc_ms: Some(time_utc_ms), ..Filter::default() };
                    Query {
                        limit: 100,
                        ranking: if until % 2 == 0 { Ranking::Taste } else { Ranking::Blend },
                        watched: Watched::Include,
                        now_utc_ms: time_utc_ms,
                        filter: Some(filter),
                        diversity_method,
                        diversity: 0.5,
                        ..Query::for_profile("p0")
                    }
                };
                let holds = |query: &Query| {
                    let (found, allowed) = ask(&world, &mut Random(5), list, 0, query);
                    assert!(found.iter().all(|id| allowed.contains(id)));
                    found.contains(&video.id)
                };
                assert!(!holds(&at(until)), "{list:?} holds {video:?} at its end");
                gone[kind] += usize::from(holds(&at(until - 1)));
            }
        }
    }
    assert!(gone.iter().all(|count| *count > 0), "none was there before: {gone:?}");
}
