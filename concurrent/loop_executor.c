#include "concurrent/loop_executor.h"

#include "base/error.h"

/* Connects a future of an executor to one of the loop. */
typedef struct {
    Loop *loop;
    Future *inner;
    Future *outer;
} Bridge;

static void bridge_free(void *data)
{
    Bridge *bridge = data;

    /* the loop was closed and dropped the call */
    if (!future_done(bridge->outer) && future_begin(bridge->outer))
        future_set_exception(bridge->outer,
                             g_error_new_literal(error_quark(), ERROR_CANCELLED, "the loop was closed"));
    loop_unref(bridge->loop);
    future_unref(bridge->inner);
    future_unref(bridge->outer);
    g_free(bridge);
}

static void bridge_deliver(void *data)
{
    Bridge *bridge = data;
    const GError *failure;

    if (future_cancelled(bridge->inner)) {
        future_cancel(bridge->outer);
        return;
    }
    if (!future_begin(bridge->outer))
        return; /* cancelled while the executor ran the task: the result is not needed */
    failure = future_exception(bridge->inner, 0, NULL);
    if (failure != NULL)
        future_set_exception(bridge->outer, g_error_copy(failure));
    else
        future_set_result(bridge->outer, future_result(bridge->inner, 0, NULL),
                          future_steal_fds(bridge->inner));
}

static void bridge_inner_done(Future *inner, void *data)
{
    (void)inner;
    (void)loop_call_soon_threadsafe(((Bridge *)data)->loop, bridge_deliver, data, bridge_free, NULL);
}

static void bridge_outer_done(Future *outer, void *inner)
{
    if (future_cancelled(outer))
        future_cancel(inner);
    future_unref(inner);
}

Future *loop_run_in_executor(Loop *loop, Executor *executor, const char *target, GVariant *args, FdList *fds,
                             GError **error)
{
    Bridge *bridge;
    Future *inner;
    Future *outer;

    if (!loop_may_call(loop, error)) {
        if (args != NULL)
            g_variant_unref(g_variant_ref_sink(args));
        fd_list_free(fds);
        return NULL;
    }
    inner = executor_submit(executor, target, args, fds, error);
    if (inner == NULL)
        return NULL;
    outer = loop_create_future(loop);
    future_add_done_callback(outer, bridge_outer_done, future_ref(inner));
    bridge = g_new0(Bridge, 1);
    bridge->loop = loop_ref(loop);
    bridge->inner = inner;
    bridge->outer = future_ref(outer);
    future_add_done_callback(inner, bridge_inner_done, bridge);
    return outer;
}
