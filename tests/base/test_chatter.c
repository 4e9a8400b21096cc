#include <criterion/criterion.h>

#include "base/chatter.h"
#include "base/clock.h"

Test(chatter, a_flood_is_noticed_after_a_burst)
{
    Chatter chatter = {0};
    guint n = 0;

    while (chatter_allows_note(&chatter, 50, CLOCK_US_PER_S))
        cr_assert_leq(++n, 1000u);
    cr_expect_eq(n, 50u * CHATTER_BURST_S);
}

Test(chatter, what_keeps_to_the_rate_goes_on_for_ever)
{
    Chatter chatter = {0};

    for (guint i = 0; i < 100000; i++)
        cr_assert(chatter_allows_note(&chatter, 50, i * (CLOCK_US_PER_S / 50)), "%u", i);
}

Test(chatter, without_a_rate_anything_goes)
{
    Chatter chatter = {0};

    for (guint i = 0; i < 100000; i++) {
        cr_assert(chatter_allows_note(&chatter, 0, 1));
        cr_assert(chatter_allows_refusal(&chatter, 0));
    }
}

Test(chatter, refusals_are_counted)
{
    Chatter chatter = {0};

    for (guint i = 0; i < 7; i++)
        cr_assert(chatter_allows_refusal(&chatter, 8));
    cr_expect_not(chatter_allows_refusal(&chatter, 8));
}
