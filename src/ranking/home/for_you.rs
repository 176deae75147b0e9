//! The row of what is known of the viewer: the blended list, a card a series, adjusted and varied as the query asks for.

use super::dealer::{Dealer, Face, Tile};
use super::screen::{Row, Screen};
use super::titles::Title;
use crate::domain::{ExplorationMethod, HomeRow, Query, Result};
use crate::ranking::Adjustments;
use crate::ranking::new_videos::Mixed;
use crate::vectors::Bitmap;

/// None for a viewer of whom nothing is known.
pub fn row(screen: &Screen<'_>, dealer: &mut Dealer<'_>, row: Row) -> Result<Option<HomeRow>> {
    if !screen.knows_viewer() {
        return Ok(None);
    }
    let own = &screen.query.query;
    // The budget of rules is that of the row, however many candidates are asked for.
    let of_row = Query { limit: row.size, ..own.clone() };
    let mut adjustments = Adjustments::of(screen.catalogue, screen.profile, &of_row, screen.call)?;
    let mut listed = Mixed { list: Vec::new(), kept: Vec::new(), pinned: Vec::new(), explored: Vec::new() };
    // A row asks for lists until it is full, of which no probability could be told.
    let exploration_method = ExplorationMethod::None;
    let mut query = Query { exclude: Vec::new(), exploration_method, ..own.clone() };
    let find = |left: &Bitmap, limit: usize| {
        query.limit = limit;
        let Mixed { list, kept, pinned, .. } =
            screen.scores.list(left.clone(), &query, adjustments.as_mut(), screen.searching, screen.call)?;
        listed.kept.extend(kept);
        listed.pinned.extend(pinned);
        Ok(list)
    };
    let Some(tiles) = dealer.fill(row, &screen.with_vector, Face::Any, find)? else { return Ok(None) };
    listed.list = tiles.iter().map(|tile: &Tile| tile.scored(screen.catalogue)).collect();
    let recommendations = screen.scores.explained(&listed, adjustments.as_ref(), screen.call)?;
    Ok(Some(screen.row(row.kind, Title::of(row.kind), &tiles, recommendations)))
}
