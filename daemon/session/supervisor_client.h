/* The main process's handle for a supervisor, which is started, sent requests, listened to, and ended. A
 * supervisor that dies is replaced at once (concurrent/process_executor.h); its open requests fail with class
 * ERROR_CRASH. Used by the main process. Single-threaded. */
#pragma once

#include <glib.h>
#include <sys/types.h>

#include "concurrent/future.h"
#include "config/model.h"
#include "daemon/protocol/meter.h"
#include "daemon/protocol/progress.h"
#include "daemon/session/environment.h"

typedef struct SupervisorClient SupervisorClient;

/* Callbacks; each may be NULL. */
typedef struct {
    void (*on_progress)(const Progress *progress, void *data);
    /* Receives the increments since the last call, and the current state. */
    void (*on_meter)(const Meter *increments, const MeterGauges *gauges, void *data);
    /* Called in a dry run for an output that would be made; keys are quoted. */
    void (*on_plan)(const char *source_key, const char *output_key, void *data);
    /* Called in a verification for an output that differs; keys are quoted. */
    void (*on_finding)(const char *source_key, const char *output_key, const char *difference,
                       const char *text, void *data);
    /* Called before a log record of the supervisor is written. */
    void (*before_log)(void *data);
    /* The supervisor died; another one is started if possible. */
    void (*on_died)(const char *obituary, void *data);
    void *data;
} SupervisorClientOptions;

/* Starts a supervisor. Class ERROR_CONFIG if it is not installed. */
SupervisorClient *supervisor_client_new(const SupervisorClientOptions *options, GMainContext *context,
                                        GError **error);

/* Replaces the callbacks. */
void supervisor_client_listen(SupervisorClient *client, const SupervisorClientOptions *options);

/* Sends a request: a target of daemon/protocol/messages.h. args (floating) are taken. The future is the
 * caller's; NULL with class ERROR_CANCELLED after supervisor_client_close(), or with ERROR_LIMIT or
 * ERROR_INTERNAL. */
Future *supervisor_client_ask(SupervisorClient *client, const char *target, GVariant *args, GError **error);

/* A request for a target whose arguments begin with configuration and environment. */
typedef struct {
    const char *target;
    const Config *config;
    const Environment *environment;
    GVariant *more; /* the arguments that follow, floating; may be NULL */
    FdList *fds;    /* taken; may be NULL */
} SupervisorOrder;

/* Sends it. */
Future *supervisor_client_order(SupervisorClient *client, const SupervisorOrder *order, GError **error);

/* The supervisor's pid; 0 while there is none. */
pid_t supervisor_client_pid(const SupervisorClient *client);

/* Whether the supervisor has started up, so that it should answer. */
gboolean supervisor_client_is_ready(const SupervisorClient *client);

/* Why no supervisor can be started any more, so that every request fails; or NULL. */
const GError *supervisor_client_broken(const SupervisorClient *client);

/* Kills a supervisor that hangs. */
void supervisor_client_kill(SupervisorClient *client);

/* Ends the supervisor if it has this pid; another one takes its place. FALSE if it has another pid. */
gboolean supervisor_client_terminate(SupervisorClient *client, pid_t pid);

/* Lets the supervisor end when it has finished its requests; if it hangs, it is terminated, then killed.
 * wait: return only when it has ended; this iterates the context. Idempotent. */
void supervisor_client_close(SupervisorClient *client, gboolean wait);

/* Kills the supervisor if it still runs. client may be NULL. */
void supervisor_client_free(SupervisorClient *client);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SupervisorClient, supervisor_client_free)
