package vrec

// #include "native.h"
import "C"

import (
	"runtime"
	"runtime/cgo"
)

// vrecGoLog is called by the library, through native.c, on the thread of the call the message is
// about, which is that of the calling goroutine for as long as this runs.
//
//export vrecGoLog
func vrecGoLog(level C.int32_t, message *C.char, length C.size_t, handle C.uintptr_t) {
	returned := false
	defer func() {
		if recover() == nil && !returned {
			// The log function ends its goroutine, in the middle of a call of the library. The thread
			// ends with it, since the library would take every later call on it for a nested one.
			runtime.LockOSThread()
		}
	}()
	log := cgo.Handle(handle).Value().(func(LogLevel, string))
	log(LogLevel(level), C.GoStringN(message, C.int(length)))
	returned = true
}
