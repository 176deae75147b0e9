//! The hand-over of searches to the pool's threads, in every order in which its steps can happen: the
//! source of the library is compiled here once more, over loom's primitives instead of the standard
//! library's, and run by loom (Norris and Demsky 2013, "CDSChecker: Checking Concurrent Data
//! Structures Written with C/C++ Atomics").
//!
//! `LOOM_MAX_PREEMPTIONS` overrides how many switches each order may force upon a running thread.

#[path = "../src/vectors/pool/hand_over.rs"]
mod hand_over;

/// What `src/vectors/pool/sync.rs` gives the library.
mod sync {
    pub use loom::sync::atomic::{AtomicUsize, Ordering};
    pub use loom::sync::{Condvar, Mutex, MutexGuard};

    /// A caller may see its workers end, or give up at once and sleep: longer spinning adds no order.
    pub fn spin_until(done: impl Fn() -> bool) -> bool {
        done()
    }

    pub fn unpoisoned<T>(result: std::sync::LockResult<T>) -> T {
        result.unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use hand_over::{HandOver, Task};
use loom::cell::UnsafeCell;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread::{self, JoinHandle};

/// Each piece is written without any lock: loom fails the test when two threads touch one, or when
/// what a worker wrote is not yet visible to the caller.
struct Pieces {
    next: AtomicUsize,
    done: Vec<UnsafeCell<usize>>,
}

impl Pieces {
    fn new(count: usize) -> Arc<Self> {
        Arc::new(Pieces { next: AtomicUsize::new(0), done: (0..count).map(|_| UnsafeCell::new(0)).collect() })
    }

    fn check(self: Arc<Self>) {
        let pieces = Arc::into_inner(self).expect("nothing holds the task any more");
        for piece in &pieces.done {
            // SAFETY: loom's cell tells of any access at the same time.
            assert_eq!(piece.with(|count| unsafe { *count }), 1);
        }
    }
}

// SAFETY: each piece belongs to the one thread that drew its number, and then to the caller; whether
// that holds is what loom checks.
unsafe impl Sync for Pieces {}

impl Task for Pieces {
    fn run(&self) {
        loop {
            let next = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(piece) = self.done.get(next) else {
                return;
            };
            // SAFETY: loom's cell tells of any access at the same time.
            piece.with_mut(|count| unsafe { *count += 1 });
        }
    }
}

/// Every order with at most `preemptions` forced switches.
fn explore(preemptions: usize, test: impl Fn() + Send + Sync + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound.get_or_insert(preemptions);
    model.check(test);
}

fn start_workers(hand_over: &Arc<HandOver>, count: usize) -> Vec<JoinHandle<()>> {
    let start = |_| {
        let hand_over = Arc::clone(hand_over);
        thread::spawn(move || hand_over.work())
    };
    (0..count).map(start).collect()
}

fn stop_workers(hand_over: &HandOver, workers: Vec<JoinHandle<()>>) {
    hand_over.stop();
    workers.into_iter().for_each(|worker| worker.join().expect("a worker never panics"));
}

fn share(hand_over: &HandOver, count: usize) {
    let pieces = Pieces::new(count);
    hand_over.run(Arc::clone(&pieces) as Arc<dyn Task>);
    pieces.check();
}

#[test]
fn a_caller_gets_all_pieces_back_from_its_workers() {
    for workers in [1, 2] {
        explore(3, move || {
            let hand_over = Arc::new(HandOver::default());
            let workers = start_workers(&hand_over, workers);
            share(&hand_over, 2);
            stop_workers(&hand_over, workers);
        });
    }
}

#[test]
fn calls_follow_each_other() {
    explore(3, || {
        let hand_over = Arc::new(HandOver::default());
        let workers = start_workers(&hand_over, 1);
        share(&hand_over, 1);
        share(&hand_over, 2);
        stop_workers(&hand_over, workers);
    });
}

#[test]
fn two_callers_share_a_worker() {
    explore(3, || {
        let hand_over = Arc::new(HandOver::default());
        let workers = start_workers(&hand_over, 1);
        let other = Arc::clone(&hand_over);
        let caller = thread::spawn(move || share(&other, 1));
        share(&hand_over, 2);
        caller.join().expect("the other caller's pieces are done");
        stop_workers(&hand_over, workers);
    });
}

#[test]
fn a_stop_may_come_at_any_time() {
    explore(3, || {
        let hand_over = Arc::new(HandOver::default());
        let workers = start_workers(&hand_over, 1);
        let other = Arc::clone(&hand_over);
        let stopping = thread::spawn(move || other.stop());
        share(&hand_over, 2);
        stopping.join().expect("stopping never panics");
        stop_workers(&hand_over, workers);
    });
}

/// Whoever draws the number panics: a worker, or the caller itself.
struct Panicking(AtomicUsize);

impl Task for Panicking {
    fn run(&self) {
        let drawn = self.0.fetch_add(1, Ordering::Relaxed);
        if drawn == 0 {
            std::panic::resume_unwind(Box::new("on purpose"));
        }
    }
}

#[test]
fn a_panic_reaches_the_caller_and_the_worker_lives_on() {
    explore(3, || {
        let hand_over = Arc::new(HandOver::default());
        let workers = start_workers(&hand_over, 1);
        let task = Arc::new(Panicking(AtomicUsize::new(0)));
        let shared = Arc::clone(&task) as Arc<dyn Task>;
        let payload = catch_unwind(AssertUnwindSafe(|| hand_over.run(shared))).expect_err("somebody panicked");
        assert_eq!(payload.downcast_ref::<&str>().copied(), Some("on purpose"));
        assert_eq!(Arc::strong_count(&task), 1);
        share(&hand_over, 1);
        stop_workers(&hand_over, workers);
    });
}
