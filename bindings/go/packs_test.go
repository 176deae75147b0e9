package vrec_test

import (
	"context"
	"crypto/ed25519"
	"encoding/binary"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"testing"
	"time"

	"vrec"
)

// packOptions let lists count what everyone watched next.
func packOptions() vrec.Options {
	return vrec.Options{FeatureWeights: []vrec.FeatureWeight{
		{Feature: vrec.FeatureTransitions, Weight: 1},
		{Feature: vrec.FeaturePopularity, Weight: 1},
	}}
}

func addNumbered(t *testing.T, engine *vrec.Engine) {
	t.Helper()
	for number := 0; number < 8; number++ {
		id := fmt.Sprintf("v%d", number)
		succeed(t, engine.AddVideo(context.Background(), vrec.Video{ID: id, Title: id, Vector: []float32{1, float32(number)}}))
	}
}

func watchOf(profile string, number int) vrec.Event {
	at := time.UnixMilli(1_700_000_000_000 + int64(number))
	return vrec.Event{Kind: vrec.EventComplete, Profile: profile, VideoID: fmt.Sprintf("v%d", number), Time: at}
}

// service has profiles that watch a video and the next one.
func service(t *testing.T) *vrec.Engine {
	t.Helper()
	engine := newEngine(t, packOptions())
	addNumbered(t, engine)
	for profile := 0; profile < 40; profile++ {
		for at := 0; at < 4; at++ {
			succeed(t, engine.Record(watchOf(fmt.Sprintf("p%d", profile), (profile%4+at)%8)))
		}
	}
	return engine
}

func TestAPackIsMadeDescribedTakenAndGivenBack(t *testing.T) {
	ctx := context.Background()
	public, private, err := ed25519.GenerateKey(nil)
	succeed(t, err)
	first, second := filepath.Join(t.TempDir(), "1.pack"), filepath.Join(t.TempDir(), "2.pack")
	made := service(t)
	created := time.UnixMilli(1_700_000_000_000).UTC()
	export := vrec.PackExport{Path: first, Line: "films", Number: 1, Created: created, SigningKey: private}
	succeed(t, made.ExportPack(ctx, export))
	export.Path, export.Number, export.BasePath = second, 2, first
	succeed(t, made.ExportPack(ctx, export))

	engine := newEngine(t, packOptions())
	addNumbered(t, engine)
	succeed(t, engine.Record(watchOf("home", 1)))
	_, err = engine.Pack()
	fails(t, err, vrec.ErrNotFound, "no pack is in use")
	trusted := []ed25519.PublicKey{public}
	told := must(engine.PackIn(vrec.PackImport{Path: second, TrustedKeys: trusted}))
	equal(t, told.BaseNumber, 1)
	equal(t, told.HomeShare, 0)
	fails(t, engine.ImportPack(ctx, vrec.PackImport{Path: second, TrustedKeys: trusted}), vrec.ErrBase, "there is none")
	succeed(t, engine.ImportPack(ctx, vrec.PackImport{Path: first, TrustedKeys: trusted}))
	list := must(engine.Recommend(ctx, vrec.Query{Profile: "home", Ranking: vrec.RankingBlend}))
	equal(t, list[0].ID, "v2")
	data := must(os.ReadFile(second))
	succeed(t, engine.ImportPack(ctx, vrec.PackImport{Data: data, TrustedKeys: trusted, Line: "films"}))
	told = must(engine.Pack())
	equal(t, told.Line, "films")
	equal(t, told.Number, 2)
	equal(t, told.BeforeNumber, 1)
	equal(t, told.Created, created)
	equal(t, told.Videos, 8)
	equal(t, told.HomeShare, 0.008)
	equal(t, string(told.Key), string(public))
	fails(t, engine.ImportPack(ctx, vrec.PackImport{Path: first, TrustedKeys: trusted}), vrec.ErrOlder, "number 2 is in use")
	succeed(t, engine.RevertPack(ctx))
	equal(t, must(engine.Pack()).Number, 1)
	ended, end := context.WithCancel(ctx)
	end()
	fails(t, engine.RevertPack(ended), vrec.ErrCancelled, "")
	succeed(t, engine.RevertPack(ctx))
	fails(t, engine.RevertPack(ctx), vrec.ErrNotFound, "no pack is in use")
}

// The signature is what Go's own Ed25519 takes for one, over the bytes that docs/packs.md names.
func TestAPacksSignatureIsEd25519(t *testing.T) {
	ctx := context.Background()
	public, private, err := ed25519.GenerateKey(nil)
	succeed(t, err)
	path := filepath.Join(t.TempDir(), "1.pack")
	made := service(t)
	succeed(t, made.ExportPack(ctx, vrec.PackExport{Path: path, Line: "films", Number: 1, SigningKey: private}))
	pack := must(os.ReadFile(path))
	equal(t, string(pack[:8]), "vrecpack")
	equal(t, binary.LittleEndian.Uint32(pack[8:]), 2)
	length := binary.LittleEndian.Uint32(pack[12:])
	signed := append(append([]byte(nil), pack[:16]...), pack[80:80+length]...)
	equal(t, ed25519.Verify(public, signed, pack[16:80]), true)

	other, _, err := ed25519.GenerateKey(nil)
	succeed(t, err)
	fails(t, made.ImportPack(ctx, vrec.PackImport{Path: path, TrustedKeys: []ed25519.PublicKey{other}}), vrec.ErrSignature,
		"none of the 1 trusted keys")
	fails(t, made.ImportPack(ctx, vrec.PackImport{Path: path}), vrec.ErrInvalidArgument, "trusted_keys")
	short := []ed25519.PublicKey{public[:31]}
	fails(t, made.ImportPack(ctx, vrec.PackImport{Path: path, TrustedKeys: short}), vrec.ErrInvalidArgument, "trusted_keys[0]")
	fails(t, made.ExportPack(ctx, vrec.PackExport{Path: path, Line: "films", Number: 2}), vrec.ErrInvalidArgument,
		"signing_key")
	for name, sizes := range map[string]vrec.PackExport{
		"transitions_per_item": {TransitionsPerItem: 10_001}, "pairs_per_item": {PairsPerItem: 10_001},
		"weights_per_item": {WeightsPerItem: 10_001},
	} {
		sizes.Path, sizes.Line, sizes.Number, sizes.SigningKey = path, "films", 2, private
		fails(t, made.ExportPack(ctx, sizes), vrec.ErrInvalidArgument, name+" is 10001, not within 1 to 10000")
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	fails(t, made.ImportPack(cancelled, vrec.PackImport{Path: path, TrustedKeys: []ed25519.PublicKey{public}}),
		vrec.ErrCancelled, "")
}

// inOrder has users who go by the numbers of thirty videos, but for those that they leave out.
func inOrder(t *testing.T, users int) *vrec.Engine {
	t.Helper()
	engine := newEngine(t, vrec.Options{FeatureWeights: []vrec.FeatureWeight{
		{Feature: vrec.FeatureTransitions, Weight: 0.1},
		{Feature: vrec.FeatureItemNeighbours, Weight: 1},
	}})
	addThirty(t, engine)
	drawn := rand.New(rand.NewSource(1))
	for user := 0; user < users; user++ {
		number := user * 7
		for place := 0; place < 12; place++ {
			event := watchOf(fmt.Sprintf("p%d", user), number%30)
			event.Time = time.UnixMilli(1_700_000_000_000).Add(time.Duration(place) * time.Hour)
			succeed(t, engine.Record(event))
			number += 1 + drawn.Intn(3)
		}
	}
	return engine
}

func addThirty(t *testing.T, engine *vrec.Engine) {
	t.Helper()
	for number := 0; number < 30; number++ {
		video := vrec.Video{ID: fmt.Sprintf("v%d", number), Vector: []float32{1, float32(number)}}
		succeed(t, engine.AddVideo(context.Background(), video))
	}
}

func TestWeightsAreLearnedAndAPackTakesThem(t *testing.T) {
	ctx := context.Background()
	kept := must(inOrder(t, 5).LearnWeights(ctx, vrec.TrainOptions{}))
	equal(t, kept.Outcome, vrec.WeightsTooFew)
	equal(t, fmt.Sprint(kept.Weights), fmt.Sprint([]vrec.FeatureWeight{
		{Feature: vrec.FeatureTransitions, Weight: 0.1},
		{Feature: vrec.FeatureItemNeighbours, Weight: 1},
	}))

	made := inOrder(t, 52)
	learned := must(made.LearnWeights(ctx, vrec.TrainOptions{Threads: 2}))
	equal(t, learned.Outcome, vrec.WeightsLearned)
	weights := map[vrec.Feature]float32{}
	for _, entry := range learned.Weights {
		weights[entry.Feature] = entry.Weight
	}
	if weights[vrec.FeatureTransitions] <= 0.2*weights[vrec.FeatureItemNeighbours] {
		t.Fatalf("transitions came to count too little: %v", learned)
	}
	if learned.Gain <= learned.PlusMinus || learned.NDCGAfter <= learned.NDCGBefore ||
		learned.ChoosingLists < 100 || learned.ConfirmingLists < 100 {
		t.Fatalf("learned by chance: %v", learned)
	}
	_, err := made.LearnWeights(ctx, vrec.TrainOptions{Threads: 65})
	fails(t, err, vrec.ErrLimit, "64")
	_, err = made.LearnWeights(ctx, vrec.TrainOptions{MemoryLimitBytes: 1000})
	fails(t, err, vrec.ErrMemoryLimit, "1000")
	ended, end := context.WithCancel(ctx)
	end()
	_, err = made.LearnWeights(ended, vrec.TrainOptions{})
	fails(t, err, vrec.ErrCancelled, "")

	public, private, err := ed25519.GenerateKey(nil)
	succeed(t, err)
	export := vrec.PackExport{Path: filepath.Join(t.TempDir(), "1.pack"), Line: "films", Number: 1, SigningKey: private}
	export.FeatureWeights = learned.Weights
	succeed(t, made.ExportPack(ctx, export))
	set := newEngine(t, vrec.Options{})
	addThirty(t, set)
	succeed(t, set.ImportPack(ctx, vrec.PackImport{Path: export.Path, TrustedKeys: []ed25519.PublicKey{public}}))
	succeed(t, set.Record(watchOf("home", 10)))
	query := vrec.Query{Profile: "home", Ranking: vrec.RankingBlend}
	packed := must(set.Recommend(ctx, query))
	query.FeatureWeights = learned.Weights
	said := must(set.Recommend(ctx, query))
	equal(t, len(packed), len(said))
	for place := range said {
		equal(t, packed[place].ID, said[place].ID)
		equal(t, packed[place].Score, said[place].Score)
	}
	_, err = set.LearnWeights(ctx, vrec.TrainOptions{})
	fails(t, err, vrec.ErrInvalidArgument, "pack in use")
	export.FeatureWeights = append(export.FeatureWeights, export.FeatureWeights[0])
	fails(t, made.ExportPack(ctx, export), vrec.ErrInvalidArgument, "stands there twice")
}
