/* See model.h. */
#include "model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vrec.h"

/* SplitMix64, by Steele, Lea and Flood: "Fast splittable pseudorandom number generators", 2014. */
static uint64_t draw(uint64_t *random)
{
    uint64_t mixed = *random += 0x9E3779B97F4A7C15U;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9U;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBU;
    return mixed ^ (mixed >> 31);
}

static uint32_t below(uint64_t *random, uint32_t limit)
{
    return (uint32_t)(draw(random) % limit);
}

/* --- names ---------------------------------------------------------------------------------------- */

void video_name(char name[NAME_BYTES], uint32_t video)
{
    snprintf(name, NAME_BYTES, "video-%02u", video);
}

void profile_name(char name[NAME_BYTES], const model *state, uint32_t profile)
{
    snprintf(name, NAME_BYTES, "viewer-%u-%u", profile, state->profiles[profile].generation);
}

void video_title(char title[TITLE_BYTES], uint32_t video, uint32_t version)
{
    int begun = snprintf(title, TITLE_BYTES, "title of video %u in version %u ", video, version);
    size_t length = (size_t)begun + version * 37 % 700;
    for (size_t at = (size_t)begun; at < length; at++) {
        title[at] = (char)('a' + (at * version) % 26);
    }
    title[length] = '\0';
}

void video_vector(float vector[MODEL_DIMENSIONS], uint32_t video, uint32_t version)
{
    uint64_t random = ((uint64_t)video << 32) | version;
    for (size_t element = 0; element < MODEL_DIMENSIONS; element++) {
        /* Never 0, and exact in a float. */
        vector[element] = (float)((int32_t)below(&random, 1 << 20) - (1 << 19)) / (1 << 19) + 0x1p-21F;
    }
}

void device_key(uint8_t key[KEY_BYTES], uint32_t number)
{
    for (size_t byte = 0; byte < KEY_BYTES; byte++) {
        key[byte] = (uint8_t)(number * 31 + byte + 1);
    }
}

/* --- the arrays ----------------------------------------------------------------------------------- */

void model_begin(model *state, uint64_t seed, const char *script, int has_key)
{
    memset(state, 0, sizeof *state);
    state->seed = seed;
    state->script = script;
    state->has_key = has_key;
    state->key = has_key ? 1 : 0;
}

void model_free(model *state)
{
    for (size_t profile = 0; profile < MODEL_PROFILES; profile++) {
        free(state->profiles[profile].events);
    }
    memset(state->profiles, 0, sizeof state->profiles);
}

model model_copy(const model *state)
{
    model copy = *state;
    for (size_t profile = 0; profile < MODEL_PROFILES; profile++) {
        model_profile *own = &copy.profiles[profile];
        own->room = own->count;
        own->events = calloc(own->count + 1, sizeof *own->events);
        if (own->events == NULL) {
            abort();
        }
        if (own->count > 0) {
            memcpy(own->events, state->profiles[profile].events, own->count * sizeof *own->events);
        }
    }
    return copy;
}

size_t model_videos(const model *state)
{
    size_t count = 0;
    for (size_t video = 0; video < MODEL_VIDEOS; video++) {
        count += state->versions[video] != 0;
    }
    return count;
}

size_t model_profiles(const model *state)
{
    size_t count = 0;
    for (size_t profile = 0; profile < MODEL_PROFILES; profile++) {
        count += state->profiles[profile].count > 0;
    }
    return count;
}

size_t model_events(const model *state)
{
    size_t count = 0;
    for (size_t profile = 0; profile < MODEL_PROFILES; profile++) {
        count += state->profiles[profile].count;
    }
    return count;
}

static void keep_event(model_profile *profile, const model_event *event)
{
    if (profile->count >= profile->room) {
        profile->room = profile->room * 2 + 16;
        profile->events = realloc(profile->events, profile->room * sizeof *profile->events);
        if (profile->events == NULL) {
            abort();
        }
    }
    profile->events[profile->count++] = *event;
}

/* --- the sequence --------------------------------------------------------------------------------- */

static operation_kind draw_kind(const model *state, uint64_t *random)
{
    /* How often each comes, of 100. */
    static const char kinds[] = "vvvvvvvvvvvvvvvvvv" "VVVVVVVV" "rrrrrrrr" "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"
                                "EEEEEEEEEEEE" "pppp" "bb" "ffff" "oooo" "kkk" "ccc";
    size_t scripted = state->script == NULL ? 0 : strlen(state->script);
    char kind = scripted > 0 ? state->script[state->done % scripted] : kinds[below(random, sizeof kinds - 1)];
    int is_first = model_videos(state) < 3 || state->done == 0;
    if (is_first && (kind == 'r' || kind == 'e' || kind == 'E')) {
        return OPERATION_VIDEOS;
    }
    if (kind == 'b' && state->pack == 0) {
        return OPERATION_PACK;
    }
    return kind == 'f' && model_profiles(state) == 0 ? OPERATION_VIDEO : (operation_kind)kind;
}

/* The first video from a random one on that is there. */
static uint32_t draw_known(const model *state, uint64_t *random)
{
    uint32_t video = below(random, MODEL_VIDEOS);
    while (state->versions[video] == 0) {
        video = (video + 1) % MODEL_VIDEOS;
    }
    return video;
}

static int is_among(const operation *next, uint32_t video)
{
    for (size_t index = 0; index < next->count; index++) {
        if (next->videos[index] == video) {
            return 1;
        }
    }
    return 0;
}

static void draw_videos(const model *state, uint64_t *random, operation *next)
{
    size_t wanted = next->kind == OPERATION_VIDEO ? 1 : 2 + below(random, VIDEOS_AT_ONCE - 1);
    while (next->count < wanted) {
        uint32_t video = below(random, MODEL_VIDEOS);
        if (!is_among(next, video)) {
            next->versions[next->count] = state->newest_version + 1 + (uint32_t)next->count;
            next->videos[next->count++] = video;
        }
    }
}

static void draw_removed(const model *state, uint64_t *random, operation *next)
{
    size_t wanted = 1 + below(random, 2);
    while (next->count < wanted) {
        uint32_t video = draw_known(state, random);
        if (!is_among(next, video)) {
            next->videos[next->count++] = video;
        }
    }
}

static void draw_events(const model *state, uint64_t *random, operation *next)
{
    next->count = next->kind == OPERATION_EVENT ? 1 : 2 + below(random, EVENTS_AT_ONCE - 1);
    for (size_t index = 0; index < next->count; index++) {
        model_event *event = &next->events[index];
        next->profiles[index] = below(random, MODEL_PROFILES);
        event->video = draw_known(state, random);
        event->kind = 1 + (int32_t)below(random, VREC_EVENT_UNHIDE);
        event->time_utc_ms = 1700000000000 + (int64_t)state->done * 1000 + (int64_t)index;
        event->position_ms = below(random, 5000000);
        event->duration_ms = 5000000;
        event->rating = event->kind == VREC_EVENT_RATE ? 0.5F * (float)(1 + below(random, 10)) : 0.0F;
    }
}

static uint32_t draw_profile(const model *state, uint64_t *random)
{
    uint32_t profile = below(random, MODEL_PROFILES);
    while (state->profiles[profile].count == 0) {
        profile = (profile + 1) % MODEL_PROFILES;
    }
    return profile;
}

operation model_next(const model *state)
{
    uint64_t random = state->seed * 0x100000001B3U + state->done;
    operation next;
    memset(&next, 0, sizeof next);
    next.kind = draw_kind(state, &random);
    switch (next.kind) {
    case OPERATION_VIDEO:
    case OPERATION_VIDEOS:
        draw_videos(state, &random, &next);
        break;
    case OPERATION_REMOVE:
        draw_removed(state, &random, &next);
        break;
    case OPERATION_EVENT:
    case OPERATION_EVENTS:
        draw_events(state, &random, &next);
        break;
    case OPERATION_FORGET:
        next.profiles[0] = draw_profile(state, &random);
        break;
    case OPERATION_ROTATE:
        /* Without a key, too, in stores that began without one. */
        next.key = !state->has_key && state->key != 0 ? 0 : state->key + 1;
        break;
    case OPERATION_PACK:
        /* Another line than that of the pack in use, which the one before may be of. */
        next.pack = state->pack == 1 ? 2 : 1;
        break;
    case OPERATION_REOPEN:
    case OPERATION_COMPACT:
    case OPERATION_REVERT:
        break;
    }
    return next;
}

operation model_any_write(void)
{
    return (operation){.kind = OPERATION_VIDEO, .count = 1, .versions = {1}};
}

void model_apply(model *state, const operation *next)
{
    switch (next->kind) {
    case OPERATION_VIDEO:
    case OPERATION_VIDEOS:
        for (size_t index = 0; index < next->count; index++) {
            state->versions[next->videos[index]] = next->versions[index];
        }
        state->newest_version += (uint32_t)next->count;
        break;
    case OPERATION_REMOVE:
        for (size_t index = 0; index < next->count; index++) {
            state->versions[next->videos[index]] = 0;
        }
        break;
    case OPERATION_EVENT:
    case OPERATION_EVENTS:
        for (size_t index = 0; index < next->count; index++) {
            keep_event(&state->profiles[next->profiles[index]], &next->events[index]);
        }
        break;
    case OPERATION_FORGET:
        state->profiles[next->profiles[0]].count = 0;
        state->profiles[next->profiles[0]].generation++;
        break;
    case OPERATION_ROTATE:
        state->key = next->key;
        break;
    case OPERATION_PACK:
        state->pack_before = state->pack;
        state->pack = next->pack;
        break;
    case OPERATION_REVERT:
        state->pack = state->pack_before;
        state->pack_before = 0;
        break;
    case OPERATION_REOPEN:
    case OPERATION_COMPACT:
        break;
    }
    state->done++;
}

void model_advance(model *state, uint64_t done)
{
    while (state->done < done) {
        operation next = model_next(state);
        model_apply(state, &next);
    }
}
