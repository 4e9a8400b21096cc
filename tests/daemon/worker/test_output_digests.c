/* The digests of an output are those of its bytes, and the loop keeps running while they are computed. */
#include <criterion/criterion.h>

#include "concurrent/loop.h"
#include "concurrent/task.h"
#include "daemon/worker/output_digests.h"

/* Not a whole number of slices. */
#define LARGE_BYTES (((gsize)8 << 20) + 4711)

static struct {
    Blob *bytes;
    SignDigests wanted;
    OutputDigests digests;
    guint rounds; /* iterations of the loop until it was done */
} work;

static GVariant *compute(void *data, GError **error)
{
    (void)data;
    return output_digests_compute(&work.wanted, work.bytes, &work.digests, error) ? g_variant_new("()")
                                                                                  : NULL;
}

static GVariant *count_rounds(void *data, GError **error)
{
    const Future *other = data;

    while (!future_done((Future *)other) && task_sleep(0, error))
        work.rounds++;
    return g_variant_new("()");
}

static void compute_of(gsize size_bytes)
{
    g_autofree guint8 *data = g_malloc(size_bytes);
    g_autoptr(Loop) loop = loop_new(NULL, NULL);
    g_autoptr(Future) computed = NULL, counted = NULL;

    for (gsize i = 0; i < size_bytes; i++)
        data[i] = (guint8)(i * 31 / 7);
    work.bytes = blob_new("test", size_bytes, NULL);
    cr_assert(blob_append(work.bytes, data, size_bytes, NULL));
    cr_assert(blob_seal(work.bytes, NULL));
    computed = task_new(loop, compute, NULL);
    counted = task_new(loop, count_rounds, computed);
    cr_assert_not_null(loop_run_until_complete(loop, counted, NULL));
    cr_assert_not_null(future_result(computed, 0, NULL));
}

static void expect_digests_of_bytes(void)
{
    const void *data = blob_data(work.bytes);
    const gsize size = blob_size(work.bytes);
    guint8 md5[DIGEST_MD5_BYTES];
    g_autofree char *sha256 = digest_sha256_hex(data, size);
    g_autofree char *checksum = checksum_compute(work.wanted.checksum, data, size);

    digest_md5(data, size, md5);
    cr_expect_arr_eq(work.digests.md5, md5, sizeof md5);
    cr_expect_str_eq(work.digests.sha256, work.wanted.sign_payload ? sha256 : "");
    cr_expect_str_eq(work.digests.checksum, checksum);
    output_digests_clear(&work.digests);
    blob_unref(work.bytes);
}

Test(output_digests, of_a_large_output_leave_the_loop_to_others)
{
    work.wanted = (SignDigests){.checksum = CHECKSUM_CRC32C, .sign_payload = TRUE};
    compute_of(LARGE_BYTES);
    expect_digests_of_bytes();
    cr_expect_geq(work.rounds, 8u);
}

Test(output_digests, of_a_small_output_are_computed_at_once)
{
    work.wanted = (SignDigests){.checksum = CHECKSUM_NONE, .sign_payload = FALSE};
    compute_of(1000);
    expect_digests_of_bytes();
    cr_expect_leq(work.rounds, 1u);
}
