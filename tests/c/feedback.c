/* What viewers say of suggestions (hidden series, hidden seeds, snoozes, what was shown and passed over), and what the
 * owner of a service wants of them (rules, rotation). Needs no model.
 *
 *   feedback FOLDER_FOR_STORES */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "stores.h"

enum { DAY = 86400000 };

static const int64_t now = 1700000000000;

static void add_episode(vrec_engine *engine, const char *id, uint32_t number)
{
    static const float vector[PLANE] = {1, 0.1F, 0, 0};
    vrec_video video = video_with_vector(id, vector);
    video.kind = VREC_KIND_EPISODE;
    video.series_id = "serie";
    video.series_id_len = 5;
    video.season_number = 1;
    video.episode_number = number;
    video.duration_ms = 3600000;
    CHECK_OK(vrec_add_video(engine, &video, NULL, error));
}

/* The fan of five, of which a is liked, and two episodes near a. */
static void fill(vrec_engine *engine)
{
    add_at_angle(engine, "a", 0);
    add_at_angle(engine, "b", 10);
    add_at_angle(engine, "c", 20);
    add_at_angle(engine, "d", 90);
    add_at_angle(engine, "e", 180);
    add_episode(engine, "one", 1);
    add_episode(engine, "two", 2);
    record(engine, NULL, "a", VREC_EVENT_COMPLETE);
}

static vrec_engine *make_house(void)
{
    vrec_engine *engine = make_engine();
    fill(engine);
    return engine;
}

static vrec_query query_now(void)
{
    vrec_query query = query_for(NULL);
    query.now_utc_ms = now;
    return query;
}

static const char *listed(const vrec_engine *engine)
{
    vrec_query query = query_now();
    return recommended(engine, &query);
}

static size_t cards(const vrec_engine *engine, int64_t at)
{
    vrec_query query = query_now();
    query.now_utc_ms = at;
    vrec_watch_cards *found = NULL;
    vrec_watch_card_columns columns = {.struct_size = sizeof columns};
    CHECK_OK(vrec_watch_next(engine, &query, NULL, &found, error));
    CHECK_OK(vrec_watch_cards_columns(found, &columns, error));
    size_t count = columns.count;
    vrec_watch_cards_destroy(found);
    return count;
}

static void snooze(vrec_engine *engine, const char *id, int64_t until_utc_ms)
{
    vrec_event event = event_of(NULL, id, VREC_EVENT_SNOOZE);
    event.until_utc_ms = until_utc_ms;
    CHECK_OK(vrec_record(engine, &event, error));
}

static void a_hidden_series_is_in_no_list(void)
{
    const char *path = new_store();
    vrec_engine *engine = open_store(path);
    fill(engine);
    record(engine, NULL, "one", VREC_EVENT_COMPLETE);
    CHECK_NUMBER(1, cards(engine, now));
    CHECK(strstr(listed(engine), "two") != NULL);
    record(engine, NULL, "two", VREC_EVENT_HIDE_SERIES);
    vrec_query query = query_now();
    CHECK_TEXT("b c d e", listed(engine));
    CHECK(strstr(similar_to(engine, "a", &query), "two") == NULL);
    CHECK_NUMBER(0, cards(engine, now));
    vrec_destroy(engine);
    engine = open_store(path);
    CHECK_TEXT("b c d e", listed(engine));
    record(engine, NULL, "one", VREC_EVENT_UNHIDE_SERIES);
    CHECK(strstr(listed(engine), "two") != NULL);
    CHECK_NUMBER(1, cards(engine, now));
    vrec_event event = event_of(NULL, "a", VREC_EVENT_HIDE_SERIES);
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "\"a\" belongs to no series", vrec_record(engine, &event, error));
    event = event_of(NULL, "nobody", VREC_EVENT_UNHIDE_SERIES);
    CHECK_REFUSED(VREC_E_NOT_FOUND, "nobody", vrec_record(engine, &event, error));
    vrec_destroy(engine);
}

static void a_hidden_seed_inspires_nothing(void)
{
    vrec_engine *engine = make_house();
    record(engine, NULL, "d", VREC_EVENT_COMPLETE);
    char before[256];
    snprintf(before, sizeof before, "%s", listed(engine));
    record(engine, NULL, "d", VREC_EVENT_HIDE_SEED);
    CHECK_TEXT("one two b c e", listed(engine));
    CHECK(strcmp(before, listed(engine)) != 0);
    record(engine, NULL, "a", VREC_EVENT_HIDE_SEED);
    CHECK_TEXT("", listed(engine));
    record(engine, NULL, "a", VREC_EVENT_UNHIDE_SEED);
    record(engine, NULL, "d", VREC_EVENT_UNHIDE_SEED);
    CHECK_TEXT(before, listed(engine));
    vrec_destroy(engine);
}

static void a_snooze_ends_when_it_says(void)
{
    vrec_engine *engine = make_house();
    snooze(engine, "b", now + DAY);
    snooze(engine, "one", now + 2 * (int64_t)DAY);
    vrec_query query = query_now();
    CHECK_TEXT("c d e", recommended(engine, &query));
    query.now_utc_ms = now + DAY - 1;
    CHECK_TEXT("c d e", recommended(engine, &query));
    query.now_utc_ms = now + DAY;
    CHECK_TEXT("b c d e", recommended(engine, &query));
    snooze(engine, "two", now + 1);
    CHECK_TEXT("one two b c d e", recommended(engine, &query));
    vrec_event event = event_of(NULL, "b", VREC_EVENT_SNOOZE);
    int64_t wrong[] = {0, now, now - 1, INT64_MIN};
    for (size_t index = 0; index < sizeof wrong / sizeof wrong[0]; index++) {
        event.until_utc_ms = wrong[index];
        CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "until_utc_ms", vrec_record(engine, &event, error));
    }
    event = event_of(NULL, "b", VREC_EVENT_LIKE);
    event.until_utc_ms = now + DAY;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "until_utc_ms", vrec_record(engine, &event, error));
    /* A caller that was compiled before there was an end. */
    event.struct_size = offsetof(vrec_event, until_utc_ms);
    CHECK_OK(vrec_record(engine, &event, error));
    vrec_destroy(engine);
}

static void what_is_shown_again_and_again_sinks(void)
{
    vrec_engine *engine = make_house();
    vrec_query query = query_now();
    CHECK_TEXT("one two b c d e", recommended(engine, &query));
    for (int time = 0; time < 5; time++) {
        record(engine, NULL, "one", VREC_EVENT_IMPRESSION);
    }
    CHECK_TEXT("two b c one d e", recommended(engine, &query));
    query.impression_strength = -1;
    CHECK_TEXT("one two b c d e", recommended(engine, &query));
    query.impression_strength = 100;
    CHECK_TEXT("two b c d e one", recommended(engine, &query));
    query.impression_half_life_ms = 1;
    query.now_utc_ms = now + DAY;
    CHECK_TEXT("one two b c d e", recommended(engine, &query));
    record(engine, NULL, "one", VREC_EVENT_SELECT);
    query = query_now();
    CHECK_TEXT("one two b c d e", recommended(engine, &query));
    float wrong[] = {-1.1F, 100.1F};
    for (size_t index = 0; index < sizeof wrong / sizeof wrong[0]; index++) {
        query.impression_strength = wrong[index];
        vrec_results *results = NULL;
        CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "impression_strength",
                      vrec_recommend(engine, &query, NULL, &results, error));
        CHECK(results == NULL);
    }
    query = query_now();
    query.impression_half_life_ms = -1;
    vrec_results *results = NULL;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "impression_half_life_ms is -1, below zero",
                  vrec_recommend(engine, &query, NULL, &results, error));
    vrec_destroy(engine);
}

static vrec_rule rule_of(int32_t action, int32_t target, const char *id)
{
    vrec_rule rule = {.struct_size = sizeof rule, .action = action, .target = target, .id = id, .id_len = strlen(id)};
    return rule;
}

static void rules_pin_boost_and_bury(void)
{
    vrec_engine *engine = make_house();
    vrec_query query = query_now();
    vrec_rule rules[3] = {rule_of(VREC_RULE_PIN, VREC_RULE_TARGET_VIDEO, "e"),
                          rule_of(VREC_RULE_BURY, VREC_RULE_TARGET_SERIES, "serie"),
                          rule_of(VREC_RULE_BOOST, VREC_RULE_TARGET_VIDEO, "c")};
    rules[0].position = 2;
    rules[1].amount = 5;
    query.rules = rules;
    query.rule_count = 3;
    query.rule_stride = sizeof rules[0];
    CHECK_TEXT("c e b d one two", recommended(engine, &query));
    /* Nobody is put in before what a viewer keeps out. */
    record(engine, NULL, "e", VREC_EVENT_HIDE);
    CHECK_TEXT("c b d one two", recommended(engine, &query));
    record(engine, NULL, "e", VREC_EVENT_UNHIDE);
    /* Two places, one of which a rule may fill. */
    query.limit = 2;
    query.rule_budget = 1;
    query.rule_count = 1;
    CHECK_TEXT("one e", recommended(engine, &query));
    rules[1] = rule_of(VREC_RULE_PIN, VREC_RULE_TARGET_VIDEO, "d");
    rules[1].position = 1;
    query.rule_count = 2;
    CHECK_TEXT("one e", recommended(engine, &query));
    query.rule_budget = 2;
    CHECK_TEXT("d e", recommended(engine, &query));
    vrec_destroy(engine);
}

/* The rule's status, as the second of two. */
static int32_t ask_with(const vrec_engine *engine, vrec_rule rule, vrec_error **error)
{
    vrec_rule rules[2] = {rule_of(VREC_RULE_PIN, VREC_RULE_TARGET_VIDEO, "b"), rule};
    rules[0].position = 3;
    vrec_query query = query_now();
    query.rules = rules;
    query.rule_count = 2;
    query.rule_stride = sizeof rules[0];
    vrec_results *results = NULL;
    int32_t status = vrec_recommend(engine, &query, NULL, &results, error);
    vrec_results_destroy(results);
    return status;
}

static void wrong_rules_are_refused_by_their_place(void)
{
    vrec_engine *engine = make_house();
    vrec_rule rule = rule_of(VREC_RULE_BOOST, VREC_RULE_TARGET_TAG, "space");
    CHECK_OK(ask_with(engine, rule, error));
    int32_t unknown[] = {0, 4, -1, INT32_MAX, INT32_MIN};
    for (size_t index = 0; index < sizeof unknown / sizeof unknown[0]; index++) {
        rule.action = unknown[index];
        CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "rules[1]: action", ask_with(engine, rule, error));
        rule.action = VREC_RULE_BURY;
        rule.target = unknown[index] == 0 ? 3 : unknown[index];
        CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "rules[1]: target", ask_with(engine, rule, error));
        rule.target = VREC_RULE_TARGET_TAG;
    }
    rule.amount = 100.5F;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "rules[1]: amount is 100.5", ask_with(engine, rule, error));
    rule.amount = 1;
    rule.position = 1;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "rules[1]: position", ask_with(engine, rule, error));
    rule = rule_of(VREC_RULE_PIN, VREC_RULE_TARGET_VIDEO, "c");
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "rules[1]: the pin's position is 0", ask_with(engine, rule, error));
    rule.position = 3;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "rules[1]: position 3 is pinned by rules[0] already",
                  ask_with(engine, rule, error));
    rule.position = 11;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "rules[1]: the pin's position is 11", ask_with(engine, rule, error));
    rule.position = 1;
    rule.amount = 1;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "rules[1]: amount is 1; a pin has none", ask_with(engine, rule, error));
    rule = rule_of(VREC_RULE_BOOST, VREC_RULE_TARGET_VIDEO, "");
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "rules[1]: the video's id is empty", ask_with(engine, rule, error));
    rule = rule_of(VREC_RULE_BOOST, VREC_RULE_TARGET_VIDEO, "\xff");
    CHECK_REFUSED(VREC_E_UTF8, "rules[1]", ask_with(engine, rule, error));
    rule.struct_size--;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "rules[1]: vrec_rule.struct_size", ask_with(engine, rule, error));
    vrec_query query = query_now();
    vrec_results *results = NULL;
    query.rules = unreadable();
    query.rule_stride = sizeof rule;
    CHECK_OK(vrec_recommend(engine, &query, NULL, &results, error));
    vrec_results_destroy(results);
    query.rule_count = VREC_MAX_RULES + 1;
    CHECK_REFUSED(VREC_E_LIMIT, "rules", vrec_recommend(engine, &query, NULL, &results, error));
    query.rule_count = 1;
    query.rules = NULL;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "rules is NULL", vrec_recommend(engine, &query, NULL, &results, error));
    vrec_destroy(engine);
}

static void equals_take_turns_by_the_seed(void)
{
    vrec_engine *engine = make_engine();
    char id[] = "v-00";
    for (int number = 0; number < 40; number++) {
        snprintf(id, sizeof id, "v-%02d", number);
        add_at_angle(engine, id, 30);
    }
    record(engine, NULL, "v-00", VREC_EVENT_COMPLETE);
    vrec_query query = query_now();
    CHECK_TEXT("v-01 v-02 v-03 v-04 v-05 v-06 v-07 v-08 v-09 v-10", recommended(engine, &query));
    char days[2][256];
    for (uint64_t day = 0; day < 2; day++) {
        query.rotation_seed = 20000 + day;
        snprintf(days[day], sizeof days[day], "%s", recommended(engine, &query));
        CHECK_TEXT(days[day], recommended(engine, &query));
    }
    CHECK(strcmp(days[0], days[1]) != 0);
    CHECK(strcmp(days[0], "v-01 v-02 v-03 v-04 v-05 v-06 v-07 v-08 v-09 v-10") != 0);
    vrec_destroy(engine);
}

int main(int count, char **arguments)
{
    REQUIRE(count == 2);
    stores_folder = arguments[1];
    RUN(a_hidden_series_is_in_no_list);
    RUN(a_hidden_seed_inspires_nothing);
    RUN(a_snooze_ends_when_it_says);
    RUN(what_is_shown_again_and_again_sinks);
    RUN(rules_pin_boost_and_bury);
    RUN(wrong_rules_are_refused_by_their_place);
    RUN(equals_take_turns_by_the_seed);
    return check_finish();
}
