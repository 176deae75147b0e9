//! Videos as their owners describe them.

use crate::ffi::input::versioned;
use std::ffi::c_char;

/// What a video is.
pub const VREC_KIND_UNKNOWN: i32 = 0;
pub const VREC_KIND_MOVIE: i32 = 1;
pub const VREC_KIND_SERIES: i32 = 2;
pub const VREC_KIND_SEASON: i32 = 3;
pub const VREC_KIND_EPISODE: i32 = 4;
pub const VREC_KIND_LIVE_EVENT: i32 = 5;
pub const VREC_KIND_CLIP: i32 = 6;
pub const VREC_KIND_MUSIC: i32 = 7;
pub const VREC_KIND_COURSE: i32 = 8;
pub const VREC_KIND_ADVERT: i32 = 9;
pub const VREC_KIND_OTHER: i32 = 10;

/// A min_age of a video for everyone; 0 means that it is unknown.
pub const VREC_MIN_AGE_NONE: i32 = -1;

/// Which field of a video matched; 0 for a video that brought its own vector.
pub const VREC_FIELD_NONE: i32 = 0;
pub const VREC_FIELD_TITLE: i32 = 1;
pub const VREC_FIELD_DESCRIPTION: i32 = 2;
pub const VREC_FIELD_TAGS: i32 = 3;
pub const VREC_FIELD_COMMENTS: i32 = 4;

/// A video as its owner describes it. Strings are UTF-8 with their length in bytes and are copied.
/// Lists of texts come as one block of bytes and offsets: text i lies between offsets[i] and
/// offsets[i + 1], so there is one offset more than there are texts.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct vrec_video {
    /// sizeof(vrec_video).
    pub struct_size: usize,
    /// 1 to 255 bytes without NUL, required. An id that exists already is replaced.
    pub id: *const c_char,
    pub id_len: usize,
    /// At most 4096 bytes.
    pub title: *const c_char,
    pub title_len: usize,
    /// At most 65536 bytes.
    pub description: *const c_char,
    pub description_len: usize,
    /// BCP 47 tag of the language the texts are written in, at most 255 bytes. Default: detected for
    /// each text.
    pub language: *const c_char,
    pub language_len: usize,
    /// At most 256 tags, 65536 bytes together.
    pub tags: *const c_char,
    pub tag_offsets: *const u64,
    pub tag_count: usize,
    /// At most 256 viewers' comments, 65536 bytes together.
    pub comments: *const c_char,
    pub comment_offsets: *const u64,
    pub comment_count: usize,
    /// The video's vector, used instead of its texts' vectors: finite and not all zero (it need not be
    /// of unit length), with as many elements as every other vector of the engine. It is taken as a vector of
    /// the engine's model and centred by its language's mean; without a model it is taken as it is.
    pub vector: *const f32,
    pub vector_len: usize,
    /// One of VREC_KIND_. Default: unknown.
    pub kind: i32,
    /// Years a viewer must have, 1 to 99, or VREC_MIN_AGE_NONE. Default: unknown, which a query with
    /// a viewer_age leaves out.
    pub min_age: i32,
    /// BCP 47 tags of the languages of its sound, at most 64.
    pub audio_languages: *const c_char,
    pub audio_language_offsets: *const u64,
    pub audio_language_count: usize,
    /// The same of its subtitles.
    pub subtitle_languages: *const c_char,
    pub subtitle_language_offsets: *const u64,
    pub subtitle_language_count: usize,
    /// What lets a viewer watch it, any one of them, 1 to 255 bytes each, at most 64. Default: everyone
    /// may.
    pub entitlements: *const c_char,
    pub entitlement_offsets: *const u64,
    pub entitlement_count: usize,
    /// When it can be watched, milliseconds since 1970-01-01 UTC: from the first time on and before
    /// the second, which is the later one. Default: since ever, for ever.
    pub available_from_utc_ms: i64,
    pub available_until_utc_ms: i64,
    /// What it belongs to, the same for all episodes of a series, 1 to 255 bytes. Where the series has a card of its
    /// own in the catalogue, the id of that. Default: it belongs to no series.
    pub series_id: *const c_char,
    pub series_id_len: usize,
    /// Its season and its number in the season, both from 1 on. In a series with seasons, what has no season is a
    /// special; specials, and what has no number, never come next. Default: none.
    pub season_number: u32,
    pub episode_number: u32,
    /// Its length; not negative. Default: unknown.
    pub duration_ms: i64,
    /// Where its end credits begin; not negative and not past duration_ms. Default: unknown.
    pub credits_start_ms: i64,
}
versioned!(vrec_video {
    struct_size: usize,
    id: *const c_char,
    id_len: usize,
    title: *const c_char,
    title_len: usize,
    description: *const c_char,
    description_len: usize,
    language: *const c_char,
    language_len: usize,
    tags: *const c_char,
    tag_offsets: *const u64,
    tag_count: usize,
    comments: *const c_char,
    comment_offsets: *const u64,
    comment_count: usize,
    vector: *const f32,
    vector_len: usize,
    kind: i32,
    min_age: i32,
    audio_languages: *const c_char,
    audio_language_offsets: *const u64,
    audio_language_count: usize,
    subtitle_languages: *const c_char,
    subtitle_language_offsets: *const u64,
    subtitle_language_count: usize,
    entitlements: *const c_char,
    entitlement_offsets: *const u64,
    entitlement_count: usize,
    available_from_utc_ms: i64,
    available_until_utc_ms: i64,
    series_id: *const c_char,
    series_id_len: usize,
    season_number: u32,
    episode_number: u32,
    duration_ms: i64,
    credits_start_ms: i64,
});
