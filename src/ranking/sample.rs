//! A few of a catalogue's videos that stand for all: those with the least hashes of their ids, so that the same videos are
//! chosen whatever their order. What a feature's mean and deviation are is known by them.
//!
//! Source: the bottom-k sample of Cohen and Kaplan, "Summarizing data using bottom-k sketches" (PODC 2007). Some more
//! than are asked for are kept, so that removals leave enough.

use rpds::RedBlackTreeSetSync;
use twox_hash::XxHash3_64;

/// Most videos that can be asked for.
pub const LARGEST_SAMPLE: usize = 128;

/// Rows are kept up to so many, and then cut down to a half.
const MOST_KEPT: usize = 1_024;

/// What a row costs, roughly.
const KEPT_BYTES: usize = 112;

/// The same on every machine.
pub fn hash(id: &str) -> u64 {
    XxHash3_64::oneshot(id.as_bytes())
}

/// See the module. Cloning shares.
#[derive(Debug, Clone)]
pub struct Sample {
    /// All rows whose hash is at most `largest`.
    kept: RedBlackTreeSetSync<(u64, usize)>,
    largest: u64,
}

impl Default for Sample {
    fn default() -> Self {
        Sample { kept: RedBlackTreeSetSync::new_sync(), largest: u64::MAX }
    }
}

impl Sample {
    /// Memory in bytes, about.
    pub fn bytes(&self) -> usize {
        self.kept.size() * KEPT_BYTES
    }

    /// At most [`LARGEST_SAMPLE`] rows, in the order of their hashes.
    pub fn rows(&self) -> impl Iterator<Item = usize> {
        self.kept.iter().take(LARGEST_SAMPLE).map(|(_, row)| *row)
    }

    pub fn insert(&mut self, id: &str, row: usize) {
        let hash = hash(id);
        if hash <= self.largest {
            self.kept.insert_mut((hash, row));
        }
        if self.kept.size() > MOST_KEPT {
            let dropped: Vec<(u64, usize)> = self.kept.iter().skip(MOST_KEPT / 2).copied().collect();
            self.largest = dropped[0].0.saturating_sub(1);
            for of_row in &dropped {
                self.kept.remove_mut(of_row);
            }
        }
    }

    /// Takes a row out. Whether too few are left by now, so that it is to be made anew from all rows.
    pub fn remove(&mut self, id: &str, row: usize) -> bool {
        self.kept.remove_mut(&(hash(id), row));
        self.kept.size() < LARGEST_SAMPLE && self.largest < u64::MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(ids: impl Iterator<Item = usize>) -> Sample {
        let mut sample = Sample::default();
        ids.for_each(|row| sample.insert(&row.to_string(), row));
        sample
    }

    #[test]
    fn the_same_rows_in_any_order_and_the_least_hashes() {
        for count in [5, 128, 1_000, 5_000] {
            let sample: Vec<usize> = of(0..count).rows().collect();
            assert_eq!(sample, of((0..count).rev()).rows().collect::<Vec<usize>>());
            let mut all: Vec<usize> = (0..count).collect();
            all.sort_by_cached_key(|row| hash(&row.to_string()));
            all.truncate(LARGEST_SAMPLE);
            assert_eq!(sample, all);
        }
    }

    #[test]
    fn removals_leave_the_least_hashes_or_ask_for_more() {
        let mut sample = of(0..5_000);
        assert!(sample.bytes() <= MOST_KEPT * KEPT_BYTES);
        let mut left = 5_000;
        while !sample.remove(&(left - 1).to_string(), left - 1) {
            left -= 1;
            if left % 500 == 0 {
                let mut all: Vec<usize> = (0..left).collect();
                all.sort_by_cached_key(|row| hash(&row.to_string()));
                assert!(sample.rows().eq(all.into_iter().take(LARGEST_SAMPLE)));
            }
        }
        assert!((500..2_500).contains(&left), "asked for at {left}");
        let mut few = of(0..20);
        assert!((0..20).all(|row| !few.remove(&row.to_string(), row)) && few.bytes() == 0, "all of them are kept");
    }
}
