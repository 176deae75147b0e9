//! What was known of videos when they were shown, and when one of them was chosen: found as the events are recorded,
//! and kept with their notes, so that what is learned is the same whenever the events are read again.
//!
//! It costs about a list a profile, and may run the network that reads histories. So it is found before the writer's
//! lock is taken, on the newest snapshot. What another call does meanwhile comes too late to count in it, and changes
//! neither whose video anything is said of nor, since it is noted, what is learned when the events are read again.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::lists::{engaged, given, inspiring_history, snapshot_taste};
use super::observing::{Choices, Scored};
use super::snapshot::Snapshot;
use crate::domain::{CallOptions, Event, EventKind, EventNotes, Query, Ranking, Result};
use crate::ranking::{Describing, with_scores};

/// What was found of events before they are recorded. The default found nothing.
#[derive(Default)]
pub struct Foreseen {
    /// Of each event, unless none is to have any.
    pub notes: Vec<EventNotes>,
    /// Of events that choose among videos that were shown, by their places.
    pub choices: HashMap<usize, Scored>,
}

impl Snapshot {
    /// What is found of events that are about to be recorded, each as if those before it had been.
    pub fn foreseen(&self, events: &[Event]) -> Foreseen {
        let is_showing = |event: &Event| event.kind == EventKind::Impression && event.propensity > 0.0;
        let (has_showings, choices) = (events.iter().any(is_showing), self.last_choice(events));
        if !has_showings && choices.is_none() {
            return Foreseen::default();
        }
        let events = self.annotated(events);
        if self.check_events(&events).is_err() {
            // Whoever records them says why.
            return Foreseen::default();
        }
        let mut foreseen = Foreseen { notes: self.notes_of_showings(&events), choices: HashMap::new() };
        if let Some(last) = choices {
            let noted = |index: usize| &foreseen.notes[index];
            self.clone().observe_all(&events[..=last], noted, &mut Choices::Found(&mut foreseen.choices));
        }
        foreseen
    }

    /// The place of the last event that may choose a video among others that were shown.
    fn last_choice(&self, events: &[Event]) -> Option<usize> {
        let mut shown = HashSet::new();
        let mut last = None;
        for (place, event) in events.iter().enumerate() {
            let video = (event.profile.as_str(), event.video_id.as_str());
            let was_shown = || {
                let adaptation = self.profile(video.0).and_then(|profile| profile.adaptation());
                shown.contains(&video) || adaptation.is_some_and(|known| !known.compared(video.1).is_empty())
            };
            match event.kind {
                EventKind::Impression => drop(shown.insert(video)),
                EventKind::Search => {}
                _ if was_shown() => last = Some(place),
                _ => {}
            }
        }
        last
    }

    /// What is to be noted of each event that is an impression with a propensity: how lists score the video just before
    /// the events. Costs about one list a profile.
    pub fn notes_of_showings(&self, events: &[Event]) -> Vec<EventNotes> {
        let mut notes = vec![EventNotes::default(); events.len()];
        let mut of_profiles: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (index, event) in events.iter().enumerate() {
            if event.kind == EventKind::Impression && event.propensity > 0.0 {
                of_profiles.entry(&event.profile).or_default().push(index);
            }
        }
        for showings in of_profiles.values() {
            // Nothing bounds the call, which is all that could fail.
            let _ = self.note_showings(events, showings, &mut notes);
        }
        notes
    }

    /// Those of one profile, at the time and in the circumstances of the first.
    fn note_showings(&self, events: &[Event], showings: &[usize], notes: &mut [EventNotes]) -> Result<()> {
        let Event { profile, time_utc_ms, context, .. } = &events[showings[0]];
        let (now_utc_ms, context) = (*time_utc_ms, *context);
        let query = Query { now_utc_ms, context, ranking: Ranking::Blend, ..Query::for_profile(profile) };
        let call = CallOptions::default();
        let engaged = engaged(self, profile, &call)?;
        let taste = snapshot_taste(self, &engaged, &call)?;
        let history = inspiring_history(self.profile(profile));
        let given = given(self, &history, taste.as_ref(), &query, &call);
        with_scores(&self.catalogue, &given, query.limit, &call, |scores| {
            let describing = Describing::of(scores);
            for index in showings {
                let row = self.catalogue.row(&events[*index].video_id);
                let row = row.filter(|row| !self.catalogue.without_vector().contains(*row));
                notes[*index].shown = row.map(|row| describing.features(row));
            }
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::snapshot::tests::{empty, video, watch};
    use super::*;
    use crate::domain::Compared;

    fn event(kind: EventKind, number: u32) -> Event {
        Event { kind, profile: "p".to_owned(), ..watch(number) }
    }

    /// Five videos, two of them watched.
    fn snapshot() -> Snapshot {
        let mut snapshot = empty();
        let of = |number: u32| {
            let angle = number as f32 * 0.7;
            let vector = crate::ranking::VideoVector::Brought(Box::new([angle.cos(), angle.sin()]));
            crate::ranking::CatalogueVideo { vector, ..video(number) }
        };
        snapshot.put_videos((0..5).map(of).collect()).unwrap();
        let watches = [event(EventKind::Complete, 0), event(EventKind::Complete, 4)];
        snapshot.record(&watches, &Foreseen::default()).unwrap();
        snapshot
    }

    fn showings(numbers: &[u32]) -> Vec<Event> {
        numbers.iter().map(|number| event(EventKind::Impression, *number)).collect()
    }

    #[test]
    fn what_is_found_before_the_lock_is_what_would_be_found_under_it() {
        let snapshot = snapshot();
        let mut events = showings(&[1, 2, 3]);
        events.extend([event(EventKind::Complete, 3), event(EventKind::Search, 0)]);
        events.extend(showings(&[2, 4]));
        events.push(event(EventKind::Select, 2));
        let foreseen = snapshot.foreseen(&events);
        assert_eq!(foreseen.choices.len(), 2, "each choice among videos that were shown");
        let (mut one, mut other) = (snapshot.clone(), snapshot);
        let notes = one.record(&events, &foreseen).unwrap();
        assert_eq!(notes, other.record(&events, &Foreseen::default()).unwrap());
        assert_eq!(notes.iter().filter(|notes| !notes.compared.is_empty()).count(), 2);
        assert_eq!(one.profile("p").unwrap().adaptation(), other.profile("p").unwrap().adaptation());
    }

    #[test]
    fn what_another_call_showed_meanwhile_mixes_up_no_videos() {
        let mut snapshot = snapshot();
        snapshot.record(&showings(&[1, 2, 3]), &Foreseen::default()).unwrap();
        let choice = [event(EventKind::Select, 2)];
        let foreseen = snapshot.foreseen(&choice);
        let found = |number: u32| {
            let id: Arc<str> = Arc::from(format!("v{number}"));
            foreseen.choices[&0].iter().find(|(of, _)| *of == id).map(|(_, values)| *values).unwrap()
        };
        // Another choice ends what was shown, and other videos are shown, in another order.
        snapshot.record(&[event(EventKind::Select, 1)], &Foreseen::default()).unwrap();
        snapshot.record(&showings(&[4, 3, 2]), &Foreseen::default()).unwrap();
        let notes = snapshot.record(&choice, &foreseen).unwrap();
        let expected = [Compared { place: 1, values: found(3) }, Compared { place: 2, values: found(2) }];
        let mut compared = notes[0].compared.clone();
        compared.sort_unstable_by_key(|video| video.place);
        assert_eq!(compared, expected, "video 4 was not seen coming, and is not compared");
    }

    #[test]
    fn events_that_cost_nothing_are_not_looked_at() {
        let snapshot = snapshot();
        let events = [showings(&[1, 2]), vec![event(EventKind::Select, 3)]].concat();
        let foreseen = snapshot.foreseen(&events);
        assert!(foreseen.notes.is_empty() && foreseen.choices.is_empty());
        let shown = [Event { propensity: 0.5, ..event(EventKind::Impression, 1) }];
        assert!(snapshot.foreseen(&shown).notes[0].shown.is_some());
        let unknown = [shown[0].clone(), event(EventKind::Select, 77)];
        assert!(snapshot.foreseen(&unknown).notes.is_empty(), "they will be refused");
    }
}
