/* After a panic inside the library: an error that says where, a message to the log callback, not a
 * byte on the standard streams; reads go on, writes are refused, and a new engine works. Runs with a
 * library built with the feature fault-injection, which adds vrec_test_panic.
 *
 * fault MODEL RUNTIME */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "fixture.h"

enum { MODEL_DIMENSIONS = 32 };

int32_t vrec_test_panic(vrec_engine *engine, vrec_error **error);

static const char *model;
static const char *runtime;

struct heard {
    int calls;
    int32_t level;
    char message[512];
};

static void hear(int32_t level, const char *message, size_t length, void *user_data)
{
    struct heard *heard = user_data;
    heard->calls++;
    heard->level = level;
    snprintf(heard->message, sizeof heard->message, "%.*s", (int)length, message);
}

static vrec_engine *make_catalogue(struct heard *heard)
{
    vrec_options options = options_for_model(model, runtime);
    options.log_callback = hear;
    options.log_user_data = heard;
    vrec_engine *engine = NULL;
    CHECK_OK(vrec_create(&options, &engine, error));
    REQUIRE(engine != NULL);
    add_titled(engine, "a", "a quiet music concert");
    add_titled(engine, "b", "a football match");
    record(engine, NULL, "a", VREC_EVENT_COMPLETE);
    CHECK_NUMBER(0, heard->calls);
    return engine;
}

static void a_panic_becomes_an_error_that_says_where(void)
{
    struct heard heard = {0};
    vrec_engine *engine = make_catalogue(&heard);
    CHECK_NUMBER(0, statistics_of(engine).faulted);
    CHECK_REFUSED(VREC_E_INTERNAL, "vrec_test_panic", vrec_test_panic(engine, error));
    CHECK_REFUSED(VREC_E_INTERNAL, "src/ffi/fault.rs:", vrec_test_panic(engine, error));
    CHECK_NUMBER(4, heard.calls);
    CHECK_NUMBER(VREC_LOG_ERROR, heard.level);
    CHECK(strstr(heard.message, "src/ffi/fault.rs:") != NULL);
    CHECK_NUMBER(1, statistics_of(engine).faulted);
    vrec_destroy(engine);
}

/* What was written to a descriptor while a function ran. */
static void capture(int descriptor, void (*function)(void), char *written, size_t size)
{
    int ends[2];
    fflush(stdout);
    int kept = dup(descriptor);
    REQUIRE(kept >= 0 && pipe(ends) == 0 && dup2(ends[1], descriptor) == descriptor);
    close(ends[1]);
    function();
    REQUIRE(dup2(kept, descriptor) == descriptor);
    close(kept);
    ssize_t length = read(ends[0], written, size - 1);
    written[length > 0 ? length : 0] = '\0';
    close(ends[0]);
}

static void panic_once(void)
{
    struct heard heard = {0};
    vrec_engine *engine = make_catalogue(&heard);
    vrec_test_panic(engine, NULL);
    vrec_destroy(engine);
}

static void *panic_on_a_thread(void *argument)
{
    panic_once();
    return argument;
}

static void panic_elsewhere(void)
{
    pthread_t thread;
    REQUIRE(pthread_create(&thread, NULL, panic_on_a_thread, NULL) == 0);
    pthread_join(thread, NULL);
}

static void a_panic_writes_nothing_to_the_standard_streams(void)
{
    char written[512];
    capture(STDERR_FILENO, panic_once, written, sizeof written);
    CHECK_TEXT("", written);
    capture(STDERR_FILENO, panic_elsewhere, written, sizeof written);
    CHECK_TEXT("", written);
    capture(STDOUT_FILENO, panic_once, written, sizeof written);
    CHECK_TEXT("", written);
}

static void reads_go_on_after_a_panic(void)
{
    struct heard heard = {0};
    vrec_engine *engine = make_catalogue(&heard);
    float vector[MODEL_DIMENSIONS];
    CHECK_STATUS(VREC_E_INTERNAL, vrec_test_panic(engine, NULL));
    CHECK_NUMBER(2, count_of(engine));
    CHECK_TEXT("b", recommended(engine, NULL));
    CHECK_TEXT("b", similar_to(engine, "a", NULL));
    CHECK(strlen(found(engine, "music", NULL)) > 0);
    CHECK_OK(vrec_trim(engine, error));
    CHECK_OK(vrec_load_encoder(engine, NULL, error));
    CHECK_OK(vrec_embed(engine, TEXT("words"), vector, MODEL_DIMENSIONS, NULL, error));
    vrec_destroy(engine);
}

static void writes_are_refused_after_a_panic(void)
{
    struct heard heard = {0};
    vrec_engine *engine = make_catalogue(&heard);
    vrec_video video = video_with_title("c", "rain");
    vrec_event event = event_of(NULL, "b", VREC_EVENT_HIDE);
    CHECK_STATUS(VREC_E_INTERNAL, vrec_test_panic(engine, NULL));
    CHECK_REFUSED(VREC_E_FAULTED, "new engine", vrec_add_video(engine, &video, NULL, error));
    CHECK_REFUSED(VREC_E_FAULTED, NULL, vrec_add_videos(engine, &video, 1, sizeof video, NULL, error));
    CHECK_REFUSED(VREC_E_FAULTED, NULL, vrec_add_videos(engine, NULL, 0, sizeof video, NULL, error));
    CHECK_REFUSED(VREC_E_FAULTED, NULL, vrec_remove_videos(engine, "a", (uint64_t[]){0, 1}, 1, error));
    CHECK_REFUSED(VREC_E_FAULTED, NULL, vrec_record(engine, &event, error));
    CHECK_REFUSED(VREC_E_FAULTED, NULL, vrec_record_batch(engine, &event, 1, sizeof event, error));
    CHECK_NUMBER(2, count_of(engine));
    CHECK_TEXT("b", recommended(engine, NULL));
    vrec_destroy(engine);
}

/* Whatever the thread has not done yet at that moment is not done any more, and nobody waits for it for
 * ever. */
static void waiting_ends_after_a_panic(void)
{
    enum { VIDEOS = 200 };
    static char ids[VIDEOS][8];
    vrec_video videos[VIDEOS];
    vrec_options options = options_for_model(model, runtime);
    options.background_embedding = 1;
    vrec_engine *engine = NULL;
    CHECK_OK(vrec_create(&options, &engine, error));
    REQUIRE(engine != NULL);
    for (int index = 0; index < VIDEOS; index++) {
        snprintf(ids[index], sizeof ids[index], "v%d", index);
        videos[index] = video_with_title(ids[index], ids[index]);
    }
    CHECK_OK(vrec_add_videos(engine, videos, VIDEOS, sizeof videos[0], NULL, error));
    CHECK_STATUS(VREC_E_INTERNAL, vrec_test_panic(engine, NULL));
    for (int round = 0; round < 2; round++) {
        int32_t status = vrec_wait_for_embeddings(engine, NULL, NULL);
        CHECK(status == VREC_E_FAULTED || (status == VREC_OK && statistics_of(engine).videos_waiting == 0));
    }
    CHECK_NUMBER(VIDEOS, count_of(engine));
    vrec_destroy(engine);
}

static void other_engines_and_new_ones_work_after_a_panic(void)
{
    struct heard heard = {0};
    struct heard older_heard = {0};
    vrec_engine *older = make_catalogue(&older_heard);
    vrec_engine *engine = make_catalogue(&heard);
    CHECK_STATUS(VREC_E_INTERNAL, vrec_test_panic(engine, NULL));
    vrec_engine *newer = make_engine();
    add_at_angle(newer, "x", 0);
    add_titled(older, "c", "rain");
    CHECK_NUMBER(3, count_of(older));
    CHECK_NUMBER(1, count_of(newer));
    CHECK_NUMBER(0, older_heard.calls);
    vrec_destroy(newer);
    vrec_destroy(engine);
    vrec_destroy(older);
}

int main(int count, char **arguments)
{
    REQUIRE(count == 3);
    model = arguments[1];
    runtime = arguments[2];
    RUN(a_panic_becomes_an_error_that_says_where);
    RUN(a_panic_writes_nothing_to_the_standard_streams);
    RUN(reads_go_on_after_a_panic);
    RUN(writes_are_refused_after_a_panic);
    RUN(waiting_ends_after_a_panic);
    RUN(other_engines_and_new_ones_work_after_a_panic);
    return check_finish();
}
