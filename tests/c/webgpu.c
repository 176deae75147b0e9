/* The WebGPU execution provider, a plug-in library of the runtime, on a Vulkan driver that needs no
 * GPU: the vectors are those of the CPU, the work really runs there, and a provider that cannot
 * serve is never passed over in silence.
 *
 * webgpu MODEL RUNTIME PROVIDER_LIBRARY [without-a-device]
 *
 * The first text takes seconds: the driver compiles the model's shaders. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "fixture.h"

static const char *model;
static const char *runtime;
static const char *provider_library;

static const char WEBGPU[] = "WebGpuExecutionProvider";
static const char CPU[] = "CPUExecutionProvider";

static const double LARGEST_DIFFERENCE = 1e-3;

static const char *const texts[] = {
    "纪录片",
    "深海里的生命",
    "A history of the steam engine",
    "How bread rises",
    "学做川菜 Cooking Sichuan food",
    "第二次世界大战中的密码学：从恩尼格玛到图灵",
    "",
    "A text that is longer than one window of the tiny model, so that it is cut into several, which "
    "share some of their words, and whose vectors are put together again, on whichever device.",
};

enum { TEXTS = sizeof texts / sizeof texts[0] };

static vrec_provider provider_of(int32_t kind, uint32_t flags, const char *library)
{
    vrec_provider provider = {0};
    provider.struct_size = sizeof provider;
    provider.kind = kind;
    provider.flags = flags;
    provider.library_path = library;
    provider.library_path_len = library == NULL ? 0 : strlen(library);
    return provider;
}

static vrec_provider webgpu(uint32_t flags)
{
    return provider_of(VREC_PROVIDER_WEBGPU, flags, provider_library);
}

static vrec_engine *make_engine_on(const vrec_provider *providers, size_t count)
{
    vrec_options options = options_for_model(model, runtime);
    options.providers = providers;
    options.provider_count = count;
    options.provider_stride = sizeof *providers;
    options.embedding_cache_bytes = VREC_CACHE_NONE;
    vrec_engine *engine = NULL;
    CHECK_OK(vrec_create(&options, &engine, error));
    REQUIRE(engine != NULL);
    return engine;
}

/* --- what runs the model ------------------------------------------------------------------------ */

struct share {
    uint64_t nodes;
    uint64_t products;
};

static vrec_encoder_fields fields_of(const vrec_encoder_description *description)
{
    vrec_encoder_fields fields = {.struct_size = sizeof fields};
    CHECK_OK(vrec_encoder_description_fields(description, &fields, error));
    return fields;
}

static vrec_encoder_description *describe(const vrec_engine *engine)
{
    vrec_encoder_description *description = NULL;
    CHECK_OK(vrec_describe_encoder(engine, NULL, &description, error));
    REQUIRE(description != NULL);
    return description;
}

static struct share share_of(const vrec_engine *engine, const char *provider)
{
    vrec_encoder_description *description = describe(engine);
    vrec_encoder_fields fields = fields_of(description);
    struct share share = {0};
    for (size_t index = 0; index < fields.provider_count; index++) {
        char *name = text_of(fields.provider_names, fields.provider_name_offsets, index);
        if (strcmp(name, provider) == 0) {
            share.nodes += fields.provider_nodes[index];
            share.products += fields.provider_products[index];
        }
        free(name);
    }
    vrec_encoder_description_destroy(description);
    return share;
}

static void check_skipped(const vrec_engine *engine, const char *const *naming, size_t count)
{
    vrec_encoder_description *description = describe(engine);
    vrec_encoder_fields fields = fields_of(description);
    CHECK_NUMBER(count, fields.skipped_count);
    for (size_t index = 0; index < count && index < fields.skipped_count; index++) {
        char *reason = text_of(fields.skipped, fields.skipped_offsets, index);
        check_case("%s", reason);
        CHECK(strstr(reason, naming[index]) != NULL);
        check_case(NULL);
        free(reason);
    }
    vrec_encoder_description_destroy(description);
}

static void check_runs_on(const vrec_engine *engine, const char *provider, const char *other)
{
    CHECK(share_of(engine, provider).products > 0);
    CHECK(share_of(engine, provider).nodes > share_of(engine, provider).products);
    CHECK_NUMBER(0, share_of(engine, other).products);
}

/* --- vectors ------------------------------------------------------------------------------------ */

static uint32_t dimensions_of(const vrec_engine *engine)
{
    uint32_t dimensions = 0;
    CHECK_OK(vrec_dimensions(engine, &dimensions, error));
    REQUIRE(dimensions > 0);
    return dimensions;
}

/* Of all texts, one after the other; to be freed. */
static float *vectors_of(const vrec_engine *engine)
{
    uint32_t dimensions = dimensions_of(engine);
    float *vectors = calloc((size_t)TEXTS * dimensions, sizeof *vectors);
    REQUIRE(vectors != NULL);
    for (size_t index = 0; index < TEXTS; index++) {
        float *vector = vectors + index * dimensions;
        CHECK_OK(vrec_embed(engine, texts[index], strlen(texts[index]), vector, dimensions, NULL, error));
    }
    return vectors;
}

static float *vectors_of_batch(const vrec_engine *engine)
{
    uint32_t dimensions = dimensions_of(engine);
    size_t room = (size_t)TEXTS * dimensions;
    float *vectors = calloc(room, sizeof *vectors);
    char block[4096] = "";
    uint64_t offsets[TEXTS + 1] = {0};
    REQUIRE(vectors != NULL);
    for (size_t index = 0; index < TEXTS; index++) {
        REQUIRE(offsets[index] + strlen(texts[index]) < sizeof block);
        strcat(block, texts[index]);
        offsets[index + 1] = strlen(block);
    }
    CHECK_OK(vrec_embed_batch(engine, block, offsets, TEXTS, vectors, room, NULL, error));
    return vectors;
}

static double largest_difference(const float *some, const float *others, size_t count)
{
    double largest = 0;
    for (size_t index = 0; index < count; index++) {
        double difference = fabs((double)some[index] - (double)others[index]);
        /* Written so that a difference that is no number is the largest. */
        largest = difference <= largest ? largest : difference;
    }
    return largest;
}

static void check_vectors_are_near(const float *expected, const float *found, uint32_t dimensions)
{
    CHECK(largest_difference(expected, found, (size_t)TEXTS * dimensions) <= LARGEST_DIFFERENCE);
}

/* Equal vectors of texts that differ would make every comparison pass. */
static void check_vectors_differ(const float *vectors, uint32_t dimensions)
{
    for (size_t index = 1; index < TEXTS; index++) {
        const float *vector = vectors + index * dimensions;
        CHECK(largest_difference(vectors, vector, dimensions) > 10 * LARGEST_DIFFERENCE);
    }
}

/* --- tests -------------------------------------------------------------------------------------- */

static void vectors_are_those_of_the_cpu(void)
{
    vrec_provider provider = webgpu(0);
    vrec_engine *on_cpu = make_engine_with_model(model, runtime);
    vrec_engine *on_device = make_engine_on(&provider, 1);
    uint32_t dimensions = dimensions_of(on_cpu);
    CHECK_NUMBER(dimensions, dimensions_of(on_device));
    float *expected = vectors_of(on_cpu);
    float *single = vectors_of(on_device);
    float *batch = vectors_of_batch(on_device);
    check_vectors_differ(expected, dimensions);
    check_vectors_are_near(expected, single, dimensions);
    check_vectors_are_near(expected, batch, dimensions);
    printf("   largest difference %.1e\n", largest_difference(expected, single, (size_t)TEXTS * dimensions));
    check_runs_on(on_cpu, CPU, WEBGPU);
    check_runs_on(on_device, WEBGPU, CPU);
    check_skipped(on_device, NULL, 0);
    free(expected);
    free(single);
    free(batch);
    vrec_destroy(on_device);
    vrec_destroy(on_cpu);
}

static void a_plug_in_is_found_by_its_library_and_name(void)
{
    vrec_provider provider = provider_of(VREC_PROVIDER_PLUGIN, 0, provider_library);
    vrec_engine *engine = make_engine_on(&provider, 1);
    check_runs_on(engine, WEBGPU, CPU);
    vrec_destroy(engine);
    provider.name = WEBGPU;
    provider.name_len = strlen(WEBGPU);
    engine = make_engine_on(&provider, 1);
    check_runs_on(engine, WEBGPU, CPU);
    vrec_destroy(engine);
    provider.name = "NobodysExecutionProvider";
    provider.name_len = strlen(provider.name);
    engine = make_engine_on(&provider, 1);
    CHECK_REFUSED(VREC_E_PROVIDER, "NobodysExecutionProvider", vrec_load_encoder(engine, NULL, error));
    vrec_destroy(engine);
}

static void a_model_comes_back_to_its_device_after_a_trim(void)
{
    vrec_provider provider = webgpu(0);
    vrec_engine *engine = make_engine_on(&provider, 1);
    uint32_t dimensions = dimensions_of(engine);
    float *before = vectors_of(engine);
    CHECK_OK(vrec_trim(engine, error));
    float *after = vectors_of(engine);
    check_vectors_are_near(before, after, dimensions);
    check_runs_on(engine, WEBGPU, CPU);
    free(before);
    free(after);
    vrec_destroy(engine);
}

static void videos_are_embedded_on_the_device_in_the_background(void)
{
    vrec_provider provider = webgpu(0);
    vrec_options options = options_for_model(model, runtime);
    options.providers = &provider;
    options.provider_count = 1;
    options.provider_stride = sizeof provider;
    options.background_embedding = 1;
    vrec_engine *engine = NULL;
    CHECK_OK(vrec_create(&options, &engine, error));
    REQUIRE(engine != NULL);
    add_titled(engine, "bread", "How bread rises");
    add_titled(engine, "food", "Cooking Sichuan food");
    CHECK_OK(vrec_wait_for_embeddings(engine, NULL, error));
    CHECK_NUMBER(0, statistics_of(engine).videos_failed);
    CHECK_TEXT("food", similar_to(engine, "bread", NULL));
    check_runs_on(engine, WEBGPU, CPU);
    vrec_destroy(engine);
}

/* A provider's own options reach it: a value that it does not know is refused. */
static void options_reach_the_provider(void)
{
    static const char key[] = "storageBufferCacheMode";
    const char *const values[] = {"disabled", "nonsense"};
    const uint64_t key_offsets[] = {0, sizeof key - 1};
    for (size_t index = 0; index < 2; index++) {
        const uint64_t value_offsets[] = {0, strlen(values[index])};
        vrec_provider provider = webgpu(0);
        provider.option_keys = key;
        provider.option_key_offsets = key_offsets;
        provider.option_values = values[index];
        provider.option_value_offsets = value_offsets;
        provider.option_count = 1;
        vrec_engine *engine = make_engine_on(&provider, 1);
        if (index == 0) {
            check_runs_on(engine, WEBGPU, CPU);
        } else {
            CHECK_REFUSED(VREC_E_PROVIDER, "nonsense", vrec_load_encoder(engine, NULL, error));
        }
        vrec_destroy(engine);
    }
}

/* Providers that cannot serve here, and what their message names. */
struct hopeless {
    vrec_provider provider;
    const char *naming;
};

enum { HOPELESS = 5 };

static void make_hopeless(struct hopeless hopeless[HOPELESS])
{
    vrec_provider tenth_device = webgpu(0);
    tenth_device.device_index = 9;
    const struct hopeless all[HOPELESS] = {
        {provider_of(VREC_PROVIDER_CUDA, 0, NULL), "Cuda"},
        {provider_of(VREC_PROVIDER_WEBGPU, 0, NULL), "WebG"},
        {provider_of(VREC_PROVIDER_WEBGPU, 0, "/no/such/provider.so"), "/no/such/provider.so"},
        {provider_of(VREC_PROVIDER_PLUGIN, 0, runtime), "onnxruntime"},
        {tenth_device, "9"},
    };
    memcpy(hopeless, all, sizeof all);
}

static void a_provider_that_cannot_serve_is_an_error(void)
{
    struct hopeless hopeless[HOPELESS];
    float vector[1024];
    make_hopeless(hopeless);
    for (size_t index = 0; index < HOPELESS; index++) {
        check_case("%s", hopeless[index].naming);
        /* The CPU behind it could serve, but nothing allows that. */
        const vrec_provider providers[] = {hopeless[index].provider, provider_of(VREC_PROVIDER_CPU, 0, NULL)};
        vrec_engine *engine = make_engine_on(providers, 2);
        CHECK_REFUSED(VREC_E_PROVIDER, hopeless[index].naming, vrec_load_encoder(engine, NULL, error));
        CHECK_REFUSED(VREC_E_PROVIDER, hopeless[index].naming,
                      vrec_embed(engine, TEXT("a title"), vector, dimensions_of(engine), NULL, error));
        vrec_encoder_description *description = NULL;
        CHECK_REFUSED(VREC_E_PROVIDER, NULL, vrec_describe_encoder(engine, NULL, &description, error));
        CHECK(description == NULL);
        vrec_destroy(engine);
    }
    check_case(NULL);
}

static void the_next_is_tried_where_that_is_allowed(void)
{
    struct hopeless hopeless[HOPELESS];
    make_hopeless(hopeless);
    for (size_t index = 0; index < HOPELESS; index++) {
        check_case("%s", hopeless[index].naming);
        vrec_provider providers[] = {hopeless[index].provider, provider_of(VREC_PROVIDER_CPU, 0, NULL)};
        providers[0].flags = VREC_PROVIDER_ALLOW_NEXT;
        vrec_engine *engine = make_engine_on(providers, 2);
        check_runs_on(engine, CPU, WEBGPU);
        check_skipped(engine, &hopeless[index].naming, 1);
        vrec_destroy(engine);
    }
    check_case(NULL);
}

static void the_first_that_can_serve_is_taken(void)
{
    const vrec_provider providers[] = {
        provider_of(VREC_PROVIDER_CUDA, VREC_PROVIDER_ALLOW_NEXT, NULL),
        webgpu(VREC_PROVIDER_ALLOW_NEXT),
        provider_of(VREC_PROVIDER_CPU, 0, NULL),
    };
    const char *const skipped[] = {"Cuda"};
    vrec_engine *engine = make_engine_on(providers, 3);
    check_runs_on(engine, WEBGPU, CPU);
    check_skipped(engine, skipped, 1);
    vrec_destroy(engine);
}

static void a_list_that_ends_without_success_names_all(void)
{
    const vrec_provider providers[] = {
        provider_of(VREC_PROVIDER_CUDA, VREC_PROVIDER_ALLOW_NEXT, NULL),
        provider_of(VREC_PROVIDER_WEBGPU, VREC_PROVIDER_ALLOW_NEXT, "/no/such/provider.so"),
    };
    vrec_engine *engine = make_engine_on(providers, 2);
    CHECK_REFUSED(VREC_E_PROVIDER, "Cuda", vrec_load_encoder(engine, NULL, error));
    CHECK_REFUSED(VREC_E_PROVIDER, "/no/such/provider.so", vrec_load_encoder(engine, NULL, error));
    vrec_destroy(engine);
}

/* Run with a Vulkan that has no device at all. */
static void a_machine_without_a_device_is_told_so(void)
{
    vrec_provider provider = webgpu(0);
    vrec_engine *engine = make_engine_on(&provider, 1);
    CHECK_REFUSED(VREC_E_PROVIDER, "adapter", vrec_load_encoder(engine, NULL, error));
    vrec_destroy(engine);
    const vrec_provider providers[] = {webgpu(VREC_PROVIDER_ALLOW_NEXT), provider_of(VREC_PROVIDER_CPU, 0, NULL)};
    const char *const skipped[] = {"adapter"};
    engine = make_engine_on(providers, 2);
    check_runs_on(engine, CPU, WEBGPU);
    check_skipped(engine, skipped, 1);
    vrec_destroy(engine);
}

int main(int count, char **arguments)
{
    REQUIRE(count == 4 || count == 5);
    model = arguments[1];
    runtime = arguments[2];
    provider_library = arguments[3];
    if (count == 5) {
        REQUIRE(strcmp(arguments[4], "without-a-device") == 0);
        RUN(a_machine_without_a_device_is_told_so);
        return check_finish();
    }
    RUN(vectors_are_those_of_the_cpu);
    RUN(a_plug_in_is_found_by_its_library_and_name);
    RUN(a_model_comes_back_to_its_device_after_a_trim);
    RUN(videos_are_embedded_on_the_device_in_the_background);
    RUN(options_reach_the_provider);
    RUN(a_provider_that_cannot_serve_is_an_error);
    RUN(the_next_is_tried_where_that_is_allowed);
    RUN(the_first_that_can_serve_is_taken);
    RUN(a_list_that_ends_without_success_names_all);
    return check_finish();
}
