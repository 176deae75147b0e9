//! The interests of a profile: groups of like videos in its history, each with a direction of its own. Where one mean
//! of crime and cartoons points at neither, two centroids are two queries.
//!
//! They are found by spherical k-means ([`super::spherical_k_means`]): the same history gives the same interests.
//!
//! Knows vectors only, no catalogue: the rows are handed in.

use super::spherical_k_means::{SphericalKMeans, Weighted};
use crate::vectors::dot;

/// Most interests of a profile.
pub const INTERESTS_MAX: usize = 5;

/// How a history is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InterestSettings {
    /// How many of the last videos are divided, 1 to 200. 50 by default.
    pub window: usize,
    /// Most interests, 1 to [`INTERESTS_MAX`]. 5 by default.
    pub most: usize,
    /// Most rounds, 1 to 100. 10 by default; histories of this length settle in two to five.
    pub rounds: usize,
}

impl Default for InterestSettings {
    fn default() -> Self {
        InterestSettings { window: 50, most: INTERESTS_MAX, rounds: 10 }
    }
}

/// One group of like videos.
#[derive(Debug, Clone, PartialEq)]
pub struct Interest {
    /// Unit length.
    pub centroid: Vec<f32>,
    /// Its share of the weight of all that was divided, 0 to 1.
    pub weight: f32,
    /// Places in the history that was handed in, ascending; never empty.
    pub members: Vec<usize>,
}

/// The interests of a profile, the heaviest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Interests {
    interests: Vec<Interest>,
}

impl Interests {
    /// Divides a history of unit vectors with the weights of the engagement, oldest first. Videos of weight 0 or less, or
    /// with no number for one, are no interest. None are found where nothing attracts.
    ///
    /// There are round(√(n / 2)) interests for n videos, no more than `most`: one for up to 4 videos, two from 5, three
    /// from 13, four from 25, five from 41 on; fewer where vectors repeat.
    pub fn of(history: &[(&[f32], f32)], settings: InterestSettings) -> Interests {
        let first = history.len().saturating_sub(settings.window.clamp(1, 200));
        let attracts = |place: &usize| history[*place].1.is_finite() && history[*place].1 > 0.0;
        let places: Vec<usize> = (first..history.len()).filter(attracts).collect();
        let weighted = |place: &usize| Weighted { vector: history[*place].0, weight: history[*place].1 };
        let videos: Vec<Weighted<'_>> = places.iter().map(weighted).collect();
        let count =
            ((videos.len() as f64 / 2.0).sqrt().round() as usize).clamp(1, settings.most.clamp(1, INTERESTS_MAX));
        let mut division = SphericalKMeans::start(&videos, count);
        for _ in 1..settings.rounds.clamp(1, 100) {
            if !division.round(&videos) {
                break;
            }
        }
        division.move_to_means(&videos);
        Interests { interests: groups(&places, &videos, division) }
    }

    pub fn iter(&self) -> impl Iterator<Item = &Interest> {
        self.interests.iter()
    }

    pub fn len(&self) -> usize {
        self.interests.len()
    }

    pub fn is_empty(&self) -> bool {
        self.interests.is_empty()
    }

    /// The largest cosine of a unit vector with a centroid, −1 to 1; 0 without interests.
    pub fn score(&self, candidate: &[f32]) -> f32 {
        self.nearest(candidate).map_or(0.0, |(_, cosine)| cosine)
    }

    /// The place in `history` (the one that was divided) of the video that is nearest to the candidate, among those of
    /// the candidate's interest; the latest of equal ones.
    pub fn explain(&self, candidate: &[f32], history: &[(&[f32], f32)]) -> Option<usize> {
        let (interest, _) = self.nearest(candidate)?;
        let cosine = |place: usize| history.get(place).map_or(f32::NEG_INFINITY, |video| dot(candidate, video.0));
        let scored = interest.members.iter().map(|place| (*place, cosine(*place)));
        scored.max_by(|a, b| a.1.total_cmp(&b.1)).map(|(place, _)| place)
    }

    /// The interest with the largest cosine, the heaviest of equal ones, and that cosine.
    fn nearest(&self, candidate: &[f32]) -> Option<(&Interest, f32)> {
        let scored = self.interests.iter().rev().map(|interest| (interest, dot(candidate, &interest.centroid)));
        scored.max_by(|a, b| a.1.total_cmp(&b.1))
    }
}

fn groups(places: &[usize], videos: &[Weighted<'_>], division: SphericalKMeans) -> Vec<Interest> {
    let total: f32 = videos.iter().map(|video| video.weight).sum();
    let empty = |centroid: Vec<f32>| Interest { centroid, weight: 0.0, members: Vec::new() };
    let mut interests: Vec<Interest> = division.centroids.into_iter().map(empty).collect();
    for ((video, place), of) in videos.iter().zip(places).zip(division.nearest) {
        interests[of].weight += video.weight / total;
        interests[of].members.push(*place);
    }
    interests.retain(|interest| !interest.members.is_empty());
    // A stable sort: of equal weights the one that was found first.
    interests.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    interests
}

#[cfg(test)]
mod tests {
    use super::*;

    const EAST: [f32; 3] = [1.0, 0.0, 0.0];
    const EAST_BY_NORTH: [f32; 3] = [0.96, 0.28, 0.0];
    const UP: [f32; 3] = [0.0, 0.0, 1.0];

    #[test]
    fn two_groups_are_two_interests() {
        let history: Vec<(&[f32], f32)> =
            vec![(&EAST, 1.0), (&UP, 0.5), (&EAST, 1.0), (&EAST_BY_NORTH, 2.0), (&UP, 0.5)];
        let interests = Interests::of(&history, InterestSettings::default());
        let found: Vec<&Interest> = interests.iter().collect();
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].members.as_slice(), found[1].members.as_slice()), (&[0, 2, 3][..], &[1, 4][..]));
        assert_eq!((found[0].weight, found[1].weight), (0.8, 0.2));
        // 2·(1, 0) + 2·(0.96, 0.28) = (3.92, 0.56), of length 2·√3.92.
        let length = 2.0 * 3.92_f32.sqrt();
        for (value, expected) in found[0].centroid.iter().zip([3.92 / length, 0.56 / length, 0.0]) {
            assert!((value - expected).abs() < 1e-6, "{:?}", found[0].centroid);
        }
        assert_eq!(found[1].centroid, UP);
        assert!((interests.score(&UP) - 1.0).abs() < 1e-6);
        assert_eq!(interests.explain(&EAST_BY_NORTH, &history), Some(3));
        assert_eq!(interests.explain(&UP, &history), Some(4), "the latest of equal ones");
    }

    #[test]
    fn what_repels_is_no_interest() {
        let repelling: Vec<(&[f32], f32)> = vec![(&EAST, -1.0), (&UP, 0.0), (&UP, f32::NAN)];
        let interests = Interests::of(&repelling, InterestSettings::default());
        assert!(interests.is_empty());
        assert_eq!((interests.score(&EAST), interests.explain(&EAST, &repelling)), (0.0, None));
    }

    #[test]
    fn the_number_follows_the_history() {
        let vectors: Vec<Vec<f32>> =
            (0..60).map(|at| (0..60).map(|axis| f32::from(u8::from(axis == at))).collect()).collect();
        let history: Vec<(&[f32], f32)> = vectors.iter().map(|vector| (vector.as_slice(), 1.0)).collect();
        let interests = |videos: usize| Interests::of(&history[..videos], InterestSettings::default()).len();
        assert_eq!([1, 4, 5, 12, 13, 24, 25, 40, 41, 60].map(interests), [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
        let same = vec![history[0]; 50];
        assert_eq!(Interests::of(&same, InterestSettings::default()).len(), 1);
    }

    #[test]
    fn videos_that_cancel_out_keep_a_unit_centroid() {
        let west = [-1.0, 0.0, 0.0];
        let history: Vec<(&[f32], f32)> = vec![(&EAST, 1.0), (&west, 1.0)];
        let interests = Interests::of(&history, InterestSettings::default());
        let one = interests.iter().next().unwrap();
        assert_eq!((interests.len(), one.members.as_slice()), (1, &[0, 1][..]));
        assert!((dot(&one.centroid, &one.centroid) - 1.0).abs() < 1e-6);
    }
}
