/* Time. Spans and points in time have one type: gint64 microseconds, as from g_get_monotonic_time(); their
 * names end in _us. Names that end in _ms are milliseconds, used in configuration. Wall-clock time is Unix
 * seconds or _us. */
#pragma once

#include <glib.h>

#define CLOCK_US_PER_MS G_GINT64_CONSTANT(1000)
#define CLOCK_US_PER_S  G_GINT64_CONSTANT(1000000)

/* "No time limit" for every function that takes a timeout. */
#define CLOCK_FOREVER G_GINT64_CONSTANT(-1)

/* The current monotonic time. */
gint64 clock_now_us(void);

/* The current monotonic time without the time during which this process did not run (stopped, frozen, its
 * machine paused): if two calls are more than two ticks apart, only one tick counts. So it is right only if
 * it is called at least once per tick, as base/patience.h does. May be called by any thread. */
gint64 clock_awake_us(void);
#define CLOCK_TICK_US (250 * CLOCK_US_PER_MS)

/* The current wall-clock time, since the Unix epoch. */
gint64 clock_wall_us(void);

/* "2026-11-23T19:28:01.123Z" (RFC 3339, UTC, milliseconds). Owned by the caller. */
char *clock_format_iso(gint64 wall_us);

/* "2026-11-23T20:28:01+01:00" (RFC 3339, local time), for times that people read. Owned by the caller. */
char *clock_format_local(gint64 wall_us);

/* Parses "2009-10-12T17:50:30.000Z" (ISO 8601, as in S3 listings; the fraction is dropped) to seconds since
 * the epoch. FALSE if the text is not such a time. */
gboolean clock_parse_iso(const char *text, gint64 *ret_seconds);
