/* `thumbmill daemon`: keeps buckets in sync until it is told to stop. It has one supervisor and begins
 * passes: by the timetable of the configuration, on request, and again after a pass that was interrupted.
 * Used by the main process. Single-threaded.
 *
 * The next action depends only on the service's state, and is decided in one place (service_step in
 * service.c); events only change that state. */
#pragma once

#include <glib.h>

#include "concurrent/future.h"
#include "config/model.h"
#include "daemon/metrics/metrics.h"
#include "daemon/protocol/exit_code.h"
#include "daemon/service/service_status.h"
#include "daemon/state/run_lock.h"

typedef struct Service Service;

typedef struct {
    const char *config_path; /* loaded again by a reload; borrowed */
    RunLockDemand lock;
    /* Called when both stores have answered for the first time. May be NULL. */
    void (*on_ready)(void *data);
    void *data;
} ServiceOptions;

/* Takes the configuration. NULL with class ERROR_CONFIG if the supervisor is not installed. */
Service *service_new(const ServiceOptions *options, Config *config, GError **error);

/* Returns when the service has stopped: EXIT_CODE_DONE after a request; EXIT_CODE_STOPPED if something had to
 * be stopped by force; EXIT_CODE_UNUSABLE if the stores or the credentials were rejected at the start. */
ExitCode service_run(Service *service);

/* service may be NULL. */
void service_free(Service *service);

/* Requests, from signals or the control socket. Each function returns at once. */

/* Begins a pass as soon as possible: after the current one, if there is one. */
void service_run_now(Service *service);

/* Reloads the configuration. If it is invalid the old one stays in use: class ERROR_CONFIG. Otherwise a new
 * supervisor takes over with it and begins a pass, while the old one finishes what it has in flight. */
gboolean service_reload(Service *service, GError **error);

/* Finishes what is in flight, and begins no pass until service_resume(). */
void service_drain(Service *service);
void service_resume(Service *service);

/* Finishes what is in flight, within stop_timeout, and ends; at_once: finishes nothing. */
void service_stop(Service *service, gboolean at_once);

/* Sets the number of workers, from 1 to LIMIT_WORKERS, for the current pass and the next ones, until a
 * reload. */
void service_scale(Service *service, guint n_workers);

/* Ends the supervisor if it has this pid: another one takes its place, and begins the pass again. FALSE if it
 * has another pid. */
gboolean service_terminate(Service *service, pid_t pid);

/* Sends the supervisor a request: a target of daemon/protocol/messages.h with these arguments, which are
 * taken. The future is the caller's; NULL if there is no supervisor at the moment. */
Future *service_ask(Service *service, const char *target, GVariant *args);

/* Same as service_ask(), but to the previous supervisor, while that finishes what it has in flight after a
 * reload. */
Future *service_ask_old(Service *service, const char *target, GVariant *args);

/* The service's context, for control sockets and signals that should reach it. */
GMainContext *service_context(const Service *service);

void service_get_status(const Service *service, ServiceStatus *ret_status);

/* The metrics so far: of Metrics, one for each job. */
const GPtrArray *service_get_metrics(const Service *service);
