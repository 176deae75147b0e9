//! The best of many scored rows, without putting all of them in their order.

use crate::ranking::Catalogue;
use crate::vectors::Scored;

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
