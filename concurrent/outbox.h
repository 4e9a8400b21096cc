/* Tasks to be sent to a child: many small ones are sent in one message. For worker.c. */
#pragma once

#include "concurrent/job.h"
#include "ipc/channel.h"

typedef struct {
    Channel *channel; /* borrowed */
    GPtrArray *tasks; /* of GVariant */
    gsize bytes;      /* of their arguments */
} Outbox;

/* channel must outlive it. */
void outbox_init(Outbox *outbox, Channel *channel);

/* outbox may be {0}. Unsent tasks are dropped. */
void outbox_clear(Outbox *outbox);

/* Adds a job's task, which is sent with the next outbox_flush() at the latest, after all tasks added before.
 * fds (takes ownership; may be NULL) are sent with it. */
void outbox_add(Outbox *outbox, const Job *job, FdList *fds);

/* Sends all remaining tasks. */
void outbox_flush(Outbox *outbox);
