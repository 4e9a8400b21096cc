/* Makes libheif behave as on a machine without the plug-in of a codec: part of an imager that is built for
 * tests. No environment reaches an imager, so the test writes the settings into a copy of the executable, in
 * place of `parameters`. LACKS_ENCODER and LACKS_DECODER hold the numbers of codecs in enum
 * heif_compression_format (HEVC 1, AV1 4). The error is the one that libheif itself returns.
 *
 * FORBIDDEN_CALL=fail, =crash or =ignore imitates a library that is newer than the sandbox's rules: its
 * encoders make a system call that no rule names, and fail, abort, or go on when it fails. With =read,
 * libjpeg makes the call for each file that it reads, and goes on. */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* As in libheif/heif.h, a header that is missing where only libvips' is installed. */
struct heif_error {
    int code;
    int subcode;
    const char *message;
};

/* heif_error_Unsupported_feature, heif_suberror_Unsupported_codec */
static const struct heif_error unsupported = {4, 3000, "Unsupported feature: Unsupported codec"};

/* "NAME=VALUE"; volatile, since otherwise the compiler would assume the initial value. */
static volatile char parameters[64] = "LACKS-CODEC-PARAMETERS";

struct heif_error heif_context_get_encoder_for_format(void *context, int format, void **encoder);
struct heif_error heif_decode_image(const void *handle, void **image, int colour, int chroma,
                                    const void *options);
void jpeg_CreateDecompress(void *decompress, int version, size_t size);

/* RTLD_NEXT does not cover libheif, which is a dependency of a module that libvips opens. */
static void *find(const char *name)
{
    return dlsym(dlopen("libheif.so.1", RTLD_LAZY | RTLD_NOLOAD), name);
}

/* Returns NULL if the parameter is not set. */
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

/* Fails for every codec, since the handle does not tell which one it is. */
struct heif_error heif_decode_image(const void *handle, void **image, int colour, int chroma,
                                    const void *options)
{
    struct heif_error (*real)(const void *, void **, int, int, const void *);

    if (parameter("LACKS_DECODER") != NULL)
        return unsupported;
    *(void **)&real = find("heif_decode_image");
    return real(handle, image, colour, chroma, options);
}
