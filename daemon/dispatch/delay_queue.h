/* Delay queue: objects that are to begin, or to be retried, at a given time. Used by the dispatcher;
 * single-threaded. */
#pragma once

#include <glib.h>

#include "daemon/dispatch/work_object.h"

typedef struct DelayQueue DelayQueue;

/* Calls on_due(data) from the main loop when an object is due. */
DelayQueue *delay_queue_new(GMainContext *context, void (*on_due)(void *data), void *data);

/* Also frees the queued objects. NULL is allowed. */
void delay_queue_free(DelayQueue *queue);

/* Takes ownership of the object. It is due at until_us (clock_now_us()). */
void delay_queue_add(DelayQueue *queue, WorkObject *object, gint64 until_us);

/* The first object that is due, or NULL. Owned by the caller. */
WorkObject *delay_queue_take(DelayQueue *queue);

guint delay_queue_count(const DelayQueue *queue);

/* Frees the queued objects. */
void delay_queue_clear(DelayQueue *queue);
