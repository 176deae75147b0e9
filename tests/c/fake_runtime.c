/* A library that looks like an ONNX Runtime of the version VERSION but has no functions behind it:
 * what a set's old firmware, or a wrong file, may put in the place of the real one. */
#include <stddef.h>
#include <stdint.h>

struct api_base {
    const void *(*get_api)(uint32_t version);
    const char *(*get_version_string)(void);
};

const struct api_base *OrtGetApiBase(void);

static const void *get_api(uint32_t version)
{
    (void)version;
    return NULL;
}

static const char *get_version_string(void)
{
    return VERSION;
}

const struct api_base *OrtGetApiBase(void)
{
    static const struct api_base base = {get_api, get_version_string};
    return &base;
}
