/* The five fields of crontab(5), read once and then asked for times. Pure: it counts minutes by a clock
 * without a time zone; zone.h and schedule.h make points in time of them.
 *
 *   minute 0-59, hour 0-23, day of month 1-31, month 1-12 or jan-dec, day of week 0-7 or sun-sat (0 and 7
 *   are Sunday)
 *
 * A field is `*` or a list of numbers, names and ranges; `*` and ranges take a step ("1-9/2"). Names are of
 * three letters, in either case. When day of month and day of week both do not begin with `*`, a day needs to
 * match one of them only, as Debian's cron has it. The whole may be one of @hourly, @daily, @midnight,
 * @weekly, @monthly, @yearly and @annually. There is no @reboot, no year, no seconds and no `?`, `L`, `W` or
 * `#`. */
#pragma once

#include <glib.h>

/* Text above this is refused: the longest sensible list is far below. */
#define CRON_MAX_BYTES 1024u

/* Bit n stands for the number n. */
typedef struct {
    guint64 minutes;
    guint32 hours, days, months, weekdays;
    gboolean days_are_any, weekdays_are_any; /* their field began with a `*` */
} Cron;

/* Minutes of a clock since it read 1970-01-01 00:00. */
#define CRON_MINUTES_PER_DAY 1440

/* Class ERROR_CONFIG if it is none, or names no day that exists (February 30th). */
gboolean cron_parse(const char *text, Cron *ret_cron, GError **error);

/* Whether every hour is named: such an expression means "that often", another "at that time". */
gboolean cron_is_every_hour(const Cron *cron);

/* The first minute after this one that matches. minute is within the years 1 to 9990. */
gint64 cron_next_minute(const Cron *cron, gint64 minute);
