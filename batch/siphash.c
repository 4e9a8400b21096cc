#include "batch/siphash.h"

#include <string.h>

typedef struct {
    guint64 v0, v1, v2, v3;
} State;

static guint64 rotate(guint64 x, guint bits)
{
    return (x << bits) | (x >> (64 - bits));
}

/* SipRound, figure 2.1 of the paper. */
static void sip_round(State *s)
{
    s->v0 += s->v1;
    s->v1 = rotate(s->v1, 13) ^ s->v0;
    s->v0 = rotate(s->v0, 32);
    s->v2 += s->v3;
    s->v3 = rotate(s->v3, 16) ^ s->v2;
    s->v0 += s->v3;
    s->v3 = rotate(s->v3, 21) ^ s->v0;
    s->v2 += s->v1;
    s->v1 = rotate(s->v1, 17) ^ s->v2;
    s->v2 = rotate(s->v2, 32);
}

static void compress(State *s, guint64 word)
{
    s->v3 ^= word;
    sip_round(s);
    sip_round(s);
    s->v0 ^= word;
}

guint64 siphash(const SipKey *key, const void *data, gsize size_bytes)
{
    State s = {
        key->k0 ^ G_GUINT64_CONSTANT(0x736f6d6570736575),
        key->k1 ^ G_GUINT64_CONSTANT(0x646f72616e646f6d),
        key->k0 ^ G_GUINT64_CONSTANT(0x6c7967656e657261),
        key->k1 ^ G_GUINT64_CONSTANT(0x7465646279746573),
    };
    const guint8 *p = data;
    guint64 word;

    for (gsize left = size_bytes; left >= sizeof word; left -= sizeof word, p += sizeof word) {
        memcpy(&word, p, sizeof word);
        compress(&s, GUINT64_FROM_LE(word));
    }
    word = (guint64)size_bytes << 56;
    for (gsize i = 0; i < size_bytes % sizeof word; i++)
        word |= (guint64)p[i] << (8 * i);
    compress(&s, word);
    s.v2 ^= 0xff;
    for (guint i = 0; i < 4; i++)
        sip_round(&s);
    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}
