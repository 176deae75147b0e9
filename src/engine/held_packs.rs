//! Which pack an engine stands on, and the one before, to which it can go back. What they say of themselves is kept in
//! memory, the packs in the store, or in memory, too, where there is none.

use std::borrow::Cow;
use std::sync::Arc;

use super::sequence;
use crate::domain::Result;
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
#[derive(Debug, Clone, PartialEq)]
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
}

impl HeldPack {
    /// Of a pack that goes to the store, where there is one.
    pub fn new(pack: &KeptPack, has_store: bool) -> Result<HeldPack> {
        Ok(HeldPack {
            info: pack.info().clone(),
            key: pack.key()?.bytes().to_vec(),
            stored_bytes: pack.bytes(),
            content_bytes: pack.content_bytes(),
            has_sequence: pack.has_section(sequence::KIND),
            in_memory: (!has_store).then(|| pack.clone()),
        })
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

    /// Memory in bytes, about.
    pub fn bytes(&self) -> usize {
        let of_pack = |held: &Arc<HeldPack>| {
            size_of::<HeldPack>() + held.info.line.len() + held.in_memory.as_ref().map_or(0, KeptPack::bytes)
        };
        self.in_use.iter().chain(&self.before).map(of_pack).sum()
    }
}
