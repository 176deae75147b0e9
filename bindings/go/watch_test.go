package vrec_test

import (
	"fmt"
	"testing"
	"time"

	"vrec"
)

func episode(number uint32) vrec.Video {
	id := fmt.Sprintf("e%d", number)
	return vrec.Video{
		ID: id, Title: "title of " + id, Vector: []float32{1, float32(number)}, Kind: vrec.KindEpisode,
		SeriesID: "s", SeasonNumber: 1, EpisodeNumber: number, Duration: time.Hour, CreditsStart: 50 * time.Minute,
	}
}

func watched(t *testing.T, engine *vrec.Engine, kind vrec.EventKind, id string, position time.Duration) {
	t.Helper()
	event := vrec.Event{Kind: kind, VideoID: id, Position: position, Time: time.UnixMilli(1_700_000_000_000)}
	succeed(t, engine.Record(event))
}

func TestWhatIsNextFollowsWhatWasWatched(t *testing.T) {
	engine := newEngine(t, vrec.Options{})
	film := vrec.Video{ID: "film", Vector: []float32{1, 0}, Kind: vrec.KindMovie, Duration: 2 * time.Hour}
	succeed(t, engine.AddVideos(background, []vrec.Video{film, episode(1), episode(2)}))
	query := vrec.Query{Now: time.Now()}
	equal(t, len(must(engine.WatchNext(background, query))), 0)

	watched(t, engine, vrec.EventStop, "film", 10*time.Minute)
	watched(t, engine, vrec.EventStop, "e1", 50*time.Minute)
	cards := must(engine.WatchNext(background, query))
	equal(t, len(cards), 2)
	at := time.UnixMilli(1_700_000_000_000)
	equal(t, cards[0], vrec.WatchCard{
		ID: "e2", Title: "title of e2", Kind: vrec.WatchNext, Duration: time.Hour, SeriesID: "s", SeasonNumber: 1,
		EpisodeNumber: 2, Engaged: at,
	})
	equal(t, cards[1], vrec.WatchCard{
		ID: "film", Kind: vrec.WatchContinue, Position: 10 * time.Minute, Duration: 2 * time.Hour, Engaged: at,
	})

	query.Filter = &vrec.Filter{Kinds: []vrec.Kind{vrec.KindMovie}}
	equal(t, must(engine.WatchNext(background, query))[0].ID, "film")
	query.Filter, query.Exclude = nil, []string{"film"}
	equal(t, must(engine.WatchNext(background, query))[0].ID, "e2")

	watched(t, engine, vrec.EventComplete, "e2", 0)
	equal(t, len(must(engine.WatchNext(background, query))), 0)
	succeed(t, engine.AddVideo(background, episode(3)))
	equal(t, must(engine.WatchNext(background, query))[0].Kind, vrec.WatchNew)
	watched(t, engine, vrec.EventUnwatch, "e2", 0)
	equal(t, must(engine.WatchNext(background, query))[0].ID, "e2")

	_, err := engine.WatchNext(background, vrec.Query{})
	fails(t, err, vrec.ErrInvalidArgument, "now_utc_ms")
	_, err = engine.WatchNext(background, vrec.Query{Limit: -1})
	fails(t, err, vrec.ErrInvalidArgument, "Limit")
}

func TestThresholdsOfWatchingAreOptions(t *testing.T) {
	engine := newEngine(t, vrec.Options{EpisodeStarted: time.Minute, FinishedShare: 0.5})
	succeed(t, engine.AddVideos(background, []vrec.Video{episode(1), episode(2)}))
	query := vrec.Query{Now: time.Now()}
	watched(t, engine, vrec.EventStop, "e1", time.Minute)
	equal(t, len(must(engine.WatchNext(background, query))), 0)
	watched(t, engine, vrec.EventStop, "e1", time.Minute+time.Millisecond)
	equal(t, must(engine.WatchNext(background, query))[0].Kind, vrec.WatchContinue)
	watched(t, engine, vrec.EventStop, "e1", 30*time.Minute)
	equal(t, must(engine.WatchNext(background, query))[0].Kind, vrec.WatchNext)
	_, err := vrec.New(vrec.Options{FilmStartedShare: 2})
	fails(t, err, vrec.ErrInvalidArgument, "film_started_share")
	err = engine.AddVideo(background, vrec.Video{ID: "v", Vector: []float32{1, 1}, Duration: -time.Second})
	fails(t, err, vrec.ErrInvalidArgument, "duration_ms")
}
