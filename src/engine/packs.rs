//! Packs: what was learned from everyone goes out as one signed file, and comes in under what the profiles at home did.
//! `docs/packs.md` says it for hosts.
//!
//! An import is verified, read and unpacked on the side; the profiles are based on it anew, the store takes it in one
//! commit, and then everybody sees it at once. Whatever fails, the engine and the store are as they were.

use std::borrow::Cow;

use bytes::Bytes;

use super::Engine;
use super::held_networks::HeldNetwork;
use super::held_packs::{HeldPack, HeldPacks, STATE, STATE_BEFORE, STATE_NUMBERS};
use super::packed_vectors::{self, KIND};
use super::sequence::{self, SEQUENCE};
use super::snapshot::Snapshot;
use super::training::STATE as TRAINED;
use crate::domain::{CallOptions, Error, FeatureWeights, Result, Status, check_id, limits};
use crate::learning::training::Training;
use crate::learning::{HomeShare, Knowledge, PackOptions, Profile, SectionKind, Sections, Unpacked};
use crate::store::Store;
use crate::store::pack_file::{
    KeptPack, PackFile, PackInfo, PackLimits, PackNoise, PackSection, PublicKey, SigningKey, write_pack,
};

/// What a pack is to be.
#[derive(Debug, Clone)]
pub struct PackExport {
    /// Which packs follow each other: 1 to 255 bytes.
    pub line: String,
    /// Greater than that of every pack of the line before, at least 1.
    pub number: u64,
    /// Milliseconds since 1970-01-01 UTC.
    pub created_utc_ms: i64,
    pub key: SigningKey,
    /// What of that which was learned goes in.
    pub learned: PackOptions,
    /// Whether the catalogue's vectors go in, too: those that a model made from texts.
    pub has_vectors: bool,
    /// Whether the network that the host brought goes in, too, where there is one; with noise it stays out.
    pub has_sequence: bool,
}

/// Which packs are taken.
#[derive(Debug, Clone, Default)]
pub struct PackImport {
    /// At least one, at most [`limits::PACK_KEYS`].
    pub trusted_keys: Vec<PublicKey>,
    /// The line it has to be of; none: that of the pack in use, or any where there is none.
    pub line: Option<String>,
    pub limits: PackLimits,
}

/// A pack in use, or in a file.
#[derive(Debug, Clone, PartialEq)]
pub struct PackDescription {
    pub info: PackInfo,
    /// Whose signature it has.
    pub key: Vec<u8>,
    /// Bytes of its sections as they are kept, and once they are decompressed.
    pub stored_bytes: u64,
    pub content_bytes: u64,
    /// Whether it brings a network that reads histories in order.
    pub has_sequence: bool,
    /// The number of the pack to which a revert goes back; none where that is to no pack.
    pub before: Option<u64>,
    /// The share of the pack's profiles that a watch at home counts as by now; none of a pack in a file.
    pub home_share: Option<f32>,
}

impl PackImport {
    fn validate(&self) -> Result<()> {
        let keys = self.trusted_keys.len();
        if keys == 0 {
            return Err(Error::invalid("trusted_keys is empty; without a key no pack is trusted"));
        }
        if keys > limits::PACK_KEYS {
            return Err(Error::limit("the number of trusted_keys", keys, limits::PACK_KEYS));
        }
        self.line.as_deref().map_or(Ok(()), |line| check_id("line", line))
    }
}

impl Engine {
    /// Makes a pack of what was learned from all profiles, to be written to a file as it is; a delta to `base`, the bytes
    /// of a whole pack of the same line and key, where that is given. Lists and writes go on meanwhile. Several times
    /// the pack's bytes in memory.
    ///
    /// Errors: [`Status::InvalidArgument`] for a number that is not above the base's, for a base that is a delta, and for
    /// vectors without a store; [`Status::Signature`] for a base of another key; [`Status::NotFound`] where nobody
    /// watched anything; [`Status::Cancelled`], [`Status::TimedOut`].
    pub fn export_pack(&self, export: &PackExport, base: Option<&[u8]>, call: &CallOptions) -> Result<Vec<u8>> {
        check_id("line", &export.line)?;
        let base = base.map(|base| whole_pack(base, export, call)).transpose()?;
        let snapshot = self.shared.snapshot.load_full();
        check_watched(snapshot.knowledge().watched_items())?;
        let mut profiles: Vec<&Profile> = snapshot.profiles().filter(|profile| profile.number().is_some()).collect();
        // By their numbers, which do not depend on the order of a map.
        profiles.sort_unstable_by_key(|profile| profile.number());
        let learned = snapshot.knowledge().pack(&export.learned, &profiles, call)?;
        self.written_pack(&snapshot, export, learned, base.as_ref(), call)
    }

    /// Makes a pack as [`Engine::export_pack`] does, of what was trained on the events of a service (see
    /// [`Engine::training`]) in place of what the engine's own profiles taught: the same pack where they did the same.
    /// A part that was neither trained nor restored stays out, but for those that are learned watch by watch. The
    /// catalogue's vectors and the network are the engine's. Nothing of the engine changes, and a pack may be in use.
    pub fn export_training(
        &self,
        export: &PackExport,
        training: Training,
        base: Option<&[u8]>,
        call: &CallOptions,
    ) -> Result<Vec<u8>> {
        check_id("line", &export.line)?;
        let base = base.map(|base| whole_pack(base, export, call)).transpose()?;
        check_watched(training.histories().watches())?;
        let learned = training.pack(&export.learned, call)?;
        self.written_pack(&self.shared.snapshot.load_full(), export, learned, base.as_ref(), call)
    }

    /// A pack of these sections and of what the engine adds.
    fn written_pack(
        &self,
        snapshot: &Snapshot,
        export: &PackExport,
        learned: Sections,
        base: Option<&KeptPack>,
        call: &CallOptions,
    ) -> Result<Vec<u8>> {
        let section = |(kind, bytes): (SectionKind, Vec<u8>)| PackSection { kind: kind as u32, bytes: bytes.into() };
        let mut sections: Vec<PackSection<'_>> = learned.into_iter().map(section).collect();
        if export.has_vectors {
            sections.extend(self.vector_section(snapshot, call)?);
        }
        // Nobody accounts for what a network tells of those that it was trained on.
        if export.has_sequence && export.learned.noise.is_none() {
            sections.extend(self.sequence_section(snapshot)?);
        }
        let noise = export.learned.noise.map(|noise| PackNoise {
            epsilon: noise.epsilon,
            delta: noise.delta,
            most_watches: noise.most_watches,
        });
        let info = PackInfo {
            line: export.line.clone(),
            number: export.number,
            created_utc_ms: export.created_utc_ms,
            videos: snapshot.catalogue.len() as u64,
            encoder: if export.has_vectors { self.shared.meaning.maker().to_vec() } else { Vec::new() },
            noise,
            base: None,
        };
        write_pack(&info, &sections, base, &export.key, call)
    }

    fn vector_section(&self, snapshot: &Snapshot, call: &CallOptions) -> Result<Option<PackSection<'static>>> {
        let store = self.shared.store.as_ref();
        let store =
            store.ok_or_else(|| Error::invalid("vectors need a store, which knows what they were made from"))?;
        let bytes = packed_vectors::packed(snapshot, &self.shared.meaning, store, call)?;
        Ok(bytes.map(|bytes| PackSection { kind: KIND, bytes: bytes.into() }))
    }

    /// Takes a pack in place of the one in use, under all that profiles did here, and keeps that one to go back to.
    /// What was trained here goes. With a store the pack is on the disk when the call returns; a cut at any moment
    /// leaves the one pack or the other. Lists go on meanwhile; other writes wait while profiles are based anew.
    ///
    /// A network in the pack counts in place of the host's own as long as the pack is in use. Where nothing here can
    /// run it, lists go without it and the log has a warning; one that is no network, or could take more than a network
    /// may, refuses the pack.
    ///
    /// Takes the pack's bytes, its content as sections, and what is made beside them, up to as much again; the form that is
    /// kept shares the bytes that are handed over, and copies those that are lent.
    ///
    /// Errors: [`Status::Signature`], [`Status::Corrupt`], [`Status::TooNew`], [`Status::Limit`] as [`PackFile::open`];
    /// [`Status::Older`] unless its number is above that of the pack in use, and for an earlier format; [`Status::Base`] for
    /// a delta to another pack; [`Status::InvalidArgument`] for one of another line than `import` says or the pack in use has;
    /// [`Status::Corrupt`], [`Status::ModelHash`], [`Status::ModelInvalid`], [`Status::Runtime`] for a network in it
    /// that does not open; [`Status::MemoryLimit`], [`Status::Cancelled`], [`Status::TimedOut`], and those of writing
    /// to the store.
    pub fn import_pack<'b>(
        &self,
        bytes: impl Into<Cow<'b, [u8]>>,
        import: &PackImport,
        call: &CallOptions,
    ) -> Result<PackInfo> {
        self.shared.check_writable()?;
        self.shared.check_store_writable()?;
        import.validate()?;
        let whole: Bytes;
        let bytes = bytes.into();
        let file = match &bytes {
            Cow::Borrowed(bytes) => PackFile::open(bytes, &import.trusted_keys, &import.limits)?,
            Cow::Owned(_) => {
                whole = bytes.into_owned().into();
                PackFile::open_shared(&whole, &import.trusted_keys, &import.limits)?
            }
        };
        check_follows(&self.shared.snapshot.load_full().packs, &file, import)?;
        let base = self.base_of(&file)?;
        self.check_room_for(&file)?;
        let sections = file.sections_of(is_read, base.as_ref(), call)?;
        check_vectors(&sections, call)?;
        let network = self.packed_network(&sections)?;
        let kept = file.keep(&sections, call)?;
        let unpacked = unpacked(self.shared.options.feature_weights.as_ref(), sections, call)?;
        drop(base);
        call.check()?;
        let (held, stored) = match &self.shared.store {
            Some(_) => (HeldPack::new(&kept)?, kept.encode()),
            None => (HeldPack::in_memory(kept)?, Vec::new()),
        };
        self.publish_packs(Some(unpacked), network, call, |packs| {
            check_follows(packs, &file, import)?;
            Ok((packs.followed_by(held), Stored::Takes(stored)))
        })?;
        Ok(file.info().clone())
    }

    /// Refuses a pack whose tables alone are too much beside what stays, by the least that they can come to (see
    /// [`SectionKind::least_table_bytes`]). What they do come to is known once they are made, and checked then.
    fn check_room_for(&self, file: &PackFile<'_>) -> Result<()> {
        let (options, snapshot) = (&self.shared.options, self.shared.snapshot.load_full());
        let goes = snapshot.knowledge().bytes() + snapshot.packs.bytes() + snapshot.item_rows().bytes();
        let stays = snapshot.bytes().saturating_sub(goes) as u64;
        let unpacked =
            SectionKind::ALL.into_iter().filter(|kind| kind.is_unpacked_for(options.feature_weights.as_ref()));
        let least = |kind: SectionKind| kind.least_table_bytes(file.content_bytes_of(|code| code == kind as u32));
        let tables = unpacked.map(least).fold(0, u64::saturating_add);
        let (bytes, limit) = (stays.saturating_add(tables), options.memory_limit_bytes);
        if limit > 0 && bytes > limit {
            let message =
                format!("with the pack the engine would hold {bytes} bytes at least, memory_limit_bytes is {limit}");
            return Err(Error::new(Status::MemoryLimit, message));
        }
        Ok(())
    }

    /// The pack in use, where a pack is a delta.
    fn base_of(&self, file: &PackFile<'_>) -> Result<Option<KeptPack>> {
        let snapshot = self.shared.snapshot.load_full();
        match (&file.info().base, &snapshot.packs.in_use) {
            (Some(_), Some(held)) => {
                let pack = held.pack(self.shared.store.as_ref(), STATE)?;
                Ok(Some(pack.ok_or_else(changed_meanwhile)?.into_owned()))
            }
            _ => Ok(None),
        }
    }

    /// Takes the pack in use away and brings the one before back, where there is one; a second time it goes back to no
    /// pack. What profiles did stays, under the other pack. Gives what is in use then.
    ///
    /// Errors: [`Status::NotFound`] without a pack in use; [`Status::Cancelled`], also where another thread changed packs
    /// meanwhile; [`Status::TimedOut`]; [`Status::MemoryLimit`] and those of writing to the store.
    pub fn revert_pack(&self, call: &CallOptions) -> Result<Option<PackInfo>> {
        self.shared.check_writable()?;
        self.shared.check_store_writable()?;
        call.check()?;
        let packs = self.shared.snapshot.load_full().packs.clone();
        if packs.in_use.is_none() {
            return Err(no_pack());
        }
        let read = |held| HeldPack::pack(held, self.shared.store.as_ref(), STATE_BEFORE)?.ok_or_else(changed_meanwhile);
        let before = packs.before.as_deref().map(read).transpose()?;
        let sections = before.as_deref().map(|pack| sections_to_unpack(pack, call)).transpose()?;
        let weights = self.shared.options.feature_weights.as_ref();
        let network = sections.as_deref().map_or(HeldNetwork::None, |sections| self.known_network(sections));
        let unpacked = sections.map(|sections| unpacked(weights, sections, call)).transpose()?;
        drop(before);
        self.publish_packs(unpacked, network, call, |now| {
            if !now.are(&packs) {
                return Err(changed_meanwhile());
            }
            Ok((now.reverted(), Stored::GoesBack))
        })?;
        Ok(packs.before.as_ref().map(|held| held.info.clone()))
    }

    /// What the pack in use says of itself. [`Status::NotFound`] without one.
    pub fn pack_info(&self) -> Result<PackDescription> {
        let snapshot = self.shared.snapshot.load_full();
        let packs = &snapshot.packs;
        let held = packs.in_use.as_ref().ok_or_else(no_pack)?;
        Ok(PackDescription {
            info: held.info.clone(),
            key: held.key.clone(),
            stored_bytes: held.stored_bytes as u64,
            content_bytes: held.content_bytes,
            has_sequence: held.has_sequence,
            before: packs.before.as_ref().map(|before| before.info.number),
            home_share: snapshot.knowledge().home_share(),
        })
    }

    /// Bases everything on another pack, or on none, stores it, and publishes it.
    fn publish_packs(
        &self,
        base: Option<Unpacked>,
        network: HeldNetwork,
        call: &CallOptions,
        packs: impl FnOnce(&HeldPacks) -> Result<(HeldPacks, Stored)>,
    ) -> Result<()> {
        let change = |next: &mut Snapshot| {
            let (packs, stored) = packs(&next.packs)?;
            next.rebase(base, packs, network, call)?;
            next.settle();
            let next = next.clone();
            Ok(move |store: &Store| stored.write(store, &next))
        };
        self.shared.publish_beside(|| self.shared.queue.reading().bytes, change, || ())
    }
}

/// What happens to the packs in the store, in one commit.
enum Stored {
    /// A pack as it is kept.
    Takes(Vec<u8>),
    GoesBack,
}

impl Stored {
    /// Networks are kept with the numbers that videos have on the pack.
    fn write(self, store: &Store, next: &Snapshot) -> Result<()> {
        let (now, before) = match self {
            Stored::Takes(pack) => (Some(pack), store.state(STATE)?),
            Stored::GoesBack => (store.state(STATE_BEFORE)?, None),
        };
        let kept = store.state(SEQUENCE)?;
        // What is damaged was no network when the store was opened either.
        let own_files = kept.as_deref().and_then(|kept| Knowledge::sequence_files(kept).ok()).unwrap_or_default();
        let sequence = next.sequence_to_keep(own_files);
        let settled = next.knowledge().save_settled();
        store.put_states(&[
            (STATE, now.as_deref()),
            (STATE_BEFORE, before.as_deref()),
            (STATE_NUMBERS, settled.as_deref()),
            (TRAINED, None),
            (SEQUENCE, sequence.as_deref()),
        ])
    }
}

/// Keeps the numbers of videos without those that only forgotten profiles watched, where the packs changed ever.
pub fn keep_fewer_numbers(store: &Store, next: &Snapshot) -> Result<()> {
    let knowledge = next.knowledge();
    match knowledge.has_settled_numbers_alone() {
        true => store.put_state(None, STATE_NUMBERS, knowledge.save_settled().as_deref()),
        false => Ok(()),
    }
}

/// A pack in a file: what it says of itself, once its signature and its header have been checked. Its sections are not.
pub fn describe_pack(bytes: &[u8], import: &PackImport) -> Result<PackDescription> {
    import.validate()?;
    let file = PackFile::open(bytes, &import.trusted_keys, &import.limits)?;
    check_line(file.info(), import.line.as_deref())?;
    Ok(PackDescription {
        info: file.info().clone(),
        key: file.key().bytes().to_vec(),
        stored_bytes: bytes.len() as u64,
        content_bytes: file.content_bytes(),
        has_sequence: file.has_section(sequence::KIND),
        before: None,
        home_share: None,
    })
}

/// The base of an export, read with the key that signs the delta.
fn whole_pack(bytes: &[u8], export: &PackExport, call: &CallOptions) -> Result<KeptPack> {
    let read = || {
        let file = PackFile::open(bytes, &[export.key.public_key()], &PackLimits::default())?;
        if file.info().base.is_some() {
            return Err(Error::invalid("it is a delta itself; give the whole pack of its number"));
        }
        file.keep(&file.sections(None, call)?, call)
    };
    read().map_err(|error| error.within("base"))
}

/// Refuses a pack that does not come after the one in use.
fn check_follows(packs: &HeldPacks, file: &PackFile<'_>, import: &PackImport) -> Result<()> {
    let info = file.info();
    let in_use = packs.in_use.as_ref().map(|held| &held.info);
    let expected = import.line.as_deref().or(in_use.map(|in_use| in_use.line.as_str()));
    check_line(info, expected)?;
    match in_use.filter(|in_use| in_use.line == info.line && info.number <= in_use.number) {
        Some(in_use) => {
            let message = format!(
                "the pack has number {} of {:?}, and number {} is in use already; only a revert goes back",
                info.number, info.line, in_use.number
            );
            Err(Error::new(Status::Older, message))
        }
        None => Ok(()),
    }
}

fn check_line(info: &PackInfo, expected: Option<&str>) -> Result<()> {
    match expected.filter(|line| *line != info.line) {
        Some(line) => {
            let message = format!("the pack is of line {:?}, not {line:?}; name its line to change to it", info.line);
            Err(Error::invalid(message))
        }
        None => Ok(()),
    }
}

/// Whether this version makes anything of sections of a kind. Others are passed over.
fn is_read(kind: u32) -> bool {
    kind == KIND || is_unpacked(kind)
}

/// Whether sections of a kind count from the start: vectors wait until a video asks for its own.
fn is_unpacked(kind: u32) -> bool {
    kind == sequence::KIND || SectionKind::from_code(kind).is_some()
}

/// What counts from the start of a pack that was kept.
pub fn sections_to_unpack<'p>(pack: &'p KeptPack, call: &CallOptions) -> Result<Vec<PackSection<'p>>> {
    pack.sections_of(is_unpacked, call)
}

/// What the sections of a pack hold, for the features that count in the host's weights or else in the pack's; sections that
/// this version does not know are passed over.
pub fn unpacked(
    of_host: Option<&FeatureWeights>,
    sections: Vec<PackSection<'_>>,
    call: &CallOptions,
) -> Result<Unpacked> {
    // Tables hold on to what was unfolded for them alone, not to a whole file.
    let known = |section: PackSection<'_>| {
        let kind = SectionKind::from_code(section.kind)?;
        Some((kind, Bytes::from(section.bytes.into_owned())))
    };
    let known: Vec<(SectionKind, Bytes)> = sections.into_iter().filter_map(known).collect();
    let weights = match of_host {
        Some(weights) => *weights,
        None => Knowledge::packed_weights(&known)?.unwrap_or_default(),
    };
    Knowledge::unpack_shared(&weights, &known, HomeShare::Learned, call)
}

fn check_watched(watched: usize) -> Result<()> {
    match watched {
        0 => Err(Error::new(Status::NotFound, "no profile watched anything that a pack could tell")),
        _ => Ok(()),
    }
}

/// Vectors are read when videos are added, and damaged ones would be in the way of all.
fn check_vectors(sections: &[PackSection<'_>], call: &CallOptions) -> Result<()> {
    let vectors = sections.iter().find(|section| section.kind == KIND);
    vectors.map_or(Ok(()), |section| packed_vectors::check(&section.bytes, call))
}

fn changed_meanwhile() -> Error {
    Error::new(Status::Cancelled, "another thread imported or reverted a pack meanwhile; call again")
}

fn no_pack() -> Error {
    Error::new(Status::NotFound, "no pack is in use")
}
