/* Reads the container of a GIF file (CompuServe, "Graphics Interchange Format", version 89a): whether it is
 * complete, and where its frames are.
 *
 * Used by the imager, from probe.c, because libvips accepts a truncated animation as complete
 * (ENGINE_GIF_CUT_OFF_IS_WHOLE); and from gif_canvas.c.
 */
#pragma once

#include <glib.h>

/* Whether the bytes end inside a block, such as the data of a frame. FALSE if only the trailer is missing,
 * which is no loss; and for files that are no GIF or have unknown blocks, which the decoder judges. */
gboolean gif_is_cut_off(const void *bytes, gsize size);

/* The most frames that libnsgif reads, the decoder in libvips. */
#define GIF_MAX_FRAMES 4097u

/* The treatment of a frame's area before the next frame is painted. */
typedef enum {
    GIF_DISPOSAL_NONE = 0,
    GIF_DISPOSAL_KEEP = 1,
    GIF_DISPOSAL_CLEAR = 2,
    GIF_DISPOSAL_RESTORE = 3,     /* to the state before the frame was painted */
    GIF_DISPOSAL_RESTORE_TOO = 4, /* the same; written by some old programs */
} GifDisposal;

typedef struct {
    guint32 left, top, width, height;
} GifArea;

typedef struct {
    guint32 width, height; /* as in the header: 0 in some files */
    gsize end_at;          /* offset behind the header and its colour table */
} GifScreen;

typedef struct {
    GifArea area;
    GifDisposal disposal;      /* as stored: 0 to 7 */
    gboolean has_transparency; /* one of its colours means "not painted" */
    guint8 code_bits;          /* colour numbers have at most this many bits */
    gsize pixels_at;           /* offset of the sub-blocks with its pixels; 0 if the file ends before them */
    gsize control_at; /* offset of the flags in its control extension, or 0; the number of the transparent
                       * colour is 3 bytes further on */
    gsize end_at;     /* offset behind its pixels */
} GifFrame;

/* Appends a GifFrame for each frame, up to GIF_MAX_FRAMES and to the first byte that is neither a frame nor
 * an extension. Returns FALSE if the header is not that of a GIF file, or its colour table is truncated. */
gboolean gif_read_frames(const void *bytes, gsize size, GifScreen *ret_screen, GArray *ret_frames);

/* Whether the frame's data has all pixels of its area, before the code that ends it. TRUE for data that the
 * decoder refuses. */
gboolean gif_frame_is_whole(const void *bytes, gsize size, const GifFrame *frame);
