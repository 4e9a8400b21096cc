/* The functions that a kind of queue provides, and the state that all kinds share. Private to queue/. */
#pragma once

#include "queue/model.h"

typedef enum { QUEUE_END_FINISH, QUEUE_END_RETURN, QUEUE_END_FAILED, QUEUE_END_ASIDE } QueueEnd;

typedef struct {
    /* There may be room for more messages. Never calls the listener. */
    void (*has_room)(Queue *queue);
    /* Tells the broker, and frees the message. Never calls the listener. */
    void (*end)(Queue *queue, QueueMessage *message, QueueEnd end, gint64 delay_us);
    /* All messages have been given back: calls queue_closed() when that has been sent. */
    void (*close)(Queue *queue);
    void (*free_message)(QueueMessage *message);
    /* Ends all activity, and frees what queue has, but not itself. */
    void (*clear)(Queue *queue);
} QueueType;

/* Each kind's struct begins with it. */
struct Queue {
    const QueueType *type;
    GMainContext *context;
    QueueListener listener;
    GHashTable *held; /* set of QueueMessage *, with the owner */
    GQueue waiting;   /* QueueMessage *, received when there was no room */
    guint held_max;
    QueueStatus status;
    QueueClosed closed; /* not NULL: it is closing */
    void *closed_user;
    guint references;
    gboolean is_gone; /* freed by its owner, while a callback runs */
};

void queue_init(Queue *queue, const QueueType *type, GMainContext *context, const QueueListener *listener);

/* Drops a reference; the last one frees the struct. */
void queue_unref(Queue *queue);

/* Hands out what waits, as far as there is room. FALSE: queue was freed. */
gboolean queue_hand_out(Queue *queue);

/* Calls the listener. FALSE: queue was freed. */
gboolean queue_say_state(Queue *queue, const GError *error);

/* Forgets what waits: the broker has taken it back. */
void queue_drop_waiting(Queue *queue);

/* The end of queue_close(): calls its callback once. */
void queue_closed(Queue *queue);

/* The pause after so many failures in a row: 0.25 s, doubled up to 30 s, by a random factor from 0.5 to 1. */
gint64 queue_backoff_us(guint failures);
