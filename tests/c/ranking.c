/* Lists by taste and by all that is known, training on request, and the circumstances of events and
 * lists. Needs no model. Videos lie at angles in a plane, so that the order by taste is known. */
#include <string.h>

#include "check.h"
#include "fixture.h"

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
    CHECK(done >= heard->last && done <= total);
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
    CHECK_NUMBER(2, heard.total);
    CHECK_NUMBER(2, heard.last);

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
    CHECK_NUMBER(1, heard.calls);
    CHECK_NUMBER(VIDEOS, heard.total);
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

int main(void)
{
    RUN(a_blend_begins_with_what_others_watched_next);
    RUN(a_blend_keeps_the_rules_of_every_list);
    RUN(other_lists_do_not_ask_for_the_ranking);
    RUN(what_an_older_caller_does_not_set_is_by_taste);
    RUN(training_tells_how_far_it_is_and_can_be_ended);
    RUN(a_listener_may_end_the_training);
    RUN(an_engine_without_events_can_be_trained);
    RUN(who_is_forgotten_teaches_nothing);
    return check_finish();
}
