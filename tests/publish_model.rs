//! Publishing snapshots, in every order in which its steps can happen: the source of the library is
//! compiled here once more, over loom's primitives. The pointer to the newest snapshot is the one of
//! `arc-swap` in the library; here it is what that promises, an atomic variable that holds a count.

use std::sync::Arc;

use loom::cell::UnsafeCell;
use loom::thread;

#[path = "../src/engine/published.rs"]
mod published;

/// What `src/engine/sync.rs` gives the library.
mod sync {
    use std::sync::Arc;

    pub struct Mutex<T>(loom::sync::Mutex<T>);

    impl<T> Mutex<T> {
        pub fn new(value: T) -> Self {
            Mutex(loom::sync::Mutex::new(value))
        }

        pub fn lock(&self) -> loom::sync::MutexGuard<'_, T> {
            self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
        }
    }

    pub struct ArcSwap<T>(Mutex<Arc<T>>);

    impl<T> ArcSwap<T> {
        pub fn new(value: Arc<T>) -> Self {
            ArcSwap(Mutex::new(value))
        }

        pub fn load_full(&self) -> Arc<T> {
            Arc::clone(&self.0.lock())
        }

        pub fn store(&self, value: Arc<T>) {
            *self.0.lock() = value;
        }
    }
}

use published::Published;

/// A state of two halves that belong together. Loom fails the test when one is read while written.
struct Halves(UnsafeCell<usize>, UnsafeCell<usize>);

// SAFETY: written before it is published only; whether that holds is what loom checks.
unsafe impl Send for Halves {}
// SAFETY: as above.
unsafe impl Sync for Halves {}

impl Halves {
    fn new(value: usize) -> Self {
        Halves(UnsafeCell::new(value), UnsafeCell::new(value))
    }

    /// The value of both; panics when they differ.
    fn read(&self) -> usize {
        // SAFETY: loom's cell tells of any access at the same time.
        let of = |half: &UnsafeCell<usize>| half.with(|value| unsafe { *value });
        assert_eq!(of(&self.0), of(&self.1), "half a write");
        of(&self.0)
    }

    fn increase(&mut self) {
        for half in [&self.0, &self.1] {
            // SAFETY: as above.
            half.with_mut(|value| unsafe { *value += 1 });
            thread::yield_now();
        }
    }
}

impl Clone for Halves {
    fn clone(&self) -> Self {
        Halves::new(self.read())
    }
}

fn increase(published: &Published<Halves>) {
    let increased = published.change(
        |next, now| {
            next.increase();
            if next.read() == now.read() + 1 { Ok(()) } else { Err("the newest value changed under its writer") }
        },
        || assert!(published.load_full().read() > 0, "`then` comes before the value is published"),
    );
    assert_eq!(increased, Ok(()));
}

fn explore(test: impl Fn() + Send + Sync + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound.get_or_insert(3);
    model.check(test);
}

#[test]
fn a_reader_sees_whole_values_in_their_order() {
    explore(|| {
        let published = Arc::new(Published::new(Halves::new(0)));
        let of_writer = Arc::clone(&published);
        let writer = thread::spawn(move || (0..2).for_each(|_| increase(&of_writer)));
        let held = published.load_full();
        let first = held.read();
        assert!(published.load_full().read() >= first);
        assert_eq!(held.read(), first, "a value never changes under its reader");
        writer.join().expect("the writer ends");
        assert_eq!(published.load_full().read(), 2);
    });
}

#[test]
fn no_writers_change_is_lost() {
    explore(|| {
        let published = Arc::new(Published::new(Halves::new(0)));
        let of_other = Arc::clone(&published);
        let other = thread::spawn(move || increase(&of_other));
        increase(&published);
        other.join().expect("the other writer ends");
        assert_eq!(published.load_full().read(), 2);
    });
}

#[test]
fn a_change_that_fails_leaves_no_trace() {
    explore(|| {
        let published = Arc::new(Published::new(Halves::new(0)));
        let of_failing = Arc::clone(&published);
        let failing = thread::spawn(move || {
            let change = |next: &mut Halves, _: &Halves| {
                next.increase();
                Err("on purpose")
            };
            assert_eq!(of_failing.change(change, || panic!("nothing was published")), Err("on purpose"));
        });
        increase(&published);
        assert_eq!(published.load_full().read(), 1);
        failing.join().expect("the failing writer ends");
        assert_eq!(published.load_full().read(), 1);
    });
}
