//! How good a list is, and what can be said of many: means with confidence intervals, and what makes a difference one.

/// A mean and half the width of its 95 % confidence interval, by the normal approximation.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Mean {
    pub mean: f64,
    pub plus_minus: f64,
}

/// Standard errors on each side that hold 95 % of a normal distribution.
const NORMAL_95: f64 = 1.96;

impl Mean {
    /// Of no values: zero.
    pub fn of(values: impl Iterator<Item = f64> + Clone) -> Mean {
        let count = values.clone().count().max(1) as f64;
        let mean = values.clone().sum::<f64>() / count;
        let variance = values.map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0).max(1.0);
        Mean { mean, plus_minus: NORMAL_95 * (variance / count).sqrt() }
    }

    /// Of the differences between two measures of the same lists, list by list.
    pub fn of_gains(after: &[f64], before: &[f64]) -> Mean {
        Mean::of(after.iter().zip(before).map(|(after, before)| after - before))
    }

    pub fn standard_error(&self) -> f64 {
        self.plus_minus / NORMAL_95
    }

    /// Whether the whole interval lies above 0.
    pub fn is_gain(&self) -> bool {
        self.mean > self.plus_minus
    }
}

/// nDCG@k of a list, best first, each place a hit or not: 1 where the best of `wanted` hits stand first, as far as there
/// are places. 0 where nothing was wanted.
pub fn ndcg(hits: &[bool], wanted: usize, k: usize) -> f64 {
    let gain = |place: usize| 1.0 / ((place + 2) as f64).log2();
    let found: f64 = hits.iter().take(k).enumerate().filter(|(_, hit)| **hit).map(|(place, _)| gain(place)).sum();
    let best: f64 = (0..wanted.min(k)).map(gain).sum();
    // An empty sum is −0.
    if best > 0.0 { (found + 0.0) / best } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_known_by_hand() {
        let mean = Mean::of([0.0, 0.0, 1.0, 1.0].into_iter());
        assert_eq!(mean.mean, 0.5);
        assert!((mean.plus_minus - 1.96 * (1.0_f64 / 3.0 / 4.0).sqrt()).abs() < 1e-12);
        assert_eq!(Mean::of([].into_iter()), Mean::default());
        assert!(!mean.is_gain());
        assert!(Mean::of_gains(&[1.0, 0.9], &[0.0, 0.0]).is_gain());
    }

    #[test]
    fn a_list_is_measured_by_hand() {
        assert!((ndcg(&[false, true, false], 1, 10) - 1.0 / 3.0_f64.log2()).abs() < 1e-12);
        let best = 1.0 + 1.0 / 3.0_f64.log2() + 0.5 + 1.0 / 5.0_f64.log2();
        assert!((ndcg(&[false, false, true], 4, 10) - 0.5 / best).abs() < 1e-12);
        assert_eq!([ndcg(&[], 1, 10), ndcg(&[true], 0, 10)], [0.0, 0.0]);
    }
}
