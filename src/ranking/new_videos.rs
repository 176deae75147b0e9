//! Places for videos that nobody watched. Scores by what others watched never bring them up; without
//! places of their own they would stay unwatched. A list keeps places in proportion to the share of such videos,
//! spread evenly, and fills them by content.
//!
//! Source: reserved positions as in Schein, Popescul, Ungar and Pennock, "Methods and metrics for cold-start
//! recommendations" (SIGIR 2002), whose measure ranks new videos alone, as content does here.

use super::exploration::Explored;
use crate::vectors::Scored;

/// Places of a list for each share of new videos: three times the share, as a viewer can only come to know what is
/// shown.
const PLACES_FOR_SHARE: f64 = 3.0;

/// How many places a list of `limit` keeps when `new` of `all` videos are new, at most the share `most` of it.
pub fn places(limit: usize, new: usize, all: usize, most: f32) -> usize {
    let share = (PLACES_FOR_SHARE * new as f64 / all.max(1) as f64).min(f64::from(most));
    (share * limit as f64).round() as usize
}

/// A list, and those of its rows that stand in a place kept for new videos rather than by their score.
#[derive(Debug)]
pub struct Mixed<'c> {
    pub list: Vec<Scored<'c>>,
    pub kept: Vec<usize>,
    /// Those that stand in it for variety.
    pub varied: Vec<usize>,
    /// Those in places that explore.
    pub explored: Vec<Explored>,
}

/// The first `limit` of `scored`, which stand in their order, with the rows of `new` in every n-th place, wherever
/// they would stand themselves. A row that stands higher by its own score stays there.
pub fn mixed<'c>(scored: Vec<Scored<'c>>, new: &[usize], limit: usize) -> Mixed<'c> {
    let by_score: Vec<usize> = scored.iter().take(limit - new.len().min(limit)).map(|scored| scored.row).collect();
    let (mut placed, mut others) = (Vec::new(), Vec::new());
    for scored in scored {
        let is_placed = new.contains(&scored.row) && !by_score.contains(&scored.row);
        if is_placed { placed.push(scored) } else { others.push(scored) }
    }
    placed.sort_by_key(|scored| new.iter().position(|row| *row == scored.row));
    if placed.is_empty() {
        others.truncate(limit);
        return Mixed { list: others, kept: Vec::new(), varied: Vec::new(), explored: Vec::new() };
    }
    let mut kept = Vec::new();
    let every = limit / placed.len().min(limit).max(1);
    let (mut placed, mut others) = (placed.into_iter(), others.into_iter());
    let mut list = Vec::with_capacity(limit);
    while list.len() < limit {
        let is_for_new = (list.len() + 1).is_multiple_of(every);
        let is_kept = if is_for_new { placed.len() > 0 } else { others.len() == 0 };
        let Some(scored) = (if is_kept { placed.next() } else { others.next() }) else { break };
        if is_kept {
            kept.push(scored.row);
        }
        list.push(scored);
    }
    Mixed { list, kept, varied: Vec::new(), explored: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scored(rows: &[usize]) -> Vec<Scored<'static>> {
        rows.iter().map(|row| Scored { row: *row, score: -(*row as f32), key: "" }).collect()
    }

    fn rows(list: &[Scored<'_>]) -> Vec<usize> {
        list.iter().map(|scored| scored.row).collect()
    }

    #[test]
    fn places_follow_the_share_of_new_videos() {
        assert_eq!(places(10, 10, 100, 0.3), 3);
        assert_eq!(places(10, 5, 100, 0.3), 2);
        assert_eq!(places(10, 1, 100, 0.3), 0);
        assert_eq!(places(20, 100, 100, 0.3), 6);
        assert_eq!(places(10, 100, 100, 0.0), 0);
        assert_eq!(places(10, 0, 0, 0.3), 0);
    }

    #[test]
    fn new_videos_stand_in_every_nth_place() {
        let list = mixed(scored(&[0, 1, 2, 3, 4, 8, 9]), &[9, 8], 6);
        assert_eq!((rows(&list.list), list.kept), (vec![0, 1, 9, 2, 3, 8], vec![9, 8]));
        assert_eq!(rows(&mixed(scored(&[0, 1, 2]), &[], 2).list), [0, 1]);
        assert_eq!(rows(&mixed(scored(&[0, 7]), &[7], 5).list), [0, 7]);
    }

    #[test]
    fn a_new_video_that_is_among_the_best_stays_there() {
        let list = mixed(scored(&[5, 0, 1, 2, 3]), &[5], 4);
        assert_eq!((rows(&list.list), list.kept), (vec![5, 0, 1, 2], vec![]));
    }
}
