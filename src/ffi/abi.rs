//! Versions: the library's, and the ABI's.

use std::ffi::c_char;

use super::types::VREC_OK;
use crate::domain::Status;

/// The ABI this header describes. Grows only when something that worked stops working; new functions,
/// constants and fields at the end of structs leave it as it is.
pub const VREC_ABI_VERSION: u32 = 1;

/// The library's version, such as "0.1.0".
///
/// Parameters: none.
/// Ownership: a constant string, valid as long as the library is loaded.
/// Threads: any.
/// Errors: none.
/// Cost: constant.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub extern "C" fn vrec_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// The ABI version of the loaded library.
///
/// Parameters: none.
/// Ownership: nothing changes hands.
/// Threads: any.
/// Errors: none.
/// Cost: constant.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub extern "C" fn vrec_abi_version() -> u32 {
    VREC_ABI_VERSION
}

/// Whether the loaded library serves the ABI the caller was compiled for: call it first, with
/// VREC_ABI_VERSION.
///
/// Parameters: abi, the caller's VREC_ABI_VERSION.
/// Ownership: nothing changes hands.
/// Threads: any.
/// Errors: VREC_E_ABI when it does not.
/// Cost: constant.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub extern "C" fn vrec_abi_check(abi: u32) -> i32 {
    if abi == VREC_ABI_VERSION { VREC_OK } else { Status::Abi.code() }
}

/// Exists in libraries of ABI 1 only: a program that refers to it is refused by the linker, and by
/// the loader, when the library has another ABI. Returns 1.
///
/// Parameters: none.
/// Ownership: nothing changes hands.
/// Threads: any.
/// Errors: none.
/// Cost: constant.
/// Since: 0.1.0
#[unsafe(no_mangle)]
pub extern "C" fn vrec_abi_1() -> u32 {
    VREC_ABI_VERSION
}
