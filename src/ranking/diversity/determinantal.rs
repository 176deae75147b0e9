//! A determinantal point process: the list is to have the largest probability θ·Σ relevance + (1 − θ)·ln det S, where S
//! holds the similarities of its videos and θ = 1 − strength. The determinant is the square of the volume that the
//! videos span, so a video that resembles others together adds little, even if it resembles none of them much.
//!
//! Source: Chen, Zhang and Zhou, "Fast greedy MAP inference for determinantal point process to improve recommendation
//! diversity" (NeurIPS 2018), Algorithm 1, with the trade-off of section 4.2 (equation 17) and similarities of
//! (1 + cosine) / 2 as in section 6. Their logarithms are taken apart here, so that a θ near 1 overflows nothing. The
//! Cholesky factor of S grows by a row for each place.

use super::{Candidates, greedily};
use crate::domain::{CallOptions, Result};

/// The part of an identity in S: it keeps the determinant above 0 where there are more places than dimensions, or two
/// videos of the same vector.
const RIDGE: f64 = 0.01;

/// What rounding may leave of a square that is above 0.
const SMALLEST: f64 = 1e-10;

/// Two different candidates' element of S.
fn element(given: &Candidates, one: usize, other: usize) -> f64 {
    (1.0 - RIDGE) * f64::midpoint(1.0, f64::from(given.similarity(one, other)))
}

/// The places in `given` of what is chosen, in their order. Costs candidates × places inner products, and as many of
/// vectors as long as there are places.
pub fn choose(given: &Candidates, places: usize, strength: f32, call: &CallOptions) -> Result<Vec<usize>> {
    let strength = f64::from(strength);
    // Of each candidate its row of the Cholesky factor, and the square of what would stand on its diagonal.
    let mut rows: Vec<Vec<f64>> = vec![Vec::new(); given.len()];
    let mut squares = vec![1.0_f64; given.len()];
    greedily(given.len(), places, call, |last, left| {
        let row_of_last = std::mem::take(&mut rows[last]);
        let diagonal = squares[last].sqrt();
        let gain = |place: &usize| {
            let row = &mut rows[*place];
            let known: f64 = row_of_last.iter().zip(&*row).map(|(one, other)| one * other).sum();
            let next = (element(given, last, *place) - known) / diagonal;
            row.push(next);
            let square = &mut squares[*place];
            *square = (*square - next * next).max(SMALLEST);
            (1.0 - strength) * f64::from(given.relevances[*place]) + strength * square.ln()
        };
        left.iter().map(gain).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::drawn;
    use super::*;

    /// By Gaussian elimination.
    fn determinant(given: &Candidates, chosen: &[usize]) -> f64 {
        let entry = |one: usize, other: usize| if one == other { 1.0 } else { element(given, one, other) };
        let mut matrix: Vec<Vec<f64>> =
            chosen.iter().map(|one| chosen.iter().map(|other| entry(*one, *other)).collect()).collect();
        let mut determinant = 1.0;
        for step in 0..matrix.len() {
            let pivot = matrix[step].clone();
            determinant *= pivot[step];
            for row in &mut matrix[step + 1..] {
                let factor = row[step] / pivot[step];
                row.iter_mut().zip(&pivot).for_each(|(value, above)| *value -= factor * above);
            }
        }
        determinant
    }

    #[test]
    fn each_place_is_the_best_by_explicit_determinants() {
        for seed in 1..10 {
            let given = drawn(25, seed);
            for strength in [0.1_f32, 0.5, 1.0] {
                // More places than dimensions.
                let chosen = choose(&given, 9, strength, &CallOptions::default()).unwrap();
                for place in 1..chosen.len() {
                    let value = |one: usize| {
                        let list = [&chosen[..place], &[one]].concat();
                        let relevance: f64 = list.iter().map(|one| f64::from(given.relevances[*one])).sum();
                        f64::from(1.0 - strength) * relevance + f64::from(strength) * determinant(&given, &list).ln()
                    };
                    let left = (0..given.len()).filter(|one| !chosen[..place].contains(one));
                    let best = left.map(value).fold(f64::NEG_INFINITY, f64::max);
                    assert!(value(chosen[place]) >= best - 1e-6, "seed {seed}, strength {strength}, place {place}");
                }
            }
        }
    }

    #[test]
    fn videos_of_one_vector_are_no_obstacle() {
        let mut given = drawn(6, 3);
        let same = given.vectors[0].clone();
        given.vectors[1..5].iter_mut().for_each(|vector| vector.clone_from(&same));
        let chosen = choose(&given, 6, 1.0, &CallOptions::default()).unwrap();
        assert_eq!(chosen, [0, 5, 1, 2, 3, 4], "what repeats comes last, in the order of scores");
    }
}
