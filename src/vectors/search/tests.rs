//! Lists against those of scoring every row, with every kernel.

use super::*;
use crate::vectors::{ExactValues, dot, normalise};

/// A sequence without a crate for it: Marsaglia 2003, "Xorshift RNGs", section 3.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    fn one_of<T: Copy>(&mut self, values: &[T]) -> T {
        values[self.below(values.len())]
    }

    fn unit(&mut self, dimensions: usize, slant: f32) -> Vec<f32> {
        let mut vector: Vec<f32> =
            (0..dimensions).map(|_| slant + (self.next() >> 40) as f32 / 16_777_216.0 - 0.5).collect();
        normalise(&mut vector);
        vector
    }
}

/// One random store with a search, and what scoring every row says.
struct Case {
    store: Arc<VectorStore>,
    keys: Vec<String>,
    search: Search,
    rows: Vec<Vec<f32>>,
}

impl Case {
    fn new(random: &mut Random, kept: ExactValues) -> Self {
        let most = random.one_of(&[400, 40, 40]);
        let dimensions = 1 + random.below(most);
        let most = random.one_of(&[300, 1_500, 9_000]);
        let count = 1 + random.below(most);
        // With a slant all rows look alike, and nothing can be left out early.
        let slant = random.one_of(&[0.0, 0.0, 0.6]);
        let mut store = VectorStore::new(dimensions, kept);
        let mut rows: Vec<Vec<f32>> = Vec::new();
        for row in 0..count {
            let again = row > 0 && random.below(4) == 0;
            let vector = if again { rows[random.below(row)].clone() } else { random.unit(dimensions, slant) };
            store.push(&vector);
            rows.push(vector);
        }
        let mut allowed = Bitmap::default();
        let share = random.one_of(&[1, 1, 2, 30, 200]);
        // Every part of the rows may have a density of its own.
        let parts: Vec<usize> = (0..=count / 1_000).map(|_| random.one_of(&[1, 1, 6, 50])).collect();
        let mixed = random.below(2) == 0;
        let share_of = |row: usize| if mixed { parts[row / 1_000] } else { share };
        (0..count).filter(|row| random.below(share_of(*row)) == 0).for_each(|row| allowed.insert(row));
        let queries = random.one_of(&[1, 1, 2, 5, 40, 70]);
        let most = random.one_of(&[20, 20, 2_000]);
        let queries = (0..queries).map(|_| match random.below(2) {
            0 => rows[random.below(count)].clone(),
            _ => random.unit(dimensions, slant),
        });
        let search = Search {
            queries: queries.collect(),
            lists: random.one_of(&[Lists::OneEach, Lists::BestOf]),
            limit: 1 + random.below(most),
            min_score: random.one_of(&[None, Some(0.2), Some(-0.1)]),
            metric: Metric::Cosine,
            allowed,
            kernel: random.one_of(Kernel::available()),
        };
        let keys = (0..count).map(|row| format!("{:04}", (row * 7_919) % 10_007)).collect();
        Case { store: Arc::new(store), keys, search, rows }
    }

    fn expected(&self) -> Vec<Vec<(usize, f32)>> {
        let Search { queries, lists, limit, min_score, allowed, .. } = &self.search;
        let groups: Vec<&[Vec<f32>]> = match lists {
            Lists::OneEach => queries.chunks(1).collect(),
            Lists::BestOf => vec![queries],
        };
        let list = |queries: &[Vec<f32>]| {
            let score = |row: usize| {
                let scores = queries.iter().map(|query| dot(query, &self.store.values(row)).clamp(-1.0, 1.0));
                scores.max_by(f32::total_cmp).unwrap()
            };
            let mut all: Vec<(usize, f32)> = allowed.iter().map(|row| (row, score(row))).collect();
            all.retain(|(_, score)| min_score.is_none_or(|least| *score >= least));
            all.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| self.keys[a.0].cmp(&self.keys[b.0])));
            all.truncate(*limit);
            all
        };
        groups.into_iter().map(list).collect()
    }
}

#[test]
fn lists_are_those_of_scoring_every_row() {
    let mut random = Random(0x2545_F491_4F6C_DD1D);
    for round in 0..400 {
        let kept = if round % 3 == 0 { ExactValues::Float16 } else { ExactValues::Float32 };
        let case = Case::new(&mut random, kept);
        let expected = case.expected();
        let found = case.search.run(&case.store, None, &CallOptions::default(), |row| &case.keys[row]).unwrap();
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(&expected) {
            let found: Vec<(usize, f32)> = found.iter().map(|scored| (scored.row, scored.score)).collect();
            assert_eq!(&found, expected, "round {round}");
        }
    }
}

#[test]
fn without_values_scores_are_near_and_the_same_with_every_kernel() {
    let mut random = Random(88_172_645_463_325_252);
    for round in 0..100 {
        let case = Case::new(&mut random, ExactValues::None);
        let lists = Kernel::available().iter().map(|kernel| {
            let search = Search { kernel: *kernel, ..case.search.clone() };
            search.run(&case.store, None, &CallOptions::default(), |row| &case.keys[row]).unwrap()
        });
        let lists: Vec<_> = lists.collect();
        assert!(lists.windows(2).all(|pair| pair[0] == pair[1]), "round {round}");
        for (list, scored) in lists[0].iter().enumerate().flat_map(|(at, list)| list.iter().map(move |s| (at, s))) {
            assert!(case.search.allowed.contains(scored.row));
            let queries = match case.search.lists {
                Lists::OneEach => &case.search.queries[list..=list],
                Lists::BestOf => &case.search.queries[..],
            };
            let scores = queries.iter().map(|query| dot(query, &case.rows[scored.row]));
            let exact = scores.max_by(f32::total_cmp).unwrap();
            assert!((scored.score - exact).abs() < 0.02, "round {round}: {} for {exact}", scored.score);
        }
    }
}

/// 100,000 vectors near as many centres, and all of their rows.
fn around(centres: usize, noise: f32) -> (Arc<VectorStore>, Bitmap) {
    let mut random = Random(0xD1B5_4A32_D192_ED03);
    let centres: Vec<Vec<f32>> = (0..centres).map(|_| random.unit(64, 0.0)).collect();
    let mut store = VectorStore::new(64, ExactValues::None).with_signs();
    let mut rows = Bitmap::default();
    for row in 0..100_000 {
        let mut vector = random.unit(64, 0.0);
        let centre = &centres[row % centres.len()];
        vector.iter_mut().zip(centre).for_each(|(value, centre)| *value = *value * noise + centre);
        normalise(&mut vector);
        rows.insert(store.push(&vector));
    }
    (Arc::new(store), rows)
}

#[test]
fn the_stage_on_signs_is_on_only_where_it_loses_nothing() {
    let (mut clustered, rows) = around(500, 0.05);
    measure_signs(&mut clustered, &rows, Metric::Cosine).unwrap();
    assert!(clustered.sign_divisor().is_some());
    let search = |store: &Arc<VectorStore>| {
        let queries = vec![store.values(77_777).into_owned()];
        let (lists, kernel, metric) = (Lists::OneEach, Kernel::best(), Metric::Cosine);
        let search = Search { queries, lists, limit: 100, min_score: None, metric, allowed: rows.clone(), kernel };
        let narrowed = search.narrowed(store, &CallOptions::default()).unwrap();
        let found = search.clone().run(store, None, &CallOptions::default(), |_| "").unwrap();
        let all = search.run_on_all(store, None, &CallOptions::default(), |_| "").unwrap();
        assert_eq!(found, all);
        narrowed.map(|rows| rows.count())
    };
    assert!(search(&clustered).is_some_and(|count| count < 50_000));
    // Not before a tenth of them were written is it time to measure once more.
    let is_due = |store: &VectorStore| store.signs.as_ref().is_some_and(|signs| signs.is_due(rows.count()));
    let same = clustered.values(0).into_owned();
    let rewritten = Arc::make_mut(&mut clustered);
    (1..10_000).for_each(|_| rewritten.set(0, &same));
    assert!(!is_due(rewritten));
    rewritten.set(0, &same);
    assert!(is_due(rewritten));
    let (mut scattered, _) = around(100_000, 1.0);
    measure_signs(&mut scattered, &rows, Metric::Cosine).unwrap();
    assert_eq!((scattered.sign_divisor(), search(&scattered)), (None, None));
}

#[test]
fn a_cancelled_search_ends() {
    let mut random = Random(3);
    let case = Case::new(&mut random, ExactValues::Float32);
    let cancel = crate::domain::CancelToken::new();
    cancel.cancel();
    let call = CallOptions { cancel: Some(cancel), ..CallOptions::default() };
    let error = case.search.run(&case.store, None, &call, |row| &case.keys[row]).unwrap_err();
    assert_eq!(error.status, crate::domain::Status::Cancelled);
}
