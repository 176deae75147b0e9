//! Exploration: places of a list for what is not known to be good yet, and what has to be known of a showing for anything
//! to be learned from it.

use std::sync::Arc;

/// How the places that explore are filled. The numbers are part of the ABI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(i32)]
pub enum ExplorationMethod {
    /// They are not: every place has the best video left.
    #[default]
    None = 0,
    /// By the upper end of what the profile may think of a video.
    LinUcb = 1,
    /// By one draw from what the profile may think of a video.
    Thompson = 2,
}

impl ExplorationMethod {
    pub const ALL: [ExplorationMethod; 3] =
        [ExplorationMethod::None, ExplorationMethod::LinUcb, ExplorationMethod::Thompson];

    /// Its name in options.
    pub fn name(self) -> &'static str {
        match self {
            ExplorationMethod::None => "none",
            ExplorationMethod::LinUcb => "linucb",
            ExplorationMethod::Thompson => "thompson",
        }
    }

    /// The one with this number, if there is one.
    pub fn from_code(code: i32) -> Option<ExplorationMethod> {
        ExplorationMethod::ALL.into_iter().find(|method| *method as i32 == code)
    }
}

/// What was known of a video when it was shown, value by value in steps of a sixteenth, from −8 to just below 8. It is
/// kept with the event, so that what is learned from it follows from the events alone. Cloning shares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownFeatures(Arc<[i8]>);

/// Steps of one.
const STEPS: f32 = 16.0;

impl ShownFeatures {
    /// Values as they are kept; what is no number is 0.
    pub fn new(values: impl IntoIterator<Item = f32>) -> ShownFeatures {
        // A conversion to i8 keeps what is too large at its end, and makes 0 of what is no number.
        ShownFeatures(values.into_iter().map(|value| (value * STEPS).round() as i8).collect())
    }

    /// As [`ShownFeatures::bytes`] gave them.
    pub fn from_bytes(bytes: &[u8]) -> ShownFeatures {
        ShownFeatures(bytes.iter().map(|byte| byte.cast_signed()).collect())
    }

    pub fn bytes(&self) -> Vec<u8> {
        self.0.iter().map(|value| value.cast_unsigned()).collect()
    }

    pub fn values(&self) -> impl Iterator<Item = f64> {
        self.0.iter().map(|value| f64::from(*value) / f64::from(STEPS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_kept_in_sixteenths() {
        let features = ShownFeatures::new([0.0, 1.0, -0.5, 0.03, 100.0, -100.0, f32::NAN]);
        let values: Vec<f64> = features.values().collect();
        assert_eq!(values, [0.0, 1.0, -0.5, 0.0, 127.0 / 16.0, -8.0, 0.0]);
        assert_eq!(ShownFeatures::from_bytes(&features.bytes()), features);
    }

    #[test]
    fn methods_keep_their_numbers() {
        for method in ExplorationMethod::ALL {
            assert_eq!(ExplorationMethod::from_code(method as i32), Some(method));
        }
        assert_eq!(ExplorationMethod::from_code(3), None);
    }
}
