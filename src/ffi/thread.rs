//! A thread inside somebody else's program: no signal handler of the host may run on it, what goes
//! wrong on it is not printed, and the process may end while it works.

use std::io;
use std::mem::MaybeUninit;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::boundary::call_void;
use crate::domain::{ThreadBody, ThreadHost, ThreadStop};

/// A thread that was started and has not ended.
struct RunningThread {
    stop: ThreadStop,
    ended: AtomicBool,
    process: u32,
}

static RUNNING: Mutex<Vec<Arc<RunningThread>>> = Mutex::new(Vec::new());

/// Said, since the standard library would otherwise look for a variable of the environment.
const STACK_BYTES: usize = 2 << 20;

/// Longest that the end of the process is held up. A run of the model takes tenths of a second.
const EXIT_WAIT: Duration = Duration::from_secs(10);

/// Starts a thread with signals blocked; `stop` makes its body end.
fn spawn_thread(name: &'static str, body: ThreadBody, stop: ThreadStop) -> io::Result<JoinHandle<()>> {
    let thread = Arc::new(RunningThread { stop, ended: AtomicBool::new(false), process: std::process::id() });
    let of_thread = Arc::clone(&thread);
    let run = move || {
        call_void(body);
        of_thread.ended.store(true, Ordering::Release);
        RUNNING.lock().retain(|running| !Arc::ptr_eq(running, &of_thread));
    };
    if HANDLERS.load(Ordering::Relaxed) == 0 {
        end_threads_before_exit();
    }
    RUNNING.lock().push(Arc::clone(&thread));
    let before = block_signals();
    let spawned = Builder::new().name(name.to_owned()).stack_size(STACK_BYTES).spawn(run);
    restore_signals(&before);
    if spawned.is_err() {
        RUNNING.lock().retain(|running| !Arc::ptr_eq(running, &thread));
    }
    spawned
}

/// How an engine starts its threads in somebody else's program.
pub fn thread_host() -> ThreadHost {
    ThreadHost { spawn: spawn_thread, code_loaded: end_threads_before_exit }
}

/// How often the exit handler is registered at most: each time costs the process a little memory.
const MOST_HANDLERS: usize = 32;

/// How often it was, or would have been.
static HANDLERS: AtomicUsize = AtomicUsize::new(0);

/// Sees to it that threads end before the destructors of the ONNX Runtime and its providers run. Exit
/// handlers run in the reverse of their order, so this is called whenever such code was loaded; running
/// twice does no harm. What the runtime sets up while it opens a model comes both before and after it:
/// that moment is covered by [`watch_main_thread`] only, so the header asks hosts to destroy engines.
fn end_threads_before_exit() {
    if HANDLERS.fetch_add(1, Ordering::Relaxed) < MOST_HANDLERS {
        // SAFETY: the handler takes nothing, never unwinds, and stays loaded: the library is linked
        // never to be unloaded. Should registering fail, exiting is as it would be without.
        unsafe {
            libc::atexit(end_threads);
        }
    }
}

/// Ends with its thread. A process that exits runs the destructors of the exiting thread's locals
/// before any exit handler; and when the main thread's locals go, the process is exiting.
struct MainThreadEnd;

thread_local! {
    static MAIN_THREAD_END: MainThreadEnd = const { MainThreadEnd };
}

impl Drop for MainThreadEnd {
    fn drop(&mut self) {
        if is_main_thread() {
            end_threads();
        }
    }
}

/// Sees to it that threads end before exit handlers run, if this is the main thread and the one that
/// will call exit.
pub(super) fn watch_main_thread() {
    // A thread that is ending may have lost the local already.
    let _ = MAIN_THREAD_END.try_with(|_| ());
}

#[cfg(target_os = "linux")]
fn is_main_thread() -> bool {
    // SAFETY: takes nothing and cannot fail.
    let thread = unsafe { libc::syscall(libc::SYS_gettid) };
    u32::try_from(thread).is_ok_and(|thread| thread == std::process::id())
}

#[cfg(not(target_os = "linux"))]
fn is_main_thread() -> bool {
    false
}

extern "C" fn end_threads() {
    call_void(|| {
        let deadline = Instant::now() + EXIT_WAIT;
        // A forked child has none of the threads, and perhaps a lock that nobody will open.
        let Some(running) = RUNNING.try_lock_until(deadline).map(|running| running.clone()) else {
            return;
        };
        let own = running.iter().filter(|thread| thread.process == std::process::id());
        own.clone().for_each(|thread| (thread.stop)());
        for thread in own {
            while !thread.ended.load(Ordering::Acquire) && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
    });
}

/// Signals that a fault of the thread itself raises: blocked, they would kill the process past the
/// host's own handler.
const FAULTS: [libc::c_int; 6] = [libc::SIGSEGV, libc::SIGBUS, libc::SIGFPE, libc::SIGILL, libc::SIGTRAP, libc::SIGSYS];

/// Blocks all other signals on this thread, for the new one to inherit, and gives what was blocked.
fn block_signals() -> libc::sigset_t {
    let mut all = MaybeUninit::<libc::sigset_t>::zeroed();
    let mut before = MaybeUninit::<libc::sigset_t>::zeroed();
    // SAFETY: both sets are writable; zero bytes are a valid, empty set should a call fail.
    unsafe {
        libc::sigfillset(all.as_mut_ptr());
        for fault in FAULTS {
            libc::sigdelset(all.as_mut_ptr(), fault);
        }
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
