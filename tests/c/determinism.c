/* The same bytes for the same question: whole lists are asked for a hundred times, with one thread and four, with every
 * instruction set that this CPU has, and after the store was opened again. Needs no model.
 *
 *   determinism FOLDER_FOR_STORES */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "stores.h"

enum { VIDEOS = 300, RUNS = 100, TEXT_BYTES = 1 << 18 };

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

static void add_results(lists *all, const vrec_results *results)
{
    vrec_columns columns = columns_of(results);
    CHECK(columns.count > 0);
    add_texts(all, columns.ids, columns.id_offsets, columns.count);
    add_texts(all, columns.titles, columns.title_offsets, columns.count);
    add_texts(all, columns.because_ids, columns.because_id_offsets, columns.count);
    add_bytes(all, columns.scores, columns.count * sizeof *columns.scores);
    add_bytes(all, columns.matched_scores, columns.count * sizeof *columns.matched_scores);
    add_bytes(all, columns.matched_fields, columns.count * sizeof *columns.matched_fields);
}

static void add_reasons(lists *all, const vrec_reason_columns *columns)
{
    CHECK(columns->reason_count > 0);
    add_bytes(all, columns->reason_offsets, (columns->count + 1) * sizeof *columns->reason_offsets);
    add_bytes(all, columns->kinds, columns->reason_count * sizeof *columns->kinds);
    add_bytes(all, columns->weights, columns->reason_count * sizeof *columns->weights);
    add_texts(all, columns->evidence_ids, columns->evidence_id_offsets, columns->reason_count);
}

/* The results with their reasons, and their end. */
static void add_explained(lists *all, vrec_results *results)
{
    vrec_reason_columns reasons = {.struct_size = sizeof reasons};
    add_results(all, results);
    CHECK_OK(vrec_results_reasons(results, &reasons, error));
    add_reasons(all, &reasons);
    vrec_results_destroy(results);
}

static void add_explanation(lists *all, const vrec_engine *engine, const vrec_query *query)
{
    vrec_explanation *explanation = NULL;
    vrec_explained_fields fields = {.struct_size = sizeof fields};
    vrec_reason_columns reasons = {.struct_size = sizeof reasons};
    CHECK_OK(vrec_explain(engine, query, TEXT("v13"), NULL, &explanation, error));
    CHECK_OK(vrec_explanation_fields(explanation, &fields, error));
    add_bytes(all, &fields.score, sizeof fields.score);
    add_bytes(all, &fields.rank, sizeof fields.rank);
    CHECK_OK(vrec_explanation_reasons(explanation, &reasons, error));
    add_reasons(all, &reasons);
    vrec_explanation_destroy(explanation);
}

static void add_home(lists *all, const vrec_engine *engine, const vrec_query *query)
{
    const vrec_row_query rows[] = {{.struct_size = sizeof rows[0], .kind = VREC_ROW_POPULAR},
                                   {.struct_size = sizeof rows[0], .kind = VREC_ROW_BECAUSE_YOU_WATCHED},
                                   {.struct_size = sizeof rows[0], .kind = VREC_ROW_FOR_YOU}};
    vrec_home_query home = {.struct_size = sizeof home,
                            .query = query,
                            .rows = rows,
                            .row_count = sizeof rows / sizeof rows[0],
                            .row_stride = sizeof rows[0]};
    vrec_home_screen *screen = NULL;
    vrec_home_row_columns columns = {.struct_size = sizeof columns};
    CHECK_OK(vrec_home(engine, &home, NULL, &screen, error));
    CHECK_OK(vrec_home_screen_rows(screen, &columns, error));
    CHECK(columns.count > 1);
    add_bytes(all, columns.kinds, columns.count * sizeof *columns.kinds);
    add_bytes(all, columns.item_offsets, (columns.count + 1) * sizeof *columns.item_offsets);
    add_results(all, vrec_home_screen_results(screen));
    vrec_home_screen_destroy(screen);
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
        add_explained(all, results);
        CHECK_OK(vrec_similar(engine, TEXT("v7"), &query, NULL, &results, error));
        add_explained(all, results);
        query.ranking = VREC_RANKING_BLEND;
        CHECK_OK(vrec_recommend(engine, &query, NULL, &results, error));
        add_explained(all, results);
        add_explanation(all, engine, &query);
    }
    vrec_query query = query_for("viewer");
    query.search_ways = VREC_SEARCH_TITLES;
    query.now_utc_ms = now;
    vrec_results *results = NULL;
    CHECK_OK(vrec_search(engine, TEXT("tit"), &query, NULL, &results, error));
    add_explained(all, results);
    add_cards(all, engine, &query);
    add_home(all, engine, &query);
}

/* Vectors of several directions, some of them the same. */
static void add_video(vrec_engine *engine, int number)
{
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

static void happens(vrec_engine *engine, const char *profile, int number, int32_t kind)
{
    char id[16];
    snprintf(id, sizeof id, "v%d", number);
    vrec_event event = event_of(profile, id, kind);
    event.time_utc_ms = now - 3600000;
    CHECK_OK(vrec_record(engine, &event, error));
}

/* What opening a store finds in another order, or not at all, and has to come to the same by all the same: choices among
 * what was shown, videos that came and went after a training, and a profile that is forgotten. */
static void go_on(vrec_engine *engine)
{
    for (int round = 0; round < 8; round++) {
        for (int shown = 0; shown < 5; shown++) {
            happens(engine, "viewer", round * 23 + shown * 2 + 1, VREC_EVENT_IMPRESSION);
        }
        happens(engine, "viewer", round * 23 + 5, VREC_EVENT_SELECT);
        happens(engine, round % 2 == 0 ? "p1" : "gone", VIDEOS - 1 - round, VREC_EVENT_COMPLETE);
    }
    for (int number = 0; number < 10; number++) {
        add_video(engine, VIDEOS + number);
    }
    const uint64_t ends[] = {0, 3, 7};
    CHECK_OK(vrec_remove_videos(engine, "v31v290", ends, 2, error));
    happens(engine, "p2", VIDEOS + 3, VREC_EVENT_COMPLETE);
    add_video(engine, 31);
    CHECK_OK(vrec_profile_forget(engine, TEXT("gone"), error));
}

static void fill(vrec_engine *engine)
{
    for (int number = 0; number < VIDEOS; number++) {
        add_video(engine, number);
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
    go_on(engine);
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
