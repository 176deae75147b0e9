//! One line of an imported file: a JSON object becomes a video or an event. Fields are read one by one,
//! so that a message names the field, what it should be and what stands there.

use serde_json::Map;
use serde_json::Value;
use vrec::domain::CallOptions;
use vrec::domain::Context;
use vrec::domain::Event;
use vrec::domain::Result as EngineResult;
use vrec::domain::Video;
use vrec::engine::Engine;

use crate::values::company;
use crate::values::device;
use crate::values::event_kind;
use crate::values::place;
use crate::values::video_kind;

/// What a line stands for.
pub trait Record: Sized {
    /// Lines that go to the engine together.
    const BATCH: usize;
    /// What many of them are called, in messages and in the engine's errors.
    const NAME: &'static str;

    /// None for a line that says nothing new.
    fn read(fields: &mut Fields) -> Result<Option<Self>, String>;

    /// Checks what is known before the engine sees it. `dimensions` is the engine's, when it is known.
    fn check(&self, dimensions: Option<usize>) -> EngineResult<()>;

    /// What may stand in a file only once.
    fn key(&self) -> Option<&str>;

    /// All of them, or on any error none.
    fn add(engine: &Engine, records: &[Self], call: &CallOptions) -> EngineResult<()>;
}

impl Record for Video {
    const BATCH: usize = 64;
    const NAME: &'static str = "videos";

    fn read(fields: &mut Fields) -> Result<Option<Video>, String> {
        let kind = fields.text("kind")?;
        Ok(Some(Video {
            id: fields.text("id")?.ok_or("field id is missing")?,
            title: fields.text("title")?.unwrap_or_default(),
            description: fields.text("description")?.unwrap_or_default(),
            tags: fields.texts("tags")?,
            comments: fields.texts("comments")?,
            language: fields.text("language")?.unwrap_or_default(),
            vector: fields.vector("vector")?,
            kind: kind.map(|name| video_kind(&name).map_err(|why| format!("field kind: {why}"))).transpose()?,
            min_age: fields.age("min_age")?,
            available_from_utc_ms: fields.integer("available_from_utc_ms")?,
            available_until_utc_ms: fields.integer("available_until_utc_ms")?,
            audio_languages: fields.texts("audio_languages")?,
            subtitle_languages: fields.texts("subtitle_languages")?,
            entitlements: fields.texts("entitlements")?,
            series_id: fields.text("series_id")?.unwrap_or_default(),
            season_number: fields.count("season_number")?,
            episode_number: fields.count("episode_number")?,
            duration_ms: fields.integer("duration_ms")?.unwrap_or(0),
            credits_start_ms: fields.integer("credits_start_ms")?.unwrap_or(0),
        }))
    }

    fn check(&self, dimensions: Option<usize>) -> EngineResult<()> {
        self.validate(dimensions)
    }

    fn key(&self) -> Option<&str> {
        Some(&self.id)
    }

    fn add(engine: &Engine, records: &[Video], call: &CallOptions) -> EngineResult<()> {
        engine.add_videos(records, call)
    }
}

impl Record for Event {
    const BATCH: usize = 1_024;
    const NAME: &'static str = "events";

    fn read(fields: &mut Fields) -> Result<Option<Event>, String> {
        // An exported profile holds lines of other kinds, which follow from its events, and titles.
        let record = fields.text("record")?;
        if record.is_some_and(|record| record != "event") {
            *fields = Fields::default();
            return Ok(None);
        }
        fields.text("title")?;
        let kind = fields.text("kind")?.ok_or("field kind is missing")?;
        Ok(Some(Event {
            kind: event_kind(&kind).map_err(|why| format!("field kind: {why}"))?,
            profile: fields.text("profile")?.unwrap_or_else(|| fields.profile.clone()),
            video_id: fields.text("video_id")?.unwrap_or_default(),
            time_utc_ms: fields.integer("time_utc_ms")?.ok_or("field time_utc_ms is missing")?,
            position_ms: fields.integer("position_ms")?.unwrap_or(0),
            duration_ms: fields.integer("duration_ms")?.unwrap_or(0),
            rating: fields.number("rating")?.unwrap_or(0.0) as f32,
            context: fields.context()?,
            watched: None,
            until_utc_ms: fields.integer("until_utc_ms")?.unwrap_or(0),
            propensity: fields.number("propensity")?.unwrap_or(0.0) as f32,
        }))
    }

    fn check(&self, _dimensions: Option<usize>) -> EngineResult<()> {
        self.validate()
    }

    fn key(&self) -> Option<&str> {
        None
    }

    fn add(engine: &Engine, records: &[Event], _call: &CallOptions) -> EngineResult<()> {
        engine.record(records)
    }
}

/// The fields of one line that nobody has read yet.
#[derive(Default)]
pub struct Fields {
    object: Map<String, Value>,
    /// Whose events those are that name no profile.
    profile: String,
}

impl Fields {
    /// Of an object that names its profile.
    pub fn of(object: Map<String, Value>) -> Fields {
        Fields { object, profile: String::new() }
    }

    /// All that nobody has read yet.
    pub fn into_object(self) -> Map<String, Value> {
        self.object
    }

    /// `profile` is whose events those are that name none.
    pub fn parse(line: &[u8], profile: &str) -> Result<Fields, String> {
        match serde_json::from_slice(line) {
            Ok(Value::Object(object)) => Ok(Fields { object, profile: profile.to_owned() }),
            Ok(other) => Err(format!("a line holds one JSON object, found {}", shown(&other))),
            // A line is one line: where in it is all that matters.
            Err(error) => Err(format!("no JSON object: {}", error.to_string().replace("line 1 ", ""))),
        }
    }

    /// Refuses fields that nobody has read.
    pub fn finish(self) -> Result<(), String> {
        let names: Vec<&str> = self.object.keys().map(String::as_str).collect();
        match names[..] {
            [] => Ok(()),
            [name] => Err(format!("field {name} is unknown (--ignore-unknown passes over such fields)")),
            _ => Err(format!("fields {} are unknown (--ignore-unknown passes over such fields)", names.join(", "))),
        }
    }

    /// A field's value; null says as little as none.
    fn take(&mut self, name: &str) -> Option<Value> {
        self.object.remove(name).filter(|value| !value.is_null())
    }

    fn read<T>(&mut self, name: &str, what: &str, read: impl Fn(&Value) -> Option<T>) -> Result<Option<T>, String> {
        let Some(value) = self.take(name) else { return Ok(None) };
        read(&value).map(Some).ok_or_else(|| format!("field {name}: expected {what}, found {}", shown(&value)))
    }

    fn text(&mut self, name: &str) -> Result<Option<String>, String> {
        self.read(name, "a text", |value| value.as_str().map(str::to_owned))
    }

    fn texts(&mut self, name: &str) -> Result<Vec<String>, String> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let list = self.read(name, "a list of texts", |value| value.as_array()?.iter().map(text).collect());
        Ok(list?.unwrap_or_default())
    }

    fn integer(&mut self, name: &str) -> Result<Option<i64>, String> {
        self.read(name, "a whole number", Value::as_i64)
    }

    /// One of a closed set, by its name; its default where the field is missing.
    fn named<T: Default>(&mut self, name: &str, read: impl Fn(&str) -> Result<T, String>) -> Result<T, String> {
        let found = self.text(name)?.map(|text| read(&text).map_err(|why| format!("field {name}: {why}")));
        found.unwrap_or_else(|| Ok(T::default()))
    }

    fn context(&mut self) -> Result<Context, String> {
        let minutes = self.integer("utc_offset_minutes")?.unwrap_or(0);
        Ok(Context {
            device: self.named("device", device)?,
            place: self.named("place", place)?,
            company: self.named("company", company)?,
            utc_offset_minutes: Context::utc_offset(minutes).map_err(|error| format!("field {}", error.message))?,
        })
    }

    fn age(&mut self, name: &str) -> Result<Option<u8>, String> {
        self.read(name, "a whole number of years", |value| u8::try_from(value.as_u64()?).ok())
    }

    /// 0 where the field is missing.
    fn count(&mut self, name: &str) -> Result<u32, String> {
        let number = |value: &Value| u32::try_from(value.as_u64()?).ok();
        Ok(self.read(name, "a whole number from 0 on", number)?.unwrap_or(0))
    }

    fn number(&mut self, name: &str) -> Result<Option<f64>, String> {
        self.read(name, "a number", Value::as_f64)
    }

    fn vector(&mut self, name: &str) -> Result<Option<Vec<f32>>, String> {
        let element = |value: &Value| value.as_f64().map(|number| number as f32);
        self.read(name, "a list of numbers", |value| value.as_array()?.iter().map(element).collect())
    }
}

/// Characters of a wrong value that a message shows.
const SHOWN: usize = 40;

fn shown(value: &Value) -> String {
    let whole = value.to_string();
    let start: String = whole.chars().take(SHOWN).collect();
    if start.len() < whole.len() { start + "…" } else { start }
}

#[cfg(test)]
mod tests {
    use vrec::domain::Company;
    use vrec::domain::Device;
    use vrec::domain::Place;

    use super::*;

    fn event(line: &str) -> Result<Option<Event>, String> {
        let mut fields = Fields::parse(line.as_bytes(), "mia")?;
        let event = Event::read(&mut fields)?;
        fields.finish().map(|()| event)
    }

    #[test]
    fn an_exported_profile_is_read_back() {
        let line = r#"{"record":"event","kind":"rate","video_id":"v","title":"t","time_utc_ms":5,"rating":4.5}"#;
        let found = event(line).unwrap().unwrap();
        assert_eq!((found.profile.as_str(), found.time_utc_ms, found.rating), ("mia", 5, 4.5));
        assert_eq!(event(r#"{"record":"profile","format":1,"id":"p"}"#), Ok(None));
        assert_eq!(event(r#"{"kind":"like","video_id":"v"}"#), Err("field time_utc_ms is missing".to_owned()));
        assert!(event(r#"{"kind":"seen","video_id":"v","time_utc_ms":5}"#).unwrap_err().contains("impression, select"));
    }

    #[test]
    fn circumstances_are_read_by_name() {
        let line = r#"{"kind":"play","video_id":"v","time_utc_ms":5,"device":"tv","place":"living_room",
            "company":"children","utc_offset_minutes":-300}"#;
        let found = event(line).unwrap().unwrap().context;
        let expected = (Device::Tv, Place::LivingRoom, Company::Children, -300);
        assert_eq!((found.device, found.place, found.company, found.utc_offset_minutes), expected);
        for (field, message) in [
            (r#""device":"Tv""#, "field device: \"Tv\" is no device; there are unknown, tv"),
            (r#""place":3"#, "field place: expected a text, found 3"),
            (r#""company":"dog""#, "field company: \"dog\" is no company"),
            (r#""utc_offset_minutes":841"#, "field utc_offset_minutes is 841"),
        ] {
            let refused = event(&format!(r#"{{"kind":"play","video_id":"v","time_utc_ms":5,{field}}}"#)).unwrap_err();
            assert!(refused.starts_with(message), "{refused}");
        }
    }

    fn video(line: &str) -> Result<Video, String> {
        let mut fields = Fields::parse(line.as_bytes(), "default")?;
        let video = Video::read(&mut fields)?;
        fields.finish().map(|()| video.expect("a line stands for a video"))
    }

    #[test]
    fn every_field_of_a_video_is_read() {
        let line = r#"{"id":"v","title":"t","description":"d","tags":["a"],"comments":["c"],"language":"zh",
            "vector":[1,0.5],"kind":"live_event","min_age":0,"available_from_utc_ms":-1,"available_until_utc_ms":2,
            "audio_languages":["zh"],"subtitle_languages":["en"],"entitlements":["e"],
            "series_id":"s","season_number":2,"episode_number":7,"duration_ms":3000,"credits_start_ms":2000}"#;
        let list = |text: &str| vec![text.to_owned()];
        let expected = Video {
            id: "v".into(),
            title: "t".into(),
            description: "d".into(),
            tags: list("a"),
            comments: list("c"),
            language: "zh".into(),
            vector: Some(vec![1.0, 0.5]),
            kind: Some(vrec::domain::Kind::LiveEvent),
            min_age: Some(0),
            available_from_utc_ms: Some(-1),
            available_until_utc_ms: Some(2),
            audio_languages: list("zh"),
            subtitle_languages: list("en"),
            entitlements: list("e"),
            series_id: "s".into(),
            season_number: 2,
            episode_number: 7,
            duration_ms: 3_000,
            credits_start_ms: 2_000,
        };
        assert_eq!(video(line), Ok(expected));
        assert_eq!(video(r#"{"id":"v","title":null}"#), Ok(Video { id: "v".into(), ..Video::default() }));
    }

    #[test]
    fn a_message_names_the_field_and_what_stands_there() {
        for (line, message) in [
            ("[1]", "a line holds one JSON object, found [1]"),
            (r#"{"id":"v""#, "no JSON object: EOF while parsing an object at column 9"),
            (r#"{"title":"t"}"#, "field id is missing"),
            (r#"{"id":7}"#, "field id: expected a text, found 7"),
            (r#"{"id":"v","tags":["a",1]}"#, r#"field tags: expected a list of texts, found ["a",1]"#),
            (r#"{"id":"v","min_age":256}"#, "field min_age: expected a whole number of years, found 256"),
            (r#"{"id":"v","season_number":-1}"#, "field season_number: expected a whole number from 0 on, found -1"),
            (r#"{"id":"v","year":1,"zoo":2}"#, "fields year, zoo are unknown"),
        ] {
            let found = video(line).unwrap_err();
            assert!(found.starts_with(message), "{found}");
        }
        assert!(video(r#"{"id":"v","kind":"film"}"#).unwrap_err().starts_with("field kind: \"film\" is no kind"));
    }
}
