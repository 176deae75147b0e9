//! A profile's taste: the mean of the vectors of the videos it engaged with, weighted by
//! engagement, scaled to unit length. Dislikes count negatively (Rocchio 1971, "Relevance feedback
//! in information retrieval").

use std::borrow::Cow;

use crate::domain::{CallOptions, Result};
use crate::vectors::normalise;

/// A taste with the terms it is the sum of.
#[derive(Debug, Clone, PartialEq)]
pub struct Taste {
    /// Unit length.
    pub vector: Vec<f32>,
    /// `vector` = Σ weight · (vector of the row), over these; those that attract most come first.
    pub terms: Vec<TasteTerm>,
}

/// Most terms looked at for a reason: bounds the cost of explaining a list to a viewer of thousands.
const STRONGEST_TERMS: usize = 256;

impl Taste {
    /// The terms that may be named as a reason: attracting ones, strongest first.
    pub fn strongest(&self) -> &[TasteTerm] {
        let attracting = self.terms.partition_point(|term| term.weight > 0.0);
        &self.terms[..attracting.min(STRONGEST_TERMS)]
    }
}

/// One video's part in a taste.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TasteTerm {
    pub row: usize,
    pub weight: f32,
}

/// Terms added up between two looks at the deadline.
const TERMS_BETWEEN_CHECKS: usize = 256;

/// The taste that `terms` (row and engagement weight) add up to; none when nothing attracts, or
/// when attraction and repulsion cancel out.
pub fn taste<'a>(
    mut terms: Vec<TasteTerm>,
    dimensions: usize,
    row: impl Fn(usize) -> Cow<'a, [f32]>,
    call: &CallOptions,
) -> Result<Option<Taste>> {
    if !terms.iter().any(|term| term.weight > 0.0) {
        return Ok(None);
    }
    let mut sum = vec![0.0_f32; dimensions];
    for (index, term) in terms.iter().enumerate() {
        if index.is_multiple_of(TERMS_BETWEEN_CHECKS) {
            call.check()?;
        }
        for (total, value) in sum.iter_mut().zip(row(term.row).iter()) {
            *total += term.weight * value;
        }
    }
    let length = sum.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>().sqrt();
    if length < 1e-6 || !normalise(&mut sum) {
        return Ok(None);
    }
    for term in &mut terms {
        term.weight = (f64::from(term.weight) / length) as f32;
    }
    // A stable sort: equal weights stay in the order of their ids.
    terms.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    Ok(Some(Taste { vector: sum, terms }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: [[f32; 2]; 3] = [[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]];

    fn taste_of(terms: Vec<TasteTerm>) -> Option<Taste> {
        taste(terms, 2, |row| Cow::Borrowed(&ROWS[row]), &CallOptions::default()).unwrap()
    }

    #[test]
    fn the_terms_add_up_to_the_vector() {
        let terms = vec![
            TasteTerm { row: 0, weight: 1.0 },
            TasteTerm { row: 1, weight: 0.5 },
            TasteTerm { row: 2, weight: -0.25 },
        ];
        let taste = taste_of(terms).unwrap();
        for (axis, value) in taste.vector.iter().enumerate() {
            let sum: f32 = taste.terms.iter().map(|term| term.weight * ROWS[term.row][axis]).sum();
            assert!((sum - value).abs() < 1e-6);
        }
    }

    #[test]
    fn no_taste_without_attraction() {
        let term = |weight| vec![TasteTerm { row: 0, weight }];
        assert!(taste_of(vec![]).is_none());
        assert!(taste_of(term(-1.0)).is_none());
        assert!(taste_of(term(1.0)).is_some());
    }
}
