//! How trained values stand in bytes: little-endian numbers of 32 bits, read with every length checked.

use crate::domain::{Error, Result, Status};

/// What is left of saved bytes.
#[derive(Debug, Clone)]
pub struct Numbers<'a>(&'a [u8]);

impl<'a> Numbers<'a> {
    /// [`Status::Corrupt`] for bytes that are no whole numbers.
    pub fn new(bytes: &'a [u8]) -> Result<Numbers<'a>> {
        if bytes.len().is_multiple_of(4) { Ok(Numbers(bytes)) } else { Err(damaged()) }
    }

    pub fn whole(&mut self) -> Result<u32> {
        let (first, rest) = self.0.split_first_chunk().ok_or_else(damaged)?;
        self.0 = rest;
        Ok(u32::from_le_bytes(*first))
    }

    /// Refuses what is not finite.
    pub fn real(&mut self) -> Result<f32> {
        let value = f32::from_bits(self.whole()?);
        if value.is_finite() { Ok(value) } else { Err(damaged()) }
    }

    /// So many real numbers; takes no memory for more than there are bytes.
    pub fn reals(&mut self, count: usize) -> Result<Vec<f32>> {
        if self.0.len() / 4 < count {
            return Err(damaged());
        }
        (0..count).map(|_| self.real()).collect()
    }

    /// So many bytes, and those that fill them up to whole numbers.
    pub fn bytes(&mut self, count: usize) -> Result<&'a [u8]> {
        let whole = count.checked_next_multiple_of(4).filter(|whole| *whole <= self.0.len()).ok_or_else(damaged)?;
        let (taken, rest) = self.0.split_at(whole);
        self.0 = rest;
        Ok(&taken[..count])
    }

    /// How many numbers are left.
    pub fn count(&self) -> usize {
        self.0.len() / 4
    }

    /// All that was not read.
    pub fn rest(self) -> &'a [u8] {
        self.0
    }

    /// Refuses bytes after the end.
    pub fn end(&self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(damaged()) }
    }
}

pub fn damaged() -> Error {
    Error::new(Status::Corrupt, "trained values are damaged")
}

pub fn put_whole(bytes: &mut Vec<u8>, number: u32) {
    bytes.extend_from_slice(&number.to_le_bytes());
}

pub fn put_reals<'a>(bytes: &mut Vec<u8>, values: impl IntoIterator<Item = &'a f32>) {
    values.into_iter().for_each(|value| put_whole(bytes, value.to_bits()));
}
