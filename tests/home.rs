//! The home screen through the engine's Rust face: what each row holds, what a screen promises, and both under random
//! streams of events. `tests/complaints.rs` has what users of media servers complain of.

use std::collections::{HashMap, HashSet};

use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};
use vrec::domain::{
    CallOptions, Event, EventKind, Filter, HomeItem, HomeQuery, HomeRow, Kind, Query, RowKind, RowQuery, Rule,
    RuleAction, RuleTarget, Status, Video, WatchCardKind, Watched,
};
use vrec::engine::{Engine, EngineOptions};
use vrec::learning::WatchState;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const NOW: i64 = 1_700_000_000_000;

fn engine_of(videos: &[Video]) -> Engine {
    let engine = Engine::new(EngineOptions::default()).expect("an engine without a model opens");
    engine.add_videos(videos, &CallOptions::default()).unwrap();
    engine
}

fn film(id: &str, vector: [f32; 3]) -> Video {
    Video {
        id: id.to_owned(),
        title: format!("Film {id}"),
        kind: Some(Kind::Movie),
        vector: Some(vector.to_vec()),
        duration_ms: HOUR,
        ..Video::default()
    }
}

fn episode(series: &str, number: u32, vector: [f32; 3]) -> Video {
    Video {
        kind: Some(Kind::Episode),
        series_id: series.to_owned(),
        season_number: 1,
        episode_number: number,
        ..film(&format!("{series}-{number}"), vector)
    }
}

fn event(profile: &str, kind: EventKind, video_id: &str) -> Event {
    Event { profile: profile.to_owned(), video_id: video_id.to_owned(), time_utc_ms: NOW - HOUR, ..Event::of(kind) }
}

fn does(engine: &Engine, profile: &str, kind: EventKind, ids: &[&str]) {
    ids.iter().for_each(|id| engine.record(&[event(profile, kind, id)]).unwrap());
}

fn watches(engine: &Engine, profile: &str, ids: &[&str]) {
    does(engine, profile, EventKind::Complete, ids);
}

fn asking(kinds: &[RowKind]) -> HomeQuery {
    HomeQuery { rows: kinds.iter().map(|kind| RowQuery::of(*kind)).collect(), ..HomeQuery::for_profile("p", NOW) }
}

fn screen(engine: &Engine, query: &HomeQuery) -> Vec<HomeRow> {
    engine.home(query, &CallOptions::default()).unwrap()
}

fn ids(row: &HomeRow) -> Vec<&str> {
    row.items.iter().map(|item| item.recommendation.id.as_str()).collect()
}

/// The ids of the one row of this kind; none where there is no such row.
fn only(engine: &Engine, kind: RowKind) -> Vec<String> {
    let rows = screen(engine, &asking(&[kind]));
    rows.first().map(|row| ids(row).into_iter().map(str::to_owned).collect()).unwrap_or_default()
}

#[test]
fn a_series_is_shown_by_its_entry_or_its_first_unseen_episode() {
    let near = [1.0, 0.1, 0.0];
    let entry = Video { kind: Some(Kind::Series), ..film("own", near) };
    let named = Video { kind: Some(Kind::Series), series_id: "other".to_owned(), ..film("entry of other", near) };
    let closed = Video { available_until_utc_ms: Some(NOW), ..episode("bare", 1, near) };
    let mut videos = vec![film("seed", [1.0, 0.0, 0.0]), film("far", [0.0, 0.0, 1.0]), entry, named, closed];
    videos.extend(["own", "other", "bare"].iter().flat_map(|id| (2..5).map(|number| episode(id, number, near))));
    let engine = engine_of(&videos);
    watches(&engine, "p", &["seed"]);
    let mut shown = only(&engine, RowKind::ForYou);
    shown.sort();
    assert_eq!(shown, ["bare-2", "entry of other", "far", "own"], "the first episode that can be watched now");
    watches(&engine, "p", &["bare-2"]);
    assert!(
        only(&engine, RowKind::ForYou).contains(&"bare-3".to_owned()),
        "the next one, where no row of cards has it"
    );
    let rows = screen(&engine, &asking(&[RowKind::NextUp, RowKind::ForYou]));
    assert_eq!((ids(&rows[0]), ids(&rows[1]).contains(&"bare-3")), (vec!["bare-3"], false));
    watches(&engine, "p", &["bare-3", "bare-4", "own-2", "own-3", "own-4"]);
    let shown = only(&engine, RowKind::ForYou);
    assert!(shown.iter().all(|id| !id.starts_with("bare") && !id.starts_with("own")), "seen to the end: {shown:?}");
    let query = asking(&[RowKind::ForYou]);
    let again = HomeQuery { query: Query { watched: Watched::Include, ..query.query.clone() }, ..query };
    assert!(ids(&screen(&engine, &again)[0]).contains(&"own"), "unless what was watched is asked for");
}

#[test]
fn hiding_a_series_takes_it_from_every_row() {
    let near = [1.0, 0.1, 0.0];
    let entry = Video { kind: Some(Kind::Series), ..film("own", near) };
    let videos = [film("seed", [1.0, 0.0, 0.0]), entry, episode("own", 1, near), episode("own", 2, near)];
    let engine = engine_of(&videos);
    watches(&engine, "p", &["seed"]);
    assert_eq!(only(&engine, RowKind::ForYou), ["own"]);
    does(&engine, "p", EventKind::Hide, &["own"]);
    assert!(only(&engine, RowKind::ForYou).is_empty());
    does(&engine, "p", EventKind::Unhide, &["own"]);
    assert_eq!(only(&engine, RowKind::ForYou), ["own"]);
}

#[test]
fn what_others_watched_fills_a_screen_for_who_is_new() {
    let mut videos: Vec<Video> = (0..20).map(|n| film(&format!("f{n:02}"), [1.0, n as f32, 0.0])).collect();
    videos.push(Video { available_from_utc_ms: Some(NOW - DAY), ..film("new", [1.0, 0.0, 0.0]) });
    let engine = engine_of(&videos);
    for (viewer, watched) in [("a", "f00"), ("b", "f00"), ("c", "f00"), ("a", "f01"), ("b", "f01"), ("c", "f02")] {
        watches(&engine, viewer, &[watched]);
    }
    let long_ago = |viewer: &str| Event { time_utc_ms: NOW - 200 * DAY, ..event(viewer, EventKind::Complete, "f09") };
    engine.record(&["a", "b", "c", "d", "e"].map(long_ago)).unwrap();
    assert_eq!(only(&engine, RowKind::Popular), ["f09", "f00", "f01", "f02"]);
    assert_eq!(only(&engine, RowKind::Trending), ["f00", "f01", "f02"], "of the last weeks");
    let rows = screen(&engine, &HomeQuery { row_size: 3, ..HomeQuery::for_profile("nobody", NOW) });
    let kinds: Vec<RowKind> = rows.iter().map(|row| row.kind).collect();
    assert_eq!(kinds, [RowKind::NewForYou, RowKind::Trending, RowKind::Popular, RowKind::Explore]);
    assert_eq!(ids(&rows[1]), ["f00", "f01", "f02"]);
    assert_eq!(ids(&rows[2]), ["f09"]);
    assert_eq!((rows[1].title_en.as_str(), rows[1].title_zh.as_str()), ("Trending now", "近期热播"));
}

#[test]
fn windows_decide_on_new_leaving_and_on_now() {
    let days = |from: Option<i64>, until: Option<i64>, id: &str| Video {
        available_from_utc_ms: from.map(|days| NOW + days * DAY),
        available_until_utc_ms: until.map(|days| NOW + days * DAY),
        ..film(id, [1.0, 0.0, 0.0])
    };
    let live = |from: i64, until: i64, id: &str| Video {
        kind: Some(Kind::LiveEvent),
        available_from_utc_ms: Some(NOW + from),
        available_until_utc_ms: Some(NOW + until),
        ..film(id, [1.0, 0.0, 0.0])
    };
    let engine = engine_of(&[
        days(Some(-31), None, "a month old"),
        days(Some(-29), None, "new"),
        days(Some(-5), None, "newer"),
        days(Some(1), None, "not yet"),
        days(None, Some(2), "leaves soon"),
        days(None, Some(6), "leaves later"),
        days(None, Some(8), "stays"),
        days(None, Some(0), "gone"),
        live(-HOUR, HOUR, "match"),
        live(-2 * HOUR, -HOUR, "over"),
        live(HOUR, 2 * HOUR, "tonight"),
    ]);
    assert_eq!(only(&engine, RowKind::NewForYou), ["match", "newer", "new"], "newest first for who is not known");
    assert_eq!(only(&engine, RowKind::LeavingSoon), ["match", "leaves soon", "leaves later"]);
    assert_eq!(only(&engine, RowKind::OnNow), ["match"]);
    let short = HomeQuery { new_days: 10, leaving_days: 3, ..asking(&[RowKind::NewForYou, RowKind::LeavingSoon]) };
    let rows = screen(&engine, &short);
    assert_eq!((ids(&rows[0]), ids(&rows[1])), (vec!["match", "newer"], vec!["leaves soon"]));
    assert_eq!(rows[1].items[0].available_until_utc_ms, Some(NOW + 2 * DAY));
    let all = screen(&engine, &HomeQuery::for_profile("p", NOW));
    assert!(all.iter().flat_map(ids).all(|id| !["not yet", "gone", "over", "tonight"].contains(&id)));
}

#[test]
fn new_and_leaving_videos_are_ranked_for_the_viewer() {
    let new = |id: &str, vector| Video {
        available_from_utc_ms: Some(NOW - DAY),
        available_until_utc_ms: Some(NOW + DAY),
        ..film(id, vector)
    };
    let engine = engine_of(&[
        film("seed", [1.0, 0.0, 0.0]),
        new("a far one", [0.0, 1.0, 0.0]),
        new("like the seed", [1.0, 0.2, 0.0]),
        new("between", [1.0, 1.0, 0.0]),
    ]);
    watches(&engine, "p", &["seed"]);
    for kind in [RowKind::NewForYou, RowKind::LeavingSoon] {
        assert_eq!(only(&engine, kind), ["like the seed", "between", "a far one"]);
    }
}

#[test]
fn a_leaving_episode_is_shown_by_itself_only_where_it_is_the_one_to_watch() {
    let leaving = |video: Video| Video { available_until_utc_ms: Some(NOW + DAY), ..video };
    let engine = engine_of(&[
        leaving(episode("all", 1, [1.0, 0.0, 0.0])),
        leaving(episode("all", 2, [1.0, 0.0, 0.0])),
        Video { kind: Some(Kind::Series), ..film("all", [1.0, 0.0, 0.0]) },
        episode("last", 1, [1.0, 0.0, 0.0]),
        leaving(episode("last", 2, [1.0, 0.0, 0.0])),
    ]);
    assert_eq!(only(&engine, RowKind::LeavingSoon), ["all-1"]);
    watches(&engine, "p", &["last-1"]);
    let mut shown = only(&engine, RowKind::LeavingSoon);
    shown.sort();
    assert_eq!(shown, ["all-1", "last-2"]);
}

#[test]
fn seeds_are_what_was_watched_or_liked_last() {
    let mut videos: Vec<Video> = (0..12).map(|n| film(&format!("f{n:02}"), [1.0, n as f32 / 6.0, 0.0])).collect();
    videos.extend((1..4).map(|number| episode("show", number, [0.0, 0.0, 1.0])));
    let engine = engine_of(&videos);
    let because = asking(&[RowKind::BecauseYouWatched]);
    assert!(screen(&engine, &because).is_empty(), "nothing was watched");
    watches(&engine, "p", &["f00"]);
    does(&engine, "p", EventKind::Like, &["f05"]);
    let row = screen(&engine, &because).remove(0);
    assert_eq!((row.seed_id.as_str(), row.title_key), ("f05", "because_you_liked"));
    assert_eq!(
        (row.title_en.as_str(), row.title_zh.as_str()),
        ("Because you liked “Film f05”", "因为你喜欢《Film f05》")
    );
    does(&engine, "p", EventKind::Dislike, &["f05"]);
    let row = screen(&engine, &because).remove(0);
    assert_eq!((row.seed_id.as_str(), row.title_key), ("f00", "because_you_watched"));
    watches(&engine, "p", &["show-1"]);
    let without_entry = asking(&[RowKind::MoreLikeThis]);
    let like_series = screen(&engine, &without_entry);
    assert!(like_series.iter().all(|row| row.seed_id == "show" || row.seed_id == "f00"), "{like_series:?}");
    does(&engine, "p", EventKind::Select, &["f07"]);
    let row = screen(&engine, &without_entry).remove(0);
    assert_eq!((row.seed_id.as_str(), row.title_en.as_str()), ("f07", "More like “Film f07”"));
    assert!(ids(&row).contains(&"f06") && !ids(&row).contains(&"f07") && !ids(&row).contains(&"f00"));
}

#[test]
fn a_named_seed_is_taken_or_refused() {
    let mut videos: Vec<Video> = (0..12).map(|n| film(&format!("f{n:02}"), [1.0, n as f32, 0.0])).collect();
    videos.extend((1..4).map(|number| episode("show", number, [1.0, 3.0, 0.0])));
    let engine = engine_of(&videos);
    let asked = |kind, seed: &str| HomeQuery { rows: vec![RowQuery::of(kind).with_seed(seed)], ..asking(&[]) };
    let row = screen(&engine, &asked(RowKind::MoreLikeThis, "show")).remove(0);
    assert_eq!((row.seed_id.as_str(), ids(&row)[0]), ("show", "f03"));
    assert!(ids(&row).iter().all(|id| !id.starts_with("show")), "a series is not like itself");
    let same = screen(&engine, &asked(RowKind::MoreLikeThis, "show-2")).remove(0);
    assert_eq!((same.seed_id.as_str(), ids(&same)), ("show", ids(&row)), "an episode seeds as its series");
    assert!(screen(&engine, &asked(RowKind::BecauseYouWatched, "f03")).is_empty(), "it was not watched");
    let error = engine.home(&asked(RowKind::MoreLikeThis, "nothing"), &CallOptions::default()).unwrap_err();
    assert_eq!(error.status, Status::NotFound);
    assert_eq!(error.message, "seed_id \"nothing\" is no video and no series of this engine");
}

#[test]
fn what_others_watched_beside_the_seed_reorders_what_is_alike() {
    let videos: Vec<Video> = (0..40).map(|n| film(&format!("f{n:02}"), [1.0, n as f32 / 20.0, 0.0])).collect();
    let engine = engine_of(&videos);
    watches(&engine, "p", &["f00"]);
    let before = only(&engine, RowKind::BecauseYouWatched);
    assert_eq!(before[..3], ["f01", "f02", "f03"]);
    for viewer in 0..40 {
        let beside = if viewer % 4 == 0 { "f30" } else { "f06" };
        watches(&engine, &format!("viewer {viewer}"), &["f00", beside]);
    }
    let after = only(&engine, RowKind::BecauseYouWatched);
    assert_eq!(after[0], "f06", "alike, and watched beside it: {after:?}");
    assert!(after[1..4].contains(&"f01".to_owned()), "what is alike stays: {after:?}");
}

#[test]
fn rows_keep_their_sizes_and_order() {
    let videos: Vec<Video> = (0..200).map(|n| film(&format!("f{n:03}"), [1.0, n as f32 / 50.0, 0.0])).collect();
    let engine = engine_of(&videos);
    for viewer in 0..30 {
        let watched: Vec<String> = (0..8).map(|step| format!("f{:03}", (viewer * 13 + step * 7) % 200)).collect();
        watches(&engine, &format!("viewer {viewer}"), &watched.iter().map(String::as_str).collect::<Vec<_>>());
    }
    watches(&engine, "p", &["f010", "f150"]);
    let sized = |kind, size| RowQuery { size, ..RowQuery::of(kind) };
    let rows = vec![sized(RowKind::Explore, 40), sized(RowKind::ForYou, 5), RowQuery::of(RowKind::Popular)];
    let query = HomeQuery { rows, row_size: 7, ..HomeQuery::for_profile("p", NOW) };
    let made = screen(&engine, &query);
    let sizes: Vec<(RowKind, usize)> = made.iter().map(|row| (row.kind, row.items.len())).collect();
    assert_eq!(sizes, [(RowKind::Explore, 40), (RowKind::ForYou, 5), (RowKind::Popular, 7)]);
    let two = screen(&engine, &HomeQuery { row_limit: Some(2), ..query.clone() });
    assert_eq!(two[..], made[..2]);
    let few = asking(&[RowKind::BecauseYouWatched, RowKind::NextUp, RowKind::Popular]);
    let long = HomeQuery { row_minimum: 25, ..few.clone() };
    assert!(screen(&engine, &long).iter().all(|row| row.items.len() == 25), "shorter rows are left out");
    let usual = screen(&engine, &HomeQuery::for_profile("p", NOW));
    assert!(usual.len() <= 7 && usual.iter().all(|row| row.items.len() <= 25));
    let scores = |row: &HomeRow| row.items.iter().map(|item| item.recommendation.score).collect::<Vec<_>>();
    let is_ordered =
        |row: &HomeRow| row.kind == RowKind::Explore || scores(row).is_sorted_by(|one, other| one >= other);
    assert!(usual.iter().all(is_ordered));
}

#[test]
fn a_row_that_is_left_out_takes_nothing() {
    let engine = engine_of(&[film("a", [1.0, 0.0, 0.0]), film("b", [1.0, 0.1, 0.0]), film("c", [1.0, 0.2, 0.0])]);
    watches(&engine, "x", &["a"]);
    let query = HomeQuery { row_minimum: 2, ..asking(&[RowKind::Popular, RowKind::Explore]) };
    let rows = screen(&engine, &query);
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].kind, rows[0].items.len()), (RowKind::Explore, 3));
}

#[test]
fn a_call_ends_at_its_deadline_and_changes_nothing() {
    let engine = engine_of(&[film("a", [1.0, 0.0, 0.0])]);
    let call = CallOptions { deadline: Some(std::time::Instant::now()), ..CallOptions::default() };
    let error = engine.home(&HomeQuery::for_profile("p", NOW), &call).unwrap_err();
    assert_eq!(error.status, Status::TimedOut);
    let error = engine.home(&HomeQuery::for_profile("p", 0), &CallOptions::default()).unwrap_err();
    assert_eq!(
        (error.status, error.message.as_str()),
        (Status::InvalidArgument, "now_utc_ms is 0; a home screen needs its time")
    );
}

/// The catalogue of the random streams.
struct Library {
    engine: Engine,
    videos: HashMap<String, Video>,
}

const FILMS: usize = 30;
const SERIES: usize = 5;
const EPISODES: u32 = 4;

/// Films, live events, clips and adverts, some with windows, ages and tags; series with an entry that has their id,
/// with one that names them, with none, with a special and an unnumbered episode.
fn library() -> Library {
    let vector = |n: usize| [((n * 7) % 11) as f32 - 5.0, ((n * 5) % 13) as f32 - 6.0, 1.0];
    let mut videos = Vec::new();
    for n in 0..FILMS {
        let kind = match n % 10 {
            7 => Kind::LiveEvent,
            8 => Kind::Clip,
            9 => Kind::Advert,
            _ => Kind::Movie,
        };
        videos.push(Video {
            kind: Some(kind),
            min_age: [None, Some(0), Some(12), Some(18)][n % 4],
            tags: vec![format!("tag {}", n % 6)],
            available_from_utc_ms: [None, Some(NOW - 5 * DAY), Some(NOW + DAY)][n % 3].filter(|_| n % 2 == 0),
            available_until_utc_ms: [None, Some(NOW + 2 * DAY), Some(NOW)][n % 5 % 3]
                .filter(|_| n % 3 == 0 && n % 2 == 1),
            ..film(&format!("film {n:02}"), vector(n))
        });
    }
    for s in 0..SERIES {
        let id = format!("series {s}");
        for number in 0..=EPISODES {
            let closed = (number == 2 && s % 2 == 1).then_some(NOW - DAY);
            videos.push(Video {
                min_age: Some([0, 12, 18][s % 3]),
                tags: vec![format!("tag {}", s % 6)],
                available_until_utc_ms: closed,
                ..episode(&id, number, vector(100 + 10 * s + number as usize))
            });
        }
        videos.push(Video { season_number: 0, ..episode(&id, 9, vector(100 + 10 * s + 9)) });
        let entry = Video { kind: Some(Kind::Series), min_age: Some(0), ..film(&id, vector(300 + s)) };
        match s % 3 {
            0 => videos.push(entry),
            1 => videos.push(Video { id: format!("entry of {id}"), series_id: id, ..entry }),
            _ => {}
        }
    }
    let engine = engine_of(&videos);
    for viewer in 0..25 {
        let watched: Vec<&str> =
            (0..6).map(|step| videos[(viewer * 11 + step * 3) % videos.len()].id.as_str()).collect();
        watches(&engine, &format!("viewer {viewer}"), &watched);
    }
    Library { engine, videos: videos.into_iter().map(|video| (video.id.clone(), video)).collect() }
}

impl Library {
    fn is_open(&self, id: &str, filter: Option<&Filter>) -> bool {
        let video = &self.videos[id];
        let in_time = video.available_from_utc_ms.is_none_or(|from| from <= NOW)
            && video.available_until_utc_ms.is_none_or(|until| NOW < until);
        let Some(filter) = filter else { return in_time };
        let has_age = filter.viewer_age.is_none_or(|age| video.min_age.is_some_and(|least| u32::from(least) <= age));
        let has_kind = filter.kinds.is_empty() || video.kind.is_some_and(|kind| filter.kinds.contains(&kind));
        in_time && has_age && has_kind && !video.tags.iter().any(|tag| filter.no_tags.contains(tag))
    }

    /// The series that a video is of, or whose entry it is; else the video itself.
    fn subject(&self, id: &str) -> String {
        let video = &self.videos[id];
        match (video.series_id.as_str(), video.kind) {
            ("", Some(Kind::Series)) => id.to_owned(),
            ("", _) => format!("{id} itself"),
            (series, _) => series.to_owned(),
        }
    }
}

#[derive(Debug, Clone)]
struct Stream {
    events: Vec<(EventKind, usize, i64)>,
    filter: Option<Filter>,
    kinds: Vec<RowKind>,
    excluded: usize,
    row_minimum: usize,
    row_size: usize,
}

fn streams(videos: usize) -> impl Strategy<Value = Stream> {
    let kinds = prop_oneof![
        6 => Just(EventKind::Complete),
        4 => Just(EventKind::Stop),
        1 => Just(EventKind::Play),
        1 => Just(EventKind::Like),
        1 => Just(EventKind::Dislike),
        1 => Just(EventKind::Hide),
        1 => Just(EventKind::Unhide),
        1 => Just(EventKind::Unwatch),
        1 => Just(EventKind::Select),
    ];
    let positions = prop_oneof![Just(0), Just(MINUTE), Just(20 * MINUTE), Just(59 * MINUTE)];
    let events = prop::collection::vec((kinds, 0..videos, positions), 0..25);
    let filters = prop_oneof![
        3 => Just(None),
        1 => Just(Some(Filter { viewer_age: Some(12), ..Filter::default() })),
        1 => Just(Some(Filter { no_tags: vec!["tag 1".to_owned()], ..Filter::default() })),
        1 => Just(Some(Filter { kinds: vec![Kind::Movie, Kind::Episode], ..Filter::default() })),
    ];
    let kinds = Just(RowKind::ALL.to_vec()).prop_shuffle();
    (events, filters, kinds, 0..videos, 1..4_usize, 1..12_usize).prop_map(
        |(events, filter, kinds, excluded, row_minimum, row_size)| Stream {
            events,
            filter,
            kinds,
            excluded,
            row_minimum,
            row_size,
        },
    )
}

fn check_stream(library: &Library, order: &[String], stream: &Stream) -> Result<(), TestCaseError> {
    let engine = &library.engine;
    let _ = engine.forget_profile("p");
    let mut hidden: HashSet<&str> = HashSet::new();
    let of = |(kind, number, position_ms): &(EventKind, usize, i64)| Event {
        position_ms: if *kind == EventKind::Stop { *position_ms } else { 0 },
        ..event("p", *kind, &order[*number])
    };
    let events: Vec<Event> = stream.events.iter().map(of).collect();
    engine.record(&events).unwrap();
    for (kind, number, _) in &stream.events {
        match kind {
            EventKind::Hide => drop(hidden.insert(&order[*number])),
            EventKind::Unhide => drop(hidden.remove(order[*number].as_str())),
            _ => {}
        }
    }
    let plain = asking(&stream.kinds);
    let query = HomeQuery {
        query: Query {
            filter: stream.filter.clone(),
            exclude: vec![order[stream.excluded].clone()],
            ..plain.query.clone()
        },
        row_minimum: stream.row_minimum,
        row_size: stream.row_size,
        ..plain
    };
    let rows = screen(engine, &query);
    prop_assert_eq!(&screen(engine, &query), &rows, "the same query");
    let mut subjects = HashSet::new();
    let mut kinds = stream.kinds.iter();
    for row in &rows {
        prop_assert!(kinds.any(|kind| *kind == row.kind), "rows in their order");
        prop_assert!((stream.row_minimum.min(stream.row_size)..=stream.row_size).contains(&row.items.len()));
        for item in &row.items {
            let id = item.recommendation.id.as_str();
            prop_assert!(subjects.insert(library.subject(id)), "{} twice on the screen", library.subject(id));
            prop_assert!(library.is_open(id, stream.filter.as_ref()), "{id} breaks a rule");
            prop_assert!(id != order[stream.excluded], "{id} is excluded");
            prop_assert_ne!(library.videos[id].kind, Some(Kind::Advert));
            prop_assert_eq!(&item.recommendation.title, &library.videos[id].title);
            check_item(engine, row, item, &hidden)?;
        }
    }
    Ok(())
}

fn check_item(engine: &Engine, row: &HomeRow, item: &HomeItem, hidden: &HashSet<&str>) -> Result<(), TestCaseError> {
    let id = item.recommendation.id.as_str();
    let state = engine.watch_state("p", id);
    match row.kind {
        RowKind::ContinueWatching => {
            prop_assert_eq!((item.card, state), (Some(WatchCardKind::Continue), WatchState::Started));
            prop_assert!(item.position_ms > 0 && item.position_ms < item.duration_ms.max(HOUR));
        }
        RowKind::NextUp => {
            prop_assert!(matches!(item.card, Some(WatchCardKind::Next | WatchCardKind::New)));
        }
        _ => {
            prop_assert_eq!((item.card, state), (None, WatchState::NotStarted), "{} in {:?}", id, row.kind);
            prop_assert!(!hidden.contains(id) && !hidden.contains(item.series_id.as_str()), "{} is hidden", id);
        }
    }
    Ok(())
}

/// Ten thousand in what is shipped; fewer where nothing is optimised.
const STREAMS: u32 = if cfg!(debug_assertions) { 1_000 } else { 10_000 };

#[test]
fn screens_keep_their_promises_whatever_happens() {
    let library = library();
    let mut order: Vec<String> = library.videos.keys().cloned().collect();
    order.sort();
    let config = ProptestConfig { cases: STREAMS, failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = TestRunner::new(config);
    let outcome = runner.run(&streams(order.len()), |stream| check_stream(&library, &order, &stream));
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn an_entry_that_belongs_to_another_series_is_the_card_of_its_own() {
    let near = [1.0, 0.1, 0.0];
    let show = Video { kind: Some(Kind::Series), series_id: "universe".to_owned(), ..film("show", near) };
    let also = Video { kind: Some(Kind::Series), series_id: "show".to_owned(), ..film("also show", near) };
    let mut videos = vec![film("seed", [1.0, 0.0, 0.0]), show, also];
    videos.extend(["show", "universe"].iter().flat_map(|id| (1..3).map(|number| episode(id, number, near))));
    let engine = engine_of(&videos);
    watches(&engine, "p", &["seed"]);
    let mut shown = only(&engine, RowKind::ForYou);
    shown.sort();
    assert_eq!(shown, ["show", "universe-1"], "each video once, and one card a series");
}

#[test]
fn rules_hold_their_budget_in_a_row() {
    let mut videos = vec![film("seed", [1.0, 0.0, 0.0])];
    for number in 0..90_u8 {
        let tags = if number >= 30 { vec!["promoted".to_owned()] } else { Vec::new() };
        videos.push(Video { tags, ..film(&format!("f{number:02}"), [1.0, 0.01 * f32::from(number), 0.1]) });
    }
    let engine = engine_of(&videos);
    watches(&engine, "p", &["seed"]);
    let action = RuleAction::Boost { amount: 50.0 };
    let rules = vec![Rule { target: RuleTarget::Tag("promoted".to_owned()), action }];
    let query = asking(&[RowKind::ForYou]);
    let query = HomeQuery { query: Query { rules, rule_budget: Some(1), ..query.query.clone() }, ..query };
    let rows = screen(&engine, &query);
    let is_promoted = |id: &&&str| id[1..].parse::<u8>().is_ok_and(|number| number >= 30);
    assert_eq!((rows[0].items.len(), ids(&rows[0]).iter().filter(is_promoted).count()), (25, 1));
}

#[test]
fn a_series_seeds_no_row_once_a_video_of_it_is_to_inspire_nothing() {
    let near = [1.0, 0.1, 0.0];
    let mut videos = vec![film("film", [0.0, 1.0, 0.0]), film("other", near), film("another", [0.1, 1.0, 0.0])];
    videos.extend((1..4).map(|number| episode("show", number, near)));
    let engine = engine_of(&videos);
    watches(&engine, "p", &["film", "show-1", "show-2"]);
    let seed = || {
        let rows = screen(&engine, &asking(&[RowKind::BecauseYouWatched]));
        (rows[0].seed_id.clone(), rows[0].items[0].recommendation.because_id.clone())
    };
    assert_eq!(seed(), ("show".to_owned(), "show-2".to_owned()));
    does(&engine, "p", EventKind::HideSeed, &["show-2"]);
    assert_eq!(seed().0, "film", "not the episode before it");
    does(&engine, "p", EventKind::UnhideSeed, &["show-2"]);
    assert_eq!(seed().0, "show");
}
