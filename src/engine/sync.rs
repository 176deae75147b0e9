//! The primitives under publishing, in one place so that its test can put others there.

pub use arc_swap::ArcSwap;
pub use parking_lot::Mutex;
