/* The main process's hold on a supervisor: it is started, asked, listened to, and ended. One that dies is
 * replaced at once (concurrent/process_executor.h); what it was asked fails with class ERROR_CRASH. Used by
 * the main process. Single-threaded. */
#pragma once

#include <glib.h>
#include <sys/types.h>

#include "concurrent/future.h"
#include "config/model.h"
#include "daemon/protocol/messages.h"
#include "daemon/session/environment.h"

typedef struct SupervisorClient SupervisorClient;

/* Each may be NULL. */
typedef struct {
    void (*on_progress)(const Progress *progress, void *data);
    /* Of a dry run: an output that would be made; keys are quoted. */
    void (*on_plan)(const char *source_key, const char *output_key, void *data);
    /* A record of the supervisor's is about to be logged. */
    void (*before_log)(void *data);
    /* It died, and another one is started if any can be. */
    void (*on_died)(const char *obituary, void *data);
    void *data;
} SupervisorClientOptions;

/* Starts one. Class ERROR_CONFIG if it is not installed. */
SupervisorClient *supervisor_client_new(const SupervisorClientOptions *options, GMainContext *context,
                                        GError **error);

/* From now on somebody else is told. */
void supervisor_client_listen(SupervisorClient *supervision, const SupervisorClientOptions *options);

/* Has it do something: a target of daemon/protocol/messages.h. args (floating) are taken. The future is the
 * caller's; NULL with class ERROR_CANCELLED after supervisor_client_close(), or with ERROR_LIMIT or
 * ERROR_INTERNAL. */
Future *supervisor_client_ask(SupervisorClient *supervision, const char *target, GVariant *args,
                              GError **error);

/* The same for a target that begins with configuration and environment. more (floating) is what follows them;
 * NULL: nothing does. */
Future *supervisor_client_order(SupervisorClient *supervision, const char *target, const Config *config,
                                const Environment *environment, GVariant *more, GError **error);

/* Its process: 0 while there is none. */
pid_t supervisor_client_pid(const SupervisorClient *supervision);

/* Whether it has started up, and is to be expected to answer. */
gboolean supervisor_client_is_ready(const SupervisorClient *supervision);

/* Why none can be started any more, or NULL: everything that is asked fails. */
const GError *supervisor_client_broken(const SupervisorClient *supervision);

/* Kills a supervisor that hangs. */
void supervisor_client_kill(SupervisorClient *supervision);

/* Ends the supervisor that has this pid; another one takes its place. FALSE: none has. */
gboolean supervisor_client_terminate(SupervisorClient *supervision, pid_t pid);

/* Lets it end when it has done what it was asked; what hangs is terminated, then killed. wait: returns when
 * it has ended; this iterates the context. Idempotent. */
void supervisor_client_close(SupervisorClient *supervision, gboolean wait);

/* Kills what still runs. NULL is allowed. */
void supervisor_client_free(SupervisorClient *supervision);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SupervisorClient, supervisor_client_free)
