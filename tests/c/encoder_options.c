/* What runs the model, and from where: files in the caller's memory, execution providers, backends,
 * threads and runs, remembered vectors, progress.
 *
 * encoder_options MODEL RUNTIME SCRATCH
 *
 * SCRATCH is a folder that the test may fill. */
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "fixture.h"

enum { MODEL_DIMENSIONS = 32, PATH_BYTES = 4096, FOLDER_BYTES = 2048 };

static const char *model;
static const char *runtime;
static const char *scratch;

static const char CPU[] = "CPUExecutionProvider";

/* Of many lengths, and two that say the same. */
static const char *const texts[] = {
    "music",
    "a game of football in the rain",
    "",
    "the lonely doctor in the kitchen",
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen one two three "
    "four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen, and a quiet concert",
    "a game of football in the rain",
};

enum { TEXTS = sizeof texts / sizeof texts[0], DISTINCT = TEXTS - 1, REPEATED = 1, REPETITION = 5 };

static vrec_options options_here(void)
{
    return options_for_model(model, runtime);
}

static vrec_engine *create(vrec_options options)
{
    vrec_engine *engine = NULL;
    CHECK_OK(vrec_create(&options, &engine, error));
    REQUIRE(engine != NULL);
    return engine;
}

struct block {
    char bytes[4096];
    uint64_t offsets[TEXTS + 1];
};

static struct block block_of_texts(void)
{
    struct block block = {0};
    for (size_t index = 0; index < TEXTS; index++) {
        REQUIRE(block.offsets[index] + strlen(texts[index]) < sizeof block.bytes);
        strcat(block.bytes, texts[index]);
        block.offsets[index + 1] = strlen(block.bytes);
    }
    return block;
}

struct vectors {
    float rows[TEXTS][MODEL_DIMENSIONS];
};

static int32_t embed_texts(const vrec_engine *engine, struct vectors *vectors, const vrec_call_options *call,
                           vrec_error **error)
{
    struct block block = block_of_texts();
    return vrec_embed_batch(engine, block.bytes, block.offsets, TEXTS, vectors->rows[0], TEXTS * MODEL_DIMENSIONS, call,
                            error);
}

static struct vectors vectors_of(const vrec_engine *engine)
{
    struct vectors vectors = {0};
    CHECK_OK(embed_texts(engine, &vectors, NULL, error));
    return vectors;
}

static struct vectors vectors_with(vrec_options options)
{
    vrec_engine *engine = create(options);
    struct vectors vectors = vectors_of(engine);
    vrec_destroy(engine);
    return vectors;
}

static void check_near_vectors(const struct vectors *expected, const struct vectors *found)
{
    for (size_t row = 0; row < TEXTS; row++) {
        for (size_t element = 0; element < MODEL_DIMENSIONS; element++) {
            CHECK_NEAR(expected->rows[row][element], found->rows[row][element], 1e-5);
        }
    }
}

static int are_vectors_of_texts(const struct vectors *vectors)
{
    double difference = 0;
    for (size_t element = 0; element < MODEL_DIMENSIONS; element++) {
        difference += fabs((double)vectors->rows[0][element] - (double)vectors->rows[1][element]);
    }
    return difference > 0.1;
}

/* --- descriptions ------------------------------------------------------------------------------- */

static vrec_encoder_description *describe(const vrec_engine *engine)
{
    vrec_encoder_description *description = NULL;
    CHECK_OK(vrec_describe_encoder(engine, NULL, &description, error));
    REQUIRE(description != NULL);
    return description;
}

static vrec_encoder_fields fields_of(const vrec_encoder_description *description)
{
    vrec_encoder_fields fields = {.struct_size = sizeof fields};
    CHECK_OK(vrec_encoder_description_fields(description, &fields, error));
    return fields;
}

static void check_span(const char *expected, const char *text, size_t length)
{
    CHECK(text != NULL && length == strlen(expected) && memcmp(text, expected, length) == 0);
}

static void check_same_file(const char *expected, const char *path, size_t length)
{
    char found[PATH_BYTES];
    struct stat one;
    struct stat other;
    snprintf(found, sizeof found, "%.*s", (int)length, path);
    REQUIRE(stat(expected, &one) == 0 && stat(found, &other) == 0);
    CHECK(one.st_dev == other.st_dev && one.st_ino == other.st_ino);
}

/* All of the model runs on the CPU, and this many others were tried in vain. */
static void check_runs_on_the_cpu(const vrec_engine *engine, size_t skipped, const char *naming)
{
    vrec_encoder_description *description = describe(engine);
    vrec_encoder_fields fields = fields_of(description);
    REQUIRE(fields.provider_count == 1);
    char *name = text_of(fields.provider_names, fields.provider_name_offsets, 0);
    CHECK_TEXT(CPU, name);
    CHECK(fields.provider_products[0] > 0 && fields.provider_nodes[0] > fields.provider_products[0]);
    CHECK_NUMBER(skipped, fields.skipped_count);
    for (size_t index = 0; index < fields.skipped_count; index++) {
        char *reason = text_of(fields.skipped, fields.skipped_offsets, index);
        CHECK(strstr(reason, naming) != NULL);
        free(reason);
    }
    free(name);
    vrec_encoder_description_destroy(description);
}

static void a_description_tells_model_runtime_and_nodes(void)
{
    vrec_engine *engine = create(options_here());
    CHECK_NUMBER(0, statistics_of(engine).encoder_loaded);
    vrec_encoder_description *description = describe(engine);
    CHECK_NUMBER(1, statistics_of(engine).encoder_loaded);
    vrec_encoder_fields fields = fields_of(description);
    CHECK_NUMBER(VREC_BACKEND_ONNX_RUNTIME, fields.backend);
    check_span("tiny-random-bert", fields.model_name, fields.model_name_len);
    check_span("1", fields.model_version, fields.model_version_len);
    check_span("MIT OR Apache-2.0", fields.model_licence, fields.model_licence_len);
    check_same_file(runtime, fields.runtime_path, fields.runtime_path_len);
    CHECK(fields.skipped != NULL && fields.skipped_offsets != NULL && fields.skipped_count == 0);
    check_runs_on_the_cpu(engine, 0, "");
    vrec_destroy(engine);
    check_span("tiny-random-bert", fields.model_name, fields.model_name_len);
    vrec_encoder_description_destroy(description);
}

static void a_description_heeds_the_bounds_of_its_call(void)
{
    vrec_engine *engine = create(options_here());
    vrec_cancel_token *token = NULL;
    vrec_encoder_description *description = NULL;
    CHECK_OK(vrec_cancel_token_create(&token, error));
    vrec_cancel_token_cancel(token);
    vrec_call_options call = {.struct_size = sizeof call, .cancel = token};
    CHECK_REFUSED(VREC_E_CANCELLED, NULL, vrec_describe_encoder(engine, &call, &description, error));
    CHECK(description == NULL);
    CHECK_NUMBER(0, statistics_of(engine).encoder_loaded);
    vrec_cancel_token_destroy(token);
    vrec_destroy(engine);
}

/* What attack_structs.c does with the structs that need no model. */
static void fields_of_any_size_are_written_no_further(void)
{
    enum { GUARD = 0xA5, LARGEST_STRUCT = 4096 };
    vrec_engine *engine = create(options_here());
    vrec_encoder_description *description = describe(engine);
    for (size_t size = 0; size <= sizeof(vrec_encoder_fields) + 8; size++) {
        size_t readable = size < sizeof(size_t) ? sizeof(size_t) : size;
        char *taken = memory_before_guard(readable);
        memset(taken, GUARD, readable);
        memcpy(taken, &size, sizeof size);
        check_case("%zu bytes", size);
        int32_t status = vrec_encoder_description_fields(description, (vrec_encoder_fields *)(void *)taken, NULL);
        CHECK(status == VREC_OK || (status == VREC_E_INVALID_ARGUMENT && size < sizeof(vrec_encoder_fields)));
        for (size_t byte = sizeof(size_t); status != VREC_OK && byte < readable; byte++) {
            CHECK((unsigned char)taken[byte] == GUARD);
        }
        CHECK(memcmp(taken, &size, sizeof size) == 0);
    }
    check_case(NULL);
    vrec_encoder_fields enormous = {.struct_size = LARGEST_STRUCT + 1};
    CHECK_REFUSED(VREC_E_TOO_NEW, "struct_size", vrec_encoder_description_fields(description, &enormous, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "fields", vrec_encoder_description_fields(description, NULL, error));
    vrec_encoder_description_destroy(description);
    vrec_destroy(engine);
}

static void without_a_model_there_is_nothing_to_describe(void)
{
    vrec_engine *engine = make_engine();
    vrec_encoder_description *description = NULL;
    CHECK_REFUSED(VREC_E_NO_ENCODER, "model_files", vrec_describe_encoder(engine, NULL, &description, error));
    CHECK(description == NULL);
    vrec_destroy(engine);
}

/* --- files in memory ---------------------------------------------------------------------------- */

enum { MANIFEST, GRAPH, TOKENIZER, FILES };

static const char *const file_names[FILES] = {"vrec-model.json", "model.onnx", "tokenizer.json"};

static const char *inside(const char *folder, const char *name)
{
    static char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static vrec_model_file file_named(const char *name, const void *data, size_t length)
{
    vrec_model_file file = {.struct_size = sizeof file, .data = data, .data_len = length};
    file.name = name;
    file.name_len = strlen(name);
    return file;
}

/* A file of the model, mapped and not to be written to. */
static vrec_model_file mapped(size_t which)
{
    struct stat status;
    int file = open(inside(model, file_names[which]), O_RDONLY);
    REQUIRE(file >= 0 && fstat(file, &status) == 0);
    void *data = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    close(file);
    REQUIRE(data != MAP_FAILED);
    return file_named(file_names[which], data, (size_t)status.st_size);
}

static void unmap(vrec_model_file file)
{
    union {
        const void *given;
        void *taken;
    } data = {file.data};
    REQUIRE(munmap(data.taken, file.data_len) == 0);
}

/* A file of the model as a copy that ends where its memory ends; never freed. */
static vrec_model_file copied(size_t which)
{
    vrec_model_file file = mapped(which);
    void *copy = memory_before_guard(file.data_len);
    memcpy(copy, file.data, file.data_len);
    unmap(file);
    return file_named(file_names[which], copy, file.data_len);
}

static vrec_options options_with_files(const char *folder, const vrec_model_file *files, size_t count)
{
    vrec_options options = options_for_model(folder, runtime);
    options.model_files = files;
    options.model_file_count = count;
    options.model_file_stride = sizeof *files;
    return options;
}

static void the_model_may_lie_in_memory(void)
{
    struct vectors expected = vectors_with(options_here());
    vrec_model_file copies[] = {copied(MANIFEST), copied(GRAPH), copied(TOKENIZER)};
    vrec_model_file maps[] = {mapped(TOKENIZER), mapped(MANIFEST), mapped(GRAPH)};
    struct vectors from_copies = vectors_with(options_with_files("", copies, FILES));
    struct vectors from_maps = vectors_with(options_with_files("", maps, FILES));
    CHECK(are_vectors_of_texts(&expected));
    CHECK(memcmp(&expected, &from_copies, sizeof expected) == 0);
    CHECK(memcmp(&expected, &from_maps, sizeof expected) == 0);
    for (size_t index = 0; index < FILES; index++) {
        unmap(maps[index]);
    }
}

/* The array and the names are copied: what must stay is the content. */
static void only_the_content_is_kept_by_reference(void)
{
    struct vectors expected = vectors_with(options_here());
    char names[FILES][32];
    vrec_model_file files[FILES];
    for (size_t index = 0; index < FILES; index++) {
        files[index] = copied(index);
        snprintf(names[index], sizeof names[index], "%s", file_names[index]);
        files[index].name = names[index];
    }
    vrec_engine *engine = create(options_with_files("", files, FILES));
    memset(names, 'x', sizeof names);
    memset(files, 0xFF, sizeof files);
    struct vectors found = vectors_of(engine);
    CHECK(memcmp(&expected, &found, sizeof expected) == 0);
    vrec_destroy(engine);
}

/* A folder with links to the files that are not in memory, and to no other. */
static const char *folder_without(unsigned in_memory)
{
    static char folder[FOLDER_BYTES];
    snprintf(folder, sizeof folder, "%s/without-%u", scratch, in_memory);
    mkdir(folder, 0700);
    for (size_t index = 0; index < FILES; index++) {
        char target[PATH_BYTES];
        snprintf(target, sizeof target, "%s", inside(model, file_names[index]));
        unlink(inside(folder, file_names[index]));
        if ((in_memory >> index & 1) == 0) {
            REQUIRE(symlink(target, inside(folder, file_names[index])) == 0);
        }
    }
    return folder;
}

static void what_is_not_in_memory_is_read_from_the_folder(void)
{
    struct vectors expected = vectors_with(options_here());
    for (unsigned in_memory = 1; in_memory < 1U << FILES; in_memory++) {
        vrec_model_file files[FILES];
        size_t count = 0;
        for (size_t index = 0; index < FILES; index++) {
            if ((in_memory >> index & 1) != 0) {
                files[count++] = copied(index);
            }
        }
        check_case("the files %u in memory", in_memory);
        struct vectors found = vectors_with(options_with_files(folder_without(in_memory), files, count));
        CHECK(memcmp(&expected, &found, sizeof expected) == 0);
    }
}

static void the_model_comes_back_from_memory_after_a_trim(void)
{
    vrec_model_file files[] = {mapped(MANIFEST), mapped(GRAPH), mapped(TOKENIZER)};
    vrec_engine *engine = create(options_with_files("", files, FILES));
    struct vectors before = vectors_of(engine);
    CHECK_OK(vrec_trim(engine, error));
    CHECK_NUMBER(0, statistics_of(engine).encoder_loaded);
    CHECK_NUMBER(0, statistics_of(engine).embedding_cache_bytes);
    struct vectors after = vectors_of(engine);
    CHECK_NUMBER(1, statistics_of(engine).encoder_loaded);
    CHECK(memcmp(&before, &after, sizeof before) == 0);
    vrec_destroy(engine);
    for (size_t index = 0; index < FILES; index++) {
        unmap(files[index]);
    }
}

static void check_model_fails(vrec_options options, int32_t expected, const char *naming)
{
    vrec_engine *engine = create(options);
    vrec_encoder_description *description = NULL;
    CHECK_REFUSED(expected, naming, vrec_load_encoder(engine, NULL, error));
    CHECK_REFUSED(expected, naming, vrec_describe_encoder(engine, NULL, &description, error));
    CHECK_STATUS(expected, statistics_of(engine).encoder_status);
    CHECK(description == NULL);
    vrec_destroy(engine);
}

static void files_that_are_missing_everywhere_are_named(void)
{
    for (size_t missing = 0; missing < FILES; missing++) {
        vrec_model_file files[FILES];
        size_t count = 0;
        for (size_t index = 0; index < FILES; index++) {
            if (index != missing) {
                files[count++] = copied(index);
            }
        }
        check_case("%s", file_names[missing]);
        check_model_fails(options_with_files("", files, count), VREC_E_MODEL_MISSING, file_names[missing]);
        check_model_fails(options_with_files(scratch, files, count), VREC_E_MODEL_MISSING, file_names[missing]);
        files[count] = copied(missing);
        files[count].name = "misnamed";
        files[count].name_len = strlen("misnamed");
        check_model_fails(options_with_files("", files, FILES), VREC_E_MODEL_MISSING, file_names[missing]);
    }
}

/* A copy with one byte changed. */
static vrec_model_file damaged(size_t which)
{
    vrec_model_file from = mapped(which);
    char *copy = memory_before_guard(from.data_len);
    memcpy(copy, from.data, from.data_len);
    copy[from.data_len / 2] ^= 1;
    unmap(from);
    return file_named(file_names[which], copy, from.data_len);
}

static void damaged_memory_is_refused_before_the_folder_is_asked(void)
{
    const size_t verified[] = {GRAPH, TOKENIZER};
    for (size_t index = 0; index < 2; index++) {
        size_t which = verified[index];
        check_case("%s", file_names[which]);
        vrec_model_file file = damaged(which);
        check_model_fails(options_with_files(model, &file, 1), VREC_E_MODEL_HASH, file_names[which]);
        check_model_fails(options_with_files(model, &file, 1), VREC_E_MODEL_HASH, "memory");
        file = copied(which);
        file.data_len--;
        check_model_fails(options_with_files(model, &file, 1), VREC_E_MODEL_HASH, file_names[which]);
        file.data_len = 1;
        check_model_fails(options_with_files(model, &file, 1), VREC_E_MODEL_HASH, file_names[which]);
    }
    vrec_model_file manifest = copied(MANIFEST);
    manifest.data_len /= 2;
    check_case("%s", file_names[MANIFEST]);
    check_model_fails(options_with_files(model, &manifest, 1), VREC_E_MODEL_INVALID, file_names[MANIFEST]);
}

/* --- execution providers ------------------------------------------------------------------------ */

struct heard {
    int warnings;
    int others;
    char message[512];
};

static void listen(int32_t level, const char *message, size_t length, void *user_data)
{
    struct heard *heard = user_data;
    *(level == VREC_LOG_WARNING ? &heard->warnings : &heard->others) += 1;
    snprintf(heard->message, sizeof heard->message, "%.*s", (int)length, message);
}

static vrec_engine *create_on(const vrec_provider *providers, size_t count, struct heard *heard)
{
    vrec_options options = options_here();
    options.providers = providers;
    options.provider_count = count;
    options.provider_stride = sizeof *providers;
    options.log_callback = listen;
    options.log_user_data = heard;
    return create(options);
}

static vrec_provider provider_of(int32_t kind, uint32_t flags)
{
    return (vrec_provider){.struct_size = sizeof(vrec_provider), .kind = kind, .flags = flags};
}

/* What the runtime of the tests is built without. */
static const int32_t absent[] = {VREC_PROVIDER_CUDA, VREC_PROVIDER_TENSORRT, VREC_PROVIDER_WEBGPU,
                                 VREC_PROVIDER_OPENVINO, VREC_PROVIDER_QNN, VREC_PROVIDER_NNAPI,
                                 VREC_PROVIDER_COREML};

enum { ABSENT = sizeof absent / sizeof absent[0] };

static void the_cpu_may_be_asked_for_by_name(void)
{
    struct heard heard = {0};
    vrec_provider provider = provider_of(VREC_PROVIDER_CPU, 0);
    vrec_engine *engine = create_on(&provider, 1, &heard);
    struct vectors expected = vectors_with(options_here());
    struct vectors found = vectors_of(engine);
    CHECK(memcmp(&expected, &found, sizeof expected) == 0);
    check_runs_on_the_cpu(engine, 0, "");
    CHECK_NUMBER(0, heard.warnings + heard.others);
    vrec_destroy(engine);
}

static void a_provider_that_the_runtime_has_not_is_an_error(void)
{
    for (size_t index = 0; index < ABSENT; index++) {
        struct heard heard = {0};
        float vector[MODEL_DIMENSIONS] = {0};
        vrec_encoder_description *description = NULL;
        vrec_results *results = NULL;
        vrec_video video = video_with_title("t", "a title");
        /* The CPU behind it could serve, but nothing allows that. */
        vrec_provider providers[] = {provider_of(absent[index], VREC_PROVIDER_ALLOW_PARTIAL),
                                     provider_of(VREC_PROVIDER_CPU, 0)};
        vrec_engine *engine = create_on(providers, 2, &heard);
        vrec_query query = query_for_meaning();
        check_case("kind %d", (int)absent[index]);
        CHECK_STATUS(VREC_OK, statistics_of(engine).encoder_status);
        CHECK_REFUSED(VREC_E_PROVIDER, "provider", vrec_load_encoder(engine, NULL, error));
        CHECK_NUMBER(2, heard.warnings);
        CHECK_REFUSED(VREC_E_PROVIDER, "provider",
                      vrec_embed(engine, TEXT("a"), vector, MODEL_DIMENSIONS, NULL, error));
        CHECK_REFUSED(VREC_E_PROVIDER, "provider", vrec_search(engine, TEXT("a"), &query, NULL, &results, error));
        CHECK_REFUSED(VREC_E_PROVIDER, "provider", vrec_add_video(engine, &video, NULL, error));
        CHECK_REFUSED(VREC_E_PROVIDER, "provider", vrec_describe_encoder(engine, NULL, &description, error));
        CHECK_STATUS(VREC_E_PROVIDER, statistics_of(engine).encoder_status);
        CHECK_NUMBER(0, statistics_of(engine).encoder_loaded);
        CHECK_NUMBER(0, count_of(engine));
        CHECK(results == NULL && description == NULL);
        vrec_destroy(engine);
    }
}

static void the_next_is_tried_where_that_is_allowed_with_one_warning(void)
{
    for (size_t index = 0; index < ABSENT; index++) {
        struct heard heard = {0};
        vrec_provider providers[] = {provider_of(absent[index], VREC_PROVIDER_ALLOW_NEXT),
                                     provider_of(VREC_PROVIDER_CPU, 0)};
        vrec_engine *engine = create_on(providers, 2, &heard);
        check_case("kind %d", (int)absent[index]);
        CHECK_NUMBER(0, heard.warnings);
        CHECK_OK(vrec_load_encoder(engine, NULL, error));
        CHECK_NUMBER(1, heard.warnings);
        CHECK(strstr(heard.message, "provider") != NULL);
        check_runs_on_the_cpu(engine, 1, "provider");
        add_titled(engine, "t", "a title");
        CHECK_NUMBER(1, heard.warnings);
        CHECK_NUMBER(0, heard.others);
        CHECK_STATUS(VREC_OK, statistics_of(engine).encoder_status);
        vrec_destroy(engine);
    }
}

static void a_trimmed_model_goes_through_the_list_again(void)
{
    struct heard heard = {0};
    vrec_provider providers[] = {provider_of(VREC_PROVIDER_CUDA, VREC_PROVIDER_ALLOW_NEXT),
                                 provider_of(VREC_PROVIDER_CPU, 0)};
    vrec_engine *engine = create_on(providers, 2, &heard);
    CHECK_OK(vrec_load_encoder(engine, NULL, error));
    CHECK_OK(vrec_trim(engine, error));
    check_runs_on_the_cpu(engine, 1, "Cuda");
    CHECK_NUMBER(2, heard.warnings);
    vrec_destroy(engine);
}

static void a_list_that_ends_without_success_names_all(void)
{
    struct heard heard = {0};
    vrec_provider providers[] = {provider_of(VREC_PROVIDER_CUDA, VREC_PROVIDER_ALLOW_NEXT),
                                 provider_of(VREC_PROVIDER_OPENVINO, VREC_PROVIDER_ALLOW_NEXT)};
    vrec_engine *engine = create_on(providers, 2, &heard);
    CHECK_REFUSED(VREC_E_PROVIDER, "Cuda", vrec_load_encoder(engine, NULL, error));
    CHECK_REFUSED(VREC_E_PROVIDER, "OpenVino", vrec_load_encoder(engine, NULL, error));
    vrec_destroy(engine);
}

static void a_provider_library_that_is_none_is_named(void)
{
    const char *const libraries[] = {"/no/such/provider.so", runtime, scratch};
    for (size_t index = 0; index < sizeof libraries / sizeof libraries[0]; index++) {
        struct heard heard = {0};
        vrec_provider providers[] = {provider_of(VREC_PROVIDER_PLUGIN, 0), provider_of(VREC_PROVIDER_CPU, 0)};
        providers[0].library_path = libraries[index];
        providers[0].library_path_len = strlen(libraries[index]);
        check_case("%s", libraries[index]);
        vrec_engine *engine = create_on(providers, 2, &heard);
        CHECK_REFUSED(VREC_E_PROVIDER, "Plugin", vrec_load_encoder(engine, NULL, error));
        vrec_destroy(engine);
        providers[0].flags = VREC_PROVIDER_ALLOW_NEXT;
        engine = create_on(providers, 2, &heard);
        check_runs_on_the_cpu(engine, 1, "Plugin");
        vrec_destroy(engine);
    }
}

/* A limit or a device that a provider cannot heed must not be passed over in silence. */
static void settings_that_a_provider_has_not_are_errors(void)
{
    const int32_t kinds[] = {VREC_PROVIDER_CPU, VREC_PROVIDER_WEBGPU, VREC_PROVIDER_OPENVINO, VREC_PROVIDER_QNN,
                             VREC_PROVIDER_NNAPI, VREC_PROVIDER_COREML};
    for (size_t index = 0; index < sizeof kinds / sizeof kinds[0]; index++) {
        check_case("kind %d", (int)kinds[index]);
        vrec_options options = options_here();
        vrec_engine *engine = NULL;
        vrec_provider provider = provider_of(kinds[index], VREC_PROVIDER_ALLOW_NEXT);
        options.providers = &provider;
        options.provider_count = 1;
        options.provider_stride = sizeof provider;
        provider.memory_limit_bytes = 1;
        CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "memory_limit_bytes", vrec_create(&options, &engine, error));
        provider.memory_limit_bytes = 0;
        provider.device_index = 1;
        CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "device_index", vrec_create(&options, &engine, error));
        provider.device_index = 0;
        provider.name = "a";
        provider.name_len = 1;
        CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "name", vrec_create(&options, &engine, error));
        CHECK(engine == NULL);
    }
    check_case(NULL);
}

/* --- backends, threads, runs -------------------------------------------------------------------- */

static void the_default_backend_is_the_runtime(void)
{
    vrec_options options = options_here();
    struct vectors expected = vectors_with(options);
    options.backend = VREC_BACKEND_ONNX_RUNTIME;
    struct vectors found = vectors_with(options);
    CHECK(memcmp(&expected, &found, sizeof expected) == 0);
}

/* The library under test is built with its default features, the ONNX Runtime alone. */
static void a_backend_that_the_build_is_without_is_refused_by_name(void)
{
    vrec_options options = options_here();
    vrec_engine *engine = NULL;
    options.backend = VREC_BACKEND_RTEN;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "rten", vrec_create(&options, &engine, error));
    CHECK(engine == NULL);
}

static void threads_and_the_size_of_runs_change_no_vector(void)
{
    const struct {
        uint32_t inter_op_threads;
        uint32_t threads;
        uint32_t tokens_per_run;
    } cases[] = {{1, 1, 1024}, {2, 0, 0}, {2, 2, 0}, {0, 0, 1}, {0, 0, 7}, {0, 0, 64}, {0, 0, 1048576}, {3, 1, 40}};
    struct vectors expected = vectors_with(options_here());
    CHECK(are_vectors_of_texts(&expected));
    for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
        vrec_options options = options_here();
        options.inter_op_threads = cases[index].inter_op_threads;
        options.threads = cases[index].threads;
        options.tokens_per_run = cases[index].tokens_per_run;
        check_case("%u threads between operators, %u inside, %u tokens a run", options.inter_op_threads,
                   options.threads, options.tokens_per_run);
        struct vectors found = vectors_with(options);
        check_near_vectors(&expected, &found);
    }
}

/* --- remembered vectors ------------------------------------------------------------------------- */

static void equal_texts_of_a_batch_are_embedded_once(void)
{
    vrec_options options = options_here();
    options.embedding_cache_bytes = VREC_CACHE_NONE;
    vrec_engine *without_cache = create(options);
    vrec_engine *engine = create(options_here());
    struct vectors expected = vectors_of(without_cache);
    struct vectors found = vectors_of(engine);
    CHECK(memcmp(expected.rows[REPEATED], expected.rows[REPETITION], sizeof expected.rows[0]) == 0);
    CHECK(memcmp(&expected, &found, sizeof expected) == 0);
    CHECK_NUMBER(TEXTS, statistics_of(engine).texts_embedded);
    CHECK_NUMBER(TEXTS, statistics_of(without_cache).texts_embedded);
    CHECK_NUMBER(DISTINCT, statistics_of(engine).embedding_cache_misses);
    vrec_destroy(engine);
    vrec_destroy(without_cache);
}

static void texts_that_come_again_are_remembered(void)
{
    vrec_engine *engine = create(options_here());
    struct vectors first = vectors_of(engine);
    vrec_statistics before = statistics_of(engine);
    CHECK_NUMBER(0, before.embedding_cache_hits);
    CHECK(before.embedding_cache_bytes >= DISTINCT * MODEL_DIMENSIONS * sizeof(float));
    struct vectors second = vectors_of(engine);
    vrec_statistics after = statistics_of(engine);
    CHECK(memcmp(&first, &second, sizeof first) == 0);
    CHECK_NUMBER(DISTINCT, after.embedding_cache_hits);
    CHECK_NUMBER(before.embedding_cache_misses, after.embedding_cache_misses);
    CHECK_NUMBER(before.embedding_cache_bytes, after.embedding_cache_bytes);
    CHECK_NUMBER(2 * TEXTS, after.texts_embedded);
    vrec_destroy(engine);
}

/* A video's texts and a search share what is remembered. */
static void searches_and_videos_share_the_cache(void)
{
    vrec_engine *engine = create(options_here());
    add_titled(engine, "a", "a quiet music concert");
    CHECK_NUMBER(0, statistics_of(engine).embedding_cache_hits);
    CHECK_TEXT("a", found(engine, "a quiet music concert", NULL));
    CHECK_NUMBER(1, statistics_of(engine).embedding_cache_hits);
    CHECK_NUMBER(1, statistics_of(engine).embedding_cache_misses);
    vrec_destroy(engine);
}

static void trim_forgets_what_was_remembered(void)
{
    vrec_engine *engine = create(options_here());
    struct vectors first = vectors_of(engine);
    CHECK_OK(vrec_trim(engine, error));
    CHECK_NUMBER(0, statistics_of(engine).embedding_cache_bytes);
    struct vectors second = vectors_of(engine);
    CHECK(memcmp(&first, &second, sizeof first) == 0);
    CHECK_NUMBER(0, statistics_of(engine).embedding_cache_hits);
    CHECK_NUMBER(2 * DISTINCT, statistics_of(engine).embedding_cache_misses);
    vrec_destroy(engine);
}

static void without_a_cache_nothing_is_remembered(void)
{
    vrec_options options = options_here();
    options.embedding_cache_bytes = VREC_CACHE_NONE;
    vrec_engine *engine = create(options);
    struct vectors expected = vectors_with(options_here());
    for (int round = 0; round < 2; round++) {
        struct vectors found = vectors_of(engine);
        CHECK(memcmp(&expected, &found, sizeof expected) == 0);
    }
    CHECK_NUMBER(0, statistics_of(engine).embedding_cache_hits);
    CHECK_NUMBER(0, statistics_of(engine).embedding_cache_misses);
    CHECK_NUMBER(0, statistics_of(engine).embedding_cache_bytes);
    CHECK_NUMBER(2 * TEXTS, statistics_of(engine).texts_embedded);
    vrec_destroy(engine);
}

static void embed_one(const vrec_engine *engine, int number, float vector[MODEL_DIMENSIONS])
{
    char text[32];
    snprintf(text, sizeof text, "text number %d", number);
    CHECK_OK(vrec_embed(engine, text, strlen(text), vector, MODEL_DIMENSIONS, NULL, error));
}

static void a_small_cache_drops_what_was_not_used_for_longest(void)
{
    enum { LIMIT = 1024, MANY = 40 };
    vrec_options options = options_here();
    options.embedding_cache_bytes = LIMIT;
    vrec_engine *engine = create(options);
    float first[MODEL_DIMENSIONS];
    float again[MODEL_DIMENSIONS];
    embed_one(engine, 0, first);
    for (int number = 1; number < MANY; number++) {
        embed_one(engine, number, again);
        embed_one(engine, 0, again);
        CHECK(memcmp(first, again, sizeof first) == 0);
        CHECK(statistics_of(engine).embedding_cache_bytes <= LIMIT);
    }
    CHECK_NUMBER(MANY - 1, statistics_of(engine).embedding_cache_hits);
    embed_one(engine, 1, again);
    CHECK_NUMBER(MANY + 1, statistics_of(engine).embedding_cache_misses);
    embed_one(engine, MANY - 1, again);
    CHECK_NUMBER(MANY, statistics_of(engine).embedding_cache_hits);
    vrec_destroy(engine);
}

static void a_cache_too_small_for_one_vector_is_none(void)
{
    vrec_options options = options_here();
    options.embedding_cache_bytes = 1;
    vrec_engine *engine = create(options);
    struct vectors first = vectors_of(engine);
    struct vectors second = vectors_of(engine);
    CHECK(memcmp(&first, &second, sizeof first) == 0);
    CHECK_NUMBER(0, statistics_of(engine).embedding_cache_hits);
    CHECK_NUMBER(0, statistics_of(engine).embedding_cache_bytes);
    vrec_destroy(engine);
}

static void a_cache_of_any_size_takes_no_more_than_it_holds(void)
{
    vrec_options options = options_here();
    options.embedding_cache_bytes = VREC_CACHE_NONE - 1;
    vrec_engine *engine = create(options);
    struct vectors first = vectors_of(engine);
    struct vectors second = vectors_of(engine);
    CHECK(memcmp(&first, &second, sizeof first) == 0);
    CHECK_NUMBER(DISTINCT, statistics_of(engine).embedding_cache_hits);
    CHECK(statistics_of(engine).embedding_cache_bytes < 4096);
    CHECK_OK(vrec_trim(engine, error));
    CHECK_NUMBER(0, statistics_of(engine).embedding_cache_bytes);
    vrec_destroy(engine);
}

/* --- progress ----------------------------------------------------------------------------------- */

struct heard_progress {
    const vrec_engine *engine;
    int calls;
    uint64_t done;
    uint64_t total;
    /* Cancelled once this much is done. */
    vrec_cancel_token *token;
    uint64_t enough;
    pthread_t thread;
};

static void hear_progress(uint64_t done, uint64_t total, void *user_data)
{
    struct heard_progress *heard = user_data;
    CHECK(pthread_equal(heard->thread, pthread_self()));
    CHECK(done <= total && done >= heard->done);
    CHECK(heard->calls == 0 || total == heard->total);
    heard->calls++;
    heard->done = done;
    heard->total = total;
    if (heard->token != NULL && done >= heard->enough) {
        vrec_cancel_token_cancel(heard->token);
    }
}

static vrec_call_options call_heard_by(vrec_progress_callback callback, struct heard_progress *heard)
{
    heard->thread = pthread_self();
    vrec_call_options call = {.struct_size = sizeof call, .cancel = heard->token};
    call.progress_callback = callback;
    call.progress_user_data = heard;
    return call;
}

static vrec_options options_with_small_runs(void)
{
    vrec_options options = options_here();
    options.tokens_per_run = 1;
    return options;
}

static void progress_rises_to_the_total_on_the_thread_of_the_call(void)
{
    vrec_engine *engine = create(options_with_small_runs());
    struct vectors vectors;
    for (int round = 0; round < 2; round++) {
        struct heard_progress heard = {0};
        vrec_call_options call = call_heard_by(hear_progress, &heard);
        check_case("round %d", round);
        CHECK_OK(embed_texts(engine, &vectors, &call, error));
        CHECK_NUMBER(TEXTS, heard.total);
        CHECK_NUMBER(TEXTS, heard.done);
        /* All of the second round is remembered. */
        CHECK(round == 1 ? heard.calls > 0 : heard.calls > 2);
    }
    vrec_destroy(engine);
}

static void every_call_that_embeds_tells_its_progress(void)
{
    vrec_engine *engine = create(options_here());
    struct heard_progress heard = {0};
    float vector[MODEL_DIMENSIONS];
    vrec_call_options call = call_heard_by(hear_progress, &heard);
    vrec_results *results = NULL;
    CHECK_OK(vrec_embed(engine, TEXT("one"), vector, MODEL_DIMENSIONS, &call, error));
    CHECK_NUMBER(1, heard.total);
    CHECK_NUMBER(1, heard.done);
    heard = (struct heard_progress){.thread = pthread_self()};
    vrec_video videos[] = {video_with_title("a", "football"), video_with_title("b", "music")};
    videos[1].description = "a quiet concert";
    videos[1].description_len = strlen(videos[1].description);
    CHECK_OK(vrec_add_videos(engine, videos, 2, sizeof videos[0], &call, error));
    CHECK_NUMBER(3, heard.total);
    CHECK_NUMBER(3, heard.done);
    heard = (struct heard_progress){.thread = pthread_self()};
    CHECK_OK(vrec_search(engine, TEXT("sports"), NULL, &call, &results, error));
    CHECK_NUMBER(1, heard.done);
    vrec_results_destroy(results);
    heard = (struct heard_progress){.thread = pthread_self()};
    CHECK_OK(vrec_recommend(engine, NULL, &call, &results, error));
    CHECK_NUMBER(0, heard.calls);
    vrec_results_destroy(results);
    vrec_destroy(engine);
}

static void call_from_inside(uint64_t done, uint64_t total, void *user_data)
{
    struct heard_progress *heard = user_data;
    union {
        const vrec_engine *given;
        vrec_engine *taken;
    } engine = {heard->engine};
    uint64_t count = 7;
    float vector[MODEL_DIMENSIONS];
    vrec_video video = video_with_title("x", "text");
    CHECK_REFUSED(VREC_E_REENTRANT, "vrec_count", vrec_count(heard->engine, &count, error));
    CHECK_REFUSED(VREC_E_REENTRANT, "vrec_embed",
                  vrec_embed(heard->engine, TEXT("a"), vector, MODEL_DIMENSIONS, NULL, error));
    CHECK_REFUSED(VREC_E_REENTRANT, "vrec_add_video", vrec_add_video(engine.taken, &video, NULL, error));
    CHECK_REFUSED(VREC_E_REENTRANT, "vrec_wait", vrec_wait_for_embeddings(heard->engine, NULL, error));
    vrec_destroy(engine.taken);
    CHECK_NUMBER(7, count);
    hear_progress(done, total, user_data);
}

static void calls_from_inside_are_refused(void)
{
    vrec_engine *engine = create(options_with_small_runs());
    struct heard_progress heard = {.engine = engine};
    struct vectors vectors;
    vrec_call_options call = call_heard_by(call_from_inside, &heard);
    CHECK_OK(embed_texts(engine, &vectors, &call, error));
    CHECK_NUMBER(TEXTS, heard.done);
    CHECK_NUMBER(0, count_of(engine));
    struct vectors expected = vectors_of(engine);
    CHECK(memcmp(&expected, &vectors, sizeof expected) == 0);
    vrec_destroy(engine);
}

static vrec_cancel_token *make_token(void)
{
    vrec_cancel_token *token = NULL;
    CHECK_OK(vrec_cancel_token_create(&token, error));
    REQUIRE(token != NULL);
    return token;
}

static void cancelling_from_inside_ends_an_embedding(void)
{
    vrec_engine *engine = create(options_with_small_runs());
    struct heard_progress heard = {.token = make_token(), .enough = 1};
    struct vectors vectors = {0};
    struct vectors untouched = {0};
    vrec_call_options call = call_heard_by(hear_progress, &heard);
    CHECK_STATUS(VREC_E_CANCELLED, embed_texts(engine, &vectors, &call, NULL));
    CHECK(heard.done > 0 && heard.done < TEXTS);
    CHECK(memcmp(&untouched, &vectors, sizeof vectors) == 0);
    CHECK_NUMBER(0, statistics_of(engine).texts_embedded);
    vrec_cancel_token_destroy(heard.token);
    vectors = vectors_of(engine);
    struct vectors expected = vectors_with(options_here());
    check_near_vectors(&expected, &vectors);
    vrec_destroy(engine);
}

static void cancelling_from_inside_leaves_the_catalogue_as_it_was(void)
{
    enum { VIDEOS = TEXTS };
    vrec_engine *engine = create(options_with_small_runs());
    add_titled(engine, "v0", "an older title");
    add_titled(engine, "other", "the lonely doctor in the kitchen");
    char ids[VIDEOS][4];
    vrec_video videos[VIDEOS];
    for (int index = 0; index < VIDEOS; index++) {
        snprintf(ids[index], sizeof ids[index], "v%d", index);
        videos[index] = video_with_title(ids[index], texts[index]);
        videos[index].description = "words";
        videos[index].description_len = 5;
    }
    struct heard_progress heard = {.token = make_token(), .enough = 2};
    vrec_call_options call = call_heard_by(hear_progress, &heard);
    uint64_t memory = statistics_of(engine).memory_bytes;
    CHECK_STATUS(VREC_E_CANCELLED, vrec_add_videos(engine, videos, VIDEOS, sizeof videos[0], &call, NULL));
    CHECK(heard.done < heard.total);
    CHECK_NUMBER(2, count_of(engine));
    CHECK_NUMBER(memory, statistics_of(engine).memory_bytes);
    CHECK_TEXT("v0", similar_to(engine, "other", NULL));
    vrec_cancel_token_destroy(heard.token);
    CHECK_OK(vrec_add_videos(engine, videos, VIDEOS, sizeof videos[0], NULL, error));
    CHECK_NUMBER(VIDEOS + 1, count_of(engine));
    vrec_destroy(engine);
}

int main(int count, char **arguments)
{
    REQUIRE(count == 4);
    model = arguments[1];
    runtime = arguments[2];
    scratch = arguments[3];
    mkdir(scratch, 0700);
    RUN(a_description_tells_model_runtime_and_nodes);
    RUN(a_description_heeds_the_bounds_of_its_call);
    RUN(fields_of_any_size_are_written_no_further);
    RUN(without_a_model_there_is_nothing_to_describe);
    RUN(the_model_may_lie_in_memory);
    RUN(only_the_content_is_kept_by_reference);
    RUN(what_is_not_in_memory_is_read_from_the_folder);
    RUN(the_model_comes_back_from_memory_after_a_trim);
    RUN(files_that_are_missing_everywhere_are_named);
    RUN(damaged_memory_is_refused_before_the_folder_is_asked);
    RUN(the_cpu_may_be_asked_for_by_name);
    RUN(a_provider_that_the_runtime_has_not_is_an_error);
    RUN(the_next_is_tried_where_that_is_allowed_with_one_warning);
    RUN(a_trimmed_model_goes_through_the_list_again);
    RUN(a_list_that_ends_without_success_names_all);
    RUN(a_provider_library_that_is_none_is_named);
    RUN(settings_that_a_provider_has_not_are_errors);
    RUN(the_default_backend_is_the_runtime);
    RUN(a_backend_that_the_build_is_without_is_refused_by_name);
    RUN(threads_and_the_size_of_runs_change_no_vector);
    RUN(equal_texts_of_a_batch_are_embedded_once);
    RUN(texts_that_come_again_are_remembered);
    RUN(searches_and_videos_share_the_cache);
    RUN(trim_forgets_what_was_remembered);
    RUN(without_a_cache_nothing_is_remembered);
    RUN(a_small_cache_drops_what_was_not_used_for_longest);
    RUN(a_cache_too_small_for_one_vector_is_none);
    RUN(a_cache_of_any_size_takes_no_more_than_it_holds);
    RUN(progress_rises_to_the_total_on_the_thread_of_the_call);
    RUN(every_call_that_embeds_tells_its_progress);
    RUN(calls_from_inside_are_refused);
    RUN(cancelling_from_inside_ends_an_embedding);
    RUN(cancelling_from_inside_leaves_the_catalogue_as_it_was);
    return check_finish();
}
