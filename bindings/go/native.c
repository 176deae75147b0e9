#include "native.h"

#include <stdlib.h>

#include "_cgo_export.h"

/* Go's memory does not move while C runs, so these pointers hold for the call. */
#define TEXT(field, span) ((field) = bytes + (span).start, field##_len = (size_t)(span).length)
#define CONTEXT(into, from) \
    ((into).device = (from).device, (into).place = (from).place, (into).company = (from).company, \
     (into).utc_offset_minutes = (from).utc_offset_minutes)
#define TEXTS(block, name, range) \
    ((block) = bytes, name##_offsets = offsets + (range).first, name##_count = (size_t)(range).count)

int32_t vrec_go_abi_check(void) {
    return vrec_abi_1() == VREC_ABI_VERSION ? vrec_abi_check(VREC_ABI_VERSION) : VREC_E_ABI;
}

static void log_message(int32_t level, const char *message, size_t message_len, void *user_data) {
    vrecGoLog(level, (char *)message, message_len, (uintptr_t)user_data);
}

static void tell_progress(uint64_t done, uint64_t total, void *user_data) {
    vrecGoProgress(done, total, (uintptr_t)user_data);
}

static vrec_call_options call_within(vrec_go_bounds bounds) {
    vrec_call_options call = {0};
    call.struct_size = sizeof call;
    call.cancel = bounds.cancel;
    if (bounds.listener != 0) {
        call.progress_callback = tell_progress;
        call.progress_user_data = (void *)bounds.listener;
    }
    return call;
}

static vrec_provider as_provider(const vrec_go_provider *from, const char *bytes, const uint64_t *offsets) {
    vrec_provider provider = {0};
    provider.struct_size = sizeof provider;
    provider.kind = from->kind;
    provider.flags = from->flags;
    TEXT(provider.library_path, from->library_path);
    TEXT(provider.name, from->name);
    provider.option_keys = bytes;
    provider.option_key_offsets = offsets + from->option_keys.first;
    provider.option_values = bytes;
    provider.option_value_offsets = offsets + from->option_values.first;
    provider.option_count = (size_t)from->option_keys.count;
    provider.memory_limit_bytes = from->memory_limit_bytes;
    provider.device_index = from->device_index;
    return provider;
}

static vrec_model_file as_model_file(const vrec_go_model_file *from, const char *bytes) {
    vrec_model_file file = {0};
    file.struct_size = sizeof file;
    TEXT(file.name, from->name);
    file.data = from->data;
    file.data_len = from->data_len;
    return file;
}

int32_t vrec_go_create(vrec_options options, const char *bytes, const uint64_t *offsets, vrec_go_span model_path,
                       vrec_go_span runtime_path, vrec_go_store store, const vrec_go_provider *providers,
                       const vrec_go_model_file *files, const vrec_feature_weight *weights, uintptr_t log,
                       vrec_engine **engine, vrec_error **error) {
    options.struct_size = sizeof options;
    options.feature_weights = weights;
    TEXT(options.model_path, model_path);
    TEXT(options.runtime_path, runtime_path);
    TEXT(options.store_path, store.path);
    options.device_key = (const uint8_t *)bytes + store.device_key.start;
    options.device_key_len = (size_t)store.device_key.length;
    if (log != 0) {
        options.log_callback = log_message;
        options.log_user_data = (void *)log;
    }
    vrec_provider *provider_array = calloc(options.provider_count + 1, sizeof *provider_array);
    vrec_model_file *file_array = calloc(options.model_file_count + 1, sizeof *file_array);
    int32_t status = VREC_E_MEMORY_LIMIT;
    if (provider_array != NULL && file_array != NULL) {
        for (size_t index = 0; index < options.provider_count; index++) {
            provider_array[index] = as_provider(&providers[index], bytes, offsets);
        }
        for (size_t index = 0; index < options.model_file_count; index++) {
            file_array[index] = as_model_file(&files[index], bytes);
        }
        options.providers = provider_array;
        options.provider_stride = sizeof *provider_array;
        options.model_files = file_array;
        options.model_file_stride = sizeof *file_array;
        status = vrec_create(&options, engine, error);
    }
    free(file_array);
    free(provider_array);
    return status;
}

int32_t vrec_go_train(vrec_engine *engine, vrec_go_bounds bounds, vrec_error **error) {
    vrec_call_options call = call_within(bounds);
    return vrec_train(engine, &call, error);
}

int32_t vrec_go_train_with(vrec_engine *engine, uint32_t threads, uint64_t memory_limit_bytes, vrec_go_bounds bounds,
                           vrec_error **error) {
    vrec_call_options call = call_within(bounds);
    vrec_train_options options = {
        .struct_size = sizeof options, .memory_limit_bytes = memory_limit_bytes, .threads = threads};
    return vrec_train_with(engine, &options, &call, error);
}

int32_t vrec_go_learn_weights(vrec_engine *engine, uint32_t threads, uint64_t memory_limit_bytes, vrec_go_bounds bounds,
                              vrec_feature_weight *weights, vrec_learned_weights *learned, vrec_error **error) {
    vrec_call_options call = call_within(bounds);
    vrec_train_options options = {
        .struct_size = sizeof options, .memory_limit_bytes = memory_limit_bytes, .threads = threads};
    learned->struct_size = sizeof *learned;
    return vrec_learn_weights(engine, &options, &call, weights, VREC_MAX_FEATURES, learned, error);
}

int32_t vrec_go_load_sequence(vrec_engine *engine, const char *path, size_t path_len, vrec_go_bounds bounds,
                              vrec_error **error) {
    vrec_call_options call = call_within(bounds);
    return vrec_load_sequence(engine, path, path_len, &call, error);
}

int32_t vrec_go_wait_for_embeddings(vrec_engine *engine, vrec_go_bounds bounds, vrec_error **error) {
    vrec_call_options call = call_within(bounds);
    return vrec_wait_for_embeddings(engine, &call, error);
}

int32_t vrec_go_describe_encoder(vrec_engine *engine, vrec_go_bounds bounds, vrec_go_description *described,
                                 vrec_error **error) {
    vrec_call_options call = call_within(bounds);
    vrec_encoder_description *description = NULL;
    int32_t status = vrec_describe_encoder(engine, &call, &description, error);
    if (status != VREC_OK) {
        return status;
    }
    described->fields.struct_size = sizeof described->fields;
    status = vrec_encoder_description_fields(description, &described->fields, error);
    if (status != VREC_OK) {
        vrec_encoder_description_destroy(description);
        return status;
    }
    described->description = description;
    return VREC_OK;
}

int32_t vrec_go_load_encoder(vrec_engine *engine, vrec_go_bounds bounds, vrec_error **error) {
    vrec_call_options call = call_within(bounds);
    return vrec_load_encoder(engine, &call, error);
}

int32_t vrec_go_embed(vrec_engine *engine, const char *text, size_t text_len, float *vector, size_t vector_len,
                      vrec_go_bounds bounds, vrec_error **error) {
    vrec_call_options call = call_within(bounds);
    return vrec_embed(engine, text, text_len, vector, vector_len, &call, error);
}

int32_t vrec_go_embed_batch(vrec_engine *engine, const char *bytes, const uint64_t *offsets, size_t count,
                            float *vectors, size_t vectors_len, vrec_go_bounds bounds, vrec_error **error) {
    vrec_call_options call = call_within(bounds);
    return vrec_embed_batch(engine, bytes, offsets, count, vectors, vectors_len, &call, error);
}

static vrec_video as_video(const vrec_go_video *from, VREC_GO_BLOCKS) {
    vrec_video video = {0};
    video.struct_size = sizeof video;
    TEXT(video.id, from->id);
    TEXT(video.title, from->title);
    TEXT(video.description, from->description);
    TEXT(video.language, from->language);
    video.tags = bytes;
    video.tag_offsets = offsets + from->tags.first;
    video.tag_count = (size_t)from->tags.count;
    video.comments = bytes;
    video.comment_offsets = offsets + from->comments.first;
    video.comment_count = (size_t)from->comments.count;
    if (from->vector.count != 0) {
        video.vector = floats + from->vector.first;
        video.vector_len = (size_t)from->vector.count;
    }
    video.kind = from->kind;
    video.min_age = from->min_age;
    TEXTS(video.audio_languages, video.audio_language, from->audio_languages);
    TEXTS(video.subtitle_languages, video.subtitle_language, from->subtitle_languages);
    TEXTS(video.entitlements, video.entitlement, from->entitlements);
    video.available_from_utc_ms = from->available_from_utc_ms;
    video.available_until_utc_ms = from->available_until_utc_ms;
    TEXT(video.series_id, from->series_id);
    video.season_number = from->season_number;
    video.episode_number = from->episode_number;
    video.duration_ms = from->duration_ms;
    video.credits_start_ms = from->credits_start_ms;
    return video;
}

int32_t vrec_go_add_video(vrec_engine *engine, const vrec_go_video *video, VREC_GO_BLOCKS,
                          vrec_go_bounds bounds, vrec_error **error) {
    vrec_call_options call = call_within(bounds);
    vrec_video one = as_video(video, bytes, offsets, floats);
    return vrec_add_video(engine, &one, &call, error);
}

int32_t vrec_go_add_videos(vrec_engine *engine, const vrec_go_video *videos, size_t count, VREC_GO_BLOCKS,
                           vrec_go_bounds bounds, vrec_error **error) {
    vrec_call_options call = call_within(bounds);
    vrec_video *array = calloc(count + 1, sizeof *array);
    if (array == NULL) {
        return VREC_E_MEMORY_LIMIT;
    }
    for (size_t index = 0; index < count; index++) {
        array[index] = as_video(&videos[index], bytes, offsets, floats);
    }
    int32_t status = vrec_add_videos(engine, array, count, sizeof *array, &call, error);
    free(array);
    return status;
}

static vrec_event as_event(const vrec_go_event *from, const char *bytes) {
    vrec_event event = {0};
    event.struct_size = sizeof event;
    TEXT(event.profile, from->profile);
    TEXT(event.video_id, from->video_id);
    event.time_utc_ms = from->time_utc_ms;
    event.position_ms = from->position_ms;
    event.duration_ms = from->duration_ms;
    event.kind = from->kind;
    event.rating = from->rating;
    event.durability = from->durability;
    event.within_ms = from->within_ms;
    CONTEXT(event, from->context);
    event.until_utc_ms = from->until_utc_ms;
    event.propensity = from->propensity;
    return event;
}

int32_t vrec_go_record(vrec_engine *engine, const vrec_go_event *event, const char *bytes, vrec_error **error) {
    vrec_event one = as_event(event, bytes);
    return vrec_record(engine, &one, error);
}

int32_t vrec_go_record_batch(vrec_engine *engine, const vrec_go_event *events, size_t count, const char *bytes,
                             vrec_error **error) {
    vrec_event *array = calloc(count + 1, sizeof *array);
    if (array == NULL) {
        return VREC_E_MEMORY_LIMIT;
    }
    for (size_t index = 0; index < count; index++) {
        array[index] = as_event(&events[index], bytes);
    }
    int32_t status = vrec_record_batch(engine, array, count, sizeof *array, error);
    free(array);
    return status;
}

int32_t vrec_go_stats(vrec_engine *engine, vrec_statistics *statistics, vrec_error **error) {
    statistics->struct_size = sizeof *statistics;
    return vrec_stats(engine, statistics, error);
}

static vrec_filter as_filter(const vrec_go_filter *from, const char *bytes, const uint64_t *offsets,
                             const int32_t *kinds) {
    vrec_filter filter = {0};
    filter.struct_size = sizeof filter;
    filter.time_utc_ms = from->time_utc_ms;
    filter.viewer_age = from->viewer_age;
    filter.check_entitlements = from->check_entitlements;
    TEXTS(filter.entitlements, filter.entitlement, from->entitlements);
    if (from->kinds.count != 0) {
        filter.kinds = kinds + from->kinds.first;
        filter.kind_count = (size_t)from->kinds.count;
    }
    TEXTS(filter.audio_languages, filter.audio_language, from->audio_languages);
    TEXTS(filter.subtitle_languages, filter.subtitle_language, from->subtitle_languages);
    TEXTS(filter.any_tags, filter.any_tag, from->any_tags);
    TEXTS(filter.all_tags, filter.all_tag, from->all_tags);
    TEXTS(filter.no_tags, filter.no_tag, from->no_tags);
    return filter;
}

/* The question without its filter, weights and rules. */
static vrec_query as_query(const vrec_go_question *question, const char *bytes, const uint64_t *offsets) {
    vrec_query query = {0};
    query.struct_size = sizeof query;
    TEXT(query.profile, question->profile);
    query.exclude = bytes;
    query.exclude_offsets = offsets + question->exclude.first;
    query.exclude_count = (size_t)question->exclude.count;
    query.limit = question->limit;
    query.watched = question->watched;
    query.min_score = question->min_score;
    query.ranking = question->ranking;
    query.now_utc_ms = question->now_utc_ms;
    CONTEXT(query, question->context);
    query.new_video_share = question->new_video_share;
    query.search_ways = question->search_ways;
    query.diversity_method = question->diversity_method;
    query.diversity = question->diversity;
    query.rotation_seed = question->rotation_seed;
    query.impression_half_life_ms = question->impression_half_life_ms;
    query.impression_strength = question->impression_strength;
    query.rule_budget = (size_t)question->rule_budget;
    query.exploration_method = question->exploration_method;
    query.exploration_slots = question->exploration_slots;
    query.exploration_budget = question->exploration_budget;
    query.exploration_seed = question->exploration_seed;
    return query;
}

static vrec_rule as_rule(const vrec_go_rule *from, const char *bytes) {
    vrec_rule rule = {0};
    rule.struct_size = sizeof rule;
    TEXT(rule.id, from->id);
    rule.action = from->action;
    rule.target = from->target;
    rule.amount = from->amount;
    rule.position = from->position;
    return rule;
}

/* The list that a question asks for. */
static int32_t ask(vrec_engine *engine, const vrec_go_question *question, const char *bytes, const vrec_query *query,
                   const vrec_call_options *call, vrec_results **results, vrec_error **error) {
    const char *subject = bytes + question->subject.start;
    size_t subject_len = (size_t)question->subject.length;
    switch (question->from) {
    case VREC_GO_TASTE:
        return vrec_recommend(engine, query, call, results, error);
    case VREC_GO_VIDEO:
        return vrec_similar(engine, subject, subject_len, query, call, results, error);
    default:
        return vrec_search(engine, subject, subject_len, query, call, results, error);
    }
}

int32_t vrec_go_ask(vrec_engine *engine, const vrec_go_question *question, const char *bytes, const uint64_t *offsets,
                    const int32_t *kinds, const vrec_feature_weight *weights, const vrec_go_rule *rules,
                    vrec_go_bounds bounds,
                    vrec_go_answer *answer, vrec_error **error) {
    vrec_call_options call = call_within(bounds);
    vrec_query query = as_query(question, bytes, offsets);
    query.feature_weights = weights;
    query.feature_weight_count = (size_t)question->feature_weight_count;
    vrec_filter filter = as_filter(&question->filter, bytes, offsets, kinds);
    query.filter = question->has_filter ? &filter : NULL;

    size_t rule_count = (size_t)question->rule_count;
    vrec_rule *rule_array = calloc(rule_count + 1, sizeof *rule_array);
    if (rule_array == NULL) {
        return VREC_E_MEMORY_LIMIT;
    }
    for (size_t index = 0; index < rule_count; index++) {
        rule_array[index] = as_rule(&rules[index], bytes);
    }
    query.rules = rule_array;
    query.rule_count = rule_count;
    query.rule_stride = sizeof *rule_array;

    vrec_results *results = NULL;
    int32_t status = ask(engine, question, bytes, &query, &call, &results, error);
    free(rule_array);
    if (status != VREC_OK) {
        return status;
    }
    answer->columns.struct_size = sizeof answer->columns;
    status = vrec_results_columns(results, &answer->columns, error);
    if (status == VREC_OK && question->with_reasons) {
        answer->reasons.struct_size = sizeof answer->reasons;
        status = vrec_results_reasons(results, &answer->reasons, error);
    }
    if (status != VREC_OK) {
        vrec_results_destroy(results);
        return status;
    }
    answer->results = results;
    return VREC_OK;
}

int32_t vrec_go_explain(vrec_engine *engine, const vrec_go_question *question, const char *bytes,
                        const uint64_t *offsets, const int32_t *kinds, const vrec_feature_weight *weights,
                        vrec_go_bounds bounds, vrec_go_explanation *answer, vrec_error **error) {
    vrec_call_options call = call_within(bounds);
    vrec_query query = as_query(question, bytes, offsets);
    query.feature_weights = weights;
    query.feature_weight_count = (size_t)question->feature_weight_count;
    vrec_filter filter = as_filter(&question->filter, bytes, offsets, kinds);
    query.filter = question->has_filter ? &filter : NULL;

    const char *video_id = bytes + question->subject.start;
    size_t video_id_len = (size_t)question->subject.length;
    vrec_explanation *explanation = NULL;
    int32_t status = vrec_explain(engine, &query, video_id, video_id_len, &call, &explanation, error);
    if (status != VREC_OK) {
        return status;
    }
    answer->fields.struct_size = sizeof answer->fields;
    answer->reasons.struct_size = sizeof answer->reasons;
    status = vrec_explanation_fields(explanation, &answer->fields, error);
    if (status == VREC_OK) {
        status = vrec_explanation_reasons(explanation, &answer->reasons, error);
    }
    if (status != VREC_OK) {
        vrec_explanation_destroy(explanation);
        return status;
    }
    answer->explanation = explanation;
    return VREC_OK;
}

int32_t vrec_go_watch_next(vrec_engine *engine, const vrec_go_question *question, const char *bytes,
                           const uint64_t *offsets, const int32_t *kinds, vrec_go_bounds bounds,
                           vrec_go_watch_next_answer *answer, vrec_error **error) {
    vrec_call_options call = call_within(bounds);
    vrec_query query = as_query(question, bytes, offsets);
    vrec_filter filter = as_filter(&question->filter, bytes, offsets, kinds);
    query.filter = question->has_filter ? &filter : NULL;

    vrec_watch_cards *cards = NULL;
    int32_t status = vrec_watch_next(engine, &query, &call, &cards, error);
    if (status != VREC_OK) {
        return status;
    }
    answer->columns.struct_size = sizeof answer->columns;
    status = vrec_watch_cards_columns(cards, &answer->columns, error);
    if (status != VREC_OK) {
        vrec_watch_cards_destroy(cards);
        return status;
    }
    answer->cards = cards;
    return VREC_OK;
}

/* An array of the question's rules, to be freed; NULL where there is no memory. */
static vrec_rule *as_rules(const vrec_go_question *question, const vrec_go_rule *rules, const char *bytes) {
    size_t count = (size_t)question->rule_count;
    vrec_rule *array = calloc(count + 1, sizeof *array);
    for (size_t index = 0; array != NULL && index < count; index++) {
        array[index] = as_rule(&rules[index], bytes);
    }
    return array;
}

/* The same of a home screen's rows. */
static vrec_row_query *as_rows(const vrec_go_row *rows, size_t count, const char *bytes) {
    vrec_row_query *array = calloc(count + 1, sizeof *array);
    for (size_t index = 0; array != NULL && index < count; index++) {
        array[index].struct_size = sizeof array[index];
        array[index].kind = rows[index].kind;
        array[index].size = rows[index].size;
        TEXT(array[index].seed_id, rows[index].seed_id);
    }
    return array;
}

static int32_t home_columns(const vrec_home_screen *screen, int32_t with_reasons, vrec_go_home_answer *answer,
                            vrec_error **error) {
    answer->rows.struct_size = sizeof answer->rows;
    answer->items.struct_size = sizeof answer->items;
    answer->results.struct_size = sizeof answer->results;
    answer->reasons.struct_size = sizeof answer->reasons;
    const vrec_results *results = vrec_home_screen_results(screen);
    int32_t status = vrec_home_screen_rows(screen, &answer->rows, error);
    if (status == VREC_OK) {
        status = vrec_home_screen_items(screen, &answer->items, error);
    }
    if (status == VREC_OK) {
        status = vrec_results_columns(results, &answer->results, error);
    }
    if (status == VREC_OK && with_reasons) {
        status = vrec_results_reasons(results, &answer->reasons, error);
    }
    return status;
}

int32_t vrec_go_home(vrec_engine *engine, const vrec_go_question *question, const vrec_go_home_question *home,
                     const vrec_go_row *rows, size_t row_count, const char *bytes, const uint64_t *offsets,
                     const int32_t *kinds, const vrec_feature_weight *weights, const vrec_go_rule *rules,
                     vrec_go_bounds bounds, vrec_go_home_answer *answer, vrec_error **error) {
    vrec_call_options call = call_within(bounds);
    vrec_query query = as_query(question, bytes, offsets);
    query.feature_weights = weights;
    query.feature_weight_count = (size_t)question->feature_weight_count;
    vrec_filter filter = as_filter(&question->filter, bytes, offsets, kinds);
    query.filter = question->has_filter ? &filter : NULL;

    vrec_rule *rule_array = as_rules(question, rules, bytes);
    vrec_row_query *asked = as_rows(rows, row_count, bytes);
    if (rule_array == NULL || asked == NULL) {
        free(rule_array);
        free(asked);
        return VREC_E_MEMORY_LIMIT;
    }
    query.rules = rule_array;
    query.rule_count = (size_t)question->rule_count;
    query.rule_stride = sizeof *rule_array;
    vrec_home_query home_query = {0};
    home_query.struct_size = sizeof home_query;
    home_query.query = &query;
    home_query.rows = asked;
    home_query.row_count = row_count;
    home_query.row_stride = sizeof *asked;
    home_query.row_limit = home->row_limit;
    home_query.row_size = home->row_size;
    home_query.row_minimum = home->row_minimum;
    home_query.new_days = home->new_days;
    home_query.leaving_days = home->leaving_days;

    vrec_home_screen *screen = NULL;
    int32_t status = vrec_home(engine, &home_query, &call, &screen, error);
    free(rule_array);
    free(asked);
    if (status == VREC_OK) {
        status = home_columns(screen, question->with_reasons, answer, error);
    }
    if (status != VREC_OK) {
        vrec_home_screen_destroy(screen);
        return status;
    }
    answer->screen = screen;
    return VREC_OK;
}

int32_t vrec_go_nearest(vrec_engine *engine, const vrec_go_vector_query *question, VREC_GO_BLOCKS, const int32_t *kinds,
                        vrec_go_bounds bounds, vrec_go_nearest_answer *answer, vrec_error **error) {
    vrec_call_options call = call_within(bounds);
    vrec_vector_query query = {0};
    query.struct_size = sizeof query;
    if (floats != NULL) {
        query.vectors = floats + question->first_vector;
        query.weights = question->weights.count != 0 ? floats + question->weights.first : NULL;
    }
    query.vector_count = (size_t)question->vector_count;
    query.vector_len = (size_t)question->vector_len;
    TEXT(query.language, question->language);
    query.fusion = question->fusion;
    query.limit = question->limit;
    query.min_score = question->min_score;
    query.centring = question->centring;
    vrec_filter filter = as_filter(&question->filter, bytes, offsets, kinds);
    query.filter = question->has_filter ? &filter : NULL;

    vrec_neighbours *neighbours = NULL;
    int32_t status = vrec_nearest(engine, &query, &call, &neighbours, error);
    if (status != VREC_OK) {
        return status;
    }
    answer->columns.struct_size = sizeof answer->columns;
    status = vrec_neighbours_columns(neighbours, &answer->columns, error);
    if (status != VREC_OK) {
        vrec_neighbours_destroy(neighbours);
        return status;
    }
    answer->neighbours = neighbours;
    return VREC_OK;
}

int32_t vrec_go_profile_export(vrec_engine *engine, const char *bytes, vrec_go_span profile, vrec_go_span salt,
                               vrec_go_span profile_salt, int64_t time_step_ms, uint32_t anonymise,
                               vrec_export **lines, vrec_error **error) {
    vrec_export_options options = {0};
    options.struct_size = sizeof options;
    options.salt = (const uint8_t *)bytes + salt.start;
    options.salt_len = (size_t)salt.length;
    options.profile_salt = (const uint8_t *)bytes + profile_salt.start;
    options.profile_salt_len = (size_t)profile_salt.length;
    options.time_step_ms = time_step_ms;
    options.anonymise = anonymise;
    return vrec_profile_export(engine, bytes + profile.start, (size_t)profile.length, &options, lines, error);
}

int32_t vrec_go_profile_create(vrec_engine *engine, const char *bytes, vrec_go_span id, vrec_go_span name, int32_t kind,
                               int32_t age_limit, vrec_error **error) {
    vrec_profile profile = {0};
    profile.struct_size = sizeof profile;
    TEXT(profile.id, id);
    TEXT(profile.name, name);
    profile.kind = kind;
    profile.age_limit = age_limit;
    return vrec_profile_create(engine, &profile, error);
}

int32_t vrec_go_profile_rename(vrec_engine *engine, const char *bytes, vrec_go_span profile, vrec_go_span name,
                               vrec_error **error) {
    return vrec_profile_rename(engine, bytes + profile.start, (size_t)profile.length, bytes + name.start,
                               (size_t)name.length, error);
}

int32_t vrec_go_profile_list(vrec_engine *engine, vrec_go_profile_list_answer *answer, vrec_error **error) {
    vrec_profiles *profiles = NULL;
    int32_t status = vrec_profile_list(engine, &profiles, error);
    if (status != VREC_OK) {
        return status;
    }
    answer->columns.struct_size = sizeof answer->columns;
    status = vrec_profiles_columns(profiles, &answer->columns, error);
    if (status != VREC_OK) {
        vrec_profiles_destroy(profiles);
        return status;
    }
    answer->profiles = profiles;
    return VREC_OK;
}

int32_t vrec_go_retain(vrec_engine *engine, int64_t max_age_ms, int64_t now_utc_ms, uint64_t max_events,
                       uint64_t *dropped, vrec_error **error) {
    vrec_retention retention = {0};
    retention.struct_size = sizeof retention;
    retention.max_age_ms = max_age_ms;
    retention.now_utc_ms = now_utc_ms;
    retention.max_events = max_events;
    return vrec_retain(engine, &retention, dropped, error);
}

int32_t vrec_go_pack_export(vrec_engine *engine, const vrec_go_pack_export_options *given, const char *bytes,
                            const vrec_feature_weight *weights, vrec_go_bounds bounds, vrec_error **error) {
    vrec_call_options call = call_within(bounds);
    vrec_pack_export_options options = {0};
    options.struct_size = sizeof options;
    TEXT(options.path, given->path);
    TEXT(options.line, given->line);
    TEXT(options.base_path, given->base_path);
    options.number = given->number;
    options.created_utc_ms = given->created;
    options.signing_key = (const uint8_t *)bytes + given->key.start;
    options.signing_key_len = (size_t)given->key.length;
    options.epsilon = given->epsilon;
    options.delta = given->delta;
    options.most_watches = given->watches;
    options.least_profiles = given->profiles;
    options.transitions_per_item = given->transitions;
    options.pairs_per_item = given->pairs;
    options.weights_per_item = given->weights;
    options.trend_days = given->trend_days;
    options.with_vectors = given->vectors;
    options.without_sequence = given->without_sequence;
    options.feature_weights = weights;
    options.feature_weight_count = given->feature_weight_count;
    return vrec_pack_export(engine, &options, &call, error);
}

static vrec_pack_import_options as_pack_import(const vrec_go_pack_import_options *given, const char *bytes,
                                               const uint8_t *data) {
    vrec_pack_import_options options = {0};
    options.struct_size = sizeof options;
    TEXT(options.path, given->path);
    TEXT(options.line, given->line);
    options.data = data;
    options.data_len = given->data_len;
    options.trusted_keys = (const uint8_t *)bytes + given->keys.start;
    options.trusted_key_count = given->key_count;
    options.most_file_bytes = given->file_bytes;
    options.most_content_bytes = given->content_bytes;
    return options;
}

int32_t vrec_go_pack_import(vrec_engine *engine, const vrec_go_pack_import_options *given, const char *bytes,
                            const uint8_t *data, vrec_go_bounds bounds, vrec_error **error) {
    vrec_call_options call = call_within(bounds);
    vrec_pack_import_options options = as_pack_import(given, bytes, data);
    return vrec_pack_import(engine, &options, &call, error);
}

int32_t vrec_go_pack_revert(vrec_engine *engine, vrec_go_bounds bounds, vrec_error **error) {
    vrec_call_options call = call_within(bounds);
    return vrec_pack_revert(engine, &call, error);
}

int32_t vrec_go_pack_info(vrec_engine *engine, const vrec_go_pack_import_options *given, const char *bytes,
                          const uint8_t *data, vrec_go_pack *described, vrec_error **error) {
    vrec_pack_import_options options = {0};
    if (given != NULL) {
        options = as_pack_import(given, bytes, data);
    }
    vrec_pack_description *description = NULL;
    int32_t status = vrec_pack_info(engine, given == NULL ? NULL : &options, &description, error);
    if (status != VREC_OK) {
        return status;
    }
    described->fields.struct_size = sizeof described->fields;
    status = vrec_pack_description_fields(description, &described->fields, error);
    if (status != VREC_OK) {
        vrec_pack_description_destroy(description);
        return status;
    }
    described->description = description;
    return VREC_OK;
}
