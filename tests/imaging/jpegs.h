/* JPEG files made by libjpeg-turbo's own tools (Debian: libjpeg-turbo-progs), and whether two of them look
 * the same to libvips when they are reduced by 8. A tool that is missing or fails ends the process: it is the
 * test that is wrong. */
#pragma once

#include <glib.h>
#include <vips/vips.h>

#include "jpeg_eighth.h"

/* What `TOOL OPTIONS` (cjpeg or jpegtran; options as in a shell) makes of the input. Where an option is
 * "SCRIPT", it becomes the name of a file with these scan specifications, else script may be NULL. */
GBytes *jpeg_tool(const char *tool, const char *options, const char *script, GBytes *input);

/* Width, height, bands and pixels, to compare; NULL for NULL, and if it cannot be decoded. Takes the
 * reference. */
GBytes *image_pixels(VipsImage *image);

/* As libvips decodes these bytes at a reduction of 8, by itself; NULL if it refuses or only warns. */
GBytes *jpeg_pixels(GBytes *jpeg);

/* As libjpeg decodes them, whatever their size. */
JpegEighth jpeg_decode(GBytes *jpeg);

/* dc_scans_extract() of an exact copy, so that AddressSanitizer sees a read past the end; NULL if there is
 * none. */
GBytes *jpeg_extract(GBytes *jpeg);
