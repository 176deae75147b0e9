//! Events on the disk: all events of one profile in one commit are one sealed row, chained to the rows
//! before by the profile's head, which the same transaction rewrites.

use std::collections::HashMap;

use prost::Message;

use super::event_records::EventBatch;
use super::keys::{Key, TAG_BYTES, Table};
use super::records::{NamedRecord, ProfileHead};
use super::scan::not_found;
use super::schema::{PROFILES, row_of};
use super::state::{ProfileEntry, State};
use super::writer::{Change, Writer};
use crate::domain::{Error, NotedEvent, Result};

impl Writer {
    /// Makes the events durable in one transaction, in their order; a profile comes into being with its
    /// first event.
    pub fn commit_events(&mut self, events: &[&NotedEvent]) -> Result<()> {
        if events.is_empty() {
            return Ok(());
        }
        let before = self.statistics.log_bytes + self.statistics.checkpoint_bytes;
        let appended = self.commit(|change, state| {
            by_profile(events)
                .into_iter()
                .map(|(id, events)| append(change, state, id, &events))
                .collect::<Result<Vec<_>>>()
        })?;
        for Appended { number, head, tag, created } in appended {
            if let Some(profile) = created {
                self.state.profile_numbers.insert(profile.id.clone(), number);
                self.state.profiles.insert(number, profile);
            }
            if let Some(profile) = self.state.profiles.get_mut(&number) {
                (profile.head, profile.head_tag) = (head, Some(tag));
            }
        }
        self.statistics.events += events.len() as u64;
        self.statistics.event_bytes += self.statistics.log_bytes + self.statistics.checkpoint_bytes - before;
        Ok(())
    }
}

/// The events of each profile, profiles in the order of their first events.
fn by_profile<'a>(events: &[&'a NotedEvent]) -> Vec<(&'a str, Vec<&'a NotedEvent>)> {
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut groups: Vec<(&str, Vec<&NotedEvent>)> = Vec::new();
    for event in events {
        let at = *places.entry(&event.event.profile).or_insert_with(|| {
            groups.push((&event.event.profile, Vec::new()));
            groups.len() - 1
        });
        groups[at].1.push(event);
    }
    groups
}

/// What a profile comes to with a further batch.
struct Appended {
    number: i64,
    head: ProfileHead,
    /// Of the head's row.
    tag: [u8; TAG_BYTES],
    created: Option<ProfileEntry>,
}

fn append(change: &mut Change<'_>, state: &State, id: &str, events: &[&NotedEvent]) -> Result<Appended> {
    let (number, created) = match state.profile(id) {
        Some((number, _)) => (number, None),
        None => new_profile(change, state, id).map(|(number, profile)| (number, Some(profile)))?,
    };
    let profile = created.as_ref().or_else(|| state.profiles.get(&number));
    let profile = profile.ok_or_else(|| not_found("profile", id))?;
    let mut head = profile.head.clone();
    let first = head.next_sequence;
    let batch = EventBatch::new(events).encode_to_vec();
    let tag = change.put(Table::Events, row_of(number, first), &profile.key, &batch)?;
    head.extend(first, events.len() as u64, &tag);
    let tag = change.put_head(number, profile, &head)?;
    Ok(Appended { number, head, tag, created })
}

/// Writes the rows of a profile whose head is to follow.
fn new_profile(change: &mut Change<'_>, state: &State, id: &str) -> Result<(i64, ProfileEntry)> {
    let number = change.head.next_profile;
    if number >= PROFILES {
        return Err(Error::limit("the number of profiles ever", number as usize, PROFILES as usize - 1));
    }
    change.head.next_profile += 1;
    let profile = ProfileEntry { id: id.to_owned(), key: Key::random()?, head: ProfileHead::empty(), head_tag: None };
    change.put_key(number, &profile.key, &state.wrapping)?;
    let record = NamedRecord { name: profile.id.clone(), value: Vec::new() };
    change.put(Table::Profiles, number, &profile.key, &record.encode_to_vec())?;
    Ok((number, profile))
}

/// Writes the rows of a profile that may stay without events, its head included.
pub(super) fn new_profile_without_events(
    change: &mut Change<'_>,
    state: &State,
    id: &str,
) -> Result<(i64, ProfileEntry)> {
    let (number, mut profile) = new_profile(change, state, id)?;
    profile.head_tag = Some(change.put_head(number, &profile, &profile.head)?);
    Ok((number, profile))
}
