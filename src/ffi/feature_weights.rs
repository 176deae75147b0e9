//! What a list counts, as C tells it: features with their weights, checked one by one, and the share of a list that
//! is kept for new videos.

use super::types::vrec_feature_weight;
use crate::domain::{Error, Feature, FeatureWeights, Query, Result};

/// The weights of a list of features, those not named being 0; none for an empty list.
///
/// # Safety
/// `weights` is null or points to `count` readable structs.
pub unsafe fn read_feature_weights(
    weights: *const vrec_feature_weight,
    count: usize,
) -> Result<Option<FeatureWeights>> {
    if count == 0 {
        return Ok(None);
    }
    if count > Feature::ALL.len() {
        return Err(Error::limit("feature_weight_count", count, Feature::ALL.len()));
    }
    if weights.is_null() {
        return Err(Error::invalid(format!("feature_weights is NULL with a count of {count}")));
    }
    let mut named = Vec::with_capacity(count);
    let mut all = FeatureWeights::NONE;
    for index in 0..count {
        // SAFETY: not null, and `count` structs are readable by contract; alignment is not assumed.
        let given = unsafe { weights.add(index).read_unaligned() };
        let feature = checked(&given, &named).map_err(|error| error.within(&format!("feature_weights[{index}]")))?;
        named.push(feature);
        all = all.with(feature, given.weight);
    }
    Ok(Some(all))
}

fn checked(given: &vrec_feature_weight, named: &[Feature]) -> Result<Feature> {
    let feature = Feature::from_code(given.feature)
        .ok_or_else(|| Error::invalid(format!("feature {} is no VREC_FEATURE_ value", given.feature)))?;
    if named.contains(&feature) {
        return Err(Error::invalid(format!("feature {} stands there twice", given.feature)));
    }
    FeatureWeights::NONE.with(feature, given.weight).validate()?;
    Ok(feature)
}

/// The ABI's 0 is the default, and what is below it is the domain's 0.
pub fn read_new_video_share(given: f32) -> Result<f32> {
    if !(-1.0..=1.0).contains(&given) {
        return Err(Error::invalid(format!("new_video_share is {given}; it lies between -1 and 1")));
    }
    Ok(if given == 0.0 { Query::NEW_VIDEO_SHARE } else { given.max(0.0) })
}
