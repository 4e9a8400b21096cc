/* The handover from one supervisor to the next, when the configuration has been read again. Used by a
 * service, which has one of these for all its life; single-threaded.
 *
 *   1. The next supervisor is started (handover_prepare()), and the pass under way is told to begin nothing
 *      more (handover_await()). It answers with what it still has in flight.
 *   2. The next one begins with a pass at once (handover_begin()), in which these objects are held
 *      (daemon/supervisor/held.h), while the old one finishes them.
 *   3. The old pass ends, or its supervisor dies: on_over. The next one may look at what it has held.
 *
 * Without a pass under way 2 follows at once, and nothing else. One handover waits for the end of another, or
 * of the pass under way. docs/adr/0015-held-keys-and-a-second-look.md */
#pragma once

#include <glib.h>
#include <sys/types.h>

#include "concurrent/future.h"
#include "config/model.h"
#include "daemon/service/service_status.h"
#include "daemon/session/supervisor_client.h"
#include "daemon/state/claim.h"

typedef struct Handover Handover;

typedef struct {
    /* handover_may_begin() may have changed. */
    void (*on_change)(void *data);
    /* result: how the old pass ended; NULL if its supervisor died. */
    void (*on_over)(const PassResult *result, void *data);
    void *data;
} HandoverOptions;

Handover *handover_new(const HandoverOptions *options, GMainContext *context);

/* Kills what is left of both; nobody is told. NULL is allowed. */
void handover_free(Handover *handover);

/* A supervisor is to take over with this configuration: both are taken. successor NULL: the one that waits
 * for that already. */
void handover_prepare(Handover *handover, Config *config, SupervisorClient *successor);
gboolean handover_is_prepared(const Handover *handover);

/* The pass under way has been told to stop: its answer, which is taken. */
void handover_await(Handover *handover, Future *stop);

/* That pass has ended. */
void handover_forget_pass(Handover *handover);

/* Whether a successor may begin now; has_pass: with a pass under way. */
gboolean handover_may_begin(const Handover *handover, gboolean has_pass);

/* A supervisor that is left, and its pass. */
typedef struct {
    const Config *config;          /* borrowed during the call */
    SupervisorClient *supervision; /* may be NULL */
    Future *pass;                  /* under way; NULL: none is */
    Claim *claim;                  /* of that */
    gint64 pass_start_us;
} HandoverFrom;

/* Takes all of it, sees to its end, and gives the successor with its configuration. */
void handover_begin(Handover *handover, const HandoverFrom *from, Config **ret_config,
                    SupervisorClient **ret_successor);

/* Whether an old supervisor still has something in flight; of that, else 0 or NULL: */
gboolean handover_is_under_way(const Handover *handover);
pid_t handover_pid(const Handover *handover);
const Claim *handover_claim(const Handover *handover);
GVariant *handover_held(const Handover *handover); /* of HELD_TYPE, for the next pass */

/* Asks the old supervisor, as supervisor_client_ask() does: NULL too if none is under way. */
Future *handover_ask(Handover *handover, const char *target, GVariant *args);

/* Stops the old one too; at_once: it finishes nothing. */
void handover_stop(Handover *handover, gboolean at_once);

/* Ends the old supervisor, if it has this pid; else FALSE. */
gboolean handover_terminate(Handover *handover, pid_t pid);
