/* A recipe: the pixel part of an output, what decides its bytes.
 *
 * The configuration fills it, the supervisor sends it with a task, the imager obeys it: so it lives below all
 * three. A plain value. */
#pragma once

#include <glib.h>

#include "recipe/format.h"

typedef enum {
    FIT_INSIDE, /* as large as fits into width x height, whole image, aspect ratio kept */
    FIT_COVER,  /* fills width x height, aspect ratio kept, what sticks out is cropped around the centre */
} Fit;

#define FIT_LAST FIT_COVER

/* The largest side of an output: the most that JPEG and WebP can hold is 65535 and 16383. */
#define RECIPE_MAX_SIDE 16383u

typedef struct {
    guint32 width;  /* pixels, 1 .. RECIPE_MAX_SIDE: of the box to fit into or to cover */
    guint32 height; /* the same */
    Fit fit;
    ImageFormat format; /* one that can be encoded */
    guint32 quality;    /* 1 .. 100; ignored by formats without */
} Recipe;

#define RECIPE_VARIANT_TYPE "(uuuuu)"

/* A floating variant of RECIPE_VARIANT_TYPE. */
GVariant *recipe_to_variant(const Recipe *recipe);

/* Checks every field's range: class ERROR_INTERNAL if one is out of it, since only our own processes send
 * these. */
gboolean recipe_from_variant(GVariant *variant, Recipe *ret_recipe, GError **error);

gboolean recipe_parse_fit(const char *name, Fit *ret_fit);
const char *recipe_fit_name(Fit fit);
