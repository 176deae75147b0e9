//go:build vrec_dev

package vrec

// The library as built in this repository by "make library".

// #cgo CFLAGS: -I${SRCDIR}/../../include
// #cgo LDFLAGS: -L${SRCDIR}/../../target/release -lvrec -Wl,-rpath,${SRCDIR}/../../target/release
import "C"
