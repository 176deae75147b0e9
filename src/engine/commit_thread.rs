//! The thread that makes events durable when they are due, which runs only where the engine's options
//! ask for it. It knows no profile and no video: it looks when the store has something to do, and waits.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use super::shared::Shared;
use crate::domain::{Error, Result, Status, ThreadHost};

/// The thread of one engine; dropping it ends the thread, after the commit that is under way.
pub struct CommitThread {
    bell: Arc<Bell>,
    handle: Option<JoinHandle<()>>,
}

/// Wakes the thread. The standard library's locks, as in [`super::queue`].
#[derive(Default)]
struct Bell {
    state: Mutex<BellState>,
    rung: Condvar,
}

#[derive(Default)]
struct BellState {
    has_ended: bool,
    /// Something may be due earlier than the thread thinks.
    has_news: bool,
}

impl Bell {
    fn state(&self) -> MutexGuard<'_, BellState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ring(&self) {
        self.state().has_news = true;
        self.rung.notify_all();
    }

    fn end(&self) {
        self.state().has_ended = true;
        self.rung.notify_all();
    }

    /// Waits until `due` or a ring; false when it is over.
    fn wait(&self, due: Option<Instant>) -> bool {
        let mut state = self.state();
        while !state.has_ended && !state.has_news {
            state = match due.map(|due| due.saturating_duration_since(Instant::now())) {
                Some(left) if left.is_zero() => break,
                Some(left) => self.rung.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0,
                None => self.rung.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
        state.has_news = false;
        !state.has_ended
    }
}

impl CommitThread {
    pub fn start(shared: Arc<Shared>, host: ThreadHost) -> Result<Self> {
        let bell = Arc::new(Bell::default());
        let (of_thread, to_stop) = (Arc::clone(&bell), Arc::clone(&bell));
        let body = Box::new(move || commit_until_stopped(&shared, &of_thread));
        let handle = (host.spawn)("vrec-commit", body, Box::new(move || to_stop.end()))
            .map_err(|error| Error::new(Status::Internal, format!("the commit thread cannot be started: {error}")))?;
        Ok(CommitThread { bell, handle: Some(handle) })
    }

    /// Events with a time were recorded.
    pub fn look_again(&self) {
        self.bell.ring();
    }
}

impl Drop for CommitThread {
    fn drop(&mut self) {
        self.bell.end();
        if let Some(handle) = self.handle.take() {
            // It catches its own panics, so there is nothing to learn from the result.
            let _ = handle.join();
        }
    }
}

fn commit_until_stopped(shared: &Shared, bell: &Bell) {
    let Some(store) = &shared.store else {
        return;
    };
    while bell.wait(store.due()) {
        // A failure is kept by the store, which tries again later and tells in its statistics.
        if catch_unwind(AssertUnwindSafe(|| store.commit_due())).is_err() {
            shared.set_faulted();
            return;
        }
    }
}
