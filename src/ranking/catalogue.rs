//! The videos of an engine as one immutable value: metadata by row, rows by id, vectors in a
//! matrix. Cloning is cheap and shares everything; a change copies only what it touches.

use std::sync::Arc;

use rpds::{HashTrieMapSync, VectorSync};

use super::parts::{FieldPart, Stored, weighted_parts};
use super::row_ids::RowIds;
use super::sample::Sample;
use super::series_index::Episodes;
use super::{AttributeIndex, Attributes, Centres, SeriesIndex, TagIndex, TitleIndex};
use crate::domain::{Evidence, Field, WatchedVideo};
use crate::vectors::{Bitmap, Metric, VectorStore, measure_signs};

/// A video as ranking sees it.
#[derive(Debug)]
pub struct CatalogueVideo {
    pub id: Arc<str>,
    pub title: String,
    /// What queries filter by.
    pub attributes: Attributes,
    pub vector: VideoVector,
    /// What watch states are made from; none where its owner says nothing of it.
    pub watched: Option<Arc<WatchedVideo>>,
}

/// Where a video's vector comes from.
#[derive(Debug)]
pub enum VideoVector {
    /// The weighted mean of these parts, at least one.
    Parts(Vec<FieldPart>),
    /// Brought by the host and taken as it is; of unit length.
    Brought(Box<[f32]>),
    /// A brought one, once it stands in its row.
    Row,
    /// None yet: a video that exists keeps the vector it has, a new one stands in no list.
    Pending,
}

/// What a node of the persistent maps costs beyond the values in it, roughly.
const NODE_BYTES: usize = 96;
/// Episodes of a series among which the last one that can be watched is looked for: more than any guide announces
/// ahead, and few enough to look at in an event.
const EPISODES_LOOKED_AT: usize = 256;
/// With the counts of an [`Arc`].
const WATCHED_BYTES: usize = size_of::<WatchedVideo>() + 16;

/// Of the id of its series, which is the index's where the video has a place.
fn own_text_bytes(watched: &WatchedVideo) -> usize {
    watched.series_id.as_ref().filter(|_| watched.place.is_none()).map_or(0, |id| id.len())
}

impl CatalogueVideo {
    /// The parts of its vector; none when it was brought as it is.
    pub fn parts(&self) -> &[FieldPart] {
        match &self.vector {
            VideoVector::Parts(parts) => parts,
            VideoVector::Brought(_) | VideoVector::Row | VideoVector::Pending => &[],
        }
    }

    /// Whether it waits for a vector of its own.
    fn is_waiting(&self) -> bool {
        let is_provisional =
            |part: &FieldPart| part.field == Some(Field::Tags) && matches!(part.values, Stored::Exact(_));
        matches!(self.vector, VideoVector::Pending) || self.parts().iter().any(is_provisional)
    }

    /// Its tags, if they were embedded: parts that stand in for them are kept exact, not as codes.
    fn embedded_tags(&self) -> Option<&str> {
        let is_tags = |part: &&FieldPart| part.field == Some(Field::Tags) && matches!(part.values, Stored::Code(_));
        self.parts().iter().find(is_tags).map(|part| part.text.as_str())
    }

    /// Elements of its vector; 0 when it brings none.
    pub fn dimensions(&self) -> usize {
        match &self.vector {
            VideoVector::Parts(parts) => parts.first().map_or(0, |part| part.values.dimensions()),
            VideoVector::Brought(vector) => vector.len(),
            VideoVector::Row | VideoVector::Pending => 0,
        }
    }

    /// The unit vector to score, or none when it has no direction.
    fn unit_vector(&self, centres: &Centres) -> Option<Vec<f32>> {
        match &self.vector {
            VideoVector::Parts(parts) => weighted_parts(parts, centres).map(|whole| whole.vector),
            VideoVector::Brought(vector) => Some(vector.to_vec()),
            VideoVector::Row | VideoVector::Pending => None,
        }
    }

    /// Bytes on the heap, its row of vectors aside.
    fn bytes(&self) -> usize {
        let vector = match &self.vector {
            VideoVector::Parts(parts) => parts.iter().map(FieldPart::bytes).sum(),
            VideoVector::Brought(_) | VideoVector::Row | VideoVector::Pending => 0,
        };
        let watched = self.watched.as_ref().map_or(0, |watched| WATCHED_BYTES + own_text_bytes(watched));
        let texts = self.id.len() + self.title.capacity();
        size_of::<Self>() + texts + self.attributes.bytes() + vector + watched + 2 * NODE_BYTES
    }
}

/// See the module.
#[derive(Debug, Clone)]
pub struct Catalogue {
    vectors: Arc<VectorStore>,
    videos: VectorSync<Option<Arc<CatalogueVideo>>>,
    rows: HashTrieMapSync<Arc<str>, usize>,
    row_ids: RowIds,
    live: Bitmap,
    sample: Sample,
    /// Those of them whose videos wait for a vector.
    without_vector: Bitmap,
    /// These, and those whose vector only stands for their tags until their texts are embedded.
    without_own_vector: Bitmap,
    /// Rows whose videos were removed, to be used again.
    free: VectorSync<usize>,
    tags: TagIndex,
    attributes: AttributeIndex,
    series: SeriesIndex,
    titles: TitleIndex,
    centres: Centres,
    video_bytes: usize,
}

impl Catalogue {
    /// An empty catalogue whose vectors go into this empty store.
    pub fn new(vectors: VectorStore) -> Self {
        Catalogue {
            vectors: Arc::new(vectors),
            videos: VectorSync::new_sync(),
            rows: HashTrieMapSync::new_sync(),
            row_ids: RowIds::default(),
            live: Bitmap::default(),
            sample: Sample::default(),
            without_vector: Bitmap::default(),
            without_own_vector: Bitmap::default(),
            free: VectorSync::new_sync(),
            tags: TagIndex::default(),
            attributes: AttributeIndex::default(),
            series: SeriesIndex::default(),
            titles: TitleIndex::default(),
            centres: Centres::default(),
            video_bytes: 0,
        }
    }

    /// The videos' vectors, by row.
    pub fn vectors(&self) -> &Arc<VectorStore> {
        &self.vectors
    }

    /// What the catalogue itself subtracts from vectors.
    pub fn centres(&self) -> &Centres {
        &self.centres
    }

    /// Rows that hold a video.
    pub fn live(&self) -> &Bitmap {
        &self.live
    }

    /// A few live rows with a vector that stand for all, at most [`super::sample::LARGEST_SAMPLE`]: the same videos in
    /// the same order, whatever the order in which they were added.
    pub fn sample(&self) -> impl Iterator<Item = usize> {
        self.sample.rows().filter(|row| !self.without_vector.contains(*row))
    }

    /// Live rows that nothing is known of yet to score them by.
    pub fn without_vector(&self) -> &Bitmap {
        &self.without_vector
    }

    /// Live rows without a vector, and those whose vector is provisional: it only stands for the tags.
    pub fn without_own_vector(&self) -> &Bitmap {
        &self.without_own_vector
    }

    /// Whether the row's video has a vector that is not provisional.
    pub fn has_own_vector(&self, row: usize) -> bool {
        !self.without_own_vector.contains(row)
    }

    /// Which embedded videos carry a tag.
    pub fn tags(&self) -> &TagIndex {
        &self.tags
    }

    /// What queries filter by.
    pub fn attributes(&self) -> &AttributeIndex {
        &self.attributes
    }

    /// The episodes of each series.
    pub fn series(&self) -> &SeriesIndex {
        &self.series
    }

    /// What is known of a live row's video that watch states are made from; none where nothing is. A special has no
    /// place in its series.
    pub fn watched_video(&self, row: usize) -> Option<Arc<WatchedVideo>> {
        let watched = self.video(row)?.watched.as_ref()?;
        let is_special = |place| watched.series_id.as_deref().is_some_and(|id| self.series.is_special(id, place));
        match watched.place {
            Some(place) if is_special(place) => Some(Arc::new(WatchedVideo { place: None, ..(**watched).clone() })),
            _ => Some(Arc::clone(watched)),
        }
    }

    /// The same with the last place of its series that can be watched at a time, if it is one of the last
    /// [`EPISODES_LOOKED_AT`]; else none is told.
    pub fn with_last_available(&self, watched: &Arc<WatchedVideo>, time_utc_ms: i64) -> Arc<WatchedVideo> {
        let of_series = watched.series_id.as_deref().and_then(|id| self.series.episodes(id));
        let mut backwards = of_series.into_iter().flat_map(Episodes::backwards).take(EPISODES_LOOKED_AT);
        let is_available = |row| self.attributes.is_available(row, time_utc_ms);
        match backwards.find(|(_, row)| is_available(*row)) {
            Some((place, _)) => Arc::new(WatchedVideo { last_available: Some(place), ..(**watched).clone() }),
            None => Arc::clone(watched),
        }
    }

    /// What searches find titles by.
    pub fn titles(&self) -> &TitleIndex {
        &self.titles
    }

    /// A live row's tags, in their normal form and order.
    pub fn tags_of(&self, row: usize) -> impl Iterator<Item = &str> {
        self.video(row).into_iter().flat_map(|video| self.attributes.tags(&video.attributes))
    }

    /// The same with how many videos carry each.
    pub fn counted_tags_of(&self, row: usize) -> impl Iterator<Item = (&str, usize)> {
        self.video(row).into_iter().flat_map(|video| self.attributes.counted_tags(&video.attributes))
    }

    pub fn len(&self) -> usize {
        self.rows.size()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Bytes held, vectors and texts and indexes.
    pub fn bytes(&self) -> usize {
        let rows =
            self.row_ids.bytes() + self.live.bytes() + self.without_vector.bytes() + self.without_own_vector.bytes();
        let indexes = self.tags.bytes() + self.attributes.bytes() + self.series.bytes() + self.titles.bytes();
        let indexes = indexes + self.centres.bytes() + self.sample.bytes();
        self.vectors.bytes() + self.video_bytes + indexes + rows
    }

    pub fn row(&self, id: &str) -> Option<usize> {
        self.rows.get(id).copied()
    }

    /// The video of a live row.
    pub fn video(&self, row: usize) -> Option<&Arc<CatalogueVideo>> {
        self.videos.get(row).and_then(Option::as_ref)
    }

    /// The id of a live row; empty for any other.
    pub fn id(&self, row: usize) -> &str {
        self.video(row).map_or("", |video| &video.id)
    }

    /// The ids of live rows, in less time where there are many.
    pub fn ids(&self, rows: &[usize]) -> Vec<&str> {
        rows.iter().map(|row| self.row_ids.get(*row).unwrap_or_else(|| self.id(*row))).collect()
    }

    /// The title of a live row; empty for any other.
    pub fn title(&self, row: usize) -> &str {
        self.video(row).map_or("", |video| &video.title)
    }

    /// A live row's video as what speaks for a reason.
    pub fn evidence(&self, row: usize) -> Evidence {
        Evidence::video(self.id(row), self.title(row))
    }

    /// Of the tags that two live rows share the one that fewest videos have, the first by its text of several; in its
    /// normal form.
    pub fn shared_tag(&self, one: usize, other: usize) -> Option<&str> {
        self.attributes.shared_tag(&self.video(one)?.attributes, &self.video(other)?.attributes)
    }

    /// Adds videos or replaces those with their ids; then renews what the catalogue subtracts, and
    /// the vectors concerned, where that is due. Fails with the position of a video whose vector has
    /// no direction; the catalogue is then to be dropped.
    pub fn put_all(&mut self, videos: Vec<CatalogueVideo>) -> Result<(), usize> {
        for (position, video) in videos.into_iter().enumerate() {
            if !self.put(video) {
                return Err(position);
            }
        }
        self.renew_centres();
        Ok(())
    }

    /// What is subtracted was found already, from videos that are put until [`Catalogue::end_restoring`].
    pub fn restore_centres(&mut self, centres: Centres) {
        self.centres = centres;
    }

    pub fn end_restoring(&mut self) {
        self.centres.end_restoring();
    }

    /// See [`measure_signs`]; to be called after videos were put.
    pub fn measure_signs(&mut self, metric: Metric) -> crate::domain::Result<()> {
        let mut rows = self.live.clone();
        rows.and_not(&self.without_vector);
        measure_signs(&mut self.vectors, &rows, metric)
    }

    /// Takes the videos out and renews as [`Catalogue::put_all`] does. Fails with the position of an
    /// id that does not exist; the catalogue is then to be dropped.
    pub fn remove_all(&mut self, ids: &[&str]) -> Result<(), usize> {
        for (position, id) in ids.iter().enumerate() {
            if !self.remove(id) {
                return Err(position);
            }
        }
        if self.is_empty() {
            // Nothing is left that rows, centres and free places would have to fit.
            *self = Catalogue::new(self.vectors.emptied(self.vectors.dimensions()));
        }
        self.renew_centres();
        Ok(())
    }

    fn put(&mut self, mut video: CatalogueVideo) -> bool {
        let known = self.row(&video.id);
        let is_titled = known.and_then(|row| self.video(row)).is_some_and(|known| known.title == video.title);
        if let Some(row) = known {
            self.keep_vector(row, &mut video);
            self.forget_content(row);
        }
        for part in video.parts() {
            part.group.into_iter().for_each(|group| self.centres.add(group, &part.values.decode()));
        }
        let vector = match (&video.vector, known) {
            (VideoVector::Row | VideoVector::Pending, Some(row)) => Some(self.vectors.values(row).into_owned()),
            (VideoVector::Pending, None) => Some(vec![0.0; self.vectors.dimensions()]),
            _ => self.direction(&video),
        };
        let Some(vector) = vector else {
            return false;
        };
        let row = match known.or_else(|| self.take_free_row()) {
            Some(row) => {
                Arc::make_mut(&mut self.vectors).set(row, &vector);
                row
            }
            None => Arc::make_mut(&mut self.vectors).push(&vector),
        };
        if let VideoVector::Brought(_) = video.vector {
            video.vector = VideoVector::Row;
        }
        if !is_titled {
            self.titles.put(row, &video.title);
        }
        video.attributes = self.attributes.add(row, std::mem::take(&mut video.attributes));
        video.watched = video.watched.map(|watched| self.series.add(row, watched));
        self.video_bytes += video.bytes();
        video.embedded_tags().into_iter().for_each(|tags| self.tags.add(tags, row));
        if known.is_none() {
            self.row_ids.put(row, &video.id);
            self.sample.insert(&video.id, row);
        }
        self.rows.insert_mut(Arc::clone(&video.id), row);
        self.live.insert(row);
        match video.vector {
            VideoVector::Pending => self.without_vector.insert(row),
            _ => self.without_vector.remove(row),
        }
        match video.is_waiting() {
            true => self.without_own_vector.insert(row),
            false => self.without_own_vector.remove(row),
        }
        let video = Some(Arc::new(video));
        if row < self.videos.len() {
            self.videos.set_mut(row, video);
        } else {
            self.videos.push_back_mut(video);
        }
        true
    }

    /// None where the centres leave a video none, unless it had one before: it goes without them then.
    fn direction(&self, video: &CatalogueVideo) -> Option<Vec<f32>> {
        let before = || self.centres.is_restoring().then(|| video.unit_vector(&Centres::default())).flatten();
        video.unit_vector(&self.centres).or_else(before)
    }

    /// Gives a video that waits for its vector the one that its predecessor in the row has.
    fn keep_vector(&self, row: usize, video: &mut CatalogueVideo) {
        if let (VideoVector::Pending, Some(known)) = (&video.vector, self.video(row)) {
            video.vector = match &known.vector {
                VideoVector::Parts(parts) => VideoVector::Parts(parts.clone()),
                VideoVector::Brought(_) | VideoVector::Row => VideoVector::Row,
                VideoVector::Pending => VideoVector::Pending,
            };
        }
    }

    /// A row whose video was removed.
    fn take_free_row(&mut self) -> Option<usize> {
        let row = self.free.last().copied()?;
        self.free.drop_last_mut();
        Some(row)
    }

    /// Takes a row's video out of the sums over all videos.
    fn forget_content(&mut self, row: usize) {
        let Some(video) = self.video(row).cloned() else {
            return;
        };
        self.video_bytes -= video.bytes();
        self.attributes.remove(row, &video.attributes);
        video.watched.iter().for_each(|watched| self.series.remove(row, watched));
        video.embedded_tags().into_iter().for_each(|tags| self.tags.remove(tags, row));
        for part in video.parts() {
            part.group.into_iter().for_each(|group| self.centres.subtract(group, &part.values.decode()));
        }
    }

    /// Renews the centres that are due, and computes the rows anew that they concern. A video that
    /// would lose its direction keeps the vector it had.
    fn renew_centres(&mut self) {
        let due = self.centres.renew();
        if due.is_empty() {
            return;
        }
        for row in self.live.iter() {
            let Some(video) = self.videos.get(row).and_then(Option::as_ref) else {
                continue;
            };
            let concerned = video.parts().iter().any(|part| part.group.is_some_and(|group| due.contains(&group)));
            if let Some(vector) = concerned.then(|| video.unit_vector(&self.centres)).flatten() {
                Arc::make_mut(&mut self.vectors).set(row, &vector);
            }
        }
    }

    /// Rarely due: three quarters of the videos went since it was.
    fn renew_sample(&mut self) {
        let mut sample = Sample::default();
        self.live.iter().for_each(|row| sample.insert(self.id(row), row));
        self.sample = sample;
    }

    fn remove(&mut self, id: &str) -> bool {
        let Some(row) = self.row(id) else {
            return false;
        };
        self.forget_content(row);
        self.titles.remove(row);
        self.rows.remove_mut(id);
        self.row_ids.remove(row);
        self.live.remove(row);
        self.without_vector.remove(row);
        self.without_own_vector.remove(row);
        self.videos.set_mut(row, None);
        self.free.push_back_mut(row);
        if self.sample.remove(id, row) {
            self.renew_sample();
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::{Code, ExactValues, dot};

    fn brought(id: &str, vector: [f32; 2]) -> CatalogueVideo {
        let vector = VideoVector::Brought(Box::new(vector));
        CatalogueVideo {
            id: Arc::from(id),
            title: id.to_uppercase(),
            attributes: Attributes::default(),
            vector,
            watched: None,
        }
    }

    fn titled(id: &str, group: usize, values: [f32; 2]) -> CatalogueVideo {
        let part = FieldPart {
            field: Some(Field::Title),
            text: id.to_owned(),
            group: Some(group),
            values: Stored::Code(Code::encode(&values)),
            weight: 1.0,
        };
        let vector = VideoVector::Parts(vec![part]);
        CatalogueVideo {
            id: Arc::from(id),
            title: String::new(),
            attributes: Attributes::default(),
            vector,
            watched: None,
        }
    }

    #[test]
    fn rows_are_used_again_and_bytes_come_back() {
        let mut catalogue = Catalogue::new(VectorStore::new(2, ExactValues::Float32));
        catalogue.put_all(vec![brought("a", [1.0, 0.0]), brought("b", [0.0, 1.0])]).unwrap();
        let before = catalogue.clone();
        catalogue.remove_all(&["a"]).unwrap();
        assert_eq!(catalogue.clone().remove_all(&["b", "a"]), Err(1));
        catalogue.put_all(vec![brought("c", [0.6, 0.8]), brought("b", [0.8, 0.6])]).unwrap();
        assert_eq!(catalogue.len(), 2);
        assert_eq!(catalogue.row("c"), Some(0));
        assert_eq!(before.row("a"), Some(0));
        assert_eq!(before.vectors().values(1).to_vec(), [0.0, 1.0]);
        catalogue.remove_all(&["b", "c"]).unwrap();
        assert!(catalogue.is_empty() && catalogue.live().is_empty());
        assert_eq!(catalogue.bytes(), catalogue.vectors().bytes());
    }

    /// Two groups with the same two meanings, each shifted by a slant of its own.
    fn slanted(slant: f32, index: usize) -> Vec<CatalogueVideo> {
        let meaning = if index.is_multiple_of(2) { 1.0 } else { -1.0 };
        vec![titled(&format!("a{index}"), 0, [meaning, slant]), titled(&format!("b{index}"), 1, [meaning, -slant])]
    }

    fn meaning_outweighs_slant(catalogue: &Catalogue) -> bool {
        let vector = |id: &str| catalogue.vectors().values(catalogue.row(id).unwrap()).to_vec();
        dot(&vector("a0"), &vector("b0")) > dot(&vector("a0"), &vector("a1"))
    }

    #[test]
    fn a_video_that_waits_for_its_vector_keeps_the_one_it_has() {
        let waiting = |id: &str| CatalogueVideo {
            id: Arc::from(id),
            title: "new".to_owned(),
            attributes: Attributes::default(),
            vector: VideoVector::Pending,
            watched: None,
        };
        let mut catalogue = Catalogue::new(VectorStore::new(2, ExactValues::Float32));
        catalogue.put_all(vec![brought("a", [0.6, 0.8]), titled("b", 0, [0.0, 1.0])]).unwrap();
        catalogue.put_all(vec![waiting("a"), waiting("b"), waiting("c")]).unwrap();
        let row = |id: &str| catalogue.vectors().values(catalogue.row(id).unwrap()).to_vec();
        assert_eq!((row("a"), row("c")), (vec![0.6, 0.8], vec![0.0, 0.0]));
        assert!(row("b")[1] > 0.99);
        assert_eq!(catalogue.without_vector().iter().collect::<Vec<_>>(), [2]);
        assert!((0..3).all(|row| catalogue.video(row).unwrap().title == "new"));
        catalogue.put_all(vec![titled("c", 0, [1.0, 0.0])]).unwrap();
        assert!(catalogue.vectors().values(2)[0] > 0.5 && catalogue.without_vector().is_empty());
    }

    #[test]
    fn a_groups_own_slant_is_subtracted() {
        let mut catalogue = Catalogue::new(VectorStore::new(2, ExactValues::Float32));
        for index in 0..200 {
            catalogue.put_all(slanted(5.0, index)).unwrap();
        }
        assert!(meaning_outweighs_slant(&catalogue));
        for index in 0..200 {
            catalogue.put_all(slanted(-5.0, index)).unwrap();
        }
        assert!(meaning_outweighs_slant(&catalogue), "replaced videos move the centres, too");
    }
}
