//! Threads that help with what can be shared out, searches and training: started when first needed, asleep in between,
//! shared by all callers. A thread costs more to start than a search of a small catalogue takes, so they are kept, and
//! so small searches should not come here at all.

mod hand_over;
mod sync;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

pub use hand_over::Task;

use crate::domain::{ThreadBody, ThreadHost, ThreadStop};
use hand_over::HandOver;

/// See the module. Dropping it ends the threads, those at work when they are done.
///
/// All methods may be called from any thread; in a process forked from the pool's, none may.
pub struct Pool {
    hand_over: Arc<HandOver>,
    host: ThreadHost,
    /// Of its threads.
    name: &'static str,
    /// Workers to start: one less than the threads of a search.
    workers: usize,
    started: AtomicBool,
    threads: Mutex<Threads>,
}

#[derive(Default)]
struct Threads {
    handles: Vec<JoinHandle<()>>,
    /// Why not all could be started.
    failure: Option<String>,
}

impl Pool {
    /// A pool for work on `threads` threads, the caller's own included; nothing is started yet. The name of its threads
    /// has at most 15 bytes of ASCII.
    pub fn new(threads: usize, host: ThreadHost, name: &'static str) -> Self {
        Pool {
            hand_over: Arc::default(),
            host,
            name,
            workers: threads.saturating_sub(1),
            started: AtomicBool::new(false),
            threads: Mutex::default(),
        }
    }

    /// Most threads that work on one task at the same time, the caller's own included.
    pub fn threads(&self) -> usize {
        self.workers + 1
    }

    /// Runs the task on this thread, and on every worker that is free before this thread is done with
    /// it; the first call starts them. Callers never wait for each other: those that come while all
    /// workers are busy work alone.
    ///
    /// When it returns, every thread that began the task has ended it, what they wrote is visible
    /// here, and the pool has let go of it, so that [`Arc::into_inner`] gives it back. The task may
    /// block nobody but itself, and must not hold what owns this pool.
    ///
    /// # Panics
    /// With what the task panicked with, on whatever thread.
    pub fn run(&self, task: Arc<dyn Task>) {
        if self.workers == 0 {
            return task.run();
        }
        if !self.started.load(Ordering::Acquire) {
            self.start();
        }
        self.hand_over.run(task);
    }

    /// Once for each pool, why fewer threads than asked for could be started.
    pub fn take_failure(&self) -> Option<String> {
        // Starting is under way as long as another thread has the lock.
        self.threads.try_lock().ok()?.failure.take()
    }

    /// Starts the workers. A caller that comes while another does this goes on without them.
    fn start(&self) {
        let Ok(mut threads) = self.threads.try_lock() else {
            return;
        };
        if self.started.load(Ordering::Relaxed) {
            return;
        }
        for _ in 0..self.workers {
            match self.spawn() {
                Ok(handle) => threads.handles.push(handle),
                Err(error) => {
                    let (started, asked) = (threads.handles.len(), self.workers);
                    let why = format!("{started} of {asked} {} threads could be started: {error}", self.name);
                    threads.failure = Some(why);
                    break;
                }
            }
        }
        self.started.store(true, Ordering::Release);
    }

    fn spawn(&self) -> std::io::Result<JoinHandle<()>> {
        let of_thread = Arc::clone(&self.hand_over);
        let body: ThreadBody = Box::new(move || of_thread.work());
        let to_stop = Arc::downgrade(&self.hand_over);
        let stop: ThreadStop = Box::new(move || to_stop.upgrade().into_iter().for_each(|hand_over| hand_over.stop()));
        (self.host.spawn)(self.name, body, stop)
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.hand_over.stop();
        let threads = self.threads.get_mut().unwrap_or_else(PoisonError::into_inner);
        for handle in threads.handles.drain(..) {
            // It catches its own panics, so there is nothing to learn from the result.
            let _ = handle.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::atomic::AtomicUsize;
    use std::sync::{Barrier, Condvar};
    use std::thread::{Builder, ThreadId};
    use std::time::Duration;

    use super::*;

    fn spawn(name: &'static str, body: ThreadBody, _stop: ThreadStop) -> io::Result<JoinHandle<()>> {
        Builder::new().name(name.to_owned()).spawn(body)
    }

    fn pool(threads: usize) -> Pool {
        Pool::new(threads, ThreadHost { spawn, code_loaded: || () }, "test")
    }

    /// Pieces of work, each of which counts how often it was done.
    struct Pieces {
        next: AtomicUsize,
        done: Vec<AtomicUsize>,
    }

    impl Pieces {
        fn new(count: usize) -> Arc<Self> {
            Arc::new(Pieces { next: AtomicUsize::new(0), done: (0..count).map(|_| AtomicUsize::new(0)).collect() })
        }

        fn are_done_once(self: Arc<Self>) -> bool {
            let pieces = Arc::into_inner(self).expect("the pool has let go of the task");
            pieces.done.into_iter().all(|count| count.into_inner() == 1)
        }
    }

    impl Task for Pieces {
        fn run(&self) {
            while let Some(piece) = self.done.get(self.next.fetch_add(1, Ordering::Relaxed)) {
                piece.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Runs until `threads` threads are inside at the same time, and notes who they are.
    struct Gathering {
        threads: usize,
        met: Mutex<Vec<ThreadId>>,
        changed: Condvar,
    }

    impl Gathering {
        fn of(threads: usize) -> Arc<Self> {
            Arc::new(Gathering { threads, met: Mutex::default(), changed: Condvar::new() })
        }

        fn members(&self) -> Vec<ThreadId> {
            let mut members = self.met.lock().unwrap().clone();
            members.sort_by_key(|id| format!("{id:?}"));
            members.dedup();
            members
        }
    }

    impl Task for Gathering {
        fn run(&self) {
            let mut met = self.met.lock().unwrap();
            met.push(std::thread::current().id());
            self.changed.notify_all();
            while met.len() < self.threads {
                met = self.changed.wait(met).unwrap();
            }
        }
    }

    #[test]
    fn every_piece_is_done_once() {
        for threads in [0, 1, 2, 5] {
            let pool = pool(threads);
            for count in [0, 1, 7, 5_000] {
                let pieces = Pieces::new(count);
                pool.run(Arc::clone(&pieces) as Arc<dyn Task>);
                assert!(pieces.are_done_once(), "{count} pieces on {threads} threads");
            }
        }
    }

    #[test]
    fn all_workers_take_part_and_are_the_same_each_time() {
        let pool = pool(4);
        assert_eq!((pool.threads(), pool.threads.lock().unwrap().handles.len()), (4, 0));
        let gather = || {
            let gathering = Gathering::of(4);
            pool.run(Arc::clone(&gathering) as Arc<dyn Task>);
            gathering.members()
        };
        let members = gather();
        assert_eq!(members.len(), 4);
        assert!(members.contains(&std::thread::current().id()));
        assert_eq!(gather(), members);
        assert_eq!(pool.threads.lock().unwrap().handles.len(), 3);
    }

    #[test]
    fn many_callers_share_the_workers() {
        let pool = pool(3);
        std::thread::scope(|scope| {
            for _ in 0..6 {
                scope.spawn(|| {
                    for count in 0..400 {
                        let pieces = Pieces::new(count);
                        pool.run(Arc::clone(&pieces) as Arc<dyn Task>);
                        assert!(pieces.are_done_once());
                    }
                });
            }
        });
    }

    /// Holds every thread that runs it until the barrier's last member comes.
    struct Held(Barrier);

    impl Task for Held {
        fn run(&self) {
            self.0.wait();
        }
    }

    #[test]
    fn a_caller_goes_on_alone_while_the_workers_are_busy() {
        let pool = pool(2);
        let held = Arc::new(Held(Barrier::new(3)));
        std::thread::scope(|scope| {
            // Its caller and the worker both wait for the third, which comes after the other caller is done.
            scope.spawn(|| pool.run(Arc::clone(&held) as Arc<dyn Task>));
            while Arc::strong_count(&held) < 4 {
                std::thread::sleep(Duration::from_millis(1));
            }
            let pieces = Pieces::new(1_000);
            pool.run(Arc::clone(&pieces) as Arc<dyn Task>);
            assert!(pieces.are_done_once());
            held.0.wait();
        });
    }

    /// Panics on the workers, or on the thread that calls, once both are there.
    struct Panicking {
        gathering: Arc<Gathering>,
        on_worker: bool,
    }

    impl Task for Panicking {
        fn run(&self) {
            self.gathering.run();
            let is_worker = std::thread::current().name() == Some("test");
            assert!(is_worker != self.on_worker, "on purpose");
        }
    }

    #[test]
    fn a_panic_on_any_thread_is_the_callers_and_the_pool_goes_on() {
        let pool = pool(2);
        for on_worker in [true, false, true] {
            let task = Arc::new(Panicking { gathering: Gathering::of(2), on_worker });
            let outcome = catch_unwind(AssertUnwindSafe(|| pool.run(Arc::clone(&task) as Arc<dyn Task>)));
            let payload = outcome.expect_err("the panic is raised again");
            assert_eq!(payload.downcast_ref::<&str>().copied(), Some("on purpose"));
            assert_eq!(Arc::strong_count(&task), 1);
            let gathering = Gathering::of(2);
            pool.run(Arc::clone(&gathering) as Arc<dyn Task>);
            assert_eq!(gathering.members().len(), 2, "the worker is there again");
        }
    }

    static SPAWNED_AND_STOPPED: Mutex<Vec<ThreadStop>> = Mutex::new(Vec::new());

    fn spawn_and_keep_stop(name: &'static str, body: ThreadBody, stop: ThreadStop) -> io::Result<JoinHandle<()>> {
        SPAWNED_AND_STOPPED.lock().unwrap().push(stop);
        spawn(name, body, Box::new(|| ()))
    }

    #[test]
    fn stopped_workers_end_and_callers_go_on_alone() {
        let pool = Pool::new(3, ThreadHost { spawn: spawn_and_keep_stop, code_loaded: || () }, "test");
        pool.run(Gathering::of(3));
        let stops = std::mem::take(&mut *SPAWNED_AND_STOPPED.lock().unwrap());
        assert_eq!(stops.len(), 2);
        stops[0]();
        let ended = || pool.threads.lock().unwrap().handles.iter().all(JoinHandle::is_finished);
        while !ended() {
            std::thread::sleep(Duration::from_millis(1));
        }
        let pieces = Pieces::new(100);
        pool.run(Arc::clone(&pieces) as Arc<dyn Task>);
        assert!(pieces.are_done_once());
        drop(pool);
        stops[1]();
    }

    fn refuse_the_second(name: &'static str, body: ThreadBody, stop: ThreadStop) -> io::Result<JoinHandle<()>> {
        static ASKED: AtomicUsize = AtomicUsize::new(0);
        match ASKED.fetch_add(1, Ordering::Relaxed) {
            0 => spawn(name, body, stop),
            _ => Err(io::Error::other("no more threads")),
        }
    }

    #[test]
    fn with_fewer_threads_than_asked_for_it_works_and_says_so_once() {
        let pool = Pool::new(5, ThreadHost { spawn: refuse_the_second, code_loaded: || () }, "test");
        pool.run(Gathering::of(2));
        assert_eq!(pool.take_failure().as_deref(), Some("1 of 4 test threads could be started: no more threads"));
        assert_eq!(pool.take_failure(), None);
        pool.run(Gathering::of(2));
        assert_eq!(pool.take_failure(), None);
    }
}
