//! Rows of the catalogue with a score each, which rules, showings and rotation are added to, and the best of them without
//! putting all in their order.

use crate::domain::{CallOptions, Result};
use crate::ranking::{Adjustments, Catalogue};
use crate::vectors::{Bitmap, Scored};

/// What a row of the screen is chosen from, when all of it is scored.
pub struct ByScore<'a> {
    catalogue: &'a Catalogue,
    /// With their adjusted scores.
    rows: Vec<(usize, f32)>,
    pub adjustments: Option<Adjustments>,
}

impl<'a> ByScore<'a> {
    /// Of rows with their own scores, each row once. Adjustments are in deviations of these.
    pub fn of(
        catalogue: &'a Catalogue,
        rows: Vec<(usize, f32)>,
        adjustments: Option<Adjustments>,
        call: &CallOptions,
    ) -> Result<ByScore<'a>> {
        let Some(mut adjustments) = adjustments else { return Ok(ByScore { catalogue, rows, adjustments: None }) };
        adjustments.measure_all(rows.iter().map(|(_, score)| *score).collect());
        let without_boost = |(row, score): (usize, f32)| {
            let key = catalogue.id(row);
            Scored { row, score: score + adjustments.without_boost(row, key), key }
        };
        let scored = rows.into_iter().map(without_boost).collect();
        let settled = adjustments.settle(scored, call)?.scored;
        let rows = settled.into_iter().map(|scored| (scored.row, scored.score)).collect();
        Ok(ByScore { catalogue, rows, adjustments: Some(adjustments) })
    }

    /// The `limit` rows of `left` with the highest scores, best first, ties by id.
    pub fn best(&self, left: &Bitmap, limit: usize) -> Vec<Scored<'a>> {
        best_first(self.catalogue, self.rows.iter().filter(|(row, _)| left.contains(*row)).copied().collect(), limit)
    }

    /// All of them, best first.
    pub fn all(&self) -> Vec<Scored<'a>> {
        best_first(self.catalogue, self.rows.clone(), self.rows.len())
    }
}

/// The `limit` rows with the highest scores, best first, ties by id.
pub fn best_first(catalogue: &Catalogue, mut rows: Vec<(usize, f32)>, limit: usize) -> Vec<Scored<'_>> {
    if limit == 0 {
        return Vec::new();
    }
    if rows.len() > limit {
        let (_, last, _) = rows.select_nth_unstable_by(limit - 1, |one, other| other.1.total_cmp(&one.1));
        // Only ids tell which of the rows with this score belong to the list.
        let least = last.1;
        rows.retain(|(_, score)| score.total_cmp(&least).is_ge());
    }
    let scored = rows.into_iter().map(|(row, score)| Scored { row, score, key: catalogue.id(row) });
    let mut scored: Vec<Scored<'_>> = scored.collect();
    if scored.len() > limit {
        scored.select_nth_unstable(limit - 1);
        scored.truncate(limit);
    }
    scored.sort_unstable();
    scored
}
