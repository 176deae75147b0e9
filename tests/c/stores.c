#include "stores.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"

const char *stores_folder;

const char *new_store(void)
{
    static char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s/store-XXXXXX", stores_folder);
    REQUIRE(mkdtemp(path) != NULL);
    return path;
}

vrec_options options_for_store(const char *path)
{
    vrec_options options = {0};
    options.struct_size = sizeof options;
    options.store_path = path;
    options.store_path_len = strlen(path);
    return options;
}

vrec_options options_with_key(const char *path, const uint8_t *key)
{
    vrec_options options = options_for_store(path);
    options.device_key = key;
    options.device_key_len = KEY_BYTES;
    return options;
}

vrec_engine *open_with(const vrec_options *options)
{
    vrec_engine *engine = NULL;
    CHECK_OK(vrec_create(options, &engine, error));
    REQUIRE(engine != NULL);
    return engine;
}

vrec_engine *open_store(const char *path)
{
    vrec_options options = options_for_store(path);
    return open_with(&options);
}

int store_holds(const char *path, const char *text)
{
    int is_there = 0;
    DIR *directory = opendir(path);
    REQUIRE(directory != NULL);
    for (struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory)) {
        char name[PATH_BYTES + 256];
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        FILE *file = entry->d_name[0] == '.' ? NULL : fopen(name, "rb");
        if (file == NULL) {
            continue;
        }
        size_t matched = 0;
        for (int byte = fgetc(file); byte != EOF; byte = fgetc(file)) {
            matched = byte == text[matched] ? matched + 1 : byte == text[0];
            is_there |= text[matched] == '\0';
            matched = text[matched] == '\0' ? 0 : matched;
        }
        fclose(file);
    }
    closedir(directory);
    return is_there;
}

FILE *open_vectors(const char *path)
{
    FILE *file = NULL;
    DIR *directory = opendir(path);
    REQUIRE(directory != NULL);
    for (struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory)) {
        if (strncmp(entry->d_name, "vectors-", strlen("vectors-")) == 0) {
            char name[PATH_BYTES + 256];
            snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
            file = fopen(name, "r+b");
        }
    }
    closedir(directory);
    REQUIRE(file != NULL);
    return file;
}

void damage_last_vector(const char *path)
{
    FILE *file = open_vectors(path);
    fseek(file, -24, SEEK_END);
    int byte = fgetc(file);
    fseek(file, -1, SEEK_CUR);
    fputc(byte ^ 4, file);
    fclose(file);
}
