//! A symmetric table of a pack: a number for each pair of items, written once, in the row of the one with the higher
//! number, and found from both. Items are numbered by their watches: what few watched goes with the same much watched
//! videos again and again, so that such rows are alike, and compress to a seventh less than rows of the lower numbers.

use std::sync::OnceLock;

use super::super::Item;
use super::super::coded_cells::CodedCells;
use super::super::packed::{Packed, ROWS_BETWEEN_CHECKS, Values};
use crate::domain::{CallOptions, Result};

/// See the module: 8 bytes a pair where numbers take 16 bits. Never changed.
#[derive(Debug)]
pub struct PairsBase {
    /// The pairs of each item with those of lower numbers.
    lower: CodedCells,
    /// Made when the first list asks: an import that is followed by another, or by none, need not wait for it.
    higher: OnceLock<HigherPairs>,
}

/// The pairs of each item with those of higher numbers.
#[derive(Debug, Default)]
struct HigherPairs {
    /// Where those of each item start, and where the last ones end.
    starts: Vec<u32>,
    /// The higher numbers, and the pairs' codes.
    numbers: Vec<Item>,
    codes: Vec<u8>,
}

impl PartialEq for PairsBase {
    fn eq(&self, other: &PairsBase) -> bool {
        self.lower == other.lower
    }
}

impl HigherPairs {
    /// Fails with the bounds of the call alone.
    fn of(lower: &CodedCells, call: &CallOptions) -> Result<HigherPairs> {
        let mut starts = vec![0; lower.rows() + 1];
        for high in 0..lower.rows() {
            call.check_every(ROWS_BETWEEN_CHECKS, high)?;
            lower.each_code(high as Item, |low, _| starts[low as usize + 1] += 1);
        }
        (1..starts.len()).for_each(|item| starts[item] += starts[item - 1]);
        let (mut next, mut numbers, mut codes) = (starts.clone(), vec![0; lower.cells()], vec![0; lower.cells()]);
        for high in 0..lower.rows() {
            call.check_every(ROWS_BETWEEN_CHECKS, high)?;
            lower.each_code(high as Item, |low, code| {
                let place = next[low as usize] as usize;
                (numbers[place], codes[place]) = (high as Item, code);
                next[low as usize] += 1;
            });
        }
        Ok(HigherPairs { starts, numbers, codes })
    }

    fn row(&self, item: Item) -> impl Iterator<Item = (Item, u8)> {
        let range = match self.starts.get(item as usize..item as usize + 2) {
            Some(&[start, end]) => start as usize..end as usize,
            _ => 0..0,
        };
        self.numbers[range.clone()].iter().copied().zip(self.codes[range].iter().copied())
    }
}

impl PairsBase {
    /// Makes ready what [`PairsBase::each`] needs, within the bounds of a call.
    pub fn make_rows(&self, call: &CallOptions) -> Result<()> {
        if self.higher.get().is_none() {
            // Another thread may have been quicker, with the same.
            let _ = self.higher.set(HigherPairs::of(&self.lower, call)?);
        }
        Ok(())
    }

    /// How many pairs there are.
    pub fn pairs(&self) -> usize {
        self.lower.cells()
    }

    /// Hands over the items that an item makes a pair with, in their order, with the pairs' numbers.
    pub fn each(&self, item: Item, mut pair: impl FnMut(Item, f32)) {
        // Nothing bounds the call, which is all that could fail.
        let higher =
            self.higher.get_or_init(|| HigherPairs::of(&self.lower, &CallOptions::UNBOUNDED).unwrap_or_default());
        self.lower.each(item, &mut pair);
        higher.row(item).for_each(|(high, code)| pair(high, self.lower.value(code)));
    }

    /// 0 where there is no such pair.
    pub fn get(&self, one: Item, other: Item) -> f32 {
        self.lower.get(one.max(other), one.min(other))
    }

    /// Memory in bytes, with what the first list makes.
    pub fn bytes(&self) -> usize {
        let higher = (self.lower.rows() + 1) * size_of::<u32>() + self.lower.cells() * (size_of::<Item>() + 1);
        self.lower.bytes() + higher
    }

    /// Refuses a pair in the row of the lower number, or of an item with itself.
    pub fn load(values: Values, packed: &mut Packed<'_>, items: usize) -> Result<PairsBase> {
        let lower = CodedCells::load(values, packed, items, |high| high)?;
        Ok(PairsBase { lower, higher: OnceLock::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::coded_cells::put_cells;
    use super::*;

    #[test]
    fn pairs_are_found_from_both_sides() {
        let rows = [vec![], vec![(0, 5.0)], vec![], vec![(0, 2.0), (1, 7.0)]];
        let mut bytes = Vec::new();
        put_cells(&mut bytes, Values::Counts, &rows);
        let pairs = PairsBase::load(Values::Counts, &mut Packed::of(&bytes), 4).unwrap();
        let row = |item: Item| {
            let mut row = Vec::new();
            pairs.each(item, |other, number| row.push((other, number)));
            row
        };
        let rows: Vec<Vec<(Item, f32)>> = (0..5).map(row).collect();
        assert_eq!(
            rows,
            [vec![(1, 5.0), (3, 2.0)], vec![(0, 5.0), (3, 7.0)], vec![], vec![(0, 2.0), (1, 7.0)], vec![]]
        );
        assert_eq!([pairs.get(3, 1), pairs.get(1, 3), pairs.get(2, 3), pairs.get(9, 9)], [7.0, 7.0, 0.0, 0.0]);
    }

    #[test]
    fn a_pair_on_the_wrong_side_is_refused() {
        for column in [0, 1] {
            let mut bytes = Vec::new();
            put_cells(&mut bytes, Values::Counts, &[vec![(column, 1.0)], vec![]]);
            assert!(PairsBase::load(Values::Counts, &mut Packed::of(&bytes), 2).is_err());
        }
    }
}
