//! Rows about one film or series: of what is like it, by the seeds of `seeds.rs` and the likeness of `likeness.rs`.

use super::dealer::{Dealer, Face, Tile, subject};
use super::likeness::Likeness;
use super::screen::{Row, Screen};
use super::seeds::{Seed, Seeds};
use super::titles::Title;
use crate::domain::{HomeRow, Result, RowKind};
use crate::vectors::Bitmap;

/// Seeds that are tried for a row before it is left out.
const TRIES: usize = 4;

/// About the seed that the row with this place among those asked for names, or else about the first of the viewer's
/// seeds that fills it.
pub fn row(
    screen: &Screen<'_>,
    dealer: &mut Dealer<'_>,
    seeds: &mut Seeds,
    row: Row,
    index: usize,
) -> Result<Option<HomeRow>> {
    if seeds.is_named(index) {
        return seeds.named(index).cloned().map_or(Ok(None), |seed| about(screen, dealer, seeds, row, seed));
    }
    for _ in 0..TRIES {
        let Some(seed) = seeds.next(row.kind) else { break };
        let made = about(screen, dealer, seeds, row, seed)?;
        if made.is_some() {
            return Ok(made);
        }
    }
    Ok(None)
}

/// None where the title would not be true.
fn title(kind: RowKind, seed: &Seed) -> Option<Title> {
    match kind {
        RowKind::MoreLikeThis => Some(Title::more_like(&seed.id, &seed.title)),
        _ => seed.touch.map(|touch| Title::because(touch, &seed.id, &seed.title)),
    }
}

fn about(
    screen: &Screen<'_>,
    dealer: &mut Dealer<'_>,
    seeds: &mut Seeds,
    row: Row,
    seed: Seed,
) -> Result<Option<HomeRow>> {
    let Some(title) = title(row.kind, &seed) else { return Ok(None) };
    let mut likeness = Likeness::of(screen, &seed, screen.adjustments(row));
    let mut candidates = likeness.candidates();
    dealer.remove(&seed.subject, &mut candidates);
    let is_other = |row: usize| subject(screen.catalogue, row) != seed.subject;
    let find = |left: &Bitmap, limit: usize| likeness.best(left, limit, is_other);
    let Some(tiles) = dealer.fill(row, &candidates, Face::Any, find)? else { return Ok(None) };
    let recommendations = tiles.iter().map(|tile: &Tile| likeness.explained(&tile.scored(screen.catalogue))).collect();
    let made = screen.row(row.kind, title, &tiles, recommendations);
    seeds.put_used(seed);
    Ok(Some(made))
}
