//! What goes into a pack.

use super::Noise;
use crate::domain::{Error, FeatureWeights, Result};

/// The most cells for each item that may be asked for.
const MOST_CELLS: usize = 10_000;

/// See the module.
#[derive(Debug, Clone, PartialEq)]
pub struct PackOptions {
    /// How many cells transitions keep for each item: 1 to 10,000. They are shared out by use, so that the rows of what
    /// many watched have more. 32 by default.
    pub transitions_per_item: usize,
    /// How many pairs of items item neighbours keep for each item, shared out likewise: 1 to 10,000. 100 by default.
    pub pairs_per_item: usize,
    /// How many pairs of items EASE keeps the weights of for each item, the largest of all: 1 to 10,000. 48 by default.
    pub weights_per_item: usize,
    /// How many profiles stand behind each item and each cell at least; 1 tells all. 5 by default. With noise, which has
    /// thresholds of its own, it is asked of items alone, and of their noisy counts.
    pub least_profiles: u32,
    /// Days that are told as one of when an item was watched: 1 to 365. 7 by default.
    pub trend_days: u32,
    /// Noise on all that is counted; what was trained is left out with it. None by default.
    pub noise: Option<Noise>,
    /// What each feature counts where a set says nothing else.
    pub weights: FeatureWeights,
}

impl Default for PackOptions {
    fn default() -> PackOptions {
        PackOptions {
            transitions_per_item: 32,
            pairs_per_item: 100,
            weights_per_item: 48,
            least_profiles: 5,
            trend_days: 7,
            noise: None,
            weights: FeatureWeights::default(),
        }
    }
}

impl PackOptions {
    /// Refuses what is out of its range.
    pub fn validate(&self) -> Result<()> {
        let within = |name: &str, value: usize, most: usize| match (1..=most).contains(&value) {
            true => Ok(()),
            false => Err(Error::invalid(format!("{name} is {value}, not within 1 to {most}"))),
        };
        within("transitions_per_item", self.transitions_per_item, MOST_CELLS)?;
        within("pairs_per_item", self.pairs_per_item, MOST_CELLS)?;
        within("weights_per_item", self.weights_per_item, MOST_CELLS)?;
        within("least_profiles", self.least_profiles as usize, u32::MAX as usize)?;
        within("trend_days", self.trend_days as usize, 365)?;
        self.weights.validate()?;
        self.noise.map_or(Ok(()), |noise| noise.validate())
    }
}
