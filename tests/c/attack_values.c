/* Values at and past their limits: vectors that are no vectors, enum values nobody knows, reserved
 * fields, ids, texts and numbers one past the last allowed. A refusal leaves the engine as it was. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "fixture.h"

enum { LONGEST_VECTOR = 8192, LONGEST_ID = 255, LONGEST_TITLE = 4096, LONGEST_TEXT = 65536, MOST_TEXTS = 256 };

static vrec_engine *engine;
static float plane_vector[PLANE] = {1, 0, 0, 0};
/* As long as any text here, and more. */
static char letters[2 * LONGEST_TEXT];

static int32_t add(const vrec_video *video, vrec_error **error)
{
    return vrec_add_video(engine, video, NULL, error);
}

/* --- vectors ------------------------------------------------------------------------------------ */

static void vectors_that_are_not_finite_are_refused(void)
{
    float wrong[] = {NAN, -NAN, INFINITY, -INFINITY};
    for (size_t index = 0; index < sizeof wrong / sizeof wrong[0]; index++) {
        for (size_t element = 0; element < PLANE; element++) {
            float vector[PLANE] = {1, 1, 1, 1};
            vector[element] = wrong[index];
            vrec_video video = video_with_vector("a", vector);
            check_case("%g as element %zu", (double)wrong[index], element);
            CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "vector", add(&video, error));
        }
    }
}

static void vectors_of_zero_are_refused(void)
{
    float zero[PLANE] = {0, -0.0F, 0, -0.0F};
    vrec_video video = video_with_vector("a", zero);
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "vector", add(&video, error));
}

static void vectors_of_another_length_are_refused(void)
{
    static float long_vector[LONGEST_VECTOR + 1] = {1};
    size_t wrong[] = {1, PLANE - 1, PLANE + 1, LONGEST_VECTOR};
    for (size_t index = 0; index < sizeof wrong / sizeof wrong[0]; index++) {
        vrec_video video = video_with_vector("a", long_vector);
        video.vector_len = wrong[index];
        check_case("%zu elements", wrong[index]);
        CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "vector", add(&video, error));
    }
}

static void vectors_past_the_longest_are_refused_unread(void)
{
    size_t wrong[] = {LONGEST_VECTOR + 1, (size_t)1 << 40, SIZE_MAX / 4, SIZE_MAX};
    for (size_t index = 0; index < sizeof wrong / sizeof wrong[0]; index++) {
        vrec_video video = video_with_vector("a", unreadable());
        video.vector_len = wrong[index];
        check_case("%zu elements", wrong[index]);
        CHECK_REFUSED(VREC_E_LIMIT, "vector", add(&video, error));
    }
}

static void the_longest_vector_is_taken(void)
{
    float *vector = memory_before_guard(LONGEST_VECTOR * sizeof *vector);
    vector[LONGEST_VECTOR - 1] = 1;
    vrec_video video = video_with_vector("a", vector);
    video.vector_len = LONGEST_VECTOR;
    vrec_engine *other = make_engine();
    CHECK_OK(vrec_add_video(other, &video, NULL, error));
    vrec_destroy(other);
}

static void a_vector_needs_no_alignment(void)
{
    char memory[sizeof plane_vector + 1];
    memcpy(memory + 1, plane_vector, sizeof plane_vector);
    vrec_video video = video_with_vector("a", (const float *)(const void *)(memory + 1));
    CHECK_OK(add(&video, error));
}

/* --- ids and texts ------------------------------------------------------------------------------ */

static void ids_have_1_to_255_bytes_without_nul(void)
{
    vrec_video video = video_with_vector("", plane_vector);
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "id", add(&video, error));
    video.id = letters;
    video.id_len = LONGEST_ID + 1;
    CHECK_REFUSED(VREC_E_LIMIT, "255", add(&video, error));
    video.id = "a\0b";
    video.id_len = 3;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "id", add(&video, error));
    video.id = letters;
    video.id_len = LONGEST_ID;
    CHECK_OK(add(&video, error));
    CHECK_OK(vrec_remove_videos(engine, letters, (uint64_t[]){0, LONGEST_ID}, 1, error));
}

static void profiles_have_1_to_255_bytes_without_nul(void)
{
    vrec_results *results = NULL;
    vrec_event event = event_of(NULL, "a", VREC_EVENT_SELECT);
    vrec_query query = query_for(NULL);
    event.profile = query.profile = letters;
    event.profile_len = query.profile_len = LONGEST_ID + 1;
    CHECK_REFUSED(VREC_E_LIMIT, "profile", vrec_record(engine, &event, error));
    CHECK_REFUSED(VREC_E_LIMIT, "profile", vrec_recommend(engine, &query, NULL, &results, error));
    event.profile = query.profile = "p\0q";
    event.profile_len = query.profile_len = 3;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "profile", vrec_record(engine, &event, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "profile", vrec_recommend(engine, &query, NULL, &results, error));
    event.profile = query.profile = letters;
    event.profile_len = query.profile_len = LONGEST_ID;
    CHECK_OK(vrec_record(engine, &event, error));
    CHECK_OK(vrec_recommend(engine, &query, NULL, &results, error));
    vrec_results_destroy(results);
}

static void titles_and_descriptions_end_at_their_limits(void)
{
    vrec_video video = video_with_vector("v", plane_vector);
    video.title = letters;
    video.title_len = LONGEST_TITLE;
    video.description = letters;
    video.description_len = LONGEST_TEXT;
    CHECK_OK(add(&video, error));
    video.title_len = LONGEST_TITLE + 1;
    CHECK_REFUSED(VREC_E_LIMIT, "title", add(&video, error));
    CHECK_REFUSED(VREC_E_LIMIT, "4096", add(&video, error));
    video.title_len = 0;
    video.description_len = LONGEST_TEXT + 1;
    CHECK_REFUSED(VREC_E_LIMIT, "description", add(&video, error));
    CHECK_REFUSED(VREC_E_LIMIT, "65536", add(&video, error));
}

typedef void (*list_setter)(vrec_video *video, const uint64_t *offsets, size_t count);

static void set_tags(vrec_video *video, const uint64_t *offsets, size_t count)
{
    video->tags = letters;
    video->tag_offsets = offsets;
    video->tag_count = count;
}

static void set_comments(vrec_video *video, const uint64_t *offsets, size_t count)
{
    video->comments = letters;
    video->comment_offsets = offsets;
    video->comment_count = count;
}

/* Adds a video with this many equal texts in a list. */
static int32_t add_list(list_setter set, size_t count, uint64_t bytes_each, vrec_error **error)
{
    uint64_t offsets[MOST_TEXTS + 2];
    for (size_t index = 0; index <= count; index++) {
        offsets[index] = index * bytes_each;
    }
    vrec_video video = video_with_vector("v", plane_vector);
    set(&video, offsets, count);
    return add(&video, error);
}

static void tags_and_comments_end_at_their_limits(void)
{
    const struct {
        const char *name;
        list_setter set;
    } lists[] = {{"tags", set_tags}, {"comments", set_comments}};
    for (size_t index = 0; index < 2; index++) {
        list_setter set = lists[index].set;
        check_case("%s", lists[index].name);
        CHECK_OK(add_list(set, MOST_TEXTS, 1, error));
        CHECK_REFUSED(VREC_E_LIMIT, lists[index].name, add_list(set, MOST_TEXTS + 1, 1, error));
        CHECK_OK(add_list(set, 2, LONGEST_TEXT / 2 - 2, error));
        CHECK_REFUSED(VREC_E_LIMIT, lists[index].name, add_list(set, 2, LONGEST_TEXT / 2 + 1, error));
        CHECK_REFUSED(VREC_E_LIMIT, lists[index].name, add_list(set, 1, LONGEST_TEXT + 1, error));
    }
}

/* "At most 256 tags, 65536 bytes together": what lies between the offsets counts, and no more. */
static void tags_and_comments_may_have_65536_bytes_together(void)
{
    CHECK_OK(add_list(set_tags, 1, LONGEST_TEXT, error));
    CHECK_OK(add_list(set_tags, MOST_TEXTS, LONGEST_TEXT / MOST_TEXTS, error));
    CHECK_OK(add_list(set_comments, 1, LONGEST_TEXT, error));
    CHECK_OK(add_list(set_comments, MOST_TEXTS, LONGEST_TEXT / MOST_TEXTS, error));
}

static void texts_may_hold_any_characters(void)
{
    vrec_video video = video_with_vector("\xF0\x9F\x8E\xAC \"\n\\", plane_vector);
    video.title = "a\0b \xEF\xBF\xBF \xF4\x8F\xBF\xBF";
    video.title_len = 12;
    CHECK_OK(add(&video, error));
    vrec_results *results = NULL;
    CHECK_REFUSED(VREC_E_NOT_FOUND, "video_id",
                  vrec_similar(engine, TEXT("\n\r\x1B[31m\xE2\x80\xA8"), NULL, NULL, &results, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "video_id contains a NUL byte",
                  vrec_similar(engine, TEXT("a\0b"), NULL, NULL, &results, error));
    CHECK_OK(vrec_remove_videos(engine, video.id, (uint64_t[]){0, video.id_len}, 1, error));
}

/* --- numbers and codes -------------------------------------------------------------------------- */

static void unknown_kinds_of_events_are_refused(void)
{
    int32_t wrong[] = {0, VREC_EVENT_SNOOZE + 1, -1, INT32_MAX, INT32_MIN, 256 + VREC_EVENT_LIKE};
    for (size_t index = 0; index < sizeof wrong / sizeof wrong[0]; index++) {
        vrec_event event = event_of(NULL, "a", wrong[index]);
        check_case("kind %d", (int)wrong[index]);
        CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "kind", vrec_record(engine, &event, error));
    }
}

static void a_search_has_no_video_and_all_else_needs_one(void)
{
    for (int32_t kind = VREC_EVENT_IMPRESSION; kind <= VREC_EVENT_SNOOZE; kind++) {
        vrec_event event = event_of(NULL, kind == VREC_EVENT_SEARCH ? "a" : "", kind);
        event.rating = kind == VREC_EVENT_RATE ? 1.0F : 0.0F;
        check_case("kind %d", (int)kind);
        CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "video_id", vrec_record(engine, &event, error));
    }
}

static void unknown_videos_are_not_found(void)
{
    vrec_event event = event_of(NULL, "nowhere", VREC_EVENT_LIKE);
    CHECK_REFUSED(VREC_E_NOT_FOUND, "nowhere", vrec_record(engine, &event, error));
}

static void positions_and_durations_are_not_negative(void)
{
    int64_t wrong[] = {-1, INT64_MIN};
    for (size_t index = 0; index < 2; index++) {
        vrec_event event = event_of(NULL, "a", VREC_EVENT_STOP);
        event.position_ms = wrong[index];
        CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "position_ms", vrec_record(engine, &event, error));
        event.position_ms = 0;
        event.duration_ms = wrong[index];
        CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "duration_ms", vrec_record(engine, &event, error));
    }
}

static void extreme_times_are_taken(void)
{
    int64_t extremes[] = {0, 1, INT64_MAX};
    int64_t times[] = {INT64_MIN, -1, INT64_MAX};
    for (size_t position = 0; position < 3; position++) {
        for (size_t duration = 0; duration < 3; duration++) {
            vrec_event event = event_of("extreme", "a", VREC_EVENT_PROGRESS);
            event.position_ms = extremes[position];
            event.duration_ms = extremes[duration];
            event.time_utc_ms = times[position];
            CHECK_OK(vrec_record(engine, &event, error));
        }
    }
    vrec_query query = query_for("extreme");
    query.watched = VREC_WATCHED_INCLUDE;
    CHECK(strlen(recommended(engine, &query)) > 0);
}

static void ratings_lie_between_half_a_star_and_five(void)
{
    float wrong[] = {0, 0.49F, 5.01F, -1, NAN, INFINITY, -INFINITY};
    float right[] = {0.5F, 3, 5};
    for (size_t index = 0; index < sizeof wrong / sizeof wrong[0]; index++) {
        vrec_event event = event_of(NULL, "a", VREC_EVENT_RATE);
        event.rating = wrong[index];
        check_case("%g stars", (double)wrong[index]);
        CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "rating", vrec_record(engine, &event, error));
        if (wrong[index] != 0.0F) {
            event.kind = VREC_EVENT_LIKE;
            CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "rating", vrec_record(engine, &event, error));
        }
    }
    for (size_t index = 0; index < sizeof right / sizeof right[0]; index++) {
        vrec_event event = event_of("rater", "a", VREC_EVENT_RATE);
        event.rating = right[index];
        CHECK_OK(vrec_record(engine, &event, error));
    }
}

static int32_t ask(const vrec_query *query, const vrec_call_options *call, vrec_error **error)
{
    vrec_results *results = NULL;
    int32_t status = vrec_similar(engine, TEXT("a"), query, call, &results, error);
    vrec_results_destroy(results);
    return status;
}

static void queries_past_their_limits_are_refused(void)
{
    int32_t unknown[] = {3, -1, INT32_MAX, INT32_MIN};
    float wrong_scores[] = {1.01F, -1.01F, NAN, INFINITY, -INFINITY};
    vrec_query query = query_for(NULL);
    query.limit = 10000;
    CHECK_OK(ask(&query, NULL, error));
    query.limit = 10001;
    CHECK_REFUSED(VREC_E_LIMIT, "limit", ask(&query, NULL, error));
    query.limit = UINT32_MAX;
    CHECK_REFUSED(VREC_E_LIMIT, "limit", ask(&query, NULL, error));
    query = query_for(NULL);
    for (size_t index = 0; index < sizeof unknown / sizeof unknown[0]; index++) {
        query.watched = unknown[index];
        CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "watched", ask(&query, NULL, error));
    }
    query = query_for(NULL);
    for (size_t index = 0; index < sizeof wrong_scores / sizeof wrong_scores[0]; index++) {
        query.min_score = wrong_scores[index];
        CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "min_score", ask(&query, NULL, error));
    }
}

/* The message of a refusal names the field. */
static void circumstances_have_known_values(void)
{
    static const struct {
        const char *name;
        size_t in_event;
        size_t in_query;
        int32_t least;
        int32_t most;
    } fields[] = {
#define FIELD(name, least, most) {#name, offsetof(vrec_event, name), offsetof(vrec_query, name), least, most}
        FIELD(device, VREC_DEVICE_UNKNOWN, VREC_DEVICE_OTHER),
        FIELD(place, VREC_PLACE_UNKNOWN, VREC_PLACE_TRAVELLING),
        FIELD(company, VREC_COMPANY_UNKNOWN, VREC_COMPANY_FRIENDS),
        FIELD(utc_offset_minutes, -VREC_MAX_UTC_OFFSET_MINUTES, VREC_MAX_UTC_OFFSET_MINUTES),
    };
    for (size_t index = 0; index < sizeof fields / sizeof fields[0]; index++) {
        int32_t values[] = {fields[index].least, fields[index].most, fields[index].least - 1, fields[index].most + 1,
                            65536, INT32_MAX, INT32_MIN};
        for (size_t at = 0; at < sizeof values / sizeof values[0]; at++) {
            vrec_event event = event_of(NULL, "a", VREC_EVENT_IMPRESSION);
            vrec_query query = query_for(NULL);
            memcpy((char *)&event + fields[index].in_event, &values[at], sizeof values[at]);
            memcpy((char *)&query + fields[index].in_query, &values[at], sizeof values[at]);
            check_case("%s %d", fields[index].name, (int)values[at]);
            if (at < 2) {
                CHECK_OK(vrec_record(engine, &event, error));
                CHECK_OK(ask(&query, NULL, error));
            } else {
                CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, fields[index].name, vrec_record(engine, &event, error));
                CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, fields[index].name, ask(&query, NULL, error));
            }
        }
    }
    check_case(NULL);
    vrec_event events[] = {event_of(NULL, "a", VREC_EVENT_LIKE), event_of(NULL, "a", VREC_EVENT_LIKE)};
    events[1].place = -1;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "events[1]: place -1",
                  vrec_record_batch(engine, events, 2, sizeof events[0], error));
}

static void rankings_are_known_and_a_blend_has_no_threshold(void)
{
    int32_t unknown[] = {VREC_RANKING_BLEND + 1, -1, INT32_MAX, INT32_MIN};
    vrec_query query = query_for(NULL);
    vrec_results *results = NULL;
    for (size_t index = 0; index < sizeof unknown / sizeof unknown[0]; index++) {
        check_case("ranking %d", (int)unknown[index]);
        query.ranking = unknown[index];
        CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "ranking", ask(&query, NULL, error));
        CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "ranking", vrec_similar(engine, TEXT("a"), &query, NULL, &results, error));
    }
    check_case(NULL);
    query.ranking = VREC_RANKING_BLEND;
    query.min_score = 0.5F;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "min_score", ask(&query, NULL, error));
    int64_t times[] = {INT64_MIN, -1, 1, INT64_MAX};
    query.min_score = 0;
    for (size_t index = 0; index < sizeof times / sizeof times[0]; index++) {
        query.now_utc_ms = times[index];
        query.utc_offset_minutes = times[index] < 0 ? -VREC_MAX_UTC_OFFSET_MINUTES : VREC_MAX_UTC_OFFSET_MINUTES;
        CHECK_OK(ask(&query, NULL, error));
    }
}

enum { FEATURES = VREC_FEATURE_SEQUENCE + 1 };

/* Counted so, by an engine that is created and by a list that is asked for: both must say the same. */
static int32_t count_by(const vrec_feature_weight *weights, size_t count, vrec_error **error)
{
    vrec_query query = query_for(NULL);
    query.feature_weights = weights;
    query.feature_weight_count = count;
    query.ranking = VREC_RANKING_BLEND;
    vrec_results *results = NULL;
    int32_t of_similar = ask(&query, NULL, NULL);
    int32_t of_query = vrec_recommend(engine, &query, NULL, &results, NULL);
    vrec_results_destroy(results);
    vrec_engine *created = NULL;
    vrec_options options = {.struct_size = sizeof options, .feature_weights = weights, .feature_weight_count = count};
    int32_t of_options = vrec_create(&options, &created, error);
    CHECK_NUMBER(of_options, of_query);
    CHECK_NUMBER(of_options, of_similar);
    CHECK_NUMBER(of_options == VREC_OK, created != NULL);
    vrec_destroy(created);
    return of_options;
}

static void features_are_known_and_stand_once(void)
{
    int32_t unknown[] = {FEATURES, -1, INT32_MAX, INT32_MIN};
    vrec_feature_weight weights[FEATURES + 1];
    for (int32_t feature = 0; feature < FEATURES; feature++) {
        weights[feature] = (vrec_feature_weight){.feature = feature, .weight = 1};
    }
    weights[FEATURES] = weights[0];
    CHECK_OK(count_by(weights, FEATURES, error));
    CHECK_OK(count_by(weights, 1, error));
    CHECK_OK(count_by(weights, 0, error));
    CHECK_OK(count_by(unreadable(), 0, error));
    CHECK_REFUSED(VREC_E_LIMIT, "feature_weight_count", count_by(weights, FEATURES + 1, error));
    CHECK_REFUSED(VREC_E_LIMIT, "feature_weight_count", count_by(unreadable(), SIZE_MAX, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "feature_weights is NULL", count_by(NULL, 1, error));
    for (size_t index = 0; index < sizeof unknown / sizeof unknown[0]; index++) {
        check_case("feature %d", (int)unknown[index]);
        weights[1].feature = unknown[index];
        CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "feature_weights[1]: feature", count_by(weights, 2, error));
    }
    check_case(NULL);
    weights[1].feature = 5;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "feature_weights[5]: feature 5 stands there twice",
                  count_by(weights, 6, error));
    char moved[sizeof weights + 1];
    memcpy(moved + 1, weights, sizeof weights[0]);
    CHECK_OK(count_by((const vrec_feature_weight *)(const void *)(moved + 1), 1, error));
}

static void weights_and_shares_end_at_their_limits(void)
{
    float right[] = {0, -0.0F, 1000, -1000, 1e-40F};
    float wrong[] = {1000.1F, -1000.1F, NAN, INFINITY, -INFINITY};
    vrec_feature_weight weights[] = {{VREC_FEATURE_TASTE, 1}, {VREC_FEATURE_TREND, 0}};
    for (size_t index = 0; index < sizeof right / sizeof right[0]; index++) {
        weights[1].weight = right[index];
        CHECK_OK(count_by(weights, 2, error));
    }
    for (size_t index = 0; index < sizeof wrong / sizeof wrong[0]; index++) {
        weights[1].weight = wrong[index];
        CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "feature_weights[1]: the weight of trend",
                      count_by(weights, 2, error));
    }
    float shares[] = {0, 0.3F, 1, -1, -1e-40F};
    float wrong_shares[] = {1.001F, -1.001F, NAN, INFINITY, -INFINITY};
    vrec_query query = query_for(NULL);
    for (size_t index = 0; index < sizeof shares / sizeof shares[0]; index++) {
        query.new_video_share = shares[index];
        CHECK_OK(ask(&query, NULL, error));
        query.new_video_share = wrong_shares[index];
        CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "new_video_share", ask(&query, NULL, error));
    }
}

static void timeouts_end_at_one_day(void)
{
    vrec_call_options call = {0};
    call.struct_size = sizeof call;
    call.timeout_ms = 24U * 60 * 60 * 1000;
    CHECK_OK(ask(NULL, &call, error));
    call.timeout_ms++;
    CHECK_REFUSED(VREC_E_LIMIT, "timeout_ms", ask(NULL, &call, error));
    call.timeout_ms = UINT32_MAX;
    CHECK_REFUSED(VREC_E_LIMIT, "timeout_ms", ask(NULL, &call, error));
}

static void reserved_fields_must_be_zero(void)
{
    vrec_engine *created = NULL;
    vrec_options options = {0};
    options.struct_size = sizeof options;
    options.reserved = 1;
    CHECK_REFUSED(VREC_E_TOO_NEW, "reserved", vrec_create(&options, &created, error));
    options.reserved = 0;
    CHECK(created == NULL);
    vrec_query query = query_for(NULL);
    query.reserved = 0x80000000U;
    CHECK_REFUSED(VREC_E_TOO_NEW, "reserved", ask(&query, NULL, error));
    query.reserved = 0;
    query.reserved_2 = 1;
    CHECK_REFUSED(VREC_E_TOO_NEW, "reserved", ask(&query, NULL, error));
    query.reserved_2 = 0;
    query.reserved_3 = 1;
    CHECK_REFUSED(VREC_E_TOO_NEW, "reserved", ask(&query, NULL, error));
    vrec_call_options call = {0};
    call.struct_size = sizeof call;
    call.reserved = 1;
    CHECK_REFUSED(VREC_E_TOO_NEW, "reserved", ask(NULL, &call, error));
    CHECK_REFUSED(VREC_E_TOO_NEW, "reserved", vrec_wait_for_embeddings(engine, &call, error));
    CHECK_REFUSED(VREC_E_TOO_NEW, "reserved", vrec_train(engine, &call, error));
    vrec_provider provider = {.struct_size = sizeof provider, .kind = VREC_PROVIDER_CPU, .reserved = 1};
    options.providers = &provider;
    options.provider_count = 1;
    options.provider_stride = sizeof provider;
    CHECK_REFUSED(VREC_E_TOO_NEW, "reserved", vrec_create(&options, &created, error));
    CHECK(created == NULL);
}

static int32_t create_with(vrec_options options, vrec_error **error)
{
    options.struct_size = sizeof options;
    vrec_engine *created = NULL;
    int32_t status = vrec_create(&options, &created, error);
    vrec_destroy(created);
    return status;
}

static void options_past_their_limits_are_refused(void)
{
    int32_t levels[] = {4, 9, -1, INT32_MAX, INT32_MIN};
    CHECK_OK(create_with((vrec_options){.dimensions = LONGEST_VECTOR, .threads = 64}, error));
    CHECK_REFUSED(VREC_E_LIMIT, "dimensions", create_with((vrec_options){.dimensions = LONGEST_VECTOR + 1}, error));
    CHECK_REFUSED(VREC_E_LIMIT, "dimensions", create_with((vrec_options){.dimensions = UINT32_MAX}, error));
    CHECK_REFUSED(VREC_E_LIMIT, "threads", create_with((vrec_options){.threads = 65}, error));
    CHECK_REFUSED(VREC_E_LIMIT, "threads", create_with((vrec_options){.threads = UINT32_MAX}, error));
    for (size_t index = 0; index < sizeof levels / sizeof levels[0]; index++) {
        CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "log_level",
                      create_with((vrec_options){.log_level = levels[index]}, error));
    }
}

static void weights_lie_between_zero_and_a_thousand(void)
{
    float wrong[] = {1000.5F, -0.5F, -2, NAN, INFINITY, -INFINITY};
    for (size_t index = 0; index < sizeof wrong / sizeof wrong[0]; index++) {
        float weight = wrong[index];
        check_case("a weight of %g", (double)weight);
        CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "weight", create_with((vrec_options){.title_weight = weight}, error));
        CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "weight",
                      create_with((vrec_options){.description_weight = weight}, error));
        CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "weight", create_with((vrec_options){.tags_weight = weight}, error));
        CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "weight", create_with((vrec_options){.comments_weight = weight}, error));
    }
    CHECK_OK(create_with((vrec_options){.title_weight = 1000, .tags_weight = VREC_WEIGHT_NONE}, error));
    vrec_options nothing = {.title_weight = VREC_WEIGHT_NONE,
                            .description_weight = VREC_WEIGHT_NONE,
                            .tags_weight = VREC_WEIGHT_NONE,
                            .comments_weight = VREC_WEIGHT_NONE};
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "weight", create_with(nothing, error));
}

static void more_search_threads_than_there_may_be_are_refused(void)
{
    for (uint32_t threads = 0; threads <= 64; threads += 16) {
        CHECK_OK(create_with((vrec_options){.search_threads = threads}, error));
    }
    CHECK_REFUSED(VREC_E_LIMIT, "search_threads", create_with((vrec_options){.search_threads = 65}, error));
    CHECK_REFUSED(VREC_E_LIMIT, "search_threads", create_with((vrec_options){.search_threads = UINT32_MAX}, error));
}

static void options_of_the_encoder_past_their_limits_are_refused(void)
{
    int32_t backends[] = {-1, VREC_BACKEND_RTEN + 1, INT32_MAX, INT32_MIN};
    uint32_t switches[] = {2, 256, UINT32_MAX};
    CHECK_OK(create_with((vrec_options){.inter_op_threads = 64, .tokens_per_run = 1048576}, error));
    CHECK_REFUSED(VREC_E_LIMIT, "inter_op_threads", create_with((vrec_options){.inter_op_threads = 65}, error));
    CHECK_REFUSED(VREC_E_LIMIT, "inter_op_threads", create_with((vrec_options){.inter_op_threads = UINT32_MAX}, error));
    CHECK_REFUSED(VREC_E_LIMIT, "tokens_per_run", create_with((vrec_options){.tokens_per_run = 1048577}, error));
    CHECK_REFUSED(VREC_E_LIMIT, "tokens_per_run", create_with((vrec_options){.tokens_per_run = UINT32_MAX}, error));
    for (size_t index = 0; index < sizeof backends / sizeof backends[0]; index++) {
        CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "backend",
                      create_with((vrec_options){.backend = backends[index]}, error));
    }
    for (size_t index = 0; index < sizeof switches / sizeof switches[0]; index++) {
        CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "background_embedding",
                      create_with((vrec_options){.background_embedding = switches[index]}, error));
    }
    CHECK_OK(create_with((vrec_options){.embedding_cache_bytes = 1}, error));
    CHECK_OK(create_with((vrec_options){.embedding_cache_bytes = VREC_CACHE_NONE}, error));
    CHECK_OK(create_with((vrec_options){.embedding_cache_bytes = VREC_CACHE_NONE - 1}, error));
}

/* --- execution providers ------------------------------------------------------------------------ */

enum { LONGEST_PROVIDER_NAME = 120, MOST_OPTIONS = 64, MOST_PROVIDERS = 16 };

static int32_t create_on(vrec_provider provider, vrec_error **error)
{
    provider.struct_size = sizeof provider;
    return create_with(
        (vrec_options){.providers = &provider, .provider_count = 1, .provider_stride = sizeof provider}, error);
}

static void unknown_kinds_and_flags_of_providers_are_refused(void)
{
    int32_t kinds[] = {0, -1, VREC_PROVIDER_PLUGIN + 1, INT32_MAX, INT32_MIN};
    uint32_t flags[] = {4, 0x80000000U, UINT32_MAX};
    for (size_t index = 0; index < sizeof kinds / sizeof kinds[0]; index++) {
        CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "kind", create_on((vrec_provider){.kind = kinds[index]}, error));
    }
    for (size_t index = 0; index < sizeof flags / sizeof flags[0]; index++) {
        CHECK_REFUSED(VREC_E_TOO_NEW, "flags",
                      create_on((vrec_provider){.kind = VREC_PROVIDER_CPU, .flags = flags[index]}, error));
    }
    for (int32_t kind = VREC_PROVIDER_CPU; kind < VREC_PROVIDER_PLUGIN; kind++) {
        check_case("kind %d", (int)kind);
        CHECK_OK(create_on((vrec_provider){.kind = kind, .flags = 3}, error));
    }
}

static void the_cpu_takes_no_options_and_no_memory_limit(void)
{
    uint64_t offsets[] = {0, 1};
    vrec_provider cpu = {.kind = VREC_PROVIDER_CPU, .option_keys = "k", .option_key_offsets = offsets,
                         .option_values = "v", .option_value_offsets = offsets, .option_count = 1};
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "options", create_on(cpu, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "memory_limit_bytes",
                  create_on((vrec_provider){.kind = VREC_PROVIDER_CPU, .memory_limit_bytes = 1}, error));
}

static void libraries_of_providers_are_absolute_and_where_they_belong(void)
{
    vrec_provider plugin = {.kind = VREC_PROVIDER_PLUGIN};
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "library_path", create_on(plugin, error));
    plugin.library_path = "provider.so";
    plugin.library_path_len = 11;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "library_path", create_on(plugin, error));
    plugin.library_path = "/a\0b";
    plugin.library_path_len = 4;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "library_path", create_on(plugin, error));
    plugin.library_path = "/\xFF";
    plugin.library_path_len = 2;
    CHECK_REFUSED(VREC_E_UTF8, "library_path", create_on(plugin, error));
    plugin.library_path = letters;
    plugin.library_path_len = 4097;
    CHECK_REFUSED(VREC_E_LIMIT, "library_path", create_on(plugin, error));
    plugin.library_path = "/provider.so";
    plugin.library_path_len = 12;
    CHECK_OK(create_on(plugin, error));
    for (int32_t kind = VREC_PROVIDER_CPU; kind < VREC_PROVIDER_PLUGIN; kind++) {
        plugin.kind = kind;
        check_case("kind %d", (int)kind);
        if (kind == VREC_PROVIDER_WEBGPU) {
            CHECK_OK(create_on(plugin, error));
        } else {
            CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "library_path", create_on(plugin, error));
        }
    }
}

static void names_of_providers_belong_to_plug_ins_and_end_at_120_bytes(void)
{
    vrec_provider plugin = {.kind = VREC_PROVIDER_PLUGIN, .library_path = "/p", .library_path_len = 2,
                            .name = letters, .name_len = LONGEST_PROVIDER_NAME};
    CHECK_OK(create_on(plugin, error));
    plugin.name_len++;
    CHECK_REFUSED(VREC_E_LIMIT, "name", create_on(plugin, error));
    plugin.name = "\xC3";
    plugin.name_len = 1;
    CHECK_REFUSED(VREC_E_UTF8, "name", create_on(plugin, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "name",
                  create_on((vrec_provider){.kind = VREC_PROVIDER_CUDA, .name = "n", .name_len = 1}, error));
}

/* This many options with keys of one byte and values of none. */
static int32_t create_with_options(size_t count, vrec_error **error)
{
    uint64_t rising[MOST_OPTIONS + 2];
    uint64_t zeros[MOST_OPTIONS + 2] = {0};
    for (size_t index = 0; index <= count; index++) {
        rising[index] = index;
    }
    vrec_provider provider = {.kind = VREC_PROVIDER_CUDA, .option_keys = letters, .option_key_offsets = rising,
                              .option_value_offsets = zeros, .option_count = count};
    return create_on(provider, error);
}

static int32_t create_with_option(const char *key, size_t key_len, const char *value, size_t value_len,
                                  vrec_error **error)
{
    uint64_t key_offsets[] = {0, key_len};
    uint64_t value_offsets[] = {0, value_len};
    vrec_provider provider = {.kind = VREC_PROVIDER_CUDA, .option_keys = key, .option_key_offsets = key_offsets,
                              .option_values = value, .option_value_offsets = value_offsets, .option_count = 1};
    return create_on(provider, error);
}

static void options_of_providers_end_at_their_limits(void)
{
    size_t counts[] = {MOST_OPTIONS + 1, (size_t)1 << 40, SIZE_MAX};
    CHECK_OK(create_with_options(1, error));
    CHECK_OK(create_with_options(MOST_OPTIONS, error));
    for (size_t index = 0; index < sizeof counts / sizeof counts[0]; index++) {
        vrec_provider provider = {.kind = VREC_PROVIDER_CUDA, .option_keys = unreadable(),
                                  .option_key_offsets = unreadable(), .option_count = counts[index]};
        CHECK_REFUSED(VREC_E_LIMIT, "option_count", create_on(provider, error));
    }
    CHECK_OK(create_with_option(TEXT("key"), letters, LONGEST_TEXT, error));
    CHECK_REFUSED(VREC_E_LIMIT, "option_values", create_with_option(TEXT("key"), letters, LONGEST_TEXT + 1, error));
    CHECK_REFUSED(VREC_E_LIMIT, "option_keys", create_with_option(letters, LONGEST_TEXT + 1, TEXT("v"), error));
}

static void options_of_providers_are_keys_and_values_without_nul(void)
{
    uint64_t falling[] = {2, 1};
    uint64_t rising[] = {0, 1};
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "key", create_with_option("", 0, TEXT("v"), error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "NUL", create_with_option("a\0b", 3, TEXT("v"), error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "NUL", create_with_option(TEXT("k"), "a\0b", 3, error));
    CHECK_REFUSED(VREC_E_UTF8, "option_keys[0]", create_with_option("\xFF", 1, TEXT("v"), error));
    CHECK_REFUSED(VREC_E_UTF8, "option_values[0]", create_with_option(TEXT("k"), "\xFF", 1, error));
    vrec_provider provider = {.kind = VREC_PROVIDER_CUDA, .option_keys = "key", .option_key_offsets = falling,
                              .option_values = "value", .option_value_offsets = rising, .option_count = 1};
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "option_keys[0]", create_on(provider, error));
    provider.option_key_offsets = rising;
    provider.option_value_offsets = falling;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "option_values[0]", create_on(provider, error));
}

static void sixteen_providers_may_be_listed_and_the_broken_one_is_named(void)
{
    vrec_provider providers[MOST_PROVIDERS];
    for (size_t index = 0; index < MOST_PROVIDERS; index++) {
        providers[index] = (vrec_provider){.struct_size = sizeof(vrec_provider), .kind = VREC_PROVIDER_CPU};
    }
    vrec_options options = {
        .providers = providers, .provider_count = MOST_PROVIDERS, .provider_stride = sizeof providers[0]};
    CHECK_OK(create_with(options, error));
    providers[MOST_PROVIDERS - 1].kind = 0;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "providers[15]", create_with(options, error));
    options.provider_count++;
    CHECK_REFUSED(VREC_E_LIMIT, "provider_count", create_with(options, error));
}

/* The list is for the ONNX Runtime; in a build without the other backend, that is refused anyway. */
static void another_backend_takes_no_providers(void)
{
    vrec_provider provider = {.struct_size = sizeof provider, .kind = VREC_PROVIDER_CPU};
    vrec_options options = {.backend = VREC_BACKEND_RTEN, .providers = &provider, .provider_count = 1,
                            .provider_stride = sizeof provider};
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, NULL, create_with(options, error));
}

/* --- files of the model ------------------------------------------------------------------------- */

static int32_t create_with_files(const vrec_model_file *files, size_t count, vrec_error **error)
{
    return create_with(
        (vrec_options){.model_files = files, .model_file_count = count, .model_file_stride = sizeof *files}, error);
}

static void files_of_the_model_have_names_and_content(void)
{
    enum { MOST_FILES = 16 };
    char names[MOST_FILES + 1][2];
    vrec_model_file files[MOST_FILES + 1];
    for (size_t index = 0; index <= MOST_FILES; index++) {
        names[index][0] = (char)('a' + index);
        files[index] = (vrec_model_file){
            .struct_size = sizeof(vrec_model_file), .name = names[index], .name_len = 1, .data = "d", .data_len = 1};
    }
    CHECK_OK(create_with_files(files, MOST_FILES, error));
    CHECK_REFUSED(VREC_E_LIMIT, "model_file_count", create_with_files(files, MOST_FILES + 1, error));
    files[2].name = files[1].name;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "model_files[2]", create_with_files(files, 3, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "twice", create_with_files(files, 3, error));
    files[2].name = "\xFF";
    CHECK_REFUSED(VREC_E_UTF8, "model_files[2]", create_with_files(files, 3, error));
    files[2].name_len = 0;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "model_files[2]", create_with_files(files, 3, error));
    files[2] = files[0];
    files[2].name = "empty";
    files[2].name_len = 5;
    files[2].data_len = 0;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "empty", create_with_files(files, 3, error));
    files[2].data = NULL;
    files[2].data_len = 1;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "empty", create_with_files(files, 3, error));
    files[2].data = unreadable();
    files[2].data_len = SIZE_MAX;
    CHECK_REFUSED(VREC_E_LIMIT, "data_len", create_with_files(files, 3, error));
}

/* --- and after all of it ------------------------------------------------------------------------ */

static void the_same_attacks_leave_no_trace(void)
{
    vrec_statistics before = statistics_of(engine);
    vectors_that_are_not_finite_are_refused();
    vectors_of_zero_are_refused();
    vectors_of_another_length_are_refused();
    unknown_kinds_of_events_are_refused();
    a_search_has_no_video_and_all_else_needs_one();
    positions_and_durations_are_not_negative();
    queries_past_their_limits_are_refused();
    vrec_statistics after = statistics_of(engine);
    check_case(NULL);
    CHECK(memcmp(&before, &after, sizeof before) == 0);
}

int main(void)
{
    memset(letters, 'x', sizeof letters);
    engine = make_engine();
    add_at_angle(engine, "a", 0);
    RUN(vectors_that_are_not_finite_are_refused);
    RUN(vectors_of_zero_are_refused);
    RUN(vectors_of_another_length_are_refused);
    RUN(vectors_past_the_longest_are_refused_unread);
    RUN(the_longest_vector_is_taken);
    RUN(a_vector_needs_no_alignment);
    RUN(ids_have_1_to_255_bytes_without_nul);
    RUN(profiles_have_1_to_255_bytes_without_nul);
    RUN(titles_and_descriptions_end_at_their_limits);
    RUN(tags_and_comments_end_at_their_limits);
    RUN(tags_and_comments_may_have_65536_bytes_together);
    RUN(texts_may_hold_any_characters);
    RUN(unknown_kinds_of_events_are_refused);
    RUN(a_search_has_no_video_and_all_else_needs_one);
    RUN(unknown_videos_are_not_found);
    RUN(positions_and_durations_are_not_negative);
    RUN(extreme_times_are_taken);
    RUN(ratings_lie_between_half_a_star_and_five);
    RUN(queries_past_their_limits_are_refused);
    RUN(circumstances_have_known_values);
    RUN(rankings_are_known_and_a_blend_has_no_threshold);
    RUN(features_are_known_and_stand_once);
    RUN(weights_and_shares_end_at_their_limits);
    RUN(timeouts_end_at_one_day);
    RUN(reserved_fields_must_be_zero);
    RUN(options_past_their_limits_are_refused);
    RUN(weights_lie_between_zero_and_a_thousand);
    RUN(options_of_the_encoder_past_their_limits_are_refused);
    RUN(more_search_threads_than_there_may_be_are_refused);
    RUN(unknown_kinds_and_flags_of_providers_are_refused);
    RUN(the_cpu_takes_no_options_and_no_memory_limit);
    RUN(libraries_of_providers_are_absolute_and_where_they_belong);
    RUN(names_of_providers_belong_to_plug_ins_and_end_at_120_bytes);
    RUN(options_of_providers_end_at_their_limits);
    RUN(options_of_providers_are_keys_and_values_without_nul);
    RUN(sixteen_providers_may_be_listed_and_the_broken_one_is_named);
    RUN(another_backend_takes_no_providers);
    RUN(files_of_the_model_have_names_and_content);
    RUN(the_same_attacks_leave_no_trace);
    vrec_destroy(engine);
    return check_finish();
}
