//! The plain structs and constants of the ABI. Structs that go in begin with `struct_size`, which
//! the caller sets to `sizeof` of the struct it was compiled with; zero in any other field means
//! the default.

use std::ffi::{c_char, c_void};

use super::cancel::vrec_cancel_token;
use super::filter::vrec_filter;
use super::input::versioned;
use super::log_callback::vrec_log_callback;
use super::progress_callback::vrec_progress_callback;
use crate::domain::{Feature, limits};

/// Success.
pub const VREC_OK: i32 = 0;
/// An argument is NULL, out of its range or contradicts another; the message names it.
pub const VREC_E_INVALID_ARGUMENT: i32 = -1;
/// There is no video, or no profile, with this id.
pub const VREC_E_NOT_FOUND: i32 = -2;
/// A size or count is over its limit; the message names both.
pub const VREC_E_LIMIT: i32 = -3;
/// The change would take more than memory_limit_bytes.
pub const VREC_E_MEMORY_LIMIT: i32 = -4;
/// A struct sets fields that this version of the library does not know.
pub const VREC_E_TOO_NEW: i32 = -5;
/// A string is not UTF-8; the message names the byte.
pub const VREC_E_UTF8: i32 = -6;
/// The call came from inside a callback of this library.
pub const VREC_E_REENTRANT: i32 = -7;
/// The handle, or the ONNX Runtime, was opened before this process was forked.
pub const VREC_E_FORKED: i32 = -8;
/// An earlier call failed inside the library: reads go on, writes need a new engine.
pub const VREC_E_FAULTED: i32 = -9;
/// A defect of the library; the message says where.
pub const VREC_E_INTERNAL: i32 = -10;
/// The call's cancel token was cancelled.
pub const VREC_E_CANCELLED: i32 = -11;
/// The call's timeout_ms has passed.
pub const VREC_E_TIMED_OUT: i32 = -12;
/// The engine was created without a model, and the call needs one.
pub const VREC_E_NO_ENCODER: i32 = -13;
/// A file of the model folder does not exist; the message names it.
pub const VREC_E_MODEL_MISSING: i32 = -14;
/// A file of the model folder cannot be read; the message names it.
pub const VREC_E_MODEL_UNREADABLE: i32 = -15;
/// A file of the model folder has another size or SHA-256 than its manifest says.
pub const VREC_E_MODEL_HASH: i32 = -16;
/// The manifest, the graph or the tokenizer of the model is not usable; the message says why.
pub const VREC_E_MODEL_INVALID: i32 = -17;
/// There is no ONNX Runtime library at the given path or beside this library.
pub const VREC_E_RUNTIME_MISSING: i32 = -18;
/// The ONNX Runtime library is too old.
pub const VREC_E_RUNTIME_VERSION: i32 = -19;
/// The ONNX Runtime failed to load or to run the model.
pub const VREC_E_RUNTIME: i32 = -20;
/// The library has another ABI than the caller was compiled for.
pub const VREC_E_ABI: i32 = -21;
/// The execution provider asked for cannot serve the model; the message says why.
pub const VREC_E_PROVIDER: i32 = -22;
/// A file of the store is damaged or missing; the message says what is affected.
pub const VREC_E_CORRUPT: i32 = -23;
/// The store was written with another device key, or needs one.
pub const VREC_E_KEY: i32 = -24;
/// Another process has the store open.
pub const VREC_E_BUSY: i32 = -25;
/// A file of the store cannot be read or written.
pub const VREC_E_IO: i32 = -26;
/// There is no room for a write: disk, quota or the greatest size of a file.
pub const VREC_E_DISK_FULL: i32 = -27;
/// The store, its folder or its disk does not allow writing.
pub const VREC_E_READ_ONLY: i32 = -28;

/// Event kinds: what a viewer did.
pub const VREC_EVENT_IMPRESSION: i32 = 1;
pub const VREC_EVENT_SELECT: i32 = 2;
pub const VREC_EVENT_PLAY: i32 = 3;
pub const VREC_EVENT_PROGRESS: i32 = 4;
pub const VREC_EVENT_PAUSE: i32 = 5;
pub const VREC_EVENT_STOP: i32 = 6;
pub const VREC_EVENT_COMPLETE: i32 = 7;
pub const VREC_EVENT_SKIP: i32 = 8;
pub const VREC_EVENT_LIKE: i32 = 9;
pub const VREC_EVENT_DISLIKE: i32 = 10;
pub const VREC_EVENT_RATE: i32 = 11;
pub const VREC_EVENT_COMMENT: i32 = 12;
pub const VREC_EVENT_FAVOURITE: i32 = 13;
pub const VREC_EVENT_UNFAVOURITE: i32 = 14;
pub const VREC_EVENT_WATCHLIST_ADD: i32 = 15;
pub const VREC_EVENT_WATCHLIST_REMOVE: i32 = 16;
pub const VREC_EVENT_HIDE: i32 = 17;
pub const VREC_EVENT_UNHIDE: i32 = 18;
pub const VREC_EVENT_SEARCH: i32 = 19;
/// As if the video had never been played; what was said about it stays.
pub const VREC_EVENT_UNWATCH: i32 = 20;
/// The series of the video, which may be any of its videos, is in no list of the profile and has no card; one that
/// belongs to no series is VREC_E_INVALID_ARGUMENT.
pub const VREC_EVENT_HIDE_SERIES: i32 = 21;
pub const VREC_EVENT_UNHIDE_SERIES: i32 = 22;
/// The video inspires no suggestions: it stays watched and counts nothing in the profile's taste and history. What
/// others are recommended keeps what it taught.
pub const VREC_EVENT_HIDE_SEED: i32 = 23;
pub const VREC_EVENT_UNHIDE_SEED: i32 = 24;
/// The video, or the series that it is an episode of, is in no list and has no card until vrec_event.until_utc_ms. The
/// last snooze counts: one that ends earlier ends the one before.
pub const VREC_EVENT_SNOOZE: i32 = 25;

/// When a call that records events may return: when they are on the disk; at once, on the disk within within_ms
/// milliseconds, which needs vrec_options.commit_thread; or at once, on the disk with the next commit of events,
/// vrec_flush or vrec_destroy; adding videos is no commit of events. A power cut before that loses them.
pub const VREC_DURABLE_NOW: i32 = 0;
pub const VREC_DURABLE_WITHIN: i32 = 1;
pub const VREC_DURABLE_RELAXED: i32 = 2;

/// Watched videos are left out of recommendations, kept in similar videos and in search.
pub const VREC_WATCHED_DEFAULT: i32 = 0;
pub const VREC_WATCHED_INCLUDE: i32 = 1;
pub const VREC_WATCHED_EXCLUDE: i32 = 2;

/// What recommendations are ordered by: the cosine with the profile's taste; or a sum of features, each times its
/// weight. See vrec_feature_weight.
pub const VREC_RANKING_TASTE: i32 = 0;
pub const VREC_RANKING_BLEND: i32 = 1;

/// What a vrec_rule does: puts a video at a position of the list; raises the scores of its videos; lowers them.
pub const VREC_RULE_PIN: i32 = 1;
pub const VREC_RULE_BOOST: i32 = 2;
pub const VREC_RULE_BURY: i32 = 3;

/// Which videos a vrec_rule is for: one by its id; those with a tag; those of a series, and the one that stands for it.
pub const VREC_RULE_TARGET_VIDEO: i32 = 0;
pub const VREC_RULE_TARGET_TAG: i32 = 1;
pub const VREC_RULE_TARGET_SERIES: i32 = 2;

/// How the videos of a list are kept from being all alike: not at all; maximal marginal relevance, which weighs each
/// video's score against its likeness to those above it; clusters, each with at most its quota of places; or a
/// determinantal point process, which weighs scores against the volume that the videos' vectors span.
pub const VREC_DIVERSITY_NONE: i32 = 0;
pub const VREC_DIVERSITY_MMR: i32 = 1;
pub const VREC_DIVERSITY_CLUSTER_QUOTAS: i32 = 2;
pub const VREC_DIVERSITY_DPP: i32 = 3;

/// Ways in which vrec_search finds videos, to be added up. Words and characters of titles, simplified or traditional,
/// by their beginnings and with a mistake or two in longer words.
pub const VREC_SEARCH_WORDS: u32 = 1;
/// Pinyin of the characters of titles, whole, half typed or by initials; all readings of each count.
pub const VREC_SEARCH_PINYIN: u32 = 2;
/// Digits for the letters on a telephone's keys (7496 for rgzn), where the text has nothing but digits.
pub const VREC_SEARCH_KEYPAD: u32 = 4;
/// What the texts of videos mean; needs the model and waits for it.
pub const VREC_SEARCH_MEANING: u32 = 8;
/// All ways through titles: what a keystroke asks for, which then never waits for the model.
pub const VREC_SEARCH_TITLES: u32 = 7;

/// What VREC_RANKING_BLEND can count. Three of them need vrec_train; without it they add nothing. Watched soon after
/// what the viewer watched last; by default 0.25.
pub const VREC_FEATURE_TRANSITIONS: i32 = 0;
/// Watched close to what the viewer watched, in either order; by default 0.5.
pub const VREC_FEATURE_ITEM_NEIGHBOURS: i32 = 1;
/// Watched by the profiles whose histories are most like the viewer's.
pub const VREC_FEATURE_USER_NEIGHBOURS: i32 = 2;
/// Goes together with what the viewer watched, by weights between videos; needs vrec_train; by default 0.2.
pub const VREC_FEATURE_EASE: i32 = 3;
/// Near the viewer's place among factors, found from the history; needs vrec_train.
pub const VREC_FEATURE_FACTORS: i32 = 4;
/// Reached by short random walks over profiles and videos from what the viewer watched.
pub const VREC_FEATURE_GRAPH_WALK: i32 = 5;
/// Watched by many profiles.
pub const VREC_FEATURE_POPULARITY: i32 = 6;
/// Watched by many lately, seen from the time of the list.
pub const VREC_FEATURE_TREND: i32 = 7;
/// Watched at such times of the day and week, on such devices, in such places and company as the list's.
pub const VREC_FEATURE_CONTEXT: i32 = 8;
/// Near what the viewer watched by the place that vector and tags give among what is watched together; the only one
/// by which videos that nobody watched get places of their own; needs vrec_train; by default 0.1.
pub const VREC_FEATURE_CONTENT: i32 = 9;
/// The cosine with the profile's taste; by default 0.1, and more while few profiles have watched anything.
pub const VREC_FEATURE_TASTE: i32 = 10;
/// Like some of the last videos that the viewer watched; each counts the more the more alike it is.
pub const VREC_FEATURE_ATTENTION: i32 = 11;
/// The cosine with the nearest of the viewer's interests, groups of like videos among the last ones watched.
pub const VREC_FEATURE_INTERESTS: i32 = 12;
/// Available since lately, seen from the time of the list, by vrec_video.available_from_utc_ms.
pub const VREC_FEATURE_FRESHNESS: i32 = 13;

/// What videos are watched on. A television is also a box or stick at one.
pub const VREC_DEVICE_UNKNOWN: i32 = 0;
pub const VREC_DEVICE_TV: i32 = 1;
pub const VREC_DEVICE_PHONE: i32 = 2;
pub const VREC_DEVICE_TABLET: i32 = 3;
pub const VREC_DEVICE_COMPUTER: i32 = 4;
pub const VREC_DEVICE_OTHER: i32 = 5;

/// Where the viewer is. Home is a room at home that is not told or not named here; away is any place other than
/// home; travelling is on the way, in a train, a car or an aeroplane.
pub const VREC_PLACE_UNKNOWN: i32 = 0;
pub const VREC_PLACE_HOME: i32 = 1;
pub const VREC_PLACE_LIVING_ROOM: i32 = 2;
pub const VREC_PLACE_BEDROOM: i32 = 3;
pub const VREC_PLACE_AWAY: i32 = 4;
pub const VREC_PLACE_TRAVELLING: i32 = 5;

/// Who watches together. A family is adults and children together; children are without adults.
pub const VREC_COMPANY_UNKNOWN: i32 = 0;
pub const VREC_COMPANY_ALONE: i32 = 1;
pub const VREC_COMPANY_PARTNER: i32 = 2;
pub const VREC_COMPANY_FAMILY: i32 = 3;
pub const VREC_COMPANY_CHILDREN: i32 = 4;
pub const VREC_COMPANY_FRIENDS: i32 = 5;

/// What a video is.
pub const VREC_KIND_UNKNOWN: i32 = 0;
pub const VREC_KIND_MOVIE: i32 = 1;
pub const VREC_KIND_SERIES: i32 = 2;
pub const VREC_KIND_SEASON: i32 = 3;
pub const VREC_KIND_EPISODE: i32 = 4;
pub const VREC_KIND_LIVE_EVENT: i32 = 5;
pub const VREC_KIND_CLIP: i32 = 6;
pub const VREC_KIND_MUSIC: i32 = 7;
pub const VREC_KIND_COURSE: i32 = 8;
pub const VREC_KIND_ADVERT: i32 = 9;
pub const VREC_KIND_OTHER: i32 = 10;

/// A min_age of a video for everyone; 0 means that it is unknown.
pub const VREC_MIN_AGE_NONE: i32 = -1;

/// Which field of a video matched; 0 for a video that brought its own vector.
pub const VREC_FIELD_NONE: i32 = 0;
pub const VREC_FIELD_TITLE: i32 = 1;
pub const VREC_FIELD_DESCRIPTION: i32 = 2;
pub const VREC_FIELD_TAGS: i32 = 3;
pub const VREC_FIELD_COMMENTS: i32 = 4;

/// Limits: a value past one is refused with VREC_E_LIMIT.
pub const VREC_MAX_ID_BYTES: u32 = 255;
pub const VREC_MAX_TITLE_BYTES: u32 = 4096;
/// A description, a text to embed or to search for, all tags or all comments together.
pub const VREC_MAX_TEXT_BYTES: u32 = 65536;
pub const VREC_MAX_TAGS: u32 = 256;
pub const VREC_MAX_COMMENTS: u32 = 256;
/// Languages of a video's sound, and of its subtitles.
pub const VREC_MAX_LANGUAGES: u32 = 64;
pub const VREC_MAX_ENTITLEMENTS: u32 = 64;
pub const VREC_MAX_MIN_AGE: u32 = 99;
/// Minutes between a viewer's clock and UTC, either way; more is VREC_E_INVALID_ARGUMENT.
pub const VREC_MAX_UTC_OFFSET_MINUTES: i32 = 840;
/// Values of each list of a filter.
pub const VREC_MAX_FILTER_VALUES: u32 = 1024;
/// Rules of a query.
pub const VREC_MAX_RULES: u32 = 1024;
/// Videos, events, texts, ids or exclusions in one call.
pub const VREC_MAX_BATCH: u32 = 65536;
/// Bytes of all texts and vectors in one call.
pub const VREC_MAX_BATCH_BYTES: u32 = 67108864;
pub const VREC_MAX_RESULTS: u32 = 10000;
pub const VREC_MAX_DIMENSIONS: u32 = 8192;

const _: () = {
    assert!(VREC_MAX_ID_BYTES as usize == limits::ID_BYTES && VREC_MAX_TITLE_BYTES as usize == limits::TITLE_BYTES);
    assert!(VREC_MAX_TEXT_BYTES as usize == limits::TEXT_BYTES && VREC_MAX_BATCH as usize == limits::BATCH);
    assert!(VREC_MAX_TAGS as usize == limits::TAGS && VREC_MAX_COMMENTS as usize == limits::COMMENTS);
    assert!(VREC_MAX_LANGUAGES as usize == limits::LANGUAGES && VREC_MAX_ENTITLEMENTS as usize == limits::ENTITLEMENTS);
    assert!(VREC_MAX_MIN_AGE == limits::MIN_AGE as u32 && VREC_MAX_FILTER_VALUES as usize == limits::FILTER_VALUES);
    assert!(VREC_MAX_UTC_OFFSET_MINUTES == limits::UTC_OFFSET_MINUTES as i32);
    assert!(VREC_MAX_RULES as usize == limits::RULES);
    assert!(VREC_MAX_BATCH_BYTES as usize == limits::BATCH_BYTES);
    assert!(VREC_MAX_RESULTS as usize == limits::RESULTS && VREC_MAX_DIMENSIONS as usize == limits::DIMENSIONS);
};

const _: () = {
    let features = [
        VREC_FEATURE_TRANSITIONS,
        VREC_FEATURE_ITEM_NEIGHBOURS,
        VREC_FEATURE_USER_NEIGHBOURS,
        VREC_FEATURE_EASE,
        VREC_FEATURE_FACTORS,
        VREC_FEATURE_GRAPH_WALK,
        VREC_FEATURE_POPULARITY,
        VREC_FEATURE_TREND,
        VREC_FEATURE_CONTEXT,
        VREC_FEATURE_CONTENT,
        VREC_FEATURE_TASTE,
        VREC_FEATURE_ATTENTION,
        VREC_FEATURE_INTERESTS,
        VREC_FEATURE_FRESHNESS,
    ];
    assert!(features.len() == Feature::ALL.len());
    let mut place = 0;
    while place < features.len() {
        assert!(features[place] == Feature::ALL[place] as i32);
        place += 1;
    }
};

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

/// Execution providers of the ONNX Runtime: the devices a model can run on. All but the CPU need a
/// runtime built with them, or their own library.
pub const VREC_PROVIDER_CPU: i32 = 1;
pub const VREC_PROVIDER_CUDA: i32 = 2;
pub const VREC_PROVIDER_TENSORRT: i32 = 3;
/// GPUs through Vulkan, Metal or Direct3D; a plug-in library, or inside the runtime.
pub const VREC_PROVIDER_WEBGPU: i32 = 4;
pub const VREC_PROVIDER_OPENVINO: i32 = 5;
pub const VREC_PROVIDER_QNN: i32 = 6;
pub const VREC_PROVIDER_NNAPI: i32 = 7;
pub const VREC_PROVIDER_COREML: i32 = 8;
/// Any plug-in provider, by its library: what the maker of a chip ships.
pub const VREC_PROVIDER_PLUGIN: i32 = 9;

/// When this provider cannot serve, the next of the list is tried, with a warning in the log.
pub const VREC_PROVIDER_ALLOW_NEXT: u32 = 1;
/// Matrix products that this provider does not take may run on the CPU.
pub const VREC_PROVIDER_ALLOW_PARTIAL: u32 = 2;

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

/// How much a feature counts in a list with VREC_RANKING_BLEND. A video's score is the sum over the features, each as
/// its distance from the mean of the videos in standard deviations, times its weight. The struct never grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct vrec_feature_weight {
    /// One of VREC_FEATURE_.
    pub feature: i32,
    /// -1000 to 1000; 0: it does not count.
    pub weight: f32,
}

/// One execution provider to run the model on.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct vrec_provider {
    /// sizeof(vrec_provider).
    pub struct_size: usize,
    /// One of VREC_PROVIDER_, required.
    pub kind: i32,
    /// VREC_PROVIDER_ALLOW_ flags. Default: a provider that cannot serve, or that would leave a
    /// matrix product to the CPU, is an error.
    pub flags: u32,
    /// Absolute path of a plug-in provider's library; required for VREC_PROVIDER_PLUGIN, allowed for
    /// VREC_PROVIDER_WEBGPU. It is loaded once and stays until the process ends.
    pub library_path: *const c_char,
    pub library_path_len: usize,
    /// The plug-in provider's name in the runtime. Default: the first one that the library brings.
    pub name: *const c_char,
    pub name_len: usize,
    /// The provider's own options, at most 64, as two blocks and their offsets; see the runtime's
    /// documentation. The runtime ignores keys it does not know.
    pub option_keys: *const c_char,
    pub option_key_offsets: *const u64,
    pub option_values: *const c_char,
    pub option_value_offsets: *const u64,
    pub option_count: usize,
    /// Most bytes of device memory: CUDA's arena, TensorRT's workspace; other providers have no such
    /// limit and refuse one. Default: the provider's own.
    pub memory_limit_bytes: u64,
    /// Which of the provider's devices, counted from 0, for CUDA, TensorRT and providers that come as
    /// a library; others are told by their options.
    pub device_index: u32,
    /// Must be 0.
    pub reserved: u32,
}
versioned!(vrec_provider {
    struct_size: usize,
    kind: i32,
    flags: u32,
    library_path: *const c_char,
    library_path_len: usize,
    name: *const c_char,
    name_len: usize,
    option_keys: *const c_char,
    option_key_offsets: *const u64,
    option_values: *const c_char,
    option_value_offsets: *const u64,
    option_count: usize,
    memory_limit_bytes: u64,
    device_index: u32,
    reserved: u32,
});

/// A file of the model that the host holds in memory or has mapped.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct vrec_model_file {
    /// sizeof(vrec_model_file).
    pub struct_size: usize,
    /// Its name in the model's folder, such as vrec-model.json; required.
    pub name: *const c_char,
    pub name_len: usize,
    /// Its content. It must stay readable and unchanged until the engine is destroyed: the model is
    /// opened when it is first needed, and again after vrec_trim.
    pub data: *const c_void,
    pub data_len: usize,
}
versioned!(vrec_model_file {
    struct_size: usize,
    name: *const c_char,
    name_len: usize,
    data: *const c_void,
    data_len: usize,
});

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
    /// and in a query it adds nothing, but for taste, attention, interests and freshness, which need no learning.
    /// What is learned is made from the stored events when an engine is created, so weights may change from one to the
    /// next; what is trained changes with vrec_train. Default: transitions 0.25, item neighbours 0.5, ease 0.2,
    /// content 0.1, taste 0.1.
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

/// Bounds on one call. Passing NULL sets none.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct vrec_call_options {
    /// sizeof(vrec_call_options).
    pub struct_size: usize,
    /// A token that ends the call from another thread; borrowed for the call. Default: none.
    pub cancel: *const vrec_cancel_token,
    /// Milliseconds after which the call ends with VREC_E_TIMED_OUT, at most one day. Checked
    /// between runs of the model and between blocks of a scan; a call that opens the model finishes
    /// that first. Default: no limit.
    pub timeout_ms: u32,
    /// Must be 0.
    pub reserved: u32,
    /// Hears how far the call is, on the thread of the call; see vrec_progress_callback. Default:
    /// nobody.
    pub progress_callback: vrec_progress_callback,
    /// Passed to progress_callback.
    pub progress_user_data: *mut c_void,
}
versioned!(vrec_call_options {
    struct_size: usize,
    cancel: *const vrec_cancel_token,
    timeout_ms: u32,
    reserved: u32,
    progress_callback: vrec_progress_callback,
    progress_user_data: *mut c_void,
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

/// A video as its owner describes it. Strings are UTF-8 with their length in bytes and are copied.
/// Lists of texts come as one block of bytes and offsets: text i lies between offsets[i] and
/// offsets[i + 1], so there is one offset more than there are texts.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct vrec_video {
    /// sizeof(vrec_video).
    pub struct_size: usize,
    /// 1 to 255 bytes without NUL, required. An id that exists already is replaced.
    pub id: *const c_char,
    pub id_len: usize,
    /// At most 4096 bytes.
    pub title: *const c_char,
    pub title_len: usize,
    /// At most 65536 bytes.
    pub description: *const c_char,
    pub description_len: usize,
    /// BCP 47 tag of the language the texts are written in, at most 255 bytes. Default: detected for
    /// each text.
    pub language: *const c_char,
    pub language_len: usize,
    /// At most 256 tags, 65536 bytes together.
    pub tags: *const c_char,
    pub tag_offsets: *const u64,
    pub tag_count: usize,
    /// At most 256 viewers' comments, 65536 bytes together.
    pub comments: *const c_char,
    pub comment_offsets: *const u64,
    pub comment_count: usize,
    /// The video's vector, used instead of its texts' vectors: finite and not all zero (it need not be
    /// of unit length), with as many elements as every other vector of the engine. It is taken as a vector of
    /// the engine's model and centred by its language's mean; without a model it is taken as it is.
    pub vector: *const f32,
    pub vector_len: usize,
    /// One of VREC_KIND_. Default: unknown.
    pub kind: i32,
    /// Years a viewer must have, 1 to 99, or VREC_MIN_AGE_NONE. Default: unknown, which a query with
    /// a viewer_age leaves out.
    pub min_age: i32,
    /// BCP 47 tags of the languages of its sound, at most 64.
    pub audio_languages: *const c_char,
    pub audio_language_offsets: *const u64,
    pub audio_language_count: usize,
    /// The same of its subtitles.
    pub subtitle_languages: *const c_char,
    pub subtitle_language_offsets: *const u64,
    pub subtitle_language_count: usize,
    /// What lets a viewer watch it, any one of them, 1 to 255 bytes each, at most 64. Default: everyone
    /// may.
    pub entitlements: *const c_char,
    pub entitlement_offsets: *const u64,
    pub entitlement_count: usize,
    /// When it can be watched, milliseconds since 1970-01-01 UTC: from the first time on and before
    /// the second, which is the later one. Default: since ever, for ever.
    pub available_from_utc_ms: i64,
    pub available_until_utc_ms: i64,
    /// What it belongs to, the same for all episodes of a series, 1 to 255 bytes. Where the series has a card of its
    /// own in the catalogue, the id of that. Default: it belongs to no series.
    pub series_id: *const c_char,
    pub series_id_len: usize,
    /// Its season and its number in the season, both from 1 on. In a series with seasons, what has no season is a
    /// special; specials, and what has no number, never come next. Default: none.
    pub season_number: u32,
    pub episode_number: u32,
    /// Its length; not negative. Default: unknown.
    pub duration_ms: i64,
    /// Where its end credits begin; not negative and not past duration_ms. Default: unknown.
    pub credits_start_ms: i64,
}
versioned!(vrec_video {
    struct_size: usize,
    id: *const c_char,
    id_len: usize,
    title: *const c_char,
    title_len: usize,
    description: *const c_char,
    description_len: usize,
    language: *const c_char,
    language_len: usize,
    tags: *const c_char,
    tag_offsets: *const u64,
    tag_count: usize,
    comments: *const c_char,
    comment_offsets: *const u64,
    comment_count: usize,
    vector: *const f32,
    vector_len: usize,
    kind: i32,
    min_age: i32,
    audio_languages: *const c_char,
    audio_language_offsets: *const u64,
    audio_language_count: usize,
    subtitle_languages: *const c_char,
    subtitle_language_offsets: *const u64,
    subtitle_language_count: usize,
    entitlements: *const c_char,
    entitlement_offsets: *const u64,
    entitlement_count: usize,
    available_from_utc_ms: i64,
    available_until_utc_ms: i64,
    series_id: *const c_char,
    series_id_len: usize,
    season_number: u32,
    episode_number: u32,
    duration_ms: i64,
    credits_start_ms: i64,
});

/// One event of one profile.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct vrec_event {
    /// sizeof(vrec_event).
    pub struct_size: usize,
    /// Whose event, 1 to 255 bytes. Default: the current profile, see vrec_profile_switch.
    pub profile: *const c_char,
    pub profile_len: usize,
    /// The video concerned, required for every kind but VREC_EVENT_SEARCH, where it must be empty.
    pub video_id: *const c_char,
    pub video_id_len: usize,
    /// When it happened, milliseconds since 1970-01-01 UTC. The order of calls decides what replaces what, not
    /// the time.
    pub time_utc_ms: i64,
    /// How far playback had come, or for a VREC_KIND_LIVE_EVENT how long it was viewed; not negative.
    /// Default: unknown.
    pub position_ms: i64,
    /// The video's length; not negative. Default: vrec_video.duration_ms, where that is known.
    pub duration_ms: i64,
    /// One of VREC_EVENT_, required.
    pub kind: i32,
    /// 0.5 to 5 stars for VREC_EVENT_RATE; 0 for every other kind.
    pub rating: f32,
    /// When the call may return, one of VREC_DURABLE_; a batch is as durable as its strictest event asks. Has no
    /// effect without a store. Default: VREC_DURABLE_NOW.
    pub durability: i32,
    /// Milliseconds for VREC_DURABLE_WITHIN, 1 to 3600000; 0 otherwise.
    pub within_ms: u32,
    /// The circumstances: one of VREC_DEVICE_, VREC_PLACE_ and VREC_COMPANY_. They are kept and exported; lists count
    /// them where VREC_FEATURE_CONTEXT has a weight. Default: unknown.
    pub device: i32,
    pub place: i32,
    pub company: i32,
    /// What the viewer's clock showed beyond UTC, in minutes, -840 to 840. Default: 0, a clock that shows UTC.
    pub utc_offset_minutes: i32,
    /// For VREC_EVENT_SNOOZE when it ends, milliseconds since 1970-01-01 UTC, later than time_utc_ms; 0 for every
    /// other kind.
    pub until_utc_ms: i64,
}
versioned!(vrec_event {
    struct_size: usize,
    profile: *const c_char,
    profile_len: usize,
    video_id: *const c_char,
    video_id_len: usize,
    time_utc_ms: i64,
    position_ms: i64,
    duration_ms: i64,
    kind: i32,
    rating: f32,
    durability: i32,
    within_ms: u32,
    device: i32,
    place: i32,
    company: i32,
    utc_offset_minutes: i32,
    until_utc_ms: i64,
});

/// One rule of a query. Videos that the filter, the profile or the query keeps out of a list stay out of it, and an
/// unknown video, tag or series has no effect.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct vrec_rule {
    /// sizeof(vrec_rule).
    pub struct_size: usize,
    /// One of VREC_RULE_, required.
    pub action: i32,
    /// What id names, one of VREC_RULE_TARGET_. Default: a video.
    pub target: i32,
    /// The id of a video or series, 1 to 255 bytes, or a tag; required.
    pub id: *const c_char,
    pub id_len: usize,
    /// How far VREC_RULE_BOOST raises and VREC_RULE_BURY lowers, in deviations of the list's scores (docs/rules.md),
    /// above 0 and up to 100; 0 for a pin. Default: 1.
    pub amount: f32,
    /// Where VREC_RULE_PIN puts the video, from 1 to the list's limit; no two pins may want the same. 0 for other
    /// actions.
    pub position: u32,
}
versioned!(vrec_rule {
    struct_size: usize,
    action: i32,
    target: i32,
    id: *const c_char,
    id_len: usize,
    amount: f32,
    position: u32,
});

/// What a list is asked for. Passing NULL means all defaults.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct vrec_query {
    /// sizeof(vrec_query).
    pub struct_size: usize,
    /// Whose history counts, 1 to 255 bytes. Default: the current profile, see vrec_profile_switch.
    pub profile: *const c_char,
    pub profile_len: usize,
    /// Ids never to be returned, as one block and offsets, at most 65536; unknown ones are allowed.
    pub exclude: *const c_char,
    pub exclude_offsets: *const u64,
    pub exclude_count: usize,
    /// At most this many results, up to 10000. Default: 10.
    pub limit: u32,
    /// One of VREC_WATCHED_.
    pub watched: i32,
    /// Only results with at least this score, -1 to 1; with VREC_RANKING_BLEND, whose scores are no cosines, one is
    /// VREC_E_INVALID_ARGUMENT. Titles that vrec_search finds always have it. Default: no threshold; for one at zero pass the smallest positive float.
    pub min_score: f32,
    /// Must be 0.
    pub reserved: u32,
    /// Rules that every result keeps. Default: none. The age limit of the profile (see vrec_profile_create) holds
    /// besides: of it and viewer_age the lower.
    pub filter: *const vrec_filter,
    /// The time of the list, milliseconds since 1970-01-01 UTC: by it snoozes end and what was shown fades in every list,
    /// VREC_RANKING_BLEND tells what is lately watched, and vrec_watch_next and vrec_home, which require it, tell what can
    /// be watched. Default: that of the profile's last event, for VREC_RANKING_BLEND of its last watch.
    pub now_utc_ms: i64,
    /// What recommendations are ordered by, one of VREC_RANKING_; vrec_similar and vrec_search check it and do not
    /// ask. Default: VREC_RANKING_TASTE.
    pub ranking: i32,
    /// The circumstances of the list, as in vrec_event, for VREC_FEATURE_CONTEXT. Default: unknown.
    pub device: i32,
    pub place: i32,
    pub company: i32,
    pub utc_offset_minutes: i32,
    /// The largest share of a blended list that is kept for videos that nobody watched, up to 1; below 0, to -1: none
    /// is kept. They are chosen by VREC_FEATURE_CONTENT and need its weight and vrec_train. A list keeps three times
    /// the share that such videos have of all, if that is less. Default: 0.3.
    pub new_video_share: f32,
    /// What counts in this list with VREC_RANKING_BLEND, each feature at most once; those not named count 0, and those
    /// that the engine does not learn add nothing. Default: as the engine was created with.
    pub feature_weights: *const vrec_feature_weight,
    pub feature_weight_count: usize,
    /// The ways in which vrec_search finds videos, a sum of VREC_SEARCH_; other lists check it and do not ask. Default:
    /// all, but meaning only where there is a model that needs no waiting for another call to open it, where titles
    /// leave room in the list, and where the text is more than one word of one or two letters or of digits.
    pub search_ways: u32,
    /// Fills what would be a hole in front of the next field. Must be 0.
    pub reserved_2: u32,
    /// How vrec_recommend and vrec_similar keep videos from being all alike, one of VREC_DIVERSITY_; other lists check
    /// it and do not ask. Default: VREC_DIVERSITY_NONE.
    pub diversity_method: i32,
    /// How strongly, 0 to 1. At 0 the list is the one without a method; at 1 scores decide only the first place and
    /// which videos may have the others. The first 200 places are chosen so. Default: 0.
    pub diversity: f32,
    /// Recommendations that score nearly the same take turns by this number, such as that of the day: the same number
    /// gives the same order on every machine. Default: they do not.
    pub rotation_seed: u64,
    /// Milliseconds after which a VREC_EVENT_IMPRESSION counts half; not negative. Default: 604800000, a week.
    pub impression_half_life_ms: i64,
    /// How far a recommendation sinks that was shown five times and not taken up since, in deviations of the list's
    /// scores (docs/feedback.md), up to 100; fewer or older showings count less. Below 0, to -1: what was shown does
    /// not count. Default: 1.
    pub impression_strength: f32,
    /// Must be 0.
    pub reserved_3: u32,
    /// Most places of a list of recommendations for videos that are there only because of a rule; the others fall
    /// back to their own scores. Default: a quarter of the list, rounded up.
    pub rule_budget: usize,
    /// What the owner of the service wants of recommendations, at most 1024, rule_stride bytes apart; other lists check
    /// them and do not ask. Default: nothing.
    pub rules: *const vrec_rule,
    pub rule_count: usize,
    pub rule_stride: usize,
}
versioned!(vrec_query {
    struct_size: usize,
    profile: *const c_char,
    profile_len: usize,
    exclude: *const c_char,
    exclude_offsets: *const u64,
    exclude_count: usize,
    limit: u32,
    watched: i32,
    min_score: f32,
    reserved: u32,
    filter: *const vrec_filter,
    now_utc_ms: i64,
    ranking: i32,
    device: i32,
    place: i32,
    company: i32,
    utc_offset_minutes: i32,
    new_video_share: f32,
    feature_weights: *const vrec_feature_weight,
    feature_weight_count: usize,
    search_ways: u32,
    reserved_2: u32,
    diversity_method: i32,
    diversity: f32,
    rotation_seed: u64,
    impression_half_life_ms: i64,
    impression_strength: f32,
    reserved_3: u32,
    rule_budget: usize,
    rules: *const vrec_rule,
    rule_count: usize,
    rule_stride: usize,
});

/// A list as columns of count values each, best first. Text columns are one block of UTF-8 bytes
/// and count + 1 offsets. All pointers stay valid until the results are destroyed; none is NULL.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct vrec_columns {
    /// sizeof(vrec_columns), set by the caller; fields past it are not written.
    pub struct_size: usize,
    pub count: usize,
    pub ids: *const c_char,
    pub id_offsets: *const u64,
    pub titles: *const c_char,
    pub title_offsets: *const u64,
    /// Centred cosine, -1 to 1; with VREC_RANKING_BLEND a sum without bounds, to compare within one list; where
    /// vrec_search found the title, above 1 and up to 2. Of recommendations with what rules, showings and rotation
    /// added, but for pins, which are no score and stand out of its order.
    pub scores: *const f32,
    /// The video that the first of the reasons with one names (vrec_results_reasons): for a recommendation a watched
    /// one, for similar videos the one asked about; empty where none does, as in a search.
    pub because_ids: *const c_char,
    pub because_id_offsets: *const u64,
    /// One of VREC_FIELD_: the field that contributed most to the score.
    pub matched_fields: *const i32,
    /// That field's text; tags are joined with ", ", comments with line ends.
    pub matched_texts: *const c_char,
    pub matched_text_offsets: *const u64,
    /// How much of the score that field contributed.
    pub matched_scores: *const f32,
}
versioned!(vrec_columns {
    struct_size: usize,
    count: usize,
    ids: *const c_char,
    id_offsets: *const u64,
    titles: *const c_char,
    title_offsets: *const u64,
    scores: *const f32,
    because_ids: *const c_char,
    because_id_offsets: *const u64,
    matched_fields: *const i32,
    matched_texts: *const c_char,
    matched_text_offsets: *const u64,
    matched_scores: *const f32,
});

/// Counts and sizes of an engine at one moment.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct vrec_statistics {
    /// sizeof(vrec_statistics), set by the caller; fields past it are not written.
    pub struct_size: usize,
    pub videos: u64,
    pub profiles: u64,
    /// Events recorded since the engine was created, and those its store held then. Forgetting a profile takes
    /// none away; vrec_retain counts those that are left.
    pub events: u64,
    /// Elements of a vector; 0 while unknown.
    pub dimensions: u64,
    /// Bytes of videos, profiles and what was learned and trained; the open model is not counted.
    pub memory_bytes: u64,
    /// 0: no limit.
    pub memory_limit_bytes: u64,
    /// Texts turned into vectors since the engine was created.
    pub texts_embedded: u64,
    /// VREC_OK when texts can be embedded as far as is known, else what a call would return.
    pub encoder_status: i32,
    /// 1 while the model is in memory, else 0.
    pub encoder_loaded: u32,
    /// 1 after a failure inside the library has closed the engine for writing, else 0.
    pub faulted: u32,
    pub reserved: u32,
    /// Videos whose texts wait to be embedded in the background.
    pub videos_waiting: u64,
    /// Videos that could not be embedded in the background, since the engine was created.
    pub videos_failed: u64,
    /// Bytes of waiting videos; they count towards memory_limit_bytes.
    pub embedding_queue_bytes: u64,
    /// Texts whose vector was remembered, and those whose was not, since the engine was created.
    pub embedding_cache_hits: u64,
    pub embedding_cache_misses: u64,
    /// Bytes of remembered vectors.
    pub embedding_cache_bytes: u64,
    /// What vectors are scored with, one of VREC_INSTRUCTIONS_.
    pub instruction_set: i32,
    /// The stage on signs passes one video in so many on; 0 while it is off.
    pub sign_stage_divisor: u32,
    /// Commits of the store since the engine was created, and the events in them; 0 without a store.
    pub store_commits: u64,
    pub store_events: u64,
    /// Bytes that the store wrote since the engine was created.
    pub store_bytes_written: u64,
    /// Bytes written for an event, on average: its share of a commit and of the checkpoint after it.
    pub store_bytes_per_event: u64,
    /// Events that count already and wait for a commit.
    pub store_waiting_events: u64,
    /// VREC_OK, or what the last commit of events failed with.
    pub store_status: i32,
    /// 1 for an engine with a store, else 0.
    pub store_is_open: u32,
}
versioned!(vrec_statistics {
    struct_size: usize,
    videos: u64,
    profiles: u64,
    events: u64,
    dimensions: u64,
    memory_bytes: u64,
    memory_limit_bytes: u64,
    texts_embedded: u64,
    encoder_status: i32,
    encoder_loaded: u32,
    faulted: u32,
    reserved: u32,
    videos_waiting: u64,
    videos_failed: u64,
    embedding_queue_bytes: u64,
    embedding_cache_hits: u64,
    embedding_cache_misses: u64,
    embedding_cache_bytes: u64,
    instruction_set: i32,
    sign_stage_divisor: u32,
    store_commits: u64,
    store_events: u64,
    store_bytes_written: u64,
    store_bytes_per_event: u64,
    store_waiting_events: u64,
    store_status: i32,
    store_is_open: u32,
});

/// Limits on what a store keeps of each profile's events. At least one is needed.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct vrec_retention {
    /// sizeof(vrec_retention).
    pub struct_size: usize,
    /// Events older than this go, in milliseconds before now_utc_ms, from a profile's first one on, up to one that
    /// is not older: a time in the future, from a clock that was wrong, keeps what was recorded after it, too.
    /// Default: no limit.
    pub max_age_ms: i64,
    /// The time now, milliseconds since 1970-01-01 UTC; the library has no clock of its own that it trusts.
    pub now_utc_ms: i64,
    /// The newest so many events of a profile stay. Default: no limit.
    pub max_events: u64,
}
versioned!(vrec_retention { struct_size: usize, max_age_ms: i64, now_utc_ms: i64, max_events: u64 });

/// How a profile is exported. Passing NULL means in full.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct vrec_export_options {
    /// sizeof(vrec_export_options).
    pub struct_size: usize,
    /// 32 bytes for the pseudonyms of videos, required by anonymise; a service that knows them can name the videos
    /// of its own catalogue.
    pub salt: *const u8,
    pub salt_len: usize,
    /// 32 bytes for the pseudonym of the profile. Default: a salt that is made for this export and thrown away,
    /// so that two exports of a profile cannot be told to be of the same.
    pub profile_salt: *const u8,
    pub profile_salt_len: usize,
    /// Times are rounded down to multiples of this, at least 3600000 milliseconds. Default: 21600000, six hours.
    pub time_step_ms: i64,
    /// 1: anonymised. Default: 0, in full.
    pub anonymise: u32,
    /// Must be 0.
    pub reserved: u32,
}
versioned!(vrec_export_options {
    struct_size: usize,
    salt: *const u8,
    salt_len: usize,
    profile_salt: *const u8,
    profile_salt_len: usize,
    time_step_ms: i64,
    anonymise: u32,
    reserved: u32,
});

/// What runs an engine's model. Text columns are one block of UTF-8 bytes and count + 1 offsets. All
/// pointers stay valid until the description is destroyed; none is NULL.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct vrec_encoder_fields {
    /// sizeof(vrec_encoder_fields), set by the caller; fields past it are not written.
    pub struct_size: usize,
    /// VREC_BACKEND_ONNX_RUNTIME or VREC_BACKEND_RTEN.
    pub backend: i32,
    pub reserved: u32,
    pub model_name: *const c_char,
    pub model_name_len: usize,
    pub model_version: *const c_char,
    pub model_version_len: usize,
    pub model_licence: *const c_char,
    pub model_licence_len: usize,
    /// The ONNX Runtime library in use; empty with another backend.
    pub runtime_path: *const c_char,
    pub runtime_path_len: usize,
    /// Execution providers that were given nodes of the model's graph; 0 when the backend has none.
    pub provider_count: usize,
    pub provider_names: *const c_char,
    pub provider_name_offsets: *const u64,
    /// How many nodes each runs, and how many of them multiply matrices, where the work is.
    pub provider_nodes: *const u64,
    pub provider_products: *const u64,
    /// Why providers that were preferred could not serve, one text each.
    pub skipped_count: usize,
    pub skipped: *const c_char,
    pub skipped_offsets: *const u64,
}
versioned!(vrec_encoder_fields {
    struct_size: usize,
    backend: i32,
    reserved: u32,
    model_name: *const c_char,
    model_name_len: usize,
    model_version: *const c_char,
    model_version_len: usize,
    model_licence: *const c_char,
    model_licence_len: usize,
    runtime_path: *const c_char,
    runtime_path_len: usize,
    provider_count: usize,
    provider_names: *const c_char,
    provider_name_offsets: *const u64,
    provider_nodes: *const u64,
    provider_products: *const u64,
    skipped_count: usize,
    skipped: *const c_char,
    skipped_offsets: *const u64,
});
