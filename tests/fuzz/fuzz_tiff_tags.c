/* A tag is read from within the file or not at all; and signature_check(), which asks for tags, takes every
 * file. */
#include "fuzz.h"
#include "imaging/signature.h"
#include "imaging/tiff_tags.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    static const TiffTag tags[] = {TIFF_NEW_SUBFILE_TYPE, TIFF_TILE_WIDTH, TIFF_TILE_LENGTH,
                                   TIFF_DNG_VERSION};
    ImageFormat format;

    for (guint i = 0; i < G_N_ELEMENTS(tags); i++) {
        guint32 value = 77;

        if (!tiff_tag_get(data, size, tags[i], &value))
            g_assert_cmpuint(value, ==, 77);
    }
    (void)signature_check(data, size, &format, NULL);
    return 0;
}
