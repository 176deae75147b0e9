/* See fixture.h. */
#include "fixture.h"

#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "pack_keys.h"

enum { LISTED_BYTES = 1 << 16 };

vrec_engine *make_engine(void)
{
    vrec_engine *engine = NULL;
    CHECK_OK(vrec_create(NULL, &engine, error));
    REQUIRE(engine != NULL);
    return engine;
}

vrec_options options_for_model(const char *model, const char *runtime)
{
    vrec_options options = {0};
    options.struct_size = sizeof options;
    options.model_path = model;
    options.model_path_len = strlen(model);
    options.runtime_path = runtime;
    options.runtime_path_len = strlen(runtime);
    return options;
}

vrec_engine *make_engine_with_model(const char *model, const char *runtime)
{
    vrec_options options = options_for_model(model, runtime);
    vrec_engine *engine = NULL;
    CHECK_OK(vrec_create(&options, &engine, error));
    REQUIRE(engine != NULL);
    int32_t loaded = VREC_OK;
    CHECK_OK(loaded = vrec_load_encoder(engine, NULL, error));
    REQUIRE(loaded == VREC_OK);
    return engine;
}

vrec_video video_with_vector(const char *id, const float *vector)
{
    vrec_video video = {0};
    video.struct_size = sizeof video;
    video.id = id;
    video.id_len = strlen(id);
    video.vector = vector;
    video.vector_len = PLANE;
    return video;
}

vrec_video video_with_title(const char *id, const char *title)
{
    vrec_video video = {0};
    video.struct_size = sizeof video;
    video.id = id;
    video.id_len = strlen(id);
    video.title = title;
    video.title_len = strlen(title);
    return video;
}

double cosine(double degrees)
{
    return cos(degrees * acos(-1.0) / 180.0);
}

void add_at_angle(vrec_engine *engine, const char *id, double degrees)
{
    double radians = degrees * acos(-1.0) / 180.0;
    float vector[PLANE] = {(float)cos(radians), (float)sin(radians), 0.0F, 0.0F};
    vrec_video video = video_with_vector(id, vector);
    video.title = id;
    video.title_len = strlen(id);
    CHECK_OK(vrec_add_video(engine, &video, NULL, error));
}

vrec_engine *make_fan(void)
{
    vrec_engine *engine = make_engine();
    add_at_angle(engine, "a", 0);
    add_at_angle(engine, "b", 10);
    add_at_angle(engine, "c", 20);
    add_at_angle(engine, "d", 90);
    add_at_angle(engine, "e", 180);
    return engine;
}

void add_titled(vrec_engine *engine, const char *id, const char *title)
{
    vrec_video video = video_with_title(id, title);
    CHECK_OK(vrec_add_video(engine, &video, NULL, error));
}

vrec_event event_of(const char *profile, const char *video_id, int32_t kind)
{
    vrec_event event = {0};
    event.struct_size = sizeof event;
    event.profile = profile;
    event.profile_len = profile == NULL ? 0 : strlen(profile);
    event.video_id = video_id;
    event.video_id_len = strlen(video_id);
    event.time_utc_ms = 1700000000000;
    event.kind = kind;
    return event;
}

void record(vrec_engine *engine, const char *profile, const char *video_id, int32_t kind)
{
    vrec_event event = event_of(profile, video_id, kind);
    CHECK_OK(vrec_record(engine, &event, error));
}

vrec_query query_for(const char *profile)
{
    vrec_query query = {0};
    query.struct_size = sizeof query;
    query.profile = profile;
    query.profile_len = profile == NULL ? 0 : strlen(profile);
    return query;
}

vrec_query query_for_meaning(void)
{
    vrec_query query = query_for(NULL);
    query.search_ways = VREC_SEARCH_MEANING;
    return query;
}

uint64_t count_of(const vrec_engine *engine)
{
    uint64_t count = 0;
    CHECK_OK(vrec_count(engine, &count, error));
    return count;
}

vrec_statistics statistics_of(const vrec_engine *engine)
{
    vrec_statistics statistics = {0};
    statistics.struct_size = sizeof statistics;
    CHECK_OK(vrec_stats(engine, &statistics, error));
    return statistics;
}

vrec_columns columns_of(const vrec_results *results)
{
    vrec_columns columns = {0};
    columns.struct_size = sizeof columns;
    CHECK_OK(vrec_results_columns(results, &columns, error));
    return columns;
}

char *text_of(const char *block, const uint64_t *offsets, size_t index)
{
    size_t length = (size_t)(offsets[index + 1] - offsets[index]);
    char *text = calloc(length + 1, 1);
    REQUIRE(text != NULL);
    if (length > 0) {
        memcpy(text, block + offsets[index], length);
    }
    return text;
}

static pthread_key_t listed_key;
static pthread_once_t listed_once = PTHREAD_ONCE_INIT;

static void make_listed_key(void)
{
    pthread_key_create(&listed_key, free);
}

static char *listed_of_this_thread(void)
{
    pthread_once(&listed_once, make_listed_key);
    char *listed = pthread_getspecific(listed_key);
    if (listed == NULL) {
        listed = malloc(LISTED_BYTES);
        REQUIRE(listed != NULL);
        pthread_setspecific(listed_key, listed);
    }
    return listed;
}

const char *ids_of(const vrec_results *results)
{
    char *listed = listed_of_this_thread();
    size_t used = 0;
    vrec_columns columns = columns_of(results);
    for (size_t index = 0; index < columns.count; index++) {
        size_t length = (size_t)(columns.id_offsets[index + 1] - columns.id_offsets[index]);
        REQUIRE(used + length + 2 < LISTED_BYTES);
        if (index > 0) {
            listed[used++] = ' ';
        }
        memcpy(listed + used, columns.ids + columns.id_offsets[index], length);
        used += length;
    }
    listed[used] = '\0';
    return listed;
}

static const char *ids_and_destroy(vrec_results *results)
{
    const char *listed = results == NULL ? "(no results)" : ids_of(results);
    vrec_results_destroy(results);
    return listed;
}

const char *recommended(const vrec_engine *engine, const vrec_query *query)
{
    vrec_results *results = NULL;
    CHECK_OK(vrec_recommend(engine, query, NULL, &results, error));
    return ids_and_destroy(results);
}

const char *similar_to(const vrec_engine *engine, const char *video_id, const vrec_query *query)
{
    vrec_results *results = NULL;
    CHECK_OK(vrec_similar(engine, video_id, strlen(video_id), query, NULL, &results, error));
    return ids_and_destroy(results);
}

const char *found(const vrec_engine *engine, const char *text, const vrec_query *query)
{
    vrec_results *results = NULL;
    CHECK_OK(vrec_search(engine, text, strlen(text), query, NULL, &results, error));
    return ids_and_destroy(results);
}

vrec_pack_import_options import_from(const char *path)
{
    vrec_pack_import_options options = {.struct_size = sizeof options, .path = path, .path_len = strlen(path)};
    options.trusted_keys = public_key;
    options.trusted_key_count = 1;
    return options;
}

int32_t import_file(vrec_engine *engine, const char *path, vrec_error **error)
{
    vrec_pack_import_options options = import_from(path);
    return vrec_pack_import(engine, &options, NULL, error);
}

int network_warnings;

void hear_of_networks(int32_t level, const char *message, size_t message_len, void *user_data)
{
    (void)message_len;
    (void)user_data;
    network_warnings += level == VREC_LOG_WARNING && strstr(message, "sequence") != NULL;
}

void *memory_before_guard(size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t usable = (size + page - 1) / page * page;
    int zeros = open("/dev/zero", O_RDWR);
    REQUIRE(zeros >= 0);
    char *memory = mmap(NULL, usable + page, PROT_READ | PROT_WRITE, MAP_PRIVATE, zeros, 0);
    close(zeros);
    REQUIRE(memory != MAP_FAILED);
    REQUIRE(mprotect(memory + usable, page, PROT_NONE) == 0);
    return memory + usable - size;
}

void *unreadable(void)
{
    static void *address;
    if (address == NULL) {
        address = memory_before_guard(0);
    }
    return address;
}
