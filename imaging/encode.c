#include "imaging/encode.h"

#include "base/error.h"
#include "imaging/engine.h"
#include "imaging/webp.h"

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

/* Through memory, for the sake of webp_strip(); libwebp writes there first in any case. */
static int save_webp(VipsImage *image, int quality, Sink *sink)
{
    g_autofree void *bytes = NULL;
    gsize size = 0;

    if (vips_webpsave_buffer(image, &bytes, &size, "Q", quality, "effort", 4, "strip", TRUE, NULL) != 0)
        return -1;
    size = webp_strip(bytes, size);
    return blob_append(sink->blob, bytes, size, &sink->error) ? 0 : -1;
}

static int save(VipsImage *image, const Recipe *recipe, Sink *sink)
{
    int quality = (int)recipe->quality;
    VipsTargetCustom *custom;
    VipsTarget *target;
    int result = -1;

    if (recipe->format == FORMAT_WEBP)
        return save_webp(image, quality, sink);
    custom = vips_target_custom_new();
    target = VIPS_TARGET(custom);
    g_signal_connect(custom, "write", G_CALLBACK(sink_write), sink);
    if (recipe->format == FORMAT_JPEG)
        result = vips_jpegsave_target(image, target, "Q", quality, "strip", TRUE, NULL);
    else if (recipe->format == FORMAT_PNG)
        result = vips_pngsave_target(image, target, "compression", 6, "strip", TRUE, NULL);
    g_object_unref(custom);
    return result;
}

Blob *encode(VipsImage *image, const Recipe *recipe, guint64 max_bytes, GError **error)
{
    const FormatInfo *info = format_info(recipe->format);
    g_autoptr(Blob) blob = NULL;
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
    bare = strip(image);
    if (bare != NULL)
        result = save(bare, recipe, &sink);
    g_clear_object(&bare);
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
