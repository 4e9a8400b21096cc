/* What misses nothing misses nothing with a trailer behind it. */
#include <string.h>

#include "fuzz.h"
#include "imaging/gif.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    g_autofree guint8 *longer = g_malloc(size + 1);

    if (size > 0)
        memcpy(longer, data, size);
    longer[size] = ';';
    if (!gif_is_cut_off(data, size))
        g_assert_false(gif_is_cut_off(longer, size + 1));
    return 0;
}
