/* Cleaned XMP is well-formed, and is unchanged by a second cleaning. */
#include "fuzz.h"
#include "imaging/formats/xmp.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    g_autoptr(GBytes) once = xmp_clean(data, size);
    g_autoptr(GBytes) twice = NULL;

    if (once == NULL)
        return 0;
    twice = xmp_clean(g_bytes_get_data(once, NULL), g_bytes_get_size(once));
    g_assert_nonnull(twice);
    g_assert_true(g_bytes_equal(once, twice));
    return 0;
}
