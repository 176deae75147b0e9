//! A video as its owner describes it.

use super::vector::check_vector;
use super::{Error, Result, limits};

/// The texts of a video that carry meaning. The numbers are part of the ABI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(i32)]
pub enum Field {
    Title = 1,
    Description = 2,
    Tags = 3,
    Comments = 4,
}

impl Field {
    pub const ALL: [Field; 4] = [Field::Title, Field::Description, Field::Tags, Field::Comments];

    /// The field's position in [`Field::ALL`].
    pub fn index(self) -> usize {
        self as usize - 1
    }
}

/// What a video is. The numbers are part of the ABI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(i32)]
pub enum Kind {
    Movie = 1,
    Series = 2,
    Season = 3,
    Episode = 4,
    LiveEvent = 5,
    Clip = 6,
    Music = 7,
    Course = 8,
    Advert = 9,
    Other = 10,
}

impl Kind {
    pub const ALL: [Kind; 10] = [
        Kind::Movie,
        Kind::Series,
        Kind::Season,
        Kind::Episode,
        Kind::LiveEvent,
        Kind::Clip,
        Kind::Music,
        Kind::Course,
        Kind::Advert,
        Kind::Other,
    ];

    /// Its name in files: lower case, words joined by underscores.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Movie => "movie",
            Kind::Series => "series",
            Kind::Season => "season",
            Kind::Episode => "episode",
            Kind::LiveEvent => "live_event",
            Kind::Clip => "clip",
            Kind::Music => "music",
            Kind::Course => "course",
            Kind::Advert => "advert",
            Kind::Other => "other",
        }
    }

    /// The kind with this number, if there is one.
    pub fn from_code(code: i32) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| *kind as i32 == code)
    }
}

/// A video: its id, the texts that say what it is about, optionally a vector of its own, and what
/// queries filter by.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Video {
    /// 1–255 bytes, unique in an engine; adding an id again replaces the video.
    pub id: String,
    pub title: String,
    pub description: String,
    pub tags: Vec<String>,
    pub comments: Vec<String>,
    /// BCP 47 tag of the language the texts are written in; empty: detected for each text.
    pub language: String,
    /// Used instead of the texts' vectors when present; any length but zero, finite.
    pub vector: Option<Vec<f32>>,
    /// None: unknown.
    pub kind: Option<Kind>,
    /// Years a viewer must have, 0 to 99; 0: for everyone. None: unknown, which no viewer whose age is
    /// checked may watch.
    pub min_age: Option<u8>,
    /// From this time on it can be watched, milliseconds since 1970-01-01 UTC. None: ever since.
    pub available_from_utc_ms: Option<i64>,
    /// Before this time it can be watched; later than the other. None: for ever.
    pub available_until_utc_ms: Option<i64>,
    /// BCP 47 tags.
    pub audio_languages: Vec<String>,
    /// BCP 47 tags.
    pub subtitle_languages: Vec<String>,
    /// Any one of them lets a viewer watch; empty: everyone may.
    pub entitlements: Vec<String>,
    /// What it belongs to, the same for all episodes of a series; 1–255 bytes. Empty: to none.
    pub series_id: String,
    /// From 1 on; 0: none, or not known. See [`super::EpisodePlace`].
    pub season_number: u32,
    /// Within its season, from 1 on; 0: none, or not known.
    pub episode_number: u32,
    /// Its length. 0: unknown.
    pub duration_ms: i64,
    /// Where its end credits begin, after the start and not after the end. 0: unknown.
    pub credits_start_ms: i64,
}

impl Video {
    /// Bytes of its texts and its vector.
    pub fn bytes(&self) -> usize {
        let texts = [&self.id, &self.title, &self.description, &self.language, &self.series_id];
        let texts = texts.map(|text| text.len());
        let vector = self.vector.as_ref().map_or(0, |vector| vector.len() * size_of::<f32>());
        texts.iter().sum::<usize>() + self.lists().map(joined_bytes).iter().sum::<usize>() + vector
    }

    /// Its lists of texts.
    pub fn lists(&self) -> [&[String]; 5] {
        [&self.tags, &self.comments, &self.audio_languages, &self.subtitle_languages, &self.entitlements]
    }

    /// Checks every documented limit. `dimensions` is the engine's, when it is known already.
    pub fn validate(&self, dimensions: Option<usize>) -> Result<()> {
        check_id("id", &self.id)?;
        check_length("title", self.title.len(), limits::TITLE_BYTES)?;
        check_length("description", self.description.len(), limits::TEXT_BYTES)?;
        check_length("the number of tags", self.tags.len(), limits::TAGS)?;
        check_length("the number of comments", self.comments.len(), limits::COMMENTS)?;
        check_length("tags together", joined_bytes(&self.tags), limits::TEXT_BYTES)?;
        check_length("comments together", joined_bytes(&self.comments), limits::TEXT_BYTES)?;
        check_length("language", self.language.len(), limits::ID_BYTES)?;
        self.validate_attributes()?;
        self.validate_playback()?;
        match &self.vector {
            Some(vector) => check_vector(vector, dimensions),
            None => Ok(()),
        }
    }

    fn validate_attributes(&self) -> Result<()> {
        if let Some(age) = self.min_age.filter(|age| *age > limits::MIN_AGE) {
            return Err(Error::limit("min_age, in years,", age.into(), limits::MIN_AGE.into()));
        }
        if let (Some(from), Some(until)) = (self.available_from_utc_ms, self.available_until_utc_ms)
            && until <= from
        {
            let message = format!("available_until_utc_ms is {until}, not later than available_from_utc_ms {from}");
            return Err(Error::invalid(message));
        }
        check_each("audio_languages", &self.audio_languages, limits::LANGUAGES, check_language)?;
        check_each("subtitle_languages", &self.subtitle_languages, limits::LANGUAGES, check_language)?;
        let check_entitlement = |text: &str| check_id("an entitlement", text);
        check_each("entitlements", &self.entitlements, limits::ENTITLEMENTS, check_entitlement)
    }

    fn validate_playback(&self) -> Result<()> {
        if !self.series_id.is_empty() {
            check_id("series_id", &self.series_id)?;
        }
        let (duration, credits) = (self.duration_ms, self.credits_start_ms);
        for (what, value) in [("duration_ms", duration), ("credits_start_ms", credits)] {
            if value < 0 {
                return Err(Error::invalid(format!("{what} is {value}, below zero")));
            }
        }
        if duration > 0 && credits > duration {
            return Err(Error::invalid(format!("credits_start_ms is {credits}, past duration_ms {duration}")));
        }
        Ok(())
    }
}

/// Checks the number of texts, then each of them, naming it by its place.
fn check_each(what: &str, list: &[String], most: usize, check: impl Fn(&str) -> Result<()>) -> Result<()> {
    check_length(&format!("the number of {what}"), list.len(), most)?;
    list.iter()
        .enumerate()
        .try_for_each(|(index, text)| check(text).map_err(|error| error.within(&format!("{what}[{index}]"))))
}

/// A language tag has the form that BCP 47 (RFC 5646, section 2.1) gives all tags: subtags of 1 to 8
/// letters and digits with hyphens between them.
pub(super) fn check_language(tag: &str) -> Result<()> {
    check_length("a language tag, in bytes,", tag.len(), limits::LANGUAGE_BYTES)?;
    let is_subtag =
        |subtag: &str| (1..=8).contains(&subtag.len()) && subtag.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if tag.split('-').all(is_subtag) {
        return Ok(());
    }
    Err(Error::invalid(format!("{tag:?} is no language tag of BCP 47, such as zh-Hans")))
}

fn joined_bytes(texts: &[String]) -> usize {
    texts.iter().map(String::len).sum()
}

pub(super) fn check_length(what: &str, found: usize, limit: usize) -> Result<()> {
    if found > limit {
        return Err(Error::limit(what, found, limit));
    }
    Ok(())
}

/// An id is 1–255 bytes without NUL, so that it also travels as a C string.
pub fn check_id(what: &str, id: &str) -> Result<()> {
    if id.is_empty() {
        return Err(Error::invalid(format!("{what} is empty; it needs 1 to 255 bytes")));
    }
    if id.contains('\0') {
        return Err(Error::invalid(format!("{what} contains a NUL byte")));
    }
    if id.len() > limits::ID_BYTES {
        return Err(Error::limit(&format!("{what}, in bytes,"), id.len(), limits::ID_BYTES));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credits_lie_within_the_video() {
        let video = |series_id: &str, duration_ms, credits_start_ms| Video {
            id: "v".to_owned(),
            series_id: series_id.to_owned(),
            duration_ms,
            credits_start_ms,
            ..Video::default()
        };
        for accepted in [video("", 0, 0), video("s", 100, 100), video("s", 0, 100), video("s", 100, 0)] {
            assert_eq!(accepted.validate(None), Ok(()));
        }
        let refused = [
            (video("", -1, 0), "duration_ms is -1, below zero"),
            (video("", 0, -5), "credits_start_ms is -5, below zero"),
            (video("", 100, 101), "credits_start_ms is 101, past duration_ms 100"),
            (video(&"s".repeat(256), 0, 0), "series_id, in bytes, is 256, the limit is 255"),
            (video("a\0b", 0, 0), "series_id contains a NUL byte"),
        ];
        for (video, message) in refused {
            assert_eq!(video.validate(None).unwrap_err().message, message);
        }
    }
}
