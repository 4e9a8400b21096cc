#include <criterion/criterion.h>

#include "base/clock.h"
#include "daemon/protocol/progress.h"
#include "daemon/session/progress_bar.h"

static void is(Progress progress, Forecast forecast, guint columns, const char *expected)
{
    g_autofree char *text = progress_bar_text(&progress, &forecast, columns);

    cr_assert_str_eq(text, expected);
}

Test(progress, while_the_source_is_being_listed_and_nothing_is_known_there_is_no_total)
{
    is((Progress){.listed = 2000, .done = 10, .skipped = 90}, (Forecast){2, -1}, 80,
       "100/2000+ objects  2.0/s");
}

Test(progress, what_is_guessed_is_said_to_be)
{
    is((Progress){.listed = 2000, .done = 10, .skipped = 990, .total = 4000}, (Forecast){2, 1500}, 80,
       "[######..................] 1000/~4000 objects  2.0/s  ETA ~25:00");
}

Test(progress, when_all_is_listed_the_total_is_known)
{
    is((Progress){.listed = 200, .done = 20, .skipped = 80, .all_listed = TRUE, .total = 200},
       (Forecast){2, 50}, 100, "[############............] 100/200 objects  2.0/s  ETA 0:50");
    is((Progress){.listed = 100000, .done = 1, .all_listed = TRUE, .total = 100000}, (Forecast){1, 99999},
       100, "[........................] 1/100000 objects  1.0/s  ETA 27:46:39");
}

Test(progress, what_stands_still_has_no_end)
{
    is((Progress){.listed = 200, .done = 20, .all_listed = TRUE, .total = 200}, (Forecast){0, -1}, 100,
       "[##......................] 20/200 objects  0.0/s");
}

Test(progress, failures_show)
{
    is((Progress){.listed = 3, .done = 2, .failed = 1, .all_listed = TRUE, .total = 3}, (Forecast){3, -1},
       100, "[########################] 3/3 objects  3.0/s  1 failed");
}

Test(progress, nothing_at_all)
{
    is((Progress){.all_listed = TRUE}, (Forecast){0, -1}, 100, "[........................] 0/0 objects");
}

Test(progress, a_narrow_terminal_gets_what_fits)
{
    is((Progress){.listed = 200, .done = 20, .all_listed = TRUE, .total = 200}, (Forecast){2, 90}, 10,
       "[##.......");
}

Test(progress, tells_for_what_it_waits)
{
    g_autofree char *since = clock_format_local(1700000000 * CLOCK_US_PER_S);
    g_autofree char *expected =
        g_strdup_printf("100/2000+ objects  2.0/s  waiting for the destination since %s", since);

    is((Progress){.listed = 2000,
                  .done = 10,
                  .skipped = 90,
                  .waits_for = WAITS_FOR_DESTINATION,
                  .waits_since_s = 1700000000},
       (Forecast){2, -1}, 120, expected);
    is((Progress){.listed = 2000, .done = 10, .skipped = 90, .waits_for = 99}, (Forecast){2, -1}, 120,
       "100/2000+ objects  2.0/s");
}
