/* A pass from the inside, for pass.c and pass_objects.c. Used by the supervisor. */
#pragma once

#include "base/patience.h"
#include "base/timer.h"
#include "batch/index.h"
#include "daemon/access/stores.h"
#include "daemon/dispatch/dispatcher.h"
#include "daemon/supervisor/held.h"
#include "daemon/supervisor/pass_options.h"
#include "daemon/supervisor/precondition.h"
#include "daemon/supervisor/unlisted.h"

struct Pass {
    PassOptions options;
    GMainContext *context;
    Stores *stores;
    Index *index;
    Unlisted *unlisted;    /* what the listings leave out */
    StoreListing *listing; /* of the destination, then of the source; NULL: none is under way */
    gboolean page_awaited;
    Precondition *precondition;  /* that is tried; NULL: none */
    gboolean precondition_waits; /* for the destination, to be tried again */
    gboolean keep_existing;      /* it is obeyed */
    gboolean all_listed;
    double share;        /* of the source that is listed; negative: not known */
    guint64 last_listed; /* objects, by an earlier pass; 0: not known */
    FailureMemory *memory;
    StoreWatch *watch;
    gboolean has_answered;  /* the store that is listed: it worked before, and is waited for if it is away */
    Dispatcher *dispatcher; /* NULL until an object needs work */
    Held *held;
    guint64 reserved_bytes; /* of memory, by whoever has in flight what is held */
    guint64 seen;           /* objects that the source has listed, selected or not */
    guint left;             /* objects that were held, and dropped */
    RunReport *report;
    gboolean unusable; /* a listing failed, or no worker can be started */
    gboolean stopped;
    gboolean finished;
    Timer *step;        /* set: look at what can be done next, outside of any callback */
    Timer *progress;    /* tells how far it is */
    Patience *deadline; /* of a graceful stop */
};

/* Looks soon at what can be done next. */
void pass_poke(Pass *pass);

/* Begins nothing further: see pass_stop(). */
void pass_halt(Pass *pass, gboolean at_once);

/* Says why, and stops: the stores are unusable. url may be NULL. */
void pass_give_up(Pass *pass, const char *message, const char *url, const GError *error);
