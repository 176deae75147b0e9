//! Rows of what everyone on this engine watches: popular by how many profiles watched a video, trending by how many did
//! lately. They need no vectors and no history, so they are there for who is new.

use super::by_score::ByScore;
use super::dealer::{Dealer, Face, Tile};
use super::screen::{Row, Screen};
use super::titles::Title;
use crate::domain::{HomeRow, ReasonKind, Result};
use crate::learning::Item;
use crate::vectors::Bitmap;

/// Days after which a watch counts half in what is trending.
const TRENDING_HALF_LIFE_DAYS: f32 = 7.0;

/// What was watched most in the last eight weeks, the last days before all. The score is the number of watches, each
/// halved for every week since.
pub fn trending(screen: &Screen<'_>, dealer: &mut Dealer<'_>, row: Row) -> Result<Option<HomeRow>> {
    let lately = screen.blend().knowledge.watched_lately(screen.now_utc_ms(), TRENDING_HALF_LIFE_DAYS);
    by_watches(screen, dealer, row, ReasonKind::Trend, |item| lately.get(item as usize).copied().unwrap_or(0.0))
}

/// What was watched most. The score is the number of profiles.
pub fn popular(screen: &Screen<'_>, dealer: &mut Dealer<'_>, row: Row) -> Result<Option<HomeRow>> {
    let watches = screen.watches();
    by_watches(screen, dealer, row, ReasonKind::Popularity, |item| {
        watches.get(item as usize).map_or(0.0, |count| *count as f32)
    })
}

/// A series counts as its best episode does. Episodes that the viewer has seen speak for those that come next.
fn by_watches(
    screen: &Screen<'_>,
    dealer: &mut Dealer<'_>,
    row: Row,
    reason: ReasonKind,
    score: impl Fn(Item) -> f32,
) -> Result<Option<HomeRow>> {
    let (items, item_rows) = (screen.blend().knowledge.items().len() as Item, screen.blend().item_rows);
    let scored = (0..items).map(|item| (item, score(item))).filter(|(_, score)| *score > 0.0);
    let rows = scored.filter_map(|(item, score)| Some((item_rows.row(item)?, score)));
    let left = dealer.left(&screen.open);
    let rows = rows.filter(|(row, _)| left.contains(*row)).collect();
    let by_score = ByScore::of(screen.catalogue, rows, screen.adjustments(row), screen.call)?;
    let find = |left: &Bitmap, limit: usize| {
        screen.call.check()?;
        Ok(by_score.best(left, limit))
    };
    let Some(tiles) = dealer.fill(row, &left, Face::Any, find)? else { return Ok(None) };
    let adjustments = by_score.adjustments.as_ref();
    let plainly = |tile: &Tile| screen.plainly(&tile.scored(screen.catalogue), reason, adjustments);
    let recommendations = tiles.iter().map(plainly).collect();
    Ok(Some(screen.row(row.kind, Title::of(row.kind), &tiles, recommendations)))
}
