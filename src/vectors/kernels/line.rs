//! Memory in whole cache lines, so that a row of codes touches as few of them as it can.

/// A cache line of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C, align(64))]
pub struct Line(pub [u8; Line::BYTES]);

impl Line {
    pub const BYTES: usize = 64;
}

impl Default for Line {
    fn default() -> Self {
        Line([0; Line::BYTES])
    }
}

/// The bytes of the lines, one after the other.
pub fn bytes(lines: &[Line]) -> &[u8] {
    // SAFETY: a Line is 64 bytes of `u8` without padding (its alignment equals its size), so the slice
    // covers exactly `size_of_val(lines)` initialised bytes, for as long as the lines are borrowed.
    unsafe { std::slice::from_raw_parts(lines.as_ptr().cast(), size_of_val(lines)) }
}

/// Like [`bytes`], to write to.
pub fn bytes_mut(lines: &mut [Line]) -> &mut [u8] {
    // SAFETY: as for `bytes`; any byte is valid in a Line, and the borrow is exclusive.
    unsafe { std::slice::from_raw_parts_mut(lines.as_mut_ptr().cast(), size_of_val(lines)) }
}
