/* Identifies a file by its first bytes: an allow-list of formats, and names for some that are not on it, so
 * that an error can say what the file is.
 *
 * Used by the imager, from probe.c; reads bytes and calls no decoder.
 */
#pragma once

#include <glib.h>

#include "recipe/format.h"

/* Returns the format if it may be decoded. Otherwise class ERROR_INPUT, with a description ("a PDF document")
 * where it is known; camera raw files in TIFF containers are refused too. */
gboolean signature_check(const void *bytes, gsize size, ImageFormat *ret_format, GError **error);
