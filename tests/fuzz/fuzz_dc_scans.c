/* The shortened JPEG is shorter, cannot be shortened again, and has the same pixels in libjpeg. */
#include "../imaging/jpeg_eighth.h"
#include "fuzz.h"
#include "imaging/formats/dc_scans.h"

/* Limits decoding, which takes most of the time here. */
#define MAX_PIXELS (256u * 256u)

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    gsize extract_size = 0;
    gsize again_size = 0;
    g_autofree guint8 *extract = dc_scans_extract(data, size, &extract_size);

    if (extract == NULL)
        return 0;
    g_assert_cmpuint(extract_size, <, size);
    g_assert_null(dc_scans_extract(extract, extract_size, &again_size));
    {
        g_auto(JpegEighth) all = jpeg_eighth_decode(data, size, MAX_PIXELS);
        g_auto(JpegEighth) part = jpeg_eighth_decode(extract, extract_size, MAX_PIXELS);

        g_assert_true(jpeg_eighth_equal(&all, &part));
        g_assert_cmpint(part.warnings, <=, all.warnings);
    }
    return 0;
}
