//! Figures of packs: the bytes of one for a catalogue of ten thousand videos, whole and as a delta, and what an import
//! costs beside reading and hashing the same file, in turns within one run and in time of the processor.
//!
//! `cargo bench --bench pack_import -- [FOLDER]`; the folder is for the file.

#[path = "../processor_time.rs"]
mod processor_time;
#[path = "../recommend/synthetic/mod.rs"]
mod synthetic;

use std::path::Path;

use processor_time::seconds_of;
use sha2::{Digest, Sha256};
use synthetic::{Shape, draw_all, event, video};
use vrec::domain::{CallOptions, Event, Video};
use vrec::engine::{Engine, EngineOptions, PackExport, PackImport};
use vrec::learning::PackOptions;
use vrec::store::pack_file::{PackFile, PackLimits, SigningKey};
use vrec::store::whole_file::{read_whole, replace_whole};

const SHAPE: Shape = Shape { profiles: 2_000, videos: 10_000, events: 300_000, clusters: 40 };
/// Events after which the second pack is made.
const LATER: usize = 15_000;
const ROUNDS: usize = 7;
const BATCH: usize = 10_000;
/// Watches of the household that the pack is imported under.
const AT_HOME: usize = 100;

fn main() {
    let folder = std::env::args().skip(1).find(|argument| argument != "--bench").unwrap_or("/tmp".to_owned());
    let path =
        std::fs::canonicalize(folder).expect("the folder exists").join(format!("vrec-{}.pack", std::process::id()));
    let service = engine();
    let drawn = draw_all(SHAPE, 1);
    let events: Vec<Event> =
        drawn.iter().zip(0..).map(|((profile, video), minute)| event(*profile, *video, minute)).collect();
    let (first, later) = events.split_at(SHAPE.events - LATER);
    record(&service, first);
    let before = export(&service, 1, None);
    record(&service, later);
    let pack = export(&service, 2, None);
    let delta = export(&service, 2, Some(&before));
    println!("figure pack.synthetic_bytes {}", pack.len());
    println!("figure pack.synthetic_delta_bytes {}", delta.len());
    replace_whole(&path, &pack).expect("the pack can be written");
    times(&path, &events[..AT_HOME]);
    std::fs::remove_file(&path).expect("the pack can be removed");
}

fn engine() -> Engine {
    let engine = Engine::new(EngineOptions::default()).expect("an engine");
    let videos: Vec<Video> = (0..SHAPE.videos)
        .map(|number| Video {
            id: video(number),
            title: video(number),
            vector: Some(vec![1.0, SHAPE.cluster(number) as f32]),
            ..Video::default()
        })
        .collect();
    engine.add_videos(&videos, &CallOptions::default()).expect("videos");
    engine
}

fn record(engine: &Engine, events: &[Event]) {
    events.chunks(BATCH).for_each(|batch| engine.record(batch).expect("events"));
}

fn key() -> SigningKey {
    SigningKey::new([1; 32]).expect("a key")
}

fn export(engine: &Engine, number: u64, base: Option<&[u8]>) -> Vec<u8> {
    let export = PackExport {
        line: "bench".to_owned(),
        number,
        created_utc_ms: 0,
        key: key(),
        learned: PackOptions::default(),
        has_vectors: false,
        has_sequence: false,
    };
    engine.export_pack(&export, base, &CallOptions::default()).expect("a pack")
}

/// Reading and hashing; reading, checking and decompressing; and a whole import, each the least of some rounds.
fn times(path: &Path, at_home: &[Event]) {
    let import = PackImport { trusted_keys: vec![key().public_key()], ..PackImport::default() };
    let call = CallOptions::default();
    let [mut hashed, mut checked, mut imported] = [f64::INFINITY; 3];
    for _ in 0..ROUNDS {
        hashed = hashed.min(seconds_of(|| {
            std::hint::black_box(Sha256::digest(std::fs::read(path).expect("the pack can be read")));
        }));
        checked = checked.min(seconds_of(|| {
            let bytes = read_whole(path, PackLimits::default().file_bytes).expect("the pack can be read");
            let file = PackFile::open(&bytes, &import.trusted_keys, &import.limits).expect("a pack");
            std::hint::black_box(file.sections(None, &call).expect("its sections"));
        }));
        let set = engine();
        record(&set, at_home);
        imported = imported.min(seconds_of(|| {
            let bytes = read_whole(path, PackLimits::default().file_bytes).expect("the pack can be read");
            set.import_pack(&bytes, &import, &call).expect("the pack is taken");
        }));
    }
    println!("figure pack.check_over_read {:.2}", checked / hashed);
    println!("figure pack.import_over_read {:.2}", imported / hashed);
}
