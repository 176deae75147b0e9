// vrec for C++17 and later: one header over vrec.h, nothing to build.
//
//   vrec::Options options;
//   options.model_path = "/usr/share/vrec/model";
//   vrec::Engine engine(options);
//   vrec::Video video;
//   video.id = "v1";
//   video.title = "人工智能入门";
//   engine.add_video(video);
//   engine.record({vrec::EventKind::complete, "v1"});
//   for (const vrec::Recommendation item : engine.recommend()) {
//       std::cout << item.title << "\n";
//   }
//
// Rules that hold for every item:
//   - What fails throws vrec::Error; nothing else is thrown but std::bad_alloc, std::out_of_range by
//     at() of results and neighbours, and what a progress function throws. On a throw the engine is as
//     it was.
//   - Strings are UTF-8. A string_view given to a function is read during the call only; that of a
//     ModelFile as long as the engine lives.
//   - Engine, Results and Neighbours can be moved, not copied. A moved-from Engine throws
//     Code::invalid_argument from every function, moved-from Results and Neighbours are empty, and a
//     moved-from CancelToken cancels nothing.
//   - const functions, and an Engine's other functions too, may be called from any thread at any
//     time; moving, assigning and destroying need the object for themselves.
//   - Limits (bytes of a title, videos in a batch and so on) are those of vrec.h.

#ifndef VREC_HPP
#define VREC_HPP

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "vrec.h"

namespace vrec {

// Why a call failed; the meaning of each is in vrec.h. A newer library may give others.
enum class Code : std::int32_t {
    ok = VREC_OK,
    invalid_argument = VREC_E_INVALID_ARGUMENT,
    not_found = VREC_E_NOT_FOUND,
    limit = VREC_E_LIMIT,
    memory_limit = VREC_E_MEMORY_LIMIT,
    too_new = VREC_E_TOO_NEW,
    utf8 = VREC_E_UTF8,
    reentrant = VREC_E_REENTRANT,
    forked = VREC_E_FORKED,
    faulted = VREC_E_FAULTED,
    internal = VREC_E_INTERNAL,
    cancelled = VREC_E_CANCELLED,
    timed_out = VREC_E_TIMED_OUT,
    no_encoder = VREC_E_NO_ENCODER,
    model_missing = VREC_E_MODEL_MISSING,
    model_unreadable = VREC_E_MODEL_UNREADABLE,
    model_hash = VREC_E_MODEL_HASH,
    model_invalid = VREC_E_MODEL_INVALID,
    runtime_missing = VREC_E_RUNTIME_MISSING,
    runtime_version = VREC_E_RUNTIME_VERSION,
    runtime = VREC_E_RUNTIME,
    abi = VREC_E_ABI,
    provider = VREC_E_PROVIDER,
    corrupt = VREC_E_CORRUPT,
    key = VREC_E_KEY,
    busy = VREC_E_BUSY,
    io = VREC_E_IO,
    disk_full = VREC_E_DISK_FULL,
    read_only = VREC_E_READ_ONLY,
    signature = VREC_E_SIGNATURE,
    older = VREC_E_OLDER,
    base = VREC_E_BASE,
};

// The name of a code as in vrec.h, such as "VREC_E_NOT_FOUND"; "VREC_E_UNKNOWN" for any other
// number. A constant string.
inline const char* name(Code code) noexcept { return vrec_status_name(static_cast<std::int32_t>(code)); }

// The version of the loaded library, such as "0.1.0". A constant string.
inline const char* version() noexcept { return vrec_version(); }

// The ABI version of the loaded library; the one compiled for is VREC_ABI_VERSION.
inline std::uint32_t abi_version() noexcept { return vrec_abi_version(); }

// What every failed call throws. what() is the library's message: English, one line, naming the
// argument, file or limit concerned.
class Error : public std::runtime_error {
public:
    Error(Code code, const std::string& message) : std::runtime_error(message), code_(code) {}

    Code code() const noexcept { return code_; }

    // code() as in vrec.h, such as "VREC_E_NOT_FOUND".
    const char* name() const noexcept { return vrec::name(code_); }

private:
    Code code_;
};

// What a viewer did.
enum class EventKind : std::int32_t {
    impression = VREC_EVENT_IMPRESSION,
    select = VREC_EVENT_SELECT,
    play = VREC_EVENT_PLAY,
    progress = VREC_EVENT_PROGRESS,
    pause = VREC_EVENT_PAUSE,
    stop = VREC_EVENT_STOP,
    complete = VREC_EVENT_COMPLETE,
    skip = VREC_EVENT_SKIP,
    like = VREC_EVENT_LIKE,
    dislike = VREC_EVENT_DISLIKE,
    rate = VREC_EVENT_RATE,
    comment = VREC_EVENT_COMMENT,
    favourite = VREC_EVENT_FAVOURITE,
    unfavourite = VREC_EVENT_UNFAVOURITE,
    watchlist_add = VREC_EVENT_WATCHLIST_ADD,
    watchlist_remove = VREC_EVENT_WATCHLIST_REMOVE,
    hide = VREC_EVENT_HIDE,
    unhide = VREC_EVENT_UNHIDE,
    search = VREC_EVENT_SEARCH,
    // As if the video had never been played; what was said about it stays.
    unwatch = VREC_EVENT_UNWATCH,
    // The series of the video, any of its videos, is in no list and has no card.
    hide_series = VREC_EVENT_HIDE_SERIES,
    unhide_series = VREC_EVENT_UNHIDE_SERIES,
    // The video inspires no suggestions: it stays watched and counts nothing in taste and history.
    hide_seed = VREC_EVENT_HIDE_SEED,
    unhide_seed = VREC_EVENT_UNHIDE_SEED,
    // The video, or the series that it is an episode of, is in no list and has no card until Event::until.
    snooze = VREC_EVENT_SNOOZE,
};

// When a call that records events may return. Has no effect without a store.
enum class Durability : std::int32_t {
    // When they are on the disk.
    now = VREC_DURABLE_NOW,
    // At once; they are on the disk within Event::within, which needs Options::commit_thread.
    within = VREC_DURABLE_WITHIN,
    // At once; they are on the disk with the next commit, Engine::flush() or the engine's end.
    relaxed = VREC_DURABLE_RELAXED,
};

// What to do with videos the profile has watched.
enum class Watched : std::int32_t {
    // Left out of recommendations, kept in similar videos and in search.
    by_default = VREC_WATCHED_DEFAULT,
    include = VREC_WATCHED_INCLUDE,
    exclude = VREC_WATCHED_EXCLUDE,
};

// What recommendations are ordered by.
enum class Ranking : std::int32_t {
    // The cosine with the profile's taste.
    taste = VREC_RANKING_TASTE,
    // A sum of features, each times its weight.
    blend = VREC_RANKING_BLEND,
};

// How the places of a list are filled that find out what the viewer thinks of other videos: there are none; by the upper end
// of what the viewer may think (LinUCB); or by one draw from what the viewer may think (Thompson sampling).
enum class ExplorationMethod : std::int32_t {
    none = VREC_EXPLORATION_NONE,
    linucb = VREC_EXPLORATION_LINUCB,
    thompson = VREC_EXPLORATION_THOMPSON,
};

// How the videos of a list are kept from being all alike.
enum class DiversityMethod : std::int32_t {
    none = VREC_DIVERSITY_NONE,
    // Maximal marginal relevance: each video's score against its likeness to those above it.
    mmr = VREC_DIVERSITY_MMR,
    // Clusters, each with at most its quota of places.
    cluster_quotas = VREC_DIVERSITY_CLUSTER_QUOTAS,
    // A determinantal point process: scores against the volume that the videos' vectors span.
    dpp = VREC_DIVERSITY_DPP,
};

// Ways in which search() finds videos, to be added up with |.
enum class SearchWays : std::uint32_t {
    // All of these, but meaning only where it takes no waiting for another call that opens the model, where titles leave
    // room in the list, and where the text is more than one word of one or two letters or of digits.
    by_default = 0,
    // Words and characters of titles, simplified or traditional, by their beginnings and with a mistake or two in longer
    // words.
    words = VREC_SEARCH_WORDS,
    // Pinyin of the characters of titles, whole, half typed or by initials; all readings of each count.
    pinyin = VREC_SEARCH_PINYIN,
    // Digits for the letters on a telephone's keys (7496 for rgzn), where the text has nothing but digits.
    keypad = VREC_SEARCH_KEYPAD,
    // What the texts of videos mean; needs the model and waits for it.
    meaning = VREC_SEARCH_MEANING,
    // All ways through titles: what a keystroke asks for, which then never waits for the model.
    titles = VREC_SEARCH_TITLES,
};

inline SearchWays operator|(SearchWays one, SearchWays other) noexcept {
    return static_cast<SearchWays>(static_cast<std::uint32_t>(one) | static_cast<std::uint32_t>(other));
}

// What Ranking::blend can count. Those that need Engine::train() add nothing without it.
enum class Feature : std::int32_t {
    // Watched soon after what the viewer watched last; by default 0.2.
    transitions = VREC_FEATURE_TRANSITIONS,
    // Watched close to what the viewer watched, in either order; by default 0.5.
    item_neighbours = VREC_FEATURE_ITEM_NEIGHBOURS,
    // Watched by the profiles whose histories are most like the viewer's.
    user_neighbours = VREC_FEATURE_USER_NEIGHBOURS,
    // Goes together with what the viewer watched, by weights between videos; needs training; by default 0.2.
    ease = VREC_FEATURE_EASE,
    // Near the viewer's place among factors, found from the history; needs training.
    factors = VREC_FEATURE_FACTORS,
    // Reached by short random walks over profiles and videos from what the viewer watched.
    graph_walk = VREC_FEATURE_GRAPH_WALK,
    // Watched by many profiles.
    popularity = VREC_FEATURE_POPULARITY,
    // Watched by many lately, seen from the time of the list.
    trend = VREC_FEATURE_TREND,
    // Watched at such times of the day and week, on such devices, in such places and company as the list's.
    context = VREC_FEATURE_CONTEXT,
    // Near what the viewer watched by the place that vector and tags give among what is watched together; the only
    // one by which videos that nobody watched get places of their own; needs training; by default 0.1.
    content = VREC_FEATURE_CONTENT,
    // The cosine with the profile's taste; by default 0.1, and more while few profiles have watched anything.
    taste = VREC_FEATURE_TASTE,
    // Like some of the last videos that the viewer watched; each counts the more the more alike it is.
    attention = VREC_FEATURE_ATTENTION,
    // The cosine with the nearest of the viewer's interests, groups of like videos among the last ones watched.
    interests = VREC_FEATURE_INTERESTS,
    // Available since lately, seen from the time of the list, by Video::available_from.
    freshness = VREC_FEATURE_FRESHNESS,
    // A trained network that read the history in order says that it comes next; where load_sequence brought one.
    sequence = VREC_FEATURE_SEQUENCE,
};

// How much a feature counts in a list with Ranking::blend. A video's score is the sum over the features, each as its
// distance from the mean of the videos in standard deviations, times its weight.
struct FeatureWeight {
    Feature feature{};
    // -1000 to 1000; 0: it does not count.
    float weight = 0;
};

// What videos are watched on.
enum class Device : std::int32_t {
    unknown = VREC_DEVICE_UNKNOWN,
    // A television set, or a box or stick at one.
    tv = VREC_DEVICE_TV,
    phone = VREC_DEVICE_PHONE,
    tablet = VREC_DEVICE_TABLET,
    computer = VREC_DEVICE_COMPUTER,
    other = VREC_DEVICE_OTHER,
};

// Where the viewer is.
enum class Place : std::int32_t {
    unknown = VREC_PLACE_UNKNOWN,
    // In a room at home that is not told or not named here.
    home = VREC_PLACE_HOME,
    living_room = VREC_PLACE_LIVING_ROOM,
    bedroom = VREC_PLACE_BEDROOM,
    // At a place other than home.
    away = VREC_PLACE_AWAY,
    // On the way, in a train, a car or an aeroplane.
    travelling = VREC_PLACE_TRAVELLING,
};

// Who watches together.
enum class Company : std::int32_t {
    unknown = VREC_COMPANY_UNKNOWN,
    alone = VREC_COMPANY_ALONE,
    partner = VREC_COMPANY_PARTNER,
    // Adults and children together.
    family = VREC_COMPANY_FAMILY,
    // Children without adults.
    children = VREC_COMPANY_CHILDREN,
    friends = VREC_COMPANY_FRIENDS,
};

// What a video is.
enum class Kind : std::int32_t {
    unknown = VREC_KIND_UNKNOWN,
    movie = VREC_KIND_MOVIE,
    series = VREC_KIND_SERIES,
    season = VREC_KIND_SEASON,
    episode = VREC_KIND_EPISODE,
    live_event = VREC_KIND_LIVE_EVENT,
    clip = VREC_KIND_CLIP,
    music = VREC_KIND_MUSIC,
    course = VREC_KIND_COURSE,
    advert = VREC_KIND_ADVERT,
    other = VREC_KIND_OTHER,
};

// A Video::min_age of a video for everyone.
constexpr std::int32_t min_age_none = VREC_MIN_AGE_NONE;

// The text of a video that matched.
enum class Field : std::int32_t {
    // The video brought its own vector.
    none = VREC_FIELD_NONE,
    title = VREC_FIELD_TITLE,
    description = VREC_FIELD_DESCRIPTION,
    tags = VREC_FIELD_TAGS,
    comments = VREC_FIELD_COMMENTS,
};

// How much a log message matters.
enum class LogLevel : std::int32_t {
    error = VREC_LOG_ERROR,
    warning = VREC_LOG_WARNING,
    info = VREC_LOG_INFO,
};

// What runs the model.
enum class Backend : std::int32_t {
    // The ONNX Runtime where the library was built with it, else rten.
    by_default = VREC_BACKEND_DEFAULT,
    onnx_runtime = VREC_BACKEND_ONNX_RUNTIME,
    rten = VREC_BACKEND_RTEN,
};

// Execution providers of the ONNX Runtime: the devices a model can run on. All but the CPU need a
// runtime built with them, or their own library.
enum class ProviderKind : std::int32_t {
    cpu = VREC_PROVIDER_CPU,
    cuda = VREC_PROVIDER_CUDA,
    tensorrt = VREC_PROVIDER_TENSORRT,
    webgpu = VREC_PROVIDER_WEBGPU,
    openvino = VREC_PROVIDER_OPENVINO,
    qnn = VREC_PROVIDER_QNN,
    nnapi = VREC_PROVIDER_NNAPI,
    coreml = VREC_PROVIDER_COREML,
    // Any plug-in provider, by its library: what the maker of a chip ships.
    plugin = VREC_PROVIDER_PLUGIN,
};

// What vectors can be scored with; one that the CPU or the build lacks is refused.
enum class InstructionSet : std::int32_t {
    // The fastest that this CPU has.
    by_default = VREC_INSTRUCTIONS_DEFAULT,
    scalar = VREC_INSTRUCTIONS_SCALAR,
    sse41 = VREC_INSTRUCTIONS_SSE41,
    avx2 = VREC_INSTRUCTIONS_AVX2,
    avx_vnni = VREC_INSTRUCTIONS_AVX_VNNI,
    avx512_vnni = VREC_INSTRUCTIONS_AVX512_VNNI,
    neon = VREC_INSTRUCTIONS_NEON,
    neon_dot = VREC_INSTRUCTIONS_NEON_DOT,
};

// What is kept of each vector beside its codes of one byte an element.
enum class ExactValues : std::int32_t {
    // The vector as it came, in 4 bytes an element: scores are exact.
    float32 = VREC_EXACT_FLOAT32,
    // In 2 bytes an element: cosines within 0.0005; not with Metric::dot.
    float16 = VREC_EXACT_FLOAT16,
    // Nothing: scores within some 0.01, and a fifth of the memory.
    none = VREC_EXACT_NONE,
};

// What a score is.
enum class Metric : std::int32_t {
    // The cosine of the angle between two vectors, -1 to 1.
    cosine = VREC_METRIC_COSINE,
    // The inner product of two vectors as they came; only in an engine without a model.
    dot = VREC_METRIC_DOT,
};

// What several query vectors have to do with each other.
enum class Fusion : std::int32_t {
    // A list for each query vector.
    none = VREC_FUSION_NONE,
    // One list for all; a video's score is its best with any of them: one profile's several interests.
    max = VREC_FUSION_MAX,
    // One list for all; a video's score is the weighted mean of its scores.
    weighted = VREC_FUSION_WEIGHTED,
};

// Whether query vectors are centred.
enum class Centring : std::int32_t {
    // As vectors brought with videos are: with a model by the mean of their language, without one as
    // Options::centre_vectors says.
    by_default = VREC_CENTRING_DEFAULT,
    // They are taken as they are: centred already.
    none = VREC_CENTRING_NONE,
};

// A field weight that leaves the field out.
inline constexpr float weight_none = static_cast<float>(VREC_WEIGHT_NONE);

// An embedding_cache_bytes that turns the cache off.
inline constexpr std::uint64_t cache_none = VREC_CACHE_NONE;

// Receives one message on the thread of the call it is about, from several threads at once when the
// host calls from several. The text is valid during the call only. It must not use the library,
// whose calls throw Code::reentrant there, nor destroy an engine. What it throws is dropped, and the
// call it is about goes on.
using LogFunction = std::function<void(LogLevel level, std::string_view message)>;

// Hears how far a call is, on its thread and between pieces of its work: what is done and what there is
// in all, counted in texts for calls that embed, in videos for wait_for_embeddings(), and in videos or passes of
// one step after the other for train(). It must not use the library, whose calls throw Code::reentrant there, but
// for CancelToken::cancel. What it throws ends the call and is thrown on by it.
using ProgressFunction = std::function<void(std::uint64_t done, std::uint64_t total)>;

// One execution provider to run the model on.
struct Provider {
    ProviderKind kind = ProviderKind::cpu;
    // When this provider cannot serve, the next of the list is tried, with a warning in the log. Else
    // that throws Code::provider.
    bool allow_next = false;
    // Matrix products that this provider does not take may run on the CPU.
    bool allow_partial = false;
    // Absolute path of a plug-in provider's library; required for ProviderKind::plugin, allowed for
    // webgpu. It is loaded once and stays until the process ends.
    std::string library_path{};
    // The plug-in provider's name in the runtime. Empty: the first one that the library brings.
    std::string name{};
    // The provider's own options, keys and values, at most 64; see the runtime's documentation.
    std::vector<std::pair<std::string, std::string>> options{};
    // Most bytes of device memory: CUDA's arena, TensorRT's workspace; other providers have no such
    // limit and refuse one. 0: the provider's own.
    std::uint64_t memory_limit_bytes = 0;
    // Which of the provider's devices, counted from 0.
    std::uint32_t device_index = 0;
};

// A file of the model that the program holds in memory or has mapped.
struct ModelFile {
    // Its name in the model's folder, such as vrec-model.json.
    std::string name{};
    // Its content, which must stay readable and unchanged until the engine is destroyed.
    std::string_view data{};
};

// What an engine is created with.
struct Options {
    // Absolute path of the model's folder. Empty: model_files, or no model, and videos bring vectors.
    std::string model_path{};
    // Absolute path of the ONNX Runtime library, 1.24 or later. Empty: libonnxruntime.so.1 or
    // libonnxruntime.so in the folder of the vrec library. One runtime serves a whole process.
    std::string runtime_path{};
    // Most bytes to hold of videos, profiles and what was learned and trained, the open model aside. 0: no limit.
    std::uint64_t memory_limit_bytes = 0;
    // Elements of a vector, at most 8192. 0: the model's, or those of the first vector brought.
    std::uint32_t dimensions = 0;
    // Threads inside one operator of the model, at most 64. 0: 1, which starts none.
    std::uint32_t threads = 0;
    // How much each field counts in a video's vector, up to 1000; weight_none leaves it out.
    // 0: the default, in this order 1, 1, 0.5 and 0.25.
    float title_weight = 0;
    float description_weight = 0;
    float tags_weight = 0;
    float comments_weight = 0;
    // Messages up to this level are passed on.
    LogLevel log_level = LogLevel::warning;
    // Empty: silence. The engine keeps a copy.
    LogFunction log{};
    Backend backend = Backend::by_default;
    // Operators of the model that may run at the same time, at most 64. 0: 1, which starts no thread.
    std::uint32_t inter_op_threads = 0;
    // Where the ONNX Runtime runs the model, in order of preference, at most 16. Empty: the CPU.
    std::vector<Provider> providers{};
    // Files of the model in memory, at most 16; what is not among them is read from model_path.
    std::vector<ModelFile> model_files{};
    // Most bytes of vectors to remember for texts that come again; cache_none for none. 0: 4 MiB.
    std::uint64_t embedding_cache_bytes = 0;
    // Most tokens of one run of the model, padding included, up to 1048576: bounds a run's memory and
    // time. 0: 1024 on the CPU, 16384 on another device.
    std::uint32_t tokens_per_run = 0;
    // A thread of the engine embeds added videos after add_videos() has returned. Until its vector
    // lands, a video is listed for its tags, as far as the catalogue knows them, else not at all, and
    // one that replaces another keeps the other's vector. See Engine::wait_for_embeddings().
    bool background_embedding = false;
    // Threads that one search may use, the calling one included, at most 64. The others are started by
    // the first search that is large enough to gain by them, and end with the engine. 0: 1, which
    // starts none.
    std::uint32_t search_threads = 0;
    // What vectors are scored with. Lists are the same with all of them.
    InstructionSet instruction_set = InstructionSet::by_default;
    // What is kept of each vector beside its codes.
    ExactValues exact_values = ExactValues::float32;
    Metric metric = Metric::cosine;
    // The mean of the vectors brought with videos is subtracted from them, and from query vectors, in an
    // engine without a model; one with a model always does. Text vectors without it all look alike.
    bool centre_vectors = false;
    // Catalogues of 100,000 videos and more have a first stage that compares signs, one bit an element,
    // for lists of up to 100 near one query vector. It is measured on the catalogue's own vectors when it
    // reaches that size and each time that a tenth of them were written (as long as 64 searches, in the call
    // that adds, and other writers wait), and stays off where it would lose one of the hundred best of 64
    // samples; other lists may lose a video. Without it lists are exact.
    bool sign_stage = false;
    // Absolute path of the store, a directory, created where there is none: what was acknowledged is there
    // when an engine is created with it again, and no model runs for that. Empty: everything is in memory only.
    std::string store_path{};
    // 32 bytes that only this device knows; the store is sealed with keys that they wrap. Empty: nothing is
    // secret.
    std::vector<std::uint8_t> device_key{};
    // Nothing is written to the store; events and videos are refused with Code::read_only.
    bool store_read_only = false;
    // Damaged parts of the store are set aside and the rest is served. Otherwise Code::corrupt names them.
    bool store_quarantine = false;
    // A thread commits events that were recorded with Durability::within when they are due.
    bool commit_thread = false;
    // Most events that may wait for a commit. 0: 65536.
    std::uint32_t store_waiting_events = 0;
    // What counts in lists with Ranking::blend where a query does not say, each feature at most once; those not named
    // count 0. A feature of weight 0 is not learned and not trained at all: it costs neither memory nor time, and in
    // a query it adds nothing, but for taste, attention, interests and freshness, which need no learning. Empty: as
    // the pack in use says, and without one the defaults, said at each feature.
    std::vector<FeatureWeight> feature_weights{};
    // When videos count as started and as finished. A film is started when more than this share of it was watched, up
    // to 1. 0: 0.03.
    float film_started_share = 0;
    // A film or episode is finished from this share on, up to 1, besides by its credits or what is left. 0: by those
    // alone.
    float finished_share = 0;
    // A film is started at this position at the latest, an episode past it, and live television when it was viewed so
    // long. 0: two minutes.
    std::chrono::milliseconds film_started{0};
    std::chrono::milliseconds episode_started{0};
    std::chrono::milliseconds live_started{0};
    // A film or episode without credits data is finished when less than this is left. 0: three minutes.
    std::chrono::milliseconds finished_remaining{0};
};

// A video as its owner describes it. Everything is copied by the engine.
struct Video {
    // 1 to 255 bytes without NUL, required. An id that exists already is replaced.
    std::string id{};
    // At most 4096 bytes.
    std::string title{};
    // At most 65536 bytes.
    std::string description{};
    // BCP 47 tag of the language the texts are written in. Empty: detected for each text.
    std::string language{};
    // At most 256, 65536 bytes together.
    std::vector<std::string> tags{};
    // Viewers' comments, at most 256, 65536 bytes together.
    std::vector<std::string> comments{};
    // The video's vector, used instead of its texts' vectors: finite, not all zero, as many elements
    // as every other vector of the engine. Empty: made from the texts by the model.
    std::vector<float> vector{};
    // What it is.
    Kind kind = Kind::unknown;
    // Years a viewer must have, 1 to 99, or min_age_none. 0: unknown, which a query with a viewer_age
    // leaves out.
    std::int32_t min_age = 0;
    // BCP 47 tags of the languages of its sound and of its subtitles, at most 64 each.
    std::vector<std::string> audio_languages{};
    std::vector<std::string> subtitle_languages{};
    // What lets a viewer watch it, any one of them, 1 to 255 bytes each, at most 64. Empty: everyone may.
    std::vector<std::string> entitlements{};
    // It can be watched from the first time on and before the second, which is the later one; counted in
    // whole milliseconds.
    std::optional<std::chrono::system_clock::time_point> available_from{};
    std::optional<std::chrono::system_clock::time_point> available_until{};
    // What it belongs to, the same for all episodes of a series, 1 to 255 bytes. Empty: no series.
    std::string series_id{};
    // Its season and its number in the season, both from 1 on. In a series with seasons, what has no season is a
    // special; specials, and what has no number, never come next. 0: none.
    std::uint32_t season_number = 0;
    std::uint32_t episode_number = 0;
    // Its length. 0: unknown.
    std::chrono::milliseconds duration{0};
    // Where its end credits begin, not past the length. 0: unknown.
    std::chrono::milliseconds credits_start{0};
};

// The circumstances of an event or of a list. They are kept and exported; lists count them where Feature::context has
// a weight.
struct Context {
    Device device = Device::unknown;
    Place place = Place::unknown;
    Company company = Company::unknown;
    // What the viewer's clock shows beyond UTC, up to fourteen hours either way. 0: clocks are taken to show UTC.
    std::chrono::minutes utc_offset{0};
};

// One event of one profile.
struct Event {
    EventKind kind{};
    // The video concerned, required for every kind but search, where it must be empty.
    std::string video_id{};
    // Whose event, 1 to 255 bytes. Empty: the current profile, see switch_profile().
    std::string profile{};
    // How far playback had come, or for live television how long it was viewed; not negative.
    // 0: unknown.
    std::chrono::milliseconds position{0};
    // The video's length; not negative. 0: unknown, or live television.
    std::chrono::milliseconds duration{0};
    // 0.5 to 5 stars for EventKind::rate; 0 for every other kind.
    float rating = 0;
    // When it happened. Left alone: when this struct was made.
    std::chrono::system_clock::time_point time = std::chrono::system_clock::now();
    // When the call may return; a batch is as durable as its strictest event asks.
    Durability durability = Durability::now;
    // For Durability::within, up to an hour; 0 otherwise.
    std::chrono::milliseconds within{0};
    Context context{};
    // When a snooze ends, later than its time; not set for every other kind.
    std::optional<std::chrono::system_clock::time_point> until{};
    // For an impression the probability with which the list put the video where it was shown, as
    // Recommendation::propensity has it; with it the showing counts for Query::exploration_method. 0: not known, and for
    // every other kind.
    float propensity = 0;
};

// What Engine::train() may use.
struct TrainOptions {
    // The most bytes that one step may take beside what the engine holds. 0: 1 GiB.
    std::uint64_t memory_limit_bytes = 0;
    // Threads that work, the caller's own included, at most 64. The others are started for the call and end with it; the
    // result is the same whatever their number.
    std::uint32_t threads = 1;
};

// How learning weights ended: other weights are better beyond chance, none were found that are, or there were fewer than
// 100 lists to choose by or to confirm by.
enum class WeightsOutcome : std::int32_t {
    learned = VREC_WEIGHTS_LEARNED,
    kept = VREC_WEIGHTS_KEPT,
    too_few = VREC_WEIGHTS_TOO_FEW,
};

// What came of Engine::learn_weights().
struct LearnedWeights {
    WeightsOutcome outcome = WeightsOutcome::too_few;
    // The features that are to count: those in use unless the outcome is learned.
    std::vector<FeatureWeight> weights{};
    // Lists that weights were chosen by, and lists of other profiles by which they were confirmed.
    std::uint64_t choosing_lists = 0;
    std::uint64_t confirming_lists = 0;
    // The mean nDCG@10 of the confirming lists, 0 to 1, with the weights in use, and with `weights`.
    double ndcg_before = 0;
    double ndcg_after = 0;
    // What the chosen weights gain there, whether or not it was enough, and half of its 95 % confidence interval.
    double gain = 0;
    double plus_minus = 0;
};

// Limits on what a store keeps of each profile's events. At least one is needed.
struct Retention {
    // Older events go. 0: no limit.
    std::chrono::milliseconds max_age{0};
    // The newest so many of a profile stay. 0: no limit.
    std::uint64_t max_events = 0;
    // Left alone: when this struct was made.
    std::chrono::system_clock::time_point now = std::chrono::system_clock::now();
};

// How a profile is made anonymous in an export.
struct Anonymisation {
    // 32 bytes for the pseudonyms of videos, required; a service that knows them can name the videos of its
    // own catalogue.
    std::vector<std::uint8_t> salt{};
    // 32 bytes for the pseudonym of the profile. Empty: made for this export and thrown away, so that two exports
    // of a profile cannot be told to be of the same.
    std::vector<std::uint8_t> profile_salt{};
    // Times are rounded down to multiples of this, at least an hour. 0: six hours.
    std::chrono::milliseconds time_step{0};
};

// Rules that every result keeps, whatever its score; all that are set hold together. Lists have at most
// 1024 values each.
struct Filter {
    // Only videos available at this time. The library asks no clock. Not set: availability is not
    // checked.
    std::optional<std::chrono::system_clock::time_point> time{};
    // Years. Only videos whose minimum age is known and not above it. 0: not checked.
    std::uint32_t viewer_age = 0;
    // What the viewer may watch: only videos that need no entitlement or one of these. Not set: not
    // checked.
    std::optional<std::vector<std::string>> entitlements{};
    // Only videos of one of these kinds. Empty: of any kind, and of none.
    std::vector<Kind> kinds{};
    // Only videos with sound in one of these. Language ranges of RFC 4647: "zh" stands for "zh-Hans" as
    // well, "*" for any language. Empty: any language, and none.
    std::vector<std::string> audio_languages{};
    // The same of subtitles.
    std::vector<std::string> subtitle_languages{};
    // Only videos with at least one of these tags, with all of these, with none of these. Capitals and
    // blanks around a tag do not matter.
    std::vector<std::string> any_tags{};
    std::vector<std::string> all_tags{};
    std::vector<std::string> no_tags{};
};

// What a rule does: puts a video at a position of the list; raises scores; lowers them.
enum class RuleAction : std::int32_t {
    pin = VREC_RULE_PIN,
    boost = VREC_RULE_BOOST,
    bury = VREC_RULE_BURY,
};

// Which videos a rule is for: one by its id; those with a tag; those of a series, and the one that stands for it.
enum class RuleTarget : std::int32_t {
    video = VREC_RULE_TARGET_VIDEO,
    tag = VREC_RULE_TARGET_TAG,
    series = VREC_RULE_TARGET_SERIES,
};

// What the owner of a service wants of a list. What a filter, the profile or the query keeps out of a list stays out of
// it.
struct Rule {
    RuleAction action{};
    RuleTarget target = RuleTarget::video;
    // The id of a video or series, or a tag.
    std::string id{};
    // How far a boost raises and a bury lowers, in deviations of the list's scores, up to 100; 0 for a pin. 0: 1.
    float amount = 0;
    // Where a pin puts the video, from 1 to the query's limit; no two pins may want the same place, nor be of the same
    // video. 0 for other actions.
    std::uint32_t position = 0;
};

// What a list is asked for.
struct Query {
    // Whose history counts, 1 to 255 bytes. Empty: the current profile, see switch_profile().
    std::string profile{};
    // At most this many results, up to 10000. 0: 10.
    std::uint32_t limit = 0;
    // Only results with at least this score, -1 to 1; not with Ranking::blend. 0: no threshold.
    float min_score = 0;
    Watched watched = Watched::by_default;
    // Ids never to be returned; unknown ones are allowed.
    std::vector<std::string> exclude{};
    // Rules that every result keeps.
    std::optional<Filter> filter{};
    // What recommendations are ordered by; other lists do not ask.
    Ranking ranking = Ranking::taste;
    // The time of a list with Ranking::blend. Not set: that of the profile's last watch.
    std::optional<std::chrono::system_clock::time_point> now{};
    Context context{};
    // The largest share of a list with Ranking::blend that is kept for videos that nobody watched, up to 1; below 0,
    // to -1: none is kept. They are chosen by Feature::content and need its weight and Engine::train(). A list keeps
    // three times the share that such videos have of all, if that is less. 0: 0.3.
    float new_video_share = 0;
    // What counts in this list with Ranking::blend, each feature at most once; those not named count 0, and those
    // that the engine does not learn add nothing. Empty: as the engine was created with, or as the pack in use says.
    std::vector<FeatureWeight> feature_weights{};
    // The ways in which search() finds videos; other lists do not ask.
    SearchWays search_ways = SearchWays::by_default;
    // How recommend(), similar() and RowKind::for_you keep videos from being all alike; other lists and rows do not ask.
    DiversityMethod diversity_method = DiversityMethod::none;
    // How strongly, 0 to 1. At 0 the list is the one without a method; at 1 scores decide only the first place and
    // which videos may have the others.
    float diversity = 0;
    // Videos of recommend(), and of home()'s rows but those of cards, that score nearly the same take turns by this number,
    // such as that of the day: the same number gives the same order. 0: they do not.
    std::uint64_t rotation_seed = 0;
    // How far a video sinks in recommend(), and in home()'s rows but those of cards, that was shown five times and not taken
    // up since, in deviations of the list's scores, up to 100; below 0, to -1: what was shown does not count. 0: 1.
    float impression_strength = 0;
    // After which a showing counts half; not negative. 0: a week.
    std::chrono::milliseconds impression_half_life{0};
    // What the owner of the service wants of recommendations, at most 1024. They count in recommend() and, but for pins, in
    // home()'s rows other than those of cards; pins also in RowKind::for_you. Other lists check them and do not ask.
    std::vector<Rule> rules{};
    // Most places of a list, or of each row, for videos that are there only because of a rule. 0: a quarter of the list,
    // rounded up; for none give no rules.
    std::size_t rule_budget = 0;
    // How places of a list with Ranking::blend, and of home()'s row RowKind::for_you, are filled that find out what the
    // viewer thinks of other videos; lists other than those do not ask.
    ExplorationMethod exploration_method = ExplorationMethod::none;
    // How many places may go to others, at most 16. 0: 2.
    std::uint32_t exploration_slots = 0;
    // The largest share of what the list's scores are ahead of average videos that exploring may cost, up to 1; below
    // 0, to -1: nothing. 0: 0.3.
    float exploration_budget = 0;
    // What is drawn by: the same number, profile and events give the same list.
    std::uint64_t exploration_seed = 0;
};

// What a row of a home screen holds.
enum class RowKind : std::int32_t {
    // Started and not finished.
    continue_watching = VREC_ROW_CONTINUE_WATCHING,
    // Next episodes, and new ones of series that the viewer had caught up with.
    next_up = VREC_ROW_NEXT_UP,
    // Like a film or series that the viewer watched or liked.
    because_you_watched = VREC_ROW_BECAUSE_YOU_WATCHED,
    // Like a film or series.
    more_like_this = VREC_ROW_MORE_LIKE_THIS,
    // The blended list of all that is known of the viewer.
    for_you = VREC_ROW_FOR_YOU,
    // Watched by many in the last days.
    trending = VREC_ROW_TRENDING,
    // Watched by many.
    popular = VREC_ROW_POPULAR,
    // To be watched since a few days, ranked for the viewer.
    new_for_you = VREC_ROW_NEW_FOR_YOU,
    // To be watched for a few days only, ranked for the viewer.
    leaving_soon = VREC_ROW_LEAVING_SOON,
    // Live events that are on.
    on_now = VREC_ROW_ON_NOW,
    // Good ones among what the viewer has not touched.
    explore = VREC_ROW_EXPLORE,
};

// One row that a home screen is asked for.
struct RowQuery {
    RowKind kind = RowKind::for_you;
    // At most this many items, up to 40. 0: HomeQuery::row_size.
    std::uint32_t size = 0;
    // The video or series that the row is about, with because_you_watched and more_like_this. Empty: what the viewer
    // watched or liked last, and for the second what they picked or watched last.
    std::string seed_id{};
};

// What a home screen is asked for.
struct HomeQuery {
    // Whom the screen is for and what it may hold: profile, now, which is required, context, filter, exclude,
    // feature_weights, new_video_share and watched count; in every row but those of cards boosts and buries of rules,
    // rotation_seed and impressions; for RowKind::for_you pins and diversity, too.
    Query query{};
    // The rows in their order, at most 40. Empty: continue watching, next up, on now, because you watched, for you, new
    // for you, leaving soon, trending, because you watched, popular, explore.
    std::vector<RowQuery> rows{};
    // At most this many rows, the first ones that have enough items, up to 40. 0: all of rows; 7 where those are empty.
    std::uint32_t row_limit = 0;
    // Items of a row that names no size, up to 40. 0: 25.
    std::uint32_t row_size = 0;
    // Rows with fewer items are left out, up to 40. 0: 1.
    std::uint32_t row_minimum = 0;
    // For how many days a video is new, up to 365. 0: 30.
    std::uint32_t new_days = 0;
    // How many days before its end a video leaves soon, up to 7. 0: 7.
    std::uint32_t leaving_days = 0;
};

// What the nearest videos are asked for.
struct VectorQuery {
    // 1 to 1024, or to 64 with Fusion::max; all of the engine's dimensions, finite, not zero, not all
    // denormal, of any length with Metric::cosine.
    std::vector<std::vector<float>> vectors{};
    Fusion fusion = Fusion::none;
    // One for each vector, from -1000 to 1000, not all 0; with Fusion::weighted only. Empty: equal ones.
    std::vector<float> weights{};
    // At most this many results of each list, up to 10000, and 1000000 of all lists together. 0: 10.
    std::uint32_t limit = 0;
    // Only results with at least this score. 0: no threshold; for one at zero give the smallest positive
    // float.
    float min_score = 0;
    // BCP 47 tag of the language of the texts that the vectors come from, for the centring with a model.
    // Empty: the mean of all languages.
    std::string language{};
    // Rules that every result keeps.
    std::optional<Filter> filter{};
    Centring centring = Centring::by_default;
};

// Counts and sizes of an engine at one moment.
struct Statistics {
    std::uint64_t videos = 0;
    std::uint64_t profiles = 0;
    // Events recorded since the engine was created.
    std::uint64_t events = 0;
    // Elements of a vector; 0 while unknown.
    std::uint64_t dimensions = 0;
    // Bytes of videos, profiles and what was learned and trained; the open model is not counted.
    std::uint64_t memory_bytes = 0;
    // 0: no limit.
    std::uint64_t memory_limit_bytes = 0;
    // Texts turned into vectors since the engine was created.
    std::uint64_t texts_embedded = 0;
    // Code::ok when texts can be embedded as far as is known, else what a call would throw.
    Code encoder_status = Code::ok;
    // Whether the model is in memory.
    bool encoder_loaded = false;
    // Whether a failure inside the library has closed the engine for writing.
    bool faulted = false;
    // Videos whose texts wait to be embedded in the background.
    std::uint64_t videos_waiting = 0;
    // Videos that could not be embedded in the background, since the engine was created.
    std::uint64_t videos_failed = 0;
    // Bytes of waiting videos; they count towards memory_limit_bytes.
    std::uint64_t embedding_queue_bytes = 0;
    // Texts whose vector was remembered, and those whose was not, since the engine was created.
    std::uint64_t embedding_cache_hits = 0;
    std::uint64_t embedding_cache_misses = 0;
    // Bytes of remembered vectors.
    std::uint64_t embedding_cache_bytes = 0;
    // What vectors are scored with; never by_default in the answer of an engine.
    InstructionSet instruction_set = InstructionSet::by_default;
    // The stage on signs passes one video in so many on; 0 while it is off.
    std::uint32_t sign_stage_divisor = 0;
    // Commits of the store since the engine was created, and the events in them; 0 without a store.
    std::uint64_t store_commits = 0;
    std::uint64_t store_events = 0;
    // Bytes that the store wrote since the engine was created.
    std::uint64_t store_bytes_written = 0;
    // Bytes written for an event, on average.
    std::uint64_t store_bytes_per_event = 0;
    // Events that count already and wait for a commit.
    std::uint64_t store_waiting_events = 0;
    // Code::ok, or what the last commit of events failed with.
    Code store_status = Code::ok;
    // Whether the engine has a store.
    bool store_is_open = false;
};

// What one execution provider was given of the model's graph.
struct ProviderNodes {
    // The provider's name in the runtime, such as CPUExecutionProvider.
    std::string provider{};
    std::uint64_t nodes = 0;
    // Those of the nodes that multiply matrices, where the work is.
    std::uint64_t products = 0;
};

// What runs an engine's model.
struct EncoderDescription {
    // Never Backend::by_default.
    Backend backend = Backend::onnx_runtime;
    std::string model_name{};
    std::string model_version{};
    std::string model_licence{};
    // The ONNX Runtime library in use; empty with another backend.
    std::string runtime_path{};
    // Empty when the backend has no providers.
    std::vector<ProviderNodes> providers{};
    // Why providers that were preferred could not serve, one text each.
    std::vector<std::string> skipped{};
};

// What a pack is to be. Zero means the default, where one is named; vrec_pack_export_options in vrec.h says more.
struct PackExport {
    // The file to write, absolute; required. One that is there is replaced.
    std::string path{};
    // Which packs follow each other, 1 to 255 bytes, and the number, above that of every pack of the line before; required.
    std::string line{};
    std::uint64_t number = 0;
    // Told to who reads the pack.
    std::chrono::system_clock::time_point created = std::chrono::system_clock::now();
    // The secret seed of the Ed25519 key that signs, 32 bytes; required.
    std::vector<std::uint8_t> signing_key{};
    // The file of a whole pack of the same line and key, to which this one is to be a delta. Empty: none.
    std::string base_path{};
    // Noise for differential privacy: ε and δ, and how many of a profile's watches count. 0: none.
    double epsilon = 0;
    double delta = 0;
    std::uint32_t most_watches = 0;
    // How many profiles stand behind each item and cell at least. 0: 5.
    std::uint32_t least_profiles = 0;
    // How many cells transitions keep for each item, and how many pairs item neighbours and ease do. 0: 32, 100, 48.
    std::uint32_t transitions_per_item = 0;
    std::uint32_t pairs_per_item = 0;
    std::uint32_t weights_per_item = 0;
    // Days that are told as one of when an item was watched. 0: 7.
    std::uint32_t trend_days = 0;
    // The catalogue's vectors go in, too, those that the model made of texts; needs a store.
    bool with_vectors = false;
    // The network that load_sequence() took stays out, as it does with noise.
    bool without_sequence = false;
    // What each feature counts on a set that says nothing of its own, each feature at most once; those not named count 0.
    // One that counts 0 in lists here has no table in the pack. epsilon does not account for them. Empty: what each counts in lists here.
    std::vector<FeatureWeight> feature_weights{};
};

// Where a pack is, and what of it is trusted. Zero and empty mean the default, where one is named.
struct PackImport {
    // The pack's file, absolute; or its bytes, which are read during the call.
    std::string path{};
    std::vector<std::uint8_t> data{};
    // Ed25519 public keys, 32 bytes each, at least one; required.
    std::vector<std::array<std::uint8_t, 32>> trusted_keys{};
    // The line that the pack has to be of. Empty: that of the pack in use, any where there is none.
    std::string line{};
    // Most bytes of the file, and of what it unfolds to. 0: 64 MiB and 256 MiB.
    std::uint64_t most_file_bytes = 0;
    std::uint64_t most_content_bytes = 0;
};

// What a pack says of itself; vrec_pack_fields in vrec.h says more.
struct PackDescription {
    std::string line{};
    std::uint64_t number = 0;
    std::chrono::system_clock::time_point created{};
    std::uint64_t videos = 0;
    // The number of the pack that it is a delta to; 0 where it stands alone.
    std::uint64_t base_number = 0;
    // The number of the pack to which revert_pack() goes back; 0 where that is to no pack, or for a file.
    std::uint64_t before_number = 0;
    std::uint64_t stored_bytes = 0;
    std::uint64_t content_bytes = 0;
    // 0 without noise.
    double epsilon = 0;
    double delta = 0;
    std::uint32_t most_watches = 0;
    // The share of the pack's profiles that a watch at home counts as by now; 0 for a file.
    float home_share = 0;
    // Whether it brings a network that reads histories in order.
    bool has_sequence = false;
    // What made its vectors; empty where it has none.
    std::vector<std::uint8_t> encoder{};
    // The public key that signed it, 32 bytes.
    std::vector<std::uint8_t> key{};
};

namespace detail {

template <class Handle, void (*destroy)(Handle*)>
struct Destroy {
    void operator()(Handle* handle) const noexcept { destroy(handle); }
};

using EngineHandle = std::unique_ptr<vrec_engine, Destroy<vrec_engine, vrec_destroy>>;
using ErrorHandle = std::unique_ptr<vrec_error, Destroy<vrec_error, vrec_error_destroy>>;
using ResultsHandle = std::unique_ptr<vrec_results, Destroy<vrec_results, vrec_results_destroy>>;
using NeighboursHandle = std::unique_ptr<vrec_neighbours, Destroy<vrec_neighbours, vrec_neighbours_destroy>>;
using ProfilesHandle = std::unique_ptr<vrec_profiles, Destroy<vrec_profiles, vrec_profiles_destroy>>;
using ExplanationHandle = std::unique_ptr<vrec_explanation, Destroy<vrec_explanation, vrec_explanation_destroy>>;
using WatchCardsHandle = std::unique_ptr<vrec_watch_cards, Destroy<vrec_watch_cards, vrec_watch_cards_destroy>>;
using HomeScreenHandle = std::unique_ptr<vrec_home_screen, Destroy<vrec_home_screen, vrec_home_screen_destroy>>;
using DescriptionHandle =
    std::unique_ptr<vrec_encoder_description, Destroy<vrec_encoder_description, vrec_encoder_description_destroy>>;
using PackHandle =
    std::unique_ptr<vrec_pack_description, Destroy<vrec_pack_description, vrec_pack_description_destroy>>;
using ExportHandle = std::unique_ptr<vrec_export, Destroy<vrec_export, vrec_export_destroy>>;
using TokenHandle = std::unique_ptr<vrec_cancel_token, Destroy<vrec_cancel_token, vrec_cancel_token_destroy>>;

// Throws what a call has reported, unless it succeeded.
inline void throw_failure(std::int32_t status, const ErrorHandle& error) {
    if (status != VREC_OK) {
        throw Error(static_cast<Code>(status), error ? vrec_error_message(error.get()) : vrec_status_name(status));
    }
}

// Runs `call(vrec_error **)` and throws what it reports.
template <class Call>
void check(Call&& call) {
    vrec_error* raw = nullptr;
    const std::int32_t status = call(&raw);
    throw_failure(status, ErrorHandle(raw));
}

// A zeroed struct of the C header that knows its size.
template <class Struct>
Struct sized() {
    Struct value{};
    value.struct_size = sizeof value;
    return value;
}

// Texts as one block and offsets, for as long as it lives.
class TextBlock {
public:
    TextBlock() = default;

    template <class Texts>
    explicit TextBlock(const Texts& texts) {
        std::size_t bytes = 0;
        std::size_t count = 0;
        for (const std::string_view text : texts) {
            bytes += text.size();
            ++count;
        }
        bytes_.reserve(bytes);
        offsets_.reserve(count + 1);
        offsets_.push_back(0);
        for (const std::string_view text : texts) {
            bytes_.append(text);
            offsets_.push_back(bytes_.size());
        }
    }

    const char* bytes() const noexcept { return bytes_.data(); }
    const std::uint64_t* offsets() const noexcept { return offsets_.data(); }
    std::size_t count() const noexcept { return offsets_.empty() ? 0 : offsets_.size() - 1; }

private:
    std::string bytes_;
    std::vector<std::uint64_t> offsets_;
};

// A text of a column: between offsets i and i + 1.
inline std::string_view text_at(const char* bytes, const std::uint64_t* offsets, std::size_t index) noexcept {
    const std::uint64_t start = offsets[index];
    return {bytes + start, static_cast<std::size_t>(offsets[index + 1] - start)};
}

// A time as C takes it, where 0 means none: `zero` is the millisecond that stands for that one.
inline std::int64_t utc_ms(const std::optional<std::chrono::system_clock::time_point>& time, std::int64_t zero) {
    if (!time) {
        return 0;
    }
    const std::int64_t ms = std::chrono::floor<std::chrono::milliseconds>(time->time_since_epoch()).count();
    return ms == 0 ? zero : ms;
}

// A video as C sees it, with the blocks its lists point into.
class RawVideo {
public:
    explicit RawVideo(const Video& video)
        : tags_(video.tags),
          comments_(video.comments),
          audio_languages_(video.audio_languages),
          subtitle_languages_(video.subtitle_languages),
          entitlements_(video.entitlements) {
        raw_ = sized<vrec_video>();
        raw_.id = video.id.data();
        raw_.id_len = video.id.size();
        raw_.title = video.title.data();
        raw_.title_len = video.title.size();
        raw_.description = video.description.data();
        raw_.description_len = video.description.size();
        raw_.language = video.language.data();
        raw_.language_len = video.language.size();
        raw_.vector = video.vector.empty() ? nullptr : video.vector.data();
        raw_.vector_len = video.vector.size();
        raw_.kind = static_cast<std::int32_t>(video.kind);
        raw_.min_age = video.min_age;
        raw_.available_from_utc_ms = utc_ms(video.available_from, -1);
        raw_.available_until_utc_ms = utc_ms(video.available_until, -1);
        raw_.series_id = video.series_id.data();
        raw_.series_id_len = video.series_id.size();
        raw_.season_number = video.season_number;
        raw_.episode_number = video.episode_number;
        raw_.duration_ms = video.duration.count();
        raw_.credits_start_ms = video.credits_start.count();
    }

    // Borrows from this object and from the video it was made of.
    vrec_video view() const noexcept {
        vrec_video view = raw_;
        view.tags = tags_.bytes();
        view.tag_offsets = tags_.offsets();
        view.tag_count = tags_.count();
        view.comments = comments_.bytes();
        view.comment_offsets = comments_.offsets();
        view.comment_count = comments_.count();
        view.audio_languages = audio_languages_.bytes();
        view.audio_language_offsets = audio_languages_.offsets();
        view.audio_language_count = audio_languages_.count();
        view.subtitle_languages = subtitle_languages_.bytes();
        view.subtitle_language_offsets = subtitle_languages_.offsets();
        view.subtitle_language_count = subtitle_languages_.count();
        view.entitlements = entitlements_.bytes();
        view.entitlement_offsets = entitlements_.offsets();
        view.entitlement_count = entitlements_.count();
        return view;
    }

private:
    TextBlock tags_;
    TextBlock comments_;
    TextBlock audio_languages_;
    TextBlock subtitle_languages_;
    TextBlock entitlements_;
    vrec_video raw_{};
};

// A filter as C sees it, with the blocks its lists point into.
class RawFilter {
public:
    explicit RawFilter(const Filter& filter)
        : audio_languages_(filter.audio_languages),
          subtitle_languages_(filter.subtitle_languages),
          any_tags_(filter.any_tags),
          all_tags_(filter.all_tags),
          no_tags_(filter.no_tags) {
        raw_ = sized<vrec_filter>();
        raw_.time_utc_ms = utc_ms(filter.time, 1);
        raw_.viewer_age = filter.viewer_age;
        if (filter.entitlements) {
            raw_.check_entitlements = 1;
            entitlements_ = TextBlock(*filter.entitlements);
        }
        kinds_.reserve(filter.kinds.size());
        for (const Kind kind : filter.kinds) {
            kinds_.push_back(static_cast<std::int32_t>(kind));
        }
    }

    // Borrows from this object.
    vrec_filter view() const noexcept {
        vrec_filter view = raw_;
        view.entitlements = entitlements_.bytes();
        view.entitlement_offsets = entitlements_.offsets();
        view.entitlement_count = entitlements_.count();
        view.kinds = kinds_.data();
        view.kind_count = kinds_.size();
        view.audio_languages = audio_languages_.bytes();
        view.audio_language_offsets = audio_languages_.offsets();
        view.audio_language_count = audio_languages_.count();
        view.subtitle_languages = subtitle_languages_.bytes();
        view.subtitle_language_offsets = subtitle_languages_.offsets();
        view.subtitle_language_count = subtitle_languages_.count();
        view.any_tags = any_tags_.bytes();
        view.any_tag_offsets = any_tags_.offsets();
        view.any_tag_count = any_tags_.count();
        view.all_tags = all_tags_.bytes();
        view.all_tag_offsets = all_tags_.offsets();
        view.all_tag_count = all_tags_.count();
        view.no_tags = no_tags_.bytes();
        view.no_tag_offsets = no_tags_.offsets();
        view.no_tag_count = no_tags_.count();
        return view;
    }

private:
    TextBlock entitlements_;
    std::vector<std::int32_t> kinds_;
    TextBlock audio_languages_;
    TextBlock subtitle_languages_;
    TextBlock any_tags_;
    TextBlock all_tags_;
    TextBlock no_tags_;
    vrec_filter raw_{};
};

// Vectors one after the other, which C takes with one length for all.
inline std::vector<float> rows_of(const std::vector<std::vector<float>>& vectors) {
    const std::size_t length = vectors.empty() ? 0 : vectors.front().size();
    std::vector<float> rows;
    rows.reserve(vectors.size() * length);
    for (std::size_t index = 0; index < vectors.size(); ++index) {
        const std::vector<float>& vector = vectors[index];
        if (vector.size() != length) {
            throw Error(Code::invalid_argument, "vectors[" + std::to_string(index) + "]: the vector has " +
                                                    std::to_string(vector.size()) + " elements, vectors[0] has " +
                                                    std::to_string(length));
        }
        rows.insert(rows.end(), vector.begin(), vector.end());
    }
    return rows;
}

// A vector query as C sees it, with the blocks it points into.
class RawVectorQuery {
public:
    explicit RawVectorQuery(const VectorQuery& query)
        : query_(&query), rows_(rows_of(query.vectors)), raw_(sized<vrec_vector_query>()) {
        // C reads as many weights as there are vectors.
        if (!query.weights.empty() && query.weights.size() != query.vectors.size()) {
            throw Error(Code::invalid_argument, "there are " + std::to_string(query.weights.size()) +
                                                    " weights for " + std::to_string(query.vectors.size()) +
                                                    " vectors");
        }
        raw_.fusion = static_cast<std::int32_t>(query.fusion);
        raw_.limit = query.limit;
        raw_.min_score = query.min_score;
        raw_.centring = static_cast<std::int32_t>(query.centring);
        if (query.filter) {
            filter_ = holder_of_filter_.emplace(*query.filter).view();
        }
    }
    RawVectorQuery(const RawVectorQuery&) = delete;
    RawVectorQuery& operator=(const RawVectorQuery&) = delete;

    // Borrows from this object and from the query it was made of.
    vrec_vector_query view() const noexcept {
        vrec_vector_query view = raw_;
        view.vectors = rows_.data();
        view.vector_count = query_->vectors.size();
        view.vector_len = query_->vectors.empty() ? 0 : query_->vectors.front().size();
        view.weights = query_->weights.empty() ? nullptr : query_->weights.data();
        view.language = query_->language.data();
        view.language_len = query_->language.size();
        view.filter = holder_of_filter_ ? &filter_ : nullptr;
        return view;
    }

private:
    const VectorQuery* query_;
    std::vector<float> rows_;
    std::optional<RawFilter> holder_of_filter_;
    vrec_filter filter_{};
    vrec_vector_query raw_;
};

// What does not fit is out of the library's range, which says so.
inline std::int32_t raw_minutes(std::chrono::minutes minutes) noexcept {
    using limits = std::numeric_limits<std::int32_t>;
    return static_cast<std::int32_t>(
        std::clamp<std::chrono::minutes::rep>(minutes.count(), limits::min(), limits::max()));
}

// Puts circumstances into an event or a query.
template <class Struct>
void put_context(Struct& raw, const Context& context) noexcept {
    raw.device = static_cast<std::int32_t>(context.device);
    raw.place = static_cast<std::int32_t>(context.place);
    raw.company = static_cast<std::int32_t>(context.company);
    raw.utc_offset_minutes = raw_minutes(context.utc_offset);
}

inline vrec_train_options raw_train_options(const TrainOptions& options) {
    auto raw = sized<vrec_train_options>();
    raw.memory_limit_bytes = options.memory_limit_bytes;
    raw.threads = options.threads;
    return raw;
}

inline std::vector<vrec_feature_weight> raw_feature_weights(const std::vector<FeatureWeight>& weights) {
    std::vector<vrec_feature_weight> raw;
    raw.reserve(weights.size());
    for (const FeatureWeight& entry : weights) {
        raw.push_back({static_cast<std::int32_t>(entry.feature), entry.weight});
    }
    return raw;
}

// They borrow from the rules they were made of.
inline std::vector<vrec_rule> raw_rules(const std::vector<Rule>& rules) {
    std::vector<vrec_rule> raw;
    raw.reserve(rules.size());
    for (const Rule& rule : rules) {
        auto one = sized<vrec_rule>();
        one.action = static_cast<std::int32_t>(rule.action);
        one.target = static_cast<std::int32_t>(rule.target);
        one.id = rule.id.data();
        one.id_len = rule.id.size();
        one.amount = rule.amount;
        one.position = rule.position;
        raw.push_back(one);
    }
    return raw;
}

inline std::uint32_t raw_ms(std::chrono::milliseconds duration) noexcept {
    return static_cast<std::uint32_t>(
        std::clamp<std::chrono::milliseconds::rep>(duration.count(), 0, std::numeric_limits<std::uint32_t>::max()));
}

inline vrec_event raw_event(const Event& event) {
    using std::chrono::milliseconds;
    auto raw = sized<vrec_event>();
    raw.profile = event.profile.data();
    raw.profile_len = event.profile.size();
    raw.video_id = event.video_id.data();
    raw.video_id_len = event.video_id.size();
    raw.time_utc_ms = std::chrono::floor<milliseconds>(event.time.time_since_epoch()).count();
    raw.position_ms = event.position.count();
    raw.duration_ms = event.duration.count();
    raw.kind = static_cast<std::int32_t>(event.kind);
    raw.rating = event.rating;
    raw.durability = static_cast<std::int32_t>(event.durability);
    // What does not fit is over the library's limit, which says so.
    raw.within_ms = raw_ms(event.within);
    put_context(raw, event.context);
    raw.until_utc_ms = utc_ms(event.until, 1);
    raw.propensity = event.propensity;
    return raw;
}

// A provider as C sees it, with the blocks its options lie in.
class RawProvider {
public:
    explicit RawProvider(const Provider& provider) : provider_(&provider) {
        std::vector<std::string_view> keys;
        std::vector<std::string_view> values;
        for (const auto& [key, value] : provider.options) {
            keys.emplace_back(key);
            values.emplace_back(value);
        }
        keys_ = TextBlock(keys);
        values_ = TextBlock(values);
    }

    // Borrows from this object and from the provider it was made of.
    vrec_provider view() const noexcept {
        auto view = sized<vrec_provider>();
        view.kind = static_cast<std::int32_t>(provider_->kind);
        view.flags = (provider_->allow_next ? std::uint32_t{VREC_PROVIDER_ALLOW_NEXT} : 0U) |
                     (provider_->allow_partial ? std::uint32_t{VREC_PROVIDER_ALLOW_PARTIAL} : 0U);
        view.library_path = provider_->library_path.data();
        view.library_path_len = provider_->library_path.size();
        view.name = provider_->name.data();
        view.name_len = provider_->name.size();
        view.option_keys = keys_.bytes();
        view.option_key_offsets = keys_.offsets();
        view.option_values = values_.bytes();
        view.option_value_offsets = values_.offsets();
        view.option_count = keys_.count();
        view.memory_limit_bytes = provider_->memory_limit_bytes;
        view.device_index = provider_->device_index;
        return view;
    }

private:
    const Provider* provider_;
    TextBlock keys_;
    TextBlock values_;
};

inline vrec_model_file raw_model_file(const ModelFile& file) noexcept {
    auto raw = sized<vrec_model_file>();
    raw.name = file.name.data();
    raw.name_len = file.name.size();
    raw.data = file.data.data();
    raw.data_len = file.data.size();
    return raw;
}

// The texts of a column of `count`.
inline std::vector<std::string> texts_of(const char* bytes, const std::uint64_t* offsets, std::size_t count) {
    std::vector<std::string> texts;
    texts.reserve(count);
    for (std::size_t index = 0; index < count; ++index) {
        texts.emplace_back(text_at(bytes, offsets, index));
    }
    return texts;
}

inline EncoderDescription description_of(const vrec_encoder_fields& fields) {
    EncoderDescription description;
    description.backend = static_cast<Backend>(fields.backend);
    description.model_name.assign(fields.model_name, fields.model_name_len);
    description.model_version.assign(fields.model_version, fields.model_version_len);
    description.model_licence.assign(fields.model_licence, fields.model_licence_len);
    description.runtime_path.assign(fields.runtime_path, fields.runtime_path_len);
    for (std::size_t index = 0; index < fields.provider_count; ++index) {
        const std::string_view name = text_at(fields.provider_names, fields.provider_name_offsets, index);
        description.providers.push_back(
            {std::string(name), fields.provider_nodes[index], fields.provider_products[index]});
    }
    description.skipped = texts_of(fields.skipped, fields.skipped_offsets, fields.skipped_count);
    return description;
}

inline PackDescription description_of(const vrec_pack_fields& fields) {
    PackDescription pack;
    pack.line.assign(fields.line, fields.line_len);
    pack.number = fields.number;
    pack.created = std::chrono::system_clock::time_point(std::chrono::milliseconds(fields.created_utc_ms));
    pack.videos = fields.videos;
    pack.base_number = fields.base_number;
    pack.before_number = fields.before_number;
    pack.stored_bytes = fields.stored_bytes;
    pack.content_bytes = fields.content_bytes;
    pack.epsilon = fields.epsilon;
    pack.delta = fields.delta;
    pack.most_watches = fields.most_watches;
    pack.home_share = fields.home_share;
    pack.has_sequence = fields.has_sequence != 0;
    pack.encoder.assign(fields.encoder, fields.encoder + fields.encoder_len);
    pack.key.assign(fields.key, fields.key + fields.key_len);
    return pack;
}

// Borrows from `import`; `keys` takes what has to stand together.
inline vrec_pack_import_options raw_import(const PackImport& import, std::vector<std::uint8_t>& keys) {
    for (const auto& key : import.trusted_keys) {
        keys.insert(keys.end(), key.begin(), key.end());
    }
    auto raw = sized<vrec_pack_import_options>();
    raw.path = import.path.data();
    raw.path_len = import.path.size();
    raw.data = import.data.data();
    raw.data_len = import.data.size();
    raw.trusted_keys = keys.data();
    raw.trusted_key_count = import.trusted_keys.size();
    raw.line = import.line.data();
    raw.line_len = import.line.size();
    raw.most_file_bytes = import.most_file_bytes;
    raw.most_content_bytes = import.most_content_bytes;
    return raw;
}

extern "C" inline void vrec_cpp_log(std::int32_t level, const char* message, std::size_t length,
                                    void* function) noexcept {
    try {
        (*static_cast<const LogFunction*>(function))(static_cast<LogLevel>(level), {message, length});
    } catch (...) {  // A logger must not decide whether a call succeeds, and C cannot be unwound.
    }
}

}  // namespace detail

// A switch by which one thread ends another's call. Copies share the switch; once cancelled it
// stays cancelled. Safe to use from several threads at once.
class CancelToken {
public:
    CancelToken() {
        vrec_cancel_token* token = nullptr;
        detail::check([&](vrec_error** error) { return vrec_cancel_token_create(&token, error); });
        token_.reset(token);
    }

    CancelToken(const CancelToken& other) noexcept : token_(vrec_cancel_token_retain(other.handle())) {}
    CancelToken& operator=(const CancelToken& other) noexcept {
        token_.reset(vrec_cancel_token_retain(other.handle()));
        return *this;
    }
    CancelToken(CancelToken&&) noexcept = default;
    CancelToken& operator=(CancelToken&&) noexcept = default;
    ~CancelToken() = default;

    // Ends every running and future call that carries the token with Code::cancelled, at its next
    // check: between runs of the model and between blocks of a scan. Never waits.
    void cancel() const noexcept { vrec_cancel_token_cancel(handle()); }

    bool is_cancelled() const noexcept { return vrec_cancel_token_is_cancelled(handle()) != 0; }

    // The C handle, borrowed.
    vrec_cancel_token* handle() const noexcept { return token_.get(); }

private:
    detail::TokenHandle token_;
};

// Bounds on one call.
struct CallOptions {
    // Time after which the call throws Code::timed_out, at most one day; not negative. Checked
    // between runs of the model and between blocks of a scan. 0: no limit.
    std::chrono::milliseconds timeout{0};
    // A token that ends the call from another thread; borrowed for the call. nullptr: none.
    const CancelToken* cancel = nullptr;
    // Hears how far the call is. When it throws, the call is ended by its token, which is then
    // cancelled, and throws the same. Empty: nobody.
    ProgressFunction progress{};
};

namespace detail {

// Passes progress on to a function of the program. What that throws is kept, since C cannot be
// unwound, and ends the call by its token.
class ProgressListener {
public:
    ProgressListener(const ProgressFunction& function, vrec_cancel_token* token)
        : function_(&function), token_(token) {}

    void hear(std::uint64_t done, std::uint64_t total) noexcept {
        if (thrown_) {
            return;
        }
        try {
            (*function_)(done, total);
        } catch (...) {
            thrown_ = std::current_exception();
            vrec_cancel_token_cancel(token_);
        }
    }

    void throw_on() const {
        if (thrown_) {
            std::rethrow_exception(thrown_);
        }
    }

private:
    const ProgressFunction* function_;
    vrec_cancel_token* token_;
    std::exception_ptr thrown_;
};

extern "C" inline void vrec_cpp_progress(std::uint64_t done, std::uint64_t total, void* listener) noexcept {
    static_cast<ProgressListener*>(listener)->hear(done, total);
}

}  // namespace detail

// One result. Its texts are views into the Results it came from, valid while those live, moved or
// not.
struct Recommendation {
    std::string_view id{};
    std::string_view title{};
    // Centred cosine, -1 to 1; with Ranking::blend a sum without bounds, to compare within one list.
    float score = 0;
    // For a recommendation the watched video that contributed most to the score, for similar videos
    // the video asked about, for a search empty.
    std::string_view because_id{};
    // The field that contributed most to the score, its text (tags joined with ", ", comments with
    // line ends), and how much of the score it contributed.
    Field matched_field = Field::none;
    std::string_view matched_text{};
    float matched_score = 0;
    // The probability with which the list put the video into its place, given the rest of the list: below 1 only where
    // the place explores. To be recorded with the impression.
    float propensity = 0;
};

namespace detail {

inline Recommendation recommendation_at(const vrec_columns& from, std::size_t index) noexcept {
    Recommendation item;
    item.id = text_at(from.ids, from.id_offsets, index);
    item.title = text_at(from.titles, from.title_offsets, index);
    item.score = from.scores[index];
    item.because_id = text_at(from.because_ids, from.because_id_offsets, index);
    item.matched_field = static_cast<Field>(from.matched_fields[index]);
    item.matched_text = text_at(from.matched_texts, from.matched_text_offsets, index);
    item.matched_score = from.matched_scores[index];
    item.propensity = from.propensities[index];
    return item;
}

// Walks what `item_at` makes of columns. Random access in C++20's sense; an input iterator to C++17's
// algorithms, since it yields values.
template <class Item, class Columns, Item (*item_at)(const Columns&, std::size_t) noexcept>
class Iterator {
public:
    using iterator_concept = std::random_access_iterator_tag;
    using iterator_category = std::input_iterator_tag;
    using value_type = Item;
    using difference_type = std::ptrdiff_t;
    using reference = Item;

    // What -> needs to reach into a value.
    struct pointer {
        Item item;
        const Item* operator->() const noexcept { return &item; }
    };

    Iterator() = default;
    Iterator(const Columns& columns, std::size_t index) noexcept
        : columns_(&columns), index_(static_cast<difference_type>(index)) {}

    Item operator*() const noexcept { return item_at(*columns_, static_cast<std::size_t>(index_)); }
    pointer operator->() const noexcept { return {**this}; }
    Item operator[](difference_type offset) const noexcept { return *(*this + offset); }

    Iterator& operator+=(difference_type offset) noexcept {
        index_ += offset;
        return *this;
    }
    Iterator& operator-=(difference_type offset) noexcept { return *this += -offset; }
    Iterator& operator++() noexcept { return *this += 1; }
    Iterator& operator--() noexcept { return *this -= 1; }
    Iterator operator++(int) noexcept { return std::exchange(*this, *this + 1); }
    Iterator operator--(int) noexcept { return std::exchange(*this, *this - 1); }

    friend Iterator operator+(Iterator from, difference_type offset) noexcept { return from += offset; }
    friend Iterator operator+(difference_type offset, Iterator from) noexcept { return from += offset; }
    friend Iterator operator-(Iterator from, difference_type offset) noexcept { return from -= offset; }
    friend difference_type operator-(const Iterator& a, const Iterator& b) noexcept { return a.index_ - b.index_; }
    friend bool operator==(const Iterator& a, const Iterator& b) noexcept { return a.index_ == b.index_; }
    friend bool operator!=(const Iterator& a, const Iterator& b) noexcept { return a.index_ != b.index_; }
    friend bool operator<(const Iterator& a, const Iterator& b) noexcept { return a.index_ < b.index_; }
    friend bool operator>(const Iterator& a, const Iterator& b) noexcept { return a.index_ > b.index_; }
    friend bool operator<=(const Iterator& a, const Iterator& b) noexcept { return a.index_ <= b.index_; }
    friend bool operator>=(const Iterator& a, const Iterator& b) noexcept { return a.index_ >= b.index_; }

private:
    const Columns* columns_ = nullptr;
    difference_type index_ = 0;
};

}  // namespace detail

// What a reason is; the meaning of each is in vrec.h. A newer library may give others.
enum class ReasonKind : std::int32_t {
    transitions = VREC_REASON_TRANSITIONS,
    item_neighbours = VREC_REASON_ITEM_NEIGHBOURS,
    user_neighbours = VREC_REASON_USER_NEIGHBOURS,
    ease = VREC_REASON_EASE,
    factors = VREC_REASON_FACTORS,
    graph_walk = VREC_REASON_GRAPH_WALK,
    popularity = VREC_REASON_POPULARITY,
    trend = VREC_REASON_TREND,
    context = VREC_REASON_CONTEXT,
    content = VREC_REASON_CONTENT,
    taste = VREC_REASON_TASTE,
    attention = VREC_REASON_ATTENTION,
    interests = VREC_REASON_INTERESTS,
    freshness = VREC_REASON_FRESHNESS,
    sequence = VREC_REASON_SEQUENCE,
    similar = VREC_REASON_SIMILAR,
    title = VREC_REASON_TITLE,
    text = VREC_REASON_TEXT,
    boost = VREC_REASON_BOOST,
    bury = VREC_REASON_BURY,
    pin = VREC_REASON_PIN,
    impressions = VREC_REASON_IMPRESSIONS,
    rotation = VREC_REASON_ROTATION,
    new_place = VREC_REASON_NEW_PLACE,
    diversity = VREC_REASON_DIVERSITY,
    explore_place = VREC_REASON_EXPLORE_PLACE,
    continued = VREC_REASON_CONTINUE,
    next = VREC_REASON_NEXT,
    new_episode = VREC_REASON_NEW_EPISODE,
    leaving_soon = VREC_REASON_LEAVING_SOON,
    on_now = VREC_REASON_ON_NOW,
    new_for_you = VREC_REASON_NEW_FOR_YOU,
    explore = VREC_REASON_EXPLORE,
};

// One term of a score. Those of a video sum to its score; a negative one speaks against it.
struct Reason {
    ReasonKind kind{};
    float weight = 0;
    // The watched video that brought most of it, or for similar videos the one asked about. Empty: no single one.
    std::string evidence_id{};
    // What says most: a tag that both videos have, the circumstance that the video is watched in, the beginning of the
    // field, or the title of the video in evidence_id. Empty: nothing.
    std::string evidence_text{};
    // The field of the listed video that it is the part of.
    Field evidence_field = Field::none;
    // As a sentence for viewers, without a full stop, in English and in simplified Chinese.
    std::string english{};
    std::string chinese{};
};

// What keeps a video out of a list; the meaning of each is in vrec.h. A newer library may give others.
enum class BlockKind : std::int32_t {
    age = VREC_BLOCK_AGE,
    age_unknown = VREC_BLOCK_AGE_UNKNOWN,
    not_yet_available = VREC_BLOCK_NOT_YET_AVAILABLE,
    expired = VREC_BLOCK_EXPIRED,
    entitlement = VREC_BLOCK_ENTITLEMENT,
    audio_language = VREC_BLOCK_AUDIO_LANGUAGE,
    subtitle_language = VREC_BLOCK_SUBTITLE_LANGUAGE,
    kind = VREC_BLOCK_KIND,
    any_tag = VREC_BLOCK_ANY_TAG,
    missing_tag = VREC_BLOCK_MISSING_TAG,
    forbidden_tag = VREC_BLOCK_FORBIDDEN_TAG,
    hidden = VREC_BLOCK_HIDDEN,
    watched = VREC_BLOCK_WATCHED,
    excluded = VREC_BLOCK_EXCLUDED,
    no_vector = VREC_BLOCK_NO_VECTOR,
    below_min_score = VREC_BLOCK_BELOW_MIN_SCORE,
    no_taste = VREC_BLOCK_NO_TASTE,
    hidden_series = VREC_BLOCK_HIDDEN_SERIES,
    snoozed = VREC_BLOCK_SNOOZED,
};

// One cause that keeps a video out of a list.
struct Block {
    BlockKind kind{};
    // What the video has and what the query asks for: years for an age, milliseconds since 1970-01-01 UTC for
    // availability; else 0.
    std::int64_t found = 0;
    std::int64_t asked = 0;
    // The tags, languages or kinds that the query asks for or leaves out. Empty: none.
    std::string text{};
    // As a sentence, without a full stop, in English and in simplified Chinese.
    std::string english{};
    std::string chinese{};
};

// How one video stands with a query.
struct Explanation {
    std::string title{};
    // As recommend() would score it, blocked or not. None without a vector, or where there is no taste to score by.
    std::optional<float> score{};
    // Its place among the videos that nothing keeps out, from 1 on, in the order of the query's list. 0: blocked.
    std::uint64_t rank = 0;
    // How many videos nothing keeps out but their scores.
    std::uint64_t allowed = 0;
    // What sums to the score, the largest first.
    std::vector<Reason> reasons{};
    // All that keeps it out; empty: nothing does.
    std::vector<Block> blocks{};
};

namespace detail {

// The reasons of the list's video at `index`, which must be one of it.
inline std::vector<Reason> reasons_at(const vrec_reason_columns& from, std::size_t index) {
    std::vector<Reason> reasons;
    for (std::uint64_t next = from.reason_offsets[index]; next < from.reason_offsets[index + 1]; ++next) {
        const auto at = static_cast<std::size_t>(next);
        Reason reason;
        reason.kind = static_cast<ReasonKind>(from.kinds[at]);
        reason.weight = from.weights[at];
        reason.evidence_id = text_at(from.evidence_ids, from.evidence_id_offsets, at);
        reason.evidence_text = text_at(from.evidence_texts, from.evidence_text_offsets, at);
        reason.evidence_field = static_cast<Field>(from.evidence_fields[at]);
        reason.english = text_at(from.english, from.english_offsets, at);
        reason.chinese = text_at(from.chinese, from.chinese_offsets, at);
        reasons.push_back(std::move(reason));
    }
    return reasons;
}

inline std::vector<Block> blocks_of(const vrec_explained_fields& from) {
    std::vector<Block> blocks(from.block_count);
    for (std::size_t index = 0; index < from.block_count; ++index) {
        Block& block = blocks[index];
        block.kind = static_cast<BlockKind>(from.block_kinds[index]);
        block.found = from.block_found[index];
        block.asked = from.block_asked[index];
        block.text = text_at(from.block_texts, from.block_text_offsets, index);
        block.english = text_at(from.block_english, from.block_english_offsets, index);
        block.chinese = text_at(from.block_chinese, from.block_chinese_offsets, index);
    }
    return blocks;
}

}  // namespace detail

// A list, best first. Immutable; may outlive its engine and be read from several threads at once.
class Results {
public:
    using Iterator = detail::Iterator<Recommendation, vrec_columns, detail::recommendation_at>;

    Results(Results&& other) noexcept
        : handle_(std::move(other.handle_)), columns_(std::exchange(other.columns_, {})) {}
    Results& operator=(Results&& other) noexcept {
        if (this != &other) {
            handle_ = std::move(other.handle_);
            columns_ = std::exchange(other.columns_, {});
        }
        return *this;
    }
    Results(const Results&) = delete;
    Results& operator=(const Results&) = delete;
    ~Results() = default;

    std::size_t size() const noexcept { return columns_.count; }
    bool empty() const noexcept { return columns_.count == 0; }

    // The result at `index`, which must be less than size().
    Recommendation operator[](std::size_t index) const noexcept { return detail::recommendation_at(columns_, index); }

    // The result at `index`; throws std::out_of_range when there is none.
    Recommendation at(std::size_t index) const {
        if (index >= size()) {
            throw std::out_of_range("vrec::Results::at: there is no result " + std::to_string(index));
        }
        return (*this)[index];
    }

    // Why the result at `index` has its score: reasons whose weights sum to it, the largest first. The first call makes
    // the sentences of the whole list. Throws std::out_of_range when there is no such result.
    std::vector<Reason> reasons(std::size_t index) const {
        if (index >= size()) {
            throw std::out_of_range("vrec::Results::reasons: there is no result " + std::to_string(index));
        }
        auto columns = detail::sized<vrec_reason_columns>();
        detail::check([&](vrec_error** error) { return vrec_results_reasons(handle_.get(), &columns, error); });
        return detail::reasons_at(columns, index);
    }

    // Iterators yield Recommendation values and end when the Results are moved, assigned or
    // destroyed.
    Iterator begin() const noexcept { return {columns_, 0}; }
    Iterator end() const noexcept { return {columns_, size()}; }

    // All columns at once, borrowed. Pointers are NULL in moved-from Results only.
    const vrec_columns& columns() const noexcept { return columns_; }

private:
    friend class Engine;

    explicit Results(detail::ResultsHandle handle)
        : handle_(std::move(handle)), columns_(detail::sized<vrec_columns>()) {
        detail::check(
            [this](vrec_error** error) { return vrec_results_columns(handle_.get(), &columns_, error); });
    }

    detail::ResultsHandle handle_;
    vrec_columns columns_{};
};

// Who a profile of a household is for.
enum class ProfileKind : std::int32_t {
    // No age limit unless one is set.
    adult = VREC_PROFILE_ADULT,
    // 16 years unless another limit is set.
    teen = VREC_PROFILE_TEEN,
    // 8 years unless another limit is set; a child always has one.
    child = VREC_PROFILE_CHILD,
    // The household together, at most one; the age limit is that of its youngest unless one is set.
    everyone = VREC_PROFILE_EVERYONE,
    // Leaves no trace: not stored, not exported, teaches nothing, and ends with forget_profile() or the engine.
    guest = VREC_PROFILE_GUEST,
};

// An age limit of a profile without one.
constexpr std::int32_t age_limit_none = VREC_AGE_LIMIT_NONE;

// A profile of a household.
struct Profile {
    // What events and queries name it by, 1 to 255 bytes, required; never changed.
    std::string id{};
    // What people see, at most 255 bytes. Empty: the id.
    std::string name{};
    ProfileKind kind = ProfileKind::adult;
    // Its lists hold only videos whose minimum age is known and not above this: years, 1 to 99, or age_limit_none, which
    // a child cannot have. 0: that of the kind. In a list of profiles, the one that its lists keep.
    std::int32_t age_limit = 0;
    // In a list of profiles, whether it is the one that events and queries mean that name none.
    bool is_current = false;
};

namespace detail {

inline std::vector<Profile> profiles_of(const vrec_profile_columns& from) {
    std::vector<Profile> profiles(from.count);
    for (std::size_t index = 0; index < from.count; ++index) {
        Profile& profile = profiles[index];
        profile.id = text_at(from.ids, from.id_offsets, index);
        profile.name = text_at(from.names, from.name_offsets, index);
        profile.kind = static_cast<ProfileKind>(from.kinds[index]);
        profile.age_limit = from.age_limits[index];
        profile.is_current = from.is_current[index] != 0;
    }
    return profiles;
}

}  // namespace detail

// Why a card is there; the numbers are those of Android TV's Watch Next row.
enum class WatchCardKind : std::int32_t {
    // Started and not finished.
    continued = VREC_WATCH_CONTINUE,
    // An episode was finished, and this is the next one.
    next = VREC_WATCH_NEXT,
    // The viewer had caught up with the series, and this episode appeared since.
    new_episode = VREC_WATCH_NEW,
};

// One card of what a profile is in the middle of.
struct WatchCard {
    // The video to play.
    std::string id{};
    std::string title{};
    WatchCardKind kind = WatchCardKind::continued;
    // Where to go on; for live television how long it was viewed. 0 unless continued.
    std::chrono::milliseconds position{0};
    // 0: unknown, or live television.
    std::chrono::milliseconds duration{0};
    // Empty for a video of no series.
    std::string series_id{};
    // 0: none.
    std::uint32_t season_number = 0;
    std::uint32_t episode_number = 0;
    // When the video, or an episode of its series, was last watched, as the event told, since 1970-01-01 UTC.
    std::chrono::milliseconds engaged{0};
};

namespace detail {

inline std::vector<WatchCard> watch_cards_of(const vrec_watch_card_columns& from) {
    using std::chrono::milliseconds;
    std::vector<WatchCard> cards(from.count);
    for (std::size_t index = 0; index < from.count; ++index) {
        WatchCard& card = cards[index];
        card.id = text_at(from.ids, from.id_offsets, index);
        card.title = text_at(from.titles, from.title_offsets, index);
        card.kind = static_cast<WatchCardKind>(from.kinds[index]);
        card.position = milliseconds(from.positions_ms[index]);
        card.duration = milliseconds(from.durations_ms[index]);
        card.series_id = text_at(from.series_ids, from.series_id_offsets, index);
        card.season_number = from.season_numbers[index];
        card.episode_number = from.episode_numbers[index];
        card.engaged = milliseconds(from.engaged_utc_ms[index]);
    }
    return cards;
}

}  // namespace detail

// One tile of a home screen. Its texts are views into the HomeScreen it came from, valid while that lives, moved or not.
struct HomeItem {
    // The video to press, and why it is there.
    Recommendation recommendation{};
    // In rows of cards only.
    std::optional<WatchCardKind> card{};
    // Where to go on; for live television how long it was viewed. 0 unless continued.
    std::chrono::milliseconds position{0};
    // 0: unknown, or live television.
    std::chrono::milliseconds duration{0};
    // Not set: unknown.
    std::optional<Kind> kind{};
    // Empty for a video of no series.
    std::string_view series_id{};
    // 0: none.
    std::uint32_t season_number = 0;
    std::uint32_t episode_number = 0;
    // When it can be watched, since 1970-01-01 UTC. 0: since ever, for ever.
    std::chrono::milliseconds available_from{0};
    std::chrono::milliseconds available_until{0};
};

// One row of a home screen; the same holds for its texts.
struct HomeRow {
    RowKind kind = RowKind::for_you;
    // A stable text that says which title fits, such as because_you_watched.
    std::string_view title_key{};
    std::string_view english_title{};
    // In simplified characters.
    std::string_view chinese_title{};
    // The film or series that the row is about. Empty: none.
    std::string_view seed_id{};
    std::string_view seed_title{};
    // Never empty.
    std::vector<HomeItem> items{};
};

namespace detail {

inline HomeItem home_item_at(const vrec_columns& results, const vrec_home_item_columns& from, std::size_t index) {
    using std::chrono::milliseconds;
    HomeItem item;
    item.recommendation = recommendation_at(results, index);
    if (from.card_kinds[index] != VREC_WATCH_NONE) {
        item.card = static_cast<WatchCardKind>(from.card_kinds[index]);
    }
    item.position = milliseconds(from.positions_ms[index]);
    item.duration = milliseconds(from.durations_ms[index]);
    if (from.kinds[index] != 0) {
        item.kind = static_cast<Kind>(from.kinds[index]);
    }
    item.series_id = text_at(from.series_ids, from.series_id_offsets, index);
    item.season_number = from.season_numbers[index];
    item.episode_number = from.episode_numbers[index];
    item.available_from = milliseconds(from.available_from_utc_ms[index]);
    item.available_until = milliseconds(from.available_until_utc_ms[index]);
    return item;
}

}  // namespace detail

// A home screen. Immutable; may outlive its engine and be read from several threads at once.
class HomeScreen {
public:
    const std::vector<HomeRow>& rows() const noexcept { return rows_; }

    // Why an item has its score, as Results::reasons() says it; throws std::out_of_range when there is no such item.
    std::vector<Reason> reasons(std::size_t row, std::size_t item) const {
        static_cast<void>(rows_.at(row).items.at(item));
        std::size_t index = item;
        for (std::size_t before = 0; before < row; ++before) {
            index += rows_[before].items.size();
        }
        auto columns = detail::sized<vrec_reason_columns>();
        const vrec_results* results = vrec_home_screen_results(handle_.get());
        detail::check([&](vrec_error** error) { return vrec_results_reasons(results, &columns, error); });
        return detail::reasons_at(columns, index);
    }

private:
    friend class Engine;

    explicit HomeScreen(detail::HomeScreenHandle handle) : handle_(std::move(handle)) {
        auto rows = detail::sized<vrec_home_row_columns>();
        auto items = detail::sized<vrec_home_item_columns>();
        auto results = detail::sized<vrec_columns>();
        const vrec_home_screen* screen = handle_.get();
        detail::check([&](vrec_error** error) { return vrec_home_screen_rows(screen, &rows, error); });
        detail::check([&](vrec_error** error) { return vrec_home_screen_items(screen, &items, error); });
        detail::check([&](vrec_error** error) {
            return vrec_results_columns(vrec_home_screen_results(screen), &results, error);
        });
        rows_.reserve(rows.count);
        for (std::size_t index = 0; index < rows.count; ++index) {
            HomeRow row;
            row.kind = static_cast<RowKind>(rows.kinds[index]);
            row.title_key = detail::text_at(rows.title_keys, rows.title_key_offsets, index);
            row.english_title = detail::text_at(rows.english_titles, rows.english_title_offsets, index);
            row.chinese_title = detail::text_at(rows.chinese_titles, rows.chinese_title_offsets, index);
            row.seed_id = detail::text_at(rows.seed_ids, rows.seed_id_offsets, index);
            row.seed_title = detail::text_at(rows.seed_titles, rows.seed_title_offsets, index);
            for (std::uint64_t item = rows.item_offsets[index]; item < rows.item_offsets[index + 1]; ++item) {
                row.items.push_back(detail::home_item_at(results, items, static_cast<std::size_t>(item)));
            }
            rows_.push_back(std::move(row));
        }
    }

    detail::HomeScreenHandle handle_;
    std::vector<HomeRow> rows_;
};

// One video near a vector. Its id is a view into the Neighbours it came from, valid while those live,
// moved or not.
struct Neighbour {
    std::string_view id{};
    // Cosine from -1 to 1, or inner product, as Options::metric says.
    float score = 0;
};

namespace detail {

inline Neighbour neighbour_at(const vrec_neighbour_columns& from, std::size_t index) noexcept {
    Neighbour neighbour;
    neighbour.id = text_at(from.ids, from.id_offsets, index);
    neighbour.score = from.scores[index];
    return neighbour;
}

}  // namespace detail

// One list of Neighbours, best first: a view that ends, with its iterators, when those are moved,
// assigned or destroyed.
class NeighbourList {
public:
    using Iterator = detail::Iterator<Neighbour, vrec_neighbour_columns, detail::neighbour_at>;

    // The list at `index` of columns, which has to exist.
    NeighbourList(const vrec_neighbour_columns& columns, std::size_t index) noexcept
        : columns_(&columns),
          start_(static_cast<std::size_t>(columns.list_offsets[index])),
          end_(static_cast<std::size_t>(columns.list_offsets[index + 1])) {}

    std::size_t size() const noexcept { return end_ - start_; }
    bool empty() const noexcept { return end_ == start_; }

    // The neighbour at `index`, which must be less than size().
    Neighbour operator[](std::size_t index) const noexcept { return detail::neighbour_at(*columns_, start_ + index); }

    // The neighbour at `index`; throws std::out_of_range when there is none.
    Neighbour at(std::size_t index) const {
        if (index >= size()) {
            throw std::out_of_range("vrec::NeighbourList::at: there is no neighbour " + std::to_string(index));
        }
        return (*this)[index];
    }

    // Iterators yield Neighbour values.
    Iterator begin() const noexcept { return {*columns_, start_}; }
    Iterator end() const noexcept { return {*columns_, end_}; }

private:
    const vrec_neighbour_columns* columns_;
    std::size_t start_;
    std::size_t end_;
};

namespace detail {

inline NeighbourList neighbours_at(const vrec_neighbour_columns& from, std::size_t index) noexcept {
    return {from, index};
}

}  // namespace detail

// Lists of neighbours, in the order of the query's vectors. Immutable; may outlive their engine and be
// read from several threads at once.
class Neighbours {
public:
    using Iterator = detail::Iterator<NeighbourList, vrec_neighbour_columns, detail::neighbours_at>;

    Neighbours(Neighbours&& other) noexcept
        : handle_(std::move(other.handle_)), columns_(std::exchange(other.columns_, {})) {}
    Neighbours& operator=(Neighbours&& other) noexcept {
        if (this != &other) {
            handle_ = std::move(other.handle_);
            columns_ = std::exchange(other.columns_, {});
        }
        return *this;
    }
    Neighbours(const Neighbours&) = delete;
    Neighbours& operator=(const Neighbours&) = delete;
    ~Neighbours() = default;

    // The number of lists.
    std::size_t size() const noexcept { return columns_.list_count; }
    bool empty() const noexcept { return columns_.list_count == 0; }

    // The list at `index`, which must be less than size().
    NeighbourList operator[](std::size_t index) const noexcept { return {columns_, index}; }

    // The list at `index`; throws std::out_of_range when there is none.
    NeighbourList at(std::size_t index) const {
        if (index >= size()) {
            throw std::out_of_range("vrec::Neighbours::at: there is no list " + std::to_string(index));
        }
        return (*this)[index];
    }

    // Iterators yield NeighbourList values and end when the Neighbours are moved, assigned or destroyed.
    Iterator begin() const noexcept { return {columns_, 0}; }
    Iterator end() const noexcept { return {columns_, size()}; }

    // All columns at once, borrowed. Pointers are NULL in moved-from Neighbours only.
    const vrec_neighbour_columns& columns() const noexcept { return columns_; }

private:
    friend class Engine;

    explicit Neighbours(detail::NeighboursHandle handle)
        : handle_(std::move(handle)), columns_(detail::sized<vrec_neighbour_columns>()) {
        detail::check(
            [this](vrec_error** error) { return vrec_neighbours_columns(handle_.get(), &columns_, error); });
    }

    detail::NeighboursHandle handle_;
    vrec_neighbour_columns columns_{};
};

// An engine in memory: a catalogue of videos, the profiles that watch them, and what is known of
// both. Reads never wait for writes; writes wait for each other while they are published. No thread
// is started unless an option asks for it. Does not survive fork: in the child its functions
// throw Code::forked and its destructor frees nothing.
class Engine {
public:
    // A model whose manifest cannot be read is no failure: the engine works with vectors the host
    // brings, a warning is logged, statistics() tells, and every call that needs the model throws
    // the reason. load_encoder() tells at once whether the model is usable.
    //
    // Throws Code::abi when the loaded library has another ABI than this header,
    // Code::invalid_argument, limit and utf8 for options out of their range, and for a store that does not
    // open Code::key, corrupt, busy, io, disk_full and read_only.
    explicit Engine(const Options& options = {}) {
        // Refers to vrec_abi_1, so that a library of another ABI is refused when linking or loading.
        if (vrec_abi_check(VREC_ABI_VERSION) != VREC_OK || vrec_abi_1() != VREC_ABI_VERSION) {
            throw Error(Code::abi, "the library has ABI " + std::to_string(vrec_abi_version()) +
                                       ", the program was compiled for " + std::to_string(VREC_ABI_VERSION));
        }
        if (options.log) {
            log_ = std::make_unique<const LogFunction>(options.log);
        }
        const std::vector<detail::RawProvider> providers(options.providers.begin(), options.providers.end());
        std::vector<vrec_provider> provider_views;
        for (const detail::RawProvider& provider : providers) {
            provider_views.push_back(provider.view());
        }
        std::vector<vrec_model_file> files;
        for (const ModelFile& file : options.model_files) {
            files.push_back(detail::raw_model_file(file));
        }
        auto raw = detail::sized<vrec_options>();
        raw.model_path = options.model_path.data();
        raw.model_path_len = options.model_path.size();
        raw.runtime_path = options.runtime_path.data();
        raw.runtime_path_len = options.runtime_path.size();
        raw.memory_limit_bytes = options.memory_limit_bytes;
        raw.dimensions = options.dimensions;
        raw.threads = options.threads;
        raw.title_weight = options.title_weight;
        raw.description_weight = options.description_weight;
        raw.tags_weight = options.tags_weight;
        raw.comments_weight = options.comments_weight;
        raw.log_level = static_cast<std::int32_t>(options.log_level);
        raw.log_callback = log_ ? detail::vrec_cpp_log : nullptr;
        raw.log_user_data = const_cast<LogFunction*>(log_.get());
        raw.backend = static_cast<std::int32_t>(options.backend);
        raw.inter_op_threads = options.inter_op_threads;
        raw.providers = provider_views.data();
        raw.provider_count = provider_views.size();
        raw.provider_stride = sizeof(vrec_provider);
        raw.model_files = files.data();
        raw.model_file_count = files.size();
        raw.model_file_stride = sizeof(vrec_model_file);
        raw.embedding_cache_bytes = options.embedding_cache_bytes;
        raw.tokens_per_run = options.tokens_per_run;
        raw.background_embedding = options.background_embedding ? 1 : 0;
        raw.search_threads = options.search_threads;
        raw.instruction_set = static_cast<std::int32_t>(options.instruction_set);
        raw.exact_values = static_cast<std::int32_t>(options.exact_values);
        raw.metric = static_cast<std::int32_t>(options.metric);
        raw.centre_vectors = options.centre_vectors ? 1 : 0;
        raw.sign_stage = options.sign_stage ? 1 : 0;
        raw.store_path = options.store_path.data();
        raw.store_path_len = options.store_path.size();
        raw.device_key = options.device_key.data();
        raw.device_key_len = options.device_key.size();
        raw.store_read_only = options.store_read_only ? 1 : 0;
        raw.store_quarantine = options.store_quarantine ? 1 : 0;
        raw.commit_thread = options.commit_thread ? 1 : 0;
        raw.store_waiting_events = options.store_waiting_events;
        const std::vector<vrec_feature_weight> weights = detail::raw_feature_weights(options.feature_weights);
        raw.feature_weights = weights.data();
        raw.feature_weight_count = weights.size();
        raw.film_started_share = options.film_started_share;
        raw.finished_share = options.finished_share;
        raw.film_started_ms = detail::raw_ms(options.film_started);
        raw.episode_started_ms = detail::raw_ms(options.episode_started);
        raw.live_started_ms = detail::raw_ms(options.live_started);
        raw.finished_remaining_ms = detail::raw_ms(options.finished_remaining);
        vrec_engine* engine = nullptr;
        detail::check([&](vrec_error** error) { return vrec_create(&raw, &engine, error); });
        engine_.reset(engine);
    }

    Engine(Engine&&) noexcept = default;
    Engine& operator=(Engine&& other) noexcept {
        // The old engine goes before the function it logs to.
        engine_ = std::move(other.engine_);
        log_ = std::move(other.log_);
        return *this;
    }
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;
    // Not while another call on this engine runs. Results, neighbours, errors and tokens stay valid.
    ~Engine() = default;

    // Opens the model now rather than at the first text; does nothing when it is open. Takes some
    // tenths of a second. Throws Code::no_encoder, and the model_, runtime and provider codes, naming the
    // file or the provider.
    void load_encoder(const CallOptions& call = {}) {
        RawCall raw(call);
        raw.check([&](vrec_error** error) { return vrec_load_encoder(handle(), raw.get(), error); });
    }

    // What runs the model: the backend, the execution providers with the number of nodes each was
    // given, and why preferred ones could not serve. Opens the model unless it is open, and throws as
    // load_encoder() does.
    EncoderDescription describe_encoder(const CallOptions& call = {}) const {
        RawCall raw(call);
        detail::DescriptionHandle holder;
        raw.check([&](vrec_error** error) {
            vrec_encoder_description* description = nullptr;
            const std::int32_t status = vrec_describe_encoder(handle(), raw.get(), &description, error);
            holder.reset(description);
            return status;
        });
        auto fields = detail::sized<vrec_encoder_fields>();
        detail::check([&](vrec_error** error) {
            return vrec_encoder_description_fields(holder.get(), &fields, error);
        });
        return detail::description_of(fields);
    }

    // Waits until every video added with Options::background_embedding has its vector, and tries again
    // those that wait because the model did not open. Does nothing without that option. Throws as
    // load_encoder() does while the model does not open, and the reason when a video could not be
    // embedded since the last wait; also Code::cancelled and timed_out, which leave the videos waiting.
    void wait_for_embeddings(const CallOptions& call = {}) const {
        RawCall raw(call);
        raw.check([&](vrec_error** error) { return vrec_wait_for_embeddings(handle(), raw.get(), error); });
    }

    // Gives memory back that can be had again: the open model and remembered vectors. The next text
    // opens the model again.
    void trim() {
        detail::check([&](vrec_error** error) { return vrec_trim(handle(), error); });
    }

    // The number of videos.
    std::uint64_t count() const {
        std::uint64_t count = 0;
        detail::check([&](vrec_error** error) { return vrec_count(handle(), &count, error); });
        return count;
    }

    // The number of elements of this engine's vectors: 0 while neither a model nor an option nor a
    // vector has told.
    std::uint32_t dimensions() const {
        std::uint32_t dimensions = 0;
        detail::check([&](vrec_error** error) { return vrec_dimensions(handle(), &dimensions, error); });
        return dimensions;
    }

    // Counts and sizes at this moment.
    Statistics statistics() const {
        auto raw = detail::sized<vrec_statistics>();
        detail::check([&](vrec_error** error) { return vrec_stats(handle(), &raw, error); });
        Statistics statistics;
        statistics.videos = raw.videos;
        statistics.profiles = raw.profiles;
        statistics.events = raw.events;
        statistics.dimensions = raw.dimensions;
        statistics.memory_bytes = raw.memory_bytes;
        statistics.memory_limit_bytes = raw.memory_limit_bytes;
        statistics.texts_embedded = raw.texts_embedded;
        statistics.encoder_status = static_cast<Code>(raw.encoder_status);
        statistics.encoder_loaded = raw.encoder_loaded != 0;
        statistics.faulted = raw.faulted != 0;
        statistics.videos_waiting = raw.videos_waiting;
        statistics.videos_failed = raw.videos_failed;
        statistics.embedding_queue_bytes = raw.embedding_queue_bytes;
        statistics.embedding_cache_hits = raw.embedding_cache_hits;
        statistics.embedding_cache_misses = raw.embedding_cache_misses;
        statistics.embedding_cache_bytes = raw.embedding_cache_bytes;
        statistics.instruction_set = static_cast<InstructionSet>(raw.instruction_set);
        statistics.sign_stage_divisor = raw.sign_stage_divisor;
        statistics.store_commits = raw.store_commits;
        statistics.store_events = raw.store_events;
        statistics.store_bytes_written = raw.store_bytes_written;
        statistics.store_bytes_per_event = raw.store_bytes_per_event;
        statistics.store_waiting_events = raw.store_waiting_events;
        statistics.store_status = static_cast<Code>(raw.store_status);
        statistics.store_is_open = raw.store_is_open != 0;
        return statistics;
    }

    // The vector of one text of at most 65536 bytes: dimensions() elements, unit length, not centred
    // by language; to compare videos use similar() and search(). Throws what load_encoder() does,
    // and Code::limit, utf8, cancelled and timed_out.
    std::vector<float> embed(std::string_view text, const CallOptions& call = {}) const {
        RawCall raw(call);
        std::vector<float> vector(dimensions());
        raw.check([&](vrec_error** error) {
            return vrec_embed(handle(), text.data(), text.size(), vector.data(), vector.size(), raw.get(), error);
        });
        return vector;
    }

    // The vectors of at most 65536 texts, one row of dimensions() elements after the other. `texts`
    // is any range of strings that can be walked twice. Throws as embed() does, naming the text by
    // its index.
    template <class Texts>
    std::vector<float> embed_batch(const Texts& texts, const CallOptions& call = {}) const {
        RawCall raw(call);
        const detail::TextBlock block(texts);
        std::vector<float> vectors(block.count() * dimensions());
        raw.check([&](vrec_error** error) {
            return vrec_embed_batch(handle(), block.bytes(), block.offsets(), block.count(), vectors.data(),
                                    vectors.size(), raw.get(), error);
        });
        return vectors;
    }
    std::vector<float> embed_batch(std::initializer_list<std::string_view> texts, const CallOptions& call = {}) const {
        return embed_batch<std::initializer_list<std::string_view>>(texts, call);
    }

    // Adds one video, or replaces the one with its id. Throws Code::invalid_argument, limit,
    // memory_limit, utf8, faulted, cancelled and timed_out, and for a video without a vector what
    // load_encoder() does; in the background that comes from wait_for_embeddings().
    void add_video(const Video& video, const CallOptions& call = {}) {
        RawCall raw(call);
        const detail::RawVideo holder(video);
        const vrec_video view = holder.view();
        raw.check([&](vrec_error** error) { return vrec_add_video(handle(), &view, raw.get(), error); });
    }

    // Adds at most 65536 videos, or replaces those whose ids exist: all of them or, on a throw, none.
    // Throws as add_video() does, naming the video by its index.
    void add_videos(const std::vector<Video>& videos, const CallOptions& call = {}) {
        RawCall raw(call);
        const std::vector<detail::RawVideo> holders(videos.begin(), videos.end());
        std::vector<vrec_video> views;
        views.reserve(holders.size());
        for (const detail::RawVideo& holder : holders) {
            views.push_back(holder.view());
        }
        raw.check([&](vrec_error** error) {
            return vrec_add_videos(handle(), views.data(), views.size(), sizeof(vrec_video), raw.get(), error);
        });
    }

    // Removes at most 65536 videos: all of them or, on a throw, none. What profiles did with them
    // stays and counts again when a video with the same id is added. `ids` is any range of strings
    // that can be walked twice. Throws Code::not_found for an id that does not exist or stands twice.
    template <class Ids>
    void remove_videos(const Ids& ids) {
        const detail::TextBlock block(ids);
        detail::check([&](vrec_error** error) {
            return vrec_remove_videos(handle(), block.bytes(), block.offsets(), block.count(), error);
        });
    }
    void remove_videos(std::initializer_list<std::string_view> ids) {
        remove_videos<std::initializer_list<std::string_view>>(ids);
    }
    void remove_video(std::string_view id) { remove_videos({id}); }

    // Records one event; the next query counts it. Throws Code::not_found for an unknown video, or profile of a household,
    // Code::invalid_argument for an unknown kind, device, place or company, a negative position or duration, or a
    // rating or offset out of place, and Code::limit, memory_limit, utf8 and faulted.
    void record(const Event& event) {
        const vrec_event raw = detail::raw_event(event);
        detail::check([&](vrec_error** error) { return vrec_record(handle(), &raw, error); });
    }

    // Creates a profile of a household; one that events made before keeps its history. The first creation makes the engine a
    // household's, for good: from then on ids that are no profile are Code::not_found in events and lists. Throws
    // Code::invalid_argument for an id that was created, a guest whose id has a history, a second profile for everyone and
    // fields out of range, and Code::limit, memory_limit, utf8, io, disk_full, read_only and faulted.
    void create_profile(const Profile& profile) {
        auto raw = detail::sized<vrec_profile>();
        raw.id = profile.id.data();
        raw.id_len = profile.id.size();
        raw.name = profile.name.data();
        raw.name_len = profile.name.size();
        raw.kind = static_cast<std::int32_t>(profile.kind);
        raw.age_limit = profile.age_limit;
        detail::check([&](vrec_error** error) { return vrec_profile_create(handle(), &raw, error); });
    }

    // All profiles: those that were created in the order of their creation, then guests by id, then those that only events
    // made, as adults with their id for a name, by id.
    std::vector<Profile> profiles() const {
        detail::ProfilesHandle holder;
        detail::check([&](vrec_error** error) {
            vrec_profiles* profiles = nullptr;
            const std::int32_t status = vrec_profile_list(handle(), &profiles, error);
            holder.reset(profiles);
            return status;
        });
        auto columns = detail::sized<vrec_profile_columns>();
        detail::check([&](vrec_error** error) { return vrec_profiles_columns(holder.get(), &columns, error); });
        return detail::profiles_of(columns);
    }

    // Makes a profile the one that events and queries mean that name none; with a store it is so again when an engine is
    // created with it next, unless it is a guest: then the one before it is. Throws Code::not_found.
    void switch_profile(std::string_view profile) {
        detail::check([&](vrec_error** error) {
            return vrec_profile_switch(handle(), profile.data(), profile.size(), error);
        });
    }

    // Changes the name that people see of a profile, never its id. Throws Code::not_found and invalid_argument.
    void rename_profile(std::string_view profile, std::string_view name) {
        detail::check([&](vrec_error** error) {
            return vrec_profile_rename(handle(), profile.data(), profile.size(), name.data(), name.size(), error);
        });
    }

    // Changes who a profile is for, among adult, teen and child, and its age limit, as in Profile; its history stays.
    // Throws Code::not_found and invalid_argument.
    void set_profile_kind(std::string_view profile, ProfileKind kind, std::int32_t age_limit = 0) {
        const auto code = static_cast<std::int32_t>(kind);
        detail::check([&](vrec_error** error) {
            return vrec_profile_set_kind(handle(), profile.data(), profile.size(), code, age_limit, error);
        });
    }

    // Forgets a profile, its description and all it did, in memory and in the store, whose files hold nothing readable of it
    // afterwards; it ends a guest. What train() made of fewer than 20 profiles goes with it; what it made of more keeps the profile's
    // part until it trains again. Throws Code::not_found for a profile that there is not.
    void forget_profile(std::string_view profile) {
        detail::check([&](vrec_error** error) {
            return vrec_profile_forget(handle(), profile.data(), profile.size(), error);
        });
    }

    // All that is known of a profile as JSON Lines, for the person it is about; vrec_profile_export in vrec.h
    // describes them. Throws Code::not_found for a profile that there is not, and Code::corrupt.
    std::string export_profile(std::string_view profile) const { return exported(profile, nullptr); }

    // The same for a service that trains with that person's consent: no ids, no texts, coarse times. Throws
    // Code::invalid_argument for salts or steps out of place, too.
    std::string export_profile(std::string_view profile, const Anonymisation& anonymisation) const {
        auto raw = detail::sized<vrec_export_options>();
        raw.salt = anonymisation.salt.data();
        raw.salt_len = anonymisation.salt.size();
        raw.profile_salt = anonymisation.profile_salt.data();
        raw.profile_salt_len = anonymisation.profile_salt.size();
        raw.time_step_ms = anonymisation.time_step.count();
        raw.anonymise = 1;
        return exported(profile, &raw);
    }

    // Makes durable what was recorded and is not yet. Throws Code::invalid_argument without a store, and Code::io,
    // disk_full, read_only and faulted; the events go on waiting then.
    void flush() {
        detail::check([&](vrec_error** error) { return vrec_flush(handle(), error); });
    }

    // Reads the whole store again and checks every record of it. Throws Code::corrupt, saying what is damaged,
    // and Code::invalid_argument without a store.
    void verify() {
        detail::check([&](vrec_error** error) { return vrec_verify(handle(), error); });
    }

    // Wraps the store's keys by another device key of 32 bytes, or by none, in one step. Throws
    // Code::invalid_argument, io, disk_full, read_only and faulted.
    void rotate_key(const std::vector<std::uint8_t>& key) {
        detail::check([&](vrec_error** error) { return vrec_rotate_key(handle(), key.data(), key.size(), error); });
    }

    // Drops stored events past limits, and what was learned from them; returns how many. What train() made of fewer
    // than 20 profiles goes when any did. Throws Code::invalid_argument when no limit is set or there is no
    // store, and Code::corrupt, io, disk_full, read_only and faulted.
    std::uint64_t retain(const Retention& retention) {
        using std::chrono::milliseconds;
        auto raw = detail::sized<vrec_retention>();
        raw.max_age_ms = retention.max_age.count();
        raw.now_utc_ms = std::chrono::floor<milliseconds>(retention.now.time_since_epoch()).count();
        raw.max_events = retention.max_events;
        std::uint64_t dropped = 0;
        detail::check([&](vrec_error** error) { return vrec_retain(handle(), &raw, &dropped, error); });
        return dropped;
    }

    // Writes the store's vectors anew without those that no video refers to any more. Throws
    // Code::invalid_argument without a store, and Code::corrupt, io, disk_full, read_only and faulted.
    void compact() {
        detail::check([&](vrec_error** error) { return vrec_compact(handle(), error); });
    }

    // Records at most 65536 events in their order: all of them or, on a throw, none. Throws as
    // record() does, naming the event by its index.
    void record_batch(const std::vector<Event>& events) {
        std::vector<vrec_event> raw;
        raw.reserve(events.size());
        for (const Event& event : events) {
            raw.push_back(detail::raw_event(event));
        }
        detail::check([&](vrec_error** error) {
            return vrec_record_batch(handle(), raw.data(), raw.size(), sizeof(vrec_event), error);
        });
    }

    // Trains in one go, on everything that all profiles watched or liked, those features that need it and have a weight
    // in Options::feature_weights: ease, factors and content. Lists with Ranking::blend count them from then on, until
    // the next training. Works on the calling thread, while lists and writes go on. The result is kept in the store;
    // what was trained on fewer than 20 profiles goes when a profile is forgotten or retain() drops events. Throws
    // Code::memory_limit beyond 1 GiB for a step or Options::memory_limit_bytes for the result, Code::io, disk_full and
    // read_only where there is a store, and Code::cancelled, timed_out and faulted.
    void train(const CallOptions& call = {}) {
        RawCall raw(call);
        raw.check([&](vrec_error** error) { return vrec_train(handle(), raw.get(), error); });
    }

    // The same, with a say in the threads and the memory that it may use. Throws Code::limit for more than 64 threads.
    void train(const TrainOptions& options, const CallOptions& call = {}) {
        const vrec_train_options raw_options = detail::raw_train_options(options);
        RawCall raw(call);
        raw.check([&](vrec_error** error) { return vrec_train_with(handle(), &raw_options, raw.get(), error); });
    }

    // Learns what each feature should count from what all profiles watched: some of the last watches are held out, lists
    // are asked for as they would have been then, and weights are changed that bring the held-out videos up beyond chance.
    // Nothing of the engine changes: the weights are for Options::feature_weights, Query::feature_weights and
    // PackExport::feature_weights. A feature that comes to count and counted 0 here has to be learned first (but for taste,
    // attention, interests and freshness), by an engine that is created with its weight, and by train() where it needs that. Takes minutes to an hour for ten thousand videos. Too few watches are no failure. Throws
    // Code::invalid_argument where a pack is in use, Code::memory_limit, limit for more than 64 threads, cancelled and
    // timed_out.
    LearnedWeights learn_weights(const TrainOptions& options = {}, const CallOptions& call = {}) const {
        const vrec_train_options raw_options = detail::raw_train_options(options);
        std::array<vrec_feature_weight, VREC_MAX_FEATURES> weights = {};
        auto learned = detail::sized<vrec_learned_weights>();
        RawCall raw(call);
        raw.check([&](vrec_error** error) {
            return vrec_learn_weights(handle(), &raw_options, raw.get(), weights.data(), weights.size(), &learned, error);
        });
        LearnedWeights found;
        found.outcome = static_cast<WeightsOutcome>(learned.outcome);
        for (std::uint32_t place = 0; place < learned.weight_count; ++place) {
            found.weights.push_back({static_cast<Feature>(weights[place].feature), weights[place].weight});
        }
        found.choosing_lists = learned.choosing_lists;
        found.confirming_lists = learned.confirming_lists;
        found.ndcg_before = learned.ndcg_before;
        found.ndcg_after = learned.ndcg_after;
        found.gain = learned.gain;
        found.plus_minus = learned.plus_minus;
        return found;
    }

    // Writes what was learned from all profiles into one signed file, a pack, which import_pack() takes; docs/packs.md
    // says what each of its tables may tell. Throws Code::invalid_argument, also where a pack is in use; Code::not_found
    // where nobody watched anything; Code::signature, corrupt and too_new for the base; Code::limit, memory_limit,
    // cancelled, timed_out, io, disk_full and read_only. A file at the path stays as it was then.
    void export_pack(const PackExport& options, const CallOptions& call = {}) const {
        auto raw = detail::sized<vrec_pack_export_options>();
        raw.path = options.path.data();
        raw.path_len = options.path.size();
        raw.line = options.line.data();
        raw.line_len = options.line.size();
        raw.number = options.number;
        raw.created_utc_ms =
            std::chrono::floor<std::chrono::milliseconds>(options.created.time_since_epoch()).count();
        raw.signing_key = options.signing_key.data();
        raw.signing_key_len = options.signing_key.size();
        raw.base_path = options.base_path.data();
        raw.base_path_len = options.base_path.size();
        raw.epsilon = options.epsilon;
        raw.delta = options.delta;
        raw.most_watches = options.most_watches;
        raw.least_profiles = options.least_profiles;
        raw.transitions_per_item = options.transitions_per_item;
        raw.pairs_per_item = options.pairs_per_item;
        raw.weights_per_item = options.weights_per_item;
        raw.trend_days = options.trend_days;
        raw.with_vectors = options.with_vectors ? 1 : 0;
        raw.without_sequence = options.without_sequence ? 1 : 0;
        const std::vector<vrec_feature_weight> weights = detail::raw_feature_weights(options.feature_weights);
        raw.feature_weights = weights.data();
        raw.feature_weight_count = weights.size();
        RawCall bounds(call);
        bounds.check([&](vrec_error** error) { return vrec_pack_export(handle(), &raw, bounds.get(), error); });
    }

    // Takes a pack in place of the one in use, under what profiles did here, which stays; keeps the one in use for
    // revert_pack(). Its signature is checked before anything of it is read. Features count as it says, unless the options
    // or the query do, and its network in place of the one that load_sequence() took. Throws Code::signature, corrupt,
    // too_new, limit, older, base, invalid_argument, not_found, memory_limit, cancelled, timed_out, io, disk_full,
    // read_only and faulted, and for a network that does not open model_hash, model_invalid and runtime; the pack in use
    // stays then.
    void import_pack(const PackImport& options, const CallOptions& call = {}) {
        std::vector<std::uint8_t> keys;
        const auto raw = detail::raw_import(options, keys);
        RawCall bounds(call);
        bounds.check([&](vrec_error** error) { return vrec_pack_import(handle(), &raw, bounds.get(), error); });
    }

    // What the pack in use says of itself. Throws Code::not_found without one.
    PackDescription pack() const { return described_pack(nullptr); }

    // What a pack that is not imported says of itself: its signature and its header are checked and no more. Throws as
    // import_pack(), but for Code::older and base.
    PackDescription pack(const PackImport& options) const {
        std::vector<std::uint8_t> keys;
        const auto raw = detail::raw_import(options, keys);
        return described_pack(&raw);
    }

    // Takes the pack in use away and brings back the one before; called again, it goes back to no pack. Throws
    // Code::not_found without a pack in use, and Code::cancelled, timed_out, corrupt, memory_limit, io, disk_full,
    // read_only and faulted; the pack in use stays then.
    void revert_pack(const CallOptions& call = {}) {
        RawCall bounds(call);
        bounds.check([&](vrec_error** error) { return vrec_pack_revert(handle(), bounds.get(), error); });
    }

    // Takes a trained network that reads a profile's history in order (tools/train makes one), in place of the one there
    // was; with an empty path lists go without one. Lists with Ranking::blend count it as Feature::sequence from then on,
    // for every profile. All its files are kept in the store: the folder is not needed again. Where a later engine cannot
    // open them, its lists go without it and the log has a warning. Throws Code::model_missing, model_unreadable,
    // model_hash and model_invalid, which name the file; no_encoder for a library without a backend, runtime_missing,
    // runtime_version and runtime; and memory_limit, io, disk_full, read_only, limit, cancelled, timed_out and faulted.
    void load_sequence(std::string_view path, const CallOptions& call = {}) {
        RawCall raw(call);
        raw.check([&](vrec_error** error) {
            return vrec_load_sequence(handle(), path.data(), path.size(), raw.get(), error);
        });
    }

    // Videos near a profile's taste, best first. What the profile watched is left out unless the
    // query says otherwise; what it hid always is. A profile that likes nothing yet gets an empty
    // list. Throws Code::invalid_argument, limit, utf8, cancelled and timed_out.
    Results recommend(const Query& query = {}, const CallOptions& call = {}) const {
        return list(query, call,
                    [&](const vrec_query* raw, const vrec_call_options* bounds, vrec_results** results,
                        vrec_error** error) { return vrec_recommend(handle(), raw, bounds, results, error); });
    }

    // How any one video stands with a query, whether recommend() would list it or not: its score, the reasons for that
    // and its rank among all videos, or all that keeps it out. Throws Code::not_found for an unknown video, and as
    // recommend() does.
    Explanation explain(std::string_view video_id, const Query& query = {}, const CallOptions& call = {}) const {
        detail::ExplanationHandle holder;
        ask(query, call, [&](const vrec_query* raw, const vrec_call_options* bounds, vrec_error** error) {
            vrec_explanation* found = nullptr;
            const std::int32_t status =
                vrec_explain(handle(), raw, video_id.data(), video_id.size(), bounds, &found, error);
            holder.reset(found);
            return status;
        });
        auto fields = detail::sized<vrec_explained_fields>();
        auto reasons = detail::sized<vrec_reason_columns>();
        detail::check([&](vrec_error** error) { return vrec_explanation_fields(holder.get(), &fields, error); });
        detail::check([&](vrec_error** error) { return vrec_explanation_reasons(holder.get(), &reasons, error); });
        Explanation explanation;
        explanation.title.assign(fields.title, fields.title_len);
        if (fields.has_score != 0) {
            explanation.score = fields.score;
        }
        explanation.rank = fields.rank;
        explanation.allowed = fields.allowed_count;
        explanation.reasons = detail::reasons_at(reasons, 0);
        explanation.blocks = detail::blocks_of(fields);
        return explanation;
    }

    // Videos near one video, best first, that video left out. Throws Code::not_found for an unknown
    // video, and as recommend() does.
    Results similar(std::string_view video_id, const Query& query = {}, const CallOptions& call = {}) const {
        return list(query, call,
                    [&](const vrec_query* raw, const vrec_call_options* bounds, vrec_results** results,
                        vrec_error** error) {
                        return vrec_similar(handle(), video_id.data(), video_id.size(), raw, bounds, results, error);
                    });
    }

    // Videos whose titles match a text of at most 65536 bytes, not blank, that somebody types, and behind them videos
    // near its meaning, in any language the model knows; Query::search_ways chooses. Best first; a title that matches
    // scores above 1. Throws as recommend() does, and with SearchWays::meaning as load_encoder().
    Results search(std::string_view text, const Query& query = {}, const CallOptions& call = {}) const {
        return list(query, call,
                    [&](const vrec_query* raw, const vrec_call_options* bounds, vrec_results** results,
                        vrec_error** error) {
                        return vrec_search(handle(), text.data(), text.size(), raw, bounds, results, error);
                    });
    }

    // What a profile is in the middle of: videos to continue, the next episodes of series, and episodes that appeared
    // since it caught up with a series; what it watched last first. A series has one card. Of the query, profile, limit,
    // filter, exclude and now count; now is required. EventKind::hide takes a card away until the video is watched again
    // or EventKind::unhide, and is not un-watching, which EventKind::unwatch is. Throws as recommend() does.
    std::vector<WatchCard> watch_next(const Query& query, const CallOptions& call = {}) const {
        detail::WatchCardsHandle holder;
        ask(query, call, [&](const vrec_query* raw, const vrec_call_options* bounds, vrec_error** error) {
            vrec_watch_cards* cards = nullptr;
            const std::int32_t status = vrec_watch_next(handle(), raw, bounds, &cards, error);
            holder.reset(cards);
            return status;
        });
        auto columns = detail::sized<vrec_watch_card_columns>();
        detail::check([&](vrec_error** error) { return vrec_watch_cards_columns(holder.get(), &columns, error); });
        return detail::watch_cards_of(columns);
    }

    // A home screen: titled rows in the order asked for, no video in two of them and one card a series. Everything in
    // them can be watched at the query's time and keeps its filter; rows with too few items are left out. Throws
    // Code::not_found for a seed that is no video and no series, and as recommend() does.
    HomeScreen home(const HomeQuery& asked, const CallOptions& call = {}) const {
        detail::HomeScreenHandle holder;
        std::vector<vrec_row_query> rows;
        for (const RowQuery& row : asked.rows) {
            auto raw = detail::sized<vrec_row_query>();
            raw.kind = static_cast<std::int32_t>(row.kind);
            raw.size = row.size;
            raw.seed_id = row.seed_id.data();
            raw.seed_id_len = row.seed_id.size();
            rows.push_back(raw);
        }
        auto home = detail::sized<vrec_home_query>();
        home.rows = rows.data();
        home.row_count = rows.size();
        home.row_stride = sizeof(vrec_row_query);
        home.row_limit = asked.row_limit;
        home.row_size = asked.row_size;
        home.row_minimum = asked.row_minimum;
        home.new_days = asked.new_days;
        home.leaving_days = asked.leaving_days;
        ask(asked.query, call, [&](const vrec_query* raw, const vrec_call_options* bounds, vrec_error** error) {
            home.query = raw;
            vrec_home_screen* screen = nullptr;
            const std::int32_t status = vrec_home(handle(), &home, bounds, &screen, error);
            holder.reset(screen);
            return status;
        });
        return HomeScreen(std::move(holder));
    }

    // The videos nearest to vectors, by cosine or inner product: a list for each vector, or one for all as
    // the query's fusion says, best first, ties by id. Without Options::sign_stage lists are those of
    // scoring every video with the values kept of it. No profile is asked: what a profile watched or hid
    // is not left out. Throws Code::invalid_argument, naming the vector by its index, and Code::limit,
    // utf8, cancelled and timed_out.
    Neighbours nearest(const VectorQuery& query, const CallOptions& call = {}) const {
        RawCall bounds(call);
        const detail::RawVectorQuery holder_of_query(query);
        const vrec_vector_query view = holder_of_query.view();
        detail::NeighboursHandle holder;
        bounds.check([&](vrec_error** error) {
            vrec_neighbours* neighbours = nullptr;
            const std::int32_t status = vrec_nearest(handle(), &view, bounds.get(), &neighbours, error);
            holder.reset(neighbours);
            return status;
        });
        return Neighbours(std::move(holder));
    }

    // The C handle, borrowed; nullptr in a moved-from engine.
    vrec_engine* handle() const noexcept { return engine_.get(); }

private:
    // Call options as C sees them, and what the progress function throws during the call.
    class RawCall {
    public:
        explicit RawCall(const CallOptions& call) : raw_(detail::sized<vrec_call_options>()) {
            const auto timeout = call.timeout.count();
            if (timeout < 0) {
                throw Error(Code::invalid_argument, "timeout is " + std::to_string(timeout) + " ms, below zero");
            }
            // The library refuses more than a day, so a cut value fails all the same.
            constexpr auto most = std::numeric_limits<std::uint32_t>::max();
            raw_.timeout_ms = timeout < most ? static_cast<std::uint32_t>(timeout) : most;
            raw_.cancel = call.cancel == nullptr ? nullptr : call.cancel->handle();
            if (call.progress) {
                listen(call);
            }
        }
        RawCall(const RawCall&) = delete;
        RawCall& operator=(const RawCall&) = delete;

        const vrec_call_options* get() const noexcept { return &raw_; }

        // Runs `call(vrec_error **)` and throws what the progress function threw, or else what the call
        // reports.
        template <class Call>
        void check(Call&& call) {
            vrec_error* raw = nullptr;
            const std::int32_t status = call(&raw);
            const detail::ErrorHandle error(raw);
            if (listener_) {
                listener_->throw_on();
            }
            detail::throw_failure(status, error);
        }

    private:
        // A call that can be ended by its listener needs a token, also one that nobody else can cancel.
        void listen(const CallOptions& call) {
            vrec_cancel_token* token = call.cancel == nullptr ? nullptr : call.cancel->handle();
            if (token == nullptr) {
                token = own_token_.emplace().handle();
            }
            listener_.emplace(call.progress, token);
            raw_.cancel = token;
            raw_.progress_callback = detail::vrec_cpp_progress;
            raw_.progress_user_data = &*listener_;
        }

        vrec_call_options raw_;
        std::optional<CancelToken> own_token_;
        std::optional<detail::ProgressListener> listener_;
    };

    std::string exported(std::string_view profile, const vrec_export_options* options) const {
        vrec_export* made = nullptr;
        detail::check([&](vrec_error** error) {
            return vrec_profile_export(handle(), profile.data(), profile.size(), options, &made, error);
        });
        const detail::ExportHandle owned(made);
        const char* data = nullptr;
        std::size_t length = 0;
        detail::check([&](vrec_error** error) { return vrec_export_data(made, &data, &length, error); });
        return {data, length};
    }

    PackDescription described_pack(const vrec_pack_import_options* options) const {
        detail::PackHandle holder;
        detail::check([&](vrec_error** error) {
            vrec_pack_description* description = nullptr;
            const std::int32_t status = vrec_pack_info(handle(), options, &description, error);
            holder.reset(description);
            return status;
        });
        auto fields = detail::sized<vrec_pack_fields>();
        detail::check([&](vrec_error** error) {
            return vrec_pack_description_fields(holder.get(), &fields, error);
        });
        return detail::description_of(fields);
    }

    template <class Ask>
    static Results list(const Query& query, const CallOptions& call, Ask&& asked) {
        detail::ResultsHandle holder;
        ask(query, call, [&](const vrec_query* raw, const vrec_call_options* bounds, vrec_error** error) {
            vrec_results* results = nullptr;
            const std::int32_t status = asked(raw, bounds, &results, error);
            holder.reset(results);
            return status;
        });
        return Results(std::move(holder));
    }

    // Runs `asked(query, bounds, error)` with both as C sees them.
    template <class Ask>
    static void ask(const Query& query, const CallOptions& call, Ask&& asked) {
        RawCall bounds(call);
        const detail::TextBlock exclude(query.exclude);
        auto raw = detail::sized<vrec_query>();
        raw.profile = query.profile.data();
        raw.profile_len = query.profile.size();
        raw.exclude = exclude.bytes();
        raw.exclude_offsets = exclude.offsets();
        raw.exclude_count = exclude.count();
        raw.limit = query.limit;
        raw.watched = static_cast<std::int32_t>(query.watched);
        raw.min_score = query.min_score;
        raw.ranking = static_cast<std::int32_t>(query.ranking);
        raw.now_utc_ms = detail::utc_ms(query.now, 1);
        detail::put_context(raw, query.context);
        raw.new_video_share = query.new_video_share;
        const std::vector<vrec_feature_weight> weights = detail::raw_feature_weights(query.feature_weights);
        raw.feature_weights = weights.data();
        raw.feature_weight_count = weights.size();
        raw.search_ways = static_cast<std::uint32_t>(query.search_ways);
        raw.diversity_method = static_cast<std::int32_t>(query.diversity_method);
        raw.diversity = query.diversity;
        raw.rotation_seed = query.rotation_seed;
        raw.impression_strength = query.impression_strength;
        raw.impression_half_life_ms = query.impression_half_life.count();
        raw.rule_budget = query.rule_budget;
        raw.exploration_method = static_cast<std::int32_t>(query.exploration_method);
        raw.exploration_slots = query.exploration_slots;
        raw.exploration_budget = query.exploration_budget;
        raw.exploration_seed = query.exploration_seed;
        const std::vector<vrec_rule> rules = detail::raw_rules(query.rules);
        raw.rules = rules.data();
        raw.rule_count = rules.size();
        raw.rule_stride = sizeof(vrec_rule);
        std::optional<detail::RawFilter> holder_of_filter;
        vrec_filter filter{};
        if (query.filter) {
            filter = holder_of_filter.emplace(*query.filter).view();
            raw.filter = &filter;
        }
        bounds.check([&](vrec_error** error) { return asked(&raw, bounds.get(), error); });
    }

    // In this order: the engine is destroyed before the function it logs to.
    std::unique_ptr<const LogFunction> log_;
    detail::EngineHandle engine_;
};

}  // namespace vrec

#endif  // VREC_HPP
