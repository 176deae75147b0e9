//! Figures of the store: what a durable event costs beside the disk's own fdatasync, what callers gain by sharing a
//! commit, the bytes an event writes, and the time to open a large store beside a plain read of the same bytes.
//!
//! `cargo bench --bench store -- FOLDER [VIDEOS]`; the folder lies on the disk to be measured.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

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

/// Seconds that one call takes, at best of all.
fn best(calls: usize, mut call: impl FnMut(usize)) -> f64 {
    let times = (0..calls).map(|at| {
        let start = Instant::now();
        call(at);
        start.elapsed()
    });
    times.min().unwrap_or(Duration::ZERO).as_secs_f64()
}

/// Seconds that one call takes in the middle of all.
fn median(calls: usize, mut call: impl FnMut(usize)) -> f64 {
    let mut times: Vec<f64> = (0..calls)
        .map(|at| {
            let start = Instant::now();
            call(at);
            start.elapsed().as_secs_f64()
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[calls / 2]
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
    let single = median(300, |_| record(1));
    let plain = File::create(folder.join("plain")).expect("a file can be created");
    let frames = vec![7; 2 * 4_120];
    plain.write_all_at(&vec![0; 600 * frames.len()], 0).and_then(|()| plain.sync_all()).expect("it can be written");
    let sync = median(300, |at| {
        plain.write_all_at(&frames, (at * frames.len()) as u64).and_then(|()| plain.sync_data()).expect("synced");
    });
    println!("figure store.durable_event_us {:.0}", single * 1e6);
    println!("figure store.fdatasync_us {:.0}", sync * 1e6);
    println!("figure store.durable_over_fdatasync {:.2}", single / sync);
    let shared = median(300, |_| record(32)) / 32.0;
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
    let read = best(ROUNDS, |_| {
        let files = fs::read_dir(&path).expect("the store is readable").map(|entry| entry.expect("an entry").path());
        let mut block = vec![0; 1 << 20];
        let mut total = 0;
        for path in files {
            let mut file = File::open(path).expect("a file of the store opens");
            while let count @ 1.. = file.read(&mut block).expect("it is readable") {
                total += count;
            }
        }
        std::io::sink().write_all(&total.to_le_bytes()).expect("a sink takes all");
    });
    let opened = best(ROUNDS, |_| drop(open(&path, &mut ())));
    let loaded = best(ROUNDS, |_| {
        let mut counter = Counter::default();
        drop(open(&path, &mut counter));
        assert_eq!(counter.videos.len(), count);
    });
    println!("figure store.read_ms {:.0}", read * 1e3);
    println!("figure store.open_ms {:.0}", opened * 1e3);
    println!("figure store.open_and_keep_ms {:.0}", loaded * 1e3);
    println!("figure store.open_over_read {:.2}", opened / read);
}
