/* Whether the decoders that come as plug-ins are there. libheif loads those of HEVC and AV1 from packages of
 * their own (Debian 13), and without one it says of every file that its codec is unsupported: then the file
 * is not to blame.
 *
 * Used by the imager. */
#pragma once

#include <glib.h>

#include "recipe/format.h"

/* Decodes the smallest file of this format. FALSE and why, which is the caller's, if that fails; of a format
 * whose decoder libvips links it is TRUE. Empties libvips' error buffer. */
gboolean decoder_works(ImageFormat format, char **ret_why);
