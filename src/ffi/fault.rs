//! A panic on purpose, for the tests of what happens after one. Not in any released library.

use super::boundary::call_on;
use super::engine::vrec_engine;
use super::error::vrec_error;

/// Panics behind the boundary.
///
/// # Safety
/// `engine` is null or live; `error` is null or valid for writing a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_test_panic(engine: *mut vrec_engine, error: *mut *mut vrec_error) -> i32 {
    let body = |_: &vrec_engine| panic!("a panic was asked for");
    // SAFETY: passed on from this function's contract.
    unsafe { call_on("vrec_test_panic", engine, error, body) }
}
