package vrec_test

// Engine.Nearest: lists near vectors that the program brings.

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"vrec"
)

// bothTopics has one vector for each direction of twoTopics.
func bothTopics() vrec.VectorQuery {
	return vrec.VectorQuery{Vectors: [][]float32{{1, 0, 0}, {0, 3, 0.3}}}
}

// idsOfLists are the ids of all lists, separated by spaces, lists by bars.
func idsOfLists(lists [][]vrec.Neighbour, err error) string {
	if err != nil {
		return err.Error()
	}
	all := make([]string, len(lists))
	for i, list := range lists {
		ids := make([]string, len(list))
		for j, neighbour := range list {
			ids[j] = neighbour.ID
		}
		all[i] = strings.Join(ids, " ")
	}
	return strings.Join(all, "|")
}

// vectors have no pattern.
func vectors(count, length int, seed uint64) [][]float32 {
	list := make([][]float32, count)
	for i := range list {
		list[i] = make([]float32, length)
		for j := range list[i] {
			seed = seed*6364136223846793005 + 1442695040888963407
			list[i][j] = float32(seed>>40)/16777216 - 0.5
		}
	}
	return list
}

func nearestOfMany(t *testing.T, options vrec.Options) [][]vrec.Neighbour {
	t.Helper()
	engine := newEngine(t, options)
	var videos []vrec.Video
	for i, vector := range vectors(500, 70, 1) {
		videos = append(videos, video(fmt.Sprint("v", i), vector...))
	}
	succeed(t, engine.AddVideos(background, videos))
	return must(engine.Nearest(background, vrec.VectorQuery{Vectors: vectors(40, 70, 77)}))
}

func TestEachVectorHasItsList(t *testing.T) {
	engine := twoTopics(t)
	film := video("dog-2", 0.1, 0.9, 0)
	film.Kind = vrec.KindMovie
	succeed(t, engine.AddVideo(background, film))
	query := bothTopics()
	equal(t, idsOfLists(engine.Nearest(background, query)), "cat-1 cat-2 dog-2 dog-1|dog-1 dog-2 cat-2 cat-1")
	query.Limit = 3
	equal(t, idsOfLists(engine.Nearest(background, query)), "cat-1 cat-2 dog-2|dog-1 dog-2 cat-2")
	query.MinScore = 0.9
	lists := must(engine.Nearest(background, query))
	equal(t, idsOfLists(lists, nil), "cat-1 cat-2|dog-1 dog-2")
	if math.Abs(float64(lists[1][0].Score)-1/math.Sqrt(1.01)) > 1e-6 {
		t.Fatalf("score %v", lists[1][0].Score)
	}
	lists[0] = append(lists[0], vrec.Neighbour{ID: "other"})
	equal(t, lists[1][0].ID, "dog-1")
	query.MinScore = 0
	query.Filter = &vrec.Filter{Kinds: []vrec.Kind{vrec.KindMovie}}
	equal(t, idsOfLists(engine.Nearest(background, query)), "dog-2|dog-2")
	query.Filter.ViewerAge = 3
	equal(t, idsOfLists(engine.Nearest(background, query)), "|")
	equal(t, idsOfLists(newEngine(t, vrec.Options{}).Nearest(background, query)), "|")
}

func TestSeveralVectorsMayShareAList(t *testing.T) {
	engine := twoTopics(t)
	query := bothTopics()
	query.Fusion = vrec.FusionMax
	equal(t, idsOfLists(engine.Nearest(background, query)), "cat-1 dog-1 cat-2 dog-2")
	query.Fusion = vrec.FusionWeighted
	equal(t, idsOfLists(engine.Nearest(background, query)), "cat-2 dog-2 cat-1 dog-1")
	query.Weights = []float32{0, -1}
	equal(t, idsOfLists(engine.Nearest(background, query)), "cat-1 cat-2 dog-2 dog-1")
}

func TestWhatCannotBeSearchedWithIsRefused(t *testing.T) {
	engine := twoTopics(t)
	nan, infinity := float32(math.NaN()), float32(math.Inf(1))
	second := func(vector ...float32) func(*vrec.VectorQuery) {
		return func(query *vrec.VectorQuery) { query.Vectors[1] = vector }
	}
	weighted := func(weights ...float32) func(*vrec.VectorQuery) {
		return func(query *vrec.VectorQuery) { query.Fusion, query.Weights = vrec.FusionWeighted, weights }
	}
	repeated := func(count int, fusion vrec.Fusion) func(*vrec.VectorQuery) {
		return func(query *vrec.VectorQuery) {
			query.Fusion, query.Vectors = fusion, make([][]float32, count)
			for i := range query.Vectors {
				query.Vectors[i] = []float32{1, 0, 0}
			}
		}
	}
	for i, test := range []struct {
		change func(*vrec.VectorQuery)
		code   vrec.Code
		words  string
	}{
		{second(0, 0, 0), vrec.ErrInvalidArgument, "vectors[1]"},
		{second(nan, 0, 0), vrec.ErrInvalidArgument, "vectors[1]"},
		{second(0, -infinity, 0), vrec.ErrInvalidArgument, "vectors[1]"},
		{second(math.SmallestNonzeroFloat32, 0, 0), vrec.ErrInvalidArgument, "vectors[1]"},
		{second(1, 0), vrec.ErrInvalidArgument, "vectors[1]: the vector has 2 elements, vectors[0] has 3"},
		{second(), vrec.ErrInvalidArgument, "vectors[1]"},
		{func(query *vrec.VectorQuery) { query.Vectors = [][]float32{{1, 0}, {0, 1}} }, vrec.ErrInvalidArgument, "vectors[0]"},
		{func(query *vrec.VectorQuery) { query.Vectors = [][]float32{{}, {}} }, vrec.ErrInvalidArgument, "vectors"},
		{func(query *vrec.VectorQuery) { query.Vectors = nil }, vrec.ErrInvalidArgument, "vectors"},
		{repeated(1025, vrec.FusionNone), vrec.ErrLimit, "1024"},
		{repeated(65, vrec.FusionMax), vrec.ErrLimit, "64"},
		{func(query *vrec.VectorQuery) { query.Limit = 10001 }, vrec.ErrLimit, "10001"},
		{func(query *vrec.VectorQuery) { query.Limit = -1 }, vrec.ErrInvalidArgument, "Limit is -1"},
		{func(query *vrec.VectorQuery) { query.Fusion = 3 }, vrec.ErrInvalidArgument, "fusion 3"},
		{func(query *vrec.VectorQuery) { query.Centring = 2 }, vrec.ErrInvalidArgument, "centring 2"},
		{func(query *vrec.VectorQuery) { query.MinScore = nan }, vrec.ErrInvalidArgument, "min_score"},
		{func(query *vrec.VectorQuery) { query.Language = "\x80" }, vrec.ErrUTF8, "language"},
		{func(query *vrec.VectorQuery) { query.Filter = &vrec.Filter{ViewerAge: -1} }, vrec.ErrInvalidArgument, "ViewerAge"},
		{func(query *vrec.VectorQuery) { query.Filter = &vrec.Filter{NoTags: []string{" "}} }, vrec.ErrInvalidArgument, "filter"},
		{func(query *vrec.VectorQuery) { query.Weights = []float32{1, 1} }, vrec.ErrInvalidArgument, "weights"},
		{weighted(1), vrec.ErrInvalidArgument, "1 weights for 2 vectors"},
		{weighted(1, 1, 1), vrec.ErrInvalidArgument, "3 weights for 2 vectors"},
		{weighted(1, 1001), vrec.ErrInvalidArgument, "weights[1]"},
		{weighted(0, 0), vrec.ErrInvalidArgument, "weights"},
	} {
		query := bothTopics()
		test.change(&query)
		lists, err := engine.Nearest(background, query)
		if lists != nil {
			t.Fatalf("query %d: lists came with an error", i)
		}
		fails(t, err, test.code, test.words)
	}
	ended, end := context.WithCancel(background)
	end()
	_, err := engine.Nearest(ended, bothTopics())
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
}

func TestInnerProductsKeepTheLengthsOfVectors(t *testing.T) {
	engine := newEngine(t, vrec.Options{Metric: vrec.MetricDot})
	succeed(t, engine.AddVideos(background, []vrec.Video{video("near", 1, 0), video("far", 3, 4)}))
	query := vrec.VectorQuery{Vectors: [][]float32{{2, 0}}}
	lists := must(engine.Nearest(background, query))
	if !reflect.DeepEqual(lists, [][]vrec.Neighbour{{{ID: "far", Score: 6}, {ID: "near", Score: 2}}}) {
		t.Fatalf("found %v", lists)
	}
	query.MinScore = 3
	equal(t, idsOfLists(engine.Nearest(background, query)), "far")
	fails(t, engine.AddVideo(background, video("huge", 1e30, 0)), vrec.ErrInvalidArgument, "long")
}

func TestListsAreTheSameWithEveryInstructionSet(t *testing.T) {
	expected := nearestOfMany(t, vrec.Options{})
	equal(t, len(expected), 40)
	equal(t, len(expected[39]), 10)
	scalar := vrec.Options{InstructionSet: vrec.InstructionsScalar}
	equal(t, must(newEngine(t, scalar).Statistics()).InstructionSet, vrec.InstructionsScalar)
	if found := nearestOfMany(t, scalar); !reflect.DeepEqual(found, expected) {
		t.Fatalf("found %v, not %v", found, expected)
	}
}

func TestFewerExactValuesCostLittleOfAScore(t *testing.T) {
	expected := nearestOfMany(t, vrec.Options{})
	for values, most := range map[vrec.ExactValues]float64{vrec.ExactFloat16: 0.0005, vrec.ExactNone: 0.01} {
		found := nearestOfMany(t, vrec.Options{ExactValues: values})
		equal(t, len(found), len(expected))
		for i, list := range expected {
			equal(t, len(found[i]), len(list))
			for j, neighbour := range list {
				if math.Abs(float64(found[i][j].Score-neighbour.Score)) > most {
					t.Fatalf("with %d found %v, not %v", values, found[i][j], neighbour)
				}
			}
		}
	}
}

func TestTheMeanIsSubtractedWhereThatIsAskedFor(t *testing.T) {
	query := vrec.VectorQuery{Vectors: [][]float32{{10, 1, 2}}, Limit: 400, MinScore: 0.5}
	for _, centred := range []bool{false, true} {
		engine := newEngine(t, vrec.Options{CentreVectors: centred, SignStage: true})
		videos := make([]vrec.Video, 400)
		for i := range videos {
			videos[i] = video(fmt.Sprint(i), 10, float32(i%2*2-1), 0.01*float32(i))
		}
		succeed(t, engine.AddVideos(background, videos))
		equal(t, must(engine.Statistics()).SignStageDivisor, 0)
		found := len(must(engine.Nearest(background, query))[0])
		if !centred {
			equal(t, found, 400)
			continue
		}
		if found < 20 || found > 220 {
			t.Fatalf("%d of 400 pass", found)
		}
		query.Centring = vrec.CentringNone
		equal(t, idsOfLists(engine.Nearest(background, query)), "")
	}
}
