//! Which rows a query may return at all: hard rules, applied before any scoring.

use super::Catalogue;
use super::selection::Selection;
use crate::domain::{Filter, Query};
use crate::learning::Profile;
use crate::vectors::Bitmap;

/// The live rows with a vector that keep the filter.
pub fn searchable_rows(catalogue: &Catalogue, filter: Option<&Filter>) -> Bitmap {
    let mut rows = match filter {
        Some(filter) => Selection::new(catalogue.attributes(), filter).select(catalogue.live()),
        None => catalogue.live().clone(),
    };
    rows.and_not(catalogue.without_vector());
    rows
}

/// The live rows that keep the query's filter, less its excluded ids, what the profile hid and, when
/// asked, what it watched.
pub fn allowed_rows(
    catalogue: &Catalogue,
    profile: Option<&Profile>,
    query: &Query,
    leave_out_watched: bool,
) -> Bitmap {
    let mut allowed = searchable_rows(catalogue, query.filter.as_ref());
    let excluded = query.exclude.iter().filter_map(|id| catalogue.row(id));
    excluded.for_each(|row| allowed.remove(row));
    let engagements = profile.into_iter().flat_map(Profile::engagements);
    for (id, engagement) in engagements {
        if engagement.is_hidden() || (leave_out_watched && engagement.is_watched()) {
            catalogue.row(id).into_iter().for_each(|row| allowed.remove(row));
        }
    }
    allowed
}
