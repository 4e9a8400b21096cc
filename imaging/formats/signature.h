/* What a file is, by its first bytes: an allow-list of formats, and names for what is not on it, so that a
 * refusal can say what it refuses.
 *
 * Used by the imager, from probe.c; reads bytes and calls no decoder.
 */
#pragma once

#include <glib.h>

#include "recipe/format.h"

/* The format that may be decoded. Class ERROR_INPUT, with what it looks like ("a PDF document") where that is
 * known: everything else, camera raw files that are TIFF files on the outside included. */
gboolean signature_check(const void *bytes, gsize size, ImageFormat *ret_format, GError **error);
