/* The network that reads histories in order, by way of the tiny one of the tests: eight videos in a circle, of which each
 * leads to the next. The mirrored one goes the other way round.
 *
 * sequence SEQUENCE MIRRORED RUNTIME STORES */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "fixture.h"
#include "pack_keys.h"
#include "stores.h"

static const char *sequence;
static const char *mirrored;
static const char *runtime;

static const vrec_feature_weight sequence_alone[] = {{VREC_FEATURE_SEQUENCE, 1}};

/* With the videos a to h, whose vectors say nothing of their order. */
static void fill(vrec_engine *engine)
{
    char id[] = "a";
    for (int video = 0; video < 8; video++) {
        id[0] = (char)('a' + video);
        add_at_angle(engine, id, 10 * video);
    }
}

static vrec_options options_for(const char *store)
{
    vrec_options options = {0};
    if (store != NULL) {
        options = options_for_store(store);
    }
    options.struct_size = sizeof options;
    options.runtime_path = runtime;
    options.runtime_path_len = strlen(runtime);
    return options;
}

static vrec_engine *make(const char *store)
{
    vrec_options options = options_for(store);
    return open_with(&options);
}

static void load_from(vrec_engine *engine, const char *folder)
{
    CHECK_OK(vrec_load_sequence(engine, folder, strlen(folder), NULL, error));
}

static void load(vrec_engine *engine)
{
    load_from(engine, sequence);
}

static void watch(vrec_engine *engine, const char *profile, const char *video_id, int64_t time_utc_ms)
{
    vrec_event event = event_of(profile, video_id, VREC_EVENT_COMPLETE);
    event.time_utc_ms = time_utc_ms;
    CHECK_OK(vrec_record(engine, &event, error));
}

/* The first of the list in which the sequence alone counts; 0 where the list is empty. */
static char next_for(const vrec_engine *engine, const char *profile)
{
    vrec_query query = query_for(profile);
    query.ranking = VREC_RANKING_BLEND;
    query.feature_weights = sequence_alone;
    query.feature_weight_count = 1;
    return recommended(engine, &query)[0];
}

static void each_watch_moves_what_comes_next(void)
{
    vrec_engine *engine = make(NULL);
    fill(engine);
    watch(engine, "ann", "c", 1);
    load(engine);
    CHECK_NUMBER('d', next_for(engine, "ann"));
    watch(engine, "ann", "f", 2);
    CHECK_NUMBER('g', next_for(engine, "ann"));
    watch(engine, "bob", "a", 3);
    CHECK_NUMBER('b', next_for(engine, "bob"));
    CHECK_NUMBER('g', next_for(engine, "ann"));
    vrec_destroy(engine);
}

static void a_new_video_counts_by_its_text(void)
{
    vrec_engine *engine = make(NULL);
    fill(engine);
    load(engine);
    /* As a text of the training that stands for f. */
    float vector[PLANE] = {0, 1, 0, 0};
    vrec_video fresh = video_with_vector("new", vector);
    CHECK_OK(vrec_add_video(engine, &fresh, NULL, error));
    watch(engine, "ann", "new", 1);
    CHECK_NUMBER('g', next_for(engine, "ann"));
    vrec_destroy(engine);
}

static void the_store_keeps_the_network(void)
{
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s", new_store());
    vrec_engine *engine = make(path);
    fill(engine);
    load(engine);
    watch(engine, "ann", "c", 1);
    watch(engine, "ann", "f", 2);
    char before = next_for(engine, "ann");
    vrec_destroy(engine);

    engine = make(path);
    CHECK_NUMBER(before, next_for(engine, "ann"));
    watch(engine, "ann", "h", 3);
    CHECK_NUMBER('a', next_for(engine, "ann"));
    CHECK_OK(vrec_profile_forget(engine, TEXT("ann"), error));
    watch(engine, "ann", "b", 4);
    CHECK_NUMBER('c', next_for(engine, "ann"));
    CHECK_OK(vrec_load_sequence(engine, NULL, 0, NULL, error));
    vrec_destroy(engine);

    engine = make(path);
    vrec_query query = query_for("ann");
    query.ranking = VREC_RANKING_BLEND;
    query.feature_weights = sequence_alone;
    query.feature_weight_count = 1;
    CHECK_TEXT("", recommended(engine, &query));
    vrec_destroy(engine);
}

/* A service whose profiles watched all, the other way round, so that videos have other numbers in its packs; with a network
 * from this folder, unless that is NULL. */
static vrec_engine *make_service(const char *network)
{
    vrec_engine *service = make(NULL);
    fill(service);
    if (network != NULL) {
        load_from(service, network);
    }
    char profile[8];
    for (int number = 0; number < 20; number++) {
        snprintf(profile, sizeof profile, "p%d", number);
        for (int video = 7; video >= 0; video--) {
            const char id[] = {(char)('a' + video), 0};
            watch(service, profile, id, 10 - video);
        }
    }
    return service;
}

static vrec_pack_export_options export_to(const char *path, uint64_t number)
{
    vrec_pack_export_options options = {.struct_size = sizeof options, .path = path, .path_len = strlen(path)};
    options.line = "films";
    options.line_len = 5;
    options.number = number;
    options.signing_key = seed;
    options.signing_key_len = sizeof seed;
    return options;
}

/* Whether the pack in use brings a network. */
static uint32_t pack_has_sequence(const vrec_engine *engine)
{
    vrec_pack_description *description = NULL;
    vrec_pack_fields fields = {.struct_size = sizeof fields};
    CHECK_OK(vrec_pack_info(engine, NULL, &description, error));
    CHECK_OK(vrec_pack_description_fields(description, &fields, error));
    vrec_pack_description_destroy(description);
    return fields.has_sequence;
}

static void the_network_stays_when_packs_come_and_go(void)
{
    char store[PATH_BYTES], pack[PATH_BYTES + 8];
    snprintf(store, sizeof store, "%s", new_store());
    snprintf(pack, sizeof pack, "%s.pack", store);
    vrec_engine *engine = make_service(NULL);
    vrec_pack_export_options options = export_to(pack, 1);
    CHECK_OK(vrec_pack_export(engine, &options, NULL, error));
    vrec_destroy(engine);
    engine = make(store);
    fill(engine);
    load(engine);
    watch(engine, "ann", "c", 1);
    watch(engine, "ann", "f", 2);
    CHECK_NUMBER('g', next_for(engine, "ann"));

    CHECK_OK(import_file(engine, pack, error));
    CHECK_NUMBER(0, pack_has_sequence(engine));
    CHECK_NUMBER('g', next_for(engine, "ann"));
    vrec_destroy(engine);

    engine = make(store);
    CHECK_NUMBER('g', next_for(engine, "ann"));
    watch(engine, "ann", "h", 3);
    CHECK_NUMBER('a', next_for(engine, "ann"));
    CHECK_OK(vrec_pack_revert(engine, NULL, error));
    CHECK_NUMBER('a', next_for(engine, "ann"));
    vrec_destroy(engine);

    engine = make(store);
    CHECK_NUMBER('a', next_for(engine, "ann"));
    vrec_destroy(engine);
}

/* Three packs: the first brings the network, the second leaves it out, the third is a delta to the first, with the
 * mirrored one. */
static void write_packs(char packs[3][PATH_BYTES + 8])
{
    for (int number = 0; number < 3; number++) {
        snprintf(packs[number], sizeof packs[number], "%s-%d.pack", new_store(), number);
    }
    vrec_engine *service = make_service(sequence);
    vrec_pack_export_options options = export_to(packs[0], 1);
    CHECK_OK(vrec_pack_export(service, &options, NULL, error));
    options = export_to(packs[1], 2);
    options.without_sequence = 1;
    CHECK_OK(vrec_pack_export(service, &options, NULL, error));
    load_from(service, mirrored);
    options = export_to(packs[2], 3);
    options.base_path = packs[0];
    options.base_path_len = strlen(packs[0]);
    CHECK_OK(vrec_pack_export(service, &options, NULL, error));
    vrec_destroy(service);
}

static void a_pack_brings_its_network_and_takes_it_along(void)
{
    static char packs[3][PATH_BYTES + 8];
    char store[PATH_BYTES];
    write_packs(packs);
    snprintf(store, sizeof store, "%s", new_store());
    vrec_engine *engine = make(store);
    fill(engine);
    watch(engine, "ann", "c", 1);
    watch(engine, "ann", "f", 2);
    CHECK_NUMBER(0, next_for(engine, "ann"));
    CHECK_OK(import_file(engine, packs[0], error));
    CHECK_NUMBER(1, pack_has_sequence(engine));
    CHECK_NUMBER('g', next_for(engine, "ann"));
    vrec_destroy(engine);

    engine = make(store);
    CHECK_NUMBER('g', next_for(engine, "ann"));
    /* As a text of the training that stands for f; then a watch of it, and of another. */
    float vector[PLANE] = {0, 1, 0, 0};
    vrec_video fresh = video_with_vector("new", vector);
    CHECK_OK(vrec_add_video(engine, &fresh, NULL, error));
    watch(engine, "bob", "new", 3);
    CHECK_NUMBER('g', next_for(engine, "bob"));
    CHECK_OK(import_file(engine, packs[2], error));
    CHECK_NUMBER('e', next_for(engine, "ann"));
    vrec_destroy(engine);

    engine = make(store);
    CHECK_NUMBER('e', next_for(engine, "ann"));
    CHECK_OK(vrec_pack_revert(engine, NULL, error));
    CHECK_NUMBER('g', next_for(engine, "ann"));
    CHECK_NUMBER('g', next_for(engine, "bob"));
    CHECK_OK(import_file(engine, packs[1], error));
    CHECK_NUMBER(0, pack_has_sequence(engine));
    CHECK_NUMBER(0, next_for(engine, "ann"));
    vrec_destroy(engine);

    engine = make(store);
    CHECK_NUMBER(0, next_for(engine, "ann"));
    CHECK_OK(vrec_pack_revert(engine, NULL, error));
    CHECK_NUMBER('g', next_for(engine, "ann"));
    CHECK_OK(vrec_pack_revert(engine, NULL, error));
    CHECK_NUMBER(0, next_for(engine, "ann"));
    vrec_destroy(engine);
}

/* `store` is NULL for an engine that keeps everything in memory. */
static void the_own_network_waits_below(const char *store)
{
    static char packs[3][PATH_BYTES + 8];
    write_packs(packs);
    vrec_engine *engine = make(store);
    fill(engine);
    watch(engine, "ann", "c", 1);
    load_from(engine, mirrored);
    CHECK_NUMBER('b', next_for(engine, "ann"));
    CHECK_OK(import_file(engine, packs[0], error));
    CHECK_NUMBER('d', next_for(engine, "ann"));
    CHECK_OK(vrec_pack_revert(engine, NULL, error));
    CHECK_NUMBER('b', next_for(engine, "ann"));
    CHECK_OK(import_file(engine, packs[0], error));
    /* Taken away and brought again below the pack's, which goes on counting. */
    CHECK_OK(vrec_load_sequence(engine, NULL, 0, NULL, error));
    CHECK_NUMBER('d', next_for(engine, "ann"));
    load_from(engine, mirrored);
    CHECK_NUMBER('d', next_for(engine, "ann"));
    if (store != NULL) {
        vrec_destroy(engine);
        engine = make(store);
        CHECK_NUMBER('d', next_for(engine, "ann"));
    }
    /* Without one in the pack the own one counts. */
    CHECK_OK(import_file(engine, packs[1], error));
    CHECK_NUMBER('b', next_for(engine, "ann"));
    CHECK_OK(vrec_pack_revert(engine, NULL, error));
    CHECK_NUMBER('d', next_for(engine, "ann"));
    CHECK_OK(vrec_pack_revert(engine, NULL, error));
    CHECK_NUMBER('b', next_for(engine, "ann"));
    vrec_destroy(engine);
}

static void the_hosts_own_network_waits_below_that_of_a_pack(void)
{
    char store[PATH_BYTES];
    snprintf(store, sizeof store, "%s", new_store());
    the_own_network_waits_below(store);
    the_own_network_waits_below(NULL);
}

static void noise_leaves_the_network_out(void)
{
    char pack[PATH_BYTES + 8];
    snprintf(pack, sizeof pack, "%s.pack", new_store());
    vrec_engine *engine = make_service(sequence);
    vrec_pack_export_options options = export_to(pack, 1);
    options.epsilon = 8;
    options.delta = 1e-3;
    options.most_watches = 4;
    CHECK_OK(vrec_pack_export(engine, &options, NULL, error));
    options.without_sequence = 2;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "without_sequence", vrec_pack_export(engine, &options, NULL, error));
    vrec_destroy(engine);
    engine = make(NULL);
    CHECK_OK(import_file(engine, pack, error));
    CHECK_NUMBER(0, pack_has_sequence(engine));
    vrec_destroy(engine);
}

/* A store with a network and a pack with another, from before there was a runtime. */
static char *packed_store;

/* Once a process has a runtime it keeps it. So another one makes the store, and this one must not have loaded any. */
static void without_a_runtime_lists_go_on(void)
{
    char path[PATH_BYTES], pack[PATH_BYTES + 8];
    snprintf(path, sizeof path, "%s", new_store());
    snprintf(pack, sizeof pack, "%s.pack", path);
    pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        vrec_engine *engine = make(path);
        fill(engine);
        int32_t status = vrec_load_sequence(engine, sequence, strlen(sequence), NULL, NULL);
        vrec_destroy(engine);
        engine = make_service(mirrored);
        vrec_pack_export_options options = export_to(pack, 1);
        CHECK_OK(vrec_pack_export(engine, &options, NULL, error));
        vrec_destroy(engine);
        _exit(status == VREC_OK ? 0 : 1);
    }
    int status = -1;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK_NUMBER(0, status);

    vrec_options options = options_for_store(path);
    options.log_callback = hear_of_networks;
    options.log_level = VREC_LOG_WARNING;
    vrec_engine *engine = open_with(&options);
    CHECK_NUMBER(1, network_warnings);
    watch(engine, "ann", "c", 1);
    vrec_query query = query_for("ann");
    query.ranking = VREC_RANKING_BLEND;
    CHECK(strlen(recommended(engine, &query)) > 0);
    CHECK_REFUSED(VREC_E_RUNTIME_MISSING, "libonnxruntime",
                  vrec_load_sequence(engine, sequence, strlen(sequence), NULL, error));
    /* A pack with a network is taken without it, and its network found once there is a runtime. */
    CHECK_OK(import_file(engine, pack, error));
    CHECK_NUMBER(2, network_warnings);
    CHECK_NUMBER(1, pack_has_sequence(engine));
    CHECK(strlen(recommended(engine, &query)) > 0);
    vrec_destroy(engine);
    packed_store = strdup(path);
    REQUIRE(packed_store != NULL);
}

static void a_runtime_that_comes_later_finds_the_networks(void)
{
    vrec_engine *engine = make(packed_store);
    CHECK_NUMBER('b', next_for(engine, "ann"));
    CHECK_OK(vrec_pack_revert(engine, NULL, error));
    CHECK_NUMBER('d', next_for(engine, "ann"));
    vrec_destroy(engine);
    free(packed_store);
}

static void a_reason_names_the_watch_that_led_there(void)
{
    vrec_engine *engine = make(NULL);
    fill(engine);
    load(engine);
    watch(engine, "ann", "c", 1);
    watch(engine, "ann", "f", 2);
    vrec_query query = query_for("ann");
    query.ranking = VREC_RANKING_BLEND;
    query.feature_weights = sequence_alone;
    query.feature_weight_count = 1;
    vrec_results *results = NULL;
    CHECK_OK(vrec_recommend(engine, &query, NULL, &results, error));
    vrec_columns columns = columns_of(results);
    char *because = text_of(columns.because_ids, columns.because_id_offsets, 0);
    CHECK_TEXT("f", because);
    free(because);
    vrec_results_destroy(results);
    vrec_destroy(engine);
}

static void what_cannot_be_taken_changes_nothing(void)
{
    vrec_engine *engine = make(NULL);
    fill(engine);
    watch(engine, "ann", "c", 1);
    load(engine);
    CHECK_REFUSED(VREC_E_MODEL_MISSING, "vrec-sequence.json",
                  vrec_load_sequence(engine, TEXT("/nowhere"), NULL, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "absolute", vrec_load_sequence(engine, TEXT("sequence"), NULL, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "path is NULL", vrec_load_sequence(engine, NULL, 3, NULL, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "engine is NULL",
                  vrec_load_sequence(NULL, sequence, strlen(sequence), NULL, error));
    CHECK_REFUSED(VREC_E_UTF8, "path", vrec_load_sequence(engine, TEXT("/\xFF"), NULL, error));
    CHECK_NUMBER('d', next_for(engine, "ann"));
    vrec_destroy(engine);
}

/* Records what the profiles p0, p1, … watched: three videos each, in one of sixteen orders. */
static void record_profiles(vrec_engine *engine, int profiles)
{
    for (int profile = 0; profile < profiles; profile++) {
        char id[16];
        snprintf(id, sizeof id, "p%d", profile);
        for (int at = 0; at < 3; at++) {
            const char video[] = {(char)('a' + (profile / (at == 0 ? 1 : 8) + 3 * at) % 8), '\0'};
            watch(engine, id, video, at);
        }
    }
}

/* States are kept of each list, up to the limit of memory and no further: events go first. */
static void lists_leave_room_for_events(void)
{
    enum { ASKED = 64, ROOM = 4096 };
    uint64_t limit = 0;
    for (int round = 0; round < 2; round++) {
        vrec_options options = options_for(NULL);
        options.memory_limit_bytes = limit;
        vrec_engine *engine = open_with(&options);
        fill(engine);
        load(engine);
        record_profiles(engine, ASKED);
        limit = statistics_of(engine).memory_bytes + ROOM;
        for (int profile = 0; profile < ASKED; profile++) {
            char id[16];
            snprintf(id, sizeof id, "p%d", profile);
            next_for(engine, id);
        }
        uint64_t with_states = statistics_of(engine).memory_bytes;
        CHECK(with_states > limit);
        watch(engine, "ann", "c", 1);
        CHECK(round == 0 || statistics_of(engine).memory_bytes <= limit);
        CHECK_OK(vrec_trim(engine, error));
        CHECK(statistics_of(engine).memory_bytes < with_states);
        vrec_destroy(engine);
    }
}

static double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* The first list after opening makes a step for each watch, and looks at the deadline before each; the next one goes on
 * there. */
static void lists_that_run_out_of_time_come_to_an_end_together(void)
{
    enum { VIDEOS = 3000 };
    char store[PATH_BYTES], id[16];
    snprintf(store, sizeof store, "%s", new_store());
    vrec_engine *engine = make(store);
    fill(engine);
    load(engine);
    for (int video = 0; video < VIDEOS; video++) {
        snprintf(id, sizeof id, "v%d", video);
        add_at_angle(engine, id, 0.1 * video);
    }
    vrec_event *events = calloc(VIDEOS, sizeof *events);
    char(*ids)[16] = calloc(VIDEOS, sizeof *ids);
    REQUIRE(events != NULL && ids != NULL);
    for (int video = 0; video < VIDEOS; video++) {
        snprintf(ids[video], sizeof ids[video], "v%d", video);
        events[video] = event_of("ann", ids[video], VREC_EVENT_COMPLETE);
        events[video].time_utc_ms = 1 + video;
    }
    CHECK_OK(vrec_record_batch(engine, events, VIDEOS, sizeof *events, error));
    free(events);
    free(ids);
    vrec_destroy(engine);

    vrec_query query = query_for("ann");
    query.ranking = VREC_RANKING_BLEND;
    query.feature_weights = sequence_alone;
    query.feature_weight_count = 1;
    engine = make(store);
    double start = now_ms();
    CHECK(strlen(recommended(engine, &query)) > 0);
    double first_ms = now_ms() - start;
    vrec_destroy(engine);

    engine = make(store);
    vrec_call_options call = {.struct_size = sizeof call, .timeout_ms = 1 + (uint32_t)(first_ms / 4)};
    vrec_results *results = NULL;
    CHECK_STATUS(VREC_E_TIMED_OUT, vrec_recommend(engine, &query, &call, &results, NULL));
    CHECK(results == NULL);
    int32_t status = VREC_E_TIMED_OUT;
    for (int more = 0; more < 100 && status == VREC_E_TIMED_OUT; more++) {
        status = vrec_recommend(engine, &query, &call, &results, NULL);
    }
    CHECK_STATUS(VREC_OK, status);
    vrec_results_destroy(results);
    vrec_destroy(engine);
}

int main(int argc, char **argv)
{
    REQUIRE(argc == 5);
    sequence = argv[1];
    mirrored = argv[2];
    runtime = argv[3];
    stores_folder = argv[4];
    RUN(without_a_runtime_lists_go_on);
    RUN(a_runtime_that_comes_later_finds_the_networks);
    RUN(each_watch_moves_what_comes_next);
    RUN(a_new_video_counts_by_its_text);
    RUN(the_store_keeps_the_network);
    RUN(the_network_stays_when_packs_come_and_go);
    RUN(a_pack_brings_its_network_and_takes_it_along);
    RUN(the_hosts_own_network_waits_below_that_of_a_pack);
    RUN(noise_leaves_the_network_out);
    RUN(a_reason_names_the_watch_that_led_there);
    RUN(what_cannot_be_taken_changes_nothing);
    RUN(lists_leave_room_for_events);
    RUN(lists_that_run_out_of_time_come_to_an_end_together);
    return check_finish();
}
