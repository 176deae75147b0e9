//! When the stage on signs is on: only where it loses none of the best, which is measured as the catalogue grows.

use std::sync::Arc;

use super::{Lists, Metric, Search};
use crate::domain::{CallOptions, Result};
use crate::vectors::{Bitmap, Kernel, VectorStore, normalise};

/// Queries that the first stage is measured with, half of them rows and half means of three.
const SAMPLES: usize = 64;
/// Of each, so many best rows must not be lost.
pub const SAMPLE_BEST: usize = 100;

/// Sees to it that the first stage is on only where it loses none of the best of [`SAMPLES`] queries, when it
/// is time to measure that: `allowed`, the rows with a vector, are enough, and as many vectors were written
/// since the last time as were measured then. It takes as long as 64 searches.
pub fn measure_signs(store: &mut Arc<VectorStore>, allowed: &Bitmap, metric: Metric) -> Result<()> {
    if !store.signs.as_ref().is_some_and(|signs| signs.is_due(allowed.count())) {
        return Ok(());
    }
    let rows: Vec<usize> = allowed.iter().collect();
    let pick = |number: usize| store.values(rows[number * rows.len() / (3 * SAMPLES)]);
    let mean_of_three = |first: usize| {
        let mut sum = pick(first).into_owned();
        for other in [first + SAMPLES, first + 2 * SAMPLES] {
            sum.iter_mut().zip(pick(other).iter()).for_each(|(sum, value)| *sum += value);
        }
        normalise(&mut sum).then_some(sum)
    };
    let queries = (0..SAMPLES).filter_map(|number| match number % 2 {
        0 => Some(pick(3 * number).into_owned()),
        _ => mean_of_three(number),
    });
    let queries: Vec<Vec<f32>> = queries.collect();
    let search = Search {
        queries: queries.clone(),
        lists: Lists::OneEach,
        limit: SAMPLE_BEST,
        min_score: None,
        metric,
        allowed: allowed.clone(),
        kernel: Kernel::best(),
    };
    let lists = search.run_on_all(store, None, &CallOptions::default(), |_| "")?;
    let best = lists.iter().map(|list| list.iter().map(|scored| scored.row).collect());
    let samples: Vec<(Vec<f32>, Vec<usize>)> = queries.into_iter().zip(best).collect();
    match &mut Arc::make_mut(store).signs {
        Some(signs) => signs.measure(&samples, allowed),
        None => Ok(()),
    }
}
