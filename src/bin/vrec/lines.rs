//! Files that say one thing a line, of whatever length and from whatever editor.

use std::fs::File;
use std::io;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::path::Path;

use crate::failure::Failure;
use crate::failure::Outcome;

/// Most bytes of a line: more than the largest video takes.
pub const LINE_BYTES: usize = 8 << 20;

/// What some editors put before a file's first line.
const BYTE_ORDER_MARK: &[u8] = "\u{FEFF}".as_bytes();

/// What came of reading a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    Whole,
    /// Its text is not kept.
    TooLong,
}

/// A file, line by line.
pub struct Lines {
    pub name: String,
    reader: Box<dyn BufRead>,
    /// Bytes of the file, where that is known.
    pub total: Option<u64>,
    /// Of the newest line, counted from 1.
    pub number: u64,
    /// Read so far.
    pub bytes: u64,
    pub text: Vec<u8>,
}

impl Lines {
    /// The file at this path; `-`: the standard input.
    pub fn open(path: &Path) -> Outcome<Lines> {
        if path == Path::new("-") {
            let mut reader = BufReader::new(io::stdin());
            // What writes into the pipe may have the same store open until it writes. A failure comes again below.
            let _ = reader.fill_buf();
            return Ok(Lines::new("standard input".to_owned(), Box::new(reader), None));
        }
        let failed = |error| Failure::file(&format!("opening {}", path.display()), &error);
        let file = File::open(path).map_err(failed)?;
        let about = file.metadata().map_err(failed)?;
        let total = about.is_file().then_some(about.len());
        Ok(Lines::new(path.display().to_string(), Box::new(BufReader::new(file)), total))
    }

    /// What `reader` gives, which messages call `name`.
    pub fn new(name: String, reader: Box<dyn BufRead>, total: Option<u64>) -> Lines {
        Lines { name, reader, total, number: 0, bytes: 0, text: Vec::new() }
    }

    /// Reads the next line into `text`; none at the end.
    pub fn next(&mut self) -> Outcome<Option<Line>> {
        self.text.clear();
        let mut found = Line::Whole;
        let mut read = self.read_piece()?;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        while read == LINE_BYTES && self.text.last() != Some(&b'\n') {
            found = Line::TooLong;
            self.text.clear();
            read = self.read_piece()?;
        }
        if self.number == 1 && self.text.starts_with(BYTE_ORDER_MARK) {
            self.text.drain(..BYTE_ORDER_MARK.len());
        }
        Ok(Some(found))
    }

    /// Reads up to the line's end or the most that a line may have.
    fn read_piece(&mut self) -> Outcome<usize> {
        let read = self.reader.by_ref().take(LINE_BYTES as u64).read_until(b'\n', &mut self.text);
        let read = read.map_err(|error| Failure::file(&format!("reading {}", self.name), &error))?;
        self.bytes += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_and_long_ones_passed_over() {
        let text = [&b"\xEF\xBB\xBFone\r\n\n"[..], &vec![b'x'; LINE_BYTES * 2 + 5], b"\nlast"].concat();
        let mut lines = Lines::new("file".to_owned(), Box::new(io::Cursor::new(text.clone())), None);
        let mut found = Vec::new();
        while let Some(line) = lines.next().ok().flatten() {
            found.push((lines.number, line, lines.text.len()));
        }
        let expected = [(1, Line::Whole, 5), (2, Line::Whole, 1), (3, Line::TooLong, 6), (4, Line::Whole, 4)];
        assert_eq!(found, expected);
        assert_eq!(lines.bytes, text.len() as u64);
    }
}
