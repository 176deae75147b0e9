//! What is trained in one go: against closed forms worked out by other means, planted structures that must be
//! found again, and what every training promises about limits, repetition and being ended.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use nalgebra::{DMatrix, DVector};
use ndarray::{Array1, Array2, Axis, array};
use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_pcg::Pcg32;
use vrec::domain::{CallOptions, CancelToken, Context, Result, Status};
use vrec::ffi::thread_host;
use vrec::learning::training::{
    AlsOptions, AlsSolver, BprOptions, ContentFeatures, ContentMap, ContentOptions, Crew, EaseForm, EaseOptions,
    FactorModel, REGULARISATION_MIN, SparseWeights, train_als, train_bpr, train_content, train_ease, train_ease_with,
};
use vrec::learning::{Content, Ease, Factors, FactorsOptions, Item, Recommender, Viewer, Watch};

fn history(items: &[Item]) -> Vec<Watch> {
    items.iter().zip(0..).map(|(item, at)| Watch { item: *item, time_utc_ms: 1_000 * at }).collect()
}

fn histories(of: &[Vec<Item>]) -> Vec<Vec<Watch>> {
    of.iter().map(|items| history(items)).collect()
}

fn views(histories: &[Vec<Watch>]) -> Vec<&[Watch]> {
    histories.iter().map(Vec::as_slice).collect()
}

fn viewer(history: &[Watch]) -> Viewer<'_> {
    let context = Context::default();
    Viewer { profile: None, history, now_utc_ms: 1_000_000, context, call: &CallOptions::UNBOUNDED }
}

fn scores(recommender: &dyn Recommender, history: &[Watch], items: usize) -> Vec<f32> {
    let mut scores = vec![0.0; items];
    recommender.score(&viewer(history), &mut scores);
    scores
}

/// Two groups of ten items; each profile watches seven of one group, and one in four an item of the other.
fn two_groups(profiles: u32, seed: u64) -> Vec<Vec<Watch>> {
    let mut generator = Pcg32::seed_from_u64(seed);
    let mut of = Vec::new();
    for profile in 0..profiles {
        let own = 10 * (profile % 2);
        let mut items: Vec<Item> = (own..own + 10).collect();
        for _ in 0..3 {
            items.remove(generator.random_range(0..items.len() as u32) as usize);
        }
        if generator.random_range(0..4u32) == 0 {
            items.push(10 - own + generator.random_range(0..10u32));
        }
        of.push(items);
    }
    histories(&of)
}

fn ease_of(histories: &[Vec<Watch>], items: usize, options: &EaseOptions) -> Arc<SparseWeights> {
    train_ease(&views(histories), items, options, &CallOptions::default()).unwrap()
}

#[test]
fn ease_is_what_numpy_computes() {
    // The rows of watches, λ = 2; P = inv(X'X + 2I), B = -P / diag(P).
    let watched = histories(&[vec![1, 0], vec![0, 1, 2], vec![2, 1], vec![3, 0]]);
    let expected = [
        [0.0, 0.339_622_6, 0.051_724_1, 0.238_806],
        [0.375, 0.0, 0.379_310_3, -0.089_552_2],
        [0.062_5, 0.415_094_3, 0.0, -0.014_925_4],
        [0.333_333_3, -0.113_207_5, -0.017_241_4, 0.0],
    ];
    for form in [EaseForm::Primal, EaseForm::Dual] {
        let options = EaseOptions { regularisation: 2.0, form, ..EaseOptions::default() };
        let weights = ease_of(&watched, 4, &options);
        for (row, cells) in (0..).zip(expected) {
            for (column, value) in (0..).zip(cells) {
                assert!((weights.get(row, column) - value).abs() < 1e-6, "{form:?} {row} {column}");
            }
        }
        assert_eq!(weights.row(0).map(|cell| cell.0).collect::<Vec<_>>(), [1, 2, 3]);
        for (one, other) in [(0, 1), (0, 3), (1, 2), (2, 3)] {
            let unscaled = |row, column| weights.get(row, column) / weights.scale(column);
            assert!((unscaled(one, other) / unscaled(other, one) - 1.0).abs() < 1e-5, "{form:?}: P is symmetric");
            assert!(weights.scale(one) != weights.scale(other), "P has a diagonal of its own");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_forms_of_ease_agree(
        watched in prop::collection::vec(prop::collection::vec(0u32..40, 0..25), 0..60),
        regularisation in 0.5f32..600.0,
    ) {
        let watched = histories(&watched);
        let of = |form| ease_of(&watched, 41, &EaseOptions { regularisation, form, ..EaseOptions::default() });
        let (primal, dual) = (of(EaseForm::Primal), of(EaseForm::Dual));
        for row in 0..41 {
            for column in 0..41 {
                let (a, b) = (primal.get(row, column), dual.get(row, column));
                prop_assert!((a - b).abs() < 1e-4, "{} {}: {} and {}", row, column, a, b);
            }
        }
        let smaller = of(EaseForm::Smaller);
        prop_assert!(*smaller == *primal || *smaller == *dual);
    }

    #[test]
    fn damaged_states_are_refused_and_change_nothing(cut in 1usize..64, place in any::<prop::sample::Index>()) {
        for mut recommender in trained_recommenders() {
            let saved = recommender.save();
            prop_assert!(recommender.load(&saved[..saved.len().saturating_sub(cut)]).is_err());
            let mut changed = saved.clone();
            changed[place.index(saved.len())] ^= 0x80;
            if recommender.load(&changed).is_err() {
                prop_assert!(recommender.save() == saved, "{}", recommender.name());
            } else {
                prop_assert!(recommender.save() == changed, "{}", recommender.name());
            }
        }
    }
}

#[test]
fn pruning_keeps_the_largest_weights_of_a_row() {
    let watched = two_groups(60, 3);
    let of = |weights_per_item| {
        let options = EaseOptions { regularisation: 5.0, weights_per_item, ..EaseOptions::default() };
        ease_of(&watched, 20, &options)
    };
    let (all, few) = (of(100), of(4));
    assert_eq!(few.cells(), 80);
    for row in 0..20 {
        let mut sizes: Vec<f32> = all.row(row).map(|cell| cell.1.abs()).collect();
        sizes.sort_by(|a, b| b.total_cmp(a));
        for (column, weight) in few.row(row) {
            assert!(weight.abs() >= sizes[3]);
            assert_eq!(weight.to_bits(), all.get(row, column).to_bits());
        }
    }
}

#[test]
fn blocks_of_the_inverse_do_not_show() {
    // More profiles and items than a block of rows has, so that every piece of the solver takes part.
    let mut generator = Pcg32::seed_from_u64(9);
    let of: Vec<Vec<Item>> = (0..300).map(|_| (0..12).map(|_| generator.random_range(0..290u32)).collect()).collect();
    let watched = histories(&of);
    let of = |form| ease_of(&watched, 290, &EaseOptions { form, regularisation: 3.0, ..EaseOptions::default() });
    let (primal, dual) = (of(EaseForm::Primal), of(EaseForm::Dual));
    let differences = (0..290).flat_map(|row| (0..290).map(move |column| (row, column)));
    // Pruned to 200, rows may differ in weights of equal size only.
    let largest = differences.map(|(a, b)| (primal.get(a, b) - dual.get(a, b)).abs()).fold(0.0, f32::max);
    assert!(largest < 1e-4, "{largest}");
}

#[test]
fn single_precision_is_taken_only_where_weights_come_out_right() {
    // The primal form of the first two is solved in single precision, that of the others not: their matrices are too near to
    // having no inverse, by their λ or as there are fewer profiles than items.
    let mut generator = Pcg32::seed_from_u64(11);
    for (profiles, regularisation, takes_single) in
        [(300, 1.2, true), (600, 2.3, true), (300, 0.3, false), (120, 1.2, false)]
    {
        let of: Vec<Vec<Item>> =
            (0..profiles).map(|_| (0..60).map(|_| generator.random_range(0..290u32)).collect()).collect();
        let watched = histories(&of);
        let options = |form| EaseOptions { form, regularisation, weights_per_item: 290, ..EaseOptions::default() };
        let of = |form| ease_of(&watched, 290, &options(form));
        let (primal, dual) = (of(EaseForm::Primal), of(EaseForm::Dual));
        let cells = (0..290).flat_map(|row| dual.row(row).map(move |(column, weight)| (row, column, weight)));
        let off = |(row, column, weight): (Item, Item, f32)| (primal.get(row, column) - weight).abs();
        let largest = cells.map(off).fold(0.0, f32::max);
        assert!(largest < 1e-4, "{profiles} profiles, {regularisation}: {largest}");
        // Its rounding shows.
        assert_eq!(largest > 1e-7, takes_single, "{profiles} profiles, {regularisation}: {largest}");
    }
}

#[test]
fn threads_change_no_byte_of_ease() {
    // Three bands of the matrix that is inverted, in single precision, in double, and in the dual form.
    let mut generator = Pcg32::seed_from_u64(12);
    let of: Vec<Vec<Item>> = (0..530).map(|_| (0..12).map(|_| generator.random_range(0..520u32)).collect()).collect();
    let watched = histories(&of);
    for (form, regularisation) in [(EaseForm::Primal, 2.0), (EaseForm::Primal, 0.01), (EaseForm::Dual, 2.0)] {
        let options = EaseOptions { form, regularisation, ..EaseOptions::default() };
        let on = |threads| {
            let crew = Crew::new(threads, Some(thread_host())).unwrap();
            train_ease_with(&crew, &views(&watched), 520, &options, &CallOptions::default()).unwrap()
        };
        let alone = on(1);
        assert!(alone.cells() == 520 * 200 && on(2) == alone && on(3) == alone, "{form:?} {regularisation}");
    }
}

#[test]
fn ease_scores_by_the_sum_of_decayed_rows_and_says_why() {
    let watched = two_groups(60, 4);
    let weights = ease_of(&watched, 20, &EaseOptions { regularisation: 5.0, ..EaseOptions::default() });
    let ease = Ease::new(Arc::clone(&weights), 0.5).unwrap();
    let seen = history(&[2, 7]);
    let found = scores(&ease, &seen, 25);
    for item in 0..20 {
        let expected = weights.get(7, item) + 0.5 * weights.get(2, item);
        assert!((found[item as usize] - expected).abs() < 1e-6);
        let parts = [(7, weights.get(7, item)), (2, 0.5 * weights.get(2, item))];
        let best = parts.into_iter().filter(|part| part.1 > 0.0).max_by(|a, b| a.1.total_cmp(&b.1));
        let told = ease.explain(&viewer(&seen), item).map(|part| (part.because, part.score));
        assert_eq!(told, best);
    }
    assert_eq!(found[20..], [0.0; 5]);
    assert!(Ease::new(Arc::clone(&weights), 0.0).is_err() && Ease::new(weights, f32::NAN).is_err());
}

fn als_options(sweeps: usize) -> AlsOptions {
    AlsOptions { factors: 6, sweeps, regularisation: 0.5, confidence: 4.0, ..AlsOptions::default() }
}

fn als_of(histories: &[Vec<Watch>], items: usize, options: &AlsOptions) -> FactorModel {
    train_als(&views(histories), items, options, &CallOptions::default()).unwrap()
}

#[test]
fn each_sweep_lowers_the_loss_that_is_told() {
    let watched = two_groups(50, 5);
    let options = als_options(8);
    let model = als_of(&watched, 20, &options);
    assert_eq!(model.losses.len(), 8);
    assert!(model.losses.is_sorted_by(|a, b| a > b), "{:?}", model.losses);
    let mut loss = 0.0;
    for (profile, seen) in watched.iter().enumerate() {
        for item in 0..20 {
            let product = f64::from(model.profiles.row(profile).dot(&model.items.row(item)));
            let is_watched = seen.iter().any(|watch| watch.item as usize == item);
            loss += if is_watched { 5.0 * (1.0 - product).powi(2) } else { product.powi(2) };
        }
    }
    let squares = |values: &Array2<f32>| values.iter().map(|value| f64::from(value * value)).sum::<f64>();
    loss += 0.5 * (squares(&model.items) + squares(&model.profiles));
    let told = model.losses[7];
    assert!((loss - told).abs() < 1e-4 * loss, "{loss} and {told}");
}

#[test]
fn a_few_steps_toward_each_vector_come_to_the_same_loss() {
    let watched = two_groups(50, 5);
    let exact = als_of(&watched, 20, &als_options(15));
    let by_steps = AlsOptions { solver: AlsSolver::ConjugateGradients(3), ..als_options(15) };
    let model = als_of(&watched, 20, &by_steps);
    assert!(model.losses.is_sorted_by(|a, b| a >= b), "{:?}", model.losses);
    let (wanted, found) = (exact.losses[14], model.losses[14]);
    assert!((found - wanted).abs() < 0.02 * wanted, "{wanted} and {found}");
    let none = AlsOptions { solver: AlsSolver::ConjugateGradients(0), ..als_options(15) };
    let refused = train_als(&views(&watched), 20, &none, &CallOptions::default()).unwrap_err();
    assert!(refused.message.contains("solver is 0"), "{}", refused.message);
}

fn factors_of(model: &FactorModel, decay: f32) -> Factors {
    Factors::new(model.items.clone(), FactorsOptions { regularisation: 0.5, confidence: 4.0, decay }).unwrap()
}

#[test]
fn a_training_profile_folded_in_gets_its_own_vector() {
    let watched = two_groups(50, 6);
    let model = als_of(&watched, 22, &als_options(5));
    let factors = factors_of(&model, 1.0);
    for (profile, seen) in watched.iter().enumerate() {
        let vector = factors.viewer_vector(&viewer(seen)).unwrap();
        assert!(vector.iter().zip(model.profiles.row(profile)).all(|(a, b)| (a - b).abs() < 1e-5));
    }
    assert!(model.items.row(21).iter().all(|value| *value == 0.0));
    assert_eq!(factors.viewer_vector(&viewer(&history(&[21, 400]))), None);
}

#[test]
fn the_parts_of_a_score_by_factors_add_up_to_it() {
    let watched = two_groups(50, 7);
    let factors = factors_of(&als_of(&watched, 20, &als_options(5)), 0.9);
    let found = scores(&factors, &watched[0], 20);
    let seen = history(&[watched[0][0].item]);
    let alone = scores(&factors, &seen, 20);
    for item in 0..20 {
        // With one watch its part is the whole.
        let part = factors.explain(&viewer(&seen), item);
        let whole = alone[item as usize];
        assert_eq!(part.is_some(), whole > 0.0);
        assert!(part.is_none_or(|part| (part.score - whole).abs() < 1e-5 && part.because == seen[0].item));
    }
    let own: f32 = found[..10].iter().sum();
    assert!(own > 3.0 * found[10..].iter().sum::<f32>());
    assert!(factors.explain(&viewer(&watched[0]), 3).is_some_and(|part| part.because < 10));
}

#[test]
fn pairs_rank_the_group_that_was_planted() {
    let watched = two_groups(60, 8);
    let options = BprOptions { factors: 8, epochs: 60, ..BprOptions::default() };
    let model = train_bpr(&views(&watched), 20, &options, &CallOptions::default()).unwrap();
    assert!(model.losses[59] < 0.5 * model.losses[0], "{:?}", model.losses);
    let (mut right, mut pairs) = (0, 0);
    for (profile, seen) in watched.iter().enumerate() {
        let product = |item: usize| model.profiles.row(profile).dot(&model.items.row(item));
        let own = 10 * (profile % 2);
        let is_watched = |item: &usize| seen.iter().any(|watch| watch.item as usize == *item);
        for hidden in (own..own + 10).filter(|item| !is_watched(item)) {
            for other in (10 - own..20 - own).filter(|item| !is_watched(item)) {
                right += usize::from(product(hidden) > product(other));
                pairs += 1;
            }
        }
    }
    assert!(right * 20 > pairs * 19, "{right} of {pairs}");
    let runaway = BprOptions { learning_rate: 1e30, ..options };
    assert!(train_bpr(&views(&watched), 20, &runaway, &CallOptions::default()).is_err());
}

/// Videos of two kinds, told by their first number and their tag; each profile watches one kind.
fn content_of_two_kinds(items: usize) -> (Array2<f32>, Vec<Vec<u32>>) {
    let mut generator = Pcg32::seed_from_u64(10);
    let noise = Array2::from_shape_simple_fn((items, 5), || generator.random::<f32>() - 0.5);
    let kind = |item: usize| if item.is_multiple_of(2) { 1.0 } else { -1.0 };
    let dense = Array2::from_shape_fn((items, 5), |(item, at)| if at == 0 { kind(item) } else { noise[[item, at]] });
    (dense, (0..items).map(|item| if item % 6 < 2 { vec![(item % 2) as u32] } else { vec![] }).collect())
}

fn histories_of_two_kinds(watched: usize) -> Vec<Vec<Watch>> {
    let of =
        |profile: usize| (0..8).map(move |at| (profile % 2 + 2 * ((profile * 7 + at * 3) % (watched / 2))) as Item);
    (0..30).map(|profile| history(&of(profile).collect::<Vec<_>>())).collect()
}

fn content_map(directions: usize) -> ContentMap {
    let (dense, tags) = content_of_two_kinds(60);
    let features = ContentFeatures { dense: dense.view(), tags: &tags, tag_count: 2 };
    let histories = histories_of_two_kinds(40);
    let options = ContentOptions { regularisation: 1.0, directions, ..ContentOptions::default() };
    train_content(&features, &views(&histories), &options, &CallOptions::default()).unwrap().unwrap()
}

/// A recommender by content in which all items have places.
fn content(directions: usize) -> Content {
    let (dense, tags) = content_of_two_kinds(60);
    let mut content = Content::new(content_map(directions), &["even", "odd"]);
    for (item, tags) in tags.iter().enumerate() {
        let names = tags.iter().map(|tag| ["even", "odd"][*tag as usize]);
        content.place(item as Item, dense.row(item).as_slice().unwrap(), names).unwrap();
    }
    content
}

#[test]
fn new_videos_of_the_kind_that_was_watched_come_first() {
    let content = content(4);
    for first in [0, 1] {
        let found = scores(&content, &history(&[first, first + 2, first + 4]), 60);
        let (same, other): (Vec<usize>, Vec<usize>) = (40..60).partition(|item| item % 2 == first as usize);
        let mean = |items: &[usize]| items.iter().map(|item| found[*item]).sum::<f32>() / items.len() as f32;
        assert!(mean(&same) > mean(&other) + 0.05, "{} {}", mean(&same), mean(&other));
    }
}

/// With as many directions as features the short vectors give the ridge regression's own scores.
#[test]
fn places_give_the_scores_of_the_regression() {
    let (dense, tags) = content_of_two_kinds(60);
    let histories = histories_of_two_kinds(40);
    let mut features = Array2::<f64>::zeros((60, 7));
    for item in 0..60 {
        (0..5).for_each(|at| features[[item, at]] = f64::from(dense[[item, at]]));
        tags[item].iter().for_each(|tag| features[[item, 5 + *tag as usize]] = 1.0);
    }
    let watched: BTreeSet<usize> = histories.iter().flatten().map(|watch| watch.item as usize).collect();
    let mut mean = Array1::<f64>::zeros(7);
    watched.iter().for_each(|item| mean += &features.row(*item));
    features -= &(mean / watched.len() as f64);
    let mut gram = Array2::<f64>::eye(7);
    for item in &watched {
        let row = features.row(*item);
        gram += &row.to_owned().insert_axis(Axis(1)).dot(&row.to_owned().insert_axis(Axis(0)));
    }
    let matrix = DMatrix::from_fn(7, 7, |row, column| gram[[row, column]]);
    let viewer_history = history(&[3, 8, 21]);
    let sum = (0..7).map(|at| viewer_history.iter().map(|watch| features[[watch.item as usize, at]]).sum::<f64>());
    let solved = matrix.lu().solve(&DVector::from_iterator(7, sum)).unwrap();
    let found = scores(&content(7), &viewer_history, 60);
    let expected = |item: usize| (0..7).map(|at| features[[item, at]] * solved[at]).sum::<f64>();
    let largest = (0..60).map(|item| expected(item).abs()).fold(0.0, f64::max);
    for item in 0..60 {
        let (found, expected) = (f64::from(found[item]), expected(item));
        // But for what their codes leave out.
        assert!((found - expected).abs() < 0.02 * largest, "{item}: {found} {expected}");
    }
}

#[test]
fn a_content_map_refuses_what_does_not_fit() {
    let dense = array![[1.0f32], [2.0]];
    let watched = [history(&[0, 1])];
    let train = |dense: &Array2<f32>, tags: &[Vec<u32>], options: &ContentOptions| {
        let features = ContentFeatures { dense: dense.view(), tags, tag_count: 1 };
        train_content(&features, &views(&watched), options, &CallOptions::default()).map_err(|error| error.status)
    };
    let options = ContentOptions::default();
    let wrong = Err(Status::InvalidArgument);
    assert!(train(&dense, &[vec![0], vec![]], &options).unwrap().is_some());
    assert_eq!(train(&dense, &[vec![0]], &options), wrong);
    assert_eq!(train(&dense, &[vec![1], vec![]], &options), wrong);
    assert_eq!(train(&(&dense * f32::NAN), &[vec![0], vec![]], &options), wrong);
    assert_eq!(train(&dense, &[vec![], vec![]], &ContentOptions { directions: 0, ..options.clone() }), wrong);
    assert_eq!(train(&dense, &[vec![], vec![]], &ContentOptions { regularisation: 0.0, ..options.clone() }), wrong);
    let nothing = ContentFeatures { dense: dense.view(), tags: &[vec![], vec![]], tag_count: 1 };
    assert_eq!(train_content(&nothing, &[&[]], &options, &CallOptions::default()).unwrap(), None);
    let map = content_map(3);
    let unknown_tag = map.place(&[0.0; 5], [2, u32::MAX]).unwrap();
    assert_eq!(unknown_tag, map.place(&[0.0; 5], []).unwrap());
    assert!(map.place(&[0.0; 4], []).is_err() && map.place(&[f32::NAN; 5], []).is_err());
}

fn trained_recommenders() -> Vec<Box<dyn Recommender>> {
    let watched = two_groups(12, 12);
    let options = EaseOptions { regularisation: 5.0, weights_per_item: 3, ..EaseOptions::default() };
    let factors = factors_of(&als_of(&watched, 20, &als_options(2)), 0.9);
    let ease = Ease::new(ease_of(&watched, 20, &options), 0.9).unwrap();
    vec![Box::new(ease), Box::new(factors), Box::new(content(3))]
}

#[test]
fn a_saved_state_is_the_state() {
    let empty: Vec<Box<dyn Recommender>> = vec![Box::new(Ease::default()), Box::new(Factors::default())];
    for (recommender, mut loaded) in trained_recommenders().into_iter().zip(empty) {
        let seen = history(&[1, 13, 22, 5]);
        let expected = scores(&*recommender, &seen, 25);
        assert!(expected.iter().any(|score| *score != 0.0));
        assert!(scores(&*loaded, &seen, 25).iter().all(|score| *score == 0.0));
        let nothing = loaded.save();
        loaded.load(&recommender.save()).unwrap();
        assert_eq!(loaded.save(), recommender.save());
        assert_eq!(scores(&*loaded, &seen, 25), expected);
        loaded.load(&nothing).unwrap();
        assert!(loaded.explain(&viewer(&seen), 3).is_none());
    }
}

/// Every training, as one function from histories to bytes.
type Training = fn(&[&[Watch]], usize, usize, &CallOptions) -> Result<Vec<u8>>;

const ALL: [Training; 5] = [
    |histories, items, memory_limit_bytes, call| {
        let options = EaseOptions { memory_limit_bytes, form: EaseForm::Primal, ..EaseOptions::default() };
        Ok(Ease::new(train_ease(histories, items, &options, call)?, 1.0)?.save())
    },
    |histories, items, memory_limit_bytes, call| {
        let options = EaseOptions { memory_limit_bytes, form: EaseForm::Dual, ..EaseOptions::default() };
        Ok(Ease::new(train_ease(histories, items, &options, call)?, 1.0)?.save())
    },
    |histories, items, memory_limit_bytes, call| {
        let model = train_als(histories, items, &AlsOptions { memory_limit_bytes, ..als_options(3) }, call)?;
        Ok(factors_of(&model, 1.0).save())
    },
    |histories, items, memory_limit_bytes, call| {
        let options = BprOptions { factors: 4, epochs: 3, memory_limit_bytes, ..BprOptions::default() };
        Ok(factors_of(&train_bpr(histories, items, &options, call)?, 1.0).save())
    },
    |histories, items, memory_limit_bytes, call| {
        let (dense, tags) = content_of_two_kinds(items);
        let features = ContentFeatures { dense: dense.view(), tags: &tags, tag_count: 2 };
        let options = ContentOptions { memory_limit_bytes, ..ContentOptions::default() };
        let map = train_content(&features, histories, &options, call)?;
        Ok(map.map_or(Vec::new(), |map| Content::new(map, &["even", "odd"]).save()))
    },
];

#[test]
fn the_same_input_gives_the_same_bytes() {
    let watched = two_groups(30, 13);
    for train in ALL {
        let once = train(&views(&watched), 20, usize::MAX, &CallOptions::default()).unwrap();
        assert_eq!(train(&views(&watched), 20, usize::MAX, &CallOptions::default()).unwrap(), once);
    }
    let other_seed = AlsOptions { seed: 2, ..als_options(3) };
    assert_ne!(als_of(&watched, 20, &other_seed), als_of(&watched, 20, &als_options(3)));
}

#[test]
fn a_training_can_be_ended() {
    let watched = two_groups(30, 14);
    let cancel = CancelToken::new();
    cancel.cancel();
    let cancelled = CallOptions { cancel: Some(cancel), ..CallOptions::default() };
    let late = CallOptions::with_timeout(Duration::ZERO);
    for train in ALL {
        for (call, status) in [(&cancelled, Status::Cancelled), (&late, Status::TimedOut)] {
            assert_eq!(train(&views(&watched), 20, usize::MAX, call).unwrap_err().status, status);
        }
    }
}

#[test]
fn a_training_that_needs_too_much_is_refused_first() {
    let watched = two_groups(30, 15);
    for train in ALL {
        let refused = train(&views(&watched), 20, 100, &CallOptions::default());
        assert_eq!(refused.unwrap_err().status, Status::MemoryLimit);
    }
    for train in &ALL[..4] {
        let refused = train(&views(&watched), u32::MAX as usize, 1 << 20, &CallOptions::default());
        assert_eq!(refused.unwrap_err().status, Status::MemoryLimit);
    }
}

#[test]
fn nothing_one_profile_one_item() {
    let call = CallOptions::default();
    let one = history(&[0]);
    let all_of_it = history(&[0, 1, 2]);
    for train in ALL {
        for items in [0, 1, 3] {
            train(&[], items, usize::MAX, &call).unwrap();
            train(&[&[]], items, usize::MAX, &call).unwrap();
        }
        train(&[&one], 1, usize::MAX, &call).unwrap();
        train(&[&one], 3, usize::MAX, &call).unwrap();
        train(&[&all_of_it, &[], &one], 3, usize::MAX, &call).unwrap();
    }
    for train in &ALL[..4] {
        assert_eq!(train(&[&all_of_it], 2, usize::MAX, &call).unwrap_err().status, Status::InvalidArgument);
    }
    let alone = ease_of(&[one], 3, &EaseOptions::default());
    assert_eq!((alone.items(), alone.cells()), (3, 0));
}

#[test]
fn options_out_of_their_range_are_refused() {
    let call = CallOptions::default();
    let refused = |result: Result<()>| assert_eq!(result.unwrap_err().status, Status::InvalidArgument);
    for value in [0.0, -1.0, f32::NAN, f32::INFINITY] {
        let (ease, als) = (EaseOptions::default(), AlsOptions::default());
        refused(train_ease(&[], 1, &EaseOptions { regularisation: value, ..ease }, &call).map(drop));
        refused(train_als(&[], 1, &AlsOptions { regularisation: value, ..als.clone() }, &call).map(drop));
        refused(train_als(&[], 1, &AlsOptions { confidence: value, ..als }, &call).map(drop));
        refused(train_bpr(&[], 1, &BprOptions { learning_rate: value, ..BprOptions::default() }, &call).map(drop));
        refused(
            Factors::new(array![[1.0]], FactorsOptions { confidence: value, ..FactorsOptions::default() }).map(drop),
        );
    }
    refused(train_ease(&[], 1, &EaseOptions { weights_per_item: 0, ..EaseOptions::default() }, &call).map(drop));
    refused(train_als(&[], 1, &AlsOptions { factors: 1_025, ..AlsOptions::default() }, &call).map(drop));
    refused(train_bpr(&[], 1, &BprOptions { epochs: 0, ..BprOptions::default() }, &call).map(drop));
    refused(Factors::new(array![[f32::NAN]], FactorsOptions::default()).map(drop));
}

#[test]
fn a_regularisation_too_small_to_compute_with_is_refused() {
    // Items that everyone watched together cannot be told apart without one; with the least allowed they can.
    let watched = histories(&vec![vec![0, 1, 2]; 50]);
    for form in [EaseForm::Primal, EaseForm::Dual] {
        let of = |regularisation| {
            let options = EaseOptions { regularisation, form, ..EaseOptions::default() };
            train_ease(&views(&watched), 3, &options, &CallOptions::default())
        };
        assert_eq!(of(REGULARISATION_MIN / 2.0).unwrap_err().status, Status::InvalidArgument);
        let weights = of(REGULARISATION_MIN).unwrap();
        assert!((weights.get(0, 1) - 0.5).abs() < 1e-4 && (weights.get(2, 1) - 0.5).abs() < 1e-4, "{form:?}");
    }
}
