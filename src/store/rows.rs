//! Reading the rows of a table, of a damaged database too: where a page stops the way forward, rows
//! behind it are reached from the other end, one by one.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

use super::failure::{database, is_damage};
use super::keys::{StoreId, Table};
use crate::domain::Result;

/// A row as it stands in the database.
pub(super) struct SealedRow<'a> {
    pub id: i64,
    /// Nothing where the columns hold values of other types.
    pub content: Option<(i64, &'a [u8])>,
}

/// Every row number there is.
pub(super) const ALL_ROWS: [i64; 2] = [i64::MIN, i64::MAX];

/// Hands over the rows of a table in the order of their numbers; returns how many places of the table
/// could not be read.
pub(super) fn read_rows(
    connection: &Connection,
    table: Table,
    range: [i64; 2],
    mut each: impl FnMut(SealedRow<'_>) -> Result<()>,
) -> Result<u64> {
    let name = table.name();
    let mut last = range[0];
    let outcome = (|| {
        let sql = format!("SELECT id, sequence, sealed FROM {name} WHERE id BETWEEN ?1 AND ?2 ORDER BY id");
        let mut statement = connection.prepare_cached(&sql)?;
        let mut rows = statement.query(range)?;
        while let Some(row) = rows.next()? {
            last = row.get(0)?;
            if let Err(error) = each(SealedRow { id: last, content: content(row, 1) }) {
                return Ok(Err(error));
            }
            last = last.saturating_add(1);
        }
        Ok(Ok(()))
    })();
    match outcome {
        Ok(done) => done.map(|()| 0),
        Err(error) if is_damage(&error) => Ok(1 + read_from_the_end(connection, table, [last, range[1]], each)?),
        Err(error) => Err(database("reading")(error)),
    }
}

fn read_from_the_end(
    connection: &Connection,
    table: Table,
    range: [i64; 2],
    mut each: impl FnMut(SealedRow<'_>) -> Result<()>,
) -> Result<u64> {
    let name = table.name();
    let mut ids = Vec::new();
    // Ends at the damaged place; what was found up to there counts.
    let _ = (|| {
        let sql = format!("SELECT id FROM {name} WHERE id BETWEEN ?1 AND ?2 ORDER BY id DESC");
        let mut statement = connection.prepare(&sql)?;
        let mut rows = statement.query(range)?;
        while let Some(row) = rows.next()? {
            ids.push(row.get(0)?);
        }
        Ok::<(), rusqlite::Error>(())
    })();
    let sql = format!("SELECT sequence, sealed FROM {name} WHERE id = ?1");
    let Ok(mut statement) = connection.prepare(&sql) else {
        return Ok(1);
    };
    let mut unreadable = 0;
    for id in ids.into_iter().rev() {
        let found = statement.query_row([id], |row| Ok(each(SealedRow { id, content: content(row, 0) })));
        match found {
            Ok(done) => done?,
            Err(_) => unreadable += 1,
        }
    }
    Ok(unreadable)
}

fn content<'a>(row: &'a Row<'_>, first: usize) -> Option<(i64, &'a [u8])> {
    match (row.get_ref(first).ok()?, row.get_ref(first + 1).ok()?) {
        (ValueRef::Integer(sequence), ValueRef::Blob(sealed)) => Some((sequence, sealed)),
        _ => None,
    }
}

/// The row that names the store: its id and the check value of the wrapping key.
pub(super) fn read_store_row(connection: &Connection) -> Result<Option<(StoreId, [u8; 16])>> {
    let read = connection.query_row("SELECT store_id, key_check, sum FROM store WHERE id = 1", [], |row| {
        Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, Vec<u8>>(1)?, row.get::<_, i64>(2)?))
    });
    let (store, check, sum) = match read {
        Ok(found) => found,
        Err(rusqlite::Error::QueryReturnedNoRows) => return Ok(None),
        Err(error) if is_damage(&error) => return Ok(None),
        Err(error) => return Err(database("reading")(error)),
    };
    let (Ok(store), Ok(check)) = (StoreId::try_from(store), <[u8; 16]>::try_from(check)) else {
        return Ok(None);
    };
    Ok((sum == store_row_sum(&store, &check)).then_some((store, check)))
}

/// Tells a damaged row from a wrong key.
pub(super) fn store_row_sum(store: &StoreId, check: &[u8; 16]) -> i64 {
    let bytes = [store.as_slice(), check.as_slice()].concat();
    twox_hash::XxHash3_64::oneshot(&bytes) as i64
}

/// Numbers of the profiles whose forgetting has begun and is not finished.
pub(super) fn read_forgetting(connection: &Connection) -> Result<Vec<i64>> {
    let read = || {
        let mut statement = connection.prepare("SELECT id FROM forgetting ORDER BY id")?;
        let rows = statement.query_map([], |row| row.get(0))?;
        rows.collect::<rusqlite::Result<Vec<i64>>>()
    };
    read().map_err(database("reading the marks of forgetting"))
}
