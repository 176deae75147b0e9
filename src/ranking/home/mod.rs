//! A home screen: titled rows for one viewer, one file for each family of rows. What rows share is found once: which
//! videos may stand on the screen ([`screen`]), what they are scored by, and which of them stand there already
//! ([`dealer`]). Rows are made in the order in which they were asked for, so the earlier one has a video or series that
//! two could show. `docs/home.md` has the rules in words.

mod by_score;
mod cards;
mod crowd;
mod dealer;
mod explore;
mod for_you;
mod likeness;
mod screen;
mod seeded;
mod seeds;
mod titles;
mod windows;

use super::blend::with_scores;
use super::{Blend, Catalogue, EngagedRows, Searching, diversity};
use crate::domain::{CallOptions, Error, FeatureWeights, HomeQuery, HomeRow, Query, Result, RowKind, RowQuery};
use crate::learning::Profile;

use dealer::Dealer;
use screen::{Row, Screen};
use seeds::Seeds;

/// Whom a home screen is for.
pub struct HomeViewer<'a> {
    /// None for one who did nothing yet.
    pub profile: Option<&'a Profile>,
    /// See [`super::engaged_rows`].
    pub engaged: &'a EngagedRows<'a>,
    /// What their lists are blended from.
    pub blend: Blend<'a>,
}

/// The rows of a valid query that have enough items, at most as many as it asks for. The same snapshot and query give
/// the same rows.
pub fn home(
    catalogue: &Catalogue,
    viewer: &HomeViewer<'_>,
    query: &HomeQuery,
    searching: Searching<'_>,
    call: &CallOptions,
) -> Result<Vec<HomeRow>> {
    let asked = if query.rows.is_empty() { HomeQuery::default_rows() } else { query.rows.clone() };
    let is_scored = |row: &RowQuery| {
        matches!(row.kind, RowKind::ForYou | RowKind::NewForYou | RowKind::LeavingSoon | RowKind::OnNow)
    };
    // Without such rows the scores would be found for nobody.
    let weights = if asked.iter().any(is_scored) { viewer.blend.weights } else { FeatureWeights::NONE };
    let blend = Blend { weights, ..viewer.blend };
    with_scores(catalogue, &blend, search_limit(query), call, |scores| {
        let screen = Screen::new(catalogue, viewer, query, scores, searching, call)?;
        rows(&screen, &asked)
    })
}

/// The most rows of a first search for a row's items.
fn search_limit(query: &HomeQuery) -> usize {
    let limit = query.rows.iter().map(|row| row.size).max().unwrap_or(0).max(query.row_size);
    dealer::ASKED_FOR_A_TILE * diversity::candidates(&Query { limit, ..query.query.clone() })
}

fn rows(screen: &Screen<'_>, asked: &[RowQuery]) -> Result<Vec<HomeRow>> {
    let query = screen.query;
    let usual_limit = if query.rows.is_empty() { HomeQuery::ROW_LIMIT } else { asked.len() };
    let limit = query.row_limit.unwrap_or(usual_limit);
    let mut dealer = Dealer::new(screen);
    let mut seeds = Seeds::of(screen, &dealer, asked)?;
    let mut made = Vec::new();
    for (index, row) in asked.iter().enumerate() {
        if made.len() == limit {
            break;
        }
        screen.call.check()?;
        let size = if row.size == 0 { query.row_size } else { row.size };
        let row = Row { kind: row.kind, size, minimum: query.row_minimum.min(size) };
        made.extend(make(screen, &mut dealer, &mut seeds, row, index)?);
    }
    Ok(made)
}

/// None where the row has too few items.
fn make(
    screen: &Screen<'_>,
    dealer: &mut Dealer<'_>,
    seeds: &mut Seeds,
    row: Row,
    index: usize,
) -> Result<Option<HomeRow>> {
    match row.kind {
        RowKind::ContinueWatching | RowKind::NextUp => cards::row(screen, dealer, row),
        RowKind::BecauseYouWatched | RowKind::MoreLikeThis => seeded::row(screen, dealer, seeds, row, index),
        RowKind::ForYou => for_you::row(screen, dealer, row),
        RowKind::Trending => crowd::trending(screen, dealer, row),
        RowKind::Popular => crowd::popular(screen, dealer, row),
        RowKind::NewForYou => windows::new_for_you(screen, dealer, row),
        RowKind::LeavingSoon => windows::leaving_soon(screen, dealer, row),
        RowKind::OnNow => windows::on_now(screen, dealer, row),
        RowKind::Explore => explore::row(screen, dealer, row),
    }
}

/// A seed that the caller names and nobody knows.
fn unknown_seed(index: usize, count: usize, id: &str) -> Error {
    let message = format!("seed_id {id:?} is no video and no series of this engine");
    Error::new(crate::domain::Status::NotFound, message).within_batch("rows", index, count)
}
