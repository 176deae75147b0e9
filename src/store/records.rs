//! How records look before they are sealed: Protocol Buffers, one message a kind of record.
//!
//! A message never loses a field it does not know: [`decode`] refuses bytes that it would not write
//! again, with [`Status::TooNew`], since only a newer version of the library can have written them.

use prost::Message;

use super::failure::corrupt;
use super::keys::TAG_BYTES;
use super::profiles::{CreatedProfile, KeptProfile};
use crate::domain::{AgeLimit, Error, HouseholdProfile, Kind, ProfileKind, Result, Status, Video};

#[derive(Clone, PartialEq, Message)]
pub(super) struct VideoRecord {
    #[prost(string, tag = "1")]
    pub id: String,
    #[prost(string, tag = "2")]
    pub title: String,
    #[prost(string, tag = "3")]
    pub description: String,
    #[prost(string, repeated, tag = "4")]
    pub tags: Vec<String>,
    #[prost(string, repeated, tag = "5")]
    pub comments: Vec<String>,
    #[prost(string, tag = "6")]
    pub language: String,
    #[prost(message, optional, tag = "7")]
    pub vector: Option<Elements>,
    #[prost(int32, optional, tag = "8")]
    pub kind: Option<i32>,
    #[prost(uint32, optional, tag = "9")]
    pub min_age: Option<u32>,
    #[prost(sint64, optional, tag = "10")]
    pub available_from_utc_ms: Option<i64>,
    #[prost(sint64, optional, tag = "11")]
    pub available_until_utc_ms: Option<i64>,
    #[prost(string, repeated, tag = "12")]
    pub audio_languages: Vec<String>,
    #[prost(string, repeated, tag = "13")]
    pub subtitle_languages: Vec<String>,
    #[prost(string, repeated, tag = "14")]
    pub entitlements: Vec<String>,
    #[prost(bytes = "vec", tag = "15")]
    pub text_hash: Vec<u8>,
    /// Commit that wrote its record in the vector file; 0: it has none.
    #[prost(int64, tag = "16")]
    pub vector_sequence: i64,
    #[prost(string, tag = "17")]
    pub series_id: String,
    #[prost(uint32, tag = "18")]
    pub season_number: u32,
    #[prost(uint32, tag = "19")]
    pub episode_number: u32,
    #[prost(int64, tag = "20")]
    pub duration_ms: i64,
    #[prost(int64, tag = "21")]
    pub credits_start_ms: i64,
    #[prost(bytes = "vec", tag = "22")]
    pub learned: Vec<u8>,
}

/// The vector that a video's owner brought, apart from the payload in the vector file.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Elements {
    #[prost(float, repeated, tag = "1")]
    pub values: Vec<f32>,
}

impl VideoRecord {
    pub fn new(video: &Video, text_hash: &[u8; 32], vector_sequence: i64, learned: &[u8]) -> Self {
        let video = video.clone();
        VideoRecord {
            id: video.id,
            title: video.title,
            description: video.description,
            tags: video.tags,
            comments: video.comments,
            language: video.language,
            vector: video.vector.map(|values| Elements { values }),
            kind: video.kind.map(|kind| kind as i32),
            min_age: video.min_age.map(u32::from),
            available_from_utc_ms: video.available_from_utc_ms,
            available_until_utc_ms: video.available_until_utc_ms,
            audio_languages: video.audio_languages,
            subtitle_languages: video.subtitle_languages,
            entitlements: video.entitlements,
            text_hash: text_hash.to_vec(),
            vector_sequence,
            series_id: video.series_id,
            season_number: video.season_number,
            episode_number: video.episode_number,
            duration_ms: video.duration_ms,
            credits_start_ms: video.credits_start_ms,
            learned: learned.to_vec(),
        }
    }

    pub fn text_hash(&self) -> Result<[u8; 32]> {
        self.text_hash.as_slice().try_into().map_err(|_| corrupt("a text hash has not 32 bytes"))
    }

    pub fn into_video(self) -> Result<Video> {
        let age = |years| u8::try_from(years).map_err(|_| newer(format!("min_age {years}")));
        Ok(Video {
            id: self.id,
            title: self.title,
            description: self.description,
            tags: self.tags,
            comments: self.comments,
            language: self.language,
            vector: self.vector.map(|elements| elements.values),
            kind: self.kind.map(known_kind).transpose()?,
            min_age: self.min_age.map(age).transpose()?,
            available_from_utc_ms: self.available_from_utc_ms,
            available_until_utc_ms: self.available_until_utc_ms,
            audio_languages: self.audio_languages,
            subtitle_languages: self.subtitle_languages,
            entitlements: self.entitlements,
            series_id: self.series_id,
            season_number: self.season_number,
            episode_number: self.episode_number,
            duration_ms: self.duration_ms,
            credits_start_ms: self.credits_start_ms,
        })
    }
}

pub(super) fn known_kind(code: i32) -> Result<Kind> {
    Kind::from_code(code).ok_or_else(|| newer(format!("kind {code}")))
}

/// What is kept of a profile beside its id and its events; the value beside its id.
#[derive(Clone, PartialEq, Message)]
pub(super) struct ProfileRecord {
    /// None: it came into being with its first event.
    #[prost(int32, optional, tag = "1")]
    pub kind: Option<i32>,
    #[prost(string, tag = "2")]
    pub name: String,
    /// Years; 0: as the kind has it, [`NO_AGE_LIMIT`]: none.
    #[prost(sint32, tag = "3")]
    pub age_limit: i32,
    #[prost(uint64, tag = "4")]
    pub order: u64,
    #[prost(bool, tag = "5")]
    pub is_current: bool,
}

const NO_AGE_LIMIT: i32 = -1;

impl ProfileRecord {
    pub fn new(kept: &KeptProfile) -> Self {
        let is_current = kept.is_current;
        let Some(CreatedProfile { profile, order }) = &kept.created else {
            return ProfileRecord { is_current, ..ProfileRecord::default() };
        };
        let age_limit = match profile.age_limit {
            AgeLimit::OfKind => 0,
            AgeLimit::None => NO_AGE_LIMIT,
            AgeLimit::Years(years) => i32::from(years),
        };
        let (kind, name) = (Some(profile.kind as i32), profile.name.clone());
        ProfileRecord { kind, name, age_limit, order: *order, is_current }
    }

    pub fn into_kept(self, id: &str) -> Result<KeptProfile> {
        let Some(code) = self.kind else {
            return Ok(KeptProfile { created: None, is_current: self.is_current });
        };
        let kind = ProfileKind::from_code(code).ok_or_else(|| newer(format!("profile kind {code}")))?;
        let age_limit = match self.age_limit {
            0 => AgeLimit::OfKind,
            NO_AGE_LIMIT => AgeLimit::None,
            years => AgeLimit::Years(u8::try_from(years).map_err(|_| newer(format!("age limit {years}")))?),
        };
        let profile = HouseholdProfile { id: id.to_owned(), name: self.name, kind, age_limit };
        profile.validate().map_err(|error| newer(format!("a profile whose {error}")))?;
        Ok(KeptProfile { created: Some(CreatedProfile { profile, order: self.order }), is_current: self.is_current })
    }
}

/// A profile's id with what is kept of it ([`ProfileRecord`]), or a name and its value: learned state and settings.
#[derive(Clone, PartialEq, Message)]
pub(super) struct NamedRecord {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(bytes = "vec", tag = "2")]
    pub value: Vec<u8>,
}

/// What the rows of one table come to: how many there are, and the sum of their tags modulo 2^128.
#[derive(Clone, PartialEq, Message)]
pub(super) struct RowSum {
    #[prost(uint64, tag = "1")]
    pub count: u64,
    #[prost(fixed64, tag = "2")]
    pub low: u64,
    #[prost(fixed64, tag = "3")]
    pub high: u64,
}

impl RowSum {
    pub fn add(&mut self, tag: &[u8; TAG_BYTES]) {
        self.count = self.count.wrapping_add(1);
        self.set(self.sum().wrapping_add(u128::from_le_bytes(*tag)));
    }

    pub fn remove(&mut self, tag: &[u8; TAG_BYTES]) {
        self.count = self.count.wrapping_sub(1);
        self.set(self.sum().wrapping_sub(u128::from_le_bytes(*tag)));
    }

    fn sum(&self) -> u128 {
        (u128::from(self.high) << 64) | u128::from(self.low)
    }

    fn set(&mut self, sum: u128) {
        self.low = (sum & u128::from(u64::MAX)) as u64;
        self.high = (sum >> 64) as u64;
    }
}

/// What the whole store comes to; rewritten by every commit.
#[derive(Clone, PartialEq, Message)]
pub(super) struct StoreHead {
    #[prost(int64, tag = "1")]
    pub commit: i64,
    #[prost(message, required, tag = "2")]
    pub videos: RowSum,
    #[prost(message, required, tag = "3")]
    pub profiles: RowSum,
    #[prost(message, required, tag = "4")]
    pub profile_heads: RowSum,
    #[prost(message, required, tag = "5")]
    pub states: RowSum,
    #[prost(message, required, tag = "6")]
    pub settings: RowSum,
    #[prost(uint64, tag = "7")]
    pub vector_file: u64,
    /// Records of the vector file that count; what stands behind them was never committed.
    #[prost(uint64, tag = "8")]
    pub vector_slots: u64,
    /// Numbers below these were given away and are never given again.
    #[prost(int64, tag = "9")]
    pub next_video: i64,
    #[prost(int64, tag = "10")]
    pub next_profile: i64,
    #[prost(int64, tag = "11")]
    pub next_name: i64,
}

/// What the event log of one profile comes to; rewritten with every batch of its events.
#[derive(Clone, PartialEq, Message)]
pub(super) struct ProfileHead {
    #[prost(uint64, tag = "1")]
    pub events: u64,
    /// Sequence number of the profile's next event.
    #[prost(int64, tag = "2")]
    pub next_sequence: i64,
    /// The chain before the oldest batch that is kept.
    #[prost(bytes = "vec", tag = "3")]
    pub base: Vec<u8>,
    /// The chain after the newest batch.
    #[prost(bytes = "vec", tag = "4")]
    pub chain: Vec<u8>,
}

pub(super) fn decode<M: Message + Default>(what: &str, bytes: &[u8]) -> Result<M> {
    let message = M::decode(bytes).map_err(|error| corrupt(format!("{what} is no record: {error}")))?;
    if message.encoded_len() != bytes.len() {
        return Err(newer(format!("fields of {what}")));
    }
    Ok(message)
}

pub(super) fn newer(what: String) -> Error {
    Error::new(Status::TooNew, format!("the store holds {what} that this version of the library does not know"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_of_a_profile_comes_back() {
        let profile = HouseholdProfile {
            id: "p".to_owned(),
            name: "小雨".to_owned(),
            kind: ProfileKind::Teen,
            age_limit: AgeLimit::OfKind,
        };
        let limits = [AgeLimit::OfKind, AgeLimit::None, AgeLimit::Years(1), AgeLimit::Years(99)];
        let created = limits.map(|age_limit| {
            let profile = HouseholdProfile { age_limit, ..profile.clone() };
            Some(CreatedProfile { profile, order: 7 })
        });
        for created in created.into_iter().chain([None]) {
            let kept = KeptProfile { created, is_current: true };
            let bytes = ProfileRecord::new(&kept).encode_to_vec();
            let read: ProfileRecord = decode("a profile", &bytes).unwrap();
            assert_eq!(read.into_kept("p").unwrap(), kept);
        }
        let record =
            ProfileRecord::new(&KeptProfile { created: Some(CreatedProfile { profile, order: 0 }), is_current: false });
        let newer = [
            ProfileRecord { kind: Some(6), ..record.clone() },
            ProfileRecord { age_limit: -2, ..record.clone() },
            ProfileRecord { age_limit: 100, ..record.clone() },
            ProfileRecord { kind: Some(3), age_limit: -1, ..record },
        ];
        for record in newer {
            assert_eq!(record.into_kept("p").unwrap_err().status, Status::TooNew);
        }
    }
}
