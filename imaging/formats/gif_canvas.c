#include "imaging/formats/gif_canvas.h"

#include <string.h>

#include "base/error.h"
#include "imaging/formats/gif.h"

/* A control extension and a frame whose data ends after one pixel. */
#define EMPTY_FRAME_BYTES 23u

/* Offset of the number of the transparent colour, from the byte with the flags. */
#define CONTROL_COLOUR 3u

/* A colour number that images of fewer bits cannot use. */
#define SPARE_COLOUR 255u
#define COLOUR_BITS  8u

enum { FLAG_TRANSPARENCY = 1, FLAGS_DISPOSAL = 7 << 2 };

typedef enum { AS_IT_IS, NAMES_SPARE_COLOUR, IS_CLEARED_BY_ANOTHER } Change;

typedef struct {
    const guint8 *bytes; /* the file */
    gsize size;
    gsize header_bytes;
    const GifFrame *frames;
    guint n_frames;
    GifArea canvas;
    gboolean is_led; /* begins with an extra frame that covers the canvas and paints nothing */
} Layout;

static GifArea clip(GifArea area, GifArea canvas)
{
    area.width = area.left < canvas.width ? MIN(area.width, canvas.width - area.left) : 0;
    area.height = area.top < canvas.height ? MIN(area.height, canvas.height - area.top) : 0;
    return area;
}

static gboolean covers(const GifFrame *frame, GifArea area)
{
    return !frame->has_transparency && frame->area.left <= area.left && frame->area.top <= area.top &&
           frame->area.left + frame->area.width >= area.left + area.width &&
           frame->area.top + frame->area.height >= area.top + area.height;
}

static gboolean is_taken_away(const GifFrame *frame)
{
    return frame->disposal == GIF_DISPOSAL_RESTORE || frame->disposal == GIF_DISPOSAL_RESTORE_TOO;
}

/* Whether the frame hides all earlier content of the area. */
static gboolean hides(const GifFrame *frame, GifArea area)
{
    return covers(frame, area) && !is_taken_away(frame);
}

/* The change that a frame needs. Clearing needs none if the next frame hides the area. */
static Change change_of(const Layout *layout, guint index)
{
    const GifFrame *frame = &layout->frames[index];

    if (frame->disposal != GIF_DISPOSAL_CLEAR || frame->has_transparency || index + 1 >= layout->n_frames ||
        hides(frame + 1, clip(frame->area, layout->canvas)))
        return AS_IT_IS;
    return frame->code_bits < COLOUR_BITS ? NAMES_SPARE_COLOUR : IS_CLEARED_BY_ANOTHER;
}

/* As in browsers, the first frame may enlarge the canvas. */
static GifArea canvas_of(const GifScreen *screen, const GifFrame *first)
{
    return (GifArea){.width = MAX(screen->width, first->area.left + first->area.width),
                     .height = MAX(screen->height, first->area.top + first->area.height)};
}

/* Whether any part of the canvas that was never painted is visible, while the first frame is shown or after
 * it is removed. */
static gboolean shows_nothing_somewhere(const Layout *layout)
{
    const GifFrame *first = &layout->frames[0];

    return !covers(first, layout->canvas) || !gif_frame_is_whole(layout->bytes, layout->size, first) ||
           (is_taken_away(first) && layout->n_frames > 1 && !hides(first + 1, layout->canvas));
}

/* Whether libvips would drop the alpha band although the result needs it. */
static gboolean lacks_alpha(const Layout *layout)
{
    gboolean needs_alpha = shows_nothing_somewhere(layout);

    for (guint i = 0; i < layout->n_frames; i++) {
        const Change change = change_of(layout, i);

        if (layout->frames[i].has_transparency || change == NAMES_SPARE_COLOUR)
            return FALSE;
        needs_alpha = needs_alpha || change != AS_IT_IS;
    }
    return needs_alpha;
}

/* Whether libnsgif would shrink the canvas to the size of the first frame. */
static gboolean is_mistaken(const GifScreen *screen, const Layout *layout)
{
    static const guint32 screens[][2] = {{640, 480},  {640, 512},   {800, 600},
                                         {1024, 768}, {1280, 1024}, {1600, 1200}};
    const guint32 largest = 2048;
    const GifArea *first = &layout->frames[0].area;
    gboolean is_suspect = screen->width > largest || screen->height > largest;

    for (guint i = 0; i < G_N_ELEMENTS(screens); i++)
        is_suspect = is_suspect || (screen->width == screens[i][0] && screen->height == screens[i][1]);
    return is_suspect && (first->left + first->width < layout->canvas.width ||
                          first->top + first->height < layout->canvas.height);
}

static void put_number(guint8 *at, guint32 value)
{
    at[0] = (guint8)value;
    at[1] = (guint8)(value >> 8);
}

/* The part of the copy written so far. */
typedef struct {
    guint8 *bytes;
    gsize length;
} Copy;

static void put(Copy *copy, const guint8 *bytes, gsize n)
{
    memcpy(copy->bytes + copy->length, bytes, n);
    copy->length += n;
}

/* Writes a frame that paints nothing. Its pixels are three codes of 3 bits: 4 begins the data, 0 is a pixel
 * of the transparent colour, 5 ends the data. libnsgif leaves the rest of the frame unchanged; it refuses a
 * frame without any pixel. */
static void put_empty_frame(Copy *copy, GifArea area, GifDisposal disposal)
{
    guint8 frame[EMPTY_FRAME_BYTES] = {
        '!', 0xf9, 4, FLAG_TRANSPARENCY, 0, 0, 0, 0, ',', 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 0x44, 1, 0};

    frame[3] |= (guint8)((guint)disposal << 2);
    put_number(frame + 9, area.left);
    put_number(frame + 11, area.top);
    put_number(frame + 13, area.width);
    put_number(frame + 15, area.height);
    put(copy, frame, sizeof frame);
}

/* Changes the frame that was written last. */
static void change_frame(Copy *copy, const GifFrame *frame, Change change)
{
    guint8 *control = copy->bytes + copy->length - (frame->end_at - frame->control_at);

    if (change == NAMES_SPARE_COLOUR) {
        *control |= FLAG_TRANSPARENCY;
        control[CONTROL_COLOUR] = SPARE_COLOUR;
        return;
    }
    *control = (guint8)((*control & ~FLAGS_DISPOSAL) | GIF_DISPOSAL_KEEP << 2);
    put_empty_frame(copy, frame->area, GIF_DISPOSAL_CLEAR);
}

/* The change for a frame when n_frames are read. No extra frame is added behind the last of them. */
static Change change_for(const Layout *layout, guint index, guint n_frames)
{
    const Change change = change_of(layout, index);

    return change == IS_CLEARED_BY_ANOTHER && index + 1 >= n_frames ? AS_IT_IS : change;
}

static void write_copy(const Layout *layout, guint n_frames, GifCanvas *canvas)
{
    Copy copy = {.bytes = canvas->bytes};
    guint page = layout->is_led ? 1 : 0;
    gsize at = layout->header_bytes;

    put(&copy, layout->bytes, at);
    if (layout->is_led)
        put_empty_frame(&copy, layout->canvas, GIF_DISPOSAL_KEEP);
    for (guint i = 0; i < layout->n_frames; i++, page++) {
        const GifFrame *frame = &layout->frames[i];
        const Change change = change_for(layout, i, n_frames);

        put(&copy, layout->bytes + at, frame->end_at - at);
        g_array_append_val(canvas->pages, page);
        if (change != AS_IT_IS)
            change_frame(&copy, frame, change);
        page += change == IS_CLEARED_BY_ANOTHER ? 1 : 0;
        at = frame->end_at;
    }
    put(&copy, layout->bytes + at, layout->size - at);
    canvas->size = copy.length;
}

/* Returns whether the file needs any change. */
static gboolean count_changes(const Layout *layout, guint n_frames, guint *ret_n_added)
{
    gboolean is_changed = layout->is_led;
    guint n_added = layout->is_led ? 1 : 0;

    for (guint i = 0; i < layout->n_frames; i++) {
        const Change change = change_for(layout, i, n_frames);

        is_changed = is_changed || change != AS_IT_IS;
        n_added += change == IS_CLEARED_BY_ANOTHER ? 1 : 0;
    }
    *ret_n_added = n_added;
    return is_changed;
}

static gboolean make(const Layout *layout, guint n_frames, GifCanvas *canvas, GError **error)
{
    if (!count_changes(layout, n_frames, &canvas->n_added))
        return TRUE;
    if (MIN(n_frames, layout->n_frames) + canvas->n_added > GIF_MAX_FRAMES) {
        error_set(error, ERROR_LIMIT,
                  "a GIF of %u frames, of which %u need an extra frame to be cleared: more than %u in total",
                  layout->n_frames, canvas->n_added, GIF_MAX_FRAMES);
        return FALSE;
    }
    canvas->bytes = g_try_malloc(layout->size + (gsize)canvas->n_added * EMPTY_FRAME_BYTES);
    if (canvas->bytes == NULL) {
        error_set(error, ERROR_LIMIT, "out of memory for a copy of a GIF");
        return FALSE;
    }
    canvas->pages = g_array_new(FALSE, FALSE, sizeof(guint));
    write_copy(layout, n_frames, canvas);
    return TRUE;
}

gboolean gif_canvas_make(const void *bytes, gsize size, guint n_frames, GifCanvas *ret_canvas, GError **error)
{
    g_autoptr(GArray) frames = g_array_new(FALSE, FALSE, sizeof(GifFrame));
    GifCanvas canvas = {0};
    GifScreen screen;
    Layout layout;

    if (gif_read_frames(bytes, size, &screen, frames) && frames->len > 0) {
        layout = (Layout){.bytes = bytes,
                          .size = size,
                          .header_bytes = screen.end_at,
                          .frames = &g_array_index(frames, GifFrame, 0),
                          .n_frames = frames->len};
        layout.canvas = canvas_of(&screen, &layout.frames[0]);
        layout.is_led = lacks_alpha(&layout) || is_mistaken(&screen, &layout);
        if (!make(&layout, n_frames, &canvas, error))
            return FALSE;
    }
    *ret_canvas = canvas;
    return TRUE;
}

void gif_canvas_clear(GifCanvas *canvas)
{
    g_clear_pointer(&canvas->bytes, g_free);
    g_clear_pointer(&canvas->pages, g_array_unref);
    canvas->n_added = 0;
}
