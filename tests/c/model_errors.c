/* A model or a runtime that is missing, damaged or hostile: each failure has its code and names the
 * file, is told by every call that needs the model, writes nothing anywhere, and leaves the engine
 * working with vectors the host brings. Each case runs in a process of its own, since a process has
 * one runtime, and since a hostile file must not get at the next case.
 *
 * model_errors MODEL RUNTIME BROKEN_MODELS FAKE_RUNTIMES
 *
 * BROKEN_MODELS is made by broken_models.py; FAKE_RUNTIMES holds libraries made of fake_runtime.c and
 * not_a_runtime.c. */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "fixture.h"

enum { PATH_BYTES = 4096, MODEL_DIMENSIONS = 32 };

static const char *model;
static const char *runtime;
static const char *broken_models;
static const char *fake_runtimes;

static const char *inside(const char *folder, const char *name)
{
    static char paths[4][PATH_BYTES];
    static size_t next;
    char *path = paths[next++ % 4];
    snprintf(path, PATH_BYTES, "%s/%s", folder, name);
    return path;
}

/* --- what holds whatever is wrong ---------------------------------------------------------------- */

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

static vrec_engine *make_listening_engine(const char *model_path, const char *runtime_path, struct heard *heard)
{
    vrec_options options = options_for_model(model_path, runtime_path);
    options.log_callback = listen;
    options.log_user_data = heard;
    vrec_engine *engine = NULL;
    CHECK_OK(vrec_create(&options, &engine, error));
    REQUIRE(engine != NULL);
    return engine;
}

/* Every call that needs the model fails alike and leaves no trace. */
static void check_texts_are_refused(vrec_engine *engine, int32_t expected, const char *naming)
{
    float vector[MODEL_DIMENSIONS] = {0};
    vrec_results *results = NULL;
    vrec_video video = video_with_title("t", "a title");
    vrec_query query = query_for_meaning();
    CHECK_REFUSED(expected, naming, vrec_load_encoder(engine, NULL, error));
    CHECK_REFUSED(expected, naming, vrec_add_video(engine, &video, NULL, error));
    CHECK_REFUSED(expected, naming, vrec_search(engine, TEXT("words"), &query, NULL, &results, error));
    vrec_statistics statistics = statistics_of(engine);
    CHECK_NUMBER(0, statistics.encoder_loaded);
    CHECK_NUMBER(0, statistics.faulted);
    CHECK_NUMBER(0, statistics.videos);
    if (statistics.dimensions > 0) {
        CHECK_REFUSED(expected, naming,
                      vrec_embed(engine, TEXT("words"), vector, (size_t)statistics.dimensions, NULL, error));
    }
    CHECK(results == NULL);
}

static void check_vectors_still_work(vrec_engine *engine)
{
    uint32_t dimensions = 0;
    CHECK_OK(vrec_dimensions(engine, &dimensions, error));
    float vector[MODEL_DIMENSIONS] = {1};
    vrec_video first = video_with_vector("a", vector);
    vrec_video second = video_with_vector("b", vector);
    first.vector_len = second.vector_len = dimensions > 0 ? dimensions : MODEL_DIMENSIONS;
    CHECK_OK(vrec_add_video(engine, &first, NULL, error));
    CHECK_OK(vrec_add_video(engine, &second, NULL, error));
    record(engine, NULL, "a", VREC_EVENT_COMPLETE);
    CHECK_TEXT("b", recommended(engine, NULL));
}

/* --- broken model folders ------------------------------------------------------------------------ */

static const struct broken {
    const char *folder;
    int32_t status;
    /* The file that the message names. */
    const char *file;
} broken[] = {
    {"nowhere", VREC_E_MODEL_MISSING, "nowhere/vrec-model.json"},
    {"no-files", VREC_E_MODEL_MISSING, "no-files/vrec-model.json"},

    {"manifest-missing", VREC_E_MODEL_MISSING, "vrec-model.json"},
    {"manifest-dangling-link", VREC_E_MODEL_MISSING, "vrec-model.json"},
    {"manifest-folder", VREC_E_MODEL_UNREADABLE, "vrec-model.json"},
    {"manifest-pipe", VREC_E_MODEL_UNREADABLE, "vrec-model.json"},
    {"manifest-loop", VREC_E_MODEL_UNREADABLE, "vrec-model.json"},
    {"manifest-empty", VREC_E_MODEL_INVALID, "vrec-model.json"},
    {"manifest-not-json", VREC_E_MODEL_INVALID, "vrec-model.json"},
    {"manifest-cut", VREC_E_MODEL_INVALID, "vrec-model.json"},
    {"manifest-list", VREC_E_MODEL_INVALID, "vrec-model.json"},
    {"manifest-nested", VREC_E_MODEL_INVALID, "vrec-model.json"},
    {"manifest-not-utf8", VREC_E_MODEL_INVALID, "vrec-model.json"},
    {"manifest-number-past-all", VREC_E_MODEL_INVALID, "vrec-model.json"},
    {"manifest-enormous", VREC_E_MODEL_INVALID, "vrec-model.json"},
    {"manifest-names-parent-folder", VREC_E_MODEL_INVALID, "files.model.name"},
    {"manifest-names-parent-itself", VREC_E_MODEL_INVALID, "files.tokenizer.name"},
    {"manifest-names-absolute-path", VREC_E_MODEL_INVALID, "files.model.name"},
    {"manifest-names-subfolder", VREC_E_MODEL_INVALID, "files.tokenizer.name"},
    {"manifest-names-nothing", VREC_E_MODEL_INVALID, "files.model.name"},
    {"manifest-names-nul", VREC_E_MODEL_INVALID, "files.model.name"},
    {"manifest-newer-format", VREC_E_MODEL_INVALID, "format"},
    {"manifest-unknown-field", VREC_E_MODEL_INVALID, "surprise"},
    {"manifest-no-dimensions", VREC_E_MODEL_INVALID, "dimensions"},
    {"manifest-huge-dimensions", VREC_E_MODEL_INVALID, "dimensions"},
    {"manifest-negative-dimensions", VREC_E_MODEL_INVALID, "vrec-model.json"},
    {"manifest-other-pooling", VREC_E_MODEL_INVALID, "vrec-model.json"},
    {"manifest-tiny-window", VREC_E_MODEL_INVALID, "window_tokens"},
    {"manifest-window-past-model", VREC_E_MODEL_INVALID, "window_tokens"},
    {"manifest-wide-overlap", VREC_E_MODEL_INVALID, "window_overlap_tokens"},
    {"manifest-endless-prefix", VREC_E_MODEL_INVALID, "prefix"},
    {"manifest-short-mean", VREC_E_MODEL_INVALID, "title"},
    {"manifest-infinite-mean", VREC_E_MODEL_INVALID, "vrec-model.json"},
    {"manifest-language-twice", VREC_E_MODEL_INVALID, "twice"},
    {"manifest-short-hash", VREC_E_MODEL_INVALID, "sha256"},
    {"manifest-endless-model", VREC_E_MODEL_INVALID, "bytes"},

    {"model-missing", VREC_E_MODEL_MISSING, "model-missing/model.onnx"},
    {"model-dangling-link", VREC_E_MODEL_MISSING, "model.onnx"},
    {"model-folder", VREC_E_MODEL_UNREADABLE, "model-folder/model.onnx"},
    {"model-pipe", VREC_E_MODEL_UNREADABLE, "model.onnx"},
    {"model-loop", VREC_E_MODEL_UNREADABLE, "model.onnx"},
    {"model-flipped", VREC_E_MODEL_HASH, "model-flipped/model.onnx"},
    {"model-cut", VREC_E_MODEL_HASH, "model.onnx"},
    {"model-longer", VREC_E_MODEL_HASH, "model.onnx"},
    {"model-gone-empty", VREC_E_MODEL_HASH, "model.onnx"},
    {"model-garbage", VREC_E_MODEL_INVALID, "model.onnx"},
    {"model-empty", VREC_E_MODEL_INVALID, "model.onnx"},
    {"model-without-graph", VREC_E_MODEL_INVALID, "model.onnx"},
    {"model-nested", VREC_E_MODEL_INVALID, "model.onnx"},
    {"model-external-initializer", VREC_E_MODEL_INVALID, "other files"},
    {"model-external-constant", VREC_E_MODEL_INVALID, "other files"},
    {"model-other-inputs", VREC_E_MODEL_INVALID, "input_ids"},
    {"model-one-input-more", VREC_E_MODEL_INVALID, "pixels"},
    {"model-other-output", VREC_E_MODEL_INVALID, "last_hidden_state"},

    {"tokenizer-missing", VREC_E_MODEL_MISSING, "tokenizer.json"},
    {"tokenizer-dangling-link", VREC_E_MODEL_MISSING, "tokenizer.json"},
    {"tokenizer-folder", VREC_E_MODEL_UNREADABLE, "tokenizer.json"},
    {"tokenizer-pipe", VREC_E_MODEL_UNREADABLE, "tokenizer.json"},
    {"tokenizer-loop", VREC_E_MODEL_UNREADABLE, "tokenizer.json"},
    {"tokenizer-flipped", VREC_E_MODEL_HASH, "tokenizer.json"},
    {"tokenizer-cut", VREC_E_MODEL_HASH, "tokenizer.json"},
    {"tokenizer-longer", VREC_E_MODEL_HASH, "tokenizer.json"},
    {"tokenizer-gone-empty", VREC_E_MODEL_HASH, "tokenizer.json"},
    {"tokenizer-garbage", VREC_E_MODEL_INVALID, "tokenizer.json"},
    {"tokenizer-empty", VREC_E_MODEL_INVALID, "tokenizer.json"},
    {"tokenizer-empty-object", VREC_E_MODEL_INVALID, "tokenizer.json"},
    {"tokenizer-list", VREC_E_MODEL_INVALID, "tokenizer.json"},
    {"tokenizer-nested", VREC_E_MODEL_INVALID, "tokenizer.json"},
    {"tokenizer-unknown-model", VREC_E_MODEL_INVALID, "tokenizer.json"},
    {"tokenizer-unigram-without-pieces", VREC_E_MODEL_INVALID, "tokenizer.json"},
    {"tokenizer-bpe-merges-of-nothing", VREC_E_MODEL_INVALID, "tokenizer.json"},
    {"tokenizer-charsmap-cut", VREC_E_MODEL_INVALID, "tokenizer.json"},
    {"tokenizer-regex-broken", VREC_E_MODEL_INVALID, "tokenizer.json"},
};

enum { BROKEN = sizeof broken / sizeof broken[0] };

static int is_about_the_manifest(const struct broken *entry)
{
    return strncmp(entry->folder, "manifest", 8) == 0 || strncmp(entry->folder, "no", 2) == 0;
}

/* In place of the standard streams, whose content must stay empty. */
static int replace_output_streams(void)
{
    int silent = open(inside(broken_models, "output"), O_RDWR | O_CREAT | O_TRUNC, 0600);
    REQUIRE(silent >= 0 && dup2(silent, STDERR_FILENO) == STDERR_FILENO);
    return silent;
}

static void use_a_broken_model(void *argument)
{
    const struct broken *entry = argument;
    struct heard heard = {0};
    check_case("%s", entry->folder);
    int silent = replace_output_streams();
    vrec_engine *engine = make_listening_engine(inside(broken_models, entry->folder), runtime, &heard);
    CHECK_NUMBER(is_about_the_manifest(entry), heard.warnings);
    CHECK(!is_about_the_manifest(entry) || strstr(heard.message, entry->file) != NULL);
    check_texts_are_refused(engine, entry->status, entry->file);
    check_vectors_still_work(engine);
    CHECK_NUMBER(0, heard.others);
    CHECK_NUMBER(0, lseek(silent, 0, SEEK_END));
    vrec_destroy(engine);
}

static void every_broken_model_is_refused_by_name(void)
{
    for (size_t index = 0; index < BROKEN; index++) {
        struct broken entry = broken[index];
        IN_OWN_PROCESS(use_a_broken_model, &entry);
    }
}

static void learn_the_status(void *argument)
{
    const struct broken *entry = argument;
    check_case("%s", entry->folder);
    vrec_engine *engine = make_listening_engine(inside(broken_models, entry->folder), runtime, &(struct heard){0});
    CHECK_REFUSED(entry->status, NULL, vrec_load_encoder(engine, NULL, error));
    CHECK_STATUS(entry->status, statistics_of(engine).encoder_status);
    vrec_destroy(engine);
}

/* "VREC_OK when texts can be embedded as far as is known, else what a call would return". */
static void statistics_tell_what_loading_has_shown(void)
{
    const char *folders[] = {"manifest-cut", "model-missing", "model-flipped", "tokenizer-garbage"};
    for (size_t index = 0; index < BROKEN; index++) {
        for (size_t folder = 0; folder < 4; folder++) {
            struct broken entry = broken[index];
            if (strcmp(entry.folder, folders[folder]) == 0) {
                IN_OWN_PROCESS(learn_the_status, &entry);
            }
        }
    }
}

static void load_a_model_that_cannot_work(void *argument)
{
    const char *folder = argument;
    check_case("%s", folder);
    struct heard heard = {0};
    vrec_engine *engine = make_listening_engine(inside(broken_models, folder), runtime, &heard);
    check_texts_are_refused(engine, VREC_E_MODEL_INVALID, "model.onnx");
    check_vectors_still_work(engine);
    vrec_destroy(engine);
}

/* "vrec_load_encoder tells at once whether the model is usable": also when graph and manifest are
 * sound, but do not belong together. */
static void loading_shows_whether_graph_and_manifest_agree(void)
{
    IN_OWN_PROCESS(load_a_model_that_cannot_work, "manifest-of-another-model");
    IN_OWN_PROCESS(load_a_model_that_cannot_work, "model-whole-numbers");
}

static void use_a_folder_with_a_line_end(void *argument)
{
    (void)argument;
    vrec_engine *engine = make_listening_engine(inside(broken_models, "line\nbreak"), runtime, &(struct heard){0});
    CHECK_REFUSED(VREC_E_MODEL_MISSING, "model.onnx", vrec_load_encoder(engine, NULL, error));
    vrec_destroy(engine);
    engine = make_listening_engine(model, "/no\nwhere", &(struct heard){0});
    CHECK_REFUSED(VREC_E_RUNTIME_MISSING, "where", vrec_load_encoder(engine, NULL, error));
    vrec_destroy(engine);
}

static void messages_have_one_line_whatever_a_path_holds(void)
{
    IN_OWN_PROCESS(use_a_folder_with_a_line_end, NULL);
}

/* --- a model that takes long to read -------------------------------------------------------------- */

/* A tokenizer of such a size that reading and hashing it takes a while. */
static void make_slow_model(const char *folder)
{
    FILE *from = fopen(inside(model, "vrec-model.json"), "rb");
    static char manifest[1 << 20];
    REQUIRE(from != NULL);
    size_t length = fread(manifest, 1, sizeof manifest - 1, from);
    fclose(from);
    manifest[length] = '\0';
    char *name = strstr(manifest, "\"name\":\"tokenizer.json\",\"bytes\":");
    REQUIRE(name != NULL);
    char *number = name + strlen("\"name\":\"tokenizer.json\",\"bytes\":");
    const long size = 192L << 20;
    mkdir(folder, 0700);
    FILE *to = fopen(inside(folder, "vrec-model.json"), "wb");
    REQUIRE(to != NULL);
    fprintf(to, "%.*s%ld%s", (int)(number - manifest), manifest, size, number + strspn(number, "0123456789"));
    fclose(to);
    FILE *tokenizer = fopen(inside(folder, "tokenizer.json"), "wb");
    REQUIRE(tokenizer != NULL && ftruncate(fileno(tokenizer), size) == 0);
    fclose(tokenizer);
}

struct writing {
    vrec_engine *engine;
    pthread_mutex_t lock;
    int started;
    int finished;
};

static void *add_a_text(void *argument)
{
    struct writing *writing = argument;
    vrec_video video = video_with_title("t", "a title");
    pthread_mutex_lock(&writing->lock);
    writing->started = 1;
    pthread_mutex_unlock(&writing->lock);
    CHECK_STATUS(VREC_E_MODEL_HASH, vrec_add_video(writing->engine, &video, NULL, NULL));
    pthread_mutex_lock(&writing->lock);
    writing->finished = 1;
    pthread_mutex_unlock(&writing->lock);
    return NULL;
}

static int is_set(struct writing *writing, const int *flag)
{
    pthread_mutex_lock(&writing->lock);
    int set = *flag;
    pthread_mutex_unlock(&writing->lock);
    return set;
}

static void wait_a_moment(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 20 * 1000 * 1000}, NULL);
}

/* A read that had waited for the writer would have returned at its end: the writer must be busy for
 * a moment more. */
static void check_still_writing(struct writing *writing, const char *read)
{
    wait_a_moment();
    check_case("%s", read);
    CHECK(!is_set(writing, &writing->finished));
    check_case(NULL);
}

static void read_while_a_writer_opens_the_model(void *argument)
{
    (void)argument;
    const char *folder = inside(broken_models, "slow");
    make_slow_model(folder);
    struct writing writing = {.lock = PTHREAD_MUTEX_INITIALIZER};
    writing.engine = make_listening_engine(folder, runtime, &(struct heard){0});
    check_vectors_still_work(writing.engine);
    pthread_t writer;
    REQUIRE(pthread_create(&writer, NULL, add_a_text, &writing) == 0);
    while (!is_set(&writing, &writing.started)) {
    }
    wait_a_moment();
    count_of(writing.engine);
    CHECK_TEXT("b", similar_to(writing.engine, "a", NULL));
    CHECK_TEXT("b", recommended(writing.engine, NULL));
    check_still_writing(&writing, "vrec_count, vrec_similar, vrec_recommend");
    statistics_of(writing.engine);
    check_still_writing(&writing, "vrec_stats");
    pthread_join(writer, NULL);
    unlink(inside(folder, "tokenizer.json"));
    vrec_destroy(writing.engine);
}

/* "Reads never wait for writes", also while a write opens the model. */
static void readers_do_not_wait_for_a_model_being_opened(void)
{
    IN_OWN_PROCESS(read_while_a_writer_opens_the_model, NULL);
}

/* --- runtimes ----------------------------------------------------------------------------------- */

struct runtime_case {
    const char *path;
    int32_t status;
    const char *naming;
};

static void use_a_wrong_runtime(void *argument)
{
    const struct runtime_case *wrong = argument;
    struct heard heard = {0};
    check_case("%s", wrong->path);
    int silent = replace_output_streams();
    vrec_engine *engine = make_listening_engine(model, wrong->path, &heard);
    check_texts_are_refused(engine, wrong->status, wrong->naming);
    check_vectors_still_work(engine);
    CHECK_NUMBER(0, lseek(silent, 0, SEEK_END));
    vrec_destroy(engine);
}

static void refuse_runtime(const char *name, int32_t status)
{
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s", inside(fake_runtimes, name));
    struct runtime_case wrong = {path, status, name};
    IN_OWN_PROCESS(use_a_wrong_runtime, &wrong);
}

static void every_wrong_runtime_is_refused_by_name(void)
{
    const struct {
        const char *name;
        int32_t status;
    } cases[] = {
        {"nowhere.so", VREC_E_RUNTIME_MISSING},
        {"folder.so", VREC_E_RUNTIME_MISSING},
        {"pipe.so", VREC_E_RUNTIME_MISSING},
        {"text.so", VREC_E_RUNTIME},
        {"not-a-runtime.so", VREC_E_RUNTIME},
        {"old.so", VREC_E_RUNTIME_VERSION},
        {"unreadable-version.so", VREC_E_RUNTIME_VERSION},
    };
    for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
        refuse_runtime(cases[index].name, cases[index].status);
    }
}

/* Half a copy, as a broken download or update leaves it. */
static void a_cut_runtime_is_refused(void)
{
    refuse_runtime("cut.so", VREC_E_RUNTIME);
}

/* It says it is new enough, but has no functions of that version. */
static void a_hollow_runtime_is_refused(void)
{
    refuse_runtime("hollow.so", VREC_E_RUNTIME);
}

static void look_for_a_runtime_beside_the_library(void *argument)
{
    (void)argument;
    vrec_engine *engine = make_listening_engine(model, "", &(struct heard){0});
    check_texts_are_refused(engine, VREC_E_RUNTIME_MISSING, "libonnxruntime.so");
    check_vectors_still_work(engine);
    vrec_destroy(engine);
}

static void without_a_path_the_runtime_is_sought_beside_the_library(void)
{
    IN_OWN_PROCESS(look_for_a_runtime_beside_the_library, NULL);
}

static void try_wrong_runtimes_then_the_right_one(void *argument)
{
    (void)argument;
    const char *wrong[] = {"nowhere.so", "text.so", "not-a-runtime.so", "old.so"};
    for (size_t index = 0; index < sizeof wrong / sizeof wrong[0]; index++) {
        vrec_engine *engine = make_listening_engine(model, inside(fake_runtimes, wrong[index]), &(struct heard){0});
        CHECK(vrec_load_encoder(engine, NULL, NULL) != VREC_OK);
        vrec_destroy(engine);
    }
    vrec_engine *engine = make_listening_engine(model, runtime, &(struct heard){0});
    CHECK_OK(vrec_load_encoder(engine, NULL, error));
    add_titled(engine, "t", "a title");
    vrec_destroy(engine);
}

static void a_wrong_runtime_does_not_spoil_the_right_one(void)
{
    IN_OWN_PROCESS(try_wrong_runtimes_then_the_right_one, NULL);
}

static void use_two_runtimes(void *argument)
{
    (void)argument;
    vrec_engine *engine = make_engine_with_model(model, runtime);
    vrec_engine *linked = make_listening_engine(model, inside(fake_runtimes, "link.so"), &(struct heard){0});
    CHECK_OK(vrec_load_encoder(linked, NULL, error));
    vrec_engine *other = make_listening_engine(model, inside(fake_runtimes, "old.so"), &(struct heard){0});
    CHECK_REFUSED(VREC_E_RUNTIME, "old.so", vrec_load_encoder(other, NULL, error));
    add_titled(engine, "t", "a title");
    vrec_destroy(other);
    vrec_destroy(linked);
    vrec_destroy(engine);
}

static void a_process_has_one_runtime_under_any_of_its_names(void)
{
    IN_OWN_PROCESS(use_two_runtimes, NULL);
}

/* Files that are no libraries, beside those the Makefile has built. */
static void make_wrong_runtimes(void)
{
    unlink(inside(fake_runtimes, "pipe.so"));
    unlink(inside(fake_runtimes, "link.so"));
    mkdir(inside(fake_runtimes, "folder.so"), 0700);
    REQUIRE(mkfifo(inside(fake_runtimes, "pipe.so"), 0600) == 0);
    REQUIRE(symlink(runtime, inside(fake_runtimes, "link.so")) == 0);
    FILE *text = fopen(inside(fake_runtimes, "text.so"), "w");
    REQUIRE(text != NULL);
    fputs("This is a text.\n", text);
    fclose(text);
    FILE *whole = fopen(runtime, "rb");
    FILE *cut = fopen(inside(fake_runtimes, "cut.so"), "wb");
    static char start[1 << 16];
    REQUIRE(whole != NULL && cut != NULL);
    fwrite(start, 1, fread(start, 1, sizeof start, whole), cut);
    fclose(cut);
    fclose(whole);
}

int main(int count, char **arguments)
{
    REQUIRE(count == 5);
    model = arguments[1];
    runtime = arguments[2];
    broken_models = arguments[3];
    fake_runtimes = arguments[4];
    make_wrong_runtimes();
    RUN(every_broken_model_is_refused_by_name);
    RUN(statistics_tell_what_loading_has_shown);
    RUN(loading_shows_whether_graph_and_manifest_agree);
    RUN(messages_have_one_line_whatever_a_path_holds);
    RUN(readers_do_not_wait_for_a_model_being_opened);
    RUN(every_wrong_runtime_is_refused_by_name);
    RUN(a_cut_runtime_is_refused);
    RUN(a_hollow_runtime_is_refused);
    RUN(without_a_path_the_runtime_is_sought_beside_the_library);
    RUN(a_wrong_runtime_does_not_spoil_the_right_one);
    RUN(a_process_has_one_runtime_under_any_of_its_names);
    return check_finish();
}
