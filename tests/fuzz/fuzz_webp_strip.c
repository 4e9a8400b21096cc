/* A WebP file does not grow when it is stripped, is clean after the first time, and has the same picture. */
#include "fuzz.h"
#include "imaging/formats/webp.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    const gboolean is_lossless = webp_is_lossless(data, size);
    g_autofree guint8 *copy = g_memdup2(data, size);
    gsize stripped = webp_strip(copy, size, (size & 1) != 0);

    g_assert_cmpuint(stripped, <=, size);
    g_assert_cmpuint(webp_strip(copy, stripped, (size & 1) != 0), ==, stripped);
    g_assert_cmpint(webp_is_lossless(copy, stripped), ==, is_lossless);
    return 0;
}
