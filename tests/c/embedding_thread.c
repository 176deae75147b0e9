/* The thread of background_embedding as the host sees it: one, with the signals of others blocked, that ends with
 * its engine and with the process, beside threads of the host, and after a fork.
 *
 * embedding_thread MODEL RUNTIME */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "thread_list.h"
#include "waiting.h"

static const char *model;
static const char *runtime;

static vrec_options options_in_background(void)
{
    vrec_options options = options_for_model(model, runtime);
    options.background_embedding = 1;
    return options;
}

/* --- the thread ----------------------------------------------------------------------------------------- */

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void an_engine_with_a_long_queue_ends_soon(void)
{
    for (int round = 0; round < 4; round++) {
        vrec_engine *engine = create_engine(options_in_background());
        hold_up(engine);
        nanosleep(&(struct timespec){.tv_nsec = round * 50 * 1000 * 1000}, NULL);
        CHECK(statistics_of(engine).videos_waiting > 0);
        double start = seconds();
        vrec_destroy(engine);
        CHECK(seconds() - start < 5);
    }
}

static void one_thread_is_started_with_the_signals_of_others_blocked(void)
{
    sigset_t mask_before;
    sigset_t mask_after;
    struct threads before = threads_of_this_process();
    pthread_sigmask(SIG_SETMASK, NULL, &mask_before);
    vrec_engine *engine = create_engine(options_in_background());
    pthread_sigmask(SIG_SETMASK, NULL, &mask_after);
    struct threads after = threads_of_this_process();
    struct threads started = new_threads(&before, &after);
    REQUIRE(started.count == 1);
    check_thread_name("vrec-embedding", started.ids[0]);
    check_blocked_signals(started.ids[0]);
    for (int number = 1; number <= SIGRTMAX; number++) {
        CHECK_NUMBER(sigismember(&mask_before, number), sigismember(&mask_after, number));
    }
    add_titles(engine);
    wait_for(engine);
    struct threads working = threads_of_this_process();
    CHECK_NUMBER(after.count, working.count);
    vrec_destroy(engine);
    struct threads ended = threads_of_this_process();
    CHECK_NUMBER(before.count, ended.count);
}

static void without_the_option_no_thread_is_started(void)
{
    struct threads before = threads_of_this_process();
    vrec_engine *engine = make_engine_with_model(model, runtime);
    add_titles(engine);
    CHECK_OK(vrec_wait_for_embeddings(engine, NULL, error));
    struct threads after = threads_of_this_process();
    CHECK_NUMBER(before.count, after.count);
    vrec_destroy(engine);
}

/* --- several threads of the host ------------------------------------------------------------------------- */

enum { WORKERS = 6, STEPS = 25 };

struct worker {
    vrec_engine *engine;
    int number;
};

static void *work(void *argument)
{
    const struct worker *worker = argument;
    vrec_engine *engine = worker->engine;
    char profile[16];
    snprintf(profile, sizeof profile, "p%d", worker->number);
    vrec_query query = query_for(profile);
    vrec_call_options bounds = {.struct_size = sizeof bounds, .timeout_ms = 60000};
    for (int step = 0; step < STEPS; step++) {
        char id[32];
        snprintf(id, sizeof id, "w%d-%d", worker->number, step);
        add_titled(engine, id, step % 2 == 0 ? "a football match in the rain" : id);
        record(engine, profile, id, VREC_EVENT_LIKE);
        recommended(engine, &query);
        score_of(engine, id, "seed");
        if (step % 5 == worker->number % 5) {
            CHECK_OK(vrec_wait_for_embeddings(engine, &bounds, error));
            CHECK(strlen(recommended(engine, &query)) > 0);
        }
        if (step % 7 == 3) {
            CHECK_OK(vrec_trim(engine, error));
        }
        if (step % 2 == 1) {
            remove_video(engine, id);
        }
    }
    return NULL;
}

static void threads_may_add_remove_recommend_and_wait_at_once(void)
{
    vrec_engine *engine = create_engine(options_in_background());
    pthread_t threads[WORKERS];
    struct worker workers[WORKERS];
    add_titled(engine, "seed", "a football match in the rain");
    for (int index = 0; index < WORKERS; index++) {
        workers[index] = (struct worker){engine, index};
        REQUIRE(pthread_create(&threads[index], NULL, work, &workers[index]) == 0);
    }
    for (int index = 0; index < WORKERS; index++) {
        pthread_join(threads[index], NULL);
    }
    wait_for(engine);
    CHECK_NUMBER(1 + WORKERS * (STEPS / 2 + 1), count_of(engine));
    CHECK_NUMBER(WORKERS * STEPS, statistics_of(engine).events);
    for (int index = 0; index < WORKERS; index++) {
        char id[32];
        snprintf(id, sizeof id, "w%d-0", index);
        CHECK_NEAR(1, score_of(engine, "seed", id), 1e-3);
    }
    CHECK_NUMBER(0, statistics_of(engine).videos_failed);
    CHECK_NUMBER(0, statistics_of(engine).faulted);
    vrec_destroy(engine);
}

/* --- fork --------------------------------------------------------------------------------------------------- */

static vrec_engine *parents;

static void refuse_in_the_child(void *argument)
{
    (void)argument;
    vrec_video video = video_with_title("y", "a title");
    uint64_t count = 7;
    CHECK_REFUSED(VREC_E_FORKED, "fork", vrec_wait_for_embeddings(parents, NULL, error));
    CHECK_REFUSED(VREC_E_FORKED, "fork", vrec_add_video(parents, &video, NULL, error));
    CHECK_REFUSED(VREC_E_FORKED, "fork", vrec_count(parents, &count, error));
    vrec_destroy(parents);
    vrec_engine *childs = make_engine();
    add_at_angle(childs, "a", 0);
    CHECK_NUMBER(1, count_of(childs));
    vrec_destroy(childs);
}

/* Ends by exit, with all that is run on the way out. */
static int status_of_a_child_that_exits(void)
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        alarm(10);
        vrec_destroy(parents);
        exit(vrec_wait_for_embeddings(parents, NULL, NULL) == VREC_E_FORKED ? EXIT_SUCCESS : EXIT_FAILURE);
    }
    int status = -1;
    REQUIRE(child > 0 && waitpid(child, &status, 0) == child);
    return status;
}

static void a_child_is_refused_and_ends_and_the_parent_goes_on(void)
{
    parents = create_engine(options_in_background());
    hold_up(parents);
    add_titles(parents);
    for (int round = 0; round < 5; round++) {
        IN_OWN_PROCESS(refuse_in_the_child, NULL);
        CHECK_NUMBER(0, status_of_a_child_that_exits());
    }
    let_go(parents);
    wait_for(parents);
    CHECK_NUMBER(TITLES, count_of(parents));
    CHECK(score_of(parents, "match", "game") > score_of(parents, "match", "doctor"));
    vrec_destroy(parents);
}

static void use_a_thread_in_the_child(void *argument)
{
    (void)argument;
    vrec_engine *engine = create_engine(options_in_background());
    add_titles(engine);
    wait_for(engine);
    CHECK(score_of(engine, "match", "game") > score_of(engine, "match", "doctor"));
    vrec_destroy(engine);
}

static void a_child_may_have_a_thread_of_its_own(void)
{
    IN_OWN_PROCESS(use_a_thread_in_the_child, NULL);
}

/* --- the end of the process ---------------------------------------------------------------------------------- */

static void destroy_late(void)
{
    vrec_destroy(parents);
}

static void exit_while_the_thread_works(int destroy, int milliseconds)
{
    if (destroy) {
        /* Before the runtime is loaded, so that it runs after the runtime's own clean-up. */
        atexit(destroy_late);
    }
    parents = create_engine(options_in_background());
    hold_up(parents);
    nanosleep(&(struct timespec){.tv_nsec = milliseconds * 1000 * 1000}, NULL);
    exit(statistics_of(parents).videos_waiting > 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}

/* The thread may be opening the model then, running it, or between two runs. */
static void a_process_may_end_while_the_thread_works(void)
{
    enum { ROUNDS = 24 };
    for (int round = 0; round < ROUNDS; round++) {
        fflush(stdout);
        pid_t child = fork();
        if (child == 0) {
            alarm(20);
            exit_while_the_thread_works(round % 2, round * 8);
        }
        int status = -1;
        REQUIRE(child > 0 && waitpid(child, &status, 0) == child);
        check_case("%s a late destruction", round % 2 == 0 ? "without" : "with");
        CHECK_NUMBER(0, status);
    }
}

int main(int count, char **arguments)
{
    REQUIRE(count == 3);
    model = arguments[1];
    runtime = arguments[2];
    RUN(a_process_may_end_while_the_thread_works);
    RUN(a_child_may_have_a_thread_of_its_own);
    RUN(an_engine_with_a_long_queue_ends_soon);
    RUN(one_thread_is_started_with_the_signals_of_others_blocked);
    RUN(without_the_option_no_thread_is_started);
    RUN(threads_may_add_remove_recommend_and_wait_at_once);
    RUN(a_child_is_refused_and_ends_and_the_parent_goes_on);
    return check_finish();
}
