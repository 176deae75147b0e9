/* Looks at stores that trouble was made for, many in one process: a line of input each, a line of output each.
 *
 *   check STORE SEED SCRIPT KEYED OLDEST NEWEST
 *       what the store must hold after one of so many operations: "ok HELD DONE" with the operations that it
 *       held and those done on it since, or "bad WHY"
 *   damaged STORE SEED SCRIPT KEYED DONE
 *       a file of the store was changed: "same", "told STATUS WHY" or "silent WHY"
 *   quarantined STORE SEED SCRIPT KEYED DONE
 *       the same store opened with leave to set damage aside: "served", "refused STATUS WHY" or "bad WHY" */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "recovery.h"

enum { LINE_BYTES = 8192 };

static void check(session *used, uint64_t newest)
{
    char why[WHY_BYTES] = "";
    if (find_state(used, newest, why) != FOUND) {
        printf("bad %s\n", why);
        return;
    }
    uint64_t held = used->state.done;
    if (!takes_writes(used, why)) {
        printf("bad %s\n", why);
        return;
    }
    printf("ok %" PRIu64 " %" PRIu64 "\n", held, used->state.done);
}

static void damaged(session *used)
{
    char why[WHY_BYTES] = "";
    switch (find_state(used, used->state.done, why)) {
    case FOUND:
        printf("same\n");
        break;
    case NOT_OPENED:
        printf("told %s\n", why + strlen("opening gives "));
        break;
    case OTHER:
        printf("silent %s\n", why);
        break;
    }
    session_close(used);
}

/* Whether all that is served was so after some operation, the newest one first. */
static int serves_truth(session *used, char why[WHY_BYTES])
{
    char first[WHY_BYTES] = "";
    uint64_t newest = used->state.done;
    for (uint64_t done = newest + 1; done-- > 0;) {
        model then;
        model_begin(&then, used->state.seed, used->state.script, used->state.has_key);
        model_advance(&then, done);
        int is_part = holds_part(used->engine, &then, why);
        model_free(&then);
        if (is_part) {
            return 1;
        }
        if (done == newest) {
            snprintf(first, sizeof first, "%s", why);
        }
    }
    snprintf(why, WHY_BYTES, "%s", first);
    return 0;
}

static int takes_a_video(session *used, char why[WHY_BYTES])
{
    operation next = model_any_write();
    int32_t status = session_do(used, &next);
    if (status != VREC_OK) {
        snprintf(why, WHY_BYTES, "a video is refused with %d: %s", status, used->message);
        return 0;
    }
    return 1;
}

static void quarantined(session *used)
{
    char why[WHY_BYTES] = "";
    int32_t status = session_open(used, (opening){.quarantine = 1});
    if (status != VREC_OK) {
        printf("refused %d: %s\n", status, used->message);
        return;
    }
    int is_good = serves_truth(used, why) && takes_a_video(used, why);
    session_close(used);
    if (is_good && (status = session_open(used, (opening){0})) != VREC_OK) {
        snprintf(why, WHY_BYTES, "opening it again gives %d: %s", status, used->message);
        is_good = 0;
    }
    session_close(used);
    printf(is_good ? "served\n" : "bad %s\n", why);
}

/* Whether the line was a request. */
static int answer(char *line)
{
    static char command[LINE_BYTES], path[LINE_BYTES], script[LINE_BYTES];
    uint64_t seed, oldest, newest = 0;
    int has_key;
    int fields = sscanf(line, "%s %s %" SCNu64 " %s %d %" SCNu64 " %" SCNu64, command, path, &seed, script, &has_key,
                        &oldest, &newest);
    if (fields < 6) {
        return 0;
    }
    session used = {.path = path};
    model_begin(&used.state, seed, script_of(script), has_key);
    model_advance(&used.state, oldest);
    int is_known = 1;
    if (strcmp(command, "check") == 0) {
        check(&used, newest);
    } else if (strcmp(command, "damaged") == 0) {
        damaged(&used);
    } else if (strcmp(command, "quarantined") == 0) {
        quarantined(&used);
    } else {
        is_known = 0;
    }
    model_free(&used.state);
    return is_known;
}

int serve(void)
{
    static char line[LINE_BYTES];
    while (fgets(line, sizeof line, stdin) != NULL) {
        if (!answer(line)) {
            printf("bad request: %s", line);
        }
        fflush(stdout);
    }
    return 0;
}
