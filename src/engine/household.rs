//! The profiles of a household: who there is, up to which age each may see videos, and which of them is meant where
//! nobody is named.
//!
//! An engine in which no profile was ever created has a profile for every id that events name. From the first creation on
//! it is a household's: ids that were not created are unknown, so that an event that comes late cannot bring back who was
//! forgotten. What is kept of it stands in the store with the profiles themselves; a guest stands in memory alone.
//! `docs/profiles.md` says it all for hosts.

use std::borrow::Cow;
use std::sync::Arc;

use rpds::RedBlackTreeMapSync;

use super::Engine;
use super::snapshot::Snapshot;
use crate::domain::{
    AgeLimit, Error, Event, Filter, HouseholdProfile, ListedProfile, ProfileKind, Query, Result, Status, check_id,
    check_profile_name,
};
use crate::store::{CreatedProfile, KeptProfile, Store};

/// The profile of events and queries that name none, until one is switched to.
const DEFAULT_PROFILE: &str = "default";

/// Under which name the store keeps that a profile was created once.
pub const SETTING: &str = "household";
const IS_HOUSEHOLD: &[u8] = &[1];

/// What an entry of the persistent map costs beyond its texts, roughly.
const ENTRY_BYTES: usize = size_of::<CreatedProfile>() + 120;

/// See the module. Cloning shares.
#[derive(Debug, Clone, Default)]
pub struct Household {
    /// Whether a profile was ever created.
    is_founded: bool,
    created: RedBlackTreeMapSync<Arc<str>, CreatedProfile>,
    current: Option<Arc<str>>,
    /// The one that the store would start with: the current one, or the last before a guest.
    kept_current: Option<Arc<str>>,
    /// The least age limit of its members; none: nobody has one.
    youngest: Option<u8>,
    next_order: u64,
    bytes: usize,
}

/// What of a change goes to the store.
#[derive(Debug, Default)]
struct ToKeep {
    profiles: Vec<Arc<str>>,
    founds: bool,
}

impl Household {
    /// Memory in bytes, about.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The description of a profile that was created.
    pub fn profile(&self, id: &str) -> Option<&HouseholdProfile> {
        self.created.get(id).map(|created| &created.profile)
    }

    pub fn is_guest(&self, id: &str) -> bool {
        self.profile(id).is_some_and(|profile| profile.kind == ProfileKind::Guest)
    }

    /// The age limit of a profile, in years; none: it has none.
    pub fn age_limit(&self, id: &str) -> Option<u8> {
        self.profile(id)?.years(self.youngest)
    }

    fn current(&self) -> Option<&str> {
        self.current.as_deref().or((!self.is_founded).then_some(DEFAULT_PROFILE))
    }

    /// Takes what a store kept of a profile.
    pub fn restore(&mut self, id: &str, kept: KeptProfile) {
        if kept.is_current {
            self.current = Some(Arc::from(id));
            self.kept_current.clone_from(&self.current);
        }
        if let Some(created) = kept.created {
            self.next_order = self.next_order.max(created.order.saturating_add(1));
            self.put(created);
            self.is_founded = true;
        }
    }

    /// Takes a setting of a store.
    pub fn restore_setting(&mut self, name: &str) {
        self.is_founded |= name == SETTING;
    }

    /// What a store is to keep of a profile.
    fn kept(&self, id: &str) -> KeptProfile {
        KeptProfile { created: self.created.get(id).cloned(), is_current: self.kept_current.as_deref() == Some(id) }
    }

    /// Puts a profile in place of the one with its id.
    fn put(&mut self, created: CreatedProfile) {
        let bytes = |created: &CreatedProfile| ENTRY_BYTES + 2 * created.profile.id.len() + created.profile.name.len();
        let replaced = self.created.get(created.profile.id.as_str());
        let is_new = replaced.is_none();
        self.bytes = self.bytes + bytes(&created) - replaced.map_or(0, bytes);
        let years = member_years(&created);
        self.created.insert_mut(Arc::from(created.profile.id.as_str()), created);
        if is_new {
            // Most are put when a store is read, one after the other.
            self.youngest = self.youngest.into_iter().chain(years).min();
        } else {
            self.find_youngest();
        }
    }

    /// The place of a profile among those that were created. Guests stand behind all others and take no place, since the
    /// places of others are kept and would tell of them.
    fn place(&mut self, profile: &HouseholdProfile) -> u64 {
        if profile.kind == ProfileKind::Guest {
            return u64::MAX;
        }
        let known = self.created.get(profile.id.as_str()).map(|known| known.order);
        known.unwrap_or_else(|| {
            self.next_order = self.next_order.saturating_add(1);
            self.next_order - 1
        })
    }

    /// Takes a profile away that is forgotten. When it was the current one, the one before a guest is, or nobody.
    pub fn remove(&mut self, id: &str) {
        if let Some(created) = self.created.get(id) {
            self.bytes -= ENTRY_BYTES + 2 * id.len() + created.profile.name.len();
            self.created.remove_mut(id);
            self.find_youngest();
        }
        if self.kept_current.as_deref() == Some(id) {
            self.kept_current = None;
        }
        if self.current.as_deref() == Some(id) {
            self.current.clone_from(&self.kept_current);
        }
    }

    fn find_youngest(&mut self) {
        self.youngest = self.created.values().filter_map(member_years).min();
    }

    /// Makes a profile the current one; a guest for as long as the engine is open.
    fn switch(&mut self, id: &str) -> ToKeep {
        self.current = Some(Arc::from(id));
        if self.is_guest(id) || self.kept_current == self.current {
            return ToKeep::default();
        }
        let before = std::mem::replace(&mut self.kept_current, self.current.clone());
        ToKeep { profiles: before.into_iter().chain(self.current.clone()).collect(), founds: false }
    }
}

impl Snapshot {
    /// The id that is meant: the one that is named, or that of the current profile where it is empty.
    /// [`Status::NotFound`] for one that a household does not have.
    pub fn profile_meant<'a>(&'a self, named: &'a str) -> Result<&'a str> {
        let nobody =
            || Error::new(Status::NotFound, "profile is empty and no profile is current: name one or switch to one");
        let id = if named.is_empty() { self.household.current().ok_or_else(nobody)? } else { named };
        self.check_profile(id).map(|()| id)
    }

    /// Refuses an id that a household does not have.
    pub fn check_profile(&self, id: &str) -> Result<()> {
        if self.household.is_founded { self.check_profile_exists(id) } else { Ok(()) }
    }

    /// Refuses an id without a profile.
    pub fn check_profile_exists(&self, id: &str) -> Result<()> {
        match self.profile(id) {
            Some(_) => Ok(()),
            None => Err(Error::new(Status::NotFound, format!("{id:?} is no profile of this engine"))),
        }
    }

    /// The query as it counts: for the profile that is meant, with the lower of its age limit and the query's.
    pub fn query_for<'q>(&self, query: &'q Query) -> Result<Cow<'q, Query>> {
        let profile = self.profile_meant(&query.profile)?;
        let limit = self.household.age_limit(profile).map(u32::from);
        if limit.is_none() && profile == query.profile {
            return Ok(Cow::Borrowed(query));
        }
        let mut meant = Query { profile: profile.to_owned(), ..query.clone() };
        if let Some(limit) = limit {
            let filter = meant.filter.get_or_insert_with(Filter::default);
            filter.viewer_age = Some(filter.viewer_age.map_or(limit, |age| age.min(limit)));
        }
        Ok(Cow::Owned(meant))
    }

    /// All profiles: those that were created in the order of their creation, then guests, then those that only events
    /// made, both by id.
    fn listed_profiles(&self) -> Vec<ListedProfile> {
        let current = self.household.current();
        let listed = |profile: HouseholdProfile| ListedProfile {
            years: profile.years(self.household.youngest),
            is_current: current == Some(profile.id.as_str()),
            profile,
        };
        let mut created: Vec<&CreatedProfile> = self.household.created.values().collect();
        created.sort_by_key(|created| created.order);
        let mut made: Vec<&str> = self.profile_ids().filter(|id| self.household.profile(id).is_none()).collect();
        made.sort_unstable();
        let created = created.into_iter().map(|created| created.profile.clone());
        created.chain(made.into_iter().map(made_by_events)).map(listed).collect()
    }

    fn create_profile(&mut self, profile: &HouseholdProfile) -> Result<ToKeep> {
        let id = &profile.id;
        if self.household.profile(id).is_some() {
            return Err(Error::invalid(format!("id {id:?} is a profile that was created already")));
        }
        if profile.kind == ProfileKind::Guest && self.profile(id).is_some() {
            return Err(Error::invalid(format!("id {id:?} is a profile with a history; a guest has none")));
        }
        if profile.kind == ProfileKind::Everyone
            && let Some(other) =
                self.household.created.values().find(|other| other.profile.kind == ProfileKind::Everyone)
        {
            let other = &other.profile.id;
            return Err(Error::invalid(format!("kind is everyone, which profile {other:?} is; a household has one")));
        }
        match profile.kind {
            ProfileKind::Guest => self.put_guest(id),
            _ => self.restore_profile(id),
        }
        Ok(self.describe(profile.clone()))
    }

    /// Takes what the household says of a profile, which is created by that unless it was.
    fn describe(&mut self, profile: HouseholdProfile) -> ToKeep {
        let household = &mut self.household;
        let order = household.place(&profile);
        let id: Arc<str> = Arc::from(profile.id.as_str());
        let is_guest = profile.kind == ProfileKind::Guest;
        household.put(CreatedProfile { profile, order });
        let founds = !std::mem::replace(&mut household.is_founded, true);
        let mut profiles = if is_guest { Vec::new() } else { vec![id] };
        // Who named nobody meant this one until now.
        let goes_on = founds && self.household.current.is_none() && self.profile(DEFAULT_PROFILE).is_some();
        if goes_on {
            let switched = self.household.switch(DEFAULT_PROFILE).profiles;
            profiles.extend(switched.into_iter().filter(|id| !profiles.contains(id)).collect::<Vec<_>>());
        }
        ToKeep { profiles, founds }
    }

    fn switch_profile(&mut self, id: &str) -> Result<ToKeep> {
        self.check_profile_exists(id)?;
        Ok(self.household.switch(id))
    }

    /// What the household says of a profile, to be changed.
    fn described(&self, id: &str) -> Result<HouseholdProfile> {
        self.check_profile_exists(id)?;
        Ok(self.household.profile(id).cloned().unwrap_or_else(|| made_by_events(id)))
    }

    fn rename_profile(&mut self, id: &str, name: &str) -> Result<ToKeep> {
        let profile = HouseholdProfile { name: name.to_owned(), ..self.described(id)? };
        Ok(self.describe(profile))
    }

    fn set_profile_kind(&mut self, id: &str, kind: ProfileKind, age_limit: AgeLimit) -> Result<ToKeep> {
        let profile = self.described(id)?;
        if profile.kind != kind && !(profile.kind.is_member() && kind.is_member()) {
            let (from, to) = (profile.kind.name(), kind.name());
            return Err(Error::invalid(format!("kind is {to}, which a profile of kind {from} cannot become")));
        }
        let profile = HouseholdProfile { kind, age_limit, ..profile };
        profile.validate()?;
        Ok(self.describe(profile))
    }
}

/// How a profile is described that nobody created.
fn made_by_events(id: &str) -> HouseholdProfile {
    let (kind, age_limit) = (ProfileKind::Adult, AgeLimit::OfKind);
    HouseholdProfile { id: id.to_owned(), name: id.to_owned(), kind, age_limit }
}

impl Engine {
    /// Creates a profile. One that events made and nobody created is described by this and keeps its history.
    /// The first creation makes the engine a household's, for good: from then on events and lists of ids that are no
    /// profile are [`Status::NotFound`].
    ///
    /// [`Status::InvalidArgument`] for an id that was created, a guest whose id has a history, and a second profile of
    /// kind everyone.
    pub fn create_profile(&self, profile: &HouseholdProfile) -> Result<()> {
        profile.validate()?;
        self.change_household(|next| next.create_profile(profile))
    }

    /// All profiles: those that were created in the order of their creation, then guests by id, then those that only
    /// events made, as adults with their id for a name, by id.
    pub fn profiles(&self) -> Vec<ListedProfile> {
        self.shared.snapshot.load_full().listed_profiles()
    }

    /// The id that events and queries mean that name none; none in a household in which nobody was switched to, or
    /// the one who was is forgotten.
    pub fn current_profile(&self) -> Option<String> {
        self.shared.snapshot.load_full().household.current().map(str::to_owned)
    }

    /// The id that events and queries mean by this one: itself, or where it is empty the current profile's.
    /// [`Status::NotFound`] for one that a household does not have, and where nobody is current.
    pub fn profile_meant(&self, named: &str) -> Result<String> {
        self.shared.snapshot.load_full().profile_meant(named).map(str::to_owned)
    }

    /// Makes a profile the one that events and queries mean that name none. It is so again when the store is
    /// opened next, unless it is a guest: then the one before it is.
    pub fn switch_profile(&self, profile: &str) -> Result<()> {
        check_id("profile", profile)?;
        self.change_household(|next| next.switch_profile(profile))
    }

    /// Changes what people see of a profile, never its id. One that only events made is created by it, as an adult.
    pub fn rename_profile(&self, profile: &str, name: &str) -> Result<()> {
        check_id("profile", profile)?;
        check_profile_name(name)?;
        self.change_household(|next| next.rename_profile(profile, name))
    }

    /// Changes a profile's kind and age limit: of an adult, teen or child to another of these, of others the limit only.
    /// One that only events made is created by it.
    pub fn set_profile_kind(&self, profile: &str, kind: ProfileKind, age_limit: AgeLimit) -> Result<()> {
        check_id("profile", profile)?;
        self.change_household(|next| next.set_profile_kind(profile, kind, age_limit))
    }

    fn change_household(&self, change: impl FnOnce(&mut Snapshot) -> Result<ToKeep>) -> Result<()> {
        self.shared.check_writable()?;
        self.shared.check_store_writable()?;
        let change = |next: &mut Snapshot| {
            let ToKeep { profiles, founds } = change(next)?;
            let kept: Vec<(Arc<str>, KeptProfile)> =
                profiles.into_iter().map(|id| (Arc::clone(&id), next.household.kept(&id))).collect();
            Ok(move |store: &Store| keep(store, &kept, founds))
        };
        self.shared.publish_beside(|| self.shared.queue.reading().bytes, change, || ())
    }

    /// The events with the profiles that are meant where none is named.
    pub(super) fn events_for(&self, events: &[Event]) -> Result<Vec<Event>> {
        let snapshot = self.shared.snapshot.load_full();
        let meant = |(index, event): (usize, &Event)| {
            let place = |error: Error| error.within_batch("events", index, events.len());
            let profile =
                if event.profile.is_empty() { snapshot.profile_meant("").map_err(place)? } else { &event.profile };
            Ok(Event { profile: profile.to_owned(), ..event.clone() })
        };
        events.iter().enumerate().map(meant).collect()
    }
}

fn keep(store: &Store, profiles: &[(Arc<str>, KeptProfile)], founds: bool) -> Result<()> {
    if profiles.is_empty() && !founds {
        return Ok(());
    }
    let profiles: Vec<(&str, KeptProfile)> = profiles.iter().map(|(id, kept)| (id.as_ref(), kept.clone())).collect();
    let settings: &[(&str, &[u8])] = if founds { &[(SETTING, IS_HOUSEHOLD)] } else { &[] };
    store.put_profiles(&profiles, settings)
}

/// The age limit of a member of the household that has one.
fn member_years(created: &CreatedProfile) -> Option<u8> {
    Some(created).filter(|created| created.profile.kind.is_member())?.profile.years(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guest_takes_no_place_among_those_that_are_kept() {
        let profile = |id: &str, kind| HouseholdProfile { kind, ..made_by_events(id) };
        let mut household = Household::default();
        let mut created = |id: &str, kind| {
            let profile = profile(id, kind);
            let order = household.place(&profile);
            household.put(CreatedProfile { profile, order });
            order
        };
        let (adult, guest) = (ProfileKind::Adult, ProfileKind::Guest);
        assert_eq!([created("b", adult), created("v", guest), created("a", adult)], [0, u64::MAX, 1]);
        assert_eq!([created("b", ProfileKind::Teen), created("w", guest)], [0, u64::MAX], "a change keeps the place");
    }
}
