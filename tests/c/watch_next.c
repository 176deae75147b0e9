/* What a profile is in the middle of: cards to continue, next and new. Needs no model.
 *
 *   watch_next FOLDER_FOR_STORES */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "stores.h"

enum { MINUTE = 60000, HOUR = 60 * MINUTE };

static const int64_t now = 1700000000000;

static vrec_query query_now(void)
{
    vrec_query query = query_for(NULL);
    query.now_utc_ms = now;
    return query;
}

static void add(vrec_engine *engine, const char *id, int32_t kind, uint32_t episode)
{
    static const float vector[PLANE] = {1, 0, 0, 0};
    vrec_video video = video_with_vector(id, vector);
    video.kind = kind;
    video.duration_ms = HOUR;
    if (episode != 0) {
        video.series_id = "serie";
        video.series_id_len = 5;
        video.season_number = 1;
        video.episode_number = episode;
        video.credits_start_ms = 50 * MINUTE;
    }
    CHECK_OK(vrec_add_video(engine, &video, NULL, error));
}

static vrec_engine *make_house(void)
{
    vrec_engine *engine = make_engine();
    add(engine, "film", VREC_KIND_MOVIE, 0);
    add(engine, "one", VREC_KIND_EPISODE, 1);
    add(engine, "two", VREC_KIND_EPISODE, 2);
    add(engine, "four", VREC_KIND_EPISODE, 4);
    return engine;
}

static void watch(vrec_engine *engine, const char *id, int32_t kind, int64_t position_ms)
{
    vrec_event event = event_of(NULL, id, kind);
    event.position_ms = position_ms;
    event.time_utc_ms = now - HOUR;
    CHECK_OK(vrec_record(engine, &event, error));
}

/* Kind and id of each card, in a buffer that the next call overwrites. */
static const char *cards_of(const vrec_engine *engine, const vrec_query *query)
{
    static char text[1024];
    vrec_watch_cards *cards = NULL;
    vrec_watch_card_columns columns = {.struct_size = sizeof columns};
    text[0] = 0;
    CHECK_OK(vrec_watch_next(engine, query, NULL, &cards, error));
    CHECK_OK(vrec_watch_cards_columns(cards, &columns, error));
    for (size_t index = 0; index < columns.count; index++) {
        static const char *const kinds[] = {"continue", "next", "new"};
        char *id = text_of(columns.ids, columns.id_offsets, index);
        size_t length = strlen(text);
        snprintf(text + length, sizeof text - length, "%s%s %s", length ? ", " : "", kinds[columns.kinds[index]], id);
        free(id);
    }
    vrec_watch_cards_destroy(cards);
    return text;
}

static const char *cards(const vrec_engine *engine)
{
    vrec_query query = query_now();
    return cards_of(engine, &query);
}

static void a_started_film_is_continued_and_a_finished_one_is_not(void)
{
    vrec_engine *engine = make_house();
    CHECK_TEXT("", cards(engine));
    watch(engine, "film", VREC_EVENT_STOP, 108000);
    CHECK_TEXT("", cards(engine));
    watch(engine, "film", VREC_EVENT_STOP, 108001);
    CHECK_TEXT("continue film", cards(engine));
    watch(engine, "film", VREC_EVENT_STOP, HOUR - 3 * MINUTE);
    CHECK_TEXT("continue film", cards(engine));
    watch(engine, "film", VREC_EVENT_STOP, HOUR - 3 * MINUTE + 1);
    CHECK_TEXT("", cards(engine));
    vrec_destroy(engine);
}

static void a_finished_episode_leads_to_the_next_one(void)
{
    vrec_engine *engine = make_house();
    watch(engine, "one", VREC_EVENT_PROGRESS, 2 * MINUTE);
    CHECK_TEXT("", cards(engine));
    watch(engine, "one", VREC_EVENT_PROGRESS, 2 * MINUTE + 1);
    CHECK_TEXT("continue one", cards(engine));
    watch(engine, "one", VREC_EVENT_PROGRESS, 50 * MINUTE - 1);
    CHECK_TEXT("continue one", cards(engine));
    watch(engine, "one", VREC_EVENT_PROGRESS, 50 * MINUTE);
    CHECK_TEXT("next two", cards(engine));
    watch(engine, "film", VREC_EVENT_STOP, HOUR / 2);
    watch(engine, "two", VREC_EVENT_COMPLETE, 0);
    CHECK_TEXT("next four, continue film", cards(engine));
    watch(engine, "four", VREC_EVENT_COMPLETE, 0);
    CHECK_TEXT("continue film", cards(engine));
    add(engine, "five", VREC_KIND_EPISODE, 5);
    CHECK_TEXT("new five, continue film", cards(engine));
    watch(engine, "four", VREC_EVENT_UNWATCH, 0);
    CHECK_TEXT("next four, continue film", cards(engine));
    vrec_destroy(engine);
}

static void a_card_is_removed_without_unwatching(void)
{
    vrec_engine *engine = make_house();
    watch(engine, "film", VREC_EVENT_STOP, HOUR / 2);
    watch(engine, "one", VREC_EVENT_COMPLETE, 0);
    record(engine, NULL, "film", VREC_EVENT_HIDE);
    record(engine, NULL, "two", VREC_EVENT_HIDE);
    CHECK_TEXT("", cards(engine));
    record(engine, NULL, "film", VREC_EVENT_UNHIDE);
    CHECK_TEXT("continue film", cards(engine));
    watch(engine, "two", VREC_EVENT_PROGRESS, 10 * MINUTE);
    CHECK_TEXT("continue two, continue film", cards(engine));
    vrec_destroy(engine);
}

static void columns_hold_all_of_a_card(void)
{
    vrec_engine *engine = make_house();
    watch(engine, "film", VREC_EVENT_STOP, HOUR / 2);
    watch(engine, "one", VREC_EVENT_COMPLETE, 0);
    vrec_query query = query_now();
    vrec_watch_cards *cards = NULL;
    CHECK_OK(vrec_watch_next(engine, &query, NULL, &cards, error));
    vrec_destroy(engine);
    /* They outlive the engine. */
    vrec_watch_card_columns columns = {.struct_size = sizeof columns};
    CHECK_OK(vrec_watch_cards_columns(cards, &columns, error));
    CHECK_NUMBER(2, columns.count);
    CHECK_NUMBER(VREC_WATCH_NEXT, columns.kinds[0]);
    CHECK_NUMBER(VREC_WATCH_CONTINUE, columns.kinds[1]);
    char *series = text_of(columns.series_ids, columns.series_id_offsets, 0);
    CHECK_TEXT("serie", series);
    free(series);
    CHECK_NUMBER(0, columns.series_id_offsets[2] - columns.series_id_offsets[1]);
    CHECK_NUMBER(1, columns.season_numbers[0]);
    CHECK_NUMBER(2, columns.episode_numbers[0]);
    CHECK_NUMBER(0, columns.season_numbers[1]);
    CHECK_NUMBER(0, columns.positions_ms[0]);
    CHECK_NUMBER(HOUR / 2, columns.positions_ms[1]);
    CHECK_NUMBER(HOUR, columns.durations_ms[0]);
    CHECK_NUMBER(now - HOUR, columns.engaged_utc_ms[1]);
    CHECK_NUMBER(0, columns.title_offsets[2]);
    CHECK(columns.titles != NULL);
    /* A caller that knows fewer columns. */
    vrec_watch_card_columns fewer = {.struct_size = offsetof(vrec_watch_card_columns, kinds)};
    CHECK_OK(vrec_watch_cards_columns(cards, &fewer, error));
    CHECK(fewer.count == 2 && fewer.kinds == NULL);
    vrec_watch_cards_destroy(cards);
}

static void cards_keep_filter_exclusions_limit_and_windows(void)
{
    vrec_engine *engine = make_house();
    watch(engine, "film", VREC_EVENT_STOP, HOUR / 2);
    watch(engine, "one", VREC_EVENT_COMPLETE, 0);
    vrec_query query = query_now();
    query.limit = 1;
    CHECK_TEXT("next two", cards_of(engine, &query));
    query = query_now();
    query.exclude = "two";
    query.exclude_offsets = (uint64_t[]){0, 3};
    query.exclude_count = 1;
    CHECK_TEXT("continue film", cards_of(engine, &query));
    query = query_now();
    int32_t kinds[] = {VREC_KIND_EPISODE};
    vrec_filter filter = {.struct_size = sizeof filter, .kinds = kinds, .kind_count = 1};
    query.filter = &filter;
    CHECK_TEXT("next two", cards_of(engine, &query));

    static const float vector[PLANE] = {1, 0, 0, 0};
    vrec_video three = video_with_vector("three", vector);
    three.kind = VREC_KIND_EPISODE;
    three.series_id = "serie";
    three.series_id_len = 5;
    three.season_number = 1;
    three.episode_number = 2;
    three.available_from_utc_ms = now + 1;
    CHECK_OK(vrec_add_video(engine, &three, NULL, error));
    CHECK_OK(vrec_remove_videos(engine, "two", (uint64_t[]){0, 3}, 1, error));
    CHECK_TEXT("next four, continue film", cards(engine));
    query = query_now();
    query.now_utc_ms = now + 1;
    CHECK_TEXT("next three, continue film", cards_of(engine, &query));
    vrec_destroy(engine);
}

static void thresholds_are_options(void)
{
    vrec_options options = {.struct_size = sizeof options};
    options.film_started_share = 0.5F;
    options.film_started_ms = HOUR;
    options.finished_remaining_ms = MINUTE;
    options.live_started_ms = 1;
    vrec_engine *engine = open_with(&options);
    add(engine, "film", VREC_KIND_MOVIE, 0);
    add(engine, "live", VREC_KIND_LIVE_EVENT, 0);
    watch(engine, "film", VREC_EVENT_STOP, HOUR / 2);
    CHECK_TEXT("", cards(engine));
    watch(engine, "film", VREC_EVENT_STOP, HOUR - MINUTE);
    CHECK_TEXT("continue film", cards(engine));
    watch(engine, "film", VREC_EVENT_STOP, HOUR - MINUTE + 1);
    CHECK_TEXT("", cards(engine));
    watch(engine, "live", VREC_EVENT_STOP, 1);
    CHECK_TEXT("continue live", cards(engine));
    vrec_destroy(engine);
    options.finished_share = -0.5F;
    engine = NULL;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "finished_share", vrec_create(&options, &engine, error));
}

static void an_opened_store_gives_the_same_cards(void)
{
    const char *path = new_store();
    vrec_engine *engine = open_store(path);
    add(engine, "film", VREC_KIND_MOVIE, 0);
    add(engine, "one", VREC_KIND_EPISODE, 1);
    add(engine, "two", VREC_KIND_EPISODE, 2);
    watch(engine, "film", VREC_EVENT_STOP, HOUR / 2);
    watch(engine, "one", VREC_EVENT_STOP, 51 * MINUTE);
    /* Gone from the catalogue, not from what was watched. */
    CHECK_OK(vrec_remove_videos(engine, "one", (uint64_t[]){0, 3}, 1, error));
    CHECK_TEXT("next two, continue film", cards(engine));
    vrec_destroy(engine);
    engine = open_store(path);
    CHECK_TEXT("next two, continue film", cards(engine));
    CHECK_OK(vrec_profile_forget(engine, TEXT("default"), error));
    CHECK_TEXT("", cards(engine));
    vrec_destroy(engine);
}

static void what_is_out_of_range_is_refused(void)
{
    vrec_engine *engine = make_house();
    static const float vector[PLANE] = {1, 0, 0, 0};
    static const char nul[] = {'a', 0, 'b'};
    vrec_video video = video_with_vector("bad", vector);
    video.duration_ms = -1;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "duration_ms", vrec_add_video(engine, &video, NULL, error));
    video.duration_ms = HOUR;
    video.credits_start_ms = HOUR + 1;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "credits_start_ms", vrec_add_video(engine, &video, NULL, error));
    video.credits_start_ms = INT64_MIN;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "credits_start_ms", vrec_add_video(engine, &video, NULL, error));
    video.credits_start_ms = 0;
    video.series_id_len = 5;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "series_id", vrec_add_video(engine, &video, NULL, error));
    video.series_id = nul;
    video.series_id_len = sizeof nul;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "series_id", vrec_add_video(engine, &video, NULL, error));
    video.series_id = "\xff";
    video.series_id_len = 1;
    CHECK_REFUSED(VREC_E_UTF8, "series_id", vrec_add_video(engine, &video, NULL, error));

    vrec_query query = query_now();
    vrec_watch_cards *cards = NULL;
    vrec_watch_card_columns columns = {.struct_size = sizeof columns};
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "engine", vrec_watch_next(NULL, &query, NULL, &cards, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "cards", vrec_watch_next(engine, &query, NULL, NULL, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "now_utc_ms", vrec_watch_next(engine, NULL, NULL, &cards, error));
    query.limit = VREC_MAX_RESULTS + 1;
    CHECK_REFUSED(VREC_E_LIMIT, "limit", vrec_watch_next(engine, &query, NULL, &cards, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "cards", vrec_watch_cards_columns(NULL, &columns, error));
    CHECK(cards == NULL);
    query = query_now();
    CHECK_OK(vrec_watch_next(engine, &query, NULL, &cards, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "columns", vrec_watch_cards_columns(cards, NULL, error));
    columns.struct_size = 3;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "struct_size", vrec_watch_cards_columns(cards, &columns, error));
    vrec_watch_cards_destroy(cards);
    vrec_watch_cards_destroy(NULL);

    vrec_cancel_token *token = NULL;
    CHECK_OK(vrec_cancel_token_create(&token, error));
    vrec_cancel_token_cancel(token);
    vrec_call_options call = {.struct_size = sizeof call, .cancel = token};
    CHECK_REFUSED(VREC_E_CANCELLED, NULL, vrec_watch_next(engine, &query, &call, &cards, error));
    vrec_cancel_token_destroy(token);
    vrec_destroy(engine);
}

/* Callers that were compiled before there were these fields. */
static void shorter_structs_say_nothing_of_series(void)
{
    vrec_engine *engine = make_engine();
    static const float vector[PLANE] = {1, 0, 0, 0};
    vrec_video video = video_with_vector("old", vector);
    video.series_id = unreadable();
    video.series_id_len = 7;
    video.duration_ms = -1;
    video.struct_size = offsetof(vrec_video, series_id);
    CHECK_OK(vrec_add_video(engine, &video, NULL, error));
    watch(engine, "old", VREC_EVENT_STOP, 2 * MINUTE);
    CHECK_TEXT("continue old", cards(engine));
    vrec_destroy(engine);
}

int main(int count, char **arguments)
{
    REQUIRE(count == 2);
    stores_folder = arguments[1];
    RUN(a_started_film_is_continued_and_a_finished_one_is_not);
    RUN(a_finished_episode_leads_to_the_next_one);
    RUN(a_card_is_removed_without_unwatching);
    RUN(columns_hold_all_of_a_card);
    RUN(cards_keep_filter_exclusions_limit_and_windows);
    RUN(thresholds_are_options);
    RUN(an_opened_store_gives_the_same_cards);
    RUN(what_is_out_of_range_is_refused);
    RUN(shorter_structs_say_nothing_of_series);
    return check_finish();
}
