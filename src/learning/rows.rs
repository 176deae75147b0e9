//! Rows of sorted cells, the sparse matrices under the recommenders. What they hold is shared between
//! clones in pieces, so that a new cell copies one piece, however long its row is.

use std::sync::Arc;

use rpds::VectorSync;

use super::saved::{Numbers, damaged, put};
use crate::domain::Result;

/// How many cells a piece has at most.
pub const PIECE: usize = 256;

/// How many rows stand together: none of them takes anything until one of them has a cell.
const CHUNK: usize = 32;

/// What a cell holds beside its column.
pub trait Value: Copy + Eq {
    fn save(self, bytes: &mut Vec<u8>);
    fn load(numbers: &mut Numbers<'_>) -> Result<Self>;
}

/// Nothing: a row is a set.
impl Value for () {
    fn save(self, _: &mut Vec<u8>) {}

    fn load(_: &mut Numbers<'_>) -> Result<()> {
        Ok(())
    }
}

/// A count, never 0.
impl Value for u32 {
    fn save(self, bytes: &mut Vec<u8>) {
        put(bytes, self);
    }

    fn load(numbers: &mut Numbers<'_>) -> Result<u32> {
        let count = numbers.take()?;
        if count == 0 { Err(damaged()) } else { Ok(count) }
    }
}

/// Cells in the order of their columns, in pieces none of which is empty.
#[derive(Debug, Clone)]
struct Row<V> {
    /// Shared as a whole, too: neighbouring rows are copied together.
    pieces: Arc<Vec<Piece<V>>>,
}

type Piece<V> = Arc<Vec<(u32, V)>>;

/// None where all rows are empty.
type Chunk<V> = Option<Arc<[Row<V>; CHUNK]>>;

/// Whether a cell came or went.
struct Change {
    added: bool,
    removed: bool,
}

/// Where the cell of a column stands, or would.
struct Place {
    piece: usize,
    cell: std::result::Result<usize, usize>,
}

/// Pieces of about the same length.
fn pieces_of<V: Value>(cells: &[(u32, V)]) -> impl Iterator<Item = Piece<V>> {
    let length = cells.len().div_ceil(cells.len().div_ceil(PIECE).max(1)).max(1);
    cells.chunks(length).map(|piece| Arc::new(piece.to_vec()))
}

impl<V: Value> Row<V> {
    fn of(cells: &[(u32, V)]) -> Row<V> {
        Row { pieces: Arc::new(pieces_of(cells).collect()) }
    }

    fn len(&self) -> usize {
        self.pieces.iter().map(|piece| piece.len()).sum()
    }

    fn cells(&self) -> impl DoubleEndedIterator<Item = &(u32, V)> {
        self.pieces.iter().flat_map(|piece| piece.iter())
    }

    fn place(&self, column: u32) -> Place {
        let before = self.pieces.partition_point(|piece| piece.last().is_some_and(|cell| cell.0 < column));
        let piece = before.min(self.pieces.len().saturating_sub(1));
        let cells = self.pieces.get(piece).map_or(&[][..], |piece| piece);
        Place { piece, cell: cells.binary_search_by_key(&column, |cell| cell.0) }
    }

    fn get(&self, column: u32) -> Option<V> {
        let Place { piece, cell } = self.place(column);
        cell.ok().map(|cell| self.pieces[piece][cell].1)
    }

    /// Puts what `change` makes of a cell in its place; none is an empty cell.
    fn change(&mut self, column: u32, change: impl FnOnce(Option<V>) -> Option<V>) -> Change {
        let Place { piece, cell } = self.place(column);
        let before = cell.ok().map(|cell| self.pieces[piece][cell].1);
        let after = change(before);
        match (cell, after) {
            _ if after == before => {}
            (Ok(cell), Some(value)) => Arc::make_mut(&mut Arc::make_mut(&mut self.pieces)[piece])[cell].1 = value,
            (Ok(cell), None) => self.remove(piece, cell),
            (Err(cell), Some(value)) => self.insert(piece, cell, (column, value)),
            (Err(_), None) => {}
        }
        Change { added: before.is_none() && after.is_some(), removed: before.is_some() && after.is_none() }
    }

    fn insert(&mut self, piece: usize, cell: usize, new: (u32, V)) {
        let pieces = Arc::make_mut(&mut self.pieces);
        if pieces.is_empty() {
            pieces.push(Arc::default());
        }
        let cells = Arc::make_mut(&mut pieces[piece]);
        if cells.len() == cells.capacity() {
            cells.reserve_exact(4 + cells.len() / 4);
        }
        cells.insert(cell, new);
        if cells.len() > PIECE {
            let upper = cells.split_off(PIECE / 2);
            cells.shrink_to_fit();
            pieces.insert(piece + 1, Arc::new(upper));
        }
    }

    fn remove(&mut self, piece: usize, cell: usize) {
        let pieces = Arc::make_mut(&mut self.pieces);
        let cells = Arc::make_mut(&mut pieces[piece]);
        cells.remove(cell);
        if cells.is_empty() {
            pieces.remove(piece);
        }
    }
}

/// A matrix by rows; each row or cell that was never written is empty.
#[derive(Debug, Clone, Default)]
pub struct Rows<V: Value> {
    chunks: VectorSync<Chunk<V>>,
    len: usize,
    cells: usize,
}

/// Rows that are all empty, of which one is made.
fn empty_chunk<V: Value>() -> Arc<[Row<V>; CHUNK]> {
    let empty = Row::of(&[]);
    Arc::new(std::array::from_fn(|_| empty.clone()))
}

impl<V: Value> Rows<V> {
    fn empty() -> Rows<V> {
        Rows { chunks: VectorSync::new_sync(), len: 0, cells: 0 }
    }

    /// Of the cells of each row, in the order of their columns.
    pub fn of(rows: &[Vec<(u32, V)>]) -> Rows<V> {
        let mut made = Rows::empty();
        rows.iter().for_each(|cells| made.push(cells));
        made.forget_empty_end();
        made
    }

    fn push(&mut self, cells: &[(u32, V)]) {
        let row = self.len;
        self.grow_to(row as u32);
        if !cells.is_empty() {
            self.cells += cells.len();
            if let Some(place) = self.row_mut(row as u32) {
                *place = Row::of(cells);
            }
        }
    }

    fn at(&self, row: u32) -> Option<&Row<V>> {
        self.chunks.get(row as usize / CHUNK)?.as_ref().map(|chunk| &chunk[row as usize % CHUNK])
    }

    /// None past the last row.
    fn row_mut(&mut self, row: u32) -> Option<&mut Row<V>> {
        let chunk = self.chunks.get_mut(row as usize / CHUNK)?.get_or_insert_with(empty_chunk);
        Some(&mut Arc::make_mut(chunk)[row as usize % CHUNK])
    }

    /// One past the last row that has cells.
    pub fn len(&self) -> usize {
        self.len
    }

    /// The cells of a row in the order of their columns.
    pub fn row(&self, row: u32) -> impl DoubleEndedIterator<Item = (u32, V)> {
        self.at(row).into_iter().flat_map(Row::cells).copied()
    }

    /// The cells of a row in the order of their columns, in pieces of at most 256.
    pub fn pieces(&self, row: u32) -> impl Iterator<Item = &[(u32, V)]> {
        let pieces = self.at(row).into_iter().flat_map(|row| row.pieces.iter());
        pieces.map(|piece| piece.as_slice())
    }

    /// How many cells a row has.
    pub fn row_len(&self, row: u32) -> usize {
        self.at(row).map_or(0, Row::len)
    }

    /// At most `most` cells of a row, at equal steps: all of them where there are no more.
    pub fn sample(&self, row: u32, most: usize) -> impl Iterator<Item = (u32, V)> {
        let step = self.row_len(row).div_ceil(most).max(1);
        let (whole, thinned) = if step == 1 { (self.at(row), None) } else { (None, self.at(row)) };
        let thinned = thinned.into_iter().flat_map(move |row| row.cells().step_by(step));
        whole.into_iter().flat_map(Row::cells).chain(thinned).copied()
    }

    pub fn get(&self, row: u32, column: u32) -> Option<V> {
        self.at(row)?.get(column)
    }

    /// Puts what `change` makes of a cell in its place; none is an empty cell. A matrix that loses its last rows is as if
    /// it never had them.
    pub fn change(&mut self, row: u32, column: u32, change: impl FnOnce(Option<V>) -> Option<V>) {
        let is_new = self.grow_to(row);
        if let Some(cells) = self.row_mut(row) {
            let Change { added, removed } = cells.change(column, change);
            self.cells = self.cells + usize::from(added) - usize::from(removed);
            if removed || (is_new && !added) {
                self.forget_empty_end();
            }
        }
    }

    /// Makes place for a row; says whether there was none.
    fn grow_to(&mut self, row: u32) -> bool {
        let is_new = self.len <= row as usize;
        self.len = self.len.max(row as usize + 1);
        while self.chunks.len() < self.len.div_ceil(CHUNK) {
            self.chunks.push_back_mut(None);
        }
        is_new
    }

    fn forget_empty_end(&mut self) {
        while let Some(last) = self.len.checked_sub(1) {
            match self.at(last as u32) {
                Some(row) if !row.pieces.is_empty() => break,
                Some(_) => self.len = last,
                None => self.len = last / CHUNK * CHUNK,
            }
        }
        while self.chunks.len() > self.len.div_ceil(CHUNK) {
            self.chunks.drop_last_mut();
        }
    }

    /// Number of cells.
    pub fn cells(&self) -> usize {
        self.cells
    }

    /// Memory in bytes, about: pieces have some room to grow.
    pub fn bytes(&self) -> usize {
        self.cells * size_of::<(u32, V)>() * 9 / 8 + self.len * size_of::<Row<V>>()
    }

    /// How many rows there are, and each as its number of cells and the cells.
    pub fn save(&self, bytes: &mut Vec<u8>) {
        put(bytes, self.len as u32);
        for row in 0..self.len as u32 {
            put(bytes, self.row_len(row) as u32);
            for (column, value) in self.row(row) {
                put(bytes, column);
                value.save(bytes);
            }
        }
    }

    /// Refuses columns out of order and a last row that is empty. What a column may be is the caller's to check.
    pub fn load(numbers: &mut Numbers<'_>) -> Result<Rows<V>> {
        let mut loaded = Rows::empty();
        let rows = numbers.take()?;
        for _ in 0..rows {
            let mut cells: Vec<(u32, V)> = Vec::new();
            for _ in 0..numbers.take()? {
                let column = numbers.take()?;
                if cells.last().is_some_and(|cell| cell.0 >= column) {
                    return Err(damaged());
                }
                cells.push((column, V::load(numbers)?));
            }
            loaded.push(&cells);
        }
        let ends_empty = loaded.len.checked_sub(1).is_some_and(|last| loaded.row_len(last as u32) == 0);
        if ends_empty { Err(damaged()) } else { Ok(loaded) }
    }
}

impl<V: Value> PartialEq for Rows<V> {
    fn eq(&self, other: &Rows<V>) -> bool {
        self.len == other.len && (0..self.len as u32).all(|row| self.row(row).eq(other.row(row)))
    }
}

impl<V: Value> Eq for Rows<V> {}

/// A cell that grows: its row, its column, and by how much, more than 0.
pub type Growth = (u32, u32, u32);

impl Row<u32> {
    /// Adds to cells, given in the order of their columns, and says how many came; `added` is told how much each grew.
    fn add_all(&mut self, given: &[(u32, u32)], mut added: impl FnMut(u32, u32)) -> usize {
        let pieces = Arc::make_mut(&mut self.pieces);
        if pieces.is_empty() {
            pieces.push(Arc::default());
        }
        let (mut rest, mut piece, mut came) = (given, 0, 0);
        while let Some(first) = rest.first() {
            while piece + 1 < pieces.len() && pieces[piece].last().is_some_and(|cell| cell.0 < first.0) {
                piece += 1;
            }
            let last = if piece + 1 < pieces.len() { pieces[piece].last().map(|cell| cell.0) } else { None };
            let here = last.map_or(rest.len(), |last| rest.partition_point(|cell| cell.0 <= last));
            let merged = merged(&pieces[piece], &rest[..here], &mut added);
            came += merged.len() - pieces[piece].len();
            rest = &rest[here..];
            if merged.len() <= PIECE {
                pieces[piece] = Arc::new(merged);
                piece += 1;
            } else {
                let before = pieces.len();
                pieces.splice(piece..=piece, pieces_of(&merged));
                piece += 1 + pieces.len() - before;
            }
        }
        came
    }
}

/// Cells with others added, both in the order of their columns. A count that would grow past its largest value stays
/// there.
fn merged(cells: &[(u32, u32)], others: &[(u32, u32)], added: &mut impl FnMut(u32, u32)) -> Vec<(u32, u32)> {
    let mut merged = Vec::with_capacity(cells.len() + others.len());
    let mut left = cells;
    for (column, count) in others {
        let before = left.iter().take_while(|cell| cell.0 < *column).count();
        merged.extend_from_slice(&left[..before]);
        left = &left[before..];
        let held = left.first().filter(|cell| cell.0 == *column).map_or(0, |cell| cell.1);
        left = &left[usize::from(held > 0)..];
        let more = (*count).min(u32::MAX - held);
        merged.push((*column, held + more));
        added(*column, more);
    }
    merged.extend_from_slice(left);
    merged.shrink_to(merged.len() + merged.len() / 8);
    merged
}

/// Cells by row, those of a row one after the other: where each row ends, and the column and count of each.
fn by_row(growths: &[Growth]) -> (Vec<usize>, Vec<(u32, u32)>) {
    let rows = growths.iter().map(|growth| growth.0 as usize + 1).max().unwrap_or(0);
    let mut ends = vec![0; rows];
    growths.iter().for_each(|growth| ends[growth.0 as usize] += 1);
    let mut sum = 0;
    for end in &mut ends {
        (sum, *end) = (sum + *end, sum);
    }
    let mut cells = vec![(0, 0); growths.len()];
    for (row, column, count) in growths {
        let place = &mut ends[*row as usize];
        cells[*place] = (*column, *count);
        *place += 1;
    }
    (ends, cells)
}

/// Joins neighbours of the same column, in the order of columns; gives how many are left.
fn joined(cells: &mut [(u32, u32)]) -> usize {
    cells.sort_unstable_by_key(|cell| cell.0);
    let mut kept = 0;
    for index in 0..cells.len() {
        if kept > 0 && cells[kept - 1].0 == cells[index].0 {
            cells[kept - 1].1 = cells[kept - 1].1.saturating_add(cells[index].1);
        } else {
            cells[kept] = cells[index];
            kept += 1;
        }
    }
    kept
}

impl Rows<u32> {
    /// What [`Rows::add`] does with each, in any order; `added` is told the row, the column and how much a cell grew.
    /// Takes 20 bytes for each growth meanwhile.
    pub fn add_all(&mut self, growths: &[Growth], mut added: impl FnMut(u32, u32, u32)) {
        let (ends, mut cells) = by_row(growths);
        let mut first = 0;
        for (row, end) in (0..).zip(ends) {
            let cells = &mut cells[std::mem::replace(&mut first, end)..end];
            let kept = joined(cells);
            if kept == 0 {
                continue;
            }
            self.grow_to(row);
            if let Some(whole) = self.row_mut(row) {
                self.cells += whole.add_all(&cells[..kept], |column, count| added(row, column, count));
            }
        }
    }

    pub fn count(&self, row: u32, column: u32) -> u32 {
        self.get(row, column).unwrap_or(0)
    }

    /// Adds to a cell and says how much: a count that would grow past its largest value stays there.
    pub fn add(&mut self, row: u32, column: u32, count: u32) -> u32 {
        let mut added = 0;
        self.change(row, column, |before| {
            let before = before.unwrap_or(0);
            added = count.min(u32::MAX - before);
            Some(before + added).filter(|after| *after > 0)
        });
        added
    }

    /// Takes from a cell what was added to it, at most what it holds, and says how much.
    pub fn remove(&mut self, row: u32, column: u32, count: u32) -> u32 {
        let mut removed = 0;
        self.change(row, column, |before| {
            let before = before.unwrap_or(0);
            removed = count.min(before);
            Some(before - removed).filter(|after| *after > 0)
        });
        removed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_at_once_come_to_the_same_as_one_by_one() {
        let mut state = 1_u64;
        let mut random = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((state >> 33) % below) as u32
        };
        let (mut alone, mut together): (Rows<u32>, Rows<u32>) = (Rows::of(&[]), Rows::of(&[]));
        for (round, columns) in [3_000, 5_000, 40, 5_000].into_iter().enumerate() {
            let growths: Vec<Growth> = (0..20_000).map(|_| (random(20), random(columns), 1 + random(3))).collect();
            let before = together.clone();
            let mut sum = 0;
            growths.iter().for_each(|(row, column, count)| sum += u64::from(alone.add(*row, *column, *count)));
            together.add_all(&growths, |_, _, count| sum -= u64::from(count));
            assert_eq!(sum, 0);
            assert!(alone == together && alone.cells() == together.cells(), "round {round}");
            assert!(before != together, "a clone keeps what it had");
        }
        let pieces = (0..together.len as u32).flat_map(|row| together.pieces(row));
        let longest = pieces.map(<[_]>::len).max();
        assert!(longest <= Some(PIECE));
    }

    #[test]
    fn a_count_stays_at_its_largest() {
        let mut rows: Rows<u32> = Rows::of(&[]);
        let mut grown = Vec::new();
        rows.add_all(&[(0, 7, u32::MAX - 1)], |_, _, count| grown.push(count));
        rows.add_all(&[(0, 7, 2), (0, 7, 3)], |_, _, count| grown.push(count));
        assert_eq!((rows.count(0, 7), grown), (u32::MAX, vec![u32::MAX - 1, 1]));
    }
}
