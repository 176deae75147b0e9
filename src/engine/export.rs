//! What an engine knows of a profile, as JSON Lines: in full for the person it is about, or anonymised for
//! a service that trains with that person's consent.
//!
//! Every line is an object with a field `record`. In full: one `profile`, then its events in their order
//! (`event`), then what was made of them (`engagement`). Anonymised: one `profile` and its events only, where
//!
//! - the profile and the videos have pseudonyms, HMAC-SHA-256 under a salt, cut to 128 bits. The videos' salt comes
//!   from the caller: a service that knows it can name videos of its own catalogue, nobody else can. The profile's
//!   salt is made for this export and thrown away, so that no two exports can be told to be of the same person,
//!   unless the caller gives one;
//! - times are rounded down to a step of hours, without what the viewer's clock showed, and playback is told in
//!   tenths of the video;
//! - searches, and everything the library was not told as an event, are left out.
//!
//! What it does not hide: which videos were watched together. Few people share a long history, so whoever knows
//! one can find it in the export, as with any data set of this kind (Narayanan and Shmatikov, "Robust
//! de-anonymization of large sparse datasets", 2008). It is for a service that is trusted with that.

use std::collections::BTreeMap;

use hmac::{Hmac, Mac};
use serde::Serialize;
use sha2::Sha256;
use zeroize::Zeroize;

use super::Engine;
use super::household::Household;
use super::snapshot::Snapshot;
use crate::domain::{
    Company, Context, Device, Error, Event, EventKind, HouseholdProfile, Place, Result, Status, check_id,
};
use crate::store::Visitor;

/// Bytes of a salt.
pub const SALT_BYTES: usize = 32;

/// Milliseconds of an hour: the least that times are rounded to.
pub const LEAST_TIME_STEP_MS: i64 = 3_600_000;

/// Grows when a reader of older exports would misread newer ones.
const FORMAT: u32 = 1;

/// How a profile is made anonymous.
#[derive(Clone)]
pub struct Anonymisation {
    /// For the pseudonyms of videos.
    pub salt: [u8; SALT_BYTES],
    /// For the pseudonym of the profile; none: a new one that nobody keeps.
    pub profile_salt: Option<[u8; SALT_BYTES]>,
    /// Times are rounded down to multiples of this; at least [`LEAST_TIME_STEP_MS`].
    pub time_step_ms: i64,
}

impl Drop for Anonymisation {
    fn drop(&mut self) {
        self.salt.zeroize();
        self.profile_salt.zeroize();
    }
}

impl Anonymisation {
    fn validate(&self) -> Result<()> {
        if self.time_step_ms < LEAST_TIME_STEP_MS {
            let found = self.time_step_ms;
            return Err(Error::invalid(format!("time_step_ms is {found}; it is at least {LEAST_TIME_STEP_MS}")));
        }
        if self.salt == [0; SALT_BYTES] || self.profile_salt == Some([0; SALT_BYTES]) {
            return Err(Error::invalid("a salt is all zeros"));
        }
        Ok(())
    }
}

#[derive(Serialize)]
#[serde(tag = "record", rename_all = "snake_case")]
enum Line<'a> {
    Profile {
        format: u32,
        id: &'a str,
        #[serde(flatten)]
        description: Option<DescriptionFields<'a>>,
    },
    Event(EventLine<'a>),
    Engagement {
        video_id: &'a str,
        title: &'a str,
        weight: f32,
        watched: bool,
        hidden: bool,
    },
}

/// How the household describes a profile that was created.
#[derive(Serialize)]
struct DescriptionFields<'a> {
    name: &'a str,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    age_limit: Option<u8>,
}

impl<'a> DescriptionFields<'a> {
    fn of(profile: &str, household: &'a Household) -> Option<Self> {
        let HouseholdProfile { name, kind, .. } = household.profile(profile)?;
        Some(DescriptionFields { name, kind: kind.name(), age_limit: household.age_limit(profile) })
    }
}

#[derive(Serialize)]
struct EventLine<'a> {
    kind: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    video_id: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    title: &'a str,
    time_utc_ms: i64,
    position_ms: i64,
    duration_ms: i64,
    #[serde(skip_serializing_if = "is_zero")]
    rating: f32,
    #[serde(skip_serializing_if = "Option::is_none")]
    until_utc_ms: Option<i64>,
    #[serde(skip_serializing_if = "is_zero")]
    propensity: f32,
    #[serde(flatten)]
    context: ContextFields,
}

/// What is known of an event's circumstances.
#[derive(Serialize)]
struct ContextFields {
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    company: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    utc_offset_minutes: Option<i16>,
}

impl ContextFields {
    fn of(context: Context) -> ContextFields {
        let Context { device, place, company, utc_offset_minutes } = context;
        ContextFields {
            device: (device != Device::Unknown).then(|| device.name()),
            place: (place != Place::Unknown).then(|| place.name()),
            company: (company != Company::Unknown).then(|| company.name()),
            utc_offset_minutes: (utc_offset_minutes != 0).then_some(utc_offset_minutes),
        }
    }
}

#[derive(Serialize)]
#[serde(tag = "record", rename_all = "snake_case")]
enum AnonymousLine {
    Profile {
        format: u32,
        pseudonym: String,
        time_step_ms: i64,
    },
    Event {
        kind: &'static str,
        video: String,
        time_utc_ms: i64,
        #[serde(skip_serializing_if = "Option::is_none")]
        completion: Option<f64>,
        #[serde(skip_serializing_if = "is_zero")]
        rating: f32,
        #[serde(skip_serializing_if = "is_zero")]
        propensity: f32,
        #[serde(flatten)]
        context: ContextFields,
    },
}

#[allow(clippy::trivially_copy_pass_by_ref)] // Asked for by serde.
fn is_zero(value: &f32) -> bool {
    *value == 0.0
}

impl Engine {
    /// What is known of a profile as JSON Lines, see the [module](self); an engine in memory keeps no events, only
    /// what was made of them. [`Status::NotFound`] for an unknown profile, [`Status::InvalidArgument`] for a guest.
    pub fn export_profile(&self, profile: &str, anonymise: Option<&Anonymisation>) -> Result<Vec<u8>> {
        check_id("profile", profile)?;
        anonymise.map_or(Ok(()), Anonymisation::validate)?;
        let snapshot = self.shared.snapshot.load_full();
        snapshot.check_profile_exists(profile)?;
        if snapshot.household.is_guest(profile) {
            return Err(Error::invalid(format!("profile {profile:?} is a guest, of whom nothing is exported")));
        }
        let mut events = Gathered::default();
        if let Some(store) = &self.shared.store {
            store.load_profile(profile, &mut events)?;
        }
        match anonymise {
            None => in_full(&snapshot, profile, &events.0),
            Some(how) => anonymous(profile, &events.0, how),
        }
    }
}

#[derive(Default)]
struct Gathered(Vec<Event>);

impl Visitor for Gathered {
    fn events(&mut self, _first_sequence: i64, events: &[Event]) -> Result<()> {
        self.0.extend_from_slice(events);
        Ok(())
    }
}

fn in_full(snapshot: &Snapshot, profile: &str, events: &[Event]) -> Result<Vec<u8>> {
    let title = |id: &str| {
        snapshot.catalogue.row(id).and_then(|row| snapshot.catalogue.video(row)).map_or("", |video| &video.title)
    };
    let mut lines = Vec::new();
    let description = DescriptionFields::of(profile, &snapshot.household);
    put(&mut lines, &Line::Profile { format: FORMAT, id: profile, description })?;
    for event in events {
        put(
            &mut lines,
            &Line::Event(EventLine {
                kind: event.kind.name(),
                video_id: &event.video_id,
                title: title(&event.video_id),
                time_utc_ms: event.time_utc_ms,
                position_ms: event.position_ms,
                duration_ms: event.duration_ms,
                rating: event.rating,
                until_utc_ms: (event.kind == EventKind::Snooze).then_some(event.until_utc_ms),
                propensity: event.propensity,
                context: ContextFields::of(event.context),
            }),
        )?;
    }
    let engagements = snapshot.profile(profile).into_iter().flat_map(|profile| profile.engagements());
    let engagements = BTreeMap::from_iter(engagements);
    for (video_id, engagement) in engagements {
        let (weight, watched, hidden) = (engagement.weight(), engagement.is_watched(), engagement.is_hidden());
        put(&mut lines, &Line::Engagement { video_id, title: title(video_id), weight, watched, hidden })?;
    }
    Ok(lines)
}

fn anonymous(profile: &str, events: &[Event], how: &Anonymisation) -> Result<Vec<u8>> {
    let mut profile_salt = how.profile_salt.map_or_else(random_salt, Ok)?;
    let name = pseudonym(&profile_salt, "profile", profile);
    profile_salt.zeroize();
    let mut lines = Vec::new();
    let step = how.time_step_ms;
    put(&mut lines, &AnonymousLine::Profile { format: FORMAT, pseudonym: name?, time_step_ms: step })?;
    for event in events.iter().filter(|event| event.kind != EventKind::Search) {
        let line = AnonymousLine::Event {
            kind: event.kind.name(),
            video: pseudonym(&how.salt, "video", &event.video_id)?,
            // The first step there is begins later than the earliest time there is.
            time_utc_ms: event.time_utc_ms.div_euclid(step).saturating_mul(step),
            completion: completion(event),
            rating: event.rating,
            propensity: event.propensity,
            context: ContextFields::of(Context { utc_offset_minutes: 0, ..event.context }),
        };
        put(&mut lines, &line)?;
    }
    Ok(lines)
}

/// Share of the video, in tenths.
fn completion(event: &Event) -> Option<f64> {
    let share = event.position_ms as f64 / event.duration_ms as f64;
    (event.duration_ms > 0).then(|| (share.min(1.0) * 10.0).floor() / 10.0)
}

/// 32 hexadecimal digits. Source: RFC 2104, truncated as in its section 5.
fn pseudonym(salt: &[u8; SALT_BYTES], what: &str, id: &str) -> Result<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(salt).map_err(|error| internal(error.to_string()))?;
    mac.update(what.as_bytes());
    mac.update(&[0]);
    mac.update(id.as_bytes());
    let code = mac.finalize().into_bytes();
    Ok(code.iter().take(16).map(|byte| format!("{byte:02x}")).collect())
}

fn random_salt() -> Result<[u8; SALT_BYTES]> {
    let mut salt = [0; SALT_BYTES];
    let filled = getrandom::fill(&mut salt);
    filled.map_err(|error| Error::new(Status::Io, format!("the system gives no random bytes: {error}")))?;
    Ok(salt)
}

fn put(lines: &mut Vec<u8>, line: &impl Serialize) -> Result<()> {
    serde_json::to_writer(&mut *lines, line).map_err(|error| internal(error.to_string()))?;
    lines.push(b'\n');
    Ok(())
}

fn internal(message: String) -> Error {
    Error::new(Status::Internal, message)
}
