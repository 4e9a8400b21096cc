/* thumbmill-web: serves metrics, health and the status page of a daemon over HTTP. It has no files, no credentials
 * and no way out: it cannot open a file, create a socket or connect anywhere. It knows nothing of what it
 * serves: the main process gives it whole documents.
 *
 *   1. start: its channel is descriptor 3
 *   2. initialise: the sandbox
 *   3. listen: the listening socket, once; publish: documents, again and again
 *   4. end of file: end
 *
 * Single-threaded. */
#include <glib.h>
#include <unistd.h>

#include "base/error.h"
#include "concurrent/child.h"
#include "daemon/protocol/messages.h"
#include "daemon/protocol/roles.h"
#include "daemon/web/web_server.h"
#include "sandbox/sandbox.h"

/* Documents, copied once, for some publications at a time, as slow clients may still read older ones. */
#define MAX_DATA_BYTES (G_GUINT64_CONSTANT(256) << 20)

static gboolean initialize(Child *child, GVariant *args, void *data, GError **error)
{
    SandboxState state;
    SandboxLimits limits = {.max_file_bytes = 1};
    gboolean best_effort;

    (void)child;
    (void)data;
    g_variant_get(args, WEB_INIT_TYPE, &best_effort);
#ifndef THUMBMILL_SANITIZED
    limits.max_data_bytes = MAX_DATA_BYTES;
#endif
    return sandbox_limits(&limits, error) &&
           sandbox_enter_web(best_effort ? SANDBOX_BEST_EFFORT : SANDBOX_REQUIRED, &state, error);
}

static void answer(Call *call, gboolean is_done, GError *error)
{
    if (is_done)
        call_return(call, g_variant_new("()"), NULL);
    else
        call_fail(call, error);
}

static void listen_target(Call *call, GVariant *args, FdList *fds, void *data)
{
    GError *error = NULL;
    gboolean is_done;
    gint32 handle;

    g_variant_get(args, LISTEN_ARGS_TYPE, &handle);
    is_done = web_server_listen(data, fd_list_steal(fds, handle), &error);
    answer(call, is_done, error);
}

static void publish_target(Call *call, GVariant *args, FdList *fds, void *data)
{
    GError *error = NULL;
    const gboolean is_done = web_server_publish(data, args, &error);

    (void)fds;
    answer(call, is_done, error);
}

int main(void)
{
    static const CallTarget targets[] = {{TARGET_LISTEN, LISTEN_ARGS_TYPE, listen_target},
                                         {TARGET_PUBLISH, PUBLISH_ARGS_TYPE, publish_target}};
    GMainContext *context;
    ChildOptions options = {.initializer = initialize, .table = {targets, G_N_ELEMENTS(targets), NULL}};

    role_expect_parent(ROLE_WEB);
    context = g_main_context_new();
    options.table.data = web_server_new(context);
    /* _exit(): handlers of libraries at exit may need what the sandbox denies */
    _exit(child_serve(&options, context));
}
