/* A configuration is refused with a place, or is unchanged by its transfer to the supervisor. */
#include "base/error.h"
#include "config/config.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Config) config = config_parse((const char *)data, size, "fuzz.yaml", &error);
    g_autoptr(Config) sent = NULL;
    g_autoptr(GVariant) variant = NULL;
    g_autoptr(GVariant) again = NULL;

    if (config == NULL) {
        g_assert_cmpint(error_class(error), ==, ERROR_CONFIG);
        g_assert_true(g_str_has_prefix(error->message, "fuzz.yaml:"));
        return 0;
    }
    variant = g_variant_ref_sink(config_to_variant(config));
    sent = config_from_variant(variant, &error);
    g_assert_no_error(error);
    again = g_variant_ref_sink(config_to_variant(sent));
    g_assert_true(g_variant_equal(variant, again));
    return 0;
}
