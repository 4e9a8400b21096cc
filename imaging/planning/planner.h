/* The geometry of a rendering, as arithmetic: the sizes of the outputs, how far the source may be shrunk
 * while it is loaded, and which output is derived from which.
 *
 * Used by the imager; pure functions on plain values, without libvips. Sizes are in pixels of one frame,
 * after the EXIF orientation has been applied.
 *
 * For a source of sw x sh and a box of bw x bh, the source is scaled by a factor f to round(sw f) x round(sh
 * f), at least 1 x 1; round() rounds halves up. Without `enlarge`, f is at most 1.
 *
 *   inside:  f = min(bw/sw, bh/sh); the output is the scaled source.
 *   outside: f = max(bw/sw, bh/sh); the output is the scaled source.
 *   contain: scaled as for inside, in the middle of an output of bw x bh.
 *   cover:   f = max(bw/sw, bh/sh); the output is a part of bw x bh of the scaled source. Where f had to be
 *            limited to 1 the source is smaller than the box, and the output is its largest part of the box's
 *            aspect ratio: round(bw g) x round(bh g) with g = min(1, sw/bw, sh/bh), at least 1 x 1.
 *   fill:    scaled to bw x bh, each side independently; without `enlarge` to min(bw, sw) x min(bh, sh).
 *
 * If the box has only one side, f follows from that side, and every fit is inside.
 *
 * The source is decoded once, at the reduction that the largest output needs. The bases are made from it, one
 * for each set of outputs that can share pixels (PlanKey), each as large as the largest scaled size in its
 * set but never larger than the source. An output is resized from the smallest other output of its base that
 * is neither cropped nor enlarged and at least twice as large in both directions; if there is none, from the
 * base. So crops are always taken from the whole picture, and resizing twice costs no visible quality. */
#pragma once

#include <glib.h>

#include "base/limits.h"
#include "recipe/recipe.h"

/* The parent of an output that is made directly from its base. */
#define PLAN_BASE (-1)

/* The most pixels that an image may be enlarged to before it is cropped: a square box with the longest
 * side. */
#define PLAN_MAX_ENLARGED ((guint64)RECIPE_MAX_SIDE * RECIPE_MAX_SIDE)

typedef struct {
    guint32 width;
    guint32 height;
} PlanSize;

typedef struct {
    PlanSize size;      /* each side 1 or more */
    guint32 frames;     /* number of usable frames, 1 or more; 1 for a still image */
    ImageFormat format; /* the source's format; never FORMAT_SOURCE */
    gboolean is_srgb;   /* PROFILE_KEEP and PROFILE_SRGB yield the same pixels: there is nothing to convert,
                         * or the original's profile cannot be kept */
} PlanSource;

/* The properties that outputs must share to use the same base. The background is not one: transparency is
 * averaged premultiplied, which commutes with laying the image over a colour, so that this can be done last,
 * for each output. */
typedef struct {
    gboolean linear; /* averages in linear light */
    Profile profile; /* profile that the base's colours are already in */
    guint32 frames;  /* number of frames that the base holds, one below the other */
} PlanKey;

typedef struct {
    PlanKey key;
    PlanSize size;      /* of a frame; never larger than the source */
    gboolean is_flat;   /* no output of this base shows transparency, and all have the same background
                         * colour; */
    guint32 background; /* then the base is laid over it, once */
} PlanBase;

typedef struct {
    ImageFormat format;        /* format to encode: resolved, never FORMAT_SOURCE */
    gboolean is_refused;       /* plan_output() failed, so the output cannot be made; nothing below is set */
    PlanSize scaled;           /* the size that the whole source is resized to */
    PlanSize size;             /* of the output: smaller than scaled if cropped, larger if padded */
    guint32 left, top;         /* offset of the crop in the scaled image; 0 if not cropped */
    guint32 pad_left, pad_top; /* offset of the scaled image in the output; 0 if not padded */
    gboolean is_crop_open;     /* left and top are those of the middle, and the pixels decide later */
    guint base;                /* index in Plan.bases */
    int parent;                /* index of the output that it is resized from, or PLAN_BASE */
    gboolean is_parent;        /* another output is resized from its scaled image */
} PlanOutput;

typedef struct {
    guint n_bases; /* 1 or more unless all outputs are refused */
    PlanBase bases[LIMIT_OUTPUTS];
    guint n_outputs;
    PlanOutput outputs[LIMIT_OUTPUTS]; /* in the order of the recipes */
    guint n_made;                      /* number of outputs that are not refused */
    guint order[LIMIT_OUTPUTS];        /* their indices, largest scaled size first, so that parents come
                                        * first */
} Plan;

/* Computes the geometry and format of one output, by the formulas above; base is 0 and parent PLAN_BASE.
 * Class ERROR_LIMIT if a side would be longer than the format allows, or if the image would be enlarged to
 * more than PLAN_MAX_ENLARGED. */
gboolean plan_output(const PlanSource *source, const Recipe *recipe, PlanOutput *ret_output, GError **error);

/* Plans all outputs, at most LIMIT_OUTPUTS. An output for which plan_output() fails is refused, and the
 * others are planned without it. */
void plan_make(const PlanSource *source, const Recipe *recipes, guint n_recipes, Plan *ret_plan);

gboolean plan_output_is_cropped(const PlanOutput *output);
gboolean plan_output_is_padded(const PlanOutput *output);

/* The number of frames to decode: the most that any base holds. */
guint32 plan_frames(const Plan *plan);

/* How far a source of this size is reduced for the plan's bases, as a factor of 1.0 or more: the smallest
 * factor of all bases and both axes, so that the loaded image is never smaller than a base. */
double plan_shrink(const Plan *plan, PlanSize source);

/* The factor (1, 2, 4 or 8) that libjpeg may shrink by to serve this reduction. A factor of at least 2 is
 * left to the final resize, because a block shrink is a poor filter (as in vips_thumbnail). */
guint plan_jpeg_shrink(double shrink);

/* The scale of each side (0 < scale <= 1) that libwebp may deliver; it scales by any factor. Its filter is
 * poor too, but loading exactly the base's size saves most and is good enough before one more resize. The
 * same factor of 2 is left if an output has between half of its base's size and all of it, because such an
 * output is resized again by very little (docs/adr/0008-what-is-resized-twice.md). */
double plan_webp_scale(const Plan *plan, PlanSize source);

/* The level of a pyramid (TIFF) to load: the last one that leaves the same factor of 2 to every base, or 0.
 * Level 0 is the full image, and each following level is smaller. */
guint plan_level(const Plan *plan, const PlanSize *levels, guint n_levels);
