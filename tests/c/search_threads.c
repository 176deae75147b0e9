/* The threads of search_threads as the host sees them: none before the first large search, asleep between
 * searches, gone with their engine, and no difference in any list; beside threads of the host, at the end of
 * the process, and after a fork. */
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "fixture.h"
#include "thread_list.h"

/* More than a search needs to be shared, and not a multiple of anything. */
enum { VIDEOS = 60007, DIMENSIONS = 32, ID_BYTES = 8, BATCH = 30011, MOST_LISTED = 10000 };

static const uint32_t thread_counts[] = {1, 2, 5};
enum { COUNTS = sizeof thread_counts / sizeof thread_counts[0] };

/* --- a large catalogue ---------------------------------------------------------------------------------- */

static float (*vectors)[DIMENSIONS];
static char (*ids)[ID_BYTES];

/* Every fourth vector is that of an earlier video, so that ties have to be broken in every list. */
static void make_vectors(void)
{
    uint32_t random = 1;
    vectors = calloc(VIDEOS, sizeof vectors[0]);
    ids = calloc(VIDEOS, sizeof ids[0]);
    REQUIRE(vectors != NULL && ids != NULL);
    for (uint32_t video = 0; video < VIDEOS; video++) {
        snprintf(ids[video], ID_BYTES, "%u", (unsigned)(video * 7919U % VIDEOS));
        for (int index = 0; index < DIMENSIONS; index++) {
            random = random * 1664525U + 1013904223U;
            vectors[video][index] = (float)(random >> 8) / 8388608.0F - 1.0F;
        }
        if (video % 4 == 3) {
            memcpy(vectors[video], vectors[random % video], sizeof vectors[0]);
        }
    }
}

static vrec_engine *engine_with_threads(uint32_t threads)
{
    vrec_options options = {.struct_size = sizeof options, .search_threads = threads};
    vrec_engine *engine = NULL;
    CHECK_OK(vrec_create(&options, &engine, error));
    REQUIRE(engine != NULL);
    return engine;
}

static void add_all(vrec_engine *engine)
{
    vrec_video *videos = calloc(BATCH, sizeof videos[0]);
    REQUIRE(videos != NULL);
    for (size_t start = 0; start < VIDEOS; start += BATCH) {
        size_t count = VIDEOS - start < BATCH ? VIDEOS - start : BATCH;
        for (size_t index = 0; index < count; index++) {
            videos[index] = video_with_vector(ids[start + index], vectors[start + index]);
            videos[index].vector_len = DIMENSIONS;
        }
        CHECK_OK(vrec_add_videos(engine, videos, count, sizeof videos[0], NULL, error));
    }
    free(videos);
    for (int video = 0; video < 5; video++) {
        record(engine, NULL, ids[video], VREC_EVENT_LIKE);
    }
}

static vrec_engine *large_engine(uint32_t threads)
{
    vrec_engine *engine = engine_with_threads(threads);
    add_all(engine);
    return engine;
}

static vrec_results *similar(const vrec_engine *engine, const char *id, const vrec_query *query)
{
    vrec_results *results = NULL;
    CHECK_OK(vrec_similar(engine, id, strlen(id), query, NULL, &results, error));
    REQUIRE(results != NULL);
    return results;
}

static void search(const vrec_engine *engine)
{
    vrec_results_destroy(similar(engine, ids[0], NULL));
}

/* --- the same lists --------------------------------------------------------------------------------------- */

static void check_same_texts(const char *expected, const uint64_t *expected_offsets, const char *found,
                             const uint64_t *found_offsets, size_t count)
{
    CHECK(memcmp(expected_offsets, found_offsets, (count + 1) * sizeof found_offsets[0]) == 0);
    CHECK(memcmp(expected, found, (size_t)expected_offsets[count]) == 0);
}

static void check_same_and_destroy(vrec_results *expected_results, vrec_results *found_results)
{
    vrec_columns expected = columns_of(expected_results);
    vrec_columns found = columns_of(found_results);
    CHECK_NUMBER(expected.count, found.count);
    if (expected.count == found.count) {
        size_t count = found.count;
        check_same_texts(expected.ids, expected.id_offsets, found.ids, found.id_offsets, count);
        check_same_texts(expected.because_ids, expected.because_id_offsets, found.because_ids,
                         found.because_id_offsets, count);
        CHECK(memcmp(expected.scores, found.scores, count * sizeof found.scores[0]) == 0);
        CHECK(memcmp(expected.matched_fields, found.matched_fields, count * sizeof(int32_t)) == 0);
        CHECK(memcmp(expected.matched_scores, found.matched_scores, count * sizeof(float)) == 0);
    }
    vrec_results_destroy(expected_results);
    vrec_results_destroy(found_results);
}

static vrec_results *recommended_list(const vrec_engine *engine, const vrec_query *query)
{
    vrec_results *results = NULL;
    CHECK_OK(vrec_recommend(engine, query, NULL, &results, error));
    REQUIRE(results != NULL);
    return results;
}

static void lists_are_the_same_bytes_on_any_number_of_threads(void)
{
    static const uint32_t limits[] = {1, 10, 333, MOST_LISTED};
    static const float thresholds[] = {0.0F, 0.3F};
    vrec_engine *alone = large_engine(0);
    for (size_t count = 0; count < COUNTS; count++) {
        vrec_engine *shared = large_engine(thread_counts[count]);
        for (size_t limit = 0; limit < sizeof limits / sizeof limits[0]; limit++) {
            for (size_t threshold = 0; threshold < sizeof thresholds / sizeof thresholds[0]; threshold++) {
                vrec_query query = query_for(NULL);
                query.limit = limits[limit];
                query.min_score = thresholds[threshold];
                check_case("%u threads, limit %u, least score %g", thread_counts[count], query.limit,
                           (double)query.min_score);
                check_same_and_destroy(recommended_list(alone, &query), recommended_list(shared, &query));
                check_same_and_destroy(similar(alone, ids[3], &query), similar(shared, ids[3], &query));
                check_same_and_destroy(similar(alone, ids[VIDEOS - 1], &query),
                                       similar(shared, ids[VIDEOS - 1], &query));
            }
        }
        vrec_destroy(shared);
    }
    check_case(NULL);
    vrec_destroy(alone);
}

/* --- the threads -------------------------------------------------------------------------------------------- */

static void check_thread_count(const struct threads *before, int more)
{
    struct threads now = threads_of_this_process();
    CHECK_NUMBER(before->count + more, now.count);
}

static void threads_come_with_the_first_large_search_and_go_with_the_engine(void)
{
    for (size_t count = 0; count < COUNTS; count++) {
        int others = (int)thread_counts[count] - 1;
        check_case("%u threads", thread_counts[count]);
        struct threads before = threads_of_this_process();
        vrec_engine *engine = engine_with_threads(thread_counts[count]);
        vrec_video video = video_with_vector("small", vectors[0]);
        video.vector_len = DIMENSIONS;
        CHECK_OK(vrec_add_video(engine, &video, NULL, error));
        vrec_results_destroy(similar(engine, "small", NULL));
        check_thread_count(&before, 0);
        add_all(engine);
        check_thread_count(&before, 0);
        for (int round = 0; round < 3; round++) {
            search(engine);
            check_thread_count(&before, others);
        }
        vrec_destroy(engine);
        check_thread_count(&before, 0);
    }
    check_case(NULL);
}

static void threads_have_a_name_and_block_the_signals_of_others(void)
{
    sigset_t mask_before;
    sigset_t mask_after;
    pthread_sigmask(SIG_SETMASK, NULL, &mask_before);
    struct threads before = threads_of_this_process();
    vrec_engine *engine = large_engine(3);
    search(engine);
    struct threads after = threads_of_this_process();
    struct threads started = new_threads(&before, &after);
    CHECK_NUMBER(2, started.count);
    for (int index = 0; index < started.count; index++) {
        check_thread_name("vrec-search", started.ids[index]);
        check_blocked_signals(started.ids[index]);
    }
    pthread_sigmask(SIG_SETMASK, NULL, &mask_after);
    for (int number = 1; number <= SIGRTMAX; number++) {
        CHECK_NUMBER(sigismember(&mask_before, number), sigismember(&mask_after, number));
    }
    vrec_destroy(engine);
}

static void sleep_milliseconds(long milliseconds)
{
    nanosleep(&(struct timespec){.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000}, NULL);
}

/* How often the thread gave its core up, of its own accord and not. */
static long switches_of(int thread)
{
    return strtol(line_of_thread(thread, "status", "voluntary_ctxt_switches:"), NULL, 10)
        + strtol(line_of_thread(thread, "status", "nonvoluntary_ctxt_switches:"), NULL, 10);
}

static void threads_sleep_between_searches(void)
{
    struct threads before = threads_of_this_process();
    vrec_engine *engine = large_engine(4);
    search(engine);
    struct threads after = threads_of_this_process();
    struct threads started = new_threads(&before, &after);
    CHECK_NUMBER(3, started.count);
    sleep_milliseconds(100);
    for (int index = 0; index < started.count; index++) {
        CHECK_TEXT("\tS (sleeping)", line_of_thread(started.ids[index], "status", "State:"));
    }
    long switches[MOST_THREADS];
    for (int index = 0; index < started.count; index++) {
        switches[index] = switches_of(started.ids[index]);
    }
    sleep_milliseconds(200);
    for (int index = 0; index < started.count; index++) {
        CHECK_NUMBER(switches[index], switches_of(started.ids[index]));
    }
    vrec_destroy(engine);
}

/* --- several threads of the host ------------------------------------------------------------------------- */

enum { CALLERS = 6, SEARCHES = 30 };

struct caller {
    pthread_t thread;
    const vrec_engine *alone;
    const vrec_engine *shared;
    int number;
};

static void *search_often(void *argument)
{
    const struct caller *caller = argument;
    vrec_query query = query_for(NULL);
    query.limit = 50;
    for (int index = 0; index < SEARCHES; index++) {
        const char *id = ids[caller->number * SEARCHES + index];
        check_same_and_destroy(similar(caller->alone, id, &query), similar(caller->shared, id, &query));
    }
    return NULL;
}

static void callers_at_once_share_the_threads(void)
{
    vrec_engine *alone = large_engine(0);
    vrec_engine *shared = large_engine(3);
    struct threads before = threads_of_this_process();
    struct caller callers[CALLERS];
    for (int index = 0; index < CALLERS; index++) {
        callers[index] = (struct caller){.alone = alone, .shared = shared, .number = index};
        REQUIRE(pthread_create(&callers[index].thread, NULL, search_often, &callers[index]) == 0);
    }
    for (int index = 0; index < CALLERS; index++) {
        pthread_join(callers[index].thread, NULL);
    }
    check_thread_count(&before, 2);
    vrec_destroy(shared);
    vrec_destroy(alone);
}

/* --- fork --------------------------------------------------------------------------------------------------- */

static vrec_engine *parents;

static void refuse_in_the_child(void *argument)
{
    (void)argument;
    vrec_results *results = NULL;
    CHECK_REFUSED(VREC_E_FORKED, "fork", vrec_similar(parents, ids[0], strlen(ids[0]), NULL, NULL, &results, error));
    vrec_destroy(parents);
    struct threads before = threads_of_this_process();
    CHECK_NUMBER(1, before.count);
    vrec_engine *childs = large_engine(2);
    search(childs);
    check_thread_count(&before, 1);
    vrec_destroy(childs);
    check_thread_count(&before, 0);
}

/* Ends by exit, with all that is run on the way out. */
static int status_of_a_child_that_exits(void)
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        alarm(10);
        vrec_destroy(parents);
        uint64_t count = 0;
        exit(vrec_count(parents, &count, NULL) == VREC_E_FORKED ? EXIT_SUCCESS : EXIT_FAILURE);
    }
    int status = -1;
    REQUIRE(child > 0 && waitpid(child, &status, 0) == child);
    return status;
}

static void a_child_has_no_threads_and_the_parent_goes_on(void)
{
    struct threads before = threads_of_this_process();
    parents = large_engine(3);
    search(parents);
    IN_OWN_PROCESS(refuse_in_the_child, NULL);
    CHECK_NUMBER(0, status_of_a_child_that_exits());
    search(parents);
    check_thread_count(&before, 2);
    vrec_destroy(parents);
}

/* --- the end of the process ---------------------------------------------------------------------------------- */

static void *search_without_end(void *argument)
{
    for (;;) {
        search(argument);
    }
    return NULL;
}

static void destroy_late(void)
{
    vrec_destroy(parents);
}

static void exit_with_threads(int working, int milliseconds)
{
    if (!working) {
        atexit(destroy_late);
    }
    parents = large_engine(3);
    search(parents);
    pthread_t thread;
    if (working && pthread_create(&thread, NULL, search_without_end, parents) != 0) {
        exit(EXIT_FAILURE);
    }
    sleep_milliseconds(milliseconds);
    exit(EXIT_SUCCESS);
}

static void a_process_may_end_while_its_threads_work_or_sleep(void)
{
    enum { ROUNDS = 6 };
    for (int round = 0; round < ROUNDS; round++) {
        fflush(stdout);
        pid_t child = fork();
        if (child == 0) {
            alarm(20);
            exit_with_threads(round % 2, round * 3);
        }
        int status = -1;
        REQUIRE(child > 0 && waitpid(child, &status, 0) == child);
        check_case("threads that %s", round % 2 ? "work" : "sleep");
        CHECK_NUMBER(0, status);
    }
    check_case(NULL);
}

int main(void)
{
    make_vectors();
    RUN(a_process_may_end_while_its_threads_work_or_sleep);
    RUN(lists_are_the_same_bytes_on_any_number_of_threads);
    RUN(threads_come_with_the_first_large_search_and_go_with_the_engine);
    RUN(threads_have_a_name_and_block_the_signals_of_others);
    RUN(threads_sleep_between_searches);
    RUN(callers_at_once_share_the_threads);
    RUN(a_child_has_no_threads_and_the_parent_goes_on);
    free(vectors);
    free(ids);
    return check_finish();
}
