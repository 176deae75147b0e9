//! What a vector has to be, wherever a host hands one in.

use super::{Error, Result, limits};

/// Lengths between which inner products neither vanish nor overflow, whatever the other vector.
const SHORTEST: f64 = 1e-18;
const LONGEST: f64 = 1e18;

/// Refuses what has no direction or a wrong length. `dimensions` is the engine's, when it is known.
pub fn check_vector(vector: &[f32], dimensions: Option<usize>) -> Result<()> {
    if vector.len() > limits::DIMENSIONS {
        return Err(Error::limit("the vector's length", vector.len(), limits::DIMENSIONS));
    }
    if vector.is_empty() {
        return Err(Error::invalid("the vector has no elements"));
    }
    if let Some(expected) = dimensions
        && vector.len() != expected
    {
        let message = format!("the vector has {} elements, this engine's vectors have {expected}", vector.len());
        return Err(Error::invalid(message));
    }
    if let Some(position) = vector.iter().position(|value| !value.is_finite()) {
        return Err(Error::invalid(format!("the vector's element {position} is not a finite number")));
    }
    if vector.iter().all(|value| *value == 0.0) {
        return Err(Error::invalid("the vector is zero and has no direction"));
    }
    if vector.iter().all(|value| !value.is_normal()) {
        return Err(Error::invalid("the vector's elements are denormal: too small to have a direction"));
    }
    Ok(())
}

/// Refuses vectors whose inner products floats could not hold.
pub fn check_vector_length(vector: &[f32]) -> Result<()> {
    let length = vector.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>().sqrt();
    if !(SHORTEST..=LONGEST).contains(&length) {
        let message = format!("the vector is {length:e} long; inner products need {SHORTEST:e} to {LONGEST:e}");
        return Err(Error::invalid(message));
    }
    Ok(())
}
