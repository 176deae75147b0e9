/* What the tests of background_embedding share: videos that wait, the thread that embeds them held up
 * and let go, and scores. */
#ifndef WAITING_H
#define WAITING_H

#include "fixture.h"

enum { HELD = 200, HELD_BYTES = 4000, TITLES = 5 };

/* Ends the program when it cannot be created. */
vrec_engine *create_engine(vrec_options options);
/* Until nothing waits any more. */
void wait_for(const vrec_engine *engine);

/* Where a test needs videos that still wait, the thread is held up by HELD long texts before them, more
 * than it could embed in the time of the test. */
vrec_video held_video(int index);
void hold_up(vrec_engine *engine);
/* Takes the long texts away; what the thread has begun it ends. */
void let_go(vrec_engine *engine);

/* The score of one video among those similar to another, or that it is not among them. */
extern const double NOT_LISTED;
double score_of(const vrec_engine *engine, const char *from, const char *id);

/* Ids and titles; "match" and "game" are near each other. */
extern const char *const titles[TITLES][2];
void add_titles(vrec_engine *engine);
void remove_video(vrec_engine *engine, const char *id);

#endif
