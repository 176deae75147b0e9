/* Every string and every list of texts that goes in, attacked alike: NULL with a length, bytes that
 * are no UTF-8, lengths and counts beyond all bounds, offsets that fall. Memory that must not be read
 * lies behind a page that ends the program when touched. */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "fixture.h"

static vrec_engine *engine;
static float plane_vector[PLANE] = {1, 0, 0, 0};

/* --- strings ------------------------------------------------------------------------------------ */

/* Calls a function with `text` as the argument under attack. */
typedef int32_t (*string_call)(const char *text, size_t length, vrec_error **error);

static int32_t create_with(vrec_options options, vrec_error **error)
{
    options.struct_size = sizeof options;
    vrec_engine *created = NULL;
    int32_t status = vrec_create(&options, &created, error);
    vrec_destroy(created);
    return status;
}

static int32_t as_model_path(const char *text, size_t length, vrec_error **error)
{
    return create_with((vrec_options){.model_path = text, .model_path_len = length}, error);
}

static int32_t as_runtime_path(const char *text, size_t length, vrec_error **error)
{
    return create_with((vrec_options){.runtime_path = text, .runtime_path_len = length}, error);
}

static int32_t as_id(const char *text, size_t length, vrec_error **error)
{
    vrec_video video = video_with_vector("", plane_vector);
    video.id = text;
    video.id_len = length;
    return vrec_add_video(engine, &video, NULL, error);
}

static int32_t as_title(const char *text, size_t length, vrec_error **error)
{
    vrec_video video = video_with_vector("v", plane_vector);
    video.title = text;
    video.title_len = length;
    return vrec_add_video(engine, &video, NULL, error);
}

static int32_t as_description(const char *text, size_t length, vrec_error **error)
{
    vrec_video video = video_with_vector("v", plane_vector);
    video.description = text;
    video.description_len = length;
    return vrec_add_video(engine, &video, NULL, error);
}

static int32_t as_language(const char *text, size_t length, vrec_error **error)
{
    vrec_video video = video_with_vector("v", plane_vector);
    video.language = text;
    video.language_len = length;
    return vrec_add_video(engine, &video, NULL, error);
}

static int32_t as_event_profile(const char *text, size_t length, vrec_error **error)
{
    vrec_event event = event_of(NULL, "a", VREC_EVENT_SELECT);
    event.profile = text;
    event.profile_len = length;
    return vrec_record(engine, &event, error);
}

static int32_t as_event_video(const char *text, size_t length, vrec_error **error)
{
    vrec_event event = event_of(NULL, "a", VREC_EVENT_SELECT);
    event.video_id = text;
    event.video_id_len = length;
    return vrec_record(engine, &event, error);
}

static int32_t as_query_profile(const char *text, size_t length, vrec_error **error)
{
    vrec_query query = query_for(NULL);
    query.profile = text;
    query.profile_len = length;
    vrec_results *results = NULL;
    int32_t status = vrec_recommend(engine, &query, NULL, &results, error);
    vrec_results_destroy(results);
    return status;
}

static int32_t as_similar_video(const char *text, size_t length, vrec_error **error)
{
    vrec_results *results = NULL;
    int32_t status = vrec_similar(engine, text, length, NULL, NULL, &results, error);
    vrec_results_destroy(results);
    return status;
}

static int32_t as_search_text(const char *text, size_t length, vrec_error **error)
{
    vrec_results *results = NULL;
    int32_t status = vrec_search(engine, text, length, NULL, NULL, &results, error);
    vrec_results_destroy(results);
    return status;
}

static int32_t as_embedded_text(const char *text, size_t length, vrec_error **error)
{
    float vector[PLANE];
    return vrec_embed(engine, text, length, vector, PLANE, NULL, error);
}

static const struct {
    const char *argument;
    string_call call;
} strings[] = {
    {"model_path", as_model_path},   {"runtime_path", as_runtime_path}, {"id", as_id},
    {"title", as_title},             {"description", as_description},   {"language", as_language},
    {"profile", as_event_profile},   {"video_id", as_event_video},      {"profile", as_query_profile},
    {"video_id", as_similar_video},  {"text", as_search_text},          {"text", as_embedded_text},
};

enum { STRINGS = sizeof strings / sizeof strings[0] };

static void null_with_a_length_is_refused(void)
{
    for (size_t index = 0; index < STRINGS; index++) {
        CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, strings[index].argument, strings[index].call(NULL, 3, error));
    }
}

static const struct {
    const char *what;
    const char *bytes;
} broken_texts[] = {
    {"an overlong slash", "\xC0\xAF"},
    {"an overlong NUL", "\xC0\x80"},
    {"a long overlong", "\xE0\x80\x80"},
    {"a surrogate", "\xED\xA0\x80"},
    {"a surrogate pair", "\xED\xA0\xBD\xED\xB8\x80"},
    {"a truncated character", "\xE4\xBD"},
    {"a truncated character before more", "\xE4\xBDx"},
    {"a lone continuation", "\x80"},
    {"beyond Unicode", "\xF4\x90\x80\x80"},
    {"a five-byte form", "\xF8\x88\x80\x80\x80"},
    {"no lead byte", "\xFF"},
};

/* Each follows "/ok", so that paths are absolute and the broken byte is number 3. */
static void broken_utf8_is_refused_at_its_byte(void)
{
    for (size_t form = 0; form < sizeof broken_texts / sizeof broken_texts[0]; form++) {
        size_t length = 3 + strlen(broken_texts[form].bytes);
        char *text = memory_before_guard(length);
        memcpy(text, "/ok", 3);
        memcpy(text + 3, broken_texts[form].bytes, length - 3);
        for (size_t index = 0; index < STRINGS; index++) {
            check_case("%s in %s", broken_texts[form].what, strings[index].argument);
            CHECK_REFUSED(VREC_E_UTF8, strings[index].argument, strings[index].call(text, length, error));
            CHECK_REFUSED(VREC_E_UTF8, "byte 3", strings[index].call(text, length, error));
        }
    }
}

static void lengths_past_every_limit_are_refused_unread(void)
{
    size_t lengths[] = {65537, (size_t)1 << 40, SIZE_MAX / 2, SIZE_MAX};
    for (size_t index = 0; index < STRINGS; index++) {
        for (size_t size = 0; size < sizeof lengths / sizeof lengths[0]; size++) {
            check_case("a length of %zu in %s", lengths[size], strings[index].argument);
            CHECK_REFUSED(VREC_E_LIMIT, strings[index].argument,
                          strings[index].call(unreadable(), lengths[size], error));
        }
    }
}

static void strings_need_no_nul_behind_them(void)
{
    char *text = memory_before_guard(1);
    text[0] = 'a';
    CHECK_OK(as_id(text, 1, error));
    CHECK_OK(as_title(text, 1, error));
    CHECK_OK(as_event_profile(text, 1, error));
    CHECK_OK(as_event_video(text, 1, error));
    CHECK_OK(as_similar_video(text, 1, error));
    CHECK_OK(as_query_profile(text, 1, error));
}

static void paths_must_be_absolute_and_without_nul(void)
{
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "model_path", as_model_path(TEXT("model"), error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "runtime_path", as_runtime_path(TEXT("./library.so"), error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "model_path", as_model_path(TEXT("/mo\0del"), error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "runtime_path", as_runtime_path(TEXT("/a\0b"), error));
    char *path = malloc(4097);
    REQUIRE(path != NULL);
    memset(path, 'x', 4097);
    path[0] = '/';
    CHECK_REFUSED(VREC_E_LIMIT, "model_path", as_model_path(path, 4097, error));
    CHECK_REFUSED(VREC_E_LIMIT, "runtime_path", as_runtime_path(path, 4097, error));
    free(path);
}

/* --- lists of texts ----------------------------------------------------------------------------- */

typedef int32_t (*list_call)(const char *block, const uint64_t *offsets, size_t count, vrec_error **error);

static int32_t as_removed_ids(const char *block, const uint64_t *offsets, size_t count, vrec_error **error)
{
    return vrec_remove_videos(engine, block, offsets, count, error);
}

static int32_t as_embedded_texts(const char *block, const uint64_t *offsets, size_t count, vrec_error **error)
{
    float vector[PLANE];
    return vrec_embed_batch(engine, block, offsets, count, vector, PLANE, NULL, error);
}

static int32_t as_tags(const char *block, const uint64_t *offsets, size_t count, vrec_error **error)
{
    vrec_video video = video_with_vector("v", plane_vector);
    video.tags = block;
    video.tag_offsets = offsets;
    video.tag_count = count;
    return vrec_add_video(engine, &video, NULL, error);
}

static int32_t as_comments(const char *block, const uint64_t *offsets, size_t count, vrec_error **error)
{
    vrec_video video = video_with_vector("v", plane_vector);
    video.comments = block;
    video.comment_offsets = offsets;
    video.comment_count = count;
    return vrec_add_video(engine, &video, NULL, error);
}

static int32_t as_excluded_ids(const char *block, const uint64_t *offsets, size_t count, vrec_error **error)
{
    vrec_query query = query_for(NULL);
    query.exclude = block;
    query.exclude_offsets = offsets;
    query.exclude_count = count;
    vrec_results *results = NULL;
    int32_t status = vrec_recommend(engine, &query, NULL, &results, error);
    vrec_results_destroy(results);
    return status;
}

static const struct {
    const char *argument;
    list_call call;
} lists[] = {
    {"ids", as_removed_ids}, {"texts", as_embedded_texts}, {"tags", as_tags},
    {"comments", as_comments}, {"exclude", as_excluded_ids},
};

enum { LISTS = sizeof lists / sizeof lists[0] };

static void null_blocks_and_offsets_are_refused(void)
{
    uint64_t offsets[] = {0, 1, 2};
    for (size_t index = 0; index < LISTS; index++) {
        check_case("%s", lists[index].argument);
        CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, lists[index].argument, lists[index].call("ab", NULL, 2, error));
        CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "offsets", lists[index].call("ab", NULL, 2, error));
        CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, lists[index].argument, lists[index].call(NULL, offsets, 2, error));
    }
}

static void huge_counts_are_refused_unread(void)
{
    size_t counts[] = {65537, (size_t)1 << 40, SIZE_MAX / 8, SIZE_MAX};
    for (size_t index = 0; index < LISTS; index++) {
        for (size_t size = 0; size < sizeof counts / sizeof counts[0]; size++) {
            check_case("a count of %zu in %s", counts[size], lists[index].argument);
            CHECK_REFUSED(VREC_E_LIMIT, lists[index].argument,
                          lists[index].call(unreadable(), unreadable(), counts[size], error));
        }
    }
}

/* A block is as long as its last offset says: before the offsets are known to rise, nothing of it
 * may be read. */
static void falling_offsets_are_refused_before_the_block_is_read(void)
{
    uint64_t falling[][4] = {{0, 2, 1, 3}, {3, 0, 1, 2}, {0, 1, 60000, 3}, {0, 60000, 2, 3},
                             {0, UINT64_MAX, 2, 3}, {UINT64_MAX, 1, 2, 3}, {60000, 60001, 60002, 3}};
    char *block = memory_before_guard(3);
    memcpy(block, "abc", 3);
    for (size_t row = 0; row < sizeof falling / sizeof falling[0]; row++) {
        uint64_t *offsets = memory_before_guard(sizeof falling[row]);
        memcpy(offsets, falling[row], sizeof falling[row]);
        for (size_t index = 0; index < LISTS; index++) {
            check_case("row %zu of offsets in %s", row, lists[index].argument);
            CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, lists[index].argument, lists[index].call(block, offsets, 3, error));
        }
    }
}

static void offsets_that_cut_a_character_are_refused(void)
{
    uint64_t offsets[] = {0, 2, 4};
    for (size_t index = 0; index < LISTS; index++) {
        check_case("%s", lists[index].argument);
        CHECK_REFUSED(VREC_E_UTF8, lists[index].argument, lists[index].call("a\xC3\xA9z", offsets, 2, error));
    }
}

static void each_broken_text_is_named_by_its_index(void)
{
    uint64_t offsets[] = {0, 1, 2, 4};
    for (size_t index = 0; index < LISTS; index++) {
        check_case("%s", lists[index].argument);
        CHECK_REFUSED(VREC_E_UTF8, "[2]", lists[index].call("abx\xFF", offsets, 3, error));
    }
}

static void offsets_need_no_alignment_and_may_start_anywhere(void)
{
    char *memory = malloc(1 + 3 * sizeof(uint64_t));
    REQUIRE(memory != NULL);
    uint64_t values[] = {2, 3, 4};
    memcpy(memory + 1, values, sizeof values);
    const uint64_t *offsets = (const uint64_t *)(const void *)(memory + 1);
    CHECK_OK(as_tags("..ab", offsets, 2, error));
    CHECK_OK(as_excluded_ids("..ab", offsets, 2, error));
    CHECK_REFUSED(VREC_E_NOT_FOUND, "ids[1]", as_removed_ids("..ab", offsets, 2, error));
    free(memory);
}

static void empty_lists_need_no_pointers(void)
{
    CHECK_OK(as_removed_ids(NULL, NULL, 0, error));
    CHECK_OK(as_tags(NULL, NULL, 0, error));
    CHECK_OK(as_comments(NULL, NULL, 0, error));
    CHECK_OK(as_excluded_ids(NULL, NULL, 0, error));
    uint64_t offsets[] = {0, 0, 0};
    CHECK_OK(as_tags(NULL, offsets, 2, error));
    CHECK_OK(as_comments(NULL, offsets, 2, error));
    CHECK_OK(as_excluded_ids(NULL, offsets, 2, error));
    CHECK_REFUSED(VREC_E_NOT_FOUND, "ids[0]", as_removed_ids(NULL, offsets, 2, error));
}

int main(void)
{
    engine = make_engine();
    add_at_angle(engine, "a", 0);
    RUN(null_with_a_length_is_refused);
    RUN(broken_utf8_is_refused_at_its_byte);
    RUN(lengths_past_every_limit_are_refused_unread);
    RUN(strings_need_no_nul_behind_them);
    RUN(paths_must_be_absolute_and_without_nul);
    RUN(null_blocks_and_offsets_are_refused);
    RUN(huge_counts_are_refused_unread);
    RUN(offsets_that_cut_a_character_are_refused);
    RUN(each_broken_text_is_named_by_its_index);
    RUN(offsets_need_no_alignment_and_may_start_anywhere);
    RUN(empty_lists_need_no_pointers);
    RUN(falling_offsets_are_refused_before_the_block_is_read);
    vrec_destroy(engine);
    return check_finish();
}
