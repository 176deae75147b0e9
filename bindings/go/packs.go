package vrec

// Packs: what was learned from everyone, out of an engine and into one.

// #include "native.h"
import "C"

import (
	"context"
	"crypto/ed25519"
	"time"
	"unsafe"
)

// PackExport says what a pack is to be. Zero means the default, where one is named; vrec_pack_export_options in vrec.h
// says more.
type PackExport struct {
	// Path is the file to write, absolute; required. One that is there is replaced.
	Path string
	// Line says which packs follow each other, 1 to 255 bytes; required.
	Line string
	// Number is greater than that of every pack of the line before, at least 1; required.
	Number uint64
	// Created is told to who reads the pack.
	Created time.Time
	// SigningKey signs the pack; required.
	SigningKey ed25519.PrivateKey
	// BasePath is the file of a whole pack of the same line and key, to which this one is to be a delta. Empty: none.
	BasePath string
	// Epsilon, Delta and MostWatches ask for noise for differential privacy. 0: none.
	Epsilon, Delta float64
	MostWatches    uint32
	// LeastProfiles stand behind each item and cell at least. 0: 5.
	LeastProfiles uint32
	// TransitionsPerItem are kept for each item, PairsPerItem of item neighbours, WeightsPerItem of ease. 0: 32, 100, 48.
	TransitionsPerItem, PairsPerItem, WeightsPerItem uint32
	// TrendDays are told as one of when an item was watched. 0: 7.
	TrendDays uint32
	// WithVectors: the catalogue's vectors go in, too, those that the model made of texts; needs a store.
	WithVectors bool
	// WithoutSequence: the network that LoadSequence took stays out, as it does with noise.
	WithoutSequence bool
	// FeatureWeights say what each feature counts on a set that says nothing of its own, each feature at most once; those
	// not named count 0. One that counts 0 in lists here has no table in the pack. Epsilon does not account for them.
	// Empty: what each counts in lists here.
	FeatureWeights []FeatureWeight
}

// PackImport says where a pack is and what of it is trusted. Zero means the default, where one is named.
type PackImport struct {
	// Path is the pack's file, absolute; or Data has its bytes.
	Path string
	Data []byte
	// TrustedKeys: a pack has to be signed by one of them; at most 16; required.
	TrustedKeys []ed25519.PublicKey
	// Line that the pack has to be of. Empty: that of the pack in use, any where there is none.
	Line string
	// MostFileBytes of the file, and MostContentBytes of what it unfolds to. 0: 64 MiB and 256 MiB.
	MostFileBytes, MostContentBytes uint64
}

// PackDescription is what a pack says of itself; vrec_pack_fields in vrec.h says more.
type PackDescription struct {
	Line    string
	Number  uint64
	Created time.Time
	Videos  uint64
	// BaseNumber is that of the pack that it is a delta to; 0 where it stands alone.
	BaseNumber uint64
	// BeforeNumber is that of the pack to which RevertPack goes back; 0 where that is to no pack, or for a file.
	BeforeNumber              uint64
	StoredBytes, ContentBytes uint64
	// Epsilon, Delta and MostWatches are 0 without noise.
	Epsilon, Delta float64
	MostWatches    uint32
	// HomeShare is the share of the pack's profiles that a watch at home counts as by now; 0 for a file.
	HomeShare float32
	// HasSequence: it brings a network that reads histories in order.
	HasSequence bool
	// Encoder is what made its vectors; empty where it has none.
	Encoder []byte
	// Key is the public key that signed it.
	Key ed25519.PublicKey
}

// ExportPack writes what was learned from all profiles into one signed file, a pack, which ImportPack takes;
// docs/packs.md says what each of its tables may tell.
//
// Errors: ErrInvalidArgument, also where a pack is in use; ErrNotFound where nobody watched anything; ErrSignature,
// ErrCorrupt, ErrTooNew for the base; ErrLimit, ErrMemoryLimit, ErrUTF8, ErrIO, ErrDiskFull, ErrReadOnly, ErrReentrant,
// ErrCancelled, ErrTimedOut. A file at the path stays as it was then.
func (e *Engine) ExportPack(ctx context.Context, export PackExport) error {
	var packed packer
	given := C.vrec_go_pack_export_options{
		path:             packed.span(export.Path),
		line:             packed.span(export.Line),
		base_path:        packed.span(export.BasePath),
		number:           C.uint64_t(export.Number),
		created:          C.int64_t(export.Created.UnixMilli()),
		epsilon:          C.double(export.Epsilon),
		delta:            C.double(export.Delta),
		watches:          C.uint32_t(export.MostWatches),
		profiles:         C.uint32_t(export.LeastProfiles),
		transitions:      C.uint32_t(export.TransitionsPerItem),
		pairs:            C.uint32_t(export.PairsPerItem),
		weights:          C.uint32_t(export.WeightsPerItem),
		trend_days:       C.uint32_t(export.TrendDays),
		vectors:          flag(export.WithVectors),
		without_sequence: flag(export.WithoutSequence),
	}
	weights := featureWeights(export.FeatureWeights)
	given.feature_weight_count = C.size_t(len(weights))
	if export.Created.IsZero() {
		given.created = 0
	}
	if len(export.SigningKey) == ed25519.PrivateKeySize {
		given.key = packed.span(string(export.SigningKey.Seed()))
	}
	return e.callWithin(ctx, func(engine *C.vrec_engine, bounds C.vrec_go_bounds, failed **C.vrec_error) C.int32_t {
		return C.vrec_go_pack_export(engine, &given, packed.bytes(), start(weights), bounds, failed)
	})
}

// ImportPack takes a pack in place of the one in use, under what profiles did here, which stays; it keeps the one in use
// for RevertPack. Its signature is checked before anything of it is read. Features count as it says, unless the options or
// the query do, and its network in place of the one that LoadSequence took.
//
// Errors: ErrSignature, ErrCorrupt, ErrTooNew, ErrLimit, ErrOlder, ErrBase, ErrInvalidArgument, ErrNotFound,
// ErrMemoryLimit, ErrUTF8, ErrIO, ErrDiskFull, ErrReadOnly, ErrFaulted, ErrReentrant, ErrCancelled, ErrTimedOut, and for
// a network that does not open ErrModelHash, ErrModelInvalid, ErrRuntime. The pack in use stays then.
func (e *Engine) ImportPack(ctx context.Context, from PackImport) error {
	var packed packer
	given := packed.packImport(&from)
	return e.callWithin(ctx, func(engine *C.vrec_engine, bounds C.vrec_go_bounds, failed **C.vrec_error) C.int32_t {
		return C.vrec_go_pack_import(engine, &given, packed.bytes(), (*C.uint8_t)(start(from.Data)), bounds, failed)
	})
}

// Pack tells of the pack in use.
//
// Errors: ErrNotFound without one; ErrReentrant.
func (e *Engine) Pack() (PackDescription, error) {
	return e.describePack(nil)
}

// PackIn tells of a pack that is not imported: its signature and its header are checked and no more.
//
// Errors: those of ImportPack, but for ErrBase, and for ErrOlder by a number.
func (e *Engine) PackIn(from PackImport) (PackDescription, error) {
	return e.describePack(&from)
}

// RevertPack takes the pack in use away and brings back the one before; called again, it goes back to no pack.
//
// Errors: ErrNotFound without a pack in use; ErrCancelled, also where another goroutine changed it meanwhile;
// ErrTimedOut, ErrCorrupt, ErrMemoryLimit, ErrIO, ErrDiskFull, ErrReadOnly, ErrFaulted, ErrReentrant. The pack in use
// stays then.
func (e *Engine) RevertPack(ctx context.Context) error {
	return e.callWithin(ctx, func(engine *C.vrec_engine, bounds C.vrec_go_bounds, failed **C.vrec_error) C.int32_t {
		return C.vrec_go_pack_revert(engine, bounds, failed)
	})
}

func (e *Engine) describePack(from *PackImport) (PackDescription, error) {
	var described C.vrec_go_pack
	defer func() { C.vrec_pack_description_destroy(described.description) }()
	err := e.call(func(engine *C.vrec_engine, failed **C.vrec_error) C.int32_t {
		if from == nil {
			return C.vrec_go_pack_info(engine, nil, nil, nil, &described, failed)
		}
		var packed packer
		given := packed.packImport(from)
		data := (*C.uint8_t)(start(from.Data))
		return C.vrec_go_pack_info(engine, &given, packed.bytes(), data, &described, failed)
	})
	if err != nil {
		return PackDescription{}, err
	}
	fields := &described.fields
	bytes := func(start *C.uint8_t, length C.size_t) []byte {
		return append([]byte(nil), unsafe.Slice((*byte)(unsafe.Pointer(start)), int(length))...)
	}
	return PackDescription{
		Line:         string(unsafe.Slice((*byte)(unsafe.Pointer(fields.line)), int(fields.line_len))),
		Number:       uint64(fields.number),
		Created:      time.UnixMilli(int64(fields.created_utc_ms)).UTC(),
		Videos:       uint64(fields.videos),
		BaseNumber:   uint64(fields.base_number),
		BeforeNumber: uint64(fields.before_number),
		StoredBytes:  uint64(fields.stored_bytes),
		ContentBytes: uint64(fields.content_bytes),
		Epsilon:      float64(fields.epsilon),
		Delta:        float64(fields.delta),
		MostWatches:  uint32(fields.most_watches),
		HomeShare:    float32(fields.home_share),
		HasSequence:  fields.has_sequence != 0,
		Encoder:      bytes(fields.encoder, fields.encoder_len),
		Key:          bytes(fields.key, fields.key_len),
	}, nil
}

func (p *packer) packImport(from *PackImport) C.vrec_go_pack_import_options {
	given := C.vrec_go_pack_import_options{
		path:          p.span(from.Path),
		line:          p.span(from.Line),
		data_len:      C.size_t(len(from.Data)),
		key_count:     C.size_t(len(from.TrustedKeys)),
		file_bytes:    C.uint64_t(from.MostFileBytes),
		content_bytes: C.uint64_t(from.MostContentBytes),
	}
	var keys []byte
	for _, key := range from.TrustedKeys {
		// A key of another length is none: zeros are refused by the library.
		var whole [ed25519.PublicKeySize]byte
		if len(key) == len(whole) {
			copy(whole[:], key)
		}
		keys = append(keys, whole[:]...)
	}
	given.keys = p.span(string(keys))
	return given
}
