//! From a catalogue, a query vector and rules to one ordered list with reasons:
//! candidates → score → adjustments → diversity → reasons. Reads immutable snapshots only.

mod adjustments;
mod age_limit;
mod attributes;
mod availability;
mod blend;
mod blend_reasons;
mod blocked;
mod candidates;
mod catalogue;
mod centres;
mod diversity;
mod expected;
mod exploration;
mod feature_values;
mod home;
mod item_rows;
mod new_videos;
mod parts;
mod posting;
mod provisional;
mod reasons;
mod rotation;
mod row_features;
mod row_ids;
mod sample;
mod selection;
mod sentences;
mod series_index;
mod series_title;
mod standard;
mod tag_index;
mod title_index;
mod title_search;
mod watch_cards;
mod withheld;

pub use adjustments::{Adjustments, Settled, nearest_adjusted};
pub use age_limit::{is_of_age, withhold_titles};
pub use attributes::{AttributeIndex, Attributes};
pub use blend::{Blend, blend, explain_blended, with_scores};
pub use blocked::blocks;
pub use candidates::{EngagedRow, EngagedRows, allowed_rows, engaged_rows, permitted_rows, searchable_rows};
pub use catalogue::{Catalogue, CatalogueVideo, VideoVector};
pub use centres::Centres;
pub use exploration::Describing;
pub use feature_values::feature_values;
pub use home::{HomeViewer, home};
pub use item_rows::ItemRows;
pub use parts::{FieldPart, Stored};
pub use provisional::provisional_part;
pub use reasons::Because;
pub use selection::Selection;
pub use sentences::{SENTENCE_CHARACTERS, SentenceLanguage, block_sentence, reason_sentence};
pub use series_index::SeriesIndex;
pub use tag_index::{TAG_SEPARATOR, TagIndex};
pub use title_index::TitleIndex;
pub use title_search::{search_titles, titled};
pub use watch_cards::watch_cards;
pub use withheld::Withheld;

use diversity::Varied;
use reasons::Explainer;

use crate::domain::{CallOptions, Query, Reason, Recommendation, Result};
use crate::learning::Taste;
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
    let Varied { list, varied } = best_of(catalogue, allowed, query_vector, query, searching, call)?;
    let explainer = Explainer::of(catalogue, query_vector, because).varied(&varied);
    let explain = |scored| {
        call.check()?;
        Ok(explainer.explain(scored))
    };
    list.iter().map(explain).collect()
}

/// The rows of a list, in its order.
fn best_of<'c>(
    catalogue: &'c Catalogue,
    allowed: Bitmap,
    query_vector: &[f32],
    query: &Query,
    searching: Searching<'_>,
    call: &CallOptions,
) -> Result<Varied<'c>> {
    let bounds = (diversity::candidates(query), query.min_score);
    let ranked = nearest_to_one(catalogue, allowed, query_vector, bounds, searching, call)?;
    diversity::diversified(catalogue, ranked, query, call)
}

fn nearest_to_one<'c>(
    catalogue: &'c Catalogue,
    allowed: Bitmap,
    query_vector: &[f32],
    bounds: (usize, Option<f32>),
    searching: Searching<'_>,
    call: &CallOptions,
) -> Result<Vec<Scored<'c>>> {
    let queries = vec![query_vector.to_vec()];
    Ok(nearest(catalogue, allowed, queries, Lists::OneEach, bounds, searching, call)?.swap_remove(0))
}

/// How one row stands with a list.
pub struct Standing {
    pub score: f32,
    /// Without what is added to it: what bounds on scores ask of.
    pub unadjusted: f32,
    /// From 1 on; none for a row that is not allowed.
    pub rank: Option<usize>,
    pub reasons: Vec<Reason>,
}

/// How a row with a vector stands among the `allowed`, as [`rank`] would score it: at its place in the list, or behind the
/// whole list and all others with a better score.
pub fn explain_ranked(
    catalogue: &Catalogue,
    allowed: &Bitmap,
    row: usize,
    (query_vector, because): (&[f32], Because<'_>),
    query: &Query,
    searching: Searching<'_>,
    call: &CallOptions,
) -> Result<Option<Standing>> {
    let mut alone = Bitmap::default();
    alone.insert(row);
    let own = nearest_to_one(catalogue, alone, query_vector, (1, None), searching, call)?;
    let Some(own) = own.first() else { return Ok(None) };
    let Varied { list, varied } = best_of(catalogue, allowed.clone(), query_vector, query, searching, call)?;
    let reasons = Explainer::of(catalogue, query_vector, because).varied(&varied).reasons(own);
    let rank = match list.iter().position(|scored| scored.row == row) {
        Some(place) => Some(place + 1),
        None if allowed.contains(row) => {
            let mut others = allowed.clone();
            list.iter().for_each(|scored| others.remove(scored.row));
            let bounds = (others.count(), Some(own.score));
            let as_good = nearest_to_one(catalogue, others, query_vector, bounds, searching, call)?;
            as_good.iter().position(|scored| scored.row == row).map(|place| list.len() + place + 1)
        }
        None => None,
    };
    Ok(Some(Standing { score: own.score, unadjusted: own.score, rank, reasons }))
}

/// The best rows of `allowed` for a taste by adjusted score, with their reasons.
pub fn rank_adjusted(
    catalogue: &Catalogue,
    allowed: Bitmap,
    taste: &Taste,
    query: &Query,
    adjustments: &mut Adjustments,
    searching: Searching<'_>,
    call: &CallOptions,
) -> Result<Vec<Recommendation>> {
    let settled = nearest_adjusted(catalogue, allowed, &taste.vector, query, adjustments, searching, call)?;
    let Varied { list, varied } = settled.list(catalogue, query, call)?;
    let explainer = Explainer::of(catalogue, &taste.vector, Because::Taste(taste));
    let explainer = explainer.adjusted(adjustments).varied(&varied);
    let explain = |scored| {
        call.check()?;
        Ok(explainer.explain(scored))
    };
    list.iter().map(explain).collect()
}

/// How a row with a vector stands among the `allowed`, as [`rank_adjusted`] would score it: see [`explain_ranked`].
pub fn explain_adjusted(
    catalogue: &Catalogue,
    allowed: &Bitmap,
    row: usize,
    taste: &Taste,
    query: &Query,
    adjustments: &mut Adjustments,
    searching: Searching<'_>,
    call: &CallOptions,
) -> Result<Option<Standing>> {
    let vector = &taste.vector[..];
    let settled = nearest_adjusted(catalogue, allowed.clone(), vector, query, adjustments, searching, call)?;
    let Varied { list, varied } = settled.list(catalogue, query, call)?;
    let adjusted = |rows: Bitmap, count: usize| -> Result<Vec<Scored<'_>>> {
        let mut scored = nearest_to_one(catalogue, rows, vector, (count, None), searching, call)?;
        scored.iter_mut().for_each(|scored| scored.score += adjustments.sum(scored.row, scored.key));
        scored.sort_unstable();
        Ok(scored)
    };
    let mut alone = Bitmap::default();
    alone.insert(row);
    let unadjusted = nearest_to_one(catalogue, alone.clone(), vector, (1, None), searching, call)?;
    let (Some(unadjusted), Some(own)) = (unadjusted.first(), adjusted(alone, 1)?.pop()) else { return Ok(None) };
    let rank = match list.iter().position(|scored| scored.row == row) {
        Some(place) => Some(place + 1),
        None if allowed.contains(row) => {
            let mut others = allowed.clone();
            list.iter().for_each(|scored| others.remove(scored.row));
            let count = others.count();
            let place = adjusted(others, count)?.iter().position(|scored| scored.row == row);
            place.map(|place| list.len() + place + 1)
        }
        None => None,
    };
    let explainer = Explainer::of(catalogue, vector, Because::Taste(taste)).adjusted(adjustments).varied(&varied);
    Ok(Some(Standing { score: own.score, unadjusted: unadjusted.score, rank, reasons: explainer.reasons(&own) }))
}
