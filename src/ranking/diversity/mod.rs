//! Lists that are not all alike: from more candidates than a list has places, those that are good and unlike each other.
//! One file for each method. They see scores and vectors alone, so what may stand in a list was decided before, and what
//! is chosen keeps its score and its reasons. `docs/diversity.md` compares them.

mod cluster_quotas;
mod determinantal;
mod mmr;

use super::Catalogue;
use crate::domain::{CallOptions, DiversityMethod, Query, Result};
use crate::vectors::{Scored, dot, normalise};

/// Places that are chosen for variety. What a longer list has behind them stands in the plain order.
pub const VARIED_PLACES: usize = 200;

/// Candidates for each varied place, and some more for short lists.
const CANDIDATES_FOR_PLACE: usize = 4;
const MORE_CANDIDATES: usize = 50;

/// What a list is chosen from, best first.
struct Candidates {
    /// From 1, of the best, down to 0.
    relevances: Vec<f32>,
    /// Of unit length.
    vectors: Vec<Vec<f32>>,
}

impl Candidates {
    fn of(catalogue: &Catalogue, scored: &[Scored<'_>]) -> Candidates {
        let unit_vector = |scored: &Scored<'_>| {
            let mut vector = catalogue.vectors().values(scored.row).into_owned();
            // One without a direction stays as it is, and is unlike all others.
            normalise(&mut vector);
            vector
        };
        let scores: Vec<f32> = scored.iter().map(|scored| scored.score).collect();
        Candidates { relevances: relevances(&scores), vectors: scored.iter().map(unit_vector).collect() }
    }

    fn len(&self) -> usize {
        self.vectors.len()
    }

    /// The cosine of two candidates, −1 to 1 but for rounding.
    fn similarity(&self, one: usize, other: usize) -> f32 {
        dot(&self.vectors[one], &self.vectors[other])
    }
}

/// Scores of a list in its order, brought between 0 and 1. One that a rule placed above better ones counts as the best
/// of those behind it, so that the first is always the best.
fn relevances(scores: &[f32]) -> Vec<f32> {
    let mut relevances = scores.to_vec();
    for place in (1..relevances.len()).rev() {
        relevances[place - 1] = relevances[place - 1].max(relevances[place]);
    }
    let (best, worst) = (relevances.first().copied().unwrap_or(0.0), relevances.last().copied().unwrap_or(0.0));
    let share = |score: f32| if best > worst { (score - worst) / (best - worst) } else { 1.0 };
    relevances.into_iter().map(share).collect()
}

fn is_asked_for(query: &Query) -> bool {
    query.diversity_method != DiversityMethod::None && query.diversity > 0.0
}

/// How many of the best videos [`diversified`] is to be given for a query; its limit where the plain list is asked for.
pub fn candidates(query: &Query) -> usize {
    let varied = query.limit.min(VARIED_PLACES);
    if is_asked_for(query) { query.limit.max(CANDIDATES_FOR_PLACE * varied + MORE_CANDIDATES) } else { query.limit }
}

/// A list in its order.
#[derive(Debug)]
pub struct Varied<'c> {
    pub list: Vec<Scored<'c>>,
    /// Rows that stand in it for variety: by their scores the list would have no place for them.
    pub varied: Vec<usize>,
}

/// The list that the query asks for, from the best [`candidates`] in their order. The first of them stays the first.
/// Costs at most candidates × varied places inner products.
pub fn diversified<'c>(
    catalogue: &Catalogue,
    scored: Vec<Scored<'c>>,
    query: &Query,
    call: &CallOptions,
) -> Result<Varied<'c>> {
    let places = chosen(catalogue, &scored, query, call)?;
    let varied = places.iter().filter(|place| **place >= query.limit).map(|place| scored[*place].row).collect();
    Ok(Varied { list: places.into_iter().map(|place| scored[place]).collect(), varied })
}

/// The places in `scored` of what [`diversified`] lists, in the list's order.
pub fn chosen(catalogue: &Catalogue, scored: &[Scored<'_>], query: &Query, call: &CallOptions) -> Result<Vec<usize>> {
    if !is_asked_for(query) || scored.len() < 3 {
        return Ok((0..scored.len().min(query.limit)).collect());
    }
    let varied = query.limit.min(VARIED_PLACES).min(scored.len());
    let count = scored.len().min(CANDIDATES_FOR_PLACE * varied + MORE_CANDIDATES);
    let given = Candidates::of(catalogue, &scored[..count]);
    call.check()?;
    let mut chosen = match query.diversity_method {
        DiversityMethod::MaximalMarginalRelevance => mmr::choose(&given, varied, query.diversity, call)?,
        DiversityMethod::ClusterQuotas => cluster_quotas::choose(&given, varied, query.diversity, call)?,
        DiversityMethod::Determinantal => determinantal::choose(&given, varied, query.diversity, call)?,
        DiversityMethod::None => (0..varied).collect(),
    };
    let mut is_chosen = vec![false; scored.len()];
    chosen.iter().for_each(|place| is_chosen[*place] = true);
    chosen.extend((0..scored.len()).filter(|place| !is_chosen[*place]));
    chosen.truncate(query.limit);
    Ok(chosen)
}

/// Chooses the first candidate and then, place by place, the one left whose gain is largest, the first of equal ones.
/// `after` is told what was chosen and what is left, and gives the gains of these.
fn greedily(
    candidates: usize,
    places: usize,
    call: &CallOptions,
    mut after: impl FnMut(usize, &[usize]) -> Vec<f64>,
) -> Result<Vec<usize>> {
    let mut left: Vec<usize> = (1..candidates).collect();
    let mut chosen = vec![0];
    while let Some(last) = chosen.last().filter(|_| chosen.len() < places && !left.is_empty()) {
        call.check()?;
        let gains = after(*last, &left);
        let best = (1..gains.len()).fold(0, |best, next| if gains[next] > gains[best] { next } else { best });
        chosen.push(left.remove(best));
    }
    Ok(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Candidates with vectors of three elements, drawn without a crate for it: Marsaglia 2003, "Xorshift RNGs",
    /// section 3.
    pub(super) fn drawn(count: usize, mut seed: u64) -> Candidates {
        let mut next = || {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            (seed % 2_001) as f32 / 1_000.0 - 1.0
        };
        let mut scores: Vec<f32> = (0..count).map(|_| next()).collect();
        scores.sort_by(|a, b| b.total_cmp(a));
        let vector = |_| {
            let mut vector = vec![next(), next(), next() + 1.5];
            assert!(normalise(&mut vector));
            vector
        };
        Candidates { vectors: (0..count).map(vector).collect(), relevances: relevances(&scores) }
    }

    #[test]
    fn what_a_rule_placed_higher_counts_as_what_it_stands_before() {
        assert_eq!(relevances(&[5.0, 3.0, 1.0]), [1.0, 0.5, 0.0]);
        assert_eq!(relevances(&[5.0, -9.0, 3.0, 1.0]), [1.0, 0.5, 0.5, 0.0]);
        assert_eq!(relevances(&[-9.0, 5.0, 1.0]), [1.0, 1.0, 0.0]);
        assert_eq!(relevances(&[2.0, 2.0]), [1.0, 1.0]);
    }

    #[test]
    fn a_longer_list_is_chosen_from_more_up_to_a_bound() {
        let candidates = |limit, diversity| {
            let diversity_method = DiversityMethod::MaximalMarginalRelevance;
            candidates(&Query { limit, diversity_method, diversity, ..Query::for_profile("p") })
        };
        assert_eq!((candidates(10, 0.5), candidates(200, 0.5), candidates(800, 0.5)), (90, 850, 850));
        assert_eq!((candidates(10_000, 0.5), candidates(10, 0.0)), (10_000, 10));
        assert_eq!(super::candidates(&Query { diversity: 1.0, ..Query::for_profile("p") }), 10);
    }

    #[test]
    fn the_first_stays_and_a_call_can_be_ended() {
        let given = drawn(40, 7);
        type Choose = fn(&Candidates, usize, f32, &CallOptions) -> Result<Vec<usize>>;
        let ended = CallOptions { cancel: Some(Default::default()), ..CallOptions::default() };
        ended.cancel.as_ref().unwrap().cancel();
        for choose in [mmr::choose as Choose, cluster_quotas::choose, determinantal::choose] {
            for strength in [0.01, 0.5, 1.0] {
                let mut chosen = choose(&given, 25, strength, &CallOptions::default()).unwrap();
                assert_eq!((chosen[0], chosen.len()), (0, 25));
                chosen.sort_unstable();
                chosen.dedup();
                assert_eq!(chosen.len(), 25, "a candidate stands twice");
                assert!(choose(&given, 25, strength, &ended).is_err());
                assert_eq!(choose(&given, 60, strength, &CallOptions::default()).unwrap().len(), 40);
            }
        }
    }
}
