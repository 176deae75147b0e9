//! Why the videos of a list have their scores, as columns and in words.

use std::ffi::c_char;

use super::boundary::call;
use super::error::vrec_error;
use super::input::versioned;
use super::output::{TextColumn, column, vrec_results, write_struct};
use crate::domain::{Error, Reason, ReasonKind, Result};
use crate::ranking::{SentenceLanguage, reason_sentence};

/// What a reason is. Those below 32 are terms of VREC_RANKING_BLEND, with the numbers and meanings of VREC_FEATURE_;
/// VREC_REASON_TASTE is also each watched video's part of a list by taste.
pub const VREC_REASON_TRANSITIONS: i32 = 0;
pub const VREC_REASON_ITEM_NEIGHBOURS: i32 = 1;
pub const VREC_REASON_USER_NEIGHBOURS: i32 = 2;
pub const VREC_REASON_EASE: i32 = 3;
pub const VREC_REASON_FACTORS: i32 = 4;
pub const VREC_REASON_GRAPH_WALK: i32 = 5;
pub const VREC_REASON_POPULARITY: i32 = 6;
pub const VREC_REASON_TREND: i32 = 7;
pub const VREC_REASON_CONTEXT: i32 = 8;
pub const VREC_REASON_CONTENT: i32 = 9;
pub const VREC_REASON_TASTE: i32 = 10;
pub const VREC_REASON_ATTENTION: i32 = 11;
pub const VREC_REASON_INTERESTS: i32 = 12;
pub const VREC_REASON_FRESHNESS: i32 = 13;
pub const VREC_REASON_SEQUENCE: i32 = 14;
/// A field is like the video that vrec_similar was asked about.
pub const VREC_REASON_SIMILAR: i32 = 32;
/// The title matches what vrec_search was asked for.
pub const VREC_REASON_TITLE: i32 = 33;
/// A field is near the meaning of what vrec_search was asked for.
pub const VREC_REASON_TEXT: i32 = 34;
/// The service puts it forward.
pub const VREC_REASON_BOOST: i32 = 48;
/// The service holds it back.
pub const VREC_REASON_BURY: i32 = 49;
/// The service gives it a place.
pub const VREC_REASON_PIN: i32 = 50;
/// It was shown before and passed over.
pub const VREC_REASON_IMPRESSIONS: i32 = 51;
/// Its turn, among videos that take turns.
pub const VREC_REASON_ROTATION: i32 = 52;
/// A place that the list keeps for videos that nobody watched; its weight is 0.
pub const VREC_REASON_NEW_PLACE: i32 = 53;
/// It stands in the list for variety, which by its score has no place for it; its weight is 0.
pub const VREC_REASON_DIVERSITY: i32 = 54;
/// A place in which the list finds out what the viewer thinks of such videos; its weight is 0.
pub const VREC_REASON_EXPLORE_PLACE: i32 = 55;
/// Started and not finished.
pub const VREC_REASON_CONTINUE: i32 = 64;
/// The next episode; the video that it names is the one that was finished last.
pub const VREC_REASON_NEXT: i32 = 65;
/// An episode that appeared since the viewer had caught up; the video that it names is the series' own. Of a series
/// without one it has a title only, which its episodes' titles have in common, and no id.
pub const VREC_REASON_NEW_EPISODE: i32 = 66;
/// Not to be watched much longer.
pub const VREC_REASON_LEAVING_SOON: i32 = 67;
/// On air at the time of the list.
pub const VREC_REASON_ON_NOW: i32 = 68;
/// It can be watched since a few days only.
pub const VREC_REASON_NEW_FOR_YOU: i32 = 69;
/// Off the viewer's usual ways.
pub const VREC_REASON_EXPLORE: i32 = 70;

const _: () = {
    let numbers = [
        VREC_REASON_TRANSITIONS,
        VREC_REASON_ITEM_NEIGHBOURS,
        VREC_REASON_USER_NEIGHBOURS,
        VREC_REASON_EASE,
        VREC_REASON_FACTORS,
        VREC_REASON_GRAPH_WALK,
        VREC_REASON_POPULARITY,
        VREC_REASON_TREND,
        VREC_REASON_CONTEXT,
        VREC_REASON_CONTENT,
        VREC_REASON_TASTE,
        VREC_REASON_ATTENTION,
        VREC_REASON_INTERESTS,
        VREC_REASON_FRESHNESS,
        VREC_REASON_SEQUENCE,
        VREC_REASON_SIMILAR,
        VREC_REASON_TITLE,
        VREC_REASON_TEXT,
        VREC_REASON_BOOST,
        VREC_REASON_BURY,
        VREC_REASON_PIN,
        VREC_REASON_IMPRESSIONS,
        VREC_REASON_ROTATION,
        VREC_REASON_NEW_PLACE,
        VREC_REASON_DIVERSITY,
        VREC_REASON_EXPLORE_PLACE,
        VREC_REASON_CONTINUE,
        VREC_REASON_NEXT,
        VREC_REASON_NEW_EPISODE,
        VREC_REASON_LEAVING_SOON,
        VREC_REASON_ON_NOW,
        VREC_REASON_NEW_FOR_YOU,
        VREC_REASON_EXPLORE,
    ];
    assert!(numbers.len() == ReasonKind::ALL.len());
    let mut place = 0;
    while place < numbers.len() {
        assert!(numbers[place] == ReasonKind::ALL[place] as i32);
        place += 1;
    }
};

/// The reasons of a list's videos, as columns of reason_count values each. Text columns are one block of UTF-8 bytes and
/// reason_count + 1 offsets. All pointers stay valid until what they were asked of is destroyed; none is NULL.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct vrec_reason_columns {
    /// sizeof(vrec_reason_columns), set by the caller; fields past it are not written.
    pub struct_size: usize,
    /// Videos of the list.
    pub count: usize,
    /// Reasons of all of them.
    pub reason_count: usize,
    /// The reasons of video i are those from reason_offsets[i] to before reason_offsets[i + 1], the largest weight
    /// first, those of equal weight by their kinds; there is one offset more than there are videos.
    pub reason_offsets: *const u64,
    /// One of VREC_REASON_.
    pub kinds: *const i32,
    /// The part of the score, below 0 where it speaks against the video. A video's sum to its score, but for the
    /// rounding of the largest of them.
    pub weights: *const f32,
    /// The watched video that brought most of it, or for vrec_similar the one asked about; empty: no single one.
    pub evidence_ids: *const c_char,
    pub evidence_id_offsets: *const u64,
    /// What says most: a tag that both videos have, in small letters; the circumstance that the video is watched in, such
    /// as weekday_evening, device_tv, place_bedroom or company_family; the beginning of the field; or the title of the
    /// video in evidence_ids. Empty: nothing.
    pub evidence_texts: *const c_char,
    pub evidence_text_offsets: *const u64,
    /// One of VREC_FIELD_: the field of the listed video that it is the part of.
    pub evidence_fields: *const i32,
    /// As a sentence for viewers, in English, without a full stop, at most VREC_MAX_SENTENCE_CHARACTERS characters.
    pub english: *const c_char,
    pub english_offsets: *const u64,
    /// The same in Chinese, in simplified characters.
    pub chinese: *const c_char,
    pub chinese_offsets: *const u64,
}
versioned!(vrec_reason_columns {
    struct_size: usize,
    count: usize,
    reason_count: usize,
    reason_offsets: *const u64,
    kinds: *const i32,
    weights: *const f32,
    evidence_ids: *const c_char,
    evidence_id_offsets: *const u64,
    evidence_texts: *const c_char,
    evidence_text_offsets: *const u64,
    evidence_fields: *const i32,
    english: *const c_char,
    english_offsets: *const u64,
    chinese: *const c_char,
    chinese_offsets: *const u64,
});

/// The longest sentence of a reason or of what keeps a video out.
pub const VREC_MAX_SENTENCE_CHARACTERS: u32 = 160;

const _: () = assert!(VREC_MAX_SENTENCE_CHARACTERS as usize == crate::ranking::SENTENCE_CHARACTERS);

/// The columns of some videos' reasons.
pub(super) struct ReasonColumns {
    offsets: Vec<u64>,
    kinds: Vec<i32>,
    weights: Vec<f32>,
    evidence_ids: TextColumn,
    evidence_texts: TextColumn,
    evidence_fields: Vec<i32>,
    english: TextColumn,
    chinese: TextColumn,
}

impl ReasonColumns {
    /// `videos` are the reasons of each.
    pub(super) fn new(videos: &[Vec<Reason>]) -> ReasonColumns {
        let mut offsets = vec![0];
        let mut count = 0;
        offsets.extend(videos.iter().map(|reasons| {
            count += reasons.len() as u64;
            count
        }));
        let all: Vec<&Reason> = videos.iter().flatten().collect();
        let texts = |text: &dyn Fn(&Reason) -> String| {
            let texts: Vec<String> = all.iter().map(|reason| text(reason)).collect();
            TextColumn::new(texts.iter().map(String::as_str))
        };
        let field = |reason: &&Reason| reason.evidence.field.map_or(0, |field| field as i32);
        ReasonColumns {
            offsets,
            kinds: column(all.iter().map(|reason| reason.kind as i32)),
            weights: column(all.iter().map(|reason| reason.weight)),
            evidence_ids: TextColumn::new(all.iter().map(|reason| reason.evidence.video_id.as_str())),
            evidence_texts: texts(&|reason| reason.evidence.text()),
            evidence_fields: column(all.iter().map(field)),
            english: texts(&|reason| reason_sentence(reason, SentenceLanguage::English)),
            chinese: texts(&|reason| reason_sentence(reason, SentenceLanguage::Chinese)),
        }
    }

    pub(super) fn columns(&self, struct_size: usize) -> vrec_reason_columns {
        vrec_reason_columns {
            struct_size,
            count: self.offsets.len() - 1,
            reason_count: self.kinds.len(),
            reason_offsets: self.offsets.as_ptr(),
            kinds: self.kinds.as_ptr(),
            weights: self.weights.as_ptr(),
            evidence_ids: self.evidence_ids.block(),
            evidence_id_offsets: self.evidence_ids.offsets.as_ptr(),
            evidence_texts: self.evidence_texts.block(),
            evidence_text_offsets: self.evidence_texts.offsets.as_ptr(),
            evidence_fields: self.evidence_fields.as_ptr(),
            english: self.english.block(),
            english_offsets: self.english.offsets.as_ptr(),
            chinese: self.chinese.block(),
            chinese_offsets: self.chinese.offsets.as_ptr(),
        }
    }
}

/// Gives the reasons of all videos of a list at once. The weights of a video's reasons sum to its score: for a list by
/// taste one reason for each of the watched videos with the largest parts, and one for all others together; for a blended
/// one a reason for each feature that counts; for similar videos and a search's meaning one for each field; for a title that
/// was found the title alone. docs/reasons.md has the details.
///
/// Parameters: results, the list, not NULL; columns, not NULL, its struct_size set by the caller;
/// error, where to put an error, may be NULL.
/// Ownership: the columns are borrowed from results, until vrec_results_destroy.
/// Threads: any, also several at once on the same results.
/// Errors: VREC_E_INVALID_ARGUMENT, VREC_E_TOO_NEW, VREC_E_REENTRANT.
/// Cost: the first call on a list makes the sentences, about a microsecond each; constant from then on.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_results_reasons(
    results: *const vrec_results,
    columns: *mut vrec_reason_columns,
    error: *mut *mut vrec_error,
) -> i32 {
    let body = || -> Result<()> {
        // SAFETY: null or live by the header's contract.
        let list = unsafe { results.as_ref() }.ok_or_else(|| Error::invalid("results is NULL"))?;
        // SAFETY: null or a struct with its size by the header's contract.
        unsafe { write_struct(columns, "columns", |size| list.reasons().columns(size)) }
    };
    // SAFETY: `error` is as the header demands.
    unsafe { call("vrec_results_reasons", error, body) }
}
