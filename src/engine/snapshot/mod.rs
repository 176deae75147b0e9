//! One state of an engine, complete and immutable once published. Cloning shares everything.

mod learned;

use std::sync::Arc;

use rpds::HashTrieMapSync;

use super::held_networks::HeldNetworks;
use super::held_packs::HeldPacks;
use super::household::Household;
use super::observing::Choices;
use super::showings::Foreseen;
use crate::domain::{Context, Error, Event, EventKind, EventNotes, FeatureWeights, Kind, Result, Status, WatchedVideo};
use crate::learning::{
    Adaptation, Engagement, Feedback, Impressions, Item, Knowledge, Played, Profile, Watch, WatchRules, Watching,
};
use crate::ranking::{Catalogue, CatalogueVideo, ItemRows, VideoVector};
use crate::vectors::{Metric, VectorStore};

/// See the module.
#[derive(Debug, Clone)]
pub struct Snapshot {
    pub catalogue: Arc<Catalogue>,
    metric: Metric,
    pub(super) profiles: HashTrieMapSync<Arc<str>, Profile>,
    pub household: Household,
    /// What the host says that each feature counts, where it does.
    pub(super) weights_of_host: Option<FeatureWeights>,
    /// What each feature counts where a query does not say: by the host, or else by the pack in use; those that count are
    /// learned.
    pub(super) weights: FeatureWeights,
    /// When a video is started and finished.
    pub(super) rules: WatchRules,
    pub(super) knowledge: Knowledge,
    /// What the knowledge stands on.
    pub packs: HeldPacks,
    /// Of which one may be part of the knowledge.
    pub networks: HeldNetworks,
    pub(super) item_rows: ItemRows,
    pub(super) profile_bytes: usize,
    pub events: u64,
}

/// What an entry of the persistent maps costs beyond its key, roughly.
const PROFILE_BYTES: usize = 200 + size_of::<Watching>() + size_of::<Impressions>() + size_of::<Feedback>();
pub const ENGAGEMENT_BYTES: usize = size_of::<Engagement>() + 144;
/// What choices taught, with the ids of videos that were shown.
pub const ADAPTATION_BYTES: usize = size_of::<Adaptation>() + 40 * 48;
/// A place in a history, with its circumstances.
pub const WATCH_BYTES: usize = size_of::<Watch>() + size_of::<Context>();

/// A place by content costs as much as a few products of vectors.
const VIDEOS_BETWEEN_CHECKS: usize = 256;

impl Snapshot {
    pub fn new(
        vectors: VectorStore,
        metric: Metric,
        weights_of_host: Option<FeatureWeights>,
        rules: WatchRules,
    ) -> Self {
        let weights = weights_of_host.unwrap_or_default();
        Snapshot {
            catalogue: Arc::new(Catalogue::new(vectors)),
            metric,
            profiles: HashTrieMapSync::new_sync(),
            household: Household::default(),
            weights_of_host,
            weights,
            rules,
            knowledge: Knowledge::new(&weights),
            packs: HeldPacks::default(),
            networks: HeldNetworks::default(),
            item_rows: ItemRows::default(),
            profile_bytes: 0,
            events: 0,
        }
    }

    pub fn bytes(&self) -> usize {
        let profiles = self.profile_bytes + self.household.bytes() + self.packs.bytes() + self.networks.bytes();
        self.catalogue.bytes() + profiles + self.knowledge.bytes() + self.item_rows.bytes()
    }

    /// Fails when this and `other` bytes are more than `limit`; 0 for none. What lists can make again is given up before.
    pub fn check_room(&self, other: usize, limit: u64) -> Result<()> {
        let is_over = |bytes: u64| limit > 0 && bytes > limit;
        let mut bytes = (self.bytes() + other) as u64;
        if is_over(bytes) {
            self.knowledge.forget_states();
            self.packs.forget_vectors();
            bytes = (self.bytes() + other) as u64;
        }
        if is_over(bytes) {
            let message = format!("the engine would hold {bytes} bytes, memory_limit_bytes is {limit}");
            return Err(Error::new(Status::MemoryLimit, message));
        }
        Ok(())
    }

    pub fn profile(&self, id: &str) -> Option<&Profile> {
        self.profiles.get(id)
    }

    /// In no particular order.
    pub fn profiles(&self) -> impl Iterator<Item = &Profile> {
        self.profiles.values()
    }

    /// In no particular order.
    pub fn profile_ids(&self) -> impl Iterator<Item = &str> {
        self.profiles.keys().map(AsRef::as_ref)
    }

    pub fn weights(&self) -> &FeatureWeights {
        &self.weights
    }

    /// What profiles' choices are learned from: the weights without a pack, since what was chosen before a pack came has to
    /// teach the same after it.
    pub fn weights_to_adapt(&self) -> FeatureWeights {
        self.weights_of_host.unwrap_or_default()
    }

    pub fn rules(&self) -> &WatchRules {
        &self.rules
    }

    pub fn knowledge(&self) -> &Knowledge {
        &self.knowledge
    }

    pub fn item_rows(&self) -> &ItemRows {
        &self.item_rows
    }

    pub fn profile_count(&self) -> usize {
        self.profiles.size()
    }

    /// Adds videos or replaces those with their ids. Tells the number of each that has its place by content from now on.
    pub fn put_videos(&mut self, videos: Vec<CatalogueVideo>) -> Result<Vec<Option<Item>>> {
        let rows = self.restore_videos(videos)?;
        Ok(rows.into_iter().map(|row| self.place(row)).collect())
    }

    /// The same without places; gives the videos' rows.
    pub fn restore_videos(&mut self, videos: Vec<CatalogueVideo>) -> Result<Vec<usize>> {
        self.check_dimensions(&videos)?;
        let count = videos.len();
        let ids: Vec<Arc<str>> = videos.iter().map(|video| Arc::clone(&video.id)).collect();
        let catalogue = Arc::make_mut(&mut self.catalogue);
        catalogue.put_all(videos).map_err(|index| {
            let error = Error::invalid("its vector equals the mean of its language and has no direction left");
            error.within_batch("videos", index, count)
        })?;
        catalogue.measure_signs(self.metric)?;
        let rows: Vec<usize> = ids.iter().filter_map(|id| self.catalogue.row(id)).collect();
        rows.iter().for_each(|row| self.join(*row));
        Ok(rows)
    }

    /// While the length of vectors is unknown, vectors brought together, or by two writers at once,
    /// may differ: the first one published decides.
    fn check_dimensions(&self, videos: &[CatalogueVideo]) -> Result<()> {
        let mut expected = self.catalogue.vectors().dimensions();
        for (index, video) in videos.iter().enumerate() {
            let found = match video.vector {
                VideoVector::Pending => expected,
                _ => video.dimensions(),
            };
            if expected == 0 {
                expected = found;
            }
            if found != expected {
                let message = format!("the vector has {found} elements, this engine's vectors have {expected}");
                return Err(Error::invalid(message).within_batch("videos", index, videos.len()));
            }
        }
        Ok(())
    }

    pub fn remove_videos(&mut self, ids: &[&str]) -> Result<()> {
        ids.iter().filter_map(|id| self.catalogue.row(id)).for_each(|row| self.item_rows.unlink(row));
        let removed = Arc::make_mut(&mut self.catalogue).remove_all(ids);
        removed.map_err(|index| unknown_video(ids[index]).within_batch("ids", index, ids.len()))?;
        self.with_fewer_items(|knowledge| ids.iter().filter_map(|id| knowledge.leave(id)).collect());
        Ok(())
    }

    /// Learns from events as far as they were [`Snapshot::foreseen`] by what was found then. Gives what is to be kept with
    /// each event.
    pub fn record(&mut self, events: &[Event], foreseen: &Foreseen) -> Result<Vec<EventNotes>> {
        self.check_events(events)?;
        let nothing = EventNotes::default();
        let noted = |index: usize| foreseen.notes.get(index).unwrap_or(&nothing);
        Ok(self.observe_all(events, noted, &mut Choices::Known(&foreseen.choices)))
    }

    /// Refuses videos that are not there, and profiles that a household does not have.
    pub fn check_events(&self, events: &[Event]) -> Result<()> {
        for (index, event) in events.iter().enumerate() {
            self.check_profile(&event.profile).map_err(|error| error.within_batch("events", index, events.len()))?;
        }
        let is_unknown =
            |event: &Event| event.kind != EventKind::Search && self.catalogue.row(&event.video_id).is_none();
        if let Some(index) = events.iter().position(is_unknown) {
            return Err(unknown_video(&events[index].video_id).within_batch("events", index, events.len()));
        }
        if let Some(index) = events.iter().position(lacks_series) {
            let message = format!("video_id {:?} belongs to no series", events[index].video_id);
            return Err(Error::invalid(message).within_batch("events", index, events.len()));
        }
        Ok(())
    }

    /// The events with what the catalogue says of the videos that were played: what watch states are made from, now
    /// and whenever the events are read again.
    pub fn annotated(&self, events: &[Event]) -> Vec<Event> {
        events.iter().map(|event| self.annotate(event.clone())).collect()
    }

    fn annotate(&self, mut event: Event) -> Event {
        if event.kind.asks_series() {
            let series_id = self.series_of(&event);
            event.watched =
                series_id.map(|id| Arc::new(WatchedVideo { series_id: Some(id), ..WatchedVideo::default() }));
            return event;
        }
        let row = self.catalogue.row(&event.video_id).filter(|_| event.kind.is_playback());
        event.watched = row.and_then(|row| self.catalogue.watched_video(row));
        let ends = event.kind == EventKind::Complete || self.rules.is_finished(Played::of(&event));
        if let Some(known) = event.watched.as_mut().filter(|_| ends) {
            *known = self.catalogue.with_last_available(known, event.time_utc_ms);
        }
        event
    }

    /// The series of an event's video: where it stands for a series itself, that one, and of a clip or advert none, as
    /// who puts a trailer off does not put the series off.
    fn series_of(&self, event: &Event) -> Option<Arc<str>> {
        let known = self.catalogue.row(&event.video_id).and_then(|row| self.catalogue.watched_video(row))?;
        match known.kind {
            Some(Kind::Clip | Kind::Advert) if event.kind == EventKind::Snooze => None,
            Some(Kind::Series) => known.series_id.clone().or_else(|| Some(event.video_id.as_str().into())),
            _ => known.series_id.clone(),
        }
    }

    pub fn forget_profile(&mut self, id: &str) -> Result<()> {
        let Some(profile) = self.profile(id).cloned() else {
            return Err(Error::new(Status::NotFound, format!("{id:?} is no profile of this engine")));
        };
        self.profile_bytes -= bytes_of(id, &profile);
        self.profiles.remove_mut(id);
        self.household.remove(id);
        self.with_fewer_items(|knowledge| knowledge.forget(&profile));
        Ok(())
    }

    /// Forgets what profiles did, and leaves none but guests, of whom nothing is written anywhere else.
    pub fn forget_all_profiles(&mut self) {
        let guests = self.profiles.iter().filter(|(id, _)| self.household.is_guest(id));
        let guests: Vec<(Arc<str>, Profile)> = guests.map(|(id, guest)| (Arc::clone(id), guest.clone())).collect();
        self.profile_bytes = guests.iter().map(|(id, guest)| bytes_of(id, guest)).sum();
        self.profiles = guests.into_iter().collect();
        let weights = self.weights;
        self.with_fewer_items(|knowledge| knowledge.forget_all(&weights));
        self.events = 0;
    }

    /// A profile that was known before, unless it is there.
    pub fn restore_profile(&mut self, id: &str) {
        if self.profile(id).is_none() {
            let profile = self.knowledge.new_profile();
            self.put_profile(id, profile);
        }
    }

    /// A guest's, who teaches nothing.
    pub fn put_guest(&mut self, id: &str) {
        self.put_profile(id, Profile::default());
    }

    fn put_profile(&mut self, id: &str, profile: Profile) {
        self.profile_bytes += PROFILE_BYTES + id.len();
        self.profiles.insert_mut(Arc::from(id), profile);
    }
}

/// Whether the event hides or shows a series that its video has not.
fn lacks_series(event: &Event) -> bool {
    matches!(event.kind, EventKind::HideSeries | EventKind::UnhideSeries) && event.watched.is_none()
}

/// What a profile takes, with all it did.
fn bytes_of(id: &str, profile: &Profile) -> usize {
    let engagements: usize = profile.engagements().map(|(video, _)| ENGAGEMENT_BYTES + video.len()).sum();
    let adaptation = if profile.adaptation().is_some() { ADAPTATION_BYTES } else { 0 };
    let history = WATCH_BYTES * profile.history().len();
    PROFILE_BYTES + id.len() + engagements + history + adaptation + profile.state_bytes()
}

fn unknown_video(id: &str) -> Error {
    Error::new(Status::NotFound, format!("{id:?} is no video of this engine"))
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::ranking::Attributes;
    use crate::vectors::ExactValues;

    pub fn video(number: u32) -> CatalogueVideo {
        CatalogueVideo {
            id: Arc::from(format!("v{number}")),
            title: String::new(),
            attributes: Attributes::default(),
            vector: VideoVector::Brought(Box::new([0.6, 0.8])),
            watched: None,
        }
    }

    pub fn watch(number: u32) -> Event {
        Event { profile: format!("p{}", number % 3), video_id: format!("v{number}"), ..Event::of(EventKind::Complete) }
    }

    pub fn empty() -> Snapshot {
        let vectors = VectorStore::new(2, ExactValues::Float32);
        Snapshot::new(vectors, Metric::Cosine, None, WatchRules::default())
    }

    /// The tables say of each row and item what a look at the ids says.
    fn check(snapshot: &Snapshot) {
        let (items, catalogue) = (snapshot.knowledge.items(), &snapshot.catalogue);
        for row in 0..catalogue.vectors().rows() {
            let by_id = catalogue.live().contains(row).then(|| items.number(catalogue.id(row))).flatten();
            assert_eq!(snapshot.item_rows.item(row), by_id, "row {row}");
        }
        for (item, id) in (0..).zip(items.ids()) {
            assert_eq!(snapshot.item_rows.row(item), catalogue.row(id), "{id}");
        }
    }

    #[test]
    fn the_tables_between_items_and_rows_stay_true() {
        let mut snapshot = empty();
        let mut state = 7_u64;
        let mut random = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((state >> 33) % below) as u32
        };
        for _ in 0..2_000 {
            let number = random(40);
            match random(12) {
                0..=3 => drop(snapshot.put_videos(vec![video(number), video(random(40))]).unwrap()),
                4..=6 => drop(snapshot.remove_videos(&[&format!("v{number}")])),
                // Also what a store gives back of videos that were removed.
                7..=9 => snapshot.restore(&[watch(number).into()]),
                10 => drop(snapshot.forget_profile(&format!("p{}", number % 3))),
                _ if number == 0 => snapshot.forget_all_profiles(),
                _ if number < 20 => snapshot.begin_training(),
                _ => snapshot.give_up_training(),
            }
            check(&snapshot);
        }
        let live: Vec<String> = (0..40).map(|number| format!("v{number}")).collect();
        let live: Vec<&str> =
            live.iter().map(String::as_str).filter(|id| snapshot.catalogue.row(id).is_some()).collect();
        snapshot.remove_videos(&live).unwrap();
        check(&snapshot);
        snapshot.put_videos(vec![video(39)]).unwrap();
        check(&snapshot);
    }
}
