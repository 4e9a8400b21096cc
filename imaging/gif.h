/* The container of a GIF file (CompuServe, "Graphics Interchange Format", version 89a), to see whether it is
 * all there.
 *
 * Used by the imager, from probe.c, because libvips 8.14.1 takes the frames of an animation that was cut off
 * for all there are, the last one half-empty, and says nothing.
 */
#pragma once

#include <glib.h>

/* Whether the bytes end inside a block, such as the data of a frame. A missing trailer is no loss, and what
 * is no GIF, or has blocks that are not known, is for the decoder to judge: FALSE. */
gboolean gif_is_cut_off(const void *bytes, gsize size);
