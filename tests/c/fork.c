/* After fork: the child's functions on the parent's engine answer VREC_E_FORKED, what needs no engine
 * goes on working there, a new engine of the child works, and the parent notices nothing.
 *
 * fork MODEL RUNTIME */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "fixture.h"

enum { MODEL_DIMENSIONS = 32 };

static const char *model;
static const char *runtime;
static vrec_engine *engine;

static void refuse_every_call(void *argument)
{
    (void)argument;
    float vector[MODEL_DIMENSIONS] = {1};
    vrec_video video = video_with_vector("x", vector);
    video.vector_len = MODEL_DIMENSIONS;
    vrec_video titled = video_with_title("y", "a title");
    vrec_event event = event_of(NULL, "a", VREC_EVENT_LIKE);
    vrec_statistics statistics = {.struct_size = sizeof statistics};
    vrec_results *results = NULL;
    vrec_encoder_description *description = NULL;
    uint64_t offsets[] = {0, 1};
    uint64_t count = 7;
    uint32_t dimensions = 7;
    CHECK_REFUSED(VREC_E_FORKED, "fork", vrec_load_encoder(engine, NULL, error));
    CHECK_REFUSED(VREC_E_FORKED, "fork", vrec_trim(engine, error));
    CHECK_REFUSED(VREC_E_FORKED, "fork", vrec_count(engine, &count, error));
    CHECK_REFUSED(VREC_E_FORKED, "fork", vrec_dimensions(engine, &dimensions, error));
    CHECK_REFUSED(VREC_E_FORKED, "fork", vrec_stats(engine, &statistics, error));
    CHECK_REFUSED(VREC_E_FORKED, "fork", vrec_embed(engine, TEXT("a"), vector, MODEL_DIMENSIONS, NULL, error));
    CHECK_REFUSED(VREC_E_FORKED, "fork",
                  vrec_embed_batch(engine, "a", offsets, 1, vector, MODEL_DIMENSIONS, NULL, error));
    CHECK_REFUSED(VREC_E_FORKED, "fork", vrec_add_video(engine, &video, NULL, error));
    CHECK_REFUSED(VREC_E_FORKED, "fork", vrec_add_videos(engine, &titled, 1, sizeof titled, NULL, error));
    CHECK_REFUSED(VREC_E_FORKED, "fork", vrec_remove_videos(engine, "a", offsets, 1, error));
    CHECK_REFUSED(VREC_E_FORKED, "fork", vrec_record(engine, &event, error));
    CHECK_REFUSED(VREC_E_FORKED, "fork", vrec_record_batch(engine, &event, 1, sizeof event, error));
    CHECK_REFUSED(VREC_E_FORKED, "fork", vrec_recommend(engine, NULL, NULL, &results, error));
    CHECK_REFUSED(VREC_E_FORKED, "fork", vrec_similar(engine, TEXT("a"), NULL, NULL, &results, error));
    CHECK_REFUSED(VREC_E_FORKED, "fork", vrec_search(engine, TEXT("a"), NULL, NULL, &results, error));
    CHECK_REFUSED(VREC_E_FORKED, "fork", vrec_wait_for_embeddings(engine, NULL, error));
    CHECK_REFUSED(VREC_E_FORKED, "fork", vrec_train(engine, NULL, error));
    CHECK_REFUSED(VREC_E_FORKED, "fork", vrec_train_with(engine, NULL, NULL, error));
    CHECK_REFUSED(VREC_E_FORKED, "fork", vrec_learn_weights(engine, NULL, NULL, NULL, 0, NULL, error));
    CHECK_REFUSED(VREC_E_FORKED, "fork", vrec_describe_encoder(engine, NULL, &description, error));
    CHECK(results == NULL && description == NULL);
    CHECK_NUMBER(7, count);
    vrec_destroy(engine);
    vrec_destroy(engine);
}

static void check_parent(void)
{
    CHECK_NUMBER(2, count_of(engine));
    CHECK_TEXT("b", similar_to(engine, "a", NULL));
    CHECK(strlen(found(engine, "music", NULL)) > 0);
}

static void the_childs_calls_are_refused_and_the_parent_goes_on(void)
{
    IN_OWN_PROCESS(refuse_every_call, NULL);
    check_parent();
}

struct kept {
    vrec_results *results;
    vrec_error *error;
    vrec_cancel_token *token;
    vrec_encoder_description *description;
};

static void use_what_was_made_before(void *argument)
{
    struct kept *kept = argument;
    CHECK_TEXT("b", ids_of(kept->results));
    CHECK_STATUS(VREC_E_NOT_FOUND, vrec_error_code(kept->error));
    CHECK(strlen(vrec_error_message(kept->error)) > 0);
    CHECK_NUMBER(0, vrec_cancel_token_is_cancelled(kept->token));
    vrec_cancel_token_cancel(kept->token);
    CHECK_NUMBER(1, vrec_cancel_token_is_cancelled(kept->token));
    vrec_encoder_fields fields = {.struct_size = sizeof fields};
    CHECK_OK(vrec_encoder_description_fields(kept->description, &fields, error));
    CHECK(fields.model_name_len > 0);
    vrec_encoder_description_destroy(kept->description);
    vrec_results_destroy(kept->results);
    vrec_error_destroy(kept->error);
    vrec_cancel_token_destroy(kept->token);
}

static void results_errors_tokens_and_descriptions_survive(void)
{
    struct kept kept = {0};
    CHECK_OK(vrec_similar(engine, TEXT("a"), NULL, NULL, &kept.results, error));
    CHECK_OK(vrec_cancel_token_create(&kept.token, error));
    CHECK_OK(vrec_describe_encoder(engine, NULL, &kept.description, error));
    vrec_results *none = NULL;
    CHECK_STATUS(VREC_E_NOT_FOUND, vrec_similar(engine, TEXT("x"), NULL, NULL, &none, &kept.error));
    IN_OWN_PROCESS(use_what_was_made_before, &kept);
    CHECK_NUMBER(0, vrec_cancel_token_is_cancelled(kept.token));
    CHECK_TEXT("b", ids_of(kept.results));
    vrec_encoder_description_destroy(kept.description);
    vrec_results_destroy(kept.results);
    vrec_error_destroy(kept.error);
    vrec_cancel_token_destroy(kept.token);
}

static void use_an_engine_of_the_child(void *argument)
{
    (void)argument;
    vrec_engine *parents = engine;
    engine = make_engine();
    add_at_angle(engine, "a", 0);
    add_at_angle(engine, "b", 10);
    record(engine, NULL, "a", VREC_EVENT_COMPLETE);
    CHECK_TEXT("b", recommended(engine, NULL));
    IN_OWN_PROCESS(refuse_every_call, NULL);
    CHECK_TEXT("b", recommended(engine, NULL));
    vrec_destroy(engine);
    engine = parents;
}

static void a_new_engine_works_in_the_child(void)
{
    IN_OWN_PROCESS(use_an_engine_of_the_child, NULL);
    check_parent();
}

/* The runtime was loaded by the parent; its locks may be held by threads that the child has not. */
static void use_a_model_in_the_child(void *argument)
{
    (void)argument;
    vrec_options options = options_for_model(model, runtime);
    vrec_engine *childs = NULL;
    CHECK_OK(vrec_create(&options, &childs, error));
    CHECK_REFUSED(VREC_E_FORKED, "fork", vrec_load_encoder(childs, NULL, error));
    vrec_video video = video_with_title("t", "a title");
    CHECK_REFUSED(VREC_E_FORKED, "fork", vrec_add_video(childs, &video, NULL, error));
    float vector[MODEL_DIMENSIONS] = {1};
    video = video_with_vector("v", vector);
    video.vector_len = MODEL_DIMENSIONS;
    CHECK_OK(vrec_add_video(childs, &video, NULL, error));
    CHECK_NUMBER(1, count_of(childs));
    vrec_destroy(childs);
}

static void the_parents_runtime_is_closed_to_the_child(void)
{
    IN_OWN_PROCESS(use_a_model_in_the_child, NULL);
    check_parent();
}

static void use_a_model_before_the_parent(void *argument)
{
    (void)argument;
    vrec_engine *childs = make_engine_with_model(model, runtime);
    add_titled(childs, "t", "a title");
    CHECK_NUMBER(1, count_of(childs));
    vrec_destroy(childs);
}

static void a_child_of_a_parent_without_a_runtime_may_load_one(void)
{
    IN_OWN_PROCESS(use_a_model_before_the_parent, NULL);
}

int main(int count, char **arguments)
{
    REQUIRE(count == 3);
    model = arguments[1];
    runtime = arguments[2];
    RUN(a_child_of_a_parent_without_a_runtime_may_load_one);
    engine = make_engine_with_model(model, runtime);
    add_titled(engine, "a", "a quiet music concert");
    add_titled(engine, "b", "a football match");
    RUN(the_childs_calls_are_refused_and_the_parent_goes_on);
    RUN(results_errors_tokens_and_descriptions_survive);
    RUN(a_new_engine_works_in_the_child);
    RUN(the_parents_runtime_is_closed_to_the_child);
    vrec_destroy(engine);
    return check_finish();
}
