#include "daemon/dispatch/worker_status.h"

#include <signal.h>

#include "base/clock.h"
#include "base/quote.h"

static double seconds_of(gint64 time_us)
{
    return (double)time_us / (double)CLOCK_US_PER_S;
}

GHashTable *worker_obituaries_new(void)
{
    return g_hash_table_new_full(NULL, NULL, NULL, g_free);
}

void worker_obituaries_add(GHashTable *obituaries, const ProcessExecutor *executor, pid_t pid,
                           const char *text)
{
    g_autoptr(GArray) list = process_executor_status(executor);

    for (guint i = 0; i < list->len; i++) {
        const ChildStatus *status = &g_array_index(list, ChildStatus, i);

        if (status->pid == pid)
            g_hash_table_insert(obituaries, GUINT_TO_POINTER(status->slot), g_strdup(text));
    }
}

guint worker_status_busy(const ProcessExecutor *executor)
{
    g_autoptr(GArray) list = process_executor_status(executor);
    guint n = 0;

    for (guint i = 0; i < list->len; i++)
        n += g_array_index(list, ChildStatus, i).state == CHILD_BUSY;
    return n;
}

/* key and obituary may be NULL. Floating. */
static GVariant *state_to_variant(const ChildStatus *status, const char *key, const char *obituary)
{
    static const char *const states[] = {[CHILD_STARTING] = "starting",
                                         [CHILD_IDLE] = "idle",
                                         [CHILD_BUSY] = "busy",
                                         [CHILD_ENDING] = "ending"};
    GVariantDict dict;

    g_variant_dict_init(&dict, NULL);
    g_variant_dict_insert(&dict, "slot", "u", status->slot);
    g_variant_dict_insert(&dict, "pid", "u", (guint32)status->pid);
    g_variant_dict_insert(&dict, "alive", "b", kill(status->pid, 0) == 0);
    g_variant_dict_insert(&dict, "state", "s", states[status->state]);
    if (key != NULL) {
        g_autofree char *quoted = quote_key(key);

        g_variant_dict_insert(&dict, "task", "s", quoted);
        g_variant_dict_insert(&dict, "seconds", "d", seconds_of(status->task_us));
    }
    g_variant_dict_insert(&dict, "tasks_held", "u", status->tasks_held);
    g_variant_dict_insert(&dict, "tasks_done", "u", status->tasks_done);
    g_variant_dict_insert(&dict, "age_s", "d", seconds_of(status->age_us));
    g_variant_dict_insert(&dict, "memory_bytes", "t", status->memory_bytes);
    g_variant_dict_insert(&dict, "restarts", "u", status->restarts);
    if (obituary != NULL)
        g_variant_dict_insert(&dict, "obituary", "s", obituary);
    return g_variant_dict_end(&dict);
}

GVariant *worker_status_to_variant(const ProcessExecutor *executor, GHashTable *obituaries,
                                   WorkerTaskKey key_of, void *data)
{
    g_autoptr(GArray) list = process_executor_status(executor);
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE("aa{sv}"));
    for (guint i = 0; i < list->len; i++) {
        const ChildStatus *status = &g_array_index(list, ChildStatus, i);
        const char *obituary = g_hash_table_lookup(obituaries, GUINT_TO_POINTER(status->slot));

        g_variant_builder_add_value(&builder, state_to_variant(status, key_of(status->task, data), obituary));
    }
    return g_variant_builder_end(&builder);
}
