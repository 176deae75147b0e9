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

    /// That of the values of the catalogue's rows, by about `sample` of them at equal steps: with 128 the deviation is
    /// known to within 7 %.
    pub fn sampled(catalogue: &Catalogue, sample: usize, value: impl Fn(usize) -> f32) -> Option<Standard> {
        let step = catalogue.len().div_ceil(sample).max(1);
        let has_vector = |row: &usize| catalogue.live().contains(*row) && !catalogue.without_vector().contains(*row);
        let rows = (0..catalogue.vectors().rows()).step_by(step).filter(has_vector);
        of_values(&rows.map(value).collect::<Vec<f32>>())
    }
}

/// Sums that are kept side by side, so that they need not wait for each other.
const LANES: usize = 8;

/// None where all values are the same. The same on every machine: the order of additions is given.
pub fn of_values(values: &[f32]) -> Option<Standard> {
    // Distances from one of the values are as small as they can be, and all 0 where the values are the same.
    let origin = f64::from(*values.first()?);
    let (mut sums, mut squares) = ([0.0; LANES], [0.0; LANES]);
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for lane in 0..LANES {
            let distance = f64::from(chunk[lane]) - origin;
            sums[lane] += distance;
            squares[lane] += distance * distance;
        }
    }
    for (lane, value) in rest.iter().enumerate() {
        let distance = f64::from(*value) - origin;
        sums[lane] += distance;
        squares[lane] += distance * distance;
    }
    let mean_of = |sums: [f64; LANES]| sums.iter().sum::<f64>() / values.len() as f64;
    let distance = mean_of(sums);
    let deviation = (mean_of(squares) - distance * distance).max(0.0).sqrt();
    let mean = (origin + distance) as f32;
    (deviation > LEAST_DEVIATION).then_some(Standard { mean, deviation: deviation as f32 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_deviations_from_their_mean() {
        let standard = of_values(&[1.0, 3.0, 5.0, 7.0]).unwrap();
        assert_eq!(standard.mean, 4.0);
        assert!((standard.of(7.0) - 3.0 / 5.0_f32.sqrt()).abs() < 1e-6);
        assert_eq!(of_values(&[2.0, 2.0]), None);
        assert_eq!(of_values(&[]), None);
    }
}
