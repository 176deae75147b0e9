//! Popularity: how often each video was watched, ever or lately. The same list for everyone, the measure
//! that every other recommender has to beat, and what there is for one who is new.
//!
//! Source: decay by half-life as in Cormode, Shkapenyuk, Srivastava and Xu, "Forward decay: a practical time decay
//! model for streaming systems" (2009), section 2, computed from whole counts by day, since a decayed sum cannot be
//! taken back exactly. The time of day by Bayes' rule, P(video | slot) = P(video) · P(slot | video) / P(slot).

use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use super::coded_cells::{CodedCells, put_cells};
use super::counts::Counts;
use super::pack::{Base, Packing, SectionKind, Sensitivity};
use super::packed::{Packed, Values, damaged as damaged_pack, put_varint};
use super::rows::Rows;
use super::saved::{Numbers, damaged};
use super::training::{Crew, Histories, Pieces};
use super::{Contribution, HomeWeight, Item, Observation, Recommender, Viewer};
use crate::domain::{CallOptions, Feature, Result};

const DAY_MS: i64 = 86_400_000;

/// Past so many half-lives one day is as good as another: all that is older counts as that old.
const HALF_LIVES: f32 = 8.0;

/// The longest half-life that is told from none, in days; the time of a list depends on it.
const LONGEST_HALF_LIFE: f32 = 3_650.0;

/// Watches that every video is taken to have, spread over the slots as those of all videos are.
const SLOT_PRIOR: f32 = 20.0;

/// Six hours each, of working days and of weekends.
const SLOTS: u32 = 8;

/// How often each video was watched. Eight bytes a video; an event and an undo take constant time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Popularity {
    counts: Counts,
    /// What a pack brought.
    base: Option<Arc<Base>>,
    home_weight: HomeWeight,
}

impl Recommender for Popularity {
    fn feature(&self) -> Feature {
        Feature::Popularity
    }

    fn boxed(&self) -> Box<dyn Recommender> {
        Box::new(self.clone())
    }

    fn bytes(&self) -> usize {
        self.counts.bytes()
    }

    fn observe(&mut self, observation: &Observation<'_>) {
        self.counts.add(observation.watch.item, 1);
    }

    fn learn_histories(&mut self, histories: &Arc<Histories>, _: &Crew, _: &CallOptions) -> Result<()> {
        self.counts = Counts::of(histories.viewers());
        Ok(())
    }

    fn undo(&mut self, observation: &Observation<'_>) {
        self.counts.remove(observation.watch.item, 1);
    }

    fn score(&self, _: &Viewer<'_>, scores: &mut [f32]) {
        let home_weight = self.home_weight.0;
        scores.iter_mut().zip(self.counts.iter()).for_each(|(score, count)| *score += home_weight * count as f32);
        if let Some(base) = &self.base {
            scores.iter_mut().zip(&base.watches).for_each(|(score, count)| *score += *count as f32);
        }
    }

    fn explain(&self, _: &Viewer<'_>, _: Item) -> Option<Contribution> {
        None
    }

    fn save(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.counts.save(&mut bytes);
        bytes
    }

    fn load(&mut self, bytes: &[u8]) -> Result<()> {
        let mut numbers = Numbers::of(bytes);
        let counts = Counts::load(&mut numbers)?;
        numbers.end()?;
        self.counts = counts;
        Ok(())
    }

    /// What the pack says of its items is all there is to know.
    fn unpack(&mut self, _: &Bytes, base: &Arc<Base>, _: &CallOptions) -> Result<()> {
        self.base = Some(Arc::clone(base));
        Ok(())
    }

    fn set_home_weight(&mut self, weight: HomeWeight) {
        self.home_weight = weight;
    }
}

/// How [`Trend`] scores; what it learns does not depend on it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrendSettings {
    /// Days after which a watch counts half; more than 0. From 3,650 on all watches up to 80 years count about the same.
    pub half_life_days: f32,
    /// Whether videos gain that are mostly watched at this time of the day (UTC) and of the week.
    pub slots: bool,
}

impl Default for TrendSettings {
    /// The half-life was chosen on validation data, see docs/recommenders.md.
    fn default() -> TrendSettings {
        TrendSettings { half_life_days: 180.0, slots: false }
    }
}

impl TrendSettings {
    /// What a watch counts by its age in days; the last is for all that are older.
    fn weights(self) -> Vec<f32> {
        let half_life = self.half_life_days.clamp(f32::MIN_POSITIVE, LONGEST_HALF_LIFE);
        let oldest = (HALF_LIVES * half_life).ceil() as u32;
        (0..=oldest).map(|age| (-(age as f32) / half_life).exp2()).collect()
    }
}

/// How often each video was watched lately. A cell for each video and day it was watched on, 12 bytes at most for each
/// watch; an event takes constant time, a list time in proportion to the days of eight half-lives.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Trend {
    settings: TrendSettings,
    counts: Counts,
    /// For each video the days, since 1970-01-01 UTC, with their counts.
    days: Rows<u32>,
    /// For each slot the videos with their counts.
    slots: Rows<u32>,
    base: Option<Arc<TrendBase>>,
    home_weight: HomeWeight,
}

/// What a pack brought: for each item the spans of days in which it was watched, with their counts. Slots are not packed.
#[derive(Debug)]
struct TrendBase {
    items: Arc<Base>,
    span_days: u32,
    spans: CodedCells,
    /// Of each cell the day in the middle of its span, since lists read rows from their end; made when the first one asks.
    days: OnceLock<Vec<u32>>,
}

impl PartialEq for TrendBase {
    fn eq(&self, other: &TrendBase) -> bool {
        self.items == other.items && self.span_days == other.span_days && self.spans == other.spans
    }
}

/// The longest span of days that a pack may tell as one.
const LONGEST_SPAN: u64 = 365;

impl TrendBase {
    fn middles(&self) -> Vec<u32> {
        let mut days = Vec::with_capacity(self.spans.cells());
        let middle = |span: u32| span.saturating_mul(self.span_days).saturating_add(self.span_days / 2);
        let items = 0..self.spans.rows() as Item;
        items.for_each(|item| self.spans.each_code(item, |span, _| days.push(middle(span))));
        days
    }

    /// The days in the middle of spans with their counts, the first first.
    fn days(&self, item: Item) -> impl DoubleEndedIterator<Item = (u32, f32)> {
        let (cells, counts) = self.spans.values(item);
        self.days.get_or_init(|| self.middles())[cells].iter().copied().zip(counts)
    }

    /// Memory in bytes, with what the first list makes.
    fn bytes(&self) -> usize {
        self.spans.bytes() + self.spans.cells() * size_of::<u32>()
    }
}

/// A time before 1970 counts as its first day.
fn day(time_utc_ms: i64) -> u32 {
    u32::try_from(time_utc_ms.max(0) / DAY_MS).unwrap_or(u32::MAX)
}

fn slot(time_utc_ms: i64) -> u32 {
    let hour = (time_utc_ms.rem_euclid(DAY_MS) / 3_600_000) as u32;
    // The first day of 1970 was a Thursday.
    let weekday = (time_utc_ms.div_euclid(DAY_MS) + 3).rem_euclid(7);
    hour / 6 + if weekday >= 5 { SLOTS / 2 } else { 0 }
}

/// How often an item was watched on each day, and in each slot.
fn days_and_slots(histories: &Histories, item: Item) -> (Vec<(u32, u32)>, [u32; SLOTS as usize]) {
    let times = histories.viewings(item).iter().map(|viewing| histories.watch(*viewing).time_utc_ms);
    let mut slots = [0; SLOTS as usize];
    times.clone().for_each(|time_utc_ms| slots[slot(time_utc_ms) as usize] += 1);
    let mut days: Vec<u32> = times.map(day).collect();
    days.sort_unstable();
    (days.chunk_by(|a, b| a == b).map(|same| (same[0], same.len() as u32)).collect(), slots)
}

impl Trend {
    pub fn new(settings: TrendSettings) -> Trend {
        Trend { settings, ..Trend::default() }
    }

    /// How often each item was watched in the eight half-lives before a time, each watch counting the less the older it
    /// is; what was watched before counts nothing.
    pub fn lately(&self, now_utc_ms: i64, half_life_days: f32) -> Vec<f32> {
        let settings = TrendSettings { half_life_days, slots: false };
        let weights = settings.weights();
        let today = day(now_utc_ms);
        let weight = |day: u32| weights.get(today.saturating_sub(day) as usize).copied().unwrap_or(0.0);
        let watched = |item: Item| {
            let cells = self.days.pieces(item).flatten();
            let of_home: f32 = cells.map(|(day, count)| weight(*day) * *count as f32).sum();
            let of_base = self.base.iter().flat_map(|base| base.days(item)).map(|(day, count)| weight(day) * count);
            of_base.sum::<f32>() + self.home_weight.0 * of_home
        };
        let of_base = self.base.as_ref().map_or(0, |base| base.items.items());
        (0..self.days.len().max(of_base) as Item).map(watched).collect()
    }

    /// What an item's watches count, those of the base included.
    fn decayed(&self, item: Item, today: u32, weights: &[f32]) -> f32 {
        let days = self.days.row(item).map(|(day, count)| (day, count as f32));
        let of_home = self.home_weight.0 * decayed(days, self.counts.get(item), today, weights);
        let of_base = |base: &Arc<TrendBase>| decayed(base.days(item), base.items.watches_of(item), today, weights);
        self.base.as_ref().map_or(0.0, of_base) + of_home
    }

    /// What each video's score is multiplied with: P(slot | video) / P(slot), for those watched in the slot and the
    /// others.
    fn slot_lifts(&self, slot: u32) -> Option<Vec<f32>> {
        let watched = self.slots.row(slot).map(|(_, count)| u64::from(count)).sum::<u64>();
        let share = watched as f32 / self.counts.total() as f32;
        let lift = |within: f32, count: u64| (within / share + SLOT_PRIOR) / (count as f32 + SLOT_PRIOR);
        let mut lifts: Vec<f32> = self.counts.iter().map(|count| lift(0.0, count)).collect();
        for (item, within) in self.slots.row(slot) {
            *lifts.get_mut(item as usize)? = lift(within as f32, self.counts.get(item));
        }
        (watched > 0).then_some(lifts)
    }
}

impl Recommender for Trend {
    fn feature(&self) -> Feature {
        Feature::Trend
    }

    fn boxed(&self) -> Box<dyn Recommender> {
        Box::new(self.clone())
    }

    fn bytes(&self) -> usize {
        self.counts.bytes() + self.days.bytes() + self.slots.bytes() + self.base.as_ref().map_or(0, |base| base.bytes())
    }

    fn observe(&mut self, observation: &Observation<'_>) {
        let watch = observation.watch;
        self.counts.add(watch.item, 1);
        self.days.add(watch.item, day(watch.time_utc_ms), 1);
        self.slots.add(slot(watch.time_utc_ms), watch.item, 1);
    }

    fn learn_histories(&mut self, histories: &Arc<Histories>, crew: &Crew, call: &CallOptions) -> Result<()> {
        let (counted, items) = (Arc::clone(histories), histories.items());
        let rows = crew.map(Pieces::silent(items), call, move |item| Ok(days_and_slots(&counted, item as Item)))?;
        let (days, of_items): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
        let mut slots = vec![Vec::new(); SLOTS as usize];
        for (item, counts) in (0..).zip(&of_items) {
            let watched = slots.iter_mut().zip(counts).filter(|(_, count)| **count > 0);
            watched.for_each(|(row, count)| row.push((item, *count)));
        }
        let counts = Counts::of(histories.viewers());
        let (days, slots) = (Rows::of(&days), Rows::of(&slots));
        *self = Trend { settings: self.settings, counts, days, slots, ..Trend::default() };
        Ok(())
    }

    fn undo(&mut self, observation: &Observation<'_>) {
        let watch = observation.watch;
        self.counts.remove(watch.item, 1);
        self.days.remove(watch.item, day(watch.time_utc_ms), 1);
        self.slots.remove(slot(watch.time_utc_ms), watch.item, 1);
    }

    fn score(&self, viewer: &Viewer<'_>, scores: &mut [f32]) {
        let weights = self.settings.weights();
        let today = day(viewer.now_utc_ms);
        let lifts = if self.settings.slots { self.slot_lifts(slot(viewer.now_utc_ms)) } else { None };
        let items = self.base.as_ref().map_or(0, |base| base.items.items()).max(self.counts.len());
        for (item, score) in (0..).zip(scores).take(items) {
            let lift = lifts.as_ref().and_then(|lifts| lifts.get(item as usize));
            *score += lift.copied().unwrap_or(1.0) * self.decayed(item, today, &weights);
        }
    }

    fn explain(&self, _: &Viewer<'_>, _: Item) -> Option<Contribution> {
        None
    }

    fn save(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.counts.save(&mut bytes);
        self.days.save(&mut bytes);
        self.slots.save(&mut bytes);
        bytes
    }

    fn load(&mut self, bytes: &[u8]) -> Result<()> {
        let mut numbers = Numbers::of(bytes);
        let counts = Counts::load(&mut numbers)?;
        let (days, slots) = (Rows::load(&mut numbers)?, Rows::load(&mut numbers)?);
        numbers.end()?;
        if by_row(&days) != counts || by_column(&slots, counts.len())? != counts || slots.len() > SLOTS as usize {
            return Err(damaged());
        }
        let (settings, home_weight) = (self.settings, self.home_weight);
        *self = Trend { settings, counts, days, slots, base: self.base.take(), home_weight };
        Ok(())
    }

    fn sensitivity(&self, most_watches: u32) -> Option<Sensitivity> {
        let watches = u64::from(most_watches);
        Some(Sensitivity { total: watches, largest: 1, cells: watches })
    }

    /// The days of a span; of each item the spans that are told. What is not told counts as old.
    fn pack(&self, packing: &Packing<'_>) -> Result<Option<Vec<u8>>> {
        let span_days = packing.options().trend_days;
        let spans = u32::MAX / span_days;
        let told = packing.tell(SectionKind::Trend, false, Some(spans as usize), |_, watch, _, growths| {
            growths.push((watch.item, (day(watch.time_utc_ms) / span_days).min(spans - 1), 1));
        })?;
        let mut bytes = Vec::new();
        put_varint(&mut bytes, u64::from(span_days));
        put_cells(&mut bytes, Values::Counts, &told.rows);
        Ok(Some(bytes))
    }

    fn unpack(&mut self, bytes: &Bytes, base: &Arc<Base>, call: &CallOptions) -> Result<()> {
        let mut packed = Packed::within(bytes, call);
        let span_days = packed.varint_below(LONGEST_SPAN + 1)? as u32;
        let spans = u32::MAX.checked_div(span_days).ok_or_else(damaged_pack)?;
        let spans = CodedCells::load(Values::Counts, &mut packed, base.items(), |_| spans as usize)?;
        packed.end()?;
        self.base = Some(Arc::new(TrendBase { items: Arc::clone(base), span_days, spans, days: OnceLock::new() }));
        Ok(())
    }

    fn set_home_weight(&mut self, weight: HomeWeight) {
        self.home_weight = weight;
    }
}

/// What watches count by their age; those whose days are not told count as old.
fn decayed(days: impl DoubleEndedIterator<Item = (u32, f32)>, count: u64, today: u32, weights: &[f32]) -> f32 {
    let Some(oldest) = weights.last() else { return 0.0 };
    let mut older = count as f32;
    let mut sum = 0.0;
    for (day, count) in days.rev() {
        let Some(weight) = weights.get(today.saturating_sub(day) as usize) else { break };
        sum += weight * count;
        older -= count.min(older);
    }
    sum + oldest * older
}

fn by_row(rows: &Rows<u32>) -> Counts {
    let mut sums = Counts::default();
    for row in 0..rows.len() as u32 {
        rows.row(row).for_each(|(_, count)| sums.add(row, u64::from(count)));
    }
    sums
}

/// Refuses columns from `columns` on.
fn by_column(rows: &Rows<u32>, columns: usize) -> Result<Counts> {
    let mut sums = Counts::default();
    for (column, count) in (0..rows.len() as u32).flat_map(|row| rows.row(row)) {
        if column as usize >= columns {
            return Err(damaged());
        }
        sums.add(column, u64::from(count));
    }
    Ok(sums)
}
