//! Adding and removing videos.

use std::ffi::c_char;

use super::boundary::call_on;
use super::engine::{call_options, vrec_engine};
use super::error::vrec_error;
use super::input::{read_str, read_struct, read_structs, read_texts, read_vector};
use super::types::{VREC_KIND_UNKNOWN, VREC_MIN_AGE_NONE, vrec_call_options, vrec_video};
use crate::domain::{Error, Kind, Result, Video, limits};

/// Adds one video, or replaces the one with its id.
///
/// Parameters: engine, not NULL; video, not NULL; call, bounds on the call, may be NULL; error, where
/// to put an error, may be NULL.
/// Ownership: nothing changes hands; everything in video is copied.
/// Threads: any; writes wait for each other while they are published, not while texts are embedded.
/// Errors: VREC_E_INVALID_ARGUMENT, VREC_E_LIMIT, VREC_E_MEMORY_LIMIT, VREC_E_TOO_NEW, VREC_E_UTF8,
/// VREC_E_FAULTED, VREC_E_REENTRANT, VREC_E_FORKED, VREC_E_CANCELLED, VREC_E_TIMED_OUT,
/// with a store VREC_E_IO, VREC_E_DISK_FULL and VREC_E_READ_ONLY, and for a
/// video without a vector those of vrec_load_encoder. The engine stays as it was on failure.
/// With background_embedding the errors of opening and running the model come from
/// vrec_wait_for_embeddings instead.
/// Cost: a run of the model for each field, none for a video with a vector or with
/// background_embedding; now and then the vectors
/// of a language are computed anew, some microseconds each.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_add_video(
    engine: *mut vrec_engine,
    video: *const vrec_video,
    call: *const vrec_call_options,
    error: *mut *mut vrec_error,
) -> i32 {
    let body = |handle: &vrec_engine| {
        // SAFETY: null or a struct with its size, by the header's contract.
        let video = unsafe { read_struct(video, None) }?;
        // SAFETY: its strings are readable and the call options are as demanded.
        unsafe { add(handle, &[video], call) }
    };
    // SAFETY: as the header demands.
    unsafe { call_on("vrec_add_video", engine, error, body) }
}

/// Adds many videos, or replaces those whose ids exist: all of them or, on any failure, none.
///
/// Parameters: engine, not NULL; videos, an array, may be NULL when count is 0; count, at most 65536;
/// stride, bytes from one element to the next, normally sizeof(vrec_video); call, bounds on the call,
/// may be NULL; error, where to put an error, may be NULL.
/// Ownership: nothing changes hands; everything in videos is copied.
/// Threads: any; writes wait for each other while they are published, not while texts are embedded.
/// Errors: as for vrec_add_video; the message names the video by its index. An id that stands twice
/// in the array is VREC_E_INVALID_ARGUMENT. The engine stays as it was on failure.
/// Cost: as for vrec_add_video; texts of like length run through the model together.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_add_videos(
    engine: *mut vrec_engine,
    videos: *const vrec_video,
    count: usize,
    stride: usize,
    call: *const vrec_call_options,
    error: *mut *mut vrec_error,
) -> i32 {
    let body = |handle: &vrec_engine| {
        // SAFETY: an array as described, by the header's contract.
        let videos = unsafe { read_structs("videos", videos, count, stride) }?;
        // SAFETY: their strings are readable and the call options are as demanded.
        unsafe { add(handle, &videos, call) }
    };
    // SAFETY: as the header demands.
    unsafe { call_on("vrec_add_videos", engine, error, body) }
}

/// Removes videos: all of them or, on any failure, none. What profiles did with them stays and counts
/// again when a video with the same id is added.
///
/// Parameters: engine, not NULL; ids, a block of UTF-8 bytes, and offsets, count + 1 of them: id i
/// lies between offsets[i] and offsets[i + 1]; count, at most 65536; error, where to put an error, may
/// be NULL.
/// Ownership: nothing changes hands.
/// Threads: any; waits for other writes while they are published.
/// Errors: VREC_E_NOT_FOUND for an id that does not exist or stands twice, naming it by its index;
/// VREC_E_INVALID_ARGUMENT, VREC_E_LIMIT, VREC_E_UTF8, VREC_E_FAULTED, VREC_E_REENTRANT,
/// VREC_E_FORKED, with a store VREC_E_IO, VREC_E_DISK_FULL and VREC_E_READ_ONLY. The
/// engine stays as it was on failure.
/// Cost: some microseconds an id; now and then the vectors of a language are computed anew, some
/// microseconds each.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_remove_videos(
    engine: *mut vrec_engine,
    ids: *const c_char,
    offsets: *const u64,
    count: usize,
    error: *mut *mut vrec_error,
) -> i32 {
    let body = |handle: &vrec_engine| {
        // SAFETY: block and offsets are readable by the header's contract.
        let ids = unsafe { read_texts("ids", ids, offsets, count, count.saturating_mul(limits::ID_BYTES)) }?;
        handle.engine().remove_videos(&ids)
    };
    // SAFETY: as the header demands.
    unsafe { call_on("vrec_remove_videos", engine, error, body) }
}

/// Waits until every video that was added with background_embedding has its vector, and tries again
/// those that wait because the model did not open. Does nothing without background_embedding.
///
/// Parameters: engine, not NULL; call, bounds on the call, may be NULL, whose progress_callback hears
/// how many videos are done of those that waited; error, where to put an error, may be NULL.
/// Ownership: nothing changes hands.
/// Threads: any; a bounded or cancelled call leaves the videos waiting.
/// Errors: those of vrec_load_encoder while the model does not open: the videos go on waiting.
/// VREC_E_MEMORY_LIMIT, and VREC_E_RUNTIME when the model runs for no video at all: they go on waiting,
/// too. VREC_E_MODEL_INVALID, VREC_E_RUNTIME, VREC_E_LIMIT, VREC_E_INVALID_ARGUMENT when single videos
/// could not be embedded since the last wait: the message names the last of them by its id, they stay
/// without the vector, and all others have theirs.
/// VREC_E_CANCELLED, VREC_E_TIMED_OUT; VREC_E_INTERNAL, VREC_E_FAULTED after a failure inside the
/// library.
/// Cost: waits.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_wait_for_embeddings(
    engine: *const vrec_engine,
    call: *const vrec_call_options,
    error: *mut *mut vrec_error,
) -> i32 {
    let body = |handle: &vrec_engine| {
        // SAFETY: null or a struct with its size, by the header's contract.
        let call = unsafe { call_options(call) }?;
        handle.engine().wait_for_embeddings(&call)
    };
    // SAFETY: as the header demands.
    unsafe { call_on("vrec_wait_for_embeddings", engine, error, body) }
}

/// # Safety
/// The videos' pointers are as the header demands; `call` is as for [`call_options`].
unsafe fn add(handle: &vrec_engine, videos: &[vrec_video], call: *const vrec_call_options) -> Result<()> {
    // SAFETY: passed on from this function's contract.
    let call = unsafe { call_options(call) }?;
    let count = videos.len();
    let mut converted = Vec::with_capacity(count);
    let mut bytes = 0;
    for (index, video) in videos.iter().enumerate() {
        // SAFETY: passed on from this function's contract.
        let video = unsafe { convert(video) }.map_err(|error| error.within_batch("videos", index, count))?;
        bytes += video.bytes();
        if bytes > limits::BATCH_BYTES {
            return Err(Error::limit("videos together, in bytes,", bytes, limits::BATCH_BYTES));
        }
        converted.push(video);
    }
    handle.engine().add_videos(&converted, &call)
}

/// # Safety
/// The video's pointers are as the header demands.
unsafe fn convert(video: &vrec_video) -> Result<Video> {
    // SAFETY: every pointer is null or readable for its length by this function's contract.
    unsafe {
        Ok(Video {
            id: read_str("id", video.id, video.id_len)?.to_owned(),
            title: read_str("title", video.title, video.title_len)?.to_owned(),
            description: read_str("description", video.description, video.description_len)?.to_owned(),
            tags: owned(read_texts("tags", video.tags, video.tag_offsets, video.tag_count, limits::TEXT_BYTES)?),
            comments: owned(read_texts(
                "comments",
                video.comments,
                video.comment_offsets,
                video.comment_count,
                limits::TEXT_BYTES,
            )?),
            language: read_str("language", video.language, video.language_len)?.to_owned(),
            vector: read_vector("vector", video.vector, video.vector_len)?,
            kind: kind(video.kind)?,
            min_age: min_age(video.min_age)?,
            available_from_utc_ms: time(video.available_from_utc_ms),
            available_until_utc_ms: time(video.available_until_utc_ms),
            audio_languages: owned(read_texts(
                "audio_languages",
                video.audio_languages,
                video.audio_language_offsets,
                video.audio_language_count,
                limits::TEXT_BYTES,
            )?),
            subtitle_languages: owned(read_texts(
                "subtitle_languages",
                video.subtitle_languages,
                video.subtitle_language_offsets,
                video.subtitle_language_count,
                limits::TEXT_BYTES,
            )?),
            entitlements: owned(read_texts(
                "entitlements",
                video.entitlements,
                video.entitlement_offsets,
                video.entitlement_count,
                limits::TEXT_BYTES,
            )?),
            series_id: read_str("series_id", video.series_id, video.series_id_len)?.to_owned(),
            season_number: video.season_number,
            episode_number: video.episode_number,
            duration_ms: video.duration_ms,
            credits_start_ms: video.credits_start_ms,
        })
    }
}

fn kind(code: i32) -> Result<Option<Kind>> {
    match code {
        VREC_KIND_UNKNOWN => Ok(None),
        _ => {
            Kind::from_code(code).map(Some).ok_or_else(|| Error::invalid(format!("kind {code} is no VREC_KIND_ kind")))
        }
    }
}

fn min_age(years: i32) -> Result<Option<u8>> {
    match years {
        0 => Ok(None),
        VREC_MIN_AGE_NONE => Ok(Some(0)),
        _ => u8::try_from(years).ok().filter(|years| *years <= limits::MIN_AGE).map(Some).ok_or_else(|| {
            Error::invalid(format!("min_age is {years}; it is 1 to {} years, VREC_MIN_AGE_NONE or 0", limits::MIN_AGE))
        }),
    }
}

fn time(utc_ms: i64) -> Option<i64> {
    Some(utc_ms).filter(|time| *time != 0)
}

pub(super) fn owned(texts: Vec<&str>) -> Vec<String> {
    texts.into_iter().map(str::to_owned).collect()
}
