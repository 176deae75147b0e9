//! Everything on the disk: videos with their vectors, profiles, events, learned state and settings, in
//! one directory. What was acknowledged survives the plug, what cannot be read is told, and nothing
//! of a profile is readable without its key.
//!
//! | File | What it holds |
//! |---|---|
//! | `store.sqlite`, `store.sqlite-wal` | sealed records, in SQLite |
//! | `vectors-N.vrec` | vectors, appended ([`vector_file`]) |
//! | `damaged-N/` | copies of damaged files, made before anything in them was changed |
//!
//! Every record is sealed by a key of its own profile, or of the catalogue ([`keys`]). A sealed head holds what the
//! records come to: for each table a count and a sum of tags, for each profile's events a chain of hashes, and the
//! number of the newest commit, which also stands beside the vectors. So a flipped bit, a lost tail, an old page or an
//! old file is seen when the store is opened. Old copies of all files together are not: that would take a counter
//! outside of the store.
//!
//! Every transaction goes through [`writer`]; events come through a queue in front of it ([`group_commit`]), in which
//! callers share a transaction. No thread is started.
//!
//! Where it departs from plain loading after opening: [`Store::open`] takes a [`Visitor`] and hands over the content
//! while it checks it. Checking needs every record in hand anyway, and reading a large store twice would cost twice.

mod catalogue;
mod damage;
mod directory;
mod event_records;
mod events;
mod failure;
mod forget;
mod group_commit;
mod keys;
mod load;
mod open;
pub mod pack_file;
mod profiles;
mod quarantine;
mod records;
mod retention;
mod rows;
mod scan;
mod schema;
mod state;
mod statistics;
mod vector_file;
pub mod whole_file;
mod writer;

use std::path::Path;
use std::time::Instant;

use parking_lot::{Mutex, MutexGuard};
use zeroize::Zeroize;

use crate::domain::{Error, Event, NotedEvent, Result, Status};

pub use catalogue::{VectorWrite, VideoWrite};
pub use damage::{Damage, Part, Report};
pub use group_commit::Durability;
pub use keys::KEY_BYTES;
pub use profiles::{CreatedProfile, KeptProfile};
pub use retention::Retention;
pub use scan::Visitor;
pub use statistics::Statistics;

use directory::Directory;
use group_commit::Queue;
use keys::Table;
use writer::Writer;

/// How a store is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenOptions {
    /// Nothing is written; several may read at the same time, and a newer version's store opens too.
    pub read_only: bool,
    /// Damaged parts are set aside and the rest is served, instead of [`Status::Corrupt`].
    pub quarantine: bool,
    /// Events that may wait for a commit while no caller waits with them.
    pub waiting_events: usize,
}

impl Default for OpenOptions {
    fn default() -> Self {
        OpenOptions { read_only: false, quarantine: false, waiting_events: 65_536 }
    }
}

/// A key that the host gives, wiped when it is dropped.
#[derive(Clone)]
pub struct DeviceKey([u8; KEY_BYTES]);

impl std::fmt::Debug for DeviceKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("DeviceKey")
    }
}

impl DeviceKey {
    /// [`Status::InvalidArgument`] for a key of zeros, which stands for no key.
    pub fn new(bytes: [u8; KEY_BYTES]) -> Result<DeviceKey> {
        if bytes == [0; KEY_BYTES] {
            return Err(Error::invalid("the device key is all zeros"));
        }
        Ok(DeviceKey(bytes))
    }
}

impl Drop for DeviceKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// An open store. All methods may be called from any thread; a process forked from the one that opened it is
/// refused with [`Status::Forked`].
pub struct Store {
    /// None only while it is dropped.
    writer: Option<Mutex<Writer>>,
    queue: Queue,
    options: OpenOptions,
    process: u32,
}

impl Store {
    /// Opens the store in a directory, creates it when there is none, and hands its content to `visitor`. On an error
    /// what the visitor got does not count.
    ///
    /// Errors: [`Status::Busy`] at once when another has it open; [`Status::Key`] for a wrong or missing key, with
    /// every file as it was; [`Status::Corrupt`] naming what is damaged, with every file as it was, unless
    /// `options.quarantine`; [`Status::TooNew`] for a newer version's store.
    pub fn open(
        path: &Path,
        device_key: Option<&DeviceKey>,
        options: OpenOptions,
        visitor: &mut dyn Visitor,
    ) -> Result<(Store, Report)> {
        let directory = Directory::open(path, options.read_only)?;
        let (writer, report) = open::open(directory, device_key.map(|key| &key.0), options, visitor)?;
        let store =
            Store { writer: Some(Mutex::new(writer)), queue: Queue::default(), options, process: std::process::id() };
        Ok((store, report))
    }

    /// What a store holds and what is damaged, SQLite's own check of its pages included. Changes nothing.
    /// [`Status::Corrupt`] when not even the store's name and catalogue key can be read.
    pub fn verify_at(path: &Path, device_key: Option<&DeviceKey>) -> Result<Report> {
        open::verify(&Directory::open(path, true)?, device_key.map(|key| &key.0))
    }

    /// The same for a store that is open.
    pub fn verify(&self) -> Result<Report> {
        self.flush_if_writing()?;
        let writer = self.reader()?;
        let mut report = scan_again(&writer, &mut ())?;
        report.database = open::check_database(&writer.connection)?;
        Ok(report)
    }

    /// Hands over everything once more.
    pub fn load(&self, visitor: &mut dyn Visitor) -> Result<()> {
        self.flush_if_writing()?;
        let report = scan_again(&*self.reader()?, visitor)?;
        if report.damage.is_empty() || self.options.quarantine { Ok(()) } else { Err(report.error()) }
    }

    /// Hands over one profile: its learned state, then its events.
    pub fn load_profile(&self, profile: &str, visitor: &mut dyn Visitor) -> Result<()> {
        self.flush_if_writing()?;
        let writer = self.reader()?;
        load::read_profile(&writer.connection, &writer.state, profile, visitor)
    }

    /// Ids of all profiles, in the order they came into being.
    pub fn profiles(&self) -> Result<Vec<String>> {
        Ok(self.reader()?.state.profiles.values().map(|profile| profile.id.clone()).collect())
    }

    /// The hash that a video was stored with; a text with the same one need not be embedded again.
    pub fn text_hash(&self, video_id: &str) -> Result<Option<[u8; 32]>> {
        Ok(self.reader()?.state.videos.get(video_id).map(|video| video.text_hash))
    }

    /// Stores videos, durably: all of them or, on any error, none.
    pub fn put_videos(&self, videos: &[VideoWrite<'_>]) -> Result<()> {
        self.writer()?.put_videos(videos)
    }

    /// Removes videos, durably; [`Status::NotFound`] when one does not exist, and then none is removed.
    pub fn remove_videos(&self, ids: &[&str]) -> Result<()> {
        self.writer()?.remove_videos(ids)
    }

    /// Records events: all of them or, on any error, none. Events keep the order of the calls. After an error with
    /// [`Durability::Now`] none of them counts, though after a power cut at that very moment they may be there. Events
    /// of other calls stay in the queue when a commit fails.
    pub fn record(&self, events: &[Event], durability: Durability) -> Result<()> {
        self.record_noted(events.iter().cloned().map(NotedEvent::from).collect(), durability)
    }

    /// The same with what was noted of the events.
    pub fn record_noted(&self, events: Vec<NotedEvent>, durability: Durability) -> Result<()> {
        self.check_writable()?;
        for (index, noted) in events.iter().enumerate() {
            noted.event.validate().map_err(|error| error.within_batch("events", index, events.len()))?;
        }
        let commit = |events: &[&NotedEvent]| self.writer()?.commit_events(events);
        self.queue.record(events, durability, self.options.waiting_events, commit)
    }

    /// Makes durable what waits.
    pub fn flush(&self) -> Result<()> {
        self.check_writable()?;
        self.queue.flush(|events| self.writer()?.commit_events(events))
    }

    /// When [`Store::commit_due`] has something to do; none while nothing has a time.
    pub fn due(&self) -> Option<Instant> {
        self.queue.due()
    }

    /// Makes durable what waits if some of it is due. For whoever keeps the time: the store has no thread.
    pub fn commit_due(&self) -> Result<()> {
        match self.due() {
            Some(due) if due <= Instant::now() => self.flush(),
            _ => Ok(()),
        }
    }

    /// Stores learned state under a name, of a profile or of the store, durably; none removes it.
    pub fn put_state(&self, profile: Option<&str>, name: &str, value: Option<&[u8]>) -> Result<()> {
        self.writer()?.put_named(Table::States, profile, name, value)
    }

    /// Stores learned state of the store under several names, or removes it, durably: all of it or, on any error, nothing.
    pub fn put_states(&self, states: &[(&str, Option<&[u8]>)]) -> Result<()> {
        self.writer()?.put_states(states)
    }

    /// Learned state of the store under a name, where there is any. [`Status::Corrupt`] where it is damaged.
    pub fn state(&self, name: &str) -> Result<Option<Vec<u8>>> {
        let writer = self.reader()?;
        load::read_state(&writer.connection, &writer.state, name)
    }

    /// Stores a setting, durably; none removes it.
    pub fn put_setting(&self, name: &str, value: Option<&[u8]>) -> Result<()> {
        self.writer()?.put_named(Table::Settings, None, name, value)
    }

    /// Stores what is kept of profiles beside their events, and settings of the store under their names, durably: all of
    /// it or, on any error, nothing. Profiles that are not there come into being without events, after those whose events
    /// wait for a commit.
    pub fn put_profiles(&self, profiles: &[(&str, KeptProfile)], settings: &[(&str, &[u8])]) -> Result<()> {
        self.flush()?;
        self.writer()?.put_profiles(profiles, settings)
    }

    /// Forgets a profile: destroys its key and its rows, after which nothing readable of it is in any file of the store.
    /// Goes on by itself at the next opening when it is cut off, or with the next profile or [`Store::compact`] where that
    /// found the disk full. Copies of damaged files go, too.
    pub fn forget_profile(&self, profile: &str) -> Result<()> {
        self.flush()?;
        self.writer()?.forget_profile(profile)
    }

    /// Wraps all keys by another device key, or by none, in one transaction.
    pub fn rotate_key(&self, device_key: Option<&DeviceKey>) -> Result<()> {
        self.writer()?.rotate_key(device_key.map(|key| &key.0))
    }

    /// Drops events past the limits; returns how many. `now_utc_ms` is milliseconds since 1970-01-01 UTC.
    pub fn retain(&self, limits: &Retention, now_utc_ms: i64) -> Result<u64> {
        self.flush()?;
        self.writer()?.retain(limits, now_utc_ms)
    }

    /// Removes what is left of forgotten profiles, and writes the vector file anew without dead records. That happens by
    /// itself when they are the greater part.
    pub fn compact(&self) -> Result<()> {
        let mut writer = self.writer()?;
        writer.go_on_forgetting()?;
        writer.compact()
    }

    pub fn statistics(&self) -> Result<Statistics> {
        let writer = self.reader()?;
        let slots = writer.state.head.vector_slots;
        Ok(Statistics {
            waiting_events: self.queue.events() as u64,
            status: self.queue.last_failure(),
            vector_slots: slots,
            dead_vector_slots: slots.saturating_sub(writer.state.live_vectors()),
            ..writer.statistics
        })
    }

    /// Makes everything durable and closes the store. Dropping it does the same and tells nobody how it went.
    pub fn close(mut self) -> Result<()> {
        self.close_now()
    }

    fn close_now(&mut self) -> Result<()> {
        if self.process != std::process::id() {
            // The files belong to the process that opened them: closing them here would write to them.
            std::mem::forget(self.writer.take());
            return Ok(());
        }
        if self.writer.is_none() || self.options.read_only {
            return Ok(());
        }
        let flushed = self.flush();
        let closed = self.writer.take().map_or(Ok(()), |writer| writer.into_inner().close());
        flushed.and(closed)
    }

    fn check_process(&self) -> Result<()> {
        if self.process == std::process::id() {
            return Ok(());
        }
        let message = "the store was opened before this process was forked; open it in the process that uses it";
        Err(Error::new(Status::Forked, message))
    }

    fn check_writable(&self) -> Result<()> {
        self.check_process()?;
        if self.options.read_only {
            return Err(Error::new(Status::ReadOnly, "the store is open for reading only"));
        }
        Ok(())
    }

    fn flush_if_writing(&self) -> Result<()> {
        if self.options.read_only { self.check_process() } else { self.flush() }
    }

    fn writer(&self) -> Result<MutexGuard<'_, Writer>> {
        self.check_writable()?;
        self.reader()
    }

    fn reader(&self) -> Result<MutexGuard<'_, Writer>> {
        self.check_process()?;
        let writer = self.writer.as_ref().ok_or_else(|| Error::new(Status::Internal, "the store is closed"))?;
        Ok(writer.lock())
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // Nobody is left to be told.
        let _ = self.close_now();
    }
}

fn scan_again(writer: &Writer, visitor: &mut dyn Visitor) -> Result<Report> {
    let keys = (writer.state.store, writer.state.wrapping.clone());
    Ok(scan::scan(&writer.connection, &writer.directory, keys, true, visitor)?.report)
}
