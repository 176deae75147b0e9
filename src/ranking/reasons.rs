//! Why a video stands in a list that one vector ordered. The score is an inner product of sums, so it splits exactly into
//! one term for each field of the video, and into one for each watched video: its reasons. Lists of several features
//! have theirs from `blend_reasons.rs`.

use std::borrow::Cow;

use super::parts::{WeightedParts, weighted_parts};
use super::{Adjustments, Catalogue, FieldPart};
use crate::domain::{Evidence, Field, Reason, ReasonKind, Recommendation};
use crate::learning::{Taste, TasteTerm};
use crate::vectors::{Scored, dot, dot_each};

/// Watched videos that the reasons of one video name; the others are one reason together.
const NAMED: usize = 3;

/// Videos whose terms are found side by side.
const AT_ONCE: usize = 16;

/// What the query vector came from.
#[derive(Debug, Clone, Copy)]
pub enum Because<'a> {
    /// A profile's taste: name the watched videos with the largest terms.
    Taste(&'a Taste),
    /// One video: name it.
    Video(&'a str),
    /// A text: there is no video to name.
    Text,
}

/// The videos that attract most to a taste, looked up once for a whole list.
#[derive(Default)]
pub struct Attracting<'a> {
    videos: Vec<(TasteTerm, Cow<'a, [f32]>)>,
}

impl<'a> Attracting<'a> {
    /// At most `most` of them.
    pub fn of(catalogue: &'a Catalogue, taste: &Taste, most: usize) -> Attracting<'a> {
        let terms = taste.strongest().iter().take(most);
        Attracting { videos: terms.map(|term| (*term, catalogue.vectors().values(term.row))).collect() }
    }

    /// The rows with the largest terms of the inner product of the taste with `vector`, the largest first and of equal
    /// ones the one that attracts less, as attraction is listed; with the terms.
    pub fn largest<const COUNT: usize>(&self, vector: &[f32]) -> impl Iterator<Item = (usize, f32)> + use<COUNT> {
        let mut largest = [(usize::MAX, f32::NEG_INFINITY); COUNT];
        for videos in self.videos.chunks(AT_ONCE) {
            let (mut rows, mut products) = ([&[][..]; AT_ONCE], [0.0; AT_ONCE]);
            rows.iter_mut().zip(videos).for_each(|(row, (_, values))| *row = values);
            dot_each(vector, &rows[..videos.len()], &mut products);
            for ((term, _), product) in videos.iter().zip(products) {
                let value = term.weight * product;
                // Most are none of the largest.
                if largest.last().is_some_and(|(_, least)| value < *least) {
                    continue;
                }
                let place = largest.iter().position(|(_, held)| value >= *held).unwrap_or(COUNT);
                if place < COUNT {
                    largest[place..].rotate_right(1);
                    largest[place] = (term.row, value);
                }
            }
        }
        largest.into_iter().filter(|(row, _)| *row != usize::MAX)
    }
}

/// Explains the videos of one list.
pub struct Explainer<'a> {
    catalogue: &'a Catalogue,
    query_vector: &'a [f32],
    because: Because<'a>,
    attracting: Attracting<'a>,
    /// What is added to scores by taste.
    adjustments: Option<&'a Adjustments>,
    /// Rows that stand in the list for variety.
    varied: &'a [usize],
}

impl<'a> Explainer<'a> {
    pub fn of(catalogue: &'a Catalogue, query_vector: &'a [f32], because: Because<'a>) -> Explainer<'a> {
        let attracting = match because {
            Because::Taste(taste) => Attracting::of(catalogue, taste, usize::MAX),
            Because::Video(_) | Because::Text => Attracting { videos: Vec::new() },
        };
        Explainer { catalogue, query_vector, because, attracting, adjustments: None, varied: &[] }
    }

    /// Explains scores that these adjustments were added to.
    pub fn adjusted(self, adjustments: &'a Adjustments) -> Explainer<'a> {
        Explainer { adjustments: Some(adjustments), ..self }
    }

    /// Explains a list in which these rows stand for variety.
    pub fn varied(self, varied: &'a [usize]) -> Explainer<'a> {
        Explainer { varied, ..self }
    }

    pub fn explain(&self, scored: &Scored<'_>) -> Recommendation {
        let whole = self.whole(scored.row);
        let mut reasons = match self.because {
            Because::Taste(_) => self.by_taste(scored),
            Because::Video(_) | Because::Text => self.by_fields(scored, whole.as_ref()),
        };
        if self.varied.contains(&scored.row) {
            reasons.push(Reason::plain(ReasonKind::Diversity, 0.0));
            reasons = in_order(reasons);
        }
        recommendation(self.catalogue, scored, whole.as_ref(), self.query_vector, reasons)
    }

    /// The reasons of a row alone.
    pub fn reasons(&self, scored: &Scored<'_>) -> Vec<Reason> {
        self.explain(scored).reasons
    }

    fn whole(&self, row: usize) -> Option<WeightedParts<'a>> {
        let video = self.catalogue.video(row)?;
        weighted_parts(video.parts(), self.catalogue.centres())
    }

    /// One term for each of a few watched videos, and one for all others.
    fn by_taste(&self, scored: &Scored<'_>) -> Vec<Reason> {
        let vector = self.catalogue.vectors().values(scored.row);
        let largest = self.attracting.largest::<NAMED>(&vector).enumerate();
        // What speaks against the video is named only where nothing else is.
        let named = largest.filter(|(place, (_, term))| *place == 0 || *term > 0.0);
        let reason = |(_, (row, weight)): (usize, (usize, f32))| Reason {
            kind: ReasonKind::Taste,
            weight,
            evidence: self.catalogue.evidence(row),
        };
        let mut reasons: Vec<Reason> = named.map(reason).collect();
        reasons.extend(self.adjustments.into_iter().flat_map(|added| added.reasons(scored.row, scored.key)));
        let rest = f64::from(scored.score) - sum(&reasons);
        if rest.abs() > ROUNDING {
            reasons.push(Reason::plain(ReasonKind::Taste, rest as f32));
        } else {
            add_rest(scored.score, &mut reasons);
        }
        in_order(reasons)
    }

    /// One term for each field of the video; one in all where it has a vector of its own.
    fn by_fields(&self, scored: &Scored<'_>, whole: Option<&WeightedParts<'_>>) -> Vec<Reason> {
        let (kind, asked) = match self.because {
            Because::Video(id) => (ReasonKind::Similar, self.catalogue.row(id)),
            Because::Taste(_) | Because::Text => (ReasonKind::Text, None),
        };
        let evidence = asked.map_or_else(Evidence::default, |row| self.catalogue.evidence(row));
        let of_part = |part: &FieldPart, weight: f32| {
            let tag = asked.filter(|_| part.field == Some(Field::Tags));
            let tag = tag.and_then(|row| self.catalogue.shared_tag(scored.row, row)).unwrap_or_default().to_owned();
            let field_text = beginning(&part.text, Evidence::TEXT_BYTES).to_owned();
            Reason { kind, weight, evidence: Evidence { tag, field: part.field, field_text, ..evidence.clone() } }
        };
        let terms = whole.map_or(&[][..], |whole| &whole.terms);
        let mut reasons: Vec<Reason> =
            terms.iter().map(|term| of_part(term.part, dot(&term.vector, self.query_vector))).collect();
        if reasons.is_empty() {
            reasons.push(Reason { kind, weight: scored.score, evidence });
        }
        // What is left comes from the rounding of the vector that is kept.
        add_rest(scored.score, &mut reasons);
        in_order(reasons)
    }
}

/// Less than this is no reason of its own.
const ROUNDING: f64 = 1e-6;

fn sum(reasons: &[Reason]) -> f64 {
    reasons.iter().map(|reason| f64::from(reason.weight)).sum()
}

/// Gives the largest reason what the others leave of the score.
fn add_rest(score: f32, reasons: &mut [Reason]) {
    let rest = f64::from(score) - sum(reasons);
    if let Some(largest) = reasons.iter_mut().max_by(|one, other| one.weight.abs().total_cmp(&other.weight.abs())) {
        largest.weight = (f64::from(largest.weight) + rest) as f32;
    }
}

/// The largest weight first, those of equal weight by their kinds.
pub fn in_order(mut reasons: Vec<Reason>) -> Vec<Reason> {
    reasons.sort_by(|one, other| other.weight.total_cmp(&one.weight).then(one.kind.cmp(&other.kind)));
    reasons
}

/// The place of a row in a list, with the field that says most and reasons that stand in their order.
pub fn recommendation(
    catalogue: &Catalogue,
    scored: &Scored<'_>,
    whole: Option<&WeightedParts<'_>>,
    query_vector: &[f32],
    reasons: Vec<Reason>,
) -> Recommendation {
    let mut named = reasons.iter().map(|reason| reason.evidence.video_id.as_str()).filter(|id| !id.is_empty());
    let because_id = named.next().unwrap_or_default().to_owned();
    let terms = whole.map_or(&[][..], |whole| &whole.terms).iter();
    let best = terms.map(|term| (term.part, dot(&term.vector, query_vector))).max_by(|(_, a), (_, b)| a.total_cmp(b));
    Recommendation {
        id: scored.key.to_owned(),
        title: catalogue.title(scored.row).to_owned(),
        score: scored.score,
        because_id,
        matched_field: best.and_then(|(part, _)| part.field),
        matched_text: best.map_or_else(String::new, |(part, _)| part.text.clone()),
        matched_score: best.map_or(0.0, |(_, score)| score),
        reasons,
        propensity: 1.0,
    }
}

/// The text up to so many bytes, whole characters.
pub fn beginning(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::{Attributes, CatalogueVideo, Stored, VideoVector};
    use super::*;
    use crate::domain::Video;
    use crate::vectors::{Code, ExactValues, VectorStore};

    fn part(field: Field, text: &str, values: [f32; 3]) -> FieldPart {
        let values = Stored::Code(Code::encode(&values));
        FieldPart { field: Some(field), text: text.to_owned(), group: None, values, weight: 1.0 }
    }

    /// Two videos about robots, of which one has a long description, and one with a vector of its own.
    fn catalogue(exact_values: ExactValues) -> Catalogue {
        let tagged = Video { tags: vec!["Robots".to_owned(), "Metal".to_owned()], ..Video::default() };
        let video = |id: &str, vector: VideoVector| CatalogueVideo {
            id: Arc::from(id),
            title: format!("Title of {id}"),
            attributes: Attributes::of(&tagged),
            vector,
            watched: None,
        };
        let long = "机".repeat(200);
        let one = vec![
            part(Field::Title, "one", [0.9, 0.1, 0.4]),
            part(Field::Description, &long, [0.2, -0.9, 0.1]),
            part(Field::Tags, "Robots, Metal", [0.5, 0.5, 0.7]),
        ];
        let other = vec![part(Field::Title, "other", [0.7, 0.2, 0.6])];
        let brought = VideoVector::Brought(Box::new([0.0, 0.6, 0.8]));
        let mut catalogue = Catalogue::new(VectorStore::new(3, exact_values));
        let videos = vec![
            video("one", VideoVector::Parts(one)),
            video("other", VideoVector::Parts(other)),
            video("own", brought),
        ];
        catalogue.put_all(videos).unwrap();
        catalogue
    }

    fn of(catalogue: &Catalogue, id: &str, vector: &[f32], because: Because<'_>) -> Recommendation {
        let row = catalogue.row(id).unwrap();
        let score = dot(&catalogue.vectors().values(row), vector);
        Explainer::of(catalogue, vector, because).explain(&Scored { row, score, key: catalogue.id(row) })
    }

    #[test]
    fn fields_sum_to_the_score_however_exactly_vectors_are_kept() {
        for kept in [ExactValues::Float32, ExactValues::Float16, ExactValues::None] {
            let catalogue = catalogue(kept);
            let other = catalogue.vectors().values(catalogue.row("other").unwrap()).into_owned();
            for because in [Because::Video("other"), Because::Text] {
                for (id, fields) in [("one", 3), ("own", 1)] {
                    let found = of(&catalogue, id, &other, because);
                    let sum: f64 = sum(&found.reasons);
                    assert!((sum - f64::from(found.score)).abs() < 1e-6, "{kept:?}: {found:?}");
                    assert_eq!(found.reasons.len(), fields);
                    assert!(found.reasons.is_sorted_by(|one, next| one.weight >= next.weight));
                }
            }
        }
    }

    #[test]
    fn fields_say_what_they_are() {
        let catalogue = catalogue(ExactValues::Float32);
        let other = catalogue.vectors().values(catalogue.row("other").unwrap()).into_owned();
        let found = of(&catalogue, "one", &other, Because::Video("other"));
        assert_eq!(found.because_id, "other");
        let of_field = |field| found.reasons.iter().find(|reason| reason.evidence.field == Some(field)).unwrap();
        let [tags, description] = [Field::Tags, Field::Description].map(|field| &of_field(field).evidence);
        // Of two tags that as many videos have, the first by its text.
        assert_eq!((tags.tag.as_str(), tags.video_title.as_str()), ("metal", "Title of other"));
        assert_eq!(description.tag, "");
        assert_eq!(description.field_text, "机".repeat(Evidence::TEXT_BYTES / 3), "whole characters");
        let text = of(&catalogue, "one", &other, Because::Text);
        assert!(
            text.reasons.iter().all(|reason| reason.kind == ReasonKind::Text && reason.evidence.video_id.is_empty())
        );
        assert_eq!((text.because_id.as_str(), text.matched_field), ("", found.matched_field));
    }

    #[test]
    fn the_others_of_a_taste_are_one_reason() {
        let catalogue = catalogue(ExactValues::Float32);
        let values = |row| catalogue.vectors().values(row);
        let terms = vec![TasteTerm { row: 0, weight: 0.6 }, TasteTerm { row: 2, weight: -0.3 }];
        let vector: Vec<f32> = values(0).iter().zip(values(2).iter()).map(|(a, b)| 0.6 * a - 0.3 * b).collect();
        let found = of(&catalogue, "other", &vector, Because::Taste(&Taste { vector: vector.clone(), terms }));
        let [named, others] = &found.reasons[..] else { panic!("{found:?}") };
        assert_eq!((named.evidence.video_id.as_str(), others.evidence.video_id.as_str()), ("one", ""));
        let expected = [0.6 * dot(&values(1), &values(0)), -0.3 * dot(&values(1), &values(2))];
        for (reason, expected) in [named, others].into_iter().zip(expected) {
            assert!((reason.weight - expected).abs() < 1e-6, "{found:?}");
        }
    }
}
