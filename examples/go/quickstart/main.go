// Quickstart watches two videos and prints recommendations with their reasons.
//
//	go run -tags vrec_dev ./quickstart MODEL_FOLDER LIBONNXRUNTIME
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"vrec"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatalf("usage: %s MODEL_FOLDER LIBONNXRUNTIME", os.Args[0])
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		log.Fatal(err)
	}
}

func run(model, runtimeLibrary string) error {
	model, err := filepath.Abs(model)
	if err != nil {
		return err
	}
	runtimeLibrary, err = filepath.Abs(runtimeLibrary)
	if err != nil {
		return err
	}
	engine, err := vrec.New(vrec.Options{ModelPath: model, RuntimePath: runtimeLibrary})
	if err != nil {
		return err
	}
	defer engine.Close()

	ctx := context.Background()
	err = engine.AddVideos(ctx, []vrec.Video{
		{ID: "ai", Title: "人工智能入门"},
		{ID: "deep", Title: "深度学习基础"},
		{ID: "vision", Title: "计算机视觉入门"},
		{ID: "noodles", Title: "家常面条的做法"},
		{ID: "yoga", Title: "零基础瑜伽"},
		{ID: "bread", Title: "How to bake sourdough bread"},
		{ID: "robots", Title: "Build a robot that sees"},
		{ID: "guitar", Title: "Guitar lessons for beginners"},
	})
	if err != nil {
		return err
	}
	for _, id := range []string{"ai", "deep"} {
		if err := engine.Record(vrec.Event{Kind: vrec.EventComplete, VideoID: id}); err != nil {
			return err
		}
	}

	list, err := engine.Recommend(ctx, vrec.Query{Limit: 3})
	if err != nil {
		return err
	}
	fmt.Println("Watched 人工智能入门 and 深度学习基础. Next:")
	for _, item := range list {
		fmt.Printf("  %+.2f  %-8s %s  <- %s\n", item.Score, item.ID, item.Title, item.BecauseID)
	}
	return nil
}
