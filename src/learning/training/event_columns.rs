//! Events of a whole service in columns, as they are read: who, which video, when, how. Users are numbered and their ids
//! forgotten at once: what is kept of an id is a hash that finds its number again, and that goes when the histories are
//! made.

use std::collections::HashMap;
use std::sync::Arc;

use twox_hash::XxHash3_64;

use super::check_memory;
use super::crew::{Crew, Pieces};
use super::histories::Histories;
use crate::domain::{CallOptions, Context, Event, EventKind, Result, WatchedVideo};
use crate::learning::{Engagement, Item, Items, Watch, WatchRules};

/// Profiles whose events one piece of work folds.
const PROFILES: usize = 256;

/// What an entry of the table of users takes, and one of the ids of videos, about.
const USER_BYTES: usize = 64;

/// Seeds of the two halves of a user's hash, together too long for two ids to meet by chance.
const SEEDS: [u64; 2] = [0, 0x9e37_79b9_7f4a_7c15];

/// See the module. 35 bytes an event.
#[derive(Debug, Default)]
pub struct EventColumns {
    users: HashMap<[u64; 2], u32>,
    items: Items,
    profile: Vec<u32>,
    item: Vec<Item>,
    time_utc_ms: Vec<i64>,
    kind: Vec<EventKind>,
    position_ms: Vec<u32>,
    duration_ms: Vec<u32>,
    rating: Vec<f32>,
    context: Vec<Context>,
}

/// Weeks of playback are as good as longer ones.
fn short(milliseconds: i64) -> u32 {
    u32::try_from(milliseconds).unwrap_or(u32::MAX)
}

impl EventColumns {
    /// None yet. Videos that have a number keep it.
    pub fn new(items: Items) -> EventColumns {
        EventColumns { items, ..EventColumns::default() }
    }

    /// Number of events that are kept.
    pub fn len(&self) -> usize {
        self.profile.len()
    }

    pub fn is_empty(&self) -> bool {
        self.profile.is_empty()
    }

    /// Users that did anything.
    pub fn users(&self) -> usize {
        self.users.len()
    }

    /// Memory in bytes, about, with what making the histories takes.
    pub fn bytes(&self) -> usize {
        let of_event = 2 * size_of::<u32>() + size_of::<i64>() + size_of::<EventKind>() + 3 * size_of::<u32>();
        // Growing columns stand twice for a moment, and the order of events beside them.
        let columns = self.len().saturating_mul(2 * (of_event + size_of::<Context>()) + size_of::<u32>());
        let names = self.users.len().saturating_mul(USER_BYTES).saturating_add(self.items.bytes());
        columns.saturating_add(names).saturating_add(Histories::bytes(self.len(), self.users.len(), self.items.len()))
    }

    /// Takes an event up. What says nothing of a video of its own, such as a search or an impression, is passed over. Fails
    /// where the event breaks its rules, and where all events and their histories would take more than the limit.
    pub fn push(&mut self, event: &Event, memory_limit_bytes: usize) -> Result<()> {
        use EventKind::{HideSeries, Impression, Search, Snooze, UnhideSeries};
        event.validate()?;
        if matches!(event.kind, Search | Impression | HideSeries | UnhideSeries | Snooze) {
            return Ok(());
        }
        if self.len().is_power_of_two() || self.len().is_multiple_of(1 << 20) {
            check_memory(self.bytes(), memory_limit_bytes)?;
        }
        let next = self.users.len() as u32;
        let hash = SEEDS.map(|seed| XxHash3_64::oneshot_with_seed(seed, event.profile.as_bytes()));
        self.profile.push(*self.users.entry(hash).or_insert(next));
        self.item.push(self.items.number_or_new(&event.video_id));
        self.time_utc_ms.push(event.time_utc_ms);
        self.kind.push(event.kind);
        self.position_ms.push(short(event.position_ms));
        self.duration_ms.push(short(event.duration_ms));
        self.rating.push(event.rating);
        self.context.push(event.context);
        Ok(())
    }

    /// The histories of all users who watched anything, in the order of their first events, and the numbers of videos.
    /// A user's events count in the order of their times, of the same time as they were read; a video stands in a
    /// history at the event that first spoke for it, by the same rules as in an engine. `about` says what is known of a
    /// video.
    pub fn into_histories(
        mut self,
        rules: WatchRules,
        about: impl Fn(&str) -> Option<Arc<WatchedVideo>>,
        crew: &Crew,
        call: &CallOptions,
    ) -> Result<(Items, Histories)> {
        let items = std::mem::take(&mut self.items);
        let about: Vec<Option<Arc<WatchedVideo>>> = items.ids().map(about).collect();
        let (users, ends, order) = self.by_user();
        let pieces = Pieces { count: users.div_ceil(PROFILES), units: users };
        let columns = self;
        let folded = crew.map(pieces, call, move |piece| {
            let mut folded = Folded::default();
            let mut own = OwnEngagements::new(about.len());
            for user in piece * PROFILES..users.min((piece + 1) * PROFILES) {
                columns.fold(&order[ends[user]..ends[user + 1]], &rules, &about, &mut own, &mut folded);
            }
            Ok(folded)
        })?;
        let mut all = Folded::default();
        let mut starts = vec![0];
        for piece in folded {
            all.watches.extend(piece.watches);
            all.contexts.extend(piece.contexts);
            for length in piece.lengths.into_iter().filter(|length| *length > 0) {
                starts.push(starts[starts.len() - 1] + length);
            }
        }
        if all.contexts.iter().all(|context| *context == Context::default()) {
            all.contexts = Vec::new();
        }
        let count = items.len();
        Ok((items, Histories::new(starts, all.watches, all.contexts, count)?))
    }

    /// How many users there are, where each one's events end, and the places of all events, user by user in the order of
    /// their times.
    fn by_user(&mut self) -> (usize, Vec<usize>, Vec<u32>) {
        let users = std::mem::take(&mut self.users).len();
        let mut ends = vec![0; users + 1];
        self.profile.iter().for_each(|user| ends[*user as usize + 1] += 1);
        (1..ends.len()).for_each(|at| ends[at] += ends[at - 1]);
        let mut next = ends.clone();
        let mut order = vec![0; self.len()];
        for (place, user) in (0..).zip(&self.profile) {
            order[next[*user as usize]] = place;
            next[*user as usize] += 1;
        }
        for user in 0..users {
            order[ends[user]..ends[user + 1]].sort_by_key(|place| self.time_utc_ms[*place as usize]);
        }
        (users, ends, order)
    }

    /// Folds one user's events, given by their places. `own` is empty, and again when it is done.
    fn fold(
        &self,
        places: &[u32],
        rules: &WatchRules,
        about: &[Option<Arc<WatchedVideo>>],
        own: &mut OwnEngagements,
        folded: &mut Folded,
    ) {
        let before = folded.watches.len();
        let mut event = Event::of(EventKind::Play);
        for place in places.iter().map(|place| *place as usize) {
            let item = self.item[place];
            (event.kind, event.rating) = (self.kind[place], self.rating[place]);
            (event.position_ms, event.duration_ms) =
                (i64::from(self.position_ms[place]), i64::from(self.duration_ms[place]));
            event.watched.clone_from(&about[item as usize]);
            let (engagement, is_watch) = own.with(item);
            engagement.observe(&event, rules);
            if !*is_watch && engagement.speaks_for() {
                *is_watch = true;
                folded.watches.push(Watch { item, time_utc_ms: self.time_utc_ms[place] });
                folded.contexts.push(self.context[place]);
            }
        }
        folded.lengths.push(folded.watches.len() - before);
        own.clear();
    }
}

/// What one user has to do with each video so far, and whether that is a watch.
struct OwnEngagements {
    /// Of each item one more than its place among `found`; 0 for none.
    places: Vec<u32>,
    items: Vec<Item>,
    found: Vec<(Engagement, bool)>,
}

impl OwnEngagements {
    fn new(items: usize) -> OwnEngagements {
        OwnEngagements { places: vec![0; items], items: Vec::new(), found: Vec::new() }
    }

    fn with(&mut self, item: Item) -> &mut (Engagement, bool) {
        let place = &mut self.places[item as usize];
        if *place == 0 {
            self.items.push(item);
            self.found.push(Default::default());
            *place = self.found.len() as u32;
        }
        &mut self.found[*place as usize - 1]
    }

    fn clear(&mut self) {
        self.found.clear();
        self.items.drain(..).for_each(|item| self.places[item as usize] = 0);
    }
}

/// Histories of some users, one after the other.
#[derive(Debug, Default)]
struct Folded {
    watches: Vec<Watch>,
    contexts: Vec<Context>,
    lengths: Vec<usize>,
}
