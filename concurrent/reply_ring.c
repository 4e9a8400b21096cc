#include "concurrent/reply_ring.h"

#include <string.h>

/* Before each message. Positions are multiples of 8, as GVariant wants its data. */
typedef struct {
    guint32 size; /* of the payload, or SKIP */
    guint32 number;
} Record;

/* The rest up to the end of the memory is empty: a message never wraps. */
#define SKIP G_MAXUINT32

/* Messages handled per wake-up, so that one talkative child cannot starve the others. */
#define MESSAGES_PER_TURN 256

static guint32 padded(gsize size)
{
    return (guint32)(size + 7) & ~7u;
}

static guint32 offset_of(guint32 position)
{
    return position % REPLY_RING_BYTES;
}

/* The writer */

gboolean reply_ring_put(ReplyRing *ring, guint32 number, GVariant *payload)
{
    gsize size = g_variant_get_size(payload);
    guint32 position = atomic_load_explicit(&ring->written, memory_order_relaxed);
    guint32 used = position - atomic_load_explicit(&ring->read, memory_order_acquire);
    guint32 to_end = REPLY_RING_BYTES - offset_of(position);
    guint32 needed = (guint32)sizeof(Record) + padded(size);
    guint32 skipped = 0;
    Record record = {(guint32)size, number};

    if (size > REPLY_RING_MOST_BYTES)
        return FALSE;
    if (to_end < needed)
        skipped = to_end;
    if (used + skipped + needed > REPLY_RING_BYTES)
        return FALSE;
    if (skipped > 0) {
        const Record skip = {SKIP, 0};

        memcpy(ring->bytes + offset_of(position), &skip, sizeof skip);
        position += skipped;
    }
    memcpy(ring->bytes + offset_of(position), &record, sizeof record);
    g_variant_store(payload, ring->bytes + offset_of(position) + sizeof record);
    /* sequentially consistent, as is the look at `sleeps` that follows */
    atomic_store(&ring->written, position + needed);
    return TRUE;
}

gboolean reply_ring_must_wake(ReplyRing *ring)
{
    return atomic_load(&ring->sleeps) != 0 && atomic_exchange(&ring->sleeps, 0) != 0;
}

/* The reader */

typedef struct {
    GSource source;
    ReplyRing *ring;
    guint32 position; /* our own count: what the memory says of it is for the writer */
    ReplyFunc func;
    void (*broken)(void *data);
    void *data;
} ReplySource;

typedef enum { TAKEN, EMPTY, BROKEN } TakeResult;

static gboolean has_messages(const ReplySource *self)
{
    return atomic_load(&self->ring->written) != self->position;
}

static TakeResult take(ReplySource *self, guint32 *ret_number, GBytes **ret_bytes)
{
    ReplyRing *ring = self->ring;
    guint32 available = atomic_load_explicit(&ring->written, memory_order_acquire) - self->position;
    guint32 to_end = REPLY_RING_BYTES - offset_of(self->position);
    Record record;

    if (available == 0)
        return EMPTY;
    if (available > REPLY_RING_BYTES || available < sizeof record || self->position % 8 != 0)
        return BROKEN;
    memcpy(&record, ring->bytes + offset_of(self->position), sizeof record);
    if (record.size == SKIP) {
        if (available < to_end + sizeof record)
            return BROKEN;
        self->position += to_end;
        return take(self, ret_number, ret_bytes);
    }
    if (record.size > REPLY_RING_MOST_BYTES || sizeof record + padded(record.size) > MIN(available, to_end))
        return BROKEN;
    *ret_number = record.number;
    *ret_bytes = g_bytes_new(ring->bytes + offset_of(self->position) + sizeof record, record.size);
    self->position += (guint32)sizeof record + padded(record.size);
    atomic_store_explicit(&ring->read, self->position, memory_order_release);
    return TAKEN;
}

static void drain(GSource *source, guint most)
{
    ReplySource *self = (ReplySource *)source;
    TakeResult result = TAKEN;

    (void)g_source_ref(source);
    for (guint i = 0; i < most && result == TAKEN && !g_source_is_destroyed(source); i++) {
        GBytes *bytes = NULL;
        guint32 number = 0;

        result = take(self, &number, &bytes);
        if (result == TAKEN) {
            if (!self->func(number, bytes, self->data))
                result = EMPTY;
            g_bytes_unref(bytes);
        }
    }
    if (result == BROKEN) {
        g_source_destroy(source);
        self->broken(self->data);
    }
    g_source_unref(source);
}

static gboolean source_prepare(GSource *source, int *timeout_ms)
{
    ReplySource *self = (ReplySource *)source;

    *timeout_ms = -1;
    atomic_store(&self->ring->sleeps, 1);
    return has_messages(self);
}

static gboolean source_check(GSource *source)
{
    ReplySource *self = (ReplySource *)source;

    atomic_store_explicit(&self->ring->sleeps, 0, memory_order_relaxed);
    return has_messages(self);
}

static gboolean source_dispatch(GSource *source, GSourceFunc callback, void *data)
{
    (void)callback;
    (void)data;
    atomic_store_explicit(&((ReplySource *)source)->ring->sleeps, 0, memory_order_relaxed);
    drain(source, MESSAGES_PER_TURN);
    return G_SOURCE_CONTINUE;
}

GSource *reply_source_new(ReplyRing *ring, GMainContext *context, ReplyFunc func, void (*broken)(void *data),
                          void *data)
{
    static GSourceFuncs funcs = {
        .prepare = source_prepare, .check = source_check, .dispatch = source_dispatch};
    GSource *source = g_source_new(&funcs, sizeof(ReplySource));
    ReplySource *self = (ReplySource *)source;

    self->ring = ring;
    self->func = func;
    self->broken = broken;
    self->data = data;
    g_source_attach(source, context);
    return source;
}

void reply_source_drain(GSource *source)
{
    drain(source, G_MAXUINT);
}
