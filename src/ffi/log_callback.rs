//! The host's log callback as a sink for the engine.

use std::ffi::{c_char, c_void};

use super::boundary::as_callback;
use crate::engine::{LogLevel, LogSink};

/// Receives one message: its VREC_LOG_ level, the text (UTF-8, not ending with NUL, valid during the
/// call only) and its length in bytes. Runs on the thread of the call the message is about. It must
/// not call this library, which answers VREC_E_REENTRANT, and must return: no exception, longjmp or
/// end of the thread may leave it.
pub type vrec_log_callback =
    Option<unsafe extern "C" fn(level: i32, message: *const c_char, message_len: usize, user_data: *mut c_void)>;

pub struct CallbackSink {
    pub callback: unsafe extern "C" fn(i32, *const c_char, usize, *mut c_void),
    pub user_data: *mut c_void,
}

// SAFETY: the header demands that callback and user data may be used from every thread on which
// the host calls the library; this struct only passes them on.
unsafe impl Send for CallbackSink {}
// SAFETY: as above.
unsafe impl Sync for CallbackSink {}

impl LogSink for CallbackSink {
    fn log(&self, level: LogLevel, message: &str) {
        as_callback(|| {
            // SAFETY: the host gave the callback for exactly these arguments; the text outlives it.
            unsafe { (self.callback)(level as i32, message.as_ptr().cast(), message.len(), self.user_data) }
        });
    }
}
