/* The commands of the workload. */
#ifndef COMMANDS_H
#define COMMANDS_H

#include <stdint.h>

#include "session.h"

/* Where finished operations are told; a recorder of system calls knows the number. */
enum { ACKNOWLEDGEMENTS = 3 };

/* Whose store, and how far it has come. */
typedef struct {
    const char *path;
    uint64_t seed;
    const char *script;
    int has_key;
    uint64_t done;
} subject;

/* A script as it is given on the command line: "-" for none. */
const char *script_of(const char *given);
session begin_session(const subject *of);

int serve(void);
int fill_disk(const subject *of, const char *ballast, int is_reopened);
int read_and_hold(const subject *of);
int try_to_open(const subject *of, int read_only);
int fork_and_use(const subject *of);

#endif
