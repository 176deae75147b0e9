//! User neighbours: profiles that watched what this one watched, and what else they watched.
//!
//! Source: Herlocker, Konstan, Borchers and Riedl, "An algorithmic framework for performing collaborative filtering"
//! (1999), with the cosine over sets of videos as similarity and the sum of similarities as score, for watches
//! without ratings.

use std::sync::Arc;

use super::masses::Masses;
use super::training::{Crew, Histories};
use super::watch_graph::{Side, WatchGraph};
use super::{Contribution, Item, Observation, Recommender, Viewer, Watch};
use crate::domain::{CallOptions, Feature, Result};

/// How many of the last videos similar profiles are sought by.
const RECENT_WATCHES: usize = 200;

/// How many viewers of a video are looked at, and how many videos of a neighbour: at equal steps where there are more.
const MOST_VIEWERS: usize = 1_000;
const MOST_VIDEOS: usize = 2_000;

/// How [`UserNeighbours`] scores; what it learns does not depend on it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UserNeighboursSettings {
    /// How many similar profiles speak, 1 or more.
    pub neighbours: usize,
    /// What a watch counts beside the one after it in finding them, more than 0 and at most 1.
    pub decay: f32,
}

impl Default for UserNeighboursSettings {
    /// Chosen on validation data, see docs/recommenders.md.
    fn default() -> UserNeighboursSettings {
        UserNeighboursSettings { neighbours: 50, decay: 0.8 }
    }
}

/// See the module. Eight bytes a watch; an event takes constant time, a list that of 200 · 1,000 steps and 2,000 for
/// each neighbour at most.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct UserNeighbours {
    settings: UserNeighboursSettings,
    graph: WatchGraph,
}

impl UserNeighbours {
    pub fn new(settings: UserNeighboursSettings) -> UserNeighbours {
        UserNeighbours { settings, ..UserNeighbours::default() }
    }

    /// The last videos with what each counts, so scaled that the squares sum to 1.
    fn unit_history(&self, history: &[Watch]) -> Vec<(Item, f32)> {
        let weights = std::iter::successors(Some(1.0), |weight| Some(weight * self.settings.decay));
        let mut last: Vec<(Item, f32)> =
            history.iter().rev().take(RECENT_WATCHES).map(|watch| watch.item).zip(weights).collect();
        let length = last.iter().map(|(_, weight)| weight * weight).sum::<f32>().sqrt();
        last.iter_mut().for_each(|(_, weight)| *weight /= length);
        last
    }

    /// What one watch in common with a profile is worth.
    fn share(&self, profile: u32, weight: f32) -> f32 {
        weight / (self.graph.degree(Side::Profiles, profile) as f32).sqrt()
    }

    /// The most similar other profiles, with their cosines.
    fn neighbours(&self, viewer: &Viewer<'_>, history: &[(Item, f32)]) -> Vec<(u32, f32)> {
        let mut cosines = Masses::new(self.graph.len(Side::Profiles));
        for (item, weight) in history {
            let viewers = self.graph.neighbours(Side::Items, *item, MOST_VIEWERS);
            let others = viewers.filter(|profile| Some(*profile) != viewer.profile);
            others.for_each(|profile| cosines.add(profile, self.share(profile, *weight)));
        }
        cosines.heaviest(self.settings.neighbours)
    }
}

impl Recommender for UserNeighbours {
    fn feature(&self) -> Feature {
        Feature::UserNeighbours
    }

    fn boxed(&self) -> Box<dyn Recommender> {
        Box::new(self.clone())
    }

    fn bytes(&self) -> usize {
        self.graph.bytes()
    }

    fn observe(&mut self, observation: &Observation<'_>) {
        self.graph.observe(observation);
    }

    fn learn_histories(&mut self, histories: &Arc<Histories>, _: &Crew, _: &CallOptions) -> Result<()> {
        self.graph = WatchGraph::of(histories);
        Ok(())
    }

    fn undo(&mut self, observation: &Observation<'_>) {
        self.graph.undo(observation);
    }

    fn score(&self, viewer: &Viewer<'_>, scores: &mut [f32]) {
        let history = self.unit_history(viewer.history);
        for (profile, cosine) in self.neighbours(viewer, &history) {
            self.graph.neighbours(Side::Profiles, profile, MOST_VIDEOS).for_each(|item| {
                if let Some(score) = scores.get_mut(item as usize) {
                    *score += cosine;
                }
            });
        }
    }

    fn explain(&self, viewer: &Viewer<'_>, item: Item) -> Option<Contribution> {
        let history = self.unit_history(viewer.history);
        let mut neighbours = self.neighbours(viewer, &history);
        neighbours.retain(|(profile, _)| self.graph.watched(*profile, item));
        let of = |(because, weight): &(Item, f32)| {
            let both = neighbours.iter().filter(|(profile, _)| self.graph.watched(*profile, *because));
            let score = both.map(|(profile, _)| self.share(*profile, *weight)).sum::<f32>();
            (score > 0.0).then_some(Contribution { because: *because, score })
        };
        history.iter().filter_map(of).max_by(|a, b| a.score.total_cmp(&b.score))
    }

    fn save(&self) -> Vec<u8> {
        self.graph.save()
    }

    fn load(&mut self, bytes: &[u8]) -> Result<()> {
        self.graph = WatchGraph::load(bytes)?;
        Ok(())
    }
}
