//! How good a list is: recall, nDCG and MRR of one user, and their means with confidence intervals.
//!
//! Recall@k is hits / min(|test|, k), and nDCG@k is normalised by the best list of that length likewise.

/// The measures of one user's list.
#[derive(Debug, Clone, Copy, Default)]
pub struct Measures {
    pub recall10: f64,
    pub ndcg10: f64,
    pub recall20: f64,
    pub ndcg20: f64,
    pub mrr: f64,
}

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

fn ndcg(hits: &[bool], wanted: usize, k: usize) -> f64 {
    let gain = |place: usize| 1.0 / ((place + 2) as f64).log2();
    let found: f64 = hits.iter().take(k).enumerate().filter(|(_, hit)| **hit).map(|(place, _)| gain(place)).sum();
    found / (0..wanted.min(k)).map(gain).sum::<f64>()
}

/// A mean and half the width of its 95 % confidence interval, by the normal approximation.
#[derive(Debug, Clone, Copy)]
pub struct Mean {
    pub mean: f64,
    pub plus_minus: f64,
}

impl Mean {
    pub fn of(all: &[Measures], measure: impl Fn(&Measures) -> f64) -> Mean {
        let count = all.len() as f64;
        let mean = all.iter().map(&measure).sum::<f64>() / count;
        let variance = all.iter().map(|one| (measure(one) - mean).powi(2)).sum::<f64>() / (count - 1.0).max(1.0);
        Mean { mean, plus_minus: 1.96 * (variance / count).sqrt() }
    }
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
}
