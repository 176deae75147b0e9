//! Several tasks at once: will the viewer choose the video, watch it to the end, like it? Each has a head of its own over
//! the same features ([`super::head`]), since what makes one click is not what makes one stay.
//!
//! They are combined by a weighted geometric mean of their odds,
//!
//! ```text
//! p / (1 − p) = Πₖ (pₖ / (1 − pₖ))^αₖ,   Σ αₖ = 1
//! ```
//!
//! the logarithmic opinion pool of Genest and Zidek, "Combining probability distributions: a critique and an annotated
//! bibliography" (Statistical Science 1(1), 1986), for events that happen or not; Zhao et al., "Recommending what video
//! to watch next: a multitask ranking system" (RecSys 2019), combine their tasks by such a weighted product. In
//! log-odds it is a weighted sum, so the combined head is linear again: each feature has one weight, and wᵢ·aᵢ remains
//! an exact account of its part.

use super::head::sigmoid;
use super::training::{Numbers, damaged, put_whole};
use super::{Engagement, Example, Head, Prior};
use crate::domain::{Error, Result};

/// What a head can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// Is the video chosen from the list: selected, or watched?
    Choose = 0,
    /// Once chosen, is it watched to the end?
    Complete = 1,
    /// If anything is said about it, is it good?
    Like = 2,
}

impl Task {
    pub const ALL: [Task; 3] = [Task::Choose, Task::Complete, Task::Like];
}

/// How much each task counts: α in the module's formula, in the order of [`Task::ALL`], and the importance of its
/// examples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TaskShares {
    /// 0 or more each, not all 0; divided by their sum. A half, 0.3 and 0.2 by default: a judgement, not a measurement,
    /// as public data does not tell what was shown and passed over.
    pub shares: [f32; Task::ALL.len()],
    /// 0 to [`super::head::IMPORTANCE_MAX`] each. 1, 1 and 2 by default: an opinion is rare and meant.
    pub importance: [f32; Task::ALL.len()],
}

impl Default for TaskShares {
    fn default() -> Self {
        TaskShares { shares: [0.5, 0.3, 0.2], importance: [1.0, 1.0, 2.0] }
    }
}

impl TaskShares {
    /// Refuses numbers out of range, and shares that are all 0.
    pub fn validate(&self) -> Result<()> {
        let mut all = self.shares.iter().chain(&self.importance);
        if !all.all(|value| (0.0..=super::head::IMPORTANCE_MAX).contains(value)) {
            return Err(Error::invalid("a task's share or importance does not lie between 0 and 10"));
        }
        if self.shares.iter().sum::<f32>() <= 0.0 {
            return Err(Error::invalid("the shares of the tasks are all 0"));
        }
        Ok(())
    }

    fn normalised(&self) -> [f32; Task::ALL.len()] {
        let sum: f32 = self.shares.iter().sum();
        self.shares.map(|share| share / sum)
    }
}

/// What became of a video that stood in a list, for each task: yes, no, or nothing that the task could learn from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TaskLabels(pub [Option<bool>; Task::ALL.len()]);

impl TaskLabels {
    /// Of a video that was shown, by what the profile has done with it since. [`Task::Complete`] has an answer once it was
    /// chosen; [`Task::Like`] where the profile said anything.
    pub fn of(engagement: &Engagement) -> TaskLabels {
        let chosen = engagement.is_chosen();
        let completed = chosen.then(|| engagement.is_completed());
        TaskLabels([Some(chosen), completed, engagement.is_liked()])
    }
}

/// A head for each task.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct TaskHeads<const FEATURES: usize> {
    heads: [Head<FEATURES>; Task::ALL.len()],
}

/// The heads' priors, in the order of [`Task::ALL`].
pub type TaskPriors<const FEATURES: usize> = [Prior<FEATURES>; Task::ALL.len()];

/// All tasks as one linear head.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CombinedHead<const FEATURES: usize> {
    /// In log-odds for each unit of the feature.
    pub weights: [f32; FEATURES],
    pub bias: f32,
}

impl<const FEATURES: usize> CombinedHead<FEATURES> {
    /// The p of the module's formula.
    pub fn probability(&self, features: &[f32; FEATURES]) -> f32 {
        sigmoid(self.bias + self.weights.iter().zip(features).map(|(weight, feature)| weight * feature).sum::<f32>())
    }
}

impl<const FEATURES: usize> TaskHeads<FEATURES> {
    /// The heads after these examples, in this order; see [`Head::learned`].
    pub fn learned<'a>(
        priors: &TaskPriors<FEATURES>,
        shares: &TaskShares,
        examples: impl IntoIterator<Item = &'a ([f32; FEATURES], TaskLabels)>,
    ) -> TaskHeads<FEATURES> {
        let mut heads = TaskHeads::default();
        examples.into_iter().for_each(|(features, labels)| heads.learn(priors, shares, features, *labels));
        heads
    }

    /// Learns what became of one video, with the features by which it was scored.
    pub fn learn(
        &mut self,
        priors: &TaskPriors<FEATURES>,
        shares: &TaskShares,
        features: &[f32; FEATURES],
        labels: TaskLabels,
    ) {
        for task in Task::ALL {
            let at = task as usize;
            if let Some(engaged) = labels.0[at] {
                let example = Example { features: *features, engaged, importance: shares.importance[at] };
                self.heads[at].learn(&priors[at], &example);
            }
        }
    }

    pub fn of(&self, task: Task) -> &Head<FEATURES> {
        &self.heads[task as usize]
    }

    /// The combined weights: Σₖ αₖ·wₖᵢ for feature i, and likewise the bias.
    pub fn combined(&self, priors: &TaskPriors<FEATURES>, shares: &TaskShares) -> CombinedHead<FEATURES> {
        let mut combined = CombinedHead { weights: [0.0; FEATURES], bias: 0.0 };
        for ((head, prior), share) in self.heads.iter().zip(priors).zip(shares.normalised()) {
            let own = head.weights(prior);
            combined.weights.iter_mut().zip(own).for_each(|(sum, weight)| *sum += share * weight);
            combined.bias += share * head.bias(prior);
        }
        combined
    }

    /// Its state: which heads learned anything, then theirs.
    pub fn save(&self) -> Vec<u8> {
        let learned = |task: &Task| self.of(*task).examples() > 0;
        let mut bytes = Vec::new();
        put_whole(&mut bytes, Task::ALL.iter().filter(|task| learned(task)).map(|task| 1 << *task as u32).sum());
        for task in Task::ALL.iter().filter(|task| learned(task)) {
            bytes.extend(self.of(*task).save());
        }
        bytes
    }

    /// [`crate::domain::Status::Corrupt`] for bytes that [`TaskHeads::save`] never gives.
    pub fn load(bytes: &[u8]) -> Result<TaskHeads<FEATURES>> {
        let (first, mut rest) = bytes.split_at_checked(4).ok_or_else(damaged)?;
        let learned = Numbers::new(first)?.whole()?;
        let mut heads = TaskHeads::default();
        for task in Task::ALL.into_iter().filter(|task| learned & (1 << *task as u32) != 0) {
            let (own, after) = rest.split_at_checked(Head::<FEATURES>::SAVED_BYTES).ok_or_else(damaged)?;
            let head = Head::load(own)?;
            heads.heads[task as usize] = if head.examples() > 0 { head } else { return Err(damaged()) };
            rest = after;
        }
        if rest.is_empty() && learned < 1 << Task::ALL.len() { Ok(heads) } else { Err(damaged()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Event, EventKind};
    use crate::learning::WatchRules;

    fn after(events: &[(EventKind, i64)]) -> TaskLabels {
        let mut engagement = Engagement::default();
        for &(kind, position_ms) in events {
            let duration_ms = if position_ms == 0 { 0 } else { 1_000_000 };
            let rating = if kind == EventKind::Rate { position_ms as f32 } else { 0.0 };
            let (profile, video_id) = ("p".to_owned(), "v".to_owned());
            let event =
                Event { profile, video_id, time_utc_ms: 0, position_ms, duration_ms, rating, ..Event::of(kind) };
            engagement.observe(&event, &WatchRules::default());
        }
        TaskLabels::of(&engagement)
    }

    #[test]
    fn labels_follow_what_was_done() {
        use EventKind::{Complete, Dislike, Favourite, Hide, Impression, Like, Rate, Select, Skip, Stop};
        let (yes, no) = (Some(true), Some(false));
        assert_eq!(after(&[]).0, [no, None, None]);
        assert_eq!(after(&[(Impression, 0), (Skip, 0)]).0, [no, None, None]);
        assert_eq!(after(&[(Select, 0)]).0, [yes, no, None]);
        assert_eq!(after(&[(Stop, 900_000)]).0, [yes, no, None]);
        assert_eq!(after(&[(Stop, 901_000)]).0, [yes, yes, None]);
        assert_eq!(after(&[(Complete, 0), (Like, 0)]).0, [yes, yes, yes]);
        assert_eq!(after(&[(Favourite, 0)]).0, [no, None, yes]);
        assert_eq!(after(&[(Like, 0), (Hide, 0)]).0, [no, None, no]);
        assert_eq!(after(&[(Favourite, 0), (Dislike, 0)]).0, [no, None, no]);
        assert_eq!([2, 3, 4].map(|stars| after(&[(Rate, stars)]).0[2]), [no, None, yes]);
    }

    #[test]
    fn odds_are_multiplied() {
        let priors = [Prior::new([1.0, 0.0], -1.0), Prior::new([0.5, 1.0], 0.0), Prior::new([0.0, -1.0], 1.0)];
        let shares = TaskShares { shares: [2.0, 1.0, 1.0], ..TaskShares::default() };
        let heads = TaskHeads::default();
        let combined = heads.combined(&priors, &shares);
        assert_eq!((combined.weights, combined.bias), ([0.625, 0.0], -0.25));
        let features = [1.5, -0.5];
        let odds = |task: Task| {
            let p = f64::from(heads.of(task).probability(&priors[task as usize], &features));
            p / (1.0 - p)
        };
        let product = odds(Task::Choose).sqrt() * odds(Task::Complete).powf(0.25) * odds(Task::Like).powf(0.25);
        assert!((f64::from(combined.probability(&features)) - product / (1.0 + product)).abs() < 1e-6);
    }

    #[test]
    fn each_task_learns_from_what_it_is_asked() {
        let priors = [Prior::new([1.0], 0.0); 3];
        let shares = TaskShares::default();
        let examples = [([1.0], TaskLabels([Some(true), Some(false), None])), ([1.0], TaskLabels::default())];
        let heads = TaskHeads::learned(&priors, &shares, &examples);
        let weight = |task: Task| heads.of(task).weights(&priors[task as usize])[0];
        assert!(weight(Task::Choose) > 1.0 && weight(Task::Complete) < 1.0);
        assert_eq!((weight(Task::Like), heads.of(Task::Like).examples()), (1.0, 0));
        let saved = heads.save();
        assert_eq!(saved.len(), 4 + 2 * Head::<1>::SAVED_BYTES);
        assert_eq!(TaskHeads::load(&saved).unwrap(), heads);
    }

    #[test]
    fn shares_out_of_range_are_refused() {
        let default = TaskShares::default();
        assert!(default.validate().is_ok());
        for shares in [[0.0; 3], [f32::NAN, 1.0, 1.0], [-1.0, 2.0, 2.0]] {
            assert!(TaskShares { shares, ..default }.validate().is_err());
        }
        assert!(TaskShares { importance: [1.0, 1.0, 11.0], ..default }.validate().is_err());
    }
}
