//! Which rows a query may return at all: hard rules, applied before any scoring.

use std::sync::atomic::Ordering;

use super::Catalogue;
use super::selection::Selection;
use crate::domain::{CallOptions, Filter, Query, Result};
use crate::learning::{Engagement, Item, Items, Profile};
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

/// The row of an item's video: where it was found last, or else by its id.
pub fn row_of_item(catalogue: &Catalogue, items: &Items, item: Item) -> Option<usize> {
    let (id, hint) = (items.id(item)?, items.row_hint(item));
    if catalogue.id(hint) == id && catalogue.live().contains(hint) {
        return Some(hint);
    }
    let row = catalogue.row(id)?;
    items.set_row_hint(item, row);
    Some(row)
}

/// The item of a live row's video: the one found last, or else by its id.
pub fn item_of_row(catalogue: &Catalogue, items: &Items, row: usize) -> Option<Item> {
    let video = catalogue.video(row)?;
    let hint = video.item_hint.load(Ordering::Relaxed);
    if items.id(hint) == Some(&video.id) {
        return Some(hint);
    }
    let item = items.number(&video.id)?;
    video.item_hint.store(item, Ordering::Relaxed);
    Some(item)
}

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
    items: &Items,
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
        let row = watch.map_or_else(|| catalogue.row(id), |watch| row_of_item(catalogue, items, watch.item));
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
