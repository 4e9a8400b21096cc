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
