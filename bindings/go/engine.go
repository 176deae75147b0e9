package vrec

// #include <stdlib.h>
// #include "native.h"
import "C"

import (
	"context"
	"runtime"
	"runtime/cgo"
	"sync"
	"unsafe"
)

// Engine is an engine in memory: a catalogue of videos, the profiles that watch them, and what is
// known of both. Made by [New]; must not be copied.
type Engine struct {
	mutex sync.Mutex
	// nil once closed.
	handle *C.vrec_engine
	// Calls that are running: the last one of a closed engine frees it.
	running int
	closed  bool
	// 0 without a log function.
	log cgo.Handle
	// Contents of model files, in C's memory.
	files []unsafe.Pointer
}

// New makes an engine. It should be closed when it is not used any more; one that is merely dropped
// is freed some time later by the garbage collector.
//
// A model whose manifest cannot be read is no failure: the engine works with vectors the host
// brings, a warning is logged, Statistics tells, and every call that needs the model returns the
// reason. LoadEncoder tells at once whether the model is usable.
//
// Errors: ErrABI, ErrInvalidArgument, ErrLimit, ErrUTF8, ErrReentrant; for a store that does not open ErrKey,
// ErrCorrupt, ErrBusy, ErrIO, ErrDiskFull, ErrReadOnly.
func New(options Options) (*Engine, error) {
	if C.vrec_go_abi_check() != C.VREC_OK {
		return nil, &Error{Code: ErrABI, Message: "the loaded library has another ABI than this package was compiled for"}
	}
	given, err := numbers(&options)
	if err != nil {
		return nil, err
	}
	var packed packer
	model, runtimeLibrary := packed.span(options.ModelPath), packed.span(options.RuntimePath)
	store := C.vrec_go_store{path: packed.span(options.StorePath), device_key: packed.span(string(options.DeviceKey))}
	providers, err := packed.providers(options.Providers)
	if err != nil {
		return nil, err
	}
	engine := &Engine{}
	var files []C.vrec_go_model_file
	files, engine.files = packed.modelFiles(options.ModelFiles)
	given.provider_count, given.model_file_count = C.size_t(len(providers)), C.size_t(len(files))
	weights := featureWeights(options.FeatureWeights)
	given.feature_weight_count = C.size_t(len(weights))
	if options.Log != nil {
		engine.log = cgo.NewHandle(options.Log)
	}
	var failed *C.vrec_error
	status := C.vrec_go_create(given, packed.bytes(), packed.offsets(), model, runtimeLibrary, store,
		start(providers), start(files), start(weights), C.uintptr_t(engine.log), &engine.handle, &failed)
	if err := failure(status, failed); err != nil {
		engine.free()
		return nil, err
	}
	runtime.SetFinalizer(engine, func(dropped *Engine) { dropped.free() })
	return engine, nil
}

// numbers is what the options hold beside texts and lists.
func numbers(options *Options) (given C.vrec_options, err error) {
	for _, field := range []struct {
		name  string
		value int
		given *C.uint32_t
	}{
		{"Dimensions", options.Dimensions, &given.dimensions},
		{"Threads", options.Threads, &given.threads},
		{"InterOpThreads", options.InterOpThreads, &given.inter_op_threads},
		{"TokensPerRun", options.TokensPerRun, &given.tokens_per_run},
		{"SearchThreads", options.SearchThreads, &given.search_threads},
		{"StoreWaitingEvents", options.StoreWaitingEvents, &given.store_waiting_events},
	} {
		if *field.given, err = count(field.name, field.value); err != nil {
			return given, err
		}
	}
	given.memory_limit_bytes = C.uint64_t(options.MemoryLimitBytes)
	given.title_weight = C.float(options.TitleWeight)
	given.description_weight = C.float(options.DescriptionWeight)
	given.tags_weight = C.float(options.TagsWeight)
	given.comments_weight = C.float(options.CommentsWeight)
	given.log_level = C.int32_t(options.LogLevel)
	given.backend = C.int32_t(options.Backend)
	given.embedding_cache_bytes = C.uint64_t(options.EmbeddingCacheBytes)
	given.background_embedding = flag(options.BackgroundEmbedding)
	given.instruction_set = C.int32_t(options.InstructionSet)
	given.exact_values = C.int32_t(options.ExactValues)
	given.metric = C.int32_t(options.Metric)
	given.centre_vectors = flag(options.CentreVectors)
	given.sign_stage = flag(options.SignStage)
	given.store_read_only = flag(options.StoreReadOnly)
	given.store_quarantine = flag(options.StoreQuarantine)
	given.commit_thread = flag(options.CommitThread)
	given.film_started_share = C.float(options.FilmStartedShare)
	given.finished_share = C.float(options.FinishedShare)
	given.film_started_ms = milliseconds(options.FilmStarted)
	given.episode_started_ms = milliseconds(options.EpisodeStarted)
	given.live_started_ms = milliseconds(options.LiveStarted)
	given.finished_remaining_ms = milliseconds(options.FinishedRemaining)
	return given, nil
}

// Close gives the engine up. Calls that are running on other goroutines go on to their end, the last
// of which frees the memory; every later call returns ErrClosed. Closing again does nothing. The
// error is always nil.
func (e *Engine) Close() error {
	if e == nil {
		return nil
	}
	e.mutex.Lock()
	e.closed = true
	last := e.running == 0
	e.mutex.Unlock()
	if last {
		e.free()
	}
	return nil
}

// enter gives the handle for one call, to be followed by leave.
func (e *Engine) enter() (*C.vrec_engine, error) {
	if e == nil {
		return nil, ErrClosed
	}
	e.mutex.Lock()
	defer e.mutex.Unlock()
	if e.closed || e.handle == nil {
		return nil, ErrClosed
	}
	e.running++
	return e.handle, nil
}

func (e *Engine) leave() {
	e.mutex.Lock()
	e.running--
	last := e.closed && e.running == 0
	e.mutex.Unlock()
	if last {
		e.free()
	}
}

// free destroys the handle, if there is one, when no call is running.
func (e *Engine) free() {
	e.mutex.Lock()
	handle, log, files := e.handle, e.log, e.files
	e.handle, e.log, e.files = nil, 0, nil
	e.mutex.Unlock()
	if handle != nil {
		runtime.SetFinalizer(e, nil)
		// On a thread that is surely in no callback of the library: Close may be called from a log
		// function, where vrec_destroy does nothing.
		done := make(chan struct{})
		go func() {
			defer close(done)
			C.vrec_destroy(handle)
		}()
		<-done
	}
	if log != 0 {
		log.Delete()
	}
	for _, file := range files {
		C.free(file)
	}
}

// call runs a function of the library that is over soon.
func (e *Engine) call(function func(engine *C.vrec_engine, failed **C.vrec_error) C.int32_t) error {
	engine, err := e.enter()
	if err != nil {
		return err
	}
	defer e.leave()
	var failed *C.vrec_error
	return failure(function(engine, &failed), failed)
}

// callWithin runs a function of the library that can take long, until ctx ends.
func (e *Engine) callWithin(
	ctx context.Context,
	function func(engine *C.vrec_engine, bounds C.vrec_go_bounds, failed **C.vrec_error) C.int32_t,
) error {
	if ctx.Err() != nil {
		return ended(ctx)
	}
	engine, err := e.enter()
	if err != nil {
		return err
	}
	defer e.leave()
	listener := listenerOf(ctx)
	token, release, err := watch(ctx, listener != nil)
	if err != nil {
		return err
	}
	defer release()
	bounds := C.vrec_go_bounds{cancel: token}
	if listener != nil {
		listener.token = token
		handle := cgo.NewHandle(listener)
		defer handle.Delete()
		bounds.listener = C.uintptr_t(handle)
	}
	var failed *C.vrec_error
	status := function(engine, bounds, &failed)
	err = failure(status, failed)
	listener.panicOn()
	if status == C.VREC_E_CANCELLED && ctx.Err() != nil {
		return ended(ctx)
	}
	return err
}

// watch gives a token that is cancelled when ctx ends, and what must be called when it is not used any
// more. For a context that cannot end there is a token only where it is needed all the same.
func watch(ctx context.Context, needed bool) (token *C.vrec_cancel_token, release func(), err error) {
	if ctx.Done() == nil && !needed {
		return nil, func() {}, nil
	}
	var failed *C.vrec_error
	if err := failure(C.vrec_cancel_token_create(&token, &failed), failed); err != nil {
		return nil, nil, err
	}
	if ctx.Done() == nil {
		return token, func() { C.vrec_cancel_token_destroy(token) }, nil
	}
	over := make(chan struct{})
	watched := C.vrec_cancel_token_retain(token)
	go func() {
		defer C.vrec_cancel_token_destroy(watched)
		select {
		case <-ctx.Done():
			C.vrec_cancel_token_cancel(watched)
		case <-over:
		}
	}()
	return token, func() {
		close(over)
		C.vrec_cancel_token_destroy(token)
	}, nil
}

// LoadEncoder opens the model now rather than at the first text; it does nothing when the model is
// open. Takes some tenths of a second.
//
// Errors: ErrNoEncoder, ErrModelMissing, ErrModelUnreadable, ErrModelHash, ErrModelInvalid,
// ErrRuntimeMissing, ErrRuntimeVersion, ErrRuntime, ErrProvider; the message names the file or the
// provider. The engine goes on working with vectors the host brings.
func (e *Engine) LoadEncoder(ctx context.Context) error {
	return e.callWithin(ctx, func(engine *C.vrec_engine, bounds C.vrec_go_bounds, failed **C.vrec_error) C.int32_t {
		return C.vrec_go_load_encoder(engine, bounds, failed)
	})
}

// DescribeEncoder tells what runs the model: the backend, the execution providers with the number of
// nodes each was given, and why preferred ones could not serve. It opens the model unless it is open.
//
// Errors: those of LoadEncoder.
func (e *Engine) DescribeEncoder(ctx context.Context) (EncoderDescription, error) {
	var described C.vrec_go_description
	defer func() { C.vrec_encoder_description_destroy(described.description) }()
	err := e.callWithin(ctx, func(engine *C.vrec_engine, bounds C.vrec_go_bounds, failed **C.vrec_error) C.int32_t {
		return C.vrec_go_describe_encoder(engine, bounds, &described, failed)
	})
	if err != nil {
		return EncoderDescription{}, err
	}
	return describe(&described.fields), nil
}

// WaitForEmbeddings waits until every video that was added with Options.BackgroundEmbedding has its
// vector, and tries again those that wait because the model did not open. It does nothing without that
// option. A call that its context ends leaves the videos waiting.
//
// Errors: those of LoadEncoder while the model does not open; ErrMemoryLimit, ErrModelInvalid, ErrRuntime,
// ErrLimit when a video could not be embedded since the last wait; ErrCancelled, ErrTimedOut.
func (e *Engine) WaitForEmbeddings(ctx context.Context) error {
	return e.callWithin(ctx, func(engine *C.vrec_engine, bounds C.vrec_go_bounds, failed **C.vrec_error) C.int32_t {
		return C.vrec_go_wait_for_embeddings(engine, bounds, failed)
	})
}

// Trim gives memory back that can be had again: the open model and remembered vectors. Videos and
// profiles stay, and the next text opens the model again.
func (e *Engine) Trim() error {
	return e.call(func(engine *C.vrec_engine, failed **C.vrec_error) C.int32_t {
		return C.vrec_trim(engine, failed)
	})
}

// Count gives the number of videos.
func (e *Engine) Count() (int, error) {
	var count C.uint64_t
	err := e.call(func(engine *C.vrec_engine, failed **C.vrec_error) C.int32_t {
		return C.vrec_count(engine, &count, failed)
	})
	return int(count), err
}

// Dimensions gives the number of elements of this engine's vectors: 0 while neither a model nor an
// option nor a vector has told.
func (e *Engine) Dimensions() (int, error) {
	var dimensions C.uint32_t
	err := e.call(func(engine *C.vrec_engine, failed **C.vrec_error) C.int32_t {
		return C.vrec_dimensions(engine, &dimensions, failed)
	})
	return int(dimensions), err
}

// Statistics gives counts and sizes at this moment.
func (e *Engine) Statistics() (Statistics, error) {
	var reading C.vrec_statistics
	err := e.call(func(engine *C.vrec_engine, failed **C.vrec_error) C.int32_t {
		return C.vrec_go_stats(engine, &reading, failed)
	})
	if err != nil {
		return Statistics{}, err
	}
	return Statistics{
		Videos:           uint64(reading.videos),
		Profiles:         uint64(reading.profiles),
		Events:           uint64(reading.events),
		Dimensions:       uint64(reading.dimensions),
		MemoryBytes:      uint64(reading.memory_bytes),
		MemoryLimitBytes: uint64(reading.memory_limit_bytes),
		TextsEmbedded:    uint64(reading.texts_embedded),
		EncoderStatus:    Code(reading.encoder_status),
		EncoderLoaded:    reading.encoder_loaded != 0,
		Faulted:          reading.faulted != 0,

		VideosWaiting:        uint64(reading.videos_waiting),
		VideosFailed:         uint64(reading.videos_failed),
		EmbeddingQueueBytes:  uint64(reading.embedding_queue_bytes),
		EmbeddingCacheHits:   uint64(reading.embedding_cache_hits),
		EmbeddingCacheMisses: uint64(reading.embedding_cache_misses),
		EmbeddingCacheBytes:  uint64(reading.embedding_cache_bytes),

		InstructionSet:   InstructionSet(reading.instruction_set),
		SignStageDivisor: uint32(reading.sign_stage_divisor),

		StoreCommits:       uint64(reading.store_commits),
		StoreEvents:        uint64(reading.store_events),
		StoreBytesWritten:  uint64(reading.store_bytes_written),
		StoreBytesPerEvent: uint64(reading.store_bytes_per_event),
		StoreWaitingEvents: uint64(reading.store_waiting_events),
		StoreStatus:        Code(reading.store_status),
		StoreIsOpen:        reading.store_is_open != 0,
	}, nil
}

// Embed gives the vector of one text of at most 65536 bytes: Dimensions elements, unit length, not
// centred by language; to compare videos use Similar and Search.
//
// Errors: those of LoadEncoder, ErrLimit, ErrUTF8, ErrCancelled, ErrTimedOut.
func (e *Engine) Embed(ctx context.Context, text string) ([]float32, error) {
	dimensions, err := e.Dimensions()
	if err != nil {
		return nil, err
	}
	var packed packer
	packed.span(text)
	vector := make([]float32, dimensions)
	err = e.callWithin(ctx, func(engine *C.vrec_engine, bounds C.vrec_go_bounds, failed **C.vrec_error) C.int32_t {
		return C.vrec_go_embed(engine, packed.bytes(), C.size_t(len(packed.text)),
			(*C.float)(start(vector)), C.size_t(len(vector)), bounds, failed)
	})
	if err != nil {
		return nil, err
	}
	return vector, nil
}

// EmbedBatch gives the vectors of at most 65536 texts, in their order; see Embed. Faster than one at
// a time on short texts. The vectors share their memory.
//
// Errors: as for Embed; the message names the text by its index.
func (e *Engine) EmbedBatch(ctx context.Context, texts []string) ([][]float32, error) {
	dimensions, err := e.Dimensions()
	if err != nil {
		return nil, err
	}
	var packed packer
	packed.texts(texts)
	block := make([]float32, len(texts)*dimensions)
	err = e.callWithin(ctx, func(engine *C.vrec_engine, bounds C.vrec_go_bounds, failed **C.vrec_error) C.int32_t {
		return C.vrec_go_embed_batch(engine, packed.bytes(), packed.offsets(), C.size_t(len(texts)),
			(*C.float)(start(block)), C.size_t(len(block)), bounds, failed)
	})
	if err != nil {
		return nil, err
	}
	vectors := make([][]float32, len(texts))
	for i := range vectors {
		vectors[i] = block[i*dimensions : (i+1)*dimensions : (i+1)*dimensions]
	}
	return vectors, nil
}

// AddVideo adds one video, or replaces the one with its ID.
//
// Errors: ErrInvalidArgument, ErrLimit, ErrMemoryLimit, ErrUTF8, ErrFaulted, ErrReentrant,
// ErrCancelled, ErrTimedOut, and for a video without a vector those of LoadEncoder; with
// Options.BackgroundEmbedding those come from WaitForEmbeddings.
func (e *Engine) AddVideo(ctx context.Context, video Video) error {
	var packed packer
	one := packed.video(&video)
	return e.callWithin(ctx, func(engine *C.vrec_engine, bounds C.vrec_go_bounds, failed **C.vrec_error) C.int32_t {
		return C.vrec_go_add_video(engine, &one, packed.bytes(), packed.offsets(), packed.floats(), bounds, failed)
	})
}

// AddVideos adds at most 65536 videos, or replaces those whose IDs exist: all of them or, on any
// failure, none.
//
// Errors: as for AddVideo; the message names the video by its index. An ID that stands twice is
// ErrInvalidArgument.
func (e *Engine) AddVideos(ctx context.Context, videos []Video) error {
	var packed packer
	list := make([]C.vrec_go_video, len(videos))
	for i := range videos {
		list[i] = packed.video(&videos[i])
	}
	return e.callWithin(ctx, func(engine *C.vrec_engine, bounds C.vrec_go_bounds, failed **C.vrec_error) C.int32_t {
		return C.vrec_go_add_videos(engine, start(list), C.size_t(len(list)), packed.bytes(), packed.offsets(),
			packed.floats(), bounds, failed)
	})
}

// RemoveVideos removes at most 65536 videos: all of them or, on any failure, none. What profiles did
// with them stays and counts again when a video with the same ID is added.
//
// Errors: ErrNotFound for an ID that does not exist or stands twice, naming it by its index;
// ErrInvalidArgument, ErrLimit, ErrUTF8, ErrFaulted, ErrReentrant.
func (e *Engine) RemoveVideos(ids ...string) error {
	var packed packer
	packed.texts(ids)
	return e.call(func(engine *C.vrec_engine, failed **C.vrec_error) C.int32_t {
		return C.vrec_remove_videos(engine, packed.bytes(), packed.offsets(), C.size_t(len(ids)), failed)
	})
}

// ForgetProfile forgets a profile, its description and all it did, in memory and in the store, whose files hold nothing
// readable of it afterwards; it ends a guest. What Train made of fewer than 20 profiles goes with it; what it made of more keeps the profile's part
// until it trains again.
//
// Errors: ErrNotFound for a profile that there is not; ErrInvalidArgument, ErrLimit, ErrUTF8, ErrIO, ErrDiskFull,
// ErrReadOnly, ErrFaulted, ErrReentrant.
func (e *Engine) ForgetProfile(profile string) error {
	var packed packer
	packed.span(profile)
	return e.call(func(engine *C.vrec_engine, failed **C.vrec_error) C.int32_t {
		return C.vrec_profile_forget(engine, packed.bytes(), C.size_t(len(profile)), failed)
	})
}

// Record records one event; the next query counts it.
//
// Errors: ErrNotFound for an unknown video, or profile of a household; ErrInvalidArgument for an unknown kind, device,
// place or company, a negative position or duration, or a rating or offset out of place; ErrLimit, ErrMemoryLimit, ErrUTF8, ErrFaulted,
// ErrReentrant.
func (e *Engine) Record(event Event) error {
	var packed packer
	one := packed.event(&event)
	return e.call(func(engine *C.vrec_engine, failed **C.vrec_error) C.int32_t {
		return C.vrec_go_record(engine, &one, packed.bytes(), failed)
	})
}

// RecordBatch records at most 65536 events in their order: all of them or, on any failure, none.
//
// Errors: as for Record; the message names the event by its index.
func (e *Engine) RecordBatch(events []Event) error {
	var packed packer
	list := make([]C.vrec_go_event, len(events))
	for i := range events {
		list[i] = packed.event(&events[i])
	}
	return e.call(func(engine *C.vrec_engine, failed **C.vrec_error) C.int32_t {
		return C.vrec_go_record_batch(engine, start(list), C.size_t(len(list)), packed.bytes(), failed)
	})
}

// Train trains in one go, on everything that all profiles watched or liked, those features that need it and have a
// weight in Options.FeatureWeights: ease, factors and content. Lists with RankingBlend count them from then on, until
// the next training. Lists and writes go on meanwhile. The result is kept in the store; what was trained on fewer than
// 20 profiles goes when a profile is forgotten or Retain drops events.
//
// Errors: ErrMemoryLimit beyond 1 GiB for a step or Options.MemoryLimitBytes for the result; with a store ErrIO,
// ErrDiskFull, ErrReadOnly; ErrFaulted, ErrReentrant, ErrCancelled, ErrTimedOut.
func (e *Engine) Train(ctx context.Context) error {
	return e.callWithin(ctx, func(engine *C.vrec_engine, bounds C.vrec_go_bounds, failed **C.vrec_error) C.int32_t {
		return C.vrec_go_train(engine, bounds, failed)
	})
}

// TrainWith trains as Train does, with a say in the threads and the memory that it may use.
//
// Errors: those of Train, and ErrLimit for more than 64 threads.
func (e *Engine) TrainWith(ctx context.Context, options TrainOptions) error {
	return e.callWithin(ctx, func(engine *C.vrec_engine, bounds C.vrec_go_bounds, failed **C.vrec_error) C.int32_t {
		limit := C.uint64_t(options.MemoryLimitBytes)
		return C.vrec_go_train_with(engine, C.uint32_t(options.Threads), limit, bounds, failed)
	})
}

// LearnWeights learns what each feature should count from what all profiles watched: some of the last watches are held
// out, lists are asked for as they would have been then, and weights are changed that bring the held-out videos up beyond
// chance. Nothing of the engine changes: the weights are for Options.FeatureWeights, Query.FeatureWeights and
// PackExport.FeatureWeights. A feature that comes to count and counted 0 here has to be learned first (but for taste,
// attention, interests and freshness), by an engine that New makes with its weight, and by Train where it needs that. Takes minutes to an hour for ten thousand videos. Too few watches are no failure, see
// LearnedWeights.Outcome.
//
// Errors: ErrInvalidArgument where a pack is in use; ErrMemoryLimit, ErrLimit for more than 64 threads; ErrReentrant,
// ErrCancelled, ErrTimedOut.
func (e *Engine) LearnWeights(ctx context.Context, options TrainOptions) (LearnedWeights, error) {
	weights := make([]C.vrec_feature_weight, C.VREC_MAX_FEATURES)
	var learned C.vrec_learned_weights
	err := e.callWithin(ctx, func(engine *C.vrec_engine, bounds C.vrec_go_bounds, failed **C.vrec_error) C.int32_t {
		limit := C.uint64_t(options.MemoryLimitBytes)
		return C.vrec_go_learn_weights(engine, C.uint32_t(options.Threads), limit, bounds, start(weights), &learned, failed)
	})
	if err != nil {
		return LearnedWeights{}, err
	}
	found := LearnedWeights{
		Outcome:         WeightsOutcome(learned.outcome),
		ChoosingLists:   uint64(learned.choosing_lists),
		ConfirmingLists: uint64(learned.confirming_lists),
		NDCGBefore:      float64(learned.ndcg_before),
		NDCGAfter:       float64(learned.ndcg_after),
		Gain:            float64(learned.gain),
		PlusMinus:       float64(learned.plus_minus),
	}
	for _, entry := range weights[:learned.weight_count] {
		weight := FeatureWeight{Feature: Feature(entry.feature), Weight: float32(entry.weight)}
		found.Weights = append(found.Weights, weight)
	}
	return found, nil
}

// LoadSequence takes a trained network that reads a profile's history in order (tools/train makes one), in place of the
// one there was; with an empty path lists go without one. Lists with RankingBlend count it as FeatureSequence from then on,
// for every profile. All its files are kept in the store: the folder is not needed again. Where New cannot open them
// again, lists go without it and the log has a warning.
//
// Errors: ErrModelMissing, ErrModelUnreadable, ErrModelHash, ErrModelInvalid, which name the file; ErrNoEncoder for a
// library without a backend, ErrRuntimeMissing, ErrRuntimeVersion, ErrRuntime; ErrMemoryLimit, ErrIO, ErrDiskFull,
// ErrReadOnly, ErrInvalidArgument, ErrLimit, ErrUTF8, ErrFaulted, ErrReentrant, ErrCancelled, ErrTimedOut.
func (e *Engine) LoadSequence(ctx context.Context, path string) error {
	var packed packer
	packed.span(path)
	return e.callWithin(ctx, func(engine *C.vrec_engine, bounds C.vrec_go_bounds, failed **C.vrec_error) C.int32_t {
		return C.vrec_go_load_sequence(engine, packed.bytes(), C.size_t(len(path)), bounds, failed)
	})
}

// Recommend gives videos near a profile's taste, best first. What the profile watched is left out
// unless the query says otherwise; what it hid always is. A profile that likes nothing yet gets an
// empty list.
//
// Errors: ErrInvalidArgument, ErrLimit, ErrUTF8, ErrReentrant, ErrCancelled, ErrTimedOut.
func (e *Engine) Recommend(ctx context.Context, query Query) ([]Recommendation, error) {
	return e.ask(ctx, C.VREC_GO_TASTE, "", &query)
}

// Similar gives videos near one video, best first, that video left out.
//
// Errors: ErrNotFound for an unknown video, and those of Recommend.
func (e *Engine) Similar(ctx context.Context, videoID string, query Query) ([]Recommendation, error) {
	return e.ask(ctx, C.VREC_GO_VIDEO, videoID, &query)
}

// Search gives videos whose titles match a text of at most 65536 bytes, not blank, that somebody types, and behind them
// videos near its meaning, in any language the model knows; Query.SearchWays chooses. Best first; a title that matches
// scores above 1.
//
// Errors: those of Recommend, and with SearchMeaning those of LoadEncoder.
func (e *Engine) Search(ctx context.Context, text string, query Query) ([]Recommendation, error) {
	return e.ask(ctx, C.VREC_GO_TEXT, text, &query)
}

// WatchNext gives what a profile is in the middle of: videos to continue, the next episodes of series, and episodes
// that appeared since it caught up with a series; what it watched last first. A series has one card. Of the query,
// Profile, Limit, Filter, Exclude and Now count; Now is required. EventHide takes a card away until the video is watched
// again or EventUnhide, and is not un-watching, which EventUnwatch is.
//
// Errors: those of Recommend.
func (e *Engine) WatchNext(ctx context.Context, query Query) ([]WatchCard, error) {
	var packed packer
	question, err := packed.question(C.VREC_GO_TASTE, "", &query)
	if err != nil {
		return nil, err
	}
	var answer C.vrec_go_watch_next_answer
	defer func() { C.vrec_watch_cards_destroy(answer.cards) }()
	err = e.callWithin(ctx, func(engine *C.vrec_engine, bounds C.vrec_go_bounds, failed **C.vrec_error) C.int32_t {
		return C.vrec_go_watch_next(engine, &question, packed.bytes(), packed.offsets(), start(packed.kinds), bounds,
			&answer, failed)
	})
	if err != nil {
		return nil, err
	}
	return unpackCards(&answer.columns), nil
}

// Home gives a home screen: titled rows in the order asked for, no video in two of them and one card a series.
// Everything in them can be watched at the query's time and keeps its filter; rows with too few items are left out.
//
// Errors: ErrNotFound for a seed that is no video and no series, and those of Recommend.
func (e *Engine) Home(ctx context.Context, query HomeQuery) ([]HomeRow, error) {
	var packed packer
	question, err := packed.question(C.VREC_GO_TASTE, "", &query.Query)
	if err != nil {
		return nil, err
	}
	home, rows, err := packed.homeQuestion(&query)
	if err != nil {
		return nil, err
	}
	weights := featureWeights(query.Query.FeatureWeights)
	question.feature_weight_count = C.uint64_t(len(weights))
	question.with_reasons = C.int32_t(flag(query.Query.Reasons))
	var answer C.vrec_go_home_answer
	defer func() { C.vrec_home_screen_destroy(answer.screen) }()
	err = e.callWithin(ctx, func(engine *C.vrec_engine, bounds C.vrec_go_bounds, failed **C.vrec_error) C.int32_t {
		return C.vrec_go_home(engine, &question, &home, start(rows), C.size_t(len(rows)), packed.bytes(),
			packed.offsets(), start(packed.kinds), start(weights), start(packed.rules), bounds, &answer, failed)
	})
	if err != nil {
		return nil, err
	}
	return unpackHome(&answer, query.Query.Reasons), nil
}

// Nearest gives the videos nearest to vectors, by cosine or inner product: a list for each vector, or one
// for all as the query's Fusion says, best first, ties by ID. Without Options.SignStage lists are those of
// scoring every video with the values kept of it. No profile is asked: what a profile watched or hid is
// not left out.
//
// Errors: ErrInvalidArgument, naming the vector by its index, ErrLimit, ErrUTF8, ErrReentrant,
// ErrCancelled, ErrTimedOut.
func (e *Engine) Nearest(ctx context.Context, query VectorQuery) ([][]Neighbour, error) {
	var packed packer
	question, err := packed.vectorQuery(&query)
	if err != nil {
		return nil, err
	}
	var answer C.vrec_go_nearest_answer
	defer func() { C.vrec_neighbours_destroy(answer.neighbours) }()
	err = e.callWithin(ctx, func(engine *C.vrec_engine, bounds C.vrec_go_bounds, failed **C.vrec_error) C.int32_t {
		return C.vrec_go_nearest(engine, &question, packed.bytes(), packed.offsets(), packed.floats(),
			start(packed.kinds), bounds, &answer, failed)
	})
	if err != nil {
		return nil, err
	}
	return unpackNeighbours(&answer.columns), nil
}

func (e *Engine) ask(ctx context.Context, from C.int32_t, subject string, query *Query) ([]Recommendation, error) {
	var packed packer
	question, err := packed.question(from, subject, query)
	if err != nil {
		return nil, err
	}
	weights := featureWeights(query.FeatureWeights)
	question.feature_weight_count = C.uint64_t(len(weights))
	question.with_reasons = C.int32_t(flag(query.Reasons))
	var answer C.vrec_go_answer
	defer func() { C.vrec_results_destroy(answer.results) }()
	err = e.callWithin(ctx, func(engine *C.vrec_engine, bounds C.vrec_go_bounds, failed **C.vrec_error) C.int32_t {
		return C.vrec_go_ask(engine, &question, packed.bytes(), packed.offsets(), start(packed.kinds), start(weights),
			start(packed.rules), bounds, &answer, failed)
	})
	if err != nil {
		return nil, err
	}
	list := unpack(&answer.columns)
	if query.Reasons {
		for i, reasons := range unpackReasons(&answer.reasons) {
			list[i].Reasons = reasons
		}
	}
	return list, nil
}
