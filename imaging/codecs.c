#include "imaging/codecs.h"

#include <dlfcn.h>
#include <string.h>

/* enum heif_compression_format of libheif/heif.h, a header that is missing where only libvips' is
 * installed. */
enum { HEIF_HEVC = 1, HEIF_AV1 = 4 };

#define MAX_DESCRIPTORS 16

/* A function of a library that libvips is linked with, or NULL. */
static void *find(const char *name)
{
    return dlsym(RTLD_DEFAULT, name);
}

/* The file name of the library that defines a symbol ("libjpeg.so.62"), for libraries that do not tell their
 * version. Owned by the caller. */
static char *file_of(const char *symbol)
{
    void *function = find(symbol);
    Dl_info info;

    if (function == NULL || dladdr(function, &info) == 0)
        return NULL;
    return g_path_get_basename(info.dli_fname);
}

static char *jpeg_library(void)
{
    g_autofree char *file = file_of("jpeg_std_error");

    if (file == NULL)
        return NULL;
    /* The original libjpeg does not have this function. */
    return g_strdup_printf("%s (%s)", find("jpeg_crop_scanline") != NULL ? "libjpeg-turbo" : "libjpeg", file);
}

static char *png_library(void)
{
    const char *(*spng)(void);
    const char *(*png)(const void *);

    *(void **)&spng = find("spng_version_string");
    if (spng != NULL)
        return g_strdup_printf("libspng %s", spng());
    *(void **)&png = find("png_get_libpng_ver");
    return png != NULL ? g_strdup_printf("libpng %s", png(NULL)) : NULL;
}

static char *webp_library(const char *symbol)
{
    int (*ask)(void);
    int version;

    *(void **)&ask = find(symbol);
    if (ask == NULL)
        return NULL;
    version = ask();
    return g_strdup_printf("libwebp %d.%d.%d", version >> 16, version >> 8 & 0xff, version & 0xff);
}

static char *webp_decoder(void)
{
    return webp_library("WebPGetDecoderVersion");
}

static char *webp_encoder(void)
{
    return webp_library("WebPGetEncoderVersion");
}

/* libnsgif is part of libvips. */
static char *gif_decoder(void)
{
    return g_strdup("libnsgif, in libvips");
}

static char *gif_encoder(void)
{
    return file_of("cgif_newgif");
}

/* Reads the version from "LIBTIFF, Version 4.5.0\nCopyright ...". */
static char *tiff_library(void)
{
    static const char prefix[] = "LIBTIFF, Version ";
    const char *(*ask)(void);
    const char *text;

    *(void **)&ask = find("TIFFGetVersion");
    text = ask != NULL ? ask() : NULL;
    if (text == NULL || !g_str_has_prefix(text, prefix))
        return NULL;
    text += sizeof prefix - 1;
    return g_strdup_printf("libtiff %.*s", (int)strcspn(text, "\n"), text);
}

/* libheif */

/* Finds a function of libheif, or NULL. RTLD_DEFAULT does not cover libheif, which is a dependency of a
 * module that libvips opens. The library stays open. */
static void *heif_find(const char *name)
{
    static void *library;

    if (library == NULL)
        library = dlopen("libheif.so.1", RTLD_LAZY | RTLD_LOCAL);
    return library != NULL ? dlsym(library, name) : NULL;
}

/* Initialises libheif, which loads its plug-ins. The function exists from 1.14 on, and libheif counts its
 * calls. */
static void heif_start(void)
{
    static gboolean started = FALSE;
    struct {
        int code, subcode;
        const char *message;
    } (*init)(void *);

    *(void **)&init = heif_find("heif_init");
    if (!started && init != NULL)
        (void)init(NULL);
    started = TRUE;
}

void codecs_load(void)
{
    heif_start();
}

static const char *heif_version(void)
{
    const char *(*ask)(void);

    *(void **)&ask = heif_find("heif_get_version");
    return ask != NULL ? ask() : NULL;
}

/* Descriptors of a format's encoders or decoders, the preferred first. */
static guint heif_descriptors(int format, gboolean encodes, const void *ret_list[MAX_DESCRIPTORS])
{
    int (*encoders)(int, const char *, const void **, int);
    int (*decoders)(int, const void **, int);
    int n = 0;

    heif_start();
    *(void **)&encoders = heif_find("heif_get_encoder_descriptors");
    *(void **)&decoders = heif_find("heif_get_decoder_descriptors");
    if (encodes && encoders != NULL)
        n = encoders(format, NULL, ret_list, MAX_DESCRIPTORS);
    else if (!encodes && decoders != NULL)
        n = decoders(format, ret_list, MAX_DESCRIPTORS);
    return (guint)CLAMP(n, 0, MAX_DESCRIPTORS);
}

static const char *heif_text(const char *function, const void *descriptor)
{
    const char *(*ask)(const void *);
    const char *text;

    *(void **)&ask = heif_find(function);
    text = ask != NULL ? ask(descriptor) : NULL;
    return text != NULL ? text : "";
}

/* For example "AOMedia Project AV1 Encoder v3.6.0 (libheif 1.15.1)"; several are separated by ", ". */
static char *heif_library(int format, gboolean encodes)
{
    const char *function = encodes ? "heif_encoder_descriptor_get_name" : "heif_decoder_descriptor_get_name";
    const void *list[MAX_DESCRIPTORS];
    const guint n = heif_descriptors(format, encodes, list);
    g_autoptr(GString) out = g_string_new(NULL);

    for (guint i = 0; i < n; i++)
        g_string_append_printf(out, "%s%s", i > 0 ? ", " : "", heif_text(function, list[i]));
    if (n == 0)
        return NULL;
    g_string_append_printf(out, " (libheif %s)", heif_version());
    return g_string_free(g_steal_pointer(&out), FALSE);
}

static char *heic_decoder(void)
{
    return heif_library(HEIF_HEVC, FALSE);
}

static char *avif_decoder(void)
{
    return heif_library(HEIF_AV1, FALSE);
}

static char *avif_encoder(void)
{
    return heif_library(HEIF_AV1, TRUE);
}

gboolean codecs_have_encoder(Encoder encoder)
{
    const void *list[MAX_DESCRIPTORS];
    const guint n = heif_descriptors(HEIF_AV1, TRUE, list);

    for (guint i = 0; i < n; i++) {
        if (encoder == ENCODER_AUTO || strcmp(heif_text("heif_encoder_descriptor_get_id_name", list[i]),
                                              recipe_encoder_name(encoder)) == 0)
            return TRUE;
    }
    return FALSE;
}

/* The table of libraries */

static const struct {
    char *(*decoder)(void);
    char *(*encoder)(void);
} libraries[] = {
    [FORMAT_JPEG] = {jpeg_library, jpeg_library}, [FORMAT_PNG] = {png_library, png_library},
    [FORMAT_WEBP] = {webp_decoder, webp_encoder}, [FORMAT_GIF] = {gif_decoder, gif_encoder},
    [FORMAT_TIFF] = {tiff_library, tiff_library}, [FORMAT_HEIC] = {heic_decoder, NULL},
    [FORMAT_AVIF] = {avif_decoder, avif_encoder},
};

static void codec_free(void *data)
{
    Codec *codec = data;

    g_free(codec->library);
    g_free(codec);
}

/* Takes ownership of library. */
static void add(GPtrArray *codecs, ImageFormat format, gboolean encodes, char *library)
{
    Codec *codec = g_new(Codec, 1);

    *codec = (Codec){format, encodes, library != NULL ? library : g_strdup("none")};
    g_ptr_array_add(codecs, codec);
}

GPtrArray *codecs_list(void)
{
    GPtrArray *codecs = g_ptr_array_new_with_free_func(codec_free);

    for (guint i = 0; i < G_N_ELEMENTS(libraries); i++) {
        add(codecs, (ImageFormat)i, FALSE, libraries[i].decoder());
        if (libraries[i].encoder != NULL)
            add(codecs, (ImageFormat)i, TRUE, libraries[i].encoder());
    }
    return codecs;
}
