//! The plain words of the field: videos, events, queries, recommendations, and the errors and
//! limits every layer speaks of. Nothing here computes anything beyond checking a value against
//! its documented range, so every other module may depend on it and it depends on none.

mod call;
mod error;
mod event;
mod filter;
mod instruction_set;
pub mod limits;
mod query;
mod recommendation;
mod video;

pub use call::{CallOptions, CancelToken, Progress};
pub use error::{Error, Result, Status};
pub use event::{Event, EventKind};
pub use filter::Filter;
pub use instruction_set::InstructionSet;
pub use query::{Query, Watched};
pub use recommendation::Recommendation;
pub use video::{Field, Kind, Video};
