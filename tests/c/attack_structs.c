/* struct_size and stride, attacked: every size from nothing to far past the end, structs of older and
 * newer callers, strides that cannot be. Each struct lies right before a page that must not be
 * touched.
 *
 * attack_structs FOLDER */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "stores.h"

enum { LARGEST_STRUCT = 4096 };

static vrec_engine *engine;
static vrec_engine *engine_with_store;
static float plane_vector[PLANE] = {1, 0, 0, 0};

/* --- structs that go in ------------------------------------------------------------------------- */

typedef int32_t (*struct_call)(const void *given, vrec_error **error);

static int32_t give_options(const void *given, vrec_error **error)
{
    vrec_engine *created = NULL;
    int32_t status = vrec_create(given, &created, error);
    vrec_destroy(created);
    return status;
}

static int32_t give_call_options(const void *given, vrec_error **error)
{
    vrec_results *results = NULL;
    int32_t status = vrec_recommend(engine, NULL, given, &results, error);
    vrec_results_destroy(results);
    return status;
}

static int32_t give_query(const void *given, vrec_error **error)
{
    vrec_results *results = NULL;
    int32_t status = vrec_recommend(engine, given, NULL, &results, error);
    vrec_results_destroy(results);
    return status;
}

static int32_t give_video(const void *given, vrec_error **error)
{
    return vrec_add_video(engine, given, NULL, error);
}

static int32_t give_event(const void *given, vrec_error **error)
{
    return vrec_record(engine, given, error);
}

static int32_t give_videos(const void *given, vrec_error **error)
{
    return vrec_add_videos(engine, given, 1, LARGEST_STRUCT, NULL, error);
}

static int32_t give_events(const void *given, vrec_error **error)
{
    return vrec_record_batch(engine, given, 1, LARGEST_STRUCT, error);
}

/* In an array of one, in options of today's size. */
static int32_t give_provider(const void *given, vrec_error **error)
{
    vrec_options options = {.struct_size = sizeof options};
    options.providers = given;
    options.provider_count = 1;
    options.provider_stride = LARGEST_STRUCT;
    return give_options(&options, error);
}

static int32_t give_model_file(const void *given, vrec_error **error)
{
    vrec_options options = {.struct_size = sizeof options};
    options.model_files = given;
    options.model_file_count = 1;
    options.model_file_stride = LARGEST_STRUCT;
    return give_options(&options, error);
}

static int32_t give_wait(const void *given, vrec_error **error)
{
    return vrec_wait_for_embeddings(engine, given, error);
}

static int32_t give_train(const void *given, vrec_error **error)
{
    return vrec_train(engine, given, error);
}

static int32_t give_train_options(const void *given, vrec_error **error)
{
    return vrec_train_with(engine, given, NULL, error);
}

static int32_t give_retention(const void *given, vrec_error **error)
{
    return vrec_retain(engine_with_store, given, NULL, error);
}

static int32_t give_export_options(const void *given, vrec_error **error)
{
    vrec_export *lines = NULL;
    int32_t status = vrec_profile_export(engine_with_store, TEXT("default"), given, &lines, error);
    vrec_export_destroy(lines);
    return status;
}

/* Values that every call takes, in structs of today's size. */
static const vrec_options good_options = {.struct_size = sizeof good_options};
static const vrec_call_options good_call = {.struct_size = sizeof good_call};
static const vrec_query good_query = {.struct_size = sizeof good_query, .limit = 3};
static const vrec_video good_video = {
    .struct_size = sizeof good_video, .id = "v", .id_len = 1, .vector = plane_vector, .vector_len = PLANE};
static const vrec_event good_event = {
    .struct_size = sizeof good_event, .video_id = "a", .video_id_len = 1, .kind = VREC_EVENT_SELECT};

static const vrec_provider good_provider = {.struct_size = sizeof good_provider, .kind = VREC_PROVIDER_CPU};
static const vrec_model_file good_model_file = {
    .struct_size = sizeof good_model_file, .name = "n", .name_len = 1, .data = "d", .data_len = 1};
/* A limit in its first field, so that callers with shorter structs set it, too. */
static const vrec_retention good_retention = {.struct_size = sizeof good_retention, .max_age_ms = INT64_MAX};
static const vrec_train_options good_train = {.struct_size = sizeof good_train};
static const vrec_export_options good_export = {.struct_size = sizeof good_export};

static const struct {
    const char *name;
    const void *good;
    size_t size;
    struct_call call;
    /* What its size alone, all else being defaults, gives. */
    int32_t empty_status;
} inputs[] = {
    {"vrec_options", &good_options, sizeof good_options, give_options, VREC_OK},
    {"vrec_call_options", &good_call, sizeof good_call, give_call_options, VREC_OK},
    {"vrec_query", &good_query, sizeof good_query, give_query, VREC_OK},
    {"vrec_video", &good_video, sizeof good_video, give_video, VREC_E_INVALID_ARGUMENT},
    {"vrec_event", &good_event, sizeof good_event, give_event, VREC_E_INVALID_ARGUMENT},
    {"vrec_video", &good_video, sizeof good_video, give_videos, VREC_E_INVALID_ARGUMENT},
    {"vrec_event", &good_event, sizeof good_event, give_events, VREC_E_INVALID_ARGUMENT},
    {"vrec_call_options", &good_call, sizeof good_call, give_wait, VREC_OK},
    {"vrec_call_options", &good_call, sizeof good_call, give_train, VREC_OK},
    {"vrec_provider", &good_provider, sizeof good_provider, give_provider, VREC_E_INVALID_ARGUMENT},
    {"vrec_model_file", &good_model_file, sizeof good_model_file, give_model_file, VREC_E_INVALID_ARGUMENT},
    {"vrec_train_options", &good_train, sizeof good_train, give_train_options, VREC_OK},
    {"vrec_retention", &good_retention, sizeof good_retention, give_retention, VREC_E_INVALID_ARGUMENT},
    {"vrec_export_options", &good_export, sizeof good_export, give_export_options, VREC_OK},
};

enum { INPUTS = sizeof inputs / sizeof inputs[0] };

/* The good struct of an input as a caller of another version has it: `size` bytes, zeros past what is
 * known today, nothing readable behind. At least a size_t is readable, as the header demands. */
static void *resized(size_t input, size_t size, size_t claimed)
{
    size_t readable = size < sizeof(size_t) ? sizeof(size_t) : size;
    char *copy = memory_before_guard(readable);
    memcpy(copy, inputs[input].good, readable < inputs[input].size ? readable : inputs[input].size);
    memcpy(copy, &claimed, sizeof claimed);
    return copy;
}

static void todays_structs_are_taken(void)
{
    for (size_t input = 0; input < INPUTS; input++) {
        CHECK_OK(inputs[input].call(resized(input, inputs[input].size, inputs[input].size), error));
    }
}

static void sizes_that_no_struct_has_are_refused(void)
{
    size_t wrong[] = {0, 1, 7};
    for (size_t input = 0; input < INPUTS; input++) {
        size_t full = inputs[input].size;
        for (size_t index = 0; index < sizeof wrong / sizeof wrong[0]; index++) {
            check_case("%s of %zu bytes", inputs[input].name, wrong[index]);
            void *given = resized(input, wrong[index], wrong[index]);
            CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "struct_size", inputs[input].call(given, error));
            CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, inputs[input].name, inputs[input].call(given, error));
        }
        check_case("%s short of one byte", inputs[input].name);
        CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "struct_size",
                      inputs[input].call(resized(input, full - 1, full - 1), error));
        check_case("%s with a field cut in two", inputs[input].name);
        CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "struct_size",
                      inputs[input].call(resized(input, sizeof(size_t) + 3, sizeof(size_t) + 3), error));
    }
}

static void a_size_alone_means_all_defaults(void)
{
    for (size_t input = 0; input < INPUTS; input++) {
        void *given = resized(input, sizeof(size_t), sizeof(size_t));
        check_case("%s", inputs[input].name);
        if (inputs[input].empty_status == VREC_OK) {
            CHECK_OK(inputs[input].call(given, error));
        } else {
            CHECK_REFUSED(inputs[input].empty_status, NULL, inputs[input].call(given, error));
        }
    }
}

/* Whatever the size, the answer is one of three and nothing past the struct is read. */
static void every_size_gets_a_clean_answer(void)
{
    for (size_t input = 0; input < INPUTS; input++) {
        for (size_t size = 0; size <= inputs[input].size + 16; size++) {
            check_case("%s of %zu bytes", inputs[input].name, size);
            int32_t status = inputs[input].call(resized(input, size, size), NULL);
            CHECK(status == VREC_OK || status == VREC_E_INVALID_ARGUMENT);
            CHECK(size < inputs[input].size || status == VREC_OK);
        }
    }
}

static void newer_structs_are_taken_while_their_new_fields_are_zero(void)
{
    for (size_t input = 0; input < INPUTS; input++) {
        size_t full = inputs[input].size;
        size_t longer[] = {full + 1, full + 8, full + 100, LARGEST_STRUCT};
        for (size_t index = 0; index < sizeof longer / sizeof longer[0]; index++) {
            check_case("%s of %zu bytes", inputs[input].name, longer[index]);
            char *given = resized(input, longer[index], longer[index]);
            CHECK_OK(inputs[input].call(given, error));
            given[longer[index] - 1] = 1;
            CHECK_REFUSED(VREC_E_TOO_NEW, inputs[input].name, inputs[input].call(given, error));
        }
    }
}

static void enormous_structs_are_refused_unread(void)
{
    size_t enormous[] = {LARGEST_STRUCT + 1, (size_t)1 << 30, SIZE_MAX};
    for (size_t input = 0; input < INPUTS; input++) {
        for (size_t index = 0; index < sizeof enormous / sizeof enormous[0]; index++) {
            check_case("%s of %zu bytes", inputs[input].name, enormous[index]);
            void *given = resized(input, sizeof(size_t), enormous[index]);
            CHECK_REFUSED(VREC_E_TOO_NEW, inputs[input].name, inputs[input].call(given, error));
        }
    }
}

/* A caller may have packed the struct into a buffer of its own. */
static void structs_need_no_alignment(void)
{
    char *memory = malloc(LARGEST_STRUCT);
    REQUIRE(memory != NULL);
    for (size_t input = 0; input < INPUTS; input++) {
        memcpy(memory + 1, inputs[input].good, inputs[input].size);
        check_case("%s", inputs[input].name);
        CHECK_OK(inputs[input].call(memory + 1, error));
    }
    free(memory);
}

/* --- arrays ------------------------------------------------------------------------------------- */

static int32_t add_with_stride(const void *videos, size_t count, size_t stride, vrec_error **error)
{
    return vrec_add_videos(engine, videos, count, stride, NULL, error);
}

static int32_t record_with_stride(const void *events, size_t count, size_t stride, vrec_error **error)
{
    return vrec_record_batch(engine, events, count, stride, error);
}

static int32_t create_with_providers(const void *providers, size_t count, size_t stride, vrec_error **error)
{
    vrec_options options = {.struct_size = sizeof options};
    options.providers = providers;
    options.provider_count = count;
    options.provider_stride = stride;
    return give_options(&options, error);
}

static int32_t create_with_model_files(const void *files, size_t count, size_t stride, vrec_error **error)
{
    vrec_options options = {.struct_size = sizeof options};
    options.model_files = files;
    options.model_file_count = count;
    options.model_file_stride = stride;
    return give_options(&options, error);
}

static const struct {
    const char *name;
    const void *good;
    size_t size;
    int32_t (*call)(const void *array, size_t count, size_t stride, vrec_error **error);
    /* The most elements, as messages have it. */
    const char *most;
} arrays[] = {
    {"vrec_video", &good_video, sizeof good_video, add_with_stride, "65536"},
    {"vrec_event", &good_event, sizeof good_event, record_with_stride, "65536"},
    {"vrec_provider", &good_provider, sizeof good_provider, create_with_providers, "16"},
    {"vrec_model_file", &good_model_file, sizeof good_model_file, create_with_model_files, "16"},
};

enum { ARRAYS = sizeof arrays / sizeof arrays[0] };

static void impossible_strides_are_refused_unread(void)
{
    size_t strides[] = {0, 1, sizeof(size_t) - 1, LARGEST_STRUCT + 1, (size_t)1 << 40, SIZE_MAX};
    for (size_t array = 0; array < ARRAYS; array++) {
        for (size_t index = 0; index < sizeof strides / sizeof strides[0]; index++) {
            check_case("an array of %s with a stride of %zu", arrays[array].name, strides[index]);
            CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "stride",
                          arrays[array].call(unreadable(), 2, strides[index], error));
        }
    }
}

static void huge_counts_are_refused_unread(void)
{
    size_t counts[] = {65537, (size_t)1 << 40, SIZE_MAX / 2, SIZE_MAX};
    for (size_t array = 0; array < ARRAYS; array++) {
        for (size_t index = 0; index < sizeof counts / sizeof counts[0]; index++) {
            check_case("%zu times %s", counts[index], arrays[array].name);
            CHECK_REFUSED(VREC_E_LIMIT, arrays[array].most,
                          arrays[array].call(unreadable(), counts[index], arrays[array].size, error));
        }
    }
}

static void a_struct_longer_than_the_stride_is_refused(void)
{
    for (size_t array = 0; array < ARRAYS; array++) {
        check_case("%s", arrays[array].name);
        CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "stride",
                      arrays[array].call(arrays[array].good, 1, arrays[array].size - 8, error));
    }
}

static void arrays_of_no_elements_need_nothing_else(void)
{
    for (size_t array = 0; array < ARRAYS; array++) {
        CHECK_OK(arrays[array].call(NULL, 0, arrays[array].size, error));
        CHECK_OK(arrays[array].call(unreadable(), 0, arrays[array].size, error));
    }
}

/* Elements with a host's own data behind each; the last ends where its struct ends. Odd strides leave
 * the elements unaligned. */
static void data_behind_each_element_is_not_looked_at(void)
{
    enum { ELEMENTS = 3 };
    size_t behind[] = {0, 1, 7, 40, 1000};
    for (size_t index = 0; index < sizeof behind / sizeof behind[0]; index++) {
        size_t stride = sizeof(vrec_video) + behind[index];
        char *memory = memory_before_guard((ELEMENTS - 1) * stride + sizeof(vrec_video));
        memset(memory, 0xEE, (ELEMENTS - 1) * stride + sizeof(vrec_video));
        for (size_t element = 0; element < ELEMENTS; element++) {
            vrec_video video = video_with_vector("", plane_vector);
            video.id = &"xyz"[element];
            video.id_len = 1;
            memcpy(memory + element * stride, &video, sizeof video);
        }
        check_case("%zu bytes behind each element", behind[index]);
        vrec_engine *other = make_engine();
        CHECK_OK(vrec_add_videos(other, (const vrec_video *)(void *)memory, ELEMENTS, stride, NULL, error));
        CHECK_TEXT("y z", similar_to(other, "x", NULL));
        vrec_destroy(other);
    }
}

static void the_broken_element_is_named_by_its_index(void)
{
    vrec_video videos[] = {good_video, good_video, good_video};
    vrec_event events[] = {good_event, good_event, good_event};
    videos[2].struct_size = 3;
    events[1].struct_size = 3;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "2", add_with_stride(videos, 3, sizeof videos[0], error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "1", record_with_stride(events, 3, sizeof events[0], error));
    vrec_provider providers[] = {good_provider, good_provider, good_provider};
    vrec_model_file files[] = {good_model_file, good_model_file, good_model_file};
    providers[2].struct_size = 3;
    files[1].struct_size = 3;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "providers[2]",
                  create_with_providers(providers, 3, sizeof providers[0], error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "model_files[1]",
                  create_with_model_files(files, 3, sizeof files[0], error));
}

/* --- structs that come out ---------------------------------------------------------------------- */

static int32_t take_statistics(void *taken, vrec_error **error)
{
    return vrec_stats(engine, taken, error);
}

static int32_t take_columns(void *taken, vrec_error **error)
{
    vrec_results *results = NULL;
    vrec_recommend(engine, NULL, NULL, &results, NULL);
    int32_t status = vrec_results_columns(results, taken, error);
    vrec_results_destroy(results);
    return status;
}

static int32_t take_profile_columns(void *taken, vrec_error **error)
{
    vrec_profiles *profiles = NULL;
    vrec_profile_list(engine, &profiles, NULL);
    int32_t status = vrec_profiles_columns(profiles, taken, error);
    vrec_profiles_destroy(profiles);
    return status;
}

static int32_t take_learned_weights(void *taken, vrec_error **error)
{
    vrec_feature_weight weights[VREC_MAX_FEATURES];
    return vrec_learn_weights(engine, NULL, NULL, weights, VREC_MAX_FEATURES, taken, error);
}

static const struct {
    const char *name;
    size_t size;
    int32_t (*call)(void *taken, vrec_error **error);
} outputs[] = {
    {"vrec_statistics", sizeof(vrec_statistics), take_statistics},
    {"vrec_columns", sizeof(vrec_columns), take_columns},
    {"vrec_profile_columns", sizeof(vrec_profile_columns), take_profile_columns},
    {"vrec_learned_weights", sizeof(vrec_learned_weights), take_learned_weights},
};

enum { OUTPUTS = sizeof outputs / sizeof outputs[0], GUARD = 0xA5 };

static char *output_of_size(size_t readable, size_t claimed)
{
    char *taken = memory_before_guard(readable);
    memset(taken, GUARD, readable);
    memcpy(taken, &claimed, sizeof claimed);
    return taken;
}

/* Whether the bytes from one position up to another all have this value. */
static int filled_with(const char *bytes, size_t from, size_t to, unsigned char value)
{
    for (size_t index = from; index < to; index++) {
        if ((unsigned char)bytes[index] != value) {
            return 0;
        }
    }
    return 1;
}

static void nothing_is_written_past_a_short_output(void)
{
    for (size_t output = 0; output < OUTPUTS; output++) {
        size_t full = outputs[output].size;
        for (size_t size = sizeof(size_t); size <= full; size++) {
            check_case("%s of %zu bytes", outputs[output].name, size);
            char *taken = output_of_size(full + 64, size);
            int32_t status = outputs[output].call(taken, NULL);
            CHECK(status == VREC_OK || status == VREC_E_INVALID_ARGUMENT);
            CHECK(memcmp(taken, &size, sizeof size) == 0);
            size_t written = status == VREC_OK ? size : sizeof size;
            CHECK(filled_with(taken, written, full + 64, GUARD));
        }
    }
}

static void a_longer_output_ends_with_zeros(void)
{
    for (size_t output = 0; output < OUTPUTS; output++) {
        size_t full = outputs[output].size;
        size_t longer[] = {full + 1, full + 8, LARGEST_STRUCT};
        for (size_t index = 0; index < sizeof longer / sizeof longer[0]; index++) {
            check_case("%s of %zu bytes", outputs[output].name, longer[index]);
            char *taken = output_of_size(longer[index], longer[index]);
            CHECK_OK(outputs[output].call(taken, error));
            CHECK(filled_with(taken, full, longer[index], 0));
            CHECK(!filled_with(taken, sizeof(size_t), full, GUARD));
        }
    }
}

static void impossible_output_sizes_are_refused_and_nothing_is_written(void)
{
    size_t sizes[] = {0, 1, 7, LARGEST_STRUCT + 1, (size_t)1 << 30, SIZE_MAX};
    for (size_t output = 0; output < OUTPUTS; output++) {
        for (size_t index = 0; index < sizeof sizes / sizeof sizes[0]; index++) {
            check_case("%s of %zu bytes", outputs[output].name, sizes[index]);
            int32_t expected = sizes[index] > LARGEST_STRUCT ? VREC_E_TOO_NEW : VREC_E_INVALID_ARGUMENT;
            char *taken = output_of_size(outputs[output].size, sizes[index]);
            CHECK_REFUSED(expected, "struct_size", outputs[output].call(taken, error));
            CHECK(filled_with(taken, sizeof(size_t), outputs[output].size, GUARD));
        }
    }
}

static void an_output_of_a_size_alone_is_taken(void)
{
    for (size_t output = 0; output < OUTPUTS; output++) {
        CHECK_OK(outputs[output].call(output_of_size(sizeof(size_t), sizeof(size_t)), error));
    }
}

int main(int count, char **arguments)
{
    REQUIRE(count == 2);
    stores_folder = arguments[1];
    engine_with_store = open_store(new_store());
    add_at_angle(engine_with_store, "a", 0);
    record(engine_with_store, NULL, "a", VREC_EVENT_LIKE);
    engine = make_engine();
    add_at_angle(engine, "a", 0);
    RUN(todays_structs_are_taken);
    RUN(sizes_that_no_struct_has_are_refused);
    RUN(a_size_alone_means_all_defaults);
    RUN(every_size_gets_a_clean_answer);
    RUN(newer_structs_are_taken_while_their_new_fields_are_zero);
    RUN(enormous_structs_are_refused_unread);
    RUN(structs_need_no_alignment);
    RUN(impossible_strides_are_refused_unread);
    RUN(huge_counts_are_refused_unread);
    RUN(a_struct_longer_than_the_stride_is_refused);
    RUN(arrays_of_no_elements_need_nothing_else);
    RUN(data_behind_each_element_is_not_looked_at);
    RUN(the_broken_element_is_named_by_its_index);
    RUN(nothing_is_written_past_a_short_output);
    RUN(a_longer_output_ends_with_zeros);
    RUN(impossible_output_sizes_are_refused_and_nothing_is_written);
    RUN(an_output_of_a_size_alone_is_taken);
    vrec_destroy(engine);
    vrec_destroy(engine_with_store);
    return check_finish();
}
