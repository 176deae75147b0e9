//! What viewers say of suggestions beside watching and liking: hidden series, videos that are to inspire nothing, what is
//! snoozed, and what was shown and passed over; through the engine's Rust face. Named after what they complain of.

mod support;

use vrec::domain::{
    CallOptions, Event, EventKind, Kind, Query, Ranking, Recommendation, SearchWays, Status, Video, WatchCardKind,
    Watched,
};
use vrec::engine::{Engine, EngineOptions};

use support::{Random, StoreFolder};

use EventKind::{
    Complete, Hide, HideSeed, HideSeries, Impression, Like, Select, Snooze, Stop, Unhide, UnhideSeed, UnhideSeries,
};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const NOW: i64 = 1_700_000_000_000;

fn engine() -> Engine {
    Engine::new(EngineOptions::default()).unwrap()
}

fn video(id: &str, vector: &[f32]) -> Video {
    Video { id: id.to_owned(), title: id.to_owned(), vector: Some(vector.to_vec()), ..Video::default() }
}

fn episode(series: &str, number: u32, vector: &[f32]) -> Video {
    Video {
        kind: Some(Kind::Episode),
        series_id: series.to_owned(),
        season_number: 1,
        episode_number: number,
        duration_ms: HOUR,
        ..video(&format!("{series}-{number}"), vector)
    }
}

fn add(engine: &Engine, videos: &[Video]) {
    engine.add_videos(videos, &CallOptions::default()).unwrap();
}

fn event(kind: EventKind, video_id: &str, time_utc_ms: i64) -> Event {
    Event {
        profile: "p".to_owned(),
        video_id: video_id.to_owned(),
        time_utc_ms,
        position_ms: if kind == Stop { HOUR / 2 } else { 0 },
        ..Event::of(kind)
    }
}

fn snooze(video_id: &str, until_utc_ms: i64) -> Event {
    Event { until_utc_ms, ..event(Snooze, video_id, NOW) }
}

fn of(profile: &str, event: Event) -> Event {
    Event { profile: profile.to_owned(), ..event }
}

fn record(engine: &Engine, kind: EventKind, ids: &[&str]) {
    ids.iter().for_each(|id| engine.record(&[event(kind, id, NOW)]).unwrap());
}

fn query() -> Query {
    Query { limit: 100, now_utc_ms: NOW, ..Query::for_profile("p") }
}

fn ask(engine: &Engine, query: &Query) -> Vec<Recommendation> {
    engine.recommend(query, &CallOptions::default()).unwrap()
}

fn ids_of(list: &[Recommendation]) -> Vec<String> {
    list.iter().map(|item| item.id.clone()).collect()
}

fn cards(engine: &Engine, query: &Query) -> Vec<(WatchCardKind, String)> {
    let cards = engine.watch_next(query, &CallOptions::default()).unwrap();
    cards.into_iter().map(|card| (card.kind, card.id)).collect()
}

/// The ids of every list of a profile, one after the other: by taste and blended, like a video, by titles.
fn all_lists(engine: &Engine, query: &Query, like: &str, text: &str) -> Vec<Vec<String>> {
    let call = CallOptions::default();
    let blend = Query { ranking: Ranking::Blend, ..query.clone() };
    let typed = Query { search_ways: Some(SearchWays::TITLES), ..query.clone() };
    vec![
        ids_of(&ask(engine, query)),
        ids_of(&ask(engine, &blend)),
        ids_of(&engine.similar(like, query, &call).unwrap()),
        ids_of(&engine.search(text, &typed, &call).unwrap()),
    ]
}

/// A series with its own entry, a special and a trailer, beside films.
fn with_series(engine: &Engine) {
    let near = [1.0, 0.1, 0.0];
    let mut videos: Vec<Video> = (1..=4).map(|number| episode("show", number, &near)).collect();
    videos.push(Video { kind: Some(Kind::Series), ..video("show", &near) });
    videos.push(Video { series_id: "show".to_owned(), ..video("show special", &near) });
    videos.push(Video { series_id: "show".to_owned(), kind: Some(Kind::Clip), ..video("show trailer", &near) });
    videos.extend((0..6).map(|number| video(&format!("film-{number}"), &[1.0, 0.0, number as f32 / 10.0])));
    add(engine, &videos);
}

const OF_SHOW: [&str; 7] = ["show-1", "show-2", "show-3", "show-4", "show", "show special", "show trailer"];

fn is_of_show(id: &str) -> bool {
    OF_SHOW.contains(&id)
}

#[test]
fn a_hidden_series_is_in_no_list_and_has_no_card() {
    for hidden_by in OF_SHOW {
        let engine = engine();
        with_series(&engine);
        record(&engine, Complete, &["film-0", "show-1"]);
        let before = all_lists(&engine, &query(), "film-1", "show");
        assert!(before.iter().all(|list| list.iter().any(|id| is_of_show(id))), "{before:?}");
        assert_eq!(cards(&engine, &query()), [(WatchCardKind::Next, "show-2".to_owned())]);
        record(&engine, HideSeries, &[hidden_by]);
        let hidden = all_lists(&engine, &query(), "film-1", "show");
        assert!(hidden.iter().flatten().all(|id| !is_of_show(id)), "by {hidden_by}: {hidden:?}");
        assert!(hidden[..3].iter().all(|list| list.iter().any(|id| id.starts_with("film"))), "{hidden:?}");
        assert!(cards(&engine, &query()).is_empty());
        // Others still see it, and any of its videos brings it back.
        engine.record(&[of("q", event(Complete, "film-0", NOW))]).unwrap();
        let others = Query { profile: "q".to_owned(), ..query() };
        assert!(ids_of(&ask(&engine, &others)).iter().any(|id| is_of_show(id)));
        record(&engine, UnhideSeries, &["show-3"]);
        assert_eq!(all_lists(&engine, &query(), "film-1", "show")[2..], before[2..]);
        assert_eq!(cards(&engine, &query()), [(WatchCardKind::Next, "show-2".to_owned())]);
    }
}

#[test]
fn a_series_stays_hidden_when_the_video_goes_and_when_the_engine_restarts() {
    let folder = StoreFolder::new();
    let engine = folder.open(EngineOptions::default());
    with_series(&engine);
    record(&engine, Complete, &["film-0"]);
    record(&engine, HideSeries, &["show-1"]);
    engine.remove_videos(&["show-1"]).unwrap();
    let is_hidden =
        |engine: &Engine| !all_lists(engine, &query(), "film-1", "show").iter().flatten().any(|id| is_of_show(id));
    assert!(is_hidden(&engine));
    drop(engine);
    let engine = folder.open(EngineOptions::default());
    assert!(is_hidden(&engine), "after a restart, with an episode that the catalogue lost");
    add(&engine, &[episode("show", 5, &[1.0, 0.0, 0.0])]);
    assert!(is_hidden(&engine), "a new episode, too");
    engine.forget_profile("p").unwrap();
    record(&engine, Complete, &["film-0"]);
    assert!(!is_hidden(&engine), "forgotten with the profile");
}

#[test]
fn a_video_of_no_series_hides_none() {
    let engine = engine();
    with_series(&engine);
    let before = engine.statistics().events;
    for kind in [HideSeries, UnhideSeries] {
        let error = engine.record(&[event(Like, "film-1", NOW), event(kind, "film-0", NOW)]).unwrap_err();
        assert_eq!(error.status, Status::InvalidArgument);
        assert!(
            error.message.contains("events[1]") && error.message.contains("\"film-0\" belongs to no series"),
            "{error}"
        );
    }
    assert_eq!(engine.record(&[event(HideSeries, "nothing", NOW)]).unwrap_err().status, Status::NotFound);
    assert_eq!(engine.statistics().events, before, "nothing of a refused batch counts");
}

#[test]
fn no_way_to_remove_a_card_without_un_watching() {
    let engine = engine();
    with_series(&engine);
    engine.record(&[event(Stop, "film-3", NOW), event(Complete, "show-1", NOW)]).unwrap();
    let state = |id: &str| engine.watch_state("p", id);
    let states = [state("film-3"), state("show-1")];
    assert_eq!(cards(&engine, &query()).len(), 2);
    // For a while: each has no card until then, and is in no list.
    engine.record(&[snooze("film-3", NOW + DAY), snooze("show-1", NOW + 2 * DAY)]).unwrap();
    let at = |now_utc_ms| Query { now_utc_ms, watched: Watched::Include, ..query() };
    assert!(cards(&engine, &at(NOW)).is_empty() && cards(&engine, &at(NOW + DAY - 1)).is_empty());
    assert_eq!(cards(&engine, &at(NOW + DAY)).len(), 1);
    assert_eq!(cards(&engine, &at(NOW + 2 * DAY)).len(), 2);
    // For good.
    record(&engine, Hide, &["film-3"]);
    record(&engine, HideSeries, &["show-2"]);
    assert!(cards(&engine, &at(NOW + 3 * DAY)).is_empty());
    assert_eq!([state("film-3"), state("show-1")], states, "nothing was un-watched");
    record(&engine, Unhide, &["film-3"]);
    record(&engine, UnhideSeries, &["show-2"]);
    assert_eq!(cards(&engine, &at(NOW + 3 * DAY)).len(), 2);
}

#[test]
fn a_snoozed_video_or_series_is_in_no_list_until_then() {
    let folder = StoreFolder::new();
    let engine = folder.open(EngineOptions::default());
    with_series(&engine);
    record(&engine, Complete, &["film-0"]);
    engine.record(&[snooze("film-2", NOW + DAY), snooze("show-4", NOW + 2 * DAY)]).unwrap();
    let check = |engine: &Engine| {
        let at = |now_utc_ms| all_lists(engine, &Query { now_utc_ms, ..query() }, "film-1", "show film-2");
        let holds = |lists: &[Vec<String>], wanted: &dyn Fn(&str) -> bool| lists.iter().flatten().any(|id| wanted(id));
        // 0 is the time of the profile's last event, the snooze itself.
        for now in [0, NOW, NOW + DAY - 1] {
            assert!(!holds(&at(now), &|id| id == "film-2" || is_of_show(id)), "at {now}");
        }
        assert!(holds(&at(NOW + DAY), &|id| id == "film-2") && !holds(&at(NOW + DAY), &is_of_show));
        assert!(holds(&at(NOW + 2 * DAY), &is_of_show));
    };
    check(&engine);
    drop(engine);
    let engine = folder.open(EngineOptions::default());
    check(&engine);
    // The last snooze counts: one that ends earlier ends the one before.
    engine.record(&[snooze("show-1", NOW + 1)]).unwrap();
    assert!(ids_of(&ask(&engine, &Query { now_utc_ms: NOW + 1, ..query() })).iter().any(|id| is_of_show(id)));
    // A trailer is put off by itself.
    engine.record(&[snooze("show trailer", NOW + DAY)]).unwrap();
    let list = ids_of(&ask(&engine, &Query { now_utc_ms: NOW + 1, ..query() }));
    assert!(list.contains(&"show-2".to_owned()) && !list.contains(&"show trailer".to_owned()), "{list:?}");
}

#[test]
fn a_snooze_needs_an_end_after_its_time_and_nothing_else_has_one() {
    let engine = engine();
    with_series(&engine);
    for wrong in [snooze("film-0", 0), snooze("film-0", NOW), snooze("film-0", NOW - 1)] {
        let error = engine.record(&[wrong]).unwrap_err();
        assert!(error.status == Status::InvalidArgument && error.message.contains("until_utc_ms"), "{error}");
    }
    let error = engine.record(&[Event { until_utc_ms: NOW + 1, ..event(Like, "film-0", NOW) }]).unwrap_err();
    assert!(error.status == Status::InvalidArgument && error.message.contains("only a snooze"), "{error}");
    assert_eq!(engine.statistics().events, 0);
}

/// Two worlds of videos, and profiles that watched in both.
fn two_worlds(engine: &Engine) {
    let crime = (0..20).map(|number| video(&format!("crime-{number:02}"), &[1.0, number as f32 / 100.0, 0.0]));
    let horses = (0..20).map(|number| video(&format!("horse-{number:02}"), &[0.0, number as f32 / 100.0, 1.0]));
    add(engine, &crime.chain(horses).collect::<Vec<Video>>());
    for profile in 0..30 {
        for step in 0..6 {
            let world = if profile % 2 == 0 { "crime" } else { "horse" };
            let id = format!("{world}-{:02}", (profile * 3 + step * 2) % 20);
            engine.record(&[of(&format!("other-{profile}"), event(Complete, &id, NOW + step * HOUR))]).unwrap();
        }
    }
}

#[test]
fn dont_let_this_inspire_suggestions() {
    let engine = engine();
    two_worlds(&engine);
    let watch = |profile: &str, ids: &[&str]| {
        for (hour, id) in (0..).zip(ids) {
            engine.record(&[of(profile, event(Complete, id, NOW + hour * HOUR))]).unwrap();
        }
    };
    // The child of the house watched horses once; "r" never did.
    watch("p", &["crime-00", "horse-03", "crime-02", "horse-05", "crime-04"]);
    watch("r", &["crime-00", "crime-02", "crime-04"]);
    let lists = |profile: &str| {
        let exclude = vec!["horse-03".to_owned(), "horse-05".to_owned()];
        [Ranking::Taste, Ranking::Blend].map(|ranking| {
            let list =
                ask(&engine, &Query { ranking, exclude: exclude.clone(), profile: profile.to_owned(), ..query() });
            list.into_iter().map(|item| (item.id, item.score.to_bits(), item.because_id)).collect::<Vec<_>>()
        })
    };
    let before = lists("p");
    assert!(before.iter().flatten().any(|(_, _, because)| because.starts_with("horse")), "{before:?}");
    assert_ne!(before, lists("r"));
    record(&engine, HideSeed, &["horse-03", "horse-05"]);
    assert_eq!(lists("p"), lists("r"), "as if it had never been watched, in taste and history, score by score");
    // Still watched: not offered again.
    let offered = ids_of(&ask(&engine, &query()));
    assert!(!offered.contains(&"horse-03".to_owned()), "{offered:?}");
    record(&engine, UnhideSeed, &["horse-05", "horse-03"]);
    assert_eq!(lists("p"), before, "and back again, exactly");
}

#[test]
fn a_seed_that_was_hidden_before_it_was_watched_inspires_nothing_either() {
    let folder = StoreFolder::new();
    let engine = folder.open(EngineOptions::default());
    two_worlds(&engine);
    record(&engine, HideSeed, &["horse-03"]);
    record(&engine, Complete, &["horse-03"]);
    assert!(ask(&engine, &query()).is_empty(), "nothing attracts");
    drop(engine);
    let engine = folder.open(EngineOptions::default());
    assert!(ask(&engine, &query()).is_empty(), "nor after a restart");
    record(&engine, UnhideSeed, &["horse-03"]);
    assert!(ids_of(&ask(&engine, &query()))[0].starts_with("horse"));
}

#[test]
fn a_like_raises_its_neighbours_at_once() {
    let engine = engine();
    two_worlds(&engine);
    record(&engine, Complete, &["crime-00", "crime-02", "horse-00"]);
    for ranking in [Ranking::Taste, Ranking::Blend] {
        let rank = |list: &[String], id: &str| list.iter().position(|other| other == id).unwrap();
        let neighbours = ["horse-18", "horse-19", "horse-17"];
        let query = Query { ranking, ..query() };
        let before = ids_of(&ask(&engine, &query));
        record(&engine, Like, &["horse-16"]);
        let after = ids_of(&ask(&engine, &query));
        for id in neighbours {
            assert!(
                rank(&after, id) < rank(&before, id),
                "{ranking:?}: {id} from {} to {}",
                rank(&before, id),
                rank(&after, id)
            );
        }
        engine.forget_profile("p").unwrap();
        record(&engine, Complete, &["crime-00", "crime-02", "horse-00"]);
    }
}

/// An engine with a thousand videos and profiles that watched some of them, alike in groups.
fn crowd(profiles: usize) -> Engine {
    let engine = engine();
    let mut random = Random(11);
    let videos: Vec<Video> = (0..1_000).map(|number| video(&format!("v{number:03}"), &random.vector(16))).collect();
    add(&engine, &videos);
    for profile in 0..profiles {
        for step in 0..8 {
            let id = format!("v{:03}", (profile % 10 * 100 + random.below(100)) % 1_000);
            engine.record(&[of(&format!("p{profile}"), event(Complete, &id, NOW - DAY + step * HOUR))]).unwrap();
        }
    }
    engine
}

#[test]
fn the_same_films_over_and_over_sink_by_being_shown() {
    let engine = crowd(60);
    for ranking in [Ranking::Taste, Ranking::Blend] {
        for profile in 0..60 {
            let name = format!("p{profile}");
            let query = Query { profile: name.clone(), limit: 1_000, ranking, ..query() };
            let rank = |list: &[Recommendation], id: &str| list.iter().position(|item| item.id == id).unwrap();
            let before = ask(&engine, &query);
            // One of the first screen, another for each profile, shown on five evenings.
            let shown = before[profile % 6 + if ranking == Ranking::Blend { 6 } else { 0 }].id.clone();
            for evening in 0..5 {
                engine.record(&[of(&name, event(Impression, &shown, NOW - evening * DAY))]).unwrap();
            }
            let after = ask(&engine, &query);
            assert!(rank(&after, &shown) > rank(&before, &shown), "{ranking:?} for {name}: {shown}");
            assert!(after[rank(&after, &shown)].score < before[rank(&before, &shown)].score);
            // Off is pure relevance; a month later little is left; and what is chosen counts in full again.
            let off = ask(&engine, &Query { impression_strength: 0.0, ..query.clone() });
            assert_eq!(off, before);
            let lost = |now_utc_ms: i64| {
                let at = Query { now_utc_ms, ..query.clone() };
                let score =
                    |query: &Query| ask(&engine, query).into_iter().find(|item| item.id == shown).unwrap().score;
                score(&Query { impression_strength: 0.0, ..at.clone() }) - score(&at)
            };
            assert!(lost(NOW + 70 * DAY) < 0.2 * lost(NOW));
            let quickly =
                ask(&engine, &Query { impression_half_life_ms: HOUR, now_utc_ms: NOW + 5 * DAY, ..query.clone() });
            assert_eq!(
                ids_of(&quickly),
                ids_of(&ask(&engine, &Query { impression_strength: 0.0, now_utc_ms: NOW + 5 * DAY, ..query.clone() }))
            );
            engine.record(&[of(&name, event(Select, &shown, NOW))]).unwrap();
            let chosen = ask(&engine, &query);
            assert!(rank(&chosen, &shown) <= rank(&after, &shown), "{ranking:?} for {name}: {shown}");
            assert_eq!(chosen, ask(&engine, &Query { impression_strength: 0.0, ..query.clone() }));
        }
    }
}

#[test]
fn more_showings_weigh_more_and_strength_scales_them() {
    let engine = crowd(1);
    let query = Query { profile: "p0".to_owned(), limit: 1_000, ..query() };
    let before = ask(&engine, &query);
    let shown = before[0].clone();
    let score = |query: &Query| ask(&engine, query).into_iter().find(|item| item.id == shown.id).unwrap().score;
    let mut last = shown.score;
    let mut steps = Vec::new();
    for _ in 0..6 {
        engine.record(&[of("p0", event(Impression, &shown.id, NOW))]).unwrap();
        steps.push(last - score(&query));
        last = score(&query);
    }
    let first = steps[0];
    assert!(first > 0.0 && steps[..5].iter().all(|step| (step - first).abs() < 1e-6), "{steps:?}");
    assert!(steps[5].abs() < 1e-6, "five are the most that count");
    let lost = shown.score - last;
    let twice = shown.score - score(&Query { impression_strength: 2.0, ..query.clone() });
    assert!((twice - 2.0 * lost).abs() < 1e-5);
    // The whole is a deviation of the list's scores, which those of all videos have, nearly.
    let scores: Vec<f32> = before.iter().map(|item| item.score).collect();
    let mean = scores.iter().sum::<f32>() / scores.len() as f32;
    let deviation = (scores.iter().map(|score| (score - mean).powi(2)).sum::<f32>() / scores.len() as f32).sqrt();
    assert!((lost / deviation - 1.0).abs() < 0.2, "{lost} of {deviation}");
    let half = shown.score - score(&Query { now_utc_ms: NOW + Query::IMPRESSION_HALF_LIFE_MS, ..query.clone() });
    assert!((half - lost / 2.0).abs() < 1e-5);
    let wrong = [
        Query { impression_strength: -0.1, ..query.clone() },
        Query { impression_strength: f32::NAN, ..query.clone() },
        Query { impression_half_life_ms: 0, ..query.clone() },
    ];
    for (query, named) in
        wrong.iter().zip(["impression_strength is -0.1", "impression_strength", "impression_half_life_ms is 0"])
    {
        let error = engine.recommend(query, &CallOptions::default()).unwrap_err();
        assert!(error.status == Status::InvalidArgument && error.message.contains(named), "{error}");
    }
}

#[test]
fn feedback_is_made_again_from_the_stored_events_and_counted() {
    let folder = StoreFolder::new();
    let engine = folder.open(EngineOptions::default());
    with_series(&engine);
    record(&engine, Complete, &["film-0", "show-1"]);
    let bytes = engine.statistics().memory_bytes;
    record(&engine, Impression, &["film-1", "film-2", "film-1", "show-2"]);
    record(&engine, HideSeed, &["show-1"]);
    engine.record(&[snooze("film-5", NOW + DAY)]).unwrap();
    record(&engine, HideSeries, &["show-2"]);
    assert!(engine.statistics().memory_bytes > bytes + 400);
    let list = ask(&engine, &query());
    let memory = engine.statistics().memory_bytes;
    drop(engine);
    let engine = folder.open(EngineOptions::default());
    assert_eq!(ask(&engine, &query()), list);
    assert_eq!(engine.statistics().memory_bytes, memory, "the same state again");
    engine.forget_profile("p").unwrap();
    record(&engine, Complete, &["film-0", "show-1"]);
    assert_eq!(engine.statistics().memory_bytes, bytes, "nothing of it is left");
}

#[test]
fn an_export_names_feedback_and_reads_back() {
    let folder = StoreFolder::new();
    let engine = folder.open(EngineOptions::default());
    with_series(&engine);
    record(&engine, HideSeries, &["show-1"]);
    engine.record(&[snooze("film-5", NOW + DAY)]).unwrap();
    let lines = String::from_utf8(engine.export_profile("p", None).unwrap()).unwrap();
    assert!(lines.contains(r#""kind":"hide_series","video_id":"show-1""#), "{lines}");
    let snoozed = lines.lines().find(|line| line.contains("\"snooze\"")).unwrap();
    assert!(snoozed.contains(&format!("\"until_utc_ms\":{}", NOW + DAY)), "{snoozed}");
    assert_eq!(lines.matches("until_utc_ms").count(), 1, "only a snooze has an end");
}
