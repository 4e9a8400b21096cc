#include "daemon/protocol/messages.h"

GVariant *run_order_to_variant(const RunOrder *order)
{
    GVariant *names = order->remake != NULL ? g_variant_new_strv(order->remake, -1) : NULL;

    return g_variant_new(
        "(b@" SCOPE_TYPE "@mh@masbs@" VERIFICATION_TYPE "@" HELD_TYPE ")", order->dry_run,
        order->scope != NULL ? order->scope : g_variant_new(SCOPE_TYPE, NULL, 0u, 0u, NULL),
        g_variant_new_maybe(G_VARIANT_TYPE_HANDLE, order->has_keys ? g_variant_new_handle(0) : NULL),
        g_variant_new_maybe(G_VARIANT_TYPE_STRING_ARRAY, names), order->is_collection,
        order->max_delete != NULL ? order->max_delete : "",
        g_variant_new(VERIFICATION_TYPE, order->verification.is_wanted, order->verification.sample,
                      order->verification.seed, order->verification.decodes),
        order->held != NULL ? order->held : g_variant_new(HELD_TYPE, NULL, (guint64)0));
}
