//! Recording events, many callers at once: each leaves its events in a list, and whoever gets the writer's
//! lock next takes all that wait, so that they share one snapshot and one commit. Callers whose events
//! were taken find the outcome when their turn comes.
//!
//! Source: flat combining (Hendler, Incze, Shavit, Tzafrir, "Flat combining and the
//! synchronization-parallelism tradeoff", SPAA 2010, section 2).

use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;

use super::Engine;
use super::household::Household;
use super::shared::Shared;
use super::showings::Foreseen;
use super::snapshot::Snapshot;
use super::store_calls::no_store;
use crate::domain::{Error, Event, EventNotes, NotedEvent, Result, Status, limits};
use crate::store::Durability;

/// Calls that wait for the writer's lock. May be used from any thread.
#[derive(Default)]
pub struct RecordingCalls {
    waiting: Mutex<Vec<Arc<Call>>>,
}

struct Call {
    events: Vec<Event>,
    foreseen: Foreseen,
    durability: Durability,
    outcome: OnceLock<Result<()>>,
}

impl Call {
    /// The first outcome counts.
    fn decide(&self, outcome: Result<()>) {
        let _ = self.outcome.set(outcome);
    }
}

/// The calls that one caller carries out for all. Those it leaves undecided, by a panic, are told so.
struct Taken(Vec<Arc<Call>>);

impl Drop for Taken {
    fn drop(&mut self) {
        for call in &self.0 {
            call.decide(Err(Error::new(Status::Internal, "another call that recorded these events, too, panicked")));
        }
    }
}

/// Why nothing was published: every call that was taken has its outcome.
struct NothingToPublish;

impl Engine {
    /// Records the events in their order: all of them or, on any error, none. Unknown videos are
    /// errors; a profile comes into being with its first event, unless the engine is a household's, where unknown
    /// profiles are errors. With a store they are on the disk when the call returns, but for a guest's, which never are.
    pub fn record(&self, events: &[Event]) -> Result<()> {
        self.record_durably(events, Durability::Now)
    }

    /// Like [`Engine::record`], with a say in when the events are on the disk. [`Durability::Within`]
    /// needs `options.commit_host`. Without a store there is nothing to wait for.
    pub fn record_durably(&self, events: &[Event], durability: Durability) -> Result<()> {
        self.shared.check_writable()?;
        if events.len() > limits::BATCH {
            return Err(Error::limit("the number of events", events.len(), limits::BATCH));
        }
        let events = self.events_for(events)?;
        for (index, event) in events.iter().enumerate() {
            event.validate().map_err(|error| error.within_batch("events", index, events.len()))?;
        }
        self.check_durability(durability)?;
        let outcome = self.shared.record(events, durability);
        if let (Durability::Within(_), Some(thread)) = (durability, &self.commit_thread) {
            thread.look_again();
        }
        outcome
    }

    /// Makes durable what was recorded and is not yet.
    pub fn flush(&self) -> Result<()> {
        self.shared.check_writable()?;
        self.shared.store.as_ref().ok_or_else(no_store)?.flush()
    }

    fn check_durability(&self, durability: Durability) -> Result<()> {
        let Durability::Within(milliseconds) = durability else {
            return Ok(());
        };
        if milliseconds > limits::DURABLE_WITHIN_MS {
            return Err(Error::limit("within_ms", milliseconds as usize, limits::DURABLE_WITHIN_MS as usize));
        }
        if self.shared.store.is_some() && self.commit_thread.is_none() {
            let message = "durability within a time needs an engine created with commit_thread";
            return Err(Error::invalid(message));
        }
        Ok(())
    }
}

impl Shared {
    fn record(&self, events: Vec<Event>, durability: Durability) -> Result<()> {
        // The slow part, done without any lock.
        let foreseen = self.snapshot.load_full().foreseen(&events);
        let call = Arc::new(Call { events, foreseen, durability, outcome: OnceLock::new() });
        self.recording.waiting.lock().push(Arc::clone(&call));
        let lead = |next: &mut Snapshot, _: &Snapshot| {
            if call.outcome.get().is_some() { Err(NothingToPublish) } else { self.record_waiting(next) }
        };
        // What failed is in the outcomes.
        let _ = self.snapshot.change(lead, || ());
        let undecided = || Err(Error::new(Status::Internal, "events were neither recorded nor refused"));
        call.outcome.get().cloned().unwrap_or_else(undecided)
    }

    /// Records all that waits; to be called under the writer's lock, which keeps the outcomes from
    /// everybody until the snapshot is published.
    fn record_waiting(&self, next: &mut Snapshot) -> std::result::Result<(), NothingToPublish> {
        let taken = Taken(std::mem::take(&mut *self.recording.waiting.lock()));
        let mut accepted = Vec::with_capacity(taken.0.len());
        for call in &taken.0 {
            let events = next.annotated(&call.events);
            match self.recorded(next, &events, &call.foreseen) {
                Ok((recorded, notes)) => {
                    *next = recorded;
                    let noted = events.into_iter().zip(notes).map(|(event, notes)| NotedEvent { event, notes });
                    accepted.push((call, noted.collect()));
                }
                Err(error) => call.decide(Err(error)),
            }
        }
        if accepted.is_empty() {
            return Err(NothingToPublish);
        }
        let kept = self.keep(&accepted, &next.household);
        accepted.iter().for_each(|(call, _)| call.decide(kept.clone()));
        kept.map_err(|_| NothingToPublish)
    }

    fn recorded(&self, now: &Snapshot, events: &[Event], foreseen: &Foreseen) -> Result<(Snapshot, Vec<EventNotes>)> {
        let mut next = now.clone();
        let notes = next.record(events, foreseen)?;
        if next.bytes() > now.bytes() {
            next.check_room(self.queue.reading().bytes, self.options.memory_limit_bytes)?;
        }
        Ok((next, notes))
    }

    fn keep(&self, calls: &[(&Arc<Call>, Vec<NotedEvent>)], household: &Household) -> Result<()> {
        let Some(store) = &self.store else {
            return Ok(());
        };
        let (mut kept, mut strictest) = (Vec::new(), None);
        for (call, events) in calls {
            let before = kept.len();
            kept.extend(events.iter().filter(|noted| !household.is_guest(&noted.event.profile)).cloned());
            // Not even the time of a commit is to tell of a guest.
            if kept.len() > before || events.is_empty() {
                strictest = strictest.into_iter().chain([call.durability]).min();
            }
        }
        strictest.map_or(Ok(()), |strictest| store.record_noted(kept, strictest))
    }
}
