//! What a call from C costs beyond the kernel: the time of `vrec_nearest` on 10,000 videos of 384
//! elements, answer read and freed, over the time of the kernel alone on as many rows. Both in turn, the
//! least of many, since everything else on a machine only adds.
//!
//! Arguments, all numbers: how many videos, how many queries in a call, and n for a filter that one video in n
//! passes, before which the caches are emptied.

use std::ffi::c_void;
use std::hint::black_box;
use std::ptr;
use std::time::Instant;

use vrec::ffi::{
    VREC_OK, vrec_add_videos, vrec_create, vrec_destroy, vrec_engine, vrec_filter, vrec_nearest,
    vrec_neighbour_columns, vrec_neighbours, vrec_neighbours_columns, vrec_neighbours_destroy, vrec_vector_query,
    vrec_video,
};
use vrec::vectors::{ExactValues, Kernel, VectorStore};

const DIMENSIONS: usize = 384;
const RUNS: usize = 3_000;
/// More than the caches hold.
const EVICTED_BYTES: usize = 64 << 20;
/// The tag that a filter asks for.
const TAG: &[u8] = b"kept";
/// As many as one chunk of the store has.
const ROWS_AT_ONCE: usize = 1_024;
const VIDEOS_AT_ONCE: usize = 10_000;

fn main() {
    let mut given = std::env::args().filter_map(|argument| argument.parse::<usize>().ok());
    let (rows, queries) = (given.next().unwrap_or(10_000), given.next().unwrap_or(1));
    let one_in = given.next();
    let vectors = clustered_vectors(rows);
    let engine = engine_with(&vectors, one_in.unwrap_or(1));
    if let Some(one_in) = one_in {
        return filtered(engine, &vectors, one_in);
    }
    let mut store = VectorStore::new(DIMENSIONS, ExactValues::Float32);
    vectors.chunks(DIMENSIONS).for_each(|vector| {
        store.push(vector);
    });
    let kernel = Kernel::best();
    let codes: Vec<i8> =
        (0..2 * store.stride() * queries).map(|index| ((index * 37 % 255) as i16 - 127) as i8).collect();
    let mut results = vec![0; ROWS_AT_ONCE * queries];
    let mut scan = || {
        for chunk in 0..store.chunks() {
            let rows = ROWS_AT_ONCE.min(rows - chunk * ROWS_AT_ONCE);
            let results = &mut results[..rows * queries];
            match queries {
                1 => kernel.dots(store.high_chunk(chunk), store.stride(), &codes, results),
                _ => kernel.dots_of_batch(store.high_chunk(chunk), store.stride(), &codes, results),
            }
            black_box(results);
        }
    };
    let (mut alone, mut whole) = (f64::INFINITY, f64::INFINITY);
    for run in 0..RUNS * 10_000 / rows.max(10_000) / queries {
        alone = alone.min(seconds(&mut scan));
        let query = &vectors[run % (rows - queries) * DIMENSIONS..][..DIMENSIONS * queries];
        whole = whole.min(seconds(&mut || ask(engine, query, false)));
    }
    println!("the kernel alone takes {:.1} microseconds, the call {:.1}", 1e6 * alone, 1e6 * whole);
    println!("figure vectors.{}k.call_over_kernel {:.3}", rows / 1_000, whole / alone);
    // SAFETY: the engine was created here and is not used any more.
    unsafe { vrec_destroy(engine) };
}

/// Prints what a call with the filter costs for each row that passes it.
fn filtered(engine: *const vrec_engine, vectors: &[f32], one_in: usize) {
    let rows = vectors.len() / DIMENSIONS;
    let mut evicting = vec![0_u8; EVICTED_BYTES];
    let (mut least, mut kept) = (f64::INFINITY, f64::INFINITY);
    for run in 0..100 {
        evicting.iter_mut().step_by(64).for_each(|byte| *byte = byte.wrapping_add(1));
        let query = &vectors[run % rows * DIMENSIONS..][..DIMENSIONS];
        least = least.min(seconds(&mut || ask(engine, query, true)));
        kept = kept.min(seconds(&mut || ask(engine, query, true)));
    }
    let of_row = |time: f64| 1e9 * time / (rows / one_in) as f64;
    println!("of each row kept {:.0} ns, from caches {:.0}", of_row(least), of_row(kept));
}

fn seconds(work: &mut dyn FnMut()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64()
}

/// Vectors around 200 centres, as those of a catalogue lie.
fn clustered_vectors(rows: usize) -> Vec<f32> {
    let mut state = 1_u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / 16_777_216.0 - 0.5
    };
    let centres: Vec<f32> = (0..200 * DIMENSIONS).map(|_| random()).collect();
    let mut vectors: Vec<f32> = (0..rows * DIMENSIONS)
        .map(|index| centres[index / DIMENSIONS * 7 % 200 * DIMENSIONS + index % DIMENSIONS] + random())
        .collect();
    vectors.chunks_mut(DIMENSIONS).for_each(|vector| {
        vrec::vectors::normalise(vector);
    });
    vectors
}

/// One video in so many, at random, has the tag.
fn engine_with(vectors: &[f32], one_in: usize) -> *mut vrec_engine {
    let rows = vectors.len() / DIMENSIONS;
    let ids: Vec<String> = (0..rows).map(|row| format!("v{row:07}")).collect();
    let offsets = [0, TAG.len() as u64];
    let mut state = 1_u64;
    let mut video = |(row, id): (usize, &String)| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // SAFETY: a struct of integers, floats and pointers, valid as zero bytes.
        let mut video: vrec_video = unsafe { std::mem::zeroed() };
        video.struct_size = size_of::<vrec_video>();
        (video.id, video.id_len) = (id.as_ptr().cast(), id.len());
        (video.vector, video.vector_len) = (vectors[row * DIMENSIONS..].as_ptr(), DIMENSIONS);
        (video.tags, video.tag_offsets) = (TAG.as_ptr().cast(), offsets.as_ptr());
        video.tag_count = usize::from(((state >> 33) as usize).is_multiple_of(one_in));
        video
    };
    let videos: Vec<vrec_video> = ids.iter().enumerate().map(&mut video).collect();
    let mut engine = ptr::null_mut();
    // SAFETY: all pointers are valid for the calls, and the structs know their sizes.
    unsafe {
        assert_eq!(vrec_create(ptr::null(), &raw mut engine, ptr::null_mut()), VREC_OK);
        let stride = size_of::<vrec_video>();
        for videos in videos.chunks(VIDEOS_AT_ONCE) {
            let (first, count) = (videos.as_ptr(), videos.len());
            assert_eq!(vrec_add_videos(engine, first, count, stride, ptr::null(), ptr::null_mut()), VREC_OK);
        }
    }
    engine
}

fn ask(engine: *const vrec_engine, vectors: &[f32], filtered: bool) {
    // SAFETY: structs of integers, floats and pointers are valid as zero bytes; all pointers are valid for
    // the calls, and the neighbours are freed once.
    unsafe {
        let mut query: vrec_vector_query = std::mem::zeroed();
        query.struct_size = size_of::<vrec_vector_query>();
        (query.vectors, query.vector_count, query.vector_len) =
            (vectors.as_ptr(), vectors.len() / DIMENSIONS, DIMENSIONS);
        let offsets = [0, TAG.len() as u64];
        let mut filter: vrec_filter = std::mem::zeroed();
        filter.struct_size = size_of::<vrec_filter>();
        (filter.any_tags, filter.any_tag_offsets, filter.any_tag_count) = (TAG.as_ptr().cast(), offsets.as_ptr(), 1);
        if filtered {
            query.filter = &raw const filter;
        }
        let mut neighbours: *mut vrec_neighbours = ptr::null_mut();
        let status = vrec_nearest(engine, &raw const query, ptr::null(), &raw mut neighbours, ptr::null_mut());
        assert_eq!(status, VREC_OK);
        let mut columns: vrec_neighbour_columns = std::mem::zeroed();
        columns.struct_size = size_of::<vrec_neighbour_columns>();
        assert_eq!(vrec_neighbours_columns(neighbours, &raw mut columns, ptr::null_mut()), VREC_OK);
        assert_eq!(columns.count, 10 * vectors.len() / DIMENSIONS);
        black_box(columns.ids.cast::<c_void>());
        vrec_neighbours_destroy(neighbours);
    }
}
