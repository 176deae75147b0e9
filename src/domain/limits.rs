//! Every limit in one place. A value past its limit is refused with [`Status::Limit`](super::Status)
//! and a message that names the argument and the limit; nothing is cut silently. The limits bound
//! the time and memory that one call can take.

/// Bytes of an id (video or profile), at least 1.
pub const ID_BYTES: usize = 255;
/// Bytes of the name that people see of a profile, at least 1.
pub const PROFILE_NAME_BYTES: usize = 255;
/// Bytes of a title.
pub const TITLE_BYTES: usize = 4_096;
/// Bytes of any one text: a description, a search text, a text to embed.
pub const TEXT_BYTES: usize = 65_536;
/// Tags of one video.
pub const TAGS: usize = 256;
/// Comments of one video.
pub const COMMENTS: usize = 256;
/// Languages of one video's sound, and of its subtitles.
pub const LANGUAGES: usize = 64;
/// Bytes of a language tag in one of these lists.
pub const LANGUAGE_BYTES: usize = 63;
/// Entitlements of one video, any one of which is enough.
pub const ENTITLEMENTS: usize = 64;
/// Years of a minimum age.
pub const MIN_AGE: u8 = 99;
/// Minutes between a viewer's clock and UTC, either way (fourteen hours).
pub const UTC_OFFSET_MINUTES: i16 = 840;
/// Values of each list of a filter.
pub const FILTER_VALUES: usize = 1_024;
/// Rules of one query.
pub const RULES: usize = 1_024;
/// Places of one list that explore.
pub const EXPLORATION_SLOTS: usize = 16;
/// Items in one batch: videos, events, texts, ids.
pub const BATCH: usize = 65_536;
/// Results of one query.
pub const RESULTS: usize = 10_000;
/// Results of all lists of one query together.
pub const RESULTS_OF_ALL_LISTS: usize = 1_000_000;
/// Rows of one home screen.
pub const HOME_ROWS: usize = 40;
/// Items of one row of it.
pub const HOME_ITEMS: usize = 40;
/// Days for which a video counts as new.
pub const HOME_NEW_DAYS: usize = 365;
/// Days before its end from which a video leaves soon.
pub const HOME_LEAVING_DAYS: usize = 7;
/// Vectors of one query whose scores are fused by their maximum.
pub const FUSED_VECTORS: usize = 64;
/// Vectors of one query.
pub const QUERY_VECTORS: usize = 1_024;
/// Elements of a vector.
pub const DIMENSIONS: usize = 8_192;
/// Threads inside one model run.
pub const THREADS: u32 = 64;
/// Operators of a model that run at the same time.
pub const INTER_OP_THREADS: u32 = 64;
/// Threads of one search, the caller's own included.
pub const SEARCH_THREADS: u32 = 64;
/// Tokens of one run of the model.
pub const TOKENS_PER_RUN: usize = 1 << 20;
/// Execution providers to choose from.
pub const PROVIDERS: usize = 16;
/// Options of one execution provider.
pub const PROVIDER_OPTIONS: usize = 64;
/// Bytes of an execution provider's name.
pub const PROVIDER_NAME_BYTES: usize = 120;
/// Files of a model that the host holds in memory.
pub const MODEL_BUFFERS: usize = 16;
/// Milliseconds that an event may wait for its commit (one hour).
pub const DURABLE_WITHIN_MS: u32 = 3_600_000;
/// Keys whose packs are trusted.
pub const PACK_KEYS: usize = 16;
/// Milliseconds of a call's time limit (one day).
pub const TIMEOUT_MS: u32 = 86_400_000;
/// Bytes of a path.
pub const PATH_BYTES: usize = 4_096;
/// Bytes of all texts and vectors of one batch together.
pub const BATCH_BYTES: usize = 64 << 20;
