/* Tasks on their way to a child: many small ones leave in one message. For worker.c. */
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

/* {0} is allowed. What has not left is dropped. */
void outbox_clear(Outbox *outbox);

/* Adds a job's task, which leaves with the next outbox_flush() at the latest, and after those that were added
 * before. fds (taken, may be NULL) travel with it. */
void outbox_add(Outbox *outbox, const Job *job, FdList *fds);

/* Sends all that is left. */
void outbox_flush(Outbox *outbox);
