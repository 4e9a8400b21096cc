/* Opens a GIF, with frames that look as in a browser (gif_canvas.h).
 *
 * Used by the imager, from load.c.
 */
#pragma once

#include <glib.h>
#include <vips/vips.h>

/* Returns the first n_frames frames, one below the other, for one pass from top to bottom. The image has an
 * alpha band if any part of any frame of the file is transparent. Both the image and the bytes are owned by
 * the caller; the bytes must outlive the image. Class ERROR_INPUT or ERROR_LIMIT. */
VipsImage *gif_load(const void *bytes, gsize size, guint n_frames, VipsFailOn fail_on, GError **error);
