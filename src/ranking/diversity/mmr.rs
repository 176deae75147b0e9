//! Maximal marginal relevance: each place goes to the candidate for which (1 − s)·relevance − s·(its largest similarity
//! to one that was chosen) is largest, s being the strength.
//!
//! Source: Carbonell and Goldstein, "The use of MMR, diversity-based reranking for reordering documents and producing
//! summaries" (SIGIR 1998), section 2, with λ = 1 − s.

use super::{Candidates, greedily};
use crate::domain::{CallOptions, Result};

/// The places in `given` of what is chosen, in their order. Costs candidates × places inner products.
pub fn choose(given: &Candidates, places: usize, strength: f32, call: &CallOptions) -> Result<Vec<usize>> {
    let mut nearest = vec![f32::NEG_INFINITY; given.len()];
    greedily(given.len(), places, call, |last, left| {
        let gain = |place: &usize| {
            nearest[*place] = nearest[*place].max(given.similarity(last, *place));
            f64::from((1.0 - strength) * given.relevances[*place] - strength * nearest[*place])
        };
        left.iter().map(gain).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::drawn;
    use super::*;

    #[test]
    fn each_place_is_the_best_by_the_rule() {
        for seed in 1..20 {
            let given = drawn(30, seed);
            for strength in [0.1_f32, 0.5, 0.9, 1.0] {
                let chosen = choose(&given, 12, strength, &CallOptions::default()).unwrap();
                for place in 1..chosen.len() {
                    let before = &chosen[..place];
                    let value = |one: usize| {
                        let similarities = before.iter().map(|other| given.similarity(*other, one));
                        let largest = similarities.fold(f32::NEG_INFINITY, f32::max);
                        (1.0 - strength) * given.relevances[one] - strength * largest
                    };
                    let left = (0..given.len()).filter(|one| !before.contains(one));
                    let best = left.map(value).fold(f32::NEG_INFINITY, f32::max);
                    assert_eq!(value(chosen[place]), best, "seed {seed}, strength {strength}, place {place}");
                }
            }
        }
    }
}
