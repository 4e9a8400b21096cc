/* The internal state of a pass, for pass.c and pass_objects.c. Used by the supervisor. */
#pragma once

#include "base/patience.h"
#include "base/timer.h"
#include "batch/index.h"
#include "daemon/access/stores.h"
#include "daemon/compare/held.h"
#include "daemon/compare/key_walk.h"
#include "daemon/compare/precondition.h"
#include "daemon/compare/sweep.h"
#include "daemon/compare/unlisted.h"
#include "daemon/dispatch/dispatcher.h"
#include "daemon/supervisor/pass_options.h"
#include "daemon/upkeep/collector.h"
#include "daemon/upkeep/in_force.h"
#include "daemon/upkeep/verifier.h"

struct Pass {
    PassOptions options;
    GMainContext *context;
    Stores *stores;
    KeyOrder *order;          /* NULL if the destination can only be compared as a whole */
    char *start;              /* of the keys to list (SweepOptions), or NULL */
    KeyWalk *walk;            /* along a list of keys, if the scope has one; NULL before and after */
    Sweep *sweep;             /* both listings, if there is an order; NULL before and after */
    gboolean is_preparing;    /* the destination has answered, and it is found out how outputs are compared */
    gboolean is_prepared;     /* that is known */
    Index *index;             /* of the whole destination, if there is no order */
    RecipeWish *wishes;       /* one for each output, once the recipes are asked for */
    InForce *in_force;        /* brings the recipes into force; NULL before it begins */
    gboolean recipes_awaited; /* in_force is at work */
    gboolean recipes_wait;    /* to be asked for again when the destination is back */
    RecipeClocks *clocks;     /* recipes in force, or NULL if they are not known */
    Ledger *ledger;           /* of the collector */
    Collector *collector;     /* NULL if orphans stay */
    gboolean is_collecting;
    Verifier *verifier;    /* NULL if nothing is verified */
    Inspector *inspector;  /* NULL if nothing is decoded */
    guint64 outputs_there; /* outputs of originals that the destination has */
    Unlisted *unlisted;    /* parts that the listings leave out */
    StoreListing *listing; /* without an order: of the destination, then of the source; NULL if none is
                               * running */
    gboolean page_awaited;
    Precondition *precondition;  /* running test, or NULL */
    gboolean precondition_waits; /* to be tested again when the destination is back */
    gboolean keep_existing;      /* configured, and the destination obeys it */
    gboolean all_listed;
    double share;        /* fraction of the source listed so far; negative if unknown */
    guint64 last_listed; /* number of objects in an earlier pass; 0 if unknown */
    FailureMemory *memory;
    StoreWatch *watch;
    gboolean source_answered; /* the store has been listed before, so it is waited for if it goes away */
    gboolean destination_answered;
    Dispatcher *dispatcher; /* NULL until an object needs work */
    Held *held;
    guint64 reserved_bytes; /* memory that the previous supervisor uses */
    guint64 seen;           /* objects in the source's listing, selected or not */
    guint left;             /* held objects that were dropped */
    RunReport *report;
    Meter told;        /* what on_meter was told so far */
    gint64 told_us;    /* when it was told */
    gboolean unusable; /* a listing failed, or no worker can be started */
    gboolean stopped;
    gboolean finished;  /* nothing more is done but closing the workers */
    Timer *step;        /* while set, pass_step() is due, outside of any callback */
    Timer *progress;    /* reports the progress */
    Patience *deadline; /* of a graceful stop */
};

/* Schedules pass_step(), which decides what to do next. */
void pass_poke(Pass *pass);

/* Begins nothing more: see pass_stop(). */
void pass_halt(Pass *pass, gboolean at_once);

/* Logs why the stores are unusable, and stops. url may be NULL. */
void pass_give_up(Pass *pass, const char *message, const char *url, const GError *error);
