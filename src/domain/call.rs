//! How long a call may take: a deadline, and a token by which another thread can end it.

use std::fmt;
use std::sync::Arc;
#[cfg(test)]
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::{Error, Result, Status};

/// A switch shared between the thread that makes a call and one that may want to end it. Clones
/// share the switch; once cancelled it stays cancelled.
#[derive(Debug, Clone, Default)]
pub struct CancelToken {
    is_cancelled: Arc<AtomicBool>,
    /// How many looks there have been, and the one at which the token cancels itself.
    #[cfg(test)]
    looks: Arc<(AtomicUsize, Option<usize>)>,
}

impl CancelToken {
    pub fn new() -> Self {
        CancelToken::default()
    }

    /// Ends every call that carries this token at its next check.
    pub fn cancel(&self) {
        self.is_cancelled.store(true, Ordering::Release);
    }

    pub fn is_cancelled(&self) -> bool {
        #[cfg(test)]
        self.count_look();
        self.is_cancelled.load(Ordering::Acquire)
    }
}

#[cfg(test)]
impl CancelToken {
    /// One that is cancelled when it is looked at for the time with this number, the first being 0.
    pub fn at_look(number: usize) -> CancelToken {
        CancelToken { looks: Arc::new((AtomicUsize::new(0), Some(number))), ..CancelToken::default() }
    }

    /// How often it was looked at.
    pub fn looks(&self) -> usize {
        self.looks.0.load(Ordering::Relaxed)
    }

    fn count_look(&self) {
        if Some(self.looks.0.fetch_add(1, Ordering::Relaxed)) == self.looks.1 {
            self.cancel();
        }
    }
}

/// Told how much of a call is done, on the thread that makes the call, between pieces of work.
#[derive(Clone)]
pub struct Progress(Arc<dyn Fn(u64, u64) + Send + Sync>);

impl Progress {
    /// `listener` receives what is done and what there is in all.
    pub fn new(listener: impl Fn(u64, u64) + Send + Sync + 'static) -> Self {
        Progress(Arc::new(listener))
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Progress")
    }
}

/// Bounds on one call, and who hears how far it is. The default has none and nobody.
#[derive(Debug, Clone, Default)]
pub struct CallOptions {
    pub deadline: Option<Instant>,
    pub cancel: Option<CancelToken>,
    pub progress: Option<Progress>,
}

impl CallOptions {
    /// The default, to be borrowed for as long as need be.
    pub const UNBOUNDED: CallOptions = CallOptions { deadline: None, cancel: None, progress: None };

    /// A call that ends with [`Status::TimedOut`] once `timeout` has passed.
    pub fn with_timeout(timeout: Duration) -> Self {
        CallOptions { deadline: Instant::now().checked_add(timeout), ..CallOptions::default() }
    }

    /// Tells whoever listens that `done` of `total` is done.
    pub fn report(&self, done: usize, total: usize) {
        if let Some(Progress(listener)) = &self.progress {
            listener(done as u64, total as u64);
        }
    }

    /// The same bounds for a part of the work: what it reports counts from `before` on, of `total`.
    pub fn part(&self, before: usize, total: usize) -> CallOptions {
        let within =
            |Progress(listener): Progress| Progress::new(move |done, _| listener(before as u64 + done, total as u64));
        CallOptions { progress: self.progress.clone().map(within), ..self.clone() }
    }

    /// The same bounds, and nobody hears how far it is.
    pub fn silent(&self) -> CallOptions {
        CallOptions { progress: None, ..self.clone() }
    }

    /// The same as [`CallOptions::check`] once in `pieces` of work, of which `done` are done.
    pub fn check_every(&self, pieces: usize, done: usize) -> Result<()> {
        if done.is_multiple_of(pieces) { self.check() } else { Ok(()) }
    }

    /// Fails when the call was cancelled or is out of time; called between pieces of work.
    pub fn check(&self) -> Result<()> {
        if self.cancel.as_ref().is_some_and(CancelToken::is_cancelled) {
            return Err(Error::new(Status::Cancelled, "the call was cancelled by its token"));
        }
        if self.deadline.is_some_and(|at| Instant::now() >= at) {
            return Err(Error::new(Status::TimedOut, "the call's timeout_ms has passed"));
        }
        Ok(())
    }
}
