//! Noise on what is counted, so that a pack tells next to nothing of any one profile: (ε, δ)-differential privacy, where
//! two inputs are neighbours that differ in all that one profile ever watched.
//!
//! A profile's part is bounded first: only its latest C watches count. Each table then gets noise in proportion to the
//! most that one profile can change in all its cells together. Cells that are 0 get none, for there are too many of them;
//! so a cell whose noisy count lies below a threshold is left out, and the threshold is so high that a cell that is there
//! by one profile alone stays with probability δ at most. Tables add up: Σ ε and Σ δ are those of the pack. What is
//! computed from noisy cells alone (sums, the largest of a row, codes of 8 bits) costs nothing more.
//!
//! Source: Dwork, McSherry, Nissim and Smith, "Calibrating noise to sensitivity in private data analysis" (TCC 2006),
//! proposition 1, with the whole-number noise of Ghosh, Roughgarden and Sundararajan, "Universally utility-maximizing
//! privacy mechanisms" (SIAM Journal on Computing 41(6), 2012), section 2, which leaves no pattern of rounding behind
//! (Mironov, CCS 2012). Thresholds as in Korolova, Kenthapadi, Mishra and Ntoulas, "Releasing search queries and clicks
//! privately" (WWW 2009), section 4. Adding up: Dwork and Roth, "The algorithmic foundations of differential privacy"
//! (2014), theorem 3.16.

use super::SectionKind;
use crate::domain::{Error, Result, Status};

/// With less, noise would be beyond what whole numbers of 64 bits hold.
const LEAST_EPSILON: f64 = 1e-4;
const MOST_EPSILON: f64 = 100.0;
const MOST_DELTA: f64 = 0.01;
const MOST_WATCHES: u32 = 10_000;

/// See the module: what may be told of one profile at most.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Noise {
    /// ε of all tables together, 0.0001 to 100. The smaller, the more noise.
    pub epsilon: f64,
    /// δ of all tables together, above 0 and at most 0.01: less than one in as many profiles as there are.
    pub delta: f64,
    /// C, 1 to 10,000: how many of a profile's watches count, the latest.
    pub most_watches: u32,
}

/// What one profile can change in a table at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sensitivity {
    /// In all cells together.
    pub total: u64,
    /// In one cell.
    pub largest: u64,
    /// In how many cells.
    pub cells: u64,
}

/// What the noise on one table is and costs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NoisePart {
    pub kind: SectionKind,
    pub sensitivity: Sensitivity,
    pub epsilon: f64,
    pub delta: f64,
    /// b: noise of x has a probability in proportion to e^(−|x| / b).
    pub scale: f64,
    /// Noisy counts below it are left out.
    pub threshold: i64,
}

impl Noise {
    pub(super) fn validate(&self) -> Result<()> {
        let within = |name: &str, value: f64, most: f64| match value > 0.0 && value <= most {
            true => Ok(()),
            false => Err(Error::invalid(format!("{name} is {value}, not above 0 and at most {most}"))),
        };
        if !(LEAST_EPSILON..=MOST_EPSILON).contains(&self.epsilon) {
            let found = self.epsilon;
            return Err(Error::invalid(format!("epsilon is {found}, not within {LEAST_EPSILON} to {MOST_EPSILON}")));
        }
        within("delta", self.delta, MOST_DELTA)?;
        within("most_watches", f64::from(self.most_watches), f64::from(MOST_WATCHES))
    }

    /// What one profile can change in the counts of items, and in how many profiles there are.
    pub fn items_sensitivity(&self) -> (SectionKind, Sensitivity) {
        let watches = u64::from(self.most_watches);
        (SectionKind::Items, Sensitivity { total: watches + 1, largest: 1, cells: watches })
    }

    /// The account: ε and δ in equal parts for the tables.
    pub fn parts(&self, tables: &[(SectionKind, Sensitivity)]) -> Vec<NoisePart> {
        let share = 1.0 / tables.len().max(1) as f64;
        let part = |(kind, sensitivity): &(SectionKind, Sensitivity)| {
            NoisePart::of(*kind, *sensitivity, self.epsilon * share, self.delta * share)
        };
        tables.iter().map(part).collect()
    }
}

impl NoisePart {
    /// P(noise ≥ t) is e^(−t/b) / (1 + e^(−1/b)): the threshold makes it δ / cells above the most that one profile brings.
    fn of(kind: SectionKind, sensitivity: Sensitivity, epsilon: f64, delta: f64) -> NoisePart {
        let scale = sensitivity.total as f64 / epsilon;
        let above = scale * (sensitivity.cells as f64 / (delta * (1.0 + (-1.0 / scale).exp()))).ln();
        let threshold = (sensitivity.largest as f64 + above.max(1.0)).ceil() as i64;
        NoisePart { kind, sensitivity, epsilon, delta, scale, threshold }
    }

    /// A count with noise.
    pub(super) fn noisy(&self, count: u64, random: &mut Random) -> Result<i64> {
        let count = i64::try_from(count).unwrap_or(i64::MAX / 2);
        Ok(count.saturating_add(random.geometric(self.scale)? - random.geometric(self.scale)?))
    }
}

/// Bytes that are asked of the system at a time.
const BLOCK: usize = 4_096;

/// Random numbers that nobody can foretell: the system's. Tests have some that come again.
pub enum Random {
    System {
        block: Box<[u8; BLOCK]>,
        used: usize,
    },
    #[cfg(test)]
    Seeded(rand_pcg::Pcg64),
}

impl Random {
    pub fn of_system() -> Random {
        Random::System { block: Box::new([0; BLOCK]), used: BLOCK }
    }

    #[cfg(test)]
    pub fn seeded(seed: u64) -> Random {
        Random::Seeded(rand::SeedableRng::seed_from_u64(seed))
    }

    fn number(&mut self) -> Result<u64> {
        match self {
            Random::System { block, used } => {
                if *used == BLOCK {
                    getrandom::fill(&mut block[..]).map_err(|error| no_random(&error))?;
                    *used = 0;
                }
                let mut number = [0; 8];
                number.copy_from_slice(&block[*used..*used + 8]);
                *used += 8;
                Ok(u64::from_le_bytes(number))
            }
            #[cfg(test)]
            Random::Seeded(generator) => Ok(rand::RngCore::next_u64(generator)),
        }
    }

    /// How often something happens before it first does not: each time with probability e^(−1/scale). From 53 random
    /// bits, so that what is rarer than 2⁻⁵³ never comes.
    fn geometric(&mut self, scale: f64) -> Result<i64> {
        let uniform = ((self.number()? >> 11) + 1) as f64 / (1_u64 << 53) as f64;
        Ok((-scale * uniform.ln()).floor() as i64)
    }
}

fn no_random(error: &getrandom::Error) -> Error {
    Error::new(Status::Io, format!("the system gives no random numbers: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOISE: Noise = Noise { epsilon: 2.0, delta: 1e-6, most_watches: 10 };

    fn part(total: u64, cells: u64, epsilon: f64) -> NoisePart {
        NoisePart::of(SectionKind::Trend, Sensitivity { total, largest: 1, cells }, epsilon, 1e-6)
    }

    #[test]
    fn parts_add_up_to_what_was_asked_for() {
        let sensitivity = |total| Sensitivity { total, largest: 1, cells: total };
        let tables = [(SectionKind::Items, sensitivity(10)), (SectionKind::Trend, sensitivity(40))];
        let parts = NOISE.parts(&tables);
        let sum = |of: fn(&NoisePart) -> f64| parts.iter().map(of).sum::<f64>();
        assert!((sum(|part| part.epsilon) - 2.0).abs() < 1e-12);
        assert!((sum(|part| part.delta) - 1e-6).abs() < 1e-18);
        assert_eq!([parts[0].scale, parts[1].scale], [10.0, 40.0]);
        // 1 + 10 · ln(10 / (5e-7 · (1 + e^-0.1))) = 1 + 10 · 16.167…
        assert_eq!(parts[0].threshold, 163);
    }

    #[test]
    fn noise_has_its_distribution() {
        let part = part(3, 3, 1.0);
        let mut random = Random::seeded(1);
        let draws = 200_000;
        let mut counts = std::collections::BTreeMap::new();
        for _ in 0..draws {
            *counts.entry(part.noisy(100, &mut random).unwrap() - 100).or_insert(0_u32) += 1;
        }
        let p = (-1.0_f64 / 3.0).exp();
        for x in -12_i64..=12 {
            let expected = (1.0 - p) / (1.0 + p) * p.powi(x.abs() as i32) * f64::from(draws);
            let found = f64::from(counts.get(&x).copied().unwrap_or(0));
            assert!((found - expected).abs() < 5.0 * expected.sqrt(), "{x}: {found} of {expected}");
        }
    }

    #[test]
    fn neighbouring_counts_are_as_likely_up_to_epsilon() {
        // One profile changes the count by all it may: no outcome becomes more than e^ε times as likely.
        let part = part(2, 2, 0.7);
        let draws = 400_000;
        let histogram = |count| {
            let mut random = Random::seeded(count);
            let mut counts = std::collections::BTreeMap::new();
            (0..draws).for_each(|_| *counts.entry(part.noisy(count, &mut random).unwrap()).or_insert(0.0) += 1.0);
            counts
        };
        let (one, other) = (histogram(50), histogram(52));
        for (outcome, count) in one.iter().filter(|(_, count)| **count > 2_000.0) {
            let ratio: f64 = count / other.get(outcome).copied().unwrap_or(1.0);
            assert!(ratio.ln().abs() < 0.7 + 0.15, "{outcome}: {ratio}");
        }
        let most = one.iter().filter(|(outcome, _)| **outcome <= 50).map(|(_, count)| count).sum::<f64>()
            / other.iter().filter(|(outcome, _)| **outcome <= 50).map(|(_, count)| count).sum::<f64>();
        assert!((most.ln() - 0.7).abs() < 0.05, "{most}: the whole of ε is spent");
    }

    #[test]
    fn what_one_profile_alone_brings_seldom_passes_the_threshold() {
        let part = NoisePart::of(SectionKind::Trend, Sensitivity { total: 5, largest: 1, cells: 5 }, 1.0, 0.05);
        let mut random = Random::seeded(3);
        let draws = 200_000;
        let passes = |random: &mut Random| (0..5).any(|_| part.noisy(1, random).unwrap() >= part.threshold);
        let passed = (0..draws).filter(|_| passes(&mut random)).count();
        let share = passed as f64 / f64::from(draws);
        assert!(share <= 0.053 && share > 0.02, "{share}: no more than δ, and no threshold higher than need be");
    }

    /// The least ε shared by as many tables as there are, with the most watches.
    #[test]
    fn the_widest_noise_is_a_number() {
        let watches = u64::from(MOST_WATCHES);
        let sensitivity = Sensitivity { total: 10 * 2_520 * watches, largest: 2_520, cells: 10 * watches };
        let part = NoisePart::of(SectionKind::Transitions, sensitivity, LEAST_EPSILON / 9.0, 1e-12);
        let most = part.scale * (1_u64 << 53) as f64;
        assert!(part.threshold < i64::MAX && part.scale * most.ln() < i64::MAX as f64);
        let mut random = Random::seeded(4);
        assert!((0..1_000).all(|_| part.noisy(60, &mut random).unwrap() != 60));
    }

    #[test]
    fn the_systems_numbers_differ() {
        let mut random = Random::of_system();
        let mut seen: Vec<u64> = (0..2_000).map(|_| random.number().unwrap()).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 2_000);
    }

    #[test]
    fn noise_out_of_range_is_refused() {
        for noise in [
            Noise { epsilon: 0.0, ..NOISE },
            Noise { epsilon: 0.9e-4, ..NOISE },
            Noise { epsilon: 101.0, ..NOISE },
            Noise { epsilon: f64::NAN, ..NOISE },
            Noise { delta: 0.02, ..NOISE },
            Noise { most_watches: 0, ..NOISE },
        ] {
            assert_eq!(noise.validate().unwrap_err().status, Status::InvalidArgument, "{noise:?}");
        }
        assert!(NOISE.validate().is_ok());
    }
}
