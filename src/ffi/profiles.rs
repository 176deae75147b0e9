//! The profiles of a household: creating, listing, switching, renaming. Forgetting one is with the events, in `events.rs`.

use std::ffi::c_char;

use super::boundary::{call, call_on, call_void, output};
use super::engine::vrec_engine;
use super::error::vrec_error;
use super::input::{read_str, read_struct, versioned};
use super::output::{TextColumn, column, write_struct};
use crate::domain::{AgeLimit, Error, HouseholdProfile, ListedProfile, ProfileKind, Result, limits};

/// Who a profile is for. Adults have no age limit unless one is set.
pub const VREC_PROFILE_ADULT: i32 = 1;
/// The age limit is 16 unless another is set.
pub const VREC_PROFILE_TEEN: i32 = 2;
/// The age limit is 8 unless another is set; a child always has one.
pub const VREC_PROFILE_CHILD: i32 = 3;
/// The household together, at most one, with a history of its own. The age limit is the least that an adult, teen or
/// child of the household has, unless one is set.
pub const VREC_PROFILE_EVERYONE: i32 = 4;
/// Somebody who leaves no trace: a guest stands in no file, teaches nothing to what others are recommended, is in no
/// export, and is gone at vrec_profile_forget or vrec_destroy; until then it has lists of its own. Its age limit is as
/// for VREC_PROFILE_EVERYONE.
pub const VREC_PROFILE_GUEST: i32 = 5;

/// An age_limit of a profile without one; 0 means that of its kind.
pub const VREC_AGE_LIMIT_NONE: i32 = -1;

/// Bytes of the name that people see of a profile.
pub const VREC_MAX_PROFILE_NAME_BYTES: u32 = 255;

const _: () = {
    assert!(VREC_PROFILE_ADULT == ProfileKind::Adult as i32 && VREC_PROFILE_TEEN == ProfileKind::Teen as i32);
    assert!(VREC_PROFILE_CHILD == ProfileKind::Child as i32 && VREC_PROFILE_EVERYONE == ProfileKind::Everyone as i32);
    assert!(VREC_PROFILE_GUEST == ProfileKind::Guest as i32);
    assert!(VREC_MAX_PROFILE_NAME_BYTES as usize == limits::PROFILE_NAME_BYTES);
    assert!(ProfileKind::TEEN_AGE_LIMIT == 16 && ProfileKind::CHILD_AGE_LIMIT == 8);
};

/// A profile of a household. Strings are UTF-8 with their length in bytes and are copied.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct vrec_profile {
    /// sizeof(vrec_profile).
    pub struct_size: usize,
    /// What events and queries name it by, 1 to 255 bytes without NUL, required; never changed.
    pub id: *const c_char,
    pub id_len: usize,
    /// What people see, at most 255 bytes, with a character that can be seen and without control characters. Default: the id.
    pub name: *const c_char,
    pub name_len: usize,
    /// One of VREC_PROFILE_, required.
    pub kind: i32,
    /// Its lists hold only videos whose minimum age is known and not above this: years, 1 to 99, or
    /// VREC_AGE_LIMIT_NONE, which a child cannot have. Default: that of the kind.
    pub age_limit: i32,
}
versioned!(vrec_profile {
    struct_size: usize,
    id: *const c_char,
    id_len: usize,
    name: *const c_char,
    name_len: usize,
    kind: i32,
    age_limit: i32,
});

/// Profiles as columns of count values each: those that were created in the order of their creation, then guests, then
/// those that only events made, both by id. Text columns are one block of UTF-8 bytes and count + 1 offsets. All pointers stay valid
/// until the profiles are destroyed; none is NULL.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct vrec_profile_columns {
    /// sizeof(vrec_profile_columns), set by the caller; fields past it are not written.
    pub struct_size: usize,
    pub count: usize,
    pub ids: *const c_char,
    pub id_offsets: *const u64,
    /// What people see; of a profile that only events made, its id.
    pub names: *const c_char,
    pub name_offsets: *const u64,
    /// One of VREC_PROFILE_; of a profile that only events made, VREC_PROFILE_ADULT.
    pub kinds: *const i32,
    /// The age limits that lists keep, in years; VREC_AGE_LIMIT_NONE where there is none.
    pub age_limits: *const i32,
    /// 1 for the profile that events and queries mean that name none, else 0.
    pub is_current: *const u32,
}
versioned!(vrec_profile_columns {
    struct_size: usize,
    count: usize,
    ids: *const c_char,
    id_offsets: *const u64,
    names: *const c_char,
    name_offsets: *const u64,
    kinds: *const i32,
    age_limits: *const i32,
    is_current: *const u32,
});

/// The profiles of an engine at one moment. Immutable; may outlive the engine and be read from several threads.
pub struct vrec_profiles {
    ids: TextColumn,
    names: TextColumn,
    kinds: Vec<i32>,
    age_limits: Vec<i32>,
    is_current: Vec<u32>,
}

impl vrec_profiles {
    fn new(profiles: &[ListedProfile]) -> Self {
        let years = |listed: &ListedProfile| listed.years.map_or(VREC_AGE_LIMIT_NONE, i32::from);
        vrec_profiles {
            ids: TextColumn::new(profiles.iter().map(|listed| listed.profile.id.as_str())),
            names: TextColumn::new(profiles.iter().map(|listed| listed.profile.name.as_str())),
            kinds: column(profiles.iter().map(|listed| listed.profile.kind as i32)),
            age_limits: column(profiles.iter().map(years)),
            is_current: column(profiles.iter().map(|listed| u32::from(listed.is_current))),
        }
    }

    fn columns(&self, struct_size: usize) -> vrec_profile_columns {
        vrec_profile_columns {
            struct_size,
            count: self.kinds.len(),
            ids: self.ids.block(),
            id_offsets: self.ids.offsets.as_ptr(),
            names: self.names.block(),
            name_offsets: self.names.offsets.as_ptr(),
            kinds: self.kinds.as_ptr(),
            age_limits: self.age_limits.as_ptr(),
            is_current: self.is_current.as_ptr(),
        }
    }
}

/// Creates a profile of a household. A profile that came into being with its first event, before, is described by
/// this and keeps its history.
///
/// The first creation makes the engine a household's, for good: from then on events and lists that name an id that is
/// no profile are VREC_E_NOT_FOUND, also when all profiles were forgotten. So an event that comes late cannot bring back
/// who was. An engine in which none was ever created has a profile for every id that events name.
///
/// Creating does not switch to the profile; but where the first creation finds or makes one with the id "default", which
/// was the current one until then, it stays the current one.
///
/// Parameters: engine, not NULL; profile, not NULL; error, where to put an error, may be NULL.
/// Ownership: nothing changes hands; everything in profile is copied.
/// Threads: any; waits for other writes.
/// Errors: VREC_E_INVALID_ARGUMENT for an id that was created, a guest whose id has a history, a second profile of
/// VREC_PROFILE_EVERYONE, or a field out of its range; VREC_E_LIMIT, VREC_E_MEMORY_LIMIT, VREC_E_TOO_NEW, VREC_E_UTF8,
/// VREC_E_FAULTED, VREC_E_REENTRANT, VREC_E_FORKED, with a store VREC_E_IO, VREC_E_DISK_FULL and VREC_E_READ_ONLY. The
/// engine stays as it was on failure.
/// Cost: with a store it is on the disk when the call returns: one write and one fdatasync; nothing is written of a guest.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_profile_create(
    engine: *mut vrec_engine,
    profile: *const vrec_profile,
    error: *mut *mut vrec_error,
) -> i32 {
    let body = |handle: &vrec_engine| {
        // SAFETY: null or a struct with its size and readable strings, by the header's contract.
        let profile = unsafe { read_profile(profile) }?;
        handle.engine().create_profile(&profile)
    };
    // SAFETY: as the header demands.
    unsafe { call_on("vrec_profile_create", engine, error, body) }
}

/// Lists all profiles of an engine.
///
/// Parameters: engine, not NULL; profiles, where to put the list, not NULL; error, where to put an error, may be NULL.
/// Ownership: the caller owns profiles, to be given up by vrec_profiles_destroy.
/// Threads: any; never waits for writes.
/// Errors: VREC_E_INVALID_ARGUMENT, VREC_E_REENTRANT, VREC_E_FORKED.
/// Cost: some hundred nanoseconds a profile.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_profile_list(
    engine: *const vrec_engine,
    profiles: *mut *mut vrec_profiles,
    error: *mut *mut vrec_error,
) -> i32 {
    let body = |handle: &vrec_engine| {
        let target = output(profiles, "profiles")?;
        let found = vrec_profiles::new(&handle.engine().profiles());
        // SAFETY: not null, so valid for writing by the header's contract.
        unsafe { target.write(Box::into_raw(Box::new(found))) };
        Ok(())
    };
    // SAFETY: as the header demands.
    unsafe { call_on("vrec_profile_list", engine, error, body) }
}

/// Makes a profile the current one: the one that events and queries mean that name none. With a store it is so again
/// when an engine is created with it next, unless it is a guest: then the one before it is. When the current profile is
/// forgotten, so it is; where there was none before, events and lists of a household have to name a profile until one is
/// switched to. An engine in which no profile was ever created means the one with the id "default".
///
/// Parameters: engine, not NULL; profile, UTF-8, 1 to 255 bytes; profile_len, its bytes; error, where to put an error,
/// may be NULL.
/// Ownership: nothing changes hands.
/// Threads: any; waits for other writes.
/// Errors: VREC_E_NOT_FOUND for an id that is no profile; VREC_E_INVALID_ARGUMENT, VREC_E_LIMIT, VREC_E_UTF8,
/// VREC_E_FAULTED, VREC_E_REENTRANT, VREC_E_FORKED, with a store VREC_E_IO, VREC_E_DISK_FULL and VREC_E_READ_ONLY. The
/// engine stays as it was on failure.
/// Cost: with a store one write and one fdatasync; none for a guest, and none back from one.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_profile_switch(
    engine: *mut vrec_engine,
    profile: *const c_char,
    profile_len: usize,
    error: *mut *mut vrec_error,
) -> i32 {
    let body = |handle: &vrec_engine| {
        // SAFETY: null or readable for its length by the header's contract.
        let profile = unsafe { read_str("profile", profile, profile_len) }?;
        handle.engine().switch_profile(profile)
    };
    // SAFETY: as the header demands.
    unsafe { call_on("vrec_profile_switch", engine, error, body) }
}

/// Changes the name that people see of a profile; its id stays. A profile that only events made is created by it, as an
/// adult (see vrec_profile_create).
///
/// Parameters: engine, not NULL; profile, UTF-8, 1 to 255 bytes; profile_len, its bytes; name, UTF-8, 1 to 255 bytes,
/// not blank, without control characters; name_len, its bytes; error, where to put an error, may be NULL.
/// Ownership: nothing changes hands; the name is copied.
/// Threads: any; waits for other writes.
/// Errors: those of vrec_profile_switch, and VREC_E_MEMORY_LIMIT. The engine stays as it was on failure.
/// Cost: with a store one write and one fdatasync; none for a guest.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_profile_rename(
    engine: *mut vrec_engine,
    profile: *const c_char,
    profile_len: usize,
    name: *const c_char,
    name_len: usize,
    error: *mut *mut vrec_error,
) -> i32 {
    let body = |handle: &vrec_engine| {
        // SAFETY: null or readable for their lengths by the header's contract.
        let (profile, name) =
            unsafe { (read_str("profile", profile, profile_len)?, read_str("name", name, name_len)?) };
        handle.engine().rename_profile(profile, name)
    };
    // SAFETY: as the header demands.
    unsafe { call_on("vrec_profile_rename", engine, error, body) }
}

/// Changes who a profile is for and its age limit; its history stays. An adult, teen or child may become another of
/// these; of VREC_PROFILE_EVERYONE and VREC_PROFILE_GUEST only the age limit can change. A profile that only events made
/// is created by it (see vrec_profile_create).
///
/// Parameters: engine, not NULL; profile, UTF-8, 1 to 255 bytes; profile_len, its bytes; kind, one of VREC_PROFILE_;
/// age_limit, as in vrec_profile; error, where to put an error, may be NULL.
/// Ownership: nothing changes hands.
/// Threads: any; waits for other writes.
/// Errors: those of vrec_profile_rename. The engine stays as it was on failure.
/// Cost: with a store one write and one fdatasync; none for a guest.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_profile_set_kind(
    engine: *mut vrec_engine,
    profile: *const c_char,
    profile_len: usize,
    kind: i32,
    age_limit: i32,
    error: *mut *mut vrec_error,
) -> i32 {
    let body = |handle: &vrec_engine| {
        // SAFETY: null or readable for its length by the header's contract.
        let profile = unsafe { read_str("profile", profile, profile_len) }?;
        handle.engine().set_profile_kind(profile, profile_kind(kind)?, read_age_limit(age_limit)?)
    };
    // SAFETY: as the header demands.
    unsafe { call_on("vrec_profile_set_kind", engine, error, body) }
}

/// Gives all columns of the profiles at once.
///
/// Parameters: profiles, not NULL; columns, not NULL, its struct_size set by the caller; error, where to put an error,
/// may be NULL.
/// Ownership: the columns are borrowed from profiles, until vrec_profiles_destroy.
/// Threads: any, also several at once on the same profiles.
/// Errors: VREC_E_INVALID_ARGUMENT, VREC_E_TOO_NEW, VREC_E_REENTRANT.
/// Cost: constant; nothing is copied.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_profiles_columns(
    profiles: *const vrec_profiles,
    columns: *mut vrec_profile_columns,
    error: *mut *mut vrec_error,
) -> i32 {
    let body = || -> Result<()> {
        // SAFETY: null or live by the header's contract.
        let profiles = unsafe { profiles.as_ref() }.ok_or_else(|| Error::invalid("profiles is NULL"))?;
        // SAFETY: null or a struct with its size by the header's contract.
        unsafe { write_struct(columns, "columns", |size| profiles.columns(size)) }
    };
    // SAFETY: `error` is as the header demands.
    unsafe { call("vrec_profiles_columns", error, body) }
}

/// Frees a list of profiles. NULL is allowed.
///
/// Parameters: profiles, a list that is not used any more, or NULL.
/// Ownership: takes profiles; every pointer into their columns ends.
/// Threads: any, when no other call on these profiles is running.
/// Errors: none.
/// Cost: constant.
/// Since: 0.1.0
///
/// # Safety
/// As the C header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vrec_profiles_destroy(profiles: *mut vrec_profiles) {
    if !profiles.is_null() {
        // SAFETY: made by Box::into_raw and not freed before, by the header's contract.
        call_void(|| drop(unsafe { Box::from_raw(profiles) }));
    }
}

/// # Safety
/// `profile` is null or a struct with its size, whose strings are null or readable for their lengths.
unsafe fn read_profile(profile: *const vrec_profile) -> Result<HouseholdProfile> {
    // SAFETY: passed on from this function's contract.
    let given = unsafe { read_struct(profile, None) }?;
    // SAFETY: null or readable for their lengths by this function's contract.
    let (id, name) =
        unsafe { (read_str("id", given.id, given.id_len)?, read_str("name", given.name, given.name_len)?) };
    Ok(HouseholdProfile {
        id: id.to_owned(),
        name: if name.is_empty() { id } else { name }.to_owned(),
        kind: profile_kind(given.kind)?,
        age_limit: read_age_limit(given.age_limit)?,
    })
}

fn profile_kind(code: i32) -> Result<ProfileKind> {
    ProfileKind::from_code(code).ok_or_else(|| Error::invalid(format!("kind {code} is no VREC_PROFILE_ kind")))
}

fn read_age_limit(given: i32) -> Result<AgeLimit> {
    let most = limits::MIN_AGE;
    match (given, u8::try_from(given)) {
        (0, _) => Ok(AgeLimit::OfKind),
        (VREC_AGE_LIMIT_NONE, _) => Ok(AgeLimit::None),
        (_, Ok(years)) if years <= most => Ok(AgeLimit::Years(years)),
        _ => Err(Error::invalid(format!("age_limit is {given}; it is 1 to {most}, 0 or VREC_AGE_LIMIT_NONE"))),
    }
}
