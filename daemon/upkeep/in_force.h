/* Brings the recipes of a configuration into force at its destination (batch/recipes.h) before a pass
 * compares anything: reads the file, asks the store for its time if a recipe has changed, and writes the file
 * on the condition that no other machine has done so meanwhile. If nothing has changed, that is one GET. Used
 * by the supervisor's passes. docs/adr/0061-recipes-in-force.md */
#pragma once

#include <glib.h>

#include "batch/recipes.h"
#include "store/store.h"

typedef struct InForce InForce;

typedef struct {
    /* As they are in force now, or could be read if they could not be written. NULL if they could not be
     * read. */
    const Recipes *recipes;
    const RecipeStanding *before; /* of each output, before anything was changed; NULL as recipes */
    const char *url;              /* of the file */
} InForceResult;

/* Called once, from the main loop. error: the file cannot be read or written, and says why without naming it.
 * If it may pass (error_may_pass()), the same can be tried again. All is valid during the call. */
typedef void (*InForceFunc)(const InForceResult *result, const GError *error, void *data);

typedef struct {
    const Config *config; /* borrowed, as are the next two; its state must be kept */
    Store *destination;
    const RecipeWish *wishes; /* one for each output */
    gboolean dry_run;         /* nothing is written: a changed recipe is in force after all that exists */
    /* A changed recipe is not written before in_force_release(): a previous supervisor still makes outputs
     * with the former one. */
    gboolean waits;
    InForceFunc func;
    void *data;
} InForceOptions;

/* NULL with ERROR_INTERNAL if no descriptor is left. */
InForce *in_force_new(const InForceOptions *options, GMainContext *context, GError **error);

/* The previous supervisor has ended. */
void in_force_release(InForce *in_force);

/* Ends it; func is not called any more. Not from within func. NULL is allowed. */
void in_force_free(InForce *in_force);
