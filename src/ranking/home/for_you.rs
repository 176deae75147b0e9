//! The row of what is known of the viewer: the blended list, a card a series, adjusted and varied as the query asks for.

use std::collections::HashMap;

use super::dealer::{Dealer, Face, Tile};
use super::screen::{Row, Screen};
use super::titles::Title;
use crate::domain::{HomeRow, Query, Result};
use crate::ranking::Settled;
use crate::ranking::blend::Chosen;
use crate::ranking::diversity::{self, Varied};
use crate::ranking::new_videos::Mixed;
use crate::vectors::{Bitmap, Scored};

/// None for a viewer of whom nothing is known. The row is chosen from as many cards as a list of its size is from videos.
pub fn row(screen: &Screen<'_>, dealer: &mut Dealer<'_>, row: Row) -> Result<Option<HomeRow>> {
    if !screen.knows_viewer() {
        return Ok(None);
    }
    let of_row = Query { limit: row.size, ..screen.query.query.clone() };
    let mut adjustments = screen.adjustments_with_pins(row);
    let (mut kept, mut positions) = (Vec::new(), HashMap::new());
    let find = |left: &Bitmap, limit: usize| {
        let (left, searching, call) = (left.clone(), screen.searching, screen.call);
        let found = screen.scores.chosen_from(left, limit, adjustments.as_mut(), searching, call)?;
        let Chosen { settled: Settled { scored, pinned }, kept: of_new } = found;
        kept.extend(of_new);
        positions.extend(pinned.iter().map(|(position, scored)| (scored.row, *position)));
        Ok(pinned.into_iter().map(|(_, scored)| scored).chain(scored).collect())
    };
    let tiles = dealer.tiles(diversity::candidates(&of_row), &screen.with_vector, Face::Any, find)?;
    let mut settled = Settled { scored: Vec::new(), pinned: Vec::new() };
    for scored in tiles.iter().map(|tile| tile.scored(screen.catalogue)) {
        match positions.get(&scored.row) {
            Some(position) => settled.pinned.push((*position, scored)),
            None => settled.scored.push(scored),
        }
    }
    let Varied { mut list, varied } = settled.list(screen.catalogue, &of_row, screen.call)?;
    list.truncate(row.size);
    let Some(tiles) = dealer.deal(row, in_order_of(&list, tiles)) else { return Ok(None) };
    let recommendations = screen.scores.explained(
        &Mixed { list, kept, varied, explored: Vec::new() },
        adjustments.as_ref(),
        screen.call,
    )?;
    Ok(Some(screen.row(row.kind, Title::of(row.kind), &tiles, recommendations)))
}

/// The tiles of a list of their members.
fn in_order_of(list: &[Scored<'_>], tiles: Vec<Tile>) -> Vec<Tile> {
    let mut of_members: HashMap<usize, Tile> = tiles.into_iter().map(|tile| (tile.member, tile)).collect();
    list.iter().filter_map(|scored| of_members.remove(&scored.row)).collect()
}
