//! Starting a thread inside somebody else's program: no signal handler of the host may run on it, and
//! what goes wrong on it is not printed.

use std::io;
use std::mem::MaybeUninit;
use std::thread::{Builder, JoinHandle};

use super::boundary::call_void;

/// Starts a thread with all signals blocked.
pub(super) fn spawn_thread(body: Box<dyn FnOnce() + Send>) -> io::Result<JoinHandle<()>> {
    let before = block_signals();
    let spawned = Builder::new().name("vrec-embedding".to_owned()).spawn(|| call_void(body));
    restore_signals(&before);
    spawned
}

/// Blocks all signals on this thread, for the new one to inherit, and gives what was blocked.
fn block_signals() -> libc::sigset_t {
    let mut all = MaybeUninit::<libc::sigset_t>::zeroed();
    let mut before = MaybeUninit::<libc::sigset_t>::zeroed();
    // SAFETY: both sets are writable; zero bytes are a valid, empty set should a call fail.
    unsafe {
        libc::sigfillset(all.as_mut_ptr());
        libc::pthread_sigmask(libc::SIG_SETMASK, all.as_ptr(), before.as_mut_ptr());
        before.assume_init()
    }
}

fn restore_signals(before: &libc::sigset_t) {
    // SAFETY: the set is readable, and the old one is not asked for.
    unsafe {
        libc::pthread_sigmask(libc::SIG_SETMASK, before, std::ptr::null_mut());
    }
}
