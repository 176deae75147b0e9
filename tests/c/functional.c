/* What the library does for videos that bring their own vectors: the catalogue, the events, the lists
 * and the bounds on memory and calls. Needs no model. Videos lie at angles in a plane, so that every
 * score is a cosine known beforehand. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "fixture.h"

static uint32_t dimensions_of(const vrec_engine *engine)
{
    uint32_t dimensions = 0;
    CHECK_OK(vrec_dimensions(engine, &dimensions, error));
    return dimensions;
}

/* --- the catalogue ------------------------------------------------------------------------------ */

static void an_engine_begins_empty(void)
{
    vrec_engine *engine = make_engine();
    CHECK_NUMBER(0, count_of(engine));
    CHECK_NUMBER(0, dimensions_of(engine));
    vrec_statistics statistics = statistics_of(engine);
    CHECK_NUMBER(0, statistics.videos);
    CHECK_NUMBER(0, statistics.profiles);
    CHECK_NUMBER(0, statistics.events);
    CHECK_NUMBER(0, statistics.dimensions);
    CHECK_NUMBER(0, statistics.memory_limit_bytes);
    CHECK_NUMBER(0, statistics.texts_embedded);
    CHECK_NUMBER(0, statistics.encoder_loaded);
    CHECK_NUMBER(0, statistics.faulted);
    CHECK_NUMBER(0, statistics.reserved);
    CHECK_STATUS(VREC_E_NO_ENCODER, statistics.encoder_status);
    CHECK_TEXT("", recommended(engine, NULL));
    vrec_destroy(engine);
}

static void the_first_vector_or_an_option_tells_the_dimensions(void)
{
    vrec_engine *engine = make_engine();
    add_at_angle(engine, "a", 0);
    CHECK_NUMBER(PLANE, dimensions_of(engine));
    vrec_destroy(engine);

    vrec_options options = {0};
    options.struct_size = sizeof options;
    options.dimensions = PLANE + 1;
    CHECK_OK(vrec_create(&options, &engine, error));
    CHECK_NUMBER(PLANE + 1, dimensions_of(engine));
    float vector[PLANE] = {1, 0, 0, 0};
    vrec_video video = video_with_vector("a", vector);
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "vector", vrec_add_video(engine, &video, NULL, error));
    CHECK_NUMBER(0, count_of(engine));
    vrec_destroy(engine);
}

static void adding_an_id_again_replaces_the_video(void)
{
    vrec_engine *engine = make_fan();
    CHECK_TEXT("b c d e", similar_to(engine, "a", NULL));
    add_at_angle(engine, "c", 5);
    CHECK_NUMBER(5, count_of(engine));
    CHECK_TEXT("c b d e", similar_to(engine, "a", NULL));
    vrec_destroy(engine);
}

static void removing_is_all_or_nothing(void)
{
    vrec_engine *engine = make_fan();
    uint64_t offsets[] = {0, 1, 2, 3};
    CHECK_REFUSED(VREC_E_NOT_FOUND, "ids[1]", vrec_remove_videos(engine, "axb", offsets, 3, error));
    CHECK_REFUSED(VREC_E_NOT_FOUND, "ids[2]", vrec_remove_videos(engine, "aba", offsets, 3, error));
    CHECK_NUMBER(5, count_of(engine));
    CHECK_OK(vrec_remove_videos(engine, NULL, NULL, 0, error));
    CHECK_OK(vrec_remove_videos(engine, "cae", offsets, 3, error));
    CHECK_NUMBER(2, count_of(engine));
    CHECK_TEXT("d", similar_to(engine, "b", NULL));
    CHECK_REFUSED(VREC_E_NOT_FOUND, "a", vrec_similar(engine, "a", 1, NULL, NULL, &(vrec_results *){0}, error));
    vrec_destroy(engine);
}

static void history_counts_again_when_a_removed_video_returns(void)
{
    vrec_engine *engine = make_fan();
    record(engine, NULL, "a", VREC_EVENT_COMPLETE);
    CHECK_TEXT("b c d e", recommended(engine, NULL));
    CHECK_OK(vrec_remove_videos(engine, "a", (uint64_t[]){0, 1}, 1, error));
    CHECK_TEXT("", recommended(engine, NULL));
    add_at_angle(engine, "a", 90);
    CHECK_TEXT("d c b e", recommended(engine, NULL));
    vrec_destroy(engine);
}

static void a_batch_of_videos_is_all_or_nothing(void)
{
    vrec_engine *engine = make_fan();
    float good[PLANE] = {0, 1, 0, 0};
    float zero[PLANE] = {0, 0, 0, 0};
    vrec_video videos[] = {video_with_vector("x", good), video_with_vector("a", good), video_with_vector("y", good)};
    vrec_video broken[] = {videos[0], video_with_vector("z", zero), videos[2]};
    vrec_video doubled[] = {videos[0], videos[1], videos[0]};
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "videos[1]",
                  vrec_add_videos(engine, broken, 3, sizeof broken[0], NULL, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "videos[2]",
                  vrec_add_videos(engine, doubled, 3, sizeof doubled[0], NULL, error));
    CHECK_NUMBER(5, count_of(engine));
    CHECK_TEXT("b c d e", similar_to(engine, "a", NULL));
    CHECK_OK(vrec_add_videos(engine, NULL, 0, sizeof videos[0], NULL, error));
    CHECK_OK(vrec_add_videos(engine, videos, 3, sizeof videos[0], NULL, error));
    CHECK_NUMBER(7, count_of(engine));
    CHECK_TEXT("d x y c b e", similar_to(engine, "a", NULL));
    vrec_destroy(engine);
}

/* The batch cannot be checked against the engine's dimensions, which are not known yet. */
static void a_first_batch_of_two_lengths_is_refused_by_index(void)
{
    vrec_engine *engine = make_engine();
    float vector[PLANE] = {0, 1, 0, 0};
    vrec_video videos[] = {video_with_vector("x", vector), video_with_vector("y", vector)};
    videos[1].vector_len = PLANE - 1;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "videos[1]",
                  vrec_add_videos(engine, videos, 2, sizeof videos[0], NULL, error));
    CHECK_NUMBER(0, count_of(engine));
    CHECK_NUMBER(0, dimensions_of(engine));
    vrec_destroy(engine);
}

static void a_vector_may_have_any_length_above_zero(void)
{
    vrec_engine *engine = make_fan();
    float lengths[] = {2e-38F, 1e-25F, 1e-10F, 0.5F, 3e10F, 3e38F};
    for (size_t index = 0; index < sizeof lengths / sizeof lengths[0]; index++) {
        check_case("a vector of length %g", (double)lengths[index]);
        float vector[PLANE] = {lengths[index], 0, 0, 0};
        vrec_video video = video_with_vector("a", vector);
        CHECK_OK(vrec_add_video(engine, &video, NULL, error));
        CHECK_TEXT("b c d e", similar_to(engine, "a", NULL));
    }
    vrec_destroy(engine);
}

/* --- events ------------------------------------------------------------------------------------- */

static void every_kind_of_event_can_be_recorded(void)
{
    vrec_engine *engine = make_fan();
    static const float vector[PLANE] = {1, 0, 0, 0};
    vrec_video video = video_with_vector("a", vector);
    video.series_id = "serie";
    video.series_id_len = 5;
    CHECK_OK(vrec_add_video(engine, &video, NULL, error));
    for (int32_t kind = VREC_EVENT_IMPRESSION; kind <= VREC_EVENT_SNOOZE; kind++) {
        check_case("kind %d", (int)kind);
        vrec_event event = event_of(NULL, kind == VREC_EVENT_SEARCH ? "" : "a", kind);
        event.rating = kind == VREC_EVENT_RATE ? 4.5F : 0.0F;
        event.until_utc_ms = kind == VREC_EVENT_SNOOZE ? event.time_utc_ms + 1 : 0;
        CHECK_OK(vrec_record(engine, &event, error));
    }
    check_case(NULL);
    vrec_statistics statistics = statistics_of(engine);
    CHECK_NUMBER(25, statistics.events);
    CHECK_NUMBER(1, statistics.profiles);
    vrec_destroy(engine);
}

static void a_batch_of_events_is_all_or_nothing(void)
{
    vrec_engine *engine = make_fan();
    vrec_event events[] = {event_of(NULL, "a", VREC_EVENT_LIKE), event_of("other", "nowhere", VREC_EVENT_LIKE),
                           event_of(NULL, "d", VREC_EVENT_HIDE)};
    CHECK_REFUSED(VREC_E_NOT_FOUND, "events[1]", vrec_record_batch(engine, events, 3, sizeof events[0], error));
    CHECK_NUMBER(0, statistics_of(engine).events);
    CHECK_NUMBER(0, statistics_of(engine).profiles);
    CHECK_TEXT("", recommended(engine, NULL));
    events[1].video_id = "c";
    events[1].video_id_len = 1;
    CHECK_OK(vrec_record_batch(engine, events, 3, sizeof events[0], error));
    CHECK_OK(vrec_record_batch(engine, NULL, 0, sizeof events[0], error));
    CHECK_NUMBER(3, statistics_of(engine).events);
    CHECK_NUMBER(2, statistics_of(engine).profiles);
    CHECK_TEXT("a b c e", recommended(engine, NULL));
    vrec_destroy(engine);
}

static void an_unnamed_profile_is_the_one_named_default(void)
{
    vrec_engine *engine = make_fan();
    record(engine, NULL, "a", VREC_EVENT_COMPLETE);
    record(engine, "default", "b", VREC_EVENT_COMPLETE);
    vrec_query query = query_for("default");
    CHECK_TEXT("c d e", recommended(engine, NULL));
    CHECK_TEXT("c d e", recommended(engine, &query));
    CHECK_NUMBER(1, statistics_of(engine).profiles);
    vrec_destroy(engine);
}

static void profiles_do_not_touch_each_other(void)
{
    vrec_engine *engine = make_fan();
    record(engine, "ann", "a", VREC_EVENT_COMPLETE);
    record(engine, "ann", "d", VREC_EVENT_HIDE);
    record(engine, "bob", "e", VREC_EVENT_LIKE);
    vrec_query ann = query_for("ann");
    vrec_query bob = query_for("bob");
    vrec_query eve = query_for("eve");
    CHECK_TEXT("b c e", recommended(engine, &ann));
    CHECK_TEXT("e d c b a", recommended(engine, &bob));
    CHECK_TEXT("", recommended(engine, &eve));
    CHECK_TEXT("b c d e", similar_to(engine, "a", &bob));
    CHECK_TEXT("b c e", similar_to(engine, "a", &ann));
    CHECK_NUMBER(2, statistics_of(engine).profiles);
    vrec_destroy(engine);
}

/* --- lists -------------------------------------------------------------------------------------- */

static void what_was_watched_is_left_out_unless_asked_for(void)
{
    vrec_engine *engine = make_fan();
    record(engine, NULL, "a", VREC_EVENT_COMPLETE);
    vrec_query query = query_for(NULL);
    CHECK_TEXT("b c d e", recommended(engine, NULL));
    CHECK_TEXT("b c d e", recommended(engine, &query));
    CHECK_TEXT("a c d e", similar_to(engine, "b", NULL));
    query.watched = VREC_WATCHED_INCLUDE;
    CHECK_TEXT("a b c d e", recommended(engine, &query));
    CHECK_TEXT("a c d e", similar_to(engine, "b", &query));
    query.watched = VREC_WATCHED_EXCLUDE;
    CHECK_TEXT("b c d e", recommended(engine, &query));
    CHECK_TEXT("c d e", similar_to(engine, "b", &query));
    vrec_destroy(engine);
}

static void excluded_ids_never_come_back(void)
{
    vrec_engine *engine = make_fan();
    record(engine, NULL, "a", VREC_EVENT_LIKE);
    vrec_query query = query_for(NULL);
    uint64_t offsets[] = {0, 1, 8, 9};
    query.exclude = "bunknownd";
    query.exclude_offsets = offsets;
    query.exclude_count = 3;
    CHECK_TEXT("a c e", recommended(engine, &query));
    CHECK_TEXT("c e", similar_to(engine, "a", &query));
    CHECK_TEXT("a c e", similar_to(engine, "b", &query));
    vrec_destroy(engine);
}

/* A list that one function takes must not be too long for its sister. */
static void as_many_ids_may_be_excluded_from_every_list(void)
{
    enum { EXCLUDED = 65536 };
    vrec_engine *engine = make_fan();
    record(engine, NULL, "a", VREC_EVENT_LIKE);
    char *ids = malloc(EXCLUDED);
    uint64_t *offsets = malloc((EXCLUDED + 1) * sizeof *offsets);
    REQUIRE(ids != NULL && offsets != NULL);
    memset(ids, 'b', EXCLUDED);
    for (size_t index = 0; index <= EXCLUDED; index++) {
        offsets[index] = index;
    }
    vrec_query query = query_for(NULL);
    query.exclude = ids;
    query.exclude_offsets = offsets;
    query.exclude_count = EXCLUDED;
    CHECK_TEXT("a c d e", recommended(engine, &query));
    CHECK_TEXT("c d e", similar_to(engine, "a", &query));
    free(offsets);
    free(ids);
    vrec_destroy(engine);
}

static void limit_bounds_a_list_and_is_ten_by_default(void)
{
    vrec_engine *engine = make_engine();
    for (int number = 0; number < 30; number++) {
        char id[16];
        snprintf(id, sizeof id, "v%02d", number);
        add_at_angle(engine, id, number);
    }
    vrec_query query = query_for(NULL);
    CHECK_TEXT("v01 v02 v03 v04 v05 v06 v07 v08 v09 v10", similar_to(engine, "v00", NULL));
    CHECK_TEXT("v01 v02 v03 v04 v05 v06 v07 v08 v09 v10", similar_to(engine, "v00", &query));
    query.limit = 1;
    CHECK_TEXT("v01", similar_to(engine, "v00", &query));
    query.limit = 10000;
    vrec_results *results = NULL;
    CHECK_OK(vrec_similar(engine, TEXT("v00"), &query, NULL, &results, error));
    CHECK_NUMBER(29, columns_of(results).count);
    vrec_results_destroy(results);
    vrec_destroy(engine);
}

static void min_score_is_a_threshold(void)
{
    vrec_engine *engine = make_fan();
    vrec_query query = query_for(NULL);
    query.min_score = (float)cosine(15);
    CHECK_TEXT("b", similar_to(engine, "a", &query));
    query.min_score = (float)cosine(100);
    CHECK_TEXT("b c d", similar_to(engine, "a", &query));
    query.min_score = -1.0F;
    CHECK_TEXT("b c d e", similar_to(engine, "a", &query));
    vrec_destroy(engine);
}

static void hidden_videos_are_never_returned(void)
{
    vrec_engine *engine = make_fan();
    record(engine, NULL, "a", VREC_EVENT_COMPLETE);
    record(engine, NULL, "b", VREC_EVENT_HIDE);
    vrec_query query = query_for(NULL);
    for (int32_t watched = VREC_WATCHED_DEFAULT; watched <= VREC_WATCHED_EXCLUDE; watched++) {
        query.watched = watched;
        CHECK(strchr(recommended(engine, &query), 'b') == NULL);
        CHECK(strchr(similar_to(engine, "c", &query), 'b') == NULL);
    }
    record(engine, NULL, "b", VREC_EVENT_UNHIDE);
    CHECK_TEXT("b c d e", recommended(engine, NULL));
    vrec_destroy(engine);
}

static void dislike_repels(void)
{
    vrec_engine *engine = make_engine();
    add_at_angle(engine, "liked", 0);
    add_at_angle(engine, "disliked", 90);
    add_at_angle(engine, "left", 20);
    add_at_angle(engine, "right", -20);
    record(engine, NULL, "liked", VREC_EVENT_LIKE);
    CHECK_TEXT("liked left right disliked", recommended(engine, NULL));
    record(engine, NULL, "disliked", VREC_EVENT_DISLIKE);
    CHECK_TEXT("right liked left disliked", recommended(engine, NULL));
    vrec_destroy(engine);
}

static void what_repels_alone_recommends_nothing(void)
{
    vrec_engine *engine = make_fan();
    record(engine, NULL, "a", VREC_EVENT_DISLIKE);
    record(engine, NULL, "b", VREC_EVENT_IMPRESSION);
    CHECK_TEXT("", recommended(engine, NULL));
    vrec_destroy(engine);
}

static void ties_are_broken_by_id(void)
{
    const char *ids[] = {"m", "\xC3\xA9", "B", "a", "aa", "\xE4\xB8\xAD", "Z", "0"};
    vrec_engine *engine = make_engine();
    add_at_angle(engine, "asked", 30);
    for (size_t index = 0; index < sizeof ids / sizeof ids[0]; index++) {
        add_at_angle(engine, ids[index], 60);
    }
    CHECK_TEXT("0 B Z a aa m \xC3\xA9 \xE4\xB8\xAD", similar_to(engine, "asked", NULL));
    vrec_query query = query_for(NULL);
    query.limit = 3;
    CHECK_TEXT("0 B Z", similar_to(engine, "asked", &query));
    vrec_destroy(engine);
}

/* --- memory, bounds, and what needs a model ------------------------------------------------------ */

static void a_memory_limit_refuses_and_loses_nothing(void)
{
    vrec_options options = {0};
    options.struct_size = sizeof options;
    options.memory_limit_bytes = 20000;
    vrec_engine *engine = NULL;
    CHECK_OK(vrec_create(&options, &engine, error));
    float vector[PLANE] = {1, 0, 0, 0};
    char id[16] = "";
    int32_t status = VREC_OK;
    int added = 0;
    while (status == VREC_OK && added < 1000) {
        snprintf(id, sizeof id, "v%03d", added);
        vrec_video video = video_with_vector(id, vector);
        status = vrec_add_video(engine, &video, NULL, NULL);
        added += status == VREC_OK;
    }
    vrec_video refused = video_with_vector(id, vector);
    CHECK(added > 10 && added < 1000);
    CHECK_REFUSED(VREC_E_MEMORY_LIMIT, "memory_limit_bytes", vrec_add_video(engine, &refused, NULL, error));
    vrec_statistics statistics = statistics_of(engine);
    CHECK_NUMBER(20000, statistics.memory_limit_bytes);
    CHECK(statistics.memory_bytes <= statistics.memory_limit_bytes);
    CHECK_NUMBER(added, count_of(engine));
    CHECK_TEXT("v001 v002 v003 v004 v005 v006 v007 v008 v009 v010", similar_to(engine, "v000", NULL));

    CHECK_OK(vrec_remove_videos(engine, "v000v001", (uint64_t[]){0, 4, 8}, 2, error));
    CHECK_OK(vrec_add_video(engine, &refused, NULL, error));
    CHECK_NUMBER(added - 1, count_of(engine));
    vrec_destroy(engine);
}

static void a_memory_limit_holds_for_events_too(void)
{
    vrec_options options = {0};
    options.struct_size = sizeof options;
    options.memory_limit_bytes = 20000;
    vrec_engine *engine = NULL;
    CHECK_OK(vrec_create(&options, &engine, error));
    add_at_angle(engine, "a", 0);
    int32_t status = VREC_OK;
    int profiles = 0;
    char profile[16] = "";
    while (status == VREC_OK && profiles < 1000) {
        snprintf(profile, sizeof profile, "p%03d", profiles);
        vrec_event event = event_of(profile, "a", VREC_EVENT_LIKE);
        status = vrec_record(engine, &event, NULL);
        profiles += status == VREC_OK;
    }
    CHECK(profiles < 1000);
    vrec_event refused = event_of(profile, "a", VREC_EVENT_LIKE);
    CHECK_REFUSED(VREC_E_MEMORY_LIMIT, "memory_limit_bytes", vrec_record(engine, &refused, error));
    CHECK_NUMBER(profiles, statistics_of(engine).profiles);
    CHECK_NUMBER(profiles, statistics_of(engine).events);
    vrec_destroy(engine);
}

static void trim_keeps_everything(void)
{
    vrec_engine *engine = make_fan();
    record(engine, NULL, "a", VREC_EVENT_COMPLETE);
    CHECK_OK(vrec_trim(engine, error));
    CHECK_TEXT("b c d e", recommended(engine, NULL));
    CHECK_NUMBER(5, count_of(engine));
    vrec_destroy(engine);
}

static void without_a_model_texts_are_refused(void)
{
    vrec_engine *engine = make_fan();
    vrec_video video = video_with_title("t", "a title");
    vrec_results *results = NULL;
    vrec_query query = query_for_meaning();
    float vector[PLANE];
    CHECK_REFUSED(VREC_E_NO_ENCODER, "model_path", vrec_load_encoder(engine, NULL, error));
    CHECK_REFUSED(VREC_E_NO_ENCODER, "model_path", vrec_add_video(engine, &video, NULL, error));
    CHECK_REFUSED(VREC_E_NO_ENCODER, "model_path", vrec_search(engine, TEXT("words"), &query, NULL, &results, error));
    CHECK_REFUSED(VREC_E_NO_ENCODER, "model_path", vrec_embed(engine, TEXT("words"), vector, PLANE, NULL, error));
    CHECK_NUMBER(5, count_of(engine));
    vrec_destroy(engine);
}

static void a_token_is_shared_by_its_references(void)
{
    vrec_cancel_token *token = NULL;
    CHECK_OK(vrec_cancel_token_create(&token, error));
    vrec_cancel_token *second = vrec_cancel_token_retain(token);
    CHECK(second == token);
    CHECK_NUMBER(0, vrec_cancel_token_is_cancelled(token));
    vrec_cancel_token_destroy(token);
    vrec_cancel_token_cancel(second);
    CHECK_NUMBER(1, vrec_cancel_token_is_cancelled(second));
    vrec_cancel_token_cancel(second);
    CHECK_NUMBER(1, vrec_cancel_token_is_cancelled(second));
    vrec_cancel_token_destroy(second);
}

/* Also calls that have next to nothing to do: a host that cancelled expects no answer. */
static void a_cancelled_token_ends_every_call_that_carries_it(void)
{
    vrec_engine *engine = make_fan();
    vrec_engine *empty = make_engine();
    record(engine, NULL, "a", VREC_EVENT_LIKE);
    vrec_call_options call = {0};
    call.struct_size = sizeof call;
    vrec_cancel_token *token = NULL;
    CHECK_OK(vrec_cancel_token_create(&token, error));
    call.cancel = token;
    float vector[PLANE] = {1, 0, 0, 0};
    vrec_video video = video_with_vector("new", vector);
    vrec_results *results = NULL;
    CHECK_OK(vrec_recommend(engine, NULL, &call, &results, error));
    vrec_results_destroy(results);
    results = NULL;

    vrec_cancel_token_cancel(token);
    CHECK_REFUSED(VREC_E_CANCELLED, NULL, vrec_add_video(engine, &video, &call, error));
    CHECK_REFUSED(VREC_E_CANCELLED, NULL, vrec_add_videos(engine, &video, 1, sizeof video, &call, error));
    CHECK_REFUSED(VREC_E_CANCELLED, NULL, vrec_recommend(engine, NULL, &call, &results, error));
    CHECK_REFUSED(VREC_E_CANCELLED, NULL, vrec_similar(engine, TEXT("a"), NULL, &call, &results, error));
    CHECK(results == NULL);
    CHECK_NUMBER(5, count_of(engine));
    CHECK_REFUSED(VREC_E_CANCELLED, NULL, vrec_recommend(empty, NULL, &call, &results, error));
    vrec_results_destroy(results);
    vrec_cancel_token_destroy(token);
    vrec_destroy(empty);
    vrec_destroy(engine);
}

int main(void)
{
    RUN(an_engine_begins_empty);
    RUN(the_first_vector_or_an_option_tells_the_dimensions);
    RUN(adding_an_id_again_replaces_the_video);
    RUN(removing_is_all_or_nothing);
    RUN(history_counts_again_when_a_removed_video_returns);
    RUN(a_batch_of_videos_is_all_or_nothing);
    RUN(a_first_batch_of_two_lengths_is_refused_by_index);
    RUN(a_vector_may_have_any_length_above_zero);
    RUN(every_kind_of_event_can_be_recorded);
    RUN(a_batch_of_events_is_all_or_nothing);
    RUN(an_unnamed_profile_is_the_one_named_default);
    RUN(profiles_do_not_touch_each_other);
    RUN(what_was_watched_is_left_out_unless_asked_for);
    RUN(excluded_ids_never_come_back);
    RUN(as_many_ids_may_be_excluded_from_every_list);
    RUN(limit_bounds_a_list_and_is_ten_by_default);
    RUN(min_score_is_a_threshold);
    RUN(hidden_videos_are_never_returned);
    RUN(dislike_repels);
    RUN(what_repels_alone_recommends_nothing);
    RUN(ties_are_broken_by_id);
    RUN(a_memory_limit_refuses_and_loses_nothing);
    RUN(a_memory_limit_holds_for_events_too);
    RUN(trim_keeps_everything);
    RUN(without_a_model_texts_are_refused);
    RUN(a_token_is_shared_by_its_references);
    RUN(a_cancelled_token_ends_every_call_that_carries_it);
    return check_finish();
}
