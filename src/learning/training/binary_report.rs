//! What probabilities of a yes or no are worth, on examples that were not trained with: how many fall on the right side,
//! how well they order, and whether they mean what they say.
//!
//! Sources: the area under the curve as the statistic of Mann and Whitney, "On a test of whether one of two random
//! variables is stochastically larger than the other" (Annals of Mathematical Statistics 18(1), 1947); the expected
//! calibration error of Naeini, Cooper and Hauskrecht, "Obtaining well calibrated probabilities using Bayesian binning"
//! (AAAI 2015), over bins of equal width.

use crate::domain::{Error, Result};

/// The bins of a reliability table.
pub const BINS: usize = 10;

/// Probabilities within a tenth.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct CalibrationBin {
    /// How many examples fell in.
    pub count: usize,
    /// The mean of their probabilities; 0 where there are none.
    pub probability: f64,
    /// The share of them that was engaged with; 0 where there are none.
    pub engaged: f64,
}

/// See the module. Everything is between 0 and 1 but the loss.
#[derive(Debug, Clone, PartialEq)]
pub struct BinaryReport {
    pub count: usize,
    /// How many were engaged with.
    pub engaged: usize,
    /// The share on the right side of one half.
    pub accuracy: f64,
    /// The share that the more frequent answer alone would get right.
    pub majority: f64,
    /// How often one that was engaged with has the larger probability of two, a tie counting half. One half where there
    /// are none of either kind.
    pub auc: f64,
    /// The mean binary cross-entropy, in nats.
    pub log_loss: f64,
    /// Σ over bins of count / all · |probability − engaged|.
    pub expected_calibration_error: f64,
    /// The reliability table: probabilities from 0 to 0.1, to 0.2 and so on.
    pub bins: [CalibrationBin; BINS],
}

impl BinaryReport {
    /// Of at least one example: its probability, 0 to 1, and whether it was engaged with.
    pub fn of(examples: &[(f32, bool)]) -> Result<BinaryReport> {
        if examples.is_empty() {
            return Err(Error::invalid("there are no examples to report on"));
        }
        if !examples.iter().all(|(probability, _)| (0.0..=1.0).contains(probability)) {
            return Err(Error::invalid("a probability does not lie between 0 and 1"));
        }
        let share = |count: usize| count as f64 / examples.len() as f64;
        let engaged = examples.iter().filter(|(_, engaged)| *engaged).count();
        let right = examples.iter().filter(|(probability, engaged)| (*probability >= 0.5) == *engaged).count();
        let bins = bins(examples);
        let gap = |bin: &CalibrationBin| share(bin.count) * (bin.probability - bin.engaged).abs();
        Ok(BinaryReport {
            count: examples.len(),
            engaged,
            accuracy: share(right),
            majority: share(engaged.max(examples.len() - engaged)),
            auc: area_under_curve(examples, engaged),
            log_loss: examples.iter().map(loss).sum::<f64>() / examples.len() as f64,
            expected_calibration_error: bins.iter().map(gap).sum(),
            bins,
        })
    }
}

/// A probability of 0 or 1 counts as one that f32 can barely tell from it, or one mistake would be without measure.
fn loss(&(probability, engaged): &(f32, bool)) -> f64 {
    let said = f64::from(if engaged { probability } else { 1.0 - probability });
    -said.max(1e-7).ln()
}

fn bins(examples: &[(f32, bool)]) -> [CalibrationBin; BINS] {
    let mut bins = [CalibrationBin::default(); BINS];
    for (probability, engaged) in examples {
        let bin = &mut bins[((probability * BINS as f32) as usize).min(BINS - 1)];
        bin.count += 1;
        bin.probability += f64::from(*probability);
        bin.engaged += f64::from(u8::from(*engaged));
    }
    for bin in bins.iter_mut().filter(|bin| bin.count > 0) {
        bin.probability /= bin.count as f64;
        bin.engaged /= bin.count as f64;
    }
    bins
}

/// By the sum of the ranks of those engaged with; equal probabilities share their mean rank.
fn area_under_curve(examples: &[(f32, bool)], engaged: usize) -> f64 {
    let passed = examples.len() - engaged;
    if engaged == 0 || passed == 0 {
        return 0.5;
    }
    let mut ordered = examples.to_vec();
    ordered.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut below, mut rank_sum) = (0_usize, 0.0);
    for equal in ordered.chunk_by(|a, b| a.0 == b.0) {
        let mean_rank = below as f64 + (equal.len() as f64 + 1.0) / 2.0;
        rank_sum += mean_rank * equal.iter().filter(|(_, engaged)| *engaged).count() as f64;
        below += equal.len();
    }
    let (engaged, passed) = (engaged as f64, passed as f64);
    (rank_sum - engaged * (engaged + 1.0) / 2.0) / (engaged * passed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_worked_out_by_hand() {
        let examples = [(0.9, true), (0.8, false), (0.8, true), (0.3, false), (0.1, false)];
        let report = BinaryReport::of(&examples).unwrap();
        assert_eq!((report.count, report.engaged), (5, 2));
        assert!((report.accuracy - 0.8).abs() < 1e-12 && (report.majority - 0.6).abs() < 1e-12);
        // Of six pairs five are in order, and one is a tie.
        assert!((report.auc - 5.5 / 6.0).abs() < 1e-12);
        let losses = [0.9_f64, 0.2, 0.8, 0.7, 0.9].map(|said| -said.ln());
        assert!((report.log_loss - losses.iter().sum::<f64>() / 5.0).abs() < 1e-6);
        assert_eq!(report.bins.map(|bin| bin.count), [0, 1, 0, 1, 0, 0, 0, 0, 2, 1]);
        let gaps = [0.1, 0.3, 2.0 * (0.8 - 0.5), 0.1];
        assert!((report.expected_calibration_error - gaps.iter().sum::<f64>() / 5.0).abs() < 1e-6);
    }

    #[test]
    fn order_alone_makes_the_area() {
        let area = |examples: &[(f32, bool)]| BinaryReport::of(examples).unwrap().auc;
        assert_eq!(area(&[(0.1, false), (0.2, true)]), 1.0);
        assert_eq!(area(&[(0.1, true), (0.2, false)]), 0.0);
        assert_eq!(area(&[(0.7, true), (0.7, false)]), 0.5);
        assert_eq!(area(&[(0.7, true), (0.9, true)]), 0.5, "nothing to compare with");
    }

    #[test]
    fn what_is_no_probability_is_refused() {
        for examples in [&[][..], &[(1.1, true)], &[(-0.1, true)], &[(f32::NAN, true)]] {
            assert!(BinaryReport::of(examples).is_err());
        }
        assert!(BinaryReport::of(&[(0.0, true), (1.0, false)]).unwrap().log_loss.is_finite());
    }
}
