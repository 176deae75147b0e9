//! How good lists are: recall, nDCG and MRR of one list, and what a list is beside
//! being right: varied, not only what everyone watches, decided by scores rather than by ties.
//!
//! Recall@k is hits / min(|wanted|, k), and nDCG@k is normalised by the best list of that length likewise.

use std::collections::HashMap;

use vrec::engine::weights::Mean;
use vrec::engine::weights::ndcg;

/// The measures of one user's list.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Measures {
    pub recall10: f64,
    pub ndcg10: f64,
    pub recall20: f64,
    pub ndcg20: f64,
    pub mrr: f64,
}

/// One measure of a list.
pub type Measure = fn(&Measures) -> f64;

/// The measures, with their names in figures.
pub const MEASURES: [(&str, Measure); 5] = [
    ("recall10", |measures| measures.recall10),
    ("ndcg10", |measures| measures.ndcg10),
    ("recall20", |measures| measures.recall20),
    ("ndcg20", |measures| measures.ndcg20),
    ("mrr", |measures| measures.mrr),
];

impl Measures {
    /// Of a list, best first, against the videos that were to be found.
    pub fn of(list: &[usize], wanted: &[usize]) -> Measures {
        let hits: Vec<bool> = list.iter().map(|video| wanted.contains(video)).collect();
        let first = hits.iter().position(|hit| *hit);
        Measures {
            recall10: recall(&hits, wanted.len(), 10),
            ndcg10: ndcg(&hits, wanted.len(), 10),
            recall20: recall(&hits, wanted.len(), 20),
            ndcg20: ndcg(&hits, wanted.len(), 20),
            mrr: first.map_or(0.0, |place| 1.0 / (place + 1) as f64),
        }
    }
}

fn recall(hits: &[bool], wanted: usize, k: usize) -> f64 {
    let found = hits.iter().take(k).filter(|hit| **hit).count();
    found as f64 / wanted.min(k) as f64
}

/// Of one measure of many lists.
pub fn mean_of(all: &[Measures], measure: Measure) -> Mean {
    Mean::of(all.iter().map(measure))
}

/// What the places of many lists are measured by, beside what was wanted.
pub struct Places {
    /// Of each video the share of users who watched it, as bits: −log₂. A video that nobody watched counts as if one
    /// user had.
    surprise: Vec<f64>,
}

impl Places {
    /// From how many of `users` watched each video.
    pub fn new(watches: &[u32], users: usize) -> Places {
        let users = users.max(1);
        let surprise = |count: &u32| (users as f64 / (*count as usize).clamp(1, users) as f64).log2();
        Places { surprise: watches.iter().map(surprise).collect() }
    }

    /// Novelty of Zhou and others, "Solving the apparent diversity-accuracy dilemma" (2010): the mean surprise.
    pub fn novelty(&self, list: &[usize]) -> f64 {
        list.iter().map(|video| self.surprise[*video]).sum::<f64>() / list.len().max(1) as f64
    }
}

/// 1 − the mean cosine of all pairs: intra-list diversity of Ziegler and others (2005). None without a pair of vectors.
pub fn diversity(list: &[usize], vectors: &HashMap<usize, Vec<f32>>) -> Option<f64> {
    let vectors: Vec<&Vec<f32>> = list.iter().filter_map(|video| vectors.get(video)).collect();
    let pairs = vectors.len() * vectors.len().saturating_sub(1) / 2;
    let cosine = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(a * b)).sum::<f64>();
    let later = |at: usize| vectors[at + 1..].iter().map(move |other| (at, other));
    let sum: f64 = (0..vectors.len()).flat_map(later).map(|(at, other)| cosine(vectors[at], other)).sum();
    (pairs > 0).then(|| 1.0 - sum / pairs as f64)
}

/// The share of the first ten places whose score another place has as well, so that something else than the score
/// decided between them.
pub fn ties(scores: &[f32]) -> f64 {
    let tied = |place: usize| {
        let same = |other: Option<&f32>| other == scores.get(place);
        same(scores.get(place + 1)) || place > 0 && same(scores.get(place - 1))
    };
    let places = scores.len().min(10);
    (0..places).filter(|place| tied(*place)).count() as f64 / places.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_measured_by_hand() {
        let measures = Measures::of(&[5, 7, 9], &[7]);
        assert_eq!((measures.recall10, measures.mrr), (1.0, 0.5));
        assert!((measures.ndcg10 - 1.0 / 3.0_f64.log2()).abs() < 1e-12);
        let measures = Measures::of(&[5, 7, 9], &[1, 9, 3, 4]);
        assert_eq!(measures.recall10, 0.25);
        let best = 1.0 + 1.0 / 3.0_f64.log2() + 0.5 + 1.0 / 5.0_f64.log2();
        assert!((measures.ndcg10 - 0.5 / best).abs() < 1e-12);
        assert_eq!(Measures::of(&[], &[1]).recall20, 0.0);
    }

    #[test]
    fn the_eleventh_place_counts_from_twenty_on() {
        let list: Vec<usize> = (0..20).collect();
        let measures = Measures::of(&list, &[10]);
        assert_eq!((measures.recall10, measures.recall20, measures.mrr), (0.0, 1.0, 1.0 / 11.0));
        let many: Vec<usize> = (0..30).collect();
        assert_eq!(
            Measures::of(&list, &many),
            Measures { recall10: 1.0, ndcg10: 1.0, recall20: 1.0, ndcg20: 1.0, mrr: 1.0 }
        );
    }

    #[test]
    fn diversity_novelty_and_ties_are_known_by_hand() {
        let vectors: HashMap<usize, Vec<f32>> = [(0, vec![1.0, 0.0]), (1, vec![0.0, 1.0]), (2, vec![1.0, 0.0])].into();
        // Cosines 0, 1 and 0.
        assert!((diversity(&[0, 1, 2], &vectors).unwrap() - 2.0 / 3.0).abs() < 1e-12);
        assert_eq!(diversity(&[0], &vectors), None);
        let places = Places::new(&[8, 2, 0], 8);
        assert_eq!(places.novelty(&[0, 1, 2]), (0.0 + 2.0 + 3.0) / 3.0);
        assert_eq!(ties(&[3.0, 2.0, 2.0, 1.0]), 0.5);
        assert_eq!(ties(&[]), 0.0);
    }
}
