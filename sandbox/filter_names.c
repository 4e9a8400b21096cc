#include "sandbox/filter_names.h"

int filter_add_names(scmp_filter_ctx filter, guint32 action, const char *const *names, gsize n_names)
{
    for (gsize i = 0; i < n_names; i++) {
        const int number = seccomp_syscall_resolve_name(names[i]);
        const int result =
            number == __NR_SCMP_ERROR ? 0 : seccomp_rule_add_array(filter, action, number, 0, NULL);

        if (result != 0)
            return result;
    }
    return 0;
}
