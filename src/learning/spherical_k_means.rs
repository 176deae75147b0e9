//! Groups of unit vectors that point the same way, without a draw: the same vectors give the same groups.
//!
//! Source: spherical k-means, Dhillon and Modha, "Concept decompositions for large sparse text data using clustering"
//! (Machine Learning 42, 2001), with weighted vectors. It starts from vectors far apart, as k-means++ does (Arthur and
//! Vassilvitskii 2007), but takes the farthest where they draw at random.

use crate::vectors::{dot, dot_each, normalise};

/// Vectors closer to a centroid than this start no other one.
const SAME: f32 = 1e-6;

/// A unit vector with its weight, finite and above 0.
#[derive(Debug, Clone, Copy)]
pub struct Weighted<'a> {
    pub vector: &'a [f32],
    pub weight: f32,
}

/// The state of a division; see the module. Rounds are the caller's, who may look at a deadline in between.
#[derive(Debug, Clone, PartialEq)]
pub struct SphericalKMeans {
    /// Of unit length.
    pub centroids: Vec<Vec<f32>>,
    /// Of each vector the centroid with the largest cosine, the first of equal ones.
    pub nearest: Vec<usize>,
}

impl SphericalKMeans {
    /// At most `count` centroids far apart, fewer where vectors repeat, and the nearest of them for each vector. Costs
    /// vectors × `count` inner products, twice.
    pub fn start(vectors: &[Weighted<'_>], count: usize) -> SphericalKMeans {
        let centroids = first_centroids(vectors, count);
        let nearest = assign(vectors, &centroids);
        SphericalKMeans { centroids, nearest }
    }

    /// Moves each centroid to the mean of its vectors, and the vectors to their nearest centroids. Whether any changed
    /// its group; none does in later rounds either where none did. Costs vectors × centroids inner products.
    pub fn round(&mut self, vectors: &[Weighted<'_>]) -> bool {
        self.move_to_means(vectors);
        let before = std::mem::replace(&mut self.nearest, assign(vectors, &self.centroids));
        self.nearest != before
    }

    /// A centroid that lost all its vectors, or whose vectors cancel out, stays where it is.
    pub fn move_to_means(&mut self, vectors: &[Weighted<'_>]) {
        for (number, centroid) in self.centroids.iter_mut().enumerate() {
            let mut sum = vec![0.0; centroid.len()];
            for (member, _) in vectors.iter().zip(&self.nearest).filter(|(_, of)| **of == number) {
                sum.iter_mut().zip(member.vector).for_each(|(sum, value)| *sum += member.weight * value);
            }
            if normalise(&mut sum) {
                *centroid = sum;
            }
        }
    }
}

/// The heaviest vector, then each time the one whose weight times its distance to the nearest chosen one is largest;
/// the latest of equal ones.
fn first_centroids(vectors: &[Weighted<'_>], count: usize) -> Vec<Vec<f32>> {
    let mut centroids: Vec<Vec<f32>> = Vec::with_capacity(count);
    let mut distances = vec![1.0_f32; vectors.len()];
    while centroids.len() < count {
        let reach = |at: usize| vectors[at].weight * distances[at].max(0.0);
        let farthest = (0..vectors.len()).max_by(|a, b| reach(*a).total_cmp(&reach(*b)));
        let Some(farthest) = farthest.filter(|at| distances[*at] > SAME) else {
            break;
        };
        let chosen = vectors[farthest].vector;
        for (distance, other) in distances.iter_mut().zip(vectors) {
            *distance = distance.min(1.0 - dot(chosen, other.vector));
        }
        centroids.push(chosen.to_vec());
    }
    centroids
}

fn assign(vectors: &[Weighted<'_>], centroids: &[Vec<f32>]) -> Vec<usize> {
    let centroids: Vec<&[f32]> = centroids.iter().map(Vec::as_slice).collect();
    let mut cosines = vec![f32::NEG_INFINITY; centroids.len()];
    let mut nearest = |member: &Weighted<'_>| {
        dot_each(member.vector, &centroids, &mut cosines);
        (1..centroids.len()).fold(0, |best, next| if cosines[next] > cosines[best] { next } else { best })
    };
    vectors.iter().map(&mut nearest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_settle_and_stay() {
        let vectors: Vec<[f32; 2]> = (0..40)
            .map(|at| {
                let angle = if at % 4 == 0 { 1.5 } else { 0.0 } + 0.01 * at as f32;
                [angle.cos(), angle.sin()]
            })
            .collect();
        let weighted: Vec<Weighted<'_>> = vectors.iter().map(|vector| Weighted { vector, weight: 1.0 }).collect();
        let mut groups = SphericalKMeans::start(&weighted, 2);
        assert!((0..20).any(|_| !groups.round(&weighted)), "they never settle");
        let settled = groups.clone();
        groups.move_to_means(&weighted);
        assert!(!groups.round(&weighted) && groups.nearest == settled.nearest);
        let first = groups.nearest[0];
        assert!((0..40).all(|at| (groups.nearest[at] == first) == (at % 4 == 0)), "{:?}", groups.nearest);
        for centroid in &groups.centroids {
            assert!((dot(centroid, centroid) - 1.0).abs() < 1e-6);
        }
        assert_eq!(SphericalKMeans::start(&weighted[..1], 5).centroids.len(), 1);
    }
}
