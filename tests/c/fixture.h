/* What the C tests share: engines, videos, events and queries with few words, lists as plain text,
 * and memory that ends where it says. */
#ifndef FIXTURE_H
#define FIXTURE_H

#include <stddef.h>

#include "vrec.h"

/* A C string with its length, as two arguments or as two fields of an initialiser. */
#define TEXT(text) (text), (sizeof(text) - 1)

enum { PLANE = 4 };

/* Without a model, for videos that bring vectors. */
vrec_engine *make_engine(void);
/* With a model; ends the program when it cannot be opened. */
vrec_engine *make_engine_with_model(const char *model, const char *runtime);
vrec_options options_for_model(const char *model, const char *runtime);

/* A video with a vector of PLANE elements that is borrowed. */
vrec_video video_with_vector(const char *id, const float *vector);
vrec_video video_with_title(const char *id, const char *title);
/* Adds a video whose vector has this angle, in degrees, in a plane: the score of two videos is the
 * cosine of the difference of their angles. */
void add_at_angle(vrec_engine *engine, const char *id, double degrees);
double cosine(double degrees);
/* An engine with the videos a, b, c, d, e at 0, 10, 20, 90 and 180 degrees. */
vrec_engine *make_fan(void);
void add_titled(vrec_engine *engine, const char *id, const char *title);

/* For the default profile when `profile` is NULL. */
vrec_event event_of(const char *profile, const char *video_id, int32_t kind);
void record(vrec_engine *engine, const char *profile, const char *video_id, int32_t kind);

vrec_query query_for(const char *profile);
/* A search that must run the model. */
vrec_query query_for_meaning(void);

uint64_t count_of(const vrec_engine *engine);
vrec_statistics statistics_of(const vrec_engine *engine);
vrec_columns columns_of(const vrec_results *results);
/* A text of a column, as a copy ending with NUL, to be freed. */
char *text_of(const char *block, const uint64_t *offsets, size_t index);

/* The ids of a list in its order, separated by blanks, in a buffer of this thread that the next call
 * overwrites. */
const char *ids_of(const vrec_results *results);
/* The same for a list asked for right now; query may be NULL. */
const char *recommended(const vrec_engine *engine, const vrec_query *query);
const char *similar_to(const vrec_engine *engine, const char *video_id, const vrec_query *query);
const char *found(const vrec_engine *engine, const char *text, const vrec_query *query);

/* A pack in a file, trusted by the key of pack_keys.h. The path is borrowed. */
vrec_pack_import_options import_from(const char *path);
int32_t import_file(vrec_engine *engine, const char *path, vrec_error **error);

/* A log callback that counts warnings of networks that read histories, and nothing else. */
void hear_of_networks(int32_t level, const char *message, size_t message_len, void *user_data);
extern int network_warnings;

/* Memory that ends right before a page that cannot be touched; never freed. */
void *memory_before_guard(size_t size);
/* An address that cannot be read. */
void *unreadable(void);

#endif
