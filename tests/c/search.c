/* Searching with a remote control: titles by words, characters, pinyin and keypad digits, under the rules that
 * every list keeps; and, with a model, meaning behind them.
 *
 *   search MODEL ONNX_RUNTIME FOLDER_FOR_STORES */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "stores.h"

static const char *model;
static const char *runtime;

/* A title that brings a vector, so that no model is needed. */
static vrec_video with_vector(const char *id, const char *title)
{
    static const float vector[PLANE] = {1, 0.5F, 0, 0};
    vrec_video video = video_with_title(id, title);
    video.vector = vector;
    video.vector_len = PLANE;
    return video;
}

static void add(vrec_engine *engine, const char *id, const char *title)
{
    vrec_video video = with_vector(id, title);
    CHECK_OK(vrec_add_video(engine, &video, NULL, error));
}

static void add_titles(vrec_engine *engine)
{
    add(engine, "ai", "人工智能");
    add(engine, "rivers", "大江大河");
    add(engine, "chungking", "重庆森林");
    add(engine, "zhenhuan", "甄嬛传");
    add(engine, "hans", "无间道");
    add(engine, "hant", "無間道");
    add(engine, "knight", "The Dark Knight");
    add(engine, "matrix", "The Matrix");
}

static void titles_are_found_as_people_type_them(void)
{
    static const struct {
        const char *typed;
        const char *expected;
    } cases[] = {
        {"rgzn", "ai"},          {"djdh", "rivers"},      {"cqsl", "chungking"}, {"zhz", "zhenhuan"},
        {"wjd", "hans hant"},    {"7496", "ai"},          {"rengong", "ai"},     {"rengzn", "ai"},
        {"無間", "hans hant"},   {"无间道", "hans hant"}, {"森林", "chungking"}, {"the d", "knight"},
        {"kni", "knight"},       {"knihgt", "knight"},    {"matrx", "matrix"},   {"knight dark", "knight"},
        {"DARK KN", "knight"},   {"rgzk", ""},             {"!?", ""},
    };
    vrec_engine *engine = make_engine();
    add_titles(engine);
    for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
        check_case("%s", cases[index].typed);
        CHECK_TEXT(cases[index].expected, found(engine, cases[index].typed, NULL));
    }
    check_case(NULL);
    vrec_destroy(engine);
}

static void a_list_keeps_its_rules(void)
{
    vrec_engine *engine = make_engine();
    static const char *const ids[] = {"child", "adult", "unknown"};
    for (uint32_t index = 0; index < 3; index++) {
        vrec_video video = with_vector(ids[index], "人工智能");
        video.min_age = index == 2 ? 0 : 6 + 12 * index;
        CHECK_OK(vrec_add_video(engine, &video, NULL, error));
    }
    vrec_filter filter = {.struct_size = sizeof filter, .viewer_age = 8};
    vrec_query query = query_for("ann");
    CHECK_TEXT("adult child unknown", found(engine, "rgzn", &query));
    query.filter = &filter;
    CHECK_TEXT("child", found(engine, "rgzn", &query));
    filter.viewer_age = 18;
    CHECK_TEXT("adult child", found(engine, "7496", &query));
    query.limit = 1;
    CHECK_TEXT("adult", found(engine, "7496", &query));
    record(engine, "ann", "adult", VREC_EVENT_HIDE);
    CHECK_TEXT("child", found(engine, "7496", &query));
    vrec_destroy(engine);
}

static void a_removed_or_renamed_video_is_found_by_what_it_is(void)
{
    vrec_engine *engine = make_engine();
    add_titles(engine);
    add(engine, "ai", "黑客帝国");
    static const uint64_t offsets[] = {0, 8};
    CHECK_OK(vrec_remove_videos(engine, "zhenhuan", offsets, 1, error));
    CHECK_TEXT("", found(engine, "rgzn", NULL));
    CHECK_TEXT("", found(engine, "zhz", NULL));
    CHECK_TEXT("ai", found(engine, "hkdg", NULL));
    vrec_destroy(engine);
}

static void a_store_is_searched_when_it_is_open_again(void)
{
    const char *path = new_store();
    vrec_engine *engine = open_store(path);
    add_titles(engine);
    vrec_destroy(engine);
    engine = open_store(path);
    CHECK_TEXT("zhenhuan", found(engine, "zhz", NULL));
    CHECK_TEXT("ai", found(engine, "7496", NULL));
    vrec_destroy(engine);
}

static void ways_are_chosen(void)
{
    vrec_engine *engine = make_engine();
    vrec_query query = query_for(NULL);
    vrec_results *results = NULL;
    add_titles(engine);
    query.search_ways = VREC_SEARCH_WORDS;
    CHECK_TEXT("ai", found(engine, "人工", &query));
    CHECK_TEXT("", found(engine, "rgzn", &query));
    query.search_ways = VREC_SEARCH_PINYIN;
    CHECK_TEXT("ai", found(engine, "rgzn", &query));
    CHECK_TEXT("", found(engine, "7496", &query));
    query.search_ways = VREC_SEARCH_KEYPAD;
    CHECK_TEXT("ai", found(engine, "7496", &query));
    query.search_ways = VREC_SEARCH_TITLES;
    CHECK_TEXT("ai", found(engine, "7496", &query));
    query.search_ways = VREC_SEARCH_TITLES | VREC_SEARCH_MEANING;
    CHECK_REFUSED(VREC_E_NO_ENCODER, "model_path", vrec_search(engine, TEXT("rgzn"), &query, NULL, &results, error));
    query.search_ways = VREC_SEARCH_MEANING << 1;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "search_ways",
                  vrec_search(engine, TEXT("rgzn"), &query, NULL, &results, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "search_ways", vrec_recommend(engine, &query, NULL, &results, error));
    CHECK(results == NULL);
    vrec_destroy(engine);
}

static void what_an_older_caller_does_not_set_is_by_default(void)
{
    vrec_engine *engine = make_engine();
    vrec_query query = query_for(NULL);
    add_titles(engine);
    query.struct_size = offsetof(vrec_query, search_ways);
    query.search_ways = 0xFFFFFFFFU;
    CHECK_TEXT("ai", found(engine, "rgzn", &query));
    vrec_destroy(engine);
}

static void a_title_says_that_it_was_found(void)
{
    vrec_engine *engine = make_engine();
    vrec_results *results = NULL;
    vrec_query query = query_for(NULL);
    query.min_score = 1;
    add_titles(engine);
    CHECK_OK(vrec_search(engine, TEXT("zhz"), &query, NULL, &results, error));
    vrec_columns columns = columns_of(results);
    REQUIRE(columns.count == 1);
    CHECK(columns.scores[0] > 1 && columns.scores[0] <= 2);
    CHECK(columns.matched_scores[0] == columns.scores[0]);
    CHECK_NUMBER(VREC_FIELD_TITLE, columns.matched_fields[0]);
    char *text = text_of(columns.matched_texts, columns.matched_text_offsets, 0);
    CHECK_TEXT("甄嬛传", text);
    free(text);
    vrec_results_destroy(results);
    vrec_destroy(engine);
}

static void a_keystroke_leaves_the_model_closed(void)
{
    vrec_options options = options_for_model(model, runtime);
    vrec_engine *engine = open_with(&options);
    vrec_query query = query_for(NULL);
    add_titled(engine, "ai", "人工智能");
    add_titled(engine, "knight", "The Dark Knight");
    CHECK_OK(vrec_trim(engine, error));
    query.search_ways = VREC_SEARCH_TITLES;
    CHECK_TEXT("ai", found(engine, "rgzn", &query));
    query.search_ways = 0;
    CHECK_TEXT("ai", found(engine, "r", &query));
    CHECK_TEXT("ai", found(engine, "7496", &query));
    query.limit = 1;
    CHECK_TEXT("knight", found(engine, "dark kn", &query));
    CHECK_NUMBER(0, statistics_of(engine).encoder_loaded);
    vrec_destroy(engine);
}

static void meaning_stands_behind_titles(void)
{
    vrec_engine *engine = make_engine_with_model(model, runtime);
    vrec_results *results = NULL;
    add_titled(engine, "a", "Cooking noodles");
    add_titled(engine, "b", "The Dark Knight");
    add_titled(engine, "c", "Night sky");
    CHECK_OK(vrec_search(engine, TEXT("dark knight"), NULL, NULL, &results, error));
    vrec_columns columns = columns_of(results);
    REQUIRE(columns.count == 3);
    CHECK(columns.scores[0] > 1 && columns.scores[1] <= 1 && columns.scores[2] <= columns.scores[1]);
    vrec_results_destroy(results);
    CHECK(strncmp("b ", found(engine, "dark knight", NULL), 2) == 0);
    vrec_query query = query_for_meaning();
    CHECK_OK(vrec_search(engine, TEXT("dark knight"), &query, NULL, &results, error));
    columns = columns_of(results);
    REQUIRE(columns.count == 3);
    CHECK(columns.scores[0] <= 1.0001F);
    vrec_results_destroy(results);
    vrec_destroy(engine);
}

static void a_model_that_does_not_open_leaves_titles(void)
{
    vrec_options options = options_for_model(model, "/no/such/runtime.so");
    vrec_engine *engine = NULL;
    vrec_results *results = NULL;
    vrec_query query = query_for_meaning();
    CHECK_OK(vrec_create(&options, &engine, error));
    CHECK_TEXT("", found(engine, "a film of the night", NULL));
    CHECK(vrec_search(engine, TEXT("a film of the night"), &query, NULL, &results, NULL) != VREC_OK);
    vrec_destroy(engine);
}

int main(int argument_count, char **arguments)
{
    REQUIRE(argument_count == 4);
    model = arguments[1];
    runtime = arguments[2];
    stores_folder = arguments[3];
    RUN(titles_are_found_as_people_type_them);
    RUN(a_list_keeps_its_rules);
    RUN(a_removed_or_renamed_video_is_found_by_what_it_is);
    RUN(a_store_is_searched_when_it_is_open_again);
    RUN(ways_are_chosen);
    RUN(what_an_older_caller_does_not_set_is_by_default);
    RUN(a_title_says_that_it_was_found);
    /* Before any other test opens the runtime: it stays open in the process. */
    RUN(a_model_that_does_not_open_leaves_titles);
    RUN(a_keystroke_leaves_the_model_closed);
    RUN(meaning_stands_behind_titles);
    return check_finish();
}
