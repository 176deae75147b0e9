//! Which rows a query may return at all: hard rules, applied before any scoring.

use super::Catalogue;
use super::selection::Selection;
use crate::domain::{CallOptions, Filter, Query, Result};
use crate::learning::Profile;
use crate::vectors::Bitmap;

/// The live rows with a vector that keep the filter.
pub fn searchable_rows(catalogue: &Catalogue, filter: Option<&Filter>, call: &CallOptions) -> Result<Bitmap> {
    let mut rows = match filter {
        Some(filter) => Selection::new(catalogue.attributes(), filter).select(catalogue.live(), call)?,
        None => catalogue.live().clone(),
    };
    rows.and_not(catalogue.without_vector());
    Ok(rows)
}

/// Ids looked up between two looks at the deadline.
const IDS_BETWEEN_CHECKS: usize = 256;

/// The live rows that keep the query's filter, less its excluded ids, what the profile hid and, when
/// asked, what it watched.
pub fn allowed_rows(
    catalogue: &Catalogue,
    profile: Option<&Profile>,
    query: &Query,
    leave_out_watched: bool,
    call: &CallOptions,
) -> Result<Bitmap> {
    let mut allowed = searchable_rows(catalogue, query.filter.as_ref(), call)?;
    for ids in query.exclude.chunks(IDS_BETWEEN_CHECKS) {
        call.check()?;
        ids.iter().filter_map(|id| catalogue.row(id)).for_each(|row| allowed.remove(row));
    }
    let engagements = profile.into_iter().flat_map(Profile::engagements);
    for (index, (id, engagement)) in engagements.enumerate() {
        if index.is_multiple_of(IDS_BETWEEN_CHECKS) {
            call.check()?;
        }
        if engagement.is_hidden() || (leave_out_watched && engagement.is_watched()) {
            catalogue.row(id).into_iter().for_each(|row| allowed.remove(row));
        }
    }
    Ok(allowed)
}
