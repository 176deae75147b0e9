//! The vectors of a catalogue as a section of a pack, so that a set with the same model need not embed texts that a
//! service has embedded: of each video its id, the hash of its texts and what its vector is made of. Hardly any of it can
//! be compressed, so that a pack holds it as it is, and nothing stands in it that need not.

use twox_hash::XxHash3_64;

use super::meaning::{KnownParts, Meaning};
use super::snapshot::Snapshot;
use super::stored_videos::{MAKER_BYTES, decode, dimensions_of, encode, fold, folded_bytes, unfold};
use crate::domain::{CallOptions, Error, Result, Status, Video, limits};
use crate::ranking::VideoVector;
use crate::store::Store;

/// The kind of the section; those below are what was learned.
pub const KIND: u32 = 100;

/// Of the hash of a video's texts without what made its vector, which the pack's header says.
const HASH_BYTES: usize = 32 - MAKER_BYTES;

/// Of the vectors' length, which stands before the first entry.
const LENGTH_BYTES: usize = size_of::<u32>();

const ENTRIES_BETWEEN_CHECKS: usize = 1_024;

/// The length of vectors, then of each video, in the order of ids, the length of its id in one byte, the id, the hash and
/// what its vector is made of (see [`fold`]). Only videos whose vectors come from texts are in it; none where there are
/// none.
pub fn packed(snapshot: &Snapshot, meaning: &Meaning, store: &Store, call: &CallOptions) -> Result<Option<Vec<u8>>> {
    let catalogue = &snapshot.catalogue;
    let mut rows: Vec<usize> = catalogue.live().iter().collect();
    rows.sort_unstable_by_key(|row| catalogue.id(*row));
    let mut bytes = Vec::new();
    for row in rows {
        call.check()?;
        let id = catalogue.id(row);
        let hash = store.text_hash(id)?.filter(|hash| hash.starts_with(&meaning.maker()));
        let payload = catalogue.video(row).and_then(|video| encode(video));
        let (Some(hash), Some(payload)) = (hash, payload) else { continue };
        let (Some(dimensions), Some(folded)) = (dimensions_of(&payload), fold(&payload)) else { continue };
        if bytes.is_empty() {
            bytes.extend_from_slice(&(dimensions as u32).to_le_bytes());
        }
        put_entry(&mut bytes, id, &hash[MAKER_BYTES..], &folded);
    }
    Ok((!bytes.is_empty()).then_some(bytes))
}

fn put_entry(bytes: &mut Vec<u8>, id: &str, hash: &[u8], folded: &[u8]) {
    // An id has at most 255 bytes.
    bytes.push(id.len() as u8);
    bytes.extend_from_slice(id.as_bytes());
    bytes.extend_from_slice(hash);
    bytes.extend_from_slice(folded);
}

/// The vectors of a section, or some of them, found by their videos' ids.
#[derive(Debug)]
pub struct PackedVectors {
    bytes: Vec<u8>,
    dimensions: usize,
    /// Where each video's entry begins, in the order of their ids.
    places: Vec<usize>,
    /// Where some entries are left out, the keys of all in their order.
    keys: Option<Vec<u64>>,
}

/// A video that is looked for: its id, and the hash of its texts as a section has it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wanted<'a> {
    id: &'a str,
    hash: [u8; HASH_BYTES],
}

impl<'a> Wanted<'a> {
    pub fn of(meaning: &Meaning, video: &'a Video) -> Wanted<'a> {
        let mut hash = [0; HASH_BYTES];
        hash.copy_from_slice(&meaning.text_hash(video)[MAKER_BYTES..]);
        Wanted::new(&video.id, hash)
    }

    pub fn new(id: &'a str, hash: [u8; HASH_BYTES]) -> Wanted<'a> {
        Wanted { id, hash }
    }

    pub fn id(&self) -> &'a str {
        self.id
    }
}

/// Stands for an id and the hash of texts. Two that are alike would cost a reading, and nothing else.
fn key(id: &[u8], hash: &[u8; HASH_BYTES]) -> u64 {
    XxHash3_64::oneshot(&[hash, id].concat())
}

/// A video's entry in a section.
#[derive(Debug, PartialEq)]
struct Entry<'a> {
    id: &'a [u8],
    hash: &'a [u8; HASH_BYTES],
    /// What [`fold`] gave.
    folded: &'a [u8],
    /// All of it, as it stands there.
    bytes: &'a [u8],
}

impl PackedVectors {
    /// Takes a section; errors are those of [`check`].
    pub fn read(bytes: Vec<u8>, call: &CallOptions) -> Result<PackedVectors> {
        let dimensions = dimensions(&bytes)?;
        Ok(PackedVectors { places: places(&bytes, dimensions, call)?, dimensions, bytes, keys: None })
    }

    /// Those of them that are needed, in at most so many bytes: from `first` on in the order of ids, then from the
    /// beginning. None where there is not even room to know what is left out.
    pub fn part(&self, bytes: usize, first: &str, is_needed: impl Fn(&str) -> bool) -> Option<PackedVectors> {
        let of_keys = self.places.len() * size_of::<u64>();
        let mut room = bytes.checked_sub(size_of::<PackedVectors>() + of_keys + LENGTH_BYTES)?;
        let all: Vec<Entry<'_>> = self.entries().collect();
        let (before, behind) = all.split_at(all.partition_point(|entry| entry.id < first.as_bytes()));
        let is_needed = |entry: &&Entry<'_>| std::str::from_utf8(entry.id).is_ok_and(&is_needed);
        let mut fits = |entry: &&Entry<'_>| {
            let left = room.checked_sub(entry.bytes.len() + size_of::<usize>());
            room = left.unwrap_or(room);
            left.is_some()
        };
        let behind: Vec<&Entry<'_>> = behind.iter().filter(is_needed).take_while(&mut fits).collect();
        let before: Vec<&Entry<'_>> = before.iter().filter(is_needed).take_while(&mut fits).collect();
        Some(self.of_entries(before.into_iter().chain(behind)))
    }

    /// Some of its entries, in their order.
    fn of_entries<'e>(&self, entries: impl Iterator<Item = &'e Entry<'e>> + Clone) -> PackedVectors {
        let length = entries.clone().map(|entry| entry.bytes.len()).sum::<usize>();
        let mut bytes = Vec::with_capacity(LENGTH_BYTES + length);
        let mut places = Vec::with_capacity(entries.clone().count());
        bytes.extend_from_slice(&self.bytes[..LENGTH_BYTES]);
        for entry in entries {
            places.push(bytes.len());
            bytes.extend_from_slice(entry.bytes);
        }
        let mut keys = Vec::with_capacity(self.places.len());
        keys.extend(self.entries().map(|entry| key(entry.id, entry.hash)));
        keys.sort_unstable();
        PackedVectors { bytes, dimensions: self.dimensions, places, keys: Some(keys) }
    }

    fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        self.places.iter().filter_map(|place| entry(&self.bytes, *place, self.dimensions))
    }

    /// Whether the section has a video's vector and these do not.
    pub fn lacks(&self, wanted: &Wanted<'_>) -> bool {
        let Some(keys) = &self.keys else { return false };
        keys.binary_search(&key(wanted.id.as_bytes(), &wanted.hash)).is_ok() && self.find(wanted.id).is_none()
    }

    /// What a video's vector is made of, where its texts are those of the section; to be asked by whom its pack says to
    /// have made them.
    pub fn parts(&self, meaning: &Meaning, video: &Video) -> Result<KnownParts> {
        // Whoever made vectors of another length here was not the model that the pack names.
        if meaning.dimensions() != Some(self.dimensions) {
            return Ok(None);
        }
        let Some(Entry { hash, folded, .. }) = self.find(&video.id) else { return Ok(None) };
        let of_texts = meaning.text_hash(video);
        if video.vector.is_some() || of_texts[MAKER_BYTES..] != *hash {
            return Ok(None);
        }
        match decode(meaning, video, &of_texts, &unfold(folded, self.dimensions))? {
            Some(VideoVector::Parts(parts)) if !parts.is_empty() => Ok(Some(parts)),
            _ => Ok(None),
        }
    }

    fn find(&self, id: &str) -> Option<Entry<'_>> {
        let entry = |place: usize| entry(&self.bytes, place, self.dimensions);
        let id_at = |place: &usize| entry(*place).map(|entry| entry.id);
        let found = self.places.binary_search_by_key(&Some(id.as_bytes()), id_at).ok()?;
        entry(self.places[found])
    }

    /// Memory in bytes, about.
    pub fn memory_bytes(&self) -> usize {
        let keys = self.keys.as_ref().map_or(0, Vec::capacity) * size_of::<u64>();
        size_of::<PackedVectors>() + self.bytes.capacity() + self.places.capacity() * size_of::<usize>() + keys
    }
}

/// Refuses what [`packed`] never gives with [`Status::Corrupt`]; [`Status::Cancelled`], [`Status::TimedOut`].
pub fn check(bytes: &[u8], call: &CallOptions) -> Result<()> {
    places(bytes, dimensions(bytes)?, call).map(drop)
}

/// The length of a section's vectors.
fn dimensions(bytes: &[u8]) -> Result<usize> {
    let length = bytes.first_chunk().map(|length| u32::from_le_bytes(*length) as usize);
    length.filter(|length| (1..=limits::DIMENSIONS).contains(length)).ok_or_else(damaged)
}

/// Where the entries of a section begin, in the order of their ids, which is theirs.
fn places(bytes: &[u8], dimensions: usize, call: &CallOptions) -> Result<Vec<usize>> {
    let mut found: Vec<usize> = Vec::new();
    let (mut place, mut before) = (LENGTH_BYTES, None);
    while place < bytes.len() {
        call.check_every(ENTRIES_BETWEEN_CHECKS, found.len())?;
        let is_next = |entry: &Entry<'_>| Some(entry.id) > before && std::str::from_utf8(entry.id).is_ok();
        let entry = entry(bytes, place, dimensions).filter(is_next).ok_or_else(damaged)?;
        found.push(place);
        (place, before) = (place + entry.bytes.len(), Some(entry.id));
    }
    Ok(found)
}

/// The entry that begins at a place; none where the bytes end before it does.
fn entry(bytes: &[u8], place: usize, dimensions: usize) -> Option<Entry<'_>> {
    let bytes = bytes.get(place..)?;
    let (length, rest) = bytes.split_first()?;
    let (id, rest) = rest.split_at_checked(usize::from(*length))?;
    let (hash, rest) = rest.split_first_chunk()?;
    let (folded, rest) = rest.split_at_checked(folded_bytes(rest, dimensions)?)?;
    Some(Entry { id, hash, folded, bytes: &bytes[..bytes.len() - rest.len()] })
}

fn damaged() -> Error {
    Error::new(Status::Corrupt, "the vectors of the pack are damaged")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A title's code of two values.
    const FOLDED: [u8; 11] = [1, 0, 0, 0, 0, 0, 0, 0, 0, 3, 4];

    /// Of vectors of two elements.
    fn section(ids: &[&str], folded: &[u8]) -> Vec<u8> {
        let mut bytes = 2_u32.to_le_bytes().to_vec();
        ids.iter().for_each(|id| put_entry(&mut bytes, id, &[id.len() as u8; HASH_BYTES], folded));
        bytes
    }

    #[test]
    fn damaged_sections_are_refused() {
        let whole = section(&["a"], &FOLDED);
        let status = |bytes: &[u8]| check(bytes, &CallOptions::default()).unwrap_err().status;
        let read = PackedVectors::read(whole.clone(), &CallOptions::default()).unwrap();
        let entry = Entry { id: b"a", hash: &[1; HASH_BYTES], folded: &FOLDED, bytes: &whole[LENGTH_BYTES..] };
        assert_eq!((read.find("a"), read.find("b")), (Some(entry), None));
        for length in (0..4).chain(5..whole.len()) {
            assert_eq!(status(&whole[..length]), Status::Corrupt, "{length}");
        }
        assert!(check(&section(&["a", "b"], &FOLDED), &CallOptions::default()).is_ok());
        for ids in [["a", "a"], ["b", "a"]] {
            assert_eq!(status(&section(&ids, &FOLDED)), Status::Corrupt, "{ids:?}");
        }
        let with = |place: usize, bytes: &[u8]| {
            let mut folded = FOLDED;
            folded[place..][..bytes.len()].copy_from_slice(bytes);
            folded
        };
        let steps = [f32::NAN, f32::MAX, -1.0].map(|step| with(5, &step.to_le_bytes()));
        let others = [with(0, &[0]), with(0, &[17]), with(1, &u32::MAX.to_le_bytes())];
        for folded in steps.into_iter().chain(others) {
            assert_eq!(status(&section(&["a"], &folded)), Status::Corrupt, "{folded:?}");
        }
        let mut no_text = whole.clone();
        no_text[5] = 0xff;
        assert_eq!(status(&no_text), Status::Corrupt);
        for dimensions in [0, 3, u32::MAX] {
            let mut other = whole.clone();
            other[..4].copy_from_slice(&dimensions.to_le_bytes());
            assert_eq!(status(&other), Status::Corrupt, "{dimensions}");
        }
    }

    #[test]
    fn each_video_is_found_by_its_id() {
        let ids = ["a", "ab", "abc", "b", "z"];
        let vectors = PackedVectors::read(section(&ids, &FOLDED), &CallOptions::default()).unwrap();
        for id in ["b", "ab", "", "z", "abc", "a", "zz"] {
            let found = vectors.find(id).map(|found| (found.hash[0], found.folded));
            assert_eq!(found, ids.contains(&id).then_some((id.len() as u8, &FOLDED[..])), "{id}");
        }
        let no_time = CallOptions::with_timeout(std::time::Duration::ZERO);
        assert_eq!(check(&vectors.bytes, &no_time).unwrap_err().status, Status::TimedOut);
    }

    #[test]
    fn a_part_has_what_is_needed_from_an_id_on_and_knows_what_it_lacks() {
        let vectors =
            PackedVectors::read(section(&["a", "b", "c", "d", "e"], &FOLDED), &CallOptions::default()).unwrap();
        let entry = 1 + 1 + HASH_BYTES + FOLDED.len() + size_of::<usize>();
        let without_entries = size_of::<PackedVectors>() + LENGTH_BYTES + 5 * size_of::<u64>();
        let of = |entries: usize, first: &str| {
            let part = vectors.part(without_entries + entries * entry, first, |id| id != "d").unwrap();
            assert!(part.memory_bytes() <= without_entries + entries * entry);
            let ids: Vec<&[u8]> = part.entries().map(|entry| entry.id).collect();
            let lacks = |id: &&str| part.lacks(&Wanted { id, hash: [1; HASH_BYTES] });
            let lacking: Vec<&str> = ["a", "b", "c", "d", "e", "f"].into_iter().filter(lacks).collect();
            (String::from_utf8(ids.concat()).unwrap(), lacking.concat())
        };
        assert_eq!(of(2, "b"), ("bc".into(), "ade".into()));
        assert_eq!(of(3, "c"), ("ace".into(), "bd".into()), "d is not needed");
        assert_eq!(of(9, "zz"), ("abce".into(), "d".into()));
        assert_eq!(of(0, "a"), (String::new(), "abcde".into()));
        assert!(vectors.part(without_entries - 1, "a", |_| true).is_none());
        let part = vectors.part(without_entries, "a", |_| true).unwrap();
        assert!(!part.lacks(&Wanted { id: "a", hash: [2; HASH_BYTES] }), "of other texts there is none to be read");
        assert!(!vectors.lacks(&Wanted { id: "f", hash: [1; HASH_BYTES] }));
    }

    #[test]
    fn what_is_folded_comes_back() {
        for mask in 1..16_u8 {
            let fields = (0..mask.count_ones()).flat_map(|field| [7, 0, 0, 0, 0, 0, 0, 63, field as u8, 9, 200]);
            let folded: Vec<u8> = [mask].into_iter().chain(fields).collect();
            assert_eq!(folded_bytes(&folded, 3), Some(folded.len()));
            let payload = unfold(&folded, 3);
            assert_eq!((dimensions_of(&payload), fold(&payload)), (Some(3), Some(folded)));
        }
    }
}
