//! Training on request.

use super::boundary::call_on;
use super::engine::{call_options, check_reserved, vrec_engine};
use super::error::vrec_error;
use super::input::read_optional_struct;
use super::thread::thread_host;
use super::types::{vrec_call_options, vrec_train_options};
use crate::domain::Result;
use crate::engine::TrainOptions;

/// Trains in one go, on everything that all profiles watched or liked, those features that need it and have a weight
/// in vrec_options.feature_weights: ease, factors and content. Lists with VREC_RANKING_BLEND count them from then on.
/// What is recorded later is learned event by event as before, and counts here in the next training, which takes the
/// place of this one as a whole. Without a watch there is nothing to train, and what was trained before goes.
///
/// The result is kept in the store together with the numbers of the videos, and read by vrec_create; one that it does
/// not understand is left out with a warning in the log. What was trained on fewer than 20 profiles goes as soon as a
/// profile is forgotten or vrec_retain drops events; what was trained on more keeps their part until the next training.
///
/// Parameters: engine, not NULL; call, bounds on the call, may be NULL, whose progress_callback hears how much of one
/// step after the other is done: videos for ease, passes for factors, videos for content; error, where to put an
/// error, may be NULL.
/// Ownership: nothing changes hands.
/// Threads: any; works on the calling thread alone. Lists and writes go on meanwhile, and only publishing the
/// result waits for other writes. Of two trainings at once the one that ends last counts.
/// Errors: VREC_E_MEMORY_LIMIT when a step would take more than 1 GiB, or the result more than memory_limit_bytes
/// leaves; VREC_E_IO and VREC_E_DISK_FULL, at the end; VREC_E_READ_ONLY for a store that is not written to;
/// VREC_E_CANCELLED, also where fewer than 20 profiles were trained on and one was forgotten meanwhile; VREC_E_TIMED_OUT, VREC_E_INVALID_ARGUMENT, VREC_E_TOO_NEW, VREC_E_LIMIT, VREC_E_FAULTED,
/// VREC_E_REENTRANT, VREC_E_FORKED. On failure lists go on with what was trained before.
/// Cost: for ease m³ products, m being the smaller of the numbers of profiles and of watched videos, and watches times
/// watched videos more; seconds for some hundred profiles and ten thousand videos. 8 m² bytes meanwhile, and
/// afterwards up to 1.6 KB a watched video for ease, 256 bytes a video for factors and 512 for content, in memory,
/// where memory_bytes counts them, and in the store.
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

/// Trains as vrec_train does, with a say in the threads and the memory that it may use.
///
/// Parameters: engine, not NULL; options, may be NULL for the defaults; call, bounds on the call, may be NULL, as for
/// vrec_train; error, where to put an error, may be NULL.
/// Ownership: nothing changes hands.
/// Threads: any. With options.threads above 1 the library starts threads of its own for the call, which have ended when it
/// returns; fewer than asked for where no more can be started. Otherwise as vrec_train.
/// Errors: those of vrec_train, VREC_E_MEMORY_LIMIT when a step would take more than options.memory_limit_bytes, and
/// VREC_E_LIMIT for more than 64 threads. On failure lists go on with what was trained before.
/// Cost: that of vrec_train, most of which the threads share; blocks of rows in work for each thread beside its memory.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_train_with(
    engine: *mut vrec_engine,
    options: *const vrec_train_options,
    call: *const vrec_call_options,
    error: *mut *mut vrec_error,
) -> i32 {
    let body = |handle: &vrec_engine| {
        // SAFETY: null or structs with their sizes, by the header's contract.
        let (options, call) = unsafe { (train_options(options)?, call_options(call)?) };
        handle.engine().train_with(&options, &call)
    };
    // SAFETY: as the header demands.
    unsafe { call_on("vrec_train_with", engine, error, body) }
}

/// # Safety
/// `options` must be null or point to a struct with its size.
pub(super) unsafe fn train_options(options: *const vrec_train_options) -> Result<TrainOptions> {
    // SAFETY: passed on from this function's contract.
    let Some(given) = unsafe { read_optional_struct(options) }? else {
        return Ok(TrainOptions::default());
    };
    check_reserved(given.reserved)?;
    Ok(TrainOptions {
        threads: given.threads,
        host: Some(thread_host()),
        // A machine that cannot address so much is not limited by it.
        memory_limit_bytes: usize::try_from(given.memory_limit_bytes).unwrap_or(usize::MAX),
    })
}
