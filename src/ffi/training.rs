//! Training on request.

use super::boundary::call_on;
use super::engine::{call_options, vrec_engine};
use super::error::vrec_error;
use super::types::vrec_call_options;

/// Learns in one go from everything that all profiles watched or liked, for lists with VREC_RANKING_BLEND: which
/// videos go together. Lists use it from then on, until the next training. What is recorded later is learned
/// event by event as before, and counts here in the next training.
/// Nothing of it is kept on the disk: train again after vrec_create.
///
/// Parameters: engine, not NULL; call, bounds on the call, may be NULL, whose progress_callback hears how many
/// videos are done of those that anybody watched; error, where to put an error, may be NULL.
/// Ownership: nothing changes hands.
/// Threads: any; works on the calling thread alone. Lists and writes go on meanwhile, and only publishing the
/// result waits for other writes. Of two trainings at once the one that ends last counts.
/// Errors: VREC_E_MEMORY_LIMIT when it would take more than 1 GiB; VREC_E_CANCELLED, VREC_E_TIMED_OUT,
/// VREC_E_INVALID_ARGUMENT, VREC_E_TOO_NEW, VREC_E_LIMIT, VREC_E_FAULTED, VREC_E_REENTRANT, VREC_E_FORKED. On
/// failure lists go on with what was trained before.
/// Cost: m³ products, m being the smaller of the numbers of profiles and of watched videos, and watches times
/// watched videos more; seconds for some hundred profiles and ten thousand videos. 8 m² bytes meanwhile, and
/// afterwards up to 1.6 KB a watched video, which memory_bytes does not count.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_train(
    engine: *mut vrec_engine,
    call: *const vrec_call_options,
    error: *mut *mut vrec_error,
) -> i32 {
    let body = |handle: &vrec_engine| {
        // SAFETY: null or a struct with its size, by the header's contract.
        let call = unsafe { call_options(call) }?;
        handle.engine().train(&call)
    };
    // SAFETY: as the header demands.
    unsafe { call_on("vrec_train", engine, error, body) }
}
