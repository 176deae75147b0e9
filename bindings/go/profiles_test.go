package vrec_test

import (
	"path/filepath"
	"testing"
	"time"

	"vrec"
)

func TestAHouseholdHasProfilesOfEveryKind(t *testing.T) {
	options := vrec.Options{StorePath: filepath.Join(t.TempDir(), "store")}
	engine := newEngine(t, options)
	equal(t, len(must(engine.Profiles())), 0)
	created := []vrec.Profile{
		{ID: "zoe", Kind: vrec.ProfileAdult},
		{ID: "mia", Name: "米娅", Kind: vrec.ProfileTeen},
		{ID: "tom", Name: "Tom", Kind: vrec.ProfileChild, AgeLimit: 6},
		{ID: "all", Name: "Everyone", Kind: vrec.ProfileEveryone},
		{ID: "visitor", Name: "Guest", Kind: vrec.ProfileGuest, AgeLimit: vrec.AgeLimitNone},
	}
	for _, profile := range created {
		succeed(t, engine.CreateProfile(profile))
	}
	succeed(t, engine.SwitchProfile("mia"))
	listed := must(engine.Profiles())
	limits := []int{vrec.AgeLimitNone, 16, 6, 6, vrec.AgeLimitNone}
	for i, profile := range created {
		if profile.Name == "" {
			profile.Name = profile.ID
		}
		profile.AgeLimit, profile.IsCurrent = limits[i], profile.ID == "mia"
		equal(t, listed[i], profile)
	}
	fails(t, engine.CreateProfile(vrec.Profile{ID: "mia", Kind: vrec.ProfileAdult}), vrec.ErrInvalidArgument, "mia")
	fails(t, engine.CreateProfile(vrec.Profile{ID: "kim"}), vrec.ErrInvalidArgument, "kind")
	err := engine.CreateProfile(vrec.Profile{ID: "kim", Kind: vrec.ProfileChild, AgeLimit: vrec.AgeLimitNone})
	fails(t, err, vrec.ErrInvalidArgument, "age_limit")

	succeed(t, engine.Close())
	engine = newEngine(t, options)
	equal(t, len(must(engine.Profiles())), 4)
	equal(t, must(engine.Profiles())[1], vrec.Profile{
		ID: "mia", Name: "米娅", Kind: vrec.ProfileTeen, AgeLimit: 16, IsCurrent: true,
	})
	succeed(t, engine.RenameProfile("tom", "Tommy"))
	succeed(t, engine.SetProfileKind("tom", vrec.ProfileTeen, 0))
	equal(t, must(engine.Profiles())[2], vrec.Profile{ID: "tom", Name: "Tommy", Kind: vrec.ProfileTeen, AgeLimit: 16})
	fails(t, engine.RenameProfile("tom", " "), vrec.ErrInvalidArgument, "name")
	fails(t, engine.SetProfileKind("tom", vrec.ProfileGuest, 0), vrec.ErrInvalidArgument, "guest")
	succeed(t, engine.ForgetProfile("tom"))
	equal(t, len(must(engine.Profiles())), 3)
	fails(t, engine.SwitchProfile("tom"), vrec.ErrNotFound, "tom")
}

func TestListsKeepTheAgeLimitOfAProfile(t *testing.T) {
	engine := newEngine(t, vrec.Options{})
	aged := func(id string, age int) vrec.Video {
		return vrec.Video{ID: id, Title: "Story " + id, Vector: []float32{1, float32(len(id))}, MinAge: age, Duration: time.Hour}
	}
	videos := []vrec.Video{aged("seed", vrec.MinAgeNone), aged("young", 6), aged("old-one", 18), aged("unknown", 0)}
	succeed(t, engine.AddVideos(background, videos))
	succeed(t, engine.CreateProfile(vrec.Profile{ID: "tom", Kind: vrec.ProfileChild}))
	err := engine.Record(vrec.Event{Kind: vrec.EventLike, VideoID: "seed", Profile: "nobody"})
	fails(t, err, vrec.ErrNotFound, "nobody")
	fails(t, engine.Record(vrec.Event{Kind: vrec.EventLike, VideoID: "seed"}), vrec.ErrNotFound, "current")
	succeed(t, engine.SwitchProfile("tom"))
	for _, video := range videos {
		succeed(t, engine.Record(vrec.Event{Kind: vrec.EventLike, VideoID: video.ID}))
		watched(t, engine, vrec.EventStop, video.ID, 30*time.Minute)
	}
	query := vrec.Query{Watched: vrec.WatchedInclude, Now: time.Now(), SearchWays: vrec.SearchTitles}
	equal(t, len(must(engine.Recommend(background, query))), 2)
	equal(t, must(engine.Similar(background, "seed", query))[0].ID, "young")
	equal(t, len(must(engine.Similar(background, "seed", query))), 1)
	equal(t, len(must(engine.Search(background, "story", query))), 2)
	equal(t, len(must(engine.WatchNext(background, query))), 2)
	_, err = engine.Recommend(background, vrec.Query{Profile: "nobody"})
	fails(t, err, vrec.ErrNotFound, "nobody")
}
