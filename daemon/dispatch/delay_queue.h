/* Objects that are to be begun, or tried again, at a time of their own. Used by the dispatcher;
 * single-threaded. */
#pragma once

#include <glib.h>

#include "daemon/dispatch/work_object.h"

typedef struct DelayQueue DelayQueue;

/* Calls on_due(data) from the main loop when an object can be taken. */
DelayQueue *delay_queue_new(GMainContext *context, void (*on_due)(void *data), void *data);

/* Frees those that wait too. NULL is allowed. */
void delay_queue_free(DelayQueue *pauses);

/* Takes the object over until this time (clock_now_us()). */
void delay_queue_add(DelayQueue *pauses, WorkObject *object, gint64 until_us);

/* The first whose time has come, the caller's; NULL: it has come for none. */
WorkObject *delay_queue_take(DelayQueue *pauses);

guint delay_queue_count(const DelayQueue *pauses);

/* Frees those that wait. */
void delay_queue_clear(DelayQueue *pauses);
