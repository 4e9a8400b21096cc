#include "queue/queue_type.h"

#include "base/clock.h"

#define BACKOFF_MIN_US (250 * CLOCK_US_PER_MS)
#define BACKOFF_MAX_US (30 * CLOCK_US_PER_S)

void queue_init(Queue *queue, const QueueType *type, GMainContext *context, const QueueListener *listener)
{
    queue->type = type;
    queue->context = context;
    queue->listener = *listener;
    queue->held = g_hash_table_new(NULL, NULL);
    queue->references = 1;
    g_queue_init(&queue->waiting);
}

void queue_unref(Queue *queue)
{
    if (--queue->references == 0)
        g_free(queue);
}

void queue_drop_waiting(Queue *queue)
{
    QueueMessage *message;

    while ((message = g_queue_pop_head(&queue->waiting)) != NULL)
        queue->type->free_message(message);
}

/* Ends a callback that began with a reference. FALSE: queue was freed in it. */
static gboolean leave(Queue *queue)
{
    gboolean is_there = !queue->is_gone;

    queue_unref(queue);
    return is_there;
}

gboolean queue_hand_out(Queue *queue)
{
    queue->references++;
    while (!queue->is_gone && queue->closed == NULL && queue->status.held < queue->held_max &&
           !g_queue_is_empty(&queue->waiting)) {
        QueueMessage *message = g_queue_pop_head(&queue->waiting);

        g_hash_table_add(queue->held, message);
        queue->status.held++;
        queue->status.received++;
        queue->listener.message(message, queue->listener.user);
    }
    return leave(queue);
}

gboolean queue_say_state(Queue *queue, const GError *error)
{
    queue->status.is_up = error == NULL;
    if (queue->closed != NULL)
        return TRUE;
    queue->references++;
    queue->listener.state(error, queue->listener.user);
    return leave(queue);
}

void queue_closed(Queue *queue)
{
    QueueClosed closed = queue->closed;

    queue->references++;
    closed(queue->closed_user);
    queue_unref(queue);
}

gint64 queue_backoff_us(guint failures)
{
    const gint64 longest_us = MIN(BACKOFF_MAX_US, BACKOFF_MIN_US << MIN(failures, 10));

    return (gint64)(g_random_double_range(0.5, 1.0) * (double)longest_us);
}
