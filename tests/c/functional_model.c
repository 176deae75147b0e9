/* What the library does with texts, by way of the tiny model: embedding, adding, searching, reasons,
 * and the ends that a call may come to before its time.
 *
 * functional_model MODEL RUNTIME */
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "check.h"
#include "fixture.h"

enum { MODEL_DIMENSIONS = 32, MANY = 4000 };

static const char *model;
static const char *runtime;

/* Of many lengths: none, one window of the model, several; two scripts; mark-up. */
static const char *const texts[] = {
    "",
    "music",
    "a game of football in the rain",
    "\xE7\x94\xB5\xE5\xBD\xB1\xE5\x92\x8C\xE9\x9F\xB3\xE4\xB9\x90",
    "<p>Quick &amp; <b>quiet</b></p>",
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen one two three "
    "four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen one two three four five six "
    "seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen, and a lonely doctor in the kitchen",
    "football",
};

enum { TEXTS = sizeof texts / sizeof texts[0] };

static vrec_engine *make(void)
{
    return make_engine_with_model(model, runtime);
}

static void embed(const vrec_engine *engine, const char *text, float vector[MODEL_DIMENSIONS])
{
    CHECK_OK(vrec_embed(engine, text, strlen(text), vector, MODEL_DIMENSIONS, NULL, error));
}

static double length_of(const float *vector)
{
    double square = 0;
    for (size_t index = 0; index < MODEL_DIMENSIONS; index++) {
        square += (double)vector[index] * vector[index];
    }
    return sqrt(square);
}

static void check_same_vector(const float *expected, const float *found)
{
    for (size_t index = 0; index < MODEL_DIMENSIONS; index++) {
        CHECK_NEAR(expected[index], found[index], 1e-5);
    }
}

/* --- opening and closing the model --------------------------------------------------------------- */

static void the_model_is_opened_when_first_needed_and_closed_by_trim(void)
{
    vrec_options options = options_for_model(model, runtime);
    vrec_engine *engine = NULL;
    uint32_t dimensions = 0;
    float before[MODEL_DIMENSIONS];
    float after[MODEL_DIMENSIONS];
    CHECK_OK(vrec_create(&options, &engine, error));
    CHECK_OK(vrec_dimensions(engine, &dimensions, error));
    CHECK_NUMBER(MODEL_DIMENSIONS, dimensions);
    CHECK_NUMBER(0, statistics_of(engine).encoder_loaded);
    CHECK_STATUS(VREC_OK, statistics_of(engine).encoder_status);
    embed(engine, texts[2], before);
    CHECK_NUMBER(1, statistics_of(engine).encoder_loaded);
    CHECK_NUMBER(1, statistics_of(engine).texts_embedded);
    CHECK_OK(vrec_trim(engine, error));
    CHECK_OK(vrec_trim(engine, error));
    CHECK_NUMBER(0, statistics_of(engine).encoder_loaded);
    embed(engine, texts[2], after);
    CHECK(memcmp(before, after, sizeof before) == 0);
    CHECK_NUMBER(1, statistics_of(engine).encoder_loaded);
    CHECK_OK(vrec_trim(engine, error));
    CHECK_OK(vrec_load_encoder(engine, NULL, error));
    CHECK_OK(vrec_load_encoder(engine, NULL, error));
    CHECK_NUMBER(1, statistics_of(engine).encoder_loaded);
    vrec_destroy(engine);
}

static void dimensions_must_be_those_of_the_model(void)
{
    vrec_options options = options_for_model(model, runtime);
    vrec_engine *engine = NULL;
    options.dimensions = MODEL_DIMENSIONS + 1;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "dimensions", vrec_create(&options, &engine, error));
    options.dimensions = MODEL_DIMENSIONS;
    CHECK_OK(vrec_create(&options, &engine, error));
    float vector[PLANE] = {1, 0, 0, 0};
    vrec_video video = video_with_vector("v", vector);
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "vector", vrec_add_video(engine, &video, NULL, error));
    vrec_destroy(engine);
}

static void threads_inside_the_model_change_no_vector(void)
{
    vrec_options options = options_for_model(model, runtime);
    options.threads = 3;
    vrec_engine *one = make();
    vrec_engine *three = NULL;
    CHECK_OK(vrec_create(&options, &three, error));
    for (size_t index = 0; index < TEXTS; index++) {
        float expected[MODEL_DIMENSIONS];
        float computed[MODEL_DIMENSIONS];
        embed(one, texts[index], expected);
        embed(three, texts[index], computed);
        check_same_vector(expected, computed);
    }
    vrec_destroy(three);
    vrec_destroy(one);
}

/* --- embedding ---------------------------------------------------------------------------------- */

static void a_batch_gives_the_vectors_of_its_texts(void)
{
    vrec_engine *engine = make();
    char block[4096] = "";
    uint64_t offsets[TEXTS + 1] = {0};
    static float together[TEXTS][MODEL_DIMENSIONS];
    for (size_t index = 0; index < TEXTS; index++) {
        strcat(block, texts[index]);
        offsets[index + 1] = strlen(block);
    }
    CHECK_OK(vrec_embed_batch(engine, block, offsets, TEXTS, together[0], TEXTS * MODEL_DIMENSIONS, NULL, error));
    for (size_t index = 0; index < TEXTS; index++) {
        check_case("text %zu", index);
        float alone[MODEL_DIMENSIONS];
        embed(engine, texts[index], alone);
        check_same_vector(alone, together[index]);
        CHECK_NEAR(1, length_of(together[index]), 1e-5);
    }
    CHECK_OK(vrec_embed_batch(engine, NULL, NULL, 0, NULL, 0, NULL, error));
    CHECK_NUMBER(2 * TEXTS, statistics_of(engine).texts_embedded);
    vrec_destroy(engine);
}

static void texts_are_cleaned_before_they_are_embedded(void)
{
    vrec_engine *engine = make();
    float marked_up[MODEL_DIMENSIONS];
    float plain[MODEL_DIMENSIONS];
    embed(engine, "<p>Quick &amp;\n\t <b>quiet</b></p>\x07", marked_up);
    embed(engine, "Quick & quiet", plain);
    check_same_vector(plain, marked_up);
    vrec_destroy(engine);
}

static void the_longest_text_is_embedded_and_one_past_it_refused(void)
{
    enum { LONGEST = 65536 };
    vrec_engine *engine = make();
    char *text = malloc(LONGEST + 1);
    REQUIRE(text != NULL);
    for (size_t index = 0; index <= LONGEST; index++) {
        text[index] = "music quick "[index % 12];
    }
    float vector[MODEL_DIMENSIONS] = {0};
    CHECK_REFUSED(VREC_E_LIMIT, "text", vrec_embed(engine, text, LONGEST + 1, vector, MODEL_DIMENSIONS, NULL, error));
    CHECK_NEAR(0, length_of(vector), 0);
    CHECK_OK(vrec_embed(engine, text, LONGEST, vector, MODEL_DIMENSIONS, NULL, error));
    CHECK_NEAR(1, length_of(vector), 1e-5);
    vrec_results *results = NULL;
    CHECK_REFUSED(VREC_E_LIMIT, "text", vrec_search(engine, text, LONGEST + 1, NULL, NULL, &results, error));
    free(text);
    vrec_destroy(engine);
}

static void the_output_must_fit_and_stays_untouched_on_failure(void)
{
    vrec_engine *engine = make();
    float vector[2 * MODEL_DIMENSIONS];
    for (size_t index = 0; index < 2 * MODEL_DIMENSIONS; index++) {
        vector[index] = 7;
    }
    size_t wrong[] = {0, 1, MODEL_DIMENSIONS - 1, MODEL_DIMENSIONS + 1, 2 * MODEL_DIMENSIONS, SIZE_MAX};
    uint64_t offsets[] = {0, 1, 2};
    for (size_t index = 0; index < sizeof wrong / sizeof wrong[0]; index++) {
        check_case("room for %zu", wrong[index]);
        CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "vector_len",
                      vrec_embed(engine, TEXT("a"), vector, wrong[index], NULL, error));
        if (wrong[index] != 2 * MODEL_DIMENSIONS) {
            CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "vectors_len",
                          vrec_embed_batch(engine, "ab", offsets, 2, vector, wrong[index], NULL, error));
        }
    }
    check_case(NULL);
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "vector",
                  vrec_embed(engine, TEXT("a"), NULL, MODEL_DIMENSIONS, NULL, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "vectors",
                  vrec_embed_batch(engine, "ab", offsets, 2, NULL, 2 * MODEL_DIMENSIONS, NULL, error));
    CHECK_REFUSED(VREC_E_UTF8, "texts[1]",
                  vrec_embed_batch(engine, "a\xFF", offsets, 2, vector, 2 * MODEL_DIMENSIONS, NULL, error));
    for (size_t index = 0; index < 2 * MODEL_DIMENSIONS; index++) {
        CHECK_NEAR(7, vector[index], 0);
    }
    vrec_destroy(engine);
}

/* --- videos ------------------------------------------------------------------------------------- */

static vrec_engine *make_catalogue(void)
{
    vrec_engine *engine = make();
    add_titled(engine, "match", "a football match in the rain");
    add_titled(engine, "concert", "a quiet music concert");
    add_titled(engine, "doctor", "the lonely doctor in the kitchen");
    add_titled(engine, "film", "\xE7\x94\xB5\xE5\xBD\xB1\xE5\x92\x8C\xE9\x9F\xB3\xE4\xB9\x90");
    return engine;
}

static void a_batch_with_a_bad_video_in_its_middle_adds_none(void)
{
    vrec_engine *engine = make_catalogue();
    char before[256];
    snprintf(before, sizeof before, "%s", found(engine, "football", NULL));
    vrec_video blank = video_with_title("blank", " <br/> \t");
    vrec_video silent = video_with_title("silent", "");
    vrec_video bad[] = {blank, silent};
    for (size_t index = 0; index < 2; index++) {
        vrec_video videos[] = {video_with_title("new", "football football"), bad[index],
                               video_with_title("match", "replaced")};
        CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "videos[1]",
                      vrec_add_videos(engine, videos, 3, sizeof videos[0], NULL, error));
    }
    CHECK_NUMBER(4, count_of(engine));
    CHECK_TEXT(before, found(engine, "football", NULL));
    vrec_destroy(engine);
}

static void a_batch_gives_the_videos_that_single_calls_give(void)
{
    vrec_engine *single = make_catalogue();
    vrec_engine *batch = make();
    vrec_video videos[] = {
        video_with_title("match", "a football match in the rain"),
        video_with_title("concert", "a quiet music concert"),
        video_with_title("doctor", "the lonely doctor in the kitchen"),
        video_with_title("film", "\xE7\x94\xB5\xE5\xBD\xB1\xE5\x92\x8C\xE9\x9F\xB3\xE4\xB9\x90"),
    };
    CHECK_OK(vrec_add_videos(batch, videos, 4, sizeof videos[0], NULL, error));
    char expected[256];
    snprintf(expected, sizeof expected, "%s", similar_to(single, "match", NULL));
    CHECK_TEXT(expected, similar_to(batch, "match", NULL));
    vrec_destroy(batch);
    vrec_destroy(single);
}

static void a_search_finds_the_video_of_that_title(void)
{
    vrec_engine *engine = make_catalogue();
    vrec_results *results = NULL;
    vrec_query query = query_for_meaning();
    CHECK_OK(vrec_search(engine, TEXT("the lonely doctor in the kitchen"), &query, NULL, &results, error));
    vrec_columns columns = columns_of(results);
    CHECK_NUMBER(4, columns.count);
    char *first = text_of(columns.ids, columns.id_offsets, 0);
    CHECK_TEXT("doctor", first);
    CHECK_NEAR(1, columns.scores[0], 1e-5);
    for (size_t index = 0; index < columns.count; index++) {
        char *because = text_of(columns.because_ids, columns.because_id_offsets, index);
        char *title = text_of(columns.titles, columns.title_offsets, index);
        char *matched = text_of(columns.matched_texts, columns.matched_text_offsets, index);
        CHECK_TEXT("", because);
        CHECK_TEXT(title, matched);
        CHECK_NUMBER(VREC_FIELD_TITLE, columns.matched_fields[index]);
        /* A video of one field owes it the whole score, to the precision the reasons are kept in. */
        CHECK_NEAR(columns.scores[index], columns.matched_scores[index], 0.02);
        free(matched);
        free(title);
        free(because);
    }
    free(first);
    vrec_results_destroy(results);
    vrec_destroy(engine);
}

static void a_search_heeds_its_query(void)
{
    vrec_engine *engine = make_catalogue();
    record(engine, "p", "match", VREC_EVENT_HIDE);
    record(engine, "p", "concert", VREC_EVENT_COMPLETE);
    vrec_query query = query_for("p");
    CHECK(strstr(found(engine, "football", &query), "match") == NULL);
    CHECK(strstr(found(engine, "music", &query), "concert") != NULL);
    query.watched = VREC_WATCHED_EXCLUDE;
    query.limit = 1;
    CHECK(strstr(found(engine, "music", &query), "concert") == NULL);
    vrec_results *results = NULL;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "text", vrec_search(engine, TEXT(""), NULL, NULL, &results, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "text", vrec_search(engine, TEXT(" <p> "), NULL, NULL, &results, error));
    vrec_destroy(engine);
}

/* One video with all four fields. */
static vrec_video four_fields(void)
{
    static const uint64_t tag_offsets[] = {0, 5, 11};
    static const uint64_t comment_offsets[] = {0, 10, 23};
    vrec_video video = video_with_title("four", "a football match");
    video.description = "the lonely doctor in the kitchen";
    video.description_len = strlen(video.description);
    video.tags = "musicpiano!";
    video.tag_offsets = tag_offsets;
    video.tag_count = 2;
    video.comments = "very quick and so quiet";
    video.comment_offsets = comment_offsets;
    video.comment_count = 2;
    return video;
}

static void check_match(const vrec_engine *engine, const char *text, int32_t field, const char *matched_text)
{
    vrec_results *results = NULL;
    vrec_query query = query_for_meaning();
    CHECK_OK(vrec_search(engine, text, strlen(text), &query, NULL, &results, error));
    vrec_columns columns = columns_of(results);
    REQUIRE(columns.count == 1);
    char *matched = text_of(columns.matched_texts, columns.matched_text_offsets, 0);
    check_case("searching for \"%s\"", text);
    CHECK_NUMBER(field, columns.matched_fields[0]);
    CHECK_TEXT(matched_text, matched);
    /* The score is the sum of four such terms, so the largest is at least a quarter of it. */
    CHECK(columns.matched_scores[0] >= columns.scores[0] / 4 - 0.02F);
    CHECK(columns.matched_scores[0] > 0 && columns.matched_scores[0] < 1.5F);
    check_case(NULL);
    free(matched);
    vrec_results_destroy(results);
}

static void the_field_that_matched_is_named_with_its_text(void)
{
    vrec_engine *engine = make();
    vrec_video video = four_fields();
    CHECK_OK(vrec_add_video(engine, &video, NULL, error));
    check_match(engine, "a football match", VREC_FIELD_TITLE, "a football match");
    check_match(engine, "the lonely doctor in the kitchen", VREC_FIELD_DESCRIPTION, "the lonely doctor in the kitchen");
    vrec_destroy(engine);
}

static void weights_decide_which_fields_count(void)
{
    const struct {
        vrec_options weights;
        int32_t field;
        const char *text;
    } cases[] = {
        {{.description_weight = -1, .tags_weight = -1, .comments_weight = -1}, VREC_FIELD_TITLE, "a football match"},
        {{.title_weight = -1, .description_weight = -1, .comments_weight = -1}, VREC_FIELD_TAGS, "music, piano!"},
        {{.title_weight = -1, .description_weight = -1, .tags_weight = -1},
         VREC_FIELD_COMMENTS,
         "very quick\n and so quiet"},
        {{.title_weight = 0.001F, .description_weight = 1000, .tags_weight = 0.001F, .comments_weight = 0.001F},
         VREC_FIELD_DESCRIPTION,
         "the lonely doctor in the kitchen"},
    };
    for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
        vrec_options options = options_for_model(model, runtime);
        options.title_weight = cases[index].weights.title_weight;
        options.description_weight = cases[index].weights.description_weight;
        options.tags_weight = cases[index].weights.tags_weight;
        options.comments_weight = cases[index].weights.comments_weight;
        vrec_engine *engine = NULL;
        CHECK_OK(vrec_create(&options, &engine, error));
        vrec_video video = four_fields();
        CHECK_OK(vrec_add_video(engine, &video, NULL, error));
        check_match(engine, cases[index].text, cases[index].field, cases[index].text);
        vrec_destroy(engine);
    }
}

static void a_field_that_does_not_count_is_no_text(void)
{
    vrec_options options = options_for_model(model, runtime);
    options.title_weight = VREC_WEIGHT_NONE;
    vrec_engine *engine = NULL;
    CHECK_OK(vrec_create(&options, &engine, error));
    vrec_video video = video_with_title("v", "only a title");
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "vector", vrec_add_video(engine, &video, NULL, error));
    vrec_destroy(engine);
}

static void vectors_of_the_model_may_be_brought(void)
{
    vrec_engine *engine = make_catalogue();
    float vector[MODEL_DIMENSIONS];
    embed(engine, "a football match in the rain", vector);
    vrec_video video = video_with_vector("brought", vector);
    video.vector_len = MODEL_DIMENSIONS;
    video.language = "en-GB";
    video.language_len = 5;
    CHECK_OK(vrec_add_video(engine, &video, NULL, error));
    vrec_results *results = NULL;
    CHECK_OK(vrec_similar(engine, TEXT("brought"), NULL, NULL, &results, error));
    vrec_columns columns = columns_of(results);
    char *first = text_of(columns.ids, columns.id_offsets, 0);
    CHECK_TEXT("match", first);
    free(first);
    vrec_results_destroy(results);
    vrec_destroy(engine);
}

/* --- calls that end early ------------------------------------------------------------------------ */

/* Videos enough to keep the model busy for a good while; never freed. */
static const vrec_video *many_videos(void)
{
    static vrec_video videos[MANY];
    static char ids[MANY][16];
    static char titles[MANY][512];
    if (videos[0].struct_size == 0) {
        for (int index = 0; index < MANY; index++) {
            /* All different: equal ones would be embedded once. */
            snprintf(ids[index], sizeof ids[index], "many%d", index);
            snprintf(titles[index], sizeof titles[index], "%s %d", texts[5], index);
            videos[index] = video_with_title(ids[index], titles[index]);
        }
    }
    return videos;
}

static int32_t add_many(vrec_engine *engine, const vrec_call_options *call, vrec_error **error)
{
    return vrec_add_videos(engine, many_videos(), MANY, sizeof(vrec_video), call, error);
}

static void an_expired_timeout_leaves_everything_as_it_was(void)
{
    vrec_engine *engine = make_catalogue();
    vrec_call_options call = {0};
    call.struct_size = sizeof call;
    call.timeout_ms = 1;
    CHECK_REFUSED(VREC_E_TIMED_OUT, "timeout_ms", add_many(engine, &call, error));
    CHECK_NUMBER(4, count_of(engine));

    enum { ROWS = 2000 };
    uint64_t *offsets = calloc(ROWS + 1, sizeof *offsets);
    char *block = calloc(ROWS, strlen(texts[5]) + 16);
    float *vectors = calloc(ROWS * MODEL_DIMENSIONS, sizeof *vectors);
    REQUIRE(offsets != NULL && block != NULL && vectors != NULL);
    for (size_t row = 0; row < ROWS; row++) {
        offsets[row + 1] = offsets[row] + (uint64_t)sprintf(block + offsets[row], "%s %zu", texts[5], row);
    }
    CHECK_REFUSED(VREC_E_TIMED_OUT, "timeout_ms",
                  vrec_embed_batch(engine, block, offsets, ROWS, vectors, ROWS * MODEL_DIMENSIONS, &call, error));
    CHECK_NEAR(0, length_of(vectors), 0);
    free(vectors);
    free(block);
    free(offsets);
    vrec_destroy(engine);
}

static void a_token_cancelled_before_the_call_ends_it(void)
{
    vrec_engine *engine = make_catalogue();
    vrec_cancel_token *token = NULL;
    CHECK_OK(vrec_cancel_token_create(&token, error));
    vrec_cancel_token_cancel(token);
    vrec_call_options call = {0};
    call.struct_size = sizeof call;
    call.cancel = token;
    float vector[MODEL_DIMENSIONS] = {0};
    vrec_results *results = NULL;
    vrec_video video = video_with_title("new", "football");
    CHECK_REFUSED(VREC_E_CANCELLED, NULL, vrec_embed(engine, TEXT("a"), vector, MODEL_DIMENSIONS, &call, error));
    CHECK_REFUSED(VREC_E_CANCELLED, NULL, vrec_embed_batch(engine, NULL, NULL, 0, NULL, 0, &call, error));
    CHECK_REFUSED(VREC_E_CANCELLED, NULL, vrec_search(engine, TEXT("a"), NULL, &call, &results, error));
    CHECK_REFUSED(VREC_E_CANCELLED, NULL, vrec_add_video(engine, &video, &call, error));
    CHECK_NEAR(0, length_of(vector), 0);
    CHECK(results == NULL);
    CHECK_NUMBER(4, count_of(engine));
    vrec_cancel_token_destroy(token);
    vrec_destroy(engine);
}

static void *cancel_soon(void *token)
{
    nanosleep(&(struct timespec){.tv_nsec = 30 * 1000 * 1000}, NULL);
    vrec_cancel_token_cancel(token);
    vrec_cancel_token_destroy(token);
    return NULL;
}

static void a_token_cancelled_by_another_thread_ends_a_running_call(void)
{
    vrec_engine *engine = make_catalogue();
    vrec_cancel_token *token = NULL;
    CHECK_OK(vrec_cancel_token_create(&token, error));
    vrec_call_options call = {0};
    call.struct_size = sizeof call;
    call.cancel = token;
    pthread_t canceller;
    REQUIRE(pthread_create(&canceller, NULL, cancel_soon, vrec_cancel_token_retain(token)) == 0);
    int32_t status = add_many(engine, &call, NULL);
    pthread_join(canceller, NULL);
    CHECK_STATUS(VREC_E_CANCELLED, status);
    CHECK_NUMBER(4, count_of(engine));
    CHECK_NUMBER(1, vrec_cancel_token_is_cancelled(token));
    vrec_cancel_token_destroy(token);
    vrec_destroy(engine);
}

int main(int count, char **arguments)
{
    REQUIRE(count == 3);
    model = arguments[1];
    runtime = arguments[2];
    RUN(the_model_is_opened_when_first_needed_and_closed_by_trim);
    RUN(dimensions_must_be_those_of_the_model);
    RUN(threads_inside_the_model_change_no_vector);
    RUN(a_batch_gives_the_vectors_of_its_texts);
    RUN(texts_are_cleaned_before_they_are_embedded);
    RUN(the_longest_text_is_embedded_and_one_past_it_refused);
    RUN(the_output_must_fit_and_stays_untouched_on_failure);
    RUN(a_batch_with_a_bad_video_in_its_middle_adds_none);
    RUN(a_batch_gives_the_videos_that_single_calls_give);
    RUN(a_search_finds_the_video_of_that_title);
    RUN(a_search_heeds_its_query);
    RUN(the_field_that_matched_is_named_with_its_text);
    RUN(weights_decide_which_fields_count);
    RUN(a_field_that_does_not_count_is_no_text);
    RUN(vectors_of_the_model_may_be_brought);
    RUN(an_expired_timeout_leaves_everything_as_it_was);
    RUN(a_token_cancelled_before_the_call_ends_it);
    RUN(a_token_cancelled_by_another_thread_ends_a_running_call);
    return check_finish();
}
