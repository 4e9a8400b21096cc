/* Tests whether the decoders that come as plug-ins work. libheif loads its HEVC and AV1 decoders from
 * separate packages (Debian 13). Without them it reports every file as having an unsupported codec, although
 * the file is not to blame.
 *
 * Used by the imager. */
#pragma once

#include <glib.h>

#include "recipe/format.h"

/* Decodes a minimal file of this format. If that fails, returns FALSE and sets *ret_why to the reason, owned
 * by the caller. TRUE for a format whose decoder is linked into libvips. Empties libvips' error buffer. */
gboolean decoder_works(ImageFormat format, char **ret_why);
