/* Colours that an AVIF or HEIC file names are those of a colour space, and found within the file. */
#include "fuzz.h"
#include "imaging/heif_tags.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    ColourTags tags;

    if (heif_tags_read(data, size, &tags))
        g_assert_true(colour_tags_are_sane(&tags));
    return 0;
}
