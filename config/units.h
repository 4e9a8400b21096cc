/* Numbers as people write them: "60s", "256M". Used by the main process. Pure.
 *
 * Whole numbers only. Sizes and counts take K M G (powers of 1000: max_pixels: 100M) or Ki Mi Gi (powers of
 * 1024: max_source_bytes: 256Mi), for both alike. Durations take ms s m h d, and need one: 0 alone goes
 * without. */
#pragma once

#include <glib.h>

/* FALSE if it is none, or does not fit. */
gboolean units_parse_size(const char *text, guint64 *ret_size);
gboolean units_parse_duration(const char *text, gint64 *ret_ms);

/* In the largest unit that divides it, so that parsing gives the same number. Owned by the caller. */
char *units_format_size(guint64 size);
char *units_format_duration(gint64 ms);
