//! What holds of every recommender, whatever it learns: the same watches in the same order leave the same
//! bytes, what is taken back leaves no trace, and a saved state is the state.

use proptest::prelude::*;
use vrec::learning::{Item, Observation, Recommender, Transitions, Viewer, Watch};

fn all() -> Vec<Box<dyn Recommender>> {
    vec![Box::new(Transitions::default())]
}

/// Histories of several profiles, growing by one watch at a time.
#[derive(Default)]
struct Histories(Vec<Vec<Watch>>);

impl Histories {
    /// Hands the observation over and appends the watch; none when the profile has seen the item.
    fn watch(&mut self, profile: u32, item: Item, observe: impl FnOnce(&Observation<'_>)) -> bool {
        while self.0.len() <= profile as usize {
            self.0.push(Vec::new());
        }
        let before = &self.0[profile as usize];
        if before.iter().any(|watch| watch.item == item) {
            return false;
        }
        let watch = Watch { item, time_utc_ms: 1_000 * before.len() as i64 };
        observe(&Observation { profile, before, watch });
        self.0[profile as usize].push(watch);
        true
    }

    fn undo(&mut self, profile: u32, undo: impl FnOnce(&Observation<'_>)) {
        let history = &mut self.0[profile as usize];
        let watch = history.pop().expect("the profile watched something");
        undo(&Observation { profile, before: history, watch });
    }

    fn viewer(&self, profile: u32) -> Viewer<'_> {
        let history = self.0.get(profile as usize).map_or(&[][..], Vec::as_slice);
        Viewer { profile: Some(profile), history, now_utc_ms: 1_000_000 }
    }
}

fn scores(recommender: &dyn Recommender, viewer: &Viewer<'_>) -> Vec<f32> {
    let mut scores = vec![0.0; 20];
    recommender.score(viewer, &mut scores);
    scores
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_taken_back_leaves_no_trace(
        watches in prop::collection::vec((0u32..4, 0u32..20), 0..60),
        more in prop::collection::vec((0u32..4, 0u32..20), 0..30),
    ) {
        for mut recommender in all() {
            let mut histories = Histories::default();
            for (profile, item) in &watches {
                histories.watch(*profile, *item, |seen| recommender.observe(seen));
            }
            let before = recommender.save();
            let mut done = Vec::new();
            for (profile, item) in &more {
                if histories.watch(*profile, *item, |seen| recommender.observe(seen)) {
                    done.push(*profile);
                }
            }
            for profile in done.into_iter().rev() {
                histories.undo(profile, |seen| recommender.undo(seen));
            }
            prop_assert!(recommender.save() == before, "{}", recommender.name());
        }
    }

    #[test]
    fn a_saved_state_is_the_state(watches in prop::collection::vec((0u32..4, 0u32..20), 0..80)) {
        for (mut recommender, mut loaded) in all().into_iter().zip(all()) {
            let mut histories = Histories::default();
            for (profile, item) in &watches {
                histories.watch(*profile, *item, |seen| recommender.observe(seen));
            }
            let saved = recommender.save();
            loaded.load(&saved).unwrap();
            prop_assert_eq!(loaded.save(), saved);
            for profile in 0..4 {
                let viewer = histories.viewer(profile);
                let expected = scores(&*recommender, &viewer);
                prop_assert_eq!(&scores(&*loaded, &viewer), &expected);
                for (item, score) in expected.iter().enumerate() {
                    if let Some(part) = recommender.explain(&viewer, item as Item) {
                        prop_assert!(part.score <= score * 1.0001, "{} explains more than there is", recommender.name());
                    }
                }
            }
        }
    }

    #[test]
    fn damaged_states_are_refused_and_change_nothing(
        watches in prop::collection::vec((0u32..4, 0u32..20), 1..80),
        cut in 1usize..64,
        place in any::<prop::sample::Index>(),
    ) {
        for mut recommender in all() {
            let mut histories = Histories::default();
            for (profile, item) in &watches {
                histories.watch(*profile, *item, |seen| recommender.observe(seen));
            }
            let saved = recommender.save();
            prop_assert!(recommender.load(&saved[..saved.len().saturating_sub(cut)]).is_err() || saved.is_empty());
            let mut changed = saved.clone();
            changed[place.index(saved.len())] ^= 0x80;
            // Some changes give another state; none may end in a panic.
            if recommender.load(&changed).is_err() {
                prop_assert!(recommender.save() == saved, "{}", recommender.name());
            }
        }
    }
}
