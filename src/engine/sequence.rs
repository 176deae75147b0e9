//! The network that reads histories in order: taking one that was trained elsewhere, keeping it in the store, and opening
//! it with the engine. One that a pack brings counts in its place as long as the pack is in use.

use std::path::Path;
use std::sync::Arc;

use super::Engine;
use super::held_networks::{HeldNetwork, HeldNetworks};
use super::log::Log;
use super::opening::KeptNetworks;
use super::options::EngineOptions;
use super::shared::encoder_config;
use super::snapshot::Snapshot;
use crate::domain::{CallOptions, Error, Result};
use crate::encoder::ModelSource;
use crate::learning::{Knowledge, SequenceFiles, SequenceModel};
use crate::store::Store;
use crate::store::pack_file::PackSection;

/// Under which name the store keeps the numbers that videos have for the network, and its files; no files where it is the
/// pack's, which the store keeps with the pack.
pub const SEQUENCE: &str = "sequence";

/// The kind of the section of a pack that holds a network, as [`SequenceFiles::to_bytes`] gives it.
pub const KIND: u32 = 101;

impl Engine {
    /// Takes the network in this folder in place of the one that was brought before, gives every video its place in it, and
    /// keeps all of it in the store: the folder is not needed again. While a pack with a network is in use that one counts,
    /// and this one once the pack is gone. The engine is as it was where anything fails: errors of the files
    /// name them, and those of the runtime say why there is none.
    pub fn load_sequence(&self, folder: &Path, call: &CallOptions) -> Result<()> {
        if !folder.is_absolute() {
            return Err(Error::invalid(format!("path {} is not absolute", folder.display())));
        }
        self.take_sequence(&SequenceFiles::read_folder(folder.to_owned())?, call)
    }

    /// The same from files that the host holds.
    pub fn load_sequence_from(&self, source: &ModelSource, call: &CallOptions) -> Result<()> {
        self.take_sequence(&SequenceFiles::read(source)?, call)
    }

    /// Takes the network away that was brought, from lists and from the store; that of a pack in use stays.
    pub fn remove_sequence(&self) -> Result<()> {
        self.change_sequence(HeldNetwork::None, &[], &CallOptions::default())
    }

    /// The name of the network that lists count, if there is one.
    pub fn sequence_name(&self) -> Option<String> {
        self.shared.snapshot.load_full().knowledge().sequence().map(|sequence| sequence.model().name.clone())
    }

    fn take_sequence(&self, files: &SequenceFiles, call: &CallOptions) -> Result<()> {
        call.check()?;
        let model = SequenceModel::open(files, &encoder_config(&self.shared.options))?;
        call.check()?;
        self.change_sequence(HeldNetwork::Open(Arc::new(model)), &files.to_bytes(), call)
    }

    fn change_sequence(&self, network: HeldNetwork, files: &[u8], call: &CallOptions) -> Result<()> {
        self.shared.check_writable()?;
        let in_memory = match self.shared.store {
            Some(_) => {
                self.shared.check_store_writable()?;
                None
            }
            None => Some(files).filter(|files| !files.is_empty()).map(Arc::from),
        };
        let change = |next: &mut Snapshot| {
            next.set_own_network(network, in_memory, call)?;
            let kept = self.shared.store.as_ref().and_then(|_| next.sequence_to_keep(files));
            Ok(move |store: &Store| store.put_state(None, SEQUENCE, kept.as_deref()))
        };
        self.shared.publish_beside(|| self.shared.queue.reading().bytes, change, || ())
    }

    /// The network that the host brought, for a pack; none where there is none.
    pub(super) fn sequence_section(&self, snapshot: &Snapshot) -> Result<Option<PackSection<'static>>> {
        let networks = &snapshot.networks;
        if !networks.has_own() {
            return Ok(None);
        }
        let section = |bytes: &[u8]| PackSection { kind: KIND, bytes: bytes.to_vec().into() };
        if let Some(files) = &networks.own_files {
            return Ok(Some(section(files)));
        }
        let kept = self.shared.store.as_ref().map(|store| store.state(SEQUENCE)).transpose()?.flatten();
        kept.map(|kept| Knowledge::sequence_files(&kept).map(section)).transpose()
    }

    /// The network in a pack that is to be taken: closed, with a warning, where nothing here can run any. Any other
    /// failure is one of the network, and none of the pack is to be taken then.
    pub(super) fn packed_network(&self, sections: &[PackSection<'_>]) -> Result<HeldNetwork> {
        let Some(section) = sections.iter().find(|section| section.kind == KIND) else {
            return Ok(HeldNetwork::None);
        };
        let within = |error: Error| error.within("the network of the pack");
        let files = SequenceFiles::from_bytes(&section.bytes).map_err(within)?;
        let config = encoder_config(&self.shared.options);
        if let Err(error) = SequenceModel::check_runnable(&config) {
            files.check().map_err(within)?;
            warn_of_pack(&self.shared.log, &error);
            return Ok(HeldNetwork::Closed);
        }
        SequenceModel::open(&files, &config).map(|model| HeldNetwork::Open(Arc::new(model))).map_err(within)
    }

    /// The network in a pack that was taken before, whatever has become of what runs it.
    pub(super) fn known_network(&self, sections: &[PackSection<'_>]) -> HeldNetwork {
        let section = sections.iter().find(|section| section.kind == KIND);
        opened_of_pack(section.map(|section| &*section.bytes), &self.shared.options)
    }
}

/// The networks that a store kept. What cannot be opened is left out with a warning.
pub fn opened_networks(kept: KeptNetworks, options: &EngineOptions) -> HeldNetworks {
    let own = match kept.own.map(|files| opened(&files?, options)) {
        None => HeldNetwork::None,
        Some(Ok(network)) => network,
        Some(Err(error)) => {
            options.log.warning(format_args!("lists go without the sequence: {error}"));
            HeldNetwork::Closed
        }
    };
    HeldNetworks { own, own_files: None, of_pack: opened_of_pack(kept.of_pack.as_deref(), options) }
}

/// The network of a pack that was taken before, from its section.
fn opened_of_pack(files: Option<&[u8]>, options: &EngineOptions) -> HeldNetwork {
    match files.map(|files| opened(files, options)) {
        None => HeldNetwork::None,
        Some(Ok(network)) => network,
        Some(Err(error)) => {
            warn_of_pack(&options.log, &error);
            HeldNetwork::Closed
        }
    }
}

fn warn_of_pack(log: &Log, error: &Error) {
    log.warning(format_args!("lists go without the sequence of the pack: {error}"));
}

fn opened(files: &[u8], options: &EngineOptions) -> Result<HeldNetwork> {
    let model = SequenceModel::open(&SequenceFiles::from_bytes(files)?, &encoder_config(options))?;
    Ok(HeldNetwork::Open(Arc::new(model)))
}
