#include <criterion/criterion.h>

#include "base/clock.h"

Test(clock, formats_utc_with_milliseconds)
{
    g_autofree char *text = clock_format_iso(G_GINT64_CONSTANT(1369353600123456));

    cr_assert_str_eq(text, "2013-05-24T00:00:00.123Z");
}

Test(clock, parses_what_stores_list)
{
    gint64 seconds;

    cr_assert(clock_parse_iso("2009-10-12T17:50:30.000Z", &seconds));
    cr_assert_eq(seconds, 1255369830);
    cr_assert(clock_parse_iso("2009-10-12T17:50:30Z", &seconds));
    cr_assert_eq(seconds, 1255369830);
    cr_assert(clock_parse_iso("2009-10-12T19:50:30+02:00", &seconds));
    cr_assert_eq(seconds, 1255369830);
}

Test(clock, refuses_other_text_and_leaves_the_output_alone)
{
    const char *const bad[] = {"", "yesterday", "2009-13-12T17:50:30Z", "2009-10-12", "2009-10-12T25:00:00Z"};
    gint64 seconds = -7;

    for (guint i = 0; i < G_N_ELEMENTS(bad); i++)
        cr_assert_not(clock_parse_iso(bad[i], &seconds), "%s", bad[i]);
    cr_assert_eq(seconds, -7);
}

/* The quick way is as right as GLib's. */
Test(clock, parses_every_day_as_glib_does)
{
    for (gint64 day = 0; day < 366 * 500; day++) {
        const gint64 at = day * 24 * 3600 + day % (24 * 3600);
        g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(at);
        g_autofree char *whole = g_date_time_format(time, "%Y-%m-%dT%H:%M:%SZ");
        g_autofree char *text = g_strdup_printf("%.19s.%03dZ", whole, (int)(day % 1000));
        gint64 seconds = -1;

        cr_assert(clock_parse_iso(text, &seconds), "%s", text);
        cr_assert_eq(seconds, at, "%s", text);
        cr_assert(clock_parse_iso(whole, &seconds));
        cr_assert_eq(seconds, at);
    }
}

Test(clock, refuses_days_that_there_are_not)
{
    const char *const bad[] = {"2023-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2024-04-31T00:00:00Z",
                               "2024-00-10T00:00:00Z", "2024-01-10T00:60:00Z", "2024-01-10T00:00:00.Z",
                               "2024-01-1xT00:00:00Z"};
    gint64 seconds = 0;

    for (guint i = 0; i < G_N_ELEMENTS(bad); i++)
        cr_assert_not(clock_parse_iso(bad[i], &seconds), "%s", bad[i]);
    cr_assert(clock_parse_iso("2024-02-29T00:00:00Z", &seconds));
    cr_assert(clock_parse_iso("1969-12-31T23:59:59Z", &seconds));
    cr_assert_eq(seconds, -1);
}
