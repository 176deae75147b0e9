//! Going on with a damaged store, when the host allows it. Damaged rows move to a table of their own,
//! damaged files are copied aside, heads are made true again; nothing is deleted.

use rusqlite::{Connection, params};

use prost::Message;

use super::directory::Directory;
use super::failure::{corrupt, database};
use super::keys::Table;
use super::rows::{ALL_ROWS, read_forgetting, read_rows, read_store_row, store_row_sum};
use super::schema::{MIGRATIONS, migrate, open_damaged, open_for_writing};
use super::writer::Writer;
use crate::domain::Result;

impl Writer {
    /// Moves damaged rows out of the way and writes heads that match what is left.
    pub fn quarantine(&mut self, rows: &[(Table, i64)], without_vector: &[String]) -> Result<()> {
        self.commit(|change, state| {
            for (table, row) in rows {
                let sql = format!(
                    "INSERT INTO quarantine (source, row, sequence, sealed)
                     SELECT ?1, id, coalesce(sequence, 0), coalesce(sealed, x'') FROM {} WHERE id = ?2",
                    table.name()
                );
                change.execute(&sql, params![table.name(), row])?;
                change.delete(*table, *row)?;
            }
            for (number, profile) in &state.profiles {
                change.put(Table::Heads, *number, &profile.key, &profile.head.encode_to_vec())?;
            }
            Ok(())
        })?;
        self.commit_without_vectors(without_vector, None)
    }
}

/// Copies what can be read of a database with damaged pages to a new one, which then takes its place. The old one
/// stays beside it, in a folder.
pub(super) fn salvage(directory: &Directory) -> Result<()> {
    directory.set_aside()?;
    let damaged = open_damaged(directory)?;
    let path = directory.unfinished();
    directory.create(&path)?;
    let fresh = open_for_writing(&path)?;
    // One file, complete when it is closed.
    fresh.pragma_update(None, "journal_mode", "DELETE").map_err(database("preparing the salvaged database"))?;
    migrate(&fresh, &MIGRATIONS)?;
    let Some((store, check)) = read_store_row(&damaged)? else {
        return Err(corrupt("store.sqlite has no readable name and key check: nothing of it can be served"));
    };
    fresh.execute_batch("BEGIN").map_err(database("salvaging"))?;
    let sql = "INSERT INTO store (id, store_id, key_check, sum) VALUES (1, ?1, ?2, ?3)";
    let row = params![store.as_slice(), check.as_slice(), store_row_sum(&store, &check)];
    fresh.execute(sql, row).map_err(database("salvaging"))?;
    for table in Table::ALL {
        copy_rows(&damaged, &fresh, table)?;
    }
    for number in read_forgetting(&damaged).unwrap_or_default() {
        let marked = fresh.execute("INSERT INTO forgetting (id) VALUES (?1)", [number]);
        marked.map_err(database("salvaging"))?;
    }
    fresh.execute_batch("COMMIT").map_err(database("salvaging"))?;
    fresh.close().map_err(|(_, error)| database("salvaging")(error))?;
    drop(damaged);
    directory.adopt_salvaged()
}

fn copy_rows(damaged: &Connection, fresh: &Connection, table: Table) -> Result<()> {
    let sql = format!("INSERT OR IGNORE INTO {} (id, sequence, sealed) VALUES (?1, ?2, ?3)", table.name());
    let mut insert = fresh.prepare(&sql).map_err(database("salvaging"))?;
    read_rows(damaged, table, ALL_ROWS, |row| {
        if let Some((sequence, sealed)) = row.content {
            insert.execute(params![row.id, sequence, sealed]).map_err(database("salvaging"))?;
        }
        Ok(())
    })?;
    Ok(())
}
