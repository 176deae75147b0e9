//! What a pack costs and loses, on a data set in the layout of docs/evaluation.md, with the split `loo`: the last event of
//! each user is to be found among all videos.
//!
//! - `pack.bytes`: all sections with the default options, each compressed by Zstandard at level 16;
//!   `pack.bytes_with_vectors`: that and the vectors of videos, of 384 numbers in 8 bits with a step each, which hardly
//!   compress. Beside them each section's.
//! - `pack.quantised_ndcg_loss`: the share of nDCG@10 that lists lose when what is known is packed and unpacked with all
//!   items and cells, so that their codes of 8 bits alone tell it from what it was; `pack.pruned_ndcg_loss`: the same with the
//!   default number of cells; `pack.large_ndcg_loss`: with as many as 10 MB hold beside vectors, in `pack.bytes_large`;
//!   `pack.least_profiles_ndcg_loss`: with the default of 5 profiles behind each.
//! - `pack.unseen_users_loss`: the share that the same users lose when they are no part of the training, each a household
//!   with a pack from the other four fifths; below 0 where they gain.
//! - `pack.noisy_ndcg_loss`: with noise of ε 8, δ 10⁻⁵ and 50 watches a profile.
//!
//! `cargo bench --features cli --bench pack_knowledge -- FOLDER`; `--choose` finds what a watch at home should count, on
//! validation events alone, and what it counts as where that is learned:
//!
//! - `pack.home_share_alone`, `_drawn`, `_alike`: the share that is learned, the geometric mean over households of one, of four
//!   drawn at random, and of four who watched much the same;
//! - `pack.learned_share_ndcg_gain_…`: the share of nDCG@10 that their lists gain on those with the share held at 0.008, and
//!   `_error` half of its 95 % interval, over users.
//!
//! Texts count nothing here; content is trained on tags.

mod data;

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use data::{Data, Part};
use ndarray::Array2;
use vrec::domain::{CallOptions, Context, Event, EventKind, FeatureWeights, Query};
use vrec::learning::training::{ContentFeatures, ContentOptions, EaseOptions, train_content, train_ease};
use vrec::learning::{
    Content, Ease, HOME_SHARE, HomeShare, Knowledge, Noise, PackOptions, Profile, SectionKind, Sections, Trained,
    Viewer, Watch,
};
use vrec::ranking::{Attributes, Blend, Catalogue, CatalogueVideo, ItemRows, Searching, VideoVector, blend};
use vrec::vectors::{Bitmap, ExactValues, Kernel, Metric, VectorStore};

/// Users with fewer events to learn from are not asked, as in `vrec eval`.
const LEAST_EVENTS: usize = 3;
const FOLDS: usize = 5;
const LEVEL: i32 = 16;
/// Of a vector of 384 numbers, of one text, beside the id (docs/packs.md, kind 100).
const VECTOR_BYTES: usize = 418;
const PLACES: usize = 10;

/// What everyone is asked, and from which events.
struct Task {
    data: Data,
    catalogue: Catalogue,
    to_find: Part,
}

/// Who lives together.
#[derive(Clone, Copy, PartialEq)]
enum Company {
    Alone,
    Drawn,
    Alike,
}

const COMPANIES: [(&str, Company); 3] =
    [("alone", Company::Alone), ("drawn", Company::Drawn), ("alike", Company::Alike)];

/// Of a household that is not alone.
const MEMBERS: usize = 4;

/// What households were given.
struct Households {
    /// nDCG@10 of each user who is asked.
    ndcg: BTreeMap<usize, f64>,
    /// What a watch at home came to count in each household.
    shares: Vec<f32>,
}

/// What was learned from some users.
struct Learned {
    knowledge: Knowledge,
    profiles: BTreeMap<usize, Profile>,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let Some(folder) = arguments.iter().find(|argument| !argument.starts_with("--")) else {
        println!("No folder was named, and nothing is measured. See docs/packed-knowledge.md.");
        return;
    };
    let data = Data::read(Path::new(folder));
    if arguments.iter().any(|argument| argument == "--choose") {
        return choose(&Task::new(data, Part::Valid));
    }
    measure(&Task::new(data, Part::Test));
}

fn measure(task: &Task) {
    let everyone: Vec<usize> = (0..task.data.users).collect();
    let learned = task.learned(&everyone, true);
    let before = task.ndcg(&learned.knowledge, &learned.profiles);
    println!("figure pack.ndcg_before {:.4}", mean(&before));
    let all = PackOptions { least_profiles: 1, ..PackOptions::default() };
    let defaults = PackOptions::default();
    bytes(task, &learned.pack(&all), "_all_told");
    bytes(task, &learned.pack(&defaults), "");
    let loss = |options: &PackOptions| loss(&before, &task.ndcg_packed(&learned, options));
    let large = PackOptions { transitions_per_item: 250, pairs_per_item: 250, weights_per_item: 100, ..all.clone() };
    let everything =
        PackOptions { transitions_per_item: 10_000, pairs_per_item: 10_000, weights_per_item: 10_000, ..all.clone() };
    bytes(task, &learned.pack(&large), "_large");
    println!("figure pack.quantised_ndcg_loss {:.4}", loss(&everything));
    println!("figure pack.pruned_ndcg_loss {:.4}", loss(&all));
    println!("figure pack.large_ndcg_loss {:.4}", loss(&large));
    println!("figure pack.least_profiles_ndcg_loss {:.4}", loss(&defaults));
    let noise = Some(Noise { epsilon: 8.0, delta: 1e-5, most_watches: 50 });
    println!("figure pack.noisy_ndcg_loss {:.4}", loss(&PackOptions { noise, ..PackOptions::default() }));
    for (name, options) in [("", &defaults), ("_all_told", &all)] {
        let seen = task.ndcg_packed(&learned, options);
        let unseen = task.households(&task.packs_without_folds(options), HomeShare::Learned, Company::Alone).ndcg;
        println!("figure pack.unseen_users{name}_loss {:.4}", self::loss(&seen, &unseen));
    }
}

/// nDCG of unseen users by what a watch at home counts, and by what is learned.
fn choose(task: &Task) {
    let options = PackOptions { least_profiles: 1, ..PackOptions::default() };
    let packs = task.packs_without_folds(&options);
    for watches in [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0] {
        let share = HomeShare::Fixed(watches / task.profiles_of_a_pack());
        let found = COMPANIES.map(|(_, company)| mean(&task.households(&packs, share, company).ndcg));
        let [alone, drawn, alike] = found;
        println!(
            "a watch at home counts {watches}: {alone:.4} alone, {drawn:.4} among four drawn, {alike:.4} among four alike"
        );
    }
    for (name, company) in COMPANIES {
        let fixed = task.households(&packs, HomeShare::Fixed(HOME_SHARE), company);
        let learned = task.households(&packs, HomeShare::Learned, company);
        let gains: Vec<f64> = learned.ndcg.iter().map(|(user, found)| found - fixed.ndcg[user]).collect();
        let gain = gains.iter().sum::<f64>() / gains.len() as f64;
        let squares = gains.iter().map(|own| (own - gain).powi(2)).sum::<f64>();
        let error = 1.96 * squares.sqrt() / gains.len() as f64;
        println!(
            "{name}: nDCG@10 {:.4} with 0.008, {:.4} with what is learned",
            mean(&fixed.ndcg),
            mean(&learned.ndcg)
        );
        println!("figure pack.home_share_{name} {:.4}", geometric_mean(&learned.shares));
        println!("figure pack.learned_share_ndcg_gain_{name} {:.4}", gain / mean(&fixed.ndcg));
        println!("figure pack.learned_share_ndcg_gain_{name}_error {:.4}", error / mean(&fixed.ndcg));
    }
}

fn geometric_mean(values: &[f32]) -> f64 {
    (values.iter().map(|value| f64::from(*value).ln()).sum::<f64>() / values.len() as f64).exp()
}

fn bytes(task: &Task, sections: &Sections, name: &str) {
    let compressed = |bytes: &[u8]| {
        let mut out = Vec::with_capacity(zstd_safe::compress_bound(bytes.len()));
        zstd_safe::compress(&mut out, bytes, LEVEL).expect("it compresses")
    };
    let mut sum = 0;
    for (kind, bytes) in sections {
        let size = compressed(bytes);
        sum += size;
        println!("{kind:?}: {} bytes, {size} compressed", bytes.len());
    }
    println!("figure pack.bytes{name} {sum}");
    let vectors = task.data.ids.iter().map(|id| id.len() + VECTOR_BYTES).sum::<usize>();
    println!("figure pack.bytes_with_vectors{name} {}", sum + vectors);
}

fn mean(values: &BTreeMap<usize, f64>) -> f64 {
    values.values().sum::<f64>() / values.len() as f64
}

/// The share of the mean that is lost.
fn loss(before: &BTreeMap<usize, f64>, after: &BTreeMap<usize, f64>) -> f64 {
    assert!(before.keys().eq(after.keys()), "the same users are asked");
    1.0 - mean(after) / mean(before)
}

impl Learned {
    fn pack(&self, options: &PackOptions) -> Sections {
        let profiles: Vec<&Profile> = self.profiles.values().collect();
        self.knowledge.pack(options, &profiles, &CallOptions::default()).expect("it packs")
    }
}

fn unpacked(sections: &Sections, home_share: HomeShare) -> Knowledge {
    let sections: Vec<(SectionKind, &[u8])> = sections.iter().map(|(kind, bytes)| (*kind, bytes.as_slice())).collect();
    Knowledge::unpack(&FeatureWeights::default(), &sections, home_share).expect("it unpacks").knowledge
}

impl Task {
    fn new(data: Data, to_find: Part) -> Task {
        let mut catalogue = Catalogue::new(VectorStore::new(1, ExactValues::Float32));
        let video = |id: &String| CatalogueVideo {
            id: Arc::from(id.as_str()),
            title: String::new(),
            attributes: Attributes::default(),
            vector: VideoVector::Brought(Box::new([1.0])),
            watched: None,
        };
        catalogue.put_all(data.ids.iter().map(video).collect()).expect("videos are put");
        Task { data, catalogue, to_find }
    }

    fn is_learned(&self, part: Part) -> bool {
        part == Part::Train || (part == Part::Valid && self.to_find == Part::Test)
    }

    /// What these users teach.
    fn learned(&self, users: &[usize], trains: bool) -> Learned {
        let mut knowledge = Knowledge::new(&FeatureWeights::default());
        let profiles = self.teach(&mut knowledge, users);
        if trains {
            // From here on every video has a number.
            knowledge.begin_training(self.data.ids.iter().map(String::as_str));
            let on = knowledge.clone();
            knowledge.set_trained(self.trained(&knowledge, &profiles), &on).expect("nobody was forgotten");
            self.place(&mut knowledge);
        }
        Learned { knowledge, profiles }
    }

    fn teach(&self, knowledge: &mut Knowledge, users: &[usize]) -> BTreeMap<usize, Profile> {
        let mut profiles: BTreeMap<usize, Profile> =
            users.iter().map(|user| (*user, knowledge.new_profile())).collect();
        for event in self.data.events.iter().filter(|event| self.is_learned(event.part)) {
            let Some(profile) = profiles.get_mut(&event.user) else { continue };
            let id = &self.data.ids[event.video];
            let item = knowledge.number_watched(id, None);
            let _ = knowledge.append(profile, &watch(id, event.time_utc_ms), item);
        }
        let places =
            profiles.values().flat_map(|profile| (0..profile.history().len()).map(move |place| (profile, place)));
        knowledge.learn(&places.collect::<Vec<_>>());
        profiles
    }

    fn trained(&self, knowledge: &Knowledge, profiles: &BTreeMap<usize, Profile>) -> Trained {
        let histories: Vec<&[Watch]> = profiles.values().map(Profile::history).collect();
        let (items, call) = (knowledge.items(), CallOptions::default());
        let weights = train_ease(&histories, items.len(), &EaseOptions::default(), &call).expect("EASE is trained");
        let names = self.data.common_tags(5);
        let numbers: BTreeMap<&str, u32> = names.iter().copied().zip(0..).collect();
        let of_video: BTreeMap<&str, usize> = self.data.ids.iter().map(String::as_str).zip(0..).collect();
        let tags = |id: &str| {
            let mut tags: Vec<u32> =
                self.data.tags[of_video[id]].iter().filter_map(|tag| numbers.get(tag.as_str()).copied()).collect();
            tags.sort_unstable();
            tags.dedup();
            tags
        };
        let tags: Vec<Vec<u32>> = items.ids().map(tags).collect();
        let dense = Array2::ones((items.len(), 1));
        let features = ContentFeatures { dense: dense.view(), tags: &tags, tag_count: names.len() };
        let map = train_content(&features, &histories, &ContentOptions::default(), &call).expect("content is trained");
        Trained {
            ease: Some(Ease::new(weights, Ease::DECAY).expect("a decay")),
            content: map.map(|map| Content::new(map, &names)),
            profiles: histories.len(),
            ..Trained::default()
        }
    }

    /// Gives every video its place by content.
    fn place(&self, knowledge: &mut Knowledge) {
        for (id, tags) in self.data.ids.iter().zip(&self.data.tags) {
            knowledge.place(id, &[1.0], tags.iter().map(String::as_str));
        }
    }

    /// nDCG@10 of each user who is asked.
    fn ndcg(&self, knowledge: &Knowledge, profiles: &BTreeMap<usize, Profile>) -> BTreeMap<usize, f64> {
        let mut item_rows = ItemRows::default();
        for (item, id) in (0..).zip(knowledge.items().ids()) {
            item_rows.link(item, self.catalogue.row(id).expect("a video of the catalogue"));
        }
        let asked = self.data.events.iter().filter(|event| event.part == self.to_find);
        let asked = asked.filter_map(|event| Some((event, profiles.get(&event.user)?)));
        let asked = asked.filter(|(_, profile)| profile.history().len() >= LEAST_EVENTS);
        let list = |(event, profile): (&data::Event, &Profile)| {
            let viewer = Viewer {
                profile: profile.number(),
                history: profile.history(),
                now_utc_ms: event.time_utc_ms,
                context: Context::default(),
                call: &CallOptions::UNBOUNDED,
            };
            let place = self.place_of(&self.data.ids[event.video], knowledge, &item_rows, viewer);
            (event.user, place.map_or(0.0, |place| 1.0 / ((place + 2) as f64).log2()))
        };
        asked.map(list).collect()
    }

    fn place_of(&self, id: &str, knowledge: &Knowledge, item_rows: &ItemRows, viewer: Viewer<'_>) -> Option<usize> {
        let mut allowed: Bitmap = self.catalogue.live().clone();
        viewer.history.iter().filter_map(|watch| item_rows.row(watch.item)).for_each(|row| allowed.remove(row));
        let query = Query { limit: PLACES, ..Query::for_profile("viewer") };
        let (weights, new_video_share) = (FeatureWeights::default(), query.new_video_share);
        let given = Blend { knowledge, item_rows, viewer, taste: None, weights, new_video_share, bandit: None };
        let searching = Searching { kernel: Kernel::best(), metric: Metric::Cosine, pool: None };
        let call = CallOptions::default();
        let list = blend(&self.catalogue, allowed, &given, &query, None, searching, &call).expect("a list");
        list.iter().position(|found| found.id == id)
    }

    /// The same users' nDCG from the pack of what they taught; they teach nothing on top.
    fn ndcg_packed(&self, learned: &Learned, options: &PackOptions) -> BTreeMap<usize, f64> {
        let mut knowledge = unpacked(&learned.pack(options), HomeShare::Learned);
        self.place(&mut knowledge);
        let mut scratch = knowledge.clone();
        let everyone: Vec<usize> = learned.profiles.keys().copied().collect();
        let profiles = self.teach(&mut scratch, &everyone);
        // What nobody may be told of has no number in the pack, and is watched all the same.
        knowledge.begin_training(scratch.items().ids());
        self.ndcg(&knowledge, &profiles)
    }

    fn packs_without_folds(&self, options: &PackOptions) -> Vec<Sections> {
        let pack = |fold: usize| {
            let others: Vec<usize> = (0..self.data.users).filter(|user| user % FOLDS != fold).collect();
            self.learned(&others, true).pack(options)
        };
        (0..FOLDS).map(pack).collect()
    }

    fn profiles_of_a_pack(&self) -> f32 {
        (self.data.users - self.data.users / FOLDS) as f32
    }

    /// Users as households with the pack of the others.
    fn households(&self, packs: &[Sections], home_share: HomeShare, company: Company) -> Households {
        let mut found = Households { ndcg: BTreeMap::new(), shares: Vec::new() };
        for (fold, pack) in packs.iter().enumerate() {
            let mut base = unpacked(pack, home_share);
            self.place(&mut base);
            for household in self.members(fold, company) {
                let mut knowledge = base.clone();
                let profiles = self.teach(&mut knowledge, &household);
                found.shares.extend(knowledge.home_share());
                found.ndcg.extend(self.ndcg(&knowledge, &profiles));
            }
        }
        found
    }

    /// The users of a fold, household by household.
    fn members(&self, fold: usize, company: Company) -> Vec<Vec<usize>> {
        let mut left: Vec<usize> = (fold..self.data.users).step_by(FOLDS).collect();
        let size = if company == Company::Alone { 1 } else { MEMBERS };
        if company != Company::Alike {
            return left.chunks(size).map(<[usize]>::to_vec).collect();
        }
        let mut watched: BTreeMap<usize, HashSet<usize>> = BTreeMap::new();
        for event in self.data.events.iter().filter(|event| self.is_learned(event.part)) {
            watched.entry(event.user).or_default().insert(event.video);
        }
        let of = |user: &usize| watched.get(user).cloned().unwrap_or_default();
        let mut households = Vec::new();
        while !left.is_empty() {
            let first = of(&left[0]);
            // The cosine of two sets, of equal ones the first user.
            let alike = |user: &usize| {
                let own = of(user);
                own.intersection(&first).count() as f64 / ((own.len() * first.len()) as f64).sqrt().max(1.0)
            };
            left[1..].sort_by(|one, other| alike(other).total_cmp(&alike(one)).then(one.cmp(other)));
            households.push(left.drain(..size.min(left.len())).collect());
            left.sort_unstable();
        }
        households
    }
}

fn watch(video_id: &str, time_utc_ms: i64) -> Event {
    Event { video_id: video_id.to_owned(), time_utc_ms, ..Event::of(EventKind::Complete) }
}
