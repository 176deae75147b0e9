/* See packs.h. */
#include "packs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../c/pack_keys.h"
#include "model.h"

enum { PACKS = 2, WATCHERS = 12 };

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
    options.trusted_keys = public_key;
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
