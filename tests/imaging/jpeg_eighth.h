/* Decodes with libjpeg itself, at a reduction of 8, however damaged the bytes are. libvips returns no pixels
 * of files that libjpeg warns about. */
#pragma once

#include <glib.h>

typedef struct {
    guint32 width;
    guint32 height;
    guint channels;
    GByteArray *pixels; /* NULL if refused */
    long warnings;
} JpegEighth;

/* Refuses files of more than max_pixels. Clear the result with jpeg_eighth_clear(). */
JpegEighth jpeg_eighth_decode(const void *bytes, gsize size, guint64 max_pixels);

void jpeg_eighth_clear(JpegEighth *eighth);

/* Whether both were refused, or both have the same pixels. */
gboolean jpeg_eighth_equal(const JpegEighth *left, const JpegEighth *right);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(JpegEighth, jpeg_eighth_clear)
