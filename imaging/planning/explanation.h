/* A description of what a rendering would do, for people: the source, how far it is reduced while it is
 * loaded, and the tree of its outputs.
 *
 * The imager makes it (render_explain()). It is sent as a variant to the process that prints it, which
 * validates it. Pure, without libvips. */
#pragma once

#include <glib.h>

#include "imaging/planning/planner.h"

typedef struct {
    ImageFormat format; /* format of the source's bytes */
    guint64 size_bytes;
    guint32 orientation;  /* EXIF: 1 .. 8 */
    guint32 frames;       /* number of frames in the source, 1 or more */
    PlanSize stored;      /* size as stored, before rotation */
    PlanSize loaded;      /* size as loaded, upright: smaller where the decoder reduces */
    guint64 memory_bytes; /* peak memory of the rendering (imaging/planning/footprint.h) */
    Plan plan;
} Explanation;

/* Boxed, so that processes that only pass it on need not know its contents. */
#define EXPLANATION_VARIANT_TYPE "(v)"

/* A floating variant of EXPLANATION_VARIANT_TYPE. */
GVariant *explanation_to_variant(const Explanation *explanation);

/* Validates untrusted data: class ERROR_INTERNAL unless there are n_outputs outputs, every enum and index is
 * in range, and parents are larger than their children. plan.order, n_made and is_parent, which only
 * rendering needs, are left empty. */
gboolean explanation_from_variant(GVariant *variant, guint n_outputs, Explanation *ret_explanation,
                                  GError **error);

/* The source's size after its orientation is applied. */
PlanSize explanation_upright(const Explanation *explanation);

/* Returns some lines of text, each ended by a newline. names has a text for each output, such as its name and
 * key; title is the source's. Owned by the caller. */
char *explanation_text(const Explanation *explanation, const char *title, const char *const *names);
