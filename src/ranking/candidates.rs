//! Which rows a query may return at all: hard rules, applied before any scoring.

use super::selection::Selection;
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

fn filtered_rows(catalogue: &Catalogue, filter: Option<&Filter>, call: &CallOptions) -> Result<Bitmap> {
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
    /// How many videos the profile watched after it; none for one that does not stand in its history.
    pub later_watches: Option<usize>,
}

/// The rows of all videos that a profile did something with, in the order of their ids.
pub fn engaged_rows<'p>(
    catalogue: &Catalogue,
    item_rows: &ItemRows,
    profile: Option<&'p Profile>,
    call: &CallOptions,
) -> Result<Vec<EngagedRow<'p>>> {
    let mut engaged = Vec::new();
    let history = profile.map_or(&[][..], Profile::history);
    let engagements = profile.into_iter().flat_map(Profile::engagements_and_places);
    for (index, (id, engagement, place)) in engagements.enumerate() {
        if index.is_multiple_of(IDS_BETWEEN_CHECKS) {
            call.check()?;
        }
        let watch = place.and_then(|place| history.get(place));
        let row = watch.map_or_else(|| catalogue.row(id), |watch| item_rows.row(watch.item));
        let later_watches = place.map(|place| history.len().saturating_sub(place + 1));
        engaged.extend(row.map(|row| EngagedRow { row, engagement, later_watches }));
    }
    Ok(engaged)
}

/// Those of [`permitted_rows`] that have a vector.
pub fn allowed_rows(
    catalogue: &Catalogue,
    engaged: &[EngagedRow<'_>],
    query: &Query,
    leave_out_watched: bool,
    call: &CallOptions,
) -> Result<Bitmap> {
    let mut allowed = permitted_rows(catalogue, engaged, query, leave_out_watched, call)?;
    allowed.and_not(catalogue.without_vector());
    Ok(allowed)
}

/// The live rows that keep the query's filter, less its excluded ids, what the profile hid and, when
/// asked, what it watched.
pub fn permitted_rows(
    catalogue: &Catalogue,
    engaged: &[EngagedRow<'_>],
    query: &Query,
    leave_out_watched: bool,
    call: &CallOptions,
) -> Result<Bitmap> {
    let mut allowed = filtered_rows(catalogue, query.filter.as_ref(), call)?;
    for ids in query.exclude.chunks(IDS_BETWEEN_CHECKS) {
        call.check()?;
        ids.iter().filter_map(|id| catalogue.row(id)).for_each(|row| allowed.remove(row));
    }
    for EngagedRow { row, engagement, .. } in engaged {
        if engagement.is_hidden() || (leave_out_watched && engagement.is_watched()) {
            allowed.remove(*row);
        }
    }
    Ok(allowed)
}
