//! Vectors of texts that were embedded before, by a hash of their content: programme guides say the
//! same things night after night. The least recently used go first.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};

use lru::LruCache;
use ndarray::ArrayView1;
use parking_lot::Mutex;
use sha2::{Digest, Sha256};

/// Half of a SHA-256: two texts share it only by design, and whoever can design that brings the
/// texts anyway.
type ContentHash = [u8; 16];

/// What an entry costs beyond its vector's elements: key, list links, table slot and allocation.
const ENTRY_BYTES: usize = 112;

/// See the module. All methods may be called from any thread.
pub struct VectorCache {
    entries: Option<Mutex<LruCache<ContentHash, Box<[f32]>>>>,
    entry_bytes: usize,
    hits: AtomicU64,
    misses: AtomicU64,
}

impl VectorCache {
    /// A cache that takes at most `bytes`; one too small for a single vector holds none.
    pub fn new(bytes: usize, dimensions: usize) -> Self {
        let entry_bytes = dimensions * size_of::<f32>() + ENTRY_BYTES;
        let capacity = NonZeroUsize::new(bytes / entry_bytes);
        VectorCache {
            // Unbounded as the crate sees it: a bound would allocate all of the table at once.
            entries: capacity.map(|capacity| {
                let mut entries = LruCache::unbounded();
                entries.resize(capacity);
                Mutex::new(entries)
            }),
            entry_bytes,
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
        }
    }

    /// Copies the text's vector to `vector` and says whether there was one.
    pub fn copy_to(&self, text: &str, vector: &mut [f32]) -> bool {
        let Some(entries) = &self.entries else {
            return false;
        };
        let key = content_hash(text);
        let mut entries = entries.lock();
        let Some(known) = entries.get(&key) else {
            self.misses.fetch_add(1, Ordering::Relaxed);
            return false;
        };
        vector.copy_from_slice(known);
        self.hits.fetch_add(1, Ordering::Relaxed);
        true
    }

    pub fn insert(&self, text: &str, vector: ArrayView1<'_, f32>) {
        if let Some(entries) = &self.entries {
            entries.lock().put(content_hash(text), vector.iter().copied().collect());
        }
    }

    pub fn clear(&self) {
        if let Some(entries) = &self.entries {
            let mut entries = entries.lock();
            let capacity = entries.cap();
            // A cleared table keeps its size: only a new one gives the memory back.
            *entries = LruCache::unbounded();
            entries.resize(capacity);
        }
    }

    pub fn hits(&self) -> u64 {
        self.hits.load(Ordering::Relaxed)
    }

    pub fn misses(&self) -> u64 {
        self.misses.load(Ordering::Relaxed)
    }

    /// Bytes held, by the estimate that bounds them.
    pub fn bytes(&self) -> usize {
        self.entries.as_ref().map_or(0, |entries| entries.lock().len() * self.entry_bytes)
    }
}

fn content_hash(text: &str) -> ContentHash {
    let mut key = ContentHash::default();
    let length = key.len();
    key.copy_from_slice(&Sha256::digest(text.as_bytes())[..length]);
    key
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn the_least_recently_used_goes_first() {
        let two = 2 * (2 * size_of::<f32>() + ENTRY_BYTES);
        let cache = VectorCache::new(two, 2);
        let mut vector = [0.0; 2];
        cache.insert("a", array![1.0, 2.0].view());
        cache.insert("b", array![3.0, 4.0].view());
        assert!(cache.copy_to("a", &mut vector));
        assert_eq!(vector, [1.0, 2.0]);
        cache.insert("c", array![5.0, 6.0].view());
        assert!(!cache.copy_to("b", &mut vector) && cache.copy_to("a", &mut vector));
        assert_eq!((cache.hits(), cache.misses(), cache.bytes()), (2, 1, two));
        cache.clear();
        assert!(!cache.copy_to("a", &mut vector) && cache.bytes() == 0);
    }

    #[test]
    fn too_little_memory_turns_it_off() {
        let cache = VectorCache::new(8, 2);
        cache.insert("a", array![1.0, 2.0].view());
        assert!(!cache.copy_to("a", &mut [0.0; 2]));
        assert_eq!(cache.misses(), 0);
    }
}
