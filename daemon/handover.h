/* A supervisor that another one has taken over from: it was told to begin nothing more, and finishes what it
 * has in flight while the new one is at work already. Used by a service. Single-threaded.
 * docs/adr/0015-held-keys-and-a-second-look.md */
#pragma once

#include <glib.h>
#include <sys/types.h>

#include "concurrent/future.h"
#include "config/config.h"
#include "daemon/claim.h"
#include "daemon/supervision.h"

typedef struct Handover Handover;

typedef struct {
    const Config *config;     /* that the supervisor works with; borrowed by handover_new() */
    Supervision *supervision; /* these are taken */
    Future *pass;             /* its run, under way */
    Claim *claim;             /* of that */
    gint64 pass_start_us;
    void (*on_over)(void *data); /* the pass has ended, or the supervisor died: nothing is in flight */
    void *data;
} HandoverOptions;

/* The supervisor is watched on, and ends with its pass. */
Handover *handover_new(const HandoverOptions *options, GMainContext *context);

gboolean handover_is_over(const Handover *handover);

/* Of the pass; NULL: it is over. */
const Claim *handover_claim(const Handover *handover);

/* Stops it; at_once: finishes nothing. */
void handover_stop(Handover *handover, gboolean at_once);

/* Ends the supervisor, if it has this pid; else FALSE. */
gboolean handover_terminate(Handover *handover, pid_t pid);

/* Kills what still runs; on_over is not called. NULL is allowed. */
void handover_free(Handover *handover);
