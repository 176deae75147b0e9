//! The rten engine as a backend.
