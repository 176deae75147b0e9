/* What a host asks of a store beyond keeping things: when events are durable, checking, keys, limits on
 * what is kept, tidying up, and exports.
 *
 * store_calls FOLDER */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "stores.h"
#include "thread_list.h"

static const uint8_t device_key[KEY_BYTES] = {1, 2, 3};
static const uint8_t other_key[KEY_BYTES] = {3, 2, 1};
static const uint8_t salt[KEY_BYTES] = {9};
static const uint8_t profile_salt[KEY_BYTES] = {8};

static void keep_path(char *kept)
{
    snprintf(kept, PATH_BYTES, "%s", new_store());
}

static vrec_event lasting(const char *video_id, int32_t durability, uint32_t within_ms)
{
    vrec_event event = event_of(NULL, video_id, VREC_EVENT_LIKE);
    event.durability = durability;
    event.within_ms = within_ms;
    return event;
}

static void add_videos(vrec_engine *engine)
{
    add_at_angle(engine, "a", 0);
    add_at_angle(engine, "b", 10);
    add_at_angle(engine, "c", 90);
}

static uint64_t events_in(const char *path)
{
    vrec_engine *engine = open_store(path);
    uint64_t events = statistics_of(engine).events;
    vrec_destroy(engine);
    return events;
}

/* --- durability --------------------------------------------------------------------------------- */

static void record_relaxed(void *path)
{
    vrec_engine *engine = open_store(path);
    add_videos(engine);
    vrec_event event = lasting("a", VREC_DURABLE_RELAXED, 0);
    for (int times = 0; times < 3; times++) {
        CHECK_OK(vrec_record(engine, &event, error));
    }
    vrec_statistics statistics = statistics_of(engine);
    CHECK_NUMBER(3, statistics.events);
    CHECK_NUMBER(3, statistics.store_waiting_events);
    CHECK_TEXT("a b c", recommended(engine, NULL));
}

static void record_relaxed_and_flush(void *path)
{
    vrec_engine *engine = open_store(path);
    add_videos(engine);
    vrec_event event = lasting("a", VREC_DURABLE_RELAXED, 0);
    CHECK_OK(vrec_record(engine, &event, error));
    CHECK_OK(vrec_record(engine, &event, error));
    CHECK_OK(vrec_flush(engine, error));
    CHECK_NUMBER(0, statistics_of(engine).store_waiting_events);
    CHECK_OK(vrec_record(engine, &event, error));
}

static void record_relaxed_and_then_durably(void *path)
{
    vrec_engine *engine = open_store(path);
    add_videos(engine);
    vrec_event events[] = {lasting("a", VREC_DURABLE_RELAXED, 0), lasting("b", VREC_DURABLE_NOW, 0)};
    CHECK_OK(vrec_record(engine, &events[0], error));
    CHECK_OK(vrec_record_batch(engine, events, 2, sizeof events[0], error));
}

static void events_last_as_they_were_asked_to(void)
{
    char path[PATH_BYTES];
    keep_path(path);
    IN_OWN_PROCESS(record_relaxed, path);
    CHECK_NUMBER(0, events_in(path));
    keep_path(path);
    IN_OWN_PROCESS(record_relaxed_and_flush, path);
    CHECK_NUMBER(2, events_in(path));
    keep_path(path);
    IN_OWN_PROCESS(record_relaxed_and_then_durably, path);
    CHECK_NUMBER(3, events_in(path));
    keep_path(path);
    vrec_engine *engine = open_store(path);
    add_videos(engine);
    vrec_event event = lasting("a", VREC_DURABLE_RELAXED, 0);
    CHECK_OK(vrec_record(engine, &event, error));
    vrec_destroy(engine);
    CHECK_NUMBER(1, events_in(path));
}

static void record_within(void *path)
{
    vrec_options options = options_for_store(path);
    options.commit_thread = 1;
    vrec_engine *engine = open_with(&options);
    add_videos(engine);
    vrec_event later = lasting("a", VREC_DURABLE_WITHIN, 3600000), soon = lasting("b", VREC_DURABLE_WITHIN, 20);
    CHECK_OK(vrec_record(engine, &later, error));
    CHECK_NUMBER(1, statistics_of(engine).store_waiting_events);
    CHECK_OK(vrec_record(engine, &soon, error));
    while (statistics_of(engine).store_waiting_events > 0) {
        nanosleep(&(struct timespec){0, 1000000}, NULL);
    }
    CHECK_NUMBER(2, statistics_of(engine).events);
}

static void a_thread_commits_what_is_due(void)
{
    char path[PATH_BYTES];
    keep_path(path);
    IN_OWN_PROCESS(record_within, path);
    CHECK_NUMBER(2, events_in(path));

    vrec_options options = options_for_store(path);
    options.commit_thread = 1;
    struct threads before = threads_of_this_process();
    vrec_engine *engine = open_with(&options);
    struct threads after = threads_of_this_process(), added = new_threads(&before, &after);
    CHECK_NUMBER(1, added.count);
    check_thread_name("vrec-commit", added.ids[0]);
    check_blocked_signals(added.ids[0]);
    vrec_destroy(engine);
    CHECK_NUMBER(before.count, threads_of_this_process().count);
    options.commit_thread = 2;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "commit_thread", vrec_create(&options, &engine, error));
    options.commit_thread = 1;
    options.store_read_only = 1;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "commit_thread", vrec_create(&options, &engine, error));
    options = (vrec_options){.struct_size = sizeof options, .commit_thread = 1};
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "commit_thread", vrec_create(&options, &engine, error));
}

static void what_was_asked_of_an_event_is_checked(void)
{
    vrec_options options = options_for_store(new_store());
    options.store_waiting_events = 2;
    vrec_engine *engine = open_with(&options);
    add_videos(engine);
    vrec_event event = lasting("a", 3, 0);
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "durability", vrec_record(engine, &event, error));
    event = lasting("a", VREC_DURABLE_NOW, 1);
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "within_ms", vrec_record(engine, &event, error));
    event = lasting("a", VREC_DURABLE_RELAXED, 1);
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "within_ms", vrec_record(engine, &event, error));
    event = lasting("a", VREC_DURABLE_WITHIN, 0);
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "within_ms", vrec_record(engine, &event, error));
    event = lasting("a", VREC_DURABLE_WITHIN, 3600001);
    CHECK_REFUSED(VREC_E_LIMIT, "3600000", vrec_record(engine, &event, error));
    event = lasting("a", VREC_DURABLE_WITHIN, 1);
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "commit_thread", vrec_record(engine, &event, error));
    vrec_event batch[] = {lasting("a", VREC_DURABLE_NOW, 0), lasting("a", -1, 0)};
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "events[1]", vrec_record_batch(engine, batch, 2, sizeof batch[0], error));
    CHECK_NUMBER(0, statistics_of(engine).events);

    event = lasting("a", VREC_DURABLE_RELAXED, 0);
    CHECK_OK(vrec_record(engine, &event, error));
    CHECK_OK(vrec_record(engine, &event, error));
    CHECK_REFUSED(VREC_E_LIMIT, "wait", vrec_record(engine, &event, error));
    CHECK_NUMBER(2, statistics_of(engine).events);
    CHECK_OK(vrec_flush(engine, error));
    CHECK_OK(vrec_record(engine, &event, error));
    vrec_destroy(engine);

    /* In memory it has no effect. */
    engine = make_fan();
    event = lasting("a", VREC_DURABLE_WITHIN, 5);
    CHECK_OK(vrec_record(engine, &event, error));
    vrec_destroy(engine);
}

enum { THREADS = 8, EVENTS_EACH = 60 };

static void *record_many(void *engine)
{
    for (int number = 0; number < EVENTS_EACH; number++) {
        vrec_event event = lasting(number % 10 == 9 ? "unknown" : "a", VREC_DURABLE_NOW, 0);
        if (number % 10 == 9) {
            CHECK_REFUSED(VREC_E_NOT_FOUND, "unknown", vrec_record(engine, &event, error));
        } else {
            CHECK_OK(vrec_record(engine, &event, error));
        }
    }
    return NULL;
}

static void record_from_many_threads(void *path)
{
    vrec_engine *engine = open_store(path);
    add_videos(engine);
    uint64_t before = statistics_of(engine).store_commits;
    pthread_t threads[THREADS];
    for (int thread = 0; thread < THREADS; thread++) {
        REQUIRE(pthread_create(&threads[thread], NULL, record_many, engine) == 0);
    }
    for (int thread = 0; thread < THREADS; thread++) {
        pthread_join(threads[thread], NULL);
    }
    vrec_statistics statistics = statistics_of(engine);
    CHECK_NUMBER(THREADS * EVENTS_EACH * 9 / 10, statistics.store_events);
    CHECK(statistics.store_commits - before < statistics.store_events);
    CHECK(statistics.store_bytes_per_event > 0);
    CHECK(statistics.store_bytes_written >= statistics.store_bytes_per_event * statistics.store_events);
    CHECK_NUMBER(1, statistics.store_is_open);
    CHECK_STATUS(VREC_OK, statistics.store_status);
}

static void callers_share_commits_and_bad_events_harm_nobody(void)
{
    char path[PATH_BYTES];
    keep_path(path);
    IN_OWN_PROCESS(record_from_many_threads, path);
    CHECK_NUMBER(THREADS * EVENTS_EACH * 9 / 10, events_in(path));
}

/* --- checking and tidying ------------------------------------------------------------------------ */

static void verifying_tells_of_damage_that_came_later(void)
{
    char path[PATH_BYTES];
    keep_path(path);
    vrec_engine *engine = open_store(path);
    add_videos(engine);
    record(engine, NULL, "a", VREC_EVENT_LIKE);
    CHECK_OK(vrec_verify(engine, error));
    damage_last_vector(path);
    CHECK_REFUSED(VREC_E_CORRUPT, "vector", vrec_verify(engine, error));
    CHECK_TEXT("a b c", recommended(engine, NULL));
    damage_last_vector(path);
    CHECK_OK(vrec_verify(engine, error));
    vrec_destroy(engine);
}

static void compacting_gives_space_back(void)
{
    char path[PATH_BYTES];
    keep_path(path);
    vrec_engine *engine = open_store(path);
    add_videos(engine);
    for (int angle = 0; angle < 40; angle++) {
        add_at_angle(engine, "c", angle);
    }
    FILE *file = open_vectors(path);
    fseek(file, 0, SEEK_END);
    long before = ftell(file);
    fclose(file);
    CHECK_OK(vrec_compact(engine, error));
    file = open_vectors(path);
    fseek(file, 0, SEEK_END);
    CHECK(ftell(file) < before);
    fclose(file);
    CHECK_OK(vrec_verify(engine, error));
    CHECK_TEXT("b c", similar_to(engine, "a", NULL));
    vrec_destroy(engine);
    engine = open_store(path);
    CHECK_TEXT("b c", similar_to(engine, "a", NULL));
    vrec_destroy(engine);
}

/* --- keys ---------------------------------------------------------------------------------------- */

static void a_store_changes_its_key(void)
{
    char path[PATH_BYTES];
    keep_path(path);
    vrec_options old_key = options_with_key(path, device_key), new_key = options_with_key(path, other_key);
    vrec_options no_key = options_for_store(path);
    vrec_engine *engine = open_with(&old_key);
    add_videos(engine);
    record(engine, NULL, "a", VREC_EVENT_LIKE);
    uint8_t zeros[KEY_BYTES] = {0};
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "key", vrec_rotate_key(engine, other_key, KEY_BYTES - 1, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "key", vrec_rotate_key(engine, NULL, KEY_BYTES, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "key", vrec_rotate_key(engine, zeros, KEY_BYTES, error));
    CHECK_OK(vrec_rotate_key(engine, other_key, KEY_BYTES, error));
    record(engine, NULL, "b", VREC_EVENT_LIKE);
    vrec_destroy(engine);
    CHECK_REFUSED(VREC_E_KEY, NULL, vrec_create(&old_key, &engine, error));
    engine = open_with(&new_key);
    CHECK_NUMBER(2, statistics_of(engine).events);
    CHECK_OK(vrec_rotate_key(engine, NULL, 0, error));
    vrec_destroy(engine);
    CHECK_REFUSED(VREC_E_KEY, NULL, vrec_create(&new_key, &engine, error));
    engine = open_with(&no_key);
    CHECK_NUMBER(2, statistics_of(engine).events);
    vrec_destroy(engine);
}

/* A file that may not grow past `bytes`, as a disk that is full. */
static void limit_files(rlim_t bytes)
{
    struct rlimit limit;
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
    setrlimit(RLIMIT_FSIZE, &limit);
}

/* So many keys that some of their pages lie behind those of the events. */
enum { MANY_EVENTS = 4096, MANY_PROFILES = 128 };

static void fill_many_pages(vrec_engine *engine)
{
    static vrec_event events[MANY_EVENTS];
    static char profiles[MANY_PROFILES][8];
    for (size_t at = 0; at < MANY_EVENTS; at++) {
        events[at] = lasting("a", VREC_DURABLE_NOW, 0);
    }
    CHECK_OK(vrec_record_batch(engine, events, MANY_EVENTS, sizeof events[0], error));
    for (size_t at = 0; at < MANY_PROFILES; at++) {
        snprintf(profiles[at], sizeof profiles[at], "p%u", (unsigned)at);
        events[at] = event_of(profiles[at], "a", VREC_EVENT_LIKE);
    }
    CHECK_OK(vrec_record_batch(engine, events, MANY_PROFILES, sizeof events[0], error));
}

/* Wherever a change of the key fails, one of the two opens the store, and trying again ends with the new one. */
static void change_key_with_little_room(void *path)
{
    vrec_options old_key = options_with_key(path, device_key), new_key = options_with_key(path, other_key);
    int failed_late = 0;
    signal(SIGXFSZ, SIG_IGN);
    vrec_engine *engine = open_with(&old_key);
    add_videos(engine);
    fill_many_pages(engine);
    for (rlim_t bytes = 8192; bytes <= 262144; bytes += 8192) {
        /* Opened anew: its log begins empty. */
        vrec_destroy(engine);
        engine = open_with(&old_key);
        vrec_error *failure = NULL;
        limit_files(bytes);
        int32_t status = vrec_rotate_key(engine, other_key, KEY_BYTES, &failure);
        limit_files(RLIM_INFINITY);
        if (status != VREC_OK) {
            CHECK_STATUS(VREC_E_DISK_FULL, status);
            failed_late += strstr(vrec_error_message(failure), "has the new key") != NULL;
            vrec_error_destroy(failure);
            CHECK_OK(vrec_rotate_key(engine, other_key, KEY_BYTES, error));
        }
        vrec_destroy(engine);
        engine = open_with(&new_key);
        CHECK_OK(vrec_verify(engine, error));
        CHECK_NUMBER(MANY_EVENTS + MANY_PROFILES, statistics_of(engine).events);
        CHECK_OK(vrec_rotate_key(engine, device_key, KEY_BYTES, error));
    }
    CHECK(failed_late > 0);
    vrec_destroy(engine);
}

static void a_change_of_the_key_that_failed_can_be_tried_again(void)
{
    char path[PATH_BYTES];
    keep_path(path);
    IN_OWN_PROCESS(change_key_with_little_room, path);
}

/* --- what is no store ----------------------------------------------------------------------------- */

/* Opening a pipe waits for somebody at its other end, reading one for what they write. */
static void open_pipes(void *path)
{
    vrec_engine *engine = open_store(path);
    add_videos(engine);
    vrec_destroy(engine);
    const char *names[] = {"store.sqlite-wal", "vectors-9.vrec", "vectors-1.vrec", "store.sqlite"};
    for (size_t at = 0; at < sizeof names / sizeof names[0]; at++) {
        char name[PATH_BYTES + 32];
        snprintf(name, sizeof name, "%s/%s", (const char *)path, names[at]);
        remove(name);
        REQUIRE(mkfifo(name, 0600) == 0);
        for (uint32_t read_only = 0; read_only < 2; read_only++) {
            vrec_options options = options_for_store(path);
            options.store_read_only = read_only;
            CHECK_REFUSED(VREC_E_CORRUPT, names[at], vrec_create(&options, &engine, error));
        }
        vrec_options pipe = options_for_store(name);
        CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "directory", vrec_create(&pipe, &engine, error));
        remove(name);
    }
}

static void pipes_are_refused(void)
{
    char path[PATH_BYTES];
    keep_path(path);
    IN_OWN_PROCESS(open_pipes, path);
}

/* --- limits on what is kept ---------------------------------------------------------------------- */

static void record_at(vrec_engine *engine, const char *video_id, int64_t time)
{
    vrec_event event = event_of(NULL, video_id, VREC_EVENT_LIKE);
    event.time_utc_ms = time;
    CHECK_OK(vrec_record(engine, &event, error));
}

static void events_past_a_limit_are_unlearned(void)
{
    char path[PATH_BYTES];
    keep_path(path);
    vrec_engine *engine = open_store(path);
    add_videos(engine);
    add_at_angle(engine, "d", 80);
    record_at(engine, "a", 1000);
    record_at(engine, "c", 2000);
    record_at(engine, "c", 3000);
    /* The later like counts somewhat more. */
    CHECK_TEXT("d b c a", recommended(engine, NULL));
    vrec_retention retention = {.struct_size = sizeof retention};
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "max_age_ms", vrec_retain(engine, &retention, NULL, error));
    retention.max_age_ms = -1;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "max_age_ms", vrec_retain(engine, &retention, NULL, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "NULL", vrec_retain(engine, NULL, NULL, error));
    uint64_t dropped = 7;
    retention.max_age_ms = 1500;
    retention.now_utc_ms = 2500;
    CHECK_OK(vrec_retain(engine, &retention, &dropped, error));
    CHECK_NUMBER(0, dropped);
    retention.now_utc_ms = 3000;
    CHECK_OK(vrec_retain(engine, &retention, &dropped, error));
    CHECK_NUMBER(1, dropped);
    CHECK_NUMBER(2, statistics_of(engine).events);
    CHECK_TEXT("c d b a", recommended(engine, NULL));
    retention = (vrec_retention){.struct_size = sizeof retention, .max_events = 1};
    CHECK_OK(vrec_retain(engine, &retention, &dropped, error));
    CHECK_NUMBER(1, dropped);
    CHECK_OK(vrec_retain(engine, &retention, NULL, error));
    CHECK_TEXT("c d b a", recommended(engine, NULL));
    CHECK_OK(vrec_verify(engine, error));
    vrec_destroy(engine);
    engine = open_store(path);
    CHECK_NUMBER(1, statistics_of(engine).events);
    CHECK_TEXT("c d b a", recommended(engine, NULL));
    vrec_destroy(engine);
}

/* --- exports ------------------------------------------------------------------------------------- */

/* A copy that ends with NUL, to be freed. */
static char *exported(const vrec_engine *engine, const char *profile, const vrec_export_options *options)
{
    vrec_export *lines = NULL;
    CHECK_OK(vrec_profile_export(engine, profile, strlen(profile), options, &lines, error));
    REQUIRE(lines != NULL);
    const char *data = NULL;
    size_t length = 0;
    CHECK_OK(vrec_export_data(lines, &data, &length, error));
    char *copy = malloc(length + 1);
    REQUIRE(copy != NULL);
    memcpy(copy, data, length);
    copy[length] = '\0';
    vrec_export_destroy(lines);
    return copy;
}

static vrec_engine *make_watched(const char *path)
{
    vrec_options options = options_with_key(path, device_key);
    vrec_engine *engine = open_with(&options);
    float vector[PLANE] = {1};
    vrec_video video = video_with_title("film-1", "A \"quoted\" title");
    video.vector = vector;
    video.vector_len = PLANE;
    CHECK_OK(vrec_add_video(engine, &video, NULL, error));
    add_at_angle(engine, "film-2", 30);
    vrec_event stop = event_of("the child", "film-1", VREC_EVENT_STOP);
    stop.time_utc_ms = 1700000000123;
    stop.position_ms = 555000;
    stop.duration_ms = 1000000;
    vrec_event rating = event_of("the child", "film-2", VREC_EVENT_RATE);
    rating.rating = 4.5F;
    rating.time_utc_ms = -1;
    rating.device = VREC_DEVICE_TV;
    rating.place = VREC_PLACE_LIVING_ROOM;
    rating.company = VREC_COMPANY_CHILDREN;
    rating.utc_offset_minutes = -210;
    vrec_event search = event_of("the child", "", VREC_EVENT_SEARCH);
    vrec_event events[] = {stop, rating, search};
    CHECK_OK(vrec_record_batch(engine, events, 3, sizeof events[0], error));
    record(engine, "somebody else", "film-2", VREC_EVENT_LIKE);
    return engine;
}

static void a_person_gets_all_that_is_known_of_them(void)
{
    vrec_engine *engine = make_watched(new_store());
    char *lines = exported(engine, "the child", NULL);
    CHECK_TEXT("{\"record\":\"profile\",\"format\":1,\"id\":\"the child\"}\n"
               "{\"record\":\"event\",\"kind\":\"stop\",\"video_id\":\"film-1\",\"title\":\"A \\\"quoted\\\" title\","
               "\"time_utc_ms\":1700000000123,\"position_ms\":555000,\"duration_ms\":1000000}\n"
               "{\"record\":\"event\",\"kind\":\"rate\",\"video_id\":\"film-2\",\"title\":\"film-2\","
               "\"time_utc_ms\":-1,\"position_ms\":0,\"duration_ms\":0,\"rating\":4.5,\"device\":\"tv\","
               "\"place\":\"living_room\",\"company\":\"children\",\"utc_offset_minutes\":-210}\n"
               "{\"record\":\"event\",\"kind\":\"search\",\"time_utc_ms\":1700000000000,\"position_ms\":0,\"duration_ms\":0}\n"
               "{\"record\":\"engagement\",\"video_id\":\"film-1\",\"title\":\"A \\\"quoted\\\" title\","
               "\"weight\":0.555,\"watched\":true,\"hidden\":false}\n"
               "{\"record\":\"engagement\",\"video_id\":\"film-2\",\"title\":\"film-2\","
               "\"weight\":0.75,\"watched\":false,\"hidden\":false}\n",
               lines);
    free(lines);
    vrec_export *none = NULL;
    CHECK_REFUSED(VREC_E_NOT_FOUND, "nobody", vrec_profile_export(engine, TEXT("nobody"), NULL, &none, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "profile", vrec_profile_export(engine, NULL, 0, NULL, &none, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "NULL", vrec_profile_export(engine, TEXT("the child"), NULL, NULL, error));
    CHECK(none == NULL);
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "NULL", vrec_export_data(NULL, NULL, NULL, error));
    vrec_export_destroy(NULL);
    vrec_destroy(engine);
}

/* The text between the first `before` and the next quote, in a buffer of the caller's. */
static const char *quoted(const char *lines, const char *before, char buffer[64])
{
    const char *at = strstr(lines, before);
    REQUIRE(at != NULL);
    snprintf(buffer, 64, "%.*s", (int)strcspn(at + strlen(before), "\""), at + strlen(before));
    return buffer;
}

static void an_anonymised_export_names_nobody(void)
{
    vrec_engine *engine = make_watched(new_store());
    vrec_export_options options = {.struct_size = sizeof options, .salt = salt, .salt_len = KEY_BYTES, .anonymise = 1};
    char *lines = exported(engine, "the child", &options), *again = exported(engine, "the child", &options);
    const char *secrets[] = {"the child", "film-1", "film-2", "quoted", "1700000000123", "555000", "search",
                             "-210"};
    for (size_t index = 0; index < sizeof secrets / sizeof secrets[0]; index++) {
        check_case("%s", secrets[index]);
        CHECK(strstr(lines, secrets[index]) == NULL);
    }
    check_case(NULL);
    char one[64], other[64];
    CHECK(strcmp(quoted(lines, "\"pseudonym\":\"", one), quoted(again, "\"pseudonym\":\"", other)) != 0);
    CHECK_NUMBER(32, strlen(one));
    /* As `openssl dgst -sha256 -mac hmac` gives it for the salt, so that a service can name its own videos. */
    CHECK_TEXT("d1e0a2476b6ce48e9f83e7e40a4cac1d", quoted(lines, "\"video\":\"", one));
    CHECK(strstr(lines, "\"kind\":\"stop\"") != NULL);
    CHECK(strstr(lines, "\"time_utc_ms\":1699984800000,\"completion\":0.5}") != NULL);
    CHECK(strstr(lines, "\"time_utc_ms\":-21600000,\"rating\":4.5,\"device\":\"tv\",\"place\":\"living_room\","
                        "\"company\":\"children\"}") != NULL);
    free(lines);
    free(again);

    options.profile_salt = profile_salt;
    options.profile_salt_len = KEY_BYTES;
    options.time_step_ms = 3600000;
    lines = exported(engine, "the child", &options);
    again = exported(engine, "the child", &options);
    CHECK_TEXT(lines, again);
    CHECK_TEXT("99de5f5959bfe0e25847985706c7b7c3", quoted(lines, "\"pseudonym\":\"", one));
    CHECK(strstr(lines, "\"time_utc_ms\":1699999200000,") != NULL);
    free(again);
    again = exported(engine, "somebody else", &options);
    CHECK(strcmp(quoted(lines, "\"pseudonym\":\"", one), quoted(again, "\"pseudonym\":\"", other)) != 0);
    free(lines);
    free(again);

    vrec_export *none = NULL;
    options.time_step_ms = 3599999;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "time_step_ms",
                  vrec_profile_export(engine, TEXT("the child"), &options, &none, error));
    options.time_step_ms = 0;
    options.salt_len = 31;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "salt", vrec_profile_export(engine, TEXT("the child"), &options, &none, error));
    options.salt_len = 0;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "salt", vrec_profile_export(engine, TEXT("the child"), &options, &none, error));
    options.anonymise = 0;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "anonymise",
                  vrec_profile_export(engine, TEXT("the child"), &options, &none, error));
    CHECK(none == NULL);
    vrec_destroy(engine);
}

static void engines_in_memory_export_and_have_no_store(void)
{
    vrec_engine *engine = make_fan();
    record(engine, NULL, "a", VREC_EVENT_LIKE);
    char *lines = exported(engine, "default", NULL);
    CHECK_TEXT("{\"record\":\"profile\",\"format\":1,\"id\":\"default\"}\n"
               "{\"record\":\"engagement\",\"video_id\":\"a\",\"title\":\"a\",\"weight\":1.0,\"watched\":false,"
               "\"hidden\":false}\n",
               lines);
    free(lines);
    vrec_retention retention = {.struct_size = sizeof retention, .max_events = 1};
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "store", vrec_flush(engine, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "store", vrec_verify(engine, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "store", vrec_compact(engine, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "store", vrec_rotate_key(engine, other_key, KEY_BYTES, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "store", vrec_retain(engine, &retention, NULL, error));
    CHECK_NUMBER(0, statistics_of(engine).store_is_open);
    vrec_destroy(engine);
}

static void a_store_open_for_reading_can_be_looked_at(void)
{
    char path[PATH_BYTES];
    keep_path(path);
    vrec_destroy(make_watched(path));
    vrec_options options = options_with_key(path, device_key);
    options.store_read_only = 1;
    vrec_engine *engine = open_with(&options);
    vrec_retention retention = {.struct_size = sizeof retention, .max_events = 1};
    CHECK_OK(vrec_verify(engine, error));
    CHECK_REFUSED(VREC_E_READ_ONLY, NULL, vrec_flush(engine, error));
    CHECK_REFUSED(VREC_E_READ_ONLY, NULL, vrec_compact(engine, error));
    CHECK_REFUSED(VREC_E_READ_ONLY, NULL, vrec_rotate_key(engine, other_key, KEY_BYTES, error));
    CHECK_REFUSED(VREC_E_READ_ONLY, NULL, vrec_retain(engine, &retention, NULL, error));
    char *lines = exported(engine, "the child", NULL);
    CHECK(strstr(lines, "film-1") != NULL);
    CHECK(strstr(lines, "\"place\":\"living_room\"") != NULL);
    free(lines);
    vrec_destroy(engine);
}

int main(int count, char **arguments)
{
    REQUIRE(count == 2);
    stores_folder = arguments[1];
    RUN(events_last_as_they_were_asked_to);
    RUN(a_thread_commits_what_is_due);
    RUN(what_was_asked_of_an_event_is_checked);
    RUN(callers_share_commits_and_bad_events_harm_nobody);
    RUN(verifying_tells_of_damage_that_came_later);
    RUN(compacting_gives_space_back);
    RUN(a_store_changes_its_key);
    RUN(a_change_of_the_key_that_failed_can_be_tried_again);
    RUN(pipes_are_refused);
    RUN(events_past_a_limit_are_unlearned);
    RUN(a_person_gets_all_that_is_known_of_them);
    RUN(an_anonymised_export_names_nobody);
    RUN(engines_in_memory_export_and_have_no_store);
    RUN(a_store_open_for_reading_can_be_looked_at);
    return check_finish();
}
