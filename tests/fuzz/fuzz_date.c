/* A time that is parsed is formatted to the same second; a pause that a server asks for is not in the
 * past. */
#include <string.h>

#include "base/clock.h"
#include "fuzz.h"
#include "s3/http/retry.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    gint64 seconds, again;

    if (clock_parse_iso(text, &seconds)) {
        /* years of four digits only */
        if (seconds > -G_GINT64_CONSTANT(30610224000) && seconds < G_GINT64_CONSTANT(253402300800)) {
            g_autofree char *told = clock_format_iso(seconds * CLOCK_US_PER_S);

            g_assert_true(clock_parse_iso(told, &again));
            g_assert_cmpint(seconds, ==, again);
        }
    }
    g_assert_cmpint(retry_parse_after(text, 1700000000), >=, -1);
    return 0;
}
