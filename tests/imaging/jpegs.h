/* Makes JPEG files with libjpeg-turbo's own tools (Debian: libjpeg-turbo-progs), and compares their pixels as
 * libvips decodes them at a reduction of 8. A tool that is missing or fails ends the process, since the test
 * itself is wrong then. */
#pragma once

#include <glib.h>
#include <vips/vips.h>

#include "jpeg_eighth.h"

/* Returns the output of `TOOL OPTIONS` (cjpeg or jpegtran; options as in a shell) for the input. The option
 * "SCRIPT" is replaced by the name of a file with these scan specifications; without it, script may be
 * NULL. */
GBytes *jpeg_tool(const char *tool, const char *options, const char *script, GBytes *input);

/* Width, height, bands and pixels, for comparison; NULL if image is NULL or cannot be decoded. Takes
 * ownership of image. */
GBytes *image_pixels(VipsImage *image);

/* Decodes the bytes with libvips at a reduction of 8; NULL if it refuses them or warns. */
GBytes *jpeg_pixels(GBytes *jpeg);

/* Decodes the bytes with libjpeg, whatever their size. */
JpegEighth jpeg_decode(GBytes *jpeg);

/* Calls dc_scans_extract() with an exact copy, so that AddressSanitizer detects a read past the end; NULL if
 * it returns NULL. */
GBytes *jpeg_extract(GBytes *jpeg);
