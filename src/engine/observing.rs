//! What events do to a snapshot: each is folded into its profile, what it teaches is learned, and what has to be known
//! to learn the same again is noted of it ([`EventNotes`]).

use std::borrow::Borrow;
use std::collections::HashMap;
use std::sync::Arc;

use super::lists::snapshot_taste;
use super::snapshot::{ADAPTATION_BYTES, ENGAGEMENT_BYTES, Snapshot, WATCH_BYTES};
use crate::domain::{CallOptions, Compared, Event, EventKind, EventNotes, Feature, FeatureWeights, NotedEvent};
use crate::learning::{FeatureValues, Item, Profile, Viewer};
use crate::ranking::{Blend, engaged_rows, feature_values};

/// The features that videos were scored by which were shown when one of them was chosen.
pub type Scored = Vec<(Arc<str>, FeatureValues)>;

/// By what choices are learned of which nothing was noted before, by the place of their event.
pub enum Choices<'c> {
    /// By what is found now, which is put here.
    Found(&'c mut HashMap<usize, Scored>),
    /// By what was found here. A choice that is missing, as another call changed what its profile was shown, is learned
    /// without the network: that may take long, and writers wait.
    Known(&'c HashMap<usize, Scored>),
}

/// Events whose watches are learned together; bounds the memory for it.
const LEARNED_AT_ONCE: usize = 10_000;

impl Snapshot {
    /// Events that were recorded before, with videos that may have been removed since.
    pub fn restore(&mut self, events: &[NotedEvent]) {
        let (notes, events): (Vec<&EventNotes>, Vec<&Event>) =
            events.iter().map(|noted| (&noted.notes, &noted.event)).unzip();
        self.observe_all(&events, |index| notes[index], &mut Choices::Known(&HashMap::new()));
    }

    /// Folds events into their profiles and learns from them; `noted` is what was noted of each before.
    pub fn observe_all<'n, E: Borrow<Event>>(
        &mut self,
        events: &[E],
        noted: impl Fn(usize) -> &'n EventNotes,
        choices: &mut Choices<'_>,
    ) -> Vec<EventNotes> {
        let mut notes = Vec::with_capacity(events.len());
        for events in events.chunks(LEARNED_AT_ONCE) {
            let mut watched = Vec::new();
            for event in events {
                let place = notes.len();
                let of_event = self.observe((place, event.borrow()), noted(place), choices, &mut watched);
                notes.push(of_event);
            }
            self.learn(&mut watched);
        }
        notes
    }

    /// Learns the watches that events brought, each with its place in its profile's history.
    fn learn(&mut self, watched: &mut Vec<(&Event, usize)>) {
        let of_profile = |(event, place): (&Event, usize)| Some((self.profiles.get(event.profile.as_str())?, place));
        let watches: Vec<(&Profile, usize)> = watched.drain(..).filter_map(of_profile).collect();
        self.knowledge.learn(&watches);
    }

    /// Folds an event into its profile; a watch that it brings is left to be learned with others. Goes by what was noted
    /// of the event before, and gives what is to be noted.
    fn observe<'e>(
        &mut self,
        (place, event): (usize, &'e Event),
        noted: &EventNotes,
        choices: &mut Choices<'_>,
        watched: &mut Vec<(&'e Event, usize)>,
    ) -> EventNotes {
        let mut notes = EventNotes::default();
        self.events += 1;
        self.restore_profile(&event.profile);
        if event.kind == EventKind::Search {
            return notes;
        }
        let before = self.to_compare(event);
        let Some(profile) = self.profiles.get_mut(event.profile.as_str()) else { return notes };
        if event.kind == EventKind::Impression && profile.show(&event.video_id) {
            self.profile_bytes += ADAPTATION_BYTES;
        }
        let bytes_before = profile.state_bytes();
        let observed = profile.observe(event, &self.rules);
        profile.explore(event, noted.shown.as_ref());
        notes.shown.clone_from(&noted.shown);
        self.profile_bytes = self.profile_bytes + profile.state_bytes() - bytes_before;
        if observed.is_new {
            self.profile_bytes += ENGAGEMENT_BYTES + event.video_id.len();
        }
        if let Some(before) = before.filter(|_| observed.is_choice) {
            self.learn(watched);
            let shown = before.adaptation().map_or(&[][..], |adaptation| adaptation.compared(&event.video_id));
            notes.compared = match noted.compared.is_empty() {
                true => self.compared(&before, (place, event), shown, choices),
                false => noted.compared.clone(),
            };
            self.adapt(event, shown, &notes.compared);
        }
        if observed.is_watch && self.household.is_guest(&event.profile) {
            self.watch_as_guest(event);
        } else if observed.is_watch {
            let item = self.knowledge.number_watched(&event.video_id, noted.item);
            notes.item = Some(item);
            watched.extend(self.watch(event, item).map(|place| (event, place)));
        }
        notes
    }

    /// Appends to the history of the event's profile that it watched a video, unless that stands there; gives its place.
    fn watch(&mut self, event: &Event, item: Item) -> Option<usize> {
        let profile = self.profiles.get_mut(event.profile.as_str())?;
        let place = self.knowledge.append(profile, event, item)?;
        self.profile_bytes += WATCH_BYTES;
        if let (None, Some(row)) = (self.item_rows.row(item), self.catalogue.row(&event.video_id)) {
            self.item_rows.link(item, row);
        }
        Some(place)
    }

    /// Appends to a guest's history, of which nothing is learned. A video that has no number keeps none, since lists of
    /// others depend on which have: it stands outside of the history.
    fn watch_as_guest(&mut self, event: &Event) {
        let Some(guest) = self.profiles.get_mut(event.profile.as_str()) else { return };
        if self.knowledge.items().number(&event.video_id).is_none() {
            guest.leave_out(&event.video_id);
        } else if self.knowledge.append_unlearned(guest, event) {
            self.profile_bytes += WATCH_BYTES;
        }
    }

    /// The event's profile as it is, where a choice of the video would be compared with what was shown beside it.
    fn to_compare(&self, event: &Event) -> Option<Profile> {
        let profile = self.profile(&event.profile)?;
        (!profile.adaptation()?.compared(&event.video_id).is_empty()).then(|| profile.clone())
    }

    /// Learns from a choice among videos that were shown.
    fn adapt(&mut self, event: &Event, shown: &[Arc<str>], compared: &[Compared]) {
        let (values, weights) = (scored(shown, compared), self.weights_to_adapt());
        if let Some(profile) = self.profiles.get_mut(event.profile.as_str()).filter(|_| !values.is_empty()) {
            profile.adapt(&weights, &event.video_id, &values);
        }
    }

    /// What shown videos were scored by just before one of them was chosen. Videos are found by their ids: another call may
    /// have changed what its profile was shown.
    fn compared(
        &self,
        before: &Profile,
        (place, event): (usize, &Event),
        shown: &[Arc<str>],
        choices: &mut Choices<'_>,
    ) -> Vec<Compared> {
        let known = match choices {
            Choices::Found(found) => {
                let compared = self.compare(before, event, shown, self.weights);
                found.insert(place, scored(shown, &compared));
                return compared;
            }
            Choices::Known(known) => known.get(&place).map_or(&[][..], Vec::as_slice),
        };
        let place_of = |id: &Arc<str>| (0..).zip(shown).find(|(_, shown)| *shown == id).map(|(place, _)| place);
        let compared = known.iter().filter_map(|(id, values)| Some(Compared { place: place_of(id)?, values: *values }));
        let compared: Vec<Compared> = compared.collect();
        match compared.is_empty() {
            true => self.compare(before, event, shown, self.weights.with(Feature::Sequence, 0.0)),
            false => compared,
        }
    }

    /// What the shown videos that the catalogue has would be scored by, of the features that count in `weights`.
    fn compare(&self, before: &Profile, event: &Event, shown: &[Arc<str>], weights: FeatureWeights) -> Vec<Compared> {
        let known = (0..).zip(shown).filter_map(|(place, id)| Some((place, self.catalogue.row(id)?)));
        let (places, rows): (Vec<u32>, Vec<usize>) = known.unzip();
        if rows.is_empty() {
            return Vec::new();
        }
        let call = CallOptions::UNBOUNDED;
        let Ok(engaged) = engaged_rows(&self.catalogue, &self.item_rows, Some(before), &call) else {
            return Vec::new();
        };
        let taste = snapshot_taste(self, &engaged, &call).ok().flatten();
        let history = before.inspiring_history();
        let viewer = Viewer {
            profile: before.number(),
            history: &history,
            now_utc_ms: event.time_utc_ms,
            context: event.context,
            call: &call,
        };
        let given = Blend {
            knowledge: &self.knowledge,
            item_rows: &self.item_rows,
            viewer,
            taste: taste.as_ref(),
            weights,
            new_video_share: 0.0,
            bandit: None,
        };
        let values = feature_values(&self.catalogue, &given, &rows);
        places.into_iter().zip(values).map(|(place, values)| Compared { place, values }).collect()
    }
}

/// The videos that were shown, with what they were scored by.
fn scored(shown: &[Arc<str>], compared: &[Compared]) -> Scored {
    let of_video = |video: &Compared| Some((Arc::clone(shown.get(video.place as usize)?), video.values));
    compared.iter().filter_map(of_video).collect()
}
