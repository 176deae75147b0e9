//! Attention over a profile's history: how like what it watched a candidate is, where what is most like the candidate
//! counts most, and what was watched lately more than what was watched long ago. A taste is one mean for every
//! candidate; this is a mean of its own for each, so that one night of documentaries is not lost among films.
//!
//! Source: the softmax of similarities of Bahdanau, Cho and Bengio, "Neural machine translation by jointly learning to
//! align and translate" (ICLR 2015), over a viewer's history as in Zhou et al., "Deep interest network for
//! click-through rate prediction" (KDD 2018), with cosines in place of trained weights.
//!
//! Knows vectors only, no catalogue: the rows are handed in.

use crate::vectors::dot_each;

/// Most of the last videos that can be attended to: bounds the cost of a score.
pub const ATTENTION_WINDOW_MAX: usize = 64;

/// How sharply attention chooses.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AttentionSettings {
    /// How many of the last videos are attended to, 1 to [`ATTENTION_WINDOW_MAX`]. 20 by default.
    pub window: usize,
    /// τ, from 0.01 on: small attends to the most similar alone, large to all alike. 0.2 by default.
    pub temperature: f32,
    /// What is left of the attention to a video after each later one, above 0 to 1. 0.9 by default.
    pub decay: f32,
}

impl Default for AttentionSettings {
    fn default() -> Self {
        AttentionSettings { window: 20, temperature: 0.2, decay: 0.9 }
    }
}

impl AttentionSettings {
    /// The nearest settings within their ranges; what is no number becomes the default.
    fn within_ranges(self) -> AttentionSettings {
        let default = AttentionSettings::default();
        let or = |value: f32, default: f32| if value.is_finite() { value } else { default };
        AttentionSettings {
            window: self.window.clamp(1, ATTENTION_WINDOW_MAX),
            temperature: or(self.temperature, default.temperature).clamp(0.01, 1e6),
            decay: or(self.decay, default.decay).clamp(1e-6, 1.0),
        }
    }
}

/// The video of a history that a candidate's score owes most to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Attended {
    /// Its place in the history that was handed in.
    pub place: usize,
    /// Its share of the attention, 0 to 1; those of a history sum to 1.
    pub attention: f32,
    /// Its cosine with the candidate.
    pub cosine: f32,
}

/// A history made ready to score candidates with.
#[derive(Debug, Clone)]
pub struct Attention<'a> {
    /// The last of the history, oldest first.
    window: &'a [&'a [f32]],
    /// How many videos of the history come before them.
    before: usize,
    temperature: f32,
    /// ln(decay), 0 or less.
    fading: f32,
}

impl<'a> Attention<'a> {
    /// Over a history of unit vectors, oldest first. None for an empty one.
    pub fn new(history: &'a [&'a [f32]], settings: AttentionSettings) -> Option<Attention<'a>> {
        let AttentionSettings { window, temperature, decay } = settings.within_ranges();
        let before = history.len().saturating_sub(window);
        let attention = Attention { window: &history[before..], before, temperature, fading: decay.ln() };
        (!history.is_empty()).then_some(attention)
    }

    /// Σₜ aₜ·cos(x, hₜ) with a = softmaxₜ(cos(x, hₜ) / τ + k(t)·ln d), k(t) the number of later videos and d the
    /// decay: −1 to 1. `candidate` has unit length and as many numbers as each vector of the history.
    pub fn score(&self, candidate: &[f32]) -> f32 {
        let (cosines, shares) = self.attend(candidate);
        cosines.iter().zip(shares).take(self.window.len()).map(|(cosine, share)| cosine * share).sum()
    }

    /// The video with the largest term aₜ·cos(x, hₜ) of the score; the latest of equal ones.
    pub fn explain(&self, candidate: &[f32]) -> Attended {
        let (cosines, shares) = self.attend(candidate);
        let places = 0..self.window.len();
        let term = |place: usize| cosines[place] * shares[place];
        let place = places.max_by(|a, b| term(*a).total_cmp(&term(*b))).unwrap_or(0);
        Attended { place: self.before + place, attention: shares[place], cosine: cosines[place] }
    }

    /// The cosine and the share of the attention of each video of the window.
    fn attend(&self, candidate: &[f32]) -> ([f32; ATTENTION_WINDOW_MAX], [f32; ATTENTION_WINDOW_MAX]) {
        let (mut cosines, mut shares) = ([0.0; ATTENTION_WINDOW_MAX], [0.0; ATTENTION_WINDOW_MAX]);
        let count = self.window.len();
        let mut largest = f32::NEG_INFINITY;
        dot_each(candidate, self.window, &mut cosines);
        for place in 0..count {
            shares[place] = cosines[place] / self.temperature + (count - 1 - place) as f32 * self.fading;
            largest = largest.max(shares[place]);
        }
        let mut sum = 0.0;
        for share in &mut shares[..count] {
            *share = (*share - largest).exp();
            sum += *share;
        }
        shares[..count].iter_mut().for_each(|share| *share /= sum);
        (cosines, shares)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HISTORY: [&[f32]; 3] = [&[0.0, 1.0], &[1.0, 0.0], &[0.6, 0.8]];

    fn attention(temperature: f32, decay: f32) -> Attention<'static> {
        Attention::new(&HISTORY, AttentionSettings { window: 20, temperature, decay }).unwrap()
    }

    #[test]
    fn a_score_worked_out_by_hand() {
        // Cosines 0, 1 and 0.6; the exponents are 2·ln 0.5, 2 + ln 0.5 and 1.2.
        let weights = [0.25, 0.5 * 2.0_f64.exp(), 1.2_f64.exp()];
        let sum: f64 = weights.iter().sum();
        let expected = (weights[1] + 0.6 * weights[2]) / sum;
        let attention = attention(0.5, 0.5);
        assert!((f64::from(attention.score(&[1.0, 0.0])) - expected).abs() < 1e-6);
        let most = attention.explain(&[1.0, 0.0]);
        assert_eq!((most.place, most.cosine), (1, 1.0));
        assert!((f64::from(most.attention) - weights[1] / sum).abs() < 1e-6);
    }

    #[test]
    fn a_low_temperature_takes_the_nearest_and_a_high_one_the_mean() {
        assert!((attention(0.01, 1.0).score(&[1.0, 0.0]) - 1.0).abs() < 1e-6);
        assert!((attention(1e6, 1.0).score(&[1.0, 0.0]) - 1.6 / 3.0).abs() < 1e-5);
    }

    #[test]
    fn only_the_window_is_attended_to() {
        let settings = AttentionSettings { window: 1, ..AttentionSettings::default() };
        let attention = Attention::new(&HISTORY, settings).unwrap();
        assert_eq!(attention.score(&[1.0, 0.0]), 0.6);
        assert_eq!(attention.explain(&[1.0, 0.0]).place, 2);
        assert!(Attention::new(&[], settings).is_none());
    }

    #[test]
    fn settings_out_of_range_are_brought_within() {
        let wild = AttentionSettings { window: 0, temperature: f32::NAN, decay: -1.0 };
        let score = Attention::new(&HISTORY, wild).unwrap().score(&[1.0, 0.0]);
        assert_eq!(score, 0.6, "the last video alone");
        let cold = AttentionSettings { window: usize::MAX, temperature: 0.0, decay: 7.0 };
        assert!((Attention::new(&HISTORY, cold).unwrap().score(&[0.0, 1.0]) - 1.0).abs() < 1e-6);
    }
}
