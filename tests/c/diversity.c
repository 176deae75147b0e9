/* Lists that vary, as strongly as they are asked to. Needs no model.
 *
 *   diversity */
#include <string.h>

#include "check.h"
#include "fixture.h"

enum { METHODS = 3 };

static const int32_t methods[METHODS] = {VREC_DIVERSITY_MMR, VREC_DIVERSITY_CLUSTER_QUOTAS, VREC_DIVERSITY_DPP};

static vrec_query varied(int32_t method, float strength)
{
    vrec_query query = query_for(NULL);
    query.diversity_method = method;
    query.diversity = strength;
    query.limit = 3;
    return query;
}

/* Three of a kind near the seed, one a little further off, and two of other kinds. */
static vrec_engine *make_kinds(void)
{
    vrec_engine *engine = make_engine();
    add_at_angle(engine, "seed", 0);
    add_at_angle(engine, "near-1", 4);
    add_at_angle(engine, "near-2", 5);
    add_at_angle(engine, "near-3", 6);
    add_at_angle(engine, "middle", -35);
    add_at_angle(engine, "left", 75);
    add_at_angle(engine, "right", -80);
    return engine;
}

static void the_plain_list_is_what_is_not_asked_to_vary(void)
{
    vrec_engine *engine = make_kinds();
    vrec_query plain = varied(VREC_DIVERSITY_NONE, 1);
    CHECK_TEXT("near-1 near-2 near-3", similar_to(engine, "seed", &plain));
    for (int index = 0; index < METHODS; index++) {
        check_case("method %d", (int)methods[index]);
        vrec_query query = varied(methods[index], 0);
        CHECK_TEXT("near-1 near-2 near-3", similar_to(engine, "seed", &query));
    }
    check_case(NULL);
    vrec_query known = plain;
    known.struct_size = offsetof(vrec_query, diversity_method);
    CHECK_TEXT("near-1 near-2 near-3", similar_to(engine, "seed", &known));
    vrec_destroy(engine);
}

static void strong_lists_are_not_of_one_kind(void)
{
    vrec_engine *engine = make_kinds();
    record(engine, NULL, "seed", VREC_EVENT_COMPLETE);
    for (int index = 0; index < METHODS; index++) {
        for (int blend = 0; blend < 3; blend++) {
            check_case("method %d, list %d", (int)methods[index], blend);
            vrec_query query = varied(methods[index], methods[index] == VREC_DIVERSITY_CLUSTER_QUOTAS ? 1 : 0.9F);
            query.ranking = blend == 1 ? VREC_RANKING_BLEND : VREC_RANKING_TASTE;
            const char *list = blend == 2 ? similar_to(engine, "seed", &query) : recommended(engine, &query);
            CHECK(strncmp(list, "near-1 ", 7) == 0);
            CHECK(strstr(list, "near-3") == NULL);
            /* Of six candidates there are two clusters, and each may have two of three places. */
            CHECK(strstr(list, "near-2") == NULL || methods[index] == VREC_DIVERSITY_CLUSTER_QUOTAS);
        }
    }
    check_case(NULL);
    vrec_destroy(engine);
}

static void each_video_keeps_its_score(void)
{
    vrec_engine *engine = make_kinds();
    vrec_query query = varied(VREC_DIVERSITY_MMR, 1);
    vrec_results *results = NULL;
    CHECK_OK(vrec_similar(engine, TEXT("seed"), &query, NULL, &results, error));
    vrec_columns columns = columns_of(results);
    CHECK_TEXT("near-1 right left", ids_of(results));
    CHECK_NEAR(cosine(4), columns.scores[0], 1e-6);
    CHECK_NEAR(cosine(80), columns.scores[1], 1e-6);
    CHECK_NEAR(cosine(75), columns.scores[2], 1e-6);
    vrec_results_destroy(results);
    query.min_score = (float)cosine(40);
    CHECK_TEXT("near-1 middle near-3", similar_to(engine, "seed", &query));
    vrec_destroy(engine);
}

static void what_is_no_method_or_strength_is_refused(void)
{
    vrec_engine *engine = make_kinds();
    const int32_t unknown[] = {-1, VREC_DIVERSITY_DPP + 1, INT32_MAX, INT32_MIN};
    vrec_results *results = NULL;
    for (size_t index = 0; index < sizeof unknown / sizeof unknown[0]; index++) {
        vrec_query query = varied(unknown[index], 0.5F);
        CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "diversity_method",
                      vrec_recommend(engine, &query, NULL, &results, error));
        CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "diversity_method",
                      vrec_search(engine, TEXT("text"), &query, NULL, &results, error));
    }
    volatile float zero = 0;
    const float wrong[] = {-0.01F, 1.01F, 1 / zero, zero / zero};
    for (size_t index = 0; index < sizeof wrong / sizeof wrong[0]; index++) {
        vrec_query query = varied(VREC_DIVERSITY_DPP, wrong[index]);
        CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "diversity is",
                      vrec_similar(engine, TEXT("seed"), &query, NULL, &results, error));
    }
    CHECK(results == NULL);
    vrec_destroy(engine);
}

int main(void)
{
    RUN(the_plain_list_is_what_is_not_asked_to_vary);
    RUN(strong_lists_are_not_of_one_kind);
    RUN(each_video_keeps_its_score);
    RUN(what_is_no_method_or_strength_is_refused);
    return check_finish();
}
