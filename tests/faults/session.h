/* A store being used: an engine on it, the model of what it holds, and the operations of the model done through
 * the library. */
#ifndef SESSION_H
#define SESSION_H

#include <stdint.h>

#include "model.h"
#include "vrec.h"

enum { MESSAGE_BYTES = 1024 };

typedef struct {
    const char *path;
    model state;
    vrec_engine *engine;
    /* Of the last call that failed, without line ends. */
    char message[MESSAGE_BYTES];
} session;

typedef struct {
    int read_only;
    int quarantine;
} opening;

/* Opens the store with the key that the model says. */
int32_t session_open(session *used, opening how);
void session_close(session *used);
/* Does an operation through the library; the model stays as it was. */
int32_t session_do(session *used, const operation *next);

/* An engine in memory that was given what the model holds; ends the program when that fails. */
vrec_engine *engine_in_memory(const model *state);

#endif
