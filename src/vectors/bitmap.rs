//! A set of rows, one bit a row. Cloning is cheap and shares everything but what is written next.

use super::Rows;
use super::kernels::count_ones;

pub const WORD_BITS: usize = u64::BITS as usize;

/// Which rows are in a set.
#[derive(Debug, Clone)]
pub struct Bitmap {
    /// One block of words in each row.
    blocks: Rows<u64>,
    count: usize,
}

impl Default for Bitmap {
    fn default() -> Self {
        Bitmap { blocks: Rows::new(Bitmap::BLOCK_WORDS, 1), count: 0 }
    }
}

impl Bitmap {
    /// Words in one block, which is what writing one bit copies.
    pub const BLOCK_WORDS: usize = 256;
    /// Rows of one block.
    pub const BLOCK_ROWS: usize = Self::BLOCK_WORDS * WORD_BITS;

    /// The set with these words, the rows of the first one first, lowest bit first.
    pub fn from_words(words: &[u64]) -> Self {
        Self::from_blocks(words.len().div_ceil(Self::BLOCK_WORDS), |block, target| {
            let given = &words[block * Self::BLOCK_WORDS..words.len().min((block + 1) * Self::BLOCK_WORDS)];
            target[..given.len()].copy_from_slice(given);
        })
    }

    /// The set with at most as many blocks, whose words `fill` sets; they are 0 before.
    pub fn from_blocks(blocks: usize, mut fill: impl FnMut(usize, &mut [u64])) -> Self {
        let mut set = Bitmap::default();
        for block in 0..blocks {
            let mut words = [0; Self::BLOCK_WORDS];
            fill(block, &mut words);
            let count = count_ones(&words);
            if count > 0 {
                set.blocks.row_mut(block).copy_from_slice(&words);
                set.count += count;
            }
        }
        set
    }

    pub fn insert(&mut self, row: usize) {
        if !self.contains(row) {
            self.blocks.row_mut(row / Self::BLOCK_ROWS)[word_in_block(row)] |= 1 << (row % WORD_BITS);
            self.count += 1;
        }
    }

    /// Takes a row out; one that was never in is fine.
    pub fn remove(&mut self, row: usize) {
        if self.contains(row) {
            self.blocks.row_mut(row / Self::BLOCK_ROWS)[word_in_block(row)] &= !(1 << (row % WORD_BITS));
            self.count -= 1;
        }
    }

    pub fn contains(&self, row: usize) -> bool {
        self.word(row / WORD_BITS) & (1 << (row % WORD_BITS)) != 0
    }

    /// How many rows are in the set.
    pub fn count(&self) -> usize {
        self.count
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The rows 64 · `index` to 64 · `index` + 63, lowest bit first; 0 past the end.
    pub fn word(&self, index: usize) -> u64 {
        self.block(index / Self::BLOCK_WORDS)[index % Self::BLOCK_WORDS]
    }

    /// How many blocks the set has; those past them are 0.
    pub fn blocks(&self) -> usize {
        self.blocks.rows()
    }

    /// The words of the rows from [`Bitmap::BLOCK_ROWS`] · `block` on.
    pub fn block(&self, block: usize) -> &[u64] {
        if block < self.blocks.rows() { self.blocks.chunk(block) } else { &[0; Self::BLOCK_WORDS] }
    }

    /// Keeps the rows that are in `other`, too.
    pub fn and(&mut self, other: &Bitmap) {
        self.combine(self.blocks(), other, |own, other| own & other);
    }

    /// Takes the rows of `other` in.
    pub fn or(&mut self, other: &Bitmap) {
        self.combine(other.blocks(), other, |own, other| own | other);
    }

    /// Takes the rows of `other` out.
    pub fn and_not(&mut self, other: &Bitmap) {
        self.combine(self.blocks().min(other.blocks()), other, |own, other| own & !other);
    }

    /// Combines the first `blocks` blocks word by word; those that stay as they are stay shared.
    fn combine(&mut self, blocks: usize, other: &Bitmap, operation: impl Fn(u64, u64) -> u64) {
        for block in 0..blocks {
            let pairs = self.block(block).iter().zip(other.block(block));
            let changed = pairs.fold(0, |changed, (own, other)| changed | (operation(*own, *other) ^ own));
            if changed == 0 && block < self.blocks() {
                continue;
            }
            let words = self.blocks.row_mut(block);
            let before = count_ones(words);
            for (own, other) in words.iter_mut().zip(other.block(block)) {
                *own = operation(*own, *other);
            }
            self.count = self.count - before + count_ones(words);
        }
    }

    /// The rows in rising order.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.blocks()).flat_map(|block| {
            let words = self.block(block).iter().enumerate();
            words.flat_map(move |(index, &word)| {
                let mut left = word;
                std::iter::from_fn(move || {
                    if left == 0 {
                        return None;
                    }
                    let bit = left.trailing_zeros() as usize;
                    left &= left - 1;
                    Some(block * Self::BLOCK_ROWS + index * WORD_BITS + bit)
                })
            })
        })
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        self.blocks.bytes()
    }
}

fn word_in_block(row: usize) -> usize {
    row % Bitmap::BLOCK_ROWS / WORD_BITS
}

#[cfg(test)]
mod tests {
    use super::Bitmap;

    fn set(rows: impl IntoIterator<Item = usize>) -> Bitmap {
        let mut set = Bitmap::default();
        rows.into_iter().for_each(|row| set.insert(row));
        set
    }

    #[test]
    fn rows_come_and_go() {
        let mut rows = set([0, 63, 64, 200, 64]);
        rows.remove(63);
        rows.remove(100_000);
        assert_eq!(rows.iter().collect::<Vec<_>>(), [0, 64, 200]);
        assert_eq!((rows.count(), rows.word(1), rows.word(100_000)), (3, 1, 0));
        assert!(!rows.is_empty() && Bitmap::default().is_empty());
    }

    #[test]
    fn sets_of_any_length_combine() {
        let long = || set((0..40_000).step_by(3));
        let short = || set((0..9_000).step_by(2));
        type Operation = fn(&mut Bitmap, &Bitmap);
        type Rule = fn(bool, bool) -> bool;
        let operations: [(Operation, Rule); 3] = [
            (Bitmap::and, |own, other| own && other),
            (Bitmap::or, |own, other| own || other),
            (Bitmap::and_not, |own, other| own && !other),
        ];
        for (operation, rule) in operations {
            for (mut own, other) in [(long(), short()), (short(), long())] {
                let before = own.clone();
                operation(&mut own, &other);
                let expected: Vec<usize> =
                    (0..50_000).filter(|row| rule(before.contains(*row), other.contains(*row))).collect();
                assert_eq!(own.iter().collect::<Vec<_>>(), expected);
                assert_eq!(own.count(), expected.len());
            }
        }
        assert_eq!(short().count(), 4_500, "a clone keeps what it had");
    }

    #[test]
    fn words_make_a_set() {
        let words: Vec<u64> = (0..300).map(|index| if index % 2 == 0 { 0b1001 } else { 0 }).collect();
        let rows = Bitmap::from_words(&words);
        assert_eq!((rows.count(), rows.word(298), rows.word(299)), (300, 0b1001, 0));
        assert_eq!(rows.iter().take(4).collect::<Vec<_>>(), [0, 3, 128, 131]);
    }
}
