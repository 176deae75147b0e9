package vrec_test

// What needs the model: texts become vectors inside the library.

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
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
	found := must(engine.Search(background, "人工智能入门", vrec.Query{Limit: 1, SearchWays: vrec.SearchMeaning}))
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
	list := must(engine.Search(background, "Cooking", vrec.Query{SearchWays: vrec.SearchMeaning}))
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

func contentOf(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(testModel, name))
	succeed(t, err)
	return content
}

// risingTexts are ten, each a word longer than the one before.
func risingTexts() []string {
	texts := []string{"music"}
	for len(texts) < 10 {
		texts = append(texts, texts[len(texts)-1]+" concert")
	}
	return texts
}

func risingVideos() []vrec.Video {
	var videos []vrec.Video
	for i, text := range risingTexts() {
		videos = append(videos, vrec.Video{ID: fmt.Sprint(i), Title: text})
	}
	return videos
}

// withSmallRuns has a run for every text, so that progress is heard between them.
func withSmallRuns() vrec.Options {
	options := withModel()
	options.TokensPerRun = 1
	return options
}

func same(t *testing.T, found, expected []float32) {
	t.Helper()
	equal(t, len(found), len(expected))
	for i := range expected {
		if math.Abs(float64(found[i]-expected[i])) > 1e-5 {
			t.Fatalf("element %d is %v, not %v", i, found[i], expected[i])
		}
	}
}

func TestWhatRunsTheModelIsDescribed(t *testing.T) {
	engine := newEngine(t, withModel())
	description := must(engine.DescribeEncoder(background))
	equal(t, description.Backend, vrec.BackendONNXRuntime)
	if description.ModelName == "" || description.ModelVersion == "" || description.ModelLicence == "" ||
		!filepath.IsAbs(description.RuntimePath) {
		t.Fatalf("%+v", description)
	}
	equal(t, len(description.Providers), 1)
	equal(t, len(description.Skipped), 0)
	cpu := description.Providers[0]
	equal(t, cpu.Provider, "CPUExecutionProvider")
	if cpu.Products == 0 || cpu.Nodes <= cpu.Products {
		t.Fatalf("%+v", cpu)
	}
	ctx, cancel := context.WithCancel(background)
	cancel()
	_, err := engine.DescribeEncoder(ctx)
	fails(t, err, vrec.ErrCancelled, "cancelled")
}

func TestAProviderThatCannotServeIsAnErrorUnlessTheNextIsAllowed(t *testing.T) {
	warnings := 0
	options := withModel()
	options.Log = func(vrec.LogLevel, string) { warnings++ }
	options.Providers = []vrec.Provider{
		{Kind: vrec.ProviderCUDA, Options: map[string]string{"do_copy_in_default_stream": "1", "use_tf32": "0"}},
		{Kind: vrec.ProviderCPU},
	}
	strict := newEngine(t, options)
	fails(t, strict.LoadEncoder(background), vrec.ErrProvider, "Cuda")
	_, err := strict.DescribeEncoder(background)
	fails(t, err, vrec.ErrProvider, "Cuda")
	equal(t, must(strict.Statistics()).EncoderStatus, vrec.ErrProvider)

	warnings = 0
	options.Providers[0].AllowNext = true
	lenient := newEngine(t, options)
	succeed(t, lenient.LoadEncoder(background))
	equal(t, warnings, 1)
	description := must(lenient.DescribeEncoder(background))
	equal(t, len(description.Skipped), 1)
	if !strings.Contains(description.Skipped[0], "Cuda") {
		t.Fatalf("%q", description.Skipped[0])
	}
	equal(t, description.Providers[0].Provider, "CPUExecutionProvider")
}

func TestTheModelMayComeFromMemory(t *testing.T) {
	expected := must(newEngine(t, withModel()).Embed(background, "人工智能入门"))
	options := withModel()
	options.ModelPath = ""
	for _, name := range []string{"vrec-model.json", "model.onnx", "tokenizer.json"} {
		options.ModelFiles = append(options.ModelFiles, vrec.ModelFile{Name: name, Data: contentOf(t, name)})
	}
	engine := newEngine(t, options)
	for i := range options.ModelFiles {
		// The engine has its own.
		data := options.ModelFiles[i].Data
		for j := range data {
			data[j] = 0
		}
	}
	runtime.GC()
	same(t, must(engine.Embed(background, "人工智能入门")), expected)
	succeed(t, engine.Trim())
	same(t, must(engine.Embed(background, "人工智能入门")), expected)

	options.ModelFiles = []vrec.ModelFile{{Name: "vrec-model.json", Data: contentOf(t, "vrec-model.json")}}
	fails(t, newEngine(t, options).LoadEncoder(background), vrec.ErrModelMissing, "tokenizer.json")
	options.ModelPath = testModel
	same(t, must(newEngine(t, options).Embed(background, "人工智能入门")), expected)
	broken := contentOf(t, "tokenizer.json")
	broken[0] = ' '
	options.ModelFiles = []vrec.ModelFile{{Name: "tokenizer.json", Data: broken}}
	fails(t, newEngine(t, options).LoadEncoder(background), vrec.ErrModelHash, "tokenizer.json")
}

func TestTextsThatComeAgainAreRemembered(t *testing.T) {
	options := withModel()
	remembering := newEngine(t, options)
	options.EmbeddingCacheBytes = vrec.CacheNone
	forgetting := newEngine(t, options)
	texts := risingTexts()
	first := must(remembering.EmbedBatch(background, texts))
	for _, engine := range []*vrec.Engine{remembering, forgetting, forgetting} {
		for i, vector := range must(engine.EmbedBatch(background, texts)) {
			same(t, vector, first[i])
		}
	}
	statistics := must(remembering.Statistics())
	equal(t, statistics.EmbeddingCacheHits, uint64(len(texts)))
	equal(t, statistics.EmbeddingCacheMisses, uint64(len(texts)))
	if statistics.EmbeddingCacheBytes == 0 {
		t.Fatal("nothing is remembered")
	}
	statistics = must(forgetting.Statistics())
	equal(t, statistics.EmbeddingCacheHits, 0)
	equal(t, statistics.EmbeddingCacheBytes, 0)
	equal(t, statistics.TextsEmbedded, uint64(2*len(texts)))
}

func TestThreadsAndTheSizeOfRunsChangeNoVector(t *testing.T) {
	expected := must(newEngine(t, withModel()).EmbedBatch(background, risingTexts()))
	options := withModel()
	options.InterOpThreads = 2
	options.TokensPerRun = 20
	for i, vector := range must(newEngine(t, options).EmbedBatch(background, risingTexts())) {
		same(t, vector, expected[i])
	}
}

func TestProgressRisesToTheTotal(t *testing.T) {
	engine := newEngine(t, withSmallRuns())
	var heard []int
	ctx := vrec.WithProgress(background, func(done, total int) {
		if total != 10 || done > total || len(heard) > 0 && done < heard[len(heard)-1] {
			t.Errorf("%d of %d after %v", done, total, heard)
		}
		heard = append(heard, done)
	})
	must(engine.EmbedBatch(ctx, risingTexts()))
	if len(heard) < 3 || heard[len(heard)-1] != 10 {
		t.Fatalf("heard %v", heard)
	}
	heard = nil
	succeed(t, newEngine(t, withSmallRuns()).AddVideos(ctx, risingVideos()))
	equal(t, heard[len(heard)-1], 10)
	heard = nil
	must(engine.Recommend(ctx, vrec.Query{}))
	equal(t, len(heard), 0)
}

func TestAProgressFunctionMayEndTheContextAndCallNothingElse(t *testing.T) {
	engine := newEngine(t, withSmallRuns())
	ctx, cancel := context.WithCancel(background)
	last := 0
	listening := vrec.WithProgress(ctx, func(done, _ int) {
		last = done
		_, err := engine.Count()
		fails(t, err, vrec.ErrReentrant, "vrec_count")
		cancel()
		// The call is ended by a goroutine that watches the context.
		time.Sleep(100 * time.Millisecond)
	})
	fails(t, engine.AddVideos(listening, risingVideos()), vrec.ErrCancelled, "cancelled")
	if last == 0 || last == 10 {
		t.Fatalf("ended after %d", last)
	}
	equal(t, must(engine.Count()), 0)
}

func TestAPanicOfAProgressFunctionComesOutOfTheCall(t *testing.T) {
	engine := newEngine(t, withSmallRuns())
	calls := 0
	ctx := vrec.WithProgress(background, func(int, int) {
		calls++
		panic("from the listener")
	})
	cancellable, cancel := context.WithCancel(ctx)
	defer cancel()
	panics := func(call func()) {
		t.Helper()
		calls = 0
		defer func() {
			t.Helper()
			if panicked := recover(); panicked != "from the listener" {
				t.Errorf("panicked with %v", panicked)
			}
			equal(t, calls, 1)
		}()
		call()
	}
	for _, ctx := range []context.Context{ctx, cancellable} {
		panics(func() { _ = engine.AddVideos(ctx, risingVideos()) })
		panics(func() { _, _ = engine.EmbedBatch(ctx, risingTexts()) })
		panics(func() { _, _ = engine.Search(ctx, "one text", vrec.Query{}) })
	}
	equal(t, must(engine.Count()), 0)
	succeed(t, cancellable.Err())
	succeed(t, engine.AddVideos(background, risingVideos()))
	equal(t, must(engine.Count()), 10)
	succeed(t, engine.Close())
}

func TestAProgressFunctionMayEndItsGoroutine(t *testing.T) {
	engine := newEngine(t, withSmallRuns())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		ctx := vrec.WithProgress(background, func(int, int) { runtime.Goexit() })
		_, _ = engine.EmbedBatch(ctx, risingTexts())
		t.Error("the call returned")
	}()
	<-ended
	equal(t, len(must(engine.EmbedBatch(background, risingTexts()))), 10)
}

func TestVideosMayBeEmbeddedInTheBackground(t *testing.T) {
	options := withModel()
	options.BackgroundEmbedding = true
	engine, plain := newEngine(t, options), newEngine(t, withModel())
	succeed(t, engine.AddVideos(background, risingVideos()))
	succeed(t, plain.AddVideos(background, risingVideos()))
	equal(t, must(engine.Count()), 10)
	// Not called at all when everything has landed already.
	last, all := 0, 0
	ctx := vrec.WithProgress(background, func(done, total int) { last, all = done, total })
	succeed(t, engine.WaitForEmbeddings(ctx))
	equal(t, last, all)
	succeed(t, plain.WaitForEmbeddings(background))
	statistics := must(engine.Statistics())
	equal(t, statistics.VideosWaiting, 0)
	equal(t, statistics.VideosFailed, 0)
	equal(t, statistics.EmbeddingQueueBytes, 0)
	expected, found := must(plain.Similar(background, "3", vrec.Query{})), must(engine.Similar(background, "3", vrec.Query{}))
	equal(t, ids(found, nil), ids(expected, nil))
	for i := range expected {
		if math.Abs(float64(found[i].Score-expected[i].Score)) > 1e-4 {
			t.Fatalf("%s scores %v, not %v", found[i].ID, found[i].Score, expected[i].Score)
		}
	}
}

func TestWaitingTellsWhyTheModelDoesNotOpen(t *testing.T) {
	options := withModel()
	options.BackgroundEmbedding = true
	broken := contentOf(t, "tokenizer.json")
	broken[0] = ' '
	options.ModelFiles = []vrec.ModelFile{{Name: "tokenizer.json", Data: broken}}
	engine := newEngine(t, options)
	succeed(t, engine.AddVideo(background, vrec.Video{ID: "v", Title: "a title"}))
	for round := 0; round < 2; round++ {
		fails(t, engine.WaitForEmbeddings(background), vrec.ErrModelHash, "tokenizer.json")
	}
	statistics := must(engine.Statistics())
	equal(t, statistics.VideosWaiting, 1)
	if statistics.EmbeddingQueueBytes == 0 {
		t.Fatal("nothing waits")
	}
	ctx, cancel := context.WithCancel(background)
	cancel()
	fails(t, engine.WaitForEmbeddings(ctx), vrec.ErrCancelled, "cancelled")
}

func TestClosingEndsTheBackgroundSoon(t *testing.T) {
	options := withModel()
	options.BackgroundEmbedding = true
	engine := newEngine(t, options)
	var videos []vrec.Video
	for i, text := range manyTexts() {
		videos = append(videos, vrec.Video{ID: fmt.Sprint(i), Title: text})
	}
	succeed(t, engine.AddVideos(background, videos))
	ctx, cancel := context.WithTimeout(background, 50*time.Millisecond)
	defer cancel()
	fails(t, engine.WaitForEmbeddings(ctx), vrec.ErrTimedOut, "deadline")
	begin := time.Now()
	succeed(t, engine.Close())
	if took := time.Since(begin); took > 10*time.Second {
		t.Fatalf("took %v", took)
	}
}

func TestANetworkThatReadTheHistorySaysWhatComesNext(t *testing.T) {
	engine := newEngine(t, vrec.Options{RuntimePath: testRuntime})
	for i, id := range strings.Split("abcdefgh", "") {
		succeed(t, engine.AddVideo(background, vrec.Video{ID: id, Vector: []float32{1, 0.1 * float32(i), 0, 0}}))
	}
	succeed(t, engine.LoadSequence(background, filepath.Join(filepath.Dir(testModel), "tiny-sequence")))
	succeed(t, engine.Record(vrec.Event{Kind: vrec.EventComplete, VideoID: "c"}))
	query := vrec.Query{
		Ranking:        vrec.RankingBlend,
		FeatureWeights: []vrec.FeatureWeight{{Feature: vrec.FeatureSequence, Weight: 1}},
	}
	found := must(engine.Recommend(background, query))
	equal(t, found[0].ID, "d")
	equal(t, found[0].BecauseID, "c")
	fails(t, engine.LoadSequence(background, "/nowhere"), vrec.ErrModelMissing, "vrec-sequence.json")

	// It travels in a pack, unless it is to stay out.
	public, private, err := ed25519.GenerateKey(nil)
	succeed(t, err)
	with, without := filepath.Join(t.TempDir(), "1.pack"), filepath.Join(t.TempDir(), "2.pack")
	export := vrec.PackExport{Path: with, Line: "films", Number: 1, SigningKey: private}
	succeed(t, engine.ExportPack(background, export))
	export.Path, export.Number, export.WithoutSequence = without, 2, true
	succeed(t, engine.ExportPack(background, export))
	succeed(t, engine.LoadSequence(background, ""))
	equal(t, len(must(engine.Recommend(background, query))), 0)
	from := vrec.PackImport{Path: with, TrustedKeys: []ed25519.PublicKey{public}}
	succeed(t, engine.ImportPack(background, from))
	equal(t, must(engine.Pack()).HasSequence, true)
	equal(t, must(engine.Recommend(background, query))[0].ID, "d")
	from.Path = without
	equal(t, must(engine.PackIn(from)).HasSequence, false)
	succeed(t, engine.RevertPack(background))
	equal(t, len(must(engine.Recommend(background, query))), 0)
}
