#include "base/clock.h"

#include <string.h>

#include <pthread.h>

gint64 clock_now_us(void)
{
    return g_get_monotonic_time();
}

gint64 clock_awake_us(void)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static gint64 seen_us, lost_us;
    const gint64 now_us = clock_now_us();
    gint64 awake_us;

    pthread_mutex_lock(&lock);
    if (seen_us != 0 && now_us - seen_us > 2 * CLOCK_TICK_US)
        lost_us += now_us - seen_us - CLOCK_TICK_US;
    seen_us = MAX(seen_us, now_us);
    awake_us = seen_us - lost_us;
    pthread_mutex_unlock(&lock);
    return awake_us;
}

gint64 clock_wall_us(void)
{
    return g_get_real_time();
}

char *clock_format_iso(gint64 wall_us)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(wall_us / CLOCK_US_PER_S);
    g_autofree char *text = NULL;

    if (time == NULL)
        return g_strdup("invalid");
    text = g_date_time_format(time, "%Y-%m-%dT%H:%M:%S");
    return g_strdup_printf("%s.%03dZ", text, (int)(wall_us % CLOCK_US_PER_S / CLOCK_US_PER_MS));
}

char *clock_format_local(gint64 wall_us)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_local(wall_us / CLOCK_US_PER_S);

    return time != NULL ? g_date_time_format(time, "%Y-%m-%dT%H:%M:%S%:z") : g_strdup("invalid");
}

/* The number of n digits, or -1. */
static gint64 digits(const char *text, guint n)
{
    gint64 number = 0;

    for (guint i = 0; i < n; i++) {
        if (!g_ascii_isdigit(text[i]))
            return -1;
        number = number * 10 + (text[i] - '0');
    }
    return number;
}

/* Whether text is "2009-10-12T17:50:30Z", perhaps with a fraction: what stores list, a thousand times a page. */
static gboolean is_plain(const char *text)
{
    gsize end = 19;

    if (strlen(text) < 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' ||
        text[16] != ':')
        return FALSE;
    if (text[end] == '.') {
        gsize length = strspn(text + end + 1, "0123456789");

        if (length == 0)
            return FALSE;
        end += 1 + length;
    }
    return text[end] == 'Z' && text[end + 1] == '\0';
}

/* Days from 1970-01-01 to the first of this month, in the Gregorian calendar, for years from 1970 on. */
static gint64 days_before(gint64 year, gint64 month)
{
    static const gint64 days[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    const gint64 full = month > 2 ? year : year - 1; /* the last year whose leap day is past */

    return (year - 1970) * 365 + days[month - 1] + (full / 4 - full / 100 + full / 400) -
           (1969 / 4 - 1969 / 100 + 1969 / 400);
}

static gint64 days_in(gint64 year, gint64 month)
{
    return month == 12 ? 31 : days_before(year, month + 1) - days_before(year, month);
}

/* Parses a plain text without an allocation. FALSE if it is none, or is unusual: GLib decides then. */
static gboolean parse_plain(const char *text, gint64 *ret_seconds)
{
    gint64 year, month, day, hour, minute, second;

    if (!is_plain(text))
        return FALSE;
    year = digits(text, 4);
    month = digits(text + 5, 2);
    day = digits(text + 8, 2);
    hour = digits(text + 11, 2);
    minute = digits(text + 14, 2);
    second = digits(text + 17, 2);
    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > days_in(year, month) || hour < 0 ||
        hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
        return FALSE;
    *ret_seconds = ((days_before(year, month) + day - 1) * 24 + hour) * 3600 + minute * 60 + second;
    return TRUE;
}

static gboolean parse_any(const char *text, gint64 *ret_seconds)
{
    g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
    g_autoptr(GDateTime) time = g_date_time_new_from_iso8601(text, utc);

    if (time == NULL)
        return FALSE;
    *ret_seconds = g_date_time_to_unix(time);
    return TRUE;
}

gboolean clock_parse_iso(const char *text, gint64 *ret_seconds)
{
    return parse_plain(text, ret_seconds) || parse_any(text, ret_seconds);
}
