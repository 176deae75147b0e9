/* The program that the fault harness troubles: operations of model.h on a store, and looks at what became of it.
 *
 *   workload run STORE SEED SCRIPT KEYED FROM TO [early] [dead]
 *       operations FROM to TO, each told on descriptor 3 when it is finished ("ack N"); early: before it is begun,
 *       which is a lie; dead: ends by SIGKILL instead of closing
 *   workload stubborn STORE SEED SCRIPT KEYED FROM TO
 *       the same, going on after errors, between two marks in the system calls; prints the errors and at last what
 *       was done
 *   workload serve                                        see serve.c
 *   workload fill|fill-reopened STORE SEED SCRIPT KEYED DONE BALLAST    see situations.c
 *   workload read|try|try-reading|fork STORE SEED SCRIPT KEYED DONE
 *
 * SCRIPT: kinds of operations, one letter each, or - for any; KEYED: 1 with a device key. */
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "packs.h"
#include "recovery.h"

const char *script_of(const char *given)
{
    return strcmp(given, "-") == 0 ? NULL : given;
}

session begin_session(const subject *of)
{
    session begun = {.path = of->path};
    make_packs();
    model_begin(&begun.state, of->seed, of->script, of->has_key);
    model_advance(&begun.state, of->done);
    return begun;
}

/* --- run ------------------------------------------------------------------------------------------ */

static void acknowledge(uint64_t done)
{
    char line[32];
    int length = snprintf(line, sizeof line, "ack %" PRIu64 "\n", done);
    if (write(ACKNOWLEDGEMENTS, line, (size_t)length) != length) {
        _exit(3);
    }
}

static int say_failure(const session *used, const char *what, int32_t status)
{
    fprintf(stderr, "%s gives %d: %s\n", what, status, used->message);
    return 2;
}

static int run(const subject *of, uint64_t until, int is_early, int is_dead)
{
    session used = begin_session(of);
    int32_t status = session_open(&used, (opening){0});
    if (status != VREC_OK) {
        return say_failure(&used, "opening", status);
    }
    acknowledge(used.state.done);
    while (used.state.done < until) {
        operation next = model_next(&used.state);
        if (is_early) {
            acknowledge(used.state.done + 1);
        }
        status = session_do(&used, &next);
        if (status != VREC_OK) {
            char what[64];
            snprintf(what, sizeof what, "operation %" PRIu64 " (%c)", used.state.done, (char)next.kind);
            return say_failure(&used, what, status);
        }
        model_apply(&used.state, &next);
        if (!is_early) {
            acknowledge(used.state.done);
        }
    }
    if (is_dead) {
        kill(getpid(), SIGKILL);
    }
    session_close(&used);
    model_free(&used.state);
    return 0;
}

/* --- stubborn ------------------------------------------------------------------------------------- */

enum { TOLD_BYTES = 65536, MARK_BEGIN = 1001, MARK_END = 1002 };

/* Told at the end: what is printed meanwhile would be system calls of ours among the library's. */
static char told[TOLD_BYTES];

static void tell_error(operation_kind kind, int32_t status, const char *message)
{
    size_t used = strlen(told);
    snprintf(told + used, sizeof told - used, "error %c %d %s\n", (char)kind, status, message);
}

/* A call that does nothing and that the library never makes. */
static void mark(int number)
{
    sched_get_priority_max(number);
}

static outcome do_all(session *used, uint64_t until, uint64_t *acknowledged, char why[WHY_BYTES])
{
    outcome reached = open_stubbornly(used, tell_error);
    while (reached == OUTCOME_DONE && used->state.done < until) {
        *acknowledged = used->state.done;
        reached = do_stubbornly(used, tell_error, why);
    }
    if (reached == OUTCOME_DONE) {
        *acknowledged = used->state.done;
        session_close(used);
    }
    return reached;
}

static int be_stubborn(const subject *of, uint64_t until)
{
    static const char *const outcomes[] = {"done", "stuck", "bad"};
    char why[WHY_BYTES] = "";
    session used = begin_session(of);
    uint64_t acknowledged = used.state.done;
    mark(MARK_BEGIN);
    outcome reached = do_all(&used, until, &acknowledged, why);
    mark(MARK_END);
    printf("%s%s %" PRIu64 " %s\n", told, outcomes[reached], acknowledged, why);
    model_free(&used.state);
    return 0;
}

/* --- all ------------------------------------------------------------------------------------------ */

static int has_word(int count, char **arguments, const char *word)
{
    for (int index = 0; index < count; index++) {
        if (strcmp(arguments[index], word) == 0) {
            return 1;
        }
    }
    return 0;
}

static int command(const char *name, const subject *of, int count, char **rest)
{
    if (strcmp(name, "run") == 0 && count >= 1) {
        return run(of, strtoull(rest[0], NULL, 10), has_word(count, rest, "early"), has_word(count, rest, "dead"));
    }
    if (strcmp(name, "stubborn") == 0 && count == 1) {
        return be_stubborn(of, strtoull(rest[0], NULL, 10));
    }
    if ((strcmp(name, "fill") == 0 || strcmp(name, "fill-reopened") == 0) && count == 1) {
        return fill_disk(of, rest[0], strcmp(name, "fill-reopened") == 0);
    }
    if (strcmp(name, "read") == 0) {
        return read_and_hold(of);
    }
    if (strcmp(name, "try") == 0 || strcmp(name, "try-reading") == 0) {
        return try_to_open(of, strcmp(name, "try-reading") == 0);
    }
    if (strcmp(name, "fork") == 0) {
        return fork_and_use(of);
    }
    fprintf(stderr, "no such command: %s\n", name);
    return 1;
}

int main(int count, char **arguments)
{
    if (count == 2 && strcmp(arguments[1], "serve") == 0) {
        return serve();
    }
    if (count < 7) {
        fprintf(stderr, "see workload.c for how it is called\n");
        return 1;
    }
    subject of = {
        .path = arguments[2],
        .seed = strtoull(arguments[3], NULL, 10),
        .script = script_of(arguments[4]),
        .has_key = arguments[5][0] == '1',
        .done = strtoull(arguments[6], NULL, 10),
    };
    return command(arguments[1], &of, count - 7, arguments + 7);
}
