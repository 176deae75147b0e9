/* The columns of a list: what they hold, that they agree with each other, that they stay as they were
 * whatever becomes of the engine, and that their pointers are pointers even when there is nothing to
 * point to. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "fixture.h"

static void check_offsets(const char *column, const uint64_t *offsets, size_t count)
{
    check_case("the offsets of %s", column);
    CHECK_NUMBER(0, offsets[0]);
    for (size_t index = 0; index < count; index++) {
        CHECK(offsets[index] <= offsets[index + 1]);
    }
    check_case(NULL);
}

static void check_columns(const vrec_columns *columns)
{
    CHECK_NUMBER(sizeof *columns, columns->struct_size);
    check_offsets("ids", columns->id_offsets, columns->count);
    check_offsets("titles", columns->title_offsets, columns->count);
    check_offsets("because_ids", columns->because_id_offsets, columns->count);
    check_offsets("matched_texts", columns->matched_text_offsets, columns->count);
    for (size_t index = 0; index < columns->count; index++) {
        CHECK(columns->scores[index] >= -1.0F && columns->scores[index] <= 1.0F);
        CHECK(index == 0 || columns->scores[index - 1] >= columns->scores[index]);
        CHECK(columns->matched_fields[index] >= VREC_FIELD_NONE);
        CHECK(columns->matched_fields[index] <= VREC_FIELD_COMMENTS);
    }
}

static void check_column_text(const char *expected, const char *block, const uint64_t *offsets, size_t index)
{
    char *text = text_of(block, offsets, index);
    CHECK_TEXT(expected, text);
    free(text);
}

static void columns_tell_all_of_a_recommendation(void)
{
    vrec_engine *engine = make_fan();
    record(engine, NULL, "a", VREC_EVENT_COMPLETE);
    record(engine, NULL, "d", VREC_EVENT_SELECT);
    vrec_results *results = NULL;
    CHECK_OK(vrec_recommend(engine, NULL, NULL, &results, error));
    vrec_columns columns = columns_of(results);
    check_columns(&columns);
    double taste = atan2(0.1, 1.0) * 180.0 / acos(-1.0);
    CHECK_NUMBER(4, columns.count);
    CHECK_TEXT("b c d e", ids_of(results));
    CHECK_NEAR(cosine(10 - taste), columns.scores[0], 1e-6);
    CHECK_NEAR(cosine(180 - taste), columns.scores[3], 1e-6);
    for (size_t index = 0; index < columns.count; index++) {
        const char *because[] = {"a", "a", "d", "d"};
        char *id = text_of(columns.ids, columns.id_offsets, index);
        check_column_text(id, columns.titles, columns.title_offsets, index);
        check_column_text(because[index], columns.because_ids, columns.because_id_offsets, index);
        check_column_text("", columns.matched_texts, columns.matched_text_offsets, index);
        CHECK_NUMBER(VREC_FIELD_NONE, columns.matched_fields[index]);
        CHECK_NEAR(0, columns.matched_scores[index], 0);
        free(id);
    }
    vrec_results_destroy(results);
    vrec_destroy(engine);
}

static void similar_videos_name_the_video_asked_about(void)
{
    vrec_engine *engine = make_fan();
    vrec_results *results = NULL;
    CHECK_OK(vrec_similar(engine, TEXT("b"), NULL, NULL, &results, error));
    vrec_columns columns = columns_of(results);
    check_columns(&columns);
    for (size_t index = 0; index < columns.count; index++) {
        check_column_text("b", columns.because_ids, columns.because_id_offsets, index);
    }
    CHECK_NEAR(cosine(10), columns.scores[0], 1e-6);
    vrec_results_destroy(results);
    vrec_destroy(engine);
}

static void results_stay_as_they_were_and_outlive_the_engine(void)
{
    vrec_engine *engine = make_fan();
    vrec_results *results = NULL;
    CHECK_OK(vrec_similar(engine, TEXT("a"), NULL, NULL, &results, error));
    vrec_columns before = columns_of(results);
    float other[PLANE] = {0, 0, 1, 0};
    vrec_video replaced = video_with_vector("b", other);
    CHECK_OK(vrec_add_video(engine, &replaced, NULL, error));
    CHECK_OK(vrec_remove_videos(engine, "ac", (uint64_t[]){0, 1, 2}, 2, error));
    CHECK_TEXT("b c d e", ids_of(results));
    vrec_destroy(engine);
    CHECK_TEXT("b c d e", ids_of(results));
    vrec_columns after = columns_of(results);
    check_columns(&after);
    CHECK(memcmp(&before, &after, sizeof before) == 0);
    CHECK_NEAR(cosine(10), after.scores[0], 1e-6);
    check_column_text("b", after.titles, after.title_offsets, 0);
    vrec_results_destroy(results);
}

/* Some runtimes that call C, Go's for one, end the program when a pointer is a small number. */
static void check_pointer(const char *column, const void *pointer)
{
    if ((uintptr_t)pointer < 4096) {
        check_failed(__FILE__, __LINE__, "expected %s to be a valid pointer, found %p", column,
                     (void *)(uintptr_t)pointer);
    }
}

static void check_pointers(const vrec_results *results)
{
    vrec_columns columns = columns_of(results);
    check_columns(&columns);
    check_pointer("ids", columns.ids);
    check_pointer("id_offsets", columns.id_offsets);
    check_pointer("titles", columns.titles);
    check_pointer("title_offsets", columns.title_offsets);
    check_pointer("scores", columns.scores);
    check_pointer("because_ids", columns.because_ids);
    check_pointer("because_id_offsets", columns.because_id_offsets);
    check_pointer("matched_fields", columns.matched_fields);
    check_pointer("matched_texts", columns.matched_texts);
    check_pointer("matched_text_offsets", columns.matched_text_offsets);
    check_pointer("matched_scores", columns.matched_scores);
}

static void empty_columns_have_valid_pointers(void)
{
    vrec_engine *engine = make_fan();
    vrec_results *empty = NULL;
    vrec_results *without_texts = NULL;
    CHECK_OK(vrec_recommend(engine, NULL, NULL, &empty, error));
    CHECK_OK(vrec_similar(engine, TEXT("a"), NULL, NULL, &without_texts, error));
    CHECK_NUMBER(0, columns_of(empty).count);
    CHECK_NUMBER(4, columns_of(without_texts).count);
    check_pointers(empty);
    check_pointers(without_texts);
    vrec_results_destroy(empty);
    vrec_results_destroy(without_texts);
    vrec_destroy(engine);
}

int main(void)
{
    RUN(columns_tell_all_of_a_recommendation);
    RUN(similar_videos_name_the_video_asked_about);
    RUN(results_stay_as_they_were_and_outlive_the_engine);
    RUN(empty_columns_have_valid_pointers);
    return check_finish();
}
