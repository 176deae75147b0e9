//! What an engine is created with.

use super::encoder::vrec_model_file;
use super::encoder::vrec_provider;
use super::feature::vrec_feature_weight;
use crate::ffi::input::versioned;
use crate::ffi::log_callback::vrec_log_callback;
use std::ffi::{c_char, c_void};

/// How much a log message matters.
pub const VREC_LOG_ERROR: i32 = 1;
pub const VREC_LOG_WARNING: i32 = 2;
pub const VREC_LOG_INFO: i32 = 3;

/// A field weight that leaves the field out; 0 means the default weight.
pub const VREC_WEIGHT_NONE: f32 = -1.0;

/// What runs the model: the ONNX Runtime where this build of the library has it, else rten.
pub const VREC_BACKEND_DEFAULT: i32 = 0;
/// The ONNX Runtime, a shared library that the integrator brings.
pub const VREC_BACKEND_ONNX_RUNTIME: i32 = 1;
/// The rten engine inside this library; only in builds with the feature rten, and the default in
/// builds without the ONNX Runtime. It starts threads, one a core, that stay until the process ends,
/// and reads variables of the environment whose names begin with RTEN_.
pub const VREC_BACKEND_RTEN: i32 = 2;

/// Instruction sets that vectors can be scored with; one that the CPU or the build lacks is refused.
pub const VREC_INSTRUCTIONS_DEFAULT: i32 = 0;
pub const VREC_INSTRUCTIONS_SCALAR: i32 = 1;
pub const VREC_INSTRUCTIONS_SSE41: i32 = 2;
pub const VREC_INSTRUCTIONS_AVX2: i32 = 3;
pub const VREC_INSTRUCTIONS_AVX_VNNI: i32 = 4;
pub const VREC_INSTRUCTIONS_AVX512_VNNI: i32 = 5;
pub const VREC_INSTRUCTIONS_NEON: i32 = 6;
pub const VREC_INSTRUCTIONS_NEON_DOT: i32 = 7;

/// Vectors are kept as they came, in 4 bytes an element, beside codes of one byte: scores are exact.
pub const VREC_EXACT_FLOAT32: i32 = 1;
/// In 2 bytes an element: cosines within 0.0005; not with VREC_METRIC_DOT.
pub const VREC_EXACT_FLOAT16: i32 = 2;
/// Only the codes, a fifth of the memory: scores of text vectors within some 0.01. A few elements much larger
/// than the others make the rest coarse: up to 0.004 times the root of the dimensions.
pub const VREC_EXACT_NONE: i32 = 3;

/// A score is the cosine of the angle between two vectors, -1 to 1.
pub const VREC_METRIC_COSINE: i32 = 1;
/// A score is the inner product of two vectors as they came; only in an engine without a model.
pub const VREC_METRIC_DOT: i32 = 2;

/// An embedding_cache_bytes that turns the cache off; 0 means the default size.
pub const VREC_CACHE_NONE: u64 = u64::MAX;

/// What an engine is created with. Zero in any field means its default.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct vrec_options {
    /// sizeof(vrec_options).
    pub struct_size: usize,
    /// Absolute path of the model's folder. Default: the files of model_files, or no model, and
    /// videos bring vectors.
    pub model_path: *const c_char,
    pub model_path_len: usize,
    /// Absolute path of the ONNX Runtime library, 1.24 or later. Default: libonnxruntime.so.1 or
    /// libonnxruntime.so in the folder of this library. One runtime serves a whole process. The
    /// official builds from 1.29 on send usage data from threads of their own: bring 1.24 to 1.28,
    /// or a build without telemetry.
    pub runtime_path: *const c_char,
    pub runtime_path_len: usize,
    /// Most bytes to hold of videos, profiles and what was learned and trained, waiting videos included, the
    /// open model and remembered vectors aside. Default: no limit.
    pub memory_limit_bytes: u64,
    /// Elements of a vector, at most 8192. Default: the model's, or those of the first vector
    /// brought.
    pub dimensions: u32,
    /// Threads inside one operator of the model, at most 64. Default: 1, which starts none with the
    /// ONNX Runtime; rten always starts its own.
    pub threads: u32,
    /// How much each field counts in a video's vector, up to 1000; VREC_WEIGHT_NONE leaves it out.
    /// Defaults: title 1, description 1, tags 0.5, comments 0.25.
    pub title_weight: f32,
    pub description_weight: f32,
    pub tags_weight: f32,
    pub comments_weight: f32,
    /// Messages up to this VREC_LOG_ level are passed on. Default: VREC_LOG_WARNING.
    pub log_level: i32,
    /// Must be 0.
    pub reserved: u32,
    /// Receives messages on the thread of the call they are about; called from several threads at
    /// once when the host calls from several. Default: silence.
    pub log_callback: vrec_log_callback,
    /// Passed to log_callback; must outlive the engine.
    pub log_user_data: *mut c_void,
    /// One of VREC_BACKEND_.
    pub backend: i32,
    /// Operators of the model that may run at the same time, at most 64. Default: 1, which starts no
    /// thread.
    pub inter_op_threads: u32,
    /// Where the ONNX Runtime runs the model, in order of preference, at most 16, provider_stride
    /// bytes apart. Default: the CPU.
    pub providers: *const vrec_provider,
    pub provider_count: usize,
    pub provider_stride: usize,
    /// Files of the model in memory, at most 16, model_file_stride bytes apart; what is not among
    /// them is read from model_path.
    pub model_files: *const vrec_model_file,
    pub model_file_count: usize,
    pub model_file_stride: usize,
    /// Most bytes of vectors to remember for texts that come again; VREC_CACHE_NONE for none.
    /// Default: 4 MiB.
    pub embedding_cache_bytes: u64,
    /// Most tokens of one run of the model, padding included, up to 1048576: bounds a run's memory
    /// and time. Default: 256 for each thread on the CPU, 16384 on another device.
    pub tokens_per_run: u32,
    /// 1: a thread of the engine embeds added videos after vrec_add_videos has returned. Until its
    /// vector lands, a video is listed for its tags, as far as the catalogue knows them, else not at
    /// all, and one that replaces another keeps the other's vector. Default: 0, no thread.
    pub background_embedding: u32,
    /// What vectors are scored with, one of VREC_INSTRUCTIONS_. Default: the fastest that this CPU has;
    /// lists are the same with all of them.
    pub instruction_set: i32,
    /// What is kept of each vector beside its codes, one of VREC_EXACT_. Default: VREC_EXACT_FLOAT32.
    pub exact_values: i32,
    /// What a score is, one of VREC_METRIC_. Default: VREC_METRIC_COSINE.
    pub metric: i32,
    /// Threads that one search may use, the calling one included, at most 64. The others are started by
    /// the first search that is large enough to gain by them (some 50,000 videos to score), sleep
    /// between searches, are shared by all calls of the engine, and end with it. Results do not depend
    /// on it. Default: 1, which starts none.
    pub search_threads: u32,
    /// 1: the mean of the vectors brought with videos is subtracted from them, and from query vectors,
    /// in an engine without a model; one with a model always does. Text vectors without it all look
    /// alike. Default: 0.
    pub centre_vectors: u32,
    /// 1: catalogues of 100,000 videos and more have a first stage that compares signs, one bit an
    /// element, for lists of up to 100 near one query vector. It is measured on the catalogue's own
    /// vectors when it reaches that size and each time that a tenth of them were
    /// written (as long as 64 searches, in the call that adds, and other writers wait), and stays off where it
    /// would lose one of the hundred best of 64 samples; other lists may lose a video. Default: 0, lists are exact.
    pub sign_stage: u32,
    /// Absolute path of the store, a directory, created where there is none in a directory that exists: what was
    /// acknowledged is there when an engine is created with it again, and no model runs for that. One engine at a
    /// time has it, or several with store_read_only; VREC_E_BUSY says so. Default: everything is in memory only.
    pub store_path: *const c_char,
    pub store_path_len: usize,
    /// 32 bytes that only this device knows: the store is sealed with keys that they wrap, and the library
    /// wipes its copy. Another key, or none, is VREC_E_KEY. Default: nothing is secret.
    pub device_key: *const u8,
    pub device_key_len: usize,
    /// 1: nothing is written to the store, events and videos are refused with VREC_E_READ_ONLY. Default: 0.
    pub store_read_only: u32,
    /// 1: damaged parts of the store are set aside and the rest is served; each is a warning in the log.
    /// Default: 0, VREC_E_CORRUPT names them and nothing is changed.
    pub store_quarantine: u32,
    /// 1: a thread commits events that were recorded with VREC_DURABLE_WITHIN when they are due. It has all signals
    /// blocked but those of its own faults. Default: 0.
    pub commit_thread: u32,
    /// Most events that may wait for a commit; a call that would leave more is VREC_E_LIMIT, until a call with
    /// VREC_DURABLE_NOW or vrec_flush has committed them. Default: 65536.
    pub store_waiting_events: u32,
    /// What counts in lists with VREC_RANKING_BLEND where a query does not say, each feature at most once; those not
    /// named count 0. A feature of weight 0 is not learned and not trained at all: it costs neither memory nor time,
    /// and in a query it adds nothing, but for taste, attention, interests, freshness and sequence, which need no
    /// learning.
    /// What is learned is made from the stored events when an engine is created, so weights may change from one to the
    /// next; what is trained changes with vrec_train. Default: what the pack in use says, see vrec_pack_import, and where
    /// none does transitions 0.2, item neighbours 0.5, ease 0.2, content 0.1, taste 0.1, sequence 1.
    pub feature_weights: *const vrec_feature_weight,
    pub feature_weight_count: usize,
    /// When videos count as started and as finished, for vrec_watch_next and for what counts as watched; see
    /// docs/watch-states.md. A film is started when more than this share of it was watched, up to 1. Default: 0.03.
    pub film_started_share: f32,
    /// A film or episode is finished from this share on, up to 1, besides by its credits or what is left. Default: by
    /// those alone.
    pub finished_share: f32,
    /// A film is started at this position at the latest, in milliseconds. Default: 120000.
    pub film_started_ms: u32,
    /// An episode is started past this position. Default: 120000.
    pub episode_started_ms: u32,
    /// Live television is started when it was viewed so long. Default: 120000.
    pub live_started_ms: u32,
    /// A film or episode without credits data is finished when less than this is left. Default: 180000.
    pub finished_remaining_ms: u32,
}
versioned!(vrec_options {
    struct_size: usize,
    model_path: *const c_char,
    model_path_len: usize,
    runtime_path: *const c_char,
    runtime_path_len: usize,
    memory_limit_bytes: u64,
    dimensions: u32,
    threads: u32,
    title_weight: f32,
    description_weight: f32,
    tags_weight: f32,
    comments_weight: f32,
    log_level: i32,
    reserved: u32,
    log_callback: vrec_log_callback,
    log_user_data: *mut c_void,
    backend: i32,
    inter_op_threads: u32,
    providers: *const vrec_provider,
    provider_count: usize,
    provider_stride: usize,
    model_files: *const vrec_model_file,
    model_file_count: usize,
    model_file_stride: usize,
    embedding_cache_bytes: u64,
    tokens_per_run: u32,
    background_embedding: u32,
    instruction_set: i32,
    exact_values: i32,
    metric: i32,
    search_threads: u32,
    centre_vectors: u32,
    sign_stage: u32,
    store_path: *const c_char,
    store_path_len: usize,
    device_key: *const u8,
    device_key_len: usize,
    store_read_only: u32,
    store_quarantine: u32,
    commit_thread: u32,
    store_waiting_events: u32,
    feature_weights: *const vrec_feature_weight,
    feature_weight_count: usize,
    film_started_share: f32,
    finished_share: f32,
    film_started_ms: u32,
    episode_started_ms: u32,
    live_started_ms: u32,
    finished_remaining_ms: u32,
});

/// What a training may use. Passing NULL sets the defaults.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct vrec_train_options {
    /// sizeof(vrec_train_options).
    pub struct_size: usize,
    /// The most bytes that one step of the training may take beside what the engine holds. Default: 1 GiB.
    pub memory_limit_bytes: u64,
    /// Threads that work, the caller's own included, at most 64; the others are started for the call and end with it.
    /// The result is the same whatever their number. Default: 1.
    pub threads: u32,
    /// Must be 0.
    pub reserved: u32,
}
versioned!(vrec_train_options { struct_size: usize, memory_limit_bytes: u64, threads: u32, reserved: u32 });
