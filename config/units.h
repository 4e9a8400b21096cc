/* Numbers with units: "60s", "256M". Used by the main process. Pure.
 *
 * Whole numbers only. Sizes and counts may have K M G (powers of 1000: max_pixels: 100M) or Ki Mi Gi (powers
 * of 1024: max_source_bytes: 256Mi). Durations must have one of ms s m h d, except 0. */
#pragma once

#include <glib.h>

/* FALSE if text is malformed or the number does not fit. */
gboolean units_parse_size(const char *text, guint64 *ret_size);
gboolean units_parse_duration(const char *text, gint64 *ret_ms);

/* Formats in the largest unit that divides the number, so that parsing returns the same number. Owned by the
 * caller. */
char *units_format_size(guint64 size);
char *units_format_duration(gint64 ms);
