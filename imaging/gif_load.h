/* Opening a GIF, as its frames look in a browser (gif_canvas.h).
 *
 * Used by the imager, from load.c.
 */
#pragma once

#include <glib.h>
#include <vips/vips.h>

/* The first frames, one below the other, for one pass from top to bottom; with an alpha band if anything of
 * any frame of the file is transparent. Owned by the caller, as the bytes are, which must outlive it. Class
 * ERROR_INPUT, or ERROR_LIMIT. */
VipsImage *gif_load(const void *bytes, gsize size, guint n_frames, VipsFailOn fail_on, GError **error);
