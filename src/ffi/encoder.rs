//! What runs the model: reading backend, execution providers and the model's buffers from options,
//! and describing what really runs.

use std::ffi::c_char;
use std::slice;
use std::sync::Arc;

use super::boundary::{call, call_on, call_void, output};
use super::engine::{call_options, check_reserved, vrec_engine};
use super::error::vrec_error;
use super::input::{read_path, read_str, read_structs, read_texts};
use super::output::{TextColumn, column, write_struct};
use super::types::{
    VREC_BACKEND_DEFAULT, VREC_BACKEND_ONNX_RUNTIME, VREC_BACKEND_RTEN, VREC_PROVIDER_ALLOW_NEXT,
    VREC_PROVIDER_ALLOW_PARTIAL, vrec_call_options, vrec_encoder_fields, vrec_model_file, vrec_options, vrec_provider,
};
use crate::domain::{Error, Result, Status, limits};
use crate::encoder::{Backend, EncoderDescription, Manifest, ModelBuffer, Provider, ProviderKind};

/// What runs an engine's model. Immutable; may outlive its engine and be read from several threads.
pub struct vrec_encoder_description {
    backend: i32,
    model_name: String,
    model_version: String,
    model_licence: String,
    runtime_path: String,
    provider_names: TextColumn,
    provider_nodes: Vec<u64>,
    provider_products: Vec<u64>,
    skipped: TextColumn,
    skipped_count: usize,
    provider_count: usize,
}

impl vrec_encoder_description {
    fn new(description: &EncoderDescription, manifest: &Manifest) -> Self {
        let nodes = &description.nodes;
        let runtime_path = description.runtime_path.as_ref();
        vrec_encoder_description {
            backend: backend_code(description.backend),
            model_name: manifest.name.clone(),
            model_version: manifest.version.clone(),
            model_licence: manifest.licence.clone(),
            runtime_path: runtime_path.map_or_else(String::new, |path| path.display().to_string()),
            provider_names: TextColumn::new(nodes.iter().map(|entry| entry.provider.as_str())),
            provider_nodes: column(nodes.iter().map(|entry| entry.nodes)),
            provider_products: column(nodes.iter().map(|entry| entry.products)),
            skipped: TextColumn::new(description.skipped.iter().map(String::as_str)),
            skipped_count: description.skipped.len(),
            provider_count: nodes.len(),
        }
    }

    fn fields(&self, struct_size: usize) -> vrec_encoder_fields {
        vrec_encoder_fields {
            struct_size,
            backend: self.backend,
            reserved: 0,
            model_name: bytes(&self.model_name),
            model_name_len: self.model_name.len(),
            model_version: bytes(&self.model_version),
            model_version_len: self.model_version.len(),
            model_licence: bytes(&self.model_licence),
            model_licence_len: self.model_licence.len(),
            runtime_path: bytes(&self.runtime_path),
            runtime_path_len: self.runtime_path.len(),
            provider_count: self.provider_count,
            provider_names: self.provider_names.block(),
            provider_name_offsets: self.provider_names.offsets.as_ptr(),
            provider_nodes: self.provider_nodes.as_ptr(),
            provider_products: self.provider_products.as_ptr(),
            skipped_count: self.skipped_count,
            skipped: self.skipped.block(),
            skipped_offsets: self.skipped.offsets.as_ptr(),
        }
    }
}

/// The address of a text; of an empty constant where it is empty, since an empty String has none.
fn bytes(text: &str) -> *const c_char {
    if text.is_empty() { c"".as_ptr() } else { text.as_ptr().cast() }
}

/// Describes what runs the model: the backend, the execution providers with the number of nodes each
/// was given, and why preferred ones could not serve. Opens the model unless it is open.
///
/// Parameters: engine, not NULL; call, bounds on the call, may be NULL; description, where to put the
/// handle, not NULL; error, where to put an error, may be NULL.
/// Ownership: the caller owns the description, to be given up by vrec_encoder_description_destroy.
/// Threads: any; waits while another call opens the model.
/// Errors: those of vrec_load_encoder.
/// Cost: that of vrec_load_encoder while the model is not open, else constant.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_describe_encoder(
    engine: *const vrec_engine,
    call: *const vrec_call_options,
    description: *mut *mut vrec_encoder_description,
    error: *mut *mut vrec_error,
) -> i32 {
    let body = |handle: &vrec_engine| {
        let target = output(description, "description")?;
        // SAFETY: null or a struct with its size, by the header's contract.
        let call = unsafe { call_options(call) }?;
        let found = handle.engine().describe_encoder(&call)?;
        let described = vrec_encoder_description::new(&found, handle.engine().manifest()?);
        // SAFETY: not null, so valid for writing by the header's contract.
        unsafe { target.write_unaligned(Box::into_raw(Box::new(described))) };
        Ok(())
    };
    // SAFETY: as the header demands.
    unsafe { call_on("vrec_describe_encoder", engine, error, body) }
}

/// Gives all fields of a description at once.
///
/// Parameters: description, not NULL; fields, not NULL, its struct_size set by the caller; error,
/// where to put an error, may be NULL.
/// Ownership: the fields are borrowed from description, until vrec_encoder_description_destroy.
/// Threads: any, also several at once on the same description.
/// Errors: VREC_E_INVALID_ARGUMENT, VREC_E_TOO_NEW, VREC_E_REENTRANT.
/// Cost: constant; nothing is copied.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_encoder_description_fields(
    description: *const vrec_encoder_description,
    fields: *mut vrec_encoder_fields,
    error: *mut *mut vrec_error,
) -> i32 {
    let body = || {
        // SAFETY: null or live by the header's contract.
        let described = unsafe { description.as_ref() }.ok_or_else(|| Error::invalid("description is NULL"))?;
        // SAFETY: null or a struct with its size by the header's contract.
        unsafe { write_struct(fields, "fields", |size| described.fields(size)) }
    };
    // SAFETY: `error` is as the header demands.
    unsafe { call("vrec_encoder_description_fields", error, body) }
}

/// Frees a description. NULL is allowed.
///
/// Parameters: description, one that is not used any more, or NULL.
/// Ownership: takes description; every pointer into its fields ends.
/// Threads: any, when no other call on this description is running.
/// Errors: none.
/// Cost: constant.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_encoder_description_destroy(description: *mut vrec_encoder_description) {
    if !description.is_null() {
        // SAFETY: made by Box::into_raw and not freed before, by the header's contract.
        call_void(|| drop(unsafe { Box::from_raw(description) }));
    }
}

pub(super) fn backend(code: i32) -> Result<Backend> {
    match code {
        VREC_BACKEND_DEFAULT => Ok(Backend::Default),
        VREC_BACKEND_ONNX_RUNTIME => Ok(Backend::OnnxRuntime),
        VREC_BACKEND_RTEN => Ok(Backend::Rten),
        other => Err(Error::invalid(format!("backend {other} is no VREC_BACKEND_"))),
    }
}

fn backend_code(backend: Backend) -> i32 {
    match backend {
        Backend::Default => VREC_BACKEND_DEFAULT,
        Backend::OnnxRuntime => VREC_BACKEND_ONNX_RUNTIME,
        Backend::Rten => VREC_BACKEND_RTEN,
    }
}

/// The execution providers that the options list.
///
/// # Safety
/// `options.providers` is null or an array as the header demands.
pub(super) unsafe fn providers(options: &vrec_options) -> Result<Vec<Provider>> {
    let (count, stride) = (options.provider_count, options.provider_stride);
    if count > limits::PROVIDERS {
        return Err(Error::limit("provider_count", count, limits::PROVIDERS));
    }
    // SAFETY: passed on from this function's contract.
    let given = unsafe { read_structs("providers", options.providers, count, stride) }?;
    let convert = |(index, given): (usize, &vrec_provider)| {
        // SAFETY: as above.
        unsafe { provider(given) }.map_err(|error| error.within(&format!("providers[{index}]")))
    };
    given.iter().enumerate().map(convert).collect()
}

/// # Safety
/// The pointers are as the header demands.
unsafe fn provider(given: &vrec_provider) -> Result<Provider> {
    check_reserved(given.reserved)?;
    let known = VREC_PROVIDER_ALLOW_NEXT | VREC_PROVIDER_ALLOW_PARTIAL;
    if given.flags & !known != 0 {
        return Err(Error::new(Status::TooNew, format!("flags {:#x} are not all known", given.flags)));
    }
    if given.option_count > limits::PROVIDER_OPTIONS {
        return Err(Error::limit("option_count", given.option_count, limits::PROVIDER_OPTIONS));
    }
    let (count, most) = (given.option_count, limits::TEXT_BYTES);
    // SAFETY: every pointer is null or readable for its length by this function's contract.
    let (keys, values, name, library_path) = unsafe {
        (
            read_texts("option_keys", given.option_keys, given.option_key_offsets, count, most)?,
            read_texts("option_values", given.option_values, given.option_value_offsets, count, most)?,
            read_str("name", given.name, given.name_len)?,
            read_path("library_path", given.library_path, given.library_path_len)?,
        )
    };
    Ok(Provider {
        kind: ProviderKind::from_code(given.kind)
            .ok_or_else(|| Error::invalid(format!("kind {} is no VREC_PROVIDER_ kind", given.kind)))?,
        allow_next: given.flags & VREC_PROVIDER_ALLOW_NEXT != 0,
        allow_partial: given.flags & VREC_PROVIDER_ALLOW_PARTIAL != 0,
        library_path,
        name: name.to_owned(),
        options: keys.into_iter().map(str::to_owned).zip(values.into_iter().map(str::to_owned)).collect(),
        memory_limit_bytes: given.memory_limit_bytes,
        device_index: given.device_index,
    })
}

/// A file's content in the host's memory.
struct HostBuffer {
    data: *const u8,
    length: usize,
}

// SAFETY: the header demands that the buffer stays readable and unchanged as long as the engine
// lives, on whichever thread it is used.
unsafe impl Send for HostBuffer {}
// SAFETY: as above.
unsafe impl Sync for HostBuffer {}

impl AsRef<[u8]> for HostBuffer {
    fn as_ref(&self) -> &[u8] {
        // SAFETY: not null and readable for its length while the engine lives, by the header's
        // contract; buffers are dropped with their engine.
        unsafe { slice::from_raw_parts(self.data, self.length) }
    }
}

/// The model's files that the options list.
///
/// # Safety
/// `options.model_files` is null or an array as the header demands.
pub(super) unsafe fn model_buffers(options: &vrec_options) -> Result<Vec<ModelBuffer>> {
    let (count, stride) = (options.model_file_count, options.model_file_stride);
    if count > limits::MODEL_BUFFERS {
        return Err(Error::limit("model_file_count", count, limits::MODEL_BUFFERS));
    }
    // SAFETY: passed on from this function's contract.
    let given = unsafe { read_structs("model_files", options.model_files, count, stride) }?;
    let mut buffers: Vec<ModelBuffer> = Vec::with_capacity(count);
    for (index, file) in given.iter().enumerate() {
        // SAFETY: as above.
        let buffer = unsafe { model_buffer(file) }.map_err(|error| error.within(&format!("model_files[{index}]")))?;
        if buffers.iter().any(|known| known.name == buffer.name) {
            return Err(Error::invalid(format!("model_files[{index}]: {} stands twice", buffer.name)));
        }
        buffers.push(buffer);
    }
    Ok(buffers)
}

/// # Safety
/// The pointers are as the header demands.
unsafe fn model_buffer(given: &vrec_model_file) -> Result<ModelBuffer> {
    // SAFETY: readable for its length by this function's contract.
    let name = unsafe { read_str("name", given.name, given.name_len) }?;
    if name.is_empty() || name.contains('\0') {
        return Err(Error::invalid("name is empty or contains a NUL byte"));
    }
    if given.data.is_null() || given.data_len == 0 {
        return Err(Error::invalid(format!("{name}: data is NULL or empty")));
    }
    if given.data_len > isize::MAX as usize {
        return Err(Error::limit("data_len", given.data_len, isize::MAX as usize));
    }
    let buffer = HostBuffer { data: given.data.cast(), length: given.data_len };
    Ok(ModelBuffer { name: name.to_owned(), bytes: Arc::new(buffer) })
}
