#include "daemon/dispatch/backlog.h"

#include "base/clock.h"
#include "base/log.h"

static GQueue *queue_of(Backlog *backlog, const WorkObject *object)
{
    return object->memory_bytes != 0 ? &backlog->heavy : &backlog->waiting;
}

void backlog_add(Backlog *backlog, WorkObject *object)
{
    object->waits_since_us = clock_now_us();
    g_queue_push_tail(queue_of(backlog, object), object);
}

void backlog_add_first(Backlog *backlog, WorkObject *object)
{
    g_queue_push_head(queue_of(backlog, object), object);
}

/* Takes the first heavy object. Logs how many heavy ones are in flight, and how many light ones are in flight
 * or waiting. */
static WorkObject *take_heavy(Backlog *backlog, const Admission *admission)
{
    WorkObject *object = g_queue_pop_head(&backlog->heavy);
    g_autofree char *heavy = g_strdup_printf("%u", admission->n_heavy);
    g_autofree char *light = g_strdup_printf("%u", admission->n_light + backlog->waiting.length);

    log_event(LOG_DEBUG, "memory granted", "key", object->key, "heavy", heavy, "light", light, NULL);
    return object;
}

WorkObject *backlog_take(Backlog *backlog, const Admission *admission)
{
    const WorkObject *heavy = g_queue_peek_head(&backlog->heavy);

    if (heavy != NULL && admission_allows_heavy(admission, heavy->memory_bytes, backlog->waiting.length > 0))
        return take_heavy(backlog, admission);
    if (admission_allows_light(admission, heavy != NULL ? heavy->memory_bytes : 0))
        return g_queue_pop_head(&backlog->waiting);
    return NULL;
}

guint backlog_count(const Backlog *backlog)
{
    return backlog->waiting.length + backlog->heavy.length;
}

void backlog_clear(Backlog *backlog)
{
    g_queue_clear_full(&backlog->waiting, (GDestroyNotify)work_object_free);
    g_queue_clear_full(&backlog->heavy, (GDestroyNotify)work_object_free);
}
