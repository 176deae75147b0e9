/* Engines with a store: what was acknowledged is there when the next engine opens it, no model runs for
 * that, keys and damage are told, and what was forgotten is in no file.
 *
 * store MODEL RUNTIME FOLDER */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "stores.h"

static const char *model;
static const char *runtime;

static const uint8_t device_key[KEY_BYTES] = {1, 2, 3};
static const uint8_t other_key[KEY_BYTES] = {3, 2, 1};

static vrec_options with_model(const char *path)
{
    vrec_options options = options_for_model(model, runtime);
    options.store_path = path;
    options.store_path_len = strlen(path);
    return options;
}

static void fill(vrec_engine *engine)
{
    add_at_angle(engine, "a", 0);
    add_at_angle(engine, "b", 10);
    add_at_angle(engine, "c", 20);
    add_at_angle(engine, "d", 90);
    record(engine, "viewer-of-the-den", "a", VREC_EVENT_LIKE);
    record(engine, "viewer-of-the-den", "b", VREC_EVENT_COMPLETE);
    record(engine, "guest", "d", VREC_EVENT_LIKE);
}

static void check_filled(const vrec_engine *engine)
{
    vrec_query query = query_for("viewer-of-the-den");
    vrec_query guest = query_for("guest");
    vrec_statistics statistics = statistics_of(engine);
    CHECK_NUMBER(4, statistics.videos);
    CHECK_NUMBER(2, statistics.profiles);
    CHECK_NUMBER(3, statistics.events);
    CHECK_TEXT("a c d", recommended(engine, &query));
    CHECK_TEXT("d c b a", recommended(engine, &guest));
    CHECK_TEXT("b c d", similar_to(engine, "a", NULL));
}

/* --- what stays --------------------------------------------------------------------------------- */

static void everything_is_there_again(void)
{
    const char *path = new_store();
    vrec_engine *engine = open_store(path);
    fill(engine);
    check_filled(engine);
    vrec_destroy(engine);
    for (int round = 0; round < 3; round++) {
        engine = open_store(path);
        check_filled(engine);
        vrec_destroy(engine);
    }
}

static void replaced_and_removed_videos_stay_so(void)
{
    const char *path = new_store();
    vrec_engine *engine = open_store(path);
    fill(engine);
    add_at_angle(engine, "d", 5);
    CHECK_OK(vrec_remove_videos(engine, "b", (uint64_t[]){0, 1}, 1, error));
    vrec_destroy(engine);

    engine = open_store(path);
    CHECK_NUMBER(3, count_of(engine));
    CHECK_TEXT("d c", similar_to(engine, "a", NULL));
    /* What profiles did with a removed video counts again with a video of that id. */
    add_at_angle(engine, "b", 10);
    vrec_query query = query_for("viewer-of-the-den");
    CHECK_TEXT("d a c", recommended(engine, &query));
    vrec_destroy(engine);
}

static void a_refused_write_is_not_there_either(void)
{
    const char *path = new_store();
    vrec_engine *engine = open_store(path);
    fill(engine);
    vrec_event events[] = {event_of("guest", "a", VREC_EVENT_LIKE), event_of("guest", "unknown", VREC_EVENT_LIKE)};
    CHECK_REFUSED(VREC_E_NOT_FOUND, "events[1]", vrec_record_batch(engine, events, 2, sizeof events[0], error));
    vrec_destroy(engine);
    engine = open_store(path);
    check_filled(engine);
    vrec_destroy(engine);
}

static void fill_store(void *path)
{
    fill(open_store(path));
}

static void a_killed_process_loses_nothing_acknowledged(void)
{
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s", new_store());
    IN_OWN_PROCESS(fill_store, path);
    vrec_engine *engine = open_store(path);
    check_filled(engine);
    vrec_destroy(engine);
}

/* --- the model ---------------------------------------------------------------------------------- */

static void opening_runs_no_model(void)
{
    const char *path = new_store();
    vrec_options options = with_model(path);
    vrec_engine *engine = open_with(&options);
    add_titled(engine, "a", "deep learning");
    add_titled(engine, "b", "deep sea fishing");
    add_titled(engine, "c", "machine learning");
    CHECK_NUMBER(3, statistics_of(engine).texts_embedded);
    char before[64];
    snprintf(before, sizeof before, "%s", similar_to(engine, "a", NULL));
    vrec_destroy(engine);

    engine = open_with(&options);
    CHECK_NUMBER(3, count_of(engine));
    CHECK_TEXT(before, similar_to(engine, "a", NULL));
    CHECK_NUMBER(0, statistics_of(engine).encoder_loaded);
    add_titled(engine, "b", "deep sea fishing");
    CHECK_NUMBER(0, statistics_of(engine).texts_embedded);
    CHECK_TEXT(before, similar_to(engine, "a", NULL));
    add_titled(engine, "b", "another title");
    CHECK_NUMBER(1, statistics_of(engine).texts_embedded);
    vrec_destroy(engine);
}

static void what_waited_to_be_embedded_waits_again(void)
{
    const char *path = new_store();
    vrec_options options = with_model(path);
    options.background_embedding = 1;
    pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        vrec_engine *engine = open_with(&options);
        for (int video = 0; video < 200; video++) {
            char id[16], title[64];
            snprintf(id, sizeof id, "v%03d", video);
            snprintf(title, sizeof title, "a title with the number %d", video);
            add_titled(engine, id, title);
        }
        _exit(0);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    vrec_engine *engine = open_with(&options);
    CHECK_NUMBER(200, count_of(engine));
    CHECK_OK(vrec_wait_for_embeddings(engine, NULL, error));
    vrec_query query = query_for(NULL);
    query.limit = 500;
    size_t listed = 1;
    for (const char *at = similar_to(engine, "v000", &query); *at != '\0'; at++) {
        listed += *at == ' ';
    }
    CHECK_NUMBER(199, listed);
    vrec_destroy(engine);
}

/* --- keys --------------------------------------------------------------------------------------- */

static void only_the_right_key_opens_a_sealed_store(void)
{
    const char *path = new_store();
    vrec_options right = options_with_key(path, device_key), wrong = options_with_key(path, other_key), none = options_for_store(path);
    vrec_engine *engine = open_with(&right);
    fill(engine);
    vrec_destroy(engine);
    CHECK_REFUSED(VREC_E_KEY, NULL, vrec_create(&wrong, &engine, error));
    CHECK_REFUSED(VREC_E_KEY, NULL, vrec_create(&none, &engine, error));
    engine = open_with(&right);
    check_filled(engine);
    vrec_destroy(engine);
}

static void a_forgotten_profile_is_nowhere(void)
{
    const char *path = new_store();
    vrec_engine *engine = open_store(path);
    fill(engine);
    CHECK_REFUSED(VREC_E_NOT_FOUND, "nobody", vrec_profile_forget(engine, TEXT("nobody"), error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "profile", vrec_profile_forget(engine, NULL, 0, error));
    CHECK_OK(vrec_profile_forget(engine, TEXT("viewer-of-the-den"), error));
    vrec_query query = query_for("viewer-of-the-den");
    CHECK_TEXT("", recommended(engine, &query));
    CHECK_NUMBER(1, statistics_of(engine).profiles);
    CHECK(!store_holds(path, "viewer-of-the-den"));
    vrec_destroy(engine);
    CHECK(!store_holds(path, "viewer-of-the-den"));
    CHECK(!store_holds(path, "guest"));
    engine = open_store(path);
    CHECK_TEXT("", recommended(engine, &query));
    vrec_query guest = query_for("guest");
    CHECK_TEXT("d c b a", recommended(engine, &guest));
    vrec_destroy(engine);

    /* In memory, too. */
    engine = make_fan();
    record(engine, NULL, "a", VREC_EVENT_LIKE);
    CHECK_OK(vrec_profile_forget(engine, TEXT("default"), error));
    CHECK_TEXT("", recommended(engine, NULL));
    vrec_destroy(engine);
}

/* --- what goes wrong ---------------------------------------------------------------------------- */

static void one_engine_has_a_store(void)
{
    const char *path = new_store();
    vrec_options options = options_for_store(path);
    vrec_engine *engine = open_with(&options);
    vrec_engine *second = NULL;
    CHECK_REFUSED(VREC_E_BUSY, NULL, vrec_create(&options, &second, error));
    vrec_destroy(engine);
    vrec_destroy(open_with(&options));
}

static void a_forked_child_does_not_keep_the_store(void)
{
    const char *path = new_store();
    vrec_engine *engine = open_store(path);
    fill(engine);
    pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        pause();
        _exit(0);
    }
    vrec_destroy(engine);
    engine = open_store(path);
    check_filled(engine);
    vrec_destroy(engine);

    /* Nor does one give it up that ends its copy of the engine. */
    engine = open_store(path);
    pid_t ending = fork();
    REQUIRE(ending >= 0);
    if (ending == 0) {
        vrec_destroy(engine);
        _exit(0);
    }
    CHECK(waitpid(ending, NULL, 0) == ending);
    vrec_options options = options_for_store(path);
    vrec_engine *second = NULL;
    CHECK_REFUSED(VREC_E_BUSY, NULL, vrec_create(&options, &second, error));
    record(engine, "guest", "a", VREC_EVENT_LIKE);
    vrec_destroy(engine);
    kill(child, SIGKILL);
    CHECK(waitpid(child, NULL, 0) == child);
}

static void a_store_open_for_reading_takes_nothing(void)
{
    const char *path = new_store();
    vrec_engine *engine = open_store(path);
    fill(engine);
    vrec_destroy(engine);
    vrec_options options = options_for_store(path);
    options.store_read_only = 1;
    engine = open_with(&options);
    vrec_event event = event_of("guest", "a", VREC_EVENT_LIKE);
    float vector[PLANE] = {1};
    vrec_video video = video_with_vector("x", vector);
    CHECK_REFUSED(VREC_E_READ_ONLY, NULL, vrec_record(engine, &event, error));
    CHECK_REFUSED(VREC_E_READ_ONLY, NULL, vrec_add_video(engine, &video, NULL, error));
    CHECK_REFUSED(VREC_E_READ_ONLY, NULL, vrec_remove_videos(engine, "a", (uint64_t[]){0, 1}, 1, error));
    CHECK_REFUSED(VREC_E_READ_ONLY, NULL, vrec_profile_forget(engine, TEXT("guest"), error));
    check_filled(engine);
    vrec_destroy(engine);
}

static void damage_is_told_and_set_aside_on_request(void)
{
    const char *path = new_store();
    vrec_engine *engine = open_store(path);
    fill(engine);
    vrec_destroy(engine);
    damage_last_vector(path);

    vrec_options options = options_for_store(path);
    CHECK_REFUSED(VREC_E_CORRUPT, "vector", vrec_create(&options, &engine, error));
    options.store_quarantine = 1;
    engine = open_with(&options);
    CHECK_NUMBER(4, count_of(engine));
    CHECK_TEXT("b c", similar_to(engine, "a", NULL));
    vrec_destroy(engine);
    engine = open_store(path);
    CHECK_NUMBER(4, count_of(engine));
    vrec_destroy(engine);
}

static void without_any_vector_lists_are_empty(void)
{
    const char *path = new_store();
    vrec_engine *engine = open_store(path);
    fill(engine);
    vrec_destroy(engine);
    FILE *file = open_vectors(path);
    fputc('?', file);
    fclose(file);
    vrec_options options = options_for_store(path);
    options.store_quarantine = 1;
    engine = open_with(&options);
    CHECK_NUMBER(4, count_of(engine));
    CHECK_TEXT("", recommended(engine, NULL));
    CHECK_TEXT("", similar_to(engine, "a", NULL));
    const float vector[PLANE] = {1, 0, 0, 0};
    vrec_vector_query query = {0};
    query.struct_size = sizeof query;
    query.vectors = vector;
    query.vector_count = 1;
    query.vector_len = PLANE;
    vrec_neighbours *neighbours = NULL;
    CHECK_OK(vrec_nearest(engine, &query, NULL, &neighbours, error));
    vrec_neighbour_columns columns = {0};
    columns.struct_size = sizeof columns;
    CHECK_OK(vrec_neighbours_columns(neighbours, &columns, error));
    CHECK_NUMBER(1, columns.list_count);
    CHECK_NUMBER(0, columns.count);
    vrec_neighbours_destroy(neighbours);
    add_at_angle(engine, "a", 0);
    add_at_angle(engine, "b", 10);
    CHECK_TEXT("b", similar_to(engine, "a", NULL));
    vrec_destroy(engine);
}

static void options_are_checked(void)
{
    const char *path = new_store();
    vrec_engine *engine = NULL;
    vrec_options options = options_for_store("store");
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "store_path", vrec_create(&options, &engine, error));
    options = options_with_key(path, device_key);
    options.device_key_len = KEY_BYTES - 1;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "device_key", vrec_create(&options, &engine, error));
    options = options_with_key(path, NULL);
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "device_key", vrec_create(&options, &engine, error));
    options = options_with_key("", device_key);
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "store_path", vrec_create(&options, &engine, error));
    options = options_for_store(path);
    options.store_quarantine = 2;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "store_quarantine", vrec_create(&options, &engine, error));
    options = options_for_store(path);
    options.store_read_only = 2;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "store_read_only", vrec_create(&options, &engine, error));
    CHECK(engine == NULL);
}

int main(int count, char **arguments)
{
    REQUIRE(count == 4);
    model = arguments[1];
    runtime = arguments[2];
    stores_folder = arguments[3];
    RUN(everything_is_there_again);
    RUN(replaced_and_removed_videos_stay_so);
    RUN(a_refused_write_is_not_there_either);
    RUN(a_killed_process_loses_nothing_acknowledged);
    /* Before this process opens the runtime, which does not survive a fork. */
    RUN(what_waited_to_be_embedded_waits_again);
    RUN(opening_runs_no_model);
    RUN(only_the_right_key_opens_a_sealed_store);
    RUN(a_forgotten_profile_is_nowhere);
    RUN(one_engine_has_a_store);
    RUN(a_forked_child_does_not_keep_the_store);
    RUN(a_store_open_for_reading_takes_nothing);
    RUN(damage_is_told_and_set_aside_on_request);
    RUN(without_any_vector_lists_are_empty);
    RUN(options_are_checked);
    return check_finish();
}
