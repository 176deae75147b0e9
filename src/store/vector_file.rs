//! Files of vectors: a header of one page, then records of one length, appended and never changed.
//!
//! A record is the video's number, the commit that wrote it, the payload, and the XXH3 of all that,
//! seeded with the store, the file and the place, so that neither damage nor a record out of place
//! goes unseen. Which records count is known to the database: a video's row names the commit, the
//! store's head how many records were committed. Everything behind those was cut off while being
//! written and is overwritten. Files are read with plain reads and never mapped: a mapped file that
//! is cut short ends the process with SIGBUS.
//!
//! The header's second half holds the number of the newest commit, written after every commit but
//! not synchronised. It never runs ahead of the database, so a database behind it is an old one.

use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};

use twox_hash::XxHash3_64;

use super::directory::Directory;
use super::failure::{corrupt, file};
use super::keys::StoreId;
use crate::domain::{Error, Result, Status, limits};

const MAGIC: [u8; 8] = *b"vrecvecs";
const VERSION: u32 = 1;
const HEADER_BYTES: u64 = 4096;
const FIXED_HEADER_BYTES: usize = 56;
/// Where the newest commit's number stands: in a sector of its own.
const COMMIT_OFFSET: u64 = 2048;
/// Video number, commit, hash.
const FRAME_BYTES: usize = 24;
/// Bytes of one write.
const BLOCK_BYTES: usize = 1 << 20;
/// Bytes of one read of many records: while these are taken in, the system reads on.
const READ_BYTES: usize = 1 << 16;
/// Bytes of a payload at most: every field of a video at full precision.
pub const PAYLOAD_BYTES: usize = limits::DIMENSIONS * size_of::<f32>() * 8;

pub(super) struct VectorFile {
    file: File,
    pub number: u64,
    /// 0: this file holds no vectors, only the commit's number.
    pub payload_bytes: usize,
    seed: u64,
    /// Not on every disk.
    has_counted_names: bool,
}

/// By how many names the file can be found.
fn names_of(opened: &File) -> Result<u64> {
    Ok(opened.metadata().map_err(file("looking at the file of vectors"))?.nlink())
}

/// What a record says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Record<'a> {
    pub video: i64,
    pub sequence: i64,
    pub payload: &'a [u8],
}

impl VectorFile {
    fn new(file: File, number: u64, payload_bytes: usize, store: &StoreId) -> Result<VectorFile> {
        let names = names_of(&file)?;
        Ok(VectorFile { file, number, payload_bytes, seed: seed(store, number), has_counted_names: names > 0 })
    }

    /// Fails where the file was removed while it is open. The system keeps it until it is closed, and all that is
    /// acknowledged until then would go with it.
    pub fn check_not_removed(&self) -> Result<()> {
        if self.has_counted_names && names_of(&self.file)? == 0 {
            let message = "the files of the store were removed while it is open; what is written now would be lost";
            return Err(Error::new(Status::Io, message));
        }
        Ok(())
    }

    /// A new file, durable with its name.
    pub fn create(directory: &Directory, number: u64, store: &StoreId, payload_bytes: usize) -> Result<Self> {
        if payload_bytes > PAYLOAD_BYTES {
            return Err(Error::limit("a vector's payload, in bytes,", payload_bytes, PAYLOAD_BYTES));
        }
        let what = format!("creating vectors-{number}.vrec");
        let target = directory.create(&directory.vectors(number))?;
        let mut header = [0; HEADER_BYTES as usize];
        header[..8].copy_from_slice(&MAGIC);
        header[8..12].copy_from_slice(&VERSION.to_le_bytes());
        header[12..16].copy_from_slice(&(payload_bytes as u32).to_le_bytes());
        header[16..24].copy_from_slice(&number.to_le_bytes());
        header[24..40].copy_from_slice(store);
        let hash = XxHash3_64::oneshot(&header[..FIXED_HEADER_BYTES - 8]);
        header[FIXED_HEADER_BYTES - 8..FIXED_HEADER_BYTES].copy_from_slice(&hash.to_le_bytes());
        target.write_all_at(&header, 0).and_then(|()| target.sync_all()).map_err(file(&what))?;
        directory.sync()?;
        VectorFile::new(target, number, payload_bytes, store)
    }

    pub fn open(directory: &Directory, number: u64, store: &StoreId, read_only: bool) -> Result<Self> {
        let what = format!("vectors-{number}.vrec");
        let found = match File::options().read(true).write(!read_only).open(directory.vectors(number)) {
            Ok(found) => found,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(corrupt(format!("{what} is missing"))),
            Err(error) => return Err(file(format!("opening {what}"))(error)),
        };
        let mut header = [0; FIXED_HEADER_BYTES];
        if read_up_to(&found, &mut header, 0).map_err(file(format!("reading {what}")))? < header.len() {
            return Err(corrupt(format!("{what} is cut short in its header")));
        }
        let hash = XxHash3_64::oneshot(&header[..FIXED_HEADER_BYTES - 8]);
        if header[..8] != MAGIC || header[FIXED_HEADER_BYTES - 8..] != hash.to_le_bytes() {
            return Err(corrupt(format!("the header of {what} is damaged")));
        }
        if word(&header[8..12]) != u64::from(VERSION) {
            let message = format!("{what} was written by a newer version of the library");
            return Err(Error::new(Status::TooNew, message));
        }
        if word(&header[16..24]) != number || header[24..40] != *store {
            return Err(corrupt(format!("{what} belongs to another store or another place")));
        }
        let payload_bytes = word(&header[12..16]) as usize;
        VectorFile::new(found, number, payload_bytes, store)
    }

    pub fn record_bytes(&self) -> usize {
        self.payload_bytes + FRAME_BYTES
    }

    /// Writes records from `slot` on; [`VectorFile::sync`] makes them durable. Returns the bytes written.
    pub fn append<'a>(&self, slot: u64, records: impl Iterator<Item = Record<'a>>) -> Result<u64> {
        let mut block = Vec::with_capacity(BLOCK_BYTES.min(self.record_bytes() * 64));
        let (mut written, mut next) = (0, slot);
        let flush = |block: &mut Vec<u8>, written: &mut u64| {
            let at = self.offset(slot) + *written;
            self.file.write_all_at(block, at).map_err(file(format!("writing vectors-{}.vrec", self.number)))?;
            *written += block.len() as u64;
            block.clear();
            Ok(())
        };
        for record in records {
            let start = block.len();
            block.extend_from_slice(&record.video.to_le_bytes());
            block.extend_from_slice(&record.sequence.to_le_bytes());
            block.extend_from_slice(record.payload);
            let hash = XxHash3_64::oneshot_with_seed(self.seed ^ next, &block[start..]);
            block.extend_from_slice(&hash.to_le_bytes());
            next += 1;
            if block.len() + self.record_bytes() > BLOCK_BYTES {
                flush(&mut block, &mut written)?;
            }
        }
        flush(&mut block, &mut written)?;
        Ok(written)
    }

    /// All records, from the first.
    pub fn records(&self) -> Records<'_> {
        let per_block = (READ_BYTES / self.record_bytes()).max(1);
        let block = vec![0; per_block * self.record_bytes()];
        Records { file: self, block, filled: 0, at: 0, slot: 0, is_sound: None, has_ended: false }
    }

    /// The payload of one record; nothing when it is damaged or gone.
    pub fn read(&self, slot: u64) -> Result<Option<Vec<u8>>> {
        let mut bytes = vec![0; self.record_bytes()];
        let read = read_up_to(&self.file, &mut bytes, self.offset(slot));
        let read = read.map_err(file(format!("reading vectors-{}.vrec", self.number)))?;
        if read < bytes.len() {
            return Ok(None);
        }
        Ok(self.record(slot, &bytes).map(|record| record.payload.to_vec()))
    }

    fn record<'a>(&self, slot: u64, bytes: &'a [u8]) -> Option<Record<'a>> {
        self.is_sound(slot, bytes).then(|| record_of(bytes))
    }

    fn is_sound(&self, slot: u64, bytes: &[u8]) -> bool {
        let (content, hash) = bytes.split_at(bytes.len() - 8);
        hash == XxHash3_64::oneshot_with_seed(self.seed ^ slot, content).to_le_bytes()
    }

    fn offset(&self, slot: u64) -> u64 {
        HEADER_BYTES + slot * self.record_bytes() as u64
    }

    /// Notes the newest commit, without waiting for the disk.
    pub fn note_commit(&self, commit: i64) -> Result<()> {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&commit.to_le_bytes());
        let hash = XxHash3_64::oneshot_with_seed(self.seed, &bytes[..8]);
        bytes[8..].copy_from_slice(&hash.to_le_bytes());
        self.file
            .write_all_at(&bytes, COMMIT_OFFSET)
            .map_err(file(format!("writing the header of vectors-{}.vrec", self.number)))
    }

    /// The commit noted last; 0 when none is or the note is damaged.
    pub fn noted_commit(&self) -> Result<i64> {
        let mut bytes = [0; 16];
        let read = read_up_to(&self.file, &mut bytes, COMMIT_OFFSET);
        read.map_err(file(format!("reading vectors-{}.vrec", self.number)))?;
        let hash = XxHash3_64::oneshot_with_seed(self.seed, &bytes[..8]);
        Ok(if bytes[8..] == hash.to_le_bytes() { word(&bytes[..8]) as i64 } else { 0 })
    }

    pub fn sync(&self) -> Result<()> {
        self.file.sync_data().map_err(file(format!("making vectors-{}.vrec durable", self.number)))
    }
}

/// Reads the records of a file one after the other.
pub(super) struct Records<'f> {
    file: &'f VectorFile,
    block: Vec<u8>,
    /// Bytes of whole records in the block, and where the next one begins.
    filled: usize,
    at: usize,
    slot: u64,
    /// What is known of the next one, once it was looked at.
    is_sound: Option<bool>,
    has_ended: bool,
}

impl<'f> Records<'f> {
    pub fn file(&self) -> &'f VectorFile {
        self.file
    }

    /// The next record's slot and content, which is nothing where it is damaged; none at the end. A record cut short
    /// at the end counts as none.
    pub fn peek(&mut self) -> Result<Option<(u64, Option<Record<'_>>)>> {
        if self.at >= self.filled {
            self.fill()?;
        }
        if self.at >= self.filled {
            return Ok(None);
        }
        let bytes = &self.block[self.at..self.at + self.file.record_bytes()];
        let is_sound = *self.is_sound.get_or_insert_with(|| self.file.is_sound(self.slot, bytes));
        Ok(Some((self.slot, is_sound.then(|| record_of(bytes)))))
    }

    /// Goes on to the record behind.
    pub fn skip(&mut self) {
        self.at += self.file.record_bytes();
        self.slot += 1;
        self.is_sound = None;
    }

    /// The slot of the next record; at the end, how many there are.
    pub fn slot(&self) -> u64 {
        self.slot
    }

    fn fill(&mut self) -> Result<()> {
        if self.has_ended {
            return Ok(());
        }
        let read = read_up_to(&self.file.file, &mut self.block, self.file.offset(self.slot));
        let read = read.map_err(file(format!("reading vectors-{}.vrec", self.file.number)))?;
        self.has_ended = read < self.block.len();
        (self.at, self.filled) = (0, read - read % self.file.record_bytes());
        Ok(())
    }
}

/// What the bytes of a sound record say.
fn record_of(bytes: &[u8]) -> Record<'_> {
    let content = &bytes[..bytes.len() - 8];
    Record { video: word(&content[..8]) as i64, sequence: word(&content[8..16]) as i64, payload: &content[16..] }
}

/// Whether a file never held a record nor the number of a commit: left by a creation that was cut off.
pub(super) fn is_unused(directory: &Directory, number: u64) -> Result<bool> {
    let what = || file(format!("reading vectors-{number}.vrec"));
    let found = File::open(directory.vectors(number)).map_err(what())?;
    let length = found.metadata().map_err(what())?.len();
    let mut noted = [0; 16];
    read_up_to(&found, &mut noted, COMMIT_OFFSET).map_err(what())?;
    Ok(length <= HEADER_BYTES && noted == [0; 16])
}

fn seed(store: &StoreId, number: u64) -> u64 {
    XxHash3_64::oneshot_with_seed(number, store)
}

/// A little-endian number of up to eight bytes.
fn word(bytes: &[u8]) -> u64 {
    let mut word = [0; 8];
    word[..bytes.len()].copy_from_slice(bytes);
    u64::from_le_bytes(word)
}

/// Reads until the buffer is full or the file ends.
fn read_up_to(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut read = 0;
    while read < buffer.len() {
        match file.read_at(&mut buffer[read..], offset + read as u64) {
            Ok(0) => break,
            Ok(count) => read += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(read)
}
