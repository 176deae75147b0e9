/* Going on with a store after a process, the power or a system call failed it: which of the possible states it
 * holds, and whether it takes writes again. */
#ifndef RECOVERY_H
#define RECOVERY_H

#include "compare.h"
#include "session.h"

typedef enum {
    FOUND,
    /* It does not open. */
    NOT_OPENED,
    /* It holds something else. */
    OTHER,
} finding;

/* Opens the store and brings the model to the state that it holds, which has to be the model's, or a later one up
 * to `newest` operations. Leaves the engine open when it is found; if not, `why` says what is the matter. */
finding find_state(session *used, uint64_t newest, char why[WHY_BYTES]);

/* Goes on with the sequence until a video or an event was written, and sees that it is there after closing and
 * opening. Leaves the engine closed. */
int takes_writes(session *used, char why[WHY_BYTES]);

/* What became of an operation. */
typedef enum {
    /* Done, at the first try or after an error. */
    OUTCOME_DONE,
    /* It fails again and again; the engine is closed. */
    OUTCOME_STUCK,
    /* The store holds what it must not; the engine is closed. */
    OUTCOME_BAD,
} outcome;

/* Hears of every error on the way. */
typedef void (*error_listener)(operation_kind kind, int32_t status, const char *message);

/* Opens the store, twice if need be. */
outcome open_stubbornly(session *used, error_listener listener);
/* Does the next operation and brings the model along. After an error once more; after another one the store is
 * closed and opened, and has to hold the state before the operation or the one after it. */
outcome do_stubbornly(session *used, error_listener listener, char why[WHY_BYTES]);

#endif
