#include <criterion/criterion.h>

#include "daemon/failure_memory.h"

Test(failure_memory, rests_grow_from_an_hour_to_a_day)
{
    static const struct {
        guint tries, runs;
        gint64 rest_s;
    } cases[] = {
        {1, 5, 0},     {4, 5, 0},      {5, 5, 3600},
        {6, 5, 7200},  {7, 5, 14400},  {8, 5, 28800},
        {9, 5, 57600}, {10, 5, 86400}, {G_MAXUINT, 5, 86400},
        {1, 1, 3600},  {2, 1, 7200},   {G_MAXUINT, 1, 86400},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++)
        cr_assert_eq(failure_memory_rest_s(cases[i].tries, cases[i].runs), cases[i].rest_s, "%u of %u",
                     cases[i].tries, cases[i].runs);
}
