/* A worker's result that is accepted is unchanged by another transfer, and its counters can be those of a
 * report. */
#include "daemon/protocol/object_result.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    g_autoptr(GBytes) bytes = g_bytes_new(data, size);
    g_autoptr(GVariant) variant =
        g_variant_ref_sink(g_variant_new_from_bytes(G_VARIANT_TYPE(OBJECT_RESULT_TYPE), bytes, FALSE));
    g_autoptr(GVariant) sent = NULL, again = NULL;
    g_autoptr(GError) error = NULL;
    ObjectResult *read = object_result_from_variant(variant, &error);
    ObjectResult *reread;

    if (read == NULL) {
        g_assert_nonnull(error);
        return 0;
    }
    sent = g_variant_ref_sink(object_result_to_variant(read));
    reread = object_result_from_variant(sent, &error);
    g_assert_no_error(error);
    again = g_variant_ref_sink(object_result_to_variant(reread));
    g_assert_true(g_variant_equal(sent, again));
    object_result_free(read);
    object_result_free(reread);
    return 0;
}
