#include "config/units.h"

#include <string.h>

typedef struct {
    const char *name;
    guint64 factor;
} Unit;

/* Ascending. Formatting tries them from the end, so the binary units, which are less usual, precede the
 * decimal ones. */
static const Unit size_units[] = {
    {"", 1},
    {"Ki", G_GUINT64_CONSTANT(1) << 10},
    {"Mi", G_GUINT64_CONSTANT(1) << 20},
    {"Gi", G_GUINT64_CONSTANT(1) << 30},
    {"K", G_GUINT64_CONSTANT(1000)},
    {"M", G_GUINT64_CONSTANT(1000000)},
    {"G", G_GUINT64_CONSTANT(1000000000)},
};

static const Unit duration_units[] = {
    {"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000},
};

/* Parses digits and a unit: no sign, space, fraction or leading zero (which YAML 1.1 reads as octal). */
static gboolean parse(const char *text, const Unit *units, gsize n_units, guint64 *ret_value)
{
    gsize digits = strspn(text, "0123456789");
    guint64 value;

    if (digits == 0 || digits > 19 || (text[0] == '0' && digits > 1))
        return FALSE;
    value = g_ascii_strtoull(text, NULL, 10);
    for (gsize i = 0; i < n_units; i++) {
        if (strcmp(text + digits, units[i].name) == 0)
            return g_uint64_checked_mul(ret_value, value, units[i].factor);
    }
    return FALSE;
}

gboolean units_parse_size(const char *text, guint64 *ret_size)
{
    guint64 value;

    if (!parse(text, size_units, G_N_ELEMENTS(size_units), &value))
        return FALSE;
    *ret_size = value;
    return TRUE;
}

gboolean units_parse_duration(const char *text, gint64 *ret_ms)
{
    guint64 value = 0;

    if (strcmp(text, "0") != 0 &&
        (!parse(text, duration_units, G_N_ELEMENTS(duration_units), &value) || value > G_MAXINT64))
        return FALSE;
    *ret_ms = (gint64)value;
    return TRUE;
}

static char *format(guint64 value, const Unit *units, gsize n_units)
{
    gsize i = n_units - 1;

    while (i > 0 && (value == 0 || value % units[i].factor != 0))
        i--;
    return g_strdup_printf("%" G_GUINT64_FORMAT "%s", value / units[i].factor, units[i].name);
}

char *units_format_size(guint64 size)
{
    return format(size, size_units, G_N_ELEMENTS(size_units));
}

char *units_format_duration(gint64 ms)
{
    if (ms <= 0)
        return g_strdup("0");
    return format((guint64)ms, duration_units, G_N_ELEMENTS(duration_units));
}
