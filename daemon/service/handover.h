/* The handover from one supervisor to the next, after the configuration was reloaded. Used by a service,
 * which has one Handover for its whole lifetime; single-threaded.
 *
 *   1. The next supervisor is started (handover_prepare()), and the current pass is told to begin nothing
 *      more, and asked what it still has in flight (handover_await()).
 *   2. The next supervisor begins a pass at once (handover_begin()), in which these objects are held
 *      (daemon/compare/held.h), while the old supervisor finishes them.
 *   3. The old pass ends, or its supervisor dies: on_over is called. The next supervisor may process the
 *      objects that it held.
 *
 * If there is no current pass, step 2 follows at once, and completes the handover. A handover waits for the
 * end of the previous handover, or for the end of the current pass.
 * docs/adr/0015-held-keys-and-a-second-look.md */
#pragma once

#include <glib.h>
#include <sys/types.h>

#include "concurrent/future.h"
#include "config/model.h"
#include "daemon/service/service_status.h"
#include "daemon/service/supervised_pass.h"
#include "daemon/session/supervisor_client.h"
#include "daemon/state/claim.h"

typedef struct Handover Handover;

typedef struct {
    /* The result of handover_may_begin() may have changed. */
    void (*on_change)(void *data);
    /* result: how the old pass ended; NULL if its supervisor died. */
    void (*on_over)(const PassResult *result, void *data);
    /* Receives the counters of the old pass (SupervisorClientOptions); gauges is NULL. */
    void (*on_meter)(const Meter *increments, const MeterGauges *gauges, void *data);
    void *data;
} HandoverOptions;

Handover *handover_new(const HandoverOptions *options, GMainContext *context);

/* Kills the supervisors that it still has, without callbacks. handover may be NULL. */
void handover_free(Handover *handover);

/* Prepares a successor with this configuration; both are taken. successor NULL: keep the successor that is
 * already prepared, and change its configuration. */
void handover_prepare(Handover *handover, Config *config, SupervisorClient *successor);
gboolean handover_is_prepared(const Handover *handover);

/* The current pass has been told to stop, and asked what it has in flight: question is the future of its
 * answer, and is taken. NULL if the supervisor cannot be asked: the handover then waits for the end of the
 * pass. */
void handover_await(Handover *handover, Future *question);

/* The current pass has ended. */
void handover_forget_pass(Handover *handover);

/* Whether a successor may begin now; has_pass: while a pass is running. */
gboolean handover_may_begin(const Handover *handover, gboolean has_pass);

/* Takes all of *from, and returns the successor with its configuration. A pass in *from continues to its end;
 * then on_over is called. config: the one of *from, borrowed during the call. */
void handover_begin(Handover *handover, SupervisedPass *from, const Config *config, Config **ret_config,
                    SupervisorClient **ret_successor);

/* The previous supervisor, while it still has objects in flight. Once it has none: FALSE, 0 or NULL. */
gboolean handover_is_under_way(const Handover *handover);
pid_t handover_pid(const Handover *handover);
const Claim *handover_claim(const Handover *handover);
GVariant *handover_held(const Handover *handover); /* of HELD_TYPE, for the next pass */

/* Sends a request to the old supervisor, as supervisor_client_ask() does. NULL also if no handover is under
 * way. */
Future *handover_ask(Handover *handover, const char *target, GVariant *args);

/* Stops the old supervisor too; at_once: it finishes nothing. */
void handover_stop(Handover *handover, gboolean at_once);

/* Ends the old supervisor if it has this pid, else returns FALSE. */
gboolean handover_terminate(Handover *handover, pid_t pid);
