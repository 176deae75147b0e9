//! Training: what is computed in one go from all profiles' histories, beside the counts that each event
//! brings up to date.

use super::Engine;
use super::snapshot::Snapshot;
use crate::domain::{CallOptions, Result};
use crate::learning::training::{EaseOptions, train_ease};
use crate::learning::{Ease, Profile, Watch};

impl Engine {
    /// Trains on everything recorded so far and uses it from then on. What is recorded meanwhile is learned as usual
    /// and counts in the next training. Nothing is kept on the disk: train again after opening.
    pub fn train(&self, call: &CallOptions) -> Result<()> {
        self.shared.check_writable()?;
        let snapshot = self.shared.snapshot.load_full();
        // Profiles by their numbers, which do not depend on the order of a map.
        let mut profiles: Vec<&Profile> = snapshot.profiles().filter(|profile| profile.number().is_some()).collect();
        profiles.sort_unstable_by_key(|profile| profile.number());
        let histories: Vec<&[Watch]> = profiles.into_iter().map(Profile::history).collect();
        let items = snapshot.knowledge().items().len();
        let weights = train_ease(&histories, items, &EaseOptions::default(), call)?;
        let trained = Ease::new(weights, Ease::DECAY)?;
        self.shared.snapshot.change(
            |next: &mut Snapshot, _| {
                next.set_trained(trained);
                Ok(())
            },
            || (),
        )
    }
}
