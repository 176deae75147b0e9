/* What each feature is to count, learned from what everybody watched, and brought to a set by a pack. Needs no model.
 *
 *   weights FOLDER_FOR_STORES */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "fixture.h"
#include "pack_keys.h"
#include "stores.h"

enum { VIDEOS = 30, USERS = 60, WATCHES = 12, STRIDE = 7 };

static const vrec_feature_weight start[] = {
    {.feature = VREC_FEATURE_TRANSITIONS, .weight = 0.1F},
    {.feature = VREC_FEATURE_ITEM_NEIGHBOURS, .weight = 1},
    {.feature = VREC_FEATURE_TASTE, .weight = 0.4F},
};

/* With the videos v0 to v29, which say nothing of each other by their vectors. */
static vrec_engine *open_weighted(size_t weight_count)
{
    vrec_options options = {.struct_size = sizeof options};
    options.feature_weights = start;
    options.feature_weight_count = weight_count;
    vrec_engine *engine = open_with(&options);
    for (int number = 0; number < VIDEOS; number++) {
        const float vector[PLANE] = {(float)(number * 7 % 11) - 5, (float)(number * 5 % 13) - 6, (float)(number % 3), 1};
        char id[8];
        snprintf(id, sizeof id, "v%d", number);
        vrec_video video = video_with_vector(id, vector);
        CHECK_OK(vrec_add_video(engine, &video, NULL, error));
    }
    return engine;
}

/* Each user goes by the numbers of the videos, from some number on, and leaves out others: what was watched last tells what
 * comes next. */
static void watch_in_order(vrec_engine *engine, int users)
{
    unsigned drawn = 1;
    for (int user = 0; user < users; user++) {
        char profile[16], id[8];
        snprintf(profile, sizeof profile, "user %d", user);
        int number = user * STRIDE % VIDEOS;
        for (int place = 0; place < WATCHES; place++) {
            snprintf(id, sizeof id, "v%d", number % VIDEOS);
            vrec_event event = event_of(profile, id, VREC_EVENT_COMPLETE);
            event.time_utc_ms = 1700000000000 + 86400000LL * place;
            CHECK_OK(vrec_record(engine, &event, error));
            drawn = drawn * 1103515245U + 12345U;
            number += 1 + (int)((drawn >> 16) % 3);
        }
    }
}

struct learned {
    vrec_feature_weight weights[VREC_MAX_FEATURES];
    vrec_learned_weights of;
};

static struct learned learn(const vrec_engine *engine, uint32_t threads)
{
    struct learned learned = {.of = {.struct_size = sizeof learned.of}};
    vrec_train_options options = {.struct_size = sizeof options, .threads = threads};
    CHECK_OK(vrec_learn_weights(engine, &options, NULL, learned.weights, VREC_MAX_FEATURES, &learned.of, error));
    return learned;
}

static float weight_of(const struct learned *learned, int32_t feature)
{
    for (uint32_t place = 0; place < learned->of.weight_count; place++) {
        if (learned->weights[place].feature == feature) {
            return learned->weights[place].weight;
        }
    }
    return 0;
}

static void check_import(const char *path, const struct learned *learned)
{
    vrec_options options = {.struct_size = sizeof options};
    vrec_engine *set = open_with(&options), *host_knows = open_weighted(3);
    for (int number = 0; number < VIDEOS; number++) {
        const float vector[PLANE] = {(float)(number % 5), 1, 0, 0};
        char id[8];
        snprintf(id, sizeof id, "v%d", number);
        vrec_video video = video_with_vector(id, vector);
        CHECK_OK(vrec_add_video(set, &video, NULL, error));
    }
    vrec_pack_import_options import = {.struct_size = sizeof import, .path = path, .path_len = strlen(path)};
    import.trusted_keys = public_key;
    import.trusted_key_count = 1;
    CHECK_OK(vrec_pack_import(set, &import, NULL, error));
    CHECK_OK(vrec_pack_import(host_knows, &import, NULL, error));
    record(set, "home", "v10", VREC_EVENT_COMPLETE);
    record(host_knows, "home", "v10", VREC_EVENT_COMPLETE);
    vrec_query said = query_for("home"), unsaid = query_for("home");
    said.ranking = unsaid.ranking = VREC_RANKING_BLEND;
    said.limit = unsaid.limit = VIDEOS;
    said.feature_weights = learned->weights;
    said.feature_weight_count = learned->of.weight_count;
    char with_weights[512];
    snprintf(with_weights, sizeof with_weights, "%s", recommended(set, &said));
    CHECK_TEXT(with_weights, recommended(set, &unsaid));
    said.feature_weights = start;
    said.feature_weight_count = 3;
    snprintf(with_weights, sizeof with_weights, "%s", recommended(host_knows, &said));
    CHECK_TEXT(with_weights, recommended(host_knows, &unsaid));
    struct learned none = {.of = {.struct_size = sizeof none.of}};
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "pack in use",
                  vrec_learn_weights(set, NULL, NULL, none.weights, VREC_MAX_FEATURES, &none.of, error));
    vrec_destroy(set);
    vrec_destroy(host_knows);
}

static void what_tells_the_next_video_comes_to_count_more_and_a_pack_brings_it(void)
{
    vrec_engine *service = open_weighted(3);
    watch_in_order(service, USERS);
    struct learned learned = learn(service, 2);
    CHECK_NUMBER(VREC_WEIGHTS_LEARNED, learned.of.outcome);
    CHECK(weight_of(&learned, VREC_FEATURE_TRANSITIONS) > 0.1F * weight_of(&learned, VREC_FEATURE_ITEM_NEIGHBOURS));
    CHECK(learned.of.gain > learned.of.plus_minus && learned.of.plus_minus > 0);
    CHECK_NEAR(learned.of.ndcg_before + learned.of.gain, learned.of.ndcg_after, 1e-9);
    CHECK(learned.of.choosing_lists >= 100 && learned.of.confirming_lists >= 100);

    char path[4096];
    snprintf(path, sizeof path, "%s/weights.pack", stores_folder);
    vrec_pack_export_options options = {.struct_size = sizeof options, .path = path, .path_len = strlen(path)};
    options.line = "films";
    options.line_len = 5;
    options.number = 1;
    options.signing_key = seed;
    options.signing_key_len = sizeof seed;
    options.feature_weights = learned.weights;
    options.feature_weight_count = learned.of.weight_count;
    CHECK_OK(vrec_pack_export(service, &options, NULL, error));
    check_import(path, &learned);
    learned.weights[0].feature = 99;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "feature_weights[0]", vrec_pack_export(service, &options, NULL, error));
    remove(path);
    vrec_destroy(service);
}

static void few_watches_keep_the_weights(void)
{
    vrec_engine *engine = open_weighted(3);
    watch_in_order(engine, 5);
    struct learned learned = learn(engine, 1);
    CHECK_NUMBER(VREC_WEIGHTS_TOO_FEW, learned.of.outcome);
    CHECK_NUMBER(3, learned.of.weight_count);
    for (size_t place = 0; place < 3; place++) {
        CHECK_NUMBER(start[place].feature, learned.weights[place].feature);
        CHECK_NEAR(start[place].weight, learned.weights[place].weight, 0);
    }
    vrec_destroy(engine);
}

static void what_is_refused_or_ended_writes_nothing(void)
{
    vrec_engine *engine = open_weighted(3);
    watch_in_order(engine, USERS);
    vrec_feature_weight weights[VREC_MAX_FEATURES] = {{.feature = 77}};
    vrec_learned_weights learned = {.struct_size = sizeof learned, .outcome = 77};
    vrec_train_options options = {.struct_size = sizeof options, .threads = 65};
    CHECK_REFUSED(VREC_E_LIMIT, "64",
                  vrec_learn_weights(engine, &options, NULL, weights, VREC_MAX_FEATURES, &learned, error));
    options = (vrec_train_options){.struct_size = sizeof options, .memory_limit_bytes = 1000};
    CHECK_REFUSED(VREC_E_MEMORY_LIMIT, "1000",
                  vrec_learn_weights(engine, &options, NULL, weights, VREC_MAX_FEATURES, &learned, error));
    CHECK_REFUSED(VREC_E_LIMIT, "weight_capacity is 31",
                  vrec_learn_weights(engine, NULL, NULL, weights, VREC_MAX_FEATURES - 1, &learned, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "weights",
                  vrec_learn_weights(engine, NULL, NULL, NULL, VREC_MAX_FEATURES, &learned, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "learned",
                  vrec_learn_weights(engine, NULL, NULL, weights, VREC_MAX_FEATURES, NULL, error));
    vrec_cancel_token *token = NULL;
    CHECK_OK(vrec_cancel_token_create(&token, error));
    vrec_cancel_token_cancel(token);
    vrec_call_options call = {.struct_size = sizeof call, .cancel = token};
    CHECK_REFUSED(VREC_E_CANCELLED, NULL,
                  vrec_learn_weights(engine, NULL, &call, weights, VREC_MAX_FEATURES, &learned, error));
    vrec_cancel_token_destroy(token);
    call = (vrec_call_options){.struct_size = sizeof call, .timeout_ms = 20};
    CHECK_REFUSED(VREC_E_TIMED_OUT, NULL,
                  vrec_learn_weights(engine, NULL, &call, weights, VREC_MAX_FEATURES, &learned, error));
    CHECK_NUMBER(77, learned.outcome);
    CHECK_NUMBER(77, weights[0].feature);
    vrec_destroy(engine);
}

int main(int count, char **arguments)
{
    REQUIRE(count == 2);
    stores_folder = arguments[1];
    RUN(what_tells_the_next_video_comes_to_count_more_and_a_pack_brings_it);
    RUN(few_watches_keep_the_weights);
    RUN(what_is_refused_or_ended_writes_nothing);
    return check_finish();
}
