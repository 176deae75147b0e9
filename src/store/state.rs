//! What is kept in memory of a store while it is open: numbers for ids, keys, heads, and where each
//! video's vector stands. It changes only after a commit has succeeded.

use std::collections::{BTreeMap, HashMap};

use sha2::{Digest, Sha256};

use super::keys::{Key, Place, StoreId, TAG_BYTES, Table};
use super::records::{ProfileHead, RowSum, StoreHead};

/// A video's place in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct VideoEntry {
    pub number: i64,
    /// Commit of its record in the vector file; 0: it has none.
    pub vector_sequence: i64,
    pub slot: u64,
    pub text_hash: [u8; 32],
}

#[derive(Clone)]
pub(super) struct ProfileEntry {
    pub id: String,
    pub key: Key,
    pub head: ProfileHead,
    /// Tag of the head's row, once it was written since the store was opened.
    pub head_tag: Option<[u8; TAG_BYTES]>,
}

/// Whose named record it is (0: the store's), in which table, and its name.
pub(super) type NamedKey = (Table, i64, String);

pub(super) struct State {
    pub store: StoreId,
    pub wrapping: Key,
    pub catalogue: Key,
    pub head: StoreHead,
    pub videos: HashMap<String, VideoEntry>,
    pub profiles: BTreeMap<i64, ProfileEntry>,
    pub profile_numbers: HashMap<String, i64>,
    pub names: HashMap<NamedKey, i64>,
}

impl State {
    pub fn new(store: StoreId, wrapping: Key, catalogue: Key) -> State {
        State {
            store,
            wrapping,
            catalogue,
            head: StoreHead { next_video: 1, next_profile: 1, next_name: 1, ..StoreHead::default() },
            videos: HashMap::new(),
            profiles: BTreeMap::new(),
            profile_numbers: HashMap::new(),
            names: HashMap::new(),
        }
    }

    pub fn place(&self, table: Table, row: i64, sequence: i64) -> Place {
        Place { store: self.store, table, row, sequence }
    }

    /// The number and entry of the profile with this id.
    pub fn profile(&self, id: &str) -> Option<(i64, &ProfileEntry)> {
        let number = *self.profile_numbers.get(id)?;
        Some((number, self.profiles.get(&number)?))
    }

    pub fn live_vectors(&self) -> u64 {
        self.videos.values().filter(|video| video.vector_sequence != 0).count() as u64
    }

    pub fn events(&self) -> u64 {
        self.profiles.values().map(|profile| profile.head.events).sum()
    }
}

impl ProfileHead {
    /// The head of a profile without events.
    pub fn empty() -> ProfileHead {
        ProfileHead { events: 0, next_sequence: 0, base: vec![0; 32], chain: vec![0; 32] }
    }

    /// Appends a batch to the chain.
    pub fn extend(&mut self, first_sequence: i64, events: u64, tag: &[u8; TAG_BYTES]) {
        self.chain = next_link(&self.chain, first_sequence, tag);
        self.events += events;
        self.next_sequence = self.next_sequence.max(first_sequence + events as i64);
    }
}

/// SHA-256 of the link before, the batch's first sequence number and its tag.
pub(super) fn next_link(link: &[u8], first_sequence: i64, tag: &[u8; TAG_BYTES]) -> Vec<u8> {
    Sha256::new().chain_update(link).chain_update(first_sequence.to_le_bytes()).chain_update(tag).finalize().to_vec()
}

impl StoreHead {
    /// The sum over a table's rows, for tables that have one: an event log has its chain instead.
    pub fn sum_mut(&mut self, table: Table) -> Option<&mut RowSum> {
        match table {
            Table::Videos => Some(&mut self.videos),
            Table::Profiles => Some(&mut self.profiles),
            Table::Heads => Some(&mut self.profile_heads),
            Table::States => Some(&mut self.states),
            Table::Settings => Some(&mut self.settings),
            Table::Keys | Table::Events => None,
        }
    }
}
