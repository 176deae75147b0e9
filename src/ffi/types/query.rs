//! What lists are asked for, what bounds a call, and the columns that a list comes back as.

use super::feature::vrec_feature_weight;
use crate::ffi::cancel::vrec_cancel_token;
use crate::ffi::filter::vrec_filter;
use crate::ffi::input::versioned;
use crate::ffi::progress_callback::vrec_progress_callback;
use std::ffi::{c_char, c_void};

/// Watched videos are left out of recommendations, kept in similar videos and in search.
pub const VREC_WATCHED_DEFAULT: i32 = 0;
pub const VREC_WATCHED_INCLUDE: i32 = 1;
pub const VREC_WATCHED_EXCLUDE: i32 = 2;

/// What recommendations are ordered by: the cosine with the profile's taste; or a sum of features, each times its
/// weight. See vrec_feature_weight.
pub const VREC_RANKING_TASTE: i32 = 0;
pub const VREC_RANKING_BLEND: i32 = 1;

/// What a vrec_rule does: puts a video at a position of the list; raises the scores of its videos; lowers them.
pub const VREC_RULE_PIN: i32 = 1;
pub const VREC_RULE_BOOST: i32 = 2;
pub const VREC_RULE_BURY: i32 = 3;

/// Which videos a vrec_rule is for: one by its id; those with a tag; those of a series, and the one that stands for it.
pub const VREC_RULE_TARGET_VIDEO: i32 = 0;
pub const VREC_RULE_TARGET_TAG: i32 = 1;
pub const VREC_RULE_TARGET_SERIES: i32 = 2;

/// How the videos of a list are kept from being all alike: not at all; maximal marginal relevance, which weighs each
/// video's score against its likeness to those above it; clusters, each with at most its quota of places; or a
/// determinantal point process, which weighs scores against the volume that the videos' vectors span.
pub const VREC_DIVERSITY_NONE: i32 = 0;
pub const VREC_DIVERSITY_MMR: i32 = 1;
pub const VREC_DIVERSITY_CLUSTER_QUOTAS: i32 = 2;
pub const VREC_DIVERSITY_DPP: i32 = 3;

/// How the places of a list are filled that find out what the viewer thinks of other videos: there are none; by the upper
/// end of what the viewer may think (LinUCB); or by one draw from what the viewer may think (Thompson sampling).
pub const VREC_EXPLORATION_NONE: i32 = 0;
pub const VREC_EXPLORATION_LINUCB: i32 = 1;
pub const VREC_EXPLORATION_THOMPSON: i32 = 2;

/// Ways in which vrec_search finds videos, to be added up. Words and characters of titles, simplified or traditional,
/// by their beginnings and with a mistake or two in longer words.
pub const VREC_SEARCH_WORDS: u32 = 1;
/// Pinyin of the characters of titles, whole, half typed or by initials; all readings of each count.
pub const VREC_SEARCH_PINYIN: u32 = 2;
/// Digits for the letters on a telephone's keys (7496 for rgzn), where the text has nothing but digits.
pub const VREC_SEARCH_KEYPAD: u32 = 4;
/// What the texts of videos mean; needs the model and waits for it.
pub const VREC_SEARCH_MEANING: u32 = 8;
/// All ways through titles: what a keystroke asks for, which then never waits for the model.
pub const VREC_SEARCH_TITLES: u32 = 7;

/// Bounds on one call. Passing NULL sets none.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct vrec_call_options {
    /// sizeof(vrec_call_options).
    pub struct_size: usize,
    /// A token that ends the call from another thread; borrowed for the call. Default: none.
    pub cancel: *const vrec_cancel_token,
    /// Milliseconds after which the call ends with VREC_E_TIMED_OUT, at most one day. Checked
    /// between runs of the model and between blocks of a scan; a call that opens the model finishes
    /// that first. Default: no limit.
    pub timeout_ms: u32,
    /// Must be 0.
    pub reserved: u32,
    /// Hears how far the call is, on the thread of the call; see vrec_progress_callback. Default:
    /// nobody.
    pub progress_callback: vrec_progress_callback,
    /// Passed to progress_callback.
    pub progress_user_data: *mut c_void,
}
versioned!(vrec_call_options {
    struct_size: usize,
    cancel: *const vrec_cancel_token,
    timeout_ms: u32,
    reserved: u32,
    progress_callback: vrec_progress_callback,
    progress_user_data: *mut c_void,
});

/// One rule of a query. Videos that the filter, the profile or the query keeps out of a list stay out of it, and an
/// unknown video, tag or series has no effect.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct vrec_rule {
    /// sizeof(vrec_rule).
    pub struct_size: usize,
    /// One of VREC_RULE_, required.
    pub action: i32,
    /// What id names, one of VREC_RULE_TARGET_. Default: a video.
    pub target: i32,
    /// The id of a video or series, 1 to 255 bytes, or a tag; required.
    pub id: *const c_char,
    pub id_len: usize,
    /// How far VREC_RULE_BOOST raises and VREC_RULE_BURY lowers, in deviations of the list's scores (docs/rules.md),
    /// above 0 and up to 100; 0 for a pin. Default: 1.
    pub amount: f32,
    /// Where VREC_RULE_PIN puts the video, from 1 to the query's limit; no two pins may want the same place, nor be of the
    /// same video. 0 for other actions.
    pub position: u32,
}
versioned!(vrec_rule {
    struct_size: usize,
    action: i32,
    target: i32,
    id: *const c_char,
    id_len: usize,
    amount: f32,
    position: u32,
});

/// What a list is asked for. Passing NULL means all defaults.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct vrec_query {
    /// sizeof(vrec_query).
    pub struct_size: usize,
    /// Whose history counts, 1 to 255 bytes. Default: the current profile, see vrec_profile_switch.
    pub profile: *const c_char,
    pub profile_len: usize,
    /// Ids never to be returned, as one block and offsets, at most 65536; unknown ones are allowed.
    pub exclude: *const c_char,
    pub exclude_offsets: *const u64,
    pub exclude_count: usize,
    /// At most this many results, up to 10000. Default: 10.
    pub limit: u32,
    /// One of VREC_WATCHED_.
    pub watched: i32,
    /// Only results with at least this score, -1 to 1; with VREC_RANKING_BLEND, whose scores are no cosines, one is
    /// VREC_E_INVALID_ARGUMENT. Titles that vrec_search finds always have it. Default: no threshold; for one at zero pass the smallest positive float.
    pub min_score: f32,
    /// Must be 0.
    pub reserved: u32,
    /// Rules that every result keeps. Default: none. The age limit of the profile (see vrec_profile_create) holds
    /// besides: of it and viewer_age the lower.
    pub filter: *const vrec_filter,
    /// The time of the list, milliseconds since 1970-01-01 UTC: by it snoozes end and what was shown fades in every list,
    /// VREC_RANKING_BLEND tells what is lately watched, and vrec_watch_next and vrec_home, which require it, tell what can
    /// be watched. May be negative, as that of a clock that was never set. Default: that of the profile's last event, for
    /// VREC_RANKING_BLEND of its last watch.
    pub now_utc_ms: i64,
    /// What recommendations are ordered by, one of VREC_RANKING_; vrec_similar and vrec_search check it and do not
    /// ask. Default: VREC_RANKING_TASTE.
    pub ranking: i32,
    /// The circumstances of the list, as in vrec_event, for VREC_FEATURE_CONTEXT. Default: unknown.
    pub device: i32,
    pub place: i32,
    pub company: i32,
    pub utc_offset_minutes: i32,
    /// The largest share of a blended list that is kept for videos that nobody watched, up to 1; below 0, to -1: none
    /// is kept. They are chosen by VREC_FEATURE_CONTENT and need its weight and vrec_train. A list keeps three times
    /// the share that such videos have of all, if that is less. Default: 0.3.
    pub new_video_share: f32,
    /// What counts in this list with VREC_RANKING_BLEND, each feature at most once; those not named count 0, and those
    /// that the engine does not learn add nothing. Default: as the engine was created with, or as the pack in use says.
    pub feature_weights: *const vrec_feature_weight,
    pub feature_weight_count: usize,
    /// The ways in which vrec_search finds videos, a sum of VREC_SEARCH_; other lists check it and do not ask. Default:
    /// all, but meaning only where there is a model that needs no waiting for another call to open it, where titles
    /// leave room in the list, and where the text is more than one word of one or two letters or of digits.
    pub search_ways: u32,
    /// Fills what would be a hole in front of the next field. Must be 0.
    pub reserved_2: u32,
    /// How vrec_recommend, vrec_similar and VREC_ROW_FOR_YOU keep videos from being all alike, one of VREC_DIVERSITY_;
    /// other lists and rows check it and do not ask. Default: VREC_DIVERSITY_NONE.
    pub diversity_method: i32,
    /// How strongly, 0 to 1. At 0 the list is the one without a method; at 1 scores decide only the first place and
    /// which videos may have the others. The first 200 places are chosen so. Default: 0.
    pub diversity: f32,
    /// Videos of vrec_recommend, and of a row of vrec_home but those of cards, that score nearly the same take turns by
    /// this number, such as that of the day: the same number gives the same order on every machine. Default: they do not.
    pub rotation_seed: u64,
    /// Milliseconds after which a VREC_EVENT_IMPRESSION counts half, at least 1. Default: 604800000, a week.
    pub impression_half_life_ms: i64,
    /// How far a video sinks in vrec_recommend, and in the rows of vrec_home but those of cards, that was shown five times
    /// and not taken up since, in deviations of the list's scores (docs/feedback.md), up to 100; fewer or older showings
    /// count less. Below 0, to -1: what was shown does not count. Default: 1.
    pub impression_strength: f32,
    /// Must be 0.
    pub reserved_3: u32,
    /// Most places of a list, or of each row, for videos that are there only because of a rule, at least 1; the others
    /// fall back to their own scores. Default: a quarter of the list, rounded up. For none give no rules.
    pub rule_budget: usize,
    /// What the owner of the service wants of recommendations, at most 1024, rule_stride bytes apart. They count in
    /// vrec_recommend and, but for pins, in the rows of vrec_home other than those of cards; pins also in VREC_ROW_FOR_YOU.
    /// Other lists check them and do not ask. Default: nothing.
    pub rules: *const vrec_rule,
    pub rule_count: usize,
    pub rule_stride: usize,
    /// How places of a blended list are filled that find out what the viewer thinks of other videos, one of
    /// VREC_EXPLORATION_; in vrec_recommend a method with VREC_RANKING_TASTE is VREC_E_INVALID_ARGUMENT. In vrec_home the
    /// row VREC_ROW_FOR_YOU explores, whatever the ranking; other calls check it and do not ask. Default:
    /// VREC_EXPLORATION_NONE.
    pub exploration_method: i32,
    /// How many places may go to others, at most 16 (docs/exploration.md). Default: 2.
    pub exploration_slots: u32,
    /// The largest share of what the list's scores are ahead of average videos that exploring may cost, up to 1; below
    /// 0, to -1: it may cost nothing. Default: 0.3.
    pub exploration_budget: f32,
    /// Must be 0.
    pub reserved_4: u32,
    /// What is drawn by: the same number, profile and events give the same list. To be another for each list that is
    /// shown. Default: 0, a number as any other.
    pub exploration_seed: u64,
}
versioned!(vrec_query {
    struct_size: usize,
    profile: *const c_char,
    profile_len: usize,
    exclude: *const c_char,
    exclude_offsets: *const u64,
    exclude_count: usize,
    limit: u32,
    watched: i32,
    min_score: f32,
    reserved: u32,
    filter: *const vrec_filter,
    now_utc_ms: i64,
    ranking: i32,
    device: i32,
    place: i32,
    company: i32,
    utc_offset_minutes: i32,
    new_video_share: f32,
    feature_weights: *const vrec_feature_weight,
    feature_weight_count: usize,
    search_ways: u32,
    reserved_2: u32,
    diversity_method: i32,
    diversity: f32,
    rotation_seed: u64,
    impression_half_life_ms: i64,
    impression_strength: f32,
    reserved_3: u32,
    rule_budget: usize,
    rules: *const vrec_rule,
    rule_count: usize,
    rule_stride: usize,
    exploration_method: i32,
    exploration_slots: u32,
    exploration_budget: f32,
    reserved_4: u32,
    exploration_seed: u64,
});

/// A list as columns of count values each, best first. Text columns are one block of UTF-8 bytes
/// and count + 1 offsets. All pointers stay valid until the results are destroyed; none is NULL.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct vrec_columns {
    /// sizeof(vrec_columns), set by the caller; fields past it are not written.
    pub struct_size: usize,
    pub count: usize,
    pub ids: *const c_char,
    pub id_offsets: *const u64,
    pub titles: *const c_char,
    pub title_offsets: *const u64,
    /// Centred cosine, -1 to 1; with VREC_RANKING_BLEND a sum without bounds, to compare within one list; where
    /// vrec_search found the title, above 1 and up to 2. Of recommendations with what rules, showings and rotation
    /// added, but for pins, which are no score and stand out of its order.
    pub scores: *const f32,
    /// The video that the first of the reasons with one names (vrec_results_reasons): for a recommendation a watched
    /// one, for similar videos the one asked about; empty where none does, as in a search.
    pub because_ids: *const c_char,
    pub because_id_offsets: *const u64,
    /// One of VREC_FIELD_: the field that contributed most to the score.
    pub matched_fields: *const i32,
    /// That field's text; tags are joined with ", ", comments with line ends.
    pub matched_texts: *const c_char,
    pub matched_text_offsets: *const u64,
    /// How much of the score that field contributed.
    pub matched_scores: *const f32,
    /// The probability with which the list put the video into its place, given the rest of the list: below 1 only where
    /// the place explores. To be recorded with the impression, as vrec_event.propensity.
    pub propensities: *const f32,
}
versioned!(vrec_columns {
    struct_size: usize,
    count: usize,
    ids: *const c_char,
    id_offsets: *const u64,
    titles: *const c_char,
    title_offsets: *const u64,
    scores: *const f32,
    because_ids: *const c_char,
    because_id_offsets: *const u64,
    matched_fields: *const i32,
    matched_texts: *const c_char,
    matched_text_offsets: *const u64,
    matched_scores: *const f32,
    propensities: *const f32,
});
