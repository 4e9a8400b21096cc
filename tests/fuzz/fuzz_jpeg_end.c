/* No JPEG lacks the end marker after it was added; and a file that lacks only the end marker has begun a
 * scan. */
#include <string.h>

#include "fuzz.h"
#include "imaging/formats/jpeg_end.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    g_autofree guint8 *whole = NULL;

    if (!jpeg_lacks_only_end(data, size))
        return 0;
    g_assert_nonnull(memmem(data, size, "\xff\xda", 2));
    whole = jpeg_with_end(data, size);
    g_assert_false(jpeg_lacks_only_end(whole, size + JPEG_END_BYTES));
    return 0;
}
