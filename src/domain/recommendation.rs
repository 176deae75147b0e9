//! What a caller gets back.

use super::{Field, Reason};

/// One video of a list, with reasons that are true by construction: they are the terms of the sum that is the score.
#[derive(Debug, Clone, PartialEq)]
pub struct Recommendation {
    pub id: String,
    pub title: String,
    /// Centred cosine, −1 to 1; where a search found the title, above 1 and up to 2. Of recommendations with what rules,
    /// showings and rotation added.
    pub score: f32,
    /// The video that the first of the reasons with one names: for a recommendation a watched video, for similar videos
    /// the one asked about; empty where none names any, as in a search.
    pub because_id: String,
    /// The field whose vector contributed most to the score; none for a video with its own vector.
    pub matched_field: Option<Field>,
    /// That field's text, as it was given (tags joined with ", ", comments with line ends).
    pub matched_text: String,
    /// How much of the score that field contributed.
    pub matched_score: f32,
    /// Why it has its score: weights that sum to it, the largest first, those of equal weight by their kinds.
    pub reasons: Vec<Reason>,
    /// The probability with which the list put it into its place, given the rest of the list: below 1 only where the
    /// place explores. To be recorded with the impression ([`super::Event::propensity`]).
    pub propensity: f32,
}
