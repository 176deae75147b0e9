//! From what is known of a video (vectors of its texts, its tags) to its place among what is watched
//! together, in closed form: a ridge regression of every profile's watches on the features of videos, and of its
//! solutions the directions in which profiles differ most.
//!
//! Source: least squares of Hoerl and Kennard, "Ridge regression" (Technometrics 12(1), 1970), one a profile with the
//! same matrix: w_u = (FᵀF + λI)⁻¹ Σ_{i watched by u} f_i, where F has the features of the videos that anybody
//! watched, around their mean. The profile's score of a video with features f is f·w_u. The directions are those of
//! Halko, Martinsson and Tropp, "Finding structure with randomness" (SIAM Review 53(2), 2011), algorithms 4.1 and 4.4:
//! an orthonormal Q with f·w_u ≈ (Qᵀf)·(Qᵀw_u), so that a video needs two short vectors: Qᵀf, where it stands, and
//! Qᵀ(FᵀF + λI)⁻¹f, what watching it adds to a viewer.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array1, Array2, ArrayView2, ArrayViewMut1, Axis, concatenate, s};
use rand::{Rng, SeedableRng};
use rand_pcg::Pcg32;

use super::crew::Crew;
use super::dense::{Symmetric, bytes_to_invert};
use super::interactions::Interactions;
use super::numbers::{Numbers, damaged, put_reals, put_whole};
use super::{MEMORY_LIMIT_BYTES, check_count, check_memory, check_regularisation};
use crate::domain::{CallOptions, Error, Result};
use crate::learning::Watch;
use crate::learning::packed::{Packed, damaged as damaged_pack, put_matrix, put_real, put_varint, take_matrix};

/// Sums that are added up side by side: as many as registers hold.
const SUMS: usize = 32;

/// Items whose features are spread out at once.
const BLOCK: usize = 256;

/// Profiles that the directions are found from: more change little.
const PROFILES: usize = 4_096;

/// Directions looked for beyond those that are kept, and rounds of looking (Halko and others, section 4.3).
const BEYOND: usize = 16;
const ROUNDS: usize = 2;

const SEED: u64 = 0x7672_6563;

/// Features of items, a row or list each.
#[derive(Debug, Clone, Copy)]
pub struct ContentFeatures<'a> {
    /// items × width, such as vectors of texts; a width of 0 where there are none.
    pub dense: ArrayView2<'a, f32>,
    /// For each item the numbers of the tags that it has, each counted as 1, below `tag_count`; without repetitions.
    pub tags: &'a [Vec<u32>],
    pub tag_count: usize,
}

/// How the map is trained.
#[derive(Debug, Clone, PartialEq)]
pub struct ContentOptions {
    /// λ, at least [`super::REGULARISATION_MIN`], in items. 300 by default.
    pub regularisation: f32,
    /// Directions, 1 to 256. 64 by default.
    pub directions: usize,
    pub memory_limit_bytes: usize,
}

impl Default for ContentOptions {
    /// Chosen on validation data, see docs/training.md.
    fn default() -> Self {
        ContentOptions { regularisation: 300.0, directions: 64, memory_limit_bytes: MEMORY_LIMIT_BYTES }
    }
}

const DIRECTIONS_MAX: usize = 256;

/// The trained map: `both = offset + features · weights`, where the first half says where a video stands, the second
/// what watching it adds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ContentMap {
    /// How many of the features are dense; the others are tags.
    dense_width: usize,
    /// Row by row.
    weights: Array2<f32>,
    offset: Vec<f32>,
}

impl ContentMap {
    pub fn directions(&self) -> usize {
        self.offset.len() / 2
    }

    pub fn dense_width(&self) -> usize {
        self.dense_width
    }

    /// Where a video stands and what it adds, one after the other, as many numbers each as there are directions. Tags
    /// without a number below the trained `tag_count` are passed over.
    pub fn place(&self, dense: &[f32], tags: impl IntoIterator<Item = u32>) -> Result<Vec<f32>> {
        if dense.len() != self.dense_width || dense.iter().any(|value| !value.is_finite()) {
            let (found, width) = (dense.len(), self.dense_width);
            return Err(Error::invalid(format!("dense has {found} numbers, not {width} finite ones")));
        }
        let tags: Vec<usize> = tags.into_iter().map(|tag| self.dense_width.saturating_add(tag as usize)).collect();
        let mut place = self.offset.clone();
        let (blocks, rest) = place.as_chunks_mut::<SUMS>();
        let summed = blocks.len() * SUMS;
        blocks.iter_mut().enumerate().for_each(|(block, sums)| self.add_products(dense, &tags, block * SUMS, sums));
        rest.iter_mut().enumerate().for_each(|(place, sum)| {
            self.add_products(dense, &tags, summed + place, std::array::from_mut(sum));
        });
        Ok(place)
    }

    /// Adds to the sums of some columns, from `first` on, what features bring, one after the other; `tags` are rows.
    fn add_products<const N: usize>(&self, dense: &[f32], tags: &[usize], first: usize, sums: &mut [f32; N]) {
        let Some(weights) = self.weights.as_slice() else { return };
        let both = self.offset.len();
        let mut so_far = *sums;
        for (row, value) in weights.chunks_exact(both).zip(dense) {
            let Some(row) = row[first..].first_chunk::<N>() else { return };
            so_far.iter_mut().zip(row).for_each(|(sum, weight)| *sum += value * weight);
        }
        for row in tags.iter().filter_map(|tag| weights.chunks_exact(both).nth(*tag)) {
            let Some(row) = row[first..].first_chunk::<N>() else { return };
            so_far.iter_mut().zip(row).for_each(|(sum, weight)| *sum += weight);
        }
        *sums = so_far;
    }

    /// How many features are dense, how many there are, twice how many directions; the weights, the offset.
    pub fn save(&self, bytes: &mut Vec<u8>) {
        for count in [self.dense_width, self.weights.nrows(), self.offset.len()] {
            put_whole(bytes, count as u32);
        }
        put_reals(bytes, &self.weights);
        put_reals(bytes, &self.offset);
    }

    /// How many bytes [`ContentMap::save`] writes.
    pub fn saved_bytes(&self) -> usize {
        size_of::<f32>() * (3 + self.weights.len() + self.offset.len())
    }

    /// Takes memory in proportion to the bytes.
    pub fn load(numbers: &mut Numbers<'_>) -> Result<ContentMap> {
        let [dense_width, features, both] = [numbers.whole()?, numbers.whole()?, numbers.whole()?];
        let cells = u64::from(features) * u64::from(both);
        let weights = numbers.reals(usize::try_from(cells).unwrap_or(usize::MAX))?;
        let offset = numbers.reals(both as usize)?;
        let weights = Array2::from_shape_vec((features as usize, both as usize), weights);
        let is_whole = dense_width <= features && both % 2 == 0;
        let weights = weights.ok().filter(|_| is_whole).ok_or_else(damaged)?;
        Ok(ContentMap { dense_width: dense_width as usize, weights, offset })
    }

    /// As [`ContentMap::save`], in 8 bits a weight: those of places, then those of what videos add, which are far
    /// smaller.
    pub(in crate::learning) fn pack(&self, bytes: &mut Vec<u8>) {
        for count in [self.dense_width, self.weights.nrows(), self.offset.len()] {
            put_varint(bytes, count as u64);
        }
        let (places, adds) = self.weights.view().split_at(Axis(1), self.directions());
        put_matrix(bytes, places);
        put_matrix(bytes, adds);
        self.offset.iter().for_each(|value| put_real(bytes, *value));
    }

    pub(in crate::learning) fn unpack(packed: &mut Packed<'_>) -> Result<ContentMap> {
        let most_both = 2 * DIRECTIONS_MAX as u64;
        let [dense_width, features, both] =
            [packed.count(1)?, packed.count(1)?, packed.varint_below(most_both + 1)? as usize];
        if dense_width > features || both % 2 != 0 || (both == 0 && features > 0) {
            return Err(damaged_pack());
        }
        let halves = [take_matrix(packed, features, both / 2)?, take_matrix(packed, features, both / 2)?];
        let weights = concatenate(Axis(1), &[halves[0].view(), halves[1].view()]).map_err(|_| damaged_pack())?;
        let weights = weights.as_standard_layout().into_owned();
        let offset = (0..both).map(|_| packed.real()).collect::<Result<Vec<f32>>>()?;
        Ok(ContentMap { dense_width, weights, offset })
    }
}

/// Trains the map from the features of items, a row for each, and what profiles watched of them. Takes 8 · features²
/// bytes and 4 · features for each of at most 4,096 profiles. Progress counts items. None without a watch.
pub fn train_content(
    features: &ContentFeatures<'_>,
    histories: &[&[Watch]],
    options: &ContentOptions,
    call: &CallOptions,
) -> Result<Option<ContentMap>> {
    train_content_with(&Crew::default(), features, histories, options, call)
}

/// What [`train_content`] does, with the inverse on the threads of a crew.
pub fn train_content_with(
    crew: &Crew,
    features: &ContentFeatures<'_>,
    histories: &[&[Watch]],
    options: &ContentOptions,
    call: &CallOptions,
) -> Result<Option<ContentMap>> {
    check_regularisation(options.regularisation)?;
    check_count("directions", options.directions, DIRECTIONS_MAX)?;
    check_features(features)?;
    let width = features.width();
    let directions = options.directions.min(width);
    let items = features.tags.len();
    check_memory(
        bytes_to_train(width, directions).saturating_add(Interactions::bytes(histories, items)),
        options.memory_limit_bytes,
    )?;
    call.check()?;
    let interactions = Interactions::new(histories, items)?;
    let watched: Vec<usize> = (0..items).filter(|item| !interactions.by_item.get(*item).is_empty()).collect();
    if watched.is_empty() || width == 0 {
        return Ok(None);
    }
    let mean = features.mean(&watched);
    let inverse = inverse(features, &watched, &mean, options.regularisation, crew, call)?;
    let sums = sums(features, &interactions, &mean);
    let turned = directions_of(&inverse, &sums, directions, call)?;
    call.report(items, items);
    let mut weights = Array2::zeros((width, 2 * directions));
    weights.slice_mut(s![.., ..directions]).assign(&turned);
    weights.slice_mut(s![.., directions..]).assign(&inverse.dot(&turned));
    let offset = -mean.dot(&weights);
    Ok(Some(ContentMap {
        dense_width: features.dense.ncols(),
        weights: weights.mapv(|value| value as f32),
        offset: offset.iter().map(|value| *value as f32).collect(),
    }))
}

fn bytes_to_train(width: usize, directions: usize) -> usize {
    // The matrix stands twice while it is cut into bands.
    let rows = width
        .saturating_mul(2)
        .saturating_add(6 * (directions + BEYOND))
        .saturating_add(2 * BLOCK)
        .saturating_add(PROFILES / 2);
    rows.saturating_mul(width).saturating_mul(size_of::<f64>()).saturating_add(bytes_to_invert::<f64>(width))
}

fn check_features(features: &ContentFeatures<'_>) -> Result<()> {
    if features.dense.nrows() != features.tags.len() {
        let (rows, lists) = (features.dense.nrows(), features.tags.len());
        return Err(Error::invalid(format!("features.dense has {rows} rows, features.tags {lists} lists")));
    }
    if features.tags.iter().flatten().any(|tag| *tag as usize >= features.tag_count) {
        return Err(Error::invalid(format!("a tag is not below tag_count, {}", features.tag_count)));
    }
    if !features.dense.iter().all(|value| value.is_finite()) {
        return Err(Error::invalid("features must be finite"));
    }
    Ok(())
}

impl ContentFeatures<'_> {
    fn width(&self) -> usize {
        self.dense.ncols().saturating_add(self.tag_count)
    }

    /// Adds an item's features, times `weight`, to a row of as many numbers.
    fn add_to(&self, item: usize, weight: f64, mut row: ArrayViewMut1<'_, f64>) {
        let first = self.dense.ncols();
        let mut dense = row.slice_mut(s![..first]);
        dense.zip_mut_with(&self.dense.row(item), |sum, value| *sum += weight * f64::from(*value));
        self.tags[item].iter().for_each(|tag| row[first + *tag as usize] += weight);
    }

    fn mean(&self, items: &[usize]) -> Array1<f64> {
        let mut mean = Array1::zeros(self.width());
        items.iter().for_each(|item| self.add_to(*item, 1.0 / items.len() as f64, mean.view_mut()));
        mean
    }
}

/// (FᵀF + λI)⁻¹ of the features of items, around their mean.
fn inverse(
    features: &ContentFeatures<'_>,
    items: &[usize],
    mean: &Array1<f64>,
    regularisation: f32,
    crew: &Crew,
    call: &CallOptions,
) -> Result<Array2<f64>> {
    let width = mean.len();
    let mut gram = Array2::from_diag_elem(width, f64::from(regularisation));
    for (done, block) in items.chunks(BLOCK).enumerate() {
        call.check()?;
        call.report(done * BLOCK, items.len());
        let mut rows = Array2::zeros((block.len(), width));
        for (item, mut row) in block.iter().zip(rows.axis_iter_mut(Axis(0))) {
            row -= mean;
            features.add_to(*item, 1.0, row);
        }
        general_mat_mul(1.0, &rows.t(), &rows, 1.0, &mut gram);
    }
    // Progress counts items alone.
    let call = call.silent();
    let gram = Symmetric::of(width, crew, &call, move |rows| gram.slice(s![rows, ..]).to_owned())?;
    Ok(gram.inverted(crew, &call)?.into_array())
}

/// Σ f of what each profile watched, over the root of how many that are: a column each.
fn sums(features: &ContentFeatures<'_>, interactions: &Interactions, mean: &Array1<f64>) -> Array2<f64> {
    let profiles: Vec<&[u32]> = interactions.by_profile.iter().filter(|list| !list.is_empty()).collect();
    let step = profiles.len().div_ceil(PROFILES).max(1);
    let sampled: Vec<&[u32]> = profiles.into_iter().step_by(step).collect();
    let mut sums = Array2::zeros((sampled.len(), mean.len()));
    for (list, mut row) in sampled.into_iter().zip(sums.axis_iter_mut(Axis(0))) {
        let weight = 1.0 / (list.len() as f64).sqrt();
        row.scaled_add(-weight * list.len() as f64, mean);
        list.iter().for_each(|item| features.add_to(*item as usize, weight, row.view_mut()));
    }
    sums.reversed_axes()
}

/// An orthonormal basis, as columns, of the directions in which the columns of `inverse · sums` differ most.
fn directions_of(
    inverse: &Array2<f64>,
    sums: &Array2<f64>,
    directions: usize,
    call: &CallOptions,
) -> Result<Array2<f64>> {
    let mut random = Pcg32::seed_from_u64(SEED);
    let tried = (directions + BEYOND).min(inverse.nrows());
    // Signs at random do as well as normal deviates here, and are the same on every machine.
    let signs = Array2::from_shape_fn((sums.ncols(), tried), |_| if random.random::<bool>() { 1.0 } else { -1.0 });
    let mut basis = orthonormal(inverse.dot(&sums.dot(&signs)));
    for _ in 0..ROUNDS {
        call.check()?;
        let of_profiles = sums.t().dot(&inverse.dot(&basis));
        basis = orthonormal(inverse.dot(&sums.dot(&of_profiles)));
    }
    Ok(basis.slice(s![.., ..directions]).to_owned())
}

/// Gram and Schmidt, twice, the longest first left as it is; a column that depends on those before it becomes zero.
fn orthonormal(mut columns: Array2<f64>) -> Array2<f64> {
    for column in 0..columns.ncols() {
        let (before, mut rest) = columns.view_mut().split_at(Axis(1), column);
        let mut own = rest.column_mut(0);
        let length = own.dot(&own).sqrt();
        for _ in 0..2 {
            let parts = before.t().dot(&own);
            own -= &before.dot(&parts);
        }
        let left = own.dot(&own).sqrt();
        let scale = if left > 1e-9 * length && left > 0.0 { 1.0 / left } else { 0.0 };
        own *= scale;
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orthonormal_columns_are_and_dependent_ones_vanish() {
        let mut columns = Array2::from_shape_fn((7, 4), |(i, j)| ((i * 13 + j * 7) % 11) as f64 - 5.0);
        let twice = columns.column(1).to_owned() * 2.0;
        columns.column_mut(3).assign(&twice);
        let basis = orthonormal(columns);
        let gram = basis.t().dot(&basis);
        for ((row, column), value) in gram.indexed_iter() {
            let expected = if row == column && row < 3 { 1.0 } else { 0.0 };
            assert!((value - expected).abs() < 1e-9, "{row} {column} {value}");
        }
    }

    /// To the bit, so that lists are the same whatever the width of registers.
    #[test]
    fn a_place_adds_features_up_in_their_order() {
        for both in [2, 30, 64, 70] {
            let weights = Array2::from_shape_fn((9, both), |(i, j)| ((i * 31 + j * 17) % 23) as f32 / 7.0 - 1.5);
            let offset: Vec<f32> = (0..both).map(|j| j as f32 / 3.0).collect();
            let map = ContentMap { dense_width: 6, weights, offset };
            let dense = [0.1, -0.7, 0.0, 1.3, 0.01, -2.9];
            let mut expected = Array1::from(map.offset.clone());
            let features = dense.iter().copied().enumerate().chain([(8, 1.0), (6, 1.0)]);
            features.for_each(|(feature, value)| expected.scaled_add(value, &map.weights.row(feature)));
            assert_eq!(map.place(&dense, [2, 0, 3]).unwrap(), expected.to_vec());
        }
    }
}
