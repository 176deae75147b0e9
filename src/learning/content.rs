//! Scores by content: a viewer is the sum of what their watches add, an item scores by where its texts and
//! tags place it, watched or not. How both follow from the texts and tags was trained on what profiles watch
//! together ([`super::training::train_content`]); a video that is new gets its place when it is added.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::training::{ContentMap, Numbers, damaged, put_reals, put_whole};
use super::{Contribution, Item, Observation, Recommender, Viewer};
use crate::domain::{Feature, Result};
use crate::vectors::dot;

/// How many places a piece has, which are copied together.
const PIECE: usize = 64;

/// The latest watches that a viewer is the sum of.
const LAST: usize = 200;

/// See the module. Cloning shares; a place that is given copies a piece of 64. Memory: 8 bytes a direction and item, 512
/// by default.
#[derive(Debug, Clone)]
pub struct Content {
    trained: Arc<Trained>,
    /// Of each item where it stands and what it adds; all zero for one without a place.
    pieces: Vec<Arc<Vec<f32>>>,
    /// One past the last item with a place.
    items: usize,
}

#[derive(Debug)]
struct Trained {
    map: ContentMap,
    /// The numbers of tags, below the `tag_count` of the training.
    tags: BTreeMap<Box<str>, u32>,
}

impl Default for Content {
    /// Knows nothing.
    fn default() -> Self {
        Content::new(ContentMap::default(), &[])
    }
}

impl Content {
    /// `tags` are the names of tags in the order of their numbers.
    pub fn new(map: ContentMap, tags: &[&str]) -> Content {
        let tags = tags.iter().zip(0..).map(|(tag, number)| (Box::from(*tag), number)).collect();
        Content { trained: Arc::new(Trained { map, tags }), pieces: Vec::new(), items: 0 }
    }

    /// Gives an item a place by its vector and tags, or another one. Refuses a vector of another length than in
    /// training.
    pub fn place<'t>(&mut self, item: Item, vector: &[f32], tags: impl IntoIterator<Item = &'t str>) -> Result<()> {
        let known = tags.into_iter().filter_map(|tag| self.trained.tags.get(tag).copied());
        let both = self.trained.map.place(vector, known)?;
        self.put(item, &both);
        Ok(())
    }

    fn put(&mut self, item: Item, both: &[f32]) {
        let (piece, first) = (item as usize / PIECE, item as usize % PIECE * both.len());
        if self.pieces.len() <= piece {
            self.pieces.resize_with(piece + 1, || Arc::new(vec![0.0; PIECE * both.len()]));
        }
        Arc::make_mut(&mut self.pieces[piece])[first..first + both.len()].copy_from_slice(both);
        self.items = self.items.max(item as usize + 1);
    }

    pub fn has_place(&self, item: Item) -> bool {
        self.both(item).is_some_and(|(place, adds)| place.iter().chain(adds).any(|value| *value != 0.0))
    }

    /// Numbers of a vector that videos are placed by.
    pub fn dense_width(&self) -> usize {
        self.trained.map.dense_width()
    }

    fn width(&self) -> usize {
        2 * self.trained.map.directions()
    }

    /// Where an item stands and what it adds.
    fn both(&self, item: Item) -> Option<(&[f32], &[f32])> {
        let width = self.width();
        let first = item as usize % PIECE * width;
        let both = self.pieces.get(item as usize / PIECE)?.get(first..first + width)?;
        Some(both.split_at(width / 2))
    }

    fn watched<'a>(&'a self, viewer: &'a Viewer<'_>) -> impl Iterator<Item = (Item, &'a [f32])> {
        let latest = viewer.history.iter().rev().take(LAST);
        latest.filter_map(|watch| Some((watch.item, self.both(watch.item)?.1)))
    }
}

impl Recommender for Content {
    fn feature(&self) -> Feature {
        Feature::Content
    }

    fn boxed(&self) -> Box<dyn Recommender> {
        Box::new(self.clone())
    }

    fn observe(&mut self, _: &Observation<'_>) {}

    fn undo(&mut self, _: &Observation<'_>) {}

    fn score(&self, viewer: &Viewer<'_>, scores: &mut [f32]) {
        let width = self.width();
        let mut sum = vec![0.0; width / 2];
        self.watched(viewer).for_each(|(_, adds)| sum.iter_mut().zip(adds).for_each(|(sum, value)| *sum += value));
        let of_pieces = self.pieces.iter().flat_map(|piece| piece.chunks_exact(width.max(1)));
        for (score, both) in scores.iter_mut().zip(of_pieces.take(self.items)) {
            *score += dot(&sum, &both[..width / 2]);
        }
    }

    fn explain(&self, viewer: &Viewer<'_>, item: Item) -> Option<Contribution> {
        let (place, _) = self.both(item)?;
        let parts = self.watched(viewer).map(|(because, adds)| Contribution { because, score: dot(adds, place) });
        parts.filter(|part| part.score > 0.0).max_by(|a, b| a.score.total_cmp(&b.score))
    }

    fn bytes(&self) -> usize {
        self.pieces.len() * PIECE * self.width() * size_of::<f32>()
    }

    /// The map; how many tags there are, and each in the order of their numbers as its length and its bytes, filled
    /// up to whole numbers; how many items there are and the two vectors of each.
    fn save(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.trained.map.save(&mut bytes);
        let mut names: Vec<(&u32, &Box<str>)> = self.trained.tags.iter().map(|(tag, number)| (number, tag)).collect();
        names.sort_unstable();
        put_whole(&mut bytes, names.len() as u32);
        for (_, tag) in names {
            put_whole(&mut bytes, tag.len() as u32);
            bytes.extend_from_slice(tag.as_bytes());
            bytes.resize(bytes.len().next_multiple_of(4), 0);
        }
        put_whole(&mut bytes, self.items as u32);
        let of_items = self.pieces.iter().flat_map(|piece| piece.iter());
        put_reals(&mut bytes, of_items.take(self.items * self.width()));
        bytes
    }

    fn load(&mut self, bytes: &[u8]) -> Result<()> {
        let mut numbers = Numbers::new(bytes)?;
        let map = ContentMap::load(&mut numbers)?;
        let mut tags = BTreeMap::new();
        for number in 0..numbers.whole()? {
            let length = numbers.whole()? as usize;
            let tag = std::str::from_utf8(numbers.bytes(length)?).map_err(|_| damaged())?;
            tags.insert(Box::from(tag), number);
        }
        let items = numbers.whole()?;
        let mut loaded = Content { trained: Arc::new(Trained { map, tags }), pieces: Vec::new(), items: 0 };
        let width = loaded.width();
        for item in 0..items {
            let both = numbers.reals(width)?;
            loaded.put(item, &both);
        }
        numbers.end()?;
        // Tags named twice, or bytes between them.
        if loaded.save() != bytes {
            return Err(damaged());
        }
        *self = loaded;
        Ok(())
    }
}
