package vrec_test

import (
	"context"
	"fmt"
	"log"

	"vrec"
)

// Videos that bring their vectors need no model.
func ExampleEngine() {
	engine, err := vrec.New(vrec.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer engine.Close()
	ctx := context.Background()
	err = engine.AddVideos(ctx, []vrec.Video{
		{ID: "ai", Title: "人工智能入门", Vector: []float32{1, 0}},
		{ID: "vision", Title: "计算机视觉入门", Vector: []float32{0.9, 0.1}},
		{ID: "bread", Title: "How to bake bread", Vector: []float32{0, 1}},
	})
	if err != nil {
		log.Fatal(err)
	}
	if err := engine.Record(vrec.Event{Kind: vrec.EventComplete, VideoID: "ai"}); err != nil {
		log.Fatal(err)
	}
	list, err := engine.Recommend(ctx, vrec.Query{Limit: 1})
	if err != nil {
		log.Fatal(err)
	}
	for _, item := range list {
		fmt.Println(item.Title, "because of", item.BecauseID)
	}
	// Output: 计算机视觉入门 because of ai
}
