#include <criterion/criterion.h>
#include <string.h>

#include "daemon/protocol/progress.h"

Test(progress, progress_crosses_processes_unchanged)
{
    const Progress progress = {1, 2, 3, 4, 5, 6, TRUE, 7, WAITS_FOR_DESTINATION, 8};
    Progress copy;
    g_autoptr(GVariant) variant = g_variant_ref_sink(progress_to_variant(&progress));
    g_autoptr(GVariant) other = g_variant_ref_sink(g_variant_new("(t)", (guint64)1));

    cr_assert(g_variant_is_of_type(variant, G_VARIANT_TYPE(NOTE_PROGRESS_TYPE)));
    cr_assert(progress_from_variant(variant, &copy));
    cr_assert_eq(copy.waits_for, (guint32)WAITS_FOR_DESTINATION);
    cr_assert_eq(copy.waits_since_s, 8);
    cr_assert_eq(memcmp(&progress, &copy, offsetof(Progress, all_listed)), 0);
    cr_assert(copy.all_listed);
    cr_assert_eq(copy.total, 7);
    cr_assert_not(progress_from_variant(other, &copy));
}
