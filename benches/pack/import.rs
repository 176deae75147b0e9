//! Figures of packs: the bytes of one for a catalogue of ten thousand videos, whole and as a delta, what an import costs
//! beside reading and hashing the same file, and what the first list after it costs beside the next ones; in turns within
//! one run and in time of the processor. docs/packs.md says what each file holds.
//!
//! `cargo bench --bench pack_import -- [FOLDER]`; the folder is for the file, by default that of what is built.

#[path = "../processor_time.rs"]
mod processor_time;
#[path = "../recommend/synthetic/mod.rs"]
mod synthetic;

use std::path::{Path, PathBuf};

use processor_time::seconds_of;
use sha2::{Digest, Sha256};
use synthetic::{Random, Shape, draw_all, event, video};
use vrec::domain::{CallOptions, Event, Query, Ranking, Video};
use vrec::engine::{Engine, EngineOptions, PackExport, PackImport};
use vrec::learning::PackOptions;
use vrec::store::pack_file::{PackFile, PackInfo, PackLimits, PackSection, SigningKey, write_pack};
use vrec::store::whole_file::{read_whole, replace_whole};

const SHAPE: Shape = Shape { profiles: 2_000, videos: 10_000, events: 300_000, clusters: 40 };
/// Events after which the second pack is made.
const LATER: usize = 15_000;
const ROUNDS: usize = 7;
const BATCH: usize = 10_000;
/// Watches of the household that the pack is imported under, and its members.
const AT_HOME: usize = 100;
const MEMBERS: usize = 4;
/// Of a text vector, as the shipped model gives them.
const DIMENSIONS: usize = 384;
/// The kind of the section of vectors, and what stands in front of it.
const VECTORS: u32 = 100;
/// Lists whose least time is that of an ordinary one.
const LISTS: usize = 20;

fn main() {
    let folder = std::env::args().skip(1).find(|argument| argument != "--bench");
    let folder = folder.map_or_else(|| PathBuf::from(env!("CARGO_TARGET_TMPDIR")), PathBuf::from);
    let path = folder.join(format!("vrec-{}.pack", std::process::id()));
    let catalogue = catalogue();
    let service = engine(&catalogue);
    let drawn = draw_all(SHAPE, 1);
    let events: Vec<Event> =
        drawn.iter().zip(0..).map(|((profile, video), minute)| event(*profile, *video, minute)).collect();
    let at_home: Vec<Event> = drawn[..AT_HOME]
        .iter()
        .zip(0..)
        .map(|((_, video), minute)| event(minute as usize % MEMBERS, *video, minute))
        .collect();
    let (first, later) = events.split_at(SHAPE.events - LATER);
    record(&service, first);
    let before = export(&service, 1, 5, None);
    record(&service, later);
    let few = export(&service, 2, 5, None);
    let delta = export(&service, 2, 5, Some(&before));
    println!("figure pack.synthetic_bytes {}", few.len());
    println!("figure pack.synthetic_delta_bytes {}", delta.len());
    let tables = export(&service, 2, 1, None);
    drop(before);
    let with_vectors = with_section(&tables, vectors());
    service.train(&CallOptions::default()).expect("a training");
    let trained = with_section(&export(&service, 2, 1, None), vectors());
    let bench = Bench { catalogue, at_home, path };
    bench.print("synthetic", "_synthetic", &few);
    bench.print("tables", "_without_vectors", &tables);
    bench.print("full", "", &with_vectors);
    bench.print("trained", "_trained", &trained);
}

/// Videos with vectors of unit length that have nothing in common.
fn catalogue() -> Vec<Video> {
    let mut random = Random::new(7);
    let mut video = |number| {
        let vector = (0..DIMENSIONS).map(|_| random.unit() - 0.5).collect();
        let tags = vec![format!("cluster {}", SHAPE.cluster(number))];
        Video { id: video(number), title: video(number), tags, vector: Some(vector), ..Video::default() }
    };
    (0..SHAPE.videos).map(&mut video).collect()
}

fn engine(videos: &[Video]) -> Engine {
    let engine = Engine::new(EngineOptions::default()).expect("an engine");
    engine.add_videos(videos, &CallOptions::default()).expect("videos");
    engine
}

fn record(engine: &Engine, events: &[Event]) {
    events.chunks(BATCH).for_each(|batch| engine.record(batch).expect("events"));
}

fn key() -> SigningKey {
    SigningKey::new([1; 32]).expect("a key")
}

fn trusting() -> PackImport {
    PackImport { trusted_keys: vec![key().public_key()], ..PackImport::default() }
}

fn export(engine: &Engine, number: u64, least_profiles: u32, base: Option<&[u8]>) -> Vec<u8> {
    let export = PackExport {
        line: "bench".to_owned(),
        number,
        created_utc_ms: 0,
        key: key(),
        learned: PackOptions { least_profiles, ..PackOptions::default() },
        has_vectors: false,
        has_sequence: false,
    };
    engine.export_pack(&export, base, &CallOptions::default()).expect("a pack")
}

/// The codes of one text for each video, as docs/packs.md has them; made up, as a model would take hours.
fn vectors() -> Vec<u8> {
    let mut random = Random::new(11);
    let mut bytes = (DIMENSIONS as u32).to_le_bytes().to_vec();
    for number in 0..SHAPE.videos {
        let id = video(number);
        bytes.push(id.len() as u8);
        bytes.extend_from_slice(id.as_bytes());
        bytes.extend_from_slice(&Sha256::digest(&id)[8..]);
        bytes.extend_from_slice(&[1, 1, 0, 0, 0]);
        bytes.extend_from_slice(&0.002_f32.to_le_bytes());
        // Nearly normal, as the elements of embeddings are.
        let mut code = || ((0..4).map(|_| random.unit() - 0.5).sum::<f32>() * 64.0) as i8 as u8;
        bytes.extend((0..DIMENSIONS).map(|_| code()));
    }
    bytes
}

/// The pack with a section of vectors, signed again.
fn with_section(pack: &[u8], vectors: Vec<u8>) -> Vec<u8> {
    let (import, call) = (trusting(), CallOptions::default());
    let file = PackFile::open(pack, &import.trusted_keys, &import.limits).expect("a pack");
    let mut sections = file.sections(None, &call).expect("its sections");
    sections.push(PackSection { kind: VECTORS, bytes: vectors.into() });
    let info = PackInfo { encoder: vec![7; 8], ..file.info().clone() };
    write_pack(&info, &sections, None, &key(), &call).expect("a pack")
}

struct Bench {
    catalogue: Vec<Video>,
    at_home: Vec<Event>,
    path: PathBuf,
}

impl Bench {
    fn print(&self, name: &str, suffix: &str, pack: &[u8]) {
        replace_whole(&self.path, pack).expect("the pack can be written");
        let Times { read, checked, imported, first_list, list } = self.times(&self.path);
        std::fs::remove_file(&self.path).expect("the pack can be removed");
        println!("figure pack.{name}.bytes {}", pack.len());
        println!("figure pack.{name}.read_ms {:.2}", 1_000.0 * read);
        println!("figure pack.{name}.import_ms {:.2}", 1_000.0 * imported);
        println!("figure pack.{name}.first_list_ms {:.2}", 1_000.0 * first_list);
        println!("figure pack.{name}.list_ms {:.2}", 1_000.0 * list);
        println!("figure pack.check_over_read{suffix} {:.2}", checked / read);
        println!("figure pack.first_list_over_list{suffix} {:.2}", first_list / list);
        println!("figure pack.import_over_read{suffix} {:.2}", imported / read);
    }

    /// Each the least of some rounds.
    fn times(&self, path: &Path) -> Times {
        let (import, call) = (trusting(), CallOptions::default());
        let check = || {
            let bytes = read_whole(path, PackLimits::default().file_bytes).expect("the pack can be read");
            let file = PackFile::open(&bytes, &import.trusted_keys, &import.limits).expect("a pack");
            std::hint::black_box(file.sections(None, &call).expect("its sections"));
        };
        let mut least = Times::LONGEST;
        for _ in 0..ROUNDS {
            let read = fresh_seconds_of(|| {
                std::hint::black_box(Sha256::digest(std::fs::read(path).expect("the pack can be read")));
            });
            let checked = fresh_seconds_of(check);
            let set = engine(&self.catalogue);
            record(&set, &self.at_home);
            let imported = fresh_seconds_of(|| {
                let bytes = read_whole(path, PackLimits::default().file_bytes).expect("the pack can be read");
                set.import_pack(&bytes, &import, &call).expect("the pack is taken");
            });
            let now_utc_ms = 1_700_000_000_000;
            let query = Query { ranking: Ranking::Blend, now_utc_ms, ..Query::for_profile(&self.at_home[0].profile) };
            let list = || {
                seconds_of(|| {
                    std::hint::black_box(set.recommend(&query, &call).expect("a list"));
                })
            };
            let first_list = list();
            let list = (0..LISTS).map(|_| list()).fold(f64::INFINITY, f64::min);
            least = least.min(Times { read, checked, imported, first_list, list });
        }
        least
    }
}

/// Those of a call that takes its memory from the system, as in a process that has none to spare, and need not put in
/// order what was freed before it.
fn fresh_seconds_of(call: impl FnOnce()) -> f64 {
    // SAFETY: it may be called at any time.
    unsafe { libc::malloc_trim(0) };
    seconds_of(call)
}

/// In seconds.
struct Times {
    read: f64,
    checked: f64,
    imported: f64,
    first_list: f64,
    list: f64,
}

impl Times {
    const LONGEST: Times = Times {
        read: f64::INFINITY,
        checked: f64::INFINITY,
        imported: f64::INFINITY,
        first_list: f64::INFINITY,
        list: f64::INFINITY,
    };

    fn min(self, other: Times) -> Times {
        Times {
            read: self.read.min(other.read),
            checked: self.checked.min(other.checked),
            imported: self.imported.min(other.imported),
            first_list: self.first_list.min(other.first_list),
            list: self.list.min(other.list),
        }
    }
}
