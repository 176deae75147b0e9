//! From what is known of a video before anyone watched it (vectors of its texts, its tags) to a place among
//! the factors: one ridge regression from features to factors, in closed form.
//!
//! Source: the map from attributes to factors of Gantner et al., "Learning attribute-to-feature mappings for cold-start
//! recommendations" (ICDM 2010), with the least squares of Hoerl and Kennard, "Ridge regression" (Technometrics 12(1),
//! 1970), weighted and around the means: W = (FᵀDF + λI)⁻¹FᵀDY, where D weighs items, and F and Y have means of zero.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array1, Array2, ArrayView2, ArrayViewMut1, s};

use super::dense::{bytes_to_invert, invert};
use super::numbers::{Numbers, put_reals, put_whole};
use super::{FACTORS_MAX, MEMORY_LIMIT_BYTES, check_memory, check_regularisation};
use crate::domain::{CallOptions, Error, Result};

/// Items whose features are spread out at once.
const BLOCK: usize = 256;

/// Features of items, a row or list each.
#[derive(Debug, Clone, Copy)]
pub struct ContentFeatures<'a> {
    /// items × width, such as vectors of texts; a width of 0 where there are none.
    pub dense: ArrayView2<'a, f32>,
    /// For each item the numbers of the tags that it has, each counted as 1, below `tag_count`; without repetitions.
    pub tags: &'a [&'a [u32]],
    pub tag_count: usize,
}

/// How the map is trained.
#[derive(Debug, Clone, PartialEq)]
pub struct ContentMapOptions {
    /// λ, at least [`super::REGULARISATION_MIN`], in items of weight 1. 100 by default.
    pub regularisation: f32,
    pub memory_limit_bytes: usize,
}

impl Default for ContentMapOptions {
    fn default() -> Self {
        ContentMapOptions { regularisation: 100.0, memory_limit_bytes: MEMORY_LIMIT_BYTES }
    }
}

/// The trained map. `place = offset + features · weights`.
#[derive(Debug, Clone, PartialEq)]
pub struct ContentMap {
    /// How many of the features are dense; the others are tags.
    dense_width: usize,
    weights: Array2<f32>,
    offset: Vec<f32>,
}

impl ContentMap {
    /// features × factors, the dense features first.
    pub fn weights(&self) -> ArrayView2<'_, f32> {
        self.weights.view()
    }

    /// The place of a video: as many numbers as an item has factors. Tags without a number below the trained
    /// `tag_count` are passed over.
    pub fn place(&self, dense: &[f32], tags: &[u32]) -> Result<Vec<f32>> {
        if dense.len() != self.dense_width || dense.iter().any(|value| !value.is_finite()) {
            let (found, width) = (dense.len(), self.dense_width);
            return Err(Error::invalid(format!("dense has {found} numbers, not {width} finite ones")));
        }
        let of_tags = tags.iter().map(|tag| (self.dense_width.saturating_add(*tag as usize), 1.0));
        let features = dense.iter().copied().enumerate().chain(of_tags);
        let mut place = self.offset.clone();
        for (feature, value) in features.filter(|feature| feature.0 < self.weights.nrows()) {
            let weights = self.weights.row(feature);
            place.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += value * weight);
        }
        Ok(place)
    }

    /// How many features are dense, how many there are, how many factors; the weights, the offset.
    pub fn save(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(4 * (3 + self.weights.len() + self.offset.len()));
        for count in [self.dense_width, self.weights.nrows(), self.offset.len()] {
            put_whole(&mut bytes, count as u32);
        }
        put_reals(&mut bytes, &self.weights);
        put_reals(&mut bytes, &self.offset);
        bytes
    }

    /// [`crate::domain::Status::Corrupt`] for bytes that [`ContentMap::save`] never gives. Takes memory in
    /// proportion to them.
    pub fn load(bytes: &[u8]) -> Result<ContentMap> {
        let mut numbers = Numbers::new(bytes)?;
        let [dense_width, features, factors] = [numbers.whole()?, numbers.whole()?, numbers.whole()?];
        let cells = u64::from(features) * u64::from(factors);
        let weights = numbers.reals(usize::try_from(cells).unwrap_or(usize::MAX))?;
        let offset = numbers.reals(factors as usize)?;
        numbers.end()?;
        let weights = Array2::from_shape_vec((features as usize, factors as usize), weights);
        let weights = weights.ok().filter(|_| dense_width <= features).ok_or_else(super::numbers::damaged)?;
        Ok(ContentMap { dense_width: dense_width as usize, weights, offset })
    }
}

/// Trains the map from the features of items and their trained vectors (`targets`, items × factors). `weights` says how
/// much each item counts, 0 or more, such as how many watched it; items of 0, of which nothing was learned, should
/// not pull places towards zero. Takes 8 · features² bytes. Progress counts items.
pub fn train_content_map(
    features: &ContentFeatures<'_>,
    targets: ArrayView2<'_, f32>,
    weights: &[f32],
    options: &ContentMapOptions,
    call: &CallOptions,
) -> Result<ContentMap> {
    check_regularisation(options.regularisation)?;
    check_features(features, targets, weights)?;
    let (width, factors) = (features.width(), targets.ncols());
    check_memory(bytes_to_map(width, factors), options.memory_limit_bytes)?;
    call.check()?;
    let centre = Centre::new(features, targets, weights);
    let mut gram = Array2::from_diag_elem(width, f64::from(options.regularisation));
    let mut right = Array2::zeros((width, factors));
    let heavy: Vec<usize> = (0..weights.len()).filter(|item| weights[*item] > 0.0).collect();
    for (done, items) in heavy.chunks(BLOCK).enumerate() {
        call.check()?;
        call.report(done * BLOCK, heavy.len());
        let (rows, goals) = centre.weighted_rows(features, targets, weights, items);
        general_mat_mul(1.0, &rows.t(), &rows, 1.0, &mut gram);
        general_mat_mul(1.0, &rows.t(), &goals, 1.0, &mut right);
    }
    invert(&mut gram, call)?;
    call.report(heavy.len(), heavy.len());
    let solved = gram.dot(&right);
    let offset = centre.target - centre.feature.dot(&solved);
    Ok(ContentMap {
        dense_width: features.dense.ncols(),
        weights: solved.mapv(|value| value as f32),
        offset: offset.iter().map(|value| *value as f32).collect(),
    })
}

fn bytes_to_map(width: usize, factors: usize) -> usize {
    let rows = width.saturating_add(3 * factors).saturating_add(2 * BLOCK);
    rows.saturating_mul(width.saturating_add(factors))
        .saturating_mul(size_of::<f64>())
        .saturating_add(bytes_to_invert(width))
}

fn check_features(features: &ContentFeatures<'_>, targets: ArrayView2<'_, f32>, weights: &[f32]) -> Result<()> {
    let items = targets.nrows();
    if [features.dense.nrows(), features.tags.len(), weights.len()] != [items; 3] {
        return Err(Error::invalid(format!("features and weights are not those of as many items as targets: {items}")));
    }
    if targets.ncols() > FACTORS_MAX {
        return Err(Error::limit("factors", targets.ncols(), FACTORS_MAX));
    }
    if features.tags.iter().flat_map(|tags| tags.iter()).any(|tag| *tag as usize >= features.tag_count) {
        return Err(Error::invalid(format!("a tag is not below tag_count, {}", features.tag_count)));
    }
    if !features.dense.iter().chain(targets).chain(weights).all(|value| value.is_finite()) {
        return Err(Error::invalid("features, targets and weights must be finite"));
    }
    if weights.iter().any(|weight| *weight < 0.0) {
        return Err(Error::invalid("weights must be 0 or more"));
    }
    Ok(())
}

impl ContentFeatures<'_> {
    fn width(&self) -> usize {
        self.dense.ncols().saturating_add(self.tag_count)
    }

    /// Adds an item's features, times `weight`, to a row of as many numbers.
    fn add_to(&self, item: usize, weight: f64, mut row: ArrayViewMut1<'_, f64>) {
        row.iter_mut().zip(self.dense.row(item)).for_each(|(sum, value)| *sum += weight * f64::from(*value));
        let first = self.dense.ncols();
        self.tags[item].iter().for_each(|tag| row[first + *tag as usize] += weight);
    }
}

/// Weighted means.
struct Centre {
    feature: Array1<f64>,
    target: Array1<f64>,
}

impl Centre {
    fn new(features: &ContentFeatures<'_>, targets: ArrayView2<'_, f32>, weights: &[f32]) -> Centre {
        let total: f64 = weights.iter().map(|weight| f64::from(*weight)).sum();
        let mut centre = Centre { feature: Array1::zeros(features.width()), target: Array1::zeros(targets.ncols()) };
        for (item, weight) in weights.iter().enumerate().filter(|(_, weight)| **weight > 0.0) {
            let share = f64::from(*weight) / total;
            features.add_to(item, share, centre.feature.view_mut());
            centre.target.iter_mut().zip(targets.row(item)).for_each(|(sum, value)| *sum += share * f64::from(*value));
        }
        centre
    }

    /// The features and the targets of some items around their means, times the root of the item's weight.
    fn weighted_rows(
        &self,
        features: &ContentFeatures<'_>,
        targets: ArrayView2<'_, f32>,
        weights: &[f32],
        items: &[usize],
    ) -> (Array2<f64>, Array2<f64>) {
        let mut rows = Array2::zeros((items.len(), self.feature.len()));
        let mut goals = Array2::zeros((items.len(), self.target.len()));
        for (at, item) in items.iter().enumerate() {
            let root = f64::from(weights[*item]).sqrt();
            rows.row_mut(at).scaled_add(-root, &self.feature);
            features.add_to(*item, root, rows.slice_mut(s![at, ..]));
            goals.row_mut(at).scaled_add(-root, &self.target);
            goals
                .row_mut(at)
                .iter_mut()
                .zip(targets.row(*item))
                .for_each(|(sum, value)| *sum += root * f64::from(*value));
        }
        (rows, goals)
    }
}
