//! What a profile does not want to be shown beside single videos that it hid: whole series, and what it snoozed for a
//! while. Folded from events, with the series that the catalogue named when they were recorded, so that a series stays
//! hidden when the video goes by which it was hidden.

use std::sync::Arc;

use rpds::{RedBlackTreeMapSync, RedBlackTreeSetSync};

use crate::domain::{Event, EventKind};

/// Snoozes of a profile; where another comes, the one that ends first goes.
pub const MOST_SNOOZES: usize = 4_096;

/// What was snoozed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Snoozed {
    /// A video of no series.
    Video(Arc<str>),
    /// A series with all that belongs to it.
    Series(Arc<str>),
}

impl Snoozed {
    fn id(&self) -> &Arc<str> {
        match self {
            Snoozed::Video(id) | Snoozed::Series(id) => id,
        }
    }
}

/// See the module. Cloning shares.
#[derive(Debug, Clone)]
pub struct Feedback {
    hidden_series: RedBlackTreeSetSync<Arc<str>>,
    /// When each snooze ends.
    snoozes: RedBlackTreeMapSync<Snoozed, i64>,
    bytes: usize,
}

impl Default for Feedback {
    fn default() -> Self {
        Feedback { hidden_series: RedBlackTreeSetSync::new_sync(), snoozes: RedBlackTreeMapSync::new_sync(), bytes: 0 }
    }
}

/// What an entry costs beyond its id, roughly.
const ENTRY_BYTES: usize = size_of::<(Snoozed, i64)>() + 112;

impl Feedback {
    /// Memory in bytes, about.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The ids of hidden series, in their order.
    pub fn hidden_series(&self) -> impl Iterator<Item = &str> {
        self.hidden_series.iter().map(AsRef::as_ref)
    }

    pub fn is_series_hidden(&self, series_id: &str) -> bool {
        self.hidden_series.contains(series_id)
    }

    /// What is snoozed at a time, in the order of ids, videos first.
    pub fn snoozed(&self, now_utc_ms: i64) -> impl Iterator<Item = &Snoozed> {
        self.snoozes.iter().filter(move |(_, until)| now_utc_ms < **until).map(|(snoozed, _)| snoozed)
    }

    /// Folds an event in.
    pub fn observe(&mut self, event: &Event) {
        let series_id = event.watched.as_ref().and_then(|watched| watched.series_id.clone());
        match (event.kind, series_id) {
            (EventKind::HideSeries, Some(id)) => self.hide(id),
            (EventKind::UnhideSeries, Some(id)) => self.unhide(&id),
            (EventKind::Snooze, Some(id)) => self.snooze(Snoozed::Series(id), event.until_utc_ms),
            (EventKind::Snooze, None) => {
                self.snooze(Snoozed::Video(event.video_id.as_str().into()), event.until_utc_ms)
            }
            _ => {}
        }
    }

    fn hide(&mut self, id: Arc<str>) {
        if !self.is_series_hidden(&id) {
            self.bytes += ENTRY_BYTES + id.len();
            self.hidden_series.insert_mut(id);
        }
    }

    fn unhide(&mut self, id: &Arc<str>) {
        if self.hidden_series.remove_mut(id) {
            self.bytes -= ENTRY_BYTES + id.len();
        }
    }

    fn snooze(&mut self, snoozed: Snoozed, until_utc_ms: i64) {
        self.wake(&snoozed);
        if self.snoozes.size() >= MOST_SNOOZES
            && let Some(first) =
                self.snoozes.iter().min_by_key(|(_, until)| **until).map(|(snoozed, _)| snoozed.clone())
        {
            self.wake(&first);
        }
        self.bytes += ENTRY_BYTES + snoozed.id().len();
        self.snoozes.insert_mut(snoozed, until_utc_ms);
    }

    fn wake(&mut self, snoozed: &Snoozed) {
        if self.snoozes.remove_mut(snoozed) {
            self.bytes -= ENTRY_BYTES + snoozed.id().len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::WatchedVideo;

    fn event(kind: EventKind, id: &str, series_id: Option<&str>, until_utc_ms: i64) -> Event {
        let watched = WatchedVideo { series_id: series_id.map(Arc::from), ..WatchedVideo::default() };
        Event {
            profile: "p".to_owned(),
            video_id: id.to_owned(),
            time_utc_ms: 0,
            watched: Some(Arc::new(watched)),
            until_utc_ms,
            ..Event::of(kind)
        }
    }

    #[test]
    fn the_last_word_counts_and_what_is_taken_back_leaves_nothing() {
        use EventKind::{HideSeries, Snooze, UnhideSeries};
        let mut feedback = Feedback::default();
        for (kind, id) in [(HideSeries, "a1"), (HideSeries, "a2"), (UnhideSeries, "a3")] {
            feedback.observe(&event(kind, id, Some("a"), 0));
        }
        assert_eq!((feedback.bytes(), feedback.is_series_hidden("a")), (0, false));
        feedback.observe(&event(Snooze, "film", None, 10));
        feedback.observe(&event(Snooze, "a1", Some("a"), 20));
        let ids = |feedback: &Feedback, now| {
            feedback.snoozed(now).map(|snoozed| snoozed.id().to_string()).collect::<Vec<_>>()
        };
        assert_eq!([9, 10, 19, 20].map(|now| ids(&feedback, now).len()), [2, 1, 1, 0]);
        feedback.observe(&event(Snooze, "a2", Some("a"), 1));
        assert_eq!(ids(&feedback, 5), ["film"], "a snooze with an earlier end");
    }

    #[test]
    fn snoozes_are_bounded() {
        let mut feedback = Feedback::default();
        (0..MOST_SNOOZES + 3).for_each(|number| {
            feedback.observe(&event(EventKind::Snooze, &format!("v{number}"), None, 5 + number as i64));
        });
        assert_eq!((feedback.snoozed(0).count(), feedback.snoozes.size()), (MOST_SNOOZES, MOST_SNOOZES));
        assert!(!feedback.snoozed(0).any(|snoozed| *snoozed == Snoozed::Video("v2".into())));
    }
}
