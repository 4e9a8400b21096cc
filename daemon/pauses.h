/* Objects that are to be begun, or tried again, at a time of their own. Used by the dispatcher;
 * single-threaded. */
#pragma once

#include <glib.h>

#include "daemon/work_object.h"

typedef struct Pauses Pauses;

/* Calls on_due(data) from the main loop when an object can be taken. */
Pauses *pauses_new(GMainContext *context, void (*on_due)(void *data), void *data);

/* Frees those that wait too. NULL is allowed. */
void pauses_free(Pauses *pauses);

/* Takes the object over until this time (clock_now_us()). */
void pauses_add(Pauses *pauses, WorkObject *object, gint64 until_us);

/* The first whose time has come, the caller's; NULL: it has come for none. */
WorkObject *pauses_take(Pauses *pauses);

guint pauses_count(const Pauses *pauses);

/* Frees those that wait. */
void pauses_clear(Pauses *pauses);
