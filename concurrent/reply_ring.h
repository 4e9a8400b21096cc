/* Replies of a child to its parent through shared memory: a queue of messages with one writer and one reader
 * that costs no system call while the reader is awake.
 *
 * The writer asks, after each message, whether the reader sleeps, and wakes it through their channel if so.
 * The reader is a GSource: it says that it sleeps before its loop polls, and looks once more after it has
 * said so, so no message waits unseen. What was written before the writer died is read all the same.
 *
 * The reader trusts nothing in the memory: its own position is private, and each message is copied out before
 * it is looked at. */
#pragma once

#include <glib.h>
#include <stdatomic.h>

/* Some hundred small replies: more than a child makes before its parent looks. A power of two. */
#define REPLY_RING_BYTES 65536u

/* Larger ones, and those with descriptors, go through the channel. */
#define REPLY_RING_MOST_BYTES (REPLY_RING_BYTES / 8)

/* In shared memory, zeroed at first. Positions count bytes since the beginning, and wrap at 2^32. */
typedef struct {
    _Atomic guint32 written; /* the writer's */
    _Atomic guint32 read;    /* the reader's, for the writer to know the room there is */
    _Atomic guint32 sleeps;  /* the reader's; taken back by the writer that wakes it */
    _Alignas(8) guint8 bytes[REPLY_RING_BYTES];
} ReplyRing;

/* The writer: appends a message. FALSE if it is too large or there is no room now. payload is borrowed. */
gboolean reply_ring_put(ReplyRing *ring, guint32 number, GVariant *payload);

/* The writer, after reply_ring_put(): TRUE if the reader sleeps and has to be woken; once. */
gboolean reply_ring_must_wake(ReplyRing *ring);

/* The reader's ears: a message, bytes are borrowed. FALSE: no more now. May destroy the source. */
typedef gboolean (*ReplyFunc)(guint32 number, GBytes *bytes, void *data);

/* The reader: calls func for each message, from context. broken is called instead, once, when the ring makes
 * no sense. The source is attached, and the caller's: destroy and unref it; ring must live until then. */
GSource *reply_source_new(ReplyRing *ring, GMainContext *context, ReplyFunc func, void (*broken)(void *data),
                          void *data);

/* Reads all that is there now, as if the loop had come round. May be called from func, and for a destroyed
 * source does nothing. */
void reply_source_drain(GSource *source);
