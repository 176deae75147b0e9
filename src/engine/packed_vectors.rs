//! The vectors of a catalogue as a section of a pack, so that a set with the same model need not embed texts that a
//! service has embedded: of each video its id, the hash of its texts and what its vector is made of, as in a store.

use super::meaning::{KnownParts, Meaning};
use super::snapshot::Snapshot;
use super::stored_videos::{decode, encode};
use crate::domain::{CallOptions, Error, Result, Status, Video};
use crate::ranking::VideoVector;
use crate::store::Store;

/// The kind of the section; those below are what was learned.
pub const KIND: u32 = 100;

const HASH_BYTES: usize = 32;

/// Of what stands before the first entry.
const LENGTH_BYTES: usize = size_of::<u32>();

const ENTRIES_BETWEEN_CHECKS: usize = 1_024;

/// The length of each payload, then of each video the length of its id in one byte, the id, the hash and the payload. Only
/// videos whose vectors come from texts are in it; none where there are none.
pub fn packed(snapshot: &Snapshot, meaning: &Meaning, store: &Store, call: &CallOptions) -> Result<Option<Vec<u8>>> {
    let catalogue = &snapshot.catalogue;
    let mut bytes = Vec::new();
    for row in catalogue.live().iter() {
        call.check()?;
        let id = catalogue.id(row);
        let hash = store.text_hash(id)?.filter(|hash| hash.starts_with(&meaning.maker()));
        let payload = catalogue.video(row).and_then(|video| encode(video));
        let (Some(hash), Some(payload)) = (hash, payload) else { continue };
        if bytes.is_empty() {
            bytes.extend_from_slice(&(payload.len() as u32).to_le_bytes());
        }
        // An id has at most 255 bytes.
        bytes.push(id.len() as u8);
        bytes.extend_from_slice(id.as_bytes());
        bytes.extend_from_slice(&hash);
        bytes.extend_from_slice(&payload);
    }
    Ok((!bytes.is_empty()).then_some(bytes))
}

/// The vectors of a section, found by their videos' ids.
#[derive(Debug)]
pub struct PackedVectors {
    bytes: Vec<u8>,
    /// Where each video's entry begins, in the order of their ids.
    places: Vec<usize>,
}

/// A video's entry in a section.
#[derive(Debug, PartialEq)]
struct Entry<'a> {
    id: &'a [u8],
    hash: &'a [u8; HASH_BYTES],
    payload: &'a [u8],
    /// Where the next one begins.
    end: usize,
}

impl PackedVectors {
    /// Takes a section; errors are those of [`check`].
    pub fn read(bytes: Vec<u8>, call: &CallOptions) -> Result<PackedVectors> {
        Ok(PackedVectors { places: places(&bytes, call)?, bytes })
    }

    /// What a video's vector is made of, where its texts are those of the section and another model made nothing of it.
    pub fn parts(&self, meaning: &Meaning, video: &Video) -> Result<KnownParts> {
        let Some(Entry { hash, payload, .. }) = self.find(&video.id) else { return Ok(None) };
        if video.vector.is_some() || *hash != meaning.text_hash(video) {
            return Ok(None);
        }
        match decode(meaning, video, hash, payload)? {
            Some(VideoVector::Parts(parts)) if !parts.is_empty() => Ok(Some(parts)),
            _ => Ok(None),
        }
    }

    fn find(&self, id: &str) -> Option<Entry<'_>> {
        let id_at = |place: &usize| entry(&self.bytes, *place).map(|entry| entry.id);
        let found = self.places.binary_search_by_key(&Some(id.as_bytes()), id_at).ok()?;
        entry(&self.bytes, self.places[found])
    }

    /// Memory in bytes, about.
    pub fn memory_bytes(&self) -> usize {
        size_of::<PackedVectors>() + self.bytes.capacity() + self.places.capacity() * size_of::<usize>()
    }
}

/// Refuses what [`packed`] never gives with [`Status::Corrupt`]; [`Status::Cancelled`], [`Status::TimedOut`].
pub fn check(bytes: &[u8], call: &CallOptions) -> Result<()> {
    places(bytes, call).map(drop)
}

/// Where the entries of a section begin, in the order of their ids.
fn places(bytes: &[u8], call: &CallOptions) -> Result<Vec<usize>> {
    let mut found: Vec<(&[u8], usize)> = Vec::new();
    let mut place = LENGTH_BYTES;
    if bytes.len() < place {
        return Err(damaged());
    }
    while place < bytes.len() {
        if found.len().is_multiple_of(ENTRIES_BETWEEN_CHECKS) {
            call.check()?;
        }
        let entry = entry(bytes, place).filter(|entry| std::str::from_utf8(entry.id).is_ok()).ok_or_else(damaged)?;
        found.push((entry.id, place));
        place = entry.end;
    }
    found.sort_unstable();
    if found.windows(2).any(|pair| pair[0].0 == pair[1].0) {
        return Err(damaged());
    }
    Ok(found.into_iter().map(|(_, place)| place).collect())
}

/// The entry that begins at a place; none where the bytes end before it does.
fn entry(bytes: &[u8], place: usize) -> Option<Entry<'_>> {
    let payload = u32::from_le_bytes(*bytes.first_chunk()?) as usize;
    let (length, rest) = bytes.get(place..)?.split_first()?;
    let (id, rest) = rest.split_at_checked(usize::from(*length))?;
    let (hash, rest) = rest.split_first_chunk()?;
    let (payload, rest) = rest.split_at_checked(payload)?;
    Some(Entry { id, hash, payload, end: bytes.len() - rest.len() })
}

fn damaged() -> Error {
    Error::new(Status::Corrupt, "the vectors of the pack are damaged")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damaged_sections_are_refused() {
        let whole = [&4_u32.to_le_bytes()[..], &[1, b'a'], &[7; HASH_BYTES], &[1, 2, 3, 4]].concat();
        let status = |bytes: &[u8]| check(bytes, &CallOptions::default()).unwrap_err().status;
        let read = PackedVectors::read(whole.clone(), &CallOptions::default()).unwrap();
        let entry = Entry { id: b"a", hash: &[7; HASH_BYTES], payload: &[1, 2, 3, 4], end: whole.len() };
        assert_eq!((read.find("a"), read.find("b")), (Some(entry), None));
        for length in (0..4).chain(5..whole.len()) {
            assert_eq!(status(&whole[..length]), Status::Corrupt, "{length}");
        }
        let twice = [&whole[..], &whole[4..]].concat();
        assert_eq!(status(&twice), Status::Corrupt);
        let mut no_text = whole.clone();
        no_text[5] = 0xff;
        assert_eq!(status(&no_text), Status::Corrupt);
        let mut longer = whole;
        longer[..4].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(status(&longer), Status::Corrupt);
    }

    #[test]
    fn each_video_is_found_by_its_id() {
        let entry = |id: &[u8]| [&[id.len() as u8], id, &[id.len() as u8; HASH_BYTES], &[id[0], 2]].concat();
        let ids = ["b", "ab", "", "z", "abc", "a"];
        let entries = ids.iter().filter(|id| !id.is_empty()).flat_map(|id| entry(id.as_bytes()));
        let bytes: Vec<u8> = 2_u32.to_le_bytes().into_iter().chain(entries).collect();
        let vectors = PackedVectors::read(bytes, &CallOptions::default()).unwrap();
        for id in ids {
            let found = vectors.find(id).map(|found| (found.hash[0], found.payload[0]));
            assert_eq!(found, id.bytes().next().map(|first| (id.len() as u8, first)), "{id}");
        }
        let no_time = CallOptions::with_timeout(std::time::Duration::ZERO);
        assert_eq!(check(&vectors.bytes, &no_time).unwrap_err().status, Status::TimedOut);
    }
}
