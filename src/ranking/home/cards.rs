//! Rows of what the viewer is in the middle of: the cards of [`crate::ranking::watch_cards`], those to continue in one
//! row, next and new episodes in another. A series has one card, so no series stands in both.

use super::dealer::{Dealer, Tile};
use super::screen::{Row, Screen};
use super::titles::Title;
use crate::domain::{HomeItem, HomeRow, ReasonKind, Result, RowKind, WatchCard, WatchCardKind};

/// The cards of the row's kind, what was watched last first.
pub fn row(screen: &Screen<'_>, dealer: &mut Dealer<'_>, row: Row) -> Result<Option<HomeRow>> {
    let mut dealt = Vec::new();
    for card in screen.cards()? {
        dealt.extend(tile(screen, dealer, row.kind, card).map(|tile| (tile, card)));
        if dealt.len() == row.size {
            break;
        }
    }
    let (tiles, cards): (Vec<Tile>, Vec<&WatchCard>) = dealt.into_iter().unzip();
    let Some(tiles) = dealer.deal(row, tiles) else { return Ok(None) };
    let plainly =
        |(tile, card): (&Tile, &&WatchCard)| screen.plainly(&tile.scored(screen.catalogue), reason(card.kind));
    let recommendations = tiles.iter().zip(&cards).map(plainly).collect();
    let made = screen.row(row.kind, Title::of(row.kind), &tiles, recommendations);
    let items = made.items.into_iter().zip(cards).map(|(item, card)| with_card(item, card)).collect();
    Ok(Some(HomeRow { items, ..made }))
}

/// None for a card of the other row, and for what stands on the screen already.
fn tile(screen: &Screen<'_>, dealer: &Dealer<'_>, kind: RowKind, card: &WatchCard) -> Option<Tile> {
    let is_continued = card.kind == WatchCardKind::Continue;
    let row = screen.catalogue.row(&card.id).filter(|_| is_continued == (kind == RowKind::ContinueWatching))?;
    let subject = dealer.subject(row);
    (!dealer.has_dealt(&subject)).then_some(Tile { row, member: row, score: 0.0, subject })
}

fn reason(kind: WatchCardKind) -> ReasonKind {
    match kind {
        WatchCardKind::Continue => ReasonKind::Continue,
        WatchCardKind::Next => ReasonKind::Next,
        WatchCardKind::New => ReasonKind::NewEpisode,
    }
}

fn with_card(item: HomeItem, card: &WatchCard) -> HomeItem {
    HomeItem { card: Some(card.kind), position_ms: card.position_ms, duration_ms: card.duration_ms, ..item }
}
