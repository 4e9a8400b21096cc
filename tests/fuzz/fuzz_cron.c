/* An expression is refused with class ERROR_CONFIG, or has a next time with no earlier match. */
#include <string.h>

#include "base/error.h"
#include "fuzz.h"
#include "schedule/schedule.h"

static gboolean names(const Cron *cron, gint64 minute)
{
    return (cron->minutes >> (minute % 60) & 1) != 0 && (cron->hours >> (minute / 60 % 24) & 1) != 0;
}

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;
    gint64 after, next;
    Cron cron;

    if (size < sizeof(guint32))
        return 0;
    after = *data * G_GINT64_CONSTANT(370000) + data[1]; /* 1970 to 2149 */
    text = g_strndup((const char *)data + sizeof(guint32), size - sizeof(guint32));
    if (!cron_parse(text, &cron, &error)) {
        g_assert_cmpint(error_class(error), ==, ERROR_CONFIG);
        return 0;
    }
    next = cron_next_minute(&cron, after);
    g_assert_cmpint(next, >, after);
    g_assert_true(names(&cron, next));
    if (next > after + 1)
        g_assert_cmpint(cron_next_minute(&cron, next - 1), ==, next);
    g_assert_cmpint(schedule_cron_next_s(&cron, after * 60), >, after * 60);
    return 0;
}
