//! How the library starts a thread inside somebody else's program. What a thread must be spared there
//! (signals, exit handlers, output) is known to the boundary; those who need a thread know only this.

use std::io;
use std::thread::JoinHandle;

/// What a thread does.
pub type ThreadBody = Box<dyn FnOnce() + Send>;

/// Makes a thread's body end soon; may be called at any time from any thread.
pub type ThreadStop = Box<dyn Fn() + Send + Sync>;

/// How threads are started. From Rust, `vrec::ffi::thread_host()`.
#[derive(Debug, Clone, Copy)]
pub struct ThreadHost {
    /// Starts a thread of this name, at most 15 bytes of ASCII, that runs the body; `ThreadStop` may
    /// be called until the body has ended.
    pub spawn: fn(&'static str, ThreadBody, ThreadStop) -> io::Result<JoinHandle<()>>,
    /// To be called after code was loaded whose exit handlers must not run while the threads do.
    pub code_loaded: fn(),
}
