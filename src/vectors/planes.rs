//! A vector in 8 bits an element, kept as two planes of 4 bits. The scan reads the high plane only,
//! half of the bytes; the low plane makes up the 8 bits for the few rows that may belong to the best.
//! What is left out at each step is bounded, so that no row is ever lost to rounding
//! ([`super::query`] has the inequality).

/// Elements of a row are numbered so that byte j holds element j in its low half and element
/// j + stride in its high half. Rows take whole cache lines.
pub fn stride_of(dimensions: usize) -> usize {
    dimensions.div_ceil(2).next_multiple_of(super::kernels::Line::BYTES)
}

/// What a code of a vector says of it, in steps of `scale`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Bounds {
    /// Length of what the high plane leaves out, of the vector itself or of its 8 bits.
    pub high_error: f32,
    /// Length of what both planes leave out.
    pub error: f32,
    /// The vector's length.
    pub length: f32,
}

impl Bounds {
    /// What holds for both.
    pub fn or(self, other: Bounds) -> Bounds {
        Bounds {
            high_error: self.high_error.max(other.high_error),
            error: self.error.max(other.error),
            length: self.length.max(other.length),
        }
    }
}

/// The number in the middle of a high half's 16 numbers, as a code of -128 to 127 with 128 added.
pub const HIGH_MIDDLE: f32 = 7.5;
/// What is added to a code of -127 to 127 so that it has no sign.
pub const BIAS: i32 = 128;

/// Writes a vector's planes, each `stride_of` bytes, and gives the step and the bounds. The step is
/// the largest magnitude / 127 (symmetric, one a vector); 0 for a vector of zeros.
pub fn encode(vector: &[f32], high: &mut [u8], low: &mut [u8]) -> (f32, Bounds) {
    let stride = high.len();
    let scale = largest_magnitude(vector) / 127.0;
    if scale == 0.0 {
        high.fill(NOTHING >> 4 | NOTHING);
        low.fill(0);
        return (0.0, Bounds::default());
    }
    let mut sums = Sums::default();
    let (first, second) = vector.split_at(stride.min(vector.len()));
    let blocks = high.chunks_exact_mut(BLOCK).zip(low.chunks_exact_mut(BLOCK));
    for (block, (high, low)) in blocks.enumerate() {
        let lower = codes(block_of(first, block), scale, &mut sums);
        let upper = codes(block_of(second, block), scale, &mut sums);
        for index in 0..BLOCK {
            high[index] = lower[index] >> 4 | upper[index] & 0xF0;
            low[index] = lower[index] & 15 | upper[index] << 4;
        }
    }
    (scale, sums.bounds())
}

/// Elements whose codes are made together; every stride is a multiple.
const BLOCK: usize = super::kernels::STRIDE_STEP;
/// Sums that are kept apart, so that the compiler computes them side by side.
const LANES: usize = 4;
/// The code of a zero, and of a place without an element.
const NOTHING: u8 = BIAS as u8;

fn largest_magnitude(vector: &[f32]) -> f32 {
    let (groups, rest) = vector.as_chunks::<LANES>();
    let mut lanes = [0.0_f32; LANES];
    for group in groups {
        for (largest, value) in lanes.iter_mut().zip(group) {
            *largest = largest.max(value.abs());
        }
    }
    lanes.iter().chain(rest).fold(0.0, |largest: f32, value| largest.max(value.abs()))
}

/// The elements of a block of one half; fewer at the end, at last none.
fn block_of(half: &[f32], block: usize) -> &[f32] {
    let start = half.len().min(block * BLOCK);
    &half[start..half.len().min(start + BLOCK)]
}

/// Codes of -127 to 127, with [`BIAS`] added.
fn codes(values: &[f32], scale: f32, sums: &mut Sums) -> [u8; BLOCK] {
    let scale = f64::from(scale);
    let mut codes = [NOTHING; BLOCK];
    let (groups, rest) = values.as_chunks::<LANES>();
    for (codes, values) in codes.chunks_exact_mut(LANES).zip(groups) {
        for lane in 0..LANES {
            codes[lane] = sums.code(f64::from(values[lane]) / scale, lane);
        }
    }
    for (lane, value) in rest.iter().enumerate() {
        codes[values.len() - rest.len() + lane] = sums.code(f64::from(*value) / scale, lane);
    }
    codes
}

/// Sums of squares, in steps.
#[derive(Default)]
struct Sums {
    high_error: [f64; LANES],
    coarse: [f64; LANES],
    error: [f64; LANES],
    length: [f64; LANES],
}

impl Sums {
    /// The code of an element; adds what it leaves out.
    #[inline(always)]
    fn code(&mut self, steps: f64, lane: usize) -> u8 {
        let code = nearest_integer(steps).clamp(-127.0, 127.0);
        // Of the 16 codes with the same high half. An integer less their middle is never half way between two.
        let middle = nearest_integer((code - f64::from(HIGH_MIDDLE)) / 16.0) * 16.0 + f64::from(HIGH_MIDDLE);
        self.high_error[lane] += (steps - middle) * (steps - middle);
        self.coarse[lane] += (code - middle) * (code - middle);
        self.error[lane] += (steps - code) * (steps - code);
        self.length[lane] += steps * steps;
        // The lowest byte of the sum is the integer's, as two's complement.
        (code + NO_FRACTION).to_bits() as u8 ^ NOTHING
    }

    fn bounds(&self) -> Bounds {
        let sum = |lanes: &[f64; LANES]| lanes.iter().sum::<f64>();
        let high_error = sum(&self.high_error).max(sum(&self.coarse));
        Bounds { high_error: up(high_error), error: up(sum(&self.error)), length: up(sum(&self.length)) }
    }
}

/// The integer nearest to a number of at most 2⁵¹, the even one of two. The sum has no room for a fraction; the
/// standard library's functions call one of C for each element.
pub fn nearest_integer(value: f64) -> f64 {
    (value + NO_FRACTION) - NO_FRACTION
}

const NO_FRACTION: f64 = 1.5 * (1_u64 << 52) as f64;

/// The root of a sum of squares, rounded up.
fn up(squares: f64) -> f32 {
    (squares.sqrt() * (1.0 + 1e-6)) as f32
}

/// The values of a row's codes.
pub fn decode(high: &[u8], low: &[u8], scale: f32, dimensions: usize) -> Vec<f32> {
    let value = |high: u8, low: u8| (16 * i32::from(high) + i32::from(low) - BIAS) as f32 * scale;
    let mut values = vec![0.0; 2 * high.len()];
    let (first, second) = values.split_at_mut(high.len());
    for (((first, second), high), low) in first.iter_mut().zip(second).zip(high).zip(low) {
        *first = value(high & 15, low & 15);
        *second = value(high >> 4, low >> 4);
    }
    values.truncate(dimensions);
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoding_stays_within_half_a_step() {
        let vector: Vec<f32> = (0..100).map(|index| ((index * 37 % 101) as f32 - 50.0) / 70.0).collect();
        let stride = stride_of(vector.len());
        assert_eq!(stride, 64);
        let (mut high, mut low) = (vec![0; stride], vec![0; stride]);
        let (scale, bounds) = encode(&vector, &mut high, &mut low);
        let decoded = decode(&high, &low, scale, vector.len());
        let distance = |other: &[f32]| {
            let squares = vector.iter().zip(other).map(|(a, b)| f64::from((a - b) / scale).powi(2));
            squares.sum::<f64>().sqrt() as f32
        };
        for (decoded, exact) in decoded.iter().zip(&vector) {
            assert!((decoded - exact).abs() <= 0.5001 * scale);
        }
        assert!((distance(&decoded) - bounds.error).abs() < 1e-3);
        assert!((distance(&vec![0.0; 100]) - bounds.length).abs() < 1e-3);
        assert!(bounds.high_error > bounds.error && bounds.high_error <= 7.6 * 10.0);
    }

    #[test]
    fn integers_are_nearest() {
        for quarters in -600..=600 {
            let value = f64::from(quarters) / 4.0;
            assert_eq!(nearest_integer(value), value.round_ties_even(), "{value}");
        }
    }

    #[test]
    fn zeros_have_no_scale() {
        let (mut high, mut low) = ([1; 64], [1; 64]);
        assert_eq!(encode(&[0.0; 3], &mut high, &mut low), (0.0, Bounds::default()));
        assert_eq!(decode(&high, &low, 0.0, 3), [0.0; 3]);
    }
}
