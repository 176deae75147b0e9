/* See packs.h. */
#include "packs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model.h"

enum { PACKS = 2, WATCHERS = 12 };

/* The first key pair of RFC 8032, section 7.1. */
static const uint8_t seed[KEY_BYTES] = {0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a,
                                        0xf4, 0x92, 0xec, 0x2c, 0xc4, 0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32,
                                        0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60};
static const uint8_t trusted[KEY_BYTES] = {0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe,
                                           0xd3, 0xc9, 0x64, 0x07, 0x3a, 0x0e, 0xe1, 0x72, 0xf3, 0xda, 0xa6,
                                           0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a};
static const char *const lines[PACKS] = {"pack-1", "pack-2"};

static uint8_t *packs[PACKS];
static size_t lengths[PACKS];

static void must(int is_done, const char *what)
{
    if (!is_done) {
        fprintf(stderr, "making a pack: %s failed\n", what);
        abort();
    }
}

/* An engine in memory whose profiles watch every so many videos. */
static vrec_engine *make_service(uint32_t step)
{
    vrec_options options = {0};
    options.struct_size = sizeof options;
    vrec_engine *engine = NULL;
    must(vrec_create(&options, &engine, NULL) == VREC_OK, "vrec_create");
    for (uint32_t number = 0; number < MODEL_VIDEOS; number++) {
        char name[NAME_BYTES];
        float vector[MODEL_DIMENSIONS];
        video_name(name, number);
        video_vector(vector, number, 1);
        vrec_video video = {0};
        video.struct_size = sizeof video;
        video.id = name;
        video.id_len = strlen(name);
        video.vector = vector;
        video.vector_len = MODEL_DIMENSIONS;
        must(vrec_add_video(engine, &video, NULL, NULL) == VREC_OK, "vrec_add_video");
    }
    for (uint32_t watch = 0; watch < WATCHERS * MODEL_VIDEOS; watch += step) {
        char video[NAME_BYTES], profile[NAME_BYTES];
        video_name(video, watch % MODEL_VIDEOS);
        snprintf(profile, sizeof profile, "watcher-%u", watch / MODEL_VIDEOS);
        vrec_event event = {0};
        event.struct_size = sizeof event;
        event.kind = VREC_EVENT_COMPLETE;
        event.profile = profile;
        event.profile_len = strlen(profile);
        event.video_id = video;
        event.video_id_len = strlen(video);
        event.time_utc_ms = 1700000000000 + watch;
        must(vrec_record(engine, &event, NULL) == VREC_OK, "vrec_record");
    }
    return engine;
}

static void make_pack(size_t index, const char *path)
{
    vrec_pack_export_options options = {0};
    options.struct_size = sizeof options;
    options.path = path;
    options.path_len = strlen(path);
    options.line = lines[index];
    options.line_len = strlen(lines[index]);
    options.number = 1;
    options.signing_key = seed;
    options.signing_key_len = sizeof seed;
    options.least_profiles = 1;
    vrec_engine *service = make_service((uint32_t)index + 1);
    /* The one fault that comes this far refuses random numbers: the export says so and can be repeated. */
    int32_t status = vrec_pack_export(service, &options, NULL, NULL);
    if (status == VREC_E_IO) {
        status = vrec_pack_export(service, &options, NULL, NULL);
    }
    must(status == VREC_OK, "vrec_pack_export");
    vrec_destroy(service);
}

static void read_pack(size_t index, const char *path)
{
    FILE *file = fopen(path, "rb");
    must(file != NULL && fseek(file, 0, SEEK_END) == 0, "opening it");
    lengths[index] = (size_t)ftell(file);
    rewind(file);
    packs[index] = malloc(lengths[index]);
    must(packs[index] != NULL && fread(packs[index], 1, lengths[index], file) == lengths[index], "reading it");
    fclose(file);
}

void make_packs(void)
{
    for (size_t index = 0; index < PACKS && packs[index] == NULL; index++) {
        /* Beside no store, whose files are watched. */
        char folder[] = "/tmp/vrec-pack-XXXXXX", path[sizeof folder + 8];
        must(mkdtemp(folder) != NULL, "a folder");
        snprintf(path, sizeof path, "%s/pack", folder);
        make_pack(index, path);
        read_pack(index, path);
        unlink(path);
        rmdir(folder);
    }
}

int32_t import_pack(vrec_engine *engine, uint32_t pack, vrec_error **error)
{
    make_packs();
    vrec_pack_import_options options = {0};
    options.struct_size = sizeof options;
    options.data = packs[pack - 1];
    options.data_len = lengths[pack - 1];
    options.trusted_keys = trusted;
    options.trusted_key_count = 1;
    options.line = lines[pack - 1];
    options.line_len = strlen(lines[pack - 1]);
    return vrec_pack_import(engine, &options, NULL, error);
}

int32_t pack_in_use(const vrec_engine *engine, uint32_t *pack, uint32_t *before)
{
    vrec_pack_description *description = NULL;
    vrec_pack_fields fields = {0};
    fields.struct_size = sizeof fields;
    int32_t status = vrec_pack_info(engine, NULL, &description, NULL);
    if (status == VREC_E_NOT_FOUND) {
        return VREC_OK;
    }
    if (status == VREC_OK) {
        status = vrec_pack_description_fields(description, &fields, NULL);
    }
    if (status == VREC_OK) {
        *pack = memcmp(fields.line, lines[0], fields.line_len) == 0 ? 1 : 2;
        *before = (uint32_t)fields.before_number;
    }
    vrec_pack_description_destroy(description);
    return status;
}
