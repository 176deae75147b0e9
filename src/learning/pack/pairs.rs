//! A symmetric table of a pack: a number for each pair of items, written once, in the row of the one with the lower
//! number, and found from both.

use std::sync::OnceLock;

use super::super::Item;
use super::super::packed::{CodedCells, Packed, Values, damaged};
use crate::domain::Result;

/// See the module: 10 bytes a pair. Never changed.
#[derive(Debug)]
pub struct PairsBase {
    /// The pairs of each item with those of higher numbers.
    higher: CodedCells,
    /// Made when the first list asks: an import that is followed by another, or by none, need not wait for it.
    lower: OnceLock<LowerPairs>,
}

/// The pairs of each item with those of lower numbers.
#[derive(Debug)]
struct LowerPairs {
    /// Where those of each item start, and where the last ones end.
    starts: Vec<u32>,
    /// The lower numbers, and the pairs' codes in their rows.
    pairs: Vec<(Item, u8)>,
}

impl PartialEq for PairsBase {
    fn eq(&self, other: &PairsBase) -> bool {
        self.higher == other.higher
    }
}

impl LowerPairs {
    fn of(higher: &CodedCells) -> LowerPairs {
        let mut starts = vec![0; higher.rows() + 1];
        let all =
            || (0..higher.rows() as Item).flat_map(|low| higher.codes(low).map(move |(high, code)| (low, high, code)));
        all().for_each(|(_, high, _)| starts[high as usize + 1] += 1);
        (1..starts.len()).for_each(|item| starts[item] += starts[item - 1]);
        let (mut next, mut pairs) = (starts.clone(), vec![(0, 0); starts.last().map_or(0, |end| *end as usize)]);
        for (low, high, code) in all() {
            pairs[next[high as usize] as usize] = (low, code);
            next[high as usize] += 1;
        }
        LowerPairs { starts, pairs }
    }

    fn row(&self, item: Item) -> &[(Item, u8)] {
        match self.starts.get(item as usize..item as usize + 2) {
            Some(&[start, end]) => &self.pairs[start as usize..end as usize],
            _ => &[],
        }
    }
}

impl PairsBase {
    /// The items that an item makes a pair with, in their order, with the pairs' numbers.
    pub fn row(&self, item: Item) -> impl Iterator<Item = (Item, f32)> {
        let lower = self.lower.get_or_init(|| LowerPairs::of(&self.higher));
        let lower = lower.row(item).iter().map(|(low, code)| (*low, self.higher.value(*low, *code)));
        lower.chain(self.higher.row(item))
    }

    /// 0 where there is no such pair.
    pub fn get(&self, one: Item, other: Item) -> f32 {
        self.higher.get(one.min(other), one.max(other))
    }

    /// Memory in bytes, with what the first list makes.
    pub fn bytes(&self) -> usize {
        let lower = (self.higher.rows() + 1) * size_of::<u32>() + self.higher.cells() * size_of::<(Item, u8)>();
        self.higher.bytes() + lower
    }

    /// Refuses a pair in the row of the higher number, or of an item with itself.
    pub fn load(packed: &mut Packed<'_>, items: usize) -> Result<PairsBase> {
        let higher = CodedCells::load(Values::Positive, packed, items, items)?;
        if (0..items as Item).any(|low| higher.codes(low).next().is_some_and(|(high, _)| high <= low)) {
            return Err(damaged());
        }
        Ok(PairsBase { higher, lower: OnceLock::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_found_from_both_sides() {
        let rows = vec![vec![(1, 5.0), (3, 2.0)], vec![(3, 7.0)], vec![], vec![]];
        let mut bytes = Vec::new();
        CodedCells::of(Values::Positive, rows).save(&mut bytes);
        let pairs = PairsBase::load(&mut Packed::of(&bytes), 4).unwrap();
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
            CodedCells::of(Values::Positive, [vec![], vec![(column, 1.0)]]).save(&mut bytes);
            assert!(PairsBase::load(&mut Packed::of(&bytes), 2).is_err());
        }
    }
}
