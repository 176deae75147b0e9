//! Creating engines, and asking them about themselves.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::boundary::{call, call_on, call_void, in_callback, output};
use super::cancel::vrec_cancel_token;
use super::encoder::{backend, model_buffers, providers};
use super::error::vrec_error;
use super::feature_weights::read_feature_weights;
use super::input::{read_optional_struct, read_path};
use super::library_folder::runtime_candidates;
use super::log_callback::CallbackSink;
use super::output::write_struct;
#[cfg(feature = "onnxruntime")]
use super::placements::read_placements;
use super::progress_callback::progress;
use super::thread::thread_host;
use super::types::{VREC_CACHE_NONE, VREC_WEIGHT_NONE, vrec_call_options, vrec_options, vrec_statistics};
use crate::domain::{CallOptions, Error, InstructionSet, Result, Status, ThreadHost, limits};
use crate::encoder::ModelSource;
use crate::engine::{Engine, EngineOptions, FieldWeights, Log, LogLevel, Statistics, StoreOptions};
use crate::learning::WatchRules;
use crate::store::{DeviceKey, KEY_BYTES, OpenOptions};
use crate::vectors::{ExactValues, Metric};

/// An engine: a catalogue of videos, the profiles that watch them, and what is known of both. Any
/// number of threads may call it at once: reads never wait for writes, writes wait for each other.
pub struct vrec_engine {
    engine: Engine,
    process: u32,
}

impl vrec_engine {
    pub(super) fn engine(&self) -> &Engine {
        &self.engine
    }

    pub(super) fn check_process(&self) -> Result<()> {
        if self.process != std::process::id() {
            let message =
                "the engine was created before this process was forked; create one in the process that uses it";
            return Err(Error::new(Status::Forked, message));
        }
        Ok(())
    }
}

/// Creates an engine, in memory or with what its store holds.
///
/// A model whose manifest cannot be read is no failure: the engine works with vectors the host
/// brings, a warning is logged, vrec_stats tells, and every call that needs the model returns the
/// reason. vrec_load_encoder tells at once whether the model is usable.
///
/// Parameters: options, NULL for all defaults; engine, where to put the handle, not NULL; error,
/// where to put an error, may be NULL.
/// Ownership: the caller owns the engine, to be given up by vrec_destroy. Everything in options is
/// copied but log_user_data and the data of model_files, which must outlive the engine.
/// Threads: any. Starts one thread when background_embedding is 1, one when commit_thread is 1, and lets the first
/// large search start
/// those of search_threads, all with all signals blocked but those of their own faults; exit of the main thread
/// waits up to ten seconds for them. Destroy an engine with background_embedding before the process exits; should
/// another thread than the main one call exit while the model is being opened, the runtime's own exit handlers may
/// come first.
/// Errors: VREC_E_INVALID_ARGUMENT, VREC_E_LIMIT, VREC_E_TOO_NEW, VREC_E_UTF8, VREC_E_REENTRANT; for a store that
/// does not open VREC_E_KEY, VREC_E_CORRUPT, VREC_E_BUSY, VREC_E_MEMORY_LIMIT, VREC_E_IO, VREC_E_DISK_FULL,
/// VREC_E_READ_ONLY.
/// Cost: reads the model's manifest, some 50 KB; the model itself is opened when first needed. With a store all of
/// it is read and checked.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_create(
    options: *const vrec_options,
    engine: *mut *mut vrec_engine,
    error: *mut *mut vrec_error,
) -> i32 {
    let body = || {
        let target = output(engine, "engine")?;
        // SAFETY: null or a struct with its size and strings, by the header's contract.
        let options = unsafe { engine_options(options) }?;
        let handle = vrec_engine { engine: Engine::new(options)?, process: std::process::id() };
        // SAFETY: not null, so valid for writing by the header's contract.
        unsafe { target.write(Box::into_raw(Box::new(handle))) };
        Ok(())
    };
    // SAFETY: `error` is as the header demands.
    unsafe { call("vrec_create", error, body) }
}

/// Frees an engine. NULL is allowed. Results, errors and tokens stay valid. Writes events that wait for a commit
/// (vrec_flush tells whether that works). Ends the threads of search_threads, commit_thread
/// and background_embedding, after the model's run or opening that is under way; waiting videos are dropped. Does
/// nothing when
/// called from a callback of the library or in a process forked from the engine's.
///
/// Parameters: engine, an engine that is not used any more, or NULL.
/// Ownership: takes engine.
/// Threads: any, when no other call on this engine is running.
/// Errors: none.
/// Cost: frees what the engine holds.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_destroy(engine: *mut vrec_engine) {
    // SAFETY: null or live by the header's contract.
    let usable = unsafe { engine.as_ref() }.is_some_and(|handle| handle.check_process().is_ok());
    if usable && !in_callback() {
        // SAFETY: made by Box::into_raw and not freed before, by the header's contract.
        call_void(|| drop(unsafe { Box::from_raw(engine) }));
    }
}

/// Opens the model now rather than at the first text: reads, verifies and parses its files and loads
/// the ONNX Runtime. Does nothing when it is open.
///
/// Parameters: engine, not NULL; call, bounds on the call, may be NULL; error, where to put an error,
/// may be NULL.
/// Ownership: nothing changes hands.
/// Threads: any; waits while another call opens the model.
/// Errors: VREC_E_NO_ENCODER, VREC_E_MODEL_MISSING, VREC_E_MODEL_UNREADABLE, VREC_E_MODEL_HASH,
/// VREC_E_MODEL_INVALID, VREC_E_RUNTIME_MISSING, VREC_E_RUNTIME_VERSION, VREC_E_RUNTIME,
/// VREC_E_PROVIDER; the message names the file or the provider. VREC_E_CANCELLED, VREC_E_TIMED_OUT,
/// VREC_E_INVALID_ARGUMENT, VREC_E_REENTRANT, VREC_E_FORKED. The engine goes on
/// working with vectors the host brings.
/// Cost: reads and hashes the model; some tenths of a second.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_load_encoder(
    engine: *mut vrec_engine,
    call: *const vrec_call_options,
    error: *mut *mut vrec_error,
) -> i32 {
    let body = |handle: &vrec_engine| {
        // SAFETY: null or a struct with its size, by the header's contract.
        let call = unsafe { call_options(call) }?;
        handle.engine().load_encoder(&call)
    };
    // SAFETY: as the header demands.
    unsafe { call_on("vrec_load_encoder", engine, error, body) }
}

/// Gives memory back that can be had again: the open model, remembered vectors, states of the network that reads
/// histories, the vectors of a pack, and what the process's allocator holds unused. Videos, their vectors and profiles
/// stay, and the next text opens the model again.
///
/// Parameters: engine, not NULL; error, where to put an error, may be NULL.
/// Ownership: nothing changes hands.
/// Threads: any; a call that is embedding keeps the model until it ends.
/// Errors: VREC_E_INVALID_ARGUMENT, VREC_E_REENTRANT, VREC_E_FORKED.
/// Cost: frees the model, and walks the heap of the process to give free pages back.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_trim(engine: *mut vrec_engine, error: *mut *mut vrec_error) -> i32 {
    let body = |handle: &vrec_engine| {
        handle.engine().trim();
        give_freed_memory_back();
        Ok(())
    };
    // SAFETY: as the header demands.
    unsafe { call_on("vrec_trim", engine, error, body) }
}

/// The allocator keeps what is freed for later; whoever trims wants it back in the system.
fn give_freed_memory_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: takes no pointers and may be called at any time from any thread.
    unsafe {
        libc::malloc_trim(0);
    }
}

/// The number of videos.
///
/// Parameters: engine, not NULL; count, where to put the number, not NULL; error, where to put an
/// error, may be NULL.
/// Ownership: nothing changes hands.
/// Threads: any; never waits.
/// Errors: VREC_E_INVALID_ARGUMENT, VREC_E_REENTRANT, VREC_E_FORKED.
/// Cost: constant.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_count(engine: *const vrec_engine, count: *mut u64, error: *mut *mut vrec_error) -> i32 {
    let body = |handle: &vrec_engine| {
        let target = output(count, "count")?;
        // SAFETY: not null, so valid for writing by the header's contract.
        unsafe { target.write_unaligned(handle.engine().count() as u64) };
        Ok(())
    };
    // SAFETY: as the header demands.
    unsafe { call_on("vrec_count", engine, error, body) }
}

/// The number of elements of this engine's vectors: 0 while neither a model nor an option nor a
/// vector has told.
///
/// Parameters: engine, not NULL; dimensions, where to put the number, not NULL; error, where to put
/// an error, may be NULL.
/// Ownership: nothing changes hands.
/// Threads: any; never waits.
/// Errors: VREC_E_INVALID_ARGUMENT, VREC_E_REENTRANT, VREC_E_FORKED.
/// Cost: constant.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_dimensions(
    engine: *const vrec_engine,
    dimensions: *mut u32,
    error: *mut *mut vrec_error,
) -> i32 {
    let body = |handle: &vrec_engine| {
        let target = output(dimensions, "dimensions")?;
        // SAFETY: not null, so valid for writing by the header's contract.
        unsafe { target.write_unaligned(handle.engine().dimensions() as u32) };
        Ok(())
    };
    // SAFETY: as the header demands.
    unsafe { call_on("vrec_dimensions", engine, error, body) }
}

/// Counts and sizes at this moment.
///
/// Parameters: engine, not NULL; statistics, not NULL, its struct_size set by the caller; error,
/// where to put an error, may be NULL.
/// Ownership: nothing changes hands.
/// Threads: any; with a store, waits for a write to it that is under way.
/// Errors: VREC_E_INVALID_ARGUMENT, VREC_E_TOO_NEW, VREC_E_REENTRANT, VREC_E_FORKED.
/// Cost: constant.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_stats(
    engine: *const vrec_engine,
    statistics: *mut vrec_statistics,
    error: *mut *mut vrec_error,
) -> i32 {
    let body = |handle: &vrec_engine| {
        let reading = handle.engine().statistics();
        // SAFETY: null or a struct with its size, by the header's contract.
        unsafe { write_struct(statistics, "statistics", |size| statistics_struct(&reading, size)) }
    };
    // SAFETY: as the header demands.
    unsafe { call_on("vrec_stats", engine, error, body) }
}

fn statistics_struct(reading: &Statistics, struct_size: usize) -> vrec_statistics {
    let store = reading.store.unwrap_or_default();
    vrec_statistics {
        struct_size,
        videos: reading.videos,
        profiles: reading.profiles,
        events: reading.events,
        dimensions: reading.dimensions,
        memory_bytes: reading.memory_bytes,
        memory_limit_bytes: reading.memory_limit_bytes,
        texts_embedded: reading.texts_embedded,
        encoder_status: reading.encoder_status.code(),
        encoder_loaded: u32::from(reading.encoder_loaded),
        faulted: u32::from(reading.faulted),
        reserved: 0,
        videos_waiting: reading.videos_waiting,
        videos_failed: reading.videos_failed,
        embedding_queue_bytes: reading.embedding_queue_bytes,
        embedding_cache_hits: reading.embedding_cache_hits,
        embedding_cache_misses: reading.embedding_cache_misses,
        embedding_cache_bytes: reading.embedding_cache_bytes,
        instruction_set: reading.instruction_set as i32,
        sign_stage_divisor: reading.sign_stage_divisor,
        store_commits: store.commits,
        store_events: store.events,
        store_bytes_written: store.bytes_written(),
        store_bytes_per_event: store.bytes_per_event(),
        store_waiting_events: store.waiting_events,
        store_status: store.status.code(),
        store_is_open: u32::from(reading.store.is_some()),
    }
}

/// # Safety
/// `options` is null or a struct with its size and readable strings.
unsafe fn engine_options(options: *const vrec_options) -> Result<EngineOptions> {
    // SAFETY: passed on from this function's contract.
    let Some(given) = unsafe { read_optional_struct(options) }? else {
        let cache = EMBEDDING_CACHE_BYTES;
        return Ok(EngineOptions {
            runtime_candidates: runtime_candidates(),
            embedding_cache_bytes: cache,
            ..EngineOptions::default()
        });
    };
    check_reserved(given.reserved)?;
    // SAFETY: strings are readable by this function's contract.
    let model_path = unsafe { read_path("model_path", given.model_path, given.model_path_len) }?;
    // SAFETY: as above.
    let runtime_path = unsafe { read_path("runtime_path", given.runtime_path, given.runtime_path_len) }?;
    // SAFETY: the arrays are readable by this function's contract.
    let buffers = unsafe { model_buffers(&given) }?;
    // SAFETY: as above.
    let providers = unsafe { providers(&given) }?;
    // SAFETY: as above.
    let store = unsafe { store_options(&given) }?;
    // SAFETY: as above.
    let weights = unsafe { read_feature_weights(given.feature_weights, given.feature_weight_count) }?;
    let defaults = FieldWeights::default();
    Ok(EngineOptions {
        feature_weights: weights,
        watch_rules: watch_rules(&given),
        store,
        model: ModelSource { folder: model_path, buffers },
        backend: backend(given.backend)?,
        providers,
        #[cfg(feature = "onnxruntime")]
        placement_reader: Some(read_placements),
        inter_op_threads: given.inter_op_threads,
        tokens_per_run: given.tokens_per_run as usize,
        embedding_cache_bytes: cache_bytes(given.embedding_cache_bytes),
        background_embedding: background_embedding(given.background_embedding)?,
        search_threads: given.search_threads,
        search_host: Some(thread_host()),
        commit_host: switch("commit_thread", given.commit_thread)?.then(thread_host),
        runtime_path,
        runtime_candidates: runtime_candidates(),
        dimensions: given.dimensions as usize,
        threads: given.threads,
        memory_limit_bytes: given.memory_limit_bytes,
        field_weights: FieldWeights {
            title: weight(given.title_weight, defaults.title),
            description: weight(given.description_weight, defaults.description),
            tags: weight(given.tags_weight, defaults.tags),
            comments: weight(given.comments_weight, defaults.comments),
        },
        exact_values: choice("exact_values", given.exact_values, ExactValues::from_code)?,
        metric: choice("metric", given.metric, Metric::from_code)?,
        sign_stage: switch("sign_stage", given.sign_stage)?,
        centre_vectors: switch("centre_vectors", given.centre_vectors)?,
        instruction_set: choice("instruction_set", given.instruction_set, |code| {
            InstructionSet::from_code(code).map(Some)
        })?,
        log: log(&given)?,
    })
}

fn watch_rules(given: &vrec_options) -> WatchRules {
    let defaults = WatchRules::default();
    let or = |given: u32, default: u32| if given == 0 { default } else { given };
    let share = |given: f32| Some(given).filter(|share| *share != 0.0);
    WatchRules {
        film_started_share: share(given.film_started_share).unwrap_or(defaults.film_started_share),
        film_started_ms: or(given.film_started_ms, defaults.film_started_ms),
        episode_started_ms: or(given.episode_started_ms, defaults.episode_started_ms),
        live_started_ms: or(given.live_started_ms, defaults.live_started_ms),
        finished_remaining_ms: or(given.finished_remaining_ms, defaults.finished_remaining_ms),
        finished_share: share(given.finished_share).or(defaults.finished_share),
    }
}

/// # Safety
/// The path and the key are null or readable.
unsafe fn store_options(given: &vrec_options) -> Result<Option<StoreOptions>> {
    // SAFETY: passed on from this function's contract.
    let path = unsafe { read_path("store_path", given.store_path, given.store_path_len) }?;
    // SAFETY: as above.
    let device_key = unsafe { device_key("device_key", given.device_key, given.device_key_len) }?;
    let (read_only, quarantine) =
        (switch("store_read_only", given.store_read_only)?, switch("store_quarantine", given.store_quarantine)?);
    let Some(path) = path else {
        if device_key.is_some() || read_only || quarantine || given.store_waiting_events != 0 {
            let message = "device_key, store_read_only, store_quarantine and store_waiting_events need a store_path";
            return Err(Error::invalid(message));
        }
        return Ok(None);
    };
    let waiting_events = match given.store_waiting_events {
        0 => OpenOptions::default().waiting_events,
        events => events as usize,
    };
    Ok(Some(StoreOptions { path, device_key, open: OpenOptions { read_only, quarantine, waiting_events } }))
}

/// # Safety
/// `key` is null or readable for `length` bytes.
pub(super) unsafe fn device_key(argument: &str, key: *const u8, length: usize) -> Result<Option<DeviceKey>> {
    if length == 0 {
        return Ok(None);
    }
    if key.is_null() {
        return Err(Error::invalid(format!("{argument} is NULL, {argument}_len is not 0")));
    }
    if length != KEY_BYTES {
        return Err(Error::invalid(format!("{argument} has {length} bytes; it needs {KEY_BYTES}")));
    }
    // SAFETY: readable for its length by this function's contract, and bytes need no alignment.
    DeviceKey::new(unsafe { key.cast::<[u8; KEY_BYTES]>().read() }).map(Some)
}

/// What 0 means in vrec_options.embedding_cache_bytes.
const EMBEDDING_CACHE_BYTES: usize = 4 << 20;

/// The ABI's 0 is the default and its VREC_CACHE_NONE is the engine's 0.
fn cache_bytes(given: u64) -> usize {
    match given {
        0 => EMBEDDING_CACHE_BYTES,
        VREC_CACHE_NONE => 0,
        bytes => usize::try_from(bytes).unwrap_or(usize::MAX),
    }
}

/// The value behind a number of the ABI, 0 being the default.
fn choice<T: Default>(argument: &str, given: i32, from_code: impl FnOnce(i32) -> Option<T>) -> Result<T> {
    if given == 0 {
        return Ok(T::default());
    }
    from_code(given).ok_or_else(|| Error::invalid(format!("{argument} {given} is none of its values")))
}

pub(super) fn switch(argument: &str, given: u32) -> Result<bool> {
    match given {
        0 | 1 => Ok(given == 1),
        other => Err(Error::invalid(format!("{argument} is {other}; it is 0 or 1"))),
    }
}

fn background_embedding(given: u32) -> Result<Option<ThreadHost>> {
    Ok(switch("background_embedding", given)?.then(thread_host))
}

/// The ABI's 0 is the default and its VREC_WEIGHT_NONE is the engine's 0.
fn weight(given: f32, default: f32) -> f32 {
    if given == 0.0 {
        default
    } else if given == VREC_WEIGHT_NONE {
        0.0
    } else {
        given
    }
}

fn log(given: &vrec_options) -> Result<Log> {
    let level = match given.log_level {
        0 => LogLevel::Warning,
        code => LogLevel::from_code(code)
            .ok_or_else(|| Error::invalid(format!("log_level {code} is no VREC_LOG_ level")))?,
    };
    Ok(given.log_callback.map_or_else(Log::default, |callback| {
        Log::new(level, Arc::new(CallbackSink { callback, user_data: given.log_user_data }))
    }))
}

pub(super) fn check_reserved(reserved: u32) -> Result<()> {
    if reserved != 0 {
        return Err(Error::new(Status::TooNew, "a reserved field is not 0"));
    }
    Ok(())
}

/// # Safety
/// `call` is null or a struct with its size, whose token is null or live.
pub(super) unsafe fn call_options(call: *const vrec_call_options) -> Result<CallOptions> {
    // SAFETY: passed on from this function's contract.
    let Some(given) = unsafe { read_optional_struct(call) }? else {
        return Ok(CallOptions::default());
    };
    check_reserved(given.reserved)?;
    if given.timeout_ms > limits::TIMEOUT_MS {
        return Err(Error::limit("timeout_ms", given.timeout_ms as usize, limits::TIMEOUT_MS as usize));
    }
    let timeout = Duration::from_millis(u64::from(given.timeout_ms));
    // SAFETY: null or live by this function's contract; the clone holds what it needs from here on.
    let token: Option<&vrec_cancel_token> = unsafe { given.cancel.as_ref() };
    let options = CallOptions {
        deadline: if timeout.is_zero() { None } else { Instant::now().checked_add(timeout) },
        cancel: token.map(|token| token.0.clone()),
        progress: given.progress_callback.map(|callback| progress(callback, given.progress_user_data)),
    };
    options.check()?;
    Ok(options)
}
