#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "schedule/cron.h"

static Cron parse(const char *text)
{
    g_autoptr(GError) error = NULL;
    Cron cron;

    cr_assert(cron_parse(text, &cron, &error), "%s: %s", text, error != NULL ? error->message : "");
    return cron;
}

/* Converts a clock time like "2024-02-29 13:45" to minutes and back. */
static gint64 minute_of(const char *text)
{
    g_autofree char *iso = g_strdup_printf("%.10sT%s:00Z", text, text + 11);
    g_autoptr(GTimeZone) zone = g_time_zone_new_utc();
    g_autoptr(GDateTime) time = g_date_time_new_from_iso8601(iso, zone);

    cr_assert_not_null(time, "%s", iso);
    return g_date_time_to_unix(time) / 60;
}

static char *text_of(gint64 minute)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(minute * 60);

    return g_date_time_format(time, "%Y-%m-%d %H:%M");
}

static void assert_next(const char *expression, const char *after, const char *wanted)
{
    Cron cron = parse(expression);
    g_autofree char *found = text_of(cron_next_minute(&cron, minute_of(after)));

    cr_assert_str_eq(found, wanted, "%s after %s: %s, not %s", expression, after, found, wanted);
}

Test(cron, next_times)
{
    assert_next("* * * * *", "2024-01-01 00:00", "2024-01-01 00:01");
    assert_next("*/10 * * * *", "2024-01-01 00:50", "2024-01-01 01:00");
    assert_next("0 3 * * *", "2024-01-01 03:00", "2024-01-02 03:00");
    assert_next("0 3 * * *", "2024-12-31 03:01", "2025-01-01 03:00");
    assert_next("5-59/20 9-17 * * 1-5", "2024-03-01 17:46", "2024-03-04 09:05");
    assert_next("0 0 29 2 *", "2024-02-29 00:00", "2028-02-29 00:00");
    assert_next("0 0 29 2 *", "2096-02-29 00:00", "2104-02-29 00:00");
    assert_next("15,45 2,14 1,15 JAN,jul *", "2024-01-15 14:45", "2024-07-01 02:15");
    assert_next("0 12 * * fri-sun", "2024-01-05 12:00", "2024-01-06 12:00");
    assert_next("0 12 * * 7", "2024-01-01 00:00", "2024-01-07 12:00");
    assert_next(" 0\t12  * * Sun ", "2024-01-01 00:00", "2024-01-07 12:00");
    assert_next("@monthly", "2024-01-01 00:00", "2024-02-01 00:00");
    assert_next("@HOURLY", "2024-01-01 00:00", "2024-01-01 01:00");
    assert_next("@yearly", "1969-12-31 23:59", "1970-01-01 00:00");
    assert_next("0 0 * * *", "1903-05-05 12:00", "1903-05-06 00:00");
}

/* If both days are restricted, one match is enough; unless one of them begins with a star. */
Test(cron, the_days_or_rule)
{
    assert_next("0 0 13 * 5", "2024-09-01 00:00", "2024-09-06 00:00");
    assert_next("0 0 13 * 5", "2024-09-06 00:00", "2024-09-13 00:00");
    assert_next("0 0 13 * 1", "2024-09-10 00:00", "2024-09-13 00:00");
    assert_next("0 0 * * 5", "2024-09-07 00:00", "2024-09-13 00:00");
    assert_next("0 0 */2 * 5", "2024-09-06 00:00", "2024-09-13 00:00");  /* odd days that are Fridays */
    assert_next("0 0 13 * */2", "2024-09-01 00:00", "2024-10-13 00:00"); /* a 13th on Sun, Tue, Thu or Sat */
    assert_next("0 0 31 4 5", "2024-04-01 00:00", "2024-04-05 00:00");   /* April has Fridays, but no 31st */
}

Test(cron, what_is_refused)
{
    static const char *const illegal[] = {
        "",
        "*",
        "* * * *",
        "* * * * * *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * 32 * *",
        "* * * 0 *",
        "* * * 13 *",
        "* * * * 8",
        "-1 * * * *",
        "1- * * * *",
        "1-- * * * *",
        "5-1 * * * *",
        "*/0 * * * *",
        "*/60 * * * *",
        "*/ * * * *",
        "/5 * * * *",
        "5/15 * * * *",
        ", * * * *",
        "1, * * * *",
        ",1 * * * *",
        "1,,2 * * * *",
        "1;2 * * * *",
        "* * ? * *",
        "* * L * *",
        "* * * * 5#2",
        "* * 15W * *",
        "* * * foo *",
        "* * * * mo",
        "* * * january *",
        "* * jan * *",
        "001 * * * *",
        "0x1 * * * *",
        "1.5 * * * *",
        "@reboot",
        "@every 5m",
        "@",
        "*-5 * * * *",
        "1-5-7 * * * *",
        "1-5/2/2 * * * *",
        "** * * * *",
        "* * * * sun-fri-mon",
        "99999999999999999999 * * * *",
        "0 0 30 2 *",
        "0 0 31 2,4,6,9,11 *",
    };

    for (guint i = 0; i < G_N_ELEMENTS(illegal); i++) {
        g_autoptr(GError) error = NULL;
        Cron cron = {.minutes = 77};

        cr_assert_not(cron_parse(illegal[i], &cron, &error), "%s", illegal[i]);
        cr_assert_eq(error_class(error), ERROR_CONFIG);
        cr_assert_eq(cron.minutes, 77, "%s: it is untouched", illegal[i]);
    }
}

Test(cron, a_text_that_is_too_long)
{
    g_autofree char *spaces = g_strnfill(CRON_MAX_BYTES, ' ');
    g_autofree char *text = g_strconcat("* * * * *", spaces, NULL);
    Cron cron;

    cr_assert_not(cron_parse(text, &cron, NULL));
    text[CRON_MAX_BYTES] = '\0';
    cr_assert(cron_parse(text, &cron, NULL));
}

Test(cron, every_hour)
{
    const Cron often = parse("5 * * * *"), spelt = parse("5 0-11,12-23 * * 1"), daily = parse("5 */2 * * *");

    cr_assert(cron_is_every_hour(&often));
    cr_assert(cron_is_every_hour(&spelt));
    cr_assert_not(cron_is_every_hour(&daily));
}
