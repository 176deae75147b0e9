//! Reading single records of an open store: one video, one state, or everything of one profile.

use rusqlite::Connection;

use super::event_records::EventBatch;
use super::failure::{corrupt, database};
use super::keys::Table;
use super::records::{NamedRecord, VideoRecord, decode};
use super::rows::read_rows;
use super::scan::{Visitor, not_found};
use super::schema::{number_of, rows_of};
use super::state::State;
use crate::domain::Result;

/// The video in a row.
pub(super) fn read_video(connection: &Connection, state: &State, number: i64) -> Result<VideoRecord> {
    let sql = "SELECT sequence, sealed FROM videos WHERE id = ?1";
    let read = connection.query_row(sql, [number], |row| Ok((row.get(0)?, row.get::<_, Vec<u8>>(1)?)));
    let (sequence, sealed) = read.map_err(database("reading a video"))?;
    let plain = state.catalogue.open(&state.place(Table::Videos, number, sequence), &sealed);
    decode("a video", &plain.ok_or_else(|| corrupt(format!("the video in row {number} is damaged")))?)
}

/// A named state of the store itself, where there is one.
pub(super) fn read_state(connection: &Connection, state: &State, name: &str) -> Result<Option<Vec<u8>>> {
    let Some(row) = state.names.get(&(Table::States, 0, name.to_owned())).copied() else { return Ok(None) };
    let sql = "SELECT sequence, sealed FROM states WHERE id = ?1";
    let read = connection.query_row(sql, [row], |row| Ok((row.get(0)?, row.get::<_, Vec<u8>>(1)?)));
    let (sequence, sealed) = read.map_err(database("reading a state"))?;
    let plain = state.catalogue.open(&state.place(Table::States, row, sequence), &sealed);
    let record: NamedRecord =
        decode("a named record", &plain.ok_or_else(|| corrupt(format!("the state in row {row} is damaged")))?)?;
    Ok(Some(record.value))
}

/// Hands over what is stored of one profile, its events in their order.
pub(super) fn read_profile(connection: &Connection, state: &State, id: &str, visitor: &mut dyn Visitor) -> Result<()> {
    let (number, profile) = state.profile(id).ok_or_else(|| not_found("profile", id))?;
    visitor.profile(id)?;
    for table in [Table::States, Table::Events] {
        let unreadable = read_rows(connection, table, rows_of(number), |row| {
            let damaged = || corrupt(format!("row {} of {} is damaged", row.id, table.name()));
            let (sequence, sealed) = row.content.ok_or_else(damaged)?;
            let plain = profile.key.open(&state.place(table, row.id, sequence), sealed).ok_or_else(damaged)?;
            if table == Table::States {
                let record: NamedRecord = decode("a named record", &plain)?;
                return visitor.state(Some(id), &record.name, &record.value);
            }
            let batch: EventBatch = decode("a batch of events", &plain)?;
            visitor.noted_events(number_of(row.id), batch.into_events(id)?)
        })?;
        if unreadable > 0 {
            return Err(corrupt(format!("pages of {} cannot be read", table.name())));
        }
    }
    Ok(())
}
