//! One value that readers take as it is and writers replace as a whole. Written over the primitives in
//! `sync`, so that `tests/publish_model.rs` compiles this very file over a model checker's and runs it
//! through every order of events.

use std::sync::Arc;

use super::sync::{ArcSwap, Mutex};

/// The newest of a row of immutable values. All methods may be called from any thread.
pub struct Published<T> {
    newest: ArcSwap<T>,
    writer: Mutex<()>,
}

impl<T: Clone> Published<T> {
    pub fn new(value: T) -> Self {
        Published { newest: ArcSwap::new(Arc::new(value)), writer: Mutex::new(()) }
    }

    /// The newest value; never waits.
    pub fn load_full(&self) -> Arc<T> {
        self.newest.load_full()
    }

    /// Gives `change` a copy of the newest value, and the newest value itself, and publishes the copy if
    /// all went well, or nothing; `then` runs before any other writer does. Writers wait for each other.
    pub fn change<E>(&self, change: impl FnOnce(&mut T, &T) -> Result<(), E>, then: impl FnOnce()) -> Result<(), E> {
        let _writing = self.writer.lock();
        let newest = self.newest.load_full();
        let mut next = T::clone(&newest);
        change(&mut next, &newest)?;
        self.newest.store(Arc::new(next));
        then();
        Ok(())
    }
}
