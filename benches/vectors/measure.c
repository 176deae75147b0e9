/*
 * What the race needs timed without Python: reading memory as fast as one core can, and calls of the
 * library from C. measure.py compiles it for the machine it runs on.
 */
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <time.h>

typedef uint64_t block __attribute__((vector_size(32), aligned(32)));

enum { BLOCK = sizeof(block), LINE = 64, UNROLLED = 8 };

static uint64_t folded(block value) {
    return value[0] ^ value[1] ^ value[2] ^ value[3];
}

/*
 * Reads bytes (a multiple of 256 * streams, 32-byte aligned) as 1, 2 or 4 streams side by side,
 * asking for the lines `ahead` bytes further on (0: leaves that to the processor). Returns the parity
 * of all, so that no read can be left out.
 */
#define READER(streams)                                                                            \
    uint64_t read_##streams(const unsigned char *memory, size_t bytes, size_t ahead) {             \
        size_t part = bytes / (streams);                                                           \
        block parity[UNROLLED] = {0};                                                              \
        for (size_t at = 0; at < part; at += UNROLLED * BLOCK) {                                   \
            for (int stream = 0; stream < (streams); stream++) {                                   \
                const unsigned char *from = memory + stream * part + at;                           \
                if (ahead != 0) {                                                                  \
                    for (int line = 0; line < UNROLLED * BLOCK / LINE; line++) {                   \
                        __builtin_prefetch(from + ahead + line * LINE, 0, 3);                      \
                    }                                                                              \
                }                                                                                  \
                for (int index = 0; index < UNROLLED; index++) {                                   \
                    parity[index] ^= *(const block *)(from + index * BLOCK);                       \
                }                                                                                  \
            }                                                                                      \
        }                                                                                          \
        for (int index = 1; index < UNROLLED; index++) {                                           \
            parity[0] ^= parity[index];                                                            \
        }                                                                                          \
        return folded(parity[0]);                                                                  \
    }

READER(1)
READER(2)
READER(4)

/* Fresh memory, every page written; large pages if asked for and to be had. NULL when there is none. */
unsigned char *new_memory(size_t bytes, int large_pages) {
    const size_t large = (size_t)2 << 20;
    unsigned char *memory =
        mmap(NULL, bytes + large, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        return NULL;
    }
    /* The start is moved to a large page's boundary; nobody unmaps it before the process ends. */
    memory += large - (uintptr_t)memory % large;
    madvise(memory, bytes, large_pages ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
    for (size_t at = 0; at < bytes; at++) {
        memory[at] = (unsigned char)(at * 31);
    }
    return memory;
}

typedef int32_t (*nearest_function)(const void *engine, const void *query, const void *call, void **out,
                                    void **error);
typedef void (*destroy_function)(void *neighbours);

static double thread_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* The least seconds of one call with the destruction of its result, or -1 when a call fails. */
double least_call(nearest_function nearest, destroy_function destroy, const void *engine, const void *query,
                  int repeats) {
    double least = 1e9;
    for (int repeat = 0; repeat < repeats; repeat++) {
        void *neighbours = NULL;
        double start = thread_seconds();
        if (nearest(engine, query, NULL, &neighbours, NULL) != 0) {
            return -1;
        }
        destroy(neighbours);
        double seconds = thread_seconds() - start;
        least = seconds < least ? seconds : least;
    }
    return least;
}
