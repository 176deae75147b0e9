/* Packs: made, described, taken, kept by the store, given back, and refused. Needs no model.
 *
 *   packs FOLDER_FOR_STORES */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "fixture.h"
#include "pack_keys.h"
#include "stores.h"

enum { VIDEOS = 9, PROFILES = 40 };

static const int64_t now = 1700000000000;

/* A path in the folder for stores, in a buffer of its own, to be freed. */
static char *path_of(const char *name)
{
    size_t size = strlen(stores_folder) + strlen(name) + 2;
    char *path = malloc(size);
    REQUIRE(path != NULL);
    snprintf(path, size, "%s/%s", stores_folder, name);
    return path;
}

static vrec_engine *open_counting(const char *store)
{
    static const vrec_feature_weight weights[] = {
        {.feature = VREC_FEATURE_TRANSITIONS, .weight = 1},
        {.feature = VREC_FEATURE_POPULARITY, .weight = 1},
    };
    vrec_options options = {.struct_size = sizeof options};
    if (store != NULL) {
        options = options_for_store(store);
    }
    options.feature_weights = weights;
    options.feature_weight_count = sizeof weights / sizeof weights[0];
    return open_with(&options);
}

static void add_videos(vrec_engine *engine)
{
    for (int number = 0; number < VIDEOS; number++) {
        const float vector[PLANE] = {1, (float)number, 0, 0};
        char id[8];
        snprintf(id, sizeof id, "v%d", number);
        vrec_video video = video_with_vector(id, vector);
        CHECK_OK(vrec_add_video(engine, &video, NULL, error));
    }
}

static void watch(vrec_engine *engine, const char *profile, int number)
{
    char id[8];
    snprintf(id, sizeof id, "v%d", number);
    vrec_event event = event_of(profile, id, VREC_EVENT_COMPLETE);
    event.time_utc_ms = now + number;
    CHECK_OK(vrec_record(engine, &event, error));
}

/* Everybody watches a video and the next ones. */
static vrec_engine *make_service(void)
{
    vrec_engine *engine = open_counting(NULL);
    add_videos(engine);
    for (int profile = 0; profile < PROFILES; profile++) {
        char id[8];
        snprintf(id, sizeof id, "p%d", profile);
        for (int at = 0; at < 4; at++) {
            watch(engine, id, (profile % 4 + at) % VIDEOS);
        }
    }
    return engine;
}

static vrec_pack_export_options export_to(const char *path, uint64_t number)
{
    vrec_pack_export_options options = {.struct_size = sizeof options, .path = path, .path_len = strlen(path)};
    options.line = "films";
    options.line_len = 5;
    options.number = number;
    options.created_utc_ms = now;
    options.signing_key = seed;
    options.signing_key_len = sizeof seed;
    return options;
}

/* What the pack in use says of itself, without its texts; zeros without one. */
static vrec_pack_fields in_use(const vrec_engine *engine)
{
    vrec_pack_description *description = NULL;
    vrec_pack_fields fields = {.struct_size = sizeof fields};
    int32_t status = vrec_pack_info(engine, NULL, &description, NULL);
    if (status != VREC_OK) {
        CHECK_STATUS(VREC_E_NOT_FOUND, status);
        return fields;
    }
    CHECK_OK(vrec_pack_description_fields(description, &fields, error));
    vrec_pack_description_destroy(description);
    return fields;
}

static uint64_t number_in_use(const vrec_engine *engine)
{
    return in_use(engine).number;
}

static const char *blended(const vrec_engine *engine)
{
    vrec_query query = query_for("home");
    query.ranking = VREC_RANKING_BLEND;
    query.limit = 3;
    return recommended(engine, &query);
}

static uint8_t *read_bytes(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    REQUIRE(file != NULL && fseek(file, 0, SEEK_END) == 0);
    *length = (size_t)ftell(file);
    rewind(file);
    uint8_t *bytes = malloc(*length);
    REQUIRE(bytes != NULL && fread(bytes, 1, *length, file) == *length);
    fclose(file);
    return bytes;
}

static void a_pack_helps_and_is_given_back(void)
{
    char *first = path_of("1.pack"), *second = path_of("2.pack");
    vrec_engine *service = make_service();
    vrec_pack_export_options options = export_to(first, 1);
    CHECK_OK(vrec_pack_export(service, &options, NULL, error));
    options = export_to(second, 2);
    options.base_path = first;
    options.base_path_len = strlen(first);
    CHECK_OK(vrec_pack_export(service, &options, NULL, error));
    vrec_destroy(service);

    char store[512];
    snprintf(store, sizeof store, "%s", new_store());
    vrec_engine *engine = open_counting(store);
    add_videos(engine);
    watch(engine, "home", 1);
    char alone[64], with_pack[64];
    snprintf(alone, sizeof alone, "%s", blended(engine));
    CHECK_NUMBER(0, number_in_use(engine));
    CHECK_REFUSED(VREC_E_BASE, "there is none", import_file(engine, second, error));
    CHECK_OK(import_file(engine, first, error));
    snprintf(with_pack, sizeof with_pack, "%s", blended(engine));
    CHECK(strncmp(with_pack, "v2 ", 3) == 0);

    size_t length = 0;
    uint8_t *bytes = read_bytes(second, &length);
    vrec_pack_import_options data = import_from("");
    data.data = bytes;
    data.data_len = length;
    CHECK_OK(vrec_pack_import(engine, &data, NULL, error));
    free(bytes);
    vrec_destroy(engine);

    engine = open_counting(store);
    CHECK_NUMBER(2, number_in_use(engine));
    CHECK_TEXT(with_pack, blended(engine));
    CHECK_REFUSED(VREC_E_OLDER, "number 2 is in use", import_file(engine, first, error));
    vrec_cancel_token *cancelled = NULL;
    CHECK_OK(vrec_cancel_token_create(&cancelled, error));
    vrec_cancel_token_cancel(cancelled);
    vrec_call_options call = {.struct_size = sizeof call, .cancel = cancelled};
    CHECK_REFUSED(VREC_E_CANCELLED, "cancelled", vrec_pack_revert(engine, &call, error));
    vrec_cancel_token_destroy(cancelled);
    CHECK_NUMBER(2, number_in_use(engine));
    CHECK_OK(vrec_pack_revert(engine, NULL, error));
    CHECK_NUMBER(1, number_in_use(engine));
    CHECK_OK(vrec_pack_revert(engine, NULL, error));
    CHECK_TEXT(alone, blended(engine));
    CHECK_REFUSED(VREC_E_NOT_FOUND, "no pack is in use", vrec_pack_revert(engine, NULL, error));
    vrec_destroy(engine);
    free(first);
    free(second);
}

/* Members of a household who watch the same, which nobody else does, count for more, each watch of theirs at once. */
static void a_household_shows_what_its_watches_count(void)
{
    char *path = path_of("shown.pack");
    vrec_engine *service = make_service();
    vrec_pack_export_options options = export_to(path, 1);
    CHECK_OK(vrec_pack_export(service, &options, NULL, error));
    vrec_destroy(service);

    char store[512];
    snprintf(store, sizeof store, "%s", new_store());
    vrec_engine *engine = open_counting(store);
    add_videos(engine);
    watch(engine, "anna", 7);
    watch(engine, "anna", 8);
    CHECK_OK(import_file(engine, path, error));
    CHECK_NEAR(0.008f, in_use(engine).home_share, 0);
    watch(engine, "ben", 7);
    float of_one = in_use(engine).home_share;
    watch(engine, "ben", 8);
    float of_two = in_use(engine).home_share;
    CHECK(of_one > 0.008f && of_two > of_one);
    vrec_destroy(engine);

    engine = open_counting(store);
    CHECK_NEAR(of_two, in_use(engine).home_share, 0);
    CHECK_OK(vrec_profile_forget(engine, "ben", 3, error));
    CHECK_NEAR(0.008f, in_use(engine).home_share, 0);
    vrec_destroy(engine);
    free(path);
}

static void a_description_outlives_its_engine(void)
{
    char *path = path_of("described.pack");
    vrec_engine *engine = make_service();
    vrec_pack_export_options options = export_to(path, 7);
    options.epsilon = 8;
    options.delta = 1e-3;
    options.most_watches = 4;
    CHECK_OK(vrec_pack_export(engine, &options, NULL, error));
    vrec_pack_import_options from = import_from(path);
    vrec_pack_description *description = NULL;
    CHECK_OK(vrec_pack_info(engine, &from, &description, error));
    vrec_destroy(engine);

    vrec_pack_fields fields = {.struct_size = sizeof fields};
    CHECK_OK(vrec_pack_description_fields(description, &fields, error));
    CHECK(fields.line_len == 5 && memcmp(fields.line, "films", 5) == 0);
    CHECK_NUMBER(7, fields.number);
    CHECK_NUMBER(now, fields.created_utc_ms);
    CHECK_NUMBER(VIDEOS, fields.videos);
    CHECK_NUMBER(0, fields.base_number);
    CHECK_NUMBER(0, fields.before_number);
    CHECK(fields.stored_bytes > 80 && fields.content_bytes > 0);
    CHECK_NEAR(8, fields.epsilon, 0);
    CHECK_NEAR(1e-3, fields.delta, 0);
    CHECK_NUMBER(4, fields.most_watches);
    CHECK_NEAR(0, fields.home_share, 0);
    CHECK_NUMBER(0, fields.encoder_len);
    CHECK(fields.encoder != NULL);
    CHECK(fields.key_len == KEY_BYTES && memcmp(fields.key, public_key, KEY_BYTES) == 0);
    vrec_pack_description_destroy(description);
    vrec_pack_description_destroy(NULL);
    free(path);
}

static void what_is_not_trusted_or_not_sound_is_refused(void)
{
    char *path = path_of("sound.pack");
    vrec_engine *engine = make_service();
    vrec_pack_export_options options = export_to(path, 1);
    CHECK_OK(vrec_pack_export(engine, &options, NULL, error));
    size_t length = 0;
    uint8_t *bytes = read_bytes(path, &length);
    vrec_pack_import_options data = import_from("");
    data.data = bytes;
    for (size_t cut = 1; cut < length; cut += 13) {
        check_case("%zu bytes", cut);
        data.data_len = cut;
        int32_t status = vrec_pack_import(engine, &data, NULL, NULL);
        CHECK(status == VREC_E_CORRUPT || status == VREC_E_SIGNATURE);
    }
    data.data_len = length;
    for (size_t at = 0; at < length; at += 13) {
        check_case("byte %zu", at);
        bytes[at] ^= 0x10;
        CHECK(vrec_pack_import(engine, &data, NULL, NULL) < 0);
        bytes[at] ^= 0x10;
    }
    check_case(NULL);
    /* The format stands behind the eight bytes that say it is a pack. */
    bytes[8] = 1;
    CHECK_REFUSED(VREC_E_OLDER, "format 2 alone; make it anew", vrec_pack_import(engine, &data, NULL, error));
    bytes[8] = 3;
    CHECK_REFUSED(VREC_E_TOO_NEW, "format 3", vrec_pack_import(engine, &data, NULL, error));
    bytes[8] = 2;
    CHECK_NUMBER(0, number_in_use(engine));

    uint8_t other[KEY_BYTES];
    memcpy(other, public_key, sizeof other);
    for (other[0] = 0; other[0] < 255; other[0]++) {
        data.trusted_keys = other;
        int32_t status = vrec_pack_import(engine, &data, NULL, NULL);
        CHECK(status == VREC_E_SIGNATURE || status == VREC_E_INVALID_ARGUMENT || other[0] == public_key[0]);
        if (status == VREC_OK) {
            CHECK_OK(vrec_pack_revert(engine, NULL, error));
        }
    }
    data.trusted_keys = public_key;
    data.trusted_key_count = 17;
    CHECK_REFUSED(VREC_E_LIMIT, "trusted_key_count", vrec_pack_import(engine, &data, NULL, error));
    data.trusted_key_count = 0;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "trusted_keys", vrec_pack_import(engine, &data, NULL, error));
    data.trusted_key_count = 1;
    data.most_file_bytes = length - 1;
    CHECK_REFUSED(VREC_E_LIMIT, "the limit is", vrec_pack_import(engine, &data, NULL, error));
    data.most_file_bytes = 0;
    data.line = "series";
    data.line_len = 6;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "series", vrec_pack_import(engine, &data, NULL, error));
    data.line_len = 0;
    data.path = path;
    data.path_len = strlen(path);
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "only one", vrec_pack_import(engine, &data, NULL, error));
    data = import_from("");
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "path or data", vrec_pack_import(engine, &data, NULL, error));
    data = import_from("relative.pack");
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "not absolute", vrec_pack_import(engine, &data, NULL, error));
    data = import_from("/nowhere/at/all.pack");
    CHECK_REFUSED(VREC_E_NOT_FOUND, "all.pack", vrec_pack_import(engine, &data, NULL, error));
    data.struct_size--;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "struct_size", vrec_pack_import(engine, &data, NULL, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "NULL", vrec_pack_import(engine, NULL, NULL, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "description", vrec_pack_info(engine, NULL, NULL, error));
    vrec_destroy(engine);
    free(bytes);
    free(path);
}

/* Bytes of what a service's pack unfolds to, with so many cells of transitions for each item. */
static uint64_t content_bytes(const vrec_engine *engine, const char *path, uint32_t transitions_per_item)
{
    vrec_pack_export_options options = export_to(path, 1);
    options.least_profiles = 1;
    options.transitions_per_item = transitions_per_item;
    CHECK_OK(vrec_pack_export(engine, &options, NULL, error));
    vrec_pack_import_options from = import_from(path);
    vrec_pack_description *description = NULL;
    vrec_pack_fields fields = {.struct_size = sizeof fields};
    CHECK_OK(vrec_pack_info(engine, &from, &description, error));
    CHECK_OK(vrec_pack_description_fields(description, &fields, error));
    vrec_pack_description_destroy(description);
    return fields.content_bytes;
}

static void tables_are_as_large_as_they_may_be(void)
{
    char *path = path_of("sizes.pack");
    vrec_engine *engine = make_service();
    uint64_t by_default = content_bytes(engine, path, 0);
    CHECK_NUMBER(by_default, content_bytes(engine, path, 32));
    CHECK(content_bytes(engine, path, 1) < by_default);
    vrec_pack_export_options options = export_to(path, 1);
    options.weights_per_item = 10001;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "weights_per_item is 10001", vrec_pack_export(engine, &options, NULL, error));
    options.pairs_per_item = 10001;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "pairs_per_item is 10001", vrec_pack_export(engine, &options, NULL, error));
    options.transitions_per_item = 10001;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "transitions_per_item is 10001",
                  vrec_pack_export(engine, &options, NULL, error));
    vrec_destroy(engine);
    free(path);
}

static void exports_say_what_is_missing(void)
{
    char *path = path_of("never.pack");
    vrec_engine *engine = make_service();
    vrec_pack_export_options options = export_to(path, 0);
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "number is 0", vrec_pack_export(engine, &options, NULL, error));
    options = export_to("", 1);
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "path is empty", vrec_pack_export(engine, &options, NULL, error));
    options = export_to(path, 1);
    options.signing_key_len = 31;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "signing_key", vrec_pack_export(engine, &options, NULL, error));
    options = export_to(path, 1);
    options.line_len = 0;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "line is empty", vrec_pack_export(engine, &options, NULL, error));
    options = export_to(path, 1);
    options.delta = 1e-3;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "need an epsilon", vrec_pack_export(engine, &options, NULL, error));
    options.epsilon = -1;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "epsilon", vrec_pack_export(engine, &options, NULL, error));
    options = export_to(path, 1);
    options.with_vectors = 2;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "with_vectors", vrec_pack_export(engine, &options, NULL, error));
    options.with_vectors = 1;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "store", vrec_pack_export(engine, &options, NULL, error));
    options = export_to("/nowhere/at/all.pack", 1);
    CHECK_REFUSED(VREC_E_IO, "all.pack", vrec_pack_export(engine, &options, NULL, error));
    CHECK(fopen(path, "rb") == NULL);
    vrec_destroy(engine);
    free(path);
}

int main(int count, char **arguments)
{
    REQUIRE(count == 2);
    stores_folder = arguments[1];
    RUN(a_pack_helps_and_is_given_back);
    RUN(a_household_shows_what_its_watches_count);
    RUN(a_description_outlives_its_engine);
    RUN(what_is_not_trusted_or_not_sound_is_refused);
    RUN(tables_are_as_large_as_they_may_be);
    RUN(exports_say_what_is_missing);
    return check_finish();
}
