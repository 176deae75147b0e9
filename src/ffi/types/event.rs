//! What viewers do: events, when they are on the disk, and the circumstances they happen in.

use crate::ffi::input::versioned;
use std::ffi::c_char;

/// Event kinds: what a viewer did.
pub const VREC_EVENT_IMPRESSION: i32 = 1;
pub const VREC_EVENT_SELECT: i32 = 2;
pub const VREC_EVENT_PLAY: i32 = 3;
pub const VREC_EVENT_PROGRESS: i32 = 4;
pub const VREC_EVENT_PAUSE: i32 = 5;
pub const VREC_EVENT_STOP: i32 = 6;
pub const VREC_EVENT_COMPLETE: i32 = 7;
pub const VREC_EVENT_SKIP: i32 = 8;
pub const VREC_EVENT_LIKE: i32 = 9;
pub const VREC_EVENT_DISLIKE: i32 = 10;
pub const VREC_EVENT_RATE: i32 = 11;
pub const VREC_EVENT_COMMENT: i32 = 12;
pub const VREC_EVENT_FAVOURITE: i32 = 13;
pub const VREC_EVENT_UNFAVOURITE: i32 = 14;
pub const VREC_EVENT_WATCHLIST_ADD: i32 = 15;
pub const VREC_EVENT_WATCHLIST_REMOVE: i32 = 16;
pub const VREC_EVENT_HIDE: i32 = 17;
pub const VREC_EVENT_UNHIDE: i32 = 18;
pub const VREC_EVENT_SEARCH: i32 = 19;
/// As if the video had never been played; what was said about it stays.
pub const VREC_EVENT_UNWATCH: i32 = 20;
/// The series of the video, which may be any of its videos, is in no list of the profile and has no card; one that
/// belongs to no series is VREC_E_INVALID_ARGUMENT.
pub const VREC_EVENT_HIDE_SERIES: i32 = 21;
pub const VREC_EVENT_UNHIDE_SERIES: i32 = 22;
/// The video inspires no suggestions: it stays watched and counts nothing in the profile's taste and history. What
/// others are recommended keeps what it taught.
pub const VREC_EVENT_HIDE_SEED: i32 = 23;
pub const VREC_EVENT_UNHIDE_SEED: i32 = 24;
/// The video, or the series that it is an episode of, is in no list and has no card until vrec_event.until_utc_ms. The
/// last snooze counts: one that ends earlier ends the one before.
pub const VREC_EVENT_SNOOZE: i32 = 25;

/// When a call that records events may return: when they are on the disk; at once, on the disk within within_ms
/// milliseconds, which needs vrec_options.commit_thread; or at once, on the disk with the next commit of events,
/// vrec_flush or vrec_destroy; adding videos is no commit of events. A power cut before that loses them.
pub const VREC_DURABLE_NOW: i32 = 0;
pub const VREC_DURABLE_WITHIN: i32 = 1;
pub const VREC_DURABLE_RELAXED: i32 = 2;

/// What videos are watched on. A television is also a box or stick at one.
pub const VREC_DEVICE_UNKNOWN: i32 = 0;
pub const VREC_DEVICE_TV: i32 = 1;
pub const VREC_DEVICE_PHONE: i32 = 2;
pub const VREC_DEVICE_TABLET: i32 = 3;
pub const VREC_DEVICE_COMPUTER: i32 = 4;
pub const VREC_DEVICE_OTHER: i32 = 5;

/// Where the viewer is. Home is a room at home that is not told or not named here; away is any place other than
/// home; travelling is on the way, in a train, a car or an aeroplane.
pub const VREC_PLACE_UNKNOWN: i32 = 0;
pub const VREC_PLACE_HOME: i32 = 1;
pub const VREC_PLACE_LIVING_ROOM: i32 = 2;
pub const VREC_PLACE_BEDROOM: i32 = 3;
pub const VREC_PLACE_AWAY: i32 = 4;
pub const VREC_PLACE_TRAVELLING: i32 = 5;

/// Who watches together. A family is adults and children together; children are without adults.
pub const VREC_COMPANY_UNKNOWN: i32 = 0;
pub const VREC_COMPANY_ALONE: i32 = 1;
pub const VREC_COMPANY_PARTNER: i32 = 2;
pub const VREC_COMPANY_FAMILY: i32 = 3;
pub const VREC_COMPANY_CHILDREN: i32 = 4;
pub const VREC_COMPANY_FRIENDS: i32 = 5;

/// One event of one profile.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct vrec_event {
    /// sizeof(vrec_event).
    pub struct_size: usize,
    /// Whose event, 1 to 255 bytes. Default: the current profile, see vrec_profile_switch.
    pub profile: *const c_char,
    pub profile_len: usize,
    /// The video concerned, required for every kind but VREC_EVENT_SEARCH, where it must be empty.
    pub video_id: *const c_char,
    pub video_id_len: usize,
    /// When it happened, milliseconds since 1970-01-01 UTC. The order of calls decides what replaces what, not
    /// the time.
    pub time_utc_ms: i64,
    /// How far playback had come, or for a VREC_KIND_LIVE_EVENT how long it was viewed; not negative.
    /// Default: unknown.
    pub position_ms: i64,
    /// The video's length; not negative. Default: vrec_video.duration_ms, where that is known.
    pub duration_ms: i64,
    /// One of VREC_EVENT_, required.
    pub kind: i32,
    /// 0.5 to 5 stars for VREC_EVENT_RATE; 0 for every other kind.
    pub rating: f32,
    /// When the call may return, one of VREC_DURABLE_; a batch is as durable as its strictest event asks. Has no
    /// effect without a store. Default: VREC_DURABLE_NOW.
    pub durability: i32,
    /// Milliseconds for VREC_DURABLE_WITHIN, 1 to 3600000; 0 otherwise.
    pub within_ms: u32,
    /// The circumstances: one of VREC_DEVICE_, VREC_PLACE_ and VREC_COMPANY_. They are kept and exported; lists count
    /// them where VREC_FEATURE_CONTEXT has a weight. Default: unknown.
    pub device: i32,
    pub place: i32,
    pub company: i32,
    /// What the viewer's clock showed beyond UTC, in minutes, -840 to 840. Default: 0, a clock that shows UTC.
    pub utc_offset_minutes: i32,
    /// For VREC_EVENT_SNOOZE when it ends, milliseconds since 1970-01-01 UTC, later than time_utc_ms; 0 for every
    /// other kind.
    pub until_utc_ms: i64,
    /// For VREC_EVENT_IMPRESSION the probability with which the list put the video where it was shown, as
    /// vrec_columns.propensities has it, above 0 to 1; 0 for every other kind. With it the showing counts for
    /// vrec_query.exploration_method, and recording it costs about one blended list a profile. Default: not known.
    pub propensity: f32,
    /// Must be 0.
    pub reserved: u32,
}
versioned!(vrec_event {
    struct_size: usize,
    profile: *const c_char,
    profile_len: usize,
    video_id: *const c_char,
    video_id_len: usize,
    time_utc_ms: i64,
    position_ms: i64,
    duration_ms: i64,
    kind: i32,
    rating: f32,
    durability: i32,
    within_ms: u32,
    device: i32,
    place: i32,
    company: i32,
    utc_offset_minutes: i32,
    until_utc_ms: i64,
    propensity: f32,
    reserved: u32,
});
