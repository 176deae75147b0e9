//! The interests of a profile: groups of like videos in its history, each with a direction of its own. Where one mean
//! of crime and cartoons points at neither, two centroids are two queries.
//!
//! Source: spherical k-means, Dhillon and Modha, "Concept decompositions for large sparse text data using clustering"
//! (Machine Learning 42, 2001), with weighted vectors. It starts from vectors far apart, as k-means++ does (Arthur and
//! Vassilvitskii 2007), but takes the farthest where they draw at random: the same history gives the same interests.
//!
//! Knows vectors only, no catalogue: the rows are handed in.

use crate::vectors::{dot, dot_each, normalise};

/// Most interests of a profile.
pub const INTERESTS_MAX: usize = 5;

/// Vectors closer to a centroid than this start no other one.
const SAME: f32 = 1e-6;

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
        let videos: Vec<Attracting<'_>> = (first..history.len())
            .map(|place| Attracting { place, vector: history[place].0, weight: history[place].1 })
            .filter(|video| video.weight.is_finite() && video.weight > 0.0)
            .collect();
        let count =
            ((videos.len() as f64 / 2.0).sqrt().round() as usize).clamp(1, settings.most.clamp(1, INTERESTS_MAX));
        let mut centroids = first_centroids(&videos, count);
        let mut nearest = assign(&videos, &centroids);
        for _ in 1..settings.rounds.clamp(1, 100) {
            move_to_means(&mut centroids, &videos, &nearest);
            let before = std::mem::replace(&mut nearest, assign(&videos, &centroids));
            if nearest == before {
                break;
            }
        }
        move_to_means(&mut centroids, &videos, &nearest);
        Interests { interests: groups(&videos, centroids, &nearest) }
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

#[derive(Debug, Clone, Copy)]
struct Attracting<'a> {
    place: usize,
    vector: &'a [f32],
    weight: f32,
}

/// The heaviest vector, then each time the one whose weight times its distance to the nearest chosen one is largest;
/// the latest of equal ones.
fn first_centroids(videos: &[Attracting<'_>], count: usize) -> Vec<Vec<f32>> {
    let mut centroids: Vec<Vec<f32>> = Vec::with_capacity(count);
    let mut distances = vec![1.0_f32; videos.len()];
    while centroids.len() < count {
        let reach = |at: usize| videos[at].weight * distances[at].max(0.0);
        let farthest = (0..videos.len()).max_by(|a, b| reach(*a).total_cmp(&reach(*b)));
        let Some(farthest) = farthest.filter(|at| distances[*at] > SAME) else {
            break;
        };
        let chosen = videos[farthest].vector;
        for (distance, video) in distances.iter_mut().zip(videos) {
            *distance = distance.min(1.0 - dot(chosen, video.vector));
        }
        centroids.push(chosen.to_vec());
    }
    centroids
}

/// For each video the centroid with the largest cosine, the first of equal ones.
fn assign(videos: &[Attracting<'_>], centroids: &[Vec<f32>]) -> Vec<usize> {
    let centroids: Vec<&[f32]> = centroids.iter().map(Vec::as_slice).collect();
    let mut cosines = [f32::NEG_INFINITY; INTERESTS_MAX];
    let mut nearest = |video: &Attracting<'_>| {
        dot_each(video.vector, &centroids, &mut cosines);
        (1..centroids.len()).fold(0, |best, next| if cosines[next] > cosines[best] { next } else { best })
    };
    videos.iter().map(&mut nearest).collect()
}

/// A centroid that lost all its videos, or whose videos cancel out, stays where it is.
fn move_to_means(centroids: &mut [Vec<f32>], videos: &[Attracting<'_>], nearest: &[usize]) {
    for (number, centroid) in centroids.iter_mut().enumerate() {
        let mut sum = vec![0.0; centroid.len()];
        for (video, _) in videos.iter().zip(nearest).filter(|(_, of)| **of == number) {
            sum.iter_mut().zip(video.vector).for_each(|(sum, value)| *sum += video.weight * value);
        }
        if normalise(&mut sum) {
            *centroid = sum;
        }
    }
}

fn groups(videos: &[Attracting<'_>], centroids: Vec<Vec<f32>>, nearest: &[usize]) -> Vec<Interest> {
    let total: f32 = videos.iter().map(|video| video.weight).sum();
    let mut interests: Vec<Interest> =
        centroids.into_iter().map(|centroid| Interest { centroid, weight: 0.0, members: Vec::new() }).collect();
    for (video, of) in videos.iter().zip(nearest) {
        interests[*of].weight += video.weight / total;
        interests[*of].members.push(video.place);
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
