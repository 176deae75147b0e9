// Package vrec recommends videos inside the program that shows them. It binds libvrec, which runs
// offline and in process.
//
//	engine, err := vrec.New(vrec.Options{ModelPath: "/usr/share/vrec/model"})
//	if err != nil {
//		return err
//	}
//	defer engine.Close()
//	err = engine.AddVideo(ctx, vrec.Video{ID: "v1", Title: "人工智能入门"})
//	...
//	err = engine.Record(vrec.Event{Kind: vrec.EventComplete, VideoID: "v1"})
//	...
//	list, err := engine.Recommend(ctx, vrec.Query{Limit: 20})
//
// # Rules that hold for every function
//
// Errors of the library are an [*Error]; compare them with errors.Is and a [Code] such as
// [ErrNotFound], or with context.Canceled and context.DeadlineExceeded. A call that fails leaves the
// engine as it was.
//
// Strings are UTF-8; others give [ErrUTF8]. Everything given to a call is copied, and everything it
// returns is the caller's own and may outlive the engine.
//
// All methods of [Engine] may be called from any goroutine at any time, Close included. Reads never
// wait for writes; writes wait for each other while they are published.
//
// Calls that can take long have a context. Its end ends the call at the library's next check:
// between runs of the model and between blocks of a scan. Only a context that can end costs anything,
// a goroutine for the time of the call. A context of [WithProgress] makes them tell how far they are.
//
// # Building
//
// The library is found by pkg-config as "vrec". In a checkout of the vrec repository, the build tag
// vrec_dev takes it from target/release instead.
package vrec

// #include "native.h"
import "C"

// Version is the version of the loaded library, such as "0.1.0".
func Version() string {
	return C.GoString(C.vrec_version())
}

// ABIVersion is the ABI version of the loaded library. [New] refuses one that this package was not
// compiled for.
func ABIVersion() uint32 {
	return uint32(C.vrec_abi_version())
}
