#include <criterion/criterion.h>

#include "daemon/protocol/messages.h"

Test(messages, an_order_to_run_is_of_its_type)
{
    static const char *const keys[] = {"a.jpg", "\xff\n"};
    g_autoptr(GVariant) held = g_variant_ref_sink(
        g_variant_new("(@aayt)", g_variant_new_bytestring_array(keys, G_N_ELEMENTS(keys)), (guint64)1 << 30));
    static const char *const names[] = {"thumb", NULL};
    g_autoptr(GVariant) with =
        g_variant_ref_sink(run_order_to_variant(&(RunOrder){.remake = names, .held = held}));
    g_autoptr(GVariant) without = g_variant_ref_sink(run_order_to_variant(&(RunOrder){
        .dry_run = TRUE, .is_collection = TRUE, .max_delete = "9", .verification = {TRUE, 9, 1, TRUE}}));
    g_autoptr(GVariant) none = g_variant_get_child_value(without, g_variant_n_children(without) - 1);

    cr_assert_str_eq(g_variant_get_type_string(with), RUN_MORE_TYPE);
    cr_assert_str_eq(g_variant_get_type_string(without), RUN_MORE_TYPE);
    cr_assert_str_eq(g_variant_get_type_string(none), HELD_TYPE);
}
