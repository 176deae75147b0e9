//! Figures of the store: what a durable event costs beside the disk's own fdatasync, what callers gain by sharing a
//! commit, the bytes an event writes, and the time to open a large store beside a plain read of the same bytes.
//!
//! `cargo bench --bench store -- FOLDER [VIDEOS]`; the folder lies on the disk to be measured.

use std::fs::{self, File};
use std::io::Read;
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::Instant;

use vrec::domain::{Event, EventKind, Result, Video};
use vrec::store::{Durability, OpenOptions, Store, VectorWrite, VideoWrite, Visitor};

const PAYLOAD_BYTES: usize = 1_952;
const ROUNDS: usize = 5;

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let folder = PathBuf::from(arguments.next().unwrap_or_else(|| ".".to_owned()));
    let videos = arguments.next().map_or(100_000, |count| count.parse().expect("VIDEOS is a number"));
    let folder = folder.join(format!("vrec-bench-{}", std::process::id()));
    fs::create_dir(&folder).expect("the folder can be created");
    durable_events(&folder);
    open_large(&folder, videos);
    fs::remove_dir_all(&folder).expect("the folder can be removed");
}

fn event(number: i64) -> Event {
    Event {
        kind: EventKind::Progress,
        profile: "the living room".to_owned(),
        video_id: format!("video-{:06}", number % 1_000),
        time_utc_ms: 1_700_000_000_000 + number * 1_000,
        position_ms: number % 5_400 * 1_000,
        duration_ms: 5_400_000,
        rating: 0.0,
    }
}

fn open(path: &Path, visitor: &mut dyn Visitor) -> Store {
    Store::open(path, None, OpenOptions::default(), visitor).expect("the store opens").0
}

fn seconds(call: impl FnOnce()) -> f64 {
    let start = Instant::now();
    call();
    start.elapsed().as_secs_f64()
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Seconds that a call takes at best, each time after `before`.
fn best(mut call: impl FnMut(), before: impl Fn()) -> f64 {
    let times = (0..ROUNDS).map(|_| {
        before();
        seconds(&mut call)
    });
    times.fold(f64::INFINITY, f64::min)
}

fn durable_events(folder: &Path) {
    let store = open(&folder.join("events"), &mut ());
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
    plain.write_all_at(&vec![0; 600 * frames.len()], 0).and_then(|()| plain.sync_all()).expect("it can be written");
    // In turns, so that both meet the same disk.
    let (mut singles, mut syncs) = (Vec::new(), Vec::new());
    for at in 0..600 {
        singles.push(seconds(|| record(1)));
        let place = (at * frames.len()) as u64;
        syncs.push(seconds(|| plain.write_all_at(&frames, place).and_then(|()| plain.sync_data()).expect("synced")));
    }
    let (single, sync) = (median(singles), median(syncs));
    println!("figure store.durable_event_us {:.0}", single * 1e6);
    println!("figure store.fdatasync_us {:.0}", sync * 1e6);
    println!("figure store.durable_over_fdatasync {:.2}", single / sync);
    let shared = median((0..300).map(|_| seconds(|| record(32))).collect()) / 32.0;
    println!("figure store.group_commit_gain {:.1}", single / shared);
    let before = store.statistics().expect("statistics");
    (0..2_000).for_each(|_| record(32));
    let after = store.statistics().expect("statistics");
    let bytes = after.bytes_written() - before.bytes_written();
    println!("figure store.bytes_per_event {}", bytes / (after.events - before.events));
}

#[derive(Default)]
struct Counter {
    videos: Vec<Video>,
    bytes: Vec<u8>,
}

impl Visitor for Counter {
    fn video(&mut self, _: i64, video: Video, _: &[u8; 32]) -> Result<()> {
        self.videos.push(video);
        Ok(())
    }

    fn vector(&mut self, _: i64, payload: &[u8]) -> Result<()> {
        self.bytes.extend_from_slice(payload);
        Ok(())
    }
}

fn open_large(folder: &Path, count: usize) {
    let path = folder.join("videos");
    let store = open(&path, &mut ());
    let payload = vec![3; PAYLOAD_BYTES];
    let start = Instant::now();
    for first in (0..count).step_by(5_000) {
        let video = |number: usize| Video {
            id: format!("video-{number:06}"),
            title: format!("The title of video number {number}"),
            description: "A description of about the length that listings have, which is two or three lines. "
                .repeat(3),
            tags: vec!["drama".into(), "family".into(), "winter".into()],
            ..Video::default()
        };
        let videos: Vec<Video> = (first..count.min(first + 5_000)).map(video).collect();
        let write = |video| VideoWrite { video, text_hash: [1; 32], vector: VectorWrite::New(&payload) };
        store.put_videos(&videos.iter().map(write).collect::<Vec<_>>()).expect("videos are stored");
    }
    println!("figure store.videos_written_per_s {:.0}", count as f64 / start.elapsed().as_secs_f64());
    store.close().expect("the store closes");
    let (read, open_cold) =
        (best(|| read_all(&path), || forget_pages(&path)), best(|| drop(open(&path, &mut ())), || forget_pages(&path)));
    let (read_again, opened) = (best(|| read_all(&path), || ()), best(|| drop(open(&path, &mut ())), || ()));
    let loaded = best(
        || {
            let mut counter = Counter::default();
            drop(open(&path, &mut counter));
            assert_eq!(counter.videos.len(), count);
        },
        || (),
    );
    println!("figure store.read_from_disk_ms {:.0}", read * 1e3);
    println!("figure store.open_from_disk_ms {:.0}", open_cold * 1e3);
    println!("figure store.read_from_memory_ms {:.0}", read_again * 1e3);
    println!("figure store.open_from_memory_ms {:.0}", opened * 1e3);
    println!("figure store.open_and_keep_ms {:.0}", loaded * 1e3);
    println!("figure store.open_over_read {:.2}", open_cold / read);
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
