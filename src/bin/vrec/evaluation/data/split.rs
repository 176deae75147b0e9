//! The ways to cut events into parts, by rules that any data set can be cut by. Where a data set brings its own
//! parts, those are taken.
//!
//! | Split | To be found |
//! |---|---|
//! | `loo` | the last event of each user with at least five; the one before it is for validation |
//! | `t80` | the last fifth of each user's events, rounded up |
//! | `cold` | every event on the cold videos |
//! | `gt` | after the moment at which 80 % of all events have happened, the first event of each user who was there before; all others after it are dropped |

use clap::ValueEnum;
use serde::Deserialize;
use twox_hash::XxHash3_64;

use super::DataEvent;

/// What an event is for in a split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    Train,
    Valid,
    Test,
    Drop,
}

impl Part {
    /// As files write it; nothing is a part that is dropped.
    pub fn of(text: &str) -> Option<Part> {
        match text {
            "train" => Some(Part::Train),
            "valid" => Some(Part::Valid),
            "test" => Some(Part::Test),
            "drop" | "" => Some(Part::Drop),
            _ => None,
        }
    }
}

/// A way to cut events into parts; see the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Split {
    Loo,
    T80,
    Cold,
    Gt,
}

/// Users with fewer events have none to be found by leaving one out.
const LEAST_FOR_LOO: usize = 5;

impl Split {
    /// As options, columns and figures name it.
    pub fn name(self) -> &'static str {
        match self {
            Split::Loo => "loo",
            Split::T80 => "t80",
            Split::Cold => "cold",
            Split::Gt => "gt",
        }
    }

    /// Gives each event, in their order, its part; those to be found become `found`. Where events have no times, their
    /// order takes the place of time. `cold` says of each video whether it is cold.
    pub fn cut(self, events: &mut [DataEvent], found: Part, has_times: bool, cold: Option<&[bool]>) {
        events.iter_mut().for_each(|event| event.part = Part::Train);
        match self {
            Split::Loo => leave_last(events, found),
            Split::T80 => leave_fifth(events, found),
            Split::Cold => {
                let is_cold = |video: usize| cold.is_some_and(|cold| cold[video]);
                events.iter_mut().filter(|event| is_cold(event.video)).for_each(|event| event.part = found);
            }
            Split::Gt => leave_latest(events, found, has_times),
        }
    }
}

/// Whether a video is in the tenth that is held out; `draw` chooses among many such tenths.
pub fn is_held_out(id: &str, draw: u64) -> bool {
    XxHash3_64::oneshot_with_seed(draw, id.as_bytes()).is_multiple_of(10)
}

/// The places of each user's events, in their order.
pub fn by_user(events: &[DataEvent]) -> Vec<Vec<usize>> {
    let users = events.iter().map(|event| event.user + 1).max().unwrap_or(0);
    let mut places = vec![Vec::new(); users];
    events.iter().enumerate().for_each(|(place, event)| places[event.user].push(place));
    places
}

fn leave_last(events: &mut [DataEvent], found: Part) {
    for places in by_user(events) {
        if let [.., before, last] = places[..]
            && places.len() >= LEAST_FOR_LOO
        {
            events[last].part = found;
            if found == Part::Test {
                events[before].part = Part::Valid;
            }
        }
    }
}

fn leave_fifth(events: &mut [DataEvent], found: Part) {
    for places in by_user(events) {
        let left = places.len().div_ceil(5);
        places.iter().rev().take(left).for_each(|place| events[*place].part = found);
    }
}

fn leave_latest(events: &mut [DataEvent], found: Part, has_times: bool) {
    let clock = |place: usize, event: &DataEvent| if has_times { event.time_utc_ms } else { place as i64 };
    let clocks: Vec<i64> = events.iter().enumerate().map(|(place, event)| clock(place, event)).collect();
    let Some(cut) = clocks.get(events.len().saturating_sub(1) * 4 / 5).copied() else { return };
    for places in by_user(events) {
        let before = places.iter().take_while(|place| clocks[**place] <= cut).count();
        for (nth, place) in places.iter().skip(before).enumerate() {
            events[*place].part = if nth == 0 && before > 0 { found } else { Part::Drop };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two users: events at 0 to 9 and at 4 to 13.
    fn events() -> Vec<DataEvent> {
        let event = |user, place: usize| DataEvent {
            user,
            video: place,
            time_utc_ms: (place + 4 * user) as i64,
            part: Part::Drop,
        };
        let mut events: Vec<DataEvent> = (0..10).flat_map(|place| [event(0, place), event(1, place)]).collect();
        events.sort_by_key(|event| event.time_utc_ms);
        events
    }

    fn of(events: &[DataEvent], user: usize, part: Part) -> Vec<usize> {
        events.iter().filter(|event| event.user == user && event.part == part).map(|event| event.video).collect()
    }

    #[test]
    fn the_last_event_and_the_last_fifth_are_left() {
        let mut events = events();
        Split::Loo.cut(&mut events, Part::Test, true, None);
        assert_eq!(of(&events, 0, Part::Test), [9]);
        assert_eq!(of(&events, 1, Part::Valid), [8]);
        Split::T80.cut(&mut events, Part::Test, true, None);
        assert_eq!(of(&events, 1, Part::Test), [8, 9]);
        let mut short = events[..4].to_vec();
        Split::Loo.cut(&mut short, Part::Test, true, None);
        assert!(short.iter().all(|event| event.part == Part::Train));
    }

    #[test]
    fn one_moment_cuts_everybody() {
        let mut events = events();
        Split::Gt.cut(&mut events, Part::Test, true, None);
        // Sixteen of twenty events have happened at 9.
        assert_eq!(of(&events, 0, Part::Train).len(), 10);
        assert_eq!(of(&events, 1, Part::Test), [6]);
        assert_eq!(of(&events, 1, Part::Drop), [7, 8, 9]);
    }

    #[test]
    fn cold_videos_are_left() {
        let mut events = events();
        let cold: Vec<bool> = (0..10).map(|video| video == 3).collect();
        Split::Cold.cut(&mut events, Part::Valid, true, Some(&cold));
        assert_eq!(of(&events, 0, Part::Valid), [3]);
        assert_eq!(of(&events, 1, Part::Train).len(), 9);
    }
}
