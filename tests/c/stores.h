/* What the tests of stores share: new stores, engines with them, and looks into their files. */
#ifndef STORES_H
#define STORES_H

#include <stdio.h>

#include "fixture.h"

enum { KEY_BYTES = 32, PATH_BYTES = 4096 };

/* Where new stores lie, said once by main. */
extern const char *stores_folder;

/* A store that is not there yet, of a name that the next call overwrites. */
const char *new_store(void);
vrec_options options_for_store(const char *path);
vrec_options options_with_key(const char *path, const uint8_t *key);
/* Ends the program when it cannot be created. */
vrec_engine *open_with(const vrec_options *options);
vrec_engine *open_store(const char *path);

/* Whether any file of the folder holds the text. */
int store_holds(const char *path, const char *text);
/* The file of vectors, to be read and written. */
FILE *open_vectors(const char *path);
/* Changes one bit in the record that was written last. */
void damage_last_vector(const char *path);

#endif
