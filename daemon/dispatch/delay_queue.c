#include "daemon/dispatch/delay_queue.h"

#include "base/clock.h"
#include "base/timer.h"

typedef struct {
    WorkObject *object;
    gint64 until_us;
} Paused;

struct DelayQueue {
    GQueue queue; /* of Paused, sorted by until_us */
    Timer *timer;
};

DelayQueue *delay_queue_new(GMainContext *context, void (*on_due)(void *data), void *data)
{
    DelayQueue *pauses = g_new0(DelayQueue, 1);

    g_queue_init(&pauses->queue);
    pauses->timer = timer_new(context, on_due, data);
    return pauses;
}

void delay_queue_free(DelayQueue *pauses)
{
    if (pauses == NULL)
        return;
    delay_queue_clear(pauses);
    timer_free(pauses->timer);
    g_free(pauses);
}

static void set_timer(DelayQueue *pauses)
{
    const Paused *first = g_queue_peek_head(&pauses->queue);

    if (first != NULL)
        timer_set(pauses->timer, first->until_us);
}

void delay_queue_add(DelayQueue *pauses, WorkObject *object, gint64 until_us)
{
    Paused *paused = g_new(Paused, 1);
    GList *before = pauses->queue.tail; /* nearly always the right place */

    *paused = (Paused){.object = object, .until_us = until_us};
    while (before != NULL && ((const Paused *)before->data)->until_us > until_us)
        before = before->prev;
    if (before == NULL)
        g_queue_push_head(&pauses->queue, paused);
    else
        g_queue_insert_after(&pauses->queue, before, paused);
    set_timer(pauses);
}

WorkObject *delay_queue_take(DelayQueue *pauses)
{
    const Paused *first = g_queue_peek_head(&pauses->queue);
    g_autofree Paused *taken = NULL;

    if (first == NULL || first->until_us > clock_now_us()) {
        set_timer(pauses);
        return NULL;
    }
    taken = g_queue_pop_head(&pauses->queue);
    return taken->object;
}

guint delay_queue_count(const DelayQueue *pauses)
{
    return pauses->queue.length;
}

static void paused_free(void *data)
{
    Paused *paused = data;

    work_object_free(paused->object);
    g_free(paused);
}

void delay_queue_clear(DelayQueue *pauses)
{
    g_queue_clear_full(&pauses->queue, paused_free);
}
