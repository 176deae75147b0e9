//! A vector in a quarter of its size: 8-bit codes with one scale.

/// A quantised vector. Decoding gives each element within half a step of `scale`.
#[derive(Debug, Clone)]
pub struct Code {
    scale: f32,
    values: Box<[i8]>,
}

impl Code {
    /// Quantises with a step of the largest magnitude / 127 (symmetric, per vector).
    pub fn encode(vector: &[f32]) -> Self {
        let largest = vector.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
        let scale = if largest > 0.0 { largest / 127.0 } else { 1.0 };
        let values = vector.iter().map(|value| (value / scale).round() as i8).collect();
        Code { scale, values }
    }

    pub fn decode(&self) -> Vec<f32> {
        self.values.iter().map(|&value| f32::from(value) * self.scale).collect()
    }

    /// The code with this step and these values.
    pub fn from_parts(scale: f32, values: Box<[i8]>) -> Self {
        Code { scale, values }
    }

    /// The step.
    pub fn scale(&self) -> f32 {
        self.scale
    }

    pub fn values(&self) -> &[i8] {
        &self.values
    }

    pub fn dimensions(&self) -> usize {
        self.values.len()
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        self.values.len()
    }
}

#[cfg(test)]
mod tests {
    use super::Code;

    #[test]
    fn decoding_stays_within_half_a_step() {
        let vector = [0.5, -0.25, 0.0, 0.124, -0.5];
        let code = Code::encode(&vector);
        for (decoded, exact) in code.decode().iter().zip(vector) {
            assert!((decoded - exact).abs() <= 0.5 * 0.5 / 127.0 + 1e-7);
        }
        assert_eq!(Code::encode(&[0.0, 0.0]).decode(), [0.0, 0.0]);
    }
}
