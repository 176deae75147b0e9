//! Handing results to C: whole columns in one call, owned by a handle that is independent of the
//! engine.

use std::ffi::c_char;

use once_cell::sync::OnceCell;

use super::boundary::{call, call_void, output};
use super::error::vrec_error;
use super::input::{Versioned, check_struct_size};
use super::reasons::ReasonColumns;
use super::types::vrec_columns;
use crate::domain::{Error, Reason, Recommendation, Result};

/// A list of results. Immutable; may outlive its engine and be read from several threads.
pub struct vrec_results {
    scores: Vec<f32>,
    ids: TextColumn,
    titles: TextColumn,
    because_ids: TextColumn,
    matched_fields: Vec<i32>,
    matched_texts: TextColumn,
    matched_scores: Vec<f32>,
    propensities: Vec<f32>,
    reasons: Vec<Vec<Reason>>,
    /// Made when somebody asks for them.
    reason_columns: OnceCell<ReasonColumns>,
}

/// Values with an allocation even when there are none: an empty Vec's pointer is no address, and
/// some callers' runtimes refuse such pointers.
pub(super) fn column<T>(values: impl ExactSizeIterator<Item = T>) -> Vec<T> {
    let mut column = Vec::with_capacity(values.len().max(1));
    column.extend(values);
    column
}

/// Texts as one block and offsets.
pub(super) struct TextColumn {
    block: Vec<u8>,
    pub(super) offsets: Vec<u64>,
}

impl TextColumn {
    pub(super) fn new<'a>(texts: impl Iterator<Item = &'a str>) -> Self {
        let mut column = TextColumn { block: Vec::with_capacity(1), offsets: vec![0] };
        for text in texts {
            column.block.extend_from_slice(text.as_bytes());
            column.offsets.push(column.block.len() as u64);
        }
        column
    }

    pub(super) fn block(&self) -> *const c_char {
        self.block.as_ptr().cast()
    }
}

impl vrec_results {
    pub(super) fn new(list: Vec<Recommendation>) -> Self {
        vrec_results {
            scores: column(list.iter().map(|item| item.score)),
            ids: TextColumn::new(list.iter().map(|item| item.id.as_str())),
            titles: TextColumn::new(list.iter().map(|item| item.title.as_str())),
            because_ids: TextColumn::new(list.iter().map(|item| item.because_id.as_str())),
            matched_fields: column(list.iter().map(|item| item.matched_field.map_or(0, |field| field as i32))),
            matched_texts: TextColumn::new(list.iter().map(|item| item.matched_text.as_str())),
            matched_scores: column(list.iter().map(|item| item.matched_score)),
            propensities: column(list.iter().map(|item| item.propensity)),
            reasons: list.into_iter().map(|item| item.reasons).collect(),
            reason_columns: OnceCell::new(),
        }
    }

    pub(super) fn reasons(&self) -> &ReasonColumns {
        self.reason_columns.get_or_init(|| ReasonColumns::new(&self.reasons))
    }

    fn columns(&self, struct_size: usize) -> vrec_columns {
        vrec_columns {
            struct_size,
            count: self.scores.len(),
            ids: self.ids.block(),
            id_offsets: self.ids.offsets.as_ptr(),
            titles: self.titles.block(),
            title_offsets: self.titles.offsets.as_ptr(),
            scores: self.scores.as_ptr(),
            because_ids: self.because_ids.block(),
            because_id_offsets: self.because_ids.offsets.as_ptr(),
            matched_fields: self.matched_fields.as_ptr(),
            matched_texts: self.matched_texts.block(),
            matched_text_offsets: self.matched_texts.offsets.as_ptr(),
            matched_scores: self.matched_scores.as_ptr(),
            propensities: self.propensities.as_ptr(),
        }
    }
}

/// Gives all columns of a list at once.
///
/// Parameters: results, the list, not NULL; columns, not NULL, its struct_size set by the caller;
/// error, where to put an error, may be NULL.
/// Ownership: the columns are borrowed from results, until vrec_results_destroy.
/// Threads: any, also several at once on the same results.
/// Errors: VREC_E_INVALID_ARGUMENT, VREC_E_TOO_NEW, VREC_E_REENTRANT.
/// Cost: constant; nothing is copied.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_results_columns(
    results: *const vrec_results,
    columns: *mut vrec_columns,
    error: *mut *mut vrec_error,
) -> i32 {
    let body = || {
        // SAFETY: null or live by the header's contract.
        let list = unsafe { results.as_ref() }.ok_or_else(|| Error::invalid("results is NULL"))?;
        // SAFETY: null or a struct with its size by the header's contract.
        unsafe { write_struct(columns, "columns", |size| list.columns(size)) }
    };
    // SAFETY: `error` is as the header demands.
    unsafe { call("vrec_results_columns", error, body) }
}

/// Frees a list. NULL is allowed.
///
/// Parameters: results, a list that is not used any more, or NULL.
/// Ownership: takes results; every pointer into its columns ends.
/// Threads: any, when no other call on these results is running.
/// Errors: none.
/// Cost: constant.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_results_destroy(results: *mut vrec_results) {
    if !results.is_null() {
        // SAFETY: made by Box::into_raw and not freed before, by the header's contract.
        call_void(|| drop(unsafe { Box::from_raw(results) }));
    }
}

/// Writes a struct that the caller sized: what it has room for, and zeros past what is known.
///
/// # Safety
/// `pointer` is null or points to a `size_t` followed by as many writable bytes as it says.
pub(super) unsafe fn write_struct<T: Versioned>(
    pointer: *mut T,
    argument: &str,
    value: impl FnOnce(usize) -> T,
) -> Result<()> {
    let target = output(pointer, argument)?.as_ptr();
    // SAFETY: not null, so its struct_size is readable; alignment is not assumed.
    let size = unsafe { target.cast::<usize>().read_unaligned() };
    check_struct_size::<T>(size, None)?;
    let value = value(size);
    let known = size.min(size_of::<T>());
    // SAFETY: `size` bytes are writable by contract; `known` of them come from `value`.
    unsafe {
        std::ptr::copy_nonoverlapping((&raw const value).cast::<u8>(), target.cast::<u8>(), known);
        std::ptr::write_bytes(target.cast::<u8>().add(known), 0, size - known);
    }
    Ok(())
}
