//! Why a video stands in a blended list: a reason for each feature that counts, its term wᵢ·aᵢ, with what brought most of
//! it. The terms are the very ones that were added up, so that they sum to the score. What is looked up for reasons is
//! looked up for the videos of a list together, since a list costs little more than one scan.

use super::Adjustments;
use super::blend::{Part, Scores};
use super::new_videos::Mixed;
use super::parts::weighted_parts;
use super::reasons::{Attracting, in_order, recommendation};
use crate::domain::{CallOptions, Circumstance, Evidence, Feature, Reason, ReasonKind, Recommendation, Result};
use crate::learning::Item;
use crate::vectors::Scored;

/// Of the watched videos that attract to a taste, strongest first, so many are looked at for the one that brought most.
const ATTRACTING: usize = 16;

impl Scores<'_> {
    /// The list with its reasons.
    pub fn explained(
        &self,
        mixed: &Mixed<'_>,
        adjustments: Option<&Adjustments>,
        call: &CallOptions,
    ) -> Result<Vec<Recommendation>> {
        let reasons = self.reasons(&mixed.list, mixed, adjustments);
        let taste = self.given.taste.map_or(&[][..], |taste| &taste.vector);
        let explain = |(scored, reasons): (&Scored<'_>, Vec<Reason>)| {
            call.check()?;
            let video = self.catalogue.video(scored.row);
            let whole = video.and_then(|video| weighted_parts(video.parts(), self.catalogue.centres()));
            Ok(recommendation(self.catalogue, scored, whole.as_ref(), taste, reasons))
        };
        let mut list: Vec<Recommendation> = mixed.list.iter().zip(reasons).map(explain).collect::<Result<_>>()?;
        for explored in &mixed.explored {
            let place = mixed.list.iter().position(|scored| scored.row == explored.row);
            place.into_iter().for_each(|place| list[place].propensity = explored.propensity);
        }
        Ok(list)
    }

    /// The reasons of each of `list`, of which some stand in places of `mixed` that others have not by their score.
    pub fn reasons(
        &self,
        list: &[Scored<'_>],
        mixed: &Mixed<'_>,
        adjustments: Option<&Adjustments>,
    ) -> Vec<Vec<Reason>> {
        let mut all: Vec<Vec<Reason>> = list.iter().map(|_| Vec::new()).collect();
        let items: Vec<Option<Item>> = list.iter().map(|scored| self.given.item_rows.item(scored.row)).collect();
        let is_new: Vec<Option<f32>> =
            items.iter().map(|item| self.collaborative.content_of_new(self.given, *item)).collect();
        for part in &self.collaborative.parts {
            let terms = items.iter().zip(&is_new).map(|(item, new)| new.is_none().then(|| part.term(*item)));
            self.add_part(part, list, &items, terms.collect(), &mut all);
        }
        if let Some(content) = &self.collaborative.content {
            let rows = list.iter().zip(&items).zip(&is_new);
            let terms = rows.map(|((scored, item), new)| match new {
                Some(z_score) => {
                    Some(self.collaborative.of_item(*item) + self.content_of_vectors(scored.row, *z_score))
                }
                None => Some(content.term(*item)),
            });
            self.add_part(content, list, &items, terms.collect(), &mut all);
        }
        self.add_vectors(list, &is_new, &mut all);
        for (scored, reasons) in list.iter().zip(&mut all) {
            if mixed.kept.contains(&scored.row) {
                reasons.push(Reason::plain(ReasonKind::NewPlace, 0.0));
            }
            if mixed.varied.contains(&scored.row) {
                reasons.push(Reason::plain(ReasonKind::Diversity, 0.0));
            }
            if mixed.explored.iter().any(|explored| explored.row == scored.row && explored.is_new_to_list) {
                reasons.push(Reason::plain(ReasonKind::ExplorePlace, 0.0));
            }
            reasons.extend(adjustments.into_iter().flat_map(|added| added.reasons(scored.row, scored.key)));
        }
        all.into_iter().map(in_order).collect()
    }

    /// What content's z-score brings a new video in the place of its vector's features.
    fn content_of_vectors(&self, row: usize, z_score: f32) -> f32 {
        let terms = self.by_vectors.terms_by_content(row, z_score);
        terms.filter(|(feature, _)| *feature == Feature::Content).map(|(_, term)| term).sum()
    }

    /// Adds a recommender's terms, none of a row for which it does not count.
    fn add_part(
        &self,
        part: &Part<'_>,
        list: &[Scored<'_>],
        items: &[Option<Item>],
        terms: Vec<Option<f32>>,
        all: &mut [Vec<Reason>],
    ) {
        let known: Vec<(usize, Item)> =
            items.iter().enumerate().filter_map(|(place, item)| Some((place, (*item)?))).collect();
        let mut evidence = vec![Evidence::default(); list.len()];
        // What speaks against a video is no one video's doing.
        let speaks_for = known.iter().filter(|(place, _)| terms[*place].is_some_and(|term| term > 0.0));
        let (places, asked): (Vec<usize>, Vec<Item>) = speaks_for.copied().unzip();
        let feature = part.recommender.feature();
        for (place, contribution) in places.iter().zip(part.recommender.explain_all(&self.given.viewer, &asked)) {
            if let Some(contribution) = contribution {
                evidence[*place] = self.evidence_of_item(contribution.because, list[*place].row, feature);
            }
        }
        let (places, asked): (Vec<usize>, Vec<Item>) = known.into_iter().unzip();
        for (place, found) in places.iter().zip(part.recommender.circumstances(&self.given.viewer, &asked)) {
            evidence[*place].circumstance = terms[*place].and_then(|term| speaking(found, part.weight * term));
        }
        for ((term, evidence), reasons) in terms.iter().zip(evidence).zip(all) {
            if let Some(weight) = term.filter(|term| *term != 0.0) {
                reasons.push(Reason { kind: feature.into(), weight, evidence });
            }
        }
    }

    fn evidence_of_item(&self, because: Item, row: usize, feature: Feature) -> Evidence {
        let Some(watched) = self.given.item_rows.row(because) else {
            // The catalogue holds it no more.
            return Evidence::video(self.given.knowledge.items().id(because).unwrap_or_default(), "");
        };
        let tag = if feature == Feature::Content { self.catalogue.shared_tag(row, watched) } else { None };
        Evidence { tag: tag.unwrap_or_default().to_owned(), ..self.catalogue.evidence(watched) }
    }

    /// Adds what vectors and dates say of each row.
    fn add_vectors(&self, list: &[Scored<'_>], is_new: &[Option<f32>], all: &mut [Vec<Reason>]) {
        let attracting = self.given.taste.map(|taste| Attracting::of(self.catalogue, taste, ATTRACTING));
        let attracting = attracting.unwrap_or_default();
        for ((scored, new), reasons) in list.iter().zip(is_new).zip(all) {
            let terms: Vec<(Feature, f32)> = match new {
                Some(z_score) => self.by_vectors.terms_by_content(scored.row, *z_score).collect(),
                None => self.by_vectors.terms(scored.row).collect(),
            };
            // Content's were added with the recommenders'.
            for (feature, weight) in
                terms.into_iter().filter(|(feature, term)| *feature != Feature::Content && *term != 0.0)
            {
                let evidence = match weight > 0.0 {
                    true => self.by_vectors.evidence(feature, scored.row, &attracting, self.history),
                    false => Evidence::default(),
                };
                reasons.push(Reason { kind: feature.into(), weight, evidence });
            }
        }
    }
}

/// The circumstance that raises a score most, or lowers it most for a direction below 0; none where none does.
fn speaking(circumstances: Vec<(Circumstance, f32)>, direction: f32) -> Option<Circumstance> {
    let towards = circumstances.into_iter().map(|(circumstance, lift)| (circumstance, lift * direction.signum()));
    let largest = towards.max_by(|(_, one), (_, other)| one.total_cmp(other));
    largest.filter(|(_, lift)| *lift > 0.0).map(|(circumstance, _)| circumstance)
}
