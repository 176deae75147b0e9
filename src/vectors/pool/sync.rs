//! The primitives under the pool's hand-over, in one place so that its test can put others there.

pub use std::sync::atomic::{AtomicUsize, Ordering};
pub use std::sync::{Condvar, Mutex, MutexGuard};
use std::sync::{LockResult, PoisonError};
use std::time::{Duration, Instant};

/// Longest that a caller keeps its core while others finish: what is left is mostly shorter, and
/// falling asleep and being woken would cost more.
const SPIN: Duration = Duration::from_micros(20);

/// Waits for `done` without sleeping, for a short time; whether it came true.
pub fn spin_until(done: impl Fn() -> bool) -> bool {
    let start = Instant::now();
    while !done() {
        if start.elapsed() > SPIN {
            return false;
        }
        std::hint::spin_loop();
    }
    true
}

/// The guard of a lock, whose holder cannot have left anything half changed.
pub fn unpoisoned<T>(result: LockResult<T>) -> T {
    result.unwrap_or_else(PoisonError::into_inner)
}
