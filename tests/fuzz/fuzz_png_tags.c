/* Colours that a PNG file names span a colour space, and a profile takes precedence over all but cICP. */
#include "fuzz.h"
#include "imaging/formats/png_tags.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    ColourTags tags, beside_profile;

    if (png_tags_read(data, size, FALSE, &tags))
        g_assert_true(colour_tags_are_sane(&tags));
    if (png_tags_read(data, size, TRUE, &beside_profile))
        g_assert_true(colour_tags_equal(&tags, &beside_profile));
    return 0;
}
