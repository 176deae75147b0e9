//go:build !vrec_dev

package vrec

// #cgo pkg-config: vrec
import "C"
