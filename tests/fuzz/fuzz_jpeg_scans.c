/* There are no more scans than the file has room for their markers, and none in a file without markers. */
#include <string.h>

#include "fuzz.h"
#include "imaging/formats/jpeg_scans.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    guint n = 0;

    while (jpeg_scans_exceed(data, size, n))
        n++;
    g_assert_cmpuint(n, <=, size / 2);
    if (n > 0)
        g_assert_true(memmem(data, size, "\xff\xda", 2) != NULL);
    return 0;
}
