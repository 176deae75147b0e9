//! Asking for lists.

use std::ffi::c_char;

use super::boundary::{call_on, output};
use super::catalogue::owned;
use super::context::read_context;
use super::engine::{call_options, check_reserved, vrec_engine};
use super::error::vrec_error;
use super::feature_weights::{read_feature_weights, read_new_video_share};
use super::filter::read_filter;
use super::input::{read_optional_struct, read_str, read_texts};
use super::output::vrec_results;
use super::rules::{read_impression_half_life, read_impression_strength, read_rules};
use super::types::{vrec_call_options, vrec_query};
use crate::domain::{
    CallOptions, DiversityMethod, Error, ExplorationMethod, Query, Ranking, Recommendation, Result, SearchWays,
    Watched, limits,
};
use crate::engine::Engine;

/// Videos near a profile's taste: the mean of the vectors of what it engaged with, weighted by
/// completion and opinion. Best first, ties by id. What the profile watched is left out unless the
/// query says otherwise; what it hid always is. A profile that likes nothing yet gets an empty list.
///
/// With VREC_RANKING_BLEND lists are ordered by a sum of features, which vrec_query.feature_weights or else
/// vrec_options.feature_weights choose: by default the taste, what others watched after and beside what the profile
/// watched, and with vrec_train what goes together. The watched video that had the largest part is named.
///
/// With vrec_query.diversity_method and diversity the list is chosen from four times as many videos and 50 more, so
/// that it is not all alike; each keeps its score, and the best one its first place.
///
/// With vrec_query.exploration_method and VREC_RANKING_BLEND some places go to videos of which it is not known yet what
/// the viewer thinks. vrec_columns.propensities tells how probable each choice was.
///
/// To scores of either kind are added what was shown and passed over (vrec_query.impression_strength), rules and
/// rotation; the list is the best by their sum.
///
/// Parameters: engine, not NULL; query, NULL for all defaults; call, bounds on the call, may be NULL;
/// results, where to put the list, not NULL; error, where to put an error, may be NULL.
/// Ownership: the caller owns results, to be given up by vrec_results_destroy.
/// Threads: any; never waits for writes.
/// Errors: VREC_E_NOT_FOUND for an unknown profile of a household (see vrec_profile_create); VREC_E_INVALID_ARGUMENT,
/// VREC_E_LIMIT, VREC_E_TOO_NEW, VREC_E_UTF8, VREC_E_REENTRANT, VREC_E_FORKED, VREC_E_CANCELLED, VREC_E_TIMED_OUT.
/// Cost: one inner product a video; no run of the model. With VREC_RANKING_BLEND also a pass over all videos that
/// anybody watched, for each feature that counts. With a diversity_method also at most 170000 inner products for 200
/// places, 900 for the default limit; with VREC_DIVERSITY_CLUSTER_QUOTAS up to 215000, and 7600. With an
/// exploration_method a look at the id of each video, and at most 208 scores and as many times 256 products of 33.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_recommend(
    engine: *const vrec_engine,
    query: *const vrec_query,
    call: *const vrec_call_options,
    results: *mut *mut vrec_results,
    error: *mut *mut vrec_error,
) -> i32 {
    let list = |engine: &Engine, query: &Query, call: &CallOptions| engine.recommend(query, call);
    // SAFETY: as the header demands.
    let body = |handle: &vrec_engine| unsafe { answer(handle, query, call, results, list) };
    // SAFETY: as the header demands.
    unsafe { call_on("vrec_recommend", engine, error, body) }
}

/// Videos near one video, that video left out. Best first, ties by id; vrec_query.diversity_method as for vrec_recommend.
///
/// Parameters: engine, not NULL; video_id and its length in bytes; query, NULL for all defaults; call,
/// bounds on the call, may be NULL; results, where to put the list, not NULL; error, where to put an
/// error, may be NULL.
/// Ownership: the caller owns results, to be given up by vrec_results_destroy.
/// Threads: any; never waits for writes.
/// Errors: VREC_E_NOT_FOUND for an unknown video, and those of vrec_recommend.
/// Cost: one inner product a video, and what vrec_recommend says of a diversity_method; no run of the model.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_similar(
    engine: *const vrec_engine,
    video_id: *const c_char,
    video_id_len: usize,
    query: *const vrec_query,
    call: *const vrec_call_options,
    results: *mut *mut vrec_results,
    error: *mut *mut vrec_error,
) -> i32 {
    let body = |handle: &vrec_engine| {
        // SAFETY: readable for its length by the header's contract.
        let video_id = unsafe { read_str("video_id", video_id, video_id_len) }?;
        let list = |engine: &Engine, query: &Query, call: &CallOptions| engine.similar(video_id, query, call);
        // SAFETY: as the header demands.
        unsafe { answer(handle, query, call, results, list) }
    };
    // SAFETY: as the header demands.
    unsafe { call_on("vrec_similar", engine, error, body) }
}

/// Videos whose titles match a text that somebody types (words, characters, pinyin, keypad digits), and behind them
/// videos near its meaning, in any language the model knows. vrec_query.search_ways chooses; for each keystroke pass
/// VREC_SEARCH_TITLES. Best first, ties by id; a title that matches scores above 1, closer ones more.
///
/// Parameters: engine, not NULL; text and its length in bytes, at most 65536 and not blank; query,
/// NULL for all defaults; call, bounds on the call, may be NULL; results, where to put the list, not
/// NULL; error, where to put an error, may be NULL.
/// Ownership: the caller owns results, to be given up by vrec_results_destroy.
/// Threads: any; for meaning waits for other embeddings on the same engine, never for writes.
/// Errors: those of vrec_recommend, and with VREC_SEARCH_MEANING those of vrec_load_encoder.
/// Cost: a look at each title; for meaning one run of the model for a short text, and one inner product a video.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_search(
    engine: *const vrec_engine,
    text: *const c_char,
    text_len: usize,
    query: *const vrec_query,
    call: *const vrec_call_options,
    results: *mut *mut vrec_results,
    error: *mut *mut vrec_error,
) -> i32 {
    let body = |handle: &vrec_engine| {
        // SAFETY: readable for its length by the header's contract.
        let text = unsafe { read_str("text", text, text_len) }?;
        let list = |engine: &Engine, query: &Query, call: &CallOptions| engine.search(text, query, call);
        // SAFETY: as the header demands.
        unsafe { answer(handle, query, call, results, list) }
    };
    // SAFETY: as the header demands.
    unsafe { call_on("vrec_search", engine, error, body) }
}

/// Reads the query, asks `list`, and hands the results over.
///
/// # Safety
/// The pointers are as the header demands.
unsafe fn answer(
    handle: &vrec_engine,
    query: *const vrec_query,
    call: *const vrec_call_options,
    results: *mut *mut vrec_results,
    list: impl FnOnce(&Engine, &Query, &CallOptions) -> Result<Vec<Recommendation>>,
) -> Result<()> {
    let target = output(results, "results")?;
    // SAFETY: passed on from this function's contract.
    let (query, call) = unsafe { (read_query(query)?, call_options(call)?) };
    let found = vrec_results::new(list(handle.engine(), &query, &call)?);
    // SAFETY: not null, so valid for writing by the header's contract.
    unsafe { target.write(Box::into_raw(Box::new(found))) };
    Ok(())
}

/// # Safety
/// `query` is null or a struct with its size, readable strings and lists, a filter as for [`read_filter`], and rules as
/// for [`read_rules`].
pub(super) unsafe fn read_query(query: *const vrec_query) -> Result<Query> {
    // SAFETY: passed on from this function's contract.
    let Some(given) = unsafe { read_optional_struct(query) }? else {
        return Ok(Query::for_profile(""));
    };
    check_reserved(given.reserved)?;
    check_reserved(given.reserved_2)?;
    check_reserved(given.reserved_3)?;
    check_reserved(given.reserved_4)?;
    let exploration_method = ExplorationMethod::from_code(given.exploration_method).ok_or_else(|| {
        Error::invalid(format!("exploration_method {} is no VREC_EXPLORATION_ value", given.exploration_method))
    })?;
    let watched = Watched::from_code(given.watched)
        .ok_or_else(|| Error::invalid(format!("watched {} is no VREC_WATCHED_ value", given.watched)))?;
    let ranking = Ranking::from_code(given.ranking)
        .ok_or_else(|| Error::invalid(format!("ranking {} is no VREC_RANKING_ value", given.ranking)))?;
    let diversity_method = DiversityMethod::from_code(given.diversity_method).ok_or_else(|| {
        Error::invalid(format!("diversity_method {} is no VREC_DIVERSITY_ value", given.diversity_method))
    })?;
    // SAFETY: null or readable for their lengths by this function's contract.
    let (profile, exclude) = unsafe {
        (
            read_str("profile", given.profile, given.profile_len)?,
            read_texts(
                "exclude",
                given.exclude,
                given.exclude_offsets,
                given.exclude_count,
                given.exclude_count.saturating_mul(limits::ID_BYTES),
            )?,
        )
    };
    Ok(Query {
        profile: profile.to_owned(),
        limit: if given.limit == 0 { Query::DEFAULT_LIMIT } else { given.limit as usize },
        min_score: if given.min_score == 0.0 { None } else { Some(given.min_score) },
        watched,
        ranking,
        // SAFETY: null or a readable list by this function's contract.
        feature_weights: unsafe { read_feature_weights(given.feature_weights, given.feature_weight_count) }?,
        new_video_share: read_new_video_share(given.new_video_share)?,
        now_utc_ms: given.now_utc_ms,
        context: read_context(given.device, given.place, given.company, given.utc_offset_minutes)?,
        exclude: owned(exclude),
        // SAFETY: null or a filter with readable lists by this function's contract.
        filter: unsafe { read_filter(given.filter) }?,
        search_ways: SearchWays::from_bits(given.search_ways)?,
        diversity_method,
        diversity: given.diversity,
        rotation_seed: given.rotation_seed,
        impression_half_life_ms: read_impression_half_life(given.impression_half_life_ms)?,
        impression_strength: read_impression_strength(given.impression_strength)?,
        rule_budget: (given.rule_budget > 0).then_some(given.rule_budget),
        // SAFETY: null or readable rules by this function's contract.
        rules: unsafe { read_rules(given.rules, given.rule_count, given.rule_stride) }?,
        exploration_method,
        exploration_slots: match given.exploration_slots {
            0 => Query::EXPLORATION_SLOTS,
            slots => slots as usize,
        },
        exploration_budget: read_exploration_budget(given.exploration_budget)?,
        exploration_seed: given.exploration_seed,
    })
}

fn read_exploration_budget(given: f32) -> Result<f32> {
    if !(-1.0..=1.0).contains(&given) {
        return Err(Error::invalid(format!("exploration_budget is {given}; it lies between -1 and 1")));
    }
    Ok(if given == 0.0 { Query::EXPLORATION_BUDGET } else { given.max(0.0) })
}
