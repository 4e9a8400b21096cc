#include <criterion/criterion.h>

#include "base/clock.h"
#include "daemon/progress.h"

static void is(Progress progress, double seconds, guint columns, const char *expected)
{
    g_autofree char *text = progress_bar_text(&progress, (gint64)(seconds * (double)CLOCK_US_PER_S), columns);

    cr_assert_str_eq(text, expected);
}

Test(progress, while_the_source_is_being_listed_there_is_no_total)
{
    is((Progress){.listed = 2000, .done = 10, .skipped = 90}, 5, 80, "100/2000+ objects  2.0/s");
}

Test(progress, rate_and_eta_leave_out_what_was_skipped)
{
    is((Progress){.listed = 200, .done = 20, .skipped = 80, .all_listed = TRUE}, 10, 100,
       "[############............] 100/200 objects  2.0/s  ETA 0:50");
    is((Progress){.listed = 100000, .done = 1, .skipped = 0, .all_listed = TRUE}, 1, 100,
       "[........................] 1/100000 objects  1.0/s  ETA 27:46:39");
}

Test(progress, failures_show)
{
    is((Progress){.listed = 3, .done = 2, .failed = 1, .all_listed = TRUE}, 1, 100,
       "[########################] 3/3 objects  3.0/s  1 failed");
}

Test(progress, nothing_at_all)
{
    is((Progress){.all_listed = TRUE}, 0, 100, "[........................] 0/0 objects");
}

Test(progress, a_narrow_terminal_gets_what_fits)
{
    is((Progress){.listed = 200, .done = 20, .all_listed = TRUE}, 10, 10, "[##.......");
}
