/* The same bytes for the same question: whole lists are asked for a hundred times, with one thread and four, with every
 * instruction set that this CPU has, and after the store was opened again. Needs no model.
 *
 *   determinism FOLDER_FOR_STORES */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "stores.h"

enum { VIDEOS = 300, RUNS = 100, TEXT_BYTES = 1 << 16 };

static const int64_t now = 1700000000000;

/* All columns of all lists so far. */
typedef struct {
    unsigned char bytes[TEXT_BYTES];
    size_t length;
} lists;

static void add_bytes(lists *all, const void *bytes, size_t length)
{
    REQUIRE(all->length + length <= sizeof all->bytes);
    memcpy(all->bytes + all->length, bytes, length);
    all->length += length;
}

static void add_texts(lists *all, const char *block, const uint64_t *offsets, size_t count)
{
    add_bytes(all, offsets, (count + 1) * sizeof *offsets);
    add_bytes(all, block, (size_t)offsets[count]);
}

static void add_results(lists *all, vrec_results *results)
{
    vrec_columns columns = columns_of(results);
    CHECK(columns.count > 0);
    add_texts(all, columns.ids, columns.id_offsets, columns.count);
    add_texts(all, columns.titles, columns.title_offsets, columns.count);
    add_texts(all, columns.because_ids, columns.because_id_offsets, columns.count);
    add_bytes(all, columns.scores, columns.count * sizeof *columns.scores);
    add_bytes(all, columns.matched_scores, columns.count * sizeof *columns.matched_scores);
    add_bytes(all, columns.matched_fields, columns.count * sizeof *columns.matched_fields);
    vrec_results_destroy(results);
}

static void add_cards(lists *all, const vrec_engine *engine, const vrec_query *query)
{
    vrec_watch_cards *cards = NULL;
    vrec_watch_card_columns columns = {.struct_size = sizeof columns};
    CHECK_OK(vrec_watch_next(engine, query, NULL, &cards, error));
    CHECK_OK(vrec_watch_cards_columns(cards, &columns, error));
    CHECK(columns.count > 0);
    add_texts(all, columns.ids, columns.id_offsets, columns.count);
    add_bytes(all, columns.kinds, columns.count * sizeof *columns.kinds);
    vrec_watch_cards_destroy(cards);
}

static void ask(const vrec_engine *engine, lists *all)
{
    all->length = 0;
    for (int32_t method = VREC_DIVERSITY_NONE; method <= VREC_DIVERSITY_DPP; method++) {
        vrec_query query = query_for("viewer");
        query.now_utc_ms = now;
        query.diversity_method = method;
        query.diversity = 0.5F;
        vrec_results *results = NULL;
        CHECK_OK(vrec_recommend(engine, &query, NULL, &results, error));
        add_results(all, results);
        CHECK_OK(vrec_similar(engine, TEXT("v7"), &query, NULL, &results, error));
        add_results(all, results);
        query.ranking = VREC_RANKING_BLEND;
        CHECK_OK(vrec_recommend(engine, &query, NULL, &results, error));
        add_results(all, results);
    }
    vrec_query query = query_for("viewer");
    query.search_ways = VREC_SEARCH_TITLES;
    query.now_utc_ms = now;
    vrec_results *results = NULL;
    CHECK_OK(vrec_search(engine, TEXT("tit"), &query, NULL, &results, error));
    add_results(all, results);
    add_cards(all, engine, &query);
}

/* Vectors of several directions, some of them the same. */
static void fill(vrec_engine *engine)
{
    for (int number = 0; number < VIDEOS; number++) {
        char id[16], title[16];
        const float vector[PLANE] = {(float)(number * 7 % 11) - 4.9F, (float)(number * 5 % 13) - 6.1F,
                                     (float)(number % 3), (float)(number % 5) - 2};
        snprintf(id, sizeof id, "v%d", number);
        snprintf(title, sizeof title, "title %d", number % 40);
        vrec_video video = video_with_vector(id, vector);
        video.title = title;
        video.title_len = strlen(title);
        video.duration_ms = 3600000;
        CHECK_OK(vrec_add_video(engine, &video, NULL, error));
    }
    for (int number = 0; number < 120; number++) {
        char id[16], profile[16];
        snprintf(id, sizeof id, "v%d", number * 31 % VIDEOS);
        snprintf(profile, sizeof profile, "p%d", number % 9);
        vrec_event event = event_of(number % 4 == 0 ? "viewer" : profile, id,
                                    number % 3 == 0 ? VREC_EVENT_STOP : VREC_EVENT_COMPLETE);
        event.position_ms = 600000;
        event.time_utc_ms = now - 3600000 * (int64_t)(200 - number);
        CHECK_OK(vrec_record(engine, &event, error));
    }
    CHECK_OK(vrec_train(engine, NULL, error));
}

static void check_same(const lists *expected, const vrec_engine *engine)
{
    lists *found = malloc(sizeof *found);
    REQUIRE(found != NULL);
    ask(engine, found);
    CHECK_NUMBER(expected->length, found->length);
    CHECK(memcmp(expected->bytes, found->bytes, expected->length) == 0);
    free(found);
}

/* What an engine with all defaults says. */
static lists *expected_lists(void)
{
    lists *expected = malloc(sizeof *expected);
    REQUIRE(expected != NULL);
    vrec_engine *engine = make_engine();
    fill(engine);
    ask(engine, expected);
    vrec_destroy(engine);
    return expected;
}

static void a_hundred_times_the_same(void)
{
    lists *expected = expected_lists();
    vrec_engine *engine = make_engine();
    fill(engine);
    for (int run = 0; run < RUNS; run++) {
        check_case("run %d", run);
        check_same(expected, engine);
    }
    check_case(NULL);
    vrec_destroy(engine);
    free(expected);
}

static void the_same_with_every_instruction_set_and_with_threads(void)
{
    lists *expected = expected_lists();
    int sets = 0;
    for (int32_t set = VREC_INSTRUCTIONS_SCALAR; set <= VREC_INSTRUCTIONS_NEON_DOT; set++) {
        for (uint32_t threads = 1; threads <= 4; threads += 3) {
            vrec_options options = {.struct_size = sizeof options, .instruction_set = set, .search_threads = threads};
            vrec_engine *engine = NULL;
            if (vrec_create(&options, &engine, NULL) != VREC_OK) {
                continue;
            }
            sets++;
            check_case("instruction set %d, %u threads", (int)set, (unsigned)threads);
            fill(engine);
            check_same(expected, engine);
            vrec_destroy(engine);
        }
    }
    check_case(NULL);
    CHECK(sets >= 2);
    free(expected);
}

static void the_same_after_the_store_was_opened_again(void)
{
    lists *expected = expected_lists();
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s/store", new_store());
    vrec_engine *engine = open_store(path);
    fill(engine);
    check_same(expected, engine);
    for (int time = 0; time < 3; time++) {
        vrec_destroy(engine);
        engine = open_store(path);
        check_case("opened %d times", time + 1);
        check_same(expected, engine);
    }
    check_case(NULL);
    vrec_destroy(engine);
    free(expected);
}

int main(int argc, char **argv)
{
    REQUIRE(argc == 2);
    stores_folder = argv[1];
    RUN(a_hundred_times_the_same);
    RUN(the_same_with_every_instruction_set_and_with_threads);
    RUN(the_same_after_the_store_was_opened_again);
    return check_finish();
}
