#include "imaging/load.h"

#include <string.h>

#include "imaging/dc_scans.h"
#include "imaging/engine.h"

typedef struct {
    ImageFormat format;
    gsize offset;
    gsize length;
    const char *bytes;
} Magic;

/* WebP is a RIFF file and has its name at offset 8; the length before it is checked by the decoder. */
static const Magic magics[] = {
    {FORMAT_JPEG, 0, 3, "\xff\xd8\xff"}, {FORMAT_PNG, 0, 8, "\x89PNG\r\n\x1a\n"},
    {FORMAT_GIF, 0, 6, "GIF87a"},        {FORMAT_GIF, 0, 6, "GIF89a"},
    {FORMAT_WEBP, 8, 4, "WEBP"},         {FORMAT_TIFF, 0, 4, "II*\0"},
    {FORMAT_TIFF, 0, 4, "MM\0*"},        {FORMAT_TIFF, 0, 4, "II+\0"},
    {FORMAT_TIFF, 0, 4, "MM\0+"},
};

gboolean load_detect(const void *bytes, gsize size, ImageFormat *ret_format)
{
    for (guint i = 0; i < G_N_ELEMENTS(magics); i++) {
        const Magic *magic = &magics[i];

        if (size < magic->offset + magic->length ||
            memcmp((const char *)bytes + magic->offset, magic->bytes, magic->length) != 0)
            continue;
        if (magic->format == FORMAT_WEBP && memcmp(bytes, "RIFF", 4) != 0)
            continue;
        *ret_format = magic->format;
        return TRUE;
    }
    return FALSE;
}

/* ERROR: broken data fails, at the first broken line; what decoders merely warn about does not. */
#define LOAD_COMMON "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_ERROR

/* What is left of a progressive file after its unneeded scans are taken out belongs to the image. */
static int load_jpeg(void *buffer, gsize size, guint shrink, VipsImage **ret_image)
{
    gsize short_size = 0;
    guint8 *extract = shrink == DC_SCANS_SHRINK ? dc_scans_extract(buffer, size, &short_size) : NULL;
    VipsBlob *blob;
    int result;

    if (extract == NULL)
        return vips_jpegload_buffer(buffer, size, ret_image, LOAD_COMMON, "shrink", (int)shrink, NULL);
    blob = vips_blob_new((VipsCallbackFn)vips_area_free_cb, extract, short_size);
    result = vips_call("jpegload_buffer", blob, ret_image, LOAD_COMMON, "shrink", (int)shrink, NULL);
    vips_area_unref(VIPS_AREA(blob));
    return result;
}

VipsImage *load_image(ImageFormat format, const void *bytes, gsize size, const LoadOptions *options,
                      GError **error)
{
    static const LoadOptions full = {.jpeg_shrink = 1, .webp_scale = 1.0};
    const LoadOptions *use = options != NULL ? options : &full;
    void *buffer = (void *)(guintptr)bytes; /* libvips reads only, but its prototypes lack the const */
    g_autofree char *what = g_strdup_printf("damaged %s", format_info(format)->name);
    VipsImage *image = NULL;
    int result = -1;

    switch (format) {
    case FORMAT_JPEG: result = load_jpeg(buffer, size, use->jpeg_shrink, &image); break;
    case FORMAT_PNG: result = vips_pngload_buffer(buffer, size, &image, LOAD_COMMON, NULL); break;
    case FORMAT_WEBP:
        result = vips_webpload_buffer(buffer, size, &image, LOAD_COMMON, "scale", use->webp_scale, NULL);
        break;
    case FORMAT_GIF: result = vips_gifload_buffer(buffer, size, &image, LOAD_COMMON, NULL); break;
    case FORMAT_TIFF: result = vips_tiffload_buffer(buffer, size, &image, LOAD_COMMON, NULL); break;
    }
    if (result != 0) {
        engine_take_error(ERROR_INPUT, what, error);
        g_clear_object(&image);
        return NULL;
    }
    return image;
}
