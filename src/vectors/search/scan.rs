//! One pass of some queries over all rows, as threads share it: each takes the next chunks, and what they found is
//! merged.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;

use super::Metric;
use super::worker::Worker;
use crate::domain::{CallOptions, Error, Result};
use crate::vectors::query::PreparedQuery;
use crate::vectors::shortlist::Shortlist;
use crate::vectors::{Bitmap, Kernel, Task, VectorStore};

/// Chunks that a thread takes at once: enough that the memory streams.
pub const CHUNKS_AT_ONCE: usize = 4;

/// A scan as threads share it.
pub struct Scan {
    pub store: Arc<VectorStore>,
    pub allowed: Bitmap,
    pub queries: Arc<[PreparedQuery]>,
    /// Which of the queries this pass is for.
    pub block: Range<usize>,
    /// Queries of one list.
    pub per_list: usize,
    pub limit: usize,
    pub min_score: f32,
    pub metric: Metric,
    pub kernel: Kernel,
    pub call: CallOptions,
    pub progress: Progress,
}

/// How far the threads are.
#[derive(Default)]
pub struct Progress {
    next_chunk: AtomicUsize,
    /// What each thread found.
    shortlists: Mutex<Vec<Vec<Shortlist>>>,
    failure: Mutex<Option<Error>>,
}

impl Task for Scan {
    fn run(&self) {
        let mut worker = Worker::new(self);
        loop {
            let start = self.progress.next_chunk.fetch_add(CHUNKS_AT_ONCE, Ordering::Relaxed);
            if start >= self.store.chunks() {
                break;
            }
            let end = self.store.chunks().min(start + CHUNKS_AT_ONCE);
            let mut first = start;
            while first < end {
                let next = end.min(first + worker.chunks_of_block());
                if let Err(error) = worker.scan_block(first..next) {
                    return self.fail(error);
                }
                first = next;
            }
        }
        match worker.finish() {
            Ok(shortlists) => self.progress.shortlists.lock().push(shortlists),
            Err(error) => self.fail(error),
        }
    }
}

impl Scan {
    /// Ends the scan for all threads.
    fn fail(&self, error: Error) {
        *self.progress.failure.lock() = Some(error);
        self.progress.next_chunk.store(self.store.chunks(), Ordering::Relaxed);
    }

    pub fn take_shortlists(&self) -> Result<Vec<Shortlist>> {
        if let Some(error) = self.progress.failure.lock().take() {
            return Err(error);
        }
        let mut of_threads = std::mem::take(&mut *self.progress.shortlists.lock()).into_iter();
        let mut merged = of_threads.next().unwrap_or_default();
        for others in of_threads {
            merged.iter_mut().zip(others).for_each(|(list, other)| list.merge(other));
        }
        Ok(merged)
    }
}
