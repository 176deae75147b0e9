//! When a video counts as started, and when as finished. One place, since the cards of what a viewer watches
//! ([`super::Watching`]) and what lists leave out as watched ([`super::Engagement`]) have to agree.
//!
//! Source: the rules of Android TV's Watch Next row, the only published ones with numbers.

use crate::domain::{Error, Event, Kind, Result};

/// See each field; `docs/watch-states.md` has the rules in words.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WatchRules {
    /// A film is started when more than this share of it was watched, 0 to 1.
    pub film_started_share: f32,
    /// A film is also started at this position.
    pub film_started_ms: u32,
    /// An episode is started past this position.
    pub episode_started_ms: u32,
    /// Live television is started when it was viewed so long.
    pub live_started_ms: u32,
    /// A film or episode without credits data is finished when less than this is left.
    pub finished_remaining_ms: u32,
    /// A film or episode is also finished from this share on, 0 to 1. None: no share finishes one.
    pub finished_share: Option<f32>,
}

impl Default for WatchRules {
    fn default() -> Self {
        WatchRules {
            film_started_share: 0.03,
            film_started_ms: 120_000,
            episode_started_ms: 120_000,
            live_started_ms: 120_000,
            finished_remaining_ms: 180_000,
            finished_share: None,
        }
    }
}

/// By which rule a video starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Film,
    Episode,
    Live,
}

/// How far an event tells that a video was played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Played {
    pub form: Form,
    /// How far playback had come; how long live television was viewed. 0: unknown.
    pub position_ms: i64,
    /// 0: unknown, and for live television, of which no share is ever asked.
    pub duration_ms: i64,
    /// 0: unknown.
    pub credits_start_ms: i64,
}

impl Played {
    /// The length is the event's, or else the catalogue's.
    pub fn of(event: &Event) -> Played {
        let watched = event.watched.as_deref();
        let form = match watched.and_then(|video| video.kind) {
            Some(Kind::LiveEvent) => Form::Live,
            Some(Kind::Episode) => Form::Episode,
            None | Some(Kind::Course | Kind::Other) if watched.is_some_and(|video| video.series_id.is_some()) => {
                Form::Episode
            }
            _ => Form::Film,
        };
        let of_catalogue = watched.map_or((0, 0), |video| (video.duration_ms, video.credits_start_ms));
        let duration_ms = if event.duration_ms > 0 { event.duration_ms } else { of_catalogue.0 };
        match form {
            Form::Live => Played { form, position_ms: event.position_ms, duration_ms: 0, credits_start_ms: 0 },
            _ => Played { form, position_ms: event.position_ms, duration_ms, credits_start_ms: of_catalogue.1 },
        }
    }

    /// The share of the video, 0 to 1; none where its length is unknown.
    pub fn share(&self) -> Option<f32> {
        (self.duration_ms > 0).then(|| (self.position_ms as f64 / self.duration_ms as f64).min(1.0) as f32)
    }
}

impl WatchRules {
    /// Whether so much of a video is a start.
    pub fn is_started(&self, played: Played) -> bool {
        let position = played.position_ms;
        match played.form {
            Form::Film => {
                position >= i64::from(self.film_started_ms)
                    || played.share().is_some_and(|share| share > self.film_started_share)
            }
            Form::Episode => position > i64::from(self.episode_started_ms),
            Form::Live => position >= i64::from(self.live_started_ms),
        }
    }

    /// Whether the video is started and at its end. Live television has none.
    pub fn is_finished(&self, played: Played) -> bool {
        let Played { position_ms, duration_ms, credits_start_ms, .. } = played;
        let left = duration_ms.saturating_sub(position_ms);
        let is_in_end = match credits_start_ms {
            0 => duration_ms > 0 && left < i64::from(self.finished_remaining_ms),
            start => position_ms >= start || (duration_ms > 0 && left <= 0),
        };
        let has_share = || played.share().is_some_and(|share| self.finished_share.is_some_and(|least| share >= least));
        played.form != Form::Live && self.is_started(played) && (is_in_end || has_share())
    }

    /// Checks every documented range.
    pub fn validate(&self) -> Result<()> {
        let shares = [("film_started_share", Some(self.film_started_share)), ("finished_share", self.finished_share)];
        for (what, share) in shares {
            if let Some(share) = share.filter(|share| !(0.0..=1.0).contains(share)) {
                return Err(Error::invalid(format!("{what} is {share}; it lies between 0 and 1")));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    fn played(form: Form, position_ms: i64, duration_ms: i64, credits_start_ms: i64) -> Played {
        Played { form, position_ms, duration_ms, credits_start_ms }
    }

    #[test]
    fn a_start_at_every_boundary() {
        use Form::{Episode, Film, Live};
        let rules = WatchRules::default();
        for (form, position, duration, expected) in [
            (Film, 0, HOUR, false),
            (Film, 119_999, 2 * HOUR, false),
            (Film, 120_000, 2 * HOUR, true),
            (Film, 120_001, 2 * HOUR, true),
            // 3 % of ten minutes are 18 seconds, of an hour 108, of 4,000 seconds two minutes.
            (Film, 18_000, 600_000, false),
            (Film, 18_001, 600_000, true),
            (Film, 108_000, HOUR, false),
            (Film, 108_001, HOUR, true),
            (Film, 119_999, 4_000_000, false),
            (Film, 120_000, 4_000_000, true),
            // Of unknown length: two minutes.
            (Film, 119_999, 0, false),
            (Film, 120_000, 0, true),
            (Episode, 119_999, HOUR, false),
            (Episode, 120_000, HOUR, false),
            (Episode, 120_001, HOUR, true),
            (Episode, 108_001, HOUR, false),
            (Episode, 100_000, 200_000, false),
            (Episode, 120_000, 0, false),
            (Episode, 120_001, 0, true),
            (Live, 119_999, 0, false),
            (Live, 120_000, 0, true),
        ] {
            let found = rules.is_started(played(form, position, duration, 0));
            assert_eq!(found, expected, "{form:?} at {position} of {duration}");
        }
    }

    #[test]
    fn an_end_at_every_boundary() {
        use Form::{Episode, Film, Live};
        let rules = WatchRules::default();
        for form in [Film, Episode] {
            for (position, duration, credits, expected) in [
                (HOUR - 180_001, HOUR, 0, false),
                (HOUR - 180_000, HOUR, 0, false),
                (HOUR - 179_999, HOUR, 0, true),
                (HOUR, HOUR, 0, true),
                (2 * HOUR, HOUR, 0, true),
                // Credits data take the place of the three minutes, whichever is earlier.
                (HOUR - 600_001, HOUR, HOUR - 600_000, false),
                (HOUR - 600_000, HOUR, HOUR - 600_000, true),
                (HOUR - 599_999, HOUR, HOUR - 600_000, true),
                (HOUR - 60_001, HOUR, HOUR - 60_000, false),
                (HOUR - 60_000, HOUR, HOUR - 60_000, true),
                (HOUR - 600_000, 0, HOUR - 600_000, true),
                // Past the end, wherever the credits are said to begin.
                (HOUR, HOUR, 2 * HOUR, true),
                // Of unknown length nothing says where the end is.
                (HOUR, 0, 0, false),
                // What is not started is not finished, however short it is.
                (100_000, 0, 90_000, false),
                (1, 100_000, 0, false),
            ] {
                let found = rules.is_finished(played(form, position, duration, credits));
                assert_eq!(found, expected, "{form:?} at {position} of {duration}, credits at {credits}");
            }
        }
        assert!(!rules.is_finished(played(Live, 10 * HOUR, 0, 0)));
    }

    #[test]
    fn all_thresholds_are_settable() {
        let rules = WatchRules {
            film_started_share: 0.1,
            film_started_ms: 600_000,
            episode_started_ms: 1_000,
            live_started_ms: 5_000,
            finished_remaining_ms: 10_000,
            finished_share: Some(0.9),
        };
        assert_eq!(rules.validate(), Ok(()));
        let started = |form, position| rules.is_started(played(form, position, HOUR, 0));
        assert_eq!([359_999, 360_000, 360_001].map(|at| started(Form::Film, at)), [false, false, true]);
        assert_eq!([1_000, 1_001].map(|at| started(Form::Episode, at)), [false, true]);
        assert_eq!([4_999, 5_000].map(|at| started(Form::Live, at)), [false, true]);
        let finished = |position| rules.is_finished(played(Form::Episode, position, HOUR, 0));
        assert_eq!([HOUR * 9 / 10 - 1, HOUR * 9 / 10].map(finished), [false, true]);
        for (share, wrong) in
            [(f32::NAN, "film_started_share"), (-0.1, "film_started_share"), (1.1, "film_started_share")]
        {
            let error = WatchRules { film_started_share: share, ..rules }.validate().unwrap_err();
            assert!(error.message.starts_with(wrong), "{error}");
        }
        assert!(WatchRules { finished_share: Some(1.5), ..rules }.validate().is_err());
    }
}
