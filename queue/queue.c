#include "queue/queue.h"

#include "base/clock.h"
#include "queue/queue_type.h"

void queue_free(Queue *queue)
{
    GHashTableIter each;
    void *message;

    if (queue == NULL)
        return;
    queue->is_gone = TRUE;
    queue_drop_waiting(queue);
    g_hash_table_iter_init(&each, queue->held);
    while (g_hash_table_iter_next(&each, &message, NULL))
        queue->type->free_message(message);
    g_hash_table_destroy(queue->held);
    queue->type->clear(queue);
    queue_unref(queue);
}

void queue_receive(Queue *queue, guint held_max)
{
    queue->held_max = held_max;
    queue->type->has_room(queue);
}

static void end(Queue *queue, QueueMessage *message, QueueEnd how, gint64 delay_us)
{
    const gboolean was_held = g_hash_table_remove(queue->held, message);

    g_assert(was_held);
    queue->status.held--;
    if (how == QUEUE_END_FINISH)
        queue->status.finished++;
    else
        queue->status.returned++;
    queue->type->end(queue, message, how, delay_us);
    if (queue->closed == NULL)
        queue->type->has_room(queue);
}

void queue_finish(Queue *queue, QueueMessage *message)
{
    end(queue, message, QUEUE_END_FINISH, 0);
}

void queue_give_back(Queue *queue, QueueMessage *message, gboolean has_failed, gint64 delay_us)
{
    end(queue, message, has_failed ? QUEUE_END_FAILED : QUEUE_END_RETURN,
        CLAMP(delay_us, 0, QUEUE_MAX_DELAY_S * CLOCK_US_PER_S));
}

void queue_set_aside(Queue *queue, QueueMessage *message)
{
    end(queue, message, QUEUE_END_ASIDE, 0);
}

void queue_close(Queue *queue, QueueClosed done, void *user)
{
    g_autoptr(GList) held = g_hash_table_get_keys(queue->held);
    QueueMessage *message;

    queue->closed = done;
    queue->closed_user = user;
    for (GList *each = held; each != NULL; each = each->next)
        end(queue, each->data, QUEUE_END_RETURN, 0);
    while ((message = g_queue_pop_head(&queue->waiting)) != NULL)
        queue->type->end(queue, message, QUEUE_END_RETURN, 0);
    queue->type->close(queue);
}

QueueStatus queue_status(const Queue *queue)
{
    return queue->status;
}
