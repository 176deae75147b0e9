/* Home screens: titled rows in both languages, what each item is, and what is refused. Needs no model. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "fixture.h"

enum { MINUTE = 60000, HOUR = 60 * MINUTE };

static const int64_t now = 1700000000000;
static const int64_t day = 24 * (int64_t)HOUR;

static void add(vrec_engine *engine, vrec_video video)
{
    video.title = video.id;
    video.title_len = video.id_len;
    video.duration_ms = HOUR;
    CHECK_OK(vrec_add_video(engine, &video, NULL, error));
}

static vrec_engine *make_house(void)
{
    static const float near[PLANE] = {1, 0.2F, 0, 0}, far[PLANE] = {0, 1, 0, 0};
    vrec_engine *engine = make_engine();
    add(engine, video_with_vector("近", near));
    add(engine, video_with_vector("like it", near));
    add(engine, video_with_vector("far", far));
    for (uint32_t number = 1; number <= 3; number++) {
        static const char *const ids[] = {"one", "two", "three"};
        vrec_video episode = video_with_vector(ids[number - 1], far);
        episode.kind = VREC_KIND_EPISODE;
        episode.series_id = "serie";
        episode.series_id_len = 5;
        episode.season_number = 1;
        episode.episode_number = number;
        add(engine, episode);
    }
    vrec_video leaving = video_with_vector("leaving", far);
    leaving.kind = VREC_KIND_MOVIE;
    leaving.available_from_utc_ms = now - 90 * day;
    leaving.available_until_utc_ms = now + day;
    add(engine, leaving);
    return engine;
}

static void watch(vrec_engine *engine, const char *id, int32_t kind, int64_t position_ms)
{
    vrec_event event = event_of(NULL, id, kind);
    event.position_ms = position_ms;
    event.time_utc_ms = now - HOUR;
    CHECK_OK(vrec_record(engine, &event, error));
}

/* Kind and items of each row, in a buffer that the next call overwrites. */
static const char *rows_of(const vrec_home_screen *screen)
{
    static char text[2048];
    vrec_home_row_columns rows = {.struct_size = sizeof rows};
    vrec_columns items = {.struct_size = sizeof items};
    text[0] = 0;
    CHECK_OK(vrec_home_screen_rows(screen, &rows, error));
    CHECK_OK(vrec_results_columns(vrec_home_screen_results(screen), &items, error));
    for (size_t row = 0; row < rows.count; row++) {
        size_t length = strlen(text);
        snprintf(text + length, sizeof text - length, "%s%d:", length ? "; " : "", rows.kinds[row]);
        for (uint64_t item = rows.item_offsets[row]; item < rows.item_offsets[row + 1]; item++) {
            char *id = text_of(items.ids, items.id_offsets, (size_t)item);
            length = strlen(text);
            snprintf(text + length, sizeof text - length, " %s", id);
            free(id);
        }
    }
    CHECK_NUMBER(items.count, rows.item_offsets[rows.count]);
    return text;
}

static vrec_home_screen *ask(const vrec_engine *engine, const vrec_row_query *rows, size_t count)
{
    vrec_query query = query_for(NULL);
    query.now_utc_ms = now;
    vrec_home_query home = {.struct_size = sizeof home, .query = &query, .rows = rows, .row_count = count};
    home.row_stride = sizeof *rows;
    vrec_home_screen *screen = NULL;
    CHECK_OK(vrec_home(engine, &home, NULL, &screen, error));
    return screen;
}

static vrec_row_query row_of(int32_t kind, const char *seed)
{
    vrec_row_query row = {.struct_size = sizeof row, .kind = kind, .seed_id = seed};
    row.seed_id_len = seed == NULL ? 0 : strlen(seed);
    return row;
}

static void a_screen_has_titled_rows(void)
{
    vrec_engine *engine = make_house();
    watch(engine, "one", VREC_EVENT_COMPLETE, 0);
    watch(engine, "far", VREC_EVENT_STOP, 20 * MINUTE);
    watch(engine, "近", VREC_EVENT_COMPLETE, 0);
    vrec_home_screen *screen = ask(engine, NULL, 0);
    CHECK_TEXT("1: far; 2: two; 3: like it; 5: leaving", rows_of(screen));
    vrec_home_row_columns rows = {.struct_size = sizeof rows};
    CHECK_OK(vrec_home_screen_rows(screen, &rows, error));
    CHECK_NUMBER(4, rows.count);
    char *texts[] = {
        text_of(rows.title_keys, rows.title_key_offsets, 2),
        text_of(rows.english_titles, rows.english_title_offsets, 2),
        text_of(rows.chinese_titles, rows.chinese_title_offsets, 2),
        text_of(rows.seed_ids, rows.seed_id_offsets, 2),
        text_of(rows.seed_titles, rows.seed_title_offsets, 2),
        text_of(rows.seed_ids, rows.seed_id_offsets, 0),
        text_of(rows.chinese_titles, rows.chinese_title_offsets, 0),
    };
    static const char *const expected[] = {
        "because_you_watched", "Because you watched “近”", "因为你看过《近》", "近", "近", "", "继续观看",
    };
    for (size_t index = 0; index < sizeof texts / sizeof texts[0]; index++) {
        CHECK_TEXT(expected[index], texts[index]);
        free(texts[index]);
    }
    vrec_home_screen_destroy(screen);
    vrec_destroy(engine);
}

/* A screen may outlive its engine. */
static void each_item_says_what_a_tile_needs(void)
{
    vrec_engine *engine = make_house();
    watch(engine, "far", VREC_EVENT_STOP, 20 * MINUTE);
    watch(engine, "one", VREC_EVENT_COMPLETE, 0);
    vrec_row_query asked[] = {
        row_of(VREC_ROW_NEXT_UP, NULL), row_of(VREC_ROW_CONTINUE_WATCHING, NULL), row_of(VREC_ROW_LEAVING_SOON, NULL),
        row_of(VREC_ROW_MORE_LIKE_THIS, "近"),
    };
    vrec_home_screen *screen = ask(engine, asked, 4);
    vrec_destroy(engine);
    CHECK_TEXT("2: two; 1: far; 9: leaving; 4: like it", rows_of(screen));
    vrec_home_item_columns items = {.struct_size = sizeof items};
    CHECK_OK(vrec_home_screen_items(screen, &items, error));
    CHECK_NUMBER(4, items.count);
    CHECK_NUMBER(VREC_WATCH_NEXT, items.card_kinds[0]);
    CHECK_NUMBER(VREC_WATCH_CONTINUE, items.card_kinds[1]);
    CHECK_NUMBER(VREC_WATCH_NONE, items.card_kinds[2]);
    CHECK_NUMBER(20 * MINUTE, items.positions_ms[1]);
    CHECK_NUMBER(HOUR, items.durations_ms[0]);
    CHECK_NUMBER(VREC_KIND_EPISODE, items.kinds[0]);
    CHECK_NUMBER(0, items.kinds[1]);
    char *series = text_of(items.series_ids, items.series_id_offsets, 0);
    CHECK_TEXT("serie", series);
    free(series);
    CHECK_NUMBER(1, items.season_numbers[0]);
    CHECK_NUMBER(2, items.episode_numbers[0]);
    CHECK_NUMBER(now - 90 * day, items.available_from_utc_ms[2]);
    CHECK_NUMBER(now + day, items.available_until_utc_ms[2]);
    CHECK_NUMBER(0, items.available_until_utc_ms[3]);
    vrec_columns results = {.struct_size = sizeof results};
    CHECK_OK(vrec_results_columns(vrec_home_screen_results(screen), &results, error));
    char *because = text_of(results.because_ids, results.because_id_offsets, 3);
    CHECK_TEXT("近", because);
    free(because);
    vrec_home_screen_destroy(screen);
}

/* The row of what is popular, by a query. */
static const char *popular(const vrec_engine *engine, const vrec_query *query)
{
    vrec_row_query row = row_of(VREC_ROW_POPULAR, NULL);
    vrec_home_query home = {.struct_size = sizeof home, .query = query, .rows = &row, .row_count = 1};
    home.row_stride = sizeof row;
    vrec_home_screen *screen = NULL;
    CHECK_OK(vrec_home(engine, &home, NULL, &screen, error));
    const char *text = rows_of(screen);
    vrec_home_screen_destroy(screen);
    return text;
}

static void rules_and_showings_count_in_rows(void)
{
    vrec_engine *engine = make_house();
    static const char *const others[] = {"anna", "ben", "carl"};
    for (size_t index = 0; index < 3; index++) {
        vrec_event event = event_of(others[index], "far", VREC_EVENT_COMPLETE);
        event.time_utc_ms = now - HOUR;
        CHECK_OK(vrec_record(engine, &event, error));
        if (index > 0) {
            event = event_of(others[index], index == 1 ? "like it" : "近", VREC_EVENT_COMPLETE);
            event.time_utc_ms = now - HOUR;
            CHECK_OK(vrec_record(engine, &event, error));
        }
    }
    vrec_query query = query_for(NULL);
    query.now_utc_ms = now;
    CHECK_TEXT("7: far like it 近", popular(engine, &query));
    vrec_rule rule = {.struct_size = sizeof rule, .action = VREC_RULE_BOOST, .id = "近", .id_len = strlen("近"), .amount = 9};
    query.rules = &rule;
    query.rule_count = 1;
    query.rule_stride = sizeof rule;
    CHECK_TEXT("7: 近 far like it", popular(engine, &query));
    rule.action = VREC_RULE_BURY;
    rule.id = "far";
    rule.id_len = 3;
    CHECK_TEXT("7: like it 近 far", popular(engine, &query));
    rule = (vrec_rule){.struct_size = sizeof rule, .action = VREC_RULE_PIN, .id = "近", .id_len = strlen("近"), .position = 1};
    CHECK_TEXT("7: far like it 近", popular(engine, &query));
    query.rule_count = 0;
    for (int time = 0; time < 5; time++) {
        watch(engine, "far", VREC_EVENT_IMPRESSION, 0);
    }
    query.impression_strength = 9;
    CHECK_TEXT("7: like it 近 far", popular(engine, &query));
    int64_t times[] = {INT64_MIN, -1, INT64_MAX};
    for (size_t index = 0; index < 3; index++) {
        query.now_utc_ms = times[index];
        CHECK(strncmp("7: ", popular(engine, &query), 3) == 0 || popular(engine, &query)[0] == 0);
    }
    vrec_destroy(engine);
}

static void a_card_names_what_comes_before_it(void)
{
    vrec_engine *engine = make_house();
    watch(engine, "one", VREC_EVENT_COMPLETE, 0);
    vrec_row_query asked = row_of(VREC_ROW_NEXT_UP, NULL);
    vrec_home_screen *screen = ask(engine, &asked, 1);
    vrec_reason_columns reasons = {.struct_size = sizeof reasons};
    CHECK_OK(vrec_results_reasons(vrec_home_screen_results(screen), &reasons, error));
    CHECK_NUMBER(1, reasons.reason_count);
    CHECK_NUMBER(VREC_REASON_NEXT, reasons.kinds[0]);
    char *english = text_of(reasons.english, reasons.english_offsets, 0);
    char *chinese = text_of(reasons.chinese, reasons.chinese_offsets, 0);
    CHECK_TEXT("The next one after “one”", english);
    CHECK_TEXT("《one》之后的下一集", chinese);
    free(english);
    free(chinese);
    vrec_home_screen_destroy(screen);
    vrec_destroy(engine);
}

static void bad_questions_are_refused(void)
{
    vrec_engine *engine = make_house();
    vrec_query query = query_for(NULL);
    vrec_row_query rows[] = {row_of(VREC_ROW_POPULAR, NULL), row_of(VREC_ROW_EXPLORE, NULL)};
    vrec_home_query home = {.struct_size = sizeof home, .row_count = 2, .row_stride = sizeof rows[0]};
    vrec_home_screen *screen = NULL;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "vrec_home_query is NULL", vrec_home(engine, NULL, NULL, &screen, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "query is NULL", vrec_home(engine, &home, NULL, &screen, error));
    home.query = &query;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "rows is NULL", vrec_home(engine, &home, NULL, &screen, error));
    home.rows = rows;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "now_utc_ms is 0", vrec_home(engine, &home, NULL, &screen, error));
    query.now_utc_ms = now;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "screen is NULL", vrec_home(engine, &home, NULL, NULL, error));
    rows[1].kind = 12;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "rows[1]: kind 12", vrec_home(engine, &home, NULL, &screen, error));
    rows[1] = row_of(VREC_ROW_EXPLORE, "far");
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "rows[1]: seed_id", vrec_home(engine, &home, NULL, &screen, error));
    rows[1] = row_of(VREC_ROW_MORE_LIKE_THIS, "nobody");
    CHECK_REFUSED(VREC_E_NOT_FOUND, "rows[1]: seed_id", vrec_home(engine, &home, NULL, &screen, error));
    rows[1] = row_of(VREC_ROW_POPULAR, NULL);
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "rows[1]: a row of kind popular",
                  vrec_home(engine, &home, NULL, &screen, error));
    home.row_count = 1;
    home.row_size = 41;
    CHECK_REFUSED(VREC_E_LIMIT, "row_size is 41", vrec_home(engine, &home, NULL, &screen, error));
    home.row_size = 0;
    home.leaving_days = 8;
    CHECK_REFUSED(VREC_E_LIMIT, "leaving_days is 8", vrec_home(engine, &home, NULL, &screen, error));
    home.leaving_days = 0;
    home.reserved = 1;
    CHECK_REFUSED(VREC_E_TOO_NEW, "reserved", vrec_home(engine, &home, NULL, &screen, error));
    CHECK(screen == NULL);
    vrec_home_row_columns columns = {.struct_size = sizeof columns};
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "screen is NULL", vrec_home_screen_rows(NULL, &columns, error));
    CHECK(vrec_home_screen_results(NULL) == NULL);
    vrec_home_screen_destroy(NULL);
    vrec_destroy(engine);
}

int main(void)
{
    RUN(a_screen_has_titled_rows);
    RUN(each_item_says_what_a_tile_needs);
    RUN(rules_and_showings_count_in_rows);
    RUN(a_card_names_what_comes_before_it);
    RUN(bad_questions_are_refused);
    return check_finish();
}
