//! From a catalogue, a query vector and rules to one ordered list with reasons:
//! candidates → score → reasons. Reads immutable snapshots only.

mod attributes;
mod availability;
mod blend;
mod candidates;
mod catalogue;
mod centres;
mod expected;
mod feature_values;
mod item_rows;
mod new_videos;
mod parts;
mod posting;
mod provisional;
mod reasons;
mod row_features;
mod selection;
mod series_index;
mod standard;
mod tag_index;
mod title_index;
mod title_search;
mod watch_cards;

pub use attributes::{AttributeIndex, Attributes};
pub use blend::{Blend, blend};
pub use candidates::{EngagedRow, allowed_rows, engaged_rows, permitted_rows, searchable_rows};
pub use catalogue::{Catalogue, CatalogueVideo, VideoVector};
pub use centres::Centres;
pub use feature_values::feature_values;
pub use item_rows::ItemRows;
pub use parts::{FieldPart, Stored};
pub use provisional::provisional_part;
pub use reasons::Because;
pub use selection::Selection;
pub use series_index::SeriesIndex;
pub use tag_index::{TAG_SEPARATOR, TagIndex};
pub use title_index::TitleIndex;
pub use title_search::{search_titles, titled};
pub use watch_cards::watch_cards;

use crate::domain::{CallOptions, Query, Recommendation, Result};
use crate::vectors::{Bitmap, Kernel, Lists, Metric, Pool, Scored, Search};

/// How rows are searched for.
#[derive(Clone, Copy)]
pub struct Searching<'p> {
    pub kernel: Kernel,
    pub metric: Metric,
    /// Threads that may take part.
    pub pool: Option<&'p Pool>,
}

/// The rows of `allowed` nearest to `queries`, as lists, best first.
pub fn nearest<'c>(
    catalogue: &'c Catalogue,
    allowed: Bitmap,
    queries: Vec<Vec<f32>>,
    lists: Lists,
    (limit, min_score): (usize, Option<f32>),
    searching: Searching<'_>,
    call: &CallOptions,
) -> Result<Vec<Vec<Scored<'c>>>> {
    let Searching { kernel, metric, pool } = searching;
    let search = Search { queries, lists, limit, min_score, metric, allowed, kernel };
    search.run(catalogue.vectors(), pool, call, |row| catalogue.id(row))
}

/// The best rows of `allowed` for a unit `query_vector`, with their reasons.
pub fn rank(
    catalogue: &Catalogue,
    allowed: Bitmap,
    query_vector: &[f32],
    because: Because<'_>,
    query: &Query,
    searching: Searching<'_>,
    call: &CallOptions,
) -> Result<Vec<Recommendation>> {
    let (queries, bounds) = (vec![query_vector.to_vec()], (query.limit, query.min_score));
    let ranked = nearest(catalogue, allowed, queries, Lists::OneEach, bounds, searching, call)?.swap_remove(0);
    let explain = |scored| {
        call.check()?;
        Ok(reasons::explain(catalogue, scored, query_vector, because))
    };
    ranked.iter().map(explain).collect()
}
