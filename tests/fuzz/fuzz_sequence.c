/* Only files that declare an animation are animations, and never those of a single frame. */
#include <string.h>

#include "fuzz.h"
#include "imaging/formats/sequence.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    for (ImageFormat format = 0; format < FORMAT_SOURCE; format++) {
        const Sequence sequence = sequence_find(format, data, size);

        if (!sequence.is_animation)
            continue;
        g_assert_cmpuint(sequence.n_frames, !=, 1);
        g_assert_nonnull(memmem(data, size, format == FORMAT_PNG ? "acTL" : "ftyp", 4));
    }
    return 0;
}
