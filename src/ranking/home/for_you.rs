//! The row of what is known of the viewer: the blended list, a card a series, adjusted and varied as the query asks for,
//! with places that explore where it asks for these.

use std::collections::HashMap;

use super::dealer::{Dealer, Face, Tile};
use super::screen::{Row, Screen};
use super::titles::Title;
use crate::domain::{HomeRow, Query, Result};
use crate::ranking::blend::Chosen;
use crate::ranking::diversity::{self, Varied};
use crate::ranking::exploration::{Around, explored};
use crate::ranking::new_videos::Mixed;
use crate::ranking::{Adjustments, Settled};
use crate::vectors::{Bitmap, Scored};

/// What the row is made from.
struct Found<'a> {
    tiles: Vec<Tile>,
    /// The positions of what is pinned, by rows.
    positions: HashMap<usize, usize>,
    /// Rows that stand in a place kept for new videos.
    kept: Vec<usize>,
    /// All that was found, best first.
    ranked: Vec<Scored<'a>>,
}

/// None for a viewer of whom nothing is known. The row is chosen from as many cards as a list of its size is from videos.
pub fn row(screen: &Screen<'_>, dealer: &mut Dealer<'_>, row: Row) -> Result<Option<HomeRow>> {
    if !screen.knows_viewer() {
        return Ok(None);
    }
    let of_row = Query { limit: row.size, ..screen.query.query.clone() };
    let mut adjustments = screen.adjustments_with_pins(row);
    let found = found(screen, dealer, &of_row, adjustments.as_mut())?;
    let (mut settled, catalogue) = (Settled { scored: Vec::new(), pinned: Vec::new() }, screen.catalogue);
    for scored in found.tiles.iter().map(|tile| tile.scored(catalogue)) {
        match found.positions.get(&scored.row) {
            Some(position) => settled.pinned.push((*position, scored)),
            None => settled.scored.push(scored),
        }
    }
    let Varied { mut list, varied } = settled.list(catalogue, &of_row, screen.call)?;
    list.truncate(row.size);
    let Found { tiles, positions, kept, ranked } = found;
    let mut mixed = Mixed { list, kept, varied, explored: Vec::new() };
    if of_row.explores() {
        let (allowed, pinned) = (dealer.left(&screen.with_vector), positions.into_keys().collect());
        let around = Around { allowed, ranked, pinned, showing: &*dealer };
        mixed = explored(screen.scores, mixed, &around, adjustments.as_ref(), &of_row, screen.call)?;
    }
    let tiles = in_order_of(dealer, &mixed.list, tiles);
    let Some(tiles) = dealer.deal(row, tiles) else { return Ok(None) };
    let recommendations = screen.scores.explained(&mixed, adjustments.as_ref(), screen.call)?;
    Ok(Some(screen.row(row.kind, Title::of(row.kind), &tiles, recommendations)))
}

fn found<'a>(
    screen: &Screen<'a>,
    dealer: &Dealer<'_>,
    of_row: &Query,
    mut adjustments: Option<&mut Adjustments>,
) -> Result<Found<'a>> {
    let (mut kept, mut positions, mut ranked) = (Vec::new(), HashMap::new(), Vec::new());
    let find = |left: &Bitmap, limit: usize| {
        let (left, searching, call) = (left.clone(), screen.searching, screen.call);
        let found = screen.scores.chosen_from(left, limit, adjustments.as_deref_mut(), searching, call)?;
        let Chosen { settled: Settled { scored, pinned }, kept: of_new } = found;
        kept.extend(of_new);
        positions.extend(pinned.iter().map(|(position, scored)| (scored.row, *position)));
        ranked.extend_from_slice(&scored);
        Ok(pinned.into_iter().map(|(_, scored)| scored).chain(scored).collect())
    };
    let tiles = dealer.tiles(diversity::candidates(of_row), &screen.with_vector, Face::Any, find)?;
    ranked.sort_unstable();
    Ok(Found { tiles, positions, kept, ranked })
}

/// The tiles of a list of their members; what explores had none yet.
fn in_order_of(dealer: &Dealer<'_>, list: &[Scored<'_>], tiles: Vec<Tile>) -> Vec<Tile> {
    let mut of_members: HashMap<usize, Tile> = tiles.into_iter().map(|tile| (tile.member, tile)).collect();
    list.iter().filter_map(|scored| of_members.remove(&scored.row).or_else(|| dealer.tile(scored))).collect()
}
