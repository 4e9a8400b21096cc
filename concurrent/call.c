#include "concurrent/call.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"

void call_return(Call *call, GVariant *result, FdList *fds)
{
    call->ops->return_result(call, result, fds);
}

void call_fail(Call *call, GError *error)
{
    call->ops->fail(call, error);
}

gboolean call_is_cancelled(const Call *call)
{
    return call->ops->is_cancelled(call);
}

gint64 call_deadline_us(const Call *call)
{
    return call->ops->deadline_us != NULL ? call->ops->deadline_us(call) : CLOCK_FOREVER;
}

/* Tables are short, and comparing pointers usually suffices: callers name a target by the same literal. */
static const CallTarget *find_target(const CallTable *table, const char *name)
{
    for (guint i = 0; i < table->n_targets; i++)
        if (table->targets[i].name == name || strcmp(table->targets[i].name, name) == 0)
            return &table->targets[i];
    return NULL;
}

const char *call_table_intern(const CallTable *table, const char *name)
{
    const CallTarget *target = find_target(table, name);

    return target != NULL ? target->name : NULL;
}

const CallTarget *call_table_find(const CallTable *table, const char *name, GVariant *args, GError **error)
{
    const CallTarget *target = find_target(table, name);

    if (target == NULL) {
        error_set(error, ERROR_INTERNAL, "no target named %s", name);
        return NULL;
    }
    if (!g_variant_is_of_type(args, G_VARIANT_TYPE(target->args_type))) {
        error_set(error, ERROR_INTERNAL, "%s takes %s, not %s", name, target->args_type,
                  g_variant_get_type_string(args));
        return NULL;
    }
    return target;
}

void call_run(Call *call, const CallTable *table, const char *name, GVariant *args, FdList *fds)
{
    GError *error = NULL;
    const CallTarget *target = call_table_find(table, name, args, &error);

    if (target == NULL)
        call_fail(call, error);
    else
        target->func(call, args, fds, table->data);
}
