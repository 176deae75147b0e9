/* The demo: a bilingual catalogue of real films, series, documentaries and courses goes into
 * libvrec, a few viewers watch something, and each gets a list with the reasons for it.
 *
 *   demo CATALOG MODEL_FOLDER ONNX_RUNTIME
 */
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vrec.h>

enum { BATCH = 32, SHOWN = 5, MATCH_BYTES = 96 };

static void check(int32_t status, vrec_error *error)
{
    if (status != VREC_OK) {
        fprintf(stderr, "%s: %s\n", vrec_status_name(status), vrec_error_message(error));
        vrec_error_destroy(error);
        exit(EXIT_FAILURE);
    }
}

static void *allocate(size_t count, size_t size)
{
    void *memory = calloc(count == 0 ? 1 : count, size);
    if (memory == NULL) {
        fprintf(stderr, "out of memory\n");
        exit(EXIT_FAILURE);
    }
    return memory;
}

/* A list of texts as the library takes it: one block and offsets. */
typedef struct texts {
    char *block;
    uint64_t *offsets;
    size_t count;
} texts;

static texts pack_texts(const json_t *array)
{
    texts packed = {0};
    size_t bytes = 0;
    packed.count = json_array_size(array);
    packed.offsets = allocate(packed.count + 1, sizeof *packed.offsets);
    for (size_t i = 0; i < packed.count; i++) {
        bytes += json_string_length(json_array_get(array, i));
        packed.offsets[i + 1] = bytes;
    }
    packed.block = allocate(bytes, 1);
    for (size_t i = 0; i < packed.count; i++) {
        const json_t *text = json_array_get(array, i);
        memcpy(packed.block + packed.offsets[i], json_string_value(text), json_string_length(text));
    }
    return packed;
}

static void free_texts(texts *packed)
{
    free(packed->block);
    free(packed->offsets);
}

/* The catalogue, one JSON object a line. */
static json_t *read_catalog(const char *path)
{
    char line[65536];
    json_t *catalog = json_array();
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    while (fgets(line, sizeof line, file) != NULL) {
        json_error_t problem;
        json_t *record = json_loads(line, 0, &problem);
        if (record == NULL) {
            fprintf(stderr, "%s: line %zu: %s\n", path, json_array_size(catalog) + 1, problem.text);
            exit(EXIT_FAILURE);
        }
        json_array_append_new(catalog, record);
    }
    fclose(file);
    return catalog;
}

static const char *text_of(const json_t *record, const char *key, size_t *length)
{
    const json_t *value = json_object_get(record, key);
    *length = json_string_length(value);
    return json_string_value(value);
}

static void add_batch(vrec_engine *engine, const json_t *catalog, size_t first, size_t count)
{
    vrec_video videos[BATCH] = {{0}};
    texts tags[BATCH];
    texts comments[BATCH];
    vrec_error *error = NULL;
    for (size_t i = 0; i < count; i++) {
        const json_t *record = json_array_get(catalog, first + i);
        vrec_video *video = &videos[i];
        tags[i] = pack_texts(json_object_get(record, "tags"));
        comments[i] = pack_texts(json_object_get(record, "comments"));
        video->struct_size = sizeof *video;
        video->id = text_of(record, "id", &video->id_len);
        video->title = text_of(record, "title", &video->title_len);
        video->description = text_of(record, "description", &video->description_len);
        video->language = text_of(record, "language", &video->language_len);
        video->tags = tags[i].block;
        video->tag_offsets = tags[i].offsets;
        video->tag_count = tags[i].count;
        video->comments = comments[i].block;
        video->comment_offsets = comments[i].offsets;
        video->comment_count = comments[i].count;
    }
    check(vrec_add_videos(engine, videos, count, sizeof videos[0], NULL, &error), error);
    for (size_t i = 0; i < count; i++) {
        free_texts(&tags[i]);
        free_texts(&comments[i]);
    }
}

static void add_catalog(vrec_engine *engine, const json_t *catalog)
{
    size_t total = json_array_size(catalog);
    for (size_t first = 0; first < total; first += BATCH) {
        size_t count = total - first < BATCH ? total - first : BATCH;
        add_batch(engine, catalog, first, count);
        fprintf(stderr, "\r  reading titles, descriptions, tags and comments: %zu of %zu", first + count, total);
    }
    fprintf(stderr, "\n");
}

/* The record with this title. */
static const json_t *find_title(const json_t *catalog, const char *title)
{
    size_t index;
    const json_t *record;
    json_array_foreach((json_t *)(uintptr_t)catalog, index, record)
    {
        if (strcmp(json_string_value(json_object_get(record, "title")), title) == 0) {
            return record;
        }
    }
    fprintf(stderr, "the catalogue has no %s\n", title);
    exit(EXIT_FAILURE);
}

static void watch(vrec_engine *engine, const char *profile, const json_t *record)
{
    vrec_error *error = NULL;
    vrec_event event = {0};
    event.struct_size = sizeof event;
    event.kind = VREC_EVENT_COMPLETE;
    event.profile = profile;
    event.profile_len = strlen(profile);
    event.video_id = text_of(record, "id", &event.video_id_len);
    event.time_utc_ms = 1767225600000; /* 2026-01-01 */
    check(vrec_record(engine, &event, &error), error);
}

/* Prints at most a line's worth of a text, never cutting a character in two. */
static void print_short(const char *text, size_t length)
{
    size_t shown = length < MATCH_BYTES ? length : MATCH_BYTES;
    while (shown < length && shown > 0 && ((unsigned char)text[shown] & 0xC0) == 0x80) {
        shown--;
    }
    printf("%.*s%s", (int)shown, text, shown < length ? "…" : "");
}

static const char *title_of(const json_t *catalog, const char *id, size_t length)
{
    size_t index;
    const json_t *record;
    json_array_foreach((json_t *)(uintptr_t)catalog, index, record)
    {
        const json_t *known = json_object_get(record, "id");
        if (json_string_length(known) == length && memcmp(json_string_value(known), id, length) == 0) {
            return json_string_value(json_object_get(record, "title"));
        }
    }
    return "";
}

static void print_list(const json_t *catalog, vrec_results *results)
{
    static const char *const fields[] = {"vector", "title", "description", "tags", "comments"};
    vrec_error *error = NULL;
    vrec_columns list = {0};
    list.struct_size = sizeof list;
    check(vrec_results_columns(results, &list, &error), error);
    for (size_t i = 0; i < list.count; i++) {
        size_t because_length = (size_t)(list.because_id_offsets[i + 1] - list.because_id_offsets[i]);
        const char *because = title_of(catalog, list.because_ids + list.because_id_offsets[i], because_length);
        printf("  %zu. %.2f  ", i + 1, list.scores[i]);
        print_short(list.titles + list.title_offsets[i], (size_t)(list.title_offsets[i + 1] - list.title_offsets[i]));
        if (because[0] != '\0') {
            printf("   (because of %s)", because);
        }
        printf("\n           %s: ", fields[list.matched_fields[i]]);
        print_short(list.matched_texts + list.matched_text_offsets[i],
                    (size_t)(list.matched_text_offsets[i + 1] - list.matched_text_offsets[i]));
        printf("\n");
    }
    vrec_results_destroy(results);
}

static void show_viewer(vrec_engine *engine, const json_t *catalog, const char *profile, const char *const *watched,
                        size_t watched_count)
{
    vrec_error *error = NULL;
    vrec_results *results = NULL;
    vrec_query query = {0};
    printf("\n%s watched\n", profile);
    for (size_t i = 0; i < watched_count; i++) {
        watch(engine, profile, find_title(catalog, watched[i]));
        printf("  - %s\n", watched[i]);
    }
    query.struct_size = sizeof query;
    query.profile = profile;
    query.profile_len = strlen(profile);
    query.limit = SHOWN;
    check(vrec_recommend(engine, &query, NULL, &results, &error), error);
    printf("and might like\n");
    print_list(catalog, results);
}

static void show_search(vrec_engine *engine, const json_t *catalog, const char *text)
{
    vrec_error *error = NULL;
    vrec_results *results = NULL;
    vrec_query query = {0};
    query.struct_size = sizeof query;
    query.limit = SHOWN;
    check(vrec_search(engine, text, strlen(text), &query, NULL, &results, &error), error);
    printf("\nSearching for \"%s\" finds\n", text);
    print_list(catalog, results);
}

int main(int argc, char **argv)
{
    static const char *const student[] = {"人工智能入门", "深度学习基础"};
    static const char *const stargazer[] = {"Interstellar", "Gravity"};
    static const char *const family[] = {"Toy Story", "大闹天宫"};
    vrec_error *error = NULL;
    vrec_engine *engine = NULL;
    vrec_options options = {0};
    if (argc != 4) {
        fprintf(stderr, "usage: %s CATALOG MODEL_FOLDER ONNX_RUNTIME\n", argv[0]);
        return EXIT_FAILURE;
    }
    options.struct_size = sizeof options;
    options.model_path = argv[2];
    options.model_path_len = strlen(argv[2]);
    options.runtime_path = argv[3];
    options.runtime_path_len = strlen(argv[3]);
    options.threads = 2;
    check(vrec_create(&options, &engine, &error), error);
    check(vrec_load_encoder(engine, NULL, &error), error);

    json_t *catalog = read_catalog(argv[1]);
    printf("vrec %s: %zu videos, half Chinese, half English\n", vrec_version(), json_array_size(catalog));
    fflush(stdout);
    add_catalog(engine, catalog);
    show_viewer(engine, catalog, "A student", student, sizeof student / sizeof student[0]);
    show_viewer(engine, catalog, "A stargazer", stargazer, sizeof stargazer / sizeof stargazer[0]);
    show_viewer(engine, catalog, "A family", family, sizeof family / sizeof family[0]);
    show_search(engine, catalog, "a documentary about Chinese food");
    show_search(engine, catalog, "机器人有了感情");

    json_decref(catalog);
    vrec_destroy(engine);
    return EXIT_SUCCESS;
}
