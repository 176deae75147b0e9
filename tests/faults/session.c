/* See session.h. */
#include "session.h"

#include "packs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int32_t keep_message(session *used, int32_t status, vrec_error *error)
{
    if (error != NULL) {
        snprintf(used->message, sizeof used->message, "%s", vrec_error_message(error));
        for (char *at = used->message; *at != '\0'; at++) {
            *at = *at == '\n' ? ' ' : *at;
        }
        vrec_error_destroy(error);
    }
    return status;
}

/* --- opening and closing -------------------------------------------------------------------------- */

/* Inner products with the unit vectors give every element of a stored vector back. */
static vrec_options options_of_all_engines(void)
{
    vrec_options options = {0};
    options.struct_size = sizeof options;
    options.metric = VREC_METRIC_DOT;
    return options;
}

int32_t session_open(session *used, opening how)
{
    uint8_t key[KEY_BYTES];
    vrec_options options = options_of_all_engines();
    options.store_path = used->path;
    options.store_path_len = strlen(used->path);
    options.store_read_only = how.read_only != 0;
    options.store_quarantine = how.quarantine != 0;
    if (used->state.key != 0) {
        device_key(key, used->state.key);
        options.device_key = key;
        options.device_key_len = KEY_BYTES;
    }
    vrec_error *error = NULL;
    used->engine = NULL;
    int32_t status = vrec_create(&options, &used->engine, &error);
    return keep_message(used, status, error);
}

void session_close(session *used)
{
    vrec_destroy(used->engine);
    used->engine = NULL;
}

/* --- operations ----------------------------------------------------------------------------------- */

/* Videos, with the memory that they point to. */
typedef struct {
    vrec_video videos[MODEL_VIDEOS];
    char names[MODEL_VIDEOS][NAME_BYTES];
    char titles[MODEL_VIDEOS][TITLE_BYTES];
    float vectors[MODEL_VIDEOS][MODEL_DIMENSIONS];
} video_list;

static void put_video(video_list *list, size_t index, uint32_t video, uint32_t version)
{
    video_name(list->names[index], video);
    video_title(list->titles[index], video, version);
    video_vector(list->vectors[index], video, version);
    vrec_video *given = &list->videos[index];
    memset(given, 0, sizeof *given);
    given->struct_size = sizeof *given;
    given->id = list->names[index];
    given->id_len = strlen(given->id);
    given->title = list->titles[index];
    given->title_len = strlen(given->title);
    given->vector = list->vectors[index];
    given->vector_len = MODEL_DIMENSIONS;
}

static video_list *empty_list(void)
{
    video_list *list = malloc(sizeof *list);
    if (list == NULL) {
        abort();
    }
    return list;
}

static int32_t add_videos(vrec_engine *engine, const operation *next, vrec_error **error)
{
    video_list *list = empty_list();
    for (size_t index = 0; index < next->count; index++) {
        put_video(list, index, next->videos[index], next->versions[index]);
    }
    int32_t status = next->count == 1
        ? vrec_add_video(engine, list->videos, NULL, error)
        : vrec_add_videos(engine, list->videos, next->count, sizeof list->videos[0], NULL, error);
    free(list);
    return status;
}

static int32_t remove_videos(vrec_engine *engine, const uint32_t *videos, size_t count, vrec_error **error)
{
    char ids[MODEL_VIDEOS * NAME_BYTES] = "";
    uint64_t offsets[MODEL_VIDEOS + 1] = {0};
    for (size_t index = 0; index < count; index++) {
        video_name(ids + offsets[index], videos[index]);
        offsets[index + 1] = offsets[index] + strlen(ids + offsets[index]);
    }
    return vrec_remove_videos(engine, ids, offsets, count, error);
}

/* An event and the names that it points to. */
typedef struct {
    char profile[NAME_BYTES];
    char video[NAME_BYTES];
} event_names;

static vrec_event event_of(event_names *names, const model *state, uint32_t profile, const model_event *kept)
{
    profile_name(names->profile, state, profile);
    video_name(names->video, kept->video);
    vrec_event event = {0};
    event.struct_size = sizeof event;
    event.profile = names->profile;
    event.profile_len = strlen(names->profile);
    event.video_id = names->video;
    event.video_id_len = strlen(names->video);
    event.time_utc_ms = kept->time_utc_ms;
    event.position_ms = kept->position_ms;
    event.duration_ms = kept->duration_ms;
    event.kind = kept->kind;
    event.rating = kept->rating;
    return event;
}

static int32_t record_events(vrec_engine *engine, const model *state, const operation *next, vrec_error **error)
{
    vrec_event events[EVENTS_AT_ONCE];
    event_names names[EVENTS_AT_ONCE];
    for (size_t index = 0; index < next->count; index++) {
        events[index] = event_of(&names[index], state, next->profiles[index], &next->events[index]);
    }
    if (next->count == 1) {
        return vrec_record(engine, events, error);
    }
    return vrec_record_batch(engine, events, next->count, sizeof events[0], error);
}

static int32_t rotate_key(vrec_engine *engine, uint32_t number, vrec_error **error)
{
    uint8_t key[KEY_BYTES];
    device_key(key, number);
    return vrec_rotate_key(engine, number == 0 ? NULL : key, number == 0 ? 0 : KEY_BYTES, error);
}

int32_t session_do(session *used, const operation *next)
{
    vrec_error *error = NULL;
    int32_t status = VREC_OK;
    char name[NAME_BYTES];
    switch (next->kind) {
    case OPERATION_VIDEO:
    case OPERATION_VIDEOS:
        status = add_videos(used->engine, next, &error);
        break;
    case OPERATION_REMOVE:
        status = remove_videos(used->engine, next->videos, next->count, &error);
        break;
    case OPERATION_EVENT:
    case OPERATION_EVENTS:
        status = record_events(used->engine, &used->state, next, &error);
        break;
    case OPERATION_FORGET:
        profile_name(name, &used->state, next->profiles[0]);
        status = vrec_profile_forget(used->engine, name, strlen(name), &error);
        break;
    case OPERATION_REOPEN:
        session_close(used);
        return session_open(used, (opening){0});
    case OPERATION_ROTATE:
        status = rotate_key(used->engine, next->key, &error);
        break;
    case OPERATION_COMPACT:
        status = vrec_compact(used->engine, &error);
        break;
    case OPERATION_PACK:
        status = import_pack(used->engine, next->pack, &error);
        break;
    case OPERATION_REVERT:
        status = vrec_pack_revert(used->engine, NULL, &error);
        break;
    }
    return keep_message(used, status, error);
}

/* --- in memory ------------------------------------------------------------------------------------ */

static void must(int32_t status)
{
    if (status != VREC_OK) {
        fprintf(stderr, "an engine in memory failed with %d\n", status);
        abort();
    }
}

/* Events may be about videos that were removed since: these are there while events are recorded. */
vrec_engine *engine_in_memory(const model *state)
{
    vrec_options options = options_of_all_engines();
    vrec_engine *engine = NULL;
    must(vrec_create(&options, &engine, NULL));
    video_list *list = empty_list();
    uint32_t gone[MODEL_VIDEOS];
    size_t gone_count = 0;
    for (uint32_t video = 0; video < MODEL_VIDEOS; video++) {
        put_video(list, video, video, state->versions[video]);
        if (state->versions[video] == 0) {
            gone[gone_count++] = video;
        }
    }
    must(vrec_add_videos(engine, list->videos, MODEL_VIDEOS, sizeof list->videos[0], NULL, NULL));
    free(list);
    for (uint32_t profile = 0; profile < MODEL_PROFILES; profile++) {
        for (size_t index = 0; index < state->profiles[profile].count; index++) {
            event_names names;
            vrec_event event = event_of(&names, state, profile, &state->profiles[profile].events[index]);
            must(vrec_record(engine, &event, NULL));
        }
    }
    must(remove_videos(engine, gone, gone_count, NULL));
    return engine;
}
