/* The geometry of a rendering, as arithmetic: which sizes the outputs get, how far the source may be shrunk
 * while it is loaded, and which output is derived from which.
 *
 * Used by the imager; pure functions on plain values, without libvips. Sizes are pixels of the image as it is
 * looked at, that is after the EXIF orientation has been applied, and of one frame.
 *
 * For a source of sw x sh and a box of bw x bh, the source is scaled by a factor f to round(sw f) x
 * round(sh f), at least 1 x 1; round() takes halves up. Without `enlarge` an f above 1 is taken for 1.
 *
 *   inside:  f = min(bw/sw, bh/sh); that is the output.
 *   outside: f = max(bw/sw, bh/sh); that is the output.
 *   contain: scaled as for inside, in the middle of an output of bw x bh.
 *   cover:   f = max(bw/sw, bh/sh); the output is a part of bw x bh of that. Where f had to be taken for 1
 * the source is smaller than the box, and the output is its largest part of the box's aspect ratio: round(bw
 * g) x round(bh g) with g = min(1, sw/bw, sh/bh), at least 1 x 1. fill:    scaled to bw x bh, each side by
 * itself; without `enlarge` to min(bw, sw) x min(bh, sh).
 *
 * With one side of the box only, f follows from it, and every fit is inside.
 *
 * The source is decoded once, at the reduction that the largest needs. From that the bases are made, one for
 * each set of outputs that can share pixels (PlanKey), each as large as the largest scaled size in it but
 * never larger than the source. An output is resized from the smallest uncropped, not enlarged other output
 * of its base that is at least twice as large in both directions; if there is none, from the base. So crops
 * are always taken from the whole picture, and what is resized twice has lost nothing that shows. */
#pragma once

#include <glib.h>

#include "base/limits.h"
#include "recipe/recipe.h"

/* The parent of an output that is made from the base. */
#define PLAN_BASE (-1)

/* What an image may be enlarged to before it is cropped, in pixels: a square box of the largest side. */
#define PLAN_MAX_ENLARGED ((guint64)RECIPE_MAX_SIDE * RECIPE_MAX_SIDE)

typedef struct {
    guint32 width;
    guint32 height;
} PlanSize;

typedef struct {
    PlanSize size;      /* each side 1 or more */
    guint32 frames;     /* those that may be used, 1 or more: a still image has 1 */
    ImageFormat format; /* what it is; not FORMAT_SOURCE */
    gboolean is_srgb;   /* PROFILE_KEEP and PROFILE_SRGB have the same pixels: nothing is to be converted, or
                         * the   original's profile cannot be kept */
} PlanSource;

/* What outputs must agree in to share a base. Not the background: transparency is averaged premultiplied,
 * which commutes with laying it over a colour, so that can be done last and to each output alone. */
typedef struct {
    gboolean linear; /* light is averaged differently */
    Profile profile; /* the base has its colours already */
    guint32 frames;  /* that it holds, above each other */
} PlanKey;

typedef struct {
    PlanKey key;
    PlanSize size;    /* of a frame; no larger than the source */
    gboolean is_flat; /* no output of it shows transparency, and all lay it over the same background: it is */
    guint32 background; /* done once, to the base */
} PlanBase;

typedef struct {
    ImageFormat format;  /* to encode: resolved, never FORMAT_SOURCE */
    gboolean is_refused; /* it cannot be made, for what plan_output() says; nothing below is set */
    PlanSize scaled;     /* the whole source is resized to this */
    PlanSize size;     /* of the output: smaller than scaled where it is cropped, larger where it is padded */
    guint32 left, top; /* where in the scaled image the part begins that is kept; 0 if it is not cropped */
    guint32 pad_left, pad_top; /* where in the output the scaled image begins; 0 if it is not padded */
    gboolean is_crop_open;     /* left and top are those of the middle, but the pixels are to decide */
    guint base;                /* index in Plan.bases */
    int parent;                /* index of the output that it is resized from, or PLAN_BASE */
    gboolean is_parent;        /* another output is resized from its scaled image */
} PlanOutput;

typedef struct {
    guint n_bases; /* 1 or more if there are outputs that are not refused */
    PlanBase bases[LIMIT_OUTPUTS];
    guint n_outputs;
    PlanOutput outputs[LIMIT_OUTPUTS]; /* in the order of the recipes */
    guint n_made;                      /* those that are not refused */
    guint order[LIMIT_OUTPUTS];        /* indices of these, such that parents come first: largest scaled size
                                        * first */
} Plan;

/* The geometry and format of one output, by the formulas above; base is 0 and parent PLAN_BASE. Class
 * ERROR_LIMIT if a side would be longer than its format can hold, or if it would be enlarged to more than
 * PLAN_MAX_ENLARGED. */
gboolean plan_output(const PlanSource *source, const Recipe *recipe, PlanOutput *ret_output, GError **error);

/* The plan for all of them, of which there are at most LIMIT_OUTPUTS. An output for which plan_output() fails
 * is refused, and the others are planned without it. */
void plan_make(const PlanSource *source, const Recipe *recipes, guint n_recipes, Plan *ret_plan);

gboolean plan_output_is_cropped(const PlanOutput *output);
gboolean plan_output_is_padded(const PlanOutput *output);

/* The frames to decode: the most that a base holds. */
guint32 plan_frames(const Plan *plan);

/* How far a source of this size is reduced for the plan's bases, as a factor of 1.0 or more: the smallest of
 * all factors of both axes, so that what is loaded with it is never smaller than a base. */
double plan_shrink(const Plan *plan, PlanSize source);

/* The factor (1, 2, 4 or 8) that libjpeg may shrink by for it. A factor of at least 2 is left for the final
 * resize, because a block shrink is a poor filter (as in vips_thumbnail). */
guint plan_jpeg_shrink(double shrink);

/* The part of each side (0 < part <= 1) that libwebp, which scales by any factor, may deliver. Its filter is
 * poor too, but exactly the base's size is what saves most, and does for one resize. The same factor of 2 is
 * left where an output is between half of its base and all of it, because that is resized again by next to
 * nothing (docs/adr/0008-what-is-resized-twice.md). */
double plan_webp_scale(const Plan *plan, PlanSize source);

/* The level of a pyramid (TIFF) to load: the last that leaves the same factor of 2 to every base, or 0. Level
 * 0 is the whole image, each following one is smaller. */
guint plan_level(const Plan *plan, const PlanSize *levels, guint n_levels);
