package vrec_test

import (
	"fmt"
	"math"
	"testing"

	"vrec"
)

// around has videos in all directions, of which the first was watched.
func around(t *testing.T) *vrec.Engine {
	t.Helper()
	engine := newEngine(t, vrec.Options{})
	videos := make([]vrec.Video, 60)
	for i := range videos {
		angle := float64(i) * 2 * math.Pi / float64(len(videos))
		videos[i] = video(fmt.Sprintf("v%02d", i), float32(math.Cos(angle)), float32(math.Sin(angle)), 0)
	}
	succeed(t, engine.AddVideos(background, videos))
	told(t, engine, vrec.EventComplete, "v00")
	return engine
}

func exploring(seed uint64) vrec.Query {
	return vrec.Query{
		Ranking: vrec.RankingBlend, Now: today,
		ExplorationMethod: vrec.ExplorationThompson, ExplorationSlots: 3, ExplorationSeed: seed,
	}
}

func TestPlacesExploreWithAProbabilityThatIsRecorded(t *testing.T) {
	engine := around(t)
	explored := 0
	for seed := uint64(0); seed < 10; seed++ {
		equal(t, recommended(t, engine, exploring(seed)), recommended(t, engine, exploring(seed)))
		list := must(engine.Recommend(background, exploring(seed)))
		equal(t, len(list), 10)
		for place, item := range list {
			isSlot := place%3 == 0 && place > 0
			if item.Propensity <= 0 || item.Propensity > 1 || (item.Propensity < 1 && !isSlot) {
				t.Fatalf("propensity %v at place %d", item.Propensity, place)
			}
			if item.Propensity < 1 {
				explored++
			}
			shown := vrec.Event{Kind: vrec.EventImpression, VideoID: item.ID, Time: today, Propensity: item.Propensity}
			succeed(t, engine.Record(shown))
		}
		told(t, engine, vrec.EventSelect, list[3].ID)
	}
	if explored <= 10 {
		t.Fatalf("%d places explored", explored)
	}
}

func TestAHomeScreenExplores(t *testing.T) {
	engine := around(t)
	explored := 0
	for seed := uint64(0); seed < 10; seed++ {
		rows := must(engine.Home(background, vrec.HomeQuery{
			Query: exploring(seed), Rows: []vrec.RowQuery{{Kind: vrec.RowForYou, Size: 10}},
		}))
		equal(t, len(rows[0].Items), 10)
		for place, item := range rows[0].Items {
			propensity := item.Recommendation.Propensity
			if propensity <= 0 || propensity > 1 || (propensity < 1 && place%3 != 0) {
				t.Fatalf("propensity %v at place %d", propensity, place)
			}
			if propensity < 1 {
				explored++
			}
		}
	}
	if explored <= 10 {
		t.Fatalf("%d places explored", explored)
	}
}

func TestExplorationsOutOfRangeAreRefused(t *testing.T) {
	engine := around(t)
	for words, change := range map[string]func(*vrec.Query){
		"exploration_budget": func(query *vrec.Query) { query.ExplorationBudget = 2 },
		"exploration_method": func(query *vrec.Query) { query.Ranking = vrec.RankingTaste },
		"ExplorationSlots":   func(query *vrec.Query) { query.ExplorationSlots = -1 },
	} {
		query := exploring(0)
		change(&query)
		_, err := engine.Recommend(background, query)
		fails(t, err, vrec.ErrInvalidArgument, words)
	}
	query := exploring(0)
	query.ExplorationSlots = 17
	_, err := engine.Recommend(background, query)
	fails(t, err, vrec.ErrLimit, "exploration_slots")
	err = engine.Record(vrec.Event{Kind: vrec.EventImpression, VideoID: "v01", Time: today, Propensity: 1.5})
	fails(t, err, vrec.ErrInvalidArgument, "propensity")
}
