/* Compares one source object with its outputs at the destination: finds the outputs to make. Used by the
 * supervisor. Changes nothing except the index's claims. */
#pragma once

#include <glib.h>

#include "batch/freshness.h"
#include "batch/index.h"
#include "config/model.h"

/* A source object as it was listed. Borrowed during the call. */
typedef struct {
    const char *key; /* relative to the source's prefix */
    gint64 mtime_s;  /* Unix seconds */
    guint64 size_bytes;
    gboolean is_suspect; /* its outputs were another object's: none of them counts as up to date */
} DiffObject;

typedef struct {
    guint output;        /* its number in config->outputs */
    char *key;           /* relative to the destination's prefix */
    gboolean is_missing; /* otherwise the output exists, but is not newer than the source, or of another
                          * recipe */
    Freshness freshness;
} DiffOutput;

typedef struct {
    GArray *wanted;   /* of DiffOutput: those that are not up to date; may be empty */
    guint up_to_date; /* number of the other outputs */
} Diff;

/* Claims the object's output keys, and compares (batch/freshness.h). clocks may be NULL. Fails for the whole
 * object:
 * - ERROR_INPUT: a key is too long or claimed by another object, or the object is empty.
 * - ERROR_LIMIT: the object is larger than limits.max_source_bytes.
 * - ERROR_INTERNAL: out of memory.
 * The size is only checked if an output is to be made. Clear *ret_diff with diff_clear(). */
gboolean diff_object(const Config *config, Index *index, const RecipeClocks *clocks, const DiffObject *object,
                     Diff *ret_diff, GError **error);

/* The same in two steps, for an index that is filled in between. The first expands the object's output keys,
 * claims them, and lists all of them as wanted; it fails as above, but for the size. The second removes those
 * that are up to date, and checks the size. */
gboolean diff_claim(const Config *config, Index *index, const char *key, Diff *ret_diff, GError **error);
gboolean diff_decide(const Config *config, const Index *index, const RecipeClocks *clocks,
                     const DiffObject *object, Diff *diff, GError **error);

/* Sets the freshness of all outputs that diff_claim() has listed, before anything is known of the
 * destination. */
void diff_assume(Diff *diff, Freshness freshness);

/* Whether the source's size lets outputs be made, as diff_decide() checks it. */
gboolean diff_check_size(const Config *config, const DiffObject *object, GError **error);

/* Numbers of outputs that are not up to date. */
typedef struct {
    guint missing, older, other_recipe;
    guint left;     /* of other_recipe: not to be made */
    guint withheld; /* of missing and older: not to be made, as the configuration is older than the recipe in
                     * force */
} DiffCounts;

/* Removes outputs that a run does not make (freshness_demands()) from the wanted ones, when nothing more is
 * to be found out about them. clocks may be NULL. */
DiffCounts diff_settle(Diff *diff, const RecipeClocks *clocks);

/* How long, in microseconds, the source is still so young that an output made now might not be newer: at most
 * about a second. now_us is clock_wall_us(). A time in the future counts as that of a clock that is ahead. */
gint64 diff_young_us(gint64 mtime_s, gint64 now_us);

/* The i-th wanted output. i must be below diff->wanted->len. */
const DiffOutput *diff_wanted(const Diff *diff, guint i);

/* An empty list of DiffOutput, which owns their keys, with room for n. */
GArray *diff_outputs_new(guint n);

void diff_clear(Diff *diff);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Diff, diff_clear)
