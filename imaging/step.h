/* Steps: what is done to an image in a row.
 *
 * Used by the imager's folder only. A step takes the reference to its input and returns a new one, of its
 * result or of the same image; NULL in is NULL out, so that a row of them is checked once, at its end. NULL
 * out means an error of libvips that is left in its buffer, for engine_take_error(). Pixels are computed
 * lazily, except by step_memory().
 *
 * An animation is an image whose frames, all of one size, stand above each other.
 */
#pragma once

#include <glib.h>
#include <vips/vips.h>

/* The end of every step that calls an operation of libvips, with its result: gives up input, and output too
 * if the operation failed. */
VipsImage *step_done(VipsImage *input, VipsImage *output, int result);

/* Computes all pixels now. */
VipsImage *step_memory(VipsImage *image);

VipsImage *step_cast(VipsImage *image, VipsBandFormat format);
VipsImage *step_space(VipsImage *image, VipsInterpretation space);
VipsImage *step_crop(VipsImage *image, guint32 left, guint32 top, guint32 width, guint32 height);

/* The first frames of the image; the same if it has no more. */
VipsImage *step_first_frames(VipsImage *image, guint32 n_wanted, guint32 n_frames);

typedef VipsImage *(*Step)(VipsImage *image, const void *data);

/* The step, done to each of n_frames by itself, so that nothing of one frame gets into the next. In order,
 * one after another: if the step computes pixels, the image may be one that can be read only once. */
VipsImage *step_each_frame(VipsImage *image, guint32 n_frames, Step step, const void *data);
