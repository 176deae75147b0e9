//! What events teach. The taste of a profile, the weighted mean of the vectors of what it engaged with
//! ([`taste()`]), and recommenders, one file each behind one trait ([`Recommender`]).
//! What is computed in one go from everyone's events is in [`training`].

mod content;
mod counts;
mod ease;
mod engagement;
mod factors;
mod graph;
mod item_neighbours;
mod items;
mod knowledge;
mod masses;
mod popularity;
mod profile;
mod recommender;
mod rows;
mod saved;
mod sparse_rows;
mod taste;
mod trained;
pub mod training;
mod transitions;
mod user_neighbours;
mod watch_graph;

pub use content::Content;
pub use ease::Ease;
pub use engagement::Engagement;
pub use factors::{Factors, FactorsOptions};
pub use graph::{GraphWalk, GraphWalkSettings, Walk};
pub use item_neighbours::{ItemNeighbours, ItemNeighboursSettings};
pub use items::Items;
pub use knowledge::Knowledge;
pub use popularity::{Popularity, Trend, TrendSettings};
pub use profile::{Observed, Profile};
pub use recommender::{Contribution, Item, Observation, Recommender, Viewer, Watch};
pub use taste::{Taste, TasteTerm, taste};
pub use trained::Trained;
pub use transitions::Transitions;
pub use user_neighbours::{UserNeighbours, UserNeighboursSettings};
