/* Packs that a trusted key signed, whose hashes are right, and whose network is hostile: see hostile_networks.py, which
 * makes them of the sound pack that `write` writes.
 *
 * hostile_networks write SEQUENCE RUNTIME PACK
 * hostile_networks read PACKS RUNTIME STORES */
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "fixture.h"
#include "pack_keys.h"
#include "stores.h"

static const char *packs;
static const char *runtime;

/* With the videos a to h. `store` is NULL for one in memory. */
static vrec_engine *make(const char *store)
{
    vrec_options options = {0};
    if (store != NULL) {
        options = options_for_store(store);
    }
    options.struct_size = sizeof options;
    options.runtime_path = runtime;
    options.runtime_path_len = strlen(runtime);
    options.log_callback = hear_of_networks;
    options.log_level = VREC_LOG_WARNING;
    return open_with(&options);
}

static void fill(vrec_engine *engine)
{
    char id[] = "a";
    for (int video = 0; video < 8; video++) {
        id[0] = (char)('a' + video);
        add_at_angle(engine, id, 10 * video);
    }
}

static void watch(vrec_engine *engine, const char *profile, const char *video_id, int64_t time_utc_ms)
{
    vrec_event event = event_of(profile, video_id, VREC_EVENT_COMPLETE);
    event.time_utc_ms = time_utc_ms;
    CHECK_OK(vrec_record(engine, &event, error));
}

/* All that is known, the network weighing most. */
static const char *list_for(const vrec_engine *engine, const char *profile)
{
    static const vrec_feature_weight weights[] = {{VREC_FEATURE_SEQUENCE, 8}, {VREC_FEATURE_TASTE, 1}};
    vrec_query query = query_for(profile);
    query.ranking = VREC_RANKING_BLEND;
    query.feature_weights = weights;
    query.feature_weight_count = 2;
    return recommended(engine, &query);
}

static int32_t import_pack(vrec_engine *engine, const char *name, vrec_error **error)
{
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s/%s.pack", packs, name);
    return import_file(engine, path, error);
}

static int write_sound_pack(const char *sequence, const char *path)
{
    vrec_engine *service = make(NULL);
    fill(service);
    CHECK_OK(vrec_load_sequence(service, sequence, strlen(sequence), NULL, error));
    char profile[8];
    for (int number = 0; number < 20; number++) {
        snprintf(profile, sizeof profile, "p%d", number);
        for (int video = 0; video < 8; video++) {
            const char id[] = {(char)('a' + video), 0};
            watch(service, profile, id, 1 + video);
        }
    }
    vrec_pack_export_options options = {.struct_size = sizeof options, .path = path, .path_len = strlen(path)};
    options.line = "films";
    options.line_len = 5;
    options.number = 1;
    options.signing_key = seed;
    options.signing_key_len = sizeof seed;
    CHECK_OK(vrec_pack_export(service, &options, NULL, error));
    vrec_destroy(service);
    return check_finish();
}

/* Packs, and what a refusal names. The runtimes word in different ways what they find. */
static const struct {
    const char *name;
    const char *naming;
} refused[] = {
    {"other-input", "\"before\""},
    {"one-input-more", "time"},
    {"other-output", "no output next"},
    {"wide-output", "16 numbers where 8 are due"},
    {"narrow-input", "[1, 8] goes in"},
    {"input-of-whole-numbers", "element type 7"},
    {"input-of-doubles", "element type 11"},
    {"weights-of-doubles", "element type 11"},
    {"nothing-known", "\"nowhere\""},
    {"circle", "which nothing before it gives"},
    {"twice", "two values \"next\""},
    {"least-by-minus-one", "operator Div on whole numbers"},
    {"turned-and-not", "two attributes \"transB\""},
    {"empty", "no graph"},
    {"no-onnx", "not an ONNX model"},
    {"truncated", "not an ONNX model"},
    {"without-graph", "no graph"},
    {"external-data", "in other files"},
    {"external-in-a-branch", "in other files"},
    {"nested", "not an ONNX model"},
    {"function", "functions"},
    {"described-at-length", "bytes beside its weights"},
    {"empty-nodes", "bytes beside its weights"},
    {"huge-constant", "ConstantOfShape"},
    {"huge-expansion", "Reshape"},
    {"huge-range", "Range"},
    {"endless-loop", "Loop"},
    {"doubling", "more than 16777216 numbers"},
    {"doubling-past-all-numbers", "more than 16777216 numbers"},
    {"long-chain", "5002 nodes"},
    {"products", "more than 16777216 numbers"},
    {"promised-weights", "more than 16777216 numbers"},
    {"promised-past-all-numbers", "more than 16777216 numbers"},
    {"weights-below-nothing", "[-8, -8]"},
    {"weights-that-are-no-numbers", "NaN where a number is due"},
    {"zero-by-zero", "NaN where a number is due"},
};

static void check_refused(vrec_engine *engine, const char *name, const char *naming)
{
    vrec_pack_description *description = NULL;
    CHECK_REFUSED(VREC_E_MODEL_INVALID, naming, import_pack(engine, name, error));
    CHECK_REFUSED(VREC_E_MODEL_INVALID, "the network of the pack", import_pack(engine, name, error));
    CHECK_REFUSED(VREC_E_NOT_FOUND, "no pack", vrec_pack_info(engine, NULL, &description, error));
}

static void what_cannot_be_a_step_is_refused_and_changes_nothing(void)
{
    char store[PATH_BYTES], before[64];
    snprintf(store, sizeof store, "%s", new_store());
    vrec_engine *engine = make(store);
    fill(engine);
    watch(engine, "ann", "c", 1);
    snprintf(before, sizeof before, "%s", list_for(engine, "ann"));
    for (size_t index = 0; index < sizeof refused / sizeof *refused; index++) {
        check_case("%s", refused[index].name);
        check_refused(engine, refused[index].name, refused[index].naming);
        CHECK_TEXT(before, list_for(engine, "ann"));
    }
    check_case(NULL);
    CHECK_NUMBER(0, network_warnings);
    vrec_destroy(engine);

    engine = make(store);
    CHECK_TEXT(before, list_for(engine, "ann"));
    CHECK(before[0] != 'd');
    CHECK_OK(import_pack(engine, "sound", error));
    CHECK_NUMBER('d', list_for(engine, "ann")[0]);
    vrec_destroy(engine);
}

/* Which values fit together is for the runtimes to find, and one of them gives up at the second. */
static void what_a_runtime_cannot_run_is_refused(void)
{
    static const char *const names[] = {"product-of-others", "parts-past-all-numbers"};
    vrec_engine *engine = make(NULL);
    for (size_t index = 0; index < 2; index++) {
        vrec_error *error = NULL;
        check_case("%s", names[index]);
        int32_t status = import_pack(engine, names[index], &error);
        CHECK(status == VREC_E_MODEL_INVALID || status == VREC_E_RUNTIME);
        CHECK(strstr(vrec_error_message(error), "the network of the pack") != NULL);
        vrec_error_destroy(error);
    }
    check_case(NULL);
    vrec_destroy(engine);
}

/* The ONNX Runtime has a format of its own, which it tells by some bytes. What was checked is what runs. */
static void what_could_be_read_as_two_formats_is_read_as_the_one_that_was_checked(void)
{
    vrec_engine *engine = make(NULL);
    fill(engine);
    watch(engine, "ann", "c", 1);
    CHECK_OK(import_pack(engine, "two-formats", error));
    CHECK_NUMBER('d', list_for(engine, "ann")[0]);
    vrec_destroy(engine);
}

/* Whether a watch breaks a step shows when it is made. The list is the one without a network then. */
static void a_network_that_fails_later_leaves_lists_without_it_and_says_so_once(void)
{
    static const char *const names[] = {"endless-later", "no-number-later"};
    for (size_t index = 0; index < 2; index++) {
        char store[PATH_BYTES], before[64];
        snprintf(store, sizeof store, "%s", new_store());
        check_case("%s", names[index]);
        vrec_engine *engine = make(store);
        fill(engine);
        watch(engine, "ann", "c", 1);
        CHECK_OK(import_pack(engine, "without", error));
        snprintf(before, sizeof before, "%s", list_for(engine, "ann"));
        CHECK_OK(vrec_pack_revert(engine, NULL, error));
        network_warnings = 0;
        CHECK_OK(import_pack(engine, names[index], error));
        CHECK_NUMBER(0, network_warnings);
        CHECK_TEXT(before, list_for(engine, "ann"));
        CHECK_NUMBER(1, network_warnings);
        watch(engine, "ann", "f", 2);
        CHECK(strlen(list_for(engine, "ann")) > 0);
        CHECK_NUMBER(1, network_warnings);
        vrec_destroy(engine);

        engine = make(store);
        CHECK_NUMBER(1, network_warnings);
        CHECK(strlen(list_for(engine, "ann")) > 0);
        CHECK_NUMBER(2, network_warnings);
        vrec_destroy(engine);
    }
    check_case(NULL);
}

int main(int argc, char **argv)
{
    REQUIRE(argc == 5);
    runtime = argv[3];
    if (strcmp(argv[1], "write") == 0) {
        return write_sound_pack(argv[2], argv[4]);
    }
    packs = argv[2];
    stores_folder = argv[4];
    RUN(what_cannot_be_a_step_is_refused_and_changes_nothing);
    RUN(what_a_runtime_cannot_run_is_refused);
    RUN(what_could_be_read_as_two_formats_is_read_as_the_one_that_was_checked);
    RUN(a_network_that_fails_later_leaves_lists_without_it_and_says_so_once);
    return check_finish();
}
