//! The rows nearest to one or more query vectors, exactly: a scan of the high planes leaves out what
//! cannot be among the best, both planes leave out most of the rest, and the values themselves decide.
//!
//! Every step compares bounds (`query.rs`), so the list is that of scoring every row with its values (as
//! they are kept), and the same bytes on every machine, with every kernel and any number of threads. Only the
//! stage on signs (`signs.rs`), where it is asked for, may lose a row.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;

use super::bitmap::WORD_BITS;
use super::kernels::{Bar, Bars, count_ones, passing_queries, passing_rows};
use super::planes::Bounds;
use super::query::{PreparedQuery, ScoreLine};
use super::shortlist::Shortlist;
use super::store::CHUNK_ROWS;
use super::{Bitmap, ExactValues, Kernel, Pool, Scored, Task, TopK, VectorStore, normalise};
use crate::domain::{CallOptions, Error, Result};

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
                next_chunk: AtomicUsize::new(0),
                shortlists: Mutex::new(Vec::new()),
                failure: Mutex::new(None),
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

/// Queries that the first stage is measured with, half of them rows and half means of three.
const SAMPLES: usize = 64;
/// Of each, so many best rows must not be lost.
const SAMPLE_BEST: usize = 100;

/// Sees to it that the first stage is on only where it loses none of the best of [`SAMPLES`] queries, when it
/// is time to measure that: `allowed`, the rows with a vector, are enough, and as many vectors were written
/// since the last time as were measured then. It takes as long as 64 searches.
pub fn measure_signs(store: &mut Arc<VectorStore>, allowed: &Bitmap, metric: Metric) -> Result<()> {
    if !store.signs.as_ref().is_some_and(|signs| signs.is_due(allowed.count())) {
        return Ok(());
    }
    let rows: Vec<usize> = allowed.iter().collect();
    let pick = |number: usize| store.values(rows[number * rows.len() / (3 * SAMPLES)]);
    let mean_of_three = |first: usize| {
        let mut sum = pick(first).into_owned();
        for other in [first + SAMPLES, first + 2 * SAMPLES] {
            sum.iter_mut().zip(pick(other).iter()).for_each(|(sum, value)| *sum += value);
        }
        normalise(&mut sum).then_some(sum)
    };
    let queries = (0..SAMPLES).filter_map(|number| match number % 2 {
        0 => Some(pick(3 * number).into_owned()),
        _ => mean_of_three(number),
    });
    let queries: Vec<Vec<f32>> = queries.collect();
    let search = Search {
        queries: queries.clone(),
        lists: Lists::OneEach,
        limit: SAMPLE_BEST,
        min_score: None,
        metric,
        allowed: allowed.clone(),
        kernel: Kernel::best(),
    };
    let lists = search.run_on_all(store, None, &CallOptions::default(), |_| "")?;
    let best = lists.iter().map(|list| list.iter().map(|scored| scored.row).collect());
    let samples: Vec<(Vec<f32>, Vec<usize>)> = queries.into_iter().zip(best).collect();
    match &mut Arc::make_mut(store).signs {
        Some(signs) => signs.measure(&samples, allowed),
        None => Ok(()),
    }
}

/// Queries of one pass over the rows.
const QUERIES_AT_ONCE: usize = 32;
/// Chunks that a thread takes at once: enough that the memory streams.
const CHUNKS_AT_ONCE: usize = 4;
/// Words of a bitmap for one chunk.
const WORDS: usize = CHUNK_ROWS / WORD_BITS;
/// Results of a kernel kept at a time: they stay in the second-level cache.
const RESULTS_OF_BLOCK: usize = 32_768;
/// The same before there are thresholds, which the more rows they come from, the fewer others pass.
const RESULTS_OF_FIRST_BLOCK: usize = 4 * RESULTS_OF_BLOCK;
/// Groups of a chunk's rows, of which the best ones give a list its first threshold.
const GROUPS: usize = 64;
/// Bytes of rows, for each query, that a kernel goes through between two looks at the deadline: less than
/// a tenth of a millisecond, and a millisecond where there are no vector instructions.
const BYTES_BETWEEN_CHECKS: usize = 1 << 20;
/// Bytes of the next chunk asked for early: kernels fetch the rest themselves.
const FETCHED_EARLY: usize = 2_048;
/// Rows refined together, once a list is full: enough that many of them are on their way from memory.
const REFINED_TOGETHER: usize = 64;
/// Rows of a chunk below which they are read one by one.
const SPARSE: usize = 192;
/// Scores below which waking a thread costs more than it brings.
const ROWS_WORTH_A_THREAD: usize = 50_000;
/// Candidates whose values are asked for before they are needed: each lies anywhere in memory.
const VALUES_FETCHED_AHEAD: usize = 4;
/// Values of candidates multiplied between two looks at the deadline.
const VALUES_BETWEEN_CHECKS: usize = 100_000;

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

/// A scan as threads share it.
struct Scan {
    store: Arc<VectorStore>,
    allowed: Bitmap,
    queries: Arc<[PreparedQuery]>,
    /// Which of the queries this pass is for.
    block: Range<usize>,
    /// Queries of one list.
    per_list: usize,
    limit: usize,
    min_score: f32,
    metric: Metric,
    kernel: Kernel,
    call: CallOptions,
    next_chunk: AtomicUsize,
    /// What each thread found.
    shortlists: Mutex<Vec<Vec<Shortlist>>>,
    failure: Mutex<Option<Error>>,
}

impl Task for Scan {
    fn run(&self) {
        let mut worker = Worker::new(self);
        loop {
            let start = self.next_chunk.fetch_add(CHUNKS_AT_ONCE, Ordering::Relaxed);
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
            Ok(shortlists) => self.shortlists.lock().push(shortlists),
            Err(error) => self.fail(error),
        }
    }
}

impl Scan {
    /// Ends the scan for all threads.
    fn fail(&self, error: Error) {
        *self.failure.lock() = Some(error);
        self.next_chunk.store(self.store.chunks(), Ordering::Relaxed);
    }

    fn take_shortlists(&self) -> Result<Vec<Shortlist>> {
        if let Some(error) = self.failure.lock().take() {
            return Err(error);
        }
        let mut of_threads = std::mem::take(&mut *self.shortlists.lock()).into_iter();
        let mut merged = of_threads.next().unwrap_or_default();
        for others in of_threads {
            merged.iter_mut().zip(others).for_each(|(list, other)| list.merge(other));
        }
        Ok(merged)
    }
}

/// Rows that passed by the high plane and wait for the low one.
#[derive(Default)]
struct Passed {
    rows: Vec<usize>,
    /// For each row its results for the list's queries.
    high: Vec<i32>,
}

/// Rows of thinly filled chunks, to be read together: all are asked for when they are set aside, and many at
/// once hide how far away each is.
#[derive(Default)]
struct Scattered<'s> {
    rows: Vec<usize>,
    /// Of each row.
    codes: Vec<&'s [u8]>,
    scales: Vec<&'s f32>,
    /// What holds for all of them.
    bounds: Bounds,
}

impl<'s> Scattered<'s> {
    fn set_aside(&mut self, store: &'s VectorStore, kernel: Kernel, chunk: usize, allowed: &[u64; WORDS]) {
        let (codes, scales, stride) = (store.high_chunk(chunk), store.chunk_scales(chunk), store.stride());
        self.bounds = self.bounds.or(store.chunk_bounds(chunk));
        for row in rows_of(allowed) {
            let (codes, scale) = (&codes[row * stride..][..stride], &scales[row]);
            kernel.fetch(codes);
            kernel.fetch(std::slice::from_ref(scale));
            self.rows.push(chunk * CHUNK_ROWS + row);
            self.codes.push(codes);
            self.scales.push(scale);
        }
    }

    fn clear(&mut self) {
        self.rows.clear();
        self.codes.clear();
        self.scales.clear();
        self.bounds = Bounds::default();
    }
}

/// One thread's part in a scan, with room that is used again for each chunk.
struct Worker<'s> {
    scan: &'s Scan,
    store: &'s VectorStore,
    queries: &'s [PreparedQuery],
    /// The queries' codes, one after the other.
    codes: Vec<i8>,
    /// What results of a chunk are compared with, query by query.
    slopes: Vec<f32>,
    offsets: Vec<f32>,
    thresholds: Vec<f32>,
    shortlists: Vec<Shortlist>,
    /// One for each list.
    passed: Vec<Passed>,
    /// Chunks scored before their results are looked at, as long as there are no thresholds, and then.
    first_block: usize,
    block: usize,
    /// Kernels' results on a block's high planes: `high[row * queries + query]`.
    high: Vec<i32>,
    /// Whether the first rows are behind.
    warm: bool,
    /// For each row that was compared last, which queries it passes for.
    passing: Vec<u64>,
    low: Vec<i32>,
    limits: Vec<(f32, f32)>,
    scattered: Scattered<'s>,
    scales: Vec<f32>,
    codes_of_rows: Vec<&'s [u8]>,
}

impl<'s> Worker<'s> {
    fn new(scan: &'s Scan) -> Self {
        let queries = &scan.queries[scan.block.clone()];
        let lists = queries.len() / scan.per_list;
        let chunks_with = |results: usize| (results / (CHUNK_ROWS * queries.len())).clamp(1, CHUNKS_AT_ONCE);
        let (first_block, block) = (chunks_with(RESULTS_OF_FIRST_BLOCK), chunks_with(RESULTS_OF_BLOCK));
        Worker {
            scan,
            store: &scan.store,
            queries,
            codes: queries.iter().map(|query| query.codes.as_slice()).collect::<Vec<_>>().concat(),
            slopes: queries.iter().map(|query| query.high_line().slope).collect(),
            offsets: vec![0.0; queries.len()],
            thresholds: vec![scan.min_score; queries.len()],
            shortlists: (0..lists).map(|_| Shortlist::new(scan.limit, scan.min_score)).collect(),
            passed: (0..lists).map(|_| Passed::default()).collect(),
            high: vec![0; first_block * CHUNK_ROWS * queries.len()],
            first_block,
            block,
            warm: false,
            passing: Vec::new(),
            low: Vec::new(),
            limits: Vec::new(),
            scattered: Scattered::default(),
            scales: Vec::new(),
            codes_of_rows: Vec::with_capacity(CHUNK_ROWS),
        }
    }

    /// Chunks of the block to come.
    fn chunks_of_block(&self) -> usize {
        if self.warm { self.block } else { self.first_block }
    }

    /// Scans the chunks of a block, at most as many as `high` has room for.
    fn scan_block(&mut self, chunks: Range<usize>) -> Result<()> {
        let mut dense = Vec::with_capacity(chunks.len());
        for chunk in chunks {
            let allowed = self.allowed(chunk);
            let kept = count_ones(&allowed);
            if kept >= SPARSE {
                self.score_chunk(chunk, dense.len())?;
                dense.push((chunk, allowed));
            } else if kept > 0 {
                self.scattered.set_aside(self.store, self.scan.kernel, chunk, &allowed);
            }
        }
        if !self.warm && !dense.is_empty() {
            self.warm = true;
            self.raise_thresholds(&dense);
        }
        for (place, (chunk, allowed)) in dense.iter().enumerate() {
            self.set_offsets(self.store.chunk_bounds(*chunk));
            if self.queries.len() == 1 {
                self.pass_for_one(*chunk, place, allowed);
            } else {
                self.pass_for_many(*chunk, place, allowed);
            }
            self.refine_where_due()?;
        }
        // Only now, since it needs the room of the block's results. What a block adds fits that, too: there are less
        // than CHUNK_ROWS - SPARSE rows before, and each chunk adds less than SPARSE.
        if self.scattered.rows.len() >= CHUNK_ROWS - SPARSE {
            self.scan_scattered()?;
        }
        Ok(())
    }

    /// The chunk's rows in the set of allowed ones.
    fn allowed(&self, chunk: usize) -> [u64; WORDS] {
        std::array::from_fn(|index| self.scan.allowed.word(chunk * WORDS + index))
    }

    fn rows_in(&self, chunk: usize) -> usize {
        CHUNK_ROWS.min(self.store.rows() - chunk * CHUNK_ROWS)
    }

    /// Runs the kernel on a chunk whose results are to stand in this place of the block.
    fn score_chunk(&mut self, chunk: usize, place: usize) -> Result<()> {
        if chunk + 1 < self.store.chunks() {
            let next = self.store.high_chunk(chunk + 1);
            self.scan.kernel.fetch(&next[..next.len().min(FETCHED_EARLY)]);
        }
        let (rows, stride) = (self.store.high_chunk(chunk), self.store.stride());
        let (in_chunk, count) = (self.rows_in(chunk), self.queries.len());
        let high = &mut self.high[place * CHUNK_ROWS * count..][..in_chunk * count];
        let at_once = (BYTES_BETWEEN_CHECKS / (count * stride)).max(1);
        for (high, rows) in high.chunks_mut(at_once * count).zip(rows.chunks(at_once * stride)) {
            self.scan.call.check()?;
            if count == 1 {
                self.scan.kernel.dots(rows, stride, &self.codes, high);
            } else {
                self.scan.kernel.dots_of_batch(rows, stride, &self.codes, high);
            }
        }
        Ok(())
    }

    /// Gives the lists their first thresholds: of each group of rows the best is sure to score its lower
    /// bound, so a list's threshold is the bound that as many groups reach as it has places. Without it
    /// most rows of the first blocks would pass.
    fn raise_thresholds(&mut self, dense: &[(usize, [u64; WORDS])]) {
        let count = self.queries.len();
        let mut best = vec![f32::NEG_INFINITY; dense.len() * GROUPS * count];
        for ((place, (chunk, allowed)), best) in dense.iter().enumerate().zip(best.chunks_exact_mut(GROUPS * count)) {
            let bounds = self.store.chunk_bounds(*chunk);
            let lines = self.queries.iter().map(|query| {
                let line = query.high_line();
                ScoreLine { offset: line.offset - query.high_margin(bounds), ..line }
            });
            let lines: Vec<ScoreLine> = lines.collect();
            let high = &self.high[place * CHUNK_ROWS * count..][..CHUNK_ROWS * count];
            raise_best_of_groups(&lines, self.store.chunk_scales(*chunk), high, allowed, best);
        }
        for query in 0..count {
            let mut of_query: Vec<f32> = best.iter().skip(query).step_by(count).copied().collect();
            self.raise_threshold(query, &mut of_query);
        }
    }

    /// The same, of rows that were set aside.
    fn raise_thresholds_by(&mut self, bounds: Bounds) {
        let count = self.queries.len();
        let mut lower = Vec::with_capacity(self.scales.len());
        for (number, query) in self.queries.iter().enumerate() {
            let line = query.high_line();
            let offset = line.offset - query.high_margin(bounds);
            let results = self.high[number..].iter().step_by(count);
            lower.clear();
            lower.extend(
                self.scales.iter().zip(results).map(|(scale, high)| scale * (line.slope * *high as f32 + offset)),
            );
            self.raise_threshold(number, &mut lower);
        }
    }

    /// Raises the threshold of a query's list to what as many of these values reach as it has places; each is
    /// a lower bound of another row's score.
    fn raise_threshold(&mut self, query: usize, lower: &mut [f32]) {
        let (list, limit) = (query / self.scan.per_list, self.scan.limit);
        if lower.len() >= limit {
            let (_, reached, _) = lower.select_nth_unstable_by(limit - 1, |a, b| b.total_cmp(a));
            self.shortlists[list].raise_threshold(*reached);
            self.thresholds[list * self.scan.per_list..][..self.scan.per_list].fill(self.shortlists[list].threshold());
        }
    }

    /// Largest scores are compared, so the margins go into the offsets.
    fn set_offsets(&mut self, bounds: Bounds) {
        for (offset, query) in self.offsets.iter_mut().zip(self.queries) {
            *offset = query.high_line().offset + query.high_margin(bounds);
        }
    }

    fn pass_for_one(&mut self, chunk: usize, place: usize, allowed: &[u64; WORDS]) {
        let high = &self.high[place * CHUNK_ROWS..][..self.rows_in(chunk)];
        let mut passing = [0; WORDS];
        passing_rows(high, self.store.chunk_scales(chunk), self.bar_of_one(), &mut passing);
        passing.iter_mut().zip(allowed).for_each(|(passing, allowed)| *passing &= allowed);
        for row in rows_of(&passing) {
            self.passed[0].rows.push(chunk * CHUNK_ROWS + row);
            self.passed[0].high.push(high[row]);
        }
    }

    fn bar_of_one(&self) -> Bar {
        Bar { slope: self.slopes[0], offset: self.offsets[0], threshold: self.thresholds[0] }
    }

    fn pass_for_many(&mut self, chunk: usize, place: usize, allowed: &[u64; WORDS]) {
        self.compare(place * CHUNK_ROWS, &self.store.chunk_scales(chunk)[..self.rows_in(chunk)]);
        let passing = std::mem::take(&mut self.passing);
        for (row, passing) in passing.iter().enumerate().filter(|(_, passing)| **passing != 0) {
            if allowed[row / WORD_BITS] >> (row % WORD_BITS) & 1 == 1 {
                self.pass_row(chunk * CHUNK_ROWS + row, place * CHUNK_ROWS + row, *passing);
            }
        }
        self.passing = passing;
    }

    /// Compares the results of rows with these scales, from place `first` on, into `passing`.
    fn compare(&mut self, first: usize, scales: &[f32]) {
        let bars = Bars { slopes: &self.slopes, offsets: &self.offsets, thresholds: &self.thresholds };
        self.passing.resize(scales.len(), 0);
        passing_queries(&self.high[first * self.queries.len()..], scales, bars, &mut self.passing);
    }

    /// Lets a row, whose results stand at `place`, pass for the lists that it may belong to: those of the
    /// queries with a bit, or the only one of queries that share a list.
    fn pass_row(&mut self, row: usize, place: usize, passing: u64) {
        let (count, per_list) = (self.queries.len(), self.scan.per_list);
        let high = &self.high[place * count..][..count];
        let lists = if per_list > 1 { u64::from(passing != 0) } else { passing };
        for list in set_bits(lists) {
            self.passed[list].rows.push(row);
            self.passed[list].high.extend_from_slice(&high[list * per_list..][..per_list]);
        }
    }

    /// Scans the rows that were set aside.
    fn scan_scattered(&mut self) -> Result<()> {
        let scattered = std::mem::take(&mut self.scattered);
        let (stride, rows, count) = (self.store.stride(), scattered.rows.len(), self.queries.len());
        self.scales.clear();
        self.scales.extend(scattered.scales.iter().copied());
        self.low.resize(rows, 0);
        for (query, codes) in self.codes.chunks_exact(2 * stride).enumerate() {
            self.scan.call.check()?;
            self.scan.kernel.dots_gathered(&scattered.codes, stride, codes, &mut self.low);
            let of_query = self.high.iter_mut().skip(query).step_by(count);
            of_query.zip(&self.low).for_each(|(high, result)| *high = *result);
        }
        if !self.warm && rows > 0 {
            self.warm = true;
            self.raise_thresholds_by(scattered.bounds);
        }
        self.set_offsets(scattered.bounds);
        if count == 1 {
            self.pass_scattered_for_one(&scattered.rows);
        } else {
            let scales = std::mem::take(&mut self.scales);
            self.compare(0, &scales);
            self.scales = scales;
            scattered.rows.iter().enumerate().for_each(|(place, row)| self.pass_row(*row, place, self.passing[place]));
        }
        self.scattered = scattered;
        self.scattered.clear();
        self.refine_where_due()
    }

    fn pass_scattered_for_one(&mut self, rows: &[usize]) {
        let mut passing = [0; WORDS * CHUNKS_AT_ONCE];
        passing_rows(&self.high[..rows.len()], &self.scales, self.bar_of_one(), &mut passing);
        for place in rows_of(&passing) {
            self.passed[0].rows.push(rows[place]);
            self.passed[0].high.push(self.high[place]);
        }
    }

    fn refine_where_due(&mut self) -> Result<()> {
        for list in 0..self.shortlists.len() {
            let waiting = self.passed[list].rows.len();
            if waiting >= REFINED_TOGETHER || (waiting > 0 && !self.shortlists[list].is_full()) {
                self.refine(list)?;
            }
        }
        Ok(())
    }

    /// Bounds the scores of the rows that passed by all 8 bits, and offers them to the list.
    fn refine(&mut self, list: usize) -> Result<()> {
        let (store, per_list) = (self.store, self.scan.per_list);
        let coded_is_all = store.kept() == ExactValues::None;
        let clamped = coded_is_all && self.scan.metric == Metric::Cosine;
        let passed = &mut self.passed[list];
        self.codes_of_rows.clear();
        self.codes_of_rows.extend(passed.rows.iter().map(|row| store.low_row(*row)));
        self.low.resize(passed.rows.len(), 0);
        self.limits.clear();
        self.limits.resize(passed.rows.len(), (f32::NEG_INFINITY, f32::NEG_INFINITY));
        for (place, query) in self.queries[list * per_list..][..per_list].iter().enumerate() {
            self.scan.call.check()?;
            self.scan.kernel.dots_gathered(&self.codes_of_rows, store.stride(), &query.codes, &mut self.low);
            for (index, (row, (lower, upper))) in passed.rows.iter().zip(&mut self.limits).enumerate() {
                let scale = store.scale(*row);
                let score = scale * query.coded_score(passed.high[index * per_list + place], self.low[index]);
                // Where the codes are all there is, this is the score, and ends where cosines do.
                let score = if clamped { score.clamp(-1.0, 1.0) } else { score };
                let margin = match coded_is_all {
                    true => 0.0,
                    false => scale * query.margin(store.chunk_bounds(row / CHUNK_ROWS)),
                };
                *lower = lower.max(score - margin);
                *upper = upper.max(score + margin);
            }
        }
        for (row, (lower, upper)) in passed.rows.iter().zip(&self.limits) {
            self.shortlists[list].offer(*row, *lower, *upper);
        }
        passed.rows.clear();
        passed.high.clear();
        self.thresholds[list * per_list..][..per_list].fill(self.shortlists[list].threshold());
        Ok(())
    }

    /// What is left to do after the last chunk.
    fn finish(mut self) -> Result<Vec<Shortlist>> {
        self.scan_scattered()?;
        for list in 0..self.shortlists.len() {
            self.refine(list)?;
        }
        Ok(self.shortlists)
    }
}

/// Raises `best[group * queries + query]` to the largest values of the queries' lines for each group of a
/// chunk's allowed rows. A group is every 64th row, so that values are computed side by side.
fn raise_best_of_groups(
    lines: &[ScoreLine],
    scales: &[f32],
    results: &[i32],
    allowed: &[u64; WORDS],
    best: &mut [f32],
) {
    let count = lines.len();
    let larger = |a: f32, b: f32| if a > b { a } else { b };
    if let [line] = lines
        && allowed.iter().all(|word| *word == u64::MAX)
    {
        for (scales, results) in scales.chunks_exact(GROUPS).zip(results.chunks_exact(GROUPS)) {
            for ((best, scale), result) in best.iter_mut().zip(scales).zip(results) {
                *best = larger(*best, scale * (line.slope * *result as f32 + line.offset));
            }
        }
        return;
    }
    for row in rows_of(allowed) {
        let best = &mut best[row % GROUPS * count..][..count];
        for ((best, line), result) in best.iter_mut().zip(lines).zip(&results[row * count..][..count]) {
            *best = larger(*best, scales[row] * (line.slope * *result as f32 + line.offset));
        }
    }
}

/// The bits of some words.
fn rows_of(words: &[u64]) -> impl Iterator<Item = usize> {
    words.iter().enumerate().flat_map(|(index, word)| set_bits(*word).map(move |bit| index * WORD_BITS + bit))
}

fn set_bits(word: u64) -> impl Iterator<Item = usize> {
    let mut left = word;
    std::iter::from_fn(move || {
        if left == 0 {
            return None;
        }
        let bit = left.trailing_zeros() as usize;
        left &= left - 1;
        Some(bit)
    })
}

#[cfg(test)]
mod tests {
    use super::super::dot;
    use super::*;

    /// A sequence without a crate for it: Marsaglia 2003, "Xorshift RNGs", section 3.
    struct Random(u64);

    impl Random {
        fn next(&mut self) -> u64 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            self.0
        }

        fn below(&mut self, bound: usize) -> usize {
            (self.next() % bound as u64) as usize
        }

        fn one_of<T: Copy>(&mut self, values: &[T]) -> T {
            values[self.below(values.len())]
        }

        fn unit(&mut self, dimensions: usize, slant: f32) -> Vec<f32> {
            let mut vector: Vec<f32> =
                (0..dimensions).map(|_| slant + (self.next() >> 40) as f32 / 16_777_216.0 - 0.5).collect();
            normalise(&mut vector);
            vector
        }
    }

    /// One random store with a search, and what scoring every row says.
    struct Case {
        store: Arc<VectorStore>,
        keys: Vec<String>,
        search: Search,
        rows: Vec<Vec<f32>>,
    }

    impl Case {
        fn new(random: &mut Random, kept: ExactValues) -> Self {
            let most = random.one_of(&[400, 40, 40]);
            let dimensions = 1 + random.below(most);
            let most = random.one_of(&[300, 1_500, 9_000]);
            let count = 1 + random.below(most);
            // With a slant all rows look alike, and nothing can be left out early.
            let slant = random.one_of(&[0.0, 0.0, 0.6]);
            let mut store = VectorStore::new(dimensions, kept);
            let mut rows: Vec<Vec<f32>> = Vec::new();
            for row in 0..count {
                let again = row > 0 && random.below(4) == 0;
                let vector = if again { rows[random.below(row)].clone() } else { random.unit(dimensions, slant) };
                store.push(&vector);
                rows.push(vector);
            }
            let mut allowed = Bitmap::default();
            let share = random.one_of(&[1, 1, 2, 30, 200]);
            // Every part of the rows may have a density of its own.
            let parts: Vec<usize> = (0..=count / 1_000).map(|_| random.one_of(&[1, 1, 6, 50])).collect();
            let mixed = random.below(2) == 0;
            let share_of = |row: usize| if mixed { parts[row / 1_000] } else { share };
            (0..count).filter(|row| random.below(share_of(*row)) == 0).for_each(|row| allowed.insert(row));
            let queries = random.one_of(&[1, 1, 2, 5, 40, 70]);
            let most = random.one_of(&[20, 20, 2_000]);
            let queries = (0..queries).map(|_| match random.below(2) {
                0 => rows[random.below(count)].clone(),
                _ => random.unit(dimensions, slant),
            });
            let search = Search {
                queries: queries.collect(),
                lists: random.one_of(&[Lists::OneEach, Lists::BestOf]),
                limit: 1 + random.below(most),
                min_score: random.one_of(&[None, Some(0.2), Some(-0.1)]),
                metric: Metric::Cosine,
                allowed,
                kernel: random.one_of(Kernel::available()),
            };
            let keys = (0..count).map(|row| format!("{:04}", (row * 7_919) % 10_007)).collect();
            Case { store: Arc::new(store), keys, search, rows }
        }

        fn expected(&self) -> Vec<Vec<(usize, f32)>> {
            let Search { queries, lists, limit, min_score, allowed, .. } = &self.search;
            let groups: Vec<&[Vec<f32>]> = match lists {
                Lists::OneEach => queries.chunks(1).collect(),
                Lists::BestOf => vec![queries],
            };
            let list = |queries: &[Vec<f32>]| {
                let score = |row: usize| {
                    let scores = queries.iter().map(|query| dot(query, &self.store.values(row)).clamp(-1.0, 1.0));
                    scores.max_by(f32::total_cmp).unwrap()
                };
                let mut all: Vec<(usize, f32)> = allowed.iter().map(|row| (row, score(row))).collect();
                all.retain(|(_, score)| min_score.is_none_or(|least| *score >= least));
                all.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| self.keys[a.0].cmp(&self.keys[b.0])));
                all.truncate(*limit);
                all
            };
            groups.into_iter().map(list).collect()
        }
    }

    #[test]
    fn lists_are_those_of_scoring_every_row() {
        let mut random = Random(0x2545_F491_4F6C_DD1D);
        for round in 0..400 {
            let kept = if round % 3 == 0 { ExactValues::Float16 } else { ExactValues::Float32 };
            let case = Case::new(&mut random, kept);
            let expected = case.expected();
            let found = case.search.run(&case.store, None, &CallOptions::default(), |row| &case.keys[row]).unwrap();
            assert_eq!(found.len(), expected.len());
            for (found, expected) in found.iter().zip(&expected) {
                let found: Vec<(usize, f32)> = found.iter().map(|scored| (scored.row, scored.score)).collect();
                assert_eq!(&found, expected, "round {round}");
            }
        }
    }

    #[test]
    fn without_values_scores_are_near_and_the_same_with_every_kernel() {
        let mut random = Random(88_172_645_463_325_252);
        for round in 0..100 {
            let case = Case::new(&mut random, ExactValues::None);
            let lists = Kernel::available().iter().map(|kernel| {
                let search = Search { kernel: *kernel, ..case.search.clone() };
                search.run(&case.store, None, &CallOptions::default(), |row| &case.keys[row]).unwrap()
            });
            let lists: Vec<_> = lists.collect();
            assert!(lists.windows(2).all(|pair| pair[0] == pair[1]), "round {round}");
            for (list, scored) in lists[0].iter().enumerate().flat_map(|(at, list)| list.iter().map(move |s| (at, s))) {
                assert!(case.search.allowed.contains(scored.row));
                let queries = match case.search.lists {
                    Lists::OneEach => &case.search.queries[list..=list],
                    Lists::BestOf => &case.search.queries[..],
                };
                let scores = queries.iter().map(|query| dot(query, &case.rows[scored.row]));
                let exact = scores.max_by(f32::total_cmp).unwrap();
                assert!((scored.score - exact).abs() < 0.02, "round {round}: {} for {exact}", scored.score);
            }
        }
    }

    /// 100,000 vectors near as many centres, and all of their rows.
    fn around(centres: usize, noise: f32) -> (Arc<VectorStore>, Bitmap) {
        let mut random = Random(0xD1B5_4A32_D192_ED03);
        let centres: Vec<Vec<f32>> = (0..centres).map(|_| random.unit(64, 0.0)).collect();
        let mut store = VectorStore::new(64, ExactValues::None).with_signs();
        let mut rows = Bitmap::default();
        for row in 0..100_000 {
            let mut vector = random.unit(64, 0.0);
            let centre = &centres[row % centres.len()];
            vector.iter_mut().zip(centre).for_each(|(value, centre)| *value = *value * noise + centre);
            normalise(&mut vector);
            rows.insert(store.push(&vector));
        }
        (Arc::new(store), rows)
    }

    #[test]
    fn the_stage_on_signs_is_on_only_where_it_loses_nothing() {
        let (mut clustered, rows) = around(500, 0.05);
        measure_signs(&mut clustered, &rows, Metric::Cosine).unwrap();
        assert!(clustered.sign_divisor().is_some());
        let search = |store: &Arc<VectorStore>| {
            let queries = vec![store.values(77_777).into_owned()];
            let (lists, kernel, metric) = (Lists::OneEach, Kernel::best(), Metric::Cosine);
            let search = Search { queries, lists, limit: 100, min_score: None, metric, allowed: rows.clone(), kernel };
            let narrowed = search.narrowed(store, &CallOptions::default()).unwrap();
            let found = search.clone().run(store, None, &CallOptions::default(), |_| "").unwrap();
            let all = search.run_on_all(store, None, &CallOptions::default(), |_| "").unwrap();
            assert_eq!(found, all);
            narrowed.map(|rows| rows.count())
        };
        assert!(search(&clustered).is_some_and(|count| count < 50_000));
        // Not before a tenth of them were written is it time to measure once more.
        let is_due = |store: &VectorStore| store.signs.as_ref().is_some_and(|signs| signs.is_due(rows.count()));
        let same = clustered.values(0).into_owned();
        let rewritten = Arc::make_mut(&mut clustered);
        (1..10_000).for_each(|_| rewritten.set(0, &same));
        assert!(!is_due(rewritten));
        rewritten.set(0, &same);
        assert!(is_due(rewritten));
        let (mut scattered, _) = around(100_000, 1.0);
        measure_signs(&mut scattered, &rows, Metric::Cosine).unwrap();
        assert_eq!((scattered.sign_divisor(), search(&scattered)), (None, None));
    }

    #[test]
    fn a_cancelled_search_ends() {
        let mut random = Random(3);
        let case = Case::new(&mut random, ExactValues::Float32);
        let cancel = crate::domain::CancelToken::new();
        cancel.cancel();
        let call = CallOptions { cancel: Some(cancel), ..CallOptions::default() };
        let error = case.search.run(&case.store, None, &call, |row| &case.keys[row]).unwrap_err();
        assert_eq!(error.status, crate::domain::Status::Cancelled);
    }
}
