package vrec_test

import (
	"math"
	"testing"

	"vrec"
)

func reasonsHouse(t *testing.T) *vrec.Engine {
	t.Helper()
	engine := newEngine(t, vrec.Options{})
	succeed(t, engine.AddVideos(background, []vrec.Video{
		{ID: "robots", Title: "Robots", Vector: []float32{1, 0}},
		{ID: "brains", Title: "深度学习基础", Vector: []float32{1, 0.5}, MinAge: 18},
		{ID: "yoga", Vector: []float32{0, 1}},
	}))
	succeed(t, engine.Record(vrec.Event{Kind: vrec.EventComplete, VideoID: "robots"}))
	return engine
}

func sumsTo(t *testing.T, reasons []vrec.Reason, score float32) {
	t.Helper()
	sum := 0.0
	for _, reason := range reasons {
		sum += float64(reason.Weight)
	}
	if math.Abs(sum-float64(score)) > 1e-5 {
		t.Errorf("reasons sum to %v, the score is %v", sum, score)
	}
}

func TestReasonsSumToTheScore(t *testing.T) {
	engine := reasonsHouse(t)
	equal(t, len(must(engine.Recommend(background, vrec.Query{}))[0].Reasons), 0)
	for _, ranking := range []vrec.Ranking{vrec.RankingTaste, vrec.RankingBlend} {
		list := must(engine.Recommend(background, vrec.Query{Ranking: ranking, Reasons: true}))
		equal(t, len(list), 2)
		for _, item := range list {
			sumsTo(t, item.Reasons, item.Score)
		}
		first := list[0].Reasons[0]
		equal(t, first, vrec.Reason{
			Kind: vrec.ReasonTaste, Weight: first.Weight, EvidenceID: "robots", EvidenceText: "Robots",
			English: "Because you watched “Robots”", Chinese: "因为你看过《Robots》",
		})
	}
	similar := must(engine.Similar(background, "yoga", vrec.Query{Reasons: true}))
	equal(t, similar[0].Reasons[0].Kind, vrec.ReasonSimilar)
}

func TestAnyVideoIsExplained(t *testing.T) {
	engine := reasonsHouse(t)
	listed := must(engine.Explain(background, "yoga", vrec.Query{}))
	equal(t, listed.Rank, uint64(2))
	equal(t, listed.Allowed, uint64(2))
	equal(t, listed.HasScore, true)
	sumsTo(t, listed.Reasons, listed.Score)

	query := vrec.Query{Filter: &vrec.Filter{ViewerAge: 12}, Ranking: vrec.RankingBlend}
	blocked := must(engine.Explain(background, "brains", query))
	equal(t, blocked.Title, "深度学习基础")
	equal(t, blocked.Rank, uint64(0))
	equal(t, len(blocked.Blocks), 1)
	equal(t, blocked.Blocks[0], vrec.Block{
		Kind: vrec.BlockedAge, Found: 18, Asked: 12,
		English: "Blocked: for ages from 18, the viewer's limit is 12", Chinese: "已屏蔽：适合18岁及以上，观众年龄上限为12岁",
	})
	sumsTo(t, blocked.Reasons, blocked.Score)
	equal(t, must(engine.Explain(background, "yoga", vrec.Query{Profile: "nobody"})).Blocks[0].Kind, vrec.BlockedNoTaste)
	_, err := engine.Explain(background, "nowhere", vrec.Query{})
	fails(t, err, vrec.ErrNotFound, "nowhere")
	_, err = engine.Explain(background, "yoga", vrec.Query{Limit: -1})
	fails(t, err, vrec.ErrInvalidArgument, "Limit")
}
