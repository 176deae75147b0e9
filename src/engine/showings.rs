//! What was known of videos when they were shown: found as the showing is recorded, and kept with the event, so that what
//! is learned from showings is the same whenever the events are read again.

use std::collections::BTreeMap;

use super::snapshot::Snapshot;
use super::{engaged, given, inspiring_history, snapshot_taste};
use crate::domain::{CallOptions, Event, EventKind, Query, Ranking, Result};
use crate::ranking::{Describing, with_scores};

impl Snapshot {
    /// Fills in [`Event::shown`] of each impression with a propensity, as lists score the video just before the events;
    /// costs about one list a profile.
    pub fn describe_showings(&self, events: &mut [Event]) {
        let mut of_profiles: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, event) in events.iter_mut().enumerate() {
            event.shown = None;
            if event.kind == EventKind::Impression && event.propensity > 0.0 {
                of_profiles.entry(event.profile.clone()).or_default().push(index);
            }
        }
        for (profile, showings) in of_profiles {
            // Nothing bounds the call, which is all that could fail.
            let _ = self.describe_of_profile(&profile, events, &showings);
        }
    }

    /// Those of one profile, at the time and in the circumstances of the first.
    fn describe_of_profile(&self, profile: &str, events: &mut [Event], showings: &[usize]) -> Result<()> {
        let first = &events[showings[0]];
        let (now_utc_ms, context) = (first.time_utc_ms, first.context);
        let query = Query { now_utc_ms, context, ranking: Ranking::Blend, ..Query::for_profile(profile) };
        let call = CallOptions::default();
        let engaged = engaged(self, profile, &call)?;
        let taste = snapshot_taste(self, &engaged, &call)?;
        let history = inspiring_history(self.profile(profile));
        let given = given(self, &history, taste.as_ref(), &query);
        with_scores(&self.catalogue, &given, query.limit, &call, |scores| {
            let describing = Describing::of(scores);
            for index in showings {
                let event = &mut events[*index];
                let row = self.catalogue.row(&event.video_id);
                let row = row.filter(|row| !self.catalogue.without_vector().contains(*row));
                event.shown = row.map(|row| describing.features(row));
            }
            Ok(())
        })
    }
}
