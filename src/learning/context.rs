//! Context: how much more a video is watched in circumstances like the viewer's than videos are on the whole. It
//! says when and where a video fits, not how good it is: what everyone watches everywhere gains nothing.
//!
//! Source: the naive Bayes rule as in Hand and Yu, "Idiot's Bayes – not so stupid after all?" (International
//! Statistical Review, 2001): P(video | attributes) is proportional to P(video) · Π P(attribute | video) /
//! P(attribute), attributes taken as independent, of which the product without P(video) is kept. Attributes that are
//! not known are left out of the product, and of the counts.

use std::sync::Arc;

use bytes::Bytes;

use super::coded_cells::{CodedCells, put_cells};
use super::pack::{Base, Packing, SectionKind, Sensitivity};
use super::packed::{Packed, ROWS_BETWEEN_CHECKS, Values};
use super::rows::Rows;
use super::saved::{Numbers, damaged};
use super::training::{Crew, Histories, Pieces};
use super::{Contribution, HomeWeight, Item, Observation, Recommender, Viewer};
use crate::domain::{CallOptions, Circumstance, Context, Feature, PartOfDay, Result};

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 86_400_000;

/// Hours that count as the same time of the day.
const SLOT_HOURS: i64 = 3;

/// Attributes, in this order: time of the day, part of the week, device, place, company.
const ATTRIBUTES: u32 = 5;

/// Rows of each attribute, one a value: more than there are, so that a new value moves no row.
const VALUES: u32 = 16;

/// Smoothing beyond these would leave the numbers that scores are counted in.
const LEAST_SMOOTHING: f32 = 1e-6;
const MOST_SMOOTHING: f32 = 1e9;

/// How [`ContextLift`] scores; what it learns does not depend on it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ContextLiftSettings {
    /// Watches that every video is taken to have beyond its own, spread over the values of an attribute as those of
    /// all videos are; more than 0. The more, the less a few watches say.
    pub smoothing: f32,
}

impl Default for ContextLiftSettings {
    fn default() -> ContextLiftSettings {
        ContextLiftSettings { smoothing: 20.0 }
    }
}

/// See the module. A score is the logarithm of a lift: 0 says nothing, below 0 a video is watched less than others in
/// such circumstances. Ten cells of 8 bytes for each watch at most, fewer as circumstances repeat; an event and an undo
/// take constant time, a list time in proportion to the videos that were watched.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ContextLift {
    settings: ContextLiftSettings,
    /// For each value of each attribute the videos with their counts.
    values: Rows<u32>,
    /// For each attribute the same, whatever its value: the sums of its rows.
    known: Rows<u32>,
    base: Option<Arc<ContextBase>>,
    home_weight: HomeWeight,
}

/// What a pack brought: for each item its count by row, and by attribute the sums of these; the same over all items.
#[derive(Debug, PartialEq)]
struct ContextBase {
    values: CodedCells,
    known: Vec<[f32; ATTRIBUTES as usize]>,
    value_totals: Vec<f32>,
    known_totals: [f32; ATTRIBUTES as usize],
}

impl ContextBase {
    /// Fails with the bounds of the call alone.
    fn of(values: CodedCells, call: &CallOptions) -> Result<ContextBase> {
        let (mut value_totals, mut known_totals) = (vec![0.0; ROWS], [0.0; ATTRIBUTES as usize]);
        let mut of_item = |item: usize| {
            call.check_every(ROWS_BETWEEN_CHECKS, item)?;
            let mut known = [0.0; ATTRIBUTES as usize];
            values.each(item as Item, |row, count| {
                known[(row / VALUES) as usize] += count;
                known_totals[(row / VALUES) as usize] += count;
                value_totals[row as usize] += count;
            });
            Ok(known)
        };
        let known = (0..values.rows()).map(&mut of_item).collect::<Result<_>>()?;
        Ok(ContextBase { values, known, value_totals, known_totals })
    }

    fn known(&self, item: Item, attribute: u32) -> f32 {
        self.known.get(item as usize).map_or(0.0, |known| known[attribute as usize])
    }
}

/// How many rows there may be.
const ROWS: usize = (ATTRIBUTES * VALUES) as usize;

/// Hours that count as the same time of the day, as their number, and whether it is a weekend, by the viewer's clock.
fn local_time(time_utc_ms: i64, context: Context) -> (u32, bool) {
    let local = time_utc_ms.saturating_add(i64::from(context.utc_offset_minutes) * MINUTE_MS);
    let slot = (local.rem_euclid(DAY_MS) / (SLOT_HOURS * 60 * MINUTE_MS)) as u32;
    // The first day of 1970 was a Thursday.
    (slot, (local.div_euclid(DAY_MS) + 3).rem_euclid(7) >= 5)
}

/// The rows of what is known of a moment, at most one an attribute. A time of 0 is that of a host without a clock.
fn rows(time_utc_ms: i64, context: Context) -> impl Iterator<Item = u32> {
    let (slot, is_weekend) = local_time(time_utc_ms, context);
    let of_time = |value: u32| (time_utc_ms != 0).then_some(value);
    let named = |code: u32| (code != 0).then_some(code);
    let found: [Option<u32>; ATTRIBUTES as usize] = [
        of_time(slot),
        of_time(u32::from(is_weekend)),
        named(context.device as u32),
        named(context.place as u32),
        named(context.company as u32),
    ];
    (0..).step_by(VALUES as usize).zip(found).filter_map(|(first, value)| Some(first + value?))
}

/// What a row of [`rows`] stands for; the time of the day and the part of the week are one circumstance.
fn circumstance(row: u32, viewer: &Viewer<'_>) -> Option<Circumstance> {
    let (slot, is_weekend) = local_time(viewer.now_utc_ms, viewer.context);
    match row / VALUES {
        0 | 1 => Some(Circumstance::Time { is_weekend, part_of_day: *PartOfDay::ALL.get(slot as usize)? }),
        2 => Some(Circumstance::Device(viewer.context.device)),
        3 => Some(Circumstance::Place(viewer.context.place)),
        _ => Some(Circumstance::Company(viewer.context.company)),
    }
}

/// How often an item was watched in each value of each attribute.
fn counts_of(histories: &Histories, item: Item) -> [u32; (ATTRIBUTES * VALUES) as usize] {
    let mut counts = [0; (ATTRIBUTES * VALUES) as usize];
    for viewing in histories.viewings(item) {
        rows(histories.watch(*viewing).time_utc_ms, histories.context(*viewing))
            .for_each(|row| counts[row as usize] += 1);
    }
    counts
}

impl ContextLift {
    pub fn new(settings: ContextLiftSettings) -> ContextLift {
        ContextLift { settings, ..ContextLift::default() }
    }

    /// Adds what one attribute says of every video for which it is known.
    fn add_lifts(&self, row: u32, scores: &mut [f32]) {
        let Some(expected) = self.expected(row) else { return };
        if let Some(base) = &self.base {
            let items =
                self.known.row(row / VALUES).last().map_or(0, |cell| cell.0 as usize + 1).max(base.values.rows());
            for (item, score) in (0..).zip(scores).take(items) {
                let watches = self.watches(row / VALUES, item);
                if watches > 0.0 {
                    *score += self.lift(self.count(row, item), watches, expected);
                }
            }
            return;
        }
        let mut counts = self.values.row(row).peekable();
        for (item, watches) in self.known.row(row / VALUES) {
            let Some(score) = scores.get_mut(item as usize) else { break };
            let count = counts.next_if(|cell| cell.0 == item).map_or(0, |cell| cell.1);
            *score += self.lift(count as f32, watches as f32, expected);
        }
    }

    /// How many of an item's watches a row stands for, those of the base included.
    fn count(&self, row: u32, item: Item) -> f32 {
        let of_base = self.base.as_ref().map_or(0.0, |base| base.values.get(item, row));
        of_base + self.home_weight.0 * self.values.count(row, item) as f32
    }

    /// How many of an item's watches tell an attribute, those of the base included.
    fn watches(&self, attribute: u32, item: Item) -> f32 {
        let of_base = self.base.as_ref().map_or(0.0, |base| base.known(item, attribute));
        of_base + self.home_weight.0 * self.known.count(attribute, item) as f32
    }

    /// The share of all watches in which an attribute has the row's value; none where it never had.
    fn expected(&self, row: u32) -> Option<f32> {
        let total = |cells: &mut dyn Iterator<Item = (u32, u32)>| cells.map(|cell| u64::from(cell.1)).sum::<u64>();
        let with = self.home_weight.0 * total(&mut self.values.row(row)) as f32;
        let known = self.home_weight.0 * total(&mut self.known.row(row / VALUES)) as f32;
        let of_base = self
            .base
            .as_ref()
            .map_or((0.0, 0.0), |base| (base.value_totals[row as usize], base.known_totals[(row / VALUES) as usize]));
        (with + of_base.0 > 0.0).then(|| (with + of_base.0) / (known + of_base.1))
    }

    /// The logarithm of how much larger the share is among a video's own watches.
    fn lift(&self, count: f32, watches: f32, expected: f32) -> f32 {
        let smoothing = self.settings.smoothing.clamp(LEAST_SMOOTHING, MOST_SMOOTHING);
        let share = (count + smoothing * expected) / (watches + smoothing);
        (share / expected).ln()
    }
}

impl Recommender for ContextLift {
    fn feature(&self) -> Feature {
        Feature::Context
    }

    fn boxed(&self) -> Box<dyn Recommender> {
        Box::new(self.clone())
    }

    fn bytes(&self) -> usize {
        self.values.bytes() + self.known.bytes() + self.base.as_ref().map_or(0, |base| base.values.bytes())
    }

    fn observe(&mut self, observation: &Observation<'_>) {
        let watch = observation.watch;
        for row in rows(watch.time_utc_ms, observation.context) {
            self.values.add(row, watch.item, 1);
            self.known.add(row / VALUES, watch.item, 1);
        }
    }

    fn learn_histories(&mut self, histories: &Arc<Histories>, crew: &Crew, call: &CallOptions) -> Result<()> {
        let (counted, items) = (Arc::clone(histories), histories.items());
        let of_items = crew.map(Pieces::silent(items), call, move |item| Ok(counts_of(&counted, item as Item)))?;
        let mut values = vec![Vec::new(); (ATTRIBUTES * VALUES) as usize];
        let mut known = vec![Vec::new(); ATTRIBUTES as usize];
        for (item, counts) in (0..).zip(&of_items) {
            for (counts, known) in counts.chunks(VALUES as usize).zip(&mut known) {
                known.push((item, counts.iter().sum()));
            }
            values.iter_mut().zip(counts).for_each(|(row, count)| row.push((item, *count)));
        }
        let rows = |mut rows: Vec<Vec<(Item, u32)>>| {
            rows.iter_mut().for_each(|row| row.retain(|cell| cell.1 > 0));
            Rows::of(&rows)
        };
        let settings = self.settings;
        *self = ContextLift { settings, values: rows(values), known: rows(known), ..ContextLift::default() };
        Ok(())
    }

    fn undo(&mut self, observation: &Observation<'_>) {
        let watch = observation.watch;
        for row in rows(watch.time_utc_ms, observation.context) {
            self.values.remove(row, watch.item, 1);
            self.known.remove(row / VALUES, watch.item, 1);
        }
    }

    fn score(&self, viewer: &Viewer<'_>, scores: &mut [f32]) {
        rows(viewer.now_utc_ms, viewer.context).for_each(|row| self.add_lifts(row, scores));
    }

    fn explain(&self, _: &Viewer<'_>, _: Item) -> Option<Contribution> {
        None
    }

    fn circumstances(&self, viewer: &Viewer<'_>, items: &[Item]) -> Vec<Vec<(Circumstance, f32)>> {
        let mut all: Vec<Vec<(Circumstance, f32)>> = items.iter().map(|_| Vec::new()).collect();
        for row in rows(viewer.now_utc_ms, viewer.context) {
            let (Some(expected), Some(circumstance)) = (self.expected(row), circumstance(row, viewer)) else {
                continue;
            };
            for (item, found) in items.iter().zip(&mut all) {
                let watches = self.watches(row / VALUES, *item);
                if watches == 0.0 {
                    continue;
                }
                let lift = self.lift(self.count(row, *item), watches, expected);
                match found.iter_mut().find(|(known, _)| *known == circumstance) {
                    Some((_, sum)) => *sum += lift,
                    None => found.push((circumstance, lift)),
                }
            }
        }
        all
    }

    fn save(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.values.save(&mut bytes);
        bytes
    }

    fn load(&mut self, bytes: &[u8]) -> Result<()> {
        let mut numbers = Numbers::of(bytes);
        let values = Rows::load(&mut numbers)?;
        numbers.end()?;
        if values.len() > ROWS {
            return Err(damaged());
        }
        let known = sums(&values)?;
        let (settings, home_weight) = (self.settings, self.home_weight);
        *self = ContextLift { settings, values, known, base: self.base.take(), home_weight };
        Ok(())
    }

    fn sensitivity(&self, most_watches: u32) -> Option<Sensitivity> {
        let cells = u64::from(ATTRIBUTES) * u64::from(most_watches);
        Some(Sensitivity { total: cells, largest: 1, cells })
    }

    /// Of each item its counts by row.
    fn pack(&self, packing: &Packing<'_>) -> Result<Option<Vec<u8>>> {
        let told = packing.tell(SectionKind::Context, false, Some(ROWS), |_, watch, context, growths| {
            growths.extend(rows(watch.time_utc_ms, context).map(|row| (watch.item, row, 1)));
        })?;
        let mut bytes = Vec::new();
        put_cells(&mut bytes, Values::Amounts, &told.rows);
        Ok(Some(bytes))
    }

    fn unpack(&mut self, bytes: &Bytes, base: &Arc<Base>, call: &CallOptions) -> Result<()> {
        let mut packed = Packed::within(bytes, call);
        let values = CodedCells::load(Values::Amounts, &mut packed, base.items(), |_| ROWS)?;
        packed.end()?;
        self.base = Some(Arc::new(ContextBase::of(values, call)?));
        Ok(())
    }

    fn set_home_weight(&mut self, weight: HomeWeight) {
        self.home_weight = weight;
    }
}

/// The rows of each attribute added up.
fn sums(values: &Rows<u32>) -> Result<Rows<u32>> {
    let mut sums = Rows::default();
    for row in 0..values.len() as u32 {
        for (item, count) in values.row(row) {
            if sums.add(row / VALUES, item, count) < count {
                return Err(damaged());
            }
        }
    }
    Ok(sums)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Company, Device, Place};

    const HOUR_MS: i64 = 3_600_000;

    fn found(time_utc_ms: i64, context: Context) -> Vec<u32> {
        rows(time_utc_ms, context).collect()
    }

    #[test]
    fn a_moment_is_told_by_the_viewers_clock() {
        let at = |minutes| Context { utc_offset_minutes: minutes, ..Context::default() };
        // A Friday, 22:30 UTC: in Shanghai it is Saturday morning, in Los Angeles Friday afternoon.
        let friday = DAY_MS + 22 * HOUR_MS + 30 * MINUTE_MS;
        assert_eq!(found(friday, at(0)), [7, VALUES]);
        assert_eq!(found(friday, at(480)), [2, VALUES + 1]);
        assert_eq!(found(friday, at(-480)), [4, VALUES]);
        assert_eq!(found(-1, at(0)), [7, VALUES]);
        assert_eq!((found(i64::MAX, at(840)).len(), found(i64::MIN, at(-840)).len()), (2, 2));
    }

    #[test]
    fn what_is_not_known_has_no_row() {
        assert!(found(0, Context { utc_offset_minutes: 60, ..Context::default() }).is_empty());
        let context = Context { device: Device::Phone, company: Company::Friends, ..Context::default() };
        assert_eq!(found(0, context), [2 * VALUES + 2, 4 * VALUES + 5]);
        let codes = [Device::ALL.len(), Place::ALL.len(), Company::ALL.len(), 24 / SLOT_HOURS as usize];
        assert!(codes.into_iter().all(|count| count <= VALUES as usize));
    }
}
