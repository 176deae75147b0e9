//! One thread's part in a scan: the high planes of a block of chunks, thresholds that rise, and the low planes of what
//! passes.

use std::ops::Range;

use super::Metric;
use super::scan::{CHUNKS_AT_ONCE, Scan};
use crate::domain::Result;
use crate::vectors::bitmap::WORD_BITS;
use crate::vectors::kernels::{Bar, Bars, count_ones, passing_queries, passing_rows};
use crate::vectors::planes::Bounds;
use crate::vectors::query::{PreparedQuery, ScoreLine};
use crate::vectors::shortlist::Shortlist;
use crate::vectors::store::CHUNK_ROWS;
use crate::vectors::{ExactValues, Kernel, VectorStore};

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
pub struct Worker<'s> {
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
    pub fn new(scan: &'s Scan) -> Self {
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
    pub fn chunks_of_block(&self) -> usize {
        if self.warm { self.block } else { self.first_block }
    }

    /// Scans the chunks of a block, at most as many as `high` has room for.
    pub fn scan_block(&mut self, chunks: Range<usize>) -> Result<()> {
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
    pub fn finish(mut self) -> Result<Vec<Shortlist>> {
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
