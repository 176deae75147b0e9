//! Videos whose titles match what somebody typed, in the order of how closely they do, as part of the one list of a
//! search. The places of titles lie above those of meanings: a title scores above 1, which no cosine does.

use super::Catalogue;
use super::reasons::beginning;
use crate::domain::{CallOptions, Evidence, Field, Reason, ReasonKind, Recommendation, Result};
use crate::text::{Closeness, Extent, SearchKeys, SearchText, Signature, Spelling};
use crate::vectors::{Bitmap, Scored, TopK};

/// Titles passed over, and titles compared, between two looks at the deadline: the longest take milliseconds.
const TITLES_BETWEEN_CHECKS: usize = 1_024;
const COMPARED_BETWEEN_CHECKS: usize = 4;

/// What a title scores more, the less of it is left to type; less than any two steps of [`score`] lie apart.
const STEP_OF_TYPED_SHARE: f32 = 0.04;

/// The best `limit` of the `allowed` videos whose titles match, best first, ties by id. Mistakes are looked for only
/// where titles without one leave room.
pub fn search_titles<'c>(
    catalogue: &'c Catalogue,
    allowed: &Bitmap,
    text: &SearchText,
    limit: usize,
    call: &CallOptions,
) -> Result<Vec<Scored<'c>>> {
    let mut found = scan(catalogue, allowed, limit, call, |signature| text.may_be(signature), |keys| text.exact(keys))?;
    if found.len() < limit && text.allows_mistakes() {
        let mut others = allowed.clone();
        found.iter().for_each(|scored| others.remove(scored.row));
        let may_be = |signature: &Signature| text.may_be_with_mistakes(signature);
        let room = limit - found.len();
        found.extend(scan(catalogue, &others, room, call, may_be, |keys| text.with_mistakes(keys))?);
    }
    Ok(found)
}

/// The places of titles in a list; the title is all that their score comes from.
pub fn titled(catalogue: &Catalogue, found: &[Scored<'_>]) -> Vec<Recommendation> {
    let place = |scored: &Scored<'_>| {
        let title = catalogue.title(scored.row).to_owned();
        let field_text = beginning(&title, Evidence::TEXT_BYTES).to_owned();
        let evidence = Evidence { field: Some(Field::Title), field_text, ..Evidence::default() };
        Recommendation {
            id: scored.key.to_owned(),
            matched_text: title.clone(),
            title,
            score: scored.score,
            because_id: String::new(),
            matched_field: Some(Field::Title),
            matched_score: scored.score,
            reasons: vec![Reason { kind: ReasonKind::Title, weight: scored.score, evidence }],
            propensity: 1.0,
        }
    };
    found.iter().map(place).collect()
}

fn scan<'c>(
    catalogue: &'c Catalogue,
    allowed: &Bitmap,
    limit: usize,
    call: &CallOptions,
    may_be: impl Fn(&Signature) -> bool,
    compare: impl Fn(&SearchKeys) -> Option<Closeness>,
) -> Result<Vec<Scored<'c>>> {
    let mut best = TopK::new(limit, None);
    let mut compared = 0_usize;
    for (number, row) in allowed.iter().enumerate() {
        call.check_every(TITLES_BETWEEN_CHECKS, number)?;
        let Some(keys) = catalogue.titles().keys(row, &may_be) else { continue };
        call.check_every(COMPARED_BETWEEN_CHECKS, compared)?;
        compared += 1;
        if let Some(closeness) = compare(keys) {
            best.offer(row, score(closeness), || catalogue.id(row));
        }
    }
    Ok(best.into_sorted())
}

/// Between 1 and 2: a step for each kind of match, and within a step the more, the less of the title is left to type.
fn score(closeness: Closeness) -> f32 {
    let step = match (closeness.spelling, closeness.extent) {
        (Spelling::Written, Extent::Whole) => 0.96,
        (Spelling::Written, Extent::Beginning) => 0.88,
        (Spelling::Written, Extent::Inside) => 0.80,
        (Spelling::UsualReading, Extent::Whole) => 0.70,
        (Spelling::UsualReading, Extent::Beginning) => 0.65,
        (Spelling::UsualReading, Extent::Inside) => 0.60,
        (Spelling::OtherReading, Extent::Whole) => 0.50,
        (Spelling::OtherReading, Extent::Beginning) => 0.45,
        (Spelling::OtherReading, Extent::Inside) => 0.40,
        (Spelling::OneMistake, _) => 0.30,
        (Spelling::TwoMistakes, _) => 0.20,
    };
    1.0 + step + STEP_OF_TYPED_SHARE * (1.0 - f32::from(closeness.rest) / 1_000.0)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::{Attributes, CatalogueVideo, VideoVector};
    use super::*;
    use crate::domain::SearchWays;
    use crate::vectors::{ExactValues, VectorStore};

    fn video(id: &str, title: &str) -> CatalogueVideo {
        CatalogueVideo {
            id: Arc::from(id),
            title: title.to_owned(),
            attributes: Attributes::default(),
            vector: VideoVector::Brought(Box::new([1.0, 0.0])),
            watched: None,
        }
    }

    fn catalogue(titles: &[(&str, &str)]) -> Catalogue {
        let mut catalogue = Catalogue::new(VectorStore::new(2, ExactValues::Float32));
        catalogue.put_all(titles.iter().map(|(id, title)| video(id, title)).collect()).unwrap();
        catalogue
    }

    fn found(catalogue: &Catalogue, typed: &str, limit: usize) -> Vec<(String, f32)> {
        let text = SearchText::of(typed, SearchWays::TITLES).unwrap();
        let found = search_titles(catalogue, catalogue.live(), &text, limit, &CallOptions::default()).unwrap();
        found.iter().map(|scored| (scored.key.to_owned(), scored.score)).collect()
    }

    fn ids(catalogue: &Catalogue, typed: &str, limit: usize) -> Vec<String> {
        found(catalogue, typed, limit).into_iter().map(|(id, _)| id).collect()
    }

    #[test]
    fn closer_titles_come_first_and_ties_by_id() {
        let catalogue = catalogue(&[
            ("later word", "Blue Planet"),
            ("whole", "Planet"),
            ("longer", "Planet of the Apes"),
            ("beginning", "Planet Earth"),
            ("other", "Heat"),
            ("mistake", "Plamet"),
            ("also", "Planet Earth"),
        ]);
        let all = ["whole", "also", "beginning", "longer", "later word", "mistake"];
        assert_eq!(ids(&catalogue, "planet", 10), all);
        assert_eq!(ids(&catalogue, "planet", 2), all[..2]);
        let scores: Vec<f32> = found(&catalogue, "planet", 10).into_iter().map(|(_, score)| score).collect();
        assert!(scores.is_sorted_by(|one, other| one >= other) && scores[1] == scores[2]);
        assert!(scores.iter().all(|score| (1.0..=2.0).contains(score)), "{scores:?}");
    }

    #[test]
    fn usual_readings_come_before_others() {
        // 传 is read chuan more often than zhuan, 庄 zhuang.
        let catalogue = catalogue(&[("a", "甄嬛传"), ("b", "甄嬛庄")]);
        assert_eq!(ids(&catalogue, "zhz", 10), ["b", "a"]);
        assert_eq!(ids(&catalogue, "zhc", 10), ["a"]);
    }

    #[test]
    fn titles_that_went_or_changed_are_not_found() {
        let mut catalogue = catalogue(&[("a", "Planet"), ("b", "人工智能")]);
        let before = catalogue.clone();
        catalogue.put_all(vec![video("a", "Heat")]).unwrap();
        catalogue.remove_all(&["b"]).unwrap();
        catalogue.put_all(vec![video("c", "Jaws")]).unwrap();
        assert!(ids(&catalogue, "planet", 10).is_empty() && ids(&catalogue, "rgzn", 10).is_empty());
        assert_eq!((ids(&catalogue, "hea", 10), ids(&catalogue, "jaw", 10)), (vec!["a".into()], vec!["c".into()]));
        assert_eq!((ids(&before, "planet", 10), ids(&before, "7496", 10)), (vec!["a".into()], vec!["b".into()]));
    }
}
