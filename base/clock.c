#include "base/clock.h"

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

gboolean clock_parse_iso(const char *text, gint64 *ret_seconds)
{
    g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
    g_autoptr(GDateTime) time = g_date_time_new_from_iso8601(text, utc);

    if (time == NULL)
        return FALSE;
    *ret_seconds = g_date_time_to_unix(time);
    return TRUE;
}
