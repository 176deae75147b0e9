//! Limits on what is kept of a profile's events. Whole batches are dropped from the old end, in one
//! transaction with the head, whose base moves along the chain so that the rest still verifies.

use prost::Message;

use super::event_records::EventBatch;
use super::failure::corrupt;
use super::keys::{Table, tag_of};
use super::records::{ProfileHead, decode};
use super::rows::read_rows;
use super::schema::{number_of, rows_of};
use super::state::{ProfileEntry, next_link};
use super::writer::Writer;
use crate::domain::{Error, Result, Status};

/// How much is kept of each profile's events. The default keeps everything.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Retention {
    /// Older events go, once a whole batch is older. None: kept for ever.
    pub max_age_ms: Option<i64>,
    /// Events beyond this number go, once a whole batch is beyond it. None: any number.
    pub max_events: Option<u64>,
}

impl Retention {
    /// Refuses limits that say nothing, or that nothing could be within.
    pub fn validate(&self) -> Result<()> {
        if self.max_age_ms.is_none() && self.max_events.is_none() {
            return Err(Error::new(Status::InvalidArgument, "max_age_ms and max_events are both unset: nothing to do"));
        }
        match self.max_age_ms {
            Some(age) if age <= 0 => {
                Err(Error::new(Status::InvalidArgument, format!("max_age_ms is {age}; it is above zero")))
            }
            _ => Ok(()),
        }
    }
}

/// What goes of one profile.
struct Dropped {
    rows: Vec<i64>,
    head: ProfileHead,
}

impl Writer {
    /// Drops what is past the limits; returns how many events that were.
    pub fn retain(&mut self, limits: &Retention, now_utc_ms: i64) -> Result<u64> {
        let numbers: Vec<i64> = self.state.profiles.keys().copied().collect();
        let mut events = 0;
        for number in numbers {
            let Some(profile) = self.state.profiles.get(&number) else { continue };
            let dropped = self.past_limits(number, profile, limits, now_utc_ms)?;
            if dropped.rows.is_empty() {
                continue;
            }
            let (key, before) = (profile.key.clone(), profile.head.events);
            let tag = self.commit(|change, _| {
                dropped.rows.iter().try_for_each(|row| change.delete(Table::Events, *row))?;
                change.put(Table::Heads, number, &key, &dropped.head.encode_to_vec())
            })?;
            events += before - dropped.head.events;
            if let Some(profile) = self.state.profiles.get_mut(&number) {
                (profile.head, profile.head_tag) = (dropped.head, Some(tag));
            }
        }
        Ok(events)
    }

    fn past_limits(&self, number: i64, profile: &ProfileEntry, limits: &Retention, now: i64) -> Result<Dropped> {
        let mut dropped = Dropped { rows: Vec::new(), head: profile.head.clone() };
        let oldest = limits.max_age_ms.map_or(i64::MIN, |age| now.saturating_sub(age));
        let most = limits.max_events.unwrap_or(u64::MAX);
        let ended = read_rows(&self.connection, Table::Events, rows_of(number), |row| {
            let damaged = || corrupt(format!("row {} of events is damaged", row.id));
            let (sequence, sealed) = row.content.ok_or_else(damaged)?;
            let place = self.state.place(Table::Events, row.id, sequence);
            let plain = profile.key.open(&place, sealed).ok_or_else(damaged)?;
            let batch: EventBatch = decode("a batch of events", &plain)?;
            let left = dropped.head.events - batch.events.len() as u64;
            if left < most && batch.newest_utc_ms() >= oldest {
                return Err(enough());
            }
            dropped.rows.push(row.id);
            dropped.head.events = left;
            dropped.head.base = next_link(&dropped.head.base, number_of(row.id), &tag_of(sealed));
            Ok(())
        });
        match ended {
            Ok(0) => Ok(dropped),
            Ok(_) => Err(corrupt("pages of events cannot be read")),
            Err(error) if error == enough() => Ok(dropped),
            Err(error) => Err(error),
        }
    }
}

/// Ends the pass at the first batch that stays.
fn enough() -> Error {
    Error::new(Status::Ok, "")
}
