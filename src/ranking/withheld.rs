//! Videos that a profile put away without hiding them one by one: those of series that it hid, and what it snoozed.

use super::Catalogue;
use super::attributes::Value;
use crate::domain::{CallOptions, Result};
use crate::learning::{Profile, Snoozed};

/// Why a video stands in no list of a profile and has no card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Withheld {
    /// The profile hid its series.
    HiddenSeries,
    /// The profile snoozed it or its series, and the time has not come.
    Snoozed,
}

/// Series and videos looked up between two looks at the deadline.
const LOOKED_UP_BETWEEN_CHECKS: usize = 64;

/// The rows that are withheld from a profile's list, seen from the query's time, each with the reason: a row may stand
/// there twice.
pub fn withheld_rows(
    catalogue: &Catalogue,
    profile: &Profile,
    now_utc_ms: i64,
    call: &CallOptions,
) -> Result<Vec<(usize, Withheld)>> {
    let mut withheld = Vec::new();
    let check = |index: usize| call.check_every(LOOKED_UP_BETWEEN_CHECKS, index);
    for (index, id) in profile.feedback().hidden_series().enumerate() {
        check(index)?;
        add_series(catalogue, id, Withheld::HiddenSeries, &mut withheld);
    }
    for (index, snoozed) in profile.feedback().snoozed(profile.time_of_list(now_utc_ms)).enumerate() {
        check(index)?;
        match snoozed {
            Snoozed::Video(id) => withheld.extend(catalogue.row(id).map(|row| (row, Withheld::Snoozed))),
            Snoozed::Series(id) => add_series(catalogue, id, Withheld::Snoozed, &mut withheld),
        }
    }
    Ok(withheld)
}

fn add_series(catalogue: &Catalogue, id: &str, why: Withheld, withheld: &mut Vec<(usize, Withheld)>) {
    for_each_of_series(catalogue, id, |row| withheld.push((row, why)));
}

/// The rows of a series: of all videos that belong to it, and of the one that stands for it.
pub fn for_each_of_series(catalogue: &Catalogue, id: &str, mut take: impl FnMut(usize)) {
    catalogue.row(id).into_iter().for_each(&mut take);
    catalogue.attributes().rows(&Value::series(id)).into_iter().for_each(|rows| rows.for_each(&mut take));
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::{CancelToken, Event, EventKind, Status, WatchedVideo};
    use crate::learning::WatchRules;
    use crate::vectors::{ExactValues, VectorStore};

    #[test]
    fn a_cancelled_call_ends() {
        let catalogue = Catalogue::new(VectorStore::new(2, ExactValues::Float32));
        let mut profile = Profile::default();
        let call = CallOptions { cancel: Some(CancelToken::default()), ..CallOptions::default() };
        call.cancel.iter().for_each(CancelToken::cancel);
        assert_eq!(withheld_rows(&catalogue, &profile, 0, &call), Ok(Vec::new()), "nothing to look up");
        let hidden = Event {
            profile: "p".to_owned(),
            video_id: "v".to_owned(),
            watched: Some(Arc::new(WatchedVideo { series_id: Some("s".into()), ..WatchedVideo::default() })),
            ..Event::of(EventKind::HideSeries)
        };
        profile.observe(&hidden, &WatchRules::default());
        let ended = withheld_rows(&catalogue, &profile, 0, &call).unwrap_err();
        assert_eq!(ended.status, Status::Cancelled);
    }
}
