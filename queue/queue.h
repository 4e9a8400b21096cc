/* A queue of messages at a broker: one interface over SQS (queue/sqs_queue.h) and AMQP 0-9-1
 * (queue/amqp_queue.h). Used by the supervisor; single-threaded, on one GMainContext.
 *
 * A message is received at least once. While its owner holds it, the queue keeps other consumers from it, by
 * prolonging its visibility timeout (SQS) or by the open connection (AMQP). The owner ends it by exactly one
 * of queue_finish(), queue_give_back() and queue_set_aside(). If its process dies instead, or the queue is
 * freed, the broker hands it out again. A broker may lose patience or a connection, and hand out again a
 * message that its owner still holds: then what the owner says of the first one has no effect.
 *
 * Trouble (the broker is away, the queue is deleted, credentials are refused) never ends a queue: it tries
 * again with a growing pause, and tells its listener. */
#pragma once

#include <glib.h>

#include "queue/model.h"

/* The longest time for which a message may be given back. */
#define QUEUE_MAX_DELAY_S 3600

/* Limits how many messages are with the owner at once; 0 to receive none. */
void queue_receive(Queue *queue, guint held_max);

/* Everything that follows from it has happened: the broker forgets it. */
void queue_finish(Queue *queue, QueueMessage *message);

/* It is to be received again, by anyone, after delay_us (cut at QUEUE_MAX_DELAY_S). has_failed: it was tried,
 * and counts as an attempt where the broker counts them. */
void queue_give_back(Queue *queue, QueueMessage *message, gboolean has_failed, gint64 delay_us);

/* It will never succeed. AMQP: rejected, for the queue's dead-letter exchange (without one, it is dropped).
 * SQS: it is received again after a pause that grows with its receives, until the queue's redrive policy
 * moves it. */
void queue_set_aside(Queue *queue, QueueMessage *message);

/* Gives back all messages that are held, sends all answers, and calls done, which may free the queue: from
 * the main loop, after QUEUE_CLOSE_US at most. The listener is not called any more. */
#define QUEUE_CLOSE_US (5 * G_USEC_PER_SEC)
void queue_close(Queue *queue, QueueClosed done, void *user);

/* Answers that are not sent yet are lost, so their messages come again. queue may be NULL. */
void queue_free(Queue *queue);

QueueStatus queue_status(const Queue *queue);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Queue, queue_free)
