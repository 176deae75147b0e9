//! The plain words of the field: videos, events, queries, recommendations, and the errors and
//! limits every layer speaks of. Nothing here computes anything beyond checking a value against
//! its documented range, so every other module may depend on it and it depends on none.

mod call;
mod context;
mod diversity;
mod error;
mod event;
mod event_notes;
mod explanation;
mod feature;
mod filter;
mod home;
mod household_profile;
mod instruction_set;
pub mod limits;
mod query;
mod reason;
mod recommendation;
mod rule;
mod search_ways;
mod thread;
mod vector;
mod vector_query;
mod video;
mod watch_card;
mod watched_video;

pub use call::{CallOptions, CancelToken, Progress};
pub use context::{Company, Context, Device, Place};
pub use diversity::DiversityMethod;
pub use error::{Error, Result, Status};
pub use event::{Event, EventKind};
pub use event_notes::{Compared, EventNotes, NotedEvent};
pub use explanation::{Block, BlockKind, Explanation};
pub use feature::{Feature, FeatureWeights};
pub use filter::Filter;
pub use home::{HomeItem, HomeQuery, HomeRow, RowKind, RowQuery};
pub use household_profile::{AgeLimit, HouseholdProfile, ListedProfile, ProfileKind, check_profile_name};
pub use instruction_set::InstructionSet;
pub use query::{Query, Ranking, Watched};
pub use reason::{Circumstance, Evidence, PartOfDay, Reason, ReasonKind};
pub use recommendation::Recommendation;
pub use rule::{Rule, RuleAction, RuleTarget, validate_rules};
pub use search_ways::SearchWays;
pub use thread::{ThreadBody, ThreadHost, ThreadStop};
pub use vector::check_vector_length;
pub use vector_query::{Fusion, Neighbour, VectorQuery};
pub use video::check_id;
pub use video::{Field, Kind, Video};
pub use watch_card::{WatchCard, WatchCardKind};
pub use watched_video::{EpisodePlace, WatchedVideo};
