/* A host that says nothing itself and uses every part of the library, for process.sh to watch from
 * outside. What can be seen from inside the process is compared here, before and after: the
 * environment, signal handlers, umask, working folder, locale, floating-point settings, threads and
 * open files.
 *
 * quiet MODEL RUNTIME [in-background | STORE]; the exit status is 0 or the number of what went wrong, see
 * enum trouble. In the background, one thread is expected while the engine lives and none after. With a
 * store, an absolute path, its files stay open while the engine lives. */
#include <dirent.h>
#include <fenv.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "vrec.h"

#ifdef __SSE__
#include <xmmintrin.h>
#endif

extern char **environ;

enum trouble {
    FINE,
    A_CALL_FAILED,
    ENVIRONMENT_CHANGED,
    SIGNALS_CHANGED,
    UMASK_CHANGED,
    FOLDER_CHANGED,
    LOCALE_CHANGED,
    ROUNDING_CHANGED,
    THREADS_STARTED,
    FILES_LEFT_OPEN,
    WRONG_USAGE
};

enum { MODEL_DIMENSIONS = 32, SIGNALS = 64, PATH_BYTES = 4096, ENVIRONMENT_BYTES = 1 << 16 };

struct surroundings {
    char environment[ENVIRONMENT_BYTES];
    struct sigaction signals[SIGNALS + 1];
    mode_t mask;
    char folder[PATH_BYTES];
    char locale[256];
    int rounding;
    unsigned float_control;
    int threads;
    int files;
};

static int entries_of(const char *path)
{
    int entries = 0;
    DIR *folder = opendir(path);
    while (folder != NULL && readdir(folder) != NULL) {
        entries++;
    }
    if (folder != NULL) {
        closedir(folder);
    }
    return entries;
}

static void copy_environment(char *copy)
{
    size_t used = 0;
    for (char **variable = environ; *variable != NULL; variable++) {
        size_t length = strlen(*variable) + 1;
        if (used + length < ENVIRONMENT_BYTES) {
            memcpy(copy + used, *variable, length);
            used += length;
        }
    }
}

static unsigned float_control(void)
{
#ifdef __SSE__
    return _mm_getcsr() & ~0x3FU; /* without the flags of what has happened */
#else
    return 0;
#endif
}

static void look(struct surroundings *seen)
{
    memset(seen, 0, sizeof *seen);
    copy_environment(seen->environment);
    for (int number = 1; number <= SIGNALS; number++) {
        sigaction(number, NULL, &seen->signals[number]);
    }
    seen->mask = umask(0);
    umask(seen->mask);
    if (getcwd(seen->folder, sizeof seen->folder) == NULL) {
        seen->folder[0] = '\0';
    }
    strncpy(seen->locale, setlocale(LC_ALL, NULL), sizeof seen->locale - 1);
    seen->rounding = fegetround();
    seen->float_control = float_control();
    seen->threads = entries_of("/proc/self/task");
    seen->files = entries_of("/proc/self/fd");
}

static int same_handler(const struct sigaction *before, const struct sigaction *after)
{
    return before->sa_handler == after->sa_handler && before->sa_flags == after->sa_flags;
}

/* Looks again while there are more threads than expected: one that was joined stays listed for a moment. */
static void look_when_settled(struct surroundings *seen, int threads)
{
    look(seen);
    for (int tries = 0; tries < 1000 && seen->threads > threads; tries++) {
        nanosleep(&(struct timespec){0, 1000000}, NULL);
        look(seen);
    }
}

/* `threads` more are expected. */
static enum trouble compare(const struct surroundings *before, const struct surroundings *after, int threads)
{
    for (int number = 1; number <= SIGNALS; number++) {
        if (!same_handler(&before->signals[number], &after->signals[number])) {
            return SIGNALS_CHANGED;
        }
    }
    if (memcmp(before->environment, after->environment, ENVIRONMENT_BYTES) != 0) {
        return ENVIRONMENT_CHANGED;
    }
    if (before->mask != after->mask) {
        return UMASK_CHANGED;
    }
    if (strcmp(before->folder, after->folder) != 0) {
        return FOLDER_CHANGED;
    }
    if (strcmp(before->locale, after->locale) != 0) {
        return LOCALE_CHANGED;
    }
    if (before->rounding != after->rounding || before->float_control != after->float_control) {
        return ROUNDING_CHANGED;
    }
    if (before->threads + threads != after->threads) {
        return THREADS_STARTED;
    }
    return FINE;
}

static int succeeded = 1;

static void expect(int32_t expected, int32_t status)
{
    succeeded = succeeded && status == expected;
}

static uint32_t in_background;
static const char *store = "";

static vrec_engine *create(const char *model, const char *runtime)
{
    vrec_options options = {.struct_size = sizeof options, .background_embedding = in_background};
    options.model_path = model;
    options.model_path_len = strlen(model);
    options.runtime_path = runtime;
    options.runtime_path_len = strlen(runtime);
    options.store_path = store;
    options.store_path_len = strlen(store);
    vrec_engine *engine = NULL;
    expect(VREC_OK, vrec_create(&options, &engine, NULL));
    return engine;
}

static void add_videos(vrec_engine *engine)
{
    static const char *const titles[] = {"a football match", "a quiet music concert", "the doctor in the kitchen"};
    for (size_t index = 0; index < 3; index++) {
        vrec_video video = {.struct_size = sizeof video, .id = &"abc"[index], .id_len = 1};
        video.title = titles[index];
        video.title_len = strlen(titles[index]);
        expect(VREC_OK, vrec_add_video(engine, &video, NULL, NULL));
    }
    expect(VREC_OK, vrec_wait_for_embeddings(engine, NULL, NULL));
}

static void ask(vrec_engine *engine)
{
    vrec_results *results = NULL;
    vrec_columns columns = {.struct_size = sizeof columns};
    vrec_statistics statistics = {.struct_size = sizeof statistics};
    float vector[MODEL_DIMENSIONS];
    vrec_event event = {.struct_size = sizeof event, .video_id = "a", .video_id_len = 1, .kind = VREC_EVENT_LIKE};
    expect(VREC_OK, vrec_record(engine, &event, NULL));
    expect(VREC_OK, vrec_recommend(engine, NULL, NULL, &results, NULL));
    expect(VREC_OK, vrec_results_columns(results, &columns, NULL));
    vrec_results_destroy(results);
    vrec_query query = {.struct_size = sizeof query, .ranking = VREC_RANKING_BLEND};
    expect(VREC_OK, vrec_train(engine, NULL, NULL));
    expect(VREC_OK, vrec_recommend(engine, &query, NULL, &results, NULL));
    vrec_results_destroy(results);
    expect(VREC_OK, vrec_similar(engine, "a", 1, NULL, NULL, &results, NULL));
    vrec_results_destroy(results);
    expect(VREC_OK, vrec_search(engine, "music", 5, NULL, NULL, &results, NULL));
    vrec_results_destroy(results);
    expect(VREC_OK, vrec_embed(engine, "words", 5, vector, MODEL_DIMENSIONS, NULL, NULL));
    expect(VREC_OK, vrec_stats(engine, &statistics, NULL));
    expect(VREC_OK, vrec_remove_videos(engine, "a", (uint64_t[]){0, 1}, 1, NULL));
}

static void look_after_the_store(vrec_engine *engine)
{
    static const uint8_t key[32] = {7};
    vrec_event event = {.struct_size = sizeof event, .video_id = "b", .video_id_len = 1, .kind = VREC_EVENT_LIKE};
    event.durability = VREC_DURABLE_RELAXED;
    expect(VREC_OK, vrec_record(engine, &event, NULL));
    expect(VREC_OK, vrec_flush(engine, NULL));
    expect(VREC_OK, vrec_verify(engine, NULL));
    expect(VREC_OK, vrec_compact(engine, NULL));
    expect(VREC_OK, vrec_rotate_key(engine, key, sizeof key, NULL));
    expect(VREC_OK, vrec_rotate_key(engine, NULL, 0, NULL));
    vrec_retention retention = {.struct_size = sizeof retention, .max_events = 1};
    expect(VREC_OK, vrec_retain(engine, &retention, NULL, NULL));
    vrec_export *lines = NULL;
    expect(VREC_OK, vrec_profile_export(engine, "default", strlen("default"), NULL, &lines, NULL));
    vrec_export_destroy(lines);
    expect(VREC_OK, vrec_profile_forget(engine, "default", strlen("default"), NULL));
}

static void keep_a_household(vrec_engine *engine)
{
    static const char *const id = "default";
    vrec_profile profile = {.struct_size = sizeof profile, .id = id, .id_len = strlen(id), .kind = VREC_PROFILE_CHILD};
    expect(VREC_OK, vrec_profile_create(engine, &profile, NULL));
    expect(VREC_OK, vrec_profile_switch(engine, id, strlen(id), NULL));
    expect(VREC_OK, vrec_profile_rename(engine, id, strlen(id), "Mia", 3, NULL));
    expect(VREC_OK, vrec_profile_set_kind(engine, id, strlen(id), VREC_PROFILE_ADULT, 0, NULL));
    vrec_profile guest = {.struct_size = sizeof guest, .id = "g", .id_len = 1, .kind = VREC_PROFILE_GUEST};
    expect(VREC_OK, vrec_profile_create(engine, &guest, NULL));
    expect(VREC_OK, vrec_profile_forget(engine, "g", 1, NULL));
    vrec_profiles *profiles = NULL;
    expect(VREC_OK, vrec_profile_list(engine, &profiles, NULL));
    vrec_profile_columns columns = {.struct_size = sizeof columns};
    expect(VREC_OK, vrec_profiles_columns(profiles, &columns, NULL));
    vrec_profiles_destroy(profiles);
}

static void fail(vrec_engine *engine)
{
    vrec_error *error = NULL;
    vrec_results *results = NULL;
    expect(VREC_E_NOT_FOUND, vrec_similar(engine, "x", 1, NULL, NULL, &results, &error));
    vrec_error_destroy(error);
    expect(VREC_E_INVALID_ARGUMENT, vrec_add_video(engine, NULL, NULL, NULL));
    const char *of_engine = store;
    store = "";
    vrec_engine *without_model = create("/no/such/model", "");
    expect(VREC_E_MODEL_MISSING, vrec_load_encoder(without_model, NULL, NULL));
    vrec_destroy(without_model);
    store = of_engine;
}

int main(int count, char **arguments)
{
    if (count != 3 && count != 4) {
        return WRONG_USAGE;
    }
    in_background = count == 4 && strcmp(arguments[3], "in-background") == 0;
    if (count == 4 && !in_background) {
        store = arguments[3];
    }
    static struct surroundings before;
    static struct surroundings after;
    setlocale(LC_ALL, "");
    look(&before);
    vrec_engine *engine = create(arguments[1], arguments[2]);
    expect(VREC_OK, vrec_load_encoder(engine, NULL, NULL));
    add_videos(engine);
    ask(engine);
    if (store[0] != '\0') {
        look_after_the_store(engine);
    }
    keep_a_household(engine);
    fail(engine);
    look_when_settled(&after, before.threads + (int)in_background);
    enum trouble trouble = succeeded ? compare(&before, &after, (int)in_background) : A_CALL_FAILED;
    vrec_trim(engine, NULL);
    vrec_destroy(engine);
    look_when_settled(&after, before.threads);
    if (trouble == FINE) {
        trouble = compare(&before, &after, 0);
    }
    if (trouble == FINE && before.files != after.files) {
        trouble = FILES_LEFT_OPEN;
    }
    return (int)trouble;
}
