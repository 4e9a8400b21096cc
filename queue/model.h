/* The types of queue/queue.h. */
#pragma once

#include <glib.h>

typedef struct Queue Queue;

/* Owned by the queue; valid until it is ended, or the queue is closed or freed. */
typedef struct {
    const char *body; /* NUL-terminated; NULL if it is larger than EVENT_MAX_BODY_BYTES */
    gsize body_bytes;
    guint receives; /* how often the broker has handed it out, as far as it says so: at least 1 */
} QueueMessage;

typedef struct {
    /* A message, which the owner now holds. May end it, and may free the queue. */
    void (*message)(QueueMessage *message, void *user);
    /* With an error: the queue cannot be reached, or refuses; it will be tried again. Called for every attempt
     * that fails. With NULL: it answers. May free the queue. */
    void (*state)(const GError *error, void *user);
    void *user;
} QueueListener;

typedef struct {
    guint64 received; /* messages handed to the owner */
    guint64 finished; /* those that the broker was told to forget */
    guint64 returned; /* given back or set aside */
    guint64 lost;     /* ended by the owner when the broker had already taken them back */
    guint held;       /* with the owner now */
    gboolean is_up;   /* the last attempt to reach the broker succeeded */
} QueueStatus;

/* Called once, from the main loop; may free the queue. */
typedef void (*QueueClosed)(void *user);
