//! Values of any scale as z-scores: their distance from the mean in deviations.

use super::Catalogue;

/// The mean and the deviation, above 0, of some values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standard {
    pub mean: f32,
    pub deviation: f32,
}

/// Below it values are the same but for rounding, and say nothing.
const LEAST_DEVIATION: f64 = 1e-12;

impl Standard {
    /// A value as a z-score.
    pub fn of(&self, value: f32) -> f32 {
        (value - self.mean) / self.deviation
    }

    /// That of the values of the catalogue's rows, by at most `sample` of them, up to [`LARGEST_SAMPLE`]: with 128 the
    /// deviation is known to within 7 %.
    ///
    /// [`LARGEST_SAMPLE`]: super::sample::LARGEST_SAMPLE
    pub fn sampled(catalogue: &Catalogue, sample: usize, value: impl Fn(usize) -> f32) -> Option<Standard> {
        of_values(&catalogue.sample().take(sample).map(value).collect::<Vec<f32>>())
    }
}

/// A z-score with its tails drawn in: 2·(√(1 + z) − 1), and the same below 0; itself near 0, and 2·√z far out. Counts and
/// sums of watches are so unevenly spread that the twenty deviations of one feature would outweigh what all others say;
/// roots leave a say to what several agree on.
///
/// Source: the square root transformation of Bartlett, "The use of transformations" (Biometrics 3, 1947), which evens
/// out the spread of counts.
pub fn drawn_in(z_score: f32) -> f32 {
    (2.0 * (1.0 + z_score.abs()).sqrt() - 2.0).copysign(z_score)
}

/// Sums that are kept side by side, so that they need not wait for each other.
const LANES: usize = 8;

/// Values that are added up in single precision, which loses less than a millionth of so few, before the sums go on in
/// double precision.
const BLOCK: usize = 16 * LANES;

/// None where all values are the same. The same on every machine: the order of additions is given.
pub fn of_values(values: &[f32]) -> Option<Standard> {
    // Distances from one of the values are as small as they can be, and all 0 where the values are the same.
    let origin = *values.first()?;
    let (mut sum, mut squares) = (0.0, 0.0);
    for block in values.chunks(BLOCK) {
        let (of_block, squares_of_block) = sums(block, origin);
        sum += f64::from(of_block);
        squares += f64::from(squares_of_block);
    }
    let count = values.len() as f64;
    let distance = sum / count;
    let deviation = (squares / count - distance * distance).max(0.0).sqrt();
    let mean = (f64::from(origin) + distance) as f32;
    (deviation > LEAST_DEVIATION).then_some(Standard { mean, deviation: deviation as f32 })
}

/// The sum of the distances from the origin, and that of their squares.
fn sums(block: &[f32], origin: f32) -> (f32, f32) {
    let (mut sums, mut squares) = ([0.0; LANES], [0.0; LANES]);
    let (groups, rest) = block.as_chunks::<LANES>();
    for group in groups {
        for lane in 0..LANES {
            let distance = group[lane] - origin;
            sums[lane] += distance;
            squares[lane] += distance * distance;
        }
    }
    for (lane, value) in rest.iter().enumerate() {
        let distance = value - origin;
        sums[lane] += distance;
        squares[lane] += distance * distance;
    }
    (sums.iter().sum(), squares.iter().sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_are_drawn_in_on_both_sides() {
        assert_eq!([-15.0, -3.0, 0.0, 3.0, 15.0].map(drawn_in), [-6.0, -2.0, 0.0, 2.0, 6.0]);
        assert!((drawn_in(0.01) - 0.01).abs() < 1e-4);
    }

    #[test]
    fn values_become_deviations_from_their_mean() {
        let standard = of_values(&[1.0, 3.0, 5.0, 7.0]).unwrap();
        assert_eq!(standard.mean, 4.0);
        assert!((standard.of(7.0) - 3.0 / 5.0_f32.sqrt()).abs() < 1e-6);
        assert_eq!(of_values(&[2.0, 2.0]), None);
        assert_eq!(of_values(&[]), None);
    }
}
