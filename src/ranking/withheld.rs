//! Videos that a profile put away without hiding them one by one: those of series that it hid, and what it snoozed.

use super::Catalogue;
use super::attributes::Value;
use crate::learning::{Profile, Snoozed};

/// Why a video stands in no list of a profile and has no card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Withheld {
    /// The profile hid its series.
    HiddenSeries,
    /// The profile snoozed it or its series, and the time has not come.
    Snoozed,
}

/// The rows that are withheld from a profile's list, seen from the query's time, each with the reason: a row may stand
/// there twice.
pub fn withheld_rows(catalogue: &Catalogue, profile: &Profile, now_utc_ms: i64) -> Vec<(usize, Withheld)> {
    let mut withheld = Vec::new();
    for id in profile.feedback().hidden_series() {
        add_series(catalogue, id, Withheld::HiddenSeries, &mut withheld);
    }
    for snoozed in profile.feedback().snoozed(profile.time_of_list(now_utc_ms)) {
        match snoozed {
            Snoozed::Video(id) => withheld.extend(catalogue.row(id).map(|row| (row, Withheld::Snoozed))),
            Snoozed::Series(id) => add_series(catalogue, id, Withheld::Snoozed, &mut withheld),
        }
    }
    withheld
}

fn add_series(catalogue: &Catalogue, id: &str, why: Withheld, withheld: &mut Vec<(usize, Withheld)>) {
    for_each_of_series(catalogue, id, |row| withheld.push((row, why)));
}

/// The rows of a series: of all videos that belong to it, and of the one that stands for it.
pub fn for_each_of_series(catalogue: &Catalogue, id: &str, mut take: impl FnMut(usize)) {
    catalogue.row(id).into_iter().for_each(&mut take);
    catalogue.attributes().rows(&Value::series(id)).into_iter().for_each(|rows| rows.for_each(&mut take));
}
