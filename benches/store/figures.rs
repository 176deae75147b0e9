//! Figures of the store: what a durable event costs beside the disk's own fdatasync, what callers gain by sharing a
//! commit, the bytes an event writes; and what it takes in time and memory until an engine with a large store is
//! ready to recommend, beside a plain read of the same bytes.
//!
//! `cargo bench --bench store -- FOLDER [VIDEOS]`; the folder lies on the disk to be measured. Ratios compare what
//! was measured in turns within one run. For a profiler, `commit FOLDER`, `fill PATH VIDEOS`, `check PATH` (the store
//! alone) and `open PATH` (an engine) do one part each.

use std::fs::{self, File};
use std::io::Read;
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use vrec::domain::{CallOptions, Event, EventKind, Query, Result, Video};
use vrec::engine::{Engine, EngineOptions, StoreOptions};
use vrec::store::{Durability, OpenOptions, Store, Visitor};

const DIMENSIONS: usize = 384;
const ROUNDS: usize = 7;
/// Commits of one event that are timed, each in turn with a plain write and fdatasync.
const COMMITS: usize = 1_500;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["open", path] => open_as_child(Path::new(path), true),
        ["check", path] => open_as_child(Path::new(path), false),
        ["commit", folder] => commits(Path::new(folder)),
        ["fill", path, videos] => fill(Path::new(path), videos.parse().expect("VIDEOS is a number")),
        _ => all(&arguments),
    }
}

fn all(arguments: &[String]) {
    let folder = fs::canonicalize(arguments.first().map_or(".", String::as_str)).expect("the folder exists");
    let videos = arguments.get(1).map_or(100_000, |count| count.parse().expect("VIDEOS is a number"));
    let folder = folder.join(format!("vrec-bench-{}", std::process::id()));
    fs::create_dir(&folder).expect("the folder can be created");
    commits(&folder);
    fill(&folder.join("videos"), videos);
    openings(&folder.join("videos"));
    fs::remove_dir_all(&folder).expect("the folder can be removed");
}

fn seconds(call: impl FnOnce()) -> f64 {
    let start = Instant::now();
    call();
    start.elapsed().as_secs_f64()
}

fn median(times: &[f64]) -> f64 {
    let mut times = times.to_vec();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn least(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(f64::INFINITY, f64::min)
}

// --- commits ------------------------------------------------------------------------------------

fn event(number: i64) -> Event {
    Event {
        profile: "the living room".to_owned(),
        video_id: format!("video-{:06}", number % 1_000),
        time_utc_ms: 1_700_000_000_000 + number * 1_000,
        position_ms: number % 5_400 * 1_000,
        duration_ms: 5_400_000,
        ..Event::of(EventKind::Progress)
    }
}

fn commits(folder: &Path) {
    let path = folder.join("events");
    let store = Store::open(&path, None, OpenOptions::default(), &mut ()).expect("the store opens").0;
    let mut number = 0;
    let mut record = |count: i64| {
        let events: Vec<Event> = (number..number + count).map(event).collect();
        number += count;
        store.record(&events, Durability::Now).expect("events are recorded");
    };
    // A page of the log grows the log at first; measured when it is written over.
    (0..1_200).for_each(|_| record(1));
    let plain = File::create(folder.join("plain")).expect("a file can be created");
    let frames = vec![7; 2 * 4_120];
    plain.write_all_at(&vec![0; COMMITS * frames.len()], 0).and_then(|()| plain.sync_all()).expect("it is written");
    // In turns, so that both meet the same disk.
    let (mut singles, mut syncs) = (Vec::new(), Vec::new());
    for at in 0..COMMITS {
        singles.push(seconds(|| record(1)));
        let place = (at * frames.len()) as u64;
        syncs.push(seconds(|| plain.write_all_at(&frames, place).and_then(|()| plain.sync_data()).expect("synced")));
    }
    let (single, sync) = (median(&singles), median(&syncs));
    println!("figure store.durable_event_us {:.0}", single * 1e6);
    println!("figure store.fdatasync_us {:.0}", sync * 1e6);
    println!("figure store.durable_over_fdatasync {:.2}", single / sync);
    println!("figure store.durable_beside_fdatasync_us {:.0}", (single - sync) * 1e6);
    let shared = median(&(0..300).map(|_| seconds(|| record(32))).collect::<Vec<_>>()) / 32.0;
    println!("figure store.group_commit_gain {:.1}", single / shared);
    let before = store.statistics().expect("statistics");
    (0..2_000).for_each(|_| record(32));
    let after = store.statistics().expect("statistics");
    let bytes = after.bytes_written() - before.bytes_written();
    println!("figure store.bytes_per_event {}", bytes / (after.events - before.events));
}

/// Seconds that this thread has used a processor, the system's work for it included.
fn processor_seconds() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is valid for the call to write.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

// --- opening ------------------------------------------------------------------------------------

fn engine(path: &Path) -> Engine {
    let store = StoreOptions { path: path.to_owned(), device_key: None, open: OpenOptions::default() };
    Engine::new(EngineOptions { store: Some(store), ..EngineOptions::default() }).expect("the engine opens")
}

/// Texts as long as listings have them, and a vector whose elements are of a kind.
fn video(number: usize) -> Video {
    let mut state = number as u64 + 1;
    let element = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    Video {
        id: format!("video-{number:06}"),
        title: format!("The title of video number {number}"),
        description: "A description of about the length that listings have, which is two or three lines. ".repeat(3),
        tags: vec!["drama".into(), "family".into(), "winter".into()],
        vector: Some((0..DIMENSIONS).map(element).collect()),
        ..Video::default()
    }
}

fn fill(path: &Path, count: usize) {
    let engine = engine(path);
    let mut spent = 0.0;
    for first in (0..count).step_by(5_000) {
        let videos: Vec<Video> = (first..count.min(first + 5_000)).map(video).collect();
        spent += seconds(|| engine.add_videos(&videos, &CallOptions::default()).expect("videos are added"));
    }
    println!("figure store.videos_written_per_s {:.0}", count as f64 / spent);
}

fn openings(path: &Path) {
    let bytes: u64 = files(path).map(|file| file.metadata().expect("a file's length").len()).sum();
    let (mut reads, mut checks, mut opens) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        forget_pages(path);
        reads.push(seconds(|| read_all(path)));
        forget_pages(path);
        checks.push(in_child("check", path));
        forget_pages(path);
        opens.push(in_child("open", path));
    }
    let warm_read = least((0..ROUNDS).map(|_| seconds(|| read_all(path))));
    let warm: Vec<[f64; 3]> = (0..ROUNDS).map(|_| in_child("open", path)).collect();
    let time = |runs: &[[f64; 3]]| least(runs.iter().map(|run| run[0]));
    let read = least(reads.into_iter());
    let memory = opens.iter().map(|run| run[1]).fold(0.0, f64::max);
    println!("figure store.bytes_on_disk {bytes}");
    println!("figure store.read_from_disk_ms {:.0}", read * 1e3);
    println!("figure store.check_from_disk_ms {:.0}", time(&checks) * 1e3);
    println!("figure store.open_from_disk_ms {:.0}", time(&opens) * 1e3);
    println!("figure store.open_processor_ms {:.0}", least(opens.iter().map(|run| run[2])) * 1e3);
    println!("figure store.read_from_memory_ms {:.0}", warm_read * 1e3);
    println!("figure store.open_from_memory_ms {:.0}", time(&warm) * 1e3);
    println!("figure store.open_over_read {:.2}", time(&opens) / read);
    println!("figure store.check_over_read {:.2}", time(&checks) / read);
    println!("figure store.open_memory_bytes {memory:.0}");
    println!("figure store.open_memory_over_bytes {:.2}", memory / bytes as f64);
}

/// Opens the store in a process of its own; gives the seconds it took, by how many bytes the process grew at most,
/// and the seconds of processor time.
fn in_child(job: &str, path: &Path) -> [f64; 3] {
    let program = std::env::current_exe().expect("this program has a path");
    let output = Command::new(program).arg(job).arg(path).output().expect("the child runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("figures");
    let values: Vec<f64> = text.split_whitespace().map(|value| value.parse().expect("a number")).collect();
    values.try_into().expect("three figures")
}

/// Takes everything and keeps nothing: the store's own part of an opening.
struct Counter(usize);

impl Visitor for Counter {
    fn video(&mut self, _: i64, _: Video, _: &[u8; 32]) -> Result<()> {
        self.0 += 1;
        Ok(())
    }
}

fn open_as_child(path: &Path, is_engine: bool) {
    let (memory, processor) = (memory_of("VmRSS:"), processor_seconds());
    let took = if is_engine {
        let mut opened = None;
        let took = seconds(|| opened = Some(engine(path)));
        let list = opened.as_ref().map(|engine| engine.similar("video-000000", &query(), &CallOptions::default()));
        assert_eq!(list.expect("it is open").expect("a list").len(), 10);
        std::mem::forget(opened);
        took
    } else {
        let mut counter = Counter(0);
        let took = seconds(|| {
            drop(Store::open(path, None, OpenOptions::default(), &mut counter).expect("the store opens"));
        });
        assert!(counter.0 > 0);
        took
    };
    println!("{took} {} {}", memory_of("VmHWM:") - memory, processor_seconds() - processor);
}

fn query() -> Query {
    Query { limit: 10, ..Query::for_profile("nobody") }
}

/// A line of this process's status, in bytes.
fn memory_of(name: &str) -> f64 {
    let status = fs::read_to_string("/proc/self/status").expect("the system tells");
    let line = status.lines().find(|line| line.starts_with(name)).expect("it has the line");
    let kilobytes = line.split_whitespace().nth(1).expect("a number");
    kilobytes.parse::<f64>().expect("a number") * 1024.0
}

fn files(folder: &Path) -> impl Iterator<Item = File> {
    let entries = fs::read_dir(folder).expect("the store is readable");
    entries.map(|entry| File::open(entry.expect("an entry").path()).expect("a file of the store opens"))
}

fn read_all(folder: &Path) {
    let mut block = vec![0; 1 << 20];
    for mut file in files(folder) {
        while file.read(&mut block).expect("it is readable") > 0 {}
    }
    std::hint::black_box(&block);
}

/// The next to read the files has to ask the disk.
fn forget_pages(folder: &Path) {
    for file in files(folder) {
        file.sync_all().expect("a file is made durable");
        // SAFETY: an open file.
        unsafe { libc::posix_fadvise(file.as_raw_fd(), 0, 0, libc::POSIX_FADV_DONTNEED) };
    }
}
