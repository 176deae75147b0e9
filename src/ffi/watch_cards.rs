//! Asking for what a profile is in the middle of, as cards.

use std::ffi::c_char;

use super::boundary::{call, call_on, call_void, output};
use super::engine::{call_options, vrec_engine};
use super::error::vrec_error;
use super::input::versioned;
use super::output::{TextColumn, column, write_struct};
use super::recommend::read_query;
use super::types::{vrec_call_options, vrec_query};
use crate::domain::{Error, Result, WatchCard, WatchCardKind};

/// Why a card is there; the numbers of Android TV's Watch Next row. Started and not finished.
pub const VREC_WATCH_CONTINUE: i32 = 0;
/// An episode was finished, and this is the next one.
pub const VREC_WATCH_NEXT: i32 = 1;
/// The viewer had caught up with the series, and this episode appeared since.
pub const VREC_WATCH_NEW: i32 = 2;

const _: () = {
    assert!(VREC_WATCH_CONTINUE == WatchCardKind::Continue as i32 && VREC_WATCH_NEXT == WatchCardKind::Next as i32);
    assert!(VREC_WATCH_NEW == WatchCardKind::New as i32);
};

/// Cards as columns of count values each, what was watched last first. Text columns are one block of UTF-8 bytes
/// and count + 1 offsets. All pointers stay valid until the cards are destroyed; none is NULL.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct vrec_watch_card_columns {
    /// sizeof(vrec_watch_card_columns), set by the caller; fields past it are not written.
    pub struct_size: usize,
    pub count: usize,
    /// The videos to play.
    pub ids: *const c_char,
    pub id_offsets: *const u64,
    pub titles: *const c_char,
    pub title_offsets: *const u64,
    /// One of VREC_WATCH_.
    pub kinds: *const i32,
    /// Where to go on, in milliseconds; for live television how long it was viewed. 0 unless continued.
    pub positions_ms: *const i64,
    /// The videos' lengths; 0: unknown, or live television.
    pub durations_ms: *const i64,
    /// Empty for a video of no series.
    pub series_ids: *const c_char,
    pub series_id_offsets: *const u64,
    /// 0: none.
    pub season_numbers: *const u32,
    /// 0: the video has no place in a series.
    pub episode_numbers: *const u32,
    /// When the video, or an episode of its series, was last watched, as the event told: milliseconds since
    /// 1970-01-01 UTC.
    pub engaged_utc_ms: *const i64,
}
versioned!(vrec_watch_card_columns {
    struct_size: usize,
    count: usize,
    ids: *const c_char,
    id_offsets: *const u64,
    titles: *const c_char,
    title_offsets: *const u64,
    kinds: *const i32,
    positions_ms: *const i64,
    durations_ms: *const i64,
    series_ids: *const c_char,
    series_id_offsets: *const u64,
    season_numbers: *const u32,
    episode_numbers: *const u32,
    engaged_utc_ms: *const i64,
});

/// The cards of a profile. Immutable; may outlive the engine and be read from several threads.
pub struct vrec_watch_cards {
    ids: TextColumn,
    titles: TextColumn,
    kinds: Vec<i32>,
    positions_ms: Vec<i64>,
    durations_ms: Vec<i64>,
    series_ids: TextColumn,
    season_numbers: Vec<u32>,
    episode_numbers: Vec<u32>,
    engaged_utc_ms: Vec<i64>,
}

impl vrec_watch_cards {
    fn new(cards: &[WatchCard]) -> Self {
        let season = |card: &WatchCard| card.place.map_or(0, |place| place.season);
        let episode = |card: &WatchCard| card.place.map_or(0, |place| place.episode);
        vrec_watch_cards {
            ids: TextColumn::new(cards.iter().map(|card| card.id.as_str())),
            titles: TextColumn::new(cards.iter().map(|card| card.title.as_str())),
            kinds: column(cards.iter().map(|card| card.kind as i32)),
            positions_ms: column(cards.iter().map(|card| card.position_ms)),
            durations_ms: column(cards.iter().map(|card| card.duration_ms)),
            series_ids: TextColumn::new(cards.iter().map(|card| card.series_id.as_str())),
            season_numbers: column(cards.iter().map(season)),
            episode_numbers: column(cards.iter().map(episode)),
            engaged_utc_ms: column(cards.iter().map(|card| card.engaged_utc_ms)),
        }
    }

    fn columns(&self, struct_size: usize) -> vrec_watch_card_columns {
        vrec_watch_card_columns {
            struct_size,
            count: self.kinds.len(),
            ids: self.ids.block(),
            id_offsets: self.ids.offsets.as_ptr(),
            titles: self.titles.block(),
            title_offsets: self.titles.offsets.as_ptr(),
            kinds: self.kinds.as_ptr(),
            positions_ms: self.positions_ms.as_ptr(),
            durations_ms: self.durations_ms.as_ptr(),
            series_ids: self.series_ids.block(),
            series_id_offsets: self.series_ids.offsets.as_ptr(),
            season_numbers: self.season_numbers.as_ptr(),
            episode_numbers: self.episode_numbers.as_ptr(),
            engaged_utc_ms: self.engaged_utc_ms.as_ptr(),
        }
    }
}

/// What a profile is in the middle of: videos to continue, the next episodes of series, and episodes that appeared
/// since it caught up with a series. What it watched last comes first; the order of recording counts, not the times of
/// events. A series has one card, and clips and adverts have none. VREC_EVENT_HIDE takes a video's card away, until the
/// video is watched again or VREC_EVENT_UNHIDE, and is not un-watching; for the id of a series, all its cards. What cannot
/// be watched at now_utc_ms, or breaks the filter, is passed over. docs/watch-states.md has the rules.
///
/// Parameters: engine, not NULL; query, not NULL, of which profile, limit, filter, exclude and now_utc_ms count,
/// the last required, and the rest is checked; call, bounds on the call, may be NULL; cards, where to put the cards,
/// not NULL; error, where to put an error, may be NULL.
/// Ownership: the caller owns cards, to be given up by vrec_watch_cards_destroy.
/// Threads: any; never waits for writes.
/// Errors: VREC_E_NOT_FOUND for an unknown profile of a household (see vrec_profile_create); VREC_E_INVALID_ARGUMENT,
/// VREC_E_LIMIT, VREC_E_TOO_NEW, VREC_E_UTF8, VREC_E_REENTRANT, VREC_E_FORKED, VREC_E_CANCELLED, VREC_E_TIMED_OUT.
/// Cost: some microseconds a card; with a filter also a pass over a bitmap of all videos.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_watch_next(
    engine: *const vrec_engine,
    query: *const vrec_query,
    call: *const vrec_call_options,
    cards: *mut *mut vrec_watch_cards,
    error: *mut *mut vrec_error,
) -> i32 {
    let body = |handle: &vrec_engine| {
        let target = output(cards, "cards")?;
        // SAFETY: as the header demands.
        let (query, call) = unsafe { (read_query(query)?, call_options(call)?) };
        let found = vrec_watch_cards::new(&handle.engine().watch_next(&query, &call)?);
        // SAFETY: not null, so valid for writing by the header's contract.
        unsafe { target.write(Box::into_raw(Box::new(found))) };
        Ok(())
    };
    // SAFETY: as the header demands.
    unsafe { call_on("vrec_watch_next", engine, error, body) }
}

/// Gives all columns of the cards at once.
///
/// Parameters: cards, not NULL; columns, not NULL, its struct_size set by the caller; error, where to put an error,
/// may be NULL.
/// Ownership: the columns are borrowed from cards, until vrec_watch_cards_destroy.
/// Threads: any, also several at once on the same cards.
/// Errors: VREC_E_INVALID_ARGUMENT, VREC_E_TOO_NEW, VREC_E_REENTRANT.
/// Cost: constant; nothing is copied.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_watch_cards_columns(
    cards: *const vrec_watch_cards,
    columns: *mut vrec_watch_card_columns,
    error: *mut *mut vrec_error,
) -> i32 {
    let body = || -> Result<()> {
        // SAFETY: null or live by the header's contract.
        let cards = unsafe { cards.as_ref() }.ok_or_else(|| Error::invalid("cards is NULL"))?;
        // SAFETY: null or a struct with its size by the header's contract.
        unsafe { write_struct(columns, "columns", |size| cards.columns(size)) }
    };
    // SAFETY: `error` is as the header demands.
    unsafe { call("vrec_watch_cards_columns", error, body) }
}

/// Frees cards. NULL is allowed.
///
/// Parameters: cards, cards that are not used any more, or NULL.
/// Ownership: takes cards; every pointer into their columns ends.
/// Threads: any, when no other call on these cards is running.
/// Errors: none.
/// Cost: constant.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_watch_cards_destroy(cards: *mut vrec_watch_cards) {
    if !cards.is_null() {
        // SAFETY: made by Box::into_raw and not freed before, by the header's contract.
        call_void(|| drop(unsafe { Box::from_raw(cards) }));
    }
}
