//! The network that reads histories in order, trained elsewhere.

use std::ffi::c_char;

use super::boundary::call_on;
use super::engine::{call_options, vrec_engine};
use super::error::vrec_error;
use super::input::read_path;
use super::types::vrec_call_options;

/// Takes a trained network that reads a profile's history in order (tools/train makes one, docs/sequence.md tells
/// how), in place of the one there was; without a path lists go without one. Lists with VREC_RANKING_BLEND count it as
/// VREC_FEATURE_SEQUENCE from then on, for every profile, known in its training or not. It is run by the backend and the
/// runtime of the engine's options, always on the CPU; the text model is not needed.
///
/// While a pack with a network is in use (see vrec_pack_import) that one counts, and this one once the pack is gone.
///
/// All its files are kept in the store, so that the folder is not needed again, and opened by vrec_create; where that
/// cannot open them, because there is no runtime, say, lists go without it and the log has a warning. So do lists for a
/// history after which it gives no numbers. What a step of it may hold and take is told in docs/sequence.md.
///
/// Parameters: engine, not NULL; path, the absolute path of the folder with vrec-sequence.json, path_len bytes of
/// UTF-8, may be NULL where path_len is 0; call, bounds on the call, may be NULL; error, where to put an error, may be NULL.
/// Ownership: nothing changes hands.
/// Threads: any; lists go on meanwhile, and only publishing the network waits for other writes.
/// Errors: VREC_E_MODEL_MISSING, VREC_E_MODEL_UNREADABLE, VREC_E_MODEL_HASH, VREC_E_MODEL_INVALID, which name the file;
/// VREC_E_NO_ENCODER for a library without a backend, VREC_E_RUNTIME_MISSING, VREC_E_RUNTIME_VERSION, VREC_E_RUNTIME;
/// VREC_E_MEMORY_LIMIT, VREC_E_IO, VREC_E_DISK_FULL, VREC_E_READ_ONLY, VREC_E_CANCELLED, VREC_E_TIMED_OUT,
/// VREC_E_INVALID_ARGUMENT, VREC_E_TOO_NEW, VREC_E_LIMIT, VREC_E_UTF8, VREC_E_FAULTED, VREC_E_REENTRANT, VREC_E_FORKED. The
/// engine stays as it was on failure.
/// Cost: reads, hashes and writes the files, some 100 bytes a video of the training, and some microseconds a video of
/// the catalogue. Afterwards a list costs a step of the network for each watch since the profile's last list, some 10
/// microseconds, and for the first list after vrec_create one for each watch of its history, between which the list's bounds are looked at.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_load_sequence(
    engine: *mut vrec_engine,
    path: *const c_char,
    path_len: usize,
    call: *const vrec_call_options,
    error: *mut *mut vrec_error,
) -> i32 {
    let body = |handle: &vrec_engine| {
        // SAFETY: null or a struct with its size, and null or `path_len` readable bytes, by the header's contract.
        let (call, folder) = unsafe { (call_options(call)?, read_path("path", path, path_len)?) };
        match folder {
            Some(folder) => handle.engine().load_sequence(&folder, &call),
            None => handle.engine().remove_sequence(),
        }
    };
    // SAFETY: as the header demands.
    unsafe { call_on("vrec_load_sequence", engine, error, body) }
}
