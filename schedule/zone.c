#include "schedule/zone.h"

#include <time.h>

#define DAY_S (24 * 60 * 60)

gint64 zone_offset_s(gint64 time_s)
{
    const time_t time = (time_t)time_s;
    struct tm local;

    tzset(); /* localtime_r() need not call it, and the machine's zone may have changed */
    return localtime_r(&time, &local) != NULL ? (gint64)local.tm_gmtoff : 0;
}

gint64 zone_change_s(gint64 from_s, gint64 to_s)
{
    const gint64 offset_s = zone_offset_s(from_s);

    while (to_s - from_s > 1) {
        const gint64 middle_s = from_s + (to_s - from_s) / 2;

        if (zone_offset_s(middle_s) == offset_s)
            from_s = middle_s;
        else
            to_s = middle_s;
    }
    return to_s;
}

gint64 zone_resolve_s(gint64 local_s)
{
    const gint64 before_s = local_s - DAY_S - zone_offset_s(local_s - DAY_S);
    const gint64 after_s = local_s + DAY_S - zone_offset_s(local_s + DAY_S);
    const gint64 old_s = local_s - zone_offset_s(before_s), new_s = local_s - zone_offset_s(after_s);

    if (local_s - old_s == zone_offset_s(old_s))
        return old_s;
    if (local_s - new_s == zone_offset_s(new_s))
        return new_s;
    return zone_change_s(before_s, after_s);
}
