//! When each video can be watched. Windows are no set of values, so they are kept as a column of times
//! and compared with the time of a query; 64 rows at once where they all agree, by the latest start and
//! the earliest end among them.

use crate::vectors::{Bitmap, Rows};

/// Rows of one word of a bitmap, for which one summary is kept.
const WORD_ROWS: usize = u64::BITS as usize;
/// Windows in one chunk, which is what writing one copies.
const CHUNK_ROWS: usize = 4 * WORD_ROWS;
/// Candidates of a word that are looked up one by one rather than all 64 at once.
const FEW: u32 = 16;

/// From a time on and before another, milliseconds since 1970-01-01 UTC. The default is always.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    pub from: i64,
    pub until: i64,
}

impl Default for Window {
    fn default() -> Self {
        Window { from: i64::MIN, until: i64::MAX }
    }
}

impl Window {
    fn contains(self, time: i64) -> bool {
        // The last millisecond there is belongs to a window without an end.
        (self.from <= time) & ((time < self.until) | (self.until == i64::MAX))
    }

    fn intersection(self, other: Window) -> Window {
        Window { from: self.from.max(other.from), until: self.until.min(other.until) }
    }
}

/// See the module. Cloning is cheap and shares everything; nothing is held while no row has a window.
#[derive(Debug, Clone)]
pub struct Availability {
    windows: Rows<Window>,
    /// What the windows of 64 rows have in common.
    common: Rows<Window>,
}

impl Default for Availability {
    fn default() -> Self {
        Availability { windows: Rows::new(1, CHUNK_ROWS), common: Rows::new(1, CHUNK_ROWS) }
    }
}

impl Availability {
    pub fn set(&mut self, row: usize, window: Window) {
        let known = if row < self.windows.rows() { self.windows.row(row)[0] } else { Window::default() };
        if window == known {
            return;
        }
        self.windows.row_mut(row)[0] = window;
        let word = row / WORD_ROWS;
        let common = self.word_windows(word).iter().fold(Window::default(), |all, one| all.intersection(*one));
        self.common.row_mut(word)[0] = common;
    }

    pub fn bytes(&self) -> usize {
        self.windows.bytes() + self.common.bytes()
    }

    /// Takes the rows out of one block of a bitmap that cannot be watched at `time`.
    pub fn narrow(&self, block: usize, words: &mut [u64], time: i64) {
        let first = block * Bitmap::BLOCK_WORDS;
        let known = self.common.rows().saturating_sub(first).min(words.len());
        for (index, word) in words[..known].iter_mut().enumerate().filter(|(_, word)| **word != 0) {
            if !self.common.row(first + index)[0].contains(time) {
                *word = available(self.word_windows(first + index), *word, time);
            }
        }
    }

    fn word_windows(&self, word: usize) -> &[Window] {
        let start = word * WORD_ROWS;
        &self.windows.chunk(start / CHUNK_ROWS)[start % CHUNK_ROWS..][..WORD_ROWS]
    }
}

/// Which of the candidates among 64 rows can be watched.
fn available(windows: &[Window], candidates: u64, time: i64) -> u64 {
    if candidates.count_ones() >= FEW {
        let bits = windows.iter().enumerate().map(|(row, window)| u64::from(window.contains(time)) << row);
        return candidates & bits.fold(0, |word, bit| word | bit);
    }
    let (mut kept, mut left) = (0, candidates);
    while left != 0 {
        let row = left.trailing_zeros();
        kept |= u64::from(windows[row as usize].contains(time)) << row;
        left &= left - 1;
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_open_and_close() {
        let mut availability = Availability::default();
        availability.set(9, Window::default());
        assert_eq!(availability.bytes(), 0);
        let windows = [(3, 10, 20), (64, i64::MIN, 15), (70, 15, i64::MAX), (20_000, 5, 6)];
        for (row, from, until) in windows {
            availability.set(row, Window { from, until });
        }
        let at = |availability: &Availability, row: usize, time: i64| {
            let mut words = [0; Bitmap::BLOCK_WORDS];
            words[row % Bitmap::BLOCK_ROWS / 64] = 1 << (row % 64);
            let mut all = [u64::MAX; Bitmap::BLOCK_WORDS];
            availability.narrow(row / Bitmap::BLOCK_ROWS, &mut words, time);
            availability.narrow(row / Bitmap::BLOCK_ROWS, &mut all, time);
            let one_by_one = words[row % Bitmap::BLOCK_ROWS / 64] != 0;
            assert_eq!(all[row % Bitmap::BLOCK_ROWS / 64] >> (row % 64) & 1 == 1, one_by_one);
            one_by_one
        };
        for time in [i64::MIN, 4, 5, 6, 9, 10, 14, 15, 19, 20, i64::MAX] {
            for (row, from, until) in windows {
                let expected = from <= time && (time < until || until == i64::MAX);
                assert_eq!(at(&availability, row, time), expected, "row {row} at {time}");
            }
            assert!(at(&availability, 4, time) && at(&availability, 300, time) && at(&availability, 900_000, time));
        }
        let before = availability.clone();
        availability.set(3, Window::default());
        assert!(at(&availability, 3, 30) && !at(&before, 3, 30));
    }
}
