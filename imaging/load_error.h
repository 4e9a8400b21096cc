/* Turns libvips' error after a failure to decode into a GError. Used by the imager, by all code that loads or
 * reads pixels. */
#pragma once

#include <glib.h>

#include "recipe/format.h"

/* Sets *error to the reason why a file of this format could not be decoded, taken from libvips' error buffer,
 * which is emptied. Class ERROR_INPUT; ERROR_LIMIT if the image is too large; ERROR_CONFIG if this machine
 * lacks the decoder. */
void load_take_error(ImageFormat format, GError **error);
