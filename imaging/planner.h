/* The geometry of a rendering, as arithmetic: which sizes the outputs get, how far the source may be shrunk
 * while it is loaded, and which output is derived from which.
 *
 * Used by the imager; pure functions on plain values, without libvips. Sizes are pixels of the image as it is
 * looked at, that is after the EXIF orientation has been applied.
 *
 * For a source of sw x sh and a box of bw x bh:
 *   inside: f = min(1, bw/sw, bh/sh); the output is round(sw f) x round(sh f), at least 1 x 1.
 *   cover:  f = max(bw/sw, bh/sh). If f <= 1 the source is scaled by f and its centre of bw x bh is kept.
 *           Otherwise the source is too small: it is not scaled, and the output is its largest centred part
 * of the box's aspect ratio: round(bw g) x round(bh g) with g = min(1, sw/bw, sh/bh), at least 1 x 1. round()
 * takes halves up. Nothing is ever enlarged.
 */
#pragma once

#include <glib.h>

#include "base/limits.h"
#include "recipe/recipe.h"

/* The parent of an output that is made from the base. */
#define PLAN_BASE (-1)

typedef struct {
    guint32 scaled_width; /* the whole source is resized to this */
    guint32 scaled_height;
    guint32 left; /* and this part of that is kept */
    guint32 top;
    guint32 width;
    guint32 height;
    int parent;         /* index of the output that it is resized from, or PLAN_BASE */
    gboolean is_parent; /* another output is resized from this one */
} PlanOutput;

typedef struct {
    guint32 base_width; /* the source is decoded and resized to this, once: the largest scaled size */
    guint32 base_height;
    guint n_outputs;
    PlanOutput outputs[LIMIT_OUTPUTS];
    guint order[LIMIT_OUTPUTS]; /* indices of outputs, such that parents come first: largest scaled size first
                                 */
} Plan;

/* The geometry of one output, by the formulas above; parent is PLAN_BASE. Source sides are 1 or more. */
void plan_output(guint32 source_width, guint32 source_height, const Recipe *recipe, PlanOutput *ret_output);

/* The plan for all of them. An output's parent is the smallest uncropped other output of at least twice its
 * scaled size, else the base. n_recipes is at most LIMIT_OUTPUTS; with 0 the base is 1 x 1. */
void plan_make(guint32 source_width, guint32 source_height, const Recipe *recipes, guint n_recipes,
               Plan *ret_plan);

/* How far a source of this size is reduced for the plan's base, as a factor of 1.0 or more: the smaller of
 * both axes' factors, so that what is loaded with it is never smaller than the base. */
double plan_shrink(const Plan *plan, guint32 source_width, guint32 source_height);

/* The factor (1, 2, 4 or 8) that libjpeg may shrink by for it. A factor of at least 2 is left for the final
 * resize, because a block shrink is a poor filter (as in vips_thumbnail, libvips 8.14). */
guint plan_jpeg_shrink(double shrink);
