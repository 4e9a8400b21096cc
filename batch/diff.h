/* The difference between one source object and what the destination has of it: the outputs to make.
 * Used by the supervisor. Touches nothing but the index's claims. */
#pragma once

#include <glib.h>

#include "batch/index.h"
#include "config/model.h"

/* A source object as it was listed. Borrowed during the call. */
typedef struct {
    const char *key; /* relative to the source's prefix */
    gint64 mtime_s;  /* Unix seconds */
    guint64 size_bytes;
} DiffObject;

typedef struct {
    guint output;        /* its number in config->outputs */
    char *key;           /* relative to the destination's prefix */
    gboolean is_missing; /* else it is there, and not newer than the source */
} DiffOutput;

typedef struct {
    GArray *wanted;   /* of DiffOutput: missing or not newer than the source; may be empty */
    guint up_to_date; /* the other outputs */
} Diff;

/* Claims the object's output keys, and compares: an output is up to date if it exists and is newer than the
 * source. (One of the same second may be of what the source was before that second's end.) Fails for the
 * whole object: ERROR_INPUT if a key is too long, claimed by another object, or the object is empty;
 * ERROR_LIMIT if it is larger than limits.max_source_bytes; ERROR_INTERNAL when out of memory. Sizes are
 * looked at only if something is wanted. Clear *ret_diff with diff_clear(). */
gboolean diff_object(const Config *config, Index *index, const DiffObject *object, Diff *ret_diff,
                     GError **error);

/* How long a source is still so young, in microseconds and at most about a second, that what is made of it
 * now might not be newer. now_us: clock_wall_us(). A time in the future is that of a clock that is ahead. */
gint64 diff_young_us(gint64 mtime_s, gint64 now_us);

/* The i-th wanted output. */
const DiffOutput *diff_wanted(const Diff *diff, guint i);

void diff_clear(Diff *diff);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Diff, diff_clear)
