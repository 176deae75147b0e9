//! One whole number for each video or profile: how often it occurs. Shared between clones in pieces, so
//! that a change copies one piece.

use std::sync::Arc;

use super::saved::{Numbers, damaged, put};
use crate::domain::Result;

const PIECE: usize = 256;

/// No state that was learned counts as far; what is loaded must leave room to count on.
const MOST: u64 = u64::MAX / 4;

/// Counts by number, 0 beyond the last that is not. Two are equal when all their counts are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    pieces: Vec<Arc<[u64; PIECE]>>,
    /// One past the last count that is not 0.
    len: usize,
    total: u64,
}

impl Counts {
    /// Of the counts from number 0 on.
    pub fn of(values: impl Iterator<Item = u64>) -> Counts {
        let mut made = Counts::default();
        (0..).zip(values).for_each(|(place, count)| made.add(place, count));
        made
    }

    pub fn len(&self) -> usize {
        self.len
    }

    /// The sum of all counts.
    pub fn total(&self) -> u64 {
        self.total
    }

    pub fn get(&self, place: u32) -> u64 {
        self.pieces.get(place as usize / PIECE).map_or(0, |piece| piece[place as usize % PIECE])
    }

    /// All counts, from number 0 on.
    pub fn iter(&self) -> impl Iterator<Item = u64> {
        self.pieces.iter().flat_map(|piece| piece.iter().copied()).take(self.len)
    }

    /// The first `count` counts.
    pub fn first(&self, count: usize) -> Vec<u64> {
        let mut first = Vec::with_capacity(count.next_multiple_of(PIECE));
        self.pieces.iter().take(count.div_ceil(PIECE)).for_each(|piece| first.extend_from_slice(&piece[..]));
        first.resize(count, 0);
        first
    }

    pub fn add(&mut self, place: u32, count: u64) {
        if count == 0 {
            return;
        }
        let piece = place as usize / PIECE;
        if self.pieces.len() <= piece {
            self.pieces.resize_with(piece + 1, || Arc::new([0; PIECE]));
        }
        Arc::make_mut(&mut self.pieces[piece])[place as usize % PIECE] += count;
        self.len = self.len.max(place as usize + 1);
        self.total += count;
    }

    /// Takes away what was added, at most what is there.
    pub fn remove(&mut self, place: u32, count: u64) {
        let count = count.min(self.get(place));
        if count == 0 {
            return;
        }
        Arc::make_mut(&mut self.pieces[place as usize / PIECE])[place as usize % PIECE] -= count;
        self.total -= count;
        while self.len > 0 && self.get(self.len as u32 - 1) == 0 {
            self.len -= 1;
        }
        self.pieces.truncate(self.len.div_ceil(PIECE));
    }

    /// Memory in bytes, about.
    pub fn bytes(&self) -> usize {
        self.pieces.len() * size_of::<[u64; PIECE]>()
    }

    /// Their number, and the halves of each, the lower first.
    pub fn save(&self, bytes: &mut Vec<u8>) {
        put(bytes, self.len as u32);
        for count in self.iter() {
            put(bytes, (count & u64::from(u32::MAX)) as u32);
            put(bytes, (count >> 32) as u32);
        }
    }

    pub fn load(numbers: &mut Numbers<'_>) -> Result<Counts> {
        let mut loaded = Counts::default();
        let len = numbers.take()?;
        for place in 0..len {
            let (low, high) = (numbers.take()?, numbers.take()?);
            let count = u64::from(high) << 32 | u64::from(low);
            if count > MOST || loaded.total + count > MOST {
                return Err(damaged());
            }
            loaded.add(place, count);
        }
        if loaded.len == len as usize { Ok(loaded) } else { Err(damaged()) }
    }
}

/// A real number for each video that follows from its counts, kept so that a list need not compute it. Shared between
/// clones in pieces.
#[derive(Debug, Clone, Default)]
pub struct Reals {
    pieces: Vec<Arc<[f32; PIECE]>>,
}

impl Reals {
    /// 0 where nothing was put.
    pub fn get(&self, place: u32) -> f32 {
        self.pieces.get(place as usize / PIECE).map_or(0.0, |piece| piece[place as usize % PIECE])
    }

    pub fn put(&mut self, place: u32, value: f32) {
        let piece = place as usize / PIECE;
        if self.pieces.len() <= piece {
            self.pieces.resize_with(piece + 1, || Arc::new([0.0; PIECE]));
        }
        Arc::make_mut(&mut self.pieces[piece])[place as usize % PIECE] = value;
    }

    /// Of the numbers from number 0 on.
    pub fn of(values: &[f32]) -> Reals {
        let piece = |values: &[f32]| {
            let mut piece = [0.0; PIECE];
            piece[..values.len()].copy_from_slice(values);
            Arc::new(piece)
        };
        Reals { pieces: values.chunks(PIECE).map(piece).collect() }
    }

    /// All numbers one after the other, from number 0 on.
    pub fn all(&self) -> Vec<f32> {
        let mut all = Vec::with_capacity(self.pieces.len() * PIECE);
        self.pieces.iter().for_each(|piece| all.extend_from_slice(&piece[..]));
        all
    }

    /// Memory in bytes, about.
    pub fn bytes(&self) -> usize {
        self.pieces.len() * size_of::<[f32; PIECE]>()
    }
}
