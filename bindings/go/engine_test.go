package vrec_test

// Everything that needs no model: videos bring their vectors.

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"vrec"
)

func TestVersions(t *testing.T) {
	equal(t, vrec.ABIVersion(), 1)
	if !regexp.MustCompile(`^\d+\.\d+\.\d+$`).MatchString(vrec.Version()) {
		t.Fatalf("version %q", vrec.Version())
	}
}

// Left out on purpose: the function table is for hosts that load the library by hand, a call returns
// its error's code anyway, and contexts know whether they were cancelled.
var unused = map[string]bool{
	"vrec_get_api": true, "vrec_error_code": true, "vrec_cancel_token_is_cancelled": true,
}

func TestEveryFunctionOfTheHeaderIsUsed(t *testing.T) {
	header := string(must(os.ReadFile("../../include/vrec.h")))
	var sources strings.Builder
	for _, pattern := range []string{"*.go", "native.c"} {
		for _, path := range must(filepath.Glob(pattern)) {
			if !strings.HasSuffix(path, "_test.go") {
				sources.Write(must(os.ReadFile(path)))
			}
		}
	}
	names := regexp.MustCompile(`\bvrec_[a-z0-9_]+\(`).FindAllString(header, -1)
	if len(names) < 30 {
		t.Fatalf("only %d functions found in the header", len(names))
	}
	for _, name := range names {
		used := regexp.MustCompile(`\b` + regexp.QuoteMeta(name)).MatchString(sources.String())
		if used == unused[strings.TrimSuffix(name, "(")] {
			t.Errorf("%s): used is %v", name, used)
		}
	}
}

func TestVideosAreAddedReplacedAndRemoved(t *testing.T) {
	engine := newEngine(t, vrec.Options{})
	equal(t, must(engine.Dimensions()), 0)
	succeed(t, engine.AddVideo(background, video("a", 1, 0)))
	equal(t, must(engine.Dimensions()), 2)
	succeed(t, engine.AddVideos(background, []vrec.Video{video("b", 0, 1), video("c", 1, 1)}))
	equal(t, must(engine.Count()), 3)

	succeed(t, engine.AddVideo(background, vrec.Video{ID: "b", Title: "第二版", Vector: []float32{1, 0.1}}))
	equal(t, must(engine.Count()), 3)
	list := must(engine.Similar(background, "a", vrec.Query{}))
	equal(t, ids(list, nil), "b c")
	equal(t, list[0].Title, "第二版")
	equal(t, list[0].BecauseID, "a")
	equal(t, list[0].MatchedField, vrec.FieldNone)
	equal(t, list[0].MatchedText, "")
	if list[0].Score < 0.99 || list[0].Score > 1 {
		t.Fatalf("score %v", list[0].Score)
	}

	succeed(t, engine.RemoveVideos("b"))
	equal(t, ids(engine.Similar(background, "a", vrec.Query{})), "c")
	succeed(t, engine.RemoveVideos("a", "c"))
	equal(t, must(engine.Count()), 0)
}

func TestBatchesAreTakenWholeOrNotAtAll(t *testing.T) {
	engine := twoTopics(t)
	fails(t, engine.AddVideos(background, []vrec.Video{video("new", 1, 0, 0), video("", 1, 0, 0)}),
		vrec.ErrInvalidArgument, "videos[1]")
	fails(t, engine.AddVideos(background, []vrec.Video{video("new", 1, 0, 0), video("new", 1, 0, 0)}),
		vrec.ErrInvalidArgument, "twice")
	fails(t, engine.RemoveVideos("cat-1", "nobody"), vrec.ErrNotFound, "ids[1]")
	fails(t, engine.RemoveVideos("cat-1", "cat-1"), vrec.ErrNotFound, "ids[1]")
	equal(t, must(engine.Count()), 4)
	fails(t, engine.RecordBatch([]vrec.Event{
		{Kind: vrec.EventLike, VideoID: "cat-1"}, {Kind: vrec.EventLike, VideoID: "nobody"},
	}), vrec.ErrNotFound, "events[1]")
	equal(t, must(engine.Statistics()).Events, 0)
	equal(t, ids(engine.Recommend(background, vrec.Query{})), "")

	succeed(t, engine.AddVideos(background, nil))
	succeed(t, engine.RemoveVideos())
	succeed(t, engine.RecordBatch(nil))
	equal(t, must(engine.Count()), 4)
}

func TestVectorsThatCannotBeUsedAreRefused(t *testing.T) {
	engine := twoTopics(t)
	nan, infinity := float32(math.NaN()), float32(math.Inf(-1))
	for _, test := range []struct {
		vector []float32
		code   vrec.Code
		words  string
	}{
		{[]float32{1, nan, 0}, vrec.ErrInvalidArgument, "element 1 is not a finite number"},
		{[]float32{1, 0, infinity}, vrec.ErrInvalidArgument, "element 2"},
		{[]float32{1, 0}, vrec.ErrInvalidArgument, "2 elements"},
		{[]float32{0, 0, 0}, vrec.ErrInvalidArgument, "zero"},
		{make([]float32, 8193), vrec.ErrLimit, "8192"},
	} {
		fails(t, engine.AddVideo(background, video("v", test.vector...)), test.code, test.words)
	}
	equal(t, must(engine.Count()), 4)
}

func TestTextsThatAreNotUTF8AreRefused(t *testing.T) {
	engine := twoTopics(t)
	vector := []float32{1, 0, 0}
	for words, broken := range map[string]vrec.Video{
		"title is not UTF-8 from byte 2": {ID: "v", Title: "ab\xff", Vector: vector},
		"tags[1]":                        {ID: "v", Tags: []string{"fine", "\xc3"}, Vector: vector},
		"comments[0]":                    {ID: "v", Comments: []string{"\xe4\xba"}, Vector: vector},
		"description":                    {ID: "v", Description: "\x80", Vector: vector},
		"language":                       {ID: "v", Language: "\x80", Vector: vector},
		"id is not UTF-8":                {ID: "\x80", Vector: vector},
	} {
		fails(t, engine.AddVideo(background, broken), vrec.ErrUTF8, words)
	}
	fails(t, engine.RemoveVideos("\x80"), vrec.ErrUTF8, "ids[0]")
	fails(t, engine.Record(vrec.Event{Kind: vrec.EventLike, VideoID: "\x80"}), vrec.ErrUTF8, "video_id")
	fails(t, engine.Record(vrec.Event{Kind: vrec.EventLike, VideoID: "cat-1", Profile: "\x80"}), vrec.ErrUTF8, "profile")
	_, err := engine.Similar(background, "\x80", vrec.Query{})
	fails(t, err, vrec.ErrUTF8, "video_id")
	_, err = engine.Recommend(background, vrec.Query{Exclude: []string{"a", "\x80"}})
	fails(t, err, vrec.ErrUTF8, "exclude[1]")
	equal(t, must(engine.Count()), 4)
}

func TestIDsAndTextsKeepToTheirLimits(t *testing.T) {
	engine := newEngine(t, vrec.Options{})
	repeat := func(text string, count int) []string {
		list := make([]string, count)
		for i := range list {
			list[i] = text
		}
		return list
	}
	fails(t, engine.AddVideo(background, video(strings.Repeat("x", 256), 1)), vrec.ErrLimit, "255")
	fails(t, engine.AddVideo(background, video("a\x00b", 1)), vrec.ErrInvalidArgument, "NUL")
	full := vrec.Video{
		ID: strings.Repeat("x", 255), Title: strings.Repeat("t", 4096), Description: strings.Repeat("d", 65536),
		Tags: repeat("tag", 256), Comments: repeat("comment", 256), Language: "zh-CN", Vector: []float32{1},
	}
	succeed(t, engine.AddVideo(background, full))
	full.Title += "t"
	fails(t, engine.AddVideo(background, full), vrec.ErrLimit, "4096")
	full.Title, full.Tags = "", repeat("tag", 257)
	fails(t, engine.AddVideo(background, full), vrec.ErrLimit, "256")
	equal(t, must(engine.Count()), 1)
}

func TestEveryKindOfEventIsTaken(t *testing.T) {
	engine := twoTopics(t)
	succeed(t, engine.AddVideo(background, vrec.Video{ID: "e", Vector: []float32{1, 0, 0}, SeriesID: "s"}))
	for kind := vrec.EventImpression; kind <= vrec.EventSnooze; kind++ {
		event := vrec.Event{Kind: kind, VideoID: "e", Profile: "everyone", Position: time.Second, Duration: time.Minute}
		switch kind {
		case vrec.EventRate:
			event.Rating = 5
		case vrec.EventSearch:
			event.VideoID = ""
		case vrec.EventSnooze:
			event.Time = time.Now()
			event.Until = event.Time.Add(time.Second)
		}
		succeed(t, engine.Record(event))
	}
	succeed(t, engine.RemoveVideos("e"))
	statistics := must(engine.Statistics())
	equal(t, statistics.Events, 25)
	equal(t, statistics.Profiles, 1)

	including := vrec.Query{Watched: vrec.WatchedInclude}
	succeed(t, engine.Record(vrec.Event{Kind: vrec.EventLike, VideoID: "cat-1"}))
	equal(t, ids(engine.Recommend(background, vrec.Query{})), "cat-1 cat-2 dog-2 dog-1")
	succeed(t, engine.Record(vrec.Event{Kind: vrec.EventComplete, VideoID: "cat-1"}))
	equal(t, ids(engine.Recommend(background, vrec.Query{})), "cat-2 dog-2 dog-1")
	succeed(t, engine.Record(vrec.Event{Kind: vrec.EventHide, VideoID: "cat-2"}))
	equal(t, ids(engine.Recommend(background, including)), "cat-1 dog-2 dog-1")
	succeed(t, engine.Record(vrec.Event{Kind: vrec.EventUnhide, VideoID: "cat-2"}))
	equal(t, ids(engine.Recommend(background, including)), "cat-1 cat-2 dog-2 dog-1")
	succeed(t, engine.Record(vrec.Event{Kind: vrec.EventDislike, VideoID: "dog-1"}))
	list := must(engine.Recommend(background, vrec.Query{}))
	equal(t, ids(list, nil), "cat-2 dog-2 dog-1")
	if list[2].Score >= 0 {
		t.Fatalf("a disliked video scores %v", list[2].Score)
	}
}

func TestHowFarAVideoWasPlayedDecidesWhetherItCountsAsWatched(t *testing.T) {
	engine := twoTopics(t)
	event := vrec.Event{Kind: vrec.EventStop, VideoID: "cat-1", Position: 18 * time.Second, Duration: 10 * time.Minute}
	succeed(t, engine.Record(event))
	equal(t, ids(engine.Recommend(background, vrec.Query{Limit: 1})), "cat-1")
	event.Position += time.Millisecond
	succeed(t, engine.Record(event))
	equal(t, ids(engine.Recommend(background, vrec.Query{Limit: 1})), "cat-2")
}

func TestEventsOutOfTheirRangeAreRefused(t *testing.T) {
	engine := twoTopics(t)
	nan := float32(math.NaN())
	for _, test := range []struct {
		event vrec.Event
		code  vrec.Code
		words string
	}{
		{vrec.Event{VideoID: "cat-1"}, vrec.ErrInvalidArgument, "kind 0"},
		{vrec.Event{Kind: 99, VideoID: "cat-1"}, vrec.ErrInvalidArgument, "kind 99"},
		{vrec.Event{Kind: -1, VideoID: "cat-1"}, vrec.ErrInvalidArgument, "kind -1"},
		{vrec.Event{Kind: vrec.EventPlay, VideoID: "nobody"}, vrec.ErrNotFound, "nobody"},
		{vrec.Event{Kind: vrec.EventPlay}, vrec.ErrInvalidArgument, "video_id"},
		{vrec.Event{Kind: vrec.EventSearch, VideoID: "cat-1"}, vrec.ErrInvalidArgument, "video_id"},
		{vrec.Event{Kind: vrec.EventPlay, VideoID: "cat-1", Position: -time.Second}, vrec.ErrInvalidArgument, "position_ms is -1000"},
		{vrec.Event{Kind: vrec.EventPlay, VideoID: "cat-1", Duration: -time.Hour}, vrec.ErrInvalidArgument, "duration_ms"},
		{vrec.Event{Kind: vrec.EventPlay, VideoID: "cat-1", Rating: 3}, vrec.ErrInvalidArgument, "rating is 3"},
		{vrec.Event{Kind: vrec.EventRate, VideoID: "cat-1", Rating: 5.5}, vrec.ErrInvalidArgument, "rating is 5.5"},
		{vrec.Event{Kind: vrec.EventRate, VideoID: "cat-1", Rating: nan}, vrec.ErrInvalidArgument, "rating is NaN"},
	} {
		fails(t, engine.Record(test.event), test.code, test.words)
	}
	equal(t, must(engine.Statistics()).Events, 0)
	succeed(t, engine.Record(vrec.Event{Kind: vrec.EventLike, VideoID: "cat-1", Time: time.Unix(-1, 0)}))
	equal(t, must(engine.Statistics()).Events, 1)
}

func TestRecommendationsNameWhatTheyAreBecauseOf(t *testing.T) {
	engine := twoTopics(t)
	succeed(t, engine.RecordBatch([]vrec.Event{
		{Kind: vrec.EventComplete, VideoID: "cat-1"}, {Kind: vrec.EventLike, VideoID: "cat-1"},
	}))
	list := must(engine.Recommend(background, vrec.Query{}))
	equal(t, ids(list, nil), "cat-2 dog-2 dog-1")
	for _, item := range list {
		equal(t, item.BecauseID, "cat-1")
		equal(t, item.Title, "title of "+item.ID)
	}
	if math.Abs(float64(list[0].Score)-0.9/math.Sqrt(0.82)) > 1e-5 || list[0].Score <= list[1].Score {
		t.Fatalf("scores %v and %v", list[0].Score, list[1].Score)
	}
}

func TestProfilesAreKeptApart(t *testing.T) {
	engine := twoTopics(t)
	succeed(t, engine.Record(vrec.Event{Kind: vrec.EventComplete, VideoID: "cat-1"}))
	succeed(t, engine.Record(vrec.Event{Kind: vrec.EventComplete, VideoID: "dog-1", Profile: "孩子"}))
	for profile, first := range map[string]string{"": "cat-2", "default": "cat-2", "孩子": "dog-2", "stranger": ""} {
		equal(t, ids(engine.Recommend(background, vrec.Query{Profile: profile, Limit: 1})), first)
	}
	equal(t, must(engine.Statistics()).Profiles, 2)
}

func TestAQueryBoundsItsList(t *testing.T) {
	engine := twoTopics(t)
	succeed(t, engine.Record(vrec.Event{Kind: vrec.EventComplete, VideoID: "cat-1"}))
	recommend := func(query vrec.Query) string { return ids(engine.Recommend(background, query)) }
	equal(t, recommend(vrec.Query{Limit: 1}), "cat-2")
	equal(t, recommend(vrec.Query{Exclude: []string{"cat-2", "unknown", ""}}), "dog-2 dog-1")
	equal(t, recommend(vrec.Query{MinScore: 0.05}), "cat-2 dog-2")
	equal(t, recommend(vrec.Query{Watched: vrec.WatchedInclude}), "cat-1 cat-2 dog-2 dog-1")
	equal(t, ids(engine.Similar(background, "dog-1", vrec.Query{})), "dog-2 cat-2 cat-1")
	equal(t, ids(engine.Similar(background, "dog-1", vrec.Query{Watched: vrec.WatchedExclude})), "dog-2 cat-2")
}

func TestQueriesOutOfTheirRangeAreRefused(t *testing.T) {
	engine := twoTopics(t)
	nan := float32(math.NaN())
	for _, test := range []struct {
		query vrec.Query
		code  vrec.Code
		words string
	}{
		{vrec.Query{Limit: 10001}, vrec.ErrLimit, "10001"},
		{vrec.Query{Limit: math.MaxInt}, vrec.ErrLimit, "10000"},
		{vrec.Query{Limit: -1}, vrec.ErrInvalidArgument, "Limit is -1"},
		{vrec.Query{MinScore: nan}, vrec.ErrInvalidArgument, "min_score is NaN"},
		{vrec.Query{MinScore: 1.5}, vrec.ErrInvalidArgument, "min_score is 1.5"},
		{vrec.Query{Watched: 7}, vrec.ErrInvalidArgument, "7"},
		{vrec.Query{Profile: strings.Repeat("p", 256)}, vrec.ErrLimit, "255"},
	} {
		_, err := engine.Recommend(background, test.query)
		fails(t, err, test.code, test.words)
		_, err = engine.Similar(background, "cat-1", test.query)
		fails(t, err, test.code, test.words)
	}
	_, err := engine.Similar(background, "nobody", vrec.Query{})
	fails(t, err, vrec.ErrNotFound, "nobody")
}

func TestOptionsOutOfTheirRangeAreRefused(t *testing.T) {
	nan := float32(math.NaN())
	for _, test := range []struct {
		options vrec.Options
		code    vrec.Code
		words   string
	}{
		{vrec.Options{ModelPath: "model"}, vrec.ErrInvalidArgument, "not absolute"},
		{vrec.Options{RuntimePath: "lib.so"}, vrec.ErrInvalidArgument, "not absolute"},
		{vrec.Options{ModelPath: "/\xff"}, vrec.ErrUTF8, "model_path"},
		{vrec.Options{Dimensions: 8193}, vrec.ErrLimit, "8193"},
		{vrec.Options{Dimensions: -1}, vrec.ErrInvalidArgument, "Dimensions is -1"},
		{vrec.Options{Threads: 65}, vrec.ErrLimit, "65"},
		{vrec.Options{Threads: math.MinInt}, vrec.ErrInvalidArgument, "Threads"},
		{vrec.Options{TitleWeight: -2}, vrec.ErrInvalidArgument, "weight"},
		{vrec.Options{InterOpThreads: 65}, vrec.ErrLimit, "inter_op_threads"},
		{vrec.Options{SearchThreads: 65}, vrec.ErrLimit, "search_threads"},
		{vrec.Options{InstructionSet: 99}, vrec.ErrInvalidArgument, "instruction_set"},
		{vrec.Options{ExactValues: 9}, vrec.ErrInvalidArgument, "exact_values"},
		{vrec.Options{Metric: 9}, vrec.ErrInvalidArgument, "metric"},
		{vrec.Options{Metric: vrec.MetricDot, CentreVectors: true}, vrec.ErrInvalidArgument, "centre_vectors"},
		{vrec.Options{InterOpThreads: -1}, vrec.ErrInvalidArgument, "InterOpThreads"},
		{vrec.Options{TokensPerRun: 1048577}, vrec.ErrLimit, "tokens_per_run"},
		{vrec.Options{TokensPerRun: -1}, vrec.ErrInvalidArgument, "TokensPerRun"},
		{vrec.Options{Backend: 9}, vrec.ErrInvalidArgument, "backend 9"},
		{vrec.Options{Providers: make([]vrec.Provider, 17)}, vrec.ErrLimit, "17"},
		{vrec.Options{Providers: []vrec.Provider{{Kind: vrec.ProviderCPU}, {}}}, vrec.ErrInvalidArgument, "providers[1]"},
		{vrec.Options{Providers: []vrec.Provider{{Kind: vrec.ProviderPlugin}}}, vrec.ErrInvalidArgument, "library_path"},
		{vrec.Options{Providers: []vrec.Provider{{Kind: vrec.ProviderCUDA, DeviceIndex: -1}}}, vrec.ErrInvalidArgument, "DeviceIndex"},
		{vrec.Options{Providers: []vrec.Provider{{Kind: vrec.ProviderCPU, MemoryLimitBytes: 1}}}, vrec.ErrInvalidArgument, "memory_limit_bytes"},
		{
			vrec.Options{Providers: []vrec.Provider{{Kind: vrec.ProviderCUDA, Options: map[string]string{"a": "1", "b": "\xff"}}}},
			vrec.ErrUTF8, "option_values[1]",
		},
		{vrec.Options{ModelFiles: make([]vrec.ModelFile, 17)}, vrec.ErrLimit, "17"},
		{vrec.Options{ModelFiles: []vrec.ModelFile{{Data: []byte("x")}}}, vrec.ErrInvalidArgument, "model_files[0]"},
		{vrec.Options{ModelFiles: []vrec.ModelFile{{Name: "model.onnx"}}}, vrec.ErrInvalidArgument, "model.onnx"},
		{vrec.Options{TagsWeight: nan}, vrec.ErrInvalidArgument, "weight"},
		{vrec.Options{LogLevel: 9, Log: func(vrec.LogLevel, string) {}}, vrec.ErrInvalidArgument, "log_level 9"},
	} {
		engine, err := vrec.New(test.options)
		fails(t, err, test.code, test.words)
		if engine != nil {
			t.Fatal("an engine came with an error")
		}
	}
}

func TestOptionsAreHonoured(t *testing.T) {
	engine := newEngine(t, vrec.Options{Dimensions: 4, MemoryLimitBytes: 20000})
	equal(t, must(engine.Dimensions()), 4)
	fails(t, engine.AddVideo(background, video("v", 1, 0)), vrec.ErrInvalidArgument, "have 4")
	added := 0
	for {
		large := vrec.Video{ID: fmt.Sprint(added), Title: strings.Repeat("t", 4000), Vector: []float32{1, 0, 0, 0}}
		if err := engine.AddVideo(background, large); err != nil {
			fails(t, err, vrec.ErrMemoryLimit, "20000")
			break
		}
		added++
	}
	statistics := must(engine.Statistics())
	if added == 0 || statistics.Videos != uint64(added) || statistics.MemoryBytes > 20000 {
		t.Fatalf("%d added, statistics %+v", added, statistics)
	}
	equal(t, statistics.MemoryLimitBytes, 20000)
}

func TestStatistics(t *testing.T) {
	engine := twoTopics(t)
	succeed(t, engine.Record(vrec.Event{Kind: vrec.EventLike, VideoID: "cat-1"}))
	found := must(engine.Statistics())
	if found.MemoryBytes < 4*3*4 {
		t.Fatalf("%d bytes", found.MemoryBytes)
	}
	if found.InstructionSet == vrec.InstructionsDefault {
		t.Fatal("no instruction set is named")
	}
	found.MemoryBytes, found.InstructionSet = 0, 0
	equal(t, found, vrec.Statistics{
		Videos: 4, Profiles: 1, Events: 1, Dimensions: 3, EncoderStatus: vrec.ErrNoEncoder,
	})
}

func TestWithoutAModelWhatNeedsOneSaysSo(t *testing.T) {
	engine := twoTopics(t)
	fails(t, engine.LoadEncoder(context.Background()), vrec.ErrNoEncoder, "model_path")
	_, err := engine.Embed(background, "text")
	fails(t, err, vrec.ErrNoEncoder, "model_path")
	_, err = engine.EmbedBatch(background, []string{"text"})
	fails(t, err, vrec.ErrNoEncoder, "model_path")
	_, err = engine.Search(background, "text", vrec.Query{SearchWays: vrec.SearchMeaning})
	fails(t, err, vrec.ErrNoEncoder, "model_path")
	fails(t, engine.AddVideo(background, vrec.Video{ID: "v", Title: "title"}), vrec.ErrNoEncoder, "model_path")
	succeed(t, engine.Trim())
	equal(t, must(engine.Count()), 4)
}

func TestTitlesAreFoundAsPeopleTypeThem(t *testing.T) {
	engine := twoTopics(t)
	for id, title := range map[string]string{"ai": "人工智能", "hans": "无间道", "hant": "無間道", "knight": "The Dark Knight"} {
		succeed(t, engine.AddVideo(background, vrec.Video{ID: id, Title: title, Vector: []float32{1, 0, 0}}))
	}
	for _, test := range []struct {
		typed string
		ways  vrec.SearchWays
		want  string
	}{
		{"rgzn", 0, "ai"},
		{"7496", vrec.SearchTitles, "ai"},
		{"無間", 0, "hans hant"},
		{"knihgt", 0, "knight"},
		{"rgzn", vrec.SearchWords | vrec.SearchKeypad, ""},
		{"7496", vrec.SearchWords | vrec.SearchKeypad, "ai"},
	} {
		equal(t, ids(engine.Search(background, test.typed, vrec.Query{SearchWays: test.ways})), test.want)
	}
	_, err := engine.Search(background, "rgzn", vrec.Query{SearchWays: 16})
	fails(t, err, vrec.ErrInvalidArgument, "search_ways")
}

func TestErrorsCompare(t *testing.T) {
	engine := twoTopics(t)
	err := fmt.Errorf("host: %w", engine.RemoveVideos("nobody"))
	if !errors.Is(err, vrec.ErrNotFound) || errors.Is(err, vrec.ErrLimit) || errors.Is(err, context.Canceled) {
		t.Fatalf("%v compares wrongly", err)
	}
	equal(t, err.Error(), `host: vrec: "nobody" is no video of this engine (VREC_E_NOT_FOUND)`)
	equal(t, vrec.ErrNotFound.Error(), "VREC_E_NOT_FOUND")
	equal(t, vrec.OK.Error(), "VREC_OK")
	equal(t, vrec.Code(-999).Error(), "VREC_E_UNKNOWN")
}

func TestAnEndedContextEndsCalls(t *testing.T) {
	engine := twoTopics(t)
	succeed(t, engine.Record(vrec.Event{Kind: vrec.EventLike, VideoID: "cat-1"}))
	live, cancel := context.WithTimeout(background, time.Hour)
	equal(t, ids(engine.Recommend(live, vrec.Query{Limit: 1})), "cat-1")
	cancel()
	past, cancelPast := context.WithDeadline(background, time.Now().Add(-time.Second))
	defer cancelPast()
	for _, test := range []struct {
		ctx    context.Context
		code   vrec.Code
		target error
	}{{live, vrec.ErrCancelled, context.Canceled}, {past, vrec.ErrTimedOut, context.DeadlineExceeded}} {
		_, recommending := engine.Recommend(test.ctx, vrec.Query{})
		_, similar := engine.Similar(test.ctx, "cat-1", vrec.Query{})
		_, searching := engine.Search(test.ctx, "text", vrec.Query{})
		_, embedding := engine.Embed(test.ctx, "text")
		_, embeddingAll := engine.EmbedBatch(test.ctx, []string{"text"})
		adding := engine.AddVideo(test.ctx, video("v", 1, 0, 0))
		addingAll := engine.AddVideos(test.ctx, []vrec.Video{video("v", 1, 0, 0)})
		for _, err := range []error{recommending, similar, searching, embedding, embeddingAll, adding, addingAll} {
			fails(t, err, test.code, "context")
			if !errors.Is(err, test.target) {
				t.Fatalf("%v is not %v", err, test.target)
			}
		}
	}
	equal(t, must(engine.Count()), 4)
}

func TestAContextEndsAScan(t *testing.T) {
	engine := newEngine(t, vrec.Options{})
	videos := make([]vrec.Video, 60000)
	for i := range videos {
		videos[i] = vrec.Video{ID: fmt.Sprint(i), Vector: []float32{1, float32(i)}}
	}
	succeed(t, engine.AddVideos(background, videos))
	ctx, cancel := context.WithCancel(background)
	time.AfterFunc(20*time.Millisecond, cancel)
	for {
		if _, err := engine.Similar(ctx, "0", vrec.Query{Limit: 10000}); err != nil {
			fails(t, err, vrec.ErrCancelled, "cancelled")
			break
		}
	}
}

func TestContextsLeaveNoGoroutines(t *testing.T) {
	engine := twoTopics(t)
	before := runtime.NumGoroutine()
	ctx, cancel := context.WithCancel(background)
	defer cancel()
	for i := 0; i < 1000; i++ {
		must(engine.Similar(ctx, "cat-1", vrec.Query{}))
	}
	for attempt := 0; runtime.NumGoroutine() > before; attempt++ {
		if attempt == 500 {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func TestTheLogSpeaksOfAModelThatCannotBeUsed(t *testing.T) {
	var levels []vrec.LogLevel
	var messages []string
	options := vrec.Options{ModelPath: "/nowhere/模型", Log: func(level vrec.LogLevel, message string) {
		levels = append(levels, level)
		messages = append(messages, message)
	}}
	engine := newEngine(t, options)
	if len(messages) != 1 || levels[0] != vrec.LogWarning || !strings.Contains(messages[0], "/nowhere/模型") {
		t.Fatalf("levels %v, messages %q", levels, messages)
	}
	equal(t, must(engine.Statistics()).EncoderStatus, vrec.ErrModelMissing)
	_, err := engine.Embed(background, "text")
	fails(t, err, vrec.ErrModelMissing, "/nowhere/模型")
	succeed(t, engine.AddVideo(background, video("v", 1, 0)))

	options.LogLevel = vrec.LogError
	newEngine(t, options)
	equal(t, len(messages), 1)
}

func TestCallsFromTheLogFunctionAreRefused(t *testing.T) {
	other := twoTopics(t)
	closed := twoTopics(t)
	var outcomes []error
	closing := errors.New("not closed")
	newEngine(t, vrec.Options{ModelPath: "/nowhere", Log: func(vrec.LogLevel, string) {
		_, counting := other.Count()
		_, recommending := other.Recommend(background, vrec.Query{})
		ctx, cancel := context.WithCancel(background)
		_, recommendingUntil := other.Recommend(ctx, vrec.Query{})
		cancel()
		_, making := vrec.New(vrec.Options{})
		outcomes = []error{
			counting, recommending, recommendingUntil, making,
			other.AddVideo(background, video("v", 1, 0, 0)), other.Trim(),
		}
		closing = closed.Close()
	}})
	equal(t, len(outcomes), 6)
	succeed(t, closing)
	for _, err := range outcomes {
		fails(t, err, vrec.ErrReentrant, "callback")
	}
	equal(t, must(other.Count()), 4)
	if _, err := closed.Count(); err != vrec.ErrClosed {
		t.Fatalf("closed in the log function, then: %v", err)
	}
}

func TestAPanicInTheLogFunctionGoesNowhere(t *testing.T) {
	calls := 0
	engine := newEngine(t, vrec.Options{ModelPath: "/nowhere", Log: func(vrec.LogLevel, string) {
		calls++
		panic("in the log function")
	}})
	equal(t, calls, 1)
	succeed(t, engine.AddVideo(background, video("v", 1, 0)))
	equal(t, must(engine.Count()), 1)
}

func TestALogFunctionThatEndsItsGoroutineLeavesOthersAlone(t *testing.T) {
	engine := twoTopics(t)
	for i := 0; i < 50; i++ {
		ended := make(chan bool)
		go func() {
			reached := false
			defer func() { ended <- !reached }()
			_, _ = vrec.New(vrec.Options{ModelPath: "/nowhere", Log: func(vrec.LogLevel, string) { runtime.Goexit() }})
			reached = true
		}()
		equal(t, <-ended, true)
		for call := 0; call < 100; call++ {
			equal(t, must(engine.Count()), 4)
			runtime.Gosched()
		}
	}
}

func TestAClosedEngineSaysSo(t *testing.T) {
	closed := twoTopics(t)
	list := must(closed.Similar(background, "cat-1", vrec.Query{}))
	succeed(t, closed.Close())
	succeed(t, closed.Close())
	equal(t, list[0].Title, "title of cat-2")
	var zero vrec.Engine
	succeed(t, zero.Close())
	var none *vrec.Engine
	succeed(t, none.Close())
	for _, engine := range []*vrec.Engine{closed, &zero, none} {
		_, counting := engine.Count()
		_, dimensions := engine.Dimensions()
		_, statistics := engine.Statistics()
		_, embedding := engine.Embed(background, "text")
		_, embeddingAll := engine.EmbedBatch(background, []string{"text"})
		_, recommending := engine.Recommend(background, vrec.Query{})
		_, similar := engine.Similar(background, "cat-1", vrec.Query{})
		_, searching := engine.Search(background, "text", vrec.Query{})
		_, nearest := engine.Nearest(background, bothTopics())
		for i, err := range []error{
			counting, dimensions, statistics, embedding, embeddingAll, recommending, similar, searching, nearest,
			engine.LoadEncoder(context.Background()), engine.Trim(), engine.RemoveVideos("cat-1"),
			engine.AddVideo(background, video("v", 1)), engine.AddVideos(background, nil),
			engine.Record(vrec.Event{}), engine.RecordBatch(nil),
		} {
			if !errors.Is(err, vrec.ErrClosed) {
				t.Fatalf("call %d: %v", i, err)
			}
		}
	}
}

func TestClosingWhileOthersCall(t *testing.T) {
	for round := 0; round < 20; round++ {
		engine := twoTopics(t)
		var running sync.WaitGroup
		for worker := 0; worker < 8; worker++ {
			running.Add(1)
			go func() {
				defer running.Done()
				for {
					if _, err := engine.Similar(background, "cat-1", vrec.Query{}); err != nil {
						if err != vrec.ErrClosed {
							t.Errorf("%v", err)
						}
						return
					}
				}
			}()
		}
		time.Sleep(time.Millisecond)
		succeed(t, engine.Close())
		running.Wait()
	}
}

func TestADroppedEngineIsFreed(t *testing.T) {
	freed := make(chan struct{})
	func() {
		type tag struct{ _ [64]byte }
		held := &tag{}
		runtime.SetFinalizer(held, func(*tag) { close(freed) })
		// The log function lives as long as the engine and holds the tag.
		engine := must(vrec.New(vrec.Options{Log: func(vrec.LogLevel, string) { runtime.KeepAlive(held) }}))
		succeed(t, engine.AddVideo(background, video("v", 1)))
	}()
	for attempt := 0; ; attempt++ {
		runtime.GC()
		select {
		case <-freed:
			return
		case <-time.After(10 * time.Millisecond):
		}
		if attempt == 500 {
			t.Fatal("the engine was not freed")
		}
	}
}

func TestGoroutinesWriteAndReadAtOnce(t *testing.T) {
	engine := newEngine(t, vrec.Options{})
	succeed(t, engine.AddVideo(background, video("seed", 1, 0)))
	ctx, cancel := context.WithCancel(background)
	defer cancel()
	var running sync.WaitGroup
	for worker := 0; worker < 8; worker++ {
		running.Add(1)
		go func(worker int) {
			defer running.Done()
			mine := fmt.Sprintf("profile-%d", worker)
			for step := 0; step < 100; step++ {
				id := fmt.Sprintf("%d-%d", worker, step)
				err := engine.AddVideo(ctx, video(id, 1, float32(step)/100))
				if err == nil {
					err = engine.Record(vrec.Event{Kind: vrec.EventLike, VideoID: id, Profile: mine})
				}
				list, listing := engine.Recommend(ctx, vrec.Query{Profile: mine})
				if err == nil && step%2 == 0 {
					err = engine.RemoveVideos(id)
				}
				if err != nil || listing != nil || len(list) == 0 || list[0].BecauseID[0] != id[0] {
					t.Errorf("%s: %v, %v, %v", id, err, listing, list)
					return
				}
			}
		}(worker)
	}
	running.Wait()
	statistics := must(engine.Statistics())
	equal(t, statistics.Videos, 1+8*50)
	equal(t, statistics.Events, 800)
	equal(t, statistics.Profiles, 8)
}

func TestFiltersKeepWhatOwnerAndViewerAllow(t *testing.T) {
	now := time.UnixMilli(1700000000000)
	film := video("film", 1, 0.1)
	film.Kind, film.MinAge, film.Tags = vrec.KindMovie, 12, []string{"Space"}
	film.AudioLanguages, film.SubtitleLanguages = []string{"zh-Hans", "en"}, []string{"fr"}
	film.Entitlements = []string{"cinema", "all"}
	film.AvailableFrom, film.AvailableUntil = now, now.Add(time.Hour)
	song := video("song", 1, 0.2)
	song.Kind, song.MinAge = vrec.KindMusic, vrec.MinAgeNone
	engine := newEngine(t, vrec.Options{})
	succeed(t, engine.AddVideos(background, []vrec.Video{video("seed", 1, 0), film, song, video("plain", 1, 0.3)}))

	for _, each := range []struct {
		kept   string
		filter vrec.Filter
	}{
		{"film song plain", vrec.Filter{}},
		{"film song", vrec.Filter{Kinds: []vrec.Kind{vrec.KindMusic, vrec.KindMovie}}},
		{"film song", vrec.Filter{ViewerAge: 12}},
		{"song", vrec.Filter{ViewerAge: 11}},
		{"film song plain", vrec.Filter{Time: now}},
		{"song plain", vrec.Filter{Time: now.Add(time.Hour)}},
		{"film", vrec.Filter{AudioLanguages: []string{"zh"}}},
		{"", vrec.Filter{SubtitleLanguages: []string{"en"}}},
		{"song plain", vrec.Filter{CheckEntitlements: true}},
		{"film song plain", vrec.Filter{CheckEntitlements: true, Entitlements: []string{"all"}}},
		{"film", vrec.Filter{AnyTags: []string{"space", "sea"}}},
		{"", vrec.Filter{AllTags: []string{"space", "sea"}}},
		{"song plain", vrec.Filter{NoTags: []string{"space"}}},
		{"film", vrec.Filter{Kinds: []vrec.Kind{vrec.KindMovie}, ViewerAge: 40, Time: now, AnyTags: []string{"space"}}},
	} {
		filter := each.filter
		if kept := ids(engine.Similar(background, "seed", vrec.Query{Filter: &filter})); kept != each.kept {
			t.Errorf("%+v keeps %q, not %q", each.filter, kept, each.kept)
		}
	}
}

func TestBadFiltersAndAttributesAreRefused(t *testing.T) {
	engine := newEngine(t, vrec.Options{})
	succeed(t, engine.AddVideo(background, video("seed", 1, 0)))
	asked := func(filter vrec.Filter) error {
		_, err := engine.Similar(background, "seed", vrec.Query{Filter: &filter})
		return err
	}
	fails(t, asked(vrec.Filter{Kinds: []vrec.Kind{vrec.KindUnknown}}), vrec.ErrInvalidArgument, "kinds[0]")
	fails(t, asked(vrec.Filter{ViewerAge: -1}), vrec.ErrInvalidArgument, "ViewerAge")
	fails(t, asked(vrec.Filter{Entitlements: []string{"all"}}), vrec.ErrInvalidArgument, "check_entitlements")
	fails(t, asked(vrec.Filter{NoTags: []string{" "}}), vrec.ErrInvalidArgument, "no_tags[0]")
	bad := video("bad", 1, 0)
	bad.MinAge = math.MaxInt
	fails(t, engine.AddVideo(background, bad), vrec.ErrInvalidArgument, "min_age")
	bad = video("bad", 1, 0)
	bad.AudioLanguages = []string{"en", "zh_CN"}
	fails(t, engine.AddVideo(background, bad), vrec.ErrInvalidArgument, "audio_languages[1]")
	bad = video("bad", 1, 0)
	bad.AvailableUntil = time.UnixMilli(0)
	succeed(t, engine.AddVideo(background, bad))
	equal(t, ids(engine.Similar(background, "seed", vrec.Query{Filter: &vrec.Filter{Time: time.UnixMilli(0)}})), "")
	equal(t, ids(engine.Similar(background, "seed", vrec.Query{})), "bad")
}

func TestABlendBeginsWithWhatOthersWatchedNext(t *testing.T) {
	engine := twoTopics(t)
	at := time.UnixMilli(1700000000000)
	circumstances := vrec.Context{
		Device: vrec.DeviceTV, Place: vrec.PlaceLivingRoom, Company: vrec.CompanyFamily, UTCOffset: 345 * time.Minute,
	}
	watch := func(profile, videoID string) {
		succeed(t, engine.Record(vrec.Event{
			Kind: vrec.EventComplete, Profile: profile, VideoID: videoID, Time: at, Context: circumstances,
		}))
	}
	watch("ann", "cat-1")
	// Few of them would count less than the taste.
	for number := 0; number < 30; number++ {
		other := strconv.Itoa(number)
		watch(other, "cat-1")
		watch(other, "dog-1")
	}
	equal(t, ids(engine.Recommend(background, vrec.Query{Profile: "ann"})), "cat-2 dog-2 dog-1")
	blend := vrec.Query{Profile: "ann", Ranking: vrec.RankingBlend, Now: at, Context: circumstances}
	equal(t, len(must(engine.Recommend(background, blend))), 3)

	trained := 0
	succeed(t, engine.Train(vrec.WithProgress(background, func(done, _ int) { trained = done })))
	equal(t, trained, 4)
	// Content would tell little of four videos.
	blend.FeatureWeights = []vrec.FeatureWeight{{Feature: vrec.FeatureTransitions, Weight: 1}, {Feature: vrec.FeatureEASE, Weight: 1}}
	equal(t, must(engine.Recommend(background, blend))[0].ID, "dog-1")
	equal(t, must(engine.Recommend(background, blend))[0].BecauseID, "cat-1")
	succeed(t, engine.TrainWith(background, vrec.TrainOptions{Threads: 2}))
	equal(t, must(engine.Recommend(background, blend))[0].ID, "dog-1")
	if err := engine.TrainWith(background, vrec.TrainOptions{Threads: 65}); !errors.Is(err, vrec.ErrLimit) {
		t.Fatalf("a training on 65 threads: %v", err)
	}
	ended, end := context.WithCancel(background)
	end()
	if err := engine.Train(ended); !errors.Is(err, vrec.ErrCancelled) {
		t.Fatalf("a training that was cancelled: %v", err)
	}

	blend.MinScore = 0.5
	_, err := engine.Recommend(background, blend)
	fails(t, err, vrec.ErrInvalidArgument, "min_score")
	blend = vrec.Query{Ranking: 2}
	_, err = engine.Recommend(background, blend)
	fails(t, err, vrec.ErrInvalidArgument, "ranking 2")
	_, err = engine.Similar(background, "cat-1", blend)
	fails(t, err, vrec.ErrInvalidArgument, "ranking 2")
}

// counted has twoTopics' videos in an engine that learns these features: three went on from cat-1 to dog-1 on a
// television, five watched dog-2 on a telephone, and ann watched cat-1.
func counted(t *testing.T, weights ...vrec.FeatureWeight) *vrec.Engine {
	t.Helper()
	engine := newEngine(t, vrec.Options{FeatureWeights: weights})
	succeed(t, engine.AddVideos(background, []vrec.Video{
		video("cat-1", 1, 0, 0), video("cat-2", 0.9, 0.1, 0), video("dog-1", 0, 1, 0), video("dog-2", 0.1, 0.9, 0),
	}))
	watch := func(profile, videoID string, device vrec.Device) {
		succeed(t, engine.Record(vrec.Event{
			Kind: vrec.EventComplete, Profile: profile, VideoID: videoID, Context: vrec.Context{Device: device},
		}))
	}
	for _, profile := range []string{"bob", "cleo", "dan"} {
		watch(profile, "cat-1", vrec.DeviceTV)
		watch(profile, "dog-1", vrec.DeviceTV)
	}
	for _, profile := range []string{"eve", "finn", "gus", "hal", "ida"} {
		watch(profile, "dog-2", vrec.DevicePhone)
	}
	watch("ann", "cat-1", vrec.DeviceUnknown)
	return engine
}

func TestAListCountsWhatTheEngineOrTheQuerySays(t *testing.T) {
	var all []vrec.FeatureWeight
	for _, feature := range []vrec.Feature{
		vrec.FeatureTransitions, vrec.FeaturePopularity, vrec.FeatureContext, vrec.FeatureEASE, vrec.FeatureTaste,
	} {
		all = append(all, vrec.FeatureWeight{Feature: feature, Weight: 1})
	}
	engine := counted(t, all...)
	first := func(engine *vrec.Engine, device vrec.Device, features ...vrec.Feature) string {
		query := vrec.Query{Profile: "ann", Ranking: vrec.RankingBlend, Context: vrec.Context{Device: device}}
		for _, feature := range features {
			query.FeatureWeights = append(query.FeatureWeights, vrec.FeatureWeight{Feature: feature, Weight: 1})
		}
		list := must(engine.Recommend(background, query))
		if len(list) == 0 {
			return "nothing"
		}
		return list[0].ID
	}
	equal(t, first(engine, vrec.DeviceUnknown, vrec.FeatureTransitions), "dog-1")
	equal(t, first(engine, vrec.DeviceUnknown, vrec.FeaturePopularity), "dog-2")
	equal(t, first(engine, vrec.DeviceUnknown, vrec.FeatureTaste), "cat-2")
	equal(t, first(engine, vrec.DeviceTV, vrec.FeatureContext), "dog-1")
	equal(t, first(engine, vrec.DevicePhone, vrec.FeatureContext), "dog-2")
	equal(t, first(engine, vrec.DeviceUnknown, vrec.FeatureEASE), "nothing")
	succeed(t, engine.Train(background))
	equal(t, first(engine, vrec.DeviceUnknown, vrec.FeatureEASE), "dog-1")
	succeed(t, engine.ForgetProfile("dan"))
	equal(t, first(engine, vrec.DeviceUnknown, vrec.FeatureEASE), "nothing")

	byTaste := counted(t, vrec.FeatureWeight{Feature: vrec.FeatureTaste, Weight: 1},
		vrec.FeatureWeight{Feature: vrec.FeaturePopularity})
	equal(t, first(byTaste, vrec.DeviceUnknown), "cat-2")
	equal(t, first(byTaste, vrec.DeviceUnknown, vrec.FeaturePopularity), "nothing")
	if learned, less := must(engine.Statistics()).MemoryBytes, must(byTaste.Statistics()).MemoryBytes; less >= learned {
		t.Fatalf("%d bytes for an engine that learns nothing, %d for one that does", less, learned)
	}
}

func TestWeightsAndSharesThatAreNoneAreRefused(t *testing.T) {
	engine := twoTopics(t)
	for words, wrong := range map[string][]vrec.FeatureWeight{
		"feature_weights[1]: feature 15":             {{Feature: vrec.FeatureEASE}, {Feature: 15}},
		"feature_weights[1]: feature 3 stands there": {{Feature: vrec.FeatureEASE}, {Feature: vrec.FeatureEASE}},
		"feature_weights[0]: the weight of taste":    {{Feature: vrec.FeatureTaste, Weight: float32(math.NaN())}},
	} {
		_, err := engine.Recommend(background, vrec.Query{FeatureWeights: wrong})
		fails(t, err, vrec.ErrInvalidArgument, words)
		_, err = vrec.New(vrec.Options{FeatureWeights: wrong})
		fails(t, err, vrec.ErrInvalidArgument, words)
	}
	_, err := engine.Recommend(background, vrec.Query{FeatureWeights: make([]vrec.FeatureWeight, 16)})
	fails(t, err, vrec.ErrLimit, "feature_weight_count")
	_, err = engine.Recommend(background, vrec.Query{NewVideoShare: 1.5})
	fails(t, err, vrec.ErrInvalidArgument, "new_video_share")
	equal(t, ids(engine.Recommend(background, vrec.Query{NewVideoShare: -1})), "")
}

func TestListsVaryAsStronglyAsTheyAreAskedTo(t *testing.T) {
	engine := newEngine(t, vrec.Options{})
	succeed(t, engine.AddVideos(background, []vrec.Video{
		video("a", 1, 0), video("b", 0.99, 0.14), video("c", 0.98, 0.2), video("d", 0.6, 0.8), video("e", 0.96, -0.28),
	}))
	plain := ids(engine.Similar(background, "a", vrec.Query{Limit: 2}))
	equal(t, plain, "b c")
	for _, method := range []vrec.DiversityMethod{vrec.DiversityMMR, vrec.DiversityClusterQuotas, vrec.DiversityDPP} {
		equal(t, ids(engine.Similar(background, "a", vrec.Query{Limit: 2, DiversityMethod: method})), plain)
		varied := ids(engine.Similar(background, "a", vrec.Query{Limit: 2, DiversityMethod: method, Diversity: 1}))
		// Four candidates are one cluster, which has no quota.
		isVaried := varied != plain || method == vrec.DiversityClusterQuotas
		if !strings.HasPrefix(varied, "b ") || !isVaried {
			t.Fatalf("method %d: %s", method, varied)
		}
	}
	_, err := engine.Similar(background, "a", vrec.Query{DiversityMethod: 4})
	fails(t, err, vrec.ErrInvalidArgument, "diversity_method 4")
	_, err = engine.Recommend(background, vrec.Query{Diversity: 1.5})
	fails(t, err, vrec.ErrInvalidArgument, "diversity is 1.5")
}

func TestCircumstancesOutOfTheirSetsAndRangesAreRefused(t *testing.T) {
	engine := twoTopics(t)
	for words, wrong := range map[string]vrec.Context{
		"device 6":                       {Device: 6},
		"place -1":                       {Place: -1},
		"company 99":                     {Company: 99},
		"utc_offset_minutes is 841":      {UTCOffset: 841 * time.Minute},
		"utc_offset_minutes is -841":     {UTCOffset: -841 * time.Minute},
		"utc_offset_minutes is 15372286": {UTCOffset: math.MaxInt64},
	} {
		fails(t, engine.Record(vrec.Event{Kind: vrec.EventLike, VideoID: "cat-1", Context: wrong}),
			vrec.ErrInvalidArgument, words)
		_, err := engine.Recommend(background, vrec.Query{Context: wrong})
		fails(t, err, vrec.ErrInvalidArgument, words)
	}
	equal(t, must(engine.Statistics()).Events, 0)
}
