/* The packs that the workload imports: two of different lines, made once in a process from an engine in memory, so that
 * taking one is a matter of the store alone. */
#ifndef PACKS_H
#define PACKS_H

#include <stdint.h>

#include "vrec.h"

/* Ends the program when it fails. The first import does it otherwise. */
void make_packs(void);
/* Pack 1 or 2. */
int32_t import_pack(vrec_engine *engine, uint32_t pack, vrec_error **error);
/* Which one is in use, 0 for none, and whether there is one before it. */
int32_t pack_in_use(const vrec_engine *engine, uint32_t *pack, uint32_t *before);

#endif
