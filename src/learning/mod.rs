//! What events teach. The taste of a profile, the weighted mean of the vectors of what it engaged with
//! ([`taste()`]), and recommenders, one file each behind one trait ([`Recommender`]).
//! What is computed in one go from everyone's events is in [`training`].

mod ease;
mod engagement;
mod factors;
mod items;
mod knowledge;
mod profile;
mod recommender;
mod sparse_rows;
mod taste;
pub mod training;
mod transitions;

pub use ease::Ease;
pub use engagement::Engagement;
pub use factors::{Factors, FactorsOptions};
pub use items::Items;
pub use knowledge::Knowledge;
pub use profile::{Observed, Profile};
pub use recommender::{Contribution, Item, Observation, Recommender, Viewer, Watch};
pub use taste::{Taste, TasteTerm, taste};
pub use transitions::Transitions;
