/* Opening an image in memory with the one decoder that its first bytes ask for.
 *
 * Used by the imager, from probe.c and render.c. Nothing is decoded before pixels are asked for; the bytes
 * stay the caller's and must outlive the image.
 */
#pragma once

#include <glib.h>
#include <vips/vips.h>

#include "imaging/planner.h"
#include "recipe/format.h"

/* A pyramid that starts at 65535 pixels ends at one. */
#define LOAD_MAX_LEVELS 16

typedef struct {
    guint jpeg_shrink;         /* 1, 2, 4 or 8: the decoder delivers that many times less on each axis;
                                * with 8 a progressive file is decoded without what those pixels do not need
                                * (dc_scans.h) */
    double webp_scale;         /* 0 < scale <= 1: the decoder delivers that part of each axis */
    int tiff_page;             /* 0, or a level of a pyramid in pages */
    int tiff_subifd;           /* -1, or a level of a pyramid in sub-images */
    guint frames;              /* of GIF and WebP, one below the other; no more than there are */
    gboolean accept_truncated; /* what cannot be decoded is left grey, black or transparent */
} LoadOptions;

/* The first frame, in full size, or an error. */
#define LOAD_OPTIONS_PLAIN                                                                                   \
    (LoadOptions)                                                                                            \
    {                                                                                                        \
        .jpeg_shrink = 1, .webp_scale = 1.0, .tiff_subifd = -1, .frames = 1                                  \
    }

/* The image, for one pass from top to bottom, owned by the caller; damaged and truncated data makes that pass
 * fail, where it is needed. Class ERROR_INPUT. */
VipsImage *load_image(ImageFormat format, const void *bytes, gsize size, const LoadOptions *options,
                      GError **error);

/* Sets *error to why libvips could not decode a file of this format, from its error buffer, which it empties.
 * Class ERROR_INPUT, or ERROR_LIMIT. */
void load_take_error(ImageFormat format, GError **error);

/* A pyramid of reduced images in a TIFF file. */
typedef struct {
    gboolean in_subifds;                  /* in sub-images of the first page, else in the pages after it */
    guint n_levels;                       /* 1 or more */
    PlanSize levels[LOAD_MAX_LEVELS + 1]; /* as stored; the first is the first page */
} LoadPyramid;

/* Levels are halves of each other, rounded either way, as those of libtiff's and libvips' own pyramids are;
 * what is none is where the pyramid ends. Reads headers only. */
void load_find_pyramid(const void *bytes, gsize size, LoadPyramid *ret_pyramid);

/* Sets the options to one of its levels. */
void load_use_level(const LoadPyramid *pyramid, guint level, LoadOptions *options);
