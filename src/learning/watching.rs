//! What one profile is in the middle of: how far it came with each video, and in each series which episodes it finished
//! and which last. Folded from events alone, with what the catalogue said of a video when the event was recorded
//! ([`crate::domain::WatchedVideo`]), so that the same events give the same state whatever became of the videos. Cards
//! are made of it where lists are ranked.
//!
//! The order in which events were recorded is the order in which they count; the time of an event is only handed back.
//! So a clock that jumps changes nothing. An event costs O(log n) in the videos that the profile watched. At most
//! [`MOST_RECENT`] films and series are kept as candidates for cards; the one engaged with longest ago goes.

use std::sync::Arc;

use rpds::{RedBlackTreeMapSync, RedBlackTreeSetSync};

use super::{Form, Played, WatchRules};
use crate::domain::{EpisodePlace, Event, EventKind, Kind, WatchedVideo};

/// Films, and series, that may have a card.
pub const MOST_RECENT: usize = 10_000;

/// How far a profile is with a video.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WatchState {
    #[default]
    NotStarted,
    /// Started and not finished: it is continued.
    Started,
    Finished,
}

/// What a profile did with one video, as far as cards ask. The default: nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Viewing {
    pub state: WatchState,
    /// Where playback was last; for live television how long it was viewed.
    pub position_ms: i64,
    /// 0: unknown, or live television.
    pub duration_ms: i64,
    /// When it was last watched, as the event told.
    pub engaged_utc_ms: i64,
    /// Its card was taken away and it was not watched since.
    pub is_hidden: bool,
    /// From this position on nothing new begins, while it is finished.
    end_ms: i64,
    /// An event said that it is complete since it was finished.
    is_told_complete: bool,
    /// The later it was watched, the larger; its place among the recent, where it stands there by itself.
    turn: u64,
    series: Option<Arc<str>>,
    place: Option<EpisodePlace>,
}

/// The episode of a series that was finished last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastFinished {
    pub place: EpisodePlace,
    /// The last place of the series that could be watched then.
    pub last_available: EpisodePlace,
}

/// What a profile did with one series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesWatching {
    /// The videos that were finished with their places: several of one place are editions of one episode. No video is
    /// before all others of a place.
    seen: RedBlackTreeSetSync<(EpisodePlace, Option<Arc<str>>)>,
    /// The episode watched last, while it is not finished.
    pub in_progress: Option<Arc<str>>,
    pub last_finished: Option<LastFinished>,
    /// The last episodes that were finished had been finished before.
    pub is_watched_again: bool,
    /// When an episode of it was last watched, as the event told.
    pub engaged_utc_ms: i64,
    turn: u64,
}

impl Default for SeriesWatching {
    fn default() -> Self {
        SeriesWatching {
            seen: RedBlackTreeSetSync::new_sync(),
            in_progress: None,
            last_finished: None,
            is_watched_again: false,
            engaged_utc_ms: 0,
            turn: 0,
        }
    }
}

impl SeriesWatching {
    /// Whether the episode with this place was finished.
    pub fn has_seen(&self, place: EpisodePlace) -> bool {
        self.seen.range((place, None)..).next().is_some_and(|(next, _)| *next == place)
    }

    /// The place of the furthest episode that was finished.
    fn furthest(&self) -> Option<EpisodePlace> {
        self.seen.last().map(|(place, _)| *place)
    }

    fn is_empty(&self) -> bool {
        self.seen.is_empty() && self.in_progress.is_none()
    }

    /// What has no place is no step in the series: another episode goes on where it was.
    fn finish(&mut self, id: &Arc<str>, watched: &WatchedVideo) {
        if watched.place.is_some() || self.in_progress.as_ref() == Some(id) {
            self.in_progress = None;
        }
        let Some(place) = watched.place else { return };
        let fills_gap = self.furthest().is_some_and(|furthest| furthest > place);
        self.is_watched_again = self.has_seen(place) || (self.is_watched_again && fills_gap);
        self.seen.insert_mut((place, Some(Arc::clone(id))));
        // Where it is not known what there was to watch, nothing is told apart as new.
        let last_available = watched.last_available.unwrap_or(EpisodePlace::LAST).max(place);
        self.last_finished = Some(LastFinished { place, last_available });
    }

    /// Takes back that an edition of an episode was watched. Where no other was finished, the episode before it that was
    /// is then the last, or else the furthest.
    fn unwatch(&mut self, id: &Arc<str>, place: Option<EpisodePlace>) {
        if self.in_progress.as_ref() == Some(id) {
            self.in_progress = None;
        }
        let Some(place) = place.filter(|place| self.seen.remove_mut(&(*place, Some(Arc::clone(id))))) else { return };
        self.is_watched_again = false;
        if self.has_seen(place) {
            return;
        }
        if let Some(last) = self.last_finished.filter(|last| last.place == place) {
            let before = self.seen.range(..(place, None)).next_back().map(|(before, _)| *before);
            let left = before.or_else(|| self.furthest());
            self.last_finished =
                left.map(|place| LastFinished { place, last_available: last.last_available.max(place) });
        }
    }
}

/// What playback changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Nothing,
    GoesOn,
    Finishes,
}

impl Viewing {
    /// Whether it is the one to go on with of two editions of an episode: the one that is in progress, and of two such
    /// the one watched last.
    pub fn comes_before(&self, other: &Viewing) -> bool {
        let rank = |viewing: &Viewing| (viewing.state == WatchState::Started, viewing.turn);
        rank(self) > rank(other)
    }

    fn play(&mut self, is_complete: bool, played: Played, rules: &WatchRules) -> Step {
        if is_complete {
            return self.complete(played, rules);
        }
        let position = played.position_ms;
        if position == 0 {
            return Step::Nothing;
        }
        if rules.is_finished(played) {
            return self.reach_end(played);
        }
        let is_past_end = self.state == WatchState::Finished && position >= self.end_ms;
        if is_past_end || (self.state != WatchState::Started && !rules.is_started(played)) {
            return Step::Nothing;
        }
        self.put(WatchState::Started, played);
        Step::GoesOn
    }

    /// A video that is finished by its position is complete soon after; complete again, it was watched again. A position
    /// that would be no start is as good as none: no video ends there.
    fn complete(&mut self, played: Played, rules: &WatchRules) -> Step {
        let position_ms = if rules.is_started(played) { played.position_ms } else { 0 };
        let played = Played { position_ms, ..played };
        let is_end = self.state != WatchState::Finished || self.is_told_complete;
        self.is_told_complete = true;
        if !is_end {
            return Step::Nothing;
        }
        self.end_ms = match (played.position_ms, self.state) {
            (0, WatchState::Started) => self.position_ms,
            (0, _) => i64::MAX,
            (position, _) => position,
        };
        self.put(WatchState::Finished, played);
        Step::Finishes
    }

    fn reach_end(&mut self, played: Played) -> Step {
        let position = played.position_ms;
        if self.state == WatchState::Finished {
            self.end_ms = self.end_ms.min(position);
            return Step::Nothing;
        }
        self.end_ms = position;
        self.is_told_complete = false;
        self.put(WatchState::Finished, played);
        Step::Finishes
    }

    fn put(&mut self, state: WatchState, played: Played) {
        self.state = state;
        self.position_ms = if played.position_ms > 0 { played.position_ms } else { self.position_ms };
        self.duration_ms = match (played.form, played.duration_ms) {
            (Form::Live, _) => 0,
            (_, 0) => self.duration_ms,
            (_, known) => known,
        };
    }
}

/// One candidate for a card.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Recent {
    Video(Arc<str>),
    Series(Arc<str>),
}

/// One candidate for a card, with what is known of it.
#[derive(Debug, Clone, Copy)]
pub enum RecentlyWatched<'a> {
    /// A video of no series that is started and not finished.
    Video(&'a Arc<str>, &'a Viewing),
    Series(&'a Arc<str>, &'a SeriesWatching),
}

/// See the module. Cloning shares.
#[derive(Debug, Clone)]
pub struct Watching {
    viewings: RedBlackTreeMapSync<Arc<str>, Viewing>,
    series: RedBlackTreeMapSync<Arc<str>, SeriesWatching>,
    /// By when they were engaged with.
    recent: RedBlackTreeMapSync<u64, Recent>,
    turns: u64,
    /// Of `viewings` and `series` with their keys.
    bytes: usize,
}

impl Default for Watching {
    fn default() -> Self {
        Watching {
            viewings: RedBlackTreeMapSync::new_sync(),
            series: RedBlackTreeMapSync::new_sync(),
            recent: RedBlackTreeMapSync::new_sync(),
            turns: 0,
            bytes: 0,
        }
    }
}

/// What a node of a persistent tree costs beyond its value, roughly.
const NODE_BYTES: usize = 112;
const VIEWING_BYTES: usize = size_of::<Viewing>() + NODE_BYTES;
const SERIES_BYTES: usize = size_of::<SeriesWatching>() + NODE_BYTES;
const SEEN_BYTES: usize = size_of::<(EpisodePlace, Option<Arc<str>>)>() + NODE_BYTES;
const RECENT_BYTES: usize = size_of::<(u64, Recent)>() + NODE_BYTES;

impl Watching {
    /// Memory in bytes, about.
    pub fn bytes(&self) -> usize {
        self.bytes + self.recent.size() * RECENT_BYTES
    }

    /// What was done with a video; none where nothing was that counts.
    pub fn viewing(&self, video_id: &str) -> Option<&Viewing> {
        self.viewings.get(video_id)
    }

    /// Whether the card of this video was taken away; of a series, by the id of the series.
    pub fn is_hidden(&self, id: &str) -> bool {
        self.viewing(id).is_some_and(|viewing| viewing.is_hidden)
    }

    /// What was done with a series; none where no episode of it was watched.
    pub fn series(&self, series_id: &str) -> Option<&SeriesWatching> {
        self.series.get(series_id)
    }

    /// Candidates for cards, the one engaged with last first.
    pub fn recent(&self) -> impl Iterator<Item = RecentlyWatched<'_>> {
        self.recent.values().rev().filter_map(|recent| match recent {
            Recent::Video(id) => self.viewings.get(id).map(|viewing| RecentlyWatched::Video(id, viewing)),
            Recent::Series(id) => self.series.get(id).map(|series| RecentlyWatched::Series(id, series)),
        })
    }

    /// Folds an event in.
    pub fn observe(&mut self, event: &Event, rules: &WatchRules) {
        match event.kind {
            EventKind::Hide => self.set_hidden(&event.video_id, true),
            EventKind::Unhide => self.set_hidden(&event.video_id, false),
            EventKind::Unwatch => self.unwatch(&event.video_id),
            kind if kind.is_playback() => self.play(event, rules),
            _ => {}
        }
    }

    fn set_hidden(&mut self, id: &str, is_hidden: bool) {
        let viewing = self.viewing(id).cloned().unwrap_or_default();
        self.put_viewing(&self.key(id), Viewing { is_hidden, ..viewing });
    }

    fn unwatch(&mut self, id: &str) {
        let Some(viewing) = self.viewing(id).cloned() else { return };
        let key = self.key(id);
        self.leave(&key, &viewing);
        if let Some((series_id, series)) = self.series_of(&viewing) {
            let mut series = series.clone();
            series.unwatch(&key, viewing.place);
            self.put_series(&series_id, series);
        }
        self.put_viewing(&key, Viewing { is_hidden: viewing.is_hidden, ..Viewing::default() });
    }

    fn play(&mut self, event: &Event, rules: &WatchRules) {
        let unknown = WatchedVideo::default();
        let watched = event.watched.as_deref().unwrap_or(&unknown);
        if !has_cards(watched.kind) {
            return;
        }
        let before = self.viewing(&event.video_id).cloned().unwrap_or_default();
        let mut viewing = before.clone();
        let step = viewing.play(event.kind == EventKind::Complete, Played::of(event), rules);
        let key = self.key(&event.video_id);
        if step == Step::Nothing {
            if viewing != before {
                self.put_viewing(&key, viewing);
            }
            return;
        }
        if before.series.is_none() || before.series != watched.series_id {
            self.leave(&key, &before);
        }
        self.turns += 1;
        viewing.turn = self.turns;
        viewing.is_hidden = false;
        viewing.engaged_utc_ms = event.time_utc_ms;
        viewing.series = watched.series_id.as_ref().map(|id| self.series_key(id));
        viewing.place = watched.place;
        match &viewing.series {
            Some(series_id) => self.engage_series(series_id, &key, event.time_utc_ms, step, watched),
            None if step == Step::GoesOn => self.recent.insert_mut(self.turns, Recent::Video(Arc::clone(&key))),
            None => {}
        }
        self.put_viewing(&key, viewing);
        self.forget_oldest();
    }

    fn engage_series(&mut self, id: &Arc<str>, video: &Arc<str>, time_utc_ms: i64, step: Step, watched: &WatchedVideo) {
        let mut series = self.series.get(id).cloned().unwrap_or_default();
        self.recent.remove_mut(&series.turn);
        match step {
            Step::Finishes => series.finish(video, watched),
            _ => series.in_progress = Some(Arc::clone(video)),
        }
        (series.turn, series.engaged_utc_ms) = (self.turns, time_utc_ms);
        self.recent.insert_mut(self.turns, Recent::Series(Arc::clone(id)));
        self.put_series(id, series);
    }

    /// Takes a video out from where it stood: by itself, or as what is in progress in a series.
    fn leave(&mut self, id: &Arc<str>, viewing: &Viewing) {
        match self.series_of(viewing) {
            Some((series_id, series)) if series.in_progress.as_ref() == Some(id) => {
                let series = SeriesWatching { in_progress: None, ..series.clone() };
                self.put_series(&series_id, series);
            }
            None if viewing.series.is_none() => {
                self.recent.remove_mut(&viewing.turn);
            }
            _ => {}
        }
    }

    fn series_of(&self, viewing: &Viewing) -> Option<(Arc<str>, &SeriesWatching)> {
        let id = viewing.series.as_ref()?;
        self.series.get(id).map(|series| (Arc::clone(id), series))
    }

    fn forget_oldest(&mut self) {
        while self.recent.size() > MOST_RECENT {
            let Some((turn, oldest)) = self.recent.first().map(|(turn, recent)| (*turn, recent.clone())) else {
                return;
            };
            self.recent.remove_mut(&turn);
            if let Recent::Series(id) = oldest {
                self.put_series(&id, SeriesWatching::default());
            }
        }
    }

    /// The id as it is kept, so that one text serves all.
    fn key(&self, id: &str) -> Arc<str> {
        self.viewings.get_key_value(id).map_or_else(|| Arc::from(id), |(key, _)| Arc::clone(key))
    }

    fn series_key(&self, id: &Arc<str>) -> Arc<str> {
        self.series.get_key_value(id).map_or_else(|| Arc::clone(id), |(key, _)| Arc::clone(key))
    }

    /// Nothing is kept of a video with which nothing was done.
    fn put_viewing(&mut self, id: &Arc<str>, viewing: Viewing) {
        if self.viewings.remove_mut(id) {
            self.bytes -= VIEWING_BYTES + id.len();
        }
        if viewing.state != WatchState::NotStarted || viewing.is_hidden {
            self.bytes += VIEWING_BYTES + id.len();
            self.viewings.insert_mut(Arc::clone(id), viewing);
        }
    }

    fn put_series(&mut self, id: &Arc<str>, series: SeriesWatching) {
        let bytes = |series: &SeriesWatching| SERIES_BYTES + id.len() + series.seen.size() * SEEN_BYTES;
        if let Some(before) = self.series.get(id) {
            self.bytes -= bytes(before);
            self.series.remove_mut(id);
        }
        if series.is_empty() {
            self.recent.remove_mut(&series.turn);
        } else {
            self.bytes += bytes(&series);
            self.series.insert_mut(Arc::clone(id), series);
        }
    }
}

/// Clips and trailers, adverts, and what is no video but stands for several never have a card.
pub fn has_cards(kind: Option<Kind>) -> bool {
    !matches!(kind, Some(Kind::Clip | Kind::Advert | Kind::Series | Kind::Season))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    fn event(kind: EventKind, id: &str, watched: WatchedVideo) -> Event {
        Event {
            profile: "p".to_owned(),
            video_id: id.to_owned(),
            position_ms: if kind == EventKind::Stop { HOUR / 2 } else { 0 },
            duration_ms: HOUR,
            watched: Some(Arc::new(watched)),
            ..Event::of(kind)
        }
    }

    fn film() -> WatchedVideo {
        WatchedVideo { kind: Some(Kind::Movie), ..WatchedVideo::default() }
    }

    fn episode(series: &str, number: u32) -> WatchedVideo {
        let place = Some(EpisodePlace { season: 1, episode: number });
        WatchedVideo { kind: Some(Kind::Episode), series_id: Some(series.into()), place, ..WatchedVideo::default() }
    }

    fn after(events: &[Event]) -> Watching {
        let mut watching = Watching::default();
        events.iter().for_each(|event| watching.observe(event, &WatchRules::default()));
        watching
    }

    #[test]
    fn what_is_taken_back_leaves_nothing() {
        use EventKind::{Complete, Hide, Stop, Unhide, Unwatch};
        let done = [
            event(Stop, "f", film()),
            event(Stop, "a1", episode("a", 1)),
            event(Complete, "a1", episode("a", 1)),
            event(Complete, "a2", episode("a", 2)),
            event(Stop, "b1", episode("b", 1)),
            event(Hide, "b1", WatchedVideo::default()),
        ];
        let watching = after(&done);
        assert_eq!((watching.recent().count(), watching.viewings.size()), (3, 4));
        assert!(watching.bytes() > 4 * VIEWING_BYTES && watching.is_hidden("b1"));
        let taken_back = ["f", "a2", "a1", "b1"].map(|id| event(Unwatch, id, WatchedVideo::default()));
        let shown = event(Unhide, "b1", WatchedVideo::default());
        let left = after(&[&done[..], &taken_back, &[shown]].concat());
        assert_eq!((left.bytes(), left.recent().count(), left.series.size()), (0, 0, 0));
    }

    #[test]
    fn a_video_that_changes_its_series_stands_in_one() {
        use EventKind::Stop;
        let watching = after(&[
            event(Stop, "v", film()),
            event(Stop, "v", episode("a", 1)),
            event(Stop, "v", episode("b", 1)),
            event(Stop, "v", WatchedVideo { series_id: None, ..film() }),
        ]);
        let recent: Vec<&str> = watching
            .recent()
            .map(|recent| match recent {
                RecentlyWatched::Video(id, _) => id.as_ref(),
                RecentlyWatched::Series(..) => "a series",
            })
            .collect();
        assert_eq!((recent, watching.series.size()), (vec!["v"], 0));
    }

    #[test]
    fn who_watches_without_end_keeps_the_newest() {
        let many = |number: usize| match number % 2 {
            0 => event(EventKind::Stop, &format!("f{number}"), film()),
            _ => event(EventKind::Complete, &format!("e{number}"), episode(&format!("s{number}"), 1)),
        };
        let mut watching = after(&(0..MOST_RECENT + 10).map(many).collect::<Vec<Event>>());
        assert_eq!(watching.recent().count(), MOST_RECENT);
        assert_eq!((watching.series.size(), watching.series.contains_key("s9")), (MOST_RECENT / 2, false));
        assert!(watching.series.contains_key("s11"));
        // What went comes back with the next event, at the place of another.
        watching.observe(&many(0), &WatchRules::default());
        let newest = watching.recent().next();
        assert!(matches!(newest, Some(RecentlyWatched::Video(id, _)) if id.as_ref() == "f0"));
        assert_eq!(watching.recent().count(), MOST_RECENT);
    }

    #[test]
    fn an_early_end_holds_until_playback_goes_back_before_it() {
        use EventKind::Complete;
        let at = |position_ms| Event { position_ms, ..event(EventKind::Progress, "f", film()) };
        let state = |events: &[Event]| after(events).viewing("f").map(|viewing| viewing.state);
        // The player calls it complete with ten minutes left, and goes on to tell where it is.
        let complete = event(Complete, "f", film());
        let early = [at(HOUR - 600_000), complete.clone(), at(HOUR - 590_000), at(HOUR - 300_000)];
        assert_eq!(state(&early), Some(WatchState::Finished));
        assert_eq!(state(&[&early[..], &[at(HOUR - 600_001)]].concat()), Some(WatchState::Started));
        assert_eq!(state(&[complete, at(HOUR / 2)]), Some(WatchState::Started));
    }
}
