/* Resizing: every frame of an image to an exact size.
 *
 * Used by the imager, from render.c.
 */
#pragma once

#include <glib.h>
#include <vips/vips.h>

typedef struct {
    guint32 width; /* of a frame */
    guint32 height;
    gboolean linear; /* averages light, by the curve of sRGB; otherwise the values as they are stored */
    gboolean memory; /* computes each frame as it comes, for images that can be read once */
} Resize;

/* A step (imaging/step.h). lanczos3; colours are weighted with their alpha. The format, space and depth stay.
 */
VipsImage *resize(VipsImage *image, guint32 n_frames, const Resize *how);
