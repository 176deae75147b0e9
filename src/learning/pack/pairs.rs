//! A symmetric table of a pack: a number for each pair of items, written once, in the row of the one with the higher
//! number, and found from both. Items are numbered by their watches: what few watched goes with the same much watched
//! videos again and again, so that such rows are alike, and compress to a seventh less than rows of the lower numbers.

use std::sync::OnceLock;

use parking_lot::Mutex;

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
    /// What lists made of them whose time was over, so that the next one goes on: else none with as little time would
    /// ever come to an end.
    making: Mutex<Making>,
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

/// Those of higher numbers as far as they are made: in one pass over the rows they are counted, in the next put in place.
#[derive(Debug, Default)]
struct Making {
    pairs: HigherPairs,
    /// Where the next one of each item goes.
    next: Vec<u32>,
    counted_rows: usize,
    placed_rows: usize,
}

impl Making {
    /// Goes on within the bounds of a call, which are all that it fails with.
    fn go_on(&mut self, lower: &CodedCells, call: &CallOptions) -> Result<()> {
        let (rows, starts) = (lower.rows(), &mut self.pairs.starts);
        starts.resize(rows + 1, 0);
        while self.counted_rows < rows {
            call.check_every(ROWS_BETWEEN_CHECKS, self.counted_rows)?;
            lower.each_code(self.counted_rows as Item, |low, _| starts[low as usize + 1] += 1);
            self.counted_rows += 1;
        }
        if self.next.is_empty() {
            (1..starts.len()).for_each(|item| starts[item] += starts[item - 1]);
            self.next.clone_from(starts);
            (self.pairs.numbers, self.pairs.codes) = (vec![0; lower.cells()], vec![0; lower.cells()]);
        }
        while self.placed_rows < rows {
            call.check_every(ROWS_BETWEEN_CHECKS, self.placed_rows)?;
            let high = self.placed_rows as Item;
            lower.each_code(high, |low, code| {
                let place = self.next[low as usize] as usize;
                (self.pairs.numbers[place], self.pairs.codes[place]) = (high, code);
                self.next[low as usize] += 1;
            });
            self.placed_rows += 1;
        }
        Ok(())
    }
}

impl HigherPairs {
    fn row(&self, item: Item) -> impl Iterator<Item = (Item, u8)> {
        let range = match self.starts.get(item as usize..item as usize + 2) {
            Some(&[start, end]) => start as usize..end as usize,
            _ => 0..0,
        };
        self.numbers[range.clone()].iter().copied().zip(self.codes[range].iter().copied())
    }
}

impl PairsBase {
    /// Makes ready what [`PairsBase::each`] needs, within the bounds of a call. A call that ends leaves what it made to the
    /// next one.
    pub fn make_rows(&self, call: &CallOptions) -> Result<()> {
        if self.higher.get().is_some() {
            return Ok(());
        }
        // Nobody waits for another thread: who comes while one is at it begins anew.
        let mut making = std::mem::take(&mut *self.making.lock());
        if let Err(error) = making.go_on(&self.lower, call) {
            *self.making.lock() = making;
            return Err(error);
        }
        // Another thread may have been quicker, with the same.
        let _ = self.higher.set(making.pairs);
        *self.making.lock() = Making::default();
        Ok(())
    }

    /// How many pairs there are.
    pub fn pairs(&self) -> usize {
        self.lower.cells()
    }

    /// Hands over the items that an item makes a pair with, in their order, with the pairs' numbers.
    pub fn each(&self, item: Item, mut pair: impl FnMut(Item, f32)) {
        let made = || {
            let mut making = Making::default();
            // Nothing bounds the call, which is all that could fail.
            let _ = making.go_on(&self.lower, &CallOptions::UNBOUNDED);
            making.pairs
        };
        let higher = self.higher.get_or_init(made);
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
        Ok(PairsBase { lower, higher: OnceLock::new(), making: Mutex::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::coded_cells::put_cells;
    use super::*;
    use crate::domain::CancelToken;

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
    fn what_one_call_has_no_time_for_the_next_one_goes_on_with() {
        const ROWS: usize = 2 * ROWS_BETWEEN_CHECKS + 1;
        let row = |high: usize| (high > 0).then_some((high as Item / 2, 1.0)).into_iter().collect();
        let mut bytes = Vec::new();
        put_cells(&mut bytes, Values::Counts, &(0..ROWS).map(row).collect::<Vec<Vec<(Item, f32)>>>());
        let pairs = || PairsBase::load(Values::Counts, &mut Packed::of(&bytes), ROWS).unwrap();
        let row = |pairs: &PairsBase, item: Item| {
            let mut row = Vec::new();
            pairs.each(item, |other, _| row.push(other));
            row
        };
        let (at_once, by_and_by) = (pairs(), pairs());
        // Each call gets through the rows between two looks.
        let calls = (1..).take_while(|_| {
            let call = CallOptions { cancel: Some(CancelToken::at_look(1)), ..CallOptions::default() };
            by_and_by.make_rows(&call).is_err()
        });
        assert_eq!(calls.count(), 5, "a look in front of each of six pieces, and a piece a call");
        assert!(by_and_by.higher.get().is_some());
        (0..ROWS as Item).for_each(|item| assert_eq!(row(&by_and_by, item), row(&at_once, item)));
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
