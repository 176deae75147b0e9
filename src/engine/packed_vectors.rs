//! The vectors of a catalogue as a section of a pack, so that a set with the same model need not embed texts that a
//! service has embedded: of each video its id, the hash of its texts and what its vector is made of, as in a store.

use std::collections::HashMap;

use super::meaning::{KnownParts, Meaning};
use super::snapshot::Snapshot;
use super::stored_videos::{decode, encode};
use crate::domain::{CallOptions, Error, Result, Status, Video};
use crate::ranking::VideoVector;
use crate::store::Store;

/// The kind of the section; those below are what was learned.
pub const KIND: u32 = 100;

const HASH_BYTES: usize = 32;

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

/// The vectors of a section, by their videos' ids.
pub struct PackedVectors<'a>(HashMap<&'a str, (&'a [u8; HASH_BYTES], &'a [u8])>);

impl<'a> PackedVectors<'a> {
    /// [`Status::Corrupt`] for bytes that [`packed`] never gives.
    pub fn read(bytes: &'a [u8]) -> Result<PackedVectors<'a>> {
        let (payload, mut rest) = bytes.split_first_chunk().ok_or_else(damaged)?;
        let payload = u32::from_le_bytes(*payload) as usize;
        let mut vectors = HashMap::new();
        while let Some((length, behind)) = rest.split_first() {
            let (id, behind) = behind.split_at_checked(usize::from(*length)).ok_or_else(damaged)?;
            let (hash, behind) = behind.split_first_chunk().ok_or_else(damaged)?;
            let (payload, behind) = behind.split_at_checked(payload).ok_or_else(damaged)?;
            let id = std::str::from_utf8(id).map_err(|_| damaged())?;
            if vectors.insert(id, (hash, payload)).is_some() {
                return Err(damaged());
            }
            rest = behind;
        }
        Ok(PackedVectors(vectors))
    }

    /// What a video's vector is made of, where its texts are those of the section and another model made nothing of it.
    pub fn parts(&self, meaning: &Meaning, video: &Video) -> Result<KnownParts> {
        let Some((hash, payload)) = self.0.get(video.id.as_str()) else { return Ok(None) };
        if video.vector.is_some() || **hash != meaning.text_hash(video) {
            return Ok(None);
        }
        match decode(meaning, video, hash, payload)? {
            Some(VideoVector::Parts(parts)) if !parts.is_empty() => Ok(Some(parts)),
            _ => Ok(None),
        }
    }
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
        assert_eq!(PackedVectors::read(&whole).unwrap().0["a"], (&[7; HASH_BYTES], &[1, 2, 3, 4][..]));
        for length in (0..4).chain(5..whole.len()) {
            assert_eq!(PackedVectors::read(&whole[..length]).err().unwrap().status, Status::Corrupt, "{length}");
        }
        let twice = [&whole[..], &whole[4..]].concat();
        assert_eq!(PackedVectors::read(&twice).err().unwrap().status, Status::Corrupt);
        let mut no_text = whole.clone();
        no_text[5] = 0xff;
        assert_eq!(PackedVectors::read(&no_text).err().unwrap().status, Status::Corrupt);
        let mut longer = whole;
        longer[..4].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(PackedVectors::read(&longer).err().unwrap().status, Status::Corrupt);
    }
}
