//! A set of rows, one bit a row. Cloning is cheap and shares everything but what is written next.

use super::Rows;

pub const WORD_BITS: usize = u64::BITS as usize;
/// Words in one block, which is what writing one bit copies.
const BLOCK_WORDS: usize = 64;

/// Which rows are in a set.
#[derive(Debug, Clone)]
pub struct Bitmap {
    words: Rows<u64>,
    count: usize,
}

impl Default for Bitmap {
    fn default() -> Self {
        Bitmap { words: Rows::new(1, BLOCK_WORDS), count: 0 }
    }
}

impl Bitmap {
    pub fn insert(&mut self, row: usize) {
        if !self.contains(row) {
            self.words.row_mut(row / WORD_BITS)[0] |= 1 << (row % WORD_BITS);
            self.count += 1;
        }
    }

    /// Takes a row out; one that was never in is fine.
    pub fn remove(&mut self, row: usize) {
        if self.contains(row) {
            self.words.row_mut(row / WORD_BITS)[0] &= !(1 << (row % WORD_BITS));
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
        if index < self.words.rows() { self.words.row(index)[0] } else { 0 }
    }

    /// The rows in rising order.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.words.rows()).flat_map(|index| {
            let mut left = self.word(index);
            std::iter::from_fn(move || {
                if left == 0 {
                    return None;
                }
                let bit = left.trailing_zeros() as usize;
                left &= left - 1;
                Some(index * WORD_BITS + bit)
            })
        })
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        self.words.bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::Bitmap;

    #[test]
    fn set_operations() {
        let mut rows = Bitmap::default();
        for row in [0, 63, 64, 200, 64] {
            rows.insert(row);
        }
        rows.remove(63);
        rows.remove(10_000);
        assert_eq!(rows.iter().collect::<Vec<_>>(), [0, 64, 200]);
        assert_eq!((rows.count(), rows.word(1), rows.word(1_000)), (3, 1, 0));
        assert!(!rows.is_empty() && Bitmap::default().is_empty());
    }
}
