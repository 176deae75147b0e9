//! How much videos are like a film or series: alike by meaning, mixed with what others watched beside and after it. A tag
//! in common brings nothing by itself: vectors that only stand for tags, until the texts are embedded, do not count.

use super::by_score::best_first;
use super::screen::Screen;
use super::seeds::Seed;
use crate::domain::{Feature, Reason, ReasonKind, Recommendation, Result};
use crate::learning::{Item, Recommender, Viewer};
use crate::ranking::reasons::{Because, Explainer, in_order};
use crate::ranking::standard::{Standard, drawn_in, of_values};
use crate::ranking::{Adjustments, nearest};
use crate::vectors::{Bitmap, Lists, Scored, dot};

/// Recommenders that say what goes with one video.
const BESIDE: [Feature; 3] = [Feature::Transitions, Feature::ItemNeighbours, Feature::Ease];

/// Rows of the catalogue by which it is known how alike two videos are on average.
const SAMPLE: usize = 128;

/// How much videos are like a seed.
pub struct Likeness<'s, 'a> {
    screen: &'s Screen<'a>,
    seed: &'s Seed,
    /// That of the cosines of the catalogue's videos with the seed.
    standard: Option<Standard>,
    /// How much each item goes with the seed, by what others watched, as one recommender and another say; at least 0.
    beside: Vec<(Feature, Vec<f32>)>,
    /// What is added to that.
    adjustments: Option<Adjustments>,
}

impl<'s, 'a> Likeness<'s, 'a> {
    pub fn of(screen: &'s Screen<'a>, seed: &'s Seed, adjustments: Option<Adjustments>) -> Likeness<'s, 'a> {
        let catalogue = screen.catalogue;
        let standard = seed.vector.as_ref().and_then(|vector| {
            Standard::sampled(catalogue, SAMPLE, |row| dot(&catalogue.vectors().values(row), vector))
        });
        let mut likeness = Likeness { screen, seed, standard, beside: beside(screen, seed), adjustments: None };
        likeness.adjustments = adjustments.map(|mut adjustments| {
            adjustments.measure(catalogue, |row| likeness.score(row));
            adjustments
        });
        likeness
    }

    /// What may be found: where meaning counts, videos with a vector, provisional ones aside.
    pub fn candidates(&self) -> Bitmap {
        let mut candidates = self.screen.allowed.clone();
        if self.seed.vector.is_some() {
            candidates.and_not(self.screen.catalogue.without_own_vector());
        }
        candidates
    }

    /// How far above that of others the cosine of a row is, in deviations.
    fn meaning(&self, row: usize) -> f32 {
        match (&self.seed.vector, self.standard) {
            (Some(vector), Some(standard)) => standard.of(dot(&self.screen.catalogue.vectors().values(row), vector)),
            _ => 0.0,
        }
    }

    /// What recommenders add to it.
    fn watched_terms(&self, row: usize) -> impl Iterator<Item = (Feature, f32)> {
        let item = self.screen.blend().item_rows.item(row);
        let term = move |said: &[f32]| item.and_then(|item| said.get(item as usize)).copied().unwrap_or(0.0);
        self.beside.iter().map(move |(feature, said)| (*feature, term(said)))
    }

    fn score(&self, row: usize) -> f32 {
        self.watched_terms(row).fold(self.meaning(row), |sum, (_, term)| sum + term)
    }

    /// The best of `left`, as far as they are more alike than videos are on average, whatever is added to that. Those
    /// that something of their own is added to are all scored.
    pub fn best(&mut self, left: &Bitmap, limit: usize, is_other: impl Fn(usize) -> bool) -> Result<Vec<Scored<'a>>> {
        self.screen.call.check()?;
        let (mut others, mut own) = (left.clone(), Bitmap::default());
        if let Some(adjustments) = &self.adjustments {
            own = adjustments.rows();
            own.and(left);
            others.and_not(&own);
        }
        let mut rows = self.near(&others, limit)?;
        rows.extend(self.watched_beside(&others, limit));
        rows.extend(own.iter());
        rows.sort_unstable();
        rows.dedup();
        let scored = rows.into_iter().filter(|row| is_other(*row)).map(|row| (row, self.score(row)));
        let scored: Vec<(usize, f32)> = scored.filter(|(_, score)| *score > 0.0).collect();
        let catalogue = self.screen.catalogue;
        let Some(adjustments) = &mut self.adjustments else { return Ok(best_first(catalogue, scored, limit)) };
        let without_boost = |(row, score): (usize, f32)| {
            let key = catalogue.id(row);
            Scored { row, score: score + adjustments.without_boost(row, key), key }
        };
        let scored = scored.into_iter().map(without_boost).collect();
        let mut scored = adjustments.settle(scored, self.screen.call)?.scored;
        scored.truncate(limit);
        Ok(scored)
    }

    /// The rows nearest to the seed's vector.
    fn near(&self, left: &Bitmap, limit: usize) -> Result<Vec<usize>> {
        let Some(vector) = &self.seed.vector else { return Ok(Vec::new()) };
        let Screen { catalogue, searching, call, .. } = self.screen;
        let queries = vec![vector.clone()];
        let lists = nearest(catalogue, left.clone(), queries, Lists::OneEach, (limit, None), *searching, call)?;
        Ok(lists.iter().flatten().map(|scored| scored.row).collect())
    }

    fn watched_beside(&self, left: &Bitmap, limit: usize) -> Vec<usize> {
        let items = self.beside.iter().map(|(_, said)| said.len()).max().unwrap_or(0);
        let sum = |item: usize| self.beside.iter().map(|(_, said)| said[item]).sum::<f32>();
        let known = (0..items).map(|item| (item as Item, sum(item))).filter(|(_, sum)| *sum > 0.0);
        let rows = known.filter_map(|(item, sum)| Some((self.screen.blend().item_rows.row(item)?, sum)));
        let rows = rows.filter(|(row, _)| left.contains(*row)).collect();
        best_first(self.screen.catalogue, rows, limit).iter().map(|scored| scored.row).collect()
    }

    /// The terms of the score are the reasons; each is the seed's doing.
    pub fn explained(&self, scored: &Scored<'_>) -> Recommendation {
        let catalogue = self.screen.catalogue;
        let seed = catalogue.evidence(self.seed.row);
        let found = match &self.seed.vector {
            Some(vector) => Explainer::of(catalogue, vector, Because::Video(&seed.video_id)).explain(scored),
            None => self.screen.plainly(scored, ReasonKind::Similar, None),
        };
        let because = |kind: ReasonKind, weight: f32| Reason { kind, weight, evidence: seed.clone() };
        let watched = self.watched_terms(scored.row).filter(|(_, term)| *term != 0.0);
        let mut reasons: Vec<Reason> = watched.map(|(feature, term)| because(feature.into(), term)).collect();
        if self.seed.vector.is_some() {
            reasons.push(because(ReasonKind::Similar, self.meaning(scored.row)));
        }
        let adjustments = self.adjustments.as_ref();
        reasons.extend(adjustments.into_iter().flat_map(|added| added.reasons(scored.row, scored.key)));
        Recommendation { because_id: seed.video_id, reasons: in_order(reasons), ..found }
    }
}

/// The mean of what recommenders say of each item for one who watched the seed alone, as z-scores with their tails drawn
/// in, and as far as so many profiles are to be trusted: a mean, so that what others watched reorders what is alike and
/// hardly ever outweighs it.
fn beside(screen: &Screen<'_>, seed: &Seed) -> Vec<(Feature, Vec<f32>)> {
    let blend = screen.blend();
    if seed.watches.is_empty() {
        return Vec::new();
    }
    let viewer = Viewer { profile: None, history: &seed.watches, ..blend.viewer };
    let say = |recommender: &dyn Recommender| {
        let mut said = vec![0.0; blend.knowledge.items().len()];
        recommender.score(&viewer, &mut said);
        let standard = of_values(&said)?;
        for value in &mut said {
            *value = if *value > 0.0 { drawn_in(standard.of(*value).max(0.0)) } else { 0.0 };
        }
        Some((recommender.feature(), said))
    };
    let recommenders = blend.knowledge.recommenders().filter(|own| BESIDE.contains(&own.feature()));
    let mut beside: Vec<(Feature, Vec<f32>)> = recommenders.filter_map(say).collect();
    let share = blend.trust() / beside.len().max(1) as f32;
    beside.iter_mut().flat_map(|(_, said)| said).for_each(|value| *value *= share);
    beside
}
