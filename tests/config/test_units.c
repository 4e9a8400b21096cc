#include <criterion/criterion.h>

#include "config/units.h"

Test(units, sizes)
{
    static const struct {
        const char *text;
        guint64 size;
    } legal[] = {
        {"0", 0},
        {"1", 1},
        {"100M", 100000000},
        {"256Mi", 268435456},
        {"1K", 1000},
        {"1Ki", 1024},
        {"4G", 4000000000},
        {"4Gi", 4294967296},
        {"9999999999999999999", G_GUINT64_CONSTANT(9999999999999999999)},
    };

    for (guint i = 0; i < G_N_ELEMENTS(legal); i++) {
        guint64 size = 77;

        cr_assert(units_parse_size(legal[i].text, &size), "%s", legal[i].text);
        cr_assert_eq(size, legal[i].size, "%s", legal[i].text);
    }
}

Test(units, what_is_no_size)
{
    static const char *const illegal[] = {
        "",
        " ",
        "M",
        "-1",
        "+1",
        "1.5G",
        "1 M",
        " 1",
        "1 ",
        "1k",
        "1m",
        "1MB",
        "1B",
        "1KiB",
        "1T",
        "01",
        "0x10",
        "1e3",
        "1_000",
        "1,0",
        "٣",
        "1s",
        "99999999999999999999",
        "18446744073709551616",
        "9999999999999999999K",
        "99999999999G",
    };

    for (guint i = 0; i < G_N_ELEMENTS(illegal); i++) {
        guint64 size = 77;

        cr_assert_not(units_parse_size(illegal[i], &size), "%s", illegal[i]);
        cr_assert_eq(size, 77, "untouched by %s", illegal[i]);
    }
}

Test(units, durations)
{
    static const struct {
        const char *text;
        gint64 ms;
    } legal[] = {
        {"0", 0},       {"0s", 0},       {"1ms", 1},       {"60s", 60000},
        {"5m", 300000}, {"2h", 7200000}, {"1d", 86400000}, {"9223372036854775807ms", G_MAXINT64},
    };
    static const char *const illegal[] = {
        "",
        "60",
        "1",
        "s",
        "-1s",
        "1.5s",
        "1 s",
        "1S",
        "1w",
        "1us",
        "01s",
        "1sec",
        "9223372036854775808ms",
        "9223372036854775807d",
        "1M",
    };

    for (guint i = 0; i < G_N_ELEMENTS(legal); i++) {
        gint64 ms = 77;

        cr_assert(units_parse_duration(legal[i].text, &ms), "%s", legal[i].text);
        cr_assert_eq(ms, legal[i].ms, "%s", legal[i].text);
    }
    for (guint i = 0; i < G_N_ELEMENTS(illegal); i++) {
        gint64 ms = 77;

        cr_assert_not(units_parse_duration(illegal[i], &ms), "%s", illegal[i]);
        cr_assert_eq(ms, 77, "untouched by %s", illegal[i]);
    }
}

Test(units, formatting_is_the_inverse_of_parsing)
{
    static const struct {
        guint64 value;
        const char *size, *duration;
    } table[] = {
        {0, "0", "0"},
        {1, "1", "1ms"},
        {1000, "1K", "1s"},
        {1024, "1Ki", "1024ms"},
        {60000, "60K", "1m"},
        {90000, "90K", "90s"},
        {3600000, "3600K", "1h"},
        {86400000, "86400K", "1d"},
        {100000000, "100M", "100000s"},
        {268435456, "256Mi", "268435456ms"},
        {4294967296, "4Gi", "4294967296ms"},
        {G_GUINT64_CONSTANT(10000000000), "10G", "10000000s"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autofree char *size = units_format_size(table[i].value);
        g_autofree char *duration = units_format_duration((gint64)table[i].value);
        guint64 size_again;
        gint64 ms_again;

        cr_assert_str_eq(size, table[i].size);
        cr_assert_str_eq(duration, table[i].duration);
        cr_assert(units_parse_size(size, &size_again) && size_again == table[i].value, "%s", size);
        cr_assert(units_parse_duration(duration, &ms_again) && ms_again == (gint64)table[i].value, "%s",
                  duration);
    }
}
