//! What all rows of one screen share: whom it is for, which videos may stand on it, and what they are scored by.

use std::cell::OnceCell;

use super::HomeViewer;
use super::dealer::Tile;
use super::titles::Title;
use crate::domain::{
    CallOptions, Evidence, Filter, HomeItem, HomeQuery, HomeRow, Kind, Reason, ReasonKind, Recommendation, Result,
    RowKind, WatchCard, WatchCardKind, Watched, WatchedVideo, limits,
};
use crate::learning::{Profile, Watching};
use crate::ranking::blend::Scores;
use crate::ranking::candidates::filtered_rows;
use crate::ranking::reasons::in_order;
use crate::ranking::selection::Selection;
use crate::ranking::series_title::series_title;
use crate::ranking::watch_cards::deal_watch_cards;
use crate::ranking::{Adjustments, Blend, Catalogue, Searching, permitted_rows};
use crate::vectors::{Bitmap, Scored};

/// One row that is to be made.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    pub kind: RowKind,
    /// Most items.
    pub size: usize,
    /// With fewer items the row is left out.
    pub minimum: usize,
}

/// Episodes whose titles are looked at for that of their series.
const MOST_TITLES: usize = 64;

/// See the module.
pub struct Screen<'a> {
    pub catalogue: &'a Catalogue,
    pub profile: Option<&'a Profile>,
    pub viewer: &'a HomeViewer<'a>,
    pub query: &'a HomeQuery,
    pub scores: &'a Scores<'a>,
    pub searching: Searching<'a>,
    pub call: &'a CallOptions,
    /// Rows that keep the filter and can be watched now, whatever the viewer did with them; no adverts.
    pub open: Bitmap,
    /// Those of them that may be offered: not excluded, not hidden and, unless the query says otherwise, not watched.
    pub allowed: Bitmap,
    /// Those of them that have a vector.
    pub with_vector: Bitmap,
    adjustments: Option<Adjustments>,
    watches: OnceCell<Vec<u64>>,
    cards: OnceCell<Vec<WatchCard>>,
}

impl<'a> Screen<'a> {
    pub fn new(
        catalogue: &'a Catalogue,
        viewer: &'a HomeViewer<'a>,
        query: &'a HomeQuery,
        scores: &'a Scores<'a>,
        searching: Searching<'a>,
        call: &'a CallOptions,
    ) -> Result<Screen<'a>> {
        let own = &query.query;
        let now = Filter { time_utc_ms: Some(own.now_utc_ms), ..Filter::default() };
        let in_time = filtered_rows(catalogue, own.filter.as_ref(), call)?;
        let mut open = Selection::new(catalogue.attributes(), &now).select(&in_time, call)?;
        open.and_not(&of_kind(catalogue, &open, Kind::Advert, call)?);
        let leaves_out_watched = own.watched != Watched::Include;
        let mut allowed = permitted_rows(catalogue, viewer.engaged, own, leaves_out_watched, call)?;
        allowed.and(&open);
        let mut with_vector = allowed.clone();
        with_vector.and_not(catalogue.without_vector());
        let adjustments = Adjustments::of(catalogue, viewer.profile, own, call)?;
        let (profile, watches, cards) = (viewer.profile, OnceCell::new(), OnceCell::new());
        Ok(Screen {
            catalogue,
            profile,
            viewer,
            query,
            scores,
            searching,
            call,
            open,
            allowed,
            with_vector,
            adjustments,
            watches,
            cards,
        })
    }

    pub fn blend(&self) -> &Blend<'a> {
        &self.viewer.blend
    }

    /// What rules, showings and rotation add to the scores of a row, without pins; none where that is nothing.
    pub fn adjustments(&self, row: Row) -> Option<Adjustments> {
        self.adjustments.as_ref()?.of_list(row.size, false)
    }

    /// The same with pins.
    pub fn adjustments_with_pins(&self, row: Row) -> Option<Adjustments> {
        self.adjustments.as_ref()?.of_list(row.size, true)
    }

    pub fn watching(&self) -> Option<&'a Watching> {
        self.profile.map(Profile::watching)
    }

    pub fn now_utc_ms(&self) -> i64 {
        self.query.query.now_utc_ms
    }

    pub fn leaves_out_watched(&self) -> bool {
        self.query.query.watched != Watched::Include
    }

    /// Whether anything is known of the viewer that videos can be ranked by.
    pub fn knows_viewer(&self) -> bool {
        self.blend().taste.is_some() || !self.blend().viewer.history.is_empty()
    }

    /// Rows of `among` that are of a kind.
    pub fn of_kind(&self, among: &Bitmap, kind: Kind) -> Result<Bitmap> {
        of_kind(self.catalogue, among, kind, self.call)
    }

    /// How many profiles watched each item.
    pub fn watches(&self) -> &[u64] {
        let knowledge = self.blend().knowledge;
        self.watches.get_or_init(|| knowledge.watches(knowledge.items().len()))
    }

    /// The cards of what the viewer is in the middle of, what was watched last first: of each kind as many as a row
    /// may hold.
    pub fn cards(&self) -> Result<&[WatchCard]> {
        if let Some(cards) = self.cards.get() {
            return Ok(cards);
        }
        let (mut cards, mut of_kinds) = (Vec::new(), [0; 2]);
        if let Some(profile) = self.profile {
            deal_watch_cards(self.catalogue, profile, &self.query.query, self.call, |card| {
                of_kinds[usize::from(card.kind == WatchCardKind::Continue)] += 1;
                cards.push(card);
                of_kinds.iter().all(|count| *count >= limits::HOME_ITEMS)
            })?;
        }
        Ok(self.cards.get_or_init(|| cards))
    }

    /// What a series without an entry of its own is called, by the episodes that can be watched now.
    pub fn title_of_episodes(&self, series_id: &str) -> Option<String> {
        let episodes = self.catalogue.series().episodes(series_id)?;
        let open = episodes.in_order().map(|(_, row)| row).filter(|row| self.open.contains(*row));
        let titles: Vec<&str> = open.take(MOST_TITLES).map(|row| self.catalogue.title(row)).collect();
        series_title(&titles)
    }

    /// How many profiles watched a row's video.
    pub fn watches_of(&self, row: usize) -> u64 {
        let item = self.blend().item_rows.item(row);
        item.and_then(|item| self.watches().get(item as usize)).copied().unwrap_or(0)
    }

    /// What is said of a row that is there for one reason of this kind and with this evidence, whose weight is the score
    /// less what is added to it.
    pub fn for_one_reason(
        &self,
        scored: &Scored<'_>,
        (kind, evidence): (ReasonKind, Evidence),
        adjustments: Option<&Adjustments>,
    ) -> Recommendation {
        let mut reasons: Vec<Reason> =
            adjustments.into_iter().flat_map(|added| added.reasons(scored.row, scored.key)).collect();
        let added: f32 = reasons.iter().map(|reason| reason.weight).sum();
        let because_id = evidence.video_id.clone();
        reasons.push(Reason { kind, weight: scored.score - added, evidence });
        Recommendation {
            reasons: in_order(reasons),
            id: scored.key.to_owned(),
            title: self.catalogue.video(scored.row).map(|video| video.title.clone()).unwrap_or_default(),
            score: scored.score,
            because_id,
            matched_field: None,
            matched_text: String::new(),
            matched_score: 0.0,
            propensity: 1.0,
        }
    }

    /// The same without evidence.
    pub fn plainly(&self, scored: &Scored<'_>, kind: ReasonKind, adjustments: Option<&Adjustments>) -> Recommendation {
        self.for_one_reason(scored, (kind, Evidence::default()), adjustments)
    }

    /// A row of these tiles; `recommendations` are those of the tiles' members, in their order.
    pub fn row(&self, kind: RowKind, title: Title, tiles: &[Tile], recommendations: Vec<Recommendation>) -> HomeRow {
        let items = tiles.iter().zip(recommendations).map(|(tile, found)| self.item(tile.row, found)).collect();
        let Title { key, english, chinese, seed_id, seed_title } = title;
        HomeRow { kind, title_key: key, title_en: english, title_zh: chinese, seed_id, seed_title, items }
    }

    /// The tile of a row's video, with what is said of the video that it stands for.
    pub fn item(&self, row: usize, found: Recommendation) -> HomeItem {
        let title = self.catalogue.video(row).map(|video| video.title.clone()).unwrap_or_default();
        let recommendation = Recommendation { id: self.catalogue.id(row).to_owned(), title, ..found };
        let known = self.catalogue.watched_video(row);
        let known: &WatchedVideo = known.as_deref().unwrap_or(const { &NOTHING_KNOWN });
        let windows = self.catalogue.attributes().availability();
        HomeItem {
            recommendation,
            card: None,
            position_ms: 0,
            duration_ms: if known.kind == Some(Kind::LiveEvent) { 0 } else { known.duration_ms },
            kind: known.kind,
            series_id: known.series_id.as_deref().unwrap_or_default().to_owned(),
            place: known.place,
            available_from_utc_ms: windows.first(row),
            available_until_utc_ms: windows.until(row),
        }
    }
}

const NOTHING_KNOWN: WatchedVideo = WatchedVideo {
    kind: None,
    series_id: None,
    place: None,
    duration_ms: 0,
    credits_start_ms: 0,
    last_available: None,
};

fn of_kind(catalogue: &Catalogue, among: &Bitmap, kind: Kind, call: &CallOptions) -> Result<Bitmap> {
    let filter = Filter { kinds: vec![kind], ..Filter::default() };
    Selection::new(catalogue.attributes(), &filter).select(among, call)
}
