//! The videos of an engine as one immutable value: metadata by row, rows by id, vectors in a
//! matrix. Cloning is cheap and shares everything; a change copies only what it touches.

use std::sync::Arc;

use rpds::{HashTrieMapSync, VectorSync};

use crate::domain::Field;
use crate::vectors::{Bitmap, Code, Matrix};

/// A video as ranking sees it.
#[derive(Debug)]
pub struct CatalogueVideo {
    pub id: Arc<str>,
    pub title: String,
    /// The parts its vector is made of; empty when the host brought the vector.
    pub parts: Vec<FieldPart>,
}

/// One field's part of a video's vector: the vector is Σ share · code over the parts.
#[derive(Debug)]
pub struct FieldPart {
    pub field: Field,
    pub text: String,
    pub code: Code,
    pub share: f32,
}

/// What a node of the persistent maps costs beyond the values in it, roughly.
const NODE_BYTES: usize = 96;

impl CatalogueVideo {
    /// Bytes on the heap, the row of the matrix aside.
    pub fn bytes(&self) -> usize {
        let parts: usize =
            self.parts.iter().map(|part| size_of::<FieldPart>() + part.text.capacity() + part.code.bytes()).sum();
        size_of::<Self>() + 2 * self.id.len() + self.title.capacity() + parts + 2 * NODE_BYTES
    }
}

/// See the module.
#[derive(Debug, Clone)]
pub struct Catalogue {
    matrix: Matrix,
    videos: VectorSync<Option<Arc<CatalogueVideo>>>,
    rows: HashTrieMapSync<Arc<str>, usize>,
    live: Bitmap,
    /// Rows whose videos were removed, to be used again.
    free: VectorSync<usize>,
    video_bytes: usize,
}

impl Catalogue {
    /// An empty catalogue; `dimensions` 0 when the first vector will tell.
    pub fn new(dimensions: usize) -> Self {
        Catalogue {
            matrix: Matrix::new(dimensions),
            videos: VectorSync::new_sync(),
            rows: HashTrieMapSync::new_sync(),
            live: Bitmap::default(),
            free: VectorSync::new_sync(),
            video_bytes: 0,
        }
    }

    pub fn matrix(&self) -> &Matrix {
        &self.matrix
    }

    /// Rows that hold a video.
    pub fn live(&self) -> &Bitmap {
        &self.live
    }

    pub fn len(&self) -> usize {
        self.rows.size()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Bytes held, vectors and texts and indexes.
    pub fn bytes(&self) -> usize {
        self.matrix.bytes() + self.video_bytes
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

    /// Adds a video or replaces the one with its id. `vector` is of unit length.
    pub fn put(&mut self, video: CatalogueVideo, vector: &[f32]) {
        self.video_bytes += video.bytes();
        let row = match self.row(&video.id) {
            Some(row) => {
                self.video_bytes -= self.video(row).map_or(0, |old| old.bytes());
                self.matrix.set(row, vector);
                row
            }
            None => self.place(vector),
        };
        self.rows.insert_mut(Arc::clone(&video.id), row);
        self.live.insert(row);
        let video = Some(Arc::new(video));
        if row < self.videos.len() {
            self.videos.set_mut(row, video);
        } else {
            self.videos.push_back_mut(video);
        }
    }

    fn place(&mut self, vector: &[f32]) -> usize {
        let Some(row) = self.free.last().copied() else {
            return self.matrix.push(vector);
        };
        self.free.drop_last_mut();
        self.matrix.set(row, vector);
        row
    }

    /// Takes a video out; false when there is none with this id.
    pub fn remove(&mut self, id: &str) -> bool {
        let Some(row) = self.row(id) else {
            return false;
        };
        self.video_bytes -= self.video(row).map_or(0, |old| old.bytes());
        self.rows.remove_mut(id);
        self.live.remove(row);
        self.videos.set_mut(row, None);
        self.free.push_back_mut(row);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn video(id: &str) -> CatalogueVideo {
        CatalogueVideo { id: Arc::from(id), title: id.to_uppercase(), parts: vec![] }
    }

    #[test]
    fn rows_are_used_again_and_bytes_come_back() {
        let mut catalogue = Catalogue::new(2);
        let empty = catalogue.bytes();
        catalogue.put(video("a"), &[1.0, 0.0]);
        catalogue.put(video("b"), &[0.0, 1.0]);
        let before = catalogue.clone();
        assert!(catalogue.remove("a") && !catalogue.remove("a"));
        catalogue.put(video("c"), &[0.6, 0.8]);
        catalogue.put(video("b"), &[0.8, 0.6]);
        assert_eq!(catalogue.len(), 2);
        assert_eq!(catalogue.matrix().rows(), 2);
        assert_eq!(catalogue.row("c"), Some(0));
        assert_eq!(before.row("a"), Some(0));
        assert_eq!(before.matrix().row(1), &[0.0, 1.0]);
        catalogue.remove("b");
        catalogue.remove("c");
        assert!(catalogue.is_empty() && catalogue.live().is_empty());
        assert_eq!(catalogue.bytes() - catalogue.matrix().bytes(), empty);
    }
}
