package vrec_test

// Engines with a store.

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

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

func TestAHostLooksAfterItsStore(t *testing.T) {
	options := vrec.Options{StorePath: filepath.Join(t.TempDir(), "store"), CommitThread: true}
	fillStore(t, options)
	engine := newEngine(t, options)
	at := time.UnixMilli(1700000000000)
	record := func(videoID string, durability vrec.Durability, within time.Duration) error {
		return engine.Record(vrec.Event{
			Profile: "family", VideoID: videoID, Kind: vrec.EventLike, Time: at, Durability: durability, Within: within,
		})
	}
	succeed(t, record("a", vrec.DurableRelaxed, 0))
	equal(t, must(engine.Statistics()).StoreWaitingEvents, 1)
	succeed(t, engine.Flush())
	equal(t, must(engine.Statistics()).StoreWaitingEvents, 0)
	succeed(t, record("b", vrec.DurableWithin, 5*time.Millisecond))
	for must(engine.Statistics()).StoreWaitingEvents > 0 {
		time.Sleep(time.Millisecond)
	}
	equal(t, must(engine.Statistics()).StoreEvents, 2)
	for _, within := range []time.Duration{-time.Millisecond, 2 * time.Hour} {
		if err := record("b", vrec.DurableWithin, within); !errors.Is(err, vrec.ErrLimit) {
			t.Fatalf("within %v: %v", within, err)
		}
	}
	succeed(t, engine.Verify())
	succeed(t, engine.Compact())

	lines := string(must(engine.ExportProfile("family", nil)))
	if !strings.Contains(lines, `"id":"family"`) || strings.Count(lines, `"record":"event"`) != 3 {
		t.Fatalf("an export in full: %s", lines)
	}
	salt := bytes.Repeat([]byte{7}, 32)
	anonymous := string(must(engine.ExportProfile("family", &vrec.Anonymisation{Salt: salt, TimeStep: 24 * time.Hour})))
	if strings.Contains(anonymous, "family") || !strings.Contains(anonymous, `"time_utc_ms":1699920000000`) {
		t.Fatalf("an anonymised export: %s", anonymous)
	}
	if _, err := engine.ExportProfile("family", &vrec.Anonymisation{}); !errors.Is(err, vrec.ErrInvalidArgument) {
		t.Fatalf("anonymised without a salt: %v", err)
	}

	if _, err := engine.Retain(vrec.Retention{}); !errors.Is(err, vrec.ErrInvalidArgument) {
		t.Fatalf("no limit: %v", err)
	}
	equal(t, must(engine.Retain(vrec.Retention{MaxAge: time.Hour, Now: at.Add(time.Minute)})), 0)
	equal(t, must(engine.Retain(vrec.Retention{MaxEvents: 1})), 2)
	succeed(t, engine.RotateKey(salt))
	succeed(t, engine.Close())
	if _, err := vrec.New(options); !errors.Is(err, vrec.ErrKey) {
		t.Fatalf("without the new key: %v", err)
	}
	options.DeviceKey = salt
	equal(t, must(newEngine(t, options).Statistics()).Events, 1)
}

func TestWhatWasTrainedIsThereAgain(t *testing.T) {
	options := vrec.Options{StorePath: filepath.Join(t.TempDir(), "store")}
	query := vrec.Query{
		Profile: "ann", Ranking: vrec.RankingBlend,
		FeatureWeights: []vrec.FeatureWeight{{Feature: vrec.FeatureEASE, Weight: 1}},
	}
	engine := newEngine(t, options)
	succeed(t, engine.AddVideos(background, []vrec.Video{video("a", 1, 0), video("b", 1, 0.2), video("c", 0, 1)}))
	for _, profile := range []string{"bob", "cleo", "dan"} {
		succeed(t, engine.Record(vrec.Event{Profile: profile, VideoID: "a", Kind: vrec.EventComplete}))
		succeed(t, engine.Record(vrec.Event{Profile: profile, VideoID: "c", Kind: vrec.EventComplete}))
	}
	succeed(t, engine.Record(vrec.Event{Profile: "ann", VideoID: "a", Kind: vrec.EventComplete}))
	equal(t, ids(engine.Recommend(background, query)), "")
	succeed(t, engine.Train(background))
	equal(t, ids(engine.Recommend(background, query)), "c")
	succeed(t, engine.Close())

	engine = newEngine(t, options)
	equal(t, ids(engine.Recommend(background, query)), "c")
	succeed(t, engine.ForgetProfile("dan"))
	equal(t, ids(engine.Recommend(background, query)), "")
	succeed(t, engine.Close())

	options.StoreReadOnly = true
	reader := newEngine(t, options)
	equal(t, ids(reader.Recommend(background, query)), "")
	fails(t, reader.Train(background), vrec.ErrReadOnly, "")
}
