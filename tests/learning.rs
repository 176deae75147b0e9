//! What holds of every recommender, whatever it learns: the same watches in the same order leave the same
//! bytes, what is taken back leaves no trace, and a saved state is the state.

use std::sync::Arc;

use proptest::prelude::*;
use vrec::domain::{CallOptions, Company, Context, Device, Place};
use vrec::learning::training::{Crew, Histories as WholeHistories};
use vrec::learning::{ContextLift, ContextLiftSettings};
use vrec::learning::{
    GraphWalk, GraphWalkSettings, Item, ItemNeighbours, ItemNeighboursSettings, Observation, Popularity,
};
use vrec::learning::{Recommender, Transitions, Trend, TrendSettings, UserNeighbours, UserNeighboursSettings, Viewer};
use vrec::learning::{Walk, Watch};

fn all() -> Vec<Box<dyn Recommender>> {
    vec![
        Box::new(Transitions::default()),
        Box::new(Popularity::default()),
        Box::new(Trend::default()),
        Box::new(Trend::new(TrendSettings { half_life_days: 0.001, slots: true })),
        Box::new(ItemNeighbours::default()),
        Box::new(ItemNeighbours::new(ItemNeighboursSettings { window: 2, decay: 1.0, shrinkage: 0.0 })),
        Box::new(UserNeighbours::default()),
        Box::new(UserNeighbours::new(UserNeighboursSettings { neighbours: 1, decay: 1.0 })),
        Box::new(GraphWalk::default()),
        Box::new(restarting(3)),
        Box::new(ContextLift::default()),
        Box::new(ContextLift::new(ContextLiftSettings { smoothing: 0.5 })),
    ]
}

fn restarting(steps: u32) -> GraphWalk {
    GraphWalk::new(GraphWalkSettings { walk: Walk::Restarting { steps, restart: 0.25 }, decay: 1.0 })
}

fn context() -> impl Strategy<Value = Context> {
    let one_of = (0..Device::ALL.len(), 0..Place::ALL.len(), 0..Company::ALL.len(), -840i16..=840);
    one_of.prop_map(|(device, place, company, utc_offset_minutes)| Context {
        device: Device::ALL[device],
        place: Place::ALL[place],
        company: Company::ALL[company],
        utc_offset_minutes,
    })
}

fn watches(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<(u32, Item, Context)>> {
    prop::collection::vec((0u32..4, 0u32..20, context()), count)
}

/// Histories of several profiles, growing by one watch at a time, and the circumstances of each watch.
#[derive(Default)]
struct Histories(Vec<Vec<Watch>>, Vec<Vec<Context>>);

impl Histories {
    /// Hands the observation over and appends the watch; none when the profile has seen the item.
    fn watch(&mut self, profile: u32, item: Item, observe: impl FnOnce(&Observation<'_>)) -> bool {
        self.watch_in(Context::default(), profile, item, observe)
    }

    fn watch_in(&mut self, context: Context, profile: u32, item: Item, observe: impl FnOnce(&Observation<'_>)) -> bool {
        while self.0.len() <= profile as usize {
            self.0.push(Vec::new());
            self.1.push(Vec::new());
        }
        let before = &self.0[profile as usize];
        if before.iter().any(|watch| watch.item == item) {
            return false;
        }
        // Some hours apart, so that days and slots differ.
        let watch = Watch { item, time_utc_ms: 20_000_000 * before.len() as i64 };
        observe(&Observation { profile, before, watch, context });
        self.0[profile as usize].push(watch);
        self.1[profile as usize].push(context);
        true
    }

    fn undo(&mut self, profile: u32, undo: impl FnOnce(&Observation<'_>)) {
        let history = &mut self.0[profile as usize];
        let watch = history.pop().expect("the profile watched something");
        let context = self.1[profile as usize].pop().expect("each watch has circumstances");
        undo(&Observation { profile, before: history, watch, context });
    }

    fn whole(&self, items: usize) -> Arc<WholeHistories> {
        let mut starts = vec![0];
        self.0.iter().for_each(|history| starts.push(starts[starts.len() - 1] + history.len()));
        Arc::new(WholeHistories::new(starts, self.0.concat(), self.1.concat(), items).expect("they fit together"))
    }

    fn viewer(&self, profile: u32) -> Viewer<'_> {
        let history = self.0.get(profile as usize).map_or(&[][..], Vec::as_slice);
        let context = self.1.get(profile as usize).and_then(|contexts| contexts.last().copied()).unwrap_or_default();
        Viewer { profile: Some(profile), history, now_utc_ms: 300_000_000, context, call: &CallOptions::UNBOUNDED }
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
    fn whole_histories_come_to_the_same_as_single_watches(
        watches in watches(0..200),
        threads in 1u32..4,
        idle_items in 0usize..3,
    ) {
        let mut histories = Histories::default();
        watches.iter().for_each(|(profile, item, context)| {
            histories.watch_in(*context, *profile, *item, |_| ());
        });
        let whole = histories.whole(20 + idle_items);
        let crew = Crew::new(threads, Some(vrec::ffi::thread_host())).unwrap();
        for (mut alone, mut whole_at_once) in all().into_iter().zip(all()) {
            whole.observations().for_each(|seen| alone.observe(&seen));
            whole_at_once.learn_histories(&whole, &crew, &CallOptions::default()).unwrap();
            prop_assert!(alone.save() == whole_at_once.save(), "{}", alone.name());
            for profile in 0..4 {
                let viewer = histories.viewer(profile);
                prop_assert!(scores(&*alone, &viewer) == scores(&*whole_at_once, &viewer), "{}", alone.name());
            }
        }
    }

    #[test]
    fn what_is_taken_back_leaves_no_trace(
        watches in watches(0..60),
        more in watches(0..30),
    ) {
        for mut recommender in all() {
            let mut histories = Histories::default();
            for (profile, item, context) in &watches {
                histories.watch_in(*context, *profile, *item, |seen| recommender.observe(seen));
            }
            let before = recommender.save();
            let mut done = Vec::new();
            for (profile, item, context) in &more {
                if histories.watch_in(*context, *profile, *item, |seen| recommender.observe(seen)) {
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
    fn a_saved_state_is_the_state(watches in watches(0..80)) {
        for (mut recommender, mut loaded) in all().into_iter().zip(all()) {
            let mut histories = Histories::default();
            for (profile, item, context) in &watches {
                histories.watch_in(*context, *profile, *item, |seen| recommender.observe(seen));
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
        watches in watches(1..80),
        cut in 1usize..64,
        place in any::<prop::sample::Index>(),
    ) {
        for mut recommender in all() {
            let mut histories = Histories::default();
            for (profile, item, context) in &watches {
                histories.watch_in(*context, *profile, *item, |seen| recommender.observe(seen));
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

/// What a recommender says to a profile that watched items 0 and 1, in a house where one other watched 0, 1 and 2 and
/// a third 1, 2 and 3.
fn by_hand(recommender: &mut dyn Recommender) -> (Histories, Vec<f32>) {
    let mut histories = Histories::default();
    for (profile, item) in [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (1, 3), (2, 0), (2, 1)] {
        histories.watch(profile, item, |seen| recommender.observe(seen));
    }
    let scores = scores(recommender, &histories.viewer(2));
    (histories, scores)
}

fn near(score: f32, expected: f32) -> bool {
    (score - expected).abs() < 1e-5
}

fn explained(recommender: &dyn Recommender, histories: &Histories, item: Item) -> (Item, f32) {
    let part = recommender.explain(&histories.viewer(2), item).expect("the item has a score");
    (part.because, part.score)
}

#[test]
fn popularity_counts() {
    let (_, scores) = by_hand(&mut Popularity::default());
    assert_eq!(scores[..5], [2.0, 3.0, 2.0, 1.0, 0.0]);
}

const DAY: i64 = 86_400_000;

fn viewer_without_history(now_utc_ms: i64, context: Context) -> Viewer<'static> {
    Viewer { profile: None, history: &[], now_utc_ms, context, call: &CallOptions::UNBOUNDED }
}

fn trend(settings: TrendSettings, watches: &[(Item, i64)], now_utc_ms: i64) -> Vec<f32> {
    let mut trend = Trend::new(settings);
    for (profile, (item, time_utc_ms)) in (0..).zip(watches) {
        let watch = Watch { item: *item, time_utc_ms: *time_utc_ms };
        trend.observe(&Observation { profile, before: &[], watch, context: Context::default() });
    }
    scores(&trend, &viewer_without_history(now_utc_ms, Context::default()))
}

#[test]
fn trend_halves_by_its_half_life_and_keeps_the_old_apart() {
    let settings = TrendSettings { half_life_days: 2.0, slots: false };
    let watches =
        [(0, 1_000 * DAY), (0, 998 * DAY + 5), (1, 996 * DAY), (2, 3 * DAY), (2, 900 * DAY), (3, 1_001 * DAY)];
    let scores = trend(settings, &watches, 1_000 * DAY + 7);
    assert!(near(scores[0], 1.0 + 0.5) && near(scores[1], 0.25), "{scores:?}");
    // Older than eight half-lives counts as that old; what is yet to come counts as of today.
    assert!(near(scores[2], 2.0 / 256.0) && near(scores[3], 1.0), "{scores:?}");
}

#[test]
fn trend_by_slots_prefers_what_is_watched_at_this_time() {
    let settings = TrendSettings { half_life_days: 3_650.0, slots: true };
    // 1970-01-03 was a Saturday: item 0 on its evening, item 1 on the Friday evening before, item 2 on both.
    let (friday, saturday) = (DAY + 20 * 3_600_000, 2 * DAY + 20 * 3_600_000);
    let watches = [(0, saturday), (0, saturday), (1, friday), (1, friday), (2, friday), (2, saturday)];
    let scores = trend(settings, &watches, 9 * DAY + 23 * 3_600_000);
    assert!(scores[0] > scores[2] && scores[2] > scores[1], "{scores:?}");
    // Half of all watches are in the slot: item 0's two count (2 / 0.5 + 20) / (2 + 20) times.
    assert!((scores[0] / scores[2] - 24.0 / 22.0).abs() < 1e-3, "{scores:?}");
    let nothing_then = trend(settings, &watches, 9 * DAY);
    assert!((nothing_then[0] / nothing_then[1] - 1.0).abs() < 1e-3, "{nothing_then:?}");
}

/// A Monday of 1970, eight in the evening UTC.
const MONDAY_EVENING: i64 = 4 * DAY + 20 * 3_600_000;

fn lifts(smoothing: f32, watches: &[(Item, i64, Context)], now_utc_ms: i64, context: Context) -> Vec<f32> {
    let mut lift = ContextLift::new(ContextLiftSettings { smoothing });
    for (profile, (item, time_utc_ms, context)) in (0..).zip(watches) {
        let watch = Watch { item: *item, time_utc_ms: *time_utc_ms };
        lift.observe(&Observation { profile, before: &[], watch, context: *context });
    }
    scores(&lift, &viewer_without_history(now_utc_ms, context))
}

#[test]
fn context_lifts_are_those_of_naive_bayes() {
    let on = |device| Context { device, ..Context::default() };
    let with = |device, company| Context { device, company, ..Context::default() };
    // No times: on the television three watches of four, with children one of two.
    let watches = [
        (0, 0, with(Device::Tv, Company::Children)),
        (0, 0, on(Device::Tv)),
        (1, 0, on(Device::Phone)),
        (2, 0, with(Device::Tv, Company::Alone)),
        (3, 0, Context::default()),
    ];
    let asked = |context| lifts(2.0, &watches, 0, context);
    let (tv, children): (f32, f32) = (0.75, 0.5);
    let by_tv = |count: f32, of: f32| ((count + 2.0 * tv) / (of + 2.0) / tv).ln();
    let by_children = |count: f32, of: f32| ((count + 2.0 * children) / (of + 2.0) / children).ln();
    let scores = asked(on(Device::Tv));
    assert!(near(scores[0], by_tv(2.0, 2.0)) && near(scores[1], by_tv(0.0, 1.0)), "{scores:?}");
    // Twice as often watched and always on the television is a stronger sign than once.
    assert!(scores[0] > scores[2] && scores[2] > 0.0 && scores[1] < 0.0, "{scores:?}");
    let scores = asked(with(Device::Tv, Company::Children));
    assert!(near(scores[0], by_tv(2.0, 2.0) + by_children(1.0, 1.0)), "{scores:?}");
    assert!(near(scores[1], by_tv(0.0, 1.0)), "nothing is known of its company: {scores:?}");
    assert!(near(scores[2], by_tv(1.0, 1.0) + by_children(0.0, 1.0)), "{scores:?}");
    assert_eq!((scores[3], scores[4]), (0.0, 0.0), "nothing is known of its watch, and there was none");
    // What nobody knows of, and what the viewer does not tell, says nothing.
    for context in [Context::default(), on(Device::Tablet), Context { place: Place::Home, ..Context::default() }] {
        assert_eq!(asked(context), [0.0; 20]);
    }
}

#[test]
fn context_tells_evening_from_morning_by_the_viewers_clock() {
    let in_zone = |hours: i16| Context { utc_offset_minutes: 60 * hours, ..Context::default() };
    let hour = 3_600_000;
    let noon = MONDAY_EVENING - 8 * hour;
    // Item 0 on evenings, item 1 on mornings, wherever the viewer is.
    let evenings = [(0, MONDAY_EVENING, in_zone(0)), (0, MONDAY_EVENING - 8 * hour, in_zone(8))];
    let mornings = [(1, noon - 4 * hour, in_zone(0)), (1, noon - 12 * hour, in_zone(8))];
    let watches = [evenings, mornings].concat();
    for (now, context) in [(MONDAY_EVENING, in_zone(0)), (noon, in_zone(8)), (noon + 16 * hour, in_zone(-8))] {
        let scores = lifts(1.0, &watches, now, context);
        assert!(scores[0] > 0.1 && scores[1] < -0.1, "{scores:?}");
        let later = lifts(1.0, &watches, now + 12 * hour, context);
        assert!(later[0] < -0.1 && later[1] > 0.1, "{later:?}");
    }
    // Saturday: nothing was watched on a weekend, at this time of the day it was.
    let scores = lifts(1.0, &watches, MONDAY_EVENING + 5 * DAY, in_zone(0));
    assert!(near(scores[0], lifts(1.0, &watches, MONDAY_EVENING, in_zone(0))[0]), "{scores:?}");
}

#[test]
fn context_does_not_mind_how_popular_a_video_is() {
    let on = |device| Context { device, ..Context::default() };
    let mut watches = vec![(0, 0, on(Device::Tv)); 300];
    watches.extend([(0, 0, on(Device::Phone)); 300]);
    watches.extend([(1, 0, on(Device::Phone)); 3]);
    let scores = lifts(20.0, &watches, 0, on(Device::Phone));
    assert!(scores[1] > 0.05 && scores[0].abs() < 0.01, "{scores:?}");
}

#[test]
fn item_neighbours_are_shrunk_cosines() {
    let settings = ItemNeighboursSettings { window: 200, decay: 0.5, shrinkage: 1.0 };
    let mut recommender = ItemNeighbours::new(settings);
    let (histories, scores) = by_hand(&mut recommender);
    // Item 1 is the last watched, by 3; item 0 was watched by 2. Item 2 by 2: with 1 twice, with 0 once.
    let of_one = 2.0 / (6f32.sqrt() + 1.0);
    assert!(near(scores[2], of_one + 0.5 * 1.0 / (4f32.sqrt() + 1.0)), "{scores:?}");
    assert!(near(scores[3], 1.0 / (3f32.sqrt() + 1.0)), "{scores:?}");
    let (because, score) = explained(&recommender, &histories, 2);
    assert!(because == 1 && near(score, of_one));
}

#[test]
fn item_neighbours_pair_within_their_window_only() {
    let mut recommender = ItemNeighbours::new(ItemNeighboursSettings { window: 1, decay: 1.0, shrinkage: 0.0 });
    let (_, scores) = by_hand(&mut recommender);
    assert!(near(scores[2], 2.0 / 6f32.sqrt()) && scores[3] == 0.0, "{scores:?}");
    let mut wider = ItemNeighbours::default();
    assert!(wider.load(&recommender.save()).is_err());
}

#[test]
fn user_neighbours_speak_by_their_cosine() {
    let mut recommender = UserNeighbours::new(UserNeighboursSettings { neighbours: 10, decay: 1.0 });
    let (histories, scores) = by_hand(&mut recommender);
    let (first, second) = (2.0 / 6f32.sqrt(), 1.0 / 6f32.sqrt());
    assert!(near(scores[2], first + second) && near(scores[3], second), "{scores:?}");
    let (because, score) = explained(&recommender, &histories, 2);
    assert!(because == 1 && near(score, 2.0 * second));

    let mut nearest = UserNeighbours::new(UserNeighboursSettings { neighbours: 1, decay: 1.0 });
    let (_, scores) = by_hand(&mut nearest);
    assert!(near(scores[2], first) && scores[3] == 0.0, "{scores:?}");
}

#[test]
fn three_steps_end_by_their_probabilities() {
    let walk = Walk::ThreeSteps { beta: 1.0 };
    let mut recommender = GraphWalk::new(GraphWalkSettings { walk, decay: 1.0 });
    let (histories, scores) = by_hand(&mut recommender);
    // Halves start at 0 (watched by profiles 0 and 2) and 1 (by all three); profiles 0 and 1 have three videos each.
    let (of_zero, of_one) = (0.5 / 2.0 / 3.0, 0.5 / 3.0 / 3.0);
    assert!(near(scores[2], (of_zero + 2.0 * of_one) / 2.0) && near(scores[3], of_one), "{scores:?}");
    let (because, score) = explained(&recommender, &histories, 2);
    assert!(because == 1 && near(score, 2.0 * of_one / 2.0));
}

#[test]
fn restarting_walks_begin_again_and_lose_nothing() {
    let (of_zero, of_one) = (0.5 / 2.0 / 3.0, 0.5 / 3.0 / 3.0);
    let (_, once) = by_hand(&mut restarting(1));
    assert!(near(once[2], 0.75 * (of_zero + 2.0 * of_one)) && near(once[3], 0.75 * of_one), "{once:?}");
    for steps in [2, 5, 10] {
        let (_, scores) = by_hand(&mut restarting(steps));
        assert!(near(scores.iter().sum::<f32>(), 1.0), "{scores:?}");
    }
    let (_, many) = by_hand(&mut restarting(10));
    // One more step changes nothing any more: the fixed point of the power steps, for item 3 by hand.
    let to_profile_one = many[1] / 3.0 + many[2] / 2.0 + many[3];
    assert!((many[3] - 0.75 * to_profile_one / 3.0).abs() < 1e-4, "{many:?}");
}

/// Rows are kept in pieces of some hundred cells: a house large enough that they split, come and go.
#[test]
fn large_rows_are_kept_and_taken_back() {
    for mut recommender in all() {
        let mut histories = Histories::default();
        let empty = recommender.save();
        let mut done = Vec::new();
        for number in 0..3_000u32 {
            // Profiles 0 to 2 watch a thousand items each in different orders; the others two of the first.
            let (profile, item) =
                if number % 2 == 0 { (number % 3, number * 7 % 1_009) } else { (3 + number / 4, number % 4) };
            let device = Device::ALL[number as usize % Device::ALL.len()];
            let context = Context { device, ..Context::default() };
            if histories.watch_in(context, profile, item, |seen| recommender.observe(seen)) {
                done.push(profile);
            }
        }
        let saved = recommender.save();
        let mut scores = vec![0.0; 1_009];
        recommender.score(&histories.viewer(0), &mut scores);
        recommender.load(&saved).unwrap();
        assert!(recommender.save() == saved, "{}", recommender.name());
        let mut again = vec![0.0; 1_009];
        recommender.score(&histories.viewer(0), &mut again);
        assert!(scores == again && scores.iter().any(|score| *score > 0.0), "{}", recommender.name());
        for profile in done.into_iter().rev() {
            histories.undo(profile, |seen| recommender.undo(seen));
        }
        assert!(recommender.save() == empty, "{}", recommender.name());
    }
}
