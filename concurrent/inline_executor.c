#include "concurrent/inline_executor.h"

#include <stdatomic.h>

#include "base/error.h"

struct InlineExecutor {
    Executor base;
    CallTable table;
    atomic_bool shut_down;
};

typedef struct {
    Call base;
    Future *future;
} InlineCall;

static void inline_return(Call *base, GVariant *result, FdList *fds)
{
    InlineCall *call = (InlineCall *)base;

    future_set_result(call->future, result, fds);
    future_unref(call->future);
    g_free(call);
}

static void inline_fail(Call *base, GError *error)
{
    InlineCall *call = (InlineCall *)base;

    future_set_exception(call->future, error);
    future_unref(call->future);
    g_free(call);
}

static gboolean inline_is_cancelled(const Call *base)
{
    return future_cancel_asked(((const InlineCall *)base)->future);
}

static Future *inline_submit(Executor *base, const char *target, GVariant *args, FdList *fds, GError **error)
{
    static const CallOps ops = {inline_return, inline_fail, inline_is_cancelled, NULL};
    InlineExecutor *executor = (InlineExecutor *)base;
    g_autoptr(GVariant) owned_args = g_variant_ref_sink(args);
    g_autoptr(FdList) owned_fds = fds;
    Future *future;
    InlineCall *call;

    if (atomic_load(&executor->shut_down)) {
        error_set(error, ERROR_CANCELLED, "submit after shutdown");
        return NULL;
    }
    future = future_new(NULL);
    (void)future_begin(future);
    call = g_new(InlineCall, 1);
    *call = (InlineCall){.base.ops = &ops, .future = future_ref(future)};
    call_run(&call->base, &executor->table, target, owned_args, owned_fds);
    return future;
}

static void inline_shutdown(Executor *base, gboolean wait, gboolean cancel_pending)
{
    (void)wait;
    (void)cancel_pending;
    atomic_store(&((InlineExecutor *)base)->shut_down, TRUE);
}

static void inline_free(Executor *base)
{
    g_free(base);
}

InlineExecutor *inline_executor_new(const CallTable *table)
{
    static const ExecutorOps ops = {inline_submit, NULL, inline_shutdown, inline_free};
    InlineExecutor *executor = g_new0(InlineExecutor, 1);

    executor->base.ops = &ops;
    executor->table = *table;
    return executor;
}

Executor *inline_executor_base(InlineExecutor *executor)
{
    return &executor->base;
}
