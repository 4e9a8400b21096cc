#include "daemon/dispatch/delay_queue.h"

#include "base/clock.h"
#include "base/timer.h"

typedef struct {
    WorkObject *object;
    gint64 until_us;
} Paused;

struct DelayQueue {
    GQueue objects; /* of Paused, sorted by until_us */
    Timer *timer;
};

DelayQueue *delay_queue_new(GMainContext *context, void (*on_due)(void *data), void *data)
{
    DelayQueue *queue = g_new0(DelayQueue, 1);

    g_queue_init(&queue->objects);
    queue->timer = timer_new(context, on_due, data);
    return queue;
}

void delay_queue_free(DelayQueue *queue)
{
    if (queue == NULL)
        return;
    delay_queue_clear(queue);
    timer_free(queue->timer);
    g_free(queue);
}

static void set_timer(DelayQueue *queue)
{
    const Paused *first = g_queue_peek_head(&queue->objects);

    if (first != NULL)
        timer_set(queue->timer, first->until_us);
}

void delay_queue_add(DelayQueue *queue, WorkObject *object, gint64 until_us)
{
    Paused *paused = g_new(Paused, 1);
    GList *before = queue->objects.tail; /* nearly always the right place */

    *paused = (Paused){.object = object, .until_us = until_us};
    while (before != NULL && ((const Paused *)before->data)->until_us > until_us)
        before = before->prev;
    if (before == NULL)
        g_queue_push_head(&queue->objects, paused);
    else
        g_queue_insert_after(&queue->objects, before, paused);
    set_timer(queue);
}

WorkObject *delay_queue_take(DelayQueue *queue)
{
    const Paused *first = g_queue_peek_head(&queue->objects);
    g_autofree Paused *taken = NULL;

    if (first == NULL || first->until_us > clock_now_us()) {
        set_timer(queue);
        return NULL;
    }
    taken = g_queue_pop_head(&queue->objects);
    return taken->object;
}

guint delay_queue_count(const DelayQueue *queue)
{
    return queue->objects.length;
}

static void paused_free(void *data)
{
    Paused *paused = data;

    work_object_free(paused->object);
    g_free(paused);
}

void delay_queue_clear(DelayQueue *queue)
{
    g_queue_clear_full(&queue->objects, paused_free);
}
