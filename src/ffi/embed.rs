//! Texts to vectors.

use std::ffi::c_char;

use super::boundary::{call_on, output};
use super::engine::{call_options, vrec_engine};
use super::error::vrec_error;
use super::input::{check_count, read_str, read_texts};
use super::types::vrec_call_options;
use crate::domain::{Error, Result, limits};

/// Turns one text into its vector: unit length, not centred by language. The text is cleaned first
/// (mark-up, control characters, white space, NFKC); a long one is cut in overlapping windows whose
/// vectors are averaged by length. An empty text has a vector, too.
///
/// Cosines of these vectors are squeezed into a narrow band that depends on the model and on the
/// languages; to compare videos use vrec_similar and vrec_search, whose scores are centred.
///
/// Parameters: engine, not NULL; text and its length in bytes, at most 65536; vector and vector_len,
/// where to put the elements, exactly vrec_dimensions of them; call, bounds on the call, may be NULL;
/// error, where to put an error, may be NULL.
/// Ownership: nothing changes hands; text is read during the call only.
/// Threads: any; waits for other embeddings on the same engine, never for added videos.
/// Errors: those of vrec_load_encoder, VREC_E_LIMIT, VREC_E_UTF8, VREC_E_CANCELLED, VREC_E_TIMED_OUT.
/// Nothing is written on failure.
/// Cost: one run of the model for each window.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_embed(
    engine: *const vrec_engine,
    text: *const c_char,
    text_len: usize,
    vector: *mut f32,
    vector_len: usize,
    call: *const vrec_call_options,
    error: *mut *mut vrec_error,
) -> i32 {
    let body = |handle: &vrec_engine| {
        // SAFETY: readable for its length by the header's contract.
        let text = unsafe { read_str("text", text, text_len) }?;
        // SAFETY: the output is writable for its length and the call options are as demanded.
        unsafe { embed_into(handle, &[text], "vector", vector, vector_len, call) }
    };
    // SAFETY: as the header demands.
    unsafe { call_on("vrec_embed", engine, error, body) }
}

/// Turns many texts into their vectors; see vrec_embed. Faster than one at a time on several
/// threads and on short texts: texts of like length run together.
///
/// Parameters: engine, not NULL; texts, a block of UTF-8 bytes, and offsets, count + 1 of them: text
/// i lies between offsets[i] and offsets[i + 1]; count, at most 65536; vectors and vectors_len, where
/// to put count rows of vrec_dimensions elements each, exactly as many; call, bounds on the call, may
/// be NULL; error, where to put an error, may be NULL.
/// Ownership: nothing changes hands; texts are read during the call only.
/// Threads: any; waits for other embeddings on the same engine, never for added videos.
/// Errors: as for vrec_embed; the message names the text by its index. Nothing is written on failure.
/// Cost: one run of the model for about tokens_per_run tokens.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_embed_batch(
    engine: *const vrec_engine,
    texts: *const c_char,
    offsets: *const u64,
    count: usize,
    vectors: *mut f32,
    vectors_len: usize,
    call: *const vrec_call_options,
    error: *mut *mut vrec_error,
) -> i32 {
    let body = |handle: &vrec_engine| {
        check_count("texts", count)?;
        // SAFETY: block and offsets are readable by the header's contract.
        let texts = unsafe { read_texts("texts", texts, offsets, count, limits::BATCH_BYTES) }?;
        // SAFETY: the output is writable for its length and the call options are as demanded.
        unsafe { embed_into(handle, &texts, "vectors", vectors, vectors_len, call) }
    };
    // SAFETY: as the header demands.
    unsafe { call_on("vrec_embed_batch", engine, error, body) }
}

/// # Safety
/// `vectors` is null or writable for `vectors_len` floats; `call` is as for [`call_options`].
unsafe fn embed_into(
    handle: &vrec_engine,
    texts: &[&str],
    argument: &str,
    vectors: *mut f32,
    vectors_len: usize,
    call: *const vrec_call_options,
) -> Result<()> {
    // SAFETY: passed on from this function's contract.
    let call = unsafe { call_options(call) }?;
    handle.engine().check_encoder()?;
    let needed = texts.len() * handle.engine().dimensions();
    if vectors_len != needed {
        let message = format!("{argument}_len is {vectors_len}; it must be {needed}, vrec_dimensions for each text");
        return Err(Error::invalid(message));
    }
    if needed == 0 {
        return Ok(());
    }
    let target = output(vectors, argument)?;
    let rows = handle.engine().embed(texts, &call)?;
    for (index, value) in rows.iter().enumerate() {
        // SAFETY: the matrix has `needed` elements in row order, and as many floats are writable.
        unsafe { target.add(index).write_unaligned(*value) };
    }
    Ok(())
}
