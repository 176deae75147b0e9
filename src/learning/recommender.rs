//! What every recommender is: something that learns from watches one at a time, can take the last one
//! back, and gives each video a score for a viewer.
//!
//! A recommender knows videos by number ([`Item`]) and viewers by what they watched, in order. It keeps counts as
//! whole numbers, so that taking a watch back leaves exactly what was there before, and the same watches in the
//! same order leave the same bytes. Cloning one shares everything: each published snapshot of an engine holds one.

use std::fmt::Debug;
use std::sync::Arc;

use bytes::Bytes;

use super::HomeWeight;
use super::pack::{Base, Packing, Sensitivity};
use super::training::{Crew, Histories};
use crate::domain::{CallOptions, Circumstance, Context, Feature, Result};

/// The number of a video in all that is learned; see [`super::Items`].
pub type Item = u32;

/// One video that a profile engaged with, once for each video: at the event that first spoke for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watch {
    pub item: Item,
    /// Milliseconds since 1970-01-01 UTC.
    pub time_utc_ms: i64,
}

/// A watch at the end of a profile's history.
#[derive(Debug, Clone, Copy)]
pub struct Observation<'a> {
    /// The profile's number, given at its first watch and never again.
    pub profile: u32,
    /// What it watched before, oldest first; without the watch itself.
    pub before: &'a [Watch],
    pub watch: Watch,
    /// The circumstances of the watch.
    pub context: Context,
}

/// Whom a list is for.
#[derive(Debug, Clone, Copy)]
pub struct Viewer<'a> {
    /// None for one who is not known.
    pub profile: Option<u32>,
    /// What they watched, oldest first.
    pub history: &'a [Watch],
    /// The time of the list, milliseconds since 1970-01-01 UTC.
    pub now_utc_ms: i64,
    /// The circumstances of the list.
    pub context: Context,
    /// Bounds of the call that the list is for: scores that take many steps leave off where it ends, and count for
    /// nothing then.
    pub call: &'a CallOptions,
}

impl Viewer<'_> {
    /// Whether the history tells what came after what: not where all watches are of the same moment, as in data
    /// without times.
    pub fn has_order(&self) -> bool {
        match self.history {
            [first, .., last] => first.time_utc_ms != last.time_utc_ms,
            _ => true,
        }
    }
}

/// The part of a score that one watched video brought.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contribution {
    pub because: Item,
    pub score: f32,
}

/// See the module. All times are bounded by the length of a history and of the rows it leads to.
pub trait Recommender: Debug + Send + Sync {
    /// The feature of a list that its scores are.
    fn feature(&self) -> Feature;

    /// Its name in figures and options.
    fn name(&self) -> &'static str {
        self.feature().name()
    }

    /// A clone, which shares what it holds.
    fn boxed(&self) -> Box<dyn Recommender>;

    /// Memory in bytes, about; found without going through all of it.
    fn bytes(&self) -> usize;

    /// Learns a watch.
    fn observe(&mut self, observation: &Observation<'_>);

    /// Learns watches in their order: what [`Recommender::observe`] does with each, in less time where there are many.
    fn observe_all(&mut self, observations: &[Observation<'_>]) {
        observations.iter().for_each(|observation| self.observe(observation));
    }

    /// Learns whole histories, knowing nothing before: what [`Recommender::observe_all`] leaves of
    /// [`Histories::observations`], the same bytes when saved, in less time and on several threads where there is a way.
    /// Fails with the call's bounds alone, and is of no use then. Progress counts items, or profiles.
    fn learn_histories(&mut self, histories: &Arc<Histories>, _crew: &Crew, call: &CallOptions) -> Result<()> {
        for profile in 0..histories.profiles() {
            call.check()?;
            call.report(profile, histories.profiles());
            self.observe_all(&histories.observations_of(profile as u32).collect::<Vec<_>>());
        }
        Ok(())
    }

    /// Takes back a watch that was observed, the last of its profile: afterwards everything is as it was before.
    fn undo(&mut self, observation: &Observation<'_>);

    /// Adds the score of each video to `scores`, which has one place for each item; videos that it knows nothing of
    /// keep theirs. Larger is better; the scale is the recommender's own.
    fn score(&self, viewer: &Viewer<'_>, scores: &mut [f32]);

    /// The watched video that brought most of an item's score; none where no single one did.
    fn explain(&self, viewer: &Viewer<'_>, item: Item) -> Option<Contribution>;

    /// What [`Recommender::explain`] says of each item, in less time where there are many.
    fn explain_all(&self, viewer: &Viewer<'_>, items: &[Item]) -> Vec<Option<Contribution>> {
        items.iter().map(|item| self.explain(viewer, *item)).collect()
    }

    /// Of each item which circumstances of the list raise its score, and by how much each, below 0 where one lowers it;
    /// none where they do not count.
    fn circumstances(&self, _viewer: &Viewer<'_>, items: &[Item]) -> Vec<Vec<(Circumstance, f32)>> {
        items.iter().map(|_| Vec::new()).collect()
    }

    /// Its state without its base, the same bytes for the same state.
    fn save(&self) -> Vec<u8>;

    /// Takes a saved state in place of its own; on an error it stays as it was. The base stays.
    fn load(&mut self, bytes: &[u8]) -> Result<()>;

    /// What one profile can change in what is packed at most, when no more than so many of its watches count; none of
    /// what is not counted.
    fn sensitivity(&self, _most_watches: u32) -> Option<Sensitivity> {
        None
    }

    /// What it would know of everyone in a pack; none where that would hold persons' rows, or there is nothing.
    fn pack(&self, _packing: &Packing<'_>) -> Result<Option<Vec<u8>>> {
        Ok(None)
    }

    /// Takes what was packed for its base, on which what it learns from then on stands: to be called before it learns
    /// anything. What has no part in a pack gets no bytes, but `base`. [`crate::domain::Status::Corrupt`] for bytes that
    /// [`Recommender::pack`] never gives; then it stays as it was. Looks at the bounds of the call every some thousand
    /// rows; where it ends, this is of no use.
    fn unpack(&mut self, _bytes: &Bytes, _base: &Arc<Base>, _call: &CallOptions) -> Result<()> {
        Ok(())
    }

    /// What its own counts count beside those of its base from now on; 1 without a base.
    fn set_home_weight(&mut self, _weight: HomeWeight) {}
}
