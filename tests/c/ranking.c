/* Lists by taste and by what a caller wants counted, training on request, and the circumstances of events and
 * lists. Needs no model. Videos lie at angles in a plane, so that the order by taste is known.
 *
 *   ranking FOLDER_FOR_STORES */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "stores.h"

static vrec_query blended(const char *profile)
{
    vrec_query query = query_for(profile);
    query.ranking = VREC_RANKING_BLEND;
    return query;
}

/* A viewer at this place in this company, in the evening by a clock two hours ahead. */
static void watch(vrec_engine *engine, const char *profile, const char *video_id, int32_t place, int32_t company)
{
    vrec_event event = event_of(profile, video_id, VREC_EVENT_COMPLETE);
    event.time_utc_ms = 1700000000000;
    event.device = VREC_DEVICE_TV;
    event.place = place;
    event.company = company;
    event.utc_offset_minutes = 120;
    CHECK_OK(vrec_record(engine, &event, error));
}

/* Ann watched a; by taste b is next. Three others went on to c, which lies somewhat farther off. */
static vrec_engine *make_house(void)
{
    static const char *const others[] = {"bob", "cleo", "dan"};
    vrec_engine *engine = make_fan();
    watch(engine, "ann", "a", VREC_PLACE_LIVING_ROOM, VREC_COMPANY_FAMILY);
    for (size_t index = 0; index < sizeof others / sizeof others[0]; index++) {
        watch(engine, others[index], "a", VREC_PLACE_BEDROOM, VREC_COMPANY_ALONE);
        watch(engine, others[index], "c", VREC_PLACE_UNKNOWN, VREC_COMPANY_UNKNOWN);
    }
    return engine;
}

static void a_blend_begins_with_what_others_watched_next(void)
{
    vrec_engine *engine = make_house();
    vrec_query taste = query_for("ann");
    vrec_query blend = blended("ann");
    CHECK_TEXT("b c d e", recommended(engine, &taste));
    CHECK_TEXT("c b d e", recommended(engine, &blend));
    blend.device = VREC_DEVICE_PHONE;
    blend.place = VREC_PLACE_TRAVELLING;
    blend.company = VREC_COMPANY_FRIENDS;
    blend.utc_offset_minutes = -300;
    blend.now_utc_ms = 1700003600000;
    CHECK_OK(vrec_train(engine, NULL, error));
    CHECK(strncmp("c ", recommended(engine, &blend), 2) == 0);
    CHECK_TEXT("b c d e", recommended(engine, &taste));

    vrec_results *results = NULL;
    CHECK_OK(vrec_recommend(engine, &blend, NULL, &results, error));
    vrec_columns columns = columns_of(results);
    CHECK_NUMBER(1, columns.because_id_offsets[1] - columns.because_id_offsets[0]);
    CHECK(columns.because_ids[columns.because_id_offsets[0]] == 'a');
    vrec_results_destroy(results);

    vrec_query nobody = blended("nobody");
    CHECK_TEXT("", recommended(engine, &nobody));
    vrec_destroy(engine);
}

static void a_blend_keeps_the_rules_of_every_list(void)
{
    vrec_engine *engine = make_house();
    record(engine, "ann", "e", VREC_EVENT_HIDE);
    vrec_query query = blended("ann");
    query.limit = 1;
    CHECK_TEXT("c", recommended(engine, &query));
    query.limit = 10;
    query.exclude = "c";
    query.exclude_offsets = (uint64_t[]){0, 1};
    query.exclude_count = 1;
    CHECK_TEXT("b d", recommended(engine, &query));
    query.exclude_count = 0;
    query.watched = VREC_WATCHED_INCLUDE;
    CHECK(strchr(recommended(engine, &query), 'a') != NULL);
    CHECK(strchr(recommended(engine, &query), 'e') == NULL);
    vrec_destroy(engine);
}

static void other_lists_do_not_ask_for_the_ranking(void)
{
    vrec_engine *engine = make_house();
    vrec_query taste = query_for("eve");
    vrec_query blend = blended("eve");
    blend.place = VREC_PLACE_AWAY;
    CHECK_TEXT("b c d e", similar_to(engine, "a", &taste));
    CHECK_TEXT("b c d e", similar_to(engine, "a", &blend));
    vrec_destroy(engine);
}

static void what_an_older_caller_does_not_set_is_by_taste(void)
{
    vrec_engine *engine = make_house();
    vrec_query query = blended("ann");
    query.struct_size = offsetof(vrec_query, now_utc_ms);
    CHECK_TEXT("b c d e", recommended(engine, &query));
    vrec_event event = event_of("ann", "b", VREC_EVENT_LIKE);
    event.struct_size = offsetof(vrec_event, device);
    event.device = -1;
    CHECK_OK(vrec_record(engine, &event, error));
    vrec_destroy(engine);
}

/* --- training ----------------------------------------------------------------------------------- */

struct heard {
    vrec_engine *engine;
    vrec_cancel_token *token;
    uint64_t last;
    uint64_t total;
    int calls;
};

static void hear(uint64_t done, uint64_t total, void *user_data)
{
    struct heard *heard = user_data;
    CHECK(done <= total);
    /* Forth only, but for the next step, which counts from the start. */
    CHECK(done >= heard->last || heard->last == heard->total);
    heard->last = done;
    heard->total = total;
    heard->calls++;
    CHECK_REFUSED(VREC_E_REENTRANT, "vrec_train", vrec_train(heard->engine, NULL, error));
    vrec_cancel_token_cancel(heard->token);
}

static void training_tells_how_far_it_is_and_can_be_ended(void)
{
    vrec_engine *engine = make_house();
    struct heard heard = {.engine = engine};
    vrec_call_options call = {.struct_size = sizeof call, .progress_callback = hear, .progress_user_data = &heard};
    CHECK_OK(vrec_train(engine, &call, error));
    CHECK(heard.calls > 0);
    CHECK_NUMBER(5, heard.total);
    CHECK_NUMBER(5, heard.last);

    vrec_cancel_token *token = NULL;
    CHECK_OK(vrec_cancel_token_create(&token, error));
    call = (vrec_call_options){.struct_size = sizeof call, .cancel = token, .timeout_ms = 60000};
    CHECK_OK(vrec_train(engine, &call, error));
    vrec_cancel_token_cancel(token);
    CHECK_REFUSED(VREC_E_CANCELLED, NULL, vrec_train(engine, &call, error));
    vrec_cancel_token_destroy(token);

    call = (vrec_call_options){.struct_size = sizeof call, .timeout_ms = 86400001};
    CHECK_REFUSED(VREC_E_LIMIT, "timeout_ms", vrec_train(engine, &call, error));
    vrec_query query = blended("ann");
    CHECK(strncmp("c ", recommended(engine, &query), 2) == 0);
    vrec_destroy(engine);
}

/* The same weights and lists, whatever the number of threads; and bounds that are named. */
static void training_may_use_threads_and_so_much_memory(void)
{
    vrec_engine *engine = make_house();
    vrec_query query = blended("ann");
    CHECK_OK(vrec_train(engine, NULL, error));
    char alone[256];
    snprintf(alone, sizeof alone, "%s", recommended(engine, &query));
    vrec_train_options options = {.struct_size = sizeof options, .threads = 3};
    struct heard heard = {.engine = engine};
    vrec_call_options call = {.struct_size = sizeof call, .progress_callback = hear, .progress_user_data = &heard};
    CHECK_OK(vrec_train_with(engine, &options, &call, error));
    CHECK(heard.calls > 0);
    CHECK_TEXT(alone, recommended(engine, &query));

    options.threads = 65;
    CHECK_REFUSED(VREC_E_LIMIT, "64", vrec_train_with(engine, &options, NULL, error));
    options = (vrec_train_options){.struct_size = sizeof options, .memory_limit_bytes = 100};
    CHECK_REFUSED(VREC_E_MEMORY_LIMIT, "100", vrec_train_with(engine, &options, NULL, error));
    options = (vrec_train_options){.struct_size = sizeof options, .reserved = 1};
    CHECK_REFUSED(VREC_E_TOO_NEW, "reserved", vrec_train_with(engine, &options, NULL, error));
    CHECK_TEXT(alone, recommended(engine, &query));
    vrec_destroy(engine);
}

/* Long enough that the listener hears of it before the end: some rows of weights are computed at once. */
static void a_listener_may_end_the_training(void)
{
    enum { VIDEOS = 200 };
    vrec_engine *engine = make_engine();
    for (int number = 0; number < VIDEOS; number++) {
        char id[] = {(char)('a' + number / 26), (char)('a' + number % 26), '\0'};
        add_at_angle(engine, id, number);
        record(engine, "ann", id, VREC_EVENT_COMPLETE);
    }
    struct heard heard = {.engine = engine};
    CHECK_OK(vrec_cancel_token_create(&heard.token, error));
    vrec_call_options call = {.struct_size = sizeof call, .cancel = heard.token, .progress_callback = hear,
                              .progress_user_data = &heard};
    CHECK_REFUSED(VREC_E_CANCELLED, NULL, vrec_train(engine, &call, error));
    /* The one row of the matrix of a single profile and its inverse come first, then the weights of all videos. */
    CHECK_NUMBER(3, heard.calls);
    CHECK_NUMBER(VIDEOS + 2, heard.total);
    vrec_cancel_token_destroy(heard.token);
    vrec_destroy(engine);
}

static void an_engine_without_events_can_be_trained(void)
{
    vrec_engine *engine = make_engine();
    CHECK_OK(vrec_train(engine, NULL, error));
    add_at_angle(engine, "a", 0);
    CHECK_OK(vrec_train(engine, NULL, error));
    vrec_query query = blended(NULL);
    CHECK_TEXT("", recommended(engine, &query));
    vrec_destroy(engine);
}

static void who_is_forgotten_teaches_nothing(void)
{
    vrec_engine *engine = make_house();
    CHECK_OK(vrec_train(engine, NULL, error));
    CHECK_OK(vrec_profile_forget(engine, TEXT("bob"), error));
    CHECK_OK(vrec_profile_forget(engine, TEXT("cleo"), error));
    CHECK_OK(vrec_profile_forget(engine, TEXT("dan"), error));
    CHECK_OK(vrec_train(engine, NULL, error));
    vrec_query query = blended("ann");
    CHECK_TEXT("b c d e", recommended(engine, &query));
    vrec_destroy(engine);
}

/* --- what counts -------------------------------------------------------------------------------- */

static const int64_t day_ms = 86400000;
static const int64_t now_utc_ms = 1700000000000;

enum { FEATURES = VREC_FEATURE_SEQUENCE + 1 };

/* Learns every feature. */
static vrec_engine *make_learner_of_all(void)
{
    vrec_feature_weight weights[FEATURES];
    for (int32_t feature = 0; feature < FEATURES; feature++) {
        weights[feature] = (vrec_feature_weight){.feature = feature, .weight = 1};
    }
    vrec_options options = {
        .struct_size = sizeof options, .feature_weights = weights, .feature_weight_count = FEATURES};
    return open_with(&options);
}

static void watch_on(vrec_engine *engine, const char *profile, const char *video_id, int64_t time_utc_ms,
                     int32_t device, int32_t company)
{
    vrec_event event = event_of(profile, video_id, VREC_EVENT_COMPLETE);
    event.time_utc_ms = time_utc_ms;
    event.device = device;
    event.company = company;
    CHECK_OK(vrec_record(engine, &event, error));
}

/* Six videos, each the first of another list for Ann, who watched a: b is like it, those who watched a went on to c,
 * most watched d, long ago and on a television, f was watched by two today, on a telephone, and e is new. */
static vrec_engine *make_choice(void)
{
    static const char *const friends[] = {"bob", "cleo", "dan"};
    static const char *const many[] = {"g", "h", "i", "j", "k"};
    static const char *const lately[] = {"l", "m"};
    vrec_engine *engine = make_learner_of_all();
    add_at_angle(engine, "a", 0);
    add_at_angle(engine, "b", 10);
    add_at_angle(engine, "c", 60);
    add_at_angle(engine, "d", 90);
    add_at_angle(engine, "f", 120);
    float far_off[PLANE] = {-1, 0, 0, 0};
    vrec_video fresh = video_with_vector("e", far_off);
    fresh.available_from_utc_ms = now_utc_ms - day_ms;
    CHECK_OK(vrec_add_video(engine, &fresh, NULL, error));

    int64_t long_ago = now_utc_ms - 2000 * day_ms;
    for (size_t index = 0; index < 3; index++) {
        watch_on(engine, friends[index], "a", long_ago, VREC_DEVICE_TABLET, VREC_COMPANY_PARTNER);
        watch_on(engine, friends[index], "c", long_ago + 1, VREC_DEVICE_TABLET, VREC_COMPANY_PARTNER);
    }
    for (size_t index = 0; index < 5; index++) {
        watch_on(engine, many[index], "d", long_ago, VREC_DEVICE_TV, VREC_COMPANY_FAMILY);
    }
    for (size_t index = 0; index < 2; index++) {
        watch_on(engine, lately[index], "f", now_utc_ms, VREC_DEVICE_PHONE, VREC_COMPANY_ALONE);
    }
    watch_on(engine, "ann", "a", now_utc_ms, VREC_DEVICE_TABLET, VREC_COMPANY_PARTNER);
    return engine;
}

/* The first video of a list in which these features count. */
static char first_by(const vrec_engine *engine, vrec_query query, const vrec_feature_weight *weights, size_t count)
{
    query.feature_weights = weights;
    query.feature_weight_count = count;
    return recommended(engine, &query)[0];
}

static void each_feature_orders_as_it_says(void)
{
    static const struct {
        int32_t feature;
        char first;
    } alone[] = {
        {VREC_FEATURE_TRANSITIONS, 'c'}, {VREC_FEATURE_ITEM_NEIGHBOURS, 'c'}, {VREC_FEATURE_USER_NEIGHBOURS, 'c'},
        {VREC_FEATURE_EASE, 'c'},        {VREC_FEATURE_GRAPH_WALK, 'c'},      {VREC_FEATURE_POPULARITY, 'd'},
        {VREC_FEATURE_TREND, 'f'},       {VREC_FEATURE_TASTE, 'b'},           {VREC_FEATURE_ATTENTION, 'b'},
        {VREC_FEATURE_INTERESTS, 'b'},   {VREC_FEATURE_FRESHNESS, 'e'},
    };
    vrec_engine *engine = make_choice();
    CHECK_OK(vrec_train(engine, NULL, error));
    for (size_t index = 0; index < sizeof alone / sizeof alone[0]; index++) {
        check_case("feature %d", (int)alone[index].feature);
        /* A little of the taste finds the videos that attention and freshness order. */
        vrec_feature_weight weights[] = {{VREC_FEATURE_TASTE, 1e-4F}, {VREC_FEATURE_TASTE, 1}};
        size_t begin = alone[index].feature == VREC_FEATURE_TASTE ? 1 : 0;
        weights[1].feature = alone[index].feature;
        weights[1].weight = 1000;
        CHECK_NUMBER(alone[index].first, first_by(engine, blended("ann"), weights + begin, 2 - begin));
    }
    check_case(NULL);
    vrec_feature_weight against[] = {{VREC_FEATURE_TASTE, -1}};
    CHECK_NUMBER('e', first_by(engine, blended("ann"), against, 1));
    vrec_feature_weight watched_a_lot[] = {{VREC_FEATURE_POPULARITY, 1}};
    vrec_query nobody = blended("nobody");
    CHECK_NUMBER('d', first_by(engine, nobody, watched_a_lot, 1));
    vrec_destroy(engine);
}

static void circumstances_alone_order_a_list(void)
{
    vrec_engine *engine = make_choice();
    vrec_feature_weight context[] = {{VREC_FEATURE_CONTEXT, 1}};
    vrec_query query = blended("ann");
    query.device = VREC_DEVICE_TV;
    CHECK_NUMBER('d', first_by(engine, query, context, 1));
    query.device = VREC_DEVICE_PHONE;
    CHECK_NUMBER('f', first_by(engine, query, context, 1));
    query.device = VREC_DEVICE_UNKNOWN;
    query.company = VREC_COMPANY_FAMILY;
    CHECK_NUMBER('d', first_by(engine, query, context, 1));
    query.company = VREC_COMPANY_PARTNER;
    CHECK_NUMBER('c', first_by(engine, query, context, 1));
    vrec_destroy(engine);
}

/* A hundred and twenty histories, half of a and c, half of b and d: fewer leave factors of zero. */
static void trained_factors_order_a_list(void)
{
    vrec_feature_weight factors[] = {{VREC_FEATURE_FACTORS, 1}};
    vrec_options options = {.struct_size = sizeof options, .feature_weights = factors, .feature_weight_count = 1};
    vrec_engine *engine = open_with(&options);
    add_at_angle(engine, "a", 0);
    add_at_angle(engine, "b", 30);
    add_at_angle(engine, "c", 60);
    add_at_angle(engine, "d", 90);
    for (int number = 0; number < 120; number++) {
        char profile[16];
        snprintf(profile, sizeof profile, "%d", number);
        record(engine, profile, number % 2 ? "b" : "a", VREC_EVENT_COMPLETE);
        record(engine, profile, number % 2 ? "d" : "c", VREC_EVENT_COMPLETE);
    }
    record(engine, "ann", "a", VREC_EVENT_COMPLETE);
    vrec_query query = blended("ann");
    CHECK_TEXT("", recommended(engine, &query));
    CHECK_OK(vrec_train(engine, NULL, error));
    CHECK_TEXT("c", recommended(engine, &query));
    vrec_destroy(engine);
}

/* Ann watched a; those who did before her went on to c. */
static void three_go_on_to_c(vrec_engine *engine)
{
    static const char *const others[] = {"bob", "cleo", "dan"};
    add_at_angle(engine, "a", 0);
    add_at_angle(engine, "b", 10);
    add_at_angle(engine, "c", 20);
    add_at_angle(engine, "d", 90);
    add_at_angle(engine, "e", 180);
    for (size_t index = 0; index < sizeof others / sizeof others[0]; index++) {
        record(engine, others[index], "a", VREC_EVENT_COMPLETE);
        record(engine, others[index], "c", VREC_EVENT_COMPLETE);
    }
    record(engine, "ann", "a", VREC_EVENT_COMPLETE);
}

static void what_has_no_weight_is_not_learned(void)
{
    vrec_feature_weight taste[] = {{VREC_FEATURE_TASTE, 1}, {VREC_FEATURE_TRANSITIONS, 0}};
    vrec_options options = {.struct_size = sizeof options, .feature_weights = taste, .feature_weight_count = 2};
    vrec_engine *by_taste = open_with(&options);
    vrec_engine *by_default = make_engine();
    three_go_on_to_c(by_taste);
    three_go_on_to_c(by_default);
    CHECK(statistics_of(by_taste).memory_bytes < statistics_of(by_default).memory_bytes);
    vrec_query query = blended("ann");
    CHECK_TEXT("b c d e", recommended(by_taste, &query));
    CHECK_TEXT("c b d e", recommended(by_default, &query));
    vrec_feature_weight transitions[] = {{VREC_FEATURE_TRANSITIONS, 1}};
    query.feature_weights = transitions;
    query.feature_weight_count = 1;
    CHECK_TEXT("", recommended(by_taste, &query));
    CHECK_TEXT("c", recommended(by_default, &query));

    vrec_feature_weight ease[] = {{VREC_FEATURE_EASE, 1}};
    query.feature_weights = ease;
    CHECK_TEXT("", recommended(by_default, &query));
    CHECK_OK(vrec_train(by_taste, NULL, error));
    CHECK_OK(vrec_train(by_default, NULL, error));
    CHECK_TEXT("", recommended(by_taste, &query));
    CHECK_TEXT("c", recommended(by_default, &query));
    vrec_destroy(by_default);
    vrec_destroy(by_taste);
}

/* --- new videos --------------------------------------------------------------------------------- */

enum { WATCHED = 40, NEW = 10, VIEWERS = 30 };

static size_t new_in(const vrec_engine *engine, float share)
{
    vrec_query query = blended("viewer 0");
    query.new_video_share = share;
    query.limit = 10;
    const char *listed = recommended(engine, &query);
    size_t count = 0;
    for (const char *id = listed; id != NULL && *id != '\0'; id = strchr(id, ' '), id += id != NULL) {
        count += *id == 'n';
    }
    return count;
}

/* Half of the viewers watch what lies at small angles, the others what lies at large ones; what is new lies far from
 * the former. */
static void places_are_kept_for_videos_that_nobody_watched(void)
{
    vrec_feature_weight weights[] = {{VREC_FEATURE_ITEM_NEIGHBOURS, 1}, {VREC_FEATURE_CONTENT, 1}};
    vrec_options options = {.struct_size = sizeof options, .feature_weights = weights, .feature_weight_count = 2};
    vrec_engine *engine = open_with(&options);
    char id[16], profile[16];
    for (int number = 0; number < WATCHED; number++) {
        snprintf(id, sizeof id, "w%d", number);
        add_at_angle(engine, id, number % 2 * 120 + number);
    }
    for (int number = 0; number < NEW; number++) {
        snprintf(id, sizeof id, "n%d", number);
        add_at_angle(engine, id, 130 + number);
    }
    for (int viewer = 0; viewer < VIEWERS; viewer++) {
        snprintf(profile, sizeof profile, "viewer %d", viewer);
        for (int step = 0; step < 6; step++) {
            snprintf(id, sizeof id, "w%d", (viewer % 2 + 2 * (viewer / 2 + step)) % WATCHED);
            record(engine, profile, id, VREC_EVENT_COMPLETE);
        }
    }
    CHECK_NUMBER(0, new_in(engine, 1));
    CHECK_OK(vrec_train(engine, NULL, error));
    CHECK_NUMBER(3, new_in(engine, 0));
    CHECK_NUMBER(3, new_in(engine, 0.3F));
    CHECK_NUMBER(6, new_in(engine, 1));
    CHECK_NUMBER(1, new_in(engine, 0.1F));
    CHECK_NUMBER(0, new_in(engine, -1));
    vrec_destroy(engine);
}

/* --- what was trained, and the store ------------------------------------------------------------ */

static vrec_query by_ease(const char *profile)
{
    static const vrec_feature_weight ease[] = {{VREC_FEATURE_EASE, 1}};
    vrec_query query = blended(profile);
    query.feature_weights = ease;
    query.feature_weight_count = 1;
    return query;
}

/* A store with so many profiles that watched a and c, and as many that watched b and d. */
static vrec_engine *trained_on(const char *path, int profiles)
{
    vrec_engine *engine = open_store(path);
    add_at_angle(engine, "a", 0);
    add_at_angle(engine, "b", 30);
    add_at_angle(engine, "c", 60);
    add_at_angle(engine, "d", 90);
    for (int number = 0; number < profiles; number++) {
        char profile[16];
        snprintf(profile, sizeof profile, "%d", number);
        record(engine, profile, number % 2 ? "b" : "a", VREC_EVENT_COMPLETE);
        record(engine, profile, number % 2 ? "d" : "c", VREC_EVENT_COMPLETE);
    }
    record(engine, "ann", "a", VREC_EVENT_COMPLETE);
    vrec_query query = by_ease("ann");
    CHECK_TEXT("", recommended(engine, &query));
    uint64_t before = statistics_of(engine).memory_bytes;
    CHECK_OK(vrec_train(engine, NULL, error));
    CHECK(statistics_of(engine).memory_bytes > before);
    CHECK_TEXT("c", recommended(engine, &query));
    return engine;
}

static float first_score(const vrec_engine *engine)
{
    vrec_query query = blended("ann");
    vrec_results *results = NULL;
    CHECK_OK(vrec_recommend(engine, &query, NULL, &results, error));
    REQUIRE(results != NULL);
    vrec_columns columns = columns_of(results);
    REQUIRE(columns.count > 0);
    float score = columns.scores[0];
    vrec_results_destroy(results);
    return score;
}

static void what_was_trained_is_there_again(void)
{
    const char *path = new_store();
    vrec_engine *engine = trained_on(path, 24);
    vrec_query blend = blended("ann"), ease = by_ease("ann");
    char *listed = malloc(strlen(recommended(engine, &blend)) + 1);
    REQUIRE(listed != NULL);
    strcpy(listed, recommended(engine, &blend));
    float score = first_score(engine);
    vrec_destroy(engine);

    engine = open_store(path);
    CHECK_TEXT("c", recommended(engine, &ease));
    CHECK_TEXT(listed, recommended(engine, &blend));
    CHECK(first_score(engine) == score);
    free(listed);
    vrec_destroy(engine);

    vrec_options options = options_for_store(path);
    options.store_read_only = 1;
    engine = open_with(&options);
    CHECK_TEXT("c", recommended(engine, &ease));
    CHECK_REFUSED(VREC_E_READ_ONLY, NULL, vrec_train(engine, NULL, error));
    CHECK_TEXT("c", recommended(engine, &ease));
    vrec_destroy(engine);
}

/* On few profiles, what one of them watched could be read off. */
static void what_was_trained_on_few_goes_with_any_of_them(void)
{
    const char *path = new_store();
    vrec_query ease = by_ease("ann");
    vrec_engine *engine = trained_on(path, 8);
    CHECK_OK(vrec_profile_forget(engine, TEXT("7"), error));
    CHECK_TEXT("", recommended(engine, &ease));
    vrec_destroy(engine);
    engine = open_store(path);
    CHECK_TEXT("", recommended(engine, &ease));
    CHECK_OK(vrec_train(engine, NULL, error));
    CHECK_TEXT("c", recommended(engine, &ease));

    record(engine, "6", "b", VREC_EVENT_COMPLETE);
    vrec_retention retention = {.struct_size = sizeof retention, .max_events = 2};
    uint64_t dropped = 0;
    CHECK_OK(vrec_retain(engine, &retention, &dropped, error));
    CHECK_NUMBER(1, dropped);
    CHECK_TEXT("", recommended(engine, &ease));
    vrec_destroy(engine);
    engine = open_store(path);
    CHECK_TEXT("", recommended(engine, &ease));
    vrec_destroy(engine);
}

static void what_was_trained_on_many_stays(void)
{
    const char *path = new_store();
    vrec_query ease = by_ease("ann");
    vrec_engine *engine = trained_on(path, 24);
    CHECK_OK(vrec_profile_forget(engine, TEXT("7"), error));
    CHECK_TEXT("c", recommended(engine, &ease));
    vrec_destroy(engine);
    engine = open_store(path);
    CHECK_TEXT("c", recommended(engine, &ease));
    vrec_destroy(engine);
}

static void a_result_that_has_no_room_is_not_taken(void)
{
    vrec_engine *engine = make_engine();
    three_go_on_to_c(engine);
    vrec_options options = {.struct_size = sizeof options};
    options.memory_limit_bytes = statistics_of(engine).memory_bytes;
    vrec_destroy(engine);
    engine = open_with(&options);
    three_go_on_to_c(engine);
    CHECK_REFUSED(VREC_E_MEMORY_LIMIT, "memory_limit_bytes", vrec_train(engine, NULL, error));
    vrec_query ease = by_ease("ann");
    CHECK_TEXT("", recommended(engine, &ease));
    vrec_destroy(engine);
}

int main(int argument_count, char **arguments)
{
    REQUIRE(argument_count == 2);
    stores_folder = arguments[1];
    RUN(a_blend_begins_with_what_others_watched_next);
    RUN(a_blend_keeps_the_rules_of_every_list);
    RUN(other_lists_do_not_ask_for_the_ranking);
    RUN(what_an_older_caller_does_not_set_is_by_taste);
    RUN(training_tells_how_far_it_is_and_can_be_ended);
    RUN(training_may_use_threads_and_so_much_memory);
    RUN(a_listener_may_end_the_training);
    RUN(an_engine_without_events_can_be_trained);
    RUN(who_is_forgotten_teaches_nothing);
    RUN(each_feature_orders_as_it_says);
    RUN(trained_factors_order_a_list);
    RUN(circumstances_alone_order_a_list);
    RUN(what_has_no_weight_is_not_learned);
    RUN(places_are_kept_for_videos_that_nobody_watched);
    RUN(what_was_trained_is_there_again);
    RUN(what_was_trained_on_few_goes_with_any_of_them);
    RUN(what_was_trained_on_many_stays);
    RUN(a_result_that_has_no_room_is_not_taken);
    return check_finish();
}
