/* libjpeg itself, at a reduction of 8: what it makes of a file's bytes, however damaged they are. libvips
 * gives no pixels of files that libjpeg only warns about. */
#pragma once

#include <glib.h>

typedef struct {
    guint32 width;
    guint32 height;
    guint channels;
    GByteArray *pixels; /* NULL: refused */
    long warnings;
} JpegEighth;

/* Files of more than max_pixels are refused. Clear it with jpeg_eighth_clear(). */
JpegEighth jpeg_eighth_decode(const void *bytes, gsize size, guint64 max_pixels);

void jpeg_eighth_clear(JpegEighth *eighth);

/* Whether both are refused, or both have the same pixels. */
gboolean jpeg_eighth_equal(const JpegEighth *left, const JpegEighth *right);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(JpegEighth, jpeg_eighth_clear)
