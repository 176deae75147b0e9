//! Videos that were added and wait for their vectors, and the thread that embeds them, which runs
//! only where the engine's options ask for it.
//!
//! A video is current as long as nothing newer was said of its id: the vector of one that was
//! replaced or removed meanwhile is dropped. What cannot be embedded is reported to whoever waits,
//! never printed or logged, since no call of the host runs on this thread.

use std::collections::{BTreeMap, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::shared::Shared;
use crate::domain::{CallOptions, CancelToken, Error, Result, Status, ThreadHost, Video};
use crate::ranking::CatalogueVideo;
use crate::store::Store;

/// Videos embedded and published together: enough for full batches, few enough to land soon.
const VIDEOS_AT_ONCE: usize = 32;

/// How often a waiting caller looks at its deadline and its cancel token.
const WAIT_SLICE: Duration = Duration::from_millis(20);

/// A video's place in the queue; a later one for the same id takes it.
type Ticket = u64;

/// See the module. All methods may be called from any thread.
#[derive(Default)]
pub struct EmbeddingQueue {
    state: Mutex<State>,
    changed: Condvar,
    /// Ends what the thread is doing.
    stop: CancelToken,
}

#[derive(Default)]
struct State {
    /// The videos that wait or are being embedded, in the order of their tickets. A video leaves when
    /// it has landed or failed, or when something newer was said of its id.
    jobs: BTreeMap<Ticket, Arc<Video>>,
    /// The ticket of each of their ids.
    tickets: HashMap<String, Ticket>,
    last_ticket: Ticket,
    bytes: usize,
    landed: u64,
    failed: u64,
    /// Why the thread rests with jobs left.
    resting: Option<Rest>,
    /// What the thread failed of: it is of no more use.
    fatal: Option<Error>,
    /// Why the last video that failed did.
    last_failure: Option<Error>,
}

struct Rest {
    error: Error,
    /// Only somebody who waits or opens the model tries again: trying costs too much for each video.
    until_asked: bool,
}

/// A job that the thread works on; the queue keeps it, too.
struct Job {
    ticket: Ticket,
    video: Arc<Video>,
}

/// What the queue holds and did.
#[derive(Debug, Clone, Copy, Default)]
pub struct QueueReading {
    pub waiting: usize,
    pub failed: u64,
    pub bytes: usize,
}

impl EmbeddingQueue {
    /// The standard library's locks, for once: parking_lot keeps all waiting threads of a process in
    /// one table, which a fork may copy while this thread changes it.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn reading(&self) -> QueueReading {
        let state = self.state();
        QueueReading { waiting: state.jobs.len(), failed: state.failed, bytes: state.bytes }
    }

    /// Takes videos that were just added; to be called under the writer's lock.
    pub fn put(&self, videos: Vec<Video>) {
        let mut state = self.state();
        for video in videos {
            state.drop_job_of(&video.id);
            state.last_ticket += 1;
            let ticket = state.last_ticket;
            state.bytes += job_bytes(&video);
            state.tickets.insert(video.id.clone(), ticket);
            state.jobs.insert(ticket, Arc::new(video));
        }
        state.wake(false);
        self.changed.notify_all();
    }

    /// Bytes of the waiting videos but those with these ids.
    pub fn bytes_beside<'a>(&self, ids: impl IntoIterator<Item = &'a str>) -> usize {
        let state = self.state();
        let of_ids = ids.into_iter().filter_map(|id| state.jobs.get(state.tickets.get(id)?));
        state.bytes - of_ids.map(|video| job_bytes(video)).sum::<usize>()
    }

    /// Tries again what rests.
    pub fn try_again(&self) {
        self.state().wake(true);
        self.changed.notify_all();
    }

    /// Nothing is to land for these ids any more; to be called under the writer's lock.
    pub fn forget<'a>(&self, ids: impl IntoIterator<Item = &'a str>) {
        let mut state = self.state();
        ids.into_iter().for_each(|id| state.drop_job_of(id));
        state.wake(false);
        self.changed.notify_all();
    }

    /// Waits until every video has its vector. Fails with what keeps the thread from going on, or
    /// with why a video failed since the last wait.
    pub fn wait(&self, call: &CallOptions) -> Result<()> {
        let mut state = self.state();
        state.wake(true);
        self.changed.notify_all();
        let before = state.landed;
        let mut reported = None;
        loop {
            call.check()?;
            let (done, left) = ((state.landed - before) as usize, state.jobs.len());
            if reported != Some((done, left)) && done + left > 0 {
                reported = Some((done, left));
                // The listener may take its time, and the thread goes on meanwhile.
                drop(state);
                call.report(done, done + left);
                state = self.state();
                continue;
            }
            if left == 0 {
                return state.last_failure.take().map_or(Ok(()), Err);
            }
            if let Some(error) = state.fatal.as_ref().or(state.resting.as_ref().map(|rest| &rest.error)) {
                return Err(error.clone());
            }
            if self.stop.is_cancelled() {
                let message = "the embedding thread has ended with the process; nothing embeds what waits";
                return Err(Error::new(Status::Cancelled, message));
            }
            state = self.changed.wait_timeout(state, WAIT_SLICE).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits for jobs and takes the oldest; none when the engine is going.
    fn take(&self) -> Vec<Job> {
        let mut state = self.state();
        loop {
            if self.stop.is_cancelled() {
                return Vec::new();
            }
            if state.resting.is_none() && state.fatal.is_none() && !state.jobs.is_empty() {
                let oldest = state.jobs.iter().take(VIDEOS_AT_ONCE);
                return oldest.map(|(ticket, video)| Job { ticket: *ticket, video: Arc::clone(video) }).collect();
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Whether each job is still current; to be called under the writer's lock.
    fn are_current(&self, jobs: &[Job]) -> Vec<bool> {
        let state = self.state();
        jobs.iter().map(|job| state.jobs.contains_key(&job.ticket)).collect()
    }

    /// Ends the jobs that are still current: landed, or failed.
    fn finish(&self, jobs: &[Job], failure: Option<Error>) {
        let mut state = self.state();
        let before = state.jobs.len();
        for job in jobs {
            if state.jobs.contains_key(&job.ticket) {
                state.drop_job_of(&job.video.id);
            }
        }
        let ended = (before - state.jobs.len()) as u64;
        match failure {
            None => state.landed += ended,
            Some(error) if ended > 0 => {
                state.failed += ended;
                state.last_failure = Some(error);
            }
            Some(_) => {}
        }
        self.changed.notify_all();
    }

    /// Rests, with all jobs left: until somebody asks, or until anything changes.
    fn rest(&self, error: Error, until_asked: bool) {
        self.state().resting = Some(Rest { error, until_asked });
        self.changed.notify_all();
    }

    fn fail_for_good(&self, error: Error) {
        self.state().fatal = Some(error);
        self.changed.notify_all();
    }

    fn end(&self) {
        self.stop.cancel();
        let _state = self.state();
        self.changed.notify_all();
    }
}

impl State {
    fn wake(&mut self, asked: bool) {
        if asked || self.resting.as_ref().is_some_and(|rest| !rest.until_asked) {
            self.resting = None;
        }
    }

    fn drop_job_of(&mut self, id: &str) {
        let dropped = self.tickets.remove(id).and_then(|ticket| self.jobs.remove(&ticket));
        self.bytes -= dropped.map_or(0, |video| job_bytes(&video));
    }
}

/// What the entries of the two maps take beyond their contents, roughly.
const ENTRY_BYTES: usize = 128;

/// What a short string takes beyond its length: itself, and the least that an allocator gives.
const STRING_BYTES: usize = size_of::<String>() + 32;

/// What a waiting video takes.
pub fn job_bytes(video: &Video) -> usize {
    size_of::<Video>()
        + ENTRY_BYTES
        + 2 * video.id.len()
        + video.bytes()
        + video.lists().iter().map(|list| list.len()).sum::<usize>() * STRING_BYTES
}

/// The thread of one engine; dropping it ends the thread, after the model's run that is under way.
pub struct EmbeddingThread {
    shared: Arc<Shared>,
    handle: Option<JoinHandle<()>>,
}

impl EmbeddingThread {
    pub fn start(shared: Arc<Shared>, host: ThreadHost) -> Result<Self> {
        let of_thread = Arc::clone(&shared);
        let body = Box::new(move || embed_until_stopped(&of_thread));
        let to_stop = Arc::downgrade(&shared);
        let stop = Box::new(move || to_stop.upgrade().into_iter().for_each(|shared| shared.queue.end()));
        (host.code_loaded)();
        let handle = (host.spawn)("vrec-embedding", body, stop).map_err(|error| {
            Error::new(Status::Internal, format!("the embedding thread cannot be started: {error}"))
        })?;
        Ok(EmbeddingThread { shared, handle: Some(handle) })
    }
}

impl Drop for EmbeddingThread {
    fn drop(&mut self) {
        self.shared.queue.end();
        if let Some(handle) = self.handle.take() {
            // It catches its own panics, so there is nothing to learn from the result.
            let _ = handle.join();
        }
    }
}

fn embed_until_stopped(shared: &Shared) {
    let queue = &shared.queue;
    loop {
        let jobs = queue.take();
        if jobs.is_empty() {
            return;
        }
        let outcome = catch_unwind(AssertUnwindSafe(|| embed_jobs(shared, jobs)));
        if let Err(payload) = outcome {
            shared.set_faulted();
            let text = payload.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("panic");
            let message = format!("the embedding thread failed inside the library, please report it: {text}");
            queue.fail_for_good(Error::new(Status::Internal, message));
        }
    }
}

/// Embeds and publishes the jobs: together, or one by one when together they fail, so that one bad
/// video keeps no other waiting.
fn embed_jobs(shared: &Shared, jobs: Vec<Job>) {
    let Err(error) = land(shared, &jobs) else {
        return;
    };
    if concerns_all(shared, &error) {
        let until_asked = shared.encoder_fails_with(error.status);
        return shared.queue.rest(error, until_asked);
    }
    let mut failures = Vec::new();
    let count = jobs.len();
    for job in jobs {
        if let Err(error) = land(shared, std::slice::from_ref(&job)) {
            failures.push((job, error));
        }
    }
    // Nothing at all could be run: more likely the device's fault than each video's.
    let all_failed_to_run =
        failures.len() == count && failures.iter().all(|(_, error)| error.status == Status::Runtime);
    for (job, error) in failures {
        let error = error.within(&format!("video {:?}", job.video.id));
        if all_failed_to_run || concerns_all(shared, &error) {
            return shared.queue.rest(error, false);
        }
        shared.queue.finish(&[job], Some(error));
    }
}

/// Whether a failure says nothing of the videos themselves: they go on waiting.
fn concerns_all(shared: &Shared, error: &Error) -> bool {
    matches!(error.status, Status::Cancelled | Status::Faulted | Status::MemoryLimit)
        || shared.encoder_fails_with(error.status)
}

fn land(shared: &Shared, jobs: &[Job]) -> Result<()> {
    shared.check_writable()?;
    let call = CallOptions { cancel: Some(shared.queue.stop.clone()), ..CallOptions::default() };
    let videos: Vec<Video> = jobs.iter().map(|job| Video::clone(&job.video)).collect();
    let entries = shared.prepare(&videos, &call)?;
    shared.publish_beside(
        // What lands leaves the queue, so it counts once.
        || shared.queue.bytes_beside(jobs.iter().map(|job| job.video.id.as_str())),
        |snapshot| {
            let current = shared.queue.are_current(jobs);
            let landing = videos.iter().zip(entries).zip(current).filter(|(_, current)| *current);
            let (videos, entries): (Vec<Video>, Vec<CatalogueVideo>) =
                landing.map(|((video, entry), _)| (video.clone(), entry)).unzip();
            let stored = shared.to_store(&videos, &entries);
            let items = snapshot.put_videos(entries)?;
            let learned = snapshot.save_places(&items);
            Ok(move |store: &Store| stored.map_or(Ok(()), |stored| stored.write(store, &learned)))
        },
        || shared.queue.finish(jobs, None),
    )
}
