//! How records look before they are sealed: Protocol Buffers, one message a kind of record.
//!
//! A message never loses a field it does not know: [`decode`] refuses bytes that it would not write
//! again, with [`Status::TooNew`], since only a newer version of the library can have written them.

use std::sync::Arc;

use prost::Message;

use super::failure::corrupt;
use super::keys::TAG_BYTES;
use super::profiles::{CreatedProfile, KeptProfile};
use crate::domain::{
    AgeLimit, Company, Compared, Context, Device, EpisodePlace, Error, Event, EventKind, EventNotes, Feature,
    HouseholdProfile, Kind, NotedEvent, Place, ProfileKind, Result, Status, Video, WatchedVideo,
};

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
    /// See [`super::VideoWrite::item`].
    #[prost(uint32, optional, tag = "22")]
    pub item: Option<u32>,
}

/// The vector that a video's owner brought, apart from the payload in the vector file.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Elements {
    #[prost(float, repeated, tag = "1")]
    pub values: Vec<f32>,
}

impl VideoRecord {
    pub fn new(video: &Video, text_hash: &[u8; 32], vector_sequence: i64, item: Option<u32>) -> Self {
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
            item,
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

fn known_kind(code: i32) -> Result<Kind> {
    Kind::from_code(code).ok_or_else(|| newer(format!("kind {code}")))
}

/// All events of one profile in one commit. Times are differences to the first.
#[derive(Clone, PartialEq, Message)]
pub(super) struct EventBatch {
    #[prost(sint64, tag = "1")]
    pub base_time_utc_ms: i64,
    #[prost(message, repeated, tag = "2")]
    pub events: Vec<EventRecord>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct EventRecord {
    #[prost(int32, tag = "1")]
    pub kind: i32,
    #[prost(string, tag = "2")]
    pub video_id: String,
    #[prost(sint64, tag = "3")]
    pub time_difference_ms: i64,
    #[prost(int64, tag = "4")]
    pub position_ms: i64,
    #[prost(int64, tag = "5")]
    pub duration_ms: i64,
    #[prost(float, tag = "6")]
    pub rating: f32,
    // Circumstances take no byte where they are unknown.
    #[prost(int32, tag = "7")]
    pub device: i32,
    #[prost(int32, tag = "8")]
    pub place: i32,
    #[prost(int32, tag = "9")]
    pub company: i32,
    #[prost(sint32, tag = "10")]
    pub utc_offset_minutes: i32,
    #[prost(message, optional, tag = "11")]
    pub watched: Option<WatchedRecord>,
    #[prost(sint64, tag = "12")]
    pub until_utc_ms: i64,
    #[prost(message, optional, tag = "13")]
    pub notes: Option<NotesRecord>,
}

/// What the engine noted of an event. At most 40 videos are compared, by as many features as count: by default some 40
/// bytes a video.
#[derive(Clone, PartialEq, Message)]
pub(super) struct NotesRecord {
    #[prost(uint32, optional, tag = "1")]
    pub item: Option<u32>,
    /// The places of the videos that were compared.
    #[prost(uint32, repeated, tag = "2")]
    pub places: Vec<u32>,
    /// A bit for each feature that is not 0 for all of them, the lowest for the first.
    #[prost(uint32, tag = "3")]
    pub features: u32,
    /// The values of these features, video by video.
    #[prost(float, repeated, tag = "4")]
    pub values: Vec<f32>,
}

impl NotesRecord {
    /// None where nothing was noted.
    fn new(notes: &EventNotes) -> Option<Self> {
        let EventNotes { item, compared } = notes;
        if item.is_none() && compared.is_empty() {
            return None;
        }
        let counts = |feature: &Feature| compared.iter().any(|video| video.values[*feature as usize].to_bits() != 0);
        let counting: Vec<Feature> = Feature::ALL.into_iter().filter(counts).collect();
        let values = |video: &Compared| counting.iter().map(|feature| video.values[*feature as usize]).collect();
        Some(NotesRecord {
            item: *item,
            places: compared.iter().map(|video| video.place).collect(),
            features: counting.iter().fold(0, |bits, feature| bits | 1 << *feature as u32),
            values: compared.iter().flat_map(|video| -> Vec<f32> { values(video) }).collect(),
        })
    }

    fn into_notes(self) -> Result<EventNotes> {
        if self.features >> Feature::ALL.len() != 0 {
            return Err(newer(format!("features {:#x}", self.features)));
        }
        let is_counting = |feature: &Feature| self.features >> *feature as u32 & 1 == 1;
        let counting: Vec<Feature> = Feature::ALL.into_iter().filter(is_counting).collect();
        if self.values.len() != self.places.len() * counting.len() {
            return Err(corrupt("what was noted of an event has not a value for each feature"));
        }
        let compared = |(index, place): (usize, &u32)| {
            let mut video = Compared { place: *place, values: [0.0; Feature::ALL.len()] };
            let values = self.values[index * counting.len()..].iter();
            counting.iter().zip(values).for_each(|(feature, value)| video.values[*feature as usize] = *value);
            video
        };
        Ok(EventNotes { item: self.item, compared: self.places.iter().enumerate().map(compared).collect() })
    }
}

/// What the catalogue said of a played video, or of one whose series was hidden or snoozed.
#[derive(Clone, PartialEq, Message)]
pub(super) struct WatchedRecord {
    #[prost(int32, optional, tag = "1")]
    pub kind: Option<i32>,
    #[prost(string, optional, tag = "2")]
    pub series_id: Option<String>,
    #[prost(message, optional, tag = "3")]
    pub place: Option<PlaceRecord>,
    #[prost(int64, tag = "4")]
    pub duration_ms: i64,
    #[prost(int64, tag = "5")]
    pub credits_start_ms: i64,
    #[prost(message, optional, tag = "6")]
    pub last_available: Option<PlaceRecord>,
}

#[derive(Clone, Copy, PartialEq, Message)]
pub(super) struct PlaceRecord {
    #[prost(uint32, tag = "1")]
    pub season: u32,
    #[prost(uint32, tag = "2")]
    pub episode: u32,
}

impl PlaceRecord {
    fn new(place: EpisodePlace) -> Self {
        PlaceRecord { season: place.season, episode: place.episode }
    }

    fn place(self) -> EpisodePlace {
        EpisodePlace { season: self.season, episode: self.episode }
    }
}

impl WatchedRecord {
    fn new(watched: &WatchedVideo) -> Self {
        WatchedRecord {
            kind: watched.kind.map(|kind| kind as i32),
            series_id: watched.series_id.as_deref().map(str::to_owned),
            place: watched.place.map(PlaceRecord::new),
            duration_ms: watched.duration_ms,
            credits_start_ms: watched.credits_start_ms,
            last_available: watched.last_available.map(PlaceRecord::new),
        }
    }

    fn into_watched(self) -> Result<WatchedVideo> {
        Ok(WatchedVideo {
            kind: self.kind.map(known_kind).transpose()?,
            series_id: self.series_id.map(Arc::from),
            place: self.place.map(PlaceRecord::place),
            duration_ms: self.duration_ms,
            credits_start_ms: self.credits_start_ms,
            last_available: self.last_available.map(PlaceRecord::place),
        })
    }
}

impl EventRecord {
    fn context(&self) -> Result<Context> {
        let unknown = |what: &str, code: i32| newer(format!("{what} {code}"));
        let offset = self.utc_offset_minutes;
        Ok(Context {
            device: Device::from_code(self.device).ok_or_else(|| unknown("device", self.device))?,
            place: Place::from_code(self.place).ok_or_else(|| unknown("place", self.place))?,
            company: Company::from_code(self.company).ok_or_else(|| unknown("company", self.company))?,
            utc_offset_minutes: Context::utc_offset(i64::from(offset))
                .map_err(|_| unknown("utc_offset_minutes", offset))?,
        })
    }
}

impl EventBatch {
    pub fn new(events: &[&NotedEvent]) -> Self {
        let base = events.first().map_or(0, |noted| noted.event.time_utc_ms);
        let record = |NotedEvent { event, notes }: &NotedEvent| EventRecord {
            kind: event.kind as i32,
            video_id: event.video_id.clone(),
            // Wrapping here and below: any two times have a difference that leads back.
            time_difference_ms: event.time_utc_ms.wrapping_sub(base),
            position_ms: event.position_ms,
            duration_ms: event.duration_ms,
            rating: event.rating,
            device: event.context.device as i32,
            place: event.context.place as i32,
            company: event.context.company as i32,
            utc_offset_minutes: i32::from(event.context.utc_offset_minutes),
            watched: event.watched.as_deref().map(WatchedRecord::new),
            until_utc_ms: event.until_utc_ms,
            notes: NotesRecord::new(notes),
        };
        EventBatch { base_time_utc_ms: base, events: events.iter().copied().map(record).collect() }
    }

    pub fn into_events(self, profile: &str) -> Result<Vec<NotedEvent>> {
        let base = self.base_time_utc_ms;
        let event = |record: EventRecord| {
            let kind = EventKind::from_code(record.kind);
            let context = record.context()?;
            let event = Event {
                kind: kind.ok_or_else(|| newer(format!("event kind {}", record.kind)))?,
                profile: profile.to_owned(),
                video_id: record.video_id,
                time_utc_ms: base.wrapping_add(record.time_difference_ms),
                position_ms: record.position_ms,
                duration_ms: record.duration_ms,
                rating: record.rating,
                context,
                watched: record.watched.map(WatchedRecord::into_watched).transpose()?.map(Arc::new),
                until_utc_ms: record.until_utc_ms,
            };
            let notes = record.notes.map(NotesRecord::into_notes).transpose()?.unwrap_or_default();
            Ok(NotedEvent { event, notes })
        };
        self.events.into_iter().map(event).collect()
    }

    /// Time of its latest event.
    pub fn newest_utc_ms(&self) -> i64 {
        let times = self.events.iter().map(|event| self.base_time_utc_ms.wrapping_add(event.time_difference_ms));
        times.max().unwrap_or(i64::MIN)
    }
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

fn newer(what: String) -> Error {
    Error::new(Status::TooNew, format!("the store holds {what} that this version of the library does not know"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(context: Context) -> Event {
        Event {
            kind: EventKind::Complete,
            profile: "p".to_owned(),
            video_id: "v".to_owned(),
            time_utc_ms: 1_700_000_000_000,
            position_ms: 0,
            duration_ms: 0,
            rating: 0.0,
            context,
            watched: None,
            until_utc_ms: 0,
        }
    }

    fn batch(context: Context) -> EventBatch {
        EventBatch::new(&[&event(context).into()])
    }

    const KNOWN: Context =
        Context { device: Device::Tv, place: Place::Bedroom, company: Company::Friends, utc_offset_minutes: -840 };

    #[test]
    fn circumstances_come_back_and_take_no_room_when_unknown() {
        for context in [Context::default(), KNOWN, Context { utc_offset_minutes: 840, ..Context::default() }] {
            let bytes = batch(context).encode_to_vec();
            let read: EventBatch = decode("a batch", &bytes).unwrap();
            assert_eq!(read.into_events("p").unwrap(), [event(context).into()]);
        }
        let bytes = |context| batch(context).encoded_len();
        // Kind and id of the event, and the batch's time.
        assert_eq!(bytes(Context::default()), 2 + 3 + 2 + 7);
        assert_eq!(bytes(KNOWN) - bytes(Context::default()), 9);
    }

    #[test]
    fn records_from_before_there_were_series_are_read() {
        // Fields 1, 8, 15 and 16: an id, a kind, a text hash and where the vector was written.
        let hash = [[0x7a, 32].as_slice(), &[7; 32]].concat();
        let video = [[0x0a, 1, b'v', 0x40, 4].as_slice(), &hash, &[0x80, 0x01, 9]].concat();
        let record: VideoRecord = decode("a video", &video).unwrap();
        assert_eq!(record.encode_to_vec(), video, "nor do they grow");
        let expected = Video { id: "v".to_owned(), kind: Some(Kind::Episode), ..Video::default() };
        assert_eq!(record.into_video().unwrap(), expected);
        // A batch with one event: a time, and in the event a kind, a video and a position.
        let batch = [0x08, 10, 0x12, 8, 0x08, 4, 0x12, 1, b'v', 0x20, 0x90, 0x4e];
        let read: EventBatch = decode("a batch", &batch).unwrap();
        let found = &read.into_events("p").unwrap()[0];
        assert_eq!(found.notes, EventNotes::default());
        let found = &found.event;
        assert_eq!((found.kind, found.time_utc_ms, found.position_ms), (EventKind::Progress, 5, 10_000));
        assert_eq!(found.watched, None);
    }

    #[test]
    fn what_was_known_of_a_played_video_comes_back() {
        let place = EpisodePlace { season: 0, episode: 7 };
        let known = WatchedVideo {
            kind: Some(Kind::Episode),
            series_id: Some("s".into()),
            place: Some(place),
            duration_ms: 5,
            credits_start_ms: 4,
            last_available: Some(EpisodePlace { season: u32::MAX, ..place }),
        };
        for watched in [known.clone(), WatchedVideo { place: None, series_id: None, ..known }] {
            let played = Event { watched: Some(Arc::new(watched)), ..event(Context::default()) };
            let played = NotedEvent::from(played);
            let bytes = EventBatch::new(&[&played]).encode_to_vec();
            let read: EventBatch = decode("a batch", &bytes).unwrap();
            assert_eq!(read.into_events("p").unwrap(), [played]);
        }
        let played = Event { watched: Some(Arc::default()), ..event(Context::default()) };
        let mut newer = EventBatch::new(&[&played.into()]);
        newer.events[0].watched = Some(WatchedRecord { kind: Some(99), ..WatchedRecord::default() });
        assert_eq!(newer.into_events("p").unwrap_err().status, Status::TooNew);
    }

    #[test]
    fn what_was_noted_of_an_event_comes_back() {
        let mut values = [0.0; Feature::ALL.len()];
        let none = Compared { place: 7, values };
        (values[0], values[10], values[13]) = (-0.0, f32::MIN_POSITIVE, -7.25);
        let compared = vec![none, Compared { place: 0, values }];
        for notes in [
            EventNotes { item: Some(0), compared: Vec::new() },
            EventNotes { item: None, compared: vec![none] },
            EventNotes { item: Some(u32::MAX), compared },
        ] {
            let noted = NotedEvent { event: event(Context::default()), notes };
            let bytes = EventBatch::new(&[&noted]).encode_to_vec();
            let read: EventBatch = decode("a batch", &bytes).unwrap();
            let found = read.into_events("p").unwrap();
            assert_eq!(format!("{found:?}"), format!("{:?}", [noted]), "zeros keep their signs");
        }
        let refused = |change: fn(&mut NotesRecord)| {
            let mut record = NotesRecord { item: None, places: vec![1], features: 1, values: vec![2.0] };
            change(&mut record);
            record.into_notes().map_err(|error| error.status)
        };
        assert_eq!(refused(|record| record.features = 1 << 14), Err(Status::TooNew));
        assert_eq!(refused(|record| record.places.push(2)), Err(Status::Corrupt));
        assert_eq!(refused(|record| record.values.clear()), Err(Status::Corrupt));
    }

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

    #[test]
    fn values_of_a_newer_version_are_told() {
        let changes: [fn(&mut EventRecord); 4] = [
            |record| record.device = 6,
            |record| record.place = -1,
            |record| record.company = 99,
            |record| record.utc_offset_minutes = 841,
        ];
        for (change, what) in changes.into_iter().zip(["device 6", "place -1", "company 99", "utc_offset_minutes 841"])
        {
            let mut batch = batch(KNOWN);
            change(&mut batch.events[0]);
            let error = batch.into_events("p").unwrap_err();
            assert!(error.status == Status::TooNew && error.message.contains(what), "{}", error.message);
        }
    }
}
