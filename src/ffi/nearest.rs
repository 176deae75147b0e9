//! Asking for the videos nearest to vectors that the host brings: a service's path, many queries at
//! once.

use std::ffi::c_char;

use super::boundary::{call, call_on, call_void, output};
use super::engine::{call_options, vrec_engine};
use super::error::vrec_error;
use super::filter::{read_filter, vrec_filter};
use super::input::{read_optional_struct, read_str, read_vector, versioned};
use super::output::{TextColumn, column, write_struct};
use super::types::vrec_call_options;
use crate::domain::{Error, Fusion, Neighbour, Result, VectorQuery, limits};

/// A list for each query vector.
pub const VREC_FUSION_NONE: i32 = 0;
/// One list for all query vectors; a video's score is its best with any of them: one profile's several
/// interests.
pub const VREC_FUSION_MAX: i32 = 1;
/// One list for all; a video's score is the weighted mean of its scores.
pub const VREC_FUSION_WEIGHTED: i32 = 2;

/// Query vectors are centred as vectors brought with videos are: with a model by the mean of their
/// language, without one as centre_vectors says.
pub const VREC_CENTRING_DEFAULT: i32 = 0;
/// They are taken as they are: centred already.
pub const VREC_CENTRING_NONE: i32 = 1;

/// Most query vectors in one call, and most results of all their lists together.
pub const VREC_MAX_QUERY_VECTORS: u32 = 1024;
pub const VREC_MAX_RESULTS_OF_ALL_LISTS: u32 = 1000000;

const _: () = {
    assert!(VREC_MAX_QUERY_VECTORS as usize == limits::QUERY_VECTORS);
    assert!(VREC_MAX_RESULTS_OF_ALL_LISTS as usize == limits::RESULTS_OF_ALL_LISTS);
};

/// What the nearest videos are asked for.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct vrec_vector_query {
    /// sizeof(vrec_vector_query).
    pub struct_size: usize,
    /// vector_count rows of vector_len elements, one after the other: finite, not zero, not all
    /// denormal, of any length with VREC_METRIC_COSINE. Required.
    pub vectors: *const f32,
    /// At most 1024, or 64 with VREC_FUSION_MAX.
    pub vector_count: usize,
    /// The engine's dimensions.
    pub vector_len: usize,
    /// vector_count weights from -1000 to 1000, not all 0, for VREC_FUSION_WEIGHTED. Default: equal
    /// ones.
    pub weights: *const f32,
    /// BCP 47 tag of the language of the texts that the vectors come from, for the centring with a
    /// model. Default: the mean of all languages.
    pub language: *const c_char,
    pub language_len: usize,
    /// Rules that every result keeps. Default: none.
    pub filter: *const vrec_filter,
    /// One of VREC_FUSION_.
    pub fusion: i32,
    /// At most this many results of each list, up to 10000. Default: 10.
    pub limit: u32,
    /// Only results with at least this score. Default: no threshold; for one at zero pass the smallest
    /// positive float.
    pub min_score: f32,
    /// One of VREC_CENTRING_.
    pub centring: i32,
}
versioned!(vrec_vector_query {
    struct_size: usize,
    vectors: *const f32,
    vector_count: usize,
    vector_len: usize,
    weights: *const f32,
    language: *const c_char,
    language_len: usize,
    filter: *const vrec_filter,
    fusion: i32,
    limit: u32,
    min_score: f32,
    centring: i32,
});

/// Lists of neighbours as columns, list after list, best first. All pointers stay valid until the
/// neighbours are destroyed; none is NULL.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct vrec_neighbour_columns {
    /// sizeof(vrec_neighbour_columns), set by the caller; fields past it are not written.
    pub struct_size: usize,
    pub list_count: usize,
    /// List i lies between list_offsets[i] and list_offsets[i + 1]; list_count + 1 of them.
    pub list_offsets: *const u64,
    /// Values of each column: results of all lists.
    pub count: usize,
    /// The ids as one block of UTF-8 bytes and count + 1 offsets.
    pub ids: *const c_char,
    pub id_offsets: *const u64,
    /// Cosines from -1 to 1, or inner products, as the engine's metric is.
    pub scores: *const f32,
}
versioned!(vrec_neighbour_columns {
    struct_size: usize,
    list_count: usize,
    list_offsets: *const u64,
    count: usize,
    ids: *const c_char,
    id_offsets: *const u64,
    scores: *const f32,
});

/// Lists of neighbours. Immutable; may outlive the engine and be read from several threads.
pub struct vrec_neighbours {
    list_offsets: Vec<u64>,
    ids: TextColumn,
    scores: Vec<f32>,
}

impl vrec_neighbours {
    fn new(lists: &[Vec<Neighbour>]) -> Self {
        let mut list_offsets = vec![0];
        for list in lists {
            list_offsets.push(list_offsets[list_offsets.len() - 1] + list.len() as u64);
        }
        let all: Vec<&Neighbour> = lists.iter().flatten().collect();
        vrec_neighbours {
            list_offsets,
            ids: TextColumn::new(all.iter().map(|neighbour| neighbour.id.as_str())),
            scores: column(all.iter().map(|neighbour| neighbour.score)),
        }
    }

    fn columns(&self, struct_size: usize) -> vrec_neighbour_columns {
        vrec_neighbour_columns {
            struct_size,
            list_count: self.list_offsets.len() - 1,
            list_offsets: self.list_offsets.as_ptr(),
            count: self.ids.offsets.len() - 1,
            ids: self.ids.block(),
            id_offsets: self.ids.offsets.as_ptr(),
            scores: self.scores.as_ptr(),
        }
    }
}

/// The videos nearest to vectors, by cosine or inner product. Best first, ties by id: without
/// sign_stage the lists are those of scoring every video with the values kept of it, the same bytes on every
/// machine, thread count and instruction set. No
/// profile is asked: what a profile watched or hid is not left out.
///
/// Parameters: engine, not NULL; query, not NULL; call, bounds on the call, may be NULL; neighbours, where
/// to put the lists, not NULL; error, where to put an error, may be NULL.
/// Ownership: the caller owns neighbours, to be given up by vrec_neighbours_destroy.
/// Threads: any; never waits for writes.
/// Errors: VREC_E_INVALID_ARGUMENT, naming the vector by its index, VREC_E_LIMIT, VREC_E_UTF8,
/// VREC_E_CANCELLED, VREC_E_TIMED_OUT.
/// Cost: reads half a byte of every video's vector an element for each 32 query vectors.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_nearest(
    engine: *const vrec_engine,
    query: *const vrec_vector_query,
    call: *const vrec_call_options,
    neighbours: *mut *mut vrec_neighbours,
    error: *mut *mut vrec_error,
) -> i32 {
    let body = |handle: &vrec_engine| {
        let target = output(neighbours, "neighbours")?;
        // SAFETY: as the header demands.
        let (query, call) = unsafe { (convert(query)?, call_options(call)?) };
        let found = vrec_neighbours::new(&handle.engine().nearest(&query, &call)?);
        // SAFETY: not null, so valid for writing by the header's contract.
        unsafe { target.write(Box::into_raw(Box::new(found))) };
        Ok(())
    };
    // SAFETY: as the header demands.
    unsafe { call_on("vrec_nearest", engine, error, body) }
}

/// Gives all columns of the lists at once.
///
/// Parameters: neighbours, the lists, not NULL; columns, not NULL, its struct_size set by the caller;
/// error, where to put an error, may be NULL.
/// Ownership: the columns are borrowed from neighbours, until vrec_neighbours_destroy.
/// Threads: any, also several at once on the same neighbours.
/// Errors: VREC_E_INVALID_ARGUMENT, VREC_E_TOO_NEW, VREC_E_REENTRANT.
/// Cost: constant; nothing is copied.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_neighbours_columns(
    neighbours: *const vrec_neighbours,
    columns: *mut vrec_neighbour_columns,
    error: *mut *mut vrec_error,
) -> i32 {
    let body = || {
        // SAFETY: null or live by the header's contract.
        let lists = unsafe { neighbours.as_ref() }.ok_or_else(|| Error::invalid("neighbours is NULL"))?;
        // SAFETY: null or a struct with its size by the header's contract.
        unsafe { write_struct(columns, "columns", |size| lists.columns(size)) }
    };
    // SAFETY: `error` is as the header demands.
    unsafe { call("vrec_neighbours_columns", error, body) }
}

/// Frees lists of neighbours. NULL is allowed.
///
/// Parameters: neighbours, lists that are not used any more, or NULL.
/// Ownership: takes neighbours; every pointer into their columns ends.
/// Threads: any, when no other call on these neighbours is running.
/// Errors: none.
/// Cost: constant.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_neighbours_destroy(neighbours: *mut vrec_neighbours) {
    if !neighbours.is_null() {
        // SAFETY: made by Box::into_raw and not freed before, by the header's contract.
        call_void(|| drop(unsafe { Box::from_raw(neighbours) }));
    }
}

/// # Safety
/// `query` is null or a struct with its size, whose pointers are as the header demands.
unsafe fn convert(query: *const vrec_vector_query) -> Result<VectorQuery> {
    // SAFETY: passed on from this function's contract.
    let given = unsafe { read_optional_struct(query) }?.ok_or_else(|| Error::invalid("query is NULL"))?;
    let fusion = Fusion::from_code(given.fusion)
        .ok_or_else(|| Error::invalid(format!("fusion {} is no VREC_FUSION_ value", given.fusion)))?;
    let centred = match given.centring {
        VREC_CENTRING_DEFAULT => false,
        VREC_CENTRING_NONE => true,
        other => return Err(Error::invalid(format!("centring {other} is no VREC_CENTRING_ value"))),
    };
    if given.vector_count > limits::QUERY_VECTORS {
        return Err(Error::limit("vector_count", given.vector_count, limits::QUERY_VECTORS));
    }
    // SAFETY: the pointers are null or readable for their lengths by this function's contract; the counts
    // are bounded, so that no offset overflows.
    let (vectors, weights, language) = unsafe {
        let row = |index: usize| {
            let start = given.vectors.wrapping_add(index * given.vector_len.min(limits::DIMENSIONS));
            let start = if given.vectors.is_null() { given.vectors } else { start };
            Ok(read_vector("vectors", start, given.vector_len)?.unwrap_or_default())
        };
        let weights = if given.weights.is_null() { 0 } else { given.vector_count };
        (
            (0..given.vector_count).map(row).collect::<Result<Vec<_>>>()?,
            read_vector("weights", given.weights, weights)?.unwrap_or_default(),
            read_str("language", given.language, given.language_len)?.to_owned(),
        )
    };
    Ok(VectorQuery {
        vectors,
        fusion,
        weights,
        limit: if given.limit == 0 { VectorQuery::DEFAULT_LIMIT } else { given.limit as usize },
        min_score: if given.min_score == 0.0 { None } else { Some(given.min_score) },
        language,
        // SAFETY: null or a filter with readable lists by this function's contract.
        filter: unsafe { read_filter(given.filter) }?,
        centred,
    })
}
