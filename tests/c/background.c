/* background_embedding: videos that are there at once and get their vectors from a thread of the
 * engine, waiting for that, what is said of them meanwhile, and the memory they take.
 *
 * background MODEL RUNTIME SCRATCH
 *
 * SCRATCH is a folder that the test may fill. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "waiting.h"

enum { MODEL_DIMENSIONS = 32, PATH_BYTES = 4096 };

static const char *model;
static const char *runtime;
static const char *scratch;

static vrec_options options_in_background(void)
{
    vrec_options options = options_for_model(model, runtime);
    options.background_embedding = 1;
    return options;
}

/* --- a model that opens or not ---------------------------------------------------------------------- */

static void link_file(const char *folder, const char *name, const char *target_name)
{
    char path[PATH_BYTES];
    char target[PATH_BYTES];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    snprintf(target, sizeof target, "%s/%s", model, target_name);
    unlink(path);
    REQUIRE(symlink(target, path) == 0);
}

/* A model whose tokenizer is its graph, so that it is not what the manifest says. */
static vrec_options options_for_a_mixed_up_model(void)
{
    link_file(scratch, "vrec-model.json", "vrec-model.json");
    link_file(scratch, "model.onnx", "model.onnx");
    link_file(scratch, "tokenizer.json", "model.onnx");
    vrec_options options = options_for_model(scratch, runtime);
    options.background_embedding = 1;
    return options;
}

static int has_video(const vrec_engine *engine, const char *id)
{
    vrec_results *results = NULL;
    int32_t status = vrec_similar(engine, id, strlen(id), NULL, NULL, &results, NULL);
    vrec_results_destroy(results);
    CHECK(status == VREC_OK || status == VREC_E_NOT_FOUND);
    return status == VREC_OK;
}

/* --- videos come at once, vectors later ------------------------------------------------------------ */

static void videos_are_there_at_once_and_wait_for_their_vectors(void)
{
    vrec_engine *engine = create_engine(options_in_background());
    hold_up(engine);
    add_titles(engine);
    vrec_statistics statistics = statistics_of(engine);
    CHECK_NUMBER(HELD + TITLES, count_of(engine));
    CHECK_NUMBER(HELD + TITLES, statistics.videos);
    CHECK(statistics.videos_waiting >= TITLES);
    CHECK(statistics.embedding_queue_bytes > 0);
    CHECK_TEXT("", similar_to(engine, "match", NULL));
    CHECK_NEAR(NOT_LISTED, score_of(engine, "concert", "match"), 0);
    let_go(engine);
    wait_for(engine);
    CHECK_NUMBER(TITLES, count_of(engine));
    CHECK(score_of(engine, "match", "game") > score_of(engine, "match", "doctor"));
    CHECK_NUMBER(0, statistics_of(engine).videos_failed);
    vrec_destroy(engine);
}

static void check_same_scores(const vrec_engine *one, const vrec_engine *other)
{
    for (size_t from = 0; from < TITLES; from++) {
        for (size_t to = 0; to < TITLES; to++) {
            if (from != to) {
                double expected = score_of(one, titles[from][0], titles[to][0]);
                check_case("%s and %s", titles[from][0], titles[to][0]);
                CHECK(expected >= -1);
                CHECK_NEAR(expected, score_of(other, titles[from][0], titles[to][0]), 1e-4);
            }
        }
    }
    check_case(NULL);
}

static void vectors_are_those_of_an_engine_without_the_thread(void)
{
    vrec_engine *plain = make_engine_with_model(model, runtime);
    vrec_engine *engine = create_engine(options_in_background());
    add_titles(plain);
    add_titles(engine);
    wait_for(engine);
    CHECK_NUMBER(statistics_of(plain).texts_embedded, statistics_of(engine).texts_embedded);
    check_same_scores(plain, engine);
    /* All of them once more, in one call and with other vectors in between. */
    vrec_video videos[TITLES];
    for (size_t index = 0; index < TITLES; index++) {
        add_titled(engine, titles[index][0], "something else");
        videos[index] = video_with_title(titles[index][0], titles[index][1]);
    }
    CHECK_OK(vrec_add_videos(engine, videos, TITLES, sizeof videos[0], NULL, error));
    wait_for(engine);
    check_same_scores(plain, engine);
    vrec_destroy(engine);
    vrec_destroy(plain);
}

/* A batch that is refused leaves nothing to wait for. */
static void a_refused_batch_leaves_nothing_waiting(void)
{
    vrec_engine *engine = create_engine(options_in_background());
    vrec_video videos[] = {video_with_title("a", "a title"), video_with_title("b", " <br/> ")};
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "videos[1]",
                  vrec_add_videos(engine, videos, 2, sizeof videos[0], NULL, error));
    videos[1] = video_with_title("a", "another");
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "twice",
                  vrec_add_videos(engine, videos, 2, sizeof videos[0], NULL, error));
    CHECK_NUMBER(0, count_of(engine));
    wait_for(engine);
    CHECK_NUMBER(0, statistics_of(engine).texts_embedded);
    vrec_destroy(engine);
}

static void without_a_model_texts_are_refused_and_vectors_taken(void)
{
    vrec_options options = {.struct_size = sizeof options, .background_embedding = 1};
    vrec_engine *engine = create_engine(options);
    vrec_video video = video_with_title("t", "a title");
    CHECK_REFUSED(VREC_E_NO_ENCODER, "model_path", vrec_add_video(engine, &video, NULL, error));
    CHECK_NUMBER(0, count_of(engine));
    add_at_angle(engine, "a", 0);
    add_at_angle(engine, "b", 10);
    CHECK_TEXT("b", similar_to(engine, "a", NULL));
    wait_for(engine);
    vrec_destroy(engine);
}

/* --- what is known while a video waits -------------------------------------------------------------- */

enum { TAG_BYTES = 6 };

static vrec_video tagged(const char *id, const char *title, const char *tag)
{
    static uint64_t offsets[2];
    vrec_video video = video_with_title(id, title);
    REQUIRE(strlen(tag) == TAG_BYTES);
    offsets[1] = TAG_BYTES;
    video.tags = tag;
    video.tag_offsets = offsets;
    video.tag_count = 1;
    return video;
}

static void a_waiting_video_is_recommended_for_its_tags(void)
{
    vrec_engine *engine = create_engine(options_in_background());
    vrec_video carrier = tagged("carrier", "a football match in the rain", "sports");
    CHECK_OK(vrec_add_video(engine, &carrier, NULL, error));
    add_titles(engine);
    wait_for(engine);
    hold_up(engine);
    vrec_video known = tagged("known", "words", "sports");
    vrec_video unknown = tagged("unknown", "words", "garden");
    CHECK_OK(vrec_add_video(engine, &known, NULL, error));
    CHECK_OK(vrec_add_video(engine, &unknown, NULL, error));
    CHECK_NEAR(1, score_of(engine, "carrier", "known"), 0.05);
    CHECK_NEAR(NOT_LISTED, score_of(engine, "carrier", "unknown"), 0);
    record(engine, NULL, "carrier", VREC_EVENT_COMPLETE);

    vrec_results *results = NULL;
    CHECK_OK(vrec_recommend(engine, NULL, NULL, &results, error));
    vrec_columns columns = columns_of(results);
    REQUIRE(columns.count > 0);
    char *first = text_of(columns.ids, columns.id_offsets, 0);
    char *matched = text_of(columns.matched_texts, columns.matched_text_offsets, 0);
    CHECK_TEXT("known", first);
    CHECK_TEXT("sports", matched);
    CHECK_NUMBER(VREC_FIELD_TAGS, columns.matched_fields[0]);
    free(matched);
    free(first);
    vrec_results_destroy(results);

    let_go(engine);
    wait_for(engine);
    CHECK(score_of(engine, "carrier", "unknown") != NOT_LISTED && score_of(engine, "carrier", "unknown") != 0);
    CHECK(score_of(engine, "carrier", "known") < 0.95);
    vrec_destroy(engine);
}

static void a_video_that_replaces_another_keeps_its_vector_until_then(void)
{
    vrec_engine *engine = create_engine(options_in_background());
    add_titled(engine, "old", "a football match in the rain");
    add_titled(engine, "same", "a football match in the rain");
    wait_for(engine);
    CHECK_NEAR(1, score_of(engine, "same", "old"), 1e-3);
    hold_up(engine);
    add_titled(engine, "old", "the lonely doctor in the kitchen");
    CHECK_NEAR(1, score_of(engine, "same", "old"), 1e-3);
    let_go(engine);
    wait_for(engine);
    CHECK(score_of(engine, "same", "old") < 0.99);
    CHECK_NUMBER(2, count_of(engine));
    vrec_destroy(engine);
}

static void events_on_waiting_videos_are_recorded(void)
{
    vrec_engine *engine = create_engine(options_in_background());
    hold_up(engine);
    add_titles(engine);
    record(engine, NULL, "match", VREC_EVENT_COMPLETE);
    record(engine, NULL, "doctor", VREC_EVENT_HIDE);
    CHECK_NUMBER(2, statistics_of(engine).events);
    CHECK_TEXT("", recommended(engine, NULL));
    let_go(engine);
    wait_for(engine);
    const char *list = recommended(engine, NULL);
    CHECK(strncmp(list, "game", 4) == 0);
    CHECK(strstr(list, "match") == NULL && strstr(list, "doctor") == NULL);
    vrec_destroy(engine);
}

/* --- what is said of a video while it waits ---------------------------------------------------------- */

static void a_video_removed_while_it_waits_never_comes_back(void)
{
    vrec_engine *engine = create_engine(options_in_background());
    hold_up(engine);
    add_titles(engine);
    remove_video(engine, "match");
    CHECK(!has_video(engine, "match"));
    let_go(engine);
    wait_for(engine);
    CHECK(!has_video(engine, "match"));
    CHECK_NUMBER(TITLES - 1, count_of(engine));
    vrec_event event = event_of(NULL, "match", VREC_EVENT_LIKE);
    CHECK_REFUSED(VREC_E_NOT_FOUND, "match", vrec_record(engine, &event, error));
    vrec_destroy(engine);
}

static void the_last_word_on_a_waiting_video_counts(void)
{
    vrec_engine *engine = create_engine(options_in_background());
    float vector[MODEL_DIMENSIONS] = {1};
    add_titled(engine, "expected", "the lonely doctor in the kitchen");
    vrec_video brought = video_with_vector("brought", vector);
    brought.vector_len = MODEL_DIMENSIONS;
    CHECK_OK(vrec_add_video(engine, &brought, NULL, error));
    hold_up(engine);
    /* Replaced by other texts, removed and added again, and replaced by a vector. */
    add_titled(engine, "replaced", "a football match in the rain");
    add_titled(engine, "replaced", "the lonely doctor in the kitchen");
    add_titled(engine, "again", "a football match in the rain");
    remove_video(engine, "again");
    add_titled(engine, "again", "the lonely doctor in the kitchen");
    add_titled(engine, "vector", "a football match in the rain");
    brought.id = "vector";
    brought.id_len = 6;
    CHECK_OK(vrec_add_video(engine, &brought, NULL, error));
    CHECK_NEAR(1, score_of(engine, "brought", "vector"), 1e-3);
    let_go(engine);
    wait_for(engine);
    CHECK_NUMBER(5, count_of(engine));
    CHECK_NEAR(1, score_of(engine, "expected", "replaced"), 1e-3);
    CHECK_NEAR(1, score_of(engine, "expected", "again"), 1e-3);
    CHECK_NEAR(1, score_of(engine, "brought", "vector"), 1e-3);
    vrec_destroy(engine);
}

/* The same without holding the thread up: some are caught waiting, some in the thread's hands. */
static void the_last_word_counts_at_whatever_moment_it_comes(void)
{
    enum { ROUNDS = 60 };
    vrec_engine *engine = create_engine(options_in_background());
    add_titled(engine, "expected", "the lonely doctor in the kitchen");
    for (int round = 0; round < ROUNDS; round++) {
        add_titled(engine, "changing", "a football match in the rain");
        nanosleep(&(struct timespec){.tv_nsec = (round % 8) * 300 * 1000}, NULL);
        if (round % 3 == 0) {
            remove_video(engine, "changing");
            CHECK_OK(vrec_wait_for_embeddings(engine, NULL, error));
            CHECK(!has_video(engine, "changing"));
        } else {
            add_titled(engine, "changing", "the lonely doctor in the kitchen");
            wait_for(engine);
            check_case("round %d", round);
            CHECK_NEAR(1, score_of(engine, "expected", "changing"), 1e-3);
            check_case(NULL);
        }
    }
    vrec_destroy(engine);
}

/* --- waiting ---------------------------------------------------------------------------------------- */

struct heard_progress {
    pthread_t thread;
    int calls;
    uint64_t done;
    uint64_t total;
    vrec_cancel_token *token;
};

static void hear_progress(uint64_t done, uint64_t total, void *user_data)
{
    struct heard_progress *heard = user_data;
    CHECK(pthread_equal(heard->thread, pthread_self()));
    CHECK(done >= heard->done && done <= total);
    CHECK(heard->calls == 0 || total == heard->total);
    heard->calls++;
    heard->done = done;
    heard->total = total;
    vrec_cancel_token_cancel(heard->token);
    uint64_t count = 7;
    CHECK_STATUS(VREC_E_REENTRANT, vrec_count(NULL, &count, NULL));
}

static vrec_call_options call_heard_by(struct heard_progress *heard)
{
    heard->thread = pthread_self();
    vrec_call_options call = {.struct_size = sizeof call, .cancel = heard->token};
    call.progress_callback = hear_progress;
    call.progress_user_data = heard;
    return call;
}

/* The thread rests on a model that does not open until somebody waits, so all of them are waited for. */
static void a_wait_tells_its_progress(void)
{
    enum { VIDEOS = 70 };
    vrec_engine *engine = create_engine(options_for_a_mixed_up_model());
    vrec_video videos[VIDEOS];
    for (int index = 0; index < VIDEOS; index++) {
        videos[index] = held_video(index);
    }
    CHECK_OK(vrec_add_videos(engine, videos, VIDEOS, sizeof videos[0], NULL, error));
    CHECK_STATUS(VREC_E_MODEL_HASH, vrec_wait_for_embeddings(engine, NULL, NULL));
    link_file(scratch, "tokenizer.json", "tokenizer.json");
    struct heard_progress heard = {0};
    vrec_call_options call = call_heard_by(&heard);
    CHECK_OK(vrec_wait_for_embeddings(engine, &call, error));
    CHECK(heard.calls > 2);
    CHECK_NUMBER(VIDEOS, heard.total);
    CHECK_NUMBER(VIDEOS, heard.done);
    CHECK_NUMBER(0, statistics_of(engine).videos_waiting);
    vrec_destroy(engine);
}

static void a_wait_heeds_its_bounds_and_leaves_the_videos_waiting(void)
{
    vrec_engine *engine = create_engine(options_in_background());
    hold_up(engine);
    vrec_call_options call = {.struct_size = sizeof call, .timeout_ms = 50};
    CHECK_REFUSED(VREC_E_TIMED_OUT, "timeout_ms", vrec_wait_for_embeddings(engine, &call, error));
    struct heard_progress heard = {0};
    CHECK_OK(vrec_cancel_token_create(&heard.token, error));
    call = call_heard_by(&heard);
    CHECK_STATUS(VREC_E_CANCELLED, vrec_wait_for_embeddings(engine, &call, NULL));
    CHECK_NUMBER(1, heard.calls);
    CHECK_REFUSED(VREC_E_CANCELLED, NULL, vrec_wait_for_embeddings(engine, &call, error));
    CHECK_NUMBER(1, heard.calls);
    CHECK(statistics_of(engine).videos_waiting > 0);
    CHECK_NUMBER(HELD, count_of(engine));
    vrec_cancel_token_destroy(heard.token);
    let_go(engine);
    wait_for(engine);
    vrec_destroy(engine);
}

static void without_the_thread_there_is_nothing_to_wait_for(void)
{
    struct heard_progress heard = {0};
    vrec_call_options call = call_heard_by(&heard);
    vrec_engine *without_model = make_engine();
    vrec_engine *engine = make_engine_with_model(model, runtime);
    CHECK_OK(vrec_wait_for_embeddings(without_model, &call, error));
    add_titles(engine);
    CHECK_OK(vrec_wait_for_embeddings(engine, &call, error));
    CHECK_NUMBER(0, heard.total);
    CHECK_NUMBER(0, statistics_of(engine).videos_waiting);
    vrec_destroy(engine);
    vrec_destroy(without_model);
}

/* --- a model that does not open ----------------------------------------------------------------------- */

static void a_model_that_does_not_open_is_told_by_waiting_and_tried_again(void)
{
    vrec_engine *engine = create_engine(options_for_a_mixed_up_model());
    add_titles(engine);
    for (int round = 0; round < 3; round++) {
        CHECK_REFUSED(VREC_E_MODEL_HASH, "tokenizer.json", vrec_wait_for_embeddings(engine, NULL, error));
        vrec_statistics statistics = statistics_of(engine);
        CHECK_NUMBER(TITLES, statistics.videos_waiting);
        CHECK_NUMBER(TITLES, statistics.videos);
        CHECK_NUMBER(0, statistics.videos_failed);
        CHECK(statistics.embedding_queue_bytes > 0);
        CHECK_STATUS(VREC_E_MODEL_HASH, statistics.encoder_status);
        CHECK_NUMBER(0, statistics.faulted);
    }
    record(engine, NULL, "match", VREC_EVENT_COMPLETE);
    CHECK_TEXT("", recommended(engine, NULL));
    link_file(scratch, "tokenizer.json", "tokenizer.json");
    wait_for(engine);
    CHECK_STATUS(VREC_OK, statistics_of(engine).encoder_status);
    CHECK(strncmp(recommended(engine, NULL), "game", 4) == 0);
    vrec_destroy(engine);
}

static void an_engine_whose_model_does_not_open_ends_at_once(void)
{
    vrec_engine *engine = create_engine(options_for_a_mixed_up_model());
    add_titles(engine);
    CHECK_STATUS(VREC_E_MODEL_HASH, vrec_wait_for_embeddings(engine, NULL, NULL));
    vrec_destroy(engine);
}

struct heard {
    int warnings;
    pthread_t thread;
};

static void listen(int32_t level, const char *message, size_t length, void *user_data)
{
    struct heard *heard = user_data;
    (void)message;
    (void)length;
    heard->warnings += level == VREC_LOG_WARNING;
    heard->thread = pthread_self();
}

/* "A warning in the log", and never from a thread of the library's own. */
static void what_the_thread_finds_out_is_logged_by_a_call_of_the_host(void)
{
    struct heard heard = {0};
    vrec_provider providers[] = {
        {.struct_size = sizeof providers[0], .kind = VREC_PROVIDER_CUDA, .flags = VREC_PROVIDER_ALLOW_NEXT},
        {.struct_size = sizeof providers[0], .kind = VREC_PROVIDER_CPU},
    };
    vrec_options options = options_in_background();
    options.providers = providers;
    options.provider_count = 2;
    options.provider_stride = sizeof providers[0];
    options.log_callback = listen;
    options.log_user_data = &heard;
    vrec_engine *engine = create_engine(options);
    add_titles(engine);
    CHECK_OK(vrec_wait_for_embeddings(engine, NULL, error));
    CHECK_NUMBER(1, heard.warnings);
    CHECK(heard.warnings == 0 || pthread_equal(heard.thread, pthread_self()));
    vrec_destroy(engine);
}

/* --- memory ------------------------------------------------------------------------------------------- */

/* The model is mixed up, so that everything goes on waiting. */
static void waiting_videos_count_towards_the_memory_limit(void)
{
    enum { LIMIT = 60000 };
    vrec_options options = options_for_a_mixed_up_model();
    options.memory_limit_bytes = LIMIT;
    vrec_engine *engine = create_engine(options);
    vrec_video videos[HELD];
    for (int index = 0; index < HELD; index++) {
        videos[index] = held_video(index);
    }
    CHECK_REFUSED(VREC_E_MEMORY_LIMIT, "60000",
                  vrec_add_videos(engine, videos, HELD, sizeof videos[0], NULL, error));
    CHECK_NUMBER(0, count_of(engine));
    CHECK_NUMBER(0, statistics_of(engine).videos_waiting);
    CHECK_NUMBER(0, statistics_of(engine).embedding_queue_bytes);

    int added = 0;
    while (added < HELD && vrec_add_video(engine, &videos[added], NULL, NULL) == VREC_OK) {
        added++;
    }
    vrec_statistics statistics = statistics_of(engine);
    CHECK(added > 2 && added < LIMIT / HELD_BYTES);
    CHECK_NUMBER(added, statistics.videos);
    CHECK_NUMBER(added, statistics.videos_waiting);
    CHECK(statistics.memory_bytes + statistics.embedding_queue_bytes <= LIMIT);
    CHECK_REFUSED(VREC_E_MEMORY_LIMIT, NULL, vrec_add_video(engine, &videos[added], NULL, error));
    vrec_statistics after = statistics_of(engine);
    CHECK_NUMBER(statistics.embedding_queue_bytes, after.embedding_queue_bytes);
    CHECK_NUMBER(statistics.memory_bytes, after.memory_bytes);

    /* What is removed does not wait any more, so there is room again. */
    for (int index = 0; index < added; index++) {
        remove_video(engine, videos[index].id);
    }
    CHECK_NUMBER(0, statistics_of(engine).videos_waiting);
    CHECK_NUMBER(0, statistics_of(engine).embedding_queue_bytes);
    CHECK_OK(vrec_add_video(engine, &videos[0], NULL, error));
    vrec_destroy(engine);
}

/* What waits is counted once, also at the moment when its vector lands. */
static void a_video_that_has_room_to_wait_has_room_to_land(void)
{
    enum { LIMIT = 110000, LARGE = 60000 };
    static char description[LARGE];
    memset(description, 'x', sizeof description);
    vrec_options options = options_in_background();
    options.memory_limit_bytes = LIMIT;
    vrec_engine *engine = create_engine(options);
    vrec_video video = video_with_title("large", "a title");
    video.description = description;
    video.description_len = LARGE;
    CHECK_OK(vrec_add_video(engine, &video, NULL, error));
    wait_for(engine);
    CHECK_NUMBER(0, statistics_of(engine).videos_failed);
    CHECK(statistics_of(engine).memory_bytes > LARGE && statistics_of(engine).memory_bytes <= LIMIT);
    add_titled(engine, "small", "a title");
    wait_for(engine);
    CHECK(score_of(engine, "large", "small") >= -1);
    vrec_destroy(engine);
}

/* One video said again and again waits once. */
static void replacing_a_waiting_video_takes_no_more_memory(void)
{
    vrec_engine *engine = create_engine(options_for_a_mixed_up_model());
    vrec_video video = held_video(0);
    CHECK_OK(vrec_add_video(engine, &video, NULL, error));
    CHECK_STATUS(VREC_E_MODEL_HASH, vrec_wait_for_embeddings(engine, NULL, NULL));
    uint64_t once = statistics_of(engine).embedding_queue_bytes;
    for (int round = 0; round < 50; round++) {
        CHECK_OK(vrec_add_video(engine, &video, NULL, error));
    }
    CHECK_STATUS(VREC_E_MODEL_HASH, vrec_wait_for_embeddings(engine, NULL, NULL));
    CHECK_NUMBER(1, statistics_of(engine).videos_waiting);
    CHECK_NUMBER(once, statistics_of(engine).embedding_queue_bytes);
    vrec_destroy(engine);
}

int main(int count, char **arguments)
{
    REQUIRE(count == 4);
    model = arguments[1];
    runtime = arguments[2];
    scratch = arguments[3];
    mkdir(scratch, 0700);
    RUN(videos_are_there_at_once_and_wait_for_their_vectors);
    RUN(vectors_are_those_of_an_engine_without_the_thread);
    RUN(a_refused_batch_leaves_nothing_waiting);
    RUN(without_a_model_texts_are_refused_and_vectors_taken);
    RUN(a_waiting_video_is_recommended_for_its_tags);
    RUN(a_video_that_replaces_another_keeps_its_vector_until_then);
    RUN(events_on_waiting_videos_are_recorded);
    RUN(a_video_removed_while_it_waits_never_comes_back);
    RUN(the_last_word_on_a_waiting_video_counts);
    RUN(the_last_word_counts_at_whatever_moment_it_comes);
    RUN(a_wait_tells_its_progress);
    RUN(a_wait_heeds_its_bounds_and_leaves_the_videos_waiting);
    RUN(without_the_thread_there_is_nothing_to_wait_for);
    RUN(a_model_that_does_not_open_is_told_by_waiting_and_tried_again);
    RUN(an_engine_whose_model_does_not_open_ends_at_once);
    RUN(what_the_thread_finds_out_is_logged_by_a_call_of_the_host);
    RUN(waiting_videos_count_towards_the_memory_limit);
    RUN(a_video_that_has_room_to_wait_has_room_to_land);
    RUN(replacing_a_waiting_video_takes_no_more_memory);
    return check_finish();
}
