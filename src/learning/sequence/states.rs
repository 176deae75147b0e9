//! The states of the network after the histories that lists were asked for, so that a watch costs one step.
//!
//! A state follows from a history alone. It is kept under a fingerprint of all that was watched, in order: a history that
//! grew by a watch finds the state before it and makes one step; one that lost a watch, or hides one, is another
//! history. Hence nothing has to be undone, and what is not there is computed again. The least recently used go first.

use std::num::NonZeroUsize;
use std::sync::Arc;

use lru::LruCache;
use parking_lot::Mutex;

use super::super::Watch;

/// Histories whose states are kept.
const MOST: NonZeroUsize = NonZeroUsize::new(16_384).unwrap();

/// What an entry costs beyond the states' elements: key, owner, links, table slot and two allocations.
const ENTRY_BYTES: usize = 144;

/// The states after the last watches of a history.
#[derive(Debug, Clone)]
pub struct Tail {
    width: usize,
    /// One after the other, the last one last; before all of them what there was before those watches.
    states: Vec<f32>,
    /// Watches at the end of the history that the network failed at, and did not read.
    unread: usize,
    is_broken: bool,
}

impl Tail {
    /// Watches whose states are kept apart: those that a recommendation may be explained by.
    pub const WATCHES: usize = 5;

    /// Before the first watch.
    pub fn empty(width: usize) -> Tail {
        Tail { width, states: vec![0.0; width], unread: 0, is_broken: false }
    }

    /// The network gives no state after the last `unread` watches of the history; where that is `for_good`, nor after any
    /// more.
    pub fn break_off(&mut self, unread: usize, for_good: bool) {
        (self.unread, self.is_broken) = (unread, for_good);
    }

    /// Whether more watches would change nothing.
    pub fn is_broken(&self) -> bool {
        self.is_broken
    }

    /// Whether it has the state after all watches.
    pub fn is_whole(&self) -> bool {
        self.unread == 0
    }

    /// How many watches there are to be tried again.
    pub fn take_unread(&mut self) -> usize {
        std::mem::take(&mut self.unread)
    }

    /// The state after the last watch.
    pub fn last(&self) -> &[f32] {
        &self.states[self.states.len() - self.width..]
    }

    /// All of them, the one before the first watch first.
    pub fn states(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        self.states.chunks_exact(self.width)
    }

    /// Appends the state after one more watch.
    pub fn push(&mut self, state: &[f32]) {
        if self.states.len() > Tail::WATCHES * self.width {
            self.states.drain(..self.width);
        }
        self.states.extend_from_slice(state);
    }
}

/// Whose a state is, and the state.
type Entry = (Option<u32>, Arc<Tail>);

/// See the module. All methods may be called from any thread and hold a lock for a look-up only.
pub struct States {
    entries: Mutex<LruCache<u64, Entry>>,
}

impl Default for States {
    fn default() -> Self {
        // Unbounded as the crate sees it: a bound would allocate all of the table at once.
        let mut entries = LruCache::unbounded();
        entries.resize(MOST);
        States { entries: Mutex::new(entries) }
    }
}

/// A history's longest beginning with a known state.
pub struct Known {
    /// Its watches; 0 where nothing is known.
    pub watches: usize,
    pub tail: Option<Arc<Tail>>,
    /// After each watch, from the first.
    fingerprints: Vec<u64>,
}

impl States {
    pub fn find(&self, history: &[Watch]) -> Known {
        let fingerprints = fingerprints(history);
        let mut entries = self.entries.lock();
        let found = fingerprints.iter().enumerate().rev().find_map(|(place, fingerprint)| {
            let (_, tail) = entries.get(fingerprint)?;
            Some((place + 1, Arc::clone(tail)))
        });
        let (watches, tail) = found.map_or((0, None), |(watches, tail)| (watches, Some(tail)));
        Known { watches, tail, fingerprints }
    }

    /// Keeps the state after the first so many watches of the history in the place of that which it was made from.
    pub fn keep(&self, known: &Known, watches: usize, owner: Option<u32>, tail: Arc<Tail>) {
        let Some(last) = watches.checked_sub(1).and_then(|place| known.fingerprints.get(place)) else { return };
        let mut entries = self.entries.lock();
        if known.watches > 0 {
            entries.pop(&known.fingerprints[known.watches - 1]);
        }
        entries.put(*last, (owner, tail));
    }

    /// Drops the states of a profile; none: of all that have no number.
    pub fn forget(&self, owner: Option<u32>) {
        let mut entries = self.entries.lock();
        let own: Vec<u64> = entries.iter().filter(|(_, (of, _))| *of == owner).map(|(key, _)| *key).collect();
        own.iter().for_each(|key| drop(entries.pop(key)));
    }

    pub fn forget_all(&self) {
        self.entries.lock().clear();
    }

    /// Memory in bytes, about.
    pub fn bytes(&self, width: usize) -> usize {
        self.entries.lock().len() * (ENTRY_BYTES + (Tail::WATCHES + 1) * width * size_of::<f32>())
    }
}

fn fingerprints(history: &[Watch]) -> Vec<u64> {
    let mut fingerprint = 0;
    let next = |watch: &Watch| {
        fingerprint = mixed(fingerprint ^ u64::from(watch.item).wrapping_add(STEP));
        fingerprint
    };
    history.iter().map(next).collect()
}

/// The constants and the finaliser of SplitMix64: Steele, Lea and Flood, "Fast splittable pseudorandom number
/// generators" (2014), figure 16. One to one, so that histories differ as long as their last watch does.
fn mixed(value: u64) -> u64 {
    let value = value.wrapping_add(STEP);
    let value = (value ^ value >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ value >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ value >> 31
}

const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

#[cfg(test)]
mod tests {
    use super::*;

    fn history(items: &[u32]) -> Vec<Watch> {
        items.iter().map(|item| Watch { item: *item, time_utc_ms: 0 }).collect()
    }

    fn tail(value: f32) -> Arc<Tail> {
        let mut tail = Tail::empty(1);
        tail.push(&[value]);
        Arc::new(tail)
    }

    #[test]
    fn a_history_finds_its_longest_known_beginning() {
        let states = States::default();
        let known = states.find(&history(&[1, 2]));
        assert!(known.tail.is_none() && known.watches == 0);
        states.keep(&known, 2, Some(0), tail(2.0));
        let longer = states.find(&history(&[1, 2, 3]));
        assert_eq!((longer.watches, longer.tail.as_ref().unwrap().last()), (2, &[2.0][..]));
        states.keep(&longer, 3, Some(0), tail(3.0));
        assert_eq!(states.find(&history(&[1, 2, 3])).watches, 3);
        assert_eq!(states.find(&history(&[1, 2])).watches, 0, "the newer state took its place");
        assert_eq!(states.find(&history(&[2, 1, 3])).watches, 0, "order counts");
    }

    #[test]
    fn the_states_of_a_profile_are_forgotten_alone() {
        let states = States::default();
        states.keep(&states.find(&history(&[1])), 1, Some(7), tail(1.0));
        states.keep(&states.find(&history(&[2])), 1, None, tail(2.0));
        states.forget(Some(7));
        assert_eq!(states.find(&history(&[1])).watches, 0);
        assert_eq!(states.find(&history(&[2])).watches, 1);
        assert!(states.bytes(1) > 0);
        states.forget(None);
        assert_eq!(states.bytes(1), 0);
        states.keep(&states.find(&history(&[3])), 1, Some(1), tail(3.0));
        states.forget_all();
        assert_eq!((states.find(&history(&[3])).watches, states.bytes(1)), (0, 0));
    }

    #[test]
    fn a_tail_keeps_the_last_states_and_the_one_before() {
        let mut tail = Tail::empty(1);
        (1..=9).for_each(|value| tail.push(&[value as f32]));
        let kept: Vec<f32> = tail.states().map(|state| state[0]).collect();
        assert_eq!(kept, [4.0, 5.0, 6.0, 7.0, 8.0, 9.0]);
        assert_eq!(tail.last(), [9.0]);
    }
}
