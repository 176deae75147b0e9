/* Filters: each attribute by itself, what happens between rules and between the values of a rule, what is
 * refused, and that lists of every kind keep them, those of videos that wait for their vectors, too.
 *
 *   filters MODEL RUNTIME */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "fixture.h"

enum { MOST = 70 };

static const char *model, *runtime_library;

/* A list of texts as one block and offsets, out of a C string with bars between them; NULL: none. */
struct list {
    uint64_t offsets[MOST + 1];
    size_t count;
    char block[512];
};

static struct list split(const char *texts)
{
    struct list list = {0};
    if (texts == NULL) {
        return list;
    }
    size_t used = 0;
    for (const char *at = texts; *at != '\0'; at++) {
        if (*at == '|') {
            REQUIRE(list.count + 1 < MOST);
            list.offsets[++list.count] = used;
        } else {
            REQUIRE(used < sizeof list.block);
            list.block[used++] = *at;
        }
    }
    list.offsets[++list.count] = used;
    return list;
}

/* What the owner says of a video, and what a filter asks; lists with bars between their texts. */
struct said {
    const char *id;
    int32_t kind, min_age;
    int64_t from, until;
    const char *audio, *subtitles, *entitlements, *tags;
};

struct asked {
    int64_t time;
    uint32_t age, check_entitlements;
    const char *entitlements, *audio, *subtitles, *any_tags, *all_tags, *no_tags;
    int32_t kinds[3];
    size_t kind_count;
};

#define SET(target, field, name, list) \
    ((target).field = (list).block, (target).name##_offsets = (list).offsets, (target).name##_count = (list).count)

static int32_t add(vrec_engine *engine, struct said said, const float *vector, vrec_error **error)
{
    struct list audio = split(said.audio), subtitles = split(said.subtitles);
    struct list entitlements = split(said.entitlements), tags = split(said.tags);
    vrec_video video = video_with_vector(said.id, vector);
    video.kind = said.kind;
    video.min_age = said.min_age;
    video.available_from_utc_ms = said.from;
    video.available_until_utc_ms = said.until;
    SET(video, audio_languages, audio_language, audio);
    SET(video, subtitle_languages, subtitle_language, subtitles);
    SET(video, entitlements, entitlement, entitlements);
    SET(video, tags, tag, tags);
    if (vector == NULL) {
        video.title = said.id;
        video.title_len = strlen(said.id);
        video.vector_len = 0;
    }
    return vrec_add_video(engine, &video, NULL, error);
}

/* Videos whose order in a list is the order they are added in: each lies a little farther from "seed". */
static void add_one_after_another(vrec_engine *engine, const struct said *said, size_t count)
{
    float vector[PLANE] = {1, 0, 0, 0};
    CHECK_OK(add(engine, (struct said){.id = "seed"}, vector, error));
    for (size_t index = 0; index < count; index++) {
        vector[1] = 0.01F * (float)(index + 1);
        CHECK_OK(add(engine, said[index], vector, error));
    }
}

/* Sixteen filters and their lists, for as long as the next sixteen are not made. */
static const vrec_filter *filter_of(struct asked asked)
{
    static struct {
        struct asked asked;
        struct list entitlements, audio, subtitles, any, all, none;
        vrec_filter filter;
    } made[16];
    static size_t next;
    size_t index = next++ % 16;
    made[index].asked = asked;
    made[index].entitlements = split(asked.entitlements);
    made[index].audio = split(asked.audio);
    made[index].subtitles = split(asked.subtitles);
    made[index].any = split(asked.any_tags);
    made[index].all = split(asked.all_tags);
    made[index].none = split(asked.no_tags);
    vrec_filter filter = {0};
    filter.struct_size = sizeof filter;
    filter.time_utc_ms = asked.time;
    filter.viewer_age = asked.age;
    filter.check_entitlements = asked.check_entitlements;
    filter.kinds = made[index].asked.kinds;
    filter.kind_count = asked.kind_count;
    SET(filter, entitlements, entitlement, made[index].entitlements);
    SET(filter, audio_languages, audio_language, made[index].audio);
    SET(filter, subtitle_languages, subtitle_language, made[index].subtitles);
    SET(filter, any_tags, any_tag, made[index].any);
    SET(filter, all_tags, all_tag, made[index].all);
    SET(filter, no_tags, no_tag, made[index].none);
    made[index].filter = filter;
    return &made[index].filter;
}

static vrec_query query_with(struct asked asked)
{
    vrec_query query = query_for(NULL);
    query.filter = filter_of(asked);
    return query;
}

#define CHECK_KEPT(expected, ...) \
    do { \
        check_case("%s", #__VA_ARGS__); \
        vrec_query query_made_ = query_with((struct asked){__VA_ARGS__}); \
        CHECK_TEXT((expected), similar_to(engine, "seed", &query_made_)); \
        check_case(NULL); \
    } while (0)

/* --- each attribute ------------------------------------------------------------------------------- */

static void kinds_are_any_of(void)
{
    vrec_engine *engine = make_engine();
    struct said said[] = {{.id = "movie", .kind = VREC_KIND_MOVIE},
                          {.id = "other", .kind = VREC_KIND_OTHER},
                          {.id = "unknown"},
                          {.id = "course", .kind = VREC_KIND_COURSE}};
    add_one_after_another(engine, said, 4);
    CHECK_KEPT("movie other unknown course", .time = 0);
    CHECK_KEPT("movie", .kinds = {VREC_KIND_MOVIE}, .kind_count = 1);
    CHECK_KEPT("movie course", .kinds = {VREC_KIND_COURSE, VREC_KIND_MOVIE, VREC_KIND_MOVIE}, .kind_count = 3);
    CHECK_KEPT("", .kinds = {VREC_KIND_CLIP}, .kind_count = 1);
    vrec_destroy(engine);
}

static void an_unknown_age_is_blocked(void)
{
    vrec_engine *engine = make_engine();
    struct said said[] = {{.id = "unknown"},
                          {.id = "everyone", .min_age = VREC_MIN_AGE_NONE},
                          {.id = "twelve", .min_age = 12},
                          {.id = "oldest", .min_age = 99}};
    add_one_after_another(engine, said, 4);
    CHECK_KEPT("unknown everyone twelve oldest", .age = 0);
    CHECK_KEPT("everyone", .age = 1);
    CHECK_KEPT("everyone", .age = 11);
    CHECK_KEPT("everyone twelve", .age = 12);
    CHECK_KEPT("everyone twelve oldest", .age = UINT32_MAX);
    vrec_destroy(engine);
}

static void windows_begin_at_a_millisecond_and_end_before_one(void)
{
    vrec_engine *engine = make_engine();
    const int64_t now = 1700000000000;
    struct said said[] = {{.id = "always"},
                          {.id = "from", .from = now},
                          {.id = "until", .until = now},
                          {.id = "both", .from = now - 5, .until = now + 5},
                          {.id = "early", .from = -10, .until = -5}};
    add_one_after_another(engine, said, 5);
    CHECK_KEPT("always from until both early", .age = 0);
    CHECK_KEPT("always from both", .time = now);
    CHECK_KEPT("always until both", .time = now - 1);
    CHECK_KEPT("always from", .time = now + 5);
    CHECK_KEPT("always until early", .time = -10);
    CHECK_KEPT("always until", .time = -5);
    CHECK_KEPT("always from", .time = INT64_MAX);
    CHECK_KEPT("always until", .time = INT64_MIN);
    vrec_destroy(engine);
}

static void languages_match_by_their_beginnings(void)
{
    vrec_engine *engine = make_engine();
    struct said said[] = {{.id = "hans", .audio = "zh-Hans-CN", .subtitles = "en"},
                          {.id = "hant", .audio = "ZH-hant|en-GB"},
                          {.id = "silent", .subtitles = "zh"},
                          {.id = "french", .audio = "fra|fr-CA"}};
    add_one_after_another(engine, said, 4);
    CHECK_KEPT("hans hant", .audio = "zh");
    CHECK_KEPT("hans", .audio = "zh-HANS");
    CHECK_KEPT("hant french", .audio = "zh-Hant|fr");
    CHECK_KEPT("", .audio = "z");
    CHECK_KEPT("", .audio = "zh-Hans-CN-x");
    CHECK_KEPT("hans hant french", .audio = "*");
    CHECK_KEPT("hans silent", .subtitles = "*");
    CHECK_KEPT("hans", .subtitles = "*", .audio = "zh");
    vrec_destroy(engine);
}

static void any_entitlement_opens_a_video(void)
{
    vrec_engine *engine = make_engine();
    struct said said[] = {{.id = "free"},
                          {.id = "sport", .entitlements = "sport"},
                          {.id = "either", .entitlements = "film|sport"},
                          {.id = "Sport", .entitlements = "Sport"}};
    add_one_after_another(engine, said, 4);
    CHECK_KEPT("free sport either Sport", .check_entitlements = 0);
    CHECK_KEPT("free", .check_entitlements = 1);
    CHECK_KEPT("free sport either", .check_entitlements = 1, .entitlements = "sport");
    CHECK_KEPT("free either", .check_entitlements = 1, .entitlements = "film|unheard of");
    vrec_destroy(engine);
}

static void tags_any_all_and_none(void)
{
    vrec_engine *engine = make_engine();
    struct said said[] = {{.id = "a", .tags = " Space|科幻"}, {.id = "b", .tags = "space"}, {.id = "c", .tags = "科幻|"},
                          {.id = "d"}};
    add_one_after_another(engine, said, 4);
    CHECK_KEPT("a b", .any_tags = "SPACE ");
    CHECK_KEPT("a b c", .any_tags = "space|科幻|unheard of");
    CHECK_KEPT("a", .all_tags = "space|科幻");
    CHECK_KEPT("", .all_tags = "space|unheard of");
    CHECK_KEPT("c d", .no_tags = "space");
    CHECK_KEPT("d", .no_tags = "space|科幻|unheard of");
    CHECK_KEPT("b", .any_tags = "space", .no_tags = "科幻");
    vrec_destroy(engine);
}

/* --- together, and over time ---------------------------------------------------------------------- */

static void all_rules_hold_together(void)
{
    vrec_engine *engine = make_engine();
    struct said good = {.id = "good", .kind = VREC_KIND_MOVIE, .min_age = 6, .from = 10, .until = 20,
                        .audio = "en", .subtitles = "zh", .entitlements = "film", .tags = "space"};
    struct said said[9];
    const char *ids[] = {"good", "kind", "age", "time", "audio", "subtitles", "right", "tag", "ban"};
    for (size_t index = 0; index < 9; index++) {
        said[index] = good;
        said[index].id = ids[index];
    }
    said[1].kind = VREC_KIND_CLIP;
    said[2].min_age = 18;
    said[3].until = 15;
    said[4].audio = "fr";
    said[5].subtitles = NULL;
    said[6].entitlements = "sport";
    said[7].tags = "ocean";
    said[8].tags = "space|horror";
    add_one_after_another(engine, said, 9);
    CHECK_KEPT("good", .kinds = {VREC_KIND_MOVIE}, .kind_count = 1, .age = 12, .time = 15, .audio = "en",
               .subtitles = "zh", .check_entitlements = 1, .entitlements = "film", .all_tags = "space",
               .any_tags = "space|ocean", .no_tags = "horror");
    CHECK_KEPT("", .kinds = {VREC_KIND_MOVIE}, .kind_count = 1, .age = 12, .time = 25);
    vrec_destroy(engine);
}

static void attributes_follow_their_video(void)
{
    vrec_engine *engine = make_engine();
    struct said said[] = {{.id = "a", .tags = "old", .until = 10}, {.id = "b", .tags = "old"}};
    add_one_after_another(engine, said, 2);
    float vector[PLANE] = {1, 0.01F, 0, 0};
    CHECK_OK(add(engine, (struct said){.id = "a", .tags = "new"}, vector, error));
    CHECK_KEPT("b", .all_tags = "old");
    CHECK_KEPT("a", .all_tags = "new", .time = 50);
    CHECK_OK(vrec_remove_videos(engine, "a", (uint64_t[]){0, 1}, 1, error));
    CHECK_KEPT("", .any_tags = "new");
    CHECK_OK(add(engine, (struct said){.id = "c"}, vector, error));
    CHECK_KEPT("", .any_tags = "new");
    CHECK_KEPT("c b", .time = 50);
    vrec_destroy(engine);
}

static void filters_join_what_else_is_left_out(void)
{
    vrec_engine *engine = make_engine();
    struct said said[] = {{.id = "a", .tags = "t"}, {.id = "b", .tags = "t"}, {.id = "c", .tags = "t"},
                          {.id = "d", .tags = "t"}, {.id = "e"}};
    add_one_after_another(engine, said, 5);
    record(engine, NULL, "seed", VREC_EVENT_LIKE);
    record(engine, NULL, "a", VREC_EVENT_COMPLETE);
    record(engine, NULL, "b", VREC_EVENT_HIDE);
    vrec_query query = query_with((struct asked){.all_tags = "t"});
    query.exclude = "d";
    query.exclude_offsets = (uint64_t[]){0, 1};
    query.exclude_count = 1;
    CHECK_TEXT("c", recommended(engine, &query));
    query.watched = VREC_WATCHED_INCLUDE;
    CHECK_TEXT("a c", recommended(engine, &query));
    query.filter = filter_of((struct asked){.all_tags = "unheard of"});
    CHECK_TEXT("", recommended(engine, &query));
    query.struct_size = offsetof(vrec_query, filter);
    CHECK_TEXT("seed a c e", recommended(engine, &query));
    vrec_destroy(engine);
}

/* --- with a model --------------------------------------------------------------------------------- */

static void a_search_keeps_filters(void)
{
    vrec_engine *engine = make_engine_with_model(model, runtime_library);
    CHECK_OK(add(engine, (struct said){.id = "space", .min_age = 18}, NULL, error));
    CHECK_OK(add(engine, (struct said){.id = "ocean", .min_age = 6}, NULL, error));
    CHECK_OK(add(engine, (struct said){.id = "cooking"}, NULL, error));
    vrec_query query = query_with((struct asked){.age = 12});
    CHECK_TEXT("ocean", found(engine, "space", &query));
    query = query_with((struct asked){.age = 12, .any_tags = "unheard of"});
    CHECK_TEXT("", found(engine, "space", &query));
    vrec_destroy(engine);
}

/* Until its vector lands, a video is listed for its tags: never against a rule. */
static void waiting_videos_keep_filters(void)
{
    vrec_options options = options_for_model(model, runtime_library);
    options.background_embedding = 1;
    vrec_engine *engine = NULL;
    CHECK_OK(vrec_create(&options, &engine, error));
    REQUIRE(engine != NULL);
    CHECK_OK(add(engine, (struct said){.id = "seed", .tags = "space"}, NULL, error));
    CHECK_OK(vrec_wait_for_embeddings(engine, NULL, error));
    char id[16];
    for (int index = 0; index < 60; index++) {
        snprintf(id, sizeof id, "v%02d", index);
        CHECK_OK(add(engine, (struct said){.id = id, .tags = "space", .min_age = index == 7 ? 6 : 18}, NULL, error));
    }
    vrec_query query = query_with((struct asked){.age = 12});
    for (int looks = 0; looks < 200 && statistics_of(engine).videos_waiting > 0; looks++) {
        const char *listed = similar_to(engine, "seed", &query);
        CHECK(strcmp(listed, "") == 0 || strcmp(listed, "v07") == 0);
    }
    CHECK_OK(vrec_wait_for_embeddings(engine, NULL, error));
    CHECK_TEXT("v07", similar_to(engine, "seed", &query));
    vrec_destroy(engine);
}

/* --- bad input ------------------------------------------------------------------------------------ */

static int32_t ask(const vrec_engine *engine, const vrec_filter *filter, vrec_error **error)
{
    vrec_query query = query_for(NULL);
    query.filter = filter;
    vrec_results *results = NULL;
    int32_t status = vrec_similar(engine, TEXT("seed"), &query, NULL, &results, error);
    CHECK((results != NULL) == (status == VREC_OK));
    vrec_results_destroy(results);
    return status;
}

static void bad_filters_are_refused(void)
{
    vrec_engine *engine = make_engine();
    add_one_after_another(engine, NULL, 0);
    struct {
        struct asked asked;
        const char *naming;
    } cases[] = {
        {{.kinds = {VREC_KIND_MOVIE, 11}, .kind_count = 2}, "filter: kinds[1]: 11"},
        {{.kinds = {VREC_KIND_UNKNOWN}, .kind_count = 1}, "filter: kinds[0]: 0"},
        {{.check_entitlements = 2}, "check_entitlements is 2"},
        {{.entitlements = "sport"}, "check_entitlements is 0"},
        {{.check_entitlements = 1, .entitlements = "sport|"}, "entitlements[1]"},
        {{.audio = "zh|zh_CN"}, "audio_languages[1]"},
        {{.audio = "zh-"}, "audio_languages[0]"},
        {{.subtitles = ""}, "subtitle_languages[0]"},
        {{.subtitles = "abcdefghi"}, "subtitle_languages[0]"},
        {{.any_tags = "a|  "}, "any_tags[1]"},
        {{.all_tags = ""}, "all_tags[0]"},
        {{.no_tags = "\t"}, "no_tags[0]"},
    };
    for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
        check_case("%s", cases[index].naming);
        const vrec_filter *filter = filter_of(cases[index].asked);
        CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, cases[index].naming, ask(engine, filter, error));
        check_case(NULL);
    }
    vrec_filter filter = *filter_of((struct asked){.any_tags = "a\xFF"});
    CHECK_REFUSED(VREC_E_UTF8, "any_tags[0]", ask(engine, &filter, error));
    filter = *filter_of((struct asked){.any_tags = "a"});
    filter.any_tag_offsets = NULL;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "any_tags", ask(engine, &filter, error));
    filter = (vrec_filter){.struct_size = sizeof filter, .kind_count = 1};
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "kinds is NULL", ask(engine, &filter, error));
    filter.kinds = unreadable();
    filter.kind_count = SIZE_MAX;
    CHECK_REFUSED(VREC_E_LIMIT, "kinds", ask(engine, &filter, error));
    filter = (vrec_filter){.struct_size = sizeof filter - 1};
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "vrec_filter.struct_size", ask(engine, &filter, error));
    filter.struct_size = offsetof(vrec_filter, entitlements);
    CHECK_OK(ask(engine, &filter, error));
    vrec_destroy(engine);
}

static void limits_of_filters_hold(void)
{
    vrec_engine *engine = make_engine();
    add_one_after_another(engine, NULL, 0);
    static uint64_t offsets[VREC_MAX_FILTER_VALUES + 2];
    static char block[VREC_MAX_FILTER_VALUES + 1];
    static int32_t kinds[VREC_MAX_FILTER_VALUES + 1];
    memset(block, 'a', sizeof block);
    for (size_t index = 0; index <= VREC_MAX_FILTER_VALUES; index++) {
        offsets[index + 1] = index + 1;
        kinds[index] = VREC_KIND_MOVIE;
    }
    vrec_filter filter = {.struct_size = sizeof filter, .any_tags = block, .any_tag_offsets = offsets};
    filter.any_tag_count = VREC_MAX_FILTER_VALUES;
    filter.kinds = kinds;
    filter.kind_count = VREC_MAX_FILTER_VALUES;
    CHECK_OK(ask(engine, &filter, error));
    filter.any_tag_count++;
    CHECK_REFUSED(VREC_E_LIMIT, "any_tags is 1025, the limit is 1024", ask(engine, &filter, error));
    filter.any_tag_count = 0;
    filter.kind_count++;
    CHECK_REFUSED(VREC_E_LIMIT, "kinds is 1025", ask(engine, &filter, error));
    vrec_destroy(engine);
}

static void bad_attributes_are_refused(void)
{
    vrec_engine *engine = make_engine();
    struct {
        struct said said;
        const char *naming;
    } cases[] = {
        {{.kind = 11}, "kind 11"},
        {{.kind = -1}, "kind -1"},
        {{.min_age = 100}, "min_age is 100"},
        {{.min_age = -2}, "min_age is -2"},
        {{.from = 5, .until = 5}, "available_until_utc_ms is 5"},
        {{.from = INT64_MAX, .until = INT64_MIN}, "available_until_utc_ms"},
        {{.audio = "en|not a tag"}, "audio_languages[1]"},
        {{.subtitles = ""}, "subtitle_languages[0]"},
        {{.entitlements = "a||b"}, "entitlements[1]"},
    };
    float vector[PLANE] = {1, 0, 0, 0};
    for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
        check_case("%s", cases[index].naming);
        cases[index].said.id = "v";
        CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, cases[index].naming, add(engine, cases[index].said, vector, error));
        check_case(NULL);
    }
    char many[2 * 65];
    for (size_t index = 0; index < 65; index++) {
        memcpy(many + 2 * index, "e|", 2);
    }
    many[2 * 65 - 1] = '\0';
    CHECK_REFUSED(VREC_E_LIMIT, "entitlements is 65", add(engine, (struct said){.id = "v", .entitlements = many}, vector, error));
    CHECK_REFUSED(VREC_E_LIMIT, "audio_languages is 65", add(engine, (struct said){.id = "v", .audio = many}, vector, error));
    CHECK_NUMBER(0, count_of(engine));
    many[2 * 64 - 1] = '\0';
    CHECK_OK(add(engine, (struct said){.id = "v", .entitlements = many, .audio = "en"}, vector, error));
    vrec_destroy(engine);
}

int main(int count, char **arguments)
{
    REQUIRE(count == 3);
    model = arguments[1];
    runtime_library = arguments[2];
    RUN(kinds_are_any_of);
    RUN(an_unknown_age_is_blocked);
    RUN(windows_begin_at_a_millisecond_and_end_before_one);
    RUN(languages_match_by_their_beginnings);
    RUN(any_entitlement_opens_a_video);
    RUN(tags_any_all_and_none);
    RUN(all_rules_hold_together);
    RUN(attributes_follow_their_video);
    RUN(filters_join_what_else_is_left_out);
    RUN(a_search_keeps_filters);
    RUN(waiting_videos_keep_filters);
    RUN(bad_filters_are_refused);
    RUN(limits_of_filters_hold);
    RUN(bad_attributes_are_refused);
    return check_finish();
}
