/* vrec: video recommendation inside the program that shows the videos.
 *
 * Generated from src/ffi; do not edit. Compiles alone as C99, C11, C++11 and C++20.
 *
 *   vrec_engine *engine = NULL;
 *   vrec_error *error = NULL;
 *   vrec_options options = {0};
 *   options.struct_size = sizeof options;
 *   options.model_path = "/usr/share/vrec/model";
 *   options.model_path_len = strlen(options.model_path);
 *   if (vrec_create(&options, &engine, &error) != VREC_OK) {
 *       fprintf(stderr, "%s\n", vrec_error_message(error));
 *       vrec_error_destroy(error);
 *   }
 *
 * Rules that hold for every function:
 *   - A call that can fail returns VREC_OK or a negative VREC_E_ code. Its last parameter may be
 *     NULL; if not, a failure puts an error there, which the caller destroys. Outputs are written
 *     on success only.
 *   - Strings are UTF-8 with their length in bytes and need not end with NUL. NULL with a length of
 *     0 is the empty string.
 *   - Structs begin with struct_size = sizeof of the struct. Zero in any other field means its
 *     default. A shorter struct means defaults for the rest; a longer one must be zero past what the
 *     library knows, else VREC_E_TOO_NEW.
 *   - Any function may be called from any thread. Reads never wait for writes, except that texts are
 *     embedded one run at a time where the model has a single session: on a device other than the
 *     CPU, or where memory allows no second one. No thread is started unless an option asks for it;
 *     asking for a device is asking for its driver's threads, and rten (VREC_BACKEND_RTEN) starts its
 *     own.
 *   - The library prints nothing, opens no socket and reads no environment variable. It speaks
 *     through the log callback only, which must not call the library.
 *   - A call that runs the model needs 256 KB of stack, every other one 32 KB.
 *   - An engine does not survive fork: its functions return VREC_E_FORKED in the child. Results,
 *     errors and tokens do.
 *   - Beyond the errors named, a call on an engine may return VREC_E_INVALID_ARGUMENT,
 *     VREC_E_TOO_NEW (a struct), VREC_E_REENTRANT, VREC_E_FORKED and VREC_E_INTERNAL.
 */


#ifndef VREC_H
#define VREC_H

#include <stddef.h>
#include <stdint.h>

/**
 * The ABI this header describes. Grows only when something that worked stops working; new functions,
 * constants and fields at the end of structs leave it as it is.
 */
#define VREC_ABI_VERSION 1

/**
 * Success.
 */
#define VREC_OK 0

/**
 * An argument is NULL, out of its range or contradicts another; the message names it.
 */
#define VREC_E_INVALID_ARGUMENT (-1)

/**
 * There is no video, or no profile, with this id.
 */
#define VREC_E_NOT_FOUND (-2)

/**
 * A size or count is over its limit; the message names both.
 */
#define VREC_E_LIMIT (-3)

/**
 * The change would take more than memory_limit_bytes.
 */
#define VREC_E_MEMORY_LIMIT (-4)

/**
 * A struct sets fields that this version of the library does not know, or a store or a pack is of a later one.
 */
#define VREC_E_TOO_NEW (-5)

/**
 * A string is not UTF-8; the message names the byte.
 */
#define VREC_E_UTF8 (-6)

/**
 * The call came from inside a callback of this library.
 */
#define VREC_E_REENTRANT (-7)

/**
 * The handle, or the ONNX Runtime, was opened before this process was forked.
 */
#define VREC_E_FORKED (-8)

/**
 * An earlier call failed inside the library: reads go on, writes need a new engine.
 */
#define VREC_E_FAULTED (-9)

/**
 * A defect of the library; the message says where.
 */
#define VREC_E_INTERNAL (-10)

/**
 * The call's cancel token was cancelled.
 */
#define VREC_E_CANCELLED (-11)

/**
 * The call's timeout_ms has passed.
 */
#define VREC_E_TIMED_OUT (-12)

/**
 * The engine was created without a model, and the call needs one.
 */
#define VREC_E_NO_ENCODER (-13)

/**
 * A file of the model folder does not exist; the message names it.
 */
#define VREC_E_MODEL_MISSING (-14)

/**
 * A file of the model folder cannot be read; the message names it.
 */
#define VREC_E_MODEL_UNREADABLE (-15)

/**
 * A file of the model folder has another size or SHA-256 than its manifest says.
 */
#define VREC_E_MODEL_HASH (-16)

/**
 * The manifest, the graph or the tokenizer of the model is not usable; the message says why.
 */
#define VREC_E_MODEL_INVALID (-17)

/**
 * There is no ONNX Runtime library at the given path or beside this library.
 */
#define VREC_E_RUNTIME_MISSING (-18)

/**
 * The ONNX Runtime library is too old.
 */
#define VREC_E_RUNTIME_VERSION (-19)

/**
 * The ONNX Runtime failed to load or to run the model.
 */
#define VREC_E_RUNTIME (-20)

/**
 * The library has another ABI than the caller was compiled for.
 */
#define VREC_E_ABI (-21)

/**
 * The execution provider asked for cannot serve the model; the message says why.
 */
#define VREC_E_PROVIDER (-22)

/**
 * A file of the store, or a pack, is damaged or missing; the message says what is affected.
 */
#define VREC_E_CORRUPT (-23)

/**
 * The store was written with another device key, or needs one.
 */
#define VREC_E_KEY (-24)

/**
 * Another process has the store open.
 */
#define VREC_E_BUSY (-25)

/**
 * A file of the store cannot be read or written.
 */
#define VREC_E_IO (-26)

/**
 * There is no room for a write: disk, quota or the greatest size of a file.
 */
#define VREC_E_DISK_FULL (-27)

/**
 * The store, its folder or its disk does not allow writing.
 */
#define VREC_E_READ_ONLY (-28)

/**
 * The pack's signature is of none of the trusted keys.
 */
#define VREC_E_SIGNATURE (-29)

/**
 * The pack's number is not above that of the pack in use, which is of the same line; or its format is an earlier one
 * than this version of the library reads, and it has to be made anew.
 */
#define VREC_E_OLDER (-30)

/**
 * The pack is a delta to another pack than the one in use; the whole pack of its number can be imported.
 */
#define VREC_E_BASE (-31)

/**
 * Event kinds: what a viewer did.
 */
#define VREC_EVENT_IMPRESSION 1

#define VREC_EVENT_SELECT 2

#define VREC_EVENT_PLAY 3

#define VREC_EVENT_PROGRESS 4

#define VREC_EVENT_PAUSE 5

#define VREC_EVENT_STOP 6

#define VREC_EVENT_COMPLETE 7

#define VREC_EVENT_SKIP 8

#define VREC_EVENT_LIKE 9

#define VREC_EVENT_DISLIKE 10

#define VREC_EVENT_RATE 11

#define VREC_EVENT_COMMENT 12

#define VREC_EVENT_FAVOURITE 13

#define VREC_EVENT_UNFAVOURITE 14

#define VREC_EVENT_WATCHLIST_ADD 15

#define VREC_EVENT_WATCHLIST_REMOVE 16

#define VREC_EVENT_HIDE 17

#define VREC_EVENT_UNHIDE 18

#define VREC_EVENT_SEARCH 19

/**
 * As if the video had never been played; what was said about it stays.
 */
#define VREC_EVENT_UNWATCH 20

/**
 * The series of the video, which may be any of its videos, is in no list of the profile and has no card; one that
 * belongs to no series is VREC_E_INVALID_ARGUMENT.
 */
#define VREC_EVENT_HIDE_SERIES 21

#define VREC_EVENT_UNHIDE_SERIES 22

/**
 * The video inspires no suggestions: it stays watched and counts nothing in the profile's taste and history. What
 * others are recommended keeps what it taught.
 */
#define VREC_EVENT_HIDE_SEED 23

#define VREC_EVENT_UNHIDE_SEED 24

/**
 * The video, or the series that it is an episode of, is in no list and has no card until vrec_event.until_utc_ms. The
 * last snooze counts: one that ends earlier ends the one before.
 */
#define VREC_EVENT_SNOOZE 25

/**
 * When a call that records events may return: when they are on the disk; at once, on the disk within within_ms
 * milliseconds, which needs vrec_options.commit_thread; or at once, on the disk with the next commit of events,
 * vrec_flush or vrec_destroy; adding videos is no commit of events. A power cut before that loses them.
 */
#define VREC_DURABLE_NOW 0

#define VREC_DURABLE_WITHIN 1

#define VREC_DURABLE_RELAXED 2

/**
 * What videos are watched on. A television is also a box or stick at one.
 */
#define VREC_DEVICE_UNKNOWN 0

#define VREC_DEVICE_TV 1

#define VREC_DEVICE_PHONE 2

#define VREC_DEVICE_TABLET 3

#define VREC_DEVICE_COMPUTER 4

#define VREC_DEVICE_OTHER 5

/**
 * Where the viewer is. Home is a room at home that is not told or not named here; away is any place other than
 * home; travelling is on the way, in a train, a car or an aeroplane.
 */
#define VREC_PLACE_UNKNOWN 0

#define VREC_PLACE_HOME 1

#define VREC_PLACE_LIVING_ROOM 2

#define VREC_PLACE_BEDROOM 3

#define VREC_PLACE_AWAY 4

#define VREC_PLACE_TRAVELLING 5

/**
 * Who watches together. A family is adults and children together; children are without adults.
 */
#define VREC_COMPANY_UNKNOWN 0

#define VREC_COMPANY_ALONE 1

#define VREC_COMPANY_PARTNER 2

#define VREC_COMPANY_FAMILY 3

#define VREC_COMPANY_CHILDREN 4

#define VREC_COMPANY_FRIENDS 5

/**
 * Watched videos are left out of recommendations, kept in similar videos and in search.
 */
#define VREC_WATCHED_DEFAULT 0

#define VREC_WATCHED_INCLUDE 1

#define VREC_WATCHED_EXCLUDE 2

/**
 * What recommendations are ordered by: the cosine with the profile's taste; or a sum of features, each times its
 * weight. See vrec_feature_weight.
 */
#define VREC_RANKING_TASTE 0

#define VREC_RANKING_BLEND 1

/**
 * What a vrec_rule does: puts a video at a position of the list; raises the scores of its videos; lowers them.
 */
#define VREC_RULE_PIN 1

#define VREC_RULE_BOOST 2

#define VREC_RULE_BURY 3

/**
 * Which videos a vrec_rule is for: one by its id; those with a tag; those of a series, and the one that stands for it.
 */
#define VREC_RULE_TARGET_VIDEO 0

#define VREC_RULE_TARGET_TAG 1

#define VREC_RULE_TARGET_SERIES 2

/**
 * How the videos of a list are kept from being all alike: not at all; maximal marginal relevance, which weighs each
 * video's score against its likeness to those above it; clusters, each with at most its quota of places; or a
 * determinantal point process, which weighs scores against the volume that the videos' vectors span.
 */
#define VREC_DIVERSITY_NONE 0

#define VREC_DIVERSITY_MMR 1

#define VREC_DIVERSITY_CLUSTER_QUOTAS 2

#define VREC_DIVERSITY_DPP 3

/**
 * How the places of a list are filled that find out what the viewer thinks of other videos: there are none; by the upper
 * end of what the viewer may think (LinUCB); or by one draw from what the viewer may think (Thompson sampling).
 */
#define VREC_EXPLORATION_NONE 0

#define VREC_EXPLORATION_LINUCB 1

#define VREC_EXPLORATION_THOMPSON 2

/**
 * Ways in which vrec_search finds videos, to be added up. Words and characters of titles, simplified or traditional,
 * by their beginnings and with a mistake or two in longer words.
 */
#define VREC_SEARCH_WORDS 1

/**
 * Pinyin of the characters of titles, whole, half typed or by initials; all readings of each count.
 */
#define VREC_SEARCH_PINYIN 2

/**
 * Digits for the letters on a telephone's keys (7496 for rgzn), where the text has nothing but digits.
 */
#define VREC_SEARCH_KEYPAD 4

/**
 * What the texts of videos mean; needs the model and waits for it.
 */
#define VREC_SEARCH_MEANING 8

/**
 * All ways through titles: what a keystroke asks for, which then never waits for the model.
 */
#define VREC_SEARCH_TITLES 7

/**
 * What VREC_RANKING_BLEND can count. Three of them need vrec_train; without it they add nothing. Watched soon after
 * what the viewer watched last; by default 0.2.
 */
#define VREC_FEATURE_TRANSITIONS 0

/**
 * Watched close to what the viewer watched, in either order; by default 0.5.
 */
#define VREC_FEATURE_ITEM_NEIGHBOURS 1

/**
 * Watched by the profiles whose histories are most like the viewer's.
 */
#define VREC_FEATURE_USER_NEIGHBOURS 2

/**
 * Goes together with what the viewer watched, by weights between videos; needs vrec_train; by default 0.2.
 */
#define VREC_FEATURE_EASE 3

/**
 * Near the viewer's place among factors, found from the history; needs vrec_train.
 */
#define VREC_FEATURE_FACTORS 4

/**
 * Reached by short random walks over profiles and videos from what the viewer watched.
 */
#define VREC_FEATURE_GRAPH_WALK 5

/**
 * Watched by many profiles.
 */
#define VREC_FEATURE_POPULARITY 6

/**
 * Watched by many lately, seen from the time of the list.
 */
#define VREC_FEATURE_TREND 7

/**
 * Watched at such times of the day and week, on such devices, in such places and company as the list's.
 */
#define VREC_FEATURE_CONTEXT 8

/**
 * Near what the viewer watched by the place that vector and tags give among what is watched together; the only one
 * by which videos that nobody watched get places of their own; needs vrec_train; by default 0.1.
 */
#define VREC_FEATURE_CONTENT 9

/**
 * The cosine with the profile's taste; by default 0.1, and more while few profiles have watched anything.
 */
#define VREC_FEATURE_TASTE 10

/**
 * Like some of the last videos that the viewer watched; each counts the more the more alike it is.
 */
#define VREC_FEATURE_ATTENTION 11

/**
 * The cosine with the nearest of the viewer's interests, groups of like videos among the last ones watched.
 */
#define VREC_FEATURE_INTERESTS 12

/**
 * Available since lately, seen from the time of the list, by vrec_video.available_from_utc_ms.
 */
#define VREC_FEATURE_FRESHNESS 13

/**
 * A trained network that read the history in order says that it comes next; where vrec_load_sequence brought one;
 * by default 1, and more while few profiles have watched anything.
 */
#define VREC_FEATURE_SEQUENCE 14

/**
 * Other weights than those in use are better beyond chance.
 */
#define VREC_WEIGHTS_LEARNED 1

/**
 * No weights were found that are better beyond chance than those in use.
 */
#define VREC_WEIGHTS_KEPT 2

/**
 * Fewer than 100 lists to choose weights by, or to confirm them by: nothing was tried.
 */
#define VREC_WEIGHTS_TOO_FEW 3

/**
 * How many features vrec_learn_weights has to have room for: more than there are, so that programs compiled today have
 * room for those of later versions.
 */
#define VREC_MAX_FEATURES 32

/**
 * What a video is.
 */
#define VREC_KIND_UNKNOWN 0

#define VREC_KIND_MOVIE 1

#define VREC_KIND_SERIES 2

#define VREC_KIND_SEASON 3

#define VREC_KIND_EPISODE 4

#define VREC_KIND_LIVE_EVENT 5

#define VREC_KIND_CLIP 6

#define VREC_KIND_MUSIC 7

#define VREC_KIND_COURSE 8

#define VREC_KIND_ADVERT 9

#define VREC_KIND_OTHER 10

/**
 * A min_age of a video for everyone; 0 means that it is unknown.
 */
#define VREC_MIN_AGE_NONE (-1)

/**
 * Which field of a video matched; 0 for a video that brought its own vector.
 */
#define VREC_FIELD_NONE 0

#define VREC_FIELD_TITLE 1

#define VREC_FIELD_DESCRIPTION 2

#define VREC_FIELD_TAGS 3

#define VREC_FIELD_COMMENTS 4

/**
 * Limits: a value past one is refused with VREC_E_LIMIT.
 */
#define VREC_MAX_ID_BYTES 255

#define VREC_MAX_TITLE_BYTES 4096

/**
 * A description, a text to embed or to search for, all tags or all comments together.
 */
#define VREC_MAX_TEXT_BYTES 65536

#define VREC_MAX_TAGS 256

#define VREC_MAX_COMMENTS 256

/**
 * Languages of a video's sound, and of its subtitles.
 */
#define VREC_MAX_LANGUAGES 64

#define VREC_MAX_ENTITLEMENTS 64

#define VREC_MAX_MIN_AGE 99

/**
 * Minutes between a viewer's clock and UTC, either way; more is VREC_E_INVALID_ARGUMENT.
 */
#define VREC_MAX_UTC_OFFSET_MINUTES 840

/**
 * Values of each list of a filter.
 */
#define VREC_MAX_FILTER_VALUES 1024

/**
 * Rules of a query.
 */
#define VREC_MAX_RULES 1024

/**
 * Places of a list that explore.
 */
#define VREC_MAX_EXPLORATION_SLOTS 16

/**
 * Videos, events, texts, ids or exclusions in one call.
 */
#define VREC_MAX_BATCH 65536

/**
 * Bytes of all texts and vectors in one call.
 */
#define VREC_MAX_BATCH_BYTES 67108864

#define VREC_MAX_RESULTS 10000

#define VREC_MAX_DIMENSIONS 8192

/**
 * How much a log message matters.
 */
#define VREC_LOG_ERROR 1

#define VREC_LOG_WARNING 2

#define VREC_LOG_INFO 3

/**
 * A field weight that leaves the field out; 0 means the default weight.
 */
#define VREC_WEIGHT_NONE (-1.0)

/**
 * What runs the model: the ONNX Runtime where this build of the library has it, else rten.
 */
#define VREC_BACKEND_DEFAULT 0

/**
 * The ONNX Runtime, a shared library that the integrator brings.
 */
#define VREC_BACKEND_ONNX_RUNTIME 1

/**
 * The rten engine inside this library; only in builds with the feature rten, and the default in
 * builds without the ONNX Runtime. It starts threads, one a core, that stay until the process ends,
 * and reads variables of the environment whose names begin with RTEN_.
 */
#define VREC_BACKEND_RTEN 2

/**
 * Instruction sets that vectors can be scored with; one that the CPU or the build lacks is refused.
 */
#define VREC_INSTRUCTIONS_DEFAULT 0

#define VREC_INSTRUCTIONS_SCALAR 1

#define VREC_INSTRUCTIONS_SSE41 2

#define VREC_INSTRUCTIONS_AVX2 3

#define VREC_INSTRUCTIONS_AVX_VNNI 4

#define VREC_INSTRUCTIONS_AVX512_VNNI 5

#define VREC_INSTRUCTIONS_NEON 6

#define VREC_INSTRUCTIONS_NEON_DOT 7

/**
 * Vectors are kept as they came, in 4 bytes an element, beside codes of one byte: scores are exact.
 */
#define VREC_EXACT_FLOAT32 1

/**
 * In 2 bytes an element: cosines within 0.0005; not with VREC_METRIC_DOT.
 */
#define VREC_EXACT_FLOAT16 2

/**
 * Only the codes, a fifth of the memory: scores of text vectors within some 0.01. A few elements much larger
 * than the others make the rest coarse: up to 0.004 times the root of the dimensions.
 */
#define VREC_EXACT_NONE 3

/**
 * A score is the cosine of the angle between two vectors, -1 to 1.
 */
#define VREC_METRIC_COSINE 1

/**
 * A score is the inner product of two vectors as they came; only in an engine without a model.
 */
#define VREC_METRIC_DOT 2

/**
 * An embedding_cache_bytes that turns the cache off; 0 means the default size.
 */
#define VREC_CACHE_NONE UINT64_MAX

/**
 * Execution providers of the ONNX Runtime: the devices a model can run on. All but the CPU need a
 * runtime built with them, or their own library.
 */
#define VREC_PROVIDER_CPU 1

#define VREC_PROVIDER_CUDA 2

#define VREC_PROVIDER_TENSORRT 3

/**
 * GPUs through Vulkan, Metal or Direct3D; a plug-in library, or inside the runtime.
 */
#define VREC_PROVIDER_WEBGPU 4

#define VREC_PROVIDER_OPENVINO 5

#define VREC_PROVIDER_QNN 6

#define VREC_PROVIDER_NNAPI 7

#define VREC_PROVIDER_COREML 8

/**
 * Any plug-in provider, by its library: what the maker of a chip ships.
 */
#define VREC_PROVIDER_PLUGIN 9

/**
 * When this provider cannot serve, the next of the list is tried, with a warning in the log.
 */
#define VREC_PROVIDER_ALLOW_NEXT 1

/**
 * Matrix products that this provider does not take may run on the CPU.
 */
#define VREC_PROVIDER_ALLOW_PARTIAL 2

/**
 * Who a profile is for. Adults have no age limit unless one is set.
 */
#define VREC_PROFILE_ADULT 1

/**
 * The age limit is 16 unless another is set.
 */
#define VREC_PROFILE_TEEN 2

/**
 * The age limit is 8 unless another is set; a child always has one.
 */
#define VREC_PROFILE_CHILD 3

/**
 * The household together, at most one, with a history of its own. The age limit is the least that an adult, teen or
 * child of the household has, unless one is set.
 */
#define VREC_PROFILE_EVERYONE 4

/**
 * Somebody who leaves no trace: a guest stands in no file, teaches nothing to what others are recommended, is in no
 * export, and is gone at vrec_profile_forget or vrec_destroy; until then it has lists of its own. Its age limit is as
 * for VREC_PROFILE_EVERYONE.
 */
#define VREC_PROFILE_GUEST 5

/**
 * An age_limit of a profile without one; 0 means that of its kind.
 */
#define VREC_AGE_LIMIT_NONE (-1)

/**
 * Bytes of the name that people see of a profile.
 */
#define VREC_MAX_PROFILE_NAME_BYTES 255

/**
 * A list for each query vector.
 */
#define VREC_FUSION_NONE 0

/**
 * One list for all query vectors; a video's score is its best with any of them: one profile's several
 * interests.
 */
#define VREC_FUSION_MAX 1

/**
 * One list for all; a video's score is the weighted mean of its scores.
 */
#define VREC_FUSION_WEIGHTED 2

/**
 * Query vectors are centred as vectors brought with videos are: with a model by the mean of their
 * language, without one as centre_vectors says.
 */
#define VREC_CENTRING_DEFAULT 0

/**
 * They are taken as they are: centred already.
 */
#define VREC_CENTRING_NONE 1

/**
 * Most query vectors in one call, and most results of all their lists together.
 */
#define VREC_MAX_QUERY_VECTORS 1024

#define VREC_MAX_RESULTS_OF_ALL_LISTS 1000000

/**
 * Why a card is there; the numbers of Android TV's Watch Next row. Started and not finished.
 */
#define VREC_WATCH_CONTINUE 0

/**
 * An episode was finished, and this is the next one.
 */
#define VREC_WATCH_NEXT 1

/**
 * The viewer had caught up with the series, and this episode appeared since.
 */
#define VREC_WATCH_NEW 2

/**
 * What a row of a home screen holds. Started and not finished.
 */
#define VREC_ROW_CONTINUE_WATCHING 1

/**
 * Next episodes, and new ones of series that the viewer had caught up with.
 */
#define VREC_ROW_NEXT_UP 2

/**
 * Like a film or series that the viewer watched or liked.
 */
#define VREC_ROW_BECAUSE_YOU_WATCHED 3

/**
 * Like a film or series.
 */
#define VREC_ROW_MORE_LIKE_THIS 4

/**
 * The blended list of all that is known of the viewer.
 */
#define VREC_ROW_FOR_YOU 5

/**
 * Watched by many in the last days.
 */
#define VREC_ROW_TRENDING 6

/**
 * Watched by many.
 */
#define VREC_ROW_POPULAR 7

/**
 * To be watched since a few days, ranked for the viewer.
 */
#define VREC_ROW_NEW_FOR_YOU 8

/**
 * To be watched for a few days only, ranked for the viewer.
 */
#define VREC_ROW_LEAVING_SOON 9

/**
 * Live events that are on.
 */
#define VREC_ROW_ON_NOW 10

/**
 * Good ones among what the viewer has not touched.
 */
#define VREC_ROW_EXPLORE 11

/**
 * An item that is no card, beside VREC_WATCH_.
 */
#define VREC_WATCH_NONE (-1)

/**
 * What a reason is. Those below 32 are terms of VREC_RANKING_BLEND, with the numbers and meanings of VREC_FEATURE_;
 * VREC_REASON_TASTE is also each watched video's part of a list by taste.
 */
#define VREC_REASON_TRANSITIONS 0

#define VREC_REASON_ITEM_NEIGHBOURS 1

#define VREC_REASON_USER_NEIGHBOURS 2

#define VREC_REASON_EASE 3

#define VREC_REASON_FACTORS 4

#define VREC_REASON_GRAPH_WALK 5

#define VREC_REASON_POPULARITY 6

#define VREC_REASON_TREND 7

#define VREC_REASON_CONTEXT 8

#define VREC_REASON_CONTENT 9

#define VREC_REASON_TASTE 10

#define VREC_REASON_ATTENTION 11

#define VREC_REASON_INTERESTS 12

#define VREC_REASON_FRESHNESS 13

#define VREC_REASON_SEQUENCE 14

/**
 * A field is like the video that vrec_similar was asked about.
 */
#define VREC_REASON_SIMILAR 32

/**
 * The title matches what vrec_search was asked for.
 */
#define VREC_REASON_TITLE 33

/**
 * A field is near the meaning of what vrec_search was asked for.
 */
#define VREC_REASON_TEXT 34

/**
 * The service puts it forward.
 */
#define VREC_REASON_BOOST 48

/**
 * The service holds it back.
 */
#define VREC_REASON_BURY 49

/**
 * The service gives it a place.
 */
#define VREC_REASON_PIN 50

/**
 * It was shown before and passed over.
 */
#define VREC_REASON_IMPRESSIONS 51

/**
 * Its turn, among videos that take turns.
 */
#define VREC_REASON_ROTATION 52

/**
 * A place that the list keeps for videos that nobody watched; its weight is 0.
 */
#define VREC_REASON_NEW_PLACE 53

/**
 * It stands in the list for variety, which by its score has no place for it; its weight is 0.
 */
#define VREC_REASON_DIVERSITY 54

/**
 * A place in which the list finds out what the viewer thinks of such videos; its weight is 0.
 */
#define VREC_REASON_EXPLORE_PLACE 55

/**
 * Started and not finished.
 */
#define VREC_REASON_CONTINUE 64

/**
 * The next episode; the video that it names is the one that was finished last.
 */
#define VREC_REASON_NEXT 65

/**
 * An episode that appeared since the viewer had caught up; the video that it names is the series' own. Of a series
 * without one it has a title only, which its episodes' titles have in common, and no id.
 */
#define VREC_REASON_NEW_EPISODE 66

/**
 * Not to be watched much longer.
 */
#define VREC_REASON_LEAVING_SOON 67

/**
 * On air at the time of the list.
 */
#define VREC_REASON_ON_NOW 68

/**
 * It can be watched since a few days only.
 */
#define VREC_REASON_NEW_FOR_YOU 69

/**
 * Off the viewer's usual ways.
 */
#define VREC_REASON_EXPLORE 70

/**
 * The longest sentence of a reason or of what keeps a video out.
 */
#define VREC_MAX_SENTENCE_CHARACTERS 160

/**
 * What keeps a video out of a list. Its minimum age is above the viewer's.
 */
#define VREC_BLOCK_AGE 1

/**
 * Its minimum age is not known, and the viewer's is checked.
 */
#define VREC_BLOCK_AGE_UNKNOWN 2

#define VREC_BLOCK_NOT_YET_AVAILABLE 3

#define VREC_BLOCK_EXPIRED 4

/**
 * It needs an entitlement that the viewer has not.
 */
#define VREC_BLOCK_ENTITLEMENT 5

/**
 * It has no sound in a language asked for.
 */
#define VREC_BLOCK_AUDIO_LANGUAGE 6

/**
 * It has no subtitles in a language asked for.
 */
#define VREC_BLOCK_SUBTITLE_LANGUAGE 7

/**
 * It is of no kind asked for.
 */
#define VREC_BLOCK_KIND 8

/**
 * It has none of vrec_filter.any_tags.
 */
#define VREC_BLOCK_ANY_TAG 9

/**
 * It lacks one of vrec_filter.all_tags; a block for each.
 */
#define VREC_BLOCK_MISSING_TAG 10

/**
 * It has one of vrec_filter.no_tags; a block for each.
 */
#define VREC_BLOCK_FORBIDDEN_TAG 11

/**
 * The profile hid it.
 */
#define VREC_BLOCK_HIDDEN 12

/**
 * The profile watched it, and the query leaves such videos out.
 */
#define VREC_BLOCK_WATCHED 13

/**
 * The query excludes its id.
 */
#define VREC_BLOCK_EXCLUDED 14

/**
 * Its texts wait to be embedded, and its tags say nothing yet.
 */
#define VREC_BLOCK_NO_VECTOR 15

/**
 * Its score is below vrec_query.min_score.
 */
#define VREC_BLOCK_BELOW_MIN_SCORE 16

/**
 * The profile has watched and liked nothing yet, and the list is by taste alone.
 */
#define VREC_BLOCK_NO_TASTE 17

/**
 * The profile hid its series.
 */
#define VREC_BLOCK_HIDDEN_SERIES 18

/**
 * The profile snoozed it or its series, and the time has not come.
 */
#define VREC_BLOCK_SNOOZED 19

/**
 * A switch shared by the threads that may end a call and the calls that carry it. Once cancelled
 * it stays cancelled.
 */
typedef struct vrec_cancel_token vrec_cancel_token;

/**
 * What runs an engine's model. Immutable; may outlive its engine and be read from several threads.
 */
typedef struct vrec_encoder_description vrec_encoder_description;

/**
 * An engine: a catalogue of videos, the profiles that watch them, and what is known of both. Any
 * number of threads may call it at once: reads never wait for writes, writes wait for each other.
 */
typedef struct vrec_engine vrec_engine;

/**
 * What went wrong in one call. Immutable; may outlive its engine and be read from several threads.
 */
typedef struct vrec_error vrec_error;

/**
 * How one video stands with a query. Immutable; may outlive its engine and be read from several threads.
 */
typedef struct vrec_explanation vrec_explanation;

/**
 * What is known of a profile, as JSON Lines. Immutable; may outlive its engine and be read from several
 * threads.
 */
typedef struct vrec_export vrec_export;

/**
 * A home screen. Immutable; may outlive its engine and be read from several threads.
 */
typedef struct vrec_home_screen vrec_home_screen;

/**
 * Lists of neighbours. Immutable; may outlive the engine and be read from several threads.
 */
typedef struct vrec_neighbours vrec_neighbours;

/**
 * What a pack says of itself. Immutable; may outlive its engine and be read from several threads.
 */
typedef struct vrec_pack_description vrec_pack_description;

/**
 * The profiles of an engine at one moment. Immutable; may outlive the engine and be read from several threads.
 */
typedef struct vrec_profiles vrec_profiles;

/**
 * A list of results. Immutable; may outlive its engine and be read from several threads.
 */
typedef struct vrec_results vrec_results;

/**
 * The cards of a profile. Immutable; may outlive the engine and be read from several threads.
 */
typedef struct vrec_watch_cards vrec_watch_cards;

/**
 * Receives one message: its VREC_LOG_ level, the text (UTF-8, not ending with NUL, valid during the
 * call only) and its length in bytes. Runs on the thread of the call the message is about. It must
 * not call this library, which answers VREC_E_REENTRANT, and must return: no exception, longjmp or
 * end of the thread may leave it.
 */
typedef void (*vrec_log_callback)(int32_t level,
                                  const char *message,
                                  size_t message_len,
                                  void *user_data);

/**
 * One execution provider to run the model on.
 */
typedef struct vrec_provider {
    /**
     * sizeof(vrec_provider).
     */
    size_t struct_size;
    /**
     * One of VREC_PROVIDER_, required.
     */
    int32_t kind;
    /**
     * VREC_PROVIDER_ALLOW_ flags. Default: a provider that cannot serve, or that would leave a
     * matrix product to the CPU, is an error.
     */
    uint32_t flags;
    /**
     * Absolute path of a plug-in provider's library; required for VREC_PROVIDER_PLUGIN, allowed for
     * VREC_PROVIDER_WEBGPU. It is loaded once and stays until the process ends.
     */
    const char *library_path;
    size_t library_path_len;
    /**
     * The plug-in provider's name in the runtime. Default: the first one that the library brings.
     */
    const char *name;
    size_t name_len;
    /**
     * The provider's own options, at most 64, as two blocks and their offsets; see the runtime's
     * documentation. The runtime ignores keys it does not know.
     */
    const char *option_keys;
    const uint64_t *option_key_offsets;
    const char *option_values;
    const uint64_t *option_value_offsets;
    size_t option_count;
    /**
     * Most bytes of device memory: CUDA's arena, TensorRT's workspace; other providers have no such
     * limit and refuse one. Default: the provider's own.
     */
    uint64_t memory_limit_bytes;
    /**
     * Which of the provider's devices, counted from 0, for CUDA, TensorRT and providers that come as
     * a library; others are told by their options.
     */
    uint32_t device_index;
    /**
     * Must be 0.
     */
    uint32_t reserved;
} vrec_provider;

/**
 * A file of the model that the host holds in memory or has mapped.
 */
typedef struct vrec_model_file {
    /**
     * sizeof(vrec_model_file).
     */
    size_t struct_size;
    /**
     * Its name in the model's folder, such as vrec-model.json; required.
     */
    const char *name;
    size_t name_len;
    /**
     * Its content. It must stay readable and unchanged until the engine is destroyed: the model is
     * opened when it is first needed, and again after vrec_trim.
     */
    const void *data;
    size_t data_len;
} vrec_model_file;

/**
 * How much a feature counts in a list with VREC_RANKING_BLEND. A video's score is the sum over the features, each as
 * its distance from the mean of the videos in standard deviations, times its weight. The struct never grows.
 */
typedef struct vrec_feature_weight {
    /**
     * One of VREC_FEATURE_.
     */
    int32_t feature;
    /**
     * -1000 to 1000; 0: it does not count.
     */
    float weight;
} vrec_feature_weight;

/**
 * What an engine is created with. Zero in any field means its default.
 */
typedef struct vrec_options {
    /**
     * sizeof(vrec_options).
     */
    size_t struct_size;
    /**
     * Absolute path of the model's folder. Default: the files of model_files, or no model, and
     * videos bring vectors.
     */
    const char *model_path;
    size_t model_path_len;
    /**
     * Absolute path of the ONNX Runtime library, 1.24 or later. Default: libonnxruntime.so.1 or
     * libonnxruntime.so in the folder of this library. One runtime serves a whole process. The
     * official builds from 1.29 on send usage data from threads of their own: bring 1.24 to 1.28,
     * or a build without telemetry.
     */
    const char *runtime_path;
    size_t runtime_path_len;
    /**
     * Most bytes to hold of videos, profiles and what was learned and trained, waiting videos included, the
     * open model and remembered vectors aside. Default: no limit.
     */
    uint64_t memory_limit_bytes;
    /**
     * Elements of a vector, at most 8192. Default: the model's, or those of the first vector
     * brought.
     */
    uint32_t dimensions;
    /**
     * Threads inside one operator of the model, at most 64. Default: 1, which starts none with the
     * ONNX Runtime; rten always starts its own.
     */
    uint32_t threads;
    /**
     * How much each field counts in a video's vector, up to 1000; VREC_WEIGHT_NONE leaves it out.
     * Defaults: title 1, description 1, tags 0.5, comments 0.25.
     */
    float title_weight;
    float description_weight;
    float tags_weight;
    float comments_weight;
    /**
     * Messages up to this VREC_LOG_ level are passed on. Default: VREC_LOG_WARNING.
     */
    int32_t log_level;
    /**
     * Must be 0.
     */
    uint32_t reserved;
    /**
     * Receives messages on the thread of the call they are about; called from several threads at
     * once when the host calls from several. Default: silence.
     */
    vrec_log_callback log_callback;
    /**
     * Passed to log_callback; must outlive the engine.
     */
    void *log_user_data;
    /**
     * One of VREC_BACKEND_.
     */
    int32_t backend;
    /**
     * Operators of the model that may run at the same time, at most 64. Default: 1, which starts no
     * thread.
     */
    uint32_t inter_op_threads;
    /**
     * Where the ONNX Runtime runs the model, in order of preference, at most 16, provider_stride
     * bytes apart. Default: the CPU.
     */
    const struct vrec_provider *providers;
    size_t provider_count;
    size_t provider_stride;
    /**
     * Files of the model in memory, at most 16, model_file_stride bytes apart; what is not among
     * them is read from model_path.
     */
    const struct vrec_model_file *model_files;
    size_t model_file_count;
    size_t model_file_stride;
    /**
     * Most bytes of vectors to remember for texts that come again; VREC_CACHE_NONE for none.
     * Default: 4 MiB.
     */
    uint64_t embedding_cache_bytes;
    /**
     * Most tokens of one run of the model, padding included, up to 1048576: bounds a run's memory
     * and time. Default: 256 for each thread on the CPU, 16384 on another device.
     */
    uint32_t tokens_per_run;
    /**
     * 1: a thread of the engine embeds added videos after vrec_add_videos has returned. Until its
     * vector lands, a video is listed for its tags, as far as the catalogue knows them, else not at
     * all, and one that replaces another keeps the other's vector. Default: 0, no thread.
     */
    uint32_t background_embedding;
    /**
     * What vectors are scored with, one of VREC_INSTRUCTIONS_. Default: the fastest that this CPU has;
     * lists are the same with all of them.
     */
    int32_t instruction_set;
    /**
     * What is kept of each vector beside its codes, one of VREC_EXACT_. Default: VREC_EXACT_FLOAT32.
     */
    int32_t exact_values;
    /**
     * What a score is, one of VREC_METRIC_. Default: VREC_METRIC_COSINE.
     */
    int32_t metric;
    /**
     * Threads that one search may use, the calling one included, at most 64. The others are started by
     * the first search that is large enough to gain by them (some 50,000 videos to score), sleep
     * between searches, are shared by all calls of the engine, and end with it. Results do not depend
     * on it. Default: 1, which starts none.
     */
    uint32_t search_threads;
    /**
     * 1: the mean of the vectors brought with videos is subtracted from them, and from query vectors,
     * in an engine without a model; one with a model always does. Text vectors without it all look
     * alike. Default: 0.
     */
    uint32_t centre_vectors;
    /**
     * 1: catalogues of 100,000 videos and more have a first stage that compares signs, one bit an
     * element, for lists of up to 100 near one query vector. It is measured on the catalogue's own
     * vectors when it reaches that size and each time that a tenth of them were
     * written (as long as 64 searches, in the call that adds, and other writers wait), and stays off where it
     * would lose one of the hundred best of 64 samples; other lists may lose a video. Default: 0, lists are exact.
     */
    uint32_t sign_stage;
    /**
     * Absolute path of the store, a directory, created where there is none in a directory that exists: what was
     * acknowledged is there when an engine is created with it again, and no model runs for that. One engine at a
     * time has it, or several with store_read_only; VREC_E_BUSY says so. Default: everything is in memory only.
     */
    const char *store_path;
    size_t store_path_len;
    /**
     * 32 bytes that only this device knows: the store is sealed with keys that they wrap, and the library
     * wipes its copy. Another key, or none, is VREC_E_KEY. Default: nothing is secret.
     */
    const uint8_t *device_key;
    size_t device_key_len;
    /**
     * 1: nothing is written to the store, events and videos are refused with VREC_E_READ_ONLY. Default: 0.
     */
    uint32_t store_read_only;
    /**
     * 1: damaged parts of the store are set aside and the rest is served; each is a warning in the log.
     * Default: 0, VREC_E_CORRUPT names them and nothing is changed.
     */
    uint32_t store_quarantine;
    /**
     * 1: a thread commits events that were recorded with VREC_DURABLE_WITHIN when they are due. It has all signals
     * blocked but those of its own faults. Default: 0.
     */
    uint32_t commit_thread;
    /**
     * Most events that may wait for a commit; a call that would leave more is VREC_E_LIMIT, until a call with
     * VREC_DURABLE_NOW or vrec_flush has committed them. Default: 65536.
     */
    uint32_t store_waiting_events;
    /**
     * What counts in lists with VREC_RANKING_BLEND where a query does not say, each feature at most once; those not
     * named count 0. A feature of weight 0 is not learned and not trained at all: it costs neither memory nor time,
     * and in a query it adds nothing, but for taste, attention, interests, freshness and sequence, which need no
     * learning.
     * What is learned is made from the stored events when an engine is created, so weights may change from one to the
     * next; what is trained changes with vrec_train. Default: what the pack in use says, see vrec_pack_import, and where
     * none does transitions 0.2, item neighbours 0.5, ease 0.2, content 0.1, taste 0.1, sequence 1.
     */
    const struct vrec_feature_weight *feature_weights;
    size_t feature_weight_count;
    /**
     * When videos count as started and as finished, for vrec_watch_next and for what counts as watched; see
     * docs/watch-states.md. A film is started when more than this share of it was watched, up to 1. Default: 0.03.
     */
    float film_started_share;
    /**
     * A film or episode is finished from this share on, up to 1, besides by its credits or what is left. Default: by
     * those alone.
     */
    float finished_share;
    /**
     * A film is started at this position at the latest, in milliseconds. Default: 120000.
     */
    uint32_t film_started_ms;
    /**
     * An episode is started past this position. Default: 120000.
     */
    uint32_t episode_started_ms;
    /**
     * Live television is started when it was viewed so long. Default: 120000.
     */
    uint32_t live_started_ms;
    /**
     * A film or episode without credits data is finished when less than this is left. Default: 180000.
     */
    uint32_t finished_remaining_ms;
} vrec_options;

/**
 * Hears how far a call is: what is done and what there is in all, counted in texts for calls that
 * embed, in videos for vrec_wait_for_embeddings, and in videos or passes of one step after the other for
 * vrec_train and vrec_learn_weights. Runs on the thread of the call, between pieces of its work. It must not
 * call the library, which answers VREC_E_REENTRANT, except for vrec_cancel_token_cancel, and must return: no
 * exception, longjmp or end of the thread may leave it.
 */
typedef void (*vrec_progress_callback)(uint64_t done,
                                       uint64_t total,
                                       void *user_data);

/**
 * Bounds on one call. Passing NULL sets none.
 */
typedef struct vrec_call_options {
    /**
     * sizeof(vrec_call_options).
     */
    size_t struct_size;
    /**
     * A token that ends the call from another thread; borrowed for the call. Default: none.
     */
    const struct vrec_cancel_token *cancel;
    /**
     * Milliseconds after which the call ends with VREC_E_TIMED_OUT, at most one day. Checked
     * between runs of the model and between blocks of a scan; a call that opens the model finishes
     * that first. Default: no limit.
     */
    uint32_t timeout_ms;
    /**
     * Must be 0.
     */
    uint32_t reserved;
    /**
     * Hears how far the call is, on the thread of the call; see vrec_progress_callback. Default:
     * nobody.
     */
    vrec_progress_callback progress_callback;
    /**
     * Passed to progress_callback.
     */
    void *progress_user_data;
} vrec_call_options;

/**
 * Counts and sizes of an engine at one moment.
 */
typedef struct vrec_statistics {
    /**
     * sizeof(vrec_statistics), set by the caller; fields past it are not written.
     */
    size_t struct_size;
    uint64_t videos;
    uint64_t profiles;
    /**
     * Events recorded since the engine was created, and those its store held then. Forgetting a profile takes
     * none away; vrec_retain counts those that are left.
     */
    uint64_t events;
    /**
     * Elements of a vector; 0 while unknown.
     */
    uint64_t dimensions;
    /**
     * Bytes of videos, profiles and what was learned and trained; the open model is not counted.
     */
    uint64_t memory_bytes;
    /**
     * 0: no limit.
     */
    uint64_t memory_limit_bytes;
    /**
     * Texts turned into vectors since the engine was created.
     */
    uint64_t texts_embedded;
    /**
     * VREC_OK when texts can be embedded as far as is known, else what a call would return.
     */
    int32_t encoder_status;
    /**
     * 1 while the model is in memory, else 0.
     */
    uint32_t encoder_loaded;
    /**
     * 1 after a failure inside the library has closed the engine for writing, else 0.
     */
    uint32_t faulted;
    uint32_t reserved;
    /**
     * Videos whose texts wait to be embedded in the background.
     */
    uint64_t videos_waiting;
    /**
     * Videos that could not be embedded in the background, since the engine was created.
     */
    uint64_t videos_failed;
    /**
     * Bytes of waiting videos; they count towards memory_limit_bytes.
     */
    uint64_t embedding_queue_bytes;
    /**
     * Texts whose vector was remembered, and those whose was not, since the engine was created.
     */
    uint64_t embedding_cache_hits;
    uint64_t embedding_cache_misses;
    /**
     * Bytes of remembered vectors.
     */
    uint64_t embedding_cache_bytes;
    /**
     * What vectors are scored with, one of VREC_INSTRUCTIONS_.
     */
    int32_t instruction_set;
    /**
     * The stage on signs passes one video in so many on; 0 while it is off.
     */
    uint32_t sign_stage_divisor;
    /**
     * Commits of the store since the engine was created, and the events in them; 0 without a store.
     */
    uint64_t store_commits;
    uint64_t store_events;
    /**
     * Bytes that the store wrote since the engine was created.
     */
    uint64_t store_bytes_written;
    /**
     * Bytes written for an event, on average: its share of a commit and of the checkpoint after it.
     */
    uint64_t store_bytes_per_event;
    /**
     * Events that count already and wait for a commit.
     */
    uint64_t store_waiting_events;
    /**
     * VREC_OK, or what the last commit of events failed with.
     */
    int32_t store_status;
    /**
     * 1 for an engine with a store, else 0.
     */
    uint32_t store_is_open;
} vrec_statistics;

/**
 * What runs an engine's model. Text columns are one block of UTF-8 bytes and count + 1 offsets. All
 * pointers stay valid until the description is destroyed; none is NULL.
 */
typedef struct vrec_encoder_fields {
    /**
     * sizeof(vrec_encoder_fields), set by the caller; fields past it are not written.
     */
    size_t struct_size;
    /**
     * VREC_BACKEND_ONNX_RUNTIME or VREC_BACKEND_RTEN.
     */
    int32_t backend;
    uint32_t reserved;
    const char *model_name;
    size_t model_name_len;
    const char *model_version;
    size_t model_version_len;
    const char *model_licence;
    size_t model_licence_len;
    /**
     * The ONNX Runtime library in use; empty with another backend.
     */
    const char *runtime_path;
    size_t runtime_path_len;
    /**
     * Execution providers that were given nodes of the model's graph; 0 when the backend has none.
     */
    size_t provider_count;
    const char *provider_names;
    const uint64_t *provider_name_offsets;
    /**
     * How many nodes each runs, and how many of them multiply matrices, where the work is.
     */
    const uint64_t *provider_nodes;
    const uint64_t *provider_products;
    /**
     * Why providers that were preferred could not serve, one text each.
     */
    size_t skipped_count;
    const char *skipped;
    const uint64_t *skipped_offsets;
} vrec_encoder_fields;

/**
 * A video as its owner describes it. Strings are UTF-8 with their length in bytes and are copied.
 * Lists of texts come as one block of bytes and offsets: text i lies between offsets[i] and
 * offsets[i + 1], so there is one offset more than there are texts.
 */
typedef struct vrec_video {
    /**
     * sizeof(vrec_video).
     */
    size_t struct_size;
    /**
     * 1 to 255 bytes without NUL, required. An id that exists already is replaced.
     */
    const char *id;
    size_t id_len;
    /**
     * At most 4096 bytes.
     */
    const char *title;
    size_t title_len;
    /**
     * At most 65536 bytes.
     */
    const char *description;
    size_t description_len;
    /**
     * BCP 47 tag of the language the texts are written in, at most 255 bytes. Default: detected for
     * each text.
     */
    const char *language;
    size_t language_len;
    /**
     * At most 256 tags, 65536 bytes together.
     */
    const char *tags;
    const uint64_t *tag_offsets;
    size_t tag_count;
    /**
     * At most 256 viewers' comments, 65536 bytes together.
     */
    const char *comments;
    const uint64_t *comment_offsets;
    size_t comment_count;
    /**
     * The video's vector, used instead of its texts' vectors: finite and not all zero (it need not be
     * of unit length), with as many elements as every other vector of the engine. It is taken as a vector of
     * the engine's model and centred by its language's mean; without a model it is taken as it is.
     */
    const float *vector;
    size_t vector_len;
    /**
     * One of VREC_KIND_. Default: unknown.
     */
    int32_t kind;
    /**
     * Years a viewer must have, 1 to 99, or VREC_MIN_AGE_NONE. Default: unknown, which a query with
     * a viewer_age leaves out.
     */
    int32_t min_age;
    /**
     * BCP 47 tags of the languages of its sound, at most 64.
     */
    const char *audio_languages;
    const uint64_t *audio_language_offsets;
    size_t audio_language_count;
    /**
     * The same of its subtitles.
     */
    const char *subtitle_languages;
    const uint64_t *subtitle_language_offsets;
    size_t subtitle_language_count;
    /**
     * What lets a viewer watch it, any one of them, 1 to 255 bytes each, at most 64. Default: everyone
     * may.
     */
    const char *entitlements;
    const uint64_t *entitlement_offsets;
    size_t entitlement_count;
    /**
     * When it can be watched, milliseconds since 1970-01-01 UTC: from the first time on and before
     * the second, which is the later one. Default: since ever, for ever.
     */
    int64_t available_from_utc_ms;
    int64_t available_until_utc_ms;
    /**
     * What it belongs to, the same for all episodes of a series, 1 to 255 bytes. Where the series has a card of its
     * own in the catalogue, the id of that. Default: it belongs to no series.
     */
    const char *series_id;
    size_t series_id_len;
    /**
     * Its season and its number in the season, both from 1 on. In a series with seasons, what has no season is a
     * special; specials, and what has no number, never come next. Default: none.
     */
    uint32_t season_number;
    uint32_t episode_number;
    /**
     * Its length; not negative. Default: unknown.
     */
    int64_t duration_ms;
    /**
     * Where its end credits begin; not negative and not past duration_ms. Default: unknown.
     */
    int64_t credits_start_ms;
} vrec_video;

/**
 * One event of one profile.
 */
typedef struct vrec_event {
    /**
     * sizeof(vrec_event).
     */
    size_t struct_size;
    /**
     * Whose event, 1 to 255 bytes. Default: the current profile, see vrec_profile_switch.
     */
    const char *profile;
    size_t profile_len;
    /**
     * The video concerned, required for every kind but VREC_EVENT_SEARCH, where it must be empty.
     */
    const char *video_id;
    size_t video_id_len;
    /**
     * When it happened, milliseconds since 1970-01-01 UTC. The order of calls decides what replaces what, not
     * the time.
     */
    int64_t time_utc_ms;
    /**
     * How far playback had come, or for a VREC_KIND_LIVE_EVENT how long it was viewed; not negative.
     * Default: unknown.
     */
    int64_t position_ms;
    /**
     * The video's length; not negative. Default: vrec_video.duration_ms, where that is known.
     */
    int64_t duration_ms;
    /**
     * One of VREC_EVENT_, required.
     */
    int32_t kind;
    /**
     * 0.5 to 5 stars for VREC_EVENT_RATE; 0 for every other kind.
     */
    float rating;
    /**
     * When the call may return, one of VREC_DURABLE_; a batch is as durable as its strictest event asks. Has no
     * effect without a store. Default: VREC_DURABLE_NOW.
     */
    int32_t durability;
    /**
     * Milliseconds for VREC_DURABLE_WITHIN, 1 to 3600000; 0 otherwise.
     */
    uint32_t within_ms;
    /**
     * The circumstances: one of VREC_DEVICE_, VREC_PLACE_ and VREC_COMPANY_. They are kept and exported; lists count
     * them where VREC_FEATURE_CONTEXT has a weight. Default: unknown.
     */
    int32_t device;
    int32_t place;
    int32_t company;
    /**
     * What the viewer's clock showed beyond UTC, in minutes, -840 to 840. Default: 0, a clock that shows UTC.
     */
    int32_t utc_offset_minutes;
    /**
     * For VREC_EVENT_SNOOZE when it ends, milliseconds since 1970-01-01 UTC, later than time_utc_ms; 0 for every
     * other kind.
     */
    int64_t until_utc_ms;
    /**
     * For VREC_EVENT_IMPRESSION the probability with which the list put the video where it was shown, as
     * vrec_columns.propensities has it, above 0 to 1; 0 for every other kind. With it the showing counts for
     * vrec_query.exploration_method, and recording it costs about one blended list a profile. Default: not known.
     */
    float propensity;
    /**
     * Must be 0.
     */
    uint32_t reserved;
} vrec_event;

/**
 * A profile of a household. Strings are UTF-8 with their length in bytes and are copied.
 */
typedef struct vrec_profile {
    /**
     * sizeof(vrec_profile).
     */
    size_t struct_size;
    /**
     * What events and queries name it by, 1 to 255 bytes without NUL, required; never changed.
     */
    const char *id;
    size_t id_len;
    /**
     * What people see, at most 255 bytes, with a character that can be seen and without control characters. Default: the id.
     */
    const char *name;
    size_t name_len;
    /**
     * One of VREC_PROFILE_, required.
     */
    int32_t kind;
    /**
     * Its lists hold only videos whose minimum age is known and not above this: years, 1 to 99, or
     * VREC_AGE_LIMIT_NONE, which a child cannot have. Default: that of the kind.
     */
    int32_t age_limit;
} vrec_profile;

/**
 * Profiles as columns of count values each: those that were created in the order of their creation, then guests, then
 * those that only events made, both by id. Text columns are one block of UTF-8 bytes and count + 1 offsets. All pointers stay valid
 * until the profiles are destroyed; none is NULL.
 */
typedef struct vrec_profile_columns {
    /**
     * sizeof(vrec_profile_columns), set by the caller; fields past it are not written.
     */
    size_t struct_size;
    size_t count;
    const char *ids;
    const uint64_t *id_offsets;
    /**
     * What people see; of a profile that only events made, its id.
     */
    const char *names;
    const uint64_t *name_offsets;
    /**
     * One of VREC_PROFILE_; of a profile that only events made, VREC_PROFILE_ADULT.
     */
    const int32_t *kinds;
    /**
     * The age limits that lists keep, in years; VREC_AGE_LIMIT_NONE where there is none.
     */
    const int32_t *age_limits;
    /**
     * 1 for the profile that events and queries mean that name none, else 0.
     */
    const uint32_t *is_current;
} vrec_profile_columns;

/**
 * What a training may use. Passing NULL sets the defaults.
 */
typedef struct vrec_train_options {
    /**
     * sizeof(vrec_train_options).
     */
    size_t struct_size;
    /**
     * The most bytes that one step of the training may take beside what the engine holds. Default: 1 GiB.
     */
    uint64_t memory_limit_bytes;
    /**
     * Threads that work, the caller's own included, at most 64; the others are started for the call and end with it.
     * The result is the same whatever their number. Default: 1.
     */
    uint32_t threads;
    /**
     * Must be 0.
     */
    uint32_t reserved;
} vrec_train_options;

/**
 * What came of vrec_learn_weights.
 */
typedef struct vrec_learned_weights {
    /**
     * sizeof(vrec_learned_weights), set by the caller; fields past it are not written.
     */
    size_t struct_size;
    /**
     * One of VREC_WEIGHTS_.
     */
    int32_t outcome;
    /**
     * How many features are to count; with VREC_WEIGHTS_KEPT and VREC_WEIGHTS_TOO_FEW those that count in lists here.
     */
    uint32_t weight_count;
    /**
     * Lists that weights were chosen by.
     */
    uint64_t choosing_lists;
    /**
     * Lists of other profiles, by which they were confirmed.
     */
    uint64_t confirming_lists;
    /**
     * The mean nDCG@10 of the confirming lists, 0 to 1, with the weights in use; 0 with VREC_WEIGHTS_TOO_FEW.
     */
    double ndcg_before;
    /**
     * The same with the weights that were written.
     */
    double ndcg_after;
    /**
     * What the weights that were chosen gain there, in nDCG@10, whether or not it was enough.
     */
    double gain;
    /**
     * Half of the gain's 95 % confidence interval: the weights are learned where the gain is larger.
     */
    double plus_minus;
} vrec_learned_weights;

/**
 * What a pack is to be. Zero means the default, where one is named.
 */
typedef struct vrec_pack_export_options {
    /**
     * sizeof(vrec_pack_export_options).
     */
    size_t struct_size;
    /**
     * The file to write, UTF-8, absolute; required. One that is there is replaced; a link or a device is refused.
     */
    const char *path;
    size_t path_len;
    /**
     * Which packs follow each other, UTF-8, 1 to 255 bytes; required.
     */
    const char *line;
    size_t line_len;
    /**
     * Greater than that of every pack of the line before, at least 1; required.
     */
    uint64_t number;
    /**
     * Milliseconds since 1970-01-01 UTC, told to who reads the pack.
     */
    int64_t created_utc_ms;
    /**
     * The secret seed of the Ed25519 key that signs, 32 bytes; required. The library wipes its copy.
     */
    const uint8_t *signing_key;
    size_t signing_key_len;
    /**
     * The file of a whole pack of the same line and key, to which this one is to be a delta; UTF-8, absolute. Default:
     * none, a whole pack.
     */
    const char *base_path;
    size_t base_path_len;
    /**
     * ε of differential privacy, all tables together, 0.0001 to 100; the smaller, the more noise. Default: no
     * noise. See docs/packs.md.
     */
    double epsilon;
    /**
     * δ that goes with it, above 0 and at most 0.01; required with epsilon, and 0 without.
     */
    double delta;
    /**
     * How many of a profile's watches count with noise, the latest, 1 to 10000; required with epsilon, and 0 without.
     */
    uint32_t most_watches;
    /**
     * How many profiles stand behind each item and cell at least; 1 tells all. Default: 5.
     */
    uint32_t least_profiles;
    /**
     * How many cells transitions keep for each item, shared out so that what many watched gets more, 1 to 10000. Default:
     * 32.
     */
    uint32_t transitions_per_item;
    /**
     * How many pairs of videos item neighbours keep for each item, shared out likewise, 1 to 10000. Default: 100.
     */
    uint32_t pairs_per_item;
    /**
     * How many pairs of videos ease keeps the weights of for each item, the largest of all, 1 to 10000. Default: 48.
     */
    uint32_t weights_per_item;
    /**
     * Days that are told as one of when an item was watched, 1 to 365. Default: 7.
     */
    uint32_t trend_days;
    /**
     * 1: the catalogue's vectors go in, too, those that the model made of texts; needs a store. Default: 0.
     */
    uint32_t with_vectors;
    /**
     * 1: the network that vrec_load_sequence took stays out, as it does with noise. Default: 0, it goes in.
     */
    uint32_t without_sequence;
    /**
     * What each feature counts on a set that says nothing of its own, each feature at most once; those not named count 0.
     * One that counts 0 in lists here has no table in the pack. epsilon does not account for what weights tell. Default:
     * what each counts in lists here.
     */
    const struct vrec_feature_weight *feature_weights;
    size_t feature_weight_count;
} vrec_pack_export_options;

/**
 * Where a pack is, and what of it is trusted. Zero means the default, where one is named.
 */
typedef struct vrec_pack_import_options {
    /**
     * sizeof(vrec_pack_import_options).
     */
    size_t struct_size;
    /**
     * The pack's file, UTF-8, absolute; or data.
     */
    const char *path;
    size_t path_len;
    /**
     * The pack's bytes, read during the call alone; or path.
     */
    const uint8_t *data;
    size_t data_len;
    /**
     * Ed25519 public keys, 32 bytes each, one behind the other; required. A pack has to be signed by one of them.
     */
    const uint8_t *trusted_keys;
    /**
     * How many keys, 1 to 16.
     */
    size_t trusted_key_count;
    /**
     * The line that the pack has to be of, UTF-8, 1 to 255 bytes. Default: that of the pack in use, any where there is
     * none.
     */
    const char *line;
    size_t line_len;
    /**
     * Most bytes of the file. Default: 67108864.
     */
    uint64_t most_file_bytes;
    /**
     * Most bytes of what it unfolds to. Default: 268435456.
     */
    uint64_t most_content_bytes;
} vrec_pack_import_options;

/**
 * What a pack says of itself. The pointers stay valid until the description is destroyed; none is NULL.
 */
typedef struct vrec_pack_fields {
    /**
     * sizeof(vrec_pack_fields), set by the caller; fields past it are not written.
     */
    size_t struct_size;
    /**
     * Which packs follow each other, and its number among them.
     */
    const char *line;
    size_t line_len;
    uint64_t number;
    /**
     * When it was made, in milliseconds since 1970-01-01 UTC, as its maker says.
     */
    int64_t created_utc_ms;
    /**
     * How many videos its maker had.
     */
    uint64_t videos;
    /**
     * The number of the pack that it is a delta to; 0 where it stands alone.
     */
    uint64_t base_number;
    /**
     * The number of the pack to which vrec_pack_revert goes back; 0 where that is to no pack, or for a file.
     */
    uint64_t before_number;
    /**
     * Bytes of its sections as they are kept, or of the file.
     */
    uint64_t stored_bytes;
    /**
     * Bytes that they unfold to.
     */
    uint64_t content_bytes;
    /**
     * The bound on what it tells of one profile, ε and δ of differential privacy; 0 without noise.
     */
    double epsilon;
    double delta;
    /**
     * How many watches of a profile count in it; 0 without noise.
     */
    uint32_t most_watches;
    /**
     * The share of the pack's profiles that a watch at home counts as by now, learned from what the household did: 0.008
     * until two of its profiles have watched anything. 0 for a file.
     */
    float home_share;
    /**
     * 1: it brings a network that reads histories in order.
     */
    uint32_t has_sequence;
    uint32_t reserved;
    /**
     * What made its vectors; empty where it has none.
     */
    const uint8_t *encoder;
    size_t encoder_len;
    /**
     * The public key that signed it, 32 bytes.
     */
    const uint8_t *key;
    size_t key_len;
} vrec_pack_fields;

/**
 * Limits on what a store keeps of each profile's events. At least one is needed.
 */
typedef struct vrec_retention {
    /**
     * sizeof(vrec_retention).
     */
    size_t struct_size;
    /**
     * Events older than this go, in milliseconds before now_utc_ms, from a profile's first one on, up to one that
     * is not older: a time in the future, from a clock that was wrong, keeps what was recorded after it, too.
     * Default: no limit.
     */
    int64_t max_age_ms;
    /**
     * The time now, milliseconds since 1970-01-01 UTC; the library has no clock of its own that it trusts.
     */
    int64_t now_utc_ms;
    /**
     * The newest so many events of a profile stay. Default: no limit.
     */
    uint64_t max_events;
} vrec_retention;

/**
 * How a profile is exported. Passing NULL means in full.
 */
typedef struct vrec_export_options {
    /**
     * sizeof(vrec_export_options).
     */
    size_t struct_size;
    /**
     * 32 bytes for the pseudonyms of videos, required by anonymise; a service that knows them can name the videos
     * of its own catalogue.
     */
    const uint8_t *salt;
    size_t salt_len;
    /**
     * 32 bytes for the pseudonym of the profile. Default: a salt that is made for this export and thrown away,
     * so that two exports of a profile cannot be told to be of the same.
     */
    const uint8_t *profile_salt;
    size_t profile_salt_len;
    /**
     * Times are rounded down to multiples of this, at least 3600000 milliseconds. Default: 21600000, six hours.
     */
    int64_t time_step_ms;
    /**
     * 1: anonymised. Default: 0, in full.
     */
    uint32_t anonymise;
    /**
     * Must be 0.
     */
    uint32_t reserved;
} vrec_export_options;

/**
 * Rules that every result keeps, whatever its score; all that are set hold together. Lists of texts
 * come as one block of bytes and offsets, as in vrec_video, at most VREC_MAX_FILTER_VALUES each.
 */
typedef struct vrec_filter {
    /**
     * sizeof(vrec_filter).
     */
    size_t struct_size;
    /**
     * Only videos available at this time, milliseconds since 1970-01-01 UTC. The library asks no
     * clock, so that the same call gives the same list again. Default: availability is not checked.
     */
    int64_t time_utc_ms;
    /**
     * Years. Only videos whose minimum age is known and not above it. Default: not checked.
     */
    uint32_t viewer_age;
    /**
     * 1: only videos that need no entitlement or one of entitlements. Default: 0, not checked.
     */
    uint32_t check_entitlements;
    /**
     * What the viewer may watch, 1 to 255 bytes each; none unless check_entitlements is 1.
     */
    const char *entitlements;
    const uint64_t *entitlement_offsets;
    size_t entitlement_count;
    /**
     * Only videos of one of these VREC_KIND_ kinds. Default: of any kind, and of none.
     */
    const int32_t *kinds;
    size_t kind_count;
    /**
     * Only videos with sound in one of these. Language ranges of RFC 4647: "zh" stands for "zh-Hans"
     * as well, "*" for any language. Default: any language, and none.
     */
    const char *audio_languages;
    const uint64_t *audio_language_offsets;
    size_t audio_language_count;
    /**
     * The same of subtitles.
     */
    const char *subtitle_languages;
    const uint64_t *subtitle_language_offsets;
    size_t subtitle_language_count;
    /**
     * Only videos with at least one of these tags. Capitals and blanks around a tag do not matter.
     */
    const char *any_tags;
    const uint64_t *any_tag_offsets;
    size_t any_tag_count;
    /**
     * Only videos with all of these tags.
     */
    const char *all_tags;
    const uint64_t *all_tag_offsets;
    size_t all_tag_count;
    /**
     * Only videos with none of these tags.
     */
    const char *no_tags;
    const uint64_t *no_tag_offsets;
    size_t no_tag_count;
} vrec_filter;

/**
 * One rule of a query. Videos that the filter, the profile or the query keeps out of a list stay out of it, and an
 * unknown video, tag or series has no effect.
 */
typedef struct vrec_rule {
    /**
     * sizeof(vrec_rule).
     */
    size_t struct_size;
    /**
     * One of VREC_RULE_, required.
     */
    int32_t action;
    /**
     * What id names, one of VREC_RULE_TARGET_. Default: a video.
     */
    int32_t target;
    /**
     * The id of a video or series, 1 to 255 bytes, or a tag; required.
     */
    const char *id;
    size_t id_len;
    /**
     * How far VREC_RULE_BOOST raises and VREC_RULE_BURY lowers, in deviations of the list's scores (docs/rules.md),
     * above 0 and up to 100; 0 for a pin. Default: 1.
     */
    float amount;
    /**
     * Where VREC_RULE_PIN puts the video, from 1 to the query's limit; no two pins may want the same place, nor be of the
     * same video. 0 for other actions.
     */
    uint32_t position;
} vrec_rule;

/**
 * What a list is asked for. Passing NULL means all defaults.
 */
typedef struct vrec_query {
    /**
     * sizeof(vrec_query).
     */
    size_t struct_size;
    /**
     * Whose history counts, 1 to 255 bytes. Default: the current profile, see vrec_profile_switch.
     */
    const char *profile;
    size_t profile_len;
    /**
     * Ids never to be returned, as one block and offsets, at most 65536; unknown ones are allowed.
     */
    const char *exclude;
    const uint64_t *exclude_offsets;
    size_t exclude_count;
    /**
     * At most this many results, up to 10000. Default: 10.
     */
    uint32_t limit;
    /**
     * One of VREC_WATCHED_.
     */
    int32_t watched;
    /**
     * Only results with at least this score, -1 to 1; with VREC_RANKING_BLEND, whose scores are no cosines, one is
     * VREC_E_INVALID_ARGUMENT. Titles that vrec_search finds always have it. Default: no threshold; for one at zero pass the smallest positive float.
     */
    float min_score;
    /**
     * Must be 0.
     */
    uint32_t reserved;
    /**
     * Rules that every result keeps. Default: none. The age limit of the profile (see vrec_profile_create) holds
     * besides: of it and viewer_age the lower.
     */
    const struct vrec_filter *filter;
    /**
     * The time of the list, milliseconds since 1970-01-01 UTC: by it snoozes end and what was shown fades in every list,
     * VREC_RANKING_BLEND tells what is lately watched, and vrec_watch_next and vrec_home, which require it, tell what can
     * be watched. May be negative, as that of a clock that was never set. Default: that of the profile's last event, for
     * VREC_RANKING_BLEND of its last watch.
     */
    int64_t now_utc_ms;
    /**
     * What recommendations are ordered by, one of VREC_RANKING_; vrec_similar and vrec_search check it and do not
     * ask. Default: VREC_RANKING_TASTE.
     */
    int32_t ranking;
    /**
     * The circumstances of the list, as in vrec_event, for VREC_FEATURE_CONTEXT. Default: unknown.
     */
    int32_t device;
    int32_t place;
    int32_t company;
    int32_t utc_offset_minutes;
    /**
     * The largest share of a blended list that is kept for videos that nobody watched, up to 1; below 0, to -1: none
     * is kept. They are chosen by VREC_FEATURE_CONTENT and need its weight and vrec_train. A list keeps three times
     * the share that such videos have of all, if that is less. Default: 0.3.
     */
    float new_video_share;
    /**
     * What counts in this list with VREC_RANKING_BLEND, each feature at most once; those not named count 0, and those
     * that the engine does not learn add nothing. Default: as the engine was created with, or as the pack in use says.
     */
    const struct vrec_feature_weight *feature_weights;
    size_t feature_weight_count;
    /**
     * The ways in which vrec_search finds videos, a sum of VREC_SEARCH_; other lists check it and do not ask. Default:
     * all, but meaning only where there is a model that needs no waiting for another call to open it, where titles
     * leave room in the list, and where the text is more than one word of one or two letters or of digits.
     */
    uint32_t search_ways;
    /**
     * Fills what would be a hole in front of the next field. Must be 0.
     */
    uint32_t reserved_2;
    /**
     * How vrec_recommend, vrec_similar and VREC_ROW_FOR_YOU keep videos from being all alike, one of VREC_DIVERSITY_;
     * other lists and rows check it and do not ask. Default: VREC_DIVERSITY_NONE.
     */
    int32_t diversity_method;
    /**
     * How strongly, 0 to 1. At 0 the list is the one without a method; at 1 scores decide only the first place and
     * which videos may have the others. The first 200 places are chosen so. Default: 0.
     */
    float diversity;
    /**
     * Videos of vrec_recommend, and of a row of vrec_home but those of cards, that score nearly the same take turns by
     * this number, such as that of the day: the same number gives the same order on every machine. Default: they do not.
     */
    uint64_t rotation_seed;
    /**
     * Milliseconds after which a VREC_EVENT_IMPRESSION counts half, at least 1. Default: 604800000, a week.
     */
    int64_t impression_half_life_ms;
    /**
     * How far a video sinks in vrec_recommend, and in the rows of vrec_home but those of cards, that was shown five times
     * and not taken up since, in deviations of the list's scores (docs/feedback.md), up to 100; fewer or older showings
     * count less. Below 0, to -1: what was shown does not count. Default: 1.
     */
    float impression_strength;
    /**
     * Must be 0.
     */
    uint32_t reserved_3;
    /**
     * Most places of a list, or of each row, for videos that are there only because of a rule, at least 1; the others
     * fall back to their own scores. Default: a quarter of the list, rounded up. For none give no rules.
     */
    size_t rule_budget;
    /**
     * What the owner of the service wants of recommendations, at most 1024, rule_stride bytes apart. They count in
     * vrec_recommend and, but for pins, in the rows of vrec_home other than those of cards; pins also in VREC_ROW_FOR_YOU.
     * Other lists check them and do not ask. Default: nothing.
     */
    const struct vrec_rule *rules;
    size_t rule_count;
    size_t rule_stride;
    /**
     * How places of a blended list are filled that find out what the viewer thinks of other videos, one of
     * VREC_EXPLORATION_; in vrec_recommend a method with VREC_RANKING_TASTE is VREC_E_INVALID_ARGUMENT. In vrec_home the
     * row VREC_ROW_FOR_YOU explores, whatever the ranking; other calls check it and do not ask. Default:
     * VREC_EXPLORATION_NONE.
     */
    int32_t exploration_method;
    /**
     * How many places may go to others, at most 16 (docs/exploration.md). Default: 2.
     */
    uint32_t exploration_slots;
    /**
     * The largest share of what the list's scores are ahead of average videos that exploring may cost, up to 1; below
     * 0, to -1: it may cost nothing. Default: 0.3.
     */
    float exploration_budget;
    /**
     * Must be 0.
     */
    uint32_t reserved_4;
    /**
     * What is drawn by: the same number, profile and events give the same list. To be another for each list that is
     * shown. Default: 0, a number as any other.
     */
    uint64_t exploration_seed;
} vrec_query;

/**
 * What the nearest videos are asked for.
 */
typedef struct vrec_vector_query {
    /**
     * sizeof(vrec_vector_query).
     */
    size_t struct_size;
    /**
     * vector_count rows of vector_len elements, one after the other: finite, not zero, not all
     * denormal, of any length with VREC_METRIC_COSINE. Required.
     */
    const float *vectors;
    /**
     * At most 1024, or 64 with VREC_FUSION_MAX.
     */
    size_t vector_count;
    /**
     * The engine's dimensions.
     */
    size_t vector_len;
    /**
     * vector_count weights from -1000 to 1000, not all 0, for VREC_FUSION_WEIGHTED. Default: equal
     * ones.
     */
    const float *weights;
    /**
     * BCP 47 tag of the language of the texts that the vectors come from, for the centring with a
     * model. Default: the mean of all languages.
     */
    const char *language;
    size_t language_len;
    /**
     * Rules that every result keeps. Default: none.
     */
    const struct vrec_filter *filter;
    /**
     * One of VREC_FUSION_.
     */
    int32_t fusion;
    /**
     * At most this many results of each list, up to 10000. Default: 10.
     */
    uint32_t limit;
    /**
     * Only results with at least this score. Default: no threshold; for one at zero pass the smallest
     * positive float.
     */
    float min_score;
    /**
     * One of VREC_CENTRING_.
     */
    int32_t centring;
} vrec_vector_query;

/**
 * Lists of neighbours as columns, list after list, best first. All pointers stay valid until the
 * neighbours are destroyed; none is NULL.
 */
typedef struct vrec_neighbour_columns {
    /**
     * sizeof(vrec_neighbour_columns), set by the caller; fields past it are not written.
     */
    size_t struct_size;
    size_t list_count;
    /**
     * List i lies between list_offsets[i] and list_offsets[i + 1]; list_count + 1 of them.
     */
    const uint64_t *list_offsets;
    /**
     * Values of each column: results of all lists.
     */
    size_t count;
    /**
     * The ids as one block of UTF-8 bytes and count + 1 offsets.
     */
    const char *ids;
    const uint64_t *id_offsets;
    /**
     * Cosines from -1 to 1, or inner products, as the engine's metric is.
     */
    const float *scores;
} vrec_neighbour_columns;

/**
 * Cards as columns of count values each, what was watched last first. Text columns are one block of UTF-8 bytes
 * and count + 1 offsets. All pointers stay valid until the cards are destroyed; none is NULL.
 */
typedef struct vrec_watch_card_columns {
    /**
     * sizeof(vrec_watch_card_columns), set by the caller; fields past it are not written.
     */
    size_t struct_size;
    size_t count;
    /**
     * The videos to play.
     */
    const char *ids;
    const uint64_t *id_offsets;
    const char *titles;
    const uint64_t *title_offsets;
    /**
     * One of VREC_WATCH_.
     */
    const int32_t *kinds;
    /**
     * Where to go on, in milliseconds; for live television how long it was viewed. 0 unless continued.
     */
    const int64_t *positions_ms;
    /**
     * The videos' lengths; 0: unknown, or live television.
     */
    const int64_t *durations_ms;
    /**
     * Empty for a video of no series.
     */
    const char *series_ids;
    const uint64_t *series_id_offsets;
    /**
     * 0: none.
     */
    const uint32_t *season_numbers;
    /**
     * 0: the video has no place in a series.
     */
    const uint32_t *episode_numbers;
    /**
     * When the video, or an episode of its series, was last watched, as the event told: milliseconds since
     * 1970-01-01 UTC.
     */
    const int64_t *engaged_utc_ms;
} vrec_watch_card_columns;

/**
 * One row that a home screen is asked for.
 */
typedef struct vrec_row_query {
    /**
     * sizeof(vrec_row_query).
     */
    size_t struct_size;
    /**
     * One of VREC_ROW_, required.
     */
    int32_t kind;
    /**
     * At most this many items, up to 40. Default: row_size of the home query.
     */
    uint32_t size;
    /**
     * The video or series that the row is about, 1 to 255 bytes, for VREC_ROW_BECAUSE_YOU_WATCHED and
     * VREC_ROW_MORE_LIKE_THIS. Default: what the viewer watched or liked last, and for the second what they picked or
     * watched last.
     */
    const char *seed_id;
    size_t seed_id_len;
} vrec_row_query;

/**
 * What a home screen is asked for.
 */
typedef struct vrec_home_query {
    /**
     * sizeof(vrec_home_query).
     */
    size_t struct_size;
    /**
     * Whom the screen is for and what it may hold, not NULL: profile, now_utc_ms, which is required, device, place,
     * company, utc_offset_minutes, filter, exclude, feature_weights, new_video_share, and watched, of
     * which VREC_WATCHED_INCLUDE lets what was watched stand in all rows. In every row but those of cards also boosts and
     * buries of rules, rotation_seed and impressions count; for VREC_ROW_FOR_YOU pins, diversity_method, diversity and
     * exploration_method with what belongs to it, too. The rest is checked and does not count.
     */
    const struct vrec_query *query;
    /**
     * The rows in their order, at most 40, row_stride bytes apart. VREC_ROW_BECAUSE_YOU_WATCHED without a seed may be
     * there several times, other kinds once for each seed. Default: continue watching, next up, on now, because you
     * watched, for you, new for you, leaving soon, trending, because you watched, popular, explore.
     */
    const struct vrec_row_query *rows;
    size_t row_count;
    size_t row_stride;
    /**
     * At most this many rows, the first ones that have enough items, up to 40. Default: all of rows; 7 where rows is
     * not given.
     */
    uint32_t row_limit;
    /**
     * Items of a row that names no size, up to 40. Default: 25.
     */
    uint32_t row_size;
    /**
     * Rows with fewer items are left out, up to 40. Default: 1.
     */
    uint32_t row_minimum;
    /**
     * For how many days after available_from_utc_ms a video is new, up to 365. Default: 30.
     */
    uint32_t new_days;
    /**
     * How many days before available_until_utc_ms a video leaves soon, up to 7. Default: 7.
     */
    uint32_t leaving_days;
    /**
     * Must be 0.
     */
    uint32_t reserved;
} vrec_home_query;

/**
 * The rows of a home screen as columns of count values each, in their order. Text columns are one block of UTF-8
 * bytes and count + 1 offsets. All pointers stay valid until the screen is destroyed; none is NULL.
 */
typedef struct vrec_home_row_columns {
    /**
     * sizeof(vrec_home_row_columns), set by the caller; fields past it are not written.
     */
    size_t struct_size;
    size_t count;
    /**
     * One of VREC_ROW_.
     */
    const int32_t *kinds;
    /**
     * Stable texts that say which title fits: the kind in small letters, such as "because_you_watched", or
     * "because_you_liked" where the seed was liked and not watched.
     */
    const char *title_keys;
    const uint64_t *title_key_offsets;
    /**
     * Ready titles in English and in simplified Chinese, with the seed's title where there is one.
     */
    const char *english_titles;
    const uint64_t *english_title_offsets;
    const char *chinese_titles;
    const uint64_t *chinese_title_offsets;
    /**
     * The film or series that the row is about: its id, or that of a series without an entry of its own. Empty: none.
     */
    const char *seed_ids;
    const uint64_t *seed_id_offsets;
    const char *seed_titles;
    const uint64_t *seed_title_offsets;
    /**
     * count + 1 numbers: the items of row i are those from item_offsets[i] on and before item_offsets[i + 1].
     */
    const uint64_t *item_offsets;
} vrec_home_row_columns;

/**
 * The items of all rows of a home screen as columns of count values each, row after row; ids, titles, scores and
 * reasons are those of vrec_home_screen_results. Text columns are one block of UTF-8 bytes and count + 1 offsets. All
 * pointers stay valid until the screen is destroyed; none is NULL.
 */
typedef struct vrec_home_item_columns {
    /**
     * sizeof(vrec_home_item_columns), set by the caller; fields past it are not written.
     */
    size_t struct_size;
    size_t count;
    /**
     * One of VREC_WATCH_ in rows of cards, else VREC_WATCH_NONE.
     */
    const int32_t *card_kinds;
    /**
     * Where to go on, in milliseconds; for live television how long it was viewed. 0 unless continued.
     */
    const int64_t *positions_ms;
    /**
     * The videos' lengths; 0: unknown, or live television.
     */
    const int64_t *durations_ms;
    /**
     * One of VREC_KIND_; 0: unknown.
     */
    const int32_t *kinds;
    /**
     * Empty for a video of no series.
     */
    const char *series_ids;
    const uint64_t *series_id_offsets;
    /**
     * 0: none.
     */
    const uint32_t *season_numbers;
    /**
     * 0: the video has no place in a series.
     */
    const uint32_t *episode_numbers;
    /**
     * When they can be watched, milliseconds since 1970-01-01 UTC; 0: since ever, for ever.
     */
    const int64_t *available_from_utc_ms;
    const int64_t *available_until_utc_ms;
} vrec_home_item_columns;

/**
 * A list as columns of count values each, best first. Text columns are one block of UTF-8 bytes
 * and count + 1 offsets. All pointers stay valid until the results are destroyed; none is NULL.
 */
typedef struct vrec_columns {
    /**
     * sizeof(vrec_columns), set by the caller; fields past it are not written.
     */
    size_t struct_size;
    size_t count;
    const char *ids;
    const uint64_t *id_offsets;
    const char *titles;
    const uint64_t *title_offsets;
    /**
     * Centred cosine, -1 to 1; with VREC_RANKING_BLEND a sum without bounds, to compare within one list; where
     * vrec_search found the title, above 1 and up to 2. Of recommendations with what rules, showings and rotation
     * added, but for pins, which are no score and stand out of its order.
     */
    const float *scores;
    /**
     * The video that the first of the reasons with one names (vrec_results_reasons): for a recommendation a watched
     * one, for similar videos the one asked about; empty where none does, as in a search.
     */
    const char *because_ids;
    const uint64_t *because_id_offsets;
    /**
     * One of VREC_FIELD_: the field that contributed most to the score.
     */
    const int32_t *matched_fields;
    /**
     * That field's text; tags are joined with ", ", comments with line ends.
     */
    const char *matched_texts;
    const uint64_t *matched_text_offsets;
    /**
     * How much of the score that field contributed.
     */
    const float *matched_scores;
    /**
     * The probability with which the list put the video into its place, given the rest of the list: below 1 only where
     * the place explores. To be recorded with the impression, as vrec_event.propensity.
     */
    const float *propensities;
} vrec_columns;

/**
 * The reasons of a list's videos, as columns of reason_count values each. Text columns are one block of UTF-8 bytes and
 * reason_count + 1 offsets. All pointers stay valid until what they were asked of is destroyed; none is NULL.
 */
typedef struct vrec_reason_columns {
    /**
     * sizeof(vrec_reason_columns), set by the caller; fields past it are not written.
     */
    size_t struct_size;
    /**
     * Videos of the list.
     */
    size_t count;
    /**
     * Reasons of all of them.
     */
    size_t reason_count;
    /**
     * The reasons of video i are those from reason_offsets[i] to before reason_offsets[i + 1], the largest weight
     * first, those of equal weight by their kinds; there is one offset more than there are videos.
     */
    const uint64_t *reason_offsets;
    /**
     * One of VREC_REASON_.
     */
    const int32_t *kinds;
    /**
     * The part of the score, below 0 where it speaks against the video. A video's sum to its score, but for the
     * rounding of the largest of them.
     */
    const float *weights;
    /**
     * The watched video that brought most of it, or for vrec_similar the one asked about; empty: no single one.
     */
    const char *evidence_ids;
    const uint64_t *evidence_id_offsets;
    /**
     * What says most: a tag that both videos have, in small letters; the circumstance that the video is watched in, such
     * as weekday_evening, device_tv, place_bedroom or company_family; the beginning of the field; or the title of the
     * video in evidence_ids. Empty: nothing.
     */
    const char *evidence_texts;
    const uint64_t *evidence_text_offsets;
    /**
     * One of VREC_FIELD_: the field of the listed video that it is the part of.
     */
    const int32_t *evidence_fields;
    /**
     * As a sentence for viewers, in English, without a full stop, at most VREC_MAX_SENTENCE_CHARACTERS characters.
     */
    const char *english;
    const uint64_t *english_offsets;
    /**
     * The same in Chinese, in simplified characters.
     */
    const char *chinese;
    const uint64_t *chinese_offsets;
} vrec_reason_columns;

/**
 * How a video stands with a query; what keeps it out as columns of block_count values each. Text columns are one block of
 * UTF-8 bytes and block_count + 1 offsets. All pointers stay valid until the explanation is destroyed; none is NULL.
 */
typedef struct vrec_explained_fields {
    /**
     * sizeof(vrec_explained_fields), set by the caller; fields past it are not written.
     */
    size_t struct_size;
    /**
     * The video's title.
     */
    const char *title;
    size_t title_len;
    /**
     * Its place among the videos that nothing keeps out, from 1 on, in the order of the query's list; 0 when something
     * keeps it out.
     */
    uint64_t rank;
    /**
     * How many videos nothing keeps out but their scores.
     */
    uint64_t allowed_count;
    /**
     * As vrec_recommend would score it, also when something keeps it out; 0 without a score.
     */
    float score;
    /**
     * 1 when it has a score, 0 for one without a vector, and for any one while the profile has no taste and the list is
     * by taste.
     */
    uint32_t has_score;
    /**
     * All that keeps it out; none when nothing does.
     */
    size_t block_count;
    /**
     * One of VREC_BLOCK_.
     */
    const int32_t *block_kinds;
    /**
     * What the video has: years for VREC_BLOCK_AGE, the time from or until which it can be watched for
     * VREC_BLOCK_NOT_YET_AVAILABLE and VREC_BLOCK_EXPIRED, in milliseconds since 1970-01-01 UTC; else 0.
     */
    const int64_t *block_found;
    /**
     * What the query asks for, in the same unit; the viewer's years for VREC_BLOCK_AGE_UNKNOWN, too.
     */
    const int64_t *block_asked;
    /**
     * The tags, languages or kinds that the query asks for or leaves out, joined with ", ", at most 256 bytes; else empty.
     */
    const char *block_texts;
    const uint64_t *block_text_offsets;
    /**
     * As a sentence in English, without a full stop, at most VREC_MAX_SENTENCE_CHARACTERS characters.
     */
    const char *block_english;
    const uint64_t *block_english_offsets;
    /**
     * The same in Chinese, in simplified characters.
     */
    const char *block_chinese;
    const uint64_t *block_chinese_offsets;
} vrec_explained_fields;

/**
 * The functions of one ABI version. New ones are only ever added at the end.
 */
typedef struct vrec_api {
    /**
     * sizeof(vrec_api) in the loaded library: a function past it is not there.
     */
    size_t struct_size;
    const char *(*vrec_version)(void);
    uint32_t (*vrec_abi_version)(void);
    int32_t (*vrec_abi_check)(uint32_t abi);
    uint32_t (*vrec_abi_1)(void);
    int32_t (*vrec_error_code)(const struct vrec_error *error);
    const char *(*vrec_error_message)(const struct vrec_error *error);
    void (*vrec_error_destroy)(struct vrec_error *error);
    const char *(*vrec_status_name)(int32_t status);
    int32_t (*vrec_cancel_token_create)(struct vrec_cancel_token **token,
                                        struct vrec_error **error);
    struct vrec_cancel_token *(*vrec_cancel_token_retain)(struct vrec_cancel_token *token);
    void (*vrec_cancel_token_cancel)(const struct vrec_cancel_token *token);
    uint32_t (*vrec_cancel_token_is_cancelled)(const struct vrec_cancel_token *token);
    void (*vrec_cancel_token_destroy)(struct vrec_cancel_token *token);
    int32_t (*vrec_create)(const struct vrec_options *options,
                           struct vrec_engine **engine,
                           struct vrec_error **error);
    void (*vrec_destroy)(struct vrec_engine *engine);
    int32_t (*vrec_load_encoder)(struct vrec_engine *engine,
                                 const struct vrec_call_options *call,
                                 struct vrec_error **error);
    int32_t (*vrec_trim)(struct vrec_engine *engine,
                         struct vrec_error **error);
    int32_t (*vrec_count)(const struct vrec_engine *engine,
                          uint64_t *count,
                          struct vrec_error **error);
    int32_t (*vrec_dimensions)(const struct vrec_engine *engine,
                               uint32_t *dimensions,
                               struct vrec_error **error);
    int32_t (*vrec_stats)(const struct vrec_engine *engine,
                          struct vrec_statistics *statistics,
                          struct vrec_error **error);
    int32_t (*vrec_embed)(const struct vrec_engine *engine,
                          const char *text,
                          size_t text_len,
                          float *vector,
                          size_t vector_len,
                          const struct vrec_call_options *call,
                          struct vrec_error **error);
    int32_t (*vrec_embed_batch)(const struct vrec_engine *engine,
                                const char *texts,
                                const uint64_t *offsets,
                                size_t count,
                                float *vectors,
                                size_t vectors_len,
                                const struct vrec_call_options *call,
                                struct vrec_error **error);
    int32_t (*vrec_add_video)(struct vrec_engine *engine,
                              const struct vrec_video *video,
                              const struct vrec_call_options *call,
                              struct vrec_error **error);
    int32_t (*vrec_add_videos)(struct vrec_engine *engine,
                               const struct vrec_video *videos,
                               size_t count,
                               size_t stride,
                               const struct vrec_call_options *call,
                               struct vrec_error **error);
    int32_t (*vrec_remove_videos)(struct vrec_engine *engine,
                                  const char *ids,
                                  const uint64_t *offsets,
                                  size_t count,
                                  struct vrec_error **error);
    int32_t (*vrec_record)(struct vrec_engine *engine,
                           const struct vrec_event *event,
                           struct vrec_error **error);
    int32_t (*vrec_record_batch)(struct vrec_engine *engine,
                                 const struct vrec_event *events,
                                 size_t count,
                                 size_t stride,
                                 struct vrec_error **error);
    int32_t (*vrec_recommend)(const struct vrec_engine *engine,
                              const struct vrec_query *query,
                              const struct vrec_call_options *call,
                              struct vrec_results **results,
                              struct vrec_error **error);
    int32_t (*vrec_similar)(const struct vrec_engine *engine,
                            const char *video_id,
                            size_t video_id_len,
                            const struct vrec_query *query,
                            const struct vrec_call_options *call,
                            struct vrec_results **results,
                            struct vrec_error **error);
    int32_t (*vrec_search)(const struct vrec_engine *engine,
                           const char *text,
                           size_t text_len,
                           const struct vrec_query *query,
                           const struct vrec_call_options *call,
                           struct vrec_results **results,
                           struct vrec_error **error);
    int32_t (*vrec_results_columns)(const struct vrec_results *results,
                                    struct vrec_columns *columns,
                                    struct vrec_error **error);
    void (*vrec_results_destroy)(struct vrec_results *results);
    int32_t (*vrec_wait_for_embeddings)(const struct vrec_engine *engine,
                                        const struct vrec_call_options *call,
                                        struct vrec_error **error);
    int32_t (*vrec_describe_encoder)(const struct vrec_engine *engine,
                                     const struct vrec_call_options *call,
                                     struct vrec_encoder_description **description,
                                     struct vrec_error **error);
    int32_t (*vrec_encoder_description_fields)(const struct vrec_encoder_description *description,
                                               struct vrec_encoder_fields *fields,
                                               struct vrec_error **error);
    void (*vrec_encoder_description_destroy)(struct vrec_encoder_description *description);
    int32_t (*vrec_nearest)(const struct vrec_engine *engine,
                            const struct vrec_vector_query *query,
                            const struct vrec_call_options *call,
                            struct vrec_neighbours **neighbours,
                            struct vrec_error **error);
    int32_t (*vrec_neighbours_columns)(const struct vrec_neighbours *neighbours,
                                       struct vrec_neighbour_columns *columns,
                                       struct vrec_error **error);
    void (*vrec_neighbours_destroy)(struct vrec_neighbours *neighbours);
    int32_t (*vrec_profile_forget)(struct vrec_engine *engine,
                                   const char *profile,
                                   size_t profile_len,
                                   struct vrec_error **error);
    int32_t (*vrec_flush)(struct vrec_engine *engine,
                          struct vrec_error **error);
    int32_t (*vrec_verify)(struct vrec_engine *engine,
                           struct vrec_error **error);
    int32_t (*vrec_rotate_key)(struct vrec_engine *engine,
                               const uint8_t *key,
                               size_t key_len,
                               struct vrec_error **error);
    int32_t (*vrec_retain)(struct vrec_engine *engine,
                           const struct vrec_retention *retention,
                           uint64_t *dropped,
                           struct vrec_error **error);
    int32_t (*vrec_compact)(struct vrec_engine *engine,
                            struct vrec_error **error);
    int32_t (*vrec_profile_export)(const struct vrec_engine *engine,
                                   const char *profile,
                                   size_t profile_len,
                                   const struct vrec_export_options *options,
                                   struct vrec_export **profile_export,
                                   struct vrec_error **error);
    int32_t (*vrec_export_data)(const struct vrec_export *profile_export,
                                const char **data,
                                size_t *data_len,
                                struct vrec_error **error);
    void (*vrec_export_destroy)(struct vrec_export *profile_export);
    int32_t (*vrec_train)(struct vrec_engine *engine,
                          const struct vrec_call_options *call,
                          struct vrec_error **error);
    int32_t (*vrec_watch_next)(const struct vrec_engine *engine,
                               const struct vrec_query *query,
                               const struct vrec_call_options *call,
                               struct vrec_watch_cards **cards,
                               struct vrec_error **error);
    int32_t (*vrec_watch_cards_columns)(const struct vrec_watch_cards *cards,
                                        struct vrec_watch_card_columns *columns,
                                        struct vrec_error **error);
    void (*vrec_watch_cards_destroy)(struct vrec_watch_cards *cards);
    int32_t (*vrec_profile_create)(struct vrec_engine *engine,
                                   const struct vrec_profile *profile,
                                   struct vrec_error **error);
    int32_t (*vrec_profile_list)(const struct vrec_engine *engine,
                                 struct vrec_profiles **profiles,
                                 struct vrec_error **error);
    int32_t (*vrec_profile_switch)(struct vrec_engine *engine,
                                   const char *profile,
                                   size_t profile_len,
                                   struct vrec_error **error);
    int32_t (*vrec_profile_rename)(struct vrec_engine *engine,
                                   const char *profile,
                                   size_t profile_len,
                                   const char *name,
                                   size_t name_len,
                                   struct vrec_error **error);
    int32_t (*vrec_profile_set_kind)(struct vrec_engine *engine,
                                     const char *profile,
                                     size_t profile_len,
                                     int32_t kind,
                                     int32_t age_limit,
                                     struct vrec_error **error);
    int32_t (*vrec_profiles_columns)(const struct vrec_profiles *profiles,
                                     struct vrec_profile_columns *columns,
                                     struct vrec_error **error);
    void (*vrec_profiles_destroy)(struct vrec_profiles *profiles);
    int32_t (*vrec_results_reasons)(const struct vrec_results *results,
                                    struct vrec_reason_columns *columns,
                                    struct vrec_error **error);
    int32_t (*vrec_explain)(const struct vrec_engine *engine,
                            const struct vrec_query *query,
                            const char *video_id,
                            size_t video_id_len,
                            const struct vrec_call_options *call,
                            struct vrec_explanation **explanation,
                            struct vrec_error **error);
    int32_t (*vrec_explanation_fields)(const struct vrec_explanation *explanation,
                                       struct vrec_explained_fields *fields,
                                       struct vrec_error **error);
    int32_t (*vrec_explanation_reasons)(const struct vrec_explanation *explanation,
                                        struct vrec_reason_columns *columns,
                                        struct vrec_error **error);
    void (*vrec_explanation_destroy)(struct vrec_explanation *explanation);
    int32_t (*vrec_home)(const struct vrec_engine *engine,
                         const struct vrec_home_query *home_query,
                         const struct vrec_call_options *call,
                         struct vrec_home_screen **screen,
                         struct vrec_error **error);
    int32_t (*vrec_home_screen_rows)(const struct vrec_home_screen *screen,
                                     struct vrec_home_row_columns *columns,
                                     struct vrec_error **error);
    int32_t (*vrec_home_screen_items)(const struct vrec_home_screen *screen,
                                      struct vrec_home_item_columns *columns,
                                      struct vrec_error **error);
    const struct vrec_results *(*vrec_home_screen_results)(const struct vrec_home_screen *screen);
    void (*vrec_home_screen_destroy)(struct vrec_home_screen *screen);
    int32_t (*vrec_pack_export)(const struct vrec_engine *engine,
                                const struct vrec_pack_export_options *options,
                                const struct vrec_call_options *call,
                                struct vrec_error **error);
    int32_t (*vrec_pack_import)(struct vrec_engine *engine,
                                const struct vrec_pack_import_options *options,
                                const struct vrec_call_options *call,
                                struct vrec_error **error);
    int32_t (*vrec_pack_info)(const struct vrec_engine *engine,
                              const struct vrec_pack_import_options *options,
                              struct vrec_pack_description **description,
                              struct vrec_error **error);
    int32_t (*vrec_pack_description_fields)(const struct vrec_pack_description *description,
                                            struct vrec_pack_fields *fields,
                                            struct vrec_error **error);
    void (*vrec_pack_description_destroy)(struct vrec_pack_description *description);
    int32_t (*vrec_pack_revert)(struct vrec_engine *engine,
                                const struct vrec_call_options *call,
                                struct vrec_error **error);
    int32_t (*vrec_load_sequence)(struct vrec_engine *engine,
                                  const char *path,
                                  size_t path_len,
                                  const struct vrec_call_options *call,
                                  struct vrec_error **error);
    int32_t (*vrec_train_with)(struct vrec_engine *engine,
                               const struct vrec_train_options *options,
                               const struct vrec_call_options *call,
                               struct vrec_error **error);
    int32_t (*vrec_learn_weights)(const struct vrec_engine *engine,
                                  const struct vrec_train_options *options,
                                  const struct vrec_call_options *call,
                                  struct vrec_feature_weight *weights,
                                  size_t weight_capacity,
                                  struct vrec_learned_weights *learned,
                                  struct vrec_error **error);
} vrec_api;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * The library's version, such as "0.1.0".
 *
 * Parameters: none.
 * Ownership: a constant string, valid as long as the library is loaded.
 * Threads: any.
 * Errors: none.
 * Cost: constant.
 * Since: 0.1.0
 */
const char *vrec_version(void);

/**
 * The ABI version of the loaded library.
 *
 * Parameters: none.
 * Ownership: nothing changes hands.
 * Threads: any.
 * Errors: none.
 * Cost: constant.
 * Since: 0.1.0
 */
uint32_t vrec_abi_version(void);

/**
 * Whether the loaded library serves the ABI the caller was compiled for: call it first, with
 * VREC_ABI_VERSION.
 *
 * Parameters: abi, the caller's VREC_ABI_VERSION.
 * Ownership: nothing changes hands.
 * Threads: any.
 * Errors: VREC_E_ABI when it does not.
 * Cost: constant.
 * Since: 0.1.0
 */
int32_t vrec_abi_check(uint32_t abi);

/**
 * Exists in libraries of ABI 1 only: a program that refers to it is refused by the linker, and by
 * the loader, when the library has another ABI. Returns 1.
 *
 * Parameters: none.
 * Ownership: nothing changes hands.
 * Threads: any.
 * Errors: none.
 * Cost: constant.
 * Since: 0.1.0
 */
uint32_t vrec_abi_1(void);

/**
 * The status code of an error, the same that the failed call returned.
 *
 * Parameters: error, may be NULL.
 * Ownership: nothing changes hands.
 * Threads: any.
 * Errors: none; VREC_OK for NULL.
 * Cost: constant.
 * Since: 0.1.0
 */
int32_t vrec_error_code(const struct vrec_error *error);

/**
 * The message of an error: English, one line, UTF-8, ending with NUL.
 *
 * Parameters: error, may be NULL.
 * Ownership: borrowed from error, until vrec_error_destroy.
 * Threads: any.
 * Errors: none; an empty string for NULL.
 * Cost: constant.
 * Since: 0.1.0
 */
const char *vrec_error_message(const struct vrec_error *error);

/**
 * Frees an error. NULL is allowed.
 *
 * Parameters: error, an error that is not used any more, or NULL.
 * Ownership: takes error; its message ends.
 * Threads: any, when no other call on this error is running.
 * Errors: none.
 * Cost: constant.
 * Since: 0.1.0
 */
void vrec_error_destroy(struct vrec_error *error);

/**
 * The name of a status code, such as "VREC_E_NOT_FOUND".
 *
 * Parameters: status, any number.
 * Ownership: a constant string, valid as long as the library is loaded.
 * Threads: any.
 * Errors: none; "VREC_E_UNKNOWN" for a number that is no status.
 * Cost: constant.
 * Since: 0.1.0
 */
const char *vrec_status_name(int32_t status);

/**
 * Makes a token with one reference.
 *
 * Parameters: token, where to put it, not NULL; error, where to put an error, may be NULL.
 * Ownership: the caller owns one reference, to be given up by vrec_cancel_token_destroy.
 * Threads: any.
 * Errors: VREC_E_INVALID_ARGUMENT, VREC_E_REENTRANT.
 * Cost: constant.
 * Since: 0.1.0
 */
int32_t vrec_cancel_token_create(struct vrec_cancel_token **token,
                                 struct vrec_error **error);

/**
 * Takes one more reference, for another thread to own.
 *
 * Parameters: token, may be NULL.
 * Ownership: the caller owns one more reference, to be given up by vrec_cancel_token_destroy.
 * Threads: any.
 * Errors: none; returns token.
 * Cost: constant.
 * Since: 0.1.0
 */
struct vrec_cancel_token *vrec_cancel_token_retain(struct vrec_cancel_token *token);

/**
 * Ends every running and future call that carries the token with VREC_E_CANCELLED, at its next
 * check: between runs of the model and between blocks of a scan.
 *
 * Parameters: token, may be NULL.
 * Ownership: nothing changes hands.
 * Threads: any, also while calls that carry the token run; never waits.
 * Errors: none.
 * Cost: constant.
 * Since: 0.1.0
 */
void vrec_cancel_token_cancel(const struct vrec_cancel_token *token);

/**
 * Whether the token was cancelled: 1 or 0.
 *
 * Parameters: token, may be NULL.
 * Ownership: nothing changes hands.
 * Threads: any.
 * Errors: none; 0 for NULL.
 * Cost: constant.
 * Since: 0.1.0
 */
uint32_t vrec_cancel_token_is_cancelled(const struct vrec_cancel_token *token);

/**
 * Gives up one reference; the last one frees the token. NULL is allowed.
 *
 * Parameters: token, a reference that is not used any more, or NULL.
 * Ownership: takes one reference.
 * Threads: any; calls that carry the token hold what they need of it.
 * Errors: none.
 * Cost: constant.
 * Since: 0.1.0
 */
void vrec_cancel_token_destroy(struct vrec_cancel_token *token);

/**
 * Creates an engine, in memory or with what its store holds.
 *
 * A model whose manifest cannot be read is no failure: the engine works with vectors the host
 * brings, a warning is logged, vrec_stats tells, and every call that needs the model returns the
 * reason. vrec_load_encoder tells at once whether the model is usable.
 *
 * Parameters: options, NULL for all defaults; engine, where to put the handle, not NULL; error,
 * where to put an error, may be NULL.
 * Ownership: the caller owns the engine, to be given up by vrec_destroy. Everything in options is
 * copied but log_user_data and the data of model_files, which must outlive the engine.
 * Threads: any. Starts one thread when background_embedding is 1, one when commit_thread is 1, and lets the first
 * large search start
 * those of search_threads, all with all signals blocked but those of their own faults; exit of the main thread
 * waits up to ten seconds for them. Destroy an engine with background_embedding before the process exits; should
 * another thread than the main one call exit while the model is being opened, the runtime's own exit handlers may
 * come first.
 * Errors: VREC_E_INVALID_ARGUMENT, VREC_E_LIMIT, VREC_E_TOO_NEW, VREC_E_UTF8, VREC_E_REENTRANT; for a store that
 * does not open VREC_E_KEY, VREC_E_CORRUPT, VREC_E_BUSY, VREC_E_MEMORY_LIMIT, VREC_E_IO, VREC_E_DISK_FULL,
 * VREC_E_READ_ONLY.
 * Cost: reads the model's manifest, some 50 KB; the model itself is opened when first needed. With a store all of
 * it is read and checked.
 * Since: 0.1.0
 */
int32_t vrec_create(const struct vrec_options *options,
                    struct vrec_engine **engine,
                    struct vrec_error **error);

/**
 * Frees an engine. NULL is allowed. Results, errors and tokens stay valid. Writes events that wait for a commit
 * (vrec_flush tells whether that works). Ends the threads of search_threads, commit_thread
 * and background_embedding, after the model's run or opening that is under way; waiting videos are dropped. Does
 * nothing when
 * called from a callback of the library or in a process forked from the engine's.
 *
 * Parameters: engine, an engine that is not used any more, or NULL.
 * Ownership: takes engine.
 * Threads: any, when no other call on this engine is running.
 * Errors: none.
 * Cost: frees what the engine holds.
 * Since: 0.1.0
 */
void vrec_destroy(struct vrec_engine *engine);

/**
 * Opens the model now rather than at the first text: reads, verifies and parses its files and loads
 * the ONNX Runtime. Does nothing when it is open.
 *
 * Parameters: engine, not NULL; call, bounds on the call, may be NULL; error, where to put an error,
 * may be NULL.
 * Ownership: nothing changes hands.
 * Threads: any; waits while another call opens the model.
 * Errors: VREC_E_NO_ENCODER, VREC_E_MODEL_MISSING, VREC_E_MODEL_UNREADABLE, VREC_E_MODEL_HASH,
 * VREC_E_MODEL_INVALID, VREC_E_RUNTIME_MISSING, VREC_E_RUNTIME_VERSION, VREC_E_RUNTIME,
 * VREC_E_PROVIDER; the message names the file or the provider. VREC_E_CANCELLED, VREC_E_TIMED_OUT,
 * VREC_E_INVALID_ARGUMENT, VREC_E_REENTRANT, VREC_E_FORKED. The engine goes on
 * working with vectors the host brings.
 * Cost: reads and hashes the model; some tenths of a second.
 * Since: 0.1.0
 */
int32_t vrec_load_encoder(struct vrec_engine *engine,
                          const struct vrec_call_options *call,
                          struct vrec_error **error);

/**
 * Gives memory back that can be had again: the open model, remembered vectors, states of the network that reads
 * histories, the vectors of a pack, and what the process's allocator holds unused. Videos, their vectors and profiles
 * stay, and the next text opens the model again.
 *
 * Parameters: engine, not NULL; error, where to put an error, may be NULL.
 * Ownership: nothing changes hands.
 * Threads: any; a call that is embedding keeps the model until it ends.
 * Errors: VREC_E_INVALID_ARGUMENT, VREC_E_REENTRANT, VREC_E_FORKED.
 * Cost: frees the model, and walks the heap of the process to give free pages back.
 * Since: 0.1.0
 */
int32_t vrec_trim(struct vrec_engine *engine,
                  struct vrec_error **error);

/**
 * The number of videos.
 *
 * Parameters: engine, not NULL; count, where to put the number, not NULL; error, where to put an
 * error, may be NULL.
 * Ownership: nothing changes hands.
 * Threads: any; never waits.
 * Errors: VREC_E_INVALID_ARGUMENT, VREC_E_REENTRANT, VREC_E_FORKED.
 * Cost: constant.
 * Since: 0.1.0
 */
int32_t vrec_count(const struct vrec_engine *engine,
                   uint64_t *count,
                   struct vrec_error **error);

/**
 * The number of elements of this engine's vectors: 0 while neither a model nor an option nor a
 * vector has told.
 *
 * Parameters: engine, not NULL; dimensions, where to put the number, not NULL; error, where to put
 * an error, may be NULL.
 * Ownership: nothing changes hands.
 * Threads: any; never waits.
 * Errors: VREC_E_INVALID_ARGUMENT, VREC_E_REENTRANT, VREC_E_FORKED.
 * Cost: constant.
 * Since: 0.1.0
 */
int32_t vrec_dimensions(const struct vrec_engine *engine,
                        uint32_t *dimensions,
                        struct vrec_error **error);

/**
 * Counts and sizes at this moment.
 *
 * Parameters: engine, not NULL; statistics, not NULL, its struct_size set by the caller; error,
 * where to put an error, may be NULL.
 * Ownership: nothing changes hands.
 * Threads: any; with a store, waits for a write to it that is under way.
 * Errors: VREC_E_INVALID_ARGUMENT, VREC_E_TOO_NEW, VREC_E_REENTRANT, VREC_E_FORKED.
 * Cost: constant.
 * Since: 0.1.0
 */
int32_t vrec_stats(const struct vrec_engine *engine,
                   struct vrec_statistics *statistics,
                   struct vrec_error **error);

/**
 * Describes what runs the model: the backend, the execution providers with the number of nodes each
 * was given, and why preferred ones could not serve. Opens the model unless it is open.
 *
 * Parameters: engine, not NULL; call, bounds on the call, may be NULL; description, where to put the
 * handle, not NULL; error, where to put an error, may be NULL.
 * Ownership: the caller owns the description, to be given up by vrec_encoder_description_destroy.
 * Threads: any; waits while another call opens the model.
 * Errors: those of vrec_load_encoder.
 * Cost: that of vrec_load_encoder while the model is not open, else constant.
 * Since: 0.1.0
 */
int32_t vrec_describe_encoder(const struct vrec_engine *engine,
                              const struct vrec_call_options *call,
                              struct vrec_encoder_description **description,
                              struct vrec_error **error);

/**
 * Gives all fields of a description at once.
 *
 * Parameters: description, not NULL; fields, not NULL, its struct_size set by the caller; error,
 * where to put an error, may be NULL.
 * Ownership: the fields are borrowed from description, until vrec_encoder_description_destroy.
 * Threads: any, also several at once on the same description.
 * Errors: VREC_E_INVALID_ARGUMENT, VREC_E_TOO_NEW, VREC_E_REENTRANT.
 * Cost: constant; nothing is copied.
 * Since: 0.1.0
 */
int32_t vrec_encoder_description_fields(const struct vrec_encoder_description *description,
                                        struct vrec_encoder_fields *fields,
                                        struct vrec_error **error);

/**
 * Frees a description. NULL is allowed.
 *
 * Parameters: description, one that is not used any more, or NULL.
 * Ownership: takes description; every pointer into its fields ends.
 * Threads: any, when no other call on this description is running.
 * Errors: none.
 * Cost: constant.
 * Since: 0.1.0
 */
void vrec_encoder_description_destroy(struct vrec_encoder_description *description);

/**
 * Turns one text into its vector: unit length, not centred by language. The text is cleaned first
 * (mark-up, control characters, white space, NFKC); a long one is cut in overlapping windows whose
 * vectors are averaged by length. An empty text has a vector, too.
 *
 * Cosines of these vectors are squeezed into a narrow band that depends on the model and on the
 * languages; to compare videos use vrec_similar and vrec_search, whose scores are centred.
 *
 * Parameters: engine, not NULL; text and its length in bytes, at most 65536; vector and vector_len,
 * where to put the elements, exactly vrec_dimensions of them; call, bounds on the call, may be NULL;
 * error, where to put an error, may be NULL.
 * Ownership: nothing changes hands; text is read during the call only.
 * Threads: any; waits for other embeddings on the same engine, never for added videos.
 * Errors: those of vrec_load_encoder, VREC_E_LIMIT, VREC_E_UTF8, VREC_E_CANCELLED, VREC_E_TIMED_OUT.
 * Nothing is written on failure.
 * Cost: one run of the model for each window.
 * Since: 0.1.0
 */
int32_t vrec_embed(const struct vrec_engine *engine,
                   const char *text,
                   size_t text_len,
                   float *vector,
                   size_t vector_len,
                   const struct vrec_call_options *call,
                   struct vrec_error **error);

/**
 * Turns many texts into their vectors; see vrec_embed. Faster than one at a time on several
 * threads and on short texts: texts of like length run together.
 *
 * Parameters: engine, not NULL; texts, a block of UTF-8 bytes, and offsets, count + 1 of them: text
 * i lies between offsets[i] and offsets[i + 1]; count, at most 65536; vectors and vectors_len, where
 * to put count rows of vrec_dimensions elements each, exactly as many; call, bounds on the call, may
 * be NULL; error, where to put an error, may be NULL.
 * Ownership: nothing changes hands; texts are read during the call only.
 * Threads: any; waits for other embeddings on the same engine, never for added videos.
 * Errors: as for vrec_embed; the message names the text by its index. Nothing is written on failure.
 * Cost: one run of the model for about tokens_per_run tokens.
 * Since: 0.1.0
 */
int32_t vrec_embed_batch(const struct vrec_engine *engine,
                         const char *texts,
                         const uint64_t *offsets,
                         size_t count,
                         float *vectors,
                         size_t vectors_len,
                         const struct vrec_call_options *call,
                         struct vrec_error **error);

/**
 * Adds one video, or replaces the one with its id.
 *
 * Parameters: engine, not NULL; video, not NULL; call, bounds on the call, may be NULL; error, where
 * to put an error, may be NULL.
 * Ownership: nothing changes hands; everything in video is copied.
 * Threads: any; writes wait for each other while they are published, not while texts are embedded.
 * Errors: VREC_E_INVALID_ARGUMENT, VREC_E_LIMIT, VREC_E_MEMORY_LIMIT, VREC_E_TOO_NEW, VREC_E_UTF8,
 * VREC_E_FAULTED, VREC_E_REENTRANT, VREC_E_FORKED, VREC_E_CANCELLED, VREC_E_TIMED_OUT,
 * with a store VREC_E_IO, VREC_E_DISK_FULL and VREC_E_READ_ONLY, and for a
 * video without a vector those of vrec_load_encoder. The engine stays as it was on failure.
 * With background_embedding the errors of opening and running the model come from
 * vrec_wait_for_embeddings instead.
 * Cost: a run of the model for each field, none for a video with a vector or with
 * background_embedding; now and then the vectors
 * of a language are computed anew, some microseconds each.
 * Since: 0.1.0
 */
int32_t vrec_add_video(struct vrec_engine *engine,
                       const struct vrec_video *video,
                       const struct vrec_call_options *call,
                       struct vrec_error **error);

/**
 * Adds many videos, or replaces those whose ids exist: all of them or, on any failure, none.
 *
 * Parameters: engine, not NULL; videos, an array, may be NULL when count is 0; count, at most 65536;
 * stride, bytes from one element to the next, normally sizeof(vrec_video); call, bounds on the call,
 * may be NULL; error, where to put an error, may be NULL.
 * Ownership: nothing changes hands; everything in videos is copied.
 * Threads: any; writes wait for each other while they are published, not while texts are embedded.
 * Errors: as for vrec_add_video; the message names the video by its index. An id that stands twice
 * in the array is VREC_E_INVALID_ARGUMENT. The engine stays as it was on failure.
 * Cost: as for vrec_add_video; texts of like length run through the model together.
 * Since: 0.1.0
 */
int32_t vrec_add_videos(struct vrec_engine *engine,
                        const struct vrec_video *videos,
                        size_t count,
                        size_t stride,
                        const struct vrec_call_options *call,
                        struct vrec_error **error);

/**
 * Removes videos: all of them or, on any failure, none. What profiles did with them stays and counts
 * again when a video with the same id is added.
 *
 * Parameters: engine, not NULL; ids, a block of UTF-8 bytes, and offsets, count + 1 of them: id i
 * lies between offsets[i] and offsets[i + 1]; count, at most 65536; error, where to put an error, may
 * be NULL.
 * Ownership: nothing changes hands.
 * Threads: any; waits for other writes while they are published.
 * Errors: VREC_E_NOT_FOUND for an id that does not exist or stands twice, naming it by its index;
 * VREC_E_INVALID_ARGUMENT, VREC_E_LIMIT, VREC_E_UTF8, VREC_E_FAULTED, VREC_E_REENTRANT,
 * VREC_E_FORKED, with a store VREC_E_IO, VREC_E_DISK_FULL and VREC_E_READ_ONLY. The
 * engine stays as it was on failure.
 * Cost: some microseconds an id; now and then the vectors of a language are computed anew, some
 * microseconds each.
 * Since: 0.1.0
 */
int32_t vrec_remove_videos(struct vrec_engine *engine,
                           const char *ids,
                           const uint64_t *offsets,
                           size_t count,
                           struct vrec_error **error);

/**
 * Waits until every video that was added with background_embedding has its vector, and tries again
 * those that wait because the model did not open. Does nothing without background_embedding.
 *
 * Parameters: engine, not NULL; call, bounds on the call, may be NULL, whose progress_callback hears
 * how many videos are done of those that waited; error, where to put an error, may be NULL.
 * Ownership: nothing changes hands.
 * Threads: any; a bounded or cancelled call leaves the videos waiting.
 * Errors: those of vrec_load_encoder while the model does not open: the videos go on waiting.
 * VREC_E_MEMORY_LIMIT, and VREC_E_RUNTIME when the model runs for no video at all: they go on waiting,
 * too. VREC_E_MODEL_INVALID, VREC_E_RUNTIME, VREC_E_LIMIT, VREC_E_INVALID_ARGUMENT when single videos
 * could not be embedded since the last wait: the message names the last of them by its id, they stay
 * without the vector, and all others have theirs.
 * VREC_E_CANCELLED, VREC_E_TIMED_OUT; VREC_E_INTERNAL, VREC_E_FAULTED after a failure inside the
 * library.
 * Cost: waits.
 * Since: 0.1.0
 */
int32_t vrec_wait_for_embeddings(const struct vrec_engine *engine,
                                 const struct vrec_call_options *call,
                                 struct vrec_error **error);

/**
 * Records one event; the next query counts it. Calls from several threads share commits.
 *
 * Parameters: engine, not NULL; event, not NULL; error, where to put an error, may be NULL.
 * Ownership: nothing changes hands; everything in event is copied.
 * Threads: any; waits for other writes while they are published.
 * Errors: VREC_E_NOT_FOUND for an unknown video, and in a household (see vrec_profile_create) for an unknown profile;
 * VREC_E_INVALID_ARGUMENT for an unknown kind, device, place or
 * company, a negative position or duration, or a rating or utc_offset_minutes out of place; VREC_E_LIMIT,
 * VREC_E_MEMORY_LIMIT, VREC_E_TOO_NEW, VREC_E_UTF8, VREC_E_FAULTED, VREC_E_REENTRANT, VREC_E_FORKED,
 * with a store VREC_E_IO, VREC_E_DISK_FULL and VREC_E_READ_ONLY. The engine stays as it was on failure;
 * with a store, a power cut at that very moment may bring the event back.
 * Cost: some microseconds; with a store it is on the disk when the call returns, unless event->durability asks
 * for less: one write and one fdatasync. An impression with a propensity, and the choice of a video that was shown, cost
 * about a blended list more, which may run the network of vrec_load_sequence; other writes do not wait for that.
 * Since: 0.1.0
 */
int32_t vrec_record(struct vrec_engine *engine,
                    const struct vrec_event *event,
                    struct vrec_error **error);

/**
 * Records many events in their order: all of them or, on any failure, none.
 *
 * Parameters: engine, not NULL; events, an array, may be NULL when count is 0; count, at most 65536;
 * stride, bytes from one element to the next, normally sizeof(vrec_event); error, where to put an
 * error, may be NULL.
 * Ownership: nothing changes hands; everything in events is copied.
 * Threads: any; waits for other writes while they are published.
 * Errors: as for vrec_record; the message names the event by its index. The engine stays as it was
 * on failure.
 * Cost: some microseconds an event; beside that about a blended list for each profile with impressions that have a
 * propensity, and for each choice of a video that was shown. No deadline bounds that; other writes do not wait for it.
 * Since: 0.1.0
 */
int32_t vrec_record_batch(struct vrec_engine *engine,
                          const struct vrec_event *events,
                          size_t count,
                          size_t stride,
                          struct vrec_error **error);

/**
 * Forgets a profile, its description and all it did: in memory, and in the store, whose files hold nothing readable of it
 * afterwards: its key is gone from them. It is the one way in which a profile is erased, and it ends a guest. Which
 * profile is the current one then, vrec_profile_switch says.
 * Cut off in the middle, it goes on when the store is opened next, or, where the disk is full then, with the next
 * profile that is forgotten or vrec_compact; the log has a warning. What was learned from it event by event goes with
 * it. What vrec_train made of fewer than 20 profiles goes as a whole; what it made of more keeps the profile's part,
 * a small one among many, until it trains again.
 *
 * Parameters: engine, not NULL; profile, UTF-8, 1 to 255 bytes; profile_len, its bytes; error, where to put an
 * error, may be NULL.
 * Ownership: nothing changes hands.
 * Threads: any; waits for other writes.
 * Errors: VREC_E_INVALID_ARGUMENT, VREC_E_LIMIT, VREC_E_UTF8, VREC_E_NOT_FOUND, VREC_E_IO,
 * VREC_E_DISK_FULL, VREC_E_READ_ONLY, VREC_E_FAULTED, VREC_E_REENTRANT, VREC_E_FORKED. Should the disk fail
 * in the middle, the profile is as it was for this engine, and gone when this is called again or the store is
 * opened next.
 * Cost: with a store it is rewritten where it was: some milliseconds.
 * Since: 0.1.0
 */
int32_t vrec_profile_forget(struct vrec_engine *engine,
                            const char *profile,
                            size_t profile_len,
                            struct vrec_error **error);

/**
 * Creates a profile of a household. A profile that came into being with its first event, before, is described by
 * this and keeps its history.
 *
 * The first creation makes the engine a household's, for good: from then on events and lists that name an id that is
 * no profile are VREC_E_NOT_FOUND, also when all profiles were forgotten. So an event that comes late cannot bring back
 * who was. An engine in which none was ever created has a profile for every id that events name.
 *
 * Creating does not switch to the profile; but where the first creation finds or makes one with the id "default", which
 * was the current one until then, it stays the current one.
 *
 * Parameters: engine, not NULL; profile, not NULL; error, where to put an error, may be NULL.
 * Ownership: nothing changes hands; everything in profile is copied.
 * Threads: any; waits for other writes.
 * Errors: VREC_E_INVALID_ARGUMENT for an id that was created, a guest whose id has a history, a second profile of
 * VREC_PROFILE_EVERYONE, or a field out of its range; VREC_E_LIMIT, VREC_E_MEMORY_LIMIT, VREC_E_TOO_NEW, VREC_E_UTF8,
 * VREC_E_FAULTED, VREC_E_REENTRANT, VREC_E_FORKED, with a store VREC_E_IO, VREC_E_DISK_FULL and VREC_E_READ_ONLY. The
 * engine stays as it was on failure.
 * Cost: with a store it is on the disk when the call returns: one write and one fdatasync; nothing is written of a guest.
 * Since: 0.1.0
 */
int32_t vrec_profile_create(struct vrec_engine *engine,
                            const struct vrec_profile *profile,
                            struct vrec_error **error);

/**
 * Lists all profiles of an engine.
 *
 * Parameters: engine, not NULL; profiles, where to put the list, not NULL; error, where to put an error, may be NULL.
 * Ownership: the caller owns profiles, to be given up by vrec_profiles_destroy.
 * Threads: any; never waits for writes.
 * Errors: VREC_E_INVALID_ARGUMENT, VREC_E_REENTRANT, VREC_E_FORKED.
 * Cost: some hundred nanoseconds a profile.
 * Since: 0.1.0
 */
int32_t vrec_profile_list(const struct vrec_engine *engine,
                          struct vrec_profiles **profiles,
                          struct vrec_error **error);

/**
 * Makes a profile the current one: the one that events and queries mean that name none. With a store it is so again
 * when an engine is created with it next, unless it is a guest: then the one before it is. When the current profile is
 * forgotten, so it is; where there was none before, events and lists of a household have to name a profile until one is
 * switched to. An engine in which no profile was ever created means the one with the id "default".
 *
 * Parameters: engine, not NULL; profile, UTF-8, 1 to 255 bytes; profile_len, its bytes; error, where to put an error,
 * may be NULL.
 * Ownership: nothing changes hands.
 * Threads: any; waits for other writes.
 * Errors: VREC_E_NOT_FOUND for an id that is no profile; VREC_E_INVALID_ARGUMENT, VREC_E_LIMIT, VREC_E_UTF8,
 * VREC_E_FAULTED, VREC_E_REENTRANT, VREC_E_FORKED, with a store VREC_E_IO, VREC_E_DISK_FULL and VREC_E_READ_ONLY. The
 * engine stays as it was on failure.
 * Cost: with a store one write and one fdatasync; none for a guest, and none back from one.
 * Since: 0.1.0
 */
int32_t vrec_profile_switch(struct vrec_engine *engine,
                            const char *profile,
                            size_t profile_len,
                            struct vrec_error **error);

/**
 * Changes the name that people see of a profile; its id stays. A profile that only events made is created by it, as an
 * adult (see vrec_profile_create).
 *
 * Parameters: engine, not NULL; profile, UTF-8, 1 to 255 bytes; profile_len, its bytes; name, UTF-8, 1 to 255 bytes,
 * not blank, without control characters; name_len, its bytes; error, where to put an error, may be NULL.
 * Ownership: nothing changes hands; the name is copied.
 * Threads: any; waits for other writes.
 * Errors: those of vrec_profile_switch, and VREC_E_MEMORY_LIMIT. The engine stays as it was on failure.
 * Cost: with a store one write and one fdatasync; none for a guest.
 * Since: 0.1.0
 */
int32_t vrec_profile_rename(struct vrec_engine *engine,
                            const char *profile,
                            size_t profile_len,
                            const char *name,
                            size_t name_len,
                            struct vrec_error **error);

/**
 * Changes who a profile is for and its age limit; its history stays. An adult, teen or child may become another of
 * these; of VREC_PROFILE_EVERYONE and VREC_PROFILE_GUEST only the age limit can change. A profile that only events made
 * is created by it (see vrec_profile_create).
 *
 * Parameters: engine, not NULL; profile, UTF-8, 1 to 255 bytes; profile_len, its bytes; kind, one of VREC_PROFILE_;
 * age_limit, as in vrec_profile; error, where to put an error, may be NULL.
 * Ownership: nothing changes hands.
 * Threads: any; waits for other writes.
 * Errors: those of vrec_profile_rename. The engine stays as it was on failure.
 * Cost: with a store one write and one fdatasync; none for a guest.
 * Since: 0.1.0
 */
int32_t vrec_profile_set_kind(struct vrec_engine *engine,
                              const char *profile,
                              size_t profile_len,
                              int32_t kind,
                              int32_t age_limit,
                              struct vrec_error **error);

/**
 * Gives all columns of the profiles at once.
 *
 * Parameters: profiles, not NULL; columns, not NULL, its struct_size set by the caller; error, where to put an error,
 * may be NULL.
 * Ownership: the columns are borrowed from profiles, until vrec_profiles_destroy.
 * Threads: any, also several at once on the same profiles.
 * Errors: VREC_E_INVALID_ARGUMENT, VREC_E_TOO_NEW, VREC_E_REENTRANT.
 * Cost: constant; nothing is copied.
 * Since: 0.1.0
 */
int32_t vrec_profiles_columns(const struct vrec_profiles *profiles,
                              struct vrec_profile_columns *columns,
                              struct vrec_error **error);

/**
 * Frees a list of profiles. NULL is allowed.
 *
 * Parameters: profiles, a list that is not used any more, or NULL.
 * Ownership: takes profiles; every pointer into their columns ends.
 * Threads: any, when no other call on these profiles is running.
 * Errors: none.
 * Cost: constant.
 * Since: 0.1.0
 */
void vrec_profiles_destroy(struct vrec_profiles *profiles);

/**
 * Trains in one go, on everything that all profiles watched or liked, those features that need it and have a weight
 * in vrec_options.feature_weights: ease, factors and content. Lists with VREC_RANKING_BLEND count them from then on.
 * What is recorded later is learned event by event as before, and counts here in the next training, which takes the
 * place of this one as a whole. Without a watch there is nothing to train, and what was trained before goes.
 *
 * The result is kept in the store together with the numbers of the videos, and read by vrec_create; one that it does
 * not understand is left out with a warning in the log. What was trained on fewer than 20 profiles goes as soon as a
 * profile is forgotten or vrec_retain drops events; what was trained on more keeps their part until the next training.
 *
 * Parameters: engine, not NULL; call, bounds on the call, may be NULL, whose progress_callback hears how much of one
 * step after the other is done: videos for ease, passes for factors, videos for content; error, where to put an
 * error, may be NULL.
 * Ownership: nothing changes hands.
 * Threads: any; works on the calling thread alone. Lists and writes go on meanwhile, and only publishing the
 * result waits for other writes. Of two trainings at once the one that ends last counts.
 * Errors: VREC_E_MEMORY_LIMIT when a step would take more than 1 GiB, or the result more than memory_limit_bytes
 * leaves; VREC_E_IO and VREC_E_DISK_FULL, at the end; VREC_E_READ_ONLY for a store that is not written to;
 * VREC_E_CANCELLED, also where fewer than 20 profiles were trained on and one was forgotten meanwhile; VREC_E_TIMED_OUT, VREC_E_INVALID_ARGUMENT, VREC_E_TOO_NEW, VREC_E_LIMIT, VREC_E_FAULTED,
 * VREC_E_REENTRANT, VREC_E_FORKED. On failure lists go on with what was trained before.
 * Cost: for ease m³ products, m being the smaller of the numbers of profiles and of watched videos, and watches times
 * watched videos more; seconds for some hundred profiles and ten thousand videos. 8 m² bytes meanwhile, and
 * afterwards up to 1.6 KB a watched video for ease, 256 bytes a video for factors and 512 for content, in memory,
 * where memory_bytes counts them, and in the store.
 * Since: 0.1.0
 */
int32_t vrec_train(struct vrec_engine *engine,
                   const struct vrec_call_options *call,
                   struct vrec_error **error);

/**
 * Trains as vrec_train does, with a say in the threads and the memory that it may use.
 *
 * Parameters: engine, not NULL; options, may be NULL for the defaults; call, bounds on the call, may be NULL, as for
 * vrec_train; error, where to put an error, may be NULL.
 * Ownership: nothing changes hands.
 * Threads: any. With options.threads above 1 the library starts threads of its own for the call, which have ended when it
 * returns; fewer than asked for where no more can be started. Otherwise as vrec_train.
 * Errors: those of vrec_train, VREC_E_MEMORY_LIMIT when a step would take more than options.memory_limit_bytes, and
 * VREC_E_LIMIT for more than 64 threads. On failure lists go on with what was trained before.
 * Cost: that of vrec_train, most of which the threads share; blocks of rows in work for each thread beside its memory.
 * Since: 0.1.0
 */
int32_t vrec_train_with(struct vrec_engine *engine,
                        const struct vrec_train_options *options,
                        const struct vrec_call_options *call,
                        struct vrec_error **error);

/**
 * Learns what each feature should count from what all profiles watched: some of the last watches are held out, lists are
 * asked for as they would have been then, and weights are changed that bring the held-out videos up beyond chance. Nothing
 * of the engine changes. The weights are for vrec_options.feature_weights of the next vrec_create, for
 * vrec_query.feature_weights, and for vrec_pack_export_options.feature_weights. A feature that comes to count and counted 0
 * here has to be learned first, unless it is taste, attention, interests or freshness: queries and packs of this engine
 * have nothing of it, those of one that is created with its weight do, once vrec_train has run where it needs that.
 * docs/training.md says more.
 *
 * Parameters: engine, not NULL; options, may be NULL for the defaults; call, bounds on the call, may be NULL, whose
 * progress_callback hears how much of one step after the other is done; weights and weight_capacity, where to put the
 * features that are to count, with room for VREC_MAX_FEATURES of them; learned, not NULL, its struct_size set by the
 * caller, where to put how many there are and what they are worth; error, where to put an error, may be NULL.
 * Ownership: nothing changes hands.
 * Threads: any; lists and writes go on meanwhile. Uses threads as vrec_train_with does.
 * Errors: VREC_E_INVALID_ARGUMENT, also where a pack is in use, whose weights are from many more; VREC_E_MEMORY_LIMIT when
 * the trainings would hold more than options.memory_limit_bytes; VREC_E_LIMIT for more than 64 threads and for a
 * weight_capacity below VREC_MAX_FEATURES; VREC_E_TOO_NEW, VREC_E_CANCELLED, VREC_E_TIMED_OUT, VREC_E_REENTRANT,
 * VREC_E_FORKED. Nothing is written on failure. Too few watches are no failure: the weights are those in use then, and
 * learned says so.
 * Cost: up to four times that of a training of all features, memory included, and up to 150 lists for each one that is
 * asked for, of which there are at most 4000: minutes to an hour for ten thousand videos.
 * Since: 0.1.0
 */
int32_t vrec_learn_weights(const struct vrec_engine *engine,
                           const struct vrec_train_options *options,
                           const struct vrec_call_options *call,
                           struct vrec_feature_weight *weights,
                           size_t weight_capacity,
                           struct vrec_learned_weights *learned,
                           struct vrec_error **error);

/**
 * Writes what was learned from all profiles into one signed file, a pack, which vrec_pack_import takes. No person's row
 * goes in: tables of how often videos were watched, alone and after each other, what vrec_train made, what each
 * feature counts, and the network that vrec_load_sequence took; docs/packs.md says what each may tell, and
 * what options.epsilon does against that.
 *
 * Parameters: engine, not NULL; options, not NULL; call, bounds on the call, may be NULL, whose progress_callback
 * hears of sections; error, where to put an error, may be NULL.
 * Ownership: nothing changes hands; the library wipes its copy of the key.
 * Threads: any; lists and writes go on meanwhile.
 * Errors: VREC_E_INVALID_ARGUMENT, also for a base that is a delta itself, or whose number is not below, and
 * where a pack is in use, whose knowledge is not packed again; VREC_E_SIGNATURE
 * for a base of another key; VREC_E_CORRUPT, VREC_E_TOO_NEW, VREC_E_OLDER for a base that is damaged, or of another
 * format; VREC_E_NOT_FOUND where nobody watched anything, and for a base that is not there; VREC_E_LIMIT for more than
 * 64 MiB; VREC_E_MEMORY_LIMIT, VREC_E_CANCELLED, VREC_E_TIMED_OUT, VREC_E_IO, VREC_E_DISK_FULL, VREC_E_READ_ONLY,
 * VREC_E_UTF8, VREC_E_REENTRANT, VREC_E_FORKED. On failure a file at the path stays as it was.
 * Cost: counts all watches anew and compresses; seconds for a million. Some times the tables' memory.
 * Since: 0.1.0
 */
int32_t vrec_pack_export(const struct vrec_engine *engine,
                         const struct vrec_pack_export_options *options,
                         const struct vrec_call_options *call,
                         struct vrec_error **error);

/**
 * Takes a pack in place of the one in use, and keeps that one for vrec_pack_revert. Lists count it at once, under
 * what profiles did here, which stays. What vrec_train made here goes, and it refuses to train while a pack is in use.
 * What features count in lists is as the pack says, unless vrec_options or the query do.
 *
 * A network in the pack counts in place of the one that vrec_load_sequence took, as long as the pack is in use. Where
 * nothing here can run it, lists go without it and the log has a warning; one that does not open, or whose steps could
 * take more than docs/sequence.md allows, refuses the pack.
 *
 * The signature is checked before anything of the pack is read. With a store it is on the disk when the call returns; a
 * power cut leaves the one pack or the other, and vrec_create brings it back.
 *
 * Parameters: engine, not NULL; options, not NULL, with a path or data; call, bounds on the call, may be NULL, whose
 * progress_callback hears of sections; error, where to put an error, may be NULL.
 * Ownership: nothing changes hands.
 * Threads: any; lists go on meanwhile, writes wait while profiles are based on the pack.
 * Errors: VREC_E_SIGNATURE unless a trusted key signed it; VREC_E_CORRUPT for what is no pack, is cut short or not as
 * it was signed; VREC_E_TOO_NEW for a later format; VREC_E_LIMIT for more than the options allow; VREC_E_OLDER for an
 * earlier format, and unless its number is above that of the pack in use; VREC_E_BASE for a delta to another pack;
 * VREC_E_INVALID_ARGUMENT, also for a pack of another line; VREC_E_MODEL_HASH, VREC_E_MODEL_INVALID, VREC_E_RUNTIME for a
 * network in it that does not open; VREC_E_NOT_FOUND for a file that is not there; VREC_E_MEMORY_LIMIT,
 * VREC_E_CANCELLED, VREC_E_TIMED_OUT, VREC_E_IO, VREC_E_DISK_FULL, VREC_E_READ_ONLY, VREC_E_UTF8, VREC_E_FAULTED,
 * VREC_E_REENTRANT, VREC_E_FORKED. On failure the pack in use stays.
 * Cost: hashes, decompresses and reads the file, and learns again what profiles did. Memory for the
 * file's bytes, for its content, and for what is made beside that, up to as much again.
 * Since: 0.1.0
 */
int32_t vrec_pack_import(struct vrec_engine *engine,
                         const struct vrec_pack_import_options *options,
                         const struct vrec_call_options *call,
                         struct vrec_error **error);

/**
 * Tells of the pack in use or, with options, of one in a file, whose signature and header are checked and no more.
 *
 * Parameters: engine, not NULL; options, NULL for the pack in use; description, where to put the description, not NULL; error,
 * where to put an error, may be NULL.
 * Ownership: the caller owns the description, to be given up by vrec_pack_description_destroy.
 * Threads: any; waits for nobody.
 * Errors: VREC_E_NOT_FOUND without a pack in use, and for a file that is not there; with options those of vrec_pack_import,
 * but for VREC_E_BASE and for VREC_E_OLDER by a number; VREC_E_INVALID_ARGUMENT, VREC_E_REENTRANT, VREC_E_FORKED.
 * Cost: constant; with options, reads the file.
 * Since: 0.1.0
 */
int32_t vrec_pack_info(const struct vrec_engine *engine,
                       const struct vrec_pack_import_options *options,
                       struct vrec_pack_description **description,
                       struct vrec_error **error);

/**
 * Gives all fields of a description at once.
 *
 * Parameters: description, not NULL; fields, not NULL, its struct_size set by the caller; error, where to put an error, may be
 * NULL.
 * Ownership: the fields are borrowed from description, until vrec_pack_description_destroy.
 * Threads: any, also several at once on the same description.
 * Errors: VREC_E_INVALID_ARGUMENT, VREC_E_TOO_NEW, VREC_E_REENTRANT.
 * Cost: constant; nothing is copied.
 * Since: 0.1.0
 */
int32_t vrec_pack_description_fields(const struct vrec_pack_description *description,
                                     struct vrec_pack_fields *fields,
                                     struct vrec_error **error);

/**
 * Frees a description. NULL is allowed.
 *
 * Parameters: description, one that is not used any more, or NULL.
 * Ownership: takes description; every pointer into its fields ends.
 * Threads: any, when no other call on this description is running.
 * Errors: none.
 * Cost: constant.
 * Since: 0.1.0
 */
void vrec_pack_description_destroy(struct vrec_pack_description *description);

/**
 * Takes the pack in use away and brings back the one before, where there is one; called again, it goes back to no
 * pack. What profiles did stays.
 *
 * Parameters: engine, not NULL; call, bounds on the call, may be NULL, whose progress_callback hears nothing; error, where
 * to put an error, may be NULL.
 * Ownership: nothing changes hands.
 * Threads: any; lists go on meanwhile, other writes wait.
 * Errors: VREC_E_NOT_FOUND without a pack in use; VREC_E_CANCELLED, also where another thread changed it meanwhile;
 * VREC_E_TIMED_OUT, VREC_E_CORRUPT, VREC_E_MEMORY_LIMIT, VREC_E_IO, VREC_E_DISK_FULL, VREC_E_READ_ONLY,
 * VREC_E_INVALID_ARGUMENT, VREC_E_FAULTED, VREC_E_REENTRANT, VREC_E_FORKED. On failure the pack in use stays.
 * Cost: as vrec_pack_import, without the hashing.
 * Since: 0.1.0
 */
int32_t vrec_pack_revert(struct vrec_engine *engine,
                         const struct vrec_call_options *call,
                         struct vrec_error **error);

/**
 * Takes a trained network that reads a profile's history in order (tools/train makes one, docs/sequence.md tells
 * how), in place of the one there was; without a path lists go without one. Lists with VREC_RANKING_BLEND count it as
 * VREC_FEATURE_SEQUENCE from then on, for every profile, known in its training or not. It is run by the backend and the
 * runtime of the engine's options, always on the CPU; the text model is not needed.
 *
 * While a pack with a network is in use (see vrec_pack_import) that one counts, and this one once the pack is gone.
 *
 * All its files are kept in the store, so that the folder is not needed again, and opened by vrec_create; where that
 * cannot open them, because there is no runtime, say, lists go without it and the log has a warning. So do lists for a
 * history after which it gives no numbers. What a step of it may hold and take is told in docs/sequence.md.
 *
 * Parameters: engine, not NULL; path, the absolute path of the folder with vrec-sequence.json, path_len bytes of
 * UTF-8, may be NULL where path_len is 0; call, bounds on the call, may be NULL; error, where to put an error, may be NULL.
 * Ownership: nothing changes hands.
 * Threads: any; lists go on meanwhile, and only publishing the network waits for other writes.
 * Errors: VREC_E_MODEL_MISSING, VREC_E_MODEL_UNREADABLE, VREC_E_MODEL_HASH, VREC_E_MODEL_INVALID, which name the file;
 * VREC_E_NO_ENCODER for a library without a backend, VREC_E_RUNTIME_MISSING, VREC_E_RUNTIME_VERSION, VREC_E_RUNTIME;
 * VREC_E_MEMORY_LIMIT, VREC_E_IO, VREC_E_DISK_FULL, VREC_E_READ_ONLY, VREC_E_CANCELLED, VREC_E_TIMED_OUT,
 * VREC_E_INVALID_ARGUMENT, VREC_E_TOO_NEW, VREC_E_LIMIT, VREC_E_UTF8, VREC_E_FAULTED, VREC_E_REENTRANT, VREC_E_FORKED. The
 * engine stays as it was on failure.
 * Cost: reads, hashes and writes the files, some 100 bytes a video of the training, and some microseconds a video of
 * the catalogue. Afterwards a list costs a step of the network for each watch since the profile's last list, some 10
 * microseconds, and for the first list after vrec_create one for each watch of its history, between which the list's bounds are looked at.
 * Since: 0.1.0
 */
int32_t vrec_load_sequence(struct vrec_engine *engine,
                           const char *path,
                           size_t path_len,
                           const struct vrec_call_options *call,
                           struct vrec_error **error);

/**
 * Makes durable what was recorded with VREC_DURABLE_WITHIN or VREC_DURABLE_RELAXED and is not yet. What
 * vrec_destroy cannot write is lost without a word, so call this first where it matters.
 *
 * Parameters: engine, not NULL; error, where to put an error, may be NULL.
 * Ownership: nothing changes hands.
 * Threads: any; waits for a write to the store that is under way.
 * Errors: VREC_E_INVALID_ARGUMENT for an engine without a store; VREC_E_IO, VREC_E_DISK_FULL,
 * VREC_E_READ_ONLY, VREC_E_FAULTED, VREC_E_REENTRANT, VREC_E_FORKED. On failure the events stay counted
 * and go on waiting.
 * Cost: one write and one fdatasync; nothing when nothing waits.
 * Since: 0.1.0
 */
int32_t vrec_flush(struct vrec_engine *engine,
                   struct vrec_error **error);

/**
 * Reads the whole store again and checks every record of it. Changes nothing.
 *
 * Parameters: engine, not NULL; error, where to put an error, may be NULL.
 * Ownership: nothing changes hands.
 * Threads: any; writes wait meanwhile, lists do not.
 * Errors: VREC_E_CORRUPT, whose message says which parts are damaged and where; VREC_E_INVALID_ARGUMENT for
 * an engine without a store; VREC_E_REENTRANT, VREC_E_FORKED; VREC_E_IO, and VREC_E_DISK_FULL or VREC_E_READ_ONLY
 * where events wait for a commit, which comes first. The engine goes on with what it has in memory.
 * Cost: reads all files of the store and decrypts all records: about as long as vrec_create takes.
 * Since: 0.1.0
 */
int32_t vrec_verify(struct vrec_engine *engine,
                    struct vrec_error **error);

/**
 * Wraps the store's keys by another device key, in one step: after a power cut either the old key opens the
 * store or the new one does.
 *
 * Parameters: engine, not NULL; key, 32 bytes, NULL for none; key_len, 32, or 0 for none; error, where to put
 * an error, may be NULL.
 * Ownership: nothing changes hands; the library wipes its copy of the key.
 * Threads: any; waits for a write to the store that is under way.
 * Errors: VREC_E_INVALID_ARGUMENT for a key of another length, of zeros, or an engine without a store;
 * VREC_E_IO, VREC_E_DISK_FULL, VREC_E_READ_ONLY, VREC_E_FAULTED, VREC_E_REENTRANT, VREC_E_FORKED. After
 * VREC_E_IO or VREC_E_DISK_FULL either key may be the store's: keep both, and call again until it works.
 * Cost: one small record for each profile; no event is encrypted again.
 * Since: 0.1.0
 */
int32_t vrec_rotate_key(struct vrec_engine *engine,
                        const uint8_t *key,
                        size_t key_len,
                        struct vrec_error **error);

/**
 * Drops stored events past limits of age and number, and what was learned from them. Events that were
 * recorded in one batch go together, once all of them are past a limit. When any went, what vrec_train made of fewer
 * than 20 profiles goes as a whole; what it made of more keeps their part until it trains again.
 *
 * Nothing is dropped by itself: a television whose clock is wrong would lose everything.
 *
 * Parameters: engine, not NULL; retention, not NULL; dropped, where to put the number of events that went,
 * may be NULL; error, where to put an error, may be NULL.
 * Ownership: nothing changes hands.
 * Threads: any; other writes wait meanwhile.
 * Errors: VREC_E_INVALID_ARGUMENT when no limit is set or the engine has no store; VREC_E_CORRUPT, VREC_E_IO,
 * VREC_E_DISK_FULL, VREC_E_READ_ONLY, VREC_E_TOO_NEW, VREC_E_FAULTED, VREC_E_REENTRANT, VREC_E_FORKED. On
 * failure events of some profiles may be gone from the store, and count until it is opened next.
 * Cost: one write a profile that loses any; when any went, all events that stay are read.
 * Since: 0.1.0
 */
int32_t vrec_retain(struct vrec_engine *engine,
                    const struct vrec_retention *retention,
                    uint64_t *dropped,
                    struct vrec_error **error);

/**
 * Writes the store's vectors anew without those that no video refers to any more. Happens by itself when
 * they are the greater part; worth asking for when the device is idle and its flash nearly full. Removes first what is
 * left of forgotten profiles, where the disk was full when the store was opened.
 *
 * Parameters: engine, not NULL; error, where to put an error, may be NULL.
 * Ownership: nothing changes hands.
 * Threads: any; writes wait meanwhile.
 * Errors: VREC_E_INVALID_ARGUMENT for an engine without a store; VREC_E_CORRUPT, VREC_E_IO, VREC_E_DISK_FULL,
 * VREC_E_READ_ONLY, VREC_E_FAULTED, VREC_E_REENTRANT, VREC_E_FORKED. The store stays as it was on failure.
 * Cost: writes all vectors once.
 * Since: 0.1.0
 */
int32_t vrec_compact(struct vrec_engine *engine,
                     struct vrec_error **error);

/**
 * Gives all that is known of a profile as JSON Lines, in UTF-8, each an object with a field "record".
 *
 * In full, for the person it is about: {"record":"profile","format":1,"id":…,"name":…,"kind":"teen","age_limit":…}, the
 * last three as far as the household says them, then its events in their
 * order, {"record":"event","kind":"complete","video_id":…,"title":…,"time_utc_ms":…,"position_ms":…,
 * "duration_ms":…,"rating":…,"device":…,"place":…,"company":…,"utc_offset_minutes":…}, then what was made
 * of them, {"record":"engagement","video_id":…,"title":…,"weight":…,"watched":…,"hidden":…}. An engine without
 * a store keeps no events, only engagements.
 *
 * Anonymised, for a service that trains with that person's consent: {"record":"profile","format":1,
 * "pseudonym":…,"time_step_ms":…}, then events, {"record":"event","kind":…,"video":…,"time_utc_ms":…,
 * "completion":…,"rating":…,"device":…,"place":…,"company":…}. Pseudonyms are HMAC-SHA-256 of "video" or
 * "profile", a zero byte and the id, under a salt, cut to 128 bits, in hexadecimal. Times are rounded down to
 * time_step_ms, completion to tenths, searches are left out. Who knows a long history can still find it among
 * exports. Circumstances that are unknown stand in neither kind.
 *
 * Parameters: engine, not NULL; profile, UTF-8, 1 to 255 bytes; profile_len, its bytes; options, NULL for an
 * export in full; profile_export, where to put the export, not NULL; error, where to put an error, may be NULL.
 * Ownership: the caller owns the export, to be given up by vrec_export_destroy.
 * Threads: any; waits for a write to the store that is under way.
 * Errors: VREC_E_NOT_FOUND for an unknown profile; VREC_E_CORRUPT when its records are damaged;
 * VREC_E_INVALID_ARGUMENT, also for a guest; VREC_E_LIMIT, VREC_E_TOO_NEW, VREC_E_UTF8, VREC_E_IO, VREC_E_REENTRANT,
 * VREC_E_FORKED; VREC_E_DISK_FULL and VREC_E_READ_ONLY where events wait for a commit, which comes first.
 * Cost: reads and decrypts the profile's events; some 150 bytes of memory each.
 * Since: 0.1.0
 */
int32_t vrec_profile_export(const struct vrec_engine *engine,
                            const char *profile,
                            size_t profile_len,
                            const struct vrec_export_options *options,
                            struct vrec_export **profile_export,
                            struct vrec_error **error);

/**
 * Gives the bytes of an export.
 *
 * Parameters: profile_export, not NULL; data, where to put the address of the first byte, not NULL; data_len, where
 * to put the number of bytes, not NULL; error, where to put an error, may be NULL.
 * Ownership: the bytes are borrowed from the export, until vrec_export_destroy. No NUL ends them.
 * Threads: any, also several at once on the same export.
 * Errors: VREC_E_INVALID_ARGUMENT, VREC_E_REENTRANT.
 * Cost: constant; nothing is copied.
 * Since: 0.1.0
 */
int32_t vrec_export_data(const struct vrec_export *profile_export,
                         const char **data,
                         size_t *data_len,
                         struct vrec_error **error);

/**
 * Frees an export. NULL is allowed.
 *
 * Parameters: profile_export, an export that is not used any more, or NULL.
 * Ownership: takes the export; its bytes end.
 * Threads: any, when no other call on this export is running.
 * Errors: none.
 * Cost: constant.
 * Since: 0.1.0
 */
void vrec_export_destroy(struct vrec_export *profile_export);

/**
 * Videos near a profile's taste: the mean of the vectors of what it engaged with, weighted by
 * completion and opinion. Best first, ties by id. What the profile watched is left out unless the
 * query says otherwise; what it hid always is. A profile that likes nothing yet gets an empty list.
 *
 * With VREC_RANKING_BLEND lists are ordered by a sum of features, which vrec_query.feature_weights or else
 * vrec_options.feature_weights choose: by default the taste, what others watched after and beside what the profile
 * watched, and with vrec_train what goes together. The watched video that had the largest part is named.
 *
 * With vrec_query.diversity_method and diversity the list is chosen from four times as many videos and 50 more, so
 * that it is not all alike; each keeps its score, and the best one its first place.
 *
 * With vrec_query.exploration_method and VREC_RANKING_BLEND some places go to videos of which it is not known yet what
 * the viewer thinks. vrec_columns.propensities tells how probable each choice was.
 *
 * To scores of either kind are added what was shown and passed over (vrec_query.impression_strength), rules and
 * rotation; the list is the best by their sum.
 *
 * Parameters: engine, not NULL; query, NULL for all defaults; call, bounds on the call, may be NULL;
 * results, where to put the list, not NULL; error, where to put an error, may be NULL.
 * Ownership: the caller owns results, to be given up by vrec_results_destroy.
 * Threads: any; never waits for writes.
 * Errors: VREC_E_NOT_FOUND for an unknown profile of a household (see vrec_profile_create); VREC_E_INVALID_ARGUMENT,
 * VREC_E_LIMIT, VREC_E_TOO_NEW, VREC_E_UTF8, VREC_E_REENTRANT, VREC_E_FORKED, VREC_E_CANCELLED, VREC_E_TIMED_OUT.
 * Cost: one inner product a video; no run of the model. With VREC_RANKING_BLEND also a pass over all videos that
 * anybody watched, for each feature that counts. With a diversity_method also at most 170000 inner products for 200
 * places, 900 for the default limit; with VREC_DIVERSITY_CLUSTER_QUOTAS up to 215000, and 7600. With an
 * exploration_method a look at the id of each video, and at most 208 scores and as many times 256 products of 33.
 * Since: 0.1.0
 */
int32_t vrec_recommend(const struct vrec_engine *engine,
                       const struct vrec_query *query,
                       const struct vrec_call_options *call,
                       struct vrec_results **results,
                       struct vrec_error **error);

/**
 * Videos near one video, that video left out. Best first, ties by id; vrec_query.diversity_method as for vrec_recommend.
 *
 * Parameters: engine, not NULL; video_id and its length in bytes; query, NULL for all defaults; call,
 * bounds on the call, may be NULL; results, where to put the list, not NULL; error, where to put an
 * error, may be NULL.
 * Ownership: the caller owns results, to be given up by vrec_results_destroy.
 * Threads: any; never waits for writes.
 * Errors: VREC_E_NOT_FOUND for an unknown video, and those of vrec_recommend.
 * Cost: one inner product a video, and what vrec_recommend says of a diversity_method; no run of the model.
 * Since: 0.1.0
 */
int32_t vrec_similar(const struct vrec_engine *engine,
                     const char *video_id,
                     size_t video_id_len,
                     const struct vrec_query *query,
                     const struct vrec_call_options *call,
                     struct vrec_results **results,
                     struct vrec_error **error);

/**
 * Videos whose titles match a text that somebody types (words, characters, pinyin, keypad digits), and behind them
 * videos near its meaning, in any language the model knows. vrec_query.search_ways chooses; for each keystroke pass
 * VREC_SEARCH_TITLES. Best first, ties by id; a title that matches scores above 1, closer ones more.
 *
 * Parameters: engine, not NULL; text and its length in bytes, at most 65536 and not blank; query,
 * NULL for all defaults; call, bounds on the call, may be NULL; results, where to put the list, not
 * NULL; error, where to put an error, may be NULL.
 * Ownership: the caller owns results, to be given up by vrec_results_destroy.
 * Threads: any; for meaning waits for other embeddings on the same engine, never for writes.
 * Errors: those of vrec_recommend, and with VREC_SEARCH_MEANING those of vrec_load_encoder.
 * Cost: a look at each title; for meaning one run of the model for a short text, and one inner product a video.
 * Since: 0.1.0
 */
int32_t vrec_search(const struct vrec_engine *engine,
                    const char *text,
                    size_t text_len,
                    const struct vrec_query *query,
                    const struct vrec_call_options *call,
                    struct vrec_results **results,
                    struct vrec_error **error);

/**
 * The videos nearest to vectors, by cosine or inner product. Best first, ties by id: without
 * sign_stage the lists are those of scoring every video with the values kept of it, the same bytes on every
 * machine, thread count and instruction set. No
 * profile is asked: what a profile watched or hid is not left out.
 *
 * Parameters: engine, not NULL; query, not NULL; call, bounds on the call, may be NULL; neighbours, where
 * to put the lists, not NULL; error, where to put an error, may be NULL.
 * Ownership: the caller owns neighbours, to be given up by vrec_neighbours_destroy.
 * Threads: any; never waits for writes.
 * Errors: VREC_E_INVALID_ARGUMENT, naming the vector by its index, VREC_E_LIMIT, VREC_E_UTF8,
 * VREC_E_CANCELLED, VREC_E_TIMED_OUT.
 * Cost: reads half a byte of every video's vector an element for each 32 query vectors.
 * Since: 0.1.0
 */
int32_t vrec_nearest(const struct vrec_engine *engine,
                     const struct vrec_vector_query *query,
                     const struct vrec_call_options *call,
                     struct vrec_neighbours **neighbours,
                     struct vrec_error **error);

/**
 * Gives all columns of the lists at once.
 *
 * Parameters: neighbours, the lists, not NULL; columns, not NULL, its struct_size set by the caller;
 * error, where to put an error, may be NULL.
 * Ownership: the columns are borrowed from neighbours, until vrec_neighbours_destroy.
 * Threads: any, also several at once on the same neighbours.
 * Errors: VREC_E_INVALID_ARGUMENT, VREC_E_TOO_NEW, VREC_E_REENTRANT.
 * Cost: constant; nothing is copied.
 * Since: 0.1.0
 */
int32_t vrec_neighbours_columns(const struct vrec_neighbours *neighbours,
                                struct vrec_neighbour_columns *columns,
                                struct vrec_error **error);

/**
 * Frees lists of neighbours. NULL is allowed.
 *
 * Parameters: neighbours, lists that are not used any more, or NULL.
 * Ownership: takes neighbours; every pointer into their columns ends.
 * Threads: any, when no other call on these neighbours is running.
 * Errors: none.
 * Cost: constant.
 * Since: 0.1.0
 */
void vrec_neighbours_destroy(struct vrec_neighbours *neighbours);

/**
 * What a profile is in the middle of: videos to continue, the next episodes of series, and episodes that appeared
 * since it caught up with a series. What it watched last comes first; the order of recording counts, not the times of
 * events. A series has one card, and clips and adverts have none. VREC_EVENT_HIDE takes a video's card away, until the
 * video is watched again or VREC_EVENT_UNHIDE, and is not un-watching; for the id of a series, all its cards. What cannot
 * be watched at now_utc_ms, or breaks the filter, is passed over. docs/watch-states.md has the rules.
 *
 * Parameters: engine, not NULL; query, not NULL, of which profile, limit, filter, exclude and now_utc_ms count,
 * the last required, and the rest is checked; call, bounds on the call, may be NULL; cards, where to put the cards,
 * not NULL; error, where to put an error, may be NULL.
 * Ownership: the caller owns cards, to be given up by vrec_watch_cards_destroy.
 * Threads: any; never waits for writes.
 * Errors: VREC_E_NOT_FOUND for an unknown profile of a household (see vrec_profile_create); VREC_E_INVALID_ARGUMENT,
 * VREC_E_LIMIT, VREC_E_TOO_NEW, VREC_E_UTF8, VREC_E_REENTRANT, VREC_E_FORKED, VREC_E_CANCELLED, VREC_E_TIMED_OUT.
 * Cost: some microseconds a card; with a filter also a pass over a bitmap of all videos.
 * Since: 0.1.0
 */
int32_t vrec_watch_next(const struct vrec_engine *engine,
                        const struct vrec_query *query,
                        const struct vrec_call_options *call,
                        struct vrec_watch_cards **cards,
                        struct vrec_error **error);

/**
 * Gives all columns of the cards at once.
 *
 * Parameters: cards, not NULL; columns, not NULL, its struct_size set by the caller; error, where to put an error,
 * may be NULL.
 * Ownership: the columns are borrowed from cards, until vrec_watch_cards_destroy.
 * Threads: any, also several at once on the same cards.
 * Errors: VREC_E_INVALID_ARGUMENT, VREC_E_TOO_NEW, VREC_E_REENTRANT.
 * Cost: constant; nothing is copied.
 * Since: 0.1.0
 */
int32_t vrec_watch_cards_columns(const struct vrec_watch_cards *cards,
                                 struct vrec_watch_card_columns *columns,
                                 struct vrec_error **error);

/**
 * Frees cards. NULL is allowed.
 *
 * Parameters: cards, cards that are not used any more, or NULL.
 * Ownership: takes cards; every pointer into their columns ends.
 * Threads: any, when no other call on these cards is running.
 * Errors: none.
 * Cost: constant.
 * Since: 0.1.0
 */
void vrec_watch_cards_destroy(struct vrec_watch_cards *cards);

/**
 * A home screen: titled rows in the order asked for, no video in two of them and one card a series, the earlier row
 * having it. Everything in them can be watched at now_utc_ms and keeps the filter; what was hidden is left out, and
 * what was watched stands in rows of cards only. Rows with too few items are left out. The same query gives the
 * same screen as long as nothing is recorded or changed. docs/home.md says what each row holds.
 *
 * With an exploration_method the row VREC_ROW_FOR_YOU explores: hand the propensities of its items, which
 * vrec_home_screen_results has, back with their impressions.
 *
 * Parameters: engine, not NULL; home_query, not NULL, with a query that has now_utc_ms; call, bounds on the call, may
 * be NULL; screen, where to put the screen, not NULL; error, where to put an error, may be NULL.
 * Ownership: the caller owns screen, to be given up by vrec_home_screen_destroy.
 * Threads: any; never waits for writes.
 * Errors: VREC_E_NOT_FOUND for a seed_id that is no video and no series, and for an unknown profile of a household;
 * VREC_E_INVALID_ARGUMENT, VREC_E_LIMIT, VREC_E_TOO_NEW, VREC_E_UTF8, VREC_E_REENTRANT, VREC_E_FORKED, VREC_E_CANCELLED, VREC_E_TIMED_OUT.
 * Cost: about that of one vrec_recommend for each row; no run of the model.
 * Since: 0.1.0
 */
int32_t vrec_home(const struct vrec_engine *engine,
                  const struct vrec_home_query *home_query,
                  const struct vrec_call_options *call,
                  struct vrec_home_screen **screen,
                  struct vrec_error **error);

/**
 * Gives all columns of a home screen's rows at once.
 *
 * Parameters: screen, not NULL; columns, not NULL, its struct_size set by the caller; error, where to put an error,
 * may be NULL.
 * Ownership: the columns are borrowed from screen, until vrec_home_screen_destroy.
 * Threads: any, also several at once on the same screen.
 * Errors: VREC_E_INVALID_ARGUMENT, VREC_E_TOO_NEW, VREC_E_REENTRANT.
 * Cost: constant; nothing is copied.
 * Since: 0.1.0
 */
int32_t vrec_home_screen_rows(const struct vrec_home_screen *screen,
                              struct vrec_home_row_columns *columns,
                              struct vrec_error **error);

/**
 * Gives all columns of a home screen's items at once, beside those of vrec_home_screen_results.
 *
 * Parameters: screen, not NULL; columns, not NULL, its struct_size set by the caller; error, where to put an error,
 * may be NULL.
 * Ownership: the columns are borrowed from screen, until vrec_home_screen_destroy.
 * Threads: any, also several at once on the same screen.
 * Errors: VREC_E_INVALID_ARGUMENT, VREC_E_TOO_NEW, VREC_E_REENTRANT.
 * Cost: constant; nothing is copied.
 * Since: 0.1.0
 */
int32_t vrec_home_screen_items(const struct vrec_home_screen *screen,
                               struct vrec_home_item_columns *columns,
                               struct vrec_error **error);

/**
 * The items of a home screen as results, row after row: their ids, titles, scores and reasons. Scores order items
 * within their row, but for cards, which stand in the order of watching, VREC_ROW_EXPLORE, where tags take turns, and
 * what a diversity_method varies; those of different rows cannot be compared.
 *
 * Parameters: screen, or NULL.
 * Ownership: the results are borrowed from screen, until vrec_home_screen_destroy, and not to be destroyed.
 * Threads: any, also several at once on the same screen.
 * Errors: none; NULL for NULL.
 * Cost: constant; nothing is copied.
 * Since: 0.1.0
 */
const struct vrec_results *vrec_home_screen_results(const struct vrec_home_screen *screen);

/**
 * Frees a home screen. NULL is allowed.
 *
 * Parameters: screen, one that is not used any more, or NULL.
 * Ownership: takes screen; every pointer into its columns ends.
 * Threads: any, when no other call on this screen is running.
 * Errors: none.
 * Cost: constant.
 * Since: 0.1.0
 */
void vrec_home_screen_destroy(struct vrec_home_screen *screen);

/**
 * Gives all columns of a list at once.
 *
 * Parameters: results, the list, not NULL; columns, not NULL, its struct_size set by the caller;
 * error, where to put an error, may be NULL.
 * Ownership: the columns are borrowed from results, until vrec_results_destroy.
 * Threads: any, also several at once on the same results.
 * Errors: VREC_E_INVALID_ARGUMENT, VREC_E_TOO_NEW, VREC_E_REENTRANT.
 * Cost: constant; nothing is copied.
 * Since: 0.1.0
 */
int32_t vrec_results_columns(const struct vrec_results *results,
                             struct vrec_columns *columns,
                             struct vrec_error **error);

/**
 * Frees a list. NULL is allowed.
 *
 * Parameters: results, a list that is not used any more, or NULL.
 * Ownership: takes results; every pointer into its columns ends.
 * Threads: any, when no other call on these results is running.
 * Errors: none.
 * Cost: constant.
 * Since: 0.1.0
 */
void vrec_results_destroy(struct vrec_results *results);

/**
 * Gives the reasons of all videos of a list at once. The weights of a video's reasons sum to its score: for a list by
 * taste one reason for each of the watched videos with the largest parts, and one for all others together; for a blended
 * one a reason for each feature that counts; for similar videos and a search's meaning one for each field; for a title that
 * was found the title alone. docs/reasons.md has the details.
 *
 * Parameters: results, the list, not NULL; columns, not NULL, its struct_size set by the caller;
 * error, where to put an error, may be NULL.
 * Ownership: the columns are borrowed from results, until vrec_results_destroy.
 * Threads: any, also several at once on the same results.
 * Errors: VREC_E_INVALID_ARGUMENT, VREC_E_TOO_NEW, VREC_E_REENTRANT.
 * Cost: the first call on a list makes the sentences, about a microsecond each; constant from then on.
 * Since: 0.1.0
 */
int32_t vrec_results_reasons(const struct vrec_results *results,
                             struct vrec_reason_columns *columns,
                             struct vrec_error **error);

/**
 * How any one video stands with a query, whether vrec_recommend would list it or not: the score that it would have, the
 * reasons for that, and its rank among all videos; or all that keeps it out of the list, each with a code and a sentence.
 *
 * Parameters: engine, not NULL; query, as for vrec_recommend, NULL for all defaults; video_id and its length in bytes;
 * call, bounds on the call, may be NULL; explanation, where to put it, not NULL; error, where to put an error, may be NULL.
 * Ownership: the caller owns explanation, to be given up by vrec_explanation_destroy.
 * Threads: any; never waits for writes.
 * Errors: VREC_E_NOT_FOUND for an unknown video, and those of vrec_recommend.
 * Cost: a list, and one inner product a video for the rank, with VREC_RANKING_BLEND one for each feature of vectors that
 * counts; no run of the model.
 * Since: 0.1.0
 */
int32_t vrec_explain(const struct vrec_engine *engine,
                     const struct vrec_query *query,
                     const char *video_id,
                     size_t video_id_len,
                     const struct vrec_call_options *call,
                     struct vrec_explanation **explanation,
                     struct vrec_error **error);

/**
 * Gives an explanation's score, rank and what keeps the video out.
 *
 * Parameters: explanation, not NULL; fields, not NULL, its struct_size set by the caller; error, where to put an error,
 * may be NULL.
 * Ownership: the fields are borrowed from explanation, until vrec_explanation_destroy.
 * Threads: any, also several at once on the same explanation.
 * Errors: VREC_E_INVALID_ARGUMENT, VREC_E_TOO_NEW, VREC_E_REENTRANT.
 * Cost: constant; nothing is copied.
 * Since: 0.1.0
 */
int32_t vrec_explanation_fields(const struct vrec_explanation *explanation,
                                struct vrec_explained_fields *fields,
                                struct vrec_error **error);

/**
 * Gives the reasons of an explanation, as of a list with the one video; none without a score.
 *
 * Parameters: explanation, not NULL; columns, not NULL, its struct_size set by the caller; error, where to put an error,
 * may be NULL.
 * Ownership: the columns are borrowed from explanation, until vrec_explanation_destroy.
 * Threads: any, also several at once on the same explanation.
 * Errors: VREC_E_INVALID_ARGUMENT, VREC_E_TOO_NEW, VREC_E_REENTRANT.
 * Cost: constant; nothing is copied.
 * Since: 0.1.0
 */
int32_t vrec_explanation_reasons(const struct vrec_explanation *explanation,
                                 struct vrec_reason_columns *columns,
                                 struct vrec_error **error);

/**
 * Frees an explanation. NULL is allowed.
 *
 * Parameters: explanation, one that is not used any more, or NULL.
 * Ownership: takes explanation; every pointer into its fields ends.
 * Threads: any, when no other call on this explanation is running.
 * Errors: none.
 * Cost: constant.
 * Since: 0.1.0
 */
void vrec_explanation_destroy(struct vrec_explanation *explanation);

/**
 * All functions of an ABI version in one table, for hosts that load the library with dlopen.
 *
 * Parameters: abi, the caller's VREC_ABI_VERSION.
 * Ownership: a constant table, valid as long as the library is loaded.
 * Threads: any.
 * Errors: none; NULL when the library does not serve this ABI.
 * Cost: constant.
 * Since: 0.1.0
 */
const struct vrec_api *vrec_get_api(uint32_t abi);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* VREC_H */
