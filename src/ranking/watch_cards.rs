//! The cards of what a profile is in the middle of: videos to continue, the next episodes of series, and new episodes of
//! series that it had caught up with. `docs/watch-states.md` has the rules in words.
//!
//! What was watched comes from the profile, what there is to watch from the catalogue as it is now. A card stands for a
//! film or for a series, and which card a series has follows from what of it was watched last; so no two cards are of
//! one series, and no video is both continued and next.

use std::collections::HashSet;

use super::Catalogue;
use super::selection::Selection;
use super::series_index::Episodes;
use super::withheld::withheld_rows;
use crate::domain::{CallOptions, EpisodePlace, Kind, Query, Result, WatchCard, WatchCardKind};
use crate::learning::{
    Feedback, LastFinished, Profile, RecentlyWatched, SeriesWatching, Viewing, WatchState, Watching, has_cards,
};
use crate::vectors::Bitmap;

/// Candidates between two looks at the deadline.
const CANDIDATES_BETWEEN_CHECKS: usize = 64;

/// The cards of a profile, what was engaged with last first; of the query, its filter, excluded ids, limit and time
/// count.
pub fn watch_cards(
    catalogue: &Catalogue,
    profile: &Profile,
    query: &Query,
    call: &CallOptions,
) -> Result<Vec<WatchCard>> {
    let mut cards = Vec::new();
    deal_watch_cards(catalogue, profile, query, call, |card| {
        cards.push(card);
        cards.len() == query.limit
    })?;
    Ok(cards)
}

/// Hands the cards of a profile over one by one, what was engaged with last first, until `take` says that it has
/// enough. Of the query, its filter, excluded ids and time count.
pub fn deal_watch_cards(
    catalogue: &Catalogue,
    profile: &Profile,
    query: &Query,
    call: &CallOptions,
    mut take: impl FnMut(WatchCard) -> bool,
) -> Result<()> {
    let mut allowed = match &query.filter {
        Some(filter) => Selection::new(catalogue.attributes(), filter).select(catalogue.live(), call)?,
        None => catalogue.live().clone(),
    };
    // What a profile put away has no card, as if the catalogue did not hold it.
    let withheld = withheld_rows(catalogue, profile, query.now_utc_ms, call)?;
    withheld.iter().for_each(|(row, _)| allowed.remove(*row));
    let (watching, feedback) = (profile.watching(), profile.feedback());
    let excluded = query.exclude.iter().filter_map(|id| catalogue.row(id)).collect();
    let maker = CardMaker { catalogue, watching, feedback, allowed, excluded, now_utc_ms: query.now_utc_ms };
    let mut shown = HashSet::new();
    for (index, candidate) in watching.recent().enumerate() {
        call.check_every(CANDIDATES_BETWEEN_CHECKS, index)?;
        // A video may have changed its series since it was watched.
        let card = maker.card(candidate).filter(|card| shown.insert(subject(card)));
        if card.is_some_and(&mut take) {
            break;
        }
    }
    Ok(())
}

/// What a list has one card of: a series, or a video of none.
fn subject(card: &WatchCard) -> (bool, String) {
    let is_series = !card.series_id.is_empty();
    (is_series, if is_series { card.series_id.clone() } else { card.id.clone() })
}

/// What cards are made from.
struct CardMaker<'a> {
    catalogue: &'a Catalogue,
    watching: &'a Watching,
    feedback: &'a Feedback,
    /// Rows that keep the filter.
    allowed: Bitmap,
    excluded: HashSet<usize>,
    now_utc_ms: i64,
}

impl CardMaker<'_> {
    fn card(&self, candidate: RecentlyWatched<'_>) -> Option<WatchCard> {
        match candidate {
            RecentlyWatched::Video(id, viewing) => self.continued(self.shown_row(id)?, viewing.engaged_utc_ms),
            RecentlyWatched::Series(id, _) if self.watching.is_hidden(id) || self.feedback.is_series_hidden(id) => None,
            RecentlyWatched::Series(id, series) => match &series.in_progress {
                Some(video) => self.continued(self.shown_row(video)?, series.engaged_utc_ms),
                None => self.next(self.catalogue.series().episodes(id)?, series),
            },
        }
    }

    /// Whether the video can be watched now by whom the list is for, and is of a kind that has cards. What is not is
    /// passed over, as if the catalogue did not hold it.
    fn is_open(&self, row: usize) -> bool {
        let watched = || self.catalogue.video(row).and_then(|video| video.watched.as_ref());
        self.allowed.contains(row)
            && self.catalogue.attributes().is_available(row, self.now_utc_ms)
            && has_cards(watched().and_then(|watched| watched.kind))
    }

    fn shown_row(&self, id: &str) -> Option<usize> {
        self.catalogue.row(id).filter(|row| self.is_open(*row))
    }

    fn continued(&self, row: usize, engaged_utc_ms: i64) -> Option<WatchCard> {
        self.make(row, WatchCardKind::Continue, engaged_utc_ms)
    }

    fn next(&self, episodes: &Episodes, series: &SeriesWatching) -> Option<WatchCard> {
        let last = series.last_finished?;
        let place = self.next_place(episodes, series, last)?;
        let row = self.edition(episodes, place)?;
        let is_started =
            self.watching.viewing(self.catalogue.id(row)).is_some_and(|viewing| viewing.state == WatchState::Started);
        let kind = match place > last.last_available {
            _ if is_started => WatchCardKind::Continue,
            true => WatchCardKind::New,
            false => WatchCardKind::Next,
        };
        self.make(row, kind, series.engaged_utc_ms)
    }

    /// The place of the first episode past the last finished one that was not seen; for who watches a series again of
    /// which nothing is left, that of the first, seen or not.
    fn next_place(&self, episodes: &Episodes, series: &SeriesWatching, last: LastFinished) -> Option<EpisodePlace> {
        let is_open = |(_, row): &(EpisodePlace, usize)| self.is_open(*row);
        let has_caught_up = || episodes.backwards().find(is_open).is_some_and(|(place, _)| series.has_seen(place));
        let takes_seen = series.is_watched_again && has_caught_up();
        let mut after = episodes.after(last.place).filter(is_open).map(|(place, _)| place);
        after.find(|place| takes_seen || !series.has_seen(*place))
    }

    /// Of the rows with a place the one that is in progress, or else was watched last, or else has the least id, so that
    /// it does not depend on the order of adding.
    fn edition(&self, episodes: &Episodes, place: EpisodePlace) -> Option<usize> {
        let unwatched = Viewing::default();
        let mut rows: Vec<usize> = episodes.at(place).filter(|row| self.is_open(*row)).collect();
        rows.sort_unstable_by_key(|row| self.catalogue.id(*row));
        let viewing = |row: usize| self.watching.viewing(self.catalogue.id(row)).unwrap_or(&unwatched);
        rows.into_iter().reduce(|best, next| if viewing(next).comes_before(viewing(best)) { next } else { best })
    }

    fn make(&self, row: usize, kind: WatchCardKind, engaged_utc_ms: i64) -> Option<WatchCard> {
        let video = self.catalogue.video(row)?;
        let known = self.catalogue.watched_video(row);
        // It may have been no part of the series yet when it was watched.
        let series_id = known.as_ref().and_then(|known| known.series_id.as_deref());
        let is_hidden = self.watching.is_hidden(&video.id) || series_id.is_some_and(|id| self.watching.is_hidden(id));
        if is_hidden || self.excluded.contains(&row) {
            return None;
        }
        let viewing = self.watching.viewing(&video.id).filter(|_| kind == WatchCardKind::Continue);
        let of_catalogue = known.as_ref().filter(|known| known.kind != Some(Kind::LiveEvent));
        let of_event = viewing.map(|viewing| viewing.duration_ms).filter(|duration| *duration > 0);
        Some(WatchCard {
            id: video.id.to_string(),
            title: video.title.clone(),
            kind,
            position_ms: viewing.map_or(0, |viewing| viewing.position_ms),
            duration_ms: of_event.or(of_catalogue.map(|known| known.duration_ms)).unwrap_or(0),
            series_id: series_id.unwrap_or_default().to_owned(),
            place: known.and_then(|known| known.place),
            engaged_utc_ms,
        })
    }
}
