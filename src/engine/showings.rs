//! What was known of videos when they were shown: found as the showing is recorded, and kept with the notes of the event, so that what
//! is learned from showings is the same whenever the events are read again.

use std::collections::BTreeMap;

use super::snapshot::Snapshot;
use super::{engaged, given, inspiring_history, snapshot_taste};
use crate::domain::{CallOptions, Event, EventKind, EventNotes, Query, Ranking, Result};
use crate::ranking::{Describing, with_scores};

impl Snapshot {
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
        let given = given(self, &history, taste.as_ref(), &query);
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
