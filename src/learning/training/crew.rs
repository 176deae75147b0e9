//! The threads of a training. Work is cut into pieces that do not depend on each other, in the same way
//! however many threads there are, so that the result is the same bytes on one thread and on many.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::ThreadId;

use crate::domain::{CallOptions, Error, Result, Status, ThreadHost, limits};
use crate::vectors::{Pool, Task};

/// See the module. Starts its threads with the first work that is shared, and ends them when it goes; by default there are
/// none but the caller's.
#[derive(Default)]
pub struct Crew {
    pool: Option<Pool>,
}

/// Pieces of work, and what they are told to whoever listens as: so many units in all, 0 for nothing.
#[derive(Debug, Clone, Copy)]
pub struct Pieces {
    pub count: usize,
    pub units: usize,
}

impl Pieces {
    /// So many pieces, of which nothing is told.
    pub fn silent(count: usize) -> Pieces {
        Pieces { count, units: 0 }
    }

    fn report(self, done: usize, call: &CallOptions) {
        if self.units > 0 {
            call.report(done * self.units / self.count.max(1), self.units);
        }
    }
}

impl Crew {
    /// `threads` in all, the caller's own included, 1 to [`limits::TRAINING_THREADS`]. Further ones are started by the host.
    pub fn new(threads: u32, host: Option<ThreadHost>) -> Result<Crew> {
        if threads > limits::TRAINING_THREADS {
            return Err(Error::limit("threads", threads as usize, limits::TRAINING_THREADS as usize));
        }
        match (threads, host) {
            (0 | 1, _) => Ok(Crew::default()),
            (_, None) => Err(Error::invalid("threads asks for threads, and there is no host to start them")),
            (threads, Some(host)) => Ok(Crew { pool: Some(Pool::new(threads as usize, host, "vrec-train")) }),
        }
    }

    /// Threads that work at the same time, the caller's own included.
    pub fn threads(&self) -> usize {
        self.pool.as_ref().map_or(1, Pool::threads)
    }

    /// What each piece gives, in their order. Before each one looks at the bounds of the call; the first failure that is
    /// found ends the work. Progress is told on the calling thread alone.
    pub fn map<T: Send + Sync + 'static>(
        &self,
        pieces: Pieces,
        call: &CallOptions,
        piece: impl Fn(usize) -> Result<T> + Send + Sync + 'static,
    ) -> Result<Vec<T>> {
        let given = match &self.pool {
            Some(pool) if pieces.count > 1 => shared(pool, pieces, call, piece)?,
            _ => {
                let mut given = Vec::with_capacity(pieces.count);
                for number in 0..pieces.count {
                    call.check()?;
                    pieces.report(number, call);
                    given.push(piece(number)?);
                }
                given
            }
        };
        pieces.report(pieces.count, call);
        Ok(given)
    }
}

/// Pieces that several threads draw.
struct Drawn<T, P> {
    pieces: Pieces,
    piece: P,
    call: CallOptions,
    caller: ThreadId,
    next: AtomicUsize,
    done: AtomicUsize,
    failed: AtomicBool,
    given: Vec<OnceLock<Result<T>>>,
}

impl<T: Send + Sync, P: Fn(usize) -> Result<T> + Send + Sync> Task for Drawn<T, P> {
    fn run(&self) {
        let is_caller = std::thread::current().id() == self.caller;
        while !self.failed.load(Ordering::Relaxed) {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(place) = self.given.get(number) else { return };
            if is_caller {
                self.pieces.report(self.done.load(Ordering::Relaxed), &self.call);
            }
            let given = self.call.check().and_then(|()| (self.piece)(number));
            if given.is_err() {
                self.failed.store(true, Ordering::Relaxed);
            }
            // Each number is drawn once.
            let _ = place.set(given);
            self.done.fetch_add(1, Ordering::Relaxed);
        }
    }
}

fn shared<T: Send + Sync + 'static>(
    pool: &Pool,
    pieces: Pieces,
    call: &CallOptions,
    piece: impl Fn(usize) -> Result<T> + Send + Sync + 'static,
) -> Result<Vec<T>> {
    let drawn = Arc::new(Drawn {
        pieces,
        piece,
        call: call.clone(),
        caller: std::thread::current().id(),
        next: AtomicUsize::new(0),
        done: AtomicUsize::new(0),
        failed: AtomicBool::new(false),
        given: (0..pieces.count).map(|_| OnceLock::new()).collect(),
    });
    pool.run(drawn.clone());
    let lost = || Error::new(Status::Internal, "a piece of a training was neither done nor refused");
    let drawn = Arc::into_inner(drawn).ok_or_else(lost)?;
    let given: Vec<Option<Result<T>>> = drawn.given.into_iter().map(OnceLock::into_inner).collect();
    // Pieces behind a failure may not have been begun.
    if let Some(place) = given.iter().position(|given| matches!(given, Some(Err(_)))) {
        return match given.into_iter().nth(place).flatten() {
            Some(Err(error)) => Err(error),
            _ => Err(lost()),
        };
    }
    given.into_iter().map(|given| given.unwrap_or_else(|| Err(lost()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{CancelToken, ThreadBody, ThreadStop};

    fn host() -> ThreadHost {
        let spawn = |name: &'static str, body: ThreadBody, _: ThreadStop| {
            std::thread::Builder::new().name(name.to_owned()).spawn(body)
        };
        ThreadHost { spawn, code_loaded: || () }
    }

    fn crews() -> Vec<Crew> {
        vec![Crew::default(), Crew::new(3, Some(host())).unwrap()]
    }

    #[test]
    fn what_the_pieces_give_stands_in_their_order() {
        for crew in crews() {
            let given = crew.map(Pieces::silent(1_000), &CallOptions::default(), |number| Ok(number * number)).unwrap();
            assert!(given.into_iter().enumerate().all(|(number, square)| square == number * number));
        }
    }

    #[test]
    fn a_failure_and_a_cancelled_call_end_the_work() {
        for crew in crews() {
            let refuse = |number| if number == 17 { Err(Error::invalid("seventeen")) } else { Ok(number) };
            let error = crew.map(Pieces::silent(100), &CallOptions::default(), refuse).unwrap_err();
            assert_eq!(error.message, "seventeen");
            let cancel = CancelToken::new();
            let call = CallOptions { cancel: Some(cancel.clone()), ..CallOptions::default() };
            let cancelling = move |number| {
                cancel.cancel();
                Ok(number)
            };
            let error = crew.map(Pieces::silent(100), &call, cancelling).unwrap_err();
            assert_eq!(error.status, Status::Cancelled);
        }
    }

    #[test]
    fn threads_are_bounded_and_need_a_host() {
        assert_eq!(Crew::new(limits::TRAINING_THREADS + 1, Some(host())).err().unwrap().status, Status::Limit);
        assert_eq!(Crew::new(2, None).err().unwrap().status, Status::InvalidArgument);
        assert_eq!(Crew::new(1, None).unwrap().threads(), 1);
    }
}
