/* Somebody who owns the messages of a queue, in tests. */
#pragma once

#include "queue/queue.h"

typedef struct {
    GMainContext *context;
    Queue *queue;       /* or NULL */
    GPtrArray *held;    /* QueueMessage * */
    GPtrArray *bodies;  /* char *: of all that was received, in that order */
    GString *errors;    /* a line for each */
    guint ups;          /* how often the broker answered after it had not */
    gboolean drops_all; /* with each error, held is forgotten */
} Owner;

void owner_init(Owner *owner);
void owner_clear(Owner *owner);
QueueListener owner_listener(Owner *owner);

/* Runs the main loop until so many messages are held, or the time has passed. */
void owner_run(Owner *owner, guint held, gint64 limit_us);

/* Runs the main loop until there is an error. */
void owner_await_error(const Owner *owner);

/* Finishes all that are held. */
void owner_finish_all(Owner *owner);

/* Closes and frees the queue. */
void owner_close(Owner *owner);
