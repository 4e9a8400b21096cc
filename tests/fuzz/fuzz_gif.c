/* A file that misses nothing, once it has all of its header, misses nothing with a trailer behind it. */
#include <string.h>

#include "fuzz.h"
#include "imaging/gif.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    const gsize header_bytes = 13;
    g_autofree guint8 *longer = g_malloc(size + 1);

    if (size > 0)
        memcpy(longer, data, size);
    longer[size] = ';';
    if (size >= header_bytes && !gif_is_cut_off(data, size))
        g_assert_false(gif_is_cut_off(longer, size + 1));
    return 0;
}
