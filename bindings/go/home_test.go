package vrec_test

import (
	"testing"
	"time"

	"vrec"
)

func newHouse(t *testing.T) *vrec.Engine {
	t.Helper()
	engine := newEngine(t, vrec.Options{})
	film := func(id string, angle float32) vrec.Video {
		return vrec.Video{
			ID: id, Title: "title of " + id, Vector: []float32{1, angle}, Kind: vrec.KindMovie, Duration: 2 * time.Hour,
		}
	}
	succeed(t, engine.AddVideos(background, []vrec.Video{
		film("a", 0.1), film("b", 0.2), film("c", 4), episode(1), episode(2),
	}))
	watched(t, engine, vrec.EventComplete, "e1", 0)
	watched(t, engine, vrec.EventStop, "c", 10*time.Minute)
	watched(t, engine, vrec.EventComplete, "a", 0)
	return engine
}

func TestAHomeScreenHasTitledRows(t *testing.T) {
	engine := newHouse(t)
	query := vrec.HomeQuery{Query: vrec.Query{Now: time.Now(), Reasons: true}}
	rows := must(engine.Home(background, query))
	equal(t, len(rows), 3)
	equal(t, rows[0].Items[0].Recommendation.Reasons[0].Kind, vrec.ReasonContinue)
	equal(t, rows[0].Kind, vrec.RowContinueWatching)
	equal(t, rows[0].ChineseTitle, "继续观看")
	equal(t, len(rows[0].Items), 1)
	item := rows[0].Items[0]
	equal(t, item.Recommendation.ID, "c")
	equal(t, item.Card, vrec.WatchContinue)
	equal(t, item.Position, 10*time.Minute)
	equal(t, item.Kind, vrec.KindMovie)
	next := rows[1].Items[0]
	equal(t, next.Recommendation.Title, "title of e2")
	equal(t, next.Card, vrec.WatchNext)
	equal(t, next.SeriesID, "s")
	equal(t, next.EpisodeNumber, 2)
	equal(t, next.AvailableUntil.IsZero(), true)
	equal(t, rows[2].TitleKey, "because_you_watched")
	equal(t, rows[2].EnglishTitle, "Because you watched “title of a”")
	equal(t, rows[2].SeedID, "a")
	equal(t, rows[2].Items[0].Recommendation.ID, "b")
	equal(t, rows[2].Items[0].Card, vrec.WatchNone)
}

func TestRulesCountInRowsAndCardsNameWhatComesBeforeThem(t *testing.T) {
	engine := newHouse(t)
	query := vrec.HomeQuery{Query: vrec.Query{Now: time.Now(), Reasons: true}}
	query.Rows = []vrec.RowQuery{{Kind: vrec.RowNextUp}}
	cards := must(engine.Home(background, query))
	equal(t, cards[0].Items[0].Recommendation.Reasons[0].English, "The next one after “title of e1”")
	query.Rows = []vrec.RowQuery{{Kind: vrec.RowMoreLikeThis, SeedID: "c"}}
	plain := must(engine.Home(background, query))
	equal(t, plain[0].Items[0].Recommendation.ID, "e2")
	query.Query.Rules = []vrec.Rule{{Action: vrec.RuleBoost, ID: "e2"}}
	boosted := must(engine.Home(background, query))
	equal(t, boosted[0].Items[0].Recommendation.Score > plain[0].Items[0].Recommendation.Score, true)
}

func TestAHomeScreenHasTheRowsThatAreAskedFor(t *testing.T) {
	engine := newHouse(t)
	query := vrec.HomeQuery{Query: vrec.Query{Now: time.Now()}}
	query.Rows = []vrec.RowQuery{{Kind: vrec.RowMoreLikeThis, SeedID: "c"}, {Kind: vrec.RowExplore, Size: 1}}
	rows := must(engine.Home(background, query))
	equal(t, len(rows), 2)
	equal(t, rows[0].SeedTitle, "title of c")
	equal(t, rows[0].Items[0].Recommendation.ID, "e2")
	equal(t, len(rows[1].Items), 1)
	query.Rows[0].SeedID = "nobody"
	_, err := engine.Home(background, query)
	fails(t, err, vrec.ErrNotFound, "rows[0]")
	query.Rows[1].Size = -1
	_, err = engine.Home(background, query)
	fails(t, err, vrec.ErrInvalidArgument, "Rows[1].Size")
	_, err = engine.Home(background, vrec.HomeQuery{Query: vrec.Query{Now: time.Now()}, RowSize: 41})
	fails(t, err, vrec.ErrLimit, "row_size")
	_, err = engine.Home(background, vrec.HomeQuery{})
	fails(t, err, vrec.ErrInvalidArgument, "now_utc_ms")
}
