/* Time. One type for spans and points: gint64 microseconds, as g_get_monotonic_time() has it; names end in
 * _us. Names that end in _ms are milliseconds, used where people configure. Wall-clock time is Unix seconds
 * or _us. */
#pragma once

#include <glib.h>

#define CLOCK_US_PER_MS G_GINT64_CONSTANT(1000)
#define CLOCK_US_PER_S  G_GINT64_CONSTANT(1000000)

/* "No time limit" wherever a timeout is asked for. */
#define CLOCK_FOREVER G_GINT64_CONSTANT(-1)

/* Monotonic now. */
gint64 clock_now_us(void);

/* The same without the time in which this process stood still (stopped, frozen, its machine paused): of what
 * lies between two looks that are more than two ticks apart, one tick counts. So it is right only for whoever
 * looks at least once in a tick meanwhile, as base/patience.h does. May be called by any thread. */
gint64 clock_awake_us(void);
#define CLOCK_TICK_US (250 * CLOCK_US_PER_MS)

/* Wall-clock now, since the Unix epoch. */
gint64 clock_wall_us(void);

/* "2026-11-23T19:28:01.123Z" (RFC 3339, UTC, milliseconds). Owned by the caller. */
char *clock_format_iso(gint64 wall_us);

/* "2026-11-23T20:28:01+01:00" (RFC 3339, local time): for people, wherever they read a time. Owned by the
 * caller. */
char *clock_format_local(gint64 wall_us);

/* Seconds since the epoch of "2009-10-12T17:50:30.000Z" (ISO 8601, as S3 lists it; a fraction is dropped).
 * FALSE if it is no such time. */
gboolean clock_parse_iso(const char *text, gint64 *ret_seconds);
