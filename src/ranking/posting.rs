//! The rows that have one value of an attribute: a sorted list of their numbers while they are few, so
//! that a rare value costs what its rows do, and a bitmap from then on. What either holds is shared with
//! the snapshots before, but for the part that is written to.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::vectors::Bitmap;

/// A list is kept while at most one row in so many has the value. It would take less than a bitmap up to
/// one in 32, but setting bits one by one takes a query longer than a bitmap does from about here on.
const ROWS_TO_ONE: usize = 4 * u32::BITS as usize;

/// Numbers in one chunk of a list, which is what writing one copies.
const CHUNK: usize = 256;

/// See the module.
#[derive(Debug, Clone)]
pub enum Posting {
    Few(RowList),
    Many(Bitmap),
}

impl Default for Posting {
    fn default() -> Self {
        Posting::Few(RowList::default())
    }
}

impl Posting {
    /// Takes a row in, of a catalogue with this many.
    pub fn insert(&mut self, row: usize, catalogue_rows: usize) {
        match self {
            Posting::Few(list) => list.insert(row as u32, |other| other.cmp(&(row as u32))),
            Posting::Many(set) => set.insert(row),
        }
        self.settle(catalogue_rows);
    }

    /// Takes a row out; one that was never in is fine.
    pub fn remove(&mut self, row: usize, catalogue_rows: usize) {
        match self {
            Posting::Few(list) => list.remove(|other| other.cmp(&(row as u32))),
            Posting::Many(set) => set.remove(row),
        }
        self.settle(catalogue_rows);
    }

    pub fn contains(&self, row: usize) -> bool {
        match self {
            Posting::Few(list) => list.contains(row as u32),
            Posting::Many(set) => set.contains(row),
        }
    }

    pub fn count(&self) -> usize {
        match self {
            Posting::Few(list) => list.count(),
            Posting::Many(set) => set.count(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.count() == 0
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        match self {
            Posting::Few(list) => list.bytes(),
            Posting::Many(set) => set.bytes(),
        }
    }

    /// Hands over each row, in their order.
    pub fn for_each(&self, take: impl FnMut(usize)) {
        match self {
            Posting::Few(list) => list.iter().map(|row| row as usize).for_each(take),
            Posting::Many(set) => set.iter().for_each(take),
        }
    }

    /// Sets the bits of the rows of one block of a bitmap.
    pub fn or_into(&self, block: usize, words: &mut [u64]) {
        match self {
            Posting::Few(list) => list.or_into(block, words),
            Posting::Many(set) => {
                words.iter_mut().zip(set.block(block)).for_each(|(word, other)| *word |= other);
            }
        }
    }

    /// Takes the form that fits. Between the two lies a margin, lest a row that comes and goes turn the
    /// whole of it over each time.
    fn settle(&mut self, catalogue_rows: usize) {
        let most = catalogue_rows.max(Bitmap::BLOCK_ROWS) / ROWS_TO_ONE;
        match self {
            Posting::Few(list) if list.count > most => {
                let mut set = Bitmap::default();
                list.iter().for_each(|row| set.insert(row as usize));
                *self = Posting::Many(set);
            }
            Posting::Many(set) if set.count() < most / 2 => {
                *self = Posting::Few(RowList::from_sorted(set.iter().map(|row| row as u32).collect()));
            }
            _ => {}
        }
    }
}

/// Numbers of rows, rising or in another order that stays, in chunks that are never empty and at most
/// full.
#[derive(Debug, Clone, Default)]
pub struct RowList {
    chunks: Vec<Arc<[u32]>>,
    count: usize,
}

impl RowList {
    pub fn from_sorted(rows: Vec<u32>) -> Self {
        RowList { chunks: rows.chunks(CHUNK).map(Arc::from).collect(), count: rows.len() }
    }

    pub fn count(&self) -> usize {
        self.count
    }

    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.chunks.iter().flat_map(|chunk| chunk.iter().copied())
    }

    pub fn bytes(&self) -> usize {
        /// A chunk's pointer and the counts before its numbers.
        const CHUNK_BYTES: usize = size_of::<Arc<[u32]>>() + 2 * size_of::<usize>();
        self.chunks.len() * CHUNK_BYTES + self.count * size_of::<u32>()
    }

    /// Takes in a row that is none of the list's; `order` compares one of these with it. One that is
    /// there stays as it is.
    pub fn insert(&mut self, row: u32, order: impl Fn(u32) -> Ordering) {
        let index = self.chunk_of(&order);
        let known = self.chunks.get(index).map_or(&[][..], |chunk| chunk);
        let Err(position) = known.binary_search_by(|other| order(*other)) else {
            return;
        };
        let mut grown = Vec::with_capacity(known.len() + 1);
        grown.extend_from_slice(&known[..position]);
        grown.push(row);
        grown.extend_from_slice(&known[position..]);
        // Rows mostly come at the end, where chunks are to stay full; elsewhere both halves have room.
        let most = if position == CHUNK { CHUNK } else { CHUNK / 2 };
        let pieces = if grown.len() > CHUNK { grown.split_at(most) } else { (&grown[..], &[][..]) };
        let pieces = [pieces.0, pieces.1].into_iter().filter(|piece| !piece.is_empty()).map(Arc::from);
        self.chunks.splice(index..self.chunks.len().min(index + 1), pieces);
        self.count += 1;
    }

    /// Takes out the row that `order` finds equal; none is fine.
    pub fn remove(&mut self, order: impl Fn(u32) -> Ordering) {
        let index = self.chunk_of(&order);
        let found = self.chunks.get(index).map(|chunk| chunk.binary_search_by(|other| order(*other)));
        let Some(Ok(position)) = found else {
            return;
        };
        let mut left = self.chunks[index].to_vec();
        left.remove(position);
        self.chunks.splice(index..=index, Some(left).filter(|left| !left.is_empty()).map(Arc::from));
        self.count -= 1;
    }

    /// Of a list whose rows rise.
    fn contains(&self, row: u32) -> bool {
        let order = |other: u32| other.cmp(&row);
        let chunk = self.chunks.get(self.chunk_of(&order));
        chunk.is_some_and(|chunk| chunk.binary_search(&row).is_ok())
    }

    /// The chunk that a row lies in, or would lie in.
    fn chunk_of(&self, order: &impl Fn(u32) -> Ordering) -> usize {
        self.chunks.partition_point(|chunk| order(chunk[0]) != Ordering::Greater).saturating_sub(1)
    }

    /// How many rows come before the first that does not hold to `is_before`.
    pub fn partition_point(&self, is_before: impl Fn(u32) -> bool) -> usize {
        let chunk = self.chunks.partition_point(|chunk| is_before(chunk[0])).saturating_sub(1);
        let full: usize = self.chunks[..chunk].iter().map(|chunk| chunk.len()).sum();
        full + self.chunks.get(chunk).map_or(0, |chunk| chunk.partition_point(|row| is_before(*row)))
    }

    fn or_into(&self, block: usize, words: &mut [u64]) {
        // Of known length, lest each row be checked to lie in it.
        let Ok(words) = <&mut [u64; Bitmap::BLOCK_WORDS]>::try_from(words) else {
            return;
        };
        let is_before = |row: u32, block: usize| (row as usize) < block * Bitmap::BLOCK_ROWS;
        let first = self.chunks.partition_point(|chunk| chunk.last().is_some_and(|row| is_before(*row, block)));
        for chunk in self.chunks[first..].iter().take_while(|chunk| is_before(chunk[0], block + 1)) {
            let from = chunk.partition_point(|row| is_before(*row, block));
            let until = chunk.partition_point(|row| is_before(*row, block + 1));
            for row in &chunk[from..until] {
                let bit = *row as usize % Bitmap::BLOCK_ROWS;
                words[bit / u64::BITS as usize] |= 1 << (bit % u64::BITS as usize);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn rows(posting: &Posting, blocks: usize) -> Vec<usize> {
        Bitmap::from_blocks(blocks, |block, words| posting.or_into(block, words)).iter().collect()
    }

    /// Numbers that look random and are the same each time (xorshift).
    fn numbers() -> impl FnMut() -> usize {
        let mut state = 88_172_645_463_325_252_u64;
        move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state as usize
        }
    }

    #[test]
    fn a_posting_is_a_set_of_rows_in_either_form() {
        let (mut next, mut posting, mut expected) = (numbers(), Posting::default(), BTreeSet::new());
        let mut forms = [false; 2];
        for step in 0..20_000 {
            let row = next() % 40_000;
            // Grows at first, and shrinks to nothing later.
            if next() % 8 < if step < 10_000 { 6 } else { 1 } {
                posting.insert(row, 40_000);
                expected.insert(row);
            } else {
                let row = expected.range(row..).next().copied().unwrap_or(row);
                posting.remove(row, 40_000);
                expected.remove(&row);
            }
            forms[usize::from(matches!(posting, Posting::Many(_)))] = true;
            if step % 997 == 0 {
                assert_eq!(rows(&posting, 3), expected.iter().copied().collect::<Vec<_>>());
                assert!((0..2_000).all(|row| posting.contains(row) == expected.contains(&row)));
            }
            assert_eq!((posting.count(), posting.is_empty()), (expected.len(), expected.is_empty()));
        }
        assert_eq!(forms, [true; 2]);
        expected.iter().for_each(|row| posting.remove(*row, 40_000));
        assert!(matches!(posting, Posting::Few(_)) && posting.is_empty() && posting.bytes() == 0);
    }

    #[test]
    fn a_rare_value_takes_little_and_a_clone_keeps_what_it_had() {
        let mut posting = Posting::default();
        (0..1_000_000).step_by(1_000).for_each(|row| posting.insert(row, 1_000_000));
        assert!(posting.bytes() < 4 * 1_000 + 500, "{}", posting.bytes());
        let before = posting.clone();
        posting.insert(500_500, 1_000_000);
        posting.remove(0, 1_000_000);
        assert_eq!((before.count(), rows(&before, 62)[0]), (1_000, 0));
        assert_eq!(rows(&posting, 62)[500], 500_500);
    }
}
