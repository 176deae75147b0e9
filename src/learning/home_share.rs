//! How much a watch at home counts beside those of a pack's profiles, learned from what the household did: whether its
//! members' watches foretell each other better than the pack does.
//!
//! A watch of an item comes, with a share s of the pack's profiles, at the rate (k·c + w·m) / (C + w·M): c of the
//! pack's C watches are of the item, which its rows make [`LIFT`] k times likelier for who watched what goes with it; m
//! of the M that the other members made before it are, and w = s · profiles is what each of theirs counts. So each
//! share has foretold all watches with some probability, and those that foretold better count more in the mean:
//! Bayesian model averaging (Hoeting, Madigan, Raftery and Volinsky 1999, section 2) over concentrations of a
//! Dirichlet-multinomial (Minka, "Estimating a Dirichlet distribution", 2000, section 3), by predictive probabilities
//! (Dawid, "The prequential approach", 1984). Who lives alone has no others, and the share stays [`HOME_SHARE`].
//!
//! Watches come in no order that all of a household agree on, so the probability is that of the mean order: of the n who
//! watched an item each is the first, the second and so on as often, and M has its mean at each moment of the whole. What
//! that leaves are sums over watches, kept as whole numbers: taking one back leaves exactly what was there before.

use std::sync::Arc;

use super::Item;
use super::pack::Base;
use crate::domain::{Error, Result};

/// A watch at home counts as those of this share of the pack's profiles until the household has shown otherwise. Chosen on
/// validation data, see docs/packed-knowledge.md.
pub const HOME_SHARE: f32 = 0.008;

/// The shares that are weighed against each other, each twice the one before, as powers of two of [`HOME_SHARE`].
const LEAST_POWER: i32 = -4;
const MOST_POWER: i32 = 5;
const SHARES: usize = (MOST_POWER - LEAST_POWER + 1) as usize;

/// The deviation, in powers of two, of what is believed of the share before anything is known.
const PRIOR_DEVIATION: f64 = 2.0;

/// The share moves in so many steps to a power of two: what follows from it need not be renewed at each watch.
const STEPS: f64 = 4.0;

/// How many times likelier than by popularity alone the pack makes what somebody watches, by what else they watched: what
/// members share is no news where the pack would have told each of them. Chosen on validation data.
const LIFT: f64 = 4.0;

/// Profiles that are taken to have watched an item of which the pack tells nothing.
const UNTOLD: f64 = 1.0;

/// Steps of one in sums of logarithms.
const ONE: f64 = (1_u64 << 24) as f64;

/// Where the share comes from.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum HomeShare {
    /// From what the household did, beginning with [`HOME_SHARE`].
    #[default]
    Learned,
    /// 0 to 1, for measurements.
    Fixed(f32),
}

impl HomeShare {
    /// Refuses a share that is not within 0 to 1.
    pub fn validate(self) -> Result<()> {
        match self {
            HomeShare::Fixed(share) if !(0.0..=1.0).contains(&share) => {
                Err(Error::invalid(format!("home_share is {share}, not within 0 to 1")))
            }
            _ => Ok(()),
        }
    }
}

/// What a watch at home counts, where one of the pack's profiles counts 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HomeWeight(pub f32);

impl Default for HomeWeight {
    /// Without a pack.
    fn default() -> HomeWeight {
        HomeWeight(1.0)
    }
}

/// What a household's watches say of the share. Takes two hundred bytes; a watch takes constant time.
#[derive(Debug, Clone)]
pub struct HomeEvidence {
    base: Arc<Base>,
    setting: HomeShare,
    /// What each share would make a watch at home count.
    weights: [f64; SHARES],
    watches: u64,
    /// The sum over profiles of the square of how many watches each has.
    squares: u64,
    /// What the items of the watches add to the logarithm of each share's probability, beside that by the pack alone.
    gains: [i64; SHARES],
}

fn power(place: usize) -> f64 {
    f64::from(LEAST_POWER + place as i32)
}

fn share_of(power: f64) -> f64 {
    f64::from(HOME_SHARE) * power.exp2()
}

/// A watch at home counts as one of the pack's at least.
fn weight_of(share: f64, profiles: u64) -> f64 {
    (share * profiles as f64).max(1.0)
}

/// The mean of ln(1 + x·u) over u from 0 to 1.
fn mean_logarithm(x: f64) -> f64 {
    // Close to 0 the whole is a difference of two numbers that are nearly the same.
    if x < 1e-4 { x / 2.0 - x * x / 6.0 } else { (1.0 + x) * x.ln_1p() / x - 1.0 }
}

impl HomeEvidence {
    /// Of which nothing is known.
    pub fn new(base: Arc<Base>, setting: HomeShare) -> HomeEvidence {
        let weights = std::array::from_fn(|place| weight_of(share_of(power(place)), base.profiles));
        HomeEvidence { base, setting, weights, watches: 0, squares: 0, gains: [0; SHARES] }
    }

    /// A profile with `before` watches makes another, of an item that `others` here watched.
    pub fn add(&mut self, item: Item, others: u64, before: usize) {
        self.watches += 1;
        self.squares += 2 * before as u64 + 1;
        let gains = self.gains_of(item, others);
        self.gains.iter_mut().zip(gains).for_each(|(sum, gain)| *sum += gain);
    }

    /// Takes back what [`HomeEvidence::add`] was told with the same numbers.
    pub fn remove(&mut self, item: Item, others: u64, before: usize) {
        self.watches -= 1;
        self.squares -= 2 * before as u64 + 1;
        let gains = self.gains_of(item, others);
        self.gains.iter_mut().zip(gains).for_each(|(sum, gain)| *sum -= gain);
    }

    /// ln((k·c + w·m) / (k·c)).
    fn gains_of(&self, item: Item, others: u64) -> [i64; SHARES] {
        let told = (LIFT * self.base.watches_of(item) as f64).max(UNTOLD);
        self.weights.map(|weight| ((weight * others as f64 / told).ln_1p() * ONE).round() as i64)
    }

    /// How many watches those of other profiles are to a watch, on average.
    fn others(&self) -> f64 {
        let pairs = u128::from(self.watches) * u128::from(self.watches) - u128::from(self.squares);
        pairs as f64 / self.watches.max(1) as f64
    }

    /// The share that a watch at home counts as now: the mean of what is believed of its logarithm.
    pub fn share(&self) -> f32 {
        if let HomeShare::Fixed(share) = self.setting {
            return share;
        }
        let beside_pack = self.others() / (self.base.total() as f64).max(UNTOLD);
        let believed = |place: usize| {
            let lost = self.watches as f64 * mean_logarithm(self.weights[place] * beside_pack);
            let doubt = (power(place) / PRIOR_DEVIATION).powi(2) / 2.0;
            self.gains[place] as f64 / ONE - lost - doubt
        };
        let logarithms: [f64; SHARES] = std::array::from_fn(believed);
        let largest = logarithms.into_iter().fold(f64::NEG_INFINITY, f64::max);
        let (mut sum, mut powers) = (0.0, 0.0);
        for (place, logarithm) in logarithms.into_iter().enumerate() {
            let probability = (logarithm - largest).exp();
            sum += probability;
            powers += probability * power(place);
        }
        share_of((powers / sum * STEPS).round() / STEPS) as f32
    }

    /// What a watch at home counts now.
    pub fn weight(&self) -> HomeWeight {
        HomeWeight(weight_of(f64::from(self.share()), self.base.profiles) as f32)
    }
}
