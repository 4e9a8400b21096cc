/* Files of a few kilobytes that ask for as much memory or time as they can. */
#pragma once

#include <glib.h>

typedef struct {
    const char *name;
    GBytes *(*make)(void);
} Bomb;

/* Their headers announce more pixels than any limit that people set; the name is the format's. The last one
 * has no name. */
extern const Bomb bombs_of_pixels[];

/* They announce few pixels, and more of something else; some of them are legal files. The last one has no
 * name. */
extern const Bomb bombs_within_limits[];

/* They announce few pixels, and have texts, profiles, chunks, comments or directories without number or end:
 * up to 20 MB. The last one has no name. */
extern const Bomb bombs_of_structure[];

/* A PNG file whose header announces another size, with the right checksum. */
GBytes *png_with_size(GBytes *bytes, guint32 width, guint32 height);
