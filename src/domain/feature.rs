//! The features that a list may be ordered by, f(x) = Σ wᵢ·aᵢ(x), and their weights.

use super::{Error, Result};

/// What a video is scored by. The numbers are part of the ABI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(i32)]
pub enum Feature {
    /// Watched soon after what the viewer watched last.
    Transitions = 0,
    /// Watched close to what the viewer watched, in either order.
    ItemNeighbours = 1,
    /// Watched by profiles with a like history.
    UserNeighbours = 2,
    /// EASE: trained weights between videos.
    Ease = 3,
    /// Trained factors, the viewer's found from the history.
    Factors = 4,
    /// A random walk over profiles and videos.
    GraphWalk = 5,
    /// Watched by many.
    Popularity = 6,
    /// Watched by many lately.
    Trend = 7,
    /// Watched at such times, on such devices, in such company.
    Context = 8,
    /// The place that the texts and tags give among what is watched together.
    Content = 9,
    /// The cosine with the mean of what the viewer watched.
    Taste = 10,
    /// Like some of what the viewer watched, which counts the more the more alike it is.
    Attention = 11,
    /// The cosine with the nearest of the viewer's interests.
    Interests = 12,
    /// Added or made available lately.
    Freshness = 13,
    /// A trained network that read the history in order.
    Sequence = 14,
}

impl Feature {
    pub const ALL: [Feature; 15] = [
        Feature::Transitions,
        Feature::ItemNeighbours,
        Feature::UserNeighbours,
        Feature::Ease,
        Feature::Factors,
        Feature::GraphWalk,
        Feature::Popularity,
        Feature::Trend,
        Feature::Context,
        Feature::Content,
        Feature::Taste,
        Feature::Attention,
        Feature::Interests,
        Feature::Freshness,
        Feature::Sequence,
    ];

    /// Its name in options and figures: lower case, words joined by underscores.
    pub fn name(self) -> &'static str {
        match self {
            Feature::Transitions => "transitions",
            Feature::ItemNeighbours => "item_neighbours",
            Feature::UserNeighbours => "user_neighbours",
            Feature::Ease => "ease",
            Feature::Factors => "factors",
            Feature::GraphWalk => "graph_walk",
            Feature::Popularity => "popularity",
            Feature::Trend => "trend",
            Feature::Context => "context",
            Feature::Content => "content",
            Feature::Taste => "taste",
            Feature::Attention => "attention",
            Feature::Interests => "interests",
            Feature::Freshness => "freshness",
            Feature::Sequence => "sequence",
        }
    }

    /// The feature with this name, if there is one.
    pub fn from_name(name: &str) -> Option<Feature> {
        Feature::ALL.into_iter().find(|feature| feature.name() == name)
    }

    /// The feature with this number, if there is one.
    pub fn from_code(code: i32) -> Option<Feature> {
        Feature::ALL.into_iter().find(|feature| *feature as i32 == code)
    }
}

/// A weight for each feature; 0: it does not count.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FeatureWeights([f32; Feature::ALL.len()]);

/// The largest weight, either way.
const LARGEST: f32 = 1_000.0;

impl FeatureWeights {
    /// No feature counts.
    pub const NONE: FeatureWeights = FeatureWeights([0.0; Feature::ALL.len()]);

    /// One feature alone, with weight 1.
    pub fn only(feature: Feature) -> FeatureWeights {
        FeatureWeights::NONE.with(feature, 1.0)
    }

    #[must_use]
    pub fn with(mut self, feature: Feature, weight: f32) -> FeatureWeights {
        self.0[feature as usize] = weight;
        self
    }

    pub fn of(&self, feature: Feature) -> f32 {
        self.0[feature as usize]
    }

    /// The features that count, in their order, with their weights.
    pub fn counting(&self) -> impl Iterator<Item = (Feature, f32)> + '_ {
        Feature::ALL.into_iter().map(|feature| (feature, self.of(feature))).filter(|(_, weight)| *weight != 0.0)
    }

    /// Refuses weights that are no numbers, or beyond 1,000 either way.
    pub fn validate(&self) -> Result<()> {
        match Feature::ALL.into_iter().find(|feature| !(-LARGEST..=LARGEST).contains(&self.of(*feature))) {
            None => Ok(()),
            Some(feature) => Err(Error::invalid(format!(
                "the weight of {} is {}; it lies between -1000 and 1000",
                feature.name(),
                self.of(feature)
            ))),
        }
    }
}

impl Default for FeatureWeights {
    /// Chosen on validation data, see docs/ranking.md.
    fn default() -> FeatureWeights {
        FeatureWeights::NONE
            .with(Feature::Transitions, 0.2)
            .with(Feature::ItemNeighbours, 0.5)
            .with(Feature::Ease, 0.2)
            .with(Feature::Content, 0.1)
            .with(Feature::Taste, 0.1)
            .with(Feature::Sequence, 1.0)
    }
}
