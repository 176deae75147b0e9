package vrec_test

// Engines with a store.

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"vrec"
)

func fillStore(t *testing.T, options vrec.Options) {
	t.Helper()
	engine := newEngine(t, options)
	succeed(t, engine.AddVideos(background, []vrec.Video{video("a", 1, 0), video("b", 1, 0.2), video("c", 0, 1)}))
	succeed(t, engine.Record(vrec.Event{Profile: "family", VideoID: "a", Kind: vrec.EventLike}))
	succeed(t, engine.Close())
}

func TestWhatWasAcknowledgedIsThereAgain(t *testing.T) {
	key := make([]byte, 32)
	key[3] = 7
	options := vrec.Options{StorePath: filepath.Join(t.TempDir(), "store"), DeviceKey: key}
	fillStore(t, options)

	engine := newEngine(t, options)
	equal(t, must(engine.Statistics()).Videos, 3)
	equal(t, must(engine.Statistics()).Events, 1)
	if _, err := vrec.New(options); !errors.Is(err, vrec.ErrBusy) {
		t.Fatalf("a second engine on a store: %v", err)
	}
	succeed(t, engine.ForgetProfile("family"))
	if err := engine.ForgetProfile("family"); !errors.Is(err, vrec.ErrNotFound) {
		t.Fatalf("forgetting twice: %v", err)
	}
	succeed(t, engine.Close())

	options.DeviceKey = nil
	if _, err := vrec.New(options); !errors.Is(err, vrec.ErrKey) {
		t.Fatalf("without the key: %v", err)
	}
	options.DeviceKey, options.StoreReadOnly = key, true
	reader := newEngine(t, options)
	equal(t, must(reader.Statistics()).Profiles, 0)
	if err := reader.AddVideo(background, video("d", 1, 1)); !errors.Is(err, vrec.ErrReadOnly) {
		t.Fatalf("adding to a store open for reading: %v", err)
	}
}

func TestDamageIsToldAndSetAside(t *testing.T) {
	options := vrec.Options{StorePath: filepath.Join(t.TempDir(), "store")}
	fillStore(t, options)
	files, err := filepath.Glob(filepath.Join(options.StorePath, "vectors-*"))
	succeed(t, err)
	content, err := os.ReadFile(files[len(files)-1])
	succeed(t, err)
	content[len(content)-20] ^= 1
	succeed(t, os.WriteFile(files[len(files)-1], content, 0o600))
	if _, err := vrec.New(options); !errors.Is(err, vrec.ErrCorrupt) {
		t.Fatalf("a damaged vector: %v", err)
	}
	options.StoreQuarantine = true
	equal(t, must(newEngine(t, options).Statistics()).Videos, 3)
}
