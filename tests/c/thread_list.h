/* The threads of this process, as Linux lists them. */
#ifndef THREAD_LIST_H
#define THREAD_LIST_H

enum { MOST_THREADS = 64 };

struct threads {
    int count;
    int ids[MOST_THREADS];
};

struct threads threads_of_this_process(void);
/* Those that are there after, and were not before. */
struct threads new_threads(const struct threads *before, const struct threads *after);
/* A line of a file below the thread's folder in /proc, from behind its prefix, in a buffer of this
 * function; the first line for an empty prefix. */
const char *line_of_thread(int thread, const char *file, const char *prefix);
/* Checks the thread's name, which it gives itself soon after its start. */
void check_thread_name(const char *expected, int thread);
/* Checks that all signals are blocked on the thread but those that a fault of its own raises, which
 * stay open to the host's handler. */
void check_blocked_signals(int thread);

#endif
