//! The linear layer on vectors: planted structures that it must find, noise that it must not, and what every training
//! promises about repetition, limits and damage.

use ndarray::Array2;
use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_pcg::Pcg32;
use vrec::domain::{CallOptions, CancelToken, Status};
use vrec::learning::Watch;
use vrec::learning::training::{
    BinaryReport, HeadExample, HeadExampleOptions, HeadExamples, LogisticOptions, TrainedHead, TrainedHeadOptions,
    sample_head_examples, train_head, train_logistic,
};
use vrec::vectors::normalise;

const DIMENSIONS: usize = 16;

fn random_units(rows: usize, generator: &mut Pcg32) -> Array2<f32> {
    let mut units = Array2::from_shape_simple_fn((rows, DIMENSIONS), || generator.random_range(-1.0f32..1.0));
    units.rows_mut().into_iter().for_each(|mut row| assert!(normalise(row.as_slice_mut().unwrap())));
    units
}

fn options(regularisation: f32) -> TrainedHeadOptions {
    TrainedHeadOptions { with_video: false, logistic: LogisticOptions { regularisation, ..LogisticOptions::default() } }
}

/// Tastes, vectors and examples whose log-odds are `scale` times the product in the first four directions alone.
fn planted(scale: f32, count: usize) -> (Array2<f32>, Array2<f32>, Vec<HeadExample>) {
    let mut generator = Pcg32::seed_from_u64(3);
    let (tastes, vectors) = (random_units(200, &mut generator), random_units(200, &mut generator));
    let mut example = |_| {
        let (taste, video) = (generator.random_range(0..200u32), generator.random_range(0..200u32));
        let (own, other) = (tastes.row(taste as usize), vectors.row(video as usize));
        let product: f32 = (0..4).map(|axis| own[axis] * other[axis]).sum();
        let engaged = generator.random_range(0.0f32..1.0) < 1.0 / (1.0 + (-scale * product).exp());
        HeadExample { taste, video, engaged }
    };
    let examples = (0..count).map(&mut example).collect();
    (tastes, vectors, examples)
}

fn report_of(scale: f32, regularisation: f32) -> BinaryReport {
    let (tastes, vectors, examples) = planted(scale, 12_000);
    let (train, held_out) = examples.split_at(8_000);
    let head =
        train_head(tastes.view(), vectors.view(), train, &options(regularisation), &CallOptions::default()).unwrap();
    head.report(tastes.view(), vectors.view(), held_out).unwrap()
}

#[test]
fn what_separates_is_found_and_noise_is_not() {
    let separable = report_of(1_000.0, 1e-5);
    assert!(separable.auc > 0.99 && separable.accuracy > 0.95, "{separable:?}");
    let noise = report_of(0.0, 1e-3);
    assert!((noise.auc - 0.5).abs() < 0.03 && (noise.accuracy - 0.5).abs() < 0.03, "{noise:?}");
    assert!(noise.expected_calibration_error < 0.03, "{noise:?}");
}

#[test]
fn probabilities_of_the_right_model_mean_what_they_say() {
    let report = report_of(8.0, 1e-4);
    assert!(report.auc > 0.65 && report.expected_calibration_error < 0.03, "{report:?}");
    assert_eq!(report.bins.iter().map(|bin| bin.count).sum::<usize>(), 4_000);
    for bin in report.bins.iter().filter(|bin| bin.count > 300) {
        assert!((bin.probability - bin.engaged).abs() < 0.07, "{bin:?}");
    }
}

#[test]
fn weights_are_those_that_made_the_examples() {
    let mut generator = Pcg32::seed_from_u64(5);
    let features = Array2::from_shape_simple_fn((20_000, 3), || generator.random_range(-2.0f32..2.0));
    let log_odds = features.rows().into_iter().map(|row| 1.0 * row[0] - 0.5 * row[1] - 0.7);
    let engaged: Vec<bool> =
        log_odds.map(|odds| generator.random_range(0.0f32..1.0) < 1.0 / (1.0 + (-odds).exp())).collect();
    let options = LogisticOptions { regularisation: 1e-6, ..LogisticOptions::default() };
    let head = train_logistic(features.view(), &engaged, &options, &CallOptions::default()).unwrap();
    for (found, expected) in head.weights.iter().chain([&head.bias]).zip([1.0, -0.5, 0.0, -0.7]) {
        assert!((found - expected).abs() < 0.06, "{head:?}");
    }
}

/// Profiles of two groups, each of which watches its half of the videos.
fn sampled(options: &HeadExampleOptions) -> (Array2<f32>, Vec<Vec<Watch>>, HeadExamples) {
    let mut generator = Pcg32::seed_from_u64(11);
    let mut vectors = random_units(80, &mut generator);
    for (item, mut row) in vectors.rows_mut().into_iter().enumerate() {
        row[0] = if item < 40 { 0.5 } else { -0.5 };
        assert!(normalise(row.as_slice_mut().unwrap()));
    }
    let history = |profile: u32| {
        let mut items: Vec<u32> = (0..40).map(|item| item + 40 * (profile % 2)).collect();
        (0..20)
            .map(|at| Watch {
                item: items.swap_remove(generator.random_range(0..items.len() as u32) as usize),
                time_utc_ms: at,
            })
            .collect::<Vec<Watch>>()
    };
    let histories: Vec<Vec<Watch>> = (0..60).map(history).collect();
    let views: Vec<&[Watch]> = histories.iter().map(Vec::as_slice).collect();
    let examples = sample_head_examples(&views, vectors.view(), options, &CallOptions::default()).unwrap();
    (vectors, histories, examples)
}

#[test]
fn a_head_is_trained_from_histories() {
    let (vectors, histories, examples) = sampled(&HeadExampleOptions::default());
    assert_eq!(examples.tastes.nrows(), 60 * 17, "all watches but the first three");
    let engaged = |part: &[HeadExample]| part.iter().filter(|example| example.engaged).count();
    assert_eq!((engaged(&examples.train), engaged(&examples.held_out)), (60 * 13, 60 * 4));
    assert_eq!(examples.train.len() + examples.held_out.len(), 5 * 60 * 17);
    for example in examples.train.iter().chain(&examples.held_out) {
        let (profile, at) = (example.taste as usize / 17, example.taste as usize % 17);
        let history = &histories[profile];
        assert_eq!(example.engaged, history.iter().any(|watch| watch.item == example.video));
        assert!(!example.engaged || history[3 + at].item == example.video, "its taste is the one before it");
    }
    let first: Vec<f32> = histories[0][..3].iter().zip([0.98_f32.powi(2), 0.98, 1.0]).fold(
        vec![0.0; DIMENSIONS],
        |sum, (watch, weight)| {
            sum.iter().zip(vectors.row(watch.item as usize)).map(|(sum, value)| sum + weight * value).collect()
        },
    );
    let mut first = first;
    assert!(normalise(&mut first));
    assert!(first.iter().zip(examples.tastes.row(0)).all(|(a, b)| (a - b).abs() < 1e-6));
    let head =
        train_head(examples.tastes.view(), vectors.view(), &examples.train, &options(1e-4), &CallOptions::default())
            .unwrap();
    let report = head.report(examples.tastes.view(), vectors.view(), &examples.held_out).unwrap();
    assert!(report.auc > 0.75, "{report:?}");
}

#[test]
fn training_is_repeatable_bounded_and_can_be_ended() {
    let (tastes, vectors, examples) = planted(8.0, 3_000);
    let train = |options: &TrainedHeadOptions, call: &CallOptions| {
        train_head(tastes.view(), vectors.view(), &examples, options, call)
    };
    let whole = TrainedHeadOptions { with_video: true, ..options(1e-3) };
    let head = train(&whole, &CallOptions::default()).unwrap();
    assert_eq!(head.save(), train(&whole, &CallOptions::default()).unwrap().save());
    assert_eq!(head.save().len(), 4 * (3 + 2 * DIMENSIONS));
    let token = CancelToken::default();
    token.cancel();
    let cancelled = CallOptions { cancel: Some(token), ..CallOptions::default() };
    assert_eq!(train(&whole, &cancelled).unwrap_err().status, Status::Cancelled);
    let mut small = whole;
    small.logistic.memory_limit_bytes = 100;
    assert_eq!(train(&small, &CallOptions::default()).unwrap_err().status, Status::MemoryLimit);
    let strangers = [HeadExample { taste: 0, video: 200, engaged: true }];
    let refused = train_head(tastes.view(), vectors.view(), &strangers, &options(1e-3), &CallOptions::default());
    assert_eq!(refused.unwrap_err().status, Status::InvalidArgument);
    assert!(head.probability(&[0.0; 3], &[0.0; DIMENSIONS]).is_err());
    let (first, second) = (sampled(&HeadExampleOptions::default()).2, sampled(&HeadExampleOptions::default()).2);
    assert_eq!(first, second);
}

#[test]
fn example_options_out_of_range_are_refused() {
    let default = HeadExampleOptions::default();
    let vectors = Array2::zeros((2, 3));
    let history = [0, 1, 0, 1, 0].map(|item| Watch { item, time_utc_ms: 0 });
    let sample = |options: &HeadExampleOptions, history: &[Watch]| {
        sample_head_examples(&[history], vectors.view(), options, &CallOptions::default())
    };
    assert!(sample(&default, &history).is_ok(), "vectors of length 0 are no reason to fail");
    assert!(sample(&default, &[Watch { item: 2, time_utc_ms: 0 }]).is_err());
    for refused in [
        HeadExampleOptions { negatives: 0, ..default.clone() },
        HeadExampleOptions { watches_before: 0, ..default.clone() },
        HeadExampleOptions { watches: 0, ..default.clone() },
        HeadExampleOptions { held_out: 1.5, ..default.clone() },
        HeadExampleOptions { decay: 0.0, ..default.clone() },
        HeadExampleOptions { memory_limit_bytes: 8, ..default.clone() },
    ] {
        assert!(sample(&refused, &history).is_err(), "{refused:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_heads_are_refused(cut in 1usize..40, place in any::<prop::sample::Index>(), bit in 0u32..8) {
        let (tastes, vectors, examples) = planted(8.0, 200);
        let head = train_head(tastes.view(), vectors.view(), &examples, &options(1e-2), &CallOptions::default());
        let saved = head.unwrap().save();
        prop_assert_eq!(TrainedHead::load(&saved).unwrap().save(), saved.clone());
        prop_assert!(TrainedHead::load(&saved[..saved.len() - cut]).is_err());
        let mut changed = saved;
        let place = place.index(changed.len());
        changed[place] ^= 1 << bit;
        if let Ok(loaded) = TrainedHead::load(&changed) {
            prop_assert_eq!(loaded.save(), changed);
        }
    }
}
