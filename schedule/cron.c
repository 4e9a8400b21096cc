#include "schedule/cron.h"

#include <string.h>

#include "base/error.h"

/* The most days between two matching ones: a February 29th on one day of the week ("29 2 *" + "/7") comes
 * every 28 years, and after 40 with a year such as 2100 in between. */
#define LONGEST_WAIT_DAYS (41 * 366)

/* GLib's day number, which counts from the year 1, of 1970-01-01. */
#define EPOCH_JULIAN 719163

typedef struct {
    const char *name; /* for error texts */
    guint min, max;
    const char *words; /* three letters each, for min and the following values */
} CronField;

enum { MINUTE, HOUR, DAY, MONTH, WEEKDAY, FIELDS };

static const CronField cron_fields[FIELDS] = {
    [MINUTE] = {"minute", 0, 59, ""},
    [HOUR] = {"hour", 0, 23, ""},
    [DAY] = {"day of the month", 1, 31, ""},
    [MONTH] = {"month", 1, 12, "janfebmaraprmayjunjulaugsepoctnovdec"},
    [WEEKDAY] = {"day of the week", 0, 7, "sunmontuewedthufrisat"},
};

static const struct {
    const char *name, *fields;
} nicknames[] = {
    {"@hourly", "0 * * * *"},  {"@daily", "0 0 * * *"},  {"@midnight", "0 0 * * *"}, {"@weekly", "0 0 * * 0"},
    {"@monthly", "0 0 1 * *"}, {"@yearly", "0 0 1 1 *"}, {"@annually", "0 0 1 1 *"},
};

/* Parsing */

/* Parses a number or a name of the field at *text, and advances *text. */
static gboolean read_value(const CronField *field, const char **text, guint *ret_value)
{
    const gsize digits = strspn(*text, "0123456789");

    if (digits >= 1 && digits <= 2) {
        const guint value = (guint)g_ascii_strtoull(*text, NULL, 10);

        *text += digits;
        *ret_value = value;
        return value >= field->min && value <= field->max;
    }
    for (guint i = 0; digits == 0 && field->words[i] != '\0'; i += 3) {
        if (g_ascii_strncasecmp(*text, field->words + i, 3) == 0) {
            *text += 3;
            *ret_value = field->min + i / 3;
            return TRUE;
        }
    }
    return FALSE;
}

/* Parses an optional step after a range, such as "/2". */
static gboolean read_step(const CronField *field, const char **text, guint *ret_step)
{
    gsize digits;

    *ret_step = 1;
    if (**text != '/')
        return TRUE;
    digits = strspn(++*text, "0123456789");
    if (digits < 1 || digits > 2)
        return FALSE;
    *ret_step = (guint)g_ascii_strtoull(*text, NULL, 10);
    *text += digits;
    return *ret_step >= 1 && *ret_step <= field->max;
}

/* Parses a value or a range at *text, and advances *text. */
static gboolean read_range(const CronField *field, const char **text, guint *ret_first, guint *ret_last,
                           gboolean *ret_is_range)
{
    if (!read_value(field, text, ret_first))
        return FALSE;
    *ret_last = *ret_first;
    *ret_is_range = **text == '-';
    if (!*ret_is_range)
        return TRUE;
    ++*text;
    if (!read_value(field, text, ret_last))
        return FALSE;
    if (*ret_last == 0 && field->max == 7)
        *ret_last = 7; /* fri-sun: a week may end with Sunday */
    return *ret_first <= *ret_last;
}

/* Parses one item of a list, with its optional step. */
static gboolean read_item(const CronField *field, const char **text, guint64 *bits)
{
    guint first = field->min, last = field->max, step = 1;
    gboolean is_range = TRUE;

    if (**text == '*')
        ++*text;
    else if (!read_range(field, text, &first, &last, &is_range))
        return FALSE;
    if (is_range && !read_step(field, text, &step))
        return FALSE;
    for (guint value = first; value <= last; value += step)
        *bits |= G_GUINT64_CONSTANT(1) << value;
    return TRUE;
}

static gboolean read_field(const CronField *field, const char *text, guint64 *ret_bits, GError **error)
{
    const char *at = text;
    guint64 bits = 0;

    while (read_item(field, &at, &bits)) {
        if (*at == '\0') {
            *ret_bits = bits;
            return TRUE;
        }
        if (*at++ != ',')
            break;
    }
    error_set(error, ERROR_CONFIG, "'%s' is not a valid %s (%u to %u%s, a list, a range, * or a step)", text,
              field->name, field->min, field->max, *field->words != '\0' ? " or names" : "");
    return FALSE;
}

static gboolean read_fields(char *const *texts, Cron *cron, GError **error)
{
    guint64 bits[FIELDS];

    for (guint i = 0; i < FIELDS; i++)
        if (!read_field(&cron_fields[i], texts[i], &bits[i], error))
            return FALSE;
    cron->minutes = bits[MINUTE];
    cron->hours = (guint32)bits[HOUR];
    cron->days = (guint32)bits[DAY];
    cron->months = (guint32)bits[MONTH];
    cron->weekdays = (guint32)((bits[WEEKDAY] | bits[WEEKDAY] >> 7) & 0x7f);
    cron->days_are_any = *texts[DAY] == '*';
    cron->weekdays_are_any = *texts[WEEKDAY] == '*';
    return TRUE;
}

/* The words of text, separated by spaces and tabs. Owned by the caller. */
static GStrv split_fields(const char *text)
{
    g_auto(GStrv) words = g_strsplit_set(text, " \t", -1);
    GPtrArray *kept = g_ptr_array_new();

    for (char **word = words; *word != NULL; word++)
        if (**word != '\0')
            g_ptr_array_add(kept, g_strdup(*word));
    g_ptr_array_add(kept, NULL);
    return (GStrv)g_ptr_array_free(kept, FALSE);
}

/* Matching */

static gboolean day_matches(const Cron *cron, gint64 day)
{
    GDate date;
    gboolean by_day, by_weekday;

    g_date_clear(&date, 1);
    g_date_set_julian(&date, (guint32)(day + EPOCH_JULIAN));
    if ((cron->months & 1u << g_date_get_month(&date)) == 0)
        return FALSE;
    by_day = (cron->days & 1u << g_date_get_day(&date)) != 0;
    by_weekday = (cron->weekdays & 1u << g_date_get_weekday(&date) % 7) != 0;
    if (cron->days_are_any || cron->weekdays_are_any)
        return by_day && by_weekday;
    return by_day || by_weekday;
}

/* The first matching minute of a day, starting at from; -1 if there is none. */
static gint64 minute_in_day(const Cron *cron, gint64 from)
{
    for (gint64 minute = from; minute < CRON_MINUTES_PER_DAY; minute++) {
        if ((cron->hours & 1u << (minute / 60)) == 0)
            minute += 59 - minute % 60;
        else if ((cron->minutes >> (minute % 60) & 1) != 0)
            return minute;
    }
    return -1;
}

/* Returns -1 if there is none. */
static gint64 find_minute(const Cron *cron, gint64 minute)
{
    const gint64 next = minute + 1;
    const gint64 first_day = next / CRON_MINUTES_PER_DAY - (next % CRON_MINUTES_PER_DAY < 0 ? 1 : 0);
    gint64 from = next - first_day * CRON_MINUTES_PER_DAY;

    for (gint64 day = first_day; day <= first_day + LONGEST_WAIT_DAYS; day++) {
        const gint64 found = day_matches(cron, day) ? minute_in_day(cron, from) : -1;

        if (found >= 0)
            return day * CRON_MINUTES_PER_DAY + found;
        from = 0;
    }
    return -1;
}

gint64 cron_next_minute(const Cron *cron, gint64 minute)
{
    const gint64 found = find_minute(cron, minute);

    g_assert(found > minute); /* ensured by cron_parse() */
    return found;
}

gboolean cron_is_every_hour(const Cron *cron)
{
    return cron->hours == (1u << 24) - 1;
}

gboolean cron_parse(const char *text, Cron *ret_cron, GError **error)
{
    g_auto(GStrv) fields = NULL;
    Cron cron;

    if (strlen(text) > CRON_MAX_BYTES) {
        error_set(error, ERROR_CONFIG, "a schedule has at most %u bytes", CRON_MAX_BYTES);
        return FALSE;
    }
    for (guint i = 0; i < G_N_ELEMENTS(nicknames); i++)
        if (g_ascii_strcasecmp(text, nicknames[i].name) == 0)
            text = nicknames[i].fields;
    fields = split_fields(text);
    if (g_strv_length(fields) != FIELDS) {
        error_set(error, ERROR_CONFIG,
                  "a schedule has five fields (minute, hour, day, month, day of the week) or is @hourly, "
                  "@daily, @weekly, @monthly or @yearly");
        return FALSE;
    }
    if (!read_fields(fields, &cron, error))
        return FALSE;
    if (find_minute(&cron, 0) < 0) {
        error_set(error, ERROR_CONFIG, "'%s' never matches: no month has that day", text);
        return FALSE;
    }
    *ret_cron = cron;
    return TRUE;
}
