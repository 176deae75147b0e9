/*
 * What the race needs timed without Python: the machine's limits (reading memory with one core and with
 * two, in order and row by row, and multiplying), and calls of the library from C. measure.py compiles it
 * for the machine it runs on.
 */
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <time.h>
#ifdef __AVX2__
#include <immintrin.h>
#endif

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

/* Rows of bytes (a multiple of 32) at these offsets, each asked for 16 rows early. */
uint64_t read_rows(const unsigned char *memory, const uint64_t *offsets, size_t count, size_t bytes) {
    const size_t ahead = 16;
    block parity = {0};
    for (size_t row = 0; row < count; row++) {
        const unsigned char *next = memory + offsets[row + ahead < count ? row + ahead : row];
        for (size_t at = 0; at < bytes; at += LINE) {
            __builtin_prefetch(next + at, 0, 3);
        }
        for (size_t at = 0; at < bytes; at += BLOCK) {
            parity ^= *(const block *)(memory + offsets[row] + at);
        }
    }
    return folded(parity);
}

struct half {
    const unsigned char *memory;
    size_t bytes;
    uint64_t parity;
};

static void *read_half(void *argument) {
    struct half *half = argument;
    half->parity = read_4(half->memory, half->bytes, 0);
    return NULL;
}

/* Reads bytes, a multiple of 2048, half of them in another thread. */
uint64_t read_in_two(const unsigned char *memory, size_t bytes) {
    struct half first = {memory, bytes / 2, 0}, second = {memory + bytes / 2, bytes / 2, 0};
    pthread_t thread;
    if (pthread_create(&thread, NULL, read_half, &second) != 0) {
        return 0;
    }
    read_half(&first);
    pthread_join(thread, NULL);
    return first.parity ^ second.parity;
}

/*
 * Multiplies and adds so many pairs of 8-bit numbers in registers, as AVX2 can without a dot product
 * instruction. 0 where there is no AVX2.
 */
int multiply(uint64_t pairs) {
#ifdef __AVX2__
    __m256i sums[8], numbers = _mm256_set1_epi8(3);
    for (int index = 0; index < 8; index++) {
        sums[index] = _mm256_set1_epi8((char)index);
    }
    for (uint64_t done = 0; done < pairs; done += 8 * BLOCK) {
        for (int index = 0; index < 8; index++) {
            sums[index] = _mm256_add_epi16(sums[index], _mm256_maddubs_epi16(numbers, sums[index]));
        }
    }
    for (int index = 1; index < 8; index++) {
        sums[0] = _mm256_add_epi16(sums[0], sums[index]);
    }
    return 1 + (_mm256_extract_epi16(sums[0], 0) & 1);
#else
    return pairs == 0;
#endif
}

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
