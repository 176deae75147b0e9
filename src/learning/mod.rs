//! What events teach. The taste of a profile, the weighted mean of the vectors of what it engaged with
//! ([`taste()`]), and recommenders, one file each behind one trait ([`Recommender`]).

mod counts;
mod engagement;
mod graph;
mod item_neighbours;
mod items;
mod masses;
mod popularity;
mod recommender;
mod rows;
mod saved;
mod sparse_rows;
mod taste;
mod transitions;
mod user_neighbours;
mod watch_graph;

pub use engagement::Engagement;
pub use graph::{GraphWalk, GraphWalkSettings, Walk};
pub use item_neighbours::{ItemNeighbours, ItemNeighboursSettings};
pub use items::Items;
pub use popularity::{Popularity, Trend, TrendSettings};
pub use recommender::{Contribution, Item, Observation, Recommender, Viewer, Watch};
pub use taste::{Profile, Taste, TasteTerm, taste};
pub use transitions::Transitions;
pub use user_neighbours::{UserNeighbours, UserNeighboursSettings};
