#include <criterion/criterion.h>

#include "base/clock.h"
#include "schedule/timetable.h"

#define SECONDS CLOCK_US_PER_S
#define EVERY   (600 * SECONDS)
#define START   (1000000 * SECONDS)

static Timetable start(TimetableMissed missed)
{
    Timetable timetable = {.schedule = {.every_us = EVERY}, .missed = missed};

    timetable_start(&timetable, START, 0);
    return timetable;
}

Test(timetable, what_is_due_begins_once)
{
    Timetable timetable = start(TIMETABLE_MISSED_RUN);

    cr_assert_eq(timetable.due_us, START + EVERY);
    cr_assert_not(timetable_poll(&timetable, START + EVERY - 1, FALSE, 0));
    cr_assert(timetable_poll(&timetable, START + EVERY, FALSE, 0));
    cr_assert_not(timetable_poll(&timetable, START + EVERY, FALSE, 0));
    cr_assert_eq(timetable.due_us, START + 2 * EVERY);
}

Test(timetable, counted_from_what_was_planned)
{
    Timetable timetable = start(TIMETABLE_MISSED_SKIP);

    cr_assert(timetable_poll(&timetable, START + EVERY + 30 * SECONDS, FALSE, 0), "a little late");
    cr_assert_eq(timetable.due_us, START + 2 * EVERY);
}

Test(timetable, missed_and_made_up_for_once)
{
    Timetable timetable = start(TIMETABLE_MISSED_RUN);

    for (int i = 1; i <= 35; i++)
        cr_assert_not(timetable_poll(&timetable, START + EVERY * i / 10, TRUE, 0));
    cr_assert(timetable_poll(&timetable, START + EVERY * 35 / 10, FALSE, 0), "as soon as possible");
    cr_assert_eq(timetable.due_us, START + 4 * EVERY, "one for all three");
}

Test(timetable, missed_and_skipped)
{
    Timetable timetable = start(TIMETABLE_MISSED_SKIP);

    cr_assert_not(timetable_poll(&timetable, START + EVERY, TRUE, 0));
    cr_assert_not(timetable_poll(&timetable, START + EVERY + 1, FALSE, 0));
    cr_assert_eq(timetable.due_us, START + 2 * EVERY);
}

Test(timetable, while_the_machine_slept)
{
    Timetable run = start(TIMETABLE_MISSED_RUN), skip = start(TIMETABLE_MISSED_SKIP);
    const gint64 now_us = START + 5 * EVERY + TIMETABLE_LATE_US + 1;

    cr_assert(timetable_poll(&run, now_us, FALSE, 0));
    cr_assert_not(timetable_poll(&skip, now_us, FALSE, 0));
    cr_assert_eq(run.due_us, START + 6 * EVERY);
    cr_assert_eq(skip.due_us, START + 6 * EVERY);
}

Test(timetable, a_clock_that_is_set_back)
{
    Timetable timetable = start(TIMETABLE_MISSED_RUN);

    cr_assert_not(timetable_poll(&timetable, START - 5 * EVERY, FALSE, 0));
    cr_assert_eq(timetable.due_us, START - 4 * EVERY, "from there on, not five periods of nothing");
}

Test(timetable, jitter_puts_off_and_is_not_added_up)
{
    Timetable timetable = {.schedule = {.every_us = EVERY}, .jitter_us = 60 * SECONDS};

    timetable_start(&timetable, START, 0.5);
    cr_assert_eq(timetable.due_us, START + EVERY + 30 * SECONDS);
    cr_assert_not(timetable_poll(&timetable, START + EVERY, FALSE, 0));
    cr_assert(timetable_poll(&timetable, START + EVERY + 30 * SECONDS, FALSE, 0.999));
    cr_assert_eq(timetable.due_us, START + 2 * EVERY + 60 * SECONDS * 999 / 1000);
}

Test(timetable, nothing_is_ever_due_without_a_schedule)
{
    Timetable timetable = {.jitter_us = 5};

    timetable_start(&timetable, START, 0.5);
    cr_assert_eq(timetable.due_us, SCHEDULE_NEVER);
    cr_assert_not(timetable_poll(&timetable, START + 1000 * EVERY, FALSE, 0.5));
    cr_assert_not(timetable_poll(&timetable, START, FALSE, 0.5));
}
