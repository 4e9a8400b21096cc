#include "imaging/gif_load.h"

#include "base/error.h"
#include "imaging/formats/gif_canvas.h"
#include "imaging/load_error.h"
#include "imaging/step.h"

#define LOAD_COMMON "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", fail_on

/* Replaces the page count and delays of the copy by those of the file's own frames. */
static void describe_frames(VipsImage *image, const GifCanvas *canvas)
{
    const int n_frames = MAX(1, vips_image_get_n_pages(image) - (int)canvas->n_added);
    g_autofree int *frame_delays = g_new0(int, (gsize)n_frames);
    int *delays = NULL;
    int n_delays = 0;

    if (vips_image_get_array_int(image, "delay", &delays, &n_delays) == 0) {
        for (int i = 0; i < n_frames && i < (int)canvas->pages->len; i++) {
            const guint page = g_array_index(canvas->pages, guint, i);

            frame_delays[i] = page < (guint)n_delays ? delays[page] : 0;
        }
        vips_image_set_array_int(image, "delay", frame_delays, n_frames);
    }
    vips_image_set_int(image, VIPS_META_N_PAGES, n_frames);
}

/* Extracts the file's own frames from an image of all pages that begins with the first frame. Takes ownership
 * of the image. */
static VipsImage *drop_added_frames(VipsImage *image, const GifCanvas *canvas, guint n_frames)
{
    const guint first = g_array_index(canvas->pages, guint, 0);
    const int height = vips_image_get_page_height(image);
    g_autoptr(GPtrArray) frames = g_ptr_array_new_with_free_func(g_object_unref);
    VipsImage *out = NULL;
    int result;

    for (guint i = 0; i < n_frames; i++) {
        const guint page = g_array_index(canvas->pages, guint, i) - first;
        VipsImage *frame =
            step_crop(g_object_ref(image), 0, page * (guint32)height, (guint32)image->Xsize, (guint32)height);

        if (frame == NULL)
            return step_done(image, NULL, -1);
        g_ptr_array_add(frames, frame);
    }
    result = vips_arrayjoin((VipsImage **)frames->pdata, &out, (int)n_frames, "across", 1, NULL);
    return step_done(image, out, result);
}

/* The image takes ownership of the copy. */
static int load_copy(GifCanvas *canvas, guint n_frames, VipsFailOn fail_on, VipsImage **ret_image)
{
    const guint first = g_array_index(canvas->pages, guint, 0);
    const guint last = g_array_index(canvas->pages, guint, n_frames - 1);
    VipsBlob *blob = vips_blob_new((VipsCallbackFn)vips_area_free_cb, canvas->bytes, canvas->size);
    VipsImage *image = NULL;
    VipsImage *out = NULL;
    int result;

    canvas->bytes = NULL;
    result = vips_call("gifload_buffer", blob, &image, LOAD_COMMON, "page", (int)first, "n",
                       (int)(last - first + 1), NULL);
    vips_area_unref(VIPS_AREA(blob));
    if (result != 0)
        return result;
    if (last - first + 1 > n_frames)
        image = drop_added_frames(image, canvas, n_frames);
    if (image == NULL || vips_copy(image, &out, NULL) != 0) {
        g_clear_object(&image);
        return -1;
    }
    g_object_unref(image);
    describe_frames(out, canvas);
    *ret_image = out;
    return 0;
}

VipsImage *gif_load(const void *bytes, gsize size, guint n_frames, VipsFailOn fail_on, GError **error)
{
    GifCanvas canvas;
    VipsImage *image = NULL;
    int result;

    if (!gif_canvas_make(bytes, size, n_frames, &canvas, error))
        return NULL;
    if (canvas.bytes != NULL)
        result = load_copy(&canvas, MIN(n_frames, canvas.pages->len), fail_on, &image);
    else
        result =
            vips_gifload_buffer((void *)(guintptr)bytes, size, &image, LOAD_COMMON, "n", (int)n_frames, NULL);
    gif_canvas_clear(&canvas);
    if (result == 0)
        return image;
    load_take_error(FORMAT_GIF, error);
    g_clear_object(&image);
    return NULL;
}
