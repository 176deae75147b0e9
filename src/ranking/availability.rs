//! When each video can be watched. Windows are no set of values, so the rows that have one stand in two
//! orders, by their start and by their end. An order is cut into stretches, and for each a bitmap holds
//! the rows up to its end: which rows a time has passed is then the bitmap before it and a part of one
//! stretch, whatever the time and however many rows it leaves out.

use std::sync::Arc;

use super::posting::RowList;
use crate::vectors::{Bitmap, Rows};

/// Windows in one chunk, which is what writing one copies.
const CHUNK_ROWS: usize = 256;
/// Stretches of an order hold up to this share of all rows: the more there are, the more bitmaps a new
/// row is entered in, and the less a query has to go through.
const STRETCHES: usize = 16;
/// Fewer rows than this are one stretch.
const SHORT: usize = 2_048;

/// From one time to another, both included, milliseconds since 1970-01-01 UTC. The default is always.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    first: i64,
    last: i64,
}

impl Default for Window {
    fn default() -> Self {
        Window { first: i64::MIN, last: i64::MAX }
    }
}

impl Window {
    /// From one time on and before another, where there are such.
    pub fn new(from: Option<i64>, until: Option<i64>) -> Self {
        Window { first: from.unwrap_or(i64::MIN), last: until.map_or(i64::MAX, |until| until.saturating_sub(1)) }
    }
}

/// See the module. Cloning is cheap and shares everything; nothing is held while no row has a window.
#[derive(Debug, Clone)]
pub struct Availability {
    windows: Rows<Window>,
    by_first: TimeOrder,
    by_last: TimeOrder,
}

impl Default for Availability {
    fn default() -> Self {
        Availability {
            windows: Rows::new(1, CHUNK_ROWS),
            by_first: TimeOrder::default(),
            by_last: TimeOrder::default(),
        }
    }
}

impl Availability {
    pub fn bytes(&self) -> usize {
        self.windows.bytes() + self.by_first.bytes() + self.by_last.bytes()
    }

    pub fn set(&mut self, row: usize, window: Window) {
        let known = if row < self.windows.rows() { self.windows.row(row)[0] } else { Window::default() };
        if window == known {
            return;
        }
        // A row is found in its order by the time that stands in the column.
        let (first, last) = (known.first != window.first, known.last != window.last);
        if first && known.first != i64::MIN {
            self.by_first.remove(row, |row| window_of(&self.windows, row).first);
        }
        if last && known.last != i64::MAX {
            self.by_last.remove(row, |row| window_of(&self.windows, row).last);
        }
        self.windows.row_mut(row)[0] = window;
        let rows = self.windows.rows();
        if first && window.first != i64::MIN {
            self.by_first.insert(row, rows, |row| window_of(&self.windows, row).first);
        }
        if last && window.last != i64::MAX {
            self.by_last.insert(row, rows, |row| window_of(&self.windows, row).last);
        }
    }

    /// From when on a row's video can be watched; none: always.
    pub fn first(&self, row: usize) -> Option<i64> {
        let known = (row < self.windows.rows()).then(|| self.windows.row(row)[0].first);
        known.filter(|first| *first != i64::MIN)
    }

    /// Until when, exclusively, a row's video can be watched; none: for ever.
    pub fn until(&self, row: usize) -> Option<i64> {
        let known = (row < self.windows.rows()).then(|| self.windows.row(row)[0].last);
        known.filter(|last| *last != i64::MAX).map(|last| last + 1)
    }

    /// The rows whose windows begin after one time and not after another.
    pub fn begun_between(&self, after: i64, until: i64) -> Bitmap {
        let begun = |time: i64| self.by_first.passed(self.words(), |row| window_of(&self.windows, row).first <= time);
        Bitmap::from_words(&without(begun(until), &begun(after)))
    }

    /// The rows whose windows end after one time and not after another.
    pub fn ending_between(&self, after: i64, until: i64) -> Bitmap {
        let ended = |time: i64| self.by_last.passed(self.words(), |row| window_of(&self.windows, row).last < time);
        Bitmap::from_words(&without(ended(until), &ended(after)))
    }

    fn words(&self) -> usize {
        self.windows.rows().div_ceil(Bitmap::BLOCK_ROWS) * Bitmap::BLOCK_WORDS
    }

    /// Whether a row's window holds `time`.
    pub fn contains(&self, row: usize, time: i64) -> bool {
        let known = (row < self.windows.rows()).then(|| self.windows.row(row)[0]);
        known.is_none_or(|window| (window.first..=window.last).contains(&time))
    }

    /// The rows that cannot be watched at `time`, as the words of a bitmap.
    pub fn unavailable(&self, time: i64) -> Vec<u64> {
        let words = self.words();
        let mut unavailable = self.by_last.passed(words, |row| window_of(&self.windows, row).last < time);
        let begun = self.by_first.passed(words, |row| window_of(&self.windows, row).first <= time);
        if let Some(beginning) = self.by_first.through.last() {
            let targets = unavailable.chunks_mut(Bitmap::BLOCK_WORDS).zip(begun.chunks(Bitmap::BLOCK_WORDS));
            for (block, (target, begun)) in targets.enumerate() {
                let rows = beginning.block(block).iter().zip(begun);
                target.iter_mut().zip(rows).for_each(|(word, (beginning, begun))| *word |= beginning & !begun);
            }
        }
        unavailable
    }
}

fn window_of(windows: &Rows<Window>, row: u32) -> Window {
    windows.row(row as usize)[0]
}

fn without(mut rows: Vec<u64>, others: &[u64]) -> Vec<u64> {
    rows.iter_mut().zip(others).for_each(|(word, other)| *word &= !other);
    rows
}

/// Rows by a time of theirs, and by their number where times are the same.
#[derive(Debug, Clone, Default)]
struct TimeOrder {
    /// One after the other, none empty.
    stretches: Vec<Arc<RowList>>,
    /// The rows of each stretch and of all before it.
    through: Vec<Bitmap>,
}

impl TimeOrder {
    fn bytes(&self) -> usize {
        let bitmaps: usize = self.through.iter().map(Bitmap::bytes).sum();
        bitmaps + self.stretches.iter().map(|stretch| stretch.bytes()).sum::<usize>()
    }

    /// The stretch that a row lies in, or would lie in.
    fn stretch_of(&self, row: u32, time_of: &impl Fn(u32) -> i64) -> usize {
        let key = (time_of(row), row);
        let begins_before =
            |stretch: &Arc<RowList>| stretch.iter().next().is_some_and(|row| (time_of(row), row) <= key);
        self.stretches.partition_point(begins_before).saturating_sub(1)
    }

    fn insert(&mut self, row: usize, catalogue_rows: usize, time_of: impl Fn(u32) -> i64) {
        let number = row as u32;
        let index = self.stretch_of(number, &time_of);
        if self.stretches.is_empty() {
            self.stretches.push(Arc::default());
            self.through.push(Bitmap::default());
        }
        let key = (time_of(number), number);
        let stretch = Arc::make_mut(&mut self.stretches[index]);
        stretch.insert(number, |other| (time_of(other), other).cmp(&key));
        self.through[index..].iter_mut().for_each(|rows| rows.insert(row));
        let most = SHORT.max(catalogue_rows / STRETCHES);
        if stretch.count() > most {
            self.split(index);
            // What was long once may be short by now, in a catalogue that has grown.
            self.merge(most / 4 * 3);
        }
    }

    fn remove(&mut self, row: usize, time_of: impl Fn(u32) -> i64) {
        let number = row as u32;
        let index = self.stretch_of(number, &time_of);
        let key = (time_of(number), number);
        let Some(stretch) = self.stretches.get_mut(index).map(Arc::make_mut) else {
            return;
        };
        stretch.remove(|other| (time_of(other), other).cmp(&key));
        let is_empty = stretch.count() == 0;
        self.through[index..].iter_mut().for_each(|rows| rows.remove(row));
        if is_empty {
            self.stretches.remove(index);
            self.through.remove(index);
        }
    }

    /// Cuts a stretch in two.
    fn split(&mut self, index: usize) {
        let mut rows: Vec<u32> = self.stretches[index].iter().collect();
        let later = rows.split_off(rows.len() / 2);
        let mut through = self.through[index].clone();
        later.iter().for_each(|row| through.remove(*row as usize));
        let halves = [rows, later].map(|half| Arc::new(RowList::from_sorted(half)));
        self.stretches.splice(index..=index, halves);
        self.through.insert(index, through);
    }

    /// Joins neighbours that hold at most so many rows together.
    fn merge(&mut self, most: usize) {
        let mut index = 0;
        while let Some([one, next]) = self.stretches.get(index..index + 2) {
            if one.count() + next.count() > most {
                index += 1;
                continue;
            }
            let rows = one.iter().chain(next.iter()).collect();
            self.stretches.splice(index..index + 2, [Arc::new(RowList::from_sorted(rows))]);
            self.through.remove(index);
        }
    }

    /// The rows whose time has passed, as `words` words of a bitmap.
    fn passed(&self, words: usize, has_passed: impl Fn(u32) -> bool) -> Vec<u64> {
        let begun = |stretch: &Arc<RowList>| stretch.iter().next().is_some_and(&has_passed);
        let Some(index) = self.stretches.partition_point(begun).checked_sub(1) else {
            return vec![0; words];
        };
        let stretch = &self.stretches[index];
        let count = stretch.partition_point(&has_passed);
        if count > stretch.count() / 2 {
            let mut passed = words_of(Some(&self.through[index]), words);
            stretch.iter().skip(count).for_each(|row| passed[word(row)] &= !bit(row));
            return passed;
        }
        let before = index.checked_sub(1).map(|index| &self.through[index]);
        let mut passed = words_of(before, words);
        stretch.iter().take(count).for_each(|row| passed[word(row)] |= bit(row));
        passed
    }
}

fn words_of(rows: Option<&Bitmap>, words: usize) -> Vec<u64> {
    let mut all = Vec::with_capacity(words);
    if let Some(rows) = rows {
        (0..words / Bitmap::BLOCK_WORDS).for_each(|block| all.extend_from_slice(rows.block(block)));
    }
    all.resize(words, 0);
    all
}

fn word(row: u32) -> usize {
    (row / u64::BITS) as usize
}

fn bit(row: u32) -> u64 {
    1 << (row % u64::BITS)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that look random and are the same each time (xorshift).
    fn numbers() -> impl FnMut(u64) -> u64 {
        let mut state = 88_172_645_463_325_252_u64;
        move |end| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state % end
        }
    }

    fn is_available(window: (Option<i64>, Option<i64>), time: i64) -> bool {
        window.0.is_none_or(|from| from <= time) && window.1.is_none_or(|until| time < until)
    }

    fn check(availability: &Availability, windows: &[(Option<i64>, Option<i64>)], time: i64) {
        let unavailable = Bitmap::from_words(&availability.unavailable(time));
        for (row, window) in windows.iter().enumerate() {
            assert_eq!(unavailable.contains(row), !is_available(*window, time), "row {row}, {window:?} at {time}");
            assert_eq!(availability.contains(row, time), is_available(*window, time), "row {row} by itself");
            assert_eq!((availability.first(row), availability.until(row)), *window, "row {row}");
        }
        let later = time.saturating_add(60);
        let (begun, ending) = (availability.begun_between(time, later), availability.ending_between(time, later));
        let lies_between = |at: Option<i64>| at.is_some_and(|at| time < at && at <= later);
        for (row, window) in windows.iter().enumerate() {
            assert_eq!(begun.contains(row), lies_between(window.0), "row {row}, {window:?} from {time}");
            assert_eq!(ending.contains(row), lies_between(window.1), "row {row}, {window:?} from {time}");
        }
    }

    #[test]
    fn windows_open_close_and_change() {
        let (mut next, mut availability) = (numbers(), Availability::default());
        let mut windows = vec![(None, None); 12_000];
        for step in 0..60_000 {
            let row = next(12_000) as usize;
            let from = (next(3) > 0).then(|| next(500) as i64 - 100);
            let until = (next(3) > 0).then(|| from.unwrap_or(0) + 1 + next(300) as i64);
            windows[row] = if step > 40_000 && next(8) > 0 { (None, None) } else { (from, until) };
            availability.set(row, Window::new(windows[row].0, windows[row].1));
            if step % 6_000 == 0 {
                (-120..720).step_by(70).for_each(|time| check(&availability, &windows, time));
            }
        }
        assert!(availability.by_first.stretches.len() > 1 && availability.by_last.stretches.len() > 1);
        let before = availability.clone();
        (0..12_000).for_each(|row| availability.set(row, Window::default()));
        [i64::MIN, 0, 200, i64::MAX].into_iter().for_each(|time| check(&before, &windows, time));
        assert!(availability.by_first.stretches.is_empty() && availability.by_last.through.is_empty());
        assert!(availability.unavailable(i64::MAX).iter().all(|word| *word == 0));
    }

    #[test]
    fn the_ends_of_time() {
        let mut availability = Availability::default();
        availability.set(7, Window::default());
        assert_eq!(availability.bytes(), 0);
        let windows = [(None, Some(i64::MIN + 1)), (Some(i64::MAX), None), (Some(5), Some(6)), (None, None)];
        for (row, (from, until)) in windows.into_iter().enumerate() {
            availability.set(row, Window::new(from, until));
        }
        [i64::MIN, i64::MIN + 1, 4, 5, 6, i64::MAX].into_iter().for_each(|time| check(&availability, &windows, time));
    }
}
