//! What an engine and its store hold, how much they keep, and how a profile is exported.

use crate::ffi::input::versioned;

/// Counts and sizes of an engine at one moment.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct vrec_statistics {
    /// sizeof(vrec_statistics), set by the caller; fields past it are not written.
    pub struct_size: usize,
    pub videos: u64,
    pub profiles: u64,
    /// Events recorded since the engine was created, and those its store held then. Forgetting a profile takes
    /// none away; vrec_retain counts those that are left.
    pub events: u64,
    /// Elements of a vector; 0 while unknown.
    pub dimensions: u64,
    /// Bytes of videos, profiles and what was learned and trained; the open model is not counted.
    pub memory_bytes: u64,
    /// 0: no limit.
    pub memory_limit_bytes: u64,
    /// Texts turned into vectors since the engine was created.
    pub texts_embedded: u64,
    /// VREC_OK when texts can be embedded as far as is known, else what a call would return.
    pub encoder_status: i32,
    /// 1 while the model is in memory, else 0.
    pub encoder_loaded: u32,
    /// 1 after a failure inside the library has closed the engine for writing, else 0.
    pub faulted: u32,
    pub reserved: u32,
    /// Videos whose texts wait to be embedded in the background.
    pub videos_waiting: u64,
    /// Videos that could not be embedded in the background, since the engine was created.
    pub videos_failed: u64,
    /// Bytes of waiting videos; they count towards memory_limit_bytes.
    pub embedding_queue_bytes: u64,
    /// Texts whose vector was remembered, and those whose was not, since the engine was created.
    pub embedding_cache_hits: u64,
    pub embedding_cache_misses: u64,
    /// Bytes of remembered vectors.
    pub embedding_cache_bytes: u64,
    /// What vectors are scored with, one of VREC_INSTRUCTIONS_.
    pub instruction_set: i32,
    /// The stage on signs passes one video in so many on; 0 while it is off.
    pub sign_stage_divisor: u32,
    /// Commits of the store since the engine was created, and the events in them; 0 without a store.
    pub store_commits: u64,
    pub store_events: u64,
    /// Bytes that the store wrote since the engine was created.
    pub store_bytes_written: u64,
    /// Bytes written for an event, on average: its share of a commit and of the checkpoint after it.
    pub store_bytes_per_event: u64,
    /// Events that count already and wait for a commit.
    pub store_waiting_events: u64,
    /// VREC_OK, or what the last commit of events failed with.
    pub store_status: i32,
    /// 1 for an engine with a store, else 0.
    pub store_is_open: u32,
}
versioned!(vrec_statistics {
    struct_size: usize,
    videos: u64,
    profiles: u64,
    events: u64,
    dimensions: u64,
    memory_bytes: u64,
    memory_limit_bytes: u64,
    texts_embedded: u64,
    encoder_status: i32,
    encoder_loaded: u32,
    faulted: u32,
    reserved: u32,
    videos_waiting: u64,
    videos_failed: u64,
    embedding_queue_bytes: u64,
    embedding_cache_hits: u64,
    embedding_cache_misses: u64,
    embedding_cache_bytes: u64,
    instruction_set: i32,
    sign_stage_divisor: u32,
    store_commits: u64,
    store_events: u64,
    store_bytes_written: u64,
    store_bytes_per_event: u64,
    store_waiting_events: u64,
    store_status: i32,
    store_is_open: u32,
});

/// Limits on what a store keeps of each profile's events. At least one is needed.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct vrec_retention {
    /// sizeof(vrec_retention).
    pub struct_size: usize,
    /// Events older than this go, in milliseconds before now_utc_ms, from a profile's first one on, up to one that
    /// is not older: a time in the future, from a clock that was wrong, keeps what was recorded after it, too.
    /// Default: no limit.
    pub max_age_ms: i64,
    /// The time now, milliseconds since 1970-01-01 UTC; the library has no clock of its own that it trusts.
    pub now_utc_ms: i64,
    /// The newest so many events of a profile stay. Default: no limit.
    pub max_events: u64,
}
versioned!(vrec_retention { struct_size: usize, max_age_ms: i64, now_utc_ms: i64, max_events: u64 });

/// How a profile is exported. Passing NULL means in full.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct vrec_export_options {
    /// sizeof(vrec_export_options).
    pub struct_size: usize,
    /// 32 bytes for the pseudonyms of videos, required by anonymise; a service that knows them can name the videos
    /// of its own catalogue.
    pub salt: *const u8,
    pub salt_len: usize,
    /// 32 bytes for the pseudonym of the profile. Default: a salt that is made for this export and thrown away,
    /// so that two exports of a profile cannot be told to be of the same.
    pub profile_salt: *const u8,
    pub profile_salt_len: usize,
    /// Times are rounded down to multiples of this, at least 3600000 milliseconds. Default: 21600000, six hours.
    pub time_step_ms: i64,
    /// 1: anonymised. Default: 0, in full.
    pub anonymise: u32,
    /// Must be 0.
    pub reserved: u32,
}
versioned!(vrec_export_options {
    struct_size: usize,
    salt: *const u8,
    salt_len: usize,
    profile_salt: *const u8,
    profile_salt_len: usize,
    time_step_ms: i64,
    anonymise: u32,
    reserved: u32,
});
