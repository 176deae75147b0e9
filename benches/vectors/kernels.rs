//! How many bytes a second each kernel goes through, beside plain reading of the same memory: rows of
//! 384 dimensions in chunks as the library keeps them, for one query, for rows picked here and there,
//! and for a batch of 32 queries (there the bytes count once for each query).
//!
//!   cargo bench --locked --bench kernels -- [FILTER]

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use vrec::vectors::Kernel;

/// Bytes of a row: 384 numbers of 4 bits.
const STRIDE: usize = 192;
const CHUNK_ROWS: usize = 256;
const CHUNK_BYTES: usize = CHUNK_ROWS * STRIDE;
const LINE: usize = 64;
const QUERIES: usize = 32;
/// One row of so many is picked.
const PICKED_OF: usize = 10;

/// Chunks of rows, each in an allocation of its own and at the start of a cache line.
struct Catalogue {
    chunks: Vec<Vec<u8>>,
}

impl Catalogue {
    /// `rows` rounded down to whole chunks, of bytes that look random.
    fn new(rows: usize) -> Self {
        let mut state = 1_u32;
        let mut byte = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        let chunk = |_| (0..CHUNK_BYTES + LINE).map(|_| byte()).collect();
        Catalogue { chunks: (0..rows / CHUNK_ROWS).map(chunk).collect() }
    }

    fn chunks(&self) -> impl Iterator<Item = &[u8]> {
        self.chunks.iter().map(|chunk| {
            let start = chunk.as_ptr().align_offset(LINE);
            &chunk[start..start + CHUNK_BYTES]
        })
    }

    fn bytes(&self) -> u64 {
        (self.chunks.len() * CHUNK_BYTES) as u64
    }
}

fn queries() -> Vec<i8> {
    (0..QUERIES * 2 * STRIDE).map(|index| (index * 37 % 255) as i8).map(|value| value.max(-127)).collect()
}

/// Reads every byte and keeps next to nothing: what the memory gives to a program that computes nothing.
fn read(rows: &[u8]) -> u64 {
    let mut found = [0_u64; 32];
    for block in rows.chunks_exact(256) {
        for (word, found) in block.chunks_exact(8).zip(&mut found) {
            *found |= u64::from_ne_bytes(word.try_into().expect("a word has eight bytes"));
        }
    }
    found.iter().fold(0, |all, word| all | word)
}

fn one_query(criterion: &mut Criterion, rows: usize) {
    let catalogue = Catalogue::new(rows);
    let queries = queries();
    let mut group = criterion.benchmark_group(format!("dots/{rows}"));
    group.throughput(Throughput::Bytes(catalogue.bytes()));
    group.bench_function("plain read", |bencher| {
        bencher.iter(|| catalogue.chunks().fold(0, |found, chunk| found | read(chunk)));
    });
    for kernel in Kernel::available() {
        group.bench_function(BenchmarkId::from_parameter(format!("{:?}", kernel.instruction_set())), |bencher| {
            let mut out = [0; CHUNK_ROWS];
            bencher.iter(|| {
                for chunk in catalogue.chunks() {
                    kernel.dots(chunk, STRIDE, &queries[..2 * STRIDE], &mut out);
                    black_box(&out);
                }
            });
        });
    }
    group.finish();
}

fn picked_rows(criterion: &mut Criterion, rows: usize) {
    let catalogue = Catalogue::new(rows);
    let queries = queries();
    let all: Vec<&[u8]> = catalogue.chunks().flat_map(|chunk| chunk.chunks_exact(STRIDE)).collect();
    // A step that is no multiple of the memory's own, so that no prefetching of the CPU's guesses it.
    let picked: Vec<&[u8]> = (0..all.len() / PICKED_OF).map(|index| all[index * 7_919 % all.len()]).collect();
    let mut group = criterion.benchmark_group(format!("gathered/{rows}"));
    group.throughput(Throughput::Bytes((picked.len() * STRIDE) as u64));
    for kernel in Kernel::available() {
        group.bench_function(BenchmarkId::from_parameter(format!("{:?}", kernel.instruction_set())), |bencher| {
            let mut out = [0; CHUNK_ROWS];
            bencher.iter(|| {
                for some in picked.chunks(CHUNK_ROWS) {
                    kernel.dots_gathered(some, STRIDE, &queries[..2 * STRIDE], &mut out[..some.len()]);
                    black_box(&out);
                }
            });
        });
    }
    group.finish();
}

fn batch(criterion: &mut Criterion, rows: usize) {
    let catalogue = Catalogue::new(rows);
    let queries = queries();
    let mut group = criterion.benchmark_group(format!("batch of {QUERIES}/{rows}"));
    group.throughput(Throughput::Bytes(QUERIES as u64 * catalogue.bytes()));
    for kernel in Kernel::available() {
        group.bench_function(BenchmarkId::from_parameter(format!("{:?}", kernel.instruction_set())), |bencher| {
            let mut out = vec![0; CHUNK_ROWS * QUERIES];
            bencher.iter(|| {
                for chunk in catalogue.chunks() {
                    kernel.dots_of_batch(chunk, STRIDE, &queries, &mut out);
                    black_box(&out);
                }
            });
        });
    }
    group.finish();
}

fn all(criterion: &mut Criterion) {
    for rows in [10_000, 100_000, 1_000_000] {
        one_query(criterion, rows);
        picked_rows(criterion, rows);
    }
    for rows in [10_000, 100_000] {
        batch(criterion, rows);
    }
}

criterion_group! {
    name = kernels;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(2));
    targets = all
}
criterion_main!(kernels);
