#include "concurrent/executor.h"

Future *executor_submit(Executor *executor, const char *target, GVariant *args, FdList *fds, GError **error)
{
    return executor->ops->submit(executor, target, args, fds, error);
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
