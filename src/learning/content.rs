//! Scores by content: a viewer is the sum of what their watches add, an item scores by where its texts and
//! tags place it, watched or not. How both follow from the texts and tags was trained on what profiles watch
//! together ([`super::training::train_content`]); a video that is new gets its place when it is added.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;

use super::pack::{Base, Packing};
use super::packed::{Packed, damaged as damaged_pack, put_text, put_varint};
use super::training::{ContentMap, Numbers, damaged, put_reals, put_whole};
use super::{Contribution, Item, Observation, Recommender, Viewer};
use crate::domain::{CallOptions, Error, Feature, Result};
use crate::vectors::{Bitmap, CodedRows};

/// The latest watches that a viewer is the sum of.
const RECENT_WATCHES: usize = 200;

/// See the module. Cloning shares. Memory: two bytes a direction and item and eight an item, 136 by default; twice that
/// for 512 items together of which one got its place since the training.
#[derive(Debug, Clone)]
pub struct Content {
    trained: Arc<Trained>,
    /// Where each item stands; all zero for one without a place.
    places: CodedRows,
    /// What watching it adds.
    adds: CodedRows,
    /// Both as the training gave them.
    of_training: (CodedRows, CodedRows),
    /// Items that got their place since.
    placed_since: Bitmap,
}

#[derive(Debug)]
struct Trained {
    map: ContentMap,
    /// The numbers of tags, below the `tag_count` of the training.
    tags: BTreeMap<Box<str>, u32>,
    /// Memory of both, about.
    bytes: usize,
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
        Content::of(map, tags)
    }

    fn of(map: ContentMap, tags: BTreeMap<Box<str>, u32>) -> Content {
        let of_tags = tags.keys().map(|tag| tag.len() + size_of::<(Box<str>, u32)>()).sum::<usize>();
        let trained = Trained { bytes: map.saved_bytes() + of_tags, map, tags };
        let rows = CodedRows::new(trained.map.directions());
        Content {
            trained: Arc::new(trained),
            places: rows.clone(),
            adds: rows.clone(),
            of_training: (rows.clone(), rows),
            placed_since: Bitmap::default(),
        }
    }

    /// Gives an item a place by its vector and tags, or another one. Refuses a vector of another length than in
    /// training, and one so long that its place would not be finite.
    pub fn place<'t>(&mut self, item: Item, vector: &[f32], tags: impl IntoIterator<Item = &'t str>) -> Result<()> {
        let known = tags.into_iter().filter_map(|tag| self.trained.tags.get(tag).copied());
        let both = self.trained.map.place(vector, known)?;
        if both.iter().any(|value| !value.is_finite()) {
            return Err(Error::invalid("vector is too long to be placed"));
        }
        let (place, adds) = both.split_at(self.places.dimensions());
        self.places.set(item as usize, place);
        self.adds.set(item as usize, adds);
        self.placed_since.insert(item as usize);
        Ok(())
    }

    /// The places that items have now are those of the training.
    pub fn end_training(&mut self) {
        self.of_training = (self.places.clone(), self.adds.clone());
        self.placed_since = Bitmap::default();
    }

    /// Whether an item got its place since the training.
    pub fn is_placed_since(&self, item: Item) -> bool {
        self.placed_since.contains(item as usize)
    }

    /// An item's place, as bytes.
    pub fn save_place(&self, item: Item) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(2 * (size_of::<f32>() + 2 * self.places.stride()));
        if (item as usize) < self.places.len() {
            put_place(&mut bytes, self, item as usize);
        }
        bytes
    }

    /// Gives an item the place since the training that [`Content::save_place`] gave.
    pub fn load_place(&mut self, item: Item, bytes: &[u8]) -> Result<()> {
        let mut numbers = Numbers::new(bytes)?;
        let mut loaded = self.clone();
        take_place(&mut numbers, &mut loaded, item as usize)?;
        numbers.end()?;
        loaded.placed_since.insert(item as usize);
        *self = loaded;
        Ok(())
    }

    /// Gives an item the place again that it has by the training, or none.
    pub fn take_back_place(&mut self, item: Item) {
        let nothing = vec![0; self.places.stride()];
        if !self.is_placed_since(item) {
            return;
        }
        self.placed_since.remove(item as usize);
        let both = [(&mut self.places, &self.of_training.0), (&mut self.adds, &self.of_training.1)];
        for (rows, kept) in both {
            let place = item as usize;
            if place < rows.len() {
                let (step, high, low) =
                    if place < kept.len() { kept.code(place) } else { (0.0, &nothing[..], &nothing[..]) };
                rows.set_code(place, step, high, low);
            }
        }
    }

    /// Numbers of a vector that videos are placed by.
    pub fn dense_width(&self) -> usize {
        self.trained.map.dense_width()
    }

    /// The viewer's latest watches that have a place.
    fn watched(&self, viewer: &Viewer<'_>) -> Vec<usize> {
        let latest = viewer.history.iter().rev().take(RECENT_WATCHES).map(|watch| watch.item as usize);
        latest.filter(|item| self.adds.is_set(*item)).collect()
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
        let mut sum = vec![0.0; self.adds.dimensions()];
        for item in self.watched(viewer) {
            sum.iter_mut().zip(self.adds.values(item)).for_each(|(sum, value)| *sum += value);
        }
        self.places.add_products(&sum, scores);
    }

    fn explain(&self, viewer: &Viewer<'_>, item: Item) -> Option<Contribution> {
        self.explain_all(viewer, &[item]).pop().flatten()
    }

    fn explain_all(&self, viewer: &Viewer<'_>, items: &[Item]) -> Vec<Option<Contribution>> {
        let watched = self.watched(viewer);
        let adds = self.adds.gathered(&watched);
        let explain = |item: &Item| {
            let item = Some(*item as usize).filter(|item| self.places.is_set(*item))?;
            let scores = adds.products(&self.places.values(item));
            let parts = watched.iter().zip(scores).map(|(item, score)| Contribution { because: *item as Item, score });
            parts.filter(|part| part.score > 0.0).max_by(|a, b| a.score.total_cmp(&b.score))
        };
        items.iter().map(explain).collect()
    }

    fn bytes(&self) -> usize {
        self.trained.bytes + self.places.bytes() + self.adds.bytes()
    }

    /// The map; how many tags there are, and each in the order of their numbers as its length and its bytes, filled
    /// up to whole numbers; how many items there are, and of each the step and the planes of both its codes.
    fn save(&self) -> Vec<u8> {
        let place_bytes = 2 * (size_of::<f32>() + 2 * self.places.stride());
        let mut bytes = Vec::with_capacity(self.trained.map.saved_bytes() + self.places.len() * place_bytes);
        self.trained.map.save(&mut bytes);
        let mut names: Vec<(&u32, &Box<str>)> = self.trained.tags.iter().map(|(tag, number)| (number, tag)).collect();
        names.sort_unstable();
        put_whole(&mut bytes, names.len() as u32);
        for (_, tag) in names {
            put_whole(&mut bytes, tag.len() as u32);
            bytes.extend_from_slice(tag.as_bytes());
            bytes.resize(bytes.len().next_multiple_of(4), 0);
        }
        put_whole(&mut bytes, self.places.len() as u32);
        (0..self.places.len()).for_each(|item| put_place(&mut bytes, self, item));
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
        let items = numbers.whole()? as usize;
        let mut loaded = Content::of(map, tags);
        for item in 0..items {
            take_place(&mut numbers, &mut loaded, item)?;
        }
        numbers.end()?;
        // Tags named twice, or bytes between them.
        if loaded.save() != bytes {
            return Err(damaged());
        }
        loaded.end_training();
        *self = loaded;
        Ok(())
    }

    /// The map and the tags. Places are not packed: whoever has a video's vector finds its place by the map.
    fn pack(&self, packing: &Packing<'_>) -> Result<Option<Vec<u8>>> {
        if !packing.has_trained() {
            return Ok(None);
        }
        let mut bytes = Vec::new();
        self.trained.map.pack(&mut bytes);
        let mut names: Vec<(&u32, &Box<str>)> = self.trained.tags.iter().map(|(tag, number)| (number, tag)).collect();
        names.sort_unstable();
        put_varint(&mut bytes, names.len() as u64);
        names.iter().for_each(|(_, tag)| put_text(&mut bytes, tag));
        Ok(Some(bytes))
    }

    fn unpack(&mut self, bytes: &Bytes, _: &Arc<Base>, call: &CallOptions) -> Result<()> {
        let mut packed = Packed::within(bytes, call);
        let map = ContentMap::unpack(&mut packed)?;
        let mut tags = BTreeMap::new();
        for number in 0..packed.count(1)? as u32 {
            packed.check(number as usize)?;
            if tags.insert(Box::from(packed.text()?), number).is_some() {
                return Err(damaged_pack());
            }
        }
        packed.end()?;
        *self = Content::of(map, tags);
        Ok(())
    }
}

fn put_place(bytes: &mut Vec<u8>, content: &Content, item: usize) {
    for (step, high, low) in [content.places.code(item), content.adds.code(item)] {
        put_reals(bytes, &[step]);
        bytes.extend_from_slice(high);
        bytes.extend_from_slice(low);
    }
}

fn take_place(numbers: &mut Numbers<'_>, content: &mut Content, item: usize) -> Result<()> {
    let stride = content.places.stride();
    for rows in [&mut content.places, &mut content.adds] {
        let step = numbers.real()?;
        if step < 0.0 {
            return Err(damaged());
        }
        rows.set_code(item, step, numbers.bytes(stride)?, numbers.bytes(stride)?);
    }
    Ok(())
}
