package vrec

// What a program may ask of an engine's store itself.

// #include "native.h"
import "C"

import (
	"time"
	"unsafe"
)

// Flush makes durable what was recorded with DurableWithin or DurableRelaxed and is not yet. What Close cannot
// write is lost without a word, so call this first where it matters.
//
// Errors: ErrInvalidArgument without a store; ErrIO, ErrDiskFull, ErrReadOnly, ErrFaulted, ErrReentrant. The
// events go on waiting then.
func (e *Engine) Flush() error {
	return e.call(func(engine *C.vrec_engine, failed **C.vrec_error) C.int32_t {
		return C.vrec_flush(engine, failed)
	})
}

// Verify reads the whole store again and checks every record of it. Writes wait meanwhile.
//
// Errors: ErrCorrupt, saying what is damaged; ErrInvalidArgument without a store; ErrIO, ErrReentrant.
func (e *Engine) Verify() error {
	return e.call(func(engine *C.vrec_engine, failed **C.vrec_error) C.int32_t {
		return C.vrec_verify(engine, failed)
	})
}

// RotateKey wraps the store's keys by another device key of 32 bytes, or by none, in one step.
//
// Errors: ErrInvalidArgument, ErrIO, ErrDiskFull, ErrReadOnly, ErrFaulted, ErrReentrant. The old key stays then.
func (e *Engine) RotateKey(key []byte) error {
	return e.call(func(engine *C.vrec_engine, failed **C.vrec_error) C.int32_t {
		return C.vrec_rotate_key(engine, (*C.uint8_t)(start(key)), C.size_t(len(key)), failed)
	})
}

// Retain drops stored events past limits, and what was learned from them, and tells how many. What Train made of fewer
// than 20 profiles goes when any did.
//
// Errors: ErrInvalidArgument when no limit is set or there is no store; ErrCorrupt, ErrIO, ErrDiskFull,
// ErrReadOnly, ErrFaulted, ErrReentrant.
func (e *Engine) Retain(retention Retention) (uint64, error) {
	now := retention.Now
	if now.IsZero() {
		now = time.Now()
	}
	var dropped C.uint64_t
	err := e.call(func(engine *C.vrec_engine, failed **C.vrec_error) C.int32_t {
		return C.vrec_go_retain(engine, C.int64_t(retention.MaxAge.Milliseconds()), C.int64_t(now.UnixMilli()),
			C.uint64_t(retention.MaxEvents), &dropped, failed)
	})
	return uint64(dropped), err
}

// Compact writes the store's vectors anew without those that no video refers to any more.
//
// Errors: ErrInvalidArgument without a store; ErrCorrupt, ErrIO, ErrDiskFull, ErrReadOnly, ErrFaulted,
// ErrReentrant.
func (e *Engine) Compact() error {
	return e.call(func(engine *C.vrec_engine, failed **C.vrec_error) C.int32_t {
		return C.vrec_compact(engine, failed)
	})
}

// ExportProfile gives what is known of a profile as JSON Lines: all of it for the person it is about, or, with
// anonymise, what a service may train with if that person agrees. vrec_profile_export in vrec.h describes them.
//
// Errors: ErrNotFound for a profile that there is not; ErrCorrupt, ErrInvalidArgument, ErrLimit, ErrUTF8, ErrIO,
// ErrReentrant.
func (e *Engine) ExportProfile(profile string, anonymise *Anonymisation) ([]byte, error) {
	var packed packer
	id := packed.span(profile)
	var salt, profileSalt C.vrec_go_span
	var step C.int64_t
	if anonymise != nil {
		salt, profileSalt = packed.span(string(anonymise.Salt)), packed.span(string(anonymise.ProfileSalt))
		step = C.int64_t(anonymise.TimeStep.Milliseconds())
	}
	var lines *C.vrec_export
	err := e.call(func(engine *C.vrec_engine, failed **C.vrec_error) C.int32_t {
		return C.vrec_go_profile_export(engine, packed.bytes(), id, salt, profileSalt, step, flag(anonymise != nil), &lines,
			failed)
	})
	if err != nil {
		return nil, err
	}
	defer C.vrec_export_destroy(lines)
	var data *C.char
	var length C.size_t
	var failed *C.vrec_error
	if err := failure(C.vrec_export_data(lines, &data, &length, &failed), failed); err != nil {
		return nil, err
	}
	return append([]byte(nil), unsafe.Slice((*byte)(unsafe.Pointer(data)), int(length))...), nil
}
