//! The catalogue's own part of the centring. A model brings the mean vector of each language and
//! field; a catalogue has a slant of its own (all films, all courses), which differs between its
//! languages and would keep them apart. So each group, a language and a field, also loses the mean
//! of what the catalogue holds of it, shrunk towards nothing while there is little:
//! offset = Σ x / (n + PRIOR), x being vectors after the model's mean was subtracted. The sum is one of whole numbers, the
//! same whatever the order of the vectors and whatever came and went.
//!
//! What is subtracted depends on when it was renewed. So a store keeps it ([`Centres::save`]), and an opened one goes on
//! from there.

use std::sync::Arc;

use prost::Message;

/// Vectors' worth of trust in the model's mean (an empirical Bayes shrinkage, Efron and Morris
/// 1973). Sixteen is enough to keep a handful of videos from being their own mean.
const PRIOR: f64 = 16.0;
/// A group's offset is renewed when as many of its vectors came or went as this share of those it
/// was computed from: a vector is computed anew a constant number of times while a group grows.
const TURNOVER: f64 = 0.25;
/// From here on a mean is known to within a percent and stays until as many vectors came or went as
/// it was computed from, so that a large catalogue is rarely computed anew.
const SETTLED: usize = 10_000;

/// A sum's unit is 2⁻³⁶: no video of a catalogue is near enough to all others that more would tell, and there is room for
/// 2²⁶ vectors of unit length.
const UNITS: f64 = (1_u64 << 36) as f64;

/// See the module. Cloning shares until one side changes.
#[derive(Debug, Clone, Default)]
pub struct Centres {
    groups: Arc<Vec<Group>>,
    /// How often any offset was renewed.
    renewals: u64,
    /// Offsets stay as they are: the videos that they were found from come back.
    is_restoring: bool,
}

#[derive(Debug, Clone, Default)]
struct Group {
    /// In units.
    sum: Vec<i64>,
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

    /// How often any offset was renewed since the beginning, or since it was loaded.
    pub fn renewals(&self) -> u64 {
        self.renewals
    }

    /// Whether no vector of any group ever came.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    pub fn add(&mut self, group: usize, vector: &[f32]) {
        self.change(group, vector, i64::wrapping_add, |count| count + 1);
    }

    /// Takes back what [`Centres::add`] added.
    pub fn subtract(&mut self, group: usize, vector: &[f32]) {
        self.change(group, vector, i64::wrapping_sub, |count| count.saturating_sub(1));
    }

    fn change(&mut self, group: usize, vector: &[f32], put: impl Fn(i64, i64) -> i64, count: impl Fn(usize) -> usize) {
        let groups = Arc::make_mut(&mut self.groups);
        if groups.len() <= group {
            groups.resize_with(group + 1, Group::default);
        }
        let group = &mut groups[group];
        group.sum.resize(vector.len(), 0);
        for (sum, value) in group.sum.iter_mut().zip(vector) {
            *sum = put(*sum, (f64::from(*value) * UNITS).round() as i64);
        }
        group.count = count(group.count);
        group.changes += 1;
    }

    /// Renews the offsets that are due and returns the numbers of their groups.
    pub fn renew(&mut self) -> Vec<usize> {
        if self.is_restoring {
            return Vec::new();
        }
        let is_due = |(number, group): (usize, &Group)| group.is_due().then_some(number);
        let due: Vec<usize> = self.groups.iter().enumerate().filter_map(is_due).collect();
        if due.is_empty() {
            return due;
        }
        self.renewals += 1;
        let groups = Arc::make_mut(&mut self.groups);
        for &number in &due {
            let group = &mut groups[number];
            let trust = 1.0 / (group.count as f64 + PRIOR);
            group.offset = group.sum.iter().map(|sum| (*sum as f64 / UNITS * trust) as f32).collect();
            group.renewed_at = group.count;
            group.changes = 0;
        }
        due
    }

    /// What is subtracted, as bytes; `maker` tells by what the vectors were made, whose groups these are.
    pub fn save(&self, maker: &[u8]) -> Vec<u8> {
        let kept = |group: &Group| KeptGroup { offset: group.offset.clone(), renewed_at: group.renewed_at as u64 };
        Kept { maker: maker.to_vec(), groups: self.groups.iter().map(kept).collect() }.encode_to_vec()
    }

    /// What [`Centres::save`] gave, of vectors that come back until [`Centres::end_restoring`]; none for that of another
    /// maker, and for other bytes.
    pub fn load(bytes: &[u8], maker: &[u8]) -> Option<Centres> {
        let kept = Kept::decode(bytes).ok().filter(|kept| kept.maker == maker)?;
        let group =
            |kept: KeptGroup| Group { offset: kept.offset, renewed_at: kept.renewed_at as usize, ..Group::default() };
        let groups = Arc::new(kept.groups.into_iter().map(group).collect());
        Some(Centres { groups, renewals: 0, is_restoring: true })
    }

    pub fn is_restoring(&self) -> bool {
        self.is_restoring
    }

    /// All vectors are back: offsets are renewed from now on as many came or went.
    pub fn end_restoring(&mut self) {
        if std::mem::take(&mut self.is_restoring) {
            let groups = Arc::make_mut(&mut self.groups);
            groups.iter_mut().for_each(|group| group.changes = group.count.abs_diff(group.renewed_at));
        }
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        self.groups.iter().map(|group| size_of::<Group>() + 12 * group.sum.len()).sum()
    }
}

#[derive(Clone, PartialEq, Message)]
struct Kept {
    #[prost(bytes = "vec", tag = "1")]
    maker: Vec<u8>,
    #[prost(message, repeated, tag = "2")]
    groups: Vec<KeptGroup>,
}

#[derive(Clone, PartialEq, Message)]
struct KeptGroup {
    #[prost(float, repeated, tag = "1")]
    offset: Vec<f32>,
    #[prost(uint64, tag = "2")]
    renewed_at: u64,
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
    fn loaded_offsets_stay_while_vectors_come_back() {
        let vectors: Vec<[f32; 2]> = (0..50).map(|number| [1.0, number as f32 / 50.0]).collect();
        let mut centres = Centres::default();
        for vector in &vectors {
            centres.add(2, vector);
            centres.renew();
        }
        let bytes = centres.save(b"maker");
        assert!(Centres::load(&bytes, b"other").is_none() && Centres::load(&[1], b"maker").is_none());
        let mut loaded = Centres::load(&bytes, b"maker").unwrap();
        for vector in vectors.iter().rev() {
            loaded.add(2, vector);
            assert!(loaded.renew().is_empty());
        }
        loaded.end_restoring();
        assert_eq!((loaded.offset(2), loaded.renewals()), (centres.offset(2), 0));
        for centres in [&mut centres, &mut loaded] {
            (0..20).for_each(|_| centres.add(2, &[0.5, 0.5]));
            assert_eq!(centres.renew(), [2]);
        }
        assert_eq!(loaded.offset(2), centres.offset(2));
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
