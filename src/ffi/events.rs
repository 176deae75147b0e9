//! Recording what viewers did.

use std::ffi::c_char;

use super::boundary::call_on;
use super::context::read_context;
use super::engine::{check_reserved, vrec_engine};
use super::error::vrec_error;
use super::input::{read_str, read_struct, read_structs};
use super::types::{VREC_DURABLE_NOW, VREC_DURABLE_RELAXED, VREC_DURABLE_WITHIN, vrec_event};
use crate::domain::{Error, Event, EventKind, Result};
use crate::store::Durability;

/// Records one event; the next query counts it. Calls from several threads share commits.
///
/// Parameters: engine, not NULL; event, not NULL; error, where to put an error, may be NULL.
/// Ownership: nothing changes hands; everything in event is copied.
/// Threads: any; waits for other writes while they are published.
/// Errors: VREC_E_NOT_FOUND for an unknown video, and in a household (see vrec_profile_create) for an unknown profile;
/// VREC_E_INVALID_ARGUMENT for an unknown kind, device, place or
/// company, a negative position or duration, or a rating or utc_offset_minutes out of place; VREC_E_LIMIT,
/// VREC_E_MEMORY_LIMIT, VREC_E_TOO_NEW, VREC_E_UTF8, VREC_E_FAULTED, VREC_E_REENTRANT, VREC_E_FORKED,
/// with a store VREC_E_IO, VREC_E_DISK_FULL and VREC_E_READ_ONLY. The engine stays as it was on failure;
/// with a store, a power cut at that very moment may bring the event back.
/// Cost: some microseconds; with a store it is on the disk when the call returns, unless event->durability asks
/// for less: one write and one fdatasync. An impression with a propensity, and the choice of a video that was shown, cost
/// about a blended list more, which may run the network of vrec_load_sequence; other writes do not wait for that.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_record(
    engine: *mut vrec_engine,
    event: *const vrec_event,
    error: *mut *mut vrec_error,
) -> i32 {
    let body = |handle: &vrec_engine| {
        // SAFETY: null or a struct with its size, by the header's contract.
        let event = unsafe { read_struct(event, None) }?;
        // SAFETY: its strings are readable by the header's contract.
        unsafe { record(handle, &[event]) }
    };
    // SAFETY: as the header demands.
    unsafe { call_on("vrec_record", engine, error, body) }
}

/// Records many events in their order: all of them or, on any failure, none.
///
/// Parameters: engine, not NULL; events, an array, may be NULL when count is 0; count, at most 65536;
/// stride, bytes from one element to the next, normally sizeof(vrec_event); error, where to put an
/// error, may be NULL.
/// Ownership: nothing changes hands; everything in events is copied.
/// Threads: any; waits for other writes while they are published.
/// Errors: as for vrec_record; the message names the event by its index. The engine stays as it was
/// on failure.
/// Cost: some microseconds an event; beside that about a blended list for each profile with impressions that have a
/// propensity, and for each choice of a video that was shown. No deadline bounds that; other writes do not wait for it.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_record_batch(
    engine: *mut vrec_engine,
    events: *const vrec_event,
    count: usize,
    stride: usize,
    error: *mut *mut vrec_error,
) -> i32 {
    let body = |handle: &vrec_engine| {
        // SAFETY: an array as described, by the header's contract.
        let events = unsafe { read_structs("events", events, count, stride) }?;
        // SAFETY: their strings are readable by the header's contract.
        unsafe { record(handle, &events) }
    };
    // SAFETY: as the header demands.
    unsafe { call_on("vrec_record_batch", engine, error, body) }
}

/// Forgets a profile, its description and all it did: in memory, and in the store, whose files hold nothing readable of it
/// afterwards: its key is gone from them. It is the one way in which a profile is erased, and it ends a guest. Which
/// profile is the current one then, vrec_profile_switch says.
/// Cut off in the middle, it goes on when the store is opened next, or, where the disk is full then, with the next
/// profile that is forgotten or vrec_compact; the log has a warning. What was learned from it event by event goes with
/// it. What vrec_train made of fewer than 20 profiles goes as a whole; what it made of more keeps the profile's part,
/// a small one among many, until it trains again.
///
/// Parameters: engine, not NULL; profile, UTF-8, 1 to 255 bytes; profile_len, its bytes; error, where to put an
/// error, may be NULL.
/// Ownership: nothing changes hands.
/// Threads: any; waits for other writes.
/// Errors: VREC_E_INVALID_ARGUMENT, VREC_E_LIMIT, VREC_E_UTF8, VREC_E_NOT_FOUND, VREC_E_IO,
/// VREC_E_DISK_FULL, VREC_E_READ_ONLY, VREC_E_FAULTED, VREC_E_REENTRANT, VREC_E_FORKED. Should the disk fail
/// in the middle, the profile is as it was for this engine, and gone when this is called again or the store is
/// opened next.
/// Cost: with a store it is rewritten where it was: some milliseconds.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_profile_forget(
    engine: *mut vrec_engine,
    profile: *const c_char,
    profile_len: usize,
    error: *mut *mut vrec_error,
) -> i32 {
    let body = |handle: &vrec_engine| {
        // SAFETY: null or readable for its length by the header's contract.
        let profile = unsafe { read_str("profile", profile, profile_len) }?;
        handle.engine().forget_profile(profile)
    };
    // SAFETY: as the header demands.
    unsafe { call_on("vrec_profile_forget", engine, error, body) }
}

/// # Safety
/// The events' pointers are as the header demands.
unsafe fn record(handle: &vrec_engine, events: &[vrec_event]) -> Result<()> {
    let count = events.len();
    let place = |index: usize| move |error: Error| error.within_batch("events", index, count);
    let mut converted = Vec::with_capacity(count);
    let mut strictest = Durability::Relaxed;
    for (index, event) in events.iter().enumerate() {
        // SAFETY: passed on from this function's contract.
        converted.push(unsafe { convert(event) }.map_err(place(index))?);
        strictest = strictest.min(durability(event).map_err(place(index))?);
    }
    handle.engine().record_durably(&converted, strictest)
}

fn durability(event: &vrec_event) -> Result<Durability> {
    match (event.durability, event.within_ms) {
        (VREC_DURABLE_NOW, 0) => Ok(Durability::Now),
        (VREC_DURABLE_RELAXED, 0) => Ok(Durability::Relaxed),
        (VREC_DURABLE_WITHIN, 0) => Err(Error::invalid("within_ms is 0; VREC_DURABLE_WITHIN needs at least 1")),
        (VREC_DURABLE_WITHIN, milliseconds) => Ok(Durability::Within(milliseconds)),
        (VREC_DURABLE_NOW | VREC_DURABLE_RELAXED, given) => {
            Err(Error::invalid(format!("within_ms is {given}; it is for VREC_DURABLE_WITHIN")))
        }
        (other, _) => Err(Error::invalid(format!("durability {other} is no VREC_DURABLE_ value"))),
    }
}

/// # Safety
/// The event's pointers are as the header demands.
unsafe fn convert(event: &vrec_event) -> Result<Event> {
    let kind = EventKind::from_code(event.kind)
        .ok_or_else(|| Error::invalid(format!("kind {} is no VREC_EVENT_ kind", event.kind)))?;
    check_reserved(event.reserved)?;
    Ok(Event {
        kind,
        // SAFETY: null or readable for its length by this function's contract.
        profile: unsafe { read_str("profile", event.profile, event.profile_len) }?.to_owned(),
        // SAFETY: as above.
        video_id: unsafe { read_str("video_id", event.video_id, event.video_id_len) }?.to_owned(),
        time_utc_ms: event.time_utc_ms,
        position_ms: event.position_ms,
        duration_ms: event.duration_ms,
        rating: event.rating,
        context: read_context(event.device, event.place, event.company, event.utc_offset_minutes)?,
        watched: None,
        until_utc_ms: event.until_utc_ms,
        propensity: event.propensity,
    })
}
