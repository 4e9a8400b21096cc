#include "concurrent/executor.h"

Future *executor_submit(Executor *executor, const char *target, GVariant *args, FdList *fds, GError **error)
{
    return executor->ops->submit(executor, target, args, fds, error);
}

Future *executor_submit_chunk(Executor *executor, const char *target, GVariant *items, GError **error)
{
    g_assert(g_variant_is_of_type(items, G_VARIANT_TYPE_ARRAY));
    return executor->ops->submit_chunk(executor, target, items, error);
}

gboolean executor_has_chunks(const Executor *executor)
{
    return executor->ops->submit_chunk != NULL;
}

void executor_shutdown(Executor *executor, gboolean wait, gboolean cancel_pending)
{
    executor->ops->shutdown(executor, wait, cancel_pending);
}

void executor_free(Executor *executor)
{
    if (executor != NULL)
        executor->ops->free(executor);
}
