/* A lane compares a range of the source with the destination, both listed in byte order, and forgets what is
 * behind it: its memory depends on what it is given at once, not on the length of the listings.
 *
 * It works in windows. Whoever lists
 *  1. opens a window with the next source objects, up to a cut (batch/key_order.h);
 *  2. gives it the destination's keys of each group, in byte order, until all before the cut have been given
 *     (lane_wants() says of each whether it is one of them);
 *  3. closes the window: each object is told with its comparison, in the order of the listing.
 * An object that has an output behind the cut waits for the next window. What the next window may ask about
 * keys before the cut is kept: few, as only objects whose {dir}{stem} is a proper prefix of the cut can.
 *
 * Several lanes can work at once, each with its own range. Objects at the ends of a range, whose outputs may
 * be in another lane's, are told as such: the destination has to be asked about each of their wanted outputs.
 * What they claim they claim in an index that all lanes share.
 *
 * Used by the supervisor; single-threaded. Pure. */
#pragma once

#include <glib.h>

#include "batch/diff.h"
#include "batch/key_order.h"

typedef struct Lane Lane;

typedef struct {
    const Config *config; /* borrowed, as are the next three */
    const KeyOrder *order;
    const RecipeClocks *clocks; /* borrowed; may be NULL */
    Index *shared;              /* claims of objects at the ends of lanes */
    const char *after; /* only source keys greater than this are in the range; copied. NULL: from the first */
    GHashTable *suspects; /* set of char: source keys with DiffObject.is_suspect; borrowed, may be NULL */
    GDestroyNotify free_item;
    /* Describes an item that was given to lane_open(). Its key stays valid as long as the item. */
    void (*describe)(const void *item, DiffObject *ret_object);
    /* An object has been compared. The function owns item, and may take over the contents of diff. is_at_end: a
     * wanted output may exist nevertheless. */
    void (*on_compared)(void *item, Diff *diff, gboolean is_at_end, void *data);
    /* The comparison refuses the object. The function owns item. */
    void (*on_refused)(void *item, const GError *error, void *data);
    /* No source object of the range has this key of the destination as an output's. (One of another lane may,
     * or one of another group whose prefix begins like this one's.) May be NULL. */
    void (*on_orphan)(const char *output_key, void *data);
    void *data;
} LaneOptions;

/* Class ERROR_INTERNAL if the kernel provides no random key. */
Lane *lane_new(const LaneOptions *options, GError **error);

/* Objects that have not been told are freed. NULL is allowed. */
void lane_free(Lane *lane);

/* Sets LaneOptions.clocks anew, before a window is closed. */
void lane_set_clocks(Lane *lane, const RecipeClocks *clocks);

/* Sets the end of the range: source keys greater than until are in other lanes. NULL: it goes to the end. It
 * may change as long as nothing of the difference has been listed. */
void lane_set_until(Lane *lane, const char *until);

/* Opens the next window. items: source objects in ascending order, behind the former cut and before this one,
 * which is greater than the former; they are taken over, and the array is emptied. cut is NULL for the last
 * window of the range. Tells objects that the comparison refuses because of their keys. */
void lane_open(Lane *lane, GPtrArray *items, const char *cut);

gboolean lane_is_open(const Lane *lane);

/* Whether this key of the destination, of this group, is before the cut of the open window and has to be given
 * to lane_give() before the window is closed. */
gboolean lane_wants(const Lane *lane, guint group, const char *output_key);

/* The destination holds this key, changed at mtime_s (Unix seconds). */
void lane_give(Lane *lane, const char *output_key, gint64 mtime_s);

/* Closes the open window. Tells its objects, which may free the lane's owner but not the lane. */
void lane_close(Lane *lane);

/* Number of objects that were given and have not been told. */
guint lane_waiting(const Lane *lane);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Lane, lane_free)
