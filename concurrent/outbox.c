#include "concurrent/outbox.h"

#include "concurrent/wire.h"

/* Arguments sent in one message: less than the limit above which a message needs shared memory
 * (ipc/channel.c). */
#define BATCH_BYTES (48u << 10)

void outbox_init(Outbox *outbox, Channel *channel)
{
    outbox->channel = channel;
    outbox->tasks = g_ptr_array_new();
}

static void send_tasks(Outbox *outbox, FdList *fds)
{
    GPtrArray *tasks = outbox->tasks;
    GVariant *all = g_variant_new_array(NULL, (GVariant **)tasks->pdata, tasks->len);

    channel_send(outbox->channel, WIRE_TASKS, g_variant_new_tuple(&all, 1), fds);
    g_ptr_array_set_size(tasks, 0);
    outbox->bytes = 0;
}

void outbox_flush(Outbox *outbox)
{
    if (outbox->tasks->len > 0)
        send_tasks(outbox, NULL);
}

void outbox_clear(Outbox *outbox)
{
    if (outbox->tasks == NULL)
        return;
    for (guint i = 0; i < outbox->tasks->len; i++)
        g_variant_unref(g_variant_ref_sink(outbox->tasks->pdata[i]));
    g_ptr_array_unref(outbox->tasks);
}

static GVariant *job_pack(const Job *job)
{
    GVariant *parts[] = {g_variant_new_uint64(job->number), g_variant_new_boolean(job->is_chunk),
                         g_variant_new_string(job->target), g_variant_new_variant(job->args)};

    return g_variant_new_tuple(parts, G_N_ELEMENTS(parts));
}

void outbox_add(Outbox *outbox, const Job *job, FdList *fds)
{
    /* descriptors belong to one task: it is sent alone */
    if (fds != NULL)
        outbox_flush(outbox);
    g_ptr_array_add(outbox->tasks, job_pack(job));
    outbox->bytes += g_variant_get_size(job->args);
    if (fds != NULL)
        send_tasks(outbox, fds);
    else if (outbox->bytes >= BATCH_BYTES)
        outbox_flush(outbox);
}
