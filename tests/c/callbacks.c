/* The log callback: on the caller's thread, at the level asked for, with the host's user data, and
 * with the library closed to it.
 *
 * callbacks MODEL */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "fixture.h"

static const char *model;

struct heard {
    int calls;
    int32_t level;
    char message[512];
    pthread_t thread;
    /* What to do from inside, if anything. */
    void (*inside)(void);
};

static void hear(int32_t level, const char *message, size_t length, void *user_data)
{
    struct heard *heard = user_data;
    heard->calls++;
    heard->level = level;
    heard->thread = pthread_self();
    snprintf(heard->message, sizeof heard->message, "%.*s", (int)length, message);
    if (heard->inside != NULL) {
        heard->inside();
    }
}

static vrec_engine *create_hearing(const char *model_path, int32_t log_level, struct heard *heard)
{
    vrec_options options = options_for_model(model_path, "");
    options.log_level = log_level;
    options.log_callback = hear;
    options.log_user_data = heard;
    vrec_engine *engine = NULL;
    CHECK_OK(vrec_create(&options, &engine, error));
    REQUIRE(engine != NULL);
    return engine;
}

static void a_missing_model_is_a_warning(void)
{
    struct heard heard = {0};
    vrec_engine *engine = create_hearing("/no/such/model", 0, &heard);
    CHECK_NUMBER(1, heard.calls);
    CHECK_NUMBER(VREC_LOG_WARNING, heard.level);
    CHECK(strstr(heard.message, "/no/such/model/vrec-model.json") != NULL);
    CHECK(pthread_equal(heard.thread, pthread_self()));
    CHECK_NUMBER(0, count_of(engine));
    vrec_destroy(engine);
    CHECK_NUMBER(1, heard.calls);
}

static void *create_on_a_thread(void *argument)
{
    struct heard *heard = argument;
    vrec_destroy(create_hearing("/no/such/model", 0, heard));
    CHECK(pthread_equal(heard->thread, pthread_self()));
    return NULL;
}

static void the_callback_runs_on_the_thread_of_the_call(void)
{
    struct heard heard = {0};
    pthread_t thread;
    REQUIRE(pthread_create(&thread, NULL, create_on_a_thread, &heard) == 0);
    pthread_join(thread, NULL);
    CHECK_NUMBER(1, heard.calls);
}

static void the_level_is_a_filter(void)
{
    const struct {
        const char *model;
        int32_t level;
        int calls;
    } cases[] = {
        {"/no/such/model", VREC_LOG_ERROR, 0}, {"/no/such/model", VREC_LOG_WARNING, 1},
        {"/no/such/model", VREC_LOG_INFO, 1},  {model, 0, 0},
        {model, VREC_LOG_WARNING, 0},          {model, VREC_LOG_INFO, 1},
    };
    for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
        struct heard heard = {0};
        check_case("level %d for %s", (int)cases[index].level, cases[index].model);
        vrec_destroy(create_hearing(cases[index].model, cases[index].level, &heard));
        CHECK_NUMBER(cases[index].calls, heard.calls);
    }
}

static void no_callback_means_silence(void)
{
    vrec_options options = options_for_model("/no/such/model", "");
    options.log_level = VREC_LOG_INFO;
    vrec_engine *engine = NULL;
    CHECK_OK(vrec_create(&options, &engine, error));
    vrec_destroy(engine);
}

/* --- from inside -------------------------------------------------------------------------------- */

static vrec_engine *other;
static vrec_results *other_results;
static vrec_cancel_token *other_token;

static void every_call_is_refused(void)
{
    float vector[PLANE] = {1, 0, 0, 0};
    vrec_video video = video_with_vector("x", vector);
    vrec_event event = event_of(NULL, "a", VREC_EVENT_LIKE);
    vrec_statistics statistics = {.struct_size = sizeof statistics};
    vrec_columns columns = {.struct_size = sizeof columns};
    vrec_encoder_fields fields = {.struct_size = sizeof fields};
    vrec_encoder_description *description = NULL;
    vrec_engine *created = NULL;
    vrec_cancel_token *token = NULL;
    vrec_results *results = NULL;
    uint64_t offsets[] = {0, 1};
    uint64_t count = 7;
    uint32_t dimensions = 7;
    CHECK_REFUSED(VREC_E_REENTRANT, "vrec_create", vrec_create(NULL, &created, error));
    CHECK_REFUSED(VREC_E_REENTRANT, "vrec_cancel_token_create", vrec_cancel_token_create(&token, error));
    CHECK_REFUSED(VREC_E_REENTRANT, "vrec_load_encoder", vrec_load_encoder(other, NULL, error));
    CHECK_REFUSED(VREC_E_REENTRANT, "vrec_trim", vrec_trim(other, error));
    CHECK_REFUSED(VREC_E_REENTRANT, "vrec_count", vrec_count(other, &count, error));
    CHECK_REFUSED(VREC_E_REENTRANT, "vrec_dimensions", vrec_dimensions(other, &dimensions, error));
    CHECK_REFUSED(VREC_E_REENTRANT, "vrec_stats", vrec_stats(other, &statistics, error));
    CHECK_REFUSED(VREC_E_REENTRANT, "vrec_embed", vrec_embed(other, TEXT("a"), vector, PLANE, NULL, error));
    CHECK_REFUSED(VREC_E_REENTRANT, "vrec_embed_batch",
                  vrec_embed_batch(other, "a", offsets, 1, vector, PLANE, NULL, error));
    CHECK_REFUSED(VREC_E_REENTRANT, "vrec_add_video", vrec_add_video(other, &video, NULL, error));
    CHECK_REFUSED(VREC_E_REENTRANT, "vrec_add_videos", vrec_add_videos(other, &video, 1, sizeof video, NULL, error));
    CHECK_REFUSED(VREC_E_REENTRANT, "vrec_remove_videos", vrec_remove_videos(other, "a", offsets, 1, error));
    CHECK_REFUSED(VREC_E_REENTRANT, "vrec_record", vrec_record(other, &event, error));
    CHECK_REFUSED(VREC_E_REENTRANT, "vrec_record_batch", vrec_record_batch(other, &event, 1, sizeof event, error));
    CHECK_REFUSED(VREC_E_REENTRANT, "vrec_recommend", vrec_recommend(other, NULL, NULL, &results, error));
    CHECK_REFUSED(VREC_E_REENTRANT, "vrec_similar", vrec_similar(other, TEXT("a"), NULL, NULL, &results, error));
    CHECK_REFUSED(VREC_E_REENTRANT, "vrec_search", vrec_search(other, TEXT("a"), NULL, NULL, &results, error));
    CHECK_REFUSED(VREC_E_REENTRANT, "vrec_results_columns", vrec_results_columns(other_results, &columns, error));
    CHECK_REFUSED(VREC_E_REENTRANT, "vrec_wait_for_embeddings", vrec_wait_for_embeddings(other, NULL, error));
    CHECK_REFUSED(VREC_E_REENTRANT, "vrec_train", vrec_train(other, NULL, error));
    CHECK_REFUSED(VREC_E_REENTRANT, "vrec_train_with", vrec_train_with(other, NULL, NULL, error));
    CHECK_REFUSED(VREC_E_REENTRANT, "vrec_learn_weights", vrec_learn_weights(other, NULL, NULL, NULL, 0, NULL, error));
    CHECK_REFUSED(VREC_E_REENTRANT, "vrec_describe_encoder", vrec_describe_encoder(other, NULL, &description, error));
    CHECK_REFUSED(VREC_E_REENTRANT, "vrec_encoder_description_fields",
                  vrec_encoder_description_fields(NULL, &fields, error));
    CHECK(created == NULL && token == NULL && results == NULL && columns.ids == NULL);
    CHECK(description == NULL && fields.model_name == NULL);
    CHECK_NUMBER(7, count);
    CHECK_NUMBER(7, dimensions);
}

/* Functions that cannot fail answer as ever, or do nothing. */
static void harmless_calls_are_harmless(void)
{
    vrec_destroy(other);
    CHECK(strlen(vrec_version()) > 0);
    CHECK_NUMBER(VREC_ABI_VERSION, vrec_abi_version());
    CHECK_STATUS(VREC_OK, vrec_abi_check(VREC_ABI_VERSION));
    CHECK_NUMBER(0, vrec_cancel_token_is_cancelled(other_token));
    vrec_cancel_token_destroy(vrec_cancel_token_retain(other_token));
    vrec_cancel_token_cancel(other_token);
    CHECK_TEXT("VREC_E_REENTRANT", vrec_status_name(VREC_E_REENTRANT));
}

static void with_another_engine(void (*inside)(void))
{
    struct heard heard = {.inside = inside};
    other = make_engine();
    add_at_angle(other, "a", 0);
    add_at_angle(other, "b", 10);
    CHECK_OK(vrec_similar(other, TEXT("a"), NULL, NULL, &other_results, error));
    CHECK_OK(vrec_cancel_token_create(&other_token, error));
    vrec_destroy(create_hearing("/no/such/model", 0, &heard));
    CHECK_NUMBER(1, heard.calls);
    CHECK_NUMBER(2, count_of(other));
    CHECK_TEXT("b", similar_to(other, "a", NULL));
    CHECK_TEXT("b", ids_of(other_results));
    vrec_cancel_token_destroy(other_token);
    vrec_results_destroy(other_results);
    vrec_destroy(other);
}

static void no_call_is_taken_from_inside_a_callback(void)
{
    with_another_engine(every_call_is_refused);
}

static void what_cannot_fail_is_harmless_inside_a_callback(void)
{
    with_another_engine(harmless_calls_are_harmless);
}

static void *count_on_a_thread(void *argument)
{
    CHECK_NUMBER(2, count_of(other));
    return argument;
}

static void call_from_another_thread(void)
{
    pthread_t thread;
    REQUIRE(pthread_create(&thread, NULL, count_on_a_thread, NULL) == 0);
    pthread_join(thread, NULL);
}

static void other_threads_may_call_meanwhile(void)
{
    with_another_engine(call_from_another_thread);
}

int main(int count, char **arguments)
{
    REQUIRE(count == 2);
    model = arguments[1];
    RUN(a_missing_model_is_a_warning);
    RUN(the_callback_runs_on_the_thread_of_the_call);
    RUN(the_level_is_a_filter);
    RUN(no_callback_means_silence);
    RUN(no_call_is_taken_from_inside_a_callback);
    RUN(what_cannot_fail_is_harmless_inside_a_callback);
    RUN(other_threads_may_call_meanwhile);
    return check_finish();
}
