//! Every limit in one place. A value past its limit is refused with [`Status::Limit`](super::Status)
//! and a message that names the argument and the limit; nothing is cut silently. The limits bound
//! the time and memory that one call can take.

/// Bytes of an id (video or profile), at least 1.
pub const ID_BYTES: usize = 255;
/// Bytes of a title.
pub const TITLE_BYTES: usize = 4_096;
/// Bytes of any one text: a description, a search text, a text to embed.
pub const TEXT_BYTES: usize = 65_536;
/// Tags of one video.
pub const TAGS: usize = 256;
/// Comments of one video.
pub const COMMENTS: usize = 256;
/// Items in one batch: videos, events, texts, ids.
pub const BATCH: usize = 65_536;
/// Results of one query.
pub const RESULTS: usize = 10_000;
/// Elements of a vector.
pub const DIMENSIONS: usize = 8_192;
/// Threads inside one model run.
pub const THREADS: u32 = 64;
/// Milliseconds of a call's time limit (one day).
pub const TIMEOUT_MS: u32 = 86_400_000;
/// Bytes of a path.
pub const PATH_BYTES: usize = 4_096;
/// Bytes of all texts and vectors of one batch together.
pub const BATCH_BYTES: usize = 64 << 20;
