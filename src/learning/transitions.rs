//! Transitions: what is watched soon after what. A directed rule from each of the last videos to the one
//! that followed, the weaker the further apart they stood.
//!
//! Source: sequential rules of Ludewig and Jannach, "Evaluation of session-based recommendation algorithms" (2018),
//! section 3.1, with weights 1/distance; sums of rows and columns damped by powers, which keeps the popular from
//! winning everywhere. A list starts from the watches of the sitting that it belongs to: what was watched long before the
//! last one, by the viewer's own rhythm, fades (sessions as in section 2 of the same, without a border to be set).

use std::sync::Arc;

use bytes::Bytes;

use super::counts::Reals;
use super::pack::{Base, Packing, SectionKind, Sensitivity, TableBase, most_missed};
use super::packed::{Packed, ROWS_BETWEEN_CHECKS};
use super::rows::Growth;
use super::sparse_rows::SparseRows;
use super::training::{Crew, Histories};
use super::{Contribution, HomeWeight, Item, Observation, Recommender, Viewer, Watch};
use crate::domain::{CallOptions, Feature, Result};

/// How many earlier videos a watch is counted after.
const WINDOW: usize = 10;

/// The weight of a step of distance 1: divisible by every distance of the window, so that all weights are whole.
const STEP: u32 = 2_520;

/// Powers that sums of rows and columns are divided by.
const ROW_POWER: f32 = 0.7;
const COLUMN_POWER: f32 = 0.3;

/// How many of the last videos a score starts from, and what each counts beside the one after it.
const RECENT_WATCHES: usize = 20;
const DECAY: f32 = 0.85;

/// How many of the viewer's usual gaps before the last watch another counts 1/e of that.
const FADING_GAPS: f64 = 5.0;

/// A shorter gap between two watches counts as this.
const SHORTEST_GAP_MS: i64 = 1_000;

/// See the module.
#[derive(Debug, Clone, Default)]
pub struct Transitions {
    counts: SparseRows,
    /// What each column is multiplied with: its sum to the power of −[`COLUMN_POWER`].
    damping: Reals,
    /// What a pack brought.
    base: Option<Arc<TableBase>>,
    home_weight: HomeWeight,
}

impl PartialEq for Transitions {
    fn eq(&self, other: &Transitions) -> bool {
        self.counts == other.counts && self.base == other.base && self.home_weight == other.home_weight
    }
}

/// The earlier videos within the window, with their weights.
fn steps(before: &[Watch]) -> impl Iterator<Item = (Item, u32)> {
    before.iter().rev().take(WINDOW).zip(1..).map(|(watch, distance)| (watch.item, STEP / distance))
}

/// What one watch brings to the sum of its row, after which so many others came.
fn steps_from(followers: usize) -> u64 {
    (1..=followers.min(WINDOW) as u32).map(|distance| u64::from(STEP / distance)).sum()
}

/// The last videos, with what each counts.
fn last(history: &[Watch]) -> impl Iterator<Item = (Item, f32)> {
    let recent = &history[history.len().saturating_sub(RECENT_WATCHES)..];
    let fading_ms = FADING_GAPS * usual_gap_ms(recent);
    let end = recent.last().map_or(0, |watch| watch.time_utc_ms);
    let decayed = std::iter::successors(Some(1.0), |weight| Some(weight * DECAY));
    recent.iter().rev().zip(decayed).map(move |(watch, decayed)| {
        let before_ms = end.saturating_sub(watch.time_utc_ms).max(0) as f64;
        (watch.item, decayed * (-before_ms / fading_ms).exp() as f32)
    })
}

/// The geometric mean of the gaps between watches: a week away hardly moves it.
fn usual_gap_ms(watches: &[Watch]) -> f64 {
    let gaps = watches.windows(2).map(|pair| pair[1].time_utc_ms.saturating_sub(pair[0].time_utc_ms));
    let logarithms: f64 = gaps.map(|gap| gap.max(SHORTEST_GAP_MS) as f64).map(f64::ln).sum();
    (logarithms / watches.len().saturating_sub(1).max(1) as f64).exp()
}

impl Transitions {
    fn of(counts: SparseRows, call: &CallOptions) -> Result<Transitions> {
        let mut made = Transitions { counts, ..Transitions::default() };
        made.renew_all_damping(call)?;
        Ok(made)
    }

    /// The count of a cell, that of the base included.
    fn count(&self, row: Item, column: Item) -> f32 {
        let of_base = self.base.as_ref().map_or(0.0, |base| base.cells.get(row, column));
        of_base + self.home_weight.0 * self.counts.get(row, column) as f32
    }

    fn renew_damping(&mut self, column: Item) {
        self.damping.put(column, self.damping_of(column));
    }

    fn damping_of(&self, column: Item) -> f32 {
        let of_base = self.base.as_ref().map_or(0.0, |base| base.column_sum(column));
        let sum = of_base + self.home_weight.0 * self.counts.column_sum(column) as f32;
        sum.powf(-COLUMN_POWER)
    }

    /// Fails with the bounds of the call alone.
    fn renew_all_damping(&mut self, call: &CallOptions) -> Result<()> {
        let of_base = self.base.as_ref().map_or(0, |base| base.columns());
        let damping_of = |column: usize| {
            call.check_every(ROWS_BETWEEN_CHECKS, column)?;
            Ok(self.damping_of(column as Item))
        };
        let columns = 0..self.counts.columns().max(of_base);
        self.damping = Reals::of(&columns.map(damping_of).collect::<Result<Vec<f32>>>()?);
        Ok(())
    }

    /// What a row is divided by, of whose sum `own` is the viewer's: beside a base that is left out, since nothing watched
    /// once comes again, and steps to it would only take from the row's others.
    fn row_weight(&self, row: Item, own: u64) -> f32 {
        let at_home = self.counts.row_sum(row);
        let Some(base) = &self.base else { return (at_home as f32).powf(-ROW_POWER) };
        let sum = |at_home: u64| base.row_sum(row) + self.home_weight.0 * at_home as f32;
        let of_others = sum(at_home.saturating_sub(own));
        let divisor = if of_others > 0.0 { of_others } else { sum(at_home) };
        divisor.powf(-ROW_POWER)
    }

    /// The last videos, with what a count in the row of each counts.
    fn weighted(&self, viewer: &Viewer<'_>) -> impl Iterator<Item = (Item, f32)> {
        let taught = viewer.profile.is_some();
        let own = (0..).map(move |followers| if taught { steps_from(followers) } else { 0 });
        last(viewer.history).zip(own).map(|((from, weight), own)| (from, weight * self.row_weight(from, own)))
    }
}

/// Adds what a cell counts, damped, to the score of its column.
fn add(to: Item, counts: f32, damping: &[f32], scores: &mut [f32]) {
    if let (Some(score), Some(damping)) = (scores.get_mut(to as usize), damping.get(to as usize)) {
        *score += counts * damping;
    }
}

impl Recommender for Transitions {
    fn feature(&self) -> Feature {
        Feature::Transitions
    }

    fn boxed(&self) -> Box<dyn Recommender> {
        Box::new(self.clone())
    }

    fn bytes(&self) -> usize {
        self.counts.bytes() + self.damping.bytes() + self.base.as_ref().map_or(0, |base| base.bytes())
    }

    fn observe(&mut self, observation: &Observation<'_>) {
        let to = observation.watch.item;
        steps(observation.before).for_each(|(from, weight)| self.counts.add(from, to, weight));
        self.renew_damping(to);
    }

    fn observe_all(&mut self, observations: &[Observation<'_>]) {
        if let [observation] = observations {
            return self.observe(observation);
        }
        let of = |observation: &Observation<'_>| {
            let to = observation.watch.item;
            steps(observation.before).map(move |(from, weight)| (from, to, weight)).collect::<Vec<Growth>>()
        };
        self.counts.add_all(&observations.iter().flat_map(of).collect::<Vec<Growth>>());
        observations.iter().for_each(|observation| self.renew_damping(observation.watch.item));
    }

    fn learn_histories(&mut self, histories: &Arc<Histories>, crew: &Crew, call: &CallOptions) -> Result<()> {
        let rows = histories.count_rows(crew, call, |history, place, counts| {
            let after = history[place + 1..].iter().take(WINDOW).zip(1..);
            after.for_each(|(item, distance)| counts.add(*item, STEP / distance));
        })?;
        *self = Transitions::of(SparseRows::of(&rows), call)?;
        Ok(())
    }

    fn undo(&mut self, observation: &Observation<'_>) {
        let to = observation.watch.item;
        steps(observation.before).for_each(|(from, weight)| self.counts.remove(from, to, weight));
        self.renew_damping(to);
    }

    fn score(&self, viewer: &Viewer<'_>, scores: &mut [f32]) {
        let damping = self.damping.all();
        for (from, weight) in self.weighted(viewer) {
            if let Some(base) = &self.base {
                base.cells.each(from, |to, count| add(to, weight * count, &damping, scores));
            }
            let of_home = weight * self.home_weight.0;
            self.counts.row(from).for_each(|(to, count)| add(to, of_home * count as f32, &damping, scores));
        }
    }

    fn explain(&self, viewer: &Viewer<'_>, item: Item) -> Option<Contribution> {
        let of = |(because, weight): (Item, f32)| {
            let count = self.count(because, item);
            (count > 0.0).then(|| Contribution { because, score: weight * count * self.damping.get(item) })
        };
        self.weighted(viewer).filter_map(of).max_by(|a, b| a.score.total_cmp(&b.score))
    }

    fn save(&self) -> Vec<u8> {
        self.counts.save()
    }

    fn load(&mut self, bytes: &[u8]) -> Result<()> {
        let counts = SparseRows::load(bytes)?;
        *self =
            Transitions { counts, damping: Reals::default(), base: self.base.take(), home_weight: self.home_weight };
        self.renew_all_damping(&CallOptions::UNBOUNDED)
    }

    fn sensitivity(&self, most_watches: u32) -> Option<Sensitivity> {
        let places = 0..most_watches as usize;
        Some(Sensitivity {
            total: places.clone().map(steps_from).sum(),
            largest: u64::from(STEP),
            cells: places.map(|place| place.min(WINDOW) as u64).sum(),
        })
    }

    fn pack(&self, packing: &Packing<'_>) -> Result<Option<Vec<u8>>> {
        let mut told = packing.tell(SectionKind::Transitions, true, None, |before, watch, _, growths| {
            growths.extend(steps(before).map(|(from, weight)| (from, watch.item, weight)));
        })?;
        let damped = |sums: &[u64], power: f32| sums.iter().map(|sum| (*sum as f32).powf(-power)).collect::<Vec<f32>>();
        let of_rows = damped(&told.row_sums, ROW_POWER);
        let of_columns = damped(&told.column_sums, COLUMN_POWER);
        let loss = |row: Item, (column, count): &(Item, f32)| {
            let score = of_rows[row as usize] * count * of_columns[*column as usize];
            packing.watches()[row as usize] as f32 * score * score
        };
        told.rows = most_missed(told.rows, packing.most_transitions(), loss);
        let mut bytes = Vec::new();
        TableBase::save(&mut bytes, &told);
        Ok(Some(bytes))
    }

    fn unpack(&mut self, bytes: &Bytes, base: &Arc<Base>, call: &CallOptions) -> Result<()> {
        let mut packed = Packed::within(bytes, call);
        let table = TableBase::load(&mut packed, base)?;
        packed.end()?;
        self.base = Some(Arc::new(table));
        self.renew_all_damping(call)
    }

    fn set_home_weight(&mut self, weight: HomeWeight) {
        self.home_weight = weight;
        let at_home = (0..self.counts.columns() as Item).filter(|column| self.counts.column_sum(*column) > 0);
        at_home.collect::<Vec<Item>>().into_iter().for_each(|column| self.renew_damping(column));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Context;

    const MINUTE: i64 = 60_000;

    fn counts(times: &[i64]) -> Vec<f32> {
        let history: Vec<Watch> = (0..).zip(times).map(|(item, time)| Watch { item, time_utc_ms: *time }).collect();
        last(&history).map(|(_, count)| count).collect()
    }

    #[test]
    fn what_was_watched_before_the_sitting_counts_less() {
        let steady = counts(&[0, 45, 90, 135].map(|time| time * MINUTE));
        let returned = counts(&[0, 45, 2_000, 2_045].map(|time| time * MINUTE));
        assert_eq!((steady[0], returned[0]), (1.0, 1.0));
        assert!(returned[1] > 0.8 * DECAY && returned[2] < 0.3 * steady[2], "{steady:?} {returned:?}");
    }

    #[test]
    fn a_watch_brings_to_its_row_what_the_window_holds() {
        let history: Vec<Watch> = (0..15).map(|item| Watch { item, time_utc_ms: 0 }).collect();
        let mut transitions = Transitions::default();
        for (place, watch) in history.iter().enumerate() {
            let before = &history[..place];
            transitions.observe(&Observation { profile: 0, before, watch: *watch, context: Context::default() });
        }
        for (followers, watch) in history.iter().rev().enumerate() {
            assert_eq!(transitions.counts.row_sum(watch.item), steps_from(followers), "{followers}");
        }
    }

    #[test]
    fn the_rhythm_is_the_viewers_own() {
        let hours = counts(&[0, 60 * MINUTE, 120 * MINUTE]);
        assert_eq!(counts(&[0, 1_440 * MINUTE, 2_880 * MINUTE]), hours);
    }

    #[test]
    fn without_times_places_alone_count() {
        let expected: Vec<f32> = std::iter::successors(Some(1.0), |count| Some(count * DECAY)).take(4).collect();
        assert_eq!(counts(&[7; 4]), expected);
        assert_eq!(counts(&[7]), [1.0]);
        assert_eq!(counts(&[]), [0.0; 0]);
        assert_eq!(counts(&[9 * MINUTE, 6 * MINUTE, 3 * MINUTE]), expected[..3], "a clock that was set back");
        assert!(counts(&[i64::MIN, 0, i64::MAX]).iter().all(|count| (0.0..=1.0).contains(count)));
    }
}
