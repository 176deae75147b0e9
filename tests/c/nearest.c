/* vrec_nearest: lists for vectors that the host brings, with every instruction set, metric and kind of
 * kept values that the library has, and what it refuses. */
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "fixture.h"

static vrec_engine *engine;

static vrec_vector_query query_with(const float *vectors, size_t count)
{
    vrec_vector_query query = {0};
    query.struct_size = sizeof query;
    query.vectors = vectors;
    query.vector_count = count;
    query.vector_len = PLANE;
    return query;
}

static vrec_neighbour_columns columns_of_neighbours(const vrec_neighbours *neighbours)
{
    vrec_neighbour_columns columns = {0};
    columns.struct_size = sizeof columns;
    CHECK_OK(vrec_neighbours_columns(neighbours, &columns, error));
    return columns;
}

/* The ids of all lists, separated by blanks, lists by bars, in a buffer that the next call overwrites. */
static const char *nearest(const vrec_engine *of, const vrec_vector_query *query)
{
    static char text[4096];
    vrec_neighbours *neighbours = NULL;
    CHECK_OK(vrec_nearest(of, query, NULL, &neighbours, error));
    REQUIRE(neighbours != NULL);
    vrec_neighbour_columns columns = columns_of_neighbours(neighbours);
    CHECK_NUMBER(columns.count, columns.list_offsets[columns.list_count]);
    text[0] = '\0';
    for (size_t list = 0; list < columns.list_count; list++) {
        for (uint64_t at = columns.list_offsets[list]; at < columns.list_offsets[list + 1]; at++) {
            char *id = text_of(columns.ids, columns.id_offsets, (size_t)at);
            CHECK(at == columns.list_offsets[list] || columns.scores[at - 1] >= columns.scores[at]);
            REQUIRE(strlen(text) + strlen(id) + 3 < sizeof text);
            strcat(text, at == columns.list_offsets[list] ? "" : " ");
            strcat(text, id);
            free(id);
        }
        strcat(text, list + 1 < columns.list_count ? "|" : "");
    }
    vrec_neighbours_destroy(neighbours);
    return text;
}

static const float EAST[2 * PLANE] = {1, 0, 0, 0, 0, 3, 0, 0};

static void each_vector_has_its_list(void)
{
    vrec_vector_query query = query_with(EAST, 2);
    query.limit = 3;
    CHECK_TEXT("a b c|d c b", nearest(engine, &query));
    query.vector_count = 1;
    query.limit = 0;
    CHECK_TEXT("a b c d e", nearest(engine, &query));
    query.min_score = 0.9F;
    CHECK_TEXT("a b c", nearest(engine, &query));
}

static void several_vectors_may_share_a_list(void)
{
    vrec_vector_query query = query_with(EAST, 2);
    query.fusion = VREC_FUSION_MAX;
    CHECK_TEXT("a d b c e", nearest(engine, &query));
    query.fusion = VREC_FUSION_WEIGHTED;
    CHECK_TEXT("c b a d e", nearest(engine, &query));
    const float weights[2] = {0, -1};
    query.weights = weights;
    CHECK_TEXT("a e b c d", nearest(engine, &query));
}

static void scores_are_cosines_and_outlive_the_engine(void)
{
    vrec_engine *fan = make_fan();
    vrec_vector_query query = query_with(EAST, 1);
    vrec_neighbours *neighbours = NULL;
    CHECK_OK(vrec_nearest(fan, &query, NULL, &neighbours, error));
    vrec_destroy(fan);
    vrec_neighbour_columns columns = columns_of_neighbours(neighbours);
    CHECK_NUMBER(1, columns.list_count);
    CHECK_NUMBER(5, columns.count);
    const double degrees[] = {0, 10, 20, 90, 180};
    for (size_t index = 0; index < columns.count; index++) {
        CHECK_NEAR(cosine(degrees[index]), columns.scores[index], 1e-6);
    }
    vrec_neighbours_destroy(neighbours);
    vrec_neighbours_destroy(NULL);
}

static void an_empty_catalogue_has_empty_lists(void)
{
    vrec_engine *empty = make_engine();
    vrec_vector_query query = query_with(EAST, 2);
    CHECK_TEXT("|", nearest(empty, &query));
    vrec_filter filter = {0};
    filter.struct_size = sizeof filter;
    filter.viewer_age = 3;
    query.filter = &filter;
    CHECK_TEXT("|", nearest(engine, &query));
    vrec_destroy(empty);
}

static void what_cannot_be_searched_with_is_refused(void)
{
    vrec_neighbours *none = NULL;
    float vectors[2 * PLANE] = {1, 0, 0, 0, 0, 0, 0, 0};
    vrec_vector_query query = query_with(vectors, 2);
    const float bad[] = {0, NAN, INFINITY, -INFINITY, FLT_MIN / 4};
    for (size_t index = 0; index < sizeof bad / sizeof *bad; index++) {
        vectors[PLANE + 2] = bad[index];
        check_case("an element of %g", (double)bad[index]);
        CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "vectors[1]", vrec_nearest(engine, &query, NULL, &none, error));
    }
    check_case(NULL);
    vectors[PLANE + 2] = 1;
    query.vector_len = PLANE - 1;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "vectors[0]", vrec_nearest(engine, &query, NULL, &none, error));
    query.vector_len = SIZE_MAX / 2;
    CHECK_REFUSED(VREC_E_LIMIT, "vectors", vrec_nearest(engine, &query, NULL, &none, error));
    query.vector_len = 0;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "vectors[0]", vrec_nearest(engine, &query, NULL, &none, error));
    query = query_with(vectors, 0);
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "vectors", vrec_nearest(engine, &query, NULL, &none, error));
    query.vector_count = SIZE_MAX;
    CHECK_REFUSED(VREC_E_LIMIT, "vector_count", vrec_nearest(engine, &query, NULL, &none, error));
    query = query_with(NULL, 1);
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "vectors", vrec_nearest(engine, &query, NULL, &none, error));
    query = query_with(vectors, 1);
    query.limit = UINT32_MAX;
    CHECK_REFUSED(VREC_E_LIMIT, "limit", vrec_nearest(engine, &query, NULL, &none, error));
    query = query_with(vectors, 1);
    query.fusion = 3;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "fusion", vrec_nearest(engine, &query, NULL, &none, error));
    query.fusion = VREC_FUSION_NONE;
    query.weights = vectors;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "weights", vrec_nearest(engine, &query, NULL, &none, error));
    const float weights[2] = {0, 0};
    query = query_with(vectors, 2);
    query.fusion = VREC_FUSION_WEIGHTED;
    query.weights = weights;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "weights", vrec_nearest(engine, &query, NULL, &none, error));
    const float twice[2 * PLANE] = {1, 0, 0, 0, 2, 0, 0, 0}, opposite[2] = {1, -1};
    query = query_with(twice, 2);
    query.fusion = VREC_FUSION_WEIGHTED;
    query.weights = opposite;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "weighted mean", vrec_nearest(engine, &query, NULL, &none, error));
    query = query_with(vectors, 1);
    query.centring = 2;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "centring", vrec_nearest(engine, &query, NULL, &none, error));
    query.centring = 0;
    query.min_score = NAN;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "min_score", vrec_nearest(engine, &query, NULL, &none, error));
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "query", vrec_nearest(engine, NULL, NULL, &none, error));
    query.min_score = 0;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "neighbours", vrec_nearest(engine, &query, NULL, NULL, error));
    CHECK(none == NULL);
}

static void vectors_may_lie_at_any_address(void)
{
    char *block = memory_before_guard(sizeof EAST + 1);
    memcpy(block + 1, EAST, sizeof EAST);
    const void *odd = block + 1;
    vrec_vector_query query = query_with(odd, 2);
    query.limit = 2;
    CHECK_TEXT("a b|d c", nearest(engine, &query));
}

static void videos_with_vectors_that_cannot_be_used_are_refused(void)
{
    const float good[PLANE] = {1, 0, 0, 0};
    const float denormal[PLANE] = {FLT_MIN / 2, FLT_MIN / 8, 0, 0};
    vrec_video videos[2] = {video_with_vector("x", good), video_with_vector("y", denormal)};
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "videos[1]",
                  vrec_add_videos(engine, videos, 2, sizeof *videos, NULL, error));
    CHECK_NUMBER(5, count_of(engine));
}

enum { MANY = 1200, WIDE = 100 };

/* Vectors without a pattern. */
static void fill(float *vector, size_t length, uint64_t *state)
{
    for (size_t index = 0; index < length; index++) {
        *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        vector[index] = (float)(*state >> 40) / 16777216.0F - 0.5F;
    }
}

static vrec_engine *make_many(const vrec_options *options)
{
    vrec_engine *made = NULL;
    CHECK_OK(vrec_create(options, &made, error));
    REQUIRE(made != NULL);
    uint64_t state = 1;
    for (int number = 0; number < MANY; number++) {
        float vector[WIDE];
        char id[16];
        fill(vector, WIDE, &state);
        int length = snprintf(id, sizeof id, "v%05d", number);
        vrec_video video = {0};
        video.struct_size = sizeof video;
        video.id = id;
        video.id_len = (size_t)length;
        video.vector = vector;
        video.vector_len = WIDE;
        CHECK_OK(vrec_add_video(made, &video, NULL, error));
    }
    return made;
}

static vrec_neighbours *lists_of(const vrec_engine *of)
{
    static float queries[40 * WIDE];
    uint64_t state = 77;
    fill(queries, 40 * WIDE, &state);
    vrec_vector_query query = query_with(queries, 40);
    query.vector_len = WIDE;
    vrec_neighbours *neighbours = NULL;
    CHECK_OK(vrec_nearest(of, &query, NULL, &neighbours, error));
    REQUIRE(neighbours != NULL);
    return neighbours;
}

static void without_a_mean_centring_changes_nothing(void)
{
    vrec_engine *many = make_many(NULL);
    static float queries[40 * WIDE];
    uint64_t state = 5;
    fill(queries, 40 * WIDE, &state);
    vrec_vector_query query = query_with(queries, 40);
    query.vector_len = WIDE;
    vrec_neighbours *with = NULL, *without = NULL;
    CHECK_OK(vrec_nearest(many, &query, NULL, &with, error));
    query.centring = VREC_CENTRING_NONE;
    CHECK_OK(vrec_nearest(many, &query, NULL, &without, error));
    vrec_neighbour_columns one = columns_of_neighbours(with), other = columns_of_neighbours(without);
    CHECK_NUMBER(one.count, other.count);
    CHECK(memcmp(one.scores, other.scores, one.count * sizeof *one.scores) == 0);
    vrec_neighbours_destroy(with);
    vrec_neighbours_destroy(without);
    vrec_destroy(many);
}

static void every_instruction_set_gives_the_same_bytes(void)
{
    for (int32_t exact = VREC_EXACT_FLOAT32; exact <= VREC_EXACT_NONE; exact++) {
        vrec_options options = {0};
        options.struct_size = sizeof options;
        options.exact_values = exact;
        options.instruction_set = VREC_INSTRUCTIONS_SCALAR;
        vrec_engine *scalar = make_many(&options);
        vrec_neighbours *expected = lists_of(scalar);
        vrec_neighbour_columns first = columns_of_neighbours(expected);
        CHECK_NUMBER(400, first.count);
        CHECK_NUMBER(VREC_INSTRUCTIONS_SCALAR, statistics_of(scalar).instruction_set);
        int others = 0;
        for (int32_t set = VREC_INSTRUCTIONS_DEFAULT; set <= VREC_INSTRUCTIONS_NEON_DOT; set++) {
            options.instruction_set = set;
            vrec_engine *made = NULL;
            if (vrec_create(&options, &made, NULL) != VREC_OK) {
                CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "instruction_set", vrec_create(&options, &made, error));
                continue;
            }
            vrec_destroy(made);
            made = make_many(&options);
            vrec_neighbours *found = lists_of(made);
            vrec_neighbour_columns second = columns_of_neighbours(found);
            check_case("exact_values %d, instruction_set %d", (int)exact, (int)set);
            REQUIRE(second.count == first.count);
            CHECK(memcmp(first.scores, second.scores, first.count * sizeof *first.scores) == 0);
            CHECK(memcmp(first.ids, second.ids, (size_t)first.id_offsets[first.count]) == 0);
            vrec_neighbours_destroy(found);
            vrec_destroy(made);
            others++;
        }
        check_case(NULL);
        CHECK(others >= 2);
        vrec_neighbours_destroy(expected);
        vrec_destroy(scalar);
    }
}

static void inner_products_keep_the_lengths_of_vectors(void)
{
    vrec_options options = {0};
    options.struct_size = sizeof options;
    options.metric = VREC_METRIC_DOT;
    vrec_engine *made = NULL;
    CHECK_OK(vrec_create(&options, &made, error));
    const float near[PLANE] = {1, 0, 0, 0};
    const float far[PLANE] = {3, 4, 0, 0};
    vrec_video videos[2] = {video_with_vector("near", near), video_with_vector("far", far)};
    CHECK_OK(vrec_add_videos(made, videos, 2, sizeof *videos, NULL, error));
    vrec_vector_query query = query_with(EAST, 1);
    CHECK_TEXT("far near", nearest(made, &query));
    query.min_score = 2;
    CHECK_TEXT("far", nearest(made, &query));
    const float huge[PLANE] = {1e30F, 0, 0, 0};
    vrec_video video = video_with_vector("huge", huge);
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "inner products", vrec_add_video(made, &video, NULL, error));
    vrec_destroy(made);
    options.centre_vectors = 1;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "centre_vectors", vrec_create(&options, &made, error));
    options.centre_vectors = 2;
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "centre_vectors", vrec_create(&options, &made, error));
}

static void the_mean_can_be_subtracted(void)
{
    vrec_options options = {0};
    options.struct_size = sizeof options;
    options.centre_vectors = 1;
    vrec_engine *made = NULL;
    CHECK_OK(vrec_create(&options, &made, error));
    for (int number = 0; number < 400; number++) {
        const float vector[PLANE] = {10, number % 2 ? 1.0F : -1.0F, 0.01F * (float)number, 0};
        char id[8];
        snprintf(id, sizeof id, "%d", number);
        vrec_video video = video_with_vector(id, vector);
        CHECK_OK(vrec_add_video(made, &video, NULL, error));
    }
    const float odd[PLANE] = {10, 1, 2, 0};
    vrec_vector_query query = query_with(odd, 1);
    query.limit = 400;
    query.min_score = 0.5F;
    vrec_neighbours *neighbours = NULL;
    CHECK_OK(vrec_nearest(made, &query, NULL, &neighbours, error));
    vrec_neighbour_columns columns = columns_of_neighbours(neighbours);
    CHECK(columns.count >= 20 && columns.count <= 220);
    vrec_neighbours_destroy(neighbours);
    vrec_destroy(made);
}

int main(void)
{
    engine = make_fan();
    RUN(each_vector_has_its_list);
    RUN(several_vectors_may_share_a_list);
    RUN(scores_are_cosines_and_outlive_the_engine);
    RUN(an_empty_catalogue_has_empty_lists);
    RUN(without_a_mean_centring_changes_nothing);
    RUN(what_cannot_be_searched_with_is_refused);
    RUN(vectors_may_lie_at_any_address);
    RUN(videos_with_vectors_that_cannot_be_used_are_refused);
    RUN(every_instruction_set_gives_the_same_bytes);
    RUN(inner_products_keep_the_lengths_of_vectors);
    RUN(the_mean_can_be_subtracted);
    vrec_destroy(engine);
    return check_finish();
}
