//! What a caller asks for.

use super::video::check_id;
use super::{Error, Filter, Result, limits};

/// What to do with videos the profile has already watched. The numbers are part of the ABI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(i32)]
pub enum Watched {
    /// Left out of recommendations, kept in similar videos and in search.
    #[default]
    Default = 0,
    Include = 1,
    Exclude = 2,
}

impl Watched {
    pub fn from_code(code: i32) -> Option<Watched> {
        [Watched::Default, Watched::Include, Watched::Exclude].into_iter().find(|watched| *watched as i32 == code)
    }
}

/// One request for a list of videos.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// Whose history counts; 1–255 bytes.
    pub profile: String,
    /// At most this many results, 1 to 10,000.
    pub limit: usize,
    /// Only results with at least this score, −1 to 1.
    pub min_score: Option<f32>,
    pub watched: Watched,
    /// Ids never to be returned; unknown ones are allowed.
    pub exclude: Vec<String>,
    /// Rules that every result keeps.
    pub filter: Option<Filter>,
}

impl Query {
    /// Results in a list when the caller names no number.
    pub const DEFAULT_LIMIT: usize = 10;

    /// A query for `profile` with every other value at its default.
    pub fn for_profile(profile: &str) -> Self {
        Query {
            profile: profile.to_owned(),
            limit: Query::DEFAULT_LIMIT,
            min_score: None,
            watched: Watched::Default,
            exclude: Vec::new(),
            filter: None,
        }
    }

    /// Checks every documented range.
    pub fn validate(&self) -> Result<()> {
        check_id("profile", &self.profile)?;
        if self.limit == 0 {
            return Err(Error::invalid("limit is 0; it needs at least 1"));
        }
        if self.limit > limits::RESULTS {
            return Err(Error::limit("limit", self.limit, limits::RESULTS));
        }
        if let Some(score) = self.min_score
            && !(-1.0..=1.0).contains(&score)
        {
            return Err(Error::invalid(format!("min_score is {score}; a score lies between -1 and 1")));
        }
        if self.exclude.len() > limits::BATCH {
            return Err(Error::limit("the number of excluded ids", self.exclude.len(), limits::BATCH));
        }
        match &self.filter {
            Some(filter) => filter.validate().map_err(|error| error.within("filter")),
            None => Ok(()),
        }
    }
}
