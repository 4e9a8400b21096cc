#include "batch/index.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "base/error.h"
#include "base/quote.h"
#include "batch/siphash.h"

#define FIRST_CAPACITY 1024u

/* The most slots that index_reset() keeps: 1 MB. */
#define KEPT_CAPACITY (64u << 10)

/* The low bits of a slot's state; the other bits are the modification time. */
#define STATE_CLAIMED   G_GINT64_CONSTANT(1)
#define STATE_PRESENT   G_GINT64_CONSTANT(2)
#define STATE_TIME_UNIT G_GINT64_CONSTANT(4)

/* The range of times that fit into the other bits; times outside of it (no real clock has any) are
 * clamped. */
#define TIME_MAX (G_MAXINT64 / STATE_TIME_UNIT)
#define TIME_MIN (-TIME_MAX)

typedef struct {
    guint64 digest; /* 0 if the slot is free */
    gint64 state;
} Slot;

G_STATIC_ASSERT(sizeof(Slot) == 16);

/* Open addressing with linear probing; slots are never freed. */
struct Index {
    SipKey sip_key;
    Slot *slots;
    guint64 capacity; /* a power of two, or 0 */
    guint64 used;
    IndexNameFunc namer; /* or NULL */
    void *namer_data;
};

Index *index_new(GError **error)
{
    Index *index = g_new0(Index, 1);

    /* Up to 256 bytes are returned completely or not at all (getrandom(2)). */
    if (getrandom(&index->sip_key, sizeof index->sip_key, 0) != sizeof index->sip_key) {
        error_set_errno(error, ERROR_INTERNAL, errno, "getrandom");
        g_free(index);
        return NULL;
    }
    return index;
}

static guint64 digest_of(const Index *index, const char *key)
{
    guint64 digest = siphash(&index->sip_key, key, strlen(key));

    return digest != 0 ? digest : 1;
}

/* The slot with this digest, or the free one where it belongs. capacity must not be 0. */
static Slot *find_slot(Slot *slots, guint64 capacity, guint64 digest)
{
    guint64 i = digest & (capacity - 1);

    while (slots[i].digest != 0 && slots[i].digest != digest)
        i = (i + 1) & (capacity - 1);
    return &slots[i];
}

static const Slot *find(const Index *index, const char *key)
{
    guint64 digest;
    const Slot *slot;

    if (index->capacity == 0)
        return NULL;
    digest = digest_of(index, key);
    slot = find_slot(index->slots, index->capacity, digest);
    return slot->digest != 0 ? slot : NULL;
}

static gboolean grow(Index *index, GError **error)
{
    guint64 capacity = index->capacity == 0 ? FIRST_CAPACITY : index->capacity * 2;
    Slot *slots = g_try_new0(Slot, capacity);

    if (slots == NULL) {
        error_set(error, ERROR_INTERNAL,
                  "out of memory for an index of %" G_GUINT64_FORMAT " keys at the destination", index->used);
        return FALSE;
    }
    for (guint64 i = 0; i < index->capacity; i++) {
        if (index->slots[i].digest != 0)
            *find_slot(slots, capacity, index->slots[i].digest) = index->slots[i];
    }
    g_free(index->slots);
    index->slots = slots;
    index->capacity = capacity;
    return TRUE;
}

/* The slot of key, which is occupied if it was free. At most three quarters are in use, so that probes stay
 * short. */
static Slot *take_slot(Index *index, const char *key, GError **error)
{
    guint64 digest = digest_of(index, key);
    Slot *slot;

    if (index->used >= index->capacity / 4 * 3 && !grow(index, error))
        return NULL;
    slot = find_slot(index->slots, index->capacity, digest);
    if (slot->digest == 0) {
        slot->digest = digest;
        index->used++;
    }
    return slot;
}

static void slot_note(Slot *slot, gint64 mtime_s)
{
    slot->state =
        CLAMP(mtime_s, TIME_MIN, TIME_MAX) * STATE_TIME_UNIT + STATE_PRESENT + (slot->state & STATE_CLAIMED);
}

gboolean index_add(Index *index, const char *key, gint64 mtime_s, GError **error)
{
    Slot *slot = take_slot(index, key, error);

    if (slot == NULL)
        return FALSE;
    slot_note(slot, mtime_s);
    return TRUE;
}

gboolean index_expect(Index *index, const char *key, GError **error)
{
    return take_slot(index, key, error) != NULL;
}

gboolean index_note(Index *index, const char *key, gint64 mtime_s)
{
    Slot *slot;

    if (index->capacity == 0)
        return FALSE;
    slot = find_slot(index->slots, index->capacity, digest_of(index, key));
    if (slot->digest == 0)
        return FALSE;
    slot_note(slot, mtime_s);
    return TRUE;
}

void index_reset(Index *index)
{
    if (index->capacity > KEPT_CAPACITY) {
        g_clear_pointer(&index->slots, g_free);
        index->capacity = 0;
    } else if (index->used > 0) {
        memset(index->slots, 0, index->capacity * sizeof(Slot));
    }
    index->used = 0;
}

gboolean index_lookup(const Index *index, const char *key, gint64 *ret_mtime_s)
{
    const Slot *slot = find(index, key);

    if (slot == NULL || (slot->state & STATE_PRESENT) == 0)
        return FALSE;
    /* The low bits are a remainder that is never negative: remove them first, as the division rounds towards
     * 0. */
    if (ret_mtime_s != NULL)
        *ret_mtime_s = (slot->state - (slot->state & (STATE_TIME_UNIT - 1))) / STATE_TIME_UNIT;
    return TRUE;
}

gboolean index_is_claimed(const Index *index, const char *key)
{
    const Slot *slot = find(index, key);

    return slot != NULL && (slot->state & STATE_CLAIMED) != 0;
}

void index_set_namer(Index *index, IndexNameFunc func, void *data)
{
    index->namer = func;
    index->namer_data = data;
}

static void set_claimed(const Index *index, const char *key, GError **error)
{
    static const char hint[] = "(use {name} instead of {stem} in the key template)";
    g_autofree char *quoted = quote_key(key);
    g_autofree char *other = index->namer != NULL ? index->namer(key, index->namer_data) : NULL;
    g_autofree char *quoted_other = other != NULL ? quote_key(other) : NULL;

    if (other != NULL)
        error_set(error, ERROR_INPUT, "the source object '%s' " INDEX_CLAIMED_TEXT " '%s' %s", quoted_other,
                  quoted, hint);
    else
        error_set(error, ERROR_INPUT, "another source object " INDEX_CLAIMED_TEXT " '%s' %s", quoted, hint);
}

gboolean index_claim(Index *index, const char *key, GError **error)
{
    Slot *slot = take_slot(index, key, error);

    if (slot == NULL)
        return FALSE;
    if ((slot->state & STATE_CLAIMED) == 0) {
        slot->state |= STATE_CLAIMED;
        return TRUE;
    }
    set_claimed(index, key, error);
    return FALSE;
}

void index_free(Index *index)
{
    if (index == NULL)
        return;
    g_free(index->slots);
    g_free(index);
}
