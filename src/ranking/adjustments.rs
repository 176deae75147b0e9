//! What is added to the score of single videos after all features: boosts and buries of the query's rules, what was
//! shown and passed over, and rotation. One place for both rankings: they score, add, and leave the order to
//! [`Adjustments::settle`], which holds the videos that stand in a list by a rule alone within the query's budget.
//!
//! Amounts are in deviations of the list's scores, so that they mean the same in cosines and in sums of features. A list
//! is exactly the best by adjusted score: rows with an amount of their own are scored one by one
//! ([`Adjustments::rows`]); of the others only rotation moves any, by a bounded amount ([`Adjustments::slack`]), so that
//! the best among them by score, and those within twice that of the last, are enough.

use std::collections::{BTreeMap, BTreeSet};

use super::attributes::Value;
use super::rotation::{AMPLITUDE, turn};
use super::standard::Standard;
use super::withheld::for_each_of_series;
use super::{Catalogue, Searching, diversity, nearest};
use crate::domain::{CallOptions, Query, Reason, ReasonKind, Result, RuleAction, RuleTarget};
use crate::learning::Profile;
use crate::vectors::{Bitmap, Lists, Scored, dot};

/// Rows whose scores are settled between two looks at the deadline.
const ROWS_BETWEEN_CHECKS: usize = 4_096;

/// What an amount comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AdjustmentKind {
    Boost,
    Bury,
    /// It was shown and passed over.
    Impressions,
    Rotation,
}

/// Amounts of a row, in deviations.
#[derive(Debug, Clone, Copy, Default)]
struct Amounts {
    boost: f32,
    bury: f32,
    impressions: f32,
}

/// See the module.
#[derive(Debug)]
pub struct Adjustments {
    videos: BTreeMap<usize, Amounts>,
    /// What rules for many videos come to, row by row; empty without such a rule.
    grouped: Vec<Amounts>,
    /// The rows that such rules are for.
    grouped_rows: Bitmap,
    /// Position, from 1 on, and row of each pin, in the order of the rules.
    pins: Vec<(usize, usize)>,
    /// 0: none.
    rotation_seed: u64,
    /// Places of the list.
    places: usize,
    /// Most places for rows that are there only by a rule.
    budget: usize,
    /// Of the list's scores.
    deviation: f32,
    /// Rows whose boost was past the budget.
    denied: BTreeSet<usize>,
}

/// Rows by which the deviation of scores is known.
const SAMPLE: usize = 128;

/// Videos that were shown, between two looks at the deadline.
const BETWEEN_CHECKS: usize = 64;

/// Rules between two: one may be for all videos.
const RULES_BETWEEN_CHECKS: usize = 4;

/// Lists are asked for so many times longer than the limit, and by so many rows, before rotation changes their order:
/// mostly that holds all that it may bring up.
const LONGER: usize = 2;
const LONGER_BY: usize = 50;

impl Adjustments {
    /// Of a query for a profile; none where nothing is to be adjusted.
    pub fn of(
        catalogue: &Catalogue,
        profile: Option<&Profile>,
        query: &Query,
        call: &CallOptions,
    ) -> Result<Option<Adjustments>> {
        let mut adjustments = Adjustments {
            videos: BTreeMap::new(),
            grouped: Vec::new(),
            grouped_rows: Bitmap::default(),
            pins: Vec::new(),
            rotation_seed: query.rotation_seed,
            places: query.limit,
            budget: query.rule_places(),
            deviation: 1.0,
            denied: BTreeSet::new(),
        };
        if let Some(profile) = profile.filter(|_| query.impression_strength > 0.0) {
            adjustments.add_impressions(catalogue, profile, query, call)?;
        }
        adjustments.add_rules(catalogue, query, call)?;
        Ok(Some(adjustments).filter(|adjustments| !adjustments.is_empty()))
    }

    fn is_empty(&self) -> bool {
        self.videos.is_empty() && self.grouped_rows.is_empty() && self.pins.is_empty() && self.rotation_seed == 0
    }

    fn add_impressions(
        &mut self,
        catalogue: &Catalogue,
        profile: &Profile,
        query: &Query,
        call: &CallOptions,
    ) -> Result<()> {
        let now = profile.time_of_list(query.now_utc_ms);
        for (index, (id, showings)) in profile.impressions().iter().enumerate() {
            if index.is_multiple_of(BETWEEN_CHECKS) {
                call.check()?;
            }
            let Some(row) = catalogue.row(id) else { continue };
            let passed_over = showings.passed_over(now, query.impression_half_life_ms);
            if passed_over > 0.0 {
                self.videos.entry(row).or_default().impressions = -query.impression_strength * passed_over;
            }
        }
        Ok(())
    }

    fn add_rules(&mut self, catalogue: &Catalogue, query: &Query, call: &CallOptions) -> Result<()> {
        for (index, rule) in query.rules.iter().enumerate() {
            if index.is_multiple_of(RULES_BETWEEN_CHECKS) {
                call.check()?;
            }
            let amounts = match rule.action {
                RuleAction::Pin { position } => {
                    if let RuleTarget::Video(id) = &rule.target {
                        self.pins.extend(catalogue.row(id).map(|row| (position, row)));
                    }
                    continue;
                }
                RuleAction::Boost { amount } => Amounts { boost: amount, ..Amounts::default() },
                RuleAction::Bury { amount } => Amounts { bury: -amount, ..Amounts::default() },
            };
            self.add_rule(catalogue, &rule.target, amounts);
        }
        Ok(())
    }

    fn add_rule(&mut self, catalogue: &Catalogue, target: &RuleTarget, amounts: Amounts) {
        match target {
            RuleTarget::Video(id) => {
                if let Some(row) = catalogue.row(id) {
                    let of_row = self.videos.entry(row).or_default();
                    of_row.boost += amounts.boost;
                    of_row.bury += amounts.bury;
                }
            }
            RuleTarget::Tag(tag) => {
                if let Some(tagged) = catalogue.attributes().rows(&Value::tag(tag)) {
                    let rows =
                        Bitmap::from_blocks(catalogue.live().blocks(), |block, words| tagged.or_into(block, words));
                    self.add_to_all(catalogue, &rows, amounts);
                }
            }
            RuleTarget::Series(id) => {
                let mut rows = Bitmap::default();
                for_each_of_series(catalogue, id, |row| rows.insert(row));
                self.add_to_all(catalogue, &rows, amounts);
            }
        }
    }

    fn add_to_all(&mut self, catalogue: &Catalogue, rows: &Bitmap, amounts: Amounts) {
        self.grouped.resize(catalogue.vectors().rows(), Amounts::default());
        for row in rows.iter() {
            if let Some(of_row) = self.grouped.get_mut(row) {
                of_row.boost += amounts.boost;
                of_row.bury += amounts.bury;
            }
        }
        self.grouped_rows.or(rows);
    }

    /// Takes the deviation of a list's scores from those of about 128 rows at equal steps; 1 where all are the same, so
    /// that rules and turns decide among equals, too.
    pub fn measure(&mut self, catalogue: &Catalogue, score: impl Fn(usize) -> f32) {
        self.deviation = Standard::sampled(catalogue, SAMPLE, score).map_or(1.0, |standard| standard.deviation);
    }

    /// The rows that have an amount of their own, or a pin: a list scores each of them that it may hold.
    pub fn rows(&self) -> Bitmap {
        let mut rows = self.grouped_rows.clone();
        self.videos.keys().chain(self.pins.iter().map(|(_, row)| row)).for_each(|row| rows.insert(*row));
        rows
    }

    /// How far any score may move that no other amount changes: the largest of rotation, either way.
    pub fn slack(&self) -> f32 {
        // A little more than the amount itself, for what rounding may do to a sum.
        if self.rotation_seed == 0 { 0.0 } else { 1.001 * AMPLITUDE * self.deviation + f32::EPSILON }
    }

    fn amounts(&self, row: usize) -> Amounts {
        let mut sum = self.videos.get(&row).copied().unwrap_or_default();
        if let Some(grouped) = self.grouped.get(row) {
            sum.boost += grouped.boost;
            sum.bury += grouped.bury;
        }
        sum
    }

    /// What is added to the score of a row whose video has this id, kind by kind and in their order; what is 0 is left
    /// out.
    pub fn of_row(&self, row: usize, id: &str) -> impl Iterator<Item = (AdjustmentKind, f32)> {
        let amounts = self.amounts(row);
        let boost = if self.denied.contains(&row) { 0.0 } else { amounts.boost };
        let rotation = if self.rotation_seed == 0 { 0.0 } else { turn(self.rotation_seed, id) };
        let all = [
            (AdjustmentKind::Boost, boost),
            (AdjustmentKind::Bury, amounts.bury),
            (AdjustmentKind::Impressions, amounts.impressions),
            (AdjustmentKind::Rotation, rotation),
        ];
        all.into_iter().map(|(kind, amount)| (kind, amount * self.deviation)).filter(|(_, amount)| *amount != 0.0)
    }

    /// The sum of [`Adjustments::of_row`].
    pub fn sum(&self, row: usize, id: &str) -> f32 {
        self.of_row(row, id).map(|(_, amount)| amount).sum()
    }

    /// The same as reasons.
    pub fn reasons(&self, row: usize, id: &str) -> impl Iterator<Item = Reason> {
        let kind = |kind: AdjustmentKind| match kind {
            AdjustmentKind::Boost => ReasonKind::Boost,
            AdjustmentKind::Bury => ReasonKind::Bury,
            AdjustmentKind::Impressions => ReasonKind::Impressions,
            AdjustmentKind::Rotation => ReasonKind::Rotation,
        };
        self.of_row(row, id).map(move |(of, amount)| Reason::plain(kind(of), amount))
    }

    /// The sum of [`Adjustments::of_row`] without boosts, which [`Adjustments::settle`] adds.
    pub fn without_boost(&self, row: usize, id: &str) -> f32 {
        self.of_row(row, id).filter(|(kind, _)| *kind != AdjustmentKind::Boost).map(|(_, amount)| amount).sum()
    }

    fn boost(&self, row: usize) -> f32 {
        self.amounts(row).boost * self.deviation
    }

    /// Adds boosts to scores without them, as far as the budget goes. A video that is not among the best of the list's places without
    /// its boost is there only by a rule: as many as the budget has places are, pins first in the order of their rules,
    /// then boosts by score; the others keep their own score. Sorts `scored`, and takes out what is pinned.
    pub fn settle<'c>(&mut self, mut scored: Vec<Scored<'c>>, call: &CallOptions) -> Result<Settled<'c>> {
        call.check()?;
        scored.sort_unstable();
        let own: BTreeSet<usize> = scored.iter().take(self.places).map(|scored| scored.row).collect();
        let mut left = self.budget;
        let mut accepts = |row: usize| {
            let is_accepted = own.contains(&row) || left > 0;
            left -= usize::from(is_accepted && !own.contains(&row));
            is_accepted
        };
        let wanted: BTreeSet<usize> = self.pins.iter().map(|(_, row)| *row).collect();
        let found: BTreeMap<usize, Scored<'c>> =
            scored.iter().filter(|scored| wanted.contains(&scored.row)).map(|scored| (scored.row, *scored)).collect();
        let pins = self.pins.iter().filter_map(|(position, row)| Some((*position, *found.get(row)?)));
        let mut pinned: Vec<(usize, Scored<'c>)> = pins.filter(|(_, scored)| accepts(scored.row)).collect();
        pinned.sort_unstable_by_key(|(position, _)| *position);
        let pinned_rows: BTreeSet<usize> = pinned.iter().map(|(_, scored)| scored.row).collect();
        scored.retain(|scored| !pinned_rows.contains(&scored.row));
        let boosted = |scored: &Scored<'c>| Scored { score: scored.score + self.boost(scored.row), ..*scored };
        pinned.iter_mut().for_each(|(_, scored)| *scored = boosted(scored));
        let mut by_boost = Vec::new();
        for scored in scored.chunks(ROWS_BETWEEN_CHECKS) {
            call.check()?;
            by_boost.extend(scored.iter().filter(|scored| self.boost(scored.row) > 0.0).map(boosted));
        }
        by_boost.sort_unstable();
        let denied: BTreeSet<usize> = by_boost.iter().map(|scored| scored.row).filter(|row| !accepts(*row)).collect();
        for scored in scored.chunks_mut(ROWS_BETWEEN_CHECKS) {
            call.check()?;
            for scored in scored.iter_mut().filter(|scored| !denied.contains(&scored.row)) {
                scored.score += self.boost(scored.row);
            }
        }
        self.denied.extend(denied);
        scored.sort_unstable();
        Ok(Settled { scored, pinned })
    }
}

/// What [`Adjustments::settle`] gives.
#[derive(Debug)]
pub struct Settled<'c> {
    /// All rows that are not pinned, best first.
    pub scored: Vec<Scored<'c>>,
    /// Position, from 1 on, and row of each pin that counts, by position.
    pub pinned: Vec<(usize, Scored<'c>)>,
}

impl<'c> Settled<'c> {
    pub fn is_pinned(&self, row: usize) -> bool {
        self.pinned.iter().any(|(_, scored)| scored.row == row)
    }

    /// The list that the query asks for: chosen from the rows that are not pinned, varied where it asks for that, with
    /// the pinned ones at their positions; in a shorter list these stand at its end.
    pub fn list(self, catalogue: &Catalogue, query: &Query, call: &CallOptions) -> Result<Vec<Scored<'c>>> {
        let room = query.limit - self.pinned.len().min(query.limit);
        let mut list = match room {
            0 => Vec::new(),
            limit => diversity::diversified(catalogue, self.scored, &Query { limit, ..query.clone() }, call)?,
        };
        for (position, scored) in self.pinned {
            list.insert((position - 1).min(list.len()), scored);
        }
        Ok(list)
    }
}

/// The rows of `allowed` that are best for a unit vector by adjusted score, as many as the query's list is chosen from;
/// `min_score` is a bound on the score alone.
pub fn nearest_adjusted<'c>(
    catalogue: &'c Catalogue,
    allowed: Bitmap,
    vector: &[f32],
    query: &Query,
    adjustments: &mut Adjustments,
    searching: Searching<'_>,
    call: &CallOptions,
) -> Result<Settled<'c>> {
    let (limit, min_score) = (diversity::candidates(query), query.min_score);
    adjustments.measure(catalogue, |row| dot(&catalogue.vectors().values(row), vector));
    let scan = |rows: Bitmap, limit: usize, min_score: Option<f32>| {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let found =
            nearest(catalogue, rows, vec![vector.to_vec()], Lists::OneEach, (limit, min_score), searching, call);
        found.map(|mut lists| lists.swap_remove(0))
    };
    let (mut own, mut others) = (adjustments.rows(), allowed);
    own.and(&others);
    others.and_not(&own);
    let slack = adjustments.slack();
    let longer = if slack > 0.0 { LONGER * limit + LONGER_BY } else { limit };
    let mut scored = scan(others.clone(), longer, min_score)?;
    if let (Some(last), Some(longest)) = (scored.get(limit - 1), scored.get(longer - 1))
        && slack > 0.0
    {
        let least = last.score - 2.0 * slack;
        if longest.score >= least {
            let all = others.count();
            scored = scan(others, all, Some(min_score.map_or(least, |bound| bound.max(least))))?;
        }
    }
    let count = own.count();
    scored.extend(scan(own, count, min_score)?);
    for scored in scored.chunks_mut(ROWS_BETWEEN_CHECKS) {
        call.check()?;
        scored.iter_mut().for_each(|scored| scored.score += adjustments.without_boost(scored.row, scored.key));
    }
    adjustments.settle(scored, call)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{CancelToken, Status};

    /// Boosts all rows.
    fn boosting(rows: usize) -> Adjustments {
        Adjustments {
            videos: BTreeMap::new(),
            grouped: vec![Amounts { boost: 1.0, ..Amounts::default() }; rows],
            grouped_rows: Bitmap::default(),
            pins: Vec::new(),
            rotation_seed: 0,
            places: 2,
            budget: 1,
            deviation: 1.0,
            denied: BTreeSet::new(),
        }
    }

    #[test]
    fn many_rows_are_settled_as_far_as_the_budget_goes_and_the_deadline() {
        let rows = 3 * ROWS_BETWEEN_CHECKS;
        let scored = || (0..rows).map(|row| Scored { row, score: -(row as f32), key: "" }).collect();
        let settled = boosting(rows).settle(scored(), &CallOptions::default()).unwrap();
        let best: Vec<f32> = settled.scored.iter().take(4).map(|scored| scored.score).collect();
        assert_eq!(best, [1.0, 0.0, -1.0, -3.0], "two places and a budget of one");
        let call = CallOptions { cancel: Some(CancelToken::default()), ..CallOptions::default() };
        call.cancel.iter().for_each(CancelToken::cancel);
        let ended = boosting(rows).settle(scored(), &call).unwrap_err();
        assert_eq!(ended.status, Status::Cancelled);
    }
}
