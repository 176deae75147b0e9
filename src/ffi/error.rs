//! Error objects: a code for the program, a message for the person.

use std::ffi::{CString, c_char};

use super::boundary::call_void;
use super::types::VREC_OK;
use crate::domain::{Error, Status};

/// What went wrong in one call. Immutable; may outlive its engine and be read from several threads.
pub struct vrec_error {
    code: i32,
    message: CString,
}

impl vrec_error {
    pub(super) fn into_raw(error: Error) -> *mut vrec_error {
        // One line, whatever a path or an id brought in.
        let message: String = error.message.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let message = CString::new(message.trim_end()).unwrap_or_default();
        Box::into_raw(Box::new(vrec_error { code: error.status.code(), message }))
    }
}

/// The status code of an error, the same that the failed call returned.
///
/// Parameters: error, may be NULL.
/// Ownership: nothing changes hands.
/// Threads: any.
/// Errors: none; VREC_OK for NULL.
/// Cost: constant.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_error_code(error: *const vrec_error) -> i32 {
    // SAFETY: null or live by the header's contract.
    unsafe { error.as_ref() }.map_or(VREC_OK, |error| error.code)
}

/// The message of an error: English, one line, UTF-8, ending with NUL.
///
/// Parameters: error, may be NULL.
/// Ownership: borrowed from error, until vrec_error_destroy.
/// Threads: any.
/// Errors: none; an empty string for NULL.
/// Cost: constant.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_error_message(error: *const vrec_error) -> *const c_char {
    // SAFETY: null or live by the header's contract.
    unsafe { error.as_ref() }.map_or(c"".as_ptr(), |error| error.message.as_ptr())
}

/// Frees an error. NULL is allowed.
///
/// Parameters: error, an error that is not used any more, or NULL.
/// Ownership: takes error; its message ends.
/// Threads: any, when no other call on this error is running.
/// Errors: none.
/// Cost: constant.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_error_destroy(error: *mut vrec_error) {
    if !error.is_null() {
        // SAFETY: made by Box::into_raw and not freed before, by the header's contract.
        call_void(|| drop(unsafe { Box::from_raw(error) }));
    }
}

/// The name of a status code, such as "VREC_E_NOT_FOUND".
///
/// Parameters: status, any number.
/// Ownership: a constant string, valid as long as the library is loaded.
/// Threads: any.
/// Errors: none; "VREC_E_UNKNOWN" for a number that is no status.
/// Cost: constant.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub extern "C" fn vrec_status_name(status: i32) -> *const c_char {
    let name = match Status::from_code(status) {
        Some(Status::Ok) => c"VREC_OK",
        Some(Status::InvalidArgument) => c"VREC_E_INVALID_ARGUMENT",
        Some(Status::NotFound) => c"VREC_E_NOT_FOUND",
        Some(Status::Limit) => c"VREC_E_LIMIT",
        Some(Status::MemoryLimit) => c"VREC_E_MEMORY_LIMIT",
        Some(Status::TooNew) => c"VREC_E_TOO_NEW",
        Some(Status::Utf8) => c"VREC_E_UTF8",
        Some(Status::Reentrant) => c"VREC_E_REENTRANT",
        Some(Status::Forked) => c"VREC_E_FORKED",
        Some(Status::Faulted) => c"VREC_E_FAULTED",
        Some(Status::Internal) => c"VREC_E_INTERNAL",
        Some(Status::Cancelled) => c"VREC_E_CANCELLED",
        Some(Status::TimedOut) => c"VREC_E_TIMED_OUT",
        Some(Status::NoEncoder) => c"VREC_E_NO_ENCODER",
        Some(Status::ModelMissing) => c"VREC_E_MODEL_MISSING",
        Some(Status::ModelUnreadable) => c"VREC_E_MODEL_UNREADABLE",
        Some(Status::ModelHash) => c"VREC_E_MODEL_HASH",
        Some(Status::ModelInvalid) => c"VREC_E_MODEL_INVALID",
        Some(Status::RuntimeMissing) => c"VREC_E_RUNTIME_MISSING",
        Some(Status::RuntimeVersion) => c"VREC_E_RUNTIME_VERSION",
        Some(Status::Runtime) => c"VREC_E_RUNTIME",
        Some(Status::Abi) => c"VREC_E_ABI",
        Some(Status::Provider) => c"VREC_E_PROVIDER",
        Some(Status::Corrupt) => c"VREC_E_CORRUPT",
        Some(Status::Key) => c"VREC_E_KEY",
        Some(Status::Busy) => c"VREC_E_BUSY",
        Some(Status::Io) => c"VREC_E_IO",
        Some(Status::DiskFull) => c"VREC_E_DISK_FULL",
        Some(Status::ReadOnly) => c"VREC_E_READ_ONLY",
        Some(Status::Signature) => c"VREC_E_SIGNATURE",
        Some(Status::Older) => c"VREC_E_OLDER",
        Some(Status::Base) => c"VREC_E_BASE",
        None => c"VREC_E_UNKNOWN",
    };
    name.as_ptr()
}
