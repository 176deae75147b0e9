//! Which model runs where: execution providers, files of a model, and what became of them.

use crate::ffi::input::versioned;
use std::ffi::{c_char, c_void};

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
