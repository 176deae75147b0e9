//! The rows of a scan that may still be among the best, and the score that a row must reach to be one
//! of them, which rises as the scan goes.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

/// A row whose score is at most `upper`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    pub row: usize,
    pub upper: f32,
}

/// A float with the order of its size.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Ordered(f32);

impl Eq for Ordered {}

impl PartialOrd for Ordered {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ordered {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// Candidates kept before those that have fallen behind are thrown out for the first time.
const FIRST_SWEEP: usize = 4_096;

/// See the module.
#[derive(Debug)]
pub struct Shortlist {
    limit: usize,
    threshold: f32,
    /// The best lower bounds, at most `limit`: that many rows are sure to score as much.
    sure: BinaryHeap<Reverse<Ordered>>,
    candidates: Vec<Candidate>,
    next_sweep: usize,
}

impl Shortlist {
    /// For the best `limit` rows, at least 1, with a score of at least `min_score`.
    pub fn new(limit: usize, min_score: f32) -> Self {
        Shortlist {
            limit,
            threshold: min_score,
            sure: BinaryHeap::new(),
            candidates: Vec::new(),
            next_sweep: FIRST_SWEEP.max(4 * limit),
        }
    }

    /// A row with a smaller upper bound is not among the best.
    pub fn threshold(&self) -> f32 {
        self.threshold
    }

    /// Whether enough rows are known for the threshold to rise.
    pub fn is_full(&self) -> bool {
        self.sure.len() == self.limit
    }

    /// Takes over what others found out.
    pub fn raise_threshold(&mut self, threshold: f32) {
        self.threshold = self.threshold.max(threshold);
    }

    /// Offers a row whose score lies between `lower` and `upper`. Each row may be offered once, or it would take two
    /// places among those that hold the threshold up.
    pub fn offer(&mut self, row: usize, lower: f32, upper: f32) {
        if upper.is_nan() || upper < self.threshold {
            return;
        }
        self.candidates.push(Candidate { row, upper });
        if self.sure.len() < self.limit {
            self.sure.push(Reverse(Ordered(lower)));
        } else if let Some(mut least) = self.sure.peek_mut()
            && lower > least.0.0
        {
            *least = Reverse(Ordered(lower));
        }
        if self.sure.len() == self.limit
            && let Some(Reverse(Ordered(least))) = self.sure.peek()
        {
            self.threshold = self.threshold.max(*least);
        }
        if self.candidates.len() >= self.next_sweep {
            self.sweep();
            self.next_sweep = self.next_sweep.max(2 * self.candidates.len());
        }
    }

    fn sweep(&mut self) {
        let threshold = self.threshold;
        self.candidates.retain(|candidate| candidate.upper >= threshold);
    }

    /// The candidates of both.
    pub fn merge(&mut self, other: Shortlist) {
        self.raise_threshold(other.threshold);
        self.candidates.extend(other.candidates);
    }

    /// What may be among the best, most promising first.
    pub fn into_candidates(mut self) -> Vec<Candidate> {
        self.sweep();
        self.candidates.sort_unstable_by(|a, b| b.upper.total_cmp(&a.upper).then(a.row.cmp(&b.row)));
        self.candidates
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_may_be_among_the_best_is_lost() {
        let mut list = Shortlist::new(3, -1.0);
        let score = |row: usize| (row * 7_919 % 100_003) as f32 / 100_003.0;
        for row in 0..50_000 {
            let error = 0.01 * ((row % 13) as f32 / 13.0);
            list.offer(row, score(row) - error, score(row) + error);
        }
        assert!(list.candidates.len() < 2 * FIRST_SWEEP);
        let mut best: Vec<usize> = (0..50_000).collect();
        best.sort_by(|a, b| score(*b).total_cmp(&score(*a)));
        let threshold = list.threshold();
        let candidates = list.into_candidates();
        assert!(best[..3].iter().all(|row| candidates.iter().any(|candidate| candidate.row == *row)));
        assert!(candidates.len() < 2_000 && threshold > 0.98);
        assert!(candidates.windows(2).all(|pair| pair[0].upper >= pair[1].upper));
    }

    #[test]
    fn the_least_score_asked_for_is_the_first_threshold() {
        let mut list = Shortlist::new(2, 0.5);
        list.offer(1, 0.3, 0.49);
        list.offer(2, 0.4, 0.51);
        list.offer(3, f32::NAN, f32::NAN);
        assert_eq!(list.into_candidates(), [Candidate { row: 2, upper: 0.51 }]);
    }
}
