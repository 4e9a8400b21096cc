#include "base/size_text.h"

char *size_text(guint64 size_bytes)
{
    static const char prefixes[] = "kMGTPE";
    guint64 unit = 1000, whole, tenths;
    guint i = 0;

    if (size_bytes < unit)
        return g_strdup_printf("%u byte%s", (guint)size_bytes, size_bytes == 1 ? "" : "s");
    /* 999,950 bytes would be rounded to 1000.0 kB: print 1.0 MB */
    while (prefixes[i + 1] != '\0' && size_bytes >= unit * 1000 - unit / 20) {
        unit *= 1000;
        i++;
    }
    /* in integers, since printf() uses the locale's decimal point */
    whole = size_bytes / unit;
    tenths = (size_bytes % unit * 10 + unit / 2) / unit; /* the product is below 2^64 */
    return g_strdup_printf("%" G_GUINT64_FORMAT ".%" G_GUINT64_FORMAT " %cB", whole + tenths / 10,
                           tenths % 10, prefixes[i]);
}
