//! What stands between C and the engine: no re-entry from callbacks, no use after fork, no panic
//! across the boundary, and nothing on the standard error stream.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook, take_hook};
use std::ptr::NonNull;

use once_cell::sync::Lazy;

use super::engine::vrec_engine;
use super::error::vrec_error;
use super::thread::watch_main_thread;
use crate::domain::{Error, Result, Status};

thread_local! {
    /// Whether this thread is inside a host's callback.
    static IN_CALLBACK: Cell<bool> = const { Cell::new(false) };
    /// How many boundaries this thread is inside of: panics there are ours to report.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    /// What the last panic on this thread said.
    static PANIC_MESSAGE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Wraps the process's panic hook, once: panics inside a boundary are kept for its error instead of
/// being printed; all others go where they went before. In the shared library the hook is the
/// library's own, since it carries its own standard library.
static PANIC_HOOK: Lazy<()> = Lazy::new(|| {
    let previous = take_hook();
    set_hook(Box::new(move |info| {
        if DEPTH.get() > 0 {
            keep_message(info);
        } else if !is_backend_thread() {
            previous(info);
        }
    }));
});

/// A panic on a thread of rten comes back to the thread that waits for it, as an error.
fn is_backend_thread() -> bool {
    cfg!(feature = "rten") && std::thread::current().name().is_some_and(|name| name.starts_with("rten-"))
}

fn keep_message(info: &PanicHookInfo<'_>) {
    let place = info.location().map_or_else(String::new, |at| format!(" at {}:{}", at.file(), at.line()));
    let message = format!("{}{place}", payload_text(info.payload()));
    // A thread that is ending may have lost its slot already.
    let _ = PANIC_MESSAGE.try_with(|slot| {
        if let Ok(mut slot) = slot.try_borrow_mut() {
            *slot = message;
        }
    });
}

fn payload_text(payload: &(dyn Any + Send)) -> &str {
    payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("panic")
}

/// Counts the boundary for as long as it lives.
struct Depth;

impl Depth {
    fn enter() -> Self {
        DEPTH.set(DEPTH.get() + 1);
        Depth
    }
}

impl Drop for Depth {
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get() - 1);
    }
}

/// Runs `body` behind the boundary; on failure writes the error where `error` points, if it does.
///
/// # Safety
/// `error` is null or valid for writing a pointer.
pub unsafe fn call(function: &str, error: *mut *mut vrec_error, body: impl FnOnce() -> Result<()>) -> i32 {
    let outcome = guarded(function, body).flatten();
    match outcome {
        Ok(()) => Status::Ok.code(),
        Err(failure) => {
            let code = failure.status.code();
            if !error.is_null() {
                // SAFETY: not null, so valid for writing by this function's contract.
                unsafe { error.write(vrec_error::into_raw(failure)) };
            }
            code
        }
    }
}

/// Like [`call`], for functions on an engine: refuses a null handle and one inherited through a
/// fork, and closes the engine for writing when `body` panics.
///
/// # Safety
/// `engine` is null or a live handle; `error` is null or valid for writing a pointer.
pub unsafe fn call_on(
    function: &str,
    engine: *const vrec_engine,
    error: *mut *mut vrec_error,
    body: impl FnOnce(&vrec_engine) -> Result<()>,
) -> i32 {
    let with_handle = || {
        // SAFETY: null or live by this function's contract.
        let handle = unsafe { engine.as_ref() }.ok_or_else(|| Error::invalid("engine is NULL"))?;
        handle.check_process()?;
        watch_main_thread();
        guarded(function, || body(handle)).unwrap_or_else(|panic| {
            handle.engine().set_faulted();
            handle.engine().log().error(format_args!("{panic}"));
            Err(panic)
        })
    };
    // SAFETY: passed on from this function's contract.
    unsafe { call(function, error, with_handle) }
}

/// The result of `body`, or an outer error when it panicked.
fn guarded(function: &str, body: impl FnOnce() -> Result<()>) -> Result<Result<()>, Error> {
    if in_callback() {
        let message = format!("{function} was called from inside a callback of this library");
        return Ok(Err(Error::new(Status::Reentrant, message)));
    }
    Lazy::force(&PANIC_HOOK);
    let _depth = Depth::enter();
    catch_unwind(AssertUnwindSafe(body)).map_err(|payload| {
        let kept = PANIC_MESSAGE.with(|slot| slot.try_borrow_mut().map(|mut kept| std::mem::take(&mut *kept)));
        let text = kept.ok().filter(|kept| !kept.is_empty()).unwrap_or_else(|| payload_text(&*payload).to_owned());
        Error::new(Status::Internal, format!("{function} failed inside the library, please report it: {text}"))
    })
}

/// Runs a void function's body, swallowing a panic: there is nobody to tell.
pub fn call_void(body: impl FnOnce()) {
    Lazy::force(&PANIC_HOOK);
    let _depth = Depth::enter();
    // A failed destruction leaks at worst.
    let _ = catch_unwind(AssertUnwindSafe(body));
}

pub fn in_callback() -> bool {
    IN_CALLBACK.get()
}

/// Marks this thread as being inside a host's callback while `callback` runs.
pub fn as_callback(callback: impl FnOnce()) {
    IN_CALLBACK.set(true);
    callback();
    IN_CALLBACK.set(false);
}

/// The pointer to write a result to, or an error naming the argument.
pub fn output<T>(pointer: *mut T, argument: &str) -> Result<NonNull<T>> {
    NonNull::new(pointer).ok_or_else(|| Error::invalid(format!("{argument} is NULL")))
}
