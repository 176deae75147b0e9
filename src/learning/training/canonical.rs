//! Histories as training in one go reads them: under numbers that follow from the ids of videos alone, and in an order that
//! follows from what they hold. Sums of rounded numbers depend on their order; so the same histories train the same bytes,
//! whichever numbers the videos have and whichever profile came first.

use ndarray::{Array2, Axis};

use super::ItemContent;
use super::sparse_weights::SparseWeights;
use crate::learning::{Item, Items, Watch};

/// See the module.
pub struct Canonical {
    /// Of each number here the one that the video has.
    order: Vec<Item>,
    /// Without times, which no training in one go reads; each sorted.
    histories: Vec<Vec<Watch>>,
}

impl Canonical {
    /// Estimate of what [`Canonical::new`] takes.
    pub fn bytes(histories: &[&[Watch]], items: usize) -> usize {
        let watches: usize = histories.iter().map(|history| history.len()).sum();
        let of_lists = histories.len().saturating_mul(size_of::<Vec<Watch>>());
        watches.saturating_mul(size_of::<Watch>()).saturating_add(of_lists).saturating_add(items.saturating_mul(8))
    }

    pub fn new(histories: &[&[Watch]], items: &Items) -> Canonical {
        let mut order: Vec<Item> = (0..items.len() as Item).collect();
        // Free numbers, which no history has, stand in front.
        order.sort_by_key(|item| items.id(*item));
        let numbers = inverse(&order);
        let renumbered = |history: &&[Watch]| {
            let watch = |watch: &Watch| Watch { item: numbers[watch.item as usize], time_utc_ms: 0 };
            let mut renumbered: Vec<Watch> = history.iter().map(watch).collect();
            renumbered.sort_unstable_by_key(|watch| watch.item);
            renumbered
        };
        let mut histories: Vec<Vec<Watch>> = histories.iter().map(renumbered).collect();
        histories.sort_unstable_by(|one, other| {
            one.iter().map(|watch| watch.item).cmp(other.iter().map(|watch| watch.item))
        });
        Canonical { order, histories }
    }

    pub fn histories(&self) -> Vec<&[Watch]> {
        self.histories.iter().map(Vec::as_slice).collect()
    }

    /// What is known of the videos, in the order of the numbers here.
    pub fn content(&self, content: &ItemContent) -> ItemContent {
        let rows: Vec<usize> = self.order.iter().map(|item| *item as usize).collect();
        ItemContent {
            dense: content.dense.select(Axis(0), &rows),
            tags: rows.iter().map(|row| content.tags[*row].clone()).collect(),
            tag_names: content.tag_names.clone(),
        }
    }

    /// Weights between videos, back under the numbers that these have.
    pub fn weights(&self, weights: &SparseWeights) -> SparseWeights {
        let mut found = SparseWeights::default();
        for number in inverse(&self.order) {
            let cell = |(column, weight): (Item, f32)| (self.order[column as usize], weight);
            let mut cells: Vec<(Item, f32)> = weights.row(number).map(cell).collect();
            cells.sort_unstable_by_key(|cell| cell.0);
            found.push_row(weights.scale(number), cells);
        }
        found
    }

    /// A row for each video, back in the order of the numbers that these have.
    pub fn rows(&self, rows: &Array2<f32>) -> Array2<f32> {
        let numbers: Vec<usize> = inverse(&self.order).into_iter().map(|number| number as usize).collect();
        rows.select(Axis(0), &numbers)
    }
}

/// Of each number that a video has its place in `order`.
fn inverse(order: &[Item]) -> Vec<Item> {
    let mut numbers = vec![0; order.len()];
    order.iter().zip(0..).for_each(|(item, number)| numbers[*item as usize] = number);
    numbers
}
