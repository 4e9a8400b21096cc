/* The first rendering of an imager. Used by the imager, inside its sandbox. */
#pragma once

#include <glib.h>

/* Decodes, resizes and encodes a tiny image in each format, so that lazy initialisation in libvips and the
 * codecs (threads, tables, run-time code, colour profiles) is done before the first image. Works in the
 * sandbox, and belongs there, because Landlock does not cover threads that were made before it. Class
 * ERROR_INTERNAL. */
gboolean engine_warm_up(GError **error);
