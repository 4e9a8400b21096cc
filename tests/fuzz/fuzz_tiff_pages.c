/* A file is read within its bytes or not at all, its picture can be judged, and signature_check(), which
 * reads the directories too, accepts any bytes. Levels get smaller. */
#include "fuzz.h"
#include "imaging/formats/signature.h"
#include "imaging/formats/tiff_layout.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    TiffFile file;
    TiffLayout layout;
    ImageFormat format;

    (void)signature_check(data, size, &format, NULL);
    if (!tiff_file_read(data, size, &file))
        return 0;
    g_assert_cmpuint(file.n_levels, >=, 1);
    g_assert_cmpuint(file.n_levels, <=, TIFF_MAX_LEVELS);
    for (guint i = 1; i < file.n_levels; i++) {
        g_assert_cmpuint(file.levels[i].size.width, >=, 1);
        g_assert_cmpuint(file.levels[i].size.width, <=, file.levels[i - 1].size.width);
        g_assert_cmpuint(file.levels[i].size.height, <=, file.levels[i - 1].size.height);
    }
    g_assert_cmpuint(file.page.n_extras, <=, TIFF_MAX_EXTRAS);
    g_assert_true(!file.page.is_planar || file.page.planar_at + 2 <= size);
    if (tiff_layout_of(&file.page, &layout, NULL)) {
        g_assert_cmpuint(layout.n_colours, >=, 1);
        g_assert_cmpuint(layout.n_colours, <=, file.page.samples);
        g_assert_cmpint(layout.alpha, <, (int)(file.page.samples - layout.n_colours));
    }
    return 0;
}
