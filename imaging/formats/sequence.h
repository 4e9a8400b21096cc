/* Detects animations of which only a still image is rendered: APNG, and sequences of AVIF and HEIC. Their
 * decoders here deliver the default image and do not report the others.
 *
 * Used by the imager, from probe.c; a bounded reader, without libvips. */
#pragma once

#include <glib.h>

#include "recipe/format.h"

typedef struct {
    gboolean is_animation;
    guint32 n_frames; /* 0 if it is not found where we look */
} Sequence;

/* Goes by the chunk acTL before the pixels (PNG, third edition, 11.3.6.1), with more than one frame; or by
 * the major brand of a sequence (AVIF, 6.2: "avis"; ISO/IEC 23008-12, B.4.2: "msf1", "hevc", "hevx"). Files
 * of other formats are never animations here. */
Sequence sequence_find(ImageFormat format, const void *bytes, gsize size);
