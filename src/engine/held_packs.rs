//! Which pack an engine stands on, and the one before, to which it can go back. What they say of themselves is kept in
//! memory, the packs in the store, or in memory, too, where there is none.

use std::borrow::Cow;
use std::sync::Arc;

use parking_lot::Mutex;

use super::packed_vectors::{self, PackedVectors, Wanted};
use super::sequence;
use crate::domain::{CallOptions, Result};
use crate::store::Store;
use crate::store::pack_file::{KeptPack, PackInfo};

/// Under which name the store keeps the pack in use.
pub const STATE: &str = "pack";
/// Under which it keeps the one before.
pub const STATE_BEFORE: &str = "pack_before";
/// Under which it keeps the numbers that videos have since the pack in use changed last, and their places by its content.
pub const STATE_NUMBERS: &str = "pack_numbers";

/// See the module. Cloning shares.
#[derive(Debug, Clone, Default)]
pub struct HeldPacks {
    pub in_use: Option<Arc<HeldPack>>,
    pub before: Option<Arc<HeldPack>>,
}

/// A pack that was imported.
#[derive(Debug)]
pub struct HeldPack {
    pub info: PackInfo,
    /// Bytes of the public key whose signature it came with.
    pub key: Vec<u8>,
    pub stored_bytes: usize,
    pub content_bytes: u64,
    /// Whether it brings a network that reads histories in order.
    pub has_sequence: bool,
    has_vectors: bool,
    /// None where the store has it.
    in_memory: Option<KeptPack>,
    /// Its vectors or, where there is no room for all, some of them, from when a video was first looked for among them
    /// until their room is needed.
    vectors: Mutex<Option<Arc<PackedVectors>>>,
}

impl HeldPack {
    /// Of a pack that the store has, or is about to get.
    pub fn new(pack: &KeptPack) -> Result<HeldPack> {
        Ok(HeldPack {
            info: pack.info().clone(),
            key: pack.key()?.bytes().to_vec(),
            stored_bytes: pack.bytes(),
            content_bytes: pack.content_bytes(),
            has_sequence: pack.has_section(sequence::KIND),
            has_vectors: pack.has_section(packed_vectors::KIND),
            in_memory: None,
            vectors: Mutex::default(),
        })
    }

    /// Of a pack that no store has.
    pub fn in_memory(pack: KeptPack) -> Result<HeldPack> {
        let held = HeldPack::new(&pack)?;
        Ok(HeldPack { in_memory: Some(pack), ..held })
    }

    /// The pack itself, from memory or from under `name` in the store; none where another thread put another one, or none,
    /// in its place there.
    pub fn pack(&self, store: Option<&Store>, name: &str) -> Result<Option<Cow<'_, KeptPack>>> {
        if let Some(pack) = &self.in_memory {
            return Ok(Some(Cow::Borrowed(pack)));
        }
        let kept = store.map(|store| store.state(name)).transpose()?.flatten();
        let pack = kept.map(|kept| KeptPack::decode(&kept)).transpose()?;
        Ok(pack.filter(|pack| *pack.info() == self.info).map(Cow::Owned))
    }

    /// The vectors that the pack in use has, where it has any: those that are in memory if they have all of `wanted` that
    /// the pack has, else all of them, read from the store. As many as fit into `room`, which is asked when they are read,
    /// stay in memory: all, or else in half of it, so that a write need not drop them at once, those of videos that are
    /// still to come, from the first wanted on in the order of ids. The lock is held for a look only, so that two threads may
    /// read them at once.
    pub fn vectors(
        &self,
        store: Option<&Store>,
        wanted: &[Wanted<'_>],
        room: impl FnOnce() -> usize,
        is_to_come: impl Fn(&str) -> bool,
        call: &CallOptions,
    ) -> Result<Option<Arc<PackedVectors>>> {
        if !self.has_vectors {
            return Ok(None);
        }
        let held = self.vectors.lock().clone();
        if let Some(vectors) = held.filter(|held| !wanted.iter().any(|wanted| held.lacks(wanted))) {
            return Ok(Some(vectors));
        }
        call.check()?;
        *self.vectors.lock() = None;
        let Some(pack) = self.pack(store, STATE)? else { return Ok(None) };
        let Some(section) = pack.section(packed_vectors::KIND)? else { return Ok(None) };
        let vectors = Arc::new(PackedVectors::read(section.into_owned(), call)?);
        let room = room();
        let kept = match vectors.memory_bytes() <= room {
            true => Some(Arc::clone(&vectors)),
            false => {
                let first = wanted.iter().map(Wanted::id).min().unwrap_or_default();
                vectors.part(room / 2, first, is_to_come).map(Arc::new)
            }
        };
        *self.vectors.lock() = kept;
        Ok(Some(vectors))
    }
}

impl HeldPacks {
    /// Once another pack is imported.
    pub fn followed_by(&self, pack: HeldPack) -> HeldPacks {
        HeldPacks { in_use: Some(Arc::new(pack)), before: self.in_use.clone() }
    }

    /// Once the pack in use is taken away.
    pub fn reverted(&self) -> HeldPacks {
        HeldPacks { in_use: self.before.clone(), before: None }
    }

    /// Whether these are the same imports, not only packs that say the same of themselves.
    pub fn are(&self, others: &HeldPacks) -> bool {
        let places = |packs: &HeldPacks| [&packs.in_use, &packs.before].map(|held| held.as_ref().map(Arc::as_ptr));
        places(self) == places(others)
    }

    /// Gives up what can be read again.
    pub fn forget_vectors(&self) {
        self.in_use.iter().chain(&self.before).for_each(|held| *held.vectors.lock() = None);
    }

    /// Memory in bytes, about.
    pub fn bytes(&self) -> usize {
        let of_pack = |held: &Arc<HeldPack>| {
            let vectors = held.vectors.lock().as_ref().map_or(0, |vectors| vectors.memory_bytes());
            let in_memory = held.in_memory.as_ref().map_or(0, KeptPack::bytes);
            size_of::<HeldPack>() + held.info.line.len() + in_memory + vectors
        };
        self.in_use.iter().chain(&self.before).map(of_pack).sum()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::collections::BTreeSet;

    use super::*;
    use crate::domain::{CancelToken, Status};
    use crate::store::pack_file::{PackFile, PackLimits, PackSection, SigningKey, write_pack};

    /// A pack in memory with vectors of 100 elements for so many videos, in order of their ids.
    fn held(videos: usize) -> HeldPacks {
        let (call, key) = (CallOptions::default(), SigningKey::new([7; 32]).unwrap());
        let entry = |number: usize| [b"\x05", id(number).as_bytes(), &HASH, &[1], &[0; 8], &[9; 100]].concat();
        let entries: Vec<u8> = (0..videos).flat_map(entry).collect();
        let bytes = [&100_u32.to_le_bytes()[..], &entries].concat();
        let sections = [PackSection { kind: packed_vectors::KIND, bytes: bytes.into() }];
        let info = PackInfo { line: "films".to_owned(), number: 1, ..PackInfo::default() };
        let pack = write_pack(&info, &sections, None, &key, &call).unwrap();
        let file = PackFile::open(&pack, &[key.public_key()], &PackLimits::default()).unwrap();
        HeldPacks::default().followed_by(HeldPack::in_memory(file.keep(&sections, &call).unwrap()).unwrap())
    }

    const HASH: [u8; 24] = [3; 24];

    fn id(number: usize) -> String {
        format!("{number:05}")
    }

    #[test]
    fn vectors_are_read_once_and_count_while_they_are_held() {
        let packs = held(1);
        let (pack, call) = (Arc::clone(packs.in_use.as_ref().unwrap()), CallOptions::default());
        let id = id(0);
        let wanted = [Wanted::new(&id, HASH)];
        let vectors = |room: usize| pack.vectors(None, &wanted, || room, |_| true, &call).unwrap().unwrap();
        let without = packs.bytes();
        assert!(!Arc::ptr_eq(&vectors(0), &vectors(0)));
        assert_eq!(packs.bytes(), without, "there was no room for them");
        let first = vectors(usize::MAX);
        assert!(Arc::ptr_eq(&first, &vectors(0)));
        assert_eq!(packs.bytes(), without + first.memory_bytes());
        packs.forget_vectors();
        assert_eq!(packs.bytes(), without);
        let cancelled = CallOptions { cancel: Some(CancelToken::new()), ..CallOptions::default() };
        cancelled.cancel.as_ref().unwrap().cancel();
        let error = pack.vectors(None, &wanted, || 0, |_| true, &cancelled).unwrap_err();
        assert_eq!(error.status, Status::Cancelled);
    }

    /// Adds so many videos in calls of five, whose numbers begin at `first`, to a catalogue in which each takes 300 bytes,
    /// beside a pack of 1,000 videos; gives how often the pack was read.
    fn reads(videos: usize, first: usize, memory_limit: usize) -> usize {
        let packs = held(1_000);
        let (pack, call) = (Arc::clone(packs.in_use.as_ref().unwrap()), CallOptions::default());
        let (reads, bytes_without) = (Cell::new(0), packs.bytes());
        let mut added: BTreeSet<String> = BTreeSet::new();
        for number in (first..first + videos).step_by(5) {
            let ids: Vec<String> = (number..number + 5).map(id).collect();
            let wanted: Vec<Wanted<'_>> = ids.iter().map(|id| Wanted::new(id, HASH)).collect();
            let bytes = |added: &BTreeSet<String>| 300 * added.len() + packs.bytes() - bytes_without;
            let room = || {
                reads.set(reads.get() + 1);
                memory_limit.saturating_sub(bytes(&added))
            };
            let found = pack.vectors(None, &wanted, room, |id| !added.contains(id), &call).unwrap().unwrap();
            assert!(wanted.iter().all(|wanted| !found.lacks(wanted)));
            drop(wanted);
            added.extend(ids);
            // As a write does that is over the limit.
            if bytes(&added) > memory_limit {
                packs.forget_vectors();
            }
        }
        reads.get()
    }

    #[test]
    fn small_calls_do_not_each_read_the_pack_where_its_vectors_have_no_room() {
        let of_all = 300 * 1_000;
        assert_eq!(reads(1_000, 0, usize::MAX), 1);
        let tight = reads(1_000, 0, of_all + 10_000);
        assert!((2..=12).contains(&tight), "{tight} times for 200 calls");
        let others = reads(500, 1_000, 300 * 500 + 20_000);
        assert!((2..=6).contains(&others), "{others} times for 100 calls with videos that it does not have");
        assert_eq!(reads(100, 0, 0), 20, "without any room each call reads it");
    }
}
