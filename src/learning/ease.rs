//! Scores by EASE: the rows of trained weights of what a viewer watched, added up, the latest watches
//! counting most. The weights come from [`super::training::train_ease`]; watches change nothing of them.

use std::sync::Arc;

use bytes::Bytes;

use super::coded_cells::put_cells;
use super::pack::{Base, Packing, PairsBase, most_missed};
use super::packed::{Packed, Values, put_numbers, put_real};
use super::training::{Numbers, SparseWeights};
use super::{Contribution, Item, Observation, Recommender, Viewer};
use crate::domain::{CallOptions, Error, Feature, Result, Status};

/// See the module. Cloning shares the weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Ease {
    weights: Arc<SparseWeights>,
    decay: f32,
}

impl Default for Ease {
    /// Knows nothing.
    fn default() -> Self {
        Ease { weights: Arc::default(), decay: Ease::DECAY }
    }
}

impl Ease {
    /// What a watch counts beside the one after it, where nothing else is said.
    pub const DECAY: f32 = 0.85;

    /// A watch that `n` others followed counts `decay`ⁿ; `decay` is above 0 and at most 1, where all count alike.
    pub fn new(weights: Arc<SparseWeights>, decay: f32) -> Result<Ease> {
        check_decay(decay)?;
        Ok(Ease { weights, decay })
    }

    pub fn weights(&self) -> &SparseWeights {
        &self.weights
    }

    /// Of each item of a pack the weights to those of lower numbers without the scales of columns, whichever of both rows
    /// the training kept them in.
    fn pairs(&self, packing: &Packing<'_>) -> Vec<Vec<(Item, f32)>> {
        let mut pairs = vec![Vec::new(); packing.items()];
        for (row, item) in (0..).zip(packing.told_items()) {
            for (column, weight) in self.weights.row(item) {
                let Some(other) = packing.number(column) else { continue };
                pairs[row.max(other) as usize].push((row.min(other), weight / self.weights.scale(column)));
            }
        }
        for row in &mut pairs {
            row.sort_by_key(|pair: &(Item, f32)| pair.0);
            row.dedup_by_key(|pair| pair.0);
        }
        pairs
    }
}

/// Refuses what is not above 0 and at most 1.
pub(super) fn check_decay(decay: f32) -> Result<()> {
    if decay > 0.0 && decay <= 1.0 {
        return Ok(());
    }
    Err(Error::invalid(format!("decay is {decay}, not above 0 and at most 1")))
}

/// The watched items, the latest first, with what each counts: all alike in a history without order. Those whose part
/// has faded are left out.
pub(super) fn decayed(viewer: &Viewer<'_>, decay: f32) -> impl Iterator<Item = (Item, f32)> + Clone {
    let decay = if viewer.has_order() { decay } else { 1.0 };
    let counts = std::iter::successors(Some(1.0), move |count| Some(count * decay)).take_while(|count| *count > FADED);
    viewer.history.iter().rev().map(|watch| watch.item).zip(counts)
}

const FADED: f32 = 5e-3;

impl Recommender for Ease {
    fn feature(&self) -> Feature {
        Feature::Ease
    }

    fn boxed(&self) -> Box<dyn Recommender> {
        Box::new(self.clone())
    }

    fn bytes(&self) -> usize {
        self.weights.bytes()
    }

    fn observe(&mut self, _: &Observation<'_>) {}

    fn undo(&mut self, _: &Observation<'_>) {}

    fn score(&self, viewer: &Viewer<'_>, scores: &mut [f32]) {
        for (watched, count) in decayed(viewer, self.decay) {
            for (item, weight) in self.weights.row(watched) {
                if let Some(score) = scores.get_mut(item as usize) {
                    *score += count * weight;
                }
            }
        }
    }

    fn explain(&self, viewer: &Viewer<'_>, item: Item) -> Option<Contribution> {
        let of = |(because, count)| Contribution { because, score: count * self.weights.get(because, item) };
        let parts = decayed(viewer, self.decay).map(of).filter(|part| part.score > 0.0);
        parts.max_by(|a, b| a.score.total_cmp(&b.score))
    }

    /// The decay and the weights.
    fn save(&self) -> Vec<u8> {
        let mut bytes = self.decay.to_le_bytes().to_vec();
        self.weights.save(&mut bytes);
        bytes
    }

    fn load(&mut self, bytes: &[u8]) -> Result<()> {
        let mut numbers = Numbers::new(bytes)?;
        let decay = numbers.real()?;
        check_decay(decay).map_err(|error| Error { status: Status::Corrupt, ..error })?;
        let weights = SparseWeights::load(&mut numbers)?;
        numbers.end()?;
        *self = Ease { weights: Arc::new(weights), decay };
        Ok(())
    }

    /// The decay, the scales of columns, and the pairs that are missed most, each once: weights without the scale of
    /// their column, which are the same from either side.
    fn pack(&self, packing: &Packing<'_>) -> Result<Option<Vec<u8>>> {
        if !packing.has_trained() {
            return Ok(None);
        }
        let scales: Vec<f32> = packing.told_items().map(|item| self.weights.scale(item)).collect();
        let scale = |item: Item| scales[item as usize];
        let loss = |one: Item, (other, weight): &(Item, f32)| {
            weight * weight * (scale(one) * scale(one) + scale(*other) * scale(*other))
        };
        let rows = most_missed(self.pairs(packing), packing.most_weight_pairs(), loss);
        let mut bytes = Vec::new();
        put_real(&mut bytes, self.decay);
        put_numbers(&mut bytes, Values::Amounts, &scales);
        put_cells(&mut bytes, Values::Weights, &rows);
        Ok(Some(bytes))
    }

    fn unpack(&mut self, bytes: &Bytes, base: &Arc<Base>, call: &CallOptions) -> Result<()> {
        let mut packed = Packed::within(bytes, call);
        let decay = packed.real()?;
        check_decay(decay).map_err(|error| Error { status: Status::Corrupt, ..error })?;
        let scales = packed.numbers(Values::Amounts, base.items())?;
        let pairs = PairsBase::load(Values::Weights, &mut packed, base.items())?;
        packed.end()?;
        pairs.make_rows(call)?;
        let mut weights = SparseWeights::with_capacity(scales.len(), 2 * pairs.pairs());
        let mut cells = Vec::new();
        for (row, scale) in (0..).zip(&scales) {
            packed.check(row as usize)?;
            pairs.each(row, |column, weight| cells.push((column, weight * scales[column as usize])));
            weights.push_row(*scale, cells.drain(..));
        }
        *self = Ease { weights: Arc::new(weights), decay };
        Ok(())
    }
}
