/* The first rendering of an imager. Used by the imager, behind its sandbox. */
#pragma once

#include <glib.h>

/* Decodes, resizes and encodes a tiny image in each format, so that what libvips and the codecs do lazily
 * (threads, tables, run-time code, colour profiles) has happened before the first image. Works in the
 * sandbox, and belongs there, because Landlock does not cover threads that were made before. Class
 * ERROR_INTERNAL. */
gboolean engine_warm_up(GError **error);
