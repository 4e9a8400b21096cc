#include "imaging/encode.h"

#include "base/error.h"
#include "imaging/engine.h"

typedef struct {
    Blob *blob;
    GError *error; /* why writing failed; libvips only learns that it did */
} Sink;

static gint64 sink_write(VipsTargetCustom *target, const void *data, gint64 size_bytes, gpointer user_data)
{
    Sink *sink = user_data;

    (void)target;
    if (sink->error != NULL || !blob_append(sink->blob, data, (gsize)size_bytes, &sink->error))
        return -1;
    return size_bytes;
}

/* A copy of the header without metadata. libvips' own strip option is not enough: WebP keeps EXIF and XMP,
 * with people's names and places, in spite of it (seen with 8.14.1). */
static VipsImage *strip(VipsImage *image)
{
    VipsImage *bare = NULL;
    g_auto(GStrv) fields = NULL;

    if (vips_copy(image, &bare, NULL) != 0)
        return NULL;
    fields = vips_image_get_fields(bare);
    for (char **field = fields; *field != NULL; field++)
        /* vips-sequential is no metadata of the picture; width and the like are fields that cannot be removed
         */
        if (!g_str_has_prefix(*field, "vips-"))
            vips_image_remove(bare, *field);
    return bare;
}

static int save(VipsImage *image, const Recipe *recipe, VipsTarget *target)
{
    int quality = (int)recipe->quality;

    switch (recipe->format) {
    case FORMAT_JPEG: return vips_jpegsave_target(image, target, "Q", quality, "strip", TRUE, NULL);
    case FORMAT_PNG: return vips_pngsave_target(image, target, "compression", 6, "strip", TRUE, NULL);
    case FORMAT_WEBP:
        return vips_webpsave_target(image, target, "Q", quality, "effort", 4, "strip", TRUE, NULL);
    case FORMAT_GIF:
    case FORMAT_TIFF: break;
    }
    return -1;
}

Blob *encode(VipsImage *image, const Recipe *recipe, guint64 max_bytes, GError **error)
{
    const FormatInfo *info = format_info(recipe->format);
    g_autoptr(Blob) blob = NULL;
    VipsTargetCustom *target;
    VipsImage *bare;
    Sink sink = {0};
    int result = -1;

    if (!info->can_encode) {
        error_set(error, ERROR_INTERNAL, "%s is not a format for outputs", info->name);
        return NULL;
    }
    blob = blob_new("thumbmill-output", max_bytes, error);
    if (blob == NULL)
        return NULL;
    sink.blob = blob;
    target = vips_target_custom_new();
    g_signal_connect(target, "write", G_CALLBACK(sink_write), &sink);
    bare = strip(image);
    if (bare != NULL)
        result = save(bare, recipe, VIPS_TARGET(target));
    g_clear_object(&bare);
    g_object_unref(target);
    if (sink.error != NULL) {
        engine_drop_error();
        g_propagate_prefixed_error(error, sink.error, "output of %d x %d: ", image->Xsize, image->Ysize);
        return NULL;
    }
    if (result != 0) {
        engine_take_error(ERROR_INPUT, "rendering", error);
        return NULL;
    }
    if (!blob_seal(blob, error))
        return NULL;
    return g_steal_pointer(&blob);
}
