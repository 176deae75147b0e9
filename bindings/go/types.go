package vrec

// #include "native.h"
import "C"

import "time"

// EventKind is what a viewer did.
type EventKind int32

// The kinds of events.
const (
	EventImpression      EventKind = C.VREC_EVENT_IMPRESSION
	EventSelect          EventKind = C.VREC_EVENT_SELECT
	EventPlay            EventKind = C.VREC_EVENT_PLAY
	EventProgress        EventKind = C.VREC_EVENT_PROGRESS
	EventPause           EventKind = C.VREC_EVENT_PAUSE
	EventStop            EventKind = C.VREC_EVENT_STOP
	EventComplete        EventKind = C.VREC_EVENT_COMPLETE
	EventSkip            EventKind = C.VREC_EVENT_SKIP
	EventLike            EventKind = C.VREC_EVENT_LIKE
	EventDislike         EventKind = C.VREC_EVENT_DISLIKE
	EventRate            EventKind = C.VREC_EVENT_RATE
	EventComment         EventKind = C.VREC_EVENT_COMMENT
	EventFavourite       EventKind = C.VREC_EVENT_FAVOURITE
	EventUnfavourite     EventKind = C.VREC_EVENT_UNFAVOURITE
	EventWatchlistAdd    EventKind = C.VREC_EVENT_WATCHLIST_ADD
	EventWatchlistRemove EventKind = C.VREC_EVENT_WATCHLIST_REMOVE
	EventHide            EventKind = C.VREC_EVENT_HIDE
	EventUnhide          EventKind = C.VREC_EVENT_UNHIDE
	EventSearch          EventKind = C.VREC_EVENT_SEARCH
)

// Watched is what to do with videos the profile has watched.
type Watched int32

const (
	// WatchedDefault leaves them out of recommendations and keeps them in similar videos and search.
	WatchedDefault Watched = C.VREC_WATCHED_DEFAULT
	WatchedInclude Watched = C.VREC_WATCHED_INCLUDE
	WatchedExclude Watched = C.VREC_WATCHED_EXCLUDE
)

// Field is a text of a video.
type Field int32

const (
	// FieldNone stands for a video that brought its own vector.
	FieldNone        Field = C.VREC_FIELD_NONE
	FieldTitle       Field = C.VREC_FIELD_TITLE
	FieldDescription Field = C.VREC_FIELD_DESCRIPTION
	FieldTags        Field = C.VREC_FIELD_TAGS
	FieldComments    Field = C.VREC_FIELD_COMMENTS
)

// LogLevel is how much a log message matters.
type LogLevel int32

// The levels, most important first.
const (
	LogError   LogLevel = C.VREC_LOG_ERROR
	LogWarning LogLevel = C.VREC_LOG_WARNING
	LogInfo    LogLevel = C.VREC_LOG_INFO
)

// WeightNone is a field weight that leaves the field out.
const WeightNone float32 = C.VREC_WEIGHT_NONE

// Options is what an engine is created with. The zero value is an engine without a model, whose
// videos bring vectors.
type Options struct {
	// ModelPath is the absolute path of the model's folder. Empty: no model.
	ModelPath string
	// RuntimePath is the absolute path of the ONNX Runtime library, 1.24 or later. Empty:
	// libonnxruntime.so.1 or libonnxruntime.so in the folder of libvrec. One runtime serves a whole
	// process.
	RuntimePath string
	// MemoryLimitBytes is the most to hold of videos and profiles, the open model aside. 0: no limit.
	MemoryLimitBytes uint64
	// Dimensions is the number of elements of a vector, at most 8192. 0: the model's, or those of the
	// first vector brought.
	Dimensions int
	// Threads inside one run of the model, at most 64. 0: 1, which starts none.
	Threads int
	// Weights say how much each field counts in a video's vector, up to 1000; WeightNone leaves it
	// out. 0: the default, in this order 1, 1, 0.5 and 0.25.
	TitleWeight, DescriptionWeight, TagsWeight, CommentsWeight float32
	// LogLevel is the level up to which messages are passed on. 0: LogWarning.
	LogLevel LogLevel
	// Log receives messages, on the goroutine of the call they are about and from several at once
	// when there are several. nil: silence.
	//
	// It must not use the library: calls from it return ErrReentrant; closing engines is allowed. A
	// panic in it is recovered and dropped, since a logger must not decide whether a call succeeds,
	// and C cannot be unwound. If it ends its goroutine (runtime.Goexit, testing.T.FailNow), what the
	// call was making is leaked, and nothing else. As long as it refers to its engine, that engine is
	// freed by Close only.
	Log func(level LogLevel, message string)
}

// Video is a video as its owner describes it.
type Video struct {
	// ID has 1 to 255 bytes without NUL, required. One that exists already is replaced.
	ID string
	// Title has at most 4096 bytes.
	Title string
	// Description has at most 65536 bytes.
	Description string
	// Language is the BCP 47 tag of the language the texts are written in. Empty: detected for each
	// text.
	Language string
	// Tags are at most 256, 65536 bytes together.
	Tags []string
	// Comments of viewers are at most 256, 65536 bytes together.
	Comments []string
	// Vector is the video's vector, used instead of its texts' vectors: finite, not all zero, as many
	// elements as every other vector of the engine. Empty: made from the texts by the model.
	Vector []float32
}

// Event is one event of one profile.
type Event struct {
	// Kind is required.
	Kind EventKind
	// VideoID is the video concerned, required for every kind but EventSearch, where it must be empty.
	VideoID string
	// Profile tells whose event it is, 1 to 255 bytes. Empty: the profile named "default".
	Profile string
	// Time is when it happened. Zero: now.
	Time time.Time
	// Position is how far playback had come, or for live television how long it was viewed; not
	// negative, counted in whole milliseconds. 0: unknown.
	Position time.Duration
	// Duration is the video's length; not negative, counted in whole milliseconds. 0: unknown, or
	// live television.
	Duration time.Duration
	// Rating is 0.5 to 5 stars for EventRate, 0 for every other kind.
	Rating float32
}

// Query is what a list is asked for. The zero value asks for ten videos for the profile "default".
type Query struct {
	// Profile tells whose history counts, 1 to 255 bytes. Empty: the profile named "default".
	Profile string
	// Limit is the most results, up to 10000. 0: 10.
	Limit int
	// MinScore leaves out results with a lower score, -1 to 1. 0: no threshold.
	MinScore float32
	// Watched is what to do with videos the profile has watched.
	Watched Watched
	// Exclude holds ids never to be returned; unknown ones are allowed.
	Exclude []string
}

// Recommendation is one result. The texts of one list share their memory.
type Recommendation struct {
	ID    string
	Title string
	// Score is a centred cosine, -1 to 1.
	Score float32
	// BecauseID is, for a recommendation, the watched video that contributed most to the score, for
	// similar videos the video asked about, for a search empty.
	BecauseID string
	// MatchedField is the field that contributed most to the score.
	MatchedField Field
	// MatchedText is that field's text; tags are joined with ", ", comments with line ends.
	MatchedText string
	// MatchedScore is how much of the score that field contributed.
	MatchedScore float32
}

// Statistics are counts and sizes of an engine at one moment.
type Statistics struct {
	Videos   uint64
	Profiles uint64
	// Events recorded since the engine was created.
	Events uint64
	// Dimensions of a vector; 0 while unknown.
	Dimensions uint64
	// MemoryBytes of videos and profiles; the open model is not counted.
	MemoryBytes uint64
	// MemoryLimitBytes is 0 for no limit.
	MemoryLimitBytes uint64
	// TextsEmbedded since the engine was created.
	TextsEmbedded uint64
	// EncoderStatus is OK when texts can be embedded as far as is known, else the code of what a call
	// would return.
	EncoderStatus Code
	// EncoderLoaded tells whether the model is in memory.
	EncoderLoaded bool
	// Faulted tells whether a failure inside the library has closed the engine for writing.
	Faulted bool
}
