//! What a reader notices of a writer: the time of `vrec_similar` over 100,000 vectors of 384 elements,
//! first alone, then while another thread adds 1,000 single videos a second, all through the C
//! functions. A reader that waited for a write would show it in its slowest calls.
//!
//!     writer_and_readers [VIDEOS]

use std::ptr::{null, null_mut};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use vrec::ffi::{
    VREC_OK, vrec_add_video, vrec_add_videos, vrec_create, vrec_destroy, vrec_engine, vrec_results,
    vrec_results_destroy, vrec_similar, vrec_video,
};

const DIMENSIONS: usize = 384;
const BATCH: usize = 4_096;
const WARM_UP: usize = 20;
/// Enough for a ninety-ninth percentile.
const SEARCHES: usize = 600;
const VIDEOS_PER_SECOND: u32 = 1_000;

/// A sequence without a crate for it: Marsaglia 2003, "Xorshift RNGs", section 3.
struct Random(u64);

impl Random {
    /// Between -1 and 1.
    fn next(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 40) as f32 / (1 << 23) as f32 - 1.0
    }

    fn vector(&mut self) -> Vec<f32> {
        (0..DIMENSIONS).map(|_| self.next()).collect()
    }
}

/// The handle may be used from any thread, as the header says.
#[derive(Clone, Copy)]
struct Engine(*mut vrec_engine);

// SAFETY: vrec_engine is made for calls from several threads at once.
unsafe impl Send for Engine {}

impl Engine {
    fn new() -> Self {
        let mut engine = null_mut();
        // SAFETY: options and error may be null; `engine` is writable.
        let status = unsafe { vrec_create(null(), &raw mut engine, null_mut()) };
        assert_eq!(status, VREC_OK);
        Engine(engine)
    }

    fn add(self, ids: &[String], vectors: &[Vec<f32>]) {
        // SAFETY: integers, floats and pointers, all of which may be zero.
        let empty: vrec_video = unsafe { std::mem::zeroed() };
        let videos: Vec<vrec_video> = ids
            .iter()
            .zip(vectors)
            .map(|(id, vector)| vrec_video {
                struct_size: size_of::<vrec_video>(),
                id: id.as_ptr().cast(),
                id_len: id.len(),
                vector: vector.as_ptr(),
                vector_len: vector.len(),
                ..empty
            })
            .collect();
        let stride = size_of::<vrec_video>();
        // SAFETY: the videos and what they point to outlive the call.
        let status = unsafe {
            match videos.as_slice() {
                [one] => vrec_add_video(self.0, one, null(), null_mut()),
                several => vrec_add_videos(self.0, several.as_ptr(), several.len(), stride, null(), null_mut()),
            }
        };
        assert_eq!(status, VREC_OK);
    }

    /// Milliseconds of one search.
    fn search(self, id: &str) -> f64 {
        let mut results: *mut vrec_results = null_mut();
        let start = Instant::now();
        // SAFETY: the id is readable, `results` writable, all else may be null.
        let status =
            unsafe { vrec_similar(self.0, id.as_ptr().cast(), id.len(), null(), null(), &raw mut results, null_mut()) };
        let elapsed = start.elapsed();
        assert_eq!(status, VREC_OK);
        // SAFETY: made by the call above and used by nobody else.
        unsafe { vrec_results_destroy(results) };
        1e3 * elapsed.as_secs_f64()
    }

    fn searches(self, videos: usize) -> Vec<f64> {
        let search = |index: usize| self.search(&format!("v{}", index * 7_919 % videos));
        (0..WARM_UP).for_each(|index| {
            search(index);
        });
        let mut times: Vec<f64> = (0..SEARCHES).map(search).collect();
        times.sort_by(f64::total_cmp);
        times
    }
}

/// Adds videos at the rate that is asked for, or as fast as it goes, until told to stop; how many a
/// second it were.
fn write_until(engine: Engine, stop: &AtomicBool) -> f64 {
    let mut random = Random(2);
    let pause = Duration::from_secs(1) / VIDEOS_PER_SECOND;
    let start = Instant::now();
    let mut added = 0;
    while !stop.load(Ordering::Relaxed) {
        thread::sleep((pause * added).saturating_sub(start.elapsed()));
        engine.add(&[format!("w{added}")], &[random.vector()]);
        added += 1;
    }
    f64::from(added) / start.elapsed().as_secs_f64()
}

fn main() {
    let argument = std::env::args().skip(1).find(|argument| argument != "--bench");
    let videos = argument.map_or(100_000, |videos| videos.parse().expect("VIDEOS is a number"));
    let engine = Engine::new();
    let mut random = Random(1);
    for start in (0..videos).step_by(BATCH) {
        let ids: Vec<String> = (start..videos.min(start + BATCH)).map(|index| format!("v{index}")).collect();
        let vectors: Vec<Vec<f32>> = ids.iter().map(|_| random.vector()).collect();
        engine.add(&ids, &vectors);
    }
    let quiet = engine.searches(videos);
    let stop = AtomicBool::new(false);
    let (with_writer, per_second) = thread::scope(|scope| {
        let told = &stop;
        let writer = scope.spawn(move || write_until(engine, told));
        let times = engine.searches(videos);
        stop.store(true, Ordering::Relaxed);
        (times, writer.join().expect("the writer ends"))
    });
    let report = |name: &str, times: &[f64]| {
        let of = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
        println!("{name}: median {:.3} ms, 99 in 100 within {:.3} ms, slowest {:.3} ms", of(0.5), of(0.99), of(1.0));
        of(0.99)
    };
    println!("figure vectors.reader_p99_ms_quiet {:.3}", report("alone", &quiet));
    println!("figure vectors.reader_p99_ms_with_writer {:.3}", report("beside a writer", &with_writer));
    println!("figure vectors.writer_videos_per_second {per_second:.0}");
    // SAFETY: no other call on the engine runs any more.
    unsafe { vrec_destroy(engine.0) };
}
