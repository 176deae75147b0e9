//! What an engine lets its host do with the store itself: checking it, changing its key, limits on what
//! is kept, and tidying up.

use super::Engine;
use super::packs::keep_fewer_numbers;
use super::snapshot::Snapshot;
use super::training::STATE;
use crate::domain::{Error, NotedEvent, Result, Status};
use crate::store::{DeviceKey, Report, Retention, Statistics, Store, Visitor};

impl Engine {
    /// Reads everything in the store again and checks it, SQLite's own check of its pages included. Writes wait
    /// meanwhile.
    pub fn verify(&self) -> Result<Report> {
        self.store()?.verify()
    }

    /// Wraps the store's keys by another device key, or by none.
    pub fn rotate_key(&self, device_key: Option<&DeviceKey>) -> Result<()> {
        self.shared.check_writable()?;
        self.store()?.rotate_key(device_key)
    }

    /// Drops stored events past the limits, and what was learned from them; returns how many. Batches that were
    /// recorded together go together.
    pub fn retain(&self, limits: &Retention, now_utc_ms: i64) -> Result<u64> {
        self.shared.check_writable()?;
        let store = self.store()?;
        limits.validate()?;
        let mut dropped = 0;
        let change = |next: &mut Snapshot, _: &Snapshot| {
            dropped = store.retain(limits, now_utc_ms)?;
            if dropped == 0 {
                return Ok(());
            }
            let was_trained = next.knowledge().is_trained();
            relearn(next, store)?;
            let loses_trained = was_trained && !next.knowledge().is_trained();
            if loses_trained {
                store.put_state(None, STATE, None)?;
            }
            keep_fewer_numbers(store, next)
        };
        self.shared.snapshot.change(change, || ())?;
        Ok(dropped)
    }

    /// Writes the store's vectors anew without those that no video refers to.
    pub fn compact(&self) -> Result<()> {
        self.shared.check_writable()?;
        self.store()?.compact()
    }

    /// None for an engine in memory. Waits while something is written to the store.
    pub fn store_statistics(&self) -> Result<Option<Statistics>> {
        self.shared.store.as_ref().map(Store::statistics).transpose()
    }

    fn store(&self) -> Result<&Store> {
        self.shared.store.as_ref().ok_or_else(no_store)
    }
}

pub fn no_store() -> Error {
    Error::new(Status::InvalidArgument, "this engine has no store: set store_path when it is created")
}

/// Every profile from the events that are left.
fn relearn(snapshot: &mut Snapshot, store: &Store) -> Result<()> {
    snapshot.forget_all_profiles();
    let mut relearned = Relearned(snapshot);
    store.profiles()?.iter().try_for_each(|profile| store.load_profile(profile, &mut relearned))
}

struct Relearned<'a>(&'a mut Snapshot);

impl Visitor for Relearned<'_> {
    fn profile(&mut self, profile: &str) -> Result<()> {
        self.0.restore_profile(profile);
        Ok(())
    }

    fn noted_events(&mut self, _first_sequence: i64, events: Vec<NotedEvent>) -> Result<()> {
        self.0.restore(&events);
        Ok(())
    }
}
