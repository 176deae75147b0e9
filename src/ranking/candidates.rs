//! Which rows a query may return at all: hard rules, applied before any scoring.

use std::collections::BTreeSet;
use std::ops::Deref;

use super::selection::Selection;
use super::withheld::{Withheld, withheld_rows};
use super::{Catalogue, ItemRows};
use crate::domain::{CallOptions, Filter, Query, Result};
use crate::learning::{Engagement, Profile};
use crate::vectors::Bitmap;

/// The live rows with a vector that keep the filter.
pub fn searchable_rows(catalogue: &Catalogue, filter: Option<&Filter>, call: &CallOptions) -> Result<Bitmap> {
    let mut rows = filtered_rows(catalogue, filter, call)?;
    rows.and_not(catalogue.without_vector());
    Ok(rows)
}

/// The live rows that keep the filter.
pub fn filtered_rows(catalogue: &Catalogue, filter: Option<&Filter>, call: &CallOptions) -> Result<Bitmap> {
    match filter {
        Some(filter) => Selection::new(catalogue.attributes(), filter).select(catalogue.live(), call),
        None => Ok(catalogue.live().clone()),
    }
}

/// Ids looked up between two looks at the deadline.
const IDS_BETWEEN_CHECKS: usize = 256;

/// A video of the catalogue that a profile did something with.
#[derive(Debug, Clone, Copy)]
pub struct EngagedRow<'p> {
    pub row: usize,
    pub engagement: &'p Engagement,
    /// How many videos the profile watched after it, those aside that are to inspire nothing; none for one that does not
    /// stand in its history.
    pub later_watches: Option<usize>,
}

/// The rows of all videos that a profile did something with, in the order of their ids; beside them the profile itself.
#[derive(Debug)]
pub struct EngagedRows<'p> {
    rows: Vec<EngagedRow<'p>>,
    profile: Option<&'p Profile>,
}

impl EngagedRows<'_> {
    /// What the profile put away for a query.
    pub fn withheld(&self, catalogue: &Catalogue, query: &Query, call: &CallOptions) -> Result<Vec<(usize, Withheld)>> {
        let of = |profile| withheld_rows(catalogue, profile, query.now_utc_ms, call);
        self.profile.map_or_else(|| Ok(Vec::new()), of)
    }
}

impl<'p> Deref for EngagedRows<'p> {
    type Target = [EngagedRow<'p>];

    fn deref(&self) -> &[EngagedRow<'p>] {
        &self.rows
    }
}

/// Those of a profile; none for one that is not known.
pub fn engaged_rows<'p>(
    catalogue: &Catalogue,
    item_rows: &ItemRows,
    profile: Option<&'p Profile>,
    call: &CallOptions,
) -> Result<EngagedRows<'p>> {
    let mut rows = Vec::new();
    let history = profile.map_or(&[][..], Profile::history);
    let hidden = profile.map_or_else(BTreeSet::new, Profile::hidden_seed_places);
    let later_watches = |place: usize| {
        let all = history.len().saturating_sub(place + 1);
        if hidden.is_empty() { all } else { all - hidden.range(place + 1..).count() }
    };
    let engagements = profile.into_iter().flat_map(Profile::engagements_and_places);
    for (index, (id, engagement, place)) in engagements.enumerate() {
        call.check_every(IDS_BETWEEN_CHECKS, index)?;
        let watch = place.and_then(|place| history.get(place));
        let row = watch.map_or_else(|| catalogue.row(id), |watch| item_rows.row(watch.item));
        let later_watches = place.map(later_watches);
        rows.extend(row.map(|row| EngagedRow { row, engagement, later_watches }));
    }
    Ok(EngagedRows { rows, profile })
}

/// Those of [`permitted_rows`] that have a vector.
pub fn allowed_rows(
    catalogue: &Catalogue,
    engaged: &EngagedRows<'_>,
    query: &Query,
    leave_out_watched: bool,
    call: &CallOptions,
) -> Result<Bitmap> {
    let mut allowed = permitted_rows(catalogue, engaged, query, leave_out_watched, call)?;
    allowed.and_not(catalogue.without_vector());
    Ok(allowed)
}

/// The live rows that keep the query's filter, less its excluded ids, what the profile hid or snoozed and, when
/// asked, what it watched.
pub fn permitted_rows(
    catalogue: &Catalogue,
    engaged: &EngagedRows<'_>,
    query: &Query,
    leave_out_watched: bool,
    call: &CallOptions,
) -> Result<Bitmap> {
    let mut allowed = filtered_rows(catalogue, query.filter.as_ref(), call)?;
    for ids in query.exclude.chunks(IDS_BETWEEN_CHECKS) {
        call.check()?;
        ids.iter().filter_map(|id| catalogue.row(id)).for_each(|row| allowed.remove(row));
    }
    for EngagedRow { row, engagement, .. } in engaged.iter() {
        if engagement.is_hidden() || (leave_out_watched && engagement.is_watched()) {
            allowed.remove(*row);
        }
    }
    engaged.withheld(catalogue, query, call)?.iter().for_each(|(row, _)| allowed.remove(*row));
    Ok(allowed)
}
