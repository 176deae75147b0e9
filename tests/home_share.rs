//! What a watch at home counts beside a pack, and that it is learned: more where a household's members foretell each other
//! better than the pack does, less where they do not, and the same whatever the order in which that came.

mod support;

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use proptest::prelude::*;
use support::Random;
use vrec::domain::{CallOptions, Event, EventKind, Feature, FeatureWeights, Query};
use vrec::learning::{
    HOME_SHARE, HomeShare, Knowledge, PackOptions, Profile, Recommender, SectionKind, Sections, Viewer, Watch,
    WatchRules,
};
use vrec::ranking::{Attributes, Blend, Catalogue, CatalogueVideo, ItemRows, Searching, VideoVector, blend};
use vrec::vectors::{ExactValues, Kernel, Metric, VectorStore};

const MINUTE_MS: i64 = 60_000;
/// Of these the last ones are a niche.
const VIDEOS: usize = 400;
const NICHE: usize = 60;
const PROFILES: usize = 1_000;
const MEMBERS: usize = 4;
const PLACES: usize = 100;

/// The first of so many the most often.
fn skewed(random: &mut Random, count: usize) -> usize {
    let most = 1 + random.below(count);
    random.below(most)
}

/// What one of everybody watches: in one of forty times something of the niche.
fn of_everybody(random: &mut Random) -> usize {
    if random.one_in(40) { VIDEOS - NICHE + random.below(NICHE) } else { skewed(random, VIDEOS - NICHE) }
}

/// What one of a family watches that lives for a part of the niche, mostly.
fn of_family(random: &mut Random, favourites: &[usize]) -> usize {
    if random.one_in(4) { of_everybody(random) } else { favourites[skewed(random, favourites.len())] }
}

fn id(video: usize) -> String {
    format!("video {video:03}")
}

fn weights() -> FeatureWeights {
    let counting = [Feature::Transitions, Feature::ItemNeighbours, Feature::Popularity, Feature::Trend];
    counting.into_iter().fold(FeatureWeights::NONE, |weights, feature| weights.with(feature, 0.5))
}

fn teach(knowledge: &mut Knowledge, profile: &mut Profile, video: usize, minute: i64) {
    let event = Event { video_id: id(video), time_utc_ms: minute * MINUTE_MS, ..Event::of(EventKind::Complete) };
    profile.observe(&event, &WatchRules::default());
    let item = knowledge.number_watched(&event.video_id, None);
    if let Some(place) = knowledge.append(profile, &event, item) {
        knowledge.learn(&[(profile, place)]);
    }
}

/// What a thousand profiles taught.
static PACK: LazyLock<Sections> = LazyLock::new(|| {
    let mut random = Random(1);
    let mut knowledge = Knowledge::new(&weights());
    let mut profiles: Vec<Profile> = (0..PROFILES).map(|_| knowledge.new_profile()).collect();
    for profile in &mut profiles {
        (0..15).for_each(|minute| teach(&mut knowledge, profile, of_everybody(&mut random), minute));
    }
    let options = PackOptions { weights: weights(), ..PackOptions::default() };
    knowledge.pack(&options, &profiles.iter().collect::<Vec<_>>(), &CallOptions::default()).expect("it packs")
});

fn unpacked(home_share: HomeShare) -> Knowledge {
    let sections: Vec<(SectionKind, &[u8])> = PACK.iter().map(|(kind, bytes)| (*kind, bytes.as_slice())).collect();
    Knowledge::unpack(&weights(), &sections, home_share).expect("it unpacks").knowledge
}

fn share(knowledge: &Knowledge) -> f32 {
    knowledge.home_share().expect("there is a pack")
}

/// What the members of a household watch, in turns; the last of each is to be found.
struct Watched {
    before: Vec<Vec<usize>>,
    to_find: Vec<usize>,
}

/// Each member watches nothing twice.
fn watched(watches: usize, mut next: impl FnMut() -> usize) -> Watched {
    let mut member = || {
        let (mut videos, mut seen) = (Vec::new(), BTreeSet::new());
        while videos.len() <= watches {
            let video = next();
            if seen.insert(video) {
                videos.push(video);
            }
        }
        let to_find = videos.swap_remove(0);
        (videos, to_find)
    };
    let (before, to_find) = (0..MEMBERS).map(|_| member()).unzip();
    Watched { before, to_find }
}

fn family(seed: u64) -> Watched {
    let mut random = Random(100 + seed);
    let favourites: Vec<usize> = (0..25).map(|_| VIDEOS - NICHE + random.below(NICHE)).collect();
    watched(18, || of_family(&mut random, &favourites))
}

fn like_everybody(seed: u64) -> Watched {
    let mut random = Random(500 + seed);
    watched(40, || of_everybody(&mut random))
}

fn household(knowledge: &mut Knowledge, watched: &Watched) -> Vec<Profile> {
    let mut members: Vec<Profile> = watched.before.iter().map(|_| knowledge.new_profile()).collect();
    for minute in 0..watched.before[0].len() {
        for (member, videos) in members.iter_mut().zip(&watched.before) {
            teach(knowledge, member, videos[minute], 1_000 + minute as i64);
        }
    }
    members
}

/// What a household came to, and the gain of its members' lists, nDCG: 1 where what one watched next comes first, the less
/// the further behind it stands.
struct Found {
    share: f32,
    gains: Vec<f64>,
}

fn found(watched: &Watched, home_share: HomeShare) -> Found {
    let mut knowledge = unpacked(home_share);
    let members = household(&mut knowledge, watched);
    let gain = |(member, video): (&Profile, &usize)| {
        let place = list(&knowledge, member).iter().position(|listed| listed == video);
        place.map_or(0.0, |place| 1.0 / ((place + 2) as f64).log2())
    };
    let gains = members.iter().zip(&watched.to_find).map(gain).collect();
    Found { gains, share: share(&knowledge) }
}

fn list(knowledge: &Knowledge, member: &Profile) -> Vec<usize> {
    let mut catalogue = Catalogue::new(VectorStore::new(1, ExactValues::Float32));
    let video = |video: usize| CatalogueVideo {
        id: Arc::from(id(video)),
        title: String::new(),
        attributes: Attributes::default(),
        vector: VideoVector::Brought(Box::new([1.0])),
        watched: None,
    };
    catalogue.put_all((0..VIDEOS).map(video).collect()).expect("videos are put");
    let mut item_rows = ItemRows::default();
    let known = (0..).zip(knowledge.items().ids());
    known.for_each(|(item, id)| item_rows.link(item, catalogue.row(id).expect("a video of the catalogue")));
    let mut allowed = catalogue.live().clone();
    member.history().iter().filter_map(|watch| item_rows.row(watch.item)).for_each(|row| allowed.remove(row));
    let viewer = Viewer {
        profile: member.number(),
        history: member.history(),
        now_utc_ms: 2_000 * MINUTE_MS,
        context: Default::default(),
        call: &CallOptions::UNBOUNDED,
    };
    let query = Query { limit: PLACES, ..Query::for_profile("viewer") };
    let blended = Blend {
        knowledge,
        item_rows: &item_rows,
        viewer,
        taste: None,
        weights: weights(),
        new_video_share: 0.0,
        bandit: None,
    };
    let searching = Searching { kernel: Kernel::best(), metric: Metric::Cosine, pool: None };
    let listed =
        blend(&catalogue, allowed, &blended, &query, None, searching, &CallOptions::default()).expect("a list");
    listed.iter().map(|item| item.id[6..].parse().expect("a number")).collect()
}

/// What households came to by themselves, the mean gain of lists where the share is held, and what is gained where it is
/// learned, with half of a 95 % interval.
struct Compared {
    shares: Vec<f32>,
    held: f64,
    gain: f64,
    error: f64,
}

fn compared(households: impl Iterator<Item = Watched>) -> Compared {
    let (mut shares, mut held, mut gains) = (Vec::new(), Vec::new(), Vec::new());
    for watched in households {
        let learned = found(&watched, HomeShare::Learned);
        let own = found(&watched, HomeShare::Fixed(HOME_SHARE)).gains;
        gains.extend(learned.gains.iter().zip(&own).map(|(learned, held)| learned - held));
        held.extend(own);
        shares.push(learned.share);
    }
    shares.sort_by(f32::total_cmp);
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let gain = mean(&gains);
    let squares: f64 = gains.iter().map(|own| (own - gain).powi(2)).sum();
    let compared = Compared { held: mean(&held), gain, error: 1.96 * squares.sqrt() / gains.len() as f64, shares };
    let Compared { shares, held, gain, error } = &compared;
    println!("nDCG {held:.4} where the share is held, {gain:+.4} ± {error:.4} where it is learned; {shares:?}");
    compared
}

#[test]
fn a_household_unlike_the_pack_counts_more_and_finds_more() {
    let Compared { shares, held, gain, error } = compared((0..20).map(family));
    assert!(shares[0] > 2.0 * HOME_SHARE, "{shares:?}");
    assert!(gain - error > 0.3 * held, "{gain} ± {error}, of {held}");
}

#[test]
fn a_household_like_the_pack_counts_less_and_loses_nothing() {
    let Compared { shares, held, gain, error } = compared((0..50).map(like_everybody));
    let smaller = shares.iter().filter(|share| **share < HOME_SHARE).count();
    assert!(smaller >= 45, "{shares:?}");
    assert!(gain + error > 0.0 && gain > -0.02 * held, "{gain} ± {error}, of {held}");
}

#[test]
fn who_lives_alone_shows_nothing_and_each_watch_of_a_second_does() {
    let mut knowledge = unpacked(HomeShare::Learned);
    assert_eq!(share(&knowledge), HOME_SHARE);
    let niche = VIDEOS - NICHE..VIDEOS - NICHE + 12;
    let mut first = knowledge.new_profile();
    niche.clone().for_each(|video| teach(&mut knowledge, &mut first, video, 0));
    assert_eq!(share(&knowledge), HOME_SHARE);
    let mut second = knowledge.new_profile();
    let mut shares = vec![share(&knowledge)];
    for video in niche.take(3) {
        teach(&mut knowledge, &mut second, video, 0);
        shares.push(share(&knowledge));
    }
    assert!(shares.windows(2).all(|two| two[0] < two[1]), "{shares:?}");
    (0..30).for_each(|video| teach(&mut knowledge, &mut second, video, 1));
    assert!(share(&knowledge) < shares[3], "what nobody else here watches takes some of it back");
    knowledge.forget(&second);
    assert_eq!(share(&knowledge), HOME_SHARE);
}

/// One's own watches take nothing from what the pack says of what one has not watched.
#[test]
fn what_is_left_for_who_lives_alone_does_not_depend_on_the_share() {
    let scores = |share| {
        let mut knowledge = unpacked(HomeShare::Fixed(share));
        let mut member = knowledge.new_profile();
        let videos = [3, 40, 7, 380, 90, 12, 1, 350];
        (0..).zip(videos).for_each(|(minute, video)| teach(&mut knowledge, &mut member, video, minute));
        let viewer = viewer(member.number(), member.history());
        let of = |own: &dyn Recommender| {
            let mut scores = vec![0.0; knowledge.items().len()];
            own.score(&viewer, &mut scores);
            let left = |(video, score): (usize, f32)| (!videos.contains(&video)).then_some(score.to_bits());
            let of_video =
                |video: usize| knowledge.items().number(&id(video)).map_or(0.0, |item| scores[item as usize]);
            (0..VIDEOS).map(|video| (video, of_video(video))).filter_map(left).collect::<Vec<u32>>()
        };
        knowledge.recommenders().map(of).collect::<Vec<_>>()
    };
    assert_eq!(scores(0.0), scores(0.25));
}

#[test]
fn a_share_that_is_held_does_not_move() {
    let mut knowledge = unpacked(HomeShare::Fixed(0.25));
    household(&mut knowledge, &family(1));
    assert_eq!(share(&knowledge), 0.25);
    assert_eq!(Knowledge::new(&weights()).home_share(), None);
}

fn viewer(profile: Option<u32>, history: &[Watch]) -> Viewer<'_> {
    Viewer { profile, history, now_utc_ms: 0, context: Default::default(), call: &CallOptions::UNBOUNDED }
}

/// What the recommenders say, and the share, bit by bit.
fn state(knowledge: &Knowledge) -> (Vec<Vec<u32>>, u32) {
    let history: Vec<Watch> = ["video 350", "video 351", "video 003"]
        .into_iter()
        .filter_map(|id| knowledge.items().number(id))
        .map(|item| Watch { item, time_utc_ms: 0 })
        .collect();
    let viewer = viewer(None, &history);
    let of = |own: &dyn Recommender| {
        let mut scores = vec![0.0; knowledge.items().len()];
        own.score(&viewer, &mut scores);
        let by_video = |video| knowledge.items().number(&id(video)).map_or(0.0, |item| scores[item as usize]);
        (0..VIDEOS).map(|video| by_video(video).to_bits()).collect()
    };
    (knowledge.recommenders().map(of).collect(), share(knowledge).to_bits())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_profiles_does_not_count_and_nothing_is_left_behind(
        watches in prop::collection::vec((0usize..4, 330..VIDEOS), 1..120), gone in 0usize..4,
    ) {
        let base = unpacked(HomeShare::Learned);
        // As they came, and profile by profile as an opened store has them.
        let mut by_profile = watches.clone();
        by_profile.sort_by_key(|(profile, _)| *profile);
        let after = |watches: &[(usize, usize)]| {
            let mut knowledge = base.clone();
            let mut profiles: Vec<Profile> = (0..4).map(|_| knowledge.new_profile()).collect();
            for (profile, video) in watches {
                teach(&mut knowledge, &mut profiles[*profile], *video, 0);
            }
            (knowledge, profiles)
        };
        let (mut knowledge, profiles) = after(&watches);
        prop_assert_eq!(state(&knowledge), state(&after(&by_profile).0));
        knowledge.forget(&profiles[gone]);
        let others: Vec<(usize, usize)> = watches.iter().filter(|(profile, _)| *profile != gone).copied().collect();
        prop_assert_eq!(state(&knowledge), state(&after(&others).0), "as if it had never been there");
        profiles.iter().enumerate().filter(|(at, _)| *at != gone).for_each(|(_, profile)| drop(knowledge.forget(profile)));
        prop_assert_eq!(state(&knowledge), state(&base));
    }
}
