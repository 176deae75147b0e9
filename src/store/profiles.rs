//! What is kept of a profile beside its events: how the household describes it, and whether it is the current one. It
//! stands in the row that holds the profile's id, sealed by the profile's key, so that it is there exactly as long as the
//! profile is: a child whose description is damaged is lost as a whole, and never becomes a profile without an age limit.

use prost::Message;

use super::catalogue::put_value;
use super::events::new_profile_without_events;
use super::keys::Table;
use super::records::{NamedRecord, ProfileRecord};
use super::state::ProfileEntry;
use super::writer::Writer;
use crate::domain::{HouseholdProfile, Result};

/// See the module. The default is kept of a profile that came into being with its first event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeptProfile {
    /// None: nobody created it.
    pub created: Option<CreatedProfile>,
    /// Whether it is the one that events and queries mean that name none.
    pub is_current: bool,
}

/// A profile that was created, with its place among all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatedProfile {
    pub profile: HouseholdProfile,
    /// Grows from one creation to the next.
    pub order: u64,
}

impl Writer {
    /// Writes what is kept of profiles, and settings of the store, in one transaction; profiles that are not there come
    /// into being, without events.
    pub fn put_profiles(&mut self, profiles: &[(&str, KeptProfile)], settings: &[(&str, &[u8])]) -> Result<()> {
        let (entries, rows) = self.commit(|change, state| {
            let mut entries: Vec<(i64, ProfileEntry)> = Vec::with_capacity(profiles.len());
            for (id, kept) in profiles {
                let (number, entry) = match state.profile(id) {
                    Some((number, entry)) => (number, entry.clone()),
                    None => new_profile_without_events(change, state, id)?,
                };
                let value =
                    if *kept == KeptProfile::default() { Vec::new() } else { ProfileRecord::new(kept).encode_to_vec() };
                let record = NamedRecord { name: (*id).to_owned(), value };
                change.put(Table::Profiles, number, &entry.key, &record.encode_to_vec())?;
                entries.push((number, entry));
            }
            let owner = (Table::Settings, 0, &state.catalogue);
            let put = |(name, value): &(&str, &[u8])| put_value(change, state, owner, name, Some(value));
            Ok((entries, settings.iter().map(put).collect::<Result<Vec<i64>>>()?))
        })?;
        for (number, entry) in entries {
            self.state.profile_numbers.insert(entry.id.clone(), number);
            self.state.profiles.insert(number, entry);
        }
        let names = settings.iter().map(|(name, _)| (Table::Settings, 0, (*name).to_owned()));
        self.state.names.extend(names.zip(rows));
        Ok(())
    }
}
