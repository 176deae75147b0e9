//! What a viewer did, recorded by hand: watched, liked, disliked, hidden, snoozed, rated.

use serde_json::json;
use vrec::domain::Event;
use vrec::domain::EventKind;

use crate::arguments::Common;
use crate::arguments::EventOptions;
use crate::arguments::HideOptions;
use crate::arguments::OpinionOptions;
use crate::arguments::RateOptions;
use crate::arguments::SnoozeOptions;
use crate::arguments::WatchOptions;
use crate::failure::Outcome;
use crate::lists::unknown_video;
use crate::opening::Use;
use crate::output::Output;
use crate::profiles::named_or_current;
use crate::values::shown_time;

/// A share from which on a video was watched to its end: what follows are the credits.
const COMPLETE_SHARE: f64 = 0.9;
/// Of a share without a length, position and duration are kept as parts of so many milliseconds, an hour: short enough that
/// two minutes are more than 3 %, which is a start as well, and long enough that the end comes late.
const WHOLE_MS: f64 = 3_600_000.0;

/// `vrec watch`.
pub fn watch(common: &Common, options: &WatchOptions, output: &mut Output) -> Outcome {
    let (kind, position_ms, duration_ms) = extent(options);
    let event = |id: &String| Event { position_ms, duration_ms, ..plain(kind, id, &options.event) };
    record(common, options.videos.iter().map(event).collect(), output)
}

/// `vrec like` and its like: an event of this kind for each video.
pub fn opinion(common: &Common, kind: EventKind, options: &OpinionOptions, output: &mut Output) -> Outcome {
    record(common, options.videos.iter().map(|id| plain(kind, id, &options.event)).collect(), output)
}

/// `vrec hide`.
pub fn hide(common: &Common, options: &HideOptions, output: &mut Output) -> Outcome {
    let kind = match (options.series, options.seed) {
        (true, _) => EventKind::HideSeries,
        (_, true) => EventKind::HideSeed,
        _ => EventKind::Hide,
    };
    opinion(common, kind, &options.opinion, output)
}

/// `vrec unhide`.
pub fn unhide(common: &Common, options: &HideOptions, output: &mut Output) -> Outcome {
    let kind = match (options.series, options.seed) {
        (true, _) => EventKind::UnhideSeries,
        (_, true) => EventKind::UnhideSeed,
        _ => EventKind::Unhide,
    };
    opinion(common, kind, &options.opinion, output)
}

/// `vrec snooze`.
pub fn snooze(common: &Common, options: &SnoozeOptions, output: &mut Output) -> Outcome {
    let OpinionOptions { videos, event } = &options.opinion;
    let until_utc_ms = options.until.unwrap_or_else(|| event.at.saturating_add(options.length.unwrap_or(0)));
    let snoozed = |id: &String| Event { until_utc_ms, ..plain(EventKind::Snooze, id, event) };
    record(common, videos.iter().map(snoozed).collect(), output)
}

/// `vrec rate`.
pub fn rate(common: &Common, options: &RateOptions, output: &mut Output) -> Outcome {
    let event = Event { rating: options.stars, ..plain(EventKind::Rate, &options.video, &options.event) };
    record(common, vec![event], output)
}

fn plain(kind: EventKind, video_id: &str, options: &EventOptions) -> Event {
    Event {
        profile: options.profile.clone().unwrap_or_default(),
        video_id: video_id.to_owned(),
        time_utc_ms: options.at,
        context: options.context.context(),
        ..Event::of(kind)
    }
}

/// The kind of event that tells how far a video was watched, with position and duration.
fn extent(options: &WatchOptions) -> (EventKind, i64, i64) {
    let kind_of = |share: f64| match share {
        share if share >= COMPLETE_SHARE => EventKind::Complete,
        share if share > 0.0 => EventKind::Progress,
        _ => EventKind::Play,
    };
    match (options.share, options.position, options.duration) {
        (Some(share), _, _) => (kind_of(share), (share * WHOLE_MS).round() as i64, WHOLE_MS as i64),
        (None, None, _) => (EventKind::Complete, 0, 0),
        (None, Some(position), Some(duration)) if duration > 0 => {
            (kind_of(position as f64 / duration as f64), position, duration)
        }
        // Of live television there is no share, only how long it was watched.
        (None, Some(position), _) => (if position > 0 { EventKind::Progress } else { EventKind::Play }, position, 0),
    }
}

fn record(common: &Common, mut events: Vec<Event>, output: &mut Output) -> Outcome {
    let engine = common.open(Use::Write)?;
    for event in &mut events {
        event.profile = named_or_current(&engine, Some(&event.profile))?;
    }
    engine.record(&events).map_err(unknown_video)?;
    drop(engine);
    events.iter().try_for_each(|event| {
        let (kind, time) = (event.kind.name(), shown_time(event.time_utc_ms));
        let object = json!({
            "recorded": kind,
            "profile": event.profile,
            "video_id": event.video_id,
            "time_utc_ms": event.time_utc_ms,
            "position_ms": event.position_ms,
            "duration_ms": event.duration_ms,
            "rating": event.rating,
            "device": event.context.device.name(),
            "place": event.context.place.name(),
            "company": event.context.company.name(),
            "utc_offset_minutes": event.context.utc_offset_minutes,
            "until_utc_ms": event.until_utc_ms,
        });
        output.done(&object, &format!("Recorded for {}: {kind} {} at {time}.", event.profile, event.video_id))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arguments::ContextOptions;

    fn extent_of(position: Option<i64>, duration: Option<i64>, share: Option<f64>) -> (EventKind, i64, i64) {
        let event = EventOptions { profile: None, at: 0, context: ContextOptions::default() };
        extent(&WatchOptions { videos: Vec::new(), event, position, duration, share })
    }

    #[test]
    fn the_share_decides_the_kind() {
        use EventKind::{Complete, Play, Progress};
        assert_eq!(extent_of(None, None, None), (Complete, 0, 0));
        assert_eq!(extent_of(None, None, Some(0.0)), (Play, 0, 3_600_000));
        assert_eq!(extent_of(None, None, Some(0.25)), (Progress, 900_000, 3_600_000));
        assert_eq!(extent_of(None, None, Some(0.9)), (Complete, 3_240_000, 3_600_000));
        assert_eq!(extent_of(Some(600), Some(1_000), None), (Progress, 600, 1_000));
        assert_eq!(extent_of(Some(950), Some(1_000), None), (Complete, 950, 1_000));
        assert_eq!(extent_of(Some(5), None, None), (Progress, 5, 0));
        assert_eq!(extent_of(Some(0), Some(0), None), (Play, 0, 0));
    }
}
