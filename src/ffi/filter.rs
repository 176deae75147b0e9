//! Which videos a list may hold at all.

use std::ffi::c_char;

use super::input::{check_count, read_optional_struct, read_texts, versioned};
use crate::domain::{Error, Filter, Kind, Result, limits};

/// Rules that every result keeps, whatever its score; all that are set hold together. Lists of texts
/// come as one block of bytes and offsets, as in vrec_video, at most VREC_MAX_FILTER_VALUES each.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct vrec_filter {
    /// sizeof(vrec_filter).
    pub struct_size: usize,
    /// Only videos available at this time, milliseconds since 1970-01-01 UTC. The library asks no
    /// clock, so that the same call gives the same list again. Default: availability is not checked.
    pub time_utc_ms: i64,
    /// Years. Only videos whose minimum age is known and not above it. Default: not checked.
    pub viewer_age: u32,
    /// 1: only videos that need no entitlement or one of entitlements. Default: 0, not checked.
    pub check_entitlements: u32,
    /// What the viewer may watch, 1 to 255 bytes each; none unless check_entitlements is 1.
    pub entitlements: *const c_char,
    pub entitlement_offsets: *const u64,
    pub entitlement_count: usize,
    /// Only videos of one of these VREC_KIND_ kinds. Default: of any kind, and of none.
    pub kinds: *const i32,
    pub kind_count: usize,
    /// Only videos with sound in one of these. Language ranges of RFC 4647: "zh" stands for "zh-Hans"
    /// as well, "*" for any language. Default: any language, and none.
    pub audio_languages: *const c_char,
    pub audio_language_offsets: *const u64,
    pub audio_language_count: usize,
    /// The same of subtitles.
    pub subtitle_languages: *const c_char,
    pub subtitle_language_offsets: *const u64,
    pub subtitle_language_count: usize,
    /// Only videos with at least one of these tags. Capitals and blanks around a tag do not matter.
    pub any_tags: *const c_char,
    pub any_tag_offsets: *const u64,
    pub any_tag_count: usize,
    /// Only videos with all of these tags.
    pub all_tags: *const c_char,
    pub all_tag_offsets: *const u64,
    pub all_tag_count: usize,
    /// Only videos with none of these tags.
    pub no_tags: *const c_char,
    pub no_tag_offsets: *const u64,
    pub no_tag_count: usize,
}
versioned!(vrec_filter {
    struct_size: usize,
    time_utc_ms: i64,
    viewer_age: u32,
    check_entitlements: u32,
    entitlements: *const c_char,
    entitlement_offsets: *const u64,
    entitlement_count: usize,
    kinds: *const i32,
    kind_count: usize,
    audio_languages: *const c_char,
    audio_language_offsets: *const u64,
    audio_language_count: usize,
    subtitle_languages: *const c_char,
    subtitle_language_offsets: *const u64,
    subtitle_language_count: usize,
    any_tags: *const c_char,
    any_tag_offsets: *const u64,
    any_tag_count: usize,
    all_tags: *const c_char,
    all_tag_offsets: *const u64,
    all_tag_count: usize,
    no_tags: *const c_char,
    no_tag_offsets: *const u64,
    no_tag_count: usize,
});

/// The filter at `pointer`; none when it is null.
///
/// # Safety
/// `pointer` is null or points to a struct with its size, whose blocks, offsets and kinds are readable.
pub(super) unsafe fn read_filter(pointer: *const vrec_filter) -> Result<Option<Filter>> {
    // SAFETY: passed on from this function's contract.
    let Some(given) = unsafe { read_optional_struct(pointer) }? else {
        return Ok(None);
    };
    // SAFETY: as above.
    unsafe { convert(&given) }.map(Some).map_err(|error| error.within("filter"))
}

/// # Safety
/// The filter's pointers are readable as its counts and offsets say.
unsafe fn convert(given: &vrec_filter) -> Result<Filter> {
    let list = |argument: &str, block, offsets, count| {
        // SAFETY: block and offsets are readable by this function's contract.
        let texts = unsafe { read_texts(argument, block, offsets, count, limits::BATCH_BYTES) }?;
        Ok::<Vec<String>, Error>(texts.into_iter().map(str::to_owned).collect())
    };
    let entitlements = list("entitlements", given.entitlements, given.entitlement_offsets, given.entitlement_count)?;
    Ok(Filter {
        time_utc_ms: Some(given.time_utc_ms).filter(|time| *time != 0),
        viewer_age: Some(given.viewer_age).filter(|age| *age != 0),
        entitlements: checked_entitlements(given.check_entitlements, entitlements)?,
        // SAFETY: as many kinds are readable by this function's contract.
        kinds: unsafe { read_kinds(given.kinds, given.kind_count) }?,
        audio_languages: list(
            "audio_languages",
            given.audio_languages,
            given.audio_language_offsets,
            given.audio_language_count,
        )?,
        subtitle_languages: list(
            "subtitle_languages",
            given.subtitle_languages,
            given.subtitle_language_offsets,
            given.subtitle_language_count,
        )?,
        any_tags: list("any_tags", given.any_tags, given.any_tag_offsets, given.any_tag_count)?,
        all_tags: list("all_tags", given.all_tags, given.all_tag_offsets, given.all_tag_count)?,
        no_tags: list("no_tags", given.no_tags, given.no_tag_offsets, given.no_tag_count)?,
    })
}

fn checked_entitlements(check: u32, entitlements: Vec<String>) -> Result<Option<Vec<String>>> {
    match check {
        0 if entitlements.is_empty() => Ok(None),
        0 => Err(Error::invalid("entitlements are given but check_entitlements is 0")),
        1 => Ok(Some(entitlements)),
        _ => Err(Error::invalid(format!("check_entitlements is {check}; it is 0 or 1"))),
    }
}

/// # Safety
/// `pointer` is null or points to `count` readable numbers.
unsafe fn read_kinds(pointer: *const i32, count: usize) -> Result<Vec<Kind>> {
    check_count("kinds", count)?;
    if pointer.is_null() && count > 0 {
        return Err(Error::invalid(format!("kinds is NULL with a count of {count}")));
    }
    let kind = |index: usize| {
        // SAFETY: not null with a count, and as many are readable by contract; alignment is not assumed.
        let code = unsafe { pointer.add(index).read_unaligned() };
        Kind::from_code(code).ok_or_else(|| Error::invalid(format!("kinds[{index}]: {code} is no VREC_KIND_ kind")))
    };
    (0..count).map(kind).collect()
}
