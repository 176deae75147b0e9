//! A profile's taste: the mean of the vectors of the videos it engaged with, weighted by engagement and by how
//! lately that was, scaled to unit length. Dislikes count negatively (Rocchio 1971, "Relevance feedback in
//! information retrieval"). Weights fade with each later watch rather than with time, so that a household that is away
//! for a month comes back to the taste it left.

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

/// How fast what was watched fades from a taste.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TasteSettings {
    /// What is left of a weight after each later watch, above 0 to 1; 1: all of it. 0.98 by default.
    pub decay: f32,
}

impl Default for TasteSettings {
    fn default() -> Self {
        TasteSettings { decay: 0.98 }
    }
}

/// A video that a profile engaged with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Engaged {
    pub row: usize,
    /// [`super::Engagement::weight`].
    pub weight: f32,
    /// How many videos came after it in the profile's history; none for one that does not stand there, such as one
    /// that was only disliked.
    pub later_watches: Option<usize>,
}

/// The terms of a taste: each weight times `decay` to the power of the later watches. What stands outside the history
/// has no place in its order, and fades as the history does on the whole (the mean of its powers), so that what
/// attracts and what repels keep their proportion however long the history grows.
pub fn taste_terms(engaged: &[Engaged], settings: TasteSettings) -> Vec<TasteTerm> {
    let decay = f64::from(if settings.decay > 0.0 && settings.decay <= 1.0 { settings.decay } else { 1.0 });
    // A table, since the power of a place that a video may not have would be taken before it is asked for.
    let latest = engaged.iter().filter_map(|video| video.later_watches).max().unwrap_or(0);
    let left: Vec<f64> = std::iter::successors(Some(1.0), |left| Some(left * decay)).take(latest + 1).collect();
    let powers = || engaged.iter().filter_map(|video| video.later_watches).map(|later| left[later]);
    let (sum, count) = powers().fold((0.0, 0_u32), |(sum, count), power| (sum + power, count + 1));
    let outside = if count == 0 { 1.0 } else { sum / f64::from(count) };
    let term = |video: &Engaged| TasteTerm {
        row: video.row,
        weight: (f64::from(video.weight) * video.later_watches.map_or(outside, |later| left[later])) as f32,
    };
    engaged.iter().map(term).filter(|term| term.weight != 0.0).collect()
}

/// Terms added up between two looks at the deadline.
const TERMS_BETWEEN_CHECKS: usize = 256;

/// The taste that `terms` ([`taste_terms`]) add up to; none when nothing attracts, or
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
        call.check_every(TERMS_BETWEEN_CHECKS, index)?;
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

    fn engaged(row: usize, weight: f32, later_watches: Option<usize>) -> Engaged {
        Engaged { row, weight, later_watches }
    }

    #[test]
    fn weights_fade_with_each_later_watch() {
        let videos = [engaged(0, 1.0, Some(2)), engaged(1, 2.0, Some(1)), engaged(2, 0.5, Some(0))];
        let weights = |decay| {
            let terms = taste_terms(&videos, TasteSettings { decay });
            terms.iter().map(|term| term.weight).collect::<Vec<_>>()
        };
        assert_eq!(weights(0.5), [0.25, 1.0, 0.5]);
        assert_eq!(weights(1.0), [1.0, 2.0, 0.5]);
        assert_eq!(weights(f32::NAN), weights(1.0), "what is no decay fades nothing");
    }

    #[test]
    fn what_stands_outside_the_history_fades_as_its_mean() {
        let videos = [engaged(0, 1.0, Some(1)), engaged(1, 1.0, Some(0)), engaged(2, -0.5, None)];
        let terms = taste_terms(&videos, TasteSettings { decay: 0.5 });
        assert_eq!(terms[2].weight, -0.375, "half of (0.5 + 1) / 2");
        let alone = taste_terms(&videos[2..], TasteSettings { decay: 0.5 });
        assert_eq!(alone[0].weight, -0.5);
    }

    #[test]
    fn a_hundred_dislikes_do_not_outweigh_four_hundred_watches() {
        let watched = (0..400).map(|later| engaged(0, 1.0, Some(later)));
        let disliked = (0..100).map(|_| engaged(2, -0.5, None));
        let videos: Vec<Engaged> = watched.chain(disliked).collect();
        let taste = taste_of(taste_terms(&videos, TasteSettings::default())).unwrap();
        assert!((taste.vector[1] / taste.vector[0] + 0.125).abs() < 1e-5, "50 against 400, as without decay");
    }

    #[test]
    fn no_taste_without_attraction() {
        let term = |weight| vec![TasteTerm { row: 0, weight }];
        assert!(taste_of(vec![]).is_none());
        assert!(taste_of(term(-1.0)).is_none());
        assert!(taste_of(term(1.0)).is_some());
    }
}
