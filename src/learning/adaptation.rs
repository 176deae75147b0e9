//! What a profile's own choices teach about how much each feature counts for it. A host tells what it showed
//! (impressions); when the viewer then chooses one of these videos, the others were passed over. Each is an example
//! for the profile's heads ([`super::TaskHeads`]): the features by which it was scored then, and what became of it.
//!
//! What becomes of a choice is known later: whether it was watched to the end, and liked, is learned when the next one
//! is made.

use std::sync::Arc;

use super::{Engagement, TaskHeads, TaskLabels, TaskPriors, TaskShares};
use crate::domain::{Feature, FeatureWeights};

/// How many features there are.
pub const FEATURES: usize = Feature::ALL.len();

/// Impressions that a choice is compared with: the latest ones, a screen or two.
const SHOWN: usize = 40;

/// The log-odds that a video is chosen whose features are all at their mean.
const BIAS: f32 = -2.0;

/// What one video of a list was scored by.
pub type FeatureValues = [f32; FEATURES];

/// See the module. Empty until an impression is followed by a choice; a kilobyte at most, and 40 ids.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Adaptation {
    heads: TaskHeads<FEATURES>,
    /// Shown and not chosen so far, oldest first.
    shown: Vec<Arc<str>>,
    /// The last choice, until it is known what became of it.
    chosen: Option<(Arc<str>, FeatureValues)>,
}

/// Where every profile's heads start: the shipped weights, taken as log-odds.
fn priors(weights: &FeatureWeights) -> TaskPriors<FEATURES> {
    let values = Feature::ALL.map(|feature| weights.of(feature));
    [super::Prior::new(values, BIAS), super::Prior::new(values, 0.0), super::Prior::new(values, 0.0)]
}

impl Adaptation {
    /// A video was shown.
    pub fn show(&mut self, video_id: &str) {
        if self.shown.iter().any(|shown| shown.as_ref() == video_id) {
            return;
        }
        if self.shown.len() == SHOWN {
            self.shown.remove(0);
        }
        self.shown.push(Arc::from(video_id));
    }

    /// The videos that a choice is compared with, the chosen one among them; none where it was not shown.
    pub fn compared(&self, chosen_id: &str) -> &[Arc<str>] {
        if self.shown.iter().any(|shown| shown.as_ref() == chosen_id) { &self.shown } else { &[] }
    }

    /// A video was chosen and the others of [`Adaptation::compared`] were passed over; `values` has the features of each
    /// of them that was scored. `engagement` tells what became of an earlier choice.
    pub fn choose<'e>(
        &mut self,
        weights: &FeatureWeights,
        chosen_id: &str,
        values: &[(Arc<str>, FeatureValues)],
        engagement: impl Fn(&str) -> Option<&'e Engagement>,
    ) {
        let (priors, shares) = (priors(weights), TaskShares::default());
        if let Some((earlier, features)) = self.chosen.take()
            && let Some(engagement) = engagement(&earlier)
        {
            let TaskLabels([_, complete, like]) = TaskLabels::of(engagement);
            self.heads.learn(&priors, &shares, &features, TaskLabels([None, complete, like]));
        }
        for (id, features) in values {
            let is_chosen = id.as_ref() == chosen_id;
            self.heads.learn(&priors, &shares, features, TaskLabels([Some(is_chosen), None, None]));
            if is_chosen {
                self.chosen = Some((Arc::clone(id), *features));
            }
        }
        self.shown.clear();
    }

    /// The weights for this profile, of all tasks together: those given where nothing was learned. What was learned from
    /// other weights counts as what it changed in them.
    pub fn weights(&self, given: &FeatureWeights) -> FeatureWeights {
        if self.heads == TaskHeads::default() {
            return *given;
        }
        let combined = self.heads.combined(&priors(given), &TaskShares::default());
        let with =
            |weights: FeatureWeights, feature: Feature| weights.with(feature, combined.weights[feature as usize]);
        Feature::ALL.into_iter().fold(FeatureWeights::NONE, with)
    }

    /// Memory in bytes, about.
    pub fn bytes(&self) -> usize {
        size_of::<Adaptation>() + self.shown.iter().map(|id| 32 + id.len()).sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(id: &str, feature: Feature, value: f32) -> (Arc<str>, FeatureValues) {
        let mut features = [0.0; FEATURES];
        features[feature as usize] = value;
        (Arc::from(id), features)
    }

    #[test]
    fn a_viewer_who_chooses_by_one_feature_gets_more_of_it() {
        let given = FeatureWeights::NONE.with(Feature::Taste, 0.4).with(Feature::Popularity, 0.4);
        let mut adaptation = Adaptation::default();
        assert_eq!(adaptation.weights(&given), given);
        for _ in 0..30 {
            adaptation.show("near");
            adaptation.show("popular");
            assert_eq!(adaptation.compared("near").len(), 2);
            let shown = [values("near", Feature::Taste, 2.0), values("popular", Feature::Popularity, 2.0)];
            adaptation.choose(&given, "near", &shown, |_| None);
            assert!(adaptation.compared("near").is_empty(), "what was shown has been used");
        }
        let learned = adaptation.weights(&given);
        assert!(learned.of(Feature::Taste) > 0.4 && learned.of(Feature::Popularity) < 0.4, "{learned:?}");
        assert_eq!(learned.of(Feature::Ease), 0.0, "what does not count at first never does");
    }

    #[test]
    fn the_latest_impressions_are_compared() {
        let mut adaptation = Adaptation::default();
        (0..50).for_each(|number| adaptation.show(&format!("v{number}")));
        adaptation.show("v49");
        assert_eq!(adaptation.compared("v49").len(), SHOWN);
        assert!(adaptation.compared("v9").is_empty() && !adaptation.compared("v10").is_empty());
    }
}
