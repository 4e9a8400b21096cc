/* A complete file, once it has its whole header, is still complete with a trailer behind it. Frames lie
 * within the file, one behind the other. The copy that clears areas for libnsgif has the file's frames where
 * it says, and needs no further copy. */
#include <string.h>

#include "fuzz.h"
#include "imaging/formats/gif.h"
#include "imaging/formats/gif_canvas.h"

static GArray *frames_of(const guint8 *data, gsize size)
{
    GArray *frames = g_array_new(FALSE, FALSE, sizeof(GifFrame));
    GifScreen screen;
    gsize at;

    if (!gif_read_frames(data, size, &screen, frames))
        return frames;
    at = screen.end_at;
    for (guint i = 0; i < frames->len; i++) {
        const GifFrame *frame = &g_array_index(frames, GifFrame, i);

        g_assert_cmpuint(frame->end_at, >, at);
        g_assert_cmpuint(frame->end_at, <=, size);
        g_assert_true(frame->control_at == 0 ||
                      (frame->control_at > at && frame->control_at < frame->end_at));
        at = frame->end_at;
        (void)gif_frame_is_whole(data, size, frame);
    }
    return frames;
}

static void check_copy(const guint8 *data, gsize size, guint n_frames)
{
    g_autoptr(GArray) frames = frames_of(data, size);
    g_autoptr(GArray) copied = NULL;
    GifCanvas canvas;

    if (!gif_canvas_make(data, size, n_frames, &canvas, NULL))
        return;
    if (canvas.bytes != NULL) {
        copied = frames_of(canvas.bytes, canvas.size);
        g_assert_cmpuint(canvas.pages->len, ==, frames->len);
        g_assert_cmpuint(copied->len, ==, MIN(frames->len + canvas.n_added, GIF_MAX_FRAMES));
        for (guint i = 0; i < frames->len && g_array_index(canvas.pages, guint, i) < copied->len; i++) {
            const GifFrame *frame = &g_array_index(frames, GifFrame, i);
            const GifFrame *copy = &g_array_index(copied, GifFrame, g_array_index(canvas.pages, guint, i));

            g_assert_cmpmem(&frame->area, sizeof frame->area, &copy->area, sizeof copy->area);
        }
    }
    gif_canvas_clear(&canvas);
}

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    const gsize header_bytes = 13;
    g_autofree guint8 *longer = g_malloc(size + 1);

    if (size > 0)
        memcpy(longer, data, size);
    longer[size] = ';';
    if (size >= header_bytes && !gif_is_cut_off(data, size))
        g_assert_false(gif_is_cut_off(longer, size + 1));
    check_copy(data, size, 1);
    check_copy(data, size, G_MAXUINT);
    return 0;
}
