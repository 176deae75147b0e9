//! Asking for a home screen: titled rows.

use std::ffi::c_char;

use super::boundary::{call, call_on, call_void, output};
use super::engine::{call_options, check_reserved, vrec_engine};
use super::error::vrec_error;
use super::input::{read_str, read_struct, read_structs, versioned};
use super::output::{TextColumn, column, vrec_results, write_struct};
use super::recommend::read_query;
use super::types::{vrec_call_options, vrec_query};
use crate::domain::{Error, HomeItem, HomeQuery, HomeRow, Recommendation, Result, RowKind, RowQuery};

/// What a row of a home screen holds. Started and not finished.
pub const VREC_ROW_CONTINUE_WATCHING: i32 = 1;
/// Next episodes, and new ones of series that the viewer had caught up with.
pub const VREC_ROW_NEXT_UP: i32 = 2;
/// Like a film or series that the viewer watched or liked.
pub const VREC_ROW_BECAUSE_YOU_WATCHED: i32 = 3;
/// Like a film or series.
pub const VREC_ROW_MORE_LIKE_THIS: i32 = 4;
/// The blended list of all that is known of the viewer.
pub const VREC_ROW_FOR_YOU: i32 = 5;
/// Watched by many in the last days.
pub const VREC_ROW_TRENDING: i32 = 6;
/// Watched by many.
pub const VREC_ROW_POPULAR: i32 = 7;
/// To be watched since a few days, ranked for the viewer.
pub const VREC_ROW_NEW_FOR_YOU: i32 = 8;
/// To be watched for a few days only, ranked for the viewer.
pub const VREC_ROW_LEAVING_SOON: i32 = 9;
/// Live events that are on.
pub const VREC_ROW_ON_NOW: i32 = 10;
/// Good ones among what the viewer has not touched.
pub const VREC_ROW_EXPLORE: i32 = 11;

/// An item that is no card, beside VREC_WATCH_.
pub const VREC_WATCH_NONE: i32 = -1;

const _: () = {
    assert!(VREC_ROW_CONTINUE_WATCHING == RowKind::ContinueWatching as i32);
    assert!(VREC_ROW_NEXT_UP == RowKind::NextUp as i32);
    assert!(VREC_ROW_BECAUSE_YOU_WATCHED == RowKind::BecauseYouWatched as i32);
    assert!(VREC_ROW_MORE_LIKE_THIS == RowKind::MoreLikeThis as i32);
    assert!(VREC_ROW_FOR_YOU == RowKind::ForYou as i32);
    assert!(VREC_ROW_TRENDING == RowKind::Trending as i32);
    assert!(VREC_ROW_POPULAR == RowKind::Popular as i32);
    assert!(VREC_ROW_NEW_FOR_YOU == RowKind::NewForYou as i32);
    assert!(VREC_ROW_LEAVING_SOON == RowKind::LeavingSoon as i32);
    assert!(VREC_ROW_ON_NOW == RowKind::OnNow as i32);
    assert!(VREC_ROW_EXPLORE == RowKind::Explore as i32);
    assert!(RowKind::ALL.len() == 11);
};

/// One row that a home screen is asked for.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct vrec_row_query {
    /// sizeof(vrec_row_query).
    pub struct_size: usize,
    /// One of VREC_ROW_, required.
    pub kind: i32,
    /// At most this many items, up to 40. Default: row_size of the home query.
    pub size: u32,
    /// The video or series that the row is about, 1 to 255 bytes, for VREC_ROW_BECAUSE_YOU_WATCHED and
    /// VREC_ROW_MORE_LIKE_THIS. Default: what the viewer watched or liked last, and for the second what they picked or
    /// watched last.
    pub seed_id: *const c_char,
    pub seed_id_len: usize,
}
versioned!(vrec_row_query {
    struct_size: usize,
    kind: i32,
    size: u32,
    seed_id: *const c_char,
    seed_id_len: usize,
});

/// What a home screen is asked for.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct vrec_home_query {
    /// sizeof(vrec_home_query).
    pub struct_size: usize,
    /// Whom the screen is for and what it may hold, not NULL: profile, now_utc_ms, which is required, device, place,
    /// company, utc_offset_minutes, filter, exclude, feature_weights, new_video_share, and watched, of
    /// which VREC_WATCHED_INCLUDE lets what was watched stand in all rows. In every row but those of cards also boosts and
    /// buries of rules, rotation_seed and impressions count; for VREC_ROW_FOR_YOU pins, diversity_method, diversity and
    /// exploration_method with what belongs to it, too. The rest is checked and does not count.
    pub query: *const vrec_query,
    /// The rows in their order, at most 40, row_stride bytes apart. VREC_ROW_BECAUSE_YOU_WATCHED without a seed may be
    /// there several times, other kinds once for each seed. Default: continue watching, next up, on now, because you
    /// watched, for you, new for you, leaving soon, trending, because you watched, popular, explore.
    pub rows: *const vrec_row_query,
    pub row_count: usize,
    pub row_stride: usize,
    /// At most this many rows, the first ones that have enough items, up to 40. Default: all of rows; 7 where rows is
    /// not given.
    pub row_limit: u32,
    /// Items of a row that names no size, up to 40. Default: 25.
    pub row_size: u32,
    /// Rows with fewer items are left out, up to 40. Default: 1.
    pub row_minimum: u32,
    /// For how many days after available_from_utc_ms a video is new, up to 365. Default: 30.
    pub new_days: u32,
    /// How many days before available_until_utc_ms a video leaves soon, up to 7. Default: 7.
    pub leaving_days: u32,
    /// Must be 0.
    pub reserved: u32,
}
versioned!(vrec_home_query {
    struct_size: usize,
    query: *const vrec_query,
    rows: *const vrec_row_query,
    row_count: usize,
    row_stride: usize,
    row_limit: u32,
    row_size: u32,
    row_minimum: u32,
    new_days: u32,
    leaving_days: u32,
    reserved: u32,
});

/// The rows of a home screen as columns of count values each, in their order. Text columns are one block of UTF-8
/// bytes and count + 1 offsets. All pointers stay valid until the screen is destroyed; none is NULL.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct vrec_home_row_columns {
    /// sizeof(vrec_home_row_columns), set by the caller; fields past it are not written.
    pub struct_size: usize,
    pub count: usize,
    /// One of VREC_ROW_.
    pub kinds: *const i32,
    /// Stable texts that say which title fits: the kind in small letters, such as "because_you_watched", or
    /// "because_you_liked" where the seed was liked and not watched.
    pub title_keys: *const c_char,
    pub title_key_offsets: *const u64,
    /// Ready titles in English and in simplified Chinese, with the seed's title where there is one.
    pub english_titles: *const c_char,
    pub english_title_offsets: *const u64,
    pub chinese_titles: *const c_char,
    pub chinese_title_offsets: *const u64,
    /// The film or series that the row is about: its id, or that of a series without an entry of its own. Empty: none.
    pub seed_ids: *const c_char,
    pub seed_id_offsets: *const u64,
    pub seed_titles: *const c_char,
    pub seed_title_offsets: *const u64,
    /// count + 1 numbers: the items of row i are those from item_offsets[i] on and before item_offsets[i + 1].
    pub item_offsets: *const u64,
}
versioned!(vrec_home_row_columns {
    struct_size: usize,
    count: usize,
    kinds: *const i32,
    title_keys: *const c_char,
    title_key_offsets: *const u64,
    english_titles: *const c_char,
    english_title_offsets: *const u64,
    chinese_titles: *const c_char,
    chinese_title_offsets: *const u64,
    seed_ids: *const c_char,
    seed_id_offsets: *const u64,
    seed_titles: *const c_char,
    seed_title_offsets: *const u64,
    item_offsets: *const u64,
});

/// The items of all rows of a home screen as columns of count values each, row after row; ids, titles, scores and
/// reasons are those of vrec_home_screen_results. Text columns are one block of UTF-8 bytes and count + 1 offsets. All
/// pointers stay valid until the screen is destroyed; none is NULL.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct vrec_home_item_columns {
    /// sizeof(vrec_home_item_columns), set by the caller; fields past it are not written.
    pub struct_size: usize,
    pub count: usize,
    /// One of VREC_WATCH_ in rows of cards, else VREC_WATCH_NONE.
    pub card_kinds: *const i32,
    /// Where to go on, in milliseconds; for live television how long it was viewed. 0 unless continued.
    pub positions_ms: *const i64,
    /// The videos' lengths; 0: unknown, or live television.
    pub durations_ms: *const i64,
    /// One of VREC_KIND_; 0: unknown.
    pub kinds: *const i32,
    /// Empty for a video of no series.
    pub series_ids: *const c_char,
    pub series_id_offsets: *const u64,
    /// 0: none.
    pub season_numbers: *const u32,
    /// 0: the video has no place in a series.
    pub episode_numbers: *const u32,
    /// When they can be watched, milliseconds since 1970-01-01 UTC; 0: since ever, for ever.
    pub available_from_utc_ms: *const i64,
    pub available_until_utc_ms: *const i64,
}
versioned!(vrec_home_item_columns {
    struct_size: usize,
    count: usize,
    card_kinds: *const i32,
    positions_ms: *const i64,
    durations_ms: *const i64,
    kinds: *const i32,
    series_ids: *const c_char,
    series_id_offsets: *const u64,
    season_numbers: *const u32,
    episode_numbers: *const u32,
    available_from_utc_ms: *const i64,
    available_until_utc_ms: *const i64,
});

/// A home screen. Immutable; may outlive its engine and be read from several threads.
pub struct vrec_home_screen {
    row_kinds: Vec<i32>,
    title_keys: TextColumn,
    english_titles: TextColumn,
    chinese_titles: TextColumn,
    seed_ids: TextColumn,
    seed_titles: TextColumn,
    item_offsets: Vec<u64>,
    items: vrec_results,
    card_kinds: Vec<i32>,
    positions_ms: Vec<i64>,
    durations_ms: Vec<i64>,
    kinds: Vec<i32>,
    series_ids: TextColumn,
    season_numbers: Vec<u32>,
    episode_numbers: Vec<u32>,
    available_from_utc_ms: Vec<i64>,
    available_until_utc_ms: Vec<i64>,
}

impl vrec_home_screen {
    fn new(rows: &[HomeRow]) -> Self {
        let texts = |text: fn(&HomeRow) -> &str| TextColumn::new(rows.iter().map(text));
        let mut item_offsets = vec![0];
        rows.iter().for_each(|row| item_offsets.push(item_offsets[item_offsets.len() - 1] + row.items.len() as u64));
        let items: Vec<&HomeItem> = rows.iter().flat_map(|row| &row.items).collect();
        let recommendations: Vec<Recommendation> = items.iter().map(|item| item.recommendation.clone()).collect();
        let season = |item: &&HomeItem| item.place.map_or(0, |place| place.season);
        let episode = |item: &&HomeItem| item.place.map_or(0, |place| place.episode);
        vrec_home_screen {
            row_kinds: column(rows.iter().map(|row| row.kind as i32)),
            title_keys: texts(|row| row.title_key),
            english_titles: texts(|row| &row.title_en),
            chinese_titles: texts(|row| &row.title_zh),
            seed_ids: texts(|row| &row.seed_id),
            seed_titles: texts(|row| &row.seed_title),
            item_offsets,
            items: vrec_results::new(recommendations),
            card_kinds: column(items.iter().map(|item| item.card.map_or(VREC_WATCH_NONE, |card| card as i32))),
            positions_ms: column(items.iter().map(|item| item.position_ms)),
            durations_ms: column(items.iter().map(|item| item.duration_ms)),
            kinds: column(items.iter().map(|item| item.kind.map_or(0, |kind| kind as i32))),
            series_ids: TextColumn::new(items.iter().map(|item| item.series_id.as_str())),
            season_numbers: column(items.iter().map(season)),
            episode_numbers: column(items.iter().map(episode)),
            available_from_utc_ms: column(items.iter().map(|item| item.available_from_utc_ms.unwrap_or(0))),
            available_until_utc_ms: column(items.iter().map(|item| item.available_until_utc_ms.unwrap_or(0))),
        }
    }

    fn row_columns(&self, struct_size: usize) -> vrec_home_row_columns {
        vrec_home_row_columns {
            struct_size,
            count: self.row_kinds.len(),
            kinds: self.row_kinds.as_ptr(),
            title_keys: self.title_keys.block(),
            title_key_offsets: self.title_keys.offsets.as_ptr(),
            english_titles: self.english_titles.block(),
            english_title_offsets: self.english_titles.offsets.as_ptr(),
            chinese_titles: self.chinese_titles.block(),
            chinese_title_offsets: self.chinese_titles.offsets.as_ptr(),
            seed_ids: self.seed_ids.block(),
            seed_id_offsets: self.seed_ids.offsets.as_ptr(),
            seed_titles: self.seed_titles.block(),
            seed_title_offsets: self.seed_titles.offsets.as_ptr(),
            item_offsets: self.item_offsets.as_ptr(),
        }
    }

    fn item_columns(&self, struct_size: usize) -> vrec_home_item_columns {
        vrec_home_item_columns {
            struct_size,
            count: self.card_kinds.len(),
            card_kinds: self.card_kinds.as_ptr(),
            positions_ms: self.positions_ms.as_ptr(),
            durations_ms: self.durations_ms.as_ptr(),
            kinds: self.kinds.as_ptr(),
            series_ids: self.series_ids.block(),
            series_id_offsets: self.series_ids.offsets.as_ptr(),
            season_numbers: self.season_numbers.as_ptr(),
            episode_numbers: self.episode_numbers.as_ptr(),
            available_from_utc_ms: self.available_from_utc_ms.as_ptr(),
            available_until_utc_ms: self.available_until_utc_ms.as_ptr(),
        }
    }
}

/// A home screen: titled rows in the order asked for, no video in two of them and one card a series, the earlier row
/// having it. Everything in them can be watched at now_utc_ms and keeps the filter; what was hidden is left out, and
/// what was watched stands in rows of cards only. Rows with too few items are left out. The same query gives the
/// same screen as long as nothing is recorded or changed. docs/home.md says what each row holds.
///
/// With an exploration_method the row VREC_ROW_FOR_YOU explores: hand the propensities of its items, which
/// vrec_home_screen_results has, back with their impressions.
///
/// Parameters: engine, not NULL; home_query, not NULL, with a query that has now_utc_ms; call, bounds on the call, may
/// be NULL; screen, where to put the screen, not NULL; error, where to put an error, may be NULL.
/// Ownership: the caller owns screen, to be given up by vrec_home_screen_destroy.
/// Threads: any; never waits for writes.
/// Errors: VREC_E_NOT_FOUND for a seed_id that is no video and no series, and for an unknown profile of a household;
/// VREC_E_INVALID_ARGUMENT, VREC_E_LIMIT, VREC_E_TOO_NEW, VREC_E_UTF8, VREC_E_REENTRANT, VREC_E_FORKED, VREC_E_CANCELLED, VREC_E_TIMED_OUT.
/// Cost: about that of one vrec_recommend for each row; no run of the model.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_home(
    engine: *const vrec_engine,
    home_query: *const vrec_home_query,
    call: *const vrec_call_options,
    screen: *mut *mut vrec_home_screen,
    error: *mut *mut vrec_error,
) -> i32 {
    let body = |handle: &vrec_engine| {
        let target = output(screen, "screen")?;
        // SAFETY: as the header demands.
        let (query, call) = unsafe { (read_home_query(home_query)?, call_options(call)?) };
        let made = vrec_home_screen::new(&handle.engine().home(&query, &call)?);
        // SAFETY: not null, so valid for writing by the header's contract.
        unsafe { target.write(Box::into_raw(Box::new(made))) };
        Ok(())
    };
    // SAFETY: as the header demands.
    unsafe { call_on("vrec_home", engine, error, body) }
}

/// # Safety
/// `home_query` is null or a struct with its size, whose query is as for [`read_query`] and whose rows are readable.
unsafe fn read_home_query(home_query: *const vrec_home_query) -> Result<HomeQuery> {
    // SAFETY: passed on from this function's contract.
    let given = unsafe { read_struct(home_query, None) }?;
    check_reserved(given.reserved)?;
    if given.query.is_null() {
        return Err(Error::invalid("query is NULL; a home screen needs its time"));
    }
    // SAFETY: as above.
    let (query, rows) =
        unsafe { (read_query(given.query)?, read_structs("rows", given.rows, given.row_count, given.row_stride)?) };
    let read = |(index, row): (usize, &vrec_row_query)| {
        // SAFETY: a row's seed_id is null or readable for its length by this function's contract.
        unsafe { read_row(row) }.map_err(|error| error.within_batch("rows", index, rows.len()))
    };
    let or = |value: u32, usual: usize| if value == 0 { usual } else { value as usize };
    Ok(HomeQuery {
        query,
        rows: rows.iter().enumerate().map(read).collect::<Result<_>>()?,
        row_limit: Some(given.row_limit as usize).filter(|limit| *limit > 0),
        row_size: or(given.row_size, HomeQuery::ROW_SIZE),
        row_minimum: or(given.row_minimum, HomeQuery::ROW_MINIMUM),
        new_days: if given.new_days == 0 { HomeQuery::NEW_DAYS } else { given.new_days },
        leaving_days: if given.leaving_days == 0 { HomeQuery::LEAVING_DAYS } else { given.leaving_days },
    })
}

/// # Safety
/// `seed_id` is null or readable for its length.
unsafe fn read_row(given: &vrec_row_query) -> Result<RowQuery> {
    let kind = RowKind::from_code(given.kind)
        .ok_or_else(|| Error::invalid(format!("kind {} is no VREC_ROW_ value", given.kind)))?;
    // SAFETY: passed on from this function's contract.
    let seed_id = unsafe { read_str("seed_id", given.seed_id, given.seed_id_len) }?;
    Ok(RowQuery { kind, seed_id: seed_id.to_owned(), size: given.size as usize })
}

/// Gives all columns of a home screen's rows at once.
///
/// Parameters: screen, not NULL; columns, not NULL, its struct_size set by the caller; error, where to put an error,
/// may be NULL.
/// Ownership: the columns are borrowed from screen, until vrec_home_screen_destroy.
/// Threads: any, also several at once on the same screen.
/// Errors: VREC_E_INVALID_ARGUMENT, VREC_E_TOO_NEW, VREC_E_REENTRANT.
/// Cost: constant; nothing is copied.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_home_screen_rows(
    screen: *const vrec_home_screen,
    columns: *mut vrec_home_row_columns,
    error: *mut *mut vrec_error,
) -> i32 {
    let body = || {
        // SAFETY: null or live by the header's contract.
        let screen = unsafe { screen.as_ref() }.ok_or_else(|| Error::invalid("screen is NULL"))?;
        // SAFETY: null or a struct with its size by the header's contract.
        unsafe { write_struct(columns, "columns", |size| screen.row_columns(size)) }
    };
    // SAFETY: `error` is as the header demands.
    unsafe { call("vrec_home_screen_rows", error, body) }
}

/// Gives all columns of a home screen's items at once, beside those of vrec_home_screen_results.
///
/// Parameters: screen, not NULL; columns, not NULL, its struct_size set by the caller; error, where to put an error,
/// may be NULL.
/// Ownership: the columns are borrowed from screen, until vrec_home_screen_destroy.
/// Threads: any, also several at once on the same screen.
/// Errors: VREC_E_INVALID_ARGUMENT, VREC_E_TOO_NEW, VREC_E_REENTRANT.
/// Cost: constant; nothing is copied.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_home_screen_items(
    screen: *const vrec_home_screen,
    columns: *mut vrec_home_item_columns,
    error: *mut *mut vrec_error,
) -> i32 {
    let body = || {
        // SAFETY: null or live by the header's contract.
        let screen = unsafe { screen.as_ref() }.ok_or_else(|| Error::invalid("screen is NULL"))?;
        // SAFETY: null or a struct with its size by the header's contract.
        unsafe { write_struct(columns, "columns", |size| screen.item_columns(size)) }
    };
    // SAFETY: `error` is as the header demands.
    unsafe { call("vrec_home_screen_items", error, body) }
}

/// The items of a home screen as results, row after row: their ids, titles, scores and reasons. Scores order items
/// within their row, but for cards, which stand in the order of watching, VREC_ROW_EXPLORE, where tags take turns, and
/// what a diversity_method varies; those of different rows cannot be compared.
///
/// Parameters: screen, or NULL.
/// Ownership: the results are borrowed from screen, until vrec_home_screen_destroy, and not to be destroyed.
/// Threads: any, also several at once on the same screen.
/// Errors: none; NULL for NULL.
/// Cost: constant; nothing is copied.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_home_screen_results(screen: *const vrec_home_screen) -> *const vrec_results {
    // SAFETY: null or live by the header's contract.
    unsafe { screen.as_ref() }.map_or(std::ptr::null(), |screen| &raw const screen.items)
}

/// Frees a home screen. NULL is allowed.
///
/// Parameters: screen, one that is not used any more, or NULL.
/// Ownership: takes screen; every pointer into its columns ends.
/// Threads: any, when no other call on this screen is running.
/// Errors: none.
/// Cost: constant.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_home_screen_destroy(screen: *mut vrec_home_screen) {
    if !screen.is_null() {
        // SAFETY: made by Box::into_raw and not freed before, by the header's contract.
        call_void(|| drop(unsafe { Box::from_raw(screen) }));
    }
}
