/* See recovery.h. */
#include "recovery.h"

#include <stdio.h>

/* The states that a store may be in can have different device keys. */
static int32_t open_with_a_key(session *used, uint64_t newest)
{
    int32_t status = session_open(used, (opening){0});
    while (status == VREC_E_KEY && used->state.done < newest) {
        operation next = model_next(&used->state);
        model_apply(&used->state, &next);
        status = session_open(used, (opening){0});
    }
    return status;
}

finding find_state(session *used, uint64_t newest, char why[WHY_BYTES])
{
    int32_t status = open_with_a_key(used, newest);
    if (status != VREC_OK) {
        snprintf(why, WHY_BYTES, "opening gives %d: %s", status, used->message);
        return NOT_OPENED;
    }
    char first[WHY_BYTES] = "";
    uint64_t oldest = used->state.done;
    while (!holds_exactly(used->engine, &used->state, why)) {
        if (used->state.done >= newest) {
            char last[WHY_BYTES];
            snprintf(last, sizeof last, "%s", why);
            snprintf(why, WHY_BYTES, "after %llu operations: %.800s; after %llu: %.800s", (unsigned long long)oldest,
                     oldest == newest ? last : first, (unsigned long long)newest, last);
            session_close(used);
            return OTHER;
        }
        if (used->state.done == oldest) {
            snprintf(first, sizeof first, "%s", why);
        }
        operation next = model_next(&used->state);
        model_apply(&used->state, &next);
    }
    why[0] = '\0';
    return FOUND;
}

static int is_plain_write(operation_kind kind)
{
    return kind == OPERATION_VIDEO || kind == OPERATION_VIDEOS || kind == OPERATION_EVENT || kind == OPERATION_EVENTS;
}

static int is_sound(session *used, char why[WHY_BYTES])
{
    vrec_error *error = NULL;
    int32_t status = vrec_verify(used->engine, &error);
    if (status != VREC_OK) {
        snprintf(why, WHY_BYTES, "verifying gives %d: %s", status, error == NULL ? "" : vrec_error_message(error));
    }
    vrec_error_destroy(error);
    return status == VREC_OK;
}

int takes_writes(session *used, char why[WHY_BYTES])
{
    operation next;
    do {
        next = model_next(&used->state);
        int32_t status = session_do(used, &next);
        if (status != VREC_OK) {
            snprintf(why, WHY_BYTES, "afterwards operation %llu (%c) gives %d: %s",
                     (unsigned long long)used->state.done, (char)next.kind, status, used->message);
            session_close(used);
            return 0;
        }
        model_apply(&used->state, &next);
    } while (!is_plain_write(next.kind));
    if (!is_sound(used, why)) {
        session_close(used);
        return 0;
    }
    session_close(used);
    int is_there = find_state(used, used->state.done, why) == FOUND;
    session_close(used);
    return is_there;
}

outcome open_stubbornly(session *used, error_listener listener)
{
    for (int attempt = 0; attempt < 2; attempt++) {
        int32_t status = session_open(used, (opening){0});
        if (status == VREC_OK) {
            return OUTCOME_DONE;
        }
        listener(OPERATION_REOPEN, status, used->message);
    }
    return OUTCOME_STUCK;
}

/* Once; the model follows. */
static int32_t do_next(session *used, error_listener listener)
{
    operation next = model_next(&used->state);
    int32_t status = session_do(used, &next);
    if (status == VREC_OK) {
        model_apply(&used->state, &next);
    } else {
        listener(next.kind, status, used->message);
    }
    return status;
}

/* Whether the operation is done shows when the store is opened again. */
static outcome settle(session *used, error_listener listener, char why[WHY_BYTES])
{
    uint64_t before = used->state.done;
    session_close(used);
    switch (find_state(used, before + 1, why)) {
    case OTHER:
        return OUTCOME_BAD;
    case NOT_OPENED:
        listener(OPERATION_REOPEN, VREC_E_IO, why);
        return OUTCOME_STUCK;
    case FOUND:
        break;
    }
    if (used->state.done > before || do_next(used, listener) == VREC_OK) {
        return OUTCOME_DONE;
    }
    session_close(used);
    return OUTCOME_STUCK;
}

outcome do_stubbornly(session *used, error_listener listener, char why[WHY_BYTES])
{
    for (int attempt = 0; attempt < 2; attempt++) {
        if (do_next(used, listener) == VREC_OK) {
            return OUTCOME_DONE;
        }
    }
    return settle(used, listener, why);
}
