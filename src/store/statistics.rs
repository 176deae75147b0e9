//! What a store has written since it was opened, for hosts that mind the wear of their flash.

use crate::domain::Status;

/// Counts since the store was opened. Bytes are those handed to the system for data and logs; what a file
/// system writes for itself comes on top.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Transactions made durable.
    pub commits: u64,
    /// Events in them.
    pub events: u64,
    /// Bytes that these commits wrote, with the checkpoints that came after them.
    pub event_bytes: u64,
    /// What the last commit of events failed with, if it failed.
    pub status: Status,
    /// Bytes appended to the database's log.
    pub log_bytes: u64,
    /// Bytes of pages brought from the log into the database.
    pub checkpoint_bytes: u64,
    pub checkpoints: u64,
    /// Bytes of vectors.
    pub vector_bytes: u64,
    /// Events that wait for a commit.
    pub waiting_events: u64,
    /// Checkpoints that failed and are tried again after the next commit.
    pub failed_checkpoints: u64,
    /// Notes of the newest commit that could not be written beside the vectors.
    pub failed_notes: u64,
    /// Vector records, and how many of them no video refers to.
    pub vector_slots: u64,
    pub dead_vector_slots: u64,
}

impl Statistics {
    pub fn bytes_written(&self) -> u64 {
        self.log_bytes + self.checkpoint_bytes + self.vector_bytes
    }

    /// What a recorded event cost so far; 0 while there was none.
    pub fn bytes_per_event(&self) -> u64 {
        self.event_bytes.checked_div(self.events).unwrap_or(0)
    }
}
