/* See waiting.h. */
#include "waiting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

vrec_engine *create_engine(vrec_options options)
{
    vrec_engine *engine = NULL;
    CHECK_OK(vrec_create(&options, &engine, error));
    REQUIRE(engine != NULL);
    return engine;
}

void wait_for(const vrec_engine *engine)
{
    CHECK_OK(vrec_wait_for_embeddings(engine, NULL, error));
    CHECK_NUMBER(0, statistics_of(engine).videos_waiting);
    CHECK_NUMBER(0, statistics_of(engine).embedding_queue_bytes);
}

static char held_ids[HELD][8];

vrec_video held_video(int index)
{
    static char description[HELD_BYTES];
    if (description[0] == '\0') {
        for (size_t at = 0; at < HELD_BYTES; at++) {
            description[at] = "a lonely doctor plays music "[at % 28];
        }
    }
    snprintf(held_ids[index], sizeof held_ids[index], "held%d", index);
    vrec_video video = video_with_title(held_ids[index], held_ids[index]);
    video.description = description;
    /* Of different lengths, so that no vector is remembered for another. */
    video.description_len = HELD_BYTES - (size_t)index;
    return video;
}

void hold_up(vrec_engine *engine)
{
    vrec_video videos[HELD];
    for (int index = 0; index < HELD; index++) {
        videos[index] = held_video(index);
    }
    CHECK_OK(vrec_add_videos(engine, videos, HELD, sizeof videos[0], NULL, error));
}

/* Takes the long texts away; what the thread has begun it ends. */
void let_go(vrec_engine *engine)
{
    char ids[HELD * sizeof held_ids[0]] = "";
    uint64_t offsets[HELD + 1] = {0};
    CHECK(statistics_of(engine).videos_waiting > 0);
    for (size_t index = 0; index < HELD; index++) {
        strcat(ids, held_ids[index]);
        offsets[index + 1] = strlen(ids);
    }
    CHECK_OK(vrec_remove_videos(engine, ids, offsets, HELD, error));
}

const double NOT_LISTED = -2;

/* The score of one video among those similar to another. */
double score_of(const vrec_engine *engine, const char *from, const char *id)
{
    vrec_query query = query_for(NULL);
    vrec_results *results = NULL;
    query.limit = 10000;
    CHECK_OK(vrec_similar(engine, from, strlen(from), &query, NULL, &results, error));
    vrec_columns columns = columns_of(results);
    double score = NOT_LISTED;
    for (size_t index = 0; index < columns.count; index++) {
        char *found_id = text_of(columns.ids, columns.id_offsets, index);
        score = strcmp(found_id, id) == 0 ? (double)columns.scores[index] : score;
        free(found_id);
    }
    vrec_results_destroy(results);
    return score;
}

const char *const titles[TITLES][2] = {
    {"match", "a football match in the rain"},
    {"concert", "a quiet music concert"},
    {"doctor", "the lonely doctor in the kitchen"},
    {"film", "\xE7\x94\xB5\xE5\xBD\xB1\xE5\x92\x8C\xE9\x9F\xB3\xE4\xB9\x90"},
    {"game", "a football game in the rain"},
};

void add_titles(vrec_engine *engine)
{
    for (size_t index = 0; index < TITLES; index++) {
        add_titled(engine, titles[index][0], titles[index][1]);
    }
}

void remove_video(vrec_engine *engine, const char *id)
{
    CHECK_OK(vrec_remove_videos(engine, id, (uint64_t[]){0, strlen(id)}, 1, error));
}
