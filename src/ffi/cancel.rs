//! Cancel tokens: a reference-counted switch that one thread turns to end another's call.

use std::sync::Arc;

use super::boundary::{call, call_void, output};
use super::error::vrec_error;
use crate::domain::CancelToken;

/// A switch shared by the threads that may end a call and the calls that carry it. Once cancelled
/// it stays cancelled.
pub struct vrec_cancel_token(pub(super) CancelToken);

/// Makes a token with one reference.
///
/// Parameters: token, where to put it, not NULL; error, where to put an error, may be NULL.
/// Ownership: the caller owns one reference, to be given up by vrec_cancel_token_destroy.
/// Threads: any.
/// Errors: VREC_E_INVALID_ARGUMENT, VREC_E_REENTRANT.
/// Cost: constant.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_cancel_token_create(
    token: *mut *mut vrec_cancel_token,
    error: *mut *mut vrec_error,
) -> i32 {
    let body = || {
        let target = output(token, "token")?;
        let handle = Arc::into_raw(Arc::new(vrec_cancel_token(CancelToken::new())));
        // SAFETY: not null, so valid for writing by the header's contract.
        unsafe { target.write(handle.cast_mut()) };
        Ok(())
    };
    // SAFETY: `error` is as the header demands.
    unsafe { call("vrec_cancel_token_create", error, body) }
}

/// Takes one more reference, for another thread to own.
///
/// Parameters: token, may be NULL.
/// Ownership: the caller owns one more reference, to be given up by vrec_cancel_token_destroy.
/// Threads: any.
/// Errors: none; returns token.
/// Cost: constant.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_cancel_token_retain(token: *mut vrec_cancel_token) -> *mut vrec_cancel_token {
    if !token.is_null() {
        // SAFETY: made by Arc::into_raw and still owned, by the header's contract.
        unsafe { Arc::increment_strong_count(token.cast_const()) };
    }
    token
}

/// Ends every running and future call that carries the token with VREC_E_CANCELLED, at its next
/// check: between runs of the model and between blocks of a scan.
///
/// Parameters: token, may be NULL.
/// Ownership: nothing changes hands.
/// Threads: any, also while calls that carry the token run; never waits.
/// Errors: none.
/// Cost: constant.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_cancel_token_cancel(token: *const vrec_cancel_token) {
    // SAFETY: null or live by the header's contract.
    if let Some(token) = unsafe { token.as_ref() } {
        token.0.cancel();
    }
}

/// Whether the token was cancelled: 1 or 0.
///
/// Parameters: token, may be NULL.
/// Ownership: nothing changes hands.
/// Threads: any.
/// Errors: none; 0 for NULL.
/// Cost: constant.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_cancel_token_is_cancelled(token: *const vrec_cancel_token) -> u32 {
    // SAFETY: null or live by the header's contract.
    unsafe { token.as_ref() }.map_or(0, |token| u32::from(token.0.is_cancelled()))
}

/// Gives up one reference; the last one frees the token. NULL is allowed.
///
/// Parameters: token, a reference that is not used any more, or NULL.
/// Ownership: takes one reference.
/// Threads: any; calls that carry the token hold what they need of it.
/// Errors: none.
/// Cost: constant.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_cancel_token_destroy(token: *mut vrec_cancel_token) {
    if !token.is_null() {
        // SAFETY: one reference made by create or retain, given up once, by the header's contract.
        call_void(|| drop(unsafe { Arc::from_raw(token.cast_const()) }));
    }
}
