//! Counts and sizes for a host's diagnostics.

use crate::domain::{InstructionSet, Status};
use crate::store;

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
    /// Videos whose texts wait to be embedded by the engine's thread.
    pub videos_waiting: u64,
    /// Videos that the thread could not embed, since the engine was created.
    pub videos_failed: u64,
    /// Bytes of waiting videos.
    pub embedding_queue_bytes: u64,
    pub embedding_cache_hits: u64,
    pub embedding_cache_misses: u64,
    pub embedding_cache_bytes: u64,
    /// One row in so many goes past the stage on signs; 0 while it is off.
    pub sign_stage_divisor: u32,
    /// What vectors are scored with.
    pub instruction_set: InstructionSet,
    /// None for an engine in memory.
    pub store: Option<store::Statistics>,
}
