/* Stores on a full disk, and several processes that want one store. Each command ends with a line: "ok", or "bad"
 * and why. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "commands.h"
#include "recovery.h"

enum { MOST_OPERATIONS = 20000, OPERATIONS_AFTERWARDS = 40 };

static int say(const char *why)
{
    printf("%s%s\n", why[0] == '\0' ? "ok" : "bad ", why);
    return why[0] != '\0';
}

/* --- a full disk ---------------------------------------------------------------------------------- */

/* Fills the disk; the status of the first operation that failed. */
static int32_t fill(session *used)
{
    int32_t status = VREC_OK;
    while (status == VREC_OK && used->state.done < MOST_OPERATIONS) {
        operation next = model_next(&used->state);
        status = session_do(used, &next);
        if (status == VREC_OK) {
            model_apply(&used->state, &next);
        }
    }
    return status;
}

static int recommends(const session *used)
{
    for (uint32_t profile = 0; profile < MODEL_PROFILES; profile++) {
        char name[NAME_BYTES];
        profile_name(name, &used->state, profile);
        vrec_query query = {.struct_size = sizeof query, .profile = name, .profile_len = strlen(name)};
        vrec_results *results = NULL;
        int32_t status = vrec_recommend(used->engine, &query, NULL, &results, NULL);
        vrec_results_destroy(results);
        if (status != VREC_OK) {
            return 0;
        }
    }
    return 1;
}

static void hear_nothing(operation_kind kind, int32_t status, const char *message)
{
    (void)kind, (void)status, (void)message;
}

/* With room again: the operation that failed, in the same engine, and some more. */
static int goes_on(session *used, char why[WHY_BYTES])
{
    int is_forgetting = model_next(&used->state).kind == OPERATION_FORGET;
    for (uint64_t last = used->state.done + OPERATIONS_AFTERWARDS; used->state.done < last; is_forgetting = 0) {
        operation next = model_next(&used->state);
        int32_t status = session_do(used, &next);
        if (status == VREC_OK) {
            model_apply(&used->state, &next);
        } else if (!is_forgetting || do_stubbornly(used, hear_nothing, why) != OUTCOME_DONE) {
            char found[WHY_BYTES];
            snprintf(found, sizeof found, "%s", why);
            snprintf(why, WHY_BYTES, "with room again operation %" PRIu64 " (%c) gives %d: %.400s; %.800s",
                     used->state.done, (char)next.kind, status, used->message, found);
            return 0;
        }
    }
    session_close(used);
    int is_there = find_state(used, used->state.done, why) == FOUND;
    session_close(used);
    return is_there;
}

/* Without room a store opens all the same, whatever the operation that failed has left to do. */
static int opens_without_room(session *used, char why[WHY_BYTES])
{
    char found[WHY_BYTES];
    session_close(used);
    if (find_state(used, used->state.done + 1, found) == FOUND) {
        return 1;
    }
    snprintf(why, WHY_BYTES, "on the full disk %.800s", found);
    return 0;
}

/* Fills the disk, sees what the library says, now and when the store is opened anew, removes the ballast and goes on. */
int fill_disk(const subject *of, const char *ballast, int is_reopened)
{
    char why[WHY_BYTES] = "";
    session used = begin_session(of);
    int32_t status = session_open(&used, (opening){0});
    status = status == VREC_OK ? fill(&used) : status;
    printf("%" PRIu64 " operations, then %d: %s\n", used.state.done, status, used.message);
    if (status == VREC_OK) {
        return say("the disk does not get full");
    }
    if (status != VREC_E_DISK_FULL) {
        return say("a full disk is not called one");
    }
    if (used.engine != NULL && !recommends(&used)) {
        return say("a full disk keeps the engine from recommending");
    }
    if (used.engine != NULL && is_reopened && !opens_without_room(&used, why)) {
        return say(why);
    }
    if (unlink(ballast) != 0) {
        return say("the ballast cannot be removed");
    }
    if (used.engine != NULL || find_state(&used, used.state.done, why) == FOUND) {
        goes_on(&used, why);
    }
    return say(why);
}

/* --- several processes ---------------------------------------------------------------------------- */

static double milliseconds_since(const struct timespec *begin)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - begin->tv_sec) * 1e3 + (double)(now.tv_nsec - begin->tv_nsec) / 1e6;
}

/* Prints the status, how long opening took in milliseconds, and the message. */
int try_to_open(const subject *of, int read_only)
{
    session used = begin_session(of);
    struct timespec begin;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    int32_t status = session_open(&used, (opening){.read_only = read_only});
    printf("%d %.3f %s\n", status, milliseconds_since(&begin), used.message);
    session_close(&used);
    return 0;
}

/* Opens the store for reading, says what it found, and keeps it until its input ends. */
int read_and_hold(const subject *of)
{
    char why[WHY_BYTES] = "";
    session used = begin_session(of);
    int32_t status = session_open(&used, (opening){.read_only = 1});
    if (status != VREC_OK) {
        snprintf(why, sizeof why, "opening for reading gives %d: %.800s", status, used.message);
    } else {
        holds_exactly(used.engine, &used.state, why);
    }
    operation next = model_any_write();
    if (why[0] == '\0' && (status = session_do(&used, &next)) != VREC_E_READ_ONLY) {
        snprintf(why, sizeof why, "writing while it is open for reading gives %d", status);
    }
    say(why);
    fflush(stdout);
    while (getchar() != EOF) {
    }
    session_close(&used);
    return 0;
}

static int child_is_refused(session *used)
{
    operation next = model_any_write();
    int32_t status = session_do(used, &next);
    session_close(used);
    return status == VREC_E_FORKED;
}

/* A forked child may do nothing, and takes nothing away from its parent. */
int fork_and_use(const subject *of)
{
    char why[WHY_BYTES] = "";
    session used = begin_session(of);
    int32_t status = session_open(&used, (opening){0});
    if (status != VREC_OK) {
        return say(used.message);
    }
    pid_t child = fork();
    if (child == 0) {
        _exit(child_is_refused(&used) ? 0 : 1);
    }
    int ended = 1;
    waitpid(child, &ended, 0);
    if (ended != 0) {
        return say("a forked child is not refused");
    }
    takes_writes(&used, why);
    return say(why);
}
