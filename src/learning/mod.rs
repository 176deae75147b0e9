//! What events teach. What a profile's own history says through vectors: the taste, a weighted mean ([`taste()`]),
//! [`Attention`] to what is like the candidate, and several [`Interests`]. Recommenders, one file each behind one trait
//! ([`Recommender`]), among them one by a trained network ([`Sequence`]). And the head that learns how much each
//! feature of a list counts for a viewer ([`Head`], [`TaskHeads`]). What a profile is in the middle of ([`Watching`]),
//! what it was shown and passed over ([`Impressions`]), what it chose among what was shown to find out ([`Bandit`]),
//! and what it does not want to be shown ([`Feedback`]). What is computed in one go from everyone's events is in
//! [`training`]. What a service learned goes to sets in a pack ([`PackOptions`]; docs/packed-knowledge.md).

mod adaptation;
mod attention;
mod bandit;
mod coded_cells;
mod content;
mod context;
mod counts;
mod ease;
mod engagement;
mod factors;
mod feedback;
mod graph;
mod head;
mod home_share;
mod id_table;
mod impressions;
mod interests;
mod item_neighbours;
mod items;
mod knowledge;
mod masses;
mod pack;
mod packed;
mod popularity;
mod profile;
mod recommender;
mod rows;
mod saved;
mod sequence;
mod sparse_rows;
mod spherical_k_means;
mod tasks;
mod taste;
mod trained;
pub mod training;
mod transitions;
mod user_neighbours;
mod watch_graph;
mod watch_rules;
mod watching;

pub use adaptation::{Adaptation, FEATURES, FeatureValues};
pub use attention::{ATTENTION_WINDOW_MAX, Attended, Attention, AttentionSettings};
pub use bandit::{Bandit, Belief, DIRECTIONS, Draw, SHOWN_VALUES, directions};
pub use content::Content;
pub use context::{ContextLift, ContextLiftSettings};
pub use ease::Ease;
pub use engagement::Engagement;
pub use factors::{Factors, FactorsOptions};
pub use feedback::{Feedback, MOST_SNOOZES, Snoozed};
pub use graph::{GraphWalk, GraphWalkSettings, Walk};
pub use head::{Example, FEATURE_MAX, Head, IMPORTANCE_MAX, Prior};
pub use home_share::{HOME_SHARE, HomeEvidence, HomeShare, HomeWeight};
pub use impressions::{Impressions, MOST_SHOWN, Showings};
pub use interests::{INTERESTS_MAX, Interest, InterestSettings, Interests};
pub use item_neighbours::{ItemNeighbours, ItemNeighboursSettings};
pub use items::Items;
pub use knowledge::Knowledge;
pub use pack::{Base, Noise, NoisePart, PackOptions, Packing, SectionKind, Sections, Sensitivity, Unpacked};
pub use popularity::{Popularity, Trend, TrendSettings};
pub use profile::{Observed, Profile};
pub use recommender::{Contribution, Item, Observation, Recommender, Viewer, Watch};
pub use sequence::{Sequence, SequenceFiles, SequenceModel};
pub use spherical_k_means::{SphericalKMeans, Weighted};
pub use tasks::{CombinedHead, Task, TaskHeads, TaskLabels, TaskPriors, TaskShares};
pub use taste::{Engaged, Taste, TasteSettings, TasteTerm, taste, taste_terms};
pub use trained::Trained;
pub use transitions::Transitions;
pub use user_neighbours::{UserNeighbours, UserNeighboursSettings};
pub use watch_rules::{Form, Played, WatchRules};
pub use watching::{
    LastFinished, MOST_RECENT, RecentlyWatched, SeriesWatching, Viewing, WatchState, Watching, has_cards,
};
