//! How much of everything there may be; the numbers are those of the domain.

use crate::domain::limits;

/// Limits: a value past one is refused with VREC_E_LIMIT.
pub const VREC_MAX_ID_BYTES: u32 = 255;
pub const VREC_MAX_TITLE_BYTES: u32 = 4096;
/// A description, a text to embed or to search for, all tags or all comments together.
pub const VREC_MAX_TEXT_BYTES: u32 = 65536;
pub const VREC_MAX_TAGS: u32 = 256;
pub const VREC_MAX_COMMENTS: u32 = 256;
/// Languages of a video's sound, and of its subtitles.
pub const VREC_MAX_LANGUAGES: u32 = 64;
pub const VREC_MAX_ENTITLEMENTS: u32 = 64;
pub const VREC_MAX_MIN_AGE: u32 = 99;
/// Minutes between a viewer's clock and UTC, either way; more is VREC_E_INVALID_ARGUMENT.
pub const VREC_MAX_UTC_OFFSET_MINUTES: i32 = 840;
/// Values of each list of a filter.
pub const VREC_MAX_FILTER_VALUES: u32 = 1024;
/// Rules of a query.
pub const VREC_MAX_RULES: u32 = 1024;
/// Places of a list that explore.
pub const VREC_MAX_EXPLORATION_SLOTS: u32 = 16;
/// Videos, events, texts, ids or exclusions in one call.
pub const VREC_MAX_BATCH: u32 = 65536;
/// Bytes of all texts and vectors in one call.
pub const VREC_MAX_BATCH_BYTES: u32 = 67108864;
pub const VREC_MAX_RESULTS: u32 = 10000;
pub const VREC_MAX_DIMENSIONS: u32 = 8192;

const _: () = {
    assert!(VREC_MAX_ID_BYTES as usize == limits::ID_BYTES && VREC_MAX_TITLE_BYTES as usize == limits::TITLE_BYTES);
    assert!(VREC_MAX_TEXT_BYTES as usize == limits::TEXT_BYTES && VREC_MAX_BATCH as usize == limits::BATCH);
    assert!(VREC_MAX_TAGS as usize == limits::TAGS && VREC_MAX_COMMENTS as usize == limits::COMMENTS);
    assert!(VREC_MAX_LANGUAGES as usize == limits::LANGUAGES && VREC_MAX_ENTITLEMENTS as usize == limits::ENTITLEMENTS);
    assert!(VREC_MAX_MIN_AGE == limits::MIN_AGE as u32 && VREC_MAX_FILTER_VALUES as usize == limits::FILTER_VALUES);
    assert!(VREC_MAX_UTC_OFFSET_MINUTES == limits::UTC_OFFSET_MINUTES as i32);
    assert!(VREC_MAX_RULES as usize == limits::RULES);
    assert!(VREC_MAX_EXPLORATION_SLOTS as usize == limits::EXPLORATION_SLOTS);
    assert!(VREC_MAX_BATCH_BYTES as usize == limits::BATCH_BYTES);
    assert!(VREC_MAX_RESULTS as usize == limits::RESULTS && VREC_MAX_DIMENSIONS as usize == limits::DIMENSIONS);
};
