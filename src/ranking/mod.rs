//! From a catalogue, a query vector and rules to one ordered list with reasons:
//! candidates → score → reasons. Reads immutable snapshots only.

mod attributes;
mod availability;
mod candidates;
mod catalogue;
mod centres;
mod parts;
mod posting;
mod provisional;
mod reasons;
mod selection;
mod tag_index;

pub use attributes::{AttributeIndex, Attributes};
pub use candidates::allowed_rows;
pub use catalogue::{Catalogue, CatalogueVideo, VideoVector};
pub use centres::Centres;
pub use parts::{FieldPart, Stored};
pub use provisional::provisional_part;
pub use reasons::Because;
pub use selection::Selection;
pub use tag_index::{TAG_SEPARATOR, TagIndex};

use crate::domain::{CallOptions, Query, Recommendation, Result};
use crate::vectors::{Bitmap, TopK, scan};

/// The best rows of `allowed` for a unit `query_vector`, with their reasons.
pub fn rank(
    catalogue: &Catalogue,
    allowed: &Bitmap,
    query_vector: &[f32],
    because: Because<'_>,
    query: &Query,
    call: &CallOptions,
) -> Result<Vec<Recommendation>> {
    let best = TopK::new(query.limit, query.min_score);
    let ranked = scan(catalogue.matrix(), allowed, query_vector, best, |row| catalogue.id(row), call)?;
    let explain = |scored| {
        call.check()?;
        Ok(reasons::explain(catalogue, scored, query_vector, because))
    };
    ranked.iter().map(explain).collect()
}
