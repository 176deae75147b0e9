/* A catalogue's vectors in a pack, by way of the tiny model: a set with the same model takes them in place of running it.
 *
 * packed_vectors MODEL RUNTIME STORES */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "fixture.h"
#include "pack_keys.h"
#include "stores.h"

enum { VIDEOS = 8 };

static const char *const titles[VIDEOS] = {
    "music",
    "a game of football in the rain",
    "\xE7\x94\xB5\xE5\xBD\xB1\xE5\x92\x8C\xE9\x9F\xB3\xE4\xB9\x90",
    "a lonely doctor in the kitchen",
    "football",
    "one two three four five",
    "a doctor and a game",
    "quick and quiet music",
};

static const char *model;
static const char *runtime;
static char pack[PATH_BYTES + 8];

static vrec_engine *make_within(uint64_t memory_limit_bytes)
{
    vrec_options options = options_for_model(model, runtime);
    options.memory_limit_bytes = memory_limit_bytes;
    options.store_path = new_store();
    options.store_path_len = strlen(options.store_path);
    return open_with(&options);
}

static vrec_engine *make(void)
{
    return make_within(0);
}

static void add(vrec_engine *engine, int number, const char *title)
{
    const char id[] = {(char)('a' + number), 0};
    vrec_video video = video_with_title(id, title);
    CHECK_OK(vrec_add_video(engine, &video, NULL, error));
}

static void fill(vrec_engine *engine)
{
    for (int number = 0; number < VIDEOS; number++) {
        add(engine, number, titles[number]);
    }
}

static uint64_t embedded_by(const vrec_engine *engine)
{
    return statistics_of(engine).texts_embedded;
}

static void write_pack(void)
{
    snprintf(pack, sizeof pack, "%s.pack", new_store());
    vrec_engine *service = make();
    fill(service);
    CHECK(embedded_by(service) >= VIDEOS);
    record(service, "ann", "a", VREC_EVENT_COMPLETE);
    vrec_pack_export_options options = {.struct_size = sizeof options, .path = pack, .path_len = strlen(pack)};
    options.line = "films";
    options.line_len = 5;
    options.number = 1;
    options.signing_key = seed;
    options.signing_key_len = sizeof seed;
    options.with_vectors = 1;
    CHECK_OK(vrec_pack_export(service, &options, NULL, error));
    vrec_destroy(service);
}

static vrec_engine *make_on_pack(void)
{
    vrec_engine *engine = make();
    CHECK_OK(import_file(engine, pack, error));
    return engine;
}

/* The scores of both lists by the places of their videos in the catalogue, which hold all others. */
static void check_same_scores(const vrec_results *expected, const vrec_results *found)
{
    double scores[2][VIDEOS] = {{0}};
    const vrec_results *lists[2] = {expected, found};
    for (int which = 0; which < 2; which++) {
        vrec_columns columns = columns_of(lists[which]);
        CHECK_NUMBER(VIDEOS - 1, columns.count);
        for (size_t index = 0; index < columns.count; index++) {
            char *id = text_of(columns.ids, columns.id_offsets, index);
            scores[which][id[0] - 'a'] = columns.scores[index];
            free(id);
        }
    }
    for (int video = 0; video < VIDEOS; video++) {
        /* Vectors whose elements are rounded to 8 bits. */
        CHECK_NEAR(scores[0][video], scores[1][video], 0.02);
    }
}

static void vectors_come_without_the_model_and_lists_are_the_same(void)
{
    vrec_engine *at_home = make(), *on_pack = make_on_pack();
    fill(at_home);
    fill(on_pack);
    CHECK_NUMBER(0, embedded_by(on_pack));
    CHECK_NUMBER(0, statistics_of(on_pack).encoder_loaded);
    for (int number = 0; number < VIDEOS; number++) {
        const char id[] = {(char)('a' + number), 0};
        check_case("%s", id);
        vrec_results *expected = NULL, *found = NULL;
        CHECK_OK(vrec_similar(at_home, id, 1, NULL, NULL, &expected, error));
        CHECK_OK(vrec_similar(on_pack, id, 1, NULL, NULL, &found, error));
        check_same_scores(expected, found);
        vrec_results_destroy(expected);
        vrec_results_destroy(found);
    }
    check_case(NULL);
    record(at_home, "bob", "e", VREC_EVENT_COMPLETE);
    record(on_pack, "bob", "e", VREC_EVENT_COMPLETE);
    vrec_query query = query_for("bob");
    vrec_results *expected = NULL, *found = NULL;
    CHECK_OK(vrec_recommend(at_home, &query, NULL, &expected, error));
    CHECK_OK(vrec_recommend(on_pack, &query, NULL, &found, error));
    check_same_scores(expected, found);
    vrec_results_destroy(expected);
    vrec_results_destroy(found);
    CHECK_NUMBER(0, embedded_by(on_pack));
    vrec_destroy(at_home);
    vrec_destroy(on_pack);
}

/* They are read for each call again, and nothing is kept beyond the limit. */
static void without_room_for_them_vectors_come_all_the_same(void)
{
    vrec_engine *engine = make_on_pack();
    fill(engine);
    uint64_t with_them = statistics_of(engine).memory_bytes;
    CHECK_OK(vrec_trim(engine, error));
    uint64_t limit = statistics_of(engine).memory_bytes + 64;
    CHECK(limit < with_them);
    vrec_destroy(engine);
    engine = make_within(limit);
    CHECK_OK(import_file(engine, pack, error));
    for (int number = 0; number < VIDEOS; number++) {
        add(engine, number, titles[number]);
        CHECK(statistics_of(engine).memory_bytes <= limit);
    }
    CHECK_NUMBER(0, embedded_by(engine));
    vrec_destroy(engine);
}

static void other_texts_and_other_videos_run_the_model(void)
{
    vrec_engine *engine = make_on_pack();
    add(engine, 0, titles[0]);
    CHECK_NUMBER(0, embedded_by(engine));
    add(engine, 1, "a game of chess");
    uint64_t after_another_text = embedded_by(engine);
    CHECK(after_another_text > 0);
    add_titled(engine, "new", "one of nobody's");
    CHECK(embedded_by(engine) > after_another_text);
    uint64_t before = embedded_by(engine);
    CHECK_OK(vrec_pack_revert(engine, NULL, error));
    /* What is stored with the same texts stays; of the pack nothing is left. */
    add(engine, 0, titles[0]);
    CHECK_NUMBER(before, embedded_by(engine));
    add(engine, 2, titles[2]);
    CHECK(embedded_by(engine) > before);
    vrec_destroy(engine);
}

int main(int argc, char **argv)
{
    REQUIRE(argc == 4);
    model = argv[1];
    runtime = argv[2];
    stores_folder = argv[3];
    write_pack();
    RUN(vectors_come_without_the_model_and_lists_are_the_same);
    RUN(without_room_for_them_vectors_come_all_the_same);
    RUN(other_texts_and_other_videos_run_the_model);
    return check_finish();
}
