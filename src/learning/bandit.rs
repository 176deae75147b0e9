//! What a profile's own choices teach about videos of a kind that its lists do not show yet: a linear model of the chance
//! that a shown video is chosen, with how unsure it is. Lists with places that explore ask it (`ranking/exploration.rs`).
//!
//! The model is a ridge regression of what became of each showing (chosen: 1, passed over: 0) on what was known of the
//! video then: [`ShownFeatures`] with a constant in front. One model for all videos, so that a video that was never
//! shown can be judged; each profile has its own, since what it is to find out is this viewer's taste of today, and
//! since it goes with the profile when that is forgotten. By default it believes the list's own score a little
//! ([`SLOPE`]).
//!
//! Sources: Li, Chu, Langford and Schapire, "A contextual-bandit approach to personalized news article recommendation"
//! (WWW 2010), algorithm 1 with one θ for all arms: θ = A⁻¹b, and the upper end θ·x + α·√(xᵀA⁻¹x). Agrawal and Goyal,
//! "Thompson sampling for contextual bandits with linear payoffs" (ICML 2013), section 2.2: a draw from N(θ, v²A⁻¹).
//! Tastes drift, so older examples count less: Russac, Vernade and Cappé, "Weighted linear bandits for non-stationary
//! environments" (NeurIPS 2019), algorithm 1; the width here is that of A alone, which is never below theirs.

use std::collections::VecDeque;
use std::sync::Arc;

use nalgebra::{Cholesky, DMatrix, DVector, Dyn};
use rand::Rng;

use super::FEATURES;
use crate::domain::{Event, EventKind, ShownFeatures};

/// Directions of a video's vector that the model knows.
pub const DIRECTIONS: usize = 16;

/// Values of [`ShownFeatures`]: the score, the directions, and last the features, so that new ones come at the end.
pub const SHOWN_VALUES: usize = 1 + DIRECTIONS + FEATURES;

/// With the constant.
const ORDER: usize = 1 + SHOWN_VALUES;

/// Showings that wait for what becomes of them: a screen or two.
const SHOWN: usize = 64;

/// λ: as many examples in each direction the start is worth.
const RIDGE: f64 = 10.0;

/// What a deviation of the list's score adds to the chance of a choice, before anything is learned.
const SLOPE: f64 = 0.05;

/// γ: what an example counts after one more. Half after some 350, which are 35 lists of ten.
const DISCOUNT: f64 = 0.998;

/// α, and v of the draws: the deviation of what becomes of a showing, √(p·(1 − p)) for a chance of one in ten.
const WIDTH: f64 = 0.3;

/// What a matrix and a vector take, and the showings that wait, about.
const BYTES: usize = (ORDER * (ORDER + 1) / 2 + ORDER) * size_of::<f64>() + SHOWN * (SHOWN_VALUES + 80);

/// See the module. Nothing is learned before the first showing with features; twelve kilobytes at most.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Bandit {
    /// A − λ·I, its lower triangle row by row; empty before the first example.
    precision: Vec<f64>,
    /// b − λ·θ₀.
    response: Vec<f64>,
    /// Oldest first.
    shown: VecDeque<(Arc<str>, ShownFeatures)>,
}

impl Bandit {
    /// Memory in bytes, at most.
    pub const BYTES: usize = size_of::<Bandit>() + BYTES;

    /// Whether an event says anything to it; `shown` is what was noted of a showing.
    pub fn asks(event: &Event, shown: Option<&ShownFeatures>) -> bool {
        shown.is_some() || is_choice(event.kind)
    }

    /// Folds an event in. A choice ends the wait of all that was shown: the chosen video was taken, and the others passed
    /// over. So does, for the oldest, one showing too many.
    pub fn observe(&mut self, event: &Event, shown: Option<&ShownFeatures>) {
        match shown {
            Some(features) => self.show(&event.video_id, features),
            None if is_choice(event.kind) => self.choose(&event.video_id),
            None => {}
        }
    }

    fn show(&mut self, id: &str, features: &ShownFeatures) {
        let earlier = self.shown.iter().position(|(shown, _)| shown.as_ref() == id);
        let passed_over = match earlier {
            Some(place) => self.shown.remove(place),
            None if self.shown.len() == SHOWN => self.shown.pop_front(),
            None => None,
        };
        if let Some((_, features)) = passed_over {
            self.learn(&features, false);
        }
        self.shown.push_back((Arc::from(id), features.clone()));
    }

    fn choose(&mut self, id: &str) {
        if !self.shown.iter().any(|(shown, _)| shown.as_ref() == id) {
            return;
        }
        for (shown, features) in std::mem::take(&mut self.shown) {
            self.learn(&features, shown.as_ref() == id);
        }
    }

    fn learn(&mut self, features: &ShownFeatures, is_chosen: bool) {
        let example = example(features);
        self.precision.resize(ORDER * (ORDER + 1) / 2, 0.0);
        self.response.resize(ORDER, 0.0);
        let mut cells = self.precision.iter_mut();
        for (row, of_row) in example.iter().enumerate() {
            // The cells come second: the shorter side ends a zip without a cell being lost.
            for (of_column, cell) in example[..=row].iter().zip(cells.by_ref()) {
                *cell = DISCOUNT * *cell + of_row * of_column;
            }
        }
        let reward = f64::from(u8::from(is_chosen));
        for (sum, value) in self.response.iter_mut().zip(&example) {
            *sum = DISCOUNT * *sum + reward * value;
        }
    }

    /// What it believes by now.
    pub fn belief(&self) -> Belief {
        let mut start = [0.0; ORDER];
        start[1] = SLOPE;
        let mut precision = DMatrix::from_diagonal_element(ORDER, ORDER, RIDGE);
        let mut cells = self.precision.iter();
        for row in 0..ORDER {
            cells.by_ref().take(row + 1).enumerate().for_each(|(column, cell)| precision[(row, column)] += cell);
        }
        let response =
            DVector::from_fn(ORDER, |at, _| RIDGE * start[at] + self.response.get(at).copied().unwrap_or(0.0));
        // Sums of squares and λ on the diagonal: positive definite but for overflow, which bounded values rule out.
        let factor = Cholesky::new(precision);
        let mean = factor.as_ref().map_or_else(|| DVector::from_column_slice(&start), |factor| factor.solve(&response));
        Belief { mean, factor }
    }
}

fn is_choice(kind: EventKind) -> bool {
    kind == EventKind::Select || kind.is_playback()
}

/// The constant and the values; those that an older version did not know are 0.
fn example(features: &ShownFeatures) -> [f64; ORDER] {
    let mut example = [0.0; ORDER];
    example[0] = 1.0;
    example[1..].iter_mut().zip(features.values()).for_each(|(place, value)| *place = value);
    example
}

/// What is believed of θ: its mean, and its uncertainty as the Cholesky factor of A.
pub struct Belief {
    mean: DVector<f64>,
    factor: Option<Cholesky<f64, Dyn>>,
}

/// One θ, from which the value of a showing follows.
pub struct Draw(DVector<f64>);

impl Draw {
    /// The chance of a choice, as far as a line tells one.
    pub fn value(&self, features: &ShownFeatures) -> f64 {
        self.0.iter().zip(example(features)).map(|(weight, value)| weight * value).sum()
    }
}

impl Belief {
    /// The upper end of what a showing may be worth: θ·x + α·√(xᵀA⁻¹x).
    pub fn upper_end(&self, features: &ShownFeatures) -> f64 {
        let mut example = DVector::from_column_slice(&example(features));
        let expected = self.mean.dot(&example);
        let width =
            self.factor.as_ref().is_some_and(|factor| factor.l_dirty().solve_lower_triangular_mut(&mut example));
        if width { expected + WIDTH * example.norm() } else { expected }
    }

    /// A draw from N(θ, v²A⁻¹): with A = LLᵀ, θ + v·L⁻ᵀz for independent normal z.
    pub fn draw(&self, random: &mut impl Rng) -> Draw {
        let mut deviates = DVector::from_fn(ORDER, |_, _| WIDTH * normal(random));
        let solved =
            self.factor.as_ref().is_some_and(|factor| factor.l_dirty().tr_solve_lower_triangular_mut(&mut deviates));
        Draw(if solved { &self.mean + deviates } else { self.mean.clone() })
    }
}

/// A standard normal deviate. Source: the polar method of Marsaglia and Bray, "A convenient method for generating normal
/// variables" (SIAM Review 6(3), 1964).
fn normal(random: &mut impl Rng) -> f64 {
    loop {
        let (one, other) = (random.random_range(-1.0..1.0), random.random_range(-1.0_f64..1.0));
        let square: f64 = one * one + other * other;
        if square > 0.0 && square < 1.0 {
            return one * (-2.0 * square.ln() / square).sqrt();
        }
    }
}

/// A video's vector in a few directions, the same for every vector of its length: sums of its elements with signs at
/// random, so that a vector of length 1 has about 1 in each. Inner products of vectors come out of them about right.
///
/// Source: Achlioptas, "Database-friendly random projections" (PODS 2001), theorem 1.1 with signs.
pub fn directions(vector: &[f32]) -> [f32; DIRECTIONS] {
    let mut sums = [0.0; DIRECTIONS];
    for (element, value) in (0_u64..).zip(vector) {
        let signs = mixed(element);
        for (direction, sum) in sums.iter_mut().enumerate() {
            *sum += if signs >> direction & 1 == 0 { *value } else { -value };
        }
    }
    sums
}

/// The finalizer of SplitMix64, Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (OOPSLA 2014).
fn mixed(number: u64) -> u64 {
    let state = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_pcg::Pcg32;

    use super::*;

    fn tell(bandit: &mut Bandit, kind: EventKind, id: &str, shown: Option<&ShownFeatures>) {
        let event = Event {
            profile: "p".to_owned(),
            video_id: id.to_owned(),
            propensity: if shown.is_some() { 1.0 } else { 0.0 },
            ..Event::of(kind)
        };
        bandit.observe(&event, shown);
    }

    fn along(value: usize) -> ShownFeatures {
        let mut values = [0.0; SHOWN_VALUES];
        values[value] = 1.0;
        ShownFeatures::new(values)
    }

    /// Two videos are shown each time and the first is chosen.
    fn after(rounds: usize) -> Bandit {
        let mut bandit = Bandit::default();
        for _ in 0..rounds {
            tell(&mut bandit, EventKind::Impression, "liked", Some(&along(3)));
            tell(&mut bandit, EventKind::Impression, "other", Some(&along(4)));
            tell(&mut bandit, EventKind::Select, "liked", None);
        }
        bandit
    }

    #[test]
    fn it_is_the_ridge_regression_of_all_examples() {
        let bandit = after(1);
        // By hand: A = λI + Σ xxᵀ with x = (1, …) twice, b = λθ₀ + the first x.
        let mut precision = DMatrix::from_diagonal_element(ORDER, ORDER, RIDGE);
        let mut response = DVector::from_element(ORDER, 0.0);
        response[1] = RIDGE * SLOPE;
        for (features, reward, discount) in [(along(3), 1.0, DISCOUNT), (along(4), 0.0, 1.0)] {
            let example = DVector::from_column_slice(&example(&features));
            precision += discount * &example * example.transpose();
            response += discount * reward * example;
        }
        let expected = precision.clone().try_inverse().unwrap() * response;
        let belief = bandit.belief();
        assert!((&belief.mean - expected).norm() < 1e-12);
        let probe = DVector::from_column_slice(&example(&along(5)));
        let width = (probe.transpose() * precision.try_inverse().unwrap() * &probe)[0].sqrt();
        let upper = belief.mean.dot(&probe) + WIDTH * width;
        assert!((belief.upper_end(&along(5)) - upper).abs() < 1e-12);
    }

    #[test]
    fn what_is_chosen_is_worth_more_and_what_is_unknown_is_wide() {
        let belief = after(200).belief();
        let mean = |value| Draw(belief.mean.clone()).value(&along(value));
        let width = |value| belief.upper_end(&along(value)) - mean(value);
        assert!(mean(3) > 0.8 && mean(4) < 0.2, "{} and {}", mean(3), mean(4));
        assert!(width(9) > 2.0 * width(3) && width(9) > 2.0 * width(4), "{} and {}", width(9), width(3));
    }

    #[test]
    fn draws_have_the_mean_and_the_width() {
        let belief = after(50).belief();
        let mut random = Pcg32::seed_from_u64(5);
        let values: Vec<f64> = (0..4_000).map(|_| belief.draw(&mut random).value(&along(7))).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let deviation = (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64).sqrt();
        let expected = Draw(belief.mean.clone()).value(&along(7));
        let width = belief.upper_end(&along(7)) - expected;
        assert!((mean - expected).abs() < 4.0 * width / 60.0 && (deviation / width - 1.0).abs() < 0.06, "{deviation}");
    }

    #[test]
    fn what_nobody_chooses_is_passed_over_in_the_end() {
        let mut bandit = Bandit::default();
        tell(&mut bandit, EventKind::Select, "liked", None);
        assert_eq!(bandit, Bandit::default(), "it was not shown");
        for number in 0..SHOWN {
            tell(&mut bandit, EventKind::Impression, &number.to_string(), Some(&along(3)));
        }
        assert!(bandit.response.is_empty());
        tell(&mut bandit, EventKind::Impression, "0", Some(&along(3)));
        assert_eq!((bandit.shown.len(), bandit.precision[0]), (SHOWN, 1.0), "shown again, so passed over before");
        tell(&mut bandit, EventKind::Impression, "new", Some(&along(3)));
        assert_eq!((bandit.shown.len(), bandit.precision[0]), (SHOWN, 1.0 + DISCOUNT));
        tell(&mut bandit, EventKind::Play, "gone", None);
        assert_eq!(bandit.shown.len(), SHOWN);
        tell(&mut bandit, EventKind::Play, "new", None);
        assert!(bandit.shown.is_empty() && bandit.response[0] == 1.0);
    }

    #[test]
    fn older_taste_fades() {
        let mut bandit = after(200);
        for _ in 0..400 {
            tell(&mut bandit, EventKind::Impression, "liked", Some(&along(3)));
            tell(&mut bandit, EventKind::Impression, "other", Some(&along(4)));
            tell(&mut bandit, EventKind::Select, "other", None);
        }
        let draw = Draw(bandit.belief().mean);
        assert!(draw.value(&along(4)) > draw.value(&along(3)) + 0.5);
    }

    #[test]
    fn directions_keep_inner_products_about() {
        let mut random = Pcg32::seed_from_u64(9);
        let mut error = 0.0;
        for _ in 0..200 {
            let mut vectors = [0, 1].map(|_| DVector::from_fn(64, |_, _| normal(&mut random) as f32).normalize());
            vectors[1] = (&vectors[0] + &vectors[1]).normalize();
            let [one, other] = [0, 1].map(|at: usize| directions(vectors[at].as_slice()));
            let about = one.iter().zip(other).map(|(a, b)| a * b).sum::<f32>() / DIRECTIONS as f32;
            error += (about - vectors[0].dot(&vectors[1])).powi(2) / 200.0;
        }
        assert!(error.sqrt() < 0.4, "{}", error.sqrt());
    }
}
