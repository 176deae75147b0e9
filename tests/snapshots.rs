//! No read sees half a write: writers replace, add and remove batches whose videos carry the same
//! marker, in their titles and in their vectors, while readers ask for lists. `make test-tsan` runs
//! the same under ThreadSanitizer.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};

use vrec::domain::{CallOptions, Query, Recommendation, Status, Video};
use vrec::engine::{Engine, EngineOptions};

/// Videos of one batch, spread over the rows of [`FILLERS`] others.
const BATCH: usize = 48;
const FILLERS: usize = 1_500;
const WRITERS: usize = 2;
const READERS: usize = 3;
const GENERATIONS: usize = 120;

fn engine() -> Engine {
    Engine::new(EngineOptions::default()).expect("an engine without a model opens")
}

fn video(id: String, title: String, vector: [f32; 4]) -> Video {
    Video { id, title, vector: Some(vector.to_vec()), ..Video::default() }
}

/// The score that the seed of a writer gives the batch of a generation: above all fillers'.
fn score(generation: usize) -> f32 {
    0.6 + 0.3 * (generation % 7) as f32 / 7.0
}

/// A unit vector with this product with the seed of the writer, and one of zero with other seeds.
fn vector(writer: usize, product: f32) -> [f32; 4] {
    let mut vector = [0.0; 4];
    vector[writer] = product;
    vector[3] = (1.0 - product * product).sqrt();
    vector
}

fn seed(writer: usize) -> String {
    format!("seed-{writer}")
}

fn batch(writer: usize, generation: usize) -> Vec<Video> {
    let marked = |index| video(format!("{writer}-{index}"), format!("{generation}"), vector(writer, score(generation)));
    (0..BATCH).map(marked).collect()
}

/// Seeds, fillers, and between the fillers the batch of each writer's generation 0.
fn filled_engine() -> Engine {
    let engine = engine();
    let mut videos: Vec<Video> =
        (0..WRITERS).map(|writer| video(seed(writer), String::new(), vector(writer, 1.0))).collect();
    let mut batches: Vec<_> = (0..WRITERS).map(|writer| batch(writer, 0).into_iter()).collect();
    for filler in 0..FILLERS {
        videos.push(video(format!("filler-{filler}"), String::new(), [0.1, 0.1, 0.7, 0.7]));
        if filler % (FILLERS / BATCH) == 0 {
            videos.extend(batches.iter_mut().filter_map(Iterator::next));
        }
    }
    videos.extend(batches.into_iter().flatten());
    engine.add_videos(&videos, &CallOptions::default()).expect("videos are added");
    engine
}

fn list(engine: &Engine, writer: usize) -> Vec<Recommendation> {
    let query = Query { limit: 2 * BATCH, min_score: Some(0.5), ..Query::for_profile("p") };
    engine.similar(&seed(writer), &query, &CallOptions::default()).expect("the seed is there")
}

/// What a writer does in a generation.
fn write(engine: &Engine, writer: usize, generation: usize) {
    let call = CallOptions::default();
    match generation % 4 {
        1 => {
            let ids: Vec<String> = (0..BATCH).map(|index| format!("{writer}-{index}")).collect();
            let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
            engine.remove_videos(&ids).expect("the batch is there");
        }
        2 => {
            // Fails at its last video: readers are to see nothing of it.
            let mut failing = batch(writer, generation);
            failing.push(Video { vector: Some(vec![1.0; 5]), ..video("last".to_owned(), String::new(), [0.0; 4]) });
            let error = engine.add_videos(&failing, &call).expect_err("the last vector is too long");
            assert_eq!(error.status, Status::InvalidArgument);
        }
        _ => engine.add_videos(&batch(writer, generation), &call).expect("the batch is added"),
    }
}

/// The generation that a list shows, or none when the batch is removed. Panics over a mixture.
fn generation_of(list: &[Recommendation], writer: usize) -> Option<usize> {
    let first = list.first()?;
    let generation: usize = first.title.parse().expect("a title is a generation");
    assert_eq!(list.len(), BATCH, "a part of generation {generation}");
    assert!(generation % 4 != 1 && generation % 4 != 2, "generation {generation} was never there");
    let own = format!("{writer}-");
    assert!(list.iter().all(|video| video.title == first.title && video.id.starts_with(&own)));
    assert!(list.iter().all(|video| (video.score - score(generation)).abs() < 1e-3), "vectors of another generation");
    let ids: HashSet<&str> = list.iter().map(|video| &*video.id).collect();
    assert_eq!(ids.len(), BATCH);
    Some(generation)
}

/// Writes all generations of one writer.
fn run_writer(engine: &Engine, writer: usize, running: &AtomicUsize) {
    (1..GENERATIONS).for_each(|generation| write(engine, writer, generation));
    running.fetch_sub(1, Ordering::Release);
}

/// Asks for lists as long as anybody writes; how many new generations it saw.
fn run_reader(engine: &Engine, running: &AtomicUsize) -> usize {
    let mut latest = [0; WRITERS];
    let mut seen = 0;
    while running.load(Ordering::Acquire) > 0 {
        for (writer, latest) in latest.iter_mut().enumerate() {
            let Some(generation) = generation_of(&list(engine, writer), writer) else {
                continue;
            };
            assert!(generation >= *latest, "generation {generation} after {latest}");
            seen += usize::from(generation > *latest);
            *latest = generation;
        }
    }
    seen
}

/// The threads are joined one by one rather than by a scope: ThreadSanitizer sees that, and does not
/// see into the standard library, which is not built for it.
#[test]
fn readers_see_all_of_a_batch_or_none() {
    let engine = Arc::new(filled_engine());
    let running = Arc::new(AtomicUsize::new(WRITERS));
    let shared = || (Arc::clone(&engine), Arc::clone(&running));
    let write = |writer| {
        let (engine, running) = shared();
        thread::spawn(move || run_writer(&engine, writer, &running))
    };
    let read = |_| {
        let (engine, running) = shared();
        thread::spawn(move || run_reader(&engine, &running))
    };
    let writers: Vec<JoinHandle<()>> = (0..WRITERS).map(write).collect();
    let readers: Vec<JoinHandle<usize>> = (0..READERS).map(read).collect();
    writers.into_iter().for_each(|writer| writer.join().expect("a writer ends well"));
    let seen: usize = readers.into_iter().map(|reader| reader.join().expect("a reader ends well")).sum();
    for writer in 0..WRITERS {
        assert_eq!(generation_of(&list(&engine, writer), writer), Some(GENERATIONS - 1));
    }
    assert!(seen > 0, "no reader saw a batch come");
    assert_eq!(engine.count(), WRITERS * (1 + BATCH) + FILLERS);
}
