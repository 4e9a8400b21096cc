/* The container of a GIF file (CompuServe, "Graphics Interchange Format", version 89a), to see whether it is
 * all there, and where its frames are.
 *
 * Used by the imager, from probe.c, because an animation that was cut off passes for a whole one
 * (ENGINE_GIF_CUT_OFF_IS_WHOLE); and from gif_canvas.c.
 */
#pragma once

#include <glib.h>

/* Whether the bytes end inside a block, such as the data of a frame. A missing trailer is no loss, and what
 * is no GIF, or has blocks that are not known, is for the decoder to judge: FALSE. */
gboolean gif_is_cut_off(const void *bytes, gsize size);

/* libnsgif, the decoder in libvips, reads no more. */
#define GIF_MAX_FRAMES 4097u

/* What becomes of a frame's area before the next frame is painted. */
typedef enum {
    GIF_DISPOSAL_NONE = 0,
    GIF_DISPOSAL_KEEP = 1,
    GIF_DISPOSAL_CLEAR = 2,
    GIF_DISPOSAL_RESTORE = 3,     /* as it was before the frame was painted */
    GIF_DISPOSAL_RESTORE_TOO = 4, /* the same, as some old programs write it */
} GifDisposal;

typedef struct {
    guint32 left, top, width, height;
} GifArea;

typedef struct {
    guint32 width, height; /* as the header has them: 0 in some files */
    gsize end_at;          /* the offset behind the header and its colour table */
} GifScreen;

typedef struct {
    GifArea area;
    GifDisposal disposal;      /* as stored: 0 to 7 */
    gboolean has_transparency; /* one of its colours means "not painted" */
    guint8 code_bits;          /* colours have numbers below 2 to the power of this */
    gsize pixels_at;           /* the offset of the sub-blocks with its pixels; 0 if it ends before them */
    gsize control_at; /* the offset of the flags in its control extension; 0 if it has none. The number of the
                       * transparent colour is 3 bytes further on */
    gsize end_at;     /* the offset behind its pixels */
} GifFrame;

/* Appends a GifFrame for each frame, up to GIF_MAX_FRAMES and to the first byte that is neither a frame nor
 * an extension. FALSE if the header is not that of a GIF file or its colour table is cut off. */
gboolean gif_read_frames(const void *bytes, gsize size, GifScreen *ret_screen, GArray *ret_frames);

/* Whether the frame's data has all pixels of its area, before the code that ends it. What the decoder refuses
 * counts as all there. */
gboolean gif_frame_is_whole(const void *bytes, gsize size, const GifFrame *frame);
