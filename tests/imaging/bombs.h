/* Files of a few kilobytes that need as much memory or time as possible. */
#pragma once

#include <glib.h>

typedef struct {
    const char *name;
    GBytes *(*make)(void);
} Bomb;

/* Their headers announce more pixels than any reasonable limit; the name is the format's. The last entry has
 * no name. */
extern const Bomb bombs_of_pixels[];

/* They announce few pixels, and much of something else; some of them are valid files. The last entry has no
 * name. */
extern const Bomb bombs_within_limits[];

/* They announce few pixels, and have very many or endless texts, profiles, chunks, comments or directories:
 * up to 20 MB. The last entry has no name. */
extern const Bomb bombs_of_structure[];

/* The PNG file with another size in its header, and the right checksum. */
GBytes *png_with_size(GBytes *bytes, guint32 width, guint32 height);
