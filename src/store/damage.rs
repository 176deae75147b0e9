//! What can be damaged, and how it is told: which part, how much of it, where. Row numbers are named,
//! never ids or titles, so that a message may be logged.

use std::fmt;

use super::failure::corrupt;
use crate::domain::{Error, Result};

/// A part of a store that can be damaged on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Pages of the database; rows on them cannot be reached.
    DatabasePages,
    /// The database is older than the vector file beside it: commits are lost.
    OldDatabase,
    /// The record of what the whole store comes to.
    StoreHead,
    /// A profile's key or id: what it did cannot be read any more.
    Profiles,
    /// The record of what a profile's event log comes to, or the log does not match it.
    ProfileHeads,
    EventBatches,
    Videos,
    /// Vectors of videos; these are to be embedded again.
    Vectors,
    /// A whole vector file is missing or has a damaged header.
    VectorFile,
    States,
    Settings,
}

/// Damage to one part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    pub part: Part,
    /// Records concerned; 0: not known.
    pub count: u64,
    /// Where, in words.
    pub place: String,
}

impl fmt::Display for Damage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.part {
            Part::DatabasePages => "unreadable database pages",
            Part::OldDatabase => "commits lost from the database",
            Part::StoreHead => "damaged store head",
            Part::Profiles => "damaged profiles",
            Part::ProfileHeads => "event logs that do not match their heads",
            Part::EventBatches => "damaged event batches",
            Part::Videos => "damaged videos",
            Part::Vectors => "missing or damaged vectors",
            Part::VectorFile => "damaged vector file",
            Part::States => "damaged learned states",
            Part::Settings => "damaged settings",
        };
        match self.count {
            0 => write!(formatter, "{what} ({})", self.place),
            count => write!(formatter, "{count} {what} ({})", self.place),
        }
    }
}

/// What a store holds and what of it is damaged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    pub videos: u64,
    pub vectors: u64,
    pub profiles: u64,
    pub events: u64,
    pub damage: Vec<Damage>,
    /// Findings of SQLite's own check of the database; only filled when verifying.
    pub database: Vec<String>,
    /// Damaged vector records that no video refers to; nothing is lost with them.
    pub unused_damaged_vectors: u64,
    /// Profiles that were forgotten and of which sealed rows without a key are left, since the disk was full at the opening.
    pub half_forgotten: u64,
}

impl Report {
    /// Whether everything is as it was written.
    pub fn is_sound(&self) -> bool {
        self.damage.is_empty() && self.database.is_empty() && self.unused_damaged_vectors == 0
    }

    /// [`Status::Corrupt`](crate::domain::Status::Corrupt) with everything that is not as it was written.
    pub fn check(&self) -> Result<()> {
        if self.is_sound() {
            return Ok(());
        }
        let mut list: Vec<String> = self.damage.iter().map(Damage::to_string).collect();
        list.extend(self.database.iter().map(|finding| format!("database: {finding}")));
        if self.unused_damaged_vectors > 0 {
            list.push(format!("{} damaged vectors that no video refers to", self.unused_damaged_vectors));
        }
        Err(corrupt(format!("the store is damaged: {}", list.join("; "))))
    }

    pub(super) fn error(&self) -> Error {
        let list: Vec<String> = self.damage.iter().map(Damage::to_string).collect();
        corrupt(format!("the store is damaged: {}; nothing was changed", list.join("; ")))
    }
}

/// Collects damage to one part row by row.
#[derive(Debug, Default)]
pub(super) struct Tally {
    count: u64,
    first: Vec<String>,
}

impl Tally {
    const NAMED: usize = 8;

    pub fn add(&mut self, place: impl fmt::Display) {
        self.count += 1;
        if self.first.len() < Self::NAMED {
            self.first.push(place.to_string());
        }
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub fn into_damage(self, part: Part, damage: &mut Vec<Damage>) {
        if self.count > 0 {
            let more = if self.count > Self::NAMED as u64 { ", …" } else { "" };
            damage.push(Damage { part, count: self.count, place: self.first.join(", ") + more });
        }
    }
}
