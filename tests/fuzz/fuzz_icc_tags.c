/* A profile's tags are found within the profile, the colours that it names span a colour space, and swapping
 * twice restores it. */
#include <string.h>

#include "fuzz.h"
#include "imaging/formats/icc_tags.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    ColourTags tags;
    g_autofree guint8 *copy = g_memdup2(data, size);

    if (icc_tags_swap_intents(copy, size)) {
        g_assert_true(icc_tags_has(copy, size, "A2B1") || icc_tags_has(copy, size, "D2B1"));
        /* without a perceptual table there is nothing to swap */
        if (icc_tags_swap_intents(copy, size))
            g_assert_cmpint(memcmp(copy, data, size), ==, 0);
    }
    if (!icc_tags_read_hdr(data, size, &tags))
        return 0;
    g_assert_true(icc_tags_has(data, size, "cicp"));
    g_assert_true(colour_tags_are_sane(&tags));
    g_assert_nonnull(colour_tags_hdr_name(&tags));
    return 0;
}
