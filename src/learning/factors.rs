//! Scores by factors: a viewer's vector, found anew from the trained vectors of what they watched, times the
//! vector of each item. A viewer needs no vector of their own from training.

use std::sync::Arc;

use bytes::Bytes;

use super::ease::{Ease, check_decay, decayed};
use super::pack::{Base, Packing};
use super::packed::{Packed, damaged as damaged_pack, put_matrix, put_real, put_varint, take_matrix};
use super::training::{FACTORS_MAX, FoldIn, Numbers, damaged, put_reals, put_whole};
use super::{Contribution, Item, Observation, Recommender, Viewer};
use crate::domain::{CallOptions, Error, Feature, Result, Status};
use crate::vectors::dot;
use ndarray::{Array2, ArrayView2, Axis};

/// How a viewer's vector is found. Factors of least squares take the first two as they were trained with, those of
/// pairs much more regularisation (docs/training.md).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FactorsOptions {
    /// Above 0.
    pub regularisation: f32,
    /// Above 0.
    pub confidence: f32,
    /// What a watch counts beside the one after it: above 0 and at most 1, where all count alike, as in
    /// training.
    pub decay: f32,
}

impl Default for FactorsOptions {
    fn default() -> Self {
        FactorsOptions { regularisation: 10.0, confidence: 1.0, decay: Ease::DECAY }
    }
}

impl FactorsOptions {
    fn check(&self) -> Result<()> {
        for (name, value) in [("regularisation", self.regularisation), ("confidence", self.confidence)] {
            if !(value.is_finite() && value > 0.0) {
                return Err(Error::invalid(format!("{name} is {value}, not a finite number above 0")));
            }
        }
        check_decay(self.decay)
    }
}

/// See the module. Cloning shares the trained vectors.
#[derive(Debug, Clone)]
pub struct Factors {
    trained: Arc<Trained>,
}

#[derive(Debug)]
struct Trained {
    items: Array2<f32>,
    fold_in: FoldIn,
    options: FactorsOptions,
}

impl Default for Factors {
    /// Knows nothing.
    fn default() -> Self {
        let (items, options) = (Array2::zeros((0, 0)), FactorsOptions::default());
        Factors { trained: Arc::new(Trained { items, fold_in: FoldIn::of_nothing(), options }) }
    }
}

impl Factors {
    /// Recommends by the vectors of items, a row each, all finite and of at most [`FACTORS_MAX`] numbers.
    pub fn new(items: Array2<f32>, options: FactorsOptions) -> Result<Factors> {
        Factors::new_within(items, options, &CallOptions::UNBOUNDED)
    }

    /// The same within the bounds of a call.
    fn new_within(items: Array2<f32>, options: FactorsOptions, call: &CallOptions) -> Result<Factors> {
        options.check()?;
        if items.ncols() > FACTORS_MAX {
            return Err(Error::limit("factors", items.ncols(), FACTORS_MAX));
        }
        if !items.iter().all(|value| value.is_finite()) {
            return Err(Error::invalid("factors must be finite"));
        }
        let items = items.as_standard_layout().into_owned();
        let fold_in = FoldIn::new(items.view(), options.regularisation, options.confidence, call)?;
        Ok(Factors { trained: Arc::new(Trained { items, fold_in, options }) })
    }

    /// The trained vectors, a row for each item.
    pub fn items(&self) -> ArrayView2<'_, f32> {
        self.trained.items.view()
    }

    /// The vector of a viewer; none without a watched item that has one.
    pub fn viewer_vector(&self, viewer: &Viewer<'_>) -> Option<Vec<f32>> {
        let watched = self.watched(viewer);
        watched.clone().next()?;
        self.trained.fold_in.vector(watched.map(|(_, vector, count)| (vector, count)))
    }

    fn vector(&self, item: Item) -> Option<&[f32]> {
        self.trained.vector(item)
    }

    /// Watched items that have a vector, with what they count.
    fn watched<'a>(&'a self, viewer: &'a Viewer<'_>) -> impl Iterator<Item = (Item, &'a [f32], f64)> + Clone {
        let counted = decayed(viewer, self.trained.options.decay);
        counted.filter_map(|(item, count)| Some((item, self.vector(item)?, f64::from(count))))
    }
}

impl Trained {
    /// None for an item that nobody watched in training.
    fn vector(&self, item: Item) -> Option<&[f32]> {
        let rows = self.items.nrows();
        let row = usize::try_from(item).ok().filter(|row| *row < rows)?;
        let vector = self.items.index_axis(Axis(0), row).to_slice()?;
        vector.iter().any(|value| *value != 0.0).then_some(vector)
    }
}

impl Recommender for Factors {
    fn feature(&self) -> Feature {
        Feature::Factors
    }

    fn boxed(&self) -> Box<dyn Recommender> {
        Box::new(self.clone())
    }

    fn bytes(&self) -> usize {
        self.trained.items.len() * size_of::<f32>()
    }

    fn observe(&mut self, _: &Observation<'_>) {}

    fn undo(&mut self, _: &Observation<'_>) {}

    fn score(&self, viewer: &Viewer<'_>, scores: &mut [f32]) {
        let Some(of_viewer) = self.viewer_vector(viewer) else { return };
        for (score, vector) in scores.iter_mut().zip(self.trained.items.axis_iter(Axis(0))) {
            *score += vector.to_slice().map_or(0.0, |vector| dot(&of_viewer, vector));
        }
    }

    fn explain(&self, viewer: &Viewer<'_>, item: Item) -> Option<Contribution> {
        let watched = self.watched(viewer);
        let vectors = watched.clone().map(|(_, vector, count)| (vector, count));
        let parts = self.trained.fold_in.parts(vectors, self.vector(item)?)?;
        let named = watched.zip(parts).map(|((because, ..), score)| Contribution { because, score });
        named.filter(|part| part.score > 0.0).max_by(|a, b| a.score.total_cmp(&b.score))
    }

    /// The options, how many factors and items there are, the items' vectors.
    fn save(&self) -> Vec<u8> {
        let (items, options) = (&self.trained.items, &self.trained.options);
        let mut bytes = Vec::with_capacity(4 * (5 + items.len()));
        put_reals(&mut bytes, &[options.regularisation, options.confidence, options.decay]);
        put_whole(&mut bytes, items.ncols() as u32);
        put_whole(&mut bytes, items.nrows() as u32);
        put_reals(&mut bytes, items);
        bytes
    }

    fn load(&mut self, bytes: &[u8]) -> Result<()> {
        let mut numbers = Numbers::new(bytes)?;
        let [regularisation, confidence, decay] = [numbers.real()?, numbers.real()?, numbers.real()?];
        let (factors, items) = (numbers.whole()? as usize, numbers.whole()? as usize);
        if factors == 0 && items > 0 {
            return Err(damaged());
        }
        let vectors = numbers.reals(factors.saturating_mul(items))?;
        let vectors = Array2::from_shape_vec((items, factors), vectors).map_err(|_| damaged())?;
        let options = FactorsOptions { regularisation, confidence, decay };
        let loaded = Factors::new(vectors, options).map_err(|_| damaged())?;
        numbers.end()?;
        *self = loaded;
        Ok(())
    }
    /// The options, how many factors there are, the items' vectors.
    fn pack(&self, packing: &Packing<'_>) -> Result<Option<Vec<u8>>> {
        if !packing.has_trained() {
            return Ok(None);
        }
        let (items, options) = (&self.trained.items, &self.trained.options);
        let mut vectors = Array2::zeros((packing.items(), items.ncols()));
        for (item, mut row) in packing.told_items().zip(vectors.axis_iter_mut(Axis(0))) {
            if let Some(vector) = self.vector(item) {
                row.iter_mut().zip(vector).for_each(|(place, value)| *place = *value);
            }
        }
        let mut bytes = Vec::new();
        [options.regularisation, options.confidence, options.decay]
            .into_iter()
            .for_each(|value| put_real(&mut bytes, value));
        put_varint(&mut bytes, items.ncols() as u64);
        put_matrix(&mut bytes, vectors.view());
        Ok(Some(bytes))
    }

    fn unpack(&mut self, bytes: &Bytes, base: &Arc<Base>, call: &CallOptions) -> Result<()> {
        let mut packed = Packed::within(bytes, call);
        let [regularisation, confidence, decay] = [packed.real()?, packed.real()?, packed.real()?];
        let factors = packed.varint_below(FACTORS_MAX as u64 + 1)? as usize;
        if factors == 0 && base.items() > 0 {
            return Err(damaged_pack());
        }
        let vectors = take_matrix(&mut packed, base.items(), factors)?;
        packed.end()?;
        let options = FactorsOptions { regularisation, confidence, decay };
        *self = Factors::new_within(vectors, options, call).map_err(|error| match error.status {
            Status::Cancelled | Status::TimedOut => error,
            _ => damaged_pack(),
        })?;
        Ok(())
    }
}
