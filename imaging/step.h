/* Steps: operations on an image that can be chained.
 *
 * Used within imaging/ only. A step takes ownership of its input and returns a new reference, to its result
 * or to the same image. NULL in is NULL out, so that a chain is checked once, at its end. NULL means an error
 * that libvips has left in its error buffer, for engine_take_error(). Pixels are computed lazily, except by
 * step_memory().
 *
 * An animation is an image whose frames, all of one size, lie one below the other.
 */
#pragma once

#include <glib.h>
#include <vips/vips.h>

/* Ends every step that calls an operation of libvips, with the operation's result: unreferences input, and
 * output too if the operation failed. */
VipsImage *step_done(VipsImage *input, VipsImage *output, int result);

/* Computes all pixels now. */
VipsImage *step_memory(VipsImage *image);

VipsImage *step_cast(VipsImage *image, VipsBandFormat format);
VipsImage *step_space(VipsImage *image, VipsInterpretation space);
VipsImage *step_crop(VipsImage *image, guint32 left, guint32 top, guint32 width, guint32 height);

/* The first frames of the image; the same image if it has no more. */
VipsImage *step_first_frames(VipsImage *image, guint32 n_wanted, guint32 n_frames);

typedef VipsImage *(*Step)(VipsImage *image, const void *data);

/* Applies the step to each of n_frames separately, so that no pixel of a frame affects the next one. Goes
 * through the frames in order: if the step computes pixels, the image may be one that can be read only
 * once. */
VipsImage *step_each_frame(VipsImage *image, guint32 n_frames, Step step, const void *data);
