/* Places of a list that explore, with their probabilities. Needs no model.
 *
 *   exploration */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "fixture.h"

enum { VIDEOS = 60, SEEDS = 12 };

static const int32_t methods[] = {VREC_EXPLORATION_LINUCB, VREC_EXPLORATION_THOMPSON};

static vrec_query exploring(int32_t method, uint64_t seed)
{
    vrec_query query = query_for(NULL);
    query.ranking = VREC_RANKING_BLEND;
    query.exploration_method = method;
    query.exploration_seed = seed;
    return query;
}

/* Videos all around, of which the first was watched. */
static vrec_engine *make_circle(void)
{
    vrec_engine *engine = make_engine();
    for (int number = 0; number < VIDEOS; number++) {
        char id[16];
        snprintf(id, sizeof id, "v%02d", number);
        add_at_angle(engine, id, number * 360.0 / VIDEOS);
    }
    record(engine, NULL, "v00", VREC_EVENT_COMPLETE);
    return engine;
}

static void a_seed_gives_a_list_and_others_give_others(void)
{
    vrec_engine *engine = make_circle();
    vrec_query plain = exploring(VREC_EXPLORATION_NONE, 0);
    char without[512];
    snprintf(without, sizeof without, "%s", recommended(engine, &plain));
    for (size_t method = 0; method < sizeof methods / sizeof methods[0]; method++) {
        int others = 0;
        for (uint64_t seed = 0; seed < SEEDS; seed++) {
            check_case("method %d, seed %d", (int)methods[method], (int)seed);
            vrec_query query = exploring(methods[method], seed);
            char list[512];
            snprintf(list, sizeof list, "%s", recommended(engine, &query));
            CHECK_TEXT(list, recommended(engine, &query));
            others += strcmp(list, without) != 0;
        }
        CHECK(others > 0);
    }
    check_case(NULL);
    vrec_query known = exploring(VREC_EXPLORATION_THOMPSON, 3);
    known.struct_size = offsetof(vrec_query, exploration_method);
    CHECK_TEXT(without, recommended(engine, &known));
    known = exploring(VREC_EXPLORATION_THOMPSON, 3);
    known.exploration_budget = -1;
    CHECK(strlen(recommended(engine, &known)) == strlen(without));
    vrec_destroy(engine);
}

static void probabilities_are_told_and_taken_back(void)
{
    vrec_engine *engine = make_circle();
    int explored = 0;
    for (uint64_t round = 0; round < SEEDS; round++) {
        vrec_query query = exploring(VREC_EXPLORATION_THOMPSON, round);
        query.exploration_slots = 3;
        vrec_results *results = NULL;
        CHECK_OK(vrec_recommend(engine, &query, NULL, &results, error));
        vrec_columns columns = columns_of(results);
        CHECK_NUMBER(10, columns.count);
        for (size_t index = 0; index < columns.count; index++) {
            const int is_slot = index == 3 || index == 6 || index == 9;
            CHECK(columns.propensities[index] > 0 && columns.propensities[index] <= 1);
            CHECK(is_slot || columns.propensities[index] == 1);
            explored += columns.propensities[index] < 1;
            char *id = text_of(columns.ids, columns.id_offsets, index);
            vrec_event event = event_of(NULL, id, VREC_EVENT_IMPRESSION);
            event.propensity = columns.propensities[index];
            CHECK_OK(vrec_record(engine, &event, error));
            if (round % 2 == 0 && index == 3) {
                record(engine, NULL, id, VREC_EVENT_SELECT);
            }
            free(id);
        }
        vrec_reason_columns reasons = {.struct_size = sizeof reasons};
        CHECK_OK(vrec_results_reasons(results, &reasons, error));
        int places = 0;
        for (uint64_t reason = 0; reason < reasons.reason_offsets[columns.count]; reason++) {
            places += reasons.kinds[reason] == VREC_REASON_EXPLORE_PLACE;
        }
        CHECK(places <= 3);
        vrec_results_destroy(results);
    }
    CHECK(explored > SEEDS);
    vrec_destroy(engine);
}

/* A screen of one row, of the videos for the viewer. */
static vrec_home_screen *ask_for_screen(const vrec_engine *engine, int32_t method, uint64_t seed)
{
    vrec_query query = exploring(method, seed);
    query.ranking = VREC_RANKING_TASTE;
    query.exploration_slots = 3;
    query.now_utc_ms = 1700000000000;
    vrec_row_query row = {.struct_size = sizeof row, .kind = VREC_ROW_FOR_YOU, .size = 10};
    vrec_home_query home = {.struct_size = sizeof home, .query = &query, .rows = &row, .row_count = 1};
    home.row_stride = sizeof row;
    vrec_home_screen *screen = NULL;
    CHECK_OK(vrec_home(engine, &home, NULL, &screen, error));
    return screen;
}

static void a_home_screen_explores(void)
{
    vrec_engine *engine = make_circle();
    vrec_home_screen *plain = ask_for_screen(engine, VREC_EXPLORATION_NONE, 0);
    vrec_columns without = columns_of(vrec_home_screen_results(plain));
    int explored = 0, others = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        vrec_home_screen *screen = ask_for_screen(engine, methods[seed % 2], seed);
        vrec_home_screen *again = ask_for_screen(engine, methods[seed % 2], seed);
        vrec_columns columns = columns_of(vrec_home_screen_results(screen));
        vrec_columns same = columns_of(vrec_home_screen_results(again));
        CHECK_NUMBER(10, columns.count);
        CHECK_NUMBER(10, without.count);
        for (size_t index = 0; index < columns.count; index++) {
            const int is_slot = index == 3 || index == 6 || index == 9;
            CHECK(columns.propensities[index] > 0 && columns.propensities[index] <= 1);
            CHECK(is_slot || columns.propensities[index] == 1);
            CHECK(without.propensities[index] == 1);
            CHECK(columns.propensities[index] == same.propensities[index]);
            explored += columns.propensities[index] < 1;
            char *id = text_of(columns.ids, columns.id_offsets, index);
            char *id_again = text_of(same.ids, same.id_offsets, index);
            char *id_without = text_of(without.ids, without.id_offsets, index);
            CHECK_TEXT(id, id_again);
            others += strcmp(id, id_without) != 0;
            vrec_event event = event_of(NULL, id, VREC_EVENT_IMPRESSION);
            event.propensity = columns.propensities[index];
            CHECK_OK(vrec_record(engine, &event, error));
            free(id);
            free(id_again);
            free(id_without);
        }
        vrec_home_screen_destroy(screen);
        vrec_home_screen_destroy(again);
    }
    CHECK(explored > SEEDS && others > 0);
    vrec_home_screen_destroy(plain);
    vrec_destroy(engine);
}

static void what_is_out_of_range_is_refused(void)
{
    vrec_engine *engine = make_circle();
    vrec_results *results = NULL;
    const int32_t unknown[] = {-1, VREC_EXPLORATION_THOMPSON + 1, INT32_MAX, INT32_MIN};
    for (size_t index = 0; index < sizeof unknown / sizeof unknown[0]; index++) {
        vrec_query query = exploring(unknown[index], 0);
        CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "exploration_method",
                      vrec_recommend(engine, &query, NULL, &results, error));
    }
    volatile float zero = 0;
    const float budgets[] = {-1.01F, 1.01F, 1 / zero, zero / zero};
    for (size_t index = 0; index < sizeof budgets / sizeof budgets[0]; index++) {
        vrec_query query = exploring(VREC_EXPLORATION_LINUCB, 0);
        query.exploration_budget = budgets[index];
        CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "exploration_budget",
                      vrec_recommend(engine, &query, NULL, &results, error));
    }
    vrec_query query = exploring(VREC_EXPLORATION_LINUCB, 0);
    query.exploration_slots = VREC_MAX_EXPLORATION_SLOTS + 1;
    CHECK_REFUSED(VREC_E_LIMIT, "exploration_slots", vrec_recommend(engine, &query, NULL, &results, error));
    query = exploring(VREC_EXPLORATION_LINUCB, 0);
    query.reserved_4 = 1;
    CHECK_REFUSED(VREC_E_TOO_NEW, "reserved", vrec_recommend(engine, &query, NULL, &results, error));
    query = exploring(VREC_EXPLORATION_LINUCB, 0);
    query.ranking = VREC_RANKING_TASTE;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "exploration_method",
                  vrec_recommend(engine, &query, NULL, &results, error));
    CHECK(results == NULL);
    const float propensities[] = {-0.01F, 1.01F, zero / zero};
    for (size_t index = 0; index < sizeof propensities / sizeof propensities[0]; index++) {
        vrec_event event = event_of(NULL, "v01", VREC_EVENT_IMPRESSION);
        event.propensity = propensities[index];
        CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "propensity", vrec_record(engine, &event, error));
    }
    vrec_event event = event_of(NULL, "v01", VREC_EVENT_SELECT);
    event.propensity = 0.5F;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "propensity", vrec_record(engine, &event, error));
    vrec_destroy(engine);
}

int main(void)
{
    RUN(a_seed_gives_a_list_and_others_give_others);
    RUN(probabilities_are_told_and_taken_back);
    RUN(a_home_screen_explores);
    RUN(what_is_out_of_range_is_refused);
    return check_finish();
}
