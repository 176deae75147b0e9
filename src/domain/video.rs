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

/// A video: its id, the texts that say what it is about, and optionally a vector of its own.
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
}

impl Video {
    /// Bytes of its texts and its vector.
    pub fn bytes(&self) -> usize {
        let texts = [&self.id, &self.title, &self.description, &self.language].map(|text| text.len());
        let vector = self.vector.as_ref().map_or(0, |vector| vector.len() * size_of::<f32>());
        texts.iter().sum::<usize>() + joined_bytes(&self.tags) + joined_bytes(&self.comments) + vector
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
        match &self.vector {
            Some(vector) => check_vector(vector, dimensions),
            None => Ok(()),
        }
    }
}

fn joined_bytes(texts: &[String]) -> usize {
    texts.iter().map(String::len).sum()
}

fn check_length(what: &str, found: usize, limit: usize) -> Result<()> {
    if found > limit {
        return Err(Error::limit(what, found, limit));
    }
    Ok(())
}

/// An id is 1–255 bytes without NUL, so that it also travels as a C string.
pub(crate) fn check_id(what: &str, id: &str) -> Result<()> {
    if id.is_empty() {
        return Err(Error::invalid(format!("{what} is empty; it needs 1 to 255 bytes")));
    }
    if id.contains('\0') {
        return Err(Error::invalid(format!("{what} contains a NUL byte")));
    }
    check_length(&format!("{what}, in bytes,"), id.len(), limits::ID_BYTES)
}
