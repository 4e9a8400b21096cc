/* The local time zone (TZ, or the machine's), as far as schedules need it: what clocks read, and where they
 * are changed. Asks the C library; follows a change of the zone. It takes for granted that clocks are not
 * changed twice within two days. */
#pragma once

#include <glib.h>

/* What clocks are ahead of UTC at this time, in seconds. */
gint64 zone_offset_s(gint64 time_s);

/* The first second in (from_s, to_s] at which clocks read differently than at from_s, which they do at to_s.
 */
gint64 zone_change_s(gint64 from_s, gint64 to_s);

/* When clocks show this for the first time (local_s: what they show, as if it were UTC). If they leap over
 * it: when they do that. */
gint64 zone_resolve_s(gint64 local_s);
