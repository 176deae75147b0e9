//! Packs: what was learned from everyone, out of an engine and into one.

use std::borrow::Cow;
use std::path::PathBuf;
use std::slice;

use super::boundary::{call, call_on, call_void, output};
use super::engine::{call_options, switch, vrec_engine};
use super::error::vrec_error;
use super::feature_weights::read_feature_weights;
use super::input::{read_optional_struct, read_path, read_str, read_struct};
use super::output::{column, write_struct};
use super::types::{vrec_call_options, vrec_pack_export_options, vrec_pack_fields, vrec_pack_import_options};
use crate::domain::{Error, Result, limits};
use crate::engine::{Engine, PackDescription, PackExport, PackImport, describe_pack};
use crate::learning::{Noise, PackOptions};
use crate::store::pack_file::{PACK_KEY_BYTES, PackLimits, PublicKey, SigningKey};
use crate::store::whole_file::{read_whole, replace_whole};

/// What a pack says of itself. Immutable; may outlive its engine and be read from several threads.
pub struct vrec_pack_description {
    description: PackDescription,
    line: Vec<u8>,
    encoder: Vec<u8>,
}

impl vrec_pack_description {
    fn new(description: PackDescription) -> Self {
        let line = column(description.info.line.bytes());
        let encoder = column(description.info.encoder.iter().copied());
        vrec_pack_description { description, line, encoder }
    }

    fn fields(&self, struct_size: usize) -> vrec_pack_fields {
        let PackDescription { info, key, stored_bytes, content_bytes, has_sequence, before, home_share } =
            &self.description;
        vrec_pack_fields {
            struct_size,
            line: self.line.as_ptr().cast(),
            line_len: self.line.len(),
            number: info.number,
            created_utc_ms: info.created_utc_ms,
            videos: info.videos,
            base_number: info.base.as_ref().map_or(0, |base| base.number),
            before_number: before.unwrap_or(0),
            stored_bytes: *stored_bytes,
            content_bytes: *content_bytes,
            epsilon: info.noise.map_or(0.0, |noise| noise.epsilon),
            delta: info.noise.map_or(0.0, |noise| noise.delta),
            most_watches: info.noise.map_or(0, |noise| noise.most_watches),
            home_share: home_share.unwrap_or(0.0),
            has_sequence: u32::from(*has_sequence),
            reserved: 0,
            encoder: self.encoder.as_ptr(),
            encoder_len: self.encoder.len(),
            key: key.as_ptr(),
            key_len: key.len(),
        }
    }
}

/// Writes what was learned from all profiles into one signed file, a pack, which vrec_pack_import takes. No person's row
/// goes in: tables of how often videos were watched, alone and after each other, what vrec_train made, what each
/// feature counts, and the network that vrec_load_sequence took; docs/packs.md says what each may tell, and
/// what options.epsilon does against that.
///
/// Parameters: engine, not NULL; options, not NULL; call, bounds on the call, may be NULL, whose progress_callback
/// hears of sections; error, where to put an error, may be NULL.
/// Ownership: nothing changes hands; the library wipes its copy of the key.
/// Threads: any; lists and writes go on meanwhile.
/// Errors: VREC_E_INVALID_ARGUMENT, also for a base that is a delta itself, or whose number is not below, and
/// where a pack is in use, whose knowledge is not packed again; VREC_E_SIGNATURE
/// for a base of another key; VREC_E_CORRUPT, VREC_E_TOO_NEW, VREC_E_OLDER for a base that is damaged, or of another
/// format; VREC_E_NOT_FOUND where nobody watched anything, and for a base that is not there; VREC_E_LIMIT for more than
/// 64 MiB; VREC_E_MEMORY_LIMIT, VREC_E_CANCELLED, VREC_E_TIMED_OUT, VREC_E_IO, VREC_E_DISK_FULL, VREC_E_READ_ONLY,
/// VREC_E_UTF8, VREC_E_REENTRANT, VREC_E_FORKED. On failure a file at the path stays as it was.
/// Cost: counts all watches anew and compresses; seconds for a million. Some times the tables' memory.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_pack_export(
    engine: *const vrec_engine,
    options: *const vrec_pack_export_options,
    call: *const vrec_call_options,
    error: *mut *mut vrec_error,
) -> i32 {
    let body = |handle: &vrec_engine| {
        // SAFETY: null or a struct with its size whose pointers are as the header demands.
        let given = unsafe { read_struct(options, None) }?;
        // SAFETY: as above.
        let (path, export, base_path) = unsafe { export_options(&given, handle.engine()) }?;
        // SAFETY: null or a struct with its size, by the header's contract.
        let call = unsafe { call_options(call) }?;
        let base = base_path.map(|path| read_whole(&path, PackLimits::default().file_bytes));
        let base = base.transpose().map_err(|error| error.within("base_path"))?;
        let pack = handle.engine().export_pack(&export, base.as_deref(), &call)?;
        call.check()?;
        replace_whole(&path, &pack)
    };
    // SAFETY: as the header demands.
    unsafe { call_on("vrec_pack_export", engine, error, body) }
}

/// Takes a pack in place of the one in use, and keeps that one for vrec_pack_revert. Lists count it at once, under
/// what profiles did here, which stays. What vrec_train made here goes, and it refuses to train while a pack is in use.
/// What features count in lists is as the pack says, unless vrec_options or the query do.
///
/// A network in the pack counts in place of the one that vrec_load_sequence took, as long as the pack is in use. Where
/// nothing here can run it, lists go without it and the log has a warning; one that does not open, or whose steps could
/// take more than docs/sequence.md allows, refuses the pack.
///
/// The signature is checked before anything of the pack is read. With a store it is on the disk when the call returns; a
/// power cut leaves the one pack or the other, and vrec_create brings it back.
///
/// Parameters: engine, not NULL; options, not NULL, with a path or data; call, bounds on the call, may be NULL, whose
/// progress_callback hears of sections; error, where to put an error, may be NULL.
/// Ownership: nothing changes hands.
/// Threads: any; lists go on meanwhile, writes wait while profiles are based on the pack.
/// Errors: VREC_E_SIGNATURE unless a trusted key signed it; VREC_E_CORRUPT for what is no pack, is cut short or not as
/// it was signed; VREC_E_TOO_NEW for a later format; VREC_E_LIMIT for more than the options allow; VREC_E_OLDER for an
/// earlier format, and unless its number is above that of the pack in use; VREC_E_BASE for a delta to another pack;
/// VREC_E_INVALID_ARGUMENT, also for a pack of another line; VREC_E_MODEL_HASH, VREC_E_MODEL_INVALID, VREC_E_RUNTIME for a
/// network in it that does not open; VREC_E_NOT_FOUND for a file that is not there; VREC_E_MEMORY_LIMIT,
/// VREC_E_CANCELLED, VREC_E_TIMED_OUT, VREC_E_IO, VREC_E_DISK_FULL, VREC_E_READ_ONLY, VREC_E_UTF8, VREC_E_FAULTED,
/// VREC_E_REENTRANT, VREC_E_FORKED. On failure the pack in use stays.
/// Cost: hashes, decompresses and reads the file, and learns again what profiles did. Memory for the
/// file's bytes, for its content, and for what is made beside that, up to as much again.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_pack_import(
    engine: *mut vrec_engine,
    options: *const vrec_pack_import_options,
    call: *const vrec_call_options,
    error: *mut *mut vrec_error,
) -> i32 {
    let body = |handle: &vrec_engine| {
        // SAFETY: null or a struct with its size whose pointers are as the header demands.
        let given = unsafe { read_struct(options, None) }?;
        // SAFETY: as above.
        let (import, bytes) = unsafe { import_options(&given) }?;
        // SAFETY: null or a struct with its size, by the header's contract.
        let call = unsafe { call_options(call) }?;
        handle.engine().import_pack(bytes, &import, &call).map(drop)
    };
    // SAFETY: as the header demands.
    unsafe { call_on("vrec_pack_import", engine, error, body) }
}

/// Tells of the pack in use or, with options, of one in a file, whose signature and header are checked and no more.
///
/// Parameters: engine, not NULL; options, NULL for the pack in use; description, where to put the description, not NULL; error,
/// where to put an error, may be NULL.
/// Ownership: the caller owns the description, to be given up by vrec_pack_description_destroy.
/// Threads: any; waits for nobody.
/// Errors: VREC_E_NOT_FOUND without a pack in use, and for a file that is not there; with options those of vrec_pack_import,
/// but for VREC_E_BASE and for VREC_E_OLDER by a number; VREC_E_INVALID_ARGUMENT, VREC_E_REENTRANT, VREC_E_FORKED.
/// Cost: constant; with options, reads the file.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_pack_info(
    engine: *const vrec_engine,
    options: *const vrec_pack_import_options,
    description: *mut *mut vrec_pack_description,
    error: *mut *mut vrec_error,
) -> i32 {
    let body = |handle: &vrec_engine| {
        let target = output(description, "description")?;
        // SAFETY: null or a struct with its size whose pointers are as the header demands.
        let found = match unsafe { read_optional_struct(options) }? {
            None => handle.engine().pack_info()?,
            Some(given) => {
                // SAFETY: as above.
                let (import, bytes) = unsafe { import_options(&given) }?;
                describe_pack(&bytes, &import)?
            }
        };
        // SAFETY: not null, so valid for writing by the header's contract.
        unsafe { target.write_unaligned(Box::into_raw(Box::new(vrec_pack_description::new(found)))) };
        Ok(())
    };
    // SAFETY: as the header demands.
    unsafe { call_on("vrec_pack_info", engine, error, body) }
}

/// Gives all fields of a description at once.
///
/// Parameters: description, not NULL; fields, not NULL, its struct_size set by the caller; error, where to put an error, may be
/// NULL.
/// Ownership: the fields are borrowed from description, until vrec_pack_description_destroy.
/// Threads: any, also several at once on the same description.
/// Errors: VREC_E_INVALID_ARGUMENT, VREC_E_TOO_NEW, VREC_E_REENTRANT.
/// Cost: constant; nothing is copied.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_pack_description_fields(
    description: *const vrec_pack_description,
    fields: *mut vrec_pack_fields,
    error: *mut *mut vrec_error,
) -> i32 {
    let body = || {
        // SAFETY: null or live by the header's contract.
        let found = unsafe { description.as_ref() }.ok_or_else(|| Error::invalid("description is NULL"))?;
        // SAFETY: null or a struct with its size by the header's contract.
        unsafe { write_struct(fields, "fields", |size| found.fields(size)) }
    };
    // SAFETY: `error` is as the header demands.
    unsafe { call("vrec_pack_description_fields", error, body) }
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
pub unsafe extern "C" fn vrec_pack_description_destroy(description: *mut vrec_pack_description) {
    if !description.is_null() {
        // SAFETY: made by Box::into_raw and not freed before, by the header's contract.
        call_void(|| drop(unsafe { Box::from_raw(description) }));
    }
}

/// Takes the pack in use away and brings back the one before, where there is one; called again, it goes back to no
/// pack. What profiles did stays.
///
/// Parameters: engine, not NULL; call, bounds on the call, may be NULL, whose progress_callback hears nothing; error, where
/// to put an error, may be NULL.
/// Ownership: nothing changes hands.
/// Threads: any; lists go on meanwhile, other writes wait.
/// Errors: VREC_E_NOT_FOUND without a pack in use; VREC_E_CANCELLED, also where another thread changed it meanwhile;
/// VREC_E_TIMED_OUT, VREC_E_CORRUPT, VREC_E_MEMORY_LIMIT, VREC_E_IO, VREC_E_DISK_FULL, VREC_E_READ_ONLY,
/// VREC_E_INVALID_ARGUMENT, VREC_E_FAULTED, VREC_E_REENTRANT, VREC_E_FORKED. On failure the pack in use stays.
/// Cost: as vrec_pack_import, without the hashing.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_pack_revert(
    engine: *mut vrec_engine,
    call: *const vrec_call_options,
    error: *mut *mut vrec_error,
) -> i32 {
    let body = |handle: &vrec_engine| {
        // SAFETY: null or a struct with its size, by the header's contract.
        let call = unsafe { call_options(call) }?;
        handle.engine().revert_pack(&call).map(drop)
    };
    // SAFETY: as the header demands.
    unsafe { call_on("vrec_pack_revert", engine, error, body) }
}

/// Where to, what, and the base's path.
///
/// # Safety
/// The pointers are null or readable for their lengths.
unsafe fn export_options(
    given: &vrec_pack_export_options,
    engine: &Engine,
) -> Result<(PathBuf, PackExport, Option<PathBuf>)> {
    // SAFETY: passed on from this function's contract.
    let (path, line, key, base_path, weights) = unsafe {
        (
            read_path("path", given.path, given.path_len)?,
            read_str("line", given.line, given.line_len)?,
            read_key("signing_key", given.signing_key, given.signing_key_len)?,
            read_path("base_path", given.base_path, given.base_path_len)?,
            read_feature_weights(given.feature_weights, given.feature_weight_count)?,
        )
    };
    let path = path.ok_or_else(|| Error::invalid("path is empty"))?;
    let export = PackExport {
        line: line.to_owned(),
        number: given.number,
        created_utc_ms: given.created_utc_ms,
        key: SigningKey::new(key)?,
        learned: PackOptions { weights: weights.unwrap_or_else(|| engine.feature_weights()), ..learned(given)? },
        has_vectors: switch("with_vectors", given.with_vectors)?,
        has_sequence: !switch("without_sequence", given.without_sequence)?,
    };
    Ok((path, export, base_path))
}

fn learned(given: &vrec_pack_export_options) -> Result<PackOptions> {
    let defaults = PackOptions::default();
    let or = |given: u32, default: usize| if given == 0 { default } else { given as usize };
    if given.epsilon == 0.0 && (given.delta != 0.0 || given.most_watches != 0) {
        return Err(Error::invalid("delta and most_watches need an epsilon"));
    }
    let noise = Noise { epsilon: given.epsilon, delta: given.delta, most_watches: given.most_watches };
    Ok(PackOptions {
        transitions_per_item: or(given.transitions_per_item, defaults.transitions_per_item),
        pairs_per_item: or(given.pairs_per_item, defaults.pairs_per_item),
        weights_per_item: or(given.weights_per_item, defaults.weights_per_item),
        least_profiles: or(given.least_profiles, defaults.least_profiles as usize) as u32,
        trend_days: or(given.trend_days, defaults.trend_days as usize) as u32,
        noise: (given.epsilon != 0.0).then_some(noise),
        ..defaults
    })
}

/// What is trusted, and the pack's bytes.
///
/// # Safety
/// The pointers are null or readable for their lengths, and the bytes stay as they are during the call.
unsafe fn import_options<'a>(given: &vrec_pack_import_options) -> Result<(PackImport, Cow<'a, [u8]>)> {
    // SAFETY: passed on from this function's contract.
    let (path, line, trusted_keys) = unsafe {
        (
            read_path("path", given.path, given.path_len)?,
            read_str("line", given.line, given.line_len)?,
            read_trusted_keys(given)?,
        )
    };
    let or = |given: u64, default: u64| if given == 0 { default } else { given };
    let limits = PackLimits {
        file_bytes: or(given.most_file_bytes, PackLimits::default().file_bytes),
        content_bytes: or(given.most_content_bytes, PackLimits::default().content_bytes),
    };
    let bytes = match (path, given.data_len) {
        (Some(path), 0) => Cow::Owned(read_whole(&path, limits.file_bytes)?),
        // SAFETY: as above.
        (None, length) if length > 0 => Cow::Borrowed(unsafe { read_data(given.data, length) }?),
        _ => return Err(Error::invalid("a path or data is needed, and only one of them")),
    };
    Ok((
        PackImport { trusted_keys, line: Some(line).filter(|line| !line.is_empty()).map(str::to_owned), limits },
        bytes,
    ))
}

/// # Safety
/// `data` is null or readable for `length` bytes that stay as they are during `'a`.
unsafe fn read_data<'a>(data: *const u8, length: usize) -> Result<&'a [u8]> {
    if data.is_null() {
        return Err(Error::invalid("data is NULL, data_len is not 0"));
    }
    if length > isize::MAX as usize {
        return Err(Error::limit("data_len", length, isize::MAX as usize));
    }
    // SAFETY: not null, and readable for its length by this function's contract.
    Ok(unsafe { slice::from_raw_parts(data, length) })
}

/// # Safety
/// `given.trusted_keys` is null or readable for as many keys as it says.
unsafe fn read_trusted_keys(given: &vrec_pack_import_options) -> Result<Vec<PublicKey>> {
    let count = given.trusted_key_count;
    if count > limits::PACK_KEYS {
        return Err(Error::limit("trusted_key_count", count, limits::PACK_KEYS));
    }
    if given.trusted_keys.is_null() && count > 0 {
        return Err(Error::invalid("trusted_keys is NULL, trusted_key_count is not 0"));
    }
    let key = |index: usize| {
        // SAFETY: readable for all keys by this function's contract; bytes need no alignment.
        let bytes = unsafe { given.trusted_keys.add(index * PACK_KEY_BYTES).cast::<[u8; PACK_KEY_BYTES]>().read() };
        PublicKey::new(bytes).map_err(|error| error.within(&format!("trusted_keys[{index}]")))
    };
    (0..count).map(key).collect()
}

/// # Safety
/// `key` is null or readable for `length` bytes.
unsafe fn read_key(argument: &str, key: *const u8, length: usize) -> Result<[u8; PACK_KEY_BYTES]> {
    if key.is_null() || length != PACK_KEY_BYTES {
        return Err(Error::invalid(format!("{argument} is NULL or has {length} bytes; it needs {PACK_KEY_BYTES}")));
    }
    // SAFETY: not null and readable for its length by this function's contract; bytes need no alignment.
    Ok(unsafe { key.cast::<[u8; PACK_KEY_BYTES]>().read() })
}
