//! The host's progress callback as a listener for the engine.

use std::ffi::c_void;

use super::boundary::as_callback;
use crate::domain::Progress;

/// Hears how far a call is: what is done and what there is in all, counted in texts for calls that
/// embed, in videos for vrec_wait_for_embeddings, and in videos or passes of one step after the other for
/// vrec_train and vrec_learn_weights. Runs on the thread of the call, between pieces of its work. It must not
/// call the library, which answers VREC_E_REENTRANT, except for vrec_cancel_token_cancel, and must return: no
/// exception, longjmp or end of the thread may leave it.
pub type vrec_progress_callback = Option<unsafe extern "C" fn(done: u64, total: u64, user_data: *mut c_void)>;

struct Listener {
    callback: unsafe extern "C" fn(u64, u64, *mut c_void),
    user_data: *mut c_void,
}

// SAFETY: the listener lives and runs on the thread of one call; the engine's type for listeners
// demands more than it uses.
unsafe impl Send for Listener {}
// SAFETY: as above.
unsafe impl Sync for Listener {}

impl Listener {
    fn hear(&self, done: u64, total: u64) {
        as_callback(|| {
            // SAFETY: the host gave the callback for exactly these arguments.
            unsafe { (self.callback)(done, total, self.user_data) }
        });
    }
}

pub(super) fn progress(callback: unsafe extern "C" fn(u64, u64, *mut c_void), user_data: *mut c_void) -> Progress {
    let listener = Listener { callback, user_data };
    Progress::new(move |done, total| listener.hear(done, total))
}
