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
use std::process::Command;

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

/// What the program is called with, by itself, to measure one call in a process of its own.
const MEASURE: &str = "--measure";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [measure, path] = &arguments[..]
        && let Some(what) = measure.strip_prefix(MEASURE)
    {
        return measure_one(what, Path::new(path));
    }
    let folder = arguments.first().map_or_else(|| PathBuf::from(env!("CARGO_TARGET_TMPDIR")), PathBuf::from);
    let path = folder.join(format!("vrec-{}.pack", std::process::id()));
    let service = engine(&catalogue());
    let drawn = draw_all(SHAPE, 1);
    let events: Vec<Event> =
        drawn.iter().zip(0..).map(|((profile, video), minute)| event(*profile, *video, minute)).collect();
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
    drop(service);
    print("synthetic", "_synthetic", &path, &few);
    print("tables", "_without_vectors", &path, &tables);
    print("full", "", &path, &with_vectors);
    print("trained", "_trained", &path, &trained);
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

fn print(name: &str, suffix: &str, path: &Path, pack: &[u8]) {
    replace_whole(path, pack).expect("the pack can be written");
    let mut least = Vec::new();
    for _ in 0..ROUNDS {
        let found: Vec<f64> =
            ["read", "check", "import"].iter().flat_map(|what| seconds_in_process(what, path)).collect();
        least.resize(found.len(), f64::INFINITY);
        least.iter_mut().zip(found).for_each(|(least, found)| *least = found.min(*least));
    }
    std::fs::remove_file(path).expect("the pack can be removed");
    let [read, checked, imported, first_list, list] = least[..] else { panic!("a process told something else") };
    println!("figure pack.{name}.bytes {}", pack.len());
    println!("figure pack.{name}.read_ms {:.2}", 1_000.0 * read);
    println!("figure pack.{name}.import_ms {:.2}", 1_000.0 * imported);
    println!("figure pack.{name}.first_list_ms {:.2}", 1_000.0 * first_list);
    println!("figure pack.{name}.list_ms {:.2}", 1_000.0 * list);
    println!("figure pack.check_over_read{suffix} {:.2}", checked / read);
    println!("figure pack.first_list_over_list{suffix} {:.2}", first_list / list);
    println!("figure pack.import_over_read{suffix} {:.2}", imported / read);
}

/// What [`measure_one`] tells in a process of its own, whose memory nothing else was freed in.
fn seconds_in_process(what: &str, path: &Path) -> Vec<f64> {
    let program = std::env::current_exe().expect("this program has a path");
    let output = Command::new(program).arg(format!("{MEASURE}{what}")).arg(path).output().expect("it can be run");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    told.split_whitespace().map(|number| number.parse().expect("a number of seconds")).collect()
}

/// Measures one call beside a household's engine: reading the pack at `path` and hashing it, checking it besides, or
/// importing it, and then the first list and the least of those that follow.
fn measure_one(what: &str, path: &Path) {
    let (import, call) = (trusting(), CallOptions::default());
    let drawn = draw_all(SHAPE, 1);
    let of_household = |((_, video), minute): (&(usize, usize), i64)| event(minute as usize % MEMBERS, *video, minute);
    let at_home: Vec<Event> = drawn[..AT_HOME].iter().zip(0..).map(of_household).collect();
    drop(drawn);
    let set = engine(&catalogue());
    record(&set, &at_home);
    let read = || read_whole(path, PackLimits::default().file_bytes).expect("the pack can be read");
    let seconds = match what {
        "read" => vec![fresh_seconds_of(|| {
            std::hint::black_box(Sha256::digest(std::fs::read(path).expect("the pack can be read")));
        })],
        "check" => vec![fresh_seconds_of(|| {
            let bytes = read();
            let file = PackFile::open(&bytes, &import.trusted_keys, &import.limits).expect("a pack");
            std::hint::black_box(file.sections(None, &call).expect("its sections"));
        })],
        _ => {
            let imported = fresh_seconds_of(|| {
                set.import_pack(read(), &import, &call).expect("the pack is taken");
            });
            let now_utc_ms = 1_700_000_000_000;
            let query = Query { ranking: Ranking::Blend, now_utc_ms, ..Query::for_profile(&at_home[0].profile) };
            let list = || {
                seconds_of(|| {
                    std::hint::black_box(set.recommend(&query, &call).expect("a list"));
                })
            };
            vec![imported, list(), (0..LISTS).map(|_| list()).fold(f64::INFINITY, f64::min)]
        }
    };
    seconds.iter().for_each(|seconds| println!("{seconds}"));
}

/// Those of a call that takes its memory from the system, as in a process that has none to spare. What was freed before it
/// is put in order first, which the allocator leaves to the next one who asks for much.
fn fresh_seconds_of(call: impl FnOnce()) -> f64 {
    drop(std::hint::black_box(Vec::<u8>::with_capacity(1 << 20)));
    // SAFETY: it may be called at any time.
    unsafe { libc::malloc_trim(0) };
    seconds_of(call)
}
