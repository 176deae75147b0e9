/* See compare.h. */
#include "compare.h"

#include "packs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "session.h"

enum { LIST_LIMIT = 1000, LINE_BYTES = 4096 };

/* What is looked at: an engine, the model, and where to say what differs. */
typedef struct {
    const vrec_engine *engine;
    const model *state;
    char *why;
} comparison;

#define DIFFERS(with, ...) (snprintf((with)->why, WHY_BYTES, __VA_ARGS__), 0)

static int is_text(const char *expected, const char *bytes, size_t length)
{
    return strlen(expected) == length && memcmp(expected, bytes, length) == 0;
}

/* --- videos --------------------------------------------------------------------------------------- */

static int check_counts(const comparison *with)
{
    vrec_statistics found = {0};
    found.struct_size = sizeof found;
    if (vrec_stats(with->engine, &found, NULL) != VREC_OK) {
        return DIFFERS(with, "the statistics cannot be had");
    }
    size_t videos = model_videos(with->state), profiles = model_profiles(with->state);
    size_t events = model_events(with->state);
    if (found.videos != videos || found.profiles != profiles || found.events != events) {
        return DIFFERS(with, "%llu videos, %llu profiles, %llu events instead of %zu, %zu, %zu",
                       (unsigned long long)found.videos, (unsigned long long)found.profiles,
                       (unsigned long long)found.events, videos, profiles, events);
    }
    return 1;
}

static int check_pack(const comparison *with)
{
    uint32_t pack = 0, before = 0;
    if (pack_in_use(with->engine, &pack, &before) != VREC_OK) {
        return DIFFERS(with, "the pack in use cannot be told");
    }
    /* Of the one before only that there is one is told: both packs have the number 1. */
    if (pack != with->state->pack || before != (with->state->pack_before != 0)) {
        return DIFFERS(with, "pack %u is in use and %u before it, instead of %u and %u", pack, before, with->state->pack,
                       with->state->pack_before);
    }
    return 1;
}

/* Which video an id names; MODEL_VIDEOS for none. */
static uint32_t video_of(const char *id, size_t length)
{
    char name[NAME_BYTES];
    for (uint32_t video = 0; video < MODEL_VIDEOS; video++) {
        video_name(name, video);
        if (is_text(name, id, length)) {
            return video;
        }
    }
    return MODEL_VIDEOS;
}

static int check_element(const comparison *with, const vrec_neighbour_columns *columns, size_t at, size_t element,
                         int listed[MODEL_VIDEOS])
{
    const char *id = columns->ids + columns->id_offsets[at];
    uint32_t video = video_of(id, (size_t)(columns->id_offsets[at + 1] - columns->id_offsets[at]));
    if (video == MODEL_VIDEOS || with->state->versions[video] == 0) {
        return DIFFERS(with, "a video is listed that should not be there: %u", video);
    }
    float expected[MODEL_DIMENSIONS];
    video_vector(expected, video, with->state->versions[video]);
    listed[video] = 1;
    if (columns->scores[at] != expected[element]) {
        return DIFFERS(with, "element %zu of the vector of video %u is %a instead of %a", element, video,
                       (double)columns->scores[at], (double)expected[element]);
    }
    return 1;
}

static int check_columns(const comparison *with, const vrec_neighbours *neighbours, int listed[MODEL_VIDEOS])
{
    vrec_neighbour_columns columns = {0};
    columns.struct_size = sizeof columns;
    if (vrec_neighbours_columns(neighbours, &columns, NULL) != VREC_OK) {
        return DIFFERS(with, "the columns of neighbours cannot be had");
    }
    for (size_t element = 0; element < columns.list_count; element++) {
        for (uint64_t at = columns.list_offsets[element]; at < columns.list_offsets[element + 1]; at++) {
            if (!check_element(with, &columns, (size_t)at, element, listed)) {
                return 0;
            }
        }
    }
    return 1;
}

/* The inner products with the unit vectors are the elements. */
static int check_vectors(const comparison *with, int listed[MODEL_VIDEOS])
{
    static float units[MODEL_DIMENSIONS][MODEL_DIMENSIONS];
    for (size_t element = 0; element < MODEL_DIMENSIONS; element++) {
        units[element][element] = 1.0F;
    }
    vrec_vector_query query = {0};
    query.struct_size = sizeof query;
    query.vectors = units[0];
    query.vector_count = MODEL_DIMENSIONS;
    query.vector_len = MODEL_DIMENSIONS;
    query.limit = LIST_LIMIT;
    vrec_neighbours *neighbours = NULL;
    uint64_t count = 0;
    if (vrec_count(with->engine, &count, NULL) != VREC_OK || count == 0) {
        return 1;
    }
    vrec_error *error = NULL;
    int32_t status = vrec_nearest(with->engine, &query, NULL, &neighbours, &error);
    if (status != VREC_OK) {
        (void)DIFFERS(with, "the neighbours of unit vectors cannot be had: %d %s", status, vrec_error_message(error));
        vrec_error_destroy(error);
        return 0;
    }
    int is_same = check_columns(with, neighbours, listed);
    vrec_neighbours_destroy(neighbours);
    return is_same;
}

static vrec_query query_for(const char *profile)
{
    vrec_query query = {0};
    query.struct_size = sizeof query;
    query.profile = profile;
    query.profile_len = strlen(profile);
    query.limit = LIST_LIMIT;
    query.watched = VREC_WATCHED_INCLUDE;
    return query;
}

static int check_list_titles(const comparison *with, const vrec_results *results)
{
    vrec_columns columns = {0};
    columns.struct_size = sizeof columns;
    if (vrec_results_columns(results, &columns, NULL) != VREC_OK) {
        return DIFFERS(with, "the columns of a list cannot be had");
    }
    for (size_t at = 0; at < columns.count; at++) {
        const char *id = columns.ids + columns.id_offsets[at];
        uint32_t video = video_of(id, (size_t)(columns.id_offsets[at + 1] - columns.id_offsets[at]));
        char title[TITLE_BYTES] = "";
        if (video < MODEL_VIDEOS && with->state->versions[video] != 0) {
            video_title(title, video, with->state->versions[video]);
        }
        size_t length = (size_t)(columns.title_offsets[at + 1] - columns.title_offsets[at]);
        if (!is_text(title, columns.titles + columns.title_offsets[at], length)) {
            return DIFFERS(with, "video %u has another title than \"%.40s\"", video, title);
        }
    }
    return 1;
}

/* Titles come with lists of similar videos, in which the video itself is missing: two lists have all. */
static int check_titles(const comparison *with, const int listed[MODEL_VIDEOS])
{
    size_t lists = 0;
    for (uint32_t video = 0; video < MODEL_VIDEOS && lists < 2; video++) {
        if (!listed[video]) {
            continue;
        }
        char name[NAME_BYTES];
        video_name(name, video);
        vrec_query query = query_for("nobody");
        vrec_results *results = NULL;
        if (vrec_similar(with->engine, name, strlen(name), &query, NULL, &results, NULL) != VREC_OK) {
            return DIFFERS(with, "what is similar to video %u cannot be had", video);
        }
        int is_same = check_list_titles(with, results);
        vrec_results_destroy(results);
        if (!is_same) {
            return 0;
        }
        lists++;
    }
    return 1;
}

static int check_videos(const comparison *with, int is_exact)
{
    int listed[MODEL_VIDEOS] = {0};
    if (!check_vectors(with, listed) || !check_titles(with, listed)) {
        return 0;
    }
    for (uint32_t video = 0; video < MODEL_VIDEOS && is_exact; video++) {
        if (with->state->versions[video] != 0 && !listed[video]) {
            return DIFFERS(with, "video %u is in no list", video);
        }
    }
    return 1;
}

/* --- events --------------------------------------------------------------------------------------- */

static const char *kind_name(int32_t kind)
{
    static const char *const names[] = {
        "", "impression", "select", "play", "progress", "pause", "stop", "complete", "skip", "like", "dislike",
        "rate", "comment", "favourite", "unfavourite", "watchlist_add", "watchlist_remove", "hide", "unhide",
    };
    return names[kind];
}

/* The line that an export has for the event; titles and blanks are left out of the comparison. */
static void event_line(char line[LINE_BYTES], const model_event *event)
{
    char video[NAME_BYTES], rating[NAME_BYTES] = "";
    video_name(video, event->video);
    if (event->rating > 0.0F) {
        snprintf(rating, sizeof rating, ",\"rating\":%.1f", (double)event->rating);
    }
    snprintf(line, LINE_BYTES,
             "{\"record\":\"event\",\"kind\":\"%s\",\"video_id\":\"%s\",\"time_utc_ms\":%lld,\"position_ms\":%lld,"
             "\"duration_ms\":%lld%s}",
             kind_name(event->kind), video, (long long)event->time_utc_ms, (long long)event->position_ms,
             (long long)event->duration_ms, rating);
}

/* Copies a line of an export without the title's field. */
static void without_title(char copy[LINE_BYTES], const char *line, size_t length)
{
    snprintf(copy, LINE_BYTES, "%.*s", (int)length, line);
    char *title = strstr(copy, ",\"title\":\"");
    char *end = title == NULL ? NULL : strstr(title, "\",\"time_utc_ms\"");
    if (end != NULL) {
        memmove(title, end + 1, strlen(end + 1) + 1);
    }
}

static int is_event_line(const char *line)
{
    return strncmp(line, "{\"record\":\"event\",", strlen("{\"record\":\"event\",")) == 0;
}

/* Goes through a profile's exported events; the model may have others between them unless `is_exact`. */
static int check_events(const comparison *with, uint32_t profile, const char *data, size_t length, int is_exact)
{
    const model_profile *expected = &with->state->profiles[profile];
    size_t next = 0;
    for (const char *at = data; at < data + length;) {
        const char *end = memchr(at, '\n', (size_t)(data + length - at));
        end = end == NULL ? data + length : end;
        char found[LINE_BYTES], wanted[LINE_BYTES];
        without_title(found, at, (size_t)(end - at));
        at = end + 1;
        if (!is_event_line(found)) {
            continue;
        }
        for (wanted[0] = '\0'; next < expected->count && strcmp(found, wanted) != 0; next++) {
            event_line(wanted, &expected->events[next]);
            if (is_exact && strcmp(found, wanted) != 0) {
                return DIFFERS(with, "event %zu of profile %u is %.300s instead of %.300s", next, profile, found,
                               wanted);
            }
        }
        if (strcmp(found, wanted) != 0) {
            return DIFFERS(with, "profile %u has an event that it should not: %.300s", profile, found);
        }
    }
    if (is_exact && next != expected->count) {
        return DIFFERS(with, "profile %u has %zu of %zu events", profile, next, expected->count);
    }
    return 1;
}

static int check_export(const comparison *with, uint32_t profile, int is_exact)
{
    char name[NAME_BYTES];
    profile_name(name, with->state, profile);
    vrec_export *profile_export = NULL;
    int32_t status = vrec_profile_export(with->engine, name, strlen(name), NULL, &profile_export, NULL);
    if (status == VREC_E_NOT_FOUND && (!is_exact || with->state->profiles[profile].count == 0)) {
        return 1;
    }
    if (status != VREC_OK) {
        return DIFFERS(with, "profile %s cannot be exported: %d", name, status);
    }
    const char *data = NULL;
    size_t length = 0;
    int is_same = vrec_export_data(profile_export, &data, &length, NULL) == VREC_OK
        && check_events(with, profile, data, length, is_exact);
    vrec_export_destroy(profile_export);
    return is_same;
}

/* The profile of the generation before must not be there any more. */
static int check_forgotten(const comparison *with, uint32_t profile)
{
    model before = *with->state;
    if (before.profiles[profile].generation == 0) {
        return 1;
    }
    before.profiles[profile].generation--;
    char name[NAME_BYTES];
    profile_name(name, &before, profile);
    vrec_export *profile_export = NULL;
    int32_t status = vrec_profile_export(with->engine, name, strlen(name), NULL, &profile_export, NULL);
    vrec_export_destroy(profile_export);
    return status == VREC_E_NOT_FOUND ? 1 : DIFFERS(with, "profile %s was forgotten and is there: %d", name, status);
}

/* --- lists ---------------------------------------------------------------------------------------- */

static int is_same_list(const vrec_results *one, const vrec_results *other)
{
    vrec_columns left = {0}, right = {0};
    left.struct_size = right.struct_size = sizeof left;
    if (vrec_results_columns(one, &left, NULL) != VREC_OK || vrec_results_columns(other, &right, NULL) != VREC_OK
        || left.count != right.count) {
        return 0;
    }
    return left.count == 0
        || (memcmp(left.id_offsets, right.id_offsets, (left.count + 1) * sizeof *left.id_offsets) == 0
            && memcmp(left.ids, right.ids, (size_t)left.id_offsets[left.count]) == 0
            && memcmp(left.scores, right.scores, left.count * sizeof *left.scores) == 0);
}

static int check_recommended(const comparison *with, const vrec_engine *reference, uint32_t profile)
{
    char name[NAME_BYTES];
    profile_name(name, with->state, profile);
    vrec_query query = query_for(name);
    vrec_results *found = NULL, *expected = NULL;
    int is_same = vrec_recommend(with->engine, &query, NULL, &found, NULL) == VREC_OK
        && vrec_recommend(reference, &query, NULL, &expected, NULL) == VREC_OK && is_same_list(found, expected);
    vrec_results_destroy(found);
    vrec_results_destroy(expected);
    return is_same ? 1 : DIFFERS(with, "profile %s is recommended other videos than in memory", name);
}

static int check_lists(const comparison *with)
{
    vrec_engine *reference = engine_in_memory(with->state);
    int is_same = 1;
    for (uint32_t profile = 0; profile < MODEL_PROFILES && is_same; profile++) {
        is_same = check_recommended(with, reference, profile);
    }
    vrec_destroy(reference);
    return is_same;
}

int holds_exactly(const vrec_engine *engine, const model *state, char why[WHY_BYTES])
{
    comparison with = {engine, state, why};
    int is_same = check_counts(&with) && check_pack(&with) && check_videos(&with, 1);
    for (uint32_t profile = 0; profile < MODEL_PROFILES && is_same; profile++) {
        is_same = check_export(&with, profile, 1) && check_forgotten(&with, profile);
    }
    return is_same && check_lists(&with);
}

int holds_part(const vrec_engine *engine, const model *state, char why[WHY_BYTES])
{
    comparison with = {engine, state, why};
    int is_same = check_videos(&with, 0);
    for (uint32_t profile = 0; profile < MODEL_PROFILES && is_same; profile++) {
        is_same = check_export(&with, profile, 0) && check_forgotten(&with, profile);
    }
    return is_same;
}
