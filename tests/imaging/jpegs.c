#include "jpegs.h"

#include <glib/gstdio.h>
#include <string.h>

#include "imaging/formats/dc_scans.h"

static char *path_in(const char *folder, const char *name, const void *bytes, gsize size)
{
    char *path = g_build_filename(folder, name, NULL);

    g_assert_true(g_file_set_contents(path, bytes, (gssize)size, NULL));
    return path;
}

GBytes *jpeg_tool(const char *tool, const char *options, const char *script, GBytes *input)
{
    g_autofree char *folder = g_dir_make_tmp("thumbmill-XXXXXX", NULL);
    gsize size;
    const void *data = g_bytes_get_data(input, &size);
    g_autofree char *in = path_in(folder, "in", data, size);
    g_autofree char *out = path_in(folder, "out", "", 0);
    g_autofree char *scans =
        path_in(folder, "scans", script != NULL ? script : "", script != NULL ? strlen(script) : 0);
    g_autoptr(GString) line = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    char *bytes = NULL;
    int status = -1;

    g_string_printf(line, "%s %s -outfile %s %s", tool, options, out, in);
    g_string_replace(line, "SCRIPT", scans, 0);
    if (!g_spawn_command_line_sync(line->str, NULL, NULL, &status, &error) ||
        !g_spawn_check_wait_status(status, &error) || !g_file_get_contents(out, &bytes, &size, &error))
        g_error("%s: %s", line->str, error->message);
    g_unlink(in);
    g_unlink(out);
    g_unlink(scans);
    g_rmdir(folder);
    return g_bytes_new_take(bytes, size);
}

GBytes *image_pixels(VipsImage *image)
{
    GByteArray *array;
    void *pixels = NULL;
    gsize size = 0;

    if (image == NULL)
        return NULL;
    pixels = vips_image_write_to_memory(image, &size);
    array = g_byte_array_new();
    g_byte_array_append(array, (const guint8 *)&image->Xsize, sizeof image->Xsize);
    g_byte_array_append(array, (const guint8 *)&image->Ysize, sizeof image->Ysize);
    g_byte_array_append(array, (const guint8 *)&image->Bands, sizeof image->Bands);
    g_byte_array_append(array, pixels, (guint)size);
    g_object_unref(image);
    if (pixels == NULL)
        g_clear_pointer(&array, g_byte_array_unref);
    g_free(pixels);
    return array != NULL ? g_byte_array_free_to_bytes(array) : NULL;
}

GBytes *jpeg_pixels(GBytes *jpeg)
{
    gsize size;
    const void *bytes = g_bytes_get_data(jpeg, &size);
    VipsImage *image = NULL;

    if (vips_jpegload_buffer((void *)(guintptr)bytes, size, &image, "shrink", 8, "fail_on",
                             VIPS_FAIL_ON_WARNING, NULL) != 0)
        return NULL;
    return image_pixels(image);
}

JpegEighth jpeg_decode(GBytes *jpeg)
{
    gsize size;
    const void *bytes = g_bytes_get_data(jpeg, &size);

    return jpeg_eighth_decode(bytes, size, G_MAXUINT64);
}

GBytes *jpeg_extract(GBytes *jpeg)
{
    gsize size = g_bytes_get_size(jpeg);
    g_autofree guint8 *copy = g_memdup2(g_bytes_get_data(jpeg, NULL), size);
    gsize extract_size = 0;
    guint8 *extract = dc_scans_extract(copy, size, &extract_size);

    return extract != NULL ? g_bytes_new_take(extract, extract_size) : NULL;
}
