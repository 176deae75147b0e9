//! From token vectors to one vector: mean or first-token pooling (Reimers and Gurevych 2019,
//! "Sentence-BERT", section 3), and unit length.

use ndarray::{Array2, ArrayView2, ArrayView3, ArrayViewMut1, s};

use super::manifest::Pooling;
use crate::domain::{Error, Result, Status};

/// Pools `hidden` [batch, tokens, dimensions] to [batch, dimensions]; `mask` [batch, tokens] is 1
/// for a token and 0 for padding.
pub fn pool(hidden: ArrayView3<'_, f32>, mask: ArrayView2<'_, i64>, pooling: Pooling) -> Array2<f32> {
    match pooling {
        Pooling::Cls => hidden.slice(s![.., 0, ..]).to_owned(),
        Pooling::Mean | Pooling::None => masked_mean(hidden, mask),
    }
}

fn masked_mean(hidden: ArrayView3<'_, f32>, mask: ArrayView2<'_, i64>) -> Array2<f32> {
    let (batch, _, dimensions) = hidden.dim();
    let mut pooled = Array2::zeros((batch, dimensions));
    for ((tokens, mask), mut row) in hidden.outer_iter().zip(mask.outer_iter()).zip(pooled.outer_iter_mut()) {
        let mut count = 0.0_f32;
        for (token, _) in tokens.outer_iter().zip(&mask).filter(|(_, kept)| **kept != 0) {
            row += &token;
            count += 1.0;
        }
        row /= count.max(1.0);
    }
    pooled
}

/// Scales a vector to unit length. Fails on a zero vector or one with a value that is not finite,
/// which only a broken model gives.
pub fn normalise(vector: &mut ArrayViewMut1<'_, f32>) -> Result<()> {
    let length = vector.fold(0.0_f64, |sum, &value| sum + f64::from(value).powi(2)).sqrt();
    if !length.is_finite() || length <= f64::from(f32::MIN_POSITIVE) {
        return Err(Error::new(
            Status::Runtime,
            format!("the model gave a vector of length {length}, which has no direction"),
        ));
    }
    vector.mapv_inplace(|value| (f64::from(value) / length) as f32);
    Ok(())
}

#[cfg(test)]
mod tests {
    use ndarray::{arr2, arr3, array};

    use super::*;

    #[test]
    fn padding_does_not_count() {
        let hidden = arr3(&[[[1.0, 3.0], [3.0, 5.0], [100.0, 100.0]]]);
        let mask = arr2(&[[1, 1, 0]]);
        assert_eq!(pool(hidden.view(), mask.view(), Pooling::Mean), arr2(&[[2.0, 4.0]]));
        assert_eq!(pool(hidden.view(), mask.view(), Pooling::Cls), arr2(&[[1.0, 3.0]]));
    }

    #[test]
    fn directionless_vectors_are_errors() {
        let mut unit = array![3.0_f32, 4.0];
        normalise(&mut unit.view_mut()).unwrap();
        assert_eq!(unit, array![0.6, 0.8]);
        assert!(normalise(&mut array![0.0_f32, 0.0].view_mut()).is_err());
        assert!(normalise(&mut array![f32::NAN, 0.0].view_mut()).is_err());
    }
}
