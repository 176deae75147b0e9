//! What a blended list counts, and how much.

use crate::domain::Feature;
use crate::ffi::input::versioned;

/// What VREC_RANKING_BLEND can count. Three of them need vrec_train; without it they add nothing. Watched soon after
/// what the viewer watched last; by default 0.2.
pub const VREC_FEATURE_TRANSITIONS: i32 = 0;
/// Watched close to what the viewer watched, in either order; by default 0.5.
pub const VREC_FEATURE_ITEM_NEIGHBOURS: i32 = 1;
/// Watched by the profiles whose histories are most like the viewer's.
pub const VREC_FEATURE_USER_NEIGHBOURS: i32 = 2;
/// Goes together with what the viewer watched, by weights between videos; needs vrec_train; by default 0.2.
pub const VREC_FEATURE_EASE: i32 = 3;
/// Near the viewer's place among factors, found from the history; needs vrec_train.
pub const VREC_FEATURE_FACTORS: i32 = 4;
/// Reached by short random walks over profiles and videos from what the viewer watched.
pub const VREC_FEATURE_GRAPH_WALK: i32 = 5;
/// Watched by many profiles.
pub const VREC_FEATURE_POPULARITY: i32 = 6;
/// Watched by many lately, seen from the time of the list.
pub const VREC_FEATURE_TREND: i32 = 7;
/// Watched at such times of the day and week, on such devices, in such places and company as the list's.
pub const VREC_FEATURE_CONTEXT: i32 = 8;
/// Near what the viewer watched by the place that vector and tags give among what is watched together; the only one
/// by which videos that nobody watched get places of their own; needs vrec_train; by default 0.1.
pub const VREC_FEATURE_CONTENT: i32 = 9;
/// The cosine with the profile's taste; by default 0.1, and more while few profiles have watched anything.
pub const VREC_FEATURE_TASTE: i32 = 10;
/// Like some of the last videos that the viewer watched; each counts the more the more alike it is.
pub const VREC_FEATURE_ATTENTION: i32 = 11;
/// The cosine with the nearest of the viewer's interests, groups of like videos among the last ones watched.
pub const VREC_FEATURE_INTERESTS: i32 = 12;
/// Available since lately, seen from the time of the list, by vrec_video.available_from_utc_ms.
pub const VREC_FEATURE_FRESHNESS: i32 = 13;
/// A trained network that read the history in order says that it comes next; where vrec_load_sequence brought one;
/// by default 1, and more while few profiles have watched anything.
pub const VREC_FEATURE_SEQUENCE: i32 = 14;

const _: () = {
    let features = [
        VREC_FEATURE_TRANSITIONS,
        VREC_FEATURE_ITEM_NEIGHBOURS,
        VREC_FEATURE_USER_NEIGHBOURS,
        VREC_FEATURE_EASE,
        VREC_FEATURE_FACTORS,
        VREC_FEATURE_GRAPH_WALK,
        VREC_FEATURE_POPULARITY,
        VREC_FEATURE_TREND,
        VREC_FEATURE_CONTEXT,
        VREC_FEATURE_CONTENT,
        VREC_FEATURE_TASTE,
        VREC_FEATURE_ATTENTION,
        VREC_FEATURE_INTERESTS,
        VREC_FEATURE_FRESHNESS,
        VREC_FEATURE_SEQUENCE,
    ];
    assert!(features.len() == Feature::ALL.len());
    let mut place = 0;
    while place < features.len() {
        assert!(features[place] == Feature::ALL[place] as i32);
        place += 1;
    }
};

/// How much a feature counts in a list with VREC_RANKING_BLEND. A video's score is the sum over the features, each as
/// its distance from the mean of the videos in standard deviations, times its weight. The struct never grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct vrec_feature_weight {
    /// One of VREC_FEATURE_.
    pub feature: i32,
    /// -1000 to 1000; 0: it does not count.
    pub weight: f32,
}

/// Other weights than those in use are better beyond chance.
pub const VREC_WEIGHTS_LEARNED: i32 = 1;
/// No weights were found that are better beyond chance than those in use.
pub const VREC_WEIGHTS_KEPT: i32 = 2;
/// Fewer than 100 lists to choose weights by, or to confirm them by: nothing was tried.
pub const VREC_WEIGHTS_TOO_FEW: i32 = 3;

/// How many features vrec_learn_weights has to have room for: more than there are, so that programs compiled today have
/// room for those of later versions.
pub const VREC_MAX_FEATURES: u32 = 32;

const _: () = assert!(Feature::ALL.len() <= VREC_MAX_FEATURES as usize);

/// What came of vrec_learn_weights.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct vrec_learned_weights {
    /// sizeof(vrec_learned_weights), set by the caller; fields past it are not written.
    pub struct_size: usize,
    /// One of VREC_WEIGHTS_.
    pub outcome: i32,
    /// How many features are to count; with VREC_WEIGHTS_KEPT and VREC_WEIGHTS_TOO_FEW those that count in lists here.
    pub weight_count: u32,
    /// Lists that weights were chosen by.
    pub choosing_lists: u64,
    /// Lists of other profiles, by which they were confirmed.
    pub confirming_lists: u64,
    /// The mean nDCG@10 of the confirming lists, 0 to 1, with the weights in use; 0 with VREC_WEIGHTS_TOO_FEW.
    pub ndcg_before: f64,
    /// The same with the weights that were written.
    pub ndcg_after: f64,
    /// What the weights that were chosen gain there, in nDCG@10, whether or not it was enough.
    pub gain: f64,
    /// Half of the gain's 95 % confidence interval: the weights are learned where the gain is larger.
    pub plus_minus: f64,
}
versioned!(vrec_learned_weights {
    struct_size: usize,
    outcome: i32,
    weight_count: u32,
    choosing_lists: u64,
    confirming_lists: u64,
    ndcg_before: f64,
    ndcg_after: f64,
    gain: f64,
    plus_minus: f64,
});
