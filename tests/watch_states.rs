//! Watch states and the cards made of them, through the engine's Rust face: every boundary of the rules, what became of
//! series since they were watched, and what users of media servers complain of. `tests/watch_streams.rs` has random
//! streams of events.

mod support;

use vrec::domain::{CallOptions, Event, EventKind, Filter, Kind, Query, Status, Video, WatchCard, WatchCardKind};
use vrec::engine::{Anonymisation, Engine, EngineOptions, StoreOptions};
use vrec::learning::{WatchRules, WatchState};
use vrec::store::{OpenOptions, Retention};

use support::StoreFolder;

use EventKind::{Complete, Hide, Pause, Play, Progress, Select, Stop, Unhide, Unwatch};
use WatchCardKind::{Continue, New, Next};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// The time of lists and events where none matters.
const NOW: i64 = 1_700_000_000_000;

fn engine() -> Engine {
    Engine::new(EngineOptions::default()).expect("an engine without a model opens")
}

fn film(id: &str, duration_ms: i64) -> Video {
    let vector = Some(vec![1.0, id.len() as f32]);
    Video {
        id: id.to_owned(),
        title: id.to_uppercase(),
        kind: Some(Kind::Movie),
        vector,
        duration_ms,
        ..Video::default()
    }
}

fn episode(series: &str, season: u32, number: u32) -> Video {
    Video {
        kind: Some(Kind::Episode),
        series_id: series.to_owned(),
        season_number: season,
        episode_number: number,
        ..film(&format!("{series}-{season}-{number}"), HOUR)
    }
}

fn episodes(series: &str, season: u32, numbers: impl IntoIterator<Item = u32>) -> Vec<Video> {
    numbers.into_iter().map(|number| episode(series, season, number)).collect()
}

fn add(engine: &Engine, videos: &[Video]) {
    engine.add_videos(videos, &CallOptions::default()).unwrap();
}

fn event(kind: EventKind, video_id: &str, position_ms: i64) -> Event {
    Event { profile: "p".to_owned(), video_id: video_id.to_owned(), time_utc_ms: NOW, position_ms, ..Event::of(kind) }
}

fn record(engine: &Engine, events: &[(EventKind, &str, i64)]) {
    for (kind, id, position_ms) in events {
        engine.record(&[event(*kind, id, *position_ms)]).unwrap();
    }
}

fn at(now_utc_ms: i64) -> Query {
    Query { now_utc_ms, limit: 100, ..Query::for_profile("p") }
}

fn cards_of(engine: &Engine, query: &Query) -> Vec<WatchCard> {
    engine.watch_next(query, &CallOptions::default()).unwrap()
}

/// Each card's kind and video.
fn cards(engine: &Engine) -> Vec<(WatchCardKind, String)> {
    cards_of(engine, &at(NOW)).into_iter().map(|card| (card.kind, card.id)).collect()
}

fn expected<const N: usize>(cards: [(WatchCardKind, &str); N]) -> Vec<(WatchCardKind, String)> {
    cards.into_iter().map(|(kind, id)| (kind, id.to_owned())).collect()
}

#[test]
fn a_film_is_started_at_two_minutes_or_past_three_percent() {
    let engine = engine();
    add(&engine, &[film("long", 2 * HOUR), film("short", 10 * MINUTE), film("unknown", 0)]);
    let states = |id: &str, positions: &[i64]| -> Vec<bool> {
        let started = |position: &i64| {
            record(&engine, &[(Unwatch, id, 0), (Stop, id, *position)]);
            let is_continued = cards(&engine) == expected([(Continue, id)]);
            assert_eq!(engine.watch_state("p", id) == WatchState::Started, is_continued);
            record(&engine, &[(Unwatch, id, 0)]);
            is_continued
        };
        positions.iter().map(started).collect()
    };
    assert_eq!(states("long", &[119_999, 120_000, 120_001]), [false, true, true]);
    assert_eq!(states("short", &[18_000, 18_001]), [false, true], "3 % exactly, and just above");
    assert_eq!(states("unknown", &[119_999, 120_000]), [false, true]);
}

#[test]
fn an_episode_is_started_past_two_minutes() {
    let engine = engine();
    add(&engine, &[episode("s", 1, 1)]);
    for (position, is_started) in [(119_999, false), (120_000, false), (120_001, true)] {
        record(&engine, &[(Unwatch, "s-1-1", 0), (Progress, "s-1-1", position)]);
        assert_eq!(cards(&engine).len(), usize::from(is_started), "at {position}");
    }
    let card = &cards_of(&engine, &at(NOW))[0];
    assert_eq!((card.position_ms, card.duration_ms, card.series_id.as_str()), (120_001, HOUR, "s"));
    assert_eq!((card.title.as_str(), card.engaged_utc_ms), ("S-1-1", NOW));
    assert_eq!(card.place.map(|place| (place.season, place.episode)), Some((1, 1)));
}

#[test]
fn what_is_in_its_end_credits_is_finished() {
    let engine = engine();
    add(&engine, &[film("plain", HOUR), Video { credits_start_ms: 50 * MINUTE, ..film("credits", HOUR) }]);
    let left = |ms: i64| HOUR - ms;
    for (id, position, is_finished) in [
        ("plain", left(180_001), false),
        ("plain", left(180_000), false),
        ("plain", left(179_999), true),
        ("credits", 50 * MINUTE - 1, false),
        ("credits", 50 * MINUTE, true),
        ("credits", 50 * MINUTE + 1, true),
    ] {
        record(&engine, &[(Unwatch, id, 0), (Stop, id, position)]);
        let state = if is_finished { WatchState::Finished } else { WatchState::Started };
        assert_eq!(engine.watch_state("p", id), state, "{id} at {position}");
        assert_eq!(cards(&engine).is_empty(), is_finished);
        record(&engine, &[(Unwatch, id, 0)]);
    }
}

#[test]
fn the_length_that_an_event_tells_counts_before_the_catalogues() {
    let engine = engine();
    add(&engine, &[film("f", HOUR)]);
    let told = Event { duration_ms: 2 * HOUR, ..event(Stop, "f", HOUR - 1) };
    engine.record(&[told]).unwrap();
    assert_eq!(cards_of(&engine, &at(NOW))[0].duration_ms, 2 * HOUR);
}

#[test]
fn thresholds_are_options() {
    let watch_rules = WatchRules {
        film_started_share: 0.1,
        film_started_ms: u32::MAX,
        finished_share: Some(0.9),
        ..WatchRules::default()
    };
    let engine = Engine::new(EngineOptions { watch_rules, ..EngineOptions::default() }).unwrap();
    add(&engine, &[film("f", HOUR)]);
    record(&engine, &[(Stop, "f", 6 * MINUTE)]);
    assert_eq!(engine.watch_state("p", "f"), WatchState::NotStarted);
    record(&engine, &[(Stop, "f", 6 * MINUTE + 1)]);
    assert_eq!(engine.watch_state("p", "f"), WatchState::Started);
    record(&engine, &[(Stop, "f", 54 * MINUTE)]);
    assert_eq!(engine.watch_state("p", "f"), WatchState::Finished);
    let wrong = WatchRules { finished_share: Some(2.0), ..WatchRules::default() };
    let error = Engine::new(EngineOptions { watch_rules: wrong, ..EngineOptions::default() }).err().unwrap();
    assert!(error.status == Status::InvalidArgument && error.message.contains("finished_share"), "{error}");
}

/// What lists leave out as watched is what has been started.
#[test]
fn recommendations_and_cards_agree_on_what_is_started() {
    let engine = engine();
    add(&engine, &[film("liked", 0), film("short", 10 * MINUTE), film("long", 3 * HOUR), episode("s", 1, 1)]);
    record(&engine, &[(EventKind::Like, "liked", 0)]);
    for id in ["short", "long", "s-1-1"] {
        for position in [1, 17_999, 18_000, 18_001, 60_000, 119_999, 120_000, 120_001, 9 * MINUTE, 10 * HOUR] {
            record(&engine, &[(Unwatch, id, 0), (Stop, id, position)]);
            let list =
                engine.recommend(&Query { limit: 10, ..Query::for_profile("p") }, &CallOptions::default()).unwrap();
            let is_left_out = !list.iter().any(|item| item.id == id);
            assert_eq!(is_left_out, engine.watch_state("p", id) != WatchState::NotStarted, "{id} at {position}");
            record(&engine, &[(Unwatch, id, 0)]);
        }
    }
}

#[test]
fn the_next_episode_follows_the_finished_one() {
    let engine = engine();
    add(&engine, &[episodes("s", 1, 1..=2), episodes("s", 2, 1..=1)].concat());
    assert!(cards(&engine).is_empty());
    record(&engine, &[(Play, "s-1-1", 0), (Stop, "s-1-1", 58 * MINUTE)]);
    assert_eq!(cards(&engine), expected([(Next, "s-1-2")]));
    record(&engine, &[(Stop, "s-1-2", 30 * MINUTE)]);
    assert_eq!(cards(&engine), expected([(Continue, "s-1-2")]));
    record(&engine, &[(Complete, "s-1-2", 0)]);
    assert_eq!(cards(&engine), expected([(Next, "s-2-1")]));
    record(&engine, &[(Complete, "s-2-1", 0)]);
    assert!(cards(&engine).is_empty(), "caught up");
}

#[test]
fn a_series_with_a_gap_or_a_removed_episode_finds_its_next_one() {
    let engine = engine();
    add(&engine, &[episodes("s", 1, [1, 2, 5]), episodes("s", 3, [4])].concat());
    record(&engine, &[(Complete, "s-1-1", 0), (Complete, "s-1-2", 0)]);
    assert_eq!(cards(&engine), expected([(Next, "s-1-5")]));
    engine.remove_videos(&["s-1-5"]).unwrap();
    assert_eq!(cards(&engine), expected([(Next, "s-3-4")]));
    // Television takes episodes away after days: even of those that were watched none is left.
    engine.remove_videos(&["s-1-1", "s-1-2", "s-3-4"]).unwrap();
    assert!(cards(&engine).is_empty());
    add(&engine, &[episode("s", 3, 5)]);
    assert_eq!(cards(&engine), expected([(New, "s-3-5")]));
    add(&engine, &episodes("s", 1, [2, 3]));
    assert_eq!(cards(&engine), expected([(Next, "s-1-3")]), "the place of the last one is known still");
}

#[test]
fn an_episode_in_another_edition_is_the_same_episode() {
    let engine = engine();
    let edition = |id: &str, number| Video { id: id.to_owned(), ..episode("s", 1, number) };
    add(&engine, &[edition("one-hd", 1), edition("one-uhd", 1), edition("two-uhd", 2), edition("two-hd", 2)]);
    record(&engine, &[(Complete, "one-hd", 0)]);
    assert_eq!(cards(&engine), expected([(Next, "two-hd")]), "the least id of several");
    engine.remove_videos(&["two-hd"]).unwrap();
    assert_eq!(cards(&engine), expected([(Next, "two-uhd")]));
}

#[test]
fn a_new_episode_after_months_is_new() {
    let engine = engine();
    add(&engine, &episodes("s", 1, 1..=2));
    record(&engine, &[(Complete, "s-1-1", 0), (Complete, "s-1-2", 0)]);
    assert!(cards(&engine).is_empty());
    add(&engine, &episodes("s", 1, 3..=4));
    let later = at(NOW + 400 * DAY);
    let card = &cards_of(&engine, &later)[0];
    assert_eq!((card.kind, card.id.as_str(), card.engaged_utc_ms), (New, "s-1-3", NOW));
    // Who goes on is behind again, not caught up.
    record(&engine, &[(Complete, "s-1-3", 0)]);
    assert_eq!(cards(&engine), expected([(Next, "s-1-4")]));
}

#[test]
fn an_episode_not_yet_available_is_not_next() {
    let engine = engine();
    let from = NOW + DAY;
    let dated = Video { available_from_utc_ms: Some(from), ..episode("s", 1, 2) };
    let gone = Video { available_until_utc_ms: Some(NOW), ..episode("t", 1, 2) };
    add(&engine, &[episode("s", 1, 1), dated, episode("t", 1, 1), gone, episode("t", 1, 3)]);
    record(&engine, &[(Complete, "s-1-1", 0), (Complete, "t-1-1", 0)]);
    assert_eq!(cards(&engine), expected([(Next, "t-1-3")]), "a window that is over is a gap");
    let kinds = |now| cards_of(&engine, &at(now)).into_iter().map(|card| (card.kind, card.id)).collect::<Vec<_>>();
    assert_eq!(kinds(from - 1).len(), 1);
    assert_eq!(kinds(from), expected([(Next, "t-1-3"), (New, "s-1-2")]), "it appeared since");
    // What is in progress can only go on while it is available.
    let film = Video { available_until_utc_ms: Some(from), ..film("f", HOUR) };
    add(&engine, &[film]);
    record(&engine, &[(Stop, "f", 10 * MINUTE)]);
    assert_eq!((kinds(from - 1)[0].clone(), kinds(from).len()), ((Continue, "f".to_owned()), 2));
}

#[test]
fn specials_are_continued_and_never_next() {
    let engine = engine();
    let special = Video { season_number: 0, ..episode("s", 0, 1) };
    let unnumbered = Video { episode_number: 0, ..episode("s", 1, 0) };
    add(&engine, &[vec![special, unnumbered], episodes("s", 1, 1..=2)].concat());
    record(&engine, &[(Complete, "s-1-1", 0), (Stop, "s-0-1", 30 * MINUTE)]);
    assert_eq!(cards(&engine), expected([(Continue, "s-0-1")]));
    record(&engine, &[(Complete, "s-0-1", 0)]);
    assert_eq!(cards(&engine), expected([(Next, "s-1-2")]), "the series goes on where it was");
    record(&engine, &[(Complete, "s-1-0", 0)]);
    assert_eq!(cards(&engine), expected([(Next, "s-1-2")]));
    // Where no episode has a season, none is a special.
    add(&engine, &episodes("t", 0, 1..=2));
    record(&engine, &[(Complete, "t-0-1", 0)]);
    assert_eq!(cards(&engine)[0], (Next, "t-0-2".to_owned()));
}

#[test]
fn watching_a_finished_series_again_starts_it_again() {
    let engine = engine();
    add(&engine, &episodes("s", 1, 1..=3));
    record(&engine, &[(Complete, "s-1-1", 0), (Complete, "s-1-2", 0), (Complete, "s-1-3", 0)]);
    assert!(cards(&engine).is_empty());
    record(&engine, &[(Stop, "s-1-1", 90_000)]);
    assert!(cards(&engine).is_empty(), "a look into it is no start");
    record(&engine, &[(Stop, "s-1-1", 20 * MINUTE)]);
    assert_eq!(cards(&engine), expected([(Continue, "s-1-1")]));
    record(&engine, &[(Stop, "s-1-1", 58 * MINUTE), (Complete, "s-1-1", 0)]);
    assert_eq!(cards(&engine), expected([(Next, "s-1-2")]));
    record(&engine, &[(Complete, "s-1-2", 0)]);
    assert_eq!(cards(&engine), expected([(Next, "s-1-3")]));
    record(&engine, &[(Complete, "s-1-3", 0)]);
    assert!(cards(&engine).is_empty());
}

#[test]
fn nothing_finished_is_offered_as_unseen() {
    let engine = engine();
    add(&engine, &episodes("s", 1, 1..=6));
    // Out of order: the fourth is skipped to, the third comes later.
    record(&engine, &[(Complete, "s-1-1", 0), (Complete, "s-1-2", 0), (Complete, "s-1-4", 0), (Complete, "s-1-3", 0)]);
    assert_eq!(cards(&engine), expected([(Next, "s-1-5")]));
    // One episode seen again in the middle of a series does not start it again.
    record(&engine, &[(Complete, "s-1-1", 0)]);
    assert_eq!(cards(&engine), expected([(Next, "s-1-5")]));
    record(&engine, &[(Complete, "s-1-6", 0), (Complete, "s-1-5", 0)]);
    assert!(cards(&engine).is_empty(), "the last two in the other order");
}

#[test]
fn watching_a_finished_film_again_continues_it() {
    let engine = engine();
    add(&engine, &[film("f", 2 * HOUR)]);
    record(&engine, &[(Stop, "f", HOUR), (Complete, "f", 0), (Stop, "f", 119 * MINUTE)]);
    assert!(cards(&engine).is_empty());
    record(&engine, &[(Play, "f", 0), (Progress, "f", 60_000)]);
    assert_eq!(engine.watch_state("p", "f"), WatchState::Finished, "a minute is no start");
    record(&engine, &[(Progress, "f", 5 * MINUTE)]);
    assert_eq!(cards(&engine), expected([(Continue, "f")]));
    assert_eq!(cards_of(&engine, &at(NOW))[0].position_ms, 5 * MINUTE);
}

#[test]
fn live_television_counts_by_what_was_viewed() {
    let engine = engine();
    let live = Video { kind: Some(Kind::LiveEvent), duration_ms: 10 * MINUTE, ..film("match", 0) };
    add(&engine, &[live]);
    // 3 % of ten minutes are 18 seconds, and in its last three minutes a film would be finished.
    record(&engine, &[(Progress, "match", 119_999)]);
    assert!(cards(&engine).is_empty());
    record(&engine, &[(Progress, "match", 120_000)]);
    assert_eq!(cards(&engine), expected([(Continue, "match")]));
    record(&engine, &[(Progress, "match", 9 * MINUTE)]);
    let card = &cards_of(&engine, &at(NOW))[0];
    assert_eq!((card.kind, card.position_ms, card.duration_ms), (Continue, 9 * MINUTE, 0));
    record(&engine, &[(Complete, "match", 0)]);
    assert!(cards(&engine).is_empty());
}

#[test]
fn clips_and_adverts_never_make_a_card() {
    let engine = engine();
    let kinds = [Kind::Clip, Kind::Advert, Kind::Series, Kind::Season];
    let videos = kinds.map(|kind| Video { kind: Some(kind), ..film(&format!("{kind:?}"), HOUR) });
    add(&engine, &videos);
    videos.iter().for_each(|video| record(&engine, &[(Stop, &video.id, 30 * MINUTE)]));
    assert!(cards(&engine).is_empty());
}

/// jellyfin-roku-legacy #1986.
#[test]
fn continue_and_next_up_do_not_overlap() {
    let engine = engine();
    add(&engine, &episodes("s", 1, 1..=4));
    record(&engine, &[(Stop, "s-1-2", 30 * MINUTE), (Complete, "s-1-1", 0)]);
    assert_eq!(cards(&engine), expected([(Continue, "s-1-2")]), "the next one is begun: it is continued");
    record(&engine, &[(Complete, "s-1-3", 0)]);
    assert_eq!(cards(&engine), expected([(Next, "s-1-4")]), "one card a series");
}

/// Jellyfin-Enhanced #153, #652.
#[test]
fn a_card_is_removed_without_unwatching() {
    let engine = engine();
    add(&engine, &[vec![film("f", HOUR), film("s", HOUR)], episodes("s", 1, 1..=3)].concat());
    record(&engine, &[(Stop, "f", 30 * MINUTE), (Complete, "s-1-1", 0)]);
    record(&engine, &[(Hide, "f", 0), (Hide, "s-1-2", 0)]);
    assert!(cards(&engine).is_empty(), "nor does another episode take the place of a hidden one");
    assert_eq!(engine.watch_state("p", "f"), WatchState::Started);
    assert_eq!(engine.watch_state("p", "s-1-1"), WatchState::Finished);
    record(&engine, &[(Unhide, "f", 0), (Unhide, "s-1-2", 0)]);
    assert_eq!(cards(&engine), expected([(Next, "s-1-2"), (Continue, "f")]));
    // What is watched again comes back by itself.
    record(&engine, &[(Hide, "f", 0), (Progress, "f", 31 * MINUTE)]);
    assert_eq!(cards(&engine)[0], (Continue, "f".to_owned()));
    // A series as a whole, by its id, until it is shown again.
    record(&engine, &[(Hide, "s", 0), (Complete, "s-1-2", 0)]);
    assert_eq!(cards(&engine), expected([(Continue, "f")]));
    record(&engine, &[(Unhide, "s", 0)]);
    assert_eq!(cards(&engine), expected([(Next, "s-1-3"), (Continue, "f")]));
}

#[test]
fn unwatching_takes_a_watch_back() {
    let engine = engine();
    add(&engine, &[vec![film("f", HOUR)], episodes("s", 1, 1..=3)].concat());
    record(&engine, &[(Complete, "f", 0), (Complete, "s-1-1", 0), (Complete, "s-1-2", 0), (Unwatch, "s-1-2", 0)]);
    assert_eq!(cards(&engine), expected([(Next, "s-1-2")]));
    record(&engine, &[(Unwatch, "s-1-1", 0), (Unwatch, "f", 0), (Unwatch, "s-1-3", 0)]);
    assert!(cards(&engine).is_empty());
    assert_eq!(engine.watch_state("p", "f"), WatchState::NotStarted);
    let list = engine.recommend(&Query::for_profile("p"), &CallOptions::default()).unwrap();
    assert!(list.is_empty(), "nothing is left that a list could be made from: {list:?}");
    record(&engine, &[(Stop, "f", 30 * MINUTE), (Unwatch, "f", 0)]);
    assert!(cards(&engine).is_empty());
}

/// streamystats #423.
#[test]
fn cards_change_with_each_event() {
    let engine = engine();
    add(&engine, &[film("f", HOUR), film("g", HOUR)]);
    record(&engine, &[(Stop, "f", 30 * MINUTE), (Pause, "g", 30 * MINUTE)]);
    assert_eq!(cards(&engine), expected([(Continue, "g"), (Continue, "f")]), "newest first");
    record(&engine, &[(Select, "f", 0), (Progress, "f", 31 * MINUTE)]);
    assert_eq!(cards(&engine), expected([(Continue, "f"), (Continue, "g")]));
}

#[test]
fn a_clock_that_jumps_changes_nothing() {
    let run = |times: [i64; 4]| {
        let engine = engine();
        add(&engine, &[vec![film("f", HOUR)], episodes("s", 1, 1..=3)].concat());
        let events =
            [(Complete, "s-1-1", 0), (Stop, "f", 30 * MINUTE), (Stop, "s-1-2", 9 * MINUTE), (Complete, "s-1-2", 0)];
        for ((kind, id, position), time_utc_ms) in events.into_iter().zip(times) {
            engine.record(&[Event { time_utc_ms, ..event(kind, id, position) }]).unwrap();
        }
        cards(&engine)
    };
    let forwards = run([NOW, NOW + 1, NOW + 2, NOW + 3]);
    assert_eq!(forwards, expected([(Next, "s-1-3"), (Continue, "f")]));
    assert_eq!(run([NOW; 4]), forwards);
    assert_eq!(run([i64::MAX, 0, NOW, i64::MIN]), forwards);
}

#[test]
fn before_anything_was_available_nothing_is_told_apart_as_new() {
    let engine = engine();
    let opened = |video: Video| Video { available_from_utc_ms: Some(NOW - DAY), ..video };
    add(&engine, &episodes("s", 1, 1..=3).into_iter().map(opened).collect::<Vec<_>>());
    engine.record(&[Event { time_utc_ms: 0, ..event(Complete, "s-1-1", 0) }]).unwrap();
    assert_eq!(cards(&engine), expected([(Next, "s-1-2")]));
}

#[test]
fn a_special_that_was_finished_is_no_step_in_the_series() {
    let engine = engine();
    add(&engine, &[vec![Video { season_number: 0, ..episode("s", 0, 1) }], episodes("s", 1, 1..=2)].concat());
    record(&engine, &[(Stop, "s-1-1", 30 * MINUTE), (Complete, "s-0-1", 0)]);
    assert_eq!(cards(&engine), expected([(Continue, "s-1-1")]));
    record(&engine, &[(Stop, "s-0-1", 30 * MINUTE), (Complete, "s-1-1", 0)]);
    assert_eq!(cards(&engine), expected([(Next, "s-1-2")]));
}

#[test]
fn an_earlier_episode_that_is_unwatched_leaves_the_furthest_as_the_last() {
    let engine = engine();
    add(&engine, &episodes("s", 1, 1..=4));
    record(&engine, &[(Complete, "s-1-3", 0), (Complete, "s-1-1", 0), (EventKind::Unwatch, "s-1-1", 0)]);
    assert_eq!(cards(&engine), expected([(Next, "s-1-4")]));
}

#[test]
fn cards_keep_filter_exclusions_and_limit() {
    let engine = engine();
    let aged = |age: u8, video: Video| Video { min_age: Some(age), ..video };
    add(&engine, &[aged(6, film("f", HOUR)), aged(18, film("g", HOUR)), film("h", HOUR)]);
    add(&engine, &[aged(6, episode("s", 1, 1)), aged(18, episode("s", 1, 2)), aged(6, episode("s", 1, 3))]);
    record(&engine, &[(Stop, "f", HOUR / 2), (Stop, "g", HOUR / 2), (Stop, "h", HOUR / 2), (Complete, "s-1-1", 0)]);
    let ids = |query: Query| cards_of(&engine, &query).into_iter().map(|card| card.id).collect::<Vec<_>>();
    assert_eq!(ids(at(NOW)), ["s-1-2", "h", "g", "f"]);
    let child = Filter { viewer_age: Some(12), ..Filter::default() };
    assert_eq!(ids(Query { filter: Some(child), ..at(NOW) }), ["s-1-3", "f"]);
    assert_eq!(ids(Query { limit: 2, ..at(NOW) }), ["s-1-2", "h"]);
    let exclude = vec!["s-1-2".to_owned(), "h".to_owned(), "unknown".to_owned()];
    assert_eq!(ids(Query { exclude, ..at(NOW) }), ["g", "f"], "none comes in the place of an excluded one");
    let error = engine.watch_next(&Query::for_profile("p"), &CallOptions::default()).unwrap_err();
    assert!(error.status == Status::InvalidArgument && error.message.contains("now_utc_ms"), "{error}");
    assert!(cards_of(&engine, &Query { profile: "nobody".to_owned(), ..at(NOW) }).is_empty());
}

#[test]
fn profiles_are_apart_and_forgotten_with_all_they_watched() {
    let engine = engine();
    add(&engine, &[vec![film("f", HOUR)], episodes("s", 1, 1..=2)].concat());
    let before = engine.statistics().memory_bytes;
    record(&engine, &[(Stop, "f", HOUR / 2), (Complete, "s-1-1", 0), (Hide, "s-1-2", 0), (Unwatch, "f", 0)]);
    assert!(engine.statistics().memory_bytes > before);
    engine.record(&[Event { profile: "q".to_owned(), ..event(Stop, "f", HOUR / 3) }]).unwrap();
    engine.forget_profile("p").unwrap();
    assert!(cards(&engine).is_empty());
    assert_eq!(cards_of(&engine, &Query { profile: "q".to_owned(), ..at(NOW) }).len(), 1);
    engine.forget_profile("q").unwrap();
    let videos = engine.statistics().memory_bytes;
    engine.record(&[Event { profile: "q".to_owned(), ..event(Stop, "f", HOUR / 3) }]).unwrap();
    engine.forget_profile("q").unwrap();
    assert_eq!(engine.statistics().memory_bytes, videos, "every byte that was counted is given back");
}

#[test]
fn an_opened_store_gives_the_same_cards() {
    let folder = StoreFolder::new();
    let engine = folder.open(EngineOptions::default());
    let credits = Video { credits_start_ms: 50 * MINUTE, ..film("credits", HOUR) };
    add(&engine, &[vec![film("f", HOUR), credits.clone()], episodes("s", 1, 1..=4), episodes("t", 1, 1..=1)].concat());
    record(
        &engine,
        &[(Stop, "f", HOUR / 2), (Stop, "credits", 55 * MINUTE), (Complete, "s-1-1", 0), (Complete, "s-1-2", 0)],
    );
    record(&engine, &[(Complete, "t-1-1", 0), (Complete, "s-1-1", 0)]);
    // What the catalogue says later does not change what was watched.
    add(&engine, &[Video { credits_start_ms: 0, duration_ms: 3 * HOUR, ..credits }, episode("t", 1, 2)]);
    engine.remove_videos(&["s-1-1", "s-1-2", "t-1-1"]).unwrap();
    let before = cards_of(&engine, &at(NOW));
    assert_eq!(cards(&engine), expected([(Next, "s-1-3"), (New, "t-1-2"), (Continue, "f")]));
    drop(engine);
    let engine = folder.open(EngineOptions::default());
    assert_eq!(cards_of(&engine, &at(NOW)), before);
    // Also when everything is learned anew, from fewer events.
    let limits = Retention { max_events: Some(4), ..Retention::default() };
    assert!(engine.retain(&limits, NOW).unwrap() > 0);
    assert_eq!(cards(&engine), expected([(Next, "s-1-3"), (New, "t-1-2")]));
    engine.forget_profile("p").unwrap();
    drop(engine);
    assert!(cards(&folder.open(EngineOptions::default())).is_empty());
}

#[test]
fn a_stored_video_keeps_its_place_and_length() {
    let folder = StoreFolder::new();
    let engine = folder.open(EngineOptions::default());
    add(&engine, &[episode("s", 2, 7), Video { credits_start_ms: 40 * MINUTE, ..episode("s", 2, 8) }]);
    drop(engine);
    let engine = folder.open(EngineOptions::default());
    record(&engine, &[(Complete, "s-2-7", 0), (Stop, "s-2-8", 30 * MINUTE)]);
    let card = &cards_of(&engine, &at(NOW))[0];
    assert_eq!((card.id.as_str(), card.duration_ms, card.position_ms), ("s-2-8", HOUR, 30 * MINUTE));
    record(&engine, &[(Stop, "s-2-8", 40 * MINUTE)]);
    assert!(cards(&engine).is_empty());
}

#[test]
fn an_anonymous_export_holds_no_series() {
    let folder = StoreFolder::new();
    let engine = folder.open(EngineOptions::default());
    add(&engine, &episodes("secret-series", 1, 1..=2));
    record(&engine, &[(Complete, "secret-series-1-1", 0)]);
    let how = Anonymisation { salt: [7; 32], profile_salt: None, time_step_ms: HOUR };
    let lines = String::from_utf8(engine.export_profile("p", Some(&how)).unwrap()).unwrap();
    assert!(lines.contains("complete") && !lines.contains("secret"), "{lines}");
}

#[test]
fn who_takes_back_one_edition_has_seen_the_other() {
    let engine = engine();
    let edition = |id: &str, number| Video { id: id.to_owned(), ..episode("s", 1, number) };
    add(&engine, &[edition("one-hd", 1), edition("one-uhd", 1), edition("two", 2), edition("three", 3)]);
    record(&engine, &[(Complete, "one-hd", 0), (Complete, "one-uhd", 0), (Complete, "two", 0)]);
    record(&engine, &[(Unwatch, "one-hd", 0), (Unwatch, "two", 0)]);
    assert_eq!(cards(&engine), expected([(Next, "two")]), "the first episode is seen still");
    record(&engine, &[(Unwatch, "one-uhd", 0)]);
    assert!(cards(&engine).is_empty(), "nothing of the series was watched");
}

#[test]
fn the_edition_that_was_begun_is_the_one_that_goes_on() {
    let engine = engine();
    let edition = |id: &str, number| Video { id: id.to_owned(), ..episode("s", 1, number) };
    let two = ["two-dub", "two-hd", "two-uhd"].map(|id| edition(id, 2));
    add(&engine, &[&[edition("one", 1)][..], &two].concat());
    record(&engine, &[(Stop, "two-uhd", 30 * MINUTE), (Complete, "one", 0)]);
    assert_eq!(cards(&engine), expected([(Continue, "two-uhd")]), "not the one with the least id");
    // Of several that were watched to their ends the last, when the series is watched again.
    record(&engine, &[(Complete, "two-uhd", 0), (Complete, "two-hd", 0), (Complete, "one", 0)]);
    assert_eq!(cards(&engine), expected([(Next, "two-hd")]));
}

#[test]
fn an_end_at_the_beginning_ends_nothing_later() {
    let engine = engine();
    add(&engine, &[film("f", HOUR), episode("s", 1, 1)]);
    for position_ms in [1, 100, 100_000] {
        record(&engine, &[(Complete, "f", position_ms), (Complete, "s-1-1", position_ms)]);
        assert!(cards(&engine).is_empty());
        record(&engine, &[(Stop, "f", 30 * MINUTE), (Stop, "s-1-1", 20 * MINUTE)]);
        assert_eq!(cards(&engine), expected([(Continue, "s-1-1"), (Continue, "f")]), "complete at {position_ms} ms");
        record(&engine, &[(Unwatch, "f", 0), (Unwatch, "s-1-1", 0)]);
    }
    // Where playback was before is where it ended.
    record(&engine, &[(Stop, "f", 30 * MINUTE), (Complete, "f", 5), (Progress, "f", 31 * MINUTE)]);
    assert!(cards(&engine).is_empty());
    record(&engine, &[(Progress, "f", 29 * MINUTE)]);
    assert_eq!(cards(&engine), expected([(Continue, "f")]));
}

#[test]
fn a_length_that_was_told_is_kept() {
    let engine = engine();
    add(&engine, &[film("f", 0), Video { kind: Some(Kind::LiveEvent), ..film("live", 0) }]);
    for id in ["f", "live"] {
        let told = Event { duration_ms: HOUR, ..event(Progress, id, 10 * MINUTE) };
        engine.record(&[told, event(Stop, id, 11 * MINUTE)]).unwrap();
    }
    let lengths: Vec<(String, i64)> =
        cards_of(&engine, &at(NOW)).into_iter().map(|card| (card.id, card.duration_ms)).collect();
    assert_eq!(lengths, [("live".to_owned(), 0), ("f".to_owned(), HOUR)], "live television has none");
}

#[test]
fn what_the_catalogue_says_now_counts_for_hiding_and_for_kinds() {
    let engine = engine();
    add(&engine, &[film("pilot", HOUR), film("trailer", HOUR)]);
    record(&engine, &[(Stop, "pilot", 10 * MINUTE), (Stop, "trailer", 10 * MINUTE)]);
    assert_eq!(cards(&engine).len(), 2);
    // The film becomes the first episode of a series, and the other one a clip.
    let pilot = Video { id: "pilot".to_owned(), ..episode("s", 1, 1) };
    let series = Video { kind: Some(Kind::Series), ..film("s", 0) };
    add(&engine, &[pilot, series, Video { kind: Some(Kind::Clip), ..film("trailer", HOUR) }]);
    assert_eq!(cards(&engine), expected([(Continue, "pilot")]));
    record(&engine, &[(Hide, "s", 0)]);
    assert!(cards(&engine).is_empty());
    record(&engine, &[(Unhide, "s", 0)]);
    assert_eq!(cards(&engine), expected([(Continue, "pilot")]));
    // A clip between two episodes is passed over.
    let clip = Video { kind: Some(Kind::Clip), ..episode("s", 1, 2) };
    add(&engine, &[clip, episode("s", 1, 3)]);
    record(&engine, &[(Complete, "pilot", 0)]);
    assert_eq!(cards(&engine), expected([(Next, "s-1-3")]));
}

#[test]
fn the_last_available_episode_is_looked_for_among_the_last_256() {
    let engine = engine();
    let announced = |number| Video { available_from_utc_ms: Some(NOW + DAY), ..episode("s", 1, number) };
    let dated = |numbers: std::ops::RangeInclusive<u32>| numbers.map(announced).collect::<Vec<Video>>();
    add(&engine, &[vec![episode("s", 1, 1)], dated(2..=256)].concat());
    record(&engine, &[(Complete, "s-1-1", 0)]);
    let later = |engine: &Engine| cards_of(engine, &at(NOW + DAY))[0].kind;
    assert_eq!(later(&engine), New, "caught up, with 255 announced");
    add(&engine, &dated(257..=257));
    record(&engine, &[(Complete, "s-1-1", 0)]);
    assert_eq!(later(&engine), Next, "nothing is told apart behind more than that");
}

#[test]
fn an_end_that_only_later_rules_see_makes_nothing_new() {
    let folder = StoreFolder::new();
    let engine = folder.open(EngineOptions::default());
    let dated = Video { available_from_utc_ms: Some(NOW + DAY), ..episode("s", 1, 2) };
    add(&engine, &[episode("s", 1, 1), dated]);
    record(&engine, &[(Stop, "s-1-1", 55 * MINUTE)]);
    assert_eq!(cards(&engine), expected([(Continue, "s-1-1")]));
    drop(engine);
    let store = StoreOptions { path: folder.path(), device_key: None, open: OpenOptions::default() };
    let watch_rules = WatchRules { finished_share: Some(0.9), ..WatchRules::default() };
    let engine = Engine::new(EngineOptions { store: Some(store), watch_rules, ..EngineOptions::default() }).unwrap();
    let kinds: Vec<WatchCardKind> = cards_of(&engine, &at(NOW + DAY)).into_iter().map(|card| card.kind).collect();
    assert_eq!(kinds, [Next], "what could be watched then was not kept");
}
