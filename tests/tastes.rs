//! What a viewer's own history says: tastes that fade, attention, interests, and the heads that learn from examples.

use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_pcg::Pcg32;
use vrec::domain::{CallOptions, Event, EventKind, Query, Video};
use vrec::engine::{Engine, EngineOptions};
use vrec::learning::{
    Attention, AttentionSettings, Example, Head, InterestSettings, Interests, Prior, TaskHeads, TaskLabels, TaskShares,
};
use vrec::vectors::{dot, normalise};

fn unit(mut vector: Vec<f32>) -> Vec<f32> {
    if !normalise(&mut vector) {
        vector[0] = 1.0;
    }
    vector
}

fn vectors(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Vec<f32>>> {
    prop::collection::vec(prop::collection::vec(-1.0f32..1.0, 6).prop_map(unit), count)
}

fn views(vectors: &[Vec<f32>]) -> Vec<&[f32]> {
    vectors.iter().map(Vec::as_slice).collect()
}

/// The formula as it is written, in 64 bits.
fn attention_by_formula(history: &[&[f32]], candidate: &[f32], temperature: f64, decay: f64) -> f64 {
    let later = (0..history.len() as i32).rev();
    let cosine = |row: &[f32]| row.iter().zip(candidate).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
    let terms = history.iter().zip(later).map(|(row, later)| {
        let cosine = cosine(row);
        ((cosine / temperature).exp() * decay.powi(later), cosine)
    });
    let (sum, weighted) = terms.fold((0.0, 0.0), |sums, term| (sums.0 + term.0, sums.1 + term.0 * term.1));
    weighted / sum
}

/// Σ weight · cosine with the own centroid: what k-means makes large.
fn coherence(interests: &Interests, history: &[(&[f32], f32)]) -> f64 {
    let of = |place: &usize, centroid: &[f32]| f64::from(history[*place].1 * dot(history[*place].0, centroid));
    interests.iter().flat_map(|interest| interest.members.iter().map(|place| of(place, &interest.centroid))).sum()
}

fn examples() -> impl Strategy<Value = Vec<Example<3>>> {
    let example = (prop::array::uniform3(-10.0f32..10.0), any::<bool>(), 0.1f32..12.0);
    let example = example.prop_map(|(features, engaged, importance)| Example { features, engaged, importance });
    prop::collection::vec(example, 0..60)
}

const PRIOR: Prior<3> = Prior { weights: [0.4, -0.2, 0.0], bias: -1.0, precision: 1.0, rate: 0.5 };

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn attention_follows_its_formula(
        history in vectors(1..25), candidate in vectors(1..2), temperature in 0.05f32..2.0, decay in 0.5f32..1.0,
    ) {
        let history = views(&history);
        let settings = AttentionSettings { window: 20, temperature, decay };
        let attention = Attention::new(&history, settings).unwrap();
        let score = attention.score(&candidate[0]);
        let last = &history[history.len().saturating_sub(20)..];
        let expected = attention_by_formula(last, &candidate[0], f64::from(temperature), f64::from(decay));
        prop_assert!((f64::from(score) - expected).abs() < 1e-4, "{} and {}", score, expected);
        let most = attention.explain(&candidate[0]);
        prop_assert!(most.place >= history.len() - last.len() && most.attention > 0.0 && most.attention <= 1.0);
        prop_assert_eq!(most.cosine, dot(&candidate[0], history[most.place]));
        prop_assert!(most.attention * most.cosine >= score / last.len() as f32 - 1e-6, "no less than the mean term");
    }

    #[test]
    fn interests_divide_what_attracts(
        history in vectors(1..60), weights in prop::collection::vec(-0.5f32..3.0, 60), rounds in 1usize..6,
    ) {
        let history: Vec<(&[f32], f32)> = history.iter().map(Vec::as_slice).zip(weights).collect();
        let settings = InterestSettings { window: 200, rounds, ..InterestSettings::default() };
        let interests = Interests::of(&history, settings);
        let mut members: Vec<usize> = interests.iter().flat_map(|interest| interest.members.clone()).collect();
        members.sort_unstable();
        let attracting: Vec<usize> = (0..history.len()).filter(|place| history[*place].1 > 0.0).collect();
        prop_assert_eq!(&members, &attracting);
        for interest in interests.iter() {
            prop_assert!((dot(&interest.centroid, &interest.centroid) - 1.0).abs() < 1e-5);
            prop_assert!(interests.score(&interest.centroid) > 1.0 - 1e-5);
        }
        let whole: f32 = interests.iter().map(|interest| interest.weight).sum();
        prop_assert!(attracting.is_empty() || (whole - 1.0).abs() < 1e-5);
        prop_assert!(Interests::of(&history, settings) == interests, "the same every time");
        let more = Interests::of(&history, InterestSettings { rounds: rounds + 1, ..settings });
        let one = Interests::of(&history, InterestSettings { most: 1, ..settings });
        let found = coherence(&interests, &history);
        prop_assert!(coherence(&more, &history) > found - 1e-4, "a round makes nothing worse");
        prop_assert!(found > coherence(&one, &history) - 1e-4, "nor do more interests than one");
    }

    #[test]
    fn a_head_is_a_fold_over_its_examples(examples in examples(), cut in any::<prop::sample::Index>()) {
        let whole = Head::learned(&PRIOR, &examples);
        let cut = cut.index(examples.len() + 1);
        let before = Head::learned(&PRIOR, &examples[..cut]);
        let mut grown = before;
        examples[cut..].iter().for_each(|example| grown.learn(&PRIOR, example));
        prop_assert_eq!(grown.save(), whole.save());
        prop_assert_eq!(Head::learned(&PRIOR, &examples[..cut]).save(), before.save());
        prop_assert!(Head::<3>::load(&whole.save()).unwrap() == whole);
        let weights = whole.weights(&PRIOR);
        prop_assert!((0.4 / 3.0 - 1e-6..=1.2 + 1e-6).contains(&weights[0]), "{:?}", weights);
        prop_assert!((-0.6 - 1e-6..=-0.2 / 3.0 + 1e-6).contains(&weights[1]), "{:?}", weights);
        prop_assert!(weights[2] == 0.0 && (-5.0..=3.0).contains(&whole.bias(&PRIOR)));
    }

    #[test]
    fn damaged_heads_are_refused(
        examples in examples(), cut in 1usize..40, place in any::<prop::sample::Index>(), bit in 0u32..8,
    ) {
        let labels = |engaged| TaskLabels([Some(engaged), engaged.then_some(true), None]);
        let examples: Vec<_> = examples.iter().map(|example| (example.features, labels(example.engaged))).collect();
        let heads = TaskHeads::learned(&[PRIOR; 3], &TaskShares::default(), &examples);
        let saved = heads.save();
        prop_assert!(TaskHeads::<3>::load(&saved).unwrap() == heads);
        prop_assert!(TaskHeads::<3>::load(&saved[..saved.len().saturating_sub(cut)]).is_err());
        prop_assert!(examples.is_empty() || TaskHeads::<2>::load(&saved).is_err(), "another number of features");
        let mut changed = saved;
        let place = place.index(changed.len());
        changed[place] ^= 1 << bit;
        if let Ok(loaded) = TaskHeads::<3>::load(&changed) {
            prop_assert_eq!(loaded.save(), changed);
            let combined = loaded.combined(&[PRIOR; 3], &TaskShares::default());
            prop_assert!(combined.weights.iter().all(|weight| weight.is_finite()) && combined.bias.is_finite());
        }
    }
}

/// Examples of a viewer whose own weights are these: as many as asked for, drawn from their probabilities.
fn examples_of(weights: [f32; 4], bias: f32, count: usize, generator: &mut Pcg32) -> Vec<Example<4>> {
    let mut example = |_| {
        let features = [(); 4].map(|()| generator.random_range(-2.0f32..2.0));
        let log_odds = bias + weights.iter().zip(features).map(|(weight, feature)| weight * feature).sum::<f32>();
        let engaged = generator.random_range(0.0f32..1.0) < 1.0 / (1.0 + (-log_odds).exp());
        Example { features, engaged, importance: 1.0 }
    };
    (0..count).map(&mut example).collect()
}

fn mean_loss(head: &Head<4>, prior: &Prior<4>, examples: &[Example<4>]) -> f64 {
    let loss = |example: &Example<4>| {
        let probability = f64::from(head.probability(prior, &example.features));
        -if example.engaged { probability } else { 1.0 - probability }.ln()
    };
    examples.iter().map(loss).sum::<f64>() / examples.len() as f64
}

/// (loss of the prior, loss of what was learned), on examples that were not learned from; means over viewers.
fn losses_of(weights: [f32; 4], bias: f32, learned_from: usize) -> (f64, f64) {
    let prior = Prior::new([0.5, 0.5, 0.5, 0.5], -1.0);
    let mut generator = Pcg32::seed_from_u64(7);
    let mut sums = (0.0, 0.0);
    for _ in 0..40 {
        let head = Head::learned(&prior, &examples_of(weights, bias, learned_from, &mut generator));
        let fresh = examples_of(weights, bias, 500, &mut generator);
        sums.0 += mean_loss(&Head::default(), &prior, &fresh) / 40.0;
        sums.1 += mean_loss(&head, &prior, &fresh) / 40.0;
    }
    sums
}

#[test]
fn a_head_learns_who_is_unlike_the_prior_and_leaves_others_alone() {
    for (examples, gain) in [(30, 0.01), (300, 0.04)] {
        let (prior, learned) = losses_of([1.4, 0.2, 1.2, 0.2], -1.0, examples);
        assert!(learned < prior - gain, "after {examples}: {learned} and {prior}");
        let (prior, learned) = losses_of([0.5, 0.5, 0.5, 0.5], -1.0, examples);
        assert!(learned < prior + 0.006, "after {examples}: {learned} and {prior}");
    }
}

#[test]
fn the_later_of_two_watches_counts_more() {
    let engine = Engine::new(EngineOptions::default()).unwrap();
    let corner = |id: &str, axis: usize| {
        let mut vector = vec![0.0; 3];
        vector[axis] = 1.0;
        Video { id: id.to_owned(), vector: Some(vector), ..Video::default() }
    };
    let videos = [corner("first", 0), corner("like_first", 0), corner("second", 1), corner("like_second", 1)];
    engine.add_videos(&videos, &CallOptions::default()).unwrap();
    for id in ["second", "first"] {
        let complete = Event {
            profile: "p".to_owned(),
            video_id: id.to_owned(),
            time_utc_ms: 0,
            ..Event::of(EventKind::Complete)
        };
        engine.record(&[complete]).unwrap();
    }
    let list = engine.recommend(&Query::for_profile("p"), &CallOptions::default()).unwrap();
    let found: Vec<(&str, f32)> = list.iter().map(|item| (item.id.as_str(), item.score)).collect();
    assert_eq!([found[0].0, found[1].0], ["like_first", "like_second"], "{found:?}");
    assert!((found[1].1 / found[0].1 - 0.98).abs() < 1e-5, "{found:?}");
}
