//! How learned state is written down: little-endian numbers of 32 bits, with the length of each list
//! in front of it. Whatever is read is checked, and nothing is allocated before its bytes were seen, so that damage
//! costs no more memory than the bytes themselves.

use crate::domain::{Error, Result, Status};

pub fn damaged() -> Error {
    Error::new(Status::Corrupt, "learned counts are damaged")
}

pub fn put(bytes: &mut Vec<u8>, number: u32) {
    bytes.extend_from_slice(&number.to_le_bytes());
}

/// Reads numbers one after the other.
pub struct Numbers<'a> {
    bytes: &'a [u8],
}

impl<'a> Numbers<'a> {
    pub fn of(bytes: &'a [u8]) -> Numbers<'a> {
        Numbers { bytes }
    }

    /// [`Status::Corrupt`] past the last one.
    pub fn take(&mut self) -> Result<u32> {
        let (number, rest) = self.bytes.split_first_chunk().ok_or_else(damaged)?;
        self.bytes = rest;
        Ok(u32::from_le_bytes(*number))
    }

    /// [`Status::Corrupt`] unless everything was read.
    pub fn end(&self) -> Result<()> {
        if self.bytes.is_empty() { Ok(()) } else { Err(damaged()) }
    }
}
