/* NULL for every pointer of every function in turn, and for all at once: each is refused by name,
 * with and without an error to fill, and no output is touched. What NULL may stand for works. */
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "fixture.h"

static vrec_engine *engine;
static float plane_vector[PLANE] = {1, 0, 0, 0};

static void outputs_are_required(void)
{
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "token", vrec_cancel_token_create(NULL, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "engine", vrec_create(NULL, NULL, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "count", vrec_count(engine, NULL, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "dimensions", vrec_dimensions(engine, NULL, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "statistics", vrec_stats(engine, NULL, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "results", vrec_recommend(engine, NULL, NULL, NULL, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "results", vrec_similar(engine, TEXT("a"), NULL, NULL, NULL, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "results", vrec_search(engine, TEXT("a"), NULL, NULL, NULL, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "description", vrec_describe_encoder(engine, NULL, NULL, error));
}

static void an_engine_is_required(void)
{
    vrec_video video = video_with_vector("a", plane_vector);
    vrec_event event = event_of(NULL, "a", VREC_EVENT_LIKE);
    vrec_statistics statistics = {0};
    statistics.struct_size = sizeof statistics;
    vrec_results *results = NULL;
    vrec_encoder_description *description = NULL;
    uint64_t offsets[] = {0, 1};
    uint64_t count = 7;
    uint32_t dimensions = 7;
    float vector[PLANE] = {7, 7, 7, 7};
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "engine", vrec_load_encoder(NULL, NULL, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "engine", vrec_trim(NULL, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "engine", vrec_count(NULL, &count, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "engine", vrec_dimensions(NULL, &dimensions, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "engine", vrec_stats(NULL, &statistics, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "engine", vrec_embed(NULL, TEXT("a"), vector, PLANE, NULL, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "engine",
                  vrec_embed_batch(NULL, "a", offsets, 1, vector, PLANE, NULL, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "engine", vrec_add_video(NULL, &video, NULL, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "engine", vrec_add_videos(NULL, &video, 1, sizeof video, NULL, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "engine", vrec_remove_videos(NULL, "a", offsets, 1, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "engine", vrec_record(NULL, &event, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "engine", vrec_record_batch(NULL, &event, 1, sizeof event, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "engine", vrec_recommend(NULL, NULL, NULL, &results, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "engine", vrec_similar(NULL, TEXT("a"), NULL, NULL, &results, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "engine", vrec_search(NULL, TEXT("a"), NULL, NULL, &results, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "engine", vrec_wait_for_embeddings(NULL, NULL, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "engine", vrec_train(NULL, NULL, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "engine", vrec_train_with(NULL, NULL, NULL, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "engine", vrec_learn_weights(NULL, NULL, NULL, NULL, 0, NULL, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "engine", vrec_describe_encoder(NULL, NULL, &description, error));
    CHECK(results == NULL && description == NULL);
    CHECK_NUMBER(7, count);
    CHECK_NUMBER(7, dimensions);
    CHECK_NUMBER(0, statistics.videos);
    CHECK_NEAR(7, vector[0], 0);
}

static void inputs_are_required(void)
{
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "video", vrec_add_video(engine, NULL, NULL, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "videos",
                  vrec_add_videos(engine, NULL, 1, sizeof(vrec_video), NULL, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "event", vrec_record(engine, NULL, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "events", vrec_record_batch(engine, NULL, 1, sizeof(vrec_event), error));

    vrec_video video = video_with_vector("a", NULL);
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "vector", vrec_add_video(engine, &video, NULL, error));
    video.vector = plane_vector;
    video.vector_len = 0;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "vector", vrec_add_video(engine, &video, NULL, error));
}

static void results_and_columns_are_required(void)
{
    vrec_columns columns = {0};
    columns.struct_size = sizeof columns;
    vrec_results *results = NULL;
    CHECK_OK(vrec_recommend(engine, NULL, NULL, &results, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "results", vrec_results_columns(NULL, &columns, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "columns", vrec_results_columns(results, NULL, error));
    CHECK(columns.ids == NULL && columns.scores == NULL);
    vrec_results_destroy(results);
}

static int32_t create_with(vrec_options options, vrec_error **error)
{
    options.struct_size = sizeof options;
    vrec_engine *created = NULL;
    int32_t status = vrec_create(&options, &created, error);
    vrec_destroy(created);
    return status;
}

static int32_t create_with_provider(vrec_provider provider, vrec_error **error)
{
    provider.struct_size = sizeof provider;
    provider.kind = VREC_PROVIDER_CUDA;
    vrec_options options = {.providers = &provider, .provider_count = 1, .provider_stride = sizeof provider};
    return create_with(options, error);
}

static int32_t create_with_file(vrec_model_file file, vrec_error **error)
{
    file.struct_size = sizeof file;
    vrec_options options = {.model_files = &file, .model_file_count = 1, .model_file_stride = sizeof file};
    return create_with(options, error);
}

static void what_options_point_to_is_required(void)
{
    vrec_options providers = {.provider_count = 1, .provider_stride = sizeof(vrec_provider)};
    vrec_options files = {.model_file_count = 1, .model_file_stride = sizeof(vrec_model_file)};
    uint64_t offsets[] = {0, 1};
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "providers", create_with(providers, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "model_files", create_with(files, error));

    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "library_path",
                  create_with_provider((vrec_provider){.library_path_len = 1}, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "name", create_with_provider((vrec_provider){.name_len = 1}, error));
    vrec_provider optioned = {.option_keys = "k", .option_key_offsets = offsets, .option_values = "v",
                              .option_value_offsets = offsets, .option_count = 1};
    CHECK_OK(create_with_provider(optioned, error));
    vrec_provider broken = optioned;
    broken.option_keys = NULL;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "option_keys", create_with_provider(broken, error));
    broken = optioned;
    broken.option_key_offsets = NULL;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "option_keys", create_with_provider(broken, error));
    broken = optioned;
    broken.option_values = NULL;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "option_values", create_with_provider(broken, error));
    broken = optioned;
    broken.option_value_offsets = NULL;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "option_values", create_with_provider(broken, error));

    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "name",
                  create_with_file((vrec_model_file){.data = "d", .data_len = 1}, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "name",
                  create_with_file((vrec_model_file){.name_len = 1, .data = "d", .data_len = 1}, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "data",
                  create_with_file((vrec_model_file){.name = "n", .name_len = 1, .data_len = 1}, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "data",
                  create_with_file((vrec_model_file){.name = "n", .name_len = 1, .data = "d"}, error));
}

static void a_description_is_required(void)
{
    vrec_encoder_fields fields = {0};
    fields.struct_size = sizeof fields;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "description", vrec_encoder_description_fields(NULL, &fields, error));
    CHECK(fields.model_name == NULL && fields.provider_names == NULL);
}

static void everything_null_at_once(void)
{
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, NULL, vrec_cancel_token_create(NULL, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, NULL, vrec_create(NULL, NULL, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, NULL, vrec_load_encoder(NULL, NULL, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, NULL, vrec_trim(NULL, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, NULL, vrec_count(NULL, NULL, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, NULL, vrec_dimensions(NULL, NULL, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, NULL, vrec_stats(NULL, NULL, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, NULL, vrec_embed(NULL, NULL, 1, NULL, 1, NULL, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, NULL, vrec_embed_batch(NULL, NULL, NULL, 1, NULL, 1, NULL, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, NULL, vrec_add_video(NULL, NULL, NULL, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, NULL, vrec_add_videos(NULL, NULL, 1, 0, NULL, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, NULL, vrec_remove_videos(NULL, NULL, NULL, 1, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, NULL, vrec_record(NULL, NULL, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, NULL, vrec_record_batch(NULL, NULL, 1, 0, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, NULL, vrec_recommend(NULL, NULL, NULL, NULL, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, NULL, vrec_similar(NULL, NULL, 1, NULL, NULL, NULL, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, NULL, vrec_search(NULL, NULL, 1, NULL, NULL, NULL, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, NULL, vrec_results_columns(NULL, NULL, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, NULL, vrec_wait_for_embeddings(NULL, NULL, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, NULL, vrec_describe_encoder(NULL, NULL, NULL, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, NULL, vrec_encoder_description_fields(NULL, NULL, error));
}

static void null_handles_are_harmless_where_allowed(void)
{
    vrec_destroy(NULL);
    vrec_error_destroy(NULL);
    vrec_results_destroy(NULL);
    vrec_cancel_token_destroy(NULL);
    vrec_encoder_description_destroy(NULL);
    vrec_cancel_token_cancel(NULL);
    CHECK(vrec_cancel_token_retain(NULL) == NULL);
    CHECK_NUMBER(0, vrec_cancel_token_is_cancelled(NULL));
    CHECK_STATUS(VREC_OK, vrec_error_code(NULL));
    CHECK_TEXT("", vrec_error_message(NULL));
}

static void null_with_a_length_of_zero_is_the_empty_string(void)
{
    vrec_results *results = NULL;
    vrec_video video = video_with_vector("a", plane_vector);
    vrec_event event = event_of(NULL, "", VREC_EVENT_SEARCH);
    event.video_id = NULL;
    CHECK_OK(vrec_add_video(engine, &video, NULL, error));
    CHECK_OK(vrec_record(engine, &event, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "video_id", vrec_similar(engine, NULL, 0, NULL, NULL, &results, error));
    video.id = NULL;
    video.id_len = 0;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "id", vrec_add_video(engine, &video, NULL, error));
    CHECK(results == NULL);
}

static void outputs_keep_what_they_had(void)
{
    vrec_engine *no_engine = engine;
    vrec_options options = {0};
    options.struct_size = 3;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, NULL, vrec_create(&options, &no_engine, error));
    CHECK(no_engine == engine);

    vrec_results *sentinel = (vrec_results *)engine;
    vrec_results *results = sentinel;
    vrec_query query = query_for(NULL);
    query.watched = 9;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, NULL, vrec_recommend(engine, &query, NULL, &results, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, NULL, vrec_similar(engine, TEXT("a"), &query, NULL, &results, error));
    CHECK_REFUSED(VREC_E_NOT_FOUND, NULL, vrec_similar(engine, TEXT("x"), NULL, NULL, &results, error));
    query = query_for_meaning();
    CHECK_REFUSED(VREC_E_NO_ENCODER, NULL, vrec_search(engine, TEXT("x"), &query, NULL, &results, error));
    CHECK(results == sentinel);
    vrec_encoder_description *description = (vrec_encoder_description *)engine;
    CHECK_REFUSED(VREC_E_NO_ENCODER, NULL, vrec_describe_encoder(engine, NULL, &description, error));
    CHECK(description == (vrec_encoder_description *)engine);
}

static void an_error_is_written_on_failure_only(void)
{
    uint64_t count = 0;
    vrec_error *sentinel = (vrec_error *)engine;
    vrec_error *error = sentinel;
    CHECK_STATUS(VREC_OK, vrec_count(engine, &count, &error));
    CHECK(error == sentinel);
    error = NULL;
    CHECK_STATUS(VREC_E_INVALID_ARGUMENT, vrec_count(engine, NULL, &error));
    REQUIRE(error != NULL);
    char message[64];
    snprintf(message, sizeof message, "%s", vrec_error_message(error));
    CHECK_TEXT("count is NULL", message);
    vrec_error_destroy(error);
}

int main(void)
{
    engine = make_engine();
    add_at_angle(engine, "a", 0);
    RUN(outputs_are_required);
    RUN(an_engine_is_required);
    RUN(inputs_are_required);
    RUN(results_and_columns_are_required);
    RUN(what_options_point_to_is_required);
    RUN(a_description_is_required);
    RUN(everything_null_at_once);
    RUN(null_handles_are_harmless_where_allowed);
    RUN(null_with_a_length_of_zero_is_the_empty_string);
    RUN(outputs_keep_what_they_had);
    RUN(an_error_is_written_on_failure_only);
    vrec_destroy(engine);
    return check_finish();
}
