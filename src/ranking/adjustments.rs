//! What is added to the score of single videos after all features: boosts and buries of the query's rules, what was
//! shown and passed over, and rotation. One place for both rankings: they score, add, and leave the order to
//! [`Adjustments::settle`], which holds the videos that stand in a list by a rule alone within the query's budget.
//!
//! Amounts are in deviations of the list's scores, so that they mean the same in cosines and in sums of features. A list
//! is exactly the best by adjusted score: rows with an amount of their own are scored one by one
//! ([`Adjustments::rows`]); of the others only rotation moves any, by a bounded amount ([`Adjustments::slack`]), so that
//! the best among them by score, and those within twice that of the last, are enough.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::attributes::Value;
use super::diversity::{self, Varied};
use super::rotation::{AMPLITUDE, turn};
use super::standard::{Standard, of_values};
use super::withheld::for_each_of_series;
use super::{Catalogue, Searching, nearest};
use crate::domain::{CallOptions, Query, Reason, ReasonKind, Result, RuleAction, RuleTarget};
use crate::learning::Profile;
use crate::vectors::{Bitmap, Lists, Scored, dot};

/// Rows whose scores are settled between two looks at the deadline.
const ROWS_BETWEEN_CHECKS: usize = 4_096;

/// Amounts of a row, in deviations.
#[derive(Debug, Clone, Copy, Default)]
struct Amounts {
    boost: f32,
    bury: f32,
    impressions: f32,
}

/// What a query adds, whatever the list.
#[derive(Debug, Default)]
struct Added {
    videos: BTreeMap<usize, Amounts>,
    /// What rules for many videos come to, row by row; empty without such a rule.
    grouped: Vec<Amounts>,
    /// The rows that such rules are for.
    grouped_rows: Bitmap,
    /// Position, from 1 on, and row of each pin, in the order of the rules.
    pins: Vec<(usize, usize)>,
    /// 0: none.
    rotation_seed: u64,
}

/// See the module. Those of one list; others of the same query share what is added.
#[derive(Debug, Clone)]
pub struct Adjustments {
    added: Arc<Added>,
    /// Whether the list has places for pins.
    has_pins: bool,
    /// Places of the list.
    places: usize,
    /// Most places for rows that are there only by a rule, as the query says it; those that are left.
    rule_budget: Option<usize>,
    budget: usize,
    /// Of the list's scores.
    deviation: f32,
    /// Rows whose boost was past the budget.
    denied: BTreeSet<usize>,
    /// Rows that a rule put where they stand.
    pinned: BTreeSet<usize>,
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

impl Added {
    fn is_empty(&self) -> bool {
        self.is_empty_but_for_pins() && self.pins.is_empty()
    }

    fn is_empty_but_for_pins(&self) -> bool {
        self.videos.is_empty() && self.grouped_rows.is_empty() && self.rotation_seed == 0
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
            call.check_every(BETWEEN_CHECKS, index)?;
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
            call.check_every(RULES_BETWEEN_CHECKS, index)?;
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

    fn amounts(&self, row: usize) -> Amounts {
        let mut sum = self.videos.get(&row).copied().unwrap_or_default();
        if let Some(grouped) = self.grouped.get(row) {
            sum.boost += grouped.boost;
            sum.bury += grouped.bury;
        }
        sum
    }
}

impl Adjustments {
    /// Of a query's list for a profile; none where nothing is to be adjusted.
    pub fn of(
        catalogue: &Catalogue,
        profile: Option<&Profile>,
        query: &Query,
        call: &CallOptions,
    ) -> Result<Option<Adjustments>> {
        let mut added = Added { rotation_seed: query.rotation_seed, ..Added::default() };
        if let Some(profile) = profile.filter(|_| query.impression_strength > 0.0) {
            added.add_impressions(catalogue, profile, query, call)?;
        }
        added.add_rules(catalogue, query, call)?;
        if added.is_empty() {
            return Ok(None);
        }
        Ok(Some(Adjustments {
            added: Arc::new(added),
            has_pins: true,
            places: query.limit,
            rule_budget: query.rule_budget,
            budget: query.rule_places(),
            deviation: 1.0,
            denied: BTreeSet::new(),
            pinned: BTreeSet::new(),
        }))
    }

    /// Those of another list of the query, with so many places; none where nothing is to be adjusted there.
    pub fn of_list(&self, places: usize, has_pins: bool) -> Option<Adjustments> {
        if !has_pins && self.added.is_empty_but_for_pins() {
            return None;
        }
        let budget = self.rule_budget.unwrap_or(Query::rule_places_of(places));
        let (denied, pinned) = (BTreeSet::new(), BTreeSet::new());
        Some(Adjustments { added: Arc::clone(&self.added), has_pins, places, budget, denied, pinned, ..*self })
    }

    /// Position, from 1 on, and row of each pin of the list, in the order of the rules.
    fn pins(&self) -> &[(usize, usize)] {
        if self.has_pins { &self.added.pins } else { &[] }
    }

    /// Takes the deviation of a list's scores from those of about 128 rows at equal steps; 1 where all are the same, so
    /// that rules and turns decide among equals, too.
    pub fn measure(&mut self, catalogue: &Catalogue, score: impl Fn(usize) -> f32) {
        self.deviation = Standard::sampled(catalogue, SAMPLE, score).map_or(1.0, |standard| standard.deviation);
    }

    /// The same from the scores of all that a list is chosen from, whatever their order.
    pub fn measure_all(&mut self, mut scores: Vec<f32>) {
        // Sums depend on the order of what is added.
        scores.sort_unstable_by(f32::total_cmp);
        self.deviation = of_values(&scores).map_or(1.0, |standard| standard.deviation);
    }

    /// The rows that have an amount of their own, or a pin: a list scores each of them that it may hold.
    pub fn rows(&self) -> Bitmap {
        let mut rows = self.added.grouped_rows.clone();
        self.added.videos.keys().chain(self.pins().iter().map(|(_, row)| row)).for_each(|row| rows.insert(*row));
        rows
    }

    /// How far any score may move that no other amount changes: the largest of rotation, either way.
    pub fn slack(&self) -> f32 {
        // A little more than the amount itself, for what rounding may do to a sum.
        if self.added.rotation_seed == 0 { 0.0 } else { 1.001 * AMPLITUDE * self.deviation + f32::EPSILON }
    }

    /// What is added to the score of a row whose video has this id, kind by kind and in their order; what is 0 is left
    /// out.
    fn of_row(&self, row: usize, id: &str) -> impl Iterator<Item = (ReasonKind, f32)> {
        let amounts = self.added.amounts(row);
        let boost = if self.denied.contains(&row) { 0.0 } else { amounts.boost };
        let rotation = if self.added.rotation_seed == 0 { 0.0 } else { turn(self.added.rotation_seed, id) };
        let all = [
            (ReasonKind::Boost, boost),
            (ReasonKind::Bury, amounts.bury),
            (ReasonKind::Impressions, amounts.impressions),
            (ReasonKind::Rotation, rotation),
        ];
        all.into_iter().map(|(kind, amount)| (kind, amount * self.deviation)).filter(|(_, amount)| *amount != 0.0)
    }

    /// All that is added to the score of a row whose video has this id.
    pub fn sum(&self, row: usize, id: &str) -> f32 {
        self.of_row(row, id).map(|(_, amount)| amount).sum()
    }

    /// The same as reasons, with one of weight 0 for a pin.
    pub fn reasons(&self, row: usize, id: &str) -> impl Iterator<Item = Reason> {
        let pin = self.pinned.contains(&row).then_some((ReasonKind::Pin, 0.0));
        self.of_row(row, id).chain(pin).map(|(kind, amount)| Reason::plain(kind, amount))
    }

    /// All that is added but boosts, which [`Adjustments::settle`] adds.
    pub fn without_boost(&self, row: usize, id: &str) -> f32 {
        self.of_row(row, id).filter(|(kind, _)| *kind != ReasonKind::Boost).map(|(_, amount)| amount).sum()
    }

    fn boost(&self, row: usize) -> f32 {
        self.added.amounts(row).boost * self.deviation
    }

    /// Adds boosts to scores without them, as far as the budget goes. A video that is not among the best of the list's
    /// places without its boost is there only by a rule: as many as the budget has places are, pins first in the order
    /// of their rules, then boosts by score; the others keep their own score. Sorts `scored`, and takes out what is
    /// pinned. Where a list is made in several goes, each has what the one before left of the budget.
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
        let wanted: BTreeSet<usize> = self.pins().iter().map(|(_, row)| *row).collect();
        let found: BTreeMap<usize, Scored<'c>> =
            scored.iter().filter(|scored| wanted.contains(&scored.row)).map(|scored| (scored.row, *scored)).collect();
        let pins = self.pins().iter().filter_map(|(position, row)| Some((*position, *found.get(row)?)));
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
        self.budget = left;
        self.denied.extend(denied);
        self.pinned.extend(pinned_rows);
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
    /// The list that the query asks for: chosen from the rows that are not pinned, varied where it asks for that, with
    /// the pinned ones at their positions; in a shorter list these stand at its end.
    pub fn list(self, catalogue: &Catalogue, query: &Query, call: &CallOptions) -> Result<Varied<'c>> {
        let room = query.limit - self.pinned.len().min(query.limit);
        let mut listed = match room {
            0 => Varied { list: Vec::new(), varied: Vec::new() },
            limit => diversity::diversified(catalogue, self.scored, &Query { limit, ..query.clone() }, call)?,
        };
        for (position, scored) in self.pinned {
            listed.list.insert((position - 1).min(listed.list.len()), scored);
        }
        Ok(listed)
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
        let grouped = vec![Amounts { boost: 1.0, ..Amounts::default() }; rows];
        Adjustments {
            added: Arc::new(Added { grouped, ..Added::default() }),
            has_pins: true,
            places: 2,
            rule_budget: None,
            budget: 1,
            deviation: 1.0,
            denied: BTreeSet::new(),
            pinned: BTreeSet::new(),
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
