//! What holds of a pack's contents: lists are what they were, nothing that too few profiles stand behind is told, bytes
//! from outside never do harm, and what a household teaches stands on top and comes off again without a trace.

use std::collections::BTreeMap;
use std::sync::Mutex;

use proptest::prelude::*;
use vrec::domain::{
    CallOptions, CancelToken, Company, Context, Device, Event, EventKind, Feature, FeatureWeights, Place, Status,
};
use vrec::learning::training::{AlsOptions, ContentFeatures, ContentOptions, EaseOptions};
use vrec::learning::training::{train_als, train_content, train_ease};
use vrec::learning::{
    Content, Ease, Factors, FactorsOptions, HomeShare, Item, Knowledge, Noise, PackOptions, Profile, SectionKind,
    Sections, Trained, Viewer, Watch, WatchRules,
};

const DAY_MS: i64 = 86_400_000;
const VIDEOS: u32 = 60;
const DIRECTIONS: usize = 4;

fn every_feature() -> FeatureWeights {
    Feature::ALL.into_iter().fold(FeatureWeights::NONE, |weights, feature| weights.with(feature, 0.5))
}

fn event(video: u32, day: i64, context: Context) -> Event {
    Event { video_id: format!("video-{video}-"), time_utc_ms: day * DAY_MS, context, ..Event::of(EventKind::Complete) }
}

/// Profiles with skewed histories of up to 20 of the videos, and the generator they come from.
struct Random(u64);

impl Random {
    fn below(&mut self, count: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % u64::from(count)) as u32
    }

    fn video(&mut self) -> u32 {
        let most = 1 + self.below(VIDEOS);
        self.below(most)
    }

    fn context(&mut self) -> Context {
        Context {
            device: Device::ALL[self.below(3) as usize],
            place: Place::ALL[self.below(3) as usize],
            company: Company::ALL[self.below(3) as usize],
            utc_offset_minutes: 60,
        }
    }
}

/// Makes a profile watch a video, and learns it.
fn teach(knowledge: &mut Knowledge, profile: &mut Profile, event: &Event) {
    profile.observe(event, &WatchRules::default());
    let item = knowledge.number_watched(&event.video_id, None);
    if let Some(place) = knowledge.append(profile, event, item) {
        knowledge.learn(&[(profile, place)]);
    }
}

fn service(seed: u64, profiles: usize) -> (Knowledge, Vec<Profile>) {
    let mut random = Random(seed);
    let mut knowledge = Knowledge::new(&every_feature());
    let mut all: Vec<Profile> = (0..profiles).map(|_| knowledge.new_profile()).collect();
    for profile in &mut all {
        for day in 0..5 + random.below(15) {
            let event = event(random.video(), 19_000 + 3 * i64::from(day), random.context());
            teach(&mut knowledge, profile, &event);
        }
    }
    let trained = trained(&knowledge, &all);
    let on = knowledge.clone();
    knowledge.set_trained(trained, &on).expect("nobody was forgotten");
    place_all(&mut knowledge);
    (knowledge, all)
}

fn vector(item: u32) -> Vec<f32> {
    (0..DIRECTIONS as u32).map(|place| ((item * 7 + place * 3) % 11) as f32 - 5.0).collect()
}

fn trained(knowledge: &Knowledge, profiles: &[Profile]) -> Trained {
    let call = CallOptions::default();
    let histories: Vec<&[Watch]> = profiles.iter().map(Profile::history).collect();
    let items = knowledge.items().len();
    let numbers = knowledge.items().ids().map(|id| id[6..id.len() - 1].parse::<u32>().expect("a number"));
    let dense: Vec<f32> = numbers.flat_map(vector).collect();
    let dense = ndarray::Array2::from_shape_vec((items, DIRECTIONS), dense).expect("a row for each");
    let tags: Vec<Vec<u32>> = (0..items).map(|item| vec![item as u32 % 3]).collect();
    let features = ContentFeatures { dense: dense.view(), tags: &tags, tag_count: 3 };
    let map = train_content(&features, &histories, &ContentOptions::default(), &call).expect("it trains");
    let factors = train_als(&histories, items, &AlsOptions { factors: 8, ..AlsOptions::default() }, &call);
    let ease = train_ease(&histories, items, &EaseOptions::default(), &call).expect("it trains");
    Trained {
        ease: Some(Ease::new(ease, Ease::DECAY).expect("a decay")),
        factors: Some(Factors::new(factors.expect("it trains").items, FactorsOptions::default()).expect("finite")),
        content: map.map(|map| Content::new(map, &["a", "b", "c"])),
        profiles: profiles.len(),
    }
}

fn place_all(knowledge: &mut Knowledge) {
    for video in 0..VIDEOS {
        knowledge.place(&format!("video-{video}-"), &vector(video), ["a"]);
    }
}

fn all_told() -> PackOptions {
    let most = PackOptions {
        transitions_per_item: 1_000,
        pairs_per_item: 1_000,
        weights_per_item: 1_000,
        least_profiles: 1,
        ..PackOptions::default()
    };
    PackOptions { trend_days: 1, weights: every_feature(), ..most }
}

fn packed(knowledge: &Knowledge, profiles: &[Profile], options: &PackOptions) -> Sections {
    let profiles: Vec<&Profile> = profiles.iter().collect();
    knowledge.pack(options, &profiles, &CallOptions::default()).expect("it packs")
}

fn borrowed(sections: &Sections) -> Vec<(SectionKind, &[u8])> {
    sections.iter().map(|(kind, bytes)| (*kind, bytes.as_slice())).collect()
}

fn unpacked(sections: &Sections) -> Knowledge {
    let unpacked = Knowledge::unpack(&every_feature(), &borrowed(sections), HomeShare::Learned).expect("it unpacks");
    assert_eq!(unpacked.weights, Some(every_feature()));
    let mut knowledge = unpacked.knowledge;
    place_all(&mut knowledge);
    knowledge
}

/// What a service with 60 profiles packs by default; made once a seed.
fn sections_of(seed: u64) -> Sections {
    static MADE: Mutex<BTreeMap<u64, Sections>> = Mutex::new(BTreeMap::new());
    let mut made = MADE.lock().expect("no test panics while it makes one");
    let make = || {
        let (knowledge, profiles) = service(seed, 60);
        packed(&knowledge, &profiles, &PackOptions { weights: every_feature(), ..PackOptions::default() })
    };
    made.entry(seed).or_insert_with(make).clone()
}

/// What each recommender says of each video for a viewer who watched these, by ids.
fn scores(knowledge: &Knowledge, videos: &[u32]) -> Vec<(&'static str, Vec<f32>)> {
    let number = |video: &u32| knowledge.items().number(&format!("video-{video}-"));
    let watch = |(day, item): (i64, Item)| Watch { item, time_utc_ms: (19_060 + day) * DAY_MS };
    let history: Vec<Watch> = (0..).zip(videos.iter().filter_map(number)).map(watch).collect();
    let context = Context { device: Device::ALL[1], ..Context::default() };
    let call = &CallOptions::UNBOUNDED;
    let viewer = Viewer { profile: None, history: &history, now_utc_ms: 19_080 * DAY_MS, context, call };
    let of = |recommender: &dyn vrec::learning::Recommender| {
        let mut scores = vec![0.0; knowledge.items().len()];
        recommender.score(&viewer, &mut scores);
        for item in 0..scores.len() as Item {
            if let Some(because) = recommender.explain(&viewer, item) {
                assert!(because.score.is_finite() && history.iter().any(|watch| watch.item == because.because));
            }
        }
        let by_video = |video| number(&video).map_or(0.0, |item| scores[item as usize]);
        (recommender.name(), (0..VIDEOS).map(by_video).collect())
    };
    knowledge.recommenders().map(of).collect()
}

fn is_persons(name: &str) -> bool {
    ["user_neighbours", "graph_walk"].contains(&name)
}

#[test]
fn what_is_unpacked_says_what_was_packed() {
    let (knowledge, profiles) = service(1, 200);
    let base = unpacked(&packed(&knowledge, &profiles, &all_told()));
    assert_eq!((base.profiles(), base.watched_items()), (knowledge.profiles(), knowledge.watched_items()));
    for video in 0..VIDEOS {
        let number = |knowledge: &Knowledge| knowledge.items().number(&format!("video-{video}-")).expect("placed");
        assert_eq!(base.is_watched(number(&base)), knowledge.is_watched(number(&knowledge)));
        let count = |knowledge: &Knowledge| knowledge.watches(knowledge.items().len())[number(knowledge) as usize];
        assert_eq!(count(&base), count(&knowledge));
    }
    let histories: [&[u32]; 3] = [&[3, 1, 4, 15, 9, 2, 6], &[50, 0], &[]];
    for history in histories {
        for ((name, before), (other, after)) in scores(&knowledge, history).into_iter().zip(scores(&base, history)) {
            assert_eq!(name, other);
            let largest = before.iter().fold(0.0_f32, |largest, score| largest.max(score.abs()));
            if is_persons(name) {
                assert!(after.iter().all(|score| *score == 0.0), "{name} holds persons' rows");
                continue;
            }
            let room = match name {
                "transitions" | "item_neighbours" | "context" => 0.05,
                "ease" => 0.1,
                // Sums of products of two codes.
                "content" => 0.05,
                _ => 0.02,
            };
            for (video, (before, after)) in before.iter().zip(&after).enumerate() {
                assert!((before - after).abs() <= room * largest, "{name} of {video}: {before} became {after}");
            }
        }
    }
}

#[test]
fn persons_rows_are_in_no_section() {
    let (knowledge, profiles) = service(1, 60);
    let kinds: Vec<SectionKind> = packed(&knowledge, &profiles, &all_told()).iter().map(|section| section.0).collect();
    assert_eq!(kinds, SectionKind::ALL, "each kind once, and there is none for neighbours among persons");
    let (few, few_profiles) = service(1, 10);
    let kinds: Vec<SectionKind> = packed(&few, &few_profiles, &all_told()).iter().map(|section| section.0).collect();
    let trained = [SectionKind::Ease, SectionKind::Factors, SectionKind::Content];
    assert!(trained.iter().all(|kind| !kinds.contains(kind)), "what ten profiles trained tells of each");
}

#[test]
fn what_few_profiles_watched_is_not_told() {
    let (mut knowledge, mut profiles) = service(1, 60);
    // Four watched one video, five another, always after video 0.
    for (profile, rare) in profiles.iter_mut().take(9).zip([100, 101, 100, 101, 100, 101, 100, 101, 101]) {
        teach(&mut knowledge, profile, &event(0, 19_100, Context::default()));
        teach(&mut knowledge, profile, &event(rare, 19_101, Context::default()));
    }
    let options = PackOptions { weights: every_feature(), ..PackOptions::default() };
    let sections = packed(&knowledge, &profiles, &options);
    let holds =
        |text: &str| sections.iter().any(|(_, bytes)| bytes.windows(text.len()).any(|some| some == text.as_bytes()));
    assert!(holds("video-101-") && holds("video-0-") && !holds("video-100-"));
    let base = unpacked(&sections);
    let watched = |video: &str| base.items().number(video).is_some_and(|item| base.is_watched(item));
    assert!(watched("video-101-") && !watched("video-100-"));
    let strict = PackOptions { least_profiles: 10_000, ..options };
    let nothing = packed(&knowledge, &profiles, &strict);
    assert_eq!(unpacked(&nothing).watched_items(), 0, "nothing is a pack, too");
}

/// How much of the scores by transitions and item neighbours from each video alone a pack with few cells has.
fn share_kept(whole: &Knowledge, few: &Knowledge, video: u32) -> f32 {
    let sum = |knowledge: &Knowledge| {
        let of_tables = |(name, _): &(&str, Vec<f32>)| ["transitions", "item_neighbours"].contains(name);
        scores(knowledge, &[video]).into_iter().filter(of_tables).flat_map(|(_, scores)| scores).sum::<f32>()
    };
    sum(few) / sum(whole).max(1e-6)
}

#[test]
fn the_rows_of_what_many_watched_get_more_of_few_cells() {
    let (knowledge, profiles) = service(1, 200);
    let few = PackOptions { transitions_per_item: 5, pairs_per_item: 5, weights_per_item: 5, ..all_told() };
    let (whole, small) = (packed(&knowledge, &profiles, &all_told()), packed(&knowledge, &profiles, &few));
    let bytes = |sections: &Sections| sections.iter().map(|section| section.1.len()).sum::<usize>();
    assert!(2 * bytes(&small) < bytes(&whole), "{} of {}", bytes(&small), bytes(&whole));
    let (whole, small) = (unpacked(&whole), unpacked(&small));
    let number = |video: &u32| whole.items().number(&format!("video-{video}-")).expect("placed") as usize;
    let watches = whole.watches(whole.items().len());
    let mut videos: Vec<u32> = (0..VIDEOS).collect();
    videos.sort_by_key(|video| watches[number(video)]);
    let mean = |videos: &[u32]| {
        videos.iter().map(|video| share_kept(&whole, &small, *video)).sum::<f32>() / videos.len() as f32
    };
    let (rare, popular) = (mean(&videos[..20]), mean(&videos[videos.len() - 20..]));
    assert!(popular > 2.0 * rare && popular > 0.3, "{popular} of the popular, {rare} of the rare");
}

/// What recommenders say, their saved states, the counts of watches, of watched items and of profiles.
type State = (Vec<(&'static str, Vec<f32>)>, Vec<Vec<u8>>, Vec<u64>, usize, u32);

/// What a base and what was learned on it says, bit by bit.
fn state(knowledge: &Knowledge) -> State {
    let saved = knowledge.recommenders().map(|recommender| recommender.save()).collect();
    let watches = knowledge.watches(VIDEOS as usize);
    (scores(knowledge, &[5, 2, 30, 8]), saved, watches, knowledge.watched_items(), knowledge.profiles())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn what_a_household_teaches_comes_off_again(
        watches in prop::collection::vec((0usize..3, 0u32..VIDEOS + 20, 0i64..300), 1..60), all_at_once in any::<bool>(),
    ) {
        let base = unpacked(&sections_of(2));
        let before = state(&base);
        let mut home = base.clone();
        let mut household: Vec<Profile> = (0..3).map(|_| home.new_profile()).collect();
        for (profile, video, day) in watches {
            teach(&mut home, &mut household[profile], &event(video, 19_000 + day, Context::default()));
        }
        prop_assert_ne!(&state(&home), &before, "each event moves something");
        prop_assert_eq!(&state(&base), &before, "a clone keeps what it had");
        if all_at_once {
            home.forget_all(&every_feature());
        } else {
            household.iter().for_each(|profile| drop(home.forget(profile)));
        }
        prop_assert_eq!(&state(&home), &before);
    }

    #[test]
    fn another_base_is_taken_as_if_it_had_always_been_there(
        watches in prop::collection::vec((0usize..3, 0u32..VIDEOS + 20, 0i64..300), 1..60), seed in 3u64..9,
    ) {
        let (mut home, new) = (unpacked(&sections_of(2)), unpacked(&sections_of(seed)));
        let mut household: Vec<Profile> = (0..3).map(|_| home.new_profile()).collect();
        let mut guest = Profile::default();
        for (profile, video, day) in &watches {
            teach(&mut home, &mut household[*profile], &event(*video, 19_000 + day, Context::default()));
            home.append_unlearned(&mut guest, &event(*video, 19_000 + day, Context::default()));
        }
        let mut directly = new.clone();
        let mut again: Vec<Profile> = (0..3).map(|_| directly.new_profile()).collect();
        for (profile, video, day) in &watches {
            teach(&mut directly, &mut again[*profile], &event(*video, 19_000 + day, Context::default()));
        }
        let ids = |knowledge: &Knowledge, profile: &Profile| -> Vec<String> {
            profile.history().iter().map(|watch| knowledge.items().id(watch.item).expect("a number").to_owned()).collect()
        };
        let before: Vec<Vec<String>> = household.iter().map(|profile| ids(&home, profile)).collect();
        household.push(guest);
        let cancelled = CallOptions { cancel: Some(CancelToken::new()), ..CallOptions::default() };
        cancelled.cancel.as_ref().expect("a token").cancel();
        let as_it_was = home.clone();
        let ended = home.adopt(new.clone(), &mut household.clone(), &cancelled);
        prop_assert_eq!(ended.map_err(|error| error.status), Err(Status::Cancelled));
        prop_assert_eq!(scores(&home, &[5, 2, 30]), scores(&as_it_was, &[5, 2, 30]));
        home.adopt(new.clone(), &mut household, &CallOptions::default()).expect("a household on a pack");
        prop_assert_eq!(scores(&home, &[5, 2, 30]), scores(&directly, &[5, 2, 30]));
        for (profile, before) in household.iter().zip(&before) {
            prop_assert_eq!(&ids(&home, profile), before);
        }
        let guest = household.pop().expect("the guest");
        prop_assert!(guest.number().is_none());
        let of_guest = ids(&home, &guest);
        for (id, _, place) in guest.engagements_and_places() {
            prop_assert!(place.is_none_or(|place| of_guest[place] == id));
        }
        household.iter().for_each(|profile| drop(home.forget(profile)));
        prop_assert_eq!(scores(&home, &[5, 2, 30]), scores(&new, &[5, 2, 30]), "the new base is left");
    }

    #[test]
    fn damaged_sections_are_refused_or_do_no_harm(
        section in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), byte in any::<u8>(), ways in 0u8..4,
    ) {
        let mut sections = sections_of(4);
        let bytes = &mut sections[section.index(SectionKind::ALL.len())].1;
        let place = at.index(bytes.len());
        match ways {
            0 => bytes.truncate(place),
            1 => bytes.insert(place, byte),
            2 => drop(bytes.remove(place)),
            _ => bytes[place] = byte,
        }
        match Knowledge::unpack(&every_feature(), &borrowed(&sections), HomeShare::Learned) {
            Err(error) => prop_assert!([Status::Corrupt, Status::TooNew].contains(&error.status), "{}", error),
            Ok(unpacked) => {
                let mut home = unpacked.knowledge;
                let mut profile = home.new_profile();
                place_all(&mut home);
                (0..20).for_each(|video| teach(&mut home, &mut profile, &event(video, 19_000, Context::default())));
                scores(&home, &[0, 1, 2]);
                home.forget(&profile);
            }
        }
    }
}

#[test]
fn a_watch_at_home_counts_as_those_of_a_share_of_the_pack() {
    let (knowledge, profiles) = service(1, 60);
    let sections = packed(&knowledge, &profiles, &all_told());
    let unpacked =
        Knowledge::unpack(&every_feature(), &borrowed(&sections), HomeShare::Fixed(0.5)).expect("it unpacks");
    let mut home = unpacked.knowledge;
    let mut profile = home.new_profile();
    let of = |knowledge: &Knowledge, name: &str, history: &[u32], video: usize| {
        let all = scores(knowledge, history);
        all.into_iter().find(|(other, _)| *other == name).expect("it counts").1[video]
    };
    let before = home.clone();
    teach(&mut home, &mut profile, &event(7, 19_070, Context::default()));
    teach(&mut home, &mut profile, &event(40, 19_071, Context::default()));
    assert_eq!(of(&home, "popularity", &[], 40) - of(&before, "popularity", &[], 40), 30.0);
    for name in ["transitions", "item_neighbours"] {
        assert!(of(&home, name, &[7], 40) > of(&before, name, &[7], 40), "{name} learned that 40 follows 7");
    }
}

#[test]
fn a_base_is_neither_trained_over_nor_packed_again() {
    let (knowledge, profiles) = service(1, 60);
    let mut base = unpacked(&packed(&knowledge, &profiles, &all_told()));
    let on = base.clone();
    assert_eq!(base.set_trained(Trained::default(), &on).unwrap_err().status, Status::InvalidArgument);
    let error = base.pack(&PackOptions::default(), &[], &CallOptions::default()).unwrap_err();
    assert_eq!(error.status, Status::InvalidArgument);
    assert!(base.trained().ease.is_some() && base.trained().factors.is_some() && base.trained().content.is_some());
}

#[test]
fn features_that_do_not_count_are_left_in_the_pack() {
    let (knowledge, profiles) = service(1, 60);
    let sections = packed(&knowledge, &profiles, &all_told());
    let weights = FeatureWeights::only(Feature::Transitions);
    let unpacked = Knowledge::unpack(&weights, &borrowed(&sections), HomeShare::Learned).expect("it unpacks");
    let names: Vec<&str> = unpacked.knowledge.recommenders().map(|recommender| recommender.name()).collect();
    assert_eq!(names, ["transitions", "trend"]);
    let without_items = &borrowed(&sections)[1..];
    let error = Knowledge::unpack(&weights, without_items, HomeShare::Learned).unwrap_err();
    assert_eq!((error.status, error.message.as_str()), (Status::Corrupt, "a pack has no items"));
    let twice = [borrowed(&sections), borrowed(&sections)].concat();
    assert_eq!(Knowledge::unpack(&weights, &twice, HomeShare::Learned).unwrap_err().status, Status::Corrupt);
    let error = Knowledge::unpack(&weights, &borrowed(&sections), HomeShare::Fixed(f32::NAN)).unwrap_err();
    assert_eq!(error.status, Status::InvalidArgument);
}

#[test]
fn item_neighbours_of_another_window_are_of_another_version_or_damaged() {
    let (knowledge, profiles) = service(1, 60);
    let mut sections = packed(&knowledge, &profiles, &all_told());
    let place = sections.iter().position(|section| section.0 == SectionKind::ItemNeighbours).expect("they are packed");
    for (window, status) in [(7, Status::TooNew), (0, Status::Corrupt)] {
        sections[place].1[0] = window;
        let error = Knowledge::unpack(&every_feature(), &borrowed(&sections), HomeShare::Learned).unwrap_err();
        assert_eq!(error.status, status, "{error}");
    }
}

#[test]
fn options_out_of_range_are_refused() {
    let (knowledge, profiles) = service(1, 5);
    let profiles: Vec<&Profile> = profiles.iter().collect();
    let options = PackOptions::default();
    for (options, named) in [
        (PackOptions { transitions_per_item: 0, ..options.clone() }, "transitions_per_item"),
        (PackOptions { pairs_per_item: 0, ..options.clone() }, "pairs_per_item"),
        (PackOptions { weights_per_item: 10_001, ..options.clone() }, "weights_per_item"),
        (PackOptions { least_profiles: 0, ..options.clone() }, "least_profiles"),
        (PackOptions { trend_days: 366, ..options.clone() }, "trend_days"),
        (PackOptions { noise: Some(Noise { epsilon: 1.0, delta: 0.0, most_watches: 9 }), ..options.clone() }, "delta"),
    ] {
        let error = knowledge.pack(&options, &profiles, &CallOptions::default()).unwrap_err();
        assert_eq!(error.status, Status::InvalidArgument);
        assert!(error.message.contains(named), "{error}");
    }
}

#[test]
fn with_noise_one_person_leaves_no_trace_and_the_crowd_stays() {
    let (mut knowledge, mut profiles) = service(1, 800);
    teach(&mut knowledge, &mut profiles[0], &event(100, 19_100, Context::default()));
    let noise = Noise { epsilon: 80.0, delta: 1e-9, most_watches: 20 };
    let options = PackOptions { noise: Some(noise), ..all_told() };
    let account = knowledge.noise_account(&options).expect("an account");
    let kinds: Vec<SectionKind> = account.iter().map(|part| part.kind).collect();
    let counted = [SectionKind::Items, SectionKind::Transitions, SectionKind::ItemNeighbours];
    assert_eq!(kinds, [&counted[..], &[SectionKind::Trend, SectionKind::Context]].concat());
    assert!((account.iter().map(|part| part.epsilon).sum::<f64>() - 80.0).abs() < 1e-9);
    assert!((account.iter().map(|part| part.delta).sum::<f64>() - 1e-9).abs() < 1e-15);
    // Twenty watches: 190 pairs; steps after the first, 2,520 / 1 + …, no more than ten each.
    assert_eq!(account[0].sensitivity.total, 21);
    assert_eq!(account[2].sensitivity.total, 190);
    let steps: u64 = (0..20_u64).map(|place| (1..=place.min(10)).map(|distance| 2_520 / distance).sum::<u64>()).sum();
    assert_eq!((account[1].sensitivity.total, account[1].sensitivity.largest), (steps, 2_520));
    let sections = packed(&knowledge, &profiles, &options);
    let kinds: Vec<SectionKind> = sections.iter().map(|section| section.0).collect();
    assert!(!kinds.contains(&SectionKind::Ease), "there is no account of what training tells");
    let base = unpacked(&sections);
    assert!(base.items().number("video-100-").is_none_or(|item| !base.is_watched(item)));
    let (clear, noisy) = (scores(&knowledge, &[3, 1, 4]), scores(&base, &[3, 1, 4]));
    let popular = |all: &[(&str, Vec<f32>)]| {
        let (_, scores) = all.iter().find(|(name, _)| *name == "popularity").expect("it counts");
        let mut best: Vec<usize> = (0..scores.len()).collect();
        best.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
        best[..5].to_vec()
    };
    assert_eq!(popular(&clear)[..3], popular(&noisy)[..3]);
    assert_ne!(packed(&knowledge, &profiles, &options), sections, "noise is drawn anew each time");
}

#[test]
fn a_cancelled_call_packs_nothing() {
    let (knowledge, profiles) = service(1, 30);
    let call = CallOptions::with_timeout(std::time::Duration::ZERO);
    let profiles: Vec<&Profile> = profiles.iter().collect();
    let error = knowledge.pack(&PackOptions::default(), &profiles, &call).unwrap_err();
    assert_eq!(error.status, Status::TimedOut);
}
