/* GIF files for tests, byte by byte, and their appearance in a browser: a canvas that is transparent at
 * first, onto which each frame is painted, and from which it is removed according to its disposal. */
#pragma once

#include <glib.h>

#define GIFS_MAX_FRAMES 4

typedef struct {
    guint left, top, width, height;
    guint disposal;
    guint n_lacking;           /* number of missing pixels at its end */
    gboolean has_transparency; /* every second pixel of the frame is transparent, as on a chessboard */
} GifsFrame;

typedef struct {
    guint width, height;
    guint code_bits; /* 2, or 8 with a table of 256 colours */
    guint n_frames;
    GifsFrame frames[GIFS_MAX_FRAMES];
} Gifs;

/* Returns the file. Frame i has colour i (gifs_colour()) and lasts for i + 1 tenths of a second. */
GBytes *gifs_make(const Gifs *gifs);

/* The visible colour at a place of a frame, as an RGBA number; 0 if it is transparent. */
guint32 gifs_expected(const Gifs *gifs, guint frame, guint x, guint y);
