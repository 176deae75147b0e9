//! The network that reads histories in order: taking one that was trained elsewhere, keeping it in the store, and opening
//! it with the engine.

use std::path::Path;
use std::sync::Arc;

use super::Engine;
use super::options::EngineOptions;
use super::shared::encoder_config;
use super::snapshot::Snapshot;
use crate::domain::{CallOptions, Error, Result};
use crate::encoder::ModelSource;
use crate::learning::{Sequence, SequenceFiles, SequenceModel};
use crate::store::Store;

/// Under which name the store keeps its files.
pub const SEQUENCE: &str = "sequence";

impl Engine {
    /// Takes the network in this folder in place of the one there was, gives every video its place in it, and keeps all of
    /// it in the store: the folder is not needed again. The engine is as it was where anything fails: errors of the files
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

    /// Lists go without a network, and the store keeps none.
    pub fn remove_sequence(&self) -> Result<()> {
        self.change_sequence(|next| {
            next.remove_sequence();
            Ok(None)
        })
    }

    /// The name of the network that lists count, if there is one.
    pub fn sequence_name(&self) -> Option<String> {
        self.shared.snapshot.load_full().knowledge().sequence().map(|sequence| sequence.model().name.clone())
    }

    fn take_sequence(&self, files: &SequenceFiles, call: &CallOptions) -> Result<()> {
        call.check()?;
        let model = SequenceModel::open(files, &encoder_config(&self.shared.options))?;
        call.check()?;
        let sequence = Sequence::new(Arc::new(model));
        self.change_sequence(|next| {
            next.set_sequence(sequence, call)?;
            Ok(Some(next.knowledge().save_sequence(&files.to_bytes())))
        })
    }

    /// `change` gives what the store is to keep.
    fn change_sequence(&self, change: impl FnOnce(&mut Snapshot) -> Result<Option<Vec<u8>>>) -> Result<()> {
        self.shared.check_writable()?;
        if self.shared.store.is_some() {
            self.shared.check_store_writable()?;
        }
        let change = |next: &mut Snapshot| {
            let bytes = change(next)?;
            Ok(move |store: &Store| store.put_state(None, SEQUENCE, bytes.as_deref()))
        };
        self.shared.publish_beside(|| self.shared.queue.reading().bytes, change, || ())
    }
}

/// The network that a store kept, knowing no video yet.
pub fn opened(bytes: &[u8], options: &EngineOptions) -> Result<Sequence> {
    let model = SequenceModel::open(&SequenceFiles::from_bytes(bytes)?, &encoder_config(options))?;
    Ok(Sequence::new(Arc::new(model)))
}
