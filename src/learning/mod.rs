//! What events teach. So far one thing: the taste of a profile, the weighted mean of the vectors
//! of what it engaged with.

mod engagement;
mod taste;

pub use engagement::Engagement;
pub use taste::{Profile, Taste, TasteTerm, taste};
