//! Graph walks: where one ends who goes from the watched videos to those who watched them, to what else
//! they watched, and so on, choosing at random among the edges of each node.
//!
//! Sources: three steps with the popular held back, RP3beta, Paudel, Christoffel, Newell and Bernstein, "Updatable,
//! accurate, diverse, and scalable recommendations for interactive applications" (2016), computed exactly rather than
//! by sampled walks; any number of steps with restarts, Haveliwala, "Topic-sensitive PageRank" (2002), with the
//! history as the topic.

use std::sync::Arc;

use super::masses::Masses;
use super::training::{Crew, Histories};
use super::watch_graph::{Side, WatchGraph};
use super::{Contribution, Item, Observation, Recommender, Viewer, Watch};
use crate::domain::{CallOptions, Feature, Result};

/// How many of the last videos a walk starts from.
const RECENT_WATCHES: usize = 200;

/// How many edges of a node are walked, at equal steps where there are more.
const MOST_EDGES: usize = 1_000;

/// How many edges a step walks; the heaviest nodes come first, the others stay out.
const STEP_EDGES: usize = 300_000;

/// Beyond this many steps a restarted walk hardly changes.
const MOST_STEPS: u32 = 10;

/// Which walk.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Walk {
    /// To the viewers of the history and on to what they watched, once: RP3beta.
    ThreeSteps {
        /// The power of a video's number of viewers that its score is divided by, from 0 to 1.
        beta: f32,
    },
    /// There and back `steps` times, at most 10, each time with probability `restart` beginning again, more than 0 and
    /// at most 1: personalised PageRank.
    Restarting { steps: u32, restart: f32 },
}

/// How [`GraphWalk`] scores; what it learns does not depend on it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GraphWalkSettings {
    pub walk: Walk,
    /// How likely a walk starts at a video beside the one watched after it, more than 0 and at most 1.
    pub decay: f32,
}

impl Default for GraphWalkSettings {
    /// Chosen on validation data, see docs/recommenders.md.
    fn default() -> GraphWalkSettings {
        GraphWalkSettings { walk: Walk::ThreeSteps { beta: 0.5 }, decay: 0.8 }
    }
}

/// See the module. Eight bytes a watch; an event takes constant time, a list at most 200,000 edges
/// over the history's viewers and 300,000 over their videos, with restarts twice 300,000 for each time there and back.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GraphWalk {
    settings: GraphWalkSettings,
    graph: WatchGraph,
}

impl GraphWalk {
    pub fn new(settings: GraphWalkSettings) -> GraphWalk {
        GraphWalk { settings, ..GraphWalk::default() }
    }

    /// Where a walk starts, with what probability: at the last videos that the graph knows.
    fn start(&self, history: &[Watch]) -> Masses {
        let weights = std::iter::successors(Some(1.0), |weight| Some(weight * self.settings.decay));
        let last = history.iter().rev().map(|watch| watch.item).take(RECENT_WATCHES).zip(weights);
        let known: Vec<(Item, f32)> = last.filter(|(item, _)| self.graph.degree(Side::Items, *item) > 0).collect();
        let total = known.iter().map(|(_, weight)| weight).sum::<f32>();
        let mut start = Masses::new(self.graph.len(Side::Items));
        known.iter().for_each(|(item, weight)| start.add(*item, weight / total));
        start
    }

    /// How many edges of a node are walked.
    fn edges(&self, side: Side, node: u32) -> usize {
        let degree = self.graph.degree(side, node);
        degree.div_ceil(degree.div_ceil(MOST_EDGES).max(1))
    }

    /// One step: what lies on each node of a side goes to its neighbours in equal parts.
    fn step(&self, side: Side, masses: &Masses) -> Masses {
        let other = if side == Side::Items { Side::Profiles } else { Side::Items };
        let mut next = Masses::new(self.graph.len(other));
        let mut walk = |(node, mass): (u32, f32), edges: usize| {
            let part = mass / edges as f32;
            self.graph.neighbours(side, node, MOST_EDGES).for_each(|neighbour| next.add(neighbour, part));
        };
        if masses.nodes().map(|(node, _)| self.edges(side, node)).sum::<usize>() <= STEP_EDGES {
            masses.nodes().for_each(|node| walk(node, self.edges(side, node.0)));
            return next;
        }
        let mut left = STEP_EDGES;
        for node in masses.heaviest(usize::MAX) {
            let edges = self.edges(side, node.0);
            let Some(rest) = left.checked_sub(edges) else { break };
            left = rest;
            walk(node, edges);
        }
        next
    }

    fn there_and_back(&self, masses: &Masses) -> Masses {
        self.step(Side::Profiles, &self.step(Side::Items, masses))
    }

    /// Power steps of personalised PageRank.
    fn restarting(&self, start: Masses, steps: u32, restart: f32) -> Masses {
        let mut masses = start.clone();
        for _ in 0..steps.min(MOST_STEPS) {
            let walked = self.there_and_back(&masses);
            masses = Masses::new(self.graph.len(Side::Items));
            start.nodes().for_each(|(item, mass)| masses.add(item, restart * mass));
            walked.nodes().for_each(|(item, mass)| masses.add(item, (1.0 - restart) * mass));
        }
        masses
    }

    /// What a score is of the probability to end there.
    fn scale(&self, item: Item) -> f32 {
        match self.settings.walk {
            Walk::ThreeSteps { beta } => (self.graph.degree(Side::Items, item) as f32).powf(-beta),
            Walk::Restarting { .. } => 1.0,
        }
    }

    /// How likely a step from each viewer of a video leads to it.
    fn last_steps(&self, to: Item) -> Masses {
        let mut steps = Masses::new(self.graph.len(Side::Profiles));
        let viewers = self.graph.neighbours(Side::Items, to, MOST_EDGES);
        viewers.for_each(|profile| steps.add(profile, 1.0 / self.edges(Side::Profiles, profile) as f32));
        steps
    }

    /// How likely two steps from a video end where `last_steps` lead.
    fn two_steps(&self, from: Item, last_steps: &Masses) -> f32 {
        let viewers = self.graph.neighbours(Side::Items, from, MOST_EDGES);
        viewers.map(|profile| last_steps.get(profile)).sum::<f32>() / self.edges(Side::Items, from) as f32
    }
}

impl Recommender for GraphWalk {
    fn feature(&self) -> Feature {
        Feature::GraphWalk
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
        let start = self.start(viewer.history);
        let ends = match self.settings.walk {
            Walk::ThreeSteps { .. } => self.there_and_back(&start),
            Walk::Restarting { steps, restart } => self.restarting(start, steps, restart),
        };
        for (item, mass) in ends.nodes() {
            if let Some(score) = scores.get_mut(item as usize) {
                *score += mass * self.scale(item);
            }
        }
    }

    /// By the walks over one profile alone, which are part of the longer ones too.
    fn explain(&self, viewer: &Viewer<'_>, item: Item) -> Option<Contribution> {
        let walked = match self.settings.walk {
            Walk::ThreeSteps { .. } => 1.0,
            Walk::Restarting { steps: 0, .. } => 0.0,
            Walk::Restarting { steps: 1, restart } => 1.0 - restart,
            Walk::Restarting { restart, .. } => restart * (1.0 - restart),
        };
        let scale = walked * self.scale(item);
        let last_steps = self.last_steps(item);
        let of = |(because, mass): (Item, f32)| {
            let score = scale * mass * self.two_steps(because, &last_steps);
            (because != item && score > 0.0).then_some(Contribution { because, score })
        };
        self.start(viewer.history).nodes().filter_map(of).max_by(|a, b| a.score.total_cmp(&b.score))
    }

    fn save(&self) -> Vec<u8> {
        self.graph.save()
    }

    fn load(&mut self, bytes: &[u8]) -> Result<()> {
        self.graph = WatchGraph::load(bytes)?;
        Ok(())
    }
}
