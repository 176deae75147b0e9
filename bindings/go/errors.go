package vrec

// #include "native.h"
import "C"

import (
	"context"
	"errors"
	"fmt"
)

// ErrClosed is returned by every method of an engine that was closed or never made.
var ErrClosed = errors.New("vrec: the engine is closed")

// Code says why a call failed. It is an error itself, to be compared with by errors.Is.
type Code int32

const (
	// OK is no failure; calls return nil for it.
	OK Code = C.VREC_OK
	// ErrInvalidArgument: an argument is out of its range or contradicts another; the message names it.
	ErrInvalidArgument Code = C.VREC_E_INVALID_ARGUMENT
	// ErrNotFound: there is no video with this id.
	ErrNotFound Code = C.VREC_E_NOT_FOUND
	// ErrLimit: a size or count is over its limit; the message names both.
	ErrLimit Code = C.VREC_E_LIMIT
	// ErrMemoryLimit: the change would take more than Options.MemoryLimitBytes.
	ErrMemoryLimit Code = C.VREC_E_MEMORY_LIMIT
	// ErrTooNew: this package is newer than the library and asked for something it does not know, or a store or a pack is
	// of a later version.
	ErrTooNew Code = C.VREC_E_TOO_NEW
	// ErrUTF8: a string is not UTF-8; the message names the byte.
	ErrUTF8 Code = C.VREC_E_UTF8
	// ErrReentrant: the call came from inside Options.Log or a function given to WithProgress.
	ErrReentrant Code = C.VREC_E_REENTRANT
	// ErrForked: the engine, or the ONNX Runtime, was opened before this process was forked.
	ErrForked Code = C.VREC_E_FORKED
	// ErrFaulted: an earlier call failed inside the library; reads go on, writes need a new engine.
	ErrFaulted Code = C.VREC_E_FAULTED
	// ErrInternal: a defect of the library; the message says where.
	ErrInternal Code = C.VREC_E_INTERNAL
	// ErrCancelled: the call's context was cancelled. Is context.Canceled, too.
	ErrCancelled Code = C.VREC_E_CANCELLED
	// ErrTimedOut: the deadline of the call's context has passed. Is context.DeadlineExceeded, too.
	ErrTimedOut Code = C.VREC_E_TIMED_OUT
	// ErrNoEncoder: the engine was created without a model, and the call needs one.
	ErrNoEncoder Code = C.VREC_E_NO_ENCODER
	// ErrModelMissing: a file of the model folder does not exist; the message names it.
	ErrModelMissing Code = C.VREC_E_MODEL_MISSING
	// ErrModelUnreadable: a file of the model folder cannot be read; the message names it.
	ErrModelUnreadable Code = C.VREC_E_MODEL_UNREADABLE
	// ErrModelHash: a file of the model folder has another size or SHA-256 than its manifest says.
	ErrModelHash Code = C.VREC_E_MODEL_HASH
	// ErrModelInvalid: the manifest, the graph or the tokenizer of the model is not usable.
	ErrModelInvalid Code = C.VREC_E_MODEL_INVALID
	// ErrRuntimeMissing: there is no ONNX Runtime library at the given path or beside the library.
	ErrRuntimeMissing Code = C.VREC_E_RUNTIME_MISSING
	// ErrRuntimeVersion: the ONNX Runtime library is too old.
	ErrRuntimeVersion Code = C.VREC_E_RUNTIME_VERSION
	// ErrRuntime: the ONNX Runtime failed to load or to run the model.
	ErrRuntime Code = C.VREC_E_RUNTIME
	// ErrABI: the library has another ABI than this package was compiled for.
	ErrABI Code = C.VREC_E_ABI
	// ErrProvider: the execution provider asked for cannot serve the model; the message says why.
	ErrProvider Code = C.VREC_E_PROVIDER
	// ErrCorrupt: the store, or a pack, is damaged; the message names what. Options.StoreQuarantine serves the rest.
	ErrCorrupt Code = C.VREC_E_CORRUPT
	// ErrKey: the store is sealed with another device key.
	ErrKey Code = C.VREC_E_KEY
	// ErrBusy: another engine has the store open.
	ErrBusy Code = C.VREC_E_BUSY
	// ErrIO: reading or writing the store failed.
	ErrIO Code = C.VREC_E_IO
	// ErrDiskFull: there is no room for the change; what was acknowledged stays.
	ErrDiskFull Code = C.VREC_E_DISK_FULL
	// ErrReadOnly: the store, or its disk, takes no writes.
	ErrReadOnly Code = C.VREC_E_READ_ONLY
	// ErrSignature: the pack's signature is of none of the trusted keys.
	ErrSignature Code = C.VREC_E_SIGNATURE
	// ErrOlder: the pack's number is not above that of the pack in use, or its format is an earlier one than the library
	// reads, and it has to be made anew.
	ErrOlder Code = C.VREC_E_OLDER
	// ErrBase: the pack is a delta to another pack than the one in use.
	ErrBase Code = C.VREC_E_BASE
)

// Error gives the code's name in the C header, such as "VREC_E_NOT_FOUND", and "VREC_E_UNKNOWN" for
// a number that is no code.
func (c Code) Error() string {
	return C.GoString(C.vrec_status_name(C.int32_t(c)))
}

// Error is what every failed call returns, but for ErrClosed.
type Error struct {
	Code Code
	// Message is English, one line, naming the argument, file or limit concerned.
	Message string
}

// Error gives the message and the code.
func (e *Error) Error() string {
	return fmt.Sprintf("vrec: %s (%s)", e.Message, e.Code.Error())
}

// Is tells whether target is the error's code, or the context error that means the same.
func (e *Error) Is(target error) bool {
	switch e.Code {
	case ErrCancelled:
		return target == context.Canceled || target == e.Code
	case ErrTimedOut:
		return target == context.DeadlineExceeded || target == e.Code
	default:
		return target == e.Code
	}
}

// failure turns what the library returned into an error, and frees it.
func failure(status C.int32_t, failed *C.vrec_error) error {
	if status == C.VREC_OK {
		return nil
	}
	code := Code(status)
	if failed == nil {
		return &Error{Code: code, Message: code.Error()}
	}
	defer C.vrec_error_destroy(failed)
	return &Error{Code: code, Message: C.GoString(C.vrec_error_message(failed))}
}

// ended is the error of a call whose context has ended.
func ended(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return &Error{Code: ErrTimedOut, Message: "the call's context has passed its deadline"}
	}
	return &Error{Code: ErrCancelled, Message: "the call's context was cancelled"}
}
