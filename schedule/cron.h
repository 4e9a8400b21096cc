/* The five fields of crontab(5), parsed once and then used to compute times. Pure: it counts minutes of a
 * clock without a time zone; zone.h and schedule.h convert them to points in time.
 *
 * - minute 0-59
 * - hour 0-23
 * - day of month 1-31
 * - month 1-12 or jan-dec
 * - day of week 0-7 or sun-sat (0 and 7 are Sunday)
 *
 * A field is `*` or a list of numbers, names and ranges; `*` and ranges may have a step ("1-9/2"). Names have
 * three letters, in either case. If neither day of month nor day of week begins with `*`, a day needs to
 * match only one of them, as in Debian's cron. The whole text may be one of @hourly, @daily, @midnight,
 * @weekly, @monthly, @yearly and @annually. There is no @reboot, no year, no seconds and no `?`, `L`, `W` or
 * `#`. */
#pragma once

#include <glib.h>

/* Longer text is refused: the longest sensible list is far shorter. */
#define CRON_MAX_BYTES 1024u

/* Bit n stands for the number n. */
typedef struct {
    guint64 minutes;
    guint32 hours, days, months, weekdays;
    gboolean days_are_any, weekdays_are_any; /* the field began with `*` */
} Cron;

/* Minutes since 1970-01-01 00:00, by a clock without a time zone. */
#define CRON_MINUTES_PER_DAY 1440

/* Class ERROR_CONFIG if text is not a cron expression, or only names days that do not exist (February
 * 30th). */
gboolean cron_parse(const char *text, Cron *ret_cron, GError **error);

/* Whether every hour is named: such an expression means an interval, all others mean fixed times. */
gboolean cron_is_every_hour(const Cron *cron);

/* The first matching minute after this one. minute must be within the years 1 to 9990. */
gint64 cron_next_minute(const Cron *cron, gint64 minute);
