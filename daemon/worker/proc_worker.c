/* thumbmill-worker: downloads objects, hands their bytes to its imager, and uploads the outputs. Many
 * transfers are in flight at once on one event loop. It holds no credentials (a task carries signed URLs, or
 * the supervisor signs the uploads after rendering) and never decodes.
 *
 *   1. start: its channel is descriptor 3
 *   2. initialise: HTTP clients, then the sandbox, then an imager of its own
 *   3. objects, any number at a time (object_work.c), until end of file
 *   4. the imager ends in order
 *
 * Single-threaded, but for libcurl's resolver threads. */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "concurrent/child.h"
#include "concurrent/expendable.h"
#include "concurrent/process_executor.h"
#include "daemon/protocol/imager_client.h"
#include "daemon/protocol/messages.h"
#include "daemon/protocol/object_task.h"
#include "daemon/protocol/roles.h"
#include "daemon/worker/object_work.h"
#include "daemon/worker/worker_rules.h"

typedef struct {
    GMainContext *context;
    Child *child;
    HttpClient *source_http;
    HttpClient *destination_http; /* the same client if both have the same CA file */
    Workshop shop;
    gboolean imager_was_ready;
    WorkerRules *rules;
    SandboxState sandbox;
} Worker;

static void on_imager(ProcessExecutor *executor, ChildEvent event, Process *process, const char *text,
                      void *data)
{
    Worker *worker = data;
    g_autofree char *reason = event == CHILD_DIED ? worker_imager_take_fault(&worker->shop.imager) : NULL;
    g_autofree char *fault = NULL;

    (void)executor;
    if (event == CHILD_READY)
        worker->imager_was_ready = TRUE;
    if (reason != NULL)
        fault = g_strdup_printf("imager (pid %d) was replaced: %s", (int)process_pid(process), reason);
    if (event == CHILD_STARTED || event == CHILD_DIED)
        child_note(worker->child, NOTE_IMAGER,
                   g_variant_new(NOTE_IMAGER_TYPE, event == CHILD_STARTED,
                                 fault != NULL  ? fault
                                 : text != NULL ? text
                                                : ""));
}

static gboolean start_http(Worker *worker, const char *source_ca, const char *destination_ca, guint attempts,
                           GError **error)
{
    Workshop *shop = &worker->shop;

    worker->source_http =
        http_client_new(worker->context, source_ca[0] != '\0' ? source_ca : NULL, &shop->counters, error);
    if (worker->source_http == NULL)
        return FALSE;
    if (strcmp(source_ca, destination_ca) == 0)
        worker->destination_http = worker->source_http;
    else
        worker->destination_http = http_client_new(
            worker->context, destination_ca[0] != '\0' ? destination_ca : NULL, &shop->counters, error);
    if (worker->destination_http == NULL)
        return FALSE;
    shop->source = reference_io_new(worker->context, worker->source_http, &shop->counters, attempts);
    shop->destination =
        reference_io_new(worker->context, worker->destination_http, &shop->counters, attempts);
    return TRUE;
}

/* A worker is useless without an imager. Waiting for it makes the start fail with the imager's error, where
 * an operator looks for it. */
static gboolean wait_for_imager(Worker *worker, GError **error)
{
    const GError *broken = NULL;

    while (!worker->imager_was_ready && broken == NULL) {
        g_main_context_iteration(worker->context, TRUE);
        broken = process_executor_broken(worker->shop.imager.executor);
    }
    if (broken != NULL && error != NULL)
        *error = g_error_copy(broken);
    return worker->imager_was_ready;
}

/* Enters the sandbox, before any byte from outside is handled. reach: WORKER_REACH_TYPE. */
static gboolean close_sandbox(Worker *worker, const char *const ca_files[2], GVariant *reach,
                              gboolean best_effort, GError **error)
{
    g_autofree char *imager = role_executable(ROLE_IMAGER, error);
    g_autoptr(GVariant) ports = NULL;
    g_autoptr(GError) reason = NULL;
    WorkerReach open = {.ca_files = {ca_files[0], ca_files[1]},
                        .imager = imager,
                        .demand = best_effort ? SANDBOX_BEST_EFFORT : SANDBOX_REQUIRED};

    if (imager == NULL)
        return FALSE;
    g_variant_get(reach, "(&sb&s@aqu)", &open.source_directory, &open.source_links,
                  &open.destination_directory, &ports, &open.modes);
    open.ports = g_variant_get_fixed_array(ports, &open.n_ports, sizeof(guint16));
    worker->rules = worker_rules_enter(&open, &worker->sandbox, &reason);
    if (worker->rules == NULL)
        error_set(error, error_class(reason),
                  "refusing to run workers in an incomplete sandbox: %s: allow its system calls in the "
                  "container or service, boot a kernel that supports it, or set sandbox: best-effort",
                  reason->message);
    return worker->rules != NULL;
}

static gboolean initialize(Child *child, GVariant *args, void *data, GError **error)
{
    Worker *worker = data;
    const char *source_ca, *destination_ca;
    guint32 attempts, checksum;
    gboolean verify_etag;
    ImagerOptions imager = {.on_child = on_imager, .data = worker};
    g_auto(HttpProxies) proxies = {0};
    g_autoptr(GVariant) reach = NULL;

    worker->child = worker->shop.child = child;
    worker->shop.loop = loop_new(worker->context, error);
    if (worker->shop.loop == NULL)
        return FALSE;
    g_variant_get(args, "(&s&subxusssub" IMAGER_INIT_TYPE "@" WORKER_REACH_TYPE ")", &source_ca,
                  &destination_ca, &attempts, &verify_etag, &imager.task_timeout_ms, &imager.max_tasks,
                  &proxies.http, &proxies.https, &proxies.exceptions, &checksum,
                  &worker->shop.digests.sign_payload, &imager.best_effort, &imager.max_output_bytes,
                  &imager.memory_bytes, &reach);
    worker->shop.digests.checksum = (Checksum)MIN(checksum, CHECKSUM_LAST);
    worker->shop.ignore_etag = !verify_etag;
    if (!start_http(worker, source_ca, destination_ca, attempts, error))
        return FALSE;
    http_client_set_proxies(worker->source_http, &proxies);
    http_client_set_proxies(worker->destination_http, &proxies);
    expendable_prepare();
    if (!close_sandbox(worker, (const char *const[]){source_ca, destination_ca}, reach, imager.best_effort,
                       error))
        return FALSE;
    worker->shop.imager.loop = worker->shop.loop;
    worker->shop.imager.executor = imager_start(&imager, worker->context, error);
    return worker->shop.imager.executor != NULL && wait_for_imager(worker, error);
}

/* If a directory was remounted or a file replaced, this worker's sandbox does not cover it; that of a new
 * worker does. */
static void leave_if_broken(const Worker *worker)
{
    const char *path = worker_rules_broken(worker->rules);

    if (path == NULL)
        return;
    g_printerr("thumbmill-worker: %s has been replaced: another worker takes over\n", path);
    exit(EXIT_FAILURE);
}

static void object_target(Call *call, GVariant *args, FdList *fds, void *data)
{
    Worker *worker = data;

    (void)fds;
    leave_if_broken(worker);
    object_work_start(&worker->shop, call, args);
}

static void explain_target(Call *call, GVariant *args, FdList *fds, void *data)
{
    Worker *worker = data;

    (void)fds;
    object_work_explain(&worker->shop, call, args);
}

static void decode_target(Call *call, GVariant *args, FdList *fds, void *data)
{
    Worker *worker = data;

    (void)fds;
    leave_if_broken(worker);
    object_work_decode(&worker->shop, call, args);
}

static void describe_target(Call *call, GVariant *args, FdList *fds, void *data)
{
    const Worker *worker = data;
    g_autofree char *landlock = sandbox_describe_landlock(&worker->sandbox);
    g_autofree char *privileges = privileges_describe();
    g_autofree char *denied = sandbox_take_denied();

    (void)args;
    (void)fds;
    call_return(call,
                g_variant_new(WORKER_DESCRIPTION_TYPE, (gint32)worker->sandbox.seccomp_errno,
                              (gint32)worker->sandbox.landlock_errno, landlock, privileges,
                              denied != NULL ? denied : ""),
                NULL);
}

/* Ends everything in order: waits for the imager, so that its CPU time is counted, and ends unfinished
 * objects before the parts that they use. */
static void finalize(void *data)
{
    Worker *worker = data;
    Workshop *shop = &worker->shop;

    worker_imager_clear(&shop->imager);
    if (shop->loop != NULL)
        (void)loop_close(shop->loop, NULL);
    loop_unref(shop->loop);
    reference_io_free(shop->source);
    reference_io_free(shop->destination);
    if (worker->destination_http != worker->source_http)
        http_client_free(worker->destination_http);
    http_client_free(worker->source_http);
    worker_rules_free(worker->rules);
}

int main(void)
{
    static const CallTarget targets[] = {{TARGET_OBJECT, OBJECT_ARGS_TYPE, object_target},
                                         {TARGET_EXPLAIN, OBJECT_ARGS_TYPE, explain_target},
                                         {TARGET_DECODE, OBJECT_ARGS_TYPE, decode_target},
                                         {TARGET_DESCRIBE, "()", describe_target}};
    Worker worker = {.context = g_main_context_new()};
    ChildOptions options = {
        .initializer = initialize, .finalizer = finalize, .table = {targets, G_N_ELEMENTS(targets), &worker}};
    int status;

    role_expect_parent(ROLE_WORKER);
    status = child_serve(&options, worker.context);
    g_main_context_unref(worker.context);
    return status;
}
