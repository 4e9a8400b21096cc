#include "without_calls.h"

#include <seccomp.h>

gboolean without_calls(const char *const *calls, int code)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    gboolean ok = filter != NULL;

    for (guint i = 0; ok && calls[i] != NULL; i++)
        ok = seccomp_rule_add(filter, SCMP_ACT_ERRNO((guint)code), seccomp_syscall_resolve_name(calls[i]),
                              0) == 0;
    ok = ok && seccomp_load(filter) == 0;
    if (filter != NULL)
        seccomp_release(filter);
    return ok;
}
