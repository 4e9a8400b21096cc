/* Files for libnsgif, the decoder in libvips, in which it composes the frames of a GIF as browsers do.
 *
 * Used by the imager, from load.c. Three things differ in libnsgif:
 *
 *   - A canvas that the first frame does not cover is transparent, but libvips drops the alpha band if no
 *     frame names a transparent colour (ENGINE_GIF_DROPS_ALPHA).
 *   - An area that is to be cleared is filled with the background colour of the header if its frame names no
 *     transparent colour. Browsers clear it to transparent, and ignore that colour.
 *   - A canvas of the size of an old screen (640 x 480, ... 1600 x 1200), or of more than 2048 pixels a side,
 *     is taken for a mistake and becomes as large as the first frame.
 *
 * All are mended in a copy of the file: a frame that paints nothing but covers the canvas comes first; and
 * what clears an area is a frame that can name a transparent colour, either the frame itself, if it has a
 * number to spare, or one that is put behind it and paints nothing. Such additional frames are to be dropped
 * after decoding.
 */
#pragma once

#include <glib.h>

typedef struct {
    guint8 *bytes; /* the copy, to be freed; NULL if the file can be decoded as it is */
    gsize size;
    guint n_added; /* frames that are not those of the file */
    GArray *pages; /* guint: the place of each frame of the file among those of the copy */
} GifCanvas;

/* The copy for a decoder that is to read the first n_frames frames. Class ERROR_LIMIT: the copy would have
 * more frames than libnsgif reads, or does not fit into memory. */
gboolean gif_canvas_make(const void *bytes, gsize size, guint n_frames, GifCanvas *ret_canvas,
                         GError **error);

void gif_canvas_clear(GifCanvas *canvas);
