package vrec

// #include "native.h"
import "C"

import (
	"context"
	"runtime"
	"runtime/cgo"
)

type progressKey struct{}

// WithProgress gives a context whose calls tell progress how far they are: what is done and what there
// is in all, counted in texts for calls that embed, in videos for [Engine.WaitForEmbeddings], and in videos or
// passes of one step after the other for [Engine.Train]. It runs on the goroutine of the call, between pieces of its
// work.
//
// It must not use the library: calls from it return ErrReentrant. A panic in it ends the call, as the
// end of the context would, and comes out of the call. If it ends its goroutine (runtime.Goexit,
// testing.T.FailNow), what the call was making is leaked, and nothing else.
func WithProgress(ctx context.Context, progress func(done, total int)) context.Context {
	return context.WithValue(ctx, progressKey{}, progress)
}

// listener passes progress on for one call.
type listener struct {
	progress func(done, total int)
	// Ends the call.
	token *C.vrec_cancel_token
	// What progress panicked with, nil if it did not.
	panicked any
}

// listenerOf gives who hears the calls of ctx, nil for nobody.
func listenerOf(ctx context.Context) *listener {
	progress, _ := ctx.Value(progressKey{}).(func(done, total int))
	if progress == nil {
		return nil
	}
	return &listener{progress: progress}
}

// panicOn goes on with the panic of a listener, if there was one.
func (l *listener) panicOn() {
	if l != nil && l.panicked != nil {
		panic(l.panicked)
	}
}

// vrecGoProgress is called by the library, through native.c, on the thread of the call, which is that of
// the calling goroutine for as long as this runs.
//
//export vrecGoProgress
func vrecGoProgress(done, total C.uint64_t, handle C.uintptr_t) {
	listener := cgo.Handle(handle).Value().(*listener)
	if listener.panicked != nil {
		return
	}
	returned := false
	defer func() {
		listener.panicked = recover()
		switch {
		case listener.panicked != nil:
			C.vrec_cancel_token_cancel(listener.token)
		case !returned:
			// As in vrecGoLog.
			runtime.LockOSThread()
		}
	}()
	listener.progress(int(done), int(total))
	returned = true
}
