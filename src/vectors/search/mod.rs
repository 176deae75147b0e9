//! The rows nearest to one or more query vectors, exactly: a scan of the high planes leaves out what
//! cannot be among the best, both planes leave out most of the rest (`scan.rs`, `worker.rs`), and the values themselves
//! decide.
//!
//! Every step compares bounds (`query.rs`), so the list is that of scoring every row with its values (as
//! they are kept), and the same bytes on every machine, with every kernel and any number of threads. Only the
//! stage on signs (`signs.rs`), where it is asked for, may lose a row; `measuring.rs` sees when it would.

mod measuring;
mod scan;
#[cfg(test)]
mod tests;
mod worker;

pub use measuring::measure_signs;

use std::sync::Arc;

use measuring::SAMPLE_BEST;
use scan::{Progress, Scan};

use super::query::PreparedQuery;
use super::shortlist::Shortlist;
use super::{Bitmap, Kernel, Pool, Scored, Task, TopK, VectorStore};
use crate::domain::{CallOptions, Result};

/// Queries of one pass over the rows.
const QUERIES_AT_ONCE: usize = 32;
/// Scores below which waking a thread costs more than it brings.
const ROWS_WORTH_A_THREAD: usize = 50_000;
/// Candidates whose values are asked for before they are needed: each lies anywhere in memory.
const VALUES_FETCHED_AHEAD: usize = 4;
/// Values of candidates multiplied between two looks at the deadline.
const VALUES_BETWEEN_CHECKS: usize = 100_000;

/// What the score of a row is. The numbers are part of the ABI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(i32)]
pub enum Metric {
    /// The cosine of the angle between vectors, which are kept at length 1.
    #[default]
    Cosine = 1,
    /// The inner product of vectors as they came.
    Dot = 2,
}

impl Metric {
    pub fn from_code(code: i32) -> Option<Metric> {
        [Metric::Cosine, Metric::Dot].into_iter().find(|metric| *metric as i32 == code)
    }
}

/// What several query vectors have to do with each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lists {
    /// Nothing: each has a list of its own.
    OneEach,
    /// They are one profile's interests: one list, a row's score being its best (Weston et al. 2013,
    /// "Nonlinear latent factorization by embedding multiple user interests", section 3).
    BestOf,
}

/// One search.
#[derive(Debug, Clone)]
pub struct Search {
    /// At least one, all finite and of the store's length.
    pub queries: Vec<Vec<f32>>,
    pub lists: Lists,
    /// Most rows of a list, at least 1.
    pub limit: usize,
    pub min_score: Option<f32>,
    pub metric: Metric,
    /// No other row is returned.
    pub allowed: Bitmap,
    pub kernel: Kernel,
}

impl Search {
    /// The best rows of each list, best first, ties in the order of `key`. A deadline or a cancel token
    /// ends it within a millisecond, or some four for lists of 10,000.
    pub fn run<'k>(
        self,
        store: &Arc<VectorStore>,
        pool: Option<&Pool>,
        call: &CallOptions,
        key: impl Fn(usize) -> &'k str,
    ) -> Result<Vec<Vec<Scored<'k>>>> {
        match self.narrowed(store, call)? {
            Some(allowed) => Search { allowed, ..self }.run_on_all(store, pool, call, key),
            None => self.run_on_all(store, pool, call, key),
        }
    }

    /// The rows that pass the first stage, where there is one: it is for single queries, since many at
    /// once are bound by arithmetic rather than by memory.
    fn narrowed(&self, store: &VectorStore, call: &CallOptions) -> Result<Option<Bitmap>> {
        match (&store.signs, &self.queries[..]) {
            (Some(signs), [query]) if self.limit <= SAMPLE_BEST => signs.narrow(query, &self.allowed, call),
            _ => Ok(None),
        }
    }

    fn run_on_all<'k>(
        self,
        store: &Arc<VectorStore>,
        pool: Option<&Pool>,
        call: &CallOptions,
        key: impl Fn(usize) -> &'k str,
    ) -> Result<Vec<Vec<Scored<'k>>>> {
        let pool = pool.filter(|_| self.allowed.count() * self.queries.len() >= ROWS_WORTH_A_THREAD);
        let (limit, min_score, metric) = (self.limit, self.min_score, self.metric);
        let prepare = |query: Vec<f32>| {
            call.check()?;
            Ok(PreparedQuery::new(query, store.stride()))
        };
        let queries: Arc<[PreparedQuery]> = self.queries.into_iter().map(prepare).collect::<Result<_>>()?;
        let per_list = match self.lists {
            Lists::OneEach => 1,
            Lists::BestOf => queries.len(),
        };
        let mut found = Vec::with_capacity(queries.len() / per_list);
        // A block of queries is what stays in the nearest cache beside a row.
        let block = QUERIES_AT_ONCE.max(per_list);
        for start in (0..queries.len()).step_by(block) {
            let scan = Arc::new(Scan {
                store: Arc::clone(store),
                allowed: self.allowed.clone(),
                queries: Arc::clone(&queries),
                block: start..queries.len().min(start + block),
                per_list,
                limit,
                min_score: min_score.unwrap_or(f32::NEG_INFINITY),
                metric,
                kernel: self.kernel,
                call: CallOptions { progress: None, ..call.clone() },
                progress: Progress::default(),
            });
            match pool {
                Some(pool) => pool.run(Arc::clone(&scan) as Arc<dyn Task>),
                None => scan.run(),
            }
            for (list, shortlist) in scan.take_shortlists()?.into_iter().enumerate() {
                let first = start + list * per_list;
                let of_list = &queries[first..first + per_list];
                let best = TopK::new(limit, min_score);
                found.push(decide(store, of_list, shortlist, best, (metric, self.kernel), call, &key)?);
            }
        }
        Ok(found)
    }
}

/// Scores the candidates by their values, as long as one may still be among the best.
fn decide<'k>(
    store: &VectorStore,
    queries: &[PreparedQuery],
    shortlist: Shortlist,
    mut best: TopK<'k>,
    (metric, kernel): (Metric, Kernel),
    call: &CallOptions,
    key: impl Fn(usize) -> &'k str,
) -> Result<Vec<Scored<'k>>> {
    let values = queries.len() * store.dimensions().max(1);
    let between_checks = (VALUES_BETWEEN_CHECKS / values).max(1);
    let candidates = shortlist.into_candidates();
    for (index, candidate) in candidates.iter().enumerate() {
        if let Some(ahead) = candidates.get(index + VALUES_FETCHED_AHEAD) {
            store.fetch_values(kernel, ahead.row);
        }
        if index % between_checks == 0 {
            call.check()?;
        }
        if best.worst_kept().is_some_and(|worst| candidate.upper < worst) {
            break;
        }
        // Without values the upper bound is the score: the codes leave nothing open.
        let scores = queries.iter().filter_map(|query| store.exact_score(candidate.row, &query.values));
        let score = scores.max_by(f32::total_cmp).unwrap_or(candidate.upper);
        // Rounding can lift the product of two unit vectors past 1, and would then decide ties.
        let score = if metric == Metric::Cosine { score.clamp(-1.0, 1.0) } else { score };
        best.offer(candidate.row, score, || key(candidate.row));
    }
    Ok(best.into_sorted())
}
