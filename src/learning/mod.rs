//! What events teach. The taste of a profile, the weighted mean of the vectors of what it engaged with
//! ([`taste()`]), and recommenders, one file each behind one trait ([`Recommender`]).

mod engagement;
mod items;
mod recommender;
mod sparse_rows;
mod taste;
mod transitions;

pub use engagement::Engagement;
pub use items::Items;
pub use recommender::{Contribution, Item, Observation, Recommender, Viewer, Watch};
pub use taste::{Profile, Taste, TasteTerm, taste};
pub use transitions::Transitions;
