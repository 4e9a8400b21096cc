/* A configuration from another process is refused, or keeps every rule for one from a file: it is unchanged
 * by another transfer. */
#include "config/config.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    g_autoptr(GBytes) bytes = g_bytes_new(data, size);
    g_autoptr(GVariant) variant =
        g_variant_ref_sink(g_variant_new_from_bytes(G_VARIANT_TYPE(CONFIG_VARIANT_TYPE), bytes, FALSE));
    g_autoptr(GVariant) sent = NULL, again = NULL;
    g_autoptr(GError) error = NULL;
    Config *read = config_from_variant(variant, &error);
    Config *reread;

    if (read == NULL) {
        g_assert_nonnull(error);
        return 0;
    }
    sent = g_variant_ref_sink(config_to_variant(read));
    reread = config_from_variant(sent, &error);
    g_assert_no_error(error);
    again = g_variant_ref_sink(config_to_variant(reread));
    g_assert_true(g_variant_equal(sent, again));
    config_free(read);
    config_free(reread);
    return 0;
}
