package vrec_test

// What needs the model: texts become vectors inside the library.

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"vrec"
)

func withModel() vrec.Options {
	return vrec.Options{ModelPath: testModel, RuntimePath: testRuntime}
}

func innerProduct(a, b []float32) float64 {
	sum := 0.0
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}

// manyTexts is more work than a machine does in a second.
func manyTexts() []string {
	texts := make([]string, 20000)
	for i := range texts {
		texts[i] = fmt.Sprintf("深度学习基础 deep learning, part %d", i)
	}
	return texts
}

func TestTheModelIsOpenedGivenBackAndOpenedAgain(t *testing.T) {
	var levels []vrec.LogLevel
	options := withModel()
	options.LogLevel = vrec.LogInfo
	options.Log = func(level vrec.LogLevel, _ string) { levels = append(levels, level) }
	engine := newEngine(t, options)
	if len(levels) != 1 || levels[0] != vrec.LogInfo {
		t.Fatalf("levels %v", levels)
	}
	loaded := func() bool { return must(engine.Statistics()).EncoderLoaded }
	equal(t, must(engine.Statistics()).EncoderStatus, vrec.OK)
	equal(t, loaded(), false)
	succeed(t, engine.LoadEncoder(context.Background()))
	equal(t, loaded(), true)
	succeed(t, engine.Trim())
	equal(t, loaded(), false)
	equal(t, len(must(engine.Embed(background, "text"))), must(engine.Dimensions()))
	equal(t, loaded(), true)
	equal(t, must(engine.Statistics()).TextsEmbedded, 1)
}

func TestTextsBecomeUnitVectors(t *testing.T) {
	engine := newEngine(t, withModel())
	texts := []string{"人工智能入门", "", "Cooking for beginners, a much longer title", "AI"}
	rows := must(engine.EmbedBatch(background, texts))
	equal(t, len(rows), len(texts))
	for i, text := range texts {
		vector := must(engine.Embed(background, text))
		equal(t, len(vector), must(engine.Dimensions()))
		if length := innerProduct(vector, vector); math.Abs(length-1) > 1e-4 {
			t.Fatalf("%q has length %v", text, length)
		}
		if cosine := innerProduct(vector, rows[i]); cosine < 0.999 {
			t.Fatalf("%q alone and in the batch: %v", text, cosine)
		}
	}
	if innerProduct(rows[0], rows[2]) > 0.9999 {
		t.Fatal("different texts have one vector")
	}
	_ = append(rows[0], 7) // Must not reach into the next row.
	if again := must(engine.Embed(background, "")); innerProduct(again, rows[1]) < 0.999 {
		t.Fatal("appending to one vector changed the next")
	}
	equal(t, len(must(engine.EmbedBatch(background, nil))), 0)
}

func TestTextsThatCannotBeEmbeddedAreRefused(t *testing.T) {
	engine := newEngine(t, withModel())
	_, err := engine.Embed(background, "\xff")
	fails(t, err, vrec.ErrUTF8, "text")
	_, err = engine.EmbedBatch(background, []string{"fine", "a\xff"})
	fails(t, err, vrec.ErrUTF8, "texts[1] is not UTF-8 from byte 1")
	_, err = engine.Embed(background, strings.Repeat("x", 65537))
	fails(t, err, vrec.ErrLimit, "65536")
	_, err = engine.EmbedBatch(background, make([]string, 65537))
	fails(t, err, vrec.ErrLimit, "65536")
	_, err = engine.Search(background, " \n", vrec.Query{})
	fails(t, err, vrec.ErrInvalidArgument, "nothing to search")
	equal(t, must(engine.Statistics()).TextsEmbedded, 0)
}

func TestTitlesAreEnough(t *testing.T) {
	engine := newEngine(t, withModel())
	succeed(t, engine.AddVideos(background, []vrec.Video{
		{ID: "ai", Title: "人工智能入门"},
		{ID: "deep", Title: "深度学习基础"},
		{
			ID: "cook", Title: "Cooking for beginners", Description: "Soups, sauces and bread.", Language: "en",
			Tags: []string{"food", "kitchen"}, Comments: []string{"My bread rose!", "好吃"},
		},
	}))
	equal(t, must(engine.Count()), 3)
	found := must(engine.Search(background, "人工智能入门", vrec.Query{Limit: 1}))
	equal(t, ids(found, nil), "ai")
	equal(t, found[0].BecauseID, "")
	equal(t, found[0].MatchedField, vrec.FieldTitle)
	equal(t, found[0].MatchedText, "人工智能入门")
	if found[0].Score < 0.9 || math.Abs(float64(found[0].Score-found[0].MatchedScore)) > 0.05 {
		t.Fatalf("score %v, of the title %v", found[0].Score, found[0].MatchedScore)
	}
	equal(t, len(must(engine.Similar(background, "ai", vrec.Query{}))), 2)
	succeed(t, engine.Record(vrec.Event{Kind: vrec.EventComplete, VideoID: "ai"}))
	recommended := must(engine.Recommend(background, vrec.Query{}))
	equal(t, len(recommended), 2)
	for _, item := range recommended {
		equal(t, item.BecauseID, "ai")
		if item.MatchedField == vrec.FieldNone || item.MatchedText == "" {
			t.Fatalf("no match in %+v", item)
		}
	}
}

func TestAFieldWithNoWeightHasNoSay(t *testing.T) {
	options := withModel()
	options.TitleWeight = vrec.WeightNone
	engine := newEngine(t, options)
	succeed(t, engine.AddVideo(background, vrec.Video{ID: "v", Title: "Cooking", Tags: []string{"food", "kitchen"}}))
	list := must(engine.Search(background, "Cooking", vrec.Query{}))
	equal(t, len(list), 1)
	equal(t, list[0].MatchedField, vrec.FieldTags)
	equal(t, list[0].MatchedText, "food, kitchen")
	equal(t, list[0].Title, "Cooking")
}

func TestAContextEndsALongCall(t *testing.T) {
	engine := newEngine(t, withModel())
	succeed(t, engine.LoadEncoder(context.Background()))
	texts := manyTexts()
	videos := make([]vrec.Video, len(texts))
	for i, text := range texts {
		videos[i] = vrec.Video{ID: fmt.Sprint(i), Title: text}
	}
	ctx, cancel := context.WithCancel(background)
	time.AfterFunc(50*time.Millisecond, cancel)
	fails(t, engine.AddVideos(ctx, videos), vrec.ErrCancelled, "cancelled")
	equal(t, must(engine.Count()), 0)

	ctx, cancel = context.WithTimeout(background, 50*time.Millisecond)
	defer cancel()
	begin := time.Now()
	_, err := engine.EmbedBatch(ctx, texts)
	fails(t, err, vrec.ErrTimedOut, "deadline")
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("%v is not context.DeadlineExceeded", err)
	}
	if took := time.Since(begin); took > 20*time.Second {
		t.Fatalf("took %v", took)
	}
	equal(t, must(engine.Statistics()).TextsEmbedded, 0)
	must(engine.Embed(background, "text"))
}

func TestARuntimeThatDoesNotExistIsNamed(t *testing.T) {
	options := withModel()
	options.RuntimePath = "/nowhere/libonnxruntime.so.1"
	engine := newEngine(t, options)
	fails(t, engine.LoadEncoder(context.Background()), vrec.ErrRuntimeMissing, "/nowhere/libonnxruntime.so.1")
	vector := make([]float32, must(engine.Dimensions()))
	vector[0] = 1
	succeed(t, engine.AddVideo(background, video("v", vector...)))
	equal(t, must(engine.Count()), 1)
}

func TestGoroutinesEmbedSearchAndAddAtOnce(t *testing.T) {
	engine := newEngine(t, withModel())
	succeed(t, engine.AddVideo(background, vrec.Video{ID: "seed", Title: "人工智能入门"}))
	expected := must(engine.Embed(background, "AI"))
	var running sync.WaitGroup
	for worker := 0; worker < 8; worker++ {
		running.Add(1)
		go func(worker int) {
			defer running.Done()
			for step := 0; step < 5; step++ {
				id := fmt.Sprintf("%d-%d", worker, step)
				adding := engine.AddVideo(background, vrec.Video{ID: id, Title: "video " + id})
				list, searching := engine.Search(background, "video "+id, vrec.Query{})
				vector, embedding := engine.Embed(background, "AI")
				if adding != nil || searching != nil || embedding != nil {
					t.Errorf("%s: %v, %v, %v", id, adding, searching, embedding)
					return
				}
				if len(list) == 0 || innerProduct(vector, expected) < 0.999 {
					t.Errorf("%s: %d results", id, len(list))
				}
			}
		}(worker)
	}
	running.Wait()
	equal(t, must(engine.Count()), 41)
}
