/* A build whose models run on rten alone: it says so, and refuses what belongs to the ONNX Runtime.
 *
 * rten MODEL BROKEN */
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "fixture.h"

static const char *model;
static const char *broken;

static vrec_engine *create(const vrec_options *options)
{
    vrec_engine *engine = NULL;
    CHECK_OK(vrec_create(options, &engine, error));
    REQUIRE(engine != NULL);
    return engine;
}

static void it_says_that_it_runs_on_rten(void)
{
    const int32_t backends[] = {VREC_BACKEND_DEFAULT, VREC_BACKEND_RTEN};
    for (size_t index = 0; index < 2; index++) {
        vrec_options options = options_for_model(model, "");
        options.backend = backends[index];
        vrec_engine *engine = create(&options);
        vrec_encoder_description *description = NULL;
        vrec_encoder_fields fields = {.struct_size = sizeof fields};
        CHECK_OK(vrec_describe_encoder(engine, NULL, &description, error));
        CHECK_OK(vrec_encoder_description_fields(description, &fields, error));
        CHECK_NUMBER(VREC_BACKEND_RTEN, fields.backend);
        CHECK_NUMBER(0, fields.provider_count);
        CHECK_NUMBER(0, fields.skipped_count);
        CHECK_NUMBER(0, fields.runtime_path_len);
        vrec_encoder_description_destroy(description);
        vrec_destroy(engine);
    }
}

static void the_onnx_runtime_is_not_in_this_build(void)
{
    vrec_options options = options_for_model(model, "");
    vrec_engine *engine = NULL;
    options.backend = VREC_BACKEND_ONNX_RUNTIME;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "onnxruntime", vrec_create(&options, &engine, error));
    options.backend = VREC_BACKEND_DEFAULT;
    vrec_provider provider = {.struct_size = sizeof provider, .kind = VREC_PROVIDER_CPU};
    options.providers = &provider;
    options.provider_count = 1;
    options.provider_stride = sizeof provider;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "providers", vrec_create(&options, &engine, error));
    CHECK(engine == NULL);
}

/* Files that are broken in many ways are errors of the model, never the end of the process. */
static void broken_graphs_are_refused(void)
{
    static const char *const names[] = {"model-garbage", "model-empty", "model-without-graph", "model-external-initializer",
                                        "model-external-constant", "model-other-inputs", "model-one-input-more",
                                        "model-other-output", "model-whole-numbers", "model-nested"};
    int opened = 0;
    for (size_t index = 0; index < sizeof names / sizeof names[0]; index++) {
        char folder[4096];
        snprintf(folder, sizeof folder, "%s/%s", broken, names[index]);
        check_case("%s", names[index]);
        vrec_options options = options_for_model(folder, "");
        vrec_engine *engine = create(&options);
        int32_t status = vrec_load_encoder(engine, NULL, NULL);
        CHECK(status == VREC_E_MODEL_INVALID || status == VREC_E_MODEL_HASH);
        opened += status == VREC_OK;
        vrec_destroy(engine);
    }
    check_case(NULL);
    CHECK_NUMBER(0, opened);
}

static void embed_in_the_child(void *engine_of_parent)
{
    float vector[64];
    vrec_options options = options_for_model(model, "");
    vrec_engine *engine = create(&options);
    CHECK_REFUSED(VREC_E_FORKED, NULL, vrec_load_encoder(engine_of_parent, NULL, error));
    CHECK_REFUSED(VREC_E_FORKED, "rten", vrec_embed(engine, TEXT("a"), vector, 32, NULL, error));
    vrec_destroy(engine);
}

/* Its threads are gone there, and whoever waited for them would wait for ever. */
static void a_child_of_a_process_that_used_it_is_refused(void)
{
    vrec_options options = options_for_model(model, "");
    vrec_engine *engine = create(&options);
    CHECK_OK(vrec_load_encoder(engine, NULL, error));
    IN_OWN_PROCESS(embed_in_the_child, engine);
    CHECK_OK(vrec_trim(engine, error));
    CHECK_OK(vrec_load_encoder(engine, NULL, error));
    vrec_destroy(engine);
}

int main(int count, char **arguments)
{
    REQUIRE(count == 3);
    model = arguments[1];
    broken = arguments[2];
    RUN(it_says_that_it_runs_on_rten);
    RUN(the_onnx_runtime_is_not_in_this_build);
    RUN(broken_graphs_are_refused);
    RUN(a_child_of_a_process_that_used_it_is_refused);
    return check_finish();
}
