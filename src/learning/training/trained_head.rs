//! A linear layer on the encoder's vectors that tells what a viewer engages with: the head of the articles this project
//! began with. Its features are the products, element by element, of the viewer's taste and the video's vector (their sum
//! would be the cosine: the head learns which directions of the encoder matter), and the video's vector itself if
//! asked for. Trained with binary cross-entropy ([`super::logistic`]).
//!
//! The examples come from histories: each watch was engaged with, and videos drawn at random stand for what was passed
//! over, since most data does not tell what was shown. They are drawn in proportion to how often they were watched by
//! anyone, so that being popular tells nothing. Mikolov et al., "Distributed representations of words and phrases and
//! their compositionality" (NIPS 2013), section 2.2, is the source of drawing what was not observed.

use ndarray::{Array2, ArrayView2};
use rand::{Rng, SeedableRng};
use rand_pcg::Pcg32;

use super::logistic::{LinearHead, LogisticOptions, Rows, minimise};
use super::numbers::{Numbers, damaged, put_reals, put_whole};
use super::{BinaryReport, MEMORY_LIMIT_BYTES, check_count, check_memory};
use crate::domain::{CallOptions, Error, Result};
use crate::learning::head::sigmoid;
use crate::learning::{Item, Watch};
use crate::vectors::normalise;

/// Draws of a video that the profile did not watch before it is given up.
const DRAWS: usize = 32;

/// How examples are drawn from histories.
#[derive(Debug, Clone, PartialEq)]
pub struct HeadExampleOptions {
    /// Videos drawn for each watch, 1 to 100. 4 by default.
    pub negatives: usize,
    /// Watches before the first that makes an example, 1 or more: what its taste is the mean of. 3 by default.
    pub watches_before: usize,
    /// How many of a profile's last watches make examples, 1 or more. 20 by default.
    pub watches: usize,
    /// The share of them, the last ones, that is held out: 0 to 1. 0.2 by default.
    pub held_out: f64,
    /// What is left of a watch in a taste after each later one, above 0 to 1. 0.98 by default, as in
    /// [`crate::learning::TasteSettings`].
    pub decay: f32,
    /// What is drawn.
    pub seed: u64,
    pub memory_limit_bytes: usize,
}

impl Default for HeadExampleOptions {
    fn default() -> Self {
        HeadExampleOptions {
            negatives: 4,
            watches_before: 3,
            watches: 20,
            held_out: 0.2,
            decay: 0.98,
            seed: 1,
            memory_limit_bytes: MEMORY_LIMIT_BYTES,
        }
    }
}

/// A taste, a video, and whether the one engaged with the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeadExample {
    /// A row of the tastes.
    pub taste: u32,
    /// A row of the vectors.
    pub video: Item,
    pub engaged: bool,
}

/// Examples of both parts, with the tastes that they speak of.
#[derive(Debug, Clone, PartialEq)]
pub struct HeadExamples {
    /// Unit vectors, a row each.
    pub tastes: Array2<f32>,
    pub train: Vec<HeadExample>,
    /// Later than those to train with, for each profile.
    pub held_out: Vec<HeadExample>,
}

/// Draws examples from histories whose items are rows of `vectors` (items × dimensions, unit length).
pub fn sample_head_examples(
    histories: &[&[Watch]],
    vectors: ArrayView2<'_, f32>,
    options: &HeadExampleOptions,
    call: &CallOptions,
) -> Result<HeadExamples> {
    check_example_options(options)?;
    if histories.iter().flat_map(|history| history.iter()).any(|watch| watch.item as usize >= vectors.nrows()) {
        return Err(Error::invalid(format!("an item of a history is not below {}", vectors.nrows())));
    }
    let rows = histories.iter().map(|history| counted_watches(history, options)).sum::<usize>();
    let bytes = rows.saturating_mul(4 * vectors.ncols() + 2 * size_of::<HeadExample>() * (1 + options.negatives));
    check_memory(bytes, options.memory_limit_bytes)?;
    let watched = histories.iter().flat_map(|history| history.iter().map(|watch| watch.item)).collect();
    let mut sampler = Sampler { options, watched, generator: Pcg32::seed_from_u64(options.seed) };
    let mut examples =
        HeadExamples { tastes: Array2::zeros((rows, vectors.ncols())), train: Vec::new(), held_out: Vec::new() };
    let mut row = 0;
    for history in histories {
        call.check()?;
        let first = history.len() - counted_watches(history, options);
        write_tastes(history, first, vectors, f64::from(options.decay), &mut examples.tastes, row);
        sampler.add_examples(history, first, row, &mut examples);
        row += history.len() - first;
    }
    Ok(examples)
}

struct Sampler<'a> {
    options: &'a HeadExampleOptions,
    /// What all profiles watched, as often as they did.
    watched: Vec<Item>,
    generator: Pcg32,
}

impl Sampler<'_> {
    /// Those of a history's watches from `first` on, whose tastes stand from `row` on.
    fn add_examples(&mut self, history: &[Watch], first: usize, row: usize, examples: &mut HeadExamples) {
        let own = sorted_items(history);
        let count = history.len() - first;
        let trained = count - (count as f64 * self.options.held_out).ceil().min(count as f64) as usize;
        for (at, watch) in history[first..].iter().enumerate() {
            let part = if at < trained { &mut examples.train } else { &mut examples.held_out };
            let taste = (row + at) as u32;
            part.push(HeadExample { taste, video: watch.item, engaged: true });
            for _ in 0..self.options.negatives {
                part.extend(self.draw(&own).map(|video| HeadExample { taste, video, engaged: false }));
            }
        }
    }

    /// None for a profile that seems to have watched everything.
    fn draw(&mut self, own: &[Item]) -> Option<Item> {
        let count = self.watched.len() as u64;
        (0..DRAWS)
            .map(|_| self.watched[self.generator.random_range(0..count) as usize])
            .find(|video| own.binary_search(video).is_err())
    }
}

fn check_example_options(options: &HeadExampleOptions) -> Result<()> {
    check_count("negatives", options.negatives, 100)?;
    check_count("watches_before", options.watches_before, u32::MAX as usize)?;
    check_count("watches", options.watches, u32::MAX as usize)?;
    if !(0.0..=1.0).contains(&options.held_out) {
        return Err(Error::invalid(format!("held_out is {}, not within 0 to 1", options.held_out)));
    }
    if options.decay.is_nan() || options.decay <= 0.0 || options.decay > 1.0 {
        return Err(Error::invalid(format!("decay is {}, not above 0 and up to 1", options.decay)));
    }
    Ok(())
}

fn counted_watches(history: &[Watch], options: &HeadExampleOptions) -> usize {
    history.len().saturating_sub(options.watches_before).min(options.watches)
}

fn sorted_items(history: &[Watch]) -> Vec<Item> {
    let mut items: Vec<Item> = history.iter().map(|watch| watch.item).collect();
    items.sort_unstable();
    items
}

/// The taste before each watch from `first` on, one row after the other.
fn write_tastes(
    history: &[Watch],
    first: usize,
    vectors: ArrayView2<'_, f32>,
    decay: f64,
    tastes: &mut Array2<f32>,
    mut row: usize,
) {
    let mut sum = vec![0.0_f64; vectors.ncols()];
    for (at, watch) in history.iter().enumerate() {
        if at >= first {
            let mut taste: Vec<f32> = sum.iter().map(|value| *value as f32).collect();
            // Vectors that cancel out leave a row of zeros, of which nothing is learned but the bias.
            normalise(&mut taste);
            tastes.row_mut(row).iter_mut().zip(taste).for_each(|(place, value)| *place = value);
            row += 1;
        }
        let vector = vectors.row(watch.item as usize);
        sum.iter_mut().zip(vector).for_each(|(sum, value)| *sum = *sum * decay + f64::from(*value));
    }
}

/// How a head is trained.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TrainedHeadOptions {
    /// Whether the video's vector is among the features, beside its product with the taste.
    pub with_video: bool,
    pub logistic: LogisticOptions,
}

/// The trained head.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainedHead {
    dimensions: usize,
    head: LinearHead,
}

impl TrainedHead {
    /// The log-odds that a viewer of this taste engages with the video, both of unit length and as long as those that it
    /// was trained with. As one engaged with came with so many drawn, they are log-odds among such.
    pub fn log_odds(&self, taste: &[f32], video: &[f32]) -> Result<f32> {
        if [taste.len(), video.len()] != [self.dimensions; 2] {
            let (taste, video, expected) = (taste.len(), video.len(), self.dimensions);
            return Err(Error::invalid(format!("taste and video have {taste} and {video} numbers, not {expected}")));
        }
        let mut features = vec![0.0; self.head.weights.len()];
        write_features(taste, video, &mut features);
        Ok(self.head.log_odds(&features))
    }

    /// The same as a probability.
    pub fn probability(&self, taste: &[f32], video: &[f32]) -> Result<f32> {
        self.log_odds(taste, video).map(sigmoid)
    }

    /// What it is worth on examples, such as those held out.
    pub fn report(
        &self,
        tastes: ArrayView2<'_, f32>,
        vectors: ArrayView2<'_, f32>,
        examples: &[HeadExample],
    ) -> Result<BinaryReport> {
        check_examples(tastes, vectors, examples)?;
        let probability = |example: &HeadExample| {
            let (taste, video) = (tastes.row(example.taste as usize), vectors.row(example.video as usize));
            let probability = self.probability(&taste.to_vec(), &video.to_vec())?;
            Ok((probability, example.engaged))
        };
        BinaryReport::of(&examples.iter().map(probability).collect::<Result<Vec<_>>>()?)
    }

    /// How many dimensions, how many weights; the weights, the bias.
    pub fn save(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(4 * (3 + self.head.weights.len()));
        put_whole(&mut bytes, self.dimensions as u32);
        put_whole(&mut bytes, self.head.weights.len() as u32);
        put_reals(&mut bytes, &self.head.weights);
        put_reals(&mut bytes, [&self.head.bias]);
        bytes
    }

    /// [`crate::domain::Status::Corrupt`] for bytes that [`TrainedHead::save`] never gives.
    pub fn load(bytes: &[u8]) -> Result<TrainedHead> {
        let mut numbers = Numbers::new(bytes)?;
        let (dimensions, count) = (numbers.whole()? as usize, numbers.whole()? as usize);
        let head = LinearHead { weights: numbers.reals(count)?, bias: numbers.real()? };
        numbers.end()?;
        if count == dimensions || Some(count) == dimensions.checked_mul(2) {
            return Ok(TrainedHead { dimensions, head });
        }
        Err(damaged())
    }
}

/// Trains a head on examples: `tastes` and `vectors` have a unit vector a row. Takes little memory beside them, as
/// features are computed when they are needed.
pub fn train_head(
    tastes: ArrayView2<'_, f32>,
    vectors: ArrayView2<'_, f32>,
    examples: &[HeadExample],
    options: &TrainedHeadOptions,
    call: &CallOptions,
) -> Result<TrainedHead> {
    check_examples(tastes, vectors, examples)?;
    if !tastes.iter().chain(vectors).all(|value| value.is_finite()) {
        return Err(Error::invalid("tastes and vectors must be finite"));
    }
    let (tastes, vectors) = (tastes.as_standard_layout(), vectors.as_standard_layout());
    let width = vectors.ncols() * if options.with_video { 2 } else { 1 };
    let rows = Products { tastes: tastes.view(), vectors: vectors.view(), examples, width };
    Ok(TrainedHead { dimensions: vectors.ncols(), head: minimise(&rows, &options.logistic, call)? })
}

fn check_examples(tastes: ArrayView2<'_, f32>, vectors: ArrayView2<'_, f32>, examples: &[HeadExample]) -> Result<()> {
    if tastes.ncols() != vectors.ncols() {
        let (tastes, vectors) = (tastes.ncols(), vectors.ncols());
        return Err(Error::invalid(format!("tastes have {tastes} numbers, vectors {vectors}")));
    }
    let known =
        |example: &HeadExample| (example.taste as usize) < tastes.nrows() && (example.video as usize) < vectors.nrows();
    if examples.iter().all(known) {
        return Ok(());
    }
    Err(Error::invalid("an example speaks of a taste or a video that is not there"))
}

/// The products, times the root of the dimensions, then the video's vector if there is room: so scaled, a weight is
/// worth as much whatever the number of dimensions.
fn write_features(taste: &[f32], video: &[f32], features: &mut [f32]) {
    let root = (video.len() as f32).sqrt();
    let (products, rest) = features.split_at_mut(video.len());
    for ((place, taste), video) in products.iter_mut().zip(taste).zip(video) {
        *place = root * taste * video;
    }
    rest.iter_mut().zip(video).for_each(|(place, value)| *place = *value);
}

struct Products<'a> {
    tastes: ArrayView2<'a, f32>,
    vectors: ArrayView2<'a, f32>,
    examples: &'a [HeadExample],
    width: usize,
}

impl Rows for Products<'_> {
    fn count(&self) -> usize {
        self.examples.len()
    }

    fn width(&self) -> usize {
        self.width
    }

    fn read(&self, row: usize, features: &mut [f32]) -> bool {
        let example = self.examples[row];
        let (taste, video) = (self.tastes.row(example.taste as usize), self.vectors.row(example.video as usize));
        if let (Some(taste), Some(video)) = (taste.as_slice(), video.as_slice()) {
            write_features(taste, video, features);
        }
        example.engaged
    }
}
