//! What one profile has done with one video, folded from its events: how much of it was watched,
//! and what was said about it.

use super::{Played, WatchRules};
use crate::domain::{Event, EventKind};

/// The share taken as watched when playback is reported without a position and a length.
const UNKNOWN_SHARE: f32 = 0.5;

/// Watching more than this share is as good as completing: what is left are the credits.
const COMPLETED_SHARE: f32 = 0.9;
/// Stars from which on a rating is a like, and up to which it is a dislike.
const LIKED_STARS: f32 = 4.0;
const DISLIKED_STARS: f32 = 2.0;

/// What each signal adds to the weight a video has in its viewer's taste.
mod weights {
    pub const WATCHED: f32 = 1.0;
    pub const SELECTED: f32 = 0.1;
    pub const LIKED: f32 = 1.0;
    pub const DISLIKED: f32 = -0.5;
    pub const FAVOURITE: f32 = 1.0;
    pub const ON_WATCHLIST: f32 = 0.5;
    pub const COMMENTED: f32 = 0.25;
    pub const SKIPPED: f32 = -0.1;
    pub const HIDDEN: f32 = -0.5;
    /// For five stars; three stars count nothing.
    pub const RATED: f32 = 1.0;
    /// For one star. Like every repulsion half its opposite, so that a dislike turns a taste away
    /// from one video without turning it round.
    pub const RATED_DOWN: f32 = 0.5;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Opinion {
    #[default]
    None,
    Liked,
    Disliked,
}

/// The state of one (profile, video) pair.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Engagement {
    /// The largest share watched so far, 0 to 1, as far as events told.
    watched_share: f32,
    started: bool,
    played: bool,
    /// Whether any playback event told a position or a length.
    extent_known: bool,
    selected: bool,
    opinion: Opinion,
    rating: Option<f32>,
    favourite: bool,
    on_watchlist: bool,
    commented: bool,
    skipped: bool,
    hidden: bool,
    seed_hidden: bool,
}

impl Engagement {
    /// Folds one event in; `rules` say from when on the video counts as started. Impressions, searches, and what is said
    /// of a series or for a while leave no trace here.
    pub fn observe(&mut self, event: &Event, rules: &WatchRules) {
        match event.kind {
            EventKind::Impression
            | EventKind::Search
            | EventKind::HideSeries
            | EventKind::UnhideSeries
            | EventKind::Snooze => {}
            EventKind::Select => self.selected = true,
            EventKind::Play | EventKind::Progress | EventKind::Pause | EventKind::Stop => {
                self.observe_playback(event, rules);
            }
            EventKind::Complete => {
                self.started = true;
                self.watched_share = 1.0;
            }
            EventKind::Skip => self.skipped = true,
            EventKind::Like => self.opinion = Opinion::Liked,
            EventKind::Dislike => self.opinion = Opinion::Disliked,
            EventKind::Rate => self.rating = Some(event.rating),
            EventKind::Comment => self.commented = true,
            EventKind::Favourite => self.favourite = true,
            EventKind::Unfavourite => self.favourite = false,
            EventKind::WatchlistAdd => self.on_watchlist = true,
            EventKind::WatchlistRemove => self.on_watchlist = false,
            EventKind::Hide => self.hidden = true,
            EventKind::Unhide => self.hidden = false,
            EventKind::Unwatch => self.unwatch(),
            EventKind::HideSeed => self.seed_hidden = true,
            EventKind::UnhideSeed => self.seed_hidden = false,
        }
    }

    fn observe_playback(&mut self, event: &Event, rules: &WatchRules) {
        self.played = true;
        if (event.position_ms, event.duration_ms) == (0, 0) {
            return;
        }
        self.extent_known = true;
        let played = Played::of(event);
        let is_started = rules.is_started(played);
        let share = played.share().unwrap_or(if is_started { UNKNOWN_SHARE } else { 0.0 });
        self.started |= is_started;
        self.watched_share = self.watched_share.max(share);
    }

    /// As if the video had never been played; what was said about it stays.
    fn unwatch(&mut self) {
        (self.started, self.played, self.extent_known) = (false, false, false);
        self.watched_share = 0.0;
    }

    /// Played, and nothing ever told how far.
    fn played_unknown(&self) -> bool {
        self.played && !self.extent_known
    }

    /// Whether the video counts as watched and is left out of recommendations: started as [`WatchRules`] say, completed,
    /// or played without telling how far.
    pub fn is_watched(&self) -> bool {
        self.started || self.played_unknown()
    }

    /// Whether it counts among what the profile chose: watched, or an opinion worth half a whole watch.
    pub fn speaks_for(&self) -> bool {
        !self.hidden && (self.is_watched() || self.weight_as_seed() >= 0.5)
    }

    /// Whether it was picked from a list: selected, or watched.
    pub fn is_chosen(&self) -> bool {
        self.selected || self.is_watched()
    }

    /// Whether it was watched to the end, or nearly.
    pub fn is_completed(&self) -> bool {
        self.watched_share > COMPLETED_SHARE
    }

    /// Whether the profile likes the video, as far as it said: a favourite, a like or dislike, stars. Of several, what
    /// speaks against it comes first: hidden, then the last of like and dislike, then the favourite, then the stars.
    pub fn is_liked(&self) -> Option<bool> {
        match self.opinion {
            _ if self.hidden => Some(false),
            Opinion::Disliked => Some(false),
            Opinion::Liked => Some(true),
            Opinion::None if self.favourite => Some(true),
            Opinion::None => match self.rating {
                Some(stars) if stars >= LIKED_STARS => Some(true),
                Some(stars) if stars <= DISLIKED_STARS => Some(false),
                _ => None,
            },
        }
    }

    /// Whether the profile asked never to see the video.
    pub fn is_hidden(&self) -> bool {
        self.hidden
    }

    /// Whether the profile asked that the video inspire no suggestions.
    pub fn is_seed_hidden(&self) -> bool {
        self.seed_hidden
    }

    /// The weight of the video's vector in the profile's taste; negative repels, and 0 is that of a video that is to
    /// inspire nothing.
    pub fn weight(&self) -> f32 {
        if self.seed_hidden { 0.0 } else { self.weight_as_seed() }
    }

    fn weight_as_seed(&self) -> f32 {
        let flag = |set: bool, weight: f32| if set { weight } else { 0.0 };
        let opinion = match self.opinion {
            Opinion::None => 0.0,
            Opinion::Liked => weights::LIKED,
            Opinion::Disliked => weights::DISLIKED,
        };
        let share = if self.played_unknown() { self.watched_share.max(UNKNOWN_SHARE) } else { self.watched_share };
        weights::WATCHED * share
            + opinion
            + self.rating.map_or(0.0, rating_weight)
            + flag(self.selected, weights::SELECTED)
            + flag(self.favourite, weights::FAVOURITE)
            + flag(self.on_watchlist, weights::ON_WATCHLIST)
            + flag(self.commented, weights::COMMENTED)
            + flag(self.skipped, weights::SKIPPED)
            + flag(self.hidden, weights::HIDDEN)
    }
}

fn rating_weight(stars: f32) -> f32 {
    let opinion = (stars - 3.0) / 2.0;
    opinion * if opinion > 0.0 { weights::RATED } else { weights::RATED_DOWN }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(events: &[(EventKind, i64, i64)]) -> Engagement {
        let mut engagement = Engagement::default();
        for &(kind, position_ms, duration_ms) in events {
            let event = Event {
                profile: "p".into(),
                video_id: "v".into(),
                position_ms,
                duration_ms,
                rating: if kind == EventKind::Rate { 5.0 } else { 0.0 },
                ..Event::of(kind)
            };
            engagement.observe(&event, &WatchRules::default());
        }
        engagement
    }

    #[test]
    fn watched_starts_at_two_minutes_or_three_percent() {
        use EventKind::{Play, Stop};
        assert!(!after(&[(Play, 0, 6_000_000)]).is_watched());
        assert!(!after(&[(Stop, 119_999, 6_000_000)]).is_watched());
        assert!(after(&[(Stop, 120_000, 6_000_000)]).is_watched());
        assert!(!after(&[(Stop, 18_000, 600_000)]).is_watched());
        assert!(after(&[(Stop, 18_001, 600_000)]).is_watched());
        assert!(after(&[(Play, 0, 0)]).is_watched(), "played, nothing more known");
        assert!(!after(&[(Stop, 60_000, 0)]).is_watched(), "a minute of live television");
        assert!(after(&[(Stop, 120_000, 0)]).is_watched());
        assert!(!after(&[(Play, 0, 0), (Stop, 5_000, 0)]).is_watched(), "zapped past live television");
    }

    #[test]
    fn the_weight_follows_completion_and_opinion() {
        use EventKind::{Complete, Dislike, Favourite, Like, Progress, Rate, Stop, Unfavourite};
        let quarter = after(&[(Progress, 250, 1_000)]).weight();
        let most = after(&[(Progress, 900, 1_000), (Stop, 100, 1_000)]).weight();
        assert_eq!(quarter, 0.25);
        assert_eq!(most, 0.9, "going back does not unwatch");
        assert_eq!(after(&[(Complete, 0, 0)]).weight(), 1.0);
        assert_eq!(after(&[(Complete, 0, 0), (Like, 0, 0), (Rate, 0, 0)]).weight(), 3.0);
        assert_eq!(after(&[(Like, 0, 0), (Dislike, 0, 0)]).weight(), -0.5, "the last word counts");
        assert_eq!(after(&[(Favourite, 0, 0), (Unfavourite, 0, 0)]).weight(), 0.0);
    }

    #[test]
    fn unwatching_takes_back_what_was_played_and_nothing_that_was_said() {
        use EventKind::{Complete, Favourite, Stop, Unwatch};
        let engagement = after(&[(Stop, 600_000, 1_000_000), (Complete, 0, 0), (Favourite, 0, 0), (Unwatch, 0, 0)]);
        assert!(!engagement.is_watched() && !engagement.is_completed());
        assert_eq!((engagement.weight(), engagement.is_liked()), (1.0, Some(true)));
        assert!(after(&[(Unwatch, 0, 0), (Stop, 120_000, 0)]).is_watched());
    }
}
