/* A profile's tags are found within it, and colours that it names span a colour space. */
#include "fuzz.h"
#include "imaging/icc_tags.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    ColourTags tags;

    if (!icc_tags_read_hdr(data, size, &tags))
        return 0;
    g_assert_true(icc_tags_has(data, size, "cicp"));
    g_assert_true(colour_tags_are_sane(&tags));
    g_assert_nonnull(colour_tags_hdr_name(&tags));
    return 0;
}
