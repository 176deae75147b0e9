//! Rows of sorted cells, the sparse matrices under the recommenders. What they hold is shared between
//! clones in pieces, so that a new cell copies one piece, however long its row is.

use std::sync::Arc;

use rpds::VectorSync;

use super::saved::{Numbers, damaged, put};
use crate::domain::Result;

/// How many cells a piece has at most.
const PIECE: usize = 256;

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
#[derive(Debug, Clone, Default)]
struct Row<V> {
    pieces: Vec<Arc<Vec<(u32, V)>>>,
}

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

impl<V: Value> Row<V> {
    fn of(cells: &[(u32, V)]) -> Row<V> {
        Row { pieces: cells.chunks(PIECE).map(|piece| Arc::new(piece.to_vec())).collect() }
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
            (Ok(cell), Some(value)) => Arc::make_mut(&mut self.pieces[piece])[cell].1 = value,
            (Ok(cell), None) => self.remove(piece, cell),
            (Err(cell), Some(value)) => self.insert(piece, cell, (column, value)),
            (Err(_), None) => {}
        }
        Change { added: before.is_none() && after.is_some(), removed: before.is_some() && after.is_none() }
    }

    fn insert(&mut self, piece: usize, cell: usize, new: (u32, V)) {
        if self.pieces.is_empty() {
            self.pieces.push(Arc::default());
        }
        let cells = Arc::make_mut(&mut self.pieces[piece]);
        if cells.len() == cells.capacity() {
            cells.reserve_exact(4 + cells.len() / 4);
        }
        cells.insert(cell, new);
        if cells.len() > PIECE {
            let upper = cells.split_off(PIECE / 2);
            cells.shrink_to_fit();
            self.pieces.insert(piece + 1, Arc::new(upper));
        }
    }

    fn remove(&mut self, piece: usize, cell: usize) {
        let cells = Arc::make_mut(&mut self.pieces[piece]);
        cells.remove(cell);
        if cells.is_empty() {
            self.pieces.remove(piece);
        }
    }
}

/// A matrix by rows; each row or cell that was never written is empty.
#[derive(Debug, Clone, Default)]
pub struct Rows<V: Value> {
    rows: VectorSync<Row<V>>,
    cells: usize,
}

impl<V: Value> Rows<V> {
    /// Of the cells of each row, in the order of their columns.
    pub fn of(rows: &[Vec<(u32, V)>]) -> Rows<V> {
        let cells = rows.iter().map(Vec::len).sum();
        let mut made = Rows { rows: rows.iter().map(|cells| Row::of(cells)).collect(), cells };
        made.forget_empty_end();
        made
    }

    /// One past the last row that has cells.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// The cells of a row in the order of their columns.
    pub fn row(&self, row: u32) -> impl DoubleEndedIterator<Item = (u32, V)> {
        self.rows.get(row as usize).into_iter().flat_map(Row::cells).copied()
    }

    /// How many cells a row has.
    pub fn row_len(&self, row: u32) -> usize {
        self.rows.get(row as usize).map_or(0, Row::len)
    }

    /// At most `most` cells of a row, at equal steps: all of them where there are no more.
    pub fn sample(&self, row: u32, most: usize) -> impl Iterator<Item = (u32, V)> {
        let step = self.row_len(row).div_ceil(most).max(1);
        let (whole, thinned) =
            if step == 1 { (self.rows.get(row as usize), None) } else { (None, self.rows.get(row as usize)) };
        let thinned = thinned.into_iter().flat_map(move |row| row.cells().step_by(step));
        whole.into_iter().flat_map(Row::cells).chain(thinned).copied()
    }

    pub fn get(&self, row: u32, column: u32) -> Option<V> {
        self.rows.get(row as usize)?.get(column)
    }

    /// Puts what `change` makes of a cell in its place; none is an empty cell. A matrix that loses its last rows is as if
    /// it never had them.
    pub fn change(&mut self, row: u32, column: u32, change: impl FnOnce(Option<V>) -> Option<V>) {
        while self.rows.len() <= row as usize {
            self.rows.push_back_mut(Row { pieces: Vec::new() });
        }
        if let Some(cells) = self.rows.get_mut(row as usize) {
            let Change { added, removed } = cells.change(column, change);
            self.cells = self.cells + usize::from(added) - usize::from(removed);
        }
        self.forget_empty_end();
    }

    fn forget_empty_end(&mut self) {
        while self.rows.last().is_some_and(|row| row.pieces.is_empty()) {
            self.rows.drop_last_mut();
        }
    }

    /// Number of cells.
    pub fn cells(&self) -> usize {
        self.cells
    }

    /// Memory in bytes, about: pieces have some room to grow.
    pub fn bytes(&self) -> usize {
        self.cells * size_of::<(u32, V)>() * 9 / 8 + self.rows.len() * size_of::<Row<V>>()
    }

    /// How many rows there are, and each as its number of cells and the cells.
    pub fn save(&self, bytes: &mut Vec<u8>) {
        put(bytes, self.rows.len() as u32);
        for row in &self.rows {
            put(bytes, row.len() as u32);
            for (column, value) in row.cells() {
                put(bytes, *column);
                value.save(bytes);
            }
        }
    }

    /// Refuses columns out of order and a last row that is empty. What a column may be is the caller's to check.
    pub fn load(numbers: &mut Numbers<'_>) -> Result<Rows<V>> {
        let mut loaded = Rows { rows: VectorSync::new_sync(), cells: 0 };
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
            loaded.cells += cells.len();
            loaded.rows.push_back_mut(Row::of(&cells));
        }
        let ends_empty = loaded.rows.last().is_some_and(|row| row.pieces.is_empty());
        if ends_empty { Err(damaged()) } else { Ok(loaded) }
    }
}

impl<V: Value> PartialEq for Rows<V> {
    fn eq(&self, other: &Rows<V>) -> bool {
        self.rows.len() == other.rows.len()
            && self.rows.iter().zip(other.rows.iter()).all(|(row, other)| row.cells().eq(other.cells()))
    }
}

impl<V: Value> Eq for Rows<V> {}

impl Rows<u32> {
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
