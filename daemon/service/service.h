/* `thumbmill daemon`: keeps buckets in step until it is told to stop. It has one supervisor and begins
 * passes: by the timetable of the configuration, when somebody asks, and again after one that was cut short.
 * Used by the main process. Single-threaded.
 *
 * What it does next follows from its state alone, in one place (service_step in service.c); what happens to
 * it only changes that state. */
#pragma once

#include <glib.h>

#include "concurrent/future.h"
#include "config/model.h"
#include "daemon/protocol/exit_code.h"
#include "daemon/service/service_status.h"
#include "daemon/state/run_lock.h"

typedef struct Service Service;

typedef struct {
    const char *config_path; /* read again when it is told to reload; borrowed */
    RunLockDemand lock;
    /* Both stores have answered for the first time. May be NULL. */
    void (*on_ready)(void *data);
    void *data;
} ServiceOptions;

/* Takes the configuration. NULL with class ERROR_CONFIG if the supervisor is not installed. */
Service *service_new(const ServiceOptions *options, Config *config, GError **error);

/* Returns when it has stopped: EXIT_CODE_DONE if it was told to; EXIT_CODE_STOPPED if something had to be
 * stopped by force; EXIT_CODE_UNUSABLE if the stores or the credentials were refused at the start. */
ExitCode service_run(Service *service);

/* NULL is allowed. */
void service_free(Service *service);

/* What it can be told, by signal or otherwise. Each returns at once. */

/* A pass as soon as possible; after the one under way, if there is one. */
void service_run_now(Service *service);

/* Reads the configuration again. If it is wrong the old one stays: class ERROR_CONFIG. Else a new supervisor
 * takes over with it and begins with a pass, while the old one finishes what it has in flight. */
gboolean service_reload(Service *service, GError **error);

/* Finishes what is in flight and begins no pass until it is told to resume. */
void service_drain(Service *service);
void service_resume(Service *service);

/* Finishes what is in flight, within stop_timeout, and ends; at_once: finishes nothing. */
void service_stop(Service *service, gboolean at_once);

/* Has so many workers, from 1 to LIMIT_WORKERS, in the pass under way and the next ones, until it is
 * reloaded.
 */
void service_scale(Service *service, guint n_workers);

/* Ends its supervisor, if that has this pid: another one takes its place, and begins the pass again. FALSE:
 * it has not. */
gboolean service_terminate(Service *service, pid_t pid);

/* What its supervisor says: a target of daemon/protocol/messages.h with these arguments, which are taken. The
 * future is the caller's; NULL: there is no supervisor at the moment. */
Future *service_ask(Service *service, const char *target, GVariant *args);

/* The same of the one before it, while that finishes what it has in flight after a reload. */
Future *service_ask_old(Service *service, const char *target, GVariant *args);

/* The context that it runs in: for control sockets and signals that are to reach it. */
GMainContext *service_context(const Service *service);

void service_get_status(const Service *service, ServiceStatus *ret_status);
