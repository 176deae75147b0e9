//! Which pack an engine stands on, and the one before, to which it can go back. What they say of themselves is kept in
//! memory, the packs in the store, or in memory, too, where there is none.

use std::borrow::Cow;
use std::sync::Arc;

use parking_lot::Mutex;

use super::packed_vectors::{self, PackedVectors};
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
    /// None where the store has it.
    in_memory: Option<KeptPack>,
    /// Its vectors, from when a video was first looked for among them until their room is needed.
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

    /// The vectors that the pack in use has, where it has any; they stay in memory if `has_room` for so many bytes. The
    /// lock is held for a look only, so that two threads may read them at once.
    pub fn vectors(
        &self,
        store: Option<&Store>,
        has_room: impl FnOnce(usize) -> bool,
        call: &CallOptions,
    ) -> Result<Option<Arc<PackedVectors>>> {
        if let Some(vectors) = &*self.vectors.lock() {
            return Ok(Some(Arc::clone(vectors)));
        }
        call.check()?;
        let Some(pack) = self.pack(store, STATE)? else { return Ok(None) };
        let Some(section) = pack.section(packed_vectors::KIND)? else { return Ok(None) };
        let vectors = Arc::new(PackedVectors::read(section.into_owned(), call)?);
        if has_room(vectors.memory_bytes()) {
            *self.vectors.lock() = Some(Arc::clone(&vectors));
        }
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
    use super::*;
    use crate::domain::{CancelToken, Status};
    use crate::store::pack_file::{PackFile, PackLimits, PackSection, SigningKey, write_pack};

    /// A pack in memory with one vector.
    fn held() -> HeldPacks {
        let (call, key) = (CallOptions::default(), SigningKey::new([7; 32]).unwrap());
        let bytes = [&1_u32.to_le_bytes()[..], b"\x01a", &[0; 24], &[1, 0, 0, 0, 0, 0, 0, 0, 0, 9]].concat();
        let sections = [PackSection { kind: packed_vectors::KIND, bytes: bytes.into() }];
        let info = PackInfo { line: "films".to_owned(), number: 1, ..PackInfo::default() };
        let pack = write_pack(&info, &sections, None, &key, &call).unwrap();
        let file = PackFile::open(&pack, &[key.public_key()], &PackLimits::default()).unwrap();
        HeldPacks::default().followed_by(HeldPack::in_memory(file.keep(&sections, &call).unwrap()).unwrap())
    }

    #[test]
    fn vectors_are_read_once_and_count_while_they_are_held() {
        let packs = held();
        let (pack, call) = (Arc::clone(packs.in_use.as_ref().unwrap()), CallOptions::default());
        let vectors = |has_room: bool| pack.vectors(None, |_| has_room, &call).unwrap().unwrap();
        let without = packs.bytes();
        assert!(!Arc::ptr_eq(&vectors(false), &vectors(false)));
        assert_eq!(packs.bytes(), without, "there was no room for them");
        let first = vectors(true);
        assert!(Arc::ptr_eq(&first, &vectors(false)));
        assert_eq!(packs.bytes(), without + first.memory_bytes());
        packs.forget_vectors();
        assert_eq!(packs.bytes(), without);
        let cancelled = CallOptions { cancel: Some(CancelToken::new()), ..CallOptions::default() };
        cancelled.cancel.as_ref().unwrap().cancel();
        assert_eq!(pack.vectors(None, |_| true, &cancelled).unwrap_err().status, Status::Cancelled);
    }
}
