//! Time of the processor, which programs beside take little part in: what figures of one thread are told in.

/// Seconds that all threads of this process have used a processor.
pub fn processor_seconds() -> f64 {
    seconds_by(libc::CLOCK_PROCESS_CPUTIME_ID)
}

/// Seconds that the calling thread has.
#[allow(dead_code)]
pub fn thread_seconds() -> f64 {
    seconds_by(libc::CLOCK_THREAD_CPUTIME_ID)
}

fn seconds_by(clock: libc::clockid_t) -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is valid for the call to write.
    unsafe { libc::clock_gettime(clock, &raw mut time) };
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// Those that a call takes.
#[allow(dead_code)]
pub fn seconds_of(call: impl FnOnce()) -> f64 {
    let start = processor_seconds();
    call();
    processor_seconds() - start
}
