//! What a profile was shown and passed over: of each video the last times when it was shown since it was last taken up.
//! A list that shows the same again and again learns from it that the viewer does not want it now, though not for ever.
//!
//! Source: Li, Lakshmanan, Tiwari and Shah, "Modeling impression discounting in large-scale recommender systems"
//! (KDD 2014): a discount that is linear in the number of impressions (their ImpCount) and decays exponentially with the
//! time since (their LastSeen). They multiply a score by it; scores here may be below 0, so it is subtracted. Each showing
//! decays by itself, so that the sum is the same for any half-life that a list asks for.

use std::sync::Arc;

use rpds::RedBlackTreeMapSync;

use crate::domain::{Event, EventKind, Query};

/// Videos of which showings are kept; where another comes, the [`LEFT_OUT`] weakest go.
pub const MOST_SHOWN: usize = 2_048;
const LEFT_OUT: usize = 256;

/// When a video was shown, the last times, in the order of events.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Showings {
    times_utc_ms: [i64; Query::SHOWINGS],
    count: usize,
}

impl Showings {
    fn show(&mut self, time_utc_ms: i64) {
        if self.count == Query::SHOWINGS {
            self.times_utc_ms.rotate_left(1);
            self.count -= 1;
        }
        self.times_utc_ms[self.count] = time_utc_ms;
        self.count += 1;
    }

    /// How much the video was passed over, seen from a time: the mean over [`Query::SHOWINGS`] showings of
    /// 2^(−age / half-life), above 0 to 1. A showing that a clock dates later than that time is as if it were of then.
    pub fn passed_over(&self, now_utc_ms: i64, half_life_ms: i64) -> f32 {
        let left = |time: &i64| {
            let age = now_utc_ms.saturating_sub(*time).max(0);
            (-(age as f64) / half_life_ms.max(1) as f64).exp2()
        };
        let sum: f64 = self.times_utc_ms[..self.count].iter().map(left).sum();
        (sum / Query::SHOWINGS as f64) as f32
    }
}

/// See the module. Cloning shares.
#[derive(Debug, Clone)]
pub struct Impressions {
    shown: RedBlackTreeMapSync<Arc<str>, Showings>,
    bytes: usize,
}

impl Default for Impressions {
    fn default() -> Self {
        Impressions { shown: RedBlackTreeMapSync::new_sync(), bytes: 0 }
    }
}

/// What an entry costs beyond its id, roughly.
const ENTRY_BYTES: usize = size_of::<Showings>() + 112;

impl Impressions {
    /// Memory in bytes, about.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    pub fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    /// The videos that were shown and not taken up since, in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Showings)> {
        self.shown.iter().map(|(id, showings)| (id.as_ref(), showings))
    }

    /// Folds an event in: a showing counts until somebody takes the video up.
    pub fn observe(&mut self, event: &Event) {
        match event.kind {
            EventKind::Impression => self.show(&event.video_id, event.time_utc_ms),
            kind if kind.takes_up() => self.remove(&event.video_id),
            _ => {}
        }
    }

    fn show(&mut self, id: &str, time_utc_ms: i64) {
        if let Some(showings) = self.shown.get_mut(id) {
            return showings.show(time_utc_ms);
        }
        if self.shown.size() >= MOST_SHOWN {
            self.leave_out_weakest(time_utc_ms);
        }
        let mut showings = Showings::default();
        showings.show(time_utc_ms);
        self.bytes += ENTRY_BYTES + id.len();
        self.shown.insert_mut(Arc::from(id), showings);
    }

    fn remove(&mut self, id: &str) {
        if self.shown.remove_mut(id) {
            self.bytes -= ENTRY_BYTES + id.len();
        }
    }

    /// Several go together, so that an event costs little on the whole.
    fn leave_out_weakest(&mut self, now_utc_ms: i64) {
        let strength = |showings: &Showings| showings.passed_over(now_utc_ms, Query::IMPRESSION_HALF_LIFE_MS);
        let mut weakest: Vec<(f32, Arc<str>)> =
            self.shown.iter().map(|(id, showings)| (strength(showings), Arc::clone(id))).collect();
        weakest.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
        weakest.iter().take(LEFT_OUT).for_each(|(_, id)| self.remove(id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEEK: i64 = Query::IMPRESSION_HALF_LIFE_MS;

    fn event(kind: EventKind, id: &str, time_utc_ms: i64) -> Event {
        Event { profile: "p".to_owned(), video_id: id.to_owned(), time_utc_ms, ..Event::of(kind) }
    }

    fn after(events: &[Event]) -> Impressions {
        let mut impressions = Impressions::default();
        events.iter().for_each(|event| impressions.observe(event));
        impressions
    }

    fn passed_over(impressions: &Impressions, id: &str, now: i64, half_life: i64) -> f32 {
        let found = impressions.iter().find(|(other, _)| *other == id);
        found.map_or(0.0, |(_, showings)| showings.passed_over(now, half_life))
    }

    #[test]
    fn each_showing_counts_a_fifth_and_half_after_its_half_life() {
        let shown = |times: &[i64]| {
            after(&times.iter().map(|time| event(EventKind::Impression, "v", *time)).collect::<Vec<_>>())
        };
        let at = |times: &[i64], now, half_life| passed_over(&shown(times), "v", now, half_life);
        assert_eq!(at(&[0], 0, WEEK), 0.2);
        assert_eq!(at(&[0, 0, 0, 0, 0], 0, WEEK), 1.0);
        assert_eq!(at(&[-9 * WEEK, 0, 0, 0, 0, 0], 0, WEEK), 1.0, "the first of six is forgotten");
        assert_eq!(at(&[0, WEEK], WEEK, WEEK), 0.3);
        assert_eq!(at(&[0, WEEK], WEEK, WEEK / 2), 0.25);
        assert_eq!(at(&[9 * WEEK], 0, WEEK), 0.2, "a clock that was ahead");
        assert_eq!(at(&[i64::MIN], i64::MAX, 1), 0.0);
    }

    #[test]
    fn what_is_taken_up_is_passed_over_no_more() {
        use EventKind::{Dislike, Hide, Impression, Like, Play, Select, Skip, WatchlistAdd};
        for (kind, is_left) in [(Select, false), (Play, false), (Like, false), (WatchlistAdd, false)]
            .into_iter()
            .chain([(Skip, true), (Dislike, true), (Hide, true), (Impression, true)])
        {
            let impressions = after(&[event(Impression, "v", 0), event(kind, "v", 1)]);
            assert_eq!((impressions.is_empty(), impressions.bytes() == 0), (!is_left, !is_left), "{kind:?}");
        }
    }

    #[test]
    fn the_weakest_go_when_there_are_too_many() {
        let old = (0..LEFT_OUT).map(|number| event(EventKind::Impression, &format!("old{number:04}"), 0));
        let new = (LEFT_OUT..MOST_SHOWN).map(|number| event(EventKind::Impression, &format!("new{number:04}"), WEEK));
        let mut impressions = after(&old.chain(new).collect::<Vec<Event>>());
        assert_eq!(impressions.iter().count(), MOST_SHOWN);
        let bytes = impressions.bytes();
        impressions.observe(&event(EventKind::Impression, "last", WEEK));
        assert_eq!(impressions.iter().count(), MOST_SHOWN - LEFT_OUT + 1);
        assert!(impressions.iter().all(|(id, _)| !id.starts_with("old")));
        assert!(impressions.bytes() < bytes);
    }
}
