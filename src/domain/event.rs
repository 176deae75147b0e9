//! What happened between a viewer and a video.

use std::sync::Arc;

use super::video::check_id;
use super::{Context, Error, Result, WatchedVideo};

/// The kinds of events. The numbers are part of the ABI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub enum EventKind {
    Impression = 1,
    Select = 2,
    Play = 3,
    Progress = 4,
    Pause = 5,
    Stop = 6,
    Complete = 7,
    Skip = 8,
    Like = 9,
    Dislike = 10,
    Rate = 11,
    Comment = 12,
    Favourite = 13,
    Unfavourite = 14,
    WatchlistAdd = 15,
    WatchlistRemove = 16,
    Hide = 17,
    Unhide = 18,
    Search = 19,
    Unwatch = 20,
    /// The series of the video is in no list of the profile.
    HideSeries = 21,
    UnhideSeries = 22,
    /// The video inspires no suggestions: it stays watched and counts nothing in what is made of the history.
    HideSeed = 23,
    UnhideSeed = 24,
    /// The video, or the series that it is an episode of, is in no list until [`Event::until_utc_ms`].
    Snooze = 25,
}

impl EventKind {
    pub const ALL: [EventKind; 25] = [
        EventKind::Impression,
        EventKind::Select,
        EventKind::Play,
        EventKind::Progress,
        EventKind::Pause,
        EventKind::Stop,
        EventKind::Complete,
        EventKind::Skip,
        EventKind::Like,
        EventKind::Dislike,
        EventKind::Rate,
        EventKind::Comment,
        EventKind::Favourite,
        EventKind::Unfavourite,
        EventKind::WatchlistAdd,
        EventKind::WatchlistRemove,
        EventKind::Hide,
        EventKind::Unhide,
        EventKind::Search,
        EventKind::Unwatch,
        EventKind::HideSeries,
        EventKind::UnhideSeries,
        EventKind::HideSeed,
        EventKind::UnhideSeed,
        EventKind::Snooze,
    ];

    /// Its name in files: lower case, words joined by underscores.
    pub fn name(self) -> &'static str {
        match self {
            EventKind::Impression => "impression",
            EventKind::Select => "select",
            EventKind::Play => "play",
            EventKind::Progress => "progress",
            EventKind::Pause => "pause",
            EventKind::Stop => "stop",
            EventKind::Complete => "complete",
            EventKind::Skip => "skip",
            EventKind::Like => "like",
            EventKind::Dislike => "dislike",
            EventKind::Rate => "rate",
            EventKind::Comment => "comment",
            EventKind::Favourite => "favourite",
            EventKind::Unfavourite => "unfavourite",
            EventKind::WatchlistAdd => "watchlist_add",
            EventKind::WatchlistRemove => "watchlist_remove",
            EventKind::Hide => "hide",
            EventKind::Unhide => "unhide",
            EventKind::Search => "search",
            EventKind::Unwatch => "unwatch",
            EventKind::HideSeries => "hide_series",
            EventKind::UnhideSeries => "unhide_series",
            EventKind::HideSeed => "hide_seed",
            EventKind::UnhideSeed => "unhide_seed",
            EventKind::Snooze => "snooze",
        }
    }

    /// The kind with this name, if there is one.
    pub fn from_name(name: &str) -> Option<EventKind> {
        EventKind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The kind with this number, if there is one.
    pub fn from_code(code: i32) -> Option<EventKind> {
        EventKind::ALL.into_iter().find(|kind| *kind as i32 == code)
    }

    /// Whether it tells that the video was played.
    pub fn is_playback(self) -> bool {
        matches!(self, EventKind::Play | EventKind::Progress | EventKind::Pause | EventKind::Stop | EventKind::Complete)
    }

    /// Whether it concerns the series of its video, which is kept with the event.
    pub fn asks_series(self) -> bool {
        matches!(self, EventKind::HideSeries | EventKind::UnhideSeries | EventKind::Snooze)
    }

    /// Whether it tells that somebody took the video up: picked it, played it, or spoke for or of it.
    pub fn takes_up(self) -> bool {
        use EventKind::{Comment, Favourite, Like, Rate, Select, WatchlistAdd};
        self.is_playback() || matches!(self, Select | Like | Rate | Comment | Favourite | WatchlistAdd)
    }
}

/// One event of one profile.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    pub kind: EventKind,
    /// Whose it is; 1–255 bytes. The engine takes an empty one as its current profile.
    pub profile: String,
    /// The video concerned; empty for a search, required otherwise.
    pub video_id: String,
    /// Milliseconds since 1970-01-01 UTC; may be negative.
    pub time_utc_ms: i64,
    /// How far playback had come; for live television, how long it was viewed. 0: unknown.
    pub position_ms: i64,
    /// The video's length. 0: unknown, or live television.
    pub duration_ms: i64,
    /// Stars from 0.5 to 5, for [`EventKind::Rate`] only; 0 otherwise.
    pub rating: f32,
    /// The circumstances it happened in.
    pub context: Context,
    /// What the catalogue said of the video then. The engine fills it in as it records playback and what concerns a
    /// series, over whatever stands there.
    pub watched: Option<Arc<WatchedVideo>>,
    /// When an [`EventKind::Snooze`] ends, milliseconds since 1970-01-01 UTC, later than `time_utc_ms`; 0 for every other
    /// kind.
    pub until_utc_ms: i64,
    /// The probability with which the list put an [`EventKind::Impression`]'s video where it was shown, above 0 to 1 as
    /// [`super::Recommendation::propensity`] had it; 0: not known, and for every other kind.
    pub propensity: f32,
}

impl Event {
    /// One of this kind with every other value at its default.
    pub fn of(kind: EventKind) -> Event {
        Event {
            kind,
            profile: String::new(),
            video_id: String::new(),
            time_utc_ms: 0,
            position_ms: 0,
            duration_ms: 0,
            rating: 0.0,
            context: Context::default(),
            watched: None,
            until_utc_ms: 0,
            propensity: 0.0,
        }
    }

    /// Checks every documented range.
    pub fn validate(&self) -> Result<()> {
        check_id("profile", &self.profile)?;
        if self.kind == EventKind::Search {
            if !self.video_id.is_empty() {
                return Err(Error::invalid("video_id must be empty for a search event"));
            }
        } else {
            check_id("video_id", &self.video_id)?;
        }
        for (what, value) in [("position_ms", self.position_ms), ("duration_ms", self.duration_ms)] {
            if value < 0 {
                return Err(Error::invalid(format!("{what} is {value}, below zero")));
            }
        }
        self.validate_rating()?;
        self.validate_until()?;
        self.validate_propensity()?;
        self.context.validate()
    }

    fn validate_rating(&self) -> Result<()> {
        let allowed = match self.kind {
            EventKind::Rate => (0.5..=5.0).contains(&self.rating),
            _ => self.rating == 0.0,
        };
        if allowed {
            return Ok(());
        }
        Err(Error::invalid(format!("rating is {}; a rate event needs 0.5 to 5, every other kind 0", self.rating)))
    }

    fn validate_propensity(&self) -> Result<()> {
        let found = self.propensity;
        match self.kind {
            EventKind::Impression if (0.0..=1.0).contains(&found) => Ok(()),
            EventKind::Impression => Err(Error::invalid(format!("propensity is {found}; it lies between 0 and 1"))),
            _ if found == 0.0 => Ok(()),
            _ => Err(Error::invalid(format!("propensity is {found}; only an impression has one, every other kind 0"))),
        }
    }

    fn validate_until(&self) -> Result<()> {
        let until = self.until_utc_ms;
        match self.kind {
            EventKind::Snooze if until > self.time_utc_ms => Ok(()),
            EventKind::Snooze => {
                let time = self.time_utc_ms;
                Err(Error::invalid(format!("until_utc_ms is {until}; a snooze ends after its time_utc_ms, {time}")))
            }
            _ if until == 0 => Ok(()),
            _ => Err(Error::invalid(format!("until_utc_ms is {until}; only a snooze has one, every other kind 0"))),
        }
    }
}
