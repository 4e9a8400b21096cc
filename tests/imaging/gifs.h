/* GIF files for tests, byte by byte, and what a browser shows of them: a canvas that is transparent at first,
 * onto which each frame is painted, and from which it is removed as its disposal says. */
#pragma once

#include <glib.h>

#define GIFS_MAX_FRAMES 4

typedef struct {
    guint left, top, width, height;
    guint disposal;
    guint n_lacking;           /* of its pixels, at the end */
    gboolean has_transparency; /* every second pixel of the frame, in a chequered pattern, is transparent */
} GifsFrame;

typedef struct {
    guint width, height;
    guint code_bits; /* 2, or 8 with a table of 256 colours */
    guint n_frames;
    GifsFrame frames[GIFS_MAX_FRAMES];
} Gifs;

/* The file. Frame i is of colour i (gifs_colour()) and lasts for i + 1 tenths of a second. */
GBytes *gifs_make(const Gifs *gifs);

/* What is to be seen at a place of a frame, as RGBA in a number; 0 if it is transparent. */
guint32 gifs_expected(const Gifs *gifs, guint frame, guint x, guint y);
