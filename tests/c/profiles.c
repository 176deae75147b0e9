/* The profiles of a household: kinds, age limits, the current profile, guests. Needs no model.
 *
 *   profiles FOLDER_FOR_STORES */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "stores.h"

static const int64_t now = 1700000000000;

static vrec_profile profile_of(const char *id, const char *name, int32_t kind, int32_t age_limit)
{
    vrec_profile profile = {.struct_size = sizeof profile, .id = id, .id_len = strlen(id), .kind = kind};
    profile.name = name;
    profile.name_len = name == NULL ? 0 : strlen(name);
    profile.age_limit = age_limit;
    return profile;
}

static void create(vrec_engine *engine, const char *id, int32_t kind, int32_t age_limit)
{
    vrec_profile profile = profile_of(id, NULL, kind, age_limit);
    CHECK_OK(vrec_profile_create(engine, &profile, error));
}

static int32_t created(vrec_engine *engine, vrec_profile profile, vrec_error **error)
{
    return vrec_profile_create(engine, &profile, error);
}

/* Id, kind and age limit of each profile, with a star at the current one, in a buffer that the next call overwrites. */
static const char *listed(const vrec_engine *engine)
{
    static char text[1024];
    vrec_profiles *profiles = NULL;
    vrec_profile_columns columns = {.struct_size = sizeof columns};
    text[0] = 0;
    CHECK_OK(vrec_profile_list(engine, &profiles, error));
    CHECK_OK(vrec_profiles_columns(profiles, &columns, error));
    for (size_t index = 0; index < columns.count; index++) {
        char *id = text_of(columns.ids, columns.id_offsets, index);
        size_t length = strlen(text);
        snprintf(text + length, sizeof text - length, "%s%s%s %d %d", length ? ", " : "",
                 columns.is_current[index] ? "*" : "", id, columns.kinds[index], columns.age_limits[index]);
        free(id);
    }
    vrec_profiles_destroy(profiles);
    return text;
}

/* Videos at angles that grow, for viewers from these ages on: young 6, teen 12, old 18, and one that says nothing. */
static void add_ages(vrec_engine *engine)
{
    static const char *const ids[] = {"seed", "young", "teen", "old", "unknown"};
    static const int32_t ages[] = {VREC_MIN_AGE_NONE, 6, 12, 18, 0};
    for (size_t index = 0; index < sizeof ids / sizeof ids[0]; index++) {
        const float vector[PLANE] = {1, (float)index, 0, 0};
        vrec_video video = video_with_vector(ids[index], vector);
        video.title = ids[index];
        video.title_len = strlen(ids[index]);
        video.min_age = ages[index];
        video.kind = VREC_KIND_MOVIE;
        video.duration_ms = 3600000;
        CHECK_OK(vrec_add_video(engine, &video, NULL, error));
    }
}

static const char *cards(const vrec_engine *engine, const char *profile)
{
    static char text[256];
    vrec_query query = query_for(profile);
    query.now_utc_ms = now;
    vrec_watch_cards *cards = NULL;
    vrec_watch_card_columns columns = {.struct_size = sizeof columns};
    text[0] = 0;
    CHECK_OK(vrec_watch_next(engine, &query, NULL, &cards, error));
    CHECK_OK(vrec_watch_cards_columns(cards, &columns, error));
    for (size_t index = 0; index < columns.count; index++) {
        char *id = text_of(columns.ids, columns.id_offsets, index);
        size_t length = strlen(text);
        snprintf(text + length, sizeof text - length, "%s%s", length ? " " : "", id);
        free(id);
    }
    vrec_watch_cards_destroy(cards);
    return text;
}

static void kinds_have_their_age_limits(void)
{
    vrec_engine *engine = make_engine();
    CHECK_TEXT("", listed(engine));
    create(engine, "zoe", VREC_PROFILE_ADULT, 0);
    create(engine, "mia", VREC_PROFILE_TEEN, 0);
    create(engine, "tom", VREC_PROFILE_CHILD, 0);
    create(engine, "all", VREC_PROFILE_EVERYONE, 0);
    create(engine, "visitor", VREC_PROFILE_GUEST, 0);
    CHECK_TEXT("zoe 1 -1, mia 2 16, tom 3 8, all 4 8, visitor 5 8", listed(engine));
    CHECK_OK(vrec_profile_set_kind(engine, TEXT("tom"), VREC_PROFILE_TEEN, 12, error));
    CHECK_OK(vrec_profile_set_kind(engine, TEXT("visitor"), VREC_PROFILE_GUEST, VREC_AGE_LIMIT_NONE, error));
    CHECK_OK(vrec_profile_set_kind(engine, TEXT("zoe"), VREC_PROFILE_ADULT, 99, error));
    CHECK_TEXT("zoe 1 99, mia 2 16, tom 2 12, all 4 12, visitor 5 -1", listed(engine));
    vrec_destroy(engine);
}

static void columns_hold_all_of_a_profile(void)
{
    vrec_engine *engine = make_engine();
    vrec_profile profile = profile_of("mia", "\xe7\xb1\xb3\xe5\xa8\x85", VREC_PROFILE_TEEN, 14);
    CHECK_OK(vrec_profile_create(engine, &profile, error));
    CHECK_OK(vrec_profile_rename(engine, TEXT("mia"), TEXT("Mia \xe7\xb1\xb3"), error));
    vrec_profiles *profiles = NULL;
    CHECK_OK(vrec_profile_list(engine, &profiles, error));
    vrec_destroy(engine);
    /* They outlive the engine. */
    vrec_profile_columns columns = {.struct_size = sizeof columns};
    CHECK_OK(vrec_profiles_columns(profiles, &columns, error));
    CHECK_NUMBER(1, columns.count);
    char *name = text_of(columns.names, columns.name_offsets, 0);
    CHECK_TEXT("Mia \xe7\xb1\xb3", name);
    free(name);
    CHECK_NUMBER(VREC_PROFILE_TEEN, columns.kinds[0]);
    CHECK_NUMBER(14, columns.age_limits[0]);
    CHECK_NUMBER(0, columns.is_current[0]);
    /* A caller that knows fewer columns. */
    vrec_profile_columns fewer = {.struct_size = offsetof(vrec_profile_columns, kinds)};
    CHECK_OK(vrec_profiles_columns(profiles, &fewer, error));
    CHECK(fewer.count == 1 && fewer.names != NULL && fewer.kinds == NULL);
    vrec_profiles_destroy(profiles);
    vrec_profiles_destroy(NULL);
    engine = make_engine();
    CHECK_OK(vrec_profile_list(engine, &profiles, error));
    CHECK_OK(vrec_profiles_columns(profiles, &columns, error));
    CHECK(columns.count == 0 && columns.ids != NULL && columns.kinds != NULL && columns.is_current != NULL);
    vrec_profiles_destroy(profiles);
    vrec_destroy(engine);
}

static void every_list_keeps_the_age_limit(void)
{
    vrec_engine *engine = make_engine();
    add_ages(engine);
    create(engine, "tom", VREC_PROFILE_CHILD, 0);
    create(engine, "zoe", VREC_PROFILE_ADULT, 0);
    static const char *const ids[] = {"seed", "young", "teen", "old", "unknown"};
    for (size_t index = 0; index < 5; index++) {
        for (int adult = 0; adult < 2; adult++) {
            vrec_event event = event_of(adult ? "zoe" : "tom", ids[index], VREC_EVENT_STOP);
            event.position_ms = 1800000;
            CHECK_OK(vrec_record(engine, &event, error));
        }
    }
    record(engine, "tom", "old", VREC_EVENT_LIKE);
    vrec_query query = query_for("tom");
    query.watched = VREC_WATCHED_INCLUDE;
    query.search_ways = VREC_SEARCH_TITLES;
    CHECK_TEXT("young seed", recommended(engine, &query));
    CHECK_TEXT("young", similar_to(engine, "seed", &query));
    CHECK_TEXT("", found(engine, "teen", &query));
    CHECK_TEXT("young", found(engine, "young", &query));
    CHECK_TEXT("young seed", cards(engine, "tom"));
    vrec_filter filter = {.struct_size = sizeof filter, .viewer_age = 99};
    query.filter = &filter;
    CHECK_TEXT("young seed", recommended(engine, &query));
    filter.viewer_age = 5;
    CHECK_TEXT("seed", recommended(engine, &query));
    query.ranking = VREC_RANKING_BLEND;
    CHECK_TEXT("seed", recommended(engine, &query));
    query.filter = NULL;
    CHECK_TEXT("young seed", recommended(engine, &query));
    query.ranking = VREC_RANKING_TASTE;
    query.profile = "zoe";
    CHECK_TEXT("young teen old unknown", similar_to(engine, "seed", &query));
    CHECK_TEXT("teen", found(engine, "teen", &query));
    CHECK_TEXT("unknown old teen young seed", cards(engine, "zoe"));
    vrec_destroy(engine);
}

static void a_household_knows_who_belongs_to_it(void)
{
    vrec_engine *engine = make_engine();
    add_ages(engine);
    record(engine, NULL, "young", VREC_EVENT_LIKE);
    record(engine, "anna", "young", VREC_EVENT_LIKE);
    CHECK_TEXT("anna 1 -1, *default 1 -1", listed(engine));
    create(engine, "tom", VREC_PROFILE_CHILD, 0);
    CHECK_TEXT("tom 3 8, anna 1 -1, *default 1 -1", listed(engine));
    record(engine, NULL, "young", VREC_EVENT_LIKE);
    vrec_event event = event_of("nobody", "young", VREC_EVENT_LIKE);
    CHECK_REFUSED(VREC_E_NOT_FOUND, "nobody", vrec_record(engine, &event, error));
    vrec_query query = query_for("nobody");
    vrec_results *results = NULL;
    vrec_watch_cards *cards = NULL;
    query.now_utc_ms = now;
    CHECK_REFUSED(VREC_E_NOT_FOUND, "nobody", vrec_recommend(engine, &query, NULL, &results, error));
    CHECK_REFUSED(VREC_E_NOT_FOUND, "nobody", vrec_similar(engine, TEXT("seed"), &query, NULL, &results, error));
    CHECK_REFUSED(VREC_E_NOT_FOUND, "nobody", vrec_search(engine, TEXT("seed"), &query, NULL, &results, error));
    CHECK_REFUSED(VREC_E_NOT_FOUND, "nobody", vrec_watch_next(engine, &query, NULL, &cards, error));
    CHECK(results == NULL && cards == NULL);
    CHECK_OK(vrec_profile_forget(engine, TEXT("default"), error));
    event = event_of(NULL, "young", VREC_EVENT_LIKE);
    CHECK_REFUSED(VREC_E_NOT_FOUND, "no profile is current", vrec_record(engine, &event, error));
    CHECK_REFUSED(VREC_E_NOT_FOUND, "no profile is current", vrec_recommend(engine, NULL, NULL, &results, error));
    CHECK_OK(vrec_profile_switch(engine, TEXT("tom"), error));
    CHECK_OK(vrec_record(engine, &event, error));
    CHECK_TEXT("*tom 3 8, anna 1 -1", listed(engine));
    CHECK_OK(vrec_profile_rename(engine, TEXT("anna"), TEXT("Anna"), error));
    CHECK_TEXT("*tom 3 8, anna 1 -1", listed(engine));
    vrec_destroy(engine);
}

static void a_store_keeps_all_but_the_guest(void)
{
    const char *path = new_store();
    vrec_engine *engine = open_store(path);
    add_ages(engine);
    vrec_profile profile = profile_of("tom", "name-of-a-child", VREC_PROFILE_CHILD, 0);
    uint8_t key[KEY_BYTES];
    memset(key, 7, sizeof key);
    CHECK_OK(vrec_rotate_key(engine, key, sizeof key, error));
    CHECK_OK(vrec_profile_create(engine, &profile, error));
    create(engine, "mia", VREC_PROFILE_ADULT, 0);
    CHECK_OK(vrec_profile_switch(engine, TEXT("tom"), error));
    create(engine, "guest-in-memory", VREC_PROFILE_GUEST, VREC_AGE_LIMIT_NONE);
    CHECK_OK(vrec_profile_switch(engine, TEXT("guest-in-memory"), error));
    record(engine, NULL, "old", VREC_EVENT_COMPLETE);
    CHECK_NUMBER(0, statistics_of(engine).store_events);
    CHECK_TEXT("unknown teen young seed", recommended(engine, NULL));
    vrec_export *lines = NULL;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "guest",
                  vrec_profile_export(engine, TEXT("guest-in-memory"), NULL, &lines, error));
    CHECK_TEXT("tom 3 8, mia 1 -1, *guest-in-memory 5 -1", listed(engine));
    vrec_destroy(engine);
    CHECK(!store_holds(path, "guest-in-memory") && !store_holds(path, "name-of-a-child"));

    vrec_options options = options_with_key(path, key);
    engine = open_with(&options);
    CHECK_TEXT("*tom 3 8, mia 1 -1", listed(engine));
    CHECK_OK(vrec_verify(engine, error));
    CHECK_OK(vrec_profile_forget(engine, TEXT("tom"), error));
    CHECK_OK(vrec_profile_forget(engine, TEXT("mia"), error));
    vrec_destroy(engine);
    engine = open_with(&options);
    CHECK_TEXT("", listed(engine));
    vrec_event event = event_of("tom", "young", VREC_EVENT_LIKE);
    CHECK_REFUSED(VREC_E_NOT_FOUND, "tom", vrec_record(engine, &event, error));
    vrec_destroy(engine);
}

static void who_was_meant_without_a_name_stays_so(void)
{
    vrec_engine *engine = make_engine();
    CHECK_OK(created(engine, profile_of("default", "Home", VREC_PROFILE_ADULT, 0), error));
    CHECK_OK(created(engine, profile_of("tom", "Tom", VREC_PROFILE_CHILD, 0), error));
    CHECK_TEXT("*default 1 -1, tom 3 8", listed(engine));
    vrec_destroy(engine);
    engine = make_engine();
    CHECK_OK(created(engine, profile_of("tom", "Tom", VREC_PROFILE_CHILD, 0), error));
    CHECK_OK(created(engine, profile_of("default", "Home", VREC_PROFILE_ADULT, 0), error));
    CHECK_TEXT("tom 3 8, default 1 -1", listed(engine));
    vrec_destroy(engine);
}

static void what_is_out_of_place_is_refused(void)
{
    vrec_engine *engine = make_engine();
    create(engine, "tom", VREC_PROFILE_CHILD, 0);
    create(engine, "all", VREC_PROFILE_EVERYONE, 0);
    static const char nul[] = {'a', 0, 'b'};
    char long_name[VREC_MAX_PROFILE_NAME_BYTES + 1];
    memset(long_name, 'x', sizeof long_name);

    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "vrec_profile", vrec_profile_create(engine, NULL, error));
    vrec_profile good = profile_of("mia", "Mia", VREC_PROFILE_ADULT, 0);
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "engine", created(NULL, good, error));
    static const int32_t kinds[] = {0, -1, 6, INT32_MAX, INT32_MIN};
    for (size_t index = 0; index < sizeof kinds / sizeof kinds[0]; index++) {
        vrec_profile bad = profile_of("mia", "Mia", kinds[index], 0);
        CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "kind", created(engine, bad, error));
        CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "kind",
                      vrec_profile_set_kind(engine, TEXT("tom"), kinds[index], 0, error));
    }
    static const int32_t limits[] = {-2, 100, 256, 257, INT32_MAX, INT32_MIN, VREC_AGE_LIMIT_NONE};
    for (size_t index = 0; index < sizeof limits / sizeof limits[0]; index++) {
        vrec_profile bad = profile_of("mia", "Mia", VREC_PROFILE_CHILD, limits[index]);
        CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "age_limit", created(engine, bad, error));
        CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "age_limit",
                      vrec_profile_set_kind(engine, TEXT("tom"), VREC_PROFILE_CHILD, limits[index], error));
    }
    vrec_profile bad = good;
    bad.id_len = 0;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "id", created(engine, bad, error));
    bad.id = nul;
    bad.id_len = sizeof nul;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "id", created(engine, bad, error));
    bad.id = NULL;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "id", created(engine, bad, error));
    bad.id = long_name;
    bad.id_len = sizeof long_name;
    CHECK_REFUSED(VREC_E_LIMIT, "id", created(engine, bad, error));
    bad = good;
    bad.name = "\xff";
    bad.name_len = 1;
    CHECK_REFUSED(VREC_E_UTF8, "name", created(engine, bad, error));
    bad.name = " ";
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "name", created(engine, bad, error));
    /* A mark that turns the direction of writing, and a space of no width. */
    bad.name = "\xe2\x80\xae\xe2\x80\x8b";
    bad.name_len = 6;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "name is blank", created(engine, bad, error));
    bad.name = long_name;
    bad.name_len = sizeof long_name;
    CHECK_REFUSED(VREC_E_LIMIT, "name", created(engine, bad, error));
    bad = good;
    bad.struct_size = 3;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "struct_size", created(engine, bad, error));
    /* A caller that knows no kinds says too little. */
    bad.struct_size = offsetof(vrec_profile, kind);
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "kind", created(engine, bad, error));
    bad = profile_of("tom", "Tom", VREC_PROFILE_ADULT, 0);
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "tom", created(engine, bad, error));
    bad = profile_of("more", "More", VREC_PROFILE_EVERYONE, 0);
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "all", created(engine, bad, error));

    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "profile", vrec_profile_switch(engine, NULL, 3, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "profile", vrec_profile_switch(engine, NULL, 0, error));
    CHECK_REFUSED(VREC_E_NOT_FOUND, "mia", vrec_profile_switch(engine, TEXT("mia"), error));
    CHECK_REFUSED(VREC_E_NOT_FOUND, "mia", vrec_profile_rename(engine, TEXT("mia"), TEXT("Mia"), error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "name", vrec_profile_rename(engine, TEXT("tom"), NULL, 0, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "name", vrec_profile_rename(engine, TEXT("tom"), TEXT("a\nb"), error));
    CHECK_REFUSED(VREC_E_LIMIT, "name", vrec_profile_rename(engine, TEXT("tom"), long_name, sizeof long_name, error));
    CHECK_REFUSED(VREC_E_UTF8, "name", vrec_profile_rename(engine, TEXT("tom"), TEXT("\xc3"), error));
    CHECK_REFUSED(VREC_E_NOT_FOUND, "mia", vrec_profile_set_kind(engine, TEXT("mia"), VREC_PROFILE_ADULT, 0, error));

    vrec_profiles *profiles = NULL;
    vrec_profile_columns columns = {.struct_size = sizeof columns};
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "engine", vrec_profile_list(NULL, &profiles, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "profiles", vrec_profile_list(engine, NULL, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "profiles", vrec_profiles_columns(NULL, &columns, error));
    CHECK_OK(vrec_profile_list(engine, &profiles, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "columns", vrec_profiles_columns(profiles, NULL, error));
    columns.struct_size = 3;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "struct_size", vrec_profiles_columns(profiles, &columns, error));
    vrec_profiles_destroy(profiles);
    CHECK_TEXT("tom 3 8, all 4 8", listed(engine));
    vrec_destroy(engine);
}

int main(int count, char **arguments)
{
    REQUIRE(count == 2);
    stores_folder = arguments[1];
    RUN(kinds_have_their_age_limits);
    RUN(columns_hold_all_of_a_profile);
    RUN(every_list_keeps_the_age_limit);
    RUN(a_household_knows_who_belongs_to_it);
    RUN(a_store_keeps_all_but_the_guest);
    RUN(who_was_meant_without_a_name_stays_so);
    RUN(what_is_out_of_place_is_refused);
    return check_finish();
}
