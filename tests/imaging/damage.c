#include "damage.h"

#include <string.h>

#include "png_chunks.h"

#define MAX_FLIPS    11
#define HEADER_BYTES 200

GBytes *damage_truncate(GBytes *bytes, guint32 seed)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(seed);

    return g_bytes_new_from_bytes(bytes, 0,
                                  (gsize)g_rand_int_range(random, 1, (gint32)g_bytes_get_size(bytes)));
}

GBytes *damage_flip(GBytes *bytes, guint32 seed)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(seed);
    gsize size;
    const guint8 *data = g_bytes_get_data(bytes, &size);
    guint8 *copy = g_memdup2(data, size);
    const int n_flips = g_rand_int_range(random, 1, MAX_FLIPS + 1);
    const gsize range = seed % 2 == 0 ? MIN(size, HEADER_BYTES) : size;

    for (int i = 0; i < n_flips; i++)
        copy[g_rand_int_range(random, 0, (gint32)range)] ^= (guint8)(1 << g_rand_int_range(random, 0, 8));
    if (seed % 4 >= 2 && size >= 8 && memcmp(data, "\x89PNG", 4) == 0)
        png_chunks_repair(copy, size);
    return g_bytes_new_take(copy, size);
}
