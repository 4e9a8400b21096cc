#include <criterion/criterion.h>
#include <string.h>

#include "concurrent/reply_ring.h"

static ReplyRing *ring;
static GMainContext *context;
static GSource *source;
static guint32 heard, next_number, broken;
static gsize heard_bytes;

static gboolean hear(guint32 number, GBytes *bytes, void *data)
{
    (void)data;
    cr_assert_eq(number, next_number, "in order");
    next_number++;
    heard++;
    heard_bytes += g_bytes_get_size(bytes);
    return TRUE;
}

static void on_broken(void *data)
{
    (void)data;
    broken++;
}

static void setup(void)
{
    ring = g_new0(ReplyRing, 1);
    context = g_main_context_new();
    source = reply_source_new(ring, context, hear, on_broken, NULL);
}

static void teardown(void)
{
    g_source_destroy(source);
    g_source_unref(source);
    g_main_context_unref(context);
    g_free(ring);
}

TestSuite(reply_ring, .init = setup, .fini = teardown);

static gboolean put(guint32 number, gsize size)
{
    static guint8 zeros[REPLY_RING_MOST_BYTES + 1];
    g_autoptr(GVariant) value =
        g_variant_ref_sink(g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, zeros, size, 1));

    return reply_ring_put(ring, number, value);
}

/* Many times round the ring, with sizes that leave every rest at its end. */
Test(reply_ring, what_is_put_is_heard_once_and_in_order)
{
    GRand *random = g_rand_new_with_seed(1);
    gsize bytes = 0;
    guint32 number = 0;

    while (number < 20000) {
        gsize size = (gsize)g_rand_int_range(random, 0, number % 16 == 0 ? REPLY_RING_MOST_BYTES : 200);

        if (put(number, size)) {
            number++;
            bytes += size;
        } else {
            cr_assert_lt(heard, number, "there is room when all was heard");
            reply_source_drain(source);
        }
        if (g_rand_int_range(random, 0, 50) == 0)
            g_main_context_iteration(context, FALSE);
    }
    reply_source_drain(source);
    cr_assert_eq(heard, number);
    cr_assert_eq(heard_bytes, bytes);
    cr_assert_eq(broken, 0u);
    g_rand_free(random);
}

/* More than 2^32 bytes through it. */
Test(reply_ring, positions_may_wrap)
{
    const guint32 messages = G_MAXUINT32 / REPLY_RING_MOST_BYTES + 1000;

    for (guint32 i = 0; i < messages; i++) {
        if (!put(i, REPLY_RING_MOST_BYTES)) {
            reply_source_drain(source);
            cr_assert(put(i, REPLY_RING_MOST_BYTES));
        }
    }
    reply_source_drain(source);
    cr_assert_eq(heard, messages);
    cr_assert_eq(broken, 0u);
}

Test(reply_ring, a_full_ring_refuses_until_it_is_read)
{
    guint32 number = 0;

    while (put(number, 1000))
        number++;
    cr_assert_gt(number, 60u);
    reply_source_drain(source);
    cr_assert_eq(heard, number);
    cr_assert(put(number, 1000));
}

Test(reply_ring, what_is_too_large_goes_elsewhere)
{
    cr_assert(put(0, REPLY_RING_MOST_BYTES));
    cr_assert_not(put(1, REPLY_RING_MOST_BYTES + 1));
}

Test(reply_ring, a_reader_that_sleeps_is_woken_once)
{
    cr_assert_not(reply_ring_must_wake(ring), "it has not gone to sleep yet");
    g_main_context_iteration(context, FALSE); /* says that it sleeps, looks, and wakes */
    cr_assert_not(reply_ring_must_wake(ring));
    ring->sleeps = 1;
    cr_assert(put(0, 10));
    cr_assert(reply_ring_must_wake(ring));
    cr_assert_not(reply_ring_must_wake(ring));
}

/* What a writer that means harm may leave there. */

static void expect_broken(guint32 written, guint32 size)
{
    const guint32 record[2] = {size, 0};

    memcpy(ring->bytes, record, sizeof record);
    ring->written = written;
    while (g_main_context_iteration(context, FALSE))
        continue;
    cr_assert_eq(broken, 1u);
    cr_assert_eq(heard, 0u);
    reply_source_drain(source);
    cr_assert_eq(broken, 1u, "once");
}

Test(reply_ring, more_than_fits_is_broken)
{
    expect_broken(REPLY_RING_BYTES + 8, 0);
}

Test(reply_ring, half_a_record_is_broken)
{
    expect_broken(4, 0);
}

Test(reply_ring, a_message_that_ends_behind_what_was_written_is_broken)
{
    expect_broken(16, 9);
}

Test(reply_ring, a_message_of_all_memory_is_broken)
{
    expect_broken(REPLY_RING_BYTES, REPLY_RING_BYTES);
}

Test(reply_ring, a_size_that_overflows_is_broken)
{
    expect_broken(REPLY_RING_BYTES, G_MAXUINT32 - 1);
}

Test(reply_ring, a_skip_to_nowhere_is_broken)
{
    expect_broken(REPLY_RING_BYTES, G_MAXUINT32);
}
