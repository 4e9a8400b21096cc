/* Rewrites GIF files so that libnsgif, the decoder in libvips, composes their frames as browsers do.
 *
 * Used by the imager, from load.c. libnsgif differs in three ways:
 *
 *   - A canvas that the first frame does not cover is transparent, but libvips drops the alpha band if no
 *     frame names a transparent colour (ENGINE_GIF_DROPS_ALPHA).
 *   - An area that is to be cleared is filled with the background colour of the header if its frame names no
 *     transparent colour. Browsers clear it to transparent, and ignore that colour.
 *   - A canvas of the size of an old screen (640 x 480, ... 1600 x 1200), or of more than 2048 pixels a side,
 *     is taken for a mistake and becomes as large as the first frame.
 *
 * All are corrected in a copy of the file. A frame that covers the canvas and paints nothing comes first. An
 * area is cleared by a frame that can name a transparent colour: the frame itself if it has an unused colour
 * number, otherwise an extra frame behind it that paints nothing. The extra frames must be dropped after
 * decoding.
 */
#pragma once

#include <glib.h>

typedef struct {
    guint8 *bytes; /* the copy, to be freed; NULL if the file can be decoded as it is */
    gsize size;
    guint n_added; /* number of extra frames in the copy */
    GArray *pages; /* guint: the index in the copy of each frame of the file */
} GifCanvas;

/* Makes the copy for a decoder that will read the first n_frames frames. Class ERROR_LIMIT if the copy would
 * have more frames than libnsgif reads, or does not fit into memory. */
gboolean gif_canvas_make(const void *bytes, gsize size, guint n_frames, GifCanvas *ret_canvas,
                         GError **error);

void gif_canvas_clear(GifCanvas *canvas);
