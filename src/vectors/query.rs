//! A query vector made ready for the kernels, with what it takes to bound every score.
//!
//! Let x be a row and p the query. x = s·c + s·e, where s is the row's step, c its code and e what the
//! code leaves out; p = t·b + r likewise, b being 8-bit codes. Then
//! p·x = s·t·(b·c) + s·t·(b·e) + r·x, and by Cauchy and Schwarz the last two terms are at most
//! s·(t·|b|·|e| + |r|·|x|/s). Kernels compute b·c exactly, in integers; |e| and |x|/s are bounded for
//! each chunk of rows ([`Bounds`]). With the high plane alone c is the middle of 16 codes and |e| some
//! 90 steps at 384 elements, with both planes some 6.

use super::planes::{BIAS, Bounds, HIGH_MIDDLE, nearest_integer};

/// See the module.
#[derive(Debug, Clone)]
pub struct PreparedQuery {
    pub values: Vec<f32>,
    /// The codes b in the order of the planes: `2 * stride`, zeros past the last element.
    pub codes: Vec<i8>,
    step: f32,
    sum: i32,
    /// t·|b|, rounded up.
    length: f32,
    /// |r|, rounded up, and what adding floats may lose of the score of a row of length 1.
    error: f32,
    /// What computing a bound in floats may lose, in steps of the row.
    rounding: f32,
}

/// A line that turns a kernel's integer into a bound of the score in steps of the row:
/// `slope * integer + offset`.
#[derive(Debug, Clone, Copy)]
pub struct ScoreLine {
    pub slope: f32,
    pub offset: f32,
}

impl PreparedQuery {
    /// Makes a finite vector ready for rows of `stride` bytes a plane.
    pub fn new(values: Vec<f32>, stride: usize) -> Self {
        let largest = values.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
        let step = if largest / 127.0 > 0.0 { largest / 127.0 } else { 1.0 };
        let mut codes = vec![0_i8; 2 * stride];
        let (mut coded, mut left_out, mut whole) = (0.0_f64, 0.0_f64, 0.0_f64);
        for (code, value) in codes.iter_mut().zip(&values) {
            let steps = f64::from(*value) / f64::from(step);
            let rounded = nearest_integer(steps).clamp(-127.0, 127.0);
            *code = rounded as i8;
            coded += rounded.powi(2);
            left_out += (steps - rounded).powi(2);
            whole += steps.powi(2);
        }
        let magnitudes: i32 = codes.iter().map(|code| i32::from(code.unsigned_abs())).sum();
        let up = |squares: f64| (squares.sqrt() * f64::from(step) * (1.0 + 1e-6)) as f32;
        // The exact score adds up `values.len() / 16` products in each of 16 lanes, and then the lanes.
        let additions = (values.len() / 16 + 16) as f32;
        PreparedQuery {
            step,
            sum: codes.iter().map(|code| i32::from(*code)).sum(),
            length: up(coded),
            error: up(left_out) + up(whole) * additions * 2.0 * f32::EPSILON,
            rounding: 8.0 * f32::EPSILON * 256.0 * step * magnitudes as f32,
            values,
            codes,
        }
    }

    /// What the high plane says of a score, from a kernel's result on it; the largest it may be lies
    /// `high_margin` above.
    pub fn high_line(&self) -> ScoreLine {
        ScoreLine { slope: 16.0 * self.step, offset: (HIGH_MIDDLE - BIAS as f32) * self.step * self.sum as f32 }
    }

    /// How far a score may lie from what the high plane says, in steps of the row.
    pub fn high_margin(&self, bounds: Bounds) -> f32 {
        self.length * bounds.high_error + self.error * bounds.length + self.rounding
    }

    /// What both planes say of a score, in steps of the row: the same number on every machine.
    pub fn coded_score(&self, high: i32, low: i32) -> f32 {
        (16 * high + low - BIAS * self.sum) as f32 * self.step
    }

    /// How far a score may lie from what both planes say, in steps of the row.
    pub fn margin(&self, bounds: Bounds) -> f32 {
        self.length * bounds.error + self.error * bounds.length + self.rounding
    }
}

#[cfg(test)]
mod tests {
    use super::super::dot;
    use super::super::kernels::Kernel;
    use super::super::planes::{encode, stride_of};
    use super::*;

    #[test]
    fn no_score_lies_outside_its_bounds() {
        let mut state = 7_u64;
        let mut random = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((state >> 40) as f32 / 16_777_216.0 - 0.5) * 2.0
        };
        for round in 0..400 {
            let dimensions = 1 + round % 130;
            let spread = if round % 3 == 0 { 5 } else { 1 };
            let mut vector = || (0..dimensions).map(|_| random().powi(spread)).collect::<Vec<f32>>();
            let (row, query) = (vector(), vector());
            // The hardest case: a row that is its own query, so that errors line up.
            let query = if round % 4 == 0 { row.clone() } else { query };
            let stride = stride_of(dimensions);
            let (mut high, mut low) = (vec![0; stride], vec![0; stride]);
            let (scale, bounds) = encode(&row, &mut high, &mut low);
            let exact = dot(&row, &query);
            let query = PreparedQuery::new(query, stride);
            let (mut of_high, mut of_low) = ([0], [0]);
            Kernel::best().dots(&high, stride, &query.codes, &mut of_high);
            Kernel::best().dots(&low, stride, &query.codes, &mut of_low);
            let line = query.high_line();
            let coarse = scale * (line.slope * of_high[0] as f32 + line.offset);
            assert!((exact - coarse).abs() <= scale * query.high_margin(bounds), "round {round}");
            let coded = scale * query.coded_score(of_high[0], of_low[0]);
            assert!((exact - coded).abs() <= scale * query.margin(bounds), "round {round}");
            assert!((coded - coarse).abs() <= scale * query.high_margin(bounds), "round {round}");
        }
    }
}
