//! Watch states under random streams of events and changes of the catalogue: the cards are those of a second, plain
//! reading of the rules in `docs/watch-states.md`, which goes through everything that happened each time it is asked, and
//! they keep what is promised of all cards. An opened store gives the same ones.

mod support;

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};
use vrec::domain::{CallOptions, Event, EventKind, Kind, Query, Video, WatchCard, WatchCardKind};
use vrec::engine::{Engine, EngineOptions};
use vrec::learning::WatchState;
use vrec::store::Durability;

use support::StoreFolder;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const NOW: i64 = 1_700_000_000_000;

/// Two series, one with seasons, a gap, a special, an unnumbered episode and two editions of one episode; films, live
/// television and a clip.
const VIDEOS: usize = 17;

fn video(number: usize) -> Video {
    let plain = |kind, duration_ms| Video {
        id: format!("v{number:02}"),
        vector: Some(vec![1.0, number as f32]),
        kind: Some(kind),
        duration_ms,
        ..Video::default()
    };
    let episode = |series: &str, season_number, episode_number| Video {
        series_id: series.to_owned(),
        season_number,
        episode_number,
        ..plain(Kind::Episode, 30 * MINUTE)
    };
    match number {
        0 => plain(Kind::Movie, 10 * MINUTE),
        1 => plain(Kind::Movie, 2 * HOUR),
        2 => Video { credits_start_ms: 20 * MINUTE, ..plain(Kind::Movie, 30 * MINUTE) },
        3 => plain(Kind::LiveEvent, 0),
        4 => plain(Kind::Clip, 30 * MINUTE),
        5..=7 => episode("a", 1, number as u32 - 4),
        8 => episode("a", 1, 2),
        9 => episode("a", 1, 5),
        10 => episode("a", 2, 1),
        11 => Video { credits_start_ms: 20 * MINUTE, ..episode("a", 2, 2) },
        12 => episode("a", 0, 1),
        13 => episode("a", 2, 0),
        _ => episode("b", 0, number as u32 - 13),
    }
}

#[derive(Debug, Clone)]
enum Op {
    /// With a window around NOW: none, not begun, over.
    Add(usize, u8),
    Remove(usize),
    Happens {
        kind: EventKind,
        video: usize,
        position_ms: i64,
        time_utc_ms: i64,
    },
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let positions = prop_oneof![
        Just(0),
        Just(18_000),
        Just(18_001),
        Just(119_999),
        Just(120_000),
        Just(120_001),
        Just(10 * MINUTE),
        Just(20 * MINUTE - 1),
        Just(20 * MINUTE),
        Just(27 * MINUTE),
        Just(27 * MINUTE + 1),
        Just(2 * HOUR - 1),
        0..2 * HOUR,
    ];
    let kinds = prop_oneof![
        4 => Just(EventKind::Complete),
        2 => Just(EventKind::Stop),
        2 => Just(EventKind::Progress),
        1 => Just(EventKind::Play),
        1 => Just(EventKind::Hide),
        1 => Just(EventKind::Unhide),
        1 => Just(EventKind::Unwatch),
        1 => Just(EventKind::Like),
    ];
    let times = prop_oneof![Just(NOW), Just(NOW - HOUR), any::<i64>()];
    let happens = (kinds, 0..VIDEOS, positions, times)
        .prop_map(|(kind, video, position_ms, time_utc_ms)| Op::Happens { kind, video, position_ms, time_utc_ms });
    let op = prop_oneof![
        8 => happens,
        2 => (0..VIDEOS, 0..3_u8).prop_map(|(number, window)| Op::Add(number, window)),
        1 => (0..VIDEOS).prop_map(Op::Remove),
    ];
    prop::collection::vec(op, 0..40)
}

fn with_window(number: usize, window: u8) -> Video {
    match window {
        0 => video(number),
        1 => Video { available_from_utc_ms: Some(NOW + 1), ..video(number) },
        _ => Video { available_until_utc_ms: Some(NOW), ..video(number) },
    }
}

fn is_open(video: &Video, time: i64) -> bool {
    video.available_from_utc_ms.is_none_or(|from| from <= time)
        && video.available_until_utc_ms.is_none_or(|until| time < until)
}

/// Something that happened to a video as it was then.
#[derive(Debug, Clone)]
struct Entry {
    event: Event,
    video: Video,
    place: Option<(u32, u32)>,
    /// The last place of its series that was open then.
    last_open: Option<(u32, u32)>,
}

/// What happened, and what there is: the plain reading.
#[derive(Debug, Default)]
struct Plain {
    log: Vec<Entry>,
    catalogue: BTreeMap<String, Video>,
}

#[derive(Debug, Default, Clone)]
struct OfVideo {
    is_started: bool,
    is_finished: bool,
    is_told: bool,
    is_hidden: bool,
    end: i64,
    position: i64,
    series: String,
    place: Option<(u32, u32)>,
    /// One more than the place in the log of what counted last.
    turn: usize,
}

#[derive(Debug, Default)]
struct OfSeries {
    /// With the edition.
    seen: Vec<((u32, u32), String)>,
    last: Option<((u32, u32), (u32, u32))>,
    again: bool,
    in_progress: Option<String>,
}

type Card = (WatchCardKind, String, i64);

impl Plain {
    /// Numbered episodes of a series as they are now, without specials, in their order.
    fn episodes(&self, series: &str) -> Vec<((u32, u32), &Video)> {
        let of_series = self.catalogue.values().filter(|video| video.series_id == series && video.episode_number > 0);
        let has_seasons = of_series.clone().any(|video| video.season_number > 0);
        let regular = of_series.filter(|video| !has_seasons || video.season_number > 0);
        let mut list: Vec<_> = regular.map(|video| ((video.season_number, video.episode_number), video)).collect();
        list.sort_by_key(|(place, video)| (*place, video.id.clone()));
        list
    }

    fn happens(&mut self, event: Event) {
        let video = self.catalogue[&event.video_id].clone();
        let episodes = self.episodes(&video.series_id);
        let place = episodes.iter().find(|(_, other)| other.id == video.id).map(|(place, _)| *place);
        let last_open = episodes.iter().rev().find(|(_, other)| is_open(other, event.time_utc_ms));
        let last_open = last_open.map(|(place, _)| *place).filter(|_| !video.series_id.is_empty());
        self.log.push(Entry { event, place: place.filter(|_| !video.series_id.is_empty()), last_open, video });
    }

    fn cards(&self) -> Vec<Card> {
        let mut videos: BTreeMap<String, OfVideo> = BTreeMap::new();
        let mut series: BTreeMap<String, OfSeries> = BTreeMap::new();
        // Subjects, the one engaged with last at the end.
        let mut order: Vec<String> = Vec::new();
        for (number, entry) in self.log.iter().enumerate() {
            let id = &entry.video.id;
            let of_video = videos.entry(id.clone()).or_default();
            match entry.event.kind {
                EventKind::Hide => of_video.is_hidden = true,
                EventKind::Unhide => of_video.is_hidden = false,
                EventKind::Unwatch => {
                    let before = of_video.clone();
                    *of_video = OfVideo { is_hidden: before.is_hidden, ..OfVideo::default() };
                    if let Some(of_series) = series.get_mut(&before.series) {
                        of_series.unwatch(id, before.place);
                    }
                }
                EventKind::Play | EventKind::Progress | EventKind::Stop | EventKind::Complete => {
                    let Some(is_end) = of_video.play(entry) else { continue };
                    of_video.is_hidden = false;
                    of_video.series = entry.video.series_id.clone();
                    of_video.place = entry.place;
                    of_video.turn = number + 1;
                    let of_series = series.entry(entry.video.series_id.clone()).or_default();
                    if is_end {
                        of_series.finish(id, entry)
                    } else {
                        of_series.in_progress = Some(id.clone())
                    }
                    let subject =
                        format!("{}/{}", entry.video.series_id, if entry.video.series_id.is_empty() { id } else { "" });
                    order.retain(|other| *other != subject);
                    order.push(subject);
                }
                _ => {}
            }
        }
        let of = |id: &str| videos.get(id).cloned().unwrap_or_default();
        let mut cards = Vec::new();
        for subject in order.iter().rev() {
            let (series_id, id) = subject.split_once('/').unwrap();
            let card = match series.get(series_id) {
                _ if series_id.is_empty() => self.continued(id, &of(id)),
                Some(OfSeries { in_progress: Some(id), .. }) => self.continued(id, &of(id)),
                Some(of_series) => self.next(series_id, of_series, of),
                None => None,
            };
            cards.extend(card);
        }
        cards
    }

    fn continued(&self, id: &str, of_video: &OfVideo) -> Option<Card> {
        let video = self.catalogue.get(id).filter(|video| is_open(video, NOW))?;
        let is_shown = of_video.is_started && !of_video.is_finished && !of_video.is_hidden;
        is_shown.then(|| (WatchCardKind::Continue, video.id.clone(), of_video.position))
    }

    fn next(&self, series_id: &str, of_series: &OfSeries, of: impl Fn(&str) -> OfVideo) -> Option<Card> {
        let (last, last_open) = of_series.last?;
        let open: Vec<_> = self.episodes(series_id).into_iter().filter(|(_, video)| is_open(video, NOW)).collect();
        let has_caught_up = open.last().is_some_and(|(place, _)| of_series.has_seen(*place));
        let takes_seen = of_series.again && has_caught_up;
        let place = open.iter().map(|(place, _)| *place);
        let place = place.into_iter().find(|place| *place > last && (takes_seen || !of_series.has_seen(*place)))?;
        let mut editions: Vec<&Video> = open.iter().filter(|(of, _)| *of == place).map(|(_, video)| *video).collect();
        let is_in_progress = |video: &Video| of(&video.id).is_started && !of(&video.id).is_finished;
        editions.sort_by_key(|video| (!is_in_progress(video), std::cmp::Reverse(of(&video.id).turn), &video.id));
        let video = editions[0];
        let of_video = of(&video.id);
        if of_video.is_hidden {
            return None;
        }
        if of_video.is_started && !of_video.is_finished {
            return Some((WatchCardKind::Continue, video.id.clone(), of_video.position));
        }
        let kind = if place > last_open { WatchCardKind::New } else { WatchCardKind::Next };
        Some((kind, video.id.clone(), 0))
    }
}

impl OfVideo {
    /// Whether playback finished the video or goes on with it; none where it changes nothing.
    fn play(&mut self, entry: &Entry) -> Option<bool> {
        let Entry { event, video, .. } = entry;
        if video.kind == Some(Kind::Clip) {
            return None;
        }
        let is_live = video.kind == Some(Kind::LiveEvent);
        let (position, duration) = (event.position_ms, video.duration_ms);
        let is_start = match video.kind {
            Some(Kind::Episode) => position > 120_000,
            Some(Kind::Movie) => position >= 120_000 || position * 100 > duration * 3,
            _ => position >= 120_000,
        };
        let credits = video.credits_start_ms;
        let is_in_end = if credits > 0 { position >= credits } else { duration - position < 180_000 };
        let is_end = if event.kind == EventKind::Complete {
            if self.is_finished && !self.is_told {
                self.is_told = true;
                return None;
            }
            let unknown = if self.is_started && !self.is_finished { self.position } else { i64::MAX };
            self.end = if is_start { position } else { unknown };
            self.is_told = true;
            true
        } else if position == 0 {
            return None;
        } else if is_start && is_in_end && !is_live {
            if self.is_finished {
                self.end = self.end.min(position);
                return None;
            }
            (self.end, self.is_told) = (position, false);
            true
        } else if self.is_finished && position >= self.end {
            return None;
        } else {
            let goes_on = self.is_started && !self.is_finished;
            if !is_start && !goes_on {
                return None;
            }
            false
        };
        (self.is_started, self.is_finished) = (true, is_end);
        if position > 0 && (is_start || event.kind != EventKind::Complete) {
            self.position = position;
        }
        Some(is_end)
    }
}

impl OfSeries {
    fn has_seen(&self, place: (u32, u32)) -> bool {
        self.seen.iter().any(|(seen, _)| *seen == place)
    }

    fn finish(&mut self, id: &str, entry: &Entry) {
        let is_own = self.in_progress.as_deref() == Some(id);
        let Some(place) = entry.place else {
            self.in_progress = self.in_progress.take().filter(|_| !is_own);
            return;
        };
        self.in_progress = None;
        let is_before_others = self.seen.iter().any(|(other, _)| *other > place);
        self.again = self.has_seen(place) || (self.again && is_before_others);
        self.seen.push((place, id.to_owned()));
        self.last = Some((place, entry.last_open.unwrap_or((u32::MAX, u32::MAX)).max(place)));
    }

    fn unwatch(&mut self, id: &str, place: Option<(u32, u32)>) {
        if self.in_progress.as_deref() == Some(id) {
            self.in_progress = None;
        }
        let is_taken_back = |seen: &((u32, u32), String)| Some(seen.0) == place && seen.1 == id;
        let Some(place) = place.filter(|_| self.seen.iter().any(is_taken_back)) else { return };
        self.seen.retain(|seen| !is_taken_back(seen));
        self.again = false;
        if self.has_seen(place) {
            return;
        }
        if let Some((last, last_open)) = self.last.filter(|(last, _)| *last == place) {
            let places = || self.seen.iter().map(|(other, _)| *other);
            let left = places().filter(|other| *other < last).max().or_else(|| places().max());
            self.last = left.map(|left| (left, last_open.max(left)));
        }
    }
}

fn event(kind: EventKind, video: usize, position_ms: i64, time_utc_ms: i64) -> Event {
    Event { profile: "p".to_owned(), video_id: format!("v{video:02}"), time_utc_ms, position_ms, ..Event::of(kind) }
}

/// Does the same to both; what is about a video that is not there is left out.
fn apply(engine: &Engine, plain: &mut Plain, op: &Op) {
    match op {
        Op::Add(number, window) => {
            let video = with_window(*number, *window);
            engine.add_videos(std::slice::from_ref(&video), &CallOptions::default()).unwrap();
            plain.catalogue.insert(video.id.clone(), video);
        }
        Op::Remove(number) => {
            if let Some(video) = plain.catalogue.remove(&format!("v{number:02}")) {
                engine.remove_videos(&[&video.id]).unwrap();
            }
        }
        Op::Happens { kind, video, position_ms, time_utc_ms } => {
            let event = event(*kind, *video, *position_ms, *time_utc_ms);
            if plain.catalogue.contains_key(&event.video_id) {
                engine.record_durably(std::slice::from_ref(&event), Durability::Relaxed).unwrap();
                plain.happens(event);
            }
        }
    }
}

fn cards(engine: &Engine) -> Vec<WatchCard> {
    let query = Query { now_utc_ms: NOW, limit: 100, ..Query::for_profile("p") };
    engine.watch_next(&query, &CallOptions::default()).unwrap()
}

fn promises(engine: &Engine, plain: &Plain, cards: &[WatchCard]) -> Result<(), TestCaseError> {
    let mut subjects = std::collections::BTreeSet::new();
    for card in cards {
        let is_alone = subjects.insert(card.id.clone())
            && (card.series_id.is_empty() || subjects.insert(format!("series {}", card.series_id)));
        prop_assert!(is_alone, "two cards of {}", card.id);
        let state = engine.watch_state("p", &card.id);
        let is_continued = card.kind == WatchCardKind::Continue;
        prop_assert_eq!(is_continued, state == WatchState::Started, "{:?}", card);
        prop_assert!(is_open(&plain.catalogue[&card.id], NOW));
        if state == WatchState::Finished {
            // Watched again, and nothing is left that was not seen at the end.
            let last = plain.episodes(&card.series_id).into_iter().rfind(|(_, video)| is_open(video, NOW));
            let place = last.unwrap().0;
            let has_seen =
                plain.log.iter().any(|entry| entry.video.series_id == card.series_id && entry.place == Some(place));
            prop_assert!(has_seen, "{:?} is offered as unseen", card);
        }
    }
    Ok(())
}

fn told(cards: &[WatchCard]) -> Vec<Card> {
    cards.iter().map(|card| (card.kind, card.id.clone(), card.position_ms)).collect()
}

fn start(engine: &Engine) -> Plain {
    let mut plain = Plain::default();
    (0..VIDEOS).for_each(|number| apply(engine, &mut plain, &Op::Add(number, 0)));
    plain
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

#[test]
fn cards_are_those_of_a_plain_reading_of_the_rules() {
    let engine = Engine::new(EngineOptions::default()).unwrap();
    let mut runner = TestRunner::new(config(10_000));
    let outcome = runner.run(&ops(), |ops| {
        let _ = engine.forget_profile("p");
        let mut plain = start(&engine);
        for op in &ops {
            apply(&engine, &mut plain, op);
            let cards = cards(&engine);
            prop_assert_eq!(told(&cards), plain.cards());
            promises(&engine, &plain, &cards)?;
        }
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn an_opened_store_gives_the_same_cards() {
    let mut runner = TestRunner::new(config(60));
    let outcome = runner.run(&ops(), |ops| {
        let folder = StoreFolder::new();
        let engine = folder.open(EngineOptions::default());
        let mut plain = start(&engine);
        ops.iter().for_each(|op| apply(&engine, &mut plain, op));
        let before = cards(&engine);
        drop(engine);
        let engine = folder.open(EngineOptions::default());
        prop_assert_eq!(cards(&engine), before);
        promises(&engine, &plain, &cards(&engine))
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}
