//! The episodes of each series in their order, as far as the catalogue holds them now. Part of the catalogue: cloning
//! is cheap and shares everything.

use std::ops::Bound;
use std::sync::Arc;

use rpds::{HashTrieMapSync, RedBlackTreeSetSync};

use crate::domain::{EpisodePlace, WatchedVideo};

/// The rows of a series' episodes by their places. Several rows may share one: the same episode in another edition.
#[derive(Debug, Clone)]
pub struct Episodes(RedBlackTreeSetSync<(EpisodePlace, usize)>);

impl Episodes {
    /// The episodes past a place, in their order; no specials.
    pub fn after(&self, place: EpisodePlace) -> impl Iterator<Item = (EpisodePlace, usize)> {
        let from = (place.max(self.before_first()), usize::MAX);
        self.0.range((Bound::Excluded(from), Bound::Unbounded)).copied()
    }

    /// The rows with this place.
    pub fn at(&self, place: EpisodePlace) -> impl Iterator<Item = usize> {
        self.0.range((place, 0)..=(place, usize::MAX)).map(|(_, row)| *row)
    }

    /// The rows of all of them, specials included.
    pub fn rows(&self) -> impl Iterator<Item = usize> {
        self.0.iter().map(|(_, row)| *row)
    }

    /// The episodes in their order; no specials.
    pub fn in_order(&self) -> impl Iterator<Item = (EpisodePlace, usize)> {
        self.after(EpisodePlace { season: 0, episode: 0 })
    }

    /// From the last episode to the first; no specials.
    pub fn backwards(&self) -> impl Iterator<Item = (EpisodePlace, usize)> {
        let from = (self.before_first(), usize::MAX);
        self.0.range((Bound::Excluded(from), Bound::Unbounded)).rev().copied()
    }

    /// In a series with seasons, what stands before the first.
    fn before_first(&self) -> EpisodePlace {
        let episode = if self.has_seasons() { u32::MAX } else { 0 };
        EpisodePlace { season: 0, episode }
    }

    fn has_seasons(&self) -> bool {
        self.0.last().is_some_and(|(place, _)| place.season > 0)
    }
}

/// See the module.
#[derive(Debug, Clone)]
pub struct SeriesIndex {
    series: HashTrieMapSync<Arc<str>, Episodes>,
    bytes: usize,
}

impl Default for SeriesIndex {
    fn default() -> Self {
        SeriesIndex { series: HashTrieMapSync::new_sync(), bytes: 0 }
    }
}

/// What an entry costs beyond its values, roughly.
const NODE_BYTES: usize = 112;
const EPISODE_BYTES: usize = size_of::<(EpisodePlace, usize)>() + NODE_BYTES;

impl SeriesIndex {
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The episodes of a series that have a place; none where no video has one.
    pub fn episodes(&self, series_id: &str) -> Option<&Episodes> {
        self.series.get(series_id)
    }

    /// Whether a place is that of a special: one without a season in a series that has seasons.
    pub fn is_special(&self, series_id: &str, place: EpisodePlace) -> bool {
        place.season == 0 && self.episodes(series_id).is_some_and(Episodes::has_seasons)
    }

    /// Takes a row's video in, and returns what is known of it with the text of its series' id that all share.
    pub fn add(&mut self, row: usize, watched: Arc<WatchedVideo>) -> Arc<WatchedVideo> {
        let (Some(id), Some(place)) = (&watched.series_id, watched.place) else { return watched };
        let shared = self.series.get_key_value(id).map(|(shared, _)| Arc::clone(shared));
        let key = shared.unwrap_or_else(|| {
            self.bytes += NODE_BYTES + size_of::<Episodes>() + id.len();
            self.series.insert_mut(Arc::clone(id), Episodes(RedBlackTreeSetSync::new_sync()));
            Arc::clone(id)
        });
        if let Some(episodes) = self.series.get_mut(&key) {
            episodes.0.insert_mut((place, row));
            self.bytes += EPISODE_BYTES;
        }
        Arc::new(WatchedVideo { series_id: Some(key), ..(*watched).clone() })
    }

    /// Takes it out.
    pub fn remove(&mut self, row: usize, watched: &WatchedVideo) {
        let (Some(id), Some(place)) = (&watched.series_id, watched.place) else { return };
        let Some(episodes) = self.series.get_mut(id) else { return };
        if !episodes.0.remove_mut(&(place, row)) {
            return;
        }
        self.bytes -= EPISODE_BYTES;
        if episodes.0.is_empty() {
            self.bytes -= NODE_BYTES + size_of::<Episodes>() + id.len();
            self.series.remove_mut(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watched(series: &str, season: u32, episode: u32) -> Arc<WatchedVideo> {
        let place = (episode > 0).then_some(EpisodePlace { season, episode });
        Arc::new(WatchedVideo { series_id: Some(series.into()), place, ..WatchedVideo::default() })
    }

    fn rows(episodes: impl Iterator<Item = (EpisodePlace, usize)>) -> Vec<usize> {
        episodes.map(|(_, row)| row).collect()
    }

    #[test]
    fn episodes_come_in_their_order_without_specials() {
        let mut index = SeriesIndex::default();
        let places = [(2, 1), (1, 10), (1, 2), (0, 1), (1, 2), (1, 0)];
        let added: Vec<_> = places
            .into_iter()
            .enumerate()
            .map(|(row, (season, episode))| index.add(row, watched("s", season, episode)))
            .collect();
        let before = index.clone();
        let episodes = index.episodes("s").unwrap();
        let at = |season, episode| EpisodePlace { season, episode };
        assert_eq!(rows(episodes.after(at(0, 0))), [2, 4, 1, 0]);
        assert_eq!(rows(episodes.after(at(1, 2))), [1, 0]);
        assert_eq!(rows(episodes.after(at(1, 5))), [1, 0], "after a gap");
        assert_eq!(rows(episodes.after(at(2, 1))), [0; 0]);
        assert_eq!(rows(episodes.backwards()), [0, 1, 4, 2]);
        assert!(
            index.is_special("s", at(0, 1)) && !index.is_special("s", at(1, 2)) && !index.is_special("t", at(0, 1))
        );
        for (row, watched) in added.iter().enumerate() {
            index.remove(row, watched);
            index.remove(row, watched);
        }
        assert!(index.episodes("s").is_none());
        assert_eq!((index.bytes(), rows(before.episodes("s").unwrap().backwards()).len()), (0, 4));
    }

    #[test]
    fn a_series_without_seasons_has_no_specials() {
        let mut index = SeriesIndex::default();
        let first = index.add(0, watched("s", 0, 1));
        let second = index.add(1, watched("s", 0, 2));
        assert!(Arc::ptr_eq(first.series_id.as_ref().unwrap(), second.series_id.as_ref().unwrap()), "one text");
        let one = EpisodePlace { season: 0, episode: 1 };
        assert!(!index.is_special("s", one));
        assert_eq!(rows(index.episodes("s").unwrap().after(one)), [1]);
    }
}
