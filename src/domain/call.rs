//! How long a call may take: a deadline, and a token by which another thread can end it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::{Error, Result, Status};

/// A switch shared between the thread that makes a call and one that may want to end it. Clones
/// share the switch; once cancelled it stays cancelled.
#[derive(Debug, Clone, Default)]
pub struct CancelToken(Arc<AtomicBool>);

impl CancelToken {
    pub fn new() -> Self {
        CancelToken::default()
    }

    /// Ends every call that carries this token at its next check.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Release);
    }

    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// Bounds on one call. The default has none.
#[derive(Debug, Clone, Default)]
pub struct CallOptions {
    pub deadline: Option<Instant>,
    pub cancel: Option<CancelToken>,
}

impl CallOptions {
    /// A call that ends with [`Status::TimedOut`] once `timeout` has passed.
    pub fn with_timeout(timeout: Duration) -> Self {
        CallOptions { deadline: Instant::now().checked_add(timeout), cancel: None }
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
