#include "concurrent/child_target.h"

typedef struct {
    Call base;
    ChildCall *child_call;
} TargetCall;

static void target_return(Call *base, GVariant *result, FdList *fds)
{
    child_call_return(((TargetCall *)base)->child_call, result, fds);
    g_free(base);
}

static void target_fail(Call *base, GError *error)
{
    child_call_fail(((TargetCall *)base)->child_call, error);
    g_free(base);
}

Call *child_target_call(ChildCall *child_call)
{
    static const CallOps ops = {target_return, target_fail};
    TargetCall *call = g_new(TargetCall, 1);

    *call = (TargetCall){.base.ops = &ops, .child_call = child_call};
    return &call->base;
}
