//! The catalogue's own part of the centring. A model brings the mean vector of each language and
//! field; a catalogue has a slant of its own (all films, all courses), which differs between its
//! languages and would keep them apart. So each group, a language and a field, also loses the mean
//! of what the catalogue holds of it, shrunk towards nothing while there is little:
//! offset = Σ x / (n + PRIOR), x being vectors after the model's mean was subtracted.

use std::sync::Arc;

/// Vectors' worth of trust in the model's mean (an empirical Bayes shrinkage, Efron and Morris
/// 1973). Sixteen is enough to keep a handful of videos from being their own mean.
const PRIOR: f64 = 16.0;
/// A group's offset is renewed when as many of its vectors came or went as this share of those it
/// was computed from: a vector is computed anew a constant number of times while a group grows.
const TURNOVER: f64 = 0.25;
/// From here on a mean is known to within a percent and stays until as many vectors came or went as
/// it was computed from, so that a large catalogue is rarely computed anew.
const SETTLED: usize = 10_000;

/// See the module. Cloning shares until one side changes.
#[derive(Debug, Clone, Default)]
pub struct Centres {
    groups: Arc<Vec<Group>>,
}

#[derive(Debug, Clone, Default)]
struct Group {
    sum: Vec<f64>,
    count: usize,
    /// What is subtracted now; empty while nothing is.
    offset: Vec<f32>,
    /// The count when `offset` was last renewed, and how many vectors came or went since.
    renewed_at: usize,
    changes: usize,
}

impl Centres {
    /// What to subtract from a vector of this group; empty for nothing.
    pub fn offset(&self, group: usize) -> &[f32] {
        self.groups.get(group).map_or(&[], |group| &group.offset)
    }

    pub fn add(&mut self, group: usize, vector: &[f32]) {
        self.change(group, vector, 1.0, |count| count + 1);
    }

    /// Takes back what [`Centres::add`] added.
    pub fn subtract(&mut self, group: usize, vector: &[f32]) {
        self.change(group, vector, -1.0, |count| count.saturating_sub(1));
    }

    fn change(&mut self, group: usize, vector: &[f32], sign: f64, count: impl Fn(usize) -> usize) {
        let groups = Arc::make_mut(&mut self.groups);
        if groups.len() <= group {
            groups.resize_with(group + 1, Group::default);
        }
        let group = &mut groups[group];
        group.sum.resize(vector.len(), 0.0);
        for (sum, value) in group.sum.iter_mut().zip(vector) {
            *sum += sign * f64::from(*value);
        }
        group.count = count(group.count);
        group.changes += 1;
    }

    /// Renews the offsets that are due and returns the numbers of their groups.
    pub fn renew(&mut self) -> Vec<usize> {
        let is_due = |(number, group): (usize, &Group)| group.is_due().then_some(number);
        let due: Vec<usize> = self.groups.iter().enumerate().filter_map(is_due).collect();
        if due.is_empty() {
            return due;
        }
        let groups = Arc::make_mut(&mut self.groups);
        for &number in &due {
            let group = &mut groups[number];
            let trust = 1.0 / (group.count as f64 + PRIOR);
            group.offset = group.sum.iter().map(|sum| (sum * trust) as f32).collect();
            group.renewed_at = group.count;
            group.changes = 0;
        }
        due
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        self.groups.iter().map(|group| size_of::<Group>() + 12 * group.sum.len()).sum()
    }
}

impl Group {
    fn is_due(&self) -> bool {
        let turnover = if self.renewed_at < SETTLED { TURNOVER } else { 1.0 };
        self.changes > 0 && self.changes as f64 >= turnover * self.renewed_at as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offset_nears_the_mean_as_the_group_grows() {
        let mut centres = Centres::default();
        let mut renewals = 0;
        for _ in 0..1_000 {
            centres.add(3, &[1.0, -2.0]);
            renewals += centres.renew().len();
        }
        let offset = centres.offset(3);
        assert!((offset[0] - 1.0).abs() < 0.03 && (offset[1] + 2.0).abs() < 0.06, "{offset:?}");
        assert!(renewals < 40, "{renewals} renewals for 1,000 vectors");
        assert!(centres.offset(0).is_empty() && centres.offset(9).is_empty());
    }

    #[test]
    fn subtracting_takes_back() {
        let mut centres = Centres::default();
        centres.add(0, &[1.0]);
        centres.add(0, &[3.0]);
        centres.subtract(0, &[3.0]);
        centres.subtract(0, &[1.0]);
        centres.renew();
        assert!(centres.offset(0).iter().all(|value| *value == 0.0));
    }
}
