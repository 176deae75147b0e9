//! Handing over what is known of a profile.

use std::ffi::c_char;

use super::boundary::{call, call_on, call_void, output};
use super::engine::{check_reserved, switch, vrec_engine};
use super::error::vrec_error;
use super::input::{read_optional_struct, read_str};
use super::output::column;
use super::types::vrec_export_options;
use crate::domain::{Error, Result};
use crate::engine::{Anonymisation, SALT_BYTES};

/// What is known of a profile, as JSON Lines. Immutable; may outlive its engine and be read from several
/// threads.
pub struct vrec_export {
    lines: Vec<u8>,
}

/// Gives all that is known of a profile as JSON Lines, in UTF-8, each an object with a field "record".
///
/// In full, for the person it is about: {"record":"profile","format":1,"id":…,"name":…,"kind":"teen","age_limit":…}, the
/// last three as far as the household says them, then its events in their
/// order, {"record":"event","kind":"complete","video_id":…,"title":…,"time_utc_ms":…,"position_ms":…,
/// "duration_ms":…,"rating":…,"device":…,"place":…,"company":…,"utc_offset_minutes":…}, then what was made
/// of them, {"record":"engagement","video_id":…,"title":…,"weight":…,"watched":…,"hidden":…}. An engine without
/// a store keeps no events, only engagements.
///
/// Anonymised, for a service that trains with that person's consent: {"record":"profile","format":1,
/// "pseudonym":…,"time_step_ms":…}, then events, {"record":"event","kind":…,"video":…,"time_utc_ms":…,
/// "completion":…,"rating":…,"device":…,"place":…,"company":…}. Pseudonyms are HMAC-SHA-256 of "video" or
/// "profile", a zero byte and the id, under a salt, cut to 128 bits, in hexadecimal. Times are rounded down to
/// time_step_ms, completion to tenths, searches are left out. Who knows a long history can still find it among
/// exports. Circumstances that are unknown stand in neither kind.
///
/// Parameters: engine, not NULL; profile, UTF-8, 1 to 255 bytes; profile_len, its bytes; options, NULL for an
/// export in full; profile_export, where to put the export, not NULL; error, where to put an error, may be NULL.
/// Ownership: the caller owns the export, to be given up by vrec_export_destroy.
/// Threads: any; waits for a write to the store that is under way.
/// Errors: VREC_E_NOT_FOUND for an unknown profile; VREC_E_CORRUPT when its records are damaged;
/// VREC_E_INVALID_ARGUMENT, also for a guest; VREC_E_LIMIT, VREC_E_TOO_NEW, VREC_E_UTF8, VREC_E_IO, VREC_E_REENTRANT,
/// VREC_E_FORKED; VREC_E_DISK_FULL and VREC_E_READ_ONLY where events wait for a commit, which comes first.
/// Cost: reads and decrypts the profile's events; some 150 bytes of memory each.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_profile_export(
    engine: *const vrec_engine,
    profile: *const c_char,
    profile_len: usize,
    options: *const vrec_export_options,
    profile_export: *mut *mut vrec_export,
    error: *mut *mut vrec_error,
) -> i32 {
    let body = |handle: &vrec_engine| {
        let target = output(profile_export, "profile_export")?;
        // SAFETY: null or readable for its length by the header's contract.
        let profile = unsafe { read_str("profile", profile, profile_len) }?;
        // SAFETY: null or a struct with its size and salts, by the header's contract.
        let anonymise = unsafe { anonymisation(options) }?;
        let found = handle.engine().export_profile(profile, anonymise.as_ref())?;
        let lines = column(found.into_iter());
        // SAFETY: not null, so valid for writing by the header's contract.
        unsafe { target.write(Box::into_raw(Box::new(vrec_export { lines }))) };
        Ok(())
    };
    // SAFETY: as the header demands.
    unsafe { call_on("vrec_profile_export", engine, error, body) }
}

/// Gives the bytes of an export.
///
/// Parameters: profile_export, not NULL; data, where to put the address of the first byte, not NULL; data_len, where
/// to put the number of bytes, not NULL; error, where to put an error, may be NULL.
/// Ownership: the bytes are borrowed from the export, until vrec_export_destroy. No NUL ends them.
/// Threads: any, also several at once on the same export.
/// Errors: VREC_E_INVALID_ARGUMENT, VREC_E_REENTRANT.
/// Cost: constant; nothing is copied.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_export_data(
    profile_export: *const vrec_export,
    data: *mut *const c_char,
    data_len: *mut usize,
    error: *mut *mut vrec_error,
) -> i32 {
    let body = || {
        // SAFETY: null or live by the header's contract.
        let found = unsafe { profile_export.as_ref() }.ok_or_else(|| Error::invalid("profile_export is NULL"))?;
        let (data, data_len) = (output(data, "data")?, output(data_len, "data_len")?);
        // SAFETY: neither is null, so both are valid for writing by the header's contract.
        unsafe {
            data.write_unaligned(found.lines.as_ptr().cast());
            data_len.write_unaligned(found.lines.len());
        }
        Ok(())
    };
    // SAFETY: `error` is as the header demands.
    unsafe { call("vrec_export_data", error, body) }
}

/// Frees an export. NULL is allowed.
///
/// Parameters: profile_export, an export that is not used any more, or NULL.
/// Ownership: takes the export; its bytes end.
/// Threads: any, when no other call on this export is running.
/// Errors: none.
/// Cost: constant.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_export_destroy(profile_export: *mut vrec_export) {
    if !profile_export.is_null() {
        // SAFETY: made by Box::into_raw and not freed before, by the header's contract.
        call_void(|| drop(unsafe { Box::from_raw(profile_export) }));
    }
}

/// What 0 means in vrec_export_options.time_step_ms: a quarter of a day.
const TIME_STEP_MS: i64 = 21_600_000;

/// # Safety
/// `options` is null or a struct with its size, whose salts are null or readable.
unsafe fn anonymisation(options: *const vrec_export_options) -> Result<Option<Anonymisation>> {
    // SAFETY: passed on from this function's contract.
    let Some(given) = unsafe { read_optional_struct(options) }? else {
        return Ok(None);
    };
    check_reserved(given.reserved)?;
    // SAFETY: null or readable for their lengths by this function's contract.
    let (salt, profile_salt) = unsafe {
        (
            read_salt("salt", given.salt, given.salt_len)?,
            read_salt("profile_salt", given.profile_salt, given.profile_salt_len)?,
        )
    };
    if !switch("anonymise", given.anonymise)? {
        if salt.is_some() || profile_salt.is_some() || given.time_step_ms != 0 {
            return Err(Error::invalid("salt, profile_salt and time_step_ms need anonymise"));
        }
        return Ok(None);
    }
    let salt = salt.ok_or_else(|| Error::invalid("anonymise needs a salt"))?;
    let time_step_ms = if given.time_step_ms == 0 { TIME_STEP_MS } else { given.time_step_ms };
    Ok(Some(Anonymisation { salt, profile_salt, time_step_ms }))
}

/// # Safety
/// `salt` is null or readable for `length` bytes.
unsafe fn read_salt(argument: &str, salt: *const u8, length: usize) -> Result<Option<[u8; SALT_BYTES]>> {
    if length == 0 {
        return Ok(None);
    }
    if salt.is_null() {
        return Err(Error::invalid(format!("{argument} is NULL, {argument}_len is not 0")));
    }
    if length != SALT_BYTES {
        return Err(Error::invalid(format!("{argument} has {length} bytes; it needs {SALT_BYTES}")));
    }
    // SAFETY: readable for its length by this function's contract, and bytes need no alignment.
    Ok(Some(unsafe { salt.cast::<[u8; SALT_BYTES]>().read() }))
}
