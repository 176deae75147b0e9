/* One engine under eight threads that do everything at once: nothing but the expected answers, lists
 * that are in order and name known videos only, and in the end exactly what the calls that succeeded
 * left there. Then: readers that get on while a writer embeds, and calls from a thread that is ending.
 *
 * threads MODEL RUNTIME [SECONDS] */
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "check.h"
#include "fixture.h"

enum { THREADS = 8, VIDEOS = 150, PROFILES = 5, MODEL_DIMENSIONS = 32, ID_BYTES = 16 };

static const char *model;
static const char *runtime;
static double seconds = 3;
static vrec_engine *engine;

static pthread_mutex_t tally = PTHREAD_MUTEX_INITIALIZER;
static uint64_t recorded_events;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* --- everything at once --------------------------------------------------------------------------- */

static const char *const titles[] = {"a football match", "a quiet music concert", "the doctor in the kitchen",
                                     "\xE7\x94\xB5\xE5\xBD\xB1\xE5\x92\x8C\xE9\x9F\xB3\xE4\xB9\x90", "rain and snow"};

struct worker {
    pthread_t thread;
    uint32_t random;
    double until;
};

/* A number below `bound`, of the worker's own sequence. */
static uint32_t draw(struct worker *worker, uint32_t bound)
{
    worker->random = worker->random * 1664525U + 1013904223U;
    return (worker->random >> 8) % bound;
}

static const char *draw_id(struct worker *worker, char id[ID_BYTES])
{
    snprintf(id, ID_BYTES, "v%03u", (unsigned)draw(worker, VIDEOS));
    return id;
}

static const char *draw_profile(struct worker *worker, char profile[ID_BYTES])
{
    snprintf(profile, ID_BYTES, "p%u", (unsigned)draw(worker, PROFILES));
    return profile;
}

static void expect(const char *call, int32_t status, vrec_error *error, int may_be_unknown)
{
    if (status != VREC_OK && !(may_be_unknown && status == VREC_E_NOT_FOUND)) {
        check_failed(__FILE__, __LINE__, "%s gave %s: %s", call, vrec_status_name(status), vrec_error_message(error));
    }
    vrec_error_destroy(error);
}

static void check_id(const char *id, size_t length)
{
    if (length != 4 || id[0] != 'v' || strspn(id + 1, "0123456789") < 3) {
        check_failed(__FILE__, __LINE__, "%.*s was never the id of a video", (int)length, id);
    }
}

/* What a list's scores may be: cosines, and what a search adds for titles; a blend's are sums of deviations. */
enum scores { COSINES, COSINES_AND_TITLES, BLEND };

static int is_score(float score, enum scores scores)
{
    switch (scores) {
    case COSINES:
        return score >= -1.0001F && score <= 1.0001F;
    case COSINES_AND_TITLES:
        return score >= -1.0001F && score <= 2.0F;
    default:
        return isfinite(score) != 0;
    }
}

static void check_list(vrec_results *results, enum scores scores)
{
    if (results == NULL) {
        return;
    }
    vrec_columns columns = columns_of(results);
    for (size_t index = 0; index < columns.count; index++) {
        check_id(columns.ids + columns.id_offsets[index],
                 (size_t)(columns.id_offsets[index + 1] - columns.id_offsets[index]));
        size_t because = (size_t)(columns.because_id_offsets[index + 1] - columns.because_id_offsets[index]);
        if (because > 0) {
            check_id(columns.because_ids + columns.because_id_offsets[index], because);
        }
        CHECK(is_score(columns.scores[index], scores));
        CHECK(index == 0 || columns.scores[index - 1] >= columns.scores[index]);
    }
    vrec_results_destroy(results);
}

static void add_vector(struct worker *worker)
{
    char id[ID_BYTES];
    float vector[MODEL_DIMENSIONS];
    for (size_t index = 0; index < MODEL_DIMENSIONS; index++) {
        vector[index] = (float)draw(worker, 2000) / 1000.0F - 1.0F;
    }
    vector[0] = 1.5F;
    vrec_video video = video_with_vector(draw_id(worker, id), vector);
    video.vector_len = MODEL_DIMENSIONS;
    vrec_error *error = NULL;
    expect("vrec_add_video with a vector", vrec_add_video(engine, &video, NULL, &error), error, 0);
}

static void add_titles(struct worker *worker)
{
    char ids[2][ID_BYTES];
    vrec_video videos[2];
    for (size_t index = 0; index < 2; index++) {
        videos[index] = video_with_title(draw_id(worker, ids[index]), titles[draw(worker, 5)]);
    }
    size_t count = strcmp(ids[0], ids[1]) == 0 ? 1 : 2;
    vrec_error *error = NULL;
    expect("vrec_add_videos", vrec_add_videos(engine, videos, count, sizeof videos[0], NULL, &error), error, 0);
}

static void remove_one(struct worker *worker)
{
    char id[ID_BYTES];
    draw_id(worker, id);
    uint64_t offsets[] = {0, strlen(id)};
    vrec_error *error = NULL;
    expect("vrec_remove_videos", vrec_remove_videos(engine, id, offsets, 1, &error), error, 1);
}

static void record_one(struct worker *worker)
{
    char id[ID_BYTES];
    char profile[ID_BYTES];
    int32_t kind = 1 + (int32_t)draw(worker, VREC_EVENT_SEARCH);
    const char *video = kind == VREC_EVENT_SEARCH ? "" : draw_id(worker, id);
    vrec_event event = event_of(draw_profile(worker, profile), video, kind);
    event.rating = kind == VREC_EVENT_RATE ? 5.0F : 0.0F;
    vrec_error *error = NULL;
    int32_t status = vrec_record(engine, &event, &error);
    if (status == VREC_OK) {
        pthread_mutex_lock(&tally);
        recorded_events++;
        pthread_mutex_unlock(&tally);
    }
    expect("vrec_record", status, error, 1);
}

static void recommend_one(struct worker *worker)
{
    char profile[ID_BYTES];
    vrec_query query = query_for(draw_profile(worker, profile));
    query.limit = 1 + draw(worker, 40);
    query.watched = (int32_t)draw(worker, 3);
    vrec_error *error = NULL;
    vrec_results *results = NULL;
    expect("vrec_recommend", vrec_recommend(engine, &query, NULL, &results, &error), error, 0);
    check_list(results, BLEND);
}

static void find_similar(struct worker *worker)
{
    char id[ID_BYTES];
    draw_id(worker, id);
    vrec_error *error = NULL;
    vrec_results *results = NULL;
    expect("vrec_similar", vrec_similar(engine, id, strlen(id), NULL, NULL, &results, &error), error, 1);
    check_list(results, COSINES);
}

static void search_one(struct worker *worker)
{
    const char *text = titles[draw(worker, 5)];
    vrec_error *error = NULL;
    vrec_results *results = NULL;
    expect("vrec_search", vrec_search(engine, text, strlen(text), NULL, NULL, &results, &error), error, 0);
    check_list(results, COSINES_AND_TITLES);
}

static void embed_one(struct worker *worker)
{
    const char *text = titles[draw(worker, 5)];
    float vector[MODEL_DIMENSIONS];
    vrec_error *error = NULL;
    expect("vrec_embed", vrec_embed(engine, text, strlen(text), vector, MODEL_DIMENSIONS, NULL, &error), error, 0);
}

static void look_around(struct worker *worker)
{
    vrec_statistics statistics = statistics_of(engine);
    CHECK(statistics.videos <= VIDEOS);
    CHECK(statistics.profiles <= PROFILES);
    CHECK(count_of(engine) <= VIDEOS);
    if (draw(worker, 20) == 0) {
        CHECK_OK(vrec_trim(engine, error));
    }
}

static void wait_a_moment_for_embeddings(struct worker *worker)
{
    vrec_call_options call = {.struct_size = sizeof call, .timeout_ms = 1 + draw(worker, 20)};
    int32_t status = vrec_wait_for_embeddings(engine, &call, NULL);
    CHECK(status == VREC_OK || status == VREC_E_TIMED_OUT);
}

static void *work(void *argument)
{
    static void (*const jobs[])(struct worker *worker) = {
        add_vector,    add_titles,   remove_one, record_one, record_one,
        recommend_one, find_similar, search_one, embed_one,  look_around, wait_a_moment_for_embeddings,
    };
    struct worker *worker = argument;
    while (now() < worker->until) {
        jobs[draw(worker, sizeof jobs / sizeof jobs[0])](worker);
    }
    return NULL;
}

static uint64_t videos_that_exist(void)
{
    uint64_t existing = 0;
    for (unsigned number = 0; number < VIDEOS; number++) {
        char id[ID_BYTES];
        snprintf(id, sizeof id, "v%03u", number);
        vrec_results *results = NULL;
        existing += vrec_similar(engine, id, strlen(id), NULL, NULL, &results, NULL) == VREC_OK;
        check_list(results, COSINES);
    }
    return existing;
}

static void do_everything_at_once(void)
{
    recorded_events = 0;
    struct worker workers[THREADS];
    for (unsigned index = 0; index < THREADS; index++) {
        workers[index].random = 12345U + 777U * index;
        workers[index].until = now() + seconds;
        REQUIRE(pthread_create(&workers[index].thread, NULL, work, &workers[index]) == 0);
    }
    for (unsigned index = 0; index < THREADS; index++) {
        pthread_join(workers[index].thread, NULL);
    }
    CHECK_OK(vrec_wait_for_embeddings(engine, NULL, error));
    CHECK(recorded_events > 0);
    CHECK_NUMBER(recorded_events, statistics_of(engine).events);
    CHECK_NUMBER(videos_that_exist(), count_of(engine));
    CHECK_NUMBER(0, statistics_of(engine).videos_waiting);
    CHECK_NUMBER(0, statistics_of(engine).videos_failed);
    CHECK_NUMBER(0, statistics_of(engine).faulted);
    vrec_destroy(engine);
}

static void eight_threads_do_everything_at_once(void)
{
    engine = make_engine_with_model(model, runtime);
    do_everything_at_once();
}

static void eight_threads_do_everything_beside_the_embedding_thread(void)
{
    vrec_options options = options_for_model(model, runtime);
    options.background_embedding = 1;
    engine = NULL;
    CHECK_OK(vrec_create(&options, &engine, error));
    REQUIRE(engine != NULL);
    do_everything_at_once();
}

/* --- readers beside a writer --------------------------------------------------------------------- */

enum { MANY = 1000 };

struct long_write {
    pthread_mutex_t lock;
    int finished;
};

static int is_finished(struct long_write *write)
{
    pthread_mutex_lock(&write->lock);
    int finished = write->finished;
    pthread_mutex_unlock(&write->lock);
    return finished;
}

static void *add_many(void *argument)
{
    static vrec_video videos[MANY];
    static char ids[MANY][ID_BYTES];
    static char many_titles[MANY][128];
    for (unsigned index = 0; index < MANY; index++) {
        /* All different: equal ones would be embedded once. */
        snprintf(ids[index], ID_BYTES, "v%u", 1000 + index);
        snprintf(many_titles[index], sizeof many_titles[index],
                 "one two three four five six seven eight nine ten eleven twelve thirteen and a lonely doctor %u", index);
        videos[index] = video_with_title(ids[index], many_titles[index]);
    }
    CHECK_OK(vrec_add_videos(engine, videos, MANY, sizeof videos[0], NULL, error));
    struct long_write *write = argument;
    pthread_mutex_lock(&write->lock);
    write->finished = 1;
    pthread_mutex_unlock(&write->lock);
    return NULL;
}

/* Reads of every kind, events too, that came back before the writer did. */
static void readers_get_on_while_a_writer_embeds(void)
{
    engine = make_engine_with_model(model, runtime);
    add_titled(engine, "v000", "a quiet music concert");
    add_titled(engine, "v001", "a football match");
    record(engine, NULL, "v000", VREC_EVENT_LIKE);
    struct long_write write = {PTHREAD_MUTEX_INITIALIZER, 0};
    pthread_t writer;
    REQUIRE(pthread_create(&writer, NULL, add_many, &write) == 0);
    uint64_t rounds = 0;
    while (!is_finished(&write)) {
        uint64_t count = count_of(engine);
        CHECK(count == 2 || count == 2 + MANY);
        recommended(engine, NULL);
        similar_to(engine, "v001", NULL);
        found(engine, "music", NULL);
        record(engine, NULL, "v001", VREC_EVENT_IMPRESSION);
        rounds += count == 2 && !is_finished(&write);
    }
    pthread_join(writer, NULL);
    CHECK(rounds > 1);
    CHECK_NUMBER(2 + MANY, count_of(engine));
    vrec_destroy(engine);
}

/* --- the end of a thread ------------------------------------------------------------------------- */

static pthread_key_t ending;

/* Runs when the thread's own data is being destroyed, the library's for it perhaps already. */
static void call_at_the_end(void *value)
{
    (void)value;
    add_titled(engine, "v002", "rain and snow");
    record(engine, NULL, "v002", VREC_EVENT_LIKE);
    CHECK(strlen(recommended(engine, NULL)) > 0);
    CHECK(strlen(found(engine, "music", NULL)) > 0);
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "count", vrec_count(engine, NULL, error));
    CHECK_OK(vrec_trim(engine, error));
}

static void *end_at_once(void *argument)
{
    (void)argument;
    pthread_setspecific(ending, "value");
    return NULL;
}

static void *work_and_end(void *argument)
{
    pthread_setspecific(ending, "value");
    add_titled(engine, "v003", "a football match");
    return argument;
}

static void a_thread_that_is_ending_may_call(void)
{
    engine = make_engine_with_model(model, runtime);
    REQUIRE(pthread_key_create(&ending, call_at_the_end) == 0);
    void *(*const lives[])(void *) = {end_at_once, work_and_end};
    for (size_t index = 0; index < 2; index++) {
        pthread_t thread;
        REQUIRE(pthread_create(&thread, NULL, lives[index], NULL) == 0);
        pthread_join(thread, NULL);
    }
    CHECK_NUMBER(2, count_of(engine));
    vrec_destroy(engine);
}

/* --- the end of the process ---------------------------------------------------------------------- */

static void destroy_late(void)
{
    vrec_destroy(engine);
}

/* Registered before the runtime was loaded, so it runs after the runtime's own clean-up. */
static void destroy_when_the_process_ends(void *argument)
{
    (void)argument;
    atexit(destroy_late);
    engine = make_engine_with_model(model, runtime);
    add_titled(engine, "v000", "a football match");
    exit(EXIT_SUCCESS);
}

static void never_destroy(void *argument)
{
    (void)argument;
    engine = make_engine_with_model(model, runtime);
    add_titled(engine, "v000", "a football match");
    exit(EXIT_SUCCESS);
}

static void a_process_may_end_with_a_live_engine(void)
{
    IN_OWN_PROCESS(never_destroy, NULL);
    IN_OWN_PROCESS(destroy_when_the_process_ends, NULL);
}

int main(int count, char **arguments)
{
    REQUIRE(count >= 3);
    model = arguments[1];
    runtime = arguments[2];
    seconds = count > 3 ? atof(arguments[3]) : seconds;
    RUN(a_process_may_end_with_a_live_engine);
    RUN(eight_threads_do_everything_at_once);
    RUN(eight_threads_do_everything_beside_the_embedding_thread);
    RUN(readers_get_on_while_a_writer_embeds);
    RUN(a_thread_that_is_ending_may_call);
    return check_finish();
}
