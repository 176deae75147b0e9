//! The best k rows of a scan. Ties are broken by a caller's order (ids), so that the same vectors
//! give the same list whatever order their rows are stored in.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// A row with its score and its key for ties.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scored<'a> {
    pub row: usize,
    pub score: f32,
    pub key: &'a str,
}

impl Eq for Scored<'_> {}

impl PartialOrd for Scored<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Better means less: a higher score, then a smaller key. The heap's top is thus its worst.
impl Ord for Scored<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        other.score.total_cmp(&self.score).then_with(|| self.key.cmp(other.key))
    }
}

/// Keeps the best k of all rows offered.
#[derive(Debug)]
pub struct TopK<'a> {
    k: usize,
    min_score: f32,
    heap: BinaryHeap<Scored<'a>>,
}

impl<'a> TopK<'a> {
    /// Keeps at most `k` rows with a score of at least `min_score`.
    pub fn new(k: usize, min_score: Option<f32>) -> Self {
        TopK { k, min_score: min_score.unwrap_or(f32::NEG_INFINITY), heap: BinaryHeap::new() }
    }

    /// Offers a row; `key` is asked for only when the score is good enough.
    pub fn offer(&mut self, row: usize, score: f32, key: impl FnOnce() -> &'a str) {
        if score.is_nan() || score < self.min_score || self.k == 0 {
            return;
        }
        if self.heap.len() < self.k {
            self.heap.push(Scored { row, score, key: key() });
            return;
        }
        if let Some(mut worst) = self.heap.peek_mut()
            && score >= worst.score
        {
            let candidate = Scored { row, score, key: key() };
            if candidate < *worst {
                *worst = candidate;
            }
        }
    }

    /// The least score kept, once k rows are.
    pub fn worst_kept(&self) -> Option<f32> {
        self.heap.peek().filter(|_| self.heap.len() == self.k).map(|worst| worst.score)
    }

    /// The rows kept, best first.
    pub fn into_sorted(self) -> Vec<Scored<'a>> {
        self.heap.into_sorted_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn best_first_and_ties_by_key() {
        let keys = ["d", "c", "b", "a", "e"];
        let scores = [0.5, 0.9, 0.5, 0.5, f32::NAN];
        let mut best = TopK::new(3, None);
        for (row, score) in scores.into_iter().enumerate() {
            best.offer(row, score, || keys[row]);
        }
        let order: Vec<&str> = best.into_sorted().iter().map(|scored| scored.key).collect();
        assert_eq!(order, ["c", "a", "b"]);
    }

    #[test]
    fn the_order_of_offering_does_not_matter() {
        let keys: Vec<String> = (0..100).map(|row| format!("{row:03}")).collect();
        let score = |row: usize| ((row * 7) % 10) as f32;
        let list = |rows: &mut dyn Iterator<Item = usize>| {
            let mut best = TopK::new(15, Some(5.0));
            rows.for_each(|row| best.offer(row, score(row), || &keys[row]));
            best.into_sorted().iter().map(|scored| scored.row).collect::<Vec<_>>()
        };
        assert_eq!(list(&mut (0..100)), list(&mut (0..100).rev()));
    }
}
