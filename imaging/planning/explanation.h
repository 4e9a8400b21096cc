/* What a rendering would do, told to people: what the source is, how far it is reduced while it is loaded,
 * and the tree of its outputs.
 *
 * The imager makes it (render_explain()); it crosses to the process that prints it as a variant, and is
 * checked there. Pure, without libvips. */
#pragma once

#include <glib.h>

#include "imaging/planning/planner.h"

typedef struct {
    ImageFormat format; /* what the source's bytes are */
    guint64 size_bytes;
    guint32 orientation;  /* EXIF: 1 .. 8 */
    guint32 frames;       /* in it, 1 or more */
    PlanSize stored;      /* as it is stored, before it is turned */
    PlanSize loaded;      /* as it is loaded, upright: smaller where the decoder reduces */
    guint64 memory_bytes; /* that it takes at its peak (imaging/planning/footprint.h) */
    Plan plan;
} Explanation;

/* A box, so that processes which only hand it on need not know what is in it. */
#define EXPLANATION_VARIANT_TYPE "(v)"

/* A floating variant of EXPLANATION_VARIANT_TYPE. */
GVariant *explanation_to_variant(const Explanation *explanation);

/* Believes nothing: class ERROR_INTERNAL unless there are n_outputs of them, every enum and index is in
 * range, and parents are larger than their children. plan.order, n_made and is_parent are left empty: they
 * are for rendering. */
gboolean explanation_from_variant(GVariant *variant, guint n_outputs, Explanation *ret_explanation,
                                  GError **error);

/* The source's size as it is looked at. */
PlanSize explanation_upright(const Explanation *explanation);

/* Some lines, the last one ended too. names has a text for each output, such as its name and key; title is
 * the source's. Owned by the caller. */
char *explanation_text(const Explanation *explanation, const char *title, const char *const *names);
