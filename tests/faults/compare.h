/* What an engine serves against what the model says that its store holds: counts, vectors by every bit, titles,
 * every profile's events, and the lists of an engine in memory that was given the same. */
#ifndef COMPARE_H
#define COMPARE_H

#include "model.h"
#include "vrec.h"

enum { WHY_BYTES = 2048 };

/* Whether a freshly opened engine serves all of it and nothing else; if not, `why` says what differs. */
int holds_exactly(const vrec_engine *engine, const model *state, char why[WHY_BYTES]);
/* Whether everything it serves is so in the model, which may hold more. */
int holds_part(const vrec_engine *engine, const model *state, char why[WHY_BYTES]);

#endif
