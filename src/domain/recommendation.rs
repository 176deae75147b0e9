//! What a caller gets back.

use super::Field;

/// One video of a list, with the two reasons that are true by construction: both are the largest
/// term of a sum that makes up the score.
#[derive(Debug, Clone, PartialEq)]
pub struct Recommendation {
    pub id: String,
    pub title: String,
    /// Centred cosine, −1 to 1; where a search found the title, above 1 and up to 2.
    pub score: f32,
    /// For a recommendation, the watched video that contributed most to the score; for similar
    /// videos, the video asked about; empty for a search.
    pub because_id: String,
    /// The field whose vector contributed most to the score; none for a video with its own vector.
    pub matched_field: Option<Field>,
    /// That field's text, as it was given (tags joined with ", ", comments with line ends).
    pub matched_text: String,
    /// How much of the score that field contributed.
    pub matched_score: f32,
}
