//! Opening a store: everything is checked through a connection that cannot write before anything is
//! written, so a wrong key, damage or a newer version leave every file as it was.

use rusqlite::Connection;

use super::directory::{Directory, length};
use super::failure::{corrupt, database, file};
use super::keys::{KEY_BYTES, Key, StoreId, Table, fill_random};
use super::records::StoreHead;
use super::rows::{read_store_row, store_row_sum};
use super::scan::{Scan, Visitor, scan};
use super::schema::{
    MIGRATIONS, PAGE_BYTES, check_version, migrate, open_damaged, open_for_reading, open_for_writing, version,
};
use super::state::State;
use super::vector_file::{VectorFile, is_unused};
use super::writer::Writer;
use super::{Damage, OpenOptions, Part, Report, quarantine};
use crate::domain::{Error, Result, Status};

/// A store checked as far as its keys.
struct Checked {
    connection: Connection,
    store: StoreId,
}

/// Opens a store in a directory that is locked, and hands over what it holds.
pub(super) fn open(
    directory: Directory,
    device_key: Option<&[u8; KEY_BYTES]>,
    options: OpenOptions,
    visitor: &mut dyn Visitor,
) -> Result<(Writer, Report)> {
    let wrapping = Key::wrapping(device_key);
    if options.read_only {
        return open_read_only(directory, &wrapping, options, visitor);
    }
    if directory.has_salvaged()? {
        directory.adopt_salvaged()?;
    }
    if is_new(&directory)? {
        create(&directory, &wrapping)?;
    }
    let checked = match check(&directory, &wrapping, false) {
        Err(error) if error.status == Status::Corrupt && options.quarantine => {
            return open_cut(directory, &wrapping, error, visitor);
        }
        checked => checked?,
    };
    let checked = migrated(&directory, &wrapping, checked)?;
    let mut found = scan(&checked.connection, &directory, (checked.store, wrapping.clone()), false, visitor)?;
    let mut report = found.report.clone();
    if !report.damage.is_empty() && !options.quarantine {
        return Err(report.error());
    }
    // Rows are moved within a database whose structure is whole only.
    let is_broken = found.has_bad_pages
        || !report.damage.is_empty() && !check_database(&checked.connection).is_ok_and(|lines| lines.is_empty());
    drop(checked.connection);
    if is_broken {
        quarantine::salvage(&directory)?;
        visitor.restart();
        let checked = check(&directory, &wrapping, false)?;
        found = scan(&checked.connection, &directory, (checked.store, wrapping), false, visitor)?;
        report.damage.extend(found.report.damage.iter().cloned());
    } else if report.damage.iter().any(|damage| damage.part == Part::OldDatabase) {
        // What SQLite passed over in the log would be overwritten.
        directory.set_aside()?;
    }
    let writer = writer(directory, found)?;
    report.half_forgotten = writer.half_forgotten.len() as u64;
    Ok((writer, report))
}

/// Opens a store whose database SQLite refuses as a whole, by what of it can be read; `refusal` stands where that is
/// not enough.
fn open_cut(
    directory: Directory,
    wrapping: &Key,
    refusal: Error,
    visitor: &mut dyn Visitor,
) -> Result<(Writer, Report)> {
    let readable = open_damaged(&directory).and_then(|connection| {
        check_version(&connection, false)?;
        check_key(&connection, wrapping)
    });
    match readable {
        Err(error) if error.status != Status::Corrupt => return Err(error),
        Err(_) => return Err(refusal),
        Ok(_) => {}
    }
    quarantine::salvage(&directory)?;
    let checked = check(&directory, wrapping, false)?;
    let found = scan(&checked.connection, &directory, (checked.store, wrapping.clone()), false, visitor)?;
    let mut report = found.report.clone();
    let place = "store.sqlite is shorter than it was".to_owned();
    report.damage.insert(0, Damage { part: Part::DatabasePages, count: 0, place });
    let writer = writer(directory, found)?;
    report.half_forgotten = writer.half_forgotten.len() as u64;
    Ok((writer, report))
}

fn writer(directory: Directory, found: Scan) -> Result<Writer> {
    let Scan { mut state, report, vectors, bad_rows, without_vector, forgetting, .. } = found;
    let connection = open_for_writing(&directory.database())?;
    directory.remove(&directory.unfinished())?;
    let is_damaged = !report.damage.is_empty();
    let vectors = match vectors {
        Some(vectors) => vectors,
        None => {
            // The damaged file keeps its name; the database goes over to the new one below.
            let number = directory.vector_files()?.last().copied().unwrap_or(0).max(state.head.vector_file) + 1;
            (state.head.vector_file, state.head.vector_slots) = (number, 0);
            VectorFile::create(&directory, number, &state.store, 0)?
        }
    };
    let mut writer = Writer::new(connection, directory, state, vectors)?;
    if is_damaged {
        writer.quarantine(&bad_rows, &without_vector)?;
    }
    writer.take_up_forgetting(&forgetting)?;
    if !is_damaged {
        writer.remove_other_vector_files();
    }
    Ok(writer)
}

fn open_read_only(
    directory: Directory,
    wrapping: &Key,
    options: OpenOptions,
    visitor: &mut dyn Visitor,
) -> Result<(Writer, Report)> {
    let checked = check(&directory, wrapping, true)?;
    let found = scan(&checked.connection, &directory, (checked.store, wrapping.clone()), true, visitor)?;
    if !found.report.damage.is_empty() && !options.quarantine {
        return Err(found.report.error());
    }
    let vectors = found.vectors.ok_or_else(|| found.report.error())?;
    Ok((Writer::new(checked.connection, directory, found.state, vectors)?, found.report))
}

/// What a store holds and what is damaged, whatever state it is in; changes nothing.
pub(super) fn verify(directory: &Directory, device_key: Option<&[u8; KEY_BYTES]>) -> Result<Report> {
    let wrapping = Key::wrapping(device_key);
    let checked = check(directory, &wrapping, true)?;
    let mut report = scan(&checked.connection, directory, (checked.store, wrapping), true, &mut ())?.report;
    report.database = check_database(&checked.connection)?;
    Ok(report)
}

/// What SQLite's own check finds; nothing when all is well.
pub(super) fn check_database(connection: &Connection) -> Result<Vec<String>> {
    let read = || {
        let mut statement = connection.prepare("PRAGMA integrity_check(100)")?;
        let lines = statement.query_map([], |row| row.get::<_, String>(0))?;
        lines.collect::<rusqlite::Result<Vec<String>>>()
    };
    let mut lines = read().map_err(database("checking"))?;
    lines.retain(|line| line != "ok");
    Ok(lines)
}

fn check(directory: &Directory, wrapping: &Key, read_only: bool) -> Result<Checked> {
    let connection = open_for_reading(directory)?;
    check_version(&connection, read_only)?;
    let store = check_key(&connection, wrapping)?;
    Ok(Checked { connection, store })
}

/// Tells a wrong key from a damaged record of it.
fn check_key(connection: &Connection, wrapping: &Key) -> Result<StoreId> {
    let Some((store, check)) = read_store_row(connection)? else {
        return Err(corrupt("the name and key check of store.sqlite are damaged: nothing of it can be read"));
    };
    if wrapping.check_value(&store) == check {
        return Ok(store);
    }
    let message = if Key::wrapping(None).check_value(&store) == check {
        "the store was written without a device key and one is given; open it without, then change the key"
    } else if wrapping.check_value(&store) == Key::wrapping(None).check_value(&store) {
        "the store needs its device key"
    } else {
        "the store was written with another device key"
    };
    Err(Error::new(Status::Key, message))
}

fn migrated(directory: &Directory, wrapping: &Key, checked: Checked) -> Result<Checked> {
    if version(&checked.connection)? >= MIGRATIONS.len() as i64 {
        return Ok(checked);
    }
    drop(checked);
    let connection = open_for_writing(&directory.database())?;
    migrate(&connection, &MIGRATIONS)?;
    connection.close().map_err(|(_, error)| database("migrating")(error))?;
    check(directory, wrapping, false)
}

/// Whether nothing was ever stored here: an empty directory, or what a creation that was cut off left. Anything else
/// without a database has lost it.
fn is_new(directory: &Directory) -> Result<bool> {
    for number in directory.vector_files()? {
        if !is_unused(directory, number)? {
            return no_store_when_missing(directory);
        }
    }
    match length(&directory.database())? {
        // A creation writes a second page only after a commit's number stands beside the vectors.
        Some(..=PAGE_BYTES) => Ok(true),
        Some(_) => {
            let connection = open_for_reading(directory)?;
            let written = connection.query_row("SELECT count(*) FROM store", [], |row| row.get::<_, i64>(0));
            let tables = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0));
            Ok(tables == Ok(0) || written == Ok(0))
        }
        None if length(&directory.database_log())?.is_some_and(|bytes| bytes > 0) => no_store_when_missing(directory),
        None => Ok(true),
    }
}

fn no_store_when_missing(directory: &Directory) -> Result<bool> {
    match length(&directory.database())? {
        Some(1..) => Ok(false),
        _ => Err(corrupt("store.sqlite is missing or empty while other files of the store are there")),
    }
}

/// Writes a store without content. The row that names it is the last thing to become durable.
fn create(directory: &Directory, wrapping: &Key) -> Result<()> {
    directory.remove(&directory.database_log())?;
    let created = directory.create(&directory.database())?;
    created.sync_all().map_err(file("creating store.sqlite"))?;
    drop(created);
    let mut store = StoreId::default();
    fill_random(&mut store)?;
    let mut state = State::new(store, wrapping.clone(), Key::random()?);
    // Durable with its name, and so is the database's.
    let vectors = VectorFile::create(directory, 1, &store, 0)?;
    state.head = StoreHead { vector_file: 1, ..state.head };
    let connection = open_for_writing(&directory.database())?;
    migrate(&connection, &MIGRATIONS)?;
    let check = wrapping.check_value(&store);
    let directory = Directory::same(directory);
    let mut writer = Writer::new(connection, directory, state, vectors)?;
    writer.commit(|change, state| {
        change.put_key(0, &state.catalogue, wrapping)?;
        let sql = "INSERT INTO store (id, store_id, key_check, sum) VALUES (1, ?1, ?2, ?3)";
        change.execute(sql, (store.as_slice(), check.as_slice(), store_row_sum(&store, &check)))?;
        change.delete(Table::Heads, 0)
    })?;
    writer.close()
}
