package vrec

// The profiles of a household.

// #include "native.h"
import "C"

import "unsafe"

// ProfileKind tells who a profile is for.
type ProfileKind int32

const (
	// ProfileAdult has no age limit unless one is set.
	ProfileAdult ProfileKind = C.VREC_PROFILE_ADULT
	// ProfileTeen has an age limit of 16 unless another is set.
	ProfileTeen ProfileKind = C.VREC_PROFILE_TEEN
	// ProfileChild has an age limit of 8 unless another is set, and always one.
	ProfileChild ProfileKind = C.VREC_PROFILE_CHILD
	// ProfileEveryone is the household together, at most one. Its age limit is that of the household's youngest
	// unless one is set.
	ProfileEveryone ProfileKind = C.VREC_PROFILE_EVERYONE
	// ProfileGuest leaves no trace: it is not stored, not exported, teaches nothing, and ends with ForgetProfile or
	// Close.
	ProfileGuest ProfileKind = C.VREC_PROFILE_GUEST
)

// AgeLimitNone is an age limit of a profile without one.
const AgeLimitNone = C.VREC_AGE_LIMIT_NONE

// Profile is a profile of a household.
type Profile struct {
	// ID is what events and queries name it by, 1 to 255 bytes, required; never changed.
	ID string
	// Name is what people see, at most 255 bytes. Empty: the ID.
	Name string
	// Kind is required.
	Kind ProfileKind
	// AgeLimit: its lists hold only videos whose minimum age is known and not above it; years, 1 to 99, or AgeLimitNone,
	// which a child cannot have. 0: that of the kind. In a list of profiles, the one that its lists keep.
	AgeLimit int
	// IsCurrent tells, in a list of profiles, whether events and queries mean it that name none.
	IsCurrent bool
}

// CreateProfile creates a profile of a household; one that events made before keeps its history. The first creation
// makes the engine a household's, for good: from then on IDs that are no profile are ErrNotFound in events and lists.
//
// Errors: ErrInvalidArgument for an ID that was created, a guest whose ID has a history, a second profile for everyone,
// and fields out of range; ErrLimit, ErrMemoryLimit, ErrUTF8, ErrIO, ErrDiskFull, ErrReadOnly, ErrFaulted, ErrReentrant.
func (e *Engine) CreateProfile(profile Profile) error {
	var packed packer
	id, name := packed.span(profile.ID), packed.span(profile.Name)
	return e.call(func(engine *C.vrec_engine, failed **C.vrec_error) C.int32_t {
		return C.vrec_go_profile_create(engine, packed.bytes(), id, name, C.int32_t(profile.Kind),
			years(profile.AgeLimit), failed)
	})
}

// Profiles lists all profiles: those that were created in the order of their creation, then guests by ID, then those
// that only events made, as adults with their ID for a name, by ID. The texts of one list share their memory.
//
// Errors: ErrReentrant.
func (e *Engine) Profiles() ([]Profile, error) {
	var answer C.vrec_go_profile_list_answer
	defer func() { C.vrec_profiles_destroy(answer.profiles) }()
	err := e.call(func(engine *C.vrec_engine, failed **C.vrec_error) C.int32_t {
		return C.vrec_go_profile_list(engine, &answer, failed)
	})
	if err != nil {
		return nil, err
	}
	columns := &answer.columns
	count := int(columns.count)
	ids := texts(columns.ids, columns.id_offsets, count)
	names := texts(columns.names, columns.name_offsets, count)
	kinds, limits := unsafe.Slice(columns.kinds, count), unsafe.Slice(columns.age_limits, count)
	isCurrent := unsafe.Slice(columns.is_current, count)
	list := make([]Profile, count)
	for i := range list {
		list[i] = Profile{
			ID:        ids(i),
			Name:      names(i),
			Kind:      ProfileKind(kinds[i]),
			AgeLimit:  int(limits[i]),
			IsCurrent: isCurrent[i] != 0,
		}
	}
	return list, nil
}

// SwitchProfile makes a profile the one that events and queries mean that name none. With a store it is so again when
// an engine is created with it next, unless it is a guest: then the one before it is.
//
// Errors: ErrNotFound for an ID that is no profile; ErrInvalidArgument, ErrLimit, ErrUTF8, ErrIO, ErrDiskFull,
// ErrReadOnly, ErrFaulted, ErrReentrant.
func (e *Engine) SwitchProfile(profile string) error {
	var packed packer
	packed.span(profile)
	return e.call(func(engine *C.vrec_engine, failed **C.vrec_error) C.int32_t {
		return C.vrec_profile_switch(engine, packed.bytes(), C.size_t(len(profile)), failed)
	})
}

// RenameProfile changes the name that people see of a profile, never its ID.
//
// Errors: those of SwitchProfile, and ErrMemoryLimit.
func (e *Engine) RenameProfile(profile, name string) error {
	var packed packer
	of, to := packed.span(profile), packed.span(name)
	return e.call(func(engine *C.vrec_engine, failed **C.vrec_error) C.int32_t {
		return C.vrec_go_profile_rename(engine, packed.bytes(), of, to, failed)
	})
}

// SetProfileKind changes who a profile is for, among adult, teen and child, and its age limit, as in Profile; its history
// stays.
//
// Errors: those of RenameProfile.
func (e *Engine) SetProfileKind(profile string, kind ProfileKind, ageLimit int) error {
	var packed packer
	packed.span(profile)
	return e.call(func(engine *C.vrec_engine, failed **C.vrec_error) C.int32_t {
		return C.vrec_profile_set_kind(engine, packed.bytes(), C.size_t(len(profile)), C.int32_t(kind), years(ageLimit),
			failed)
	})
}
