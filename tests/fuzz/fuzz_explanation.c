/* An explanation that is accepted is unchanged by another transfer, and can be printed: the process that
 * prints it does not trust the imager. */
#include <string.h>

#include "fuzz.h"
#include "imaging/planning/explanation.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    static const char *const names[] = {"a", "b", "c"};
    g_autoptr(GBytes) bytes = g_bytes_new(data, size);
    g_autoptr(GVariant) variant =
        g_variant_ref_sink(g_variant_new_from_bytes(G_VARIANT_TYPE(EXPLANATION_VARIANT_TYPE), bytes, FALSE));

    for (guint n = 1; n <= G_N_ELEMENTS(names); n++) {
        g_autoptr(GVariant) again = NULL;
        g_autofree char *text = NULL;
        Explanation explanation;

        if (!explanation_from_variant(variant, n, &explanation, NULL))
            continue;
        text = explanation_text(&explanation, "source", names);
        g_assert_true(g_str_has_prefix(text, "source: ") && g_str_has_suffix(text, "\n"));
        again = g_variant_ref_sink(explanation_to_variant(&explanation));
        g_assert_true(g_variant_equal(variant, again));
    }
    return 0;
}
