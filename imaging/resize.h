/* Resizes every frame of an image to an exact size.
 *
 * Used by the imager, from render.c.
 */
#pragma once

#include <glib.h>
#include <vips/vips.h>

typedef struct {
    guint32 width; /* of a frame */
    guint32 height;
    gboolean linear; /* averages in linear light, by sRGB's curve; otherwise averages the stored values */
    gboolean memory; /* computes each frame in turn, for images that can be read only once */
} Resize;

/* A step (imaging/step.h). Uses lanczos3, and weights colours with their alpha. The format, space and depth
 * stay the same. */
VipsImage *resize(VipsImage *image, guint32 n_frames, const Resize *how);
