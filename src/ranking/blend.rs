//! One list from everything that is known: f(x) = Σ wᵢ·aᵢ(x) over named features of a video, for one viewer.
//!
//! A feature's values are z-scores (mean 0, deviation 1 over the videos), so that features of any scale can be added,
//! those by what others watched with their tails drawn in ([`super::standard`]).
//! Candidates are the best by what others watched and the best by taste; both are scored by all features. A video
//! that nobody watched has no score by what others watched: it gets the one that its content lets expect, and some
//! places of each list are kept for such videos ([`super::new_videos`]). The terms wᵢ·aᵢ are the explanation
//! ([`super::blend_reasons`]).

use super::diversity::{self, Varied};
use super::expected::Expected;
use super::exploration::{Around, ByItself, explored};
use super::new_videos::{Mixed, mixed, places};
use super::row_features::{HistoryVectors, RowFeatures};
use super::standard::{Standard, drawn_in, of_values};
use super::{Adjustments, Catalogue, ItemRows, Searching, Settled, Standing, nearest};
use crate::domain::{CallOptions, Feature, FeatureWeights, Query, Recommendation, Result};
use crate::learning::{Bandit, FEATURES, FeatureValues, Item, Knowledge, Recommender, Sequence, Taste, Viewer};
use crate::vectors::{Bitmap, Lists, Metric, Scored};

/// Candidates by what others watched, at least. Twice as many gave the same figures on validation data.
const CANDIDATES: usize = 100;

/// Candidates near the viewer's vectors, at least. A hundred gave the same figures.
const NEAR_CANDIDATES: usize = 40;

/// Candidates near them beyond those that a list is chosen from, where adjustments may bring any of them up.
const NEAR_ADJUSTED: usize = 1_000;

/// What rounding may change of a cosine.
const COSINE_ROUNDING: f32 = 1e-3;

/// Profiles' worth of doubt in what others watched: with as many, it counts half, and taste the other half.
const DOUBT: f32 = 20.0;

/// Features that say little where a history has no order.
const OF_ORDER: [Feature; 2] = [Feature::Transitions, Feature::ItemNeighbours];

/// A list's viewer with all that is known of them.
pub struct Blend<'a> {
    pub knowledge: &'a Knowledge,
    pub item_rows: &'a ItemRows,
    pub viewer: Viewer<'a>,
    pub taste: Option<&'a Taste>,
    pub weights: FeatureWeights,
    /// The largest share of a list that is kept for videos that nobody watched, 0 to 1.
    pub new_video_share: f32,
    /// What the viewer's choices taught about what they do not know yet, if anything.
    pub bandit: Option<&'a Bandit>,
}

impl Blend<'_> {
    /// How far what others watched is to be trusted, below 1.
    pub fn trust(&self) -> f32 {
        let profiles = self.knowledge.profiles() as f32;
        profiles / (profiles + DOUBT)
    }

    /// The weight of a feature by what others watched.
    fn weight_of(&self, feature: Feature) -> f32 {
        let own = self.weights.of(feature);
        if feature == Feature::Sequence {
            // Trained on many who need not be here: what few profiles here cannot say, it says.
            return if own > 0.0 { own + (1.0 - self.trust()) } else { own };
        }
        let weight = match feature {
            Feature::Ease if self.ease_stands_in() => {
                OF_ORDER.iter().fold(own, |sum, other| sum + self.weights.of(*other))
            }
            _ if OF_ORDER.contains(&feature) && self.ease_stands_in() => 0.0,
            _ => own,
        };
        weight * self.trust()
    }

    /// Whether EASE, which asks for no order, has the weights of the features that ask for one.
    fn ease_stands_in(&self) -> bool {
        !self.viewer.has_order() && self.knowledge.trained().ease.is_some() && self.weights.of(Feature::Ease) > 0.0
    }

    /// The weight of a feature that vectors and dates give. What others watched lacks, where few did, goes to taste, unless
    /// a network has read the history.
    pub fn weight_of_row_feature(&self, feature: Feature) -> f32 {
        let weight = self.weights.of(feature);
        let stands_in = feature == Feature::Taste && weight > 0.0 && !self.has_sequence();
        if stands_in { weight + (1.0 - self.trust()) } else { weight }
    }

    fn has_sequence(&self) -> bool {
        self.sequence().is_some_and(|sequence| sequence.reads(&self.viewer))
    }

    /// The network that reads histories in order, where it counts.
    fn sequence(&self) -> Option<&Sequence> {
        self.knowledge.sequence().filter(|_| self.weights.of(Feature::Sequence) > 0.0)
    }

    /// Has the network read what it did not yet, which may take as many steps as the history is long, within the viewer's call.
    fn read_history(&self) -> Result<()> {
        self.sequence().map_or(Ok(()), |sequence| sequence.read(&self.viewer))
    }
}

/// One recommender's part in a list.
pub struct Part<'a> {
    pub recommender: &'a dyn Recommender,
    pub weight: f32,
    /// aᵢ of each item.
    values: Vec<f32>,
    /// aᵢ of an item that the recommender knows nothing of.
    unknown: f32,
}

impl Part<'_> {
    /// wᵢ·aᵢ of an item.
    pub fn term(&self, item: Option<Item>) -> f32 {
        let value = item.and_then(|item| self.values.get(item as usize)).copied();
        self.weight * value.unwrap_or(self.unknown)
    }
}

/// What the recommenders say of all items.
pub struct Collaborative<'a> {
    /// All but content.
    pub parts: Vec<Part<'a>>,
    /// Content's, where that counts.
    pub content: Option<Part<'a>>,
    /// Σ wᵢ·aᵢ of each item; of one that nobody watched, what is to be expected.
    scores: Vec<f32>,
    /// The sum of a video that has no number: one of which all recommenders say 0.
    unknown: f32,
    /// Items that nobody watched, the best by content first; empty without content.
    new: Vec<Item>,
}

/// What scores the rows of one list.
pub struct Scores<'a> {
    pub catalogue: &'a Catalogue,
    pub given: &'a Blend<'a>,
    pub collaborative: Collaborative<'a>,
    pub by_vectors: RowFeatures<'a>,
    /// The vectors of what the viewer watched last.
    pub history: &'a [&'a [f32]],
}

/// What a list is chosen from.
pub struct Chosen<'a> {
    pub settled: Settled<'a>,
    /// Rows that stand in a place kept for new videos rather than by their score.
    pub kept: Vec<usize>,
}

/// The best rows of `allowed` by all features, with their reasons.
pub fn blend(
    catalogue: &Catalogue,
    allowed: Bitmap,
    given: &Blend<'_>,
    query: &Query,
    mut adjustments: Option<Adjustments>,
    searching: Searching<'_>,
    call: &CallOptions,
) -> Result<Vec<Recommendation>> {
    with_scores(catalogue, given, diversity::candidates(query), call, |scores| {
        let mixed = scores.list(allowed, query, adjustments.as_mut(), searching, call)?;
        call.check()?;
        scores.explained(&mixed, adjustments.as_ref(), call)
    })
}

/// Hands over what scores the rows of one viewer's lists, found once however many lists there are, of about `limit` rows
/// each.
pub fn with_scores<T>(
    catalogue: &Catalogue,
    given: &Blend<'_>,
    limit: usize,
    call: &CallOptions,
    make: impl FnOnce(&Scores<'_>) -> Result<T>,
) -> Result<T> {
    given.read_history()?;
    let collaborative = Collaborative::of(given, limit);
    call.check()?;
    let history = HistoryVectors::of(catalogue, given);
    let slices = history.slices();
    let by_vectors = RowFeatures::of(catalogue, given, &history, &slices);
    let made = make(&Scores { catalogue, given, collaborative, by_vectors, history: &slices })?;
    // Scores may have left off where the call ended.
    call.check()?;
    Ok(made)
}

/// Rows scored between two looks at the deadline.
const ROWS_BETWEEN_CHECKS: usize = 1_024;

/// How a row with a vector stands among the `allowed`: behind those of the list that come before it, and where the list
/// does not hold it, behind the whole list and all others with a better score.
pub fn explain_blended(
    catalogue: &Catalogue,
    allowed: &Bitmap,
    row: usize,
    given: &Blend<'_>,
    query: &Query,
    mut adjustments: Option<Adjustments>,
    searching: Searching<'_>,
    call: &CallOptions,
) -> Result<Standing> {
    with_scores(catalogue, given, diversity::candidates(query), call, |scores| {
        let mixed = scores.list(allowed.clone(), query, adjustments.as_mut(), searching, call)?;
        let adjustments = adjustments.as_ref();
        let own = scores.adjusted(row, adjustments);
        let rank = match mixed.list.iter().position(|scored| scored.row == row) {
            Some(place) => Some(place + 1),
            None if allowed.contains(row) => {
                let mut others = allowed.clone();
                mixed.list.iter().for_each(|scored| others.remove(scored.row));
                Some(mixed.list.len() + scores.count_better(&others, &own, adjustments, call)? + 1)
            }
            None => None,
        };
        let reasons = scores.reasons(&[own], &mixed, adjustments).swap_remove(0);
        Ok(Standing { score: own.score, unadjusted: scores.scored(row).score, rank, reasons })
    })
}

impl<'a> Scores<'a> {
    pub fn scored(&self, row: usize) -> Scored<'a> {
        let item = self.given.item_rows.item(row);
        let of_vectors = match self.collaborative.content_of_new(self.given, item) {
            Some(content) => self.by_vectors.score_by_content(row, content),
            None => self.by_vectors.score(row),
        };
        Scored { row, score: self.collaborative.of_item(item) + of_vectors, key: self.catalogue.id(row) }
    }

    /// The same with all that is added to it.
    fn adjusted(&self, row: usize, adjustments: Option<&Adjustments>) -> Scored<'a> {
        let scored = self.scored(row);
        let added = adjustments.map_or(0.0, |adjustments| adjustments.sum(row, scored.key));
        Scored { score: scored.score + added, ..scored }
    }

    /// The list of a query, without its reasons.
    pub fn list(
        &self,
        allowed: Bitmap,
        query: &Query,
        mut adjustments: Option<&mut Adjustments>,
        searching: Searching<'_>,
        call: &CallOptions,
    ) -> Result<Mixed<'a>> {
        let limit = diversity::candidates(query);
        let to_explore = query.explores().then(|| allowed.clone());
        let showing = ByItself(self.catalogue);
        let (settled, new) = self.settled_from(allowed, limit, adjustments.as_deref_mut(), searching, call)?;
        let around = to_explore.map(|allowed| Around {
            allowed,
            ranked: settled.scored.clone(),
            pinned: settled.pinned.iter().map(|(_, scored)| scored.row).collect(),
            showing: &showing,
        });
        let Chosen { settled, kept } = with_new(settled, &new, limit);
        let Varied { list, varied } = settled.list(self.catalogue, query, call)?;
        let mixed = Mixed { list, kept, varied, explored: Vec::new() };
        match around {
            Some(around) => explored(self, mixed, &around, adjustments.as_deref(), query, call),
            None => Ok(mixed),
        }
    }

    /// What a list is chosen from: the best `limit` allowed rows, best first, beside those that are pinned.
    pub fn chosen_from(
        &self,
        allowed: Bitmap,
        limit: usize,
        adjustments: Option<&mut Adjustments>,
        searching: Searching<'_>,
        call: &CallOptions,
    ) -> Result<Chosen<'a>> {
        let (settled, new) = self.settled_from(allowed, limit, adjustments, searching, call)?;
        Ok(with_new(settled, &new, limit))
    }

    /// Rows among which the best `limit` are, settled, and those of new videos that places are kept for.
    fn settled_from(
        &self,
        allowed: Bitmap,
        limit: usize,
        mut adjustments: Option<&mut Adjustments>,
        searching: Searching<'_>,
        call: &CallOptions,
    ) -> Result<(Settled<'a>, Vec<usize>)> {
        if let Some(adjustments) = &mut adjustments {
            adjustments.measure(self.catalogue, |row| self.scored(row).score);
        }
        let mut new = self.new_rows(&allowed, limit, adjustments.as_deref(), call)?;
        let scored = self.candidates(allowed, &new, limit, adjustments.as_deref(), searching, call)?;
        let settled = match adjustments {
            Some(adjustments) => adjustments.settle(scored, call)?,
            None => Settled { scored, pinned: Vec::new() },
        };
        new.retain(|row| !settled.pinned.iter().any(|(_, pinned)| pinned.row == *row));
        Ok((settled, new))
    }

    /// The features of a row that count, as [`super::feature_values`] has them.
    pub fn feature_values(&self, row: usize) -> FeatureValues {
        let item = self.given.item_rows.item(row);
        let mut values = [0.0; FEATURES];
        for part in self.collaborative.parts.iter().chain(&self.collaborative.content) {
            let feature = part.recommender.feature();
            let knows = |item: &Item| feature == Feature::Content || self.given.knowledge.is_watched(*item);
            let known = item.filter(knows).and_then(|item| part.values.get(item as usize));
            values[feature as usize] = known.copied().unwrap_or(0.0);
        }
        self.by_vectors.values(row).for_each(|(feature, value)| values[feature as usize] = value);
        values
    }

    /// Allowed rows of videos that nobody watched, the best first: as many as the list keeps places for.
    fn new_rows(
        &self,
        allowed: &Bitmap,
        limit: usize,
        adjustments: Option<&Adjustments>,
        call: &CallOptions,
    ) -> Result<Vec<usize>> {
        let given = self.given;
        let items = given.knowledge.items().count();
        let count = places(limit, items - given.knowledge.watched_items(), items, given.new_video_share);
        let rows = self.collaborative.new.iter().filter_map(|item| given.item_rows.row(*item));
        let rows = rows.filter(|row| allowed.contains(*row));
        let Some(adjustments) = adjustments else { return Ok(rows.take(count).collect()) };
        let rows: Vec<usize> = rows.collect();
        let mut scored = self.all_without_boost(&rows, Some(adjustments), call)?;
        scored.sort_unstable();
        scored.truncate(count);
        Ok(scored.into_iter().map(|scored| scored.row).collect())
    }

    /// A row's score with all that is added to it but boosts, which [`Adjustments::settle`] adds.
    pub fn without_boost(&self, row: usize, adjustments: Option<&Adjustments>) -> Scored<'a> {
        let scored = self.scored(row);
        let added = adjustments.map_or(0.0, |adjustments| adjustments.without_boost(row, scored.key));
        Scored { score: scored.score + added, ..scored }
    }

    fn all_without_boost(
        &self,
        rows: &[usize],
        adjustments: Option<&Adjustments>,
        call: &CallOptions,
    ) -> Result<Vec<Scored<'a>>> {
        let mut scored = Vec::with_capacity(rows.len());
        for rows in rows.chunks(ROWS_BETWEEN_CHECKS) {
            call.check()?;
            scored.extend(rows.iter().map(|row| self.without_boost(*row, adjustments)));
        }
        Ok(scored)
    }

    /// Rows among which the best `limit` are, best first, without boosts; the rows of `new` and those with an adjustment
    /// of their own are among them.
    fn candidates(
        &self,
        allowed: Bitmap,
        new: &[usize],
        limit: usize,
        adjustments: Option<&Adjustments>,
        searching: Searching<'_>,
        call: &CallOptions,
    ) -> Result<Vec<Scored<'a>>> {
        let Scores { catalogue, given, collaborative, by_vectors, .. } = self;
        let (allowed, adjusted) = apart(allowed, adjustments);
        let BestRows { rows: mut candidates, rest } = best_rows(&allowed, given, collaborative, limit.max(CANDIDATES));
        candidates.extend(new.iter().copied().chain(adjusted.iter()));
        candidates.sort_unstable();
        candidates.dedup();
        call.check()?;
        let mut scored = self.all_without_boost(&candidates, adjustments, call)?;
        scored.sort_unstable();
        let queries = by_vectors.queries();
        let slack = adjustments.map_or(0.0, Adjustments::slack);
        let least_score = scored.get(limit - 1).map(|last| last.score - slack);
        let least_cosine = least_score.and_then(|least| by_vectors.taste_of_term(least - rest));
        let may_be_near = least_cosine.is_none_or(|least| least <= 1.0) || searching.metric != Metric::Cosine;
        if !queries.is_empty() && may_be_near {
            let most = if adjustments.is_some() { 4 * limit + NEAR_ADJUSTED } else { limit.max(NEAR_CANDIDATES) };
            let bounds = (most, least_cosine.map(|least| least - COSINE_ROUNDING));
            let near = nearest(catalogue, allowed, queries, Lists::BestOf, bounds, searching, call)?;
            let near = near.iter().flatten().map(|scored| scored.row);
            let near = near.filter(|row| candidates.binary_search(row).is_err());
            scored.extend(near.map(|row| self.without_boost(row, adjustments)));
            scored.sort_unstable();
        }
        Ok(scored)
    }

    fn count_better(
        &self,
        rows: &Bitmap,
        than: &Scored<'_>,
        adjustments: Option<&Adjustments>,
        call: &CallOptions,
    ) -> Result<usize> {
        let mut better = 0;
        for (index, row) in rows.iter().enumerate() {
            call.check_every(ROWS_BETWEEN_CHECKS, index)?;
            better += usize::from(self.adjusted(row, adjustments) < *than);
        }
        Ok(better)
    }
}

/// The best `limit` rows with those of new videos in the places kept for them.
fn with_new<'a>(settled: Settled<'a>, new: &[usize], limit: usize) -> Chosen<'a> {
    let Mixed { list, kept, .. } = mixed(settled.scored, new, limit);
    Chosen { settled: Settled { scored: list, pinned: settled.pinned }, kept }
}

/// The allowed rows without those that have an amount or a pin of their own, and those.
fn apart(mut allowed: Bitmap, adjustments: Option<&Adjustments>) -> (Bitmap, Bitmap) {
    let mut own = adjustments.map_or_else(Bitmap::default, Adjustments::rows);
    own.and(&allowed);
    allowed.and_not(&own);
    (allowed, own)
}

/// What a recommender's z-score counts as. Content's is as it is: a sum of many directions has no tail, and what it lets
/// expect is found on a line.
fn shaped(feature: Feature, z_score: f32) -> f32 {
    if feature == Feature::Content { z_score } else { drawn_in(z_score) }
}

/// A recommender's part in a list, item by item.
pub struct RecommenderValues<'a> {
    pub recommender: &'a dyn Recommender,
    pub weight: f32,
    standard: Standard,
    /// aᵢ of each item.
    pub values: Vec<f32>,
}

impl RecommenderValues<'_> {
    /// aᵢ of an item that the recommender knows nothing of.
    fn unknown(&self) -> f32 {
        shaped(self.recommender.feature(), self.standard.of(0.0))
    }
}

/// Hands over those of each recommender that counts and has something to say.
pub fn recommender_values<'a>(given: &Blend<'a>, mut take: impl FnMut(RecommenderValues<'a>)) {
    for recommender in given.knowledge.recommenders() {
        let feature = recommender.feature();
        let weight = given.weight_of(feature);
        if weight == 0.0 {
            continue;
        }
        let mut values = vec![0.0; given.knowledge.items().len()];
        recommender.score(&given.viewer, &mut values);
        if let Some(standard) = of_values(&values) {
            let steps = 1.0 / standard.deviation;
            let z_score = |value: f32| (value - standard.mean) * steps;
            match feature {
                Feature::Content => values.iter_mut().for_each(|value| *value = z_score(*value)),
                _ => values.iter_mut().for_each(|value| *value = drawn_in(z_score(*value))),
            }
            take(RecommenderValues { recommender, weight, standard, values });
        }
    }
}

impl<'a> Collaborative<'a> {
    fn of(given: &Blend<'a>, limit: usize) -> Collaborative<'a> {
        let items = given.knowledge.items().len();
        let mut scores = vec![0.0; items];
        let (mut parts, mut by_content, mut unknown) = (Vec::new(), None, 0.0);
        recommender_values(given, |own| {
            let part_unknown = own.unknown();
            let RecommenderValues { recommender, weight, values, .. } = own;
            let part = Part { recommender, weight, values, unknown: part_unknown };
            if recommender.feature() == Feature::Content {
                // A video without a number has no place, and nothing is said of it.
                by_content = Some(Part { unknown: 0.0, ..part });
            } else {
                scores.iter_mut().zip(&part.values).for_each(|(sum, value)| *sum += weight * value);
                unknown += part.term(None);
                parts.push(part);
            }
        });
        let new = by_content
            .as_ref()
            .map_or(Vec::new(), |part| add_content(given, &mut scores, &part.values, part.weight, limit));
        Collaborative { parts, content: by_content, scores, unknown, new }
    }

    /// The content's z-score of an item that nobody watched; none where that does not count.
    pub fn content_of_new(&self, given: &Blend<'_>, item: Option<Item>) -> Option<f32> {
        let (content, item) = (&self.content.as_ref()?.values, item?);
        content.get(item as usize).filter(|_| !given.knowledge.is_watched(item)).copied()
    }

    /// Σ wᵢ·aᵢ of an item; of one that nobody watched, what is to be expected.
    pub fn of_item(&self, item: Option<Item>) -> f32 {
        item.and_then(|item| self.scores.get(item as usize)).copied().unwrap_or(self.unknown)
    }
}

/// Puts what content lets expect in the place of scores that nobody's watches gave, adds content to all of them, and
/// returns the items that nobody watched, the best first, as many as a list may need.
fn add_content(given: &Blend<'_>, scores: &mut [f32], content: &[f32], weight: f32, limit: usize) -> Vec<Item> {
    let watches = given.knowledge.watches(scores.len());
    let expected = Expected::of(scores, content, &watches);
    let mut new: Vec<Item> = Vec::new();
    for (item, score) in scores.iter_mut().enumerate() {
        if watches[item] == 0 {
            *score = expected.by(content[item]);
            new.push(item as Item);
        }
        *score += weight * content[item];
    }
    let better = |a: &Item, b: &Item| content[*b as usize].total_cmp(&content[*a as usize]).then(a.cmp(b));
    // Some may not be allowed.
    let most = 4 * limit + CANDIDATES;
    if new.len() > most {
        new.select_nth_unstable_by(most, better);
        new.truncate(most);
    }
    new.sort_unstable_by(better);
    new
}

/// See [`best_rows`].
struct BestRows {
    rows: Vec<usize>,
    /// No other allowed row's score by what others watched is above.
    rest: f32,
}

/// The allowed rows of the best items by what others watched, at most `count`: those that this speaks for.
fn best_rows(allowed: &Bitmap, given: &Blend<'_>, collaborative: &Collaborative<'_>, count: usize) -> BestRows {
    let mut keys = keys_of_best_first(&collaborative.scores);
    let mut left = &mut keys[..];
    // The watched are among the best and mostly not allowed.
    let mut most = count + given.viewer.history.len();
    let mut best = BestRows { rows: Vec::with_capacity(count), rest: collaborative.unknown.max(0.0) };
    while !left.is_empty() {
        if left.len() > most {
            left.select_nth_unstable(most);
        }
        let (first, others) = left.split_at_mut(most.min(left.len()));
        first.sort_unstable();
        for key in first {
            let Some(row) = given.item_rows.row(*key as Item).filter(|row| allowed.contains(*row)) else { continue };
            if best.rows.len() == count {
                best.rest = best.rest.max(score_of_key(*key));
                return best;
            }
            best.rows.push(row);
        }
        left = others;
        most *= 4;
    }
    best
}

/// A key for each item with a score above 0: the lower, the better the score, and of equal ones the lower the item. Scores
/// above 0 stand in the order of their bits.
fn keys_of_best_first(scores: &[f32]) -> Vec<u64> {
    let mut keys = vec![0; scores.len() + 1];
    let mut count = 0;
    for (item, score) in (0_u32..).zip(scores) {
        // Written in any case: half of the scores are above 0, and no processor can tell which.
        keys[count] = u64::from(!score.to_bits()) << 32 | u64::from(item);
        count += usize::from(*score > 0.0);
    }
    keys.truncate(count);
    keys
}

fn score_of_key(key: u64) -> f32 {
    f32::from_bits(!((key >> 32) as u32))
}
