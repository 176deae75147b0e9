//! What calls return.

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
/// A struct sets fields that this version of the library does not know, or a store or a pack is of a later one.
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
/// A file of the store, or a pack, is damaged or missing; the message says what is affected.
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
/// The pack's signature is of none of the trusted keys.
pub const VREC_E_SIGNATURE: i32 = -29;
/// The pack's number is not above that of the pack in use, which is of the same line; or its format is an earlier one
/// than this version of the library reads, and it has to be made anew.
pub const VREC_E_OLDER: i32 = -30;
/// The pack is a delta to another pack than the one in use; the whole pack of its number can be imported.
pub const VREC_E_BASE: i32 = -31;
