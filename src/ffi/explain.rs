//! How one video stands with a query, listed or not.

use std::ffi::c_char;

use super::boundary::{call, call_on, call_void, output};
use super::engine::{call_options, vrec_engine};
use super::error::vrec_error;
use super::input::{read_str, versioned};
use super::output::{TextColumn, column, write_struct};
use super::reasons::{ReasonColumns, vrec_reason_columns};
use super::recommend::read_query;
use super::types::{vrec_call_options, vrec_query};
use crate::domain::{Block, BlockKind, Error, Explanation, Result};
use crate::ranking::{SentenceLanguage, block_sentence};

/// What keeps a video out of a list. Its minimum age is above the viewer's.
pub const VREC_BLOCK_AGE: i32 = 1;
/// Its minimum age is not known, and the viewer's is checked.
pub const VREC_BLOCK_AGE_UNKNOWN: i32 = 2;
pub const VREC_BLOCK_NOT_YET_AVAILABLE: i32 = 3;
pub const VREC_BLOCK_EXPIRED: i32 = 4;
/// It needs an entitlement that the viewer has not.
pub const VREC_BLOCK_ENTITLEMENT: i32 = 5;
/// It has no sound in a language asked for.
pub const VREC_BLOCK_AUDIO_LANGUAGE: i32 = 6;
/// It has no subtitles in a language asked for.
pub const VREC_BLOCK_SUBTITLE_LANGUAGE: i32 = 7;
/// It is of no kind asked for.
pub const VREC_BLOCK_KIND: i32 = 8;
/// It has none of vrec_filter.any_tags.
pub const VREC_BLOCK_ANY_TAG: i32 = 9;
/// It lacks one of vrec_filter.all_tags; a block for each.
pub const VREC_BLOCK_MISSING_TAG: i32 = 10;
/// It has one of vrec_filter.no_tags; a block for each.
pub const VREC_BLOCK_FORBIDDEN_TAG: i32 = 11;
/// The profile hid it.
pub const VREC_BLOCK_HIDDEN: i32 = 12;
/// The profile watched it, and the query leaves such videos out.
pub const VREC_BLOCK_WATCHED: i32 = 13;
/// The query excludes its id.
pub const VREC_BLOCK_EXCLUDED: i32 = 14;
/// Its texts wait to be embedded, and its tags say nothing yet.
pub const VREC_BLOCK_NO_VECTOR: i32 = 15;
/// Its score is below vrec_query.min_score.
pub const VREC_BLOCK_BELOW_MIN_SCORE: i32 = 16;
/// The profile has watched and liked nothing yet, and the list is by taste alone.
pub const VREC_BLOCK_NO_TASTE: i32 = 17;
/// The profile hid its series.
pub const VREC_BLOCK_HIDDEN_SERIES: i32 = 18;
/// The profile snoozed it or its series, and the time has not come.
pub const VREC_BLOCK_SNOOZED: i32 = 19;

const _: () = {
    let numbers = [
        VREC_BLOCK_AGE,
        VREC_BLOCK_AGE_UNKNOWN,
        VREC_BLOCK_NOT_YET_AVAILABLE,
        VREC_BLOCK_EXPIRED,
        VREC_BLOCK_ENTITLEMENT,
        VREC_BLOCK_AUDIO_LANGUAGE,
        VREC_BLOCK_SUBTITLE_LANGUAGE,
        VREC_BLOCK_KIND,
        VREC_BLOCK_ANY_TAG,
        VREC_BLOCK_MISSING_TAG,
        VREC_BLOCK_FORBIDDEN_TAG,
        VREC_BLOCK_HIDDEN,
        VREC_BLOCK_WATCHED,
        VREC_BLOCK_EXCLUDED,
        VREC_BLOCK_NO_VECTOR,
        VREC_BLOCK_BELOW_MIN_SCORE,
        VREC_BLOCK_NO_TASTE,
        VREC_BLOCK_HIDDEN_SERIES,
        VREC_BLOCK_SNOOZED,
    ];
    assert!(numbers.len() == BlockKind::ALL.len());
    let mut place = 0;
    while place < numbers.len() {
        assert!(numbers[place] == BlockKind::ALL[place] as i32);
        place += 1;
    }
};

/// How a video stands with a query; what keeps it out as columns of block_count values each. Text columns are one block of
/// UTF-8 bytes and block_count + 1 offsets. All pointers stay valid until the explanation is destroyed; none is NULL.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct vrec_explained_fields {
    /// sizeof(vrec_explained_fields), set by the caller; fields past it are not written.
    pub struct_size: usize,
    /// The video's title.
    pub title: *const c_char,
    pub title_len: usize,
    /// Its place among the videos that nothing keeps out, from 1 on, in the order of the query's list; 0 when something
    /// keeps it out.
    pub rank: u64,
    /// How many videos nothing keeps out but their scores.
    pub allowed_count: u64,
    /// As vrec_recommend would score it, also when something keeps it out; 0 without a score.
    pub score: f32,
    /// 1 when it has a score, 0 for one without a vector, and for any one while the profile has no taste and the list is
    /// by taste.
    pub has_score: u32,
    /// All that keeps it out; none when nothing does.
    pub block_count: usize,
    /// One of VREC_BLOCK_.
    pub block_kinds: *const i32,
    /// What the video has: years for VREC_BLOCK_AGE, the time from or until which it can be watched for
    /// VREC_BLOCK_NOT_YET_AVAILABLE and VREC_BLOCK_EXPIRED, in milliseconds since 1970-01-01 UTC; else 0.
    pub block_found: *const i64,
    /// What the query asks for, in the same unit; the viewer's years for VREC_BLOCK_AGE_UNKNOWN, too.
    pub block_asked: *const i64,
    /// The tags, languages or kinds that the query asks for or leaves out, joined with ", ", at most 256 bytes; else empty.
    pub block_texts: *const c_char,
    pub block_text_offsets: *const u64,
    /// As a sentence in English, without a full stop, at most VREC_MAX_SENTENCE_CHARACTERS characters.
    pub block_english: *const c_char,
    pub block_english_offsets: *const u64,
    /// The same in Chinese, in simplified characters.
    pub block_chinese: *const c_char,
    pub block_chinese_offsets: *const u64,
}
versioned!(vrec_explained_fields {
    struct_size: usize,
    title: *const c_char,
    title_len: usize,
    rank: u64,
    allowed_count: u64,
    score: f32,
    has_score: u32,
    block_count: usize,
    block_kinds: *const i32,
    block_found: *const i64,
    block_asked: *const i64,
    block_texts: *const c_char,
    block_text_offsets: *const u64,
    block_english: *const c_char,
    block_english_offsets: *const u64,
    block_chinese: *const c_char,
    block_chinese_offsets: *const u64,
});

/// How one video stands with a query. Immutable; may outlive its engine and be read from several threads.
pub struct vrec_explanation {
    title: TextColumn,
    rank: u64,
    allowed_count: u64,
    score: Option<f32>,
    reasons: ReasonColumns,
    block_kinds: Vec<i32>,
    block_found: Vec<i64>,
    block_asked: Vec<i64>,
    block_texts: TextColumn,
    block_english: TextColumn,
    block_chinese: TextColumn,
}

impl vrec_explanation {
    fn new(found: Explanation) -> Self {
        let blocks = &found.blocks;
        // A score is no whole number, and stands in a field of its own.
        let number = |block: &Block, value: f64| match block.kind {
            BlockKind::BelowMinScore => 0,
            _ => value as i64,
        };
        let sentences = |language: SentenceLanguage| {
            let sentences: Vec<String> = blocks.iter().map(|block| block_sentence(block, language)).collect();
            TextColumn::new(sentences.iter().map(String::as_str))
        };
        vrec_explanation {
            title: TextColumn::new([found.title.as_str()].into_iter()),
            rank: found.rank.map_or(0, |rank| rank as u64),
            allowed_count: found.allowed as u64,
            score: found.score,
            block_kinds: column(blocks.iter().map(|block| block.kind as i32)),
            block_found: column(blocks.iter().map(|block| number(block, block.found))),
            block_asked: column(blocks.iter().map(|block| number(block, block.asked))),
            block_texts: TextColumn::new(blocks.iter().map(|block| block.text.as_str())),
            block_english: sentences(SentenceLanguage::English),
            block_chinese: sentences(SentenceLanguage::Chinese),
            reasons: ReasonColumns::new(&[found.reasons]),
        }
    }

    fn fields(&self, struct_size: usize) -> vrec_explained_fields {
        vrec_explained_fields {
            struct_size,
            title: self.title.block(),
            title_len: self.title.offsets[1] as usize,
            rank: self.rank,
            allowed_count: self.allowed_count,
            score: self.score.unwrap_or(0.0),
            has_score: u32::from(self.score.is_some()),
            block_count: self.block_kinds.len(),
            block_kinds: self.block_kinds.as_ptr(),
            block_found: self.block_found.as_ptr(),
            block_asked: self.block_asked.as_ptr(),
            block_texts: self.block_texts.block(),
            block_text_offsets: self.block_texts.offsets.as_ptr(),
            block_english: self.block_english.block(),
            block_english_offsets: self.block_english.offsets.as_ptr(),
            block_chinese: self.block_chinese.block(),
            block_chinese_offsets: self.block_chinese.offsets.as_ptr(),
        }
    }
}

/// How any one video stands with a query, whether vrec_recommend would list it or not: the score that it would have, the
/// reasons for that, and its rank among all videos; or all that keeps it out of the list, each with a code and a sentence.
///
/// Parameters: engine, not NULL; query, as for vrec_recommend, NULL for all defaults; video_id and its length in bytes;
/// call, bounds on the call, may be NULL; explanation, where to put it, not NULL; error, where to put an error, may be NULL.
/// Ownership: the caller owns explanation, to be given up by vrec_explanation_destroy.
/// Threads: any; never waits for writes.
/// Errors: VREC_E_NOT_FOUND for an unknown video, and those of vrec_recommend.
/// Cost: a list, and one inner product a video for the rank, with VREC_RANKING_BLEND one for each feature of vectors that
/// counts; no run of the model.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_explain(
    engine: *const vrec_engine,
    query: *const vrec_query,
    video_id: *const c_char,
    video_id_len: usize,
    call: *const vrec_call_options,
    explanation: *mut *mut vrec_explanation,
    error: *mut *mut vrec_error,
) -> i32 {
    let body = |handle: &vrec_engine| {
        let target = output(explanation, "explanation")?;
        // SAFETY: readable for its length by the header's contract.
        let video_id = unsafe { read_str("video_id", video_id, video_id_len) }?;
        // SAFETY: as the header demands.
        let (query, call) = unsafe { (read_query(query)?, call_options(call)?) };
        let found = vrec_explanation::new(handle.engine().explain(video_id, &query, &call)?);
        // SAFETY: not null, so valid for writing by the header's contract.
        unsafe { target.write(Box::into_raw(Box::new(found))) };
        Ok(())
    };
    // SAFETY: as the header demands.
    unsafe { call_on("vrec_explain", engine, error, body) }
}

/// Gives an explanation's score, rank and what keeps the video out.
///
/// Parameters: explanation, not NULL; fields, not NULL, its struct_size set by the caller; error, where to put an error,
/// may be NULL.
/// Ownership: the fields are borrowed from explanation, until vrec_explanation_destroy.
/// Threads: any, also several at once on the same explanation.
/// Errors: VREC_E_INVALID_ARGUMENT, VREC_E_TOO_NEW, VREC_E_REENTRANT.
/// Cost: constant; nothing is copied.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_explanation_fields(
    explanation: *const vrec_explanation,
    fields: *mut vrec_explained_fields,
    error: *mut *mut vrec_error,
) -> i32 {
    let body = || -> Result<()> {
        // SAFETY: null or live by the header's contract.
        let found = unsafe { explanation.as_ref() }.ok_or_else(|| Error::invalid("explanation is NULL"))?;
        // SAFETY: null or a struct with its size by the header's contract.
        unsafe { write_struct(fields, "fields", |size| found.fields(size)) }
    };
    // SAFETY: `error` is as the header demands.
    unsafe { call("vrec_explanation_fields", error, body) }
}

/// Gives the reasons of an explanation, as of a list with the one video; none without a score.
///
/// Parameters: explanation, not NULL; columns, not NULL, its struct_size set by the caller; error, where to put an error,
/// may be NULL.
/// Ownership: the columns are borrowed from explanation, until vrec_explanation_destroy.
/// Threads: any, also several at once on the same explanation.
/// Errors: VREC_E_INVALID_ARGUMENT, VREC_E_TOO_NEW, VREC_E_REENTRANT.
/// Cost: constant; nothing is copied.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_explanation_reasons(
    explanation: *const vrec_explanation,
    columns: *mut vrec_reason_columns,
    error: *mut *mut vrec_error,
) -> i32 {
    let body = || -> Result<()> {
        // SAFETY: null or live by the header's contract.
        let found = unsafe { explanation.as_ref() }.ok_or_else(|| Error::invalid("explanation is NULL"))?;
        // SAFETY: null or a struct with its size by the header's contract.
        unsafe { write_struct(columns, "columns", |size| found.reasons.columns(size)) }
    };
    // SAFETY: `error` is as the header demands.
    unsafe { call("vrec_explanation_reasons", error, body) }
}

/// Frees an explanation. NULL is allowed.
///
/// Parameters: explanation, one that is not used any more, or NULL.
/// Ownership: takes explanation; every pointer into its fields ends.
/// Threads: any, when no other call on this explanation is running.
/// Errors: none.
/// Cost: constant.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_explanation_destroy(explanation: *mut vrec_explanation) {
    if !explanation.is_null() {
        // SAFETY: made by Box::into_raw and not freed before, by the header's contract.
        call_void(|| drop(unsafe { Box::from_raw(explanation) }));
    }
}
