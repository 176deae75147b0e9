//! The database: how it is opened, its tables, and the migrations that lead to them.
//!
//! Every table has the same three columns, a row number, the number of the commit that wrote the
//! row, and the sealed record; what belongs to a profile has the profile's number in the upper bits of
//! its row number, so that it lies together and is found without an index. A write touches two pages
//! in the common case: the last one of the profile's events, and the one with the heads.

use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::directory::{Directory, length};
use super::failure::{corrupt, database};
use crate::domain::{Error, Result, Status};

/// "vrec" in ASCII, in the database's header.
const APPLICATION_ID: i64 = 0x7672_6563;
/// Bytes of a page of the database.
pub(super) const PAGE_BYTES: u64 = 4096;
/// Bytes of a page in the log, its header included.
pub(super) const FRAME_BYTES: u64 = PAGE_BYTES + 24;
/// The log goes into the database when it is this long.
pub(super) const FRAMES_BEFORE_CHECKPOINT: u64 = 1000;
/// Bits of a row number that count what one profile has.
const PROFILE_SHIFT: u32 = 40;
/// Profiles at most, over the life of a store.
pub(super) const PROFILES: i64 = 1 << 22;

/// Steps from the empty database to today's; step `n` leads to version `n + 1`. A released step is
/// never changed.
pub(super) const MIGRATIONS: [&str; 1] = ["
    CREATE TABLE store (id INTEGER PRIMARY KEY, store_id BLOB NOT NULL, key_check BLOB NOT NULL, sum INTEGER NOT NULL);
    CREATE TABLE keys (id INTEGER PRIMARY KEY, sequence INTEGER NOT NULL, sealed BLOB NOT NULL);
    CREATE TABLE heads (id INTEGER PRIMARY KEY, sequence INTEGER NOT NULL, sealed BLOB NOT NULL);
    CREATE TABLE profiles (id INTEGER PRIMARY KEY, sequence INTEGER NOT NULL, sealed BLOB NOT NULL);
    CREATE TABLE videos (id INTEGER PRIMARY KEY, sequence INTEGER NOT NULL, sealed BLOB NOT NULL);
    CREATE TABLE states (id INTEGER PRIMARY KEY, sequence INTEGER NOT NULL, sealed BLOB NOT NULL);
    CREATE TABLE settings (id INTEGER PRIMARY KEY, sequence INTEGER NOT NULL, sealed BLOB NOT NULL);
    CREATE TABLE events (id INTEGER PRIMARY KEY, sequence INTEGER NOT NULL, sealed BLOB NOT NULL);
    CREATE TABLE forgetting (id INTEGER PRIMARY KEY);
    CREATE TABLE quarantine (id INTEGER PRIMARY KEY, source TEXT NOT NULL, row INTEGER NOT NULL,
        sequence INTEGER NOT NULL, sealed BLOB NOT NULL);
"];

/// The row of something that belongs to a profile; 0 is the store itself.
pub(super) fn row_of(profile: i64, number: i64) -> i64 {
    (profile << PROFILE_SHIFT) | number
}

pub(super) fn profile_of(row: i64) -> i64 {
    row >> PROFILE_SHIFT
}

/// The number within the profile.
pub(super) fn number_of(row: i64) -> i64 {
    row & ((1 << PROFILE_SHIFT) - 1)
}

/// The rows of one profile.
pub(super) fn rows_of(profile: i64) -> [i64; 2] {
    [row_of(profile, 0), row_of(profile + 1, 0) - 1]
}

/// Opens the database for reading without changing any file, whatever state it was left in.
pub(super) fn open_for_reading(directory: &Directory) -> Result<Connection> {
    let path = directory.database();
    let read_only = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let has_log = length(&directory.database_log())?.is_some_and(|bytes| bytes > 0);
    let opened = if has_log {
        // The directory's lock keeps writers out; SQLite's own could not be taken on a file opened for reading.
        Connection::open_with_flags_and_vfs(&path, read_only, c"unix-none")
    } else {
        // Opened in any other way, a database in this mode gets an empty log beside it.
        Connection::open_with_flags(address(&path, "immutable=1"), read_only | OpenFlags::SQLITE_OPEN_URI)
    };
    let connection = opened.map_err(database("opening"))?;
    configure(&connection)
        // Closing would write to the database, or remove a log that holds nothing SQLite can read.
        .and_then(|()| connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true))
        .map_err(database("configuring"))?;
    Ok(connection)
}

/// The same for a database of which something is missing, so that what is there can be read: one that is shorter than
/// its header says is otherwise refused as a whole.
pub(super) fn open_damaged(directory: &Directory) -> Result<Connection> {
    let connection = open_for_reading(directory)?;
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, false)
        .and_then(|_| connection.pragma_update(None, "writable_schema", true))
        .map_err(database("configuring"))?;
    Ok(connection)
}

/// Opens the database for writing, alone.
pub(super) fn open_for_writing(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(database("opening"))?;
    configure(&connection)
        .and_then(|()| {
            connection.pragma_update(None, "page_size", PAGE_BYTES as i64)?;
            connection.pragma_update(None, "journal_mode", "WAL")?;
            connection.pragma_update(None, "synchronous", "FULL")?;
            connection.pragma_update(None, "secure_delete", true)?;
            connection.pragma_update(None, "wal_autocheckpoint", 0)?;
            let limit = (FRAMES_BEFORE_CHECKPOINT * 2 * FRAME_BYTES) as i64;
            connection.pragma_update(None, "journal_size_limit", limit)
        })
        .map_err(database("configuring"))?;
    Ok(connection)
}

fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(std::time::Duration::ZERO)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    connection.pragma_update(None, "mmap_size", 0)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "temp_store", "MEMORY")
}

/// A file as SQLite's address of it.
fn address(path: &Path, option: &str) -> String {
    use std::os::unix::ffi::OsStrExt;
    let mut address = String::from("file:");
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => address.push(char::from(*byte)),
            _ => address.push_str(&format!("%{byte:02X}")),
        }
    }
    address + "?" + option
}

pub(super) fn version(connection: &Connection) -> Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(database("reading the version"))
}

/// Refuses what is no store and what a newer library wrote; the latter may be read when asked.
pub(super) fn check_version(connection: &Connection, read_only: bool) -> Result<i64> {
    let id: i64 = connection
        .pragma_query_value(None, "application_id", |row| row.get(0))
        .map_err(database("reading the header"))?;
    if id != APPLICATION_ID {
        return Err(corrupt("store.sqlite is no store of this library, or its header is damaged"));
    }
    let (found, known) = (version(connection)?, MIGRATIONS.len() as i64);
    if found < 1 {
        return Err(corrupt(format!("store.sqlite says it has version {found}")));
    }
    if found > known && !read_only {
        let message =
            format!("store.sqlite has version {found}, this library writes {known}; it may be opened read-only");
        return Err(Error::new(Status::TooNew, message));
    }
    if found == known && tables(connection)? != tables_of_today()? {
        return Err(corrupt("the tables of store.sqlite are not those of its version"));
    }
    Ok(found)
}

fn tables(connection: &Connection) -> Result<Vec<String>> {
    let read = || {
        let mut statement = connection.prepare("SELECT sql FROM sqlite_schema ORDER BY name")?;
        let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
        rows.collect::<rusqlite::Result<Vec<String>>>()
    };
    read().map_err(database("reading the tables"))
}

fn tables_of_today() -> Result<Vec<String>> {
    let empty = Connection::open_in_memory().map_err(database("preparing the tables"))?;
    migrate(&empty, &MIGRATIONS)?;
    tables(&empty)
}

/// Brings the database to the last of `migrations`, each step in a transaction of its own: cut
/// anywhere, it goes on where it stood.
pub(super) fn migrate(connection: &Connection, migrations: &[&str]) -> Result<()> {
    let mut at = version(connection)?;
    while let Some(step) = usize::try_from(at).ok().and_then(|at| migrations.get(at)) {
        at += 1;
        let script = format!(
            "BEGIN IMMEDIATE; PRAGMA application_id = {APPLICATION_ID}; {step}; PRAGMA user_version = {at}; COMMIT"
        );
        let done = connection.execute_batch(&script);
        if done.is_err() && !connection.is_autocommit() {
            // The step's own failure is what matters.
            let _ = connection.execute_batch("ROLLBACK");
        }
        done.map_err(database("migrating"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEPS: [&str; 3] =
        ["CREATE TABLE a (x)", "ALTER TABLE a ADD COLUMN y; INSERT INTO a VALUES (1, 2)", "CREATE TABLE b (z)"];

    #[test]
    fn every_older_version_reaches_the_newest() {
        for from in 0..STEPS.len() {
            let connection = Connection::open_in_memory().unwrap();
            migrate(&connection, &STEPS[..from]).unwrap();
            assert_eq!(version(&connection).unwrap(), from as i64);
            migrate(&connection, &STEPS).unwrap();
            assert_eq!(version(&connection).unwrap(), 3);
            let row = connection.query_row("SELECT x + y FROM a, (SELECT count(*) FROM b)", [], |row| row.get(0));
            assert_eq!(row, Ok(3));
        }
    }

    #[test]
    fn a_step_that_fails_leaves_the_version_before_it() {
        let connection = Connection::open_in_memory().unwrap();
        let broken = [STEPS[0], "ALTER TABLE a ADD COLUMN y; INSERT INTO missing VALUES (1)"];
        assert!(migrate(&connection, &broken).is_err());
        assert_eq!(version(&connection).unwrap(), 1);
        migrate(&connection, &STEPS).unwrap();
        assert_eq!(version(&connection).unwrap(), 3);
    }

    #[test]
    fn rows_of_a_profile_lie_together() {
        for (profile, number) in [(0, 0), (1, 5), (PROFILES - 1, (1 << 40) - 1)] {
            let row = row_of(profile, number);
            assert_eq!((profile_of(row), number_of(row)), (profile, number));
            let [first, last] = rows_of(profile);
            assert!(first <= row && row <= last);
        }
    }
}
