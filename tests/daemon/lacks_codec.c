/* libheif as on a machine without the plug-in of a codec: part of an imager that is built for tests. The test
 * writes what it is to lack into a copy of the executable, in place of `parameters`: no environment reaches
 * an imager. LACKS_ENCODER and LACKS_DECODER hold the numbers of codecs as enum heif_compression_format has
 * them (HEVC 1, AV1 4). What libheif itself answers then is the same error.
 *
 * FORBIDDEN_CALL=fail, =crash or =ignore is a library that is newer than the sandbox's rules: its encoders
 * make a system call that no rule names, and give up, abort, or go on when it fails. =read: libjpeg makes it
 * for each file that it reads, and goes on. */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* As in libheif/heif.h, which is not there where only libvips is. */
struct heif_error {
    int code;
    int subcode;
    const char *message;
};

/* heif_error_Unsupported_feature, heif_suberror_Unsupported_codec */
static const struct heif_error unsupported = {4, 3000, "Unsupported feature: Unsupported codec"};

/* "NAME=VALUE"; volatile, for the compiler would know what stands here. */
static volatile char parameters[64] = "LACKS-CODEC-PARAMETERS";

struct heif_error heif_context_get_encoder_for_format(void *context, int format, void **encoder);
struct heif_error heif_decode_image(const void *handle, void **image, int colour, int chroma,
                                    const void *options);
void jpeg_CreateDecompress(void *decompress, int version, size_t size);

/* libheif is a dependency of a module that libvips opens, out of RTLD_NEXT's sight. */
static void *find(const char *name)
{
    return dlsym(dlopen("libheif.so.1", RTLD_LAZY | RTLD_NOLOAD), name);
}

/* NULL: it is not set. */
static const char *parameter(const char *name)
{
    static char copy[sizeof parameters];
    const size_t length = strlen(name);

    for (size_t i = 0; i < sizeof copy - 1; i++)
        copy[i] = parameters[i];
    return strncmp(copy, name, length) == 0 && copy[length] == '=' ? copy + length + 1 : NULL;
}

static int lacks(const char *variable, int codec)
{
    const char *value = parameter(variable);

    return value != NULL && atoi(value) == codec;
}

static int is_forbidden(void)
{
    const char *value = parameter("FORBIDDEN_CALL");

    if (value == NULL || strcmp(value, "read") == 0 || getpriority(PRIO_PROCESS, 0) != -1)
        return 0;
    if (strcmp(value, "crash") == 0)
        abort();
    return strcmp(value, "fail") == 0;
}

void jpeg_CreateDecompress(void *decompress, int version, size_t size)
{
    void (*real)(void *, int, size_t);
    const char *value = parameter("FORBIDDEN_CALL");

    if (value != NULL && strcmp(value, "read") == 0)
        (void)getpriority(PRIO_PROCESS, 0);
    *(void **)&real = dlsym(RTLD_NEXT, "jpeg_CreateDecompress");
    real(decompress, version, size);
}

struct heif_error heif_context_get_encoder_for_format(void *context, int format, void **encoder)
{
    struct heif_error (*real)(void *, int, void **);

    if (lacks("LACKS_ENCODER", format) || is_forbidden())
        return unsupported;
    *(void **)&real = find("heif_context_get_encoder_for_format");
    return real(context, format, encoder);
}

/* Of any codec: the handle does not tell. */
struct heif_error heif_decode_image(const void *handle, void **image, int colour, int chroma,
                                    const void *options)
{
    struct heif_error (*real)(const void *, void **, int, int, const void *);

    if (parameter("LACKS_DECODER") != NULL)
        return unsupported;
    *(void **)&real = find("heif_decode_image");
    return real(handle, image, colour, chroma, options);
}
