//! Cluster quotas: the candidates are clustered by their vectors, and the list takes them in their order, from each
//! cluster no more than its quota. The quota goes from the most places that a cluster has in the plain list, at strength 0,
//! to an even share of the list at 1.
//!
//! The clusters are found by spherical k-means ([`SphericalKMeans`]). Quotas for groups of a list are those of Ziegler,
//! McNee, Konstan and Lausen, "Improving recommendation lists through topic diversification" (WWW 2005), section 3, with
//! clusters in the place of their taxonomy's topics.

use super::Candidates;
use crate::domain::{CallOptions, Result};
use crate::learning::{SphericalKMeans, Weighted};

/// Most rounds of clustering; most settle in five.
const ROUNDS: usize = 10;

/// The places in `given` of what is chosen, in their order. Where the quotas leave too few, each is one more until the
/// list is full. Costs at most 12 × candidates × clusters inner products; of n candidates there are √(n / 2) clusters.
pub fn choose(given: &Candidates, places: usize, strength: f32, call: &CallOptions) -> Result<Vec<usize>> {
    let clusters = clusters(given, call)?;
    let count = clusters.iter().max().map_or(1, |last| last + 1);
    let places = places.min(given.len());
    let mut quota = quota(largest(&clusters[..places], count), places as f64 / count as f64, strength);
    while within(&clusters, count, quota).count() < places {
        quota += 1;
    }
    Ok(within(&clusters, count, quota).take(places).collect())
}

/// The number of its cluster for each candidate.
fn clusters(given: &Candidates, call: &CallOptions) -> Result<Vec<usize>> {
    let vectors: Vec<Weighted<'_>> = given.vectors.iter().map(|vector| Weighted { vector, weight: 1.0 }).collect();
    let count = (vectors.len() as f64 / 2.0).sqrt().round() as usize;
    let mut division = SphericalKMeans::start(&vectors, count.max(1));
    for _ in 0..ROUNDS {
        call.check()?;
        if !division.round(&vectors) {
            break;
        }
    }
    Ok(division.nearest)
}

/// How many of the places the cluster with most of them has.
fn largest(clusters: &[usize], count: usize) -> usize {
    let mut sizes = vec![0; count];
    clusters.iter().for_each(|cluster| sizes[*cluster] += 1);
    sizes.into_iter().max().unwrap_or(0)
}

/// From `plain` at strength 0 to `even` at 1, rounded up.
fn quota(plain: usize, even: f64, strength: f32) -> usize {
    let quota = plain as f64 + f64::from(strength) * (even - plain as f64);
    // What is so little above a whole number comes from rounding.
    ((quota - 1e-6).ceil() as usize).max(1)
}

/// Candidates in their order, of each cluster the first `quota`.
fn within(clusters: &[usize], count: usize, quota: usize) -> impl Iterator<Item = usize> {
    let mut taken = vec![0; count];
    let has_place = move |place: &usize| {
        let taken = &mut taken[clusters[*place]];
        *taken += 1;
        *taken <= quota
    };
    (0..clusters.len()).filter(has_place)
}

#[cfg(test)]
mod tests {
    use super::super::tests::drawn;
    use super::*;

    #[test]
    fn quotas_go_from_the_plain_lists_to_an_even_share() {
        let of = |strength| quota(12, 3.0, strength);
        assert_eq!([0.0, 0.2, 0.5, 0.9, 1.0].map(of), [12, 11, 8, 4, 3]);
        assert_eq!((quota(4, 10.0 / 7.0, 1.0), quota(1, 3.0 / 7.0, 1.0), quota(5, 5.0, 0.5)), (2, 1, 5));
        assert_eq!((largest(&[2, 0, 2, 1], 4), largest(&[], 4)), (2, 0));
    }

    #[test]
    fn no_cluster_has_more_than_its_quota_unless_the_list_would_be_short() {
        for seed in 1..20 {
            let given = drawn(60, seed);
            let call = CallOptions::default();
            let clusters = clusters(&given, &call).unwrap();
            let count = clusters.iter().max().unwrap() + 1;
            for strength in [0.3_f32, 0.7, 1.0] {
                let chosen = choose(&given, 10, strength, &call).unwrap();
                assert!(chosen.is_sorted() && chosen.len() == 10, "the order is that of the scores");
                let of = |cluster: usize| clusters.iter().filter(move |of| **of == cluster).count();
                let plain = (0..count).map(|of| clusters[..10].iter().filter(|cluster| **cluster == of).count());
                let mut quota = quota(plain.max().unwrap(), 10.0 / count as f64, strength);
                while (0..count).map(|cluster| of(cluster).min(quota)).sum::<usize>() < 10 {
                    quota += 1;
                }
                let mut taken = vec![0; count];
                for place in 0..given.len() {
                    let is_full = taken[clusters[place]] == quota || taken.iter().sum::<usize>() == 10;
                    assert_eq!(chosen.contains(&place), !is_full, "seed {seed}, place {place}");
                    taken[clusters[place]] += usize::from(!is_full);
                }
            }
        }
    }
}
