//! Titles that a viewer may not see: an age limit holds for what reasons tell, too.

use super::Catalogue;
use super::selection::Selection;
use crate::domain::{Filter, Query, Reason};

/// The age limit of a query, as a filter of its own.
fn age_filter(query: &Query) -> Option<Filter> {
    let viewer_age = query.filter.as_ref()?.viewer_age?;
    Some(Filter { viewer_age: Some(viewer_age), ..Filter::default() })
}

/// Whether the query's age limit, if it has one, allows a live row.
pub fn is_of_age(catalogue: &Catalogue, query: &Query, row: usize) -> bool {
    let (Some(filter), Some(video)) = (age_filter(query), catalogue.video(row)) else { return true };
    Selection::new(catalogue.attributes(), &filter).broken(row, &video.attributes).is_empty()
}

/// Leaves out the titles of videos that the query's age limit does not allow; their ids stay. A title without an id is that
/// of a series, by episodes that are allowed.
pub fn withhold_titles<'r>(catalogue: &Catalogue, query: &Query, reasons: impl Iterator<Item = &'r mut Reason>) {
    if age_filter(query).is_none() {
        return;
    }
    for evidence in reasons.map(|reason| &mut reason.evidence).filter(|evidence| !evidence.video_id.is_empty()) {
        if catalogue.row(&evidence.video_id).is_none_or(|row| !is_of_age(catalogue, query, row)) {
            evidence.video_title.clear();
        }
    }
}
