/* Colours that an AVIF or HEIC file names span a colour space, and are read within the file. */
#include "fuzz.h"
#include "imaging/formats/heif_tags.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    ColourTags tags;
    char codec[5];

    if (heif_tags_read(data, size, &tags))
        g_assert_true(colour_tags_are_sane(&tags));
    if (heif_tags_codec(data, size, codec))
        g_assert_true(codec[0] != '\0' && codec[4] == '\0');
    if (heif_tags_only_tracks(data, size))
        g_assert_cmpuint(size, >=, 8);
    if (heif_tags_largest_side(data, size) > 0) /* needs meta with iprp with ipco with ispe */
        g_assert_cmpuint(size, >=, 4 * 8 + 4 + 5);
    if (heif_tags_is_grey(data, size)) /* needs meta with iprp with ipco with pixi */
        g_assert_cmpuint(size, >=, 4 * 8 + 4 + 5);
    if (heif_tags_is_premultiplied(data, size)) /* needs meta with iref with prem */
        g_assert_cmpuint(size, >=, 8 + 12 + 8);
    return 0;
}
