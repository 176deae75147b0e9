/* A host that loads the library with dlopen: the function table of an ABI version, the versions, the
 * names of the status codes, and that the library stays when it is closed.
 *
 * api_table LIBRARY */
#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

#include "check.h"

static const char *library_path;
static void *library;
static const vrec_api *api;

/* This program is not linked with the library: what check.c calls comes from the table. */
int32_t vrec_error_code(const vrec_error *error)
{
    return api->vrec_error_code(error);
}

const char *vrec_error_message(const vrec_error *error)
{
    return api->vrec_error_message(error);
}

void vrec_error_destroy(vrec_error *error)
{
    api->vrec_error_destroy(error);
}

const char *vrec_status_name(int32_t status)
{
    return api->vrec_status_name(status);
}

typedef const vrec_api *(*get_api_function)(uint32_t abi);

static get_api_function find_get_api(void)
{
    get_api_function get_api = NULL;
    void *symbol = dlsym(library, "vrec_get_api");
    memcpy(&get_api, &symbol, sizeof get_api);
    return get_api;
}

static const struct {
    const char *name;
    size_t offset;
} functions[] = {
#define FUNCTION(name) {#name, offsetof(vrec_api, name)}
    FUNCTION(vrec_version),
    FUNCTION(vrec_abi_version),
    FUNCTION(vrec_abi_check),
    FUNCTION(vrec_abi_1),
    FUNCTION(vrec_error_code),
    FUNCTION(vrec_error_message),
    FUNCTION(vrec_error_destroy),
    FUNCTION(vrec_status_name),
    FUNCTION(vrec_cancel_token_create),
    FUNCTION(vrec_cancel_token_retain),
    FUNCTION(vrec_cancel_token_cancel),
    FUNCTION(vrec_cancel_token_is_cancelled),
    FUNCTION(vrec_cancel_token_destroy),
    FUNCTION(vrec_create),
    FUNCTION(vrec_destroy),
    FUNCTION(vrec_load_encoder),
    FUNCTION(vrec_trim),
    FUNCTION(vrec_count),
    FUNCTION(vrec_dimensions),
    FUNCTION(vrec_stats),
    FUNCTION(vrec_embed),
    FUNCTION(vrec_embed_batch),
    FUNCTION(vrec_add_video),
    FUNCTION(vrec_add_videos),
    FUNCTION(vrec_remove_videos),
    FUNCTION(vrec_record),
    FUNCTION(vrec_record_batch),
    FUNCTION(vrec_recommend),
    FUNCTION(vrec_similar),
    FUNCTION(vrec_search),
    FUNCTION(vrec_results_columns),
    FUNCTION(vrec_results_destroy),
    FUNCTION(vrec_wait_for_embeddings),
    FUNCTION(vrec_describe_encoder),
    FUNCTION(vrec_encoder_description_fields),
    FUNCTION(vrec_encoder_description_destroy),
    FUNCTION(vrec_nearest),
    FUNCTION(vrec_neighbours_columns),
    FUNCTION(vrec_neighbours_destroy),
    FUNCTION(vrec_profile_forget),
    FUNCTION(vrec_flush),
    FUNCTION(vrec_verify),
    FUNCTION(vrec_rotate_key),
    FUNCTION(vrec_retain),
    FUNCTION(vrec_compact),
    FUNCTION(vrec_profile_export),
    FUNCTION(vrec_export_data),
    FUNCTION(vrec_export_destroy),
    FUNCTION(vrec_train),
    FUNCTION(vrec_watch_next),
    FUNCTION(vrec_watch_cards_columns),
    FUNCTION(vrec_watch_cards_destroy),
    FUNCTION(vrec_profile_create),
    FUNCTION(vrec_profile_list),
    FUNCTION(vrec_profile_switch),
    FUNCTION(vrec_profile_rename),
    FUNCTION(vrec_profile_set_kind),
    FUNCTION(vrec_profiles_columns),
    FUNCTION(vrec_profiles_destroy),
    FUNCTION(vrec_results_reasons),
    FUNCTION(vrec_explain),
    FUNCTION(vrec_explanation_fields),
    FUNCTION(vrec_explanation_reasons),
    FUNCTION(vrec_explanation_destroy),
    FUNCTION(vrec_home),
    FUNCTION(vrec_home_screen_rows),
    FUNCTION(vrec_home_screen_items),
    FUNCTION(vrec_home_screen_results),
    FUNCTION(vrec_home_screen_destroy),
    FUNCTION(vrec_pack_export),
    FUNCTION(vrec_pack_import),
    FUNCTION(vrec_pack_info),
    FUNCTION(vrec_pack_description_fields),
    FUNCTION(vrec_pack_description_destroy),
    FUNCTION(vrec_pack_revert),
    FUNCTION(vrec_load_sequence),
    FUNCTION(vrec_train_with),
    FUNCTION(vrec_learn_weights),
};

enum { FUNCTIONS = sizeof functions / sizeof functions[0] };

static void the_table_holds_every_exported_function(void)
{
    CHECK_NUMBER(sizeof(vrec_api), api->struct_size);
    CHECK_NUMBER(sizeof(vrec_api), sizeof(size_t) + FUNCTIONS * sizeof(void *));
    for (size_t index = 0; index < FUNCTIONS; index++) {
        void *pointer = NULL;
        memcpy(&pointer, (const char *)api + functions[index].offset, sizeof pointer);
        check_case("%s", functions[index].name);
        CHECK(pointer != NULL);
        CHECK(pointer == dlsym(library, functions[index].name));
    }
}

static void other_abis_have_no_table(void)
{
    get_api_function get_api = find_get_api();
    CHECK(get_api(VREC_ABI_VERSION) == api);
    CHECK(get_api(0) == NULL);
    CHECK(get_api(VREC_ABI_VERSION + 1) == NULL);
    CHECK(get_api(UINT32_MAX) == NULL);
}

static void versions_agree(void)
{
    CHECK_NUMBER(VREC_ABI_VERSION, api->vrec_abi_version());
    CHECK_NUMBER(1, api->vrec_abi_1());
    CHECK_STATUS(VREC_OK, api->vrec_abi_check(VREC_ABI_VERSION));
    CHECK_STATUS(VREC_E_ABI, api->vrec_abi_check(0));
    CHECK_STATUS(VREC_E_ABI, api->vrec_abi_check(VREC_ABI_VERSION + 1));
    CHECK_STATUS(VREC_E_ABI, api->vrec_abi_check(UINT32_MAX));
    const char *version = api->vrec_version();
    CHECK(strspn(version, "0123456789") > 0 && strchr(version, '.') != NULL);
}

static void every_status_has_its_name(void)
{
    static const struct {
        int32_t status;
        const char *name;
    } names[] = {
#define STATUS(name) {name, #name}
        STATUS(VREC_OK),
        STATUS(VREC_E_INVALID_ARGUMENT),
        STATUS(VREC_E_NOT_FOUND),
        STATUS(VREC_E_LIMIT),
        STATUS(VREC_E_MEMORY_LIMIT),
        STATUS(VREC_E_TOO_NEW),
        STATUS(VREC_E_UTF8),
        STATUS(VREC_E_REENTRANT),
        STATUS(VREC_E_FORKED),
        STATUS(VREC_E_FAULTED),
        STATUS(VREC_E_INTERNAL),
        STATUS(VREC_E_CANCELLED),
        STATUS(VREC_E_TIMED_OUT),
        STATUS(VREC_E_NO_ENCODER),
        STATUS(VREC_E_MODEL_MISSING),
        STATUS(VREC_E_MODEL_UNREADABLE),
        STATUS(VREC_E_MODEL_HASH),
        STATUS(VREC_E_MODEL_INVALID),
        STATUS(VREC_E_RUNTIME_MISSING),
        STATUS(VREC_E_RUNTIME_VERSION),
        STATUS(VREC_E_RUNTIME),
        STATUS(VREC_E_ABI),
        STATUS(VREC_E_PROVIDER),
        STATUS(VREC_E_CORRUPT),
        STATUS(VREC_E_KEY),
        STATUS(VREC_E_BUSY),
        STATUS(VREC_E_IO),
        STATUS(VREC_E_DISK_FULL),
        STATUS(VREC_E_READ_ONLY),
        STATUS(VREC_E_SIGNATURE),
        STATUS(VREC_E_OLDER),
        STATUS(VREC_E_BASE),
    };
    enum { NAMES = sizeof names / sizeof names[0] };
    for (int index = 0; index < NAMES; index++) {
        CHECK_NUMBER(-index, names[index].status);
        CHECK_TEXT(names[index].name, api->vrec_status_name(names[index].status));
    }
    int32_t unknown[] = {1, -NAMES, INT32_MIN, INT32_MAX};
    for (size_t index = 0; index < sizeof unknown / sizeof unknown[0]; index++) {
        CHECK_TEXT("VREC_E_UNKNOWN", api->vrec_status_name(unknown[index]));
    }
}

static void an_engine_works_by_the_table_alone(void)
{
    vrec_engine *engine = NULL;
    CHECK_OK(api->vrec_create(NULL, &engine, error));
    float vector[] = {1, 0};
    vrec_video video = {.struct_size = sizeof video, .id = "a", .id_len = 1, .vector = vector, .vector_len = 2};
    CHECK_OK(api->vrec_add_video(engine, &video, NULL, error));
    uint64_t count = 0;
    CHECK_OK(api->vrec_count(engine, &count, error));
    CHECK_NUMBER(1, count);
    CHECK_REFUSED(VREC_E_INVALID_ARGUMENT, "count", api->vrec_count(engine, NULL, error));
    api->vrec_destroy(engine);
}

/* Threads may still hold data of the library's own, so it is never unloaded. */
static void closing_the_library_does_not_unload_it(void)
{
    vrec_engine *engine = NULL;
    CHECK_OK(api->vrec_create(NULL, &engine, error));
    CHECK_NUMBER(0, dlclose(library));
    uint64_t count = 7;
    CHECK_OK(api->vrec_count(engine, &count, error));
    CHECK_NUMBER(0, count);
    api->vrec_destroy(engine);
    library = dlopen(library_path, RTLD_NOW | RTLD_LOCAL);
    REQUIRE(library != NULL);
    CHECK(find_get_api()(VREC_ABI_VERSION) == api);
}

int main(int count, char **arguments)
{
    if (count != 2) {
        return 2;
    }
    library_path = arguments[1];
    library = dlopen(library_path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL || find_get_api() == NULL || find_get_api()(VREC_ABI_VERSION) == NULL) {
        return 2;
    }
    api = find_get_api()(VREC_ABI_VERSION);
    RUN(the_table_holds_every_exported_function);
    RUN(other_abis_have_no_table);
    RUN(versions_agree);
    RUN(every_status_has_its_name);
    RUN(an_engine_works_by_the_table_alone);
    RUN(closing_the_library_does_not_unload_it);
    return check_finish();
}
