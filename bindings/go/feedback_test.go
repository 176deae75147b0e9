package vrec_test

import (
	"testing"
	"time"

	"vrec"
)

var today = time.UnixMilli(1_700_000_000_000)

func told(t *testing.T, engine *vrec.Engine, kind vrec.EventKind, id string) {
	t.Helper()
	succeed(t, engine.Record(vrec.Event{Kind: kind, VideoID: id, Time: today}))
}

// withSeries has an episode near what was seen, and three videos farther off.
func withSeries(t *testing.T) *vrec.Engine {
	t.Helper()
	engine := newEngine(t, vrec.Options{})
	first := vrec.Video{ID: "first", Vector: []float32{1, 0.05, 0}, SeriesID: "s"}
	succeed(t, engine.AddVideos(background, []vrec.Video{
		video("seen", 1, 0, 0), first, video("near", 1, 0.3, 0), video("far", 0, 1, 0), video("farther", -1, 0.2, 0),
	}))
	told(t, engine, vrec.EventComplete, "seen")
	return engine
}

func recommended(t *testing.T, engine *vrec.Engine, query vrec.Query) string {
	t.Helper()
	if query.Now.IsZero() {
		query.Now = today
	}
	list := ""
	for _, item := range must(engine.Recommend(background, query)) {
		list += " " + item.ID
	}
	return list
}

func TestAHiddenSeriesAndASnoozedVideoAreInNoList(t *testing.T) {
	engine := withSeries(t)
	equal(t, recommended(t, engine, vrec.Query{}), " first near far farther")
	told(t, engine, vrec.EventHideSeries, "first")
	tomorrow := today.Add(24 * time.Hour)
	snooze := vrec.Event{Kind: vrec.EventSnooze, VideoID: "far", Time: today, Until: tomorrow}
	succeed(t, engine.Record(snooze))
	equal(t, recommended(t, engine, vrec.Query{}), " near farther")
	equal(t, recommended(t, engine, vrec.Query{Now: tomorrow}), " near far farther")
	told(t, engine, vrec.EventUnhideSeries, "first")
	equal(t, recommended(t, engine, vrec.Query{Now: tomorrow}), " first near far farther")
	snooze.Until = time.Time{}
	fails(t, engine.Record(snooze), vrec.ErrInvalidArgument, "until_utc_ms")
	err := engine.Record(vrec.Event{Kind: vrec.EventHideSeries, VideoID: "near"})
	fails(t, err, vrec.ErrInvalidArgument, "belongs to no series")
}

func TestAHiddenSeedInspiresNothing(t *testing.T) {
	engine := withSeries(t)
	told(t, engine, vrec.EventHideSeed, "seen")
	equal(t, recommended(t, engine, vrec.Query{}), "")
	told(t, engine, vrec.EventUnhideSeed, "seen")
	equal(t, recommended(t, engine, vrec.Query{}), " first near far farther")
}

func TestWhatIsShownAgainAndAgainSinks(t *testing.T) {
	engine := withSeries(t)
	for i := 0; i < 5; i++ {
		told(t, engine, vrec.EventImpression, "first")
	}
	equal(t, recommended(t, engine, vrec.Query{}), " near first far farther")
	equal(t, recommended(t, engine, vrec.Query{ImpressionStrength: -1}), " first near far farther")
	faded := vrec.Query{ImpressionHalfLife: time.Hour, Now: today.Add(24 * time.Hour)}
	equal(t, recommended(t, engine, faded), " first near far farther")
	_, err := engine.Recommend(background, vrec.Query{ImpressionStrength: 101})
	fails(t, err, vrec.ErrInvalidArgument, "impression_strength")
}

func TestRulesPinBoostAndBury(t *testing.T) {
	engine := withSeries(t)
	query := vrec.Query{RuleBudget: 4, Rules: []vrec.Rule{
		{Action: vrec.RulePin, ID: "farther", Position: 1},
		{Action: vrec.RuleBury, Target: vrec.RuleTargetSeries, ID: "s", Amount: 5},
		{Action: vrec.RuleBoost, Target: vrec.RuleTargetTag, ID: "no such tag"},
	}}
	equal(t, recommended(t, engine, query), " farther near far first")
	query.RotationSeed = 20410
	equal(t, recommended(t, engine, query), recommended(t, engine, query))
	query.Rules[1].Position = 2
	_, err := engine.Recommend(background, query)
	fails(t, err, vrec.ErrInvalidArgument, "rules[1]: position is 2")
	query.Rules[1].Position = -1
	_, err = engine.Recommend(background, query)
	fails(t, err, vrec.ErrInvalidArgument, "Position")
	_, err = engine.Recommend(background, vrec.Query{RuleBudget: -1})
	fails(t, err, vrec.ErrInvalidArgument, "RuleBudget")
}
