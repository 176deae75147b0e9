package vrec

// #include "native.h"
import "C"

import (
	"math"
	"time"
)

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
	// EventUnwatch: as if the video had never been played; what was said about it stays.
	EventUnwatch EventKind = C.VREC_EVENT_UNWATCH
	// EventHideSeries: the series of the video, any of its videos, is in no list and has no card.
	EventHideSeries   EventKind = C.VREC_EVENT_HIDE_SERIES
	EventUnhideSeries EventKind = C.VREC_EVENT_UNHIDE_SERIES
	// EventHideSeed: the video inspires no suggestions; it stays watched and counts nothing in taste and history.
	EventHideSeed   EventKind = C.VREC_EVENT_HIDE_SEED
	EventUnhideSeed EventKind = C.VREC_EVENT_UNHIDE_SEED
	// EventSnooze: the video, or the series that it is an episode of, is in no list and has no card until Event.Until.
	EventSnooze EventKind = C.VREC_EVENT_SNOOZE
)

// Durability is when a call that records events may return. It has no effect without a store.
type Durability int32

const (
	// DurableNow: when they are on the disk.
	DurableNow Durability = C.VREC_DURABLE_NOW
	// DurableWithin: at once; they are on the disk within Event.Within, which needs Options.CommitThread.
	DurableWithin Durability = C.VREC_DURABLE_WITHIN
	// DurableRelaxed: at once; they are on the disk with the next commit, Flush or Close.
	DurableRelaxed Durability = C.VREC_DURABLE_RELAXED
)

// Watched is what to do with videos the profile has watched.
type Watched int32

const (
	// WatchedDefault leaves them out of recommendations and keeps them in similar videos and search.
	WatchedDefault Watched = C.VREC_WATCHED_DEFAULT
	WatchedInclude Watched = C.VREC_WATCHED_INCLUDE
	WatchedExclude Watched = C.VREC_WATCHED_EXCLUDE
)

// Ranking is what recommendations are ordered by.
type Ranking int32

const (
	// RankingTaste is the cosine with the profile's taste.
	RankingTaste Ranking = C.VREC_RANKING_TASTE
	// RankingBlend is a sum of features, each times its weight.
	RankingBlend Ranking = C.VREC_RANKING_BLEND
)

// ExplorationMethod is how the places of a list are filled that find out what the viewer thinks of other videos.
type ExplorationMethod int32

const (
	// ExplorationNone: there are no such places.
	ExplorationNone ExplorationMethod = C.VREC_EXPLORATION_NONE
	// ExplorationLinUCB goes by the upper end of what the viewer may think.
	ExplorationLinUCB ExplorationMethod = C.VREC_EXPLORATION_LINUCB
	// ExplorationThompson goes by one draw from what the viewer may think: Thompson sampling.
	ExplorationThompson ExplorationMethod = C.VREC_EXPLORATION_THOMPSON
)

// DiversityMethod is how the videos of a list are kept from being all alike.
type DiversityMethod int32

const (
	// DiversityNone: not at all.
	DiversityNone DiversityMethod = C.VREC_DIVERSITY_NONE
	// DiversityMMR is maximal marginal relevance: each video's score against its likeness to those above it.
	DiversityMMR DiversityMethod = C.VREC_DIVERSITY_MMR
	// DiversityClusterQuotas: clusters, each with at most its quota of places.
	DiversityClusterQuotas DiversityMethod = C.VREC_DIVERSITY_CLUSTER_QUOTAS
	// DiversityDPP is a determinantal point process: scores against the volume that the videos' vectors span.
	DiversityDPP DiversityMethod = C.VREC_DIVERSITY_DPP
)

// SearchWays are ways in which Search finds videos, to be added up with |. None: all, but meaning only where it takes no
// waiting for another call that opens the model, where titles leave room in the list, and where the text is more than
// one word of one or two letters or of digits.
type SearchWays uint32

const (
	// SearchWords: words and characters of titles, simplified or traditional, by their beginnings and with a mistake or
	// two in longer words.
	SearchWords SearchWays = C.VREC_SEARCH_WORDS
	// SearchPinyin: pinyin of the characters of titles, whole, half typed or by initials; all readings of each count.
	SearchPinyin SearchWays = C.VREC_SEARCH_PINYIN
	// SearchKeypad: digits for the letters on a telephone's keys (7496 for rgzn), where the text has nothing but digits.
	SearchKeypad SearchWays = C.VREC_SEARCH_KEYPAD
	// SearchMeaning: what the texts of videos mean; needs the model and waits for it.
	SearchMeaning SearchWays = C.VREC_SEARCH_MEANING
	// SearchTitles: all ways through titles, what a keystroke asks for, which then never waits for the model.
	SearchTitles SearchWays = C.VREC_SEARCH_TITLES
)

// Feature is what RankingBlend can count. Those that need [Engine.Train] add nothing without it.
type Feature int32

const (
	// FeatureTransitions: watched soon after what the viewer watched last; by default 0.2.
	FeatureTransitions Feature = C.VREC_FEATURE_TRANSITIONS
	// FeatureItemNeighbours: watched close to what the viewer watched, in either order; by default 0.5.
	FeatureItemNeighbours Feature = C.VREC_FEATURE_ITEM_NEIGHBOURS
	// FeatureUserNeighbours: watched by the profiles whose histories are most like the viewer's.
	FeatureUserNeighbours Feature = C.VREC_FEATURE_USER_NEIGHBOURS
	// FeatureEASE: goes together with what the viewer watched, by weights between videos; needs training; by
	// default 0.2.
	FeatureEASE Feature = C.VREC_FEATURE_EASE
	// FeatureFactors: near the viewer's place among factors, found from the history; needs training.
	FeatureFactors Feature = C.VREC_FEATURE_FACTORS
	// FeatureGraphWalk: reached by short random walks over profiles and videos from what the viewer watched.
	FeatureGraphWalk Feature = C.VREC_FEATURE_GRAPH_WALK
	// FeaturePopularity: watched by many profiles.
	FeaturePopularity Feature = C.VREC_FEATURE_POPULARITY
	// FeatureTrend: watched by many lately, seen from the time of the list.
	FeatureTrend Feature = C.VREC_FEATURE_TREND
	// FeatureContext: watched at such times of the day and week, on such devices, in such places and company as the
	// list's.
	FeatureContext Feature = C.VREC_FEATURE_CONTEXT
	// FeatureContent: near what the viewer watched by the place that vector and tags give among what is watched
	// together; the only one by which videos that nobody watched get places of their own; needs training; by
	// default 0.1.
	FeatureContent Feature = C.VREC_FEATURE_CONTENT
	// FeatureTaste is the cosine with the profile's taste; by default 0.1, and more while few profiles have watched
	// anything.
	FeatureTaste Feature = C.VREC_FEATURE_TASTE
	// FeatureAttention: like some of the last videos that the viewer watched; each counts the more the more alike it
	// is.
	FeatureAttention Feature = C.VREC_FEATURE_ATTENTION
	// FeatureInterests is the cosine with the nearest of the viewer's interests, groups of like videos among the last
	// ones watched.
	FeatureInterests Feature = C.VREC_FEATURE_INTERESTS
	// FeatureFreshness: available since lately, seen from the time of the list, by Video.AvailableFrom.
	FeatureFreshness Feature = C.VREC_FEATURE_FRESHNESS
	// FeatureSequence: a trained network that read the history in order says that it comes next; where
	// Engine.LoadSequence brought one.
	FeatureSequence Feature = C.VREC_FEATURE_SEQUENCE
)

// FeatureWeight is how much a feature counts in a list with RankingBlend. A video's score is the sum over the features,
// each as its distance from the mean of the videos in standard deviations, times its weight.
type FeatureWeight struct {
	Feature Feature
	// Weight is -1000 to 1000; 0: it does not count.
	Weight float32
}

// Device is what videos are watched on.
type Device int32

const (
	DeviceUnknown Device = C.VREC_DEVICE_UNKNOWN
	// DeviceTV is a television set, or a box or stick at one.
	DeviceTV       Device = C.VREC_DEVICE_TV
	DevicePhone    Device = C.VREC_DEVICE_PHONE
	DeviceTablet   Device = C.VREC_DEVICE_TABLET
	DeviceComputer Device = C.VREC_DEVICE_COMPUTER
	DeviceOther    Device = C.VREC_DEVICE_OTHER
)

// Place is where the viewer is.
type Place int32

const (
	PlaceUnknown Place = C.VREC_PLACE_UNKNOWN
	// PlaceHome is a room at home that is not told or not named here.
	PlaceHome       Place = C.VREC_PLACE_HOME
	PlaceLivingRoom Place = C.VREC_PLACE_LIVING_ROOM
	PlaceBedroom    Place = C.VREC_PLACE_BEDROOM
	// PlaceAway is a place other than home.
	PlaceAway Place = C.VREC_PLACE_AWAY
	// PlaceTravelling is on the way, in a train, a car or an aeroplane.
	PlaceTravelling Place = C.VREC_PLACE_TRAVELLING
)

// Company is who watches together.
type Company int32

const (
	CompanyUnknown Company = C.VREC_COMPANY_UNKNOWN
	CompanyAlone   Company = C.VREC_COMPANY_ALONE
	CompanyPartner Company = C.VREC_COMPANY_PARTNER
	// CompanyFamily is adults and children together.
	CompanyFamily Company = C.VREC_COMPANY_FAMILY
	// CompanyChildren is children without adults.
	CompanyChildren Company = C.VREC_COMPANY_CHILDREN
	CompanyFriends  Company = C.VREC_COMPANY_FRIENDS
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

// Kind is what a video is.
type Kind int32

const (
	KindUnknown   Kind = C.VREC_KIND_UNKNOWN
	KindMovie     Kind = C.VREC_KIND_MOVIE
	KindSeries    Kind = C.VREC_KIND_SERIES
	KindSeason    Kind = C.VREC_KIND_SEASON
	KindEpisode   Kind = C.VREC_KIND_EPISODE
	KindLiveEvent Kind = C.VREC_KIND_LIVE_EVENT
	KindClip      Kind = C.VREC_KIND_CLIP
	KindMusic     Kind = C.VREC_KIND_MUSIC
	KindCourse    Kind = C.VREC_KIND_COURSE
	KindAdvert    Kind = C.VREC_KIND_ADVERT
	KindOther     Kind = C.VREC_KIND_OTHER
)

// MinAgeNone is the Video.MinAge of a video for everyone.
const MinAgeNone = C.VREC_MIN_AGE_NONE

// Backend is what runs the model.
type Backend int32

const (
	// BackendDefault is the ONNX Runtime where the library was built with it, else rten.
	BackendDefault     Backend = C.VREC_BACKEND_DEFAULT
	BackendONNXRuntime Backend = C.VREC_BACKEND_ONNX_RUNTIME
	BackendRten        Backend = C.VREC_BACKEND_RTEN
)

// ProviderKind is an execution provider of the ONNX Runtime: a device a model can run on. All but the
// CPU need a runtime built with them, or their own library.
type ProviderKind int32

const (
	ProviderCPU      ProviderKind = C.VREC_PROVIDER_CPU
	ProviderCUDA     ProviderKind = C.VREC_PROVIDER_CUDA
	ProviderTensorRT ProviderKind = C.VREC_PROVIDER_TENSORRT
	ProviderWebGPU   ProviderKind = C.VREC_PROVIDER_WEBGPU
	ProviderOpenVINO ProviderKind = C.VREC_PROVIDER_OPENVINO
	ProviderQNN      ProviderKind = C.VREC_PROVIDER_QNN
	ProviderNNAPI    ProviderKind = C.VREC_PROVIDER_NNAPI
	ProviderCoreML   ProviderKind = C.VREC_PROVIDER_COREML
	// ProviderPlugin is any plug-in provider, by its library: what the maker of a chip ships.
	ProviderPlugin ProviderKind = C.VREC_PROVIDER_PLUGIN
)

// Provider is one execution provider to run the model on.
type Provider struct {
	// Kind is required.
	Kind ProviderKind
	// AllowNext: when this provider cannot serve, the next of the list is tried, with a warning in the
	// log. Else that is ErrProvider.
	AllowNext bool
	// AllowPartial: matrix products that this provider does not take may run on the CPU.
	AllowPartial bool
	// LibraryPath is the absolute path of a plug-in provider's library; required for ProviderPlugin,
	// allowed for ProviderWebGPU. It is loaded once and stays until the process ends.
	LibraryPath string
	// Name is the plug-in provider's name in the runtime. Empty: the first one that the library brings.
	Name string
	// Options are the provider's own, at most 64; see the runtime's documentation.
	Options map[string]string
	// MemoryLimitBytes of the device: CUDA's arena, TensorRT's workspace; other providers have no such
	// limit and refuse one. 0: the provider's own.
	MemoryLimitBytes uint64
	// DeviceIndex tells which of the provider's devices, counted from 0.
	DeviceIndex int
}

// ModelFile is a file of the model that the program holds in memory.
type ModelFile struct {
	// Name in the model's folder, such as vrec-model.json.
	Name string
	// Data is the content. It is copied: the engine keeps it outside of Go's memory until it is freed.
	Data []byte
}

// InstructionSet is what vectors can be scored with; one that the CPU or the build lacks is refused.
type InstructionSet int32

const (
	// InstructionsDefault is the fastest that this CPU has.
	InstructionsDefault    InstructionSet = C.VREC_INSTRUCTIONS_DEFAULT
	InstructionsScalar     InstructionSet = C.VREC_INSTRUCTIONS_SCALAR
	InstructionsSSE41      InstructionSet = C.VREC_INSTRUCTIONS_SSE41
	InstructionsAVX2       InstructionSet = C.VREC_INSTRUCTIONS_AVX2
	InstructionsAVXVNNI    InstructionSet = C.VREC_INSTRUCTIONS_AVX_VNNI
	InstructionsAVX512VNNI InstructionSet = C.VREC_INSTRUCTIONS_AVX512_VNNI
	InstructionsNEON       InstructionSet = C.VREC_INSTRUCTIONS_NEON
	InstructionsNEONDot    InstructionSet = C.VREC_INSTRUCTIONS_NEON_DOT
)

// ExactValues is what is kept of each vector beside its codes of one byte an element.
type ExactValues int32

const (
	// ExactFloat32 keeps vectors as they came, in 4 bytes an element: scores are exact.
	ExactFloat32 ExactValues = C.VREC_EXACT_FLOAT32
	// ExactFloat16 keeps 2 bytes an element: cosines within 0.0005; not with MetricDot.
	ExactFloat16 ExactValues = C.VREC_EXACT_FLOAT16
	// ExactNone keeps the codes only: scores within some 0.01, and a fifth of the memory.
	ExactNone ExactValues = C.VREC_EXACT_NONE
)

// Metric is what a score is.
type Metric int32

const (
	// MetricCosine is the cosine of the angle between two vectors, -1 to 1.
	MetricCosine Metric = C.VREC_METRIC_COSINE
	// MetricDot is the inner product of two vectors as they came; only in an engine without a model.
	MetricDot Metric = C.VREC_METRIC_DOT
)

// Fusion is what several query vectors have to do with each other.
type Fusion int32

const (
	// FusionNone gives a list for each query vector.
	FusionNone Fusion = C.VREC_FUSION_NONE
	// FusionMax gives one list for all; a video's score is its best with any of them: one profile's
	// several interests.
	FusionMax Fusion = C.VREC_FUSION_MAX
	// FusionWeighted gives one list for all; a video's score is the weighted mean of its scores.
	FusionWeighted Fusion = C.VREC_FUSION_WEIGHTED
)

// Centring says whether query vectors are centred.
type Centring int32

const (
	// CentringDefault does as with vectors brought with videos: with a model by the mean of their
	// language, without one as Options.CentreVectors says.
	CentringDefault Centring = C.VREC_CENTRING_DEFAULT
	// CentringNone takes them as they are: centred already.
	CentringNone Centring = C.VREC_CENTRING_NONE
)

// CacheNone is an Options.EmbeddingCacheBytes that turns the cache off.
const CacheNone uint64 = math.MaxUint64

// WeightNone is a field weight that leaves the field out.
const WeightNone float32 = C.VREC_WEIGHT_NONE

// Options is what an engine is created with. The zero value is an engine without a model, whose
// videos bring vectors.
type Options struct {
	// ModelPath is the absolute path of the model's folder. Empty: the files of ModelFiles, or no model.
	ModelPath string
	// RuntimePath is the absolute path of the ONNX Runtime library, 1.24 or later. Empty:
	// libonnxruntime.so.1 or libonnxruntime.so in the folder of libvrec. One runtime serves a whole
	// process.
	RuntimePath string
	// MemoryLimitBytes is the most to hold of videos, profiles and what was learned and trained, the open model aside.
	// 0: no limit.
	MemoryLimitBytes uint64
	// Dimensions is the number of elements of a vector, at most 8192. 0: the model's, or those of the
	// first vector brought.
	Dimensions int
	// Threads inside one operator of the model, at most 64. 0: 1, which starts none.
	Threads int
	// InterOpThreads is how many operators of the model may run at the same time, at most 64. 0: 1,
	// which starts no thread.
	InterOpThreads int
	// TokensPerRun is the most of one run of the model, padding included, up to 1048576: it bounds a
	// run's memory and time. 0: 1024 on the CPU, 16384 on another device.
	TokensPerRun int
	// Backend is what runs the model.
	Backend Backend
	// Providers tell where the ONNX Runtime runs the model, in order of preference, at most 16. Empty:
	// the CPU.
	Providers []Provider
	// ModelFiles are files of the model in memory, at most 16; what is not among them is read from
	// ModelPath.
	ModelFiles []ModelFile
	// EmbeddingCacheBytes is the most to remember of vectors for texts that come again; CacheNone for
	// none. 0: 4 MiB.
	EmbeddingCacheBytes uint64
	// BackgroundEmbedding: a thread of the engine embeds added videos after AddVideos has returned.
	// Until its vector lands, a video is listed for its tags, as far as the catalogue knows them, else
	// not at all, and one that replaces another keeps the other's vector. See Engine.WaitForEmbeddings.
	BackgroundEmbedding bool
	// SearchThreads one search may use, the calling one included, at most 64. The others are started
	// by the first search that is large enough to gain by them, and end with the engine. 0: 1, which
	// starts none.
	SearchThreads int
	// InstructionSet is what vectors are scored with. Lists are the same with all of them.
	InstructionSet InstructionSet
	// ExactValues is what is kept of each vector beside its codes. 0: ExactFloat32.
	ExactValues ExactValues
	// Metric is what a score is. 0: MetricCosine.
	Metric Metric
	// CentreVectors: the mean of the vectors brought with videos is subtracted from them, and from query
	// vectors, in an engine without a model; one with a model always does. Text vectors without it all
	// look alike.
	CentreVectors bool
	// SignStage: catalogues of 100,000 videos and more have a first stage that compares signs, one bit
	// an element, for lists of up to 100 near one query vector. It is measured on the catalogue's own
	// vectors when it reaches that size and each time that a tenth of them were written (as long as 64
	// searches, in the call that adds, and other writers wait), and stays off where it would lose one of the
	// hundred best of 64 samples; other lists may lose a video. Without it lists are exact.
	SignStage bool
	// StorePath is the absolute path of the store, a directory, created where there is none: what was
	// acknowledged is there when an engine is made with it again, and no model runs for that. Empty:
	// everything is in memory only.
	StorePath string
	// DeviceKey is 32 bytes that only this device knows; the store is sealed with keys that they wrap.
	// Empty: nothing is secret.
	DeviceKey []byte
	// StoreReadOnly: nothing is written to the store; events and videos are refused with ErrReadOnly.
	StoreReadOnly bool
	// StoreQuarantine: damaged parts of the store are set aside and the rest is served. Otherwise ErrCorrupt
	// names them.
	StoreQuarantine bool
	// CommitThread: a thread commits events that were recorded with DurableWithin when they are due.
	CommitThread bool
	// StoreWaitingEvents is the most events that may wait for a commit. 0: 65536.
	StoreWaitingEvents int
	// FeatureWeights say what counts in lists with RankingBlend where a query does not say, each feature at most once;
	// those not named count 0. A feature of weight 0 is not learned and not trained at all: it costs neither memory nor
	// time, and in a query it adds nothing, but for taste, attention, interests and freshness, which need no learning.
	// Empty: as the pack in use says, and without one the defaults, said at each feature.
	FeatureWeights []FeatureWeight
	// FilmStartedShare: a film is started when more than this share of it was watched, up to 1. 0: 0.03.
	FilmStartedShare float32
	// FinishedShare: a film or episode is finished from this share on, up to 1, besides by its credits or what is left.
	// 0: by those alone.
	FinishedShare float32
	// FilmStarted is the position at which a film is started at the latest, EpisodeStarted the one past which an
	// episode is, and LiveStarted how long live television was viewed when it is; in whole milliseconds. 0: two minutes.
	FilmStarted, EpisodeStarted, LiveStarted time.Duration
	// FinishedRemaining: a film or episode without credits data is finished when less than this is left; in whole
	// milliseconds. 0: three minutes.
	FinishedRemaining time.Duration
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
	// Kind is what it is.
	Kind Kind
	// MinAge is how many years a viewer must have, 1 to 99, or MinAgeNone. 0: unknown, which a query
	// with a ViewerAge leaves out.
	MinAge int
	// AudioLanguages are BCP 47 tags of the languages of its sound, at most 64.
	AudioLanguages []string
	// SubtitleLanguages are the same of its subtitles.
	SubtitleLanguages []string
	// Entitlements let a viewer watch it, any one of them, 1 to 255 bytes each, at most 64. Empty:
	// everyone may.
	Entitlements []string
	// AvailableFrom and AvailableUntil: it can be watched from the first time on and before the second,
	// which is the later one; counted in whole milliseconds. Zero: since ever, for ever.
	AvailableFrom, AvailableUntil time.Time
	// SeriesID is what it belongs to, the same for all episodes of a series, 1 to 255 bytes. Empty: no series.
	SeriesID string
	// SeasonNumber and EpisodeNumber in the season are counted from 1 on. In a series with seasons, what has no season
	// is a special; specials, and what has no number, never come next. 0: none.
	SeasonNumber, EpisodeNumber uint32
	// Duration is its length, counted in whole milliseconds. 0: unknown.
	Duration time.Duration
	// CreditsStart is where its end credits begin, not past Duration, counted in whole milliseconds. 0: unknown.
	CreditsStart time.Duration
}

// Context holds the circumstances of an event or of a list. They are kept and exported; lists count them where
// FeatureContext has a weight. The zero value says nothing.
type Context struct {
	Device  Device
	Place   Place
	Company Company
	// UTCOffset is what the viewer's clock shows beyond UTC, up to fourteen hours either way, counted in whole
	// minutes. 0: clocks are taken to show UTC.
	UTCOffset time.Duration
}

// Event is one event of one profile.
type Event struct {
	// Kind is required.
	Kind EventKind
	// VideoID is the video concerned, required for every kind but EventSearch, where it must be empty.
	VideoID string
	// Profile tells whose event it is, 1 to 255 bytes. Empty: the current profile, see SwitchProfile.
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
	// Durability is when the call may return; a batch is as durable as its strictest event asks. Zero:
	// DurableNow.
	Durability Durability
	// Within is for DurableWithin, up to an hour, counted in whole milliseconds; 0 otherwise.
	Within time.Duration
	// Context holds the circumstances.
	Context Context
	// Until is when an EventSnooze ends, later than its time; zero for every other kind.
	Until time.Time
	// Propensity is, for an EventImpression, the probability with which the list put the video where it was shown, as
	// Recommendation.Propensity has it; with it the showing counts for Query.ExplorationMethod. 0: not known, and for
	// every other kind.
	Propensity float32
}

// TrainOptions says what a training may use. The zero value sets the defaults.
type TrainOptions struct {
	// Threads that work, the caller's own included, at most 64. The others are started for the call and end with it; the
	// result is the same whatever their number. 0: 1.
	Threads uint32
	// MemoryLimitBytes is the most that one step may take beside what the engine holds. 0: 1 GiB.
	MemoryLimitBytes uint64
}

// WeightsOutcome is how learning weights ended.
type WeightsOutcome int32

// The ways in which LearnWeights ends.
const (
	// WeightsLearned: other weights than those in use are better beyond chance.
	WeightsLearned WeightsOutcome = C.VREC_WEIGHTS_LEARNED
	// WeightsKept: none were found that are.
	WeightsKept WeightsOutcome = C.VREC_WEIGHTS_KEPT
	// WeightsTooFew: fewer than 100 lists to choose weights by, or to confirm them by; nothing was tried.
	WeightsTooFew WeightsOutcome = C.VREC_WEIGHTS_TOO_FEW
)

// LearnedWeights is what came of LearnWeights.
type LearnedWeights struct {
	Outcome WeightsOutcome
	// Weights are the features that are to count: those in use unless the outcome is WeightsLearned.
	Weights []FeatureWeight
	// ChoosingLists are the lists that weights were chosen by, ConfirmingLists those of other profiles by which they were
	// confirmed.
	ChoosingLists, ConfirmingLists uint64
	// NDCGBefore is the mean nDCG@10 of the confirming lists, 0 to 1, with the weights in use, NDCGAfter that with Weights.
	NDCGBefore, NDCGAfter float64
	// Gain is what the chosen weights gain there, whether or not it was enough; PlusMinus half of its 95 % confidence
	// interval.
	Gain, PlusMinus float64
}

// Retention holds limits on what a store keeps of each profile's events. At least one is needed.
type Retention struct {
	// MaxAge: older events go; counted in whole milliseconds. 0: no limit.
	MaxAge time.Duration
	// MaxEvents: the newest so many of a profile stay. 0: no limit.
	MaxEvents uint64
	// Now is the time that ages count from. Zero: the clock's.
	Now time.Time
}

// Anonymisation is how a profile is made anonymous in an export.
type Anonymisation struct {
	// Salt is 32 bytes for the pseudonyms of videos, required; a service that knows them can name the videos
	// of its own catalogue.
	Salt []byte
	// ProfileSalt is 32 bytes for the pseudonym of the profile. Empty: made for this export and thrown away,
	// so that two exports of a profile cannot be told to be of the same.
	ProfileSalt []byte
	// TimeStep is what times are rounded down to, at least an hour, counted in whole milliseconds. 0: six hours.
	TimeStep time.Duration
}

// Query is what a list is asked for. The zero value asks for ten videos for the profile "default".
type Query struct {
	// Profile tells whose history counts, 1 to 255 bytes. Empty: the current profile, see SwitchProfile.
	Profile string
	// Limit is the most results, up to 10000. 0: 10.
	Limit int
	// MinScore leaves out results with a lower score, -1 to 1; not with RankingBlend. 0: no threshold.
	MinScore float32
	// Watched is what to do with videos the profile has watched.
	Watched Watched
	// Exclude holds ids never to be returned; unknown ones are allowed.
	Exclude []string
	// Filter holds rules that every result keeps. nil: none.
	Filter *Filter
	// Ranking is what recommendations are ordered by; other lists do not ask.
	Ranking Ranking
	// Now is the time of a list with RankingBlend, and required by WatchNext. Zero: that of the profile's last watch.
	Now time.Time
	// Context holds the circumstances of the list.
	Context Context
	// NewVideoShare is the largest share of a list with RankingBlend that is kept for videos that nobody watched, up to
	// 1; below 0, to -1: none is kept. They are chosen by FeatureContent and need its weight and Engine.Train. A list
	// keeps three times the share that such videos have of all, if that is less. 0: 0.3.
	NewVideoShare float32
	// FeatureWeights say what counts in this list with RankingBlend, each feature at most once; those not named count
	// 0, and those that the engine does not learn add nothing. Empty: as the engine was made with, or as the pack in
	// use says.
	FeatureWeights []FeatureWeight
	// SearchWays are the ways in which Search finds videos; other lists do not ask.
	SearchWays SearchWays
	// DiversityMethod is how Recommend, Similar and RowForYou keep videos from being all alike; other lists and rows do
	// not ask.
	DiversityMethod DiversityMethod
	// Diversity is how strongly, 0 to 1. At 0 the list is the one without a method; at 1 scores decide only the first
	// place and which videos may have the others.
	Diversity float32
	// Reasons: each result comes with all its reasons, as sentences too; some microseconds a result.
	Reasons bool
	// RotationSeed: videos of Recommend, and of Home's rows but those of cards, that score nearly the same take turns by
	// this number, such as that of the day; the same number gives the same order. 0: they do not.
	RotationSeed uint64
	// ImpressionStrength is how far a video sinks in Recommend, and in Home's rows but those of cards, that was shown five
	// times and not taken up since, in deviations of the list's scores, up to 100; below 0, to -1: what was shown does not
	// count. 0: 1.
	ImpressionStrength float32
	// ImpressionHalfLife is the time after which a showing counts half; not negative, counted in whole milliseconds.
	// 0: a week.
	ImpressionHalfLife time.Duration
	// Rules are what the owner of the service wants of recommendations, at most 1024. They count in Recommend and, but for
	// pins, in Home's rows other than those of cards; pins also in RowForYou. Other lists check them and do not ask.
	Rules []Rule
	// RuleBudget is the most places of a list, or of each row, for videos that are there only because of a rule. 0: a
	// quarter of the list, rounded up; for none give no rules.
	RuleBudget int
	// ExplorationMethod is how places of a list with RankingBlend, and of Home's row RowForYou, are filled that find
	// out what the viewer thinks of other videos; lists other than those do not ask.
	ExplorationMethod ExplorationMethod
	// ExplorationSlots is how many places may go to others, at most 16. 0: 2.
	ExplorationSlots int
	// ExplorationBudget is the largest share of what the list's scores are ahead of average videos that exploring may
	// cost, up to 1; below 0, to -1: nothing. 0: 0.3.
	ExplorationBudget float32
	// ExplorationSeed is what is drawn by: the same number, profile and events give the same list.
	ExplorationSeed uint64
}

// RuleAction is what a rule does.
type RuleAction int32

const (
	// RulePin puts a video at a position of the list.
	RulePin RuleAction = C.VREC_RULE_PIN
	// RuleBoost raises the scores of its videos.
	RuleBoost RuleAction = C.VREC_RULE_BOOST
	// RuleBury lowers them.
	RuleBury RuleAction = C.VREC_RULE_BURY
)

// RuleTarget tells which videos a rule is for.
type RuleTarget int32

const (
	// RuleTargetVideo: the one with this id.
	RuleTargetVideo RuleTarget = C.VREC_RULE_TARGET_VIDEO
	// RuleTargetTag: those with this tag.
	RuleTargetTag RuleTarget = C.VREC_RULE_TARGET_TAG
	// RuleTargetSeries: those of this series, and the one that stands for it.
	RuleTargetSeries RuleTarget = C.VREC_RULE_TARGET_SERIES
)

// Rule is what the owner of a service wants of a list. What a filter, the profile or the query keeps out of a list stays
// out of it.
type Rule struct {
	// Action is required.
	Action RuleAction
	// Target tells what ID names. Zero: a video.
	Target RuleTarget
	// ID is the id of a video or series, or a tag.
	ID string
	// Amount is how far RuleBoost raises and RuleBury lowers, in deviations of the list's scores, up to 100; 0 for a
	// pin. 0: 1.
	Amount float32
	// Position is where RulePin puts the video, from 1 to the query's limit; no two pins may want the same place, nor be of
	// the same video. 0 for other actions.
	Position int
}

// Filter holds rules that every result keeps, whatever its score; all that are set hold together. Lists
// have at most 1024 values each. The zero value has no rule.
type Filter struct {
	// Time: only videos available at this time. The library asks no clock. Zero: availability is not
	// checked.
	Time time.Time
	// ViewerAge in years: only videos whose minimum age is known and not above it. 0: not checked.
	ViewerAge int
	// CheckEntitlements: only videos that need no entitlement or one of Entitlements.
	CheckEntitlements bool
	// Entitlements are what the viewer may watch; none unless CheckEntitlements is set.
	Entitlements []string
	// Kinds: only videos of one of these. Empty: of any kind, and of none.
	Kinds []Kind
	// AudioLanguages: only videos with sound in one of these. Language ranges of RFC 4647: "zh" stands
	// for "zh-Hans" as well, "*" for any language. Empty: any language, and none.
	AudioLanguages []string
	// SubtitleLanguages are the same of subtitles.
	SubtitleLanguages []string
	// AnyTags: only videos with at least one of these. Capitals and blanks around a tag do not matter.
	AnyTags []string
	// AllTags: only videos with all of these.
	AllTags []string
	// NoTags: only videos with none of these.
	NoTags []string
}

// VectorQuery is what the nearest videos are asked for.
type VectorQuery struct {
	// Vectors are 1 to 1024, or to 64 with FusionMax; all of the engine's dimensions, finite, not zero,
	// not all denormal, of any length with MetricCosine.
	Vectors [][]float32
	// Fusion is what they have to do with each other.
	Fusion Fusion
	// Weights are one for each vector, from -1000 to 1000, not all 0; with FusionWeighted only. Empty:
	// equal ones.
	Weights []float32
	// Limit is the most results of each list, up to 10000, and 1000000 of all lists together. 0: 10.
	Limit int
	// MinScore leaves out results with a lower score. 0: no threshold; for one at zero give the smallest
	// positive number.
	MinScore float32
	// Language is the BCP 47 tag of the language of the texts that the vectors come from, for the
	// centring with a model. Empty: the mean of all languages.
	Language string
	// Filter holds rules that every result keeps. nil: none.
	Filter *Filter
	// Centring says whether the vectors are centred.
	Centring Centring
}

// WatchCardKind is why a card is there; the numbers are those of Android TV's Watch Next row.
type WatchCardKind int32

const (
	// WatchContinue: started and not finished.
	WatchContinue WatchCardKind = C.VREC_WATCH_CONTINUE
	// WatchNext: an episode was finished, and this is the next one.
	WatchNext WatchCardKind = C.VREC_WATCH_NEXT
	// WatchNew: the viewer had caught up with the series, and this episode appeared since.
	WatchNew WatchCardKind = C.VREC_WATCH_NEW
	// WatchNone: an item of a home screen that is no card.
	WatchNone WatchCardKind = C.VREC_WATCH_NONE
)

// WatchCard is one card of what a profile is in the middle of. The texts of one list share their memory.
type WatchCard struct {
	// ID is the video to play.
	ID    string
	Title string
	Kind  WatchCardKind
	// Position is where to go on; for live television how long it was viewed. 0 unless continued.
	Position time.Duration
	// Duration is the video's length. 0: unknown, or live television.
	Duration time.Duration
	// SeriesID is empty for a video of no series.
	SeriesID string
	// SeasonNumber and EpisodeNumber are 0 where there are none.
	SeasonNumber, EpisodeNumber uint32
	// Engaged is when the video, or an episode of its series, was last watched, as the event told.
	Engaged time.Time
}

// RowKind is what a row of a home screen holds.
type RowKind int32

const (
	// RowContinueWatching: started and not finished.
	RowContinueWatching RowKind = C.VREC_ROW_CONTINUE_WATCHING
	// RowNextUp: next episodes, and new ones of series that the viewer had caught up with.
	RowNextUp RowKind = C.VREC_ROW_NEXT_UP
	// RowBecauseYouWatched: like a film or series that the viewer watched or liked.
	RowBecauseYouWatched RowKind = C.VREC_ROW_BECAUSE_YOU_WATCHED
	// RowMoreLikeThis: like a film or series.
	RowMoreLikeThis RowKind = C.VREC_ROW_MORE_LIKE_THIS
	// RowForYou: the blended list of all that is known of the viewer.
	RowForYou RowKind = C.VREC_ROW_FOR_YOU
	// RowTrending: watched by many in the last days.
	RowTrending RowKind = C.VREC_ROW_TRENDING
	// RowPopular: watched by many.
	RowPopular RowKind = C.VREC_ROW_POPULAR
	// RowNewForYou: to be watched since a few days, ranked for the viewer.
	RowNewForYou RowKind = C.VREC_ROW_NEW_FOR_YOU
	// RowLeavingSoon: to be watched for a few days only, ranked for the viewer.
	RowLeavingSoon RowKind = C.VREC_ROW_LEAVING_SOON
	// RowOnNow: live events that are on.
	RowOnNow RowKind = C.VREC_ROW_ON_NOW
	// RowExplore: good ones among what the viewer has not touched.
	RowExplore RowKind = C.VREC_ROW_EXPLORE
)

// RowQuery is one row that a home screen is asked for.
type RowQuery struct {
	Kind RowKind
	// Size is the most items, up to 40. 0: HomeQuery.RowSize.
	Size int
	// SeedID is the video or series that the row is about, with RowBecauseYouWatched and RowMoreLikeThis. Empty: what
	// the viewer watched or liked last, and for the second what they picked or watched last.
	SeedID string
}

// HomeQuery is what a home screen is asked for.
type HomeQuery struct {
	// Query says whom the screen is for and what it may hold: Profile, Now, which is required, Context, Filter, Exclude,
	// FeatureWeights, NewVideoShare, Watched and Reasons count; in every row but those of cards boosts and buries of Rules,
	// RotationSeed and impressions; for RowForYou pins and diversity, too.
	Query Query
	// Rows in their order, at most 40. Empty: continue watching, next up, on now, because you watched, for you, new for
	// you, leaving soon, trending, because you watched, popular, explore.
	Rows []RowQuery
	// RowLimit is the most rows, the first ones that have enough items, up to 40. 0: all of Rows; 7 where those are
	// empty.
	RowLimit int
	// RowSize is the most items of a row that names no size, up to 40. 0: 25.
	RowSize int
	// RowMinimum: rows with fewer items are left out, up to 40. 0: 1.
	RowMinimum int
	// NewDays is for how many days a video is new, up to 365. 0: 30.
	NewDays int
	// LeavingDays is how many days before its end a video leaves soon, up to 7. 0: 7.
	LeavingDays int
}

// HomeRow is one row of a home screen. The texts of one screen share their memory.
type HomeRow struct {
	Kind RowKind
	// TitleKey is a stable text that says which title fits, such as because_you_watched.
	TitleKey     string
	EnglishTitle string
	// ChineseTitle is in simplified characters.
	ChineseTitle string
	// SeedID is the film or series that the row is about. Empty: none.
	SeedID, SeedTitle string
	// Items is never empty.
	Items []HomeItem
}

// HomeItem is one tile of a home screen.
type HomeItem struct {
	// Recommendation is the video to press, and why it is there.
	Recommendation Recommendation
	// Card is WatchNone but in rows of cards.
	Card WatchCardKind
	// Position is where to go on; for live television how long it was viewed. 0 unless continued.
	Position time.Duration
	// Duration is the video's length. 0: unknown, or live television.
	Duration time.Duration
	// Kind is 0 where it is unknown.
	Kind Kind
	// SeriesID is empty for a video of no series.
	SeriesID string
	// SeasonNumber and EpisodeNumber are 0 where there are none.
	SeasonNumber, EpisodeNumber uint32
	// AvailableFrom and AvailableUntil say when it can be watched. Zero: since ever, for ever.
	AvailableFrom, AvailableUntil time.Time
}

// Neighbour is one video near a vector. The IDs of one call share their memory.
type Neighbour struct {
	ID string
	// Score is a cosine from -1 to 1, or an inner product, as Options.Metric says.
	Score float32
}

// Recommendation is one result. The texts of one list share their memory.
type Recommendation struct {
	ID    string
	Title string
	// Score is a centred cosine, -1 to 1; with RankingBlend a sum without bounds, to compare within one list; where
	// Search found the title, above 1 and up to 2.
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
	// Propensity is the probability with which the list put the video into its place, given the rest of the list: below
	// 1 only where the place explores. To be recorded with the impression.
	Propensity float32
	// Reasons have weights that sum to the score, the largest first; none unless Query.Reasons asks for them.
	Reasons []Reason
}

// Statistics are counts and sizes of an engine at one moment.
type Statistics struct {
	Videos   uint64
	Profiles uint64
	// Events recorded since the engine was created.
	Events uint64
	// Dimensions of a vector; 0 while unknown.
	Dimensions uint64
	// MemoryBytes of videos, profiles and what was learned and trained; the open model is not counted.
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
	// VideosWaiting are those whose texts wait to be embedded in the background.
	VideosWaiting uint64
	// VideosFailed could not be embedded in the background, since the engine was created.
	VideosFailed uint64
	// EmbeddingQueueBytes of waiting videos count towards MemoryLimitBytes.
	EmbeddingQueueBytes uint64
	// EmbeddingCacheHits are texts whose vector was remembered since the engine was created.
	EmbeddingCacheHits uint64
	// EmbeddingCacheMisses are texts whose vector was not.
	EmbeddingCacheMisses uint64
	// EmbeddingCacheBytes of remembered vectors.
	EmbeddingCacheBytes uint64
	// InstructionSet is what vectors are scored with; never InstructionsDefault.
	InstructionSet InstructionSet
	// SignStageDivisor: the stage on signs passes one video in so many on; 0 while it is off.
	SignStageDivisor uint32
	// StoreCommits since the engine was created; 0 without a store.
	StoreCommits uint64
	// StoreEvents are the events in them.
	StoreEvents uint64
	// StoreBytesWritten since the engine was created.
	StoreBytesWritten uint64
	// StoreBytesPerEvent is what was written for an event, on average.
	StoreBytesPerEvent uint64
	// StoreWaitingEvents count already and wait for a commit.
	StoreWaitingEvents uint64
	// StoreStatus is OK, or the code of what the last commit of events failed with.
	StoreStatus Code
	// StoreIsOpen tells whether the engine has a store.
	StoreIsOpen bool
}

// EncoderDescription is what runs an engine's model.
type EncoderDescription struct {
	// Backend is never BackendDefault.
	Backend      Backend
	ModelName    string
	ModelVersion string
	ModelLicence string
	// RuntimePath of the ONNX Runtime library in use; empty with another backend.
	RuntimePath string
	// Providers that were given nodes of the model's graph; empty when the backend has none.
	Providers []ProviderNodes
	// Skipped tells why providers that were preferred could not serve, one text each.
	Skipped []string
}

// ProviderNodes is what one execution provider was given of the model's graph.
type ProviderNodes struct {
	// Provider is the name in the runtime, such as CPUExecutionProvider.
	Provider string
	Nodes    uint64
	// Products are those of the nodes that multiply matrices, where the work is.
	Products uint64
}
