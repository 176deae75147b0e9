/* The sequence of operations that the fault harness does on a store, and what a store holds after each:
 * plain arrays, without the library. Operation number `done` follows from the seed and from what was done
 * before, so that any process can go on where another was cut off. */
#ifndef MODEL_H
#define MODEL_H

#include <stddef.h>
#include <stdint.h>

enum {
    MODEL_VIDEOS = 48,
    MODEL_PROFILES = 6,
    MODEL_DIMENSIONS = 40,
    VIDEOS_AT_ONCE = 12,
    EVENTS_AT_ONCE = 24,
    NAME_BYTES = 64,
    TITLE_BYTES = 1024,
    KEY_BYTES = 32,
};

typedef enum {
    OPERATION_VIDEO = 'v',
    OPERATION_VIDEOS = 'V',
    OPERATION_REMOVE = 'r',
    OPERATION_EVENT = 'e',
    OPERATION_EVENTS = 'E',
    OPERATION_FORGET = 'f',
    OPERATION_REOPEN = 'o',
    OPERATION_ROTATE = 'k',
    OPERATION_COMPACT = 'c',
    OPERATION_PACK = 'p',
    OPERATION_REVERT = 'b',
} operation_kind;

typedef struct {
    uint32_t video;
    int32_t kind;
    int64_t time_utc_ms;
    int64_t position_ms;
    int64_t duration_ms;
    float rating;
} model_event;

typedef struct {
    operation_kind kind;
    /* Of the videos or the events. */
    size_t count;
    uint32_t videos[VIDEOS_AT_ONCE];
    uint32_t versions[VIDEOS_AT_ONCE];
    uint32_t profiles[EVENTS_AT_ONCE];
    model_event events[EVENTS_AT_ONCE];
    /* The device key to go over to; 0 is none. */
    uint32_t key;
    /* The pack to import, 1 or 2. */
    uint32_t pack;
} operation;

typedef struct {
    /* Raised when the profile is forgotten: its next self has another name. */
    uint32_t generation;
    size_t count;
    size_t room;
    model_event *events;
} model_profile;

typedef struct {
    uint64_t seed;
    /* Kinds of operations, one letter each, gone through again and again; NULL: drawn by the seed. */
    const char *script;
    /* Whether the store was created with a device key. */
    int has_key;
    uint64_t done;
    uint32_t newest_version;
    uint32_t key;
    /* The pack in use and the one before, 1 or 2; 0 for none. */
    uint32_t pack;
    uint32_t pack_before;
    /* 0: no such video. */
    uint32_t versions[MODEL_VIDEOS];
    model_profile profiles[MODEL_PROFILES];
} model;

void model_begin(model *state, uint64_t seed, const char *script, int has_key);
void model_free(model *state);
/* A state of its own, to be freed. */
model model_copy(const model *state);

/* The operation that comes next. */
operation model_next(const model *state);
/* A write that any store takes, outside of the sequence. */
operation model_any_write(void);
/* Does an operation. */
void model_apply(model *state, const operation *next);
/* Goes on until so many operations are done. */
void model_advance(model *state, uint64_t done);

size_t model_videos(const model *state);
size_t model_profiles(const model *state);
size_t model_events(const model *state);

/* Names that follow from numbers; each ends with NUL. */
void video_name(char name[NAME_BYTES], uint32_t video);
void profile_name(char name[NAME_BYTES], const model *state, uint32_t profile);
void video_title(char title[TITLE_BYTES], uint32_t video, uint32_t version);
void video_vector(float vector[MODEL_DIMENSIONS], uint32_t video, uint32_t version);
void device_key(uint8_t key[KEY_BYTES], uint32_t number);

#endif
