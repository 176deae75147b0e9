//! How a search hands its work to sleeping threads and gets it back. Written over the primitives in
//! `sync`, so that `tests/pool_model.rs` compiles this very file over a model checker's and runs it
//! through every order of events.
//!
//! A caller opens a call, works on it itself, and closes it. Workers begin open calls only, so a caller
//! whose workers are busy elsewhere has lost nothing but a wake-up. A worker that comes back found
//! nothing left to begin, so it closes the call for the others.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

use super::sync::{AtomicUsize, Condvar, Mutex, MutexGuard, Ordering, spin_until, unpoisoned};

/// Work that several threads can do at the same time.
pub trait Task: Send + Sync {
    /// Takes pieces of the work, until none is left that no thread has taken. Called once on each
    /// thread that takes part; how many do is known to nobody beforehand.
    fn run(&self);
}

/// What a panic carries.
type Payload = Box<dyn Any + Send>;

/// One use of [`HandOver::run`].
struct Call {
    /// Workers inside the task. Changed under the lock of the state, and read without by the caller.
    working: AtomicUsize,
    /// Told when the last of them is done.
    done: Condvar,
    /// What the first worker that panicked said.
    panic: Mutex<Option<Payload>>,
}

/// A call that workers may still begin.
struct OpenCall {
    call: Arc<Call>,
    task: Arc<dyn Task>,
}

#[derive(Default)]
struct State {
    open: Vec<OpenCall>,
    /// Workers that sleep.
    idle: usize,
    stopped: bool,
}

/// See the module. All methods may be called from any thread.
#[derive(Default)]
pub struct HandOver {
    state: Mutex<State>,
    /// Told when there is an open call, or nothing to wait for any more.
    changed: Condvar,
}

impl HandOver {
    /// The standard library's locks rather than parking_lot's, which keeps all waiting threads of a
    /// process in one table: a fork may copy it while a worker changes it.
    fn state(&self) -> MutexGuard<'_, State> {
        unpoisoned(self.state.lock())
    }

    /// Runs the task on this thread, and on every worker that is free before this thread is done with
    /// it; returns when all that began it have ended, and nothing here holds the task any more. A panic
    /// of any of them is raised here.
    pub fn run(&self, task: Arc<dyn Task>) {
        let call = Arc::new(Call { working: AtomicUsize::new(0), done: Condvar::new(), panic: Mutex::new(None) });
        self.open(OpenCall { call: Arc::clone(&call), task: Arc::clone(&task) });
        let own = catch_unwind(AssertUnwindSafe(|| task.run()));
        self.close_and_wait(&call);
        let of_workers = unpoisoned(call.panic.lock()).take();
        if let Some(payload) = own.err().or(of_workers) {
            resume_unwind(payload);
        }
    }

    fn open(&self, open: OpenCall) {
        let mut state = self.state();
        if state.stopped {
            return;
        }
        state.open.push(open);
        let sleeping = state.idle > 0;
        drop(state);
        if sleeping {
            self.changed.notify_all();
        }
    }

    fn close_and_wait(&self, call: &Arc<Call>) {
        let mut state = self.state();
        state.close(call);
        drop(state);
        // From here on the number only falls.
        if spin_until(|| call.working.load(Ordering::Acquire) == 0) {
            return;
        }
        state = self.state();
        while call.working.load(Ordering::Acquire) > 0 {
            state = unpoisoned(call.done.wait(state));
        }
    }

    /// The life of a worker: begins calls and sleeps in between, until [`HandOver::stop`].
    pub fn work(&self) {
        while let Some(OpenCall { call, task }) = self.begin() {
            let outcome = catch_unwind(AssertUnwindSafe(|| task.run()));
            drop(task);
            if let Err(payload) = outcome {
                unpoisoned(call.panic.lock()).get_or_insert(payload);
            }
            self.end(&call);
        }
    }

    /// The open call that has the fewest workers, the oldest of several; none after the stop.
    fn begin(&self) -> Option<OpenCall> {
        let mut state = self.state();
        loop {
            if state.stopped {
                return None;
            }
            let working = |open: &&OpenCall| open.call.working.load(Ordering::Relaxed);
            if let Some(OpenCall { call, task }) = state.open.iter().min_by_key(working) {
                call.working.fetch_add(1, Ordering::Relaxed);
                return Some(OpenCall { call: Arc::clone(call), task: Arc::clone(task) });
            }
            state.idle += 1;
            state = unpoisoned(self.changed.wait(state));
            state.idle -= 1;
        }
    }

    fn end(&self, call: &Arc<Call>) {
        let mut state = self.state();
        state.close(call);
        if call.working.fetch_sub(1, Ordering::Release) == 1 {
            call.done.notify_one();
        }
    }

    /// Ends the workers, those at work when they are done. Searches go on, each on its own thread.
    pub fn stop(&self) {
        let mut state = self.state();
        state.stopped = true;
        state.open.clear();
        drop(state);
        self.changed.notify_all();
    }
}

impl State {
    /// No worker begins the call any more.
    fn close(&mut self, call: &Arc<Call>) {
        self.open.retain(|open| !Arc::ptr_eq(&open.call, call));
    }
}
