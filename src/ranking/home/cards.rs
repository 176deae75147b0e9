//! Rows of what the viewer is in the middle of: the cards of [`crate::ranking::watch_cards`], those to continue in one
//! row, next and new episodes in another. A series has one card, so no series stands in both.

use super::dealer::{Dealer, Tile};
use super::screen::{Row, Screen};
use super::titles::Title;
use crate::domain::{Evidence, HomeItem, HomeRow, ReasonKind, Result, RowKind, WatchCard, WatchCardKind};
use crate::learning::WatchState;

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
    let explain = |(tile, card): (&Tile, &&WatchCard)| {
        let reason = (reason(card.kind), evidence(screen, dealer, card));
        screen.for_one_reason(&tile.scored(screen.catalogue), reason, None)
    };
    let recommendations = tiles.iter().zip(&cards).map(explain).collect();
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

/// Of a next episode, the one that was finished last; of a new one, its series, without an id where that has no entry.
fn evidence(screen: &Screen<'_>, dealer: &Dealer<'_>, card: &WatchCard) -> Evidence {
    let video = match card.kind {
        WatchCardKind::Continue => None,
        WatchCardKind::Next => last_finished(screen, &card.series_id),
        WatchCardKind::New => dealer.entry(&card.series_id),
    };
    match video {
        Some(row) => screen.catalogue.evidence(row),
        None if card.kind == WatchCardKind::New => {
            Evidence::video("", &screen.title_of_episodes(&card.series_id).unwrap_or_default())
        }
        None => Evidence::default(),
    }
}

/// The row of the episode of a series that the viewer finished last; of several editions one that was finished, with the
/// least id.
fn last_finished(screen: &Screen<'_>, series_id: &str) -> Option<usize> {
    let watching = screen.watching()?;
    let place = watching.series(series_id)?.last_finished?.place;
    let editions = screen.catalogue.series().episodes(series_id)?.at(place);
    let key = |row: &usize| {
        let id = screen.catalogue.id(*row);
        let is_finished = watching.viewing(id).is_some_and(|viewing| viewing.state == WatchState::Finished);
        (!is_finished, id)
    };
    editions.min_by_key(key)
}

fn with_card(item: HomeItem, card: &WatchCard) -> HomeItem {
    HomeItem { card: Some(card.kind), position_ms: card.position_ms, duration_ms: card.duration_ms, ..item }
}
