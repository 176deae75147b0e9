//! The one who writes: a transaction at a time, each ending with the store's head, and what follows a
//! commit. Memory changes only after the disk has; a commit that fails leaves both as they were.

use std::collections::HashSet;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use prost::Message;
use rusqlite::config::DbConfig;
use rusqlite::hooks::Wal;
use rusqlite::{Connection, OptionalExtension};

use super::directory::{Directory, length};
use super::failure::database;
use super::keys::{Key, Place, TAG_BYTES, Table, tag_of};
use super::records::{ProfileHead, StoreHead};
use super::schema::{FRAME_BYTES, FRAMES_BEFORE_CHECKPOINT, PAGE_BYTES};
use super::state::{ProfileEntry, State};
use super::statistics::Statistics;
use super::vector_file::VectorFile;
use crate::domain::{Error, Result, Status};

/// A connection that may write, with all that is known of the store. A store opened read-only has one
/// whose connection refuses to write.
pub(super) struct Writer {
    pub connection: Connection,
    pub directory: Directory,
    pub state: State,
    pub vectors: VectorFile,
    pub statistics: Statistics,
    /// Profiles whose keys are gone while something else of them may be left, and their ids, which no store keeps.
    pub half_forgotten: Vec<(i64, Option<String>)>,
    log_frames: Arc<AtomicU64>,
    /// The last commit failed; its pages may stand in the log all the same.
    is_unsettled: bool,
}

/// What becomes of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Checkpoint {
    /// The next commit writes over it.
    Passive,
    /// It is emptied.
    Truncate,
}

/// One transaction while it is being made; dropped unfinished, it has changed nothing.
pub(super) struct Change<'a> {
    connection: &'a Connection,
    state: &'a State,
    pub head: StoreHead,
}

impl Drop for Change<'_> {
    fn drop(&mut self) {
        if !self.connection.is_autocommit() {
            // SQLite has rolled back by itself where this fails.
            let _ = self.connection.execute_batch("ROLLBACK");
        }
    }
}

/// A statement on one table, as a constant: a commit is too short to spend its time on making texts.
macro_rules! statement_on {
    ($table:expr, $before:literal, $after:literal) => {
        match $table {
            Table::Keys => concat!($before, "keys", $after),
            Table::Heads => concat!($before, "heads", $after),
            Table::Profiles => concat!($before, "profiles", $after),
            Table::Videos => concat!($before, "videos", $after),
            Table::States => concat!($before, "states", $after),
            Table::Settings => concat!($before, "settings", $after),
            Table::Events => concat!($before, "events", $after),
        }
    };
}

impl Writer {
    pub fn new(mut connection: Connection, directory: Directory, state: State, vectors: VectorFile) -> Result<Writer> {
        let log_frames = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&log_frames);
        let hook = move |_: &mut Wal, frames| {
            counted.store(u64::try_from(frames).unwrap_or(0), Ordering::Relaxed);
            Ok(())
        };
        connection.wal_hook(Some(hook)).map_err(database("counting pages"))?;
        Ok(Writer {
            connection,
            directory,
            state,
            vectors,
            statistics: Statistics::default(),
            half_forgotten: Vec::new(),
            log_frames,
            is_unsettled: false,
        })
    }

    /// Makes one change durable. `work` fills the transaction; what it returns is for the caller to bring
    /// into memory.
    pub fn commit<T>(&mut self, work: impl FnOnce(&mut Change<'_>, &State) -> Result<T>) -> Result<T> {
        self.vectors.check_not_removed()?;
        let frames_before = self.log_frames.load(Ordering::Relaxed);
        run(&self.connection, "BEGIN IMMEDIATE", []).map_err(database("beginning a commit"))?;
        let mut head = self.state.head.clone();
        head.commit += 1;
        let mut change = Change { connection: &self.connection, state: &self.state, head };
        let done = work(&mut change, &self.state).and_then(|value| Ok((value, change.finish()?)));
        self.is_unsettled = done.is_err();
        let (value, head) = done.inspect_err(|error| self.make_room(error))?;
        self.state.head = head;
        self.count_frames(frames_before);
        self.after_commit();
        Ok(value)
    }

    /// Writes over what a failed commit left in the log, before anything it refers to is written over: after a power
    /// cut it could come back.
    pub fn settle(&mut self) -> Result<()> {
        if self.is_unsettled { self.commit(|_, _| Ok(())) } else { Ok(()) }
    }

    /// When the log cannot grow, bringing its pages into the database lets the next commit write over it.
    fn make_room(&mut self, error: &Error) {
        if matches!(error.status, Status::DiskFull | Status::Io) && self.checkpoint(Checkpoint::Passive).is_err() {
            self.statistics.failed_checkpoints += 1;
        }
    }

    fn count_frames(&mut self, before: u64) {
        let frames = self.log_frames.load(Ordering::Relaxed);
        // The log begins anew after a checkpoint.
        let written = if frames > before { frames - before } else { frames };
        self.statistics.commits += 1;
        self.statistics.log_bytes += written * FRAME_BYTES;
    }

    /// What is durable already needs none of this: a failure waits for the next time.
    fn after_commit(&mut self) {
        if self.vectors.note_commit(self.state.head.commit).is_err() {
            self.statistics.failed_notes += 1;
        }
        let due = self.log_frames.load(Ordering::Relaxed) >= FRAMES_BEFORE_CHECKPOINT;
        if due && self.checkpoint(Checkpoint::Passive).is_err() {
            self.statistics.failed_checkpoints += 1;
        }
    }

    /// Brings the log's pages into the database, and empties the log when asked.
    pub fn checkpoint(&mut self, mode: Checkpoint) -> Result<()> {
        let pages = self.pages_in_log().unwrap_or_default();
        let truncates = mode == Checkpoint::Truncate;
        let sql = if truncates { "PRAGMA wal_checkpoint(TRUNCATE)" } else { "PRAGMA wal_checkpoint(PASSIVE)" };
        let outcome = self.connection.query_row(sql, [], |_| Ok(()));
        outcome.map_err(database("checkpointing"))?;
        self.statistics.checkpoints += 1;
        self.statistics.checkpoint_bytes += pages * PAGE_BYTES;
        self.log_frames.store(0, Ordering::Relaxed);
        if truncates && length(&self.directory.database_log())?.is_some_and(|bytes| bytes > 0) {
            return Err(Error::new(Status::Io, "the log of store.sqlite could not be emptied"));
        }
        Ok(())
    }

    /// Different pages in the log: each is written to the database once.
    fn pages_in_log(&self) -> std::io::Result<u64> {
        let log = File::open(self.directory.database_log())?;
        let mut pages = HashSet::new();
        for frame in 0..self.log_frames.load(Ordering::Relaxed) {
            let mut page = [0; 4];
            log.read_exact_at(&mut page, 32 + frame * FRAME_BYTES)?;
            pages.insert(page);
        }
        Ok(pages.len() as u64)
    }

    /// The last word of a store that is closed in order.
    pub fn close(self) -> Result<()> {
        self.vectors.note_commit(self.state.head.commit)?;
        self.vectors.sync()?;
        if self.directory.check_place().is_err() {
            // SQLite would remove the log by its name, which may be another store's by now.
            let left = self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
            left.map_err(database("closing"))?;
        }
        self.connection.close().map_err(|(_, error)| database("closing")(error))
    }
}

impl Change<'_> {
    /// Seals and writes a row in place of the one before; returns its tag.
    pub fn put(&mut self, table: Table, row: i64, key: &Key, plain: &[u8]) -> Result<[u8; TAG_BYTES]> {
        self.forget_sum(table, row)?;
        self.put_new(table, row, key, plain)
    }

    /// The same for a row that its sum does not know, or no more.
    pub fn put_new(&mut self, table: Table, row: i64, key: &Key, plain: &[u8]) -> Result<[u8; TAG_BYTES]> {
        let tag = self.write(table, row, key, plain)?;
        if let Some(sum) = self.head.sum_mut(table) {
            sum.add(&tag);
        }
        Ok(tag)
    }

    /// Writes a profile's head in place of the one that stands in `profile`.
    pub fn put_head(&mut self, row: i64, profile: &ProfileEntry, head: &ProfileHead) -> Result<[u8; TAG_BYTES]> {
        match profile.head_tag {
            Some(tag) => self.head.profile_heads.remove(&tag),
            None => self.forget_sum(Table::Heads, row)?,
        }
        self.put_new(Table::Heads, row, &profile.key, &head.encode_to_vec())
    }

    /// Removes a row.
    pub fn remove(&mut self, table: Table, row: i64) -> Result<()> {
        self.forget_sum(table, row)?;
        self.delete(table, row)
    }

    /// Removes a row that no sum knows.
    pub fn delete(&mut self, table: Table, row: i64) -> Result<()> {
        self.execute(statement_on!(table, "DELETE FROM ", " WHERE id = ?1"), [row])
    }

    /// Wraps a key and writes its row.
    pub fn put_key(&mut self, row: i64, key: &Key, wrapping: &Key) -> Result<()> {
        let place = self.place(Table::Keys, row);
        let sealed = key.wrap(wrapping, &place)?;
        self.write_sealed(&place, &sealed)
    }

    pub fn execute(&self, sql: &str, parameters: impl rusqlite::Params) -> Result<()> {
        run(self.connection, sql, parameters).map_err(database("writing"))
    }

    pub fn connection(&self) -> &Connection {
        self.connection
    }

    fn forget_sum(&mut self, table: Table, row: i64) -> Result<()> {
        let Some(sum) = self.head.sum_mut(table) else {
            return Ok(());
        };
        let find = |row| {
            let sql = statement_on!(table, "SELECT sealed FROM ", " WHERE id = ?1");
            let mut statement = self.connection.prepare_cached(sql)?;
            statement.query_row([row], |row| Ok(tag_of(row.get_ref(0)?.as_blob()?))).optional()
        };
        if let Some(tag) = find(row).map_err(database("reading"))? {
            sum.remove(&tag);
        }
        Ok(())
    }

    fn write(&mut self, table: Table, row: i64, key: &Key, plain: &[u8]) -> Result<[u8; TAG_BYTES]> {
        let place = self.place(table, row);
        let sealed = key.seal(&place, plain)?;
        self.write_sealed(&place, &sealed)?;
        Ok(tag_of(&sealed))
    }

    fn write_sealed(&self, place: &Place, sealed: &[u8]) -> Result<()> {
        let sql = statement_on!(place.table, "INSERT OR REPLACE INTO ", " (id, sequence, sealed) VALUES (?1, ?2, ?3)");
        self.execute(sql, (place.row, place.sequence, sealed))
    }

    fn place(&self, table: Table, row: i64) -> Place {
        self.state.place(table, row, self.head.commit)
    }

    fn finish(mut self) -> Result<StoreHead> {
        let head = self.head.encode_to_vec();
        let catalogue = &self.state.catalogue;
        self.write(Table::Heads, 0, catalogue, &head)?;
        run(self.connection, "COMMIT", []).map_err(database("committing"))?;
        Ok(std::mem::take(&mut self.head))
    }
}

/// Runs a statement that is prepared once.
fn run(connection: &Connection, sql: &str, parameters: impl rusqlite::Params) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute(parameters).map(drop)
}
