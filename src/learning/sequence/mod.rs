//! Scores by a network that reads a history in order: a GRU whose state after the last watch is compared with every
//! video. It was trained elsewhere (`tools/train`) on histories of many, needs none of this engine's profiles in its
//! training, and comes as a model of its own ([`SequenceModel`]).
//!
//! A watch teaches the network nothing, it moves its viewer's state by one step. States are not kept with profiles: they
//! follow from the history, and are made when scores first ask for them ([`States`]): those of a list, and those that are
//! noted of what was shown and chosen, which are found before the writer's lock is taken. So no writer waits for another
//! one's network, and forgetting, hiding or opening a store anew needs no other way.

mod model;
mod states;

use std::fmt;
use std::sync::Arc;

use super::{Contribution, Item, Observation, Recommender, Viewer, Watch};
use crate::domain::{Error, Feature, Result, Status};
use crate::vectors::CodedRows;

pub use model::{SequenceFiles, SequenceModel};

use states::{Known, States, Tail};

/// See the module. Cloning shares.
#[derive(Clone)]
pub struct Sequence {
    model: Arc<SequenceModel>,
    /// The vector of each item that has one.
    rows: CodedRows,
    /// How many have one.
    placed: usize,
    states: Arc<States>,
}

impl fmt::Debug for Sequence {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Sequence({:?}, {} items)", self.model.name, self.placed)
    }
}

impl Sequence {
    /// Knows no item yet; see [`Sequence::place`].
    pub fn new(model: Arc<SequenceModel>) -> Sequence {
        let rows = CodedRows::new(model.width);
        Sequence { model, rows, placed: 0, states: Arc::default() }
    }

    pub fn model(&self) -> &SequenceModel {
        &self.model
    }

    /// Gives an item the vector of its video, see [`SequenceModel::vector`]. `is_new` says that no history can hold the
    /// item yet.
    pub fn place(&mut self, item: Item, vector: &[f32], is_new: bool) {
        if !is_new {
            // Histories with this video lead to other states now.
            self.states = Arc::default();
        }
        self.placed += usize::from(!self.has_place(item));
        self.rows.set(item as usize, vector);
    }

    pub fn has_place(&self, item: Item) -> bool {
        self.rows.is_set(item as usize)
    }

    /// Whether it has the place that it always had: its video was trained with, whatever its texts become.
    pub fn keeps_place(&self, item: Item, id: &str) -> bool {
        self.has_place(item) && self.model.knows(id)
    }

    /// Its video leaves the catalogue.
    pub fn take_back_place(&mut self, item: Item) {
        if self.has_place(item) {
            self.states = Arc::default();
            self.placed -= 1;
            self.rows.set(item as usize, &vec![0.0; self.model.width]);
        }
    }

    /// Drops the states of a profile by its number; none: of those that have none.
    pub fn forget(&self, profile: Option<u32>) {
        self.states.forget(profile);
    }

    /// Drops all states.
    pub fn forget_all(&self) {
        self.states.forget_all();
    }

    /// The same knowing nobody's state.
    #[must_use]
    pub fn without_states(self) -> Sequence {
        Sequence { states: Arc::default(), ..self }
    }

    /// Why a step failed, the first time that one did; told once.
    pub fn take_failure(&self) -> Option<&Error> {
        self.model.take_failure()
    }

    /// Reads what of the viewer's history was not read yet, watch by watch within the bounds of the viewer's call, so that
    /// scores and explanations find it read. Where the call ends the next one goes on, however little time either has.
    pub fn read(&self, viewer: &Viewer<'_>) -> Result<()> {
        self.tail(viewer).map(drop)
    }

    /// Whether the network can say anything after the viewer's history.
    pub fn reads(&self, viewer: &Viewer<'_>) -> bool {
        self.whole_tail(viewer).is_some()
    }

    /// The states after the last watches of a history; none where it is empty, the network fails or the call ends.
    fn whole_tail(&self, viewer: &Viewer<'_>) -> Option<Arc<Tail>> {
        self.tail(viewer).ok().flatten().filter(|tail| tail.is_whole())
    }

    /// The same as far as the network came; fails with the bounds of the call alone.
    fn tail(&self, viewer: &Viewer<'_>) -> Result<Option<Arc<Tail>>> {
        let known = self.states.find(viewer.history);
        match &known.tail {
            Some(tail) if known.watches == viewer.history.len() || tail.is_broken() => Ok(Some(Arc::clone(tail))),
            _ if viewer.history.is_empty() => Ok(None),
            _ => self.advanced(&known, viewer).map(Some),
        }
    }

    /// A step that fails ends the way, and lists of this history do not try it again. Nor do those of longer ones where
    /// the step gave no numbers: it always will. Whatever else was in its way, memory perhaps, may be gone by the next
    /// watch, with which it is tried once more.
    fn advanced(&self, known: &Known, viewer: &Viewer<'_>) -> Result<Arc<Tail>> {
        let mut tail = known.tail.as_ref().map_or_else(|| Tail::empty(self.model.width), |tail| Tail::clone(tail));
        let mut unread = &viewer.history[known.watches - tail.take_unread()..];
        let unread_before = unread.len();
        while let [watch, rest @ ..] = unread {
            if let Err(ended) = viewer.call.check() {
                if unread.len() < unread_before {
                    let read = viewer.history.len() - unread.len();
                    self.states.keep(known, read, viewer.profile, Arc::new(tail));
                }
                return Err(ended);
            }
            match self.after(&tail, watch) {
                Ok(next) => tail.push(&next),
                Err(error) => {
                    tail.break_off(unread.len(), error.status == Status::ModelInvalid);
                    break;
                }
            }
            unread = rest;
        }
        let tail = Arc::new(tail);
        self.states.keep(known, viewer.history.len(), viewer.profile, Arc::clone(&tail));
        Ok(tail)
    }

    /// The state after one more watch.
    fn after(&self, tail: &Tail, watch: &Watch) -> Result<Vec<f32>> {
        match self.has_place(watch.item) {
            true => self.model.step(tail.last(), &self.rows.values(watch.item as usize)),
            false => Ok(tail.last().to_vec()),
        }
    }
}

impl Recommender for Sequence {
    fn feature(&self) -> Feature {
        Feature::Sequence
    }

    fn boxed(&self) -> Box<dyn Recommender> {
        Box::new(self.clone())
    }

    fn bytes(&self) -> usize {
        self.rows.bytes() + self.model.bytes() + self.states.bytes(self.model.width)
    }

    fn observe(&mut self, _: &Observation<'_>) {}

    fn undo(&mut self, observation: &Observation<'_>) {
        self.forget(Some(observation.profile));
    }

    /// The inner product of the state and the video's vector, less the mean over all videos that have one: a video without
    /// keeps its score, which is the mean's.
    fn score(&self, viewer: &Viewer<'_>, scores: &mut [f32]) {
        let Some(tail) = self.whole_tail(viewer) else { return };
        let mut products = vec![0.0; scores.len()];
        self.rows.add_products(tail.last(), &mut products);
        let mean = products.iter().map(|product| f64::from(*product)).sum::<f64>() / self.placed.max(1) as f64;
        let all_placed = self.placed >= scores.len();
        for (item, (score, product)) in scores.iter_mut().zip(&products).enumerate() {
            if all_placed || self.rows.is_set(item) {
                *score += product - mean as f32;
            }
        }
    }

    /// The watch among the last five at which the item's score rose most, by how much. The score is the sum of what all
    /// watches did to it, so that is a part of it; later watches may have taken some of it back.
    fn explain(&self, viewer: &Viewer<'_>, item: Item) -> Option<Contribution> {
        self.explain_all(viewer, &[item]).pop().flatten()
    }

    fn explain_all(&self, viewer: &Viewer<'_>, items: &[Item]) -> Vec<Option<Contribution>> {
        let Some(tail) = self.whole_tail(viewer) else { return vec![None; items.len()] };
        let known: Vec<usize> =
            items.iter().map(|item| *item as usize).filter(|item| self.rows.is_set(*item)).collect();
        let rows = self.rows.gathered(&known);
        let products: Vec<Vec<f32>> = tail.states().map(|state| rows.products(state)).collect();
        let last = &viewer.history[viewer.history.len() + 1 - products.len()..];
        let mut rises = (0..known.len()).map(|place| largest_rise(last, &products, place));
        let of = |item: &Item| if self.rows.is_set(*item as usize) { rises.next().flatten() } else { None };
        items.iter().map(of).collect()
    }

    /// Nothing: states follow from histories, and the model is kept by itself.
    fn save(&self) -> Vec<u8> {
        Vec::new()
    }

    fn load(&mut self, bytes: &[u8]) -> Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        Err(Error::new(Status::Corrupt, "the sequence keeps no state, and some was given"))
    }
}

/// The watch at which the product of this place rose most; `products` has one more than there are watches.
fn largest_rise(watches: &[Watch], products: &[Vec<f32>], place: usize) -> Option<Contribution> {
    let rises = products.windows(2).zip(watches).map(|(pair, watch)| {
        let [before, after] = pair else { return Contribution { because: watch.item, score: 0.0 } };
        Contribution { because: watch.item, score: after[place] - before[place] }
    });
    rises.filter(|rise| rise.score > 0.0).max_by(|a, b| a.score.total_cmp(&b.score))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    use super::*;
    use crate::domain::{CallOptions, CancelToken, Context};

    const IDS: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];

    fn place(sequence: &mut Sequence, item: Item, id: &str, text: Option<&[f32]>) {
        if !sequence.keeps_place(item, id) {
            let vector = sequence.model().vector(id, text).unwrap();
            sequence.place(item, &vector, false);
        }
    }

    fn sequence() -> Sequence {
        sequence_of(model::tests::tiny())
    }

    fn sequence_of(model: SequenceModel) -> Sequence {
        let mut sequence = Sequence::new(Arc::new(model));
        (0..).zip(IDS).for_each(|(item, id)| place(&mut sequence, item, id, None));
        sequence
    }

    fn watched(items: &[Item]) -> Vec<Watch> {
        (0..).zip(items).map(|(time_utc_ms, item)| Watch { item: *item, time_utc_ms }).collect()
    }

    fn viewer(history: &[Watch]) -> Viewer<'_> {
        viewer_of(history, &CallOptions::UNBOUNDED)
    }

    fn viewer_of<'a>(history: &'a [Watch], call: &'a CallOptions) -> Viewer<'a> {
        Viewer { profile: Some(0), history, now_utc_ms: 0, context: Context::default(), call }
    }

    fn scores(sequence: &Sequence, items: &[Item]) -> Vec<f32> {
        let mut scores = vec![0.0; 9];
        sequence.score(&viewer(&watched(items)), &mut scores);
        scores
    }

    fn best(scores: &[f32]) -> usize {
        (0..scores.len()).max_by(|a, b| scores[*a].total_cmp(&scores[*b])).unwrap()
    }

    #[test]
    fn what_comes_next_is_best_and_the_mean_is_nothing() {
        let sequence = sequence();
        assert_eq!(best(&scores(&sequence, &[0])), 1);
        assert_eq!(best(&scores(&sequence, &[0, 4])), 5);
        let found = scores(&sequence, &[0, 4]);
        assert!(found.iter().sum::<f32>().abs() < 1e-5);
        assert_eq!(found[8], 0.0, "a video without a place is as good as the mean");
        assert!(scores(&sequence, &[]).iter().all(|score| *score == 0.0));
    }

    #[test]
    fn a_state_is_the_same_step_by_step_and_at_once() {
        let (all, at_once) = ([3, 1, 4, 1, 5, 2, 6, 0], sequence());
        let by_steps = sequence();
        for watches in 1..=all.len() {
            let fresh = sequence();
            assert_eq!(scores(&by_steps, &all[..watches]), scores(&fresh, &all[..watches]));
        }
        assert_eq!(scores(&by_steps, &all), scores(&at_once, &all));
        assert_eq!(scores(&by_steps, &all[..5]), scores(&sequence(), &all[..5]), "a watch was taken back");
    }

    #[test]
    fn the_watch_that_raised_a_score_most_explains_it() {
        let sequence = sequence();
        let history = watched(&[4, 0, 2]);
        let because = |item| sequence.explain(&viewer(&history), item).map(|found| found.because);
        assert_eq!(because(3), Some(2));
        assert_eq!(because(1), Some(0), "though later watches took some of it back");
        assert_eq!(because(7), None);
        assert_eq!(because(8), None, "a video without a place");
        let all = sequence.explain_all(&viewer(&history), &[8, 3, 1]);
        assert_eq!(
            all.iter().map(|found| found.map(|found| found.because)).collect::<Vec<_>>(),
            [None, Some(2), Some(0)]
        );
        assert_eq!(sequence.explain(&viewer(&[]), 1), None);
    }

    #[test]
    fn a_text_that_changes_changes_states_and_a_trained_video_keeps_its_vector() {
        let mut sequence = sequence();
        place(&mut sequence, 8, "new", Some(&[1.0, 0.0, 0.0, 0.0]));
        assert_eq!(best(&scores(&sequence, &[8])), 5, "it counts as e");
        place(&mut sequence, 8, "new", Some(&[0.0, 1.0, 0.0, 0.0]));
        assert_eq!(best(&scores(&sequence, &[8])), 6, "it counts as f");
        place(&mut sequence, 0, "a", Some(&[0.0, 1.0, 0.0, 0.0]));
        assert_eq!(best(&scores(&sequence, &[0])), 1);
    }

    #[test]
    fn a_video_that_left_moves_no_state() {
        let mut sequence = sequence();
        let without = scores(&sequence, &[0]);
        sequence.take_back_place(4);
        let found = scores(&sequence, &[0, 4]);
        assert!(!sequence.has_place(4) && found[4] == 0.0);
        assert_eq!(best(&found), best(&without));
    }

    #[test]
    fn what_one_call_has_no_time_for_the_next_one_goes_on_with() {
        let (steps, token) = (Arc::new(AtomicUsize::new(0)), CancelToken::new());
        let (counted, ending) = (Arc::clone(&steps), token.clone());
        let sequence = sequence_of(model::tests::tiny_with(move |state, item| {
            // The first is the trial of the network.
            if counted.fetch_add(1, Ordering::Relaxed) == 3 {
                ending.cancel();
            }
            model::tests::turned(state, item)
        }));
        let (history, before) = (watched(&[0, 1, 2, 3, 4, 5]), sequence.bytes());
        let call = CallOptions { cancel: Some(token), ..CallOptions::default() };
        let bounded = viewer_of(&history, &call);
        assert_eq!(sequence.read(&bounded).unwrap_err().status, Status::Cancelled);
        assert_eq!(steps.load(Ordering::Relaxed), 4, "not one after the token was cancelled");
        let mut scores = vec![0.0; 9];
        sequence.score(&bounded, &mut scores);
        assert_eq!((sequence.reads(&bounded), sequence.explain(&bounded, 1), scores), (false, None, vec![0.0; 9]));
        assert_eq!(steps.load(Ordering::Relaxed), 4, "nor in scores and explanations, whatever became of the states");
        assert!(sequence.bytes() > before);
        sequence.read(&viewer(&history)).unwrap();
        assert_eq!(steps.load(Ordering::Relaxed), 7, "each watch is read once");
        assert_eq!(self::scores(&sequence, &[0, 1, 2, 3, 4, 5]), self::scores(&self::sequence(), &[0, 1, 2, 3, 4, 5]));
        assert!(sequence.reads(&viewer(&history)));
        assert_eq!(steps.load(Ordering::Relaxed), 7, "scores find it read");
    }

    #[test]
    fn a_history_that_the_network_cannot_read_is_tried_once() {
        let steps = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&steps);
        // It breaks at c.
        let sequence = sequence_of(model::tests::tiny_with(move |state, item| {
            counted.fetch_add(1, Ordering::Relaxed);
            if item[2] > 0.5 { vec![f32::NAN; 8] } else { model::tests::turned(state, item) }
        }));
        let steps_of = |items: &[Item]| {
            let before = steps.load(Ordering::Relaxed);
            let is_read = sequence.reads(&viewer(&watched(items)));
            assert_eq!(is_read, scores(&sequence, items).iter().any(|score| *score != 0.0));
            (is_read, steps.load(Ordering::Relaxed) - before)
        };
        assert_eq!(steps_of(&[0, 1]), (true, 2));
        assert!(sequence.take_failure().is_none());
        assert_eq!(steps_of(&[0, 1, 2, 4]), (false, 1));
        assert!(sequence.take_failure().unwrap().message.contains("NaN where a number is due"));
        assert_eq!(steps_of(&[0, 1, 2, 4]), (false, 0));
        assert_eq!(steps_of(&[0, 1, 2, 4, 5]), (false, 0), "nor with more watches");
        assert_eq!(steps_of(&[0, 1]), (true, 2), "its place went to what was broken off");
        assert_eq!(steps_of(&[3, 2]), (false, 2), "another history");
        assert!(sequence.take_failure().is_none(), "told once");
    }

    #[test]
    fn a_step_that_fails_is_tried_again_with_the_next_watch() {
        let (steps, fails) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let (counted, failing) = (Arc::clone(&steps), Arc::clone(&fails));
        let sequence = sequence_of(model::tests::tiny_failing(move |state, item| {
            counted.fetch_add(1, Ordering::Relaxed);
            match failing.load(Ordering::Relaxed) {
                true => Err(Error::new(Status::Runtime, "no memory")),
                false => Ok(model::tests::turned(state, item)),
            }
        }));
        let fresh = self::sequence();
        // As a list asks: it is read, looked at, scored and explained.
        let steps_of = |items: &[Item]| {
            let (before, history) = (steps.load(Ordering::Relaxed), watched(items));
            sequence.read(&viewer(&history)).unwrap();
            let is_read = sequence.reads(&viewer(&history));
            assert_eq!(is_read, scores(&sequence, items).iter().any(|score| *score != 0.0));
            assert!(is_read || sequence.explain_all(&viewer(&history), &[1, 2]) == [None, None]);
            (is_read, steps.load(Ordering::Relaxed) - before)
        };
        assert_eq!(steps_of(&[0, 1]), (true, 2));
        fails.store(true, Ordering::Relaxed);
        assert_eq!(steps_of(&[0, 1, 2, 4]), (false, 1), "once in all of a list");
        assert_eq!(steps_of(&[0, 1, 2, 4]), (false, 0), "nor in the next one");
        assert_eq!(steps_of(&[0, 1, 2, 4, 5]), (false, 1), "with one more watch");
        assert_eq!(sequence.take_failure().unwrap().message, "no memory");
        fails.store(false, Ordering::Relaxed);
        assert_eq!(steps_of(&[0, 1, 2, 4, 5]), (false, 0));
        assert_eq!(steps_of(&[0, 1, 2, 4, 5, 6]), (true, 4), "from the step on that failed");
        assert_eq!(scores(&sequence, &[0, 1, 2, 4, 5, 6]), scores(&fresh, &[0, 1, 2, 4, 5, 6]));
        fails.store(true, Ordering::Relaxed);
        assert_eq!(steps_of(&[3]), (false, 1));
        fails.store(false, Ordering::Relaxed);
        sequence.forget_all();
        assert_eq!(steps_of(&[3]), (true, 1), "once its state was given up");
        assert!(sequence.take_failure().is_none(), "told once");
    }

    #[test]
    fn states_are_forgotten_and_count_as_memory() {
        let sequence = sequence();
        let before = sequence.bytes();
        scores(&sequence, &[0, 1]);
        assert!(sequence.bytes() > before);
        sequence.forget(Some(0));
        assert_eq!(sequence.bytes(), before);
    }
}
