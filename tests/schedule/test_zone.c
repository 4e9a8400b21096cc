#include <criterion/criterion.h>
#include <stdlib.h>

#include "schedule/zone.h"

/* Berlin changes from +1 h to +2 h on 2024-03-31 at 01:00 UTC, and back on 2024-10-27 at 01:00 UTC. */
#define SPRING G_GINT64_CONSTANT(1711846800)
#define AUTUMN G_GINT64_CONSTANT(1729990800)
#define HOUR   G_GINT64_CONSTANT(3600)

static void berlin(void)
{
    setenv("TZ", "Europe/Berlin", TRUE);
}

TestSuite(zone, .init = berlin);

Test(zone, offsets)
{
    cr_assert_eq(zone_offset_s(SPRING - 1), HOUR);
    cr_assert_eq(zone_offset_s(SPRING), 2 * HOUR);
    cr_assert_eq(zone_offset_s(AUTUMN - 1), 2 * HOUR);
    cr_assert_eq(zone_offset_s(AUTUMN), HOUR);
}

Test(zone, another_zone_is_noticed)
{
    setenv("TZ", "Asia/Kolkata", TRUE);
    cr_assert_eq(zone_offset_s(SPRING), 5 * HOUR + HOUR / 2);
}

Test(zone, the_moment_of_a_change)
{
    cr_assert_eq(zone_change_s(SPRING - 20 * HOUR, SPRING + 3 * HOUR), SPRING);
    cr_assert_eq(zone_change_s(SPRING - 1, SPRING), SPRING);
    cr_assert_eq(zone_change_s(AUTUMN - 7, AUTUMN + 86400), AUTUMN);
}

Test(zone, times_that_exist_once_twice_and_not_at_all)
{
    const gint64 spring_two = SPRING + HOUR;     /* the time that would be 02:00 that day */
    const gint64 autumn_two = AUTUMN + 1 * HOUR; /* 02:00, for the second time */

    cr_assert_eq(zone_resolve_s(spring_two - 60), SPRING - 60);
    cr_assert_eq(zone_resolve_s(spring_two), SPRING, "leapt over: at that moment");
    cr_assert_eq(zone_resolve_s(spring_two + 1800), SPRING);
    cr_assert_eq(zone_resolve_s(spring_two + HOUR), SPRING);
    cr_assert_eq(zone_resolve_s(spring_two + HOUR + 60), SPRING + 60);
    cr_assert_eq(zone_resolve_s(autumn_two), AUTUMN - HOUR, "the first of the two");
    cr_assert_eq(zone_resolve_s(autumn_two + HOUR - 60), AUTUMN - 60);
    cr_assert_eq(zone_resolve_s(autumn_two + HOUR), AUTUMN + HOUR);
}
