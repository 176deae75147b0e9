package vrec_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vrec"
)

// The tests' model and ONNX Runtime: those of the repository unless the environment names others.
var (
	testModel   = pathFrom("VREC_TEST_MODEL", "../../tests/data/tiny-model")
	testRuntime = pathFrom("VREC_TEST_RUNTIME", "../../build/runtime/libonnxruntime.so.1")
)

var background = context.Background()

func pathFrom(variable, otherwise string) string {
	path := os.Getenv(variable)
	if path == "" {
		path = otherwise
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		panic(err)
	}
	return absolute
}

// must gives the value of a call that may not fail in a test.
func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func succeed(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("unexpected error: %v", err)
	}
}

// fails checks an error's code and that its message has the words.
func fails(t *testing.T, err error, code vrec.Code, words string) {
	t.Helper()
	var failure *vrec.Error
	if !errors.As(err, &failure) {
		t.Fatalf("got %v, not %v", err, code)
	}
	if !errors.Is(err, code) || failure.Code != code || !strings.Contains(failure.Message, words) {
		t.Fatalf("got %v, not %v with %q", err, code, words)
	}
}

func equal[T comparable](t *testing.T, found, expected T) {
	t.Helper()
	if found != expected {
		t.Fatalf("found %v, not %v", found, expected)
	}
}

// newEngine makes an engine that is closed with the test.
func newEngine(t testing.TB, options vrec.Options) *vrec.Engine {
	t.Helper()
	engine, err := vrec.New(options)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	t.Cleanup(func() { engine.Close() })
	return engine
}

func video(id string, vector ...float32) vrec.Video {
	return vrec.Video{ID: id, Title: "title of " + id, Vector: vector}
}

// twoTopics has two directions and two videos near each.
func twoTopics(t testing.TB) *vrec.Engine {
	t.Helper()
	engine := newEngine(t, vrec.Options{})
	err := engine.AddVideos(background, []vrec.Video{
		video("cat-1", 1, 0, 0), video("cat-2", 0.9, 0.1, 0), video("dog-1", 0, 1, 0), video("dog-2", 0.1, 0.9, 0),
	})
	if err != nil {
		t.Fatalf("AddVideos: %v", err)
	}
	return engine
}

// ids are the ids of a list, separated by spaces.
func ids(list []vrec.Recommendation, err error) string {
	if err != nil {
		return err.Error()
	}
	all := make([]string, len(list))
	for i, item := range list {
		all[i] = item.ID
	}
	return strings.Join(all, " ")
}
