//! Rows about one film or series: what is alike by meaning, mixed with what others watched beside and after it. A tag in
//! common brings nothing by itself: vectors that only stand for tags, until the texts are embedded, do not count.

use super::best_first::best_first;
use super::dealer::{Dealer, Face, Tile};
use super::screen::{Row, Screen};
use super::seeds::{Seed, Seeds};
use super::titles::Title;
use crate::domain::{Feature, HomeRow, Reason, ReasonKind, Recommendation, Result};
use crate::learning::{Item, Recommender, Viewer};
use crate::ranking::nearest;
use crate::ranking::reasons::{Because, Explainer, in_order};
use crate::ranking::standard::{Standard, drawn_in, of_values};
use crate::vectors::{Bitmap, Lists, Scored, dot};

/// Recommenders that say what goes with one video.
const BESIDE: [Feature; 3] = [Feature::Transitions, Feature::ItemNeighbours, Feature::Ease];

/// Rows of the catalogue by which it is known how alike two videos are on average.
const SAMPLE: usize = 128;

/// Seeds that are tried for a row before it is left out.
const TRIES: usize = 4;

/// About the seed that the row names, if the viewer watched or liked it; else about what they watched or liked last.
pub fn because_you_watched(
    screen: &Screen<'_>,
    dealer: &mut Dealer<'_>,
    seeds: &mut Seeds,
    row: Row,
    index: usize,
) -> Result<Option<HomeRow>> {
    if seeds.is_named(index) {
        return seeds.named(index).cloned().map_or(Ok(None), |seed| about(screen, dealer, seeds, row, seed));
    }
    for _ in 0..TRIES {
        let Some(seed) = seeds.next_watched() else { break };
        let made = about(screen, dealer, seeds, row, seed)?;
        if made.is_some() {
            return Ok(made);
        }
    }
    Ok(None)
}

fn about(
    screen: &Screen<'_>,
    dealer: &mut Dealer<'_>,
    seeds: &mut Seeds,
    row: Row,
    seed: Seed,
) -> Result<Option<HomeRow>> {
    let Some(touch) = seed.touch else { return Ok(None) };
    let title = Title::because(touch, &seed.id, &seed.title);
    alike(screen, dealer, seeds, row, seed, title)
}

/// About the seed that the row names, or else what the viewer picked or watched last.
pub fn more_like_this(
    screen: &Screen<'_>,
    dealer: &mut Dealer<'_>,
    seeds: &mut Seeds,
    row: Row,
    index: usize,
) -> Result<Option<HomeRow>> {
    let mut more_like = |seeds: &mut Seeds, seed: Seed| {
        let title = Title::more_like(&seed.id, &seed.title);
        alike(screen, dealer, seeds, row, seed, title)
    };
    if seeds.is_named(index) {
        return seeds.named(index).cloned().map_or(Ok(None), |seed| more_like(seeds, seed));
    }
    for _ in 0..TRIES {
        let Some(seed) = seeds.next_chosen() else { break };
        let made = more_like(seeds, seed)?;
        if made.is_some() {
            return Ok(made);
        }
    }
    Ok(None)
}

fn alike(
    screen: &Screen<'_>,
    dealer: &mut Dealer<'_>,
    seeds: &mut Seeds,
    row: Row,
    seed: Seed,
    title: Title,
) -> Result<Option<HomeRow>> {
    let likeness = Likeness::of(screen, &seed);
    let mut candidates = if seed.vector.is_some() { screen.with_vector.clone() } else { screen.allowed.clone() };
    dealer.remove(&seed.subject, &mut candidates);
    let is_other = |row: usize| super::dealer::subject(screen.catalogue, row) != seed.subject;
    let find = |left: &Bitmap, limit: usize| likeness.best(left, limit, is_other);
    let Some(tiles) = dealer.fill(row, &candidates, Face::Any, find)? else { return Ok(None) };
    let recommendations = tiles.iter().map(|tile: &Tile| likeness.explained(&tile.scored(screen.catalogue))).collect();
    let made = screen.row(row.kind, title, &tiles, recommendations);
    seeds.put_used(seed);
    Ok(Some(made))
}

/// How much videos are like a seed.
struct Likeness<'s, 'a> {
    screen: &'s Screen<'a>,
    seed: &'s Seed,
    /// That of the cosines of the catalogue's videos with the seed.
    standard: Option<Standard>,
    /// How much each item goes with the seed, by what others watched, as one recommender and another say; at least 0.
    beside: Vec<(Feature, Vec<f32>)>,
}

impl<'s, 'a> Likeness<'s, 'a> {
    fn of(screen: &'s Screen<'a>, seed: &'s Seed) -> Likeness<'s, 'a> {
        let catalogue = screen.catalogue;
        let standard = seed.vector.as_ref().and_then(|vector| {
            Standard::sampled(catalogue, SAMPLE, |row| dot(&catalogue.vectors().values(row), vector))
        });
        Likeness { screen, seed, standard, beside: beside(screen, seed) }
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

    /// The best of `left`, as far as they are more alike than videos are on average.
    fn best(&self, left: &Bitmap, limit: usize, is_other: impl Fn(usize) -> bool) -> Result<Vec<Scored<'s>>> {
        self.screen.call.check()?;
        let mut rows = self.near(left, limit)?;
        rows.extend(self.watched_beside(left, limit));
        rows.sort_unstable();
        rows.dedup();
        let scored = rows.into_iter().filter(|row| is_other(*row)).map(|row| (row, self.score(row)));
        Ok(best_first(self.screen.catalogue, scored.filter(|(_, score)| *score > 0.0).collect(), limit))
    }

    /// The rows nearest to the seed's vector, without those whose vector only stands for their tags.
    fn near(&self, left: &Bitmap, limit: usize) -> Result<Vec<usize>> {
        let Some(vector) = &self.seed.vector else { return Ok(Vec::new()) };
        let Screen { catalogue, searching, call, .. } = self.screen;
        let queries = vec![vector.clone()];
        let lists = nearest(catalogue, left.clone(), queries, Lists::OneEach, (limit, None), *searching, call)?;
        let rows = lists.iter().flatten().map(|scored| scored.row);
        Ok(rows.filter(|row| catalogue.has_own_vector(*row)).collect())
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
    fn explained(&self, scored: &Scored<'_>) -> Recommendation {
        let catalogue = self.screen.catalogue;
        let seed = catalogue.evidence(self.seed.row);
        let found = match &self.seed.vector {
            Some(vector) => Explainer::of(catalogue, vector, Because::Video(&seed.video_id)).explain(scored),
            None => self.screen.plainly(scored, ReasonKind::Similar),
        };
        let because = |kind: ReasonKind, weight: f32| Reason { kind, weight, evidence: seed.clone() };
        let watched = self.watched_terms(scored.row).filter(|(_, term)| *term != 0.0);
        let mut reasons: Vec<Reason> = watched.map(|(feature, term)| because(feature.into(), term)).collect();
        if self.seed.vector.is_some() {
            reasons.push(because(ReasonKind::Similar, self.meaning(scored.row)));
        }
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
