//! The row of what the viewer has not touched: good videos without any tag of those they watched, the further from
//! their taste the better, tag by tag in turns so that no single one fills the row. Nothing is drawn by lot.

use std::collections::{BTreeMap, BTreeSet};

use super::best_first::best_first;
use super::dealer::{Dealer, Face, Tile};
use super::screen::{Row, Screen};
use super::titles::Title;
use crate::domain::{Filter, HomeRow, ReasonKind, Result};
use crate::ranking::sample;
use crate::ranking::selection::Selection;
use crate::vectors::{Bitmap, Scored, dot};

/// Most videos that the row is chosen from: the most watched, and of the others those with the least hashes of their ids,
/// which are any, and the same whatever the order in which videos were added.
const CHOSEN_FROM: usize = 2_048;

/// Rows scored between two looks at the deadline.
const ROWS_BETWEEN_CHECKS: usize = 64;

/// Most videos of the viewer whose tags count as touched.
const TOUCHING: usize = 512;

/// How far a video without a vector is taken to be from a taste, and all videos from one that is not known.
const UNKNOWN_DISTANCE: f32 = 0.5;

/// Of videos with untouched tags only, or of all where these fill no row. The score is the quality (the logarithm of the
/// watches beside that of the most watched) and the distance from the taste, each 0 to 1.
pub fn row(screen: &Screen<'_>, dealer: &mut Dealer<'_>, row: Row) -> Result<Option<HomeRow>> {
    let touched = touched_tags(screen);
    let filter = Filter { no_tags: touched.iter().cloned().collect(), ..Filter::default() };
    let untouched = Selection::new(screen.catalogue.attributes(), &filter).select(&screen.allowed, screen.call)?;
    let candidates = if untouched.count() < row.size { &screen.allowed } else { &untouched };
    let rows = chosen_from(screen, candidates);
    let most = rows.iter().map(|row| screen.watches_of(*row)).max().unwrap_or(0);
    let mut scored = Vec::with_capacity(rows.len());
    for rows in rows.chunks(ROWS_BETWEEN_CHECKS) {
        screen.call.check()?;
        scored.extend(rows.iter().map(|row| (*row, quality(screen.watches_of(*row), most) + distance(screen, *row))));
    }
    let count = scored.len();
    let listed = in_turns(screen, &touched, best_first(screen.catalogue, scored, count));
    let find = |left: &Bitmap, limit: usize| {
        Ok(listed.iter().filter(|scored| left.contains(scored.row)).take(limit).copied().collect())
    };
    let Some(tiles) = dealer.fill(row, candidates, Face::Any, find)? else { return Ok(None) };
    let plainly = |tile: &Tile| screen.plainly(&tile.scored(screen.catalogue), ReasonKind::Explore);
    let recommendations = tiles.iter().map(plainly).collect();
    Ok(Some(screen.row(row.kind, Title::of(row.kind), &tiles, recommendations)))
}

/// Tags of what the viewer watched or liked, without those that half of all videos have: they say nothing.
fn touched_tags(screen: &Screen<'_>) -> BTreeSet<String> {
    let catalogue = screen.catalogue;
    let liked = screen.viewer.engaged.iter().rev().filter(|engaged| engaged.engagement.weight() > 0.0).take(TOUCHING);
    let tags = liked.flat_map(|engaged| catalogue.counted_tags_of(engaged.row));
    let tags: BTreeSet<&str> = tags.filter(|(_, count)| is_telling(screen, *count)).map(|(tag, _)| tag).collect();
    tags.into_iter().map(str::to_owned).collect()
}

fn is_telling(screen: &Screen<'_>, carriers: usize) -> bool {
    2 * carriers <= screen.catalogue.len()
}

fn chosen_from(screen: &Screen<'_>, left: &Bitmap) -> Vec<usize> {
    let rows: Vec<usize> = left.iter().collect();
    if rows.len() <= CHOSEN_FROM {
        return rows;
    }
    let (watched, others): (Vec<usize>, Vec<usize>) = rows.into_iter().partition(|row| screen.watches_of(*row) > 0);
    let watched = watched.into_iter().map(|row| (row, screen.watches_of(row) as f32)).collect();
    let watched = best_first(screen.catalogue, watched, CHOSEN_FROM / 2);
    let room = CHOSEN_FROM - watched.len();
    let mut others: Vec<(u64, usize)> =
        others.into_iter().map(|row| (sample::hash(screen.catalogue.id(row)), row)).collect();
    if others.len() > room {
        others.select_nth_unstable(room);
        others.truncate(room);
    }
    watched.iter().map(|scored| scored.row).chain(others.into_iter().map(|(_, row)| row)).collect()
}

fn quality(watches: u64, most: u64) -> f32 {
    let logarithm = |count: u64| (1.0 + count as f64).ln();
    if most == 0 { 0.0 } else { (logarithm(watches) / logarithm(most)) as f32 }
}

/// (1 − cosine) / 2.
fn distance(screen: &Screen<'_>, row: usize) -> f32 {
    match screen.blend().taste {
        Some(taste) if screen.with_vector.contains(row) => {
            let cosine = dot(&screen.catalogue.vectors().values(row), &taste.vector);
            (1.0 - cosine.clamp(-1.0, 1.0)) / 2.0
        }
        _ => UNKNOWN_DISTANCE,
    }
}

/// The best of each tag, then the second of each, and so on; in each turn best first. A video stands for the most common
/// of its untouched tags that tell anything.
fn in_turns<'c>(screen: &Screen<'_>, touched: &BTreeSet<String>, scored: Vec<Scored<'c>>) -> Vec<Scored<'c>> {
    let mut turns: BTreeMap<&str, usize> = BTreeMap::new();
    let turn = |scored: Scored<'c>| {
        let tags = screen.catalogue.counted_tags_of(scored.row);
        let telling = tags.filter(|(tag, count)| is_telling(screen, *count) && !touched.contains(*tag));
        // The first of equal ones.
        let common = telling.reduce(|common, other| if other.1 > common.1 { other } else { common });
        let turn = turns.entry(common.map(|(tag, _)| tag).unwrap_or_default()).or_default();
        *turn += 1;
        (*turn, scored)
    };
    let mut in_turns: Vec<(usize, Scored<'c>)> = scored.into_iter().map(turn).collect();
    // A stable sort: within a turn the best stays first.
    in_turns.sort_by_key(|(turn, _)| *turn);
    in_turns.into_iter().map(|(_, scored)| scored).collect()
}
