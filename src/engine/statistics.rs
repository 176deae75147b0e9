//! Counts and sizes for a host's diagnostics.

use crate::domain::Status;

/// A reading of an engine at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statistics {
    pub videos: u64,
    pub profiles: u64,
    /// Events recorded since the engine was created.
    pub events: u64,
    /// 0 while unknown.
    pub dimensions: u64,
    /// Bytes of videos and profiles; the open model is not counted.
    pub memory_bytes: u64,
    /// 0: no limit.
    pub memory_limit_bytes: u64,
    pub texts_embedded: u64,
    /// `Ok` when texts can be embedded as far as is known, else what a call would return.
    pub encoder_status: Status,
    /// Whether the model is in memory now.
    pub encoder_loaded: bool,
    /// Whether a panic has closed the engine for writing.
    pub faulted: bool,
}
