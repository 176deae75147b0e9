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
    let largest = vector.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
    let scale = largest / 127.0;
    high.fill(8 | (8 << 4));
    low.fill(0);
    if scale == 0.0 {
        return (0.0, Bounds::default());
    }
    let (mut high_error, mut coarse, mut error, mut length) = (0.0_f64, 0.0_f64, 0.0_f64, 0.0_f64);
    let (first, second) = vector.split_at(stride.min(vector.len()));
    for (half, shift) in [(first, 0), (second, 4)] {
        for ((value, high), low) in half.iter().zip(&mut *high).zip(&mut *low) {
            let steps = f64::from(*value) / f64::from(scale);
            let code = nearest_integer(steps).clamp(-127.0, 127.0);
            let unsigned = (code as i32 + BIAS) as u8;
            put(high, unsigned >> 4, shift);
            put(low, unsigned & 15, shift);
            let middle = f64::from(i32::from(unsigned & 0xF0) - BIAS) + f64::from(HIGH_MIDDLE);
            high_error += (steps - middle).powi(2);
            coarse += (code - middle).powi(2);
            error += (steps - code).powi(2);
            length += steps.powi(2);
        }
    }
    let bounds = Bounds { high_error: up(high_error.max(coarse)), error: up(error), length: up(length) };
    (scale, bounds)
}

/// The integer nearest to a number of at most 2⁵¹, the even one of two. The sum has no room for a fraction; the
/// standard library's functions call one of C for each element.
pub fn nearest_integer(value: f64) -> f64 {
    const NO_FRACTION: f64 = 1.5 * (1_u64 << 52) as f64;
    (value + NO_FRACTION) - NO_FRACTION
}

fn put(byte: &mut u8, half: u8, shift: u8) {
    *byte = (*byte & !(15 << shift)) | (half << shift);
}

/// The root of a sum of squares, rounded up.
fn up(squares: f64) -> f32 {
    (squares.sqrt() * (1.0 + 1e-6)) as f32
}

/// The values of a row's codes.
pub fn decode(high: &[u8], low: &[u8], scale: f32, dimensions: usize) -> Vec<f32> {
    let stride = high.len();
    let value = |index: usize| {
        let shift = 4 * u8::from(index >= stride);
        let half = |plane: &[u8]| i32::from((plane[index % stride] >> shift) & 15);
        (16 * half(high) + half(low) - BIAS) as f32 * scale
    };
    (0..dimensions).map(value).collect()
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
