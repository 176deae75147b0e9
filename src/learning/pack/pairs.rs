//! A symmetric table of a pack: a number for each pair of items, written once, in the row of the one with the higher
//! number, and found from both. Items are numbered by their watches: what few watched goes with the same much watched
//! videos again and again, so that such rows are alike, and compress to a seventh less than rows of the lower numbers.

use super::super::Item;
use super::super::packed::{CodedCells, Packed, Values, damaged};
use crate::domain::Result;

/// See the module: 10 bytes a pair. Never changed.
#[derive(Debug, PartialEq)]
pub struct PairsBase {
    /// The pairs of each item with those of lower numbers.
    lower: CodedCells,
    /// Where the pairs of each item with those of higher numbers start, and where the last ones end.
    starts: Vec<u32>,
    /// The higher numbers, and the pairs' codes.
    higher: Vec<Item>,
    codes: Vec<u8>,
}

impl PairsBase {
    /// Of the pairs of each item with those of lower numbers.
    fn of(lower: CodedCells) -> PairsBase {
        let mut starts = vec![0; lower.rows() + 1];
        let all =
            || (0..lower.rows() as Item).flat_map(|high| lower.codes(high).map(move |(low, code)| (low, high, code)));
        all().for_each(|(low, _, _)| starts[low as usize + 1] += 1);
        (1..starts.len()).for_each(|item| starts[item] += starts[item - 1]);
        let pairs = starts.last().map_or(0, |end| *end as usize);
        let (mut next, mut higher, mut codes) = (starts.clone(), vec![0; pairs], vec![0; pairs]);
        for (low, high, code) in all() {
            let place = next[low as usize] as usize;
            (higher[place], codes[place]) = (high, code);
            next[low as usize] += 1;
        }
        PairsBase { lower, starts, higher, codes }
    }

    /// The items that an item makes a pair with, in their order, with the pairs' numbers.
    pub fn row(&self, item: Item) -> impl Iterator<Item = (Item, f32)> {
        let range = match self.starts.get(item as usize..item as usize + 2) {
            Some(&[start, end]) => start as usize..end as usize,
            _ => 0..0,
        };
        let values = self.codes[range.clone()].iter().map(|code| self.lower.value(*code));
        self.lower.row(item).chain(self.higher[range].iter().copied().zip(values))
    }

    /// 0 where there is no such pair.
    pub fn get(&self, one: Item, other: Item) -> f32 {
        self.lower.get(one.max(other), one.min(other))
    }

    /// Memory in bytes.
    pub fn bytes(&self) -> usize {
        self.lower.bytes() + size_of_val(&self.starts[..]) + size_of_val(&self.higher[..]) + self.codes.len()
    }

    /// Refuses a pair in the row of the lower number, or of an item with itself.
    pub fn load(values: Values, packed: &mut Packed<'_>, items: usize) -> Result<PairsBase> {
        let lower = CodedCells::load(values, packed, items, items)?;
        if (0..items as Item).any(|high| lower.row(high).next_back().is_some_and(|(low, _)| low >= high)) {
            return Err(damaged());
        }
        Ok(PairsBase::of(lower))
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::packed::put_cells;
    use super::*;

    #[test]
    fn pairs_are_found_from_both_sides() {
        let rows = [vec![], vec![(0, 5.0)], vec![], vec![(0, 2.0), (1, 7.0)]];
        let mut bytes = Vec::new();
        put_cells(&mut bytes, Values::Counts, &rows);
        let pairs = PairsBase::load(Values::Counts, &mut Packed::of(&bytes), 4).unwrap();
        let rows: Vec<Vec<(Item, f32)>> = (0..5).map(|item| pairs.row(item).collect()).collect();
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
