//! What an engine notes of an event as it records it, beside what the host told: under which number the video was
//! learned, and by which features the videos were scored among which one was chosen. Kept with the event, so that what
//! events teach comes out the same when they are learned again, whatever became of the catalogue, of the other profiles
//! and of what was trained since.

use super::{Event, Feature};

/// See the module. The default notes nothing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EventNotes {
    /// The number of the video in what is learned, of an event that made it one that its profile watched.
    pub item: Option<u32>,
    /// Of an event that chose among videos that were shown these videos, the chosen one among them; at most 40.
    pub compared: Vec<Compared>,
}

/// A video that was shown when another, or itself, was chosen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Compared {
    /// Its place among those that were shown, the oldest being 0.
    pub place: u32,
    /// The features that it was scored by, in their order.
    pub values: [f32; Feature::ALL.len()],
}

/// An event with what was noted of it.
#[derive(Debug, Clone, PartialEq)]
pub struct NotedEvent {
    pub event: Event,
    pub notes: EventNotes,
}

impl From<Event> for NotedEvent {
    /// With nothing noted.
    fn from(event: Event) -> Self {
        NotedEvent { event, notes: EventNotes::default() }
    }
}
