/* Walks along a list of keys: reads them from a descriptor as they are needed, and looks each one up at the
 * source together with the objects that may have an output key in common with it, so that an object is
 * refused here if a pass over everything refuses it. What the destination has is for the receiver to find
 * out. Memory does not depend on the length of the list. Used by the supervisor's pass;
 * docs/adr/0064-scopes.md. */
#pragma once

#include <glib.h>

#include "batch/report.h"
#include "batch/scope.h"
#include "daemon/compare/sweep.h"

typedef struct KeyWalk KeyWalk;

/* Keys of the list that are remembered to notice duplicates: the last ones, between one and two times as
 * many. A key that comes again after more others is looked up again, and found up to date. */
#define KEY_WALK_REMEMBERED 65536u

typedef struct {
    const Config *config;  /* borrowed, as are the others here */
    const KeyOrder *order; /* or NULL */
    Store *source;
    const Scope *scope;
    RunReport *report; /* left_out is counted there */
    void (*on_page)(const SweepPage *page, void *data);
    /* The source has the object, and the configuration selects it. diff lists all its outputs as wanted. The
     * function owns object, and may take over the contents of diff. */
    void (*on_found)(StoreObject *object, Diff *diff, void *data);
    void (*on_refused)(StoreObject *object, const GError *error, void *data);
    /* key_walk_step() may have something to do. */
    void (*on_poke)(void *data);
    void *data;
} KeyWalkOptions;

/* fd: to read keys from, each followed by NUL; duplicated. Class ERROR_INTERNAL if the kernel provides no
 * random key or no descriptor. */
KeyWalk *key_walk_new(int fd, const KeyWalkOptions *options, GMainContext *context, GError **error);

/* NULL is allowed. Not from its callbacks. */
void key_walk_free(KeyWalk *walk);

/* Looks up as many keys as allowed, if more objects are wanted: none for SWEEP_WAIT and SWEEP_FIRST, one for
 * SWEEP_PROBE. TRUE if a request was sent. */
gboolean key_walk_step(KeyWalk *walk, SweepLeave leave, gboolean wants_objects);

/* Whether the list has ended and all its keys have been looked up. */
gboolean key_walk_is_done(const KeyWalk *walk);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(KeyWalk, key_walk_free)
