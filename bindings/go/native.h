/* One C function for each crossing from Go. It takes what Go may pass, numbers and memory that holds
 * no pointers, builds the structs of vrec.h on the C side, and calls the library. */
#ifndef VREC_GO_NATIVE_H
#define VREC_GO_NATIVE_H

#include <vrec.h>

/* A text in a block of bytes. */
typedef struct {
    uint64_t start;
    uint64_t length;
} vrec_go_span;

/* A list: of texts, count + 1 offsets from first on; of floats, count of them from first on. */
typedef struct {
    uint64_t first;
    uint64_t count;
} vrec_go_range;

/* What spans and ranges lie in, all of it Go's and borrowed for the call. */
#define VREC_GO_BLOCKS const char *bytes, const uint64_t *offsets, const float *floats

typedef struct {
    vrec_go_span id;
    vrec_go_span title;
    vrec_go_span description;
    vrec_go_span language;
    vrec_go_range tags;
    vrec_go_range comments;
    vrec_go_range vector;
    int32_t kind;
    int32_t min_age;
    vrec_go_range audio_languages;
    vrec_go_range subtitle_languages;
    vrec_go_range entitlements;
    int64_t available_from_utc_ms;
    int64_t available_until_utc_ms;
    vrec_go_span series_id;
    uint32_t season_number;
    uint32_t episode_number;
    int64_t duration_ms;
    int64_t credits_start_ms;
} vrec_go_video;

typedef struct {
    int32_t device;
    int32_t place;
    int32_t company;
    int32_t utc_offset_minutes;
} vrec_go_context;

typedef struct {
    vrec_go_span profile;
    vrec_go_span video_id;
    int64_t time_utc_ms;
    int64_t position_ms;
    int64_t duration_ms;
    int32_t kind;
    float rating;
    int32_t durability;
    uint32_t within_ms;
    vrec_go_context context;
    int64_t until_utc_ms;
    float propensity;
} vrec_go_event;

typedef struct {
    vrec_go_span id;
    int32_t action;
    int32_t target;
    float amount;
    uint32_t position;
} vrec_go_rule;

/* The kinds are count numbers from first on in a block of their own. */
typedef struct {
    int64_t time_utc_ms;
    uint32_t viewer_age;
    uint32_t check_entitlements;
    vrec_go_range entitlements;
    vrec_go_range kinds;
    vrec_go_range audio_languages;
    vrec_go_range subtitle_languages;
    vrec_go_range any_tags;
    vrec_go_range all_tags;
    vrec_go_range no_tags;
} vrec_go_filter;

/* What a list is made from: a profile's taste, a video, or a text. */
enum { VREC_GO_TASTE, VREC_GO_VIDEO, VREC_GO_TEXT };

typedef struct {
    int32_t from;
    int32_t watched;
    uint32_t limit;
    float min_score;
    int32_t ranking;
    int64_t now_utc_ms;
    vrec_go_context context;
    float new_video_share;
    uint64_t feature_weight_count;
    uint32_t search_ways;
    int32_t diversity_method;
    float diversity;
    uint64_t rotation_seed;
    int64_t impression_half_life_ms;
    float impression_strength;
    uint32_t rule_budget;
    uint64_t rule_count;
    int32_t exploration_method;
    uint32_t exploration_slots;
    float exploration_budget;
    uint64_t exploration_seed;
    /* The video's id or the text. */
    vrec_go_span subject;
    vrec_go_span profile;
    vrec_go_range exclude;
    int32_t has_filter;
    int32_t with_reasons;
    vrec_go_filter filter;
} vrec_go_question;

typedef struct {
    vrec_results *results;
    vrec_columns columns;
    /* Filled where the question asks for them. */
    vrec_reason_columns reasons;
} vrec_go_answer;

typedef struct {
    vrec_explanation *explanation;
    vrec_explained_fields fields;
    vrec_reason_columns reasons;
} vrec_go_explanation;

typedef struct {
    vrec_watch_cards *cards;
    vrec_watch_card_columns columns;
} vrec_go_watch_next_answer;

typedef struct {
    vrec_profiles *profiles;
    vrec_profile_columns columns;
} vrec_go_profile_list_answer;

/* One row of a home screen that is asked for. */
typedef struct {
    int32_t kind;
    uint32_t size;
    vrec_go_span seed_id;
} vrec_go_row;

typedef struct {
    uint32_t row_limit;
    uint32_t row_size;
    uint32_t row_minimum;
    uint32_t new_days;
    uint32_t leaving_days;
} vrec_go_home_question;

typedef struct {
    vrec_home_screen *screen;
    vrec_home_row_columns rows;
    vrec_home_item_columns items;
    vrec_columns results;
    /* Where the question asks for them. */
    vrec_reason_columns reasons;
} vrec_go_home_answer;

/* Vectors of one length, one after the other from first_vector on; no weights when their count is 0. */
typedef struct {
    uint64_t first_vector;
    uint64_t vector_count;
    uint64_t vector_len;
    vrec_go_range weights;
    vrec_go_span language;
    int32_t fusion;
    uint32_t limit;
    float min_score;
    int32_t centring;
    int32_t has_filter;
    vrec_go_filter filter;
} vrec_go_vector_query;

typedef struct {
    vrec_neighbours *neighbours;
    vrec_neighbour_columns columns;
} vrec_go_nearest_answer;

typedef struct {
    vrec_encoder_description *description;
    vrec_encoder_fields fields;
} vrec_go_description;

typedef struct {
    vrec_go_span path, line, base_path, key;
    uint64_t number;
    int64_t created;
    double epsilon, delta;
    uint32_t watches, profiles, transitions, pairs, weights, trend_days, vectors, without_sequence;
    size_t feature_weight_count;
} vrec_go_pack_export_options;

typedef struct {
    vrec_go_span path, line, keys;
    size_t data_len, key_count;
    uint64_t file_bytes, content_bytes;
} vrec_go_pack_import_options;

typedef struct {
    vrec_pack_description *description;
    vrec_pack_fields fields;
} vrec_go_pack;

typedef struct {
    int32_t kind;
    uint32_t flags;
    vrec_go_span library_path;
    vrec_go_span name;
    vrec_go_range option_keys;
    vrec_go_range option_values;
    uint64_t memory_limit_bytes;
    uint32_t device_index;
} vrec_go_provider;

/* Its data lies in C's memory, for as long as the engine lives. */
typedef struct {
    vrec_go_span name;
    const void *data;
    size_t data_len;
} vrec_go_model_file;

/* Bounds on a call, and a cgo.Handle of who hears its progress, 0 for nobody. */
typedef struct {
    const vrec_cancel_token *cancel;
    uintptr_t listener;
} vrec_go_bounds;

/* The program's reference to the ABI, which a linker or loader refuses in a library of another. */
int32_t vrec_go_abi_check(void);

/* `options` without its pointers, but with the counts of all arrays; `log` is a cgo.Handle, 0 for
 * none. */
typedef struct vrec_go_store {
    vrec_go_span path, device_key;
} vrec_go_store;

int32_t vrec_go_create(vrec_options options, const char *bytes, const uint64_t *offsets, vrec_go_span model_path,
                       vrec_go_span runtime_path, vrec_go_store store, const vrec_go_provider *providers,
                       const vrec_go_model_file *files, const vrec_feature_weight *weights, uintptr_t log,
                       vrec_engine **engine, vrec_error **error);
int32_t vrec_go_train(vrec_engine *engine, vrec_go_bounds bounds, vrec_error **error);
int32_t vrec_go_learn_weights(vrec_engine *engine, uint32_t threads, uint64_t memory_limit_bytes, vrec_go_bounds bounds,
                              vrec_feature_weight *weights, vrec_learned_weights *learned, vrec_error **error);
int32_t vrec_go_train_with(vrec_engine *engine, uint32_t threads, uint64_t memory_limit_bytes, vrec_go_bounds bounds,
                           vrec_error **error);
int32_t vrec_go_wait_for_embeddings(vrec_engine *engine, vrec_go_bounds bounds, vrec_error **error);
/* On success the caller destroys described->description. */
int32_t vrec_go_describe_encoder(vrec_engine *engine, vrec_go_bounds bounds, vrec_go_description *described,
                                 vrec_error **error);
int32_t vrec_go_load_encoder(vrec_engine *engine, vrec_go_bounds bounds, vrec_error **error);
int32_t vrec_go_load_sequence(vrec_engine *engine, const char *path, size_t path_len, vrec_go_bounds bounds,
                              vrec_error **error);
int32_t vrec_go_embed(vrec_engine *engine, const char *text, size_t text_len, float *vector, size_t vector_len,
                      vrec_go_bounds bounds, vrec_error **error);
int32_t vrec_go_embed_batch(vrec_engine *engine, const char *bytes, const uint64_t *offsets, size_t count,
                            float *vectors, size_t vectors_len, vrec_go_bounds bounds, vrec_error **error);
int32_t vrec_go_add_video(vrec_engine *engine, const vrec_go_video *video, VREC_GO_BLOCKS,
                          vrec_go_bounds bounds, vrec_error **error);
int32_t vrec_go_add_videos(vrec_engine *engine, const vrec_go_video *videos, size_t count, VREC_GO_BLOCKS,
                           vrec_go_bounds bounds, vrec_error **error);
int32_t vrec_go_record(vrec_engine *engine, const vrec_go_event *event, const char *bytes, vrec_error **error);
int32_t vrec_go_record_batch(vrec_engine *engine, const vrec_go_event *events, size_t count, const char *bytes,
                             vrec_error **error);
int32_t vrec_go_stats(vrec_engine *engine, vrec_statistics *statistics, vrec_error **error);
/* On success the caller destroys answer->results. */
int32_t vrec_go_ask(vrec_engine *engine, const vrec_go_question *question, const char *bytes, const uint64_t *offsets,
                    const int32_t *kinds, const vrec_feature_weight *weights, const vrec_go_rule *rules,
                    vrec_go_bounds bounds,
                    vrec_go_answer *answer, vrec_error **error);
/* How the video that is the question's subject stands. On success the caller destroys answer->explanation. */
int32_t vrec_go_explain(vrec_engine *engine, const vrec_go_question *question, const char *bytes,
                        const uint64_t *offsets, const int32_t *kinds, const vrec_feature_weight *weights,
                        vrec_go_bounds bounds, vrec_go_explanation *answer, vrec_error **error);
/* On success the caller destroys answer->cards. */
int32_t vrec_go_watch_next(vrec_engine *engine, const vrec_go_question *question, const char *bytes,
                           const uint64_t *offsets, const int32_t *kinds, vrec_go_bounds bounds,
                           vrec_go_watch_next_answer *answer, vrec_error **error);
/* On success the caller destroys answer->screen. */
int32_t vrec_go_home(vrec_engine *engine, const vrec_go_question *question, const vrec_go_home_question *home,
                     const vrec_go_row *rows, size_t row_count, const char *bytes, const uint64_t *offsets,
                     const int32_t *kinds, const vrec_feature_weight *weights, const vrec_go_rule *rules,
                     vrec_go_bounds bounds, vrec_go_home_answer *answer, vrec_error **error);
/* On success the caller destroys answer->neighbours. */
int32_t vrec_go_nearest(vrec_engine *engine, const vrec_go_vector_query *question, VREC_GO_BLOCKS, const int32_t *kinds,
                        vrec_go_bounds bounds, vrec_go_nearest_answer *answer, vrec_error **error);
/* On success the caller destroys the export. */
int32_t vrec_go_profile_export(vrec_engine *engine, const char *bytes, vrec_go_span profile, vrec_go_span salt,
                               vrec_go_span profile_salt, int64_t time_step_ms, uint32_t anonymise,
                               vrec_export **lines, vrec_error **error);
int32_t vrec_go_profile_create(vrec_engine *engine, const char *bytes, vrec_go_span id, vrec_go_span name, int32_t kind,
                               int32_t age_limit, vrec_error **error);
int32_t vrec_go_profile_rename(vrec_engine *engine, const char *bytes, vrec_go_span profile, vrec_go_span name,
                               vrec_error **error);
/* On success the caller destroys answer->profiles. */
int32_t vrec_go_profile_list(vrec_engine *engine, vrec_go_profile_list_answer *answer, vrec_error **error);
int32_t vrec_go_pack_export(vrec_engine *engine, const vrec_go_pack_export_options *given, const char *bytes,
                            const vrec_feature_weight *weights, vrec_go_bounds bounds, vrec_error **error);
int32_t vrec_go_pack_import(vrec_engine *engine, const vrec_go_pack_import_options *given, const char *bytes,
                            const uint8_t *data, vrec_go_bounds bounds, vrec_error **error);
int32_t vrec_go_pack_revert(vrec_engine *engine, vrec_go_bounds bounds, vrec_error **error);
/* Of the pack in use where nothing is given. On success the caller destroys described->description. */
int32_t vrec_go_pack_info(vrec_engine *engine, const vrec_go_pack_import_options *given, const char *bytes,
                          const uint8_t *data, vrec_go_pack *described, vrec_error **error);
int32_t vrec_go_retain(vrec_engine *engine, int64_t max_age_ms, int64_t now_utc_ms, uint64_t max_events,
                       uint64_t *dropped, vrec_error **error);

#endif
