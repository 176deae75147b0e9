//! How events look before they are sealed: all of one profile in one commit are one message, each with what the catalogue
//! said of its video and what the engine noted of it.

use std::sync::Arc;

use prost::Message;

use super::failure::corrupt;
use super::records::{known_kind, newer};
use crate::domain::{
    Company, Compared, Context, Device, EpisodePlace, Event, EventKind, EventNotes, Feature, NotedEvent, Place, Result,
    ShownFeatures, WatchedVideo,
};

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
    #[prost(float, tag = "14")]
    pub propensity: f32,
}

/// What the engine noted of an event. At most 40 videos are compared, by as many features as count: by default 21 bytes a
/// video at most.
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
    #[prost(bytes = "vec", optional, tag = "5")]
    pub shown: Option<Vec<u8>>,
}

impl NotesRecord {
    /// None where nothing was noted.
    fn new(notes: &EventNotes) -> Option<Self> {
        let EventNotes { item, compared, shown } = notes;
        if notes == &EventNotes::default() {
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
            shown: shown.as_ref().map(ShownFeatures::bytes),
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
        let shown = self.shown.as_deref().map(ShownFeatures::from_bytes);
        Ok(EventNotes { item: self.item, compared: self.places.iter().enumerate().map(compared).collect(), shown })
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
            propensity: event.propensity,
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
                propensity: record.propensity,
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

#[cfg(test)]
mod tests {
    use super::super::records::{VideoRecord, decode};
    use super::*;
    use crate::domain::{Kind, Status, Video};

    fn event(context: Context) -> Event {
        Event {
            profile: "p".to_owned(),
            video_id: "v".to_owned(),
            time_utc_ms: 1_700_000_000_000,
            context,
            ..Event::of(EventKind::Complete)
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
            EventNotes { item: Some(0), ..EventNotes::default() },
            EventNotes { compared: vec![none], ..EventNotes::default() },
            EventNotes { item: Some(u32::MAX), compared, shown: None },
            EventNotes { shown: Some(ShownFeatures::new([1.0, -8.0, 0.0])), ..EventNotes::default() },
        ] {
            let noted = NotedEvent { event: event(Context::default()), notes };
            let bytes = EventBatch::new(&[&noted]).encode_to_vec();
            let read: EventBatch = decode("a batch", &bytes).unwrap();
            let found = read.into_events("p").unwrap();
            assert_eq!(format!("{found:?}"), format!("{:?}", [noted]), "zeros keep their signs");
        }
        let refused = |change: fn(&mut NotesRecord)| {
            let mut record = NotesRecord { item: None, places: vec![1], features: 1, values: vec![2.0], shown: None };
            change(&mut record);
            record.into_notes().map_err(|error| error.status)
        };
        assert_eq!(refused(|record| record.features = 1 << Feature::ALL.len()), Err(Status::TooNew));
        assert_eq!(refused(|record| record.places.push(2)), Err(Status::Corrupt));
        assert_eq!(refused(|record| record.values.clear()), Err(Status::Corrupt));
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
