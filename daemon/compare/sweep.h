/* Lists source and destination side by side, and compares them as it goes (batch/lane.h). Memory does not
 * depend on the length of the listings: each has a page or two at a time. Used by the supervisor's pass.
 *
 * The source is listed in ranges, if its bucket can; each range is a lane of its own, with one listing of the
 * destination for each group of outputs. docs/adr/0060-the-comparison-goes-on-in-windows.md */
#pragma once

#include <glib.h>

#include "batch/lane.h"
#include "store/store.h"

typedef struct Sweep Sweep;

/* A page has arrived, or a listing has failed. Valid during the call. */
typedef struct {
    Store *store;
    gboolean is_source;
    guint n_objects;
    const GError *error; /* the listing failed: sweep_step() asks for the same page again. NULL: it did not */
    const GPtrArray *skips; /* of DirectorySkip: parts that the listing leaves out */
    const char *problem;    /* see store_listing_take_problem(); may be NULL */
} SweepPage;

typedef struct {
    const Config *config; /* borrowed, as are the others here */
    const KeyOrder *order;
    Store *source;
    Store *destination;
    const char *start; /* lists only source objects whose keys begin with this, and outputs whose keys go on
                        * with it after their prefix (key_order_start()). NULL to list all */
    GHashTable *suspects; /* as in LaneOptions */
    void (*on_page)(const SweepPage *page, void *data);
    /* An object of the selection has been compared, or the comparison refuses it. The function owns object,
     * and may take over the contents of diff. is_at_end: see LaneOptions. */
    void (*on_compared)(StoreObject *object, Diff *diff, gboolean is_at_end, void *data);
    void (*on_refused)(StoreObject *object, const GError *error, void *data);
    /* See LaneOptions. May be NULL. */
    void (*on_orphan)(const char *output_key, void *data);
    /* sweep_step() may have something to do. No callback is called from within another function than
     * sweep_step() or the main loop. */
    void (*on_poke)(void *data);
    void *data;
} SweepOptions;

/* Sends no request before sweep_step(). Class ERROR_INTERNAL if the kernel provides no random key. */
Sweep *sweep_new(const SweepOptions *options, GError **error);

/* Sets the recipes in force, before objects are compared. Borrowed; may be NULL. */
void sweep_set_clocks(Sweep *sweep, const RecipeClocks *clocks);

/* Not from its callbacks. NULL is allowed. */
void sweep_free(Sweep *sweep);

typedef enum {
    SWEEP_WAIT,  /* sends no request */
    SWEEP_FIRST, /* requests a first page of the destination, and nothing else: what the first request teaches
                  * about region, time and store is known before many are sent */
    SWEEP_PROBE, /* sends one request at most: a store may be away */
    SWEEP_GO,    /* requests all pages that are of use now */
} SweepLeave;

/* Does what can be done now: compares objects of at most one window if more work is wanted (wants_objects),
 * and requests pages as far as allowed. TRUE if a request was sent. */
gboolean sweep_step(Sweep *sweep, SweepLeave leave, gboolean wants_objects);

/* Whether everything has been listed and compared. */
gboolean sweep_is_done(const Sweep *sweep);

/* See store_listing_share(), of the source. */
double sweep_share(const Sweep *sweep);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Sweep, sweep_free)
