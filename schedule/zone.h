/* The local time zone (TZ, or the machine's), as far as schedules need it: what clocks read, and when they
 * are changed. Uses the C library; follows a change of the zone. Assumes that clocks are not changed twice
 * within two days. */
#pragma once

#include <glib.h>

/* The local time minus UTC at this time, in seconds. */
gint64 zone_offset_s(gint64 time_s);

/* The first second in (from_s, to_s] with another UTC offset than at from_s. The offset must have changed at
 * to_s. */
gint64 zone_change_s(gint64 from_s, gint64 to_s);

/* The first time at which clocks show local_s (the local time, as if it were UTC). If clocks skip it, the
 * time of that change. */
gint64 zone_resolve_s(gint64 local_s);
