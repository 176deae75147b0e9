//! What a host may ask of an engine's store itself.

use super::boundary::call_on;
use super::engine::{device_key, vrec_engine};
use super::error::vrec_error;
use super::input::read_struct;
use super::types::vrec_retention;
use crate::store::Retention;

/// Makes durable what was recorded with VREC_DURABLE_WITHIN or VREC_DURABLE_RELAXED and is not yet. What
/// vrec_destroy cannot write is lost without a word, so call this first where it matters.
///
/// Parameters: engine, not NULL; error, where to put an error, may be NULL.
/// Ownership: nothing changes hands.
/// Threads: any; waits for a write to the store that is under way.
/// Errors: VREC_E_INVALID_ARGUMENT for an engine without a store; VREC_E_IO, VREC_E_DISK_FULL,
/// VREC_E_READ_ONLY, VREC_E_FAULTED, VREC_E_REENTRANT, VREC_E_FORKED. On failure the events stay counted
/// and go on waiting.
/// Cost: one write and one fdatasync; nothing when nothing waits.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_flush(engine: *mut vrec_engine, error: *mut *mut vrec_error) -> i32 {
    // SAFETY: as the header demands.
    unsafe { call_on("vrec_flush", engine, error, |handle| handle.engine().flush()) }
}

/// Reads the whole store again and checks every record of it. Changes nothing.
///
/// Parameters: engine, not NULL; error, where to put an error, may be NULL.
/// Ownership: nothing changes hands.
/// Threads: any; writes wait meanwhile, lists do not.
/// Errors: VREC_E_CORRUPT, whose message says which parts are damaged and where; VREC_E_INVALID_ARGUMENT for
/// an engine without a store; VREC_E_REENTRANT, VREC_E_FORKED; VREC_E_IO, and VREC_E_DISK_FULL or VREC_E_READ_ONLY
/// where events wait for a commit, which comes first. The engine goes on with what it has in memory.
/// Cost: reads all files of the store and decrypts all records: about as long as vrec_create takes.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_verify(engine: *mut vrec_engine, error: *mut *mut vrec_error) -> i32 {
    // SAFETY: as the header demands.
    unsafe { call_on("vrec_verify", engine, error, |handle| handle.engine().verify()?.check()) }
}

/// Wraps the store's keys by another device key, in one step: after a power cut either the old key opens the
/// store or the new one does.
///
/// Parameters: engine, not NULL; key, 32 bytes, NULL for none; key_len, 32, or 0 for none; error, where to put
/// an error, may be NULL.
/// Ownership: nothing changes hands; the library wipes its copy of the key.
/// Threads: any; waits for a write to the store that is under way.
/// Errors: VREC_E_INVALID_ARGUMENT for a key of another length, of zeros, or an engine without a store;
/// VREC_E_IO, VREC_E_DISK_FULL, VREC_E_READ_ONLY, VREC_E_FAULTED, VREC_E_REENTRANT, VREC_E_FORKED. After
/// VREC_E_IO or VREC_E_DISK_FULL either key may be the store's: keep both, and call again until it works.
/// Cost: one small record for each profile; no event is encrypted again.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_rotate_key(
    engine: *mut vrec_engine,
    key: *const u8,
    key_len: usize,
    error: *mut *mut vrec_error,
) -> i32 {
    let body = |handle: &vrec_engine| {
        // SAFETY: null or readable for its length by the header's contract.
        let key = unsafe { device_key("key", key, key_len) }?;
        handle.engine().rotate_key(key.as_ref())
    };
    // SAFETY: as the header demands.
    unsafe { call_on("vrec_rotate_key", engine, error, body) }
}

/// Drops stored events past limits of age and number, and what was learned from them. Events that were
/// recorded in one batch go together, once all of them are past a limit. When any went, what vrec_train made of fewer
/// than 20 profiles goes as a whole; what it made of more keeps their part until it trains again.
///
/// Nothing is dropped by itself: a television whose clock is wrong would lose everything.
///
/// Parameters: engine, not NULL; retention, not NULL; dropped, where to put the number of events that went,
/// may be NULL; error, where to put an error, may be NULL.
/// Ownership: nothing changes hands.
/// Threads: any; other writes wait meanwhile.
/// Errors: VREC_E_INVALID_ARGUMENT when no limit is set or the engine has no store; VREC_E_CORRUPT, VREC_E_IO,
/// VREC_E_DISK_FULL, VREC_E_READ_ONLY, VREC_E_TOO_NEW, VREC_E_FAULTED, VREC_E_REENTRANT, VREC_E_FORKED. On
/// failure events of some profiles may be gone from the store, and count until it is opened next.
/// Cost: one write a profile that loses any; when any went, all events that stay are read.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_retain(
    engine: *mut vrec_engine,
    retention: *const vrec_retention,
    dropped: *mut u64,
    error: *mut *mut vrec_error,
) -> i32 {
    let body = |handle: &vrec_engine| {
        // SAFETY: null or a struct with its size, by the header's contract.
        let given = unsafe { read_struct(retention, None) }?;
        let limits = Retention {
            max_age_ms: Some(given.max_age_ms).filter(|age| *age != 0),
            max_events: Some(given.max_events).filter(|events| *events != 0),
        };
        let events = handle.engine().retain(&limits, given.now_utc_ms)?;
        if !dropped.is_null() {
            // SAFETY: not null, so valid for writing by the header's contract.
            unsafe { dropped.write_unaligned(events) };
        }
        Ok(())
    };
    // SAFETY: as the header demands.
    unsafe { call_on("vrec_retain", engine, error, body) }
}

/// Writes the store's vectors anew without those that no video refers to any more. Happens by itself when
/// they are the greater part; worth asking for when the device is idle and its flash nearly full. Removes first what is
/// left of forgotten profiles, where the disk was full when the store was opened.
///
/// Parameters: engine, not NULL; error, where to put an error, may be NULL.
/// Ownership: nothing changes hands.
/// Threads: any; writes wait meanwhile.
/// Errors: VREC_E_INVALID_ARGUMENT for an engine without a store; VREC_E_CORRUPT, VREC_E_IO, VREC_E_DISK_FULL,
/// VREC_E_READ_ONLY, VREC_E_FAULTED, VREC_E_REENTRANT, VREC_E_FORKED. The store stays as it was on failure.
/// Cost: writes all vectors once.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_compact(engine: *mut vrec_engine, error: *mut *mut vrec_error) -> i32 {
    // SAFETY: as the header demands.
    unsafe { call_on("vrec_compact", engine, error, |handle| handle.engine().compact()) }
}
