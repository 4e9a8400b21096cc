/* Why libvips could not decode a file. Used by the imager, from whatever loads or reads pixels. */
#pragma once

#include <glib.h>

#include "recipe/format.h"

/* Sets *error to why libvips could not decode a file of this format, from its error buffer, which it empties.
 * Class ERROR_INPUT; ERROR_LIMIT if it is too large; ERROR_CONFIG if this machine lacks the decoder. */
void load_take_error(ImageFormat format, GError **error);
