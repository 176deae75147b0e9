//! Group commit without a thread: callers put their events into a queue; one of them becomes the leader,
//! makes everything that waits durable in one transaction, and wakes the others with the outcome. While
//! it waits for the disk, others queue up for the next.

use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex, MutexGuard};

use crate::domain::{Error, NotedEvent, Result, Status};

/// When a call that records events may return; what asks for more is less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Durability {
    /// When the events are on the disk.
    Now,
    /// At once; the events are on the disk this many milliseconds later, if someone calls
    /// [`Store::commit_due`](super::Store::commit_due) when they are due.
    Within(u32),
    /// At once; the events go with the next commit of events, flush or close.
    Relaxed,
}

/// How long events that are due wait after a commit that failed.
const RETRY_AFTER: Duration = Duration::from_secs(1);

#[derive(Default)]
pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    woken: Condvar,
}

#[derive(Default)]
struct Waiting {
    calls: Vec<Call>,
    events: usize,
    /// Given to the next call.
    next_ticket: u64,
    /// Every ticket below was decided.
    decided: u64,
    /// Why calls failed that still have to be told.
    failures: Vec<(u64, Error)>,
    has_leader: bool,
    due: Option<Instant>,
    last_failure: Option<Error>,
}

struct Call {
    ticket: u64,
    events: Vec<NotedEvent>,
    /// Somebody waits for the outcome; otherwise the events stay in the queue until they are durable.
    is_waited_for: bool,
    due: Option<Instant>,
}

impl Queue {
    /// Records checked events; `commit` makes those given to it durable. At most `limit` events wait without a caller
    /// who waits with them.
    pub fn record(
        &self,
        events: Vec<NotedEvent>,
        durability: Durability,
        limit: usize,
        commit: impl Fn(&[&NotedEvent]) -> Result<()>,
    ) -> Result<()> {
        let mut waiting = self.waiting.lock();
        if durability != Durability::Now {
            waiting.check_room(events.len(), limit)?;
            waiting.put(events, durability);
            return Ok(());
        }
        // It makes room: what waits goes with it.
        let ticket = waiting.put(events, durability);
        self.settle(waiting, ticket, &commit)
    }

    /// Makes durable what waits now.
    pub fn flush(&self, commit: impl Fn(&[&NotedEvent]) -> Result<()>) -> Result<()> {
        let mut waiting = self.waiting.lock();
        if waiting.calls.is_empty() && !waiting.has_leader {
            return Ok(());
        }
        let ticket = waiting.put(Vec::new(), Durability::Now);
        self.settle(waiting, ticket, &commit)
    }

    /// When the oldest events that have a time are due.
    pub fn due(&self) -> Option<Instant> {
        self.waiting.lock().due
    }

    pub fn events(&self) -> usize {
        self.waiting.lock().events
    }

    /// What the last commit failed with, or [`Status::Ok`].
    pub fn last_failure(&self) -> Status {
        self.waiting.lock().last_failure.as_ref().map_or(Status::Ok, |error| error.status)
    }

    /// Waits for the outcome of a ticket; leads a commit when nobody does.
    fn settle<'a>(
        &'a self,
        mut waiting: MutexGuard<'a, Waiting>,
        ticket: u64,
        commit: &impl Fn(&[&NotedEvent]) -> Result<()>,
    ) -> Result<()> {
        while waiting.decided <= ticket {
            if waiting.has_leader {
                self.woken.wait(&mut waiting);
            } else {
                waiting.has_leader = true;
                let leader = Leader { queue: self, calls: waiting.take(), through: waiting.next_ticket, outcome: None };
                drop(waiting);
                leader.commit(commit);
                waiting = self.waiting.lock();
            }
        }
        match waiting.failures.iter().position(|(failed, _)| *failed == ticket) {
            Some(at) => Err(waiting.failures.swap_remove(at).1),
            None => Ok(()),
        }
    }
}

/// One who commits for all. Tells the others when it is dropped, after a panic too.
struct Leader<'a> {
    queue: &'a Queue,
    calls: Vec<Call>,
    through: u64,
    outcome: Option<Result<()>>,
}

impl Leader<'_> {
    fn commit(mut self, commit: &impl Fn(&[&NotedEvent]) -> Result<()>) {
        let events: Vec<&NotedEvent> = self.calls.iter().flat_map(|call| &call.events).collect();
        let outcome = commit(&events);
        self.outcome = Some(outcome);
    }
}

impl Drop for Leader<'_> {
    fn drop(&mut self) {
        let calls = std::mem::take(&mut self.calls);
        let outcome = self.outcome.take().unwrap_or_else(|| {
            Err(Error::new(Status::Internal, "the commit that these events were part of ended in a panic"))
        });
        let mut waiting = self.queue.waiting.lock();
        waiting.has_leader = false;
        waiting.decided = self.through;
        waiting.last_failure = outcome.as_ref().err().cloned();
        if let Err(error) = outcome {
            waiting.keep(calls, &error);
        }
        self.queue.woken.notify_all();
    }
}

impl Waiting {
    fn check_room(&self, more: usize, limit: usize) -> Result<()> {
        let events = self.events + more;
        if events <= limit {
            return Ok(());
        }
        let error = Error::limit("the number of events that wait for a commit", events, limit);
        Err(match &self.last_failure {
            Some(why) => Error::new(why.status, format!("{error}; the last commit failed: {why}")),
            None => error,
        })
    }

    fn put(&mut self, events: Vec<NotedEvent>, durability: Durability) -> u64 {
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        let due = match durability {
            Durability::Within(milliseconds) => Instant::now().checked_add(Duration::from_millis(milliseconds.into())),
            _ => None,
        };
        self.events += events.len();
        self.due = earlier(self.due, due);
        self.calls.push(Call { ticket, events, is_waited_for: durability == Durability::Now, due });
        ticket
    }

    fn take(&mut self) -> Vec<Call> {
        self.events = 0;
        self.due = None;
        std::mem::take(&mut self.calls)
    }

    /// After a failed commit: who waits is told, and its events are gone; the others' go first next time.
    fn keep(&mut self, calls: Vec<Call>, error: &Error) {
        let (told, mut kept): (Vec<Call>, Vec<Call>) = calls.into_iter().partition(|call| call.is_waited_for);
        let again = Instant::now() + RETRY_AFTER;
        kept.iter_mut().for_each(|call| call.due = call.due.map(|due| due.max(again)));
        self.failures.extend(told.into_iter().map(|call| (call.ticket, error.clone())));
        self.events += kept.iter().map(|call| call.events.len()).sum::<usize>();
        self.due = kept.iter().fold(self.due, |due, call| earlier(due, call.due));
        kept.append(&mut self.calls);
        self.calls = kept;
    }
}

fn earlier(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    one.into_iter().chain(other).min()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::domain::{Context, Event, EventKind};

    fn event(number: i64) -> NotedEvent {
        let event = Event {
            kind: EventKind::Like,
            profile: "p".to_owned(),
            video_id: "v".to_owned(),
            time_utc_ms: number,
            position_ms: 0,
            duration_ms: 0,
            rating: 0.0,
            context: Context::default(),
            watched: None,
            until_utc_ms: 0,
        };
        event.into()
    }

    fn times(events: &[&NotedEvent]) -> Vec<i64> {
        events.iter().map(|noted| noted.event.time_utc_ms).collect()
    }

    #[test]
    fn who_comes_during_a_commit_shares_the_next() {
        let (queue, commits, events) = (Queue::default(), AtomicUsize::new(0), AtomicUsize::new(0));
        let commit = |given: &[&NotedEvent]| {
            // The first commit lasts until all others wait.
            if commits.fetch_add(1, Ordering::SeqCst) == 0 {
                while queue.events() + given.len() < 8 {
                    std::thread::yield_now();
                }
            }
            events.fetch_add(given.len(), Ordering::SeqCst);
            Ok(())
        };
        std::thread::scope(|scope| {
            for number in 0..8 {
                let (queue, commit) = (&queue, &commit);
                scope.spawn(move || queue.record(vec![event(number)], Durability::Now, 100, commit).unwrap());
            }
        });
        assert_eq!(events.load(Ordering::SeqCst), 8);
        assert!(commits.load(Ordering::SeqCst) <= 2);
    }

    #[test]
    fn after_a_failed_commit_only_events_nobody_waits_for_are_tried_again() {
        let queue = Queue::default();
        let fail = |_: &[&NotedEvent]| Err(Error::new(Status::DiskFull, "no room"));
        queue.record(vec![event(1)], Durability::Relaxed, 3, fail).unwrap();
        queue.record(vec![event(2)], Durability::Within(0), 3, fail).unwrap();
        let told = queue.record(vec![event(3)], Durability::Now, 2, fail).unwrap_err();
        assert_eq!((told.status, queue.events()), (Status::DiskFull, 2));
        assert!(queue.due().unwrap() > Instant::now());
        let full = queue.record(vec![event(4), event(5)], Durability::Relaxed, 3, fail).unwrap_err();
        assert_eq!(full.status, Status::DiskFull, "{full}");
        queue.record(vec![event(6)], Durability::Relaxed, 3, fail).unwrap();
        let seen = Mutex::new(Vec::new());
        let work = |given: &[&NotedEvent]| {
            seen.lock().extend(times(given));
            Ok(())
        };
        queue.flush(work).unwrap();
        assert_eq!(*seen.lock(), [1, 2, 6]);
        assert_eq!((queue.events(), queue.due()), (0, None));
        queue.flush(|_| panic!("nothing waits")).unwrap();
    }

    #[test]
    fn a_panic_in_a_commit_locks_nobody_out() {
        let queue = Queue::default();
        let unwound = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            queue.record(vec![event(1)], Durability::Now, 3, |_| panic!("on purpose"))
        }));
        assert!(unwound.is_err());
        queue.record(vec![event(2)], Durability::Now, 3, |_| Ok(())).unwrap();
    }
}
