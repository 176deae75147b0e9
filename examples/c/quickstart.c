/* Five titles in two languages, two of them watched: what next?
 *
 *   cc quickstart.c $(pkg-config --cflags --libs vrec) -o quickstart
 *   ./quickstart /path/to/model /path/to/libonnxruntime.so.1
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vrec.h>

static void check(int32_t status, vrec_error *error)
{
    if (status != VREC_OK) {
        fprintf(stderr, "%s: %s\n", vrec_status_name(status), vrec_error_message(error));
        vrec_error_destroy(error);
        exit(EXIT_FAILURE);
    }
}

int main(int argc, char **argv)
{
    static const char *const titles[] = {"人工智能入门", "深度学习基础", "计算机视觉入门",
                                         "如何制作红烧肉", "Yoga for beginners"};
    vrec_error *error = NULL;
    vrec_engine *engine = NULL;
    vrec_options options = {0};

    if (argc != 3) {
        fprintf(stderr, "usage: %s MODEL_FOLDER ONNX_RUNTIME\n", argv[0]);
        return EXIT_FAILURE;
    }
    options.struct_size = sizeof options;
    options.model_path = argv[1];
    options.model_path_len = strlen(argv[1]);
    options.runtime_path = argv[2];
    options.runtime_path_len = strlen(argv[2]);
    check(vrec_create(&options, &engine, &error), error);

    for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++) {
        vrec_video video = {0};
        video.struct_size = sizeof video;
        video.id = video.title = titles[i];
        video.id_len = video.title_len = strlen(titles[i]);
        check(vrec_add_video(engine, &video, NULL, &error), error);
    }
    for (size_t i = 0; i < 2; i++) {
        vrec_event watched = {0};
        watched.struct_size = sizeof watched;
        watched.kind = VREC_EVENT_COMPLETE;
        watched.video_id = titles[i];
        watched.video_id_len = strlen(titles[i]);
        check(vrec_record(engine, &watched, &error), error);
    }

    vrec_results *results = NULL;
    vrec_columns list = {0};
    vrec_reason_columns why = {0};
    list.struct_size = sizeof list;
    why.struct_size = sizeof why;
    check(vrec_recommend(engine, NULL, NULL, &results, &error), error);
    check(vrec_results_columns(results, &list, &error), error);
    check(vrec_results_reasons(results, &why, &error), error);
    for (size_t i = 0; i < list.count; i++) {
        size_t first = (size_t)why.reason_offsets[i];
        int length = (int)(list.title_offsets[i + 1] - list.title_offsets[i]);
        int words = (int)(why.english_offsets[first + 1] - why.english_offsets[first]);
        printf("%+.3f  %.*s: %.*s\n", list.scores[i], length, list.titles + list.title_offsets[i], words,
               why.english + why.english_offsets[first]);
    }
    vrec_results_destroy(results);
    vrec_destroy(engine);
    return EXIT_SUCCESS;
}
