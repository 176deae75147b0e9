//! Why a video stands in a list. The score is an inner product of sums, so it splits exactly into
//! one term for each field of the video, and into one for each watched video; the largest terms
//! are the reasons.

use super::parts::weighted_parts;
use super::{Catalogue, CatalogueVideo, FieldPart};
use crate::domain::Recommendation;
use crate::learning::Taste;
use crate::vectors::{Scored, dot};

/// What the query vector came from.
#[derive(Debug, Clone, Copy)]
pub enum Because<'a> {
    /// A profile's taste: name the watched video with the largest term.
    Taste(&'a Taste),
    /// One video: name it.
    Video(&'a str),
    /// A text: there is no video to name.
    Text,
}

pub fn explain(
    catalogue: &Catalogue,
    scored: &Scored<'_>,
    query_vector: &[f32],
    because: Because<'_>,
) -> Recommendation {
    let mut recommendation = Recommendation {
        id: scored.key.to_owned(),
        title: String::new(),
        score: scored.score,
        because_id: because_id(catalogue, scored, because),
        matched_field: None,
        matched_text: String::new(),
        matched_score: 0.0,
    };
    if let Some(video) = catalogue.video(scored.row) {
        recommendation.title.clone_from(&video.title);
        if let Some((part, score)) = best_part(catalogue, video, query_vector) {
            recommendation.matched_field = part.field;
            recommendation.matched_text.clone_from(&part.text);
            recommendation.matched_score = score;
        }
    }
    recommendation
}

/// The part with the largest term of the score, and that term.
fn best_part<'a>(
    catalogue: &Catalogue,
    video: &'a CatalogueVideo,
    query_vector: &[f32],
) -> Option<(&'a FieldPart, f32)> {
    let whole = weighted_parts(video.parts(), catalogue.centres())?;
    let scored = whole.terms.iter().map(|term| (term.part, dot(&term.vector, query_vector)));
    scored.max_by(|(_, a), (_, b)| a.total_cmp(b))
}

fn because_id(catalogue: &Catalogue, scored: &Scored<'_>, because: Because<'_>) -> String {
    match because {
        Because::Text => String::new(),
        Because::Video(id) => id.to_owned(),
        Because::Taste(taste) => {
            let vector = catalogue.vectors().values(scored.row);
            let attracting = taste.strongest().iter();
            let scored_terms =
                attracting.map(|term| (term.row, term.weight * dot(&vector, &catalogue.vectors().values(term.row))));
            let largest = scored_terms.max_by(|(_, a), (_, b)| a.total_cmp(b));
            largest.map_or_else(String::new, |(row, _)| catalogue.id(row).to_owned())
        }
    }
}
