/* A supervisor and the pass that it runs, if any. A service has a current one and, after a reload, a previous
 * one that finishes what it has in flight (daemon/service/handover.h). Used by the main process.
 * Single-threaded. */
#pragma once

#include <glib.h>
#include <sys/types.h>

#include "batch/report.h"
#include "concurrent/future.h"
#include "daemon/session/heartbeat.h"
#include "daemon/session/supervisor_client.h"
#include "daemon/state/claim.h"

/* {0} has no supervisor. Assigning the struct moves it. */
typedef struct {
    SupervisorClient *supervisor; /* NULL while there is none */
    Heartbeat *heartbeat;         /* exists together with supervisor, as long as it is watched */
    Future *future;               /* of the report; NULL while no pass runs */
    Claim *claim;                 /* exists together with future */
    gint64 start_us;              /* when the pass began, by clock_now_us() */
} SupervisedPass;

/* Whether a pass runs. */
gboolean supervised_pass_runs(const SupervisedPass *pass);

/* How long it has been running; 0 if none runs. */
gint64 supervised_pass_elapsed_us(const SupervisedPass *pass);

/* The supervisor's pid; 0 if there is no supervisor at the moment. */
pid_t supervised_pass_pid(const SupervisedPass *pass);

/* Starts the heartbeat, or replaces it by one with these options. */
void supervised_pass_watch(SupervisedPass *pass, const HeartbeatOptions *options, GMainContext *context);

/* Sends a request, as supervisor_client_ask() does. args are taken. NULL also without a supervisor. */
Future *supervised_pass_ask(const SupervisedPass *pass, const char *target, GVariant *args);

/* Ends the supervisor if it has this pid, else returns FALSE. */
gboolean supervised_pass_terminate(const SupervisedPass *pass, pid_t pid);

/* The pass has ended: ends its claim, and takes its report. NULL with *error set if there is none; its class
 * is ERROR_CRASH if the supervisor died. */
RunReport *supervised_pass_take_report(SupervisedPass *pass, GError **error);

/* Kills the supervisor. on_done: the callback that was added to future, which is not called. */
void supervised_pass_clear(SupervisedPass *pass, FutureFunc on_done, void *data);
