/* Why a video stands in a list, in columns and in words, and how any other one stands with the query. Needs no model.
 * Videos lie at angles in a plane, so that scores and their parts are known. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "fixture.h"

/* Titles in both languages at the angles 0, 30, 40, 90 and 180. */
static vrec_engine *make_house(void)
{
    static const char *const ids[] = {"robots", "brains", "waves", "cooking", "yoga"};
    static const char *const titles[] = {"Robots at “Work”", "深度学习基础", "Waves", "", "Yoga"};
    static const double degrees[] = {0, 30, 40, 90, 180};
    vrec_engine *engine = make_engine();
    for (size_t index = 0; index < sizeof ids / sizeof ids[0]; index++) {
        float vector[PLANE] = {(float)cosine(degrees[index]), (float)cosine(degrees[index] - 90), 0, 0};
        vrec_video video = video_with_vector(ids[index], vector);
        video.title = titles[index];
        video.title_len = strlen(titles[index]);
        video.min_age = index == 2 ? 18 : 6;
        CHECK_OK(vrec_add_video(engine, &video, NULL, error));
    }
    return engine;
}

static vrec_reason_columns reasons_of(const vrec_results *results)
{
    vrec_reason_columns columns = {.struct_size = sizeof columns};
    CHECK_OK(vrec_results_reasons(results, &columns, error));
    return columns;
}

/* The weights of each video's reasons sum to its score and fall. */
static void check_sums(const vrec_reason_columns *reasons, const float *scores)
{
    CHECK_NUMBER(0, reasons->reason_offsets[0]);
    CHECK_NUMBER(reasons->reason_count, reasons->reason_offsets[reasons->count]);
    for (size_t item = 0; item < reasons->count; item++) {
        double sum = 0;
        for (uint64_t at = reasons->reason_offsets[item]; at < reasons->reason_offsets[item + 1]; at++) {
            sum += reasons->weights[at];
            CHECK(at == reasons->reason_offsets[item] || reasons->weights[at] <= reasons->weights[at - 1]);
        }
        CHECK_NEAR(scores[item], sum, 1e-5);
    }
}

static void check_text_at(const char *expected, const char *block, const uint64_t *offsets, size_t index)
{
    char *found = text_of(block, offsets, index);
    CHECK_TEXT(expected, found);
    free(found);
}

static void a_list_by_taste_splits_by_watched_videos(void)
{
    vrec_engine *engine = make_house();
    record(engine, NULL, "robots", VREC_EVENT_COMPLETE);
    record(engine, NULL, "brains", VREC_EVENT_COMPLETE);
    vrec_results *results = NULL;
    CHECK_OK(vrec_recommend(engine, NULL, NULL, &results, error));
    vrec_columns list = columns_of(results);
    vrec_reason_columns reasons = reasons_of(results);
    CHECK_NUMBER(3, reasons.count);
    check_sums(&reasons, list.scores);
    CHECK_NUMBER(2, reasons.reason_offsets[1]);
    CHECK_NUMBER(VREC_REASON_TASTE, reasons.kinds[0]);
    check_text_at("brains", reasons.evidence_ids, reasons.evidence_id_offsets, 0);
    check_text_at("brains", list.because_ids, list.because_id_offsets, 0);
    check_text_at("深度学习基础", reasons.evidence_texts, reasons.evidence_text_offsets, 0);
    check_text_at("Because you watched “深度学习基础”", reasons.english, reasons.english_offsets, 0);
    check_text_at("因为你看过《深度学习基础》", reasons.chinese, reasons.chinese_offsets, 0);
    check_text_at("Because you watched “Robots at ‘Work’”", reasons.english, reasons.english_offsets, 1);
    CHECK_NUMBER(VREC_FIELD_NONE, reasons.evidence_fields[0]);
    /* They outlive the engine, and a second call gives the same pointers. */
    vrec_destroy(engine);
    vrec_reason_columns again = reasons_of(results);
    CHECK(memcmp(&again, &reasons, sizeof again) == 0);
    vrec_results_destroy(results);
}

static void a_blend_splits_by_features_and_similar_names_the_video(void)
{
    vrec_engine *engine = make_house();
    record(engine, NULL, "robots", VREC_EVENT_COMPLETE);
    record(engine, "other", "robots", VREC_EVENT_COMPLETE);
    record(engine, "other", "waves", VREC_EVENT_COMPLETE);
    vrec_query query = query_for(NULL);
    query.ranking = VREC_RANKING_BLEND;
    vrec_results *results = NULL;
    CHECK_OK(vrec_recommend(engine, &query, NULL, &results, error));
    vrec_columns list = columns_of(results);
    vrec_reason_columns reasons = reasons_of(results);
    check_sums(&reasons, list.scores);
    int seen = 0;
    for (size_t at = 0; at < reasons.reason_count; at++) {
        seen |= 1 << reasons.kinds[at];
    }
    CHECK(seen & 1 << VREC_REASON_TASTE && seen & 1 << VREC_REASON_ITEM_NEIGHBOURS && seen & 1 << VREC_REASON_TRANSITIONS);
    vrec_results_destroy(results);

    CHECK_OK(vrec_similar(engine, TEXT("robots"), NULL, NULL, &results, error));
    list = columns_of(results);
    reasons = reasons_of(results);
    check_sums(&reasons, list.scores);
    CHECK_NUMBER(VREC_REASON_SIMILAR, reasons.kinds[0]);
    check_text_at("Like “Robots at ‘Work’”", reasons.english, reasons.english_offsets, 0);
    vrec_results_destroy(results);

    query = query_for(NULL);
    query.search_ways = VREC_SEARCH_TITLES;
    CHECK_OK(vrec_search(engine, TEXT("wav"), &query, NULL, &results, error));
    list = columns_of(results);
    reasons = reasons_of(results);
    check_sums(&reasons, list.scores);
    CHECK_NUMBER(VREC_REASON_TITLE, reasons.kinds[0]);
    CHECK_NUMBER(VREC_FIELD_TITLE, reasons.evidence_fields[0]);
    check_text_at("Waves", reasons.evidence_texts, reasons.evidence_text_offsets, 0);
    vrec_results_destroy(results);
    vrec_destroy(engine);
}

static vrec_explained_fields fields_of(const vrec_explanation *explanation)
{
    vrec_explained_fields fields = {.struct_size = sizeof fields};
    CHECK_OK(vrec_explanation_fields(explanation, &fields, error));
    return fields;
}

static void any_video_is_explained(void)
{
    vrec_engine *engine = make_house();
    record(engine, NULL, "robots", VREC_EVENT_COMPLETE);
    vrec_explanation *explanation = NULL;
    CHECK_OK(vrec_explain(engine, NULL, TEXT("cooking"), NULL, &explanation, error));
    vrec_explained_fields fields = fields_of(explanation);
    CHECK_NUMBER(3, fields.rank);
    CHECK_NUMBER(4, fields.allowed_count);
    CHECK_NUMBER(0, fields.block_count);
    CHECK_NUMBER(0, fields.title_len);
    CHECK_NEAR(0, fields.score, 1e-6);
    CHECK_NUMBER(1, fields.has_score);
    vrec_reason_columns reasons = {.struct_size = sizeof reasons};
    CHECK_OK(vrec_explanation_reasons(explanation, &reasons, error));
    CHECK_NUMBER(1, reasons.count);
    check_sums(&reasons, &fields.score);
    vrec_explanation_destroy(explanation);

    /* For a child of twelve, what is for ages from eighteen is blocked, and says all that keeps it out. */
    vrec_filter filter = {.struct_size = sizeof filter, .viewer_age = 12};
    vrec_query query = query_for(NULL);
    query.filter = &filter;
    query.exclude = "waves";
    query.exclude_offsets = (uint64_t[]){0, 5};
    query.exclude_count = 1;
    CHECK_OK(vrec_explain(engine, &query, TEXT("waves"), NULL, &explanation, error));
    vrec_destroy(engine);
    fields = fields_of(explanation);
    CHECK_NUMBER(0, fields.rank);
    CHECK_NEAR(cosine(40), fields.score, 1e-5);
    CHECK_NUMBER(2, fields.block_count);
    CHECK_NUMBER(VREC_BLOCK_AGE, fields.block_kinds[0]);
    CHECK_NUMBER(18, fields.block_found[0]);
    CHECK_NUMBER(12, fields.block_asked[0]);
    CHECK_NUMBER(VREC_BLOCK_EXCLUDED, fields.block_kinds[1]);
    CHECK_NUMBER(0, fields.block_text_offsets[2]);
    check_text_at("Blocked: for ages from 18, the viewer's limit is 12", fields.block_english, fields.block_english_offsets, 0);
    check_text_at("已屏蔽：适合18岁及以上，观众年龄上限为12岁", fields.block_chinese, fields.block_chinese_offsets, 0);
    /* A caller that knows fewer fields. */
    vrec_explained_fields fewer = {.struct_size = offsetof(vrec_explained_fields, score)};
    CHECK_OK(vrec_explanation_fields(explanation, &fewer, error));
    CHECK(fewer.allowed_count == fields.allowed_count && fewer.block_kinds == NULL);
    vrec_explanation_destroy(explanation);
}

static void what_is_out_of_range_is_refused(void)
{
    vrec_engine *engine = make_house();
    vrec_explanation *explanation = NULL;
    vrec_results *results = NULL;
    vrec_reason_columns reasons = {.struct_size = sizeof reasons};
    vrec_explained_fields fields = {.struct_size = sizeof fields};
    CHECK_REFUSED(VREC_E_NOT_FOUND, "nowhere", vrec_explain(engine, NULL, TEXT("nowhere"), NULL, &explanation, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "video_id", vrec_explain(engine, NULL, NULL, 0, NULL, &explanation, error));
    CHECK_REFUSED(VREC_E_UTF8, "video_id", vrec_explain(engine, NULL, TEXT("\xff"), NULL, &explanation, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "video_id", vrec_explain(engine, NULL, NULL, 3, NULL, &explanation, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "engine", vrec_explain(NULL, NULL, TEXT("yoga"), NULL, &explanation, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "explanation", vrec_explain(engine, NULL, TEXT("yoga"), NULL, NULL, error));
    vrec_query query = query_for(NULL);
    query.limit = VREC_MAX_RESULTS + 1;
    CHECK_REFUSED(VREC_E_LIMIT, "limit", vrec_explain(engine, &query, TEXT("yoga"), NULL, &explanation, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "results", vrec_results_reasons(NULL, &reasons, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "explanation", vrec_explanation_fields(NULL, &fields, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "explanation", vrec_explanation_reasons(NULL, &reasons, error));
    CHECK(explanation == NULL);

    /* Nobody's list is empty and has no reasons; a video says that there is no taste. */
    CHECK_OK(vrec_recommend(engine, NULL, NULL, &results, error));
    reasons = reasons_of(results);
    CHECK_NUMBER(0, reasons.count);
    CHECK_NUMBER(0, reasons.reason_count);
    CHECK(reasons.kinds != NULL && reasons.english != NULL);
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "columns", vrec_results_reasons(results, NULL, error));
    reasons.struct_size = 3;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "struct_size", vrec_results_reasons(results, &reasons, error));
    vrec_results_destroy(results);
    CHECK_OK(vrec_explain(engine, NULL, TEXT("yoga"), NULL, &explanation, error));
    fields = fields_of(explanation);
    CHECK_NUMBER(VREC_BLOCK_NO_TASTE, fields.block_kinds[0]);
    CHECK_NUMBER(0, fields.has_score);
    vrec_explanation_destroy(explanation);
    vrec_explanation_destroy(NULL);

    vrec_cancel_token *token = NULL;
    CHECK_OK(vrec_cancel_token_create(&token, error));
    vrec_cancel_token_cancel(token);
    vrec_call_options call = {.struct_size = sizeof call, .cancel = token};
    CHECK_REFUSED(VREC_E_CANCELLED, NULL, vrec_explain(engine, NULL, TEXT("yoga"), &call, &explanation, error));
    vrec_cancel_token_destroy(token);
    vrec_destroy(engine);
}

int main(void)
{
    RUN(a_list_by_taste_splits_by_watched_videos);
    RUN(a_blend_splits_by_features_and_similar_names_the_video);
    RUN(any_video_is_explained);
    RUN(what_is_out_of_range_is_refused);
    return check_finish();
}
